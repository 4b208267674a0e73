"""Speed and memory of sweep beside yara, over trees that are given, in one run.

  bench/sweep_bench.py ASSAY [--rules PATH] [--runs N] [--worst] TREE...

Warm: every tree is read before anything is measured. In each of N rounds every contender runs once, in turns, so that what else the
machine does falls on all of them; shown are the median and the range. Contenders: sweep with 1 and 2 threads, yara with 1 and 2 if rules
are given, and the floor: walking, opening and reading every file, by `xargs cat` with 1 and 2 processes. Once over whole trees, once over
their web files alone, copied beside each other. Rules: a compiled file (.yac), a .yar file, or a directory of them (each file that yarac
accepts); $ASSAY_BENCH_RULES says the same. The load of the machine stands beside each figure; above half a core of other work a figure
is marked "busy" and is an upper bound."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import spent
import worst

WEB = (".php", ".php3", ".php4", ".php5", ".php7", ".phtml", ".inc", ".asp", ".asa", ".cer", ".aspx", ".ashx", ".asmx", ".ascx", ".jsp", ".jspx", ".jspf")
SHELL_RULES = ("gen_webshells", "thor-webshells", "gen_cn_", "cn_pentestset_", "laudanum", "chinachopper", "csharp", "regeorg", "xsl")
BUSY = 0.5  # cores


def files_below(trees):
    """Every regular file, links not followed."""
    for tree in trees:
        for folder, _, names in os.walk(tree):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path


def others_busy(before, after, own):
    """Cores that processes other than ours kept busy between two readings of /proc/stat."""
    ticks = os.sysconf("SC_CLK_TCK")
    seconds = max(after[0] - before[0], 1e-6)
    return max(0.0, (after[1] - before[1]) / ticks - own) / seconds


def stat_now():
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return time.monotonic(), sum(fields[:3]) + sum(fields[5:8])  # all but idle and waiting


def timed(command, stdin=None):
    """Wall and processor seconds, peak memory in bytes, cores busy with other work, standard output of one run."""
    before = stat_now()
    run = spent.spent(command, stdin, "cat" not in command)
    if run.status not in (0, 1, 2):
        sys.exit(f"{command[0]} ended with status {run.status}")
    return run.wall, run.cpu, run.peak, others_busy(before, stat_now(), run.cpu), run.out


def compile_rules(path, into):
    """A compiled file, and how many files of rules are in it."""
    path = pathlib.Path(path)
    if path.is_file() and path.suffix not in (".yar", ".yara"):
        return path, "compiled beforehand"
    externals = [option for name in ("filename", "filepath", "extension", "filetype", "owner") for option in ("-d", f"{name}=")]
    files = [path] if path.is_file() else sorted(path.rglob("*.yar*"))
    about_shells = [file for file in files if any(name in file.name for name in SHELL_RULES)]
    loading = []
    for file in about_shells or files:
        if subprocess.run(["yarac", "-w", *externals, *map(str, loading), str(file), str(into)], capture_output=True, check=False).returncode == 0:
            loading.append(file)
    if not loading:
        sys.exit(f"{path}: no file of rules that yarac accepts")
    subprocess.run(["yarac", "-w", *externals, *map(str, loading), str(into)], check=True, capture_output=True)
    return into, f"{len(loading)} of {len(files)} files"


def contenders(assay, rules, trees, list_file):
    """(name, command, what stdin is) of everything that runs in a round."""
    out = [(f"sweep, {threads} thread{'s' * (threads > 1)}", [assay, "sweep", "--json", "--jobs", str(threads), *trees], None) for threads in (1, 2)]
    out += [(f"floor, {count} process{'es' * (count > 1)}", ["xargs", "-0", "-n", "2000", "-P", str(count), "cat"], list_file) for count in (1, 2)]
    if rules is not None:
        for threads in (1, 2):
            # yara takes one tree: a directory that holds them all is made of links by the caller
            out.append((f"yara, {threads} thread{'s' * (threads > 1)}", ["yara", "-C", "-w", "-r", "-p", str(threads), str(rules), trees[0]], None))
    return out


def show(name, size, files, runs):
    walls = [run[0] for run in runs]
    middle, busy = statistics.median(walls), statistics.median(run[3] for run in runs)
    print(f"  {name:<18} {middle:6.2f} s ({min(walls):.2f} to {max(walls):.2f})  {statistics.median(run[1] for run in runs):6.2f} s processor "
          f"{size / middle / 1e6:7.1f} MB/s {files / middle:9,.0f} files/s  peak {max(run[2] for run in runs) / 1e6:5.1f} MB  "
          f"other work {busy:.1f} cores{' (busy)' if busy > BUSY else ''}", flush=True)


def compare(title, tree, options, rules, folder):
    """One table: all contenders over one directory."""
    paths = list(files_below([tree]))
    size = sum(os.path.getsize(path) for path in paths)
    list_file = pathlib.Path(folder, "list")
    list_file.write_bytes(b"\0".join(os.fsencode(path) for path in paths))
    print(f"{title}: {len(paths):,} files, {size / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores", flush=True)
    entries = contenders(options.assay, rules, [tree], list_file)
    runs = {name: [] for name, _, _ in entries}
    for command in ([["xargs", "-0", "-n", "2000", "cat"], list_file],):
        timed(*command)
    for _ in range(options.runs):
        for name, command, stdin in entries:
            runs[name].append(timed(command, stdin))
    for name, _, _ in entries:
        show(name, size, len(paths), runs[name])
    last = json.loads(runs[entries[0][0]][0][4].splitlines()[-1])
    print(f"  sweep told: {last['classes'] or 'nothing'}", flush=True)
    if rules is not None:
        text = runs[entries[-1][0]][0][4]
        print(f"  yara told: {len({line.split(b' ', 1)[1] for line in text.splitlines() if b' ' in line})} files", flush=True)


def copy_web(trees, into):
    """The web files of all trees, each below the number of its tree: the same for all who read them."""
    for number, tree in enumerate(trees):
        for path in files_below([tree]):
            if path.lower().endswith(WEB):
                place = pathlib.Path(into, str(number), os.path.relpath(path, tree))
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)


def copy_all(trees, into):
    for number, tree in enumerate(trees):
        shutil.copytree(tree, pathlib.Path(into, str(number)), symlinks=True, ignore_dangling_symlinks=True)


def slowest(assay, folder, most=12):
    """Processor seconds above those of a tiny file, for every case of worst.py."""
    tiny = worst.write(folder, "tiny.php", "<?php echo 1;\n")
    start = min(timed([assay, "sweep", "--json", "--jobs", "1", str(tiny)])[1] for _ in range(5))
    rows = []
    for path, text in worst.cases().items():
        place = worst.write(folder, path, text)
        runs = [timed([assay, "sweep", "--json", "--jobs", "1", str(place)]) for _ in range(2)]
        rows.append((min(run[1] for run in runs) - start, max(run[2] for run in runs), path))
        place.unlink()
    rows.sort(reverse=True)
    above = sum(row[0] > worst.ASKED for row in rows)
    print(f"hostile files of 1 MB: {len(rows)}, {above} of them above {worst.ASKED * 1000:.0f} ms of processor time; load {os.getloadavg()[0]:.1f}")
    for seconds, peak, path in rows[:most]:
        print(f"  {seconds * 1000:6.0f} ms  peak {peak / 1e6:5.1f} MB  {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay")
    parser.add_argument("trees", nargs="*")
    parser.add_argument("--rules", default=os.environ.get("ASSAY_BENCH_RULES"), help="YARA rules to compare with: compiled, a file, or a directory")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--worst", action="store_true", help="also the slowest of the hostile files that bench/worst.py makes")
    options = parser.parse_intermixed_args()
    if not options.trees and not options.worst:
        parser.error("give trees, or --worst")
    if options.rules and shutil.which("yarac") is None:
        parser.error("--rules needs yara and yarac (Debian: package yara)")
    options.assay = os.path.abspath(options.assay)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        rules, compiled = None, None
        if options.rules:
            compiled = pathlib.Path(folder, "rules.yac")
            rules, words = compile_rules(options.rules, compiled)
            version = subprocess.run(["yara", "--version"], capture_output=True, text=True, check=True).stdout.strip()
            print(f"yara {version} with {words}")
        if options.trees:
            whole, web = pathlib.Path(folder, "whole"), pathlib.Path(folder, "web")
            whole.mkdir()
            web.mkdir()
            copy_all(options.trees, whole)
            compare("whole trees", str(whole), options, rules, folder)
            copy_web([whole], web)
            compare("web files", str(web), options, rules, folder)
        if options.worst:
            slowest(options.assay, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

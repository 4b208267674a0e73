"""Speed and memory of sweep over trees that are given, beside yara over the same trees when a directory of rules is given.

  bench/sweep_bench.py ASSAY [--rules DIR] [--runs N] TREE...

Warm: every tree is read once before anything is measured; the best and the worst of N runs are shown. yara is Debian's, its rules
are compiled once (yarac) and it gets as many threads as there are cores, as sweep does. "floor" reads every file and does nothing."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def floor(tree):
    """Files, bytes, and the seconds it takes to read them all."""
    files = total = 0
    began = time.monotonic()
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    total += len(file.read())
                files += 1
    return files, total, time.monotonic() - began


def timed(command):
    """Seconds, processor seconds, peak memory in bytes and standard output of one run."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode not in (0, 1, 2) or not text and "assay" in str(command[0]):
        sys.exit(f"{command[0]} ended with status {child.returncode} and said nothing")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def compile_rules(folder, into):
    """All rule files of a directory that yarac accepts, in one file; returns how many there were."""
    external = [option for name in ("filename", "filepath", "extension", "filetype", "owner") for option in ("-d", f"{name}=")]
    files = sorted(str(path) for path in pathlib.Path(folder).rglob("*.yar*"))
    subprocess.run(["yarac", "-w", *external, *files, str(into)], check=True)
    return len(files)


def show(name, files, size, runs):
    best, worst = min(run[0] for run in runs), max(run[0] for run in runs)
    peak = max(run[2] for run in runs)
    print(f"  {name:<7} {best:7.2f} to {worst:5.2f} s  {size / best / 1e6:8.1f} MB/s {files / best:10,.0f} files/s  "
          f"{min(run[1] for run in runs):7.2f} processor s  peak {peak / 1e6:6.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay")
    parser.add_argument("trees", nargs="+")
    parser.add_argument("--rules", help="directory of YARA rules to compare with")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        compiled = pathlib.Path(folder, "rules.yac")
        if options.rules:
            print(f"yara rules: {compile_rules(options.rules, compiled)} files")
        for tree in options.trees:
            floor(tree)
            files, size, seconds = floor(tree)
            print(f"{tree}: {files:,} files, {size / 1e6:.1f} MB; reading alone, one thread: {seconds:.2f} s")
            runs = [timed([options.assay, "sweep", "--json", tree]) for _ in range(options.runs)]
            show("assay", files, size, runs)
            print("         ", json.loads(runs[0][3].splitlines()[-1])["classes"] or "nothing found")
            if options.rules:
                runs = [timed(["yara", "-C", "-w", "-r", "-p", str(cores), str(compiled), tree]) for _ in range(options.runs)]
                show("yara", files, size, runs)
                print("          ", len({line.split(b" ", 1)[1] for line in runs[0][3].splitlines() if b" " in line}), "files matched")
    return 0


if __name__ == "__main__":
    sys.exit(main())

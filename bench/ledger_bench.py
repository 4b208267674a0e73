"""What the ledger costs: appending, verifying, opening, looking.

  ledger_bench.py PROBE DIR [--entries N] [--batch N] [--runs R] [--parts ledger,whole] [--assay PROGRAM]

PROBE is build/release/tests/unit/ledger_probe. A case of N findings and events (about 490 bytes a line, as sweep and trace write them) is made below DIR
through assay_case_append(), a batch an append: one fsync of the ledger, one of the checkpoint, one of the folder. Then it is verified (every line
read as JSON, every hash, the index compared entry by entry) and opened as a command opens it, in a process of its own each time. Best of R runs.
"cores busy" is what other work took of the machine meanwhile: with any of it, wall time is an upper bound, and CPU seconds (of all threads) say more.
Each goal is printed with its figure; the exit status is 1 if one is missed in wall time.

The part `whole` runs what looks at all of the case, as a person runs it: status, judge, its replay, report, every export and a page of the
timeline, each with its CPU seconds and its peak memory. What it writes is thrown away.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def idle_seconds():
    """CPU seconds that no core used since boot, and now."""
    fields = pathlib.Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK"), time.monotonic()


def probe(program, *words):
    idle, began = idle_seconds()
    done = subprocess.run([program, *map(str, words)], stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    idle_after, ended = idle_seconds()
    spent = sum(value for key, value in told.items() if key.endswith("_cpu"))
    told["busy"] = max(0.0, len(os.sched_getaffinity(0)) - (idle_after - idle + spent) / (ended - began)) if words[0] != "make" else None
    return told


def best(runs, key):
    return min(runs, key=lambda run: run[key])


def row(name, run, key, goal, good, extra=""):
    busy = "" if run["busy"] is None else f"{run['busy']:.1f} cores busy"
    mark = "" if goal is None else f"goal {goal}: {'met' if good else 'MISSED'}"
    print(f"{name:34} {run[key + '_seconds']:9.4f} s {run[key + '_cpu']:9.4f} CPU s {run['peak'] / 1e6:8.1f} MB peak  {extra:42} {mark:24} {busy}")
    return good


GOAL_MB, GOAL_CPU = 256, 10


def spend(words):
    """Runs it; exit status, CPU seconds, peak memory in bytes, and how much it wrote to stdout."""
    with tempfile.TemporaryFile() as out, subprocess.Popen([str(word) for word in words], stdout=out) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, os.fstat(out.fileno()).st_size


def whole(assay, case, folder, is_small):
    """Commands over the whole case. Those that answer in a few lines have a goal. A document that is made in one piece is tried on a small case only: it
    takes memory many times its length."""
    page = folder / "page.html"
    told = [("status", ["status", "--at", "2026-11-30"], True),
            ("judge", ["judge"], True),
            ("judge --replay", ["judge", "--replay"], True),
            ("report", ["report", "-o", page], True),
            ("timeline (100)", ["timeline"], True)]
    told += [(f"export {name}", ["export", "--format", name], False) for name in ("json", "timesketch", "stix", *(("misp",) if is_small else ()))]
    good = True
    for name, words, has_goal in told:
        status, cpu, peak, size = spend([assay, *words, "--case", case])
        is_met = status in (0, 1) and (not has_goal or (peak <= GOAL_MB * 1e6 and cpu <= GOAL_CPU))
        mark = f"goal {GOAL_MB} MB, {GOAL_CPU} CPU s: {'met' if is_met else 'MISSED'}" if has_goal else f"{size / 1e6:.0f} MB written"
        print(f"{name:34} {cpu:9.2f} CPU s {peak / 1e6:8.1f} MB peak  {mark}" + ("" if status in (0, 1) else f"  exit status {status}"), flush=True)
        good &= is_met
    page.unlink(missing_ok=True)
    return good


def ledger(options, case):
    """Appending, verifying, opening, looking."""
    made = []
    for _ in range(options.runs):
        shutil.rmtree(case, ignore_errors=True)
        made.append(probe(options.probe, "make", case, options.entries, options.batch))
    append = best(made, "append_seconds")
    size = (case / "ledger.jsonl").stat().st_size
    rate = options.entries / append["append_seconds"]
    good = row(f"append {options.entries:,}, {options.batch:,} a batch", append, "append", "200,000/s", rate >= 200_000,
               f"{rate:,.0f} entries/s, {size / 1e6 / append['append_seconds']:.0f} MB/s")
    verified = best([probe(options.probe, "verify", case) for _ in range(options.runs)], "verify_seconds")
    good &= row("verify, all of it", verified, "verify", "2 s", verified["verify_seconds"] <= 2, f"index {(case / 'index.sqlite').stat().st_size / 1e6:.0f} MB")
    looked = [probe(options.probe, "open", case) for _ in range(options.runs)]
    for run in looked:
        run["look_seconds"] = run["open_seconds"] + run["outline_seconds"] + run["page_seconds"]
        run["look_cpu"] = run["open_cpu"] + run["outline_cpu"] + run["page_cpu"]
    look = best(looked, "look_seconds")
    row("open, unchanged since", look, "open", None, True)
    row("outline", look, "outline", None, True)
    row("page of the timeline (100)", look, "page", None, True, f"of {look['in_window']:,} in the window")
    good &= row("open, outline and page", look, "look", "0.2 s", look["look_seconds"] <= 0.2)
    wrote = best([probe(options.probe, "write", case) for _ in range(options.runs)], "append_seconds")
    row("one entry more: open to write", wrote, "open", None, True)
    row("one entry more: append", wrote, "append", None, True, "three fsyncs")
    os.utime(case / "ledger.jsonl")
    first = best([probe(options.probe, "open", case) for _ in range(options.runs)], "open_seconds")
    row("open, changed since: all hashed", first, "open", None, True)
    if options.entries <= 200_000:
        row("the whole model", probe(options.probe, "model", case), "model", None, True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("probe")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", default="ledger,whole", help="ledger, whole, or both")
    parser.add_argument("--assay", type=pathlib.Path, default=pathlib.Path("build/assay"))
    options = parser.parse_args()
    case = options.folder / "ledger.case"
    options.folder.mkdir(parents=True, exist_ok=True)
    good = ledger(options, case) if "ledger" in options.parts.split(",") else True
    if "whole" in options.parts.split(","):
        shutil.rmtree(case, ignore_errors=True)
        probe(options.probe, "make", case, options.entries, options.batch)
        good &= whole(options.assay, case, options.folder, options.entries <= 200_000)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

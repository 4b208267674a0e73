"""What the ledger costs: appending, verifying, opening, looking.

  ledger_bench.py PROBE DIR [--entries N] [--batch N] [--runs R]

PROBE is build/release/tests/unit/ledger_probe. A case of N findings and events (about 490 bytes a line, as sweep and trace write them) is made below DIR
through assay_case_append(), a batch an append: one fsync of the ledger, one of the checkpoint, one of the folder. Then it is verified (every line
read as JSON, every hash, the index compared entry by entry) and opened as a command opens it, in a process of its own each time. Best of R runs.
"cores busy" is what other work took of the machine meanwhile: with any of it, wall time is an upper bound, and CPU seconds (of all threads) say more.
Each goal is printed with its figure; the exit status is 1 if one is missed in wall time.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("probe")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    case = options.folder / "ledger.case"
    options.folder.mkdir(parents=True, exist_ok=True)
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
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

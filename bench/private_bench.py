"""How fast the private comparison is. Each part measures one thing and prints a table of Markdown; `--parts` says which.

  private_bench.py GCC_PROBE [CLANG_PROBE] [--points N] [--parts curve,run,psi-js] [--keys N] [--psi-js DIR] [--psi-sizes 10000,100000]

curve   the group's arithmetic on one core, path by path, as each compiler makes it (bench/curve_probe.c): CPU microseconds a point, best of five.
        Under it the CPU seconds of all parties for a million keys against a million, by the counts of operations below.
run     the whole comparison by the program itself, step by step, --keys of e-mails against as many of which four fifths are the same, audits of 300
        included: processor seconds, peak memory and bytes made, each step its own process. The count is checked.
psi-js  @openmined/psi.js of DIR (node_modules beside it; see HACKING.md), the same count between two parties in one process: wall seconds.

A new part is a function and a line in PARTS.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

from spent import spent

KEYS = 1_000_000
TRAPS = 60_000
# Asker: hash and mask its keys, divide the answer, traps twice by G. Keeper: hash and mask its keys, answer.
COUNTS = {"hash_multiply": 2 * KEYS, "multiply": 2 * (KEYS + TRAPS), "multiply_base": 2 * TRAPS}
OPERATIONS = {"hash_multiply": "hash to the group, multiply, encode", "multiply": "decode, multiply, encode", "hash": "hash to the group", "expand": "of it SHA-512", "map": "of it the map", "check": "check",
              "multiply_base": "multiple of G"}


def curve(options):
    columns = collections.OrderedDict()
    for probe in options.probes:
        compiler = pathlib.Path(probe).resolve().parents[2].name
        out = subprocess.run([probe, str(options.points)], check=True, stdout=subprocess.PIPE, text=True).stdout
        for line in out.splitlines():
            path, operation, _, micros = line.split()
            columns.setdefault(f"{path}, {compiler}", {})[operation] = float(micros)
    print("| µs a point, one core | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for operation, words in OPERATIONS.items():
        print(f"| {words} | " + " | ".join(f"{column[operation]:.2f}" for column in columns.values()) + " |")
    print("| CPU s, 1 M against 1 M, both | " +
          " | ".join(f"{sum(column[name] * count for name, count in COUNTS.items()) / 1e6:.1f}" for column in columns.values()) + " |")


def write_list(path, begin, end):
    with open(path, "w", encoding="ascii") as out:
        out.write("email\n")
        for first in range(begin, end, 100_000):
            out.write("".join(f"user{i}@example.org\n" for i in range(first, min(first + 100_000, end))))


def steps_of(here, options):
    """(who, what, words, files made), in their order."""
    def at(*names):
        return [here / name for name in names]

    key, sign = ["--key", "email"], ["--sign", here / "notary.key"]
    asker, keeper, neutral = (["--state", here / side] for side in ("asker", "keeper", "neutral"))
    sent = at("asker/commit", "keeper/commit", "asker/offer", "keeper/answer", "asker/tags", "keeper/tags")
    opened = at("asker/open.1", "keeper/open.2", "keeper/open.3")
    leak, database = here / "leak.csv", here / "database.csv"
    yield "neutral", "key", ["key", *at("notary.key")], at("notary.key.pub")
    yield "asker", "commit", ["commit", leak, "--role", "asker", *key, *asker], at("asker/commit")
    yield "keeper", "commit", ["commit", database, "--role", "keeper", *key, *keeper], at("keeper/commit")
    yield "asker", "offer", ["offer", *at("keeper/commit"), "--neutral", *at("notary.key.pub"), *asker], at("asker/offer")
    yield "keeper", "answer", ["answer", *at("asker/commit", "asker/offer"), *keeper], at("keeper/answer", "keeper/tags")
    yield "asker", "finish", ["finish", *at("keeper/answer"), *asker], at("asker/tags")
    yield "neutral", "audit: ask", ["audit", *sent, *sign, *neutral], at("neutral/ask.asker.1", "neutral/ask.keeper.2")
    yield ("asker", "audit: open", ["audit", *at("neutral/ask.asker.1", "keeper/answer"), "--from", leak, *key, *asker], at("asker/open.1"))
    yield ("keeper", "audit: open", ["audit", *at("neutral/ask.keeper.2", "neutral/ask.keeper.3", "asker/offer"), "--from", database, *key, *keeper],
           at("keeper/open.2", "keeper/open.3"))
    yield "neutral", "audit: ask again", ["audit", *sent, *opened, *sign, *neutral], []
    yield "asker", "audit: follow", ["audit", *at("neutral/ask.asker.3", "keeper/answer"), *asker], at("asker/open.3")
    yield ("neutral", "audit: check", ["audit", *sent, *opened, *at("asker/open.3"), "--leak", leak, "--database", database, *key, *sign, *neutral], [])
    yield "neutral", "count", ["count", *sent, *sign, *neutral], at("neutral/result")
    yield "asker", "finish", ["finish", *at("keeper/answer", "neutral/result"), *asker, "--json"], []


def run(options):
    """Secrets of a run lie in its folder; it is made anew, and removed."""
    here = pathlib.Path(options.work) / "private-run"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)
    write_list(here / "leak.csv", 0, options.keys)
    write_list(here / "database.csv", options.keys // 5, options.keys // 5 + options.keys)
    total, carried, said = 0, 0, b""
    print(f"| {options.keys:,} against {options.keys:,} | step | CPU s | wall s | peak memory, MB | bytes made |\n|---|---|---|---|---|---|")
    for who, what, words, made in steps_of(here, options):
        took = spent([options.assay, "private", *words], keeps_output=True)
        if took.status != 0:
            sys.exit(f"private-bench: {who}: {what} ended with {took.status}")
        size = sum(os.path.getsize(file) for file in made)
        total, carried, said = total + took.cpu, carried + size, took.out
        print(f"| {who} | {what} | {took.cpu:.2f} | {took.wall:.1f} | {took.peak / 1e6:.0f} | {size:,} |", flush=True)
    print(f"| all | | **{total:.1f}** | | | **{carried:,}** |")
    counted = json.loads(said.splitlines()[-1])["types"][0]["count"]
    shutil.rmtree(here)
    if counted != options.keys - options.keys // 5:
        sys.exit(f"private-bench: {counted} counted, {options.keys - options.keys // 5} are in common")


def psi_js(options):
    if options.psi_js is None or shutil.which("node") is None:
        print("psi-js: left out: no --psi-js DIR, or no node", file=sys.stderr)
        return
    script = pathlib.Path(__file__).with_name("psi_js_peer.js")
    print("| psi.js, wall s | setup | request | response | count | all | found |\n|---|---|---|---|---|---|---|")
    for size in options.psi_sizes:
        done = subprocess.run(["node", script, options.psi_js, str(size)], check=True, stdout=subprocess.PIPE, text=True)
        got = json.loads(done.stdout.splitlines()[-1])
        steps = [got[step] for step in ("setup", "request", "response", "count")]
        print(f"| {size:,} against {size:,} | " + " | ".join(f"{step:.1f}" for step in [*steps, sum(steps)]) + f" | {got['found']:,} |", flush=True)


PARTS = {"curve": curve, "run": run, "psi-js": psi_js}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probes", nargs="+")
    parser.add_argument("--points", type=int, default=65536)
    parser.add_argument("--assay", default="build/assay")
    parser.add_argument("--work", metavar="DIR", default="build/bench", help="where the parts' files go")
    parser.add_argument("--keys", type=int, default=KEYS, help="of each party, for run (at least 150)")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--psi-js", metavar="DIR", help="a folder with node_modules/@openmined/psi.js")
    parser.add_argument("--psi-sizes", type=lambda text: [int(size) for size in text.split(",")], default=[10_000, 100_000])
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"no part '{part}': {', '.join(PARTS)}")
        PARTS[part](options)


if __name__ == "__main__":
    main()

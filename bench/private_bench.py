"""How fast the private comparison is. Each part measures one thing and prints a table of Markdown; `--parts` says which.

  private_bench.py GCC_PROBE [CLANG_PROBE] [--points N] [--parts curve,psi-js] [--psi-js DIR] [--psi-sizes 10000,100000]

curve   the group's arithmetic on one core, path by path, as each compiler makes it (bench/curve_probe.c): CPU microseconds a point, best of five.
        Under it the CPU seconds of all parties for a million keys against a million, by the counts of operations below.
psi-js  @openmined/psi.js of DIR (node_modules beside it; see HACKING.md), the same count between two parties in one process: wall seconds.

A new part is a function and a line in PARTS.
"""
import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys

KEYS = 1_000_000
TRAPS = 60_000
# Asker: hash and mask its keys, divide the answer, traps twice by G. Keeper: hash and mask its keys, answer.
COUNTS = {"hash": 2 * KEYS, "multiply": 2 * KEYS + 2 * (KEYS + TRAPS), "multiply_base": 2 * TRAPS}
OPERATIONS = {"multiply": "decode, multiply, encode", "hash": "hash to the group", "expand": "of it SHA-512", "map": "of it the map", "check": "check",
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


PARTS = {"curve": curve, "psi-js": psi_js}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probes", nargs="+")
    parser.add_argument("--points", type=int, default=65536)
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

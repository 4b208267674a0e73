"""How fast the private comparison is. Each part measures one thing and prints a table of Markdown; `--parts` says which.

  private_bench.py GCC_PROBE [CLANG_PROBE] [--points N] [--parts curve,run,side,psi-js,big] [--keys N] [--psi-js DIR] [--peer-keys N]
                   [--big-keys N]

curve   the group's arithmetic on one core, path by path, as each compiler makes it (bench/curve_probe.c): CPU microseconds a point, best of five.
        Under it the CPU seconds of all parties for a million keys against a million, by the counts of operations below.
run     the whole comparison by the program itself, step by step, --keys of e-mails against as many of which four fifths are the same, audits of 300
        included: processor seconds, peak memory and bytes made, each step its own process. The count is checked.
side    side by side: the same run with each path of the curve (ASSAY_GROUP), libsodium's alone among them; and psi.js of --psi-js DIR with --peer-keys
        against --peer-keys, both parties in one process. Processor seconds (user and system) of all processes, by each key of one side.
psi-js  what psi.js does with its time, at --peer-keys.
big     --keys against --big-keys (1 M against 50 M): what the side with more keys does once and offline, and what is done when the offer is there.
        Not among the parts that run when none is named. Some 160 bytes of disk for each key of the big side, for a while.

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


Step = collections.namedtuple("Step", "who what words made")
Made = collections.namedtuple("Made", "who what cpu wall peak bytes")
SENT = ("asker/commit", "keeper/commit", "asker/offer", "keeper/answer", "asker/tags", "keeper/tags")


def steps_of(here):
    """Steps in their order, with what they make."""
    def at(*names):
        return [here / name for name in names]

    key, sign = ["--key", "email"], ["--sign", here / "notary.key"]
    asker, keeper, neutral = (["--state", here / side] for side in ("asker", "keeper", "neutral"))
    sent, opened = at(*SENT), at("asker/open.1", "keeper/open.2", "keeper/open.3")
    leak, database = here / "leak.csv", here / "database.csv"
    yield Step("neutral", "key", ["key", *at("notary.key")], at("notary.key.pub"))
    yield Step("asker", "commit", ["commit", leak, "--role", "asker", *key, *asker], at("asker/commit"))
    yield Step("keeper", "commit", ["commit", database, "--role", "keeper", *key, *keeper], at("keeper/commit"))
    yield Step("asker", "offer", ["offer", *at("keeper/commit"), "--neutral", *at("notary.key.pub"), *asker], at("asker/offer"))
    yield Step("keeper", "answer", ["answer", *at("asker/commit", "asker/offer"), *keeper], at("keeper/answer", "keeper/tags"))
    yield Step("asker", "finish", ["finish", *at("keeper/answer"), *asker], at("asker/tags"))
    yield Step("neutral", "audit: ask", ["audit", *sent, *sign, *neutral], at("neutral/ask.asker.1", "neutral/ask.keeper.2"))
    yield Step("asker", "audit: open", ["audit", *at("neutral/ask.asker.1", "keeper/answer"), "--from", leak, *key, *asker], at("asker/open.1"))
    yield Step("keeper", "audit: open",
               ["audit", *at("neutral/ask.keeper.2", "neutral/ask.keeper.3", "asker/offer"), "--from", database, *key, *keeper],
               at("keeper/open.2", "keeper/open.3"))
    yield Step("neutral", "audit: ask again", ["audit", *sent, *opened, *sign, *neutral], [])
    yield Step("asker", "audit: follow", ["audit", *at("neutral/ask.asker.3", "keeper/answer"), *asker], at("asker/open.3"))
    yield Step("neutral", "audit: check",
               ["audit", *sent, *opened, *at("asker/open.3"), "--leak", leak, "--database", database, *key, *sign, *neutral], [])
    yield Step("neutral", "count", ["count", *sent, *sign, *neutral], at("neutral/result"))
    yield Step("asker", "finish, the end", ["finish", *at("keeper/answer", "neutral/result"), *asker, "--json"], [])


def whole_run(options, asked, kept, group=None):
    """The comparison of user0 to user(asked - 1) with `kept` keys of which four fifths of `asked` are among them, each step as it is done. Secrets of
    a run lie in its folder; it is made anew, and removed. group: a path of the curve, else the best one."""
    here = pathlib.Path(options.work) / "private-run"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)
    write_list(here / "leak.csv", 0, asked)
    write_list(here / "database.csv", asked // 5, asked // 5 + kept)
    said = b""
    for step in steps_of(here):
        took = spent([options.assay, "private", *step.words], keeps_output=True, environment={"ASSAY_GROUP": group} if group else None)
        if took.status != 0:
            sys.exit(f"private-bench: {step.who}: {step.what} ended with {took.status}")
        said = took.out
        yield Made(step.who, step.what, took.cpu, took.wall, took.peak, sum(os.path.getsize(file) for file in step.made))
    counted = json.loads(said.splitlines()[-1])["types"][0]["count"]
    shutil.rmtree(here)
    if counted != asked - asked // 5:
        sys.exit(f"private-bench: {counted} counted, {asked - asked // 5} are in common")


def print_steps(options, asked, kept):
    print(f"| {asked:,} against {kept:,} | step | CPU s | wall s | peak memory, MB | bytes made |\n|---|---|---|---|---|---|")
    steps = []
    for made in whole_run(options, asked, kept):
        steps.append(made)
        print(f"| {made.who} | {made.what} | {made.cpu:.2f} | {made.wall:.1f} | {made.peak / 1e6:.0f} | {made.bytes:,} |", flush=True)
    peak = max(made.peak for made in steps)
    print(f"| all | | **{cpu_of(steps):.1f}** | | {peak / 1e6:.0f} | **{sum(made.bytes for made in steps):,}** |")
    return steps


def cpu_of(steps, *wanted):
    """wanted: (who, what) pairs; none: all."""
    return sum(made.cpu for made in steps if not wanted or (made.who, made.what) in wanted)


def run(options):
    print_steps(options, options.keys, options.keys)


def paths_of(options):
    """The names of the paths that this processor runs, best first."""
    out = subprocess.run([options.probes[0], "64"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return list(dict.fromkeys(line.split()[0] for line in out.splitlines()))


def side(options):
    keys, peer = options.keys, options.peer_keys
    print("| whole comparison | keys | CPU s, all parties | µs a key of one side | peak memory, MB | bytes |\n|---|---|---|---|---|---|")
    rates = {}

    def row(what, size, cpu, peak, made):
        rates[what] = cpu / size
        print(f"| {what} | {size:,} against {size:,} | {cpu:.1f} | {cpu / size * 1e6:.1f} | {peak / 1e6:.0f} | {made:,} |", flush=True)

    for group in paths_of(options):
        steps = list(whole_run(options, keys, keys, group))
        row(f"assay, {group}", keys, cpu_of(steps), max(made.peak for made in steps), sum(made.bytes for made in steps))
    steps = list(whole_run(options, peer, peer))
    row("assay, the best path", peer, cpu_of(steps), max(made.peak for made in steps), sum(made.bytes for made in steps))
    got = run_psi_js(options, peer)
    if got is not None:
        took, said = got
        row("psi.js (no audits, no commitments)", peer, took.cpu, took.peak, said["bytes"])
        print(f"psi.js takes {rates['psi.js (no audits, no commitments)'] / rates['assay, the best path']:.0f} times as long at {peer:,} keys. Its time grows with their "
              "number: no step of it is another for the next key.")


def run_psi_js(options, size):
    if options.psi_js is None or shutil.which("node") is None:
        print("psi.js: left out: no --psi-js DIR, or no node", file=sys.stderr)
        return None
    took = spent(["node", pathlib.Path(__file__).with_name("psi_js_peer.js"), options.psi_js, size], keeps_output=True)
    if took.status != 0:
        sys.exit(f"private-bench: psi.js ended with {took.status}")
    return took, json.loads(took.out.splitlines()[-1])


def psi_js(options):
    got = run_psi_js(options, options.peer_keys)
    if got is None:
        return
    took, said = got
    steps = [said[step] for step in ("setup", "request", "response", "count")]
    print("| psi.js, wall s | setup | request | response | count | all | CPU s of the process | found |\n|---|---|---|---|---|---|---|---|")
    print(f"| {options.peer_keys:,} against {options.peer_keys:,} | " + " | ".join(f"{step:.1f}" for step in [*steps, sum(steps)]) +
          f" | {took.cpu:.1f} | {said['found']:,} |", flush=True)


BIG_DISK = 200  # bytes a key: source 25, sorted runs 56, records 56, tags 16, and room to spare


def big(options):
    pathlib.Path(options.work).mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(options.work).free
    if free < BIG_DISK * options.big_keys:
        sys.exit(f"private-bench: {options.work}: {free:,} bytes are free, {BIG_DISK * options.big_keys:,} are wanted: --work DIR, or a smaller --big-keys")
    steps = print_steps(options, options.keys, options.big_keys)
    small = cpu_of(steps, *((who, what) for who, what, *_ in steps if who == "asker"))
    rows = {"answer": ("keeper", "answer"), "finish": ("asker", "finish"), "count": ("neutral", "count")}
    online = {name: cpu_of(steps, row) for name, row in rows.items()}
    print(f"| offline, once: the keeper's commit | {cpu_of(steps, ('keeper', 'commit')) / 60:.2f} CPU min |\n|---|---|")
    print(f"| the small side's own steps, all | {small:.1f} CPU s |")
    print(f"| online, the big side: answer | {online['answer']:.1f} CPU s, {online['answer'] / small:.2f} times that |")
    both = online["answer"] + online["finish"]
    print(f"| online, both sides: answer, finish | {both:.1f} CPU s, {both / small:.2f} times that |")
    print(f"| then the neutral: count | {online['count']:.1f} CPU s |")
    print(f"| the audits besides | {sum(made.cpu for made in steps if made.what.startswith('audit')):.1f} CPU s |")


PARTS = {"curve": curve, "run": run, "side": side, "psi-js": psi_js, "big": big}
USUAL = ["curve", "run", "side"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probes", nargs="+")
    parser.add_argument("--points", type=int, default=65536)
    parser.add_argument("--assay", default="build/assay")
    parser.add_argument("--work", metavar="DIR", default="build/bench", help="where the parts' files go")
    parser.add_argument("--keys", type=int, default=KEYS, help="of each party, for run and side, of the small one for big (at least 150)")
    parser.add_argument("--big-keys", type=int, default=50 * KEYS, help="of the big side (at least --keys)")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=USUAL)
    parser.add_argument("--psi-js", metavar="DIR", help="a folder with node_modules/@openmined/psi.js")
    parser.add_argument("--peer-keys", type=int, default=KEYS // 10, help="of each party, for psi.js")
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"no part '{part}': {', '.join(PARTS)}")
        PARTS[part](options)


if __name__ == "__main__":
    main()

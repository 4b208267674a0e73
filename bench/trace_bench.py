"""How fast trace reads a log of any size, beside GoAccess where that is installed.

  trace_bench.py ASSAY LOG [--bytes N] [--clients N] [--dir DIR] [--jobs N] [--runs N]

LOG is a real access log (combined). Its lines are drawn again, from a fixed seed, with new clients and times in order,
until N bytes are there (default 1e9, in DIR, kept for the next time); eight requests to one planted path lie among them.
Printed per run: best of --runs, GB/s of log text, lines a second, peak memory. The totals are counted here too and
must agree to the last byte. Give --jobs 1 for the speed of one core.
"""
import argparse
import gzip
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import time

PLANTED = b"/uploads/planted.php"
START = 1431857103
LINE = re.compile(rb"^\S+ (.*?)\[[^]]+\](.*)$")
SIZE = re.compile(rb'^ ".*?" \d{3} (\d+|-)')


def stamp(second, cache={}):
    if second // 60 not in cache:
        cache.clear()
        cache[second // 60] = time.strftime("%d/%b/%Y:%H:%M:", time.gmtime(second)).encode()
    return cache[second // 60] + b"%02d +0000" % (second % 60)


def redraw(source, target, size, clients):
    """Writes about size bytes to target; returns what must be counted: lines, bytes, body bytes."""
    rng = random.Random(7)
    shapes = []
    for line in source.read_bytes().split(b"\n"):
        whole = LINE.match(line)
        body = SIZE.match(whole.group(2)) if whole else None
        if body:
            shapes.append((whole.group(1), whole.group(2), 0 if body.group(1) == b"-" else int(body.group(1))))
    if not shapes:
        sys.exit(f"trace_bench: {source}: no line of a combined log in it")
    addresses = [b"%d.%d.%d.%d" % (rng.randrange(1, 224), rng.randrange(256), rng.randrange(256), rng.randrange(1, 255))
                 for _ in range(clients)]
    plant = {int(size * (i + 1) / 9) for i in range(8)}
    now, written, lines, bodies = START, 0, 0, 0
    with open(target, "wb") as out:
        block = []
        while written < size:
            now += rng.random() < 0.4
            before, behind, body = shapes[int(rng.random() * len(shapes))]
            if plant and written >= min(plant):
                plant.discard(min(plant))
                before, behind, body = b"- - ", b' "POST %s HTTP/1.1" 200 4096 "-" "x"' % PLANTED, 4096
            line = b"%s %s[%s]%s\n" % (addresses[int(rng.random() * clients)], before, stamp(now), behind)
            block.append(line)
            written += len(line)
            lines += 1
            bodies += body
            if len(block) == 50000:
                out.write(b"".join(block))
                block = []
        out.write(b"".join(block))
    return {"lines": lines, "bytes_in": written, "body_bytes": bodies}


def prepare(source, folder, size, clients):
    """The log and its truth, made once."""
    log = folder / f"trace-{size}-{clients}.log"
    truth = log.with_suffix(".json")
    if not truth.exists():
        print(f"making {log} ...", file=sys.stderr)
        truth.write_text(json.dumps(redraw(source, log, size, clients)))
    return log, json.loads(truth.read_text())


def pack(log, parts=4):
    """The same lines as a rotated set of .gz files."""
    names = [log.with_suffix(f".log.{parts - i}.gz") for i in range(parts)]
    if all(name.exists() for name in names):
        return names
    share = log.stat().st_size // parts
    with open(log, "rb") as source:
        for i, name in enumerate(names):
            with gzip.open(name, "wb", compresslevel=6) as out:
                shutil.copyfileobj(_Bytes(source, share if i < parts - 1 else 1 << 62), out, 1 << 20)
                if i < parts - 1:
                    out.write(source.readline())
    return names


class _Bytes:
    def __init__(self, source, left):
        self.source, self.left = source, left

    def read(self, size):
        data = self.source.read(min(size, self.left))
        self.left -= len(data)
        return data


def measure(command):
    """Seconds, CPU seconds, peak kilobytes and output of one run. A small process of its own starts it: what is
    counted as a child's peak begins with the size of whoever started it."""
    done = subprocess.run([sys.executable, "-S", "-c", MEASURE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    wall, cpu, peak = done.stderr.split()[-3:]
    return float(wall), float(cpu), int(peak), done.stdout


MEASURE = """
import os, resource, sys, time
quiet, began = os.open(os.devnull, os.O_WRONLY), time.monotonic()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 2)])
os.waitpid(child, 0)
wall, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""


def report(name, command, truth, runs, check):
    best = min((measure(command) for _ in range(runs)), key=lambda run: run[0])
    wall, cpu, peak, out = best
    if check:
        summary = json.loads(out.splitlines()[-1])
        for key, value in truth.items():
            if summary[key] != value:
                sys.exit(f"trace_bench: {name}: {key} is {summary[key]}, must be {value}")
        if summary["rejected"] or not summary["findings"]:
            sys.exit(f"trace_bench: {name}: {summary['rejected']} lines rejected, {summary['findings']} findings")
    size = truth["bytes_in"]
    print(f"{name:<34} {wall:7.2f} s {cpu:7.2f} s CPU {size / wall / 1e9:7.2f} GB/s {size / cpu / 1e9:7.2f} GB/s/core"
          f" {truth['lines'] / wall / 1e6:7.2f} M lines/s {peak / 1024:7.0f} MB")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("assay", type=pathlib.Path)
    words.add_argument("log", type=pathlib.Path)
    words.add_argument("--bytes", type=float, default=1e9)
    words.add_argument("--clients", type=float, default=None, help="only so many (default: 1,300 and 1,200,000)")
    words.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("build/bench"))
    words.add_argument("--jobs", default=None)
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--no-gz", action="store_true")
    given = words.parse_args()
    given.dir.mkdir(parents=True, exist_ok=True)
    jobs = [["--jobs", given.jobs]] if given.jobs else [["--jobs", "1"], []]
    for clients in [int(given.clients)] if given.clients else [1300, 1200000]:
        log, truth = prepare(given.log, given.dir, int(given.bytes), clients)
        for more in jobs:
            name = f"trace, {clients:,} clients, {'1 thread' if more else 'a thread a core'}"
            base = [str(given.assay), "trace", "--json", "--path", PLANTED.decode(), *more]
            report(name, [*base, str(log)], truth, given.runs, True)
            if not given.no_gz and clients <= 10000:
                report(name.replace("trace", "trace gz"), [*base, *map(str, pack(log))], truth, given.runs, True)
    goaccess = shutil.which("goaccess")
    if goaccess:
        log, truth = prepare(given.log, given.dir, int(given.bytes), int(given.clients or 1300))
        report("GoAccess", [goaccess, str(log), "--log-format=COMBINED", "--no-progress", "-o", "json"], truth, 1, False)
    else:
        print("GoAccess is not installed: not measured")


if __name__ == "__main__":
    main()

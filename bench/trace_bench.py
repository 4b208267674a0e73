"""How fast trace reads a log of any size, beside GoAccess and DuckDB where they can be had.

  trace_bench.py ASSAY [LOG] [--bytes N] [--clients N] [--dir DIR] [--jobs N] [--runs N] [--copies N] [--peers]

The log is made once, from a fixed seed, in DIR: shapes of lines (those of LOG, a real access log in combined format, or
invented ones) are drawn again with new clients and times in order until N bytes are there (default 1e9); eight requests
to one planted path lie among them. For 1,300 and 1,200,000 clients, plain, and as a rotated set of four .gz files, the
table shows the first pass alone (every line split, its time, its client and its path counted, every byte in a class)
and the whole run that follows the planted path; what lies between is the second pass. Best of --runs by wall clock; CPU
seconds beside it say what other work on the machine took away.
Lines, bytes, bodies and clients are counted here too and must agree to the last one; memory must stay within 64 bytes a
client and 64 MB.
--copies N measures another set instead: N .gz files that hold the log once each, every file later than the one before, so
that 100 files are 100 GB of lines in a tenth of that on the disk. The run is stopped half way and gone on with (--resume).
--peers: GoAccess and pigz, if they are installed, and DuckDB (npm's @duckdb/node-api, installed in DIR) do their like once.
"""
import argparse
import calendar
import gzip
import json
import os
import pathlib
import random
import re
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


WORDS = ("about account archive article asset author basket blog board book cart catalog category checkout comment contact content "
         "date delivery detail document download event feed file forum gallery guide help history home image index info item journal "
         "library list login logout mail main map media member menu message news note offer order page partner photo post press price "
         "print product profile project question rating report review rss sale search service shop sitemap source stock store story "
         "style support tag team template term theme thread ticket tool topic tour track user vendor video view widget wiki").split()
AGENTS = ("Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.{} Safari/537.36",
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.{} Safari/537.36",
          "Mozilla/5.0 (X11; Linux x86_64; rv:27.0) Gecko/20100101 Firefox/{}", "Mozilla/5.0 (compatible; bot/{}; +http://bot.example/)",
          "feedreader/{}")


def real_shapes(source):
    """What stands before and behind the time in each line, and its body's bytes."""
    shapes = []
    for line in source.read_bytes().split(b"\n"):
        whole = LINE.match(line)
        body = SIZE.match(whole.group(2)) if whole else None
        if body:
            shapes.append((whole.group(1), whole.group(2), 0 if body.group(1) == b"-" else int(body.group(1))))
    if not shapes:
        sys.exit(f"trace_bench: {source}: no line of a combined log in it")
    return shapes


def invented_shapes(rng, paths=3000, shapes=10000):
    """The like without a log: a few pages that most ask for, many that hardly anybody does."""
    endings = ("", "", "/", ".html", ".php", ".css", ".js", ".png", ".jpg")
    known = ["/" + "/".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 5))) + rng.choice(endings) for _ in range(paths)]
    made = []
    for _ in range(shapes):
        path = known[int(paths * rng.random() ** 3)]
        query = f"?{rng.choice(WORDS)}={rng.randrange(10**6)}" if rng.random() < 0.15 else ""
        method = "POST" if rng.random() < 0.01 else "HEAD" if rng.random() < 0.01 else "GET"
        status = rng.choice((200,) * 18 + (304, 301, 404))
        body = 0 if status == 304 else int(2 ** (rng.random() * 20))
        referer = "http://shop.example" + rng.choice(known) if rng.random() < 0.6 else "-"
        agent = rng.choice(AGENTS).format(rng.randrange(10**4))
        size = str(body) if body else "-"
        made.append((b"- - ", f' "{method} {path}{query} HTTP/1.1" {status} {size} "{referer}" "{agent}"'.encode(), body))
    return made


def redraw(source, target, size, clients):
    """Writes about size bytes to target; returns what must be counted: lines, bytes, body bytes, clients."""
    rng = random.Random(7)
    shapes = real_shapes(source) if source else invented_shapes(rng)
    addresses = [b"%d.%d.%d.%d" % (rng.randrange(1, 224), rng.randrange(256), rng.randrange(256), rng.randrange(1, 255))
                 for _ in range(clients)]
    is_used = bytearray(clients)
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
            client = int(rng.random() * clients)
            is_used[client] = 1
            line = b"%s %s[%s]%s\n" % (addresses[client], before, stamp(now), behind)
            block.append(line)
            written += len(line)
            lines += 1
            bodies += body
            if len(block) == 50000:
                out.write(b"".join(block))
                block = []
        out.write(b"".join(block))
    seen = len({address for address, used in zip(addresses, is_used) if used})
    return {"lines": lines, "bytes_in": written, "body_bytes": bodies, "clients": seen}


def prepare(source, folder, size, clients):
    """The log and its truth, made once."""
    log = folder / f"trace-{'redrawn' if source else 'invented'}-{size}-{clients}.log"
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


def days_of(log):
    """The log cut where a day ends: the day, as it is written, and where its lines begin and end."""
    text, cuts = log.read_bytes(), []
    day = re.compile(rb"\[(\d\d/\w{3}/\d{4}):")
    at = 0
    while at < len(text):
        name = day.search(text, at).group(1)
        last = text.rfind(b"[" + name + b":")
        end = text.index(b"\n", last) + 1
        cuts.append((calendar.timegm(time.strptime(name.decode(), "%d/%b/%Y")), name, at, end))
        at = end
    return text, cuts


def packer(name):
    """A process that packs what it is told into the file of that name."""
    tool = shutil.which("pigz") or shutil.which("gzip")
    return subprocess.Popen([tool, "-1", "-c"], stdin=subprocess.PIPE, stdout=open(name, "wb"))


def copies(log, truth, number):
    """The rotated set of so many copies, made once, and what must be counted in it."""
    names = [log.with_suffix(f".set.{number - i}.gz") for i in range(number)]
    if not all(name.exists() for name in names):
        print(f"making {names[0]} and {number - 1} more ...", file=sys.stderr)
        text, cuts = days_of(log)
        span = cuts[-1][0] - cuts[0][0] + 86400
        for i, name in enumerate(names):
            with packer(name) as out:
                for began, day, at, end in cuts:
                    later = time.strftime("%d/%b/%Y", time.gmtime(began + i * span)).encode()
                    out.stdin.write(text[at:end].replace(b"[" + day + b":", b"[" + later + b":"))
                out.stdin.close()
    return names, {key: value if key == "clients" else value * number for key, value in truth.items()}


def warm(path):
    with open(path, "rb") as source:
        while source.read(1 << 24):
            pass


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


def check(name, truth, summary, peak, with_path):
    for key, value in truth.items():
        if summary[key] != value:
            sys.exit(f"trace_bench: {name}: {key} is {summary[key]}, must be {value}")
    if summary["rejected"] or bool(summary["findings"]) != with_path:
        sys.exit(f"trace_bench: {name}: {summary['rejected']} lines rejected, {summary['findings']} findings")
    allowed = 64 * truth["clients"] / 2**20 + 64
    if peak / 1024 > allowed:
        sys.exit(f"trace_bench: {name}: {peak / 1024:.0f} MB at the most, {allowed:.0f} MB allowed")


def row(name, truth, wall, cpu, peak):
    size = truth["bytes_in"] / 1e9
    print(f"{name:<46} {wall:8.2f} {cpu:8.2f} {size / wall:8.3f} {size / cpu:8.3f} {truth['lines'] / wall / 1e6:8.2f} {peak / 1024:8.0f}",
          flush=True)


def report(name, command, truth, runs, with_path):
    """A row of the table; the wall and CPU seconds of it."""
    wall, cpu, peak, out = min((measure(command) for _ in range(runs)), key=lambda run: run[0])
    check(name, truth, json.loads(out.splitlines()[-1]), peak, with_path)
    row(name, truth, wall, cpu, peak)
    return wall, cpu


def passes(name, assay, more, logs, truth, runs):
    """The first pass alone, then with the second."""
    base = [str(assay), "trace", "--json", *more]
    first = report(f"{name}: first pass", [*base, *logs], truth, runs, False)
    both = report(f"{name}: path followed", [*base, "--path", PLANTED.decode(), *logs], truth, runs, True)
    print(f"{'  second pass (the difference)':<46} {both[0] - first[0]:8.2f} {both[1] - first[1]:8.2f}")


def stopped_and_resumed(assay, logs, truth, after, state):
    """A run that is told to stop after so many seconds, and the one that goes on: both rows, the totals of the second."""
    command = [str(assay), "trace", "--json", "--resume", str(state), *logs]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        time.sleep(after)
        asked = time.monotonic()
        run.terminate()
        run.stderr.read()
    if run.returncode != 2 or not state.exists():
        sys.exit(f"trace_bench: the run was over in {asked - began:.0f} s, before it was stopped; give more copies")
    print(f"stopped after {asked - began:.1f} s; it took {time.monotonic() - asked:.1f} s to keep {state.stat().st_size / 1e6:.0f} MB")
    report("gone on with", command, truth, 1, False)


def large(assay, logs, truth, state):
    """The set as a whole, then stopped half way."""
    wall, _ = report(f"{len(logs)} .gz files, {truth['bytes_in'] / 1e9:.0f} GB, first pass", [str(assay), "trace", "--json", *logs], truth, 1, False)
    stopped_and_resumed(assay, logs, truth, wall / 2, state)


DUCKDB = r"""
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const [log, threads] = process.argv.slice(2);
  const instance = await DuckDBInstance.create(':memory:', { threads });
  const connection = await instance.connect();
  const pattern = '^(\\S+) .*?\\[([^]]+)\\] "\\S+ ([^ ?"]*)[^"]*" (\\d{3}) (\\d+|-)';
  const answer = await connection.runAndReadAll(`
    select count(*) as lines, sum(coalesce(try_cast(f.b as bigint), 0)) as body_bytes, count(distinct f.c) as clients,
           count(distinct f.p) as paths, min(try_strptime(f.t, '%d/%b/%Y:%H:%M:%S %z')) as began
    from (select regexp_extract(line, '${pattern}', ['c', 't', 'p', 's', 'b']) as f
          from read_csv('${log}', columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false,
                        auto_detect = false))`);
  const row = answer.getRowObjects()[0];
  console.log(JSON.stringify(row, (key, value) => typeof value === 'bigint' ? Number(value) : value));
})();
"""


def duckdb(folder):
    """The command that runs it, or None with a line that says why not."""
    place = folder / "duckdb"
    if not shutil.which("npm") or not shutil.which("node"):
        print("DuckDB: npm is not installed: not measured")
        return None
    if not (place / "node_modules" / "@duckdb" / "node-api").exists():
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), "@duckdb/node-api"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            print(f"DuckDB: npm could not install it: not measured ({done.stderr.decode('utf-8', 'replace').strip()[-200:]})")
            return None
    (place / "count.js").write_text(DUCKDB)
    return [shutil.which("node"), str(place / "count.js")]


def peers(log, truth, folder):
    goaccess = shutil.which("goaccess")
    if goaccess:
        wall, cpu, peak, _ = measure([goaccess, str(log), "--log-format=COMBINED", "--no-progress", "-o", "json"])
        row("GoAccess", truth, wall, cpu, peak)
    else:
        print("GoAccess is not installed: not measured")
    pigz = shutil.which("pigz")
    if pigz:
        wall, cpu, peak, _ = measure([pigz, "-d", "-k", "-t", *map(str, pack(log))])
        row("pigz -t of the four .gz files: inflated only", truth, wall, cpu, peak)
    else:
        print("pigz is not installed: not measured")
    command = duckdb(folder)
    for threads in (1, len(os.sched_getaffinity(0))) if command else ():
        wall, cpu, peak, out = measure([*command, str(log.resolve()), str(threads)])
        told = json.loads(out.splitlines()[-1])
        agrees = told["lines"] == truth["lines"] and told["body_bytes"] == truth["body_bytes"]
        row(f"DuckDB regexp_extract, {threads} thread{'s' * (threads > 1)}{'' if agrees else ' (other totals)'}", truth, wall, cpu, peak)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("assay", type=pathlib.Path)
    words.add_argument("log", type=pathlib.Path, nargs="?", help="a real log to take shapes from")
    words.add_argument("--bytes", type=float, default=1e9)
    words.add_argument("--clients", type=float, default=None, help="only so many (default: 1,300 and 1,200,000)")
    words.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("build/bench"))
    words.add_argument("--jobs", default=None)
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--no-gz", action="store_true")
    words.add_argument("--copies", type=int, default=None, help="measure a rotated set of so many .gz files instead")
    words.add_argument("--peers", action="store_true")
    given = words.parse_args()
    given.dir.mkdir(parents=True, exist_ok=True)
    threads = [given.jobs] if given.jobs else ["1", str(len(os.sched_getaffinity(0)))]
    print(f"{'':<46} {'wall s':>8} {'CPU s':>8} {'GB/s':>8} {'GB/s CPU':>8} {'M line/s':>8} {'MB':>8}")
    for clients in [int(given.clients)] if given.clients else [1300, 1200000]:
        log, truth = prepare(given.log, given.dir, int(given.bytes), clients)
        if given.copies:
            names, total = copies(log, truth, given.copies)
            large(given.assay, [str(name) for name in names], total, given.dir / "trace-copies.state")
            continue
        warm(log)
        for jobs in threads:
            name = f"{clients:,} clients, {jobs} thread{'s' * (jobs != '1')}"
            passes(name, given.assay, ["--jobs", jobs], [str(log)], truth, given.runs)
            if not given.no_gz and clients <= 10000:
                passes(f"gz, {name}", given.assay, ["--jobs", jobs], [str(part) for part in pack(log)], truth, given.runs)
        if given.peers and clients <= 10000:
            peers(log, truth, given.dir)


if __name__ == "__main__":
    main()

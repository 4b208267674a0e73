"""How fast match is, and in how much memory: a sample of M rows against a reference of N, both made from a seed.

  match_bench.py ASSAY DIR [--reference N] [--sample M] [--runs R] [--jobs N] [--duckdb FOLDER]

Two questions, as a person would ask them: one key column (e-mail against e-mail), and all five columns with nothing said
about which is which. With --duckdb, a folder whose node_modules hold @duckdb/node-api, DuckDB answers the same beside it:
it is told which column is which. Beside them sort and comm, and what only reading the file costs. Peak MB is resident
memory. Files are kept below DIR and used again. Best of R runs, page cache warm.
"""
import argparse
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import time

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def stamps(rows):
    """`rows` ascending seconds as text, about 9 s apart."""
    now, day, head = 1_500_000_000, -1, ""
    step = random.Random(5)
    for _ in range(rows):
        now += step.randrange(1, 18)
        if now // 86400 != day:
            day = now // 86400
            head = time.strftime("%Y-%m-%d ", time.gmtime(now))
        left = now % 86400
        yield f"{head}{left // 3600:02d}:{left // 60 % 60:02d}:{left % 60:02d}"


def make(folder, reference_rows, sample_rows):
    done = folder / f"match-{reference_rows}-{sample_rows}"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(4)
    true_rows = set(rng.sample(range(reference_rows), sample_rows * 3 // 10))
    picked, emails = [], []
    with open(folder / "reference.csv", "w", encoding="ascii") as out, open(folder / "reference-one.csv", "w", encoding="ascii") as one:
        out.write("id,email,phone,password_hash,created_at\n")
        one.write("email\n")
        for i, stamp in enumerate(stamps(reference_rows)):
            bits = rng.getrandbits(340)
            email = f"{ALPHABET[bits % 26]}{ALPHABET[bits // 26 % 26]}.u{i:x}{bits % 997}@quillmail{bits % 89}.zz"
            line = f"{i + 1000},{email},+210{bits % 10**9:09d},$2y$10${bits >> 100:053x}"[:-1] + f",{stamp}\n"
            out.write(line)
            one.write(email + "\n")
            if i in true_rows:
                picked.append(line)
                emails.append(email)
    for i in range(sample_rows - len(picked)):
        bits = rng.getrandbits(340)
        email = f"{ALPHABET[bits % 26]}.x{i:x}{bits % 991}@oxbow{bits % 83}.zz"
        picked.append(f"{bits % 10**8},{email},+210{bits % 10**9:09d},$2y$10${bits >> 100:053x}"[:-1] + f",2015-03-{1 + i % 28:02d} 10:{i % 60:02d}:{i * 7 % 60:02d}\n")
        emails.append(email)
    order = list(range(len(picked)))
    rng.shuffle(order)
    with open(folder / "sample.csv", "w", encoding="ascii") as out:
        out.write("id,mail,tel,pw,joined\n")
        out.writelines(picked[i] for i in order)
    with open(folder / "sample-one.csv", "w", encoding="ascii") as out:
        out.write("mail\n")
        out.writelines(emails[i] + "\n" for i in order)
    done.touch()


def measure(words):
    """seconds, CPU seconds, peak MB and output of one run, in a child of its own so that peaks do not mix"""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        began = time.monotonic()
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = {"seconds": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1000,
                "code": done.returncode, "out": done.stdout.decode("utf-8", "replace"), "error": done.stderr.decode("utf-8", "replace")[-300:]}
        with os.fdopen(write, "w") as answer:
            json.dump(told, answer)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        told = json.load(answer)
    os.waitpid(child, 0)
    return told


def best(words, runs):
    return min((measure(words) for _ in range(runs)), key=lambda run: run["seconds"])


def assay(program, sample, reference, options):
    words = [program, "match", str(sample), "--against", str(reference), "--json", "--quiet", "--jobs", str(options.jobs)]
    run = best(words, options.runs)
    if run["code"] not in (0, 1, 2) or not run["out"]:
        raise SystemExit(f"match ended with status {run['code']}: {run['error']}")
    summary = json.loads(run["out"].splitlines()[-1])
    run["found"] = max((column.get("k", 0) for column in summary["columns"] if column["class"] == "shared"), default=0)
    run["rows"] = summary["rows_matched"]
    return run


DUCKDB = """
const {DuckDBInstance} = require(process.argv[2] + '/node_modules/@duckdb/node-api');
(async () => {
  const db = await (await DuckDBInstance.create(':memory:', {threads: process.argv[3]})).connect();
  const answer = await db.runAndReadAll(process.argv[4]);
  console.log(String(answer.getRows()[0][0]));
})();
"""


def duckdb(query, options):
    run = best(["node", "-e", DUCKDB, "x", str(options.duckdb), str(options.jobs), query], options.runs)
    if run["code"] != 0:
        raise SystemExit(f"DuckDB ended with status {run['code']}: {run['error']}")
    run["found"] = run["rows"] = int(run["out"].split()[-1])
    return run


def sorted_lines(folder, options):
    """e-mails in both files as sort and comm find them"""
    pick = "tail -n +2 {}/{} | cut -d, -f2 | LC_ALL=C sort -u --parallel={} -S 50%"
    commands = [pick.format(folder, name, options.jobs) for name in ("sample.csv", "reference.csv")]
    run = best(["bash", "-c", f"LC_ALL=C comm -12 <({commands[0]}) <({commands[1]}) | wc -l"], options.runs)
    run["found"] = run["rows"] = int(run["out"])
    return run


def read_only(words, options):
    run = best(words, options.runs)
    run["found"] = run["rows"] = 0
    return run


def show(name, run, volume):
    print(f"{name:44} {run['seconds']:7.2f} s {run['cpu']:7.2f} CPU-s {run['peak']:7.0f} MB {volume / 1e6 / run['seconds']:8.0f} MB/s   "
          f"{run['found']} known, {run['rows']} rows", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("assay")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--reference", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--duckdb", type=pathlib.Path)
    options = parser.parse_args()
    folder = options.folder / f"{options.reference}-{options.sample}"
    make(folder, options.reference, options.sample)
    size = {name: (folder / name).stat().st_size for name in ("reference.csv", "reference-one.csv", "sample.csv", "sample-one.csv")}
    one, every = size["reference-one.csv"] + size["sample-one.csv"], size["reference.csv"] + size["sample.csv"]
    reference, sample = folder / "reference.csv", folder / "sample.csv"
    show("assay, one column", assay(options.assay, folder / "sample-one.csv", folder / "reference-one.csv", options), one)
    show("assay, one column of five", assay(options.assay, folder / "sample-one.csv", reference, options), size["reference.csv"])
    show("assay, five columns, alignment unknown", assay(options.assay, sample, reference, options), every)
    if options.duckdb is not None:
        semi = f"SELECT count(*) FROM '{sample}' s WHERE s.mail IN (SELECT email FROM '{reference}')"
        full = (f"SELECT count(*) FROM '{sample}' s JOIN '{reference}' r ON s.mail = r.email "
                "WHERE s.tel = r.phone AND s.pw = r.password_hash AND s.joined = r.created_at")
        show("DuckDB, one column of five", duckdb(semi, options), size["reference.csv"])
        show("DuckDB, columns given", duckdb(full, options), every)
    show("sort and comm, one column of five", sorted_lines(folder, options), every)
    show("reading alone: cat", read_only(["bash", "-c", f"cat {reference} > /dev/null"], options), size["reference.csv"])
    show("reading alone: wc -l", read_only(["wc", "-l", str(reference)], options), size["reference.csv"])
    sys.stdout.flush()


if __name__ == "__main__":
    main()

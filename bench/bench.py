"""How fast, and in how much memory: sweep, trace and match over inputs made on the spot (./dev bench).

  bench.py ASSAY DIR [--scale F]     inputs are kept below DIR; F multiplies their size (default 1: about 400 MB)

The inputs are made from a fixed seed, so two runs on one machine compare. Every row is the best of three.
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

WORDS = "order customer price basket total rate country street parcel return stock item label image header".split()


def script(rng, lines):
    """PHP as shops have it: assignments, calls, strings; nothing that anybody would look for."""
    out = ["<?php"]
    for _ in range(lines):
        a, b, c = rng.choice(WORDS), rng.choice(WORDS), rng.randrange(10000)
        out.append(rng.choice((f"$this->{a} = $request->get('{b}', {c});",
                               f"if ($this->{a} > {c}) {{ return htmlspecialchars($this->{b}); }}",
                               f"/* the {a} of a {b} */",
                               f"$rows = $db->prepare('SELECT {a}, {b} FROM {a}s WHERE id = ?')->execute([{c}]);")))
    return "\n".join(out) + "\n"


def make_tree(folder, scale):
    rng = random.Random(1)
    for i in range(int(8000 * scale)):
        place = folder / f"m{i // 200:03d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"c{i}.php").write_text(script(rng, rng.randrange(20, 400)))
    pictures = folder / "uploads"
    pictures.mkdir(parents=True, exist_ok=True)
    for i in range(int(1000 * scale)):
        (pictures / f"{i}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + rng.randbytes(rng.randrange(5000, 90000)) + b"\xff\xd9")


def make_log(path, scale):
    rng = random.Random(2)
    now = 1773500000
    with open(path, "w", encoding="ascii") as out:
        for _ in range(int(1_000_000 * scale)):
            now += rng.randrange(2)
            stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
            page = f"/uploads/a.php?q={rng.randrange(99)}" if rng.random() < 1e-4 else f"/{rng.choice(WORDS)}/{rng.randrange(900)}"
            out.write(f'10.{rng.randrange(4)}.{rng.randrange(200)}.{rng.randrange(200)} - - [{stamp}] "GET {page} HTTP/1.1" 200 '
                      f'{rng.randrange(300, 60000)} "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"\n')


def make_table(reference, sample, scale):
    rng = random.Random(3)
    rows = int(1_000_000 * scale)
    picked = set(rng.sample(range(rows), 500))
    with open(reference, "w", encoding="ascii") as all_rows, open(sample, "w", encoding="ascii") as some:
        for out in (all_rows, some):
            out.write("customer_id,email,phone,city,password_hash,created_at\n")
        for i in range(rows):
            line = (f"{i + 4000},{rng.choice(WORDS)}.{rng.randrange(10**7)}@mail.zz,+210{rng.randrange(10**8):08d},{rng.choice(WORDS)}ton,"
                    f"{rng.getrandbits(160):040x},2025-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} 10:{i % 60:02d}:{i * 7 % 60:02d}\n")
            all_rows.write(line)
            if i in picked:
                some.write(line)


def make_once(folder, scale):
    done = folder / f"made-{scale}"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    make_tree(folder / "www", scale)
    make_log(folder / "access.log", scale)
    make_table(folder / "shop.csv", folder / "leak.csv", scale)
    done.touch()


def size_of(path):
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def measure(words):
    """seconds, peak MB of the largest process and status of one run; measured by a child, so that peaks do not mix"""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        began = time.monotonic()
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000
        told = {"seconds": seconds, "peak": peak, "code": done.returncode, "error": done.stderr.decode("utf-8", "replace")[-300:]}
        os.write(write, json.dumps(told).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        told = json.loads(answer.read())
    os.waitpid(child, 0)
    return told


def row(name, words, volume):
    runs = [measure(words) for _ in range(3)]
    best = min(runs, key=lambda run: run["seconds"])
    if best["code"] not in (0, 1, 2):
        print(f"{name}: ended with status {best['code']}: {best['error']}", file=sys.stderr)
        return False
    print(f"{name:28} {volume / 1e6:8.1f} MB {best['seconds']:8.2f} s {volume / 1e6 / best['seconds']:8.1f} MB/s "
          f"{best['peak']:6d} MB peak   status {best['code']}")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("assay")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--scale", type=float, default=1)
    options = parser.parse_args()
    folder = options.folder
    make_once(folder, options.scale)
    good = True
    for jobs in dict.fromkeys((1, len(os.sched_getaffinity(0)))):
        common = ["--json", "--jobs", str(jobs)]
        for name, words, inputs in (
                ("sweep a tree", ["sweep", folder / "www"], ["www"]),
                ("trace a log", ["trace", folder / "access.log", "--path", "/uploads/a.php"], ["access.log"]),
                ("match a sample", ["match", folder / "leak.csv", "--against", folder / "shop.csv"], ["shop.csv", "leak.csv"])):
            volume = sum(size_of(folder / each) for each in inputs)
            good &= row(f"{name}, {jobs} thread{'s' * (jobs > 1)}", [options.assay, *map(str, words), *common], volume)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

"""How fast SQL dumps are read: MB/s of one core, reading alone (rows are counted, lengths summed, nothing else).

  dump_bench.py PROBE DIR [--megabytes N] [--runs R]

PROBE is build/release/tests/unit/table_probe. The same table of customers (numbers, text with escapes, dates, NULL, bytes) is written from a seed in
six spellings; the files are kept below DIR and used again. CPU seconds, best of R runs, page cache warm. "skipped": its table is not wanted.
"""
import argparse
import json
import pathlib
import random
import subprocess

NAMES = ["id", "email", "name", "note", "balance", "born", "seen", "token", "referrer"]
WORDS = ("amber birch cedar delta ember fjord grove harbour island juniper kelp lagoon meadow north olive pebble quarry river stone tundra "
         "umber valley willow yarrow zephyr it's 5\" back\\slash line\nbreak tab\there Zo\u00eb").split(" ")
ROWS = 4000     # rows that differ; they are written over and over under other numbers


def rows():
    rng = random.Random(11)
    made = []
    for i in range(ROWS):
        note = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(3, 14)))
        made.append((f"{rng.choice(WORDS[:25])}.{rng.randrange(10**6)}@quillmail{rng.randrange(90)}.zz", f"{rng.choice(WORDS[:25])} {rng.choice(WORDS)}".title(), note,
                     f"{rng.randrange(10**7) / 100:.2f}", f"19{rng.randrange(40, 99)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
                     f"2023-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} {rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}",
                     rng.getrandbits(128).to_bytes(16, "big").hex(), None if rng.random() < .6 else str(rng.randrange(10**6))))
    return made


def doubled(text):
    return "'" + text.replace("'", "''") + "'"


def mysql(text):
    for byte, escape in (("\\", "\\\\"), ("'", "\\'"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(byte, escape)
    return f"'{text}'"


def copy_text(text):
    for byte, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n")):
        text = text.replace(byte, escape)
    return text


def sqlite(text):
    return doubled(text) if "\n" not in text else "replace(" + doubled(text.replace("\n", "\\n")) + ",'\\n',char(10))"


def oracle(text):
    return doubled(text).replace("\n", "'||chr(10)||'")


def values(row, quote, date, blob):
    email, name, note, balance, born, seen, token, referrer = row
    return ",".join([quote(email), quote(name), quote(note), balance, date(born), date(seen), blob(token), "NULL" if referrer is None else referrer])


def sql_server(i, row):
    cast = lambda text: f"CAST(N'{text.replace(' ', 'T')}' AS DateTime2)"
    cells = values(row, lambda t: "N" + doubled(t), cast, lambda t: "0x" + t.upper())
    return f"INSERT [dbo].[customers] ([{'], ['.join(NAMES)}]) VALUES ({i}, {cells})\nGO\n"


def oracle_row(i, row):
    date = lambda text: f"to_date('{text}','{'YYYY-MM-DD HH24:MI:SS' if ':' in text else 'YYYY-MM-DD'}')"
    return f"Insert into SHOP.CUSTOMERS ({','.join(NAMES).upper()}) values ({i},{values(row, oracle, date, lambda t: f'HEXTORAW({chr(39)}{t.upper()}{chr(39)})')});\n"


CREATE = "CREATE TABLE customers (id int, email text, name text, note text, balance numeric(10,2), born date, seen timestamp, token bytea, referrer int);\n"
# spelling: what stands before, a row, between rows of one statement (None: each is its own), behind
SPELLINGS = {
    "extended INSERT": ("-- MariaDB dump 10.19\n", "INSERT INTO `customers` VALUES ",
                        lambda i, r: f"({i},{values(r, mysql, doubled, lambda t: '0x' + t.upper())})", ""),
    "one-row INSERT": ("-- MariaDB dump 10.19\n", None,
                       lambda i, r: f"INSERT INTO `customers` VALUES ({i},{values(r, mysql, doubled, lambda t: '0x' + t.upper())});\n", ""),
    "COPY": ("--\n-- PostgreSQL database dump\n--\n" + CREATE + f"COPY public.customers ({', '.join(NAMES)}) FROM stdin;\n", None,
             lambda i, r: "\t".join([str(i), *(copy_text(c) if c is not None else "\\N" for c in (*r[:6], "\\x" + r[6], r[7]))]) + "\n", "\\.\n"),
    "SQLite .dump": ("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n" + CREATE, None,
                     lambda i, r: f"INSERT INTO customers VALUES({i},{values(r, sqlite, doubled, lambda t: f'X{chr(39)}{t}{chr(39)}')});\n", "COMMIT;\n"),
    "SQL Server": ("USE [shop]\nGO\n", None, sql_server, ""),
    "Oracle": ("REM INSERTING into SHOP.CUSTOMERS\nSET DEFINE OFF;\n", None, oracle_row, ""),
}


def make(path, spelling, size):
    before, head, write, behind = SPELLINGS[spelling]
    made = rows()
    count = 0
    with open(path.with_suffix(".part"), "w", encoding="utf-8", newline="") as out:
        written = out.write(before)
        while written < size:
            block = [write(count + i, row) for i, row in enumerate(made)]
            written += out.write(head + ",".join(block) + ";\n" if head else "".join(block))
            count += len(made)
        out.write(behind)
    path.with_suffix(".part").rename(path)
    path.with_suffix(".rows").write_text(str(count))


def measure(probe, path, runs, *unwanted):
    best = None
    for _ in range(runs):
        done = subprocess.run([probe, str(path), *unwanted], stdout=subprocess.PIPE, check=True)
        told = json.loads(done.stdout)
        assert told["rejected"] == 0 and told["read"] == int(path.with_suffix(".rows").read_text()), told
        best = told if best is None or told["cpu"] < best["cpu"] else best
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probe")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    folder = options.folder / f"dumps-{options.megabytes}"
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{'':18}{'MB':>7}{'rows':>11}{'MB/s per core':>15}{'skipped':>9}{'peak MB':>9}")
    for spelling in SPELLINGS:
        path = folder / (spelling.replace(" ", "-").replace(".", "").lower() + ".sql")
        if not path.with_suffix(".rows").exists():
            make(path, spelling, options.megabytes * 10**6)
        read = measure(options.probe, path, options.runs)
        skipped = measure(options.probe, path, max(1, options.runs // 2), "customers", "SHOP.CUSTOMERS")
        size = path.stat().st_size / 1e6
        print(f"{spelling:18}{size:7.0f}{read['rows']:11,}{size / read['cpu']:15.0f}{size / skipped['cpu']:9.0f}{read['peak_mb']:9.1f}", flush=True)


if __name__ == "__main__":
    main()

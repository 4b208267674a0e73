"""match, the whole program: samples in every format against references of every kind, a true leak beside worlds that only
look like one, a real PostgreSQL and a SQLite that is being written to."""
import csv
import datetime
import gzip
import json
import os
import pathlib
import pwd
import random
import shutil
import socket
import sqlite3
import string
import subprocess
import tempfile
import time

import pytest

COLUMNS = "id email phone full_name city password_hash created_at updated_at".split()
ALPHABET = string.ascii_letters + string.digits + "./"


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def secret(rng):
    return "$2y$10$" + "".join(rng.choices(ALPHABET, k=53))


def make_customers(count=3000, seed=1):
    """Invented people, one after another; nobody real is hit: the domain and the country code belong to no one."""
    rng = random.Random(seed)
    now, rows = 1_600_000_000, []
    for i in range(1, count + 1):
        now += rng.randrange(1, 15000)
        changed = now + (rng.randrange(1, 9_000_000) if rng.random() < .3 else 0)
        name = f"{rng.choice(['Al', 'Zoë', 'Mina', 'Jo'])}{rng.choice('abcdef')} {rng.choice(['Müh', 'Kel', 'Ost', 'Fal'])}{rng.choice('aeiou')}ford"
        phone = None if rng.random() < .08 else f"+210 6{rng.randrange(10**8):08d}"
        rows.append((i, f"{name.split()[0].lower()}.{i}@quillmail.zz", phone, name, rng.choice(["Brackbury", "Elmsfield"]), secret(rng),
                     stamp(now), stamp(changed)))
    return rows


def write_csv(path, header, rows, **options):
    with open(path, "w", encoding=options.pop("encoding", "utf-8"), newline="") as out:
        writer = csv.writer(out, **options)
        if header:
            writer.writerow(header)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])


def write_sqlite(path, rows):
    with sqlite3.connect(path) as db:
        db.execute("create table customers(id integer primary key, email text, phone text, full_name text, city text, "
                   "password_hash text, created_at text, updated_at text)")
        db.execute("create table orders(id integer primary key, customer_id integer, total real)")
        db.executemany(f"insert into customers values ({','.join('?' * 8)})", rows)
        db.executemany("insert into orders values (?,?,?)", [(i, i % len(rows) + 1, i / 100) for i in range(1, 2000)])
    db.close()


def quote(value, backslashes):
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\") if backslashes else str(value)
    return str(value) if isinstance(value, int) else "'" + text.replace("'", "\\'" if backslashes else "''") + "'"


def write_mysql(path, rows, name="customers"):
    tuples = ",".join("(" + ",".join(quote(cell, True) for cell in row) + ")" for row in rows)
    text = ("-- MySQL dump 10.19\nCREATE TABLE `%s` (\n%s,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nINSERT INTO `%s` VALUES %s;\n"
            % (name, ",\n".join(f"  `{c}` varchar(99) DEFAULT NULL" for c in COLUMNS), name, tuples))
    path.write_text(text, encoding="utf-8")


def write_copy(path, rows):
    lines = "\n".join("\t".join("\\N" if cell is None else str(cell).replace("\\", "\\\\") for cell in row) for row in rows)
    path.write_text(f"-- PostgreSQL database dump\nCOPY public.customers ({', '.join(COLUMNS)}) FROM stdin;\n{lines}\n\\.\n", encoding="utf-8")


@pytest.fixture(scope="module")
def customers():
    return make_customers()


@pytest.fixture(scope="module")
def world(customers, tmp_path_factory):
    """A folder with the reference in every form, and a true leak of 200 of its rows."""
    folder = tmp_path_factory.mktemp("shop")
    write_sqlite(folder / "shop.sqlite", customers)
    write_csv(folder / "customers.csv", COLUMNS, customers)
    write_mysql(folder / "mysql.sql", customers)
    write_copy(folder / "copy.sql", customers)
    with gzip.open(folder / "customers.csv.gz", "wb") as out:
        out.write((folder / "customers.csv").read_bytes())
    with open(folder / "customers.jsonl", "w", encoding="utf-8") as out:
        for row in customers:
            out.write(json.dumps(dict(zip(COLUMNS, row)), ensure_ascii=row[0] % 2 == 0) + "\n")
    rng = random.Random(9)
    picked = rng.sample(customers[100:2800], 200)
    leak = [(r[0], r[1].upper() if r[0] % 3 == 0 else r[1], r[2] and "0" + r[2][5:], r[3].upper(), r[4], r[5], r[6].replace(" ", "T") + "Z") for r in picked]
    write_csv(folder / "leak.csv", ["uid", "mail", "tel", "name", "town", "pw", "joined"], leak)
    return folder, picked, leak


@pytest.mark.parametrize("reference", ["sqlite:shop.sqlite", "shop.sqlite", "customers.csv", "customers.csv.gz", "customers.jsonl", "mysql.sql", "copy.sql"])
def test_a_true_leak_against_every_kind_of_reference(assay, world, reference):
    folder, picked, _ = world
    result = assay("match", "leak.csv", "--against", reference, "--json", cwd=folder, code=1)
    summary = result.summary
    assert (summary["rows_sample"], summary["rows_reference"], summary["rows_matched"]) == (200, 3000, 200)
    classes = {c["sample"]: (c["reference"].rpartition(".")[2], c["class"]) for c in summary["columns"]}
    assert classes == {"uid": ("id", "source-issued"), "mail": ("email", "shared"), "tel": ("phone", "pairing"), "name": ("full_name", "pairing"),
                       "town": ("city", "pairing"), "pw": ("password_hash", "source-secret"), "joined": ("created_at", "source-secret")}
    for column in summary["columns"]:
        assert column["containment"] == 1 and column["ci95"][1] == 1 and .97 < column["ci95"][0] < 1
    assert set(summary["log10_lr"]) == {"elsewhere", "partner", "recycled", "made_up", "seed"}
    assert summary["log10_lr"]["recycled"] is None and any("recycled" in text for text in summary["assumptions"])
    assert summary["raw"]["partner"] > 3 and summary["evidence_class"] == "secret"
    assert summary["complete"] is True
    newest = max(row[6] for row in picked)
    assert summary["taken_between"][0] == newest.replace(" ", "T") + "Z"


def test_no_value_of_a_row_is_printed(assay, world):
    folder, _, leak = world
    for words in (["--json"], []):
        result = assay("match", "leak.csv", "--against", "shop.sqlite", *words, cwd=folder)
        everything = result.out + result.err
        for row in leak[:50]:
            for value in (row[1], row[1].lower(), row[5], row[2]):
                assert not value or str(value) not in everything


def test_the_same_people_from_elsewhere_do_not_look_like_a_leak(assay, world, customers):
    folder, _, _ = world
    rng = random.Random(3)
    rows = [(i + 1, r[1] if i % 3 else f"someone{i}@oxbow.zz", r[3], secret(rng), stamp(1_500_000_000 + rng.randrange(10**8)))
            for i, r in enumerate(rng.sample(customers, 300))]
    write_csv(folder / "twin.csv", ["id", "email", "name", "password_hash", "created_at"], rows)
    summary = assay("match", "twin.csv", "--against", "shop.sqlite", "--json", cwd=folder).summary
    assert summary["rows_matched"] == 0 and summary["rows_linked"] == 200
    assert summary["raw"]["elsewhere"] < -1 and summary["raw"]["partner"] < -1
    assert summary["headline"]["log10_lr"] <= 0


def test_addresses_alone_carry_nothing_against_a_partner(assay, world, customers):
    folder, _, _ = world
    write_csv(folder / "list.csv", None, [(r[1],) for r in customers[200:300]])
    summary = assay("match", "list.csv", "--against", "shop.sqlite", "--json", cwd=folder, code=1).summary
    assert summary["columns"][0]["reference"] == "customers.email" and summary["columns"][0]["containment"] == 1
    assert summary["evidence_class"] == "none" and summary["raw"]["partner"] == 0
    assert summary["headline"]["log10_lr"] <= 0


def test_nothing_in_common(assay, world):
    folder, _, _ = world
    write_csv(folder / "foreign.csv", ["email"], [(f"nobody{i}@nowhere.zz",) for i in range(10)])
    summary = assay("match", "foreign.csv", "--against", "customers.csv", "--json", cwd=folder, code=0).summary
    assert summary["rows_matched"] == 0 and summary["columns"] == []
    assert all(value is None for value in summary["log10_lr"].values())


def test_background_declared_columns_and_rates(assay, world, customers, tmp_path):
    folder, _, _ = world
    rows = [(r[1], r[3]) for r in customers[:600]] + [(f"other{i}@oxbow.zz", "X Y") for i in range(900)]
    write_csv(tmp_path / "other.csv", ["email", "name"], rows)
    rates = {"version": 1, "match": {"caps": {"secret": [-2.9, 3.3], "issued": [-2, 0], "none": [-1, 0]}, "omega": [0, 5000]}}
    (tmp_path / "rates.json").write_text(json.dumps(rates))
    common = ["match", "leak.csv", "--against", "shop.sqlite", "--json", "--rates", tmp_path / "rates.json"]
    summary = assay(*common, "--background", tmp_path / "other.csv", cwd=folder, code=1).summary
    assert summary["log10_lr"]["recycled"] == 3.3 and summary["cap"] == [-2.9, 3.3]
    assert summary["headline"]["log10_lr"] > 2.9
    told = assay(*common, "--shared-with", "Post=customers.password_hash,customers.created_at", cwd=folder, code=1).summary
    assert told["headline"]["alternative"] == "partner" and told["headline"]["log10_lr"] == 0


@pytest.mark.parametrize("encoding, said", [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("latin-1", "Latin-1"), ("utf-16", "UTF-16LE"), ("cp1252", "CP1252")])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_samples_in_every_dialect(assay, world, tmp_path, encoding, said, delimiter):
    folder, _, leak = world
    rows = [(*row[:4], row[4] + (" €" if encoding == "cp1252" else ""), *row[5:]) for row in leak]
    write_csv(tmp_path / "sample.txt", ["uid", "mail", "tel", "name", "town", "pw", "joined"], rows, encoding=encoding, delimiter=delimiter)
    result = assay("match", tmp_path / "sample.txt", "--against", "shop.sqlite", "--json", cwd=folder)
    read = next(c for c in result.of_kind("coverage") if c.get("role") == "sample")
    assert read["encoding"] == said and read["delimiter"] == delimiter and read["header"] is True
    assert result.summary["rows_matched"] == 200
    assert {c["sample"]: c["containment"] for c in result.summary["columns"]}["name"] == 1


def test_a_dump_cut_in_the_middle_counts_what_it_lost(assay, world, tmp_path, customers):
    folder, _, _ = world
    write_mysql(tmp_path / "whole.sql", customers[100:400], "stolen")
    text = (tmp_path / "whole.sql").read_bytes()
    (tmp_path / "cut.sql").write_bytes(text[:-90])
    result = assay("match", tmp_path / "cut.sql", "--against", "customers.csv", "--json", cwd=folder)
    assert result.summary["rows_sample"] == 299 and result.summary["rows_matched"] == 299
    assert result.summary["complete"] is False
    assert [c["count"] for c in result.of_kind("coverage") if c["class"] == "rejected: cut off"] == [1]
    packed = gzip.compress(text)
    (tmp_path / "cut.sql.gz").write_bytes(packed[:-200])
    result = assay("match", tmp_path / "cut.sql.gz", "--against", "customers.csv", "--json", cwd=folder)
    assert result.summary["complete"] is False and 0 < result.summary["rows_matched"] < 300


def test_a_shifted_clock_is_found(assay, world, tmp_path, customers):
    folder, _, _ = world
    later = [(r[1], r[5], stamp(datetime.datetime.fromisoformat(r[6] + "+00:00").timestamp() + 20700)) for r in customers[300:400]]
    write_csv(tmp_path / "nepal.csv", ["email", "hash", "created"], later)
    summary = assay("match", tmp_path / "nepal.csv", "--against", "customers.csv", "--json", cwd=folder, code=1).summary
    assert summary["clock_offset_s"] == 20700 and summary["rows_matched"] == 100


def test_what_cannot_be_read(assay, world, tmp_path):
    folder, _, _ = world
    result = assay("match", "leak.csv", "--against", "sqlite:missing.db", cwd=folder, code=2)
    assert "missing.db: No such file" in result.err
    (tmp_path / "fake.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    result = assay("match", "leak.csv", "--against", tmp_path / "fake.db", cwd=folder, code=2)
    assert "fake.db" in result.err
    result = assay("match", "leak.csv", "--against", "postgresql://shop:geheim@127.0.0.1/shop", cwd=folder)
    assert result.code in (2, 64) and "geheim" not in result.err and ".pgpass" in result.err
    result = assay("match", "leak.csv", "--against", "missing.csv", "--against", "customers.csv", "--json", cwd=folder)
    assert result.summary["rows_matched"] == 200 and result.summary["complete"] is False


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_sqlite_that_is_in_use(assay, tmp_path, customers, mode):
    write_sqlite(tmp_path / "live.sqlite", customers)
    write_csv(tmp_path / "few.csv", COLUMNS, customers[100:150])
    writer = sqlite3.connect(tmp_path / "live.sqlite", isolation_level=None)
    writer.execute(f"pragma journal_mode={mode}")
    writer.execute("pragma wal_autocheckpoint=0")
    writer.execute("insert into customers values (9001,'late@quillmail.zz',null,'La Te','Elmsfield','$2y$10$late','2023-01-01 10:00:00','2023-01-01 10:00:00')")
    before = (tmp_path / "live.sqlite").read_bytes()
    summary = assay("match", "few.csv", "--against", "sqlite:live.sqlite", "--json", code=1).summary
    assert summary["rows_reference"] == 3001 and summary["rows_matched"] == 50
    assert (tmp_path / "live.sqlite").read_bytes() == before
    writer.close()
    # Closed by its writer, the copy alone is whole too.
    shutil.copy(tmp_path / "live.sqlite", tmp_path / "copy.sqlite")
    assert assay("match", "few.csv", "--against", "copy.sqlite", "--json", code=1).summary["rows_reference"] == 3001


# ---- PostgreSQL ----


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def postgresql(customers):
    """A PostgreSQL of its own, on loopback, run by an unprivileged user; its URI for a reader with few rights."""
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("needs PostgreSQL (postgresql-15)")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-pg-", dir="/tmp"))
    words, port = [], free_port()
    if os.geteuid() == 0:
        user = next((name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()}), None)
        shutil.chown(folder, user)
        words = ["runuser", "-u", user, "--"]

    def run(*args, **options):
        clean = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PGPASSWORD": "geheim"}
        return subprocess.run([*words, *map(str, args)], check=True, cwd="/", env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)

    data = folder / "data"
    (folder / "secret").write_text("geheim\n")
    os.chmod(folder / "secret", 0o644)
    run(programs[-1] / "initdb", "-D", data, "-U", "owner", "--auth=scram-sha-256", f"--pwfile={folder}/secret", "-E", "UTF8", "--no-sync")
    run(programs[-1] / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", "start")
    try:
        for _ in range(50):
            if subprocess.run([programs[-1] / "pg_isready", "-h", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, check=False).returncode == 0:
                break
            time.sleep(.1)
        lines = "\n".join("\t".join("\\N" if cell is None else str(cell).replace("\\", "\\\\") for cell in row) for row in customers)
        sql = f'''
create role reader login password 'geheim';
create table customers(id int primary key, email text, phone text, full_name text, city text, password_hash text, created_at timestamptz, updated_at timestamptz);
set timezone = 'UTC';
copy customers from stdin;
{lines}
\\.
create table "Odd ""table"""(a text, b bytea);
insert into "Odd ""table""" values (E'tab\\there\\\\\\nline', '\\xc0ffee'), (null, null);
create table payroll(id int, amount int);
insert into payroll values (1, 2);
create function nosy() returns int language sql as 'insert into payroll values (9, 9) returning 1';
grant select on customers, "Odd ""table""" to reader;
'''
        run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", port, "-U", "owner", "postgres", input=sql.encode())
        yield f"postgresql://reader@127.0.0.1:{port}/postgres"
    finally:
        run(programs[-1] / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_true_leak_against_postgresql(assay, world, postgresql):
    folder, _, _ = world
    env = {"PGPASSWORD": "geheim"}
    result = assay("match", "leak.csv", "--against", postgresql, "--json", cwd=folder, env=env, code=1)
    summary = result.summary
    assert (summary["rows_sample"], summary["rows_reference"], summary["rows_matched"]) == (200, 3000, 200)
    assert {c["sample"]: c["class"] for c in summary["columns"]}["joined"] == "source-secret"
    csv_summary = assay("match", "leak.csv", "--against", "customers.csv", "--json", cwd=folder).summary
    assert summary["raw"] == csv_summary["raw"] and summary["taken_between"] == csv_summary["taken_between"]
    tables = {c["table"]: c for c in result.of_kind("coverage") if "table" in c}
    assert tables['Odd "table"']["count"] == 2
    assert tables["payroll"]["class"] == "no right to read it" and summary["complete"] is False
    assert "geheim" not in result.out + result.err


def test_postgresql_bytes_and_escapes_arrive(assay, postgresql, tmp_path):
    write_csv(tmp_path / "odd.csv", ["a", "b"], [("tab\there\\\nline", "c0ffee")])
    result = assay("match", "odd.csv", "--against", postgresql, "--json", env={"PGPASSWORD": "geheim"}, code=1)
    found = {m["reference"]: m["k"] for m in result.of_kind("measure")}
    assert found['Odd "table".a'] == 1 and found['Odd "table".b'] == 1


def test_postgresql_refuses_a_wrong_password_in_one_line(assay, world, postgresql):
    folder, _, _ = world
    result = assay("match", "leak.csv", "--against", postgresql, cwd=folder, env={"PGPASSWORD": "falsch"}, code=2)
    assert "password authentication failed" in result.err and "falsch" not in result.err


# ---- One truth in many dialects ----


@pytest.mark.parametrize("dialect", ["MySql", "PostgreSql", "Sqlite", "SqlServer", "Db2"])
def test_chinook_in_every_dialect(assay, shared, tmp_path, dialect):
    """The same shop as SQLite keeps it and as other databases write it: every row of every table is found again."""
    source = shared / "data" / "chinook" / "Chinook_Sqlite.sqlite"
    dump = shared / "data" / "chinook" / f"Chinook_{dialect}.sql"
    db = sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True)
    for table, rows in (("Customer", 59), ("Track", 3503), ("Employee", 8), ("Invoice", 412), ("Album", 347)):
        cursor = db.execute(f"select * from {table}")
        header = [column[0] for column in cursor.description]
        write_csv(tmp_path / f"{table}.csv", header, cursor.fetchall())
        summary = assay("match", f"{table}.csv", "--against", dump, "--json", code=1).summary
        assert summary["rows_sample"] == rows and summary["rows_reference"] == rows, table
        lost = 4 if table == "Track" and dialect == "MySql" else 0  # names with a backslash, which MySQL itself drops
        assert summary["rows_matched"] == rows - lost, table
        for column in summary["columns"]:
            here, there = column["sample"].lower(), column["reference"].rpartition(".")[2].lower().replace("_", "")
            assert column["k"] >= column["n"] - lost, (table, column)
            if column["class"] in ("shared", "source-issued"):
                assert here == there, (table, column)
    db.close()

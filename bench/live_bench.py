"""How fast a live database is read, beside what the server itself and its own client reach.

  live_bench.py ASSAY READ_PROBE [--rows N] [--runs R] [--only postgresql|mariadb|sqlite]

Makes servers of its own on loopback, a table of N rows (id, e-mail, phone, password hash, time), and a sample of N/10. For each server: the
server's own end (COPY TO '/dev/null'; MariaDB: a count that looks at every column), its client with the rows thrown away (psql, mariadb --quick), our
reading with a sink that counts, the same with two of five columns, and the whole of match. Wall and CPU seconds are of the client; best of R by wall.
"""
import argparse
import json
import os
import pathlib
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "cli"))
import servers  # noqa: E402  pylint: disable=wrong-import-position

POSTGRESQL = """
create table customers (id integer, email text, phone text, password_hash text, created_at timestamp);
insert into customers select i + 1000, 'a.u' || to_hex(i) || '@quillmail' || i %% 89 || '.zz', '+210' || lpad((i::bigint * 7919 %% 1000000000)::text, 9, '0'),
  '$2y$10$' || md5(i::text) || substr(md5((i + 1)::text), 1, 21), timestamp '2017-07-14 02:40:00' + i * interval '9 seconds'
  from generate_series(1, %d) i;
vacuum analyze customers;
create role reader login password 'reader';
grant pg_read_all_data to reader;
"""
MARIADB = """
create database shop; use shop;
create table customers (id integer primary key, email varchar(80), phone varchar(20), password_hash varchar(80), created_at datetime) engine=innodb;
insert into customers select seq + 1000, concat('a.u', hex(seq), '@quillmail', seq %% 89, '.zz'), concat('+210', lpad(seq * 7919 %% 1000000000, 9, '0')),
  concat('$2y$10$', md5(seq), substr(md5(seq + 1), 1, 21)), timestamp '2017-07-14 02:40:00' + interval seq * 9 second from seq_1_to_%d;
create user reader@127.0.0.1 identified by 'reader';
grant select on shop.* to reader@127.0.0.1;
set global general_log = 0;
"""


def used():
    mine = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime


def best(runs, words, env, **options):
    """(wall, CPU) of the fastest run, and what it said"""
    fastest = None
    for _ in range(runs):
        began, before = time.monotonic(), used()
        done = subprocess.run(words, env={**os.environ, **env}, stdout=options.get("out", subprocess.PIPE), stderr=subprocess.PIPE, check=False)
        told = (time.monotonic() - began, used() - before, (done.stdout or b"").decode("utf-8", "replace"))
        if done.returncode not in options.get("good", (0,)):
            raise SystemExit(f"{words[0]}: {done.stderr.decode(errors='replace')[-400:]}")
        fastest = told if fastest is None or told[0] < fastest[0] else fastest
    return fastest


def show(name, run, rows, base=None):
    share = "" if base is None else f"  {100 * base[0] / run[0]:4.0f} %"
    print(f"  {name:52} {run[0]:7.2f} s {run[1]:7.2f} CPU-s {rows / run[0] / 1e6:6.2f} M rows/s{share}", flush=True)


def ours(options, uri, table, sample, env, base):
    read = best(options.runs, [options.probe, uri, table], env)
    assert json.loads(read[2])["rows"] == options.rows, read[2]
    show("reading, a sink that counts", read, options.rows, base)
    show("the same, two of five columns", best(options.runs, [options.probe, uri, table, "email", "created_at"], env), options.rows, base)
    whole = best(options.runs, [options.assay, "match", sample, "--against", uri, "--json", "--quiet"], env, good=(0, 1, 2))
    summary = json.loads(whole[2].splitlines()[-1])
    show(f"match, {summary['rows_matched']} rows found", whole, options.rows, base)


def make_sample(folder, rows, lines):
    path = pathlib.Path(folder, "sample.csv")
    with open(path, "w", encoding="ascii") as out:
        out.write("id,mail,tel,pw,joined\n")
        out.writelines(line for i, line in enumerate(lines) if i % 10 == 0)
    return str(path)


def postgresql(options, folder):
    server = servers.PostgreSQL()
    try:
        server.sql(POSTGRESQL % options.rows)
        uri = f"postgresql://reader@127.0.0.1:{server.port}/postgres"
        env = {"PGPASSWORD": "reader"}
        text = server.sql("copy (select id, email, phone, password_hash, created_at from customers) to stdout (format csv)")
        sample = make_sample(folder, options.rows, text.splitlines(keepends=True))
        del text
        copy = "select id, email, phone, password_hash, created_at from customers"
        print(f"PostgreSQL, {options.rows} rows")
        own = best(options.runs, [*server.client(), "-c", f"copy ({copy}) to '/dev/null'", "postgres"], env)
        show("server: COPY TO '/dev/null' (as superuser)", own, options.rows)
        client = best(options.runs, ["psql", "-X", "-q", uri, "-c", f"copy ({copy}) to stdout"], env, out=subprocess.DEVNULL)
        show("psql: COPY TO STDOUT, thrown away", client, options.rows, own)
        ours(options, uri, "customers", sample, env, own)
    finally:
        server.stop()


def mariadb(options, folder):
    server = servers.MariaDB()
    try:
        server.sql(MARIADB % options.rows)
        uri = f"mysql://reader@127.0.0.1:{server.port}/shop"
        env = {"MYSQL_PWD": "reader"}
        text = server.sql("select concat_ws(',', id, email, phone, password_hash, created_at) from shop.customers where id % 10 = 0")
        sample = make_sample(folder, options.rows, (line for line in text.splitlines(keepends=True) for _ in range(10)))
        print(f"MariaDB, {options.rows} rows")
        own = best(options.runs, [*server.client(), "-e", "select count(*), sum(length(concat_ws(',', id, email, phone, password_hash, created_at))) from shop.customers"], env)
        show("server: a sum over all five columns", own, options.rows)
        client = best(options.runs, ["mariadb", "--no-defaults", "--quick", "--batch", "--raw", "-h127.0.0.1", f"-P{server.port}", "-ureader", "-e",
                                     "select id, email, phone, password_hash, created_at from shop.customers"], env, out=subprocess.DEVNULL)
        show("mariadb --quick, thrown away (an unbuffered read)", client, options.rows)
        ours(options, uri, "customers", sample, env, client)
    finally:
        server.stop()


def sqlite(options, folder):
    path = pathlib.Path(folder, "shop.sqlite")
    database = sqlite3.connect(path)
    database.execute("create table customers (id integer primary key, email text, phone text, password_hash text, created_at text)")
    rows = [(i + 1000, f"a.u{i:x}@quillmail{i % 89}.zz", f"+210{i * 7919 % 10**9:09d}", f"$2y$10${i * 2654435761 % 2**64:053x}",
             time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1_500_000_000 + 9 * i))) for i in range(options.rows)]
    with database:
        database.executemany("insert into customers values (?, ?, ?, ?, ?)", rows)
    database.close()
    sample = make_sample(folder, options.rows, (",".join(map(str, row)) + "\n" for row in rows))
    del rows
    print(f"SQLite, {options.rows} rows")
    client = best(options.runs, ["sqlite3", "-readonly", str(path), "select * from customers"], {}, out=subprocess.DEVNULL)
    show("sqlite3, thrown away", client, options.rows)
    ours(options, f"sqlite:{path}", "customers", sample, {}, client)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("assay")
    parser.add_argument("probe")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["postgresql", "mariadb", "sqlite"])
    options = parser.parse_args()
    for measure in (postgresql, mariadb, sqlite):
        if options.only in (None, measure.__name__):
            with tempfile.TemporaryDirectory(prefix="assay-live-") as folder:
                measure(options, folder)


main()

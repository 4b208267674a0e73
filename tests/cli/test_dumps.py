"""Dumps that real servers and their tools write of rows that are hard to write: what is read of them is what the server itself says.
table_probe (tests/unit) prints the rows that src/formats reads."""
import json
import sqlite3
import subprocess

import pytest
import servers

NASTY = ["plain", "", None, "it's", "''", "'", '"', "`", "\\", "\\'", "a\\nb", "a\nb", "a\r\nb", "\t", "\\N", "\\.", "NULL", "),(", "');\nINSERT INTO t VALUES (0);\n",
         "-- no comment", "/* none */", "$$", "$x$", "x;y", "emoji \U0001F600 \u00eb \u4f60\u597d", "\u2028", " lead and trail ", "%_\\%\\_", "\x1a\x08\x7f", "0x41", "a" * 5000, "\\x41",
         "{\"a\":\"b\\\"c\"}", "'||char(10)||'", "\\n and\nboth"]
BYTES = [b"", None, b"\x00", b"\x00'\\\n\x1a\"\x00", bytes(range(256)), b"text", b"\xff\xfe", b"'"]
NUMBERS = ["0", "-0.0", "1e-300", "1.5", "-7", "1e100", None]


@pytest.fixture(scope="session")
def read(assay_bin):
    program = assay_bin.resolve().parents[2] / "tests" / "unit" / "table_probe"
    if not program.exists():
        pytest.skip(f"{program} is not there: ninja makes it")

    def run(path):
        """the rows of every table, cells as bytes; nothing may be rejected"""
        done = subprocess.run([program, "--rows", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        told = json.loads(done.stderr)
        assert told["rejected"] == 0, told
        tables = {}
        for line in done.stdout.decode().splitlines():
            name, *cells = line.split(" ")
            tables.setdefault(name, []).append([None if cell == "~" else bytes.fromhex(cell[1:]) for cell in cells])
        return tables
    return run


def rows():
    most = max(len(NASTY), len(BYTES), len(NUMBERS))
    for i in range(most):
        yield i, NASTY[i % len(NASTY)], BYTES[i % len(BYTES)], NUMBERS[i % len(NUMBERS)], NASTY[(i * 7 + 3) % len(NASTY)]


def as_hex(text):
    return "NULL" if text is None else f"0x{text.hex()}" if text else "''"


@pytest.fixture(scope="module")
def mariadb():
    server = servers.MariaDB()
    try:
        server.sql("create database shop; use shop; create table t (id int primary key, a text, b longblob, n double, c varchar(6000), f bit(9), u binary(16)) charset utf8mb4;")
        lines = []
        for i, a, b, n, c in rows():
            text = lambda value: "NULL" if value is None else f"convert({as_hex(value.encode())} using utf8mb4)"
            lines.append(f"insert into t values ({i}, {text(a)}, {as_hex(b)}, {n or 'NULL'}, {text(c)}, {i * 13 % 512}, unhex(md5({i})));")
        server.sql("use shop;\n" + "\n".join(lines))
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("options", [[], ["--hex-blob"], ["--skip-extended-insert"], ["--complete-insert", "--insert-ignore", "--skip-opt", "--hex-blob"], ["--replace"],
                                     ["--no-create-info", "--hex-blob"], ["--compatible=ansi", "--hex-blob"]])
def test_mariadb_dump(mariadb, read, tmp_path, options):
    dump = tmp_path / "dump.sql"
    with open(dump, "wb") as out:
        subprocess.run([servers.find("mariadb-dump", "mysqldump"), "--no-defaults", "--protocol=socket", f"--socket={mariadb.folder}/s",
                        "--default-character-set=utf8mb4", *options, "shop"], stdout=out, env=servers.CLEAN, check=True)
    said = mariadb.sql("use shop; select id, hex(a), hex(b), n, hex(c), hex(f), hex(u), a is null, b is null, c is null from t order by id")
    wanted = []
    for line in said.splitlines():
        i, a, b, n, c, f, u, no_a, no_b, no_c = line.split("\t")
        wanted.append([i.encode(), None if no_a == "1" else bytes.fromhex(a), None if no_b == "1" else b.lower().encode(), None if n == "NULL" else n.encode(),
                       None if no_c == "1" else bytes.fromhex(c), f"{int(f, 16):04x}".encode(), u.lower().encode()])
    assert len(wanted) == len(NASTY)
    assert read(dump)["t"] == wanted


@pytest.fixture(scope="module")
def postgresql():
    server = servers.PostgreSQL()
    try:
        server.sql("create table t (id int generated always as identity, a text, b bytea, n float8, c varchar(6000), d date, o bool)")
        lines = []
        for i, a, b, n, c in rows():
            text = lambda value: "NULL" if value is None else f"convert_from(decode('{value.encode().hex()}', 'hex'), 'UTF8')"
            blob = "NULL" if b is None else f"decode('{b.hex()}', 'hex')"
            lines.append(f"insert into t (a, b, n, c, d, o) values ({text(a)}, {blob}, {n or 'NULL'}, {text(c)}, date '2020-01-01' + {i}, {i % 2 == 0});")
        server.sql("\n".join(lines))
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("options", [[], ["--inserts"], ["--column-inserts"], ["--inserts", "--rows-per-insert=7"], ["--data-only"], ["--inserts", "--quote-all-identifiers"]])
def test_pg_dump(postgresql, read, tmp_path, options):
    dump = tmp_path / "dump.sql"
    dump.write_text(postgresql.run(servers.find("pg_dump"), "-h", postgresql.folder, "-p", postgresql.port, "-U", "postgres", *options, "postgres"), newline="")
    word = lambda column: f"coalesce(encode(convert_to({column}::text, 'UTF8'), 'hex'), '~')"
    said = postgresql.sql(f"select id, {word('a')}, coalesce(encode(b, 'hex'), '~'), {word('n')}, {word('c')}, {word('d')}, {word('o')} from t order by id")
    wanted = []
    for line in said.splitlines():
        i, a, b, n, c, d, o = line.split("|")
        cell = lambda text: None if text == "~" else bytes.fromhex(text)
        blob = None if b == "~" else (b if "--data-only" not in options else "\\x" + b).encode()  # without CREATE TABLE nothing says that these are bytes
        wanted.append([i.encode(), cell(a), blob, cell(n), cell(c), cell(d), cell(o)])
    assert len(wanted) == len(NASTY)
    got = read(dump)["t"]
    for row in got:
        row[6] = {b"true": b"true", b"t": b"true", b"false": b"false", b"f": b"false"}[row[6]]
    assert got == wanted


def test_sqlite_dump(read, tmp_path):
    path, dump = tmp_path / "shop.db", tmp_path / "dump.sql"
    db = sqlite3.connect(path)
    db.execute("create table t (id integer primary key, a text, b blob, n real, c text)")
    db.executemany("insert into t values (?,?,?,?,?)", [(i, a, b, None if n is None else float(n), c) for i, a, b, n, c in rows()])
    db.commit()
    with open(dump, "wb") as out:
        subprocess.run([servers.find("sqlite3"), path, ".dump"], stdout=out, check=True)
    got = read(dump)["t"]
    wanted = db.execute("select id, cast(a as blob), lower(hex(b)), b is null, n, cast(c as blob) from t order by id").fetchall()
    db.close()
    assert len(got) == len(wanted) == len(NASTY)
    for row, (i, a, b, no_b, n, c) in zip(got, wanted):
        assert row[:3] == [str(i).encode(), a, None if no_b else b.encode()] and row[4] == c
        assert (row[3] is None) == (n is None) and (n is None or float(row[3]) == n)

"""Logs that real servers write, of statements that are known: every record is read, and says what was sent. log_probe (tests/unit) prints
what the readers see; `assay trace --json` must count the same. What counts records here knows nothing of the readers."""
import csv
import io
import json
import os
import pathlib
import subprocess
import time

import pytest
from servers import CLEAN, MariaDB, PostgreSQL, find

csv.field_size_limit(1 << 24)

STATEMENTS = [
    "CREATE TABLE customers (n int, t text)",
    "INSERT INTO customers VALUES (1, 'it''s'), (2, 'Grüße, 東京'), (3, '\"quoted\", and a comma')",
    "SELECT *\n\n  FROM customers\n WHERE t <> 'x,y'",
    "SELECT 'two\nlines\tand a tab', n FROM customers",
    "SELECT nothing FROM nowhere",
    "UPDATE customers SET t = 'a' WHERE n > 1",
    "SELECT '2026-03-14 21:47:09.123 UTC [1] root@root LOG:  statement: SELECT 1\n2026-03-14 21:47:09.123 UTC [1] root@root LOG:  x'",
    "SELECT 'long " + "0123456789 " * 400 + "'",
    "SELECT COUNT(*) FROM customers",
]


@pytest.fixture(scope="module")
def probe(assay_bin):
    program = assay_bin.resolve().parents[2] / "tests" / "unit" / "log_probe"
    if not program.exists():
        pytest.skip("needs tests/unit/log_probe")

    def ask(path, *options):
        done = subprocess.run([program, *options, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, done.stderr.decode()
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines[-1]["accounted"], lines[-1]
        return lines[:-1], lines[-1]
    return ask


@pytest.fixture(scope="module")
def assay_bin():
    path = pathlib.Path(os.environ.get("ASSAY_BIN", "build/assay"))
    if not path.exists():
        pytest.skip("needs build/assay")
    return path


@pytest.fixture(scope="module")
def trace(assay_bin):
    def ask(path, *options):
        done = subprocess.run([assay_bin, "trace", path, "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode in (0, 1, 2), done.stderr.decode()
        classes = {}
        for line in map(json.loads, done.stdout.splitlines()):
            if line["kind"] == "coverage" and line["class"] != "gap" and "count" in line:
                classes[line["class"]] = classes.get(line["class"], 0) + line["count"]
        return {name: count for name, count in classes.items() if count}
    return ask


def sent(records):
    return [record.get("statement", "") for record in records if record.get("command") == "Query"]


# ---- MariaDB -------------------------------------------------------------------------------------------------------------------------


class LoggingMariaDB(MariaDB):
    def start(self, *args):
        return super().start(*args, "--slow-query-log=1", f"--slow-query-log-file={self.folder}/slow.log", "--long-query-time=0", "--log-output=FILE",
                             "--log-slow-verbosity=full", "--plugin-load-add=server_audit", "--server-audit-logging=ON",
                             f"--server-audit-file-path={self.folder}/audit.log", "--server-audit-query-log-limit=65536")

    def send(self, statements):
        text = ";\n".join(statements) + ";\n"
        subprocess.run([*self.client(), "--force", "shop"], input=text.encode(), env=CLEAN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


@pytest.fixture(scope="module")
def mariadb():
    server = LoggingMariaDB()
    try:
        server.sql("CREATE DATABASE shop")
        server.send(STATEMENTS + ["PREPARE p FROM 'SELECT ?+1'", "SET @a = 4", "EXECUTE p USING @a", "SELECT _binary'\x01\x02', x'00ff'"])
        time.sleep(.3)
        yield server
    finally:
        server.stop()


def of_batch(records):
    """From the first of STATEMENTS on."""
    first = next(i for i, record in enumerate(records) if record.get("statement") == STATEMENTS[0])
    return records[first:]


def test_mariadb_general_log(mariadb, probe, trace):
    records, counts = probe(mariadb.log)
    assert counts["format"] == "MySQL general log"
    assert set(counts["classes"]) == {"parsed", "header or note"} and counts["classes"]["header or note"] == 3
    assert trace(mariadb.log) == counts["classes"]
    batch = of_batch(records)
    assert sent(batch)[:len(STATEMENTS)] == STATEMENTS
    assert [record["command"] for record in batch[len(STATEMENTS):]] == ["Query", "Prepare", "Query", "Query", "Execute", "Query", "Quit"]
    assert [record["statement"] for record in batch if record["command"] == "Execute"] == ["SELECT 4+1"]
    connects = [record for record in records if record.get("command") == "Connect"]
    assert connects[-1]["user"] and connects[-1]["client"] == "localhost" and connects[-1]["database"] == "shop"
    assert {record["session"] for record in batch} == {connects[-1]["session"]}
    assert all(abs(time.time() - instant(record)) < 300 for record in batch)


def instant(record):
    import datetime
    return datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()


def test_mariadb_slow_log(mariadb, probe, trace):
    path = f"{mariadb.folder}/slow.log"
    records, counts = probe(path)
    assert counts["format"] == "MySQL slow log"
    assert set(counts["classes"]) == {"parsed", "header or note"}
    assert counts["classes"]["parsed"] == sum(line.startswith(b"# User@Host: ") for line in pathlib.Path(path).read_bytes().splitlines())
    assert trace(path) == counts["classes"]
    parsed = of_batch([record for record in records if record["class"] == "parsed"])
    failed = STATEMENTS[4]
    assert [s for s in sent(parsed) if s in STATEMENTS and s != failed] == [s for s in STATEMENTS if s != failed]
    by = {record["statement"]: record for record in parsed if "statement" in record}
    assert by[STATEMENTS[1]]["rows"] == 3 and by[STATEMENTS[2]]["rows"] == 3 and by[STATEMENTS[5]]["rows"] == 2
    assert by[STATEMENTS[7]]["bytes"] > 4400 > 10 * by[STATEMENTS[8]]["bytes"]
    assert all(record["zone"] == 0 and record["database"] == "shop" and abs(time.time() - instant(record)) < 300 for record in parsed)


def test_mariadb_audit_log(mariadb, probe, trace):
    path = f"{mariadb.folder}/audit.log"
    records, counts = probe(path)
    assert counts["format"] == "MariaDB audit log"
    assert counts["classes"] == {"parsed": pathlib.Path(path).read_bytes().count(b"\n")}
    assert trace(path) == counts["classes"]
    batch = of_batch(records)
    assert sent(batch)[:len(STATEMENTS)] == STATEMENTS
    status = {record["statement"]: record["status"] for record in batch if record["command"] == "Query"}
    assert status[STATEMENTS[4]] == 1146 and status[STATEMENTS[3]] == 0
    assert {record["statement"] for record in batch if record["command"] == "READ" and record["database"] == "shop"} == {"customers"}


# ---- PostgreSQL ----------------------------------------------------------------------------------------------------------------------


class LoggingPostgreSQL(PostgreSQL):
    def start(self, *args):
        return super().start(*args, "-c", "logging_collector=on", "-c", "log_destination=stderr,csvlog,jsonlog", "-c", "log_connections=on",
                             "-c", "log_disconnections=on")

    def rotate(self, name, prefix, zone):
        """The log goes on in files of this name, with this prefix."""
        self.sql(f"ALTER SYSTEM SET log_filename = '{name}.log';\nALTER SYSTEM SET log_line_prefix = '{prefix}';\n"
                 f"ALTER SYSTEM SET log_timezone = '{zone}';\nSELECT pg_reload_conf();\n")
        folder = pathlib.Path(self.folder, "data", "log")
        for _ in range(100):
            if (folder / f"{name}.csv").exists() and (folder / f"{name}.json").exists():
                break
            time.sleep(.1)
        time.sleep(.2)
        return folder / name

    def send(self, statements, application):
        client = [*self.client(), "-v", "ON_ERROR_STOP=0", "postgres"]
        subprocess.run([*self.words, "env", f"PGAPPNAME={application}", *client], cwd="/", env=CLEAN, input=";\n".join(statements).encode() + b";\n",
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


@pytest.fixture(scope="module")
def postgresql():
    server = LoggingPostgreSQL()
    try:
        yield server
    finally:
        server.stop()


PREFIXES = [
    ("plain", "%m [%p] ", "UTC", False),
    ("debian", "%m [%p] %q%u@%d ", "Europe/Berlin", False),
    ("rds", "%t:%r:%u@%d:[%p]:", "America/New_York", False),
    ("pgbadger", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "Asia/Kolkata", False),
    ("unknown", "%m {%p} %q(%u in %d) ", "UTC", False),
    ("odd", "%n|%a|%c|%i|%e|%x|%v|%Q|%b|%-12u|%d|%h> ", "UTC", True),
]


@pytest.mark.parametrize("name,prefix,zone,is_given", PREFIXES)
def test_postgresql_logs(postgresql, probe, trace, name, prefix, zone, is_given):
    path = postgresql.rotate(name, prefix, zone)
    postgresql.send([s.replace("customers", f"customers_{name}") for s in STATEMENTS], "my app")
    time.sleep(.3)
    wish = [s.replace("customers", f"customers_{name}").replace("\n\n", "\n") + ";" for s in STATEMENTS]  # as psql sends them
    whole = pathlib.Path(f"{path}.log").read_bytes()
    lines = sum(not line.startswith(b"\t") for line in whole.split(b"\n")[:-1])
    rows = list(csv.reader(io.StringIO(pathlib.Path(f"{path}.csv").read_text(encoding="utf-8"), newline="")))
    objects = [json.loads(line) for line in pathlib.Path(f"{path}.json").read_text(encoding="utf-8").splitlines()]
    said = {}
    for ending, count, known in ((".log", lines, "PostgreSQL log"), (".csv", len(rows), "PostgreSQL CSV log"), (".json", len(objects), "PostgreSQL JSON log")):
        options = ["--format", prefix] if is_given and ending == ".log" else []
        records, counts = probe(f"{path}{ending}", *options)
        assert counts["format"] == known
        assert counts["classes"] == {"parsed": count}
        assert trace(f"{path}{ending}", *(["--log-format", prefix] if options else [])) == counts["classes"]
        said[ending] = records
        assert all((record["zone"] is None) == (zone == "Asia/Kolkata") for record in records)  # IST is no zone
    for ending, records in said.items():
        batch = [record for record in records if f"customers_{name}" in record.get("statement", "") or record.get("statement") in wish
                 or "two\n" in record.get("statement", "") or "UTC [1]" in record.get("statement", "")]
        got = [s.replace("\n\t", "\n") if ending == ".log" else s for s in sent(records)]
        assert got[-len(wish):] == wish, ending
        failed = [record["statement"] for record in records if record["command"] == "STATEMENT"]
        assert failed == [wish[4]]
        last = records[-1]
        assert last["command"] == "Quit" and last["user"] == "postgres" and last["database"] == "postgres" and last["client"] == "[local]"
        assert {record["session"] for record in batch} == {last["session"]}
        is_named = ending != ".log" or name in ("debian", "rds", "pgbadger", "odd")
        assert all((record.get("user") == "postgres") == is_named for record in batch)
        assert all((record.get("application") == "my app") == (ending != ".log" or "%a" in prefix) for record in batch)
        if zone != "Asia/Kolkata":
            assert all(abs(time.time() - instant(record)) < 300 for record in batch)


def test_postgresql_extended_protocol(postgresql, probe):
    try:
        pgbench = find("pgbench")
    except pytest.skip.Exception:
        pytest.skip("needs pgbench")
    path = postgresql.rotate("bench", "%m [%p] %q%u@%d ", "UTC")
    script = pathlib.Path(postgresql.folder, "script.sql")
    script.write_text("\\set n 5\nSELECT :n +\n 1;\n")
    script.chmod(0o644)
    pathlib.Path(postgresql.folder).chmod(0o755)
    postgresql.run(pgbench, "-n", "-M", "extended", "-t", "3", "-f", script, "-h", postgresql.folder, "-p", str(postgresql.port), "-U", "postgres", "postgres")
    time.sleep(.3)
    for ending in (".log", ".csv", ".json"):
        records, counts = probe(f"{path}{ending}")
        assert set(counts["classes"]) == {"parsed"}
        executed = [record["statement"].replace("\n\t", "\n") for record in records if record["command"] == "Execute"]
        assert executed == ["SELECT $1 +\n 1;"] * 3


@pytest.mark.parametrize("language", ["de", "fr", "ru"])
def test_postgresql_in_other_languages(probe, language):
    """A cluster made on a machine of that language logs in it."""
    if not pathlib.Path(f"/usr/share/locale/{language}/LC_MESSAGES/postgres-15.mo").exists():
        pytest.skip("needs PostgreSQL's message catalogues")

    class Speaking(PostgreSQL):
        def start(self, *args):
            words, self.words = self.words, [*self.words, "env", f"LANGUAGE={language}"]
            try:
                return super().start(*args, "-c", "log_connections=on", "-c", "log_disconnections=on", "-c", "log_min_duration_statement=0",
                                     "-c", "lc_messages=C.UTF-8")
            finally:
                self.words = words

    server = Speaking()
    try:
        subprocess.run([*server.words, *server.client(), "-v", "ON_ERROR_STOP=0", "postgres"], cwd="/", env=CLEAN, check=True,
                       input=b"SELECT 1;\nSELECT * FROM nowhere;\nSELECT 2;\n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(.3)
        records, counts = probe(f"{server.folder}/out")
    finally:
        server.stop()
    assert set(counts["classes"]) == {"parsed"}
    mine = [record for record in records if record["session"] == records[-1]["session"]]
    # before a database is chosen its letters are those of the environment, C: "connexion re?ue"
    assert [record["command"] for record in mine][2:] == ["Query", "LOG", "Query", "ERROR", "STATEMENT", "Query", "LOG", "Quit"]
    assert sent(mine) == ["SELECT 1;", "SELECT * FROM nowhere;", "SELECT 2;"]
    assert mine[6]["statement"] == "SELECT * FROM nowhere;" and mine[3]["duration_us"] > 0
    assert mine[-1]["user"] == "postgres" and mine[-1]["database"] == "postgres"

"""trace with logs of databases: of real servers, whose truth is known because we asked the questions; and of worlds made
by hand, in pairs, where only the clocks or the days tell them apart."""
import datetime
import os
import pathlib
import random
import subprocess

import pytest
import servers
from test_trace import INTRUDER, START, Log

ROWS = 3002


def takings(result):
    return [f for f in result.of_kind("finding") if f["class"] == "taking-database"]


def measures(result, name):
    return [m for m in result.of_kind("measure") if m["class"] == name]


def one(items):
    items = list(items)
    assert len(items) == 1, items
    return items[0]


def rows_of(finding):
    return {table["name"]: table["rows"] for table in finding["tables"]}


# ---- real servers ----

@pytest.fixture(scope="module")
def mariadb():
    server = servers.MariaDB()
    yield server
    server.stop()


def shop_of(server, folder):
    """A shop's tables and account, and the logs from then on: general, slow (everything), audit where there is the plugin."""
    slow, audit = os.path.join(server.folder, "slow.log"), os.path.join(server.folder, "audit.log")
    server.sql("CREATE OR REPLACE DATABASE shop; USE shop; CREATE TABLE customers (id int PRIMARY KEY, email varchar(80)); CREATE TABLE orders (id int PRIMARY KEY);"
               f"INSERT INTO customers SELECT seq, concat('u', seq, '@example.net') FROM seq_1_to_{ROWS}; INSERT INTO orders SELECT seq FROM seq_1_to_12;"
               "CREATE TABLE countries (id int); INSERT INTO countries VALUES (1), (2);"
               "CREATE OR REPLACE USER shop@'127.0.0.1' IDENTIFIED BY 'x'; GRANT ALL ON shop.* TO shop@'127.0.0.1'; GRANT FILE ON *.* TO shop@'127.0.0.1';")
    server.sql(f"SET GLOBAL general_log = 0; SET GLOBAL long_query_time = 0; SET GLOBAL slow_query_log_file = '{slow}'; SET GLOBAL slow_query_log = 1;")
    has_audit = os.path.exists("/usr/lib/mysql/plugin/server_audit.so")
    if has_audit:
        server.sql("INSTALL SONAME 'server_audit'; SET GLOBAL server_audit_events = 'CONNECT,QUERY'; SET GLOBAL server_audit_logging = 1;"
                   f"SET GLOBAL server_audit_file_path = '{audit}';")
    server.sql("SET GLOBAL general_log = 1;")
    return {"general": server.log, "slow": slow, **({"audit": audit} if has_audit else {})}


def as_shop(server, program, *words):
    done = subprocess.run([servers.find(*program), "--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", "-P", str(server.port), "-ushop", "-px", *words],
                          env=servers.CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ordinary(server, count=30):
    for i in range(count):
        as_shop(server, ["mariadb", "mysql"], "shop", "-e", f"SELECT * FROM countries; SELECT * FROM customers WHERE id = {i}; SELECT id FROM orders LIMIT 5")


@pytest.fixture(scope="module")
def mariadb_logs(mariadb, tmp_path_factory):
    """Ordinary business, then a dump, then a file, by the shop's own account."""
    folder = tmp_path_factory.mktemp("mariadb")
    logs = shop_of(mariadb, folder)
    ordinary(mariadb)
    as_shop(mariadb, ["mariadb-dump", "mysqldump"], "--single-transaction", "--no-tablespaces", "shop", "customers", "orders")
    as_shop(mariadb, ["mariadb", "mysql"], "shop", "-e", f"SELECT * FROM customers INTO OUTFILE '{mariadb.folder}/c.csv'")
    ordinary(mariadb)
    kept = {}
    for name, path in logs.items():
        text = pathlib.Path(path).read_bytes()
        start = text.rfind(b"SET GLOBAL general_log = 1") if name == "general" else -1
        kept[name] = folder / f"{name}.log"
        kept[name].write_bytes(text if start < 0 else text[:text.find(b"\n") + 1] + text[text.find(b"\n", start) + 1:])
    return kept


def test_mariadb_names_tables_and_counts_rows_exactly(assay, mariadb_logs):
    result = assay("trace", "--json", *mariadb_logs.values(), code=1)
    dump = one(f for f in takings(result) if f["tool"].startswith("mariadb-dump"))
    assert rows_of(dump) == {"shop.customers": ROWS, "shop.orders": 12}
    assert dump["recorded_rows"] == dump["minimum_rows"] == ROWS + 12 and dump["upper_rows"] is None
    assert dump["recorded_bytes"] > ROWS * 10
    assert dump["account"] == "shop" and dump["host"] == "127.0.0.1" and dump["confidence"] == "medium"
    outfile = one(f for f in takings(result) if f["tool"] == "a file on the server")
    assert rows_of(outfile) == {"shop.customers": ROWS}
    assert outfile["recorded_bytes"] is None and any("c.csv" in reason for reason in outfile["reasons"])
    assert len(takings(result)) == 2  # and nothing of the ordinary business
    assert one(measures(result, "database"))["usual_reads"] >= 60


def test_a_general_log_alone_says_that_rows_are_not_recorded(assay, mariadb_logs):
    result = assay("trace", "--json", mariadb_logs["general"], code=1)
    dump = one(f for f in takings(result) if f["tool"].startswith("mariadb-dump"))
    assert rows_of(dump) == {"shop.customers": None, "shop.orders": None}
    assert dump["recorded_rows"] is None and dump["recorded_bytes"] is None
    assert any("not recorded" in reason for reason in dump["reasons"])


def test_a_slow_log_alone_still_counts(assay, mariadb_logs):
    result = assay("trace", "--json", mariadb_logs["slow"], code=1)
    dump = one(f for f in takings(result) if f["tool"].startswith("mariadb-dump"))
    assert rows_of(dump) == {"shop.customers": ROWS, "shop.orders": 12}


def test_ordinary_business_alone_is_no_finding(assay, mariadb, tmp_path):
    logs = shop_of(mariadb, tmp_path)
    for path in logs.values():
        with open(path, "r+b") as log:
            log.truncate()
    before = {name: os.path.getsize(path) for name, path in logs.items()}
    ordinary(mariadb, 12)
    kept = tmp_path / "slow.log"
    kept.write_bytes(pathlib.Path(logs["slow"]).read_bytes()[before["slow"]:])
    result = assay("trace", "--json", kept)
    assert not takings(result) and result.code != 1


@pytest.fixture(scope="module")
def postgresql_logs(tmp_path_factory):
    server = servers.PostgreSQL()
    folder = tmp_path_factory.mktemp("postgresql")
    try:
        server.sql("CREATE ROLE shop LOGIN PASSWORD 'x'; CREATE DATABASE shop OWNER shop;")
        server.sql(f"CREATE TABLE customers AS SELECT n AS id, 'u' || n || '@example.net' AS email FROM generate_series(1, {ROWS}) n; ALTER TABLE customers OWNER TO shop;"
                   "CREATE TABLE countries AS SELECT 1 AS id; ALTER TABLE countries OWNER TO shop;", "shop")
        server.sql("ALTER SYSTEM SET log_connections = on")
        server.sql("ALTER SYSTEM SET log_disconnections = on")
        server.sql("ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d '")
        server.sql("SELECT pg_reload_conf()")
        log = pathlib.Path(server.folder, "out")
        server.sql("SELECT pg_sleep(.3)")
        begin = log.stat().st_size
        env = {**servers.CLEAN, "PGPASSWORD": "x"}
        door = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "shop"]

        def run(program, *words):
            done = subprocess.run([servers.find(program), *door, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            assert done.returncode == 0, done.stderr.decode()
            return done.stdout

        def business():
            for i in range(25):
                run("psql", "-X", "-q", "-c", f"SELECT * FROM countries", "-c", f"SELECT * FROM customers WHERE id = {i}", "shop")

        business()
        assert b"u3002@" in run("pg_dump", "-t", "customers", "shop")
        assert b"u3002@" in run("psql", "-X", "-q", "-c", "\\copy customers TO STDOUT CSV", "shop")
        business()
        kept = folder / "postgresql.log"
        kept.write_bytes(log.read_bytes()[begin:])
    finally:
        server.stop()
    return kept


def test_postgresql_tells_pg_dump_from_copy_and_from_business(assay, postgresql_logs):
    result = assay("trace", "--json", postgresql_logs, code=1)
    found = {f["tool"]: f for f in takings(result)}
    assert set(found) == {"pg_dump", "COPY to the client"}
    assert list(rows_of(found["pg_dump"])) == ["public.customers"] and list(rows_of(found["COPY to the client"])) == ["customers"]
    assert all(f["recorded_rows"] is None and f["confidence"] == "medium" and f["account"] == "shop" for f in found.values())
    assert all(any("not recorded" in reason for reason in f["reasons"]) for f in found.values())


# ---- worlds by hand ----

class GeneralLog:
    """MariaDB's general log, its clock `ahead` seconds before the web server's."""

    def __init__(self, ahead=0):
        self.ahead, self.entries, self.number = ahead, [], 10

    def add(self, at, *lines, user="shop@10.0.0.2", number=None):
        self.number += 1
        for command, text in (("Connect", f"{user} on shop using TCP/IP"), *(("Query", line) for line in lines), ("Quit", "")):
            self.entries.append((at, number or self.number, command, text))

    def pages(self, log):
        """What the shop's pages ask when they are asked for."""
        for at, line in log.lines:
            if ".php" in line and INTRUDER not in line:
                self.add(int(at), "SELECT * FROM categories", "SELECT * FROM customers WHERE id = 7")

    def dump(self, at, user="shop@10.0.0.2"):
        self.add(at, "SET NAMES utf8mb4", "SET sql_quote_show_create = 1, autocommit = 1", "SET time_zone = '+00:00'", "SET sql_mode = ''",
                 "SHOW CREATE TABLE `customers`", "SELECT * FROM `customers`", user=user)

    def write(self, path):
        words = ["/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian 12). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n"
                 "Time\t\t    Id Command\tArgument\n"]
        for at, number, command, text in sorted(self.entries, key=lambda entry: entry[0]):
            when = START + datetime.timedelta(seconds=int(at) + self.ahead)
            words.append(f"{when:%y%m%d %H:%M:%S}\t{number:6} {command}\t{text}\n")
        path.write_text("".join(words))
        return path


@pytest.fixture
def intrusion():
    log = Log()
    log.visitors()
    log.intruder()
    return log


@pytest.mark.parametrize("ahead", [0, 19800 + 7, -3600])
def test_a_dump_is_joined_to_the_intruders_request_over_any_offset(assay, intrusion, tmp_path, ahead):
    general = GeneralLog(ahead)
    general.pages(intrusion)
    general.dump(10330)  # when the intruder posts to dump=customers
    web, database = intrusion.write(tmp_path / "access.log"), general.write(tmp_path / "mariadb.log")
    result = assay("trace", "--json", web, database, "--path", "/uploads/db.php", code=1)
    offset = one(measures(result, "clock-offset"))
    assert offset["clear"] and abs(offset["seconds"] + ahead) <= 1 and offset["lo"] <= -ahead <= offset["hi"]
    assert result.summary["logs"]["database"]["offset_s"] == offset["seconds"] and "offset_s" not in result.summary["logs"]["web"]
    taking = one(takings(result))
    assert taking["tool"] == "Adminer" and taking["confidence"] == "high"
    assert taking["path"] == "/uploads/db.php" and taking["client"] == "K1" and taking["address"] == INTRUDER
    assert taking["web"]["bytes"] == 5982114
    assert rows_of(taking) == {"shop.customers": None}
    events = result.of_kind("event")
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    event = one(e for e in events if e["role"] == "database-dump")
    assert event["client"] == "K1" and event["tables"] == "shop.customers"
    assert abs((datetime.datetime.fromisoformat(event["time"]) - START).total_seconds() - 10330) <= 1


def test_clocks_that_do_not_fit_join_nothing(assay, intrusion, tmp_path):
    general, rng = GeneralLog(), random.Random(5)
    for _ in range(2000):
        general.add(rng.uniform(0, 21600), "SELECT * FROM categories")
    general.dump(10330)
    web, database = intrusion.write(tmp_path / "access.log"), general.write(tmp_path / "mariadb.log")
    result = assay("trace", "--json", web, database, "--path", "/uploads/db.php", code=1)
    offset = one(measures(result, "clock-offset"))
    assert not offset["clear"] and offset["seconds"] is None and offset["why"]
    assert result.summary["logs"]["database"]["offset_s"] is None
    taking = one(takings(result))
    assert taking["path"] is None and taking["client"] is None and taking["confidence"] != "high"
    assert any("not joined" in reason for reason in taking["reasons"])


def test_a_dump_at_another_time_is_not_the_intruders(assay, intrusion, tmp_path):
    general = GeneralLog(3600)
    general.pages(intrusion)
    general.dump(15000)
    web, database = intrusion.write(tmp_path / "access.log"), general.write(tmp_path / "mariadb.log")
    result = assay("trace", "--json", web, database, "--path", "/uploads/db.php", code=1)
    assert one(measures(result, "clock-offset"))["clear"]
    taking = one(takings(result))
    assert taking["path"] is None and taking["confidence"] != "high"
    assert any("no followed client's request" in reason for reason in taking["reasons"])


def test_what_ran_all_the_while_is_not_the_intruders(assay, intrusion, tmp_path):
    """A developer's own client reads two tables, an hour apart; the intruder's export lies between."""
    general = GeneralLog()
    general.pages(intrusion)
    for at, text in ((8800, "SET sql_quote_show_create = 1, autocommit = 1"), (8801, "SELECT * FROM `orders`"), (12400, "SELECT * FROM `customers`")):
        general.entries.append((at, 9, "Query", text))
    general.entries += [(8799, 9, "Connect", "shop@10.0.0.2 on shop using TCP/IP"), (12401, 9, "Quit", "")]
    web, database = intrusion.write(tmp_path / "access.log"), general.write(tmp_path / "mariadb.log")
    result = assay("trace", "--json", web, database, "--path", "/uploads/db.php", code=1)
    assert one(measures(result, "clock-offset"))["clear"]
    taking = one(takings(result))
    assert taking["tool"] == "Adminer" and taking["first"] < taking["last"] and taking["client"] is None and taking["confidence"] != "high"


def nights(count, at=3 * 3600, user="backup@localhost"):
    general = GeneralLog()
    for day in range(count):
        general.add(day * 86400 + at, "SELECT LOGFILE_GROUP_NAME FROM INFORMATION_SCHEMA.FILES", "SAVEPOINT sp",
                    "SELECT /*!40001 SQL_NO_CACHE */ `id`, `email` FROM `customers`", user=user)
        for minute in range(0, 600, 20):
            general.add(day * 86400 + 8 * 3600 + minute * 60, "SELECT * FROM categories")
    return general


def test_a_backup_every_night_accuses_nobody_and_is_still_listed(assay, tmp_path):
    result = assay("trace", "--json", nights(6).write(tmp_path / "mariadb.log"))
    assert not takings(result) and result.code != 1
    usual = one(measures(result, "usual-dump"))
    assert usual["sessions"] == 6 and usual["confidence"] == "low" and usual["usual"]
    assert usual["tables"][0]["name"] == "shop.customers"


def test_the_same_from_a_strange_host_at_noon_does(assay, tmp_path):
    general = nights(6)
    general.add(5 * 86400 + 12 * 3600, "SAVEPOINT sp", "SELECT /*!40001 SQL_NO_CACHE */ `id`, `email` FROM `customers`", user="backup@203.0.113.9")
    result = assay("trace", "--json", general.write(tmp_path / "mariadb.log"), code=1)
    taking = one(takings(result))
    assert taking["host"] == "203.0.113.9" and taking["confidence"] == "high"
    assert one(measures(result, "usual-dump"))["sessions"] == 6


def test_one_thread_says_what_two_say(assay, intrusion, tmp_path):
    general = GeneralLog(60)
    general.pages(intrusion)
    general.dump(10330)
    web, database = intrusion.write(tmp_path / "access.log"), general.write(tmp_path / "mariadb.log")

    def told(jobs):
        records = assay("trace", "--json", "--jobs", str(jobs), web, database, "--path", "/uploads/db.php", code=1).records
        records[-1].pop("seconds")
        return records

    assert told(1) == told(2)


def test_the_terminal_names_what_was_taken(assay, intrusion, tmp_path):
    general = GeneralLog()
    general.pages(intrusion)
    general.dump(10330)
    web, database = intrusion.write(tmp_path / "access.log"), general.write(tmp_path / "mariadb.log")
    out = assay("trace", web, database, "--path", "/uploads/db.php", code=1).out
    assert "taking-database: Adminer, confidence high" in out and "rows not recorded" in out and "clocks: " in out


# ---- bytes of the web's takings ----

def test_bytes_of_a_taking_as_minimum_recorded_and_upper(assay, tmp_path):
    log = Log()
    log.visitors()
    log.intruder()
    for i in range(2):  # the same archive twice, and a range of it
        log.add(12000 + i * 10, INTRUDER, "GET", "/uploads/dump.sql", 200, 700000)
    log.add(12100, INTRUDER, "GET", "/uploads/dump.sql", 206, 300000)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/db.php", "--path", "/uploads/dump.sql", code=1)
    taking = {f["path"]: f for f in result.of_kind("finding") if f["class"] == "taking"}
    archive, tool = taking["/uploads/dump.sql"], taking["/uploads/db.php"]
    assert (archive["minimum_bytes"], archive["recorded_bytes"], archive["upper_bytes"]) == (700000, 1700000, 1700000)
    assert tool["minimum_bytes"] <= tool["above_baseline"] <= tool["recorded_bytes"] == tool["body_bytes"]
    assert tool["through"] == "web"


def test_a_hole_takes_the_upper_bound_away(assay, tmp_path):
    log = Log()
    log.visitors(hours=12)
    log.intruder()
    log.lines = [entry for entry in log.lines if not 20000 < entry[0] < 30000]
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/db.php", code=1)
    taking = one(f for f in result.of_kind("finding") if f["class"] == "taking" and f["path"] == "/uploads/db.php")
    assert taking["upper_bytes"] is None and any("no upper bound" in reason for reason in taking["reasons"])

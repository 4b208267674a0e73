"""reach, the whole program against real servers: what an account can read is what it is granted and no more; nothing is written;
no password and no value of a row leaves."""
import gzip
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

import pytest

import servers

SECRET = "Zq7-otterlake-Vane"  # grepped for in everything that a run leaves
OTHER = "Bn4+maplefern/9kQ"
PEOPLE = 3000
WRITES = re.compile(r"\b(insert|update|delete|replace|create|drop|alter|truncate|grant|lock tables|load data|into outfile|call|set global)\b", re.I)


def rows(count=PEOPLE, seed=1):
    rng = random.Random(seed)
    for i in range(1, count + 1):
        mail = f"reader{i}@quillmail.zz" if i % 10 else None
        yield i, mail, "$2y$10$" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789./", k=53)), rng.randrange(10**6)


def values(count=PEOPLE):
    return ",".join(f"({i}, {'NULL' if mail is None else repr(mail)}, '{secret}', {n})" for i, mail, secret, n in rows(count))


TABLES = f"""
CREATE TABLE customers (id int PRIMARY KEY, email varchar(200), password_hash varchar(100), visits int);
INSERT INTO customers VALUES {values()};
CREATE TABLE orders (id int PRIMARY KEY, total int);
INSERT INTO orders VALUES {','.join(f'({i}, {i * 7})' for i in range(1, 201))};
CREATE TABLE payroll (id int PRIMARY KEY, amount int);
INSERT INTO payroll VALUES (1, 2);
"""

# account -> (grants of MariaDB on db `shop`, scope of the database)
MARIA = {
    "whole": (["GRANT SELECT ON shop.* TO {}"], "entire"),
    "writer": (["GRANT INSERT ON shop.* TO {}"], "none"),
    "columns": (["GRANT SELECT ON shop.orders TO {}", "GRANT SELECT (id, visits) ON shop.customers TO {}"], "unknown"),  # what else is there is hidden
    "super": (["GRANT ALL PRIVILEGES ON *.* TO {} WITH GRANT OPTION"], "entire"),
    "filer": (["GRANT FILE, PROCESS ON *.* TO {}", "GRANT SELECT ON shop.* TO {}"], "entire"),
}
POSTGRES = {
    "whole": ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {0};", "entire"),
    "partly": ("GRANT SELECT ON orders TO {0};", "part"),
    "writer": ("GRANT INSERT ON customers TO {0};", "none"),
    "columns": ("GRANT SELECT ON orders, payroll TO {0}; GRANT SELECT (id) ON customers TO {0};", "part"),
    "super": ("ALTER ROLE {0} SUPERUSER;", "entire"),
}


@pytest.fixture(scope="module")
def mariadb():
    server = servers.MariaDB()
    try:
        server.sql("CREATE DATABASE shop; USE shop;" + TABLES + "CREATE DATABASE other; CREATE TABLE other.t (a int); INSERT INTO other.t VALUES (1);")
        for name, (grants, _) in MARIA.items():
            who = f"'{name}'@'127.0.0.1'"
            server.sql(f"CREATE USER {who} IDENTIFIED BY '{SECRET}';" + ";".join(g.format(who) for g in grants) + ";")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def postgresql():
    server = servers.PostgreSQL()
    try:
        server.sql("CREATE DATABASE shop;")
        server.sql("CREATE DATABASE closed;")
        server.sql("CREATE DATABASE second;")
        server.sql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC;")
        server.sql(TABLES + "ANALYZE;", "shop")
        server.sql("CREATE TABLE c (a int); INSERT INTO c VALUES (1);", "closed")
        server.sql("CREATE TABLE leads (id int, email text); INSERT INTO leads SELECT i, 'lead' || i || '@quillmail.zz' FROM generate_series(1, 50) i; ANALYZE;", "second")
        for name, (grants, _) in POSTGRES.items():
            server.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}';" + grants.format(name), "shop")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def clickhouse():
    server = servers.ClickHouse("shop", SECRET)
    try:
        server.sql("CREATE DATABASE shop")
        server.sql("CREATE TABLE shop.visits (day Date, id UInt32, email String) ENGINE = MergeTree(day, id, 8192)")
        server.sql("INSERT INTO shop.visits SELECT toDate('2026-01-01'), number, concat('reader', toString(number), '@quillmail.zz') FROM system.numbers LIMIT 100")
        yield server
    finally:
        server.stop()


def tree(folder, scheme, host, port, account, password, database="shop"):
    """A web root with one credential in it."""
    folder.mkdir(exist_ok=True)
    (folder / "index.php").write_text("<?php echo 'shop';\n")
    (folder / ".env").write_text(f"APP_NAME=shop\nDATABASE_URL={scheme}://{account}:{password}@{host}:{port}/{database}\n")
    return folder


def account_of(result):
    (account,) = [m for m in result.of_kind("measure") if m["class"] == "account"]
    return account


def tables_of(result):
    return {f"{m['database']}.{m['table']}": m for m in result.of_kind("measure") if m["class"] == "table"}


def database_of(account, name):
    (database,) = [d for d in account["databases"] if d["name"] == name]
    return database


def nothing_leaks(result, *folders):
    everything = result.out + result.err
    for word in (SECRET, OTHER, "reader11@", "reader2999@"):
        assert word not in everything
        for folder in folders:
            for path in pathlib.Path(folder).rglob("*"):
                assert not path.is_file() or word.encode() not in path.read_bytes(), path


# ---- MariaDB ----


@pytest.mark.parametrize("name", MARIA)
def test_mariadb_says_what_is_granted(assay, mariadb, tmp_path, name):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, name, SECRET)
    result = assay("reach", root, "--connect", "--json", code=1)
    account = account_of(result)
    shop = next((d for d in account["databases"] if d["name"] == "shop"), {"scope": "none"})
    assert (account["status"], shop["scope"]) == ("connected", MARIA[name][1]), result
    assert account["product"] == "MariaDB" and account["account"] == f"{name}@127.0.0.1"
    if name == "whole":
        tables = tables_of(result)
        assert {t.split(".")[1] for t in tables if t.startswith("shop.")} == {"customers", "orders", "payroll"}
        kinds = {(k["column"], k["kind"]): k for k in tables["shop.customers"]["kinds"]}
        assert ("email", "email") in kinds and any(kind.startswith("password") for _, kind in kinds)
        email = kinds["email", "email"]
        assert email["k"] == email["n"] > 0 and email["basis"] == "values"
        people = {m["data"]: m for m in result.of_kind("measure") if m["class"] == "people"}
        assert abs(people["email"]["rows"] - .9 * PEOPLE) < 250
        if people["email"]["rows95"]:
            lo, hi = people["email"]["rows95"]
            assert lo <= .9 * PEOPLE * 1.1 and hi >= .9 * PEOPLE * .9
        # of the server that is all that it is shown; a database beside it is not
        assert result.summary["scope"] == "unknown" and result.summary["complete"] is True
        assert any(c["class"] == "another database" for c in result.of_kind("coverage"))
    if name == "writer":
        assert account["readable"] == 0 and account["counted"] is False
    if name == "columns":
        assert tables_of(result)["shop.customers"]["columns_readable"] == 2
        assert "shop.payroll" not in tables_of(result) or not tables_of(result)["shop.payroll"]["readable"]
    if name == "super":
        assert account["is_super"] is True
    if name == "filer":
        powers = {p["name"]: p for p in account["powers"]}
        assert {"FILE", "PROCESS"} <= set(powers) and all(p["means"] and p["from"] for p in powers.values())
    nothing_leaks(result)


def test_mariadb_is_only_read(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "super", SECRET)
    mariadb.sql("CREATE TABLE shop.touched (n int); CREATE TRIGGER shop.t AFTER INSERT ON shop.orders FOR EACH ROW INSERT INTO shop.touched VALUES (1);")
    before = len(mariadb.said())
    checksum = mariadb.sql("CHECKSUM TABLE shop.customers, shop.orders, shop.payroll, shop.touched;")
    assay("reach", root, "--connect", "--json", "--exact", code=1)
    assert mariadb.sql("CHECKSUM TABLE shop.customers, shop.orders, shop.payroll, shop.touched;") == checksum
    said = mariadb.said()[before:]
    ours = {m.group(1) for m in re.finditer(r"\s(\d+) Connect\tsuper@", said)}
    assert ours, said
    statements = [line for line in said.splitlines() if (m := re.search(r"\s(\d+) (?:Query|Prepare|Execute)\t(.*)", line)) and m.group(1) in ours]
    assert any("READ ONLY" in line.upper() for line in statements)
    for line in statements:
        text = re.sub(r"(['`\"]).*?\1", "''", line.split("\t")[-1])
        assert not WRITES.search(re.sub(r"(?i)show (grants|create \w+)[^;]*", "", text)), line
    mariadb.sql("DROP TRIGGER shop.t; DROP TABLE shop.touched;")


def test_one_account_in_two_files_logs_in_once(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    (root / "sub").mkdir()
    (root / "sub" / ".env").write_text(f"DATABASE_URL=mysql://whole:{SECRET}@127.0.0.1:{mariadb.port}/other\n")
    before = len(mariadb.said())
    result = assay("reach", root, "--connect", "--json", code=1)
    assert len(re.findall(r"Connect\twhole@", mariadb.said()[before:])) == 1
    assert len([m for m in result.of_kind("measure") if m["class"] == "account"]) == 1
    assert result.summary["credentials"] == 2 and account_of(result)["also"] == ["C2"]


def test_a_table_that_two_accounts_read_counts_once(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    (root / "b.env").write_text("")
    (root / ".env.production").write_text(f"DATABASE_URL=mysql://filer:{SECRET}@127.0.0.1:{mariadb.port}/shop\n")
    result = assay("reach", root, "--connect", "--json", code=1)
    people = {m["data"]: m for m in result.of_kind("measure") if m["class"] == "people"}
    assert result.summary["connected"] == 2 and people["email"]["tables"] == 1
    assert result.summary["tables"] == 3 and result.summary["readable"] == 3


def test_exact_rows_are_counted(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    result = assay("reach", root, "--connect", "--json", "--exact", code=1)
    assert {t["table"]: (t["rows"], t["rows_kind"]) for t in tables_of(result).values()} == {
        "customers": (PEOPLE, "exact"), "orders": (200, "exact"), "payroll": (1, "exact")}
    assert result.summary["rows"] == PEOPLE + 201 and result.summary["rows_kind"] == "exact"


def test_no_rows_are_looked_at_when_none_are_asked_for(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    before = len(mariadb.said())
    result = assay("reach", root, "--connect", "--json", "--max-rows", "0", code=1)
    assert all(t["sampled"] == 0 for t in tables_of(result).values())
    assert {k["basis"] for t in tables_of(result).values() for k in t["kinds"]} <= {"name"}
    assert not re.search(r"from\s+`?shop`?\.`?customers", mariadb.said()[before:], re.I)
    assert any(c["class"] == "not sampled" and c["count"] == 3 for c in result.of_kind("coverage"))


def test_mariadb_by_a_uri(assay, mariadb, tmp_path):
    uri = f"mysql://whole@127.0.0.1:{mariadb.port}/shop"
    result = assay("reach", uri, "--json", env={"MYSQL_PWD": SECRET}, code=1)
    assert database_of(account_of(result), "shop")["scope"] == "entire" and "credential" not in account_of(result)
    # beside a tree the same password is there for the URI, and for nothing of the tree
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", "wrong")
    result = assay("reach", root, uri, "--connect", "--json", env={"MYSQL_PWD": SECRET}, code=1)
    status = {m.get("credential"): m["status"] for m in result.of_kind("measure") if m["class"] == "account"}
    assert status == {"C1": "refused", None: "connected"}
    assert f"will log in to {uri}" in result.err
    nothing_leaks(result)
    refused = assay("reach", f"mysql://whole:{SECRET}@127.0.0.1:{mariadb.port}/shop", code=64)
    assert "password does not belong" in refused.err and SECRET not in refused.out + refused.err


def test_the_examiners_own_password_opens_nothing_of_the_tree(assay, mariadb, postgresql, tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    (root / ".env").write_text(f"DB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\nDB_PORT={postgresql.port}\nDB_DATABASE=shop\nDB_USERNAME=whole\nDB_PASSWORD=\n")
    (root / ".my.cnf").write_text(f"[client]\nhost=127.0.0.1\nport={mariadb.port}\nuser=whole\npassword=\n")
    result = assay("reach", root, "--connect", "--json", env={"MYSQL_PWD": SECRET, "PGPASSWORD": SECRET}, code=1)
    assert [m["status"] for m in result.of_kind("measure") if m["class"] == "account"] == ["refused", "refused"], result


# ---- what can go wrong ----


def test_a_wrong_password_is_refused_and_said(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", OTHER.replace("/", "%2F").replace("+", "%2B"))
    result = assay("reach", root, "--connect", "--json", code=1)
    account = account_of(result)
    assert account["status"] == "refused" and "denied" in account["why"] and account["scope"] == "none"
    assert result.summary["connected"] == 0
    nothing_leaks(result)


def test_a_server_that_is_not_there_is_said(assay, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", servers.free_port(), "whole", SECRET)
    result = assay("reach", root, "--connect", "--json", code=1)
    assert account_of(result)["status"] == "unreachable" and result.summary["scope"] == "unknown"
    assert result.summary["complete"] is False
    nothing_leaks(result)


def test_a_server_that_falls_silent_does_not_hold_the_run(assay, tmp_path):
    """Lets anybody in, and never says another word."""
    def message(kind, body):
        return kind + struct.pack("!I", len(body) + 4) + body

    def serve(listener, kept):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            kept.append(client)
            while True:
                (length,) = struct.unpack("!I", client.recv(4))
                if struct.unpack("!I", client.recv(length - 4)[:4])[0] not in (80877103, 80877104):
                    break
                client.send(b"N")       # no TLS here
            client.send(message(b"R", struct.pack("!I", 0)) + message(b"S", b"server_version\0" + b"15.4\0") + message(b"Z", b"I"))

    kept = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, kept), daemon=True).start()
        root = tree(tmp_path / "www", "postgresql", "127.0.0.1", listener.getsockname()[1], "a", SECRET)
        began = time.monotonic()
        result = assay("reach", root, "--connect", "--json", "--max-seconds", "2", code=1)
        assert time.monotonic() - began < 12
    assert result.summary["complete"] is False
    assert any(c["class"] in ("over the limit", "unreachable") for c in result.of_kind("coverage")), result


def test_an_option_of_a_uri_cannot_hide_a_password(assay):
    result = assay("reach", "postgresql://shop@127.0.0.1:1/shop?%70assword=S3cretValue", "--json", code=64)
    assert "S3cretValue" not in result.out + result.err and "password does not belong" in result.err


def test_the_examiners_settings_send_a_login_nowhere_else(assay, postgresql, tmp_path):
    root = tree(tmp_path / "www", "postgresql", "db.example.invalid", 5432, "whole", SECRET)
    result = assay("reach", root, "--connect", "--json", env={"PGHOSTADDR": "127.0.0.1", "PGPORT": str(postgresql.port)}, code=1)
    assert account_of(result)["status"] == "unreachable", result


def test_not_connected_is_not_nothing(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    before = len(mariadb.said())
    result = assay("reach", root, "--json", code=1)
    assert account_of(result)["status"] == "not tried" and result.summary["scope"] == "not tried"
    assert "Connect" not in mariadb.said()[before:]
    shown = assay("reach", root, code=1)
    assert "not tried" in shown.out and "--connect" in shown.out and "nothing" not in shown.out.split("found")[-1]


def test_a_database_that_is_closed_does_not_hide_another(assay, mariadb, tmp_path):
    mariadb.sql(f"CREATE USER aside@'127.0.0.1' IDENTIFIED BY '{SECRET}'; GRANT SELECT ON other.* TO aside@'127.0.0.1';")
    root = tree(tmp_path / "w", "mysql", "127.0.0.1", mariadb.port, "aside", SECRET, "shop")
    account = account_of(assay("reach", root, "--connect", "--json", code=1))
    assert account["status"] == "connected" and account["scope"] == "part"
    assert database_of(account, "shop")["scope"] == "none" and database_of(account, "other")["scope"] == "entire"


def test_where_a_host_of_the_tree_is_found(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "db.internal", 3306, "whole", SECRET)
    result = assay("reach", root, "--connect", "--at", f"db.internal=127.0.0.1:{mariadb.port}", "--json", code=1)
    assert account_of(result)["status"] == "connected"
    assert account_of(result)["uri"].startswith("mysql://whole@db.internal") and str(mariadb.port) in account_of(result)["to"]
    wrong = assay("reach", root, "--connect", "--at", "db.internal", code=64)
    assert "HOST=HOST" in wrong.err


def test_only_the_hosts_that_are_meant(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    (root / ".env.production").write_text(f"DATABASE_URL=mysql://whole:{OTHER}@db.internal:3306/shop\n".replace("+", "%2B").replace("9kQ", "9kQ").replace("/9", "%2F9"))
    result = assay("reach", root, "--connect", "--only", "127.0.0.1", "--json", code=1)
    assert sorted(m["status"] for m in result.of_kind("measure") if m["class"] == "account") == ["connected", "not tried"]
    assert "db.internal" not in "".join(line for line in result.err.splitlines() if "will log in" in line)


def test_hostile_names_are_quoted_and_escaped(assay, mariadb, tmp_path):
    name = "x`; DROP TABLE shop.payroll; -- \x1b[31m"
    quoted = "`" + name.replace("`", "``") + "`"
    mariadb.sql(f"CREATE DATABASE evil; CREATE TABLE evil.{quoted} (`a``b; --` int, `<b>` text); INSERT INTO evil.{quoted} VALUES (1, 'someone1@quillmail.zz');"
                f"CREATE USER 'evil'@'127.0.0.1' IDENTIFIED BY '{SECRET}'; GRANT SELECT ON evil.* TO 'evil'@'127.0.0.1';")
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "evil", SECRET, "evil")
    result = assay("reach", root, "--connect", "--json", "--exact", code=1)
    assert tables_of(result)[f"evil.{name}"]["rows"] == 1
    assert mariadb.sql("SELECT count(*) FROM shop.payroll;").strip() == "1"
    shown = assay("reach", root, "--connect", code=1)
    assert "\x1b" not in shown.out + shown.err


def test_reveal_shows_passwords_and_never_in_a_case(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    assert SECRET in assay("reach", root, "--reveal", code=1).out
    assert SECRET not in assay("reach", root, code=1).out
    assay("open", tmp_path / "a.case", code=0)
    result = assay("reach", root, "--reveal", "--case", tmp_path / "a.case", code=64)
    assert "--reveal and --case" in result.err


def test_nothing_to_look_at(assay):
    assert "nothing to look at" in assay("reach", code=64).err
    assert "no database of this kind" in assay("reach", "oracle://x@y/z", code=64).err


def test_an_empty_tree_holds_nothing(assay, tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("<p>shop</p>\n")
    result = assay("reach", tmp_path / "www", "--json", code=0)
    assert result.summary["credentials"] == 0 and result.summary["complete"] is True


# ---- limits ----


@pytest.fixture(scope="module")
def many(mariadb):
    mariadb.sql("CREATE DATABASE many; USE many;" + "".join(f"CREATE TABLE t{i} (id int PRIMARY KEY, email varchar(50)) ENGINE=Aria TRANSACTIONAL=0;" for i in range(1500)) +
                f"CREATE USER 'many'@'127.0.0.1' IDENTIFIED BY '{SECRET}'; GRANT SELECT ON many.* TO 'many'@'127.0.0.1';")
    return mariadb


def hold(server, holder, table):
    """Locks a table and returns when it is: the client sleeps then."""
    holder.stdin.write(f"LOCK TABLES {table} WRITE; SELECT SLEEP(60);\n".encode())
    holder.stdin.flush()
    for _ in range(200):
        if "SLEEP(60)" in server.sql("SELECT info FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%';"):
            return
        time.sleep(.1)
    raise AssertionError("the table was not locked")


def test_the_time_ends_a_survey_and_says_so(assay, many, tmp_path):
    """A lock keeps a table's rows from being read: the survey ends in time all the same, and says what it did not look at."""
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", many.port, "many", SECRET, "many")
    holder = subprocess.Popen([*many.client(), "many"], stdin=subprocess.PIPE, env=servers.CLEAN)
    try:
        hold(many, holder, "t700")
        began = time.monotonic()
        result = assay("reach", root, "--connect", "--json", "--max-seconds", "3", code=1)
        assert time.monotonic() - began < 20
    finally:
        holder.kill()
        holder.wait()
    account = account_of(result)
    assert account["status"] == "connected" and result.summary["complete"] is False
    assert {c["class"] for c in result.of_kind("coverage")} & {"over the limit", "not sampled", "not looked into"}
    assert account["scope"] != "entire" or account["tables"] == 1500


def test_every_table_of_many_is_said(assay, many, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", many.port, "many", SECRET, "many")
    result = assay("reach", root, "--connect", "--json", "--max-rows", "0", code=1)
    assert account_of(result)["tables"] == 1500 and len(tables_of(result)) == 1500 and database_of(account_of(result), "many")["scope"] == "entire"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_given_up_keeps_what_it_had_seen(assay, assay_bin, many, tmp_path, how):
    assay("open", tmp_path / "a.case", code=0)
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", many.port, "many", SECRET, "many")
    holder = subprocess.Popen([*many.client(), "many"], stdin=subprocess.PIPE, env=servers.CLEAN)
    try:
        hold(many, holder, "t900")
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ASSAY_DATA": os.environ.get("ASSAY_DATA", "")}
        env = {name: value for name, value in env.items() if value}
        run = subprocess.Popen([str(assay_bin), "reach", str(root), "--connect", "--case", str(tmp_path / "a.case"), "--max-seconds", "8"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        time.sleep(2)
        run.send_signal(how)
        out, err = run.communicate(timeout=30)
    finally:
        holder.kill()
        holder.wait()
    assert run.returncode == 2, (out, err)
    assert b"stopped by" in err
    entries = [json.loads(line) for line in (tmp_path / "a.case" / "ledger.jsonl").read_text().splitlines()]
    (examination,) = [e for e in entries if e["type"] == "examination"]
    assert examination["status"] == "failed" and any(e["type"] == "finding" for e in entries)
    assay("verify", tmp_path / "a.case", code=0)
    assert SECRET.encode() not in (tmp_path / "a.case" / "ledger.jsonl").read_bytes()


# ---- PostgreSQL ----


@pytest.mark.parametrize("name", POSTGRES)
def test_postgresql_says_what_is_granted(assay, postgresql, tmp_path, name):
    root = tree(tmp_path / "www", "postgresql", "127.0.0.1", postgresql.port, name, SECRET)
    result = assay("reach", root, "--connect", "--json", code=1)
    account = account_of(result)
    assert (account["status"], database_of(account, "shop")["scope"]) == ("connected", POSTGRES[name][1]), result
    if name == "super":
        assert account["is_super"] is True and database_of(account, "closed")["scope"] == "entire" and database_of(account, "second")["scope"] == "entire"
        assert result.summary["scope"] == "entire"
        people = {m["data"]: m for m in result.of_kind("measure") if m["class"] == "people"}
        assert people["email"]["tables"] == 2
    else:
        assert database_of(account, "closed")["scope"] == "none" and account["scope"] in ("part", "none")
        assert database_of(account, "second")["scope"] == "none"
    nothing_leaks(result)


def test_postgresql_is_only_read(assay, postgresql, tmp_path):
    root = tree(tmp_path / "www", "postgresql", "127.0.0.1", postgresql.port, "super", SECRET)
    before = len(postgresql.said())
    assay("reach", root, "--connect", "--json", "--exact", code=1)
    said = [line.partition("statement: ")[2] or line.partition(": ")[2] for line in postgresql.said()[before:].splitlines() if "LOG:" in line]
    assert any("READ ONLY" in line.upper() for line in said)
    for line in said:
        text = re.sub(r"'(?:[^']|'')*'", "''", line)
        assert not re.match(r"\s*(insert|update|delete|create|drop|alter|truncate|grant|copy\s+\S+\s+from|lock|call|do)\b", text, re.I), line


def test_row_level_security_is_a_part(assay, postgresql, tmp_path):
    postgresql.sql(f"CREATE DATABASE rls;")
    postgresql.sql(f"CREATE TABLE t (id int, who text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 9) i; ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
                   f"CREATE POLICY p ON t USING (id < 3); CREATE ROLE rls LOGIN PASSWORD '{SECRET}'; GRANT SELECT ON t TO rls;", "rls")
    root = tree(tmp_path / "www", "postgresql", "127.0.0.1", postgresql.port, "rls", SECRET, "rls")
    result = assay("reach", root, "--connect", "--json", code=1)
    assert database_of(account_of(result), "rls")["scope"] == "part"
    assert "row-level security" in tables_of(result)["rls.t"]["why"]


def test_postgresql_hostile_names(assay, postgresql, tmp_path):
    postgresql.sql(f'CREATE DATABASE "we""ird %/?";')
    postgresql.sql("CREATE TABLE \"x\"\"; drop table y; --\n\" (\"a\"\";\" int); INSERT INTO \"x\"\"; drop table y; --\n\" VALUES (1);", 'we"ird %/?')
    root = tree(tmp_path / "www", "postgresql", "127.0.0.1", postgresql.port, "super", SECRET)
    result = assay("reach", root, "--connect", "--json", "--exact", code=1)
    assert tables_of(result)['we"ird %/?.x"; drop table y; --\n']["rows"] == 1
    shown = assay("reach", root, "--connect", code=1)
    assert "--\n\"" not in shown.out
    postgresql.sql('DROP DATABASE "we""ird %/?";')


# ---- SQLite, Redis, dumps ----


def test_a_sqlite_file_that_the_tree_names(assay, tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    with sqlite3.connect(root / "shop.sqlite") as db:
        db.execute("create table customers (id integer primary key, email text, password_hash text, visits int)")
        db.executemany("insert into customers values (?,?,?,?)", rows())
    db.close()
    (root / "config.php").write_text("<?php\n$db = new PDO('sqlite:' . __DIR__ . '/shop.sqlite');\n")
    result = assay("reach", root, "--connect", "--json", "--exact", code=1)
    account = account_of(result)
    assert account["status"] == "connected" and account["scope"] == "entire", result
    assert tables_of(result).popitem()[1]["rows"] == PEOPLE
    nothing_leaks(result)
    assert account_of(assay("reach", f"sqlite:{root}/shop.sqlite", "--json", code=1))["scope"] == "entire"


def test_a_sqlite_file_beside_the_tree_is_opened_when_it_is_named(assay, tmp_path):
    root, other = tmp_path / "www", tmp_path / "other.sqlite"
    root.mkdir()
    for name in ("shop.sqlite", "other.sqlite"):
        with sqlite3.connect(tmp_path / name) as db:
            db.execute("create table customers (id integer primary key, email text)")
            db.execute("insert into customers values (1, 'a@b.zz')")
        db.close()
    (root / "config.php").write_text("<?php\n$db = new PDO('sqlite:' . __DIR__ . '/../shop.sqlite');\n")
    # the tree may not choose which of the examiner's files are read
    assert account_of(assay("reach", root, "--connect", "--json", code=1))["status"] == "not tried"
    account = account_of(assay("reach", root, f"sqlite:{tmp_path}/shop.sqlite", "--connect", "--json", code=1))
    assert (account["credential"], account["status"], account["scope"]) == ("C1", "connected", "entire")
    result = assay("reach", root, f"sqlite:{other}", "--connect", "--json", code=1)
    accounts = [m for m in result.of_kind("measure") if m["class"] == "account"]
    assert sorted((a.get("credential", "-"), a["status"]) for a in accounts) == [("-", "connected"), ("C1", "not tried")]


def test_redis(assay, tmp_path):
    server = servers.Redis("--requirepass", SECRET)
    try:
        subprocess.run([servers.find("redis-cli"), "-p", str(server.port), "-a", SECRET, "--no-auth-warning"], check=True, stdout=subprocess.DEVNULL,
                       input="".join(f"set session:{i} reader{i}@quillmail.zz\n" for i in range(100)).encode())
        root = tmp_path / "www"
        root.mkdir()
        (root / ".env").write_text(f"REDIS_URL=redis://:{SECRET}@127.0.0.1:{server.port}/0\n")
        result = assay("reach", root, "--connect", "--json", code=1)
        account = account_of(result)
        assert account["status"] == "connected" and account["readable"] >= 1, result
        assert any(k["kind"] == "email" for t in tables_of(result).values() for k in t["kinds"])
        nothing_leaks(result)
    finally:
        server.stop()


def test_clickhouse(assay, clickhouse, tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    (root / ".env").write_text(f"CLICKHOUSE_URL=clickhouse://shop:{SECRET}@127.0.0.1:{clickhouse.port}/shop\n")
    result = assay("reach", root, "--connect", "--json", code=1)
    account = account_of(result)
    assert account["status"] == "connected" and account["product"] == "ClickHouse", result
    table = tables_of(result)["shop.visits"]
    assert table["rows"] == 100 and any(k["kind"] == "email" for k in table["kinds"])
    nothing_leaks(result)
    (root / ".env").write_text(f"CLICKHOUSE_URL=clickhouse://shop:wrong{SECRET[::-1]}@127.0.0.1:{clickhouse.port}/shop\n")
    assert account_of(assay("reach", root, "--connect", "--json", code=1))["status"] == "refused"


def test_the_grants_of_a_real_server_as_a_dump_say_the_same(assay, mariadb, tmp_path):
    schema = subprocess.run([servers.find("mariadb-dump", "mysqldump"), "--no-defaults", f"--socket={mariadb.folder}/s", "--no-data", "shop"],
                            check=True, stdout=subprocess.PIPE, env=servers.CLEAN).stdout
    with gzip.open(tmp_path / "schema.sql.gz", "wb") as out:
        out.write(schema)
    for name, scope in (("whole", "entire"), ("writer", "none"), ("columns", "part"), ("super", "entire")):  # of columns the schema knows more than the account
        (tmp_path / "grants.txt").write_text(subprocess.run([*mariadb.client(), "-t", "-e", f"SHOW GRANTS FOR '{name}'@'127.0.0.1'"], check=True,
                                                            stdout=subprocess.PIPE, env=servers.CLEAN).stdout.decode())
        root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, name, SECRET)
        result = assay("reach", root, "--dump", tmp_path / "schema.sql.gz", "--dump", tmp_path / "grants.txt", "--json", code=1)
        assert (account_of(result)["status"], database_of(account_of(result), "shop")["scope"]) == ("from a dump", scope), result
        nothing_leaks(result)


def test_pg_dump_says_what_the_server_says(assay, postgresql, tmp_path):
    (tmp_path / "schema.sql").write_text(postgresql.run(servers.find("pg_dump"), "-h", postgresql.folder, "-p", postgresql.port, "-U", "postgres", "--schema-only", "shop"))
    (tmp_path / "roles.sql").write_text(postgresql.run(servers.find("pg_dumpall"), "-h", postgresql.folder, "-p", postgresql.port, "-U", "postgres", "--roles-only"))
    for name, (_, scope) in POSTGRES.items():
        root = tree(tmp_path / "www", "postgresql", "127.0.0.1", postgresql.port, name, SECRET)
        result = assay("reach", root, "--dump", tmp_path / "schema.sql", "--dump", tmp_path / "roles.sql", "--json", code=1)
        assert account_of(result)["scope"] == scope, (name, result)


# ---- the case ----


def test_a_case_holds_the_records_and_no_secret(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "whole", SECRET)
    (root / "aws.env").write_text("AWS_ACCESS_KEY_ID=AKIAQWERTYUIOP234567\nAWS_SECRET_ACCESS_KEY=abcdABCD0123/efghEFGH4567+ijklIJKL89ZZ\n")
    assay("open", tmp_path / "a.case", code=0)
    result = assay("reach", root, "--connect", "--case", tmp_path / "a.case", code=1)
    nothing_leaks(result, tmp_path / "a.case")
    everything = b"".join(p.read_bytes() for p in (tmp_path / "a.case").rglob("*") if p.is_file())
    assert b"efghEFGH4567" not in everything and "efghEFGH4567" not in result.out + result.err
    entries = [json.loads(line) for line in (tmp_path / "a.case" / "ledger.jsonl").read_text().splitlines()]
    classes = [e["record"].get("class") for e in entries if e["type"] == "measure"]
    assert "account" in classes and "table" in classes and "people" in classes
    assert {e["what"] for e in entries if e["type"] == "evidence"} == {"tree", "database"}
    (examination,) = [e for e in entries if e["type"] == "examination"]
    assert examination["engine"] == "reach" and examination["options"]["connect"] is True and len(examination["evidence"]) == 2
    assay("verify", tmp_path / "a.case", code=0)
    assay("judge", "--case", tmp_path / "a.case")
    assay("report", "--case", tmp_path / "a.case", "-o", tmp_path / "r.html")
    assert SECRET not in (tmp_path / "r.html").read_text()
    (root / "aws.env").unlink()


def test_what_a_person_reads(assay, mariadb, tmp_path):
    root = tree(tmp_path / "www", "mysql", "127.0.0.1", mariadb.port, "filer", SECRET)
    result = assay("reach", root, "--connect", code=1)
    for words in (".env:2: mysql", "password ••••••••", "can read", "what it is shown", "beyond", "FILE:", "what would have to be notified",
                  "rows, not people", "looked at", "not seen", "found"):
        assert words in result.out, (words, result)
    assert f"will log in to mysql://filer@127.0.0.1:{mariadb.port}/shop found in {root}/.env:2" in result.err
    quiet = assay("reach", root, "--connect", "--quiet", code=1)
    assert len(quiet.out.splitlines()) == 2


def test_the_manual_and_the_overview_name_it(assay):
    assert "--connect" in assay("help", "reach", code=0).out
    assert re.search(r"^  reach ", assay("help", code=0).out, re.M)


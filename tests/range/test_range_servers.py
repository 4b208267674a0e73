"""Each web server and each database does in the story what it does in the world: the log says what was
sent, the settings open the database, the account reads what the truth says it reads and no more, the
database's own log holds the export, and nothing is left running."""

import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import time

import pytest

from reenact import process, settings
from reenact.database import SUPPLIERS_TABLES, TABLES, BaseDatabase
from reenact.interface import reads
from reenact.servers import DATABASES, WEB, Missing, Servers, find, make_run_directory, remove
from reenact.servers_mariadb import MariaDB
from reenact.servers_postgresql import PLACES, PostgreSQL
from reenact.specimen import LOOKING, Specimen
from reenact.web import Browser
from test_range import HERE, SLOWLY, adopt_orphans, children_left, command, need_servers, read_log, runs  # noqa: F401

PROBE = os.path.join(HERE, "probe.php")


def need(*names):
    """Skips when a server or a driver is not installed."""
    need_servers()
    wanted = {"mariadb": ("mariadbd", "mysqld"), "postgresql": ("postgres",), "apache": ("apache2",)}
    drivers = {"mariadb": "pdo_mysql", "postgresql": "pdo_pgsql"}
    try:
        for name in names:
            if name in wanted:
                find(*wanted[name], places=PLACES)
    except Missing as missing:
        pytest.skip(str(missing))
    loaded = subprocess.run([find("php"), "-m"], capture_output=True, text=True, check=True).stdout.split()
    for name in names:
        if name in drivers and drivers[name] not in loaded:
            pytest.skip(f"PHP has no {drivers[name]}")


def enact(out, world, seed, *more):
    probe = " ".join(map(shlex.quote, [find("php"), PROBE])) + ' "$ASSAY_RANGE_EVIDENCE/www" ' + " ".join(TABLES + SUPPLIERS_TABLES)
    then = probe + ' > "$ASSAY_RANGE_OUT/probe.json" && exit 3'
    done = subprocess.run(command(out, world, seed, *more, "--then", then), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with open(out / "truth.json", encoding="utf-8") as file:
        truth = json.load(file)
    assert truth["then"] == {"command": then, "status": 3}
    return out / "evidence", truth, json.loads((out / "probe.json").read_text())


WORLDS = [
    ("true", 31, "apache", "sqlite", "off"), ("false", 32, "apache", "sqlite", "off"),
    ("true", 33, "nginx", "mariadb", "on"), ("false", 34, "apache", "mariadb", "on"), ("true", 35, "apache", "mariadb", "off"),
    ("true", 36, "nginx", "postgresql", "on"), ("false", 37, "nginx", "postgresql", "off"), ("true", 38, "apache", "postgresql", "on"),
]


@pytest.mark.parametrize("world, seed, web, db, db_log", WORLDS)
def test_world(tmp_path, world, seed, web, db, db_log):
    need(web, db)
    evidence, truth, probe = enact(tmp_path, world, seed, "--web", web, "--db", db, "--db-log", db_log)
    assert (truth["servers"]["web"], truth["servers"]["database"]) == (web, db)
    check_log(evidence, truth, web)
    check_reach(truth["reach"], probe, db)
    check_database_log(evidence, truth, db_log)
    assert (evidence / ("apache2.conf" if web == "apache" else "nginx.conf")).exists()
    assert (evidence / ("shop.sqlite" if db == "sqlite" else "shop.sql")).stat().st_size > 100000
    if db != "sqlite":
        check_closed(evidence)


def check_log(evidence, truth, web):
    """Every request the truth tells of stands where it says, with the size this server logs."""
    logs = {name: read_log(evidence, name) for name in truth["log"]["files"]}
    requests = truth["all_requests_of_clients"] + list(truth["requests"].values())
    assert len(requests) > 10
    for request in requests:
        line = logs[request["file"]][request["offset"]:].split(b"\n", 1)[0].decode()
        size = "-" if web == "apache" and not request["body_bytes"] else request["body_bytes"]
        assert line == request["raw"] and f' HTTP/1.1" {request["status"]} {size} "' in line
    if web == "apache":     # its %b is the content's own size, also when it went out in chunks
        dump = truth["requests"]["dump"]
        assert dump["body_bytes"] in {e["content_bytes"] for e in truth["exports"]}
    user = truth["requests"]["dump"]["remote_user"]
    assert user == (None if truth["world"] == "true" else "mara")


def check_reach(reach, probe, db):
    """What the account read when somebody tried is what the truth says."""
    told = {d["name"]: {"readable": sorted(d["readable"]), "partial": d.get("partial", {})}
            for d in reach["databases"] if d.get("visible", True)}
    assert probe == told
    shop = reach["databases"][0]
    assert "customers" in shop["readable"]
    assert reach["scope"] == ("entire" if shop["readable"] == shop["tables"] else "part")
    if db != "sqlite":
        assert shop["rows"]["customers"] >= 1500 and reach["databases"][1]["rows"] == {"contacts": 120, "notes": 300}
        everything = all(d["readable"] == d["tables"] for d in reach["databases"])
        assert reach["server_scope"] == ("entire" if everything else "part")


def check_database_log(evidence, truth, db_log):
    if db_log == "off":
        assert not (evidence / "db").exists() and truth["dump_statements"] == []
        return
    found = truth["dump_statements"]
    exported = {table for export in truth["exports"] for table in export["tables"]}
    for name in {"db/" + path.name for path in (evidence / "db").iterdir()} - {"db/mariadb-slow.log"}:
        assert {t for s in found if s["file"] == name for t in s["tables"]} == exported
    for statement in found:
        data = (evidence / statement["file"]).read_bytes()
        line = data[statement["offset"]:].split(b"\n", 1)[0].decode()
        assert data[:statement["offset"]].count(b"\n") == statement["line"] - 1
        assert statement["text"].split("\n")[0] in line.replace('""', '"')
        assert truth["window"]["from"][:19] <= statement["time"][:19] <= truth["window"]["to"][:19]


def check_closed(evidence):
    """The server that the settings name answers no more."""
    text = "".join((evidence / "www" / name).read_text() for name in ("config.php", ".env") if (evidence / "www" / name).exists())
    port = next(int(word) for word in text.replace("=", " ").replace(";", " ").replace(":", " ").replace("'", " ").replace(")", " ").split()
                if word.isdigit() and 1024 < int(word) < 65536)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.fixture
def servers(request):
    """A database of 1,000 customers and, when asked for, a web server before an empty web root."""
    web, db = request.param
    need(web, db)
    run = make_run_directory()
    made = Servers(run, False, web, db, False, random.Random(7))
    try:
        made.start_database()
        made.base = BaseDatabase(random.Random(5), 1000, 1793000000)
        made.database.load(made.base)
        yield made
    finally:
        made.stop()
        remove(run)


@pytest.mark.parametrize("servers", [("nginx", "mariadb"), ("nginx", "postgresql"), ("nginx", "sqlite")], indirect=True)
def test_one_truth_in_every_database(servers):
    def plain(row):
        return [None if value is None else str(value) for value in row]

    database = servers.database
    rows = database.query("SELECT * FROM customers ORDER BY customer_id")
    assert rows == [plain(row) for row in servers.base.customers]
    again = BaseDatabase(random.Random(5), 1000, 1793000000)
    for table, expected in again.tables():
        assert database.query(f"SELECT count(*) FROM {table}") == [[str(len(expected))]]
    text = database.query("SELECT description FROM products WHERE product_id = 1")[0][0]
    assert text.count("\n") == 1
    assert database.connect().query("SELECT count(*) FROM customers") == [["1000"]]
    if database.kind != "sqlite":
        assert database.query("SELECT count(*) FROM contacts", database.other) == [["120"]]


@pytest.mark.parametrize("servers", [("apache", "sqlite"), ("nginx", "mariadb")], indirect=True)
def test_hidden_files_are_not_served(servers):
    servers.web.hides_dotfiles = True
    with open(os.path.join(servers.run, "site/www/.env"), "w") as out:
        out.write("DB_PASSWORD=secret\n")
    with open(os.path.join(servers.run, "site/www/404.php"), "w") as out:
        out.write("<?php http_response_code(404);")
    with servers:
        answer = Browser(servers.port, "127.1.2.3", "somebody", lambda _: None).get("/.env")
    assert answer.status in (403, 404) and b"secret" not in answer.body


@pytest.mark.parametrize("servers", [("apache", "sqlite")], indirect=True)
def test_specimen_obeys_only_its_run_under_apache(servers):
    www = os.path.join(servers.run, "site/www")
    specimen = Specimen("plain", "", ["a.php"])
    os.mkdir(os.path.join(www, "uploads"))
    for name, data in (("config.php", b"<?php // shop.sqlite"), ("404.php", b"<?php http_response_code(404);"),
                       ("uploads/s.php", specimen.bytes())):
        with open(os.path.join(www, name), "wb") as out:
            out.write(data)
    specimen.url = "/uploads/s.php"
    with servers:
        nobody = Browser(servers.port, "127.9.9.9", "nobody", lambda _: None)
        owner = Browser(servers.port, "127.1.2.3", "owner", lambda _: None)
        stranger = Specimen("plain", "", ["a.php"], token="0" * 48)
        stranger.url = specimen.url
        assert stranger.run(nobody, "id").status == 404
        assert "uid=" in specimen.run(owner, "id").text and "uid=0(" not in specimen.run(owner, "id").text
        assert specimen.run(owner, "echo unlisted").text.strip() == ""
        assert "shop.sqlite" in specimen.run(owner, LOOKING[5]).text
        assert not specimen.write(owner, "../x.txt", b"x").text.startswith("ok")


@pytest.mark.parametrize("name", ["nginx", "apache", "mariadb", "postgresql"])
def test_a_port_that_is_taken_is_not_the_end(monkeypatch, name):
    need(name)
    run = make_run_directory()
    web, db = (name, "sqlite") if name in WEB else ("nginx", name)
    made = Servers(run, False, web, db, False, random.Random(7))
    module = sys.modules[type(made.web if name in WEB else made.database).__module__]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [taken.getsockname()[1], process.free_port()]
        monkeypatch.setattr(module, "free_port", lambda: ports.pop(0))
        try:
            made.start_database()
            if name in WEB:
                with made:
                    assert Browser(made.port, "127.1.2.3", "somebody", lambda _: None).get("/").status in (403, 404)
            else:
                made.database.wait()
                assert made.database.query("SELECT 1", "mysql" if name == "mariadb" else "postgres") == [["1"]]
        finally:
            made.stop()
            remove(run)
    assert ports == []


class Known:
    kind, host, port, name, account, password = "mariadb", "127.0.0.1", 33061, "shop", "maple", "Secret123"

    def __init__(self, kind, form):
        self.kind, self.form = kind, form


@pytest.mark.parametrize("kind, form", [("mariadb", f) for f in ("array", "defines", "env", "wp")]
                         + [("postgresql", f) for f in ("array", "defines", "env")])
def test_settings_say_the_same_in_every_form(tmp_path, kind, form):
    need_servers()
    settings.write(str(tmp_path), Known(kind, form))
    code = "$c = require $argv[1]; echo json_encode([$c['dsn'], $c['db_user'], $c['db_password'], $c['shop_name'], $c['page_size']]);"
    said = subprocess.run([find("php"), "-n", "-r", code, str(tmp_path / "config.php")], capture_output=True, text=True, check=True)
    scheme, end = ("mysql", ";charset=utf8mb4") if kind == "mariadb" else ("pgsql", "")
    assert json.loads(said.stdout) == [f"{scheme}:host=127.0.0.1;port=33061;dbname=shop{end}", "maple", "Secret123", "Maple Lane Shop", 12]
    assert (tmp_path / ".env").exists() == (form == "env")
    assert ("Secret123" in (tmp_path / "config.php").read_text()) == (form != "env")


LOGS = {
    "mariadb.log": ("Tcp port: 3306\nTime\t\t    Id Command\tArgument\n261122 22:50:18\t     5 Connect\tshop@127.0.0.1 on shop\n"
                    "\t\t     5 Query\tSELECT a,\n  b FROM c\n\t\t     5 Quit\t\n261122  2:50:19\t    16 Query\tSELECT 1\n",
                    [(4, "2026-11-22T22:50:18+00:00", "5", "SELECT a,\n  b FROM c"), (7, "2026-11-22T02:50:19+00:00", "16", "SELECT 1")]),
    "server_audit.log": ("20261122 22:50:18,vm,shop,127.0.0.1,5,0,CONNECT,shop,,0\n"
                         "20261122 22:50:18,vm,shop,127.0.0.1,5,9,QUERY,shop,'SELECT \\'a,b\\' FROM c',0\n",
                         [(2, "2026-11-22T22:50:18+00:00", "5", "SELECT 'a,b' FROM c")]),
    "postgresql.log": ("2026-11-22 23:05:14.069 UTC [19674] LOG:  starting\n"
                       "2026-11-22 23:05:15.513 UTC [19728] www@shop LOG:  statement: SELECT 'x'\n\tFROM c\n"
                       "2026-11-22 23:05:15.514 UTC [19728] www@shop ERROR:  no\n"
                       "2026-11-22 23:05:15.514 UTC [19728] www@shop STATEMENT:  SELECT nothing\n"
                       "2026-11-22 23:05:15.515 UTC [19729] www@shop LOG:  execute pdo_stmt_1: SELECT $1\n",
                       [(2, "2026-11-22T23:05:15.513000+00:00", "19728", "SELECT 'x'\nFROM c"),
                        (6, "2026-11-22T23:05:15.515000+00:00", "19729", "SELECT $1")]),
    "postgresql.csv": ('2026-11-22 23:05:15.513 UTC,"www","shop",77,"::1:2",6a,1,"idle",2026-11-22 23:05:15 UTC,3/4,0,LOG,00000,'
                       '"statement: SELECT ""x""\nFROM c",,,,,,,,,"psql","client backend",,0\n'
                       '2026-11-22 23:05:15.514 UTC,"www","shop",77,"::1:2",6a,2,"idle",2026-11-22 23:05:15 UTC,3/4,0,LOG,00000,'
                       '"statement: SELECT 1",,,,,,,,,"psql","client backend",,0\n',
                       [(1, "2026-11-22T23:05:15.513000+00:00", "77", 'SELECT "x"\nFROM c'),
                        (3, "2026-11-22T23:05:15.514000+00:00", "77", "SELECT 1")]),
}


@pytest.mark.parametrize("name", LOGS)
def test_statements_of_a_log_are_told_with_their_place(tmp_path, name):
    text, expected = LOGS[name]
    (tmp_path / name).write_text(text)
    kind = MariaDB if "postgresql" not in name else PostgreSQL
    database = kind.__new__(kind)
    database.style = "csvlog" if name.endswith("csv") else "stderr"
    found = list(database.statements(str(tmp_path / name)))
    assert [(line, when, connection, said) for line, _, when, connection, said in found] == expected
    for line, offset, *_ in found:
        assert text[:offset].count("\n") == line - 1 and (offset == 0 or text[offset - 1] == "\n")


@pytest.mark.parametrize("text, taken", [
    ("SELECT * FROM `customers`", ["customers"]), ('SELECT * FROM "orders" LIMIT 50', ["orders"]),
    ("COPY public.customers (a, b) TO stdout;", ["customers"]), ("SELECT `a` FROM `shop`.`customers` LIMIT 0, 25", ["customers"]),
    ("SELECT /*!40001 SQL_NO_CACHE */ `a` FROM `newsletter`", ["newsletter"]), ("/* tool */ SELECT a FROM orders o JOIN customers c USING (x)", ["customers", "orders"]),
    ("SELECT COUNT(*) FROM `customers`", []), ("INSERT INTO customers VALUES (1)", []), ("SELECT 1 FROM customers WHERE a = 1", []),
    ("SELECT * FROM information_schema.TABLES WHERE t = 'customers'", []), ("SELECT * FROM customers_old", []),
])
def test_a_statement_that_takes_rows_is_known(text, taken):
    assert reads(text, ["customers", "orders", "newsletter"]) == taken


def test_seed_chooses_what_is_left_to_it(tmp_path):
    """--web any and --db any: each comes up, and one seed always gives the same."""
    need("apache", "mariadb", "postgresql")
    chosen = {name: {random.Random(f"{seed}/{name}").choice(list(values)) for seed in range(30)} for name, values in
              (("web", WEB), ("db", DATABASES))}
    assert chosen == {"web": set(WEB), "db": set(DATABASES)}
    _, truth, _ = enact(tmp_path, "true", 4, "--web", "any", "--db", "any", "--db-log", "any")
    assert truth["servers"]["web"] == random.Random("4/web").choice(list(WEB))
    assert truth["servers"]["database"] == random.Random("4/db").choice(list(DATABASES))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("web, db", [("apache", "mariadb"), ("nginx", "postgresql")])
def test_no_server_survives(tmp_path, runs, web, db, how):  # noqa: F811
    need(web, db)
    adopt_orphans()
    child = subprocess.Popen(command(tmp_path / "out", "true", 5, "--web", web, "--db", db, *SLOWLY),
                             env=dict(os.environ, TMPDIR=runs),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)                       # the servers are up by then, and the visitors in the shop
    child.send_signal(how)
    child.wait(60)
    assert child.returncode == {signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
    assert not children_left(5)
    if how != signal.SIGKILL:
        assert not os.listdir(runs)


def test_a_template_is_made_once_and_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    calls = []

    def make(path):
        calls.append(path)
        os.mkdir(path)
        with open(os.path.join(path, "file"), "w") as out:
            out.write("whole")

    for _ in range(2):
        kept = process.template("thing-1", make, None)
        with open(os.path.join(kept, "file")) as text:
            assert text.read() == "whole"
    assert len(calls) == 1 and os.listdir(tmp_path / "cache/assay-range") == ["thing-1"]
    assert not os.path.exists(calls[0])

    def fail(path):
        os.mkdir(path)
        raise OSError("no space")

    with pytest.raises(OSError):
        process.template("thing-2", fail, None)
    assert os.listdir(tmp_path / "cache/assay-range") == ["thing-1"]


@pytest.mark.parametrize("kind, role", [("mariadb", r) for r in ("schema", "needed", "both", "columns", "all")]
                         + [("postgresql", r) for r in ("owner", "needed", "columns", "reader", "super")])
def test_truth_about_each_role(tmp_path, kind, role):
    """What an account may read is tried with the account, for every way an owner may have set it up."""
    need(kind)
    run = make_run_directory()
    made = Servers(run, False, "nginx", kind, False, random.Random(7))
    made.database.role, made.database.form = role, "array"
    try:
        made.start_database()
        made.database.load(BaseDatabase(random.Random(5), 1000, 1793000000))
        settings.write(str(tmp_path), made.database)
        said = subprocess.run([find("php"), PROBE, str(tmp_path), *TABLES, *SUPPLIERS_TABLES], capture_output=True, text=True, check=True)
        reach = made.database.reach()
        told = {d["name"]: {"readable": d["readable"], "partial": d.get("partial", {})} for d in reach["databases"] if d.get("visible", True)}
        assert json.loads(said.stdout) == told and reach["role"] == role
    finally:
        made.stop()
        remove(run)

"""MariaDB, PostgreSQL and SQLite as sources, against real servers that live as long as the test: what an account can reach, rows
of a table, and that nothing is written. tests/unit/survey_probe.c asks through src/sources and prints what it hears."""
import json
import os
import pathlib
import pwd
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time

import pytest

SECRET = "geheim-Nadelbaum"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_user(*names):
    """Servers refuse to run as root: words that run a command as the first of these users, and that user."""
    if os.geteuid() != 0:
        return [], None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in (*names, "nobody") if name in known)
    return ["runuser", "-u", user, "--"], user


class Heard:
    def __init__(self, done):
        self.code, self.text = done.returncode, done.stdout
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.confined = next((line["confined"] for line in lines if "confined" in line), None)
        self.server = next((line["server"] for line in lines if "server" in line), None)
        self.powers = [line["power"] for line in lines if "power" in line]
        self.databases = {line["database"]["name"]: line["database"] for line in lines if "database" in line}
        self.all_tables = [line["table"] for line in lines if "table" in line]
        self.tables = {table["name"]: table for table in self.all_tables}
        self.read = next((line["read"] for line in lines if "read" in line), None)
        self.error = next((line["error"] for line in lines if "error" in line), None)
        self.end = next((line["end"] for line in lines if "end" in line), None)

    def power(self, name):
        return next((power for power in self.powers if power["name"] == name), None)


@pytest.fixture(scope="session")
def probe(assay_bin):
    program = assay_bin.resolve().parents[2] / "tests" / "unit" / "survey_probe"
    if not program.exists():
        pytest.skip(f"{program} is not there: ninja makes it")

    def run(uri, *args, password=SECRET, ok=True):
        env = {"PATH": os.environ["PATH"], "MYSQL_PWD": password, "PGPASSWORD": password, "HOME": "/nonexistent"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "ASSAY_CONFINE"):
            if name in os.environ:
                env[name] = os.environ[name]
        done = subprocess.run([program, "--confine", *map(str, args), uri], env=env, cwd="/", timeout=300, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        heard = Heard(done)
        assert done.returncode == (0 if ok else 1), (done.stdout[-2000:], done.stderr[-2000:])
        assert not password or password not in done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
        return heard

    return run


# ---- MariaDB ----

MARIADB_SQL = r"""
create user 'owner'@'%' identified by 'SECRET'; grant all privileges on *.* to 'owner'@'%' with grant option;
create user 'shop'@'127.0.0.1' identified by 'SECRET'; create user 'narrow'@'127.0.0.1' identified by 'SECRET';
create user 'pattern'@'127.0.0.1' identified by 'SECRET'; create user 'actor'@'127.0.0.1' identified by 'SECRET';
create user 'modern'@'127.0.0.1' identified via ed25519 using password('SECRET'); create user 'filer'@'127.0.0.1' identified by 'SECRET';
create database shop character set utf8mb4; create database shop_eu; create database shop_us; create database hr; create database `od``d'"NEWLINEx`;
use shop;
create table customers(id int primary key auto_increment, email varchar(80), card varchar(50), photo varbinary(10), note longtext, flags bit(9), made timestamp null);
insert into customers(email, card, photo, note, flags, made) select concat('u', seq, '@quillmail.zz'), 's', x'c0ff', 'Zoë', b'101', '2026-01-02 03:04:05' from seq_1_to_20000;
analyze table customers;
create table sparse(id bigint primary key, v int); insert into sparse select seq * 1000003, seq from seq_1_to_3000;
create table words(w varchar(20) primary key) engine=MyISAM; insert into words select concat('w', seq) from seq_1_to_3000;
create table few(a int, b double); insert into few values (1, 1.5), (null, 2);
create table `o``d'"NEWLINE;--`(`c``'"NEWLINEx` int primary key); insert into `o``d'"NEWLINE;--` select seq from seq_1_to_3000;
create table Case_(a int); create table case_(a int, b int);
create view v as select email from customers;
create table `od``d'"NEWLINEx`.t(a int); create table shop_eu.k(a int); create table shop_us.k(a int); create table hr.people(a int, iban int);
grant select, insert, execute, event on shop.* to shop@127.0.0.1;
grant select(id, email) on shop.customers to narrow@127.0.0.1;
grant select on `shop\_%`.* to pattern@127.0.0.1; grant insert on `shop\_eu`.* to pattern@127.0.0.1;
create role small; create role reader; grant select on shop.few to small; grant select on hr.* to reader; grant small to actor@127.0.0.1; grant reader to actor@127.0.0.1;
grant file, process, replication slave on *.* to filer@127.0.0.1; grant select on mysql.global_priv to filer@127.0.0.1;
grant select on shop.* to modern@127.0.0.1;
"""


@pytest.fixture(scope="module")
def mariadb():
    """A MariaDB of its own, on loopback and a socket, with a log of every statement: (port, socket, log, root's client)."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        pytest.skip("needs MariaDB (mariadb-server)")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-my-", dir="/tmp"))
    words, user = as_user("mysql")
    (folder / "tmp").mkdir()
    if user:
        shutil.chown(folder, user)
        shutil.chown(folder / "tmp", user)
    port, path, log = free_port(), folder / "s", folder / "log"
    subprocess.run([*words, install, "--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}/tmp", "--skip-test-db",
                    "--auth-root-authentication-method=normal"], check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # A tmpdir of its own: a MariaDB that starts clears its tmpdir of other servers' temporary tables.
    running = subprocess.Popen(
        [*words, server, "--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}/tmp", f"--socket={path}", f"--port={port}",
         "--bind-address=127.0.0.1", f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0",
         "--skip-name-resolve", "--plugin-load-add=auth_ed25519", "--general-log=1", f"--general-log-file={log}", "--secure-file-priv="],
        cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(sql, user="root"):
        return subprocess.run(["mariadb", "--no-defaults", "-N", "-S", path, "-u", user], input=sql.encode(), check=True, stdout=subprocess.PIPE).stdout.decode()

    try:
        for _ in range(150):
            if path.exists() and subprocess.run(["mariadb", "--no-defaults", "-S", path, "-u", "root", "-e", "select 1"], check=False,
                                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(.2)
        client(MARIADB_SQL.replace("SECRET", SECRET).replace("NEWLINE", "\n"))
        yield port, path, log, client
    finally:
        running.terminate()
        running.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def test_mariadb_the_whole_of_one_database(probe, mariadb):
    port = mariadb[0]
    heard = probe(f"mysql://shop@127.0.0.1:{port}/shop", "--rows", 500, "--count")
    assert heard.confined == "off" or "seccomp" in heard.confined
    server = heard.server
    assert (server["product"], server["account"], server["reading"], server["super"]) == ("MariaDB", "shop@127.0.0.1", "read-only transaction", False)
    assert server["version"].count(".") == 2 and "-" not in server["version"] and "no right at all" in server["hidden"]
    assert heard.databases["shop"]["scope"] == "whole" and heard.databases["shop"]["why"] == "GRANT SELECT ON `shop`.*"
    assert heard.databases["information_schema"]["system"] and "hr" not in heard.databases
    assert sorted(heard.tables) == sorted(["customers", "sparse", "words", "few", "o`d'\"\n;--", "Case_", "case_", "v"])
    customers = heard.tables["customers"]
    assert customers["columns"][0] == ["id", "int(11)", True] and len(customers["columns"]) == 7
    assert customers["rows_kind"] == "estimated" and 10000 < customers["rows"] < 40000 and customers["bytes"] > 1000000
    assert customers["counted"] == 20000 and customers["how"] == "random keys" and len(customers["sample"]) == 500
    row = customers["sample"][0]
    assert row[1:] == [f"u{row[0]}@quillmail.zz", "s", "c0ff", "Zoë", "0005", "2026-01-02 03:04:05"]
    assert len(heard.tables["Case_"]["columns"]) == 1 and len(heard.tables["case_"]["columns"]) == 2
    assert (heard.tables["words"]["rows"], heard.tables["words"]["rows_kind"], heard.tables["words"]["how"]) == (3000, "exact", "the first rows")
    assert heard.tables["few"]["how"] == "all rows" and sorted(heard.tables["few"]["sample"], key=str) == [["1", "1.5"], [None, "2"]]
    assert heard.tables["sparse"]["how"] == "the first rows"
    assert heard.tables["o`d'\"\n;--"]["how"] == "random keys" and len(heard.tables["o`d'\"\n;--"]["sample"]) == 500
    assert heard.tables["v"]["view"] and heard.tables["v"]["bytes"] is None
    assert "may read with the rights" in heard.power("EXECUTE")["means"] and heard.power("EVENT")["from"] == "GRANT EVENT ON `shop`.*"
    assert heard.power("INSERT") and not heard.power("FILE") and not heard.power("any host")


def test_mariadb_rows_drawn_at_random_are_spread_evenly(probe, mariadb):
    heard = probe(f"mysql://shop@127.0.0.1:{mariadb[0]}/shop", "--rows", 40)
    keys = [int(row[0]) for _ in range(5) for row in probe(f"mysql://shop@127.0.0.1:{mariadb[0]}/shop", "--rows", 40).tables["customers"]["sample"]]
    assert len(heard.tables["customers"]["sample"]) == 40 and len(keys) == 200
    assert 8500 < sum(keys) / len(keys) < 11500  # the mean of 1..20000 is 10000, its standard error here 408
    assert len(set(keys)) > 190


def test_mariadb_columns_alone(probe, mariadb):
    heard = probe(f"mysql://narrow@127.0.0.1:{mariadb[0]}", "--rows", 3, "--count")
    assert list(heard.tables) == ["customers"] and heard.databases["shop"]["scope"] == "unknown"
    assert "hidden" in heard.databases["shop"]["why"]
    readable = {name for name, _, can in heard.tables["customers"]["columns"] if can}
    assert readable == {"id", "email"} and all(len(row) == 2 for row in heard.tables["customers"]["sample"])
    assert heard.tables["customers"]["counted"] == 20000


def alone(rows, column):
    return [[cell if i == column else None for i, cell in enumerate(row)] for row in rows]


def test_mariadb_only_the_columns_that_are_wanted_are_asked_for(probe, mariadb):
    port, _, log, client = mariadb
    client("create database narrow; create table narrow.t (a int primary key, `b``c` text, d varbinary(9), e datetime, key (e)) engine=innodb; "
           "insert into narrow.t select seq, if(seq % 7 = 0, null, concat('x', char(9), seq)), unhex('00ff'), '2020-03-14 21:47:09' from mysql.seq_1_to_1300; "
           f"create user thin@127.0.0.1 identified by '{SECRET}'; grant select on narrow.* to thin@127.0.0.1")
    uri = f"mysql://thin@127.0.0.1:{port}/narrow"
    whole = probe(uri, "--read", "t").read
    assert len(whole) == 1300 and whole[0] == ["1", "x\t1", "00ff", "2020-03-14 21:47:09"] and whole[6][1] is None
    for i, column in enumerate(("a", "b`c", "d", "e")):
        assert sorted(map(str, probe(uri, "--read", "t", "--only", column).read)) == sorted(map(str, alone(whole, i)))
    said = log.read_text(errors="replace")
    assert "SELECT `a` FROM `narrow`.`t`" in said and "SELECT `a`, `b``c`, `d`, `e` FROM `narrow`.`t`" in said


def test_mariadb_of_two_patterns_the_nearer_holds(probe, mariadb):
    heard = probe(f"mysql://pattern@127.0.0.1:{mariadb[0]}", "--rows", 3)
    assert heard.databases["shop_us"]["scope"] == "whole" and heard.databases["shop_us"]["why"] == r"GRANT SELECT ON `shop\_%`.*"
    assert heard.databases["shop_eu"]["scope"] == "unknown"
    assert [t["unreadable"] for t in heard.all_tables if t["database"] == "shop_eu"] == ["no right to read it"]
    assert "shop" not in heard.databases


def test_mariadb_takes_on_the_role_that_reads_most(probe, mariadb):
    heard = probe(f"mysql://actor@127.0.0.1:{mariadb[0]}", "--rows", 3)
    assert heard.databases["hr"]["scope"] == "whole" and heard.databases["hr"]["why"] == "GRANT SELECT ON `hr`.* (through a role)"
    roles = {power["from"]: power["means"] for power in heard.powers if power["name"] == "SET ROLE"}
    assert "counted here" in roles["GRANT `reader`"] and "another role" in roles["GRANT `small`"]


def test_mariadb_powers(probe, mariadb):
    client = mariadb[3]
    heard = probe(f"mysql://filer@127.0.0.1:{mariadb[0]}")
    assert "any file" in heard.power("FILE")["means"] and heard.power("FILE")["from"] == "GRANT FILE ON *.*"
    assert client("select load_file('/etc/passwd') like 'root:%'").strip() == "1"  # what FILE is said to mean is so
    assert heard.power("PROCESS") and "every change" in heard.power("REPLICATION SLAVE")["means"] and "password hash" in heard.power("mysql.user")["means"]
    owner = probe(f"mysql://owner@127.0.0.1:{mariadb[0]}")
    assert owner.server["super"] and owner.server["hidden"] is None and owner.power("GRANT OPTION") and owner.power("any host")
    assert owner.databases["mysql"]["system"] and not [t for t in owner.all_tables if t["database"] == "mysql"]
    assert {d["scope"] for d in owner.databases.values()} == {"whole"} and "od`d'\"\nx" in owner.databases
    assert not owner.power("CLONE_ADMIN")  # a right of MySQL, which ALL PRIVILEGES of MariaDB does not hold


def test_mariadb_ways_in(probe, mariadb):
    port, path, _, _ = mariadb
    assert probe(f"mariadb://modern@127.0.0.1:{port}/shop").tables  # ed25519: a plugin, found by a process that reads little
    assert probe(f"mysql://root@localhost/shop?socket={path}", password="").server["account"] == "root@localhost"
    refused = probe(f"mysql://shop@127.0.0.1:{port}/shop", password="falsch-Nadel", ok=False)
    assert "Access denied" in refused.error["text"] and f"mysql://shop@127.0.0.1:{port}/shop" in refused.error["text"] and "MYSQL_PWD" in refused.error["remedy"]
    closed = probe(f"mysql://shop@127.0.0.1:{free_port()}/shop", ok=False)
    assert "running" in closed.error["remedy"]
    hidden = probe(f"mysql://shop@127.0.0.1:{port}/hr", ok=False)
    assert "Access denied" in hidden.error["text"] and "leave the database out" in hidden.error["remedy"]


def test_mariadb_is_only_read(probe, mariadb):
    port, _, log, client = mariadb
    client("flush logs; create table shop.watched(a int primary key); insert into shop.watched values (1), (2);")
    before = client("checksum table shop.customers, shop.watched")
    start = log.stat().st_size
    probe(f"mysql://owner@127.0.0.1:{port}", "--rows", 50, "--count")
    probe(f"mysql://owner@127.0.0.1:{port}/shop", "--read", "customers")
    time.sleep(.3)
    text = log.read_bytes()[start:].decode("utf-8", "replace")
    said = [line.split("\t", 2)[-1].strip() for line in text.splitlines() if "\tQuery\t" in line or "Query\t" in line]
    verbs = {line.split("Query")[-1].split()[0].upper() for line in said if line}
    assert len(said) > 20 and verbs <= {"SELECT", "SET", "SHOW", "START", "COMMIT"}, verbs
    assert "READ ONLY" in text
    assert client("checksum table shop.customers, shop.watched") == before


def test_mariadb_a_statement_has_an_end(probe, mariadb):
    port, _, _, client = mariadb
    client("create table shop.slow(a int);")
    holder = threading.Thread(target=client, args=("lock tables shop.slow write; select sleep(6); unlock tables;",))
    holder.start()
    time.sleep(.5)
    try:
        began = time.monotonic()
        heard = probe(f"mysql://shop@127.0.0.1:{port}/shop", "--count", "--seconds", 1)
        assert time.monotonic() - began < 20
        assert "MariaDB ended the question, which took too long (error 1969)" in heard.tables["slow"]["counted"]
        assert heard.tables["words"]["counted"] == 3000  # what comes after is still asked
        assert not client("select 1 from information_schema.processlist where user = 'shop' and time > 3")
    finally:
        holder.join()
        client("drop table shop.slow")


# Whatever of this runs writes FOLDER/ran-..., or to canary.
MARIADB_TRAPS_SQL = r"""
create user 'tricked'@'127.0.0.1' identified by 'SECRET'; create database traps; use traps; create table t(id int primary key, email varchar(90));
insert into t values (1, 'a@quillmail.zz'), (2, 'b@quillmail.zz'); create table canary(t text) engine=MyISAM;
delimiter //
create definer=root@localhost function f1() returns int deterministic sql security definer begin declare continue handler for sqlexception begin end; select 'x' into outfile 'FOLDER/ran-by-view'; return 1; end//
create definer=root@localhost function f2() returns int deterministic sql security definer begin declare continue handler for sqlexception begin end; set session tx_read_only = 0; insert into traps.canary values ('written'); return 1; end//
delimiter ;
create definer=root@localhost sql security definer view v1 as select id, traps.f1() f from t; create definer=root@localhost sql security definer view v2 as select id, traps.f2() f from t;
create table m1(a int) engine=MyISAM; insert into m1 values (1), (2); create table merged(a int) engine=MERGE union=(m1);
grant all on traps.* to tricked@127.0.0.1;
"""


def test_mariadb_nothing_of_an_examined_database_is_run(probe, mariadb):
    port, _, log, client = mariadb
    client(MARIADB_TRAPS_SQL.replace("SECRET", SECRET).replace("FOLDER", str(log.parent)))
    if pathlib.Path("/usr/lib/mysql/plugin/ha_federatedx.so").exists():
        client(f"install soname 'ha_federatedx'; create table traps.far(w varchar(20)) engine=FEDERATED connection='mysql://owner:{SECRET}@127.0.0.1:{port}/shop/words';")
    try:
        heard = probe(f"mysql://tricked@127.0.0.1:{port}/traps", "--rows", 10, "--count")
        for name in ("v1", "v2"):
            if heard.tables[name]["unreadable"]:
                continue  # v2 writes: in a read-only transaction the server may not even open its definition
            for said in (heard.tables[name]["sample_error"], heard.tables[name]["counted"]):
                assert said.endswith("a view: reading it could run functions; its tables are read instead")
            assert "no table" in probe(f"mysql://tricked@127.0.0.1:{port}/traps", "--read", name, ok=False).error["text"]
        assert not heard.tables["v1"]["unreadable"]
        assert len(heard.tables["t"]["sample"]) == heard.tables["t"]["counted"] == heard.tables["merged"]["counted"] == 2
        if "far" in heard.tables:
            assert heard.tables["far"]["sample_error"].endswith("its rows are on another server, which was not asked") and "not asked" in heard.tables["far"]["counted"]
            assert "no table" in probe(f"mysql://tricked@127.0.0.1:{port}/traps", "--read", "far", ok=False).error["text"]
        assert client("select count(*) from traps.canary").strip() == "0" and not list(log.parent.glob("ran-*"))
    finally:
        client("drop database traps; drop user tricked@127.0.0.1;")


def test_mariadb_the_examiners_own_account_opens_nothing(probe, mariadb):
    """unix_socket asks who runs the program, not for the password of the tree's login."""
    port, path, _, client = mariadb
    me = pwd.getpwuid(os.geteuid()).pw_name
    client(f"create user 'asked'@'localhost' identified by '{SECRET}'; create user 'nopass'@'localhost'; "
           f"create or replace user '{me}'@'localhost' identified via mysql_native_password using '' or unix_socket; grant all on *.* to '{me}'@'localhost' with grant option;")
    for given in ("of-the-tree", ""):
        refused = probe(f"mysql://{me}@localhost/?socket={path}", "--given", given, ok=False)
        assert refused.error["text"].endswith("the server let this machine's own account in without asking for the password") and not refused.server
    assert probe(f"mysql://{me}@localhost/?socket={path}", password="").server["account"] == f"{me}@localhost"  # named by the examiner, who may
    assert probe(f"mysql://asked@localhost/?socket={path}", "--given", SECRET).server["account"] == "asked@localhost"
    assert "Access denied" in probe(f"mysql://asked@localhost/?socket={path}", "--given", "of-the-tree", ok=False).error["text"]
    assert probe(f"mysql://nopass@localhost/?socket={path}", "--given", "").server["account"] == "nopass@localhost"  # no password is its password


def test_mariadb_errors_carry_no_values(probe):
    server = HostileServer(HostileServer.packet(1, b"\xff" + struct.pack("<H", 1366) + b"#22007Incorrect value: 'u1@quillmail.zz'"))
    heard = probe(f"mysql://u@127.0.0.1:{server.port}/d", "--seconds", 3, ok=False)
    assert heard.error["text"].endswith("MariaDB refused the question (error 1366)") and b"quillmail" not in heard.text


@pytest.mark.parametrize("drip", [False, True])
def test_mariadb_a_server_that_stops_answering_does_not_hold_us(probe, drip):
    server = HostileServer(HostileServer.packet(1, b"\x01")[:3], drip=drip)  # a column is promised, and never comes
    began = time.monotonic()
    heard = probe(f"mysql://u@127.0.0.1:{server.port}/d", "--seconds", 2, ok=False)
    assert 1.5 < time.monotonic() - began < 5 and "did not answer within 2 s" in heard.error["text"]


def test_match_against_mariadb(assay, mariadb, tmp_path):
    port = mariadb[0]
    sample = "email,id,note\n" + "".join(f"u{i}@quillmail.zz,{i},Zoë\n" for i in range(100, 300))
    (tmp_path / "leak.csv").write_text(sample, encoding="utf-8")
    uri = f"mysql://shop@127.0.0.1:{port}/shop"
    result = assay("match", "leak.csv", "--against", uri, "--json", env={"MYSQL_PWD": SECRET}, code=1)
    assert (result.summary["rows_sample"], result.summary["rows_reference"], result.summary["rows_matched"]) == (200, 20000, 200)
    assert SECRET not in result.out + result.err
    tables = {record["table"]: record["count"] for record in result.of_kind("coverage") if "table" in record}
    assert tables["customers"] == 20000 and tables["o`d'\"\n;--"] == 3000
    refused = assay("match", "leak.csv", "--against", f"mysql://shop:{SECRET}@127.0.0.1:{port}/shop")
    assert refused.code in (2, 64) and SECRET not in refused.err and "MYSQL_PWD" in refused.err


# ---- a hostile MySQL server: a stand-in that speaks just enough of the protocol ----


class HostileServer(threading.Thread):
    """Greets like MariaDB, lets anybody in, and answers the first questions with OK, then every one with `answer`."""

    def __init__(self, answer, switch=None, drip=False):
        super().__init__(daemon=True)
        self.answer, self.switch, self.drip, self.heard = answer, switch, drip, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    @staticmethod
    def packet(number, body):
        return struct.pack("<I", len(body))[:3] + bytes([number & 255]) + body

    def run(self):
        while True:
            try:
                link, _ = self.listener.accept()
                self.serve(link)
            except OSError:
                return

    def receive(self, link):
        head = b""
        while len(head) < 4:
            got = link.recv(4 - len(head))
            if not got:
                raise ConnectionError
            head += got
        body, size = b"", int.from_bytes(head[:3], "little")
        while len(body) < size:
            got = link.recv(size - len(body))
            if not got:
                raise ConnectionError
            body += got
        self.heard.append(body)
        return head[3], body

    def serve(self, link):
        capabilities = 0x00FFF7FF & ~0x800  # everything but TLS
        greeting = (b"\x0a5.5.5-10.11.0-MariaDB\0" + struct.pack("<I", 7) + b"abcdefgh\0" + struct.pack("<H", capabilities & 0xFFFF) + b"\x2d\x02\x00" +
                    struct.pack("<H", capabilities >> 16) + b"\x15" + b"\0" * 10 + b"ijklmnopqrst\0mysql_native_password\0")
        ok = b"\0\0\0\x02\0\0\0"
        try:
            link.sendall(self.packet(0, greeting))
            number, _ = self.receive(link)
            if self.switch:
                link.sendall(self.packet(number + 1, b"\xfe" + self.switch + b"\0abcdefghijklmnopqrst\0"))
                number, _ = self.receive(link)
            link.sendall(self.packet(number + 1, ok))
            for asked in range(1000):
                number, _ = self.receive(link)
                if asked < 1:
                    link.sendall(self.packet(number + 1, ok))
                else:
                    link.sendall(self.answer)
                    while self.drip:
                        link.sendall(b"\x01")
                        time.sleep(.3)
        except (ConnectionError, OSError):
            pass
        finally:
            link.close()


def test_a_server_that_asks_for_a_file_of_ours_gets_none(probe):
    server = HostileServer(HostileServer.packet(1, b"\xfb/etc/passwd"))
    heard = probe(f"mysql://u@127.0.0.1:{server.port}/d", "--seconds", 5, ok=False)
    assert heard.error and not any(b"root:" in body for body in server.heard)


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog", b"../../../tmp/x", b"mysql_old_password"])
def test_a_server_that_wants_the_password_in_the_clear_does_not_get_it(probe, plugin):
    server = HostileServer(b"", switch=plugin)
    heard = probe(f"mysql://u@127.0.0.1:{server.port}/d", "--seconds", 5, ok=False)
    assert heard.error and not any(SECRET.encode() in body for body in server.heard)


@pytest.mark.parametrize("answer", [b"\x01\0\0\x01\xfc", b"\x03\0\0\x01\xfc\xff\xff" + b"\x01\0\0\x02\0" * 50])
def test_a_server_that_talks_nonsense_is_an_error(probe, answer):
    server = HostileServer(answer)
    assert probe(f"mysql://u@127.0.0.1:{server.port}/d", "--seconds", 1, ok=False).error["text"]


# ---- PostgreSQL ----

POSTGRESQL_SQL = r"""
create role shop login password 'SECRET'; create role pii; create role noin login noinherit password 'SECRET' in role pii;
create role filer login password 'SECRET' in role pg_read_server_files, pg_monitor; create role maker login createrole replication password 'SECRET';
create database closed; revoke connect on database closed from public; create database other;
create table customers(id int primary key, email text, card text, photo bytea, tags text[]);
insert into customers select i, 'u' || i || '@quillmail.zz', 's', '\xc0ffee', '{a}' from generate_series(1, 20000) i;
create table pay(iban text); insert into pay select 'X' from generate_series(1, 10); grant select on pay to pii;
create table docs(id int, owner text); insert into docs values (1, 'a'), (2, 'shop'); alter table docs enable row level security;
create policy own on docs using (owner = current_user); grant select on docs to shop;
grant select(id, email) on customers to shop;
create view v as select email from customers; grant select on v to shop;
create function f() returns int language plpgsql as 'begin raise notice ''run''; return 1; end'; create view calls as select f() a; grant select on calls to shop;
create schema "od""d'
"; create table "od""d'
"."t""a'
;--"("c""'
" int); insert into "od""d'
"."t""a'
;--" select generate_series(1, 5000); grant usage on schema "od""d'
" to shop; grant select on all tables in schema "od""d'
" to shop;
create table part(id int, v text) partition by range(id); create table part1 partition of part for values from (0) to (1000); create table part2 partition of part for values from (1000) to (100000);
insert into part select i, 'x' from generate_series(1, 5000) i; grant select on part to shop;
create table lone(id int) partition by range(id); create table lone1 partition of lone for values from (0) to (9); insert into lone select 1; grant select on lone1 to shop;
create table fresh(a int); grant select on fresh to shop;
create schema private; create table private.t(a int); grant select on private.t to shop;
select lo_from_bytea(0, 'hello'); create extension postgres_fdw; create server far foreign data wrapper postgres_fdw options (host '192.0.2.9', dbname 'hr');
grant usage on foreign server far to shop; create foreign table ft(a int) server far; grant select on ft to shop; create extension dblink;
create function sd() returns int language sql security definer as 'select 1';
analyze customers; analyze part; analyze pay;
"""


@pytest.fixture(scope="module")
def postgresql():
    """A PostgreSQL of its own on loopback: (URI for a role and database, client of the owner, its log)."""
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("needs PostgreSQL (postgresql-15)")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-pgl-", dir="/tmp"))
    words, user = as_user("postgres")
    if user:
        shutil.chown(folder, user)
    port, env = free_port(), {"PATH": os.environ["PATH"], "LC_ALL": "C", "PGPASSWORD": SECRET}
    (folder / "secret").write_text(SECRET + "\n")
    os.chmod(folder / "secret", 0o644)

    def run(*args, **options):
        return subprocess.run([*words, *map(str, args)], check=True, cwd="/", env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options).stdout.decode()

    def client(sql, database="postgres"):
        return run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", port, "-U", "owner", database, input=sql.encode())

    data, log = folder / "data", folder / "log"
    run(programs[-1] / "initdb", "-D", data, "-U", "owner", "--auth=scram-sha-256", f"--pwfile={folder}/secret", "-E", "UTF8", "--no-sync")
    rules = (data / "pg_hba.conf").read_text()
    (data / "pg_hba.conf").write_text(f"local all {pwd.getpwuid(os.geteuid()).pw_name} peer\nhost all trusted 127.0.0.1/32 trust\n{rules}")
    run(programs[-1] / "pg_ctl", "-D", data, "-w", "-l", log, "-o",
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c log_statement=all -c autovacuum=off", "start")
    try:
        client(POSTGRESQL_SQL.replace("SECRET", SECRET))
        yield lambda role, database="postgres": f"postgresql://{role}@127.0.0.1:{port}/{database}", client, log
    finally:
        run(programs[-1] / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


ODD = "od\"d'\n.t\"a'\n;--"


def test_postgresql_what_a_shop_reaches(probe, postgresql):
    uri, _, _ = postgresql
    heard = probe(uri("shop"), "--rows", 500, "--count")
    assert (heard.server["product"], heard.server["account"], heard.server["super"]) == ("PostgreSQL", "shop", False)
    here, other, closed = heard.databases["postgres"], heard.databases["other"], heard.databases["closed"]
    assert here["scope"] == "whole" and not here["needs_connection"] and closed["scope"] == "closed" and "no right" in closed["why"]
    assert other["needs_connection"] and other["scope"] == "unknown" and heard.databases["template0"]["system"]
    assert sorted(heard.tables) == sorted(["customers", "pay", "docs", "v", "calls", ODD, "part", "lone", "lone1", "fresh", "private.t", "ft"])
    customers = heard.tables["customers"]
    assert {name for name, _, can in customers["columns"] if can} == {"id", "email"} and customers["columns"][4][1] == "text[]"
    assert (customers["rows"], customers["rows_kind"], customers["how"], customers["counted"]) == (20000, "estimated", "random blocks", 20000)
    assert len(customers["sample"]) == 500 and all(row[1] == f"u{row[0]}@quillmail.zz" for row in customers["sample"]) and customers["bytes"] > 1000000
    assert len({int(row[0]) // 200 for row in customers["sample"]}) > 80  # of 100 stretches of the table: rows come from everywhere
    part = heard.tables["part"]
    assert (part["rows"], part["counted"], part["how"], len(part["sample"])) == (5000, 5000, "random blocks", 500) and "part1" not in heard.tables
    assert heard.tables["lone"]["unreadable"] and heard.tables["lone1"]["how"] == "all rows"
    assert heard.tables["docs"]["partial"] == "row-level security" and "run its policies" in heard.tables["docs"]["sample_error"]
    assert heard.tables["pay"]["unreadable"] == "no right to read it" and heard.tables["private.t"]["unreadable"] == "no right to enter its schema"
    assert heard.tables["fresh"]["rows_kind"] == "unknown" and heard.tables["fresh"]["how"] == "all rows"
    assert heard.tables[ODD]["how"] == "random blocks" and len(heard.tables[ODD]["sample"]) == 500 and heard.tables[ODD]["counted"] == 5000
    assert heard.tables["v"]["view"] and not heard.tables["v"]["unreadable"] and heard.tables["v"]["sample"] == []
    assert "a view: reading it could run functions" in heard.tables["v"]["sample_error"] and "a view:" in heard.tables["calls"]["counted"]
    assert "another server" in heard.tables["ft"]["partial"]
    assert "ask another one" in heard.tables["ft"]["sample_error"] and "ask another one" in heard.tables["ft"]["counted"]
    assert "host=192.0.2.9" in heard.power("foreign server far")["means"] and heard.power("dblink") and "public.sd" in heard.power("SECURITY DEFINER")["means"]
    assert not heard.power("SUPERUSER") and not heard.power("large objects")


def test_postgresql_a_role_that_is_not_inherited(probe, postgresql):
    uri, _, _ = postgresql
    heard = probe(uri("noin"), "--rows", 20, "--count")
    assert heard.tables["pay"]["unreadable"] == "" and heard.tables["pay"]["counted"] == 10 and heard.tables["pay"]["how"] == "all rows"
    assert heard.tables["customers"]["unreadable"] and "takes on this role" in heard.power("SET ROLE pii")["means"]


def test_postgresql_powers(probe, postgresql):
    uri, _, _ = postgresql
    heard = probe(uri("filer"))
    assert "any file" in heard.power("pg_read_server_files")["means"] and heard.power("pg_monitor") and not heard.power("REPLICATION")
    maker = probe(uri("maker"))
    assert maker.power("CREATEROLE") and "every database" in maker.power("REPLICATION")["means"]
    owner = probe(uri("owner"))
    assert owner.server["super"] and owner.power("SUPERUSER") and "COPY ... PROGRAM" in owner.power("pg_execute_server_program")["means"]
    assert "reads 1 file" in owner.power("large objects")["means"] and owner.power("pg_read_file")


def test_postgresql_is_only_read_and_holds_no_locks(probe, postgresql):
    uri, client, log = postgresql
    client("create table if not exists many(i int)")
    start = log.stat().st_size
    probe(uri("owner"), "--rows", 20, "--count")
    said = [line.split("LOG:  ", 1)[1] for line in log.read_text("utf-8", "replace")[start:].splitlines() if "LOG:  " in line and ("statement:" in line or "execute" in line)]
    verbs = {line.split(":", 1)[1].split()[0].upper() for line in said}
    assert len(said) > 20 and verbs <= {"SELECT", "WITH", "SET", "BEGIN", "ROLLBACK", "COPY"}, verbs
    assert all("TO STDOUT" in line or line.rstrip().endswith("(SELECT") or "COPY (SELECT" in line for line in said if " COPY " in line)


def test_postgresql_only_the_columns_that_are_wanted_are_asked_for(probe, postgresql):
    uri, client, log = postgresql
    client("""create table public.narrow (a int, "b""c" text, d bytea, e timestamp);
              insert into public.narrow select i, case when i % 7 = 0 then null else E'x\t\n\\\\' || i end, '\\x00ff', '2020-03-14 21:47:09' from generate_series(1, 1300) i;
              grant select on public.narrow to shop""")
    whole = probe(uri("shop"), "--read", "narrow").read
    assert len(whole) == 1300 and whole[0] == ["1", "x\t\n\\1", "00ff", "2020-03-14 21:47:09"] and whole[6][1] is None
    for i, column in enumerate(("a", 'b"c', "d", "e")):
        assert probe(uri("shop"), "--read", "narrow", "--only", column).read == alone(whole, i)
    assert 'COPY (SELECT "a" FROM public.narrow) TO STDOUT' in log.read_text(errors="replace")
    client("drop table public.narrow")


def test_postgresql_values_in_binary_form_are_written_as_the_server_writes_them(probe, postgresql):
    """Every type whose values are sent as the server holds them, at its bounds, against the server's own text; a column of another type makes all text."""
    uri, client, log = postgresql
    client("""create table public.kinds (a bool, b name, c text, d json, e char(5), f varchar(9), g bigint, h smallint, i int, j oid, k date, l timestamp, m timestamptz, n uuid, o jsonb);
              insert into public.kinds values
                (true, 'n', E'\\t\\\\x', '{"a": [1, 2]}', 'ab', 'v', 9223372036854775807, 32767, 2147483647, 4294967295, '2026-03-14', '2026-03-14 21:47:09', '2026-03-14 21:47:09+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b": null}'),
                (false, '', '', '1', '', '', -9223372036854775808, -32768, -2147483648, 0, '4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-02 00:00:00 BC', '00000000-0000-0000-0000-000000000000', '"x"'),
                (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
                (true, 'x', '\\xff', '[]', 'abcde', 'ä', 0, 0, 0, 1, '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-30 23:59:59.5', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '[]'),
                (true, 'x', 'x', '[]', 'x', 'x', -1, -1, -1, 1, 'infinity', 'infinity', '-infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '1'),
                (true, 'x', 'x', '[]', 'x', 'x', 10, 100, 1000, 1, '-infinity', '1999-12-31 23:59:59.000001', '0001-01-01 00:00:00.120', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '1'),
                (true, 'x', 'x', '[]', 'x', 'x', 1, 1, 1, 1, '0001-12-31 BC', '2000-01-01 00:00:00', '1969-12-31 23:59:59.9', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '1');
              create table public.kinds_too as select *, 1.5::numeric z from public.kinds; create table public.nothing (a int);
              grant select on public.kinds, public.kinds_too, public.nothing to shop""")
    read, text = (probe(uri("shop"), "--read", name).read for name in ("kinds", "kinds_too"))
    assert len(read) == 7 and [row + ["1.5"] for row in read] == text
    assert read[3][11:13] == ["294276-12-31 23:59:59.999999", "294276-12-30 23:59:59.5+00"] and read[1][10] == "4713-01-01 BC"
    assert probe(uri("shop"), "--read", "nothing").read == []
    said = log.read_text(errors="replace")
    assert "FROM public.kinds) TO STDOUT (FORMAT binary)" in said and "FROM public.kinds_too) TO STDOUT (FORMAT" not in said
    client("drop table public.kinds, public.kinds_too, public.nothing")


def test_postgresql_more_tables_than_one_transaction_may_lock(probe, postgresql):
    """20,000 tables: pages, each table once, memory that does not grow; sampled without running out of locks."""
    uri, client, _ = postgresql
    for step in range(10):
        client(f"do $$ begin for i in {step * 2000 + 1}..{step * 2000 + 2000} loop execute format('create table t%s(id int, email varchar(40))', i); end loop; end $$", "other")
    client("grant usage on schema public to shop; insert into t7 values (1, 'x'); grant select on t7 to shop", "other")
    heard = probe(uri("shop", "other"))
    assert len(heard.all_tables) == len(heard.tables) == 20000 and all(len(t["columns"]) == 2 for t in heard.all_tables)
    assert [t["name"] for t in heard.all_tables if not t["unreadable"]] == ["t7"]
    sampled = probe(uri("owner", "other"), "--rows", 5, "--quiet")
    assert sampled.end["tables"] == 20000 and ("ASAN_OPTIONS" in os.environ or sampled.end["peak_kib"] < 60000)


def test_postgresql_a_statement_has_an_end(probe, postgresql):
    """A table that somebody else has locked: the server ends the question, and what comes after is still asked."""
    uri, client, _ = postgresql
    client("create table locked(a int); create table zzz(a int); grant select on locked, zzz to shop")
    holder = threading.Thread(target=client, args=("begin; lock table locked; select pg_sleep(6); drop table locked; commit",))
    holder.start()
    time.sleep(1)
    heard = probe(uri("shop"), "--rows", 5, "--count", "--seconds", 1)
    holder.join()
    client("drop table zzz")
    assert "took too long (SQLSTATE 57014)" in heard.tables["locked"]["counted"] and "57014" in heard.tables["locked"]["sample_error"]
    assert heard.tables["zzz"]["counted"] == 0 and heard.end["seconds"] < 6


def test_postgresql_the_examiners_own_account_opens_nothing(probe, postgresql):
    """peer asks who runs the program, not for the password of the tree's login; trust asks nobody, and that is a finding."""
    uri, client, log = postgresql
    me = pwd.getpwuid(os.geteuid()).pw_name
    client(f'create role "{me}" login superuser; create role trusted login')
    port = uri("x").rsplit(":", 1)[1].split("/")[0]
    by_socket = f"postgresql://{me}@:{port}/postgres?host={log.parent}"
    for given in ("of-the-tree", ""):
        refused = probe(by_socket, "--given", given, ok=False)
        assert refused.error["text"].endswith("the server let this machine's own account in without asking for the password") and not refused.server
    assert probe(by_socket).server["account"] == me  # named by the examiner, who may
    trusted = probe(uri("trusted"), "--given", "of-the-tree")
    assert trusted.power("no password asked")["means"] == "the server lets this account in from here without a password"
    asked = probe(uri("shop"), "--given", SECRET)
    assert asked.server["account"] == "shop" and not asked.power("no password asked")
    assert "password authentication failed" in probe(uri("shop"), "--given", "of-the-tree", ok=False).error["text"]


# Whatever of this runs touches FOLDER/ran-..., or writes to canary.
TRAPS_SQL = r"""
create extension file_fdw; create extension citext; create table canary(t text); grant insert, select on canary to shop;
create function evil() returns int language plpgsql as $$ begin perform set_config('default_transaction_read_only', 'off', false);
 begin insert into public.canary values ('written'); exception when others then null; end; return 1; end $$;
create table base(id int, email text); insert into base select g, 'u' || g || '@quillmail.zz' from generate_series(1, 50) g;
create view inner_v as select *, evil() e from base; create view outer_v as select id, email, e from inner_v;
create server f foreign data wrapper file_fdw;
create foreign table ft(t text) server f options (program 'echo hello; touch FOLDER/ran-by-foreign-table'); create view zv as select * from ft;
create table pt(t text) partition by list (t); create table pta partition of pt for values in ('a'); create table ptb partition of pt default partition by list (t);
create foreign table ptf partition of ptb for values in ('hello') server f options (program 'echo hello; touch FOLDER/ran-by-partition');
create function ran(what text) returns bool language plpgsql security definer as $$ begin execute format('copy (select 1) to program %L', 'touch FOLDER/ran-by-' || what); return true; end $$;
create table rls(id int); insert into rls values (1); alter table rls enable row level security; create policy p on rls using (ran('policy'));
create function opf(int, int) returns bool language sql as $$ select public.ran('operator') $$; create operator public.@@@ (leftarg = int, rightarg = int, function = opf);
create view opv as select id from base where id operator(public.@@@) 1; create view castv as select id, email::int n from base;
create type mood as enum ('glad', 'sad'); create function moodtext(mood) returns text language sql as $$ select public.ran('cast')::text $$; create cast (mood as text) with function moodtext(mood);
create schema jsonish; create type jsonish.t as enum ('one'); create function jsonish.text(jsonish.t) returns text language sql as $$ select public.ran('cast')::text $$;
create cast (jsonish.t as text) with function jsonish.text(jsonish.t); create domain mail as text check (value like '%@%'); create type pair as (a int, b text);
create function jtext(json) returns text language sql as $$ select public.ran('cast-of-json')::text $$; create cast (json as text) with function jtext(json);
create table typed(m mood, j jsonish.t, ms mood[], d mail, ds mail[], c citext, p pair, js json, x xml, jb jsonb);
insert into typed select 'glad', 'one', '{sad}', 'a@quillmail.zz', '{b@quillmail.zz}', 'C@quillmail.zz', '(1,s)', '{"k": 1}', '<a/>', '[2]' from generate_series(1, 600);
insert into typed default values; create table pairs(p pair); insert into pairs values ('(1,s)');
create materialized view stored as select email from base;
grant select on all tables in schema public to shop; grant usage on schema jsonish to shop;
"""


@pytest.fixture(scope="module")
def traps(postgresql):
    uri, client, log = postgresql
    client("create database traps")
    client(TRAPS_SQL.replace("FOLDER", str(log.parent)), "traps")
    return uri, client, log.parent


def sprung(traps):
    _, client, folder = traps
    return client("select count(*) from canary", "traps").strip() != "0", sorted(path.name for path in folder.glob("ran-*"))


@pytest.mark.parametrize("role", ["shop", "owner"])
def test_postgresql_nothing_of_an_examined_database_is_run(probe, traps, role):
    heard = probe(traps[0](role, "traps"), "--rows", 100, "--count")
    assert sprung(traps) == (False, [])
    for name in ("inner_v", "outer_v", "zv", "opv", "castv"):
        for said in (heard.tables[name]["sample_error"], heard.tables[name]["counted"]):
            assert said.endswith("a view: reading it could run functions; its tables are read instead")
    assert heard.tables["pt"]["sample_error"].endswith("a part of it is a foreign table: reading it would make the server ask another one")
    if role == "shop":
        assert heard.tables["rls"]["sample_error"].endswith("row-level security: reading it would run its policies") and "policies" in heard.tables["rls"]["counted"]
    else:
        assert heard.tables["rls"]["counted"] == 1  # nobody's policies hold for a superuser
    assert heard.tables["stored"]["counted"] == 50 and len(heard.tables["base"]["sample"]) == 50
    typed = heard.tables["typed"]
    row = ["glad", "one", "{sad}", "a@quillmail.zz", "{b@quillmail.zz}", "C@quillmail.zz", None, '{"k": 1}', "<a/>", "[2]"]
    assert typed["counted"] == 601 and len(typed["sample"]) == 100 and row in typed["sample"] and all(r in (row, [None] * 10) for r in typed["sample"])
    assert "types of this database's own making" in typed["partial"] and heard.tables["pairs"]["sample"] == [[None]]


@pytest.mark.parametrize("role", ["shop", "owner"])
def test_postgresql_nothing_is_run_by_reading_whole_tables(probe, traps, role):
    uri = traps[0](role, "traps")
    for name in ("zv", "ft", "pt", "inner_v", "pairs", *(["rls"] if role == "shop" else [])):
        assert f"no table {name}" in probe(uri, "--read", name, ok=False).error["text"]
    typed = probe(uri, "--read", "typed").read
    assert len(typed) == 601 and typed[0] == ["glad", "one", "{sad}", "a@quillmail.zz", "{b@quillmail.zz}", "C@quillmail.zz", '{"k": 1}', "<a/>", "[2]"]
    assert sprung(traps) == (False, [])


def test_postgresql_errors_carry_no_values(probe, postgresql):
    """The server's words after the login are its own to choose; a stand-in puts a value into them."""
    fake = HostilePostgresql(error=True)
    heard = probe(f"postgresql://u@127.0.0.1:{fake.port}/d", "--seconds", 3, ok=False)
    assert heard.error["text"].endswith("PostgreSQL refused the question (SQLSTATE 22P02)") and b"quillmail" not in heard.text


class HostilePostgresql(threading.Thread):
    """Lets anybody in, answers the first questions as it should, then says a word a second, nothing, or an error with a value."""

    def __init__(self, error=False, drip=False, good=0):
        super().__init__(daemon=True)
        self.error, self.drip, self.good, self.kept = error, drip, good, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            link, _ = self.listener.accept()
            self.kept.append(link)
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        def message(kind, body):
            return kind + struct.pack("!I", len(body) + 4) + body

        ready = message(b"Z", b"I")
        try:
            first = link.recv(8192)
            while first[4:8] in (struct.pack("!I", 80877103), struct.pack("!I", 80877104)):
                link.sendall(b"N")
                first = link.recv(8192)
            link.sendall(message(b"R", struct.pack("!I", 0)) + message(b"S", b"server_version\0" + b"15.4\0") + ready)
            for _ in range(self.good):
                link.recv(65536)
                link.sendall(message(b"C", b"SET\0") + ready)
            while link.recv(65536):
                if self.error:
                    link.sendall(message(b"E", b"SERROR\0C22P02\0Minvalid input syntax for type integer: \"u1@quillmail.zz\"\0\0") + ready)
                while self.drip:
                    link.sendall(message(b"N", b"SNOTICE\0C00000\0Mwait\0\0"))
                    time.sleep(.3)
        except OSError:
            pass


@pytest.mark.parametrize("drip", [False, True])
@pytest.mark.parametrize("good", [0, 3])
def test_postgresql_a_server_that_stops_answering_does_not_hold_us(probe, drip, good):
    fake = HostilePostgresql(drip=drip, good=good)
    began = time.monotonic()
    heard = probe(f"postgresql://u@127.0.0.1:{fake.port}/d", "--seconds", 2, ok=False)
    assert 1.5 < time.monotonic() - began < 5 and "did not answer within 2 s" in heard.error["text"]


# ---- SQLite ----


def test_sqlite_file(probe, tmp_path):
    path = tmp_path / "shop.sqlite"
    db = sqlite3.connect(path)
    db.executescript("""create table c(id integer primary key, email text, rowid text); create index ce on c(email); create table w(a text primary key) without rowid;
        create table "od""d'\n;--" (x, "y""z"); create view v as select * from c; create virtual table f using fts5(t); create table sparse(id integer primary key, v);""")
    db.executemany("insert into c values(?, ?, ?)", [(i, f"u{i}@quillmail.zz", "r") for i in range(1, 5001)])
    db.executemany("insert into w values(?)", [(f"k{i}",) for i in range(3000)])
    db.executemany("insert into sparse values(?, 1)", [(i * 1000003,) for i in range(3000)])
    db.execute("""insert into "od""d'\n;--" values(1, 2)""")
    db.commit()
    db.close()
    before = path.read_bytes()
    program_uri = f"sqlite:{path}"
    heard = probe(program_uri, "--rows", 100, "--count") if os.environ.get("ASSAY_CONFINE") == "off" else None
    heard = heard or unconfined(probe, program_uri)
    assert heard.server["product"] == "SQLite" and heard.databases["main"]["scope"] == "whole"
    c = heard.tables["c"]
    assert (c["rows"], c["rows_kind"], c["how"], c["counted"]) == (5000, "exact", "random keys", 5000) and c["bytes"] >= 200000
    assert len(c["sample"]) == 100 and all(row[1] == f"u{row[0]}@quillmail.zz" for row in c["sample"]) and 1500 < sum(int(row[0]) for row in c["sample"]) / 100 < 3500
    assert heard.tables["w"]["how"] == heard.tables["sparse"]["how"] == "the first rows" and "v" not in heard.tables
    assert heard.tables["od\"d'\n;--"]["sample"] == [["1", "2"]] and "module is not run" in heard.tables["f"]["unreadable"]
    assert path.read_bytes() == before


def unconfined(probe, uri):
    """A file is read by a process that may read it: the paths an engine gives it, which the probe has none of."""
    os.environ["ASSAY_CONFINE"] = "off"
    try:
        return probe(uri, "--rows", 100, "--count")
    finally:
        del os.environ["ASSAY_CONFINE"]

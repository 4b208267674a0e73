"""MariaDB, reached by the shop over TCP on loopback, by us over its own socket as root there.

Its own log, when on: the general log (every statement), the slow log (statements that read whole
tables), and by seed the audit plugin's."""

import os
import re
import subprocess
from datetime import datetime, timezone

from . import process
from .database import NEEDED, SERVER_SCHEMA, SUPPLIERS_SCHEMA, SUPPLIERS_SHOWN, SUPPLIERS_TABLES, TABLES, tab_separated
from .interface import DatabaseServer, new_password
from .process import Child, find, free_port

TUNING = ["--innodb-log-file-size=8M", "--innodb-buffer-pool-size=48M", "--innodb-doublewrite=0", "--innodb-flush-method=nosync",
          "--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2", "--innodb-buffer-pool-load-at-startup=0",
          "--innodb-buffer-pool-dump-at-shutdown=0", "--performance-schema=0", "--skip-name-resolve", "--max-connections=40",
          "--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"]
WORDS = {"auto": "INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY", "time": "DATETIME", "end": " ENGINE=InnoDB"}
INDEXES = """CREATE UNIQUE INDEX customers_email ON customers (email);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX reviews_product ON reviews (product_id);
"""
AUDIT = "/usr/lib/mysql/plugin/server_audit.so"
ENTRY = re.compile(r"^(?:(\d{6} [ \d]\d:\d\d:\d\d)\t|\t\t) *(\d+) ([A-Z][A-Za-z ]*)\t(.*)$")
AUDITED = re.compile(r"^(\d{8} \d\d:\d\d:\d\d),[^,]*,[^,]*,[^,]*,(\d+),\d+,([A-Z]+),[^,]*,(.*)$")
# what the owner of a shop gives the shop's account
ROLES = ["schema", "schema", "needed", "needed", "both", "columns", "all"]


class MariaDB(DatabaseServer):
    kind, driver, host = "mariadb", "server", "127.0.0.1"

    def __init__(self, run, rng, db_log):
        self.run, self.log_on = run, db_log
        self.home = os.path.join(run, "mariadb")
        self.socket = os.path.join(self.home, "s")
        self.user = process.find_user("mysql", "nobody")
        self.name = rng.choice(["shop", "maple_lane", "webshop"])
        self.account = rng.choice(["shop", "maple", "maple_web", "www"])
        self.role, self.from_host = rng.choice(ROLES), rng.choice(["127.0.0.1", "127.0.0.1", "%"])
        self.other = rng.choice(["crm", "accounts"])
        self.form = rng.choice(["array", "defines", "env", "wp"])
        self.settings_file = ".env" if self.form == "env" else "config.php"
        self.audits = rng.random() < 0.5 and os.path.exists(AUDIT)
        self.seed = rng.randrange(1 << 32)
        self.password, self.keeper, self.keeper_password = new_password(), "keeper", new_password()
        self.server = None
        self.log_folder = os.path.join(self.home, "log")

    # -- starting and filling -------------------------------------------------

    def install(self, path):
        own = ["--user=" + self.user[0]] if self.user else []
        subprocess.run([find("mariadb-install-db"), "--no-defaults", f"--datadir={path}", "--skip-test-db", "--skip-name-resolve",
                        "--auth-root-authentication-method=socket", f"--auth-root-socket-user={process.own_name()}",
                        "--innodb-log-file-size=8M", *own], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=process.ENVIRONMENT)

    def start(self):
        self.server = find("mariadbd", "mysqld")
        said = subprocess.run([self.server, "--no-defaults", "--version"], capture_output=True, text=True, check=True).stdout
        self.version = re.search(r"Ver (\S+)", said).group(1)
        os.mkdir(self.home, 0o700)
        kept = process.template(f"mariadb-{self.version}-{process.own_name()}", self.install, self.user)
        if kept:
            process.copy_tree(kept, os.path.join(self.home, "data"))
        else:
            self.install(os.path.join(self.home, "data"))
        os.mkdir(self.log_folder, 0o700)
        process.give(self.user, self.home)
        self.launch()

    def launch(self):
        self.port = free_port()
        log = [f"--general-log-file={self.log_folder}/mariadb.log", f"--slow-query-log-file={self.log_folder}/mariadb-slow.log",
               "--log-output=FILE", "--log-queries-not-using-indexes=1", "--min-examined-row-limit=1000",
               "--log-slow-rate-limit=1", "--long-query-time=10"] if self.log_on else []
        if self.log_on and self.audits:
            log += ["--plugin-load-add=server_audit", "--server-audit-output-type=file", "--server-audit-events=CONNECT,QUERY",
                    f"--server-audit-file-path={self.log_folder}/server_audit.log"]
        self.child = Child(self.run, "mariadb", [
            self.server, "--no-defaults", f"--datadir={self.home}/data", f"--socket={self.socket}", f"--port={self.port}",
            "--bind-address=127.0.0.1", f"--pid-file={self.home}/pid", f"--tmpdir={self.home}", *TUNING, *log], user=self.user)

    def client(self, *more):
        return [find("mariadb", "mysql"), "--no-defaults", "--protocol=socket", f"--socket={self.socket}",
                "--default-character-set=utf8mb4", *more]

    def answers(self):
        return os.path.exists(self.socket) and subprocess.run(
            self.client("-e", "SELECT 1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def load(self, base):
        self.wait()
        steps = [f"CREATE DATABASE {self.name}; CREATE DATABASE {self.other};",
                 "SET foreign_key_checks = 0; SET unique_checks = 0;"]
        steps += self.fill(self.name, SERVER_SCHEMA, base.tables()) + [INDEXES]
        steps += self.fill(self.other, SUPPLIERS_SCHEMA, base.suppliers(self.seed))
        steps += [f"{statement};" for statement in self.accounts()]
        self.script("\n".join(steps), "--local-infile=1")

    def fill(self, database, schema, tables):
        steps = [f"USE {database};", schema.format(**WORDS)]
        for table, rows in tables:
            path = os.path.join(self.run, "tmp", f"{database}.{table}.tsv")
            with open(path, "wb") as out:
                out.write(tab_separated(rows))
            steps.append(f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table} CHARACTER SET utf8mb4;")
        return steps

    def script(self, text, *more):
        done = subprocess.run(self.client(*more), input=text.encode(), capture_output=True)
        for name in os.listdir(os.path.join(self.run, "tmp")):
            if name.endswith(".tsv"):
                os.remove(os.path.join(self.run, "tmp", name))
        if done.returncode:
            raise RuntimeError("MariaDB refused: " + done.stderr.decode(errors="replace")[-400:])

    # -- accounts ---------------------------------------------------------------

    def who(self):
        return f"'{self.account}'@'{self.from_host}'"

    def grants(self):
        if self.role == "needed":
            return [f"GRANT {rights} ON {self.name}.{table} TO {self.who()}" for table, rights in NEEDED.items()]
        if self.role == "all":
            return [f"GRANT ALL PRIVILEGES ON *.* TO {self.who()}"]
        more = {"both": [f"GRANT SELECT ON {self.other}.* TO {self.who()}"],
                "columns": [f"GRANT SELECT ({', '.join(SUPPLIERS_SHOWN)}) ON {self.other}.contacts TO {self.who()}"]}
        return [f"GRANT ALL PRIVILEGES ON {self.name}.* TO {self.who()}", *more.get(self.role, [])]

    def accounts(self):
        keeper = f"'{self.keeper}'@'127.0.0.1'"
        return [f"CREATE USER {self.who()} IDENTIFIED BY '{self.password}'", *self.grants(),
                f"CREATE USER {keeper} IDENTIFIED BY '{self.keeper_password}'",
                f"GRANT ALL PRIVILEGES ON *.* TO {keeper} WITH GRANT OPTION"]

    def reach(self):
        mine = [t for t, rights in NEEDED.items() if self.role != "needed" or "SELECT" in rights]
        others = SUPPLIERS_TABLES if self.role in ("both", "all") else []
        shown = {"contacts": SUPPLIERS_SHOWN} if self.role == "columns" else {}
        return {
            "account": self.account, "from_host": self.from_host, "role": self.role, "grants": self.grants(),
            "scope": "part" if self.role == "needed" else "entire",
            "server_scope": "entire" if others else "part",
            "powers": ["FILE", "SUPER"] if self.role == "all" else [],
            "databases": [
                {"name": self.name, "scope": "part" if self.role == "needed" else "entire", "tables": sorted(TABLES),
                 "readable": sorted(mine), "rows": self.count(self.name, TABLES)},
                {"name": self.other, "scope": "entire" if others else "part" if shown else "none",
                 "visible": bool(others or shown), "tables": sorted(SUPPLIERS_TABLES), "readable": sorted(others), "partial": shown,
                 "rows": self.count(self.other, SUPPLIERS_TABLES)},
            ]}

    def count(self, database, tables):
        sql = " UNION ALL ".join(f"SELECT '{t}', count(*) FROM {database}.{t}" for t in tables)
        return {table: int(rows) for table, rows in self.query(sql)}

    # -- asking -------------------------------------------------------------------

    def query(self, sql, database=None):
        return self.ask(self.client(), sql, database or self.name)

    def connect(self):
        return ShopAccount(self)

    def ask(self, client, sql, database, environment=None):
        done = subprocess.run([*client, "--batch", "--skip-column-names", "-e", sql, database], capture_output=True,
                              env={**process.ENVIRONMENT, **(environment or {})})
        if done.returncode:
            raise RuntimeError("MariaDB refused: " + done.stderr.decode(errors="replace")[-400:])
        return [[None if v == "NULL" else unescape(v) for v in line.split("\t")]
                for line in done.stdout.decode().split("\n")[:-1]]

    def dump(self, folder):
        path = os.path.join(folder, "shop.sql")
        with open(path, "wb") as out:
            subprocess.run([find("mariadb-dump", "mysqldump"), "--no-defaults", "--protocol=socket", f"--socket={self.socket}",
                            "--default-character-set=utf8mb4", "--single-transaction", self.name], stdout=out, check=True)
        return "shop.sql"

    # -- its own log --------------------------------------------------------------

    def begin_log(self):
        if self.log_on:
            audit = "SET GLOBAL server_audit_logging = 1;" if self.audits else ""
            self.script(f"SET GLOBAL slow_query_log = 1; SET GLOBAL general_log = 1; {audit}")

    def logs(self):
        if not self.log_on:
            return []
        names = ["mariadb.log", "mariadb-slow.log"] + (["server_audit.log"] if self.audits else [])
        return [p for p in (os.path.join(self.log_folder, n) for n in names) if os.path.exists(p)]

    def log_kinds(self):
        return [] if not self.log_on else ["general", "slow"] + (["server_audit"] if self.audits else [])

    def statements(self, path):
        name = os.path.basename(path)
        if name == "mariadb.log":
            yield from self.general(path)
        elif name == "server_audit.log":
            yield from self.audited(path)

    @staticmethod
    def general(path):
        offset, when, entry = 0, None, None
        with open(path, "rb") as log:
            for number, raw in enumerate(log, 1):
                text = raw.decode("utf-8", "replace").rstrip("\n")
                found = ENTRY.match(text)
                if found:
                    if entry:
                        yield tuple(entry)
                    when = moment(found.group(1), "%y%m%d %H:%M:%S") if found.group(1) else when
                    entry = [number, offset, when, found.group(2), found.group(4)] if found.group(3) in ("Query", "Execute") else None
                elif entry:
                    entry[4] += "\n" + text
                offset += len(raw)
        if entry:
            yield tuple(entry)

    @staticmethod
    def audited(path):
        offset = 0
        with open(path, "rb") as log:
            for number, raw in enumerate(log, 1):
                found = AUDITED.match(raw.decode("utf-8", "replace").rstrip("\n"))
                if found and found.group(3) == "QUERY":
                    text = found.group(4).rsplit(",", 1)[0][1:-1].replace("\\'", "'")
                    yield number, offset, moment(found.group(1), "%Y%m%d %H:%M:%S"), found.group(2), text
                offset += len(raw)

    def stop(self):
        """By force: its directory goes with it."""
        if self.child:
            self.child.wait(0)
            self.child = None


class ShopAccount:
    """The shop's own view."""

    def __init__(self, server):
        self.server = server

    def query(self, sql, database=None):
        s = self.server
        client = [find("mariadb", "mysql"), "--no-defaults", "--protocol=tcp", "-h", s.host, "-P", str(s.port), "-u", s.account,
                  "--default-character-set=utf8mb4"]
        return s.ask(client, sql, database or s.name, {"MYSQL_PWD": s.password})


def unescape(value):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "0": "\0"}.get(m.group(1), m.group(1)), value)


def moment(text, form):
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc).isoformat()

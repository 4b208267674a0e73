"""Error rates of `assay reach --connect`: what it says an account can read, beside what that account can read when it tries.

Each trial is an account on a real MariaDB or PostgreSQL with rights drawn at random, in a tree of its own that holds the account's
password as an application would keep it. The oracle is the server's own client, logged in as that account, that selects every column of
every table and counts rows, against what the server's administrator counts. Two questions, each yes or no: does the account read
anything of its database; does it read the whole of it? For "the whole" an answer "cannot be known from here" is a miss, never a yes."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

from . import tool

RANGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "range")
COLUMNS = ("id", "email", "note")
QUESTIONS = ("readable", "entire")
ROWS = 3

FORMS = {
    ".env": "DB_CONNECTION={scheme}\nDB_HOST={host}\nDB_PORT={port}\nDB_DATABASE={name}\nDB_USERNAME={account}\nDB_PASSWORD={password}\n",
    "config.php": "<?php\nreturn new PDO('{pdo}:host={host};port={port};dbname={name}', '{account}', '{password}');\n",
    "settings.ini": "[db]\nurl = {url}://{account}:{password}@{host}:{port}/{name}\n",
}


def servers():
    """The range's own servers; imported late, since the range is a program beside this one."""
    sys.path.insert(0, RANGE)
    from reenact.servers import DATABASES, make_run_directory, remove   # noqa: PLC0415
    return DATABASES, make_run_directory, remove


class Trials:
    """One server, many accounts."""

    def __init__(self, assay, kind, seed, count):
        self.assay, self.kind, self.count = assay, kind, count
        self.rng = random.Random(f"opened/{kind}/{seed}")
        self.results = []

    def run(self):
        databases, make_run_directory, remove = servers()
        run, home = make_run_directory(), tempfile.mkdtemp(prefix="opened-")
        self.server = databases[self.kind](run, self.rng, False)
        try:
            self.server.start()
            self.server.wait()
            for number in range(self.count):
                self.results.append(self.trial(number, home))
        finally:
            self.server.stop()
            remove(run)
            shutil.rmtree(home, ignore_errors=True)
        return self.results

    def trial(self, number, home):
        rng = self.rng
        self.name, self.account = f"d{number}", f"a{number}"
        self.tables = [f"t{i}" for i in range(rng.randint(1, 6))]
        self.password = "%024x" % rng.getrandbits(96)
        self.plan = plan = rng.choice(self.plans())
        getattr(self, "make_" + self.kind)(plan)
        shown = self.password[::-1] if plan == "wrong password" else self.password
        truth = {"readable": False, "entire": False} if plan == "wrong password" else getattr(self, "ask_" + self.kind)()
        tree = os.path.join(home, f"tree{number}")
        os.mkdir(tree)
        form = rng.choice(sorted(FORMS))
        with open(os.path.join(tree, form), "w", encoding="ascii") as out:
            out.write(FORMS[form].format(
                scheme={"mariadb": "mysql", "postgresql": "pgsql"}[self.kind], pdo={"mariadb": "mysql", "postgresql": "pgsql"}[self.kind],
                url={"mariadb": "mysql", "postgresql": "postgresql"}[self.kind], host=self.server.host, port=self.server.port,
                name=self.name, account=self.account, password=shown))
        said = self.said(tool.run(self.assay, "reach", tree, "--connect", "--json", "--max-rows", "0"))
        self.clean(plan)
        shutil.rmtree(tree)
        return {"kind": self.kind, "plan": plan, "form": form, "truth": truth, "said": said}

    def said(self, records):
        """As src/judge/opened.c reads it."""
        for record in records:
            if record.get("class") == "account" and record.get("credential"):
                here = [d["scope"] for d in record.get("databases", []) if d["name"] == self.name]
                scope = here[0] if here else "unknown"
                connected = record["status"] == "connected"
                return {"status": record["status"], "readable": connected and bool(record.get("counted")),
                        "entire": connected and scope == "entire", "scope": scope}
        return {"status": "not found", "readable": False, "entire": False, "scope": None}

    def plans(self):
        common = ["none", "wrong password", "whole", "whole", "each table", "some tables", "write only", "some columns", "all columns",
                  "by role", "one missing", "another database"]
        # two in five read nothing: a false yes is what must be known best
        nothing = ["none", "wrong password", "write only"] * 2
        return common + nothing + (["wildcard", "global", "anybody's database"] if self.kind == "mariadb" else
                                   ["no connect", "no connect", "no schema", "no schema", "row security", "owner", "superuser", "all data",
                                    "role not inherited"])

    def some(self):
        return self.rng.sample(self.tables, self.rng.randint(1, len(self.tables)))

    # -- MariaDB --

    def make_mariadb(self, plan):
        d, who = self.name, f"'{self.account}'@'{self.rng.choice(['127.0.0.1', '%'])}'"
        self.who = who
        steps = [f"CREATE DATABASE {d}", f"CREATE DATABASE {d}_other", f"CREATE TABLE {d}_other.o (id INT)", f"INSERT INTO {d}_other.o VALUES (1)"]
        for t in self.tables:
            steps += [f"CREATE TABLE {d}.{t} (id INT PRIMARY KEY, email TEXT, note TEXT)",
                      f"INSERT INTO {d}.{t} VALUES " + ", ".join(f"({i}, 'a{i}@b.zz', 'n')" for i in range(ROWS))]
        steps.append(f"CREATE USER {who} IDENTIFIED BY '{self.password}'")
        grants = {
            "whole": [f"GRANT SELECT ON {d}.* TO {who}"],
            "wrong password": [f"GRANT ALL ON {d}.* TO {who}"],
            "each table": [f"GRANT SELECT ON {d}.{t} TO {who}" for t in self.tables],
            "some tables": [f"GRANT SELECT ON {d}.{t} TO {who}" for t in self.some()],
            "one missing": [f"GRANT SELECT, INSERT ON {d}.{t} TO {who}" for t in self.tables[1:]],
            "write only": [f"GRANT INSERT, CREATE ON {d}.* TO {who}"],
            "some columns": [f"GRANT SELECT (id, note) ON {d}.{t} TO {who}" for t in self.some()],
            "all columns": [f"GRANT SELECT (id, email, note) ON {d}.{t} TO {who}" for t in self.tables],
            "by role": [f"CREATE ROLE r{d}", f"GRANT SELECT ON {d}.* TO r{d}", f"GRANT r{d} TO {who}", f"SET DEFAULT ROLE r{d} FOR {who}"],
            "another database": [f"GRANT SELECT ON {d}_other.* TO {who}"],
            "wildcard": [f"GRANT SELECT ON `{d[:-1]}_`.* TO {who}"],
            "global": [f"GRANT SELECT ON *.* TO {who}"],
            "anybody's database": [f"GRANT ALL ON `{d}%`.* TO {who} WITH GRANT OPTION"],
        }
        self.server.script(";\n".join(steps + grants.get(plan, [])) + ";")

    def ask_mariadb(self):
        sql = [f"SELECT 'whole', '{t}', COUNT(*) FROM (SELECT id, email, note FROM {self.name}.{t}) x;" for t in self.tables]
        sql += [f"SELECT 'part', '{t}', COUNT(*) FROM (SELECT {c} FROM {self.name}.{t}) x;" for t in self.tables for c in COLUMNS]
        sql += [f"SELECT 'other', 'o', COUNT(*) FROM {self.name}_other.o;"]
        client = [self.server.client()[0], "--no-defaults", "--protocol=tcp", "-h", self.server.host, "-P", str(self.server.port), "-u", self.account,
                  "--batch", "--skip-column-names", "--force"]
        return self.answers(client, "\n".join(sql), {"MYSQL_PWD": self.password}, "\t")

    # -- PostgreSQL --

    def make_postgresql(self, plan):
        d, a = self.name, self.account
        more = {"superuser": "SUPERUSER", "role not inherited": "NOINHERIT"}.get(plan, "")
        before = [f"CREATE ROLE {a} LOGIN {more} PASSWORD '{self.password}'", f"CREATE DATABASE {d}", f"CREATE DATABASE {d}_other"]
        owner = [f"SET ROLE {a}"] if plan == "owner" else []
        steps = ([f"GRANT CREATE ON SCHEMA public TO {a}"] if plan == "owner" else []) + owner
        for t in self.tables:
            steps += [f"CREATE TABLE {t} (id INT PRIMARY KEY, email TEXT, note TEXT)",
                      f"INSERT INTO {t} VALUES " + ", ".join(f"({i}, 'a{i}@b.zz', 'n')" for i in range(ROWS))]
        grants = {
            "whole": [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {a}"],
            "wrong password": [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {a}"],
            "each table": [f"GRANT SELECT ON {t} TO {a}" for t in self.tables],
            "some tables": [f"GRANT SELECT ON {t} TO {a}" for t in self.some()],
            "one missing": [f"GRANT SELECT, INSERT ON {t} TO {a}" for t in self.tables[1:]],
            "write only": [f"GRANT INSERT ON ALL TABLES IN SCHEMA public TO {a}"],
            "some columns": [f"GRANT SELECT (id, note) ON {t} TO {a}" for t in self.some()],
            "all columns": [f"GRANT SELECT (id, email, note) ON {t} TO {a}" for t in self.tables],
            "by role": [f"CREATE ROLE r{d}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO r{d}", f"GRANT r{d} TO {a}"],
            "role not inherited": [f"CREATE ROLE r{d}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO r{d}", f"GRANT r{d} TO {a}"],
            "no connect": [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {a}", f"REVOKE CONNECT ON DATABASE {d} FROM PUBLIC"],
            "no schema": [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {a}", "REVOKE ALL ON SCHEMA public FROM PUBLIC"],
            "row security": [f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {a}", f"ALTER TABLE {self.tables[0]} ENABLE ROW LEVEL SECURITY",
                             f"CREATE POLICY p ON {self.tables[0]} TO {a} USING (id = 1)"],
            "all data": [f"GRANT pg_read_all_data TO {a}"],
        }
        self.server.script(";\n".join(before) + ";", "postgres")
        self.server.script(";\n".join(steps + grants.get(plan, [])) + ";", d)
        if plan == "another database":
            self.server.script(f"CREATE TABLE o (id INT); INSERT INTO o VALUES (1); GRANT SELECT ON o TO {a};", f"{d}_other")

    def ask_postgresql(self):
        sql = [f"SELECT 'whole', '{t}', COUNT(*) FROM (SELECT id, email, note FROM {t}) x;" for t in self.tables]
        sql += [f"SELECT 'part', '{t}', COUNT(*) FROM (SELECT {c} FROM {t}) x;" for t in self.tables for c in COLUMNS]
        if self.plan == "role not inherited":      # it takes one statement more, and nobody's leave
            sql.insert(0, f"SET ROLE r{self.name};")
        psql = self.server.client("psql")[0]
        client = [psql, "-X", "-q", "-A", "-t", "-F", "\t", "-h", self.server.host, "-p", str(self.server.port), "-U", self.account, self.name]
        here = self.answers(client, "\n".join(sql), {"PGPASSWORD": self.password}, "\t")
        if not here["readable"]:
            there = self.answers(client[:-1] + [self.name + "_other"], "SELECT 'other', 'o', COUNT(*) FROM o;", {"PGPASSWORD": self.password}, "\t")
            here["readable"] = there["readable"]
        return here

    # -- both --

    def answers(self, client, sql, environment, mark):
        done = subprocess.run(client, input=sql.encode(), capture_output=True, check=False, timeout=60,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment})
        seen = [line.split(mark) for line in done.stdout.decode().split("\n") if line.count(mark) == 2]
        whole = {t for what, t, n in seen if what == "whole" and int(n) == ROWS}
        return {"readable": any(int(n) > 0 for _, _, n in seen), "entire": whole == set(self.tables)}

    def clean(self, plan):
        d = self.name
        if self.kind == "mariadb":
            role = f"DROP ROLE r{d};" if plan == "by role" else ""
            self.server.script(f"DROP USER {self.who}; {role} DROP DATABASE {d}; DROP DATABASE {d}_other;")
        else:
            role = f"DROP ROLE r{d};" if plan in ("by role", "role not inherited") else ""
            self.server.script(f"DROP DATABASE {d} WITH (FORCE); DROP DATABASE {d}_other WITH (FORCE); DROP ROLE {self.account}; {role}", "postgres")


def job(arguments):
    return Trials(*arguments).run()


def measure(assay, count, seed, processes, say):
    """count accounts on each server, in lots."""
    lots = [(assay, kind, f"{seed}/{lot}", min(100, count - lot)) for lot in range(0, count, 100) for kind in ("mariadb", "postgresql")]
    results = [r for lot in tool.each(job, lots, processes, say, 2) for r in lot]
    return results


def tally(results):
    counts = {"accounts": len(results), "wrong": {}, "classes": {}}
    for question in QUESTIONS:
        yes = [r for r in results if r["truth"][question]]
        no = [r for r in results if not r["truth"][question]]
        false = sum(r["said"][question] for r in no)
        counts["classes"][question] = {"recall": [sum(r["said"][question] for r in yes), len(yes)], "false_accounts": [false, len(no)],
                                       "false_runs": [false, len(no)]}
        counts["wrong"][question] = dict(Counter(f"{r['kind']}: {r['plan']}" for r in results if r["said"][question] != r["truth"][question]))
    counts["found"] = [sum(r["said"]["status"] != "not found" for r in results), len(results)]
    return counts

#!/usr/bin/env python3
"""Re-enacts one world: a shop, its visitors, and an intrusion or only a claim of one.

usage: range.py --seed N --world true|false --out DIR [--customers 50000] [--visitors 60] [--pace 0] [--quiet]
       [--web nginx|apache|any] [--db sqlite|mariadb|postgresql|any] [--db-log on|off|any] [--then COMMAND]

Leaves DIR/evidence (what the parties could hand over) and DIR/truth.json (what really
happened, never shown to an engine). See README.md."""

import argparse
import base64
import gzip
import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from email.utils import formatdate

from reenact import adminer, leak, settings, statements
from reenact.database import TABLES, BaseDatabase
from reenact.images import jpeg, png
from reenact.interface import reads
from reenact.intruder import Administrator, Intruder, Plan, above
from reenact.servers import DATABASES, WEB, Missing, Servers, make_run_directory, remove
from reenact.specimen import VARIANTS, Specimen, template
from reenact.truth import LogLines
from reenact.visitors import Addresses, Crowd
from reenact.web import Browser

HERE = os.path.dirname(os.path.abspath(__file__))


class Range:
    def __init__(self, options):
        self.options = options
        self.true = options.world == "true"
        self.sent = []
        self.run = self.servers = None
        self.addresses = Addresses(self.stream("addresses"))

    def stream(self, name):
        """A stream of chance of its own, so that a change in one part moves no other."""
        return random.Random(f"{self.options.seed}/{name}")

    def choose(self, name, values):
        """What an option says, or what the seed says when it is "any"."""
        value = getattr(self.options, name)
        return self.stream(name).choice(values) if value == "any" else value

    def record(self, request):
        """Every request as it was sent and answered, and how long the database's log was afterwards."""
        if not self.servers.web.counts_chunks:
            request["body_bytes"] = request["content_bytes"]
        request["marks"] = self.servers.database.mark()
        self.sent.append(request)

    def say(self, text):
        if not self.options.quiet and sys.stderr.isatty():
            print(f"range: {text}", file=sys.stderr)

    # -- before anybody comes -------------------------------------------------

    def deploy(self):
        """The web root as the shop's people put it there, some time ago."""
        rng, www = self.stream("files"), os.path.join(self.run, "site/www")
        shutil.copytree(os.path.join(HERE, "shop"), www, dirs_exist_ok=True)
        settings.write(www, self.servers.database)
        self.picture("favicon.png", png(rng, 4, 8))
        for i in range(1, 13):
            self.picture(f"img/p{i:02d}.png", png(rng, 8, 20))
        deployed = self.base.close - rng.randrange(200, 900) * 86400 + rng.randrange(9 * 3600, 17 * 3600)
        self.modified = {}
        for folder, dirs, files in os.walk(www, topdown=False):
            os.chmod(folder, 0o755)
            for name in files:
                path = os.path.join(folder, name)
                when = deployed + rng.choice((0, 0, 0, 1, 2)) * 40 * 86400 + rng.randrange(90)
                os.chmod(path, 0o644)
                os.utime(path, (when, when))
                self.modified["/" + os.path.relpath(path, www)] = formatdate(when, usegmt=True)
        self.old_avatars(rng, deployed)
        if not self.true:
            self.deploy_admin(deployed)

    def picture(self, name, data):
        path = os.path.join(self.run, "site/www", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)

    def old_avatars(self, rng, deployed):
        os.makedirs(os.path.join(self.run, "site/www/uploads"), exist_ok=True)
        for customer in rng.sample(self.base.customers, 12):
            kind, make = rng.choice((("png", png), ("jpg", jpeg)))
            name = f"uploads/{customer[0]}-{rng.choice(('me', 'portrait', 'img_1180'))}.{kind}"
            self.picture(name, make(rng))
            when = deployed + rng.randrange(self.base.close - deployed)
            os.utime(os.path.join(self.run, "site/www", name), (when, when))

    def deploy_admin(self, deployed):
        """The twin world's administrator keeps an Adminer of their own behind a password."""
        folder = os.path.join(self.run, "site/www/admin")
        os.mkdir(folder)
        build = self.stream("admin").choice(["full", "english", "german"])
        self.adminer = adminer.build(build, self.run)
        login = template("login").replace("@GUARD@\n", "// nginx has asked for the name and the password\n")
        for name, data in (("adminer.php", self.adminer), ("index.php", login.replace("@ADMINER@", "adminer.php").encode())):
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
            os.utime(os.path.join(folder, name), (deployed + 86400, deployed + 86400))
        self.password = secrets.token_hex(16)
        with open(os.path.join(self.run, "htpasswd"), "w") as out:
            out.write(self.servers.web.password_line("mara", self.password))

    def prepare(self):
        self.run = make_run_directory()
        self.servers = Servers(self.run, not self.true, self.choose("web", list(WEB)), self.choose("db", list(DATABASES)),
                               self.choose("db_log", ["on", "off"]) == "on", self.stream("servers"))
        self.servers.start_database()
        self.say("making the shop's database")
        self.base = BaseDatabase(self.stream("database"), self.options.customers, int(time.time()))
        self.base.make_real(5)
        self.servers.database.load(self.base)
        self.background = leak.Background(self.stream("background"), self.base)
        self.deploy()

    # -- the hours that matter, in seconds ------------------------------------

    def cast(self, port):
        """The visitors in three groups, and the one the story is about."""
        rng = self.stream("visitors")
        crowd = Crowd(rng, self.addresses, port, self.record, self.base.people, self.base.accounts, self.modified)
        count = self.options.visitors
        # with the intruder four new accounts: five within a minute would look like a burst of made-up ones
        kinds = ["register"] * min(3, max(2, count // 12)) + ["login"] * min(5, count // 12) + ["look"] * count
        kinds = kinds[:count]
        rng.shuffle(kinds)
        shoppers = [crowd.shopper(kind) for kind in kinds]
        half, most = count // 2, count * 4 // 5
        first = shoppers[:half] + [crowd.scanner(), crowd.crawler()]
        second = shoppers[half:most] + [crowd.monitor()]
        third = shoppers[most:] + [crowd.scanner()]
        return first, second, third, self.make_intruder(port) if self.true else self.make_administrator(port)

    def make_intruder(self, port):
        rng = self.stream("intruder")
        plan = Plan(rng, VARIANTS)
        self.adminer = adminer.build(plan.build, self.run)
        version = adminer.version_of(self.adminer)
        if plan.strips_header:
            self.adminer = adminer.without_header(self.adminer)
        specimen = Specimen(plan.variant, plan.prefix, plan.leftovers)
        return Intruder(rng, plan, specimen, self.adminer, version, self.addresses, port,
                        self.record, self.base.people.draw(1)[0])

    def make_administrator(self, port):
        browser = Browser(port, self.addresses.next(), "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                          self.record)
        proof = "Basic " + base64.b64encode(f"mara:{self.password}".encode()).decode()
        return Administrator(self.stream("administrator"), browser, adminer.version_of(self.adminer), "mara", proof)

    def play(self, actors, main=None, rotate=None):
        """One request at a time, actors in random order, until all have left."""
        rng = self.stream(f"order{len(self.sent)}")
        actors = list(actors)
        while actors or main:
            if main and (not actors or rng.random() < 0.25):
                try:
                    point = next(main)
                except StopIteration:
                    main = None
                    continue
                if point == "in" and rotate:
                    rotate()
                if point and self.options.pace:
                    time.sleep(self.options.pace)
            else:
                actor = rng.choice(actors)
                try:
                    next(actor)
                except StopIteration:
                    actors.remove(actor)

    def perform(self):
        servers = self.servers
        servers.database.begin_log()
        first, second, third, main = self.cast(servers.port)
        self.main = main
        self.rotated = main.plan.rotate if self.true else main.rotate
        self.say("visitors come")
        self.play(first)
        if self.rotated == "before":
            servers.rotate()
        self.say("the intruder comes" if self.true else "the administrator comes")
        self.play(second, main.play(), servers.rotate if self.rotated == "during" else None)
        if self.rotated == "after":
            servers.rotate()
        self.play(third)

    # -- what is left ---------------------------------------------------------

    def collect(self):
        out = self.options.out
        self.evidence = os.path.join(out, "evidence")
        if os.path.exists(os.path.join(out, "truth.json")):        # an earlier run of ours
            shutil.rmtree(self.evidence, ignore_errors=True)
            os.remove(os.path.join(out, "truth.json"))
        os.makedirs(self.evidence)
        shutil.copytree(os.path.join(self.run, "site/www"), os.path.join(self.evidence, "www"), symlinks=True)
        shutil.copy(os.path.join(self.run, self.servers.web.config), self.evidence)
        if self.servers.web.kind == "apache":
            shutil.copy(os.path.join(self.run, "logs/error.log"), self.evidence)
        self.collect_database()
        self.background.write(self.evidence)
        files = []
        for name in ("access.log.1", "access.log"):
            path = os.path.join(self.run, "logs", name)
            if os.path.exists(path):
                with open(path, "rb") as log:
                    data = log.read()
                if name == "access.log":
                    shutil.copy2(path, self.evidence)
                    files.append((name, data))
                else:
                    self.pack_log(path, data)
                    files.append((name + ".gz", data))
        self.log = LogLines(files)
        self.sent = self.log.match(self.sent)

    def collect_database(self):
        """The server's own log as it is when the last visitor has gone; then what the shop's people dump."""
        database = self.servers.database
        database.settle()
        self.database_logs = {}
        for path in database.logs():
            os.makedirs(os.path.join(self.evidence, "db"), exist_ok=True)
            shutil.copy2(path, os.path.join(self.evidence, "db"))
            self.database_logs[os.path.basename(path)] = path
        self.statements = self.dump_statements()
        database.dump(self.evidence)
        self.reach = database.reach()

    def dump_statements(self):
        """The statements in the database's log that took rows for an export: what came while the export was asked for."""
        spans, before = [], {}
        for request in self.sent:
            if request["tag"] in ("dump", "dump_more"):
                spans.append((before, request["marks"]))
            before = request["marks"]
        found = []
        for name, path in self.database_logs.items():
            for line, offset, when, connection, text in self.servers.database.statements(path):
                taken = reads(text, TABLES)
                if taken and any(first.get(name, 0) <= offset < last.get(name, 0) for first, last in spans):
                    found.append({"file": "db/" + name, "line": line, "offset": offset, "time": when, "connection": connection,
                                  "tables": taken, "text": text[:300]})
        return found

    def pack_log(self, path, data):
        target = os.path.join(self.evidence, "access.log.1.gz")
        with open(target, "wb") as out, gzip.GzipFile("access.log.1", "wb", 6, out, mtime=os.stat(path).st_mtime) as pack:
            pack.write(data)
        shutil.copystat(path, target)

    def make_leak(self):
        rng = self.stream("leak")
        header = leak.choose_header(rng)
        if self.true:
            data = next(body for tables, body, _ in self.main.exports if "customers" in tables)
            exported = leak.read_export(data, self.main.plan.form)
            used = {a["customer_id"] for a in self.base.accounts}
            rows = leak.cut(rng, exported, {c[0] for c in self.base.customers} - used)
            about = {"origin": "export", "rows": len(rows), "exported_rows": len(exported)}
        else:
            rows, about = self.background.stitch(rng, header)
            about["origin"] = "stitched"
        path = os.path.join(self.evidence, "leak.csv")
        leak.write_csv(path, header, rows)
        about.update(columns=dict(zip(header, leak.COLUMNS)), ids=[int(row[0]) for row in rows], sha256=digest_file(path))
        return about

    def tagged(self):
        """The first request of every kind that the story names."""
        first = {request["tag"]: shorter(request) for request in reversed(self.sent) if request["tag"]}
        if self.true:
            hits = (r for r in self.sent if r["target"].split("?")[0] == self.main.specimen.url and r["status"] == 200)
            first["first_hit"] = shorter(next(hits))
        return first

    def planted(self):
        """Every file of the intrusion: where it was, what it was, whether it is still there."""
        plan, specimen = self.main.plan, self.main.specimen
        tool = {"variant": plan.build, "version": self.main.version, "header": not plan.strips_header,
                "deleted": plan.deletes_adminer}
        plugin = specimen.login_plugin(plan.adminer)
        return {
            "shell": self.about_file(specimen.url[1:], specimen.bytes(), variant=plan.variant, prefix=plan.prefix, deleted=False),
            "adminer": self.about_file(plan.path(plan.adminer), self.adminer, **tool),
            "plugin": self.about_file(plan.path(plan.plugin), plugin, deleted=plan.deletes_adminer),
        }

    def about_file(self, path, data, deleted, **more):
        full = os.path.join(self.evidence, "www", path)
        there = os.path.exists(full)
        if there == deleted or (there and digest_file(full) != hashlib.sha256(data).hexdigest()):
            raise RuntimeError(f"{path} is not what it should be")
        return dict(more, path=path, url="/" + path, sha256=hashlib.sha256(data).hexdigest(), size=len(data), present=there,
                    mtime=int(os.stat(full).st_mtime) if there else None)

    def write_truth(self):
        begin, end = self.log.window()
        main, clients = self.main, self.main.clients()
        truth = {
            "seed": self.options.seed, "world": self.options.world, "customers": self.options.customers,
            "claims": {"entry": self.true, "use": self.true, "access": self.true, "taking": self.true,
                       "possession": self.true, "ransom": None},
            "window": {"from": statements.iso(begin), "to": statements.iso(end)},
            "log": {"requests": len(self.sent), "own_requests": self.log.own, "rotated": self.rotated,
                    "files": sorted({request["file"] for request in self.sent})},
            "servers": {"web": self.servers.web.kind, "database": self.servers.database.kind,
                        "database_version": self.servers.database.version, "database_log": self.servers.database.log_kinds(),
                        "config": self.servers.database.form},
            "reach": self.reach,
            "dump_statements": self.statements,
            "clients": clients,
            "requests": self.tagged(),
            "exports": [{"tables": tables, "format": main.plan.form if self.true else main.form, "content_bytes": len(body),
                         "sha256": hashlib.sha256(body).hexdigest()} for tables, body, _ in main.exports],
            "leak": self.make_leak(),
            "background": [{"rows": len(rows), "in_shop": shared}
                           for rows, shared in zip(self.background.sets, self.background.shared)],
            "all_requests_of_clients": [shorter(r) for r in self.sent if r["client"] in clients],
        }
        if self.true:
            truth["files"] = self.planted()
            truth["intruder_email"] = main.person[0]
        else:
            truth["files"] = {"adminer": self.about_file("admin/adminer.php", self.adminer, False, version=main.version)}
            truth["admin"] = {"remote_user": main.name, "database": above("admin")}
        statements.write(os.path.join(self.evidence, "statements.yaml"), begin, end + timedelta(seconds=1))
        truth["then"] = self.then()
        with open(os.path.join(self.options.out, "truth.json"), "w", encoding="utf-8") as out:
            json.dump(truth, out, indent=1, ensure_ascii=False)
            out.write("\n")

    def then(self):
        """What was asked for when the evidence is there and the database still answers."""
        if self.options.then is None:
            return None
        self.say("running the command")
        here = {"ASSAY_RANGE_OUT": os.path.abspath(self.options.out), "ASSAY_RANGE_EVIDENCE": os.path.abspath(self.evidence)}
        done = subprocess.run(["/bin/sh", "-c", self.options.then], stdin=subprocess.DEVNULL, env={**os.environ, **here})
        return {"command": self.options.then, "status": done.returncode}

    def go(self):
        try:
            self.prepare()
            with self.servers:
                self.perform()
                self.servers.stop_web()
                self.say("collecting the evidence")
                self.collect()
                self.write_truth()
        finally:
            if self.servers:
                self.servers.stop()
            if self.run:
                remove(self.run)


def shorter(request):
    return {k: request[k] for k in ("file", "line", "offset", "time", "client", "method", "target", "status", "body_bytes",
                                    "user_agent", "remote_user", "tag", "raw")}


def digest_file(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--world", choices=("true", "false"), required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--customers", type=int, default=50000)
    parser.add_argument("--visitors", type=int, default=60)
    parser.add_argument("--pace", type=float, default=0, help="seconds to wait between the main steps of the story")
    parser.add_argument("--web", choices=(*WEB, "any"), default="nginx")
    parser.add_argument("--db", choices=(*DATABASES, "any"), default="sqlite")
    parser.add_argument("--db-log", choices=("on", "off", "any"), default="off", help="the database server's own log")
    parser.add_argument("--then", metavar="COMMAND", help="run when the evidence is collected and the database still runs")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    if options.customers < 1000 or options.visitors < 1:
        parser.error("at least 1000 customers and one visitor")
    if os.path.exists(os.path.join(options.out, "evidence")) and not os.path.exists(os.path.join(options.out, "truth.json")):
        parser.error(f"{options.out}/evidence exists and is not ours")
    return options


def main():
    options = parse(sys.argv[1:])
    started = time.monotonic()
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        Range(options).go()
    except Missing as missing:
        sys.exit(f"range: {missing}")
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"range: {options.world} world, seed {options.seed}: {options.out}/evidence and {options.out}/truth.json "
          f"in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Re-enacts one world: a shop, its visitors, and an intrusion or only a claim of one.

usage: range.py --seed N --world true|false|planted --out DIR [--customers 50000|any] [--visitors 60|any] [--pace 0] [--quiet]
       [--tool adminer|adminer-dropped-several|shell|phpmyadmin|dump|any] [--manner clean|edits-logs|deletes|timestomps|any]
       [--leak true|diluted|stale|recycled|made-up|partner|any] [--admin adminer|phpmyadmin|none|any]
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

from reenact import adminer, dumper, exports, leak, phpmyadmin, settings, statements
from reenact.database import TABLES, BaseDatabase
from reenact.images import jpeg, png
from reenact.interface import reads
from reenact.intruder import Administrator, Intruder, Planter, above
from reenact.manners import LogEdit
from reenact.plan import ADMINS, DUDS, LEAKS, MANNERS, NEEDS, TOOLS, Choices, Impossible, Plan
from reenact.servers import DATABASES, WEB, Missing, Servers, make_run_directory, remove
from reenact.specimen import LOOKING, VARIANTS, Specimen, template
from reenact.truth import LogLines
from reenact.visitors import Addresses, Crowd
from reenact.web import Browser

HERE = os.path.dirname(os.path.abspath(__file__))


class Range:
    def __init__(self, options):
        self.options = options
        self.true = options.world == "true"
        self.intruded = options.world != "false"
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
        if request["tag"] in ("dump", "dump_more"):
            self.servers.database.settle()
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
        self.installed = {}
        if self.choices.tool == "phpmyadmin":
            self.deploy_phpmyadmin("phpmyadmin", deployed)
        if not self.intruded:
            self.deploy_admin(deployed)
        self.deployed = {os.path.relpath(os.path.join(folder, name), www) for folder, _, names in os.walk(www) for name in names}

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
        """The twin world's administrator keeps a tool of their own behind a password."""
        folder, tool = os.path.join(self.run, "site/www/admin"), self.choices.admin or "adminer"
        if tool == "none":
            return
        os.mkdir(folder)
        if tool == "adminer":
            self.deploy_adminer(folder, deployed)
        else:
            self.deploy_phpmyadmin("admin/phpmyadmin", deployed)
        self.password = secrets.token_hex(16)
        with open(os.path.join(self.run, "htpasswd"), "w") as out:
            out.write(self.servers.web.password_line("mara", self.password))

    def deploy_adminer(self, folder, deployed):
        self.adminer = adminer.build(self.stream("admin").choice(["full", "english", "german"]), self.run)
        asked = "// nginx has asked for the name and the password\n"
        if self.servers.database.kind == "sqlite":
            index = template("login").replace("@GUARD@\n", asked).replace("@ADMINER@", "adminer.php")
        else:
            index = f"<?php\n{asked}include __DIR__ . '/adminer.php';\n"
        for name, data in (("adminer.php", self.adminer), ("index.php", index.encode())):
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
            os.utime(os.path.join(folder, name), (deployed + 86400, deployed + 86400))

    def deploy_phpmyadmin(self, path, deployed):
        database = self.servers.database
        version = phpmyadmin.deploy(os.path.join(self.run, "site/www", path), database.host, database.port, deployed + 86400)
        self.installed["phpmyadmin"] = {"path": path + "/", "url": f"/{path}/", "version": version}

    def choose_database(self):
        """The kind of database: where an option asks for a tool that needs one, one of those."""
        asked = NEEDS.get(self.options.tool) or NEEDS.get(self.options.admin) or list(DATABASES)
        return self.choose("db", asked)

    def choose_number(self, name, least, most):
        """A number that an option says; with "any" the seed's, small ones as often as large ones."""
        value = getattr(self.options, name)
        return value if value != "any" else round(least * (most / least) ** self.stream(name).random())

    def prepare(self):
        self.run = make_run_directory()
        kind = self.choose_database()
        self.choices = Choices(self.options, kind, self.stream)
        self.customers, self.visitors = self.choose_number("customers", 200, 5000), self.choose_number("visitors", 12, 120)
        has_admin = not self.intruded and self.choices.admin != "none"
        self.servers = Servers(self.run, has_admin, self.choose("web", list(WEB)), kind,
                               self.choose("db_log", ["on", "off"]) == "on", self.stream("servers"))
        self.servers.start_database()
        self.say("making the shop's database")
        self.base = BaseDatabase(self.stream("database"), self.customers, int(time.time()))
        self.base.make_real(5)
        self.servers.database.load(self.base)
        self.background = leak.Background(self.stream("background"), self.base)
        self.deploy()

    # -- the hours that matter, in seconds ------------------------------------

    def cast(self, port):
        """The visitors in three groups, and the one the story is about."""
        rng = self.stream("visitors")
        crowd = Crowd(rng, self.addresses, port, self.record, self.base.people, self.base.accounts, self.modified)
        count = self.visitors
        # with the intruder four new accounts: five within a minute would look like a burst of made-up ones
        kinds = ["register"] * min(3, max(2, count // 12)) + ["login"] * min(5, count // 12) + ["look"] * count
        kinds = kinds[:count]
        rng.shuffle(kinds)
        shoppers = [crowd.shopper(kind) for kind in kinds]
        half, most = count // 2, count * 4 // 5
        first = shoppers[:half] + [crowd.scanner(), crowd.crawler()]
        second = shoppers[half:most] + [crowd.monitor()]
        third = shoppers[most:] + [crowd.scanner()]
        return first, second, third, self.make_intruder(port) if self.intruded else self.make_administrator(port)

    def make_intruder(self, port):
        rng, database = self.stream("intruder"), self.servers.database
        self.plan = plan = Plan(rng, VARIANTS, self.deployed)
        plan.adapt(self.choices, database, self.customers, self.neighbours())
        if not self.true:
            plan.disguise, plan.looks_at_picture = self.stream("dud").choice(DUDS), True
        looking = LOOKING + (["cat ../.env"] if database.settings_file == ".env" else [])
        door = dumper.door_of(database)
        specimen = Specimen(plan.variant, plan.prefix, plan.leftovers, looking=looking, touches=plan.touches,
                            later=[dump.command for dump in plan.dumps], reads=[(*door, query) for query, _ in plan.queries])
        make = Intruder if self.true else Planter
        return make(rng, plan, specimen, self.make_tools(plan, specimen), self.addresses, port, self.record,
                    self.base.people.draw(1)[0], database)

    def make_tools(self, plan, specimen):
        """What the intruder brings along to be dropped."""
        if not plan.tool.startswith("adminer"):
            return {}
        builds = {kind: adminer.build(kind, self.run) for kind in {plan.build, *(build for _, build in plan.extras)}}
        data = builds[plan.build]
        tools = {path: builds[build] for path, build in plan.extras}
        tools["version"] = adminer.version_of(data)
        tools[plan.path(plan.adminer)] = adminer.without_header(data) if plan.strips_header else data
        if plan.needs_plugin:
            tools[plan.path(plan.plugin)] = specimen.login_plugin(plan.adminer)
        return tools

    def neighbours(self):
        """For each folder one file that has always been there, whose time another may borrow."""
        rng, found = self.stream("neighbours"), {}
        for folder in ("uploads", "css", "js", "img", "."):
            files = sorted(path for path in self.deployed if os.path.dirname(path) == folder.replace(".", ""))
            found[folder] = rng.choice(files)
        return found

    def make_administrator(self, port):
        browser, tool = Browser(port, self.addresses.next(), "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                                self.record), self.choices.admin or "adminer"
        proof = "Basic " + base64.b64encode(f"mara:{self.password}".encode()).decode() if tool != "none" else None
        version = adminer.version_of(self.adminer) if tool == "adminer" else None
        return Administrator(self.stream("administrator"), browser, tool, version, "mara", proof, self.servers.database)

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
        self.rotated = main.plan.rotate if self.intruded else main.rotate
        self.say("visitors come")
        self.play(first)
        if self.rotated == "before":
            servers.rotate()
        self.say("the intruder comes" if self.intruded else "the administrator comes")
        self.play(second, main.play(), servers.rotate if self.rotated == "during" else None)
        self.edit = LogEdit(self.stream("edit")) if self.choices.manner == "edits-logs" else None
        if self.edit:
            self.edit.perform(self.run, servers.web, len(self.sent), set(main.clients()), main.words())
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
        self.collect_times()            # before anything is read: reading changes times
        shutil.copytree(os.path.join(self.run, "site/www"), os.path.join(self.evidence, "www"), symlinks=True)
        shutil.copy(os.path.join(self.run, self.servers.web.config), self.evidence)
        shutil.copy2(os.path.join(self.run, "logs/error.log"), self.evidence)
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
        self.sent = self.log.match(self.sent, self.edit.removed if self.edit else None)

    def collect_times(self):
        """A body file of the web server's logs and the web root, by stat(1), as who collects evidence on a live machine writes it."""
        logs = [os.path.join(self.run, "logs", name) for name in ("access.log", "access.log.1", "error.log")]
        told = subprocess.run(["find", *(path for path in logs if os.path.exists(path)), os.path.join(self.run, "site/www"), "-exec",
                               "stat", "-c", "0|%n|%i|%A|%u|%g|%s|%X|%Y|%Z|%W", "{}", "+"], check=True, capture_output=True)
        with open(os.path.join(self.evidence, "bodyfile"), "wb") as out:
            out.write(told.stdout)

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
            if request["tag"] in ("dump", "dump_more", "dump_made"):
                spans.append((before, request["marks"]))
            before = request["marks"]
        found = []
        for name, path in self.database_logs.items():
            opened = {}         # the tool's connections begin with the request; the shop's own may be older
            for line, offset, when, connection, text in self.servers.database.statements(path):
                opened.setdefault(connection, offset)
                taken = reads(text, TABLES)
                if taken and any(first.get(name, 0) <= opened[connection] <= offset < last.get(name, 0) for first, last in spans):
                    found.append({"file": "db/" + name, "line": line, "offset": offset, "time": when, "connection": connection,
                                  "tables": taken, "text": text[:300]})
        return found

    def pack_log(self, path, data):
        target = os.path.join(self.evidence, "access.log.1.gz")
        with open(target, "wb") as out, gzip.GzipFile("access.log.1", "wb", 6, out, mtime=os.stat(path).st_mtime) as pack:
            pack.write(data)
        shutil.copystat(path, target)

    def make_leak(self):
        """The sample that goes around, and the truth about it."""
        rng, kind = self.stream("leak"), self.choices.leak or ("true" if self.true else "recycled")
        header, true_rows = leak.choose_header(rng), None
        if kind in ("true", "diluted"):
            used = {a["customer_id"] for a in self.base.accounts}
            rows = leak.cut(rng, self.exported, {c[0] for c in self.base.customers} - used)
            about = {"origin": "export", "rows": len(rows), "exported_rows": len(self.exported)}
            if kind == "diluted":
                rows, true_rows = self.background.dilute(rng, rows)
                about["origin"] = "diluted"
        elif kind == "stale":
            state, date = leak.older_state(rng, self.base)
            rows = leak.cut(rng, state, {int(row[0]) for row in state})
            today = {tuple("" if value is None else str(value) for value in customer) for customer in self.base.customers}
            about = {"origin": "stale", "rows": len(rows), "state": date.replace(" ", "T") + "Z", "state_rows": len(state),
                     "unchanged": sum(tuple(row) in today for row in rows)}
        else:
            make = {"recycled": lambda r: self.background.stitch(r, header), "made-up": self.background.make_up,
                    "partner": self.background.partner}[kind]
            rows, about = make(rng)
            about["origin"] = {"recycled": "stitched"}.get(kind, kind)
        genuine = len(rows) if kind in ("true", "stale") else len(true_rows or [])
        path = os.path.join(self.evidence, "leak.csv")
        leak.write_csv(path, header, rows)
        about.update(columns=dict(zip(header, leak.COLUMNS)), ids=[int(row[0]) for row in rows], sha256=digest_file(path),
                     kind=kind, true_share=round(genuine / len(rows), 4))
        if true_rows is not None:
            about["true_rows"] = true_rows
        return about

    def tell_exports(self):
        """What was taken, by what it holds; and the customers in it, for the sample."""
        told, self.exported = [], []
        for tables, body, form in self.main.exports:
            found = exports.tables_of(body, form, tables, self.servers.database.kind)
            self.exported += leak.as_rows(found.get("customers", []))
            told.append({"tables": tables, "format": form, "content_bytes": len(body),
                         "rows": {table: len(found.get(table, [])) for table in tables}, "sha256": hashlib.sha256(body).hexdigest()})
        return told

    def tagged(self):
        """The first request of every kind that the story names."""
        first = {request["tag"]: shorter(request) for request in reversed(self.sent) if request["tag"]}
        if self.intruded:
            hits = (r for r in self.sent if r["target"].split("?")[0] == self.main.specimen.url and r["status"] == 200)
            first["first_hit"] = shorter(next(hits))
        return first

    def planted(self):
        """Every file of the intrusion: where it was, what it was, whether it is still there."""
        plan, main = self.plan, self.main
        about = {"shell": self.about_file(main.specimen.url[1:], main.specimen.bytes(), variant=plan.variant, prefix=plan.prefix,
                                          deleted=plan.deletes_shell)}
        if not self.true:
            return about
        gone, version = {"deleted": plan.deletes_adminer}, main.tools.get("version")
        for n, path in enumerate(plan.dropped(), 1):
            if plan.tool == "dump":
                body, form = next((body, form) for _, body, form in main.exports[n - 1:n])
                about["dump" if n == 1 else f"dump_{n}"] = self.about_file(path, body, format=form, **gone)
            elif path == plan.path(plan.adminer):
                about["adminer"] = self.about_file(path, main.tools[path], variant=plan.build, version=version,
                                                   header=not plan.strips_header, **gone)
            elif path == plan.path(plan.plugin):
                about["plugin"] = self.about_file(path, main.tools[path], **gone)
            else:
                about[f"adminer_{len(about)}"] = self.about_file(path, main.tools[path], variant=dict(plan.extras)[path],
                                                                 version=version, header=True, **gone)
        return about

    def tell_manner(self, files):
        """What the intruder did to what tells of them."""
        told = {"kind": self.choices.manner, "deleted": sorted(f["path"] for f in files.values() if not f["present"])}
        if self.edit:
            told["log"] = self.edit.told()
            told["log"]["requests"] = [shorter(r) for r in self.sent if r.get("removed")]
        if self.plan.touches:
            told["times"] = [{"path": f["path"], "shown": f["mtime"], "true": self.main.written[f["path"]]} for f in files.values()]
        return told

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
            "seed": self.options.seed, "world": self.options.world, "customers": self.customers, "visitors": self.visitors,
            "choices": {**self.choices.told(), "web": self.servers.web.kind, "db": self.servers.database.kind,
                        "db_log": bool(self.servers.database.log_kinds())},
            "claims": {"entry": self.intruded, "use": self.true, "access": self.true, "taking": self.true,
                       "possession": self.true and self.choices.leak in (None, "true", "diluted", "stale"), "ransom": None},
            "window": {"from": statements.iso(begin), "to": statements.iso(end)},
            "log": {"requests": len(self.log.lines), "sent": len(self.sent), "own_requests": self.log.own, "rotated": self.rotated,
                    "files": sorted({request["file"] for request in self.sent if request["file"]})},
            "servers": {"web": self.servers.web.kind, "database": self.servers.database.kind,
                        "database_version": self.servers.database.version, "database_log": self.servers.database.log_kinds(),
                        "config": self.servers.database.form},
            "reach": self.reach,
            "dump_statements": self.statements,
            "clients": clients,
            "requests": self.tagged(),
            "exports": self.tell_exports(),
            "leak": self.make_leak(),
            "background": [{"rows": len(rows), "in_shop": shared}
                           for rows, shared in zip(self.background.sets, self.background.shared)],
            "all_requests_of_clients": [shorter(r) for r in self.sent if r["client"] in clients],
        }
        truth["files"], truth["installed"] = {}, self.installed
        if self.intruded:
            truth["files"] = files = self.planted()
            truth["intruder_email"], truth["manner"] = main.person[0], self.tell_manner(files)
            forged = bool(self.plan.touches) or self.edit is not None
            truth["hidden"] = forged or not files["shell"]["present"]
            truth["complete"] = self.edit is None and all(f["present"] for f in files.values())
        else:
            if self.choices.admin in (None, "adminer"):
                truth["files"] = {"adminer": self.about_file("admin/adminer.php", self.adminer, False, version=main.version)}
            truth["admin"] = {"remote_user": main.name, "tool": self.choices.admin or "adminer",
                              "database": above("admin") if self.servers.database.kind == "sqlite" else self.servers.database.name}
            truth["hidden"], truth["complete"] = False, True
        extent = self.stream("extent").choice(["entire", None]) if any(self.choices.told().values()) else None
        truth["extent"] = extent or "part"
        statements.write(os.path.join(self.evidence, "statements.yaml"), begin, end + timedelta(seconds=1), truth["leak"]["rows"], extent)
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


def number_or_any(text):
    return text if text == "any" else int(text)


def digest_file(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--world", choices=("true", "false", "planted"), required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--customers", type=number_or_any, default=50000)
    parser.add_argument("--visitors", type=number_or_any, default=60)
    parser.add_argument("--pace", type=float, default=0, help="seconds to wait between the main steps of the story")
    parser.add_argument("--tool", choices=(*TOOLS, "any"), help="what the intruder reads the database with")
    parser.add_argument("--manner", choices=(*MANNERS, "any"), help="how the intruder leaves")
    parser.add_argument("--leak", choices=(*sorted({kind for kinds in LEAKS.values() for kind in kinds}), "any"))
    parser.add_argument("--admin", choices=(*ADMINS, "any"), help="the tool of the truthful administrator in the false world")
    parser.add_argument("--web", choices=(*WEB, "any"), default="nginx")
    parser.add_argument("--db", choices=(*DATABASES, "any"), default="sqlite")
    parser.add_argument("--db-log", choices=("on", "off", "any"), default="off", help="the database server's own log")
    parser.add_argument("--then", metavar="COMMAND", help="run when the evidence is collected and the database still runs")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    if options.customers != "any" and options.customers < 200 or options.visitors != "any" and options.visitors < 1:
        parser.error("at least 200 customers and one visitor")
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
    except Impossible as impossible:
        print(f"range: {impossible}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"range: {options.world} world, seed {options.seed}: {options.out}/evidence and {options.out}/truth.json "
          f"in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()

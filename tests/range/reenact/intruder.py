"""The intruder of the true world, and the administrator of the twin. Both are
generators like the visitors; what they yield names the point reached.

The intruder's way is always the same up to the shell: an account, a picture that is none, the settings read through
it. What follows is the plan's: Adminer, phpMyAdmin, the shell's own reading, or a dump by the database's client."""

import os
import re
import time

from .adminer import Adminer
from .dumper import door_of
from .phpmyadmin import PhpMyAdmin
from .web import Browser

HOST = r"(?:mysql|pgsql):host=([\w.]+);port=(\d+);dbname=(\w+)"


def above(folder):
    """How a script in this folder of the web root reaches the database beside the web root."""
    return "../" * (folder.count("/") + 1 if folder else 0) + "../shop.sqlite"


def credentials(text):
    """(host, port, database, account, password) as a person reads them in the shop's settings."""
    def constant(*names):
        for name in names:
            found = re.search(rf"^{name}=(\S+)$|define\(\s*'{name}',\s*'?([^')\s]+)", text, re.MULTILINE)
            if found:
                return found.group(1) or found.group(2)
        return None

    account = re.search(r"'db_user' => '([^']+)'", text)
    if account:
        host, port, name = re.search(HOST, text).groups()
        return host, int(port), name, account.group(1), re.search(r"'db_password' => '([^']+)'", text).group(1)
    host, _, port = constant("DB_HOST").partition(":")
    return (host, int(port or constant("DB_PORT")), constant("DB_DATABASE", "DB_NAME"), constant("DB_USERNAME", "DB_USER"),
            constant("DB_PASSWORD"))


def adminer_door(database, folder, account=None, password=None):
    """What somebody types into Adminer's form."""
    if database.kind == "sqlite":
        return "sqlite", "", "", "", above(folder)
    return (database.driver, f"{database.host}:{database.port}", account or database.account, password or database.password,
            database.name)


class Intruder:
    def __init__(self, rng, plan, specimen, tools, addresses, port, record, person, database):
        """tools: {path of the web root: bytes} of what may be dropped, and under "version" what version Adminer has."""
        self.rng, self.plan, self.specimen, self.tools = rng, plan, specimen, tools
        self.person, self.database = person, database
        self.seen = {}
        self.first = Browser(port, addresses.next(), "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", record)
        self.second = self.first
        if plan.second_address:
            self.second = Browser(port, addresses.next(), rng.choice(["python-requests/2.32.3", "curl/8.9.1", self.first.agent]), record)
        self.exports, self.written = [], {}

    def clients(self):
        return sorted({self.first.address, self.second.address})

    def words(self):
        """What the paths of the story have in them and no other path has."""
        names = [os.path.basename(path) for path in (self.specimen.url, *self.plan.dropped())]
        return names + (["phpmyadmin/"] if self.plan.tool == "phpmyadmin" else [])

    def play(self):
        yield from self.register()
        yield from self.upload()
        yield from self.use()
        yield from {"adminer": self.by_adminer, "adminer-dropped-several": self.by_adminer, "shell": self.by_shell,
                    "phpmyadmin": self.by_phpmyadmin, "dump": self.by_dump}[self.plan.tool]()
        yield from self.tidy()
        self.first.close()
        self.second.close()

    def register(self):
        b = self.first
        b.get("/", tag="arrival")
        yield
        b.get("/css/site.css", referer="/")
        yield
        csrf = b.get("/register.php", referer="/").hidden("csrf")
        yield
        email, phone, name, city = self.person
        b.post("/register.php", {"csrf": csrf, "email": email, "phone": phone or "", "full_name": name, "city": city or "",
                                 "password": "%016x" % self.rng.getrandbits(64)}, referer="/register.php", tag="register")
        yield
        self.csrf = b.get("/account.php", referer="/register.php").hidden("csrf")
        yield "registered"

    def upload(self):
        b = self.first
        b.get("/avatar.php", referer="/account.php")
        yield
        done = b.post("/avatar.php", {"csrf": self.csrf},
                      files={"picture": (self.plan.disguise, "image/jpeg", self.specimen.bytes())},
                      referer="/avatar.php", tag="upload")
        if done.headers.get("location") != "/account.php":
            raise RuntimeError("the shop refused the specimen")
        yield
        shown = b.get("/account.php", referer="/avatar.php").text
        self.specimen.url = "/uploads/" + shown.split('src="/uploads/')[1].split('"')[0]
        self.written[self.specimen.url[1:]] = int(time.time())
        yield
        if self.plan.looks_at_picture:      # what a browser does by itself: no token, so 404
            b.get(self.specimen.url, referer="/account.php", tag="probe")
            yield
        yield "uploaded"

    def use(self):
        tag = "first_use"
        for command in self.specimen.commands(self.rng):
            answer = self.specimen.run(self.second, command, tag=tag)
            self.seen[command] = answer.text
            tag = None
            if answer.status != 200:
                raise RuntimeError(f"the specimen answered {answer.status}")
            yield
        self.understand("\n".join(text for command, text in self.seen.items() if command.startswith("cat ")))
        yield "used"

    def understand(self, settings):
        """Everything later is done with what the shell showed."""
        database = self.database
        if database.kind == "sqlite":
            if "shop.sqlite" not in settings:
                raise RuntimeError("the specimen did not show config.php")
        elif credentials(settings) != (database.host, database.port, database.name, database.account, database.password):
            raise RuntimeError("the specimen did not show the credentials of the database")

    def put(self, path, tag=None):
        answer = self.specimen.write(self.second, path, self.tools[path], tag=tag)
        if not answer.text.removeprefix(self.plan.prefix).startswith("ok"):
            raise RuntimeError(f"the specimen did not write {path}")
        self.written[path] = int(time.time())

    # -- Adminer ---------------------------------------------------------------

    def by_adminer(self):
        yield from self.drop()
        yield from self.browse()
        for some in self.rounds():
            answer = self.tool.export(some, self.plan.form, tag=self.dump_tag(some))
            self.took(some, answer, self.plan.form)
            yield
        yield "taken"
        self.tool.logout()
        yield

    def rounds(self):
        """Several tables as CSV would come as one archive: taken one after the other, as people do."""
        return [self.plan.tables] if self.plan.form == "sql" else [[t] for t in self.plan.tables]

    @staticmethod
    def dump_tag(tables):
        return "dump" if "customers" in tables else "dump_more"

    def took(self, tables, answer, form):
        if answer.status != 200:
            raise RuntimeError(f"the export answered {answer.status}")
        self.exports.append((tables, answer.body, form))

    def drop(self):
        plan, b = self.plan, self.second
        self.put(plan.path(plan.adminer), "adminer_drop")
        yield "dropped"
        for path, _ in plan.extras:
            self.put(path, "adminer_drop_more")
            yield
            if self.rng.random() < 0.5:
                b.get("/" + path, tag="adminer_more_first")
                yield
        if not plan.needs_plugin:
            return
        if plan.tries_bare_adminer:         # learns that SQLite needs a login plugin
            bare = Adminer(b, "/" + plan.path(plan.adminer), adminer_door(self.database, plan.folder))
            bare.open(tag="adminer_first")
            yield
            if bare.login(tag="adminer_refused"):
                raise RuntimeError("Adminer let us in without a plugin")
            yield
        self.put(plan.path(plan.plugin), "plugin_drop")
        yield

    def browse(self):
        plan, b = self.plan, self.second
        if plan.needs_plugin:
            b.cookies["k"] = self.specimen.token
        url = "/" + plan.path(plan.plugin if plan.needs_plugin else plan.adminer)
        self.tool = tool = Adminer(b, url, adminer_door(self.database, plan.folder))
        tool.open(tag="tool_first")
        yield
        for _ in tool.dress(self.tools["version"]):
            yield
        if not tool.login(tag="login"):
            raise RuntimeError("Adminer did not let us in")
        yield "in"
        for query in ("script=db", "table=customers", "select=customers", "select=customers&page=1",
                      "select=orders", "table=orders"):
            tool.page(query)
            yield
        yield "browsed"

    # -- the shell alone ---------------------------------------------------------

    def by_shell(self):
        door = door_of(self.database)
        yield "in"
        for query, tables in self.plan.queries:
            answer = self.specimen.read(self.second, *door, query, tag=self.dump_tag(tables) if tables else None)
            if answer.status != 200:
                raise RuntimeError(f"the specimen answered {answer.status} to a query")
            body = answer.body.removeprefix(self.plan.prefix.encode())
            if tables:
                if self.plan.variant == "uploader":
                    body = body[:body.rindex(b"<form")]
                self.exports.append((tables, body, "csv"))
            yield
        yield "taken"

    # -- phpMyAdmin --------------------------------------------------------------

    def by_phpmyadmin(self):
        d = self.database
        tool = PhpMyAdmin(self.second, "/phpmyadmin/", d.account, d.password, d.name)
        tool.open(tag="tool_first")
        yield
        for _ in tool.dress():
            yield
        if not tool.login(tag="login"):
            raise RuntimeError("phpMyAdmin did not let us in")
        yield "in"
        yield from look_around(tool, d.name)
        for some in self.rounds():
            self.took(some, tool.export(some, self.plan.form, tag=self.dump_tag(some)), self.plan.form)
            yield
        yield "taken"
        tool.logout()
        yield

    # -- a dump ------------------------------------------------------------------

    def by_dump(self):
        b = self.second
        for dump in self.plan.dumps:
            answer = self.specimen.run(b, dump.command, tag="dump_made")
            self.written["uploads/" + dump.name] = int(time.time())
            if answer.status != 200:
                raise RuntimeError(f"the specimen answered {answer.status} to a dump")
            yield
        yield "in"
        if self.rng.random() < 0.5:
            self.specimen.run(b, "ls -la")
            yield
        for dump in self.plan.dumps:
            self.took(dump.tables, b.get("/uploads/" + dump.name, tag=self.dump_tag(dump.tables)), dump.form)
            yield
        yield "taken"

    # -- leaving -----------------------------------------------------------------

    def tidy(self):
        plan = self.plan
        if plan.touches:
            if self.specimen.run(self.second, self.specimen.touch, tag="touch").status != 200:
                raise RuntimeError("the specimen did not set the times")
            yield
        if plan.deletes_shell or plan.deletes_adminer and plan.leftovers:
            if self.specimen.run(self.second, self.specimen.tidy, tag="deletion").status != 200:
                raise RuntimeError("the specimen did not tidy up")
            yield
        if plan.deletes_shell and self.rng.random() < 0.5:
            self.second.get(self.specimen.url, tag="gone")
            yield
        yield "gone"


class Planter(Intruder):
    """Uploads a shell under a name that no server runs, sees its own source, and leaves: planted, never used."""

    def play(self):
        yield from self.register()
        yield from self.upload()
        self.first.close()
        self.second.close()


def look_around(tool, name):
    for route, more in (("/database/structure", {"db": name}), ("/sql", {"db": name, "table": "customers", "pos": 0}),
                        ("/table/structure", {"db": name, "table": "customers"}), ("/sql", {"db": name, "table": "orders", "pos": 0})):
        tool.page(route, **more)
        yield
    yield "browsed"


class Administrator:
    """Uses an Adminer or a phpMyAdmin that has always been there, with a name and a password the web server asks for."""

    def __init__(self, rng, browser, tool, version, name, authorization, database):
        self.rng, self.browser, self.tool, self.version = rng, browser, tool, version
        self.name, self.authorization, self.database = name, authorization, database
        self.tables = rng.choice([["customers"], ["orders"], ["products"], ["newsletter"], ["customers", "orders"]])
        self.form = "sql" if len(self.tables) > 1 else rng.choice(["csv", "sql"])
        self.rotate = rng.choice([None, "before", "during", "after"])
        self.exports = []

    def clients(self):
        return [self.browser.address] if self.tool != "none" else []

    def play(self):
        if self.tool == "none":
            yield "in"
            return
        b, url = self.browser, "/admin/phpmyadmin/" if self.tool == "phpmyadmin" else "/admin/"
        b.get(url, tag="arrival")             # the browser asks first and is told to sign in
        yield
        b.extra["Authorization"], b.user = self.authorization, self.name
        yield from self.by_phpmyadmin(url) if self.tool == "phpmyadmin" else self.by_adminer(url)
        yield "gone"
        b.close()

    def by_adminer(self, url):
        d = self.database
        tool = Adminer(self.browser, url, adminer_door(d, "admin", d.keeper, d.keeper_password))
        tool.open(tag="tool_first")
        yield
        for _ in tool.dress(self.version):
            yield
        if not tool.login(tag="login"):
            raise RuntimeError("Adminer did not let the administrator in")
        yield "in"
        for query in self.rng.sample(["select=orders", "table=orders", "select=products", "select=customers",
                                      "select=newsletter", "table=customers", "select=mail_queue"], 4):
            tool.page(query)
            yield
        yield "browsed"
        yield from self.export(tool)

    def by_phpmyadmin(self, url):
        d = self.database
        tool = PhpMyAdmin(self.browser, url, d.keeper, d.keeper_password, d.name)
        tool.open(tag="tool_first")
        yield
        for _ in tool.dress():
            yield
        if not tool.login(tag="login"):
            raise RuntimeError("phpMyAdmin did not let the administrator in")
        yield "in"
        yield from look_around(tool, d.name)
        yield from self.export(tool)

    def export(self, tool):
        answer = tool.export(self.tables, self.form, tag="dump")
        if answer.status != 200:
            raise RuntimeError(f"the export answered {answer.status}")
        self.exports.append((self.tables, answer.body, self.form))
        yield "taken"
        tool.logout()

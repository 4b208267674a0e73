"""Logs of many made-up web sites on which a script lies that no outsider ever used: false alarms of trace beyond one shop.

A log is drawn, not re-enacted: pages, visitors, crawlers, monitors, interfaces, posted forms, scanners that ask for well-known
names (and get what lies there, when the planted script bears such a name), sites that answer 200 to everything, an administrator
who signs in to the planted-looking tool, and the owner's staff looking at the file from inside. What shares of sites do what is
fixed here, before any result was seen. Nobody's real log."""

import functools
import os
import random
import sys
import tempfile
from datetime import datetime, timedelta, timezone

from . import tool
from .worlds import RANGE

sys.path.insert(0, os.path.dirname(RANGE))
from reenact import adminer                      # noqa: E402
from reenact.specimen import VARIANTS, Specimen  # noqa: E402

SHELL_NAMES = ["shell.php", "c99.php", "cmd.php", "up.php", "wso.php", "test.php", "x.php", "adminer.php", "db.php", "info.php"]
FOLDERS = ["/uploads/", "/wp-content/uploads/2026/02/", "/images/", "/files/", "/media/", "/tmp/", "/assets/img/", "/"]
PAGES = ["index.php", "product.php", "category.php", "search.php", "cart.php", "news.php", "forum/viewtopic.php", "blog/post.php",
         "contact.php", "login.php", "account.php", "api/items.php", "api/v2/orders.php", "wp-login.php", "wp-admin/admin-ajax.php",
         "download.php", "gallery.php", "feed.php", "calendar.php", "admin/report.php"]
ASSETS = ["css/site.css", "js/app.js", "img/logo.png", "img/hero.jpg", "favicon.ico", "fonts/a.woff2"]
BROWSERS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{0} like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1"]
SCANNERS = ["python-requests/2.31.0", "Go-http-client/1.1", "Mozilla/5.0 zgrab/0.x", "curl/8.5.0", "-"]
CRAWLERS = ["Mozilla/5.0 (compatible; Lanternbot/2.1; +https://search.lantern.zz/bot)", "Mozilla/5.0 (compatible; Owlbot/3.0)"]


class Site:
    def __init__(self, seed):
        self.seed = seed
        self.rng = rng = random.Random(f"site/{seed}")
        self.now = datetime(2026, 1, 5, tzinfo=timezone.utc) + timedelta(days=rng.randrange(60), seconds=rng.randrange(86400))
        self.hours = rng.choice([6, 24, 48, 24 * 7])
        self.visitors = rng.randint(20, 250)
        self.soft_404 = rng.random() < 0.05            # answers 200 to any address
        self.listing = rng.random() < 0.10             # folders can be browsed, so crawlers find what lies there
        self.rewrites = rng.random() < 0.3
        folder = rng.choice(FOLDERS)
        known = rng.random() < 0.3
        name = rng.choice(SHELL_NAMES) if known else f"{rng.randrange(10 ** 6)}-{rng.choice(['me', 'avatar', 'pic', 'doc'])}.php"
        self.planted = folder + name
        self.tool = rng.choice([None, None, "/phpmyadmin/index.php", "/adminer/index.php", "/tools/db.php"])
        self.asks_name = rng.random() < 0.5            # the server asks for a name and logs it; otherwise only the tool does
        self.staff = rng.random() < 0.15               # from a private address, after it was noticed
        self.lines = []
        self.new = []                                   # innocent scripts that came while the log ran (arrivals.py): (path, seconds)

    def address(self):
        return ".".join(str(self.rng.choice([5, 23, 45, 77, 91, 103, 151, 185, 198, 203])) if i == 0 else str(self.rng.randrange(1, 255))
                        for i in range(4))

    def put(self, when, who, method, path, status, size, agent, referer="-", user="-"):
        self.lines.append((when, f'{who} - {user} [{when:%d/%b/%Y:%H:%M:%S +0000}] "{method} {path} HTTP/1.1" {status} {size} "{referer}" "{agent}"'))

    def at(self):
        return self.now + timedelta(seconds=self.rng.random() * self.hours * 3600)

    def size(self, low=300, high=30000):
        return int(low * (high / low) ** self.rng.random())

    def answer(self, path):
        """What the server says to somebody who asks for this path without knowing what it is."""
        if path.split("?")[0] == self.planted:
            return 200, self.rng.choice([0, 0, 20, 31])        # a shell shows nothing to whoever has no password
        return (200, 5120) if self.soft_404 else (404, self.rng.choice([153, 196, 548]))

    def visitor(self):
        rng, who, when = self.rng, self.address(), self.at()
        agent = rng.choice(BROWSERS).format(rng.randrange(110, 135))
        page = "/"
        for _ in range(rng.randint(1, 14)):
            last, page = page, "/" + rng.choice(PAGES) + rng.choice(["", f"?id={rng.randrange(400)}", f"?page={rng.randrange(9)}&sort=new"])
            method = "POST" if rng.random() < 0.12 else "GET"
            self.put(when, who, method, page, rng.choice([200, 200, 200, 200, 302, 304]), self.size(), agent, last)
            when += timedelta(seconds=rng.randint(1, 90))
            for asset in rng.sample(ASSETS, rng.randint(0, 3)):
                self.put(when, who, "GET", "/" + asset, rng.choice([200, 304]), self.size(100, 90000), agent, page)
        if rng.random() < 0.02:     # a large download that is nobody's business
            self.put(when, who, "GET", "/download.php?file=catalogue.pdf", 200, rng.randrange(10 ** 6, 10 ** 8), agent, page)

    def scanner(self):
        rng, who, when, agent = self.rng, self.address(), self.at(), self.rng.choice(SCANNERS)
        wanted = [rng.choice(["/", "/uploads/", "/images/", "/wp-content/", "/tmp/"]) + n for n in rng.sample(SHELL_NAMES, rng.randint(2, 8))]
        wanted += rng.sample(["/.env", "/.git/config", "/wp-login.php", "/xmlrpc.php", "/phpinfo.php", "/backup.sql", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php"], 4)
        rng.shuffle(wanted)
        for path in wanted:
            status, size = self.answer(path)
            self.put(when, who, "POST" if rng.random() < 0.15 else "GET", path, status, size, agent)
            when += timedelta(seconds=rng.random() * 3)

    def crawler(self):
        rng, who, when, agent = self.rng, self.address(), self.at(), self.rng.choice(CRAWLERS)
        self.put(when, who, "GET", "/robots.txt", 200, 120, agent)
        for _ in range(rng.randint(10, 80)):
            when += timedelta(seconds=rng.randint(1, 40))
            self.put(when, who, "GET", "/" + rng.choice(PAGES) + f"?id={rng.randrange(900)}", rng.choice([200, 200, 200, 404]), self.size(), agent)
        if self.listing:
            self.put(when, who, "GET", self.planted, *self.answer(self.planted), agent)

    def monitor(self):
        who, when = self.address(), self.now
        while when < self.now + timedelta(hours=self.hours):
            self.put(when, who, "HEAD", "/", 200, 0, "uptime-watch/1.4")
            when += timedelta(minutes=15)

    def administrator(self):
        rng, who, when = self.rng, self.address(), self.at()
        agent = rng.choice(BROWSERS).format(rng.randrange(110, 135))
        name = "admin" if self.asks_name else "-"
        if self.asks_name:
            self.put(when, who, "GET", self.tool, 401, 179, agent)
        for i in range(rng.randint(3, 40)):
            when += timedelta(seconds=rng.randint(1, 60))
            self.put(when, who, "POST" if rng.random() < 0.2 else "GET", self.tool + f"?username=root&db=site&select={rng.choice(['users', 'orders'])}", 200,
                     self.size(800, 20000), agent, self.tool, name)
        if rng.random() < 0.5:      # takes a copy home, as is their right
            self.put(when, who, "GET", self.tool + "?username=root&db=site&dump=", 200, 4200, agent, self.tool, name)
            self.put(when + timedelta(seconds=4), who, "POST", self.tool + "?username=root&db=site&dump=", 200, rng.randrange(10 ** 5, 10 ** 8), agent,
                     self.tool, name)

    def insider(self):
        """The owner's people look at what was found."""
        rng, when = self.rng, self.now + timedelta(hours=self.hours)
        who = f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        for _ in range(rng.randint(1, 12)):
            when += timedelta(seconds=rng.randint(1, 60))
            self.put(when, who, "GET", self.planted, 200, 0, "curl/8.5.0")

    def draw(self):
        for _ in range(self.visitors):
            self.visitor()
        for _ in range(self.rng.randint(0, 4)):
            self.scanner()
        for _ in range(self.rng.randint(0, 2)):
            self.crawler()
        if self.rng.random() < 0.5:
            self.monitor()
        if self.tool:
            self.administrator()
        if self.staff:
            self.insider()

    def write(self, path):
        self.lines.sort(key=lambda row: row[0])
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(line + "\n" for _, line in self.lines)

    def plant(self, root):
        """The tree to that log: the planted file, and the owner's own database tool."""
        specimen = Specimen(self.rng.choice(VARIANTS), "", ["a.php"])
        files = {self.planted: specimen.bytes(), "/index.php": b"<?php echo 'shop';\n"}
        if self.tool:
            files[self.tool] = database_tool()
        for path, data in files.items():
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            with open(root + path, "wb") as out:
                out.write(data)


@functools.lru_cache(maxsize=1)
def database_tool():
    with tempfile.TemporaryDirectory() as home:
        return adminer.build("full", home)


def site(job):
    assay, seed = job
    made = Site(seed)
    with tempfile.TemporaryDirectory(prefix="site-") as home:
        path, case, root = (os.path.join(home, n) for n in ("access.log", "case", "www"))
        made.draw()
        made.write(path)
        made.plant(root)
        try:
            tool.run(assay, "open", case, "--name", "site")
            tool.run(assay, "sweep", root, "--case", case, "--json")
            records = tool.run(assay, "trace", path, "--case", case, "--json")
        except tool.Failed as failure:
            return {"error": str(failure)}
    until = (made.now + timedelta(hours=made.hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    touched = any(f' {made.planted} ' in line for _, line in made.lines)
    return {"seed": seed, "clients": tool.summary(records)["clients"], "touched": touched,
            "followed": any(f.get("class_of_path") in tool.PLANTED for f in tool.findings(records)),
            "false": {name: len(tool.clients(records, name, until)) for name in tool.LOG_LABELS}}


def measure(assay, count, first_seed, processes, say):
    results = tool.each(site, [(assay, first_seed + i) for i in range(count)], processes, say, 100)
    failed = [r for r in results if "error" in r]
    if failed:
        say(f"{len(failed)} logs could not be read: {failed[0]['error']}")
    results = [r for r in results if "error" not in r]
    return {"logs": len(results), "touched": sum(r["touched"] for r in results), "followed": sum(r["followed"] for r in results), "clients": sum(r["clients"] for r in results),
            "false_sessions": {n: sum(r["false"][n] for r in results) for n in tool.LOG_LABELS},
            "false_logs": {n: sum(1 for r in results if r["false"][n]) for n in tool.LOG_LABELS}}

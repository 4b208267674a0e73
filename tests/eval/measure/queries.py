"""The database's own log of a drawn site (sites.py): what its pages ask for, and everything innocent that reads whole tables - backups every
night or once, an administrator's export, reports, indexers, a developer's own client - and, if wanted, an intruder's taking. What shares of
sites do what is fixed here, and was fixed before any result was seen; it is no census."""

from datetime import timedelta

# of all sites; several may happen to one
SHARES = {"nightly": .60, "weekly": .10, "once": .25, "report": .30, "indexer": .30, "developer": .15, "restarts": .10}
BACKUP_BY_SHOP = .4             # of backups go by the application's own account
ZONES = [0, 0, 0, 0, 0, 3600, 3600, 7200, -18000, 19800]
SKEWED = .3                     # of the machines' clocks differ by up to two minutes
TABLES = ["customers", "orders", "order_lines", "products", "categories", "settings", "sessions", "coupons"]
# what the intruder takes rows with; a condition that holds for every row is not seen through
WAYS = ["program", "program", "program", "tool", "tool", "tool", "select", "select", "walk", "condition"]
WITHOUT_LIMIT = .3              # of pages that a shop has one that reads a table whole, each time or hardly ever
LEFT = .02                      # dump into a file that they never fetch
LOOKS = .2                      # of intruders who take nothing look into the database all the same


class Queries:
    """Entries [(time by the web server's clock, connection, command, text)] of one database."""

    def __init__(self, site, rng):
        self.site, self.rng, self.entries, self.number = site, rng, [], 10
        self.postgresql = rng.random() < .5
        self.ahead = rng.choice(ZONES) + (rng.randint(-120, 120) if rng.random() < SKEWED else 0)
        self.local = rng.random() < .6
        self.shop = ("shop", "localhost" if self.local else "10.0.0.2")
        self.backup = self.shop if rng.random() < BACKUP_BY_SHOP else ("backup", rng.choice(["localhost", "10.0.0.9"]))
        self.end = site.now + timedelta(hours=site.hours)

    def session(self, when, who, statements, takes=0.0, application=None):
        """Statements of one connection, spread over so many seconds."""
        self.number += 1
        words = f"{who[0]}@{who[1]} on shop using TCP/IP" if not self.postgresql else application or ""
        rows = [("Connect", words), *(("Query", text) for text in statements), ("Quit", "")]
        for at, (command, text) in enumerate(rows):
            self.entries.append((when + timedelta(seconds=takes * at / (len(rows) - 1)), self.number, who, command, text))

    # ---- programs ----

    def dump(self, when, who, takes, tables=None):
        """mysqldump or pg_dump."""
        tables = tables or TABLES
        if self.postgresql:
            before = ["SET synchronize_seqscans TO off", "SET row_security = off", "BEGIN", *(f"LOCK TABLE public.{t} IN ACCESS SHARE MODE" for t in tables)]
            return self.session(when, who, before + [f"COPY public.{t} (id, name, changed) TO stdout;" for t in tables], takes, "pg_dump")
        before = ["SELECT LOGFILE_GROUP_NAME FROM INFORMATION_SCHEMA.FILES", "SAVEPOINT sp"]
        return self.session(when, who, before + [f"SELECT /*!40001 SQL_NO_CACHE */ `id`, `name`, `changed` FROM `{t}`" for t in tables], takes)

    def adminer(self, when, statements, takes=.1):
        """One page of it, by the shop's account."""
        if self.postgresql:
            return self.session(when, self.shop, ["SET application_name = 'Adminer'", *statements], takes)
        return self.session(when, self.shop, ["SET sql_quote_show_create = 1, autocommit = 1", *statements], takes)

    def quoted(self, table):
        return f'"{table}"' if self.postgresql else f"`{table}`"

    # ---- the shop ----

    def page(self, when, path):
        rng = self.rng
        asked = ["SELECT name, value FROM settings WHERE autoload = 1", f"SELECT * FROM products WHERE id = {rng.randrange(900)}",
                 f"SELECT id, name FROM customers WHERE id = {rng.randrange(5000)}", f"SELECT * FROM orders WHERE customer = {rng.randrange(5000)} ORDER BY id LIMIT 20",
                 "SELECT * FROM categories", f"UPDATE sessions SET seen = {rng.randrange(10 ** 6)} WHERE id = {rng.randrange(10 ** 6)}"]
        chosen = rng.sample(asked, rng.randint(1, 4))
        if path in self.whole:
            chosen.append(self.whole[path])
        self.session(when + timedelta(seconds=rng.random() * .2), self.shop, chosen, rng.random() * .3)

    def pages(self):
        """The pages that are asked for, of which some read a table whole (an ORM, a feed, a list to choose from)."""
        rng = self.rng
        self.whole = {path: f"SELECT * FROM {rng.choice(TABLES)}{rng.choice(['', ' ORDER BY id'])}"
                      for path in rng.sample(["/feed.php", "/api/items.php", "/api/v2/orders.php", "/admin/report.php", "/calendar.php", "/gallery.php"], 3)
                      if rng.random() < WITHOUT_LIMIT}
        for when, line in self.site.lines:
            path = line.split('"')[1].split(" ")[1].split("?")[0]
            if path.endswith(".php") and path not in (self.site.planted, self.site.tool):
                self.page(when, path)

    def administrator(self):
        """What the owner's database tool asks when it is used."""
        for when, line in self.site.lines:
            target = line.split('"')[1].split(" ")[1]
            if not self.site.tool or not target.startswith(self.site.tool) or " 401 " in line:
                continue
            if "dump=" in target and '"POST' in line:
                self.adminer(when, [f"SELECT * FROM {self.quoted(t)}" for t in TABLES[:self.rng.randint(1, 8)]], self.rng.uniform(.1, 20))
            else:
                self.adminer(when, [f"SELECT * FROM {self.quoted(self.rng.choice(TABLES))} LIMIT 50"])

    # ---- what else reads whole tables ----

    def day_times(self, every=1):
        """The same time of day, every so many days."""
        when = self.site.now.replace(hour=self.rng.choice([0, 1, 2, 3, 4, 5, 22]), minute=self.rng.randrange(60), second=self.rng.randrange(60))
        when += timedelta(days=self.rng.randrange(every))
        while when < self.end:
            if when >= self.site.now:
                yield when + timedelta(seconds=self.rng.random() * 5)
            when += timedelta(days=every)

    def nightly(self):
        takes = 10 ** self.rng.uniform(-1, 3.3)
        for when in self.day_times():
            self.dump(when, self.backup, takes)

    def weekly(self):
        for when in self.day_times(7):
            self.dump(when, self.backup, 10 ** self.rng.uniform(-1, 3.3))

    def once(self):
        """Before an update, or to try something on a copy."""
        for _ in range(self.rng.randint(1, 3)):
            self.dump(self.site.at(), self.rng.choice([self.shop, self.shop, ("root", "localhost")]), 10 ** self.rng.uniform(-1, 2.5), self.rng.choice([None, TABLES[:2]]))

    def report(self):
        table, account = self.rng.choice(["orders", "customers"]), self.rng.choice([self.shop, ("report", "10.0.0.12")])
        for when in self.day_times():
            self.session(when, account, [f"SELECT id, name, changed FROM {table}"], self.rng.uniform(.1, 30))

    def indexer(self):
        """Page by page through a table, every hour or every day."""
        pages, size = self.rng.randint(2, 60), self.rng.choice([100, 500])
        when, apart = self.site.now + timedelta(seconds=self.rng.random() * 3600), timedelta(hours=self.rng.choice([1, 6, 24]))
        while when < self.end:
            self.session(when, self.shop, [f"SELECT id, name FROM products ORDER BY id LIMIT {size} OFFSET {n * size}" for n in range(pages)], pages * .1)
            when += apart

    def developer(self):
        """With a client of their own, which stays open for hours."""
        asked = [f"SELECT * FROM {self.rng.choice(TABLES)}" if self.rng.random() < .4 else f"SELECT * FROM {self.rng.choice(TABLES)} LIMIT 200"
                 for _ in range(self.rng.randint(2, 12))]
        self.session(self.site.at(), self.rng.choice([self.shop, ("dev", "10.0.0.30")]), asked, self.rng.uniform(60, 4 * 3600))

    def restarts(self):
        """A cache is filled anew: everything that is not large, read whole."""
        for _ in range(self.rng.randint(1, 4)):
            self.session(self.site.at(), self.shop, [f"SELECT * FROM {t}" for t in self.rng.sample(TABLES, self.rng.randint(2, 8))], self.rng.uniform(.1, 5))

    def draw(self):
        self.pages()
        self.administrator()
        for way, share in SHARES.items():
            if self.rng.random() < share:
                getattr(self, way)()

    # ---- the intruder ----

    def look(self, times):
        """Takes nothing: what tables there are, how many rows, a first page; a password is set."""
        asked = ["SELECT count(*) FROM customers", "SELECT * FROM customers LIMIT 5", "UPDATE customers SET name = 'x' WHERE id = 1",
                 "SELECT table_name FROM information_schema.tables"]
        for when in self.rng.sample(times, min(len(times), self.rng.randint(1, 6))):
            self.session(when, self.shop, self.rng.sample(asked, self.rng.randint(1, 3)), .1)

    def take(self, when, takes):
        """Customers and orders are read whole, by one of WAYS; which one."""
        way, tables = self.rng.choice(WAYS), self.rng.choice([["customers"], ["customers", "orders"], TABLES])
        if way == "program":
            self.dump(when, self.shop, takes, tables)
        elif way == "tool":
            self.adminer(when, [f"SELECT * FROM {self.quoted(t)}" for t in tables], takes)
        elif way == "select":
            self.session(when, self.shop, [f"SELECT * FROM {t}" for t in tables], takes)
        elif way == "walk":
            self.session(when, self.shop, [f"SELECT * FROM {t} LIMIT 1000 OFFSET {n * 1000}" for t in tables for n in range(self.rng.randint(3, 20))], takes)
        else:
            self.session(when, self.shop, [f"SELECT * FROM {t} WHERE id > 0" for t in tables], takes)
        return way

    # ---- on paper ----

    def write(self, path):
        rows = sorted(self.entries, key=lambda row: row[0])
        with open(path, "w", encoding="utf-8") as out:
            if not self.postgresql:
                out.write("/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian 12). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n"
                          "Time\t\t    Id Command\tArgument\n")
            for when, number, who, command, text in rows:
                out.write(self.line(when + timedelta(seconds=self.ahead), number, who, command, text) + "\n")

    def line(self, when, number, who, command, text):
        if not self.postgresql:
            return f"{when:%y%m%d %H:%M:%S}\t{number:6} {command}\t{text}"
        said = {"Connect": f"connection authorized: user={who[0]} database=shop" + (f" application_name={text}" if text else ""),
                "Quit": f"disconnection: session time: 0:00:00.100 user={who[0]} database=shop host={who[1]}"}.get(command, f"statement: {text}")
        return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03} UTC [{number}] {who[0]}@shop LOG:  {said}"

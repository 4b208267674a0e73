"""The shop's database before anybody visits: invented customers with orders."""

import base64
import random
import subprocess
from datetime import datetime, timezone

from .people import People
from .process import find

SCHEMA = """
CREATE TABLE categories (category_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE products (product_id INTEGER PRIMARY KEY, sku TEXT NOT NULL, name TEXT NOT NULL,
  description TEXT NOT NULL, price_cents INTEGER NOT NULL, stock INTEGER NOT NULL,
  category_id INTEGER NOT NULL REFERENCES categories, image TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, phone TEXT,
  full_name TEXT NOT NULL, city TEXT, password_hash TEXT NOT NULL, created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL);
CREATE TABLE avatars (customer_id INTEGER PRIMARY KEY REFERENCES customers, file TEXT NOT NULL,
  uploaded_at TEXT NOT NULL);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customers,
  status TEXT NOT NULL, total_cents INTEGER NOT NULL, ship_city TEXT, placed_at TEXT NOT NULL);
CREATE TABLE order_items (order_id INTEGER NOT NULL REFERENCES orders, line INTEGER NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL,
  price_cents INTEGER NOT NULL, PRIMARY KEY (order_id, line)) WITHOUT ROWID;
CREATE TABLE reviews (review_id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products,
  customer_id INTEGER NOT NULL REFERENCES customers, stars INTEGER NOT NULL, body TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE TABLE newsletter (email TEXT PRIMARY KEY, source TEXT NOT NULL, confirmed INTEGER NOT NULL,
  created_at TEXT NOT NULL);
CREATE TABLE messages (message_id INTEGER PRIMARY KEY, email TEXT NOT NULL, body TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE TABLE mail_queue (mail_id INTEGER PRIMARY KEY, sender TEXT NOT NULL, recipient TEXT NOT NULL,
  subject TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL, sent_at TEXT);
"""
INDEXES = """
CREATE UNIQUE INDEX customers_email ON customers (email);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX reviews_product ON reviews (product_id);
"""
# The same tables for a server. {auto}: a number the server gives; {time}: a time without a zone; {end}: after the last column.
SERVER_SCHEMA = """
CREATE TABLE categories (category_id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL){end};
CREATE TABLE products (product_id INTEGER PRIMARY KEY, sku VARCHAR(40) NOT NULL, name VARCHAR(120) NOT NULL,
  description TEXT NOT NULL, price_cents INTEGER NOT NULL, stock INTEGER NOT NULL,
  category_id INTEGER NOT NULL REFERENCES categories (category_id), image VARCHAR(80) NOT NULL, created_at {time} NOT NULL){end};
CREATE TABLE customers (customer_id {auto}, email VARCHAR(190) NOT NULL, phone VARCHAR(40),
  full_name VARCHAR(120) NOT NULL, city VARCHAR(80), password_hash VARCHAR(255) NOT NULL, created_at {time} NOT NULL,
  updated_at {time} NOT NULL){end};
CREATE TABLE avatars (customer_id INTEGER PRIMARY KEY REFERENCES customers (customer_id), file VARCHAR(120) NOT NULL,
  uploaded_at {time} NOT NULL){end};
CREATE TABLE orders (order_id {auto}, customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
  status VARCHAR(20) NOT NULL, total_cents INTEGER NOT NULL, ship_city VARCHAR(80), placed_at {time} NOT NULL){end};
CREATE TABLE order_items (order_id INTEGER NOT NULL REFERENCES orders (order_id), line INTEGER NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (product_id), quantity INTEGER NOT NULL,
  price_cents INTEGER NOT NULL, PRIMARY KEY (order_id, line)){end};
CREATE TABLE reviews (review_id {auto}, product_id INTEGER NOT NULL REFERENCES products (product_id),
  customer_id INTEGER NOT NULL REFERENCES customers (customer_id), stars INTEGER NOT NULL, body TEXT NOT NULL,
  created_at {time} NOT NULL){end};
CREATE TABLE newsletter (email VARCHAR(190) PRIMARY KEY, source VARCHAR(20) NOT NULL, confirmed INTEGER NOT NULL,
  created_at {time} NOT NULL){end};
CREATE TABLE messages (message_id {auto}, email VARCHAR(190) NOT NULL, body TEXT NOT NULL,
  created_at {time} NOT NULL){end};
CREATE TABLE mail_queue (mail_id {auto}, sender VARCHAR(190) NOT NULL, recipient VARCHAR(190) NOT NULL,
  subject VARCHAR(190) NOT NULL, body TEXT NOT NULL, created_at {time} NOT NULL, sent_at {time} NULL){end};
"""
SUPPLIERS_SCHEMA = """
CREATE TABLE contacts (contact_id INTEGER PRIMARY KEY, full_name VARCHAR(120) NOT NULL, email VARCHAR(190) NOT NULL,
  phone VARCHAR(40), city VARCHAR(80)){end};
CREATE TABLE notes (note_id INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL REFERENCES contacts (contact_id),
  body TEXT NOT NULL, created_at {time} NOT NULL){end};
"""
# what the shop's pages need of each table; without mail_queue's and messages' rows nobody misses a page
NEEDED = {
    "categories": "SELECT", "products": "SELECT, UPDATE", "customers": "SELECT, INSERT, UPDATE",
    "avatars": "SELECT, INSERT, DELETE", "orders": "SELECT, INSERT", "order_items": "SELECT, INSERT",
    "reviews": "SELECT, INSERT", "newsletter": "SELECT, INSERT", "messages": "INSERT", "mail_queue": "INSERT",
}
TABLES = list(NEEDED)
SUPPLIERS_TABLES = ["contacts", "notes"]
SUPPLIERS_SHOWN = ["contact_id", "full_name"]       # of contacts, where the shop shows who delivers and no more
NUMBERED = {"customers": "customer_id", "orders": "order_id", "reviews": "review_id", "messages": "message_id",
            "mail_queue": "mail_id"}
NOTES = ["Delivers on Tuesdays.", "Asked for a better price.", "Two crates came broken.", "New samples in spring.",
         "Prefers to be called.", "Pays late, asks early."]
CATEGORIES = ["Kitchen", "Bath", "Living room", "Study", "Garden"]
KINDS = ["bowl", "lamp", "blanket", "brush", "basket", "kettle", "stool", "mirror"]
MAKES = ["oak", "linen", "copper", "stoneware", "wool", "glass", "willow", "beech", "slate", "cork"]
PRAISE = ["Just what I was looking for.", "Smaller than I thought, but lovely.", "Arrived well packed.",
          "A present, and it was liked.", "The second one I buy.", "Solid work."]

SHOP_OPENED = int(datetime(2019, 3, 4, tzinfo=timezone.utc).timestamp())
BOOKS_CLOSE = int(datetime(2026, 10, 31, tzinfo=timezone.utc).timestamp())
HOURS = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 14, 13, 12, 12, 13, 14, 16, 18, 19, 16, 9, 5]
STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BCRYPT = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TO_BCRYPT = bytes.maketrans(STANDARD, BCRYPT)


def bcrypt_look(noise):
    """39 random bytes as a bcrypt string: 16 of salt, 23 of digest, nobody's password."""
    salt = base64.b64encode(noise[:16])[:22]
    digest = base64.b64encode(noise[16:39])[:31]
    return "$2y$10$" + (salt + digest).translate(TO_BCRYPT).decode()


def stamps(times):
    """Unix times as the shop writes them. Days are formatted once."""
    days = {}
    for t in times:
        day, rest = divmod(t, 86400)
        if day not in days:
            days[day] = datetime.fromtimestamp(day * 86400, timezone.utc).strftime("%Y-%m-%d ")
        yield f"{days[day]}{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def arrivals(rng, n, close):
    """n sorted times: more each year, more in the evening, never five in a minute."""
    days = (close - SHOP_OPENED) // 86400
    hours = rng.choices(range(24), HOURS, k=n)
    noise = memoryview(rng.randbytes(4 * n)).cast("I")
    times = sorted(SHOP_OPENED + int(days * rng.random() ** 0.6) * 86400 + h * 3600 + s % 3600
                   for h, s in zip(hours, noise))
    for i in range(4, n):
        times[i] = max(times[i], times[i - 1], times[i - 4] + 61)
    return times


class BaseDatabase:
    """Fills the file and remembers what the script needs: customers and the accounts it may use."""

    def __init__(self, rng, customers, now):
        self.rng = rng
        self.close = min(BOOKS_CLOSE, now - 86400)
        self.people = People(rng)
        self.customers = self.make_customers(customers)
        self.accounts = []

    def make_customers(self, n):
        rng, close = self.rng, self.close
        people = self.people.draw(n)
        created = arrivals(rng, n, close)
        noise = rng.randbytes(39 * n)
        # two accounts in five were never changed; the others some time later
        changed = [t if (p := rng.random()) < 0.4 else t + int((close - t) * ((p - 0.4) / 0.6) ** 2)
                   for t in created]
        number, rows = 1000, []
        for i, (person, made, last) in enumerate(zip(people, stamps(created), stamps(changed))):
            number += 1 if noise[39 * i] > 6 else 2 + noise[39 * i] % 3   # some have left again
            rows.append((number, *person, bcrypt_look(noise[39 * i:39 * i + 39]), made, last))
        return rows

    def make_real(self, count):
        """Gives some customers a password that the script knows; PHP makes the hash."""
        chosen = self.rng.sample(range(len(self.customers)), count)
        asks = []
        for i in chosen:
            secret = "%012x" % self.rng.getrandbits(48)
            salt = self.customers[i][5][:29]
            asks.append(f"echo crypt('{secret}', '{salt}'), \"\\n\";")
            self.accounts.append({"customer_id": self.customers[i][0], "email": self.customers[i][1],
                                  "password": secret})
        out = subprocess.run([find("php"), "-n", "-r", " ".join(asks)], check=True, capture_output=True, text=True)
        for i, line in zip(chosen, out.stdout.split()):
            row = list(self.customers[i])
            row[5] = line
            self.customers[i] = tuple(row)

    def products(self):
        rng, rows = self.rng, []
        for i, (make, kind) in enumerate((m, k) for m in MAKES for k in KINDS):
            rows.append((i + 1, f"ML-{make[:2].upper()}{kind[:2].upper()}-{i + 1:03d}", f"{make.capitalize()} {kind}",
                         f"A {kind} of {make}, made by hand.\nWipe it with a damp cloth.", rng.randrange(900, 24000, 50),
                         rng.randrange(200), i % len(CATEGORIES) + 1, f"p{i % 12 + 1:02d}.png",
                         next(stamps([SHOP_OPENED + rng.randrange(self.close - SHOP_OPENED)]))))
        return rows

    def orders(self, products):
        """About 1.3 orders a customer, each of one to three lines."""
        rng, close = self.rng, self.close
        epoch = {}
        orders, items = [], []
        counts = rng.choices((0, 1, 2, 3, 5), (30, 35, 20, 10, 5), k=len(self.customers))
        for row, count in zip(self.customers, counts):
            if not count:
                continue
            day = row[6][:10]
            start = epoch.get(day)
            if start is None:
                start = epoch[day] = int(datetime.fromisoformat(day + "T00:00:00+00:00").timestamp()) + 86400
            for _ in range(count):
                orders.append((start + int(max(0, close - start) * rng.random() ** 2), row[0], row[4]))
        orders.sort()
        noise = rng.randbytes(4 * len(orders))
        done = []
        for i, ((t, customer, city), stamp) in enumerate(zip(orders, stamps(o[0] for o in orders))):
            total = 0
            for line in range(1 + noise[4 * i] % 3):
                product = products[(noise[4 * i + line] * 7 + line * 31 + i) % len(products)]
                quantity = 1 + (noise[4 * i + 3] >> line) % 3
                total += quantity * product[4]
                items.append((2000 + i, line + 1, product[0], quantity, product[4]))
            done.append((2000 + i, customer, "sent" if t < close - 5 * 86400 else "packed", total, city, stamp))
        return done, items

    def tables(self):
        """Every table with its rows, in an order that foreign keys allow. Draws from the stream: ask once."""
        rng, customers, products = self.rng, self.customers, self.products()
        orders, items = self.orders(products)
        readers = rng.sample(customers, len(customers) // 6)
        newsletter = [(c[1], rng.choice(("footer", "checkout")), 1, c[6]) for c in readers]
        critics = rng.sample(customers, min(len(customers), 300))
        reviews = [(i + 1, rng.choice(products)[0], c[0], rng.randint(3, 5), rng.choice(PRAISE), c[7])
                   for i, c in enumerate(critics)]
        return [("categories", list(enumerate(CATEGORIES, 1))), ("products", products), ("customers", customers),
                ("orders", orders), ("order_items", items), ("newsletter", newsletter), ("reviews", reviews)]

    def suppliers(self, seed):
        """The tables of a second database, on the same server as the shop's: who delivers, and what was agreed.
        From a stream of its own, so that the shop's rows are the same without it."""
        rng = random.Random(f"{seed}/suppliers")
        people = People(rng)
        contacts = [(i, name, email, phone, city) for i, (email, phone, name, city) in enumerate(people.draw(120), 1)]
        notes = [(i, rng.randint(1, 120), rng.choice(NOTES), next(stamps([rng.randrange(SHOP_OPENED, self.close)])))
                 for i in range(1, 301)]
        return [("contacts", contacts), ("notes", notes)]


def tab_separated(rows):
    """Rows as LOAD DATA and COPY read them by default."""
    def field(value):
        if value is None:
            return "\\N"
        return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return "".join("\t".join(map(field, row)) + "\n" for row in rows).encode()

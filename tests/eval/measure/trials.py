"""Validation of match: made-up shops, samples that were exported from them (H1) and samples that were not (H2).

Each shop has two background sets that the analyst holds. H1 samples are fresh, stale, diluted with strangers, with altered dates or
a shifted clock, with replaced hashes, re-keyed; from the head of the table, its newest rows or at random. H2 samples are recycled
from a background set, taken from another service with some of the same people, made up around real addresses or from nothing, a
partner's copy, or the shop's own test data. No person is real; nothing here is what an engine could look up."""

import csv
import json
import os
import random
import shutil
import string
import tempfile
from datetime import datetime, timedelta, timezone

from . import tool

FIRST = ["ada", "bela", "cira", "dov", "edda", "finn", "gala", "hugo", "ines", "jory", "kaia", "lio", "mira", "nils", "oona", "pia", "quin",
         "rhea", "sven", "tova", "uma", "vito", "wren", "xeno", "yara", "zeno", "anouk", "bram", "cleo", "dara", "elio", "freya"]
LAST = ["ash", "birch", "cole", "dale", "elm", "fenn", "grove", "hale", "ives", "jarrow", "keld", "lund", "marsh", "north", "oakley", "penn",
        "quarry", "reed", "stone", "thorn", "upton", "vale", "wick", "yarrow", "zell", "brook", "croft", "dell", "firth", "glen"]
TOWNS = ["Nordhaven", "Elmstead", "Vallory", "Castel Mora", "Oakbridge", "Senmar", "Tarn", "Wick Green", "Port Alder", "Mirefield"]
HOSTS = ["post.zz", "mail.zz", "letters.zz", "owl.zz", "home.zz"]
ALPHABET = string.ascii_letters + string.digits + "./"
FIELDS = ["customer_id", "email", "phone", "full_name", "city", "password_hash", "created_at", "updated_at"]
DAY = 86400
CLOSE = int(datetime(2026, 3, 20, tzinfo=timezone.utc).timestamp())
SIZES = (10, 31, 100, 1000)
ALTERNATIVES = ("recycled", "elsewhere", "around", "synthetic", "partner", "seed")
ALTERED = ("fresh", "stale", "diluted", "clock", "dates", "hashes", "rekeyed")


def stamp(second):
    return datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def bcrypt_look(rng):
    return "$2y$10$" + "".join(rng.choices(ALPHABET, k=53))


class People:
    """Invented people, no e-mail twice within one source."""

    def __init__(self, rng, tag):
        self.rng, self.tag, self.count = rng, tag, 0

    def one(self):
        rng = self.rng
        self.count += 1
        first, last = rng.choice(FIRST), rng.choice(LAST)
        email = f"{first}.{last}{rng.randrange(10 ** 4)}{self.tag}{self.count}@{rng.choice(HOSTS)}"
        return [email, f"+2106{rng.randrange(10 ** 8):08d}" if rng.random() < 0.85 else "", f"{first.title()} {last.title()}"]


class Shop:
    """Rows of FIELDS by created_at, two background sets, another service, fixtures at the head."""

    def __init__(self, seed, home):
        self.rng = rng = random.Random(f"shop/{seed}")
        self.people = People(rng, "")
        count = rng.randint(2000, 6000)
        first = CLOSE - rng.randint(700, 2000) * DAY
        times = sorted(first + int((CLOSE - first) * rng.random() ** 0.7) for _ in range(count))
        start = rng.randint(1, 9000)
        step = rng.choice([1, 1, 1, 7])
        self.has_updates = rng.random() < 0.7
        self.fixtures = rng.randint(8, 40)
        self.marked = rng.random() < 0.7               # reserved addresses, made within a minute
        self.rows = []
        for i, second in enumerate(times):
            email, phone, name = self.people.one()
            if i < self.fixtures:
                second = times[0] + (i % 50 if self.marked else i * 3600 * 5)
                email = f"user{i}@example.com" if self.marked else email
            changed = second + int((CLOSE - second) * rng.random() ** 3) if rng.random() < 0.5 else second
            self.rows.append([str(start + i * step), email, phone, name, rng.choice(TOWNS), bcrypt_look(rng), second, changed])
        self.rows.sort(key=lambda row: row[6])
        self.strangers = [[*People.one(self.people), rng.choice(TOWNS)] for _ in range(3000)]
        self.sets = [self.service(rng.uniform(0.05, 0.4), rng.randint(1500, 4000)) for _ in range(2)]
        self.elsewhere = self.service(rng.uniform(0.05, 0.4), 3000)
        self.path = os.path.join(home, f"shop-{seed}.csv")
        self.write(self.path, FIELDS, [self.text(row) for row in self.rows])
        self.background = []
        for i, people in enumerate(self.sets):
            self.background.append(os.path.join(home, f"shop-{seed}-b{i}.csv"))
            self.write(self.background[-1], ["email", "phone", "name"], [p[:3] for p in people])

    def service(self, overlap, size):
        """Another service's people: some of them buy here, too."""
        rng = self.rng
        shared = rng.sample(self.rows[self.fixtures:], min(int(size * overlap), len(self.rows) // 2))
        rows = []
        for row in shared:
            phone, name = row[2], row[3]
            if rng.random() < 0.15:
                phone = "" if rng.random() < 0.6 else f"+2106{rng.randrange(10 ** 8):08d}"
            rows.append([row[1], phone, name if rng.random() > 0.08 else name[0] + ". " + name.split(" ")[-1], rng.choice(TOWNS)])
        rows += rng.sample(self.strangers, min(size - len(shared), len(self.strangers)))
        rng.shuffle(rows)
        return rows

    @staticmethod
    def write(path, header, rows):
        with open(path, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    @staticmethod
    def text(row):
        return [*row[:6], stamp(row[6]), stamp(row[7])]


def pick(rng, rows, n):
    """Which rows a thief shows: any, the head of the table, or the newest."""
    how = rng.random()
    if how < 0.6:
        return rng.sample(rows, min(n, len(rows)))
    return rows[-n:] if how < 0.8 else rows[:n]


def past(rng, row, when):
    """The row as it was: a password changed since, the change not yet there."""
    row = list(row)
    if row[7] > when:
        row[7] = row[6] + int((when - row[6]) * rng.random() ** 2)
        if rng.random() < 0.5:
            row[5] = bcrypt_look(rng)
    return row


def exported(rng, shop, n):
    """H1. Returns rows and what was done to them."""
    how = rng.choice(ALTERED)
    when = CLOSE - (rng.randint(200, 1100) * DAY if how == "stale" or rng.random() < 0.3 else 0)
    there = [row for row in shop.rows if row[6] <= when]
    if len(there) < 4 * n:
        when, there = CLOSE, shop.rows
    rows = [past(rng, row, when) for row in pick(rng, there, n)]
    if rng.random() < 0.3:      # some have left since
        rows = [row if rng.random() > 0.05 else stranger(rng, shop, row[6]) for row in rows]
    if how == "diluted":
        true = rng.uniform(0.1, 0.7)
        rows = [row if rng.random() < true else stranger(rng, shop) for row in rows]
    elif how == "clock":
        shift = rng.choice([-8, -5, -1, 1, 2, 5.5, 5.75, 9]) * 3600
        rows = [[*row[:6], int(row[6] + shift), int(row[7] + shift)] for row in rows]
    elif how == "dates":
        rows = [[*row[:6], row[6] + rng.randint(-400 * DAY, 400 * DAY), row[7]] for row in rows]
    elif how == "hashes":
        rows = [[*row[:5], bcrypt_look(rng) if rng.random() < 0.05 else row[5], *row[6:]] for row in rows]
    elif how == "rekeyed":
        rows = [[str(i + 1), *row[1:]] for i, row in enumerate(rows)]
    return rows, how


def stranger(rng, shop, second=None):
    email, phone, name, town = rng.choice(shop.strangers)
    second = second or CLOSE - rng.randint(1, 1900) * DAY - rng.randrange(DAY)
    return [str(rng.randint(1, 30000)), email, phone, name, town, bcrypt_look(rng), second, second + rng.randint(0, 30 * DAY)]


def dress(rng, person):
    """Somebody known, with the rest made up."""
    second = CLOSE - rng.randint(1, 1900) * DAY - rng.randrange(DAY)
    return [str(rng.randint(1, 30000)), *person[:4], bcrypt_look(rng), second, second + rng.randint(0, 60 * DAY)]


def own_accounts(rng, shop, rows):
    """15 % of forgers show one to three accounts of their own, which are genuine."""
    if rng.random() < 0.15:
        for row in rng.sample(shop.rows[shop.fixtures:], rng.randint(1, 3)):
            rows[rng.randrange(len(rows))] = list(row)
    return rows


def forged(rng, shop, n, kind):
    """H2."""
    if kind == "recycled":
        people = rng.choice(shop.sets)
        return own_accounts(rng, shop, [dress(rng, p) for p in rng.sample(people, min(n, len(people)))])
    if kind == "elsewhere":
        return [dress(rng, p) for p in rng.sample(shop.elsewhere, min(n, len(shop.elsewhere)))]
    if kind == "around":        # addresses that are known to be customers', the rest invented
        known = rng.uniform(0.3, 1)
        rows = [dress(rng, [r[1], r[2] if rng.random() < 0.3 else f"+2106{rng.randrange(10 ** 8):08d}", r[3] if rng.random() < 0.7 else "", rng.choice(TOWNS)])
                if rng.random() < known else stranger(rng, shop) for r in rng.sample(shop.rows[shop.fixtures:], n)]
        return own_accounts(rng, shop, rows)
    if kind == "synthetic":
        people = People(rng, "s")
        return own_accounts(rng, shop, [dress(rng, [*people.one(), rng.choice(TOWNS)]) for _ in range(n)])
    if kind == "partner":       # what was shared is genuine: people, and half of the time the number
        number = rng.random() < 0.5
        rows = []
        for row in rng.sample(shop.rows[shop.fixtures:], n):
            other = dress(rng, row[1:5])
            rows.append([row[0] if number else other[0], *row[1:5], *other[5:]])
        return rows
    return [list(row) for row in (shop.rows[:shop.fixtures] * (n // shop.fixtures + 1))[:n]] if n > shop.fixtures else \
        [list(row) for row in rng.sample(shop.rows[:shop.fixtures], n)]


COLUMN_SETS = {     # which columns the sample shows, and how often
    "all": (0.50, FIELDS),
    "hash": (0.14, ["customer_id", "email", "phone", "full_name", "password_hash"]),
    "times": (0.12, ["customer_id", "email", "phone", "full_name", "city", "created_at", "updated_at"]),
    "issued": (0.12, ["customer_id", "email", "phone", "full_name", "city"]),
    "none": (0.12, ["email", "phone", "full_name", "city"]),
}
RENAMED = dict(zip(FIELDS, ["uid", "mail", "tel", "name", "town", "pw", "joined", "changed"]))


def columns(rng, shop, kind):
    """A partner was never given what is secret, and says nothing about it either."""
    names = rng.choices(list(COLUMN_SETS), [w for w, _ in COLUMN_SETS.values()])[0]
    if kind == "partner" and rng.random() < 0.7:
        names = rng.choice(["issued", "none"])
    chosen = COLUMN_SETS[names][1]
    return [c for c in chosen if shop.has_updates or c != "updated_at"]


def batch(job):
    """All trials of one shop."""
    assay, seed, home, count_h1, count_h2, rates = job
    shop = Shop(seed, home)
    results = []
    plan = [("H1", None)] * count_h1 + [("H2", ALTERNATIVES[i % len(ALTERNATIVES)]) for i in range(count_h2)]
    for number, (truth, kind) in enumerate(plan):
        rng = random.Random(f"trial/{seed}/{number}")
        n = rng.choice(SIZES)
        if truth == "H1":
            rows, how = exported(rng, shop, n)
        else:
            rows, how = forged(rng, shop, min(n, 1000), kind), kind
        chosen = columns(rng, shop, kind)
        where = [FIELDS.index(c) for c in chosen]
        header = [RENAMED[c] for c in chosen] if rng.random() < 0.5 else chosen
        path = os.path.join(home, f"sample-{seed}-{number}.csv")
        Shop.write(path, header, [[shop.text(row)[i] for i in where] for row in rows])
        try:
            results.append(compare(assay, shop, path, rates, truth, how, n))
        except (tool.Failed, KeyError, TypeError) as failure:
            results.append({"error": f"{type(failure).__name__}: {failure}", "truth": truth, "how": how})
        os.remove(path)
    for path in [shop.path, *shop.background]:
        os.remove(path)
    return results


WIDE = {"secret": 9.1, "issued": 9.2, "none": 9.3}     # so wide that nothing is cut; which one was used names the class


def compare(assay, shop, path, rates, truth, how, n):
    arguments = ["match", path, "--against", shop.path, "--rates", rates, "--published", "2026-03-21T00:00:00Z", "--json"]
    for background in shop.background:
        arguments += ["--background", background]
    last = tool.summary(tool.run(assay, *arguments))
    kind = min(WIDE, key=lambda c: abs(WIDE[c] - last["cap"][1]))
    return {"truth": truth, "how": how, "n": n, "class": kind, "lr": last["headline"]["log10_lr"], "against": last["log10_lr"]}


def measure(assay, h1, h2, first_seed, processes, say):
    """Raw ratios of at least h1 and h2 trials, in batches of one shop each."""
    per_h1, per_h2 = 24, 48
    shops = max(-(-h1 // per_h1), -(-h2 // per_h2))
    home = tempfile.mkdtemp(prefix="trials-")
    rates = os.path.join(home, "wide.json")
    try:
        with open(rates, "w", encoding="utf-8") as out:
            json.dump({"version": 1, "match": {"caps": {c: [-w, w] for c, w in WIDE.items()}}}, out)
        jobs = [(assay, first_seed + i, home, per_h1, per_h2, rates) for i in range(shops)]
        rows = [row for rows in tool.each(batch, jobs, processes, say, 10) for row in rows]
    finally:
        shutil.rmtree(home, ignore_errors=True)
    failed = [r for r in rows if "error" in r]
    if failed:
        say(f"{len(failed)} trials could not be made, such as {failed[0]}")
    return [r for r in rows if "error" not in r], len(failed)

"""What a seller shows: samples that were exported from a shop (H1) and samples that were not (H2), by the failure modes a to i.

A sample is a list of rows of raw values (shops.py) and what is true of them. A row that came from the shop keeps `row`, its life there."""

from .people import DAY, Fakes, People
from .shops import CLOSE

SIZES = (10, 31, 100, 1000)
MODES = {
    "-": "a true leak", "a": "recycled compilation", "b": "the same people leaked elsewhere", "c": "made up around real addresses", "d": "wholly synthetic",
    "e": "true rows diluted with filler", "f": "an old backup sold as new", "g": "a partner's or processor's rows", "h": "truncated or re-keyed export", "i": "seed data of the same product",
}
LEAKS = (("plain", "-", 4), ("old", "f", 4), ("diluted", "e", 3), ("clock", "-", 2), ("dates", "-", 1), ("hashes", "-", 1), ("merged", "-", 2), ("rekeyed", "h", 2), ("shortened", "h", 1), ("cut", "h", 2))
LIES = (("recycled", "a", 4), ("elsewhere", "b", 4), ("around", "c", 4), ("synthetic", "d", 2), ("library", "d", 2), ("partner", "g", 2), ("partner with numbers", "g", 2), ("synchronised partner", "g", 1),
        ("informed partner", "g", 1), ("fixtures", "i", 1), ("listed fixtures", "i", 1), ("fixtures and strangers", "i", 1))
INFORMED = "informed partner"       # was given what the model takes for secret: the same as a leak
COLUMNS = (("all", .50, ()), ("hash", .16, ("created", "updated", "login_at")), ("times", .14, ("hash", "token")),
           ("issued", .10, ("hash", "token", "created", "updated", "login_at", "day")), ("none", .10, ("hash", "token", "created", "updated", "login_at", "day", "id")))
NOISE = ("flag", "store", "points", "balance", "login", "active", "address", "fax", "title", "company", "state", "zip", "country", "number", "street", "birth", "day")
MADE = {"hash": "hash", "token": "hash", "created": "time", "id": "id"}       # role -> kind of tau
OFFSETS_H = (-8, -5, -3.5, -1, 1, 2, 5.5, 5.75, 9)


def weighted(rng, table):
    return rng.choices(table, [entry[2] for entry in table])[0]


class Sample:
    """rows, what was done, and what an examiner should find."""

    def __init__(self, truth, mode, variant, rows):
        self.truth, self.mode, self.variant, self.rows = truth, mode, variant, rows
        self.taken = []             # moments of export, the real ones
        self.pick = None            # random, head, newest, old
        self.shift = 0              # seconds by which the seller's clock is off
        self.replaced = set()       # roles whose values are no longer the shop's
        self.cut = False            # the file ends in the middle
        self.fixtures = False       # the examiner has a list of the product's fixtures


def picked(rng, rows, n):
    """Which rows a thief shows: any, the head of the table, its newest, or rather old ones."""
    how = rng.choices(("random", "head", "newest", "old"), (.55, .15, .15, .15))[0]
    if how == "random":
        return rng.sample(rows, min(n, len(rows))), how
    if how == "old":
        places = set()
        while len(places) < min(n, len(rows) // 2):
            places.add(int(len(rows) * rng.random() ** 2))
        return [rows[i] for i in sorted(places)], how
    return (rows[:n] if how == "head" else rows[-n:]), how


def leak(rng, shop, n):
    variant, mode, _ = weighted(rng, LEAKS)
    sample = Sample("H1", mode, variant, [])
    when = CLOSE - rng.randint(0, DAY)
    if variant == "old" or rng.random() < .3:
        when = CLOSE - rng.randint(200, 600) * DAY - rng.randrange(DAY)
    there = shop.snapshot(when)
    if len(there) < 2 * n:
        when, there = CLOSE - 1, shop.now
    sample.taken = [when]
    sample.rows, sample.pick = picked(rng, there, n)
    {"diluted": dilute, "clock": turn_clock, "dates": alter_dates, "hashes": replace_hashes, "merged": merge, "rekeyed": rekey, "shortened": shorten,
     "cut": lambda *_: None}.get(variant, lambda *_: None)(rng, shop, sample)
    sample.cut = variant == "cut"
    return sample


def dilute(rng, shop, sample):
    true = rng.uniform(.1, .7)
    sample.rows = [row if rng.random() < true else stranger(rng, shop) for row in sample.rows]


def turn_clock(rng, _, sample):
    sample.shift = int(rng.choice(OFFSETS_H) * 3600)
    sample.rows = [dict(row, **{role: row[role] + sample.shift for role in ("created", "updated", "login_at") if row.get(role) is not None}) for row in sample.rows]


def alter_dates(rng, _, sample):
    sample.replaced = {"created"}
    sample.rows = [dict(row, created=row["created"] + rng.randint(-400 * DAY, 400 * DAY)) for row in sample.rows]


def replace_hashes(rng, shop, sample):
    sample.rows = [dict(row, hash=shop.new_hash(rng)) if rng.random() < .05 else row for row in sample.rows]


def merge(rng, shop, sample):
    """Rows of a second, older export among them: each as it was then."""
    older = sample.taken[0] - rng.randint(5, 400) * DAY
    rows = []
    for row in sample.rows:
        then = row["row"].at(older)
        rows.append(then if then is not None and rng.random() < .5 else row)
    sample.rows, sample.taken = rows, [sample.taken[0], older]


def rekey(_, __, sample):
    sample.replaced = {"id"}
    sample.rows = [dict(row, id=str(i + 1)) for i, row in enumerate(sample.rows)]


def shorten(rng, _, sample):
    """A program that cuts what does not fit its columns."""
    width = rng.randint(12, 24)
    sample.replaced = {"hash", "token"}
    sample.rows = [{role: value[:width] if isinstance(value, str) and role not in ("email", "id") else value for role, value in row.items()} for row in sample.rows]


# ---- what did not come from the database ----

def some_time(rng):
    return CLOSE - rng.randint(1, 1900) * DAY - rng.randrange(DAY)


def dressed(rng, shop, person):
    """Somebody known, or nobody; the rest made up in the way of this shop."""
    second = some_time(rng)
    values = shop.dressed(rng, person, shop.new_id(rng, rng.randrange(len(shop.rows)), second), second)
    values["updated"] = second + rng.randint(0, 60 * DAY)
    if "login_at" in values:
        values["login_at"] = values["updated"] + rng.randint(0, 9 * DAY)
    return values


def stranger(rng, shop):
    return dressed(rng, shop, [*rng.choice(shop.strangers)])


def person_of(row):
    rest = {role: value for role, value in row.items() if role in NOISE}
    return [row["first"], row["last"], row["email"], row["phone"], row["city"], row["street"], row["birth"], rest]


def own_accounts(rng, shop, rows):
    """15 % of forgers show one to three accounts of their own, which are genuine."""
    if rng.random() < .15:
        for row in rng.sample(shop.now[shop.fixtures:], rng.randint(1, 3)):
            rows[rng.randrange(len(rows))] = row
    return rows


def around(rng, shop, row):
    """An address that is known to be a customer's, the rest invented."""
    other = rng.choice(shop.strangers)
    known = person_of(row)
    known[3] = known[3] if rng.random() < .3 else other[3]
    known[0:2] = known[0:2] if rng.random() < .7 else other[0:2]
    known[4:6] = other[4:6]
    return dressed(rng, shop, known[:7])


def partner(rng, shop, row, variant):
    """What was shared is genuine: people, perhaps the number. Its own times and hashes are its own."""
    values = dressed(rng, shop, person_of(row))
    if variant != "partner":
        values["id"] = row["id"]
    if variant == "synchronised partner":       # it was told within the hour, never in the same second
        values["created"] = row["created"] + 1 + int(rng.expovariate(1 / 400)) % 3599
    if variant == INFORMED:
        values["created"] = row["created"]
    return values


def fixture_rows(rng, shop, n, variant):
    there = shop.now[:shop.fixtures]
    rows = [rng.choice(there) for _ in range(n)] if n > len(there) else rng.sample(there, n)
    if variant == "fixtures and strangers":     # another shop that runs the same product
        rows = [row if rng.random() < .4 else stranger(rng, shop) for row in rows]
    return rows


def lie(rng, shop, n):
    variant, mode, _ = weighted(rng, LIES)
    customers = shop.now[shop.fixtures:]
    if variant == "recycled":
        rows = [dressed(rng, shop, p) for p in rng.sample(rng.choice(shop.sets), n)]
    elif variant == "elsewhere":
        rows = [dressed(rng, shop, p) for p in rng.sample(shop.elsewhere, n)]
    elif variant == "around":
        known = rng.uniform(.3, 1)
        rows = [around(rng, shop, row) if rng.random() < known else stranger(rng, shop) for row in rng.sample(customers, n)]
    elif variant in ("synthetic", "library"):
        source = People(rng, "s") if variant == "synthetic" else Fakes(rng)
        rows = [dressed(rng, shop, source.one()) for _ in range(n)]
    elif mode == "g":
        rows = [partner(rng, shop, row, variant) for row in rng.sample(customers, n)]
    else:
        rows = fixture_rows(rng, shop, n, variant)
    sample = Sample("H2", mode, variant, own_accounts(rng, shop, rows) if mode in "abcd" else rows)
    sample.fixtures = variant == "listed fixtures"
    return sample


def shown(rng, shop, sample):
    """The roles a sample shows. A partner was seldom given what is secret, and says nothing about it either."""
    names = COLUMNS
    if sample.variant in ("partner", "partner with numbers") and rng.random() < .7:
        names = COLUMNS[3:]
    if sample.variant in (INFORMED, "synchronised partner"):
        names = (COLUMNS[0], COLUMNS[2])
    _, _, hidden = rng.choices(names, [share for _, share, _ in names])[0]
    hidden = set(hidden)
    if "created" in hidden and "hash" in hidden and shop.schema["id"] == "uuid":
        hidden.add("id")                # a number nobody is shown is no number that was issued
    hidden |= {role for role in shop.roles if role in NOISE and rng.random() < .4}
    if sample.variant == "informed partner" and rng.random() < .5:
        hidden.add("hash")
    roles = [role for role in shop.roles if role not in hidden]
    if rng.random() < .4:
        rng.shuffle(roles)
    return roles

"""Samples and background sets. The sample of 500 rows is one of
  true       cut from what was really exported
  diluted    the same, but 10 to 70 % of its rows are about people from other lists
  stale      cut from the same database as it was months before, when somebody kept a copy
  recycled   stitched together from other services' lists; some of their people also buy at the shop
  made-up    nobody's data: addresses that look right at mail domains that exist
  partner    a list that a partner keeps of the shop's customers, with numbers, times and hashes of its own"""

import csv
from datetime import datetime, timezone

from .database import arrivals, bcrypt_look, stamps
from .people import People

COLUMNS = ["customer_id", "email", "phone", "full_name", "city", "password_hash", "created_at", "updated_at"]
RENAMED = ["uid", "mail", "tel", "name", "town", "pw", "joined", "changed"]
ROWS = 500


def as_rows(people):
    """The customers of an export, in its own order, every value as text in the order of COLUMNS."""
    return [[row[column] for column in COLUMNS] for row in people]


def write_csv(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(["" if v is None else v for v in row] for row in rows)


def choose_header(rng):
    return RENAMED if rng.random() < 0.5 else COLUMNS


def cut(rng, exported, keep):
    """500 rows of the export that existed before the run and that nobody touched during it."""
    rows = [row for row in exported if int(row[0]) in keep]
    chosen = rng.sample(rows, min(ROWS, len(rows)))
    if rng.random() < 0.5:
        chosen.sort(key=lambda row: int(row[0]))
    return chosen


def seconds(stamp):
    return int(datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc).timestamp())


def older_state(rng, base):
    """The customers as they were months before. Returns the rows, and when that was."""
    date = base.close - rng.randrange(40, 400) * 86400 - rng.randrange(86400)
    limit, previous, rows = next(stamps([date])), None, []
    for customer in base.customers:
        if customer[6] > limit:
            break
        row = ["" if value is None else str(value) for value in customer]
        if previous and customer[0] - previous > 1 and rng.random() < 0.3:
            email, phone, name, city = base.people.draw(1)[0]     # has left since
            rows.append([str(customer[0] - 1), email, phone or "", name, city or "", bcrypt_look(rng.randbytes(39)), row[6], row[6]])
        if customer[7] > limit:
            row = as_before(rng, base, row, date)
        rows.append(row)
        previous = customer[0]
    return rows, limit


def as_before(rng, base, row, date):
    """A row before its last change."""
    made = seconds(row[6])
    row[7] = next(stamps([made + int((date - made) * rng.random() ** 2)]))
    what = rng.random()
    if what < 0.4:
        row[4] = rng.choice(base.people.cities)
    elif what < 0.75:
        row[2] = f"+2106{rng.randrange(10 ** 8):08d}"
    else:
        row[5] = bcrypt_look(rng.randbytes(39))
    return row


class Background:
    """Customer lists of two other services. Some of their people also buy at the shop."""

    def __init__(self, rng, base):
        self.rng, self.base = rng, base
        self.sets, self.shared, self.others = [], [], []
        strangers = []
        for _ in range(2):
            size = int(len(base.customers) * rng.uniform(0.6, 0.9))
            overlap = int(size * rng.uniform(0.2, 0.4))
            shared = [self.elsewhere(c) for c in rng.sample(base.customers, overlap)]
            known = rng.sample(strangers, min(len(strangers), size // 8))
            others = known + [p[:3] for p in base.people.draw(size - overlap - len(known))]
            strangers = others
            rows = shared + others
            rng.shuffle(rows)
            self.sets.append(rows)
            self.shared.append(overlap)
            self.others += others
        shop = {c[1]: c for c in base.customers}
        self.both = [(row, shop[row[0]]) for rows in self.sets for row in rows if row[0] in shop]

    def elsewhere(self, customer):
        """The same person at another service: same address, most often same phone and name."""
        rng = self.rng
        _, email, phone, name = customer[:4]
        if phone is None or rng.random() < 0.15:
            phone = None if rng.random() < 0.6 else f"+2106{rng.randrange(10 ** 8):08d}"
        if rng.random() < 0.08:
            first, _, last = name.partition(" ")
            name = f"{first[0]}. {last}"
        return email, phone, name

    def write(self, folder):
        for i, rows in enumerate(self.sets, 1):
            write_csv(f"{folder}/background-{i}.csv", ["email", "phone", "name"], rows)

    def stitch(self, rng, header):
        """500 rows for the twin world: people from other lists, everything else made up.
        Returns the rows and what is true about them."""
        about_customers = int(ROWS * rng.uniform(0.35, 0.6))
        people, seen = [], set()
        for row, customer in rng.sample(self.both, len(self.both)):
            if len(people) == about_customers:
                break
            if row[0] not in seen:
                seen.add(row[0])
                # one in eight comes from a list that nobody handed over
                people.append(row if rng.random() < 0.875 else (row[0], customer[2], customer[3]))
        real = len(people)
        for row in rng.sample(self.others, min(ROWS, len(self.others))):
            if len(people) == ROWS * 15 // 16:
                break
            if row[0] not in seen:
                seen.add(row[0])
                people.append(row)
        people += [p[:3] for p in self.base.people.draw(ROWS - len(people))]
        rng.shuffle(people)
        return self.dress(rng, people), {"about_customers": real, "rows": ROWS}

    def dress(self, rng, people):
        """Rows about these people with numbers, cities, hashes and times that somebody invents for them."""
        count = len(people)
        created = arrivals(rng, count, self.base.close)
        changed = [t + int((self.base.close - t) * rng.random() ** 3) for t in created]
        numbers = sorted(rng.sample(range(1000, 1000 + 2 * len(self.base.customers) + count), count))
        rows = []
        for n, (email, phone, name), made, last in zip(numbers, people, stamps(created), stamps(changed)):
            city = rng.choice(self.base.people.cities)
            rows.append([str(n), email, phone or "", name, city, bcrypt_look(rng.randbytes(39)), made, last])
        return rows

    def dilute(self, rng, rows):
        """Puts others' people in the place of 10 to 70 % of the rows. Returns the rows, and which are true, from 0."""
        keep = rng.sample(rows, max(1, round(len(rows) * (1 - rng.uniform(0.1, 0.7)))))
        strangers, seen = [], {row[1] for row in rows}
        for person in rng.sample(self.others, len(self.others)):
            if len(strangers) == len(rows) - len(keep):
                break
            if person[0] not in seen:
                seen.add(person[0])
                strangers.append(person)
        strangers += [p[:3] for p in self.base.people.draw(len(rows) - len(keep) - len(strangers))]
        mixed = [(row, True) for row in keep] + [(row, False) for row in self.dress(rng, strangers)]
        rng.shuffle(mixed)
        return [row for row, _ in mixed], [i for i, (_, true) in enumerate(mixed) if true]

    def make_up(self, rng):
        """500 people who are nobody. Whoever makes up enough addresses at big providers hits some by chance."""
        people = [p[:3] for p in People(rng).draw(ROWS)]
        known = {c[1] for c in self.base.customers}
        return self.dress(rng, people), {"about_customers": sum(p[0] in known for p in people), "rows": ROWS}

    def partner(self, rng):
        """A partner's list: most of its people are the shop's customers, as the shop once passed them on."""
        about = min(len(self.base.customers), int(ROWS * rng.uniform(0.7, 0.95)))
        chosen = rng.sample(self.base.customers, about)
        people = [(self.elsewhere(c), c) for c in chosen] + [(p[:3], None) for p in self.base.people.draw(ROWS - about)]
        rng.shuffle(people)
        has_number = rng.random() < 0.5
        rows = self.dress(rng, [person for person, _ in people])
        for row, (_, customer) in zip(rows, people):
            if customer and rng.random() < 0.8:
                row[4] = customer[4] or ""
            if customer and has_number:
                row[0] = str(customer[0])
        shared = ["email", "phone", "full_name", "city"] + (["customer_id"] if has_number else [])
        return rows, {"about_customers": about, "rows": ROWS, "shared_columns": shared}

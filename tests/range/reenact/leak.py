"""Samples and background sets: the 500 rows cut from what was really exported, or
the 500 rows that somebody stitched together from other services' lists."""

import csv
import io
import sqlite3

from .database import arrivals, bcrypt_look, stamps

COLUMNS = ["customer_id", "email", "phone", "full_name", "city", "password_hash", "created_at", "updated_at"]
RENAMED = ["uid", "mail", "tel", "name", "town", "pw", "joined", "changed"]
ROWS = 500


def read_export(data, form):
    """The customers of an Adminer export, in its own order, every value as text."""
    text = data.decode("utf-8-sig")
    if form == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        if rows[0] != COLUMNS:
            raise RuntimeError(f"the export begins with {rows[0]}")
        return rows[1:]
    db = sqlite3.connect(":memory:")
    db.executescript(text)
    rows = [["" if v is None else str(v) for v in row]
            for row in db.execute(f"SELECT {', '.join(COLUMNS)} FROM customers")]
    db.close()
    return rows


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
        for row in rng.sample(self.others, ROWS):
            if len(people) == ROWS * 15 // 16:
                break
            if row[0] not in seen:
                seen.add(row[0])
                people.append(row)
        people += [p[:3] for p in self.base.people.draw(ROWS - len(people))]
        rng.shuffle(people)
        created = arrivals(rng, ROWS, self.base.close)
        changed = [t + int((self.base.close - t) * rng.random() ** 3) for t in created]
        numbers = sorted(rng.sample(range(1000, 1000 + 2 * len(self.base.customers) + ROWS), ROWS))
        rows = []
        for n, (email, phone, name), made, last in zip(numbers, people, stamps(created), stamps(changed)):
            city = rng.choice(self.base.people.cities)
            rows.append([str(n), email, phone or "", name, city, bcrypt_look(rng.randbytes(39)), made, last])
        return rows, {"about_customers": real, "rows": len(rows)}

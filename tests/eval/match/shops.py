"""Databases whose every row's life is known: created, changed, deleted. A shop says what it held at any moment.

A row's values are raw: a time is a second, a phone (country code, number) or a string as it was found; writers.py spells them."""

import hashlib
import os
import random
import uuid
from datetime import datetime, timezone

from . import public
from .people import DAY, People, phone_of

CLOSE = int(datetime(2026, 3, 20, tzinfo=timezone.utc).timestamp())     # when every reference was drawn
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
HASHES = {
    "bcrypt": lambda rng: "$2y$10$" + "".join(rng.choices(LETTERS + "./", k=53)),
    "argon2": lambda rng: "$argon2id$v=19$m=65536,t=3,p=4$" + "".join(rng.choices(LETTERS + "+/", k=22)) + "$" + "".join(rng.choices(LETTERS + "+/", k=43)),
    "phpass": lambda rng: "$P$B" + "".join(rng.choices(LETTERS + "./", k=30)),
    "sha1": lambda rng: f"{rng.getrandbits(160):040x}",
    "token": lambda rng: "".join(rng.choices(LETTERS + "-_", k=32)),
}


def unsalted(rng, repeats):
    """MD5 of a password: some passwords are everybody's, and a person's own goes to every service that person uses."""
    return hashlib.md5((f"common{min(int(rng.paretovariate(.8)), 400)}" if rng.random() < repeats else f"own{rng.getrandbits(48)}").encode()).hexdigest()


# role and column, in the order of the table; id kinds: sequence, uuid, snowflake, order
SCHEMAS = [
    {"table": "customers", "id": "sequence", "hash": "bcrypt", "times": "sql", "phones": "+", "file": "csv,",
     "columns": [("id", "customer_id"), ("email", "email"), ("phone", "phone"), ("full", "full_name"), ("city", "city"), ("hash", "password_hash"), ("created", "created_at"), ("updated", "updated_at")]},
    {"table": "wp_users", "id": "sequence", "hash": "phpass", "times": "sql", "phones": "+", "file": "mysql",
     "columns": [("id", "ID"), ("login", "user_login"), ("hash", "user_pass"), ("email", "user_email"), ("created", "user_registered"), ("flag", "user_status"), ("full", "display_name"), ("phone", "billing_phone")]},
    {"table": "Kunden", "id": "sequence", "hash": "unsalted", "times": "german", "phones": "0 /", "file": "csv;",
     "columns": [("id", "KundenNr"), ("last", "Nachname"), ("first", "Vorname"), ("email", "EMail"), ("phone", "Telefon"), ("street", "Strasse"), ("city", "Ort"), ("birth", "Geburtsdatum"),
                 ("hash", "Passwort"), ("created", "Angelegt"), ("updated", "Geaendert")]},
    {"table": "accounts", "id": "uuid", "hash": "argon2", "times": "epoch", "phones": "digits", "file": "jsonl",
     "columns": [("id", "id"), ("email", "mail"), ("phone", "msisdn"), ("full", "name"), ("flag", "verified"), ("hash", "pwd"), ("created", "joined"), ("updated", "modified")]},
    {"table": "clientes", "id": "sequence", "hash": "sha1", "times": "isoz", "phones": "spaces", "file": "pg-insert",
     "columns": [("id", "cod_cliente"), ("first", "nombre"), ("last", "apellidos"), ("email", "correo"), ("phone", "telefono"), ("city", "ciudad"), ("birth", "fecha_nac"), ("hash", "clave"),
                 ("store", "tienda"), ("created", "fecha_alta"), ("updated", "updated_at")]},
    {"table": "members", "id": "snowflake", "hash": "token", "times": "isoms", "phones": "()", "file": "pg-copy",
     "columns": [("id", "id"), ("email", "email"), ("phone", "phone_number"), ("first", "first_name"), ("last", "last_name"), ("hash", "api_token"), ("points", "points"), ("created", "created_at"),
                 ("login_at", "last_login"), ("updated", "updated_at")]},
    {"table": "orders", "id": "order", "hash": None, "times": "sql", "phones": "+", "file": "sqlite",
     "columns": [("id", "order_no"), ("email", "buyer_email"), ("phone", "buyer_phone"), ("full", "ship_name"), ("street", "ship_street"), ("city", "ship_city"), ("balance", "total"), ("created", "created_at"),
                 ("updated", "updated_at")]},
    {"table": "subscribers", "id": "sequence", "hash": None, "times": "day", "phones": "+", "file": "csvtab",
     "columns": [("id", "subscriber_id"), ("email", "email_address"), ("full", "name"), ("city", "town"), ("flag", "opt_in"), ("created", "joined")]},
    {"table": "users", "id": "uuid", "hash": "bcrypt", "times": "offset", "phones": "+", "file": "csv,",
     "columns": [("id", "uuid"), ("email", "email"), ("full", "name"), ("phone", "phone"), ("hash", "encrypted_password"), ("token", "reset_password_token"), ("created", "created_at"), ("updated", "updated_at")]},
]
PUBLIC = ("chinook-mysql", "sakila", "northwind", "febrl", "chinook-postgresql")


class Row:
    """born: values at creation. changes: [(second, {role: value})] in order. gone: when deleted, or None."""

    __slots__ = ("born", "created", "changes", "gone")

    def __init__(self, born, created, changes, gone):
        self.born, self.created, self.changes, self.gone = born, created, changes, gone

    def at(self, when):
        """Values at a moment, its `updated` the last change before; None if it was not there."""
        if when < self.created or (self.gone is not None and when >= self.gone):
            return None
        values = dict(self.born, updated=self.created, row=self)
        for second, changed in self.changes:
            if second > when:
                break
            values.update(changed)
            values["updated"] = second
        return values


class Shop:
    """seed names it wholly. rows: all that ever were, by creation; now: what the reference holds."""

    def __init__(self, seed, data):
        self.seed = seed
        self.rng = rng = random.Random(f"shop/{seed}")
        name = PUBLIC[seed // 5 % len(PUBLIC)] if seed % 5 == 0 and data else None
        self.people = People(rng, "")
        self.repeats = rng.choice([.03, .15, .4])
        self.base = public.load(name, data) if name else None
        self.schema = dict(self.base.schema) if name else dict(rng.choice(SCHEMAS))
        self.name = name or self.schema["table"]
        self.columns = list(self.schema["columns"])
        if not name and rng.random() < .3:      # no record of changes
            self.columns = [c for c in self.columns if c[0] != "updated"]
        self.roles = [role for role, _ in self.columns]
        self.make_rows(rng)
        self.now = self.snapshot(CLOSE)
        self.strangers = [self.people_one(i + 10 ** 6) for i in range(2500)]
        self.sets = [self.service(rng.uniform(.05, .4), rng.randint(1000, 2500)) for _ in range(2)]
        self.elsewhere = self.service(rng.uniform(.05, .4), 2500)

    def people_one(self, i):
        return self.base.person(self.rng, i) if self.base else self.people.one()

    def new_hash(self, rng):
        kind = self.schema["hash"]
        return None if kind is None else unsalted(rng, self.repeats) if kind == "unsalted" else HASHES[kind](rng)

    def new_id(self, rng, i, second):
        kind = self.schema["id"]
        if kind == "sequence":
            return str(self.first_id + i * self.step)
        if kind == "uuid":
            return str(uuid.UUID(int=rng.getrandbits(128), version=4))
        if kind == "snowflake":
            return str(((second - 1420070400) * 1000 + rng.randrange(1000) << 22) + rng.randrange(4096))
        if kind == "letters":
            return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=5))
        return f"INV-{datetime.fromtimestamp(second, timezone.utc).year}-{i + self.first_id:05d}"

    def make_rows(self, rng):
        count = self.base.count(rng) if self.base else rng.randint(2000, 6000)
        first = CLOSE - rng.randint(700, 2000) * DAY
        self.first_id, self.step = rng.randint(1, 9000), rng.choice([1, 1, 1, 7])
        self.fixtures = rng.randint(8, 40)
        self.marked = rng.random() < .7                 # reserved addresses, made within a minute
        times = sorted(moment(rng, first, CLOSE) for _ in range(int(count * 1.04)))
        self.rows = []
        for i, second in enumerate(times):
            person = self.people_one(i)
            if i < self.fixtures:
                second = times[0] + (i % 50 if self.marked else i * 3600 * 5)
                person[2] = f"user{i}@example.com" if self.marked and person[2] else person[2]
            values = self.dressed(rng, person, self.new_id(rng, i, second), second)
            gone = None
            if i >= self.fixtures and rng.random() < .04:
                gone = second + 1 + int((CLOSE - second) * rng.random())
            self.rows.append(Row(values, second, self.changes(rng, values, second), gone))
        self.rows.sort(key=lambda row: row.created)

    def dressed(self, rng, person, number, second):
        """A person as this shop's schema knows one."""
        values = {"id": number, "email": person[2], "phone": person[3], "first": person[0], "last": person[1], "full": f"{person[0]} {person[1]}", "city": person[4],
                  "street": person[5], "birth": person[6], "created": second, "updated": second, "hash": self.new_hash(rng)}
        values.update(person[7] if len(person) > 7 else {})
        for role in self.roles:
            if role not in values:
                values[role] = noise(rng, role, values, second)
        return values

    def changes(self, rng, values, second):
        """A password, sometimes a phone; without a record of changes passwords change, too."""
        changes = []
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3]) if rng.random() < .7 else 0):
            changed = {}
            if rng.random() < .5 and values["hash"] is not None:
                changed["hash"] = self.new_hash(rng)
            if rng.random() < .1 and isinstance(values["phone"], tuple):
                changed["phone"] = phone_of(rng, values["phone"][0], "6")
            if "login_at" in values:
                changed["login_at"] = None
            changes.append([second + 1 + int((CLOSE - second - 1) * rng.random() ** 2), changed])
        changes.sort(key=lambda change: change[0])
        for change in changes:
            if "login_at" in change[1]:
                change[1]["login_at"] = change[0] - rng.randint(0, 900)
        return changes

    def snapshot(self, when):
        return [values for values in (row.at(when) for row in self.rows) if values is not None]

    def service(self, overlap, size):
        """Another service's people: some of them buy here, too. A phone is missing or another one here and there."""
        rng = self.rng
        shared = rng.sample(self.now[self.fixtures:], min(int(size * overlap), len(self.now) // 2))
        people = []
        for row in shared:
            phone = row["phone"]
            if rng.random() < .15:
                phone = None if rng.random() < .6 else self.people_one(rng.randrange(10 ** 6, 2 * 10 ** 6))[3]
            first = row["first"] if rng.random() > .08 else row["first"][:1] + "."
            same = row["hash"] if self.schema["hash"] == "unsalted" and rng.random() < .3 else None     # the same password there, hashed alike
            people.append([first, row["last"], row["email"], phone, row["city"], row["street"], row["birth"], {"hash": same} if same else {}])
        people += rng.sample(self.strangers, min(size - len(shared), len(self.strangers)))
        rng.shuffle(people)
        return people

    def secret_columns(self, roles):
        """Of these roles, those that nobody but this shop's database held (A.1)."""
        kinds = {"hash": self.schema["hash"] not in (None, "unsalted"), "token": True, "created": self.schema["times"] != "day", "id": self.schema["id"] == "uuid"}
        return [role for role in roles if kinds.get(role) and role in self.roles]


def moment(rng, first, close):
    """A second between, more of them late, and by day more than by night."""
    second = first + int((close - first) * rng.random() ** .7)
    within = int(DAY * min(max(rng.gauss(.62, .17), 0), .99999))
    return min(second - second % DAY + within, close - 1)


def noise(rng, role, values, second):
    if role == "login":
        return (values["email"] or values["last"]).split("@")[0]
    return {"flag": lambda: str(rng.randrange(2)), "store": lambda: str(rng.randint(1, 5)), "points": lambda: str(int(rng.expovariate(.004))),
            "balance": lambda: f"{rng.randint(400, 30000) / 100:.2f}", "token": lambda: HASHES["token"](rng) if rng.random() < .6 else None,
            "login_at": lambda: second + rng.randint(0, 900)}.get(role, lambda: None)()

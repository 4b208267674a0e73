"""Public sample databases, grown: their customers and more people made of their names, with times and hashes that they lack. They
are written back into the dumps they came in, so that a program has to find the table among the others."""

import csv
import json
import os
import re
import unicodedata

from .people import DAY

CACHE = {}


class Base:
    """schema as in shops.py; person(rng, i): the i-th customer, made of two others' names where the source has no more."""

    def __init__(self, schema, people, least, most):
        self.schema, self.people, self.least, self.most = schema, people, least, most

    def count(self, rng):
        return rng.randint(self.least, self.most)

    def person(self, rng, i):
        if i < len(self.people):
            return [dict(part) if isinstance(part, dict) else part for part in self.people[i]]
        one, other = rng.choice(self.people), rng.choice(self.people)
        email = one[2] and f"{letters(one[0])}.{letters(other[1])}{i}@{one[2].split('@')[1]}"
        phone = one[3] and re.sub(r"\d", lambda digit: str(rng.randrange(10)) if digit.start() > 3 else digit.group(), one[3])
        return [one[0], other[1], email, phone, other[4], one[5], other[6] + rng.randint(-400, 400) * DAY, dict(other[7])]


def letters(name):
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()) or "x"


def load(name, data):
    if name not in CACHE:
        CACHE[name] = {"chinook-mysql": chinook_mysql, "chinook-postgresql": chinook_postgresql, "sakila": sakila, "northwind": northwind, "febrl": febrl}[name](data)
    return CACHE[name]


def text_of(*path):
    with open(os.path.join(*path), encoding="utf-8-sig") as text:
        return text.read()


def cut(text, begin, end):
    """Around the first stretch from begin to end (inclusive)."""
    start = text.index(begin)
    stop = text.index(end, start) + len(end)
    return text[:start], text[stop:]


CHINOOK = [("id", "CustomerId"), ("first", "FirstName"), ("last", "LastName"), ("company", "Company"), ("street", "Address"), ("city", "City"), ("state", "State"), ("country", "Country"),
           ("zip", "PostalCode"), ("phone", "Phone"), ("fax", "Fax"), ("email", "Email"), ("store", "SupportRepId"), ("hash", "PasswordHash"), ("created", "CreatedAt"), ("updated", "UpdatedAt")]


def chinook_people(data):
    people = []
    for c in json.loads(text_of(data, "chinook", "ChinookData.json"))["Customer"]:
        rest = {"company": c["Company"], "state": c["State"], "country": c["Country"], "zip": c["PostalCode"], "fax": c["Fax"], "store": str(c["SupportRepId"])}
        people.append([c["FirstName"], c["LastName"], c["Email"], c["Phone"], c["City"], c["Address"], 0, rest])
    return people


def chinook_mysql(data):
    head, tail = cut(text_of(data, "chinook", "Chinook_MySql.sql"), "INSERT INTO `Customer`", ";\n")
    head = head.replace("    `SupportRepId` INT,\n", "    `SupportRepId` INT,\n    `PasswordHash` CHAR(60),\n    `CreatedAt` DATETIME,\n    `UpdatedAt` DATETIME,\n")
    return Base({"table": "Customer", "id": "sequence", "hash": "bcrypt", "times": "sql", "phones": "+", "file": "mysql", "columns": CHINOOK, "around": (head, tail)},
                chinook_people(data), 1500, 2500)


def chinook_postgresql(data):
    head, tail = cut(text_of(data, "chinook", "Chinook_PostgreSql.sql"), "INSERT INTO customer ", ";\n")
    head = head.replace("    support_rep_id INT,\n", "    support_rep_id INT,\n    password_hash TEXT,\n    created_at TIMESTAMP,\n    updated_at TIMESTAMP,\n")
    columns = [(role, re.sub("(?<=[a-z])([A-Z])", r"_\1", name).lower()) for role, name in CHINOOK]
    return Base({"table": "customer", "id": "sequence", "hash": "argon2", "times": "sql", "phones": "+", "file": "pg-insert", "columns": columns, "around": (head, tail)},
                chinook_people(data), 1500, 2500)


def sakila(data):
    begin, end = "COPY public.customer (", "\\.\n"
    text = text_of(data, "sakila", "postgres-sakila-insert-data-using-copy.sql")
    head, tail = cut(text, begin, end)
    people = []
    for line in text[len(head):len(text) - len(tail)].split("\n")[1:]:
        cells = line.split("\t")
        if len(cells) == 10:
            people.append([cells[2], cells[3], cells[4], None, "", "", 0, {"store": cells[1], "address": cells[5], "flag": cells[6], "active": cells[9]}])
    columns = [("id", "customer_id"), ("store", "store_id"), ("first", "first_name"), ("last", "last_name"), ("email", "email"), ("address", "address_id"), ("flag", "activebool"),
               ("day", "create_date"), ("updated", "last_update"), ("active", "active"), ("created", "created_at"), ("hash", "password")]
    head = head[head.rindex("--\n-- Data for Name: category"):]        # films and their texts say nothing here and cost each trial a megabyte
    tail = tail[:tail.index("COPY public.payment ")]
    return Base({"table": "public.customer", "id": "sequence", "hash": "sha1", "times": "sql", "phones": "+", "file": "pg-copy", "columns": columns, "around": (head, tail)}, people, 1500, 2500)


def northwind(data):
    text = text_of(data, "northwind", "northwind.sql")
    start = text.index("INSERT INTO customers VALUES")
    stop = text.index("\n", text.rindex("INSERT INTO customers VALUES")) + 1
    people = []
    for line in text[start:stop].split("\n"):
        cells = [cell.replace("''", "'") if cell else None for cell in re.findall(r"'((?:[^']|'')*)'|NULL", line)]
        if len(cells) == 11:
            first, _, last = cells[2].partition(" ")
            people.append([first, last, None, cells[9], cells[5], cells[4], 0, {"company": cells[1], "title": cells[3], "state": cells[6], "zip": cells[7], "country": cells[8], "fax": cells[10]}])
    columns = [("id", "customer_id"), ("company", "company_name"), ("full", "contact_name"), ("title", "contact_title"), ("street", "address"), ("city", "city"), ("state", "region"),
               ("zip", "postal_code"), ("country", "country"), ("phone", "phone"), ("fax", "fax"), ("hash", "password"), ("created", "created_at"), ("updated", "updated_at")]
    head = text[:start].replace("    fax character varying(24)\n);", "    fax character varying(24),\n    password text,\n    created_at timestamp,\n    updated_at timestamp\n);", 1)
    return Base({"table": "customers", "id": "letters", "hash": "bcrypt", "times": "sql", "phones": "+", "file": "pg-insert", "columns": columns, "around": (head, text[stop:])}, people, 1200, 2000)


def febrl(data):
    people = []
    with open(os.path.join(data, "febrl", "dataset4a.csv"), encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, skipinitialspace=True):
            if row["given_name"] and row["surname"]:
                rest = {"number": row["street_number"], "suburb": row["suburb"], "zip": row["postcode"], "state": row["state"], "dob": row["date_of_birth"], "ssn": row["soc_sec_id"]}
                email = f"{letters(row['given_name'])}.{letters(row['surname'])}{len(people)}@mail.zz"
                people.append([row["given_name"], row["surname"], email, None, row["suburb"], row["address_1"], 0, rest])
    columns = [("id", "rec_id"), ("first", "given_name"), ("last", "surname"), ("number", "street_number"), ("street", "address_1"), ("suburb", "suburb"), ("zip", "postcode"), ("state", "state"),
               ("dob", "date_of_birth"), ("ssn", "soc_sec_id"), ("email", "email"), ("hash", "password_hash"), ("created", "created_at"), ("updated", "updated_at")]
    return Base({"table": "febrl", "id": "sequence", "hash": "bcrypt", "times": "sql", "phones": "+", "file": "csv, ", "columns": columns}, people, 2500, 4000)

"""Public sample databases (ASSAY_SHARED/data) with the kinds of their columns as a person labelled them, before the program was
run on them. LABELS names every column that holds a kind; EITHER what may be called one or not (a country, an artist's name)."""

import csv
import glob
import os
import re
import sqlite3

LABELS = {
    "chinook": {
        "Customer": {"FirstName": "name", "LastName": "name", "Address": "address", "City": "address", "PostalCode": "address", "Phone": "phone", "Fax": "phone", "Email": "email"},
        "Employee": {"FirstName": "name", "LastName": "name", "BirthDate": "birth-date", "Address": "address", "City": "address", "PostalCode": "address", "Phone": "phone",
                     "Fax": "phone", "Email": "email"},
        "Invoice": {"BillingAddress": "address", "BillingCity": "address", "BillingPostalCode": "address"},
    },
    "northwind": {
        "customers": {"contact_name": "name", "address": "address", "city": "address", "postal_code": "address", "phone": "phone", "fax": "phone"},
        "employees": {"last_name": "name", "first_name": "name", "birth_date": "birth-date", "address": "address", "city": "address", "postal_code": "address", "home_phone": "phone"},
        "orders": {"ship_address": "address", "ship_city": "address", "ship_postal_code": "address"},
        "shippers": {"phone": "phone"},
        "suppliers": {"contact_name": "name", "address": "address", "city": "address", "postal_code": "address", "phone": "phone", "fax": "phone"},
    },
    "sakila": {
        "actor": {"first_name": "name", "last_name": "name"},
        "address": {"address": "address", "address2": "address", "postal_code": "address", "phone": "phone"},
        "customer": {"first_name": "name", "last_name": "name", "email": "email"},
        "staff": {"first_name": "name", "last_name": "name", "email": "email", "password": "password"},
    },
    "febrl": {"*": {"given_name": "name", "surname": "name", "address_1": "address", "address_2": "address", "suburb": "address", "postcode": "address",
                    "date_of_birth": "birth-date", "soc_sec_id": "national-id"}},
}
EITHER = {
    "chinook": {"Artist": {"Name": "name"}, "Track": {"Composer": "name"}, "Customer": {"State": "address", "Country": "address"}, "Employee": {"State": "address", "Country": "address"},
                "Invoice": {"BillingState": "address", "BillingCountry": "address"}},
    "northwind": {"customers": {"region": "address", "country": "address"}, "suppliers": {"region": "address", "country": "address"},
                  "employees": {"region": "address", "country": "address", "title_of_courtesy": "gender"},
                  "orders": {"ship_name": "name", "ship_region": "address", "ship_country": "address"}, "territories": {"territory_id": "address", "territory_description": "address"}},
    "sakila": {"address": {"district": "address"}, "city": {"city": "address"}, "staff": {"username": "name"}},
    "febrl": {"*": {"street_number": "address", "state": "address", "soc_sec_id": "ssn"}},
}


def labelled(database, table, names, rows):
    truth, open_to = (side[database].get(table, side[database].get("*", {})) for side in (LABELS, EITHER))
    values = list(zip(*rows)) if rows else [[] for _ in names]
    return {"table": table, "columns": [{"name": name, "told": True, "kinds": {truth[name]} if name in truth else set(),
                                         "either": {open_to[name]} if name in open_to else set(),
                                         "values": [None if v is None else str(v) for v in column]} for name, column in zip(names, values)]}


def chinook(folder):
    with sqlite3.connect(f"file:{folder}/Chinook_Sqlite.sqlite?mode=ro&immutable=1", uri=True) as base:
        for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").fetchall():
            rows = base.execute(f'SELECT * FROM "{table}"')
            yield labelled("chinook", table, [c[0] for c in rows.description], rows.fetchall())


def northwind(folder):
    with open(f"{folder}/northwind.sql", encoding="utf-8") as source:
        text = source.read()
    for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", text, re.S):
        names = [line.split()[0] for line in body.strip().split("\n") if line.strip()]
        rows = []
        for line in re.findall(rf"^INSERT INTO {table} VALUES \((.*)\);$", text, re.M):
            cells = re.findall(r"('(?:[^']|'')*'|[^,']+)(?:, |$)", line)
            rows.append([None if c == "NULL" else c[1:-1].replace("''", "'") if c.startswith("'") else c for c in cells])
        yield labelled("northwind", table, names, [row for row in rows if len(row) == len(names)])


def sakila(folder):
    with open(f"{folder}/postgres-sakila-insert-data-using-copy.sql", encoding="utf-8") as source:
        text = source.read()
    for table, names, body in re.findall(r"^COPY (?:public\.)?(\w+) \(([^)]*)\) FROM stdin;\n(.*?)^\\\.$", text, re.M | re.S):
        rows = [[None if c == "\\N" else c for c in line.split("\t")] for line in body.split("\n") if line]
        yield labelled("sakila", table, [n.strip().strip('"') for n in names.split(",")], rows)


def febrl(folder):
    for path in sorted(glob.glob(f"{folder}/*.csv")):
        with open(path, encoding="utf-8", newline="") as source:
            head, *rows = list(csv.reader(source, skipinitialspace=True))
        yield labelled("febrl", os.path.basename(path)[:-4], [n.strip() for n in head], [[c.strip() or None for c in row] for row in rows])


def schemas(shared):
    """(name, tables) of each that is there."""
    for name, read in (("chinook", chinook), ("northwind", northwind), ("sakila", sakila), ("febrl", febrl)):
        folder = os.path.join(shared or "", "data", name)
        if shared and os.path.isdir(folder):
            yield name, list(read(folder))

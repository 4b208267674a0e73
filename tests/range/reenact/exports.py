"""Reads what was taken, in the forms it is taken in: CSV, and the SQL of Adminer, phpMyAdmin, mysqldump and pg_dump.

A reader for files this range made a moment ago, not for any dump in the world: it raises where it is surprised."""

import csv
import gzip
import io
import re
import sqlite3

CREATE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?([`\"\w.]+) \(\n(.*?)\n\)", re.DOTALL)
INSERT = re.compile(r"INSERT INTO ([`\"\w.]+)\s*(?:\(([^()]*)\)\s*)?VALUES\s*")
COPY = re.compile(r"^COPY ([`\"\w.]+) \(([^()]*)\) FROM stdin;\n", re.MULTILINE)
TEXT = r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'"
ROW = re.compile(rf"\s*\(((?:{TEXT}|[^'()]+)*)\)\s*([,;])", re.DOTALL)
VALUE = re.compile(rf"({TEXT})|(NULL)|(-?\d+(?:\.\d+)?)", re.DOTALL)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a"}


def name_of(quoted):
    """A table or column without its quotes and its schema."""
    return re.sub(r"[`\"\s]", "", quoted).rsplit(".", 1)[-1]


def text_of(literal):
    inner = literal[1:-1]
    if "'" in inner or "\\" in inner:
        inner = re.sub(r"''|\\(.)", lambda found: "'" if found.group(1) is None else ESCAPES.get(found.group(1), found.group(1)),
                       inner, flags=re.DOTALL)
    return inner


def values(text, start, wanted):
    """The rows after VALUES as lists, or as empty lists where nobody wants them, and where their statement ends."""
    rows, place, mark = [], start, ","
    while mark == ",":
        found = ROW.match(text, place)
        if not found:
            raise RuntimeError(f"the export is not SQL as expected: {text[place:place + 60]!r}")
        row, mark = found.groups()
        place = found.end()
        rows.append([text_of(literal) if literal else number for literal, _, number in VALUE.findall(row)] if wanted else [])
    return rows, place


def copied(text, start, wanted):
    """The rows of a COPY, up to its end mark."""
    end = text.index("\n\\.\n", start - 1)
    rows = []
    for line in text[start:end + 1].split("\n")[:-1]:
        row = [] if not wanted else ["" if field == "\\N" else re.sub(r"\\(.)", lambda f: ESCAPES.get(f.group(1), f.group(1)), field)
               for field in line.split("\t")]
        rows.append(row)
    return rows, end + 4


def columns_created(text):
    """The columns of each CREATE TABLE: an INSERT need not name them."""
    made = {}
    for found in CREATE.finditer(text):
        names = [re.match(r"\s*([`\"]?)(\w+)\1 ", line) for line in found.group(2).split("\n")]
        made[name_of(found.group(1))] = [n.group(2) for n in names if n and n.group(2) not in
                                         ("PRIMARY", "UNIQUE", "KEY", "CONSTRAINT", "FOREIGN", "INDEX", "FULLTEXT", "CHECK")]
    return made


def sql_tables(text, wanted="customers"):
    """{table: list of rows as dicts} of a dump; of a table that is not wanted only so many empty ones."""
    created, tables = columns_created(text), {}
    for pattern, read in ((INSERT, values), (COPY, copied)):
        place = 0
        while found := pattern.search(text, place):
            table = name_of(found.group(1))
            names = [name_of(n) for n in found.group(2).split(",")] if found.group(2) else created[table]
            rows, place = read(text, found.end(), table == wanted)
            tables.setdefault(table, []).extend(dict(zip(names, row)) for row in rows)
    return tables


def sqlite_tables(text):
    """The same through SQLite itself, for what was written for it."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    db.executescript(text)
    found = {name: [{k: "" if row[k] is None else str(row[k]) for k in row.keys()} for row in db.execute(f"SELECT * FROM {name}")]
             for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall()}
    db.close()
    return found


def tables_of(data, form, tables, kind):
    """{table: list of rows as dicts}. form: csv, sql or sql.gz. kind: of the database it came from."""
    if form == "sql.gz":
        data = gzip.decompress(data)
    text = data.decode("utf-8-sig")
    if form == "csv":
        (table,) = tables
        rows = list(csv.reader(io.StringIO(text)))
        return {table: [dict(zip(rows[0], ["" if v == "NULL" else v for v in row])) for row in rows[1:]]}
    return sqlite_tables(text) if kind == "sqlite" else sql_tables(text)

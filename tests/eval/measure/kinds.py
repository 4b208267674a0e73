"""How often a kind of personal data is missed, and seen where it is not: on made-up schemas (kinds_made.py) and on public ones
(kinds_public.py). A column counts once per kind: with it in truth, was it noted? Without, was it noted all the same?"""

import json
import os
import sqlite3
import subprocess
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from . import kinds_made, kinds_public

SECONDS = 120


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def database(path, tables):
    """A SQLite file of the tables; text as text, so that nothing but names and values can tell."""
    with sqlite3.connect(path) as base:
        for table in tables:
            columns = table["columns"]
            kinds = ", ".join(f"{quoted(c['name'])} {c.get('type', 'TEXT')}" for c in columns)
            base.execute(f"CREATE TABLE {quoted(table['table'])} ({kinds})")
            marks = ", ".join("?" * len(columns))
            base.executemany(f"INSERT INTO {quoted(table['table'])} VALUES ({marks})", zip(*(c["values"] for c in columns)))
    base.close()


def dump(path, tables):
    """The same as SQL text, for kinds_look."""
    def literal(value):
        return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
    with open(path, "w", encoding="utf-8") as out:
        for table in tables:
            name = quoted(table["table"])
            out.write(f"CREATE TABLE {name} (\n" + ",\n".join(f"  {quoted(c['name'])} {c.get('type', 'text')}" for c in table["columns"]) + "\n);\n")
            rows = list(zip(*(c["values"] for c in table["columns"]))) or [[None] * len(table["columns"])]   # a dump shows no empty table
            for row in rows:
                out.write(f"INSERT INTO {name} VALUES ({', '.join(map(literal, row))});\n")


def spoken(command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: {run.returncode}: {run.stderr.strip()[-300:]}")
    return [json.loads(line) for line in run.stdout.splitlines() if line]


def look(assay, tables, directory):
    """{(table, column): {kind, ...}} as the program says. ASSAY_KINDS_LOOK names tests/eval/kinds_look to ask it instead of reach."""
    program = os.environ.get("ASSAY_KINDS_LOOK")
    seen = defaultdict(set)
    with tempfile.TemporaryDirectory(dir=directory) as room:
        if program:
            dump(f"{room}/x.sql", tables)
            for line in spoken([program, f"{room}/x.sql"]):
                seen[line["table"], line["column"]].add(line["kind"])
            return seen
        database(f"{room}/x.sqlite", tables)
        for line in spoken([assay, "reach", f"sqlite:{room}/x.sqlite", "--json", "--max-rows", "1000"]):
            if line["kind"] == "measure" and line.get("class") == "table":
                for note in line["kinds"]:
                    seen[line["table"], note["column"]].add(note["kind"])
    return seen


class Tally:
    """Per kind [k, n]: missed where the name tells, missed where only values can, alarms where it is not."""

    def __init__(self):
        self.kinds = defaultdict(lambda: {"missed_told": [0, 0], "missed_untold": [0, 0], "false": [0, 0]})
        self.columns, self.wrong, self.examples = 0, 0, []

    def add(self, where, column, seen, every):
        if column["kinds"] is None:
            return
        truth, open_to = column["kinds"], column.get("either", set())
        self.columns += 1
        self.wrong += bool(seen - truth - open_to)
        for kind in every | truth | seen:
            counts = self.kinds[kind]
            if kind in truth:
                group = counts["missed_told" if column["told"] else "missed_untold"]
                group[0] += kind not in seen
                group[1] += 1
                wrong = kind not in seen
            elif kind in open_to:
                continue
            else:
                counts["false"][0] += kind in seen
                counts["false"][1] += 1
                wrong = kind in seen
            if wrong:
                values = [v for v in column["values"] if v is not None][:4]
                self.examples.append((kind, "missed" if kind in truth else "false", *where, column["name"], len(column["values"]), values))

    def counts(self):
        return {"columns": self.columns, "with_false_alarm": [self.wrong, self.columns], "kinds": {k: v for k, v in sorted(self.kinds.items())}}


EVERY = {line[0] for line in kinds_made.PERSONAL}


def weigh(tally, name, tables, seen):
    for table in tables:
        for column in table["columns"]:
            tally.add((name, table["table"]), column, seen.get((table["table"], column["name"]), set()), EVERY)


def measure_made(assay, seeds, processes, line):
    tally = Tally()

    def one(seed):
        tables = kinds_made.schema(seed)
        return tables, look(assay, tables, None)
    with ThreadPoolExecutor(processes) as pool:
        for seed, (tables, seen) in zip(seeds, pool.map(one, seeds)):
            weigh(tally, seed, tables, seen)
            if (seed - seeds[0] + 1) % 100 == 0:
                line(f"{seed - seeds[0] + 1} of {len(seeds)} schemas")
    return tally


def measure_public(assay, shared, line):
    tally, names = Tally(), []
    for name, tables in kinds_public.schemas(shared):
        weigh(tally, name, tables, look(assay, tables, None))
        names.append(name)
    if not names:
        line("public schemas: not there (ASSAY_SHARED); kept out")
    return tally, names


def measure(assay, count, first, processes, line):
    """The counts of both; seeds from `first` on."""
    made = measure_made(assay, range(first, first + count), processes, line)
    public, names = measure_public(assay, os.environ.get("ASSAY_SHARED"), line)
    return {"drawn": dict(made.counts(), schemas=count, seeds=[first, first + count - 1]), "public": dict(public.counts(), schemas=names)}

"""SQLite: a file beside the web root, read by the shop's own process."""

import os
import sqlite3

from .database import INDEXES, SCHEMA, TABLES
from .interface import Database


class SQLite(Database):
    kind, driver = "sqlite", "sqlite"

    def __init__(self, run):
        self.name = os.path.join(run, "site/shop.sqlite")
        self.version = sqlite3.sqlite_version

    def load(self, base):
        db = sqlite3.connect(self.name, isolation_level=None)
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096;" + SCHEMA)
        db.execute("BEGIN")
        for table, rows in base.tables():
            if rows:
                db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        db.execute("COMMIT")
        db.executescript(INDEXES + "PRAGMA journal_mode = DELETE;")
        db.close()

    def query(self, sql, database=None):
        db = sqlite3.connect(self.name, isolation_level=None)
        rows = [[None if v is None else str(v) for v in row] for row in db.execute(sql)]
        db.close()
        return rows

    def connect(self):
        return self

    def dump(self, folder):
        source = sqlite3.connect(self.name)
        target = sqlite3.connect(os.path.join(folder, "shop.sqlite"))
        source.backup(target)
        source.close()
        target.close()
        return "shop.sqlite"

    def reach(self):
        """Whoever can read the file can read all of it."""
        return {"account": None, "role": None, "grants": [], "scope": "entire", "server_scope": "entire", "powers": [],
                "databases": [{"name": "shop.sqlite", "scope": "entire", "tables": sorted(TABLES), "readable": sorted(TABLES)}]}

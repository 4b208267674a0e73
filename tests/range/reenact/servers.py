"""The servers of one run: a web server with PHP, and the database behind the shop.

Everything runs in the foreground as our child, in our own directory, on loopback only, and is
told by the kernel to end when we do. One file a server: servers_nginx.py, servers_apache.py,
servers_sqlite.py, servers_mariadb.py, servers_postgresql.py; interface.py says what each can do."""

import glob
import os

from . import process
from .process import Missing, find, make_run_directory, remove     # noqa: F401: the story knows only this file
from .servers_apache import Apache
from .servers_mariadb import MariaDB
from .servers_nginx import Nginx
from .servers_postgresql import PostgreSQL
from .servers_sqlite import SQLite

WEB = {"nginx": Nginx, "apache": Apache}
DATABASES = {"sqlite": SQLite, "mariadb": MariaDB, "postgresql": PostgreSQL}


class Servers:
    """Use as a context: on leaving, by whatever way, no process is left. Entering starts the web server; who
    needs the database before (its port is in the shop's settings) starts it with start_database().

    rng: chooses what may differ between databases of one kind; only asked when there is something to choose.
    db_log: whether the database server writes a log of its own."""

    def __init__(self, run, admin, web="nginx", db="sqlite", db_log=False, rng=None):
        self.run = run
        self.worker = process.find_user("www-data", "nobody")
        self.web = WEB[web](run, admin, self.worker)
        self.database = SQLite(run) if db == "sqlite" else DATABASES[db](run, rng, db_log)
        self.web.hides_dotfiles = self.database.settings_file == ".env"

    @property
    def port(self):
        return self.web.port

    def give(self, *paths):
        """Hands directories and all in them to the workers."""
        process.give(self.worker, *paths)

    def __enter__(self):
        try:
            self.start()
        except BaseException as error:
            if isinstance(error, Exception):
                error.add_note("the servers said: " + self.last_words())
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, _):
        if kind and issubclass(kind, Exception):
            error.add_note("the servers said: " + self.last_words())
        self.stop()

    def start_database(self):
        """Begins to start it; database.load() waits for it."""
        self.database.start()

    def start(self):
        self.give(*(os.path.join(self.run, name) for name in ("site", "tmp", "sessions")))
        self.web.start()

    def rotate(self):
        self.web.rotate()

    def last_words(self):
        words = []
        for path in glob.glob(f"{self.run}/logs/*"):
            if "access.log" not in path:
                with open(path, errors="replace") as log:
                    words.append(log.read()[-600:].strip())
        return " | ".join(w for w in words if w)

    def stop_web(self):
        """No visitor comes any more, and the log is whole; the database stays."""
        self.web.stop()

    def stop(self):
        try:
            self.web.stop()
        finally:
            self.database.stop()

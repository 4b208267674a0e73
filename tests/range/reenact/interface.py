"""What the story asks of a web server and of a database server, whichever they are."""

import os
import re
import secrets
import string

from .process import wait_for

LETTERS = string.ascii_letters + string.digits


def new_password():
    """24 characters that need no quoting in PHP, an .env file or SQL."""
    return "".join(secrets.choice(LETTERS) for _ in range(24))


class WebServer:
    """kind: nginx or apache. port: on 127.0.0.1. config: the name of its settings, in the run directory."""

    kind = config = None
    hides_dotfiles = False      # whether an .env lies in the web root
    counts_chunks = False       # whether the size in its log includes the marks of a chunked answer

    def __init__(self, run, admin, user):
        self.run, self.admin, self.user = run, admin, user
        self.children, self.port = [], None

    def start(self):
        """Returns when it answers."""
        raise NotImplementedError

    def reopen(self):
        """Tells it to open its access log again, and returns when it has."""
        raise NotImplementedError

    def password_line(self, name, password):
        """A line of htpasswd this server understands."""
        raise NotImplementedError

    def rotate(self):
        """What logrotate does: rename, then tell the server."""
        log = f"{self.run}/logs/access.log"
        os.rename(log, log + ".1")
        self.reopen()

    def write(self, name, text):
        with open(os.path.join(self.run, name), "w") as out:
            out.write(text)

    def ended(self):
        return any(child.ended() for child in self.children)

    def stop(self):
        """Graceful first, so that the last line reaches the log; then by force."""
        for child in reversed(self.children):
            child.signal(child.farewell)
        for child in reversed(self.children):
            child.wait(5)
        self.children = []


class Database:
    """The shop's database.

    kind      sqlite, mariadb, postgresql
    driver    what Adminer's form calls it: sqlite, server, pgsql
    host, port, name, account, password
              as the shop's settings hold them; for SQLite host, account and password are empty, port is None and
              name is the path of the file
    keeper, keeper_password
              the account of the shop's own administrator, who may read everything
    settings_file
              the file of the web root that shows the password: config.php or .env (None: there is no password)
    """

    kind = driver = None
    host, port, name, account, password = "", None, "", "", ""
    keeper, keeper_password = "", ""
    form, settings_file = "array", None
    version = None

    def start(self):
        """Begins to start; load() waits until it answers."""

    def load(self, base):
        """Fills it. base: a BaseDatabase."""
        raise NotImplementedError

    def query(self, sql, database=None):
        """Runs SQL with all rights; rows as lists of text, None for null."""
        raise NotImplementedError

    def connect(self):
        """Something with query(sql), under the shop's own account."""
        raise NotImplementedError

    def dump(self, folder):
        """What the shop's people hand over, written into the folder; its file name."""
        raise NotImplementedError

    def begin_log(self):
        """Switches the server's own log on, if this run has one: what came before is not in it."""

    def logs(self):
        """The files of the server's own log, in order."""
        return []

    def log_kinds(self):
        """How this run's log is made, by name; empty when it is off."""
        return []

    def statements(self, path):
        """Yields (line, offset, time, connection, text) for each statement of one log file."""
        return iter(())

    def settle(self):
        """Returns when the log is written out."""

    def mark(self):
        """The sizes of the log files now."""
        return {os.path.basename(path): os.path.getsize(path) for path in self.logs()}

    def reach(self):
        """The truth about what the shop's account can read."""
        raise NotImplementedError

    def stop(self):
        """By whatever way: nothing of it is left running."""


class DatabaseServer(Database):
    """One that runs as a child of ours. A file of its own says how to launch() it and when it answers()."""

    child = None

    def launch(self):
        """Starts self.child on a free port."""
        raise NotImplementedError

    def answers(self):
        raise NotImplementedError

    def wait(self):
        """Returns when it answers. A port may be taken between asking for it and using it, so it is tried again."""
        for attempt in range(4):
            if attempt:
                self.launch()
            if wait_for(lambda: self.child.ended() or self.answers(), 60, 0.05) and not self.child.ended():
                return
            lasting = not self.child.ended()
            self.child.wait(0)
            if lasting:             # it runs and does not answer: another port is no help
                break
        raise RuntimeError(f"{self.kind} did not start: {self.child.said()}")

    def settle(self):
        for path in self.logs():
            wait_until_written(path)

    def stop(self):
        if self.child:
            self.child.stop()
            self.child = None


def reads(text, tables):
    """The tables whose rows a statement takes."""
    if not re.match(r"\s*(/\*.*?\*/\s*)?(SELECT|COPY|DECLARE)\b", text, re.IGNORECASE | re.DOTALL):
        return []
    if re.match(r"\s*SELECT\s+(count\s*\(|1\b)", text, re.IGNORECASE) or re.search(r"information_schema|pg_catalog|pg_class", text):
        return []
    return [table for table in tables
            if re.search(rf"(\bFROM|\bJOIN|\bCOPY)\s+([`\"\w]+\.)?[`\"]?{table}\b", text, re.IGNORECASE)]


def wait_until_written(path, seconds=1.0):
    """Returns when a log has not grown for a moment."""
    last = [-1]

    def still():
        size = os.path.getsize(path) if os.path.exists(path) else 0
        same, last[0] = size == last[0], size
        return same
    wait_for(still, seconds, 0.03)

"""What the seed decides about a story before its first request, and what the flags decide for it."""

import os

from . import dumper

TOOLS = ["adminer", "adminer-dropped-several", "shell", "phpmyadmin", "dump"]
MANNERS = ["clean", "edits-logs", "deletes", "timestomps"]
LEAKS = {"true": ["true", "diluted", "stale", "recycled", "made-up"], "false": ["recycled", "made-up", "partner"],
         "planted": ["recycled", "made-up", "partner"]}
ADMINS = ["adminer", "phpmyadmin", "none"]
NEEDS = {"phpmyadmin": ["mariadb"], "dump": ["mariadb", "postgresql"]}

DISGUISES = ["me.php", "avatar.jpg.php", "profile.php", "photo.phtml", "img_0042.php"]
DUDS = ["me.php.jpg", "avatar.php.png", "profile.php.txt", "photo.php.bak"]     # the server hands these out and does not run them
ADMINERS = ["adminer.php", "adm.php", "db.php", "cache.php", "a.php", "lang.php"]
PLUGINS = ["login.php", "pma.php", "dbx.php", "index2.php", "t.php"]
FOLDERS = ["uploads", "uploads", "css", "js", "img", ""]


class Impossible(Exception):
    """Flags that cannot go together."""


class Choices:
    """The tool, the manner, the leak, the administrator's tool. None: as without the flag."""

    def __init__(self, options, kind, stream):
        """kind: of the database. stream(name): a stream of chance of its own."""
        self.kind, self.stream, world = kind, stream, options.world
        self.tool = self.choose("tool", options.tool, TOOLS if world == "true" else [], world)
        self.manner = self.choose("manner", options.manner,
                                  {"true": MANNERS, "planted": ["clean", "edits-logs"], "false": []}[world], world)
        self.leak = self.choose("leak", options.leak, LEAKS[world], world)
        self.admin = self.choose("admin", options.admin, ADMINS if world == "false" else [], world)

    def choose(self, what, asked, possible, world):
        """One of the possible ones; None when nobody asked, or "any" was asked where there is nothing to choose."""
        fitting = [p for p in possible if self.kind in NEEDS.get(p, [self.kind])]
        if asked == "any":
            return self.stream(what).choice(fitting) if fitting else None
        if asked is not None and asked not in possible:
            raise Impossible(f"--{what} {asked} is not for --world {world}")
        if asked is not None and asked not in fitting:
            raise Impossible(f"--{what} {asked} needs --db {' or '.join(NEEDS[asked])}")
        return asked

    def told(self):
        return {"tool": self.tool, "manner": self.manner, "leak": self.leak, "admin": self.admin}


class Plan:
    """Everything about the intrusion that is decided before the first request."""

    def __init__(self, rng, variants, taken=()):
        """taken: the paths of the web root that the shop's own files have."""
        self.variant = rng.choice(variants)
        self.prefix = rng.choice(["", "", "GIF89a;\n"])
        self.disguise = rng.choice(DISGUISES)
        self.folder = rng.choice(FOLDERS)
        self.adminer = rng.choice(ADMINERS)
        self.plugin = rng.choice(PLUGINS)
        self.build = rng.choice(["full", "full", "english", "german"])
        self.strips_header = rng.random() < 0.25
        self.tries_bare_adminer = rng.random() < 0.5
        self.looks_at_picture = rng.random() < 0.5
        self.second_address = rng.random() < 0.35
        self.form = rng.choice(["csv", "csv", "sql"])
        self.more_tables = rng.random() < 0.4
        self.deletes_adminer = rng.random() < 0.5
        self.rotate = rng.choice([None, "before", "during", "after"])
        # nobody drops a file over one of the shop's: the visitors would notice
        self.adminer = self.free(self.adminer, ADMINERS, taken)
        self.plugin = self.free(self.plugin, PLUGINS, taken)
        self.tool, self.manner, self.deletes_shell = "adminer", None, False
        self.extras, self.dumps, self.queries, self.touches = [], [], [], []
        self.needs_plugin = True
        self.list_leftovers()

    def free(self, name, names, taken):
        at = names.index(name)
        return next(n for n in names[at:] + names[:at] if self.path(n) not in taken)

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def tables(self):
        return ["customers"] + (["orders", "newsletter"] if self.more_tables else [])

    @property
    def own_name(self):
        """The shell's own name as far as it is known before the shop gives it one."""
        return "[0-9]*-" + self.disguise

    def adapt(self, choices, database, customers, neighbours):
        """What the flags and the database change. neighbours: {folder: a file of it that has always been there}."""
        rng = choices.stream("plan")
        self.tool, self.manner = choices.tool or "adminer", choices.manner
        self.needs_plugin = database.kind == "sqlite"
        if self.tool == "adminer-dropped-several":
            places = [(folder, name) for folder in sorted(set(FOLDERS)) for name in ADMINERS
                      if os.path.join(folder, name) not in (self.path(self.adminer), self.path(self.plugin))]
            self.extras = [(os.path.join(*place), rng.choice(["full", "english", "german", "editor"]))
                           for place in rng.sample(places, rng.randint(1, 3))]
        elif self.tool == "shell":
            self.queries = dumper.queries(rng, database, self.tables, customers)
            self.form = "csv"
        elif self.tool == "dump":
            if self.variant == "uploader":      # runs no commands
                self.variant = rng.choice(["plain", "folded", "packed", "callback", "assembled", "evaluator"])
            self.dumps = dumper.dumps(rng, database, self.tables)
            self.deletes_adminer = rng.random() < 0.6
        if self.manner in ("clean", "timestomps"):
            self.deletes_adminer = False
        elif self.manner == "deletes":
            self.deletes_adminer = self.deletes_shell = True
        if self.manner == "timestomps":
            mine = [self.from_uploads(path) for path in self.dropped()] + [self.own_name]
            self.touches = [(name, self.from_uploads(neighbours[os.path.normpath(os.path.join("uploads", os.path.dirname(name)))]))
                            for name in mine]
        self.list_leftovers()

    def dropped(self):
        """The files the intruder writes through the shell, as paths of the web root."""
        if self.tool == "dump":
            return [os.path.join("uploads", dump.name) for dump in self.dumps]
        if not self.tool.startswith("adminer"):
            return []
        return [self.path(self.adminer)] + ([self.path(self.plugin)] if self.needs_plugin else []) + [path for path, _ in self.extras]

    @staticmethod
    def from_uploads(path):
        """A path of the web root as the shell, in uploads, names it."""
        folder, name = os.path.split(path)
        return name if folder == "uploads" else os.path.join("..", folder, name)

    def list_leftovers(self):
        self.leftovers = [self.from_uploads(path) for path in self.dropped()]      # listed, whether asked for or not
        if self.deletes_shell:
            self.leftovers.append(self.own_name)

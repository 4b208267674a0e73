"""The specimen: a file in the form of a web shell that cannot do what a web shell does.

In its form visitor-controlled input reaches a command or code sink, as in real shells.
In its effect it answers 404 to everybody but a loopback client that carries this run's
token (random, only its SHA-256 is written anywhere), runs nothing but a few listed
commands and queries, and writes nowhere but below this run's web root.

What is listed before the intruder could know it (a command or a query with the account and the password of this run's
database) is listed as a SHA-256: the file must hold no password that its author had not read yet."""

import base64
import hashlib
import os
import re
import secrets
import zlib
from urllib.parse import quote_plus

TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "specimens")
VARIANTS = ["plain", "folded", "packed", "callback", "assembled", "evaluator", "uploader"]
LOOKING = ["id", "uname -a", "pwd", "ls -la", "ls -la ..", "cat ../config.php"]


def template(name):
    with open(os.path.join(TEMPLATES, name + ".tpl"), encoding="ascii") as text:
        return text.read()


def php_text(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def php_list(values):
    return "array(" + ", ".join(php_text(v) for v in values) + ")"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Specimen:
    """One variant, ready to be uploaded and then driven through a Browser.

    leftovers: the files it may delete, as paths (or patterns) relative to its own folder.
    looking: the commands for looking around, if not the usual ones.  touches: pairs of a file and the
    neighbour whose time it gets.  later: commands that hold what is only known later.
    reads: (dsn, account, password, query) that it may run."""

    def __init__(self, variant, prefix, leftovers, token=None, looking=LOOKING, touches=(), later=(), reads=()):
        self.variant, self.prefix = variant, prefix
        self.token = token or secrets.token_hex(24)
        self.hash = digest(self.token)
        self.leftovers, self.looking, self.touches = leftovers, looking, list(touches)
        self.tidy = "rm -f " + " ".join(leftovers)
        self.touch = " && ".join(f"touch -r {like} {name}" for name, like in self.touches)
        self.later, self.reads = list(later), list(reads)
        self.url = None

    def listed(self, value):
        """The condition that a value from the request is one of the listed ones."""
        commands = list(self.looking) + ([self.tidy] if self.leftovers else []) + ([self.touch] if self.touches else [])
        later = self.later
        if self.variant == "evaluator":
            commands = [self.snippet(c) for c in commands]
            later = [self.snippet(c) for c in later] + [self.reading(*read) for read in self.reads]
        plain = f"in_array({value}, {php_list(commands)}, true)"
        if not later:
            return plain
        return f"({plain} || in_array(hash('sha256', {value}), {php_list([digest(c) for c in later])}, true))"

    def reader(self, source):
        if not self.reads:
            return ""
        allowed = php_list([digest("\n".join(read)) for read in self.reads])
        return template("reader").replace("@FROM@", source).replace("@READS@", allowed)

    def toucher(self):
        if not self.touches:
            return ""
        pairs = ", ".join(f"{self.file(name)} => {php_text(like)}" for name, like in self.touches)
        return template("toucher").replace("@TOUCHES@", f"array({pairs})")

    def gone(self):
        """The files that an uploader may delete, as PHP."""
        return f"array({', '.join(self.file(name) for name in self.leftovers)})"

    @staticmethod
    def file(name):
        """A file as PHP. The shell's own name is not known before it is uploaded: a pattern stands for it."""
        return "basename(__FILE__)" if "*" in name else php_text(name)

    def fill(self, name):
        text = template(name).replace("@GUARD@\n", template("guard")).replace("@HASH@", self.hash)
        text = re.sub(r"@LISTED (\S+)@", lambda found: self.listed(found.group(1)), text)
        text = re.sub(r"@READER (\S+)@\n", lambda found: self.reader(found.group(1)), text)
        text = text.replace("@TOUCHER@\n", self.toucher()).replace("@LEFTOVERS@", self.gone())
        text = text.replace("@SETTINGS@", " ".join(f"readfile({php_text(c[4:])});" for c in self.looking if c.startswith("cat ")))
        while "@PACKED " in text:
            inner = text.split("@PACKED ")[1].split("@")[0]
            body = self.fill(inner).removeprefix("<?php\n").encode()
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = base64.b64encode(squeeze.compress(body) + squeeze.flush()).decode()
            text = text.replace(f"@PACKED {inner}@", packed)
        return text

    def bytes(self):
        return (self.prefix + self.fill(self.variant)).encode()

    def login_plugin(self, adminer):
        """The second file: Adminer without a password, for whoever carries the token."""
        guard = "$k = isset($_COOKIE['k']) ? (string) $_COOKIE['k'] : '';\n" + template("guard").replace("@HASH@", self.hash)
        return template("login").replace("@GUARD@\n", guard).replace("@ADMINER@", adminer).encode()

    @staticmethod
    def snippet(command):
        return f"system({php_text(command)});"

    @staticmethod
    def reading(dsn, account, password, query):
        """What an evaluator is told to run in order to read a table."""
        words = [php_text(word) for word in (dsn, account, password, query)]
        return (f"$d = new PDO({words[0]}, {words[1]}, {words[2]}); $o = fopen('php://output', 'w'); "
                f"foreach ($d->query({words[3]}, 2) as $n => $r) {{ if (!$n) fputcsv($o, array_keys($r)); fputcsv($o, $r); }}")

    def read(self, browser, dsn, account, password, query, tag=None):
        """Asks for one listed query; the answer is CSV."""
        fields, headers = {"s": dsn, "u": account, "p": password, "q": query}, {}
        if self.variant == "evaluator":
            fields = {"e": self.reading(dsn, account, password, query)}
        if self.variant == "folded":
            browser.cookies["k"] = self.token
        elif self.variant == "callback":
            headers = {"X-K": self.token}
        else:
            fields["k"] = self.token
        return browser.post(self.url, fields, headers=headers, tag=tag)

    def run(self, browser, command, tag=None):
        """Asks for one listed command."""
        key = {"k": self.token}
        if self.variant in ("plain", "packed", "assembled"):
            return browser.post(self.url, {**key, "c": command}, tag=tag)
        if self.variant == "folded":
            browser.cookies["k"] = self.token
            return browser.get(self.url + "?c=" + quote_plus(command), tag=tag)
        if self.variant == "callback":
            target = f"{self.url}?f=system&c=" + quote_plus(command)
            return browser.get(target, headers={"X-K": self.token}, tag=tag)
        if self.variant == "evaluator":
            return browser.post(self.url, {**key, "e": self.snippet(command)}, tag=tag)
        fields = {"cat ../config.php": {"r": "1"}, self.tidy: {"x": "1"}, self.touch: {"t": "1"}}.get(command, {})
        return browser.post(self.url, {**key, **fields}, tag=tag)

    def commands(self, rng):
        """What the intruder looks at before going on."""
        if self.variant == "uploader":
            return ["cat ../config.php"]
        return [LOOKING[0]] + rng.sample(LOOKING[1:5], rng.randint(1, 3)) + list(self.looking[5:])

    def write(self, browser, path, data, tag=None):
        """Writes one file below the web root."""
        if self.variant == "uploader":
            return browser.post(self.url, {"k": self.token, "p": os.path.dirname(path)},
                                files={"f": (os.path.basename(path), "application/octet-stream", data)}, tag=tag)
        headers = {}
        fields = {"n": path, "d": base64.b64encode(data).decode()}
        if self.variant == "folded":
            browser.cookies["k"] = self.token
        elif self.variant == "callback":
            headers = {"X-K": self.token}
        else:
            fields["k"] = self.token
        return browser.post(self.url, fields, headers=headers, tag=tag)

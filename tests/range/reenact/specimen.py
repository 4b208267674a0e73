"""The specimen: a file in the form of a web shell that cannot do what a web shell does.

In its form visitor-controlled input reaches a command or code sink, as in real shells.
In its effect it answers 404 to everybody but a loopback client that carries this run's
token (random, only its SHA-256 is written anywhere), runs nothing but a few listed
commands, and writes nowhere but below this run's web root."""

import base64
import hashlib
import os
import secrets
import zlib

TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "specimens")
VARIANTS = ["plain", "folded", "packed", "callback", "assembled", "evaluator", "uploader"]
LOOKING = ["id", "uname -a", "pwd", "ls -la", "ls -la ..", "cat ../config.php"]


def template(name):
    with open(os.path.join(TEMPLATES, name + ".tpl"), encoding="ascii") as text:
        return text.read()


def php_list(values):
    quoted = ["'" + v.replace("\\", "\\\\").replace("'", "\\'") + "'" for v in values]
    return "array(" + ", ".join(quoted) + ")"


class Specimen:
    """One variant, ready to be uploaded and then driven through a Browser.

    leftovers: the files it may delete, as paths relative to its own folder."""

    def __init__(self, variant, prefix, leftovers, token=None):
        self.variant, self.prefix = variant, prefix
        self.token = token or secrets.token_hex(24)
        self.hash = hashlib.sha256(self.token.encode()).hexdigest()
        self.leftovers = leftovers
        self.tidy = "rm -f " + " ".join(leftovers)
        self.url = None

    def fill(self, name):
        commands = LOOKING + [self.tidy]
        text = template(name).replace("@GUARD@\n", template("guard"))
        text = text.replace("@HASH@", self.hash).replace("@COMMANDS@", php_list(commands))
        text = text.replace("@SNIPPETS@", php_list([self.snippet(c) for c in commands]))
        text = text.replace("@LEFTOVERS@", php_list(self.leftovers))
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
        return f"system('{command}');"

    def run(self, browser, command, tag=None):
        """Asks for one listed command."""
        key = {"k": self.token}
        if self.variant in ("plain", "packed", "assembled"):
            return browser.post(self.url, {**key, "c": command}, tag=tag)
        if self.variant == "folded":
            browser.cookies["k"] = self.token
            return browser.get(self.url + "?c=" + command.replace("/", "%2F").replace(" ", "+"), tag=tag)
        if self.variant == "callback":
            target = f"{self.url}?f=system&c=" + command.replace("/", "%2F").replace(" ", "+")
            return browser.get(target, headers={"X-K": self.token}, tag=tag)
        if self.variant == "evaluator":
            return browser.post(self.url, {**key, "e": self.snippet(command)}, tag=tag)
        fields = {"cat ../config.php": {"r": "1"}, self.tidy: {"x": "1"}}.get(command, {})
        return browser.post(self.url, {**key, **fields}, tag=tag)

    def commands(self, rng):
        """What the intruder looks at before going on."""
        if self.variant == "uploader":
            return ["cat ../config.php"]
        return [LOOKING[0]] + rng.sample(LOOKING[1:5], rng.randint(1, 3)) + [LOOKING[5]]

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

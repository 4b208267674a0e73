"""The real Adminer: getting the single file from the Debian package, and using it as a browser would."""

import os
import re
import shutil
import subprocess
from urllib.parse import quote, urljoin

from .servers import Missing, find

SOURCE = "/usr/share/adminer"
# 4.8.1, the one version the package has. Its builds for one driver do not start; Adminer Editor has no export of a table.
BUILDS = {"full": [], "english": ["en"], "german": ["de"], "editor": ["editor"]}


def build(kind, folder):
    """The bytes of one single-file Adminer. The package brings the full one ready-made;
    the others come out of its own compile.php."""
    ready = os.path.join(SOURCE, "adminer.php")
    if kind == "full" and os.path.exists(ready):
        with open(ready, "rb") as file:
            return file.read()
    if not os.path.exists(os.path.join(SOURCE, "compile.php")):
        raise Missing("Adminer is not installed (Debian: adminer)")
    place = os.path.join(folder, "adminer-build")
    os.mkdir(place)
    subprocess.run([find("php"), os.path.join(SOURCE, "compile.php"), *BUILDS[kind]], cwd=place, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (name,) = os.listdir(place)
    with open(os.path.join(place, name), "rb") as file:
        data = file.read()
    shutil.rmtree(place)
    return data


def without_header(data):
    """The same file without the comment that says what it is, as intruders like it."""
    return re.sub(rb"\A<\?php\s*/\*\*.*?\*/", b"<?php\n", data, count=1, flags=re.DOTALL)


def version_of(data):
    found = re.search(rb"@version\s+([0-9.]+)", data)
    return found.group(1).decode() if found else None


class Adminer:
    """A session in an Adminer at one address. Every method is one to four requests."""

    def __init__(self, browser, url, door):
        """door: where the database is and who asks: (driver, server, account, password, database)."""
        self.browser, self.url, self.door = browser, url, door
        driver, server, account, _, database = (quote(part, safe="") for part in door)
        self.home = f"{url}?{driver}={server}&username={account}&db={database}" + ("&ns=public" if driver == "pgsql" else "")

    def open(self, tag=None):
        return self.browser.get(self.url, tag=tag)

    def dress(self, version):
        """What the page loads: style, script, icon."""
        for name in ("default.css", "functions.js", "favicon.ico"):
            yield self.browser.get(f"{self.url}?file={name}&version={version}", referer=self.url)

    def login(self, tag=None):
        """True when we are in."""
        driver, server, account, password, database = self.door
        answer = self.browser.post(self.url, {
            "auth[driver]": driver, "auth[server]": server, "auth[username]": account, "auth[password]": password,
            "auth[db]": database}, referer=self.url, tag=tag)
        if answer.status != 302:
            raise RuntimeError(f"Adminer answered {answer.status} to the login")
        for _ in range(3):                  # PostgreSQL: once more, to the schema
            target = urljoin(self.url, answer.headers["location"])
            answer = self.browser.get(target, referer=self.url)
            if answer.status != 302:
                break
        return answer.status == 200

    def page(self, query, tag=None):
        answer = self.browser.get(f"{self.home}&{query}" if query else self.home, referer=self.home, tag=tag)
        if answer.status != 200:
            raise RuntimeError(f"Adminer answered {answer.status} to {query}")
        return answer

    def export(self, tables, form, tag=None):
        """The dump, through the form: the page first, then its POST."""
        query = f"dump={quote(tables[0])}" if len(tables) == 1 else "dump="
        token = self.page(query).hidden("token")
        return self.browser.post(f"{self.home}&{query}", {
            "output": "file", "format": form, "table_style": "DROP+CREATE", "data_style": "INSERT",
            "token": token, "tables[]": tables, "data[]": tables}, referer=f"{self.home}&{query}", tag=tag)

    def logout(self):
        token = self.page("").hidden("token")
        return self.browser.post(self.home, {"logout": "Logout", "token": token}, referer=self.home)

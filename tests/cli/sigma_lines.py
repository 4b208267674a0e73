"""Log lines made from Sigma rules' own text: what a rule says it detects, written as a server would log it.

As a program it measures a folder of rules: python3 tests/cli/sigma_lines.py build/assay DIR
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

import yaml

CATEGORIES = {"webserver", "proxy", "database"}
URLS = {"c-uri", "cs-uri", "cs-url", "c-url"}
QUERIES = {"cs-uri-query", "c-uri-query"}
STEMS = {"cs-uri-stem", "c-uri-stem", "c-uri-path"}
AGENTS = {"cs-user-agent", "c-useragent"}


def rules_of(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.yml")):
        try:
            documents = list(yaml.safe_load_all(path.read_text()))
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        rule = documents[0] if len(documents) == 1 else None
        if isinstance(rule, dict) and rule.get("logsource", {}).get("category") in CATEGORIES:
            yield path, rule


def tokens_of(condition):
    return re.findall(r"\(|\)|[^\s()]+", condition)


class Need:
    """Constraints that together satisfy a rule: field, modifiers, one value."""

    def __init__(self, detection):
        self.detection = detection
        self.items = []

    def search(self, search, pick=0):
        if isinstance(search, list) and search and isinstance(search[0], dict):
            self.search(search[0])
        elif isinstance(search, dict):
            for key, values in search.items():
                self.item(key, values)
        else:
            self.item("", search)

    def item(self, key, values):
        name, *modifiers = key.split("|")
        values = values if isinstance(values, list) else [values]
        for value in values if "all" in modifiers else values[:1]:
            self.items.append((name, modifiers, value))

    def names(self, pattern):
        names = [n for n in self.detection if n not in ("condition", "timeframe")]
        if pattern == "them":
            return names
        return [n for n in names if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), n)]

    def condition(self, tokens):
        """alternatives: the first; joined: all; negated: left out."""
        self.joined(tokens)
        while tokens and tokens[0] == "or":
            tokens.pop(0)
            Need(self.detection).joined(tokens)

    def joined(self, tokens):
        self.primary(tokens)
        while tokens and tokens[0] == "and":
            tokens.pop(0)
            self.primary(tokens)

    def primary(self, tokens):
        token = tokens.pop(0)
        if token == "not":
            Need(self.detection).primary(tokens)
        elif token == "(":
            self.condition(tokens)
            tokens.pop(0)
        elif tokens and tokens[0] == "of":
            tokens.pop(0)
            names = self.names(tokens.pop(0))
            count = {"all": len(names), "any": 1}.get(token) or int(token)
            for name in names[:count]:
                self.search(self.detection[name])
        else:
            self.search(self.detection[token])


def unglob(value):
    out, at = "", 0
    while at < len(value):
        if value[at] == "\\" and value[at + 1:at + 2] in ("*", "?", "\\"):
            out += value[at + 1]
            at += 1
        else:
            out += "" if value[at] == "*" else value[at]
        at += 1
    return out


def place(parts, modifiers, value):
    """Puts a text where its modifiers want it: before, behind or between what is there."""
    before, middle, behind = parts
    text = unglob(str(value)) if "re" not in modifiers else str(value)
    if "startswith" in modifiers:
        return text + before, middle, behind
    if "endswith" in modifiers:
        return before, middle, behind + text
    return before, middle + text, behind


def line_of(rule):
    need = Need(rule["detection"])
    condition = rule["detection"]["condition"]
    need.condition(tokens_of(condition if isinstance(condition, str) else condition[0]))
    if rule["logsource"]["category"] == "database":
        return None
    method, status, agent, referer, user, host = "GET", 200, "Mozilla/5.0", "http://www.example.com/", "-", "www.example.com"
    target = stem = ("", "", "")
    hosts = ("", "", "")
    extra = ""
    has_url = False
    for name, modifiers, value in need.items:
        if "re" in modifiers:
            value = regex_text(value)
        if name == "cs-method":
            method = value
        elif name == "sc-status":
            status = 404 if value is None else value
        elif name in AGENTS:
            agent = "-" if value in (None, "") else "".join(place(("", "" if agent == "Mozilla/5.0" else agent, ""), modifiers, value))
        elif name.startswith("cs-refer"):
            referer = "-" if value is None else unglob(str(value))
        elif name == "cs-username":
            user = "-" if value is None else unglob(str(value))
        elif name in ("cs-host", "r-dns"):
            hosts = place(hosts, modifiers, value)
        elif name in STEMS:
            stem = place(stem, modifiers, value)
        elif name in QUERIES or name in URLS or name == "":
            has_url |= name in URLS
            if name in QUERIES and "startswith" in modifiers and not str(value).startswith(("/", "?")):
                value = "?" + value
            target = place(target, modifiers, value)
        elif name == "c-uri-extension":
            extra = "." + str(value)
    if "".join(hosts):
        host = "".join(hosts)
    url = "".join(stem) + "".join(target) + extra
    url = url if url.startswith("/") or "://" in url else (f"http://{url}" if has_url and re.match(r"[\w.-]+\.\w+", url) else "/" + url)
    url = urllib.parse.quote(url, safe="/%?&=+:;,@!$'()*~[]{}|<>^\\`#.-_\t") if not url.isascii() or re.search(r'[\s"]', url) else url
    agent = agent.replace('"', '\\"')
    if any("cs-uri-query" in s and s["cs-uri-query"] is None for s in rule["detection"].values() if isinstance(s, dict)):
        url += "?x=1"
    if url == "/":
        url = "/index.html"
    return f'{host}:443 198.51.100.9 - {user} [14/Mar/2026:21:47:09 +0000] "{method} {url} HTTP/1.1" {status} 512 "{referer}" "{agent}"\n'


def regex_text(pattern):
    """The patterns that SigmaHQ's web rules have, each as a text that it matches."""
    known = [(r"\?d=", "/x.zip?d=192.0.2.1"), (r"\.{150}|^\.\{150\}$", "a" * 160), (r"workers", "a-b1c.example-s-account.workers.dev"),
             (r"ipfs", "https://ipfs.io/ipfs/a.html#b@example.com")]
    for part, text in known:
        if re.search(part, pattern):
            return text
    return "a" * 160 if "{150}" in pattern else pattern


def main():
    program, folder = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as temp:
        log = pathlib.Path(temp) / "access.log"
        wanted = {}
        lines = []
        for path, rule in rules_of(folder):
            line = line_of(rule)
            if line is not None:
                wanted[rule["id"]] = (path, line)
                lines.append(line)
        log.write_text("".join(lines))
        done = subprocess.run([program, "trace", str(log), "--sigma", folder, "--json"], capture_output=True, text=True, check=False)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        found = {r["rule"] for r in records if r["kind"] == "finding" and r["class"] == "sigma"}
        refused = [r for r in records if r["kind"] == "coverage" and r["class"].startswith("rule not tried: ")]
        for rule, (path, line) in wanted.items():
            if rule not in found:
                print("no match:", path, line, end="")
        for record in refused:
            print(record["class"], record["source"])
        print(f"{len(wanted)} rules with a line of their own, {len(found & set(wanted))} matched it, {len(refused)} not tried")


if __name__ == "__main__":
    main()

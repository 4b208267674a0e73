#!/usr/bin/env python3
"""How many backdoors sweep finds in collections of them, and how often it cries wolf in trees that hold none (docs/accuracy-sweep.md).

usage: sweep_eval.py --shells DIR... --benign DIR... [--assay PATH] [--rules FILE...] [--out FILE.md] [--list FILE] [--rates FILE]

Recall is counted on files distinct by SHA-256, in two ways: within each collection, and over all of them. A file is found if sweep gives it one of
the six classes. Whether it holds script code at all is asked by one rule that is written here, not by the program under test. --rules gives compiled
or plain YARA rules that are matched against the same files in the same run. --list writes what was missed and what alarmed, a line each.
Files that differ in comments, texts, numbers and names only are one structure; recall is told for structures too, each by its first file, for
copies of one shell would count many times. --rates puts the counts into that document of rates (data/error-rates.json), under sweep.corpora."""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict

from measure import tool

FOUND = ("shell", "uploader", "packed", "tool", "config-shell", "admin-tool")
ALARM = FOUND[:5]
LANGUAGES = {"php": "PHP", "jsp": "JSP", "jspx": "JSP", "asp": "ASP", "aspx": "ASPX", "ashx": "ASPX"}
TAG = re.compile(rb"<\?(php|=|\s)|<%|<script[^>]*(runat|language\s*=\s*[\"']?php)|:scriptlet>|:expression>", re.I)


def ending(name):
    return name.rsplit(".", 1)[-1].lower() if "." in name else ""


FOLDED = re.compile(rb"(/\*.*?\*/|//[^\n]*|\#[^\n]*|<%--.*?--%>)|(\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])*')|(\$?[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)|([0-9][0-9a-fA-Fx.]*)|(\s+)", re.S)


def structure(data):
    """A digest of what is left of a file when comments and spaces are dropped and texts, names and numbers are made alike."""

    def fold(match):
        comment, text, name, number, _ = match.groups()
        return b"" if comment or not (text or name or number) else b"s" if text else b"n" if name else b"0"

    return hashlib.sha256(FOLDED.sub(fold, data)).hexdigest()


def exact(k, n):
    """Both ends of the exact 95 % interval (Clopper and Pearson)."""
    return (0.0 if k == 0 else 1 - tool.upper(n - k, n), tool.upper(k, n))


def collect(folder, into):
    """Copies the folder's distinct script files as into/LANGUAGE/DIGEST.ENDING. Returns {digest: (language, path, has code, structure)}."""
    seen = {}
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path, language = os.path.join(base, name), LANGUAGES.get(ending(name))
            if language is None or os.path.islink(path):
                continue
            with open(path, "rb") as file:
                data = file.read()
            digest = hashlib.sha256(data).hexdigest()
            if not data.strip() or digest in seen:
                continue
            seen[digest] = (language, path, TAG.search(data) is not None, structure(data))
            home = os.path.join(into, language)
            os.makedirs(home, exist_ok=True)
            with open(os.path.join(home, f"{digest}.{ending(name)}"), "wb") as out:
                out.write(data)
    return seen


def by_digest(records):
    found = {}
    for finding in tool.findings(records):
        found[os.path.basename(finding["path"]).split(".")[0]] = finding
    return found


def yara_hits(rules, folder):
    """Digests of files that any of the rules matches; None without rules."""
    if not rules:
        return None
    external = [part for name in ("filename", "filepath", "extension", "filetype", "owner") for part in ("-d", f"{name}=")]
    done = subprocess.run(["yara", "-w", "-r", "-p", "2", *external, *rules, folder], capture_output=True, text=True, errors="replace", check=False)
    return {os.path.basename(line.split(" ", 1)[1]).split(".")[0] for line in done.stdout.splitlines() if " " in line}


def share(k, n):
    low, high = exact(k, n) if n else (0, 1)
    return f"{k} of {n}: {100 * k / n:.1f} % ({100 * low:.1f} to {100 * high:.1f})" if n else "none"


def by_structure(mine, coded, got):
    """Structures among files with code, and how many of them are found, each judged by its first file."""
    first = {}
    for digest in sorted(coded):
        first.setdefault(mine[digest][3], digest)
    return len(first), sum(digest in got for digest in first.values())


def recall_rows(name, files, found, hits, counts):
    rows = []
    for language in sorted({value[0] for value in files.values()}):
        mine = {d: v for d, v in files.items() if v[0] == language}
        coded = {d for d, v in mine.items() if v[2]}
        got = {d for d in mine if found.get(d, {}).get("class") in FOUND}
        beside = share(len(coded & hits), len(coded)) if hits is not None else "not run"
        structures, structures_found = by_structure(mine, coded, got)
        rows.append(f"| {name} | {language} | {len(mine)} | {len(mine) - len(coded)} | {share(len(got & coded), len(coded))} | "
                    f"{share(structures_found, structures)} | {beside} |")
        counts.append({"collection": name, "language": language, "files": len(mine), "coded": [len(got & coded), len(coded)],
                       "structures": [structures_found, structures], "yara": [len(coded & hits), len(coded)] if hits is not None else None})
    return rows


def measure_shells(options, lines, missed, counts):
    everything, all_found, all_hits = {}, {}, set()
    lines += ["| collection | language | distinct files | without a script tag | found, of those with one | of their structures | yara, the same files |",
              "|---|---|---|---|---|---|---|"]
    for folder in options.shells:
        home = tempfile.mkdtemp(prefix="shells-")
        try:
            files = collect(folder, home)
            found = by_digest(tool.run(options.assay, "sweep", home, "--json", timeout=3600))
            hits = yara_hits(options.rules, home)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        lines += recall_rows(os.path.basename(os.path.normpath(folder)), files, found, hits, counts)
        for digest, value in files.items():
            everything.setdefault(digest, value)
        all_found.update(found)
        all_hits |= hits or set()
    lines += recall_rows("all, distinct", everything, all_found, all_hits if options.rules else None, counts)
    classes = Counter(all_found.get(d, {}).get("class") or "nothing" for d in everything)
    lines += ["", "By class, all distinct files: " + ", ".join(f"{name} {count}" for name, count in classes.most_common()) + "."]
    missed += [f"missed\t{v[0]}\t{v[1]}" for d, v in everything.items() if all_found.get(d, {}).get("class") not in FOUND and v[2]]


def measure_benign(options, lines, alarms, counts):
    lines += ["| tree | files | script files | alarms | by language | seconds |", "|---|---|---|---|---|---|"]
    files = Counter()
    wrong = defaultdict(int)
    for folder in options.benign:
        began = time.monotonic()
        records = tool.run(options.assay, "sweep", os.path.join(folder, "."), "--json", timeout=3600)
        seconds, total = time.monotonic() - began, tool.summary(records)
        alarmed = [f for f in tool.findings(records) if f.get("class") in ALARM]
        here = Counter(f.get("language") or "other" for f in alarmed)
        for _, _, names in os.walk(folder):
            files.update(LANGUAGES[ending(n)] for n in names if ending(n) in LANGUAGES)
        for finding in alarmed:
            wrong[finding.get("language") or "other"] += 1
            alarms.append(f"alarm\t{tool.label(finding)}\t{finding['path']}")
        lines.append(f"| {os.path.basename(os.path.normpath(folder))} | {total['files']:,} | {total['web_files']:,} | {len(alarmed)} | "
                     f"{', '.join(f'{k} {v}' for k, v in sorted(here.items())) or '-'} | {seconds:.1f} |")
    counts += [{"language": name, "files": count, "alarms": wrong[name]} for name, count in sorted(files.items())]
    lines += ["", "False alarms by language (files by their names): " + "; ".join(f"{name} {share(wrong[name], count)}" for name, count in sorted(files.items())) + "."]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--assay", default=os.environ.get("ASSAY_BIN", "build/assay"))
    parser.add_argument("--shells", nargs="+", default=[], metavar="DIR")
    parser.add_argument("--benign", nargs="+", default=[], metavar="DIR")
    parser.add_argument("--rules", nargs="+", default=[], metavar="FILE", help="YARA rules to match beside it")
    parser.add_argument("--out", help="write the tables here too (Markdown)")
    parser.add_argument("--rates", help="put the counts into this document of rates, under sweep.corpora")
    parser.add_argument("--list", help="write what was missed and what alarmed here")
    options = parser.parse_args()
    if not options.shells and not options.benign:
        parser.error("nothing to measure: give --shells DIR..., --benign DIR... or both")
    options.assay = os.path.abspath(options.assay)
    return options


def put_rates(options, shells, benign):
    with open(options.rates, encoding="utf-8") as file:
        document = json.load(file)
    document["sweep"]["corpora"] = {
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "how": "collections of backdoors and trees without any, given by whoever measured; each count is of files distinct by SHA-256 (coded: found, of those "
               "with a script tag; structures: the same for files that differ in more than comments, texts, numbers and names)",
        "recall": shells, "false_alarms": benign}
    with open(options.rates + ".new", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.write("\n")
    os.replace(options.rates + ".new", options.rates)


def main():
    options, lines, details, shells, benign = parse(), [], [], [], []
    if options.shells:
        measure_shells(options, lines, details, shells)
        lines.append("")
    if options.benign:
        measure_benign(options, lines, details, benign)
    if options.rates:
        put_rates(options, shells, benign)
    text = "\n".join(lines) + "\n"
    print(text)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as out:
            out.write(text)
    if options.list:
        with open(options.list, "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write("\n".join(details) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

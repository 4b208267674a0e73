#!/usr/bin/env python3
"""What `assay trace` makes of the logs below folders that are not part of the tree: which format it reads each as, and how many lines fall
into which class. ./dev eval trace --corpus DIR... prints the table; --totals only a line a format and folder.

Beside LOG may lie LOG.log-format: a format a line (a LogFormat, log_format or log_line_prefix), given as --log-format, or lines that begin with
`--`, given as they are (`--zone=+0200`). A folder's own file `log-format` holds for every log in it that has none. Nothing is copied and nothing kept."""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

SKIP = (".log-format", ".py", ".md", ".yaml", ".yml", ".sh", ".sql", ".html")
LIMIT_S = 600


def options_of(log):
    for beside in (log.with_name(log.name + ".log-format"), log.parent / "log-format"):
        if beside.is_file():
            lines = [line for line in beside.read_text().splitlines() if line and not line.startswith("#")]
            return [word for line in lines for word in ([line] if line.startswith("--") else ["--log-format", line])]
    return []


def logs_below(folder):
    folder = pathlib.Path(folder)
    if folder.is_file():
        return [folder]
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(p for p in found if not p.name.endswith(SKIP) and p.name != "log-format" and ".git" not in p.parts and p.stat().st_size > 0)


def look(assay, log):
    """{"format", "kind", "lines", "parsed", "classes": {class: count}} or {"why": text}."""
    options = options_of(log)
    done = subprocess.run([assay, "trace", "--json", "--jobs", "1", *options, str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    summary = next((r for r in records if r["kind"] == "summary"), None)
    if done.returncode not in (0, 1, 2) or (summary is None and done.returncode != 2):
        raise SystemExit(f"{log}: status {done.returncode}: {done.stderr.decode(errors='replace')}")
    if summary is None:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        why = why[-1].rsplit(": ", 1)[-1] if why else "?"
        return {"why": "no reader" if "not a log" in why else why, "bytes": log.stat().st_size}
    rows = [r for r in records if r["kind"] == "coverage" and r.get("source") == str(log)]
    own = next((r for r in rows if r["class"] == "parsed"), {})
    skipped = next((r["class"] for r in rows if r["class"].startswith("skipped")), None)
    if skipped:
        return {"why": skipped, "bytes": log.stat().st_size}
    line_classes = ("parsed", "parsed: tail cut short", "header or note", "blank", "NUL bytes", "cut off")
    classes = {r["class"]: r["count"] for r in rows if r["class"] in line_classes or r["class"].startswith("rejected")}
    return {"format": own.get("format", summary["format"]), "kind": own.get("log", ""), "lines": summary["lines"], "parsed": summary["parsed"],
            "classes": {name: count for name, count in classes.items() if count}, "given": bool(options)}


def others(classes):
    return ", ".join(f"{count} {name.removeprefix('rejected: ')}" for name, count in classes.items() if name != "parsed") or "-"


def table(rows, head):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |")


def print_files(folder, seen):
    print(f"\n{folder}:")
    table([(name, r["why"], "", "", "", "") if "why" in r else
           (name, r["format"] + (" (given)" if r["given"] else ""), r["kind"], r["lines"], r["parsed"], others(r["classes"]))
           for name, r in seen], ["file", "format", "kind", "lines", "parsed", "not parsed, and why"])


def print_totals(folder, seen):
    totals = collections.defaultdict(lambda: [0, 0, 0, collections.Counter()])
    for _, r in seen:
        row = totals[(r.get("format", r.get("why")), r.get("kind", ""))]
        row[0] += 1
        row[1] += r.get("lines", 0)
        row[2] += r.get("parsed", 0)
        row[3].update(r.get("classes", {}))
    print(f"\n{folder}, by format:")
    table([(name, kind, row[0], row[1], row[2], others(row[3])) for (name, kind), row in sorted(totals.items())],
          ["format", "kind", "files", "lines", "parsed", "not parsed, and why"])


def main():
    words = argparse.ArgumentParser(prog="./dev eval trace", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--assay", required=True, help=argparse.SUPPRESS)
    words.add_argument("--corpus", nargs="+", required=True, metavar="DIR", action="extend")
    words.add_argument("--totals", action="store_true", help="no line a file, only a line a format")
    given = words.parse_args()
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    for folder in given.corpus:
        seen = [(str(log.relative_to(folder)) if log != pathlib.Path(folder) else log.name, look(given.assay, log)) for log in logs_below(folder)]
        if not given.totals:
            print_files(folder, seen)
        print_totals(folder, seen)
    return 0


if __name__ == "__main__":
    sys.exit(main())

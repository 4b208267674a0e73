"""Recall and false alarms of what trace says of a database's own log, on re-enacted worlds of tests/range with that log on.

In a true world the intruder's statements are known (truth.json, dump_statements): a confidence is right if its findings name
every table that they read. A finding that names none of them is false; so is every one in a twin (an administrator exports something, rightly)
and in a world in which something was planted and never used. Rows are exact if the log that was there says how many, and it says the truth."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from . import tool
from .worlds import CHOICES, RANGE, log_files

CONFIDENCES = ("high", "medium", "low")


def make(place, seed, kind, customers):
    command = [sys.executable, "-B", RANGE, "--seed", str(seed), "--world", kind, "--out", place, "--quiet", "--customers", str(customers),
               "--db", ("mariadb", "postgresql")[seed % 2], "--db-log", "on"]
    for choice in CHOICES:
        if choice not in ("--db", "--db-log"):
            command += [choice, "any"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise tool.Failed(f"range: {done.stderr[-300:] or done.stdout[-300:]}")
    with open(os.path.join(place, "truth.json"), encoding="utf-8") as text:
        return json.load(text)


def short(finding):
    """Names of its tables, without schemas; a read of several is one row of names."""
    return {name.split(".")[-1] for table in finding["tables"] for name in table["name"].split(", ")}


def world(job):
    assay, seed, kind, customers = job
    home = tempfile.mkdtemp(prefix="world-")
    result = {"seed": seed, "world": kind}
    try:
        place = os.path.join(home, "range")
        truth = make(place, seed, kind, customers)
        evidence = os.path.join(place, "evidence")
        logs = [os.path.join(evidence, "db", name) for name in sorted(os.listdir(os.path.join(evidence, "db")))]
        paths = [word for f in truth["files"].values() if f.get("url") for word in ("--path", f["url"])] if kind != "false" else []
        records = tool.run(assay, "trace", *log_files(evidence), *logs, *paths, "--json")
        found = [f for f in tool.findings(records) if f["class"] == "taking-database"]
        taken = {t for s in truth["dump_statements"] for t in s["tables"]} if kind == "true" else set()
        result.update(choices=truth["choices"], taken=sorted(taken), tools=sorted({f["tool"] for f in found}))
        result["right"] = {c: bool(taken) and taken <= set().union(*(short(f) for f in found if f["confidence"] == c)) for c in CONFIDENCES}
        result["any"] = bool(taken) and taken <= set().union(*(short(f) for f in found))
        result["false"] = {c: sum(1 for f in found if f["confidence"] == c and not short(f) & taken) for c in CONFIDENCES}
        rows = sum(sum(e["rows"].values()) for e in truth["exports"] or [])
        told = [f for f in found if short(f) & taken and f["recorded_rows"] is not None and not any("only" in r for r in f["reasons"] if "rows are recorded" in r)]
        result["rows"] = [sum(f["recorded_rows"] for f in told) == rows, True] if told and taken and len(told) == len([f for f in found if short(f) & taken]) else [False, False]
        result["clear"] = any(m.get("clear") for m in records if m.get("class") == "clock-offset")
        return result
    except (tool.Failed, KeyError, OSError, ValueError, subprocess.TimeoutExpired) as failure:
        return dict(result, error=f"{type(failure).__name__}: {failure}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(assay, count, first_seed, customers, processes, say):
    """count true worlds, and as many others: twins and planted by turns."""
    jobs = [(assay, first_seed + i, kind, customers) for i in range(count) for kind in ("true", "false" if i % 2 else "planted")]
    results = tool.each(world, jobs, processes, say, 20)
    failed = [r for r in results if "error" in r]
    for r in failed[:5]:
        say(f"world {r['world']} {r['seed']} could not be measured: {r['error']}")
    return [r for r in results if "error" not in r], len(failed)


def tally(results):
    """Counts for the rates document."""
    true = [r for r in results if r["taken"]]
    classes = {f"taking-database/{c}": {"recall": [sum(r["right"][c] for r in true), len(true)],
                                        "false_logs": [sum(1 for r in results if r["false"][c]), len(results)]} for c in CONFIDENCES}
    return {"classes": classes, "any": [sum(r["any"] for r in true), len(true)], "rows_exact": [sum(r["rows"][0] for r in true), sum(r["rows"][1] for r in true)],
            "clear": [sum(r["clear"] for r in results), len(results)], "without_statements": sum(r["world"] == "true" and not r["taken"] for r in results),
            "missed": [[r["seed"], r["choices"]["tool"], r["tools"]] for r in true if not r["any"]][:20],
            "alarmed": [[r["seed"], r["world"], r["choices"].get("tool") or r["choices"].get("admin"), r["false"], r["tools"]]
                        for r in results if r["false"]["high"] or r["false"]["medium"]][:20]}

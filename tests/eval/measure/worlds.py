"""Recall of sweep and trace, and false alarms of trace, on re-enacted worlds of tests/range (real servers, real logs).

A true world gives three logs: the one that was written; the same without what went through the planted files ("planted, never
used"); and the same without the exports ("used, nothing taken"). A twin world gives one. Of all logs of one world that
hold no such thing, the world counts once: it is a false log if any of them raises an alarm."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from urllib.parse import unquote, urlsplit

from . import tool
from .clean import POOLED

RANGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "range", "range.py")


def log_files(evidence):
    return [os.path.join(evidence, n) for n in ("access.log.1.gz", "access.log") if os.path.exists(os.path.join(evidence, n))]


def log_lines(evidence):
    for path in log_files(evidence):
        with (gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")) as log:
            yield from log


def target(line):
    """The path a logged request names."""
    try:
        return unquote(urlsplit(line.split('"')[1].split(" ")[1]).path)
    except (IndexError, ValueError):
        return ""


def trace(assay, case, logs):
    return tool.run(assay, "trace", *logs, "--case", case, "--owner", "shop", "--json")


def write_without(evidence, folder, name, unwanted):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(line for line in log_lines(evidence) if not unwanted(line))
    return path


def examine_true(assay, evidence, truth, home, result):
    case = os.path.join(home, "case")
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    swept = tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    planted = {f["path"]: kind for kind, f in truth["files"].items() if f["present"]}
    urls = {f["url"] for f in truth["files"].values()}
    seen = {}
    for finding in tool.findings(swept):
        kind = next((k for p, k in planted.items() if finding["path"].endswith("/www/" + p) or finding["path"] == p), None)
        if kind:
            seen.setdefault(tool.label(finding), set()).add(kind)
        else:
            result["innocent"].append([tool.label(finding), finding["path"].split("/www/")[-1]])
    for pool, members in POOLED.items():
        seen[pool] = set().union(*(seen.get(m, set()) for m in members))
    result["swept"] = {name: sorted(kinds) for name, kinds in seen.items() if kinds}
    result["present"] = sorted(planted.values())
    result["web_files"] = tool.summary(swept)["web_files"]
    intruders = set(truth["clients"])

    exports = {r["raw"] for r in truth["all_requests_of_clients"] if r["tag"] in ("dump", "dump_more")}
    unused = write_without(evidence, home, "unused.log", lambda line: target(line) in urls and line.split(" ")[0] in intruders
                           and '" 404 ' not in line)
    untaken = write_without(evidence, home, "untaken.log", lambda line: line.rstrip("\n") in exports)
    as_written, without_use, without_taking = (trace(assay, case, logs) for logs in (log_files(evidence), [unused], [untaken]))
    result["exports_dropped"] = len(exports)
    for name in tool.LOG_LABELS:
        found = tool.clients(as_written, name)
        result["right"][name] = bool(found & intruders)
        result["wrong_clients"][name] = len(found - intruders)
        # a taking is asked for where something was used and nothing taken; a use, where nothing was used
        quiet = tool.clients(without_taking if name.startswith("taking") else without_use, name)
        result["false"][name] = len(quiet)
    result["use_still_seen"] = bool(tool.clients(without_taking, "use/high"))
    result["clients"] = tool.summary(as_written)["clients"]
    result["quiet_clients"] = tool.summary(without_use)["clients"]
    result["gaps"] = len(tool.summary(as_written).get("gaps", []))
    result["variant"] = truth["files"]["shell"].get("variant")


def examine_twin(assay, evidence, truth, home, result):
    case = os.path.join(home, "case")
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    swept = tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    result["innocent"] = [[tool.label(f), f["path"].split("/www/")[-1]] for f in tool.findings(swept)]
    result["web_files"] = tool.summary(swept)["web_files"]
    traced = trace(assay, case, log_files(evidence))
    for name in tool.LOG_LABELS:
        result["false"][name] = len(tool.clients(traced, name))
    result["quiet_clients"] = tool.summary(traced)["clients"]


def world(job):
    assay, seed, kind, customers = job
    home = tempfile.mkdtemp(prefix="world-")
    result = {"seed": seed, "world": kind, "right": {}, "false": {}, "wrong_clients": {}, "innocent": []}
    try:
        place = os.path.join(home, "range")
        made = subprocess.run([sys.executable, "-B", RANGE, "--seed", str(seed), "--world", kind, "--out", place, "--customers",
                               str(customers), "--quiet"], capture_output=True, text=True, timeout=300)
        if made.returncode != 0:
            return dict(result, error=made.stderr[-300:] or made.stdout[-300:])
        with open(os.path.join(place, "truth.json"), encoding="utf-8") as text:
            truth = json.load(text)
        try:
            (examine_true if kind == "true" else examine_twin)(assay, os.path.join(place, "evidence"), truth, home, result)
        except (tool.Failed, KeyError) as failure:
            return dict(result, error=f"{type(failure).__name__}: {failure}")
        return result
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(assay, count, first_seed, customers, processes, say):
    """count true worlds and count twins."""
    jobs = [(assay, first_seed + i, kind, customers) for i in range(count) for kind in ("true", "false")]
    results = tool.each(world, jobs, processes, say, 20)
    failed = [r for r in results if "error" in r]
    for r in failed[:5]:
        say(f"world {r['world']} {r['seed']} could not be measured: {r['error']}")
    return [r for r in results if "error" not in r], len(failed)


def tally(results):
    """Counts for the rates document."""
    true = [r for r in results if r["world"] == "true"]
    names = sorted({n for r in results for n in r["false"]})
    sweep = {}
    for name in sorted({n for r in true for n in r["swept"]} | set(POOLED)):
        could = [r for r in true if r["present"] and (name.split("/")[0] != "admin-tool" or "adminer" in r["present"])]
        wanted = {"adminer"} if name.startswith("admin-tool") else {"shell", "plugin"}
        sweep[name] = [sum(1 for r in could if wanted & set(r["swept"].get(name, []))), len(could)]
    variants = {v: [sum(1 for r in true if r["variant"] == v and r["swept"].get("planted/high")), sum(1 for r in true if r["variant"] == v)]
                for v in sorted({r["variant"] for r in true})}
    logs = {}
    for name in names:
        logs[name] = {
            "recall": [sum(r["right"][name] for r in true), len(true)],
            "false_sessions": [sum(r["false"][name] for r in results) + sum(r["wrong_clients"].get(name, 0) for r in true),
                               sum(r["quiet_clients"] for r in results)],
            "false_logs": [sum(1 for r in results if r["false"][name] or r["wrong_clients"].get(name)), len(results)],
        }
    alarms = Counter(name for r in results for name in {n for n, _ in r["innocent"]})
    return {"true": len(true), "twins": len(results) - len(true), "sweep_recall": sweep, "logs": logs, "innocent": dict(alarms), "by_variant": variants,
            "innocent_paths": sorted({(r["world"], n, p.rsplit("/", 1)[-1] if "uploads" in p else p) for r in results for n, p in r["innocent"]})[:40]}

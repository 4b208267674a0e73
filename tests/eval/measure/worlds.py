"""Recall of sweep and trace, and false alarms of trace, on re-enacted worlds of tests/range (real servers, real logs).

A true world gives three logs: the one that was handed over; the same without what went through the planted files and tools ("planted,
never used"); and the same without the exports ("used, nothing taken"). A twin gives one, and so does a world in which something was
planted and never used. Of all logs of one world that hold no such thing, the world counts once: it is a false log if any of them
raises an alarm. Recall asks only for what is still there; how often it is still there is counted apart (V)."""

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

CHOICES = ("--web", "--db", "--db-log", "--tool", "--manner", "--leak", "--admin")
RANGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "range", "range.py")


def log_files(evidence):
    return [os.path.join(evidence, n) for n in ("access.log.1.gz", "access.log") if os.path.exists(os.path.join(evidence, n))]


def database_logs(evidence):
    """What the database's server wrote, if its log was on."""
    folder = os.path.join(evidence, "db")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if os.path.getsize(os.path.join(folder, name)) > 0]


def log_lines(evidence):
    for path in log_files(evidence):
        with (gzip.open(path, "rt", errors="replace") if path.endswith(".gz") else open(path, encoding="utf-8", errors="replace")) as log:
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


def make(range_options, place, seed, kind, customers):
    """One world, everything that a flag can choose and range_options do not say chosen by its seed. Returns its truth."""
    command = [sys.executable, "-B", RANGE, "--seed", str(seed), "--world", kind, "--out", place, "--quiet", *range_options]
    if customers:
        command += ["--customers", str(customers)]
    for choice in CHOICES:
        command += [choice, "any"] if choice not in range_options else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise tool.Failed(f"range: {done.stderr[-300:] or done.stdout[-300:]}")
    with open(os.path.join(place, "truth.json"), encoding="utf-8") as text:
        return json.load(text)


def enact(seed, kind, customers, examine, range_options=()):
    """One world: made, given to examine(evidence, truth, home, result), which adds what it measured, and cleared away. What failed is the result's "error"."""
    home = tempfile.mkdtemp(prefix="world-")
    result = {"seed": seed, "world": kind}
    try:
        place = os.path.join(home, "range")
        truth = make(range_options, place, seed, kind, customers)
        result["choices"] = truth["choices"]
        examine(os.path.join(place, "evidence"), truth, home, result)
        return result
    except (tool.Failed, KeyError, OSError, ValueError, subprocess.TimeoutExpired) as failure:
        return dict(result, error=f"{type(failure).__name__}: {failure}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def pairs(assay, count, first_seed, customers, *more):
    """Jobs: count true worlds, and as many others, by turns of nothing that happened and something planted and never used."""
    return [(assay, first_seed + i, kind, customers, *more) for i in range(count) for kind in ("true", "false" if i % 2 else "planted")]


def measured(results, say):
    """Those of which there is a measurement, and how many have none; the first of these are told."""
    failed = [r for r in results if "error" in r]
    for r in failed[:5]:
        say(f"world {r.get('world')} {r.get('seed')} could not be measured: {r['error']}")
    return [r for r in results if "error" not in r], len(failed)


def is_script(kind):
    return kind != "dump"


def script_urls(truth):
    return {f["url"] for kind, f in truth["files"].items() if is_script(kind)}


def uses(truth):
    """The intruder's answered requests to what was planted."""
    urls = script_urls(truth)
    return [r for r in truth["all_requests_of_clients"] if r["target"].split("?")[0] in urls and str(r["status"])[0] in "23"]


def takings(truth):
    return [r for r in truth["all_requests_of_clients"] if r["tag"] in ("dump", "dump_more")]


def traces(truth, evidence):
    """Whether what happened still shows in what was handed over: V, and the retention at the time of the copy."""
    if not truth["claims"].get("entry"):
        return {}
    lines = {line.rstrip("\n") for line in log_lines(evidence)}
    shown = {"tree": any(f["present"] for kind, f in truth["files"].items() if kind in ("shell", "plugin"))}
    if truth["claims"].get("use"):
        shown["log_use"] = any(r.get("raw") in lines for r in uses(truth))
    if truth["claims"].get("taking"):
        shown["log_taking"] = any(r.get("raw") in lines for r in takings(truth))
    return shown


def sweep(assay, evidence, truth, case, result):
    swept = tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    planted = {f["path"]: kind for kind, f in truth["files"].items() if f["present"] and truth["claims"]["entry"]}
    seen = {}
    for finding in tool.findings(swept):
        kind = next((k for p, k in planted.items() if finding["path"].endswith("/www/" + p) or finding["path"] == p), None)
        if kind:
            seen.setdefault(tool.label(finding), set()).add(kind.split("_")[0])
        else:
            result["innocent"].append([tool.label(finding), finding["path"].split("/www/")[-1]])
    for pool, members in POOLED.items():
        seen[pool] = set().union(*(seen.get(m, set()) for m in members))
    result["swept"] = {name: sorted(kinds) for name, kinds in seen.items() if kinds}
    result["present"] = sorted(kind.split("_")[0] for kind in planted.values())
    result["scripts"] = sum(is_script(kind) for kind in planted.values())
    result["web_files"] = tool.summary(swept)["web_files"]
    result["variant"] = truth["files"].get("shell", {}).get("variant")


def examine_true(assay, evidence, truth, home, result):
    case = os.path.join(home, "case")
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    sweep(assay, evidence, truth, case, result)
    intruders, urls = set(truth["clients"]), script_urls(truth)
    folders = tuple(i["url"] for i in truth.get("installed", {}).values())
    exports = {r["raw"] for r in takings(truth) if "raw" in r}

    def touches(line):
        path = target(line)
        return line.split(" ")[0] in intruders and '" 404 ' not in line and (path in urls or (folders and path.startswith(folders)))
    unused = write_without(evidence, home, "unused.log", lambda line: touches(line) or line.rstrip("\n") in exports)
    untaken = write_without(evidence, home, "untaken.log", lambda line: line.rstrip("\n") in exports)
    as_written, without_use, without_taking = (trace(assay, case, logs) for logs in (log_files(evidence), [unused], [untaken]))
    result["exports_dropped"] = len(exports)
    shown = result["traces"]
    for name in tool.LOG_LABELS:
        found = tool.clients(as_written, name)
        # what was cut out of a log cannot be found in it: that is V, not recall
        if shown["log_taking" if name.startswith("taking") else "log_use"]:
            result["right"][name] = bool(found & intruders)
        result["wrong_clients"][name] = len(found - intruders)
        # a taking is asked for where something was used and nothing taken; a use, where nothing was used
        quiet = tool.clients(without_taking if name.startswith("taking") else without_use, name)
        result["false"][name] = len(quiet)
    result["use_still_seen"] = bool(tool.clients(without_taking, "use/high"))
    result["clients"] = tool.summary(as_written)["clients"]
    result["quiet_clients"] = tool.summary(without_use)["clients"]
    result["gaps"] = len(tool.summary(as_written).get("gaps", []))


def examine_quiet(assay, evidence, truth, home, result):
    """A twin, or a world in which something was planted and nobody used it."""
    case = os.path.join(home, "case")
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    sweep(assay, evidence, truth, case, result)
    traced = trace(assay, case, log_files(evidence))
    for name in tool.LOG_LABELS:
        result["false"][name] = len(tool.clients(traced, name))
    result["quiet_clients"] = tool.summary(traced)["clients"]


def world(job):
    assay, seed, kind, customers = job

    def examine(evidence, truth, home, result):
        result.update(right={}, false={}, wrong_clients={}, innocent=[], traces=traces(truth, evidence))
        (examine_true if kind == "true" else examine_quiet)(assay, evidence, truth, home, result)
    return enact(seed, kind, customers, examine)


def measure(assay, count, first_seed, customers, processes, say):
    """count true worlds; half as many twins, and half as many in which something was planted and never used."""
    return measured(tool.each(world, pairs(assay, count, first_seed, customers), processes, say, 20), say)


def shown(results):
    """source -> [k, n]: of the worlds in which it happened, those in which it still shows."""
    counts = {}
    for result in results:
        for source, there in result.get("traces", {}).items():
            k, n = counts.get(source, [0, 0])
            counts[source] = [k + there, n + 1]
    return counts


def tally(results):
    """Counts for the rates document."""
    true = [r for r in results if r["world"] == "true"]
    with_plant = [r for r in results if r["world"] != "false"]
    names = sorted({n for r in results for n in r["false"]})
    sweep = {}
    for name in sorted({n for r in with_plant for n in r["swept"]} | set(POOLED)):
        could = [r for r in with_plant if r["present"] and ({"adminer"} if name.startswith("admin-tool") else {"shell", "plugin"}) & set(r["present"])]
        wanted = {"adminer"} if name.startswith("admin-tool") else {"shell", "plugin"}
        sweep[name] = [sum(1 for r in could if wanted & set(r["swept"].get(name, []))), len(could)]
    variants = {v: [sum(1 for r in with_plant if r["variant"] == v and r["present"] and r["swept"].get("planted/high")),
                    sum(1 for r in with_plant if r["variant"] == v and r["present"])]
                for v in sorted({r["variant"] for r in with_plant})}
    logs = {}
    for name in names:
        logs[name] = {
            "recall": [sum(r["right"].get(name, False) for r in true), sum(name in r["right"] for r in true)],
            "false_sessions": [sum(r["false"][name] for r in results) + sum(r["wrong_clients"].get(name, 0) for r in true),
                               sum(r["quiet_clients"] for r in results)],
            "false_logs": [sum(1 for r in results if r["false"][name] or r["wrong_clients"].get(name)), len(results)],
        }
    alarms = Counter(name for r in results for name in {n for n, _ in r["innocent"]})
    tools = sorted({r["choices"]["tool"] for r in true})
    taken = {t: [sum(bool(r["right"].get("taking/high")) for r in true if r["choices"]["tool"] == t and "taking/high" in r["right"]),
                 sum(r["choices"]["tool"] == t and "taking/high" in r["right"] for r in true)] for t in tools}
    return {"true": len(true), "twins": sum(r["world"] == "false" for r in results), "planted": len(with_plant) - len(true),
            "shown": shown(results), "taking_by_tool": taken, "sweep_recall": sweep, "logs": logs, "innocent": dict(alarms), "by_variant": variants,
            "innocent_paths": sorted({(r["world"], n, p.rsplit("/", 1)[-1] if "uploads" in p else p) for r in results for n, p in r["innocent"]})[:40]}

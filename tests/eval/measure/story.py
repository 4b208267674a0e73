"""Does trace tell a re-enacted intrusion as it was? Web log, error log and the database's own log of one world, examined as the
shop would hand them over, beside what the range knows: who, when, through which file, how many bytes, which tables and rows, and
whether somebody cut the logs. Each answer is right, wrong, or None where the evidence no longer holds what was asked for."""

import os
from collections import Counter

from . import tool, worlds

CARRIER_MAX = 8192      # bytes of a page around an export


def all_logs(evidence):
    """Everything the shop's machines wrote: web server, errors, database."""
    files = list(worlds.log_files(evidence))
    if os.path.exists(os.path.join(evidence, "error.log")):
        files.append(os.path.join(evidence, "error.log"))
    return files + worlds.database_logs(evidence)


def examine(assay, evidence, case):
    """sweep tells trace which files to follow, as in a case of two commands."""
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    return tool.run(assay, "trace", *all_logs(evidence), "--tree", os.path.join(evidence, "www"),
                    "--file-times", os.path.join(evidence, "bodyfile"), "--case", case, "--owner", "shop", "--json")


def path_of(request):
    return request["target"].split("?")[0]


def left_in_log(truth, evidence):
    """The intruder's requests whose line still stands in what was handed over."""
    lines = {line.rstrip("\n") for line in worlds.log_lines(evidence)}
    return [r for r in truth["all_requests_of_clients"] if r.get("raw") in lines]


def is_same_time(record, request):
    return (record or "")[:19] == request["time"][:19]


# ---- what trace should have said; each returns True, False or None ----

def judge_use(found, requests, urls, present):
    """Every file that is still there and was used: its client, its first answered request, how many requests."""
    asked = {}
    for r in requests:
        if path_of(r) in urls & present and r["method"] in ("GET", "POST"):
            asked.setdefault((path_of(r), r["client"]), []).append(r)
    asked = {k: v for k, v in asked.items() if any(200 <= r["status"] <= 299 for r in v)}
    if not asked:
        return {"use": None, "use_first": None, "use_requests": None}
    uses = {(f["path"], f["address"]): f for f in found if f["class"] == "use"}
    there = [uses.get(k) for k in asked]
    firsts = [min(r["time"] for r in v if 200 <= r["status"] <= 299) for v in asked.values()]
    return {"use": all(there),
            "use_first": all(f and f["first"][:19] == t[:19] for f, t in zip(there, firsts)),
            "use_requests": all(f and f["requests"] == len(v) for f, v in zip(there, asked.values()))}


def judge_entry(found, requests, truth, present):
    shell = truth["files"].get("shell")
    uploads = [r for r in requests if r["tag"] == "upload"]
    if not shell or shell["url"] not in present or not uploads:
        return None
    last = max(uploads, key=lambda r: (r["file"] == "access.log", r["line"] or 0))
    candidates = [f for f in found if f["class"] == "upload-candidate" and f.get("seed") == shell["url"]]
    return any(f["address"] == last["client"] and is_same_time(f["first"], last) for f in candidates)


def judge_taking(found, requests, urls, present):
    """What left through a path: recorded is what the server logged, to the byte; the least that is said is no more than that, and the exports
    are no more than the most. What is said of exports themselves is their bytes but for the page around them; a shell of their own has no form by
    which an export is known (export_bytes 0), and then only the bounds are asked for."""
    dumps = [r for r in requests if r["tag"] in ("dump", "dump_more") and path_of(r) in urls & present]
    if not dumps:
        return {"taking": None, "taking_bytes": None}
    takings = {(f["path"], f["address"]): f for f in found if f["class"] == "taking"}
    exported, count, sent = Counter(), Counter(), Counter()
    for r in dumps:
        exported[(path_of(r), r["client"])] += r["body_bytes"] or 0
        count[(path_of(r), r["client"])] += 1
    for r in requests:
        sent[(path_of(r), r["client"])] += r["body_bytes"] or 0
    there = {k: takings.get(k) for k in exported}
    within = [f is not None and f["minimum_bytes"] <= f["recorded_bytes"] == sent[k] and exported[k] <= (f["upper_bytes"] or sent[k])
              and (f["export_bytes"] == 0 or exported[k] - count[k] * CARRIER_MAX <= f["export_bytes"] <= exported[k])
              for k, f in there.items() if not any(r["method"] == "GET" for r in dumps if (path_of(r), r["client"]) == k)]
    return {"taking": all(there.values()), "taking_bytes": all(within) if within else None}


def judge_database(found, truth):
    """The tables that the database's own log shows to have been read whole, and their rows where that log counts rows: exactly, or no more
    than were taken where the finding itself says that rows are known of some reads only (it has no upper bound then)."""
    wanted = {t for s in truth.get("dump_statements") or [] for t in s["tables"]}
    if not wanted:
        return {"database": None, "database_rows": None}
    takings = [f for f in found if f["class"] == "taking-database"]
    named = {t["name"].split(".")[-1] for f in takings for t in f.get("tables", [])}
    true_rows = {}
    for export in truth["exports"]:
        for table, count in (export.get("rows") or {}).items():
            true_rows.setdefault(table, []).append(count)
    told = []
    for f in takings:
        for t in f.get("tables", []):
            parts = true_rows.get(t["name"].split(".")[-1])
            if t.get("rows") is not None and parts:
                told.append(t["rows"] in (sum(parts), *parts) or f["upper_rows"] is None and t["rows"] <= sum(parts))
    return {"database": wanted <= named, "database_rows": all(told) if told else None}


def signs(records):
    """Kinds of signs that lines are missing or were changed."""
    found = {r.get("sign") or r.get("what") for r in records if r.get("kind") == "measure" and r.get("class") == "contradiction"}
    found |= {"gap" for r in records if r.get("kind") == "coverage" and r.get("class") == "gap"}
    return sorted(name for name in found if name)


def judge(truth, evidence, records):
    found = tool.findings(records)
    requests = left_in_log(truth, evidence)
    urls = worlds.script_urls(truth) if truth["claims"].get("entry") else set()
    present = {f["url"] for f in truth["files"].values() if f["present"]}
    told = {"clients": not ({f["address"] for f in found if f["class"] == "use" and f["confidence"] == "high"} - set(truth.get("clients") or []))}
    if truth["claims"].get("use"):
        told.update(judge_use(found, requests, urls, present))
        told.update(judge_taking(found, requests, urls, present))
    if truth["claims"].get("entry"):
        told["entry"] = judge_entry(found, requests, truth, present)
    if truth["claims"].get("taking"):
        told.update(judge_database(found, truth))
    return told


def world(job):
    assay, seed, kind, customers, pace = job

    def look(evidence, truth, home, result):
        records = examine(assay, evidence, os.path.join(home, "case"))
        result["told"] = judge(truth, evidence, records)
        result["signs"] = signs(records)
        result["cut"] = (truth.get("manner", {}).get("log") or {}).get("removed", 0)
        result["classes"] = sorted({tool.label(f) for f in tool.findings(records) if f["class"] in ("taking-database", "taking", "use", "login", "hunt")})
        result["rejected"] = tool.summary(records)["rejected"]
        result["files"] = [len(all_logs(evidence)), tool.summary(records)["files"]]
    return worlds.enact(seed, kind, customers, look, ["--pace", str(pace)] if pace else [])


def measure(assay, count, first_seed, customers, pace, processes, say):
    """count true worlds and as many others."""
    results = tool.each(world, worlds.pairs(assay, count, first_seed, customers, pace), processes, say, 20)
    worlds.measured(results, say)
    return results


def tally(results):
    """question -> [right, asked], by world; signs of cut logs where lines were cut and where none were."""
    good = [r for r in results if "error" not in r]
    counts = {}
    for r in good:
        for question, answer in r["told"].items():
            if answer is not None:
                k, n = counts.setdefault(r["world"], {}).get(question, [0, 0])
                counts[r["world"]][question] = [k + answer, n + 1]
    cut, whole = [r for r in good if r["cut"]], [r for r in good if not r["cut"]]
    with_log = [r for r in good if r["choices"].get("db_log")]
    return {"worlds": dict(Counter(r["world"] for r in good)), "failed": len(results) - len(good), "answers": counts,
            "cut": {"told": [sum(bool(r["signs"]) for r in cut), len(cut)],
                    "told_with_database_log": [sum(bool(r["signs"]) for r in cut if r in with_log), sum(r in with_log for r in cut)],
                    "signs": dict(Counter(s for r in cut for s in r["signs"]))},
            "whole": {"told": [sum(bool(r["signs"]) for r in whole), len(whole)], "signs": dict(Counter(s for r in whole for s in r["signs"]))},
            "classes": {w: dict(Counter(c for r in good if r["world"] == w for c in r["classes"])) for w in ("true", "false", "planted")},
            "unread": [sum(r["files"][0] - r["files"][1] for r in good), sum(r["files"][0] for r in good)],
            "rejected": sum(r["rejected"] for r in good)}

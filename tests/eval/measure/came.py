"""How often does trace say of a file that a request brought it (`upload-candidate/high`), and is it so? On re-enacted worlds and drawn logs.

*True*: re-enacted intrusions in which what was planted is still there and nobody is seen to use it. V: its time is the true one, and how it
came still stands in the log; apart for what was never used, and for what was used in lines that are cut. Recall: of these, those that trace tells of.

*False*: of innocent scripts, as if sweep had named them: specimens lie at their paths, with their times, in a tree of their own, and the log
is the one that was there. Which of a site's innocent files would be named by mistake nobody knows, so one is drawn for each log: in half of
the logs from those that came while the log ran, if there are any, since what has just been added is odder than what everybody has.

Beside it, of the drawn logs: with an outsider who uses the planted file and takes no rows, does trace tell of a taking?"""

import os
import random
import tempfile
from collections import Counter
from datetime import datetime, timedelta

from . import arrivals, sites, tool, worlds

NAME = "upload-candidate/high"
MOST = 100          # trace follows no more than 128 given paths
DRAWN = 1000000     # from the first world's seed to the first drawn log's
NEAR = 2            # seconds within which a request and a file's time are one moment
TAKINGS = tuple(name for name in tool.LOG_LABELS if name.startswith("taking"))


def brought(records):
    """Paths of the tree that a request brought, as the calculus counts them."""
    return {f["seed"] for f in tool.findings(records) if tool.label(f) == NAME and not f.get("signed_in") and f.get("class_of_path") in tool.PLANTED}


# ---- innocent files ----

def draw(rng, old, new):
    """The one that stands for the file named by mistake, and those that are asked for beside it."""
    one = rng.choice(new if new and (not old or rng.random() < .5) else old)
    others = [f for f in old + new if f != one]
    return one, rng.sample(others, min(MOST - 1, len(others)))


def lay(files, root):
    """files: [(path from the root of the site, seconds)]"""
    for path, seconds in files:
        full = root + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as out:
            out.write(sites.Specimen("plain", "", ["a.php"]).bytes())
        os.utime(full, (seconds, seconds))


def ask(assay, rng, old, new, logs, home):
    """{"files": asked for, "new", "false": of them brought, "drawn": was the drawn one}; None where there is no innocent script."""
    if not old and not new:
        return None
    root, case = os.path.join(home, "innocent"), os.path.join(home, "innocent-case")
    one, others = draw(rng, old, new)
    lay([one, *others], root)
    tool.run(assay, "open", case, "--name", "innocent")
    named = {f["path"][len(root):] for f in tool.findings(tool.run(assay, "sweep", root, "--case", case, "--json")) if f.get("class") in tool.PLANTED}
    if named != {path for path, _ in [one, *others]}:
        raise tool.Failed(f"sweep named {len(named)} of {len(others) + 1} specimens")
    found = brought(tool.run(assay, "trace", *logs, "--case", case, "--json"))
    return {"files": len(others) + 1, "new": len(new), "false": len(found), "drawn": one[0] in found}


# ---- re-enacted worlds ----

def seconds_of(time):
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def shows(truth, evidence):
    """The shell's time is the true one, and what shows how it came stands in the log: the request that brought it, and one of those by which
    the same client asked for it, if it did."""
    shell, all_of = truth["files"]["shell"], truth["all_requests_of_clients"]
    sent = next((r for r in reversed(all_of) if r["tag"] == "upload"), None)
    if sent is None or abs(shell["mtime"] - seconds_of(sent["time"])) > NEAR:
        return False
    lines = {line.rstrip("\n") for line in worlds.log_lines(evidence)}
    asked = [r for r in all_of if r["client"] == sent["client"] and r["target"].split("?")[0] == shell["url"]]
    return sent.get("raw") in lines and (not asked or any(r.get("raw") in lines for r in asked))


def scripts(evidence, truth):
    """[(path from the root, time)] of the innocent scripts of the tree."""
    root, planted = os.path.join(evidence, "www"), {f["url"] for f in truth["files"].values()}
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            full = os.path.join(folder, name)
            if name.lower().endswith((".php", ".phtml", ".inc")) and full[len(root):] not in planted and not os.path.islink(full):
                found.append((full[len(root):], int(os.stat(full).st_mtime)))
    return sorted(found)


def examine(assay, evidence, truth, home, result):
    case = os.path.join(home, "case")
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    traced = tool.run(assay, "trace", *worlds.log_files(evidence), "--case", case, "--owner", "shop", "--json")
    if truth["claims"]["entry"] and truth["files"]["shell"]["present"] and not tool.users(traced):
        result["shows"] = shows(truth, evidence)
        result["right"] = truth["files"]["shell"]["url"] in brought(traced)
    began = seconds_of(truth["window"]["from"])
    files = scripts(evidence, truth)
    result["innocent"] = ask(assay, random.Random(f"innocent/{result['seed']}/{result['world']}"), [f for f in files if f[1] < began],
                             [f for f in files if f[1] >= began], worlds.log_files(evidence), home)


def world(job):
    assay, seed, kind, customers = job
    return worlds.enact(seed, kind, customers, lambda evidence, truth, home, result: examine(assay, evidence, truth, home, result))


# ---- drawn logs ----

def old_scripts(made):
    """Scripts that were there before the log, with the times of their release."""
    began, rng, new = made.now.timestamp(), random.Random(f"old/{made.seed}"), {path for path, _ in made.new}
    return [("/" + page, int(began - rng.uniform(5, 600) * 86400)) for page in sites.PAGES if "/" + page not in new]


def site(job):
    assay, seed = job
    made = sites.Site(seed)
    made.draw()
    arrivals.happen(made, random.Random(f"arrivals/{seed}"))
    with tempfile.TemporaryDirectory(prefix="site-") as home:
        path, used, case, root = (os.path.join(home, n) for n in ("access.log", "used.log", "case", "www"))
        made.write(path)
        made.plant(root)
        try:
            innocent = ask(assay, random.Random(f"innocent/{seed}"), old_scripts(made), made.new, [path], home)
            arrivals.use(made, random.Random(f"use/{seed}"))
            made.write(used)
            tool.run(assay, "open", case, "--name", "site")
            tool.run(assay, "sweep", root, "--case", case, "--json")
            records = tool.run(assay, "trace", used, "--case", case, "--json")
        except tool.Failed as failure:
            return {"error": str(failure)}
    until = (made.now + timedelta(hours=made.hours + 24)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"innocent": innocent, "used": bool(tool.users(records, until)), "clients": tool.summary(records)["clients"],
            "takings": {name: len(tool.clients(records, name, until)) for name in TAKINGS}}


# ---- counts ----

def innocents(results):
    asked = [r["innocent"] for r in results if r["innocent"]]
    return {"false_files": [sum(a["false"] for a in asked), sum(a["files"] for a in asked)],
            "false_logs": [sum(a["drawn"] for a in asked), len(asked)], "with_new": sum(a["new"] > 0 for a in asked),
            "any": sum(a["false"] > 0 for a in asked)}


def tally(ranged, drawn):
    unused = [r for r in ranged if "shows" in r]
    shown = [r for r in unused if r["shows"]]
    used = [r for r in drawn if r["used"]]
    shows = {name: [sum(r["shows"] for r in of), len(of)] for name, of in (("never_used", [r for r in unused if r["world"] == "planted"]),
                                                                          ("used", [r for r in unused if r["world"] == "true"]))}
    return {"worlds": dict(Counter(r["world"] for r in ranged)), "logs": len(drawn), "shows": shows,
            "recall": [sum(r["right"] for r in shown), len(shown)], "told_where_hidden": [sum(r["right"] for r in unused if not r["shows"]), len(unused) - len(shown)],
            "re-enacted": innocents(ranged), "drawn": innocents(drawn),
            "used": {"logs": len(used), "clients": sum(r["clients"] for r in used),
                     "false": {name: [sum(r["takings"][name] for r in used), sum(r["takings"][name] > 0 for r in used)] for name in TAKINGS}}}


def measure(assay, count, logs, first_seed, customers, processes, say):
    """count true worlds and as many others, as many again in which something was planted and never used, and so many drawn logs."""
    jobs = worlds.pairs(assay, count, first_seed, customers)
    jobs += [(assay, first_seed + count + i, "planted", customers) for i in range(count)]
    ranged, failed = worlds.measured(tool.each(world, jobs, processes, say, 20), say)
    drawn, lost = worlds.measured(tool.each(site, [(assay, first_seed + DRAWN + i) for i in range(logs)], processes, say, 100), say)
    return dict(tally(ranged, drawn), failed=failed + lost, seeds=[first_seed, first_seed + 2 * count - 1],
                drawn_seeds=[first_seed + DRAWN, first_seed + DRAWN + logs - 1])

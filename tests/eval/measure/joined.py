"""Does the database's own log say that somebody took rows through what was planted (`taking-database/high`, or one of medium that
came with a request, by a client that used it and to whom something large left)?

Asked is only where an answer is possible: the web log shows a use, and the clocks of both logs could be brought together. *Re-enacted*: true
worlds with the database's log on and some seconds between the steps, so that there are clocks to compare; as they are, and without the
statements that took rows. *Drawn*: sites.py with the log of queries.py; an outsider uses what is planted and takes nothing, while backups,
reports, indexers and administrators read whole tables; then the same with a taking.

Recall: the intruder is named. False: anybody is, where nothing was taken. V: of re-enacted takings whose use still shows in the web log,
those whose statements still stand in the database's."""

import os
import random
import tempfile
from collections import Counter
from datetime import timedelta

from . import arrivals, queries, sites, tool, worlds

NAMES = {"taking-database/high": ["taking-database/high"], "taking-database/joined": ["taking-database/high", "taking-database/medium"]}


DRAWN = 100     # from the first world's seed to the first drawn log's
PACE = 5.0      # seconds between an intruder's main steps: without, a world is over before clocks can be compared


def clients(records, names, until):
    return set().union(*(tool.clients(records, name, until) for name in names))


def look(assay, case, logs, who, until=None):
    """What trace says of both logs together: could it answer, and by each of NAMES: was who named, how many were (what src/judge/taken.c
    counts: something large left to them, too), how many without asking whether anything left?"""
    records = tool.run(assay, "trace", *logs, "--case", case, "--json")
    is_used, left = bool(tool.users(records, until) & who), clients(records, [n for n in tool.LOG_LABELS if n.startswith("taking")], until)
    found = {name: clients(records, members, until) for name, members in NAMES.items()}
    return {"asked": is_used and tool.summary(records)["logs"]["database"]["offset_s"] is not None, "used": is_used, "clients": tool.summary(records)["clients"],
            "named": {name: bool(f & left & who) for name, f in found.items()}, "found": {name: len(f & left) for name, f in found.items()},
            "read": {name: len(f) for name, f in found.items()}}


# ---- re-enacted ----

def without(path, lines, home):
    """The log without those lines."""
    cut = os.path.join(home, "without-" + os.path.basename(path))
    with open(path, encoding="utf-8", errors="surrogateescape") as log, open(cut, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.writelines(line for number, line in enumerate(log, 1) if number not in lines)
    return cut


def examine(assay, evidence, truth, home, result):
    case = os.path.join(home, "case")
    tool.run(assay, "open", case, "--name", "world")
    tool.run(assay, "state", "--case", case, "-f", os.path.join(evidence, "statements.yaml"))
    tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    logs, who, statements = worlds.database_logs(evidence), set(truth["clients"]), truth["dump_statements"]
    result["taken"] = look(assay, case, worlds.log_files(evidence) + logs, who)
    result["shows"] = bool(statements)
    if statements:
        cut = [without(path, {s["line"] for s in statements if s["file"] == "db/" + os.path.basename(path)}, home) for path in logs]
        result["clean"] = look(assay, case, worlds.log_files(evidence) + cut, who)


def world(job):
    assay, seed, customers = job
    options = ["--db", ("mariadb", "postgresql")[seed % 2], "--db-log", "on", "--manner", "clean", "--pace", str(PACE), "--visitors", "300"]
    return worlds.enact(seed, "true", customers, lambda evidence, truth, home, result: examine(assay, evidence, truth, home, result), options)


# ---- drawn ----

def take(made, asked, rng, uses):
    """A taking through one of those requests' path, on top; which way."""
    when, takes = rng.choice(uses)[0] + timedelta(seconds=rng.uniform(1, 60)), 10 ** rng.uniform(-1, 2.5)
    who, stamped = uses[0][1].split(" ")[0], when + timedelta(seconds=rng.choice([0, takes]))       # where a request begins, or ends
    way = asked.take(when, takes)
    is_file = way == "program" and rng.random() < .4
    made.put(stamped, who, "POST", made.planted + ("?username=shop&db=shop&dump=" if way == "tool" else ""), 200,
             rng.randint(20, 200) if is_file else made.size(10 ** 5, 10 ** 7), arrivals.AGENT)
    if is_file:
        made.put(stamped + timedelta(seconds=rng.randint(2, 90)), who, "GET", made.planted.rsplit("/", 1)[0] + "/b.sql.gz", 200, made.size(10 ** 5, 10 ** 7), arrivals.AGENT)
    return way


def leave(made, asked, rng, uses):
    """A dump into a file that nobody fetches: read, and not taken."""
    when, takes = rng.choice(uses)[0] + timedelta(seconds=rng.uniform(1, 60)), 10 ** rng.uniform(-1, 2.5)
    asked.dump(when, asked.shop, takes)
    made.put(when + timedelta(seconds=rng.choice([0, takes])), uses[0][1].split(" ")[0], "POST", made.planted, 200, rng.randint(20, 200), arrivals.AGENT)


def site(job):
    assay, seed = job
    made = sites.Site(seed)
    made.draw()
    arrivals.happen(made, random.Random(f"arrivals/{seed}"))
    before = len(made.lines)
    arrivals.use(made, random.Random(f"use/{seed}"))
    uses = [(when, line) for when, line in made.lines[before:] if f" {made.planted} " in line]
    rng = random.Random(f"queries/{seed}")
    asked = queries.Queries(made, rng)
    asked.draw()
    if rng.random() < queries.LOOKS:
        asked.look([when for when, _ in uses])
    is_left = rng.random() < queries.LEFT
    if is_left:
        leave(made, asked, rng, uses)
    until = (made.now + timedelta(hours=made.hours + 48)).strftime("%Y-%m-%dT%H:%M:%SZ")
    result, who = {"seed": seed, "postgresql": asked.postgresql}, {uses[0][1].split(" ")[0]}
    with tempfile.TemporaryDirectory(prefix="site-") as home:
        web, database, case, root = (os.path.join(home, n) for n in ("access.log", "queries.log", "case", "www"))
        made.plant(root)
        try:
            tool.run(assay, "open", case, "--name", "site")
            tool.run(assay, "sweep", root, "--case", case, "--json")
            for part in ("clean",) if is_left else ("clean", "taken"):
                if part == "taken":
                    result["way"] = take(made, asked, rng, uses)
                made.write(web)
                asked.write(database)
                result[part] = look(assay, case, [web, database], who, until)
        except tool.Failed as failure:
            return dict(result, error=str(failure))
    return result


# ---- counts ----

def counted(results, name):
    """False is whoever reads at the time of a use, whether or not something large left to them: that is a matter of the web log, which is weighed by
    itself, and where it speaks falsely this must not be more likely to."""
    true = [r["taken"] for r in results if r.get("taken", {}).get("asked")]
    clean = [r["clean"] for r in results if r.get("clean", {}).get("asked")]
    return {"recall": [sum(t["named"][name] for t in true), len(true)],
            "false_sessions": [sum(c["read"][name] for c in clean), sum(c["clients"] for c in clean)],
            "false_logs": [sum(c["read"][name] > 0 for c in clean), len(clean)],
            "false_logs_left": [sum(c["found"][name] > 0 for c in clean), len(clean)]}


def tally(ranged, drawn):
    used = [r for r in ranged if r["taken"]["used"]]
    true = [r for r in drawn if r.get("taken", {}).get("asked")]
    pooled = "taking-database/joined"
    return {"classes": {name: {"re-enacted": counted(ranged, name), "drawn": counted(drawn, name)} for name in NAMES}, "worlds": len(ranged), "logs": len(drawn),
            "ways": {way: [sum(r["taken"]["named"][pooled] for r in true if r["way"] == way), sum(r["way"] == way for r in true)] for way in sorted(set(queries.WAYS))},
            "joined": {part: [sum(r["taken"]["asked"] for r in of if "taken" in r), sum(r["taken"]["used"] for r in of if "taken" in r)]
                       for part, of in (("re-enacted", ranged), ("drawn", drawn))},
            "shows": [sum(r["shows"] for r in used), len(used)], "left_lying": sum("taken" not in r for r in drawn),
            "missed": [[r["seed"], r["choices"]["tool"]] for r in ranged if r["taken"]["asked"] and not r["taken"]["named"][pooled]][:20],
            "alarmed": [r["seed"] for r in ranged + drawn if r.get("clean", {}).get("read", {}).get(pooled)][:20]}


def measure(assay, count, logs, first_seed, customers, processes, say):
    """count (at most DRAWN) true worlds with the database's log on, and so many drawn logs."""
    ranged, failed = worlds.measured(tool.each(world, [(assay, first_seed + i, customers) for i in range(min(count, DRAWN))], processes, say, 10), say)
    drawn, lost = worlds.measured(tool.each(site, [(assay, first_seed + DRAWN + i) for i in range(logs)], processes, say, 50), say)
    return dict(tally(ranged, drawn), failed=failed + lost, seeds=[first_seed, first_seed + min(count, DRAWN) - 1],
                drawn_seeds=[first_seed + DRAWN, first_seed + DRAWN + logs - 1])

#!/usr/bin/env python3
"""Measures the error rates that verdicts rest on and writes data/error-rates.json (docs/error-rates.md).

usage: eval.py [--assay PATH] [--out FILE] [--cache DIR] [--only PART...] [--worlds N] [--sites N] [--trials N]

Parts: clean (false alarms of sweep on Debian's PHP packages), repositories (the same on public repositories), worlds (recall of sweep and trace, false alarms of trace, on
re-enacted worlds and made-up logs), came (what trace says of how a planted file came, and of takings where nothing was taken), databases (what trace says of a database's own log), joined (is it said rightly that somebody took rows through what was planted, by web and database log together), story (is what trace tells of an intrusion what happened: who, when, how many bytes and rows, and were the logs cut), opened (what reach says that an account can read, beside what it can), kinds (kinds of personal data in made-up and public tables), match (what validation ratios can carry). A part that is not run keeps its figures in FILE.
Every figure is a count; none is typed by a person. Nothing is tuned here: a figure that disappoints is written down."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from datetime import datetime, timezone

import match_eval
from measure import came, clean, databases, joined, kinds, made, opened, sites, story, tool, worlds

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = ("clean", "repositories", "worlds", "came", "databases", "joined", "story", "opened", "kinds", "match", "made")


def say(part):
    began = time.monotonic()

    def line(text):
        print(f"eval: {part}: {time.monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)
    return line


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- the parts, each as the raw counts of one run ----

def run_clean(options):
    packages = clean.names(os.path.join(HERE, "clean-packages.txt"))
    result = clean.measure(options.assay, packages, options.cache, options.processes, say("clean"))
    if result["without"]:
        say("clean")(f"{len(result['without'])} packages could not be had: {', '.join(result['without'][:8])}")
    return result


def run_repositories(options):
    wanted = clean.repositories(os.path.join(HERE, "clean-repositories.txt"))
    result = clean.measure_repositories(options.assay, wanted, options.repositories or os.path.join(options.cache, "git"), options.processes, say("repositories"))
    if result["without"]:
        say("repositories")(f"{len(result['without'])} could not be had: {', '.join(result['without'][:8])}")
    for at, told in (("unread", result), ("pages", result["pages"])):
        say("repositories")(f"{at}: {told['unread']['trees']} trees, {told['unread']['web_files']} web files, by name {told['by_name']}; {told['absent']} files absent")
    return result


def run_came(options):
    return came.measure(options.assay, options.worlds // 5, options.sites // 2, options.seed + 1220000, options.customers, options.processes, say("came"))


def run_worlds(options):
    results, failed = worlds.measure(options.assay, options.worlds, options.seed, options.customers, options.processes, say("worlds"))
    counted = worlds.tally(results)
    counted["failed"] = failed
    counted["scripts"] = [sum(r["scripts"] for r in results), sum(len(r["present"]) for r in results)]
    drawn = sites.measure(options.assay, options.sites, options.seed, options.processes, say("sites"))
    return {"range": counted, "sites": drawn}


def run_databases(options):
    results, failed = databases.measure(options.assay, options.worlds // 3, options.seed + 300000, options.customers, options.processes, say("databases"))
    return dict(databases.tally(results), failed=failed)


def run_joined(options):
    return joined.measure(options.assay, options.worlds // 6, options.sites, options.seed + 2800000, options.customers, options.processes, say("joined"))


def run_story(options):
    results = story.measure(options.assay, options.worlds // 3, options.seed + 400000, options.customers, options.pace, options.processes, say("story"))
    first = options.seed + 400000
    return dict(story.tally(results), seeds=[first, first + options.worlds // 3 - 1], pace=options.pace)


def run_opened(options):
    return opened.tally(opened.measure(options.assay, options.accounts, options.seed, options.processes, say("opened")))


def run_kinds(options):
    return kinds.measure(options.assay, options.schemas, options.seed + 200000, options.processes, say("kinds"))


def run_made(options):
    """Are made-up samples told from real ones?"""
    return made.measure(options.assay, options.tables, options.seed + 500000, say("made"))


def run_match(options):
    """Counts of the open benchmark (match_eval.py), which also writes the page about it."""
    arguments = ["--assay", options.assay, "--trials", str(options.trials), "--processes", str(options.processes), "--cache", options.cache]
    settings = match_eval.parse(arguments)
    return match_eval.weighed(match_eval.measure(settings, say("match")), tool.version(options.assay))[1]


# ---- the document ----

def unread(raw):
    """Packages and repositories together."""
    total = {"trees": 0, "web_files": 0, "files": 0, "false_files": Counter(), "false_trees": Counter()}
    for part in ("clean", "repositories"):
        counts = raw.get(part, {}).get("unread")
        for key in total if counts else ():
            total[key] += Counter(counts[key]) if isinstance(total[key], Counter) else counts[key]
    return total


def sweep_rates(raw):
    """Joins false alarms on clean trees with recall on worlds. A label never raised on a planted file has no recall."""
    trees, recall = unread(raw), raw["worlds"]["range"]["sweep_recall"]
    alarms = raw["worlds"]["range"]["innocent"]
    document = {"classes": {}}
    labels = set(trees["false_files"]) | {n for n, (k, _) in recall.items() if k} | set(clean.POOLED)
    for name in sorted(labels):
        entry = {"false_files": [trees["false_files"].get(name, 0), trees["web_files"]],
                 "false_trees": [trees["false_trees"].get(name, 0), trees["trees"]],
                 "how": "false: Debian packages and public repositories that were not at hand when the rules were written, one tree each; recall: re-enacted "
                        f"intrusions; raised on innocent files in {alarms.get(name, 0)} worlds"}
        if recall.get(name, [0, 0])[0] and (name in clean.POOLED or name.split("/")[0] in tool.PLANTED):
            entry["recall"] = recall[name]
        elif recall.get(name, [0, 0])[0]:
            entry["named"] = recall[name]       # seen, but an owner's own tool looks the same: no ratio follows
        if name in clean.POOLED:
            entry["members"] = clean.POOLED[name]
        document["classes"][name] = entry
    scripts, planted = raw["worlds"]["range"]["scripts"]
    share = round((scripts + 1) / (planted + 2), 4)
    document["weights"] = {"script": share, "other": round(1 - share, 4), "how": f"{scripts} of {planted} planted files were scripts"}
    document["clean"] = {part: {k: of[k] for k in ("trees", "web_files", "files")} for part, of in (("unread", trees), ("at_hand", raw["clean"]["at_hand"]))}
    return document


def add_used(classes, used):
    """Drawn logs in which somebody uses what is planted and takes nothing: what trace tells of there is no taking."""
    for name, (sessions, logs) in used["false"].items():
        if name in classes:
            classes[name]["false_sessions"] = [classes[name]["false_sessions"][0] + sessions, classes[name]["false_sessions"][1] + used["clients"]]
            classes[name]["false_logs"] = [classes[name]["false_logs"][0] + logs, classes[name]["false_logs"][1] + used["logs"]]
            classes[name]["parts"]["drawn, used"] = [logs, used["logs"]]


def came_rates(counts):
    parts = {part: counts[part] for part in ("re-enacted", "drawn")}
    (first, last), (drawn, drawn_last) = counts["seeds"], counts["drawn_seeds"]
    return {"recall": counts["recall"], "false_files": [sum(p["false_files"][i] for p in parts.values()) for i in (0, 1)],
            "false_logs": [sum(p["false_logs"][i] for p in parts.values()) for i in (0, 1)],
            "parts": {name: p["false_logs"] for name, p in parts.items()},
            "how": f"re-enacted worlds and drawn logs (seeds {first} to {last}; {drawn} to {drawn_last}); recall: of planted files whose coming still shows where nobody is seen to use "
                   "them; false: innocent scripts as if sweep had named them, one a log in false_logs; see docs/error-rates.md"}


def joined_rates(counts):
    """Each of the names by which it may be weighed, re-enacted worlds and drawn logs together."""
    (first, last), (drawn, drawn_last) = counts["seeds"], counts["drawn_seeds"]
    how = (f"re-enacted intrusions with some seconds between the steps (seeds {first} to {last}) and drawn logs of web and database (seeds {drawn} to {drawn_last}), "
           "where a use shows and the clocks could be brought together; false: the same without a taking; see docs/error-rates.md")
    classes = {}
    for name, parts in counts["classes"].items():
        classes[name] = {key: [sum(part[key][i] for part in parts.values()) for i in (0, 1)] for key in ("recall", "false_sessions", "false_logs")}
        classes[name].update(how=how, members=joined.NAMES[name], parts={part: {key: of[key] for key in ("recall", "false_logs")} for part, of in parts.items()})
    return classes


def trace_rates(raw):
    ranged, drawn = raw["worlds"]["range"], raw["worlds"]["sites"]
    document = {"classes": {}}
    for name, counts in sorted(ranged["logs"].items()):
        entry = {"false_sessions": [counts["false_sessions"][0] + drawn["false_sessions"][name], counts["false_sessions"][1] + drawn["clients"]],
                 "false_logs": [counts["false_logs"][0] + drawn["false_logs"][name], counts["false_logs"][1] + drawn["logs"]],
                 "parts": {"re-enacted": counts["false_logs"], "drawn": [drawn["false_logs"][name], drawn["logs"]]},
                 "how": "re-enacted worlds of one shop on several servers (planted and never used; used and nothing taken; an administrator's own tool), "
                        "and drawn logs of other sites; recall: re-enacted intrusions"}
        if counts["recall"][0]:
            entry["recall"] = counts["recall"]
        document["classes"][name] = entry
    if "came" in raw:
        add_used(document["classes"], raw["came"]["used"])
        document["classes"][came.NAME] = came_rates(raw["came"])
    if "joined" in raw:
        document["classes"].update(joined_rates(raw["joined"]))
    document["worlds"] = {"true": ranged["true"], "twins": ranged["twins"], "planted": ranged.get("planted", 0), "failed": ranged["failed"], "drawn": drawn["logs"]}
    return document


def opened_rates(raw):
    how = ("accounts with rights drawn at random on a real MariaDB and a real PostgreSQL, each tried by the server's own client; recall: of those that read "
           "anything (the whole) of the database, how many were said to; false: of the others")
    return {name: dict(entry, how=how) for name, entry in raw["opened"]["classes"].items()}


def kind_rates(raw):
    """Made-up columns per kind; beside them what the public schemas gave. Only those kinds that a corpus holds have a rate of misses."""
    made, public = raw["kinds"]["drawn"], raw["kinds"]["public"]
    first, last = made["seeds"]
    entries = {}
    for name, counts in made["kinds"].items():
        entries[name] = dict(counts)
        if name in public["kinds"]:
            entries[name]["public"] = public["kinds"][name]
    return {"kinds": entries, "columns": [made["columns"], public["columns"]], "with_false_alarm": [made["with_false_alarm"], public["with_false_alarm"]],
            "how": f"{made['schemas']} made-up schemas (seeds {first} to {last}), {made['columns']} columns; told: the column's name says it, untold: only its values could. "
                   + (f"Public schemas labelled by hand ({', '.join(public['schemas'])}): {public['columns']} columns" if public["schemas"] else "Public schemas were not at hand")}


def assemble(raw, program):
    document = {"version": 1, "made": now(), "program": program, "raw": raw}
    if "clean" in raw and "worlds" in raw:
        document["sweep"] = sweep_rates(raw)
    if "worlds" in raw:
        document["trace"] = trace_rates(raw)
    if "shown" in raw.get("worlds", {}).get("range", {}):
        more = {"log_came": raw["came"]["shows"]["never_used"], "log_came_used": raw["came"]["shows"]["used"]} if "came" in raw else {}
        more.update({"database_log": raw["joined"]["shows"]} if "joined" in raw else {})
        document["stories"] = {"leaves": dict(raw["worlds"]["range"]["shown"], **more),
                               "how": "re-enacted intrusions, of which the range lets some delete, forge or cut: does what happened still show in what was "
                                      "handed over, right afterwards?"}
    if "databases" in raw:      # of their own, beside the web's: judge weighs none of them; what it weighs is "joined"
        how = "re-enacted worlds with the database's own log on; recall: the intruder's statements' tables are all named; false: none of a finding's are theirs"
        document.setdefault("trace", {})["databases"] = {name: dict(entry, how=how) for name, entry in raw["databases"]["classes"].items()}
    if "story" in raw:
        counts = raw["story"]
        document.setdefault("trace", {})["story"] = {
            "right": counts["answers"], "cut_told": counts["cut"]["told"], "cut_told_falsely": counts["whole"]["told"],
            "how": f"re-enacted worlds (seeds {counts['seeds'][0]} to {counts['seeds'][1]}), web, error and database logs together; right: of the questions that the "
                   "logs handed over could still answer, those answered as it was; judge weighs none of them"}
    if "opened" in raw:
        document.setdefault("reach", {})["classes"] = opened_rates(raw)
    if "kinds" in raw:
        document.setdefault("reach", {}).update(kind_rates(raw))
    if "verdicts" in raw.get("chain", {}):
        counts = raw["chain"]
        document["verdicts"] = dict(counts["verdicts"], worlds=counts["worlds"], seeds=counts["seeds"],
                                    how="the whole chain over re-enacted worlds of other seeds than the error rates; see docs/accuracy-verdict.md")
    if "match" in raw:
        document["match"] = dict(raw["match"], how="samples of public and made-up databases, and of what only looks like one; see docs/accuracy-match.md")
        if "tau" not in raw["match"] and raw.get("chain", {}).get("tau"):
            document["match"]["tau"] = raw["chain"]["tau"]
    return document


def keep_corpora(path, document):
    """Recall on collections of shells is sweep_eval.py's part of the document: this one has no raw counts of it."""
    try:
        with open(path, encoding="utf-8") as text:
            corpora = json.load(text).get("sweep", {}).get("corpora")
    except (OSError, ValueError):
        return
    if corpora is not None and "corpora" not in document.get("sweep", {}):
        document.setdefault("sweep", {})["corpora"] = corpora


def write(path, document):
    keep_corpora(path, document)
    new = path + ".new"
    with open(new, "w", encoding="utf-8") as out:
        json.dump(document, out, indent=1, sort_keys=True, ensure_ascii=False)
        out.write("\n")
    os.replace(new, path)


def earlier(path):
    try:
        with open(path, encoding="utf-8") as text:
            return json.load(text).get("raw", {})
    except (OSError, ValueError):
        return {}


def parse(arguments):
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "assay-eval")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--assay", default=os.environ.get("ASSAY_BIN", "build/assay"))
    parser.add_argument("--out", default="data/error-rates.json")
    parser.add_argument("--cache", default=cache, help="where downloaded packages are kept")
    parser.add_argument("--repositories", help="folder with the git directories of clean-repositories.txt, as owner+name")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; others keep their figures")
    parser.add_argument("--worlds", type=int, default=450, help="true worlds, and as many others")
    parser.add_argument("--sites", type=int, default=600, help="drawn logs")
    parser.add_argument("--accounts", type=int, default=1500, help="accounts on each database server")
    parser.add_argument("--schemas", type=int, default=400, help="made-up schemas")
    parser.add_argument("--pace", type=float, default=0.5, help="of story: seconds between an intruder's main steps")
    parser.add_argument("--tables", type=int, default=300, help="of made: tables of each kind and size")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--trials", type=int, default=9000, help="of match")
    parser.add_argument("--seed", type=int, default=500000, help="of the first world; keep it away from those used elsewhere")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    options.assay = os.path.abspath(options.assay)
    return options


def main():
    options = parse(sys.argv[1:])
    if not os.access(options.assay, os.X_OK):
        sys.exit(f"eval: no program at {options.assay}; build it first, or name it with --assay")
    raw, program = earlier(options.out), tool.version(options.assay)
    for part, work in (("clean", run_clean), ("repositories", run_repositories), ("worlds", run_worlds), ("came", run_came), ("databases", run_databases), ("joined", run_joined), ("story", run_story), ("opened", run_opened), ("kinds", run_kinds), ("match", run_match), ("made", run_made)):
        if options.only and part not in options.only:
            continue
        raw[part] = dict(work(options), program=program, made=now())
        write(options.out, assemble(raw, program))      # an interrupted run keeps what is measured
    print(f"eval: {options.out} written by {program}")


if __name__ == "__main__":
    main()

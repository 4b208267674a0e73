#!/usr/bin/env python3
"""The open benchmark of match: samples that came from a database and samples that did not, and what the program makes of them.

usage: match_eval.py [--assay PATH] [--trials N] [--seed N] [--out DIR] [--rates FILE] [--raw FILE] [--data DIR] [--strict]
       match_eval.py --shop N [--trial N] --keep DIR      writes one shop's files, runs one trial (or all), prints commands and results

Trials are written to --raw shop by shop: a run that was interrupted goes on where it was, if program and benchmark are the same. --out gets accuracy-match.md
and its pictures, --rates the `match` part of the rates document. Nothing is tuned here: a figure that disappoints is written down."""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time

from match import page, shops, tally, trial
from measure import tool

HERE = os.path.dirname(os.path.abspath(__file__))
PER_SHOP = 40


def digest(options):
    """Of the program and of what makes the trials."""
    total = hashlib.sha256()
    sources = [os.path.join(HERE, "match", name) for name in ("people.py", "public.py", "samples.py", "shops.py", "trial.py", "writers.py")]
    for path in [options.assay, *sources]:
        with open(path, "rb") as data:
            total.update(data.read())
    return f"{total.hexdigest()[:16]} seed {options.seed}"


def takes_backups(assay):
    done = subprocess.run([assay, "match", "--help"], capture_output=True, text=True, timeout=20, check=False)
    return "--as-of" in done.stdout


def earlier(options):
    """Whole shops of a run of the same program and benchmark."""
    if not options.raw or not os.path.exists(options.raw):
        return {}
    done = {}
    with open(options.raw, encoding="utf-8") as lines:
        if next(lines, "").strip() != json.dumps({"run": digest(options)}):
            return {}
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                break
            done[entry["shop"]] = entry["trials"]
    return done


def measure(options, say):
    """Trials of as many shops as it takes, those already done not again."""
    count = -(-options.trials // PER_SHOP)
    done = earlier(options)
    rates = os.path.join(options.cache, "wide-caps.json")
    os.makedirs(options.cache, exist_ok=True)
    with open(rates, "w", encoding="utf-8") as out:
        json.dump({"version": 1, "match": {"caps": trial.WIDE}}, out)
    as_of = takes_backups(options.assay)
    wanted = range(options.seed, options.seed + count)
    jobs = [(options.assay, seed, options.data, -(-options.trials // count), rates, as_of) for seed in wanted if seed not in done]
    if options.raw and not done:
        with open(options.raw, "w", encoding="utf-8") as out:
            out.write(json.dumps({"run": digest(options)}) + "\n")
    for job, rows in zip(jobs, tool.each_as_done(trial.batch, jobs, options.processes, say, 10)):
        done[job[1]] = rows
        if options.raw:
            with open(options.raw, "a", encoding="utf-8") as out:
                out.write(json.dumps({"shop": job[1], "trials": rows}) + "\n")
    return [row for seed in wanted for row in done[seed]]


def weighed(trials, program):
    """What goes into the rates document, and what the page is made of."""
    failed = [t for t in trials if "error" in t]
    results = tally.everything([t for t in trials if "error" not in t], shops.CLOSE)
    plain = [t for t in trials if "error" not in t and not tally.informed(t)]
    sides = {truth: [t["lr"] for t in plain if t["truth"] == truth] for truth in ("H1", "H2")}
    results["failed"] = len(failed)
    rates = {
        "caps": results["caps"], "tau": results["tau"], "omega": results["omega"], "failed": len(failed), "program": program,
        "trials": {"h1": len(sides["H1"]), "h2": len(sides["H2"]), "shops": results["shops"], "by_class": {c: [results["classes"][c]["all"][s] for s in ("h1", "h2")] for c in tally.CLASSES}},
        "settles": {f"{truth.lower()}_{word}": [sum(map(test, sides[truth])), len(sides[truth])] for truth in sides
                    for word, test in (("supported", lambda x: x >= 2), ("refuted", lambda x: x <= -2))},
        "quality": {c: {k: results["classes"][c]["all"].get(k) for k in ("cllr", "cllr_min", "largest_h2", "median_h1")} for c in tally.CLASSES},
    }
    return results, rates, failed


def one(options):
    """For whoever wants to see a trial."""
    os.makedirs(options.keep, exist_ok=True)
    rates = os.path.join(options.keep, "wide-caps.json")
    with open(rates, "w", encoding="utf-8") as out:
        json.dump({"version": 1, "match": {"caps": trial.WIDE}}, out)
    bench = trial.Bench(options.assay, options.shop, options.data, options.keep, takes_backups(options.assay))
    for number in [options.trial] if options.trial is not None else range(PER_SHOP):
        print(json.dumps(trial.run(bench, number, rates, keep=True), ensure_ascii=False, indent=1))


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--assay", default=os.environ.get("ASSAY_BIN", "build/assay"))
    parser.add_argument("--trials", type=int, default=9000)
    parser.add_argument("--seed", type=int, default=500000, help="of the first shop")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", default=os.path.join(HERE, "..", "..", "..", "shared", "data"), help="public databases; without them only made-up shops")
    parser.add_argument("--cache", default=os.path.join(HERE, "..", "..", "build", "eval"))
    parser.add_argument("--raw", help="file for every trial's result, as JSON Lines")
    parser.add_argument("--out", help="folder for accuracy-match.md and its pictures")
    parser.add_argument("--rates", help="rates document whose `match` part is to be written")
    parser.add_argument("--strict", action="store_true", help="fail if a target is missed")
    parser.add_argument("--shop", type=int)
    parser.add_argument("--trial", type=int)
    parser.add_argument("--keep", help="folder for one shop's files")
    options = parser.parse_args(arguments)
    options.assay = os.path.abspath(options.assay)
    options.data = os.path.abspath(options.data) if os.path.isdir(os.path.join(options.data, "chinook")) else None
    return options


def main():
    options = parse(sys.argv[1:])
    if not os.access(options.assay, os.X_OK):
        sys.exit(f"eval: no program at {options.assay}; build it first, or name it with --assay")
    if options.keep:
        one(options)
        return
    began = time.monotonic()

    def say(text):
        print(f"eval: match: {time.monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)
    trials = measure(options, say)
    program = tool.version(options.assay)
    results, rates, failed = weighed(trials, program)
    for t in failed[:8]:
        say(f"shop {t['shop']} trial {t['trial']} could not be run: {t['error']}")
    text = page.page(results, options, program)
    print(text)
    if options.out:
        page.write(options.out, text, results, [t for t in trials if "error" not in t])
    if options.rates:
        import eval as rates_document       # the one that assembles it
        raw = rates_document.earlier(options.rates)
        raw["match"] = dict(rates, made=rates_document.now())
        rates_document.write(options.rates, rates_document.assemble(raw, program))
    missed = [target["what"] for target in page.targets(results) if target["met"] is False]
    sys.exit(1 if options.strict and (missed or failed) else 0)


if __name__ == "__main__":
    main()

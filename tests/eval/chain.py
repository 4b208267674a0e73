#!/usr/bin/env python3
"""The project's end-to-end truth: the whole chain over re-enacted worlds, verdicts beside what really happened.

usage: chain.py [--assay PATH] [--worlds N] [--seed N] [--customers N] [--processes N] [--out FOLDER] [--raw FILE] [--again FILE...] [--rates FILE] [--strict]

Prints, per kind of claim, how often the verdict was right, wrong or undetermined, and how well its figure is calibrated; writes
accuracy-verdict.md (what stands there between its "kept" marks stays), img/calibration.svg and img/verdicts.svg to FOLDER (default: prints only). --again tells
results that --raw kept, without running a world. --strict ends with status 1 when a claim was
strongly wrong, a false claim was supported, or fewer than nine in ten true claims were supported where the evidence is complete and
the tool was left unhidden. The worlds' seeds are not those the error rates were measured on."""

import argparse
import json
import math
import os
import random
import sys
import time
from collections import Counter

import eval as rates
from match import figures
from measure import chain, tool, worlds

STRONG = 3.0        # log10: 1,000 the wrong way
KEPT = ("<!-- kept: written by a person -->", "<!-- /kept -->")
BINS = ((-9, -2), (-2, -1), (-1, 0), (0, 0), (0, 1), (1, 2), (2, 3), (3, 9))


def say_to_stderr(began):
    def say(text):
        print(f"eval: all: {time.monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)
    return say


# ---- counting ----

def claims(results, **wanted):
    for result in results:
        if all(result.get(k) == v for k, v in wanted.items()):
            for claim in result["claims"]:
                if claim["true"] is not None:
                    yield result, claim


def outcome(claim):
    direction = claim["direction"]
    if direction == "undetermined":
        return "undetermined"
    return "right" if (direction == "supported") == claim["true"] else "wrong"


def strongly_wrong(claim):
    lr = claim["log10_lr"]
    return lr is not None and (lr <= -STRONG if claim["true"] else lr >= STRONG)


def table(results):
    """kind -> truth -> Counter of directions."""
    rows = {kind: {True: Counter(), False: Counter()} for kind in chain.KINDS}
    for _, claim in claims(results):
        rows[claim["kind"]][claim["true"]][claim["direction"]] += 1
    return rows


def cllr(pairs):
    """Of (log10 LR, truth): cost of taking the figures at their word; 1 is that of saying nothing."""
    sides = {wanted: [lr for lr, true in pairs if true is wanted] for wanted in (True, False)}
    return figures.cllr(sides[True], sides[False]) if sides[True] and sides[False] else None


def calibration(results):
    """Stated against observed, by bins of the stated figure. Observed: share of the true claims' figures in the bin over that of the
    false ones', half a claim added to each."""
    pairs = [(c["log10_lr"], c["true"]) for _, c in claims(results) if c["log10_lr"] is not None]
    total = Counter(true for _, true in pairs)
    rows = []
    for low, high in BINS:
        inside = [(lr, true) for lr, true in pairs if (lr == 0 if low == high else low <= lr < high and lr != 0)]
        if inside and total[True] and total[False]:
            k = Counter(true for _, true in inside)
            observed = math.log10((k[True] + .5) / (total[True] + 1)) - math.log10((k[False] + .5) / (total[False] + 1))
            rows.append({"from": low, "to": high, "true": k[True], "false": k[False],
                         "stated": sum(lr for lr, _ in inside) / len(inside), "observed": observed})
    return rows, pairs


def with_intervals(results, rows, draws=1000):
    """Adds "interval": 95 % of the observed figure, from drawing whole worlds again: claims of one world hang together."""
    worlds_of = [[(c["log10_lr"], c["true"]) for _, c in claims([r]) if c["log10_lr"] is not None] for r in results]
    dice, seen = random.Random(1), {(r["from"], r["to"]): [] for r in rows}
    for _ in range(draws if worlds_of else 0):
        pairs = [pair for world in dice.choices(worlds_of, k=len(worlds_of)) for pair in world]
        total = Counter(true for _, true in pairs)
        for (low, high), drawn in seen.items():
            k = Counter(true for lr, true in pairs if (lr == 0 if low == high else low <= lr < high and lr != 0))
            drawn.append(math.log10((k[True] + .5) / (total[True] + 1)) - math.log10((k[False] + .5) / (total[False] + 1)))
    for row in rows:
        drawn = sorted(seen[row["from"], row["to"]])
        row["interval"] = [drawn[int(.025 * len(drawn))], drawn[int(.975 * len(drawn)) - 1]] if drawn else [0, 0]
    return rows


def replaced(results):
    """kind -> [k, n]: source-made columns of true leaks that the export or its seller had replaced (tau)."""
    counts = {}
    for result in results:
        for kind, was in result.get("replaced", []):
            k, n = counts.get(kind, [0, 0])
            counts[kind] = [k + was, n + 1]
    return counts


def judged(results):
    """The conditions that the project holds itself to."""
    plain = [c for _, c in claims(results, complete=True, hidden=False) if c["true"]]
    supported = sum(c["direction"] == "supported" for c in plain)
    return {
        "strongly_wrong": [(r["seed"], c["kind"], c["log10_lr"]) for r, c in claims(results) if strongly_wrong(c)],
        "false_supported": [(r["seed"], c["kind"], c["log10_lr"]) for r, c in claims(results) if not c["true"] and c["direction"] == "supported"],
        "true_refuted": [(r["seed"], c["kind"], c["log10_lr"]) for r, c in claims(results) if c["true"] and c["direction"] == "refuted"],
        "plain": (supported, len(plain)),
    }


# ---- telling ----

def percent(k, n):
    return f"{100 * k / n:.0f} %" if n else "-"


def lines_of_table(results):
    yield "| claim | is | worlds | supported | undetermined | refuted | wrong |"
    yield "|---|---|---|---|---|---|---|"
    for kind, sides in table(results).items():
        for true, counts in sides.items():
            n = sum(counts.values())
            if n:
                wrong = counts["refuted" if true else "supported"]
                yield (f"| {kind} | {'true' if true else 'false'} | {n} | {counts['supported']} | {counts['undetermined']} | "
                       f"{counts['refuted']} | {wrong} |")


def lines_of_choices(results):
    """True claims supported, by what the world was like."""
    yield "| world | true claims | supported |"
    yield "|---|---|---|"
    groups = {}
    for result, claim in claims(results):
        if claim["true"]:
            names = [f"{k} {v}" for k, v in sorted(result.get("choices", {}).items()) if isinstance(v, (str, bool, int))]
            for name in ["hidden" if result["hidden"] else "unhidden", "complete" if result["complete"] else "incomplete", *names]:
                k, n = groups.get(name, (0, 0))
                groups[name] = (k + (claim["direction"] == "supported"), n + 1)
    for name, (k, n) in sorted(groups.items()):
        yield f"| {name} | {n} | {percent(k, n)} |"


def bound(row):
    return "" if row["true"] and row["false"] else "at least " if row["true"] else "at most "


def lines_of_calibration(rows, pairs):
    yield "| stated log10 LR | true | false | stated, mean | observed | 95 % of it |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        name = "0" if row["from"] == row["to"] else f"[{row['from']}, {row['to']})".replace("[-9", "(…").replace("9)", "…)")
        yield f"| {name} | {row['true']} | {row['false']} | {row['stated']:.1f} | {bound(row)}{row['observed']:.1f} | {row['interval'][0]:.1f} to {row['interval'][1]:.1f} |"
    cost = cllr(pairs)
    yield ""
    yield f"Cllr over all claims with a figure ({len(pairs)}): {cost:.3f} (1 is saying nothing)." if cost is not None else "Cllr: one side has no claims."


def svg_calibration(rows):
    """Stated against observed, a dot for each bin with its interval. On the line: as strong as it says."""
    size, left, low, high = 460, 60, -4, 6
    def at(lr):
        return (max(low, min(high, lr)) - low) / (high - low) * (size - left - 20)
    def x(lr):
        return left + at(lr)
    def y(lr):
        return size - 50 - at(lr)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="13" role="img">',
           "<title>Stated and observed log10 likelihood ratio</title>", f'<rect width="{size}" height="{size}" fill="#fff"/>',
           f'<line x1="{x(low):.1f}" y1="{y(low):.1f}" x2="{x(high):.1f}" y2="{y(high):.1f}" stroke="#888" stroke-dasharray="4 3"/>']
    for lr in range(low, high + 1, 2):
        out.append(f'<line x1="{x(lr):.1f}" x2="{x(lr):.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}" stroke="#e4e4e4"/>'
                   f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y(lr):.1f}" y2="{y(lr):.1f}" stroke="#e4e4e4"/>'
                   f'<text x="{x(lr):.1f}" y="{y(low) + 18:.1f}" text-anchor="middle" fill="#444">{format(lr, "+d") if lr else 0}</text>'
                   f'<text x="{left - 8}" y="{y(lr) + 4:.1f}" text-anchor="end" fill="#444">{format(lr, "+d") if lr else 0}</text>')
    for row in rows:
        low_end, high_end = row["interval"]
        is_bound = not row["false"] or not row["true"]      # one side is empty: nobody knows how far it goes that way
        if is_bound:
            out.append(f'<line x1="{x(row["stated"]):.1f}" x2="{x(row["stated"]):.1f}" y1="{y(row["observed"]):.1f}" y2="{y(low if row["false"] else high):.1f}" '
                       'stroke="#1b6e8c" stroke-dasharray="2 3"/>')
        out.append(f'<line x1="{x(row["stated"]):.1f}" x2="{x(row["stated"]):.1f}" y1="{y(low_end):.1f}" y2="{y(high_end):.1f}" stroke="#1b6e8c" stroke-width="2"/>'
                   f'<circle cx="{x(row["stated"]):.1f}" cy="{y(row["observed"]):.1f}" r="4" stroke="#1b6e8c" fill="{"#fff" if is_bound else "#1b6e8c"}"/>'
                   f'<text x="{x(row["stated"]) + 7:.1f}" y="{y(row["observed"]) + 4:.1f}" fill="#444" font-size="11">{row["true"]}:{row["false"]}</text>')
    out.append(f'<text x="{(left + size - 20) / 2:.1f}" y="{size - 8}" text-anchor="middle" fill="#222">stated (mean of the bin); true : false claims; open: a bound</text>'
               f'<text x="16" y="{(size - 50) / 2:.1f}" text-anchor="middle" fill="#222" transform="rotate(-90 16 {(size - 50) / 2:.1f})">observed, with 95 %</text></svg>')
    return "\n".join(out) + "\n"


def svg(pairs_by_kind):
    """Every figure as a dot: kinds down, truth by side of the line. One subject: are figures of false claims left of 0?"""
    width, row, left = 720, 46, 120
    height = row * len(pairs_by_kind) + 60
    def x(lr):
        return left + (max(-6, min(6, lr)) + 6) / 12 * (width - left - 20)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13" role="img">',
           "<title>Verdict figures by kind of claim and truth</title>",
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for lr in range(-6, 7):
        strong = lr in (-2, 0, 2)
        out.append(f'<line x1="{x(lr):.1f}" x2="{x(lr):.1f}" y1="20" y2="{height - 40}" stroke="{"#888" if strong else "#ddd"}"/>')
        out.append(f'<text x="{x(lr):.1f}" y="{height - 22}" text-anchor="middle" fill="#444">{format(lr, "+d") if lr else 0}</text>')
    out.append(f'<text x="{x(0):.1f}" y="{height - 6}" text-anchor="middle" fill="#444">log10 likelihood ratio; true claims above the line, false ones below</text>')
    for i, (kind, pairs) in enumerate(pairs_by_kind.items()):
        y = 20 + row * i + row / 2
        out.append(f'<text x="8" y="{y + 4:.1f}" fill="#222">{kind}</text><line x1="{left}" x2="{width - 20}" y1="{y}" y2="{y}" stroke="#bbb"/>')
        for n, (lr, true) in enumerate(sorted(pairs)):
            dy = (5 + n * 7 % 13) * (-1 if true else 1)
            out.append(f'<circle cx="{x(lr):.1f}" cy="{y + dy:.1f}" r="2.2" fill="{"#1b6e8c" if true else "#b5541c"}" fill-opacity=".55"/>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def told_time(options, seconds):
    return "told again from the results kept" if options.again else f"{seconds / 60:.0f} minutes with {options.processes} processes"


def kept(path):
    """What a person wrote into the page, between its marks."""
    try:
        with open(path, encoding="utf-8") as text:
            page = text.read()
    except OSError:
        return ""
    first, last = page.find(KEPT[0]), page.find(KEPT[1])
    return page[first + len(KEPT[0]):last].strip("\n") if 0 <= first < last else ""


def told(results, failed, options, seconds):
    rows, pairs = calibration(results)
    with_intervals(results, rows)
    held = judged(results)
    took = sorted(r["seconds"] for r in results)
    parts = [
        "# How often a verdict is right",
        "",
        f"Written by `./dev eval all --worlds {options.worlds}` with {tool.version(options.assay)}; seeds {options.seed} to {options.seed + options.worlds - 1}, "
        f"{len(results)} worlds examined, {failed} failed to run, {told_time(options, seconds)} "
        f"(a world: median {took[len(took) // 2] if took else 0:.0f} s, slowest {took[-1] if took else 0:.0f} s).",
        "",
        "Each world is a re-enactment on real servers (tests/range/README.md), everything chosen by its seed. Half are breaches; a quarter are claims with nothing",
        "behind them but a stitched or made-up sample; a quarter have something planted that nobody used. The chain sees what the parties hand over.",
        "", *lines_of_table(results), "",
        f"- strongly wrong (1,000 or more the wrong way): {len(held['strongly_wrong'])} {held['strongly_wrong'] or ''}",
        f"- false claims supported: {len(held['false_supported'])} {held['false_supported'] or ''}",
        f"- true claims refuted: {len(held['true_refuted'])} {held['true_refuted'] or ''}",
        f"- true claims supported where the evidence is complete and the tool was left unhidden: {held['plain'][0]} of {held['plain'][1]} "
        f"({percent(*held['plain'])})",
        "", KEPT[0], *([kept(os.path.join(options.out, "accuracy-verdict.md"))] if options.out else []), KEPT[1],
        "", "## Calibration", "", *lines_of_calibration(rows, pairs), "",
        "Observed is how much oftener true claims got such a figure than false ones, half a claim added to each; the interval draws whole worlds again a thousand times, "
        "since claims of one world hang together. Where no false claim got it, observed only says at least: no run of this size can show more (open dots).", "",
        "![stated against observed](img/calibration.svg)", "", "![figures by kind of claim](img/verdicts.svg)", "",
        "## By what the world was like", "", *lines_of_choices(results), "",
        "## What still showed", "",
        "How often what happened still showed in what was handed over. In these worlds intruders hide as often as the range lets them; it is no census of intruders.", "",
        *(f"- {source}: {k} of {n}" for source, (k, n) in sorted(worlds.shown(results).items())),
        *(f"- columns of kind {kind} that a true leak had replaced: {k} of {n}" for kind, (k, n) in sorted(replaced(results).items())),
        "", "## What these figures do not say", "",
        "- One shop, one family of inert specimens, visitors on loopback: another site may differ from all of it.",
        "- The evidence is handed over whole by its keepers. What a keeper might doctor is policy (docs/verdict.md, ρ), not measured here.",
        "- The error rates come from other seeds of the same range, so a weakness that all its worlds share shows in neither.",
    ]
    return "\n".join(parts) + "\n", held, pairs


def counted(results, held):
    """What the report's method page says of how often verdicts are right."""
    rows, pairs = calibration(results)
    outcomes = Counter((c["true"], c["direction"]) for _, c in claims(results))
    return {"true": {d: outcomes[True, d] for d in ("supported", "undetermined", "refuted")},
            "false": {d: outcomes[False, d] for d in ("supported", "undetermined", "refuted")},
            "strongly_wrong": len(held["strongly_wrong"]), "cllr": round(cllr(pairs), 3) if cllr(pairs) is not None else None,
            "calibration": [{"from": r["from"], "to": r["to"], "true": r["true"], "false": r["false"], "stated": round(r["stated"], 2),
                             "observed": round(r["observed"], 2), "interval": [round(v, 2) for v in r["interval"]]}
                            for r in with_intervals(results, rows)]}


def finish(results, failed, options, seconds):
    text, held, _ = told(results, failed, options, seconds)
    print(text)
    if options.out:
        by_kind = {k: [(c["log10_lr"], c["true"]) for _, c in claims(results) if c["kind"] == k and c["log10_lr"] is not None] for k in chain.KINDS}
        os.makedirs(os.path.join(options.out, "img"), exist_ok=True)
        with open(os.path.join(options.out, "accuracy-verdict.md"), "w", encoding="utf-8") as out:
            out.write(text)
        rows = with_intervals(results, calibration(results)[0])
        for name, picture in (("calibration.svg", svg_calibration(rows)), ("verdicts.svg", svg(by_kind))):
            with open(os.path.join(options.out, "img", name), "w", encoding="utf-8") as out:
                out.write(picture)
    if options.rates:
        raw = rates.earlier(options.rates)
        was = raw.get("chain", {})
        tau = (was["tau"], was.get("tau_worlds", was["worlds"])) if was.get("worlds", 0) > len(results) else (replaced(results), len(results))
        raw["chain"] = {"tau": tau[0], "tau_worlds": tau[1], "worlds": len(results), "seeds": [min(r["seed"] for r in results), max(r["seed"] for r in results)],
                        "program": tool.version(options.assay), "made": rates.now(), "verdicts": counted(results, held)}
        rates.write(options.rates, rates.assemble(raw, tool.version(options.assay)))
    bad = held["strongly_wrong"] or held["false_supported"] or held["plain"][0] < .9 * held["plain"][1]
    return 1 if options.strict and (bad or failed or not results) else 0


def again(options):
    results = []
    for name in options.again:
        with open(name, encoding="utf-8") as text:
            results += [json.loads(line) for line in text]
    options.worlds, options.seed = len(results), min(r["seed"] for r in results)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--assay", default=os.environ.get("ASSAY_BIN", "build/assay"))
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=700000, help="of the first world")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", help="folder for accuracy-verdict.md and its picture")
    parser.add_argument("--raw", help="file for every world's result, as JSON Lines")
    parser.add_argument("--again", nargs="+", help="tell these results again (files of --raw); no world is run")
    parser.add_argument("--rates", help="rates document that is told how often true leaks had columns replaced")
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    options.assay = os.path.abspath(options.assay)
    if not os.access(options.assay, os.X_OK):
        sys.exit(f"eval: no program at {options.assay}; build it first, or name it with --assay")
    began = time.monotonic()
    say = say_to_stderr(began)
    every = again(options) if options.again else chain.measure(options.assay, options.worlds, options.seed, options.customers, options.processes, say)
    if options.raw and not options.again:
        with open(options.raw, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in every)
    results = [r for r in every if "error" not in r]
    for r in every:
        if "error" in r:
            say(f"world {r['seed']} ({r['world']}) could not be examined: {r['error']}")
    sys.exit(finish(results, len(every) - len(results), options, time.monotonic() - began))


if __name__ == "__main__":
    main()

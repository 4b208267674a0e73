"""docs/accuracy-match.md, written from results. Only the frame of words is written by hand."""

import os
from datetime import datetime, timezone

from . import figures, plots, samples, tally

NAMES = {"secret": "usable source-secret column", "issued": "only issued numbers", "none": "no source-made column"}


# ---- numbers as words ----

def share(k, n):
    if not n:
        return "none to count"
    low, high = figures.clopper_pearson(k, n)
    return f"{k} of {n} ({100 * low:.1f} to {100 * high:.1f} %)"


def number(value, digits=3):
    return "-" if value is None else f"{value:.{digits}f}".replace("-", "\u2212")


def ratio(value):
    return "-" if value is None else f"{value:+.1f}".replace("-", "\u2212").replace("+0.0", "0.0").replace("\u22120.0", "0.0")


def counted(pair):
    return f"{pair[0]} of {pair[1]}"


# ---- targets ----

def targets(results):
    """[{what, is, met}]; met None: nothing to judge by."""
    secret, found = results["classes"]["secret"], []

    def target(what, value, met):
        found.append({"what": what, "is": value, "met": met})

    def cost(name, quality, most):
        value = quality.get("cllr")
        interval = quality.get("interval")
        target(name, number(value) + (f" ({number(interval[0])} to {number(interval[1])})" if interval else ""), None if value is None else value <= most)
    cost("source-secret column, all sizes: Cllr at most 0.10", secret["all"], .10)
    cost("source-secret column, 31 rows or more: Cllr at most 0.06", secret["31 or more"], .06)
    for kind in ("issued", "none"):
        cost(f"{NAMES[kind]}: Cllr never above 1", results["classes"][kind]["all"], 1)
    above = [(kind, t) for kind in ("issued", "none") for t in [results["classes"][kind]["all"].get("above", 0)] if t]
    target("without a source-secret column no ratio above 1", "none" if not above else ", ".join(f"{t} {kind}" for kind, t in above), not above)
    strong = sum(row["strong_uncut"] for row in results["modes"])
    target("strongly misleading ratios (1,000 or more the wrong way), before the cap, without an informed partner", f"{strong} of {results['trials']}", strong == 0)
    every = [row for row in results["dates"] if row["n"] is None]
    hard, n = sum(row["hard"] for row in every), sum(row["trials"] for row in every)
    target("hard bounds of the date cover", share(hard, n), None if not n else hard == n)
    soft = [sum(row["soft"][i] for row in every if row["pick"] == "random") for i in (0, 1)]
    target("95 % interval of samples drawn at random covers 95 %", share(*soft), None if not soft[1] else soft[0] >= .95 * soft[1])
    right, n = results["alignment"]["all"]
    target("the true column is named first for 98 % of the columns", share(right, n), None if not n else right >= .98 * n)
    twins = results["twins"]
    target("twin runs at most 0", ratio(twins["largest"]) if twins["count"] else "this program has no twin run", None if not twins["count"] else twins["largest"] <= 0)
    return found


# ---- tables ----

def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"


def class_rows(results):
    for kind in tally.CLASSES:
        for size, q in results["classes"][kind].items():
            if "cllr" not in q:
                yield NAMES[kind], size, q["h1"], q["h2"], *["-"] * 6
                continue
            interval = f" ({number(q['interval'][0])} to {number(q['interval'][1])})" if q["interval"] else ""
            yield (NAMES[kind], size, q["h1"], q["h2"], number(q["cllr"]) + interval, f"{number(q['cllr_min'])} + {number(q['loss'])}", f"{q['misleading'][0]} / {q['misleading'][1]}",
                   f"{q['strong'][0]} / {q['strong'][1]}", q["hundred"], ratio(q["largest_h2"]))


def mode_rows(rows):
    for row in rows:
        yield (row["mode"], row["variant"], "true" if row["truth"] == "H1" else "false", row["trials"], ratio(row["median"]), ratio(row["median_secret"]), ratio(row["worst"]),
               share(row["misleading"], row["trials"]), f"{row['strong']} ({row['strong_uncut']})")


def date_rows(results):
    for row in results["dates"]:
        if row["n"] is None:
            yield (row["pick"], "yes" if row["updated"] else "no", row["trials"], counted([row["hard"], row["trials"]]), share(*row["soft"]), number(row["hard_width"], 1), number(row["soft_width"], 1))


def size_rows(results):
    for row in results["dates"]:
        if row["pick"] == "random" and row["n"] is not None:
            yield ("yes" if row["updated"] else "no", row["n"], row["backups"], counted([row["hard"], row["trials"]]), counted(row["soft"]), number(row["hard_width"], 1), number(row["soft_width"], 1))


def stated_rows(results):
    for row in results["calibration"]:
        yield f"[{row['from']}, {row['to']})".replace("-9", "…").replace("9)", "…)"), row["h1"], row["h2"], ratio(row["stated"]), ratio(row["observed"])


def page(results, options, program):
    words = targets(results)
    clocks, rows, cover, twins, align = (results[k] for k in ("clocks", "rows", "shares", "twins", "alignment"))
    weak = sorted(((k / n, role, k, n) for role, (k, n) in align["roles"].items() if n >= 20))[:8]
    parts = [
        "# How sure `match` is, and how often it is right", "",
        f"Written by `./dev eval match --trials {options.trials} --seed {options.seed}` with {program} on {datetime.now(timezone.utc):%Y-%m-%d}; shops {options.seed} to {options.seed + results['shops'] - 1}, {results['trials']} trials, "
        f"{results['failed']} failed to run. {sum(r['trials'] for r in results['informed'])} more, of a secretly informed partner, stand apart below.", "",
        "Each trial is one run of the program over files: a reference as its keeper would hand it over, two lists of people of other services, and a sample that either came from that",
        "database or did not. The truth is known, because the benchmark made both. All of it follows from the seed; `tests/eval/match_eval.py --shop N --trial N --keep DIR` writes",
        "the files of one trial and prints its command.", "",
        "## What was reached", "", *table(("target", "measured", "met"), ((t["what"], t["is"], {True: "yes", False: "no", None: "-"}[t["met"]]) for t in words)), "",
        "## Ratios by class of evidence", "",
        "Cllr is the cost of taking the ratios at their word: 0 is perfect, 1 is what saying nothing costs, above 1 is worse than silence. It is the sum of what the order of the ratios cannot",
        "tell apart (Cllr-min: pool adjacent violators, equal ratios pooled first) and of what calibration loses. Intervals are 95 %, by drawing whole shops: trials of one shop share a cause.",
        "Every ratio is cut by what the *other* half of the shops carries (docs/statistics.md, A.5), so no trial is judged by a cap that it helped to make. Misleading: below 1 for a sample that came from",
        "the database / above 1 for one that did not; strongly: by 1,000 or more.", "",
        *table(("class", "rows", "true", "false", "Cllr", "Cllr-min + calibration", "misleading", "strongly", "true at 100 or more", "largest of false, log10"), class_rows(results)), "",
        f"All classes together: Cllr {number(results['together'].get('cllr'))}. Without a source-made column the program says nothing for a sample, however well it fits: whoever has the same customers could have made it.", "",
        "Caps carried by all shops (log10): " + "; ".join(f"{kind} [{number(low, 2)}, {number(high, 2)}]" for kind, (low, high) in results["caps"].items()) + ".", "",
        "![Tippett plot](img/match-tippett.svg)", "",
        "**1. Which share of samples reaches a ratio?** Blue should stay high to the right, orange fall before 0. **Out of** samples with a usable source-secret column. **Does not show** the sizes, which differ (table above).", "",
        "![Empirical cross-entropy](img/match-ece.svg)", "",
        "**2. How much is left to be known?** The lower, the better; the gap between the first two lines is what calibration loses. At odds of 1 the line as said is Cllr. **Out of** the same samples. **Does not show** which odds are the right ones.", "",
        "![Stated against observed](img/match-stated.svg)", "",
        "**3. Is what is stated what is observed?** Points above the line right of 0: the program understates. **Out of** the same samples, by bins. **Does not show** more than the counts can: an empty side bounds the observed ratio.", "",
        *table(("stated log10 ratio", "true", "false", "stated, mean", "observed"), stated_rows(results)), "",
        "## By failure mode", "",
        "Letters are those of the list below; `-` are true leaks in other ways. Medians and the worst are log10 after the cap, over all sets of columns; *with secret* only over samples that show a source-secret column.", "",
        *(f"- ({letter}) {name}" for letter, name in samples.MODES.items() if letter != "-"), "",
        *table(("mode", "how", "is", "trials", "median", "with secret", "worst", "misleading", "strongly (before the cap)"), mode_rows(results["modes"])), "",
        "A forger's own one to three accounts are among the rows in 15 % of a to d. A partner's own times and hashes are its own; a synchronised one was told of every customer within the hour.", "",
        "### The secretly informed partner", "",
        "A partner who was given source-secret columns and of whom nobody knows it looks like a leak. The model cannot exclude that, and says so beside every ratio; these trials count nowhere else.", "",
        *table(("mode", "how", "is", "trials", "median", "with secret", "worst", "misleading", "strongly (before the cap)"), mode_rows(results["informed"])), "",
        "## Dates", "",
        "Leaks of one export that agree in a source-made column. The hard bounds hold for any choice of rows; the 95 % interval is given only where the rows look like a random draw. *old*: the seller draws rather old rows.", "",
        *table(("rows shown", "updated_at shown", "trials", "hard bounds cover", "95 % interval covers", "hard, median days", "95 %, median days"), date_rows(results)), "",
        "Rows drawn at random, by size and backups:", "",
        *table(("updated_at shown", "rows", "backups", "hard bounds cover", "95 % interval covers", "hard, median days", "95 %, median days"), size_rows(results)), "",
        "![Width of the dates](img/match-dates.svg)", "",
        "**4. How exact is the date?** Lower is more exact. **Out of** random samples that show when rows were changed. **Does not show** whether it is right: the table does.", "",
        f"A shifted clock was found in {share(*clocks['found'])}, one that is not there claimed in {share(*clocks['false'])}. Two exports more than 60 days apart were told as two in {share(*clocks['merged'])}; "
        f"where rows of the two contradict each other (else one export explains every row, and nobody can tell), as many as that takes, in {share(*clocks['telling'])}; "
        f"more exports than there were in {share(*clocks['too_many'])}.", "",
        "## Columns and rows", "",
        f"The true column is the first named for {share(*align['all'])} columns that still hold the database's values and differ within the sample, names changed or missing and formats foreign. A table was named for {share(*align['tables'])} true samples.",
        "Weakest: " + "; ".join(f"{role} {k} of {n}" for _, role, k, n in weak) + ".",
        "By form of the sample: " + "; ".join(f"{form} {k} of {n}" for form, (k, n) in sorted(align["forms"].items())) + ".", "",
        f"Rows said to agree in a source-made column, beside those that truly came and still do: recall {counted(rows['recall'])}, precision {counted(rows['precision'])} over {rows['trials']} samples (by their numbers: the program does not name rows).", "",
        f"The share that came from the database lies in the interval said in {share(*cover['secret'])} with a source-secret column, in {share(*cover['none'])} without any.", "",
        f"Twin runs (the reference's own columns shuffled against its people): {twins['count']}, largest log10 ratio {ratio(twins['largest'])}, above 0 in {twins['above']}." if twins["count"] else "This program prints no twin run.", "",
        "## What replaces assumptions", "",
        f"- omega, false strong agreements (100 or more) among false samples that show a source-secret column: {share(*results['omega'])}.",
        *(f"- tau, columns of kind {kind} that a true export had replaced: {share(*pair)}. The share is how often the benchmark's sellers do so, not a census of sellers." for kind, pair in sorted(results["tau"].items())), "",
        "## On what", "",
        "Databases: " + ", ".join(f"{name} {n}" for name, n in results["databases"].items()) + " trials. Chinook, sakila and northwind are the public dumps, their customers grown from their own names and given the times and hashes that they lack, written back",
        "into the dump among the other tables; febrl is the public list of people. The others are made-up shops of 2,000 to 6,000 customers: sequences, UUIDs, snowflakes and order numbers for keys; bcrypt, argon2, phpass, bare SHA-1, tokens",
        "and unsalted MD5 for passwords; seven writings of times, names in seven languages. Samples are CSV with four delimiters, JSON Lines and four dialects of SQL, with or without names of columns, in another order and another writing than the reference.", "",
        "## What this does not show", "",
        "- The benchmark and the model share an author's imagination. A way of making samples that nobody thought of is in neither.",
        "- Shops are small. In a table of fifty million rows values coincide more often; the ratio reckons with that, these trials do not test it.",
        "- How often real sellers shift clocks, replace hashes or merge exports is not known: rates over all trials weigh the ways as the benchmark draws them. Look at the modes one by one.",
        "- People who use one password everywhere do so here in 30 % of the other service's rows where hashes are unsalted; the world's share is not known.",
        "- No sample here was made with the database at hand by its keeper, who can edit it: against that only a sealed backup speaks.",
    ]
    return "\n".join(parts) + "\n"


def write(folder, text, results, trials):
    pictures = os.path.join(folder, "img")
    os.makedirs(pictures, exist_ok=True)
    with open(os.path.join(folder, "accuracy-match.md"), "w", encoding="utf-8") as out:
        out.write(text)
    for name, svg in (("tippett", plots.tippett(trials)), ("ece", plots.cross_entropy(trials)), ("stated", plots.stated(results["calibration"])), ("dates", plots.widths(results["dates"]))):
        with open(os.path.join(pictures, f"match-{name}.svg"), "w", encoding="utf-8") as out:
            out.write(svg)

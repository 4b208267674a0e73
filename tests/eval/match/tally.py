"""From trials to counts: classes, sizes, failure modes, dates, alignment, rows, shares, twins."""

import math
from collections import Counter, defaultdict

from . import figures, samples
from .people import DAY

CLASSES = ("secret", "issued", "none")
BINS = ((-9, -2), (-2, -1), (-1, -.3), (-.3, .3), (.3, 1), (1, 2), (2, 3), (3, 9))
STRONG = 3


def informed(trial):
    return trial["variant"] == samples.INFORMED


def split(trials, truth, kind=None):
    return [t["lr"] for t in trials if t["truth"] == truth and kind in (None, t["class"])]


def caps_of(trials):
    return {c: figures.bounds(split(trials, "H1", c), split(trials, "H2", c)) for c in CLASSES}


def cap(trials):
    """Every ratio cut by what the other half of the shops carries; the raw one is kept as `uncut`."""
    halves = [[t for t in trials if t["shop"] % 2 == side and not informed(t)] for side in (0, 1)]
    caps = [caps_of(half) for half in halves]
    for trial in trials:
        low, high = caps[1 - trial["shop"] % 2][trial["class"]]
        trial["uncut"] = trial["lr"]
        trial["lr"] = min(max(trial["lr"], low), high)
    return caps


def quality(trials):
    """Of trials with ratios already cut."""
    h1, h2 = split(trials, "H1"), split(trials, "H2")
    if not h1 or not h2:
        return {"h1": len(h1), "h2": len(h2)}
    shops = defaultdict(lambda: [0, 0, 0, 0])
    for t in trials:
        side = 0 if t["truth"] == "H1" else 2
        shops[t["shop"]][side] += figures.cllr([t["lr"]], [-400]) * 2 if side == 0 else figures.cllr([400], [t["lr"]]) * 2
        shops[t["shop"]][side + 1] += 1
    interval = figures.over_shops(shops.values(), lambda s: (s[0] / s[1] + s[2] / s[3]) / 2 if s[1] and s[3] else None)
    total, least = figures.cllr(h1, h2), figures.cllr_min(h1, h2)
    return {"h1": len(h1), "h2": len(h2), "cllr": total, "interval": interval, "cllr_min": least, "loss": total - least, "misleading": [sum(x < 0 for x in h1), sum(x > 0 for x in h2)],
            "strong": [sum(x <= -STRONG for x in h1), sum(x >= STRONG for x in h2)], "strong_uncut": [sum(t["uncut"] <= -STRONG for t in trials if t["truth"] == "H1"),
            sum(t["uncut"] >= STRONG for t in trials if t["truth"] == "H2")], "hundred": sum(x >= 2 for x in h1), "largest_h2": max(h2), "above": sum(x > 0 for x in h1 + h2), "median_h1": figures.median(h1)}


def by_size(trials):
    return {"all": quality(trials), **{str(n): quality([t for t in trials if t["n"] == n]) for n in samples.SIZES}, "31 or more": quality([t for t in trials if t["n"] >= 31])}


def by_mode(trials):
    groups = defaultdict(list)
    for t in trials:
        groups[(t["truth"], t["mode"], t["variant"])].append(t)
    rows = []
    for (truth, mode, variant), group in sorted(groups.items()):
        wrong = (lambda x: x < 0) if truth == "H1" else (lambda x: x > 0)
        strong = (lambda x: x <= -STRONG) if truth == "H1" else (lambda x: x >= STRONG)
        lrs = [t["lr"] for t in group]
        with_secret = [t["lr"] for t in group if t["secret"]]
        rows.append({"truth": truth, "mode": mode, "variant": variant, "trials": len(group), "misleading": sum(map(wrong, lrs)), "strong": sum(map(strong, lrs)),
                     "strong_uncut": sum(strong(t["uncut"]) for t in group), "median": figures.median(lrs), "median_secret": figures.median(with_secret),
                     "worst": min(lrs) if truth == "H1" else max(lrs)})
    return rows


def calibration(trials):
    """Stated against observed log10 ratio, half a trial added to each side."""
    h1, h2 = split(trials, "H1"), split(trials, "H2")
    rows = []
    for low, high in BINS:
        a, b = [x for x in h1 if low <= x < high], [x for x in h2 if low <= x < high]
        if a or b:
            observed = math.log10((len(a) + .5) / (len(h1) + 1)) - math.log10((len(b) + .5) / (len(h2) + 1))
            rows.append({"from": low, "to": high, "h1": len(a), "h2": len(b), "stated": sum(a + b) / len(a + b), "observed": observed})
    return rows


# ---- dates ----

def dated(trials):
    """Leaks that were dated; those of one export first."""
    return [t for t in trials if t["truth"] == "H1" and t["hard"][0] is not None and len(t["taken"]) == 1]


def hard_holds(t):
    low, high = t["hard"]
    return low <= t["taken"][0] and (high is None or t["taken"][0] < high)


def soft_holds(t):
    return t["soft"][0] <= t["taken"][0] <= t["soft"][1]


def width(interval, close):
    return ((close if interval[1] is None else interval[1]) - interval[0]) / DAY


def dates(trials, close):
    rows = []
    groups = defaultdict(list)
    for t in dated(trials):
        groups[(t["pick"], t["has_updated"], t["backups"], t["n"])].append(t)
        groups[(t["pick"], t["has_updated"], None, None)].append(t)
    for key, group in sorted(groups.items(), key=lambda item: tuple(str(x).zfill(5) for x in item[0])):
        soft = [t for t in group if t["soft"]]
        rows.append({"pick": key[0], "updated": key[1], "backups": key[2], "n": key[3], "trials": len(group), "hard": sum(map(hard_holds, group)), "soft": [sum(map(soft_holds, soft)), len(soft)],
                     "hard_width": figures.median([width(t["hard"], close) for t in group]), "soft_width": figures.median([width(t["soft"], close) for t in soft])})
    return rows


def clocks(trials):
    leaks = [t for t in trials if t["truth"] == "H1" and t["offset"] is not None and t["class"] == "secret"]
    shifted, straight = [t for t in leaks if t["shift"]], [t for t in leaks if not t["shift"]]
    comparable = [t for t in shifted if any(kind == "time" and not gone for kind, gone in t["replaced"])]
    merged = [t for t in trials if t["variant"] == "merged" and t["class"] == "secret" and t["has_updated"] and t["taken"][0] - t["taken"][1] > 60 * DAY]
    telling = [t for t in merged if t["exports_shown"] >= 2]
    return {"found": [sum(t["offset"] == t["shift"] for t in comparable), len(comparable)], "false": [sum(t["offset"] != 0 for t in straight), len(straight)],
            "merged": [sum((t["exports"] or 1) >= 2 for t in merged), len(merged)], "telling": [sum((t["exports"] or 1) >= t["exports_shown"] for t in telling), len(telling)],
            "too_many": [sum((t["exports"] or 1) > len(t["taken"]) for t in leaks), len(leaks)]}


# ---- columns, rows, shares, twins ----

def alignment(trials):
    roles, forms, places = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0]), [0, 0]
    for t in trials:
        for role, place in t["aligned"]:
            for counts in (roles[role], forms[t["form"] + (", no header" if t["headless"] else "")], places):
                counts[0] += place == 0
                counts[1] += 1
    tables = [t for t in trials if t["truth"] == "H1"]
    right = sum(t["table"] is not None for t in tables)
    return {"all": places, "roles": dict(roles), "forms": dict(forms), "tables": [right, len(tables)]}


def rows_linked(trials):
    """Rows that agree in a source-made column: said, beside how many there are."""
    leaks = [t for t in trials if t["truth"] == "H1" and t["class"] != "none"]
    truly, said = sum(t["truly_agreeing"] for t in leaks), sum(t["agreeing"] or 0 for t in leaks)
    both = sum(min(t["truly_agreeing"], t["agreeing"] or 0) for t in leaks)
    return {"trials": len(leaks), "recall": [both, truly], "precision": [both, said]}


def shares(trials):
    told = [t for t in trials if t["truth"] == "H1" and t["share"] and t["class"] == "secret"]
    inside = sum(t["share"][0] - 1e-9 <= t["true_rows"] / t["rows"] <= t["share"][1] + 1e-9 for t in told)
    none = [t for t in trials if t["truth"] == "H1" and t["share"] and t["class"] == "none"]
    none_inside = sum(t["share"][0] - 1e-9 <= t["true_rows"] / t["rows"] <= t["share"][1] + 1e-9 for t in none)
    return {"secret": [inside, len(told)], "none": [none_inside, len(none)]}


def twins(trials):
    values = [t["twin"] for t in trials if t["twin"] is not None]
    return {"count": len(values), "largest": max(values, default=None), "above": sum(v > 0 for v in values)}


def tau(trials):
    """kind -> [k, n]: columns that a true export shows and that its maker or seller had replaced."""
    counts = {}
    for t in trials:
        for kind, gone in t["replaced"] if t["truth"] == "H1" and t["variant"] != "diluted" else []:
            k, n = counts.get(kind, [0, 0])
            counts[kind] = [k + gone, n + 1]
    return counts


def omega(trials):
    """False strong agreements: of samples that show a source-secret column and did not come from the database, those at 100 or more."""
    lies = [t for t in trials if t["truth"] == "H2" and t["secret"]]
    return [sum(t["uncut"] >= 2 for t in lies), len(lies)]


def everything(trials, close):
    """trials: those that ran. The informed partner's stand apart throughout."""
    caps = cap(trials)
    plain, told = [t for t in trials if not informed(t)], [t for t in trials if informed(t)]
    sides = {c: [t for t in plain if t["class"] == c] for c in CLASSES}
    final = {c: figures.bounds([t["uncut"] for t in sides[c] if t["truth"] == "H1"], [t["uncut"] for t in sides[c] if t["truth"] == "H2"]) for c in CLASSES}
    return {"caps": final, "half_caps": caps, "classes": {c: by_size(sides[c]) for c in CLASSES}, "together": quality(plain), "modes": by_mode(plain), "informed": by_mode(told),
            "calibration": calibration(sides["secret"]), "dates": dates(plain, close), "clocks": clocks(plain), "alignment": alignment(plain), "rows": rows_linked(plain),
            "shares": shares(plain), "twins": twins(plain), "tau": tau(plain), "omega": omega(plain), "trials": len(plain), "shops": len({t["shop"] for t in trials}),
            "databases": dict(sorted(Counter(t["db"] for t in trials).items()))}

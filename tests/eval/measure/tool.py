"""Runs the program under measurement and reads what it says; counts and intervals."""

import json
import math
import multiprocessing
import os
import subprocess

OK = (0, 1, 2)          # nothing found, found, could not tell: all of them are answers
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "data")


class Failed(Exception):
    pass


def run(assay, *arguments, cwd=None, timeout=600):
    """JSON Lines of one run, as objects."""
    done = subprocess.run([assay, *arguments], cwd=cwd, capture_output=True, timeout=timeout,
                          env=dict({"ASSAY_DATA": os.path.abspath(DATA)}, **os.environ, NO_COLOR="1", LC_ALL="C.UTF-8"))
    records = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    if done.returncode not in OK or ("--json" in arguments and not (records and records[-1].get("kind") == "summary")):
        raise Failed(f"{' '.join(arguments[:2])}: status {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return records


def summary(records):
    return records[-1]


def findings(records):
    return [r for r in records if r.get("kind") == "finding"]


def label(finding):
    return f"{finding.get('class')}/{finding.get('confidence')}"


def version(assay):
    done = subprocess.run([assay, "--version"], capture_output=True, text=True, timeout=20)
    words = done.stdout.split()
    return " ".join(words[:2]) if done.returncode == 0 and len(words) >= 2 else "assay"


def upper(k, n, level=0.95):
    """Upper end of the two-sided exact interval, for people who read the log."""
    if n == 0 or k >= n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        tail = sum(math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(middle)
                            + (n - i) * math.log1p(-middle)) for i in range(k + 1)) if 0 < middle < 1 else 0
        low, high = (middle, high) if tail > (1 - level) / 2 else (low, middle)
    return high


def each_as_done(work, jobs, processes, say, every=50):
    """Results of work(job) in the order of the jobs, one by one; two at a time by default."""
    with multiprocessing.Pool(processes) as pool:
        for number, result in enumerate(pool.imap(work, jobs), 1):
            if number % every == 0 or number == len(jobs):
                say(f"{number} of {len(jobs)}")
            yield result


def each(work, jobs, processes, say, every=50):
    return list(each_as_done(work, jobs, processes, say, every))


# ---- what src/judge/items.c counts, counted alike here ----

PLANTED = ("shell", "uploader", "packed", "tool", "config-shell")
USE_REQUESTS = 3


def outsider(finding, until):
    began = (finding.get("web") or {}).get("time") or finding.get("first") or ""       # a database's clock may be another
    return not finding.get("signed_in") and (until is None or began <= until)


def answered(finding):
    statuses = finding.get("statuses")
    if not isinstance(statuses, dict):
        return finding.get("requests", 0)
    return sum(n for status, n in statuses.items() if status[0] in "23")


def users(records, until=None):
    """Clients that used a planted file: three answered requests or more, not signed in, in the time in question."""
    count = {}
    for f in findings(records):
        if label(f) == "use/high" and outsider(f, until) and f.get("class_of_path") in PLANTED:
            count[f["address"]] = count.get(f["address"], 0) + answered(f)
    return {client for client, n in count.items() if n >= USE_REQUESTS}


def clients(records, name, until=None):
    """Clients of findings of one label, as the calculus counts them."""
    known = users(records, until)
    return {f["address"] for f in findings(records) if label(f) == name and outsider(f, until) and f.get("address") in known}


LOG_LABELS = ("use/high", "taking/high", "taking/medium")

#!/usr/bin/env python3
"""Measures what assay read proposes against articles whose truth is written beside them, and writes docs/accuracy-read.md's table.

usage: read_eval.py [--assay PATH] [--out DIR] [--articles DIR] [--misses]

An article X has a file X.gold. Each of its lines is one fact: a letter and fields between bars.
  S speaker | act | words of the sentence | time     a statement; the time is the statement's own
  D words | due      a deadline            T words | time    a date          K kinds of claims, in the document
  R amount currency  a sum demanded        C masked contact  H digest  V CVE number  U address
  P name | kind      a party that speaks   B name            the publication
  Q name | outcome   who was asked: answered, no comment, silent, not told      A name | time   since when somebody knew
A proposal is right if it is all of that. The articles of held-out/ were written after the grammar stood; nothing was changed for them."""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys

from match import figures

HERE = os.path.dirname(os.path.abspath(__file__))
ARTICLES = os.path.join(HERE, "..", "data", "articles")
FIELDS = (("speaker and stance", "statement"), ("time of a statement", "said"), ("dates", "date"), ("deadlines", "deadline"), ("kinds of claims", "kind"),
          ("parties", "party"), ("publication", "publication"), ("questions and answers", "reply"), ("awareness", "clock"), ("sums demanded", "ransom"), ("contacts", "contact"), ("digests", "hash"), ("CVE numbers", "cve"), ("addresses", "url"))
LETTERS = {"D": "deadline", "T": "date", "K": "kind", "R": "ransom", "C": "contact", "H": "hash", "V": "cve", "U": "url", "P": "party", "B": "publication", "Q": "reply", "A": "clock"}


def read_gold(path):
    """{field: [tuple of fields]}"""
    gold = {field: [] for _, field in FIELDS}
    with open(path, encoding="utf-8") as text:
        for line in text:
            letter, _, rest = line.strip().partition(" ")
            cells = tuple(cell.strip() for cell in rest.split("|"))
            if letter == "S":
                gold["statement"].append(cells)
            elif letter == "K":
                gold["kind"] += [(kind,) for kind in rest.split()]
            elif letter:
                gold[LETTERS[letter]].append(cells)
    return gold


def run(assay, path):
    done = subprocess.run([assay, "read", path, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 2) or not done.stdout:
        raise RuntimeError(f"{path}: status {done.returncode}: {done.stderr.decode()}")
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def proposals(records):
    """What was proposed, in the shape of the gold."""
    found = {field: [] for _, field in FIELDS}
    names = {}
    speak = {record.get(key) for record in records if record.get("class") == "statement" for key in ("party", "to")}
    for record in records:
        kind = record.get("class")
        if record["kind"] == "summary":
            found["publication"] += [(names.get(record["publication"], ""),)] if "publication" in record else []
        elif record["kind"] != "finding":
            continue
        elif kind == "party":
            names[record["party"]] = record["name"]
            if record["party"] in speak:     # who was only asked, or only knew, does not
                found["party"].append((record["name"], record["kind_of_party"]))
        elif kind == "claim":
            found["kind"].append((record["claim_kind"],))
        elif kind == "statement" and not record.get("of_document"):
            found["statement"].append((record["speaker"], record["act"], record["sentence"], record.get("time", "?")))
        elif kind == "deadline":
            found["deadline"].append((record["said"], record.get("due", "?")))
        elif kind == "date" and "until" not in record:
            found["date"].append((record["said"], record.get("time", "?")))
        elif kind == "reply":
            found["reply"].append((record["asked_name"], record["outcome"]))
        elif kind == "clock":
            found["clock"].append((record["who"], record["time"]))
        elif kind == "ransom":
            found["ransom"].append((f"{record['amount']} {record['currency']}",))
        elif kind in ("contact", "hash", "cve", "url"):
            found[kind].append((record["value"],))
    return found


def instant(text):
    """In UTC, where it has an hour: 08:00+10:00 is 22:00Z of the day before."""
    if "T" not in text:
        return text
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc).isoformat()


def bare(name):
    """Without capitals, "the", "Ltd" and the like: a matter of how a party is written, not of who it is."""
    name = re.sub(r"^the ", "", name.lower())
    return re.sub(r",?( pvt\.?| pty\.?| pte\.?| private)? (ltd|limited|inc|plc|llc|llp|gmbh|corp|s\.a)\.?$", "", name.lower())


def matches(field, gold, proposal):
    if field == "statement":
        return bare(gold[0]) == bare(proposal[0]) and gold[1] == proposal[1] and gold[2] in proposal[2]
    if field in ("deadline", "date"):
        return instant(gold[1]) == instant(proposal[1]) and (gold[0] in proposal[0] or proposal[0] in gold[0])
    if field == "party":
        return tuple(bare(x).lower() for x in gold) == tuple(bare(x).lower() for x in proposal)
    if field in ("reply", "clock"):
        return (bare(gold[0]), instant(gold[1])) == (bare(proposal[0]), instant(proposal[1]))
    if field == "publication":
        return bare(gold[0]) == bare(proposal[0])
    return gold == proposal


def pair(field, gold, found):
    """(pairs, missed, wrong): each gold and each proposal once."""
    left, pairs, missed = list(found), [], []
    for want in gold:
        hit = next((p for p in left if matches(field, want, p)), None)
        if hit is None:
            missed.append(want)
        else:
            left.remove(hit)
            pairs.append((want, hit))
    return pairs, missed, left


def measure(assay, folder, say=None, only=lambda name: True):
    """{field: [right, proposed, wanted]} over the articles of a folder whose names pass, and how many there are."""
    counts = {field: [0, 0, 0] for _, field in FIELDS}
    names = sorted(name for name in (os.listdir(folder) if os.path.isdir(folder) else []) if only(name) and os.path.exists(os.path.join(folder, name + ".gold")))
    for name in names:
        gold = read_gold(os.path.join(folder, name + ".gold"))
        found = proposals(run(assay, os.path.join(folder, name)))
        for _, field in FIELDS:
            if field == "said":
                continue
            wanted = list(dict.fromkeys(gold[field])) if field != "statement" else gold[field]
            given = list(dict.fromkeys(found[field])) if field != "statement" else found[field]
            pairs, missed, wrong = pair(field, wanted, given)
            counts[field] = [a + b for a, b in zip(counts[field], (len(pairs), len(given), len(wanted)))]
            if field == "statement":
                right = sum(instant(want[3]) == instant(hit[3]) for want, hit in pairs)
                counts["said"] = [a + b for a, b in zip(counts["said"], (right, len(pairs), len(pairs)))]
                missed += [("time", *want) for want, hit in pairs if instant(want[3]) != instant(hit[3])]
                wrong += [("time", hit[3]) for want, hit in pairs if instant(want[3]) != instant(hit[3])]
            if say and (missed or wrong):
                say(name, field, missed, wrong)
    return counts, len(names)


def share(right, of):
    if of == 0:
        return "-"
    low, high = figures.clopper_pearson(right, of)
    return f"{right / of:.2f} ({low:.2f}-{high:.2f}; {right}/{of})"


def table(tuned, held):
    lines = ["| what | tuned: precision | recall | held out: precision | recall |", "|---|---|---|---|---|"]
    for title, field in FIELDS:
        cells = [share(counts[field][0], counts[field][part]) for counts in (tuned, held) for part in (1, 2)]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(path, text):
    """Puts the table between its marks."""
    with open(path, encoding="utf-8") as page:
        head, _, rest = page.read().partition("<!-- table -->")
        _, _, tail = rest.partition("<!-- end -->")
    with open(path, "w", encoding="utf-8") as page:
        page.write(f"{head}<!-- table -->\n{text}\n<!-- end -->{tail}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--assay", default=os.path.join(HERE, "..", "..", "build", "assay"))
    parser.add_argument("--out")
    parser.add_argument("--articles", default=ARTICLES)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()

    def say(name, field, missed, wrong):
        for fact in missed:
            print(f"{name}: {field}: missed {fact}", file=sys.stderr)
        for fact in wrong:
            print(f"{name}: {field}: wrong  {fact}", file=sys.stderr)
    tuned, tuned_count = measure(options.assay, options.articles, say if options.misses else None)
    held, held_count = measure(options.assay, os.path.join(options.articles, "held-out"), say if options.misses else None)
    text = f"{tuned_count} articles that the grammar was tuned on, {held_count} held out.\n\n" + table(tuned, held)
    print(text)
    if options.out:
        write(os.path.join(options.out, "accuracy-read.md"), text)


if __name__ == "__main__":
    main()

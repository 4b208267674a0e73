#!/usr/bin/env python3
"""How often an examiner is right who reads what sweep found: a test that anybody can set, read blind, and score (docs/verdict.md, "Confirmations").

usage: blind.py make DIR --key FILE [--real TREE...] [--false TREE...] [--of N] [--assay PATH]
       blind.py score DIR --key FILE

make sweeps trees in which every finding is real (collections of web shells) and trees in which every finding is false (applications known to be clean),
and lays the files that were found under numbers into DIR/exhibits, in an order that nobody chose. What each is stands in the key alone, which stays with
whoever sets the test; DIR names the key's digest, so that it cannot be another one afterwards. At most N of each are taken (--of), by lot.
Without --real the specimens of the unit tests are the real ones; without --false their harmless twins, which sweep does not find: such a test is for practice.
It says how the examiner reads look-alikes, not how he reads false findings, so no rate is made of it.
score takes the answers ("yes": planted, "no": not) from DIR/answers.csv and prints counts, exact 95 % intervals, and the words for `assay confirm`."""

import argparse
import csv
import hashlib
import json
import os
import re
import secrets
import sys
import tempfile

from measure import tool
from sweep_eval import share

SPECIMENS = os.path.join(tool.DATA, "..", "tests", "data", "sweep")
TOLD = """{count} files that assay {version} was asked about, some planted and some not; which is which and how many of each is in a key that you
do not have. Its SHA-256 is
{digest}

Read each file in exhibits/ as you would read a finding of a case: do not run it, and ask no scanner about it. In answers.csv
write "yes" beside a file that you would confirm as planted (a backdoor, an uploader, a tool of an intruder), else "no".
Answer all of them. Then hand the folder back to whoever set the test.
"""


def fail(text):
    sys.exit(f"blind: {text}")


def digest_of(data):
    return hashlib.sha256(data).hexdigest()


def found_in(assay, tree, takes_all):
    """(digest, ending, bytes, class, tree's name) of each file of a planted class below tree; takes_all: of each file."""
    findings = {os.path.normpath(f["path"]): f["class"] for f in tool.findings(tool.run(assay, "sweep", "--json", ".", cwd=tree)) if f["class"] in tool.PLANTED}
    everything = (os.path.relpath(os.path.join(base, name), tree) for base, _, names in os.walk(tree) for name in names)
    paths = everything if takes_all else findings
    for path in sorted(paths):
        full = os.path.join(tree, path)
        if os.path.isfile(full) and not os.path.islink(full):  # not within an archive
            with open(full, "rb") as file:
                data = file.read()
            yield digest_of(data), os.path.splitext(path)[1], data, findings.get(path, "none"), os.path.basename(os.path.abspath(tree))


def specimens(folder):
    """Writes the unit tests' specimens below folder/real and their twins below folder/false."""
    for name in ("php.txt", "code.txt"):
        with open(os.path.join(SPECIMENS, name), "rb") as file:
            rows = re.split(rb"^=== (.*)\n", file.read(), flags=re.M)[1:]
        for number, (head, source) in enumerate(zip(rows[::2], rows[1::2])):
            words = head.decode().split()
            language = words.pop(0) if name == "code.txt" else "php"
            home = os.path.join(folder, "false" if words[0] == "none" else "real")
            os.makedirs(home, exist_ok=True)
            with open(os.path.join(home, f"{number}.{language}"), "wb") as file:
                file.write(source)
    return os.path.join(folder, "real"), os.path.join(folder, "false")


def some(assay, trees, count, takes_all=False):
    """At most count distinct files, by lot."""
    files = {}
    for tree in trees:
        for digest, *rest in found_in(assay, tree, takes_all):
            files.setdefault(digest, rest)
    return dict(secrets.SystemRandom().sample(sorted(files.items()), min(count, len(files))))


def make(options):
    if os.path.commonpath([os.path.abspath(options.key), os.path.abspath(options.dir)]) == os.path.abspath(options.dir):
        fail("the key must not lie in the folder that the examiner is given")
    if os.path.exists(options.dir) or os.path.exists(options.key):
        fail(f"{options.dir} or {options.key} is there already")
    with tempfile.TemporaryDirectory() as folder:
        own_real, own_false = specimens(folder)
        real = some(options.assay, options.real or [own_real], options.of)
        false = some(options.assay, options.false or [own_false], options.of, takes_all=not options.false)
    if set(real) & set(false):
        fail(f"a file is both real and false: {sorted(set(real) & set(false))[0]}")
    if not real or not false:
        fail(f"sweep found nothing in the {'false' if real else 'real'} trees: there is nothing to tell apart")
    rows = [(digest, "yes", *rest) for digest, rest in real.items()] + [(digest, "no", *rest) for digest, rest in false.items()]
    secrets.SystemRandom().shuffle(rows)
    os.makedirs(os.path.join(options.dir, "exhibits"))
    key = {"salt": secrets.token_hex(16), "version": tool.version(options.assay), "false_are_findings": bool(options.false), "exhibits": []}
    with open(os.path.join(options.dir, "answers.csv"), "w", encoding="utf-8", newline="") as file:
        answers = csv.writer(file)
        answers.writerow(["exhibit", "sha256", "answer"])
        for number, (digest, truth, ending, data, kind, tree) in enumerate(rows, 1):
            name = f"{number:04}{ending}"
            path = os.path.join(options.dir, "exhibits", name)
            with open(path, "wb") as exhibit:
                exhibit.write(data)
            os.utime(path, (0, 0))
            answers.writerow([name, digest, ""])
            key["exhibits"].append({"exhibit": name, "sha256": digest, "planted": truth, "class": kind, "tree": tree})
    text = json.dumps(key, indent=1).encode()
    with open(os.open(options.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    with open(os.path.join(options.dir, "README"), "w", encoding="utf-8") as file:
        file.write(TOLD.format(count=len(rows), version=key["version"].split()[-1], digest=digest_of(text)))
    print(f"{len(rows)} exhibits in {options.dir}; the key in {options.key} stays with you")


def answered(folder, key):
    """{exhibit: "yes" or "no"} of all of them, as they were laid out."""
    with open(os.path.join(folder, "answers.csv"), encoding="utf-8-sig", newline="") as file:
        given = {row["exhibit"]: (row["answer"] or "").strip().lower() for row in csv.DictReader(file)}
    for row in key["exhibits"]:
        with open(os.path.join(folder, "exhibits", row["exhibit"]), "rb") as file:
            if digest_of(file.read()) != row["sha256"]:
                fail(f"{row['exhibit']} is not what was laid out")
    open_ones = [row["exhibit"] for row in key["exhibits"] if given.get(row["exhibit"]) not in ("yes", "no")]
    if open_ones:
        fail(f"{len(open_ones)} of {len(key['exhibits'])} have neither \"yes\" nor \"no\", first {open_ones[0]}: who passes over what is hard is better than he is")
    return given


def score(options):
    with open(options.key, "rb") as file:
        text = file.read()
    with open(os.path.join(options.dir, "README"), encoding="utf-8") as file:
        if digest_of(text) not in file.read():
            fail(f"{options.key} is not the key of this test")
    key = json.loads(text)
    given = answered(options.dir, key)
    counts = {}
    for truth in ("yes", "no"):
        mine = [row for row in key["exhibits"] if row["planted"] == truth]
        counts[truth] = sum(given[row["exhibit"]] == "yes" for row in mine), len(mine)
    kinds = "false findings" if key["false_are_findings"] else "look-alikes"
    print(f"real ones confirmed    {share(*counts['yes'])}")
    print(f"{kinds + ' confirmed':22} {share(*counts['no'])}")
    for row in key["exhibits"]:
        if given[row["exhibit"]] != row["planted"]:
            print(f"wrong   {row['exhibit']}: {row['class']} of {row['tree']}, answered {given[row['exhibit']]}")
    if not key["false_are_findings"]:
        print("no rate: sweep did not find the look-alikes, and a rate is about what it finds (make the test with --false TREE...)")
        return
    (hits, real), (wrong, false) = counts["yes"], counts["no"]
    print(f"--rate {hits}/{real},{wrong}/{false} --rate-source \"blind test of {real} real and {false} false findings, {key['version']}, key {digest_of(text)[:16]}\"")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["make", "score"])
    parser.add_argument("dir")
    parser.add_argument("--key", required=True)
    parser.add_argument("--real", nargs="+", default=[])
    parser.add_argument("--false", nargs="+", default=[])
    parser.add_argument("--of", type=int, default=1 << 30)
    parser.add_argument("--assay", default="assay")
    options = parser.parse_args()
    try:
        (make if options.what == "make" else score)(options)
    except (OSError, tool.Failed, ValueError, KeyError) as error:
        fail(error)


if __name__ == "__main__":
    main()

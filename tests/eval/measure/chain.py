"""The whole chain over one re-enacted world: from the evidence to verdicts, beside what really happened.

A world is made by tests/range with everything chosen by its seed; while its database still runs, the credentials of its web root are
tried on it, as an examiner on the spot would. All else is examined from what the parties hand over. No engine reads the truth."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time

from . import tool, worlds

KINDS = ("entry", "use", "access", "taking", "possession")


def kind_of_world(seed):
    """Half are true. The others: half with nothing but words, half with something planted that nobody used."""
    return ("true", "false", "true", "planted")[seed % 4]


def make(assay, seed, world, place, case, customers):
    """The world, and in its case what the credentials opened while its server ran."""
    ran = os.path.join(place, "reach.jsonl")
    program, book, records = shlex.quote(assay), shlex.quote(case), shlex.quote(ran)
    then = (f'cd "$ASSAY_RANGE_EVIDENCE" && {program} open {book} --name world >/dev/null && '
            f"{program} state --case {book} -f statements.yaml >/dev/null && "
            f"file=; if [ -e shop.sqlite ]; then file=sqlite:shop.sqlite; fi; "     # beside the web root, so it has to be named
            f"{{ {program} reach www $file --connect --case {book} --owner shop --json >{records}; test $? -le 2; }}")
    truth = worlds.make(["--then", then], place, seed, world, customers)
    if (truth.get("then") or {}).get("status"):
        raise tool.Failed(f"reach on the spot: {truth['then']}")
    with open(ran, encoding="utf-8") as text:
        return truth, [json.loads(line) for line in text]


def reference(evidence):
    """What the shop hands over of its database."""
    for name, form in (("shop.sqlite", "sqlite:{}"), ("shop.sql", "{}"), ("shop.sql.gz", "{}")):
        path = os.path.join(evidence, name)
        if os.path.exists(path):
            return form.format(path)
    raise tool.Failed("the shop handed over no database")


def examine(assay, evidence, case):
    """What match said, and the verdicts."""
    background = [word for name in sorted(os.listdir(evidence)) if name.startswith("background")
                  for word in ("--background", os.path.join(evidence, name))]
    tool.run(assay, "sweep", os.path.join(evidence, "www"), "--case", case, "--owner", "shop", "--json")
    tool.run(assay, "trace", *worlds.log_files(evidence), *worlds.database_logs(evidence), "--case", case, "--owner", "shop", "--json")
    matched = tool.run(assay, "match", os.path.join(evidence, "leak.csv"), "--against", reference(evidence), *background, "--case", case,
             "--owner", "northlight", "--reference-owner", "shop", "--json")
    verdicts = [r for r in tool.run(assay, "judge", "--case", case, "--json") if r.get("type") == "verdict"]
    checked = subprocess.run([assay, "verify", case], capture_output=True, text=True, timeout=60, check=False)
    if checked.returncode != 0:
        raise tool.Failed(f"verify: {checked.stdout[-300:]}{checked.stderr[-300:]}")
    return matched, verdicts


def replaced(matched):
    """Of each column that only the shop made: was it replaced between the database and the sample? Linked rows that mostly disagree."""
    for record in matched:
        if record.get("kind") == "measure" and record.get("counted") and record.get("class") in ("source-secret", "source-issued"):
            if record.get("rows_compared", 0) >= 20:
                kind = {"time": "time", "number": "id"}.get(record.get("type"), "hash")
                yield [kind, record["rows_agreeing"] * 2 < record["rows_compared"]]


def claims_of(evidence):
    """Claim id -> (kind, extent), from the statements that were recorded."""
    found = {}
    with open(os.path.join(evidence, "statements.yaml"), encoding="utf-8") as text:
        for line in text:
            if line.startswith("  - {id: C") and "kind: " in line:
                fields = dict(part.strip().split(": ", 1) for part in line.strip("- {}\n").split(", ") if ": " in part)
                found[fields["id"]] = (fields["kind"], fields.get("extent", "part"))
    return found


def truth_of(truth, kind, extent):
    value = truth["claims"].get(kind)
    if kind == "access" and value and extent == "entire":
        return truth.get("reach", {}).get("scope", "entire") == "entire"
    return value


def world(job):
    assay, seed, customers = job
    home = tempfile.mkdtemp(prefix="chain-")
    began = time.monotonic()
    result = {"seed": seed, "world": kind_of_world(seed), "claims": []}
    try:
        place, case = os.path.join(home, "range"), os.path.join(home, "case")
        truth, reached = make(assay, seed, result["world"], place, case, customers)
        result["made_s"] = round(time.monotonic() - began, 1)
        evidence = os.path.join(place, "evidence")
        matched, verdicts = examine(assay, evidence, case)
        if truth["claims"]["possession"]:
            result["replaced"] = list(replaced(matched))
        claims = claims_of(evidence)
        for verdict in verdicts:
            kind, extent = claims[verdict["claim"]]
            if kind in KINDS:
                result["claims"].append({"kind": kind, "extent": extent, "true": truth_of(truth, kind, extent), "direction": verdict["direction"],
                                         "log10_lr": verdict["log10_lr"], "why": verdict["why"]})
        result.update(choices=truth.get("choices", {}), complete=bool(truth.get("complete")), hidden=bool(truth.get("hidden")),
                      reach={"scope": tool.summary(reached).get("scope"), "truth": truth.get("reach", {}).get("scope")},
                      traces=worlds.traces(truth, evidence), seconds=round(time.monotonic() - began, 1))
        return result
    except (tool.Failed, KeyError, OSError, ValueError, subprocess.TimeoutExpired) as failure:
        return dict(result, error=f"{type(failure).__name__}: {failure}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(assay, count, first_seed, customers, processes, say):
    jobs = [(assay, first_seed + i, customers) for i in range(count)]
    return tool.each(world, jobs, processes, say, 10)

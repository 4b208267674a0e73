"""Recall and false alarms of what trace says of a database's own log, on re-enacted worlds of tests/range with that log on.

In a true world the intruder's statements are known (truth.json, dump_statements): a confidence is right if its findings name
every table that they read. A finding that names none of them is false; so is every one in a twin (an administrator exports something, rightly)
and in a world in which something was planted and never used. Rows are exact if the log that was there says how many, and it says the truth."""

from . import tool, worlds

CONFIDENCES = ("high", "medium", "low")


def short(finding):
    """Names of its tables, without schemas; a read of several is one row of names."""
    return {name.split(".")[-1] for table in finding["tables"] for name in table["name"].split(", ")}


def examine(assay, kind, evidence, truth, result):
    paths = [word for f in truth["files"].values() if f.get("url") for word in ("--path", f["url"])] if kind != "false" else []
    records = tool.run(assay, "trace", *worlds.log_files(evidence), *worlds.database_logs(evidence), *paths, "--json")
    found = [f for f in tool.findings(records) if f["class"] == "taking-database"]
    taken = {t for s in truth["dump_statements"] for t in s["tables"]} if kind == "true" else set()
    result.update(taken=sorted(taken), tools=sorted({f["tool"] for f in found}))
    result["right"] = {c: bool(taken) and taken <= set().union(*(short(f) for f in found if f["confidence"] == c)) for c in CONFIDENCES}
    result["any"] = bool(taken) and taken <= set().union(*(short(f) for f in found))
    result["false"] = {c: sum(1 for f in found if f["confidence"] == c and not short(f) & taken) for c in CONFIDENCES}
    rows = sum(sum(e["rows"].values()) for e in truth["exports"] or [])
    told = [f for f in found if short(f) & taken and f["recorded_rows"] is not None and not any("only" in r for r in f["reasons"] if "rows are recorded" in r)]
    result["rows"] = [sum(f["recorded_rows"] for f in told) == rows, True] if told and taken and len(told) == len([f for f in found if short(f) & taken]) else [False, False]
    result["clear"] = any(m.get("clear") for m in records if m.get("class") == "clock-offset")


def world(job):
    assay, seed, kind, customers = job
    database = ["--db", ("mariadb", "postgresql")[seed % 2], "--db-log", "on"]
    return worlds.enact(seed, kind, customers, lambda evidence, truth, home, result: examine(assay, kind, evidence, truth, result), database)


def measure(assay, count, first_seed, customers, processes, say):
    """count true worlds, and as many others: twins and planted by turns."""
    return worlds.measured(tool.each(world, worlds.pairs(assay, count, first_seed, customers), processes, say, 20), say)


def tally(results):
    """Counts for the rates document."""
    true = [r for r in results if r["taken"]]
    classes = {f"taking-database/{c}": {"recall": [sum(r["right"][c] for r in true), len(true)],
                                        "false_logs": [sum(1 for r in results if r["false"][c]), len(results)]} for c in CONFIDENCES}
    return {"classes": classes, "any": [sum(r["any"] for r in true), len(true)], "rows_exact": [sum(r["rows"][0] for r in true), sum(r["rows"][1] for r in true)],
            "clear": [sum(r["clear"] for r in results), len(results)], "without_statements": sum(r["world"] == "true" and not r["taken"] for r in results),
            "missed": [[r["seed"], r["choices"]["tool"], r["tools"]] for r in true if not r["any"]][:20],
            "alarmed": [[r["seed"], r["world"], r["choices"].get("tool") or r["choices"].get("admin"), r["false"], r["tools"]]
                        for r in results if r["false"]["high"] or r["false"]["medium"]][:20]}

"""trace over everything that a re-enacted shop's machines wrote (web log, error log, the database's own log): the story must be what
happened, in a world where lines were cut that must be told, and in its twin nobody may be accused."""

import json
import os
import subprocess
import sys

import pytest

from test_range import HERE, command  # noqa: F401
from test_range_servers import need

sys.path.insert(0, os.path.join(HERE, "..", "eval"))
from measure import story, tool  # noqa: E402


def examined(assay_bin, folder, world, seed, *more):
    done = subprocess.run(command(folder / "range", world, seed, "--db-log", "on", *more), capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    truth = json.loads((folder / "range" / "truth.json").read_text())
    evidence = str(folder / "range" / "evidence")
    records = story.examine(assay_bin, evidence, str(folder / "case"))
    assert tool.summary(records)["files"] == len(story.all_logs(evidence)), "every log has a reader"
    assert tool.summary(records)["rejected"] == 0
    return truth, evidence, records


@pytest.mark.parametrize("seed, web, db, name", [(61, "nginx", "mariadb", "adminer"), (62, "apache", "postgresql", "dump")])
def test_the_story_is_what_happened(assay_bin, tmp_path, seed, web, db, name):
    need(web, db)
    truth, evidence, records = examined(assay_bin, tmp_path, "true", seed, "--web", web, "--db", db, "--tool", name, "--manner", "clean", "--pace", "1")
    told = story.judge(truth, evidence, records)
    asked = {question: answer for question, answer in told.items() if answer is not None}
    assert {"clients", "use", "use_first", "use_requests", "entry", "database"} <= set(asked)
    assert all(asked.values()), told
    assert db != "mariadb" or told["database_rows"] is True       # its slow log counts rows
    assert story.signs(records) == []


@pytest.mark.parametrize("seed, web, db", [(63, "apache", "mariadb"), (64, "nginx", "postgresql")])
def test_lines_that_were_cut_out_are_told_of(assay_bin, tmp_path, seed, web, db):
    need(web, db)
    truth, evidence, records = examined(assay_bin, tmp_path, "true", seed, "--web", web, "--db", db, "--tool", "adminer", "--manner", "edits-logs")
    assert truth["manner"]["log"]["removed"] > 0
    assert story.signs(records), "somebody cut the log, and nothing is said of it"
    assert story.judge(truth, evidence, records)["database"], "what the web log lost, the database's own log has"
    words = {(r["question"], r["word"]) for r in records if r.get("class") == "answer"}
    assert not any(word == "not observed, full coverage" for question, word in words if question in ("use", "taking"))


@pytest.mark.parametrize("seed, web, db", [(65, "nginx", "mariadb"), (66, "apache", "postgresql")])
def test_an_administrator_with_a_tool_of_their_own_is_not_accused(assay_bin, tmp_path, seed, web, db):
    need(web, db)
    _, _, records = examined(assay_bin, tmp_path, "false", seed, "--web", web, "--db", db, "--admin", "adminer")
    accused = [tool.label(f) for f in tool.findings(records) if f["class"] in ("use", "taking", "taking-database", "ran") and f["confidence"] != "low"]
    assert accused == []
    assert story.signs(records) == []

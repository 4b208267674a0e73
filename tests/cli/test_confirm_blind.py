"""./dev eval confirm: a blind test of an examiner is laid out, answered and scored, and what it prints is what assay confirm takes."""
import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def blind(assay_bin, tmp_path):
    def run(*words, code=0):
        done = subprocess.run([sys.executable, "-B", ROOT / "tests" / "eval" / "blind.py", *map(str, words)], cwd=tmp_path, capture_output=True, text=True,
                              env={**os.environ, "ASSAY_DATA": str(ROOT / "data")}, timeout=300, check=False)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout + done.stderr

    def make(*words, code=0):
        return run("make", "test", "--key", "key", "--assay", assay_bin, *words, code=code)

    def score(code=0):
        return run("score", "test", "--key", "key", code=code)
    return types.SimpleNamespace(run=run, make=make, score=score)


def answer(folder, key, wrong=()):
    """Everything right but the exhibits in wrong."""
    truth = {row["exhibit"]: row["planted"] for row in key["exhibits"]}
    for name in wrong:
        truth[name] = {"yes": "no", "no": "yes"}[truth[name]]
    with open(folder / "answers.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(folder / "answers.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, ["exhibit", "sha256", "answer"])
        out.writeheader()
        out.writerows({**row, "answer": truth[row["exhibit"]].upper()} for row in rows)


@pytest.fixture
def trees(tmp_path):
    for name, count in (("shells", 9), ("clean", 5)):
        (tmp_path / name).mkdir()
        for i in range(count):
            (tmp_path / name / f"{name}{i}.php").write_text(f"<?php /* {name} {i} */ system($_GET['c{i}']);\n", encoding="ascii")
        (tmp_path / name / "hello.php").write_text(f"<?php echo '{name}';\n", encoding="ascii")
    return tmp_path


def test_what_it_prints_is_a_rate_of_confirm(blind, trees, assay):
    blind.make("--real", "shells", "--false", "clean", "--of", 8)
    key = json.loads((trees / "key").read_text(encoding="utf-8"))
    of = {truth: [row["exhibit"] for row in key["exhibits"] if row["planted"] == truth] for truth in ("yes", "no")}
    assert (len(of["yes"]), len(of["no"])) == (8, 5)
    assert "hello" not in json.dumps([(trees / "test" / "exhibits" / row["exhibit"]).read_text() for row in key["exhibits"]])
    answer(trees / "test", key, wrong=[of["yes"][0], of["no"][0], of["no"][1]])
    told = blind.score()
    assert "7 of 8: 87.5 % (47.3 to 99.7)" in told and "2 of 5: 40.0 % (5.3 to 85.3)" in told
    (line,) = [line for line in told.splitlines() if line.startswith("--rate ")]
    (trees / "s.yaml").write_text("parties: [{id: lab, name: Lab, kind: company}]\nclaims: [{id: C1, kind: entry, text: x}]\n", encoding="utf-8")
    assay("open", "a.case", code=0)
    assay("state", "--case", "a.case", "-f", "s.yaml", code=0)
    assay("sweep", "shells", "--case", "a.case", code=1)
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", *shlex.split(line), code=0)
    said = json.loads((trees / "a.case" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert said["rate"]["recall"] == [7, 8] and said["rate"]["false"] == [2, 5] and "blind test of 8 real and 5 false" in said["rate"]["source"]


def test_the_examiner_is_told_nothing(blind, trees):
    blind.make("--real", "shells", "--false", "clean")
    given = trees / "test"
    assert sorted(path.name for path in given.iterdir()) == ["README", "answers.csv", "exhibits"]
    words = (given / "README").read_text() + (given / "answers.csv").read_text() + " ".join(path.name for path in (given / "exhibits").iterdir())
    assert "shells" not in words and "clean" not in words
    assert len({path.stat().st_mtime for path in (given / "exhibits").iterdir()}) == 1
    assert (trees / "key").stat().st_mode & 0o077 == 0
    assert "must not lie in the folder" in blind.run("make", "other", "--key", "other/key", code=1)


def test_what_cannot_be_scored(blind, trees):
    blind.make("--real", "shells", "--false", "clean")
    key = json.loads((trees / "key").read_text(encoding="utf-8"))
    assert '14 of 14 have neither "yes" nor "no"' in blind.score(code=1)
    answer(trees / "test", key)
    assert "9 of 9: 100.0 %" in blind.score()
    exhibit = trees / "test" / "exhibits" / key["exhibits"][0]["exhibit"]
    before = exhibit.read_bytes()
    exhibit.write_bytes(before + b" ")
    assert "is not what was laid out" in blind.score(code=1)
    exhibit.write_bytes(before)
    key["exhibits"][0]["planted"] = {"yes": "no", "no": "yes"}[key["exhibits"][0]["planted"]]
    (trees / "key").write_text(json.dumps(key, indent=1), encoding="utf-8")
    assert "is not the key of this test" in blind.score(code=1)


def test_a_practice_gives_no_rate(blind, tmp_path):
    blind.make("--of", 40)
    key = json.loads((tmp_path / "key").read_text(encoding="utf-8"))
    assert len(key["exhibits"]) == 80
    answer(tmp_path / "test", key)
    told = blind.score()
    assert "40 of 40: 100.0 %" in told and "look-alikes confirmed  0 of 40" in told and "no rate" in told and "--rate " not in told


def test_one_file_is_not_both(blind, trees):
    (trees / "clean" / "copy.php").write_bytes((trees / "shells" / "shells0.php").read_bytes())
    assert "both real and false" in blind.make("--real", "shells", "--false", "clean", code=1)
    assert not (trees / "key").exists() and not (trees / "test").exists()

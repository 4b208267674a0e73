"""./dev eval match: its arithmetic against known values, and sixty trials whose truth it must keep apart from what the program says."""

import json
import math
import os
import subprocess
import sys

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "eval"))
from match import figures, tally       # noqa: E402

VECTORS = os.path.join(ROOT, "..", "shared", "models", "statistics-vectors.json")


def vectors(name):
    if not os.path.exists(VECTORS):
        pytest.skip("no vectors beside the project")
    with open(VECTORS, encoding="utf-8") as text:
        return json.load(text)[name]


def test_cllr():
    assert figures.cllr([0, 0], [0]) == pytest.approx(1)
    assert figures.cllr([2], [-2]) == pytest.approx(math.log2(1.01))
    h1, h2 = figures.best([2, 0, 1], [1, -1])       # 0 and 1 pool to two truths and a lie, at prior odds 3 : 2
    assert h1[2] == pytest.approx(math.log10(4 / 3)) and h1[0] == 400 and h2[1] == -400
    assert figures.entropy([1, 3], [-2], 0) == pytest.approx(figures.cllr([1, 3], [-2]))


def test_cllr_vectors():
    for row in vectors("cllr"):
        assert figures.cllr(row["h1"], row["h2"]) == pytest.approx(row["cllr"], abs=1e-6)
        assert figures.cllr_min(row["h1"], row["h2"]) == pytest.approx(row["cllr_min"], abs=1e-6)


def test_pool_vectors():
    for row in vectors("pav"):
        assert figures.pool(row["y"], row["w"]) == pytest.approx(row["out"], abs=1e-6)


def test_clopper_pearson():
    assert figures.clopper_pearson(0, 31)[1] == pytest.approx(1 - .025 ** (1 / 31))
    assert figures.clopper_pearson(30, 31) == pytest.approx((.832978884, .99918363), abs=1e-6)
    assert figures.clopper_pearson(0, 0) == (0, 1)


def test_clopper_pearson_vectors():
    for row in vectors("clopper_pearson"):
        assert figures.clopper_pearson(row["k"], row["n"], row["conf"]) == pytest.approx((row["lo"], row["hi"]), abs=1e-6)


def test_cap_vectors():
    for row in vectors("elub"):
        assert figures.bounds(row["h1"], row["h2"]) == pytest.approx([row["lower"], row["upper"]], abs=1e-6)


def trial(shop, truth, lr, **more):
    return {"shop": shop, "trial": 0, "truth": truth, "lr": lr, "class": "secret", "variant": "plain", "mode": "-", "n": 31, "secret": True, **more}


def test_a_half_is_cut_by_the_other():
    trials = [trial(shop, truth, 5 if truth == "H1" else -5) for shop in range(40) for truth in ("H1", "H2")]
    low, high = tally.cap(trials)[0]["secret"]
    assert high == pytest.approx(1.32) and low == pytest.approx(-1.32)     # log10(21): twenty of each in a half
    assert {t["lr"] for t in trials} == {low, high}
    trials[0]["lr"] = -5                                        # a truth of an even shop that looks like a lie
    again = tally.cap([dict(t, lr=t["uncut"] if i else -5) for i, t in enumerate(trials)])
    assert again[0]["secret"][0] > low and again[1]["secret"][0] == low     # only what cuts the odd ones moves


def test_sixty_trials(tmp_path):
    """On made-up shops alone. Hard bounds hold, nothing is strongly misleading, every trial runs; a second run has nothing to do."""
    program = os.environ.get("ASSAY_BIN", os.path.join(ROOT, "build", "assay"))
    command = [sys.executable, "-B", os.path.join(ROOT, "tests", "eval", "match_eval.py"), "--assay", program, "--trials", "60", "--seed", "901", "--data", "none",
               "--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "docs"), "--cache", str(tmp_path / "cache")]
    first = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert first.returncode == 0, first.stderr
    with open(tmp_path / "raw", encoding="utf-8") as lines:
        next(lines)
        trials = [t for line in lines for t in json.loads(line)["trials"]]
    assert len(trials) >= 60 and not [t for t in trials if "error" in t]
    assert all(tally.hard_holds(t) for t in tally.dated(trials)) and len(tally.dated(trials)) >= 8
    plain = [t for t in trials if not tally.informed(t)]
    assert not [t for t in plain if (t["lr"] >= 3 if t["truth"] == "H2" else t["lr"] <= -3)]
    assert sum(t["truth"] == "H1" and t["lr"] > 3 for t in plain) >= 5      # and true ones are told
    assert (tmp_path / "docs" / "img" / "match-tippett.svg").read_text(encoding="utf-8").endswith("</svg>\n")
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 0 and " of " not in second.stderr and second.stdout == first.stdout

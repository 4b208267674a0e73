"""A few worlds through the whole chain, as ./dev eval all does with many: no verdict may be wrong the strong way, no false claim
supported. (Whether nine in ten true claims are supported takes more worlds than six.)"""

import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "eval"))

import chain  # noqa: E402
from measure import chain as worlds  # noqa: E402

WORLDS = 6


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    raw = tmp_path_factory.mktemp("chain") / "raw.jsonl"
    assay = os.environ.get("ASSAY_BIN", os.path.join(ROOT, "build", "assay"))
    done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tests", "eval", "chain.py"), "--assay", assay, "--worlds", str(WORLDS),
                           "--seed", "610000", "--customers", "2000", "--raw", str(raw)], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in raw.read_text(encoding="utf-8").split("\n") if line]


def test_every_world_was_examined(results):
    assert len(results) == WORLDS
    assert not [r["error"] for r in results if "error" in r]
    assert {r["world"] for r in results} == {"true", "false", "planted"}


def test_no_verdict_is_strongly_wrong_and_no_false_claim_is_supported(results):
    held = chain.judged(results)
    assert not held["strongly_wrong"]
    assert not held["false_supported"]
    assert not held["true_refuted"]


def test_true_claims_are_supported_where_nothing_is_hidden(results):
    supported, count = chain.judged(results)["plain"]
    assert count == 0 or supported > count / 2


def test_a_wrong_verdict_would_be_seen():
    wrong = {"seed": 1, "complete": True, "hidden": False,
             "claims": [{"kind": "entry", "extent": "part", "true": False, "direction": "supported", "log10_lr": 3.5, "why": ""}]}
    held = chain.judged([wrong])
    assert held["strongly_wrong"] == [(1, "entry", 3.5)] and held["false_supported"] == [(1, "entry", 3.5)]


def test_an_access_to_all_that_reads_a_part_is_false():
    truth = {"claims": {"access": True}, "reach": {"scope": "part"}}
    assert worlds.truth_of(truth, "access", "part") is True
    assert worlds.truth_of(truth, "access", "entire") is False

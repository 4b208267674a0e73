"""Custody: hand-overs with and without a digest, gaps, and what examinations record when they use an exhibit again."""
import json

import pytest

STATEMENTS = """
parties:
  - {id: shop, name: Shop, kind: company}
  - {id: lab, name: Laboratory, kind: company}
  - {id: court, name: Court, kind: company}
"""


@pytest.fixture
def case(assay, tmp_path):
    (tmp_path / "s.yaml").write_text(STATEMENTS, encoding="utf-8")
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "x.php").write_text("<?php echo 1;", encoding="utf-8")
    assay("open", "c.case", code=0)
    assay("state", "--case", "c.case", "-f", "s.yaml", code=0)
    assay("sweep", "www", "--case", "c.case", "--owner", "shop", code=0)
    return tmp_path / "c.case"


def entries(case, kind):
    lines = (case / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [e for e in map(json.loads, lines) if e["type"] == kind]


def hand(assay, source, target, *more, code=0):
    return assay("custody", "E01", "--case", "c.case", "--from", source, "--to", target, "--at", "2026-03-14T10:00:00+02:00", *more, code=code)


def test_a_hand_over_says_whether_it_is_the_same(assay, case, tmp_path):
    result = hand(assay, "shop", "lab", "--how", "courier, bag 14, call 030 1234567 89", "--digest")
    assert "the same as at hand-in" in result.out and "gap" not in result.out
    entry = entries(case, "custody")[0]
    exhibit = entries(case, "evidence")[0]
    assert entry["digest"] == exhibit["sha256"] and entry["same"] is True and entry["at"] == "2026-03-14T08:00:00Z"
    assert "1234567" not in entry["how"] and entry["act"] == "hand-in" and "archived" not in entry
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "x.php").write_text("<?php echo 2;", encoding="utf-8")
    result = hand(assay, "lab", "court", "--path", "copy", code=1)
    assert "DIFFERS" in result.out
    assert entries(case, "custody")[1]["same"] is False
    assay("report", "--case", "c.case", "-o", "r.html", code=0)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Handed from Shop to Laboratory" in page and "the digest then was another one" in page
    assert "planted after the fact" in page and "ACPO" in page
    assay("verify", "c.case", code=0)


def test_without_a_digest_it_says_so_and_a_gap_is_told(assay, case):
    result = hand(assay, "lab", "court")
    assert "not taken: this does not show that it is unchanged" in result.out
    assert "by the entries so far shop had it; how it came to lab is not recorded" in result.out
    entry = entries(case, "custody")[0]
    assert entry["gap"] == "shop" and "digest" not in entry and "same" not in entry
    result = hand(assay, "court", "shop", "--json")
    assert "gap" not in result.summary and result.summary["complete"]


@pytest.mark.parametrize(
    "words, says",
    [
        (["E09", "--from", "shop", "--to", "lab", "--at", "2026-01-01"], 'no exhibit "E09"'),
        (["E01", "--from", "shop", "--to", "xyz", "--at", "2026-01-01"], '--to: no party "xyz"'),
        (["E01", "--to", "lab", "--at", "2026-01-01"], '--from: no party ""'),
        (["E01", "--from", "shop", "--to", "lab", "--at", "soon"], '"soon" is no time'),
        (["E01", "--from", "shop", "--to", "lab"], '"" is no time'),
    ],
)
def test_mistakes_teach_and_record_nothing(assay, case, words, says):
    before = (case / "ledger.jsonl").read_bytes()
    assert says in assay("custody", *words, "--case", "c.case", code=64).err
    assert (case / "ledger.jsonl").read_bytes() == before


def test_a_second_use_is_recorded_with_its_digest(assay, case, tmp_path):
    again = assay("sweep", "www", "--case", "c.case", "--owner", "shop", code=0)
    assert "is not what it was" not in again.err
    use = entries(case, "custody")
    assert [(u["act"], u["evidence"], u["examination"], u["same"]) for u in use] == [("use", "E01", "X02", True)]
    assert use[0]["digest"] == entries(case, "evidence")[0]["sha256"]
    (tmp_path / "www" / "x.php").write_text("<?php echo 2;", encoding="utf-8")
    changed = assay("sweep", "www", "--case", "c.case", "--owner", "shop", code=0)
    assert "is not what it was as E01: its digest differs; recorded as E02" in changed.err
    use = entries(case, "custody")[1]
    assert (use["evidence"], use["examination"], use["same"], use["now"]) == ("E01", "X03", False, "E02")
    assert use["digest"] == entries(case, "evidence")[1]["sha256"]
    # a tree of the same bytes under another name is another exhibit, and no use of this one
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.php").write_text("<?php echo 1;", encoding="utf-8")
    assay("sweep", "other", "--case", "c.case", "--owner", "shop", code=0)
    assert len(entries(case, "custody")) == 2

"""examples/paytm-mall-2020: the public dispute opens as a case, and nothing is claimed about it that nobody examined."""
import json
import re

import pytest


@pytest.fixture
def case(assay, root, tmp_path):
    folder = tmp_path / "paytm-mall.case"
    assay("open", folder, code=0)
    assay("state", "--case", folder, "-f", root / "examples/paytm-mall-2020/statements.yaml", code=0)
    return folder


def entries(case, kind):
    lines = (case / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return {e["id"]: e for e in map(json.loads, lines) if e["type"] == kind}


def roots(statements, of):
    """The statements that of rests on in the end."""
    below = statements[of].get("relays", [])
    return set().union(*(roots(statements, other) for other in below)) if below else {of}


def test_the_allegation_is_split_into_its_claims(case):
    kinds = [claim["kind"] for claim in entries(case, "claim").values()]
    assert kinds == ["entry", "use", "access", "access", "taking", "ransom", "actor"]


def test_the_notice_has_its_clock(case):
    notice = entries(case, "statement")["S5"]["notice"]
    assert notice["to"] == "cyble"
    assert (notice["from"], notice["due"], notice["due_said"]) == ("2020-09-04", "2020-09-11", "7 days from 2020-09-04")


def test_reports_lead_back_to_few_roots(case):
    statements = entries(case, "statement")
    said = {id for id, s in statements.items() if s["act"] == "asserts" and "C3" in s.get("claims", [])}
    assert said == {"S1"}
    assert roots(statements, "S9") == {"S1", "S2", "S3", "S5", "S7"}
    assert roots(statements, "S8") == {"S5", "S7"}


def test_status_counts_the_same_roots_and_says_what_nobody_did(assay, case):
    told = assay("status", "--case", case, "--at", "2020-09-10", "--json", code=1)
    c3 = next(claim for claim in told.summary["roots"]["claims"] if claim["claim"] == "C3")
    assert (c3["up"]["independent"], c3["up"]["roots"], c3["up"]["repeats"]) == (1, ["S1"], ["S6", "S9"])
    assert next(claim for claim in told.summary["roots"]["claims"] if claim["claim"] == "C7")["unknown"] == ["S3"]
    notice = told.of_kind("measure")[0]
    assert (notice["id"], notice["state"], notice["answer"]) == ("S5", "answered", "S7")
    missing = {row["what"]: row["ids"] for row in told.of_kind("coverage")}
    assert missing["unserved"] == ["S5"] and len(missing["ungraded"]) == 9


def test_the_hijacked_account_is_marked_and_the_post_lies_within(case):
    account = entries(case, "party")["narendramodi_in"]
    post = entries(case, "statement")["S3"]
    assert account["compromised"]["from"] <= post["said"] <= account["compromised"]["to"]


def test_no_address_is_readable(case, root):
    example = root / "examples/paytm-mall-2020"
    for path in [case / "ledger.jsonl", example / "statements.yaml", example / "README.md"]:
        assert not re.search(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[a-z]{2,}", path.read_text(encoding="utf-8")), path


def test_every_statement_has_a_source(case):
    assert all(s.get("source") for s in entries(case, "statement").values())


def test_the_only_honest_verdict_is_undetermined(assay, case):
    result = assay("judge", "--case", case)
    assert result.code in (0, 2), result
    verdicts = entries(case, "verdict")
    assert {v["claim"] for v in verdicts.values()} == {f"C{i}" for i in range(1, 8)}
    assert {v["direction"] for v in verdicts.values()} == {"undetermined"}
    assert {v["log10_lr"] for v in verdicts.values()} == {None}
    assert {v["coverage"]["word"] for v in verdicts.values()} == {"none"}
    assert all(v["settle"] for v in verdicts.values())
    assay("verify", case, code=0)

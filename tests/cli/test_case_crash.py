"""What a writer that was killed between its lines and their checkpoint leaves is said, and moved aside; what an editor does is not mistaken for it. That
nothing is lost wherever a writer is stopped is for test_case_faults.py."""
import json
import shutil

import faults
import pytest

FIRST = """
parties:
  - {id: shop, name: Shop, kind: company}
claims:
  - {id: C1, kind: entry, text: a tool was planted}
"""
SECOND = """
claims:
  - {id: C2, kind: use, text: it was used}
  - {id: C3, kind: taking, text: rows were copied out}
statements:
  - {id: S1, party: shop, act: denies, time: 2026-03-31, text: none of it, claims: [C1, C2, C3]}
"""
BATCH = 3


def signed_size(case):
    return int((case / "checkpoint").read_text(encoding="utf-8").splitlines()[1])


@pytest.fixture
def base(assay, tmp_path):
    """A sealed case and two statements files; only the first is recorded."""
    (tmp_path / "first.yaml").write_text(FIRST, encoding="utf-8")
    (tmp_path / "second.yaml").write_text(SECOND, encoding="utf-8")
    case = tmp_path / "base.case"
    assay("open", case, code=0)
    assay("state", "--case", case, "-f", tmp_path / "first.yaml", code=0)
    assay("seal", "--case", case, code=0)
    return case


def test_what_a_killed_writer_left_is_said_and_moved_aside(assay, assay_bin, base, tmp_path):
    """Three whole lines that nobody signed and nobody acknowledged."""
    faulty = faults.injector(assay_bin, tmp_path, faults.environment(tmp_path))
    probe = tmp_path / "probe.case"
    faults.copy_case(base, probe)
    _, calls = faulty.calls(tmp_path / "calls", ["state", "--case", probe, "-f", tmp_path / "second.yaml"])
    first = next(call for call in calls if call.name.startswith("rename"))
    signed = (base / "ledger.jsonl").stat().st_size
    done = faulty.trial(faults.Trial("state", first, "kill"), ["state", "--case", base, "-f", tmp_path / "second.yaml"])
    assert done.returncode != 0
    tail = (base / "ledger.jsonl").read_bytes()[signed:]
    assert tail.count(b"\n") == BATCH
    result = assay("verify", base, "--json", code=0)
    assert result.summary["torn_bytes"] == len(tail)
    assert "never acknowledged" in result.out
    assay("seal", "--case", base, code=0)
    assert (base / "ledger.jsonl").stat().st_size == signed
    torn = list(base.glob("ledger.torn-*"))
    assert [t.read_bytes() for t in torn] == [tail]


def test_an_editor_between_two_runs_is_not_a_torn_write(assay, base):
    """Lines changed inside what was signed are refused, never mended."""
    ledger = base / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"a tool was planted", b"a fool was planted"))
    result = assay("seal", "--case", base, code=2)
    assert "not what" in result.err and "assay verify" in result.err
    found = assay("verify", base, "--json", code=1)
    assert any("entry" in json.dumps(r) for r in found.of_kind("finding"))


def test_accepted_proposals_are_one_batch(assay, assay_bin, base, tmp_path):
    """read --accept all: the examination, its records and what was proposed are there together, or nothing is."""
    faulty = faults.injector(assay_bin, tmp_path, faults.environment(tmp_path))
    article = tmp_path / "article.txt"
    article.write_text("The Tarn Gazette\n10 March 2026\n\nMarl Bank denied on Monday that customer records had been stolen.\n", encoding="utf-8")
    command = ["read", article, "--quiet", "--accept", "all", "--case"]
    probe = tmp_path / "probe.case"
    faults.copy_case(base, probe)
    done, calls = faulty.calls(tmp_path / "calls", [*command, probe])
    assert done.returncode == 0
    before, after = signed_size(base), signed_size(probe)
    types = [json.loads(line)["type"] for line in (probe / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[before:]]
    assert {"examination", "evidence", "finding", "party", "claim", "statement"} <= set(types)
    steps = [call for call in calls if call.name.startswith(("rename", "fsync"))]
    assert len(steps) >= 4, steps
    for step in steps:
        case = tmp_path / "case"
        faults.copy_case(base, case)
        done = faulty.trial(faults.Trial("read", step, "kill"), [*command, case])
        assert done.returncode != 0 and signed_size(case) in (before, after), step
        assert assay("verify", case).code == 0, step
        shutil.rmtree(case)

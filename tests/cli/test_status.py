"""assay state by options, assay status, assay export: who said what, whose clock runs, what nobody has done yet."""
import re

import pytest

FILE = """
parties:
  - {id: shop, name: Maple Lane Shop, kind: company, duties: [gdpr, dpdp]}
  - {id: paper, name: "The Lane; Post, Ltd", kind: publication}
claims: [{id: C1, kind: entry, text: a tool was planted}]
statements:
  - {id: S1, party: paper, act: asserts, time: 2026-03-20, text: it was, claims: [C1], grade: B2}
  - {id: S2, party: shop, act: demands, time: 2026-03-31, text: stop, grade: C3,
     notice: {to: paper, due: 5 business days from served, served: 2026-03-31T09:00Z, zone: Europe/Berlin, holidays: [2026-04-03, 2026-04-06]}}
replies: [{id: A1, party: shop, by: paper, about: [S1], asked: 2026-03-19, channel: e-mail, answered: no}]
clocks:
  - {id: T1, party: shop, what: aware, time: 2026-03-31T10:41Z}
  - {id: T2, party: shop, what: aware, time: 2026-03-20T08:30Z, by: paper}
"""


@pytest.fixture
def case(assay, tmp_path):
    folder = tmp_path / "lane.case"
    (tmp_path / "s.yaml").write_text(FILE, encoding="utf-8")
    assay("open", folder, code=0, env={"ASSAY_NOW": "2026-04-01T00:00:00Z"})
    assay("state", "--case", folder, "-f", tmp_path / "s.yaml", code=0, env={"ASSAY_NOW": "2026-04-01T00:00:00Z"})
    return folder


def status(assay, case, at, code=1):
    return assay("status", "--case", case, "--at", at, "--json", code=code)


def clocks(result):
    return {(r["id"], r.get("start", "")): r for r in result.of_kind("measure")}


def missing(result):
    return {r["what"]: r["ids"] for r in result.of_kind("coverage")}


def test_every_clock_is_told_once_with_its_state(assay, case):
    result = status(assay, case, "2026-04-02T16:20Z")
    rows = clocks(result)
    assert rows["gdpr-authority", "T1"]["state"] == "due"
    assert rows["gdpr-authority", "T1"]["left_s"] == (18 * 60 + 21) * 60
    assert rows["gdpr-authority", "T2"]["state"] == "overdue"
    assert rows["gdpr-authority", "T2"]["by"] == "paper"
    assert rows["dpdp-board", "T1"]["state"] == "not-in-force"
    assert rows["A1", ""]["state"] == "unanswered"
    assert rows["gdpr-authority", "T1"]["source"]["text"].startswith("Regulation (EU) 2016/679")
    # 1, 2 and 7 April are working days; 3 and 6 April are listed, 4 and 5 a weekend
    assert (rows["S2", ""]["due"], rows["S2", ""]["over"]) == ("2026-04-09", "2026-04-09T22:00:00Z")
    assert "2 listed holidays" in rows["S2", ""]["counted"]
    assert result.summary["due"] == 2 and result.summary["overdue"] == 1
    assert missing(result) == {"unjudged": ["C1"], "never-sealed": ["ledger"]}


def test_an_answer_ends_its_clock(assay, case):
    assay("state", "--case", case, "--party", "paper", "--says", "replies", "--at", "2026-04-09", "--text", "we stand by it",
          "--answers", "S2", "--grade", "B2", code=0)
    row = clocks(status(assay, case, "2026-04-20"))["S2", ""]
    assert (row["state"], row["answer"], row["answered"]) == ("answered", "S3", "2026-04-09")


def test_text_for_people_fits_and_says_what_it_did_not_look_at(assay, case):
    result = assay("status", "--case", case.name, "--at", "2026-04-02T16:20Z", code=1)
    assert all(len(line) <= 80 for line in result.out.splitlines()), result.out
    assert re.search(r"^passed +2026-03-23 08:30 +Maple Lane Shop", result.out, re.M)
    assert re.search(r"^18 h 21 m", result.out, re.M)
    assert "confirm with" in result.out and "records of examinations" in result.out
    assert "in force from" in result.out
    assert assay("status", "--case", case, "--quiet", code=1).out.count("gdpr-authority") == 2


def test_nothing_due_and_nothing_missing_is_status_0(assay, tmp_path):
    folder = tmp_path / "empty.case"
    assay("open", folder, code=0)
    assay("status", "--case", folder, code=1)
    assay("seal", "--case", folder, code=0)
    result = assay("status", "--case", folder, code=0)
    assert "nothing due, nothing missing" in result.out
    assert assay("status", "--case", folder, "--json", code=0).summary["missing"] == 0


def test_a_verdict_older_than_the_evidence_and_what_came_behind_the_seal_are_named(assay, case, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web/index.html").write_text("<p>hello</p>")
    assay("judge", "--case", case)
    assay("seal", "--case", case, code=0)
    before = missing(status(assay, case, "2026-04-02"))
    assert "stale" not in before and before["unexamined"] == ["C1"]
    assay("sweep", tmp_path / "web", "--case", case, "--owner", "shop")
    after = missing(status(assay, case, "2026-04-02"))
    assert after["stale"] == ["V01"] and after["no-custody"] == ["E01"] and "not-sealed" in after


def test_status_could_not_tell_is_2(assay, case, tmp_path):
    assay("status", "--case", tmp_path / "none.case", code=2)
    assay("status", "--case", case, "--at", "soon", code=64)
    (tmp_path / "d.yaml").write_text("duties:\n  - {id: a, set: gdpr, within: 3 moons}\n")
    result = assay("status", "--case", case, "--deadlines", tmp_path / "d.yaml", code=2)
    assert "d.yaml:2:32: '3 moons' is no span of time" in result.err


def test_what_is_recorded_is_counted_kind_by_kind(assay, case, tmp_path):
    assay("open", "again.case", code=0)
    first = assay("state", "--case", "again.case", "-f", tmp_path / "s.yaml", code=0)
    assert first.out.splitlines()[0] == "recorded    2 parties, 1 claim, 2 statements, 1 reply, 2 clocks; 8 entries"
    second = assay("state", "--case", "again.case", "-f", tmp_path / "s.yaml", code=0)
    assert second.out.splitlines()[0] == "recorded    nothing: all of it stands in the case"
    assert "1 claim, 2 statements, 0 exhibits, 0 examinations" in assay("status", "--case", "again.case", code=1).out


def test_one_statement_as_options(assay, case):
    assay("state", "--case", case, "--party", "maple lane shop", "--says", "denies", "--about", "C1", "--at", "2026-04-01T09:00+02:00",
          "--text", 'no: "nothing", {a: b} # jo@acme.example', "--channel", "letter", "--grade", "C", "--relays", "S1", "--source", "x", code=0)
    line = (case / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert '"id":"S3"' in line and '"party":"shop"' in line and '"said":"2026-04-01T07:00:00Z"' in line
    assert 'no: \\"nothing\\", {a: b} # j•••@a•••.example' in line and '"grade":"C"' in line and '"relays":["S1"]' in line
    assay("verify", case, code=0)


def test_a_party_that_is_new_is_recorded_when_its_kind_is_said(assay, case):
    said = ["--says", "reports", "--at", "2026-04-01", "--text", "x"]
    result = assay("state", "--case", case, "--party", "Fjord Wire", *said)
    assert result.code == 64 and "no party 'Fjord Wire'" in result.err and "--kind" in result.err
    assay("state", "--case", case, "--party", "Fjord Wire", "--kind", "publication", *said, code=0)
    assert '"id":"fjord-wire","kind":"publication"' in (case / "ledger.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(("more", "says"), [
    (["--at", "soon"], "'soon' is no time"),
    (["--at", "2026-04-01", "--says", "denys"], "no act is called 'denys'; did you mean denies?"),
    (["--at", "2026-04-01", "--relays", "S9"], "there is no statement 'S9'"),
    (["--at", "2026-04-01", "--grade", "G9"], "'G9' is no Admiralty grade"),
    (["--at", "2026-04-01", "--due", "2026-04-09"], "--due belongs to a notice: add --to PARTY"),
    (["--at", "2026-04-01", "--to", "nobody"], "no party 'nobody'"),
    (["--at", "2026-04-01", "--to", "paper", "--due", "7 days", "--says", "demands"], 'deadline "7 days" has no start'),
    ([], "a statement needs --at"),
])
def test_wrong_options_are_named_and_record_nothing(assay, case, more, says):
    before = (case / "ledger.jsonl").read_bytes()
    acts = [] if "--says" in more else ["--says", "denies"]
    result = assay("state", "--case", case, "--party", "shop", "--text", "x", *acts, *more, code=64)
    assert says in result.err, result
    assert (case / "ledger.jsonl").read_bytes() == before


def test_a_duty_that_no_row_has_is_warned_of_and_told_as_missing(assay, case, tmp_path):
    (tmp_path / "p.yaml").write_text("parties: [{id: shop, name: Maple Lane Shop, kind: company, duties: [gdrp]}]\n")
    result = assay("state", "--case", case, "-f", tmp_path / "p.yaml", code=0)
    assert "no duty is called 'gdrp'" in result.err and "known are cert-in" in result.err
    assert missing(status(assay, case, "2026-04-02"))["unknown-duty"] == ["shop/gdrp"]


# ---- iCalendar ----

def unfold(text):
    """RFC 5545, 3.1."""
    assert text.endswith("\r\n") and not re.search(r"(?<!\r)\n", text)
    assert all(len(line.encode("utf-8")) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")


def events(lines):
    return [dict(line.split(":", 1) for line in reversed(part.split("\n")) if ":" in line)
            for part in "\n".join(lines).split("BEGIN:VEVENT\n")[1:]]


def test_calendar_holds_every_deadline(assay, case):
    result = assay("export", "--case", case, "--format", "ics", code=0)
    lines = unfold(result.out)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"] and lines[-2] == "END:VCALENDAR"
    found = events(lines)
    assert [e.get("DTSTART", e.get("DTSTART;VALUE=DATE")) for e in found] == ["20260323T083000Z", "20260403T104100Z", "20260409"]
    assert {e["DTSTAMP"] for e in found} == {"20260401T000000Z"}
    assert len({e["UID"] for e in found}) == 3
    assert "The Lane\\; Post\\, Ltd: answer the notice S2 of Maple Lane Shop" in [e["SUMMARY"] for e in found]
    assert "confirm with counsel" in found[0]["DESCRIPTION"] and "Article 33(1)" in found[0]["DESCRIPTION"]
    assert [line.split(":")[0] for line in lines if line.startswith("BEGIN:")] == \
           ["BEGIN"] + ["BEGIN", "BEGIN"] * 3


def test_calendar_is_the_same_whenever_it_is_made_and_events_keep_their_name(assay, case, tmp_path):
    first = assay("export", "--case", case, "--format", "ics", code=0, env={"ASSAY_NOW": "2026-04-02T00:00:00Z"}).out
    assay("export", "--case", case, "--format", "ics", "-o", tmp_path / "d.ics", code=0, env={"ASSAY_NOW": "2027-04-02T00:00:00Z"})
    assert (tmp_path / "d.ics").read_bytes().decode("utf-8") == first
    moved = FILE.replace("due: 5 business days", "due: 9 business days")
    (tmp_path / "m.yaml").write_text(moved, encoding="utf-8")
    assay("state", "--case", case, "-f", tmp_path / "m.yaml", code=0)
    later = events(unfold(assay("export", "--case", case, "--format", "ics", code=0).out))
    before = events(unfold(first))
    assert [e["UID"] for e in later] == [e["UID"] for e in before]
    assert later[2]["DTSTART;VALUE=DATE"] == "20260415"


def test_export_names_its_formats(assay, case):
    assert "  ics " in assay("help", "export", code=0).out
    result = assay("export", "--case", case, "--format", "docx", code=64)
    assert "no format is called 'docx'" in result.err and "one of: " in result.err

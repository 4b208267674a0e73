"""judge --replay, --ach, --policy and confirm, as a person runs them."""
import json
import os
import random
from datetime import datetime, timedelta, timezone

import pytest

STATEMENTS = """
case: {name: Maple Lane, question: Was it entered?, window: {from: 2026-03-01T00:00:00Z, to: 2026-03-11T00:00:00Z}}
parties:
  - {id: shop, name: A shop, kind: company}
  - {id: north, name: North, kind: group}
  - {id: lab, name: A laboratory, kind: company}
claims:
  - {id: C1, kind: entry, text: A backdoor was planted., standard: clear-and-convincing, burden: north}
  - {id: C2, kind: use, text: It was used.}
statements:
  - {id: S1, party: north, act: asserts, time: 2026-03-12T00:00:00Z, text: we did it, claims: [C1, C2]}
  - {id: S2, party: shop, act: denies, time: 2026-03-13T00:00:00Z, text: it is false, claims: [C1, C2]}
"""
RATE = ("--rate", "290/300,0/400", "--rate-source", "a test of 700 findings, May 2026")


def make_case(assay, tmp_path, when=None):
    """A case with a backdoor that a sweep found: X01/1. when: the file's own time."""
    tree = tmp_path / "www"
    (tree / "up").mkdir(parents=True)
    (tree / "up" / "a.php").write_text('<?php @eval($_POST["x"]); ?>\n')
    (tree / "index.php").write_text("<?php echo 'hello';\n")
    if when is not None:
        os.utime(tree / "up" / "a.php", (when, when))
    (tmp_path / "s.yaml").write_text(STATEMENTS)
    assay("open", "a.case", code=0)
    assay("state", "--case", "a.case", "-f", "s.yaml", code=0)
    assay("sweep", "www", "--case", "a.case", "--owner", "shop", code=1)
    return tmp_path / "a.case"


@pytest.fixture
def case(assay, tmp_path):
    return make_case(assay, tmp_path)


def verdict(assay, claim="C1"):
    records = assay("judge", claim, "--case", "a.case", "--json", code=2).of_kind("finding")
    return next(r for r in records if r["claim"] == claim)


def test_verdicts_are_computed_again_and_agree(assay, case):
    assay("judge", "--case", "a.case", code=2)
    again = assay("judge", "--replay", "--case", "a.case", code=0)
    assert "2 verdicts computed again: 2 agree, 0 differ" in again.out
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", *RATE, code=0)
    assay("judge", "--case", "a.case")
    every = assay("judge", "--replay", "--case", "a.case", "--json", code=0)
    assert every.summary["agree"] == 4 and {r["status"] for r in every.of_kind("finding")} == {"agrees"}
    assert assay("judge", "--replay", "V02", "--case", "a.case", "--json", code=0).summary["verdicts"] == 1
    assert 'no verdict "V77"' in assay("judge", "--replay", "V77", "--case", "a.case", code=2).err


def test_rates_that_were_exchanged_are_named(assay, case):
    assay("judge", "--case", "a.case", code=2)
    lines = [json.loads(line) for line in (case / "ledger.jsonl").read_text().splitlines()]
    digest = next(e["rates"] for e in lines if e["type"] == "verdict")
    document = case / "documents" / digest
    document.chmod(0o644)
    document.write_text(document.read_text().replace('"recall"', '"recoll"', 1))
    altered = assay("judge", "--replay", "--case", "a.case", code=1)
    assert "[!]   V01 C1  differs" in altered.out and "was altered" in altered.out
    document.unlink()
    lost = assay("judge", "--replay", "--case", "a.case", code=2)
    assert "could not tell" in lost.out and "is not there" in lost.out and "agrees" not in lost.out


def test_a_case_without_verdicts_has_nothing_to_replay(assay, case):
    assert "has no verdict to compute again" in assay("judge", "--replay", "--case", "a.case", code=64).err
    assert "one claim at a time" in assay("judge", "C1", "C2", "--case", "a.case", code=64).err


def test_every_constant_nobody_measured_is_listed(assay):
    listed = assay("judge", "--policy", "--json", code=0)
    names = {r["name"]: r["value"] for r in listed.of_kind("measure")}
    assert names["rho.interested"] == .1 and names["standard"] == 100 and names["standard.preponderance"] == 10
    assert listed.summary["constants"] == len(names)
    assert "rho.sealed" in assay("judge", "--policy", code=0).out


def test_hypotheses_are_counted_beside_the_ratio(assay, case):
    shown = assay("judge", "--ach", "C1", "--case", "a.case", code=2).out
    assert "planted" in shown and "the ratio is the verdict" in shown
    assert verdict(assay)["ach"]["rows"][0]["examination"] == "X01"
    before = (case / "ledger.jsonl").read_bytes()
    assay("judge", "--ach", "--case", "a.case", code=2)
    assert (case / "ledger.jsonl").read_bytes() == before     # a view records nothing


def test_a_named_standard_and_a_burden_are_said(assay, case):
    open_claim = verdict(assay)
    assert open_claim["standard"] == 100 and open_claim["standard_name"] == "clear-and-convincing"
    assert open_claim["burden"]["decides"] and "counts against North" in open_claim["burden"]["text"]


def test_a_confirmation_counts_at_its_own_rate_and_without_one_is_told(assay, case):
    alone = verdict(assay)
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", "--role", "expert", code=0)
    told = verdict(assay)
    assert told["log10_lr"] == alone["log10_lr"] and "N1" in told["inputs"]
    assert any("told and not weighed" in item["text"] for item in told["neutral"])
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", *RATE, code=0)     # a later word replaces the earlier
    weighed = verdict(assay)
    assert weighed["log10_lr"] > alone["log10_lr"] + 1
    item = next(i for i in weighed["for"] if i["engine"] == "confirm")
    assert item["evidence"] == ["E01"] and "stated, not measured here: a test of 700 findings" in item["text"]
    assert weighed["direction"] == "supported"
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", "--disagrees", *RATE, code=0)
    against = verdict(assay)
    assert against["log10_lr"] < alone["log10_lr"] and any(i["engine"] == "confirm" for i in against["against"])


def test_an_interested_examiner_carries_little_for_his_side_and_two_are_not_multiplied(assay, case):
    def after(party, *words):
        assay("confirm", "X01/1", "--case", "a.case", "--by", party, *RATE, *words, code=0)
        found = verdict(assay)
        return found["log10_lr"], {i["examination"]: i["log10_lr"] for i in found["for"] + found["against"]}
    _, items = after("north")
    own_side = items["N1"]              # north asserts the claim
    assert own_side <= 1.05             # one in rho at most
    assert after("north", "--disagrees")[1]["N2"] < 0
    both, items = after("shop")         # the denier reads it and agrees: against his own side, so in full
    assert items["N2"] < 0 and items["N3"] > own_side
    neutral, items = after("lab")       # somebody without a side read the same: both sides are silent
    assert items["N4"] > own_side and "N2" not in items and "N3" not in items
    assert neutral > both
    assert after("lab", "--disagrees")[0] < 1


def test_what_was_read_must_be_what_was_examined(assay, case, tmp_path):
    script = tmp_path / "www" / "up" / "a.php"
    was = script.read_text()
    before = (case / "ledger.jsonl").read_bytes()
    script.write_text(was + "// later\n")
    refused = assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", code=2)
    assert "is not what was examined" in refused.err and "--exhibit" in refused.err
    assert (case / "ledger.jsonl").read_bytes() == before
    copy = tmp_path / "copy" / "up"
    copy.mkdir(parents=True)
    (copy / "a.php").write_text(was)
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", "--exhibit", tmp_path / "copy", code=0)
    (tmp_path / "www").rename(tmp_path / "gone")
    unseen = assay("confirm", "X01/1", "--case", "a.case", "--by", "shop", *RATE, code=2)
    assert "not weighed" in unseen.out
    told = [i for i in verdict(assay)["neutral"] if "could not be read again" in i["text"]]
    assert len(told) == 1 and told[0]["log10_lr"] is None
    assert "not there or not readable" in assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", "--exhibit", "nowhere", code=2).err


@pytest.mark.parametrize("words, says", [
    (("X01/77", "--by", "lab"), 'no finding "X01/77"'),
    (("X01/1",), "needs --by PARTY"),
    (("X01/1", "--by", "nobody"), 'no party "nobody"'),
    (("X01/1", "--by", "lab", "--rate", "290/300,0/400"), "--rate-source go together"),
    (("X01/1", "--by", "lab", "--rate", "9/3,0/4", "--rate-source", "x"), "is not HITS/OF,FALSE/OF"),
    (("X01/1", "--by", "lab", "--rate", "3/3", "--rate-source", "x"), "is not HITS/OF,FALSE/OF"),
])
def test_a_wrong_confirmation_is_refused_and_nothing_recorded(assay, case, words, says):
    before = (case / "ledger.jsonl").read_bytes()
    assert says in assay("confirm", *words, "--case", "a.case", code=64).err
    assert (case / "ledger.jsonl").read_bytes() == before


def test_a_note_is_masked_before_it_is_recorded(assay, case):
    assay("confirm", "X01/1", "--case", "a.case", "--by", "lab", "--note", "told jo.smith@acme.example", code=0)
    text = (case / "ledger.jsonl").read_text()
    assert "jo.smith" not in text and '"note":"told j' in text


def test_a_word_under_a_name_in_other_hands_is_told_and_not_weighed(assay, case, tmp_path):
    alone = verdict(assay)
    (tmp_path / "more.yaml").write_text("""
parties:
  - {id: desk, name: A desk, kind: account, compromised: {from: 2026-03-12T00:00:00Z, source: its owner}}
  - {id: back, name: Another desk, kind: account, compromised: {from: 2020-01-01, to: 2020-02-01, source: its owner}}
""")
    assay("state", "--case", "a.case", "-f", "more.yaml", code=0)
    assay("confirm", "X01/1", "--case", "a.case", "--by", "desk", *RATE, code=0)
    told = verdict(assay)
    assert told["log10_lr"] == alone["log10_lr"]
    assert any("in other hands at the time" in item["text"] for item in told["neutral"])
    assay("confirm", "X01/1", "--case", "a.case", "--by", "back", *RATE, code=0)    # its owner has it again
    assert verdict(assay)["log10_lr"] > alone["log10_lr"] + 1


def test_how_it_came_is_weighed_where_nobody_used_it(assay, tmp_path):
    """The file's own time agrees with a request of whoever asked for it first; a case keeps of its records what that takes."""
    brought = datetime(2026, 3, 4, 9, 0, 10, tzinfo=timezone.utc)
    make_case(assay, tmp_path, brought.timestamp())
    line = '{} - - [{:%d/%b/%Y:%H:%M:%S +0000}] "{} HTTP/1.1" {} 300 "-" "UA"\n'
    log = [(brought + timedelta(seconds=s), f"198.51.100.{s % 50}", "GET /index.php", 200) for s in range(-3600, 3600, 7)]
    log += [(brought, "203.0.113.7", "POST /avatar.php", 302), (brought + timedelta(seconds=3), "203.0.113.7", "GET /up/a.php", 200)]
    (tmp_path / "access.log").write_text("".join(line.format(who, when, what, status) for when, who, what, status in sorted(log)))
    before = verdict(assay)
    assay("trace", "access.log", "--case", "a.case", "--owner", "shop")
    after = verdict(assay)
    item = next(i for i in after["for"] if i["rate"] == "upload-candidate/high")
    assert "1 of 1 planted file whose time lies in the web log came with a request" in item["text"] and item["log10_lr"] > .5
    assert after["log10_lr"] > before["log10_lr"] + .5
    assert all(i["rate"] != "upload-candidate/high" for i in verdict(assay, "C2")["for"])     # it says nothing of a use
    assay("judge", "--case", "a.case", code=2)
    assert "2 agree, 0 differ" in assay("judge", "--replay", "--case", "a.case", code=0).out


TAKING = """
claims:
  - {id: C3, kind: taking, text: Its customers were copied., window: {from: 2026-03-04T09:10:00Z, to: 2026-03-04T10:50:00Z}}
statements:
  - {id: S3, party: north, act: asserts, time: 2026-03-12T00:00:00Z, text: we have it, claims: [C3]}
  - {id: S4, party: shop, act: denies, time: 2026-03-13T00:00:00Z, text: it is false, claims: [C3]}
"""


def write_logs(tmp_path, dumped):
    """Two hours of a shop and somebody who uses /up/a.php; the database's log an hour ahead, with a dump at that second."""
    began, rng = datetime(2026, 3, 4, 9, tzinfo=timezone.utc), random.Random(3)
    pages = sorted(rng.sample(range(7200), 400))
    web = [(at, f"198.51.100.{at % 50}", "GET /index.php", 300) for at in pages]
    web += [(3000 + 40 * n, "203.0.113.7", "POST /up/a.php", 120) for n in range(6)] + [(3300, "203.0.113.7", "POST /up/a.php", 4000000)]
    line = '{} - - [{:%d/%b/%Y:%H:%M:%S +0000}] "{} HTTP/1.1" 200 {} "-" "UA"\n'
    (tmp_path / "access.log").write_text("".join(line.format(who, began + timedelta(seconds=at), what, size) for at, who, what, size in sorted(web)))
    asked = [(at, number, "SELECT name FROM products WHERE id = 7") for number, at in enumerate(pages, 20)] + ([
        (dumped, 9, "SAVEPOINT sp"), (dumped, 9, "SELECT /*!40001 SQL_NO_CACHE */ `id`, `email` FROM `customers`")] if dumped else [])
    head = "/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian 12). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\nTime\t\t    Id Command\tArgument\n"
    words = [f"{began + timedelta(seconds=at + 3600):%y%m%d %H:%M:%S}\t{number:6} {command}\t{said}\n" for at, number, text in sorted(asked)
             for command, said in ((("Connect", "shop@localhost on shop using Socket"),) if "email" not in text else ()) + (("Query", text),)]
    (tmp_path / "mariadb.log").write_text(head + "".join(words))


@pytest.mark.parametrize("dumped", [3300, 5000, None])
def test_whole_tables_read_as_the_planted_file_was_used_are_weighed(assay, tmp_path, dumped):
    make_case(assay, tmp_path)
    write_logs(tmp_path, dumped)
    (tmp_path / "more.yaml").write_text(TAKING)
    assay("state", "--case", "a.case", "-f", "more.yaml", code=0)
    assay("trace", "access.log", "mariadb.log", "--case", "a.case", "--owner", "shop", code=1)
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "data", "error-rates.json"), encoding="utf-8") as text:
        rates = json.load(text)
    rates["trace"]["classes"]["taking-database/joined"] = {"members": ["taking-database/high", "taking-database/medium"], "recall": [300, 500],
                                                           "false_sessions": [3, 90000], "false_logs": [3, 900]}
    (tmp_path / "rates.json").write_text(json.dumps(rates))
    records = assay("judge", "C3", "--case", "a.case", "--json", "--rates", "rates.json", code=2).of_kind("finding")
    record = next(r for r in records if r["claim"] == "C3")
    item = next(i for side in ("for", "against", "neutral") for i in record[side] if i["rate"] == "taking-database/joined")
    if dumped == 3300:
        assert item in record["for"] and item["log10_lr"] > 1 and record["log10_lr"] > 1 and len(item["records"]) == 1
        assert item["text"].startswith("1 client used what was planted as whole tables were read")
    else:
        assert item in record["neutral"] and item["text"].startswith("no client surely used what was planted as whole tables were read")
    assay("judge", "--case", "a.case", "--rates", "rates.json", code=2)
    assert "3 agree, 0 differ" in assay("judge", "--replay", "--case", "a.case", code=0).out

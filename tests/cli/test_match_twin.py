"""match, what stands beside the headline: the twin run, whether the leak is new, what was shared, how the rows were chosen, and
that no value of a row is in anything that is printed or recorded."""
import json
import random
import re

import pytest

from test_match import make_customers, secret, write_csv, write_sqlite

LEAK = ["uid", "mail", "tel", "name", "town", "pw", "joined"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beside")
    customers = make_customers(3000, seed=4)
    write_sqlite(folder / "shop.sqlite", customers)
    rng = random.Random(5)
    picked = rng.sample(customers[100:2800], 120)
    leak = [(r[0], r[1], r[2] and "0" + r[2][5:], r[3], r[4], r[5], r[6]) for r in picked]
    write_csv(folder / "leak.csv", LEAK, leak)
    stale = [(*row[:5], secret(rng), row[6]) if i % 4 == 0 else row for i, row in enumerate(leak)]
    write_csv(folder / "stale.csv", LEAK, stale)
    return folder, customers, leak


def ask(assay, folder, sample, *words):
    return assay("match", sample, "--against", "shop.sqlite", "--json", *words, cwd=folder, code=1).summary


# ---- the twin run ----


def test_the_twin_of_a_true_leak_shows_nothing(assay, shop):
    folder, _, _ = shop
    summary = ask(assay, folder, "leak.csv")
    twin = summary["twin"]
    assert summary["headline"]["log10_lr"] > 2 and summary["raw"]["partner"] > 3
    assert twin["spread"][1] <= 0 and twin["headline"]["log10_lr"] <= 0 and twin["runs"] == 20 and twin["rows"] == 120
    assert {c["sample"]: (c["k"], c["m"]) for c in twin["columns"]} == {"uid": (0, 120), "pw": (0, 120), "joined": (0, 120)}
    assert twin["raw"]["partner"] <= 0 and set(twin["log10_lr"]) == {"elsewhere", "partner", "recycled", "made_up", "seed"}
    assert ask(assay, folder, "leak.csv")["twin"] == twin


@pytest.mark.parametrize("rows", [10, 31])
def test_small_twins_show_nothing_either(assay, shop, tmp_path, rows):
    folder, _, leak = shop
    for seed in range(3):
        write_csv(tmp_path / "small.csv", LEAK, random.Random(seed).sample(leak, rows))
        twin = ask(assay, folder, tmp_path / "small.csv")["twin"]
        assert twin["spread"][1] <= 0 and twin["rows"] == rows


def test_the_twin_is_printed_beside_the_headline(assay, shop):
    folder, _, _ = shop
    lines = assay("match", "leak.csv", "--against", "shop.sqlite", cwd=folder, code=1).out.splitlines()
    first = [line.split(" ")[0] for line in lines]
    assert first.index("twin") > first.index("headline")
    assert re.match(r"twin +-\d\.\d before the cap: the most that 20 runs", lines[first.index("twin")])


def test_no_twin_without_people(assay, shop, tmp_path):
    folder, _, leak = shop
    write_csv(tmp_path / "secrets.csv", ["pw", "joined"], [(row[5], row[6]) for row in leak])
    assert ask(assay, folder, tmp_path / "secrets.csv")["twin"] is None
    out = assay("match", tmp_path / "secrets.csv", "--against", "shop.sqlite", cwd=folder, code=1).out
    assert "not run: no row is linked by an e-mail or a phone" in out


# ---- an earlier leak of the same database ----


def test_novelty(assay, shop, tmp_path):
    folder, _, leak = shop
    plain = ask(assay, folder, "leak.csv")
    assert "novelty" not in plain
    write_csv(tmp_path / "all.csv", LEAK, leak)
    known = ask(assay, folder, "leak.csv", "--older-leak", tmp_path / "all.csv")
    assert known["novelty"]["words"] == "origin supported, novelty unknown"
    assert (known["novelty"]["rows"], known["novelty"]["rows_known"], known["novelty"]["rows_new"]) == (120, 120, 0)
    assert known["headline"] == plain["headline"] and known["raw"] == plain["raw"]  # origin is another question
    write_csv(tmp_path / "half.csv", LEAK, leak[:50])
    half = ask(assay, folder, "leak.csv", "--older-leak", tmp_path / "half.csv")["novelty"]
    assert half["words"].startswith("in part new") and half["rows_known"] == 50 and half["values_known"] == 150
    write_csv(tmp_path / "narrow.csv", ["mail", "pw", "joined"], [(r[1], r[5], r[6]) for r in leak])
    narrow = ask(assay, folder, "leak.csv", "--older-leak", tmp_path / "narrow.csv")["novelty"]
    assert narrow["rows_known"] == 120 and narrow["columns_new"] == ["uid"] and narrow["words"].startswith("in part new")
    both = ask(assay, folder, "leak.csv", "--older-leak", tmp_path / "half.csv", "--older-leak", tmp_path / "all.csv")["novelty"]
    assert both["rows_known"] == 120 and both["rows_older"] == 170


def test_the_same_values_in_other_rows_are_not_the_same_rows(assay, shop, tmp_path):
    folder, _, leak = shop
    turned = [(*a[:5], b[5], c[6]) for a, b, c in zip(leak, leak[1:] + leak[:1], leak[2:] + leak[:2])]
    write_csv(tmp_path / "turned.csv", LEAK, turned)
    novelty = ask(assay, folder, "leak.csv", "--older-leak", tmp_path / "turned.csv")["novelty"]
    assert novelty["rows_known"] == 0 and novelty["values_known"] == 360


# ---- what was shared, how the rows were chosen ----


def test_the_question_is_asked_until_it_is_answered(assay, shop):
    folder, _, _ = shop
    shared = ask(assay, folder, "leak.csv")["shared"]
    assert shared["answered"] is False and sorted(shared["asked"]) == ["created_at", "password_hash"]
    out = assay("match", "leak.csv", "--against", "shop.sqlite", cwd=folder).out
    question = " ".join(out[out.index("asked "):].split())
    assert "ever handed to a partner, processor or integrator: password_hash, created_at?" in question
    for words in (["--nothing-shared"], ["--shared-with", "Post=none"], ["--shared-with", "Post=customers.email"]):
        assert ask(assay, folder, "leak.csv", *words)["shared"]["answered"] is True
        assert "processor or integrator" not in assay("match", "leak.csv", "--against", "shop.sqlite", *words, cwd=folder).out
    none = ask(assay, folder, "leak.csv", "--shared-with", "Post=none", "--shared-with", "Kurier=created_at,id")
    assert none["shared"]["declared"] == [{"party": "Post", "column": None}, {"party": "Kurier", "column": "created_at"}, {"party": "Kurier", "column": "id"}]
    assert none["raw"]["partner"] > 3  # the hash stays secret towards both
    result = assay("match", "leak.csv", "--against", "shop.sqlite", "--nothing-shared", "--shared-with", "Post=none", cwd=folder, code=64)
    assert "do not go together" in result.err


def test_rows_as_declared(assay, shop, tmp_path):
    folder, customers, _ = shop
    by_age = sorted(customers[100:2000], key=lambda r: r[6])
    write_csv(tmp_path / "prefix.csv", LEAK, [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in by_age[-200:]])
    assert ask(assay, folder, tmp_path / "prefix.csv")["taken_soft"] is None
    summary = ask(assay, folder, tmp_path / "prefix.csv", "--rows", "random")
    assert summary["rows_declared"] == "random" and summary["taken_soft"] is None  # the newest rows are no draw, whoever says so
    assert any("their times say that they are none" in text for text in summary["assumptions"])
    third = [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in random.Random(5).sample(by_age, 600)]
    write_csv(tmp_path / "third.csv", LEAK, third)
    assert ask(assay, folder, tmp_path / "third.csv")["taken_soft"] is None
    summary = ask(assay, folder, tmp_path / "third.csv", "--rows", "random")
    assert summary["dates"]["basis"] == "declared random" and summary["taken_soft"] is not None
    assert any("as declared" in text for text in summary["assumptions"])
    draw = [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in random.Random(8).sample(customers[60:2500], 100)]
    write_csv(tmp_path / "draw.csv", LEAK, draw)
    assert ask(assay, folder, tmp_path / "draw.csv")["taken_soft"] is not None
    for how in ("chosen", "complete"):
        summary = ask(assay, folder, tmp_path / "draw.csv", "--rows", how)
        assert summary["rows_declared"] == how and summary["taken_soft"] is None
    assert "none of chosen, random" in assay("match", "leak.csv", "--against", "shop.sqlite", "--rows", "all", cwd=folder, code=64).err


# ---- nothing personal ----


def test_excerpts_are_few_and_masked(assay, shop):
    folder, _, leak = shop
    excerpts = ask(assay, folder, "stale.csv")["excerpts"]
    assert [row["row"] for row in excerpts["agreeing"]] == [2, 3, 4, 6, 7]
    assert [row["row"] for row in excerpts["contradicting"]] == [1, 5, 9, 13, 17]
    cells = {cell["column"]: cell for cell in excerpts["contradicting"][0]["cells"]}
    assert cells["pw"]["agrees"] is False and cells["joined"]["agrees"] is True
    assert cells["pw"]["shown"] == "$2y$••• (60 characters)" and cells["mail"]["shown"] == leak[0][1][0] + "•••@q•••.zz"
    assert cells["joined"]["shown"] == leak[0][6][:4] + "-••-••" and cells["uid"]["shown"].startswith("••• (")
    out = assay("match", "stale.csv", "--against", "shop.sqlite", cwd=folder).out
    assert re.search(r"contradict +row 1, mail .\*\*\*@q\*\*\*\.zz: differs in pw", out)


def test_revealing_is_asked_for_and_never_recorded(assay, shop, tmp_path):
    folder, _, leak = shop
    summary = ask(assay, folder, "leak.csv", "--reveal")
    assert summary["revealed"] is True and leak[0][1] in json.dumps(summary["excerpts"])
    assert "revealed" not in ask(assay, folder, "leak.csv")
    assert leak[0][1] in assay("match", "leak.csv", "--against", "shop.sqlite", "--reveal", cwd=folder).out
    result = assay("match", "leak.csv", "--against", "shop.sqlite", "--reveal", "--case", tmp_path / "none.case", cwd=folder, code=64)
    assert "do not go together" in result.err


def test_no_value_of_any_row_is_in_anything(assay, shop, tmp_path):
    """Every text of six letters or more, of every row of the sample and of the database, in everything the runs left."""
    folder, customers, leak = shop
    assay("open", tmp_path / "shop.case", code=0)
    write_csv(tmp_path / "other.csv", ["email", "name"], [(r[1], r[3]) for r in customers[:300]])
    write_csv(tmp_path / "planted.csv", ["email", "password_hash", "where"], [(leak[3][1], leak[3][5], "Kurier"), ("x.y@quillmail.zz", "f" * 32, "Post")])
    (tmp_path / "broken.csv").write_text("mail,pw\n" + f'"{leak[0][1]},{leak[0][5]}\n' + f"{leak[1][1]},{leak[1][5]},{leak[1][3]}\n")
    common = ["--against", folder / "shop.sqlite", "--background", tmp_path / "other.csv", "--older-leak", folder / "leak.csv", "--canaries", tmp_path / "planted.csv"]
    everything = ""
    for sample in ("leak.csv", "stale.csv", tmp_path / "broken.csv"):
        for words in (["--json"], [], ["--quiet"], ["--case", tmp_path / "shop.case"]):
            result = assay("match", sample, *common, *words, cwd=folder)
            everything += result.out + result.err
    for path in (tmp_path / "shop.case").rglob("*"):
        if path.is_file():
            everything += path.read_bytes().decode("utf-8", "replace")
    everything = everything.lower()
    assert "•••@q•••.zz" in everything and "kurier" in everything  # it was looked at, and the case recorded it
    values = {str(cell).lower() for row in [*customers, *leak] for cell in row if cell is not None and len(str(cell)) >= 6}
    assert len(values) > 10000
    # One thing of one row is said: the lower bound of the date is when the newest row was created.
    assert {text for text in values if text in everything} == {max(row[6] for row in leak)}

"""match against people who want it to say too much: invented shops, and samples that only look as if they came from one. Each world has
its true counterpart beside it, so that nothing is gained by saying nothing."""
import csv
import datetime
import hashlib
import json
import random
import string
import uuid

import pytest

ALPHABET = string.ascii_letters + string.digits + "./"
HEADER = {"id": "id", "email": "email", "phone": "phone", "name": "full_name", "hash": "password_hash", "created": "created_at"}


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def secret(rng):
    return "$2y$10$" + "".join(rng.choices(ALPHABET, k=53))


def make_people(count=2000, seed=1):
    """Invented people, one after another: the domain and the country code belong to nobody."""
    rng, now, people = random.Random(seed), 1_600_000_000, []
    for i in range(1, count + 1):
        now += rng.randrange(100, 15000)
        name = f"{rng.choice(['Al', 'Mina', 'Jo'])}{rng.choice('abcdef')} {rng.choice(['Kel', 'Ost', 'Fal'])}{rng.choice('aeiou')}ford"
        people.append({"id": i, "email": f"{name.split()[0].lower()}.{rng.randrange(10**9)}@quillmail.zz", "phone": f"+210 6{rng.randrange(10**8):08d}",
                       "name": name, "hash": secret(rng), "created": stamp(now), "seconds": now})
    return people


def write(path, people, columns):
    with open(path, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow([HEADER.get(c, c) for c in columns])
        rows.writerows([["" if p.get(c) is None else p[c] for c in columns] for p in people])
    return path


@pytest.fixture(scope="module")
def people():
    return make_people()


@pytest.fixture(scope="module")
def picked(people):
    return random.Random(9).sample(people[200:], 31)


@pytest.fixture
def weigh(assay, tmp_path):
    """weigh(sample rows, reference rows, columns, ...): the summary."""

    def run(sample, reference, columns, *words, reference_columns=None):
        write(tmp_path / "sample.csv", sample, columns)
        write(tmp_path / "shop.csv", reference, reference_columns or columns)
        return assay("match", "sample.csv", "--against", "shop.csv", "--json", *words).summary

    return run


# ---- One account is one account, however often it is copied ----

def test_a_copied_row_counts_once(weigh, people, picked):
    columns = ["id", "email", "phone", "name", "hash"]
    rng = random.Random(3)
    once = weigh(picked[:1], people, columns)
    often = weigh(picked[:1] * 100, people, columns)
    assert often["excluded"] == {"repeats an earlier row": 99}
    assert often["raw"] == once["raw"] and often["headline"] == once["headline"]
    assert often["share"] == once["share"] and often["rows_matched"] == 100
    mixed = weigh(picked[:1] * 100 + [dict(p, hash=secret(rng)) for p in picked[1:]], people, columns)
    assert mixed["headline"]["log10_lr"] < 0
    true = weigh(picked, people, columns)
    assert true["headline"]["log10_lr"] > 3 and weigh(picked * 50, people, columns)["raw"] == true["raw"]


def test_the_same_row_under_another_handle_counts_once(weigh, people, picked):
    """Once by its address, once by its phone: rows of one account."""
    columns = ["email", "phone", "hash", "created"]
    one = picked[0]
    parts = [dict(one, phone=None), dict(one, email=None)]
    told = weigh(parts * 20, people, columns)
    assert told["excluded"] == {"repeats an earlier row": 39} and told["headline"]["log10_lr"] <= .5


def test_copies_do_not_narrow_the_date(weigh, people, picked):
    columns = ["id", "email", "phone", "name", "hash", "created"]
    for words in ((), ("--rows", "random")):
        once = weigh(picked, people, columns, "--published", "2023-01-01", *words)
        often = weigh(picked * 20, people, columns, "--published", "2023-01-01", *words)
        assert often["taken_soft"] == once["taken_soft"] and often["taken_between"] == once["taken_between"]
        assert often["twin"]["rows"] == 31


# ---- What anybody could have made is no secret of the source ----

def uuid1_of(person):
    ticks = person["seconds"] * 10**7 + 122192928000000000
    return str(uuid.UUID(fields=(ticks & 0xffffffff, ticks >> 32 & 0xffff, ticks >> 48 | 0x1000, 0x80, 0x12, 0x0242ac130003)))


MADE = {
    "md5 of the address": ("token", lambda p: hashlib.md5(p["email"].encode()).hexdigest(), "pairing"),
    "half a sha256 of the address": ("avatar", lambda p: hashlib.sha256(p["email"].encode()).hexdigest()[:32], "pairing"),
    "md5 of the number": ("token", lambda p: hashlib.md5(str(p["id"]).encode()).hexdigest(), "pairing"),
    "unsalted passwords": ("password_hash", lambda p: hashlib.sha1(f"own{p['seconds'] * p['id']}".encode()).hexdigest(), "pairing"),
    "unsalted, by a common password": ("credential", lambda p: hashlib.md5((f"own{p['seconds'] * p['id']}" if p["id"] % 400 else "123456").encode()).hexdigest(), "pairing"),
    "uuid of a name": ("api_token", lambda p: str(uuid.uuid5(uuid.NAMESPACE_URL, "https://shop.zz/" + p["email"])), "pairing"),
    "uuid of a clock": ("session_token", uuid1_of, "source-issued"),
    "numbers in hex": ("token", lambda p: f"{p['id']:032x}", "source-issued"),
    "object ids": ("token", lambda p: f"{p['seconds']:08x}5f3a2b9c1d{p['id']:06x}", "source-issued"),
    "an id of random letters": ("order_id", lambda p: hashlib.sha256(p["hash"].encode()).hexdigest()[:20], "source-issued"),
    "whole minutes": ("created_at", lambda p: stamp(p["seconds"] // 60 * 60), "pairing"),
    "times in step": ("created_at", lambda p: stamp(1_600_000_000 + p["id"] * 611), "source-issued"),
}


@pytest.mark.parametrize("world", MADE)
def test_what_anybody_could_have_made_is_no_secret(weigh, people, picked, world):
    column, make, kind = MADE[world]
    shop = [dict(p, **{column: make(p)}) for p in people]
    numbers = {p["id"] for p in picked}
    # a last row that is like no other must not decide what the column is
    sample = [p for p in shop if p["id"] in numbers] + [{"id": 7_000_001, "email": "who@oxbow.zz", "name": "X", column: "5f3a2b9c1d5f3a2b9c1d5f3a2b9c1dxyz0"}]
    told = weigh(sample, shop, ["id", "email", "name", column])
    assert [c["class"] for c in told["columns"] if c["sample"] == column] == [kind]
    assert told["evidence_class"] != "secret" and told["headline"]["log10_lr"] <= 0 and told["raw"]["partner"] == 0


def test_a_time_that_an_id_tells_is_no_secret_from_whoever_has_the_id(weigh, people, picked):
    for make in (lambda p: f"{p['seconds']:08x}5f3a2b9c1d{p['id']:06x}", uuid1_of):
        shop = [dict(p, key=make(p)) for p in people]
        numbers = {p["id"] for p in picked}
        told = weigh([p for p in shop if p["id"] in numbers], shop, ["key", "email", "created"])
        assert {c["sample"]: c["class"] for c in told["columns"]}["created_at"] == "source-issued"
        assert told["headline"]["log10_lr"] <= 0


@pytest.mark.parametrize("column, make", [
    ("token", lambda p: hashlib.md5(b"known to nobody" + p["hash"].encode()).hexdigest()),
    ("api_key", lambda p: str(uuid.UUID(bytes=hashlib.sha256(p["hash"].encode()).digest()[:16], version=4))),
    ("created_at", lambda p: p["created"])])
def test_true_secrets_still_count(weigh, people, picked, column, make):
    shop = [dict(p, **{column: make(p)}) for p in people]
    numbers = {p["id"] for p in picked}
    told = weigh([p for p in shop if p["id"] in numbers], shop, ["id", "email", "name", column])
    assert told["evidence_class"] == "secret" and told["headline"]["log10_lr"] > 3


def test_digests_beside_their_salts_count(weigh, people, picked):
    shop = [dict(p, salt=hashlib.md5(p["hash"].encode()).hexdigest()[:8], pw=hashlib.sha256(b"s" + p["hash"].encode()).hexdigest()) for p in people]
    numbers = {p["id"] for p in picked}
    sample = [p for p in shop if p["id"] in numbers]
    assert weigh(sample, shop, ["email", "pw", "salt"])["evidence_class"] == "secret"
    assert weigh(sample, shop, ["email", "pw"])["evidence_class"] == "none"


# ---- What was said wrongly, or cannot be ----

ALL = ["id", "email", "phone", "name", "hash", "created"]


def test_a_shared_column_that_is_nowhere_is_refused(assay, weigh, people, picked):
    told = weigh(picked, people, ALL, "--shared-with", "Post=shop.password_hash,created_at")
    assert told["headline"]["log10_lr"] == 0
    for wrong in ("shop.pasword_hash", "pw", "created_at,creatd_at"):
        result = assay("match", "sample.csv", "--against", "shop.csv", "--json", "--shared-with", f"Post={wrong}", code=64)
        assert "no table of the reference has a column" in result.err and result.err.count("\n") <= 2


def test_a_wide_table_is_compared_by_what_tells_its_rows_apart(weigh, people, picked):
    flags = [f"flag{i}" for i in range(70)]
    rng = random.Random(4)
    wide = [dict(p, **{f: rng.randrange(2) for f in flags}) for p in people]
    numbers = {p["id"] for p in picked}
    sample = [p for p in wide if p["id"] in numbers]
    told = weigh(sample, wide, flags + ALL)
    assert told["rows_linked"] == 31 and told["headline"]["log10_lr"] > 3
    classes = {c["sample"]: c["class"] for c in told["columns"]}
    assert classes["password_hash"] == classes["created_at"] == "source-secret" and classes["id"] == "source-issued"
    forged = weigh([dict(p, hash=secret(rng), created=stamp(p["seconds"] + rng.randrange(9**6))) for p in sample], wide, flags + ALL)
    assert forged["headline"]["log10_lr"] < -1


def test_rows_that_cannot_be_a_draw_give_no_interval(weigh, people):
    told = weigh(people[60:91], people, ALL, "--rows", "random")
    assert told["taken_soft"] is None and told["dates"]["basis"] == "any choice of rows"
    assert any("say that they are none" in text for text in told["assumptions"])
    assert weigh(random.Random(2).sample(people[60:], 31), people, ALL, "--rows", "random")["taken_soft"] is not None


def test_times_to_come_date_nothing(weigh, people, picked):
    later = [dict(p, created=stamp(p["seconds"] + 60 * 365 * 86400)) for p in people]
    numbers = {p["id"] for p in picked}
    told = weigh([p for p in later if p["id"] in numbers], later, ALL)
    assert told["taken_between"] == [None, None] and "exports_at_least" not in told
    assert any("created in the future" in text for text in told["assumptions"])
    # one such row among others does not move what the others say
    mixed = weigh([p for p in later if p["id"] == picked[0]["id"]] + picked[1:], people[:picked[0]["id"] - 1] + [later[picked[0]["id"] - 1]] + people[picked[0]["id"]:], ALL)
    newest = max(p["created"] for p in picked[1:])
    assert mixed["taken_between"] == [newest.replace(" ", "T") + "Z", None]


def test_a_backup_of_tomorrow_is_refused(assay, tmp_path, people, picked):
    write(tmp_path / "sample.csv", picked, ALL)
    write(tmp_path / "shop.csv", people, ALL)
    assert "has not come yet" in assay("match", "sample.csv", "--against", "shop.csv", "--as-of", "2190-01-01=shop.csv", code=64).err


def test_a_background_that_is_the_sample_is_named(weigh, assay, tmp_path, people, picked):
    weigh(picked, people, ALL)
    told = assay("match", "sample.csv", "--against", "shop.csv", "--json", "--background", "sample.csv").summary
    assert told["excluded"] == {"seed row": 31} and told["headline"]["log10_lr"] <= 0
    assert any("is no background" in text for text in told["assumptions"])


def test_nothing_to_compare_is_not_nothing_in_common(assay, weigh, tmp_path, people, picked):
    write(tmp_path / "full.csv", people[:50], ALL)
    write(tmp_path / "empty.csv", [], ALL)
    (tmp_path / "zero.csv").write_bytes(b"")
    for sample, reference, which in (("empty.csv", "full.csv", "sample"), ("zero.csv", "full.csv", "sample"), ("full.csv", "empty.csv", "reference")):
        result = assay("match", sample, "--against", reference, "--json", code=2)
        assert result.summary["complete"] is False and f"the {which}" in result.err and "nothing was compared" in result.err
    write(tmp_path / "foreign.csv", [dict(p, email=f"x{p['id']}@oxbow.zz") for p in people[:20]], ["email"])
    assert "against 50 reference rows" in assay("match", "foreign.csv", "--against", "full.csv", code=0).out


def test_dates_of_rows_that_do_not_fit_are_conditional(assay, weigh, tmp_path, people, picked):
    rng = random.Random(6)
    forged = [dict(p, hash=secret(rng), created=stamp(p["seconds"] + rng.randrange(10**6))) for p in picked]
    told = weigh(forged, people, ALL)
    assert told["headline"]["log10_lr"] < -1 and any("which the headline does not support" in text for text in told["assumptions"])
    out = assay("match", "sample.csv", "--against", "shop.csv", code=1).out
    assert "if it comes from this database at all" in " ".join(out.split())
    told = weigh(picked, people, ALL)
    assert not any("does not support" in text for text in told["assumptions"])


def test_every_row_is_accounted_for(assay, weigh, people, picked):
    weigh(picked * 3, people, ALL)
    out = assay("match", "sample.csv", "--against", "shop.csv", code=1).out
    labels = [line.split()[0] for line in out.splitlines() if line[:1].isalpha()]
    order = [labels.index(word) for word in ("rows", "left", "as", "log10", "headline", "twin", "asked", "assumed", "looked")]
    assert order == sorted(order) and "repeats an earlier row: 62" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_numbers_alone_do_not_make_a_row_come_from_here(weigh, people, picked):
    """A partner's copy: the numbers agree, no secret does."""
    rng = random.Random(6)
    told = weigh([dict(p, hash=secret(rng), created=stamp(p["seconds"] + rng.randrange(10**6))) for p in picked], people, ALL)
    assert told["rows_agreeing"] == 31 and told["share"][0] == 0 and told["share"][1] < .2
    assert weigh(picked, people, ALL)["share"][0] > .8


def test_a_password_changed_since_takes_no_row_out_of_the_share(weigh, people, picked):
    """Numbers agree, a third of the hashes do not, and no time says that the rows are others."""
    rng = random.Random(7)
    told = weigh([dict(p, hash=secret(rng)) if i % 3 == 0 else p for i, p in enumerate(picked)], people, ["id", "email", "hash"])
    assert .3 < told["share"][0] < .7 and told["share"][1] == 1


def test_fixtures_of_another_installation_are_pointed_out(weigh):
    fixtures = make_people(400, 42)
    ours = fixtures + [dict(p, id=p["id"] + 400, created=stamp(p["seconds"] + 10**8)) for p in make_people(1600, 1)]
    theirs = fixtures + [dict(p, id=p["id"] + 400, email="x" + p["email"], created=stamp(p["seconds"] + 10**8)) for p in make_people(1600, 77)]
    told = weigh(random.Random(4).sample(theirs, 200), ours, ["id", "email", "hash", "created"])
    assert any("oldest quarter" in text for text in told["assumptions"])
    told = weigh(random.Random(4).sample(ours, 200), ours, ["id", "email", "hash", "created"])
    assert not any("oldest quarter" in text for text in told["assumptions"])


def test_a_complete_export_that_lacks_old_rows_is_none(assay, weigh, people, picked):
    told = weigh(picked, people, ALL, "--rows", "complete")
    assert "so it is not complete" in told["dates"]["complete"]["why"]
    assert told["taken_between"] == [max(p["created"] for p in picked).replace(" ", "T") + "Z", None] and "exports_at_least" not in told
    out = assay("match", "sample.csv", "--against", "shop.csv", "--rows", "complete", code=1).out
    assert "declared complete, which bounds nothing" in " ".join(out.split())
    told = weigh(people[:1500], people, ALL, "--rows", "complete")
    assert told["taken_between"] == [people[1499]["created"].replace(" ", "T") + "Z", people[1500]["created"].replace(" ", "T") + "Z"]


def test_copies_do_not_change_what_is_new(assay, weigh, tmp_path, people, picked):
    weigh(picked[:1] * 99 + picked[1:3], people, ALL)
    write(tmp_path / "older.csv", picked[:1], ALL)
    novelty = assay("match", "sample.csv", "--against", "shop.csv", "--older-leak", "older.csv", "--json").summary["novelty"]
    assert (novelty["rows"], novelty["rows_known"], novelty["values"]) == (3, 1, 9)


# ---- Into a case and out of it ----

CASE = """parties:
  - {id: shop, name: A shop, kind: company}
  - {id: north, name: North, kind: person}
claims:
  - {id: C1, kind: possession, text: The sample comes from the shop's database.}
  - {id: C2, kind: taking, text: The shop's data were taken.}
"""


@pytest.fixture
def verdict(assay, weigh, tmp_path, people):
    """verdict(sample rows, ...): what judge says of both claims after this comparison alone; against two backgrounds, so that
    every alternative has a ratio."""

    def run(sample, *words):
        weigh(sample, people, ALL)
        other = [{"email": f"n{i}@oxbow.zz", "name": "N N"} for i in range(900)] + people[::9]
        write(tmp_path / "other.csv", other, ["email", "name"])
        (tmp_path / "s.yaml").write_text(CASE)
        assay("open", "a.case", code=0)
        assay("state", "--case", "a.case", "-f", "s.yaml", code=0)
        assay("match", "sample.csv", "--against", "shop.csv", "--background", "other.csv", "--case", "a.case", "--owner", "north",
              "--custody", "independent", "--reference-owner", "shop", *words)
        out = {}
        for claim in ("C1", "C2"):
            result = assay("judge", claim, "--case", "a.case", "--json")
            out[claim] = next(r for r in result.records if r.get("claim") == claim)
        return out

    return run


def test_a_true_leak_reaches_the_verdict(verdict, picked):
    told = verdict(picked, "--nothing-shared", "--rows", "chosen")
    assert told["C1"]["log10_lr"] > .5 and told["C2"]["log10_lr"] > .5
    assert "chose the rows" in told["C1"]["why"] and "handed to partners" not in told["C1"]["why"]


def test_copies_of_one_account_do_not_reach_it(verdict, picked):
    told = verdict(picked[:1] * 60)
    assert abs(told["C1"]["log10_lr"]) <= .5 and "59 of its rows repeat an earlier one" in told["C1"]["why"]
    assert "nobody said what was handed to partners" in told["C1"]["why"]


def test_an_older_leak_shows_origin_and_nothing_new(verdict, tmp_path, picked):
    write(tmp_path / "older.csv", picked, ALL)
    told = verdict(picked, "--nothing-shared", "--older-leak", "older.csv")
    assert told["C1"]["log10_lr"] > .5 and abs(told["C2"]["log10_lr"]) < .1
    assert "stand in an earlier leak of this database" in told["C2"]["why"]


def test_a_list_of_planted_rows_that_is_the_sample_counts_for_nothing(assay, weigh, tmp_path, people, picked):
    weigh(picked, people, ALL)
    write(tmp_path / "list.csv", picked, ALL)
    common = ["match", "sample.csv", "--against", "shop.csv", "--canaries", "list.csv", "--canary-custody", "independent"]
    told = assay(*common, "--json").summary["canaries"]
    assert told["half_of_sample"] is True and told["at_most"] == 0 and told["found"] == 31
    assert "a list made from the sample looks so" in " ".join(assay(*common).out.split())
    write(tmp_path / "list.csv", picked[:2] + people[:20], ALL)
    told = assay(*common, "--json").summary["canaries"]
    assert told["half_of_sample"] is False and told["at_most"] > 2
    assert "need the list: --canaries FILE" in assay("match", "sample.csv", "--against", "shop.csv", "--canary-holder", "shop", code=64).err

"""match and planted rows: found, altered, from which copy, as commitments; and making rows to plant."""
import csv
import hashlib
import json
import os
import random
import re
import sqlite3
import stat

import pytest

from test_match import COLUMNS, make_customers, secret, stamp, write_csv, write_sqlite

LEAK = ["uid", "mail", "tel", "name", "town", "pw", "joined"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop, six planted rows (three in each of two copies), and a leak with those of one copy, one of them altered."""
    folder = tmp_path_factory.mktemp("planted")
    customers = make_customers(3000, seed=6)
    write_sqlite(folder / "shop.sqlite", customers)
    write_csv(folder / "customers.csv", COLUMNS, customers)
    rng = random.Random(7)
    planted = [(f"wren.hale{i}@lists-kelstead.zz", f"Wren Hale{i}", "Elmsfield", secret(rng), stamp(1_650_000_000 + 777 * i),
                "Kurier" if i % 2 else "Post", f"2022-05-0{i + 1} 10:00:00", f"batch {i}") for i in range(6)]
    write_csv(folder / "canaries.csv", ["email", "full_name", "city", "password_hash", "created_at", "where", "planted_at", "note"], planted)
    leak = [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in rng.sample(customers[100:2800], 100)]
    write_csv(folder / "clean.csv", LEAK, leak)
    leak += [(9000 + i, p[0].upper(), "", p[1], "Brackbury" if i == 3 else p[2], p[3], p[4]) for i, p in enumerate(planted) if i % 2]
    write_csv(folder / "leak.csv", LEAK, leak)
    return folder, customers, planted


def ask(assay, folder, sample, *words, code=1):
    return assay("match", sample, "--against", "shop.sqlite", "--json", *words, cwd=folder, code=code)


def test_planted_rows_are_found_and_say_which_copy(assay, shop):
    folder, _, _ = shop
    result = ask(assay, folder, "leak.csv", "--canaries", "canaries.csv", "--canary-holder", "the shop")
    canaries = result.summary["canaries"]
    assert (canaries["planted"], canaries["findable"], canaries["found"], canaries["altered"]) == (6, 6, 3, 1)
    assert canaries["by_where"] == [{"where": "Kurier", "planted": 3, "found": 3}, {"where": "Post", "planted": 3, "found": 0}]
    assert {c["column"]: (c["found"], c["altered"]) for c in canaries["by_column"]} == {
        "email": (3, 0), "full_name": (3, 0), "city": (2, 1), "password_hash": (3, 0), "created_at": (3, 0)}
    assert canaries["not_before"] == "2022-05-06T10:00:00Z" and canaries["holder"] == "the shop"
    assert canaries["guess_log10"] < -15 and canaries["expected"] == pytest.approx(6 * 103 / 3000)
    found = [f for f in result.of_kind("finding") if f["class"] == "canary"]
    assert [(f["canary"], f["row"], f["where"], f["altered"]) for f in found] == [
        ("2", 101, "Kurier", []), ("4", 102, "Kurier", ["city"]), ("6", 103, "Kurier", [])]
    out = assay("match", "leak.csv", "--against", "shop.sqlite", "--canaries", "canaries.csv", cwd=folder, code=1).out
    said = " ".join(out.split())
    assert "3 of 6 planted rows are in the sample; 1 of them altered; 3 of 3 planted in Kurier; 0 of 3 planted in Post" in said
    assert "not before 2022-05-06 10:00:00 UTC" in said


def test_canaries_stand_beside_the_headline_and_below_the_cap(assay, shop):
    folder, _, _ = shop
    plain = ask(assay, folder, "leak.csv").summary
    with_them = {how: ask(assay, folder, "leak.csv", "--canaries", "canaries.csv", "--canary-custody", how).summary for how in ("interested", "sealed", "independent")}
    for summary in with_them.values():
        assert summary["headline"] == plain["headline"] and summary["raw"] == plain["raw"]
        assert summary["canaries"]["at_most"] <= summary["cap"][1]
    assert [round(with_them[how]["canaries"]["at_most"], 2) for how in ("interested", "sealed")] == [1, 2]
    (folder / "norates.json").write_text("{}")
    none = ask(assay, folder, "leak.csv", "--canaries", "canaries.csv", "--rates", "norates.json").summary["canaries"]
    assert none["found"] == 3 and none["at_most"] == 0
    assert "none of interested" in assay("match", "leak.csv", "--against", "shop.sqlite", "--canary-custody", "x", cwd=folder, code=64).err


def test_none_found_is_no_silence(assay, shop):
    folder, _, _ = shop
    result = ask(assay, folder, "clean.csv", "--canaries", "canaries.csv")
    canaries = result.summary["canaries"]
    assert (canaries["found"], canaries["guess_log10"], canaries["at_most"], canaries["not_before"]) == (0, None, 0, None)
    assert result.of_kind("finding") == []
    out = assay("match", "clean.csv", "--against", "shop.sqlite", "--canaries", "canaries.csv", cwd=folder, code=1).out
    assert "0 of 6 planted rows are in the sample; as many rows drawn at random would hold 0.2" in " ".join(out.split())


def test_a_canary_alone_is_a_finding(assay, shop, tmp_path):
    folder, _, planted = shop
    write_csv(tmp_path / "one.csv", ["pw"], [(planted[1][3],), ("$2y$10$" + "k" * 53,)])
    result = ask(assay, folder, tmp_path / "one.csv", "--canaries", "canaries.csv")
    assert result.summary["canaries"]["found"] == 1 and result.summary["headline"] is None
    assert result.of_kind("finding")[0]["columns"] == ["password_hash"]
    # What many people have finds nothing: a name, a town, a time.
    write_csv(tmp_path / "common.csv", ["name", "town", "joined"], [(planted[1][1], planted[1][2], planted[1][4])])
    assert ask(assay, folder, tmp_path / "common.csv", "--canaries", "canaries.csv", code=None).summary["canaries"]["found"] == 0


def commit(path, planted, salt):
    rows = []
    for i, p in enumerate(planted):
        for column, kind, value, bits in (("email", "e-mail", p[0], 30), ("password_hash", "secret", p[3], 180)):
            digest = hashlib.sha256(salt + f"{kind}:{value}".encode()).hexdigest()
            rows.append((i + 1, column, kind, salt.hex(), digest, bits, p[5], p[6]))
    write_csv(path, ["canary", "column", "class", "salt", "sha256", "bits", "where", "planted_at"], rows)


def test_commitments_find_the_same_rows_and_show_none(assay, shop, tmp_path):
    folder, _, planted = shop
    commit(tmp_path / "commitments.csv", planted, bytes(range(32)))
    assert not any(p[0] in (tmp_path / "commitments.csv").read_text() for p in planted)
    result = ask(assay, folder, "leak.csv", "--canaries", tmp_path / "commitments.csv")
    canaries = result.summary["canaries"]
    assert canaries["committed"] is True and (canaries["planted"], canaries["found"]) == (6, 3)
    assert [(f["canary"], f["row"], f["columns"], f["where"]) for f in result.of_kind("finding")] == [
        (n, row, ["email", "password_hash"], "Kurier") for n, row in (("2", 101), ("4", 102), ("6", 103))]
    assert canaries["guess_log10"] < -45
    # Another salt: another commitment.
    text = (tmp_path / "commitments.csv").read_text().replace(bytes(range(32)).hex(), bytes(32).hex())
    (tmp_path / "other.csv").write_text(text)
    assert ask(assay, folder, "leak.csv", "--canaries", tmp_path / "other.csv").summary["canaries"]["found"] == 0


@pytest.mark.parametrize("change, said", [
    (("00010203", "zz010203"), "salt is not 64 hex digits"), ((",e-mail,", ",name,"), "class is none of"), (("2022-05-01 10:00:00", "soon"), "planted_at")])
def test_broken_lists(assay, shop, tmp_path, change, said):
    folder, _, planted = shop
    commit(tmp_path / "list.csv", planted, bytes(range(32)))
    (tmp_path / "list.csv").write_text((tmp_path / "list.csv").read_text().replace(*change))
    result = assay("match", "leak.csv", "--against", "shop.sqlite", "--canaries", tmp_path / "list.csv", cwd=folder, code=2)
    assert said in result.err and len(result.err.splitlines()) == 1


def test_a_list_that_cannot_be_read(assay, shop):
    folder, _, _ = shop
    assert "missing.csv" in assay("match", "leak.csv", "--against", "shop.sqlite", "--canaries", "missing.csv", cwd=folder, code=2).err


# ---- making them ----


def make(assay, folder, out, *words, count=40, code=0):
    return assay("match", "--make-canaries", count, "--like", folder / "shop.sqlite", "-o", out / "list.csv", "--sql", out / "plant.sql",
                 "--commitments", out / "commitments.csv", *words, code=code)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_made_rows_look_like_the_tables_own(assay, shop, tmp_path):
    folder, customers, _ = shop
    said = make(assay, folder, tmp_path, "--domain", "lists-kelstead.zz", "--phones", "uk", "--where", "Kurier", "--planted-at", "2022-06-01")
    rows = read(tmp_path / "list.csv")
    assert len(rows) == 40 and "id" not in rows[0]
    whole = {name: {str(r[i]) for r in customers} for i, name in enumerate(COLUMNS)}
    words = {w for name in whole["full_name"] for w in name.split()}
    for row in rows:
        assert re.fullmatch(r"[^\W\d]+\.\d+@lists-kelstead\.zz", row["email"]) and row["email"] not in whole["email"]
        assert row["full_name"].split()[0].lower() == row["email"].split(".")[0]  # as in the table
        assert set(row["full_name"].split()) <= words and row["city"] in whole["city"]
        assert re.fullmatch(r"\$2y\$10\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]", row["password_hash"])
        assert row["password_hash"] not in whole["password_hash"]
        assert row["phone"] == "" or re.fullmatch(r"\+44 7700 900\d{3}", row["phone"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["created_at"]) and row["created_at"] <= row["updated_at"]
        assert (row["where"], row["planted_at"]) == ("Kurier", "2022-06-01")
        bits = dict(pair.split("=") for pair in row["bits"].split())
        assert float(bits["password_hash"]) == 312 and 0 < float(bits["email"]) < 25
    assert len({row["email"] for row in rows}) == 40 and len({row["created_at"] for row in rows}) > 30
    assert "0 of 1024 rows looked at have an address at lists-kelstead.zz" in " ".join(said.out.split())
    for name in ("list.csv", "plant.sql", "commitments.csv"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600
    assert not any(row["email"] in said.out for row in rows)


def test_what_was_made_is_found_by_list_and_by_commitment(assay, shop, tmp_path):
    folder, customers, _ = shop
    make(assay, folder, tmp_path, "--domain", "lists-kelstead.zz", "--where", "backup", count=10)
    with sqlite3.connect(":memory:") as db:
        db.execute("create table customers(id integer primary key, email text, phone text, full_name text, city text, password_hash text, created_at text, updated_at text)")
        db.executescript((tmp_path / "plant.sql").read_text())
        stolen = db.execute("select id, email, phone, full_name, city, password_hash, created_at from customers order by id limit 4").fetchall()
    write_csv(tmp_path / "leak.csv", LEAK, [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in customers[200:260]] + stolen)
    for name in ("list.csv", "commitments.csv", "plant.sql"):
        canaries = ask(assay, folder, tmp_path / "leak.csv", "--canaries", tmp_path / name).summary["canaries"]
        assert (canaries["planted"], canaries["found"], canaries["altered"]) == (10, 4, 0), name
    assert canaries["not_before"] is None
    salt = {row["salt"] for row in read(tmp_path / "commitments.csv")}
    make(assay, folder, tmp_path, "--domain", "lists-kelstead.zz", code=2)  # nothing is overwritten
    assert {row["salt"] for row in read(tmp_path / "commitments.csv")} == salt


def test_no_customers_address_is_made(assay, tmp_path):
    """Nine in ten of the addresses that can be made are customers' already."""
    rng = random.Random(2)
    taken = [f"{word}{n}@quillmail.zz" for word in ("ab", "cd", "ef") for n in range(10)]
    free = set(rng.sample(taken, 6))
    rows = [(i, mail, secret(rng)) for i, mail in enumerate(m for m in taken if m not in free)]
    rows += [(i + 100, mail.replace("quillmail", "oxbow"), secret(rng)) for i, mail in enumerate(sorted(free))]
    write_csv(tmp_path / "few.csv", ["id", "email", "password_hash"], rows)
    result = assay("match", "--make-canaries", 2, "--like", tmp_path / "few.csv", "--domain", "quillmail.zz", "-o", tmp_path / "list.csv")
    if result.code == 0:
        assert {row["email"] for row in read(tmp_path / "list.csv")} <= free
    else:
        assert "mostly customers' already" in result.err and not (tmp_path / "list.csv").exists()


@pytest.mark.parametrize("value, shape", [
    ("0f8b2a9c44d1e6f7a0b3c5d7e9f1a2b4", r"[0-9a-f]{32}"), ("9A3FD2E8C7B10F6D5E4A3B2C1D0E9F8A7B6C5D4E", r"[0-9A-F]{40}"),
    ("3f2b8c1e-9d4a-4e7b-8f6c-2a1d0e9f8b7c", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
    ("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b27dWRJJTmaaaaaaaaaaaaaaa", r"\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9]{22}\$[A-Za-z0-9+/]{42}")])
def test_secrets_of_the_same_scheme(assay, tmp_path, value, shape):
    rng = random.Random(1)

    def another():
        digits = "0123456789ABCDEF" if value[:2] == "9A" else "0123456789abcdef"
        if value.startswith("$"):
            head, salt, digest = value.rpartition("$")[0].rpartition("$")[0], value.split("$")[-2], value.split("$")[-1]
            return head + "$" + "".join(rng.choices("abcXYZ019", k=len(salt))) + "$" + "".join(rng.choices("abcXYZ019", k=len(digest)))
        return "".join(c if c == "-" or i in (14, 19) and "-" in value else rng.choice(digits) for i, c in enumerate(value))
    rows = [(f"p{i}@quillmail.zz", another()) for i in range(200)]
    write_csv(tmp_path / "t.csv", ["email", "token"], rows)
    assay("match", "--make-canaries", 10, "--like", tmp_path / "t.csv", "--domain", "oxbow.zz", "-o", tmp_path / "list.csv", code=0)
    made = [row["token"] for row in read(tmp_path / "list.csv")]
    assert all(re.fullmatch(shape, token) for token in made) and len(set(made)) == 10 and not set(made) & {row[1] for row in rows}


def test_usage_of_making(assay, shop, tmp_path):
    folder, _, _ = shop
    assert "under which domain" in make(assay, folder, tmp_path, code=64).err
    assert "--like" in assay("match", "--make-canaries", 5, code=64).err
    assert "is not the name of a domain" in make(assay, folder, tmp_path, "--domain", "me@x.zz", code=64).err
    assert "none of uk" in make(assay, folder, tmp_path, "--domain", "x.zz", "--phones", "zz", code=64).err
    assert "1 to 10000" in make(assay, folder, tmp_path, "--domain", "x.zz", count=0, code=64).err
    assert "in a table nope" in make(assay, folder, tmp_path, "--domain", "x.zz", "--table", "nope", code=64).err
    assert "something is missing" in assay("match", code=64).err
    assert json.loads(assay("match", "--make-canaries", 1, "--like", folder / "customers.csv", "--domain", "x.zz", "-o", tmp_path / "l.csv", "--quiet", code=0).out or "{}") == {}


def test_no_name_is_anybodys(assay, tmp_path):
    rng = random.Random(3)
    syllables = [a + b + c for a in "bdfglm" for b in "aeiou" for c in ("ra", "ni", "lo", "ster")]
    people = {f"{a.title()} {b.title()}ford" for a, b in zip(rng.sample(syllables, 110), rng.sample(syllables, 110))}
    write_csv(tmp_path / "people.csv", ["full_name", "password_hash"], [(name, secret(rng)) for name in sorted(people)])
    assay("match", "--make-canaries", 50, "--like", tmp_path / "people.csv", "-o", tmp_path / "list.csv", code=0)
    made = {row["full_name"] for row in read(tmp_path / "list.csv")}
    assert len(made) > 45 and not made & people
    assert {w for name in made for w in name.split()} <= {w for name in people for w in name.split()}

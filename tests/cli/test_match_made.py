"""match: made up by a program. Against a reference that does not show it, one that does, and none in common."""

import csv
import random
import string

import pytest

LETTERS = string.ascii_letters + string.digits + "./"
HEAD = ["customer_id", "email", "full_name", "city", "password_hash", "created_at"]


def rows_of(rng, count, is_made, mails=None):
    """Hashes with spare bits set (random letters), times around the clock; or as bcrypt writes them, at daytime."""
    for i in range(count):
        letters = [rng.choice(LETTERS) for _ in range(53)]
        if not is_made:
            letters[21], letters[52] = rng.choice(".Oeu"), rng.choice(".CGKOSWaeimquy26")
        hour = rng.randrange(24) if is_made else min(8 + rng.randrange(8) + rng.randrange(6), 20)
        yield [i + 1000, mails[i] if mails else f"nobody{rng.randrange(10 ** 6)}x{i}@mail.zz", f"Ina{i} Orr{i}", f"Town{rng.randrange(40)}",
               "$2y$10$" + "".join(letters), f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} {hour:02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"]


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEAD, *rows])
    return str(path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    room = tmp_path_factory.mktemp("made")
    rng = random.Random(3)
    real, odd = list(rows_of(rng, 1200, False)), list(rows_of(rng, 1200, True))
    mails = [row[1] for row in rng.sample(real, 40)]
    return {"real": write(room / "real.csv", real), "odd": write(room / "odd.csv", [o[:1] + r[1:2] + o[2:] for r, o in zip(real, odd)]),
            "sample": write(room / "sample.csv", rows_of(rng, 40, True, mails)), "mails": mails}


def test_made_up_around_real_addresses(assay, shop):
    run = assay("match", shop["sample"], "--against", shop["real"], "--json", code=1)
    made = run.summary["made"]
    told = {t["test"]: t for t in made["tests"]}
    assert told["hash-form"]["k"] > 20 and told["hash-form"]["n"] == 40 and told["hash-form"]["counted"] > 2
    assert told["hash-form"]["reference"] < 0 and told["hash-form"]["column"] == "password_hash"
    assert made["raw"] > 1 and made["term"] == 1 and made["rows_looked_at"] == 40 and "uuid-form" in made["not_tested"]
    assert any(text.startswith("made_up: lowered") for text in run.summary["assumptions"])
    assert not any(mail in run.out for mail in shop["mails"])


def test_what_the_reference_shows_too_says_nothing(assay, shop):
    lowered = assay("match", shop["sample"], "--against", shop["real"], "--json", code=1).summary
    same = assay("match", shop["sample"], "--against", shop["odd"], "--json", code=1).summary
    told = {t["test"]: t for t in same["made"]["tests"]}
    assert told["hash-form"]["log10_lr"] > 2 and told["hash-form"]["reference"] > 2 and told["hash-form"]["counted"] == 0
    assert same["made"]["term"] < 0.2
    assert lowered["raw"]["made_up"] == pytest.approx(same["raw"]["made_up"] - 1 + same["made"]["term"], abs=0.3)


def test_nothing_in_common_and_the_terminal(assay, shop, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("qx,qy\nzzz,zzzz\n")
    run = assay("match", shop["sample"], "--against", str(other), "--json")
    assert run.summary["headline"] is None and run.summary["made"]["raw"] > 1
    shown = assay("match", shop["sample"], "--against", shop["real"], code=1)
    assert "made up?" in shown.out and "password_hash" in shown.out and "no proof" in shown.out

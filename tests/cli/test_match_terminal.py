"""What a person reads of match on a terminal: 80 columns at most, in one order, masked in ASCII; no word depends on a colour."""
import csv
import random
import re
import string

import pytest

ALPHABET = string.ascii_letters + string.digits + "./"


def write(path, columns, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([columns, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of 12,000 rows with long names, a sample of 10,500 of them, its state before, an earlier leak, and rows planted."""
    place, rng = tmp_path_factory.mktemp("terminal"), random.Random(8)
    columns = ["customer_electronic_mail", "password_hash_of_the_customer", "created_at_by_the_clock_of_the_shop"]
    rows = [[f"p{i}@quillmail.zz", "".join(rng.choices(ALPHABET, k=53)), f"2019-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} "
             f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"] for i in range(12_000)]
    write(place / "customers_of_the_shop.csv", columns, rows)
    sample = rng.sample(rows, 10_500)
    sample[:300] = [[row[0], "".join(rng.choices(ALPHABET, k=53)), row[2]] for row in sample[:300]]
    write(place / "leak.csv", columns, sample)
    write(place / "before.csv", columns, rows[:6000])
    write(place / "older.csv", columns[:2], [row[:2] for row in rows[:500]])
    write(place / "planted.csv", [*columns, "where"], [[*row, "the copy for the mailing house in the north"] for row in rows[40:60]])
    write(place / "strangers.csv", ["nick", "town"], [["xy", "Nowhere"]])
    return place


RICH = ("leak.csv", "--against", "customers_of_the_shop.csv", "--as-of", "2019-06-01=before.csv", "--older-leak", "older.csv",
        "--canaries", "planted.csv", "--published", "2020-02-01T00:00Z")


def too_long(text):
    """Lines beyond 80 columns; one word that does not fit a line, such as a path, is not cut."""
    return [line for line in text.splitlines() if len(line) > 80 and len(max(line.split(), key=len)) <= 68]


@pytest.mark.parametrize("args", [RICH, (*RICH, "--shared-with", "The mailing house=customer_electronic_mail"),
                                  ("strangers.csv", "--against", "customers_of_the_shop.csv")])
def test_eighty_columns(assay, folder, args):
    out = assay("match", *args, cwd=folder, code=None).out
    assert out.isascii() and too_long(out) == []


def test_the_order_in_which_it_is_said(assay, folder):
    """What stands first decides what is read: the number with its alternative, then what bounds it, then all else."""
    out = assay("match", *RICH, cwd=folder, code=1).out
    words = [line[:12].strip() for line in out.splitlines() if re.match(r"[a-z]", line)]
    order = ["sample", "rows", "as of", "backup", "versions", "log10 LR", "headline", "twin", "made up?", "canaries", "novelty", "asked",
             "agree", "contradict", "assumed", "looked at", "not seen", "found"]
    assert [word for word in words if word in order] == order
    assert re.search(r"^customer_el~ +~\S*ectronic_mail +10,\d{3} of 10,500 +\d", out, re.M)
    assert re.search(r"^contradict +row \d+, customer_electronic_mail p\*\*\*@q\*\*\*\.zz: differs in", out, re.M)
    assert "10,500 sample rows against 12,000 reference rows of customers_of_the_shop" in " ".join(out.split())


def test_nothing_in_common_is_said_as_that(assay, folder):
    out = " ".join(assay("match", "strangers.csv", "--against", "customers_of_the_shop.csv", cwd=folder, code=0).out.split())
    assert "2 sample rows against 12,000 reference rows, which share no value with them" in out
    assert "log10 LR not computed against any alternative: nothing in common" in out
    assert "headline no ratio" in out and "twin" not in out and "+0.0" not in out

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

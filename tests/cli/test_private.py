"""assay private: the whole comparison from the command line, with the real number of traps; killed and repeated; confined."""
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

KEYS = ["--key", "email", "--key", "email,created_at"]


def rows(path, numbers, upper=False):
    with open(path, "w", encoding="utf-8") as out:
        out.write("email,created_at\n")
        for i in numbers:
            who = f"User{i}@Example.ORG" if upper else f"user{i}@example.org"
            out.write(f"{who},2020-01-{1 + i % 28:02d} 10:00:{i % 60:02d}\n")


@pytest.fixture(scope="module")
def world(tmp_path_factory, assay_bin):
    """A run as far as both tags, in a folder that tests copy."""
    folder = tmp_path_factory.mktemp("private")
    rows(folder / "leak.csv", range(0, 150), upper=True)
    rows(folder / "db.csv", range(100, 900))

    def step(*words):
        done = subprocess.run([assay_bin, "private", *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    step("key", "notary.key")
    step("commit", "leak.csv", "--role", "asker", "--state", "a", *KEYS)
    step("commit", "db.csv", "--role", "keeper", "--state", "k", *KEYS)
    step("offer", "k/commit", "--neutral", "notary.key.pub", "--state", "a", "--open", "20")
    step("answer", "a/commit", "a/offer", "--state", "k")
    step("finish", "k/answer", "--state", "a")
    return folder


@pytest.fixture
def here(world, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(world, folder)
    return folder


@pytest.fixture
def private(assay_bin):
    def run(folder, *words, code=0, env=None):
        done = subprocess.run([assay_bin, "private", *words], cwd=folder, capture_output=True, text=True, check=False,
                              env={**os.environ, **(env or {})})
        assert done.returncode == code, done.stderr + done.stdout
        return done
    return run


SENT = ["a/commit", "k/commit", "a/offer", "k/answer", "a/tags", "k/tags"]


def test_audits_and_the_count(here, private, assay_bin, tmp_path):
    neutral = ["--state", "n", "--sign", "notary.key"]
    refused = private(here, "count", *SENT, *neutral, code=64)
    assert "the count comes after them" in refused.stderr
    private(here, "audit", *SENT, *neutral)
    private(here, "audit", "n/ask.asker.1", "k/answer", "--from", "leak.csv", *KEYS, "--state", "a")
    private(here, "audit", "n/ask.keeper.2", "n/ask.keeper.3", "a/offer", "--from", "db.csv", *KEYS, "--state", "k")
    opened = ["a/open.1", "k/open.2", "k/open.3"]
    private(here, "audit", *SENT, *opened, *neutral)
    private(here, "audit", "n/ask.asker.3", "k/answer", "--state", "a")
    audited = private(here, "audit", *SENT, *opened, "a/open.3", *neutral, "--leak", "leak.csv", "--database", "db.csv",
                      *KEYS, "--json")
    found = json.loads(audited.stdout)
    assert found["audits"] == "passed"
    assert [t["asker_not_in_source"] for t in found["types"]] == [0, 0]
    assert [t["dropped"] for t in found["types"]] == [0, 0]
    counted = json.loads(private(here, "count", *SENT, *neutral, "--json").stdout)
    assert [t["count"] for t in counted["types"]] == [50, 50]
    assert [t["traps"] for t in counted["types"]] == [10008, 10008]
    case = tmp_path / "c.case"
    subprocess.run([assay_bin, "open", case], check=True, capture_output=True)
    for side, files in (("a", ["k/answer", "n/result"]), ("k", ["a/offer", "k/answer", "n/result"])):
        told = private(here, "finish", *files, "--state", side, "--case", case)
        assert "50 of the asker's 150 distinct keys of email are among the keeper's 800" in told.stdout.replace("\n            ", " ")
    entries = [json.loads(line) for line in (case / "ledger.jsonl").read_text().splitlines()]
    private_ones = [e for e in entries if e["type"] == "private"]
    assert [e["role"] for e in private_ones] == ["asker", "keeper"]
    assert private_ones[0]["result"] == private_ones[1]["result"] == counted["result"]
    assert "@" not in json.dumps(private_ones) and "a/commit" not in json.dumps(private_ones)
    assert subprocess.run([assay_bin, "verify", case], check=False, capture_output=True).returncode == 0


def test_without_audits_the_result_says_so(here, private):
    private(here, "count", *SENT, "--state", "n", "--sign", "notary.key", "--without-audits")
    shown = private(here, "show", "n/result", *SENT).stdout
    assert "nothing was audited" in shown
    assert "does not hold" not in shown


def test_show_says_to_whom(here, private):
    shown = private(here, "show", "a/tags", "a/offer", "k/commit", "a/commit").stdout
    assert "sealed to one key" in shown and "Discloses to the keeper" in shown
    assert shown.count("signature: holds") == 4


@pytest.mark.parametrize("which, after", [("answer", 0.1), ("answer", 0.4), ("finish", 0.3)])
def test_killed_and_repeated(here, private, assay_bin, which, after):
    """kill -9 at some point; the same call then leaves the bytes that an undisturbed one left."""
    side, made = ("k", ["answer", "tags"]) if which == "answer" else ("a", ["tags"])
    files = ["a/commit", "a/offer"] if which == "answer" else ["k/answer"]
    wanted = [(here / side / name).read_bytes() for name in made]
    for name in made:
        (here / side / name).unlink()
    if which == "answer":
        (here / side / "spent").unlink()
    process = subprocess.Popen([assay_bin, "private", which, *files, "--state", side], cwd=here, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(50):  # the child dies with its parent, and its lock with it
        done = subprocess.run([assay_bin, "private", which, *files, "--state", side], cwd=here, capture_output=True,
                              text=True, check=False)
        if "at work in it" not in done.stderr:
            break
        time.sleep(0.1)
    assert done.returncode == 0, done.stderr
    assert [(here / side / name).read_bytes() for name in made] == wanted


def test_a_damaged_file_is_named(here, private):
    whole = (here / "k/answer").read_bytes()
    bad = bytearray(whole)
    bad[-1000] ^= 1
    (here / "bad").write_bytes(bad)
    (here / "a/tags").unlink()
    said = private(here, "finish", "bad", "--state", "a", code=2).stderr
    assert said.startswith("assay: private: bad: records 0 to 10157 of its list differ from what was signed")
    (here / "short").write_bytes(whole[:-1])
    assert "cut off on its way" in private(here, "finish", "short", "--state", "a", code=2).stderr


def test_secrets_are_for_their_owner_alone(here):
    for side in "ak":
        assert (here / side).stat().st_mode & 0o77 == 0
        assert (here / side / "secrets").stat().st_mode & 0o77 == 0
    assert (here / "notary.key").stat().st_mode & 0o77 == 0


def test_wrong_calls_teach(here, private):
    assert "which columns" in private(here, "commit", "leak.csv", "--role", "asker", "--state", "x", code=64).stderr
    assert "which side" in private(here, "commit", "leak.csv", "--key", "email", "--state", "x", code=64).stderr
    said = private(here, "commit", "leak.csv", "--role", "asker", "--key", "email=MAIL", "--state", "x", code=64).stderr
    assert "table leak has no column MAIL for email" in said
    assert "numbers and instants alone" in private(here, "commit", "leak.csv", "--role", "asker", "--key", "created_at",
                                                   "--state", "y", code=64).stderr
    assert "no step" in private(here, "commitment", code=64).stderr
    assert "commit makes" in private(here, "offer", "k/commit", "--state", "b", code=2).stderr
    (here / "a/offer").unlink()
    assert "who counts?" in private(here, "offer", "k/commit", "--state", "a", code=64).stderr

"""assay private: the whole comparison from the command line, with the real number of traps; killed and repeated; confined."""
import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

SAID = """
parties:
  - {id: north, name: North, kind: person}
  - {id: shop, name: Shop, kind: company}
claims:
  - {id: C1, kind: possession, text: the sample comes from the database of the shop}
statements:
  - {id: S1, party: north, act: asserts, time: 2026-03-12T10:00:00Z, text: it is theirs, claims: [C1]}
  - {id: S2, party: shop, act: denies, time: 2026-03-13T10:00:00Z, text: it is not ours, claims: [C1]}
"""
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
    (tmp_path / "said.yaml").write_text(SAID)
    subprocess.run([assay_bin, "state", "--case", case, "-f", tmp_path / "said.yaml"], check=True, capture_output=True)
    named = ["--case", case, "--asker", "north", "--keeper"]
    refused = private(here, "finish", "k/answer", "n/result", "--state", "a", *named, "nobody", code=64)
    assert 'no party "nobody" in this case' in refused.stderr
    for side, files in (("a", ["k/answer", "n/result"]), ("k", ["a/offer", "k/answer", "n/result"])):
        told = private(here, "finish", *files, "--state", side, *named, "shop")
        assert "50 of the asker's 150 distinct keys of email are among the keeper's 800" in told.stdout.replace("\n            ", " ")
    entries = [json.loads(line) for line in (case / "ledger.jsonl").read_text().splitlines()]
    private_ones = [e for e in entries if e["type"] == "private"]
    assert [e["role"] for e in private_ones] == ["asker", "keeper"]
    assert private_ones[0]["result"] == private_ones[1]["result"] == counted["result"]
    assert "@" not in json.dumps(private_ones) and "a/commit" not in json.dumps(private_ones)
    ends = [t["bounds"]["source"] for t in private_ones[0]["types"]]
    assert all(0 <= lo <= 50 <= hi < 150 for lo, hi in ends)
    judged(assay_bin, case)
    assert subprocess.run([assay_bin, "verify", case], check=False, capture_output=True).returncode == 0


def judged(assay_bin, case):
    """Both sides recorded one result: it is weighed once, and the verdict comes out of the entry alone again."""
    done = subprocess.run([assay_bin, "judge", "--case", case], check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1, 2), done.stderr
    entries = [json.loads(line) for line in (case / "ledger.jsonl").read_text().splitlines()]
    verdict = [e for e in entries if e["type"] == "verdict"][-1]
    assert verdict["inputs"] == ["U1"]
    assert [e["n"] for e in entries if e.get("id") == "U1"][0] in verdict["indices"]
    seen = verdict["for"] + verdict["against"] + verdict["neutral"]
    assert [row["engine"] for row in seen] == ["private"]
    assert seen[0]["text"].startswith("50 of 150 distinct keys of one list are in the other, counted under a mask; 20 of")
    again = subprocess.run([assay_bin, "judge", "--case", case, "--replay"], check=False, capture_output=True, text=True)
    assert again.returncode == 0 and "the same bytes" in again.stdout, again.stdout + again.stderr


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


@pytest.mark.parametrize("group", ["avx2", "portable"])
def test_every_way_to_compute_makes_the_same_bytes(here, private, group):
    wanted = [(here / "k" / name).read_bytes() for name in ("answer", "tags")]
    for name in ("answer", "tags"):
        (here / "k" / name).unlink()
    private(here, "answer", "a/commit", "a/offer", "--state", "k", env={"ASSAY_GROUP": group})
    assert [(here / "k" / name).read_bytes() for name in ("answer", "tags")] == wanted


@pytest.mark.parametrize("after", [0.01, 0.04])
def test_an_opening_killed_and_repeated(here, private, assay_bin, after):
    """kill -9 while drawn rows are opened; the same call then leaves the bytes that an undisturbed one left."""
    private(here, "audit", *SENT, "--state", "n", "--sign", "notary.key")
    words = ["audit", "n/ask.keeper.2", "n/ask.keeper.3", "a/offer", "--from", "db.csv", *KEYS, "--state", "k"]
    private(here, *words)
    made = ["open.2", "open.3", "asked.2", "asked.3"]
    wanted = [(here / "k" / name).read_bytes() for name in made]
    for name in made:
        (here / "k" / name).unlink()
    process = subprocess.Popen([assay_bin, "private", *words], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(50):
        done = subprocess.run([assay_bin, "private", *words], cwd=here, capture_output=True, text=True, check=False)
        if "at work in it" not in done.stderr:
            break
        time.sleep(0.1)
    assert done.returncode == 0, done.stderr
    assert [(here / "k" / name).read_bytes() for name in made] == wanted


@pytest.mark.parametrize("after", [0.05, 0.3])
def test_a_commitment_killed_and_repeated(here, private, assay_bin, after):
    """kill -9 during commit: the same call then ends it, a third makes the same bytes, and the offer goes on from there."""
    words = ["commit", "leak.csv", "--role", "asker", "--state", "late", *KEYS]
    process = subprocess.Popen([assay_bin, "private", *words], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(50):
        done = subprocess.run([assay_bin, "private", *words], cwd=here, capture_output=True, text=True, check=False)
        if "at work in it" not in done.stderr:
            break
        time.sleep(0.1)
    assert done.returncode == 0, done.stderr
    first = (here / "late/commit").read_bytes()
    private(here, *words)
    assert (here / "late/commit").read_bytes() == first
    private(here, "offer", "k/commit", "--neutral", "notary.key.pub", "--state", "late", "--open", "20")
    assert "signature: holds" in private(here, "show", "late/commit", "late/offer").stdout


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


def test_a_copy_does_not_know_and_the_case_does(here, private, assay_bin):
    """A directory copied before the offer would spend its commitment again; the case, in which the first offer stands, refuses."""
    subprocess.run([assay_bin, "open", here / "c.case"], check=True, capture_output=True)
    for name in ("spent", "offer", "answered", "tags"):
        (here / "a" / name).unlink()
    shutil.copytree(here / "a", here / "copy")
    offer = ["offer", "k/commit", "--neutral", "notary.key.pub", "--open", "20", "--case", "c.case"]
    private(here, *offer, "--state", "a")
    private(here, *offer, "--state", "a")  # again: the same run
    said = private(here, *offer, "--min-keys", "120", "--state", "copy", code=64).stderr
    assert "by the case, commitment" in said and "one commitment serves one run" in said
    assert not (here / "copy" / "spent").exists() and not (here / "copy" / "offer").exists()
    entries = [json.loads(line) for line in (here / "c.case/ledger.jsonl").read_text().splitlines()]
    (once,) = [e for e in entries if e["type"] == "private"]  # a step that is repeated is the same entry
    assert once["files"] == [{"kind": "offer", "id": once["run"], "for": "the keeper"}]


def test_the_end_of_a_run(here, private):
    """A late answer is refused and can be agreed to; secrets end when a result was accepted."""
    late = {"ASSAY_NOW": "2099-01-01T00:00:00Z"}
    for name in ("spent", "answer", "tags"):
        (here / "k" / name).unlink()
    answer = ["answer", "a/commit", "a/offer", "--state", "k"]
    assert "is over by this machine's clock: 2099-01-01" in private(here, *answer, code=64, env=late).stderr
    assert "is over by this machine's clock" in private(here, *answer, "--late", env=late).stdout.replace("\n            ", " ")
    assert "no result was accepted in it" in private(here, "wipe", "--state", "k", code=64).stderr
    private(here, "count", *SENT, "--state", "n", "--sign", "notary.key", "--without-audits")
    private(here, "finish", "a/offer", "n/result", "--state", "k")
    assert "overwritten and removed" in private(here, "wipe", "--state", "k").stdout
    assert not [name for name in os.listdir(here / "k") if name.startswith(("secrets", "records", "roots"))]
    assert "its secrets were destroyed" in private(here, *answer, code=64).stderr


def cosigner_line(name, key):
    """A verifier key line of type 4, as `assay key register` takes it (C2SP signed-note)."""
    body = b"\x04" + bytes.fromhex(key)
    number = hashlib.sha256(name.encode() + b"\n" + body).digest()[:4].hex()
    return f"{name}+{number}+{base64.b64encode(body).decode()}"


def test_a_commitment_of_somebody_else_is_refused_before_anything_is_spent(assay_bin, private, tmp_path):
    """A commitment names its own key. Whose that is, is known by --peer, or by the key that the case knows of the party."""
    rows(tmp_path / "leak.csv", range(0, 40))
    rows(tmp_path / "db.csv", range(20, 90))
    for name in ("keeper", "stranger", "notary"):
        private(tmp_path, "key", f"{name}.key")
    private(tmp_path, "commit", "leak.csv", "--role", "asker", "--state", "a", "--key", "email")
    private(tmp_path, "commit", "db.csv", "--role", "keeper", "--state", "k", "--key", "email", "--sign", "keeper.key")
    offer = ["offer", "k/commit", "--neutral", "notary.key.pub", "--state", "a", "--min-keys", "20"]
    refused = private(tmp_path, *offer, "--peer", "stranger.key.pub", code=2)
    assert "nothing was spent and nothing left" in refused.stderr
    assert not (tmp_path / "a" / "spent").exists() and not (tmp_path / "a" / "offer").exists()

    def case(*words):
        done = subprocess.run([assay_bin, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def public(name):
        return (tmp_path / f"{name}.key.pub").read_text().split("\nsign ")[1].split("\n")[0]

    (tmp_path / "said.yaml").write_text(SAID)
    for name, key in (("wrong", "stranger"), ("right", "keeper")):
        case("open", f"{name}.case")
        case("state", "--case", f"{name}.case", "-f", "said.yaml")
        case("key", "register", cosigner_line("shop.example/desk", public(key)), "--case", f"{name}.case", "--by", "shop")
    parties = ["--asker", "north", "--keeper", "shop"]
    refused = private(tmp_path, *offer, "--case", "wrong.case", *parties, code=2)
    assert public("keeper") in refused.stderr and public("stranger") in refused.stderr
    assert not (tmp_path / "a" / "spent").exists()
    made = private(tmp_path, *offer, "--case", "right.case", *parties, "--json")
    assert json.loads(made.stdout.splitlines()[-1])["peer"] == "the key that was given"
    answered = private(tmp_path, "answer", "a/commit", "a/offer", "--state", "k", "--json")
    assert json.loads(answered.stdout.splitlines()[-1])["peer"].startswith("not compared")

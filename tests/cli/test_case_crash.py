"""A case survives what can happen to a writer: killed at, or refused by, every single call that changes the disk.

The program runs once under strace to count its calls. Then, for every call, a copy of the case is written to by a program
that is killed right there, or told that the disk is broken or full. Whatever was left has to open, verify, and hold the
batch wholly or not at all; and the same command given again has to succeed. By default a seeded sample of the trials of each
test is made; ASSAY_FAULTS=all makes every one."""
import json
import os
import pathlib
import random
import shutil
import subprocess

import pytest

CALLS = ["write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "ftruncate", "mkdir", "mkdirat", "unlink"]
WAYS = {"killed": "signal=KILL", "broken": "error=EIO", "full": "error=ENOSPC"}

FIRST = """
parties:
  - {id: shop, name: Shop, kind: company}
claims:
  - {id: C1, kind: entry, text: a tool was planted}
"""
SECOND = """
claims:
  - {id: C2, kind: use, text: it was used}
  - {id: C3, kind: taking, text: rows were copied out}
statements:
  - {id: S1, party: shop, act: denies, time: 2026-03-31, text: none of it, claims: [C1, C2, C3]}
"""
BATCH = 3
SAMPLE = 16


@pytest.fixture(scope="module")
def traced(assay_bin):
    """Runs the program under strace: traced(log, injection or None, *args). Skips where tracing is not allowed."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")

    def run(log, injection, *args):
        command = [strace, "-f", "-qq", "-o", str(log), "-e", "trace=" + ",".join(CALLS)]
        if injection is not None:
            command += ["-e", "inject=" + injection]
        return subprocess.run([*command, str(assay_bin), *map(str, args)], capture_output=True, timeout=60, check=False)

    if run("/dev/null", None, "help").returncode != 0:
        pytest.skip("strace may not trace here")
    return run


def calls_of(log):
    """{call: how often}, as a traced run made them."""
    counts = {}
    for line in pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split(maxsplit=1)
        name = words[1].split("(")[0] if len(words) == 2 else ""
        if name in CALLS:
            counts[name] = counts.get(name, 0) + 1
    return counts


def signed_size(case):
    return int((case / "checkpoint").read_text(encoding="utf-8").splitlines()[1])


@pytest.fixture
def base(assay, tmp_path):
    """A sealed case and two statements files; only the first is recorded."""
    (tmp_path / "first.yaml").write_text(FIRST, encoding="utf-8")
    (tmp_path / "second.yaml").write_text(SECOND, encoding="utf-8")
    case = tmp_path / "base.case"
    assay("open", case, code=0)
    assay("state", "--case", case, "-f", tmp_path / "first.yaml", code=0)
    assay("seal", "--case", case, code=0)
    return case


def injections(counts):
    every = [(way, call, when, f"{call}:{what}:when={when}") for call, count in counts.items() for when in range(1, count + 1) for way, what in WAYS.items()]
    assert len(every) >= 24, counts
    return every if os.environ.get("ASSAY_FAULTS") == "all" else sorted(random.Random(20).sample(every, SAMPLE))


def test_statements_are_recorded_wholly_or_not_at_all(assay, traced, base, tmp_path):
    log = tmp_path / "strace.log"
    probe = tmp_path / "probe.case"
    shutil.copytree(base, probe)
    assert traced(log, None, "state", "--case", probe, "-f", tmp_path / "second.yaml").returncode == 0
    before, after = signed_size(base), signed_size(probe)
    assert after == before + BATCH
    counts = calls_of(log)
    assert counts.get("fsync", 0) >= 3 and sum(counts.values()) >= 8, counts
    for way, call, when, injection in injections(counts):
        case = tmp_path / "case"
        shutil.copytree(base, case)
        done = traced(log, injection, "state", "--case", case, "-f", tmp_path / "second.yaml")
        what = f"{way} at {call} {when}: {done.stderr.decode('utf-8', 'replace')}"
        if way == "killed":
            assert done.returncode != 0, what
        size = signed_size(case)
        assert size in (before, after), what
        if done.returncode == 0:
            assert size == after, what
        assert assay("verify", case).code == 0, what
        again = assay("state", "--case", case, "-f", tmp_path / "second.yaml")
        assert again.code == 0, f"{what}\n{again!r}"
        assert signed_size(case) == after, what
        assert assay("verify", case).code == 0, what
        assert not list(case.glob("*.new-*")), what
        shutil.rmtree(case)


def test_accepted_proposals_are_one_batch(assay, traced, base, tmp_path):
    """read --accept all: the examination, its records and what was proposed are there together, or nothing is."""
    log = tmp_path / "strace.log"
    article = tmp_path / "article.txt"
    article.write_text("The Tarn Gazette\n10 March 2026\n\nMarl Bank denied on Monday that customer records had been stolen.\n", encoding="utf-8")
    probe = tmp_path / "probe.case"
    shutil.copytree(base, probe)
    command = ("read", article, "--quiet", "--accept", "all", "--case")
    assert traced(log, None, *command, probe).returncode == 0
    before, after = signed_size(base), signed_size(probe)
    types = [json.loads(line)["type"] for line in (probe / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[before:]]
    assert {"examination", "evidence", "finding", "party", "claim", "statement"} <= set(types)
    steps = [(call, when) for call, count in calls_of(log).items() if call.startswith(("rename", "fsync")) for when in range(1, count + 1)]
    assert len(steps) >= 4, steps
    for call, when in steps:
        case = tmp_path / "case"
        shutil.copytree(base, case)
        done = traced(log, f"{call}:signal=KILL:when={when}", *command, case)
        what = f"killed at {call} {when}: {done.stderr.decode('utf-8', 'replace')}"
        assert done.returncode != 0 and signed_size(case) in (before, after), what
        assert assay("verify", case).code == 0, what
        assert assay(*command, case).code == 0, what
        assert assay("verify", case).code == 0, what
        shutil.rmtree(case)


def test_sealing_leaves_a_case_that_verifies(assay, traced, base, tmp_path):
    log = tmp_path / "strace.log"
    assay("state", "--case", base, "-f", tmp_path / "second.yaml", code=0)
    probe = tmp_path / "probe.case"
    shutil.copytree(base, probe)
    assert traced(log, None, "seal", "--case", probe).returncode == 0
    for way, call, when, injection in injections(calls_of(log)):
        case = tmp_path / "case"
        shutil.copytree(base, case)
        done = traced(log, injection, "seal", "--case", case)
        what = f"{way} at {call} {when}: {done.stderr.decode('utf-8', 'replace')}"
        assert assay("verify", case).code == 0, what
        assert assay("seal", "--case", case).code == 0, what
        assert (case / "checkpoints" / str(signed_size(case))).read_bytes() == (case / "checkpoint").read_bytes(), what
        assert assay("verify", case).code == 0, what
        shutil.rmtree(case)


def test_handing_over_the_key_leaves_one_that_signs(assay, traced, base, tmp_path):
    """Wherever it is stopped: the key that the ledger means is there, and no other."""
    log = tmp_path / "strace.log"
    probe = tmp_path / "probe.case"
    shutil.copytree(base, probe)
    assert traced(log, None, "key", "rotate", "--case", probe).returncode == 0
    for way, call, when, injection in injections(calls_of(log)):
        case = tmp_path / "case"
        shutil.copytree(base, case)
        done = traced(log, injection, "key", "rotate", "--case", case)
        what = f"{way} at {call} {when}: {done.stderr.decode('utf-8', 'replace')}"
        assert assay("verify", case).code == 0, what
        again = assay("state", "--case", case, "-f", tmp_path / "second.yaml")
        assert again.code == 0, f"{what}\n{again!r}"
        assert assay("verify", case).code == 0, what
        assert not (case / "key.next").exists(), what
        if done.returncode == 0:
            assert b'"act":"rotate"' in (case / "ledger.jsonl").read_bytes(), what
        shutil.rmtree(case)


def test_a_new_case_is_there_whole_or_not_at_all(assay, traced, tmp_path):
    log = tmp_path / "strace.log"
    assert traced(log, None, "open", tmp_path / "probe.case").returncode == 0
    for way, call, when, injection in injections(calls_of(log)):
        folder = tmp_path / "folder"
        folder.mkdir()
        case = folder / "new.case"
        done = traced(log, injection, "open", case)
        what = f"{way} at {call} {when}: {done.stderr.decode('utf-8', 'replace')}"
        if case.exists():
            assert assay("verify", case).code == 0, what
        else:
            assert done.returncode != 0, what
            assert assay("open", case).code == 0, what
        shutil.rmtree(folder)


def test_what_a_killed_writer_left_is_said_and_moved_aside(assay, traced, base, tmp_path):
    """Killed between the lines and their checkpoint: three whole lines that nobody signed and nobody acknowledged."""
    log = tmp_path / "strace.log"
    signed = (base / "ledger.jsonl").stat().st_size
    done = traced(log, "rename,renameat,renameat2:signal=KILL:when=1", "state", "--case", base, "-f", tmp_path / "second.yaml")
    assert done.returncode != 0
    tail = (base / "ledger.jsonl").read_bytes()[signed:]
    assert tail.count(b"\n") == BATCH
    result = assay("verify", base, "--json", code=0)
    assert result.summary["torn_bytes"] == len(tail)
    assert "never acknowledged" in result.out
    assay("seal", "--case", base, code=0)
    assert (base / "ledger.jsonl").stat().st_size == signed
    torn = list(base.glob("ledger.torn-*"))
    assert [t.read_bytes() for t in torn] == [tail]


def test_an_editor_between_two_runs_is_not_a_torn_write(assay, base):
    """Lines changed inside what was signed are refused, never mended."""
    ledger = base / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"a tool was planted", b"a fool was planted"))
    result = assay("seal", "--case", base, code=2)
    assert "not what" in result.err and "assay verify" in result.err
    found = assay("verify", base, "--json", code=1)
    assert any("entry" in json.dumps(r) for r in found.of_kind("finding"))

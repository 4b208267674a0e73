"""Every command that writes into a case, refused or killed at the calls that change the disk: whatever was left verifies, holds what was there
before and what was acknowledged, and the next writer goes on.

A command runs once under strace, which counts its calls in each of its processes; then again, on a copy of the case, once for every call and way to
fail. By default a seeded sample of these trials is made; ASSAY_FAULTS=all makes every one (some minutes). A new command that takes --case has to
be put into one of the two tables here, or the first test fails."""
import errno
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import stat
import subprocess

import pytest

CALLS = ["openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "ftruncate", "mkdir", "mkdirat", "unlink", "unlinkat",
         "link", "linkat", "flock"]
WAYS = {"killed": "signal=KILL", "broken": "error=EIO", "full": "error=ENOSPC", "interrupted": "error=EINTR"}
SAMPLE = 48

# A command that writes, perhaps with its first word, and what it is given after that; WORLD holds the inputs. All but open end with --case CASE.
WRITERS = {
    "open": ["{case}"],
    "open --merge": ["{world}/other.case", "{case}"],
    "custody": ["E01", "--from", "shop", "--to", "press", "--at", "2026-03-16", "--digest"],
    "pack": ["-o", "{out}.tar"],
    "read": ["{world}/post.txt", "--accept", "all"],
    "confirm": ["X01/1", "--by", "shop"],
    "key register": ["{desk}", "--by", "shop"],
    "key rotate": [],
    "key revoke": ["G1", "--since", "2026-03-14"],
    "cosign": ["--by", "shop", "--key", "{world}/desk.key"],
    "private commit": ["{world}/shop.csv", "--role", "keeper", "--key", "email", "--state", "{out}.state"],
    "state": ["-f", "{world}/second.yaml"],
    "sweep": ["{world}/www"],
    "trace": ["{world}/access.log", "--path", "/a.php"],
    "reach": ["{world}/www"],
    "match": ["{world}/leak.csv", "--against", "{world}/shop.csv"],
    "judge": [],
    "report": ["-o", "{out}"],
    "seal": [],
}
# Commands that take --case and write nothing into it.
READERS = {"timeline", "status", "export", "prove", "serve", "ask"}

STATEMENTS = """
parties:
  - {id: shop, name: Shop, kind: company}
  - {id: press, name: Desk, kind: publication}
claims:
  - {id: C1, kind: entry, text: a tool was planted}
"""
SECOND = """
claims:
  - {id: C2, kind: use, text: it was used}
  - {id: C3, kind: taking, text: rows were copied out}
"""


def commands_with_case(assay):
    names = re.findall(r"^  ([a-z]+) ", assay("help").out, re.M)
    assert len(names) > 8
    return {name for name in names if "--case" in assay("help", name).out}


def test_every_command_that_takes_a_case_is_in_a_table(assay):
    assert commands_with_case(assay) | {"open"} <= {name.split()[0] for name in WRITERS} | READERS, "put the new command into WRITERS or READERS of this file"


def signed_size(case):
    return int((case / "checkpoint").read_text(encoding="utf-8").splitlines()[1])


def signed_lines(case):
    """What the newest checkpoint covers."""
    return (case / "ledger.jsonl").read_bytes().split(b"\n")[:signed_size(case)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    (folder / "first.yaml").write_text(STATEMENTS, encoding="utf-8")
    (folder / "second.yaml").write_text(SECOND, encoding="utf-8")
    (folder / "www").mkdir()
    (folder / "www" / "a.php").write_text("<?php eval(base64_decode($_POST['x'])); ?>\n", encoding="ascii")
    (folder / "www" / "index.php").write_text("<?php echo 'hello';\n", encoding="ascii")
    (folder / "www" / ".env").write_text("DB_HOST=localhost\nDB_DATABASE=shop\nDB_USERNAME=u\nDB_PASSWORD=p\n", encoding="ascii")
    (folder / "access.log").write_text("".join(
        f'203.0.113.{i % 9} - - [14/Mar/2026:21:{i // 60 % 60:02d}:{i % 60:02d} +0000] "POST /{"a" if i % 7 == 0 else "index"}.php HTTP/1.1" 200 {i * 37} "-" "x"\n'
        for i in range(400)), encoding="ascii")
    rows = [f"{i},kilo{i}@quillmail.zz,+2105{i:07d},Maple{i}\n" for i in range(200)]
    (folder / "shop.csv").write_text("id,email,phone,city\n" + "".join(rows), encoding="ascii")
    (folder / "leak.csv").write_text("id,email,phone,city\n" + "".join(rows[20:60]), encoding="ascii")
    (folder / "post.txt").write_text("Published: 2026-03-16\n\nMaple Lane Shop denied on 15 March 2026 that its customer database was stolen. The attacker demanded "
                                     "5 BTC by 20 March 2026 and wrote that he uploaded a backdoor to shop.example.\n", encoding="ascii")
    return folder


def vkey(assay_bin, key):
    return subprocess.run([assay_bin, "key", "show", key], capture_output=True, check=True).stdout.decode("ascii").strip()


@pytest.fixture(scope="module")
def base(assay_bin, world):
    """A case in which every command has something to do; its last entries are not sealed."""
    case = world / "base.case"
    for words in (["open", case], ["state", "--case", case, "-f", world / "first.yaml"], ["sweep", world / "www", "--case", case],
                  ["key", "new", world / "desk.key", "--name", "desk.example/a"], ["key", "new", world / "lost.key", "--name", "desk.example/b"],
                  ["key", "register", "LOST", "--by", "shop", "--case", case], ["seal", "--case", case], ["judge", "--case", case]):
        words = [vkey(assay_bin, world / "lost.key") if word == "LOST" else str(word) for word in words]
        done = subprocess.run([assay_bin, *words], capture_output=True, check=False)
        assert done.returncode in (0, 1, 2), done.stderr
    other = world / "other.case"
    for words in (["open", other], ["state", "--case", other, "-f", world / "first.yaml"], ["seal", "--case", other]):
        subprocess.run([assay_bin, *words], capture_output=True, check=True)
    (world / "desk.vkey").write_text(vkey(assay_bin, world / "desk.key"), encoding="ascii")
    return case


@pytest.fixture(scope="module")
def traced(assay_bin):
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")

    def run(log, injection, *args):
        command = [strace, "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", "trace=" + ",".join(CALLS), "-e", "signal=none"]
        if injection is not None:
            command += ["-e", "inject=" + injection]
        return subprocess.run([*command, str(assay_bin), *map(str, args)], capture_output=True, timeout=120, check=False)

    if run("/dev/null", None, "help").returncode != 0:
        pytest.skip("strace may not trace here")
    return run


def words_of(name, world, case, out):
    desk = (world / "desk.vkey").read_text(encoding="ascii")
    words = name.split() + [word.format(world=world, case=case, out=out, desk=desk) for word in WRITERS[name]]
    return words if words[0] == "open" else [*words, "--case", str(case)]


def calls_of(log):
    """(call, when): the most any one process made of a call, without openings that only read."""
    counts = {}
    wanted = set()
    for line in pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
        found = re.match(r"(\d+) +([a-z0-9]+)\(", line)
        if found is None or found[2] not in CALLS:
            continue
        counts[found[1], found[2]] = counts.get((found[1], found[2]), 0) + 1
        if found[2] != "openat" or "O_CREAT" in line:
            wanted.add((found[2], counts[found[1], found[2]]))
    return sorted(wanted)


def trials(traced, world, base, folder):
    """Every (command, call, when, way), and how each command ends and what it leaves when nothing fails."""
    every, clean = [], {}
    for name in WRITERS:
        case, out, log = folder / f"{name}.case", folder / f"{name}.html", folder / f"{name}.log"
        if name != "open":
            shutil.copytree(base, case)
        done = traced(log, None, *words_of(name, world, case, out))
        assert done.returncode in (0, 1, 2), (name, done.stderr)
        clean[name] = (done.returncode, signed_size(case))
        calls = calls_of(log)
        assert any(call == "fsync" for call, _ in calls), (name, calls)
        every += [(name, call, when, way) for call, when in calls for way in WAYS]
    return every, clean


def check(assay, world, base, case, what):
    """Whatever happened: it verifies, nothing that was there is gone, and the next writers go on."""
    assert assay("verify", case).code == 0, what
    if base is not None:
        assert signed_lines(case)[:signed_size(base)] == signed_lines(base), what
    size = signed_size(case)
    again = assay("state", "--case", case, "-f", world / "next.yaml")
    assert again.code == 0, f"{what}\n{again!r}"
    assert signed_size(case) == size + 1, what
    assert assay("verify", case).code == 0, what
    assert not list(case.glob("*.new-*")), what


def test_each_call_of_each_writer_may_fail(assay, traced, world, base, tmp_path):
    (world / "next.yaml").write_text("claims:\n  - {id: C77, kind: ransom, text: a ransom was asked}\n", encoding="utf-8")
    every, clean = trials(traced, world, base, tmp_path)
    assert len(every) > 400
    chosen = every if os.environ.get("ASSAY_FAULTS") == "all" else sorted(random.Random(20).sample(every, SAMPLE))
    if chosen is not every:  # once a document went although its entry was in the case
        chosen += [trial for trial in every if trial[0] == "open --merge" and trial[1] == "fsync" and trial[3] == "full"]
    for name, call, when, way in chosen:
        folder = tmp_path / "trial"
        folder.mkdir()
        case, out = folder / "case", folder / "report.html"
        if name != "open":
            shutil.copytree(base, case)
        done = traced("/dev/null", f"{call}:{WAYS[way]}:when={when}", *words_of(name, world, case, out))
        what = f"assay {name}, {way} at {call} {when}: status {done.returncode}: {done.stderr.decode('utf-8', 'replace')}"
        assert done.returncode in (0, 1, 2, -signal.SIGKILL, 128 + signal.SIGKILL), what
        if name == "open" and not case.exists():
            assert done.returncode != 0, what
            assert assay("open", case).code == 0, what
        code, size = clean[name]
        if done.returncode == code and code != 2:
            assert signed_size(case) == size, what                            # acknowledged: it is there
        if name == "report" and done.returncode == 0:
            assert out.read_bytes().rstrip().endswith(b"</html>"), what
        if name == "report" and out.exists():
            assert out.read_bytes().rstrip().endswith(b"</html>"), what      # there, so whole
        bundle = pathlib.Path(f"{out}.tar")
        assert name != "pack" or done.returncode != 0 or bundle.exists(), what
        if bundle.exists():
            assert assay("verify", bundle).code == 0, what
        check(assay, world, base if name != "open" else None, case, what)
        shutil.rmtree(folder)


def test_disk_ends_at_every_byte(assay, assay_bin, world, base, tmp_path):
    """The file system takes a part of a write and then no more: EFBIG, or the signal that kills."""
    (world / "next.yaml").write_text("claims:\n  - {id: C77, kind: ransom, text: a ransom was asked}\n", encoding="utf-8")
    start = (base / "ledger.jsonl").stat().st_size
    probe = tmp_path / "probe"
    shutil.copytree(base, probe)
    assay("state", "--case", probe, "-f", world / "second.yaml", code=0)
    end = (probe / "ledger.jsonl").stat().st_size
    rng = random.Random(7)
    sizes = sorted({1, 100, start - 1, start, start + 1, end - 1, end, *rng.sample(range(start, end), 5)})
    for size in sizes:
        for ignored in (False, True):
            case = tmp_path / "case"
            shutil.copytree(base, case)

            def limit(size=size, ignored=ignored):
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignored else signal.SIG_DFL)
            done = subprocess.run([assay_bin, "state", "--case", case, "-f", world / "second.yaml"], capture_output=True, preexec_fn=limit, check=False)
            what = f"limit {size}, {'EFBIG' if ignored else 'SIGXFSZ'}: status {done.returncode}: {done.stderr}"
            assert done.returncode == 0 or signed_size(case) == signed_size(base), what
            assert done.returncode != 0 or signed_size(case) == signed_size(base) + 2, what
            check(assay, world, base, case, what)
            shutil.rmtree(case)


def test_many_writers_give_every_id_once(assay, assay_bin, base, tmp_path):
    """Writers that race: each is done or turned away, and is told which; nothing is lost and nothing is there twice."""
    case = tmp_path / "case"
    shutil.copytree(base, case)
    before = signed_size(case)
    files = []
    for i in range(24):
        path = tmp_path / f"{i}.yaml"
        path.write_text(f"claims:\n  - {{id: R{i}, kind: use, text: claim of writer {i}}}\n", encoding="utf-8")
        files.append(path)
    acknowledged = set()
    waiting = list(range(24))
    for _ in range(60):
        running = [(i, subprocess.Popen([assay_bin, "state", "--case", case, "-f", files[i]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)) for i in waiting]
        for i, process in running:
            text = process.communicate()[1].decode()
            assert process.returncode == 0 or "another assay is recording" in text, text
            if process.returncode == 0:
                acknowledged.add(i)
        waiting = [i for i in waiting if i not in acknowledged]
        if not waiting:
            break
    assert not waiting
    found = [line for line in signed_lines(case)[before:]]
    assert len(found) == 24
    assert sorted(re.search(rb'"id":"(R\d+)"', line)[1] for line in found) == sorted(f"R{i}".encode() for i in range(24))
    assert assay("verify", case).code == 0


def test_an_older_copy_is_refused_by_whoever_holds_a_newer_checkpoint(assay, world, base, tmp_path):
    """A case that is set back as a whole is an honest older case; the checkpoint that somebody kept elsewhere says otherwise."""
    case, old = tmp_path / "case", tmp_path / "old"
    shutil.copytree(base, case)
    shutil.copytree(base, old)
    assay("state", "--case", case, "-f", world / "second.yaml", code=0)
    assay("seal", "--case", case, code=0)
    kept = case / "checkpoints" / str(signed_size(case))
    shutil.copy(kept, old / "checkpoints" / kept.name)
    told = assay("verify", old, code=1)
    assert "set back" in told.out + told.err
    refused = assay("state", "--case", old, "-f", world / "second.yaml", code=2)
    assert "the newest has" in refused.err


@pytest.fixture
def full_device(tmp_path):
    """A disk that is full; for root a node of our own, as one in /dev would not come back if it were replaced."""
    if os.geteuid() != 0:
        return pathlib.Path("/dev/full")
    node = tmp_path / "full"
    try:
        os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        node.write_bytes(b"x")
    except PermissionError:
        pytest.skip("may not make a device")
    except OSError as full:
        assert full.errno == errno.ENOSPC
    return node


@pytest.mark.parametrize("words", [["seal"], ["judge"], ["timeline"], ["report", "-o", "FULL"]])
def test_output_that_cannot_be_written_is_said(assay_bin, assay, base, tmp_path, full_device, words):
    case = tmp_path / "case"
    shutil.copytree(base, case)
    words = [str(full_device) if word == "FULL" else word for word in words]
    with open(full_device, "w", encoding="ascii") as full:
        done = subprocess.run([assay_bin, *words, "--case", case], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2 and done.stderr.count(b"\n") >= 1, done
    closed = subprocess.run([assay_bin, *words, "--case", case], stderr=subprocess.PIPE, check=False, preexec_fn=lambda: os.close(1))
    assert closed.returncode in (0, 1, 2) and b"ignal" not in closed.stderr, closed
    assert assay("verify", case).code == 0
    assert full_device.is_char_device()


def test_folder_that_may_not_be_written(assay_bin, assay, world, base, tmp_path):
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("needs setpriv to be somebody without rights")
    case = tmp_path / "case"
    shutil.copytree(base, case)
    (case / "key").chmod(0o644)                                                     # may be read, so that only writing fails
    before = (case / "ledger.jsonl").read_bytes()
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    for folder in (case, *case.parents):
        if folder == pathlib.Path("/tmp") or folder.owner() != pathlib.Path.home().owner():
            break
        folder.chmod(0o555 if folder == case else 0o755)
    if as_nobody and subprocess.run([*as_nobody, "test", "-r", case / "checkpoint"], check=False).returncode != 0:
        pytest.skip("nobody may not come here")
    done = subprocess.run([*as_nobody, assay_bin, "state", "--case", case, "-f", world / "second.yaml"], capture_output=True, check=False)
    case.chmod(0o755)
    assert done.returncode == 2 and b"ermission" in done.stderr, done
    assert (case / "ledger.jsonl").read_bytes() == before
    assert assay("verify", case).code == 0

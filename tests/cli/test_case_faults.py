"""Every command that writes into a case, refused or killed at any of its system calls: whatever was left verifies, holds what was there before and
what was acknowledged, lies under every checkpoint that was signed before, and the next writer goes on.

A command runs once, its calls noted in each of its processes (fault_at.c); then again, on a copy of the case, once for every call and way to fail. What
a trial leaves is looked at once: most leave what another left. By default a seeded sample of the trials is made; ASSAY_FAULTS=all makes every one (some
minutes). A new command that takes --case has to be put into one of the two tables here, or the first test fails."""
import collections
import concurrent.futures
import errno
import hashlib
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile

import authority
import faults
import pytest

ALL = os.environ.get("ASSAY_FAULTS") == "all"
SAMPLE, LISTED = 64, 14

# A command that writes, perhaps with what tells it from another of its name behind a colon, and what it is given after that. {world} holds the inputs,
# {here} is the trial's own folder. All but open, new, show, and those that name {case} themselves, end with --case CASE.
WRITERS = {
    "open": ["{case}"],
    "open:passphrase": ["{case}", "--passphrase"],
    "open:merge": ["--merge", "{world}/other.case", "{case}"],
    "custody": ["E01", "--from", "shop", "--to", "press", "--at", "2026-03-16", "--digest"],
    "pack": ["-o", "{here}/out.tar"],
    "pack:open": ["--open", "C1", "-o", "{here}/opened"],
    "read": ["{world}/post.txt", "--accept", "all"],
    "confirm": ["X01/1", "--by", "shop"],
    "key new": ["{here}/new.key", "--name", "new.example/a"],
    "key register": ["{desk}", "--by", "shop"],
    "key rotate": [],
    "key rotate:passphrase": [],
    "key revoke": ["G1", "--since", "2026-03-14"],
    "cosign": ["--by", "shop", "--key", "{world}/desk.key"],
    "cosign:take": ["{world}/cosigned"],
    "cosign:file": ["{here}/checkpoint", "--key", "{world}/desk.key"],
    "prove": ["C1", "-o", "{here}/C1.tlog-proof"],
    "private commit": ["{world}/shop.csv", "--role", "keeper", "--key", "email", "--state", "{here}/new"],
    "private offer": ["{here}/run/k/commit", "--neutral", "{here}/run/notary.key.pub", "--state", "{here}/run/a", "--open", "20", "--min-keys", "20", "--run", "2"],
    "private answer": ["{here}/run/a/commit", "{here}/run/a/offer", "--state", "{here}/run/k2"],
    "private finish": ["{here}/run/k/answer", "--state", "{here}/run/a2"],
    "private finish:result": ["{here}/run/k/answer", "{here}/run/n/result", "--state", "{here}/run/a", "--asker", "press", "--keeper", "shop"],
    "private count": ["{here}/run/a/commit", "{here}/run/k/commit", "{here}/run/a/offer", "{here}/run/k/answer", "{here}/run/a/tags", "{here}/run/k/tags",
                      "--state", "{here}/run/n2", "--sign", "{here}/run/notary.key", "--without-audits"],
    "private audit": ["{here}/run/a/commit", "{here}/run/k/commit", "{here}/run/a/offer", "{here}/run/k/answer", "{here}/run/a/tags", "{here}/run/k/tags",
                      "--state", "{here}/run/n2", "--sign", "{here}/run/notary.key"],
    "state": ["-f", "{world}/second.yaml"],
    "sweep": ["{world}/www"],
    "trace": ["{world}/access.log", "--path", "/a.php"],
    "reach": ["{world}/www"],
    "match": ["{world}/leak.csv", "--against", "{world}/shop.csv"],
    "judge": [],
    "report": ["-o", "{here}/report.html"],
    "export": ["--format", "stix", "-o", "{here}/bundle.json"],
    "seal": [],
    "seal:tsa": ["--tsa", "{tsa}"],
    "seal:query": ["--tsq-out", "{here}/query.tsq"],
    "seal:response": ["--tsr", "{world}/response.tsr", "--crl", "{world}/list.crl"],
}
# Commands that take --case and write nothing.
READERS = {"timeline", "status"}
# Commands that write, and whose last words are not the case.
ALONE = {"open", "open:passphrase", "open:merge", "key new", "cosign:file"}

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
NEXT = "claims:\n  - {id: C77, kind: ransom, text: a ransom was asked}\n"


def test_every_command_that_takes_a_case_is_in_a_table(assay):
    names = re.findall(r"^  ([a-z]+) ", assay("help").out, re.M)
    assert len(names) > 8
    with_case = {name for name in names if "--case" in assay("help", name).out}
    assert with_case | {"open"} == {re.split("[ :]", name)[0] for name in WRITERS} | READERS, "put the new command into WRITERS or READERS of this file"


def signed_size(case):
    return int((case / "checkpoint").read_text(encoding="utf-8").splitlines()[1])


def signed_lines(case):
    """What the newest checkpoint covers."""
    return (case / "ledger.jsonl").read_bytes().split(b"\n")[:signed_size(case)]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """In memory, where there is some: what a lost sync does is for test_case_power.py."""
    memory = pathlib.Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < 1 << 29:
        yield tmp_path_factory.mktemp("faults")
        return
    with tempfile.TemporaryDirectory(prefix="assay-faults-", dir=memory) as folder:
        yield pathlib.Path(folder)


@pytest.fixture(scope="module")
def world(scratch):
    folder = scratch / "world"
    folder.mkdir()
    (folder / "first.yaml").write_text(STATEMENTS, encoding="utf-8")
    (folder / "second.yaml").write_text(SECOND, encoding="utf-8")
    (folder / "next.yaml").write_text(NEXT, encoding="utf-8")
    (folder / "passphrase").write_text("maple maple\n", encoding="utf-8")
    (folder / "passphrase").chmod(0o600)
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


@pytest.fixture(scope="module")
def environment(world):
    return {"ASSAY_PASSPHRASE_FILE": str(world / "passphrase"), **faults.environment(world)}


@pytest.fixture(scope="module")
def faulty(assay_bin, scratch, environment):
    return faults.injector(assay_bin, scratch, environment)


@pytest.fixture(scope="module")
def plain(assay_bin, environment):
    """Runs the program as the trials do; its words are strings or paths."""
    def run(*words, codes=(0,), cwd=None):
        done = subprocess.run([assay_bin, *map(str, words)], capture_output=True, cwd=cwd, env=environment, check=False)
        assert done.returncode in codes, (words, done.stderr)
        return done.stdout.decode()
    return run


@pytest.fixture(scope="module")
def base(plain, world):
    """A case in which every command has something to do; its last entries are not sealed."""
    case = world / "base.case"
    plain("open", case)
    plain("state", "--case", case, "-f", world / "first.yaml")
    plain("sweep", world / "www", "--case", case, codes=(1,))
    for name in ("desk", "lost"):
        plain("key", "new", world / f"{name}.key", "--name", f"{name}.example/a")
        (world / f"{name}.vkey").write_text(plain("key", "show", world / f"{name}.key").strip(), encoding="ascii")
    plain("key", "register", (world / "lost.vkey").read_text(encoding="ascii"), "--by", "shop", "--case", case)
    plain("seal", "--case", case)
    plain("judge", "--case", case, codes=(0, 2))
    other = world / "other.case"
    plain("open", other)
    plain("state", "--case", other, "-f", world / "first.yaml")
    plain("seal", "--case", other)
    return case


@pytest.fixture(scope="module")
def private_run(plain, world):
    """A run between two parties after each step that a trial repeats."""
    run = world / "run"
    run.mkdir()
    step = lambda *words: plain("private", *words, cwd=run)
    step("key", "notary.key")
    step("commit", world / "leak.csv", "--role", "asker", "--key", "email", "--state", "a")
    step("commit", world / "shop.csv", "--role", "keeper", "--key", "email", "--state", "k")
    step("offer", "k/commit", "--neutral", "notary.key.pub", "--state", "a", "--open", "20", "--min-keys", "20")
    shutil.copytree(run / "k", run / "k2")
    step("answer", "a/commit", "a/offer", "--state", "k")
    shutil.copytree(run / "a", run / "a2")
    step("finish", "k/answer", "--state", "a")
    step("count", "a/commit", "k/commit", "a/offer", "k/answer", "a/tags", "k/tags", "--state", "n", "--sign", "notary.key", "--without-audits")
    return run


@pytest.fixture(scope="module")
def stamper(plain, world, base):
    """An authority, what it answered about the kept checkpoint, and its revocation list. Its URL, or None without openssl."""
    if shutil.which("openssl") is None:
        yield None
        return
    tsa = authority.Authority(world / "tsa", "Authority")
    plain("seal", "--case", base, "--tsq-out", world / "first.tsq")
    (world / "response.tsr").write_bytes(tsa.answer((world / "first.tsq").read_bytes()))
    (world / "list.crl").write_bytes(tsa.list())
    lock_free = concurrent.futures.ThreadPoolExecutor(1)   # it keeps a serial number in a file
    server = authority.start(lambda query: lock_free.submit(tsa.answer, query).result())
    yield authority.url(server)
    server.shutdown()
    server.server_close()
    lock_free.shutdown()


@pytest.fixture(scope="module")
def sealed(plain, world):
    """A case whose key is under a passphrase."""
    case = world / "sealed.case"
    plain("open", case, "--passphrase")
    plain("state", "--case", case, "-f", world / "first.yaml")
    plain("seal", "--case", case)
    return case


def index_of(case):
    """What the index says, and whether its mark fits the ledger; None where it is not a whole database, which is looked at each time."""
    if list(case.glob("index.sqlite-*")):
        return None
    try:
        with sqlite3.connect(f"file:{case / 'index.sqlite'}?immutable=1", uri=True) as index:
            said = [table for (table,) in index.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'mark' ORDER BY name")]
            said = [(table, sorted(map(repr, index.execute(f"SELECT * FROM {table}")))) for table in said]
            marks = list(index.execute("SELECT * FROM mark"))
    except sqlite3.Error:
        return None
    look = (case / "ledger.jsonl").stat()
    fits = [mark[1:6] == (look.st_dev, look.st_ino, look.st_size, look.st_mtime_ns, look.st_ctime_ns) for mark in marks]
    return repr((said, fits, [mark[6:] for mark in marks]))


def fingerprint(folder):
    """Of all that a trial left, so that the same is looked at once; None: has to be looked at."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "index.sqlite":
            digest.update(repr((re.sub(r"\.new-.*", ".new", str(path.relative_to(folder))), path.read_bytes())).encode())
    index = index_of(folder / "case") if (folder / "case" / "index.sqlite").exists() else "no index"
    digest.update(repr(index).encode())
    return None if index is None else digest.hexdigest()


class Bench:
    """Makes trials, several at once, each in a folder of its own."""

    def __init__(self, faulty, world, scratch, bases, tsa):
        self.faulty, self.world, self.scratch, self.bases, self.tsa = faulty, world, scratch, bases, tsa
        self.seen, self.clean, self.looked = set(), {}, 0

    def base(self, name):
        return None if name in ("open", "open:passphrase", "open:merge", "key new") else self.bases.get(name, self.bases[""])

    def words(self, name, here):
        desk = (self.world / "desk.vkey").read_text(encoding="ascii")
        words = name.split(":")[0].split() + [word.format(world=self.world, case=here / "case", here=here, desk=desk, tsa=self.tsa) for word in WRITERS[name]]
        return words if name in ALONE else [*words, "--case", here / "case"]

    def prepare(self, name):
        here = pathlib.Path(tempfile.mkdtemp(prefix="trial-", dir=self.scratch))
        if self.base(name) is not None:
            faults.copy_case(self.base(name), here / "case")
        if name.startswith("private"):
            shutil.copytree(self.world / "run", here / "run")
        if name == "cosign:file":
            shutil.copy(self.world / "kept", here / "checkpoint")
        return here

    def outputs(self, here):
        return {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()}

    def list(self, name):
        """Runs it as it should run; its trials."""
        here = self.prepare(name)
        before = self.outputs(here)
        done, calls = self.faulty.calls(self.scratch / f"{name.replace(' ', '-')}.log", self.words(name, here))
        assert done.returncode in (0, 1, 2) and b"rror" not in done.stderr, (name, done)
        case = here / "case"
        self.clean[name] = (done.returncode, done.stdout.replace(bytes(here), b"@"), signed_size(case) if case.exists() else 0, before, self.outputs(here))
        again = self.prepare(name)
        repeated = self.faulty.plain(self.words(name, again))
        if repeated.stdout.replace(bytes(again), b"@") != self.clean[name][1] or self.outputs(again) != self.clean[name][4]:
            self.clean[name] = (done.returncode, None, *self.clean[name][2:4], {})  # it makes something that is random: the status alone tells
        shutil.rmtree(here)
        shutil.rmtree(again)
        found = faults.trials(name, calls)
        if "passphrase" in name:  # half a second of CPU each
            found = [trial for trial in found if trial.call.kind == "w" and trial.way in ("kill", "EIO")]
        return found

    def is_acknowledged(self, name, here, done):
        code, told = self.clean[name][:2]
        if done.returncode != code or (code == 2 and b"assay: " in done.stderr):  # 2 is said of what could not be seen, and of a case that could not be written
            return False
        return code == 0 if told is None else done.stdout.replace(bytes(here), b"@") == told

    def trial(self, trial):
        """What is wrong with what it left, or None; and whether its call came at all."""
        name, here = trial.command, self.prepare(trial.command)
        words = self.words(name, here)
        done = None
        try:
            done = self.faulty.trial(trial, words)
            wrong = self.look(trial, here, done)
        except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired) as error:
            wrong = f"{type(error).__name__}: {error}"
        shutil.rmtree(here)
        if wrong is None:
            return None, done.returncode != faults.NEVER_CAME
        what = f"{name}: {trial.way} at {trial.call.name} {trial.call.process}/{trial.call.when}: {wrong}\n{done and done.returncode}: {done and done.stderr.decode()}"
        if ALL:
            print(what, flush=True)
        return what, True

    def look(self, trial, here, done):
        name, case, base = trial.command, here / "case", self.base(trial.command)
        no_randomness = trial.call.name == "getrandom" and done.returncode == 128 + signal.SIGABRT  # libsodium's own way out
        if done.returncode not in (0, 1, 2, 64, faults.NEVER_CAME, 128 + signal.SIGKILL) and not no_randomness:
            return "ended badly"
        if b"is not what it was" in done.stderr:
            return "evidence that nobody changed is said to have changed"
        clean_size, before, clean_outputs = self.clean[name][2:]
        if self.is_acknowledged(name, here, done) and case.exists() and signed_size(case) != clean_size:
            return "acknowledged, and not there"
        for output, content in self.outputs(here).items():
            if output in clean_outputs and content not in (clean_outputs[output], before.get(output)):
                return f"half of {output}"
        if self.is_acknowledged(name, here, done) and set(clean_outputs) - set(self.outputs(here)):
            return "acknowledged, and not written"
        print_of_it = fingerprint(here)
        if print_of_it in self.seen:
            return None
        wrong = self.look_closely(name, here, case, base)
        self.looked += 1
        if ALL and self.looked % 500 == 0:
            print(f"{self.looked} looked at closely, now {name}", flush=True)
        if wrong is None and print_of_it is not None:
            self.seen.add(print_of_it)
        return wrong

    def look_closely(self, name, here, case, base):
        if name.startswith("private") or not case.exists():
            again = self.faulty.plain(self.words(name, here)) # an interrupted step is repeated, and so is the making of a case
            if again.returncode != 0 and b"is there already" not in again.stderr:
                return f"repeated: {again}"
        if not case.exists():
            return None
        if (told := self.faulty.plain(["verify", case])).returncode != 0:
            return f"verify: {told}"
        if base is not None and signed_lines(case)[:signed_size(base)] != signed_lines(base):
            return "entries are lost"
        size = signed_size(case)
        shutil.copy(case / "checkpoint", here / "before")
        again = self.faulty.plain(["state", "--case", case, "-f", self.world / "next.yaml"])
        if again.returncode != 0 or signed_size(case) != size + 1:
            return f"the next writer: {again}"
        if (told := self.faulty.plain(["verify", case, "--since", here / "before"])).returncode != 0:
            return f"verify, after the next writer: {told}"
        left = [path.name for path in case.rglob("*") if ".new-" in path.name or path.name == "key.next"]
        return f"left: {left}" if left else None


def test_each_call_of_each_writer_may_fail(faulty, plain, world, base, sealed, private_run, stamper, scratch):
    kept = max((base / "checkpoints").glob("[0-9]*[0-9]"), key=lambda path: int(path.name))
    shutil.copy(kept, world / "kept")
    plain("cosign", world / "kept", "--key", world / "lost.key", "-o", world / "cosigned")
    bench = Bench(faulty, world, scratch, {"": base, "key rotate:passphrase": sealed}, stamper)
    names = [name for name in os.environ.get("ASSAY_FAULTS_OF", ",".join(WRITERS)).split(",") if stamper or name not in ("seal:tsa", "seal:response")]
    if not ALL:
        names = sorted({"open:merge", *random.Random(21).sample(names, min(LISTED, len(names)))})
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        every = [trial for found in pool.map(bench.list, names) for trial in found]
        assert len(every) > 100 * len(names) or "ASSAY_FAULTS_OF" in os.environ
        chosen = every if ALL else random.Random(20).sample(every, SAMPLE)
        if not ALL:  # once a document went although its entry was in the case
            chosen += [trial for trial in every if trial.command == "open:merge" and trial.call.name == "fsync" and trial.way == "ENOSPC"]
        if ALL:
            print(f"{len(chosen)} trials", flush=True)
        told = list(pool.map(bench.trial, chosen))
    made = collections.Counter(trial.command for trial in chosen)
    missed = collections.Counter(trial.command for trial, (_, came) in zip(chosen, told) if not came)
    wrong = [what for what, _ in told if what is not None]
    for name in names:
        print(f"{name:24} {made[name]:6} trials, {missed[name]:3} whose call did not come, {sum(what.startswith(name + ':') for what in wrong)} wrong")
    print(f"{len(chosen)} trials, {bench.looked} looked at closely")
    assert not wrong, f"{len(wrong)} wrong\n" + "\n".join(wrong[:40])
    assert sum(missed.values()) * 20 <= len(chosen), missed


def check(assay, world, base, case, what):
    """Whatever happened: it verifies, nothing that was there is gone, and the next writer goes on."""
    assert assay("verify", case).code == 0, what
    assert signed_lines(case)[:signed_size(base)] == signed_lines(base), what
    size = signed_size(case)
    assert assay("state", "--case", case, "-f", world / "next.yaml").code == 0, what
    assert signed_size(case) == size + 1, what
    assert assay("verify", case).code == 0, what


def test_disk_ends_at_every_byte(assay, assay_bin, world, base, tmp_path):
    """The file system takes a part of a write and then no more: EFBIG, or the signal that kills."""
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

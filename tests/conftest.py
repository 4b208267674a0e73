"""What every pytest test may ask for: the program under test, a clean folder, data beside the tree."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def pytest_report_header(config):
    return f"assay: {_program()}"


def _program():
    return pathlib.Path(os.environ.get("ASSAY_BIN", ROOT / "build" / "assay")).absolute()


@pytest.fixture(scope="module", autouse=True)
def no_leftovers():
    """A process that is killed while it is loaded leaves a segment of libmongoc behind; the next one with its number would complain."""
    for segment in pathlib.Path("/dev/shm").glob("mongoc-*"):
        if not pathlib.Path("/proc", segment.name.removeprefix("mongoc-")).exists():
            segment.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def root():
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def assay_bin():
    """The program under test: ASSAY_BIN, or what ./dev build leaves."""
    program = _program()
    if not program.exists():
        pytest.fail(f"{program} is not there: ./dev build makes it")
    return program


@pytest.fixture(scope="session")
def shared():
    """Reference data that is not part of the tree (ASSAY_SHARED, or ../shared); skips where there is none."""
    folder = pathlib.Path(os.environ.get("ASSAY_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs data beside the tree: {folder}")
    return folder


@pytest.fixture(scope="session")
def go_program(tmp_path_factory):
    """Builds a program against Debian's golang.org/x/mod; skips without Go or its modules. Calls it with words, returns what it did."""
    path = "/usr/share/gocode"

    def build(source):
        go = shutil.which("go")
        if go is None or not pathlib.Path(path, "src/golang.org/x/mod/sumdb/tlog").is_dir():
            pytest.skip("needs golang-go and golang-golang-x-mod-dev")
        folder = tmp_path_factory.mktemp("go")
        (folder / "program.go").write_text(source, encoding="utf-8")
        env = {**os.environ, "GO111MODULE": "off", "GOPATH": path, "GOCACHE": str(folder / "cache"), "GOFLAGS": "", "CGO_ENABLED": "0"}
        subprocess.run([go, "build", "-o", "program", "program.go"], cwd=folder, env=env, check=True, timeout=300)
        return lambda *args: subprocess.run([str(folder / "program"), *map(str, args)], capture_output=True, text=True, timeout=120,
                                            check=False)

    return build


class Result:
    """What a run of the program left: status, text on both channels, JSON Lines when there are any."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def of_kind(self, kind):
        return [record for record in self.records if record["kind"] == kind]

    @property
    def summary(self):
        """The summary, which must be the only one and the last line."""
        records = self.records
        assert [r["kind"] for r in records].count("summary") == 1, self.out[-2000:]
        assert records[-1]["kind"] == "summary", self.out[-2000:]
        return records[-1]

    def __repr__(self):
        return f"status {self.code}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"


@pytest.fixture
def assay(assay_bin, tmp_path):
    """Runs the program: assay("sweep", path, code=1). code None: any status but one that tells of a crash."""

    def run(*args, code=None, cwd=None, env=None, timeout=120, stdin=None):
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "dumb"}
        for name in ("ASSAY_DATA", "ASSAY_CONFINE", "ASSAY_NOW", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_PRELOAD"):
            if name in os.environ:
                clean[name] = os.environ[name]
        clean.update(env or {})
        done = subprocess.run([str(assay_bin), *map(str, args)], cwd=cwd or tmp_path, env=clean, input=stdin or b"",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False)
        result = Result(done)
        assert done.returncode in (0, 1, 2, 64), f"{args}: {result!r}"
        if code is not None:
            assert done.returncode == code, f"{args}: wanted {code}: {result!r}"
        return result

    return run

"""Lets single system calls of the program fail: fault_at.c, built once, and the trials that its list of calls gives."""
import collections
import os
import platform
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

Call = collections.namedtuple("Call", "process when name kind")
Trial = collections.namedtuple("Trial", "command call way")

# What is tried at a call that changes the disk, and at one that only reads.
WAYS = ["kill", "die", "EIO", "ENOSPC", "EINTR", "broken", "full"]
NEVER_CAME = 99
NOW = "2026-03-20T12:00:00Z"


def environment(home):
    """Of a program that makes the same bytes each time it can."""
    kept = {"ASSAY_DATA": os.environ["ASSAY_DATA"]} if "ASSAY_DATA" in os.environ else {}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb", "ASSAY_NOW": NOW, **kept}


class Injector:
    def __init__(self, program, folder, env):
        self.program, self.binary, self.env = program, folder / "fault_at", env
        subprocess.run(["cc", "-O1", "-o", self.binary, pathlib.Path(__file__).with_name("fault_at.c")], check=True)

    def run(self, options, words):
        return subprocess.run([self.binary, *options, self.program, *map(str, words)], capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                              env=self.env, check=False)

    def plain(self, words):
        return subprocess.run([self.program, *map(str, words)], capture_output=True, stdin=subprocess.DEVNULL, timeout=120, env=self.env, check=False)

    def calls(self, log, words):
        """What a run made, and how it ended."""
        done = self.run(["-l", log], words)
        lines = pathlib.Path(log).read_text(encoding="ascii").splitlines()
        return done, [Call(int(p), int(n), name, kind) for p, n, name, kind in (line.split() for line in lines)]

    def trial(self, trial, words):
        return self.run(["-p", str(trial.call.process), "-n", str(trial.call.when), "-w", trial.way], words)


def injector(program, folder, env):
    """Skips where nothing may be traced."""
    if shutil.which("cc") is None or platform.machine() != "x86_64":
        pytest.skip("needs a C compiler, and x86-64")
    made = Injector(program, folder, env)
    if made.run(["-l", "/dev/null"], ["help"]).returncode != 0:
        pytest.skip("nothing may be traced here")
    return made


def ways_of(call, processes):
    """Killed at a call that reads is killed at the next one that writes, or never: nothing is different on the disk."""
    if call.kind == "r":
        return ["EIO", "EINTR"] if call.name in ("read", "pread64", "wait4", "poll") else ["EIO"]
    ways = [way for way in WAYS if way != "die" or processes > 1]
    return ways + ["short"] if call.name in ("write", "pwrite64") else ways


def trials(command, calls):
    processes = len({call.process for call in calls})
    return [Trial(command, call, way) for call in calls for way in ways_of(call, processes)]


def copy_case(base, case):
    """A copy whose index believes that it was written here."""
    shutil.copytree(base, case)
    look = (case / "ledger.jsonl").stat()
    index = sqlite3.connect(case / "index.sqlite", isolation_level=None)
    index.execute("PRAGMA journal_mode=MEMORY")
    index.execute("UPDATE mark SET dev = ?, ino = ?, bytes = ?, mtime = ?, ctime = ?",
                  (look.st_dev, look.st_ino, look.st_size, look.st_mtime_ns, look.st_ctime_ns))
    index.close()

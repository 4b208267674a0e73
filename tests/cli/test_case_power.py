"""The power goes at any moment: what was written and not synced may be there, or not, or in part, in any mixture.

A command runs once under strace, which notes every change of the case with its bytes, and every sync. Then, for every moment, folders are made as a disk
could have kept them: what was synced is there (data by an fsync of its file, names by an fsync of their folder), and of the rest nothing, everything, or
a random part. Each has to verify, to hold what was there before, and to take the next entry; after the command was done, what it recorded is there.
By default each moment gets one of the three mixtures in turn, the last moment all; ASSAY_FAULTS=all gives all to each, and more of the random ones."""
import os
import pathlib
import random
import re
import shutil
import subprocess

import pytest

CALLS = "openat,lseek,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,ftruncate,mkdir,mkdirat,unlink,unlinkat,close"
ALL = os.environ.get("ASSAY_FAULTS") == "all"
MIXTURES = 12 if ALL else 1


def plain(text):
    r"""\x41\x42 as bytes."""
    return bytes.fromhex(text.replace("\\x", ""))


class Disk:
    """What strace saw of a folder: changes, each with what makes it durable."""

    def __init__(self, root):
        self.root = root
        self.events = []
        self.open = {}          # (pid, fd) -> [inode, position]
        self.names = {}         # path -> inode, as the program sees it
        self.inodes = 0
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self.inodes += 1
                self.names[str(path)] = self.inodes
        self.base = {inode: pathlib.Path(path).read_bytes() for path, inode in self.names.items()}
        self.base_names = dict(self.names)
        self.base_folders = {str(root)} | {str(path) for path in root.rglob("*") if path.is_dir()}

    def is_ours(self, path):
        return path == str(self.root) or path.startswith(str(self.root) + "/")

    def see(self, pid, call, text, result):
        strings = [plain(found).decode() for found in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', text)] if call not in ("write", "pwrite64") else []
        folders = [plain(found).decode() for found in re.findall(r"(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>", text)]
        paths = []
        for i, name in enumerate(strings):
            folder = folders[min(i, len(folders) - 1)] if folders and call.endswith("at") or call == "renameat2" else os.getcwd()
            paths.append(os.path.normpath(os.path.join(folder, name)))
        fd = re.match(r"(\d+)<", text)
        key = (pid, int(fd[1])) if fd else None
        if call == "openat" and self.is_ours(paths[0]):
            self.see_open(pid, int(re.match(r"\d+", result)[0]), paths[0], text)
        elif call == "close":
            self.open.pop(key, None)
        elif call == "lseek" and key in self.open:
            self.open[key][1] = int(result)
        elif call in ("write", "pwrite64") and key in self.open:
            data = plain(re.search(r'"((?:\\x[0-9a-f]{2})*)"', text)[1])[:int(result)]
            assert len(data) == int(result)
            at = int(text.rsplit(",", 1)[1].strip(" )")) if call == "pwrite64" else self.open[key][1]
            self.events.append(("write", self.open[key][0], at, data))
            if call == "write":
                self.open[key][1] += len(data)
        elif call == "ftruncate" and key in self.open:
            self.events.append(("trunc", self.open[key][0], int(text.rsplit(",", 1)[1].strip(" )"))))
        elif call in ("fsync", "fdatasync"):
            self.events.append(("sync", self.open[key][0]) if key in self.open else ("sync-folder", folders[0]))
        elif call.startswith("rename") and self.is_ours(paths[1]):
            self.events.append(("rename", paths[0], paths[1]))
            self.names = moved(self.names, paths[0], paths[1])
        elif call.startswith("unlink") and self.is_ours(paths[0]):
            self.events.append(("unlink", paths[0]))
            self.names.pop(paths[0], None)
        elif call.startswith("mkdir") and self.is_ours(paths[0]):
            self.events.append(("mkdir", paths[0]))

    def see_open(self, pid, fd, path, flags):
        if "O_DIRECTORY" in flags:
            return
        if path not in self.names:
            if "O_CREAT" not in flags:
                return
            self.inodes += 1
            self.names[path] = self.inodes
            self.events.append(("create", path, self.inodes))
        elif "O_TRUNC" in flags:
            self.events.append(("trunc", self.names[path], 0))
        self.open[pid, fd] = [self.names[path], 0]

    def durable(self, until):
        """For each event before `until`, whether a sync before `until` covers it."""
        files, folders, covered = set(), set(), [False] * until
        for i in range(until - 1, -1, -1):
            event = self.events[i]
            if event[0] == "sync":
                files.add(event[1])
            elif event[0] == "sync-folder":
                folders.add(event[1])
            elif event[0] in ("write", "trunc"):
                covered[i] = event[1] in files
            else:
                covered[i] = str(pathlib.Path(event[-1] if event[0] == "rename" else event[1]).parent) in folders
        return covered

    def leave(self, folder, until, keep, rng):
        """Makes folder what the disk holds if the power goes before event `until`; keep(i): event i, which no sync covers, is there."""
        data, names, folders = {inode: bytearray(content) for inode, content in self.base.items()}, dict(self.base_names), set(self.base_folders)
        covered = self.durable(until)
        for i, event in enumerate(self.events[:until]):
            whole = covered[i] or keep(i)
            if not whole and not (event[0] == "write" and keep is not nothing and rng.random() < .5):
                continue
            if event[0] == "write":
                content = event[3] if whole else event[3][:rng.randrange(len(event[3]) + 1)]
                file = data.setdefault(event[1], bytearray())
                file.extend(bytes(max(0, event[2] - len(file))))
                file[event[2]:event[2] + len(content)] = content
            elif event[0] == "trunc":
                file = data.setdefault(event[1], bytearray())
                file[:] = file[:event[2]].ljust(event[2], b"\0")
            elif event[0] == "create":
                names[event[1]] = event[2]
            elif event[0] == "mkdir":
                folders.add(event[1])
            elif event[0] == "unlink":
                names.pop(event[1], None)
            elif event[0] == "rename" and (event[1] in names or event[1] in folders):
                names = moved(names, event[1], event[2])
                folders = {moved_path(path, event[1], event[2]) for path in folders}
        for path in sorted(folders):
            (folder / pathlib.Path(path).relative_to(self.root)).mkdir(parents=True, exist_ok=True)
        for path, inode in names.items():
            place = folder / pathlib.Path(path).relative_to(self.root)
            if place.parent.is_dir():
                place.write_bytes(data.get(inode, b""))
                place.chmod(0o600)


def nothing(_):
    return False


def moved_path(path, old, new):
    return new + path[len(old):] if path == old or path.startswith(old + "/") else path


def moved(names, old, new):
    return {moved_path(path, old, new): inode for path, inode in names.items() if path != new or old == new}


def watch(assay_bin, root, log, *words):
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")
    disk = Disk(root)
    done = subprocess.run([strace, "-f", "-y", "-xx", "-s", "4000000", "-qq", "-o", str(log), "-e", "trace=" + CALLS, "-e", "signal=none", str(assay_bin), *map(str, words)],
                          capture_output=True, timeout=120, check=False)
    if b"ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode in (0, 1, 2) and b"assay: " not in done.stderr, done.stderr
    unfinished = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        pid, text = line.split(maxsplit=1)
        if text.endswith("<unfinished ...>"):
            unfinished[pid] = text[:-len("<unfinished ...>")].rstrip()
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", text)
        text = unfinished.pop(pid, "") + resumed[1] if resumed else text
        found = re.match(r"(\w+)\((.*)\) += (-?\d+.*)$", text)
        if found and not found[3].startswith("-"):
            disk.see(pid, found[1], found[2], found[3])
    return disk


def signed_lines(case):
    size = int((case / "checkpoint").read_text(encoding="utf-8").splitlines()[1])
    return (case / "ledger.jsonl").read_bytes().split(b"\n")[:size]


def kept_files(case):
    """Everything but the index, which is made again when it is not there."""
    return {str(path.relative_to(case)): path.read_bytes() for path in case.rglob("*") if path.is_file() and not path.name.startswith("index.sqlite") and ".new-" not in path.name}


NAMES = ["state", "seal", "open"] + (["key rotate", "judge", "open --merge", "cosign", "read", "pack"] if ALL else [])
BATCHES = {"read", "cosign", "open --merge"}  # record more than once: an examination and what it found, a key and what it signed
PARTIES = "parties:\n  - {id: press, name: Desk, kind: publication}\n"
STATEMENTS = "claims:\n  - {{id: {id}, kind: use, text: claim {id}}}\n"


@pytest.mark.parametrize("name", NAMES)
def test_power_goes_at_any_moment(assay, assay_bin, tmp_path, name):
    for which in ("C1", "C2", "C3"):
        (tmp_path / f"{which}.yaml").write_text((PARTIES if which == "C1" else "") + STATEMENTS.format(id=which), encoding="utf-8")
    (tmp_path / "post.txt").write_text("Published: 2026-03-16\n\nMaple Lane Shop denied on 15 March 2026 that its customer database was stolen.\n", encoding="ascii")
    root = tmp_path / "root"
    case = root / "case"
    root.mkdir()
    before = []
    if name != "open":
        assay("open", case, code=0)
        assay("state", "--case", case, "-f", tmp_path / "C1.yaml", code=0)
        before = signed_lines(case)
    if name in ("open --merge", "cosign"):
        assay("open", tmp_path / "other", code=0)
        assay("seal", "--case", tmp_path / "other", code=0)
        assay("key", "new", tmp_path / "desk.key", "--name", "desk.example/a", code=0)
    more = {"state": ["-f", tmp_path / "C2.yaml"], "open": [case], "open --merge": [tmp_path / "other", case],
            "cosign": ["--by", "press", "--key", tmp_path / "desk.key"], "read": [tmp_path / "post.txt", "--accept", "all"], "pack": ["-o", root / "out.tar"]}
    words = name.split() + more.get(name, []) + ([] if name.startswith("open") else ["--case", case])
    disk = watch(assay_bin, root, tmp_path / "log", *words)
    after = signed_lines(root / "case")
    assert sum(event[0].startswith("sync") for event in disk.events) >= 2, disk.events
    rng = random.Random(11)
    for until in range(len(disk.events) + 1):
        chances = [rng.choice((.2, .5, .8)) for _ in range(MIXTURES)]
        keeps = [nothing, lambda _: True] + [lambda _, chance=chance: rng.random() < chance for chance in chances]
        for i, keep in enumerate(keeps):
            if not ALL and i != until % len(keeps) and until < len(disk.events):
                continue
            left = tmp_path / "left"
            disk.leave(left, until, keep, rng)
            what = f"{name}, the power goes before change {until} of {len(disk.events)} ({disk.events[until][:2] if until < len(disk.events) else 'done'}), mixture {i}"
            case = left / "case"
            if (left / "out.tar").exists():
                assert assay("verify", left / "out.tar").code == 0, what
            if name == "open" and not case.exists():
                assert until < len(disk.events), what
                shutil.rmtree(left)
                continue
            if until == len(disk.events):
                assert kept_files(case) == kept_files(root / "case"), what
            told = assay("verify", case)
            assert told.code == 0, f"{what}\n{told!r}"
            lines = signed_lines(case)
            assert lines in (before, after) or name in BATCHES and lines == after[:len(lines)] and lines[:len(before)] == before, what
            assert until < len(disk.events) or signed_lines(case) == after, what
            assert until < len(disk.events) or name != "pack" or (left / "out.tar").exists(), what
            assay("state", "--case", case, "-f", tmp_path / "C3.yaml", code=0)
            assert assay("verify", case).code == 0, what
            shutil.rmtree(left)

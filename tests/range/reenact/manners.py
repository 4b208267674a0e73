"""How the intruder hides: what is cut out of the web server's log, as somebody does who may write it.

No request asks for the cut: this range makes it, on the files of its own run. What is cut is kept for the truth."""

import os
import shutil

from .truth import LINE, LogLines, moment
from .process import wait_for


class LogEdit:
    """One edit: which lines (of the intruder's addresses, of the planted paths, or both), in which files, and how."""

    def __init__(self, rng):
        self.by = rng.choice(["address", "path", "both"])
        self.style = rng.choice(["copy-truncate", "rename"])
        self.reach = rng.choice(["all", "all", "current"])
        self.restores_time = rng.random() < 0.4     # of the rotated log; nobody can of the one that is written to
        self.removed, self.files = {}, []

    def unwanted(self, raw, addresses, words):
        found = LINE.match(raw)
        return found and (self.by != "path" and found.group(1) in addresses
                          or self.by != "address" and any(word in found.group(4) for word in words))

    def perform(self, run, web, sent, addresses, words):
        """sent: how many requests there were so far. Each has one line, and the server writes nothing while we cut."""
        paths = [p for p in (f"{run}/logs/access.log.1", f"{run}/logs/access.log") if os.path.exists(p)]
        if not wait_for(lambda: len(self.read(paths).lines) == sent, 5):
            raise RuntimeError("the log is not whole before it is cut")
        whole = self.read(paths).lines
        wanted = {p: p.endswith(".log") or self.reach == "all" for p in paths}
        for number, (path, _, _, raw) in enumerate(whole):
            if wanted[path] and self.unwanted(raw, addresses, words):
                self.removed[number] = raw
        for path in paths:
            if wanted[path]:
                self.cut(path, [raw for number, (place, _, _, raw) in enumerate(whole) if number in self.removed and place == path])
        if self.style == "rename":
            web.reopen()

    @staticmethod
    def read(paths):
        files = []
        for path in paths:
            with open(path, "rb") as log:
                files.append((path, log.read()))
        return LogLines(files)

    def cut(self, path, lines):
        """The file without these lines, which come in it in this order."""
        with open(path, "rb") as log:
            data = log.read()
        kept, place = [], 0
        for line in lines:
            start = data.index(line.encode() + b"\n", place)
            kept.append(data[place:start])
            place = start + len(line.encode()) + 1
        kept.append(data[place:])
        before = os.stat(path)
        if self.style == "copy-truncate":
            with open(path, "r+b") as log:
                log.truncate(0)
                log.write(b"".join(kept))
        else:
            with open(path + ".new", "wb") as log:
                log.write(b"".join(kept))
            shutil.copymode(path, path + ".new")
            os.chown(path + ".new", before.st_uid, before.st_gid)
            os.rename(path + ".new", path)
        restored = self.restores_time and path.endswith(".1")
        if restored:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = os.stat(path)
        self.files.append({"file": os.path.basename(path), "lines_removed": len(lines), "size_before": before.st_size,
                           "size_after": after.st_size, "inode_changed": before.st_ino != after.st_ino, "time_restored": restored})

    def told(self):
        times = [moment(LINE.match(raw).group(3)).isoformat() for raw in self.removed.values()]
        return {"by": self.by, "style": self.style, "reach": self.reach, "removed": len(self.removed), "files": self.files,
                "from": min(times, default=None), "to": max(times, default=None)}

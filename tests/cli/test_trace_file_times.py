"""Logs beside the times of their files: those that somebody wrote anew or changed, and those that a server, a rotation, a copy or a backup leaves so."""
import datetime
import os
import subprocess
import time

import pytest

from test_trace_coverage import START, Site, measures, one, seen

DAY = 86400
LATE = 60 * DAY
LAST = 2 * DAY          # the rotation: what came before is access.log.1, what came behind it access.log


def epoch(at):
    return int(START.timestamp() + at)


@pytest.fixture
def logs(tmp_path):
    """Three days; the server began a new file after the second."""
    lines = sorted(Site().days(days=3, per_hour=60).lines, key=lambda pair: pair[0])
    (tmp_path / "access.log.1").write_text("".join(text for at, text in lines if at < LAST))
    (tmp_path / "access.log").write_text("".join(text for at, text in lines if at >= LAST))
    return tmp_path


class Machine:
    """/var/log/nginx as the server and logrotate leave it: name -> read, written, changed, born, in seconds since START."""

    def __init__(self, **files):
        self.modes = {}
        self.files = {"access.log": [LAST, 3 * DAY, 3 * DAY, LAST], "access.log.1": [0, LAST - 1, LAST, 0],
                      "access.log.2.gz": [0, 0, LAST, 0], "error.log": [-LATE, DAY, DAY, -LATE]}
        for name, times in files.items():
            self.set(name, times)

    def set(self, name, times):
        name = name.replace("_", ".")
        if times is None:
            del self.files[name]
        else:
            self.files[name] = [new if new is not None else old for new, old in zip(times, self.files.get(name, [0] * 4))]

    def chmod(self, name, mode):
        self.modes[name] = mode
        return self

    def write(self, path, folder="/var/log/nginx/"):
        rows = [f"0|{folder}{name}|{100 + i}|{self.modes.get(name, '-rw-r-----')}|0|4|1000|" + "|".join(str(epoch(at)) for at in times)
                for i, (name, times) in enumerate(self.files.items())]
        path.write_text("\n".join(["0|/var/log/nginx|7|drwxr-xr-x|0|4|4096|1|1|1|1", "0|/etc/access.conf|9|-rw-r--r--|0|0|1|1|1|1|0", *rows]) + "\n")
        return path


def told(assay, logs, machine, *more):
    result = seen(assay, logs / "access.log", logs / "access.log.1", "--file-times", machine.write(logs / "bodyfile"), *more, code=None)
    given = one(measures(result, "file times"))
    assert (given["logs"], given["logs_unclear"], given["wrong_lines"], given["too_many"]) == (2, 0, 0, False)
    return [(sign["what"], sign["source"].rsplit("/", 1)[-1]) for sign in measures(result, "contradiction")]


YOUNGER, CHANGED = "log younger than its lines", "log changed after its rotation"
EDITED = {
    # sed -i and editors write a new file and rename it
    "the log that is written to": (Machine(access_log=[None, None, None, LAST + DAY / 2]), (YOUNGER, "access.log")),
    "a rotated log": (Machine(access_log_1=[None, None, LAST + 4000, LAST + 4000]), (YOUNGER, "access.log.1")),
    "a rotated log, before its rotation": (Machine(access_log_1=[None, None, LAST, LAST - 30]), (YOUNGER, "access.log.1")),
    # written anew in place
    "in place": (Machine(access_log_1=[None, LAST + 4000, LAST + 4000, None]), (CHANGED, "access.log.1")),
    "in place, its time set back": (Machine(access_log_1=[None, None, LAST + 20, None]), (CHANGED, "access.log.1")),
}
INNOCENT = {
    "as the server leaves it": Machine(),
    "restored": Machine(**{name: [None, None, LAST + DAY / 2, LAST + DAY / 2] for name in ("access_log", "access_log_1", "access_log_2_gz", "error_log")}),
    "nothing older beside it": Machine(access_log=[None, None, None, LAST + DAY / 2], access_log_1=[None, None, None, LAST + DAY / 2], access_log_2_gz=None, error_log=None),
    "copied to be examined": Machine(**{name: [None, None, 9 * DAY, 9 * DAY] for name in ("access_log", "access_log_1", "access_log_2_gz", "error_log")}),
    "copied one by one": Machine(**{name: [None, None, 9 * DAY + i, 9 * DAY + i] for i, name in enumerate(("error_log", "access_log_2_gz", "access_log_1", "access_log"))}),
    "copied and emptied": Machine(access_log=[None, None, None, -LATE], access_log_1=[None, LAST, LAST, LAST]),
    "fetched anew every night": Machine(access_log=[None, None, 3 * DAY + 3600, 3 * DAY + 3600], access_log_1=[None, None, 3 * DAY + 3600, 3 * DAY + 3600]),
    "rights of all changed": Machine(**{name: [None, None, LAST + 4000, None] for name in ("access_log_1", "access_log_2_gz", "error_log")}),
    "rights of the rotated ones changed": Machine(access_log_1=[None, None, LAST + 4000, None], access_log_2_gz=[None, None, LAST + 4003, None]),
    "rights of one changed": Machine(access_log_1=[None, None, LAST + 4000, None]).chmod("access.log.1", "-rw-r--r--"),
    "a request that was still running": Machine(access_log_1=[None, LAST + 1500, LAST + 1500, None]),
    "births that are not told": Machine(access_log=[None, None, None, -START.timestamp()], access_log_1=[None, None, LAST + 4000, -START.timestamp()]),
}


@pytest.mark.parametrize("name", EDITED)
def test_an_edited_log(assay, logs, name):
    machine, sign = EDITED[name]
    assert told(assay, logs, machine) == [sign]


@pytest.mark.parametrize("name", INNOCENT)
def test_a_log_that_only_looks_edited(assay, logs, name):
    assert told(assay, logs, INNOCENT[name]) == []
    assert told(assay, logs, INNOCENT[name], "--hunt") == []


def test_a_log_that_was_unpacked_by_hand(assay, logs):
    """access.log.2 beside access.log.1.gz: it is younger than its lines, and nobody changed it."""
    (logs / "access.log.1").rename(logs / "access.log.2")
    machine = Machine(access_log_1=None, access_log_2_gz=None, access_log_2=[0, LAST - 1, 3 * DAY, 3 * DAY], access_log_1_gz=[0, LAST - 1, LAST, LAST])
    result = seen(assay, logs / "access.log", logs / "access.log.2", "--file-times", machine.write(logs / "bodyfile"), code=None)
    assert measures(result, "contradiction") == []
    machine.set("access_log_1_gz", None)
    result = seen(assay, logs / "access.log", logs / "access.log.2", "--file-times", machine.write(logs / "bodyfile"), code=None)
    assert one(measures(result, "contradiction"))["what"] == YOUNGER


def test_requests_that_ran_while_the_log_was_rotated(assay, logs):
    """Apache stamps a request's start and writes its line at the end: the new file begins with lines that are older than it."""
    slow = Site()
    for i in range(12):
        slow.add(LAST - 300 + 20 * i, "203.0.113.%d" % i, "/download.zip")
    first = "".join(slow.rows())
    log = logs / "access.log"
    log.write_text(first + log.read_text())
    assert told(assay, logs, Machine()) == [(YOUNGER, "access.log")]        # as if somebody had put them there: nothing else runs so long
    for i in range(12):
        slow.add(LAST + DAY / 2 + i, "203.0.113.%d" % i, "/download.zip")
    ended = sorted(Site().days(days=3, per_hour=60).lines + [(at + 280, text) for at, text in slow.lines], key=lambda pair: pair[0])
    log.write_text(first + "".join(text for at, text in ended if at >= LAST + 300))
    assert told(assay, logs, Machine()) == []


def test_what_a_sign_says(assay, logs):
    machine = Machine(access_log=[None, None, None, LAST + DAY / 2])
    result = seen(assay, logs / "access.log", "--file-times", machine.write(logs / "bodyfile"), "--path", "/uploads/a.php", code=None)
    sign = one(measures(result, "contradiction"))
    lines = sorted(at for at, _ in Site().days(days=3, per_hour=60).lines if at >= LAST)
    assert sign["count"] == sum(epoch(at) < epoch(LAST + DAY / 2) - 2 for at in lines) and sign["base_rate"] is None
    assert sign["examples"][0]["born"] == "2026-03-11T12:00:00Z"
    cut = one(m for m in measures(result, "answer") if m["question"] == "lines cut out")
    assert cut["word"] == "not observed, holes" and "contradiction" in [hole["what"] for hole in cut["holes"]]


def test_which_file_is_which_log(assay, logs):
    """Two sites have an access.log: the folder of the copy tells them apart, or nobody can."""
    machine = Machine(access_log=[None, None, None, LAST + DAY / 2])
    both = machine.write(logs / "bodyfile").read_text() + Machine().write(logs / "other", "/var/log/other/").read_text()
    (logs / "bodyfile").write_text(both)
    result = seen(assay, logs / "access.log", "--file-times", logs / "bodyfile", code=None)
    assert one(measures(result, "file times"))["logs_unclear"] == 1 and measures(result, "contradiction") == []
    (logs / "nginx").mkdir()
    copy = (logs / "access.log").rename(logs / "nginx/access.log")
    result = seen(assay, copy, "--file-times", logs / "bodyfile", code=None)
    assert one(measures(result, "file times"))["logs"] == 1 and one(measures(result, "contradiction"))["what"] == YOUNGER


def stamped(at, form):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime(form)


def hits(at, count):
    return "".join(f'203.0.113.9 - - [{stamped(at, "%d/%b/%Y:%H:%M:%S +0000")}] "GET /{i} HTTP/1.1" 200 9 "-" "x"\n' for i in range(count))


def test_logs_where_they_lie(assay, tmp_path):
    """No body file: times as this machine tells them, of a log that sed -i wrote anew while it was written to, and of a rotated one that was
    written anew in place and given its time back."""
    errors, log, old = (tmp_path / name for name in ("error.log", "access.log", "access.log.1"))
    begin = int(time.time()) + 2
    errors.write_text(f'{stamped(begin, "%Y/%m/%d %H:%M:%S")} [error] 9#9: *1 open() "/srv/www/x" failed (2: No such file or directory), client: 203.0.113.9, '
                      'server: s, request: "GET /0 HTTP/1.1", host: "s"\n')
    old.write_text(hits(begin - 9, 12))
    log.write_text(hits(begin, 12))
    assert measures(seen(assay, log, old, errors, code=None), "contradiction") == []
    time.sleep(max(0, begin + 8.2 - time.time()))
    with open(log, "a") as more:
        more.write(hits(begin + 12, 4))
    assert measures(seen(assay, log, old, errors, code=None), "contradiction") == []
    before = old.stat()
    old.write_text(hits(begin - 9, 10))
    os.utime(old, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert one(measures(seen(assay, log, old, errors, code=None), "contradiction"))["what"] == CHANGED
    subprocess.run(["sed", "-i", "/GET .5 /d", log], check=True)
    assert {sign["what"] for sign in measures(seen(assay, log, old, errors, code=None), "contradiction")} >= {YOUNGER}


def test_a_file_that_is_no_body_file(assay, logs):
    for name, text in (("empty", ""), ("log", (logs / "access.log").read_text())):
        (logs / name).write_text(text)
        result = assay("trace", logs / "access.log", "--file-times", logs / name, "--json", code=2)
        assert "not one line of a body file" in result.err and len(result.err.strip().splitlines()) == 1
    result = assay("trace", logs / "access.log", "--file-times", logs / "none", "--json", code=2)
    assert "No such file" in result.err and len(result.err.strip().splitlines()) == 1

"""trace, how logs come in: whatever they are packed in, the same story; what is missing, damaged or not looked at is said."""
import bz2
import datetime
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import random
import shutil
import subprocess
import tarfile
import threading
import time
import zipfile

import pytest

START = datetime.datetime(2026, 3, 10, tzinfo=datetime.timezone.utc)
DAY = 86400
LINES = 2400  # a day


def line(at, client, request, status, size, zone="+0000"):
    when = (START + datetime.timedelta(seconds=at)).strftime("%d/%b/%Y:%H:%M:%S ") + zone
    return f'{client} - - [{when}] "{request} HTTP/1.1" {status} {size} "-" "Mozilla/5.0"\n'


def day(number, lines=LINES, zone="+0000"):
    """A day of visits, every 36 seconds; on the third the intruder."""
    rng = random.Random(number)
    out = []
    for i in range(lines):
        at = number * DAY + i * (DAY // lines)
        out.append(line(at, f"198.51.100.{rng.randrange(80)}", f"GET /p/{rng.randrange(50)}", 200, rng.randrange(300, 9000), zone))
        if number == 2 and i == 500:
            out.append(line(at, "203.0.113.77", "POST /account/avatar.php", 302, 0, zone))
            out.append(line(at + 5, "203.0.113.77", "GET /uploads/a.php", 200, 412, zone))
            out.append(line(at + 9, "203.0.113.77", "POST /uploads/a.php", 200, 800412, zone))
    return "".join(out).encode()


def set_time(path, number, seconds=0):
    """The file was last written at the end of that day."""
    at = START.timestamp() + (number + 1) * DAY + seconds
    os.utime(path, (at, at))
    return path


def written(path, data, number):
    path.write_bytes(data)
    return set_time(path, number)


def zstd(data):
    if shutil.which("zstd") is None:
        pytest.skip("needs zstd")
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


PACK = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "zst": zstd,
    "two.bz2": lambda data: bz2.compress(data[:5000]) + bz2.compress(data[5000:]),
    "two.xz": lambda data: lzma.compress(data[:5000]) + b"\0" * 8 + lzma.compress(data[5000:]),
    "utf16": lambda data: data.decode().encode("utf-16"),
    "utf16be": lambda data: data.decode().encode("utf-16-be"),
    "utf16.gz": lambda data: gzip.compress(data.decode().encode("utf-16-le")),
    "marked": lambda data: b"\xef\xbb\xbf" + data,
    "marked.xz": lambda data: lzma.compress(b"\xef\xbb\xbf" + data),
}


def same(result):
    """The summary, but for what may differ."""
    summary = dict(result.summary)
    for name in ("seconds", "kind", "engine"):
        summary.pop(name)
    return summary


def classes(result, beginning):
    return [row for row in result.of_kind("coverage") if row["class"].startswith(beginning)]


def trace(assay, *args, code=None):
    return assay("trace", *[str(a) for a in args], "--path", "/uploads/a.php", "--json", code=code)


@pytest.fixture
def plain(assay, tmp_path):
    path = written(tmp_path / "access.log", day(2), 2)
    return path, same(trace(assay, path, code=1))


@pytest.mark.parametrize("packing", sorted(PACK))
def test_the_same_log_in_any_packing_tells_the_same(assay, tmp_path, plain, packing):
    _, expected = plain
    packed = written(tmp_path / f"other.log.{packing}", PACK[packing](day(2)), 2)
    result = trace(assay, packed, code=1)
    assert same(result) == expected
    assert expected["complete"] and expected["findings"] >= 1 and expected["lines"] == LINES + 3
    parsed = classes(result, "parsed")[0]
    if "utf16" in packing or "marked" in packing:
        assert parsed["encoding"] == ("UTF-8 with a byte-order mark" if "marked" in packing else "UTF-16BE" if packing == "utf16be" else "UTF-16LE")
    else:
        assert "encoding" not in parsed
    assert ("packing" in parsed) == (packing not in ("utf16", "utf16be", "marked"))


def test_windows_line_ends_are_no_part_of_a_line(assay, tmp_path, plain):
    _, expected = plain
    path = written(tmp_path / "other.log", b"\xef\xbb\xbf" + day(2).replace(b"\n", b"\r\n"), 2)
    found = same(trace(assay, path, code=1))
    assert found["lines"] == found["parsed"] == expected["lines"]
    assert found["rejected"] == 0 and found["requests"] == expected["requests"]
    assert found["bytes_in"] == expected["bytes_in"] + expected["lines"]


def tar_of(members, mode):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data, number in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = int(START.timestamp() + (number + 1) * DAY)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_of(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, _ in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 20, 0, 0, 0)), data)
    return out.getvalue()


def a_week():
    """Three days, packed as logrotate does, newest first."""
    return [("logs/access.log", day(3), 3), ("logs/access.log.1", day(2), 2), ("logs/access.log.2.gz", gzip.compress(day(1), mtime=0), 1)]


ARCHIVES = {
    "tar": lambda m: tar_of(m, "w"),
    "tar.gz": lambda m: tar_of(m, "w:gz"),
    "tar.bz2": lambda m: tar_of(m, "w:bz2"),
    "tar.xz": lambda m: tar_of(m, "w:xz"),
    "tar.zst": lambda m: zstd(tar_of(m, "w")),
    "zip": zip_of,
}


@pytest.fixture
def week(assay, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    paths = [written(folder / pathlib.Path(name).name, data, number) for name, data, number in a_week()]
    return folder, trace(assay, *paths, code=1)


@pytest.mark.parametrize("kind", sorted(ARCHIVES))
def test_an_archive_of_logs_tells_what_its_entries_tell(assay, tmp_path, week, kind):
    _, expected = week
    archive = tmp_path / f"all.{kind}"
    archive.write_bytes(ARCHIVES[kind](a_week()))
    result = trace(assay, archive, code=1)
    assert same(result) == same(expected)
    names = [row["source"] for row in classes(result, "parsed")]
    assert names == [f"{archive}!logs/access.log.2.gz", f"{archive}!logs/access.log.1", f"{archive}!logs/access.log"]
    assert [e["line"] for e in result.of_kind("event")] == [e["line"] for e in expected.of_kind("event")]
    assert not result.err


def test_what_is_no_log_in_an_archive_is_counted_in_one_row(assay, tmp_path):
    other = [(f"pictures/{i}.png", b"\x89PNG\r\n\x1a\n" + bytes(300), 3) for i in range(40)]
    inner = [("more.zip", zip_of(a_week()), 3), ("logs/.hidden.log", day(5), 5)]
    archive = tmp_path / "all.tar.gz"
    archive.write_bytes(tar_of(other + a_week() + inner, "w:gz"))
    result = trace(assay, archive, code=1)
    rows = {(row["source"], row["class"]): row["count"] for row in classes(result, "skipped")}
    assert rows == {
        (str(archive), "skipped: not a log that any reader here knows"): 40,
        (str(archive), "skipped: hidden"): 1,
        (f"{archive}!more.zip", "skipped: an archive in an archive, not opened"): 1,
    }
    assert result.summary["files"] == 3 and result.summary["files_skipped"] == 42
    assert result.summary["complete"] is False
    assert result.err.count("\n") == 3, result.err


def test_a_log_that_has_an_archives_mark_in_it_is_a_log(assay, tmp_path, plain):
    data = bytearray(day(2))
    data[257:262] = b"ustar"
    path = tmp_path / "access.log"
    path.write_bytes(bytes(data))
    result = trace(assay, path)
    assert result.summary["lines"] == LINES + 3
    assert result.summary["files"] == 1


# ---- pipes ----


def run(assay_bin, args, stdin, env=None):
    return subprocess.run([str(assay_bin), "trace", *args, "--path", "/uploads/a.php", "--json"], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**os.environ, **(env or {})})


def summary_of(done):
    summary = json.loads(done.stdout.splitlines()[-1])
    for name in ("seconds", "kind", "engine"):
        summary.pop(name)
    return summary


@pytest.mark.parametrize("packing", ["plain", "gz", "zst", "tar.gz"])
def test_standard_input_is_a_log_like_any_other(assay_bin, tmp_path, plain, packing):
    _, expected = plain
    data = day(2) if packing == "plain" else tar_of([("access.log", day(2), 2)], "w:gz") if packing == "tar.gz" else PACK[packing](day(2))
    done = run(assay_bin, ["-"], data)
    assert done.returncode == 1, done.stderr
    assert summary_of(done) == expected
    sources = {json.loads(text).get("source") for text in done.stdout.splitlines()} - {None}
    assert sources == {"standard input!access.log" if packing == "tar.gz" else "standard input"}


def test_a_file_behind_standard_input_is_not_copied(assay_bin, tmp_path, plain):
    path, expected = plain
    with path.open("rb") as file:
        done = subprocess.run([str(assay_bin), "trace", "-", "--path", "/uploads/a.php", "--json"], stdin=file, stdout=subprocess.PIPE,
                              env={**os.environ, "TMPDIR": str(tmp_path / "absent")}, check=False)
    assert done.returncode == 1
    assert summary_of(done) == expected


def test_a_pipe_by_name_is_a_log(assay_bin, tmp_path, plain):
    _, expected = plain
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(day(2)))
    writer.start()
    done = run(assay_bin, [str(fifo)], b"")
    writer.join()
    assert summary_of(done) == expected
    assert str(fifo).encode() in done.stdout


def test_standard_input_with_files_and_only_once(assay_bin, tmp_path, plain):
    path, expected = plain
    done = run(assay_bin, [str(path), "-"], day(3))
    assert summary_of(done)["files"] == 2 and summary_of(done)["lines"] == expected["lines"] + LINES
    done = run(assay_bin, ["-", "-"], day(3))
    assert done.returncode == 64 and b"can be given once" in done.stderr


def test_no_room_for_a_pipe_is_said_with_a_remedy(assay_bin, tmp_path):
    done = run(assay_bin, ["-"], day(2), {"TMPDIR": str(tmp_path / "absent")})
    assert done.returncode == 2
    assert b"no temporary file in" in done.stderr and b"set TMPDIR" in done.stderr
    # a file that may not grow to what is piped in
    done = subprocess.run(["sh", "-c", f"trap '' XFSZ; ulimit -f 100; exec {assay_bin} trace - --json"], input=day(2) * 3, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"standard input: no room for it in" in done.stderr and b"set TMPDIR" in done.stderr


def test_a_pipe_leaves_nothing_behind(assay_bin, tmp_path):
    folder = tmp_path / "room"
    folder.mkdir()
    assert run(assay_bin, ["-"], day(2), {"TMPDIR": str(folder)}).returncode == 1
    assert list(folder.iterdir()) == []


def test_a_case_has_the_digest_of_what_was_piped_in(assay, assay_bin, tmp_path):
    kase = tmp_path / "a.case"
    assay("open", str(kase))
    done = run(assay_bin, ["-", "--case", str(kase)], day(2))
    assert done.returncode == 1, done.stderr
    entries = [json.loads(text) for text in (kase / "ledger.jsonl").read_text().splitlines()]
    evidence = [entry for entry in entries if entry.get("type") == "evidence"]
    assert len(evidence) == 1
    assert evidence[0]["name"] == "standard input" and evidence[0]["bytes"] == len(day(2))
    assert evidence[0]["sha256"] == hashlib.sha256(day(2)).hexdigest()
    assay("verify", str(kase), code=0)


# ---- folders ----


def test_a_folder_is_all_files_below_it(assay, tmp_path, week):
    folder, expected = week
    result = trace(assay, folder, code=1)
    assert same(result) == same(expected)
    (folder / "old").mkdir()
    written(folder / "old" / "access.log.3", day(0), 0)
    (folder / "readme.txt").write_text("these are logs\n")
    (folder / "notes").write_text("nothing\n")
    (folder / ".swp").write_bytes(b"b0VIM 9.0")
    (folder / "link").symlink_to("access.log")
    (folder / "out").symlink_to("/etc/hostname")
    result = trace(assay, folder, code=1)
    assert result.summary["lines"] == expected.summary["lines"] + LINES
    rows = {row["class"]: row["count"] for row in classes(result, "skipped")}
    assert rows == {"skipped: not a log that any reader here knows": 2, "skipped: hidden": 1, "skipped: a link that leads out of the folder": 1}
    assert {row["source"] for row in classes(result, "skipped")} == {str(folder)}
    assert result.summary["complete"] is False
    assert result.err.count("\n") == 3, result.err


def test_a_folder_without_a_log_is_an_error_that_names_it(assay, tmp_path):
    (tmp_path / "d").mkdir()
    result = trace(assay, tmp_path / "d", code=2)
    assert "no log in this folder" in result.err and str(tmp_path / "d") in result.err
    (tmp_path / "d" / "x.txt").write_text("nothing\n")
    result = trace(assay, tmp_path / "d", code=2)
    assert "no log" in result.err


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst", "utf16"])
def test_the_packed_copy_beside_the_plain_one_is_read_once(assay, tmp_path, plain, packing):
    path, expected = plain
    copy = written(tmp_path / f"copy.{packing}", PACK[packing](day(2)), 2)
    result = trace(assay, path, copy, code=1)
    assert result.summary["lines"] == expected["lines"]
    assert [row["class"] for row in classes(result, "skipped")] == [f"skipped: a copy of {path}"[:105]]
    assert result.summary["complete"] is True


def test_of_a_file_and_its_beginning_the_whole_is_read(assay, tmp_path, plain):
    path, expected = plain
    shorter = written(tmp_path / "access.bak", day(2)[:-5000], 2)
    for order in ([shorter, path], [path, shorter]):
        result = trace(assay, *order, code=1)
        assert result.summary["lines"] == expected["lines"]
        assert [row["source"] for row in classes(result, "skipped")] == [str(shorter)]
    # one that begins like it and then differs is another log
    other = bytearray(day(2))
    other[-30:-20] = b"x" * 10
    changed = written(tmp_path / "other.bak", bytes(other), 2)
    result = trace(assay, path, changed, code=1)
    assert result.summary["files"] == 2 and not classes(result, "skipped")


def archived(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("how", ["gz", "xz", "zip"])
def test_of_a_file_and_its_packed_beginning_the_whole_is_read(assay, tmp_path, plain, how):
    """A backup made at noon lacks the afternoon; which of the two is packed, and which comes first, is no matter."""
    path, expected = plain
    pack = {"gz": gzip.compress, "xz": lzma.compress, "zip": lambda data: archived("access.log", data)}[how]
    noon = written(tmp_path / f"noon.{how}", pack(day(2)[:-90000]), 2)
    for order in ([noon, path], [path, noon]):
        result = trace(assay, *order, code=1)
        assert result.summary["lines"] == expected["lines"]
        assert [row["source"].partition("!")[0] for row in classes(result, "skipped")] == [str(noon)]
    half = written(tmp_path / "half.log", day(2)[:-90000], 2)
    whole = written(tmp_path / f"whole.{how}", pack(day(2)), 2)
    for order in ([half, whole], [whole, half]):
        result = trace(assay, *order, code=1)
        assert result.summary["lines"] == expected["lines"]
        assert [row["source"] for row in classes(result, "skipped")] == [str(half)]
    # one that begins like it and then differs is another log
    other = written(tmp_path / f"other.{how}", pack(day(2)[:-30] + b"x" * 29 + b"\n"), 2)
    result = trace(assay, path, other, code=1)
    assert result.summary["files"] == 2 and not classes(result, "skipped")


# ---- damage ----


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "lzma", "zst"])
def test_a_cut_file_gives_what_came_before_and_says_so(assay, tmp_path, packing):
    data = b"".join(day(n) for n in range(8))
    packed = PACK[packing](data)
    path = written(tmp_path / "cut", packed[:len(packed) * 9 // 10], 7)
    result = trace(assay, path, code=1)
    damage = classes(result, "unreadable")
    assert len(damage) == 1 and "ends too early" in damage[0]["class"], damage
    assert result.summary["complete"] is False
    # bzip2 has blocks of 900 kB, so that a tenth that is missing may cost one more of them
    assert result.summary["bytes_in"] > len(data) * (0.4 if packing == "bz2" else 0.85)
    assert result.summary["bytes_in"] == sum(result.summary["classes"].values())


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.xz", "tar.zst", "zip"])
def test_a_cut_archive_gives_what_came_before_and_says_so(assay, tmp_path, kind):
    members = [(f"access.log.{9 - n}", day(n), n) for n in range(9)]
    data = ARCHIVES[kind](members)
    archive = tmp_path / f"cut.{kind}"
    archive.write_bytes(data[:len(data) * 7 // 10])
    result = trace(assay, archive, code=1)
    damage = classes(result, "unreadable")
    assert len(damage) == 1 and "!access.log." in damage[0]["source"], result.of_kind("coverage")
    assert result.summary["complete"] is False
    whole = sum(len(d) for _, d, _ in members)
    assert result.summary["bytes_in"] > whole * 0.55
    assert result.summary["bytes_in"] == sum(result.summary["classes"].values())


# ---- rotated sets ----


def rotation(tmp_path, names):
    """names: file name -> number of its day."""
    folder = tmp_path / "set"
    folder.mkdir(exist_ok=True)
    for name, number in names.items():
        data = day(number)
        written(folder / name, gzip.compress(data, mtime=0) if name.endswith(".gz") else data, number)
    return folder


def missing(result):
    return [(row["expected"].rsplit("/")[-1], row["count"], row["leaves_gap"]) for row in classes(result, "rotation: member missing")]


def test_a_number_that_is_missing_is_named_with_its_time(assay, tmp_path):
    folder = rotation(tmp_path, {"access.log": 4, "access.log.1": 3, "access.log.2.gz": 2, "access.log.4.gz": 0})
    result = trace(assay, folder, code=1)
    assert missing(result) == [("access.log.3.gz", 1, True)]
    row = classes(result, "rotation: member missing")[0]
    assert row["from"].startswith("2026-03-10T23:59") and row["to"] == "2026-03-12T00:00:00Z"
    assert row["source"] == str(folder / "access.log")
    assert result.summary["members_missing"] == 1 and result.summary["complete"] is False


def test_a_number_may_be_missing_where_no_line_is(assay, tmp_path):
    folder = rotation(tmp_path, {"access.log": 2, "access.log.1": 1, "access.log.3": 0})
    result = trace(assay, folder, code=1)
    assert missing(result) == [("access.log.2", 1, False)]
    assert result.summary["gaps"] == []
    assert result.summary["complete"] is False


def test_numbers_that_are_all_there_and_names_that_are_no_rotation(assay, tmp_path):
    result = trace(assay, rotation(tmp_path, {"access.log": 2, "access.log.1": 1, "access.log.2.gz": 0}), code=1)
    assert missing(result) == [] and result.summary["complete"] is True
    shutil.rmtree(tmp_path / "set")
    # numbers of something else: their lines are in another order
    result = trace(assay, rotation(tmp_path, {"host.1": 0, "host.3": 1, "host.7": 2}), code=1)
    assert missing(result) == []


def test_a_member_that_was_given_but_could_not_be_taken_is_not_missing(assay, tmp_path):
    folder = rotation(tmp_path, {"access.log": 3, "access.log.1": 2, "access.log.3": 0})
    (folder / "access.log.2").write_bytes(b"\x7fELF nothing that is a log\n" * 9)
    result = trace(assay, *sorted(folder.iterdir()))
    assert missing(result) == []
    assert any("access.log.2" in row["source"] for row in classes(result, "skipped"))


@pytest.mark.parametrize("form", ["access.log-202603%02d.gz", "access.2026-03-%02d.log", "access_log-202603%02d", "u_ex2603%02d.log",
                                  "localhost_access_log.2026-03-%02d.txt"])
def test_a_day_that_is_missing_in_a_dated_set_is_named(assay, tmp_path, form):
    folder = rotation(tmp_path, {form % (10 + n): n for n in (0, 1, 2, 4, 5, 8)})
    result = trace(assay, folder, code=1)
    assert missing(result) == [(form % 13, 1, True), (form % 16, 2, True)]
    assert classes(result, "rotation: member missing")[1]["expected_last"].endswith(form % 17)
    assert result.summary["members_missing"] == 3
    assert len({row["source"] for row in classes(result, "gap")}) == 1


def test_a_dated_set_without_a_usual_step_says_nothing(assay, tmp_path):
    result = trace(assay, rotation(tmp_path, {"access.log-202603%02d" % (10 + n): n for n in (0, 2, 5)}))
    assert missing(result) == []


def test_an_hour_that_is_missing_is_named(assay, tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    for hour in (21, 22, 23, 25, 26):
        name = f"access.log-202603{10 + hour // 24}{hour % 24:02d}"
        (folder / name).write_text("".join(line(hour * 3600 + i * 30, "198.51.100.4", "GET /", 200, 512) for i in range(120)))
    result = trace(assay, folder)
    assert [row[0] for row in missing(result)] == ["access.log-2026031100"]


def test_members_that_overlap_are_told(assay, tmp_path):
    folder = rotation(tmp_path, {"access.log": 2, "access.log.1": 1})
    data = day(2)
    written(folder / "access.log.1", day(1) + data[:len(data) // 4], 2)
    result = trace(assay, folder)
    rows = classes(result, "rotation: overlap")
    assert len(rows) == 1
    assert rows[0]["source"].endswith("access.log") and rows[0]["other"].endswith("access.log.1")
    assert 5 * 3600 < rows[0]["seconds"] < 7 * 3600
    assert not classes(trace(assay, folder / "access.log"), "rotation")


# ---- file times ----


def test_a_file_written_after_its_last_line_is_told_when_the_others_were_not(assay, tmp_path):
    folder = rotation(tmp_path, {f"access.log.{5 - n}": n for n in range(5)})
    assert not classes(trace(assay, folder), "file time")
    set_time(folder / "access.log.3", 2, 9 * DAY)
    rows = classes(trace(assay, folder), "file time")
    assert [(row["source"].rsplit("/")[-1], row["class"]) for row in rows] == [("access.log.3", "file time: after the last line")]
    assert abs(rows[0]["seconds"] - 9 * DAY) < 120
    # a copy that did not keep the times: all of them are later, and that says nothing
    for path in folder.iterdir():
        set_time(path, 2, 9 * DAY)
    assert not classes(trace(assay, folder), "file time")


def test_a_file_written_before_its_last_line_is_told(assay, tmp_path):
    path = written(tmp_path / "access.log", day(2), 2)
    set_time(path, 2, -DAY)
    rows = classes(trace(assay, path, code=1), "file time")
    assert [row["class"] for row in rows] == ["file time: before the last line"]
    # without a zone in the lines nothing can be compared, and UTC was only assumed
    assert abs(rows[0]["seconds"] - DAY) < 120


def test_the_header_of_a_packed_file_is_a_file_time_too(assay, tmp_path):
    data = day(2)
    honest = int(START.timestamp() + 3 * DAY)
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(gzip.compress(data, mtime=honest))
    assert not classes(trace(assay, path), "file time")
    path.write_bytes(gzip.compress(data, mtime=honest - DAY))
    rows = classes(trace(assay, path), "file time")
    assert [row["class"] for row in rows] == ["file time: before the last line"]
    assert "header of the packed file" in rows[0]["reasons"][0]


# ---- meanwhile ----


def test_what_is_written_while_it_is_read_is_told(assay, tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(b"".join(day(n) for n in range(60)))
    more = line(61 * DAY, "198.51.100.4", "GET /", 200, 512).encode() * 50
    stop = threading.Event()

    def write():
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(more)
                file.flush()
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(10):
            result = trace(assay, path)
            rows = classes(result, "not read")
            if rows:
                break
    finally:
        stop.set()
        writer.join()
    assert rows and rows[0]["class"] == "not read: written while it was read"
    assert rows[0]["bytes"] % len(more) == 0

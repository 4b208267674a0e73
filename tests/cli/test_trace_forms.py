"""trace --timesketch and --bodyfile: what other programs read."""
import json
import re
import shutil
import subprocess

import pytest

from test_trace import Log

SEED = ["--path", "/uploads/a.php"]


@pytest.fixture
def log(tmp_path):
    log = Log()
    log.visitors()
    log.intruder()
    log.add(12000, "203.0.113.77", "GET", "/uploads/a.php?x=a|b\\x22%7C", 200, 900)
    return log.write(tmp_path / "access.log")


def test_timesketch_rows_have_what_its_importer_asks_for(assay, log):
    events = assay("trace", "--json", log, *SEED, code=1).of_kind("event")
    out = assay("trace", "--timesketch", log, *SEED, code=1).out
    rows = [json.loads(line) for line in out.splitlines()]
    assert len([r for r in rows if not r["message"].startswith(("finding", "no line"))]) == len(events) > 5
    for row in rows:
        assert row["message"] and row["timestamp_desc"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", row["datetime"]), row
        assert type(row["timestamp"]) is int and 1.7e15 < row["timestamp"] < 2e15  # microseconds
    first = next(r for r in rows if r["timestamp_desc"] == "first-use")
    assert first["src_ip"] == "203.0.113.77" and first["url_path"] == "/uploads/a.php" and first["log_line"] > 0
    assert [r for r in rows if r["message"].startswith("finding use")]


def test_a_silence_is_two_rows_of_the_timeline(assay, tmp_path):
    log = Log()
    log.visitors(hours=8, per_hour=900)
    log.intruder()
    log.lines = [line for line in log.lines if not 14000 < line[0] < 20000]
    rows = [json.loads(line) for line in
            assay("trace", "--timesketch", log.write(tmp_path / "a.log"), *SEED, code=1).out.splitlines()]
    assert [r["timestamp_desc"] for r in rows if r["timestamp_desc"].startswith("log gap")] == ["log gap begins", "log gap ends"]


def test_body_file_lines_have_eleven_fields(assay, log):
    events = assay("trace", "--json", log, *SEED, code=1).of_kind("event")
    lines = assay("trace", "--bodyfile", log, *SEED, code=1).out.splitlines()
    assert len(lines) == len(events)
    for line in lines:
        fields = line.split("|")
        assert len(fields) == 11, line
        assert int(fields[8]) > 1.7e9 and fields[7] == fields[8] == fields[9] == fields[10]
    assert sum("a%7Cb" in line for line in lines) == 1


@pytest.mark.skipif(not shutil.which("mactime"), reason="mactime (sleuthkit) is not installed")
def test_mactime_reads_the_body_file(assay, log, tmp_path):
    body = tmp_path / "body"
    body.write_text(assay("trace", "--bodyfile", log, *SEED, code=1).out)
    table = subprocess.run(["mactime", "-d", "-y", "-z", "UTC", "-b", body], capture_output=True, text=True, check=True).stdout
    assert len(table.splitlines()) == 1 + len(body.read_text().splitlines())
    assert "a|b" in table and "2026-03-14T10:47:24Z" in table and "first-use" in table


def test_one_form_at_a_time(assay, log):
    assert "give one" in assay("trace", "--json", "--timesketch", log, *SEED, code=64).err

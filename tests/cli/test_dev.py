"""The script people use: it names its commands, and it counts honestly."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def dev(*words):
    return subprocess.run([str(ROOT / "dev"), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def count(*words):
    done = subprocess.run([sys.executable, "-B", str(ROOT / "tools" / "count.py"), *map(str, words)], stdout=subprocess.PIPE,
                          text=True, check=True)
    return [int(number) for number in done.stdout.split()]


def test_every_command_has_a_line_of_help():
    done = dev("help")
    assert done.returncode == 0
    named = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert named == "demo test build bench eval range fuzz lint fmt install help".split()
    script = (ROOT / "dev").read_text()
    assert all(f"\ndev_{name}() {{" in script for name in named)


@pytest.mark.parametrize("word", ["tset", "", "dem", "test build", ".*"])
def test_what_is_no_command_is_refused(word):
    done = dev(word)
    assert done.returncode == 64 and "usage: ./dev COMMAND" in done.stderr and done.stdout == ""


CASE_GOOD = '<testcase name="a" time="0.000" >\n    </testcase>\n'
CASE_BAD = '<testcase name="b" time="0.000" >\n<failure><![CDATA[0x1 != 0x2\nt.c:8: error: Failure!]]></failure>\n</testcase>\n'
CASE_LEFT = '<testcase name="c" time="0.000" >\n<skipped/>\n</testcase>\n'


@pytest.mark.parametrize("cases,code,wanted", [
    (CASE_GOOD * 3, 0, [3, 0, 0]),
    (CASE_GOOD + CASE_BAD + CASE_LEFT, 1, [1, 1, 1]),
    (CASE_GOOD * 2, 1, [2, 1, 0]),      # a sanitizer spoke after the last case
    (CASE_GOOD * 2, 134, [2, 1, 0]),
    ("", 0, [0, 1, 0]),                 # a test without a case tests nothing
    (None, 139, [0, 1, 0]),             # it crashed before it could write
])
def test_cases_of_a_unit_test_are_counted(tmp_path, cases, code, wanted):
    folder = tmp_path / "log" / "test_x"
    folder.mkdir(parents=True)
    (folder / "code").write_text(f"{code}\n")
    (folder / "output").write_text("the last words\n")
    if cases is not None:
        (folder / "tests.xml").write_text(f'<testsuites>\n<testsuite name="t" tests="9">\n{cases}</testsuite>\n</testsuites>\n')
    assert count("cmocka", tmp_path / "log", tmp_path / "failed") == wanted
    failed = (tmp_path / "failed").read_text()
    assert failed.count("test_x: ") == wanted[1]
    if cases and CASE_BAD in cases:
        assert "0x1 != 0x2" in failed


def test_two_groups_in_one_file_are_both_counted(tmp_path):
    folder = tmp_path / "log" / "test_x"
    folder.mkdir(parents=True)
    (folder / "code").write_text("0\n")
    suite = f"<testsuites>\n<testsuite>\n{CASE_GOOD}</testsuite>\n</testsuites>\n"
    (folder / "tests.xml").write_text(suite + suite)
    assert count("cmocka", tmp_path / "log", tmp_path / "failed") == [2, 0, 0]


@pytest.mark.parametrize("attributes,code,wanted", [
    ('tests="10" failures="2" errors="1" skipped="3"', 1, [4, 3, 3]),
    ('tests="4" failures="0" errors="0" skipped="0"', 0, [4, 0, 0]),
    ('tests="0" failures="0" errors="0" skipped="0"', 2, [0, 1, 0]),    # interrupted
])
def test_pytest_is_counted(tmp_path, attributes, code, wanted):
    (tmp_path / "x.xml").write_text(f'<testsuites><testsuite name="pytest" {attributes}></testsuite></testsuites>')
    assert count("pytest", tmp_path / "x.xml", code) == wanted


def test_pytest_that_left_nothing_has_failed(tmp_path):
    assert count("pytest", tmp_path / "none.xml", 4) == [0, 1, 0]

"""The grammar every command shares: help, errors that teach, exit statuses, output that cannot be written."""
import json
import os
import re
import subprocess

import pytest

COMMANDS = ["open", "read", "state", "sweep", "trace", "match", "custody", "confirm", "judge", "report", "seal", "pack", "verify"]


def test_no_word_shows_the_overview(assay):
    result = assay(code=0)
    assert result.out.startswith("assay settles breach allegations")
    assert "assay sweep /srv/www" in result.out


def test_help_lists_every_command_once_below_a_group(assay):
    lines = assay("help", code=0).out.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert len(names) == len(set(names)) >= 21 and set(COMMANDS) < set(names)
    groups = [i for i, line in enumerate(lines) if line and not line.startswith(" ") and i + 1 < len(lines) and lines[i + 1].startswith("  ")]
    assert len(groups) == 5 and lines[groups[0] + 1].split()[0] == "open"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_within_a_terminal(assay, command):
    result = assay("help", command, code=0)
    assert result.out.startswith(f"assay {command} ")
    assert "Exit: " in result.out
    assert f"  assay {command} " in result.out, "an example"
    wide = [line for line in result.out.splitlines() if len(line) > 96]
    assert not wide, wide
    assert assay(command, "--help", code=0).out == result.out


def test_the_list_names_every_command(assay):
    out = assay("help", code=0).out
    for command in COMMANDS:
        assert f"  {command}" in out


@pytest.mark.parametrize(
    "words, says",
    [
        (["swep", "/srv"], 'assay: no command "swep"; did you mean sweep?'),
        (["frobnicate"], 'assay: no command "frobnicate"'),
        (["trace", "x", "--pth", "/a"], "assay: trace: no option --pth; did you mean --path?"),
        (["sweep", "--zzzzzz", "x"], "assay: sweep: no option --zzzzzz"),
        (["sweep", "-x", "y"], "assay: sweep: no option -x"),
        (["sweep"], "assay: sweep: something is missing"),
        (["sweep", "--jobs", "two", "."], "assay: sweep: --jobs is not a whole number: 'two'"),
        (["sweep", "--case"], "assay: sweep: --case needs DIR"),
        (["sweep", "--all=yes", "."], "assay: sweep: --all takes no value"),
        (["sweep", "--jobs", "1", "--jobs", "2", "."], "assay: sweep: --jobs is given twice"),
        (["judge"], "assay: judge: needs --case DIR"),
        (["match", "x"], "assay: match: needs --against DATABASE"),
        (["match", "x", "--against", "y", "--shared-with", "ACME"], "assay: match: --shared-with 'ACME' names no column"),
        (["match", "x", "--against", "y", "--published", "soon"], "assay: match: --published is not a time: 'soon'"),
        (["verify"], "assay: verify: something is missing"),
        (["verify", "a", "b"], "assay: verify: too many words"),
    ],
)
def test_a_wrong_word_is_said_in_one_line_with_64(assay, words, says):
    result = assay(*words, code=64)
    assert result.err.startswith(says), result
    assert result.out == ""
    assert len(result.err.splitlines()) <= 2


def test_a_case_lying_here_is_named_but_not_used(assay, tmp_path):
    assay("open", "acme.case", code=0)
    result = assay("judge", code=64)
    assert "there is a case here: acme.case" in result.err


def test_no_byte_of_an_argument_reaches_the_terminal_unescaped(assay):
    result = assay("sweep", "/nowhere/\x1b[2J\u202e", code=2)
    assert "\x1b" not in result.err and "\u202e" not in result.err
    assert "\\x1b[2J\\u202e" in result.err


def test_colour_is_for_terminals_only(assay, assay_bin):
    assert "\x1b" not in assay("help").out
    script = ["script", "-qec", f"{assay_bin} help", "/dev/null"]
    if not any(os.access(os.path.join(p, "script"), os.X_OK) for p in os.environ["PATH"].split(":")):
        pytest.skip("needs script(1)")
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}
    with_colour = subprocess.run(script, env=env, capture_output=True, check=True).stdout
    assert b"\x1b[" in with_colour
    without = subprocess.run(script, env=dict(env, NO_COLOR="1"), capture_output=True, check=True).stdout
    assert b"\x1b[" not in without


def test_output_that_cannot_be_written_is_no_result(assay_bin, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    for words in (["help"], ["sweep", str(tmp_path)], ["sweep", "--json", str(tmp_path)]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([assay_bin, *words], stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 2, words
        assert b"standard output" in done.stderr


def test_closed_standard_output_is_no_result_and_no_file_is_overwritten(assay_bin, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    done = subprocess.run(["sh", "-c", f'"{assay_bin}" sweep "{tmp_path}" >&-'], stderr=subprocess.PIPE, check=False)
    assert done.returncode in (0, 2)
    assert (tmp_path / "a.txt").read_text() == "x"


@pytest.mark.parametrize("command", ["sweep", "trace", "match"])
def test_json_ends_with_the_one_summary(assay, tmp_path, command):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.php").write_text("<?php echo 'hello';\n")
    (tmp_path / "access.log").write_text(
        '203.0.113.9 - - [14/Mar/2026:21:47:09 +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n')
    (tmp_path / "a.csv").write_text("email\na@one.zz\nb@one.zz\n")
    (tmp_path / "b.csv").write_text("email\nc@two.zz\nd@two.zz\n")
    words = {"sweep": ["www"], "trace": ["access.log"], "match": ["a.csv", "--against", "b.csv"]}[command]
    result = assay(command, *words, "--json")
    assert result.code in (0, 2), result
    assert result.summary["engine"] == command
    assert isinstance(result.summary["complete"], bool)
    for line in result.out.splitlines():
        assert json.loads(line)["kind"] in ("finding", "event", "coverage", "measure", "summary")


def test_an_unknown_party_is_refused_before_anything_is_examined(assay, tmp_path):
    (tmp_path / "www").mkdir()
    assay("open", "acme.case", code=0)
    before = (tmp_path / "acme.case" / "ledger.jsonl").read_bytes()
    result = assay("sweep", "www", "--case", "acme.case", "--owner", "nobody", code=64)
    assert '--owner: no party "nobody" in this case' in result.err
    assert (tmp_path / "acme.case" / "ledger.jsonl").read_bytes() == before


def test_one_claim_unfolded_names_what_was_weighed_and_never_prints_zero_for_no_ratio(assay, tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.php").write_text("<?php echo 'hello';\n")
    (tmp_path / "none.json").write_text('{"version": 1}')
    (tmp_path / "s.yaml").write_text(
        "parties:\n  - {id: shop, name: A shop, kind: company}\n"
        "claims:\n  - {id: C1, kind: entry, text: A backdoor was planted.}\n")
    assay("open", "a.case", code=0)
    assay("state", "--case", "a.case", "-f", "s.yaml", code=0)
    assay("sweep", "www", "--case", "a.case", "--owner", "shop", code=0)
    unmeasured = assay("judge", "C1", "--case", "a.case", "--rates", "none.json", code=2).out
    assert "X01: " in unmeasured and "files read" in unmeasured
    assert "no ratio" in unmeasured and "0.0" not in unmeasured
    measured = assay("judge", "C1", "--case", "a.case", code=2).out
    line = next(line for line in measured.splitlines() if "X01: " in line)
    assert re.search(r"files read  -\d\.\d$", line), measured

"""sweep as people use it: what they read, what they pass on, and what they leave out because they know it."""
import json
import os
import pty

import pytest

SHELL = '<?php\n$f = "sy" . "st" . "em";\necho $f($_POST["q"]);\n'
TWIN = '<?php\n$f = "str" . "len";\necho $f($_POST["q"]);\n'


def make(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_way_is_also_told_as_steps(assay, tmp_path):
    make(tmp_path, {"a.php": SHELL})
    finding, = assay("sweep", "--json", tmp_path).of_kind("finding")
    ways = [r["steps"] for r in finding["reasons"] if r["kind"] == "taint"]
    assert ways[-1] == [{"line": 3, "text": 'field "q" of $_POST'}, {"line": 3, "text": "system"}]
    assert all("steps" not in r for r in finding["reasons"] if r["kind"] != "taint")


def on_terminal(assay_bin, root, *args, **env):
    """What the program writes when its output is a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(assay_bin, [str(assay_bin), *map(str, args)],
                  {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", "ASSAY_DATA": str(root / "data"), **env})
    out = b""
    while True:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    os.waitpid(pid, 0)
    os.close(fd)
    return out.decode().replace("\r\n", "\n")


def test_steps_stand_one_a_line(assay, tmp_path):
    make(tmp_path, {"a.php": '<?php\n$c = $_GET["c"];\n$d = trim($c);\nsystem($d);\n'})
    lines = assay("sweep", tmp_path, code=1).out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  taint"))
    assert lines[at] == '  taint   field "c" of $_GET, line 2'
    assert lines[at + 1].startswith("          -> ")
    assert "          -> system, line 4" in lines[at:]
    assert lines[lines.index("          -> system, line 4") + 1] == "          the visitor's text is run as a command"


@pytest.mark.parametrize("code, offending", [
    ('system($_GET["c"]);', 'system($_GET["c"])'),
    ('$f = "sy"."stem"; echo $f(trim($_POST["q"])) . ")";', '$f(trim($_POST["q"]))'),
])
def test_the_offending_part_is_underlined_on_a_terminal_only(assay, assay_bin, root, tmp_path, code, offending):
    make(tmp_path, {"a.php": f"<?php\n{code}\n"})
    shown = on_terminal(assay_bin, root, "sweep", tmp_path)
    assert f"\x1b[4m{offending}\x1b[0m" in shown
    plain = assay("sweep", tmp_path, code=1).out
    assert "\x1b" not in plain
    assert "\x1b" not in on_terminal(assay_bin, root, "sweep", tmp_path, NO_COLOR="1")
    assert "\x1b" not in on_terminal(assay_bin, root, "sweep", tmp_path, TERM="dumb")


RULE = 'rule Word { meta: description = "a word" author = "me" strings: $w = "needle" condition: $w and %s }\n'


def test_rules_of_others_see_every_file_and_may_ask_about_it(assay, tmp_path):
    make(tmp_path, {"rules/a.yar": RULE % 'extension == ".txt" and filepath == "/in/note.txt" and owner != ""',
                    "tree/in/note.txt": "x\nthe needle\n", "tree/in/note.md": "x\nthe needle\n", "tree/b.php": TWIN})
    finding, = assay("sweep", "--json", "--rules", tmp_path / "rules", tmp_path / "tree", code=1).of_kind("finding")
    assert (finding["class"], finding["confidence"], finding["line"]) == ("rule", "medium", 2)
    assert finding["path"].endswith("/in/note.txt")
    assert [r["text"] for r in finding["reasons"] if r["kind"] == "rule"] == ["Word of a.yar: a word; by me", "$w at byte 6: needle"]
    assert assay("sweep", tmp_path / "tree", code=0)


def test_a_rule_that_names_our_class_is_taken_at_its_word(assay, tmp_path):
    make(tmp_path, {"a.yar": 'rule X { meta: class = "tool" score = 80 strings: $w = "needle" condition: $w }\n', "tree/note": "needle"})
    finding, = assay("sweep", "--json", "--rules", tmp_path / "a.yar", tmp_path / "tree", code=1).of_kind("finding")
    assert (finding["class"], finding["confidence"]) == ("tool", "high")


@pytest.mark.parametrize("text, says", [
    ("\nrule A { condition: tru }\n", "b.yar:2: undefined identifier"),
    ('import "nonesuch"\nrule A { condition: true }\n', "lacks that module"),
    ('include "../outside.yar"\nrule A { condition: true }\n', "only files below"),
])
def test_a_broken_rule_ends_the_run_and_is_named(assay, tmp_path, text, says):
    make(tmp_path, {"rules/a.yar": RULE % "true", "rules/b.yar": text, "outside.yar": "rule O { condition: true }\n", "tree/note": "needle"})
    result = assay("sweep", "--rules", tmp_path / "rules", tmp_path / "tree", code=2)
    assert says in result.err and result.out == ""


def test_rules_may_include_what_lies_beside_them(assay, tmp_path):
    make(tmp_path, {"rules/a.yar": 'include "sub/b.inc"\n', "rules/sub/b.inc": RULE % "true", "tree/note": "needle"})
    assert len(assay("sweep", "--json", "--rules", tmp_path / "rules", tmp_path / "tree", code=1).of_kind("finding")) == 1

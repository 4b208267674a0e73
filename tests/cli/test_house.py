"""The lint itself: every rule of tools/layers.sh and tools/words passes on this tree and fails once its wall is broken."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = ("doors", "banned", "foreign", "quiet")


def lint(tool, *args):
    done = subprocess.run([str(ROOT / "tools" / tool), *map(str, args)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode()


@pytest.fixture
def copy(tmp_path):
    """A copy of the sources that may be broken."""
    for folder in ("src", "include"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def plant(tree, file, line):
    """Puts a line at the top of a file, which is made if need be."""
    path = tree / file
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text() if path.exists() else "int unused;\n"
    path.write_text(line + "\n" + old)


@pytest.mark.parametrize("rule", RULES)
def test_this_tree_keeps_the_rule(rule):
    code, out = lint("layers.sh", rule, ROOT)
    assert (code, out) == (0, "")


BREACHES = [
    # rule, file, line put at its top, what the lint says
    ("doors", "src/base/str.c", '#include "assay/case.h"', "base may not open case"),
    ("doors", "src/formats/extra.c", '#include "assay/sweep.h"', "formats may not open sweep"),
    ("doors", "src/sweep/extra.c", '#include "assay/trace.h"', "sweep may not open trace"),
    ("doors", "src/match/extra.c", '#include "assay/case.h"', "match may not open case"),
    ("doors", "src/report/extra.c", '#include "assay/match.h"', "report may not open match"),
    ("doors", "src/cli/extra.c", '#include "sweep/inside.h"', 'sweep has a door: include "assay/sweep.h"'),
    ("doors", "src/cli/extra.c", '#  include "case/store.h"', 'case has a door: include "assay/case.h"'),
    ("doors", "src/attic/extra.c", '#include "base/str.h"', "room attic is not in the table"),
    ("doors", "src/base/extra.c", '#include "str.h"', 'write the room, as in "base/str.h"'),
    ("doors", "include/assay/words.h", '#include "base/str.h"', "a door shows no room's inside"),
    ("foreign", "src/sweep/extra.c", "#include <sqlite3.h>", "<sqlite3.h> lives in"),
    ("foreign", "src/cli/extra.c", "#include <yara.h>", "<yara.h> lives in"),
    ("foreign", "src/trace/extra.c", "#include <pthread.h>", "<pthread.h> lives in"),
    ("foreign", "src/judge/extra.c", "#include <openssl/evp.h>", "<openssl/evp.h> lives in"),
    ("quiet", "src/sweep/extra.c", 'void f(void) { printf("found\\n"); }', "only src/cli prints or exits"),
    ("quiet", "src/case/extra.c", 'void f(void) { fprintf( stderr, "oops\\n"); }', "only src/cli prints or exits"),
    ("quiet", "src/match/extra.c", "void f(void) { exit(2); }", "only src/cli prints or exits"),
]


@pytest.mark.parametrize("rule,file,line,says", BREACHES, ids=[f"{b[0]}-{b[3]}" for b in BREACHES])
def test_a_breach_is_named(copy, rule, file, line, says):
    before = set(lint("layers.sh", rule, copy)[1].splitlines())
    plant(copy, file, line)
    code, out = lint("layers.sh", rule, copy)
    assert code == 1
    (breach,) = set(out.splitlines()) - before
    assert breach.startswith(f"{file}:1: ") and says in breach


@pytest.mark.parametrize("line", [
    "/* printf(\"in a comment\") */",
    "int n = snprintf(out, sizeof out, \"x\");",
    "buf_printf(&buf, \"x\");",
    "_exit(0);",
    "sink->exit(2);",
])
def test_what_only_looks_like_printing_passes(copy, line):
    plant(copy, "src/sweep/extra.c", line)
    assert lint("layers.sh", "quiet", copy) == (0, "")


def test_banned_must_come_last(copy):
    path = copy / "src/base/str.c"
    path.write_text(path.read_text() + '\n#include "base/own.h"\n')
    code, out = lint("layers.sh", "banned", copy)
    assert code == 1 and "src/base/str.c:" in out and "the last include is not" in out


def test_banned_must_be_there(copy):
    (copy / "src/base/extra.c").write_text("#include <stdio.h>\n")
    code, out = lint("layers.sh", "banned", copy)
    assert code == 1 and "src/base/extra.c:1:" in out


def test_a_banned_call_does_not_compile(copy):
    (copy / "src/base/extra.c").write_text(
        '#include <stdlib.h>\n#include "base/banned.h"\nint f(const char *s);\nint f(const char *s) { return atoi(s); }\n')
    done = subprocess.run(["cc", "-c", "-Isrc", "-Iinclude", "src/base/extra.c", "-o", "/dev/null"], cwd=copy,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode != 0 and b"atoi_is_banned" in done.stdout


def test_this_tree_keeps_the_words():
    assert lint("words", ROOT) == (0, "")


# Written in two halves so that this file keeps the rule it tests.
@pytest.mark.parametrize("text,says", [
    ("see /wor" + "k/main/x.c", "a path of somebody's machine"),
    ("open('/hom" + "e/anna/x')", "a path of somebody's machine"),
    ("../share" + "d/models", "data beside the tree"),
    ("http://build.interna" + "l/x", "a private host name"),
    ("/* TOD" + "O: later */", "a note to self"),
    ("-----BEGIN PRIVATE KE" + "Y-----", "a secret key"),
    ("PRIVATE+KE" + "Y+shop+0badcafe+AQ" + "Zz09+/" * 7 + "w==", "a secret key"),
    ("<" * 7 + " HEAD", "a merge that was not finished"),
])
def test_a_word_is_named(tmp_path, text, says):
    (tmp_path / "notes.md").write_text("fine\n" + text + "\n")
    code, out = lint("words", tmp_path)
    assert code == 1
    assert out.startswith("notes.md:2:") and says in out


def test_a_big_file_is_named(tmp_path):
    (tmp_path / "dump.sql").write_bytes(b"x" * 1_100_000)
    code, out = lint("words", tmp_path)
    assert code == 1 and "dump.sql: larger than 1 MB" in out


def test_what_is_built_is_not_the_tree(tmp_path):
    for folder in ("build", "demo", ".git"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_text("/wor" + "k/main\n")
    assert lint("words", tmp_path) == (0, "")

"""sweep beside what is known: releases (--learn, --known), an earlier look (--since), what other programs read (--sarif), and one file
told in full (--explain)."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import zipfile

import pytest

SHELL = '<?php\n$f = "sy" . "st" . "em";\necho $f($_POST["q"]);\n'
PLAIN = "<?php\n// {0}\nfunction f{0}($a)\n{{\n    return $a + {0};\n}}\n"


def make(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def release(folder, seed=0):
    """An application of 60 files, with a picture, and one file that sweep would call a shell."""
    files = {f"core/f{i:02}.php": PLAIN.format(seed * 1000 + i) for i in range(30)}
    files |= {f"core/js/f{i:02}.js": f"var a{seed}_{i} = {i};\n" for i in range(20)}
    files |= {f"admin/f{i:02}.php": PLAIN.format(seed * 1000 + 100 + i) for i in range(6)}
    files |= {"index.php": PLAIN.format(seed * 1000 + 500), "extra/index.php": "<?php // silence\n",
              "core/logo.png": b"\x89PNG\r\n\x1a\n\0" + bytes(range(200)), "admin/console.php": SHELL}
    make(folder, files)
    return files


@pytest.fixture
def learned(assay, tmp_path):
    files = release(tmp_path / "release")
    assay("sweep", "--learn", "release", "-o", "release.jsonl", code=0)
    return files


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def found(result):
    return {r["path"]: r["class"] for r in result.of_kind("finding")}


# ---- --learn ----

def test_a_manifest_says_what_is_there(assay, tmp_path, learned):
    head, *rows = lines(tmp_path / "release.jsonl")
    assert head["kind"] == "manifest" and head["format"] == "assay-manifest/1" and head["root"] == "release"
    assert head["files"] == len(rows) == len(learned) and head["complete"] is True
    assert head["made"].endswith("Z")
    assert [row["path"] for row in rows] == sorted(learned, key=os.fsencode)
    for row in rows:
        bytes_ = (tmp_path / "release" / row["path"]).read_bytes()
        assert row["bytes"] == len(bytes_) and row["sha256"] == hashlib.sha256(bytes_).hexdigest()
        assert (row["text"] is None) == (b"\0" in bytes_)
    body = (tmp_path / "release.jsonl").read_bytes().split(b"\n", 1)[1]
    assert head["sha256"] == hashlib.sha256(body).hexdigest()


def test_the_same_tree_gives_the_same_bytes(assay, tmp_path, learned):
    for jobs in ("1", "7"):
        assay("sweep", "--learn", "release", "-o", f"{jobs}.jsonl", "--jobs", jobs, code=0, env={"ASSAY_NOW": "2026-03-14T21:47:09Z"})
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "7.jsonl").read_bytes()


def test_learning_reads_only_and_says_what_it_could_not_read(assay, tmp_path, learned):
    (tmp_path / "release" / "out").symlink_to("/etc/hostname")
    result = assay("sweep", "--learn", "release", "-o", "x.jsonl", code=2)
    assert "1 link out of the tree" in result.out
    assert lines(tmp_path / "x.jsonl")[0]["complete"] is False


@pytest.mark.parametrize("words, says", [
    (["--learn", "release"], "--learn needs one TREE and -o FILE"),
    (["--learn", "release", "release", "-o", "x"], "--learn needs one TREE and -o FILE"),
    (["release", "-o", "x"], "-o is for --learn"),
    (["--learn", "release", "-o", "release/x"], "-o release/x lies in the tree that is learned"),
    (["--learn", "release", "-o", "pipe"], "-o pipe is no file"),
    (["--learn", "release", "-o", "x", "--known", "release.jsonl"], "--learn goes without --known"),
])
def test_what_learning_is_not(assay, tmp_path, learned, words, says):
    os.mkfifo(tmp_path / "pipe")
    result = assay("sweep", *words, code=64)
    assert says in result.err
    assert (tmp_path / "pipe").is_fifo() and not (tmp_path / "x").exists() and not (tmp_path / "release/x").exists()


def test_a_manifest_that_cannot_be_written_leaves_nothing(assay, tmp_path, learned):
    assay("sweep", "--learn", "release", "-o", "nowhere/x", code=2)
    assay("sweep", "--learn", "missing", "-o", "x", code=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["release", "release.jsonl"]


def test_learning_as_json_ends_with_a_summary(assay, tmp_path, learned):
    result = assay("sweep", "--learn", "release", "-o", "x.jsonl", "--json", code=0)
    assert result.summary["read"] == len(learned)
    assert not result.of_kind("measure") and not result.of_kind("finding")


# ---- --known ----

def test_an_unchanged_release_is_counted_and_not_analysed(assay, tmp_path, learned):
    assert "release/admin/console.php" in found(assay("sweep", "release", "--json", code=1))
    result = assay("sweep", "release", "--known", "release.jsonl", "--json", "--all", code=0)
    assert not result.of_kind("finding")
    assert result.summary["read"] == 0 and result.summary["skipped"] == {"known": len(learned)}
    assert result.summary["known"]["files"] == len(learned) and result.summary["known"]["roots"] == 1
    assert result.summary["complete"] is True
    totals = {r["class"]: r["count"] for r in result.of_kind("coverage")}
    assert totals == {"known": len(learned)}
    said = assay("sweep", "release", "--known", "release.jsonl", code=0).out
    assert f"{len(learned)} unchanged files of a release, in 1 place, not analysed" in " ".join(said.split())
    assert "found       nothing in what was analysed\n" in said


def test_copies_at_other_depths_are_found_and_differences_told(assay, tmp_path, learned):
    for place in ("www/a/shop", "www/b", "www"):
        shutil.copytree(tmp_path / "release", tmp_path / place, dirs_exist_ok=True)
    www = tmp_path / "www"
    with open(www / "b/core/f03.php", "a", encoding="ascii") as file:
        file.write('system($_GET["c"]);\n')
    (www / "a/shop/core/f04.php").write_text("<?php echo 'other';\n")
    (www / "core/logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0 other")
    crlf = (www / "b/core/f05.php").read_bytes().replace(b"\n", b"\r\n")
    (www / "b/core/f05.php").write_bytes(b"\xef\xbb\xbf" + crlf)
    make(www, {"b/core/x.php": "<?php echo 1;\n", "b/core/deep/er/y.php": "<?php echo 1;\n", "b/config.php": "<?php echo 1;\n",
               "b/extra/mine/z.php": "<?php echo 1;\n", "b/core/note.txt": "x\n"})
    (www / "a/shop/admin/f01.php").unlink()
    result = assay("sweep", "www", "--known", "release.jsonl", "--json", code=1)
    assert found(result) == {"www/b/core/f03.php": "shell", "www/a/shop/core/f04.php": "changed-file",
                             "www/core/logo.png": "changed-file", "www/b/core/x.php": "odd-place",
                             "www/b/core/deep/er/y.php": "odd-place"}
    shell, = [r for r in result.of_kind("finding") if r["class"] == "shell"]
    assert any(r["kind"] == "known" and r["text"].startswith("differs from release release.jsonl: ") for r in shell["reasons"])
    known = result.summary["known"]
    assert {row["path"]: (row["changed"], row["space"], row["extra"], row["missing"]) for row in known["at"]} == {
        "www": (1, 0, 0, 0), "www/a/shop": (1, 0, 0, 1), "www/b": (1, 1, 4, 0)}
    assert (known["roots"], known["changed"], known["space"], known["missing"]) == (3, 3, 1, 1)
    assert known["files"] == result.summary["skipped"]["known"] == 3 * len(learned) - 5
    everything = assay("sweep", "www", "--known", "release.jsonl", "--json", "--all", code=1)
    assert found(everything)["www/b/config.php"] == "hint" and found(everything)["www/b/core/note.txt"] == "hint"
    assert "www/b/extra/mine/z.php" not in found(everything)
    assert [r["path"] for r in everything.of_kind("measure") if r["class"] == "missing"] == ["www/a/shop/admin/f01.php"]


def test_behind_a_copy_the_tree_is_looked_at_again(assay, tmp_path, learned):
    """What lies in a directory that is no root is not known, also when one that is has just been left."""
    shutil.copytree(tmp_path / "release", tmp_path / "www/a")
    for name in ("core/f00.php", "core/f01.php", "admin/console.php"):
        make(tmp_path / "www/b", {name: learned[name]})
    result = assay("sweep", "www", "--known", "release.jsonl", "--json", code=1)
    assert found(result) == {"www/b/admin/console.php": "shell"}
    assert result.summary["skipped"] == {"known": len(learned)} and result.summary["read"] == 3


def test_the_top_of_a_release_is_everybodys(assay, tmp_path, learned):
    make(tmp_path / "release", {f"top{i}.php": PLAIN.format(700 + i) for i in range(5)})
    assay("sweep", "--learn", "release", "-o", "top.jsonl", code=0)
    make(tmp_path / "release", {"config.php": "<?php echo 1;\n"})
    result = assay("sweep", "release", "--known", "top.jsonl", "--json", "--all", code=1)
    assert found(result) == {"release/config.php": "hint"}


def test_white_space_is_no_change_and_is_analysed(assay, tmp_path, learned):
    path = tmp_path / "release/admin/console.php"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    result = assay("sweep", "release", "--known", "release.jsonl", "--json", code=1)
    assert found(result) == {"release/admin/console.php": "shell"}
    assert result.summary["known"]["space"] == 1 and result.summary["known"]["changed"] == 0


def test_more_than_half_changed_is_no_release(assay, tmp_path, learned):
    for path in sorted((tmp_path / "release").rglob("*")):
        if path.is_file() and path.name != "console.php" and path.suffix in (".php", ".js"):
            path.write_bytes(path.read_bytes() + b"// other\n")
    result = assay("sweep", "release", "--known", "release.jsonl", "--json", code=1)
    assert found(result) == {"release/admin/console.php": "shell"}
    assert result.summary["known"]["roots"] == 0 and "known" not in result.summary["skipped"]
    assert "release.jsonl: no directory here is what it was made of" in result.err
    said = assay("sweep", "release", "--known", "release.jsonl", code=1).out
    assert "no release was met; all files were analysed" in said


def test_two_versions_in_one_place(assay, tmp_path, learned):
    """Files of either version are known; what is missing is told of the version that lies there."""
    shutil.copytree(tmp_path / "release", tmp_path / "next")
    make(tmp_path / "next", {"core/f00.php": PLAIN.format(9000), "core/added.php": PLAIN.format(9001)})
    (tmp_path / "next/core/f01.php").unlink()
    assay("sweep", "--learn", "next", "-o", "next.jsonl", code=0)
    shutil.copytree(tmp_path / "next", tmp_path / "www")
    (tmp_path / "www/core/f00.php").write_text(PLAIN.format(0))
    result = assay("sweep", "www", "--known", "release.jsonl", "--known", "next.jsonl", "--json", code=0)
    assert result.summary["skipped"] == {"known": len(learned)}
    assert result.summary["known"]["missing"] == 0 and result.summary["known"]["releases"] == 2
    result = assay("sweep", "www", "--known", "release.jsonl", "--json", code=1)
    assert found(result) == {"www/core/added.php": "odd-place"}


def test_a_closed_directory_is_not_missing(assay_bin, tmp_path, learned, root):
    """As a user who may not read everything; root becomes nobody for it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-known-"))
    drop = (lambda: (os.setgid(65534), os.setuid(65534))) if os.geteuid() == 0 else None
    try:
        folder.chmod(0o755)
        shutil.copytree(tmp_path / "release", folder / "www")
        shutil.copy(tmp_path / "release.jsonl", folder)
        (folder / "www/admin").chmod(0)
        try:
            done = subprocess.run([str(assay_bin), "sweep", "www", "--known", "release.jsonl", "--json"], cwd=folder, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=drop, text=True,
                                  env={"PATH": os.environ["PATH"], "ASSAY_DATA": str(root / "data")})
        except PermissionError:
            pytest.skip("nobody may not run the program from where it lies")
    finally:
        (folder / "www/admin").chmod(0o755)
        shutil.rmtree(folder)
    if "data" in done.stderr and "Permission denied" in done.stderr and not done.stdout:
        pytest.skip("nobody may not read the rules from where they lie")
    assert done.returncode == 2
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["known"]["missing"] == 0 and summary["known"]["unseen"] == 7


def test_more_white_space_than_line_ends_make_is_a_change(assay, tmp_path, learned):
    """Such a file is not even read for the comparison: a sparse terabyte of blanks would hold everybody up."""
    path = tmp_path / "release/core/f03.php"
    path.write_bytes(path.read_bytes().replace(b"\n", b" \n", 1) + b" " * 3000)
    assert assay("sweep", "release", "--known", "release.jsonl", "--json", code=0).summary["known"]["space"] == 1
    path.write_bytes(path.read_bytes().replace(b"\n", b" " * 3000 + b"\n"))
    known = assay("sweep", "release", "--known", "release.jsonl", "--json", code=1).summary["known"]
    assert (known["space"], known["changed"], known["files"]) == (0, 1, len(learned) - 1)


def test_links_are_no_files_of_a_release(assay, tmp_path, learned):
    (tmp_path / "release/core/f07.php").unlink()
    (tmp_path / "release/core/f07.php").symlink_to("f08.php")
    result = assay("sweep", "release", "--known", "release.jsonl", "--json", code=0)
    assert result.summary["known"]["missing"] == 1 and result.summary["skipped"]["link"] == 1


def test_threads_change_nothing(assay, tmp_path, learned):
    for i in range(6):
        shutil.copytree(tmp_path / "release", tmp_path / f"www/{i}")
        (tmp_path / f"www/{i}/core/f0{i}.php").write_text(SHELL)
    outs = [assay("sweep", "www", "--known", "release.jsonl", "--json", "--jobs", n, code=1).records for n in ("1", "2", "7")]
    for out in outs:
        out[-1].pop("seconds")
    assert outs[0] == outs[1] == outs[2]
    assert len([r for r in outs[0] if r["kind"] == "finding"]) == 6


@pytest.mark.parametrize("damage, says", [
    (lambda text: text.replace('"core/f07.php"', '"core/f7.php"'), "release.jsonl:"),
    (lambda text: text[:-40], "release.jsonl:"),
    (lambda text: text.replace('"files":60', '"files":59'), "release.jsonl:61: there are more files"),
    (lambda text: "<?php\n", "release.jsonl:1: this is no manifest"),
    (lambda text: "", "release.jsonl:1: this is no manifest"),
])
def test_a_damaged_manifest_is_one_line_and_a_remedy(assay, tmp_path, learned, damage, says):
    path = tmp_path / "release.jsonl"
    path.write_text(damage(path.read_text()))
    result = assay("sweep", "release", "--known", "release.jsonl", code=2)
    assert result.err.startswith("assay: sweep: release.jsonl:") and says in result.err
    assert "--learn" in result.err.splitlines()[1] and len(result.err.splitlines()) == 2
    assert result.out == ""


def test_a_manifest_that_is_not_there(assay, tmp_path, learned):
    result = assay("sweep", "release", "--known", "none.jsonl", code=2)
    assert "none.jsonl: No such file" in result.err


# ---- --since ----

def test_since_an_earlier_sweep_only_what_is_new_is_told(assay, tmp_path):
    make(tmp_path, {"www/a.php": SHELL, "www/b.php": SHELL + "//\n", "www/c.php": SHELL + "// c\n"})
    (tmp_path / "old.jsonl").write_text(assay("sweep", "www", "--json", code=1).out)
    result = assay("sweep", "www", "--since", "old.jsonl", code=0)
    assert "3 findings as before, not told again" in result.out and "found       nothing new\n" in result.out
    assert "a.php" not in result.out
    make(tmp_path, {"www/b.php": SHELL + "// other\n", "www/d.php": SHELL})
    (tmp_path / "www/c.php").unlink()
    result = assay("sweep", "www", "--since", "old.jsonl", "--json", "--all", code=1)
    assert set(found(result)) == {"www/b.php", "www/d.php"}
    since = result.summary["since"]
    assert (since["before"], since["new"], since["gone"], since["unseen"]) == (1, 2, 2, 0)
    assert result.summary["findings"] == 2 and result.summary["classes"] == {"shell": 2}
    assert {r["path"] for r in result.of_kind("measure") if r["class"] == "gone"} == {"www/b.php", "www/c.php"}


def test_what_tells_only_what_was_new_is_no_baseline(assay, tmp_path):
    make(tmp_path, {"www/a.php": SHELL})
    (tmp_path / "1.jsonl").write_text(assay("sweep", "www", "--json", code=1).out)
    make(tmp_path, {"www/b.php": SHELL})
    (tmp_path / "2.jsonl").write_text(assay("sweep", "www", "--json", "--since", "1.jsonl", code=1).out)
    result = assay("sweep", "www", "--since", "2.jsonl", code=2)
    assert "2.jsonl:3: it tells only what was new since another" in result.err


def test_what_was_not_looked_at_is_not_gone(assay, tmp_path):
    make(tmp_path, {"www/a.php": SHELL, "other/b.php": SHELL})
    (tmp_path / "old.jsonl").write_text(assay("sweep", "www", "other", "--json", code=1).out)
    since = assay("sweep", "www", "--since", "old.jsonl", "--json", code=0).summary["since"]
    assert (since["before"], since["gone"], since["unseen"]) == (1, 0, 1)
    (tmp_path / "www/a.php").unlink()
    (tmp_path / "www/a.php").symlink_to("/etc/hostname")
    since = assay("sweep", "www", "--since", "old.jsonl", "--json", code=2).summary["since"]
    assert (since["before"], since["gone"], since["unseen"]) == (0, 0, 2)


def test_since_a_manifest_unchanged_files_are_left_out(assay, tmp_path):
    make(tmp_path, {f"www/f{i}.php": PLAIN.format(i) for i in range(20)} | {"www/a.php": SHELL})
    assay("sweep", "--learn", "www", "-o", "day.jsonl", code=0)
    result = assay("sweep", "www", "--since", "day.jsonl", "--json", code=0)
    assert result.summary["skipped"] == {"unchanged": 21} and result.summary["read"] == 0
    make(tmp_path, {"www/f3.php": SHELL, "www/new.php": SHELL, "www/f4.php": PLAIN.format(44), "www/up/x.txt": "x"})
    (tmp_path / "www/f5.php").unlink()
    result = assay("sweep", "www", "--since", "day.jsonl", "--json", code=1)
    assert found(result) == {"www/f3.php": "shell", "www/new.php": "shell"}
    since = result.summary["since"]
    assert (since["unchanged"], since["changed"], since["new"], since["missing"]) == (18, 2, 2, 1)
    everything = assay("sweep", "www", "--since", "day.jsonl", "--json", "--all", code=1)
    assert found(everything)["www/f4.php"] == found(everything)["www/up/x.txt"] == "hint"
    said = assay("sweep", "www", "--since", "day.jsonl", code=1).out
    assert "18 files unchanged since " in said


@pytest.mark.parametrize("text, says", [
    ("", "old.jsonl:1: it ends without a summary"),
    ('{"kind":"finding","engine":"sweep","class":"shell","path":"a"}\n', "old.jsonl:2: it ends without a summary"),
    ("<?php\n", "old.jsonl:1: this is no line of assay sweep --json"),
    ('{"kind":"summary","engine":"trace"}\n', "old.jsonl:1: this is of another examination"),
])
def test_a_baseline_that_is_none(assay, tmp_path, text, says):
    make(tmp_path, {"www/a.php": SHELL, "old.jsonl": text})
    result = assay("sweep", "www", "--since", "old.jsonl", code=2)
    assert result.err.startswith(f"assay: sweep: {says}") and len(result.err.splitlines()) == 2
    assert result.out == ""


def test_a_case_has_every_finding_also_those_of_before(assay, tmp_path, learned):
    make(tmp_path, {"www/a.php": SHELL})
    (tmp_path / "old.jsonl").write_text(assay("sweep", "www", "--json", code=1).out)
    assay("open", "x.case", code=0)
    assay("sweep", "www", "--since", "old.jsonl", "--known", "release.jsonl", "--case", "x.case", code=0)
    entries = lines(tmp_path / "x.case/ledger.jsonl")
    text = json.dumps(entries)
    assert '"before": true' in text and '"www/a.php"' in text
    digest = hashlib.sha256((tmp_path / "old.jsonl").read_bytes()).hexdigest()
    examination, = [e for e in entries if e.get("type") == "examination"]
    options = json.dumps(examination)
    assert digest in options and "release.jsonl" in options


@pytest.mark.parametrize("option", ["--since", "--known"])
def test_a_verdict_knows_what_nobody_looked_at(assay, tmp_path, option):
    """A manifest is the word of whoever made it: what was left out because of it was not looked at."""
    make(tmp_path, {f"www/f{i}.php": PLAIN.format(i) for i in range(20)} | {"www/index.php": PLAIN.format(99)})
    (tmp_path / "s.yaml").write_text("parties:\n  - {id: shop, name: A shop, kind: company}\n"
                                     "claims:\n  - {id: C1, kind: entry, text: A backdoor was planted.}\n")
    assay("sweep", "--learn", "www", "-o", "m.jsonl", code=0)
    make(tmp_path, {"www/new.php": PLAIN.format(100)})
    for name, words in (("plain", []), ("known", [option, "m.jsonl"])):
        assay("open", f"{name}.case", code=0)
        assay("state", "--case", f"{name}.case", "-f", "s.yaml", code=0)
        assay("sweep", "www", "--case", f"{name}.case", "--owner", "shop", *words, code=0)
    assert "no planted file among 22 files read" in assay("judge", "C1", "--case", "plain.case", code=2).out
    known = assay("judge", "C1", "--case", "known.case", code=2).out
    assert "no planted file among 1 files read, 21 not read" in known and "coverage partial" in known


# ---- --sarif ----

def sarif(result):
    """The document, after the properties that SARIF 2.1.0 demands have been seen in it."""
    document = json.loads(result.out)
    assert document["version"] == "2.1.0" and document["$schema"].endswith("sarif-2.1.0.json")
    run, = document["runs"]
    driver = run["tool"]["driver"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert driver["name"] and driver["version"] and len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    places = []
    for found_ in run["results"]:
        assert found_["ruleId"] in ids and found_["level"] in ("error", "warning", "note") and found_["message"]["text"]
        assert all(len(value) == 64 for value in found_["partialFingerprints"].values()) and found_["partialFingerprints"]
        assert found_["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
        places += found_["locations"]
        for flow in found_.get("codeFlows", []):
            assert flow["threadFlows"]
            for thread in flow["threadFlows"]:
                assert thread["locations"]
                places += [step["location"] for step in thread["locations"]]
    invocation, = run["invocations"]
    assert isinstance(invocation["executionSuccessful"], bool)
    for note in invocation["toolExecutionNotifications"]:
        assert note["message"]["text"] and note["level"] == "error"
        places += note.get("locations", [])
    for place in places:
        where = place["physicalLocation"]["artifactLocation"]
        assert not where["uri"].startswith("/") and ":" not in where["uri"].split("/")[0]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", where["uri"])
        assert run["originalUriBaseIds"][where["uriBaseId"]]["uri"].endswith("/")
        assert all(region["startLine"] >= 1 for region in [place["physicalLocation"].get("region")] if region)
    return run


def resolved(run, where):
    base = run["originalUriBaseIds"][where["uriBaseId"]]["uri"]
    return urllib.parse.unquote(base.removeprefix("file://") + where["uri"])


def test_sarif_tells_findings_with_their_way(assay, tmp_path):
    make(tmp_path, {"www/a b:%[1]/x.php": SHELL, "www/c.php": "<?php echo 1;\n"})
    run = sarif(assay("sweep", "www", "--sarif", code=1))
    shell, = run["results"]
    assert (shell["ruleId"], shell["level"]) == ("shell", "error")
    place = shell["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "www/a%20b%3A%25%5B1%5D/x.php", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 3, "snippet": {"text": 'echo $f($_POST["q"]);'}}
    way = [step["location"] for step in shell["codeFlows"][-1]["threadFlows"][0]["locations"]]
    assert 'field "q" of $_POST' in way[0]["message"]["text"] and way[0]["physicalLocation"]["region"]["startLine"] == 3
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["properties"]["summary"]["files"] == 2


def test_sarif_places_can_be_found_again(assay, tmp_path):
    make(tmp_path, {"www/a.php": SHELL, "other/b.php": SHELL, "one.php": SHELL})
    (tmp_path / "here").mkdir()
    result = assay("sweep", ".", "../www", tmp_path / "other", tmp_path / "one.php", "../other/b.php", "--sarif", code=1,
                   cwd=tmp_path / "here")
    run = sarif(result)
    seen = [pathlib.Path(resolved(run, r["locations"][0]["physicalLocation"]["artifactLocation"])) for r in run["results"]]
    assert seen == [tmp_path / "www/a.php", tmp_path / "other/b.php", tmp_path / "one.php", tmp_path / "other/b.php"]


def test_sarif_fingerprints_follow_content_and_class(assay, tmp_path):
    make(tmp_path, {"www/a.php": SHELL, "www/b/c.php": SHELL, "www/d.php": SHELL + "// other\n"})
    prints = [r["partialFingerprints"] for r in sarif(assay("sweep", "www", "--sarif", code=1))["results"]]
    assert prints[0] == prints[1] != prints[2]


def test_sarif_says_what_was_not_seen(assay, tmp_path):
    make(tmp_path, {"www/b.php": "<?php echo 1;\n", "www/bad.zip": b"PK\x03\x04 damaged"})
    (tmp_path / "www/out").symlink_to("/etc/hostname")
    run = sarif(assay("sweep", "www", "--sarif", code=2))
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert run["invocations"][0]["executionSuccessful"] is False and run["results"] == []
    assert {n["descriptor"]["id"] for n in notes} >= {"link out of the tree"} and len(notes) == 2
    many = tmp_path / "many"
    many.mkdir()
    for i in range(1100):
        (many / f"{i:04}").symlink_to("/etc/hostname")
    notes = sarif(assay("sweep", "many", "--sarif", code=2))["invocations"][0]["toolExecutionNotifications"]
    assert len(notes) == 1001 and notes[-1]["message"]["text"] == "100 more could not be seen"


def test_sarif_of_a_run_that_failed_is_still_a_document(assay):
    result = assay("sweep", "nowhere", "--sarif", code=2)
    run = sarif(result)
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "nowhere" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_has_no_link_and_no_placeholder_of_strangers(assay, tmp_path):
    make(tmp_path, {"www/a.php": '<?php system($_GET["{0}[x](https://example.org)\u202e"]);\n'})
    text = sarif(assay("sweep", "www", "--sarif", code=1))["results"][0]["message"]["text"]
    assert "{{0}}\\[x\\](https://example.org)" in text and "\u202e" not in text


def test_sarif_is_all_there_is_on_standard_output(assay, tmp_path):
    make(tmp_path, {"www/a.php": SHELL})
    assay("open", "x.case", code=0)
    sarif(assay("sweep", "www", "--sarif", "--case", "x.case", code=1))
    assay("sweep", "www", "--sarif", "--json", code=64)
    (tmp_path / "old.jsonl").write_text(assay("sweep", "www", "--json", code=1).out)
    make(tmp_path, {"www/b.php": SHELL})
    result, = sarif(assay("sweep", "www", "--sarif", "--since", "old.jsonl", code=1))["results"]
    assert result["baselineState"] == "new"


# ---- --explain ----

LONG = '<?php\n$a = $_POST["x"];\n// one\n// two\n// three\n// four\n$b = trim($a);\nfunction run($z) {\n    return system($z);\n}\nrun($b);\n'


def test_explain_follows_the_way_with_the_lines_around(assay, tmp_path):
    make(tmp_path, {"a.php": LONG})
    result = assay("sweep", "--explain", "a.php", code=1)
    words = " ".join(result.out.split())
    assert result.out.startswith("a.php\n") and hashlib.sha256(LONG.encode()).hexdigest() in result.out
    assert "by its name PHP; by its content PHP" in words
    assert 'enters as field "x" of $_POST, line 2' in words and "ends in system, line 9" in words
    assert '  >      2 | $a = $_POST["x"];\n' in result.out and "  >      9 |     return system($z);\n" in result.out
    assert result.out.index("       8 | function run($z) {") > result.out.index("ends in") and "// four" not in result.out
    for part in ("found: shell", "it means", "not shown", "look-alikes", "looked for and not found", "limits", "keep", "compare",
                 "assay trace ACCESS.LOG... --path /.../a.php"):
        assert part in words
    assert max(len(line) for line in result.out.splitlines()) <= 96


def test_explain_shows_what_was_decoded(assay, tmp_path):
    make(tmp_path, {"a.jpg": b'\xff\xd8\xff\xe0 <?php eval(base64_decode("c3lzdGVtKCRfR0VUWyJjIl0pOw==")); ?>'})
    words = " ".join(assay("sweep", "--explain", "a.jpg", code=1).out.split())
    assert "by its name no script; by its content PHP in what begins as a JPEG image" in words
    assert 'decoded system($_GET["c"]);' in words
    assert "ends in system, in the text that is worked out in line 1" in words


def test_explain_of_nothing_says_what_that_is_worth(assay, tmp_path):
    make(tmp_path, {"b.php": "<?php echo strlen($_POST['q']);\n", "c.txt": "plain\n"})
    words = " ".join(assay("sweep", "--explain", "b.php", code=0).out.split())
    assert "nothing found not shown that the file is harmless" in words
    assert "classes shell, admin-tool, uploader, tool, config-shell, packed, vendor-encoded, odd-place, hint limits" in words
    words = " ".join(assay("sweep", "--explain", "c.txt", code=0).out.split())
    assert "nothing in it can run" in words and "the file itself was not analysed" in words


def test_explain_an_archive_tells_what_is_in_it(assay, tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("d/a.php", LONG)
    words = " ".join(assay("sweep", "--explain", "b.zip", code=1).out.split())
    assert "as an archive" in words and "line 9 of b.zip!/d/a.php" in words and "code return system($z);" in words


def test_explain_escapes_what_strangers_wrote(assay, tmp_path):
    make(tmp_path, {"a\x1b[2J.php": b'<?php\n// \x1b]0;x\x07\xe2\x80\xae\nsystem($_GET["\x1b[31m"]);\n'})
    result = assay("sweep", "--explain", "a\x1b[2J.php", code=1)
    assert "\x1b" not in result.out and "\u202e" not in result.out and "\\x1b]0;x" in result.out


def test_explain_as_json(assay, tmp_path):
    make(tmp_path, {"a.php": LONG})
    result = assay("sweep", "--explain", "a.php", "--json", code=1)
    told, = result.of_kind("measure")
    assert told["class"] == "explained" and told["path"] == "a.php" and told["by_content"] == ["PHP"]
    assert told["lines"] == 11 and {row["line"] for row in told["around"]} >= {1, 2, 3, 4, 7, 8, 9, 10, 11}
    assert told["analysed"] is True and told["sha256"] == result.of_kind("finding")[0]["sha256"]


@pytest.mark.parametrize("words", [["--explain", "."], ["--explain", "a.php", "b.php"], ["--explain", "a.php", "--sarif"],
                                   ["--explain", "a.php", "--since", "x"]])
def test_explain_is_of_one_file(assay, tmp_path, words):
    make(tmp_path, {"a.php": LONG, "b.php": LONG, "x": ""})
    assert assay("sweep", *words, code=64).err.startswith("assay: sweep: --explain ")


def test_explain_a_file_that_cannot_be_read(assay):
    result = assay("sweep", "--explain", "nowhere.php", code=2)
    assert "nowhere.php: No such file" in result.err


def test_explain_into_a_case(assay, tmp_path):
    make(tmp_path, {"a.php": LONG})
    assay("open", "x.case", code=0)
    assay("sweep", "--explain", "a.php", "--case", "x.case", code=1)
    assert '"explained"' in (tmp_path / "x.case/ledger.jsonl").read_text()
    assay("verify", "x.case", code=0)


# ---- other ways to write one thing ----

def test_every_option_is_completed_and_in_the_help(assay):
    out = assay("help", "sweep", code=0).out
    for option in ("--known FILE", "--since FILE", "--learn", "--output FILE", "--sarif", "--explain"):
        assert f"  {option} " in out

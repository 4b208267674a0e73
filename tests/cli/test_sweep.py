"""sweep, the whole program: a tree in, findings and coverage out; what it says when it could not see everything."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

import pytest

SHELL = '<?php\n$f = "sy" . "st" . "em";\necho $f($_POST["q"]);\n'
TWIN = '<?php\n$f = "str" . "len";\necho $f($_POST["q"]);\n'


def make(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_found_is_1_and_tells_the_way(assay, tmp_path):
    make(tmp_path, {"a.php": SHELL, "b.php": TWIN, "index.html": "<p>shop</p>"})
    result = assay("sweep", "--json", tmp_path)
    assert result.code == 1
    finding, = result.of_kind("finding")
    assert (finding["class"], finding["confidence"], finding["language"], finding["line"]) == ("shell", "high", "PHP", 3)
    assert finding["path"] == str(tmp_path / "a.php")
    ways = [r for r in finding["reasons"] if r["kind"] == "taint"]
    assert ways[0]["decoded"] == "system"
    assert 'field "q" of $_POST, line 3' in ways[1]["text"]
    assert [r["text"] for r in finding["reasons"] if r["kind"] == "code"][-1] == 'echo $f($_POST["q"]);'
    assert result.summary["files"] == result.summary["read"] == 3
    assert result.summary["complete"] is True


def test_nothing_is_0(assay, tmp_path):
    make(tmp_path, {"b.php": TWIN})
    result = assay("sweep", tmp_path)
    assert result.code == 0
    assert "found       nothing\n" in result.out


def test_what_was_not_seen_is_2(assay, tmp_path):
    make(tmp_path, {"b.php": TWIN})
    (tmp_path / "elsewhere").symlink_to("/etc")
    result = assay("sweep", tmp_path)
    assert result.code == 2
    assert "found nothing" not in result.out.replace("  ", " ").splitlines()


def test_unreadable_is_said(assay_bin, root):
    """As a user who may not read everything; root becomes nobody for it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-closed-"))
    try:
        make(folder, {"b.php": TWIN, "closed/a.php": SHELL, "secret.php": SHELL})
        folder.chmod(0o755)
        (folder / "closed").chmod(0)
        (folder / "secret.php").chmod(0)
        drop = (lambda: (os.setgid(65534), os.setuid(65534))) if os.geteuid() == 0 else None
        try:
            done = subprocess.run([str(assay_bin), "sweep", "--json", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  preexec_fn=drop, cwd="/", text=True, check=False,
                                  env={"PATH": os.environ["PATH"], "ASSAY_DATA": str(root / "data")})
        except PermissionError:
            pytest.skip("nobody may not run the program from where it lies")
    finally:
        (folder / "closed").chmod(0o755)
        shutil.rmtree(folder)
    if "data" in done.stderr and "Permission denied" in done.stderr and not done.stdout:
        pytest.skip("nobody may not read the rules from where they lie")
    assert done.returncode == 2
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["skipped"] == {"directory: permission denied": 1, "permission denied": 1}
    assert done.stderr.count("Permission denied") == 2


def test_files_equal_read_and_skipped(assay, tmp_path):
    make(tmp_path, {"a/b.php": TWIN, "c.zip": b"PK\x03\x04...", "d.txt": "x"})
    (tmp_path / "inside").symlink_to("a/b.php")
    (tmp_path / "outside").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    result = assay("sweep", "--json", tmp_path)
    summary = result.summary
    assert summary["files"] == summary["read"] + sum(summary["skipped"].values()) == 6
    totals = {r["class"]: r["count"] for r in result.of_kind("coverage") if r["path"] is None}
    assert totals == {"read": 2, **summary["skipped"]}
    assert sum(r["bytes"] for r in result.of_kind("coverage") if r["path"] is None) == summary["bytes"]


def test_order_and_threads(assay, tmp_path):
    make(tmp_path, {f"d{i % 7}/f{i:03}.php": SHELL if i % 3 == 0 else TWIN for i in range(200)})
    make(tmp_path, {"d0.php": SHELL, "d0-a.php": SHELL})
    runs = [assay("sweep", "--json", "--jobs", n, tmp_path) for n in ("1", "2", "7")]
    paths = [[r["path"] for r in run.of_kind("finding")] for run in runs]
    assert paths[0] == sorted(paths[0], key=os.fsencode)
    assert paths[0] == paths[1] == paths[2]


def test_quiet_is_a_line_a_finding(assay, tmp_path):
    make(tmp_path, {"a.php": SHELL, "c.php": SHELL})
    result = assay("sweep", "--quiet", tmp_path)
    assert len(result.out.splitlines()) == 2
    assert result.out.startswith(f"{tmp_path}/a.php:3: shell")


def test_bytes_of_evidence_are_escaped(assay, tmp_path):
    make(tmp_path, {"x\x1b[2J\u202e.php": b'<?php system($_GET["\x1b]0;owned\x07"]);'})
    result = assay("sweep", tmp_path)
    assert result.code == 1
    assert "\x1b" not in result.out and "\u202e" not in result.out


def test_place_time_and_picture(assay, tmp_path):
    make(tmp_path, {f"uploads/{i}.jpg": b"\xff\xd8\xff\xe0 picture" for i in range(8)})
    make(tmp_path, {"uploads/a.php": SHELL})
    for path in (tmp_path / "uploads").iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    os.utime(tmp_path / "uploads/a.php", (1_700_000_000 + 100 * 86400,) * 2)
    finding, = assay("sweep", "--json", tmp_path).of_kind("finding")
    texts = {r["kind"]: r["text"] for r in finding["reasons"]}
    assert texts["place"] == "one of 1 script among 8 pictures and documents"
    assert "100 days after the files around it" in texts["time"]
    assert finding["mtime"] == "2024-02-22T22:13:20Z"


def test_code_in_a_picture(assay, tmp_path):
    make(tmp_path, {"a.jpg": b"\xff\xd8\xff\xe0 <?php eval($_POST[1]); ?>", "b.jpg": b"\xff\xd8\xff\xe0 <? chance",
                    "c.png": b"\x89PNG\r\n\x1a\n<?php echo strlen($_GET['x']); ?>"})
    findings = {pathlib.Path(r["path"]).name: r["class"] for r in assay("sweep", "--json", tmp_path).of_kind("finding")}
    assert findings == {"a.jpg": "shell", "c.png": "odd-place"}


def adminer():
    release = pathlib.Path("/usr/share/adminer/adminer.php")
    if not release.exists():
        pytest.skip("needs Debian's adminer package")
    return release


def test_adminer_renamed_and_stripped(assay, tmp_path):
    text = adminer().read_bytes()
    head, code = text.split(b"*/", 1)
    make(tmp_path, {"img/x.php": b"<?php\n" + code, "whole.php": text})
    findings = assay("sweep", "--json", tmp_path).of_kind("finding")
    assert [(f["class"], f["name"], f["version"], f["confidence"]) for f in findings] == [("admin-tool", "Adminer", "4.8.1", "high")] * 2


def made_up_adminer(version, header=""):
    """The keys of the query and the places of the version, long enough for a release; it does nothing."""
    keys = ("columns desc download edit field file limit modify ns order page select set username where callf call create database dump event "
            "foreign indexes procedure schema sql table user trigger view variables").split()
    lines = [f'f($_GET["{key}"]);' for key in keys] + [f'"?file=default.css&version={version}";']
    return "\n".join(["<?php", header, f'$ia="{version}";'] + lines + ["echo 'x';"] * 4000)


def test_what_is_published_of_an_adminer(assay, tmp_path):
    make(tmp_path, {"img/x.php": made_up_adminer("4.6.2"), "usr/share/adminer/adminer.php": made_up_adminer("4.6.3"),
                    "new.php": made_up_adminer("6.0.1")})
    dropped, new, packaged = assay("sweep", "--json", tmp_path).of_kind("finding")
    assert [f["origin"] for f in (dropped, new, packaged)] == ["dropped", "dropped", "packaged"]
    read = {f["id"]: f for f in dropped["vulnerabilities"]}["CVE-2021-43008"]
    assert (read["seen"], read["to"], read["fixed"], read["certain"]) == ("4.3.1", "4.6.2", "4.6.3", True)
    assert "FriendsOfPHP" in read["source"]
    assert "CVE-2021-43008" not in [f["id"] for f in packaged["vulnerabilities"]]
    assert new["vulnerabilities"] == []
    shown = assay("sweep", tmp_path / "img").out
    assert "fault   CVE-2021-43008: a hostile MySQL server can read files" in shown
    assert "up to 4.6.2, fixed in 4.6.3" in shown


def test_a_forged_header_is_told_and_the_code_believed(assay, tmp_path):
    make(tmp_path, {"a.php": made_up_adminer("4.6.2", "/** Adminer 9.9 */"),
                    "b.php": '<?php /* Adminer 9.9 */\n$f = "sy" . "st" . "em";\necho $f($_POST["q"]);\n'})
    tool, shell = assay("sweep", "--json", tmp_path).of_kind("finding")
    assert (tool["name"], tool["version"]) == ("Adminer", "4.6.2")
    assert "its header says 9.9, its code is 4.6.2: the header is forged or of another release" in [r["text"] for r in tool["reasons"]]
    assert shell["class"] == "shell" and "origin" not in shell and "vulnerabilities" not in shell
    assert "it calls itself Adminer 9.9 and is not built like it: the name is borrowed" in [r["text"] for r in shell["reasons"]]


def test_adminer_with_a_backdoor_is_a_shell(assay, tmp_path):
    make(tmp_path, {"db.php": adminer().read_bytes() + b"\n<?php eval($_POST['k']);"})
    finding, = assay("sweep", "--json", tmp_path).of_kind("finding")
    assert (finding["class"], finding["name"]) == ("shell", "Adminer")


def test_link_races_lead_nowhere(assay, tmp_path):
    """A directory that is swapped for a link while the tree is read must not lead out of it."""
    outside = tmp_path / "outside"
    make(outside, {"a.php": SHELL})
    inside = tmp_path / "inside"
    make(inside, {"d/b.php": TWIN})
    shutil.rmtree(inside / "d")
    (inside / "d").symlink_to(outside)
    result = assay("sweep", "--json", inside)
    assert result.of_kind("finding") == []
    assert result.summary["skipped"] == {"link out of the tree": 1}


def test_a_tree_that_grows_costs_no_memory(assay_bin, tmp_path):
    """20,000 files in 200 directories: peak memory stays where 200 files have it."""
    for i in range(200):
        folder = tmp_path / f"{i:03}"
        folder.mkdir()
        for j in range(100):
            (folder / f"{j}.php").write_text("<?php echo 1;")
    script = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);" \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"

    def peak(path):
        done = subprocess.run(["python3", "-c", script, assay_bin, "sweep", "--json", path], stdout=subprocess.PIPE, check=True)
        return int(done.stdout)
    few, many = peak(tmp_path / "000"), peak(tmp_path)
    assert many < few * 1.5 + 8000


def test_one_file_is_looked_at_under_confinement_too(assay, tmp_path):
    (tmp_path / "a.php").write_text("<?php system($_GET['c']);\n")
    (tmp_path / "b.php").write_text("<?php system($_GET['c']);\n")
    result = assay("sweep", tmp_path / "a.php", "--json", code=1)
    assert result.summary["files"] == result.summary["read"] == 1 and result.summary["findings"] == 1
    assert assay("reach", tmp_path / "b.php", "--json", code=0).summary["read"] == 1


def test_archives_are_looked_into(assay, tmp_path):
    """A shell in a backup in a backup is told with the way to it; an entry that can't be read is told too."""
    make(tmp_path / "made", {"wp/a.php": SHELL, "wp/b.php": TWIN})
    shutil.make_archive(str(tmp_path / "inner"), "gztar", tmp_path / "made")
    make(tmp_path, {"www/index.html": "<p>shop</p>"})
    with zipfile.ZipFile(tmp_path / "www/backup.zip", "w") as outer:
        outer.write(tmp_path / "inner.tar.gz", "inner.tar.gz")
    result = assay("sweep", "--json", tmp_path / "www")
    assert result.code == 1
    finding, = result.of_kind("finding")
    assert finding["path"] == f"{tmp_path}/www/backup.zip!/inner.tar.gz!/./wp/a.php"
    assert (finding["class"], finding["line"]) == ("shell", 3)
    assert result.summary["files"] == result.summary["read"] == 2
    assert (result.summary["archives"], result.summary["entries"]) == (1, 3)
    assert result.summary["complete"] is True
    packed = (tmp_path / "www/backup.zip").read_bytes()
    (tmp_path / "www/backup.zip").write_bytes(packed[:60] + bytes(20) + packed[80:])
    result = assay("sweep", "--json", tmp_path / "www")
    assert result.code == 2
    assert result.summary["skipped"] == {"archive not wholly read": 1}
    assert any("backup.zip!/" in (row.get("entry") or "") for row in result.of_kind("coverage"))

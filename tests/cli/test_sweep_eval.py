"""./dev eval sweep on trees made here: what is counted as found, as missed and as no script at all."""

import json
import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def measure(tmp_path, *arguments):
    program = os.environ.get("ASSAY_BIN", os.path.join(ROOT, "build", "assay"))
    done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tests", "eval", "sweep_eval.py"), "--assay", program,
                           "--list", str(tmp_path / "list"), *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, (tmp_path / "list").read_text(encoding="utf-8").splitlines()


def test_shells_are_counted_once_and_noise_apart(tmp_path):
    shells = tmp_path / "collection"
    shells.mkdir()
    (shells / "a.php").write_text("<?php eval($_POST['a']);")
    (shells / "copy.php").write_text("<?php eval($_POST['a']);")
    (shells / "b.php").write_text("no script in here")
    (shells / "c.asp").write_text("<% Response.Write Now() %>")
    out, details = measure(tmp_path, "--shells", str(shells))
    assert "| collection | PHP | 2 | 1 | 1 of 1: 100.0 %" in out
    assert "| collection | ASP | 1 | 0 | 0 of 1: 0.0 %" in out
    assert [line.split("\t")[1] for line in details] == ["ASP"]


def test_alarms_are_listed_by_tree(tmp_path):
    tree = tmp_path / "shop"
    tree.mkdir()
    (tree / "index.php").write_text("<?php echo 'welcome';")
    (tree / "bad.php").write_text("<?php system($_GET['c']);")
    out, details = measure(tmp_path, "--benign", str(tree))
    assert "| shop | 2 | 2 | 1 | PHP 1 |" in out
    assert "PHP 1 of 2: 50.0 % (1.3 to 98.7)" in out
    assert len(details) == 1 and details[0].startswith("alarm\tshell/high\t")


def test_copies_of_one_structure_are_told_apart_from_new_ones(tmp_path):
    shells = tmp_path / "collection"
    shells.mkdir()
    for i in range(5):
        (shells / f"a{i}.php").write_text(f"<?php /* {i} */ eval($_POST['k{i}']);  // x{i}\n")
    (shells / "b.php").write_text("<?php echo 'hello';")
    out, _ = measure(tmp_path, "--shells", str(shells))
    assert "| collection | PHP | 6 | 0 | 5 of 6: 83.3 %" in out
    assert "| 1 of 2: 50.0 %" in out


def test_rates_get_the_counts_and_keep_the_rest(tmp_path):
    shells, rates = tmp_path / "collection", tmp_path / "rates.json"
    shells.mkdir()
    (shells / "a.php").write_text("<?php eval($_POST['a']);")
    rates.write_text('{"match": {"kept": 1}, "sweep": {"classes": {}}}')
    measure(tmp_path, "--shells", str(shells), "--benign", str(shells), "--rates", str(rates))
    document = json.loads(rates.read_text(encoding="utf-8"))
    assert document["match"] == {"kept": 1} and document["sweep"]["classes"] == {}
    corpora = document["sweep"]["corpora"]
    assert corpora["recall"][0] == {"collection": "collection", "language": "PHP", "files": 1, "coded": [1, 1], "structures": [1, 1], "yara": None}
    assert corpora["false_alarms"] == [{"language": "PHP", "files": 1, "alarms": 1}]

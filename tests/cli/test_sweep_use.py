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

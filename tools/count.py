"""Counts test cases for ./dev test: prints "PASSED FAILED SKIPPED".

  count.py cmocka DIR FAILED    DIR holds a folder per test program: cmocka's XML files, `code` and `output`;
                                names and reasons of what failed are written to the file FAILED
  count.py pytest FILE CODE     FILE is pytest's JUnit XML, CODE its exit status
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as tree


def cmocka_program(folder):
    """(passed, failed, skipped, lines about what failed) of one test program"""
    passed = failed = skipped = 0
    lines = []
    code = int((folder / "code").read_text() or 1)
    for file in sorted(folder.glob("*.xml")):
        # One file holds a document per group; each case is an element without nesting surprises.
        text = file.read_text(errors="replace")
        for case in re.finditer(r'<testcase name="([^"]*)"[^>]*>(.*?)</testcase>', text, re.S):
            name, body = case.groups()
            if "<failure>" in body or "<error>" in body:
                failed += 1
                reason = re.sub(r"<!\[CDATA\[|\]\]>|</?(failure|error)>", "", body).strip()
                lines.append(f"{folder.name}: {name}: " + "\n    ".join(reason.splitlines()[:6]))
            elif "<skipped/>" in body:
                skipped += 1
            else:
                passed += 1
    if (code != 0 and failed == 0) or passed + failed + skipped == 0:
        failed += 1
        output = (folder / "output").read_text(errors="replace").splitlines()
        lines.append(f"{folder.name}: ended with status {code}\n    " + "\n    ".join(output[-40:]))
    return passed, failed, skipped, lines


def cmocka(directory, failed_file):
    total = [0, 0, 0]
    report = []
    for folder in sorted(path for path in pathlib.Path(directory).iterdir() if path.is_dir()):
        *counts, lines = cmocka_program(folder)
        total = [a + b for a, b in zip(total, counts)]
        report += lines
    pathlib.Path(failed_file).write_text("".join(line + "\n" for line in report))
    return total


def pytest(file, code):
    path = pathlib.Path(file)
    if not path.exists():
        return [0, 1, 0]
    total = failed = skipped = 0
    for suite in tree.parse(path).getroot().iter("testsuite"):
        total += int(suite.get("tests"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
    if int(code) not in (0, 5) and failed == 0:
        failed = 1  # interrupted, or pytest itself broke
    return [max(0, total - failed - skipped), failed, skipped]


if __name__ == "__main__":
    what = {"cmocka": cmocka, "pytest": pytest}[sys.argv[1]]
    print(*what(*sys.argv[2:]))

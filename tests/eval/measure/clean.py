"""False alarms of sweep on PHP applications and libraries that nobody has touched: Debian's packages and public repositories, one tree each."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

from sweep_eval import LANGUAGES, ending

from . import tool

# A file of such a name is a page, whose bytes must be there.
PAGE = re.compile(rb"\.(php\d?|phtml|pht|phps|phar|inc|asp|asa|cer|cdx|aspx|ashx|asmx|ascx|asax|master|jspx?|jspf|tag)$", re.I)
POOLED = {"planted/high": ["shell/high", "uploader/high", "packed/high", "tool/high", "config-shell/high"],
          "planted/medium": ["shell/high", "uploader/high", "packed/high", "tool/high", "config-shell/high",
                             "shell/medium", "uploader/medium", "packed/medium", "tool/medium", "config-shell/medium"]}


def names(path):
    """[(package, is unread)]"""
    rows, unread = [], False
    with open(path, encoding="utf-8") as lines:
        for line in (text.strip() for text in lines):
            if line.startswith("["):
                unread = line == "[unread]"
            elif line and not line.startswith("#"):
                rows.append((line, unread))
    return rows


def fetch(package, folder):
    """The package's file in folder, downloaded with apt if it is not there; None without one."""
    def have():
        return next((os.path.join(folder, f) for f in sorted(os.listdir(folder)) if f.startswith(package + "_")), None)
    if have() is None:
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, capture_output=True, timeout=300)
    return have()


def sweep_package(job):
    assay, package, folder = job
    archive = fetch(package, folder)
    if archive is None:
        return package, None
    home = tempfile.mkdtemp(prefix="clean-")
    try:
        subprocess.run(["dpkg-deb", "-x", archive, home], check=True, capture_output=True, timeout=300)
        records = tool.run(assay, "sweep", home, "--json")
        total = tool.summary(records)
        found = [(tool.label(f), os.path.relpath(f["path"], home) if f["path"].startswith(home) else f["path"])
                 for f in tool.findings(records)]
        return package, {"archive": os.path.basename(archive), "files": total["files"], "web_files": total["web_files"],
                         "skipped": total.get("skipped", {}), "found": found}
    finally:
        shutil.rmtree(home, ignore_errors=True)


def repositories(path):
    """{section: [(owner/name, commit)]}: "" is counted, the others are below their heading in brackets: "pages" are swept and told apart."""
    sections = {}
    rows = sections.setdefault("", [])
    with open(path, encoding="utf-8") as lines:
        for line in (text.strip() for text in lines):
            if line.startswith("["):
                rows = sections.setdefault(line[1:].split("]")[0].split(":")[0], [])
            elif line and not line.startswith("#"):
                rows.append(tuple(line.split()))
    return sections


def aside(place, scratch):
    """Surroundings in which git writes to scratch, and leaves the git directory place as it is."""
    return dict(os.environ, GIT_OBJECT_DIRECTORY=scratch, GIT_ALTERNATE_OBJECT_DIRECTORIES=os.path.join(place, "objects"),
                GIT_INDEX_FILE=os.path.join(scratch, "index"))


def git(place, *arguments, given=None, env=None):
    """What git says of the git directory place."""
    return subprocess.run(["git", "--git-dir", place, *arguments], input=given, check=True, capture_output=True, timeout=600, env=env).stdout


def absent(place, commit):
    """Paths of the commit whose bytes the git directory does not hold: a snapshot leaves out what is very large."""
    listed = [line.split(b"\t", 1) for line in git(place, "ls-tree", "-r", "-z", commit).split(b"\0") if b" blob " in line.split(b"\t", 1)[0]]
    told = git(place, "cat-file", "--batch-check", given=b"".join(about.split()[2] + b"\n" for about, _ in listed)).splitlines()
    return [path for (_, path), line in zip(listed, told) if line.endswith(b" missing")]


def tree_without(place, commit, paths, env):
    """The tree of the commit without these paths, kept where env says."""
    git(place, "read-tree", commit, env=env)
    git(place, "update-index", "--force-remove", "-z", "--stdin", given=b"".join(p + b"\0" for p in paths), env=env)
    return git(place, "write-tree", "--missing-ok", env=env).decode().strip()


def unpack(place, commit, home):
    """Puts the tree of the commit into home. How many of its files are not to be had; None, and nothing put, if one of them is a page."""
    gone = absent(place, commit)
    if any(PAGE.search(path) for path in gone):
        return None
    with tempfile.TemporaryDirectory(prefix="clean-git-") as scratch:
        env = aside(place, scratch)
        tree = tree_without(place, commit, gone, env) if gone else commit
        with subprocess.Popen(["git", "--git-dir", place, "archive", tree], stdout=subprocess.PIPE, env=env) as archive:
            subprocess.run(["tar", "-x", "-C", home], stdin=archive.stdout, check=True, timeout=600)
    if archive.returncode != 0:
        raise tool.Failed(f"{place}: git archive: status {archive.returncode}")
    return len(gone)


def place_of(folder, name):
    """The git directory of owner/name below folder, None without one."""
    place = os.path.join(folder, name.replace("/", "+"))
    return next((d for d in (os.path.join(place, "repo"), os.path.join(place, "repo", ".git"), place) if os.path.exists(os.path.join(d, "HEAD"))), None)


def sweep_tree(assay, place, commit):
    """What sweep says of the tree of one commit; None without one of its pages."""
    with tempfile.TemporaryDirectory(prefix="clean-") as home:
        gone = unpack(place, commit, home)
        if gone is None:
            return None
        records = tool.run(assay, "sweep", home, "--json")
        total = tool.summary(records)
        by_name = Counter(LANGUAGES[ending(n)] for _, _, names_here in os.walk(home) for n in names_here if ending(n) in LANGUAGES)
        return {"files": total["files"], "web_files": total["web_files"], "skipped": total.get("skipped", {}), "absent": gone, "by_name": by_name,
                "found": [(tool.label(f), os.path.relpath(f["path"], home)) for f in tool.findings(records)]}


def sweep_repository(job):
    """The name and its tree, from a git directory below folder; the tree is None without one, or if it could not be swept."""
    assay, (name, commit), folder = job
    place = place_of(folder, name)
    try:
        return name, place and sweep_tree(assay, place, commit)
    except (tool.Failed, subprocess.SubprocessError) as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return name, None


def by_label(name, tree, say):
    """Paths by label, and by pool."""
    here = {}
    for label, path in tree["found"]:
        here.setdefault(label, set()).add(path)
    for pool, members in POOLED.items():
        paths = set().union(*(here.get(m, set()) for m in members))
        if paths:
            here[pool] = paths
            say(f"alarm {pool}: {name}: {sorted(paths)[0]}")
    return here


def measure_repositories(assay, sections, folder, processes, say):
    """Counts as of measure(), all of them unread; the same of "pages", which are not counted with them."""
    of = {}
    for key, section in (("unread", ""), ("pages", "pages")):
        jobs = [(assay, r, folder) for r in sections.get(section, [])]
        of[key] = told_repositories(tool.each(sweep_repository, jobs, processes, say, 10), say)
    return dict(of["unread"], pages=of["pages"])


def told_repositories(results, say):
    trees = {name: tree for name, tree in results if tree and tree["web_files"] > 0}
    for name, tree in trees.items():
        tree["by_label"] = by_label(name, tree, say)
    return {"unread": count(list(trees.values())), "without": sorted(name for name, tree in results if not tree),
            "absent": sum(tree["absent"] for tree in trees.values()), "by_name": dict(sum((t["by_name"] for t in trees.values()), Counter())),
            "alarms": sorted([name, label, path] for name, tree in trees.items() for label, path in tree["found"])}


def count(trees):
    """Alarms by label, per file and per tree."""
    files, alarmed = Counter(), Counter()
    for tree in trees:
        for name, paths in tree["by_label"].items():
            files[name] += len(paths)
            alarmed[name] += 1
    return {"trees": len(trees), "web_files": sum(t["web_files"] for t in trees), "files": sum(t["files"] for t in trees),
            "false_files": dict(files), "false_trees": dict(alarmed)}


def measure(assay, packages, cache, processes, say):
    """Counts over trees that hold at least one web file, apart for those at hand when the rules were written."""
    folder = os.path.join(cache, "deb")
    os.makedirs(folder, exist_ok=True)
    unread = {name for name, is_unread in packages if is_unread}
    results = tool.each(sweep_package, [(assay, p, folder) for p, _ in packages], processes, say)
    trees = {p: r for p, r in results if r and r["web_files"] > 0}
    for package, tree in trees.items():
        tree["by_label"] = by_label(package, tree, say)
    return {
        "unread": count([t for p, t in trees.items() if p in unread]),
        "at_hand": count([t for p, t in trees.items() if p not in unread]),
        "without": sorted(p for p, r in results if not r), "empty": sum(1 for _, r in results if r and r["web_files"] == 0),
        "alarms": sorted([p, name, path] for p, t in trees.items() for name, path in t["found"]),
    }

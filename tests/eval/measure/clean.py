"""False alarms of sweep on PHP applications and libraries that nobody has touched: Debian's packages and public repositories, one tree each."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections import Counter

from . import tool

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
    """[(owner/name, commit)] of those that are counted: above the first heading in brackets."""
    with open(path, encoding="utf-8") as lines:
        counted = itertools.takewhile(lambda line: not line.startswith("["), lines)
        return [tuple(line.split()) for line in counted if line.strip() and not line.startswith("#")]


def sweep_repository(job):
    """The tree of one commit, from a git directory below folder; None without one."""
    assay, (name, commit), folder = job
    place = os.path.join(folder, name.replace("/", "+"))
    git = next((d for d in (os.path.join(place, "repo"), place) if os.path.exists(os.path.join(d, "HEAD"))), None)
    if git is None:
        return name, None
    home = tempfile.mkdtemp(prefix="clean-")
    try:
        with subprocess.Popen(["git", "--git-dir", git, "archive", commit], stdout=subprocess.PIPE) as archive:
            subprocess.run(["tar", "-x", "-C", home], stdin=archive.stdout, check=True, timeout=600)
        if archive.returncode != 0:
            return name, None
        records = tool.run(assay, "sweep", home, "--json")
        total = tool.summary(records)
        return name, {"files": total["files"], "web_files": total["web_files"], "skipped": total.get("skipped", {}),
                      "found": [(tool.label(f), os.path.relpath(f["path"], home)) for f in tool.findings(records)]}
    finally:
        shutil.rmtree(home, ignore_errors=True)


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


def measure_repositories(assay, wanted, folder, processes, say):
    """Counts as of measure(), all of them unread."""
    results = tool.each(sweep_repository, [(assay, r, folder) for r in wanted], processes, say, 10)
    return told_repositories(results, say)


def told_repositories(results, say):
    trees = {name: tree for name, tree in results if tree and tree["web_files"] > 0}
    for name, tree in trees.items():
        tree["by_label"] = by_label(name, tree, say)
    return {"unread": count(list(trees.values())), "without": sorted(name for name, tree in results if not tree),
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

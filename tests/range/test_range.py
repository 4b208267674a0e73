"""The re-enactment does what it says: its truth is in the log, its worlds differ where they
should, its specimen refuses, and it leaves nothing running."""

import csv
import ctypes
import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from reenact import adminer, images  # noqa: E402
from reenact.database import BaseDatabase  # noqa: E402
from reenact.leak import COLUMNS  # noqa: E402
from reenact.servers import Missing, Servers, find, make_run_directory, remove  # noqa: E402
from reenact.specimen import LOOKING, VARIANTS, Specimen  # noqa: E402
from reenact.web import Browser  # noqa: E402

import random  # noqa: E402


def need_servers():
    try:
        for name in (("nginx",), ("php-fpm", "php-fpm[0-9]*"), ("php",)):
            find(*name)
    except Missing as missing:
        pytest.skip(str(missing))
    if not os.path.exists(os.path.join(adminer.SOURCE, "compile.php")):
        pytest.skip("Debian's adminer package is not installed")


SLOWLY = ["--pace", "5"]  # so that a fast machine is not done before it is interrupted


def command(out, world, seed, *more):
    return [sys.executable, os.path.join(HERE, "range.py"), "--seed", str(seed), "--world", world, "--out", str(out),
            "--customers", "1500", "--visitors", "24", "--quiet", *more]


def enact(out, world, seed):
    need_servers()
    done = subprocess.run(command(out, world, seed), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "truth.json" in done.stdout and done.stdout.count("\n") == 1
    with open(out / "truth.json", encoding="utf-8") as file:
        return out / "evidence", json.load(file)


@pytest.fixture(scope="module")
def true_world(tmp_path_factory):
    return enact(tmp_path_factory.mktemp("true"), "true", 3)


@pytest.fixture(scope="module")
def false_world(tmp_path_factory):
    return enact(tmp_path_factory.mktemp("false"), "false", 3)


def read_log(evidence, name):
    data = (evidence / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def check_requests(evidence, truth):
    requests = list(truth["requests"].values()) + truth["all_requests_of_clients"]
    assert len(requests) > 10
    logs = {name: read_log(evidence, name) for name in truth["log"]["files"]}
    assert sum(data.count(b"\n") for data in logs.values()) == truth["log"]["requests"]
    for request in requests:
        data = logs[request["file"]]
        line = data[request["offset"]:].split(b"\n", 1)[0].decode()
        assert line == request["raw"]
        assert data[:request["offset"]].count(b"\n") == request["line"] - 1
        assert line.startswith(request["client"] + " - ")
        assert f'"{request["method"]} {request["target"]} HTTP/1.1" {request["status"]} {request["body_bytes"]} ' in line


def read_leak(evidence, truth):
    with open(evidence / "leak.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {column: header for header, column in truth["leak"]["columns"].items()}
    return [tuple(row[names[column]] for column in COLUMNS) for row in rows]


def customers(evidence):
    db = sqlite3.connect(evidence / "shop.sqlite")
    rows = db.execute(f"SELECT {', '.join(COLUMNS)} FROM customers ORDER BY customer_id").fetchall()
    db.close()
    return [tuple("" if v is None else str(v) for v in row) for row in rows]


def test_log_holds_the_truth_of_the_true_world(true_world):
    check_requests(*true_world)


def test_log_holds_the_truth_of_the_twin(false_world):
    check_requests(*false_world)


def test_story_is_in_its_order(true_world):
    _, truth = true_world
    order = [r["tag"] for r in truth["all_requests_of_clients"] if r["tag"]]
    story = [tag for tag in order if tag in ("register", "upload", "first_use", "adminer_drop", "plugin_drop", "login", "dump")]
    assert story == ["register", "upload", "first_use", "adminer_drop", "plugin_drop", "login", "dump"]
    assert truth["requests"]["dump"]["body_bytes"] >= truth["exports"][0]["content_bytes"] > 100000


def test_leak_of_the_true_world_was_exported(true_world):
    evidence, truth = true_world
    rows = read_leak(evidence, truth)
    assert len(rows) == 500 == len(set(rows))
    assert set(rows) <= set(customers(evidence))
    assert [int(row[0]) for row in rows] == truth["leak"]["ids"]
    assert truth["leak"]["exported_rows"] >= 1500


def test_leak_of_the_twin_only_looks_alike(false_world):
    evidence, truth = false_world
    rows, shop = read_leak(evidence, truth), customers(evidence)
    assert len(rows) == 500
    known = {row[1] for row in shop}
    assert sum(row[1] in known for row in rows) == truth["leak"]["about_customers"] > 150
    for column in (5, 6):           # hash, created_at
        assert not {row[column] for row in rows} & {row[column] for row in shop}
    # a made-up number may be somebody's by chance, but not more often than by chance
    assert len({(row[0], row[1]) for row in rows} & {(row[0], row[1]) for row in shop}) <= 2


def test_planted_files_are_there_or_gone(true_world):
    evidence, truth = true_world
    assert truth["files"]["shell"]["present"]
    for about in truth["files"].values():
        assert (evidence / "www" / about["path"]).exists() == about["present"]
    text = (evidence / "www" / truth["files"]["shell"]["path"]).read_text()
    assert "<?php" in text


def test_twin_holds_no_file_that_was_not_deployed(false_world):
    evidence, truth = false_world
    deployed = {os.path.relpath(os.path.join(d, f), os.path.join(HERE, "shop"))
                for d, _, files in os.walk(os.path.join(HERE, "shop")) for f in files}
    found = {os.path.relpath(os.path.join(d, f), evidence / "www") for d, _, files in os.walk(evidence / "www") for f in files}
    more = {path for path in found - deployed if not path.startswith(("img/", "favicon.png"))}
    assert {path for path in more if not path.startswith("uploads/")} == {"admin/adminer.php", "admin/index.php"}
    for path in more:
        if path.startswith("uploads/"):
            head = (evidence / "www" / path).read_bytes()[:4]
            assert head == b"\x89PNG" or head[:3] == b"\xff\xd8\xff"
    assert truth["requests"]["dump"]["remote_user"] == "mara"
    assert all(r["remote_user"] == "mara" for r in truth["all_requests_of_clients"] if r["status"] != 401)


def test_background_overlaps_as_stated(true_world):
    evidence, truth = true_world
    known = {row[1] for row in customers(evidence)}
    for number, about in enumerate(truth["background"], 1):
        with open(evidence / f"background-{number}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        share = sum(row["email"] in known for row in rows) / len(rows)
        assert len(rows) == about["rows"] and 0.19 < share < 0.41


def test_customers_are_nobodys(true_world):
    evidence, _ = true_world
    rows = customers(evidence)
    times = sorted(time.mktime(time.strptime(row[6], "%Y-%m-%d %H:%M:%S")) for row in rows)
    assert all(later - first > 60 for first, later in zip(times, times[4:]))
    assert len({row[1] for row in rows}) == len(rows)
    for row in rows:
        assert row[1].endswith(".zz") and row[2].startswith(("+210", "")[not row[2]])
        assert row[7] >= row[6] and len(row[5]) == 60 and row[5].startswith("$2y$10$")


def test_one_seed_is_one_world(true_world, tmp_path):
    first, about_first = true_world
    second, about_second = enact(tmp_path, "true", 3)
    assert (first / "leak.csv").read_bytes() == (second / "leak.csv").read_bytes()
    assert (first / "background-2.csv").read_bytes() == (second / "background-2.csv").read_bytes()
    ours = [row for row in customers(first) if row[6] < "2026-11"]
    theirs = [row for row in customers(second) if row[6] < "2026-11"]
    assert ours == theirs and len(ours) == 1500
    story = [[(r["client"], r["method"], r["target"], r["status"]) for r in about["all_requests_of_clients"]]
             for about in (about_first, about_second)]
    assert story[0] == story[1]


def test_made_hashes_have_the_form_of_bcrypt():
    base = BaseDatabase(random.Random(1), 1000, int(time.time()))
    alphabet = set("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    for row in base.customers:
        assert set(row[5][7:]) <= alphabet
        assert row[5][28] in ".Oeu"            # 128 bits of salt leave two bits in its last character


def test_pictures_are_pictures(tmp_path):
    rng = random.Random(1)
    kinds = {"a.png": images.png(rng), "a.jpg": images.jpeg(rng)}
    if not shutil.which("php"):
        pytest.skip("php is not installed")
    for name, data in kinds.items():
        (tmp_path / name).write_bytes(data)
        done = subprocess.run(["php", "-n", "-r", "echo json_encode(getimagesize($argv[1]));", str(tmp_path / name)],
                              capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["0"] == 64


@pytest.fixture
def web_root():
    need_servers()
    run = make_run_directory()
    with open(os.path.join(run, "site/secret.txt"), "w") as file:
        file.write("beside the web root")
    os.makedirs(os.path.join(run, "site/www/uploads"))
    for name, text in (("config.php", "<?php // shop.sqlite"), ("404.php", "<?php http_response_code(404);")):
        with open(os.path.join(run, "site/www", name), "w") as file:
            file.write(text)
    try:
        with Servers(run, admin=False) as servers:
            yield servers
    finally:
        remove(run)


@pytest.mark.parametrize("prefix", ["", "GIF89a;\n"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_specimen_obeys_only_its_run(web_root, variant, prefix):
    www = os.path.join(web_root.run, "site/www")
    specimen = Specimen(variant, prefix, ["a.php", "../css/b.php"])
    with open(os.path.join(www, "uploads/s.php"), "wb") as file:
        file.write(specimen.bytes())
    web_root.give(os.path.join(web_root.run, "site"))
    specimen.url = "/uploads/s.php"
    owner = Browser(web_root.port, "127.1.2.3", "owner", lambda _: None)

    def files():
        return sorted(os.path.join(d, f) for d, _, names in os.walk(os.path.join(web_root.run, "site")) for f in names)

    before = files()
    stranger = Specimen(variant, prefix, [], token="0" * 48)
    stranger.url, stranger.tidy = specimen.url, specimen.tidy
    nobody = Browser(web_root.port, "127.9.9.9", "nobody", lambda _: None)
    assert nobody.get(specimen.url).status == 404
    for answer in (stranger.run(nobody, LOOKING[5]), stranger.write(nobody, "uploads/x.php", b"x")):
        assert answer.status == 404 and answer.body in (b"", prefix.encode())
    assert files() == before

    assert "shop.sqlite" in specimen.run(owner, LOOKING[5]).text
    if variant != "uploader":
        assert "uid=" in specimen.run(owner, "id").text
        assert "uid=0" not in specimen.run(owner, "id").text
        assert specimen.run(owner, "echo unlisted").text.removeprefix(prefix).strip() == ""
    assert specimen.write(owner, "uploads/a.php", b"kept").text.removeprefix(prefix).startswith("ok")
    for outside in ("../x.txt", "../../x.txt", "/etc/x.txt", "uploads/../../x.txt"):
        assert not specimen.write(owner, outside, b"x").text.removeprefix(prefix).startswith("ok")
    assert files() == sorted(before + [os.path.join(www, "uploads/a.php")])
    specimen.run(owner, specimen.tidy)
    assert files() == before


def adopt_orphans():
    """Whatever outlives its parent becomes our child, so that nothing can hide."""
    ctypes.CDLL(None).prctl(36, 1)      # PR_SET_CHILD_SUBREAPER


def children_left(patience):
    """Waits a while for adopted processes to end; true when one is still alive."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.05)
        except ChildProcessError:
            return False
    return True


@pytest.fixture
def runs():
    """A place for run directories that www-data can reach, which pytest's own is not."""
    place = tempfile.mkdtemp(prefix="assay-range-test-", dir="/tmp")
    os.chmod(place, 0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("how", [None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_survives(tmp_path, runs, how):
    need_servers()
    adopt_orphans()
    slowly = SLOWLY if how is not None else []
    child = subprocess.Popen(command(tmp_path / "out", "true", 5, *slowly), env=dict(os.environ, TMPDIR=runs),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if how is not None:
        time.sleep(1.5)                 # the servers are up by then, and the visitors in the shop
        child.send_signal(how)
    child.wait(60)
    assert child.returncode == {None: 0, signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
    assert not children_left(5)
    if how != signal.SIGKILL:
        assert not os.listdir(runs)

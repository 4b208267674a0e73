"""The intruder's tools, manners and leaks are what the truth says they are, and the specimen obeys no more than its lists."""

import gzip
import hashlib
import json
import os
import random
import sqlite3
import subprocess
from datetime import datetime, timezone

import pytest

from test_range import COLUMNS, HERE, Browser, Missing, Specimen, VARIANTS, command, find, need_servers, read_leak, read_log, web_root  # noqa: F401

from reenact import exports, phpmyadmin  # noqa: E402
from reenact.intruder import credentials  # noqa: E402
from reenact.plan import ADMINERS, FOLDERS, PLUGINS, Plan  # noqa: E402

# tool, manner, leak, and more flags; "" stands for a flag that is not given
TRUE_WORLDS = {
    "several": ("adminer-dropped-several", "clean", "diluted", "--db", "sqlite"),
    "shell": ("shell", "timestomps", "stale", "--db", "mariadb", "--customers", "any"),
    "paged": ("shell", "deletes", "true", "--db", "sqlite", "--web", "apache"),
    "dumped": ("dump", "deletes", "true", "--db", "postgresql"),
    "mysqldump": ("dump", "clean", "diluted", "--db", "mariadb", "--web", "apache"),
    "phpmyadmin": ("phpmyadmin", "edits-logs", "recycled", "--db", "mariadb"),
    "logged": ("adminer", "edits-logs", "made-up", "--db", "postgresql", "--web", "apache"),
    "adminer": ("adminer", "timestomps", "true", "--db", "mariadb"),
}
FALSE_WORLDS = {
    "none": ("none", "partner", "--db", "sqlite"),
    "phpmyadmin": ("phpmyadmin", "made-up", "--db", "mariadb"),
    "adminer": ("adminer", "recycled", "--db", "postgresql"),
}
SEEDS = {"paged": 13}       # reads the customers in five pages, then two tables more
NEEDS = {"mariadb": ("mariadbd", "mysqld"), "postgresql": ("psql",), "apache": ("apache2",)}


def need(flags):
    need_servers()
    try:
        for flag in flags:
            if flag in NEEDS:
                find(*NEEDS[flag])
    except Missing as missing:
        pytest.skip(str(missing))
    if "phpmyadmin" in flags and not os.path.exists(os.path.join(phpmyadmin.SOURCE, "autoload.php")):
        pytest.skip("Debian's phpmyadmin package is not installed")


def enact(out, world, seed, *flags):
    need(flags)
    done = subprocess.run(command(out, world, seed, *flags), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with open(out / "truth.json", encoding="utf-8") as file:
        return out / "evidence", json.load(file)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Each world is made once, when a test first asks for it."""
    made = {}

    def make(kind, name):
        if (kind, name) not in made:
            out = tmp_path_factory.mktemp(f"{kind}-{name}")
            if kind == "true":
                tool, manner, leak, *more = TRUE_WORLDS[name]
                flags = ["--tool", tool, "--manner", manner, "--leak", leak, *more]
            elif kind == "false":
                admin, leak, *more = FALSE_WORLDS[name]
                flags = ["--admin", admin, "--leak", leak, *more]
            else:
                flags = ["--manner", name, "--leak", "any", "--db", "any"]
            made[kind, name] = enact(out, kind, SEEDS.get(name, 11), *flags)
        return made[kind, name]
    return make


def shop_customers(evidence):
    """The shop's customers as it hands them over, as tuples of text."""
    if (evidence / "shop.sqlite").exists():
        db = sqlite3.connect(evidence / "shop.sqlite")
        rows = db.execute(f"SELECT {', '.join(COLUMNS)} FROM customers").fetchall()
        db.close()
        return [tuple("" if v is None else str(v) for v in row) for row in rows]
    (path,) = [evidence / name for name in ("shop.sql", "shop.sql.gz") if (evidence / name).exists()]
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [tuple(row[c] for c in COLUMNS) for row in exports.sql_tables(text)["customers"]]


def all_lines(evidence, truth):
    return b"".join(read_log(evidence, name) for name in truth["log"]["files"])


@pytest.mark.parametrize("kind, name", [("true", n) for n in TRUE_WORLDS] + [("false", n) for n in FALSE_WORLDS]
                         + [("planted", "clean"), ("planted", "edits-logs")])
def test_log_holds_every_request_but_the_removed(world, kind, name):
    evidence, truth = world(kind, name)
    logs = {file: read_log(evidence, file) for file in truth["log"]["files"]}
    whole = b"".join(logs.values())
    removed = truth.get("manner", {}).get("log", {}).get("requests", [])
    assert whole.count(b"\n") - truth["log"]["own_requests"] == truth["log"]["requests"] == truth["log"]["sent"] - len(removed)
    for request in truth["all_requests_of_clients"] + list(truth["requests"].values()) + removed:
        if request["file"] is None:
            assert request["raw"].encode() + b"\n" not in whole and request["line"] is None
        else:
            assert logs[request["file"]][request["offset"]:].startswith(request["raw"].encode() + b"\n")
    if truth["choices"]["manner"] == "edits-logs":
        assert removed and truth["manner"]["log"]["removed"] == len(removed) and truth["hidden"] and not truth["complete"]
        assert sum(f["lines_removed"] for f in truth["manner"]["log"]["files"]) == len(removed)
        first = [r for r in truth["all_requests_of_clients"] if r["tag"] in ("tool_first", "probe", "first_use")]
        assert any(r["file"] is None for r in first)
    else:
        assert not removed


@pytest.mark.parametrize("name", TRUE_WORLDS)
def test_what_was_taken_is_the_shops(world, name):
    evidence, truth = world("true", name)
    tool = TRUE_WORLDS[name][0]
    assert truth["choices"]["tool"] == tool and truth["claims"]["taking"]
    parts = [e for e in truth["exports"] if "customers" in e["tables"]]
    # accounts of the run come and go while pages are read; nobody else is missed
    assert sum(e["rows"]["customers"] for e in parts) >= truth["customers"]
    tagged = [r for r in truth["all_requests_of_clients"] if r["tag"] == "dump"]
    assert len(tagged) == len(parts) and (len(parts) == 5) == (name == "paged")
    for export, request in zip(parts, tagged):
        assert request["status"] == 200 and request["body_bytes"] >= export["content_bytes"] > 10000
    if tool == "dump":
        assert all(r["method"] == "GET" and r["target"].startswith("/uploads/") for r in tagged)
        assert "dump_made" in truth["requests"]
    if tool == "phpmyadmin":
        assert truth["installed"]["phpmyadmin"]["version"] and (evidence / "www/phpmyadmin/index.php").exists()
        assert set(truth["files"]) == {"shell"}
    if tool == "adminer-dropped-several":
        tools = [f for kind, f in truth["files"].items() if kind.startswith("adminer")]
        assert len(tools) >= 2 and all(f["version"] for f in tools)


@pytest.mark.parametrize("name", TRUE_WORLDS)
def test_manner_is_what_the_tree_shows(world, name):
    evidence, truth = world("true", name)
    manner, files = TRUE_WORLDS[name][1], truth["files"]
    for about in files.values():
        path = evidence / "www" / about["path"]
        assert path.exists() == about["present"]
        if about["present"]:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == about["sha256"]
    if manner == "deletes":
        assert not any(f["present"] for f in files.values()) and truth["hidden"] and not truth["complete"]
        assert truth["manner"]["deleted"] == sorted(f["path"] for f in files.values())
    elif manner == "clean":
        assert all(f["present"] for f in files.values()) and truth["complete"] and not truth["hidden"]
    elif manner == "timestomps":
        assert {t["path"] for t in truth["manner"]["times"]} == {f["path"] for f in files.values()}
        for forged in truth["manner"]["times"]:
            shown = int((evidence / "www" / forged["path"]).stat().st_mtime)
            assert shown == forged["shown"] < forged["true"] - 86400
        assert truth["hidden"] and truth["complete"]


def test_true_leak_is_cut_from_the_export(world):
    for name in ("paged", "dumped", "adminer"):
        evidence, truth = world("true", name)
        rows = read_leak(evidence, truth)
        assert len(set(rows)) == len(rows) == 500 and set(rows) <= set(shop_customers(evidence))
        assert truth["leak"]["true_share"] == 1 and truth["claims"]["possession"]


def test_diluted_leak_holds_strangers(world):
    for name in ("several", "mysqldump"):
        evidence, truth = world("true", name)
        rows, shop = read_leak(evidence, truth), set(shop_customers(evidence))
        genuine = [i for i, row in enumerate(rows) if row in shop]
        assert genuine == truth["leak"]["true_rows"] and truth["leak"]["true_share"] == len(genuine) / len(rows)
        assert 0.29 < truth["leak"]["true_share"] < 0.91 and truth["claims"]["possession"]
        emails = {row[1] for row in shop}
        assert not any(row[1] in emails for i, row in enumerate(rows) if i not in set(genuine))


def test_stale_leak_is_of_its_day(world):
    evidence, truth = world("true", "shell")
    rows, shop = read_leak(evidence, truth), {row[0]: row for row in shop_customers(evidence)}
    state = datetime.fromisoformat(truth["leak"]["state"]).astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    assert all(row[6] <= row[7] <= state for row in rows) and truth["claims"]["possession"]
    same = [row for row in rows if shop.get(row[0]) == row]
    changed = [row for row in rows if row[0] in shop and shop[row[0]] != row]
    assert len(same) > len(rows) / 2 and changed and truth["leak"]["unchanged"] == len(same)
    assert all(shop[row[0]][1] == row[1] and shop[row[0]][7] > state for row in changed)
    assert any(row[6] > state for row in shop.values())


def test_made_up_and_recycled_leaks_hold_nothing_of_the_shop(world):
    for kind, name in (("true", "phpmyadmin"), ("true", "logged"), ("false", "phpmyadmin"), ("false", "adminer"), ("false", "none")):
        evidence, truth = world(kind, name)
        rows, shop = read_leak(evidence, truth), shop_customers(evidence)
        known = {row[1] for row in shop}
        assert not truth["claims"]["possession"] and truth["leak"]["true_share"] == 0
        assert truth["claims"]["taking"] == (kind == "true")
        assert sum(row[1] in known for row in rows) == truth["leak"]["about_customers"]
        assert not {row[5] for row in rows} & {row[5] for row in shop}
        assert (truth["leak"]["about_customers"] < 50) == (truth["leak"]["kind"] == "made-up")


def test_partner_knows_what_was_shared_and_no_more(world):
    evidence, truth = world("false", "none")
    rows, shop = read_leak(evidence, truth), {row[1]: row for row in shop_customers(evidence)}
    pairs = [(row, shop[row[1]]) for row in rows if row[1] in shop]
    assert len(pairs) == truth["leak"]["about_customers"] > 340
    assert sum(ours[3] == theirs[3] for theirs, ours in pairs) > len(pairs) * 0.8
    same_number = sum(ours[0] == theirs[0] for theirs, ours in pairs)
    assert same_number == len(pairs) if "customer_id" in truth["leak"]["shared_columns"] else same_number < 5
    assert not any(ours[5] == theirs[5] or ours[6] == theirs[6] for theirs, ours in pairs)


def test_twin_has_the_administrators_tool(world):
    for name, (tool, *_) in FALSE_WORLDS.items():
        evidence, truth = world("false", name)
        assert (evidence / "www/admin").exists() == (tool != "none")
        assert bool(truth["clients"]) == bool(truth["exports"]) == (tool != "none")
        assert "phpmyadmin" in truth["installed"] if tool == "phpmyadmin" else not truth["installed"]
        assert all(r["remote_user"] == "mara" for r in truth["all_requests_of_clients"] if r["status"] != 401)
        assert not any(truth["claims"][k] for k in ("entry", "use", "access", "taking", "possession"))


def test_planted_was_never_run(world):
    evidence, truth = world("planted", "clean")
    shell = truth["files"]["shell"]
    assert [k for k, v in truth["claims"].items() if v] == ["entry"] and truth["complete"]
    hits = [r for r in truth["all_requests_of_clients"] if r["target"].split("?")[0] == shell["url"]]
    assert hits and all(r["method"] == "GET" and r["body_bytes"] == shell["size"] for r in hits)    # its source, handed out
    assert (evidence / "www" / shell["path"]).read_bytes().count(b"<?php") == 1


def test_no_password_of_a_server_is_in_the_shell(world):
    for name in ("shell", "mysqldump", "dumped"):
        evidence, truth = world("true", name)
        settings = (evidence / "www/config.php").read_text()
        if (evidence / "www/.env").exists():
            settings += (evidence / "www/.env").read_text()
        password = credentials(settings)[4]
        assert len(password) == 24
        if truth["files"]["shell"]["present"]:
            assert password not in (evidence / "www" / truth["files"]["shell"]["path"]).read_text()


@pytest.mark.parametrize("flags, word", [
    (("true", "--tool", "phpmyadmin", "--db", "sqlite"), "mariadb"), (("true", "--tool", "phpmyadmin", "--db", "postgresql"), "mariadb"),
    (("true", "--tool", "dump"), "mariadb or postgresql"), (("false", "--leak", "diluted"), "false"),
    (("true", "--admin", "none"), "true"), (("planted", "--manner", "deletes"), "planted"), (("false", "--tool", "shell"), "false")])
def test_what_cannot_be_is_one_error(tmp_path, flags, word):
    done = subprocess.run(command(tmp_path / "out", flags[0], 1, *flags[1:]), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and word in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_dropped_file_takes_no_name_of_the_shop():
    taken = {os.path.relpath(os.path.join(d, f), os.path.join(HERE, "shop"))
             for d, _, names in os.walk(os.path.join(HERE, "shop")) for f in names}
    assert "login.php" in taken and "login.php" in PLUGINS and "" in FOLDERS
    for seed in range(300):
        plan = Plan(random.Random(seed), VARIANTS, taken)
        assert plan.path(plan.plugin) not in taken and plan.path(plan.adminer) not in taken
        assert plan.adminer in ADMINERS and plan.plugin in PLUGINS


@pytest.mark.parametrize("variant", VARIANTS)
def test_specimen_reads_and_touches_only_what_is_listed(web_root, variant):  # noqa: F811
    www = os.path.join(web_root.run, "site/www")
    for name, when in (("uploads/7-me.php", None), ("index.php", 86400 * 5000), ("uploads/a.php", None)):
        with open(os.path.join(www, name), "wb") as file:
            file.write(b"")
        if when:
            os.utime(os.path.join(www, name), (when, when))
    for name in ("shop", "other"):
        db = sqlite3.connect(os.path.join(web_root.run, f"site/{name}.sqlite"))
        db.executescript(f"CREATE TABLE customers (a, b); INSERT INTO customers VALUES (1, '{name}'), (2, NULL);")
        db.close()
    door, query = ("sqlite:../../shop.sqlite", "", ""), "SELECT * FROM customers"
    specimen = Specimen(variant, "", ["a.php", "[0-9]*-me.php"], looking=["id", "cat ../config.php"], reads=[(*door, query)],
                        touches=[("a.php", "../index.php"), ("[0-9]*-me.php", "../index.php")], later=["echo 'for' later"])
    with open(os.path.join(www, "uploads/7-me.php"), "wb") as file:
        file.write(specimen.bytes())
    web_root.give(os.path.join(web_root.run, "site"))
    specimen.url = "/uploads/7-me.php"
    owner = Browser(web_root.port, "127.1.2.3", "owner", lambda _: None)
    nobody = Browser(web_root.port, "127.9.9.9", "nobody", lambda _: None)
    stranger = Specimen(variant, "", [], token="0" * 48)
    stranger.url = specimen.url

    assert specimen.read(owner, *door, query).text.startswith("a,b\n1,shop\n2,\n")
    assert stranger.read(nobody, *door, query).status == 404
    for refused in ((*door, "SELECT 1 AS a"), (*door, "DELETE FROM customers"), ("sqlite:../../other.sqlite", "", "", query)):
        assert "," not in specimen.read(owner, *refused).text.split("<form")[0]
    assert "later" not in specimen.bytes().decode()
    if variant != "uploader":
        assert specimen.run(owner, "echo 'for' later").text.strip() == "for later"
        assert specimen.run(owner, "echo 'for' never").text.strip() == ""
    specimen.run(owner, specimen.touch)
    assert {int(os.stat(os.path.join(www, f"uploads/{name}")).st_mtime) for name in ("a.php", "7-me.php")} == {86400 * 5000}
    specimen.run(owner, specimen.tidy)
    assert os.listdir(os.path.join(www, "uploads")) == []
    assert sqlite3.connect(os.path.join(web_root.run, "site/shop.sqlite")).execute("SELECT count(*) FROM customers").fetchone() == (2,)


def test_dumps_are_read_as_they_were_written():
    made = exports.sql_tables("CREATE TABLE `orders` (\n  `order_id` int NOT NULL,\n  PRIMARY KEY (`order_id`)\n) ENGINE=InnoDB;\n"
                              "INSERT INTO `customers` (`a`, `b`) VALUES\n(1, 'it''s (a) \\'x\\',\\n;'),\n(-2.5, NULL);\n"
                              "INSERT INTO `orders` VALUES (1),(2);\n"
                              "COPY public.customers (a, b) FROM stdin;\n7\ta\\tb\n8\t\\N\n\\.\n")
    assert made["customers"] == [{"a": "1", "b": "it's (a) 'x',\n;"}, {"a": "-2.5", "b": ""}, {"a": "7", "b": "a\tb"}, {"a": "8", "b": ""}]
    assert len(made["orders"]) == 2
    with pytest.raises(RuntimeError):
        exports.sql_tables("INSERT INTO `customers` (`a`) VALUES (1), oops;")

"""trace, the whole program: a log in, the story out; worlds in which it is true beside worlds that only look so."""
import collections
import datetime
import gzip
import random
import re

import pytest

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 3, 14, 8, 0, 0, tzinfo=UTC)
INTRUDER = "203.0.113.77"


class Log:
    """Lines as nginx and Apache write them, put in time order at the end."""

    def __init__(self, seed=1):
        self.rng = random.Random(seed)
        self.lines = []

    def add(self, at, client, method, target, status, size, user="-", agent="Mozilla/5.0 (X11)", zone="+0000"):
        when = START + datetime.timedelta(seconds=at)
        shift = datetime.timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[3:]))
        stamp = (when + shift).strftime("%d/%b/%Y:%H:%M:%S ") + zone
        size = "-" if size is None else size
        self.lines.append((at, f'{client} - {user} [{stamp}] "{method} {target} HTTP/1.1" {status} {size} "-" "{agent}"\n'))

    def visitors(self, hours=6, clients=60, per_hour=400):
        for _ in range(int(hours * per_hour)):
            at = self.rng.uniform(0, hours * 3600)
            page = self.rng.choice(["/index.php", "/catalogue.php", "/product.php?id=%d" % self.rng.randrange(90), "/css/site.css"])
            self.add(at, f"198.51.100.{self.rng.randrange(clients)}", "GET", page, 200, self.rng.randrange(800, 9000))
            if self.rng.random() < 0.02:
                self.add(at + 1, f"198.51.100.{self.rng.randrange(clients)}", "POST", "/account/avatar.php", 302, 0)

    def intruder(self, at=10000):
        """Uploads a.php, drops db.php with it, dumps a table, tidies up. Returns the truth."""
        self.add(at, INTRUDER, "GET", "/account.php", 200, 3100)
        self.add(at + 22, INTRUDER, "POST", "/account/avatar.php", 302, 0)
        self.add(at + 44, INTRUDER, "GET", "/uploads/a.php", 200, 412)
        for i in range(5):
            self.add(at + 60 + i * 20, INTRUDER, "POST", "/uploads/a.php", 200, 388 + i)
        self.add(at + 200, INTRUDER, "GET", "/uploads/db.php", 200, 4871)
        self.add(at + 220, INTRUDER, "GET", "/uploads/db.php?file=default.css&version=4.8.1", 200, 1200)
        self.add(at + 240, INTRUDER, "POST", "/uploads/db.php", 302, 0)
        query = "pgsql=db&username=shop&db=shop&ns=public"
        self.add(at + 250, INTRUDER, "GET", f"/uploads/db.php?{query}", 200, 6000)
        self.add(at + 300, INTRUDER, "GET", f"/uploads/db.php?{query}&dump=", 200, 5000)
        self.add(at + 330, INTRUDER, "POST", f"/uploads/db.php?{query}&dump=customers", 200, 5982114)
        self.add(at + 500, INTRUDER, "POST", "/uploads/a.php", 200, 388)
        self.add(at + 900, INTRUDER, "GET", "/uploads/db.php", 404, 153)

    def text(self):
        return "".join(line for _, line in sorted(self.lines, key=lambda pair: pair[0]))

    def write(self, path):
        data = self.text().encode()
        if path.suffix == ".gz":
            data = gzip.compress(data)
        path.write_bytes(data)
        return path


def by_class(result, name):
    return [f for f in result.of_kind("finding") if f["class"] == name]


def one(items):
    items = list(items)
    assert len(items) == 1, items
    return items[0]


def sum_of_classes(summary):
    return sum(summary["classes"].values())


@pytest.fixture
def intrusion(tmp_path):
    log = Log()
    log.visitors()
    log.intruder()
    return log.write(tmp_path / "access.log")


def test_the_story_of_an_intrusion(assay, intrusion):
    result = assay("trace", "--json", intrusion, "--path", "/uploads/a.php", "--path", "/uploads/db.php", code=1)
    events = result.of_kind("event")
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    first = [e for e in events if e["role"] == "first-use"]
    assert [(e["path"], e["client"], e["time"]) for e in first] == [
        ("/uploads/a.php", "K1", "2026-03-14T10:47:24Z"), ("/uploads/db.php", "K1", "2026-03-14T10:50:00Z")]
    dump = one(e for e in events if e["role"] == "dump")
    assert dump["bytes"] == 5982114 and dump["method"] == "POST" and "dump=customers" in dump["query"]
    upload = [e for e in events if e["role"] == "upload"]
    assert [(e["path"], e["time"]) for e in upload] == [
        ("/account/avatar.php", "2026-03-14T10:47:02Z"), ("/uploads/a.php", "2026-03-14T10:49:00Z")]
    use = {f["path"]: f for f in by_class(result, "use")}
    assert set(use) == {"/uploads/a.php", "/uploads/db.php"}
    assert use["/uploads/a.php"]["requests"] == 7 and use["/uploads/a.php"]["methods"] == {"GET": 1, "POST": 6}
    assert use["/uploads/db.php"]["statuses"] == {"200": 5, "302": 1, "404": 1}
    assert use["/uploads/db.php"]["confidence"] == "medium"  # nobody said what lies there
    assert not use["/uploads/db.php"]["signed_in"]
    taking = {f["path"]: f for f in by_class(result, "taking")}["/uploads/db.php"]
    assert taking["confidence"] == "high" and taking["dump_requests"] == 1
    assert taking["export_bytes"] == 5982114 - 4871  # the style sheet is no carrier
    assert taking["body_bytes"] == 4871 + 1200 + 6000 + 5000 + 5982114 + 153
    candidate = by_class(result, "upload-candidate")
    assert {(c["path"], c["seed"], c["interval_s"]) for c in candidate} == {
        ("/account/avatar.php", "/uploads/a.php", 22), ("/uploads/a.php", "/uploads/db.php", 60)}
    assert all(c["confidence"] == "medium" for c in candidate)
    assert any("bod" in reason for f in by_class(result, "use") for reason in f["reasons"])


def test_a_place_named_by_an_event_is_that_line(assay, intrusion):
    result = assay("trace", "--json", intrusion, "--path", "/uploads/a.php", code=1)
    data = intrusion.read_bytes()
    lines = data.split(b"\n")
    for event in result.of_kind("event"):
        line = lines[event["line"] - 1]
        assert data[event["offset"]:].startswith(line)
        assert event["path"].encode() in line and event["address"].encode() in line


def test_one_path_leads_to_the_other_tool_and_says_why(assay, intrusion):
    result = assay("trace", "--json", intrusion, "--path", "/uploads/a.php", code=1)
    found = one(f for f in by_class(result, "use") if f["path"] == "/uploads/db.php")
    assert any("followed because K1" in reason for reason in found["reasons"])
    assert {f["path"] for f in by_class(result, "use")} == {"/uploads/a.php", "/uploads/db.php"}  # and not to the shop's own pages


def test_a_page_that_everybody_uses_leads_nowhere(assay, intrusion):
    result = assay("trace", "--json", intrusion, "--path", "/index.php")
    assert {f["path"] for f in by_class(result, "use")} == {"/index.php"}


def test_a_script_below_uploads_that_everybody_uses_is_not_followed(assay, tmp_path):
    log = Log()
    log.visitors()
    for i in range(300):
        log.add(60 * i, f"198.51.100.{i % 60}", "GET", "/uploads/thumb.php?f=1", 200, 7000)
    log.intruder()
    log.add(10400, INTRUDER, "GET", "/uploads/thumb.php?f=1", 200, 7000)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=1)
    assert {f["path"] for f in by_class(result, "use")} == {"/uploads/a.php", "/uploads/db.php"}


def test_a_script_that_appears_and_only_the_intruder_uses_is_followed_a_new_page_is_not(assay, tmp_path):
    log = Log()
    log.visitors()
    log.intruder()
    log.add(10600, INTRUDER, "GET", "/lib/cfg.php", 200, 700)
    log.add(10610, INTRUDER, "GET", "/spring-sale.php", 200, 7000)
    for i in range(9):
        log.add(10605 + i, f"198.51.100.{i}", "GET", "/spring-sale.php", 200, 7000)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=1)
    assert {f["path"] for f in by_class(result, "use")} == {"/uploads/a.php", "/uploads/db.php", "/lib/cfg.php"}
    rare = one(f for f in by_class(result, "use") if f["path"] == "/lib/cfg.php")
    assert any("hardly anybody else" in reason for reason in rare["reasons"])


def test_an_administrator_behind_a_sign_in_is_not_an_intruder(assay, tmp_path):
    """The false world: the same tool, the same dump, but the server made a colleague sign in."""
    log = Log()
    log.visitors()
    admin = "192.0.2.10"
    log.add(3000, admin, "GET", "/adminer/", 401, 460)
    for i in range(12):
        log.add(3010 + i * 30, admin, "GET", f"/adminer/?server=db&username=shop&db=shop&select=t{i}", 200, 5000 + i, user="carla")
    log.add(3600, admin, "POST", "/adminer/?server=db&username=shop&db=shop&dump=", 200, 7000000, user="carla")
    log.add(3700, admin, "POST", "/admin/import.php", 200, 700, user="carla")
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/adminer/")
    use = one(by_class(result, "use"))
    assert use["signed_in"] and use["confidence"] == "low" and use["user"] == "carla"
    assert any("sign-in" in reason for reason in use["reasons"])
    assert one(by_class(result, "taking"))["confidence"] == "low"
    assert all(f["confidence"] == "low" for f in by_class(result, "upload-candidate"))


def test_a_scanner_that_found_nothing_used_nothing(assay, tmp_path):
    log = Log()
    log.visitors()
    for i in range(50):
        log.add(500 + i, "203.0.113.5", "GET", f"/uploads/{'abc'[i % 3]}.php", 404, 150)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=0)
    assert result.of_kind("finding") == [] and result.summary["complete"]


@pytest.mark.parametrize("target", ["/uploads/%61.php", "//uploads/./a.php", "/uploads/a.php/x.css", "http://shop.example/uploads/a.php?q=1"])
def test_a_path_written_otherwise_is_the_same_path(assay, tmp_path, target):
    log = Log()
    log.visitors()
    log.add(500, INTRUDER, "POST", target, 200, 300)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=1)
    assert one(by_class(result, "use"))["requests"] == 1


def test_a_rotated_set_in_any_order_is_one_log(assay, intrusion, tmp_path):
    lines = intrusion.read_text().splitlines(keepends=True)
    cut = [len(lines) // 3, 2 * len(lines) // 3]
    names = ["access.log.2.gz", "access.log.1", "access.log"]
    folder = tmp_path / "rotated"
    folder.mkdir()
    for name, part in zip(names, (lines[:cut[0]], lines[cut[0]:cut[1]], lines[cut[1]:])):
        data = "".join(part).encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    whole = assay("trace", "--json", intrusion, "--path", "/uploads/a.php", code=1)
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        parts = assay("trace", "--json", *(folder / names[i] for i in order), "--path", "/uploads/a.php", code=1)
        for key in ("lines", "parsed", "bytes_in", "requests", "clients", "body_bytes", "first", "last", "gaps", "findings", "order_breaks"):
            assert parts.summary[key] == whole.summary[key], key
        strip = lambda e: {k: v for k, v in e.items() if k not in ("source", "line", "offset")}
        assert [strip(e) for e in parts.of_kind("event")] == [strip(e) for e in whole.of_kind("event")]
    assert parts.summary["files"] == 3


def test_a_file_given_twice_counts_once(assay, intrusion, tmp_path):
    copy = tmp_path / "access.log.1.gz"
    copy.write_bytes(gzip.compress(intrusion.read_bytes()))
    link = tmp_path / "link.log"
    link.symlink_to(intrusion)
    whole = assay("trace", "--json", intrusion)
    twice = assay("trace", "--json", intrusion, copy, link)
    assert twice.summary["requests"] == whole.summary["requests"]
    assert len([c for c in twice.of_kind("coverage") if "a copy of" in c["class"]]) == 2


def test_totals_equal_an_independent_count(assay, intrusion):
    text = intrusion.read_text()
    rows = re.findall(r'^(\S+) .*" (\d{3}) (\d+|-) "', text, re.M)
    summary = assay("trace", "--json", intrusion).summary
    assert summary["lines"] == summary["parsed"] == summary["requests"] == len(rows)
    assert summary["clients"] == len({r[0] for r in rows})
    assert summary["body_bytes"] == sum(int(r[2]) for r in rows if r[2] != "-")
    assert summary["bytes_in"] == sum_of_classes(summary) == len(text)


def test_the_real_log_of_another_project_to_the_last_byte(assay, shared):
    path = shared / "data" / "apache-2015" / "apache_logs"
    if not path.exists():
        pytest.skip(f"needs {path}")
    text = path.read_text()
    rows = re.findall(r'^(\S+) \S+ \S+ \[[^]]+\] "(?:[^"\\]|\\.)*" (\d{3}) (\d+|-)', text, re.M)
    summary = assay("trace", "--json", path, code=0).summary
    assert summary["parsed"] == len(rows) == 10000 and summary["rejected"] == 0
    assert summary["body_bytes"] == sum(int(r[2]) for r in rows if r[2] != "-")
    assert summary["clients"] == len({r[0] for r in rows}) == 1753
    assert summary["bytes_in"] == sum_of_classes(summary) == len(text.encode())
    assert summary["classes"]["parsed: tail cut short"] == 183  # the one line whose agent has no end


def test_every_kind_of_damage_is_counted_and_none_hidden(assay, tmp_path):
    log = Log()
    log.visitors(hours=1)
    good = log.text().splitlines(keepends=True)
    bad = ["\n", "not a line of a log\n", '1.2.3.4 - - [99/Foo/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5\n',
           '1.2.3.4 - - [14/Mar/2026:08:30:00 +0000] "GET / HTTP/1.1" xx 5\n', '1.2.3.4 - - [14/Mar/2026:08:30:00 +0000] "GET / HTT\n',
           "\0" * 5000, "x" * (3 << 20) + "\n"]
    data = "".join(good[:200] + bad + good[200:])[:-20].encode()
    path = tmp_path / "access.log"
    path.write_bytes(data)
    result = assay("trace", "--json", path, code=2)
    summary = result.summary
    assert summary["lines"] == summary["parsed"] + summary["rejected"] + summary["blank"] == len(good) + 6
    assert summary["bytes_in"] == sum_of_classes(summary) == len(data)
    classes = collections.Counter({c["class"]: c["count"] for c in result.of_kind("coverage")})
    assert classes["cut off"] == classes["blank"] == classes["rejected: no status"] == classes["rejected: no request"] == 1
    assert classes["rejected: no time"] == 2 and classes["rejected: too long"] == 1
    assert summary["classes"]["NUL bytes"] == 5000 and not summary["complete"]


def test_a_cut_out_stretch_is_a_gap_and_a_quiet_night_is_none(assay, tmp_path):
    log = Log()
    for day in range(5):
        for _ in range(4000):
            at = day * 86400 + log.rng.uniform(0, 14 * 3600)
            log.add(at, f"198.51.100.{log.rng.randrange(60)}", "GET", "/index.php", 200, 900)
    path = log.write(tmp_path / "whole.log")
    assert assay("trace", "--json", path, code=0).summary["gaps"] == []
    log.lines = [line for line in log.lines if not 3 * 86400 + 7200 < line[0] < 3 * 86400 + 18000]
    log.add(3 * 86400 + 7100, INTRUDER, "GET", "/uploads/a.php", 200, 500)
    path = log.write(tmp_path / "cut.log")
    result = assay("trace", "--json", path, "--path", "/uploads/a.php", code=1)
    gap = one(result.summary["gaps"])
    assert 10700 < gap["seconds"] < 11100 and gap["from"].startswith("2026-03-17T09:5")
    assert not result.summary["complete"]
    assert any("more may have happened" in r for r in one(by_class(result, "use"))["reasons"])


def test_time_that_runs_backwards_is_counted(assay, tmp_path):
    log = Log()
    log.visitors(hours=1)
    lines = log.text().splitlines(keepends=True)
    path = tmp_path / "access.log"
    path.write_text("".join(lines[100:] + lines[:100]))
    assert assay("trace", "--json", path).summary["order_breaks"] == 1


def test_zones_are_applied_and_named(assay, tmp_path):
    log = Log()
    log.visitors(hours=1)
    log.add(1800, INTRUDER, "GET", "/uploads/a.php", 200, 500, zone="+0530")
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=1)
    assert one(e for e in result.of_kind("event") if e["role"] == "first-use")["time"] == "2026-03-14T08:30:00Z"
    assert sorted(result.summary["zones"]) == ["+0000", "+0530"]


def test_a_packed_log_that_ends_early_is_read_as_far_as_it_goes(assay, intrusion, tmp_path):
    packed = gzip.compress(intrusion.read_bytes())
    path = tmp_path / "access.log.2.gz"
    path.write_bytes(packed[:len(packed) * 3 // 4])
    result = assay("trace", "--json", path, code=2)
    assert 0 < result.summary["parsed"] < len(intrusion.read_text().splitlines())
    assert any(c["class"].startswith("unreadable: ") for c in result.of_kind("coverage"))
    assert not result.summary["complete"] and "too early" in result.err


def test_what_is_no_log_is_said(assay, intrusion, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("nothing here\n")
    result = assay("trace", "--json", other, code=2)
    assert "not a log that any reader here knows" in result.err and "notes.txt" in result.err
    result = assay("trace", "--json", intrusion, other, code=2)
    assert result.summary["files"] == 1 and result.summary["files_skipped"] == 1


def test_one_thread_says_what_two_say(assay, tmp_path):
    log = Log()
    log.visitors(hours=30, per_hour=7000)
    log.intruder(at=10000)
    log.add(100000, INTRUDER, "GET", "/uploads/a.php?later", 200, 555)  # stretches in which only suspects are read
    log.add(100001, INTRUDER, "GET", "/account.php", 200, 3100)
    path = log.write(tmp_path / "access.log")
    assert path.stat().st_size > 20 << 20  # several stretches
    runs = [assay("trace", "--json", "--jobs", jobs, path, "--path", "/uploads/a.php", code=1).records for jobs in ("1", "2", "5")]
    for run in runs:
        run[-1].pop("seconds")
    assert runs[0] == runs[1] == runs[2]
    assert runs[0][-1]["order_breaks"] == 0  # nor between stretches
    data = path.read_bytes()
    lines = data.split(b"\n")
    events = [record for record in runs[0] if record["kind"] == "event"]
    for event in events:
        line = lines[event["line"] - 1]
        assert event["path"].encode() in line and event["address"].encode() in line and data.startswith(line, event["offset"])
    assert [e["role"] for e in events if e["query"] == "later"] == ["largest"]
    assert all(f["elsewhere"]["requests"] == 3 for f in runs[0] if f.get("class") == "use")


def test_no_byte_of_a_log_reaches_the_terminal_unescaped(assay, tmp_path):
    log = Log()
    log.visitors(hours=1)
    path = log.write(tmp_path / "access.log")
    line = f'{INTRUDER} - - [14/Mar/2026:08:30:00 +0000] "GET /uploads/a.php/\x1b]0;x\x07?\x1b[31m HTTP/1.1" 200 5 "-" "\x1b[2J"\n'
    path.write_bytes(path.read_bytes() + line.encode())
    result = assay("trace", path, "--path", "/uploads/a.php", code=1)
    assert "\x1b" not in result.out and "\x07" not in result.out

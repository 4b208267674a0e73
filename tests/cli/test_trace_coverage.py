"""What the logs could not show, and signs that they were edited: worlds that were tampered with beside worlds that only look so."""
import datetime
import gzip
import os
import random

import pytest

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 3, 9, 0, 0, 0, tzinfo=UTC)  # a Monday
INTRUDER = "203.0.113.77"
SITE = "https://shop.example"


class Site:
    """A shop's access log: visits of some pages with what belongs to them, few at night. Lines as Apache writes combined."""

    def __init__(self, seed=1):
        self.rng = random.Random(seed)
        self.lines = []

    def add(self, at, client, target, status=200, size=900, referer="-", method="GET", zone="+0000"):
        shift = int(zone[:3]) * 3600
        stamp = (START + datetime.timedelta(seconds=at + shift)).strftime("%d/%b/%Y:%H:%M:%S ") + zone
        self.lines.append((at, f'{client} - - [{stamp}] "{method} {target} HTTP/1.1" {status} {size} "{referer}" "Mozilla/5.0 (X11)"\n'))

    def visit(self, at, client):
        for _ in range(self.rng.randrange(1, 5)):
            page = self.rng.choice(["/", "/catalogue.php", "/product.php?id=%d" % self.rng.randrange(90)])
            self.add(at, client, page, size=self.rng.randrange(800, 9000), referer=SITE + "/")
            self.add(at + 0.4, client, "/css/site.css", size=4100, referer=SITE + page)
            at += self.rng.uniform(4, 40)

    def days(self, days=4, per_hour=400, nights=True):
        at = 0.0
        while at < days * 86400:
            at += self.rng.expovariate(per_hour / 5 / 3600)
            hour = at / 3600 % 24
            if not nights or 7 <= hour < 23 or self.rng.random() < 0.08:
                self.visit(at, "198.51.100.%d" % self.rng.randrange(200))
        return self

    def intruder(self, at):
        for i in range(6):
            self.add(at + 20 * i, INTRUDER, "/uploads/a.php", size=400 + i, method="POST")
            self.add(at + 20 * i + 1, INTRUDER, "/favicon.ico", size=1100, referer=SITE + "/uploads/a.php")
        return self

    def rows(self):
        return [line for _, line in sorted(self.lines, key=lambda pair: pair[0])]

    def write(self, path):
        path.write_text("".join(self.rows()))
        return path


def hash_of(text):
    return sum(ord(c) * (i + 7) for i, c in enumerate(text))


def measures(result, name, kind=None):
    return [m for m in result.of_kind("measure") if m["class"] == name and (kind is None or m["what"] == kind)]


def one(items):
    items = list(items)
    assert len(items) == 1, items
    return items[0]


def word(result, question, path):
    return one(m for m in measures(result, "answer") if m["question"] == question and m["path"] == path)


def seen(assay, *args, **kwargs):
    return assay("trace", "--json", *args, **kwargs)


@pytest.fixture
def shop(tmp_path):
    return Site().days().write(tmp_path / "access.log")


# ---- the four words ----


def test_nothing_there_in_a_whole_log_is_full_coverage(assay, shop):
    result = seen(assay, shop, "--path", "/uploads/a.php", code=0)
    assert result.summary["complete"] and result.summary["contradictions"] == 0 and result.summary["duplicate_lines"] == 0
    for path in ("/uploads/a.php", None):
        assert word(result, "use", path)["word"] == "not observed, full coverage"
        assert word(result, "taking", path)["word"] == "not observed, full coverage"
        assert word(result, "entry", path)["word"] == "cannot be seen"
    assert word(result, "taking through the database", None)["word"] == "cannot be seen"
    assert word(result, "use", "/uploads/a.php")["sources"] == [str(shop)]


def test_used_is_observed_and_what_it_sent_elsewhere_cannot_be_seen(assay, tmp_path):
    path = Site().days().intruder(2 * 86400 + 40000).write(tmp_path / "access.log")
    result = seen(assay, path, "--path", "/uploads/a.php", code=1)
    assert word(result, "use", "/uploads/a.php")["word"] == "observed"
    assert word(result, "taking", "/uploads/a.php")["word"] == "cannot be seen"
    assert word(result, "entry", "/uploads/a.php")["word"] == "cannot be seen"


@pytest.mark.parametrize("what", ["rejected", "cut off", "damage", "skipped", "member", "gap", "server error"])
def test_one_hole_takes_the_full_coverage_away(assay, tmp_path, what):
    site = Site().days()
    if what == "gap":
        site.lines = [line for line in site.lines if not 2 * 86400 + 36000 < line[0] < 2 * 86400 + 43200]
    if what == "server error":
        site.add(2 * 86400 + 36000, INTRUDER, "/uploads/a.php", status=500, size=300)
    rows = site.rows()
    if what == "rejected":
        rows.insert(3000, "nothing that a server writes\n")
    if what == "cut off":
        rows[-1] = rows[-1][:60]
    paths = [tmp_path / "access.log"]
    paths[0].write_text("".join(rows))
    if what == "damage":
        paths = [tmp_path / "access.log.gz"]
        paths[0].write_bytes(gzip.compress("".join(rows).encode())[:-30000])
    if what == "skipped":
        paths.append(tmp_path / "other.log")
        paths[1].write_text("what is this\n" * 20)
    if what == "member":
        third = len(rows) // 3
        paths = [tmp_path / "access.log", tmp_path / "access.log.1", tmp_path / "access.log.3"]
        for path, part in zip(paths, (rows[2 * third:], rows[third:2 * third], rows[:third])):
            path.write_text("".join(part))
    result = seen(assay, *paths, "--path", "/uploads/a.php", code=None)
    use = word(result, "use", "/uploads/a.php")
    assert use["word"] == "not observed, holes", use
    expected = {"rejected": "rejected: no time", "cut off": "cut off", "damage": "damage", "skipped": "skipped file", "member": "missing member",
                "gap": "gap"}
    if what in expected:
        assert expected[what] in [hole["what"] for hole in use["holes"]], use["holes"]
        assert not result.summary["complete"]
    else:
        assert use["holes"] == [] and any("neither 2xx nor 4xx" in why for why in use["why"])


def test_a_log_too_thin_to_show_a_hole_shows_no_absence(assay, tmp_path):
    result = seen(assay, Site().days(days=4, per_hour=6).write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=None)
    use = word(result, "use", "/uploads/a.php")
    assert use["word"] == "not observed, holes" and one(use["holes"])["what"] == "too few lines"


# ---- silences ----


def test_ten_minutes_cut_from_a_busy_hour(assay, tmp_path):
    site = Site().days(per_hour=2000)
    assert seen(assay, site.write(tmp_path / "whole.log"), code=0).summary["gaps"] == []
    at = 2 * 86400 + 50000
    site.lines = [line for line in site.lines if not at < line[0] < at + 600]
    gap = one(seen(assay, site.write(tmp_path / "cut.log"), code=None).summary["gaps"])
    assert 595 < gap["seconds"] < 650


def test_visits_that_go_on_over_a_hole(assay, tmp_path):
    """Lines cut out of a log on which visitors lean all day, beside a server that was down: then they come back slowly."""
    worlds = {}
    for name in ("cut", "down"):
        site = Site(seed=4).days(days=4, per_hour=3000)
        at = 2 * 86400 + 50000
        site.lines = [line for line in site.lines if not at < line[0] < at + 900]
        if name == "down":
            gone = set()
            for when, line in site.lines:
                if at - 900 < when <= at and hash_of(line.split()[0]) % 10 < 8:  # a few wait
                    gone.add(line.split()[0])
            site.lines = [(when, line) for when, line in site.lines if not (at + 900 <= when < at + 2000 and line.split()[0] in gone)]
        result = seen(assay, site.write(tmp_path / f"{name}.log"), code=None)
        worlds[name] = measures(result, "contradiction", "visits go on over a hole")
        assert len(result.summary["gaps"]) == 1
    assert len(worlds["cut"]) == 1 and worlds["down"] == []
    assert worlds["cut"][0]["base_rate"] > 0 and "outage" in worlds["cut"][0]["innocent"]


def test_a_log_that_ends_long_before_it_was_copied(assay, shop):
    last = (START + datetime.timedelta(days=4)).timestamp()
    os.utime(shop, (last + 60, last + 60))
    assert [c for c in seen(assay, shop).of_kind("coverage") if c["class"] == "log ends"] == []
    os.utime(shop, (last + 3 * 86400, last + 3 * 86400))
    ends = one(c for c in seen(assay, shop).of_kind("coverage") if c["class"] == "log ends")
    assert 3 * 86400 <= ends["seconds"] < 3 * 86400 + 3600


# ---- duplicates ----


def test_a_block_that_stands_there_twice(assay, tmp_path):
    rows = Site().days(days=1).rows()
    path = tmp_path / "access.log"
    path.write_text("".join(rows[:3000] + rows[2000:2050] + rows[3000:]))
    result = seen(assay, path)
    twice = one(measures(result, "duplicate"))
    assert (twice["what"], twice["lines"], twice["line"], twice["of"]["line"]) == ("in one file", 50, 3001, 2001)
    assert twice["bytes"] == len("".join(rows[2000:2050])) and twice["offset"] == len("".join(rows[:3000]))
    assert result.summary["duplicate_lines"] == 50 and result.summary["lines"] == len(rows) + 50


def test_what_repeats_by_itself_is_no_duplicate(assay, tmp_path):
    """A monitor, a load test with the same requests again within the second, a page fetched twice."""
    site = Site().days(days=1)
    for i in range(400):
        site.add(40000 + i * 0.02, "192.0.2.9", "/load?%d" % (i % 10))
    for i in range(60):
        site.add(41000, "192.0.2.10", "/health")
    assert measures(seen(assay, site.write(tmp_path / "access.log")), "duplicate") == []


def test_the_same_lines_in_a_second_log(assay, tmp_path):
    rows = Site().days(days=1).rows()
    (tmp_path / "all.log").write_text("".join(rows))
    (tmp_path / "shop.log").write_text("".join(rows[500:1500]))
    result = seen(assay, tmp_path / "all.log", tmp_path / "shop.log", code=None)
    twice = one(measures(result, "duplicate"))
    assert twice["what"] == "in two logs" and twice["lines"] == 1000


def test_a_copy_truncated_rotation_repeats_nothing(assay, tmp_path):
    rows = Site().days(days=1).rows()
    (tmp_path / "access.log.1").write_text("".join(rows[:2000]))
    (tmp_path / "access.log").write_bytes(b"\0" * 4096 + "".join(rows[2000:]).encode())
    result = seen(assay, tmp_path / "access.log", tmp_path / "access.log.1", code=None)
    assert measures(result, "duplicate") == [] and measures(result, "contradiction") == []
    nuls = one(c for c in result.of_kind("coverage") if c["class"] == "NUL bytes")
    assert (nuls["bytes"], nuls["first_line"], nuls["first_offset"]) == (4096, 1, 0)


# ---- time ----


def test_where_time_runs_backwards_and_a_change_of_zone_is_told_apart(assay, tmp_path):
    rows = Site().days(days=1).rows()
    path = tmp_path / "access.log"
    path.write_text("".join(rows[1000:] + rows[:1000]))
    parsed = one(c for c in seen(assay, path).of_kind("coverage") if c["class"] == "parsed")
    broken = one(parsed["order_breaks"])
    assert broken["line"] == len(rows) - 999 and broken["seconds"] > 40000 and "looks_like" not in broken
    summer = Site()
    for at in range(0, 40000, 5):
        summer.add(at, "198.51.100.%d" % (at % 90), "/", zone="+0100" if at < 20000 else "+0200")
    parsed = one(c for c in seen(assay, summer.write(tmp_path / "dst.log")).of_kind("coverage") if c["class"] == "parsed")
    assert parsed["order_breaks"] == [] and parsed["zone"]["changes"] == 1 and parsed["zone"]["how"] == "in each line"
    assert parsed["zone"]["first_change"]["line"] == 4001


def test_torn_lines_and_lines_of_another_format_have_a_place(assay, tmp_path):
    rows = Site().days(days=1).rows()
    rows[700] = rows[700][:30] + rows[701]
    path = tmp_path / "access.log"
    path.write_text("".join(rows))
    result = seen(assay, path, code=None)
    torn = one(c for c in result.of_kind("coverage") if c["class"] == "torn lines")
    assert torn["count"] == 1 and torn["first_line"] == 701 and torn["first_offset"] == len("".join(rows[:700]))


def test_a_stretch_that_is_too_tidy(assay, tmp_path):
    """Apache stamps when a request begins and writes when it ends; a stretch put in order by a program has no such steps."""
    for name, tidy in (("sorted", True), ("natural", False)):
        site = Site(seed=9).days(days=4, per_hour=1600)
        ended = sorted((at + site.rng.expovariate(1 / 1.2), line) for at, line in site.lines)
        rows = [line for _, line in ended]
        if tidy:
            order = {line: at for at, line in site.lines}
            rows[40000:46000] = sorted(rows[40000:46000], key=lambda line: order[line])
        path = tmp_path / f"{name}.log"
        path.write_text("".join(rows))
        found = measures(seen(assay, path, code=None), "contradiction", "too tidy")
        assert len(found) == tidy, found
        if tidy:
            assert any(abs(e["line"] - 41000) < 3000 for e in found[0]["examples"])


# ---- contradictions ----


def test_a_referer_whose_page_was_never_asked_for(assay, tmp_path):
    """The lines of the back door are taken out; those that name it as where they come from stay."""
    site = Site().days().intruder(2 * 86400 + 40000)
    whole = seen(assay, site.write(tmp_path / "whole.log"), "--path", "/uploads/a.php", code=1)
    assert measures(whole, "contradiction") == []
    rows = [line for line in site.rows() if '"POST /uploads/a.php' not in line]
    path = tmp_path / "edited.log"
    path.write_text("".join(rows))
    result = seen(assay, path, "--path", "/uploads/a.php", code=None)
    sign = one(measures(result, "contradiction"))
    assert sign["what"] == "referer without its page" and sign["count"] == 6
    line = rows[sign["examples"][0]["line"] - 1]
    assert line.startswith(INTRUDER) and "/favicon.ico" in line
    assert word(result, "use", "/uploads/a.php")["word"] == "not observed, holes" and not result.summary["complete"]


def test_another_sites_page_of_that_name_and_a_cached_page_are_no_sign(assay, tmp_path):
    site = Site().days()
    for i in range(5):
        site.add(100000 + i, "203.0.113.%d" % i, "/", referer="https://blog.example/uploads/a.php")
    result = seen(assay, site.write(tmp_path / "access.log"), "--path", "/uploads/a.php", code=0)
    assert measures(result, "contradiction") == []
    site = Site().days()
    for i in range(12):  # those who have the page in their cache
        site.add(100000 + i, "203.0.113.%d" % i, "/css/site.css", referer=SITE + "/catalogue.php")
    result = seen(assay, site.write(tmp_path / "cache.log"), "--path", "/catalogue.php", code=None)
    assert measures(result, "contradiction") == []


def apache_error(at, client, shift=0, what="AH00128: File does not exist: /srv/www/x"):
    when = START + datetime.timedelta(seconds=at + shift)
    return when.strftime(f"[%a %b %d %H:%M:%S.000000 %Y] [core:info] [pid 4711:tid 139] [client {client}:50022] {what}\n")


def errors_of(site, shift=0, every=40):
    rng = random.Random(3)
    rows = []
    for at, line in sorted(site.lines):
        if rng.randrange(every) == 0:
            rows.append((at, apache_error(at + 0.3, line.split()[0], shift)))
    return rows


@pytest.mark.parametrize("shift", [0, 7200, -18000])
def test_an_error_whose_request_is_gone(assay, tmp_path, shift):
    """The error log still names the intruder. Its times have no zone: what most of its lines say proves it."""
    site = Site().days(days=2)
    errors = errors_of(site, shift)
    access, error = tmp_path / "access.log", tmp_path / "error.log"
    site.write(access)
    error.write_text("".join(line for _, line in errors))
    result = seen(assay, access, error, "--path", "/uploads/a.php", code=None)
    assert measures(result, "contradiction") == []
    zone = one(c["zone"] for c in result.of_kind("coverage") if c["class"] == "parsed" and c["source"] == str(error))
    assert zone["how"] == "matched to another source" and zone["zone"] == {0: "+00:00", 7200: "+02:00", -18000: "-05:00"}[shift]
    errors += [(90000 + i, apache_error(90000 + i * 30, INTRUDER, shift)) for i in range(3)]
    error.write_text("".join(line for _, line in sorted(errors)))
    result = seen(assay, access, error, "--path", "/uploads/a.php", code=None)
    sign = one(measures(result, "contradiction"))
    assert sign["what"] == "error without a request" and sign["count"] == 3
    assert sign["from"] == "2026-03-10T01:00:00Z"
    assert word(result, "use", "/uploads/a.php")["word"] == "not observed, holes"


def test_errors_of_a_sort_that_never_has_a_request_are_no_sign(assay, tmp_path):
    site = Site().days(days=2)
    errors = errors_of(site, every=25)
    errors += [(5000 + i * 1000, apache_error(5000 + i * 1000, "203.0.113.%d" % i, what="AH02042: rejecting client initiated renegotiation")) for i in range(25)]
    site.write(tmp_path / "access.log")
    (tmp_path / "error.log").write_text("".join(line for _, line in sorted(errors)))
    assert measures(seen(assay, tmp_path / "access.log", tmp_path / "error.log", code=None), "contradiction") == []


def nginx_error(at, client, request, shift=0, host="shop.example", what='FastCGI sent in stderr: "PHP message: PHP Warning:  Undefined variable $x in /srv/www/uploads/a.php on line 9"'):
    when = START + datetime.timedelta(seconds=at + shift)
    return when.strftime(f'%Y/%m/%d %H:%M:%S [error] 7#7: *{int(at)} {what} while reading response header from upstream, client: {client}, server: {host}, '
                         f'request: "{request} HTTP/1.1", upstream: "fastcgi://unix:/run/php.sock:", host: "{host}"\n')


def errors_said(assay, tmp_path, site, text):
    site.write(tmp_path / "access.log")
    (tmp_path / "error.log").write_text(text)
    return measures(seen(assay, tmp_path / "access.log", tmp_path / "error.log", "--path", "/uploads/a.php", code=None), "contradiction")


@pytest.mark.parametrize("zone", ["+0000", "-0500"])
def test_one_line_of_an_error_log_whose_request_is_gone(assay, tmp_path, zone):
    """Too few lines to know what is usual: the server handed the request on, so its line is due. The zone is that of the access log."""
    site, shift = Site(), int(zone[:3]) * 3600
    for i in range(400):
        site.add(i * 60, "198.51.100.%d" % (i % 50), "/product.php?id=%d" % i, referer=SITE + "/", zone=zone)
    site.add(9000, INTRUDER, "/uploads/a.php?c=1", zone=zone)
    there = nginx_error(9000, INTRUDER, "GET /uploads/a.php?c=1", shift)
    assert errors_said(assay, tmp_path, site, there) == []
    gone = nginx_error(9020, INTRUDER, "GET /uploads/a.php?c=2", shift)
    sign = one(errors_said(assay, tmp_path, site, there + gone))
    assert (sign["what"], sign["count"], sign["base_rate"]) == ("error without a request", 1, None)
    assert sign["from"] == "2026-03-09T02:30:20Z" and sign["examples"][0]["line"] == 2


@pytest.mark.parametrize("line", [
    nginx_error(8400, INTRUDER, "GET /uploads/a.php?c=1"),
    nginx_error(5000, "192.0.2.9", "GET /x.php", host="other.example"),
    nginx_error(5000, "192.0.2.9", "GET /favicon.ico", what="open() \"/srv/www/favicon.ico\" failed"),
    nginx_error(-50, "192.0.2.9", "GET /x.php"),
    nginx_error(23930, "192.0.2.9", "GET /x.php"),
], ids=["a request that ran for long", "another site in the same error log", "a file that is not there: such requests are often not logged", "before the access log begins", "at its end"])
def test_lines_of_an_error_log_that_need_no_request(assay, tmp_path, line):
    site = Site()
    for i in range(400):
        site.add(i * 60, "198.51.100.%d" % (i % 50), "/product.php?id=%d" % i, referer=SITE + "/catalogue.php")
    site.add(9000, INTRUDER, "/uploads/a.php?c=1")
    assert errors_said(assay, tmp_path, site, line.replace("while reading response header from upstream", "") if "favicon" in line else line) == []


def test_a_log_without_queries_has_the_request_all_the_same(assay, tmp_path):
    site = Site()
    for i in range(400):
        site.add(i * 60, "198.51.100.%d" % (i % 50), "/product.php", referer=SITE + "/")
    site.add(9000, INTRUDER, "/uploads/a.php")
    assert errors_said(assay, tmp_path, site, nginx_error(9000, INTRUDER, "GET /uploads/a.php?c=1")) == []


def test_a_short_error_log_of_apache(assay, tmp_path):
    """It names no request: some line of the client is due. Which site it is, the folder says that others' files are in."""
    site = Site()
    for i in range(400):
        site.add(i * 60, "198.51.100.%d" % (i % 50), "/product.php?id=%d" % i, referer=SITE + "/")
    known = apache_error(600, "198.51.100.10", what="script '/srv/www/shop/x.php' not found or unable to stat")
    warning = "PHP Warning:  Undefined variable $x in /srv/www/%s/uploads/a.php on line 9"
    assert errors_said(assay, tmp_path, site, known + apache_error(9000, INTRUDER, what=warning % "other")) == []
    assert errors_said(assay, tmp_path, site, known + apache_error(600, "198.51.100.10", what=warning % "shop")) == []
    sign = one(errors_said(assay, tmp_path, site, known + apache_error(9000, INTRUDER, what=warning % "shop")))
    assert (sign["what"], sign["count"]) == ("error without a request", 1)


def uploads(site, tree, people=5):
    """Visitors who send a picture and look at it: requests of the log, files of the tree."""
    (tree / "uploads").mkdir(parents=True)
    for i in range(people):
        at = 20000 + 3000 * i
        put(tree / f"uploads/{i}-me.png", at)
        site.add(at, f"203.0.113.{i}", "/avatar.php", status=302, method="POST", referer=SITE + "/avatar.php")
        site.add(at + 1, f"203.0.113.{i}", f"/uploads/{i}-me.png", referer=SITE + "/account.php")
    return site


def put(path, at):
    path.write_text("x")
    when = (START + datetime.timedelta(seconds=at)).timestamp()
    os.utime(path, (when, when))


def written(assay, site, tmp_path, *more):
    result = seen(assay, site.write(tmp_path / "access.log"), "--tree", tmp_path / "www", *more, code=None)
    return one(measures(result, "files written")), measures(result, "contradiction"), result


def test_a_file_of_the_tree_whose_request_is_gone(assay, tmp_path):
    site = uploads(Site().days(days=1), tmp_path / "www")
    put(tmp_path / "www/index.php", -4000000)
    files, told, _ = written(assay, site, tmp_path)
    assert (files["files"], files["in_time"], files["by_upload"], files["without_request"], told) == (6, 5, 5, 0, [])
    put(tmp_path / "www/uploads/7-me.php", 30000)
    files, told, result = written(assay, site, tmp_path, "--path", "/uploads/7-me.php")
    sign = one(told)
    assert (sign["what"], sign["count"], files["without_request"]) == ("file without the request that wrote it", 1, 1)
    assert sign["examples"] == [{"source": str(tmp_path / "www/uploads/7-me.php"), "path": "/uploads/7-me.php", "time": "2026-03-09T08:20:00Z"}]
    assert word(result, "use", "/uploads/7-me.php")["word"] == "not observed, holes"


def test_files_of_the_tree_that_are_explained(assay, tmp_path):
    """The request is there though nobody looked at the file; a shell that was used then wrote it; it was put there in a folder without uploads."""
    site = uploads(Site().days(days=1), tmp_path / "www")
    put(tmp_path / "www/uploads/7-me.php", 30000)
    site.add(30000, INTRUDER, "/avatar.php", status=302, method="POST")
    put(tmp_path / "www/uploads/adminer.php", 33000)
    site.add(33000, INTRUDER, "/uploads/7-me.php", method="POST")
    put(tmp_path / "www/robots.txt", 40000)
    files, told, _ = written(assay, site, tmp_path, "--path", "/uploads/7-me.php")
    assert told == [] and (files["perhaps_by_upload"], files["by_script"], files["not_known"]) == (1, 1, 1)


def test_that_no_line_was_cut_out_cannot_be_seen(assay, tmp_path):
    """Without a sign nobody is told that the log is whole, but what else might have told."""
    site = uploads(Site().days(days=1), tmp_path / "www")
    cut = one(m for m in measures(seen(assay, site.write(tmp_path / "access.log"), "--hunt", code=None), "answer") if m["question"] == "lines cut out")
    assert cut["word"] == "cannot be seen" and [w.split(" was given")[0] for w in cut["why"][1:]] == ["no error log", "no database log", "no web root", "no body file"]
    put(tmp_path / "www/uploads/7-me.php", 30000)
    _, _, result = written(assay, site, tmp_path, "--hunt")
    cut = one(m for m in measures(result, "answer") if m["question"] == "lines cut out")
    assert cut["word"] == "not observed, holes" and "contradiction" in [h["what"] for h in cut["holes"]]


def test_a_tree_that_cannot_be_read_ends_the_run(assay, tmp_path):
    site = Site().days(days=1)
    result = assay("trace", site.write(tmp_path / "access.log"), "--tree", tmp_path / "none", "--json", code=2)
    assert "--tree" in result.err and len(result.err.strip().splitlines()) == 1


def test_a_database_at_work_while_the_web_log_is_silent(assay, tmp_path):
    """A web log with an afternoon cut out, beside a database that logged what the shop asked all the time; and a quiet night with a timer."""
    for name in ("cut", "timer"):
        site = Site(seed=2).days(days=6)
        database = []
        for at, line in sorted(site.lines):
            if ".php" in line:
                database.append((int(at), 'SELECT 1'))
        at = 3 * 86400 + 45000
        if name == "cut":
            site.lines = [line for line in site.lines if not at < line[0] < at + 5400]
        else:
            database += [(day * 86400 + 3 * 3600 + m * 60, "DELETE FROM session") for day in range(6) for m in range(0, 90, 10)]
        web, general = tmp_path / f"{name}.log", tmp_path / f"{name}-general.log"
        site.write(web)
        with general.open("w") as out:
            out.write("/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\nTime\t\t    Id Command\tArgument\n")
            for i, (second, sql) in enumerate(sorted(database)):
                stamp = (START + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
                out.write(f"{stamp}\t    {i + 10} Query\t{sql}\n")
        result = seen(assay, web, general, code=None)
        found = measures(result, "contradiction", "database at work while the web log is silent")
        assert len(found) == (name == "cut"), (name, found)


def general_log(path, connections):
    with path.open("w") as out:
        out.write("/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\nTime\t\t    Id Command\tArgument\n")
        for number in connections:
            stamp = (START + datetime.timedelta(seconds=40000 + number * 20)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
            out.write(f"{stamp}\t    {number} Connect\tshop@localhost on shop using Socket\n{stamp}\t    {number} Query\tSELECT 1\n")
    return path


def test_connections_without_lines(assay, tmp_path):
    """Numbers go up by one: taken out, they are missing. A log that leaves out many anyway says nothing."""
    everything = range(10, 900)
    for name, connections, expected in (("whole", everything, []), ("cut", [n for n in everything if n not in (500, 501)], [500, 501]),
                                        ("some", [n for n in everything if n % 3], [])):
        result = seen(assay, general_log(tmp_path / f"{name}.log", connections), code=None)
        found = measures(result, "contradiction", "connections without lines")
        assert [e["connection"] for sign in found for e in sign["examples"]] == expected
        word_of = word(result, "taking through the database", None)
        assert ("contradiction" in [hole["what"] for hole in word_of["holes"]]) == bool(expected)


def test_a_file_changed_after_its_last_line(assay, tmp_path):
    """One file of a set was written later than its lines; copied without their times, all of them were."""
    site = Site().days()
    for name, late in (("edited", [2]), ("copied", [0, 1, 2, 3])):
        folder = tmp_path / name
        folder.mkdir()
        paths = []
        for day in range(4):
            paths.append(folder / ("access.log" if day == 3 else f"access.log.{3 - day}"))
            paths[day].write_text("".join(line for at, line in sorted(site.lines) if day * 86400 <= at < day * 86400 + 86400))
            stamp = (START + datetime.timedelta(days=day + (9 if day in late else 1))).timestamp()
            os.utime(paths[day], (stamp, stamp))
        use = word(seen(assay, *paths, "--path", "/uploads/a.php", code=None), "use", "/uploads/a.php")
        changed = [hole for hole in use["holes"] if hole["what"] == "changed after its last line"]
        assert [hole["source"] for hole in changed] == ([str(paths[2])] if name == "edited" else []), use["holes"]


def test_one_thread_says_what_two_say(assay, tmp_path):
    site = Site(seed=6).days(days=8, per_hour=6000, nights=False).intruder(300000)
    rows = [line for line in site.rows() if '"POST /uploads/a.php' not in line]
    path = tmp_path / "access.log"
    path.write_text("".join(rows[:150000] + rows[100000:101000] + rows[150000:]))
    assert path.stat().st_size > 24 << 20
    runs = [seen(assay, "--jobs", jobs, path, "--path", "/uploads/a.php", code=None).records for jobs in ("1", "2", "5")]
    for run in runs:
        run[-1].pop("seconds")
    assert runs[0] == runs[1] == runs[2]
    twice = one(m for m in runs[0] if m.get("class") == "duplicate")
    lines = path.read_text().splitlines()
    assert twice["lines"] > 600 and lines[twice["line"] - 1] == lines[twice["of"]["line"] - 1]
    assert [m["what"] for m in runs[0] if m.get("class") == "contradiction"] == ["referer without its page"]


def test_the_words_stand_on_the_terminal(assay, shop):
    text = assay("trace", shop, "--path", "/uploads/a.php", code=0).out
    assert "/uploads/a.php entry: cannot be seen; use: not observed, full coverage; taking: not observed, full coverage" in text

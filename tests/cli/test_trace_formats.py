"""trace reads what real servers write: nginx and Apache with odd log formats, asked with odd bytes; what was sent and received is the truth."""
import base64
import collections
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
from servers import CLEAN, find, free_port

PATHS = ["/a.php", "/b.php", "/uploads/c.php"]
JSON_FORMAT = ('{"t":"$time_iso8601","who":"$remote_addr","line":"$request","st":$status,"body_bytes_sent":$body_bytes_sent,'
               '"ua":"$http_user_agent","u":"$remote_user","f":"$http_x_forwarded_for"}')
# name: (escape, format, what bytes it counts)
NGINX = {
    "main": ("", '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
                 '"$http_x_forwarded_for" $request_time $upstream_response_time', "body"),
    "bars": ("", "$time_iso8601|$remote_addr|$host|$request_method|$request_uri|$status|$body_bytes_sent|$http_user_agent", "body"),
    "late": ("", '$msec $status $bytes_sent $request_length "$request" $remote_addr:$remote_port $pid "$http_cookie"', "wire"),
    "parts": ("", '$remote_addr [$time_local] $request_method "$uri$is_args$args" $status $body_bytes_sent', "body"),
    "json": ("escape=json ", JSON_FORMAT, "body"),
    "raw": ("escape=none ", '$remote_addr [$time_local] $status $body_bytes_sent "$request" "$http_user_agent"', "body"),
    "sizeless": ("", '$remote_addr [$time_local] "$request" $status', None),
}
APACHE = {
    "main": (r'%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D', "body"),
    "parts": (r'%v:%p %a %{c}a %{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t%{%z}t %m \"%U\" \"%q\" %H %>s %B %I %O %{ms}T %X', "body"),
    "wire": (r'%{end:msec}t %{begin:msec}t %>s %s %O %h \"%r\" \"%!200{User-Agent}i\" %{pid}P %k', "wire"),
    "forwarded": (r'%{X-Forwarded-For}i %l %u %t \"%r\" %>s %B', "body"),
    "like-json": (r'{ \"ip\":\"%a\", \"t\":\"%{%Y-%m-%dT%T%z}t\", \"req\":\"%r\", \"st\":%>s, \"n\":%B, \"ua\":\"%{User-Agent}i\" }', "body"),
    "sizeless": (r'%h\t%t\t%>s\t%r', None),
}
AGENTS = [b"curl/8", b'a"b\\c', b'x" 200 5 "-" "y', b"Mozilla/5.0 (X11; Linux) \xc3\xa9\x80", b"\\", b"-", b"\x01\x7f", b"{}[],:\\u0022"]
QUERIES = [b"", b"?x=1", b"?q=%22%0a%00%5C", b'?q="quoted"', b"?q=\\", b"?\xc3\xbc=\xe2\x82\xac", b"?a|b", b"?%u0041", b"?q=' OR 1=1--",
           b"?x=] 200 5", b"?[14/Mar/2026:21:47:09", b"?" + b"a" * 3000]


class Web:
    """A server in a folder of its own, and what it was asked and answered."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="assay-web-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.child = None
        self.answers = []  # (path or None, status, body bytes, wire bytes)
        for at, path in enumerate(PATHS):
            file = pathlib.Path(self.folder, "www", path.lstrip("/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"x" * (1000 + 77 * at))
        pathlib.Path(self.folder, "logs").mkdir()

    def start(self, *args):
        self.child = subprocess.Popen(args, cwd="/", env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      start_new_session=True)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.child.poll() is None, pathlib.Path(self.folder, "logs/error.log").read_text(errors="replace")[-2000:]
                time.sleep(.1)
        raise AssertionError("the server does not answer")

    def stop(self):
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(20)

    def clear(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, name):
        return pathlib.Path(self.folder, "logs", name + ".log")

    def ask(self, path, raw, head=False):
        with socket.create_connection(("127.0.0.1", self.port), 10) as s:
            s.sendall(raw)
            s.settimeout(10)
            got = b""
            try:
                while part := s.recv(65536):
                    got += part
            except ConnectionResetError:
                pass
        head_end = got.find(b"\r\n\r\n")
        status = int(got.split(b" ", 2)[1])
        self.answers.append((path, status, 0 if head else len(got) - head_end - 4, len(got)))

    def ask_all(self):
        number = 0
        for path in PATHS:
            for query in QUERIES:
                agent = AGENTS[number % len(AGENTS)]
                user = base64.b64encode(b'an"n [x] \\y:pw')
                more = [b"", b"Referer: http://r/\"\\\r\n", b"X-Forwarded-For: 198.51.100.7, 203.0.113.9\r\n", b"Authorization: Basic " + user + b"\r\n"]
                method = [b"GET", b"GET", b"HEAD", b"POST"][number // 3 % 4]
                body = b"a=b" if method == b"POST" else b""
                self.ask(path, method + b" " + path.encode() + query + b" HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: " + agent + b"\r\n" +
                         more[number % 4] + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body, head=method == b"HEAD")
                number += 1
        self.ask(None, b"\x16\x03\x01\x00\x5a\r\n\r\n")
        self.ask(None, b"GET / HT\"TP/1.1\r\n\r\n")
        self.ask(None, b"GET /nothing%00here\"\x80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    def wait_for_lines(self, names):
        for _ in range(100):
            if all(self.log(name).exists() and self.log(name).read_bytes().count(b"\n") >= len(self.answers) for name in names):
                return
            time.sleep(.1)


@pytest.fixture(scope="module")
def nginx():
    server = find("nginx")
    web = Web()
    formats = "\n".join(f"log_format {name} {escape}'{text}';\naccess_log {web.folder}/logs/{name}.log {name};"
                        for name, (escape, text, _) in NGINX.items())
    user = "user root;" if os.geteuid() == 0 else ""
    conf = pathlib.Path(web.folder, "nginx.conf")
    conf.write_text(f"""{user} daemon off; pid {web.folder}/pid; error_log {web.folder}/logs/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{ client_body_temp_path {web.folder}/t1; proxy_temp_path {web.folder}/t2; fastcgi_temp_path {web.folder}/t3; uwsgi_temp_path {web.folder}/t4;
scgi_temp_path {web.folder}/t5; large_client_header_buffers 4 16k;
{formats}
server {{ listen 127.0.0.1:{web.port}; server_name shop.example; root {web.folder}/www; error_page 405 =200 $uri; }} }}
""")
    try:
        web.start(server, "-c", conf, "-p", web.folder, "-e", f"{web.folder}/logs/error.log")
        for name in NGINX:
            web.log(name).write_bytes(b"")  # the question whether it is there
        web.ask_all()
        web.wait_for_lines(NGINX)
        yield web
    finally:
        web.clear()


@pytest.fixture(scope="module")
def apache():
    server = find("apache2")
    web = Web()
    modules = "/usr/lib/apache2/modules"
    formats = "\n".join(f'LogFormat "{text}" {name}\nCustomLog {web.folder}/logs/{name}.log {name}' for name, (text, _) in APACHE.items())
    owner = ""
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        owner = "User www-data\nGroup www-data" if "www-data" in names else "User nobody"
    conf = pathlib.Path(web.folder, "apache.conf")
    conf.write_text(f"""ServerRoot {web.folder}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
{owner}
PidFile {web.folder}/pid
Mutex posixsem
Listen 127.0.0.1:{web.port}
ServerName shop.example
HttpProtocolOptions Unsafe
StartServers 1
DocumentRoot {web.folder}/www
ErrorLog {web.folder}/logs/error.log
{formats}
""")
    try:
        web.start(server, "-d", web.folder, "-f", conf, "-DFOREGROUND")
        time.sleep(.3)
        for name in APACHE:
            os.truncate(web.log(name), 0)
        web.ask_all()
        web.stop()
        yield web
    finally:
        web.clear()


def truth(web, counts, is_line):
    """Per path: requests, statuses, bytes. A request that the server refused to take apart is in its log only as a line (nginx)."""
    result = {}
    for path in PATHS:
        rows = [row for row in web.answers if row[0] == path and (is_line or row[1] != 400)]
        statuses = collections.Counter(str(row[1]) for row in rows)
        size = {"body": sum(row[2] for row in rows), "wire": sum(row[3] for row in rows), None: 0}[counts]
        result[path] = (len(rows), dict(statuses), size)
    return result


def told(result):
    told = {}
    for found in result.of_kind("finding"):
        if found["class"] == "use":
            requests, statuses, size = told.get(found["path"], (0, {}, 0))
            statuses = dict(collections.Counter(statuses) + collections.Counter(found["statuses"]))
            told[found["path"]] = (requests + found["requests"], statuses, size + (found["body_bytes"] or 0))
    return told


def check(assay, web, name, counts, *options, reader, is_line=True):
    args = [word for path in PATHS for word in ("--path", path)]
    result = assay("trace", "--json", web.log(name), *args, *options)
    summary = result.summary
    assert summary["format"] == reader, result
    assert summary["lines"] == summary["parsed"] == len(web.answers) and summary["rejected"] == 0, (summary, web.log(name).read_bytes())
    assert told(result) == truth(web, counts, is_line)
    if counts is not None:
        assert summary["body_bytes"] == sum(row[2 if counts == "body" else 3] for row in web.answers)
    parsed = next(c for c in result.of_kind("coverage") if c["class"] == "parsed")
    assert ("how much was sent" in parsed["cannot_show"]) == (counts is None)
    return result


@pytest.mark.parametrize("name", NGINX)
def test_nginx_format_given(assay, nginx, name):
    escape, text, counts = NGINX[name]
    check(assay, nginx, name, counts, "--log-format", escape + text, reader="log_format", is_line="$request\"" in text)


@pytest.mark.parametrize("name", NGINX)
def test_nginx_format_from_its_configuration(assay, nginx, name):
    check(assay, nginx, name, NGINX[name][2], "--server-config", os.path.join(nginx.folder, "nginx.conf"), reader="log_format",
          is_line="$request\"" in NGINX[name][1])


def test_nginx_json_is_read_without_its_format(assay, nginx):
    check(assay, nginx, "json", "body", reader="JSON")


@pytest.mark.parametrize("name", APACHE)
def test_apache_format_given(assay, apache, name):
    check(assay, apache, name, APACHE[name][1], "--log-format", APACHE[name][0], reader="LogFormat")


@pytest.mark.parametrize("name", APACHE)
def test_apache_format_from_its_configuration(assay, apache, name):
    check(assay, apache, name, APACHE[name][1], "--server-config", os.path.join(apache.folder, "apache.conf"), reader="LogFormat")


def test_the_forwarded_address_is_the_client_where_no_other_is(assay, apache):
    result = check(assay, apache, "forwarded", "body", "--log-format", APACHE["forwarded"][0], reader="LogFormat")
    assert {f["address"] for f in result.of_kind("finding") if f["class"] == "use"} == {"203.0.113.9", "-"}


def test_without_a_format_nothing_is_guessed(assay, nginx):
    result = assay("trace", "--json", nginx.log("bars"), code=2)
    assert "not a log that any reader here knows" in result.err


def test_two_formats_that_differ_are_an_error_that_names_both(assay, nginx):
    result = assay("trace", nginx.log("main"), "--log-format", NGINX["main"][1], "--log-format",
                   NGINX["main"][1].replace("$body_bytes_sent", "$bytes_sent"), code=2)
    assert "$body_bytes_sent" in result.err and "$bytes_sent" in result.err and "--log-format" in result.err


def test_a_configuration_without_a_format_is_an_error_with_a_remedy(assay, nginx, tmp_path):
    conf = tmp_path / "httpd.conf"
    conf.write_text("Listen 80\nInclude conf.d/*.conf\nCustomLog logs/a shop\n")
    result = assay("trace", nginx.log("main"), "--server-config", conf, code=2)
    assert "no log format in it" in result.err and "'shop', which is defined in another file" in result.err


def test_a_format_that_fits_no_log_is_said(assay, apache):
    result = assay("trace", "--json", apache.log("sizeless"), "--log-format", APACHE["sizeless"][0], "--log-format", '%h %t "%r" %>s %b %D')
    assert result.err == ""
    combined = pathlib.Path(apache.folder, "combined.log")
    combined.write_text('192.0.2.1 - - [14/Mar/2026:21:47:09 +0000] "GET /a.php HTTP/1.1" 200 5 "-" "UA"\n')
    result = assay("trace", "--json", combined, "--log-format", '%h %t "%r" %>s %b %D')
    assert "no log is in the format that was given" in result.err and result.summary["format"] == "combined"
    assert assay("trace", "--json", combined, "--log-format", "%m [%p] %q%u@%d ").err == ""  # a database's, of another log


def test_a_quote_too_few_costs_one_line(assay, tmp_path):
    line = '192.0.2.1 - - [14/Mar/2026:21:47:%02d +0000] "GET /a.php HTTP/1.1" 200 5 "-" "%s"\n'
    log = tmp_path / "access.log"
    log.write_text("".join(line % (at, "UA") if at != 30 else (line % (at, "UA")).replace('HTTP/1.1"', "HTTP/1.1") for at in range(60)))
    result = assay("trace", "--json", log, "--log-format", '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"')
    assert (result.summary["parsed"], result.summary["rejected"]) == (59, 1)

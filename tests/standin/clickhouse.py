#!/usr/bin/env python3
"""A stand-in for a newer ClickHouse server than Debian packages (18.16): rights by SHOW GRANTS, sizes in system.tables; and for ones
that mean harm. It knows the questions of src/sources/clickhouse*.c by their beginnings and answers what the manual says a server of
24.8 would; that real ones do has not been tried here. Loopback only.

    clickhouse.py PORT [PEM]

With certificate and key it speaks TLS. The account decides: "final", "roles" are honest; "long", "cut", "html", "redirect", "wide", "mixed" are not."""
import http.server
import ssl
import sys
import urllib.parse

GRANTS = {
    "SHOW GRANTS FINAL": {"final": ["GRANT SELECT, INSERT ON shop.* TO final", "REVOKE SELECT ON shop.secret FROM final",
                                    "GRANT SELECT(name) ON crm.people TO final", "GRANT S3, URL ON *.* TO final",
                                    "GRANT SELECT ON logs.* TO final"]},
    "SHOW GRANTS": {"roles": ["GRANT SHOW TABLES ON shop.* TO roles", "GRANT analyst, `odd role` TO roles"]},
    "SHOW GRANTS FOR `odd role`": {"roles": ["GRANT SELECT ON logs.hits TO `odd role`"]},
}
TABLES = {
    "crm": [("people", "MergeTree", "", "12", "345")],
    "logs": [("hits", "Distributed", "", r"\N", r"\N"), ("queue", "Kafka", "", r"\N", r"\N")],
    "shop": [("orders", "ReplicatedMergeTree", "id", "7", "99"), ("secret", "MergeTree", "", "1", "1")],
}
COLUMNS = {"people": [("name", "String"), ("born", "Date")], "hits": [("url", "String")], "queue": [("m", "String")],
           "orders": [("id", "UInt64"), ("mail", "LowCardinality(String)")], "secret": [("pan", "String")]}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, lines, status=200, headers=()):
        body = "".join(line + "\n" for line in lines).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, code, text):
        self.send([f"Code: {code}. DB::Exception: {text}. (X) (version 24.8.4.13)"], 500,
                  [("X-ClickHouse-Exception-Code", str(code))])

    def do_POST(self):
        sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.settings = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        user = self.headers["X-ClickHouse-User"]
        if user == "long":
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(b"x" * 1048576)
            except OSError:
                return
        if user == "html":
            self.send(["<html><body>It works!</body></html>"])
        elif user == "redirect":
            self.send([], 302, [("Location", f"http://127.0.0.1:{PORT}/?taken")])
        elif user == "wide" and "system.settings" not in sql:
            self.send(["\t".join(["x"] * 5000 + ["."])])
        else:
            self.answer(sql, user)

    def answer(self, sql, user):
        if sql.startswith("SELECT value, '.' FROM system.settings"):
            self.send([self.settings.get("readonly", "0") + "\t."])
        elif self.settings.get("readonly") != "1" or "max_execution_time" not in self.settings:
            self.fail(1, "a question without readonly and a limit")
        elif sql.startswith("SHOW GRANTS"):
            if user in GRANTS.get(sql, {}):
                self.send(GRANTS[sql][user])
            elif sql == "SHOW GRANTS FINAL":
                self.fail(62, "Syntax error")
            else:
                self.fail(497, "Not enough privileges")
        elif sql.startswith("SELECT version()"):
            self.send(["24.8.4.13\t."])
        elif "FROM system.columns WHERE database = 'system'" in sql:
            self.send(["tables\ttotal_rows\t.", "columns\tposition\t.", "grants\taccess_type\t."])
        elif "FROM system.settings WHERE name IN" in sql:
            self.send(["limit\t10\t.", "format_tsv_null_representation\tNULL\t."])
        elif "system.databases" in sql:
            self.send(["crm\tAtomic\t.", "far\tMySQL\t.", "logs\tAtomic\t.", "shop\tAtomic\t.", "system\tAtomic\t."])
        elif "FROM system.tables" in sql or "FROM system.columns" in sql:
            self.catalogue(sql, user)
        elif "LIMIT 0" in sql and "`orders`" in sql:
            self.send([])
        elif "LIMIT 0" in sql:
            self.fail(497, "Not enough privileges")
        elif "system.row_policies" in sql:
            self.send(["0\t."])
        else:
            self.fail(62, "not known: " + sql[:80])

    def catalogue(self, sql, user):
        assert self.settings.get("limit") == "0" and self.settings.get("format_tsv_null_representation") == r"\N"
        database = next(name for name in TABLES if f"database = '{name}'" in sql)
        if user == "cut":
            self.send(["orders\tMergeTree\t\t7\t9\t.", "secCode: 396. DB::Exception: Limit for result exceeded. (X)"])
        elif user == "mixed" and "system.tables" in sql:
            self.send(["b\tMergeTree\t\t7\t9\t.", "a\tMergeTree\t\t7\t9\t."])
        elif "FROM system.tables" in sql:
            self.send(["\t".join((*row, ".")) for row in TABLES[database]] if "name > ''" in sql else [])
        else:
            self.send([f"{table}\t{name}\t{kind}\t\t\t." for table, *_ in TABLES[database] for name, kind in COLUMNS[table]])


PORT = int(sys.argv[1])
SERVER = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Server)
if len(sys.argv) > 2:
    TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    TLS.load_cert_chain(sys.argv[2])
    SERVER.socket = TLS.wrap_socket(SERVER.socket, server_side=True, do_handshake_on_connect=False)
SERVER.serve_forever()

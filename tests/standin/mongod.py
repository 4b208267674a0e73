#!/usr/bin/env python3
"""A stand-in for MongoDB's server, which Debian does not package: it speaks enough of the wire protocol (OP_MSG, the first hello as
OP_QUERY, SCRAM-SHA-256) and of the commands to test src/sources/mongodb*.c against. What it says follows MongoDB's manual; that real
servers say the same has not been tried here. Loopback only.

    mongod.py PORT [--open | --hostile | --tls PEM]

--open: asks for no account. --hostile: answers with broken messages. --tls: certificate and key. Every command's name goes to stdout."""
import base64
import datetime
import hashlib
import hmac
import os
import socketserver
import ssl
import struct
import sys

PORT = int(sys.argv[1])
OPEN = "--open" in sys.argv
HOSTILE = "--hostile" in sys.argv

# ---- BSON (https://bsonspec.org) ----


class Oid(bytes):
    pass


def encode_value(value):
    if isinstance(value, bool):
        return 0x08, bytes([value])
    if isinstance(value, Oid):
        return 0x07, bytes(value)
    if isinstance(value, float):
        return 0x01, struct.pack("<d", value)
    if isinstance(value, str):
        raw = value.encode() + b"\0"
        return 0x02, struct.pack("<i", len(raw)) + raw
    if isinstance(value, dict):
        return 0x03, encode(value)
    if isinstance(value, list):
        return 0x04, encode({str(i): item for i, item in enumerate(value)})
    if isinstance(value, bytes):
        return 0x05, struct.pack("<iB", len(value), 0) + value
    if isinstance(value, datetime.datetime):
        return 0x09, struct.pack("<q", int(value.timestamp() * 1000))
    if value is None:
        return 0x0A, b""
    if isinstance(value, int):
        return (0x10, struct.pack("<i", value)) if -2**31 <= value < 2**31 else (0x12, struct.pack("<q", value))
    raise TypeError(type(value))


def encode(document):
    body = b""
    for key, value in document.items():
        kind, raw = encode_value(value)
        body += bytes([kind]) + key.encode() + b"\0" + raw
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def decode(raw, at=0):
    (size,) = struct.unpack_from("<i", raw, at)
    end, at, out = at + size - 1, at + 4, {}
    while at < end:
        kind = raw[at]
        stop = raw.index(b"\0", at + 1)
        key, at = raw[at + 1:stop].decode(), stop + 1
        if kind == 0x01:
            out[key], at = struct.unpack_from("<d", raw, at)[0], at + 8
        elif kind == 0x02:
            (length,) = struct.unpack_from("<i", raw, at)
            out[key], at = raw[at + 4:at + 3 + length].decode(), at + 4 + length
        elif kind in (0x03, 0x04):
            (length,) = struct.unpack_from("<i", raw, at)
            inner = decode(raw, at)
            out[key], at = inner if kind == 0x03 else list(inner.values()), at + length
        elif kind == 0x05:
            (length,) = struct.unpack_from("<i", raw, at)
            out[key], at = raw[at + 5:at + 5 + length], at + 5 + length
        elif kind == 0x07:
            out[key], at = Oid(raw[at:at + 12]), at + 12
        elif kind == 0x08:
            out[key], at = bool(raw[at]), at + 1
        elif kind == 0x0A:
            out[key] = None
        elif kind == 0x10:
            out[key], at = struct.unpack_from("<i", raw, at)[0], at + 4
        elif kind in (0x09, 0x11, 0x12):
            out[key], at = struct.unpack_from("<q", raw, at)[0], at + 8
        else:
            raise ValueError(f"type {kind:#x}")
    return out


# ---- what it holds ----

NOON = datetime.datetime(2020, 2, 29, 12, 0, 0, tzinfo=datetime.timezone.utc)


def customer(i):
    document = {"_id": Oid(struct.pack(">IQ", 1, i)), "email": f"u{i}@example.org",
                "address": {"city": "Köln", "geo": {"at": {"lat": 50.9, "deep": {"er": 1}}}}, "tags": ["a", f"t{i}"],
                "born": NOON, "visits": i, "big": 2**40 + i, "hash": b"\xff\x00" + bytes([i % 256]), "none": None,
                "vip": i % 2 == 0, "od\"d$ `f'": "x"}
    if i == 7:
        document["late"] = "only one has it"
    return document


ODD = "o'd\"d `c\nol"
DATA = {
    "shop": {"customers": [customer(i) for i in range(300)], "orders": [{"_id": i, "total": i * 1.5} for i in range(5000)],
             ODD: [{"_id": 1, "x": "y"}], "secret": [{"_id": 1, "pan": "4111111111111111"}], "empty": [],
             "wide": [{f"f{i}": i for i in range(300)}] * 2,
             "likes": [{"_id": i, "by": {f"jane{i}@example.org": 1}, f"user{i}": {"phone": "+4915112345678"}} for i in range(3)],
             "stale": [{"_id": i} for i in range(30)], "bad": [{"_id": 1}]},
    "crm": {"people": [{"_id": 1, "name": "N"}]},
    "admin": {"system.users": []}, "config": {}, "local": {},
}
VIEWS = {"shop": {"seen": "customers"}}


def privilege(db, collection, *actions):
    return {"resource": {"db": db, "collection": collection}, "actions": list(actions)}


ACCOUNTS = {
    "root": ("geheim", [{"role": "root", "db": "admin"}], [{"resource": {"anyResource": True}, "actions": ["anyAction"]}]),
    "shop": ("geheim", [{"role": "readWrite", "db": "shop"}],
             [privilege("shop", "", "find", "insert", "update", "remove", "collStats", "listCollections"),
              {"resource": {"cluster": True}, "actions": ["inprog"]}]),
    "reader": ("geheim", [{"role": "few", "db": "shop"}],
               [privilege("shop", "customers", "find"), privilege("shop", "orders", "find", "collStats")]),
}


class Refused(Exception):
    pass


class Connection(socketserver.BaseRequestHandler):
    account = None
    cursors = None
    scram = None

    def may(self, action, db, collection=""):
        if OPEN or self.account is None:
            return OPEN
        for one in ACCOUNTS[self.account][2]:
            where = one["resource"]
            fits = where.get("anyResource") or (where.get("db") in ("", db) and where.get("collection") in ("", collection))
            if fits and (action in one["actions"] or "anyAction" in one["actions"]):
                return True
        return False

    def need(self, action, db, collection=""):
        if not self.may(action, db, collection):
            raise Refused("not authorized" if self.account else "command requires authentication")

    # ---- messages ----

    def take(self, count):
        out = b""
        while len(out) < count:
            piece = self.request.recv(count - len(out))
            if not piece:
                raise ConnectionError
            out += piece
        return out

    def handle(self):
        self.cursors = {}
        try:
            while True:
                size, number, _, code = struct.unpack("<iiii", self.take(16))
                body = self.take(size - 16)
                if code == 2004:
                    at = body.index(b"\0", 4) + 9
                    self.answer(1, number, struct.pack("<iqii", 8, 0, 0, 1) + encode(self.run(decode(body, at))))
                elif code == 2013:
                    command = decode(body, 5)
                    reply = self.run(command)
                    if HOSTILE and next(iter(command)) not in ("ping", "hello"):
                        raw = encode({"ok": 1.0, "version": "7", "authInfo": {"x": 1}, "databases": [{"name": "d"}]})
                        self.request.sendall(struct.pack("<iiii", len(raw) + 21, 0, number, 2013) + b"\0" * 5 +
                                             os.urandom(8) + raw[8:])
                    else:
                        self.answer(2013, number, b"\0" * 5 + encode(reply))
        except (ConnectionError, OSError):
            pass

    def answer(self, code, number, body):
        self.request.sendall(struct.pack("<iiii", len(body) + 16, 0, number, code) + body)

    def run(self, command):
        name = next(iter(command))
        print(name, flush=True)
        handler = getattr(self, "do_" + name.lower(), None)
        if handler is None:
            return {"ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": f"no such command: '{name}'"}
        try:
            return {**handler(command), "ok": 1.0}
        except Refused as why:
            code = 18 if "Authentication" in str(why) else 2 if "BadValue" in str(why) else 13
            return {"ok": 0.0, "code": code, "codeName": "Unauthorized", "errmsg": f"{why} to execute command"}

    # ---- coming in ----

    def do_hello(self, command):
        reply = {"ismaster": True, "helloOk": True, "maxBsonObjectSize": 16777216, "maxMessageSizeBytes": 48000000,
                 "maxWriteBatchSize": 100000, "minWireVersion": 0, "maxWireVersion": 17, "readOnly": False}
        if "saslSupportedMechs" in command:
            reply["saslSupportedMechs"] = ["SCRAM-SHA-256"]
        return reply

    do_ismaster = do_hello

    def do_saslstart(self, command):
        first = command["payload"].decode()[3:]
        fields = dict(part.split("=", 1) for part in first.split(","))
        name, salt = fields["n"], b"0123456789abcdef0123456789ab"
        password = ACCOUNTS.get(name, ("",))[0]
        nonce = fields["r"] + "standin"
        server = f"r={nonce},s={base64.b64encode(salt).decode()},i=4096"
        self.scram = (name, hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 4096), first, server)
        return {"conversationId": 1, "done": False, "payload": server.encode()}

    def do_saslcontinue(self, command):
        text = command["payload"].decode()
        if not text:
            return {"conversationId": 1, "done": True, "payload": b""}
        name, salted, first, server = self.scram
        bare, proof = text.rsplit(",p=", 1)
        whole = ",".join((first, server, bare)).encode()
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), whole, "sha256")
        if name not in ACCOUNTS or bytes(a ^ b for a, b in zip(key, signature)) != base64.b64decode(proof):
            raise Refused("Authentication failed.")
        self.account = name
        final = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), whole, "sha256")
        return {"conversationId": 1, "done": True, "payload": b"v=" + base64.b64encode(final)}

    # ---- what is asked ----

    def do_ping(self, _):
        return {}

    def do_endsessions(self, _):
        return {}

    def do_buildinfo(self, _):
        return {"version": "7.0.5", "versionArray": [7, 0, 5, 0]}

    def do_connectionstatus(self, _):
        account = ACCOUNTS.get(self.account, ("", [], []))
        users = [{"user": self.account, "db": "admin"}] if self.account else []
        return {"authInfo": {"authenticatedUsers": users, "authenticatedUserRoles": account[1],
                             "authenticatedUserPrivileges": account[2]}}

    def do_listdatabases(self, _):
        if not OPEN and self.account is None:
            raise Refused("command listDatabases requires authentication")
        names = [db for db in DATA if self.may("find", db) or any(self.may("find", db, c) for c in DATA[db])]
        return {"databases": [{"name": name} for name in names]}

    def do_listcollections(self, command):
        db = command["$db"]
        own = [c for c in DATA.get(db, {}) if self.may("find", db, c)]
        if command.get("authorizedCollections") and command.get("nameOnly"):
            if not own:
                raise Refused("not authorized")
            names = own
        else:
            self.need("listCollections", db)
            names = list(DATA.get(db, {})) + list(VIEWS.get(db, {}))
        batch = [{"name": n, "type": "view" if n in VIEWS.get(db, {}) else "collection"} for n in names]
        return {"cursor": {"id": 0, "ns": f"{db}.$cmd.listCollections", "firstBatch": batch}}

    def do_collstats(self, command):
        db, name = command["$db"], command["collStats"]
        self.need("collStats", db, name)
        rows = DATA[db][name] if name != "stale" else DATA[db][name][:3]
        return {"count": len(rows), "size": 100 * len(rows), "storageSize": 4096 + 50 * len(rows), "totalIndexSize": 4096.0}

    def do_count(self, command):
        self.need("find", command["$db"], command["count"])
        return {"n": len(DATA[command["$db"]][command["count"]])}

    def rows_of(self, db, name):
        self.need("find", db, name)
        if name == "bad":
            raise Refused("BadValue: cannot compare 'jane.doe@example.org'")
        name = VIEWS.get(db, {}).get(name, name)
        return DATA[db][name]

    def give(self, db, name, rows, limit):
        number = len(self.cursors) + 1 if len(rows) > limit else 0
        if number:
            self.cursors[number] = rows[limit:]
        return {"cursor": {"id": number, "ns": f"{db}.{name}", "firstBatch": rows[:limit]}}

    def do_find(self, command):
        assert "maxTimeMS" in command
        rows = self.rows_of(command["$db"], command["find"])
        return self.give(command["$db"], command["find"], rows[:command.get("limit") or None], 101)

    def do_aggregate(self, command):
        assert "maxTimeMS" in command
        db, name, stage = command["$db"], command["aggregate"], command["pipeline"][0]
        rows = self.rows_of(db, name)
        if "$sample" in stage:
            size = stage["$sample"]["size"]
            return self.give(db, name, rows[::-1][:size], 101)
        return self.give(db, name, [{"_id": None, "n": len(rows)}] if rows else [], 101)

    def do_getmore(self, command):
        number = command["getMore"]
        rows = self.cursors.pop(number, [])
        if len(rows) > 1000:
            self.cursors[number] = rows[1000:]
        return {"cursor": {"id": number if len(rows) > 1000 else 0, "ns": "x.y", "nextBatch": rows[:1000]}}

    def do_killcursors(self, command):
        return {"cursorsKilled": command["cursors"], "cursorsNotFound": [], "cursorsAlive": [], "cursorsUnknown": []}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def get_request(self):
        client, address = super().get_request()
        return (TLS.wrap_socket(client, server_side=True, do_handshake_on_connect=False) if TLS else client), address


TLS = None
if "--tls" in sys.argv:
    TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    TLS.load_cert_chain(sys.argv[sys.argv.index("--tls") + 1])
Server(("127.0.0.1", PORT), Connection).serve_forever()

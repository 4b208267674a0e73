"""A small HTTP/1.1 client that comes from a chosen loopback address, keeps cookies,
and counts the bytes of every answer as they came over the wire."""

import re
import socket
from urllib.parse import urlencode


class Answer:
    def __init__(self, status, headers, body, wire):
        self.status, self.headers, self.body, self.wire = status, headers, body, wire

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def hidden(self, name):
        """The value of a hidden field of the page."""
        found = re.search(rf"name=[\"']{re.escape(name)}[\"'] value=[\"']([^\"']*)", self.text)
        if not found:
            raise RuntimeError(f"the page has no field {name}")
        return found.group(1)


class Browser:
    """One client. `record` is called with every request as sent and answered."""

    def __init__(self, port, address, agent, record):
        self.port, self.address, self.agent, self.record = port, address, agent, record
        self.cookies, self.connection, self.reader = {}, None, None
        self.extra = {}
        self.user = None

    def close(self):
        if self.connection:
            self.reader.close()
            self.connection.close()
            self.connection = None

    def connect(self):
        self.connection = socket.socket()
        self.connection.settimeout(30)
        # the source address is bound without a port, so that thousands of connections do not collide
        self.connection.setsockopt(socket.IPPROTO_IP, 24, 1)    # IP_BIND_ADDRESS_NO_PORT
        self.connection.bind((self.address, 0))
        self.connection.connect(("127.0.0.1", self.port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.connection.makefile("rb", 65536)

    def get(self, target, referer=None, **extra):
        return self.send("GET", target, referer=referer, **extra)

    def post(self, target, fields, referer=None, files=None, **extra):
        if files:
            mark = "----MapleFormBoundary7d93b1c04e"
            body = b""
            for name, value in fields.items():
                body += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, (filename, kind, data) in files.items():
                body += (f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                         f"Content-Type: {kind}\r\n\r\n").encode() + data + b"\r\n"
            body += f"--{mark}--\r\n".encode()
            kind = f"multipart/form-data; boundary={mark}"
        else:
            body, kind = urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded"
        return self.send("POST", target, body, kind, referer, **extra)

    def send(self, method, target, body=None, kind=None, referer=None, headers=None, tag=None):
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: */*"]
        fields = dict(self.extra, **(headers or {}))
        if self.agent is not None:
            fields["User-Agent"] = self.agent
        if referer:
            fields["Referer"] = f"http://127.0.0.1:{self.port}{referer}" if referer.startswith("/") else referer
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            fields.update({"Content-Type": kind, "Content-Length": len(body)})
        lines += [f"{k}: {v}" for k, v in fields.items()]
        data = ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")
        if self.connection is None:
            self.connect()
        try:
            self.connection.sendall(data)
            answer = self.receive(method)
        except (ConnectionError, EOFError):
            self.close()
            raise
        self.record({"client": self.address, "method": method, "target": target, "status": answer.status,
                     "body_bytes": answer.wire, "content_bytes": len(answer.body), "user_agent": self.agent, "referer": fields.get("Referer"),
                     "remote_user": self.user, "tag": tag})
        return answer

    def receive(self, method):
        first = self.reader.readline()
        if not first:
            raise EOFError("the server closed the connection")
        status, headers = int(first.split()[1]), {}
        while (line := self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.lower(), value.strip()
            headers[name] = value
            if name == "set-cookie":
                cookie, _, content = value.split(";")[0].partition("=")
                self.cookies[cookie] = content
        if method == "HEAD" or status in (204, 304):
            body, wire = b"", 0
        elif headers.get("transfer-encoding") == "chunked":
            body, wire = self.chunks()
        else:
            body = self.reader.read(int(headers.get("content-length", 0)))
            wire = len(body)
        if headers.get("connection") == "close":
            # the server's own end comes after the line in its log: who waits for it sees an orderly log
            self.connection.shutdown(socket.SHUT_WR)
            while self.reader.read(65536):
                pass
            self.close()
        return Answer(status, headers, body, wire)

    def chunks(self):
        parts, wire = [], 0
        while True:
            head = self.reader.readline()
            size = int(head.split(b";")[0], 16)
            part = self.reader.read(size)
            wire += len(head) + size + len(self.reader.readline())
            if not size:
                return b"".join(parts), wire
            parts.append(part)

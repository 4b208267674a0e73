"""Chromium through its debugging pipe, with the standard library alone: one page, its requests, its dialogs, its pictures."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--remote-debugging-pipe", "about:blank"]


def program():
    """The path of a Chromium, None if there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-headless-shell", "chromium-browser"))), None)


class Chrome:
    """One browser with one page. Use as a context."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="assay-chrome-")
        to_read, self.to_write = os.pipe()
        self.from_read, from_write = os.pipe()

        def wire():  # the child reads commands on 3 and answers on 4
            a, b = os.dup(to_read), os.dup(from_write)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.child = subprocess.Popen([program(), f"--user-data-dir={self.folder}", *FLAGS], preexec_fn=wire, close_fds=False,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.session = None
        try:
            self.call("Browser.close")
            self.child.wait(20)
        except Exception:  # pylint: disable=broad-except
            self.child.kill()
            self.child.wait()
        os.close(self.to_write)
        os.close(self.from_read)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.from_read, 1 << 16)
            if not more:
                raise RuntimeError("the browser went away")
            self.rest += more
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_write, json.dumps(message).encode() + b"\0")
        while True:
            got = self._receive()
            if got.get("id") == self.number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']}")
                return got["result"]
            self._note(got)

    def _note(self, event):
        self.events.append(event)
        if event.get("method") == "Page.javascriptDialogOpening":
            self.number += 1
            close = {"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": False},
                     "sessionId": self.session}
            os.write(self.to_write, json.dumps(close).encode() + b"\0")

    def open(self, path, width=1200, height=900, scheme="light", media="", bypass_csp=False):
        """Loads a file; what it asked for and did since is in events."""
        self.call("Page.setBypassCSP", enabled=bypass_csp)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events = []
        self.call("Page.navigate", url=f"file://{path}")
        deadline = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            assert time.monotonic() < deadline, "the page did not load"
            self._note(self._receive())
        return self

    def evaluate(self, expression):
        """The value of a JavaScript expression, run beside the page (its policy does not reach the tester)."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def told(self, method):
        return [e["params"] for e in self.events if e.get("method") == method]

    def requests(self):
        return [p["request"]["url"] for p in self.told("Network.requestWillBeSent")]

    def picture(self):
        """PNG of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def paper(self):
        """PDF on A4."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])

"""assay private exchange: the files of a run over TLS 1.3, between keys that were named; cut, killed, lied to, kept waiting. Loopback alone."""
import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

READY, FILE, HAVE, DATA, DONE, END, REFUSE = range(1, 8)


def run(assay_bin, folder, *words, code=0):
    done = subprocess.run([assay_bin, "private", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def world(tmp_path_factory, assay_bin):
    folder = tmp_path_factory.mktemp("exchange")
    for name, numbers in (("leak.csv", range(0, 150)), ("db.csv", range(100, 900))):
        (folder / name).write_text("email\n" + "".join(f"user{i}@example.org\n" for i in numbers))
    for who in ("a", "k", "n", "other"):
        run(assay_bin, folder, "key", f"{who}.key")
    run(assay_bin, folder, "commit", "leak.csv", "--role", "asker", "--key", "email", "--state", "a", "--sign", "a.key")
    run(assay_bin, folder, "commit", "db.csv", "--role", "keeper", "--key", "email", "--state", "k", "--sign", "k.key")
    return folder


@pytest.fixture
def here(world, tmp_path):
    shutil.copytree(world, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def offered(here, assay_bin):
    run(assay_bin, here, "offer", "k/commit", "--neutral", "n.key.pub", "--state", "a")
    return here


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Side:
    """One call of exchange; sign: a key file for a side whose directory holds none."""

    def __init__(self, assay_bin, folder, how, port, state, peer, files=(), wait=10, sign=None):
        words = [assay_bin, "private", "exchange", *files, f"--{how}", f"127.0.0.1:{port}", "--peer", peer, "--state", state,
                 "--wait", str(wait), "--json", *(["--sign", sign] if sign else [])]
        self.process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True)

    def end(self, code=0):
        out, said = self.process.communicate(timeout=30)
        assert self.process.returncode == code, said + out
        return json.loads(out) if code == 0 else said

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=30)


@pytest.fixture
def meet(assay_bin):
    """Two sides, each (state, peer, files, sign or None): what each says. The first one listens."""
    def both(folder, first, second, codes=(0, 0), through=None, wait=10):
        port = free_port()
        one = Side(assay_bin, folder, "listen", port, *first[:3], sign=first[3], wait=wait)
        two = Side(assay_bin, folder, "connect", through(port) if through else port, *second[:3], sign=second[3], wait=wait)
        return one.end(codes[0]), two.end(codes[1])
    return both


def only(folder, pattern):
    found = list(folder.glob(pattern))
    assert len(found) == 1, found
    return found[0]


def test_a_run_over_tls_is_the_run_by_files(here, meet, assay_bin):
    """Three parties, every file over TLS, from the commitments over the audits to the result that both accept. A stranger comes first, and a
    transfer is cut: the run goes on from what arrived."""
    def private(*words):
        return run(assay_bin, here, *words)

    def to_neutral(who, files, **more):
        return meet(here, ("n", f"{who}.key.pub", [], "n.key"), (who, "n.key.pub", files, None), **more)

    def from_neutral(who, files):
        return meet(here, ("n", f"{who}.key.pub", files, "n.key"), (who, "n.key.pub", [], None))

    def all_of(side):
        return sorted((here / side).glob("received.*"))

    a, k = ("a", "k.key.pub"), ("k", "a.key.pub")
    meet(here, (*k, ["k/commit"], None), (*a, ["a/commit"], None))
    theirs = only(here, "a/received.commitment.*")
    assert theirs.read_bytes() == (here / "k/commit").read_bytes()
    private("offer", theirs, "--neutral", "n.key.pub", "--open", "20", "--state", "a")
    meet(here, (*k, [], None), (*a, ["a/offer"], None))
    private("answer", only(here, "k/received.commitment.*"), only(here, "k/received.offer.*"), "--state", "k")
    meet(here, (*k, ["k/answer"], None), (*a, [], None))
    private("finish", only(here, "a/received.answer.*"), "--state", "a")
    # to the neutral, whom each side knows by its public key file; tags given first are sent last
    from_asker = ["a/tags", "a/offer", theirs, "a/commit"]
    said, _ = meet(here, ("n", "a.key.pub", [], "n.key"), ("x", "n.key.pub", from_asker, "other.key"), codes=(2, 2))
    assert "nothing was exchanged" in said and all_of("n") == []
    to_neutral("a", from_asker, codes=(2, 2), through=cutter(200000))
    took, _ = to_neutral("a", from_asker)
    assert [f["kind"] for f in took["received"]] == ["commitment", "commitment", "offer", "tags"]
    assert took["received"][2]["from"] >= 65536 and took["received"][3]["from"] == 0
    _, sent = to_neutral("k", ["k/tags", "k/answer", "k/commit"])
    assert [f["from"] == f["bytes"] for f in sent["sent"]] == [True, False, False]  # a commitment that was there already
    mailed = ["a/commit", "k/commit", "a/offer", "k/answer", "a/tags", "k/tags"]
    digests = sorted(hashlib.sha256((here / f).read_bytes()).hexdigest() for f in mailed)
    assert sorted(hashlib.sha256(f.read_bytes()).hexdigest() for f in all_of("n")) == digests
    # the audits
    neutral = ["--state", "n", "--sign", "n.key"]
    private("audit", *all_of("n"), *neutral)
    from_neutral("a", ["n/ask.asker.1"])
    from_neutral("k", ["n/ask.keeper.2", "n/ask.keeper.3"])
    private("audit", *all_of("a"), "--from", "leak.csv", "--key", "email", "--state", "a")
    private("audit", *all_of("k"), "--from", "db.csv", "--key", "email", "--state", "k")
    to_neutral("a", ["a/open.1"])
    to_neutral("k", ["k/open.2", "k/open.3"])
    private("audit", *all_of("n"), *neutral)
    from_neutral("a", ["n/ask.asker.3"])
    private("audit", *all_of("a"), "--from", "leak.csv", "--key", "email", "--state", "a")
    to_neutral("a", ["a/open.3"])
    audited = private("audit", *all_of("n"), *neutral, "--leak", "leak.csv", "--key", "email", "--json")
    assert json.loads(audited.stdout)["audits"] == "passed"
    assert json.loads(audited.stdout)["asker_source"].endswith("its digest is the one committed to")
    private("count", *[f for f in all_of("n") if ".ask." not in f.name and ".opening." not in f.name], *neutral)
    shutil.copytree(here / "n", here / "n2")
    (here / "n2/result").unlink()
    private("count", *mailed, "--state", "n2", "--sign", "n.key")
    assert (here / "n/result").read_bytes() == (here / "n2/result").read_bytes()
    for who in "ak":
        from_neutral(who, ["n/result"])
        told = private("finish", *[f for f in all_of(who) if ".ask." not in f.name], "--state", who, "--json")
        assert json.loads(told.stdout)["types"][0]["count"] == 50 and json.loads(told.stdout)["audits"] == "made"
        private("wipe", "--state", who)


def test_another_key_is_refused_by_whoever_sees_it(offered, meet):
    before = sorted(os.listdir(offered / "k"))
    said, other = meet(offered, ("k", "other.key.pub", [], None), ("a", "k.key.pub", ["a/commit"], None), (2, 2))
    assert "which --peer names; nothing was exchanged" in said and "does not take this side's key" in other
    said, other = meet(offered, ("k", "a.key.pub", [], None), ("a", "other.key.pub", ["a/commit"], None), (2, 2))
    assert "which --peer names; nothing was exchanged" in other and "does not take this side's key" in said
    assert sorted(os.listdir(offered / "k")) == before


# ---- a peer of ours that can lie ----

def pem_of(folder, who):
    seed = next(line.split()[1] for line in (folder / f"{who}.key").read_text().splitlines() if line.startswith("sign "))
    der = bytes.fromhex("302e020100300506032b657004220420" + seed)
    subprocess.run(["openssl", "pkey", "-inform", "DER", "-out", folder / f"{who}.pem"], input=der, check=True)
    subprocess.run(["openssl", "req", "-x509", "-new", "-key", folder / f"{who}.pem", "-subj", "/CN=x", "-days", "1",
                    "-out", folder / f"{who}.crt"], check=True, capture_output=True)


def plain(port):
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def speak(folder, port, who="a", newest=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if newest:
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, newest
    if who:
        pem_of(folder, who)
        context.load_cert_chain(folder / f"{who}.crt", folder / f"{who}.pem")
    return context.wrap_socket(plain(port))


def put(link, kind, body=b""):
    link.sendall(struct.pack(">BI", kind, len(body)) + body)


def take(link):
    def whole(count):
        out = b""
        while len(out) < count:
            piece = link.recv(count - len(out))
            assert piece, "ended"
            out += piece
        return out
    kind, count = struct.unpack(">BI", whole(5))
    return kind, whole(count)


def announced(path, more=0):
    whole = path.read_bytes()
    head = whole[:16 + struct.unpack(">I", whole[12:16])[0] + 64]
    return struct.pack(">Q", len(whole) + more) + hashlib.sha256(whole).digest() + head, whole


@pytest.fixture
def keeper(offered, assay_bin):
    port = free_port()
    side = Side(assay_bin, offered, "listen", port, "k", "a.key.pub", wait=2)
    yield offered, side, port
    if side.process.poll() is None:
        side.kill()


def test_tls_1_2_is_not_spoken(keeper):
    folder, side, port = keeper
    with pytest.raises((ssl.SSLError, OSError)):
        speak(folder, port, newest=ssl.TLSVersion.TLSv1_2)
    assert "no TLS 1.3 of assay with the other side: unsupported protocol" in side.end(2)


def test_no_certificate_no_word(keeper):
    folder, side, port = keeper
    with pytest.raises((ssl.SSLError, OSError, AssertionError)):
        take(speak(folder, port, who=None))
    assert "peer did not return a certificate" in side.end(2)


def test_garbage_and_silence(keeper, assay_bin):
    folder, side, port = keeper
    with plain(port) as link:
        link.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10)
        assert "no TLS 1.3 of assay" in side.end(2)
    silent = Side(assay_bin, folder, "listen", port, "k", "a.key.pub", wait=1)
    with plain(port):
        assert "silent or too slow: one message took more than 1 s" in silent.end(2)


def test_a_byte_now_and_then_is_too_slow(keeper):
    folder, side, port = keeper
    with speak(folder, port) as link:
        assert take(link) == (READY, b"")
        began = time.monotonic()
        try:
            for byte in struct.pack(">BI", FILE, 1000) + bytes(1000):
                link.sendall(bytes([byte]))
                time.sleep(0.2)
        except OSError:
            pass
        assert time.monotonic() - began < 8
    assert "silent or too slow" in side.end(2)


def refusal(link):
    kind, body = take(link)
    assert kind == REFUSE
    return body.decode()


@pytest.mark.parametrize("lie, why", [
    ("longer", "are due"), ("unknown", "size of this offer is unknown here"), ("message", "message 9"), ("huge", "which is none"),
    ("place", "a piece at byte 7"), ("bytes", "not what was announced"), ("beyond", "a piece at byte")])
def test_lies_are_named_and_leave_nothing_whole(keeper, lie, why):
    folder, side, port = keeper
    with speak(folder, port) as link:
        assert take(link) == (READY, b"")
        if lie != "unknown":
            head, whole = announced(folder / "a/commit")
            put(link, FILE, head)
            assert take(link)[0] == HAVE
            put(link, DATA, bytes(8) + whole)
            assert take(link) == (DONE, hashlib.sha256(whole).digest())
        head, whole = announced(folder / "a/offer", more=lie == "longer")
        if lie in ("message", "huge"):
            link.sendall(struct.pack(">BI", 9 if lie == "message" else DATA, 1 << 31 if lie == "huge" else 0))
        else:
            put(link, FILE, head)
        if lie in ("longer", "unknown"):
            assert why in refusal(link)
        if lie in ("place", "bytes", "beyond"):
            assert take(link)[0] == HAVE
            at = 7 if lie == "place" else 0
            whole = whole + b"more" if lie == "beyond" else whole[:-1] + b"\0"
            for begin in range(0, len(whole), 65536):
                put(link, DATA, struct.pack(">Q", at + begin) + whole[begin:begin + 65536])
                if lie == "place":
                    break
            assert why in refusal(link)
    assert why in side.end(2)
    assert not list((folder / "k").glob("received.offer.*[0-9a-f]"))


# ---- cut on the way ----

def cutter(after, stall=False):
    """A relay of one connection that ends, or stops, after so many bytes of the connector. Gives the port to connect to."""
    def through(port):
        outer = socket.create_server(("127.0.0.1", 0))

        def pump(source, sink, most):
            try:
                while most > 0 and (piece := source.recv(min(16384, most))):
                    sink.sendall(piece)
                    most -= len(piece)
                if stall and most == 0:
                    time.sleep(20)
            except OSError:
                pass
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        def relay():
            near, _ = outer.accept()
            far = plain(port)
            threading.Thread(target=pump, args=(far, near, 1 << 60), daemon=True).start()
            pump(near, far, after)
        threading.Thread(target=relay, daemon=True).start()
        return outer.getsockname()[1]
    return through


def test_cut_and_resumed(offered, meet):
    sides = ("k", "a.key.pub", [], None), ("a", "k.key.pub", ["a/commit", "a/offer"], None)
    cut, _ = meet(offered, *sides, codes=(2, 2), through=cutter(200000))
    assert "broke off" in cut
    part = only(offered, "k/received.offer.*.part").stat().st_size
    assert 65536 <= part < 200000
    took, sent = meet(offered, *sides)
    assert [f["from"] for f in took["received"]] == [f["from"] for f in sent["sent"]] == [took["received"][0]["bytes"], part]
    assert only(offered, "k/received.offer.*").read_bytes() == (offered / "a/offer").read_bytes()


def test_what_was_there_is_not_believed(offered, meet):
    sides = ("k", "a.key.pub", [], None), ("a", "k.key.pub", ["a/commit", "a/offer"], None)
    meet(offered, *sides, codes=(2, 2), through=cutter(200000))
    part = only(offered, "k/received.offer.*.part")
    part.write_bytes(b"x" + part.read_bytes()[1:])
    took, _ = meet(offered, *sides)
    assert took["received"][1]["from"] == 0
    assert only(offered, "k/received.offer.*").read_bytes() == (offered / "a/offer").read_bytes()


@pytest.mark.parametrize("dies", [0, 1])
def test_kill_9_and_again(offered, meet, assay_bin, dies):
    sides = ("k", "a.key.pub", []), ("a", "k.key.pub", ["a/commit", "a/offer"])
    port = free_port()
    both = [Side(assay_bin, offered, "listen", port, *sides[0]),
            Side(assay_bin, offered, "connect", cutter(200000, stall=True)(port), *sides[1])]
    for _ in range(100):
        if list((offered / "k").glob("received.offer.*.part")):
            break
        time.sleep(0.05)
    both[dies].kill()
    both[1 - dies].kill()
    time.sleep(0.2)  # the children die with their parents
    took, _ = meet(offered, (*sides[0], None), (*sides[1], None))
    assert only(offered, "k/received.offer.*").read_bytes() == (offered / "a/offer").read_bytes()
    assert took["received"][1]["kind"] == "offer"


def test_the_child_that_speaks_can_make_no_socket(offered, assay_bin):
    """Its seccomp filter has no socket(): the connection was there before it gave up its rights."""
    port = free_port()
    side = Side(assay_bin, offered, "listen", port, "k", "a.key.pub", wait=10)
    with plain(port):
        for _ in range(100):
            children = open(f"/proc/{side.process.pid}/task/{side.process.pid}/children", encoding="ascii").read().split()
            if children and "Seccomp:\t2" in open(f"/proc/{children[0]}/status", encoding="ascii").read():
                break
            time.sleep(0.05)
        else:
            raise AssertionError("it is not confined")
        links = [os.readlink(f"/proc/{children[0]}/fd/{fd}") for fd in os.listdir(f"/proc/{children[0]}/fd")]
        tcp = {line.split()[9] for line in open("/proc/net/tcp", encoding="ascii").read().splitlines()[1:]}
        assert sum(link.startswith("socket:") and link[8:-1] in tcp for link in links) == 1
        side.kill()


def test_an_offer_that_opens_a_list_whole_says_so(offered, assay_bin):
    shown = run(assay_bin, offered, "show", "a/offer", "a/commit", "k/commit").stdout.replace("\n            ", " ")
    assert "that is the whole of the asker's list, 150 keys: the neutral would read all of them" in shown
    assert "of the keeper's list" not in shown


def test_calls_that_teach(offered, assay_bin):
    assert "exchange with whom?" in run(assay_bin, offered, "exchange", "--state", "k", "--peer", "a.key.pub", code=64).stderr
    assert "whose key" in run(assay_bin, offered, "exchange", "--state", "k", "--listen", "127.0.0.1:1", code=64).stderr
    assert "no address and port" in run(assay_bin, offered, "exchange", "--state", "k", "--listen", "7000", "--peer", "a.key.pub", code=64).stderr
    said = run(assay_bin, offered, "exchange", "--state", "k", "--listen", f"127.0.0.1:{free_port()}", "--peer", "a.key.pub", "--wait", "1", code=2)
    assert "nobody connected within 1 s" in said.stderr

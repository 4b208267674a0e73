"""RFC 3161 timestamps, with an authority of our own on the loopback: openssl ts answers for it, and checks what was kept."""
import datetime
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

import pytest

from authority import Authority, openssl, revoked_line, start, url


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tsa")
    return Authority(folder / "one", "Authority One"), Authority(folder / "two", "Authority Two")


@pytest.fixture
def serve():
    """Answers POSTs with what a function makes of the body; the URL."""
    servers = []

    def started(make, status=200):
        servers.append(start(make, status))
        return url(servers[-1])

    yield started
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def case(assay, tmp_path):
    assay("open", "acme.case", code=0)
    return tmp_path / "acme.case"


def times(result):
    return [line["says"] for line in result.records if line.get("what") == "time" and "says" in line]


def checked(case, stamp, root, attime=None):
    """openssl's opinion, with the command that assay prints."""
    data = case / "stamped"
    lines = (case / "checkpoints" / str(stamp["size"])).read_bytes().splitlines(keepends=True)
    data.write_bytes(b"".join(lines[:stamp["lines"]]))
    command = ["ts", "-verify", "-data", data, "-in", case / stamp["file"], "-CAfile", root, "-untrusted",
               str(case / stamp["file"])[:-3] + "pem"]
    done = openssl(*command, *(["-attime", attime] if attime else []), check=False)
    data.unlink()
    return done.returncode == 0, (done.stdout + done.stderr).decode()


def test_two_authorities_stamp_a_seal(assay, case, authorities, serve):
    urls = [serve(a.answer) for a in authorities]
    summary = assay("seal", "--case", case, "--tsa", urls[0], "--tsa", urls[1], "--json", code=0).summary
    assert [s["file"] for s in summary["stamps"]] == ["checkpoints/1.1.tsr", "checkpoints/1.2.tsr"]
    for stamp, authority in zip(summary["stamps"], authorities):
        good, said = checked(case, stamp, authority.root)
        assert good and "Verification: OK" in said, said
    lines = times(assay("verify", case, "--json", code=0))
    assert len(lines) == 2 and all("not looked at" in line for line in lines)
    assert "Authority One" in lines[0] and "Authority Two" in lines[1]
    both = case.parent / "roots.pem"
    both.write_bytes(authorities[0].root.read_bytes() + authorities[1].root.read_bytes())
    lines = times(assay("verify", case, "--tsa-ca", both, "--json", code=0))
    assert len(lines) == 2 and all("holds as of then" in line for line in lines)
    result = assay("verify", case, "--tsa-ca", authorities[0].root, code=1)
    assert "no chain to a trusted authority" in result.err and "1.2.tsr" in result.err


def test_the_printed_line_is_one_that_openssl_takes(assay, case, authorities, serve):
    out = assay("seal", "--case", case, "--tsa", serve(authorities[0].answer), code=0).out
    command = out[out.index("check ") + len("check"):].strip().replace("\\\n", " ").replace("ROOT.pem", str(authorities[0].root))
    command = command.replace("/tmp/stamped", str(case.parent / "stamped"))
    done = subprocess.run(["sh", "-c", command], cwd=case.parent, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr, (command, done)


def test_a_stamp_outlives_the_certificate(assay, case, authorities, serve):
    """A certificate of one day, looked at years later: good as of the stamped time, and only so."""
    short = Authority(case.parent / "short", "Short Authority", days=1)
    stamp = assay("seal", "--case", case, "--tsa", serve(short.answer), "--json", code=0).summary["stamps"][0]
    when = int(datetime.datetime.fromisoformat(stamp["time"].replace("Z", "+00:00")).timestamp())
    assert checked(case, stamp, short.root, when)[0]
    good, said = checked(case, stamp, short.root, when + 3 * 86400)
    assert not good and "expired" in said
    if shutil.which("faketime"):
        clock = {"LD_PRELOAD": next(iter(map(str, pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), ""), "FAKETIME": "+3d"}
        result = assay("verify", case, "--tsa-ca", short.root, "--json", code=0, env={**clock, "ASSAY_CONFINE": "off"})
        assert "holds as of then" in times(result)[0]


def resigned(authority, response, certificate, out):
    """What the response says, signed anew by another certificate over the same key: openssl ts would refuse to, openssl cms does not ask."""
    folder = authority.folder
    (folder / "sound").write_bytes(response)
    openssl("ts", "-reply", "-in", folder / "sound", "-token_out", "-out", folder / "token")
    openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", folder / "token", "-out", folder / "info")
    openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-cades", "-in", folder / "info",
            "-signer", certificate, "-inkey", folder / "tsa.key", "-out", folder / "token")
    openssl("ts", "-reply", "-token_in", "-in", folder / "token", "-out", out)


@pytest.mark.parametrize("extensions", ["as_tsa", "as_web", "as_both", "as_slack", "as_any"])
def test_only_a_certificate_for_timestamps_alone_stamps(assay, case, extensions):
    """RFC 3161, 2.3: the extended key usage is there, critical, and names timestamps alone."""
    one = Authority(case.parent / "one", "Authority")
    certificate = one.certificate(extensions)
    assay("seal", "--case", case, "--tsq-out", "q", code=0)
    resigned(one, one.answer((case.parent / "q").read_bytes()), certificate, case.parent / "r")
    result = assay("seal", "--case", case, "--tsr", "r")
    if extensions == "as_tsa":
        assert result.code == 0, result
        assay("verify", case, "--tsa-ca", one.root, code=0)
        return
    assert result.code == 2 and "certificate that is not for timestamps" in result.err, result
    assert not list((case / "checkpoints").glob("*.tsr"))


@pytest.mark.parametrize("reason, days, holds", [
    ("superseded", 0, False),       # revoked before it stamped: nothing holds
    ("superseded", 2, True),        # revoked later, its key sound
    ("keyCompromise", 2, False),    # revoked later, since somebody else had the key
    (None, 2, False),               # no reason given: RFC 3161, 4, believes nothing then
])
def test_a_revoked_authority(assay, case, serve, reason, days, holds):
    one = Authority(case.parent / "tsa", "Authority")
    assay("seal", "--case", case, "--tsq-out", "q", code=0)
    response = one.answer((case.parent / "q").read_bytes())
    (case.parent / "crl.pem").write_bytes(one.list(revoked_line(one.certificate_file, days, reason)))
    (case.parent / "r").write_bytes(response)
    assay("seal", "--case", case, "--tsr", "r", "--crl", "crl.pem", code=0)
    assert (case / "checkpoints/1.1.crl").read_bytes() == (case.parent / "crl.pem").read_bytes()
    result = assay("verify", case, "--tsa-ca", one.root, code=0 if holds else 1)
    assert holds or "certificate was revoked" in result.err
    # a list that another root signed revokes nothing; if it says that this one did, it is named
    for name, says in (("Another", None), ("Authority", "who did not sign it")):
        other = Authority(case.parent / name, name)
        (case / "checkpoints/1.1.crl").write_bytes(one.list(revoked_line(one.certificate_file, days, reason), other))
        result = assay("verify", case, "--tsa-ca", one.root, code=1 if says else 0)
        assert says is None or says in result.err and "was revoked" not in result.err


@pytest.mark.parametrize("days, reason, holds", [(-1, "keyCompromise", False), (1, "superseded", True), (1, "keyCompromise", False)])
def test_the_issuer_of_an_authority_may_be_revoked(assay, case, days, reason, holds):
    root = Authority(case.parent / "root", "Root")
    middle = Authority(case.parent / "middle", "Middle", issuer=(root.root, root.root_key), extensions="as_ca")
    one = Authority(case.parent / "one", "Authority", issuer=(middle.certificate_file, middle.folder / "tsa.key"))
    assay("seal", "--case", case, "--tsq-out", "q", code=0)
    (case.parent / "r").write_bytes(one.answer((case.parent / "q").read_bytes(), "-chain", middle.certificate_file))
    (case.parent / "l").write_bytes(root.list(revoked_line(middle.certificate_file, days, reason)))
    assay("seal", "--case", case, "--tsr", "r", "--crl", "l", code=0)
    result = assay("verify", case, "--tsa-ca", root.root, "--json", code=0 if holds else 1)
    assert "1 of 1 revocation lists" in times(result)[0] if holds else "issuer's certificate was revoked" in result.out
    if holds:  # changed, it is named
        path = case / "checkpoints/1.1.crl"
        text = path.read_text(encoding="ascii").splitlines()
        text[2] = text[2][:5] + ("A" if text[2][5] != "A" else "B") + text[2][6:]
        path.write_text("\n".join(text) + "\n", encoding="ascii")
        assert "checkpoints/1.1.crl: " in assay("verify", case, "--tsa-ca", root.root, code=1).err


def test_what_lies_beside_a_stamp_is_looked_at(assay, case, authorities, tmp_path):
    assay("seal", "--case", case, "--tsq-out", "q", code=0)
    (tmp_path / "r").write_bytes(authorities[0].answer((tmp_path / "q").read_bytes()))
    (tmp_path / "l").write_text("no list\n", encoding="ascii")
    told = assay("seal", "--case", case, "--tsr", "r", "--crl", "l", code=2).err
    assert "--crl l: holds no revocation list" in told
    assert "there is none" in assay("seal", "--case", case, "--crl", "l", code=64).err
    assay("seal", "--case", case, "--tsr", "r", code=0)
    for name, what in (("1.1.crl", "holds no revocation list"), ("1.1.pem", "is not the certificates")):
        path = case / "checkpoints" / name
        before = path.read_bytes() if path.exists() else None
        path.write_text("no list\n", encoding="ascii")
        assert f"checkpoints/{name}: {what}" in assay("verify", case, "--tsa-ca", authorities[0].root, code=1).err
        path.unlink() if before is None else path.write_bytes(before)
    assay("verify", case, "--tsa-ca", authorities[0].root, code=0)


def test_by_hand(assay, case, authorities, tmp_path):
    assay("seal", "--case", case, "--tsq-out", "seal.tsq", code=0)
    query = (tmp_path / "seal.tsq").read_bytes()
    assert len(query) == 59 and query.startswith(bytes.fromhex("30390201013031300d0609608648016503040201050004 20".replace(" ", "")))
    assert query.endswith(b"\x01\x01\xff")
    (tmp_path / "seal.tsr").write_bytes(authorities[0].answer(query))
    for _ in range(2):  # the same response twice is one
        stamp = assay("seal", "--case", case, "--tsr", "seal.tsr", "--json", code=0).summary["stamps"][0]
        assert stamp["file"] == "checkpoints/1.1.tsr"
    assert checked(case, stamp, authorities[0].root)[0]
    (tmp_path / "token").write_bytes(authorities[0].answer(query, "-token_out"))
    result = assay("seal", "--case", case, "--tsr", "token", code=2)
    assert "bare timestamp token" in result.err and "-token_in" in result.err
    openssl("ts", "-reply", "-token_in", "-in", tmp_path / "token", "-out", tmp_path / "whole.tsr")
    assay("seal", "--case", case, "--tsr", "whole.tsr", code=0)


def test_what_was_not_stamped_is_not_taken(assay, case, authorities, tmp_path):
    (tmp_path / "other").write_bytes(b"something else")
    openssl("ts", "-query", "-data", tmp_path / "other", "-sha256", "-cert", "-out", tmp_path / "q")
    (tmp_path / "r").write_bytes(authorities[0].answer((tmp_path / "q").read_bytes()))
    assay("seal", "--case", case, code=0)
    assert "message imprint mismatch" in assay("seal", "--case", case, "--tsr", "r", code=2).err
    (tmp_path / "r").write_bytes(b"<html>not found</html>")
    assert "is not a timestamp response" in assay("seal", "--case", case, "--tsr", "r", code=2).err
    openssl("ts", "-query", "-digest", "00" * 64, "-sha512", "-cert", "-out", tmp_path / "q")
    refusal = authorities[0].answer((tmp_path / "q").read_bytes())
    (tmp_path / "r").write_bytes(refusal)
    assert "the authority refused" in assay("seal", "--case", case, "--tsr", "r", code=2).err
    assert not list((case / "checkpoints").glob("*.tsr"))


def test_each_changed_byte_of_a_response_is_seen(assay, case, authorities):
    assay("seal", "--case", case, "--tsq-out", "q", code=0)
    (case.parent / "r").write_bytes(authorities[0].answer((case.parent / "q").read_bytes()))
    stamp = assay("seal", "--case", case, "--tsr", "r", "--json", code=0).summary["stamps"][0]
    path = case / stamp["file"]
    sound = path.read_bytes()
    passed_over = 0
    for at in range(0, len(sound), 37):
        changed = bytearray(sound)
        changed[at] ^= 1
        path.write_bytes(bytes(changed))
        code = assay("verify", case, "--tsa-ca", authorities[0].root).code
        assert code == 1 or checked(case, stamp, authorities[0].root)[0], at
        passed_over += code == 0
    assert passed_over <= 3  # CMS leaves its version and list of digests unsigned (RFC 5652, 5.1); openssl passes over them, too
    path.write_bytes(sound)
    checkpoint = case / "checkpoints/1"
    text = checkpoint.read_bytes()
    checkpoint.rename(case / "checkpoints/away")
    (case / "checkpoints/away").rename(case.parent / "away")
    assert "not kept" in assay("verify", case, code=1).err
    checkpoint.write_bytes(text)
    assay("verify", case, "--tsa-ca", authorities[0].root, code=0)


def test_a_cosignature_after_the_stamp_leaves_it_good(assay, case, authorities, serve, tmp_path):
    (tmp_path / "s.yaml").write_text("parties: [{id: press, name: Desk, kind: publication}]\n", encoding="utf-8")
    assay("state", "--case", case, "-f", "s.yaml", code=0)
    vkey = assay("key", "new", "press.key", "--name", "press.example/desk", "--json", code=0).summary["key"]["vkey"]
    assay("key", "register", vkey, "--case", case, "--by", "press", code=0)
    url = serve(authorities[0].answer)
    first = assay("seal", "--case", case, "--tsa", url, "--json", code=0).summary["stamps"][0]
    assay("cosign", "--case", case, "--key", "press.key", code=0)
    result = assay("verify", case, "--tsa-ca", authorities[0].root, "--json", code=0)
    assert "with the first 1 of its 2 signatures" in times(result)[0]
    assert checked(case, first, authorities[0].root)[0]


@pytest.mark.parametrize("make, status, what", [
    (lambda query: b"", 200, "is not a timestamp response"),
    (lambda query: b"x" * (2 << 20), 200, "more than 1048576 bytes"),
    (lambda query: b"gone", 404, "status 404"),
])
def test_an_authority_that_answers_nonsense_leaves_nothing(assay, case, serve, make, status, what):
    result = assay("seal", "--case", case, "--tsa", serve(make, status), code=2)
    assert what in result.err, result
    assert [p.name for p in (case / "checkpoints").iterdir()] == ["1"]
    assay("verify", case, code=0)


@pytest.mark.parametrize("says, what", [
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "answers with status 302"),
    (b"\x16\x03\x01 what is this\r\n\r\n" * 9, "answers with something that is not HTTP"),
    (b"", "returned nothing"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 99999, "Failure when receiving"),
    pytest.param(None, "Timeout", marks=pytest.mark.skipif("ASSAY_LONG" not in os.environ, reason="half a minute: ASSAY_LONG=1")),
])
def test_a_server_that_is_no_authority(assay, case, says, what):
    """None: never ends, a byte each second."""
    def talk(listener):
        peer = listener.accept()[0]
        peer.recv(4096)
        try:
            peer.sendall(says if says is not None else b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
            while says is None:
                peer.sendall(b"x")
                time.sleep(1)
        except OSError:
            pass
        peer.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=talk, args=(listener,), daemon=True).start()
        result = assay("seal", "--case", case, "--tsa", f"http://127.0.0.1:{listener.getsockname()[1]}/", code=2)
    assert what in result.err and result.err.count("\n") <= 2, result
    assert [p.name for p in (case / "checkpoints").iterdir()] == ["1"]
    assay("verify", case, code=0)


def test_an_answer_to_another_query_is_refused(assay, case, authorities, serve, tmp_path):
    """Replayed: right digest, but not the nonce that was sent."""
    assay("seal", "--case", case, "--tsq-out", "q", code=0)
    old = authorities[0].answer((tmp_path / "q").read_bytes())
    assert "the nonce differs" in assay("seal", "--case", case, "--tsa", serve(lambda query: old), code=2).err


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "nonsense://x", "http://127.0.0.1:1/"])
def test_no_other_way_leads_out(assay, case, url):
    result = assay("seal", "--case", case, "--tsa", url)
    assert result.code in (2, 64) and url in result.err and ("https://" in result.err or "--tsq-out" in result.err), result

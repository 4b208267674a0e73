"""Keys that an SSH agent keeps: the real one, and some that lie."""
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

STATEMENTS = "parties: [{id: press, name: Desk, kind: publication}]\n"


@pytest.fixture
def short():
    """A socket's path has room for 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="assay-agent-") as folder:
        yield Path(folder)


@pytest.fixture
def agent(short, tmp_path):
    """A real agent with one key; its environment and how to give it more."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("no ssh-agent")
    path = short / "a"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        env = {"SSH_AUTH_SOCK": str(path)}

        def add(comment, kind="ed25519"):
            file = tmp_path / f"id-{comment}"
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", str(file)], check=True)
            subprocess.run(["ssh-add", "-q", str(file)], check=True, env=os.environ | env)
            return subprocess.run(["ssh-keygen", "-l", "-f", str(file)], check=True, capture_output=True, text=True).stdout.split()[1]
        add.env = env
        add.run = lambda *words: subprocess.run(["ssh-add", *words], check=True, capture_output=True, env=os.environ | env)
        yield add
        process.terminate()


def put(tmp_path):
    (tmp_path / "s.yaml").write_text(STATEMENTS, encoding="utf-8")
    return ["state", "--case", "a.case", "-f", "s.yaml"]


def test_a_case_whose_key_an_agent_has(assay, agent, tmp_path):
    fingerprint = agent("maple")
    agent("old-rsa", "rsa")
    assay("open", "a.case", "--agent", "maple", code=0, env=agent.env)
    key = tmp_path / "a.case/key"
    assert key.read_text(encoding="utf-8") == "assay-key/v1 ssh-agent\n" + (tmp_path / "a.case/vkey").read_text(encoding="utf-8")
    assert key.stat().st_mode & 0o777 == 0o600
    assay(*put(tmp_path), code=0, env=agent.env)
    assay("seal", "--case", "a.case", code=0, env=agent.env)
    assay("verify", "a.case", code=0)  # never asks an agent
    assay("open", "b.case", "--agent", fingerprint, code=0, env=agent.env)
    assay("open", "c.case", "--agent", "-", code=0, env=agent.env)  # the RSA key is none that could be meant
    assay("verify", "c.case", code=0)
    assert "no key 'mapl'" in assay("open", "d.case", "--agent", "mapl", code=2, env=agent.env).err
    agent("birch")
    assert "2 keys that may be meant" in assay("open", "d.case", "--agent", "-", code=64, env=agent.env).err
    assert not (tmp_path / "d.case").exists()


def test_an_agent_that_is_away_or_locked_changes_nothing(assay, agent, tmp_path):
    agent("maple")
    assay("open", "a.case", "--agent", "maple", code=0, env=agent.env)
    before = {p.name: p.read_bytes() for p in (tmp_path / "a.case").iterdir() if p.is_file()}
    assert "names no agent" in assay(*put(tmp_path), code=64, env={"SSH_AUTH_SOCK": ""}).err
    assert "No such file" in assay(*put(tmp_path), code=2, env={"SSH_AUTH_SOCK": str(tmp_path / "x")}).err
    assert "a path of more than" in assay(*put(tmp_path), code=64, env={"SSH_AUTH_SOCK": "/" + "x" * 200}).err
    agent.run("-d", str(tmp_path / "id-maple"))
    assert "does not hold the key SHA256:" in assay(*put(tmp_path), code=2, env=agent.env).err
    assert all((tmp_path / "a.case" / name).read_bytes() == data for name, data in before.items())
    assay("verify", "a.case", code=0)


def test_a_case_moves_into_an_agent_and_not_out_of_it_unasked(assay, agent, tmp_path):
    agent("maple")
    agent("birch")
    assay("open", "a.case", code=0)
    secret = (tmp_path / "a.case/key").read_text(encoding="utf-8")
    assay("key", "rotate", "--case", "a.case", "--agent", "maple", code=0, env=agent.env)
    assert secret.startswith("PRIVATE+KEY+")
    assert not any("PRIVATE+KEY" in p.read_text(encoding="utf-8", errors="replace") for p in (tmp_path / "a.case").rglob("*") if p.is_file())
    assert "would lie in a file" in assay("key", "rotate", "--case", "a.case", code=64, env=agent.env).err
    assert "in the case already" in assay("key", "rotate", "--case", "a.case", "--agent", "maple", code=64, env=agent.env).err
    assay("key", "rotate", "--case", "a.case", "--agent", "birch", code=0, env=agent.env)
    assay(*put(tmp_path), code=0, env=agent.env)
    assay("verify", "a.case", code=0)
    assert "in the case already" in assay("key", "rotate", "--case", "a.case", "--agent", "maple", code=64, env=agent.env).err


def test_a_party_cosigns_with_an_agents_key(assay, agent, tmp_path):
    agent("press")
    assay("open", "a.case", code=0)
    assay(*put(tmp_path), code=0)
    assay("key", "new", "press.key", "--name", "press.example/desk", "--agent", "press", code=0, env=agent.env)
    vkey = assay("key", "show", "press.key", code=0).out.strip()
    assay("key", "register", vkey, "--case", "a.case", "--by", "press", code=0)
    assay("cosign", "--case", "a.case", "--key", "press.key", code=0, env=agent.env)
    assert "by press (G1) at " in assay("verify", "a.case", code=0).out
    assay("open", "b.case", "--agent", "press", code=0, env=agent.env)
    assay(*[w.replace("a.case", "b.case") for w in put(tmp_path)], code=0, env=agent.env)
    sealed = assay("seal", "--case", "b.case", "--json", code=0, env=agent.env).summary
    result = assay("cosign", sealed["checkpoint"], "--key", "press.key", "-o", "x", code=64, env=agent.env)
    assert "a key of his own" in result.err


def test_passphrase_and_agent_are_one_too_many(assay, tmp_path):
    assert "at once" in assay("open", "a.case", "--agent", "x", "--passphrase", code=64).err
    assert "at once" in assay("key", "new", "k", "--name", "x.example", "--agent", "x", "--passphrase", code=64).err
    assert not (tmp_path / "k").exists() and not (tmp_path / "a.case").exists()


# ---- agents that lie ----

def string(data):
    return struct.pack(">I", len(data)) + data


class Liar:
    """Says through its keys what the real agent says, and lies about signatures."""

    def __init__(self, path, real, lie):
        self.real, self.lie = real, lie
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(8)
        self.env = {"SSH_AUTH_SOCK": str(path)}
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def honest(self, message):
        with socket.socket(socket.AF_UNIX) as way:
            way.connect(self.real)
            way.sendall(string(message))
            length = struct.unpack(">I", way.recv(4, socket.MSG_WAITALL))[0]
            return way.recv(length, socket.MSG_WAITALL)

    def serve(self):
        while True:
            try:
                way, _ = self.listener.accept()
            except OSError:
                return
            with way:
                length = struct.unpack(">I", way.recv(4, socket.MSG_WAITALL))[0]
                message = way.recv(length, socket.MSG_WAITALL)
                answer = string(self.honest(message))
                way.sendall(self.lie(message, answer) if message[0] == 13 else answer)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def changed(message, answer):
    return answer[:-5] + bytes([answer[-5] ^ 1]) + answer[-4:]


LIES = {
    "another signature": (changed, "a signature that does not hold"),
    "a refusal": (lambda m, a: string(b"\x05"), "the agent refused"),
    "the list again": (lambda m, a: string(b"\x0c\0\0\0\0"), "answers with 12 where 14 belongs"),
    "half an answer": (lambda m, a: a[:20], "hangs up in the middle"),
    "nothing": (lambda m, a: b"", "hangs up in the middle"),
    "too much": (lambda m, a: b"\x7f\xff\xff\xff", "more than 262144 bytes"),
    "an empty one": (lambda m, a: string(b""), "answers with 0 where 14 belongs"),
    "more behind it": (lambda m, a: string(a[4:] + b"x"), "holds no Ed25519 signature"),
    "another kind": (lambda m, a: a.replace(b"ssh-ed25519", b"ssh-ed25518"), "holds no Ed25519 signature"),
}


@pytest.mark.parametrize("name", LIES)
def test_an_agent_that_lies_harms_nothing(assay, agent, short, tmp_path, name):
    agent("maple")
    assay("open", "a.case", "--agent", "maple", code=0, env=agent.env)
    ledger = (tmp_path / "a.case/ledger.jsonl").read_bytes()
    lie, says = LIES[name]
    liar = Liar(short / "liar", agent.env["SSH_AUTH_SOCK"], lie)
    result = assay(*put(tmp_path), code=2, env=liar.env)
    liar.close()
    assert says in result.err and len(re.findall("^assay: ", result.err, re.M)) <= 2, result
    assert (tmp_path / "a.case/ledger.jsonl").read_bytes() == ledger
    assay("verify", "a.case", code=0)
    assay(*put(tmp_path), code=0, env=agent.env)
    assay("verify", "a.case", code=0)


def test_an_agent_that_never_answers_is_not_waited_for_for_ever(assay, agent, short, tmp_path):
    """It takes 5 s, so one word of it is enough: listing."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(short / "silent"))
    listener.listen(8)
    result = assay("open", "a.case", "--agent", "-", code=2, env={"SSH_AUTH_SOCK": str(short / "silent")})
    listener.close()
    assert "does not answer in time" in result.err and not (tmp_path / "a.case").exists()


def test_a_reference_that_was_altered_is_named(assay, agent, tmp_path):
    agent("maple")
    agent("birch")
    assay("open", "a.case", "--agent", "maple", code=0, env=agent.env)
    assay("open", "b.case", "--name", "a", "--agent", "birch", code=0, env=agent.env)
    sound = (tmp_path / "a.case/key").read_bytes()
    (tmp_path / "a.case/key").write_bytes((tmp_path / "b.case/key").read_bytes())
    assert "key: is not the key" in assay("verify", "a.case", code=1).err
    assert "is not the key" in assay("seal", "--case", "a.case", code=2, env=agent.env).err
    for bad in (sound[:-1], sound + b"x\n", sound.replace(b"+", b"-")):
        (tmp_path / "a.case/key").write_bytes(bad)
        assert "key: is no signing key" in assay("verify", "a.case", code=1).err
    (tmp_path / "a.case/key").write_bytes(sound)
    assay("verify", "a.case", code=0)

"""Keys that come, change hands and go; parties that cosign; entries that are proved alone; a policy that says whose word is enough."""
import base64
import os
import re
import shutil

import pytest

STATEMENTS = """
parties: [{id: shop, name: Shop, kind: company}, {id: press, name: Desk, kind: publication}]
claims: [{id: C1, kind: entry, text: a tool was planted}, {id: C2, kind: use, text: it was used}]
"""


def flip(path, at=-20):
    """One byte of a file, to another letter that base64 has, too."""
    data = bytearray(path.read_bytes())
    data[at] = ord("A") if data[at] != ord("A") else ord("B")
    path.write_bytes(bytes(data))


@pytest.fixture
def case(assay, tmp_path):
    (tmp_path / "s.yaml").write_text(STATEMENTS, encoding="utf-8")
    assay("open", "acme.case", code=0)
    assay("state", "--case", "acme.case", "-f", "s.yaml", code=0)
    return tmp_path / "acme.case"


@pytest.fixture
def grow(assay, tmp_path):
    """Adds a claim of the given id."""
    def add(case, claim):
        (tmp_path / "more.yaml").write_text(f"claims: [{{id: {claim}, kind: use, text: it was used}}]\n", encoding="utf-8")
        assay("state", "--case", case, "-f", "more.yaml", code=0)
    return add


@pytest.fixture
def key(assay, tmp_path):
    """Makes a party's key; its path and vkey."""
    def make(name):
        made = assay("key", "new", f"{name}.key", "--name", f"{name}.example/desk", "--json", code=0).summary
        return tmp_path / f"{name}.key", made["key"]["vkey"]
    return make


def says(result, what):
    return [line for line in result.records if line.get("what") == what]


# ---- keys ----

def test_a_key_is_for_its_owner_alone_and_never_overwritten(assay, key):
    path, vkey = key("press")
    assert path.stat().st_mode & 0o777 == 0o600
    assert base64.b64decode(vkey.split("+", 2)[2])[0] == 4
    assert assay("key", "show", path, code=0).out.strip() == vkey
    before = path.read_bytes()
    assert "is there already" in assay("key", "new", path, "--name", "x.example", code=64).err
    assert path.read_bytes() == before


@pytest.mark.parametrize("words, what", [
    (["key", "new", "k"], "needs --name"),
    (["key", "new", "k", "--name", "two words"], "cannot name a key"),
    (["key", "melt"], 'nothing is called "melt"'),
    (["key", "show"], "show needs"),
    (["key", "register", "nonsense", "--case", "acme.case", "--by", "press"], "not a cosigner's key"),
    (["key", "revoke", "G9", "--case", "acme.case", "--since", "2026-01-01"], 'no key "G9"'),
    (["key", "revoke", "case", "--case", "acme.case", "--since", "2026-01-01"], "is the key that the case signs with"),
    (["cosign"], "needs --key"),
    (["cosign", "--key", "press.key"], "cosigns what?"),
    (["prove", "C9", "--case", "acme.case"], 'no entry "C9"'),
    (["prove", "a b", "--case", "acme.case"], "is no id"),
])
def test_what_cannot_be_meant_is_said(assay, case, words, what):
    result = assay(*words)
    assert result.code in (2, 64) and what in result.err, result


def low_order_vkey(name):
    """The neutral element of the curve: with it, verifiers that look at nothing accept signatures of everything."""
    import hashlib
    payload = b"\x04" + b"\x01" + bytes(31)
    digest = hashlib.sha256(name.encode() + b"\n" + payload).digest()
    return f"{name}+{digest[:4].hex()}+{base64.b64encode(payload).decode()}"


def test_registering_is_for_sound_new_keys_of_known_parties(assay, case, key):
    _, vkey = key("press")
    register = ["key", "register", vkey, "--case", case, "--by"]
    assert 'no party "nobody"' in assay(*register, "nobody", code=64).err
    assay(*register, "press", code=0)
    assert "already" in assay(*register, "shop", code=64).err
    assert "prime-order" in assay("key", "register", low_order_vkey("x.example"), "--case", case, "--by", "shop").err
    own = (case / "vkey").read_text(encoding="utf-8").strip()
    assay("key", "register", own, "--case", case, "--by", "shop", code=64)
    assay("verify", case, code=0)


def test_a_rotated_case_verifies_and_goes_on(assay, case, grow):
    first = (case / "vkey").read_text(encoding="utf-8")
    secret = (case / "key").read_text(encoding="utf-8")
    assay("seal", "--case", case, code=0)
    for round_number in range(3):
        assay("key", "rotate", "--case", case, code=0)
        assay("verify", case, code=0)
        assay("seal", "--case", case, code=0)
        grow(case, f"R{round_number}")
        assay("seal", "--case", case, code=0)
        assay("verify", case, code=0)
    keys = assay("key", "show", "--case", case, "--json", code=0).summary["key"]
    assert [k["after"] for k in keys] == [0, 6, 8, 10]
    assert (case / "vkey").read_text(encoding="utf-8") == first == keys[0]["vkey"] + "\n"
    assert (case / "key").read_text(encoding="utf-8") != secret and not (case / "key.next").exists()
    assay("key", "revoke", "case", "--case", case, "--since", "2026-01-01", code=0)
    assert "3 revoked" not in assay("verify", case, code=0).out


def test_an_old_key_signs_nothing_any_more(assay, case, grow):
    """Whoever stole it before it was handed over can put down a checkpoint with it, which nobody believes."""
    old = (case / "key").read_bytes()
    assay("key", "rotate", "--case", case, code=0)
    grow(case, "C3")
    (case / "key").write_bytes(old)
    assert "is not the key" in assay("seal", "--case", case, code=2).err
    assert "key: is not the key" in assay("verify", case, code=1).err


def test_a_rotation_that_the_key_before_did_not_sign_is_named(assay, case, grow):
    assay("key", "rotate", "--case", case, code=0)
    grow(case, "C3")
    ledger = case / "ledger.jsonl"
    text = ledger.read_text(encoding="utf-8")
    at = text.index('"signature":"') + 20
    ledger.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:], encoding="utf-8")
    result = assay("verify", case, code=1)
    assert "did not sign" in result.err
    assert "did not sign" in assay("seal", "--case", case, code=2).err


def test_a_rotation_that_was_cut_off_is_finished_or_forgotten(assay, case, grow):
    old = (case / "key").read_bytes()
    assay("key", "rotate", "--case", case, code=0)
    (case / "key").rename(case / "key.next")
    (case / "key").write_bytes(old)
    (case / "key").chmod(0o600)
    assay("verify", case, code=0)
    grow(case, "C3")
    assert not (case / "key.next").exists() and (case / "key").read_bytes() != old
    assay("key", "new", case / "key.next", "--name", "assay.invalid/acme", code=0)
    grow(case, "C4")
    assert not (case / "key.next").exists()
    assay("verify", case, code=0)


# ---- passphrases ----

@pytest.fixture
def phrase(tmp_path):
    """The environment in which a passphrase is known."""
    return says_it(tmp_path / "phrase", "correct horse\n")


def says_it(path, text, mode=0o600):
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return {"ASSAY_PASSPHRASE_FILE": str(path)}


def test_a_key_under_a_passphrase(assay, tmp_path, phrase):
    assay("open", "a.case", "--passphrase", code=0, env=phrase)
    key = tmp_path / "a.case/key"
    lines = key.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "assay-key/v1 argon2id 3 262144" and lines[1] == (tmp_path / "a.case/vkey").read_text(encoding="utf-8").strip()
    assert key.stat().st_mode & 0o777 == 0o600
    assay("verify", "a.case", code=0)  # reading and verifying never ask
    assert "there is no terminal" in assay("seal", "--case", "a.case", code=64).err
    assert "is not the one" in assay("seal", "--case", "a.case", code=64, env=says_it(tmp_path / "wrong", "correct hors\n")).err
    assert "is empty" in assay("seal", "--case", "a.case", code=64, env=says_it(tmp_path / "wrong", "\n")).err
    assay("key", "rotate", "--case", "a.case", code=0, env=phrase)
    assert key.read_text(encoding="utf-8").startswith("assay-key/v1 argon2id ") and not (tmp_path / "a.case/key.next").exists()
    assay("seal", "--case", "a.case", code=0, env=phrase)
    assay("verify", "a.case", code=0)
    sound = key.read_bytes()
    for change in (b"argon2id 99 ", b"argon2id 3 99999999\n"):
        key.write_bytes(re.sub(rb"argon2id 3 (262144\n)?", change + (b"" if change.endswith(b"\n") else b"262144\n"), sound))
        assert "asks for more work" in assay("seal", "--case", "a.case", code=2, env=phrase).err
    for length in (1, 40, len(sound) // 2, len(sound) - 1):
        key.write_bytes(sound[:length])
        assert "key: " in (result := assay("seal", "--case", "a.case", code=2, env=phrase)).err and result.err.count("\n") <= 2, result
    key.write_bytes(sound)
    flip(key, -30)
    assert "is not the one" in assay("seal", "--case", "a.case", env=phrase).err


@pytest.mark.parametrize("mode, is_refused", [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o602, True)])
def test_a_secret_that_others_can_read_is_not_used(assay, case, key, tmp_path, phrase, mode, is_refused):
    """As OpenSSH refuses its own."""
    press, _ = key("press")
    press.chmod(mode)
    told = assay("cosign", "--case", case, "--key", press, "--by", "press", code=2 if is_refused else 0)
    assert not is_refused or f"press.key: others on this machine can read or write it (mode {mode:04o})" in told.err
    (case / "key").chmod(mode)
    told = assay("seal", "--case", case, code=2 if is_refused else 0)
    assert not is_refused or "chmod 600" in told.err
    assay("verify", case, code=0)
    told = assay("key", "new", "k", "--name", "k.example", "--passphrase", code=2 if is_refused else 0, env=says_it(tmp_path / "phrase", "maple\n", mode))
    assert not is_refused or "others on this machine" in told.err


def test_the_terminal_is_asked_without_an_echo(assay_bin, assay, tmp_path, phrase):
    import os
    import pty
    import termios
    assay("key", "new", "p.key", "--name", "press.example/desk", "--passphrase", code=0, env=phrase)
    assay("open", "a.case", code=0)
    checkpoint = assay("seal", "--case", "a.case", "--json", code=0).summary["checkpoint"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.environ.pop("ASSAY_PASSPHRASE_FILE", None)
        os.execv(str(assay_bin), [str(assay_bin), "cosign", checkpoint, "--key", "p.key", "-o", "out"])
    heard = b""
    while b"passphrase of p.key: " not in heard:
        heard += os.read(terminal, 1000)
    assert not termios.tcgetattr(terminal)[3] & termios.ECHO  # what is typed from the first moment on is neither shown nor thrown away
    os.write(terminal, b"correct horse\n")
    try:
        while True:
            heard += os.read(terminal, 1000)
    except OSError:
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, heard
    assert b"horse" not in heard and (tmp_path / "out").exists()


# ---- cosignatures ----

def test_a_party_cosigns_in_the_case(assay, case, key):
    press, _ = key("press")
    assert "say whose it is" in assay("cosign", "--case", case, "--key", press, code=64).err
    done = assay("cosign", "--case", case, "--key", press, "--by", "press", "--json", code=0).summary
    assert done["party"] == "press" and done["size"] == done["entries"] == 6
    assert "registered for press, not for shop" in assay("cosign", "--case", case, "--key", press, "--by", "shop", code=64).err
    lines = says(assay("verify", case, "--json", code=0), "cosigned")
    assert len(lines) == 1 and "checkpoints/6 by press (G1) at " in lines[0]["says"]
    again = (case / "checkpoints/6").read_bytes()
    assay("cosign", "--case", case, "--key", press, code=0)
    assert (case / "checkpoints/6").read_bytes() == again
    assay("seal", "--case", case, code=0)
    assert (case / "checkpoints/6").read_bytes() == again


def test_a_party_with_a_checkpoint_alone_cosigns_and_sends_it_back(assay, case, key, tmp_path):
    press, vkey = key("press")
    stranger, _ = key("stranger")
    assay("key", "register", vkey, "--case", case, "--by", "press", code=0)
    sealed = assay("seal", "--case", case, "--json", code=0).summary
    shutil.copy(sealed["checkpoint"], tmp_path / "seen")
    assay("cosign", "seen", "--key", press, code=0)
    assay("cosign", "seen", "--key", stranger, "-o", "seen2", code=0)
    own = (case / "vkey").read_text(encoding="utf-8").strip()
    assay("verify", "seen", "--vkey", vkey, "--vkey", own, code=0)
    assert "not cosigned by" in assay("verify", sealed["checkpoint"], "--vkey", vkey, "--vkey", own, code=1).err
    taken = assay("cosign", "seen2", "--case", case, "--json", code=0).summary
    assert (taken["taken"], taken["unknown"]) == (1, 1)
    result = assay("verify", case, code=0)
    assert "by press (G1)" in result.out and "1 signature of keys that the case" in result.out.replace("\n            ", " ")
    flip(tmp_path / "seen")
    assert "does not hold" in assay("cosign", "seen", "--case", case, code=2).err
    assay("verify", "seen", "--vkey", vkey, code=1)


def test_a_case_does_not_cosign_itself(assay, case, tmp_path):
    sealed = assay("seal", "--case", case, "--json", code=0).summary
    result = assay("cosign", sealed["checkpoint"], "--key", case / "key", "-o", "x", code=64)
    assert "a key of his own" in result.err and not (tmp_path / "x").exists()


def test_every_byte_of_a_cosignature_counts(assay, case, key):
    """The name and the id of a line may be changed into a stranger's; then it is nobody's, and said to be so."""
    press, _ = key("press")
    assay("cosign", "--case", case, "--key", press, "--by", "press", code=0)
    path = case / "checkpoints/7" if (case / "checkpoints/7").exists() else case / "checkpoints/6"
    sound = path.read_bytes()
    for at in range(len(sound) - 100, len(sound), 7):
        changed = bytearray(sound)
        changed[at] ^= 1
        path.write_bytes(bytes(changed))
        result = assay("verify", case, "--json")
        cosigned = says(result, "cosigned")
        assert result.code == 1 or (cosigned and "by press" not in cosigned[0]["says"]), (at, result)
    path.write_bytes(sound)
    assay("verify", case, code=0)


def test_a_revoked_key_counts_from_then_on_no_more(assay, case, key):
    press, vkey = key("press")
    now = {"ASSAY_NOW": "2026-03-14T12:00:00Z"}
    assay("cosign", "--case", case, "--key", press, "--by", "press", code=0, env=now)
    (case / "policy").write_text(f"witness press {vkey}\nquorum press\n", encoding="utf-8")
    assert "met for 6 entries" in says(assay("verify", case, "--json", code=0), "policy")[0]["says"]
    assay("key", "revoke", "G1", "--case", case, "--since", "2026-03-15", "--reason", "left", code=0)
    assay("verify", case, "--policy", case / "policy", code=0)
    assay("key", "revoke", "G1", "--case", case, "--since", "2026-03-14T11:00:00Z", code=0)
    result = assay("verify", case, "--policy", case / "policy", code=1)
    assert "no checkpoint meets" in result.err and "counts for nothing" in result.out
    assert "revoked" in assay("cosign", "--case", case, "--key", press, code=64).err


# ---- policies ----

def test_a_policy_names_the_newest_state_that_is_under_its_quorum(assay, case, key, grow, tmp_path):
    names = ["press", "shop"]
    made = [key(name) for name in names]
    for name, (path, _) in zip(names, made):
        assay("cosign", "--case", case, "--key", path, "--by", name, code=0)
    size = max(int(p.name) for p in (case / "checkpoints").iterdir())
    own = (case / "vkey").read_text(encoding="utf-8").strip()
    lines = [f"log {own}"] + [f"witness {n} {k}" for n, (_, k) in zip(names, made)]
    both = tmp_path / "both.policy"
    both.write_text("\n".join(lines + ["group both all press shop", "quorum both", ""]), encoding="utf-8")
    # each sealed its own state: nobody cosigned the same one as the other
    assert "no checkpoint meets" in assay("verify", case, "--policy", both, code=1).err
    assay("cosign", "--case", case, "--key", made[0][0], code=0)
    grow(case, "C3")
    line = says(assay("verify", case, "--policy", both, "--json", code=0), "policy")[0]["says"]
    assert f"met for {size} entries: 2 of 2 witnesses" in line and "the last 1 are under no such quorum" in line
    assay("verify", case / f"checkpoints/{size}", "--policy", both, code=0)
    assay("verify", case / "checkpoint", "--policy", both, code=1)
    both.write_text("quorum\n", encoding="utf-8")
    result = assay("verify", case, "--policy", both, code=2)
    assert "both.policy: line 1: the quorum is" in result.err


# ---- growth and proofs ----

def test_whoever_kept_a_checkpoint_sees_a_rewritten_history(assay, case, grow, tmp_path):
    shutil.copytree(case, tmp_path / "rewritten.case")
    (tmp_path / "kept").write_bytes((case / "checkpoint").read_bytes())
    grow(case, "C3")
    result = assay("verify", case, "--since", "kept", code=0)
    assert "nothing of the 5 entries" in result.out
    assay("verify", "kept", "--against", case, code=0)
    grow(tmp_path / "rewritten.case", "C4")
    (tmp_path / "kept2").write_bytes((case / "checkpoint").read_bytes())
    result = assay("verify", "rewritten.case", "--since", "kept2", code=1)
    assert "history was rewritten" in result.err
    assay("verify", "rewritten.case", "--since", "kept", code=0)
    grow(case, "C5")
    (tmp_path / "kept3").write_bytes((case / "checkpoint").read_bytes())
    assert "was set back" in assay("verify", "rewritten.case", "--since", "kept3", code=1).err
    assay("open", "other.case", code=0)
    assert "not signed by a key of this case" in assay("verify", "other.case", "--since", "kept", code=1).err


@pytest.mark.parametrize("name", ["C2", "press", "case"])
def test_an_entry_is_proved_alone(assay, case, key, tmp_path, name):
    """And no byte of proof or entry is another: every 37th is tried, with ASSAY_LONG=1 each."""
    press, vkey = key("press")
    assay("cosign", "--case", case, "--key", press, "--by", "press", code=0)
    own = (case / "vkey").read_text(encoding="utf-8").strip()
    done = assay("prove", name, "--case", case, "--json", code=0).summary
    proof, entry = tmp_path / done["proof"], tmp_path / done["entry"]
    shutil.move(str(case), str(tmp_path / "away"))
    assay("verify", proof, "--vkey", own, "--vkey", vkey, code=0)
    assert done["sealed"] and proof.read_text(encoding="utf-8").startswith("c2sp.org/tlog-proof@v1\nindex ")
    assay("verify", proof, "--against", "away", code=0)
    assert "nothing to check it with" in assay("verify", proof, code=64).err
    for path in (proof, entry):
        sound = path.read_bytes()
        for at in range(0, len(sound), 1 if os.environ.get("ASSAY_LONG") == "1" else 37):
            changed = bytearray(sound)
            changed[at] ^= 1
            path.write_bytes(bytes(changed))
            assert assay("verify", proof, "--vkey", own, "--vkey", vkey).code != 0, (path, at)
        path.write_bytes(sound)
    entry.unlink()
    assert "--entry FILE" in assay("verify", proof, "--vkey", own, code=64).err


def test_help_teaches(assay):
    for command in ("key", "cosign", "prove", "verify"):
        text = assay("help", command, code=0).out
        assert re.search(r"^  assay " + command, text, re.M), text
        assert all(len(line) <= 100 for line in text.splitlines())


def test_a_key_that_the_case_had_is_no_witness_of_it(assay, case, tmp_path):
    """A keeper who rotated, and cosigns with the key from before as if it were somebody else's."""
    shutil.copy(case / "key", tmp_path / "old.key")
    assay("key", "rotate", "--case", case, code=0)
    vkey = assay("key", "show", "old.key", code=0).out.strip()
    (tmp_path / "policy").write_text(f"witness press {vkey}\nquorum press\n", encoding="utf-8")
    (tmp_path / "s2.yaml").write_text("claims: [{id: C9, kind: use, text: it was used}]\n", encoding="utf-8")
    assay("state", "--case", case, "-f", "s2.yaml", code=0)
    sealed = assay("seal", "--case", case, "--json", code=0).summary
    assay("cosign", sealed["checkpoint"], "--key", "old.key", code=0)
    result = assay("verify", case, "--policy", "policy", code=1)
    assert "no checkpoint meets" in result.err, result

"""A second opinion on the ledger, from an implementation that shares no line with ours: Go's sumdb/note and sumdb/tlog, as
Debian packages them, open a sealed checkpoint and check that records are in it."""
import base64
import hashlib
import os
import shutil
import subprocess

import pytest


PROGRAM = r"""
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

type memory struct{ hashes []tlog.Hash }

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, m.hashes[i])
	}
	return found, nil
}

// A cosigner's key (type 4), for note.Open: the message has the time before the text.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	hash := binary.BigEndian.Uint32(digest[:])
	if raw[0] != 4 || len(raw) != 33 || fmt.Sprintf("%08x", hash) != parts[1] {
		must(fmt.Errorf("vkey %q", vkey))
	}
	return cosigner{parts[0], hash, raw[1:]}
}

// The text of a checkpoint that all of the given keys signed.
func open(file []byte, vkeys []string) (string, int64, tlog.Hash) {
	var all []note.Verifier
	for i, vkey := range vkeys {
		if i > 0 {
			all = append(all, newCosigner(vkey))
			continue
		}
		log, err := note.NewVerifier(vkey)
		must(err)
		all = append(all, log)
	}
	opened, err := note.Open(file, note.VerifierList(all...))
	must(err)
	if len(opened.Sigs) != len(all) {
		must(fmt.Errorf("%d of %d signatures", len(opened.Sigs), len(all)))
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	rootBytes, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	var root tlog.Hash
	copy(root[:], rootBytes)
	return lines[0], size, root
}

// prove PROOF ENTRY VKEY...: a tlog-proof, read by hand, under tlog.CheckRecord and note.Open
func proved(proofFile, entryFile string, vkeys []string) {
	text, err := os.ReadFile(proofFile)
	must(err)
	entry, err := os.ReadFile(entryFile)
	must(err)
	at := bytes.Index(text, []byte("\n\n"))
	head := strings.Split(string(text[:at]), "\n")
	if head[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(head[1], "index ") {
		must(fmt.Errorf("no proof"))
	}
	index, err := strconv.ParseInt(head[1][len("index "):], 10, 64)
	must(err)
	var path tlog.RecordProof
	for _, line := range head[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		must(err)
		var hash tlog.Hash
		copy(hash[:], raw)
		path = append(path, hash)
	}
	_, size, root := open(text[at+2:], vkeys)
	must(tlog.CheckRecord(path, size, root, index, tlog.RecordHash(bytes.TrimSuffix(entry, []byte("\n")))))
	fmt.Println("proved:", index, "of", size)
}

// opens: vkey checkpoint ledger [cosigner's vkey...]; or prove PROOF ENTRY VKEY...
func main() {
	if os.Args[1] == "prove" {
		proved(os.Args[2], os.Args[3], os.Args[4:])
		return
	}
	if len(os.Args) > 4 {
		file, err := os.ReadFile(os.Args[2])
		must(err)
		open(file, append([]string{os.Args[1]}, os.Args[4:]...))
	}
	verifier, err := note.NewVerifier(os.Args[1])
	must(err)
	bytes, err := os.ReadFile(os.Args[2])
	must(err)
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		must(fmt.Errorf("origin %q", lines[0]))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	rootBytes, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	var root tlog.Hash
	copy(root[:], rootBytes)

	ledger, err := os.Open(os.Args[3])
	must(err)
	scanner := bufio.NewScanner(ledger)
	scanner.Buffer(nil, 1<<20)
	store := &memory{}
	var entries []string
	for scanner.Scan() && int64(len(entries)) < size {
		hashes, err := tlog.StoredHashes(int64(len(entries)), scanner.Bytes(), store)
		must(err)
		store.hashes = append(store.hashes, hashes...)
		entries = append(entries, scanner.Text())
	}
	got, err := tlog.TreeHash(size, store)
	must(err)
	if got != root {
		must(fmt.Errorf("root of %d entries differs", size))
	}
	for i := range entries {
		proof, err := tlog.ProveRecord(size, int64(i), store)
		must(err)
		must(tlog.CheckRecord(proof, size, root, int64(i), tlog.RecordHash([]byte(entries[i]))))
	}
	for older := int64(1); older <= size; older++ {
		before, err := tlog.TreeHash(older, store)
		must(err)
		proof, err := tlog.ProveTree(size, older, store)
		must(err)
		must(tlog.CheckTree(proof, size, root, older, before))
	}
	fmt.Println("agreed:", size)
}
"""

STATEMENTS = """
parties: [{id: shop, name: Shop, kind: company}]
claims:
  - {id: C1, kind: entry, text: a tool was planted}
  - {id: C2, kind: use, text: it was used}
  - {id: C3, kind: taking, text: rows were copied out}
"""


@pytest.fixture(scope="module")
def go_check(go_program):
    """The program above."""
    return go_program(PROGRAM)


@pytest.fixture
def sealed(assay, tmp_path):
    case = tmp_path / "acme.case"
    (tmp_path / "statements.yaml").write_text(STATEMENTS, encoding="utf-8")
    assay("open", case, code=0)
    assay("state", "--case", case, "-f", tmp_path / "statements.yaml", code=0)
    seal = assay("seal", "--case", case, "--json", code=0).summary
    return case, seal


def test_go_opens_what_assay_sealed(go_check, sealed):
    case, seal = sealed
    done = go_check(seal["vkey"], case / "checkpoint", case / "ledger.jsonl")
    assert done.stdout == f"agreed: {seal['size']}\n", done
    assert seal["vkey"].startswith(seal["origin"] + "+")
    assert seal["root"] == (case / "checkpoint").read_text(encoding="utf-8").splitlines()[2]


def test_go_opens_the_kept_checkpoint_of_a_case_that_went_on(go_check, assay, sealed, tmp_path):
    case, seal = sealed
    (tmp_path / "more.yaml").write_text("claims: [{id: C4, kind: ransom, text: money was asked}]\n", encoding="utf-8")
    assay("state", "--case", case, "-f", tmp_path / "more.yaml", code=0)
    assert go_check(seal["vkey"], seal["checkpoint"], case / "ledger.jsonl").stdout == f"agreed: {seal['size']}\n"
    assert go_check(seal["vkey"], case / "checkpoint", case / "ledger.jsonl").stdout == f"agreed: {seal['size'] + 1}\n"


def test_go_refuses_what_assay_refuses(go_check, assay, sealed):
    case, seal = sealed
    ledger = case / "ledger.jsonl"
    sound = ledger.read_bytes()
    ledger.write_bytes(sound.replace(b"it was used", b"it was sold"))
    assert go_check(seal["vkey"], case / "checkpoint", ledger).returncode == 1
    assay("verify", case, code=1)
    ledger.write_bytes(sound)
    checkpoint = case / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n5\n", b"\n6\n"))
    assert go_check(seal["vkey"], checkpoint, ledger).returncode == 1
    assay("verify", case, code=1)


@pytest.fixture
def cosigned(assay, sealed, tmp_path):
    """A case that one party cosigned; the checkpoint it signed, and its key."""
    case, _ = sealed
    vkey = assay("key", "new", "shop.key", "--name", "shop.example/legal", "--json", code=0).summary["key"]["vkey"]
    done = assay("cosign", "--case", case, "--key", "shop.key", "--by", "shop", "--json", code=0).summary
    return case, case / done["checkpoint"], (case / "vkey").read_text(encoding="utf-8").strip(), vkey


def test_go_sees_the_cosignature_and_each_changed_byte(go_check, cosigned):
    case, checkpoint, own, cosigner = cosigned
    good = go_check(own, checkpoint, case / "ledger.jsonl", cosigner)
    assert good.returncode == 0 and good.stdout.startswith("agreed: "), good
    sound = checkpoint.read_bytes()
    for at in range(0, len(sound), 9):
        changed = bytearray(sound)
        changed[at] ^= 1
        checkpoint.write_bytes(bytes(changed))
        assert go_check(own, checkpoint, case / "ledger.jsonl", cosigner).returncode != 0, at
    checkpoint.write_bytes(sound)
    assert go_check(own, case / "checkpoint", case / "ledger.jsonl", cosigner).returncode == 1  # that copy nobody cosigned


def test_go_checks_a_proof_and_each_changed_byte(go_check, assay, cosigned, tmp_path):
    case, _, own, cosigner = cosigned
    for name in ("C2", "shop", "case"):
        assay("prove", name, "--case", case, "-o", "one", code=0)
        good = go_check("prove", tmp_path / "one.tlog-proof", tmp_path / "one.json", own, cosigner)
        assert good.returncode == 0 and good.stdout.startswith("proved: "), good
    for path in (tmp_path / "one.tlog-proof", tmp_path / "one.json"):
        sound = path.read_bytes()
        for at in range(0, len(sound) - 1, 13):
            changed = bytearray(sound)
            changed[at] ^= 1
            path.write_bytes(bytes(changed))
            assert go_check("prove", tmp_path / "one.tlog-proof", tmp_path / "one.json", own, cosigner).returncode != 0, at
        path.write_bytes(sound)


def test_go_opens_a_case_whose_key_was_handed_over(go_check, assay, sealed, tmp_path):
    """Every checkpoint under the key of its time, and consistency between all of them."""
    case, seal = sealed
    rotated = assay("key", "rotate", "--case", case, "--json", code=0).summary["key"]["vkey"]
    (tmp_path / "more.yaml").write_text("claims: [{id: C4, kind: ransom, text: money was asked}]\n", encoding="utf-8")
    assay("state", "--case", case, "-f", tmp_path / "more.yaml", code=0)
    assert go_check(seal["vkey"], seal["checkpoint"], case / "ledger.jsonl").returncode == 0
    assert go_check(rotated, case / "checkpoint", case / "ledger.jsonl").returncode == 0
    assert go_check(seal["vkey"], case / "checkpoint", case / "ledger.jsonl").returncode == 1


def test_the_leaf_is_what_the_documentation_says(sealed):
    """docs/case-file.md, by hand: SHA-256 over a zero byte and the line without its newline; then pairs, left to right."""
    case, seal = sealed
    level = [hashlib.sha256(b"\0" + line).digest() for line in (case / "ledger.jsonl").read_bytes().splitlines()]

    def root(leaves):
        if len(leaves) == 1:
            return leaves[0]
        split = 1 << ((len(leaves) - 1).bit_length() - 1)
        return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()

    assert base64.b64encode(root(level)).decode() == seal["root"]


def test_openssl_checks_the_signature(sealed, tmp_path):
    """The recipe of docs/case-file.md with openssl alone."""
    case, seal = sealed
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    note = (case / "checkpoint").read_bytes()
    text, line = note.split(b"\n\n", 1)
    signature = base64.b64decode(line.split(b" ")[2])[4:]
    key = base64.b64decode(seal["vkey"].split("+", 2)[2])[1:]
    (tmp_path / "text").write_bytes(text + b"\n")
    (tmp_path / "signature").write_bytes(signature)
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin", "-in", "text",
               "-sigfile", "signature"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in done.stdout, done

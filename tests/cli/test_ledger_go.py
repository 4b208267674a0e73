"""A second opinion on the ledger, from an implementation that shares no line with ours: Go's sumdb/note and sumdb/tlog, as
Debian packages them, open a sealed checkpoint and check that records are in it."""
import base64
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

GOPATH = "/usr/share/gocode"

PROGRAM = r"""
package main

import (
	"bufio"
	"encoding/base64"
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

// opens: vkey checkpoint ledger [proof entry]
func main() {
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
def go_check(tmp_path_factory):
    """Builds the program above; skips without Go or its modules."""
    go = shutil.which("go")
    if go is None or not pathlib.Path(GOPATH, "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("needs golang-go and golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    (folder / "check.go").write_text(PROGRAM, encoding="utf-8")
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": GOPATH, "GOCACHE": str(folder / "cache"), "GOFLAGS": "", "CGO_ENABLED": "0"}
    subprocess.run([go, "build", "-o", "check", "check.go"], cwd=folder, env=env, check=True, timeout=300)

    def run(*args):
        return subprocess.run([str(folder / "check"), *map(str, args)], capture_output=True, text=True, timeout=60, check=False)

    return run


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

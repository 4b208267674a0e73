"""Bundles as a stranger meets them: the README's own commands and Python are run on what tar unpacks, on sound bundles and on
damaged ones; Go's transparency-log code reads the tiles; the same case gives the same bytes wherever it is packed."""
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import time

import pytest


# Reads a tlog-tiles layout as a client would: the checkpoint, then for every entry the tiles on its way, through Go's own proofs.
TILES = r"""
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
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

// tlog names a tile "tile/8/L/N.p/W"; C2SP tlog-tiles leaves the height out.
type folder struct{ root string }

func (f folder) Height() int { return 8 }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		bytes, err := os.ReadFile(filepath.Join(f.root, path))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func group(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

// tiles: vkey folder step
func main() {
	root := os.Args[2]
	verifier, err := note.NewVerifier(os.Args[1])
	must(err)
	bytes, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	must(err)
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	step, err := strconv.ParseInt(os.Args[3], 10, 64)
	must(err)
	var hash tlog.Hash
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	copy(hash[:], raw)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: hash}, folder{root})
	checked := 0
	for first := int64(0); first < size; first += 256 {
		name := "tile/entries/" + group(first/256)
		if size-first < 256 {
			name += fmt.Sprintf(".p/%d", size-first)
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		must(err)
		for n := first; n < first+256 && n < size; n++ {
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			data = data[2+length:]
			if n%step != 0 && n != size-1 {
				continue
			}
			proof, err := tlog.ProveRecord(size, n, reader)
			must(err)
			must(tlog.CheckRecord(proof, size, hash, n, tlog.RecordHash(entry)))
			checked++
		}
		if len(data) != 0 {
			must(fmt.Errorf("%s: %d bytes more than its entries", name, len(data)))
		}
	}
	fmt.Println("agreed:", size, checked)
}
"""

STATEMENTS = """
parties:
  - {id: shop, name: Shop, kind: company}
  - {id: tv, name: TV, kind: publication}
statements:
  - {id: S1, party: tv, act: asserts, time: 2026-01-01, channel: web, text: every database was read}
claims:
  - {id: C1, kind: entry, text: a tool was planted}
"""


@pytest.fixture
def case(assay, tmp_path):
    """A case with a sweep, a verdict, archived rates, a report and a seal; ASSAY_NOW keeps its times."""
    (tmp_path / "s.yaml").write_text(STATEMENTS, encoding="utf-8")
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "x.php").write_text('<?php eval($_POST["a"]);', encoding="utf-8")
    assay("open", "shop.case", code=0)
    assay("state", "--case", "shop.case", "-f", "s.yaml", code=0)
    assay("sweep", "www", "--case", "shop.case", "--owner", "shop", code=1)
    assay("judge", "--case", "shop.case")
    assay("report", "--case", "shop.case", "-o", "r.html", code=0)
    assay("seal", "--case", "shop.case", code=0)
    return tmp_path / "shop.case"


def unpack(bundle, folder):
    """With tar(1), as the README says."""
    folder.mkdir()
    subprocess.run(["tar", "-xf", bundle, "-C", folder], check=True)
    return folder


def readme_python(folder):
    program = re.search(r"```python\n(.*?)```", (folder / "README.txt").read_text(encoding="utf-8"), re.S).group(1)
    assert len(program.splitlines()) <= 40
    return subprocess.run(["python3", "-B", "-c", program], cwd=folder, capture_output=True, text=True, check=False)


def readme_shell(folder, number):
    """The indented commands below heading `number.`"""
    text = (folder / "README.txt").read_text(encoding="utf-8")
    part = text.split(f"\n{number}. ", 1)[1].split(f"\n{number + 1}. ", 1)[0]
    script = "\n".join(line[4:] for line in part.splitlines() if line.startswith("    "))
    assert script
    script = script.replace("/tmp/", str(folder.parent) + "/")
    return subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def test_a_stranger_checks_it_with_the_readme(assay, case, tmp_path):
    summary = assay("pack", "--case", case, "-o", "b.tar", "--report", "r.html", "--json", code=0).summary
    assert summary["signed"] and summary["withheld"] == 0 and summary["proofs"] >= 2
    assert summary["sha256"] == hashlib.sha256((tmp_path / "b.tar").read_bytes()).hexdigest()
    folder = unpack(tmp_path / "b.tar", tmp_path / "check")
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"README.txt", "report.html", "ledger.jsonl", "proofs/E01.tlog-proof", "vkey"} <= names
    assert not names & {"key", "lock", "index.sqlite"} and not any("nonces" in name or "torn" in name for name in names)
    assert (folder / "report.html").read_bytes() == (tmp_path / "r.html").read_bytes()
    files = readme_shell(folder, 1)
    assert files.stdout == "files agree\nlist agrees\n", files
    signatures = readme_shell(folder, 2)
    assert signatures.stdout.count("Signature Verified Successfully") == 2, signatures
    done = readme_python(folder)
    assert done.returncode == 0 and done.stdout.endswith("0 of them and 0 documents were left out\n"), done
    assay("verify", "b.tar", code=0)


def test_the_readme_finds_a_changed_byte_in_any_file(assay, case, tmp_path):
    """A seeded place in every file that holds evidence: the Python of a sound README, run on the damaged folder, says no."""
    assay("pack", "--case", case, "-o", "b.tar", code=0)
    folder = unpack(tmp_path / "b.tar", tmp_path / "check")
    chance = random.Random(7)
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name in ("README.txt", "bundle"):
            continue
        sound = path.read_bytes()
        at = chance.randrange(len(sound))
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1:])
        assert readme_python(folder).returncode != 0, (path, at)
        path.write_bytes(sound)
    (folder / "more").write_bytes(b"x")
    assert readme_python(folder).returncode != 0
    (folder / "more").unlink()
    head = (folder / "bundle").read_bytes()
    (folder / "bundle").write_bytes(head.replace(b"\n\n\xe2\x80\x94", b"x\n\n\xe2\x80\x94"))
    assert readme_shell(folder, 2).stdout.count("Signature Verified Successfully") == 1
    (folder / "bundle").write_bytes(head)
    assert readme_python(folder).returncode == 0


def test_the_same_case_gives_the_same_bytes(assay, case, tmp_path):
    assay("pack", "--case", case, "-o", "a.tar", "--report", "r.html", "--tiles", code=0)
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(case, tmp_path / "elsewhere" / "other.case")
    for path in (tmp_path / "elsewhere").rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    before = os.umask(0o077)
    try:
        assay("pack", "--case", "other.case", "-o", "b.tar", "--report", tmp_path / "r.html", "--tiles", code=0,
              cwd=tmp_path / "elsewhere", env={"TZ": "Asia/Kolkata", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"})
    finally:
        os.umask(before)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "elsewhere" / "b.tar").read_bytes()
    assert os.stat(tmp_path / "elsewhere" / "b.tar").st_mode & 0o777 == 0o644
    with tarfile.open(tmp_path / "a.tar") as archive:
        members = archive.getmembers()
    assert len({m.mtime for m in members}) == 1 and {(m.uid, m.gid, m.mode, m.uname) for m in members} == {(0, 0, 0o644, "")}


def test_damage_is_named_and_nothing_is_unpacked(assay, case, tmp_path):
    assay("pack", "--case", case, "-o", "b.tar", code=0)
    sound = (tmp_path / "b.tar").read_bytes()
    before = sorted(tmp_path.rglob("*"))
    entry = sound.index(b"every database was read")
    (tmp_path / "b.tar").write_bytes(sound[:entry] + b"E" + sound[entry + 1:])
    result = assay("verify", "b.tar", code=1)
    assert re.search(r"ledger\.jsonl:\d+: entry \d+ is not what was signed", result.err), result
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "b.tar").write_bytes(sound[:entry])
    result = assay("verify", "b.tar", code=1)
    assert "cut off" in result.err and "README" not in result.err, result
    (tmp_path / "b.tar").write_bytes(b"no archive at all, but long enough to look like something\n" * 20)
    assert "is nothing that assay writes" in assay("verify", "b.tar", code=2).err


def test_a_seeded_sample_of_bytes(assay, case, tmp_path):
    """All bytes of a small bundle are flipped in the unit test; here some of one with everything, through the whole program."""
    assay("pack", "--case", case, "-o", "b.tar", "--report", "r.html", "--tiles", code=0)
    sound = (tmp_path / "b.tar").read_bytes()
    chance = random.Random(11)
    for _ in range(40):
        at = chance.randrange(len(sound))
        (tmp_path / "b.tar").write_bytes(sound[:at] + bytes([sound[at] ^ (1 << chance.randrange(8))]) + sound[at + 1:])
        assert assay("verify", "b.tar").code != 0, at


def write(folder, text):
    (folder / "more.yaml").write_text(text, encoding="utf-8")
    return folder / "more.yaml"


def test_left_out_and_opened_later(assay, case, tmp_path):
    shown = assay("pack", "--case", case, "-o", "part.tar", "--withhold", "all", "--redact", "S1", "--redact", "X01/*", code=0)
    assert "left out" in shown.out
    content = (tmp_path / "part.tar").read_bytes()
    assert b"every database was read" not in content and b"x.php" not in content
    result = assay("verify", "part.tar", "--json", code=2)
    summary = result.summary
    assert summary["verified"] and not summary["complete"] and summary["withheld"] == 1 and summary["redacted"] > 2
    assert {r["what"] for r in result.of_kind("coverage")} == {"withheld", "redacted"}
    text = assay("verify", "part.tar", code=2).out
    assert "verified as far as it is here" in text and "\nverified\n" not in text
    folder = unpack(tmp_path / "part.tar", tmp_path / "check")
    done = readme_python(folder)
    assert done.returncode == 0 and f"{summary['redacted']} of them and 1 documents were left out" in done.stdout, done
    digest = (folder / "WITHHELD").read_text(encoding="utf-8").split()[0]
    assay("pack", "--case", case, "--open", "S1", "-o", "S1.opened", code=0)
    assay("pack", "--case", case, "--open", digest, "-o", "rates.opened", code=0)
    after = assay("verify", "part.tar", "--opened", "S1.opened", "--opened", "rates.opened", "--json", code=2).summary
    assert after["verified"] and after["withheld"] == 0 and after["redacted"] == summary["redacted"] - 1
    forged = (tmp_path / "S1.opened").read_text(encoding="utf-8").replace("every database", "one database")
    (tmp_path / "S1.opened").write_text(forged, encoding="utf-8")
    result = assay("verify", "part.tar", "--opened", "S1.opened", code=1)
    assert "S1.opened:1: is not the entry that was left out" in result.err


def test_a_copy_without_the_key_packs_unsigned(assay, case, tmp_path):
    (case / "key").unlink()
    assert "unsigned" in assay("pack", "--case", case, "-o", "b.tar", code=0).out
    result = assay("verify", "b.tar", "--json", code=0)
    assert any("nobody signed the list" in r["says"] for r in result.of_kind("coverage"))
    assert readme_shell(unpack(tmp_path / "b.tar", tmp_path / "check"), 2).stdout.count("Verified Successfully") == 1


def test_mistakes_teach(assay, case):
    assert "needs -o FILE" in assay("pack", "--case", case, code=64).err
    result = assay("pack", "--case", case, "-o", "b.tar", "--redact", "S1:text", code=64)
    assert 'no entry "S1:text"' in result.err and "left out whole" in result.err
    assert "names no archived document" in assay("pack", "--case", case, "-o", "b.tar", "--withhold", "S1", code=64).err
    assert "no entry" in assay("pack", "--case", case, "--open", "Q9", "-o", "x", code=2).err
    assert not pathlib.Path(case.parent / "b.tar").exists()


def test_timestamps_are_checked_by_the_readme_after_their_certificate_expired(assay, case, tmp_path):
    """A private authority, whose certificate holds for a day: three days later a plain check says no, the README's still says yes."""
    ca = tmp_path / "ca"
    ca.mkdir()
    (ca / "tsa.cnf").write_text("""
[tsa]
default_tsa = c
[c]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
[ext]
basicConstraints = critical,CA:false
extendedKeyUsage = critical,timeStamping
[root]
basicConstraints = critical,CA:true
[req]
distinguished_name = dn
[dn]
""", encoding="utf-8")

    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=ca, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=root", "-config",
            "tsa.cnf", "-extensions", "root", "-days", "2")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=tsa", "-config", "tsa.cnf")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-out", "tsa.pem", "-days", "1",
            "-extfile", "tsa.cnf", "-extensions", "ext")
    (ca / "serial").write_text("01\n", encoding="utf-8")
    size = next(path.name for path in (case / "checkpoints").iterdir())
    openssl("ts", "-query", "-data", case / "checkpoints" / size, "-sha256", "-cert", "-out", "q.tsq")
    openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "c", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-out",
            case / "checkpoints" / f"{size}.1.tsr")
    assay("pack", "--case", case, "-o", "b.tar", code=0)
    result = assay("verify", "b.tar", "--json", code=0)
    assert any(r["what"] == "time" and "was not looked at (--tsa-ca" in r["says"] for r in result.of_kind("measure"))
    trusted = assay("verify", "b.tar", "--tsa-ca", ca / "root.pem", "--json", code=0)
    assert any(r["what"] == "time" and "holds as of then" in r["says"] for r in trusted.of_kind("measure"))
    folder = unpack(tmp_path / "b.tar", tmp_path / "check")
    shutil.copy(ca / "root.pem", tmp_path / "roots.pem")
    assert "Verification: OK" in readme_shell(folder, 3).stdout
    later = ["openssl", "ts", "-verify", "-in", f"{size}.1.tsr", "-data", size, "-CAfile", ca / "root.pem", "-attime", str(int(time.time()) + 3 * 86400)]
    done = subprocess.run(later, cwd=folder / "checkpoints", capture_output=True, text=True, check=False)
    assert "expired" in done.stderr, done
    kept = folder / "checkpoints" / size
    kept.write_bytes(b"x" + kept.read_bytes())
    assert "imprint mismatch" in readme_shell(folder, 3).stdout


def test_a_case_with_keys_that_changed_hands_cosigned_and_stamped(assay, case, tmp_path):
    """Two keys, a cosigner, a policy and an older checkpoint: all of it is asked of the bundle as of the case."""
    older = tmp_path / "older"
    shutil.copy(case / "checkpoint", older)
    assay("key", "rotate", "--case", case, code=0)
    just = assay("pack", "--case", case, "-o", "just.tar", code=0)  # the checkpoint is the old key's, the list the new one's
    assert "unsigned" not in just.out
    assay("verify", "just.tar", code=0)
    assert readme_shell(unpack(tmp_path / "just.tar", tmp_path / "just"), 2).stdout.count("Verified Successfully") == 2
    vkey = assay("key", "new", "desk.key", "--name", "desk.example/press", "--json", code=0).summary["key"]["vkey"]
    party = assay("state", "--case", case, "-f", write(tmp_path, "parties: [{id: desk, name: Desk, kind: publication}]"), code=0)
    assert party.code == 0
    assay("key", "register", vkey, "--case", case, "--by", "desk", code=0)
    assay("cosign", "--case", case, "--key", "desk.key", "--by", "desk", code=0)
    (case / "policy").write_text(f"log {(case / 'vkey').read_text().strip()}\nwitness desk {vkey}\nquorum desk\n", encoding="utf-8")
    assay("pack", "--case", case, "-o", "b.tar", code=0)
    with tarfile.open(tmp_path / "b.tar") as archive:
        names = archive.getnames()
    assert "policy" in names and not {"key", "key.next", "lock", "index.sqlite"} & set(names)
    whole = assay("verify", case, "--since", older, "--json", code=0)
    result = assay("verify", "b.tar", "--since", older, "--json", code=0)
    assert not result.of_kind("coverage")
    for what in ("checkpoint", "keys", "seals", "cosigned", "since"):
        of = [[r["says"] for r in one.records if r.get("what") == what] for one in (whole, result)]
        assert of[0] and of[0] == of[1], what
    folder = unpack(tmp_path / "b.tar", tmp_path / "check")
    assert readme_shell(folder, 2).stdout.count("Verified Successfully") == 2
    assert "an entry about a key" in assay("pack", "--case", case, "-o", "c.tar", "--redact", "G1", code=64).err
    first = (case / "vkey").read_text().strip()
    for where in (case, "b.tar"):
        assay("verify", where, "--vkey", first, "--vkey", vkey, code=0)
    other = assay("key", "new", "other.key", "--name", "other.example/press", "--json", code=0).summary["key"]["vkey"]
    assay("open", "stranger.case", code=0)
    shutil.copy(tmp_path / "stranger.case/checkpoint", older)
    assert "not signed by a key of this case" in assay("verify", "b.tar", "--since", older, code=1).err
    strange = (tmp_path / "stranger.case/vkey").read_text().strip()
    for where in (case, "b.tar"):
        assert "not signed by the key that was given" in assay("verify", where, "--vkey", strange, code=1).err
        assert "none is cosigned with a key that was given" in assay("verify", where, "--vkey", other, code=1).err


@pytest.fixture(scope="module")
def go_tiles(go_program):
    """The program above."""
    return go_program(TILES)


def grow(assay, case, tmp_path, since, until):
    """Entries since..until - 1, at most 10,000 a file."""
    for first in range(since, until, 10000):
        last = min(first + 10000, until)
        text = "parties:\n" + "".join(f"  - {{id: p{i}, name: N, kind: person}}\n" for i in range(first, last))
        (tmp_path / "more.yaml").write_text(text, encoding="utf-8")
        assay("state", "--case", case, "-f", tmp_path / "more.yaml", code=0)


@pytest.mark.parametrize("sizes", [(1, 2, 255, 256, 257), (70000,)], ids=["around-a-tile", "three-levels"])
def test_go_reads_the_tiles(assay, go_tiles, tmp_path, sizes):
    case = tmp_path / "x.case"
    assay("open", case, code=0)
    now = 1
    for size in sizes:
        grow(assay, case, tmp_path, now, size)
        now = size
        assay("pack", "--case", case, "-o", f"{size}.tar", "--tiles", code=0)
        assay("verify", f"{size}.tar", code=0)
        folder = unpack(tmp_path / f"{size}.tar", tmp_path / str(size))
        done = go_tiles((folder / "vkey").read_text().strip(), folder / "tiles", max(1, size // 500))
        assert done.stdout.startswith(f"agreed: {size} "), done
    if size == 70000:
        assert (folder / "tiles/tile/2/000.p/1").stat().st_size == 32
        assert (folder / "tiles/tile/1/001.p/17").stat().st_size == 17 * 32
        assert (folder / "tiles/tile/entries/273.p/112").exists()
    victim = folder / "tiles/tile/0/000.p/1" if size == 1 else next((folder / "tiles/tile/0").rglob("000*"))
    victim = victim if victim.is_file() else next(victim.iterdir())
    victim.write_bytes(bytes([victim.read_bytes()[0] ^ 1]) + victim.read_bytes()[1:])
    assert go_tiles((folder / "vkey").read_text().strip(), folder / "tiles", max(1, size // 500)).returncode == 1

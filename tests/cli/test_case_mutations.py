"""Bytes are flipped, taken out and put in all over a case with everything in it, and all over its bundle: verify names the file (and of a ledger the
entry), or the change is one that changes nothing that anybody is told.

A seeded sample; a larger one with ASSAY_LONG=1."""
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile

import authority
import faults
import pytest

INDEX_SAMPLE = 2000 if "ASSAY_LONG" in os.environ else 80
STEP, SAMPLE = 24, 1000 if "ASSAY_LONG" in os.environ else 60

STATEMENTS = """
parties:
  - {id: shop, name: Shop, kind: company}
  - {id: press, name: Desk, kind: publication}
claims:
  - {id: C1, kind: entry, text: a tool was planted}
statements:
  - {id: S1, party: press, act: reports, time: 2026-03-12T10:00:00Z, text: they were breached, claims: [C1]}
  - {id: S2, party: shop, act: denies, time: 2026-03-13T10:00:00Z, text: it is not, claims: [C1]}
"""
# What verify tells in other words and calls sound: lines of strangers under a checkpoint, lists of strangers beside a stamp. Who takes a cosignature or a
# list away leaves no trace but that; a bundle's list of files holds them.
TOLD = re.compile(r"checkpoints/\d+(\.\d+\.crl)?$")
# What verify is not asked to notice. The lock is empty and stays so whatever is in it; bytes behind the last signed entry are no part of the case.
IMMATERIAL = re.compile(r"lock$|ledger\.torn-")


@pytest.fixture(scope="module")
def rich(assay_bin, tmp_path_factory):
    """A case with keys that changed hands, a cosignature, a stamp, a revocation list, another case within, documents and a policy."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("rich")
    env = faults.environment(folder)

    def run(*words, codes=(0,)):
        done = subprocess.run([assay_bin, *map(str, words)], capture_output=True, env=env, cwd=folder, check=False)
        assert done.returncode in codes, (words, done.stderr)
        return done.stdout.decode()

    (folder / "s.yaml").write_text(STATEMENTS, encoding="utf-8")
    (folder / "www").mkdir()
    (folder / "www" / "a.php").write_text("<?php eval(base64_decode($_POST['x'])); ?>\n", encoding="ascii")
    for name in ("case", "other"):
        run("open", name)
        run("state", "--case", name, "-f", "s.yaml")
        run("sweep", "www", "--case", name, codes=(1,))
        run("judge", "--case", name, codes=(0, 2))
        run("seal", "--case", name)
    run("open", "--merge", "other", "case")
    run("key", "new", "desk.key", "--name", "desk.example/a")
    run("key", "rotate", "--case", "case")
    run("cosign", "--case", "case", "--key", "desk.key", "--by", "press")
    run("custody", "E01", "--from", "shop", "--to", "press", "--at", "2026-03-16", "--digest", "--case", "case")
    tsa = authority.Authority(folder / "tsa", "Authority")
    run("seal", "--case", "case", "--tsq-out", "q")
    (folder / "r").write_bytes(tsa.answer((folder / "q").read_bytes()))
    (folder / "l").write_bytes(tsa.list())
    run("seal", "--case", "case", "--tsr", "r", "--crl", "l")
    vkeys = run("key", "show", "desk.key").strip()
    (folder / "case" / "policy").write_text(f"log {(folder / 'case/vkey').read_text(encoding='ascii')}witness w {vkeys}\nquorum w\n", encoding="utf-8")
    run("pack", "--case", "case", "-o", "case.tar", "--tiles")
    trust = ["--tsa-ca", str(tsa.root)]
    run("verify", "case", *trust)
    run("verify", "case.tar", *trust)
    return folder, env, trust


def changes(size, step, rng):
    """(kind, place): what is done where."""
    if size == 0:
        return [("insert", 0)]
    places = range(rng.randrange(step), size, step) if size > step else [rng.randrange(size)]
    return [(rng.choice(("flip", "flip", "delete", "insert")), place) for place in places] + [("cut", rng.randrange(size)), ("double", rng.randrange(size))]


def changed(data, kind, place, rng):
    if kind == "flip":
        return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1:]
    if kind == "delete":
        return data[:place] + data[place + 1:]
    if kind == "insert":
        return data[:place] + bytes([rng.choice(b" \n\0A\xff\"}")]) + data[place:]
    if kind == "cut":
        return data[:place]
    start = data.rfind(b"\n", 0, place) + 1  # a line twice
    end = data.find(b"\n", place) + 1 or len(data)
    return data[:end] + data[start:end] + data[end:]


def answers(assay_bin, env, case):
    """What a person is told of it."""
    told = []
    for words in (["status"], ["timeline"], ["export", "--format", "json"], ["judge", "C1"]):
        done = subprocess.run([assay_bin, *words, "--case", case], capture_output=True, env=env, check=False)
        told.append((done.returncode, done.stdout.replace(bytes(case), b"@")))
    return told


def verified(assay_bin, env, path, trust):
    done = subprocess.run([assay_bin, "verify", path, *trust], capture_output=True, env=env, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").replace(str(path), "@")


def trials_of(files, rng):
    """(file, kind, place), of small files as many as of large ones when only some are taken."""
    every = [(name, kind, place) for name, data in files.items() for kind, place in changes(len(data), STEP, rng)]
    by_file = collections.defaultdict(list)
    for trial in every:
        by_file[trial[0]].append(trial)
    return [rng.choice(by_file[rng.choice(sorted(by_file))]) for _ in range(SAMPLE)]


def report(results):
    rates = collections.Counter((re.sub(r"\d+|[0-9a-f]{64}", "N", name), outcome) for name, outcome in results)
    for (name, outcome), count in sorted(rates.items()):
        print(f"{name:40} {outcome:12} {count}")


def line_of(data, place):
    return data.count(b"\n", 0, place) + 1


def test_a_changed_case_is_named(assay_bin, rich, tmp_path):
    folder, env, trust = rich
    sound = folder / "case"
    files = {str(path.relative_to(sound)): path.read_bytes() for path in sorted(sound.rglob("*")) if path.is_file()}
    assert len(files) > 14 and "checkpoints/" in " ".join(files)
    rng = random.Random(5)
    expected = answers(assay_bin, env, sound)
    said = verified(assay_bin, env, sound, trust)[1]

    def trial(number, name, kind, place, seed):
        case = tmp_path / f"case-{number}"
        faults.copy_case(sound, case)
        data = changed(files[name], kind, place, random.Random(seed))
        path = case / name
        mode = path.stat().st_mode
        path.chmod(0o600)
        path.write_bytes(data)
        path.chmod(mode)
        code, told = verified(assay_bin, env, case, trust)
        same = code == 0 and not IMMATERIAL.search(name) and answers(assay_bin, env, case) == expected
        shutil.rmtree(case)
        if data == files[name] or IMMATERIAL.search(name) or (name.endswith(".crl") and b"".join(data.split()) == b"".join(files[name].split())):
            return "immaterial", None
        what = f"{name}: {kind} at {place} of {len(files[name])}"
        if code == 0 and told != said and TOLD.match(name):
            return "told", None
        if code == 0 and told == said and name.endswith(".tsr"):
            return "unsigned", None  # CMS leaves its version and its list of digests unsigned; test_timestamps.py bounds them
        if code == 0:
            return ("harmless", None) if same and name == "index.sqlite" else ("SILENT", what)
        if name == "ledger.jsonl":
            first = line_of(files[name], place)
            lines = {int(n) for n in re.findall(r"ledger\.jsonl:(\d+)", told)}
            return ("named", None) if lines & {first, first + 1} or "torn" in told else ("UNNAMED", f"{what} (line {first})\n{told}")
        return ("named", None) if name in told else ("UNNAMED", f"{what}\n{told}")

    chosen = trials_of(files, rng)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        outcomes = list(pool.map(lambda job: trial(*job), [(i, *each, i) for i, each in enumerate(chosen)]))
    report([(each[0], outcome) for each, (outcome, _) in zip(chosen, outcomes)])
    wrong = [what for _, what in outcomes if what is not None]
    assert not wrong, f"{len(wrong)} of {len(chosen)}\n" + "\n".join(wrong[:60])


def test_a_changed_index_misleads_nobody(assay_bin, rich, tmp_path):
    """The index is believed when its mark fits the ledger. Bytes of it that the disk gives back differently: what is told stays the same, and damage is said."""
    folder, env, _ = rich
    sound = tmp_path / "sound"
    faults.copy_case(folder / "case", sound)
    data = (sound / "index.sqlite").read_bytes()
    commands = (["status"], ["timeline"], ["judge", "C1"])
    damage = b"index.sqlite is damaged"

    def asked(case):
        told = [subprocess.run([assay_bin, *words, "--case", case], capture_output=True, env=env, check=False) for words in commands]
        return [(done.returncode, done.stdout.replace(bytes(case), b"@"), done.stderr) for done in told]

    expected = asked(sound)
    assert not any(damage in told for _, _, told in expected)
    used = [place for place, byte in enumerate(data) if byte != 0]
    places = used[::max(1, len(used) // INDEX_SAMPLE)] + list(range(7, len(data), len(data) // 8))
    rng = random.Random(8)

    def trial(number, place, bit):
        case = tmp_path / f"case-{number}"
        faults.copy_case(folder / "case", case)
        with open(case / "index.sqlite", "r+b") as index:
            index.seek(place)
            byte = index.read(1)[0] ^ (1 << bit)
            index.seek(place)
            index.write(bytes([byte]))
        told = asked(case)
        shutil.rmtree(case)
        wrong = [f"{words[0]} with byte {place} changed: {now[0]} {now[2]}" for words, now, before in zip(commands, told, expected)
                 if now[:2] != before[:2] and not (now[0] == 2 and now[1] == b"" and b"assay: " in now[2])]
        return wrong, any(damage in stderr for _, _, stderr in told)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        outcomes = list(pool.map(lambda job: trial(*job), [(i, place, rng.randrange(8)) for i, place in enumerate(places)]))
    wrong = [what for whats, _ in outcomes for what in whats]
    assert not wrong, f"{len(wrong)} of {len(places)}\n" + "\n".join(wrong[:40])
    said = sum(is_said for _, is_said in outcomes)
    print(f"{len(places)} bytes changed, {said} said to be damage")
    assert said * 4 > len(places)  # the rest: the mark does not fit, the schema is not ours, or SQLite finds no database


def test_a_damaged_index_is_made_anew_by_the_next_writer(assay_bin, rich, tmp_path):
    folder, env, trust = rich
    case = tmp_path / "case"
    faults.copy_case(folder / "case", case)
    path = case / "index.sqlite"
    data = path.read_bytes()
    place = data.rindex(b"examination")  # the name of a type
    path.write_bytes(data[:place] + b"f" + data[place + 1:])
    (tmp_path / "s.yaml").write_text("claims:\n  - {id: C9, kind: use, text: it was used}\n", encoding="utf-8")
    run = lambda *words: subprocess.run([assay_bin, *map(str, words)], capture_output=True, env=env, check=False)
    assert "index.sqlite" in verified(assay_bin, env, case, trust)[1]
    for words, is_said in ((["status", "--case", case], True), (["state", "--case", case, "-f", tmp_path / "s.yaml"], True), (["status", "--case", case], False)):
        done = run(*words)
        assert done.returncode in (0, 1, 2) and (b"index.sqlite is damaged" in done.stderr) == is_said, (words, done)
    assert verified(assay_bin, env, case, trust)[0] == 0


def test_a_changed_bundle_is_named(assay_bin, rich, tmp_path):
    folder, env, trust = rich
    data = (folder / "case.tar").read_bytes()
    with tarfile.open(folder / "case.tar") as tar:
        spans = [(member.offset, member.offset_data + member.size, member.name) for member in tar if member.isfile()]
    rng = random.Random(6)

    def member_at(place):
        return next((name for start, end, name in spans if start <= place < end), "")

    def trial(number, kind, place):
        bundle = tmp_path / f"{number}.tar"
        bundle.write_bytes(changed(data, kind, place, random.Random(number)))
        code, told = verified(assay_bin, env, bundle, trust)
        same = bundle.read_bytes() == data
        bundle.unlink()
        what = f"{member_at(place) or 'padding'}: {kind} at {place}"
        if same:
            return "immaterial", None
        if code == 0:
            return "SILENT", what
        name = member_at(place)
        return ("named", None) if name.split("/")[-1] in told or name == "SHA256SUMS" and "the list" in told else ("UNNAMED", f"{what}\n{told}")

    every = changes(len(data), STEP, rng)
    chosen = rng.sample(every, SAMPLE)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        outcomes = list(pool.map(lambda job: trial(*job), [(i, *each) for i, each in enumerate(chosen)]))
    report([(member_at(place) or "padding", outcome) for (_, place), (outcome, _) in zip(chosen, outcomes)])
    wrong = [what for _, what in outcomes if what is not None]
    assert not wrong, f"{len(wrong)} of {len(chosen)}\n" + "\n".join(wrong[:60])

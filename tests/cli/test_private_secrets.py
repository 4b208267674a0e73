"""No secret of the private comparison decides a branch or an address.

tests/unit/secret_probe.c marks secret scalars undefined and valgrind follows them through libsodium's path, the portable one and that of AVX2. It knows no
AVX-512 (Debian 12: 3.19), so of that path the machine code is read: it is the same text as AVX2's (group_lanes.h) over another field, and a
value gets from vectors into a branch or an address only by certain instructions. None of those may stand where secrets are.
What neither shows: that instructions take the same time whatever they hold, and what a compiler other than the one used here makes of it."""
import re
import shutil
import subprocess

import pytest

# From vector or mask registers into general ones or flags; and addresses from vectors.
ESCAPES = re.compile(r"\b(v?p?movmsk|vpmovmskb|vptest|v?ptestz|kortest|ktest|kmov[bwdq]\s+%k[0-7],%[er]|vmov[dq]\s+%[xyz]mm\d+,%[er]|vpextr"
                     r"|v?u?comis|v?p?gather|v?p?scatter|vpcompress|vpexpand)")
WITH_SECRETS = {"multiply_then_double", "double_four_times", "double_half", "add_half", "table_start", "table_start_apart", "table_add", "table_add_apart", "table_make",
                "multiply_apart_then_double", "base_add", "base_then_double", "encode_doubles", "product_into", "square_into", "multiply_into",
                "square_times_multiply", "power_250", "invert"}
# Of those, what has to be there, whatever is inlined into what; and what calls others for its arithmetic.
ALWAYS = {"table_add", "table_add_apart", "base_add", "double_half", "encode_doubles"}
STEERS = {"invert", "base_then_double", "multiply_then_double", "multiply_apart_then_double", "double_four_times", "table_start", "table_start_apart", "table_make", "table_add",
          "table_add_apart"}


@pytest.fixture(scope="module")
def probe(assay_bin):
    program = assay_bin.resolve().parents[2] / "tests" / "unit" / "secret_probe"
    if shutil.which("valgrind") is None or not program.exists():
        pytest.skip("no valgrind, or built without its header")
    return program


def valgrind(probe, *args):
    return subprocess.run(["valgrind", "--quiet", "--error-exitcode=9", probe, *args], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("what", ["multiply", "map", "base", "point"])
@pytest.mark.parametrize("path", ["avx2", "portable", "libsodium"])
def test_secrets_decide_nothing(probe, path, what):
    if path not in valgrind(probe).stdout.split():
        pytest.skip(f"this processor cannot run {path}")
    done = valgrind(probe, path, what)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [path] and not done.stderr


def test_a_look_up_by_a_secret_is_found(probe):
    done = valgrind(probe, "portable", "leak")
    assert done.returncode == 9 and "uninitialised value" in done.stderr


def functions(listing):
    """Name -> lines of machine code."""
    found, name = {}, None
    for line in listing.splitlines():
        if head := re.match(r"[0-9a-f]+ <([a-z_0-9]+)[^>]*>:$", line):
            name = head[1]
        elif name and line.strip():
            found.setdefault(name, []).append(line)
    return found


def test_avx512_lets_nothing_out_of_vectors(assay_bin):
    build = assay_bin.resolve().parents[2]
    objects = list(build.glob("src/private/**/*group_ifma.c.o"))
    if shutil.which("objdump") is None or not objects:
        pytest.skip("no objdump, or another kind of processor")
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", objects[0]], capture_output=True, text=True, check=True).stdout
    code = functions(listing)
    assert ESCAPES.search("\n".join(code["decode"])), "points are refused by what is found in vectors: the pattern must match there"
    there = WITH_SECRETS & code.keys()
    assert ALWAYS <= there
    for name in there:
        assert "vpmadd52" in "\n".join(code[name]) or name in STEERS, name
        assert [line for line in code[name] if ESCAPES.search(line)] == [], name

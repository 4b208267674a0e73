"""sweep on trees of many files: memory stays what it is for few, and a terminal shows how far it is. What one hostile file may cost."""
import concurrent.futures
import importlib.util
import os
import pty
import re
import shutil
import subprocess

import pytest

MANY, FEW, IN_ONE = 100_000, 1_000, 500


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """A tree of FEW tiny scripts and one of MANY, gone again behind the tests."""
    folder = tmp_path_factory.mktemp("scale")
    for count in (FEW, MANY):
        for number in range(count // IN_ONE):
            below = folder / str(count) / f"a{number % 20}" / f"b{number}"
            below.mkdir(parents=True)
            for name in range(IN_ONE):
                with open(below / f"{name}.php", "wb") as file:
                    file.write(b"<?php echo 1;\n")
    yield folder
    shutil.rmtree(folder)


def module_of(root, name):
    """One of bench/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, root / "bench" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def spent(root):
    """Runs a command: processor seconds and peak memory in bytes of its largest process."""

    def run(*command):
        cost = module_of(root, "spent").spent(command)
        assert cost.status in (0, 1, 2), command
        return cost

    return run


def test_memory_is_the_same_for_many_files(assay_bin, trees, spent):
    few, many = (spent(assay_bin, "sweep", "--json", "--jobs", "2", trees / str(count)).peak for count in (FEW, MANY))
    assert many - few < 4 << 20, f"{few / 1e6:.1f} MB for {FEW:,} files, {many / 1e6:.1f} MB for {MANY:,}"


def test_large_files_need_their_memory_once(assay_bin, spent, tmp_path):
    """Two threads have only one large script in memory at a time: bytes and tokens of one are 35 MB."""
    if not is_release(assay_bin):
        pytest.skip("a sanitizer's memory is its own")
    size = 10 << 20
    rows = "".join(f"  'name-{number}' => ['id' => {number}, 'price' => 12.5],\n" for number in range(200_000))
    for name, text in {"table": f"<?php\nreturn [\n{rows}", "steps": "<?php\n" + "$a = f($b[1], $c);\n" * (size // 19)}.items():
        for number in range(3):
            (tmp_path / f"{name}-{number}.php").write_text(text[:size])
    (tmp_path / "text.js").write_text('var a = "text";\n' * (size // 16))
    peak = spent(assay_bin, "sweep", "--json", "--jobs", "2", tmp_path).peak
    assert peak < 64 << 20, f"{peak / 1e6:.1f} MB"


def on_terminal(command):
    """What a command writes to a terminal that is its stderr."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as child:
        os.close(theirs)
        text = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            text += part
        child.wait(300)
    os.close(ours)
    return text.decode()


def test_a_terminal_shows_rate_and_time_left(assay_bin, trees):
    # under a limit of its speed: the line comes from the first second on, and the tree may take less on a fast machine
    command = [assay_bin, "sweep", "--jobs", "1"] + [trees / str(MANY)] * 4
    lines = on_terminal(command).split("\r\x1b[K")
    shown = [line for line in lines if line.startswith("sweep  ")]
    assert shown, lines
    assert all(re.search(r"[\d,]+ files/s, [\d.]+ (bytes|kB|MB)/s   0 found   ", line) for line in shown), shown[:3]
    counted = [line for line in shown if " left" in line]
    assert counted, shown[-3:]
    assert re.match(r"sweep  [\d,]+ of 400,000 files   \d+ %   .* \d+ s left", counted[-1]), counted[-1]
    assert all(line.endswith("total not known yet") for line in shown if line not in counted)
    assert lines[-1].strip() == "", "the line is wiped at the end"


def test_no_progress_off_a_terminal(assay, trees):
    result = assay("sweep", "--json", trees / str(FEW))
    assert result.err == ""
    assert result.summary["files"] == FEW


# ---- one hostile file ----

def is_release(program):
    """Optimised and without a sanitizer: bounds in seconds are for that."""
    symbols = subprocess.run(["nm", "-D", "--undefined-only", program], capture_output=True, text=True, check=False).stdout
    return "__asan_init" not in symbols and "__tsan_init" not in symbols


def test_a_hostile_megabyte_costs_little(assay_bin, root, spent, tmp_path):
    """Of every third case of bench/worst.py (of all with ASSAY_TEST_ALL set), processor time above that of a tiny file; the best of three runs
    where the first is too slow."""
    worst = module_of(root, "worst")
    factor = 1 if is_release(assay_bin) else 12
    tiny = worst.write(tmp_path, "tiny.php", "<?php echo 1;\n")
    start = min(spent(assay_bin, "sweep", "--json", "--jobs", "1", tiny).cpu for _ in range(5))

    def judge(case):
        path, text = case
        place = worst.write(tmp_path, path, text)
        bound = worst.known_slow(path) * factor
        for _ in range(3):
            cost = spent(assay_bin, "sweep", "--json", "--jobs", "1", place).cpu - start
            if cost <= bound:
                break
        place.unlink()
        return f"{path}: {cost:.3f} s, at most {bound:.3f}" if cost > bound else None

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as crew:
        cases = sorted(worst.cases().items())[:: 1 if os.environ.get("ASSAY_TEST_ALL") else 3]
        assert [slow for slow in crew.map(judge, cases) if slow is not None] == []

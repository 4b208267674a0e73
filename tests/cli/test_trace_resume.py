"""A run of trace that is stopped, killed at any step of keeping its state, or run out of disk, and gone on with: the same bytes as without a stop.

ASSAY_RESUME_EVERY=N keeps a state after so many jobs (a job is one small file here), ASSAY_RESUME_STOP=N stops behind the Nth state,
ASSAY_RESUME_KILL=N kills the examining process in the Nth step of writing states: half a write, or before an fsync. A state takes four steps here."""
import json
import os
import re
import resource
import signal
import struct
import subprocess

import pytest

SHELL = "/uploads/x.php"
STEPS_A_STATE = 4  # the state (smaller than a buffer), fsync, its head, fsync


def web_line(client, second, request, status=200, size=512, referer="-", agent="Mozilla/5.0"):
    return (f'{client} - - [14/Mar/2026:{second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02} +0000] "{request}" {status} {size} '
            f'"{referer}" "{agent}"\n')


def web_logs(folder, files=6, lines=40):
    """A rotated set with a little of everything: an upload, a shell, a scanner, lines that cannot be read, a block that occurs twice."""
    paths = []
    for f in range(files):
        text = []
        for i in range(lines):
            second = (f * lines + i) * 20
            client = f"198.51.100.{(f * 7 + i) % 50 + 1}" if i % 9 else f"2001:db8::{f:x}:{i:x}"
            text.append(web_line(client, second, f"GET /page{(i * 5 + f) % 30}.php?q={i} HTTP/1.1", size=300 + i, referer="https://shop.example/"))
        text[3] = web_line("203.0.113.9", f * lines * 20 + 60, f"{'POST' if f else 'PUT'} {SHELL if f else '/upload.php'} HTTP/1.1", size=1000 + f)
        text[7] = web_line("203.0.113.77", f * lines * 20 + 140, "GET /../../etc/passwd HTTP/1.1", status=404, agent="sqlmap/1.7")
        text[11] = web_line("203.0.113.77", f * lines * 20 + 220, "GET /item.php?id=1%20union%20select%201,2 HTTP/1.1", agent="sqlmap/1.7")
        text[13] = "not a line of this log\n"
        text[17] = web_line("203.0.113.150", f * lines * 20 + 340, "GET /style.css HTTP/1.1", referer=f"https://shop.example{SHELL}")
        if f == files - 1:
            text += text[20:36]
        path = folder / (f"access.log.{files - 1 - f}" if f < files - 1 else "access.log")
        path.write_text("".join(text))
        paths.append(path)
    return paths


def other_logs(folder):
    """One of each other kind."""
    auth = "".join(f"2026-03-14T00:0{i}:00.000000+00:00 host sshd[{100 + i}]: Failed password for root from 203.0.113.9 port {4000 + i} ssh2\n"
                   for i in range(9))
    auth += "2026-03-14T00:10:00.000000+00:00 host sshd[120]: Accepted password for root from 203.0.113.9 port 4999 ssh2\n"
    errors = "".join(f"[Sat Mar 14 00:{i:02}:00.000000 2026] [php:error] [pid 11] [client 203.0.113.9:4711] PHP Warning:  x in "
                     f"/srv/www{SHELL} on line {i}\n" for i in range(12))
    database = "".join(f"2026-03-14 00:{i:02}:01.000 UTC [{500 + i}] app@shop LOG:  statement: COPY public.customers (id, email) TO stdout;\n"
                       for i in range(12))
    traffic = '{"vnstatversion":"2.10","jsonversion":"2","interfaces":[{"name":"eth0","traffic":{"hour":[' + ",".join(
        f'{{"id":{i},"date":{{"year":2026,"month":3,"day":14}},"time":{{"hour":{i},"minute":0}},"rx":{1000 + i},"tx":{5000 * i}}}'
        for i in range(12)) + "]}}]}\n"
    made = []
    for name, text in (("auth.log", auth), ("error.log", errors), ("postgresql.log", database), ("vnstat.json", traffic)):
        (folder / name).write_text(text)
        made.append(folder / name)
    return made


def start(assay_bin, state, logs, *more, code=None, **knobs):
    env = os.environ | {f"ASSAY_RESUME_{name.upper()}": str(value) for name, value in knobs.items()}
    resume = ["--resume", str(state)] if state else []
    done = subprocess.run([assay_bin, "trace", "--json", "--path", SHELL, "--hunt", *resume, *more, *map(str, logs)], capture_output=True, env=env,
                          check=False)
    assert code is None or done.returncode == code, (done.returncode, done.stderr.decode())
    return done


def told(done):
    """Without how long it took."""
    return re.sub(rb'"(seconds|elapsed_ns|elapsed|duration_s)":[0-9.]+', b"", done.stdout)


@pytest.fixture(name="logs")
def _logs(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return web_logs(folder) + other_logs(folder)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_stopped_after_each_state(assay_bin, logs, tmp_path, jobs):
    whole = start(assay_bin, None, logs, "--jobs", jobs, code=1)
    for kind in (b"sql-injection", b"login", b"database", b"traffic", b"error"):
        assert kind in whole.stdout, kind
    state = tmp_path / "state"
    stops = 0
    while True:
        done = start(assay_bin, state, logs, "--jobs", jobs, every=2, stop=1)
        if done.returncode == 1 and not state.exists():
            break
        assert done.returncode == 2 and b'"kind":"summary"' not in done.stdout
        assert f"is kept in {state}" in done.stderr.decode()
        stops += 1
        assert stops < 20
    assert stops >= len(logs) // 2
    assert told(done) == told(whole)
    assert not state.exists()


def test_other_number_of_threads(assay_bin, logs, tmp_path):
    whole = start(assay_bin, None, logs, "--jobs", "1", code=1)
    start(assay_bin, tmp_path / "state", logs, "--jobs", "3", code=2, every=3, stop=1)
    assert told(start(assay_bin, tmp_path / "state", logs, "--jobs", "1", code=1)) == told(whole)


def test_killed_in_any_step(assay_bin, logs, tmp_path):
    """Whatever the step in which it was killed, there is one whole state, or none and the file is begun anew."""
    whole = start(assay_bin, None, logs, code=1)
    for step in range(1, 3 * STEPS_A_STATE + 2):
        state = tmp_path / f"state{step}"
        killed = start(assay_bin, state, logs, code=2, every=2, kill=step)
        assert b"signal 9" in killed.stderr
        again = start(assay_bin, state, logs, every=2, kill=step)  # and once more, from there, unless fewer steps are left
        assert (again.returncode == 2 and b"signal 9" in again.stderr) or (step > 2 * STEPS_A_STATE and not state.exists())
        assert told(again if again.returncode == 1 else start(assay_bin, state, logs, code=1)) == told(whole), step


def test_head_is_written_behind_its_state(assay_bin, logs, tmp_path):
    """A head is begun only when its state is on the disk: before that step the place of the head is empty."""
    for step, is_begun in ((1, False), (2, False), (3, True)):
        state = tmp_path / f"state{step}"
        start(assay_bin, state, logs, code=2, every=2, kill=step)
        assert any(state.read_bytes()[:8192]) == is_begun and state.stat().st_size > 8192, step


def places(state):
    """(number, where, bytes) of both states in the file, the newest first."""
    heads = [state.read_bytes()[at:at + 32] for at in (0, 4096)]
    return sorted((struct.unpack("<8sQQQ", head)[1:] for head in heads), reverse=True)


def test_damaged_state_gives_way_to_the_one_before(assay_bin, logs, tmp_path):
    whole = start(assay_bin, None, logs, code=1)
    state = tmp_path / "state"
    start(assay_bin, state, logs, code=2, every=2, stop=3)
    (newest, at, size), (before, old_at, old_size) = places(state)
    assert newest == 3 and before == 2 and (at >= old_at + old_size or old_at >= at + size)
    kept = bytearray(state.read_bytes())
    newest, before = (at, size), (old_at, old_size)
    for damaged in ([newest], [newest, before], [(8, 8)], [(4096 + 20, 8)]):
        hurt = bytearray(kept)
        for place, length in damaged:
            hurt[place:place + length] = bytes(byte ^ 0x55 for byte in hurt[place:place + length])
        state.write_bytes(hurt)
        assert told(start(assay_bin, state, logs, code=1)) == told(whole), damaged


def test_goes_on_and_does_not_begin_anew(assay_bin, logs, tmp_path):
    """What was read is not read again: the log is changed behind the state's back where nothing looks, and nobody notices."""
    state = tmp_path / "state"
    text = logs[0].read_bytes() * 1
    text += b"".join(web_line("192.0.2.7", 82000 + i // 10, f"GET /long{i % 7}/{'x' * 200} HTTP/1.1").encode() for i in range(300))
    logs[0].write_bytes(text)  # its end lies behind the first bytes, by which a log is known again
    about = logs[0].stat()
    whole = start(assay_bin, None, logs, code=1)
    start(assay_bin, state, logs, "--jobs", "1", code=2, every=9, stop=1)
    logs[0].write_bytes(text[:-3] + b"~~\n")
    os.utime(logs[0], ns=(about.st_atime_ns, about.st_mtime_ns))
    assert told(start(assay_bin, state, logs, "--jobs", "1", code=1)) == told(whole)
    assert told(start(assay_bin, None, logs, code=1)) != told(whole)


def test_standard_input_is_known_again_by_what_it_holds(assay_bin, logs, tmp_path):
    text = b"".join(path.read_bytes() for path in logs[:6])

    def piped(*more, **knobs):
        env = os.environ | {f"ASSAY_RESUME_{name.upper()}": str(value) for name, value in knobs.items()}
        return subprocess.run([assay_bin, "trace", "--json", "--path", SHELL, *more, "-", str(logs[6])], input=text, capture_output=True,
                              env=env, check=False)

    whole = piped()
    stopped = piped("--resume", str(tmp_path / "state"), every=1, stop=1)
    assert stopped.returncode == 2 and b"is kept in" in stopped.stderr
    assert told(piped("--resume", str(tmp_path / "state"))) == told(whole)
    assert not (tmp_path / "state").exists()


def test_told_to_stop_by_a_signal(assay_bin, logs, tmp_path):
    """The signal is there from the beginning; where in the run it is heard is open, and what comes of it is the same."""
    state = tmp_path / "state"
    whole = start(assay_bin, None, logs, code=1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        run = subprocess.Popen([assay_bin, "trace", "--json", "--path", SHELL, "--hunt", "--resume", state, *logs], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        run.send_signal(signal.SIGTERM)
        out, complaint = run.communicate()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    done = subprocess.CompletedProcess([], run.returncode, out, complaint)
    if run.returncode == 2:
        assert b"stopped by Terminated" in complaint and out == b""
        done = start(assay_bin, state, logs, code=1)
    assert told(done) == told(whole) and not state.exists()


def test_no_room_for_the_state(assay_bin, logs, tmp_path):
    """Complained of once; the run goes on, and says the same."""
    whole = start(assay_bin, None, logs, code=1)
    env = os.environ | {"ASSAY_RESUME_EVERY": "2"}
    done = subprocess.run([assay_bin, "trace", "--json", "--path", SHELL, "--hunt", "--resume", tmp_path / "state", *logs], capture_output=True,
                          env=env, check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
    assert done.returncode == 1 and told(done) == told(whole)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and f"{tmp_path}/state: File too large; the run goes on" in lines[0], lines


def test_changed_inputs_are_named(assay_bin, logs, tmp_path):
    state = tmp_path / "state"
    start(assay_bin, state, logs, code=2, every=2, stop=1)
    text = logs[2].read_text()
    kept = state.read_bytes()

    def refused(*words, more=(), given=logs):
        done = start(assay_bin, state, given, *more, code=2)
        lines = done.stderr.decode().splitlines()
        assert done.stdout == b"" and all(word in lines[0] for word in words), lines
        assert state.read_bytes() == kept

    logs[2].write_text(text + web_line("192.0.2.1", 9, "GET / HTTP/1.1"))
    refused(str(logs[2]), f"it had {len(text)} bytes")
    logs[2].write_text(text.replace("page", "qage"))
    refused(str(logs[2]), "begins with something else")
    logs[2].write_text(text)
    refused(str(logs[2]), "written to since")
    os.rename(logs[2], tmp_path / "old")
    logs[2].write_text(text)
    refused(str(logs[2]), "another file of that name")
    os.rename(tmp_path / "old", logs[2])
    refused("other options", more=("--path", "/other.php"))
    refused("now there are", given=logs[:-1])


def test_file_must_be_ones_own(assay_bin, logs, tmp_path):
    state = tmp_path / "state"
    state.write_text("my notes\n")
    state.chmod(0o600)
    done = start(assay_bin, state, logs, code=2)
    assert b"holds something else" in done.stderr and state.read_text() == "my notes\n"
    state.chmod(0o666)
    assert b"others can write" in start(assay_bin, state, logs, code=64).stderr
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    start(assay_bin, link, logs, code=2)
    assert not (tmp_path / "elsewhere").exists()


RULE = """title: %s
id: 7c6f1d52-0000-4000-8000-0000000000%s
logsource: {category: webserver}
detection:
  selection: {cs-uri-query|contains: union}
  condition: selection
level: high
"""


def test_rules_are_counted_over_a_stop(assay_bin, logs, tmp_path):
    """What a rule met before the stop counts as what it meets afterwards; and other rules are another run."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "union.yml").write_text(RULE % ("Union", "01"))
    more = ("--sigma", str(rules))
    whole = start(assay_bin, None, logs, *more, code=1)
    met = [json.loads(line) for line in whole.stdout.splitlines() if b'"sigma"' in line]
    assert sum(found.get("class") == "sigma" for found in met) == 1
    state = tmp_path / "state"
    start(assay_bin, state, logs, *more, code=2, every=3, stop=1)
    kept = state.read_bytes()
    (rules / "or.yml").write_text(RULE.replace("union", "or") % ("Or", "02"))
    other = start(assay_bin, state, logs, *more, code=2)
    assert b"other options" in other.stderr and state.read_bytes() == kept
    (rules / "or.yml").unlink()
    assert told(start(assay_bin, state, logs, *more, code=1)) == told(whole)


def test_a_case_tells_stopped_runs_and_holds_the_whole_one(assay_bin, logs, tmp_path):
    """A stopped run is in the case as one that failed, with how far it came and nothing found; the one that comes to its end
    holds what a run without a stop holds."""

    def recorded(name, *stops):
        case = tmp_path / name
        subprocess.run([assay_bin, "open", case], check=True, capture_output=True)
        for stop in stops:
            start(assay_bin, tmp_path / "state", logs, "--case", str(case), code=2, every=2, stop=stop)
        start(assay_bin, tmp_path / "state" if stops else None, logs, "--case", str(case), code=1)
        assert subprocess.run([assay_bin, "verify", case], capture_output=True, check=False).returncode == 0
        return [json.loads(line) for line in (case / "ledger.jsonl").read_text().splitlines()]

    def findings(ledger):
        """Without where in the ledger they stand, when, of which run, and how long it took."""
        other = {"n", "id", "time", "examination"}
        for entry in ledger:
            entry.get("record", {}).pop("seconds", None)
        return [{key: value for key, value in entry.items() if key not in other} for entry in ledger
                if entry["type"] not in ("case", "evidence", "custody", "examination")]

    plain, stopped = recorded("plain.case"), recorded("stopped.case", 1, 2)
    runs = [entry for entry in stopped if entry["type"] == "examination"]
    assert [run["status"] for run in runs[:-1]] == ["failed", "failed"] and runs[-1]["status"] != "failed"
    assert all(re.fullmatch(r"stopped with \d+ of 10 stretches of the logs read", run["error"]) for run in runs[:-1])
    assert sum(entry["type"] == "evidence" for entry in stopped) == len(logs)
    assert [entry["same"] for entry in stopped if entry["type"] == "custody"] == [True] * 2 * len(logs)
    assert len(findings(plain)) > 20 and findings(stopped) == findings(plain)

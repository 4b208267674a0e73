"""Programs of the machine as our children, in our own directory.

A child ends when we do, however we end: the kernel sends it the signal it asked for. As root
no child that touches what visitors send keeps root's rights."""

import ctypes
import glob
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class Missing(Exception):
    """A program the range needs is not installed."""


PACKAGES = ("nginx-light php-fpm php-cli php-sqlite3 adminer; for the other servers apache2 libapache2-mod-php mariadb-server "
            "postgresql php-mysql php-pgsql")
PLACES = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def find(name, *patterns, places=()):
    """The newest program of this name, or of one of these patterns."""
    for pattern in (name, *patterns):
        for place in [*places, *os.environ.get("PATH", "").split(":"), *PLACES]:
            for path in sorted(glob.glob(os.path.join(place, pattern)), reverse=True):
                if os.access(path, os.X_OK):
                    return path
    raise Missing(f"{name} is not installed (Debian: {PACKAGES})")


def find_user(*names):
    """(name, group, uid, gid) of the first of these users there is, when we are root; else None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in names:
        try:
            entry = pwd.getpwnam(name)
            return name, grp.getgrgid(entry.pw_gid).gr_name, entry.pw_uid, entry.pw_gid
        except KeyError:
            continue
    raise Missing(f"none of {', '.join(names)} is a user here, and no server may run as root")


def give(user, *paths):
    """Hands directories and all in them to a user; to nobody when we are not root."""
    if not user:
        return
    for path in paths:
        os.chown(path, user[2], user[3])
        for folder, dirs, files in os.walk(path):
            for name in dirs + files:
                os.chown(os.path.join(folder, name), user[2], user[3], follow_symlinks=False)


def rights(user):
    """What subprocess needs to start something as this user."""
    return {"user": user[2], "group": user[3], "extra_groups": [user[3]]} if user else {}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, pause=0.01):
    """True as soon as the condition is; false when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def ends_with_us(kind):
    """A function for the child to call: the kernel sends it this signal when we end."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call():
        libc.prctl(1, kind)       # PR_SET_PDEATHSIG; set after the change of user, which would clear it
    return call


class Child:
    """One server. farewell: the signal that ends it properly. words: where its output goes, if not to the run's logs."""

    def __init__(self, run, name, command, farewell=signal.SIGTERM, user=None, words=None):
        self.farewell = farewell
        self.words = words or f"{run}/logs/{name}.out"
        with open(self.words, "ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd="/",
                env={**ENVIRONMENT, "TMPDIR": f"{run}/tmp"},
                preexec_fn=ends_with_us(farewell), **rights(user))
        self.pid = self.process.pid

    def ended(self):
        return self.process.poll() is not None

    def said(self):
        with open(self.words, errors="replace") as words:
            return words.read()[-600:].strip()

    def signal(self, kind):
        if not self.ended():
            self.process.send_signal(kind)

    def wait(self, seconds):
        """Gives it this long to end by itself, then ends it and whatever it started by force."""
        try:
            self.process.wait(max(0.05, seconds))
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.pid, signal.SIGKILL)     # its own session: also workers left behind
        except ProcessLookupError:
            pass
        self.process.wait()

    def stop(self, seconds=5):
        self.signal(self.farewell)
        self.wait(seconds)


def template(name, make, user):
    """A directory that costs time to make, made once for this machine and kept among the user's caches.
    make(path) fills it. Returns its path, or None when there is no place to keep one."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    home = os.path.join(cache, "assay-range")
    kept = os.path.join(home, name)
    if os.path.isdir(kept):
        return kept
    try:
        os.makedirs(home, mode=0o700, exist_ok=True)
    except OSError:
        return None
    # made where its server's user can reach it, moved when it is whole: who comes second finds it or loses the race
    fresh = make_directory("assay-range-template-", user)
    try:
        make(os.path.join(fresh, "data"))
        aside = tempfile.mkdtemp(prefix=name + ".", dir=home)
        shutil.copytree(os.path.join(fresh, "data"), os.path.join(aside, "data"), symlinks=True)
        try:
            os.rename(os.path.join(aside, "data"), kept)
        except OSError:
            pass
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return kept


def copy_tree(source, target):
    """Copies by reference where the file system can."""
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def reachable(path):
    path = os.path.realpath(path)
    while True:
        if not os.stat(path).st_mode & 0o001:
            return os.geteuid() != 0
        if path == "/":
            return True
        path = os.path.dirname(path)


def make_directory(prefix, user=None):
    for base in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp"):
        if base and os.path.isdir(base) and reachable(base):
            break
    path = os.path.realpath(tempfile.mkdtemp(prefix=prefix, dir=base))
    give(user, path)
    return path


def make_run_directory():
    """A directory that the workers can reach, and nobody else can write."""
    run = make_directory("assay-range-")
    os.chmod(run, 0o711)
    for name in ("logs", "tmp", "sessions", "site", "site/www"):
        os.mkdir(os.path.join(run, name))
    return run


def remove(run):
    shutil.rmtree(run, ignore_errors=True)


def own_name():
    return pwd.getpwuid(os.geteuid()).pw_name

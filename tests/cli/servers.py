"""Real database servers as children of a test: in a folder of their own, on loopback, gone with the test."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import pytest

CLEAN = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "LC_ALL": "C", "HOME": "/nonexistent"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def find(*names):
    places = [*map(str, sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), "/usr/sbin", "/usr/bin", "/usr/local/bin"]
    for name in names:
        for place in places:
            if os.access(os.path.join(place, name), os.X_OK):
                return os.path.join(place, name)
    pytest.skip(f"needs {names[0]}")


class Server:
    """A folder, a process, a port."""

    user = None

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="assay-db-", dir="/tmp")
        self.port = free_port()
        self.child = None
        names = {entry.pw_name for entry in pwd.getpwall()}
        self.words = []
        if os.geteuid() == 0 and self.user:
            self.user = self.user if self.user in names else "nobody"
            shutil.chown(self.folder, self.user)
            self.words = ["runuser", "-u", self.user, "--"]

    def run(self, *args, **options):
        done = subprocess.run([*self.words, *map(str, args)], cwd="/", env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
        return done.stdout.decode(errors="replace")

    def start(self, *args):
        with open(os.path.join(self.folder, "out"), "wb") as out:
            self.child = subprocess.Popen([*self.words, *map(str, args)], cwd="/", env=CLEAN, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          start_new_session=True)
        for _ in range(600):
            if self.answers():
                return self
            assert self.child.poll() is None, pathlib.Path(self.folder, "out").read_text(errors="replace")[-2000:]
            time.sleep(.1)
        raise AssertionError("the server does not answer")

    def stop(self):
        if self.child is not None and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGQUIT if self.user == "postgres" else signal.SIGKILL)
            self.child.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


class MariaDB(Server):
    user = "mysql"

    def __init__(self):
        super().__init__()
        server = find("mariadbd", "mysqld")
        root = "root" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        own = [f"--user={self.user}"] if os.geteuid() == 0 else []
        done = subprocess.run([find("mariadb-install-db"), "--no-defaults", f"--datadir={self.folder}/data", "--skip-test-db", "--skip-name-resolve",
                               "--auth-root-authentication-method=socket", f"--auth-root-socket-user={root}", *own],
                              env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        self.log = os.path.join(self.folder, "general.log")
        self.start(server, "--no-defaults", f"--datadir={self.folder}/data", f"--socket={self.folder}/s", f"--port={self.port}", "--bind-address=127.0.0.1",
                   f"--pid-file={self.folder}/pid", f"--tmpdir={self.folder}", "--skip-name-resolve", "--innodb-buffer-pool-size=32M",
                   "--innodb-flush-log-at-trx-commit=0", "--general-log=1", f"--general-log-file={self.log}", "--character-set-server=utf8mb4",
                   "--table-open-cache=400", "--performance-schema=0")

    def client(self):
        return [find("mariadb", "mysql"), "--no-defaults", "--protocol=socket", f"--socket={self.folder}/s", "--default-character-set=utf8mb4"]

    def answers(self):
        return os.path.exists(f"{self.folder}/s") and subprocess.run([*self.client(), "-e", "select 1"], env=CLEAN, stdout=subprocess.DEVNULL,
                                                                     stderr=subprocess.DEVNULL, check=False).returncode == 0

    def sql(self, text):
        done = subprocess.run([*self.client(), "-N"], input=text.encode(), env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
        return done.stdout.decode()

    def said(self):
        """All statements that came in, as its general log has them."""
        return pathlib.Path(self.log).read_text(errors="replace")


class PostgreSQL(Server):
    user = "postgres"

    def __init__(self):
        super().__init__()
        self.run(find("initdb"), "-D", f"{self.folder}/data", "-U", "postgres", "-N", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
        path = pathlib.Path(self.folder, "data", "pg_hba.conf")
        path.write_text("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.start(find("postgres"), "-D", f"{self.folder}/data", "-p", self.port, "-k", self.folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                   "-c", "log_statement=all", "-c", "shared_buffers=16MB", "-c", "autovacuum=off")

    def client(self):
        return [find("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port), "-U", "postgres"]

    def answers(self):
        return subprocess.run([*self.words, *self.client(), "-c", "select 1", "postgres"], cwd="/", env=CLEAN, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def sql(self, text, database="postgres"):
        return self.run(*self.client(), database, input=text.encode())

    def said(self):
        return pathlib.Path(self.folder, "out").read_text(errors="replace")


class Redis(Server):
    def __init__(self, *more):
        super().__init__()
        self.start(find("redis-server"), "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder, "--save", "", *more)

    def answers(self):
        return subprocess.run([find("redis-cli"), "-p", str(self.port), "ping"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).returncode == 0

    def command(self, *words):
        return subprocess.run([find("redis-cli"), "-p", str(self.port), *words], check=True, stdout=subprocess.PIPE).stdout.decode()


class ClickHouse(Server):
    """One account that may do everything, over HTTP."""

    def __init__(self, account, password):
        super().__init__()
        self.account, self.password = account, password
        for name in ("data", "tmp", "formats"):
            os.mkdir(os.path.join(self.folder, name))
        pathlib.Path(self.folder, "users.xml").write_text(
            f"<yandex><profiles><default/></profiles><quotas><default/></quotas><users><{account}><password>{password}</password>"
            f"<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></{account}></users></yandex>")
        pathlib.Path(self.folder, "config.xml").write_text(
            f"<yandex><logger><level>warning</level><console>1</console></logger><listen_host>127.0.0.1</listen_host><http_port>{self.port}</http_port>"
            f"<tcp_port>{free_port()}</tcp_port><path>{self.folder}/data/</path><tmp_path>{self.folder}/tmp/</tmp_path>"
            f"<format_schema_path>{self.folder}/formats/</format_schema_path><users_config>users.xml</users_config><default_profile>default</default_profile>"
            "<default_database>default</default_database><mark_cache_size>1048576</mark_cache_size></yandex>")
        self.start(find("clickhouse-server"), f"--config-file={self.folder}/config.xml")

    def ask(self, text):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", data=text.encode(),
                                         headers={"X-ClickHouse-User": self.account, "X-ClickHouse-Key": self.password})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.read().decode()

    def answers(self):
        try:
            return self.ask("SELECT 1").strip() == "1"
        except OSError:
            return False

    sql = ask

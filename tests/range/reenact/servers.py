"""nginx and php-fpm with our own settings, in our own directory, on loopback only.

Both run in the foreground as our children and are told by the kernel to end when we
do, however we end. As root the workers run as www-data; the specimen never runs as root."""

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

NGINX = """{user}daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/logs/error.log warn;
events {{ worker_connections 512; }}
http {{
  types {{
    text/html html; text/css css; text/plain txt; application/javascript js;
    image/png png; image/jpeg jpg jpeg; image/gif gif; application/xml xml;
  }}
  default_type application/octet-stream;
  log_format combined_utc '$remote_addr - $remote_user [$time_local] "$request" '
                          '$status $body_bytes_sent "$http_referer" "$http_user_agent"';
  access_log {run}/logs/access.log combined_utc;
  client_body_temp_path {run}/tmp/body;
  fastcgi_temp_path {run}/tmp/fastcgi;
  proxy_temp_path {run}/tmp/proxy;
  uwsgi_temp_path {run}/tmp/uwsgi;
  scgi_temp_path {run}/tmp/scgi;
  client_max_body_size 4m;
  keepalive_timeout 60s;
  keepalive_requests 10000;
  server_tokens off;
  sendfile on;
  server {{
    listen 127.0.0.1:{port};
    server_name shop.maple-lane.zz;
    root {run}/site/www;
    index index.php;
    error_page 404 /404.php;
    allow 127.0.0.0/8;
    deny all;
    location / {{ try_files $uri $uri/ =404; }}
{admin}    location ~ \\.(php|phtml)$ {{
{php}    }}
  }}
}}
"""
PHP = """      try_files $uri =404;
      fastcgi_pass unix:{run}/fpm.sock;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param SCRIPT_NAME $fastcgi_script_name;
      fastcgi_param DOCUMENT_ROOT $document_root;
      fastcgi_param DOCUMENT_URI $document_uri;
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param SERVER_NAME $server_name;
      fastcgi_param SERVER_PORT $server_port;
      fastcgi_param REDIRECT_STATUS 200;
"""
ADMIN = """    location ^~ /admin/ {{
      auth_basic "Maple Lane administration";
      auth_basic_user_file {run}/htpasswd;
      location ~ \\.php$ {{
{php}      }}
    }}
"""
FPM = """[global]
daemonize = no
pid = {run}/fpm.pid
error_log = {run}/logs/fpm.log
[shop]
{user}listen = {run}/fpm.sock
listen.backlog = 64
pm = static
pm.max_children = 2
security.limit_extensions = .php .phtml
php_admin_value[open_basedir] = {run}
php_admin_value[session.save_path] = {run}/sessions
php_admin_value[upload_tmp_dir] = {run}/tmp
php_admin_value[sys_temp_dir] = {run}/tmp
php_admin_value[error_log] = {run}/logs/php.log
php_admin_value[memory_limit] = 256M
php_admin_value[post_max_size] = 4M
php_admin_value[upload_max_filesize] = 2M
php_admin_value[output_buffering] = 4096
php_admin_value[max_execution_time] = 60
php_admin_value[opcache.revalidate_freq] = 0
php_admin_flag[display_errors] = off
php_admin_flag[log_errors] = on
php_admin_flag[allow_url_fopen] = off
php_admin_flag[allow_url_include] = off
"""


class Missing(Exception):
    """A program the range needs is not installed."""


def find(name, *patterns):
    places = os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin"]
    for pattern in (name, *patterns):
        for place in places:
            for path in sorted(glob.glob(os.path.join(place, pattern)), reverse=True):
                if os.access(path, os.X_OK):
                    return path
    raise Missing(f"{name} is not installed (Debian: nginx-light php-fpm php-cli php-sqlite3 adminer)")


def die_with_parent():
    """A function for the child to call: the kernel sends it SIGTERM when we end."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call():
        libc.prctl(1, signal.SIGTERM)       # PR_SET_PDEATHSIG
    return call


class Servers:
    """Use as a context: on leaving, by whatever way, no process is left."""

    def __init__(self, run, admin):
        self.run, self.admin = run, admin
        self.children = []
        self.port = None
        self.worker = self.find_worker()

    @staticmethod
    def find_worker():
        """Who the workers run as: www-data under root, else ourselves."""
        if os.geteuid() != 0:
            return None
        for name in ("www-data", "nobody"):
            try:
                entry = pwd.getpwnam(name)
                return name, grp.getgrgid(entry.pw_gid).gr_name, entry.pw_uid, entry.pw_gid
            except KeyError:
                continue
        raise Missing("neither www-data nor nobody is a user here, and the shop must not run as root")

    def give(self, *paths):
        """Hands directories and all in them to the workers."""
        if not self.worker:
            return
        for path in paths:
            os.chown(path, self.worker[2], self.worker[3])
            for folder, dirs, files in os.walk(path):
                for name in dirs + files:
                    os.chown(os.path.join(folder, name), self.worker[2], self.worker[3])

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, error, _):
        if kind and issubclass(kind, Exception):
            error.add_note("the servers said: " + self.last_words())
        self.stop()

    def start(self):
        self.give(*(os.path.join(self.run, name) for name in ("site", "tmp", "sessions")))
        user = f"user {self.worker[0]} {self.worker[1]};\n" if self.worker else ""
        pool = (f"user = {self.worker[0]}\ngroup = {self.worker[1]}\nlisten.owner = {self.worker[0]}\n"
                f"listen.group = {self.worker[1]}\n") if self.worker else ""
        self.write("fpm.conf", FPM.format(run=self.run, user=pool))
        fpm = find("php-fpm", "php-fpm[0-9]*")
        self.spawn([fpm, "-F", "-y", f"{self.run}/fpm.conf"], "fpm")
        php = PHP.format(run=self.run)
        admin = ADMIN.format(run=self.run, php=php) if self.admin else ""
        nginx = find("nginx")
        for _ in range(5):                  # a port may be taken between asking and using it
            self.port = self.free_port()
            self.write("nginx.conf", NGINX.format(run=self.run, port=self.port, user=user, admin=admin, php=php))
            self.spawn([nginx, "-e", f"{self.run}/logs/start.log", "-p", self.run, "-c", f"{self.run}/nginx.conf"], "nginx")
            if self.answers():
                return
            failed = self.children.pop()
            failed.kill()
            failed.wait()
        raise RuntimeError("nginx did not start: " + self.last_words())

    def write(self, name, text):
        with open(os.path.join(self.run, name), "w") as out:
            out.write(text)

    def spawn(self, command, name):
        with open(f"{self.run}/logs/{name}.out", "ab") as out:
            self.children.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TZ": "UTC", "LC_ALL": "C.UTF-8", "TMPDIR": f"{self.run}/tmp"},
                preexec_fn=die_with_parent()))

    @staticmethod
    def free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def answers(self):
        """Waits until both servers accept connections; false when one of them ended."""
        for _ in range(1000):
            if any(child.poll() is not None for child in self.children):
                return False
            try:
                with socket.socket(socket.AF_UNIX) as fpm:
                    fpm.connect(f"{self.run}/fpm.sock")
                with socket.create_connection(("127.0.0.1", self.port)):
                    return True
            except OSError:
                time.sleep(0.01)
        return False

    def last_words(self):
        words = []
        for path in glob.glob(f"{self.run}/logs/*"):
            if "access.log" not in path:
                with open(path, errors="replace") as log:
                    words.append(log.read()[-600:].strip())
        return " | ".join(w for w in words if w)

    def rotate(self):
        """What logrotate does: rename, then tell nginx to open its log again."""
        log = f"{self.run}/logs/access.log"
        os.rename(log, log + ".1")
        self.children[-1].send_signal(signal.SIGUSR1)
        for _ in range(500):
            if os.path.exists(log):
                time.sleep(0.03)
                return
            time.sleep(0.01)
        raise RuntimeError("nginx did not open its log again")

    def stop(self):
        """Graceful first, so that the last line reaches the log; then by force."""
        waiting = list(reversed(self.children))
        for child in waiting:
            if child.poll() is None:
                child.send_signal(signal.SIGQUIT)
        deadline = time.monotonic() + 5
        for child in waiting:
            try:
                child.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(child.pid, signal.SIGKILL)     # its own session: also workers left behind
            except ProcessLookupError:
                pass
            child.wait()
        self.children = []


def make_run_directory():
    """A directory that the workers can reach, and nobody else can write."""
    for base in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp"):
        if base and os.path.isdir(base) and reachable(base):
            break
    run = os.path.realpath(tempfile.mkdtemp(prefix="assay-range-", dir=base))
    os.chmod(run, 0o711)
    for name in ("logs", "tmp", "sessions", "site", "site/www"):
        os.mkdir(os.path.join(run, name))
    return run


def reachable(path):
    path = os.path.realpath(path)
    while True:
        if not os.stat(path).st_mode & 0o001:
            return os.geteuid() != 0
        if path == "/":
            return True
        path = os.path.dirname(path)


def remove(run):
    shutil.rmtree(run, ignore_errors=True)

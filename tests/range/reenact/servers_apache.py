"""Apache with mod_php, one process a request (prefork), as small sites have it.

Each request has a connection of its own: who answers and when the line is in the log is then
plain, also across a rotation. On a graceful restart Apache wakes its own idle processes with
requests from 127.0.0.1, which are in the log too; the range tells them from the visitors'."""

import base64
import hashlib
import os
import signal
import time

from .interface import WebServer
from .process import Child, Missing, find, free_port, wait_for

MODULES = "/usr/lib/apache2/modules"
NEEDED = ["mpm_prefork", "authn_core", "authn_file", "authz_core", "authz_host", "authz_user", "auth_basic", "dir", "mime"]
APACHE = """ServerRoot {run}
DefaultRuntimeDir {run}/tmp
PidFile {run}/apache.pid
Mutex file:{run}/tmp
{modules}
{user}Listen 127.0.0.1:{port}
ServerName shop.maple-lane.zz
ServerTokens Prod
ServerSignature Off
StartServers 3
MinSpareServers 2
MaxSpareServers 4
MaxRequestWorkers 16
KeepAlive Off
Timeout 60
LimitRequestBody 4194304
HostnameLookups Off
TypesConfig /etc/mime.types
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" combined
CustomLog {run}/logs/access.log combined
ErrorLog {run}/logs/error.log
LogLevel warn
DocumentRoot {run}/site/www
DirectoryIndex index.php
ErrorDocument 404 /404.php
<Directory />
  AllowOverride None
  Options None
  Require all denied
</Directory>
<Directory {run}/site/www>
  Require ip 127.0.0.0/8
</Directory>
{hidden}{admin}<FilesMatch "\\.(php|phtml)$">
  SetHandler application/x-httpd-php
</FilesMatch>
php_admin_value open_basedir {run}
php_admin_value session.save_path {run}/sessions
php_admin_value upload_tmp_dir {run}/tmp
php_admin_value sys_temp_dir {run}/tmp
php_admin_value memory_limit 256M
php_admin_value post_max_size 4M
php_admin_value upload_max_filesize 2M
php_admin_value output_buffering 4096
php_admin_value max_execution_time 60
php_admin_value opcache.revalidate_freq 0
php_admin_flag display_errors off
php_admin_flag log_errors on
php_admin_flag allow_url_fopen off
php_admin_flag allow_url_include off
"""
HIDDEN = """<FilesMatch "^\\.">
  Require all denied
</FilesMatch>
"""
ADMIN = """<Directory {run}/site/www/admin>
  AuthType Basic
  AuthName "Maple Lane administration"
  AuthUserFile {run}/htpasswd
  <RequireAll>
    Require ip 127.0.0.0/8
    Require valid-user
  </RequireAll>
</Directory>
"""


def modules():
    lines = []
    for name in NEEDED:
        path = os.path.join(MODULES, f"mod_{name}.so")
        if not os.path.exists(path):
            raise Missing("Apache is not installed (Debian: apache2 libapache2-mod-php)")
        lines.append(f"LoadModule {name}_module {path}")
    found = sorted(name for name in os.listdir(MODULES) if name.startswith("libphp") and name.endswith(".so"))
    if not found:
        raise Missing("Apache has no PHP (Debian: libapache2-mod-php)")
    return "\n".join([*lines, f"LoadModule php_module {os.path.join(MODULES, found[-1])}"])


class Apache(WebServer):
    kind, config = "apache", "apache2.conf"

    def start(self):
        user = f"User {self.user[0]}\nGroup {self.user[1]}\n" if self.user else ""
        admin = ADMIN.format(run=self.run) if self.admin else ""
        for _ in range(5):
            self.port = free_port()
            self.write(self.config, APACHE.format(run=self.run, port=self.port, user=user, admin=admin, hidden=HIDDEN,
                                                  modules=modules()))
            self.children = [Child(self.run, "apache", [
                find("apache2"), "-d", self.run, "-f", f"{self.run}/{self.config}", "-DFOREGROUND"], signal.SIGTERM)]
            if wait_for(lambda: self.ended() or self.answers(), 10) and not self.ended():
                return
            self.children.pop().wait(0)
        raise RuntimeError("Apache did not start")

    def answers(self):
        """It writes its number down when it listens. Asking it would be a line in the log."""
        return os.path.exists(f"{self.run}/apache.pid")

    def workers(self):
        with open(f"/proc/{self.children[0].pid}/task/{self.children[0].pid}/children") as listed:
            return set(listed.read().split())

    def reopen(self):
        """Gracefully: the old processes finish what they do and end; then all that write have the new log."""
        before = self.workers()
        self.children[0].signal(signal.SIGUSR1)
        log = f"{self.run}/logs/access.log"
        if not wait_for(lambda: os.path.exists(log) and self.workers() and not before & self.workers(), 10):
            raise RuntimeError("Apache did not open its log again")
        time.sleep(0.05)

    def password_line(self, name, password):
        return f"{name}:{{SHA}}{base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()}\n"

"""nginx with php-fpm."""

import base64
import hashlib
import os
import signal
import socket
import time

from .interface import WebServer
from .process import Child, find, free_port, wait_for

NGINX = """{user}daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/logs/error.log;
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
{hidden}{admin}    location ~ \\.(php|phtml)$ {{
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
HIDDEN = "    location ~ /\\. { return 404; }\n"
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


class Nginx(WebServer):
    kind, config = "nginx", "nginx.conf"
    counts_chunks = True

    def start(self):
        user = f"user {self.user[0]} {self.user[1]};\n" if self.user else ""
        pool = (f"user = {self.user[0]}\ngroup = {self.user[1]}\nlisten.owner = {self.user[0]}\n"
                f"listen.group = {self.user[1]}\n") if self.user else ""
        self.write("fpm.conf", FPM.format(run=self.run, user=pool))
        fpm = find("php-fpm", "php-fpm[0-9]*")
        self.children = [Child(self.run, "fpm", [fpm, "-F", "-y", f"{self.run}/fpm.conf"], signal.SIGQUIT)]
        php = PHP.format(run=self.run)
        admin = ADMIN.format(run=self.run, php=php) if self.admin else ""
        for _ in range(5):                  # a port may be taken between asking and using it
            self.port = free_port()
            self.write(self.config, NGINX.format(run=self.run, port=self.port, user=user, admin=admin, php=php,
                                                 hidden=HIDDEN if self.hides_dotfiles else ""))
            self.children.append(Child(self.run, "nginx", [
                find("nginx"), "-e", f"{self.run}/logs/start.log", "-p", self.run, "-c", f"{self.run}/nginx.conf"], signal.SIGQUIT))
            if wait_for(lambda: self.ended() or self.answers(), 10) and not self.ended():
                return
            self.children.pop().wait(0)
        raise RuntimeError("nginx did not start")

    def answers(self):
        """nginx writes its number down when it listens: who asks a port that was taken is answered by somebody else."""
        try:
            with socket.socket(socket.AF_UNIX) as fpm:
                fpm.connect(f"{self.run}/fpm.sock")
            return os.path.exists(f"{self.run}/nginx.pid")
        except OSError:
            return False

    def reopen(self):
        self.children[-1].signal(signal.SIGUSR1)
        if not wait_for(lambda: os.path.exists(f"{self.run}/logs/access.log"), 5):
            raise RuntimeError("nginx did not open its log again")
        time.sleep(0.03)

    def password_line(self, name, password):
        salt = os.urandom(8)
        digest = hashlib.sha1(password.encode() + salt).digest()
        return f"{name}:{{SSHA}}{base64.b64encode(digest + salt).decode()}\n"

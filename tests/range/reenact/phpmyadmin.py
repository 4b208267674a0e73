"""The real phpMyAdmin: Debian's program and its libraries put together in one folder, and using it as a browser would."""

import os
import re
import secrets
import shutil
from urllib.parse import urlencode, urljoin

from .servers import Missing

SOURCE, LIBRARIES = "/usr/share/phpmyadmin", "/usr/share/php"
LEFT_OUT = ("doc", "locale", "sql", "themes")           # not needed: it speaks English, in one theme
PACKAGES = ("Composer", "FastRoute", "Fig", "PhpMyAdmin", "Psr", "ReCaptcha", "Slim", "Symfony", "Twig", "Webmozart",
            "Williamdes", "data", "getallheaders")
VENDOR = """<?php
// Where the parts of this installation lie.
set_include_path(__DIR__ . '/../vendor' . PATH_SEPARATOR . get_include_path());
if (! defined('PHPMYADMIN')) {
    exit;
}
return [
    'autoloadFile' => ROOT_PATH . 'autoload.php',
    'tempDir' => ROOT_PATH . 'tmp' . DIRECTORY_SEPARATOR,
    'changeLogFile' => ROOT_PATH . 'ChangeLog',
    'licenseFile' => ROOT_PATH . 'LICENSE',
    'sqlDir' => ROOT_PATH . 'sql' . DIRECTORY_SEPARATOR,
    'configFile' => ROOT_PATH . 'config.inc.php',
    'customHeaderFile' => ROOT_PATH . 'config.header.inc.php',
    'customFooterFile' => ROOT_PATH . 'config.footer.inc.php',
    'versionCheckDefault' => false,
    'localePath' => ROOT_PATH . 'locale' . DIRECTORY_SEPARATOR,
    'cacheDir' => ROOT_PATH . 'libraries' . DIRECTORY_SEPARATOR . 'cache' . DIRECTORY_SEPARATOR,
    'versionSuffix' => '',
];
"""
SETTINGS = """<?php
// phpMyAdmin asks for the account and the password of the database.
$cfg['blowfish_secret'] = '{secret}';
$i = 0;
$i++;
$cfg['Servers'][$i]['auth_type'] = 'cookie';
$cfg['Servers'][$i]['host'] = '{host}';
$cfg['Servers'][$i]['port'] = '{port}';
$cfg['Servers'][$i]['compress'] = false;
$cfg['Servers'][$i]['AllowNoPassword'] = false;
$cfg['PmaNoRelation_DisableWarning'] = true;
$cfg['SendErrorReports'] = 'never';
"""


def deploy(folder, host, port, when):
    """Puts it there as the shop's people did, at a time (Unix seconds). Returns its version."""
    if not os.path.exists(os.path.join(SOURCE, "autoload.php")):
        raise Missing("phpMyAdmin is not installed (Debian: phpmyadmin)")
    shutil.copytree(SOURCE, folder, ignore=lambda place, names: LEFT_OUT if place == SOURCE else ())
    shutil.copytree(os.path.join(SOURCE, "themes/pmahomme"), os.path.join(folder, "themes/pmahomme"))
    for name in PACKAGES:
        if os.path.exists(os.path.join(LIBRARIES, name)):
            shutil.copytree(os.path.join(LIBRARIES, name), os.path.join(folder, "vendor", name))
    os.makedirs(os.path.join(folder, "tmp"))
    for name, text in (("libraries/vendor_config.php", VENDOR),
                       ("config.inc.php", SETTINGS.format(secret=secrets.token_hex(16), host=host, port=port))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.utime(os.path.join(place, name), (when, when))
            os.chmod(os.path.join(place, name), 0o644)
        os.chmod(place, 0o755)
    return version()


def version():
    with open(os.path.join(SOURCE, "libraries/classes/Version.php"), encoding="utf-8") as text:
        return re.search(r"VERSION = '([0-9.]+)", text.read()).group(1)


class PhpMyAdmin:
    """A session in a phpMyAdmin at one folder, its address ending in a slash."""

    def __init__(self, browser, url, account, password, database):
        self.browser, self.url = browser, url
        self.account, self.password, self.database = account, password, database
        self.token = None

    def at(self, route, **more):
        return f"{self.url}index.php?" + urlencode({"route": route, "server": 1, **more}, safe="/")

    def asked(self, answer, what):
        if answer.status != 200:
            raise RuntimeError(f"phpMyAdmin answered {answer.status} to {what}")
        found = re.search(r'name="token" value="([^"]+)"|token:"([0-9a-f]+)"', answer.text)
        if found:
            self.token = found.group(1) or found.group(2)
        return answer

    def open(self, tag=None):
        self.front = self.asked(self.browser.get(self.url, tag=tag), "the first page")

    def dress(self):
        """What the page loads: style and scripts."""
        names = re.findall(r'(?:href|src)="((?:\./)?(?:themes|js)/[^"]+)"', self.front.text)
        for name in [n for n in names if n.endswith(".css") or ".css?" in n or ".js" in n][:12]:
            yield self.browser.get(urljoin(self.url, name.replace("&amp;", "&")), referer=self.url)

    def login(self, tag=None):
        """True when we are in."""
        session = self.front.hidden("set_session")
        answer = self.browser.post(f"{self.url}index.php?route=/", {
            "set_session": session, "pma_username": self.account, "pma_password": self.password, "server": "1",
            "route": "/", "token": self.token}, referer=self.url, tag=tag)
        for _ in range(3):
            if answer.status != 302:
                break
            answer = self.browser.get(urljoin(f"{self.url}index.php", answer.headers["location"]), referer=self.url)
        return answer.status == 200 and self.asked(answer, "the login") and 'name="pma_password"' not in answer.text

    def page(self, route, tag=None, **more):
        return self.asked(self.browser.get(self.at(route, **more), referer=f"{self.url}index.php", tag=tag), route)

    def export(self, tables, form, tag=None):
        """The dump, through the form: the page first, then its POST."""
        if len(tables) == 1:
            page = self.page("/table/export", db=self.database, table=tables[0])
            chosen = {"table": tables[0], "export_type": "table", "single_table": "TRUE", "allrows": "1"}
        else:
            page = self.page("/database/export", db=self.database)
            chosen = {"export_type": "database", "table_select[]": tables, "table_structure[]": tables, "table_data[]": tables}
        if "quick_or_custom" not in page.text:
            raise RuntimeError("phpMyAdmin shows no export form")
        fields = {"db": self.database, "server": "1", "export_method": "quick", "template_id": "", "token": self.token,
                  "quick_or_custom": "custom", "what": form, "output_format": "sendit", "filename_template": "@TABLE@",
                  "remember_template": "on", "charset": "utf-8", "compression": "none", "maxsize": "", **chosen}
        if form == "csv":
            fields.update({"csv_separator": ",", "csv_enclosed": '"', "csv_escaped": '"', "csv_terminated": "AUTO",
                           "csv_null": "NULL", "csv_columns": "something", "csv_structure_or_data": "data"})
        else:
            fields.update({"sql_include_comments": "something", "sql_header_comment": "", "sql_compatibility": "NONE",
                           "sql_structure_or_data": "structure_and_data", "sql_create_table": "something",
                           "sql_auto_increment": "something", "sql_backquotes": "something", "sql_type": "INSERT",
                           "sql_insert_syntax": "both", "sql_max_query_size": "50000", "sql_hex_for_binary": "something",
                           "sql_utc_time": "something"})
        return self.browser.post(f"{self.url}index.php?route=/export", fields, referer=self.at("/table/export"), tag=tag)

    def logout(self):
        return self.browser.post(f"{self.url}index.php?route=/logout", {"token": self.token, "server": "1"},
                                 referer=f"{self.url}index.php")

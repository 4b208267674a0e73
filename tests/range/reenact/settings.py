"""The shop's settings, in one of the forms in which real applications keep the password of their database."""

import os

TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "settings")
SCHEMES = {"mariadb": "mysql", "postgresql": "pgsql"}


def fill(name, database):
    with open(os.path.join(TEMPLATES, name + ".tpl"), encoding="ascii") as text:
        filled = text.read()
    scheme = SCHEMES[database.kind]
    charset = ";charset=utf8mb4" if scheme == "mysql" else ""
    dsn = f"{scheme}:host={database.host};port={database.port};dbname={database.name}{charset}"
    values = {"DSN": dsn, "SCHEME": scheme, "CHARSET": f" . '{charset}'" if charset else "", "HOST": database.host,
              "PORT": str(database.port), "NAME": database.name, "ACCOUNT": database.account, "PASSWORD": database.password}
    for word, value in values.items():
        filled = filled.replace(f"@{word}@", value)
    return filled


def write(www, database):
    """Replaces the settings the shop comes with, which are SQLite's."""
    if database.kind == "sqlite":
        return
    files = {"config.php": database.form}
    if database.form == "env":
        files[".env"] = "dotenv"
    for name, template in files.items():
        with open(os.path.join(www, name), "w", encoding="ascii") as out:
            out.write(fill(template, database))

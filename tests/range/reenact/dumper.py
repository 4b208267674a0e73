"""The commands with which a shell's owner has the database write itself into a file below the web root."""

import shlex

from .process import find

NAMES = ["backup", "db", "old", "2026", "img_0043", "cache"]


def door_of(database):
    """What a script in uploads opens with PDO: (dsn, account, password)."""
    if database.kind == "sqlite":
        return "sqlite:../../shop.sqlite", "", ""
    scheme = {"mariadb": "mysql", "postgresql": "pgsql"}[database.kind]
    return f"{scheme}:host={database.host};port={database.port};dbname={database.name}", database.account, database.password


class Dump:
    """One file to be made: command makes it in the shell's own folder."""

    def __init__(self, name, form, tables, command):
        self.name, self.form, self.tables, self.command = name, form, tables, command


def dumps(rng, database, tables):
    """The dumps of a plan: one of all tables, or, where the account may not read what pg_dump needs, one CSV each."""
    stem = rng.choice(NAMES)
    packed = rng.random() < 0.5
    pack, form = (" | gzip", "sql.gz") if packed else ("", "sql")
    quoted = {k: shlex.quote(str(getattr(database, k))) for k in ("host", "port", "account", "password", "name")}
    if database.kind == "mariadb":
        find("mysqldump")
        command = ("mysqldump --single-transaction -h {host} -P {port} -u {account} -p{password} {name} ".format(**quoted)
                   + " ".join(tables))
        return [Dump(f"{stem}.{form}", form, tables, f"{command}{pack} > {stem}.{form}")]
    find("pg_dump")
    key = "PGPASSWORD={password} ".format(**quoted)
    where = "-h {host} -p {port} -U {account} ".format(**quoted)
    if database.role == "needed":           # may not read the sequences that belong to a table
        return [Dump(f"{stem}-{table}.csv", "csv", [table],
                     f"{key}psql {where}-d {quoted['name']} -c \"COPY {table} TO STDOUT CSV HEADER\" > {stem}-{table}.csv")
                for table in tables]
    style = rng.choice(["", "--inserts ", "--no-owner "])
    some = " ".join(f"-t {table}" for table in tables)
    return [Dump(f"{stem}.{form}", form, tables, f"{key}pg_dump {where}{style}{some} {quoted['name']}{pack} > {stem}.{form}")]


def queries(rng, database, tables, customers):
    """The queries of a plan that reads through PDO: a look, then each table, the customers whole or in pages.
    Returns [(query, tables)]; the look has no table."""
    look = {"sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'", "mariadb": "SHOW TABLES",
            "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"}[database.kind]
    found = [(look, []), ("SELECT count(*) AS n FROM customers", []), ("SELECT * FROM customers LIMIT 5", [])]
    pages = rng.choice([1, 1, 3, 5, 8])
    size = customers // pages + 20          # some registered meanwhile
    for table in tables:
        if table == "customers" and pages > 1:
            found += [(f"SELECT * FROM customers ORDER BY customer_id LIMIT {size} OFFSET {size * page}", ["customers"])
                      for page in range(pages)]
        else:
            found.append((f"SELECT * FROM {table}", [table]))
    return found

"""Spells values and writes tables: the dialects of reference and sample, each in its own writing of times and phones."""

import csv
import json
from datetime import datetime, timedelta, timezone

TIMES = {
    "sql": "%Y-%m-%d %H:%M:%S", "isoz": "%Y-%m-%dT%H:%M:%SZ", "german": "%d.%m.%Y %H:%M:%S", "us": "%m/%d/%Y %H:%M:%S", "day": "%Y-%m-%d",
}
SECONDS = ("created", "updated", "login_at")
DAYS = ("birth", "day")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BERLIN = timezone(timedelta(hours=2))


def time_text(second, form):
    if form == "epoch":
        return str(second)
    if form == "isoms":
        return (EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S") + f".{second * 7919 % 1000:03d}Z"
    if form == "offset":
        return (EPOCH + timedelta(seconds=second)).astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S+02:00")
    return (EPOCH + timedelta(seconds=second)).strftime(TIMES[form])


def phone_text(phone, form):
    if not isinstance(phone, tuple):
        return phone
    code, n = phone
    return {"+": lambda: f"+{code}{n}", "digits": lambda: code + n, "0 /": lambda: f"0{n[:3]}/{n[3:]}", "spaces": lambda: f"+{code} {n[:3]} {n[3:6]} {n[6:]}",
            "()": lambda: f"({n[:3]}) {n[3:6]}-{n[6:]}", "00": lambda: f"00{code} {n}", "-": lambda: f"+{code}-{n[:3]}-{n[3:]}"}[form]()


def spell(role, value, times, phones):
    if value is None:
        return None
    if role in SECONDS:
        return time_text(value, times)
    if role in DAYS:
        return time_text(value, "german" if times == "german" else "us" if times == "us" else "day")[:10]
    return phone_text(value, phones) if role == "phone" else value


def spelled(rows, roles, times, phones):
    return [[spell(role, row.get(role) if role != "day" else row["created"], times, phones) for role in roles] for row in rows]


# ---- files ----

def quoted(value):
    return "NULL" if value is None else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def standard(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def copied(value):
    return "\\N" if value is None else value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def write_csv(out, delimiter, header, rows):
    if delimiter.endswith(" "):     # a comma and a space, as some programs have it
        for row in ([header] if header else []) + rows:
            out.write(delimiter.join("" if cell is None else cell for cell in row) + "\n")
        return
    writer = csv.writer(out, delimiter="\t" if delimiter == "tab" else delimiter, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows(rows)


def identifier(name, dialect):
    tick = {"mysql": "`", "sqlite": '"'}.get(dialect, "" if name.isidentifier() else '"')
    return tick + name + tick


def write_sql(out, dialect, table, header, rows):
    names = ", ".join(identifier(name, dialect) for name in header)
    if dialect == "pg-copy":
        out.write(f"COPY {table} ({names}) FROM stdin;\n")
        out.writelines("\t".join(map(copied, row)) + "\n" for row in rows)
        out.write("\\.\n\n")
        return
    named = table if "." in table else identifier(table, dialect)
    put = quoted if dialect == "mysql" else standard
    step = 200 if dialect == "mysql" else 1
    for i in range(0, len(rows), step):
        tuples = ",\n".join("(" + ", ".join(map(put, row)) + ")" for row in rows[i:i + step])
        out.write(f"INSERT INTO {named} ({names}) VALUES {tuples};\n")


def write(path, form, table, header, rows, around=("", "")):
    """form: csv and its delimiter, jsonl, mysql, sqlite, pg-insert, pg-copy. header None: no line of names."""
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write(around[0])
        if form.startswith("csv"):
            write_csv(out, form[3:], header, rows)
        elif form == "jsonl":
            out.writelines(json.dumps(dict(zip(header, row)), ensure_ascii=False) + "\n" for row in rows)
        else:
            write_sql(out, form, table, header, rows)
        out.write(around[1])


def ending(form):
    return ".csv" if form.startswith("csv") else ".jsonl" if form == "jsonl" else ".sql"

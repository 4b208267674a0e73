"""How often match takes real rows for made up, and how often it sees that made-up rows are (docs/statistics.md, "Made up by a program").

Real: what the makers themselves write (crypt, uuid, hashlib); who signed the changelogs of the packages installed here (names, addresses and
times of real people, read on the spot, kept nowhere, counted only); worlds of invented people in whom depends what depends in life. Made: grammars
of our own in the manner of public generator libraries and of database seeders, random strings, hex as a hand types it; with ASSAY_EVAL_FAKERS=DIR
(a node_modules) the library @faker-js/faker itself. Public samples (Chinook, Northwind, Sakila, FEBRL; ASSAY_EVAL_DATA=DIR) are listed one by one: nobody
knows how they were made but their authors. Every table is looked at without a reference."""

import csv
import glob
import gzip
import hashlib
import json
import math
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import uuid
import warnings
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from . import tool

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt

SIZES = (10, 31, 100, 1000)
LEVELS = (0.3, 0.5, 1.0)
LOCALES = ("en_US", "de", "fr", "es", "pl")
CRYPT64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


# ---- words of nobody ----

def word(rng, syllables=None):
    return "".join(rng.choice("bcdfghklmnprstvw") + rng.choice("aeiou") for _ in range(syllables or rng.randint(2, 3))).title()


def words(rng, count, syllables=None):
    found = {}
    while len(found) < count:
        found[word(rng, syllables)] = None
    return list(found)


def skewed(rng, items, power):
    return items[min(int(len(items) * rng.random() ** power), len(items) - 1)]


POOL = {}


def hashes(rng, kind, n):
    """n different hashes by crypt(3); as they take long, a run draws all of its tables' from the same 1,200."""
    settings = {"bcrypt": (crypt.METHOD_BLOWFISH, 16), "sha512": (crypt.METHOD_SHA512, 1000), "sha256": (crypt.METHOD_SHA256, 1000), "md5crypt": (crypt.METHOD_MD5, None)}
    method, rounds = settings[kind]
    if kind not in POOL:
        POOL[kind] = [crypt.crypt(str(i), crypt.mksalt(method, rounds=rounds)) for i in range(1200)]
    return rng.sample(POOL[kind], n)


# ---- real ----

def makers(rng, n):
    """What libraries write: every exact test has its null here."""
    kind = rng.choice(["bcrypt", "sha512", "sha256", "md5crypt"])
    digest = rng.choice(["md5", "sha1", "sha256"])
    rows = [["password", "uuid", digest, "token", "card_number", "iban"]]
    for hashed in hashes(rng, kind, n):
        secret = str(rng.getrandbits(64))
        rows.append([hashed, str(uuid.UUID(int=rng.getrandbits(128), version=4)),
                     hashlib.new(digest, secret.encode()).hexdigest(), f"{rng.getrandbits(160):040x}", card(rng), iban(rng)])
    return rows


def card(rng):
    digits = [4] + [rng.randrange(10) for _ in range(14)]
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(digits))
    return "".join(map(str, digits)) + str(-total % 10)


def iban(rng):
    account = f"{rng.randrange(10 ** 18):018d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def changelog_people():
    """{address: [(name, time)]} of those who signed changelogs of installed packages."""
    found = {}
    for path in sorted(glob.glob("/usr/share/doc/*/changelog.Debian*.gz")):
        try:
            with gzip.open(path, "rt", errors="replace") as text:
                for m in re.finditer(r"^ -- (.+?) <([^>]+@[^>]+)>  (.+)$", text.read(), re.M):
                    found.setdefault(m[2].lower(), []).append((m[1], parsedate_to_datetime(m[3])))
        except (OSError, ValueError, TypeError):
            continue
    return found


def signers(people):
    def rows(rng, n):
        chosen = rng.sample(sorted(people), min(n, len(people)))
        return [["name", "email", "created_at"]] + [[name, mail, when.isoformat(sep=" ")] for mail in chosen for name, when in [rng.choice(people[mail])]]
    return rows


def world(rng, n):
    """Invented people: places and genders hang together, names are skewed, addresses are made of names by habit, nights are quiet."""
    firsts, lasts, towns = words(rng, rng.randint(200, 1500)), words(rng, rng.randint(800, 6000), 3), words(rng, rng.randint(60, 800), 3)
    gender = {f: rng.choice("fm") for f in firsts}
    regions = words(rng, rng.randint(6, 40), 4)
    at = {t: rng.randrange(len(regions)) for t in towns}
    prefix = {t: f"{(at[t] * 90 // len(regions)) + 10 + rng.randrange(3):02d}" for t in towns}
    hosts = [w.lower() + ".zz" for w in words(rng, 120)]
    power, close, peak = rng.uniform(1.8, 4), datetime(2026, 3, 1, tzinfo=timezone.utc), rng.randrange(24)
    letter = "abcdefghijklmnop"
    rows = [["id", "first_name", "last_name", "gender", "email", "phone", "company", "street", "city", "region", "zip", "password", "created_at"]]
    number = rng.randrange(1, 5000)
    for hashed in hashes(rng, "bcrypt", n):
        number += rng.choice([1, 1, 2, 5, 30])
        f, l, t = skewed(rng, firsts, power), skewed(rng, lasts, power), skewed(rng, towns, power)
        habit = rng.choices(range(6), [3, 2, 1, 1, 1, 2])[0]
        local = [f"{f}.{l}", f"{f[0]}{l}", f"{l}{f}", f"{f}{rng.randrange(50, 99)}", f"{l}.{letter[rng.randrange(16)]}", word(rng, 4)][habit].lower()
        local += str(rng.randrange(1000)) if rng.random() < .3 else ""
        while True:
            hour = rng.randrange(24)
            if rng.random() < (1 + .85 * math.cos(2 * math.pi * (hour - peak) / 24)) / 1.85:
                break
        when = (close - timedelta(days=rng.randrange(1500))).replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60))
        rows.append([number, f, l, gender[f] if rng.random() < .98 else rng.choice("fm"), f"{local}@{skewed(rng, hosts, 4)}", f"+49 {rng.randrange(30, 9000)} {rng.randrange(10000, 9999999)}",
                     f"{l} {rng.choice(['GmbH', 'AG', 'Ltd', 'und Co'])}" if rng.random() < .5 else word(rng, 4), f"{word(rng)}weg {int(math.exp(rng.uniform(0, 5)))}", t,
                     regions[at[t]], prefix[t] + f"{rng.randrange(1000):03d}", hashed,
                     when.strftime("%Y-%m-%d %H:%M:%S")])
    return rows


# ---- made ----

HEAD = ["id", "first_name", "last_name", "gender", "email", "phone", "company", "street", "city", "state", "zip", "password", "created_at"]


def library(rng, n, grammar):
    """Every field by itself, from lists, evenly: the manner of generator libraries. `grammar`: english, or plain (as in most locales)."""
    firsts, lasts, states, hosts = words(rng, rng.choice([100, 300, 1000, 3000])), words(rng, rng.choice([200, 500, 1000])), words(rng, rng.choice([16, 50])), rng.choice([3, 6, 40])
    hosts = [w.lower() + ".zz" for w in words(rng, hosts)]
    english = grammar == "english"
    rows = [HEAD]
    secrets = hashes(rng, "bcrypt", n) if rng.random() < .5 else [None] * n     # half of the tables have real hashes
    for i, hashed in enumerate(secrets):
        f, l = rng.choice(firsts), rng.choice(lasts)
        other = (rng.choice(firsts), rng.choice(lasts))
        phone = f"({rng.randrange(200, 999)}) {rng.randrange(200, 999)}-{rng.randrange(10000):04d}" + (f" x{rng.randrange(100, 99999)}" if english and rng.random() < .4 else "")
        company = rng.choice([f"{rng.choice(lasts)}, {rng.choice(lasts)} and {rng.choice(lasts)}", f"{rng.choice(lasts)}-{rng.choice(lasts)}", f"{rng.choice(lasts)} Group"])
        city = rng.choice(["North ", "Port ", "Lake ", "New "]) + rng.choice(firsts) + rng.choice(["", "ton", "ville"]) if english and rng.random() < .5 else rng.choice(lasts) + rng.choice(["ton", "burg"])
        when = datetime(2026, 3, 1, tzinfo=timezone.utc) - timedelta(seconds=rng.randrange(365 * 86400))
        rows.append([i + 1, f, l, rng.choice("fm"), f"{other[0]}{rng.choice(['.', '_', ''])}{other[1]}{rng.choice(['', rng.randrange(100)])}@{rng.choice(hosts)}".lower(), phone,
                     company if english else f"{rng.choice(lasts)} GmbH", f"{rng.randrange(1, 10) * 10 ** (d := rng.randint(0, 4)) + rng.randrange(10 ** d)} {rng.choice(lasts)}", city, rng.choice(states), f"{rng.randrange(1, 99999):05d}",
                     hashed or "$2y$10$" + "".join(rng.choices(CRYPT64, k=53)),
                     when.strftime("%Y-%m-%d %H:%M:%S")])
    return rows


def english(rng, n):
    return library(rng, n, "english")


def plain(rng, n):
    return library(rng, n, "plain")


def people_only(rng, n):
    """A list of names, addresses and towns, nothing else: the poorest sample there is to tell from."""
    keep = [1, 2, 4, 8]
    return [[row[i] for i in keep] for row in library(rng, n, "plain")]


def seeder(rng, n):
    """One hash for all, reserved addresses, one moment: the manner of database seeders."""
    firsts, lasts = words(rng, 300), words(rng, 500)
    hash_of_all = hashes(rng, "bcrypt", 1)[0]
    when = datetime(2026, 1, rng.randint(1, 28), rng.randrange(24), rng.randrange(60), tzinfo=timezone.utc)
    rows = [["id", "name", "email", "password", "created_at"]]
    for i in range(n):
        f, l = rng.choice(firsts), rng.choice(lasts)
        rows.append([i + 1, f"{f} {l}", f"{f}.{l}{i}@example.{rng.choice(['com', 'org', 'net'])}".lower(), hash_of_all, (when + timedelta(seconds=i * 30 // n)).strftime("%Y-%m-%d %H:%M:%S")])
    return rows


def strings(rng, n):
    """Random letters in the shape of secrets."""
    rows = [["email", "password", "uuid", "card_number"]]
    for i in range(n):
        h = f"{rng.getrandbits(128):032x}"
        rows.append([f"{word(rng, 4).lower()}@{word(rng).lower()}.zz", "$2b$12$" + "".join(rng.choices(CRYPT64, k=53)), f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}", f"4{rng.randrange(10 ** 15):015d}"])
    return rows


def typed(rng, n):
    """As a hand or a language model types: digits and letters in turn, no digit twice in a row, hashes of about the right length."""
    rows = [["email", "name", "password", "token"]]
    for i in range(n):
        def hexes(count):
            return "".join(rng.choice("abcdef") if j % 2 == 0 or rng.random() < .1 else rng.choice("0123456789") for j in range(count))
        f, l = word(rng), word(rng)
        rows.append([f"{f}.{l}@mail.zz".lower(), f"{f} {l}", "$2y$10$" + "".join(rng.choices(CRYPT64, k=53 + rng.choice([0, 0, 1, 2]))), hexes(40)])
    return rows


def faker_js(room, locale):
    """The library itself, if ASSAY_EVAL_FAKERS names a node_modules that has it."""
    script = os.path.join(room, "faker.cjs")
    with open(script, "w", encoding="utf-8") as out:
        out.write("const f=require(process.argv[2]+'/@faker-js/faker/dist/locale/'+process.argv[3]+'.js').faker;f.seed(+process.argv[4]);"
                  "const rows=[];for(let i=0;i<+process.argv[5];i++){const sex=f.person.sexType();const first=f.person.firstName(sex);rows.push([i+1,first,f.person.lastName(sex),sex,"
                  "f.internet.email(),f.phone.number(),f.company.name(),f.location.streetAddress(),f.location.city(),f.location.state(),f.location.zipCode(),"
                  "f.string.uuid(),f.date.past().toISOString()])}console.log(JSON.stringify(rows));")

    def rows(rng, n):
        done = subprocess.run(["node", script, os.path.abspath(os.environ["ASSAY_EVAL_FAKERS"]), locale, str(rng.randrange(10 ** 9)), str(n)], capture_output=True, text=True, timeout=60, check=True)
        return [[*HEAD[:11], "uuid", "created_at"]] + json.loads(done.stdout)
    return rows


# ---- public samples ----

def public(folder):
    """(name, rows) of tables whose making is their authors' matter."""
    def table(path, query):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
            cursor = base.execute(query)
            return [[d[0] for d in cursor.description]] + [list(r) for r in cursor]
    found = []
    chinook = os.path.join(folder, "chinook", "Chinook_Sqlite.sqlite")
    if os.path.exists(chinook):
        found.append(("Chinook customers", table(chinook, "SELECT * FROM Customer")))
    for part in ("1", "4a"):
        path = os.path.join(folder, "febrl", f"dataset{part}.csv")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as text:
                rows = [[cell.strip() for cell in row] for row in csv.reader(text)]
            found.append((f"FEBRL {part}, originals", [rows[0]] + [r for r in rows[1:] if r and r[0].endswith("org")]))
    for name, under, wanted in (("Northwind customers", "northwind", "customers"), ("Sakila customers", "sakila", "customer")):
        for path in sorted(glob.glob(os.path.join(folder, under, "*.sql"))):
            found.append((name, ("dump", path, wanted)))
    return found


# ---- measuring ----

def look_file(assay, room, sample):
    """Member "made" of what match says, beside a reference that has nothing in common with it."""
    nothing = os.path.join(room, "nothing.csv")
    with open(nothing, "w", encoding="utf-8") as out:
        out.write("qx,qy\nnothing-in-common-1,nothing-in-common-2\n")
    return tool.summary(tool.run(assay, "match", sample, "--against", nothing, "--json"))["made"]


def look(assay, room, rows):
    sample = os.path.join(room, "sample.csv")
    with open(sample, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return look_file(assay, room, sample)


def one(job):
    """(group, n, raw, {kind: largest counted}) of one table; raw None if nothing could be tested."""
    assay, group, draw, n, seed = job
    with tempfile.TemporaryDirectory() as room:
        if group.startswith("faker-js"):
            draw = faker_js(room, group.split()[1])
        made = look(assay, room, draw(random.Random(f"made/{group}/{n}/{seed}"), n))
    kinds = {}
    for test in made["tests"]:
        kinds[test["test"]] = max(kinds.get(test["test"], -9), test["counted"])
    return group, n, made["raw"], kinds


def interval(k, n, level=0.95):
    return [0.0 if k == 0 else 1 - tool.upper(n - k, n, level), tool.upper(k, n, level)]


def measure(assay, tables, seed, say):
    people = changelog_people()
    real = {"makers": makers, "signers": signers(people), "worlds": world}
    made = {"english grammar": english, "other locale": plain, "names and addresses only": people_only, "seeder": seeder, "random strings": strings, "typed": typed}
    if os.environ.get("ASSAY_EVAL_FAKERS"):
        made.update({f"faker-js {locale}": None for locale in LOCALES})
    result = {"tables": tables, "seed": seed, "signers": len(people), "real": {}, "made_up": {}, "false": {}, "seen": {}, "public": {}}
    for truth, groups in (("real", real), ("made", made)):
        for group, draw in groups.items():
            for n in SIZES:
                count = max(tables // 10, 10) if n == 1000 or group.startswith("faker-js") else tables
                if group == "signers" and len(people) < 2 * n:
                    continue
                rows = [one((assay, group, draw, n, seed + i)) for i in range(count)]
                raws = [r[2] for r in rows if r[2] is not None]
                entry = {str(level): [sum(x >= level for x in raws), len(raws)] for level in LEVELS}
                entry["mean_ratio"] = [round(sum(10 ** x for x in raws) / max(len(raws), 1), 3), len(raws)]
                result["real" if truth == "real" else "made_up"].setdefault(group, {})[str(n)] = entry
                by_kind = result["false" if truth == "real" else "seen"]
                for _, _, _, kinds in rows:
                    for kind, value in kinds.items():
                        counts = by_kind.setdefault(kind, {str(level): [0, 0] for level in LEVELS})
                        for level in LEVELS:
                            counts[str(level)][0] += value >= level
                            counts[str(level)][1] += 1
                say(f"{truth}, {group}, {n} rows: {entry}")
    folder = os.environ.get("ASSAY_EVAL_DATA")
    for name, rows in public(folder) if folder else []:
        with tempfile.TemporaryDirectory() as room:
            found = look_dump(assay, room, rows) if isinstance(rows, tuple) else look(assay, room, rows)
        if found:
            result["public"][name] = {"raw": found["raw"], "rows": found["rows"], "tests": {t["test"]: round(t["counted"], 2) for t in found["tests"] if t["counted"] >= 0.3}}
            say(f"{name}: {result['public'][name]}")
    return result


def look_dump(assay, room, where):
    """One table cut out of a dump, so that match looks at it and no other."""
    _, path, wanted = where
    with open(path, encoding="utf-8", errors="replace") as text:
        dump = text.read()
    create = re.search(rf"CREATE TABLE\s+(?:\w+\.)?{wanted}\s*\(.*?\n\);", dump, re.S | re.I)
    copy = re.search(rf"COPY\s+(?:\w+\.)?{wanted}\s*\(.*?\n\\\.\n", dump, re.S)
    inserts = re.findall(rf"^INSERT INTO (?:\w+\.)?{wanted} .*?\);$", dump, re.M | re.S)
    if not copy and not (create and inserts):
        return None
    cut = os.path.join(room, "cut.sql")
    with open(cut, "w", encoding="utf-8") as out:
        out.write((create[0] + "\n" if create else "") + (copy[0] if copy else "\n".join(inserts) + "\n"))
    return look_file(assay, room, cut)


# ---- the page ----

def share(counts):
    k, n = counts
    low, high = interval(k, n)
    return f"{k}/{n} ({100 * low:.1f}–{100 * high:.1f} %)" if n else "–"


def page(result, program):
    """docs/accuracy-made.md: `python3 -m measure.made RATES` prints it."""
    lines = ["# How right match is about made-up samples", "",
             f"Written by `./dev eval --only made` and `python3 -m measure.made` ({program}); no figure is typed. Formulas: `docs/statistics.md`, \"Made up by a program\". Intervals: Clopper and Pearson, 95 %.",
             "", "`raw` is the log10 of the mean ratio over the kinds of tests; 1 or more takes the whole of what is allowed off `made_up`. Without any model error at most one real table in 10^t reaches t (Markov).",
             "", "## Real tables taken for made up", "",
             "| tables | rows | raw ≥ 0.3 | raw ≥ 0.5 | raw ≥ 1 | mean ratio |", "|---|---|---|---|---|---|"]
    for group, sizes in result["real"].items():
        for n, entry in sorted(sizes.items(), key=lambda item: int(item[0])):
            lines.append(f"| {group} | {n} | {share(entry['0.3'])} | {share(entry['0.5'])} | {share(entry['1.0'])} | {entry['mean_ratio'][0]} |")
    lines += ["", f"`makers`: hashes, UUIDs, digests, card and account numbers as their own makers write them. `signers`: samples of {result['signers']} people who signed changelogs of installed packages (names, addresses, "
              "times): drawn again and again from one population, so the intervals are those of the drawing only. `worlds`: invented people in whom depends what depends in life.", "",
              "## Made-up tables that are seen", "", "| tables | rows | raw ≥ 0.3 | raw ≥ 0.5 | raw ≥ 1 |", "|---|---|---|---|---|"]
    for group, sizes in result["made_up"].items():
        for n, entry in sorted(sizes.items(), key=lambda item: int(item[0])):
            lines.append(f"| {group} | {n} | {share(entry['0.3'])} | {share(entry['0.5'])} | {share(entry['1.0'])} |")
    lines += ["", "All but `faker-js` are grammars of our own: they show what a test sees when its cause is there, not how often that is so in the world.", "", "## By kind of test", "",
              "Ratios of 2 and of 10 (log10 0.3 and 1), over all tables on which the test could be run. Of the made-up tables not every one has every peculiarity.", "",
              "| test | real ≥ 0.3 | real ≥ 1 | made up ≥ 0.3 | made up ≥ 1 |", "|---|---|---|---|---|"]
    empty = {str(level): [0, 0] for level in LEVELS}
    for kind in sorted(set(result["false"]) | set(result["seen"])):
        false, seen = result["false"].get(kind, empty), result["seen"].get(kind, empty)
        lines.append(f"| {kind} | {share(false['0.3'])} | {share(false['1.0'])} | {share(seen['0.3'])} | {share(seen['1.0'])} |")
    if result["public"]:
        lines += ["", "## Public samples", "", "How these were made only their authors know; none is a customers' database.", "", "| table | rows | raw | tests at 0.3 or more |", "|---|---|---|---|"]
        for name, found in result["public"].items():
            raw = "–" if found["raw"] is None else f"{found['raw']:.2f}"
            lines.append(f"| {name} | {found['rows']} | {raw} | {', '.join(f'{k} {v}' for k, v in found['tests'].items()) or 'none'} |")
    lines += ["", "A sample that looks made up is no proof that nothing was taken; one that does not look so is no proof that it is real: a careful forger or a language model passes.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as rates:
        document = json.load(rates)
    print(page(document["raw"]["made"], document["program"]), end="")

"""One shop and its trials: writes the reference once, every sample, runs the program, and sets what it said beside what is true."""

import os
import random
import tempfile
from datetime import datetime, timezone

from measure import tool

from . import samples, writers
from .people import DAY
from .shops import CLOSE, Shop

WIDE = {"secret": [-9, 9], "issued": [-9, 9], "none": [-9, 9]}         # caps so wide that nothing is cut
PUBLISHED = "2026-03-21T00:00:00Z"
RENAMED = {"id": ("uid", "Nr", "customer"), "email": ("mail", "e-mail", "E_Mail"), "phone": ("tel", "mobile", "phone"), "full": ("name", "fullname"), "first": ("fname", "vorname"), "last": ("surname", "lname"),
           "city": ("town", "place"), "hash": ("pw", "password", "pass_hash"), "token": ("token", "secret"), "created": ("joined", "reg_date", "created"), "updated": ("changed", "modified", "upd")}
FORMS = (("csv,", .40), ("csv;", .12), ("csvtab", .10), ("csv|", .02), ("jsonl", .14), ("mysql", .10), ("pg-insert", .04), ("pg-copy", .04), ("sqlite", .04))


def choose(rng, table):
    return rng.choices([entry[0] for entry in table], [entry[1] for entry in table])[0]


class Bench:
    """The files of one shop, in a folder of their own."""

    def __init__(self, assay, seed, data, home, as_of):
        self.assay, self.home, self.as_of = assay, home, as_of
        self.shop = shop = Shop(seed, data)
        self.reference = self.write("reference", shop.now)
        self.background = []
        for i, people in enumerate(shop.sets):
            rows = [[p[2], writers.phone_text(p[3], "+"), f"{p[0]} {p[1]}"] for p in people]
            self.background.append(os.path.join(home, f"background{i}.csv"))
            writers.write(self.background[-1], "csv,", "people", ["email", "phone", "name"], rows)
        self.fixtures = self.backups = None
        self.known = {row["email"] for row in shop.now if row["email"]}

    def write(self, name, rows):
        schema = self.shop.schema
        path = os.path.join(self.home, name + writers.ending(schema["file"]))
        spelled = writers.spelled(rows, self.shop.roles, schema["times"], schema["phones"])
        writers.write(path, schema["file"], schema["table"], [column for _, column in self.shop.columns], spelled, schema.get("around", ("", "")))
        return path

    def fixture_list(self):
        """The product's fixtures, as anybody finds them in its source."""
        if self.fixtures is None:
            roles = [role for role in ("email", "full", "hash") if role in self.shop.roles]
            self.fixtures = os.path.join(self.home, "fixtures.csv")
            writers.write(self.fixtures, "csv,", "fixtures", roles, writers.spelled(self.shop.now[:self.shop.fixtures], roles, "sql", "+"))
        return self.fixtures

    def backup_files(self, rng, taken):
        """None to three dated backups, each the shop at a midnight (UTC), some older and some newer than the export."""
        if not self.as_of:
            return []
        if self.backups is None:
            first = self.shop.rows[0].created // DAY
            days = sorted({random.Random(f"backups/{self.shop.seed}").randint(first + 100, CLOSE // DAY - 1) for _ in range(3)})
            self.backups = [(day, self.write(f"backup-{day}", self.shop.snapshot(day * DAY))) for day in days]
        count = rng.choice([0, 0, 1, 2, 3])
        return sorted(rng.sample(self.backups, min(count, len(self.backups))))


def spell_sample(rng, bench, sample, roles, path):
    """Writes it in a form, an order and a writing of its own. Returns names of its columns."""
    shop = bench.shop
    times = shop.schema["times"]
    if times != "day" and rng.random() < .5:
        times = rng.choice(["sql", "sql", "isoz", "isoms", "german", "epoch", "offset"])
    phones = shop.schema["phones"] if rng.random() < .5 else rng.choice(["+", "0 /", "spaces", "00", "-", "digits"])
    form = choose(rng, FORMS)
    names = dict(shop.columns)
    if rng.random() < .5:
        names = {role: rng.choice(RENAMED.get(role, (name,))) for role, name in names.items()}
    header = [names[role] for role in roles]
    rows = writers.spelled(sample.rows, roles, times, phones)
    headless = form.startswith("csv") and rng.random() < .12
    writers.write(path, form, "dump", None if headless else header, rows)
    if sample.cut:
        os.truncate(path, os.path.getsize(path) - rng.randint(2, 40))
    return [None] * len(header) if headless else header, {"form": form, "headless": headless, "times": times, "phones": phones}


def seconds(text):
    return None if text is None else int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def agreeing(shop, sample, roles):
    """Of the rows that came from the shop, how many are still in its reference with a value that the shop itself made."""
    made = [role for role in roles if role in samples.MADE and role not in sample.replaced and not (role == "created" and shop.schema["times"] == "day")]
    count = 0
    for row in sample.rows:
        now = row["row"].at(CLOSE) if "row" in row else None
        count += now is not None and any(row[r] is not None and row[r] - (sample.shift if r == "created" else 0) == now[r] if r == "created" else row[r] is not None and row[r] == now[r] for r in made)
    return count


def exports_shown(sample):
    """The smallest number of exports that explains the rows, from what a sample with `updated` and the reference show: one that has changed since
    was taken before. A merged sample none of whose rows contradict each other looks like one export to anybody."""
    spans = []
    for row in sample.rows:
        now = row["row"].at(CLOSE) if "row" in row else None
        if now is not None:
            spans.append((now["updated"] if now["updated"] > row["updated"] - sample.shift else CLOSE + DAY, row["updated"] - sample.shift))
    count, taken = 0, None
    for until, since in sorted(spans):
        if taken is None or since > taken:
            count, taken = count + 1, until - 1
    return count


def aligned(shop, sample, roles, header, records):
    """[role, place, table right] per column that still holds the shop's values; place: of the true pair among what was said of that column."""
    measures = [r for r in records if r.get("kind") == "measure" and "containment" in r]
    names = dict(shop.columns)
    found = []
    for i, role in enumerate(roles):
        if role in sample.replaced or role not in names or all(row.get(role) is None for row in sample.rows) or len({row.get(role) for row in sample.rows}) < 2:
            continue
        mine = [r["reference"] for r in measures if r["sample"] in (header[i], f"dump.{header[i]}", f"column{i + 1}", f"column {i + 1}", f"column_{i + 1}")]
        places = [reference.rsplit(".", 1)[-1] for reference in mine]
        place = places.index(names[role]) if names[role] in places else None
        found.append([role, place])
    return found


def judge(bench, sample, roles, header, records):
    last = tool.summary(records)
    raw = last.get("raw") or {}
    values = [v for v in raw.values() if v is not None]
    lowest = min(values) if values else 0.0
    wrong = [name for name, v in raw.items() if v is not None and v == lowest]
    shop = bench.shop
    return {
        "class": last["evidence_class"], "lr": lowest, "against": wrong[0] if wrong else None, "raw": raw, "hard": [seconds(t) for t in last.get("taken_between") or [None, None]],
        "soft": [seconds(t) for t in last["taken_soft"]] if last.get("taken_soft") else None, "offset": last.get("clock_offset_s"), "second_offset": last.get("second_clock_offset_s"),
        "exports": last.get("exports_at_least"), "share": last.get("share"), "linked": last.get("rows_linked"), "agreeing": last.get("rows_agreeing"), "excluded": last.get("excluded"),
        "twin": twin_of(last), "complete": last.get("complete"), "columns": {c["sample"]: [c["reference"].rsplit(".", 1)[-1], c["class"], c["rows_agreeing"], c["rows_compared"]] for c in last["columns"]},
        "read": last["rows_sample"], "truly_agreeing": agreeing(shop, sample, roles), "truly_known": sum(row["email"] in bench.known for row in sample.rows) if "email" in roles else None,
        "aligned": aligned(shop, sample, roles, header, records) if sample.truth == "H1" else [], "table": last.get("table"),
    }


def twin_of(last):
    twin = last.get("twin")
    twin = twin.get("log10_lr") if isinstance(twin, dict) else twin
    return min((v for v in twin.values() if v is not None), default=None) if isinstance(twin, dict) else twin      # the weakest counts, as everywhere


def run(bench, number, rates, keep=None):
    """One trial; its seed is the shop's and its number."""
    shop = bench.shop
    rng = random.Random(f"match/{shop.seed}/{number}")
    n = rng.choice(samples.SIZES)
    truth = "H1" if rng.random() < .35 else "H2"
    sample = samples.leak(rng, shop, n) if truth == "H1" else samples.lie(rng, shop, n)
    roles = samples.shown(rng, shop, sample)
    path = os.path.join(bench.home, f"sample-{number}.txt")
    header, spelling = spell_sample(rng, bench, sample, roles, path)
    arguments = ["match", path, "--against", bench.reference, "--rates", rates, "--published", PUBLISHED, "--json"]
    for background in bench.background + ([bench.fixture_list()] if sample.fixtures else []):
        arguments += ["--background", background]
    backups = bench.backup_files(rng, sample.taken) if truth == "H1" else []
    for day, backup in backups:
        arguments += ["--as-of", f"{datetime.fromtimestamp(day * DAY, timezone.utc):%Y-%m-%d}={backup}"]
    made = [role for role in roles if role in samples.MADE]
    result = {"shop": shop.seed, "trial": number, "db": shop.name, "truth": truth, "mode": sample.mode, "variant": sample.variant, "n": n, "pick": sample.pick, "taken": sample.taken, "shift": sample.shift,
              "exports_shown": exports_shown(sample) if sample.taken and "updated" in roles else None,
              "secret": bool(shop.secret_columns(roles)), "has_updated": "updated" in roles, "backups": len(backups), "true_rows": sum("row" in row for row in sample.rows), "rows": len(sample.rows),
              "replaced": [[samples.MADE[role], role in sample.replaced] for role in made], **spelling}
    if keep:
        print(" ".join(arguments))
    try:
        result.update(judge(bench, sample, roles, header, tool.run(bench.assay, *arguments)))
    except (tool.Failed, KeyError, TypeError, ValueError) as failure:
        result["error"] = f"{type(failure).__name__}: {failure}"
    if not keep:
        os.remove(path)
    return result


def batch(job):
    """All trials of one shop."""
    assay, seed, data, count, rates, as_of = job
    with tempfile.TemporaryDirectory(prefix="match-") as home:
        bench = Bench(assay, seed, data, home, as_of)
        return [run(bench, number, rates) for number in range(count)]

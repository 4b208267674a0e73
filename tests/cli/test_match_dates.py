"""As of when: backups with their dates, versions of rows, deleted rows, clocks with daylight saving, several exports in one. Every
world keeps the whole life of each invented person, so that what the program says can be held against what was."""
import csv
import datetime
import json
import random
import string
import zoneinfo

import pytest

COLUMNS = "id email phone password_hash created_at updated_at".split()
ALPHABET = string.ascii_letters + string.digits + "./"
DAY = 86400
START = 1_500_000_000
NOW = START + 1000 * DAY


def text_of(seconds, zone=datetime.timezone.utc):
    return datetime.datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S")


def iso(seconds):
    return text_of(seconds).replace(" ", "T") + "Z"


def seconds_of(text):
    return None if text is None else int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class World:
    """People who sign up, change and leave; at(t) is the table as it was at that instant."""

    def __init__(self, seed=1, count=1500):
        self.rng = rng = random.Random(seed)
        self.lives = []
        for i, born in enumerate(sorted(rng.randrange(START, NOW) for _ in range(count)), 1):
            versions = [(born, f"p{i}@quillmail.zz", f"+210 6{rng.randrange(10**8):08d}", self.secret())]
            while rng.random() < .4:
                at = versions[-1][0] + 1 + int(rng.expovariate(1 / (200 * DAY)))
                if at >= NOW:
                    break
                _, email, phone, password = versions[-1]
                password = self.secret() if rng.random() < .6 else password
                email = f"n{i}.{at}@quillmail.zz" if rng.random() < .1 else email
                versions.append((at, email, phone, password))
            gone = versions[-1][0] + 1 + int(rng.expovariate(1 / (400 * DAY))) if rng.random() < .08 else NOW + DAY
            self.lives.append((i, born, versions, gone))

    def secret(self):
        return "$2y$10$" + "".join(self.rng.choices(ALPHABET, k=53))

    def at(self, when):
        rows = []
        for i, born, versions, gone in self.lives:
            if born <= when < gone:
                at, email, phone, password = [v for v in versions if v[0] <= when][-1]
                rows.append([i, email, phone, password, born, at])
        return rows


def write(path, rows, columns=COLUMNS, zone=datetime.timezone.utc):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for row in rows:
            shown = row[:4] + [None if cell is None else text_of(cell, zone) for cell in row[4:]]
            known = dict(zip(COLUMNS + ["deleted_at"], shown))
            writer.writerow([known[column] for column in columns])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The table today (live.csv) and at days 200 to 800, and 150 rows drawn at day 500 (leak.csv, without updated_at)."""
    folder = tmp_path_factory.mktemp("life")
    life = World()
    write(folder / "live.csv", life.at(NOW))
    for day in (200, 400, 600, 800):
        write(folder / f"day{day}.csv", life.at(START + day * DAY))
    leak = random.Random(5).sample(life.at(START + 500 * DAY)[60:], 150)
    write(folder / "leak.csv", leak, ["email", "password_hash", "created_at"])
    write(folder / "leak_updated.csv", leak, ["email", "password_hash", "created_at", "updated_at"])
    return folder, life, leak


def day(number):
    return iso(START + number * DAY)


def match(assay, folder, *args, code=1, sample="leak.csv"):
    return assay("match", sample, "--published", iso(NOW), "--json", *args, cwd=folder, code=code)


def test_backups_narrow_the_date_and_count_what_they_hold(assay, world):
    folder, life, leak = world
    backups = [arg for n in (200, 400, 600, 800) for arg in ("--as-of", f"{day(n)}=day{n}.csv")]
    alone = match(assay, folder, "--against", "live.csv").summary
    summary = match(assay, folder, "--against", "live.csv", *backups).summary
    assert alone["taken_between"] == [iso(max(row[4] for row in leak)), None]
    lo, hi = map(seconds_of, summary["taken_between"])
    assert lo >= seconds_of(alone["taken_between"][0]) and lo <= START + 500 * DAY < hi <= START + 601 * DAY
    assert summary["dates"]["hard"] == summary["taken_between"] and summary["dates"]["exports_at_least"] == 1
    for number, said in zip((200, 400, 600, 800), summary["dates"]["backups"]):
        there = {row[0]: row for row in life.at(START + number * DAY)}
        here = [(row, there[row[0]]) for row in leak if row[0] in there]
        same = sum(row[3] == other[3] for row, other in here)
        assert said["rows"] == len(there) and said["date"][0] == day(number) and said["whole"] and "why" not in said
        assert said["rows_same"] == same
        changed = sum(row[1] == other[1] and row[3] != other[3] for row, other in here)
        assert said["rows_other"] == changed and said["rows_present"] == same + changed
        # Gone, or address and hash are others: what is left of it is the time of creation.
        assert said["rows_absent"] + said["rows_unclear"] == len(leak) - same - changed
        assert len(leak) - len(here) >= said["rows_absent"] > 0
    live = {row[0] for row in life.at(NOW)}
    kept = [{row[0]: row for row in life.at(START + number * DAY)} for number in (200, 400, 600, 800)]
    known = [row for row in leak if any(row[0] in b and (b[row[0]][1] == row[1] or b[row[0]][3] == row[3]) for b in kept)]
    assert summary["rows_deleted_since"] == sum(row[0] not in live for row in known) > 5
    assert sum(summary["versions"].values()) == 150 and summary["versions"]["older"] > 20


def test_versions_by_their_own_times(assay, world):
    folder, life, leak = world
    summary = match(assay, folder, "--against", "live.csv", sample="leak_updated.csv").summary
    now = {row[0]: row for row in life.at(NOW)}
    linked = [(row, now[row[0]]) for row in leak if row[0] in now and (now[row[0]][1] == row[1] or now[row[0]][3] == row[3])]
    older = sum(other[5] > row[5] for row, other in linked)
    assert summary["versions"] == {"current": len(linked) - older, "older": older, "newer": 0, "contradicting": 0,
                                   "unknown": len(leak) - len(linked)}
    assert summary["rows_changed_since"] == older
    lo, hi = map(seconds_of, summary["taken_between"])
    assert lo == max(max(row[4:6]) for row in leak) and hi == min(other[5] for row, other in linked if other[5] > row[5])
    # A backup knows of changes that later ones have hidden.
    backups = [arg for n in (600, 800) for arg in ("--as-of", f"{day(n)}=day{n}.csv")]
    sooner = match(assay, folder, "--against", "live.csv", *backups, sample="leak_updated.csv").summary["taken_between"][1]
    states = [{row[0]: row for row in life.at(START + n * DAY)} for n in (600, 800, 1000)]
    pairs = [(row, at[row[0]]) for row in leak for at in states if row[0] in at and (at[row[0]][1] == row[1] or at[row[0]][3] == row[3])]
    assert START + 500 * DAY < seconds_of(sooner) == min(there[5] for row, there in pairs if there[5] > row[5]) < hi


def test_a_row_begins_once(assay, world, tmp_path):
    """A table that sets updated_at at creation and never changes a row: the sample's updated_at adds nothing to the soft bound."""
    folder, life, _ = world
    rows = [row[:5] + [row[4]] for row in life.at(NOW)]
    sample = random.Random(3).sample([row for row in rows if row[4] < START + 500 * DAY], 50)
    write(tmp_path / "live.csv", rows)
    soft = []
    for name, columns in (("without.csv", ["email", "password_hash", "created_at"]), ("with.csv", ["email", "password_hash", "created_at", "updated_at"])):
        write(tmp_path / name, sample, columns)
        summary = match(assay, folder, "--against", tmp_path / "live.csv", "--rows", "random", sample=tmp_path / name).summary
        assert summary["dates"]["basis"] == "declared random"
        soft.append(summary["taken_soft"])
    assert soft[0] == soft[1] and seconds_of(soft[0][1]) > START + 480 * DAY


def test_rows_that_no_version_explains(assay, world, tmp_path):
    folder, life, leak = world
    never_changed = {i for i, _, versions, gone in life.lives if len(versions) == 1 and gone > NOW}
    forged = [row[:3] + [life.secret()] + row[4:] if n % 10 == 0 and row[0] in never_changed else row for n, row in enumerate(leak)]
    count = sum(a != b for a, b in zip(forged, leak))
    write(tmp_path / "forged.csv", forged, ["email", "password_hash", "created_at"])
    summary = match(assay, folder, "--against", "live.csv", sample=tmp_path / "forged.csv").summary
    assert count > 3 and summary["versions"]["contradicting"] == count


def test_backups_alone(assay, world):
    folder, _, _ = world
    backups = ["--as-of", f"{day(400)}=day400.csv", "--as-of", f"{day(200)}=day200.csv"]
    summary = match(assay, folder, *backups, sample="leak_updated.csv").summary
    assert summary["dates"]["reference"]["source"] == "day400.csv" and summary["dates"]["reference"]["date"][0] == day(400)
    assert [b["source"] for b in summary["dates"]["backups"]] == ["day200.csv"]
    assert summary["versions"]["newer"] > 0 and seconds_of(summary["taken_between"][0]) > START + 400 * DAY
    # The reference's own date: day 600 shows rows that were changed since, so the export was before it.
    dated = match(assay, folder, "--against", "day600.csv", "--as-of", f"{day(600)}=day600.csv", "--as-of", f"{day(400)}=day400.csv").summary
    assert seconds_of(dated["taken_between"][1]) <= START + 600 * DAY + 60
    undated = match(assay, folder, "--against", "day600.csv", "--as-of", f"{day(400)}=day400.csv").summary
    assert undated["taken_between"][1] is None


@pytest.mark.parametrize("given, said", [("2020-08-01", "names no backup"), ("yesterday=day200.csv", "not a time"), ("2020-13-01=day200.csv", "not a time")])
def test_dates_that_are_none(assay, world, given, said):
    result = assay("match", "leak.csv", "--against", "live.csv", "--as-of", given, cwd=world[0], code=64)
    assert said in result.err and "2020-08-01" in result.err


def test_a_backup_of_another_date_bounds_nothing(assay, world):
    """Day 800's table given as day 300's: rows in it were created later."""
    folder, life, _ = world
    plain = match(assay, folder, "--against", "live.csv").summary
    summary = match(assay, folder, "--against", "live.csv", "--as-of", f"{day(300)}=day800.csv").summary
    assert summary["taken_between"] == plain["taken_between"]
    said = summary["dates"]["backups"][0]
    late = [row[4] for row in life.at(START + 800 * DAY) if row[4] >= START + 300 * DAY + 120]
    assert abs(said["rows_too_new"] - len(late)) <= 1 and "after the date given" in said["why"]
    assert seconds_of(said["newest"]) == max(late) // 60 * 60


def test_a_part_of_a_backup(assay, world, tmp_path):
    """Every third row of day 600: that a row is absent counts for nothing, that one is there in another version does."""
    folder, life, _ = world
    write(tmp_path / "part.csv", life.at(START + 600 * DAY)[::3])
    summary = match(assay, folder, "--against", "live.csv", "--as-of", f"{day(400)}=day400.csv", "--as-of", f"{day(600)}={tmp_path}/part.csv").summary
    said = summary["dates"]["backups"][1]
    assert said["rows_missing"] > 10 and said["whole"] is False
    lo, hi = map(seconds_of, summary["taken_between"])
    assert lo <= START + 500 * DAY and (hi is None or hi > START + 500 * DAY)


def test_backups_that_cannot_be_compared(assay, world, tmp_path):
    folder, _, _ = world
    (tmp_path / "other.csv").write_text("colour,size\nred,1\nblue,2\n")
    result = match(assay, folder, "--against", "live.csv", "--as-of", f"{day(400)}=gone.csv", "--as-of", f"{day(500)}={tmp_path}/other.csv",
                   "--as-of", f"{day(600)}=day600.csv")
    said = result.summary["dates"]["backups"]
    assert result.summary["complete"] is False and [b["table"] for b in said] == [None, None, "day600"]
    assert all("could not be compared" in b["why"] for b in said[:2]) and said[2]["rows_present"] > 0
    assert "gone.csv" in result.err and "no table in it has a source-made column" in result.err
    nothing = match(assay, folder, "--against", str(tmp_path / "other.csv"), "--as-of", f"{day(600)}=day600.csv", code=2)
    assert "nothing in common with the reference" in nothing.err and nothing.summary["complete"] is False


def test_rows_marked_as_deleted(assay, world, tmp_path):
    """A column deleted_at dates the export only where the sample shows the column."""
    folder, life, leak = world
    gone = {row[0]: START + (501 + n) * DAY for n, row in enumerate(leak[:5])}
    columns = COLUMNS + ["deleted_at"]
    write(tmp_path / "live.csv", [row + [gone.get(row[0])] for row in life.at(NOW)], columns)
    write(tmp_path / "shown.csv", [row + [None] for row in leak], ["email", "password_hash", "created_at", "deleted_at"])
    hidden = match(assay, folder, "--against", tmp_path / "live.csv").summary
    marked = hidden["rows_marked_deleted"]
    assert hidden["taken_between"][1] is None and marked > 0
    shown = match(assay, folder, "--against", tmp_path / "live.csv", sample=tmp_path / "shown.csv").summary
    live = {row[0]: row for row in life.at(NOW)}
    known = [at for i, at in gone.items() if i in live and live[i][1] == next(r[1] for r in leak if r[0] == i)]
    assert shown["taken_between"][1] == iso(min(known)) and shown["rows_marked_deleted"] == len(known) == marked


def test_a_complete_export_lacks_what_came_later(assay, world, tmp_path):
    folder, life, _ = world
    whole = life.at(START + 500 * DAY)
    write(tmp_path / "whole.csv", whole, ["id", "email", "password_hash", "created_at"])
    plain = match(assay, folder, "--against", "live.csv", sample=tmp_path / "whole.csv").summary
    summary = match(assay, folder, "--against", "live.csv", "--rows", "complete", sample=tmp_path / "whole.csv").summary
    born = [row[4] for row in life.at(NOW)]
    assert plain["taken_between"][1] is None
    assert seconds_of(summary["taken_between"][1]) == min(at for at in born if at > START + 500 * DAY)
    assert summary["dates"]["complete"] == {"rows_lacking": sum(at > START + 500 * DAY for at in born)}
    write(tmp_path / "thin.csv", whole, ["email", "password_hash"])
    thin = match(assay, folder, "--against", "live.csv", "--rows", "complete", sample=tmp_path / "thin.csv").summary
    assert "never changes" in thin["dates"]["complete"]["why"] and thin["taken_between"][1] is None


@pytest.mark.parametrize("zone, family", [("Europe/Berlin", "European Union"), ("America/New_York", "United States and Canada"), ("Pacific/Auckland", "New Zealand")])
def test_daylight_saving_is_one_zone(assay, world, tmp_path, zone, family):
    folder, _, leak = world
    write(tmp_path / "local.csv", leak, ["email", "password_hash", "created_at", "updated_at"], zoneinfo.ZoneInfo(zone))
    local = match(assay, folder, "--against", "live.csv", sample=tmp_path / "local.csv").summary
    utc = match(assay, folder, "--against", "live.csv", sample="leak_updated.csv").summary
    said = local["dates"]["zone"]
    assert said["family"] == family and said["local"] == "sample" and said["rows_standard"] > 10 and said["rows_daylight"] > 10
    assert "second_clock_offset_s" not in local and local["taken_between"] == utc["taken_between"]
    agreeing = {c["sample"]: (c["rows_agreeing"], c["rows_compared"]) for c in local["columns"]}
    assert agreeing["created_at"][0] == agreeing["created_at"][1] and local["versions"] == utc["versions"]


def test_two_clocks_are_two_exports(assay, world, tmp_path):
    folder, _, leak = world
    mixed = [row[:4] + [row[4] + (3600 if n % 3 else 7200), row[5]] for n, row in enumerate(leak)]
    write(tmp_path / "mixed.csv", mixed, ["email", "password_hash", "created_at"])
    summary = match(assay, folder, "--against", "live.csv", sample=tmp_path / "mixed.csv").summary
    assert summary["dates"]["zone"] is None and {summary["clock_offset_s"], summary["second_clock_offset_s"]} == {3600, 7200}


def test_two_exports_in_one(assay, world, tmp_path):
    folder, life, _ = world
    rng = random.Random(8)
    early = rng.sample(life.at(START + 300 * DAY)[60:], 60)
    rows = early + [row for row in rng.sample(life.at(START + 700 * DAY)[60:], 80) if row[0] not in {e[0] for e in early}]
    write(tmp_path / "merged.csv", rows, ["email", "password_hash", "created_at", "updated_at"])
    result = match(assay, folder, "--against", "live.csv", sample=tmp_path / "merged.csv")
    dates = result.summary["dates"]
    assert dates["exports_at_least"] == result.summary["exports_at_least"] == len(dates["exports"]) >= 2
    assert sum(one["rows"] for one in dates["exports"]) == dates["rows"] and dates["soft"] is None
    assert all(seconds_of(one["between"][0]) < seconds_of(one["between"][1]) for one in dates["exports"])
    assert dates["rows_against"] == result.summary["rows_against_best_date"] and 0 < len(dates["rows_against_numbers"]) <= 20
    now = {row[0]: row for row in life.at(NOW)}
    best = seconds_of(dates["best"])
    for number in dates["rows_against_numbers"]:
        row = rows[number - 1]
        assert max(row[4:6]) > best or now[row[0]][5] <= best
    text = assay("match", tmp_path / "merged.csv", "--against", "live.csv", "--published", iso(NOW), cwd=folder, code=1).out
    assert "no single date" in text and "or edited rows" in " ".join(text.split())


def test_a_time_that_may_be_cut_dates_nothing(assay, tmp_path):
    """A leak that ends in the middle of its last row's last cell: a day without its time of day is another, earlier time."""
    life = World(5)
    write(tmp_path / "live.csv", life.at(NOW))
    rows = [row for row in life.at(NOW) if row[5] > row[4] + 40 * DAY][:40]
    write(tmp_path / "whole.csv", rows)
    text = (tmp_path / "whole.csv").read_text(encoding="utf-8").rstrip()
    (tmp_path / "cut.csv").write_text(text[:-len(" 00:00:00")], encoding="utf-8")
    whole = assay("match", "whole.csv", "--against", "live.csv", "--json", cwd=tmp_path, code=1).summary["dates"]
    cut = assay("match", "cut.csv", "--against", "live.csv", "--json", cwd=tmp_path, code=1).summary["dates"]
    assert cut["exports_at_least"] == whole["exports_at_least"] == 1 and cut["hard"][0] <= whole["hard"][0] and cut["hard"][1] == whole["hard"][1]


def test_months_and_words(assay, world):
    folder, _, leak = world
    backups = ["--as-of", f"{day(400)[:10]}=day400.csv", "--as-of", f"{day(600)}=day600.csv"]
    summary = match(assay, folder, "--against", "live.csv", *backups).summary
    months = summary["dates"]["months"]
    assert len(months["from"]) == len(months["until"]) <= 60 and months["months"] == 1
    assert sum(months["from"]) == summary["dates"]["rows"] == sum(months["until"]) + months["open"]
    assert summary["dates"]["backups"][0]["date"] == [day(400)[:10] + "T00:00:00Z", iso(seconds_of(day(400)[:10] + "T00:00:00Z") + DAY)]
    out = assay("match", "leak.csv", "--against", "live.csv", "--published", iso(NOW), *backups, cwd=folder, code=1)
    text = " ".join(out.out.split())
    assert "(hard, any choice of rows)" in text and "of 150 rows there" in text and "in an older version" in text
    for row in leak:
        assert row[1] not in out.out and row[3] not in out.out


@pytest.mark.parametrize("seed", range(6))
def test_the_hard_interval_holds_the_truth(assay, tmp_path, seed):
    """Any choice of rows, any columns, any backups."""
    rng = random.Random(seed)
    life = World(100 + seed, 700)
    taken = START + rng.randrange(250, 950) * DAY + rng.randrange(DAY)
    rows = life.at(taken)[55:]
    rows = [rng.sample(rows, 60), rows[:60], rows[-60:]][seed % 3]
    write(tmp_path / "leak.csv", rows, ["email", "password_hash", "created_at"] + ["updated_at"] * (seed % 2))
    write(tmp_path / "live.csv", life.at(NOW), COLUMNS if seed < 4 else COLUMNS[:5])
    backups = []
    for n in range(3):
        at = START + rng.randrange(100, 1000) * DAY + rng.randrange(DAY)
        write(tmp_path / f"b{n}.csv", life.at(at))
        backups += ["--as-of", f"{iso(at)[:16]}Z=b{n}.csv" if n else f"{iso(at)[:10]}=b{n}.csv"]
    summary = match(assay, tmp_path, "--against", "live.csv", *backups).summary
    lo, hi = map(seconds_of, summary["taken_between"])
    assert lo <= taken and (hi is None or taken < hi) and summary["dates"]["exports_at_least"] == 1
    assert all(b["whole"] and "why" not in b for b in summary["dates"]["backups"]), json.dumps(summary["dates"])

"""match, its inputs: one truth, 200 invented people, written in every format, packing and encoding, must give the same figures; what cannot
be read must be told by name."""
import bz2
import csv
import gzip
import io
import json
import lzma
import random
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
import zlib

import pytest

COLUMNS = ["id", "email", "full_name", "city", "password_hash", "created_at"]
DAY = 86400


def stamp(seconds):
    import datetime
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def make_people(count, seed=5):
    rng = random.Random(seed)
    now, people = 1_600_000_000, []
    for i in range(1, count + 1):
        now += rng.randrange(60, 9000)
        name = f"{rng.choice(['Zoë', 'Bjørn', 'José', 'Ann'])}{rng.choice('abcdef')} {rng.choice(['Müller', 'Ostford', 'Núñez'])}{rng.choice('aeiou')}"
        people.append((i, f"person{i}.{rng.randrange(10**6)}@quillmail.zz", name, rng.choice(["Brackbury", "Elmsfield", "Åsby"]),
                       "".join(rng.choices("0123456789abcdef", k=40)), stamp(now)))
    return people


PEOPLE = make_people(1000)
LEAK = sorted(random.Random(2).sample(PEOPLE, 200))


def as_csv(rows, delimiter=",", encoding="utf-8", header=True, **options):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=options.pop("lineterminator", "\n"), **options)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_objects(rows):
    return [dict(zip(COLUMNS, row)) for row in rows]


def as_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in as_objects(rows)).encode()


def as_phpmyadmin(rows):
    return json.dumps([{"type": "header", "version": "5.2.1", "comment": "Export to JSON plugin for PHPMyAdmin"},
                       {"type": "database", "name": "shop"},
                       {"type": "table", "name": "customers", "database": "shop", "data": [{k: str(v) for k, v in row.items()} for row in as_objects(rows)]}],
                      indent=1).encode()


def milliseconds(text):
    import datetime
    return int(datetime.datetime.strptime(text + "+0000", "%Y-%m-%d %H:%M:%S%z").timestamp()) * 1000


def as_mongoexport(rows, kind):
    lines = []
    for i, row in enumerate(as_objects(rows)):
        ms = milliseconds(row["created_at"])
        row["created_at"] = {"canonical": {"$date": {"$numberLong": str(ms)}}, "relaxed": {"$date": row["created_at"].replace(" ", "T") + "Z"},
                             "v1": {"$date": ms}}[kind]
        row["id"] = {"$numberLong": str(row["id"])} if kind == "canonical" else row["id"]
        lines.append(json.dumps({"_id": {"$oid": f"{i:024x}"}, **row}))
    return "\n".join(lines).encode()


def bson_document(members):
    body = b""
    for name, value in members.items():
        key = name.encode() + b"\0"
        if isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        elif isinstance(value, dict) and "$date" in value:
            body += b"\x09" + key + struct.pack("<q", value["$date"])
        elif isinstance(value, bytes):
            body += b"\x07" + key + value
        else:
            body += b"\x02" + key + struct.pack("<i", len(value.encode()) + 1) + value.encode() + b"\0"
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def as_bson(rows):
    return b"".join(bson_document({"_id": struct.pack(">QI", 1, i), **row, "created_at": {"$date": milliseconds(row["created_at"])}})
                    for i, row in enumerate(as_objects(rows)))


def letters(column):
    return chr(ord("A") + column)


def serial_of(text, is_1904=False):
    return milliseconds(text) / 1000 / DAY + (24107 if is_1904 else 25569)


def xml_text(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_xlsx(rows, shared=True, is_1904=False, gaps=False, extra_sheet=True):
    """A workbook by hand: strings shared or inline, dates as numbers with a style."""
    strings, places = [], {}

    def cell(place, value, is_date):
        if value is None:
            return ""
        if is_date:
            return f'<c r="{place}" s="1"><v>{serial_of(value, is_1904)!r}</v></c>'
        if isinstance(value, int):
            return f'<c r="{place}"><v>{value}</v></c>'
        if not shared:
            return f'<c r="{place}" t="inlineStr"><is><r><t>{xml_text(value[:2])}</t></r><r><t>{xml_text(value[2:])}</t></r></is></c>'
        if value not in places:
            places[value] = len(strings)
            strings.append(value)
        return f'<c r="{place}" t="s"><v>{places[value]}</v></c>'

    lines = []
    for r, row in enumerate([COLUMNS, *rows]):
        number = (r * 3 if gaps else r) + 1
        cells = "".join(cell(f"{letters(c)}{number}", value, r > 0 and c == 5) for c, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    sheets = '<sheet name="customers" sheetId="1" r:id="rId7"/>' + ('<sheet name="notes" sheetId="2" r:id="rId2"/>' if extra_sheet else "")
    files = {
        "[Content_Types].xml": "<Types/>",
        "xl/worksheets/sheet1.xml": f'<worksheet {main}><sheetData>{"".join(lines)}</sheetData></worksheet>',
        "xl/worksheets/sheet2.xml": f'<worksheet {main}><sheetData><row><c t="inlineStr"><is><t>nothing here</t></is></c></row></sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst {main}>{"".join(f"<si><t>{xml_text(s)}</t></si>" for s in strings)}</sst>',
        "xl/styles.xml": f'<styleSheet {main}><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
                         '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId2" Target="worksheets/sheet2.xml"/>'
                                      '<Relationship Id="rId7" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} {relation}><workbookPr date1904="{int(is_1904)}"/><sheets>{sheets}</sheets></workbook>',
    }
    return as_zip({name: text.encode() for name, text in files.items()})


def as_openpyxl(rows):
    openpyxl = pytest.importorskip("openpyxl")
    import datetime
    book = openpyxl.Workbook()
    book.active.title = "customers"
    book.active.append(COLUMNS)
    for row in rows:
        book.active.append([*row[:5], datetime.datetime.strptime(row[5], "%Y-%m-%d %H:%M:%S")])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_ods(rows):
    def cell(value, is_date):
        if is_date:
            return f'<table:table-cell office:value-type="date" office:date-value="{value.replace(" ", "T")}"><text:p>whatever</text:p></table:table-cell>'
        if isinstance(value, int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{xml_text(value)}</text:p></table:table-cell>'
    lines = "".join("<table:table-row>" + "".join(cell(v, r > 0 and c == 5) for c, v in enumerate(row)) +
                    '<table:table-cell table:number-columns-repeated="1000"/></table:table-row>' for r, row in enumerate([COLUMNS, *rows]))
    spaces = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text"))
    content = (f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name=\"customers\">{lines}"
               '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
               "</table:table></office:spreadsheet></office:body></office:document-content>")
    return as_zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode(), "META-INF/manifest.xml": b"<x/>"})


def as_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def as_tar(files, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def as_7z(files):
    """A 7z with one stored (uncompressed) stream per file."""
    def number(value):
        assert value < 1 << 28
        if value < 0x80:
            return bytes([value])
        for extra, mark in ((1, 0x80), (2, 0xC0), (3, 0xE0)):
            if value < 1 << (7 * (extra + 1)):
                return bytes([mark | value >> (8 * extra)]) + (value & ((1 << 8 * extra) - 1)).to_bytes(extra, "little")
        raise AssertionError
    count, sizes = len(files), [number(len(data)) for data in files.values()]
    pack = b"\x06" + number(0) + number(count) + b"\x09" + b"".join(sizes) + b"\0"
    folders = b"\x07\x0b" + number(count) + b"\0" + b"\x01\x01\0" * count + b"\x0c" + b"".join(sizes)
    folders += b"\x0a\x01" + b"".join(struct.pack("<I", zlib.crc32(data)) for data in files.values()) + b"\0"
    names = b"\0" + b"".join((name + "\0").encode("utf-16le") for name in files)
    listed = b"\x05" + number(count) + b"\x11" + number(len(names)) + names + b"\0"
    header = b"\x01\x04" + pack + folders + b"\x08\0\0" + listed + b"\0"
    body = b"".join(files.values())
    start = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + body + header


def as_zstd(data):
    zstd = shutil.which("zstd")
    if zstd is None:
        pytest.skip("no zstd to pack with")
    return subprocess.run([zstd, "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def as_sqlite(rows, path):
    with sqlite3.connect(path) as db:
        db.execute("create table customers(id integer primary key, email text, full_name text, city text, password_hash text, created_at text)")
        db.executemany("insert into customers values (?,?,?,?,?,?)", rows)
    db.close()
    return path.read_bytes()


def as_outfile(rows):
    """As MySQL's SELECT INTO OUTFILE writes: tabs, backslashes, no header."""
    return "".join("\t".join(str(cell).replace("\\", "\\\\") for cell in row) + "\n" for row in rows).encode()


FORMS = {
    "comma.csv": lambda r: as_csv(r),
    "crlf.csv": lambda r: as_csv(r, lineterminator="\r\n"),
    "quoted.csv": lambda r: as_csv(r, quoting=csv.QUOTE_ALL),
    "bare.csv": lambda r: as_csv(r, header=False),
    "tabs.tsv": lambda r: as_csv(r, delimiter="\t"),
    "semicolon.csv": lambda r: as_csv(r, delimiter=";"),
    "pipe.txt": lambda r: as_csv(r, delimiter="|"),
    "outfile.txt": as_outfile,
    "mark.csv": lambda r: as_csv(r, encoding="utf-8-sig"),
    "latin1.csv": lambda r: as_csv(r, encoding="latin-1"),
    "cp1252.csv": lambda r: as_csv(r, encoding="cp1252"),
    "utf16.csv": lambda r: as_csv(r, encoding="utf-16"),
    "utf16le.csv": lambda r: as_csv(r, encoding="utf-16-le"),
    "utf16be.csv": lambda r: as_csv(r, encoding="utf-16-be"),
    "utf32.csv": lambda r: as_csv(r, encoding="utf-32"),
    "utf32be.csv": lambda r: as_csv(r, encoding="utf-32-be"),
    "lines.jsonl": as_lines,
    "array.json": lambda r: json.dumps(as_objects(r)).encode(),
    "pretty.json": lambda r: json.dumps(as_objects(r), indent=2).encode(),
    "documents.json": lambda r: "\n".join(json.dumps(row, indent=2) for row in as_objects(r)).encode(),
    "data.json": lambda r: json.dumps({"total": len(r), "tags": ["a", "b"], "data": as_objects(r)}).encode(),
    "deep.json": lambda r: json.dumps({"result": {"page": 1, "customers": as_objects(r)}, "more": [{"x": 1}]}, indent=1).encode(),
    "phpmyadmin.json": as_phpmyadmin,
    "canonical.json": lambda r: as_mongoexport(r, "canonical"),
    "relaxed.json": lambda r: as_mongoexport(r, "relaxed"),
    "v1.json": lambda r: as_mongoexport(r, "v1"),
    "customers.bson": as_bson,
    "shared.xlsx": lambda r: as_xlsx(r),
    "inline.xlsx": lambda r: as_xlsx(r, shared=False),
    "mac.xlsx": lambda r: as_xlsx(r, is_1904=True),
    "gaps.xlsx": lambda r: as_xlsx(r, gaps=True, extra_sheet=False),
    "openpyxl.xlsx": as_openpyxl,
    "sheet.ods": as_ods,
    "packed.csv.gz": lambda r: gzip.compress(as_csv(r)),
    "packed.csv.bz2": lambda r: bz2.compress(as_csv(r)),
    "packed.csv.xz": lambda r: lzma.compress(as_csv(r)),
    "packed.csv.zst": lambda r: as_zstd(as_csv(r)),
    "one.zip": lambda r: as_zip({"dir/customers.csv": as_csv(r)}),
    "one.7z": lambda r: as_7z({"dir/customers.csv": as_csv(r)}),
    "one.tar": lambda r: as_tar({"customers.csv": as_csv(r)}),
    "one.tar.gz": lambda r: as_tar({"customers.csv": as_csv(r)}, "w:gz"),
    "one.tar.xz": lambda r: as_tar({"customers.csv": as_csv(r)}, "w:xz"),
    "one.tar.bz2": lambda r: as_tar({"customers.csv": as_csv(r)}, "w:bz2"),
    "gz-in.zip": lambda r: as_zip({"customers.csv.gz": gzip.compress(as_csv(r)), "README.txt": b"sold by nobody\nno refunds, ever\n"}),
    "zip-in.tar.gz": lambda r: as_tar({"inner.zip": as_zip({"customers.csv": as_csv(r)})}, "w:gz"),
    "book-in.zip": lambda r: as_zip({"book.xlsx": as_xlsx(r)}),
    "bson-in.tar": lambda r: as_tar({"shop/customers.metadata.json": b'{"indexes":[{"v":2}]}', "shop/customers.bson": as_bson(r)}),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    as_sqlite(PEOPLE, folder / "shop.sqlite")
    return folder


def figures(summary):
    """What must not depend on how the sample was written. A sample without names for its columns may find less out."""
    return {key: summary[key] for key in ("rows_sample", "rows_reference", "rows_matched", "rows_linked", "evidence_class", "taken_between")}


@pytest.fixture(scope="module")
def truth(world, assay_bin):
    (world / "truth.csv").write_bytes(as_csv(LEAK))
    done = subprocess.run([assay_bin, "match", "truth.csv", "--against", "shop.sqlite", "--json"], cwd=world, stdout=subprocess.PIPE, check=False)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["rows_sample"] == summary["rows_matched"] == 200 and summary["complete"] is True
    return figures(summary)


EXTRA_ROWS = {"shared.xlsx": 1, "inline.xlsx": 1, "mac.xlsx": 1, "book-in.zip": 1, "deep.json": 1}


@pytest.mark.parametrize("name", FORMS)
def test_one_truth_in_every_form_as_a_sample(assay, world, truth, name):
    (world / name).write_bytes(FORMS[name](LEAK))
    result = assay("match", name, "--against", "shop.sqlite", "--json", cwd=world, code=1)
    expected = dict(truth, rows_sample=200 + EXTRA_ROWS.get(name, 0))
    assert figures(result.summary) == expected, result.of_kind("coverage")
    assert result.summary["complete"] is True
    assert sum(c["count"] for c in result.of_kind("coverage") if c.get("role") == "sample") == expected["rows_sample"]


@pytest.mark.parametrize("name", ["one.zip", "one.7z", "one.tar.gz", "zip-in.tar.gz", "shared.xlsx", "sheet.ods", "customers.bson", "phpmyadmin.json", "utf16.csv", "packed.csv.xz"])
def test_one_truth_as_a_reference(assay, world, truth, name):
    (world / ("all-" + name)).write_bytes(FORMS[name](PEOPLE))
    summary = assay("match", "truth.csv", "--against", "all-" + name, "--json", cwd=world, code=1).summary
    assert figures(summary) == truth and summary["complete"] is True


def test_sqlite_as_a_sample(assay, world, truth):
    as_sqlite(LEAK, world / "leak.sqlite")
    result = assay("match", "leak.sqlite", "--against", "shop.sqlite", "--json", cwd=world, code=1)
    assert figures(result.summary) == truth
    assert [c["format"] for c in result.of_kind("coverage") if c.get("role") == "sample"] == ["SQLite"]
    assay("match", "truth.csv", "--against", "shop.sqlite", "--background", "leak.sqlite", "--json", cwd=world, code=1)


def test_a_folder_is_all_its_tables(assay, world, truth):
    folder = world / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.csv").write_bytes(as_csv(LEAK[:100]))
    (folder / "deep" / "b.zip").write_bytes(as_zip({"b.jsonl": as_lines(LEAK[100:150])}))
    as_sqlite(LEAK[150:], folder / "c.sqlite")
    (folder / "notes.txt").write_text("Dear buyer,\nall of it is real.\nYours, nobody\n")
    (folder / "link.csv").symlink_to("a.csv")
    (folder / "loop").symlink_to(".")
    result = assay("match", "folder", "--against", "shop.sqlite", "--json", cwd=world, code=1)
    members = {c["member"]: c for c in result.of_kind("coverage") if c["source"] == "folder"}
    assert {name: (c["class"], c["count"]) for name, c in members.items()} == {
        "a.csv": ("rows", 100), "c.sqlite": ("rows", 50), "deep/b.zip": ("rows", 0), "deep/b.zip!b.jsonl": ("rows", 50), "notes.txt": ("no table", 1),
        "link.csv": ("no table", 1), "loop": ("no table", 1)}
    assert "link" in members["link.csv"]["why"] and "no delimiter" in members["notes.txt"]["why"]
    assert result.summary["rows_sample"] == 200 and result.summary["complete"] is True
    (folder / "out.csv").symlink_to(world / "truth.csv")
    result = assay("match", "folder", "--against", "shop.sqlite", "--json", cwd=world, code=1)
    assert [c["class"] for c in result.of_kind("coverage") if c.get("member") == "out.csv"] == ["rejected: not read"]
    assert result.summary["rows_sample"] == 200 and result.summary["complete"] is False
    all_of_it = world / "all-folder"
    all_of_it.mkdir()
    (all_of_it / "customers.csv").write_bytes(as_csv(PEOPLE))
    assert figures(assay("match", "truth.csv", "--against", "all-folder", "--json", cwd=world, code=1).summary) == truth


def test_every_member_is_counted_by_itself(assay, world):
    rows = as_csv(LEAK).decode().splitlines(keepends=True)
    rows[3] = "broken,row\n"
    whole = gzip.compress(as_csv(LEAK[100:]))
    archive = as_zip({"a.csv": "".join(rows[:101]).encode(), "b.csv.gz": whole[:len(whole) // 2], "photo.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
                      "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "deep.tar": as_tar({"one.zip": as_zip({"two.csv": as_csv(LEAK)})})})
    (world / "many.zip").write_bytes(archive)
    result = assay("match", "many.zip", "--against", "shop.sqlite", "--json", cwd=world)
    told = {(c["member"], c["class"]): c["count"] for c in result.of_kind("coverage") if c["source"] == "many.zip"}
    assert told[("a.csv", "rows")] == 99 and told[("a.csv", "rejected: wrong number of cells")] == 1
    assert told[("b.csv.gz", "rejected: damaged packing")] == 1 and 0 < told[("b.csv.gz", "rows")] < 100
    assert told[("photo.png", "no table")] == told[("old.xls", "rejected: not read")] == 1
    assert ("deep.tar!one.zip", "rejected: not read") in told
    assert result.summary["complete"] is False
    assert "old.xls" in result.err + result.out and ".xlsx" in result.err


def test_a_book_of_many_sheets_is_read_to_its_end(assay, world):
    """A sheet's bytes are unpacked anew for each: that is not what a bomb does."""
    ods = as_ods(LEAK)
    with zipfile.ZipFile(io.BytesIO(ods)) as archive:
        content = archive.read("content.xml").decode()
    start, end = content.index("<table:table "), content.index("</office:spreadsheet>")
    filler = f'<!--{" " * 30000}--><table:table-row>' + '<table:table-cell office:value-type="float" office:value="7"/>' * 6 + "</table:table-row>"
    tables = "".join(f'<table:table table:name="t{i}">{filler * 60}</table:table>' for i in range(9))
    (world / "many.ods").write_bytes(as_zip({"content.xml": content[:start] + tables + content[start:end] + content[end:], "META-INF/manifest.xml": "<x/>"}))
    result = assay("match", "many.ods", "--against", "shop.sqlite", "--json", cwd=world, code=1)
    assert {c["member"]: c["count"] for c in result.of_kind("coverage") if c["source"] == "many.ods"} == {"customers": 200, **{f"t{i}": 60 for i in range(9)}}
    assert result.summary["complete"] is True


def test_a_sheet_of_empty_cells_ends_at_its_bound(assay_bin, world):
    probe = assay_bin.resolve().parents[2] / "tests" / "unit" / "table_probe"
    if not probe.exists():
        pytest.skip(f"{probe} is not there: ninja makes it")
    with zipfile.ZipFile(io.BytesIO(as_xlsx(LEAK, extra_sheet=False))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"].decode()
    rows = '<row><c r="A1"><v>1</v></c></row>' * 60000 + '<row><c r="FAA1"><v>1</v></c></row>'
    files["xl/worksheets/sheet1.xml"] = sheet.replace("</sheetData>", rows + "</sheetData>")
    (world / "wide.xlsx").write_bytes(as_zip(files))
    done = subprocess.run([probe, world / "wide.xlsx"], stdout=subprocess.PIPE, check=True)
    assert 0 < json.loads(done.stdout)["rows"] < 20000


def test_a_string_that_is_not_there_is_said(assay, world):
    with zipfile.ZipFile(io.BytesIO(as_xlsx(LEAK, extra_sheet=False))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["xl/sharedStrings.xml"] = files["xl/sharedStrings.xml"].replace(b"</sst>", b"").rpartition(b"<si>")[0] + b"</sst>"
    (world / "lacking.xlsx").write_bytes(as_zip(files))
    result = assay("match", "lacking.xlsx", "--against", "shop.sqlite", cwd=world)
    assert result.code == 2 and "shared string that is not there" in result.err


def test_encrypted_members_are_said(assay, world):
    data = bytearray(as_zip({"a.csv": as_csv(LEAK), "b.csv": as_csv(LEAK)}))
    local, central = data.find(b"PK\3\4", 10), data.rfind(b"PK\1\2")
    data[local + 6] |= 1
    data[central + 8] |= 1
    (world / "locked.zip").write_bytes(data)
    result = assay("match", "locked.zip", "--against", "shop.sqlite", "--json", cwd=world)
    why = [c for c in result.of_kind("coverage") if c.get("member") == "b.csv"]
    assert [c["class"] for c in why] == ["rejected: not read"] and "encrypted" in result.err
    assert result.summary["rows_sample"] == 200 and result.summary["complete"] is False


def test_a_bomb_ends_at_its_bound(assay, world):
    (world / "bomb.zip").write_bytes(as_zip({"a.csv": as_csv(LEAK), "zeros.csv": (b"1," + b"0" * 4093 + b"\n") * (34 << 10)}))
    result = assay("match", "bomb.zip", "--against", "shop.sqlite", "--json", cwd=world)
    assert "250 times" in result.err and result.summary["complete"] is False


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"id,email\n", gzip.compress(b"")])
def test_a_sample_without_a_row_is_no_comparison(assay, world, data):
    (world / "nothing.csv").write_bytes(data)
    result = assay("match", "nothing.csv", "--against", "shop.sqlite", "--json", cwd=world, code=2)
    assert "nothing can be compared" in result.err and result.summary["complete"] is False


def test_nothing_but_no_tables_is_an_error(assay, world):
    (world / "none.zip").write_bytes(as_zip({"a.png": b"\x89PNG\r\n\x1a\n" + bytes(200)}))
    result = assay("match", "none.zip", "--against", "shop.sqlite", cwd=world)
    assert result.code == 2 and "none is a table" in result.err and "a.png" in result.err


def coverage_of(assay, world, name, *words):
    result = assay("match", name, "--against", "shop.sqlite", "--json", *words, cwd=world)
    return [c for c in result.of_kind("coverage") if c["source"] == name], result


CYRILLIC = ["Иванов Сергей", "Смирнова Анна", "Кузнецов Пётр", "Попова Екатерина", "Соколов Николай", "Лебедева Ирина", "Новиков Роман"]
JAPANESE = ["山田太郎", "さとうはなこ", "鈴木いちろう", "たかはしみどり", "田中さくら", "いとうけん"]
CHINESE = ["王小明", "李芳", "张伟强", "刘洋", "陈静", "杨丽华", "赵国庆", "黄建国", "周文", "吴海燕"]
TAIWAN = ["王小明", "李淑芬", "張家豪", "劉雅婷", "陳志明", "楊美玲", "趙國慶", "黃建國", "周文雄", "吳海燕"]
KOREAN = ["김민수", "이영희", "박지훈", "최수진", "정하늘", "강도현", "조은비", "윤서준"]


@pytest.mark.parametrize("encoding, names, told, by", [
    ("utf-8", ["Zoë"], "UTF-8", "validity"), ("latin-1", ["Zoë", "Müller", "Ängström", "Núñez"], "Latin-1", "default"),
    ("cp1252", ["5 €", "Zoë"], "CP1252", "frequency"), ("iso-8859-15", ["5 €", "Zoë"], "ISO-8859-15", "frequency"),
    ("cp1251", CYRILLIC, "CP1251", "frequency"), ("koi8-r", CYRILLIC, "KOI8-R", "frequency"), ("shift_jis", JAPANESE, "Shift-JIS", "frequency"),
    ("euc-jp", JAPANESE, "EUC-JP", "frequency"), ("gbk", CHINESE, "GB18030", "frequency"), ("big5", TAIWAN, "Big5", "frequency"),
    ("euc-kr", KOREAN, "EUC-KR", "frequency"), ("utf-32", CHINESE, "UTF-32LE", "mark"), ("utf-16", CYRILLIC, "UTF-16LE", "mark"),
    ("utf-8-sig", CHINESE, "UTF-8", "mark")])
def test_an_encoding_is_found_and_said(assay, world, encoding, names, told, by):
    rows = [(p[0], p[1], names[i % len(names)], *p[3:]) for i, p in enumerate(PEOPLE[:300])]
    rows = [(*row[:3], "Town", *row[4:]) for row in rows]
    (world / "reference8.csv").write_bytes(as_csv(rows))
    (world / "text.csv").write_bytes(as_csv(rows[:200], encoding=encoding))
    result = assay("match", "text.csv", "--against", "reference8.csv", "--json", cwd=world, code=1)
    coverage = next(c for c in result.of_kind("coverage") if c.get("role") == "sample")
    assert (coverage["encoding"], coverage["encoding_by"], coverage.get("encoding_guessed", False)) == (told, by, by in ("frequency", "default"))
    name = next(m for m in result.of_kind("measure") if m["sample"] == "full_name" and m["reference"].endswith(".full_name"))
    assert name["containment"] == 1 and name["n"] == 200


def test_an_encoding_can_be_ordered(assay, world):
    (world / "few.csv").write_bytes(as_csv([(1, "a@b.zz", "Łukasz Żak", "Łódź", "x", "y")], encoding="iso-8859-15", errors=None) if False else
                                    "id,name\n1,Иван\n".encode("koi8-r"))
    coverage, _ = coverage_of(assay, world, "few.csv", "--encoding", "koi8-r")
    assert (coverage[0]["encoding"], coverage[0]["encoding_by"]) == ("KOI8-R", "order")
    result = assay("match", "few.csv", "--against", "shop.sqlite", "--encoding", "klingon", cwd=world)
    assert result.code not in (0, 1) and "klingon" in result.err and "KOI8-R" in result.err


@pytest.mark.parametrize("encoding, told", [("utf-8", "UTF-8"), ("cp1252", "CP1252")])
def test_what_comes_behind_an_ascii_head_decides(assay, world, encoding, told):
    plain = [(100000 + i, f"filler{i}@quillmail.zz", "Nobody", "Nowhere", "-" * 40, stamp(10**9)) for i in range(6000)]
    (world / "late.csv").write_bytes(as_csv([*plain, *LEAK, (0, "x@y.zz", "“quoted”", "5 €", "z", "")], encoding=encoding))
    coverage, result = coverage_of(assay, world, "late.csv")
    assert coverage[0]["encoding"] == told and len(coverage) == 1
    name = next(m for m in result.of_kind("measure") if m["sample"] == "full_name" and m["reference"].endswith(".full_name"))
    assert name["k"] == 200


def test_bytes_that_are_no_text_are_counted(assay, world):
    plain = [(100000 + i, f"fillër{i}@quillmail.zz", "Nobody", "Nowhere", "-" * 40, stamp(10**9)) for i in range(6000)]
    (world / "mixed.csv").write_bytes(as_csv(plain) + "7,a@b.zz,Zoë Müller,x,y,z\n".encode("latin-1"))
    coverage, _ = coverage_of(assay, world, "mixed.csv")
    assert coverage[0]["encoding"] == "UTF-8"
    assert [(c["class"], c["count"]) for c in coverage[1:]] == [("bytes that mean nothing in this encoding", 2)]


@pytest.mark.parametrize("delimiter, order", [(":", "email password"), (";", "email password"), ("|", "user password email"), (":", "email hash salt")])
def test_combo_lists(assay, world, delimiter, order):
    rng = random.Random(4)
    people = [(p[0], p[1], f"user{p[0]}", "pw" + "".join(rng.choices("abc:;|,XYZ!", k=9)), p[4], f"s{p[0] * 7919}") for p in PEOPLE]
    with sqlite3.connect(world / f"logins{len(order)}{ord(delimiter)}.sqlite") as db:
        db.execute("create table logins(id integer, email text, user text, password text, hash text, salt text)")
        db.executemany("insert into logins values (?,?,?,?,?,?)", people)
    db.close()
    names = ["id", "email", "user", "password", "hash", "salt"]
    (world / "combo.txt").write_text("".join(delimiter.join(p[names.index(n)] for n in order.split()) + "\n" for p in people[:300]) + "no account\n\n")
    result = assay("match", "combo.txt", "--against", f"logins{len(order)}{ord(delimiter)}.sqlite", "--json", cwd=world)
    coverage = [c for c in result.of_kind("coverage") if c["source"] == "combo.txt"]
    assert (coverage[0]["format"], coverage[0]["delimiter"], coverage[0]["count"]) == ("combo list", delimiter, 300)
    found = {m["sample"]: m["containment"] for m in result.of_kind("measure") if m["reference"].rpartition(".")[2] == m["sample"]}
    assert found == {n: 1 for n in order.split()}


def test_stolen_passwords(assay, world):
    """A folder with a file for each of a hundred victims is one table; people are known, and nothing says that they come from the database."""
    folder = world / "stolen"
    for i, person in enumerate(PEOPLE[:100]):
        (folder / f"victim{i}").mkdir(parents=True)
        other = PEOPLE[100 + i]
        (folder / f"victim{i}" / "Passwords.txt").write_text(
            f"URL: https://shop.zz/login\r\nUsername: {person[1]}\r\nPassword: a:b{i}\r\nApplication: Chrome\r\n===============\r\n"
            f"URL: https://other.zz/\r\nUsername: {other[1]}\r\nPassword: \r\nApplication: Chrome\r\n===============\r\n")
    (folder / "lines.txt").write_text("".join(f"https://shop.zz:8443/x:{p[1]}:pw{p[0]}\n" for p in PEOPLE[200:300]))
    coverage, result = coverage_of(assay, world, "stolen")
    assert {c["format"] for c in coverage} == {"stealer log"} and sum(c["count"] for c in coverage) == 300 and len(coverage) == 101
    assert result.summary["rows_sample"] == 300 and result.summary["complete"] is True
    known = [m for m in result.of_kind("measure") if m["sample"] == "accounts.login" and m["reference"].endswith(".email")]
    assert sorted(m["k"] for m in known) == [100, 200]      # of lines and of blocks
    assert result.summary["headline"]["log10_lr"] <= 0


def test_a_table_with_addresses_stays_csv(assay, world):
    for name, text in (("a.csv", "a@b.zz;pw;x;y;z\nc@d.zz;pw;x;y;z\n" * 9), ("b.csv", "email:time\na@b.zz:10:30\n"), ("c.csv", "a@b.zz,2020-01-01 10:00:00\nc@d.zz,2020-01-01 11:00:00\n"),
                       ("d.csv", '"a@b.zz";"pw"\n"c@d.zz";"p;w"\n')):
        (world / name).write_text(text)
        coverage, _ = coverage_of(assay, world, name)
        assert coverage[0]["format"] == "CSV", name


def test_late_members_are_counted_and_early_ones_kept(assay, world):
    rows = as_objects(LEAK)
    rows[150]["nickname"] = "zed"
    (world / "late.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    coverage, _ = coverage_of(assay, world, "late.jsonl")
    assert [c["class"] for c in coverage] == ["rows"]
    filler = json.dumps({**rows[0], "email": "x" * 4000}) + "\n"
    (world / "later.jsonl").write_text(filler * 1100 + json.dumps(rows[150]) + "\n")
    coverage, result = coverage_of(assay, world, "later.jsonl")
    assert [(c["class"], c["count"]) for c in coverage[1:]] == [("rejected: members that first turned up late", 1)]
    assert result.summary["complete"] is False

"""assay timeline: what a trace recorded comes back by time, page by page, every record once."""


def test_pages_hold_every_record_once_and_by_time(assay, tmp_path):
    log = tmp_path / "access.log"
    log.write_text("".join(f'203.0.113.7 - - [14/Mar/2026:21:{i // 60:02d}:{i % 60:02d} +0000] "POST /up/a.php HTTP/1.1" 200 {900 + i} "-" "x"\n' for i in range(300)), encoding="ascii")
    case = tmp_path / "c.case"
    assay("open", case, code=0)
    assay("trace", log, "--path", "/up/a.php", "--case", case)
    whole = assay("timeline", "--case", case, "--json", code=0)
    assert whole.summary["complete"] is True and whole.summary["next"] is None
    records = [record for record in whole.records if record["kind"] != "summary"]
    assert len(records) == whole.summary["count"] >= 3
    assert [record["at"] for record in records] == sorted(record["at"] for record in records)
    assert any(record["kind"] == "event" and record["at"] == record["time"] for record in records)
    met, after = [], None
    while True:
        page = assay("timeline", "--case", case, "--json", "--limit", 1, *(["--after", after] if after else []), code=0)
        met += [record["id"] for record in page.records if record["kind"] != "summary"]
        after = page.summary["next"]
        if after is None:
            break
    assert met == [record["id"] for record in records] and len(set(met)) == len(met)
    none = assay("timeline", "--case", case, "--from", "2027-01-01", code=0)
    assert "shown       0 of 0 records" in none.out
    wrong = assay("timeline", "--case", case, "--after", "soon", code=64)
    assert "no place in the timeline" in wrong.err

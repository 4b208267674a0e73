"""Every line number and offset that trace names is where the record begins: also behind statements and complaints of several lines,
packed or not."""
import datetime
import gzip

import pytest

START = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.timezone.utc)


def stamp(second, form="%Y-%m-%dT%H:%M:%S.000000Z"):
    return (START + datetime.timedelta(seconds=second)).strftime(form)


def general_log():
    """Many statements of three lines, then a dump."""
    out = ["/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\nTime\t\t    Id Command\tArgument\n"]
    for i in range(300):
        out.append(f"{stamp(i * 20)}\t    {i} Connect\tshop@localhost on shop using Socket\n"
                   f"{stamp(i * 20)}\t    {i} Query\tSELECT name,\n  price\nFROM goods WHERE id = {i}\n{stamp(i * 20)}\t    {i} Quit\t\n")
    for text in ("SET SQL_QUOTE_SHOW_CREATE=1", "show create table `customers`", "SELECT /*!40001 SQL_NO_CACHE */ `id`,\n`email` FROM `customers`"):
        out.append(f"{stamp(6100)}\t    900 Query\t{text}\n")
    return "".join(out)


def error_log():
    out = []
    for i in range(200):
        at = stamp(i * 7, "%Y/%m/%d %H:%M:%S")
        out.append(f'{at} [error] 7#7: *{i} FastCGI sent in stderr: "PHP message: PHP Warning:  strlen() expects in /srv/www/uploads/a.php on line 3\n'
                   f'PHP message: second\nthird" while reading upstream, client: 192.0.2.{i % 9}, server: s, request: "POST /uploads/a.php HTTP/1.1", upstream: "fastcgi://x:", host: "s"\n')
    return "".join(out)


def places(value):
    if isinstance(value, dict):
        if value.get("line") and value.get("offset") is not None and value.get("source"):
            yield value["source"], value["line"], value["offset"]
        for item in value.values():
            yield from places(item)
    elif isinstance(value, list):
        for item in value:
            yield from places(item)


@pytest.mark.parametrize("make", [general_log, error_log])
@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_those_of_the_file(assay, tmp_path, make, packed):
    text = make().encode()
    path = tmp_path / ("some.log.gz" if packed else "some.log")
    path.write_bytes(gzip.compress(text) if packed else text)
    found = set(places(assay("trace", path, "--hunt", "--json", code=None).records))
    assert found
    for source, line, offset in found:
        assert text.count(b"\n", 0, offset) + 1 == line, (source, line, offset)
        assert offset == 0 or text[offset - 1:offset] == b"\n"


def test_a_size_that_is_not_logged_is_no_zero(assay, tmp_path):
    """IIS without sc-bytes, which is how it is installed."""
    path = tmp_path / "u_ex260302.log"
    rows = [f"2026-03-02 09:{i // 60:02d}:{i % 60:02d} 203.0.113.5 POST /uploads/a.php - 200" for i in range(40)]
    path.write_text("#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status\n" + "\n".join(rows) + "\n")
    result = assay("trace", path, "--path", "/uploads/a.php", "--json", code=1)
    use = [f for f in result.of_kind("finding") if f["class"] == "use"][0]
    assert use["body_bytes"] is None and use["above_baseline"] is None and use["largest"]["bytes"] is None
    assert {event["bytes"] for event in result.of_kind("event")} == {None}
    text = assay("trace", path, "--path", "/uploads/a.php", code=1).out
    assert "how much was sent is not recorded" in text and " 0 bytes" not in text


def test_a_postgresql_log_is_no_full_record(assay, tmp_path):
    """Its settings decide what is in it (log_statement, log_min_duration_statement): nobody is cleared by it."""
    path = tmp_path / "postgresql.log"
    path.write_text("".join(f"{stamp(i * 20, '%Y-%m-%d %H:%M:%S.000 UTC')} [{1000 + i}] shop@shop LOG:  statement: SELECT name FROM goods WHERE id = {i}\n" for i in range(4000)))
    answer = [m for m in assay("trace", path, "--json", code=None).of_kind("measure") if m["class"] == "answer"][-1]
    assert answer["question"] == "taking through the database" and answer["word"] == "not observed, holes"
    assert "a log of slow statements, or one whose settings decide what is logged, is no full record" in answer["why"]

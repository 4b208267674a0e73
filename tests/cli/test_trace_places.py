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

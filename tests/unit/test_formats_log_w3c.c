/* W3C extended logs: each row is a file's lines as IIS or CloudFront writes them, and what must come out of the last. */
#include "web_rows.h"

#include "base/banned.h"

#define IIS "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-03-14 00:00:00\n"
#define COLUMNS                                                                                                                \
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status " \
    "sc-substatus sc-win32-status time-taken\n"
#define FULL \
    "#Fields: date time c-ip cs-username cs-host cs-method cs-uri-stem cs-uri-query sc-status sc-bytes cs-bytes time-taken\n"
#define CLOUD                                                                                                                    \
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "      \
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken " \
    "x-forwarded-for\n"

static const struct web_row rows[] = {
    {"IIS without sizes",
     NULL,
     "W3C extended",
     IIS COLUMNS,
     "2026-03-14 21:47:09 10.0.0.1 POST /a.aspx cmd=x+y 443 - 192.0.2.1 Mozilla/5.0+(X11;+Linux) http://r/ 200 0 0 46",
     LOG_PARSED,
     "192.0.2.1",
     NULL,
     NULL,
     "POST",
     "/a.aspx?cmd=x+y",
     "http://r/",
     "Mozilla/5.0 (X11; Linux)",
     NULL,
     200,
     NONE,
     0,
     46000,
     "2026-03-14T21:47:09Z",
     LOG_HAS_ZONE | LOG_HAS_YEAR | LOG_HAS_DURATION,
     LOG_HAS_BYTES,
     "how much was sent"},
    {"with sizes",
     NULL,
     "W3C extended",
     IIS FULL,
     "2026-03-14 21:47:09 192.0.2.1 SHOP\\ann shop.example GET /a - 200 5171 300 15",
     LOG_PARSED,
     "192.0.2.1",
     "SHOP\\ann",
     "shop.example",
     "GET",
     "/a",
     NULL,
     NULL,
     NULL,
     200,
     5171,
     300,
     15000,
     NULL,
     LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN},
    {"the date only in #Date", NULL, "W3C extended", IIS "#Fields: time c-ip cs-method cs-uri-stem sc-status\n",
     "21:47:09 192.0.2.1 GET /a 200", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a", .status = 200, .bytes = NONE,
     .time = "2026-03-14T21:47:09Z"},
    {"past midnight", NULL, "W3C extended",
     IIS
     "#Fields: time c-ip cs-method cs-uri-stem sc-status\n23:59:59 192.0.2.1 GET /a 200\n00:00:01 192.0.2.1 GET /a 200\n",
     "00:00:00 192.0.2.1 GET /b 200", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/b", .status = 200, .bytes = NONE,
     .time = "2026-03-15T00:00:00Z"},
    {"columns that change", NULL, "W3C extended",
     IIS COLUMNS "2026-03-14 21:47:09 10.0.0.1 GET / - 443 - 192.0.2.1 UA - 200 0 0 46\n" IIS FULL,
     "2026-03-14 21:48:09 192.0.2.7 - - GET /b - 404 12 - -", LOG_PARSED, "192.0.2.7", NULL, NULL, "GET", "/b",
     .status = 404, .bytes = 12, .has = LOG_HAS_BYTES},
    {"two blanks before a user", NULL, "W3C extended", IIS COLUMNS,
     "2026-03-14 21:47:09 ::1 POST /p s=1 444  D\\ann ::1 UA - 200 0 0 46", LOG_PARSED, "::1", "D\\ann", NULL, "POST",
     "/p?s=1", NULL, "UA", NULL, 200, NONE},
    {"a byte order mark and carriage returns", NULL, "W3C extended",
     "\xef\xbb\xbf#Version: 1.0\r\n#Fields: date time c-ip cs-method cs-uri-stem sc-status \r\n",
     "2026-03-14 21:47:09 192.0.2.1 GET /a 200\r", LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a", .status = 200,
     .bytes = NONE},
    {"a header line", NULL, "W3C extended", IIS COLUMNS, "#Remark: x", LOG_NOTE, .client = NULL},
    {"too few columns", NULL, "W3C extended",
     IIS COLUMNS "2026-03-14 21:47:09 10.0.0.1 GET / - 443 - 192.0.2.1 UA - 200 0 0 46\n",
     "2026-03-14 21:47:09 10.0.0.1 GET / - 443 - 192.0.2.1 UA - 200 0 0", LOG_NOT_SO, .client = NULL},
    {"too many columns", NULL, "W3C extended",
     IIS COLUMNS "2026-03-14 21:47:09 10.0.0.1 GET / - 443 - 192.0.2.1 UA - 200 0 0 46\n",
     "2026-03-14 21:47:09 10.0.0.1 GET / - 443 - 192.0.2.1 UA - 200 0 0 46 7", LOG_NOT_SO, .client = NULL},
    {"no time", NULL, "W3C extended", IIS FULL "2026-03-14 21:47:09 192.0.2.1 - - GET / - 200 1 1 1\n",
     "2026-02-30 21:47:09 192.0.2.1 - - GET / - 200 1 1 1", LOG_NO_TIME, .client = NULL},
    {"no client", NULL, "W3C extended", IIS FULL "2026-03-14 21:47:09 192.0.2.1 - - GET / - 200 1 1 1\n",
     "2026-03-14 21:47:09 192.0.2.1:5 - - GET / - 200 1 1 1", LOG_NO_CLIENT, .client = NULL},
    {"no status", NULL, "W3C extended", IIS FULL "2026-03-14 21:47:09 192.0.2.1 - - GET / - 200 1 1 1\n",
     "2026-03-14 21:47:09 192.0.2.1 - - GET / - 2000 1 1 1", LOG_NO_STATUS, .client = NULL},
    {"no size", NULL, "W3C extended", IIS FULL "2026-03-14 21:47:09 192.0.2.1 - - GET / - 200 1 1 1\n",
     "2026-03-14 21:47:09 192.0.2.1 - - GET / - 200 x 1 1", LOG_NO_SIZE, .client = NULL},
    {"quotes around values, local time",
     NULL,
     "W3C extended",
     "#Software: IIS Advanced Logging Module\n#Fields: date-local time-local cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) "
     "cs(Host) sc-status TimeTakenMS\n",
     "2026-03-14 21:47:09.363 GET /a - \"192.0.2.1\" \"Mozilla/5.0 (X11; \"\"x\"\")\" \"shop.example\" 200 109",
     LOG_PARSED,
     "192.0.2.1",
     NULL,
     "shop.example",
     "GET",
     "/a",
     NULL,
     "Mozilla/5.0 (X11; \"\"x\"\")",
     NULL,
     200,
     NONE,
     0,
     109000,
     "2026-03-14T21:47:09.363Z",
     LOG_HAS_YEAR,
     LOG_HAS_ZONE},
    {"a quote that is the visitor's", NULL, "W3C extended", IIS COLUMNS,
     "2026-03-14 21:47:09 10.0.0.1 GET / - 443 - 192.0.2.1 \"x y\" 200 0 0 46", LOG_PARSED, "192.0.2.1", NULL, NULL,
     "GET", "/", "y\"", "\"x", NULL, 200, NONE},
    {"an offset in the header", NULL, "W3C extended",
     "#GMT-Offset: -0800\n#Software: Cache/2\n#Fields:  c-ip  date  time  cs-method  cs-uri  sc-status  bytes\n",
     "192.0.2.1   2026-03-14  21:47:09  GET  http://shop.example/a?b   200   350", LOG_PARSED, "192.0.2.1", NULL, NULL,
     "GET", "/a?b", .status = 200, .bytes = 350, .time = "2026-03-15T05:47:09Z"},
    {"CloudFront without its headers", NULL, "CloudFront", NULL,
     "2026-03-14\t21:47:09\tFRA2\t2390\t192.0.2.1\tGET\td1\t/a\t200\t-\tcurl\t-\t-\tHit\tid\tshop\thttps\t23\t0.1\t-\tT\tC\tHit"
     "\tHTTP/2.0\t-\t-\t1\t0.1\tHit\t-\t-\t-\t-",
     LOG_PARSED, "192.0.2.1", NULL, "d1", "GET", "/a", NULL, "curl", NULL, 200, 2390, 23, 100000},
    {"CloudFront",
     NULL,
     "CloudFront",
     CLOUD,
     "2026-03-14\t21:47:09\tFRA2\t2390\t192.0.2.1\tGET\td1.cloudfront.example\t/a.jpg\t200\t-\tMozilla/5.0%2520(X11)%20x\tb=c\t-\tHit\tid=="
     "\tshop.example\thttps\t23\t0.001\t198.51.100.7",
     LOG_PARSED,
     "192.0.2.1",
     NULL,
     "d1.cloudfront.example",
     "GET",
     "/a.jpg?b=c",
     NULL,
     "Mozilla/5.0 (X11) x",
     "198.51.100.7",
     200,
     2390,
     23,
     1000,
     NULL,
     LOG_HAS_BYTES | LOG_HAS_FORWARDED},
};

static void each_file(void **state)
{
    (void)state;
    WEB_CHECK(rows)
}

/* Logs of the same form that tell of no requests. */
static void others_are_not_claimed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "#Software: Microsoft Exchange Server\n#Fields: date-time,client-ip,client-hostname\n2026-03-14T21:47:09.000Z,192.0.2.1,x\n",
        "#Version: 1.5\n#Fields: date time action protocol src-ip dst-ip\n2026-03-14 21:47:09 DROP TCP 192.0.2.1 10.0.0.1\n",
        "2026-03-14 21:47:09 192.0.2.1 GET / 200\n",
        "# a comment\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = TIME_NONE, .where = "test"};
        void *setup = NULL;
        unsigned has = 0;
        assert_false(log_w3c.probe(&spec, str_of(texts[i]), &setup, &has));
        assert_false(log_cloudfront.probe(&spec, str_of(texts[i]), &setup, &has));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_file), cmocka_unit_test(others_are_not_claimed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

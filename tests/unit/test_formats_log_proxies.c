/* Fixed formats of load balancers, proxies and applications, and that no reader claims another's lines. */
#include "web_rows.h"

#include "base/banned.h"

#define ALB                                                                                                                    \
    "https 2026-03-14T20:47:09.123456Z app/shop/50dc 192.0.2.1:4711 10.0.0.1:80 0.010 0.200 0.000 200 200 34 366 \"GET "       \
    "https://shop.example:443/a?b HTTP/1.1\" \"curl/8 \\\"x\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x \"Root=1-58337\" " \
    "\"shop.example\" \"arn\" 0 2026-03-14T20:47:09.000000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\""
#define ELB                                                                                                      \
    "2026-03-14T20:47:09.123456Z shop 192.0.2.1:4711 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 7 29 \"GET " \
    "http://shop.example:80/a HTTP/1.1\" \"curl/8\" - -"
#define S3                                                                                                                          \
    "79a5 bucket [14/Mar/2026:20:47:09 +0000] 192.0.2.1 79a5 3E57 REST.GET.OBJECT a.sql \"GET /a.sql HTTP/1.1\" 200 - 113 113 7 6 " \
    "\"-\" \"S3Console/0.4 \\\"x\" - id= SigV4 AES AuthHeader x.example TLSv1.2"
#define HAPROXY \
    "192.0.2.1:33317 [14/Mar/2026:21:47:09.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "
#define SYSLOG "Mar 14 21:47:09 lb haproxy[14389]: "
#define ENVOY                                                                                                             \
    "[2026-03-14T20:47:09.310Z] \"POST /a?b HTTP/2\" 204 - 154 7 226 100 \"198.51.100.7, 10.0.0.9\" \"curl/8\" \"cc21\" " \
    "\"shop.example\" \"10.0.2.1:80\""
#define ISTIO                                                                                                                    \
    "[2026-03-14T20:47:09.310Z] \"GET /a HTTP/1.1\" 200 - via_upstream - \"-\" 0 135 5 4 \"-\" \"curl/8\" \"d2\" \"shop:8000\" " \
    "\"10.0.0.1:80\" outbound|8000||shop 10.0.0.2:37652 10.0.0.3:8000 192.0.2.1:37650 - default"
#define SQUID \
    "1773521229.779    180 192.0.2.1 TCP_MISS/200 411 GET http://shop.example/a?b ann HIER_DIRECT/10.0.0.1 text/html"
#define NPM                                                                                                                \
    "[14/Mar/2026:21:47:09 +0100] - 404 404 - GET http shop.example \"/a b\" [Client 192.0.2.1] [Length 192] [Gzip 3.10] " \
    "[Sent-to 10.0.0.1] \"UA (x)\" \"-\""
#define FPM "- -  14/Mar/2026:21:47:09 +0000 \"GET /index.php\" 200"
#define JIRA \
    "[14/Mar/2026:21:47:09 +0100] ann http-nio-8080-exec-6 192.0.2.1 GET /a b HTTP/1.1 200 1020ms 7881 http://r/ Mozilla/5.0 (X11)"
#define JIRA9 "[14/Mar/2026:21:47:09 +0100] 198.51.100.7 - exec-6 192.0.2.1 GET /a HTTP/1.1 200 20ms 71 - curl/8"
#define BITBUCKET \
    "192.0.2.1,10.0.0.1 | https | o@9K7 | ann | 2026-03-14 21:47:09,838 | \"GET /a HTTP/1.1\" | \"\" \"git/2\" | 200 | 13 | 9 | x | 101 | s |"
#define COMMON "192.0.2.1 - - [14/Mar/2026:21:47:09 +0100] \"GET /a HTTP/1.1\" 200 5"
#define JSON "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}"
#define W3C "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-03-14 21:47:09 192.0.2.1 GET /a 200"
#define CLOUDFRONT \
    "#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status\n2026-03-14\t21:47:09\tF\t192.0.2.1\tGET\t/a\t200"

static const struct web_row rows[] = {
    {"ALB",
     NULL,
     "AWS ALB",
     NULL,
     ALB,
     LOG_PARSED,
     "192.0.2.1",
     NULL,
     NULL,
     "GET",
     "/a?b",
     NULL,
     "curl/8 \\\"x",
     NULL,
     200,
     366,
     34,
     0,
     "2026-03-14T20:47:09.123456Z",
     LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_ZONE},
    {"ALB, nothing answered", NULL, "AWS ALB", NULL,
     "h2 2026-03-14T20:47:09.123456Z app/shop/50dc [2001:db8::1]:4711 - -1 -1 -1 460 - 34 0 \"- https://shop.example:443- -\" \"-\" - - "
     "- \"-\"",
     LOG_PARSED, "2001:db8::1", .status = 460, .bytes = 0},
    {"ELB", NULL,     "AWS ELB", NULL, ELB, LOG_PARSED, "192.0.2.1", NULL, NULL,          "GET",       "/a",
     NULL,  "curl/8", NULL,      200,  29,  7,          0,           NULL, LOG_HAS_BYTES, LOG_HAS_WIRE},
    {"ELB of before 2015", NULL, "AWS ELB", NULL,
     "2014-03-14T20:47:09.123456Z shop 192.0.2.1:4711 10.0.0.1:80 0.1 0.2 0.3 200 200 7 29 \"GET http://shop.example:80/a HTTP/1.1\"",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a", .status = 200, .bytes = 29, .has_not = LOG_HAS_AGENT},
    {"S3", NULL, "AWS S3", NULL, S3, LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a.sql", NULL, "S3Console/0.4 \\\"x",
     NULL, 200, 113, 0, 7000},
    {"HAProxy behind syslog",
     NULL,
     "HAProxy HTTP",
     NULL,
     SYSLOG HAPROXY "{shop.example|x} {} \"GET /a?b HTTP/1.1\"",
     LOG_PARSED,
     "192.0.2.1",
     NULL,
     "http-in",
     "GET",
     "/a?b",
     NULL,
     NULL,
     NULL,
     200,
     2750,
     0,
     109000,
     "2026-03-14T21:47:09.655Z",
     LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_YEAR,
     LOG_HAS_ZONE | LOG_HAS_AGENT},
    {"HAProxy bare", NULL, "HAProxy HTTP", NULL, HAPROXY "\"GET /a HTTP/1.1\"", LOG_PARSED, "192.0.2.1", NULL,
     "http-in", "GET", "/a", .status = 200, .bytes = 2750},
    {"HAProxy, aborted", NULL, "HAProxy HTTP", NULL,
     "::1:33317 [14/Mar/2026:21:47:09.655] in~ in/<NOSRV> -1/-1/-1/-1/+50 -1 +187 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"",
     LOG_PARSED, "::1", NULL, "in~", .status = 0, .bytes = 187},
    {"HAProxy over TCP is no request", NULL, "HAProxy HTTP", HAPROXY "\"GET /a HTTP/1.1\"\n",
     "192.0.2.1:33317 [14/Mar/2026:21:47:09.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0", LOG_NO_STATUS,
     .client = NULL},
    {"Envoy",
     NULL,
     "Envoy",
     NULL,
     ENVOY,
     LOG_PARSED,
     "10.0.0.9",
     NULL,
     "shop.example",
     "POST",
     "/a?b",
     NULL,
     "curl/8",
     "198.51.100.7, 10.0.0.9",
     204,
     7,
     154,
     226000,
     "2026-03-14T20:47:09.310Z",
     .blind = "address of the connection"},
    {"Istio", NULL, "Envoy", NULL, ISTIO, LOG_PARSED, "192.0.2.1", NULL, "shop:8000", "GET", "/a", NULL, "curl/8", NULL,
     200, 135},
    {"Squid",
     NULL,
     "Squid",
     NULL,
     SQUID,
     LOG_PARSED,
     "192.0.2.1",
     "ann",
     NULL,
     "GET",
     "http://shop.example/a?b",
     NULL,
     NULL,
     NULL,
     200,
     411,
     0,
     180000,
     "2026-03-14T20:47:09.779Z",
     LOG_HAS_BYTES | LOG_HAS_WIRE},
    {"Nginx Proxy Manager", NULL, "Nginx Proxy Manager", NULL, NPM, LOG_PARSED, "192.0.2.1", NULL, "shop.example",
     "GET", "/a b", NULL, "UA (x)", NULL, 404, 192, 0, 0, "2026-03-14T20:47:09Z"},
    {"Nginx Proxy Manager, its own pages", NULL, "Nginx Proxy Manager", NULL,
     "[14/Mar/2026:21:47:09 +0100] 444 - GET https 10.0.0.1 \"/.env\" [Client 192.0.2.1] [Length 0] [Gzip -] \"UA\" \"-\"",
     LOG_PARSED, "192.0.2.1", NULL, "10.0.0.1", "GET", "/.env", NULL, "UA", NULL, 444, 0},
    {"Jira", NULL, "Atlassian", NULL, JIRA, LOG_PARSED, "192.0.2.1", "ann", NULL, "GET", "/a b", "http://r/",
     "Mozilla/5.0 (X11)", NULL, 200, 7881, 0, 1020000},
    {"Jira since 9.4", NULL, "Atlassian", NULL, JIRA9, LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a", NULL, "curl/8",
     "198.51.100.7", 200, 71},
    {"Bitbucket", NULL, "Atlassian", NULL, BITBUCKET, LOG_PARSED, "10.0.0.1", "ann", NULL, "GET", "/a", NULL, "git/2",
     "192.0.2.1,10.0.0.1", 200, 9, 13},
};

static void each_line(void **state)
{
    (void)state;
    WEB_CHECK(rows)
}

/* log_open() errs when two claim a file: every specimen must be claimed by its own reader alone. */
static void no_reader_claims_anothers_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } specimens[] = {
        {"Nginx Proxy Manager", NPM},
        {"AWS ALB", ALB},
        {"AWS ELB", ELB},
        {"AWS S3", S3},
        {"HAProxy HTTP", SYSLOG HAPROXY "\"GET /a HTTP/1.1\""},
        {"Envoy", ENVOY},
        {"Envoy", ISTIO},
        {"Squid", SQUID},
        {"PHP-FPM access", FPM},
        {"Atlassian", JIRA},
        {"Atlassian", JIRA9},
        {"Atlassian", BITBUCKET},
        {"combined", COMMON},
        {"combined", COMMON " \"-\" \"UA\""},
        {"combined", "shop.example:80 " COMMON " \"-\" \"UA\""},
        {"JSON", JSON},
        {"W3C extended", W3C},
        {"CloudFront", CLOUDFRONT},
    };
    const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = TIME_NONE, .where = "test"};
    for (size_t i = 0; i < sizeof specimens / sizeof *specimens; i++) {
        OWN(own_buf) struct buf text = {0};
        struct log_reader reader;
        struct err err = {0};
        int64_t first;
        buf_printf(&text, "%s\n", specimens[i].text);
        if (log_open(&spec, buf_str(&text), &reader, &first, &err) != 0) {
            fail_msg("%s: %s", specimens[i].name, err.text);
        }
        assert_string_equal(reader.format->name, specimens[i].name);
        log_close(&reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_line), cmocka_unit_test(no_reader_claims_anothers_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

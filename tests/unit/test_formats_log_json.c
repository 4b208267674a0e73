/* JSON access logs: each row is a line as a server writes it, and what must come out. */
#include "web_rows.h"

#include "base/banned.h"

static const struct web_row rows[] = {
    {"nginx",
     NULL,
     "JSON",
     NULL,
     "{\"time_local\":\"14/Mar/2026:21:47:09 +0100\",\"remote_addr\":\"192.0.2.1\",\"remote_user\":\"ann\",\"request\":\"GET /a?q=\\\"x "
     "HTTP/1.1\",\"status\":\"200\",\"body_bytes_sent\":\"5171\",\"request_time\":\"0.123\",\"http_referer\":\"\","
     "\"http_user_agent\":\"UA\\u0022\",\"http_x_forwarded_for\":\"198.51.100.7\"}",
     LOG_PARSED,
     "192.0.2.1",
     "ann",
     NULL,
     "GET",
     "/a?q=\"x",
     NULL,
     "UA\"",
     "198.51.100.7",
     200,
     5171,
     0,
     123000,
     "2026-03-14T20:47:09Z",
     LOG_HAS_BYTES | LOG_HAS_ZONE | LOG_HAS_FORWARDED | LOG_HAS_DURATION | LOG_HAS_AGENT,
     LOG_HAS_WIRE},
    {"Caddy", NULL, "JSON", NULL,
     "{\"level\":\"info\",\"ts\":1773521229.25,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":{\"remote_ip\":"
     "\"192.0.2.1\",\"remote_port\":\"4711\",\"client_ip\":\"198.51.100.7\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":"
     "\"shop.example\",\"uri\":\"/a?b\",\"headers\":{\"User-Agent\":[\"curl/8\",\"other\"],\"Referer\":[\"http://r/\"]}},"
     "\"bytes_read\":7,\"user_id\":\"ann\",\"duration\":0.001,\"size\":2326,\"status\":200,\"resp_headers\":{\"Server\":[\"Caddy\"]}}",
     LOG_PARSED, "198.51.100.7", "ann", "shop.example", "GET", "/a?b", "http://r/", "curl/8", NULL, 200, 2326, 7, 0,
     "2026-03-14T20:47:09.250Z"},
    {"Traefik", NULL, "JSON", NULL,
     "{\"ClientAddr\":\"192.0.2.1:4711\",\"ClientHost\":\"192.0.2.1\",\"ClientUsername\":\"-\",\"DownstreamContentSize\":19,"
     "\"DownstreamStatus\":404,\"Duration\":113014,\"RequestHost\":\"shop.example\",\"RequestMethod\":\"GET\",\"RequestPath\":\"/a?b=c\","
     "\"StartLocal\":\"2026-03-14T22:47:09.1+01:00\",\"StartUTC\":\"2026-03-14T20:47:09.123456789Z\","
     "\"request_User-Agent\":\"curl/8\",\"level\":\"info\",\"time\":\"2026-03-14T20:47:10Z\"}",
     LOG_PARSED, "192.0.2.1", NULL, "shop.example", "GET", "/a?b=c", NULL, "curl/8", NULL, 404, 19, 0, 0,
     "2026-03-14T20:47:09.123456789Z"},
    {"ECS, nested", NULL, "JSON", NULL,
     "{\"@timestamp\":\"2026-03-14T20:47:09.000Z\",\"source\":{\"ip\":\"192.0.2.1\"},\"http\":{\"request\":{\"method\":\"POST\"},"
     "\"response\":{\"status_code\":200,\"body\":{\"bytes\":1024}}},\"url\":{\"original\":\"/a.php?x=1\"},\"user\":{\"name\":\"ann\"},"
     "\"user_agent\":{\"original\":\"UA\"}}",
     LOG_PARSED, "192.0.2.1", "ann", NULL, "POST", "/a.php?x=1", NULL, "UA", NULL, 200, 1024},
    {"ECS, dotted", NULL, "JSON", NULL,
     "{\"@timestamp\":\"2026-03-14T20:47:09.000Z\",\"source.address\":\"192.0.2.1\",\"http.request.method\":\"POST\","
     "\"http.response.status_code\":200,\"url.path\":\"/a.php\",\"url.query\":\"x=1\"}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "POST", "/a.php?x=1", .status = 200, .bytes = NONE, .has_not = LOG_HAS_BYTES,
     .blind = "how much was sent"},
    {"Google's load balancer",
     NULL,
     "JSON",
     NULL,
     "{\"httpRequest\":{\"latency\":\"0.25s\",\"remoteIp\":\"192.0.2.1\",\"requestMethod\":\"GET\",\"requestSize\":\"80\","
     "\"requestUrl\":\"https://shop.example/a?b\",\"responseSize\":\"512\",\"status\":200,\"userAgent\":\"UA\"},"
     "\"timestamp\":\"2026-03-14T20:47:09.5Z\",\"receiveTimestamp\":\"2026-03-14T20:47:10Z\"}",
     LOG_PARSED,
     "192.0.2.1",
     NULL,
     NULL,
     "GET",
     "/a?b",
     NULL,
     "UA",
     NULL,
     200,
     512,
     80,
     250000,
     "2026-03-14T20:47:09.500Z",
     LOG_HAS_WIRE},
    {"Envoy", NULL, "JSON", NULL,
     "{\"start_time\":\"2026-03-14T20:47:09.310Z\",\"method\":\"GET\",\"path\":\"/a?b\",\"response_code\":200,\"bytes_received\":1,"
     "\"bytes_sent\":512,\"duration\":3,\"x_forwarded_for\":\"198.51.100.7\",\"user_agent\":\"UA\",\"authority\":\"shop.example\","
     "\"downstream_remote_address\":\"192.0.2.1:4711\"}",
     LOG_PARSED, "192.0.2.1", NULL, "shop.example", "GET", "/a?b", NULL, "UA", "198.51.100.7", 200, 512, 1},
    {"Azure", NULL, "JSON", NULL,
     "{\"timeStamp\":\"2026-03-14T20:47:09+00:00\",\"properties\":{\"clientIP\":\"192.0.2.1\",\"httpMethod\":\"GET\",\"requestUri\":"
     "\"\\/a\",\"requestQuery\":\"b=c\",\"userAgent\":\"Mozilla\\/5.0\",\"httpStatus\":200,\"receivedBytes\":65,\"sentBytes\":553,"
     "\"timeTaken\":0.205}}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a?b=c", NULL, "Mozilla/5.0", NULL, 200, 553, 65, 205000},
    {"Cloudflare, nanoseconds", NULL, "JSON", NULL,
     "{\"ClientIP\":\"2001:db8::1\",\"ClientRequestHost\":\"shop.example\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/a\","
     "\"EdgeStartTimestamp\":1773521229123456789,\"EdgeResponseBytes\":512,\"EdgeResponseStatus\":200}",
     LOG_PARSED, "2001:db8::1", NULL, "shop.example", "GET", "/a", .status = 200, .bytes = 512,
     .time = "2026-03-14T20:47:09.123456Z"},
    {"names that nobody knows", NULL, "JSON", NULL,
     "{\"n\":7,\"w\":\"10.0.0.1:80\",\"a\":\"192.0.2.1\",\"b\":\"2026-03-14T21:47:09+01:00\",\"c\":\"GET /a HTTP/1.1\",\"d\":404,"
     "\"body_bytes_sent\":3}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/a", .status = 404, .bytes = 3, .time = "2026-03-14T20:47:09Z"},
    {"behind syslog's own", NULL, "JSON", NULL,
     "Mar 14 21:47:09 web nginx: {\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE, .time = "2026-03-14T20:47:09.500Z"},
    {"no zone", NULL, "JSON", NULL,
     "{\"time\":\"2026-03-14 20:47:09\",\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE, .time = "2026-03-14T20:47:09Z",
     .has_not = LOG_HAS_ZONE},
    {"Envoy in a container", NULL, "JSON", NULL,
     "2026-03-14T21:47:09.49+01:00 stdout F {   \"start_time\":\"2026-03-14T20:47:09.479Z\",\"method\":\"GET\",\"x-envoy-origin-path\":"
     "\"/a\",\"response_code\":404,\"user-agent\":\"UA\",\"downstream_remote_address\":\"192.0.2.1:59292\",\":authority\":\"shop\"}",
     LOG_PARSED, "192.0.2.1", NULL, "shop", "GET", "/a", NULL, "UA", NULL, 404, NONE},
    {"Traefik behind a proxy it trusts", NULL, "JSON", NULL,
     "{\"ClientHost\":\"198.51.100.7,192.0.2.1\",\"DownstreamStatus\":200,\"RequestMethod\":\"GET\",\"RequestPath\":\"/\",\"StartUTC\":"
     "\"2026-03-14T20:47:09Z\"}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE},
    {"only the first of a list counts", NULL, "JSON", NULL,
     "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200,"
     "\"http\":[0,{\"response\":{\"status_code\":500}}]}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/", .status = 200, .bytes = NONE},
    {"a request that is none", NULL, "JSON", NULL,
     "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"\\u0016\\u0003\",\"status\":400,\"bytes\":0}",
     LOG_PARSED, "192.0.2.1", .status = 400, .bytes = 0},
    {"half a pair of surrogates", NULL, "JSON", NULL,
     "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET /\\ud83d\\ude00\\ud83d \\q\\/ HTTP/1.1\",\"status\":200}",
     LOG_PARSED, "192.0.2.1", NULL, NULL, "GET", "/\xf0\x9f\x98\x80\xef\xbf\xbd \\q/", .status = 200, .bytes = NONE},
};

#define GOOD "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}\n"

static const struct web_row bad[] = {
    {"broken", NULL, "JSON", GOOD,
     "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":}", LOG_NOT_SO,
     .client = NULL},
    {"cut", NULL, "JSON", GOOD, "{\"msec\":1773521229.5,\"remote_addr\":\"192.0", LOG_NOT_SO, .client = NULL},
    {"no object", NULL, "JSON", GOOD, "[1,2]", LOG_NOT_SO, .client = NULL},
    {"too deep", NULL, "JSON", GOOD,
     "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{"
     "\"a\":{}}}}}}}}}}}}}}}},\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}",
     LOG_NOT_SO, .client = NULL},
    {"no time", NULL, "JSON", GOOD,
     "{\"msec\":\"x\",\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}", LOG_NO_TIME,
     .client = NULL},
    {"no client", NULL, "JSON", GOOD,
     "{\"msec\":1773521229.5,\"remote_addr\":\"\",\"request\":\"GET / HTTP/1.1\",\"status\":200}", LOG_NO_CLIENT,
     .client = NULL},
    {"no status", NULL, "JSON", GOOD,
     "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\"}", LOG_NO_STATUS,
     .client = NULL},
    {"no request", NULL, "JSON", GOOD,
     "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":null,\"status\":200}", LOG_NO_REQUEST,
     .client = NULL},
    {"another event of the server", NULL, "JSON", GOOD, "{\"ts\":1773521229.5,\"level\":\"info\",\"msg\":\"reload\"}",
     LOG_NO_CLIENT, .client = NULL},
};

static void each_line(void **state)
{
    (void)state;
    WEB_CHECK(rows)
}

static void each_bad_line(void **state)
{
    (void)state;
    WEB_CHECK(bad)
}

/* Objects in objects in objects, and thousands of members: given up, in one line. */
static void depth_and_size_have_bounds(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, GOOD GOOD GOOD);
    for (int i = 0; i < 100000; i++) {
        buf_puts(&text, "{\"a\":");
    }
    buf_puts(&text, "\n{");
    for (int i = 0; i < 10000; i++) {
        buf_printf(&text, "\"a%d\":%d,", i, i);
    }
    buf_puts(&text, "\"z\":1}\n" GOOD);
    const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = TIME_NONE, .where = "test"};
    struct log_reader reader;
    int64_t first;
    assert_int_equal(log_open(&spec, buf_str(&text), &reader, &first, NULL), 0);
    struct log_state memory = {0};
    assert_int_equal(reader.format->parse(reader.setup, &memory, buf_str(&text), true, &web_batch), text.len);
    assert_int_equal(web_batch.count, 6);
    assert_int_equal(web_batch.lines[3].class_id, LOG_NOT_SO);
    assert_int_equal(web_batch.lines[4].class_id, LOG_NOT_SO);
    assert_int_equal(web_batch.lines[5].class_id, LOG_PARSED);
    log_close(&reader);
}

/* JSON that tells of something else is nobody's access log. */
static void other_json_is_not_claimed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"timestamp\":\"2026-03-14 20:47:09 UTC\",\"pid\":7,\"error_severity\":\"LOG\",\"message\":\"GET / HTTP/1.1 192.0.2.1\"}\n",
        "{\"ts\":1773521229.5,\"level\":\"info\",\"msg\":\"x\",\"status\":200}\n",
        "{\"audit_record\":{\"name\":\"Query\",\"timestamp\":\"2026-03-14T20:47:09 UTC\",\"status\":0,\"ip\":\"192.0.2.1\"}}\n",
        "{\"a\":1}\n",
        "[]\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = TIME_NONE, .where = "test"};
        void *setup = NULL;
        unsigned has = 0;
        if (log_json.probe(&spec, str_of(texts[i]), &setup, &has)) {
            fail_msg("claimed: %s", texts[i]);
        }
        free(setup);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line),
        cmocka_unit_test(each_bad_line),
        cmocka_unit_test(depth_and_size_have_bounds),
        cmocka_unit_test(other_json_is_not_claimed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

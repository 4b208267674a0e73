/* Rows of Timesketch from records of any engine. */
#include <stdio.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "finding/timesketch.h"

#include "base/banned.h"

enum { MESSAGE_BYTES = 2048 };

/* Its members under the names that Timesketch's users know from other web logs. */
static const struct {
    const char *ours, *theirs;
} members[] = {
    {"client", "client"},
    {"address", "src_ip"},
    {"method", "http_method"},
    {"path", "url_path"},
    {"query", "url_query"},
    {"status", "http_response_status"},
    {"bytes", "http_response_bytes"},
    {"user", "user_name"},
    {"source", "log_file"},
    {"line", "log_line"},
    {"offset", "log_offset"},
    {"role", "role"},
    {"class", "class"},
    {"confidence", "confidence"},
    {"reasons", "reasons"},
    {"decoded", "decoded"},
    {"seed", "planted_path"},
    {"database", "database"},
    {"tables", "tables"},
    {"rows", "rows"},
    {"requests", "requests"},
    {"body_bytes", "body_bytes"},
    {"above_baseline", "above_baseline"},
    {"seconds", "seconds"},
    {"expected", "expected_lines"},
};

bool timesketch_row(struct buf *out, const char *data_type, const char *when, const char *what, struct str message,
                    const json_t *body)
{
    int64_t instant = time_parse(str_of(when));
    if (instant == TIME_NONE) {
        return false;
    }
    char second[TIME_TEXT];
    OWN(own_buf) struct buf datetime = {0};
    int64_t micros = instant / 1000 - (instant % 1000 < 0 ? 1 : 0);
    int64_t of_second = (micros % 1000000 + 1000000) % 1000000;
    time_rfc3339(second, (micros - of_second) * 1000);
    buf_printf(&datetime, "%.19s.%06lld+00:00", second, (long long)of_second);
    OWN(own_json)
    json_t *row =
        json_pack("{s:o, s:s, s:s, s:I, s:s}", "message", assay_text(message, MESSAGE_BYTES), "datetime", datetime.data,
                  "timestamp_desc", what, "timestamp", (json_int_t)micros, "data_type", data_type);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(body, members[i].ours);
        if (value != NULL && !json_is_null(value)) {
            (void)json_object_set(row, members[i].theirs, value);
        }
    }
    if (json_canonical(out, row, NULL) != 0) {
        out->failed = true;
        return false;
    }
    buf_putc(out, '\n');
    return true;
}

static unsigned put_event(struct buf *out, const char *data_type, const json_t *body)
{
    OWN(own_buf) struct buf text = {0};
    const char *query = json_text(body, "query", NULL);
    buf_printf(&text, "%s: %s %s %s%s%s", json_text(body, "role", "event"),
               json_text(body, "client", json_text(body, "address", "somebody")), json_text(body, "method", ""),
               json_text(body, "path", json_text(body, "message", "")), query != NULL ? "?" : "",
               query != NULL ? query : "");
    if (json_int(body, "status", -1) >= 0) {
        buf_printf(&text, " answered %lld with %lld bytes", (long long)json_int(body, "status", 0),
                   (long long)json_int(body, "bytes", 0));
    }
    return timesketch_row(out, data_type, json_text(body, "time", ""), json_text(body, "role", "event"), buf_str(&text),
                          body);
}

static unsigned put_finding(struct buf *out, const char *data_type, const json_t *body)
{
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "finding %s (confidence %s): %s", json_text(body, "class", ""),
               json_text(body, "confidence", "?"), json_text(body, "path", json_text(body, "address", "")));
    const json_t *reason = json_array_get(json_object_get(body, "reasons"), 0);
    if (json_is_string(reason)) {
        buf_printf(&text, ": %s", json_string_value(reason));
    }
    return timesketch_row(out, data_type, json_text(body, "first", ""), "first seen", buf_str(&text), body);
}

static unsigned put_gap(struct buf *out, const char *data_type, const json_t *body)
{
    OWN(own_buf) struct buf text = {0};
    const char *from = json_text(body, "from", ""), *to = json_text(body, "to", "");
    buf_printf(&text, "no line in %s from %s to %s, where its own rate would have put about %.0f",
               json_text(body, "source", ""), from, to, json_num(body, "expected", 0));
    unsigned begins = timesketch_row(out, data_type, from, "log gap begins", buf_str(&text), body);
    return begins + timesketch_row(out, data_type, to, "log gap ends", buf_str(&text), body);
}

unsigned timesketch_record(struct buf *out, const char *data_type, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_EVENT) {
        return put_event(out, data_type, body);
    }
    if (kind == ASSAY_FINDING) {
        return put_finding(out, data_type, body);
    }
    bool is_gap = kind == ASSAY_COVERAGE && strcmp(json_text(body, "class", ""), "gap") == 0;
    return is_gap ? put_gap(out, data_type, body) : 0;
}

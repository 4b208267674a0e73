/* trace --timesketch: one JSON object a line, as Timesketch imports it (its guide "Import from JSON or CSV": message, datetime
 * and timestamp_desc must be there, timestamp is in microseconds; the file's name must end in .jsonl). Every event is a row;
 * so is the first request of what was found, and both ends of every silence, since a timeline without its holes lies. */
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/show.h"

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

static void put_row(struct listen *listen, const json_t *body, const char *when, const char *what, struct str message)
{
    int64_t instant = time_parse(str_of(when));
    if (instant == TIME_NONE) {
        return;
    }
    char second[TIME_TEXT];
    OWN(own_buf) struct buf datetime = {0};
    OWN(own_buf) struct buf line = {0};
    time_rfc3339(second, instant / NS_PER_S * NS_PER_S);
    buf_printf(&datetime, "%.19s.%06lld+00:00", second, (long long)(instant % NS_PER_S / 1000));
    OWN(own_json)
    json_t *row =
        json_pack("{s:o, s:s, s:s, s:I, s:s}", "message", assay_text(message, MESSAGE_BYTES), "datetime", datetime.data,
                  "timestamp_desc", what, "timestamp", (json_int_t)(instant / 1000), "data_type", "assay:trace");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *value = json_object_get(body, members[i].ours);
        if (value != NULL && !json_is_null(value)) {
            (void)json_object_set(row, members[i].theirs, value);
        }
    }
    if (json_canonical(&line, row, NULL) == 0) {
        (void)fprintf(listen->out, "%s\n", line.data);
        listen->put++;
    }
}

static void put_event(struct listen *listen, const json_t *body)
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
    put_row(listen, body, json_text(body, "time", ""), json_text(body, "role", "event"), buf_str(&text));
}

static void put_finding(struct listen *listen, const json_t *body)
{
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "finding %s (confidence %s): %s", json_text(body, "class", ""),
               json_text(body, "confidence", "?"), json_text(body, "path", json_text(body, "address", "")));
    const json_t *reason = json_array_get(json_object_get(body, "reasons"), 0);
    if (json_is_string(reason)) {
        buf_printf(&text, ": %s", json_string_value(reason));
    }
    put_row(listen, body, json_text(body, "first", ""), "first seen", buf_str(&text));
}

static void put_gap(struct listen *listen, const json_t *body)
{
    OWN(own_buf) struct buf text = {0};
    const char *from = json_text(body, "from", ""), *to = json_text(body, "to", "");
    buf_printf(&text, "no line in %s from %s to %s, where its own rate would have put about %.0f",
               json_text(body, "source", ""), from, to, json_num(body, "expected", 0));
    put_row(listen, body, from, "log gap begins", buf_str(&text));
    put_row(listen, body, to, "log gap ends", buf_str(&text));
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_EVENT) {
        put_event(listen, body);
    } else if (kind == ASSAY_FINDING) {
        put_finding(listen, body);
    } else if (kind == ASSAY_COVERAGE && strcmp(json_text(body, "class", ""), "gap") == 0) {
        put_gap(listen, body);
    }
}

static bool keeps(enum assay_kind kind, const json_t *body)
{
    (void)kind;
    (void)body;
    return false; /* rows are written as they come */
}

static void close_rows(struct listen *listen)
{
    (void)listen;
}

static void broke(struct listen *listen, const struct err *err)
{
    (void)listen;
    (void)err; /* rows that were written are true; the error is on standard error and in the exit status */
}

const struct show show_timesketch = {
    .verb = "trace", .record = record, .close = close_rows, .keeps = keeps, .is_document = true, .broke = broke};

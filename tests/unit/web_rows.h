/* Rows of access-log tests: lines as a server writes them, the reader that must claim them, and what must come out of the last. */
#ifndef ASSAY_TESTS_WEB_ROWS_H
#define ASSAY_TESTS_WEB_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"

/* a row leaves out what it does not say */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define NONE LOG_NO_BYTES

struct web_row {
    const char *what;
    const char *given;  /* a format as a person gives it; NULL: none */
    const char *reader; /* the name of the format that must claim it */
    const char *before; /* lines before it, so that a bad line is in good company; NULL: none */
    const char *line;
    enum log_class class_id;
    const char *client, *user, *vhost, *method, *target, *referer, *agent, *forwarded;
    uint16_t status;
    uint64_t bytes, bytes_in, duration_us; /* bytes is looked at, the others where they are not 0 */
    const char *time;
    unsigned has, has_not; /* bits that the reader must have, and must not */
    const char *blind;     /* what its cannot_show must say */
};

static struct log_batch web_batch;

static inline void web_is_field(const struct web_row *row, const struct log_line *line, const char *which,
                                struct log_span span, const char *wish)
{
    struct str field = log_field(line, span), wished = wish == NULL ? STR("") : str_of(wish);
    if (!str_eq(field, wished)) {
        fail_msg("%s: %s is \"%.*s\", not \"%.*s\"", row->what, which, STR_FMT(field), STR_FMT(wished));
    }
}

static inline void web_check_line(const struct web_row *row, const struct log_line *line)
{
    if (line->class_id != row->class_id) {
        fail_msg("%s: class \"%s\"", row->what, log_class_name((enum log_class)line->class_id));
    }
    if (!log_is_parsed(line)) {
        return;
    }
    web_is_field(row, line, "client", line->client, row->client);
    web_is_field(row, line, "user", line->user, row->user);
    web_is_field(row, line, "vhost", line->vhost, row->vhost);
    web_is_field(row, line, "method", line->method, row->method);
    web_is_field(row, line, "target", line->target, row->target);
    web_is_field(row, line, "referer", line->referer, row->referer);
    web_is_field(row, line, "agent", line->agent, row->agent);
    web_is_field(row, line, "forwarded", line->forwarded, row->forwarded);
    if (line->status != row->status || line->bytes != row->bytes) {
        fail_msg("%s: status %d, bytes %lld", row->what, line->status, (long long)line->bytes);
    }
    if (row->bytes_in != 0 && line->bytes_in != row->bytes_in) {
        fail_msg("%s: bytes in %lld", row->what, (long long)line->bytes_in);
    }
    if (row->duration_us != 0 && line->duration_us != row->duration_us) {
        fail_msg("%s: took %lld", row->what, (long long)line->duration_us);
    }
    if (row->time != NULL) {
        char time[TIME_TEXT];
        time_rfc3339(time, line->second * NS_PER_S + line->nano);
        assert_string_equal(time, row->time);
    }
}

static inline void web_check_reader(const struct web_row *row, const struct log_reader *reader)
{
    if (strcmp(reader->format->name, row->reader) != 0) {
        fail_msg("%s: read as %s", row->what, reader->format->name);
    }
    if ((reader->has & row->has) != row->has || (reader->has & row->has_not) != 0) {
        fail_msg("%s: has %x", row->what, reader->has);
    }
    if (row->blind != NULL && strstr(log_cannot_show(reader), row->blind) == NULL) {
        fail_msg("%s: cannot show: %s", row->what, log_cannot_show(reader));
    }
}

/* All lines in one block; the last is the row's. Each byte must lie in one line. */
static inline void web_check_row(const struct web_row *row)
{
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "%s%s\n", row->before == NULL ? "" : row->before, row->line);
    const struct log_spec spec = {.formats = &row->given,
                                  .format_count = row->given != NULL,
                                  .zone_minutes = LOG_NO_ZONE,
                                  .written = time_parse(STR("2026-03-20T00:00:00Z")),
                                  .where = "test"};
    struct log_reader reader;
    struct err err = {0};
    int64_t first;
    if (log_open(&spec, buf_str(&text), &reader, &first, &err) != 0) {
        fail_msg("%s: %s", row->what, err.text);
    }
    web_check_reader(row, &reader);
    struct log_state state = {0};
    assert_int_equal(reader.format->parse(reader.setup, &state, buf_str(&text), true, &web_batch), text.len);
    size_t bytes = 0;
    for (size_t i = 0; i < web_batch.count; i++) {
        bytes += (size_t)web_batch.lines[i].size + web_batch.lines[i].skipped;
    }
    assert_int_equal(bytes, text.len);
    assert_true(web_batch.count > 0);
    web_check_line(row, &web_batch.lines[web_batch.count - 1]);
    log_close(&reader);
}

#define WEB_CHECK(rows)                                          \
    for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++) { \
        web_check_row(&(rows)[i]);                               \
    }

#endif

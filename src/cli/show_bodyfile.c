/* trace --bodyfile: lines for mactime and its like (The Sleuth Kit 3, body file):
 *
 *   MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime         seconds UTC, 0: not known
 *
 * One line a followed file whose own time is known, and one an event. A bar or a line end in a
 * name would end its field: both are percent-encoded, which mactime undoes, and so is what a terminal would act on. */
#include "assay/trace.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/show.h"

#include "base/banned.h"

static void put_name(struct buf *out, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        if (byte < 0x20 || byte == 0x7f || byte == '|' || byte == '%') {
            buf_printf(out, "%%%02X", byte);
        } else {
            buf_putc(out, name.data[i]);
        }
    }
}

/* An event has one time, put as all four: mactime would put an unknown one at the year 0. Of a file only mtime is known. */
static void put_line(struct listen *listen, struct str name, int64_t bytes, int64_t instant, bool is_file)
{
    long long second = (long long)(instant / NS_PER_S), other = is_file ? 0 : second;
    OWN(own_buf) struct buf text = {0};
    put_name(&text, name);
    (void)fprintf(listen->out, "0|%s|0|0|0|0|%lld|%lld|%lld|%lld|%lld\n", text.len > 0 ? text.data : "",
                  (long long)bytes, other, second, other, other);
}

static void put_files(struct listen *listen)
{
    const struct assay_trace_options *options = listen->examination->run.options;
    for (size_t i = 0; i < options->seed_count; i++) {
        if (options->seeds[i].mtime != TIME_NONE) {
            put_line(listen, str_of(options->seeds[i].path), 0, options->seeds[i].mtime, true);
        }
    }
    listen->has_head = true;
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (!listen->has_head) {
        put_files(listen);
    }
    int64_t instant = time_parse(str_of(json_text(body, "time", "")));
    if (kind != ASSAY_EVENT || instant == TIME_NONE) {
        return;
    }
    OWN(own_buf) struct buf name = {0};
    const char *query = json_text(body, "query", NULL);
    buf_printf(&name, "[assay trace] %s %s %s %s%s%s %lld (%s:%lld)", json_text(body, "role", ""),
               json_text(body, "address", "-"), json_text(body, "method", ""), json_text(body, "path", ""),
               query != NULL ? "?" : "", query != NULL ? query : "", (long long)json_int(body, "status", 0),
               json_text(body, "source", ""), (long long)json_int(body, "line", 0));
    put_line(listen, buf_str(&name), json_int(body, "bytes", 0), instant, false);
}

static bool keeps(enum assay_kind kind, const json_t *body)
{
    (void)kind;
    (void)body;
    return false; /* lines are written as they come */
}

static void close_lines(struct listen *listen)
{
    if (!listen->has_head) {
        put_files(listen);
    }
}

static void broke(struct listen *listen, const struct err *err)
{
    (void)listen;
    (void)err; /* as in show_timesketch.c */
}

const struct show show_bodyfile = {
    .verb = "trace", .record = record, .close = close_lines, .keeps = keeps, .is_document = true, .broke = broke};

/* trace --timesketch: rows of Timesketch as they come (finding/timesketch.h). */
#include "base/own.h"
#include "base/str.h"
#include "cli/show.h"
#include "finding/timesketch.h"

#include "base/banned.h"

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    OWN(own_buf) struct buf rows = {0};
    listen->put += timesketch_record(&rows, "assay:trace", kind, body);
    if (buf_check(&rows, NULL) == 0 && rows.len > 0) {
        (void)fputs(rows.data, listen->out);
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

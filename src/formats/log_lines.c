/* Cutting a block into records for readers that look at one record at a time.
 *
 *   | NULs | text of the record, line ends between its lines | line end |
 *     skipped  len                                             size
 *
 * Where records have several lines, one lasts until the next line that may start one, or until RECORD_MAX: a
 * statement of megabytes is read for what its beginning says. What is left of it, like the rest of a record whose start
 * lies in the file before, is counted as such, and read as nothing. */
#include "base/str.h"
#include "formats/log.h"

#include "base/banned.h"

enum { RECORD_MAX = 512 << 10 };
_Static_assert((int)RECORD_MAX < (int)LOG_LINE_MAX, "a record must fit where a line does");

void log_batch_clear(struct log_batch *batch)
{
    buf_free(&batch->scratch);
    batch->count = 0;
}

struct log_span log_scratch(struct buf *scratch, struct str text)
{
    size_t at = scratch->len;
    if (text.len == 0 || at >= LOG_IN_SCRATCH - LOG_LINE_MAX) {
        return (struct log_span){0, 0};
    }
    buf_put(scratch, text);
    return scratch->failed ? (struct log_span){0, 0}
                           : (struct log_span){(uint32_t)at | LOG_IN_SCRATCH, (uint32_t)text.len};
}

/* What is being cut. `at` is where the next record begins. */
struct cutting {
    const struct log_shape *shape;
    const void *setup;
    struct str block;
    bool is_last;
    size_t at;
};

static struct str bare(struct str line)
{
    line.len -= line.len > 0 && line.data[line.len - 1] == '\n';
    line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
    return line;
}

/* The line at `at` with its line end; is_ended tells whether it has one. */
static struct str line_at(const struct cutting *cutting, size_t at, bool *ret_ended)
{
    const char *end = memchr(cutting->block.data + at, '\n', cutting->block.len - at);
    *ret_ended = end != NULL;
    size_t to = end != NULL ? (size_t)(end - cutting->block.data) + 1 : cutting->block.len;
    return str_slice(cutting->block, at, to);
}

static size_t nuls_of(struct str text)
{
    size_t nuls = 0;
    while (nuls < text.len && text.data[nuls] == '\0') {
        nuls++;
    }
    return nuls;
}

static bool may_start(const struct cutting *cutting, struct str line)
{
    size_t nuls = nuls_of(line);
    return nuls > 0 || cutting->shape->starts(cutting->setup, bare(line));
}

/* Where the record that begins with `first` ends. False: not in this block, and more may come. */
static bool record_end(const struct cutting *cutting, struct str first, size_t *ret_end, bool *ret_ended)
{
    size_t end = cutting->at + first.len;
    while (cutting->shape->starts != NULL) {
        if (end == cutting->block.len) {
            if (!cutting->is_last && end - cutting->at < RECORD_MAX) {
                return false;
            }
            break;
        }
        bool is_ended;
        struct str next = line_at(cutting, end, &is_ended);
        if (!is_ended && !cutting->is_last) {
            if (end - cutting->at + next.len < RECORD_MAX) {
                return false;
            }
            break;
        }
        if (may_start(cutting, next) || end - cutting->at + next.len > RECORD_MAX) {
            break;
        }
        end += next.len;
        *ret_ended = is_ended;
    }
    *ret_end = end;
    return true;
}

/* The same, where the format itself counts. */
static bool record_cut(const struct cutting *cutting, size_t *ret_end, bool *ret_ended)
{
    struct str text = str_slice(cutting->block, cutting->at, cutting->block.len);
    size_t nuls = nuls_of(text);
    size_t size = nuls == text.len ? 0 : cutting->shape->cut(str_slice(text, nuls, text.len), cutting->is_last);
    if (size == 0 && !(cutting->is_last && nuls == text.len)) {
        return false;
    }
    *ret_end = cutting->at + nuls + size;
    *ret_ended = cutting->block.data[*ret_end - 1] == '\n';
    return true;
}

/* NULs before a record (a log truncated under a server that kept its offset, or a crash) are no part of it. */
static void frame(struct log_line *line, struct str record, bool is_ended)
{
    size_t nuls = nuls_of(bare(record));
    struct str text = bare(str_slice(record, nuls, record.len));
    *line = (struct log_line){.text = record.data + nuls,
                              .len = (uint32_t)text.len,
                              .size = (uint32_t)(record.len - nuls),
                              .skipped = (uint32_t)nuls,
                              .is_ended = is_ended,
                              .zone_minutes = LOG_NO_ZONE,
                              .bytes = LOG_NO_BYTES,
                              .rows = LOG_NO_BYTES,
                              .bytes_in = LOG_NO_BYTES,
                              .duration_us = LOG_NO_BYTES};
}

/* Without a line end only a closing mark says that nothing is missing: "5" may have been going to be "5171". */
static bool is_closed(const struct log_line *line)
{
    char last = line->text[line->len - 1];
    return last == '"' || last == '}';
}

static enum log_class read_record(const struct cutting *cutting, struct log_state *state, struct log_line *line,
                                  bool has_start, struct buf *scratch)
{
    if (line->size > LOG_LINE_MAX) {
        return LOG_TOO_LONG;
    }
    if (line->len == 0) {
        return line->skipped > 0 ? LOG_NUL : LOG_BLANK;
    }
    if (!has_start) {
        return line->is_ended ? LOG_NO_START : LOG_CUT_OFF;
    }
    enum log_class class_id = cutting->shape->read(cutting->setup, state->bytes, line, scratch);
    return line->is_ended || (class_id == LOG_PARSED && is_closed(line)) ? class_id : LOG_CUT_OFF;
}

static bool is_blank(struct str line)
{
    return bare(line).len == 0;
}

size_t log_parse_lines(const struct log_shape *shape, const void *setup, struct log_state *state, struct str block,
                       bool is_last, struct log_batch *batch)
{
    struct cutting cutting = {.shape = shape, .setup = setup, .block = block, .is_last = is_last};
    batch->count = 0;
    buf_reset(&batch->scratch);
    while (cutting.at < block.len && batch->count < LOG_BATCH) {
        bool is_ended;
        struct str first = line_at(&cutting, cutting.at, &is_ended);
        size_t end = cutting.at + first.len;
        bool has_start = shape->starts == NULL || may_start(&cutting, first);
        /* an empty line before any record stands alone; inside one it belongs to it */
        bool is_alone = !has_start && is_blank(first);
        if (shape->cut != NULL
                ? !record_cut(&cutting, &end, &is_ended)
                : (!is_ended && !is_last) || (!is_alone && !record_end(&cutting, first, &end, &is_ended))) {
            break;
        }
        struct log_line *line = &batch->lines[batch->count++];
        frame(line, str_slice(block, cutting.at, end), is_ended);
        line->class_id = (uint8_t)read_record(&cutting, state, line, has_start, &batch->scratch);
        cutting.at = end;
    }
    for (size_t i = 0; i < batch->count; i++) {
        batch->lines[i].scratch = batch->scratch.data;
    }
    return cutting.at;
}

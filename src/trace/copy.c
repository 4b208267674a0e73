/* Is one log's text another's, or its beginning? Files and entries of archives, packed or not, are read side by side until they differ
 * or one ends: the packed copy of a log that was made at noon lacks its afternoon, and only one of the two may be counted. */
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "trace/inside.h"

#include "base/banned.h"

enum { STEP = 64 << 10 };

struct side {
    struct archive_cursor cursor;
    struct stream *stream;
    char room[STEP];
    size_t from, to;
    bool is_ended;
};

static bool side_open(struct side *side, const struct source *source)
{
    struct stream_input entry;
    if (source->archive != NULL) {
        bool is_there = archive_entry(&side->cursor, source, &entry, NULL) == 0;
        side->stream = is_there ? stream_open_from(&entry, NULL) : NULL;
    } else if (lseek(source->fd, 0, SEEK_SET) == 0) {
        side->stream = stream_open(source->fd, NULL);
    }
    return side->stream != NULL && stream_as_text(side->stream, NULL) == 0;
}

static void side_close(struct side *side)
{
    stream_close(side->stream);
    archive_cursor_close(&side->cursor);
    free(side);
}

/* Damage ends a text like its end does. */
static void side_fill(struct side *side)
{
    if (side->from == side->to && !side->is_ended) {
        side->from = side->to = 0;
        if (stream_read(side->stream, side->room, STEP, &side->to, NULL) != 0) {
            side->to = 0;
        }
        side->is_ended = side->to == 0;
    }
}

static enum copying compare(struct side *a, struct side *b)
{
    for (;;) {
        side_fill(a);
        side_fill(b);
        if (a->is_ended || b->is_ended) {
            return a->is_ended && b->is_ended ? COPY_SAME : a->is_ended ? COPY_SHORTER : COPY_LONGER;
        }
        size_t left_a = a->to - a->from, left_b = b->to - b->from, both = left_a < left_b ? left_a : left_b;
        if (memcmp(a->room + a->from, b->room + b->from, both) != 0) {
            return COPY_NONE;
        }
        a->from += both;
        b->from += both;
    }
}

enum copying copy_compare(const struct source *a, const struct source *b)
{
    struct side *x = calloc(1, sizeof *x), *y = calloc(1, sizeof *y);
    bool is_open = x != NULL && y != NULL && side_open(x, a) && side_open(y, b);
    enum copying how = is_open ? compare(x, y) : COPY_NONE;
    if (x != NULL) {
        side_close(x);
    }
    if (y != NULL) {
        side_close(y);
    }
    return how;
}

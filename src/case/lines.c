/* Lines through one buffer that is refilled from the front of the unfinished line. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "case/lines.h"

#include "base/banned.h"

enum { WINDOW_BYTES = 256 << 10 };

_Static_assert((int)WINDOW_BYTES > 2 * (int)ENTRY_MAX_BYTES, "an entry fits the window whole");

int lines_open_within(struct lines *lines, int fd, uint64_t from, uint64_t end, struct err *err)
{
    *lines = (struct lines){.fd = fd, .data = malloc(WINDOW_BYTES), .offset = from, .end = end};
    return lines->data != NULL ? 0 : err_no_memory(err);
}

int lines_open(struct lines *lines, int fd, uint64_t from, struct err *err)
{
    return lines_open_within(lines, fd, from, UINT64_MAX, err);
}

void own_lines(struct lines *lines)
{
    free(lines->data);
    lines->data = NULL;
}

/* Moves what is left to the front and reads on behind it. */
static int refill(struct lines *lines, struct err *err)
{
    size_t left = lines->len - lines->at;
    if (left != 0) {
        memmove(lines->data, lines->data + lines->at, left);
    }
    lines->offset += lines->at;
    lines->at = 0;
    lines->len = left;
    while (lines->len < WINDOW_BYTES && !lines->at_end) {
        uint64_t from = lines->offset + lines->len;
        size_t wanted = WINDOW_BYTES - lines->len;
        wanted = lines->end - from < wanted ? (size_t)(lines->end - from) : wanted;
        ssize_t got = pread(lines->fd, lines->data + lines->len, wanted, (off_t)from);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
        }
        lines->at_end = got == 0;
        lines->len += (size_t)got;
    }
    return 0;
}

/* The first newline from `from` on, or the end of what is there. */
static size_t end_of_line(const struct lines *lines, size_t from)
{
    const char *found = memchr(lines->data + from, '\n', lines->len - from);
    return found != NULL ? (size_t)(found - lines->data) : lines->len;
}

/* A line longer than any entry: only its length is kept. */
static int skip_long(struct lines *lines, struct line *line, struct err *err)
{
    line->is_too_long = true;
    line->text = (struct str){NULL, 0};
    for (;;) {
        size_t end = end_of_line(lines, lines->at);
        line->is_whole = end < lines->len;
        line->bytes += end - lines->at + (line->is_whole ? 1 : 0);
        lines->at = end + (line->is_whole ? 1 : 0);
        if (line->is_whole || (lines->at_end && lines->at == lines->len)) {
            return 1;
        }
        TRY(refill(lines, err));
    }
}

int lines_next(struct lines *lines, struct line *ret_line, struct err *err)
{
    size_t end = end_of_line(lines, lines->at);
    if (end == lines->len && !lines->at_end) {
        TRY(refill(lines, err));
        end = end_of_line(lines, lines->at);
    }
    if (lines->at == lines->len) {
        return 0;
    }
    struct line line = {.offset = lines->offset + lines->at};
    if (end - lines->at > ENTRY_MAX_BYTES) {
        int got = skip_long(lines, &line, err);
        *ret_line = line;
        return got;
    }
    line.is_whole = end < lines->len;
    line.text = (struct str){lines->data + lines->at, end - lines->at};
    line.bytes = line.text.len + (line.is_whole ? 1 : 0);
    lines->at += line.bytes;
    *ret_line = line;
    return 1;
}

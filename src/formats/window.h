/* The stretch of input a reader looks at. Bytes [from, to) of data are there to be read and may be changed in
 * place; 64 bytes behind `to` may be read (not used), so that wide loads need no check. */
#ifndef ASSAY_FORMATS_WINDOW_H
#define ASSAY_FORMATS_WINDOW_H

#include "formats/table.h"

enum {
    WINDOW_START_BYTES = 512 << 10,
    WINDOW_SLACK = 64,
    WINDOW_LEAST_BYTES = 16 /* a reader is never asked for fewer: a character of any encoding must fit */
};

struct window {
    const struct table_bytes *bytes;
    char *data;
    size_t from, to, cap;
    size_t
        sight; /* so much is read ahead, or 0: as much as there is room for. What is read and used soon is still in the cache */
    bool is_ended;   /* nothing comes after `to` */
    uint64_t passed; /* bytes before data[0] */
};

MUST_USE int window_open(struct window *window, const struct table_bytes *bytes, struct err *err);
void window_close(struct window *window);
void own_window(struct window *window);
/* Moves [from, to) to the front (pointers into the window die) and reads more. At the end of input sets is_ended.
 * *ret_full: nothing could be read as the window holds TABLE_ROW_BYTES already; the caller must give some up. */
MUST_USE int window_more(struct window *window, bool *ret_full, struct err *err);
/* The same until twice as much is in sight, or the end: what is looked at from its beginning again after each call is looked at
 * no more than twice. */
MUST_USE int window_double(struct window *window, bool *ret_full, struct err *err);
/* At least `bytes` in sight, or the end. */
MUST_USE int window_want(struct window *window, size_t bytes, struct err *err);
/* Gives the buffer away with [from, from + len) in it, and goes on behind that in *buffer, which is made or enlarged if it
 * is smaller (*cap; both are exchanged). Pointers into the window live on in what was given. err: LIMIT. */
MUST_USE int window_give(struct window *window, size_t len, char **buffer, size_t *cap, struct err *err);
static inline struct str window_str(const struct window *window)
{
    return (struct str){window->data + window->from, window->to - window->from};
}

#endif

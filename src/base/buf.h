/* Growing bytes that the buffer owns. Errors are sticky: after one failed growth every further
 * call does nothing and `failed` stays true, so a long run of appends needs one check. */
#ifndef ASSAY_BASE_BUF_H
#define ASSAY_BASE_BUF_H

#include "assay/words.h"

struct buf {
    char *data; /* NUL-terminated when not NULL */
    size_t len;
    size_t cap;
    size_t max; /* 0: 1 GiB */
    bool failed;
};

void buf_put(struct buf *buf, struct str bytes);
void buf_putc(struct buf *buf, char byte);
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
/* Makes room for `bytes` more and returns where they begin; NULL if it cannot. The caller adds to len. */
char *buf_room(struct buf *buf, size_t bytes);
/* Empties, keeps the memory. */
void buf_reset(struct buf *buf);
void buf_free(struct buf *buf);
void own_buf(struct buf *buf);
struct str buf_str(const struct buf *buf);
/* 0, or -1 with ERR_LIMIT if an append failed. */
MUST_USE int buf_check(const struct buf *buf, struct err *err);

#endif

/* Growing bytes with sticky failure. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#include "base/banned.h"

enum { BUF_FIRST = 256 };

static bool buf_grow(struct buf *buf, size_t more)
{
    size_t max = buf->max != 0 ? buf->max : (size_t)1 << 30;
    if (buf->failed || more >= max || buf->len >= max - more) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->cap) {
        return true;
    }
    size_t cap = buf->cap * 2 > BUF_FIRST ? buf->cap * 2 : BUF_FIRST;
    if (cap < need) {
        cap = need;
    }
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void buf_put(struct buf *buf, struct str bytes)
{
    if (!buf_grow(buf, bytes.len)) {
        return;
    }
    if (bytes.len != 0) {
        memcpy(buf->data + buf->len, bytes.data, bytes.len);
    }
    buf->len += bytes.len;
    buf->data[buf->len] = '\0';
}

void buf_putc(struct buf *buf, char byte)
{
    if (buf_grow(buf, 1)) {
        buf->data[buf->len++] = byte;
        buf->data[buf->len] = '\0';
    }
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_put(buf, str_of(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    char small[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (length < 0) {
        buf->failed = true;
        return;
    }
    if ((size_t)length < sizeof small) {
        buf_put(buf, (struct str){small, (size_t)length});
        return;
    }
    if (!buf_grow(buf, (size_t)length)) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->len, (size_t)length + 1, format, args);
    va_end(args);
    buf->len += (size_t)length;
}

char *buf_room(struct buf *buf, size_t bytes)
{
    return buf_grow(buf, bytes) ? buf->data + buf->len : NULL;
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max = buf->max};
}

void own_buf(struct buf *buf)
{
    buf_free(buf);
}

struct str buf_str(const struct buf *buf)
{
    return (struct str){buf->data, buf->len};
}

int buf_check(const struct buf *buf, struct err *err)
{
    return buf->failed ? err_set(err, ERR_LIMIT, "text grew beyond its limit, or memory is used up") : 0;
}

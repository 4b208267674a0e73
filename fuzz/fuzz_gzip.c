/* formats/gzip.c and stream.c: whatever the bytes, reading ends, gives the same text in pieces of any size, and an error only
 * after everything before it. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "formats/stream.h"

enum { OUT_MAX = 4 << 20 };

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* All that comes out, at most OUT_MAX; returns how it ended. */
static enum err_kind drain(struct str packed, size_t room, struct buf *out)
{
    struct err err = {0};
    struct stream *stream = stream_open_bytes(packed, &err);
    if (stream == NULL) {
        return err.kind;
    }
    size_t got = 1;
    enum err_kind end = ERR_NONE;
    while (got > 0 && out->len < OUT_MAX) {
        char *into = buf_room(out, room);
        check(into != NULL);
        if (stream_read(stream, into, room, &got, &err) != 0) {
            end = err.kind;
            check(end != ERR_NONE && err.text[0] != '\0');
            break;
        }
        check(got <= room);
        out->len += got;
    }
    check(stream_raw_bytes(stream) <= packed.len);
    stream_close(stream);
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once = {0}, again = {0};
    struct str packed = {(const char *)data, size};
    enum err_kind a = drain(packed, 65536, &once);
    enum err_kind b = drain(packed, size == 0 ? 1 : (size_t)data[size - 1] % 97 + 1, &again);
    size_t both = once.len < again.len ? once.len : again.len;
    check(both == 0 || memcmp(once.data, again.data, both) == 0);
    if (once.len < OUT_MAX && again.len < OUT_MAX) {
        check(a == b && once.len == again.len);
    }
    buf_free(&once);
    buf_free(&again);
    return 0;
}

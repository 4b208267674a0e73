/* formats/bzip2.c, xz.c, zstd.c, text.c behind stream.c: whatever the bytes, reading ends, gives the same in pieces of any size, and an
 * error only after everything before it (how much more of what is damaged comes, may depend on the pieces: liblzma compares a block with
 * the size its head tells after each). The first byte chooses the packing's first bytes (0: as they are) and whether it is read as text. */
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
static enum err_kind drain(struct str packed, bool is_text, size_t room, struct buf *out)
{
    struct err err = {0};
    struct stream *stream = stream_open_bytes(packed, &err);
    if (stream == NULL) {
        return err.kind;
    }
    check(!is_text || stream_as_text(stream, &err) == 0);
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
    static const struct str heads[] = {STR_INIT(""),
                                       STR_INIT("BZh91AY&SY"),
                                       STR_INIT("\xfd"
                                                "7zXZ\0"),
                                       STR_INIT("\x28\xb5\x2f\xfd"),
                                       STR_INIT("\x5d\0\0\x10\0"),
                                       STR_INIT("\xff\xfe")};
    if (size == 0) {
        return 0;
    }
    struct buf packed = {0}, once = {0}, again = {0};
    bool is_text = (data[0] & 0x80) != 0;
    buf_put(&packed, heads[(data[0] & 0x7f) % (sizeof heads / sizeof *heads)]);
    buf_put(&packed, (struct str){(const char *)data + 1, size - 1});
    enum err_kind a = drain(buf_str(&packed), is_text, 65536, &once);
    enum err_kind b = drain(buf_str(&packed), is_text, (size_t)data[size - 1] % 97 + 1, &again);
    size_t both = once.len < again.len ? once.len : again.len;
    check(both == 0 || memcmp(once.data, again.data, both) == 0);
    if (once.len < OUT_MAX && again.len < OUT_MAX) {
        check(a == b && (a != ERR_NONE || once.len == again.len));
    }
    buf_free(&packed);
    buf_free(&once);
    buf_free(&again);
    return 0;
}

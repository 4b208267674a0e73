/* One zstd frame in one buffer. */
#include <stdlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "formats/hold.h"

#include "base/banned.h"

struct hold {
    ZSTD_CCtx *z; /* NULL once it ended */
    struct buf kept;
};

struct hold *hold_new(size_t max_bytes)
{
    struct hold *hold = calloc(1, sizeof *hold);
    if (hold == NULL || (hold->z = ZSTD_createCCtx()) == NULL) {
        free(hold);
        return NULL;
    }
    hold->kept.max = max_bytes > 0 ? max_bytes : 1;
    return hold;
}

static bool put(struct hold *hold, struct str bytes, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {bytes.data, bytes.len, 0};
    size_t left = 1;
    while (in.pos < in.size || (how == ZSTD_e_end && left > 0)) {
        char *room = buf_room(&hold->kept, ZSTD_CStreamOutSize());
        if (room == NULL) {
            return false;
        }
        ZSTD_outBuffer out = {room, ZSTD_CStreamOutSize(), 0};
        left = ZSTD_compressStream2(hold->z, &out, &in, how);
        if (ZSTD_isError(left)) {
            return false;
        }
        hold->kept.len += out.pos;
    }
    return true;
}

bool hold_put(struct hold *hold, struct str bytes)
{
    return put(hold, bytes, ZSTD_e_continue);
}

bool hold_end(struct hold *hold)
{
    bool is_whole = put(hold, STR(""), ZSTD_e_end);
    (void)ZSTD_freeCCtx(hold->z);
    hold->z = NULL;
    char *fitted = is_whole ? realloc(hold->kept.data, hold->kept.len) : NULL;
    if (fitted != NULL) {
        hold->kept.data = fitted;
        hold->kept.cap = hold->kept.len;
    }
    return is_whole;
}

size_t hold_bytes(const struct hold *hold)
{
    return hold->kept.cap;
}

struct stream *hold_stream(const struct hold *hold, struct err *err)
{
    return stream_open_bytes(buf_str(&hold->kept), err);
}

void hold_free(struct hold *hold)
{
    if (hold != NULL) {
        (void)ZSTD_freeCCtx(hold->z);
        buf_free(&hold->kept);
        free(hold);
    }
}

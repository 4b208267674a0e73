/* zstd (RFC 8878): frames one behind the other, skippable ones among them (pzstd begins with one). The window that a frame wants is
 * memory: up to 128 MiB, which is what zstd itself unpacks without being told to (--long=27). */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/str.h"
#include "formats/unpack.h"

#include "base/banned.h"

enum { WINDOW_LOG_MAX = 27, FIRST_BYTES = 5, BLOCK_HEADER_BYTES = 3 };

/* libzstd does not say how much it had put out in a call that meets a damage. So it is given one block a call, without the header of
 * the next, and nothing while it still holds some of the last: what came before a damage came in calls that succeeded. */
struct decoder {
    ZSTD_DCtx *z;
    size_t want;
    bool is_full; /* it may hold back what had no room */
};

static bool probe(struct str head)
{
    if (head.len < 4) {
        return false;
    }
    bool is_skippable = (head.data[0] & 0xf0) == 0x50 && memcmp(head.data + 1, "\x2a\x4d\x18", 3) == 0;
    return is_skippable || memcmp(head.data, "\x28\xb5\x2f\xfd", 4) == 0;
}

static void *start(struct str head)
{
    (void)head;
    struct decoder *decoder = calloc(1, sizeof *decoder);
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (decoder == NULL || z == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        (void)ZSTD_freeDCtx(z);
        free(decoder);
        return NULL;
    }
    *decoder = (struct decoder){.z = z, .want = FIRST_BYTES};
    return decoder;
}

static void stop(void *state)
{
    struct decoder *decoder = state;
    (void)ZSTD_freeDCtx(decoder->z);
    free(decoder);
}

static enum unpack_end step(void *state, struct str *in, char **out, size_t *room)
{
    struct decoder *decoder = state;
    size_t give = decoder->is_full ? 0 : decoder->want;
    ZSTD_inBuffer from = {in->data, in->len < give ? in->len : give, 0};
    ZSTD_outBuffer to = {*out, *room, 0};
    size_t rc = ZSTD_decompressStream(decoder->z, &to, &from);
    *in = str_slice(*in, from.pos, in->len);
    *out += to.pos;
    *room -= to.pos;
    if (!ZSTD_isError(rc)) {
        decoder->want = rc > BLOCK_HEADER_BYTES ? rc - BLOCK_HEADER_BYTES : rc;
        decoder->is_full = to.pos == to.size;
        return rc == 0 ? UNPACK_MEMBER : UNPACK_ON;
    }
    ZSTD_ErrorCode why = ZSTD_getErrorCode(rc);
    return why == ZSTD_error_frameParameter_windowTooLarge || why == ZSTD_error_memory_allocation ? UNPACK_HUGE
                                                                                                  : UNPACK_DAMAGED;
}

static const struct unpacking zstd = {"zstd data", probe, start, step, stop};

static void *open_zstd(struct raw *raw, struct err *err)
{
    return unpack_open(&zstd, raw, err);
}

const struct packing packing_zstd = {
    .name = "zstd", .probe = probe, .open = open_zstd, .read = unpack_read, .close = unpack_close};

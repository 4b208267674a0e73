/* bzip2 (its format as in the manual of bzip2 1.0.8 and in the informal specification by J. Tsai, 2016): any number of streams one
 * behind the other, as lbzip2 and pbzip2 write them. A block is given out before its sum is known, so a damaged one may
 * have given bytes; what follows is never given. */
#include <bzlib.h>
#include <stdlib.h>

#include "base/str.h"
#include "formats/unpack.h"

#include "base/banned.h"

/* "BZh", the size of its blocks, then a block's mark or, of an empty stream, the end's. */
static bool probe(struct str head)
{
    return head.len >= 10 && str_starts(head, STR("BZh")) && head.data[3] >= '1' && head.data[3] <= '9' &&
           (memcmp(head.data + 4, "1AY&SY", 6) == 0 || memcmp(head.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static void *start(struct str head)
{
    (void)head;
    bz_stream *z = calloc(1, sizeof *z);
    if (z != NULL && BZ2_bzDecompressInit(z, 0, 0) != BZ_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static void stop(void *decoder)
{
    (void)BZ2_bzDecompressEnd(decoder);
    free(decoder);
}

static enum unpack_end step(void *decoder, struct str *in, char **out, size_t *room)
{
    bz_stream *z = decoder;
    unsigned give = (unsigned)(in->len > (1U << 30) ? 1U << 30 : in->len);
    unsigned take = (unsigned)(*room > (1U << 30) ? 1U << 30 : *room);
    z->next_in = (char *)(uintptr_t)in->data; /* never written to */
    z->avail_in = give;
    z->next_out = *out;
    z->avail_out = take;
    int rc = BZ2_bzDecompress(z);
    *in = str_slice(*in, give - z->avail_in, in->len);
    *out += take - z->avail_out;
    *room -= take - z->avail_out;
    return rc == BZ_OK           ? UNPACK_ON
           : rc == BZ_STREAM_END ? UNPACK_MEMBER
           : rc == BZ_MEM_ERROR  ? UNPACK_HUGE
                                 : UNPACK_DAMAGED;
}

static const struct unpacking bzip2 = {"bzip2 data", probe, start, step, stop};

static void *open_bzip2(struct raw *raw, struct err *err)
{
    return unpack_open(&bzip2, raw, err);
}

const struct packing packing_bzip2 = {
    .name = "bzip2", .probe = probe, .open = open_bzip2, .read = unpack_read, .close = unpack_close};

/* xz (The .xz File Format, version 1.2.0) and its forerunner .lzma (doc/lzma-file-format.txt of XZ Utils): any number of streams, zeros
 * between them. How much memory a file wants stands in its head and is the packer's choice, up to 4 GiB: there is a bound. */
#include <lzma.h>
#include <stdlib.h>

#include "base/str.h"
#include "formats/unpack.h"

#include "base/banned.h"

#define MEMORY_MAX (UINT64_C(256) << 20) /* xz -9 wants 65 MiB */

static bool is_xz(struct str head)
{
    return str_starts(head, (struct str){"\xfd\x37zXZ\0", 6});
}

/* .lzma has no mark. Of its 13 bytes of head the first is 5D in what xz and lzma write, the size of its dictionary is 2^n or
 * 2^n + 2^(n-1), and the size of the text is unknown (all ones) or below 256 GiB: liblzma asks the same. */
static bool is_lzma(struct str head)
{
    const unsigned char *byte = (const unsigned char *)head.data;
    if (head.len < 14 || byte[0] != 0x5d || byte[13] != 0) {
        return false;
    }
    uint32_t dictionary =
        (uint32_t)byte[1] | (uint32_t)byte[2] << 8 | (uint32_t)byte[3] << 16 | (uint32_t)byte[4] << 24;
    uint32_t high = dictionary == 0 ? 0 : UINT32_C(1) << (31 - __builtin_clz(dictionary));
    bool is_power = dictionary >= 4096 && (dictionary == high || dictionary == high + high / 2);
    uint64_t size = 0;
    for (unsigned i = 0; i < 8; i++) {
        size |= (uint64_t)byte[5 + i] << 8 * i;
    }
    return is_power && (size == UINT64_MAX || size < UINT64_C(1) << 38);
}

static bool probe(struct str head)
{
    return is_xz(head) || is_lzma(head);
}

static void *start(struct str head)
{
    lzma_stream *z = calloc(1, sizeof *z);
    if (z == NULL) {
        return NULL;
    }
    *z = (lzma_stream)LZMA_STREAM_INIT;
    lzma_ret rc = is_lzma(head) ? lzma_alone_decoder(z, MEMORY_MAX) : lzma_stream_decoder(z, MEMORY_MAX, 0);
    if (rc != LZMA_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static void stop(void *decoder)
{
    lzma_end(decoder);
    free(decoder);
}

static enum unpack_end step(void *decoder, struct str *in, char **out, size_t *room)
{
    lzma_stream *z = decoder;
    z->next_in = (const uint8_t *)in->data;
    z->avail_in = in->len;
    z->next_out = (uint8_t *)*out;
    z->avail_out = *room;
    lzma_ret rc = lzma_code(z, in->len == 0 ? LZMA_FINISH : LZMA_RUN);
    *in = str_slice(*in, in->len - z->avail_in, in->len);
    *out += *room - z->avail_out;
    *room = z->avail_out;
    bool goes_on = rc == LZMA_OK || rc == LZMA_BUF_ERROR || rc == LZMA_NO_CHECK || rc == LZMA_UNSUPPORTED_CHECK;
    return goes_on                                             ? UNPACK_ON
           : rc == LZMA_STREAM_END                             ? UNPACK_MEMBER
           : rc == LZMA_MEMLIMIT_ERROR || rc == LZMA_MEM_ERROR ? UNPACK_HUGE
                                                               : UNPACK_DAMAGED;
}

static const struct unpacking xz = {"xz data", probe, start, step, stop};

static void *open_xz(struct raw *raw, struct err *err)
{
    return unpack_open(&xz, raw, err);
}

const struct packing packing_xz = {
    .name = "xz", .probe = probe, .open = open_xz, .read = unpack_read, .close = unpack_close};

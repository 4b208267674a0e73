/* gzip (RFC 1952): any number of members, zero padding behind the last one allowed (tape blocks).
 *
 * Two inflaters, because neither does both things. zlib streams through 32 KiB and delivers every byte
 * before a damage, at about a third of a GB/s. libdeflate is more than twice as fast but wants all input and
 * room for all output at once. So a file small enough by its own trailer (ISIZE) is tried with libdeflate, in
 * memory whose size is known before it is taken; any other, and every file where that fails (more members,
 * a lying trailer, damage), is streamed with zlib from its first byte. */
#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "formats/stream.h"

#include "base/banned.h"

enum {
    WHOLE_PACKED_MAX = 16 << 20, /* bytes of a file held packed */
    WHOLE_PLAIN_MAX = 64 << 20,  /* bytes of it held unpacked */
    DEFLATE_RATIO_MAX = 1032,    /* what deflate can reach at all */
    BOMB_RATIO = 400             /* NUL runs reach 1,000; a log of text stays below 100 */
};
#define BOMB_FREE_BYTES (UINT64_C(4) << 30) /* below this any ratio is fine */

struct gzip {
    struct raw *raw;
    z_stream z;
    bool has_z;
    bool in_member;
    bool is_ended;
    struct err pending; /* a damage, told after the bytes before it */
    char *packed;       /* the whole file, when it was small enough */
    size_t packed_len;
    char *plain; /* the whole output, when libdeflate made it */
    size_t plain_len, plain_at;
    uint64_t in_bytes, out_bytes;
};

static bool gzip_probe(struct str head)
{
    return head.len >= 3 && memcmp(head.data, "\x1f\x8b\x08", 3) == 0;
}

static void gzip_close(void *state)
{
    struct gzip *gzip = state;
    if (gzip != NULL) {
        if (gzip->has_z) {
            inflateEnd(&gzip->z);
        }
        free(gzip->packed);
        free(gzip->plain);
        free(gzip);
    }
}

/* Takes the rest of the input into memory; false if it is longer than it said it would be. */
static int slurp(struct gzip *gzip, size_t bytes, bool *ret_whole, struct err *err)
{
    struct raw *raw = gzip->raw;
    gzip->packed = malloc(bytes);
    if (gzip->packed == NULL) {
        *ret_whole = false;
        return 0;
    }
    while (true) {
        size_t n = raw->to - raw->from;
        if (n > bytes - gzip->packed_len) {
            *ret_whole = false; /* it grew meanwhile: what was taken is streamed first */
            return 0;
        }
        memcpy(gzip->packed + gzip->packed_len, raw->data + raw->from, n);
        gzip->packed_len += n;
        raw->from = raw->to;
        if (raw->is_ended) {
            *ret_whole = true;
            return 0;
        }
        TRY(raw_more(raw, err));
    }
}

static size_t trailer_size(const char *packed, size_t bytes)
{
    const unsigned char *t = (const unsigned char *)packed + bytes - 4;
    return (size_t)t[0] | (size_t)t[1] << 8 | (size_t)t[2] << 16 | (size_t)t[3] << 24;
}

/* libdeflate over the whole file; leaves plain NULL where zlib has to do it. */
static void inflate_whole(struct gzip *gzip)
{
    size_t plain_len = gzip->packed_len >= 18 ? trailer_size(gzip->packed, gzip->packed_len) : 0;
    if (plain_len == 0 || plain_len > WHOLE_PLAIN_MAX || plain_len / DEFLATE_RATIO_MAX > gzip->packed_len) {
        return;
    }
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    char *plain = malloc(plain_len);
    size_t took = 0;
    if (inflater != NULL && plain != NULL &&
        libdeflate_gzip_decompress_ex(inflater, gzip->packed, gzip->packed_len, plain, plain_len, &took, NULL) ==
            LIBDEFLATE_SUCCESS &&
        took == gzip->packed_len) {
        gzip->plain = plain;
        gzip->plain_len = plain_len;
        plain = NULL;
        free(gzip->packed);
        gzip->packed = NULL;
    }
    free(plain);
    libdeflate_free_decompressor(inflater);
}

static void *gzip_open(struct raw *raw, struct err *err)
{
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip == NULL) {
        err_set(err, ERR_LIMIT, "no memory to unpack");
        return NULL;
    }
    gzip->raw = raw;
    if (inflateInit2(&gzip->z, 15 + 16) != Z_OK) {
        err_set(err, ERR_LIMIT, "no memory to unpack");
        free(gzip);
        return NULL;
    }
    gzip->has_z = true;
    gzip->in_member = true;
    if (raw->total_bytes > 0 && raw->total_bytes <= WHOLE_PACKED_MAX) {
        bool is_whole = false;
        if (slurp(gzip, (size_t)raw->total_bytes, &is_whole, err) != 0) {
            gzip_close(gzip);
            return NULL;
        }
        if (is_whole) {
            inflate_whole(gzip);
        }
        gzip->z.next_in = (Bytef *)gzip->packed;
        gzip->z.avail_in = gzip->packed != NULL ? (uInt)gzip->packed_len : 0;
    }
    return gzip;
}

/* Packed bytes for zlib: the slurped ones first, then the window. False at the end of the file. */
static int want_input(struct gzip *gzip, bool *ret_any, struct err *err)
{
    struct raw *raw = gzip->raw;
    if (gzip->z.avail_in == 0) {
        if (raw->from == raw->to) {
            TRY(raw_more(raw, err));
        }
        /* zlib takes its input as non-const for old compilers' sake and never writes to it */
        gzip->z.next_in = (Bytef *)(uintptr_t)(raw->data + raw->from);
        gzip->z.avail_in = (uInt)(raw->to - raw->from > UINT32_MAX ? UINT32_MAX : raw->to - raw->from);
        raw->from += gzip->z.avail_in;
    }
    *ret_any = gzip->z.avail_in > 0;
    return 0;
}

static void stop_with(struct gzip *gzip, const char *what)
{
    gzip->is_ended = true;
    err_set(&gzip->pending, ERR_FORMAT, "gzip data %s at byte %llu (of the packed file), %llu bytes unpacked", what,
            (unsigned long long)gzip->in_bytes, (unsigned long long)gzip->out_bytes);
}

/* Between two members: another one, zeros to the end, or something that does not belong. */
static void between(struct gzip *gzip)
{
    z_stream *z = &gzip->z;
    while (z->avail_in > 0 && *z->next_in == 0) {
        z->next_in++;
        z->avail_in--;
        gzip->in_bytes++;
    }
    if (z->avail_in == 0) {
        return;
    }
    if (*z->next_in == 0x1f && inflateReset(z) == Z_OK) {
        gzip->in_member = true;
    } else {
        stop_with(gzip, "is followed by something else");
    }
}

static void inflate_some(struct gzip *gzip)
{
    z_stream *z = &gzip->z;
    uInt in_before = z->avail_in, out_before = z->avail_out;
    int rc = inflate(z, Z_NO_FLUSH);
    gzip->in_bytes += in_before - z->avail_in;
    gzip->out_bytes += out_before - z->avail_out;
    if (rc == Z_STREAM_END) {
        gzip->in_member = false;
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        stop_with(gzip, "is damaged");
    } else if (gzip->out_bytes > BOMB_FREE_BYTES && gzip->out_bytes / BOMB_RATIO > gzip->in_bytes) {
        gzip->is_ended = true;
        err_set(&gzip->pending, ERR_LIMIT, "unpacks to more than %d times its size; stopped after %llu bytes",
                BOMB_RATIO, (unsigned long long)gzip->out_bytes);
    }
}

static int read_streamed(struct gzip *gzip, char *into, size_t room, size_t *ret_got, struct err *err)
{
    z_stream *z = &gzip->z;
    uInt limit = (uInt)(room > (1U << 30) ? 1U << 30 : room);
    z->next_out = (Bytef *)into;
    z->avail_out = limit;
    while (z->avail_out > 0 && !gzip->is_ended) {
        bool any;
        TRY(want_input(gzip, &any, err));
        uInt room_before = z->avail_out;
        if (gzip->in_member) {
            inflate_some(gzip); /* without input too: it may hold back bytes that had no room */
            if (!any && gzip->in_member && !gzip->is_ended && z->avail_out == room_before) {
                stop_with(gzip, "ends too early");
            }
        } else if (any) {
            between(gzip);
        } else {
            gzip->is_ended = true;
        }
    }
    *ret_got = limit - z->avail_out;
    return 0;
}

static int gzip_read(void *state, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct gzip *gzip = state;
    if (gzip->plain != NULL) {
        size_t left = gzip->plain_len - gzip->plain_at;
        size_t n = left < room ? left : room;
        memcpy(into, gzip->plain + gzip->plain_at, n);
        gzip->plain_at += n;
        *ret_got = n;
        return 0;
    }
    *ret_got = 0;
    if (!gzip->is_ended) {
        TRY(read_streamed(gzip, into, room, ret_got, err));
    }
    if (*ret_got == 0 && gzip->pending.kind != ERR_NONE) {
        return err_set(err, gzip->pending.kind, "%s", gzip->pending.text);
    }
    return 0;
}

const struct packing packing_gzip = {
    .name = "gzip", .probe = gzip_probe, .open = gzip_open, .read = gzip_read, .close = gzip_close};

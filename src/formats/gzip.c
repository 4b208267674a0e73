/* gzip (RFC 1952): any number of members, zero padding behind the last one allowed (tape blocks).
 *
 * ISA-L's inflater streams, in the 64 KiB that deflate looks back, at more than twice the speed of zlib: as fast as
 * inflaters that want the whole file in memory. Output comes in pieces of one size, whatever room a reader has, so
 * that a damaged file gives the same bytes to all of them. When it meets a damage, some of what it had unpacked before
 * may still be in its own buffer: that is given too, and only then the damage is told. It decodes literals in twos and
 * threes, so of a file that was cut off up to two bytes may be missing whose bits are still there: the end of a line
 * that is cut off anyway. */
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "formats/stream.h"

#include "base/banned.h"

enum {
    PIECE_BYTES = 128 << 10,
    INPUT_MAX = 1 << 30,
    BOMB_RATIO = 400 /* NUL runs reach 1,000; a log of text stays below 100 */
};
#define BOMB_FREE_BYTES (UINT64_C(4) << 30) /* below this any ratio is fine */

struct gzip {
    struct raw *raw;
    struct inflate_state isal;
    bool in_member;
    bool is_ended;
    struct err pending; /* a damage, told after the bytes before it */
    char *piece;        /* for readers with less room than a piece; NULL until one comes */
    size_t piece_at, piece_len;
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
        free(gzip->piece);
        free(gzip);
    }
}

static void begin_member(struct gzip *gzip)
{
    isal_inflate_reset(&gzip->isal);
    gzip->isal.crc_flag = ISAL_GZIP; /* it reads headers and checks trailers */
    gzip->in_member = true;
}

static void *gzip_open(struct raw *raw, struct err *err)
{
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip == NULL) {
        err_set(err, ERR_LIMIT, "no memory to unpack");
        return NULL;
    }
    gzip->raw = raw;
    isal_inflate_init(&gzip->isal);
    begin_member(gzip);
    return gzip;
}

/* Packed bytes for the inflater. False at the end of the file. */
static int want_input(struct gzip *gzip, bool *ret_any, struct err *err)
{
    struct raw *raw = gzip->raw;
    struct inflate_state *isal = &gzip->isal;
    if (isal->avail_in == 0) {
        if (raw->from == raw->to) {
            TRY(raw_more(raw, err));
        }
        size_t bytes = raw->to - raw->from < INPUT_MAX ? raw->to - raw->from : INPUT_MAX;
        /* the inflater takes its input as non-const and never writes to it */
        isal->next_in = (uint8_t *)(uintptr_t)(raw->data + raw->from);
        isal->avail_in = (uint32_t)bytes;
        raw->from += bytes;
    }
    *ret_any = isal->avail_in > 0;
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
    struct inflate_state *isal = &gzip->isal;
    while (isal->avail_in > 0 && *isal->next_in == 0) {
        isal->next_in++;
        isal->avail_in--;
        gzip->in_bytes++;
    }
    if (isal->avail_in == 0) {
        return;
    }
    if (*isal->next_in == 0x1f) {
        begin_member(gzip);
    } else {
        stop_with(gzip, "is followed by something else");
    }
}

static void look_out_for_bombs(struct gzip *gzip)
{
    if (gzip->out_bytes > BOMB_FREE_BYTES && gzip->out_bytes / BOMB_RATIO > gzip->in_bytes) {
        gzip->is_ended = true;
        err_set(&gzip->pending, ERR_LIMIT, "unpacks to more than %d times its size; stopped after %llu bytes",
                BOMB_RATIO, (unsigned long long)gzip->out_bytes);
    }
}

/* Returns how many bytes came out. */
static size_t inflate_some(struct gzip *gzip, char *into, size_t room)
{
    struct inflate_state *isal = &gzip->isal;
    uint32_t in_before = isal->avail_in;
    isal->next_out = (uint8_t *)into;
    isal->avail_out = (uint32_t)room;
    int rc = isal_inflate(isal);
    size_t got = room - isal->avail_out;
    gzip->in_bytes += in_before - isal->avail_in;
    gzip->out_bytes += got;
    if (rc < 0) {
        stop_with(gzip, "is damaged");
    } else if (isal->block_state == ISAL_BLOCK_FINISH) {
        gzip->in_member = false;
    }
    return got;
}

/* A piece, or less at the end. */
static int fill(struct gzip *gzip, char *into, size_t *ret_got, struct err *err)
{
    *ret_got = 0;
    while (*ret_got < PIECE_BYTES && !gzip->is_ended) {
        bool any;
        TRY(want_input(gzip, &any, err));
        if (gzip->in_member) {
            /* without input too: it may hold back bytes that had no room */
            size_t got = inflate_some(gzip, into + *ret_got, PIECE_BYTES - *ret_got);
            *ret_got += got;
            if (!any && got == 0 && gzip->in_member && !gzip->is_ended) {
                stop_with(gzip, "ends too early");
            }
            look_out_for_bombs(gzip);
        } else if (any) {
            between(gzip);
        } else {
            gzip->is_ended = true;
        }
    }
    return 0;
}

/* What the inflater had unpacked before it met the damage, and found no room for. */
static void take_rest(struct gzip *gzip, char *into, size_t room, size_t *ret_got)
{
    struct inflate_state *isal = &gzip->isal;
    size_t left =
        isal->tmp_out_valid > isal->tmp_out_processed ? (size_t)(isal->tmp_out_valid - isal->tmp_out_processed) : 0;
    *ret_got = left < room ? left : room;
    if (*ret_got > 0) {
        memcpy(into, isal->tmp_out_buffer + isal->tmp_out_processed, *ret_got);
        isal->tmp_out_processed += (int32_t)*ret_got;
        gzip->out_bytes += *ret_got;
    }
}

/* The same for a reader with little room: by way of a piece of our own. */
static int fill_little(struct gzip *gzip, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (gzip->piece == NULL && (gzip->piece = malloc(PIECE_BYTES)) == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to unpack");
    }
    if (gzip->piece_at == gzip->piece_len) {
        gzip->piece_at = 0;
        TRY(fill(gzip, gzip->piece, &gzip->piece_len, err));
    }
    size_t left = gzip->piece_len - gzip->piece_at;
    *ret_got = left < room ? left : room;
    memcpy(into, gzip->piece + gzip->piece_at, *ret_got);
    gzip->piece_at += *ret_got;
    return 0;
}

static int gzip_read(void *state, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct gzip *gzip = state;
    bool has_piece = gzip->piece_at < gzip->piece_len;
    TRY(room >= PIECE_BYTES && !has_piece ? fill(gzip, into, ret_got, err)
                                          : fill_little(gzip, into, room, ret_got, err));
    if (*ret_got == 0 && gzip->pending.kind == ERR_FORMAT) {
        take_rest(gzip, into, room, ret_got);
    }
    if (*ret_got == 0 && gzip->pending.kind != ERR_NONE) {
        return err_set(err, gzip->pending.kind, "%s", gzip->pending.text);
    }
    return 0;
}

const struct packing packing_gzip = {
    .name = "gzip", .probe = gzip_probe, .open = gzip_open, .read = gzip_read, .close = gzip_close};

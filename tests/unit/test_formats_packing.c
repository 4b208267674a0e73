/* bzip2, xz, lzma and zstd: what comes out is what went in, whatever way it is read; of a file cut or damaged anywhere all that came
 * before is given, and then it is said; a file that wants too much memory does not get it. And text: UTF-16 and marks. */
#include <bzlib.h>
#include <lzma.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/stream.h"

#include "base/banned.h"

static void make_text(struct buf *out, size_t lines, unsigned seed)
{
    for (size_t i = 0; i < lines; i++) {
        seed = seed * 1103515245u + 12345u;
        buf_printf(out, "10.0.%u.%u - - \"GET /page/%zu HTTP/1.1\" 200 %u\n", seed >> 24, seed >> 16 & 255, i,
                   seed >> 8 & 0xffff);
    }
}

static void pack_bzip2(struct buf *out, struct str plain)
{
    unsigned room = (unsigned)(plain.len + plain.len / 100 + 700);
    char *into = buf_room(out, room);
    assert_non_null(into);
    /* blocks of 100 kB, so that a file has several */
    assert_int_equal(BZ2_bzBuffToBuffCompress(into, &room, (char *)(uintptr_t)plain.data, (unsigned)plain.len, 1, 0, 0),
                     BZ_OK);
    out->len += room;
}

static void pack_xz(struct buf *out, struct str plain)
{
    size_t room = lzma_stream_buffer_bound(plain.len), at = 0;
    char *into = buf_room(out, room);
    assert_non_null(into);
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)plain.data, plain.len,
                                             (uint8_t *)into, &at, room),
                     LZMA_OK);
    out->len += at;
}

static void pack_lzma(struct buf *out, struct str plain)
{
    lzma_stream z = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    assert_false(lzma_lzma_preset(&options, 1));
    assert_int_equal(lzma_alone_encoder(&z, &options), LZMA_OK);
    size_t room = plain.len + 1024;
    z.next_in = (const uint8_t *)plain.data;
    z.avail_in = plain.len;
    z.next_out = (uint8_t *)buf_room(out, room);
    z.avail_out = room;
    assert_int_equal(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
    out->len += room - z.avail_out;
    lzma_end(&z);
}

static void pack_zstd(struct buf *out, struct str plain)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *into = buf_room(out, room);
    assert_non_null(into);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    size_t got = ZSTD_compress2(z, into, room, plain.data, plain.len);
    assert_false(ZSTD_isError(got));
    out->len += got;
    ZSTD_freeCCtx(z);
}

static const struct {
    const char *file, *name;
    void (*pack)(struct buf *out, struct str plain);
    bool is_many; /* one behind the other is one file */
} packers[] = {
    {"bz2", "bzip2", pack_bzip2, true},
    {"xz", "xz", pack_xz, true},
    {"lzma", "xz", pack_lzma, false},
    {"zst", "zstd", pack_zstd, true},
};
enum { PACKERS = sizeof packers / sizeof *packers };

static int drain(struct stream *stream, size_t room, struct buf *out, struct err *err)
{
    size_t got = 1;
    while (got > 0) {
        char *into = buf_room(out, room);
        assert_non_null(into);
        if (stream_read(stream, into, room, &got, err) != 0) {
            return -1;
        }
        out->len += got;
    }
    return 0;
}

static int file_with(struct str bytes)
{
    char path[] = "/tmp/assay-packing-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void expect_same(const char *file, const char *name, struct str packed, struct str plain, bool is_file,
                        size_t room)
{
    struct err err = {0};
    OWN(own_buf) struct buf out = {0};
    OWN(own_fd) int fd = is_file ? file_with(packed) : -1;
    OWN(own_stream) struct stream *stream = is_file ? stream_open(fd, &err) : stream_open_bytes(packed, &err);
    assert_non_null(stream);
    assert_non_null(stream_packing(stream));
    assert_string_equal(stream_packing(stream), name);
    if (drain(stream, room, &out, &err) != 0) {
        fail_msg("%s, %zu bytes, in pieces of %zu: %s", file, plain.len, room, err.text);
    }
    assert_true(str_eq(buf_str(&out), plain));
    assert_int_equal(stream_raw_bytes(stream), packed.len);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    static const size_t lines[] = {0, 1, 100, 20000};
    static const size_t rooms[] = {1 << 20, 4096, 97};
    for (size_t p = 0; p < PACKERS; p++) {
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
            OWN(own_buf) struct buf plain = {0};
            OWN(own_buf) struct buf packed = {0};
            make_text(&plain, lines[i], 7);
            buf_puts(&plain, "");
            packers[p].pack(&packed, buf_str(&plain));
            for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
                expect_same(packers[p].file, packers[p].name, buf_str(&packed), buf_str(&plain), r != 1, rooms[r]);
            }
        }
    }
}

static void members_follow_each_other_and_zeros_end_them(void **state)
{
    (void)state;
    for (size_t p = 0; p < PACKERS; p++) {
        if (!packers[p].is_many) {
            continue;
        }
        OWN(own_buf) struct buf plain = {0};
        OWN(own_buf) struct buf packed = {0};
        for (unsigned i = 0; i < 40; i++) { /* 40 x 15 kB: some member begins across two windows */
            size_t before = plain.len;
            make_text(&plain, 400, i + 1);
            packers[p].pack(&packed, str_slice(buf_str(&plain), before, plain.len));
        }
        packers[p].pack(&packed, STR(""));
        for (int i = 0; i < 1024; i++) {
            buf_putc(&packed, '\0');
        }
        expect_same(packers[p].file, packers[p].name, buf_str(&packed), buf_str(&plain), true, 65536);
        expect_same(packers[p].file, packers[p].name, buf_str(&packed), buf_str(&plain), false, 1000);
    }
}

static void garbage_behind_is_said_after_what_came_before_it(void **state)
{
    (void)state;
    for (size_t p = 0; p < PACKERS; p++) {
        struct err err = {0};
        OWN(own_buf) struct buf plain = {0};
        OWN(own_buf) struct buf packed = {0};
        OWN(own_buf) struct buf out = {0};
        make_text(&plain, 3000, 5);
        packers[p].pack(&packed, buf_str(&plain));
        buf_puts(&packed, "and then this, which is nothing");
        OWN(own_stream) struct stream *stream = stream_open_bytes(buf_str(&packed), &err);
        assert_non_null(stream);
        assert_int_equal(drain(stream, 4096, &out, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
        assert_non_null(strstr(err.text, "is followed by something else"));
        assert_true(str_eq(buf_str(&out), buf_str(&plain)));
    }
}

/* Cut anywhere: the whole of an earlier member, and a beginning of this one, never anything else, and then why. */
static void a_cut_file_gives_all_before_the_cut(void **state)
{
    (void)state;
    for (size_t p = 0; p < PACKERS; p++) {
        OWN(own_buf) struct buf plain = {0};
        OWN(own_buf) struct buf packed = {0};
        make_text(&plain, 12000, 9);
        packers[p].pack(&packed, buf_str(&plain));
        size_t had = 0;
        for (size_t cut = 20; cut < packed.len; cut += packed.len / 23) {
            struct err err = {0};
            OWN(own_buf) struct buf out = {0};
            OWN(own_stream) struct stream *stream = stream_open_bytes(str_slice(buf_str(&packed), 0, cut), &err);
            assert_non_null(stream);
            assert_int_equal(drain(stream, 1 << 20, &out, &err), -1);
            assert_non_null(strstr(err.text, "ends too early"));
            assert_true(out.len >= had);
            had = out.len;
            assert_true(str_eq(buf_str(&out), str_slice(buf_str(&plain), 0, out.len)));
        }
        /* a block of bzip2 is 100 kB here, of zstd 128 KiB, xz goes byte by byte */
        if (had < plain.len / 2) {
            fail_msg("%s: only %zu of %zu bytes before the last cut", packers[p].file, had, plain.len);
        }
    }
}

/* A damage in the last block: every block before it comes, in one read or in many, and the same bytes. */
static void a_damage_takes_nothing_that_came_before(void **state)
{
    (void)state;
    for (size_t p = 0; p < PACKERS; p++) {
        OWN(own_buf) struct buf plain = {0};
        OWN(own_buf) struct buf packed = {0};
        make_text(&plain, 30000, 4);
        packers[p].pack(&packed, buf_str(&plain));
        for (size_t i = 0; i < 40; i++) {
            packed.data[packed.len - packed.len / 8 + i] ^= 0x5a;
        }
        size_t lens[2] = {0};
        static const size_t rooms[2] = {4 << 20, 1000};
        for (size_t r = 0; r < 2; r++) {
            struct err err = {0};
            OWN(own_buf) struct buf out = {0};
            OWN(own_stream) struct stream *stream = stream_open_bytes(buf_str(&packed), &err);
            assert_non_null(stream);
            assert_int_equal(drain(stream, rooms[r], &out, &err), -1);
            assert_int_equal(err.kind, ERR_FORMAT);
            lens[r] = out.len;
            size_t sure = plain.len / 8 * 7 - (256 << 10);
            if (out.len < sure || !str_eq(str_slice(buf_str(&out), 0, sure), str_slice(buf_str(&plain), 0, sure))) {
                fail_msg("%s in pieces of %zu: %zu bytes before the damage, of %zu (%s)", packers[p].file, rooms[r],
                         out.len, plain.len, err.text);
            }
        }
        assert_int_equal(lens[0], lens[1]);
    }
}

static void a_file_that_wants_too_much_memory_does_not_get_it(void **state)
{
    (void)state;
    /* zstd: a frame whose window is 2^31 (RFC 8878, 3.1.1.1.2: exponent 21, no content size) */
    struct err err = {0};
    OWN(own_buf) struct buf out = {0};
    OWN(own_stream)
    struct stream *zstd = stream_open_bytes((struct str){"\x28\xb5\x2f\xfd\x00\xa8\x09\x00\x00"
                                                         "a",
                                                         10},
                                            &err);
    assert_non_null(zstd);
    assert_int_equal(drain(zstd, 4096, &out, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);

    /* lzma: a dictionary of 1 GiB */
    OWN(own_stream)
    struct stream *lzma = stream_open_bytes(
        (struct str){"\x5d\x00\x00\x00\x40\xff\xff\xff\xff\xff\xff\xff\xff\x00\x30\x99\x24", 17}, &err);
    assert_non_null(lzma);
    assert_non_null(stream_packing(lzma));
    assert_int_equal(drain(lzma, 4096, &out, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(strstr(err.text, "wants more memory"));
}

static void what_only_begins_so_is_plain(void **state)
{
    (void)state;
    static const struct str rows[] = {STR_INIT("BZh9 is how bzip2 begins"), STR_INIT("]\0\0\0\0 and zeros"),
                                      STR_INIT("\xfd"
                                               "7zXY"),
                                      STR_INIT("(\xb5/"), STR_INIT("Q*M\x19")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        OWN(own_buf) struct buf out = {0};
        OWN(own_stream) struct stream *stream = stream_open_bytes(rows[i], &err);
        assert_non_null(stream);
        assert_null(stream_packing(stream));
        assert_int_equal(drain(stream, 7, &out, &err), 0);
        assert_true(str_eq(buf_str(&out), rows[i]));
    }
}

/* ---- text ---- */

static void text_comes_as_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str bytes, text;
        const char *encoding;
    } rows[] = {
        {"plain", STR_INIT("GET /a\r\n"), STR_INIT("GET /a\r\n"), NULL},
        {"latin-1 passes", STR_INIT("GET /\xe9t\xe9\n"), STR_INIT("GET /\xe9t\xe9\n"), NULL},
        {"mark", STR_INIT("\xef\xbb\xbfGET\n"), STR_INIT("GET\n"), "UTF-8 with a byte-order mark"},
        {"mark alone", STR_INIT("\xef\xbb\xbf"), STR_INIT(""), "UTF-8 with a byte-order mark"},
        {"little", STR_INIT("\xff\xfeG\0\xe9\0\n\0"), STR_INIT("G\xc3\xa9\n"), "UTF-16LE"},
        {"big", STR_INIT("\xfe\xff\0G\0\xe9\0\n"), STR_INIT("G\xc3\xa9\n"), "UTF-16BE"},
        {"little without a mark", STR_INIT("G\0E\0T\0 \0/\0\n\0"), STR_INIT("GET /\n"), "UTF-16LE"},
        {"big without a mark", STR_INIT("\0G\0E\0T\0 \0/\0\n"), STR_INIT("GET /\n"), "UTF-16BE"},
        {"four little bytes without a mark", STR_INIT("G\0\0\0E\0\0\0T\0\0\0\n\0\0\0"), STR_INIT("GET\n"), "UTF-32LE"},
        {"four big bytes without a mark", STR_INIT("\0\0\0G\0\0\0E\0\0\0T\0\0\0\n"), STR_INIT("GET\n"), "UTF-32BE"},
        {"a pair", STR_INIT("\xff\xfe\x3d\xd8\x00\xde"), STR_INIT("\xf0\x9f\x98\x80"), "UTF-16LE"},
        {"half a pair", STR_INIT("\xff\xfe\x3d\xd8"), STR_INIT("\xef\xbf\xbd"), "UTF-16LE"},
        {"half a unit",
         STR_INIT("\xff\xfe"
                  "A\0B"),
         STR_INIT("A\xef\xbf\xbd"), "UTF-16LE"},
        {"a run of NULs is no encoding", STR_INIT("\0\0\0\0\0\0GET /\n"), STR_INIT("\0\0\0\0\0\0GET /\n"), NULL},
        {"nothing", STR_INIT(""), STR_INIT(""), NULL},
    };
    static const size_t rooms[] = {4096, 64, 3, 1};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
            struct err err = {0};
            OWN(own_buf) struct buf out = {0};
            OWN(own_stream) struct stream *stream = stream_open_bytes(rows[i].bytes, &err);
            assert_non_null(stream);
            assert_int_equal(stream_as_text(stream, &err), 0);
            assert_int_equal(drain(stream, rooms[r], &out, &err), 0);
            if (!str_eq(buf_str(&out), rows[i].text)) {
                fail_msg("%s in pieces of %zu", rows[i].name, rooms[r]);
            }
            const char *encoding = stream_encoding(stream);
            if ((encoding == NULL) != (rows[i].encoding == NULL) ||
                (encoding != NULL && strcmp(encoding, rows[i].encoding) != 0)) {
                fail_msg("%s: %s", rows[i].name, encoding == NULL ? "no encoding" : encoding);
            }
        }
    }
}

/* A reader that gives so much and then fails. */
struct short_reader {
    struct str bytes;
    size_t at, until;
};

static int read_short(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct short_reader *reader = self;
    size_t left = reader->until - reader->at;
    if (left == 0) {
        return err_set(err, ERR_IO, "the medium is torn");
    }
    *ret_got = left < room ? left : room;
    memcpy(into, reader->bytes.data + reader->at, *ret_got);
    reader->at += *ret_got;
    return 0;
}

static void why_the_input_ended_is_said_and_not_what_the_packing_made_of_it(void **state)
{
    (void)state;
    for (size_t p = 0; p <= PACKERS; p++) {
        struct err err = {0};
        OWN(own_buf) struct buf plain = {0};
        OWN(own_buf) struct buf packed = {0};
        OWN(own_buf) struct buf out = {0};
        make_text(&plain, 20000, 3);
        if (p < PACKERS) {
            packers[p].pack(&packed, buf_str(&plain));
        } else {
            buf_put(&packed, buf_str(&plain));
        }
        struct short_reader reader = {buf_str(&packed), 0, packed.len - 10};
        const struct stream_input input = {&reader, read_short};
        OWN(own_stream) struct stream *stream = stream_open_from(&input, &err);
        assert_non_null(stream);
        assert_int_equal(stream_as_text(stream, &err), 0);
        assert_int_equal(drain(stream, 256 << 10, &out, &err), -1);
        assert_string_equal(err.text, "the medium is torn");
        assert_true(out.len > plain.len / 2 && out.len < plain.len + 1);
        assert_true(str_eq(buf_str(&out), str_slice(buf_str(&plain), 0, out.len)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(members_follow_each_other_and_zeros_end_them),
        cmocka_unit_test(garbage_behind_is_said_after_what_came_before_it),
        cmocka_unit_test(a_cut_file_gives_all_before_the_cut),
        cmocka_unit_test(a_damage_takes_nothing_that_came_before),
        cmocka_unit_test(a_file_that_wants_too_much_memory_does_not_get_it),
        cmocka_unit_test(what_only_begins_so_is_plain),
        cmocka_unit_test(text_comes_as_utf8),
        cmocka_unit_test(why_the_input_ended_is_said_and_not_what_the_packing_made_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Packed files: what comes out is what went in, by either inflater, whatever way it is read, and damage is
 * said after everything before it was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/stream.h"

#include "base/banned.h"

/* Text that packs about five to one and never repeats itself exactly. */
static void make_text(struct buf *out, size_t lines, unsigned seed)
{
    for (size_t i = 0; i < lines; i++) {
        seed = seed * 1103515245u + 12345u;
        buf_printf(out, "10.0.%u.%u - - \"GET /page/%zu HTTP/1.1\" 200 %u\n", seed >> 24, seed >> 16 & 255, i,
                   seed >> 8 & 0xffff);
    }
}

static void pack(struct buf *out, struct str plain)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, plain.len);
    z.next_in = (Bytef *)(uintptr_t)plain.data;
    z.avail_in = (uInt)plain.len;
    z.next_out = (Bytef *)buf_room(out, room);
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len += room - z.avail_out;
    deflateEnd(&z);
}

/* Reads all in pieces of `room`; returns what stream_read returned last. */
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
    char path[] = "/tmp/assay-gzip-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void expect_same(struct str packed, const struct buf *plain, bool is_file, size_t room)
{
    struct err err = {0};
    OWN(own_buf) struct buf out = {0};
    OWN(own_fd) int fd = is_file ? file_with(packed) : -1;
    OWN(own_stream) struct stream *stream = is_file ? stream_open(fd, &err) : stream_open_bytes(packed, &err);
    assert_non_null(stream);
    assert_string_equal(stream_packing(stream), "gzip");
    if (drain(stream, room, &out, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_true(str_eq(buf_str(&out), buf_str(plain)));
    assert_int_equal(stream_raw_bytes(stream), packed.len);
}

static void one_member_comes_back(void **state)
{
    (void)state;
    static const size_t lines[] = {0, 1, 100, 20000};
    static const size_t rooms[] = {1 << 20, 4096, 97};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        OWN(own_buf) struct buf plain = {0};
        OWN(own_buf) struct buf packed = {0};
        make_text(&plain, lines[i], 1);
        pack(&packed, buf_str(&plain));
        for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
            expect_same(buf_str(&packed), &plain, false, rooms[r]);
            expect_same(buf_str(&packed), &plain, true, rooms[r]);
        }
    }
}

static void members_follow_each_other_and_zeros_end_them(void **state)
{
    (void)state;
    OWN(own_buf) struct buf plain = {0};
    OWN(own_buf) struct buf packed = {0};
    for (unsigned m = 0; m < 3; m++) {
        OWN(own_buf) struct buf part = {0};
        make_text(&part, 5000, m);
        buf_put(&plain, buf_str(&part));
        pack(&packed, buf_str(&part));
    }
    expect_same(buf_str(&packed), &plain, true, 65536);
    OWN(own_buf) struct buf twice = {0};
    OWN(own_buf) struct buf twice_packed = {0};
    for (unsigned m = 0; m < 2; m++) { /* two of one length: the last one's size is the first one's too */
        buf_puts(&twice, "the very same\n");
        pack(&twice_packed, STR("the very same\n"));
    }
    expect_same(buf_str(&twice_packed), &twice, true, 65536);
    buf_put(&packed, (struct str){"\0\0\0\0\0\0\0", 7});
    expect_same(buf_str(&packed), &plain, true, 65536);
}

static void damage_is_said_after_what_came_before_it(void **state)
{
    (void)state;
    OWN(own_buf) struct buf plain = {0};
    OWN(own_buf) struct buf packed = {0};
    make_text(&plain, 20000, 1);
    pack(&packed, buf_str(&plain));
    for (int what = 0; what < 3; what++) {
        OWN(own_buf) struct buf bad = {0};
        OWN(own_buf) struct buf out = {0};
        struct err err = {0};
        buf_put(&bad, buf_str(&packed));
        if (what == 0) {
            bad.len = bad.len / 2; /* cut off */
        } else if (what == 1) {
            memset(bad.data + bad.len / 2, 0xff, 200); /* damaged */
        } else {
            buf_puts(&bad, "and this"); /* something behind it */
        }
        OWN(own_stream) struct stream *stream = stream_open_bytes(buf_str(&bad), &err);
        assert_non_null(stream);
        assert_int_equal(drain(stream, 4096, &out, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
        assert_non_null(strstr(err.text, what == 0 ? "too early" : what == 1 ? "damaged" : "something else"));
        size_t most = what == 2 ? plain.len : plain.len / 3;
        assert_true(out.len >= most && out.len <= plain.len);
        size_t sure = what == 1 ? plain.len / 3 : out.len; /* a few wrong bytes may come before damage shows */
        assert_memory_equal(out.data, plain.data, sure);
    }
}

/* A lying trailer must neither be believed nor cost memory. */
static void a_wrong_size_at_the_end_is_no_wrong_text(void **state)
{
    (void)state;
    OWN(own_buf) struct buf plain = {0};
    OWN(own_buf) struct buf packed = {0};
    OWN(own_buf) struct buf out = {0};
    struct err err = {0};
    make_text(&plain, 3000, 1);
    pack(&packed, buf_str(&plain));
    memset(packed.data + packed.len - 4, 0xff, 4);
    OWN(own_stream) struct stream *stream = stream_open_bytes(buf_str(&packed), &err);
    assert_non_null(stream);
    assert_int_equal(drain(stream, 4096, &out, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_true(str_eq(buf_str(&out), buf_str(&plain)));
}

static void plain_bytes_pass(void **state)
{
    (void)state;
    OWN(own_buf) struct buf plain = {0};
    OWN(own_buf) struct buf out = {0};
    struct err err = {0};
    make_text(&plain, 20000, 3);
    OWN(own_fd) int fd = file_with(buf_str(&plain));
    OWN(own_stream) struct stream *stream = stream_open(fd, &err);
    assert_non_null(stream);
    assert_null(stream_packing(stream));
    assert_int_equal(drain(stream, 10007, &out, &err), 0);
    assert_true(str_eq(buf_str(&out), buf_str(&plain)));
    assert_int_equal(stream_raw_bytes(stream), plain.len);
}

static void a_pipe_works_and_a_peek_takes_only_the_head(void **state)
{
    (void)state;
    OWN(own_buf) struct buf plain = {0};
    OWN(own_buf) struct buf packed = {0};
    OWN(own_buf) struct buf out = {0};
    struct err err = {0};
    make_text(&plain, 500, 3);
    pack(&packed, buf_str(&plain));
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], packed.data, packed.len), packed.len);
    close(ends[1]);
    OWN(own_fd) int in = ends[0];
    OWN(own_stream) struct stream *stream = stream_open(in, &err);
    assert_non_null(stream);
    assert_int_equal(drain(stream, 4096, &out, &err), 0);
    assert_true(str_eq(buf_str(&out), buf_str(&plain)));

    OWN(own_fd) int fd = file_with(buf_str(&packed));
    char head[1000];
    size_t got = 0;
    struct stream_about about = {0};
    assert_int_equal(stream_peek(fd, head, sizeof head, &got, &about, &err), 0);
    assert_int_equal(got, sizeof head);
    assert_string_equal(about.packing, "gzip");
    assert_memory_equal(head, plain.data, sizeof head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_member_comes_back),
        cmocka_unit_test(members_follow_each_other_and_zeros_end_them),
        cmocka_unit_test(damage_is_said_after_what_came_before_it),
        cmocka_unit_test(a_wrong_size_at_the_end_is_no_wrong_text),
        cmocka_unit_test(plain_bytes_pass),
        cmocka_unit_test(a_pipe_works_and_a_peek_takes_only_the_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

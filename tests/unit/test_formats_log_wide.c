/* One text of the combined reader, compiled for each kind of processor: all say the same of the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "formats/log_combined.c" /* its functions for one kind of processor are its own */

enum { TEXT_BYTES = 20000, ROUNDS = 300 };

typedef size_t parser(struct cache *, struct str, bool, struct log_batch *);
typedef size_t glancer(struct str, bool, struct log_glances *);

static uint64_t drawn(uint64_t *next, uint64_t below)
{
    *next = *next * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*next >> 33) % below;
}

/* Whole lines, and what is hard for marks: many quotes at once, escapes, NULs, empty lines, no line end. */
static size_t draw_text(char *text, uint64_t *next)
{
    static const char *const pieces[] = {
        "192.0.2.7 - - [14/Mar/2026:21:47:09 +0000] \"GET /a?b=\\\"c HTTP/1.1\" 200 5171 \"-\" \"agent\"\n",
        "shop.example:443 2001:db8::7 - ann [14/Mar/2026:21:47:10 +0530] \"POST /x.php HTTP/1.1\" 404 - \"r\" \"a\\\\\"\n",
        "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
        "\"\n\"\n\"\n\"\n\"\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
        "\\\"",
        "some words without an end ",
        "\r\n",
        "192.0.2.8 - - [14/Mar/2026:21:47:09 +0000] \"GET / HTTP/1.1\" 200 1\n"};
    size_t len = 0;
    while (len < TEXT_BYTES - 256) {
        const char *piece = pieces[drawn(next, sizeof pieces / sizeof *pieces)];
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
        if (drawn(next, 50) == 0) {
            text[len++] = '\0';
        }
    }
    return len - drawn(next, 100);
}

static void check_same_span(struct log_span a, struct log_span b)
{
    assert_int_equal(a.at, b.at);
    assert_int_equal(a.len, b.len);
}

static void check_same_line(const struct log_line *a, const struct log_line *b)
{
    assert_ptr_equal(a->text, b->text);
    assert_int_equal(a->len, b->len);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->skipped, b->skipped);
    assert_int_equal(a->class_id, b->class_id);
    if (log_is_parsed(a)) {
        assert_int_equal(a->second, b->second);
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->bytes, b->bytes);
        check_same_span(a->client, b->client);
        check_same_span(a->user, b->user);
        check_same_span(a->target, b->target);
        check_same_span(a->referer, b->referer);
        check_same_span(a->agent, b->agent);
    }
}

static void compare_parsers(parser *one, parser *other)
{
    static char text[TEXT_BYTES];
    static struct log_batch a, b;
    uint64_t next = 20261130;
    size_t lines = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct cache cache_a = {.has_date = 0}, cache_b = {.has_date = 0};
        struct str left = {text, draw_text(text, &next)};
        while (left.len > 0) {
            size_t took = one(&cache_a, left, true, &a);
            assert_int_equal(took, other(&cache_b, left, true, &b));
            assert_int_equal(a.count, b.count);
            for (size_t i = 0; i < a.count; i++) {
                check_same_line(&a.lines[i], &b.lines[i]);
            }
            assert_true(took > 0);
            lines += a.count;
            left = (struct str){left.data + took, left.len - took};
        }
    }
    assert_true(lines > 10000);
}

static void compare_glancers(glancer *one, glancer *other)
{
    static char text[TEXT_BYTES];
    static struct log_glances a, b;
    uint64_t next = 5;
    for (int round = 0; round < ROUNDS; round++) {
        struct str left = {text, draw_text(text, &next)};
        while (left.len > 0) {
            size_t took = one(left, true, &a);
            assert_int_equal(took, other(left, true, &b));
            assert_int_equal(a.count, b.count);
            for (size_t i = 0; i < a.count; i++) {
                assert_int_equal(a.lines[i].size, b.lines[i].size);
                check_same_span(a.lines[i].client, b.lines[i].client);
            }
            left = (struct str){left.data + took, left.len - took};
        }
    }
}

static uint32_t *put_plain(uint32_t *out, const char *at, uint32_t base)
{
    return put_marks(out, marks_plain(at), base);
}

static size_t parse_plain(struct cache *cache, struct str block, bool is_last, struct log_batch *batch)
{
    return parse_block(cache, block, is_last, batch, put_plain);
}

static void test_here(void **state)
{
    (void)state;
    compare_parsers(parse_plain, parse_everywhere);
}

#ifdef __x86_64__
static void test_avx2(void **state)
{
    (void)state;
    if (!has_wide()) {
        skip();
    }
    compare_parsers(parse_everywhere, parse_avx2);
    compare_glancers(glance_everywhere, glance_avx2);
}

static void test_avx512(void **state)
{
    (void)state;
    if (!has_widest()) {
        skip();
    }
    compare_parsers(parse_everywhere, parse_avx512);
    compare_glancers(glance_everywhere, glance_avx512);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_here),
#ifdef __x86_64__
        cmocka_unit_test(test_avx2),
        cmocka_unit_test(test_avx512),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

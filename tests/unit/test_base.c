/* base: each row is a case that went wrong somewhere, or could. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/pool.h"
#include "base/stat.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

static void arena_gives_zeroed_memory_up_to_its_cap(void **state)
{
    (void)state;
    struct err err;
    OWN(own_arena) struct arena arena;
    arena_init(&arena, 1000);
    unsigned char *a = arena_take(&arena, 600, &err);
    assert_non_null(a);
    for (int i = 0; i < 600; i++) {
        assert_int_equal(a[i], 0);
    }
    assert_null(arena_take(&arena, 500, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(arena_take(&arena, 400, &err));
    assert_null(ARENA_NEW(&arena, uint64_t, SIZE_MAX / 4, &err));
}

static void buf_failure_is_sticky(void **state)
{
    (void)state;
    struct err err;
    OWN(own_buf) struct buf buf = {.max = 64};
    buf_puts(&buf, "abc");
    buf_printf(&buf, "%0100d", 1);
    assert_true(buf.failed);
    buf_puts(&buf, "d");
    assert_int_equal(buf.len, 3);
    assert_int_equal(buf_check(&buf, &err), -1);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    uint64_t u;
    int64_t i;
    double d;
    assert_true(str_u64(STR("18446744073709551615"), &u));
    assert_true(u == UINT64_MAX);
    assert_false(str_u64(STR("18446744073709551616"), &u));
    assert_false(str_u64(STR(""), &u));
    assert_false(str_u64(STR("1 "), &u));
    assert_true(str_i64(STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_false(str_i64(STR("9223372036854775808"), &i));
    assert_false(str_i64(STR("-"), &i));
    assert_true(str_double(STR("-1.5e3"), &d));
    assert_true(d == -1500);
    assert_false(str_double(STR("nan"), &d));
    assert_false(str_double(STR("0x10"), &d));
}

static void utf8_is_checked_as_rfc_3629_says(void **state)
{
    (void)state;
    assert_true(str_is_utf8(STR("h\xc3\xa9 \xf0\x9f\x92\xa9")));
    assert_false(str_is_utf8(STR("\xc0\x80")));         /* overlong */
    assert_false(str_is_utf8(STR("\xed\xa0\x80")));     /* surrogate */
    assert_false(str_is_utf8(STR("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
    assert_false(str_is_utf8(STR("\xe2\x82")));         /* cut */
}

static void evidence_is_escaped_for_a_terminal(void **state)
{
    (void)state;
    static const struct {
        struct str in;
        const char *out;
    } rows[] = {
        {STR_INIT("plain"), "plain"},
        {STR_INIT("\x1b[31m"), "\\x1b[31m"},
        {STR_INIT("a\xe2\x80\xae"
                  "b"),
         "a\\u202eb"},
        {STR_INIT("\xff"), "\\xff"},
        {STR_INIT("\xc2\x85"), "\\u0085"},
        {STR_INIT("caf\xc3\xa9"), "caf\xc3\xa9"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str_escape(out, sizeof out, rows[i].in, 0);
        assert_string_equal(out, rows[i].out);
    }
    str_escape(out, sizeof out, STR("0123456789"), 5);
    assert_string_equal(out, "0123~");
    str_escape(out, 4, STR("ab\x01"), 0);
    assert_string_equal(out, "ab~");
}

static void words_are_two_letters_apart(void **state)
{
    (void)state;
    assert_int_equal(str_distance(STR("swep"), STR("sweep")), 1);
    assert_int_equal(str_distance(STR("trace"), STR("match")), 4);
    assert_int_equal(str_distance(STR(""), STR("abc")), 3);
}

static void a_needle_is_found_in_either_case(void **state)
{
    (void)state;
    const struct {
        struct str text, needle;
        size_t from, at;
    } rows[] = {
        {STR("abc"), STR(""), 0, 0},
        {STR("abc"), STR(""), 3, 3},
        {STR("abc"), STR(""), 4, SIZE_MAX},
        {STR(""), STR(""), 0, 0},
        {STR(""), STR("a"), 0, SIZE_MAX},
        {STR("abc"), STR("abcd"), 0, SIZE_MAX},
        {STR("xAbC"), STR("aBc"), 0, 1},
        {STR("xabc"), STR("ABC"), 0, 1},
        {STR("abcABC"), STR("abc"), 1, 3},
        {STR("ABCabc"), STR("abc"), 0, 0},
        {STR("aAaAaAb"), STR("AAB"), 0, 4},
        {STR("AbaBab."), STR("aB."), 0, 4},
        {STR("ends in Z"), STR("z"), 0, 8},
        {STR("ends in z"), STR("Z"), 9, SIZE_MAX},
        {STR("ends in z"), STR("Z"), 99, SIZE_MAX},
        {STR("a-@[`{b"), STR("@[`{B"), 0, 2},
        {STR("[@"), STR("{"), 0, SIZE_MAX},
        {STR("5 of 6"), STR("6"), 1, 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(str_find_nocase(rows[i].text, rows[i].needle, rows[i].from), rows[i].at);
    }
}

/* Sixteen places are looked at together: every place of a text, from every beginning, by needles of every length around that. */
static void texts_are_found_at_every_place(void **state)
{
    (void)state;
    enum { TEXT_BYTES = 70, NEEDLE_BYTES = 40 };
    for (size_t bytes = 1; bytes <= NEEDLE_BYTES; bytes += bytes < 4 ? 1 : 7) {
        for (size_t place = 0; place + bytes <= TEXT_BYTES; place++) {
            char *text = malloc(TEXT_BYTES), small[NEEDLE_BYTES], large[NEEDLE_BYTES];
            assert_non_null(text);
            memset(text, '.', TEXT_BYTES);
            for (size_t i = 0; i < bytes; i++) {
                small[i] = text[place + i] = (char)('a' + i % 26);
                large[i] = (char)('A' + i % 26);
            }
            struct str all = {text, TEXT_BYTES}, needle = {small, bytes};
            for (size_t from = 0; from <= TEXT_BYTES; from++) {
                size_t at = from <= place ? place : SIZE_MAX;
                assert_int_equal(str_find(all, needle, from), at);
                assert_int_equal(str_find_nocase(all, (struct str){large, bytes}, from), at);
            }
            assert_int_equal(str_find((struct str){text, place + bytes - 1}, needle, 0), SIZE_MAX);
            free(text);
        }
    }
}

/* The end of what may be read is the end of the text: a sanitizer sees a byte more. And first letters that lead nowhere cost
 * no more than one look each. */
static void many_first_letters_are_looked_at_once(void **state)
{
    (void)state;
    enum { LETTERS = 1 << 20, SECONDS_MAX = 5 };
    char *text = malloc(LETTERS);
    assert_non_null(text);
    for (size_t i = 0; i < LETTERS; i++) {
        text[i] = i % 2 == 0 ? 'a' : 'A';
    }
    clock_t began = clock();
    assert_int_equal(str_find_nocase((struct str){text, LETTERS}, STR("ab"), 0), SIZE_MAX);
    text[LETTERS - 1] = 'B';
    assert_int_equal(str_find_nocase((struct str){text, LETTERS}, STR("ab"), 0), LETTERS - 2);
    assert_int_equal(str_find_nocase((struct str){text, LETTERS - 1}, STR("ab"), 0), SIZE_MAX);
    assert_true(clock() - began < SECONDS_MAX * CLOCKS_PER_SEC);
    free(text);
}

/* Short messages take a way of their own: every length around its ends, in two pieces, against the usual way. */
static void short_messages_hash_alike(void **state)
{
    (void)state;
    enum { LENGTHS = 200 };
    char bytes[LENGTHS];
    struct err err = {0};
    struct hasher *hasher = hasher_new(&err);
    for (size_t i = 0; i < LENGTHS; i++) {
        bytes[i] = (char)(i * 37 + 5);
    }
    for (size_t length = 0; length < LENGTHS; length++) {
        hasher_put(hasher, bytes, length);
        struct sha256 wanted = hasher_end(hasher);
        for (size_t cut = 0; cut <= length; cut += 13) {
            struct sha256 got = sha256_of2((struct str){bytes, cut}, (struct str){bytes + cut, length - cut});
            assert_true(sha256_eq(&got, &wanted));
        }
    }
    hasher_free(hasher);
}

/* Many at a time: counts around sixteen, lengths around one block and two, apart and in place. */
static void many_messages_hash_as_each(void **state)
{
    (void)state;
    enum { MESSAGES = 35, STRIDE = 131 };
    static const size_t counts[] = {0, 1, 15, 16, 17, 33, MESSAGES}, heads[] = {0, 1, 20, 65};
    static uint8_t bytes[MESSAGES * STRIDE];
    struct sha256 got[MESSAGES];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * i + i / 7);
    }
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
            for (size_t length = 0; length <= STRIDE; length += length > 50 && length < 66 ? 1 : 8) {
                struct str head = {(const char *)bytes + 3, heads[h]};
                sha256_many(got, head, (struct sha256_messages){bytes, STRIDE, length}, counts[c]);
                for (size_t i = 0; i < counts[c]; i++) {
                    struct sha256 one = sha256_of2(head, (struct str){(const char *)bytes + i * STRIDE, length});
                    assert_true(sha256_eq(&one, &got[i]));
                }
            }
        }
    }
    struct sha256 pairs[2 * MESSAGES], wanted[MESSAGES];
    memcpy(pairs, bytes, sizeof pairs);
    for (size_t i = 0; i < MESSAGES; i++) {
        wanted[i] = sha256_of2(STR("\x01"), (struct str){(const char *)pairs[2 * i].bytes, 2 * SHA256_BYTES});
    }
    sha256_many(pairs, STR("\x01"), (struct sha256_messages){pairs->bytes, 2 * SHA256_BYTES, 2 * SHA256_BYTES},
                MESSAGES);
    assert_memory_equal(pairs, wanted, sizeof wanted);
}

/* RFC 4231, cases 1 and 2: HMAC fills a key up with zeros anyway. */
static void hmacs(void **state)
{
    (void)state;
    uint8_t ones[SHA256_BYTES] = {0}, jefe[SHA256_BYTES] = "Jefe";
    char hex[65];
    memset(ones, 0x0b, 20);
    struct sha256 mac, some[40];
    struct str data = STR("Hi There");
    hmac_many(&mac, ones, STR(""), (struct sha256_messages){(const uint8_t *)data.data, 0, data.len}, 1);
    hex_encode(hex, mac.bytes, SHA256_BYTES);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    data = STR("do ya want for nothing?");
    hmac_many(some, jefe, STR("what "), (struct sha256_messages){(const uint8_t *)data.data, 0, data.len}, 40);
    for (size_t i = 0; i < 40; i++) {
        hex_encode(hex, some[i].bytes, SHA256_BYTES);
        assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}

static void digests_and_base64(void **state)
{
    (void)state;
    char hex[65];
    struct sha256 digest = sha256_of(STR("abc"));
    hex_encode(hex, digest.bytes, 32);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    static const struct {
        enum digest kind;
        const char *hex;
    } digests[] = {{DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72"},
                   {DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
                   {DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                   {DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                                   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"}};
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) { /* FIPS 180, RFC 1321: "abc" */
        char text[DIGEST_HEX_MAX + 1];
        assert_int_equal(digest_hex(digests[i].kind, STR("abc"), text), strlen(digests[i].hex));
        assert_string_equal(text, digests[i].hex);
    }
    struct sha256 two = sha256_of2(STR("a"), STR("bc"));
    assert_true(sha256_eq(&digest, &two));
    static const char *const rows[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const wanted[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t i = 0; i < 7; i++) {
        char text[16];
        uint8_t back[8];
        base64_encode(text, (const uint8_t *)rows[i], strlen(rows[i]));
        assert_string_equal(text, wanted[i]);
        assert_int_equal(base64_decode(back, sizeof back, str_of(text)), strlen(rows[i]));
        assert_memory_equal(back, rows[i], strlen(rows[i]));
    }
    uint8_t back[8];
    assert_true(base64_decode(back, 8, STR("Zh==")) == SIZE_MAX); /* spare bits set */
    assert_true(base64_decode(back, 8, STR("Zg=")) == SIZE_MAX);  /* cut */
    assert_true(base64_decode(back, 8, STR("Z===")) == SIZE_MAX);
    assert_true(base64_decode(back, 8, STR("Zg==Zg==")) == SIZE_MAX);
    assert_true(base64_decode(back, 2, STR("Zm9v")) == SIZE_MAX); /* no room */
    assert_false(hex_decode(back, 1, STR("0g")));
}

static void instants_as_rfc_3339_writes_them(void **state)
{
    (void)state;
    static const struct {
        struct str in;
        const char *out;
    } rows[] = {
        {STR_INIT("2026-03-14T21:47:09Z"), "2026-03-14T21:47:09Z"},
        {STR_INIT("2026-03-14T21:47:09.5+05:30"), "2026-03-14T16:17:09.500Z"},
        {STR_INIT("2020-08-30"), "2020-08-30T00:00:00Z"},
        {STR_INIT("1969-12-31 23:59:59.000000001"), "1969-12-31T23:59:59.000000001Z"},
        {STR_INIT("2024-02-29T00:00Z"), "2024-02-29T00:00:00Z"},
    };
    char out[TIME_TEXT];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        time_rfc3339(out, time_parse(rows[i].in));
        assert_string_equal(out, rows[i].out);
    }
    static const char *const wrong[] = {
        "2023-02-29", "2026-13-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+25:00", "2026-01-01x", "",
        "20260101",   "9999-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(time_parse(str_of(wrong[i])) == TIME_NONE);
    }
    for (int64_t day = -200000; day < 200000; day += 13) {
        int64_t year;
        unsigned month, of_month;
        time_date(day, &year, &month, &of_month);
        assert_true(time_days(year, month, of_month) == day);
    }
    time_duration(out, (3 * 86400 + 16 * 3600 + 40 * 60) * NS_PER_S);
    assert_string_equal(out, "3 d 16 h 40 m");
}

static void canonical_json_as_rfc_8785(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        /* RFC 8785, sections 3.2.2 and 3.2.3 */
        {"{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],\"literals\":[null,true,false]}",
         "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27]}"},
        {"{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}",
         "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}"},
        {"[\"\\u20ac$\\u000f\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"]",
         "[\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]"},
        {"[1e21,1e20,1e17,123456789012345680000.0,-0.0,5e-324,0.1,100.0,-1.5e-7]",
         "[1e+21,100000000000000000000,100000000000000000,123456789012345680000,0,5e-324,0.1,100,-1.5e-7]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        OWN(own_json) json_t *value = json_read(str_of(rows[i].in), &err);
        OWN(own_buf) struct buf out = {0};
        assert_non_null(value);
        assert_int_equal(json_canonical(&out, value, &err), 0);
        assert_string_equal(out.data, rows[i].out);
        /* what was written can be read, and is written the same again */
        OWN(own_json) json_t *again = json_read(buf_str(&out), &err);
        OWN(own_buf) struct buf twice = {0};
        assert_non_null(again);
        assert_int_equal(json_canonical(&twice, again, &err), 0);
        assert_string_equal(twice.data, rows[i].out);
    }
    struct err err;
    OWN(own_json) json_t *mixed = json_read(STR("{\"a\":3,\"b\":[100000000000000000000,-7]}"), &err);
    assert_int_equal(json_int(mixed, "a", 0), 3);
    OWN(own_json) json_t *inexact = json_read(STR("[9007199254740993]"), &err);
    OWN(own_buf) struct buf out = {0};
    assert_int_equal(json_canonical(&out, inexact, &err), -1);
}

static void hostile_json_is_refused_with_its_place(void **state)
{
    (void)state;
    struct err err;
    char deep[400];
    memset(deep, '[', sizeof deep);
    assert_null(json_read((struct str){deep, sizeof deep}, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_null(json_read(STR("{\"a\":1,\n\"a\":2}"), &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.text, "2:"));
    assert_null(json_read(STR("[1] 2"), &err));
}

static void files_are_replaced_whole_and_links_are_not_followed(void **state)
{
    (void)state;
    struct err err;
    char dir[] = "/tmp/assay-base-XXXXXX";
    assert_non_null(mkdtemp(dir));
    OWN(own_fd) int root = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(file_replace(root, "a", STR("one"), 0600, &err), 0);
    assert_int_equal(file_replace(root, "a", STR("two!"), 0600, &err), 0);
    OWN(own_buf) struct buf text = {0};
    assert_int_equal(file_read_at(root, "a", 100, &text, &err), 0);
    assert_string_equal(text.data, "two!");
    buf_reset(&text);
    assert_int_equal(file_read_at(root, "a", 3, &text, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_int_equal(symlinkat("a", root, "link"), 0);
    assert_int_equal(symlinkat("/etc", root, "out"), 0);
    assert_int_equal(file_open_beneath(root, "link", 0), -1);
    assert_int_equal(file_open_beneath(root, "out/passwd", 0), -1);
    assert_int_equal(file_open_beneath(root, "../etc/passwd", 0), -1);
    OWN(own_fd) int fd = file_open_beneath(root, "a", 0);
    assert_true(fd >= 0);
    unlinkat(root, "a", 0);
    unlinkat(root, "link", 0);
    unlinkat(root, "out", 0);
    rmdir(dir);
}

struct squares {
    uint64_t given, limit, sum, last;
    uint64_t fail_at;
    unsigned dropped;
};

static void *next_number(void *self)
{
    struct squares *s = self;
    return s->given == s->limit ? NULL : (void *)(uintptr_t)++s->given;
}

static void *square(void *self, unsigned worker, void *job)
{
    (void)self;
    (void)worker;
    uintptr_t n = (uintptr_t)job;
    return (void *)(n * n);
}

static int in_order(void *self, void *job, void *result, struct err *err)
{
    struct squares *s = self;
    uintptr_t n = (uintptr_t)job;
    assert_true(n == s->last + 1 && (uintptr_t)result == n * n);
    s->last = n;
    s->sum += n * n;
    return s->fail_at == n ? err_set(err, ERR_LIMIT, "enough") : 0;
}

static void count_drop(void *self, void *job, void *result)
{
    (void)job;
    (void)result;
    ((struct squares *)self)->dropped++;
}

static void workers_hand_back_in_order_and_stop_when_told(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 4; workers++) {
        struct err err;
        struct squares s = {.limit = 5000};
        struct pool_spec spec = {&s, workers, 7, next_number, square, in_order, count_drop};
        assert_int_equal(pool_run(&spec, &err), 0);
        assert_true(s.last == 5000 && s.sum == UINT64_C(41679167500));
        s = (struct squares){.limit = 5000, .fail_at = 100};
        assert_int_equal(pool_run(&spec, &err), -1);
        assert_true(s.last == 100);
        assert_true(s.given - s.last == s.dropped);
    }
}

struct shared_jobs {
    unsigned done[500];
    size_t fail_at; /* and from there on every third */
};

static int do_shared(void *self, size_t number, struct err *err)
{
    struct shared_jobs *jobs = self;
    jobs->done[number]++;
    return number >= jobs->fail_at && (number - jobs->fail_at) % 3 == 0 ? err_set(err, ERR_IO, "job %zu", number) : 0;
}

static void jobs_are_shared_out_once_each(void **state)
{
    (void)state;
    for (unsigned workers = 0; workers <= 4; workers++) {
        struct err err = {0};
        struct shared_jobs jobs = {.fail_at = SIZE_MAX};
        assert_int_equal(pool_share(workers, 500, do_shared, &jobs, &err), 0);
        for (size_t i = 0; i < 500; i++) {
            assert_int_equal(jobs.done[i], 1);
        }
        assert_int_equal(pool_share(workers, 0, do_shared, &jobs, &err), 0);
        jobs = (struct shared_jobs){.fail_at = 100};
        assert_int_equal(pool_share(workers, 500, do_shared, &jobs, &err), -1);
        assert_string_equal(err.text, "job 100");
        size_t done = 0;
        for (size_t i = 0; i < 500; i++) {
            assert_true(jobs.done[i] <= 1 && (i > 100 || jobs.done[i] == 1));
            done += jobs.done[i];
        }
        assert_true(workers > 1 || done == 101);
    }
}

static void intervals_of_the_model(void **state)
{
    (void)state;
    static const struct {
        uint64_t k, n;
        double lo, hi;
    } rows[] = {{0, 31, 0, .112188747},
                {30, 31, .832970, .999184},
                {0, 0, 0, 1},
                {1, 1, .025, 1},
                {95, 100, .887165, .983571},
                {0, 600000, 0, 6.148113e-6},
                {930, 1000, .912379, .945029}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval ci = stat_clopper_pearson(rows[i].k, rows[i].n, .95);
        assert_true(fabs(ci.lo - rows[i].lo) < 2e-5 && fabs(ci.hi - rows[i].hi) < 2e-5);
    }
    uint64_t lo, hi;
    stat_hypergeometric(9, 10, 1000, .95, &lo, &hi);
    assert_true(lo == 557 && hi == 997);
    stat_hypergeometric(30, 31, 48600, .95, &lo, &hi);
    assert_true(lo == 40485);
    assert_true(fabs(stat_ln_bb(10, 10, 20, 1) / log(10) + 0.176091259) < 1e-8);
    assert_true(fabs(stat_ln_bb(950, 1000, 20, 1) / log(10) + 2.12653581) < 1e-6);
    assert_string_equal(stat_enfsi(2), "moderately strong");
    assert_string_equal(stat_enfsi(-0.2), "none");
}

/* What a confined child may still do; each bit is a thing that worked. */
static int confined_child(const char *readable, const char *other)
{
    const char *const paths[] = {readable, NULL};
    struct confine_spec spec = {.read_paths = paths, .memory_bytes = UINT64_C(1) << 32};
    struct confine_state granted;
    struct err err;
    if (confine_self(&spec, &granted, &err) != 0 || granted.landlock_abi == 0 || !granted.seccomp) {
        return 255;
    }
    int could = 0;
    could |= open(readable, O_RDONLY) >= 0 ? 1 : 0;
    could |= open(other, O_RDONLY) >= 0 ? 2 : 0;
    could |= open(readable, O_WRONLY) >= 0 ? 4 : 0;
    could |= socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 8 : 0;
    could |= fork() == 0 ? 16 : 0;
    could |= execl("/bin/true", "true", (char *)NULL) == 0 ? 32 : 0;
    could |= unlink(readable) == 0 ? 64 : 0;
    return could;
}

static void a_confined_child_can_read_what_it_was_given_and_nothing_else(void **state)
{
    (void)state;
    struct err err;
    char dir[] = "/tmp/assay-confine-XXXXXX";
    char a[64];
    char b[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(a, sizeof a, "%s/a", dir);
    (void)snprintf(b, sizeof b, "%s/b", dir);
    assert_int_equal(file_write(a, STR("a"), &err), 0);
    assert_int_equal(file_write(b, STR("b"), &err), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(confined_child(a, b));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    unlink(a);
    unlink(b);
    rmdir(dir);
    if (WEXITSTATUS(status) == 255) {
        skip(); /* this kernel has no Landlock or no seccomp */
    }
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_zeroed_memory_up_to_its_cap),
        cmocka_unit_test(buf_failure_is_sticky),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(utf8_is_checked_as_rfc_3629_says),
        cmocka_unit_test(evidence_is_escaped_for_a_terminal),
        cmocka_unit_test(words_are_two_letters_apart),
        cmocka_unit_test(a_needle_is_found_in_either_case),
        cmocka_unit_test(texts_are_found_at_every_place),
        cmocka_unit_test(many_first_letters_are_looked_at_once),
        cmocka_unit_test(short_messages_hash_alike),
        cmocka_unit_test(many_messages_hash_as_each),
        cmocka_unit_test(hmacs),
        cmocka_unit_test(digests_and_base64),
        cmocka_unit_test(instants_as_rfc_3339_writes_them),
        cmocka_unit_test(canonical_json_as_rfc_8785),
        cmocka_unit_test(hostile_json_is_refused_with_its_place),
        cmocka_unit_test(files_are_replaced_whole_and_links_are_not_followed),
        cmocka_unit_test(workers_hand_back_in_order_and_stop_when_told),
        cmocka_unit_test(jobs_are_shared_out_once_each),
        cmocka_unit_test(intervals_of_the_model),
        cmocka_unit_test(a_confined_child_can_read_what_it_was_given_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

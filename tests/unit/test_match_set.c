/* Whatever a set holds is found in it, under each of its spellings, and nothing else is; minutes count as one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "match/minutes.h"
#include "match/set.h"

static uint64_t draw(void)
{
    static uint64_t state = 17;
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool is_told(const struct finder *finder, uint64_t hash, uint32_t number)
{
    struct finder_walk walk = finder_find(finder, hash);
    for (const uint32_t *at = finder_next(&walk); at != NULL; at = finder_next(&walk)) {
        if (*at == number) {
            return true;
        }
    }
    return false;
}

/* With hashes that crowd at the end most groups overflow into the next one, and the last into the first; with others a look for
 * what is not there hardly ever meets its tag. */
static void test_finder(void **state)
{
    (void)state;
    static uint64_t hashes[2000];
    for (size_t count = 0; count < 2000; count += count < 40 ? 1 : 97) {
        bool is_crowded = count % 2 == 1;
        struct finder finder;
        struct err err = {0};
        assert_int_equal(finder_open(&finder, count, &err), 0);
        for (size_t i = 0; i < count; i++) {
            hashes[i] = draw() | (is_crowded ? UINT64_C(0xff) << 56 : 0);
            finder_put(&finder, hashes[i], (uint32_t)i + 1);
        }
        size_t others = 0;
        for (size_t i = 0; i < count; i++) {
            assert_true(is_told(&finder, hashes[i], (uint32_t)i + 1));
            struct finder_walk walk = finder_find(&finder, draw());
            others += finder_next(&walk) != NULL;
        }
        assert_true(is_crowded || others <= 10 + count / 8);
        finder_close(&finder);
    }
    struct finder nothing = {0};
    struct finder_walk walk = finder_find(&nothing, 1);
    assert_null(finder_next(&walk));
}

enum { ROWS = 5000, COLUMNS = 5, CELL_BYTES = 80 };
static char texts[ROWS * COLUMNS][CELL_BYTES];
static struct str cells[ROWS * COLUMNS];

static void write_row(size_t r)
{
    char(*row)[CELL_BYTES] = &texts[r * COLUMNS];
    (void)snprintf(row[0], CELL_BYTES, "%u", (unsigned)(draw() % 100000000));
    (void)snprintf(row[1], CELL_BYTES, "%c%u@mail%u.zz", r % 2 == 0 ? 'A' : 'b', (unsigned)(draw() % 4000),
                   (unsigned)r % 7);
    (void)snprintf(row[2], CELL_BYTES, "+49 30 %07u", (unsigned)(draw() % 10000000));
    (void)snprintf(row[3], CELL_BYTES, "20%02u-0%u-1%u 0%u:%02u:17", (unsigned)r % 20, (unsigned)(1 + r % 9),
                   (unsigned)r % 10, (unsigned)r % 10, (unsigned)(r % 60));
    (void)snprintf(row[4], CELL_BYTES, r % 3 == 0 ? "%u" : "Word %x", (unsigned)(1400000000 + draw() % 100000000));
    for (size_t c = 0; c < COLUMNS; c++) {
        cells[r * COLUMNS + c] = str_of(row[c]);
    }
}

static void test_found(void **state)
{
    (void)state;
    const struct str names[COLUMNS] = {STR_INIT("id"), STR_INIT("mail"), STR_INIT("tel"), STR_INIT("at"),
                                       STR_INIT("note")};
    struct table_shape shape = {STR("t"), names, COLUMNS, true};
    struct normalizer normalizer = {.wanted = NORMAL_ALL};
    struct sets sets;
    struct err err = {0};
    for (size_t r = 0; r < ROWS; r++) {
        write_row(r);
    }
    assert_int_equal(sets_of(&sets, &shape, cells, ROWS, &err), 0);
    const struct set *set = &sets.sets[0];
    size_t phones = 0;
    size_t instants = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        struct normal normal;
        normal_value(&normalizer, cells[i], &normal);
        uint32_t value = set_cell(set, i / COLUMNS, i % COLUMNS);
        assert_int_equal(set_find(set, normal.class, normal.bytes), value);
        struct pack_room room;
        assert_true(str_eq(set_bytes(set, value, &room), normal.bytes) && set_class(set, value) == normal.class);
        struct str phone;
        int64_t seconds;
        if (normal.class == NORMAL_NUMBER && normal_number_as_phone(normal.bytes, &phone)) {
            phones++;
            assert_true(set_find(set, NORMAL_PHONE, phone) != 0);
        }
        if (normal.class == NORMAL_NUMBER && normal_number_as_time(normal.bytes, &seconds)) {
            instants++;
            enum normal_class class = seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME;
            uint32_t found = set_find(set, class, (struct str){(const char *)&seconds, sizeof(seconds)});
            int64_t told;
            assert_true(found != 0 && set_seconds(set, found, &told) && told == seconds);
        }
        char other[CELL_BYTES];
        other[0] = 'x';
        memcpy(other + 1, texts[i], CELL_BYTES - 1);
        other[CELL_BYTES - 1] = '\0';
        assert_int_equal(set_find(set, normal.class, str_of(other)), 0);
    }
    for (uint32_t v = 1; v < set->value_count; v++) {
        enum normal_class class = set_class(set, v);
        struct pack_room room;
        struct str bytes = set_bytes(set, v, &room);
        assert_true(class != NORMAL_NONE || bytes.len == 0);
        sum += class == NORMAL_NONE ? 0 : set_hash(class, bytes);
    }
    assert_true(phones > ROWS / 2 && instants > ROWS / 4);
    assert_true(sum == set->hash_sum);
    sets_close(&sets);
    normalizer_close(&normalizer);
}

static void test_minutes(void **state)
{
    (void)state;
    enum { SPAN = 3000, FIRST = 26000000 };
    static uint32_t counts[SPAN];
    struct minutes minutes;
    struct minutes_part part = {0};
    struct err err = {0};
    assert_int_equal(minutes_open(&minutes, &err), 0);
    int64_t now = (int64_t)FIRST * 60;
    uint64_t total = 0;
    int64_t last = FIRST;
    uint32_t peak = 0;
    while ((now += (int64_t)(draw() % 25)) < ((int64_t)FIRST + SPAN) * 60) {
        int64_t at = draw() % 50 == 0 ? ((int64_t)FIRST + (int64_t)(draw() % SPAN)) * 60 + 59 : now;
        assert_int_equal(minutes_add(&minutes, &part, at, &err), 0);
        assert_int_equal(minutes_add(&minutes, &part, -5, &err), 0);
        counts[at / 60 - FIRST]++;
        last = at / 60 > last ? at / 60 : last;
        total++;
    }
    assert_int_equal(minutes_flush(&minutes, &part, &err), 0);
    minutes_settle(&minutes, &part);
    assert_true(minutes.total == total && minutes.outside == total && minutes.first == FIRST && minutes.last == last);
    for (int64_t i = 0; i < SPAN; i++) {
        assert_int_equal(minutes_at(&minutes, FIRST + i), counts[i]);
        peak = counts[i] > peak ? counts[i] : peak;
    }
    assert_int_equal(minutes_peak(&minutes), peak);
    minutes_close(&minutes);
}

/* Close together they are bits, far apart they are sorted. */
static void test_distinct(void **state)
{
    (void)state;
    int64_t some[] = {7, -3, 7, 8, -3, 7, 500};
    int64_t apart[] = {INT64_MIN / 60, 5, INT64_MAX / 60, 5, INT64_MIN / 60};
    uint64_t distinct = 9;
    struct err err = {0};
    assert_int_equal(minutes_distinct(some, 7, &distinct, &err), 0);
    assert_int_equal(distinct, 4);
    assert_int_equal(minutes_distinct(apart, 5, &distinct, &err), 0);
    assert_int_equal(distinct, 3);
    assert_int_equal(minutes_distinct(apart, 0, &distinct, &err), 0);
    assert_int_equal(distinct, 0);
}

/* ---- By several threads ---- */

enum { MANY_ROWS = 30000 };

static void write_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("id,mail,tel,at,note\n", file) >= 0);
    for (size_t r = 0; r < MANY_ROWS; r++) {
        write_row(r % ROWS);
        char(*row)[CELL_BYTES] = &texts[r % ROWS * COLUMNS];
        assert_true(fprintf(file, "%s,%zu%s,%s,%s,", row[0], r, row[1], row[2], row[3]) > 0);
        for (size_t i = 0; r % 100 == 7 && i < r; i++) { /* lengths around those of every head, and beyond a chunk */
            assert_true(fputc('a' + (int)(r % 26), file) >= 0);
        }
        for (size_t i = 0; r == 25000 && i < (3U << SET_CHUNK_BITS); i++) {
            assert_true(fputc('b', file) >= 0);
        }
        assert_true(fprintf(file, "%s\n", r % 100 == 8 ? "" : row[4]) > 0);
    }
    assert_int_equal(fclose(file), 0);
}

static void same_sets(const struct set *one, const struct set *many)
{
    assert_int_equal(one->row_count, MANY_ROWS);
    assert_int_equal(many->row_count, MANY_ROWS);
    assert_int_equal(one->classes, many->classes);
    assert_true(one->hash_sum == many->hash_sum);
    for (size_t c = 0; c < COLUMNS; c++) {
        assert_int_equal(one->columns[c].class, many->columns[c].class);
        assert_true(one->columns[c].distinct == many->columns[c].distinct);
        assert_memory_equal(one->columns[c].by_class, many->columns[c].by_class, sizeof(one->columns[c].by_class));
        for (size_t r = 0; r < MANY_ROWS; r++) {
            uint32_t here = set_cell(one, r, c);
            uint32_t there = set_cell(many, r, c);
            assert_true(set_class(one, here) == set_class(many, there));
            struct pack_room room, other;
            struct str bytes = set_bytes(one, here, &room);
            assert_true(str_eq(bytes, set_bytes(many, there, &other)));
            assert_int_equal(set_find(many, set_class(one, here), bytes), there);
        }
    }
}

/* Numbers of values may differ; nothing else does. */
static void test_threads(void **state)
{
    (void)state;
    char path[] = "/tmp/assay-set-XXXXXX";
    struct sets one, many;
    struct err err = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    write_file(path);
    assert_int_equal(sets_load(&one, path, NULL, 1, &err), 0);
    assert_int_equal(sets_load(&many, path, NULL, 4, &err), 0);
    same_sets(&one.sets[0], &many.sets[0]);
    sets_close(&one);
    sets_close(&many);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

/* Spellings of all lengths, up to such that a block of memory holds few of them or one alone. */
static void test_long(void **state)
{
    (void)state;
    enum { LONG_ROWS = 600, LONGEST = 300000 };
    static char text[LONGEST];
    static struct str all[LONG_ROWS];
    static const struct str column = {"note", 4};
    const struct table_shape shape = {.name = STR("t"), .columns = &column, .column_count = 1};
    struct sets sets;
    struct err err = {0};
    char *copies[LONG_ROWS];
    memset(text, 'q', sizeof(text));
    for (unsigned i = 0; i < LONG_ROWS; i++) {
        size_t len = i % 3 == 0 ? 5 + i % 200 : i % 50 == 1 ? LONGEST - i : 9 * i + 5;
        text[0] = '[';
        text[1] = (char)('0' + i / 100);
        text[2] = (char)('0' + i / 10 % 10);
        text[3] = (char)('0' + i % 10);
        copies[i] = str_dup((struct str){text, len});
        assert_non_null(copies[i]);
        all[i] = (struct str){copies[i], len};
    }
    assert_int_equal(sets_of(&sets, &shape, all, LONG_ROWS, &err), 0);
    for (size_t i = 0; i < LONG_ROWS; i++) {
        struct pack_room room;
        uint32_t value = set_cell(&sets.sets[0], i, 0);
        assert_true(value != 0 && str_eq(set_bytes(&sets.sets[0], value, &room), all[i]));
        assert_int_equal(set_find(&sets.sets[0], set_class(&sets.sets[0], value), all[i]), value);
        free(copies[i]);
    }
    sets_close(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finder),  cmocka_unit_test(test_found),   cmocka_unit_test(test_long),
        cmocka_unit_test(test_threads), cmocka_unit_test(test_minutes), cmocka_unit_test(test_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

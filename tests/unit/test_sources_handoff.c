/* Batches from one reader to several workers: every row once, nulls as nulls, what a sink says stops the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/str.h"
#include "sources/handoff.h"

enum { WORKERS = 3, ROWS = 4, COLUMNS = 2 };

struct heard {
    atomic_ullong rows, sum, nulls, empty;
    unsigned inside[WORKERS]; /* each worker's own: two calls at once for one worker would be a race */
    uint64_t fails_at;
    atomic_bool first_taken; /* nothing else is looked at before the first rows are done */
};

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct heard *heard = self;
    assert_true(batch->worker < WORKERS);
    heard->inside[batch->worker]++;
    for (size_t i = 0; i < batch->rows; i++) {
        uint64_t value = 0;
        struct str *cell = (struct str *)(uintptr_t)&batch->cells[i * batch->columns];
        heard->nulls += cell[1].data == NULL;
        heard->empty += cell[1].data != NULL && cell[1].len == 0;
        if (!str_u64(cell[0], &value) || value != batch->first_row + i) {
            return err_set(err, ERR_FORMAT, "row %llu is '%.*s'", (unsigned long long)(batch->first_row + i),
                           STR_FMT(cell[0]));
        }
        heard->sum += value;
    }
    if (batch->first_row == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        heard->first_taken = true;
    }
    assert_true(heard->first_taken);
    heard->rows += batch->rows;
    return batch->first_row >= heard->fails_at ? err_set(err, ERR_LIMIT, "enough at last") : 0;
}

/* Row n is n and a null or an empty text by turns; the bytes are gone when put returns. */
static int put(struct handoff *handoff, uint64_t first, struct err *err)
{
    char text[ROWS][24];
    struct str cells[ROWS * COLUMNS];
    for (size_t i = 0; i < ROWS; i++) {
        int len = snprintf(text[i], sizeof(text[i]), "%llu", (unsigned long long)(first + i));
        cells[i * COLUMNS] = (struct str){text[i], (size_t)len};
        cells[i * COLUMNS + 1] = i % 2 == 0 ? (struct str){NULL, 0} : (struct str){"", 0};
    }
    struct table_batch batch = {.first_row = first, .rows = ROWS, .columns = COLUMNS, .cells = cells};
    int result = handoff_put(handoff, &batch, err);
    memset(text, 'x', sizeof(text));
    return result;
}

static void test_all(void **state)
{
    (void)state;
    struct heard heard = {.fails_at = UINT64_MAX};
    struct table_sink sink = {.self = &heard, .workers = WORKERS, .rows = on_rows};
    struct err err = {0};
    OWN(own_handoff) struct handoff *handoff = NULL;
    assert_int_equal(handoff_open(&sink, &handoff, &err), 0);
    assert_non_null(handoff);
    uint64_t rows = 0;
    for (int table = 0; table < 3; table++) {
        for (int i = 0; i < 2000; i++, rows += ROWS) {
            assert_int_equal(put(handoff, rows, &err), 0);
        }
        assert_int_equal(handoff_drain(handoff, &err), 0);
        assert_int_equal(heard.rows, rows); /* drained means worked on */
    }
    assert_int_equal(heard.sum, rows * (rows - 1) / 2);
    assert_int_equal(heard.nulls, rows / 2);
    assert_int_equal(heard.empty, rows / 2);
    assert_int_equal(heard.inside[0] + heard.inside[1] + heard.inside[2], rows / ROWS);
}

static void test_failure(void **state)
{
    (void)state;
    struct heard heard = {.fails_at = 400};
    struct table_sink sink = {.self = &heard, .workers = WORKERS, .rows = on_rows};
    struct err err = {0};
    OWN(own_handoff) struct handoff *handoff = NULL;
    assert_int_equal(handoff_open(&sink, &handoff, &err), 0);
    int result = 0;
    for (uint64_t row = 0; result == 0 && row < 4000000; row += ROWS) {
        result = put(handoff, row, &err);
    }
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_string_equal(err.text, "enough at last");
    assert_int_equal(handoff_drain(handoff, &err), -1);
    assert_true(heard.rows < 4000);
}

/* Closed with batches still in it. */
static void test_dropped(void **state)
{
    (void)state;
    struct heard heard = {.fails_at = UINT64_MAX};
    struct table_sink sink = {.self = &heard, .workers = WORKERS, .rows = on_rows};
    struct err err = {0};
    struct handoff *handoff = NULL;
    assert_int_equal(handoff_open(&sink, &handoff, &err), 0);
    for (uint64_t row = 0; row < 20; row += ROWS) {
        assert_int_equal(put(handoff, row, &err), 0);
    }
    handoff_close(handoff);
    assert_true(heard.rows <= 20);
    sink.workers = 1;
    assert_int_equal(handoff_open(&sink, &handoff, &err), 0);
    assert_null(handoff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_failure),
                                       cmocka_unit_test(test_dropped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

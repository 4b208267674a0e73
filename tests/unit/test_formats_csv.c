/* CSV by one thread and by several, in pieces of any size: the same rows in the same places, the same counts. And quotes
 * where they belong or not, byte by byte. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "formats/csv_marks.h"
#include "table_pieces.h"

static uint64_t state_of_draw;

static uint32_t draw(uint32_t below)
{
    state_of_draw = state_of_draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state_of_draw >> 33) % below);
}

/* ---- What a reading gives ---- */

enum { ROWS_MAX = 1 << 20 };

/* A hash per row, at its place; and whether rows came at once that must not. */
struct told {
    pthread_mutex_t lock;
    uint64_t *row;
    uint64_t rows, names;
    bool is_first_over;
    unsigned workers;
};

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct told *told = self;
    (void)err;
    assert_int_equal(number, 0);
    for (size_t i = 0; i < shape->column_count; i++) {
        told->names = told->names * 31 + str_hash(shape->columns[i]);
    }
    *ret_wanted = true;
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct told *told = self;
    (void)err;
    pthread_mutex_lock(&told->lock);
    bool good = batch->worker < told->workers && (told->is_first_over || batch->first_row == 0);
    told->is_first_over = true;
    for (size_t r = 0; r < batch->rows && good; r++) {
        uint64_t sum = 1;
        for (size_t c = 0; c < batch->columns; c++) {
            struct str cell = batch->cells[r * batch->columns + c];
            sum = sum * 0x100000001b3 + str_hash(cell) + cell.len;
        }
        size_t place = (size_t)batch->first_row + r;
        good = place < ROWS_MAX && told->row[place] == 0;
        if (good) {
            told->row[place] = sum | 1;
        }
    }
    told->rows += batch->rows;
    pthread_mutex_unlock(&told->lock);
    return good ? 0 : err_set(err, ERR_BUG, "a row in a wrong place");
}

static void read_csv(struct str input, size_t size, unsigned workers, struct told *told, struct table_report *report)
{
    struct pieces pieces = {input, size};
    struct table_bytes bytes = {&pieces, read_piece};
    struct table_sink sink = {.self = told, .workers = workers, .table = on_table, .rows = on_rows};
    struct err err = {0};
    *told = (struct told){.row = calloc(ROWS_MAX, sizeof(uint64_t)), .workers = workers == 0 ? 1 : workers};
    assert_non_null(told->row);
    pthread_mutex_init(&told->lock, NULL);
    *report = (struct table_report){0};
    if (table_read_bytes(&bytes, STR("f"), &sink, report, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(told->rows, report->rows);
    pthread_mutex_destroy(&told->lock);
}

static void assert_alike(struct str input, size_t size, unsigned workers, const struct told *told,
                         const struct table_report *report)
{
    struct told again;
    struct table_report other;
    read_csv(input, size, workers, &again, &other);
    assert_int_equal(again.rows, told->rows);
    assert_true(again.names == told->names);
    assert_memory_equal(again.row, told->row, (size_t)told->rows * sizeof(*told->row));
    assert_int_equal(other.blank, report->blank);
    assert_memory_equal(other.rejected, report->rejected, sizeof(report->rejected));
    free(again.row);
}

/* ---- Hostile files ---- */

enum style { PLAIN, QUOTED, MULTILINE, STRAY, NOISE, STYLES };

static size_t put_cell(char *out, enum style style, char delimiter, const char *eol)
{
    size_t n = 0;
    uint32_t kind = draw(8);
    if (style == NOISE && draw(3) == 0) {
        out[n++] = "\"\r\n,;a|\t"[draw(8)];
        return n;
    }
    if (style == PLAIN || kind < 4) {
        for (uint32_t i = draw(12); i > 0; i--) {
            out[n++] = (char)('a' + draw(26));
        }
        return n;
    }
    if (style == STRAY && draw(300) == 0) {
        out[n++] = kind < 6 ? '"' : 'x';
        out[n++] = '"';
        return n;
    }
    out[n++] = '"';
    for (uint32_t i = draw(12); i > 0; i--) {
        if (draw(9) == 0) {
            out[n++] = '"';
            out[n++] = '"';
        } else if (style >= MULTILINE && draw(30) == 0) {
            memcpy(out + n, eol, strlen(eol));
            n += strlen(eol);
        } else {
            out[n++] = draw(9) == 0 ? delimiter : (char)('a' + draw(26));
        }
    }
    out[n++] = '"';
    return n;
}

static struct str make_csv(char *out, size_t len, enum style style)
{
    static const char *const eols[] = {"\n", "\r\n", "\n", "\r"};
    const char *eol = eols[draw(4)];
    char delimiter = ",;\t|"[draw(4)];
    uint32_t columns = 1 + draw(5);
    size_t n = 0;
    while (n < len) {
        uint32_t cells = columns + (draw(40) == 0);
        for (uint32_t c = 0; c < cells; c++) {
            n += put_cell(out + n, style, delimiter, eol);
            out[n] = delimiter;
            n += c + 1 < cells;
        }
        for (uint32_t i = draw(50) == 0 ? 2 : 1; i > 0; i--) {
            memcpy(out + n, eol, strlen(eol));
            n += strlen(eol);
        }
    }
    n -= draw(3) == 0 ? 1 + draw(2) : 0;
    return (struct str){out, n};
}

enum { LARGE = 1200000 };

static void test_threads(void **state)
{
    (void)state;
    char *buffer = malloc(LARGE + 4096);
    assert_non_null(buffer);
    uint64_t rejected = 0;
    for (uint64_t seed = 0; seed < 10 * STYLES; seed++) {
        state_of_draw = seed * 7919 + 1;
        (void)draw(2);
        size_t len = seed < 2 * STYLES ? LARGE - draw(300000) : 1 + draw(4000);
        struct str input = make_csv(buffer, len, (enum style)(seed % STYLES));
        struct told told;
        struct table_report report;
        read_csv(input, SIZE_MAX, 0, &told, &report);
        assert_alike(input, SIZE_MAX, 4, &told, &report);
        assert_alike(input, 1 + input.len / 7, 2, &told, &report);
        assert_alike(input, input.len < 5000 ? 1 : 4099, 3, &told, &report);
        rejected += report.rejected[TABLE_WRONG_CELLS];
        free(told.row);
    }
    assert_true(rejected > 100);
    free(buffer);
}

/* The same text in UTF-16 is the same table. */
static void test_utf16(void **state)
{
    (void)state;
    char *text = malloc(300000 + 4096);
    char *wide = malloc(2 * (300000 + 4096));
    assert_true(text != NULL && wide != NULL);
    state_of_draw = 5;
    struct str input = make_csv(text, 300000, MULTILINE);
    for (size_t i = 0; i < input.len; i++) {
        wide[2 * i] = input.data[i];
        wide[2 * i + 1] = 0;
    }
    struct told told;
    struct table_report report;
    read_csv(input, SIZE_MAX, 0, &told, &report);
    assert_alike((struct str){wide, 2 * input.len}, 10007, 3, &told, &report);
    free(told.row);
    free(text);
    free(wide);
}

/* A row beyond what is held costs its line and no other, whoever reads it. */
static void test_long_row(void **state)
{
    (void)state;
    size_t len = TABLE_ROW_BYTES + (1 << 20);
    char *buffer = malloc(len + 64);
    assert_non_null(buffer);
    memcpy(buffer, "id,n\n1,2\n", 9);
    memset(buffer + 9, 'x', len - 9);
    memcpy(buffer + len, ",y\n5,6\n7,8\n", 11);
    struct str input = {buffer, len + 11};
    struct told told;
    struct table_report report;
    read_csv(input, SIZE_MAX, 0, &told, &report);
    assert_true(report.rejected[TABLE_TOO_LONG] > 0);
    assert_alike(input, 1 << 20, 3, &told, &report);
    free(told.row);
    free(buffer);
}

/* ---- Quotes ---- */

/* What csv_marks_tidy says, byte by byte. */
static bool is_tidy(struct str s, struct csv_dialect d, bool is_ended)
{
    bool inside = false;
    for (size_t i = 0; i < s.len; i++) {
        char before = i == 0 ? d.eol : s.data[i - 1];
        bool is_edge = before == d.delimiter || before == d.eol;
        if (s.data[i] == d.eol && inside) {
            return false;
        }
        if (s.data[i] != '"') {
            continue;
        }
        if (!inside) {
            inside = true;
            if (!is_edge && before != '"') {
                return false;
            }
            continue;
        }
        inside = false;
        char next = i + 1 < s.len ? s.data[i + 1] : '\0';
        bool is_line = i + 2 < s.len && next == '\r' && s.data[i + 2] == '\n' && d.eol == '\n';
        bool is_end = i + 1 == s.len && is_ended;
        if (!is_end && next != d.delimiter && next != d.eol && next != '"' && !is_line) {
            return false;
        }
    }
    return !inside;
}

static void test_tidy(void **state)
{
    (void)state;
    static const char alphabet[] = "a,\"\n\r";
    const struct csv_dialect dialect = {',', '\n', true};
    char text[256 + 64];
    size_t tidy = 0;
    state_of_draw = 11;
    for (int i = 0; i < 200000; i++) {
        size_t len = 1 + draw(i % 3 == 0 ? 12 : 150);
        memset(text, 'a', sizeof(text));
        for (size_t at = 0; at < len;) {
            if (draw(3) > 0 && at + 5 < len) { /* mostly a cell as it should be */
                memcpy(text + at, draw(2) == 0 ? "\"ab\"," : "\"\"\"\"\n", 5);
                at += 5;
            } else {
                text[at++] = draw(8) > 0 ? 'a' : alphabet[draw(5)];
            }
        }
        text[len - 1] = draw(2) == 0 ? '\n' : text[len - 1];
        bool is_ended = text[len - 1] != '\n';
        bool expected = is_tidy((struct str){text, len}, dialect, is_ended);
        tidy += expected;
        assert_int_equal(csv_marks_tidy(text, len, dialect, is_ended), expected);
    }
    assert_true(tidy > 10000 && tidy < 190000);
}

/* Where cells end, byte by byte and many at a time. */
static void test_edges(void **state)
{
    (void)state;
    static const char bytes[] = {'a', ',', '\n', '"', ';', '\r'};
    static char text[400 + 64];
    uint64_t edges[400 / 64 + 1];
    for (int i = 0; i < 20000; i++) {
        size_t len = draw(401);
        struct csv_dialect dialect = {draw(2) == 0 ? ',' : ';', '\n', i % 2 == 0};
        bool inside = false;
        for (size_t at = 0; at < sizeof(text); at++) {
            text[at] = bytes[draw(sizeof(bytes))];
        }
        csv_edges(text, len, dialect, edges);
        for (size_t at = 0; at < (len + 63) / 64 * 64; at++) {
            inside = at < len && dialect.has_quotes && text[at] == '"' ? !inside : inside;
            bool is_edge = at < len && !inside && (text[at] == dialect.delimiter || text[at] == dialect.eol);
            assert_int_equal(edges[at / 64] >> (at % 64) & 1U, is_edge);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads), cmocka_unit_test(test_utf16), cmocka_unit_test(test_long_row),
        cmocka_unit_test(test_tidy),    cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

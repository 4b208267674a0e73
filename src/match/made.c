/* Steers the tests, takes off what the reference shows as well, and says what was seen. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "match/made_inside.h"
#include "match/made_peek.h"

#include "base/banned.h"

static const double term_most = 1; /* no validation carries more (docs/statistics.md, A.4) */

/* The reference shows it as well if its own rows are twice as probable if made; log10. */
static const double shown = .301;

struct made_words {
    const char *name, *manner, *words; /* words: printf of k and n */
};

static const struct made_words kinds[MADE_KINDS] = {
    [MADE_HASH_FORM] = {"hash-form", "random strings",
                        "password hashes that no library writes: spare bits, letters or length are wrong"},
    [MADE_HASH_SALT] = {"hash-salt", "random strings",
                        "bcrypt salts whose spare bits are set; only some old libraries do that"},
    [MADE_HASH_REPEATED] = {"hash-repeated", "seed data",
                            "rows share a salted hash with another address, which salts forbid"},
    [MADE_UUID_FORM] = {"uuid-form", "random strings", "UUIDs have no version and variant of RFC 9562"},
    [MADE_IBAN_DIGITS] = {"iban-digits", "random strings", "account numbers have wrong check digits"},
    [MADE_CARD_DIGITS] = {"card-digits", "random strings", "card numbers have a wrong check digit"},
    [MADE_HEX_FORM] = {"hex-form", "typed by hand or by a language model", "digests hold letters that are no hex"},
    [MADE_HEX_UNEVEN] = {"hex-uneven", "typed by hand or by a language model",
                         "pairs of neighbouring hex digits are a figure and a letter; the digits are not random"},
    [MADE_MAIL_RESERVED] = {"mail-reserved", "seed data", "addresses are under names reserved for examples"},
    [MADE_MAIL_SERIAL] = {"mail-serial", "seed data", "addresses are one word with consecutive numbers"},
    [MADE_PHONE_FICTION] = {"phone-fiction", "generator", "phone numbers are kept for fiction (555-0100 to 555-0199)"},
    [MADE_PHONE_EXTENSION] = {"phone-extension", "generator", "phone numbers end in x and figures"},
    [MADE_PLACEHOLDER] = {"placeholder", "seed data", "cells are placeholder text or a placeholder's name"},
    [MADE_ONE_MINUTE] = {"one-minute", "seed data", "rows were created in one and the same minute"},
    [MADE_CLOCK_EVEN] =
        {"clock-even", "generator",
         "times fall into the six hours after midnight UTC; the hours of the day are compared with an even spread"},
    [MADE_NAMES_EVEN] = {"names-even", "generator",
                         "different words; whether they are drawn evenly from a list, as no people's names are"},
    [MADE_NAME_TITLES] = {"name-titles", "generator", "names carry a title or a degree"},
    [MADE_HOUSES_EVEN] = {"houses-even", "generator",
                          "house numbers begin with 1, 2 or 3; streets have more low numbers than high ones"},
    [MADE_DOMAINS_EVEN] = {"domains-even", "generator",
                           "different mail domains; whether they are drawn evenly from a list"},
    [MADE_MAIL_UNNAMED] = {"mail-unnamed", "generator", "addresses have nothing of the name in the same row"},
    [MADE_GENDER_BY_CHANCE] = {"gender-by-chance", "generator", "pairs of rows with one first name differ in gender"},
    [MADE_PLACE_BY_CHANCE] = {"place-by-chance", "generator",
                              "pairs of rows with one place differ in region or beginning of the postcode"},
    [MADE_CITY_GRAMMAR] = {"city-grammar", "generator", "towns begin with a direction or a word like it"},
    [MADE_COMPANY_GRAMMAR] = {"company-grammar", "generator", "companies are called after three people"},
};

const char *made_kind_name(enum made_kind kind)
{
    return kinds[kind].name;
}

const char *made_kind_manner(enum made_kind kind)
{
    return kinds[kind].manner;
}

/* ---- Rows of the reference ---- */

int made_peek_open(struct made_peek *peek, const struct ref_table *table, struct err *err)
{
    *peek = (struct made_peek){.columns = table->column_count};
    arena_init(&peek->arena, 0);
    arena_init(&peek->text, 0);
    lock_init(&peek->lock);
    peek->stride = 1;
    struct str *names = ARENA_NEW(&peek->arena, struct str, peek->columns, err);
    peek->cells = ARENA_NEW(&peek->arena, struct str, MADE_PEEK_ROWS * peek->columns + 1, err);
    peek->taken = ARENA_NEW(&peek->arena, bool, MADE_PEEK_ROWS, err);
    if (names == NULL || peek->cells == NULL || peek->taken == NULL) {
        return -1;
    }
    for (size_t c = 0; c < peek->columns; c++) {
        names[c] = table->columns[c].name;
    }
    peek->shape = (struct table_shape){.name = table->name, .columns = names, .column_count = peek->columns};
    return 0;
}

/* The cells may lie where they are kept. */
static int keep_row(struct made_peek *peek, size_t slot, const struct str *cells, struct err *err)
{
    struct str *kept = peek->cells + slot * peek->columns;
    for (size_t c = 0; c < peek->columns; c++) {
        struct str cell = cells[c];
        kept[c] = cell.data == NULL ? cell : arena_str(&peek->text, str_slice(cell, 0, NORMAL_TEXT_MAX), err);
        if (cell.data != NULL && kept[c].data == NULL) {
            return -1;
        }
    }
    peek->taken[slot] = true;
    return 0;
}

/* Twice the stride: every other row goes, with its text. */
static int thin_out(struct made_peek *peek, struct err *err)
{
    struct arena before = peek->text;
    int result = 0;
    arena_init(&peek->text, 0);
    for (size_t slot = 0; result == 0 && slot < MADE_PEEK_ROWS; slot++) {
        bool is_taken = peek->taken[slot];
        peek->taken[slot] = false;
        if (is_taken && slot % 2 == 0) {
            result = keep_row(peek, slot / 2, peek->cells + slot * peek->columns, err);
        }
    }
    __atomic_store_n(&peek->stride, peek->stride * 2, __ATOMIC_RELAXED);
    arena_clear(&before);
    return result;
}

static int offer_row(struct made_peek *peek, uint64_t row, const struct str *cells, struct err *err)
{
    int result = 0;
    lock_take(&peek->lock);
    while (result == 0 && row % peek->stride == 0 && row / peek->stride >= MADE_PEEK_ROWS) {
        result = thin_out(peek, err);
    }
    if (result == 0 && row % peek->stride == 0) {
        result = keep_row(peek, (size_t)(row / peek->stride), cells, err);
    }
    lock_give(&peek->lock);
    return result;
}

int made_peek_take(struct made_peek *peek, const struct table_batch *batch, struct err *err)
{
    if (peek == NULL || batch->columns != peek->columns) {
        return 0;
    }
    uint64_t stride = __atomic_load_n(&peek->stride, __ATOMIC_RELAXED); /* perhaps a larger one's part by now */
    uint64_t end = batch->first_row + batch->rows;
    for (uint64_t row = (batch->first_row + stride - 1) / stride * stride; row < end; row += stride) {
        TRY(offer_row(peek, row, batch->cells + (size_t)(row - batch->first_row) * batch->columns, err));
    }
    return 0;
}

/* Places that no row came for are closed up. */
int made_peek_end(struct made_peek *peek, struct err *err)
{
    size_t rows = 0;
    for (size_t slot = 0; slot < MADE_PEEK_ROWS; slot++) {
        if (peek->taken[slot]) {
            memmove(peek->cells + rows * peek->columns, peek->cells + slot * peek->columns,
                    peek->columns * sizeof(*peek->cells));
            rows++;
        }
    }
    return sets_of(&peek->sets, &peek->shape, peek->cells, rows, err);
}

void made_peek_close(struct made_peek *peek)
{
    if (peek->columns == 0) {
        return;
    }
    sets_close(&peek->sets);
    arena_clear(&peek->arena);
    arena_clear(&peek->text);
    lock_end(&peek->lock);
    *peek = (struct made_peek){0};
}

/* ---- Tests ---- */

static size_t column_of(const struct made_rows *rows, enum made_role role, enum normal_class class)
{
    for (size_t c = 0; c < rows->set->column_count; c++) {
        if ((role == MADE_ROLE_NONE || rows->roles[c] == role) && rows->set->columns[c].class == class) {
            return c;
        }
    }
    return MADE_NO_COLUMN;
}

/* A "name" is a person's only beside an address or a phone. */
static void find_roles(struct made_rows *rows)
{
    for (size_t c = 0; c < rows->set->column_count; c++) {
        rows->roles[c] = made_role_of(rows->set->columns[c].name);
    }
    rows->email = column_of(rows, MADE_ROLE_NONE, NORMAL_EMAIL);
    rows->first = column_of(rows, MADE_ROLE_FIRST, NORMAL_TEXT);
    rows->last = column_of(rows, MADE_ROLE_LAST, NORMAL_TEXT);
    bool reachable = rows->email != MADE_NO_COLUMN || column_of(rows, MADE_ROLE_NONE, NORMAL_PHONE) != MADE_NO_COLUMN;
    rows->full = reachable ? column_of(rows, MADE_ROLE_FULL, NORMAL_TEXT) : MADE_NO_COLUMN;
}

/* Who a row is about, 0 if nothing tells. */
static uint64_t person_of(const struct made_rows *rows, size_t i)
{
    if (rows->email != MADE_NO_COLUMN) {
        return made_cell(rows, i, rows->email);
    }
    if (rows->first != MADE_NO_COLUMN && rows->last != MADE_NO_COLUMN) {
        return (uint64_t)made_cell(rows, i, rows->first) << 32 | made_cell(rows, i, rows->last);
    }
    return made_cell(rows, i, rows->full);
}

/* Only the first row of a person counts for what people are like; a row about nobody known counts. */
static int find_people(struct made_rows *rows, struct err *err)
{
    size_t room = 2;
    while (room < rows->count * 2) {
        room *= 2;
    }
    OWN(own_mem) uint64_t *seen = calloc(room, sizeof(*seen));
    if (seen == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows->count);
    }
    for (size_t i = 0; i < rows->count; i++) {
        uint64_t person = person_of(rows, i);
        size_t at = str_hash((struct str){(const char *)&person, sizeof(person)}) & (room - 1);
        while (seen[at] != 0 && seen[at] != person) {
            at = (at + 1) & (room - 1);
        }
        rows->is_person[i] = person == 0 || seen[at] == 0;
        seen[at] = person == 0 ? seen[at] : person;
    }
    return 0;
}

int made_test_set(struct made *made, const struct set *set, struct err *err)
{
    size_t count = set->row_count < MADE_ROWS_MAX ? set->row_count : MADE_ROWS_MAX;
    *made = (struct made){.set = set, .rows = set->row_count, .looked = count};
    OWN(own_mem) enum made_role *roles = calloc(set->column_count + 1, sizeof(*roles));
    OWN(own_mem) bool *is_person = calloc(count + 1, sizeof(*is_person));
    OWN(own_mem) uint64_t *keys = calloc(count + 1, sizeof(*keys));
    if (roles == NULL || is_person == NULL || keys == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", count);
    }
    struct made_rows rows = {
        .set = set, .count = count, .roles = roles, .is_person = is_person, .keys = keys, .out = made};
    if (count == 0) {
        return 0;
    }
    find_roles(&rows);
    TRY(find_people(&rows, err));
    for (size_t c = 0; c < set->column_count; c++) {
        made_test_values(&rows, c);
        if (set->columns[c].class == NORMAL_TIME || rows.roles[c] == MADE_ROLE_CREATED) {
            made_test_times(&rows, c);
        }
    }
    made_test_people(&rows);
    return 0;
}

/* ---- Together ---- */

/* What the reference shows in any of its columns is no peculiarity of the sample. */
static void take_off(struct made_test *test, const struct made *reference)
{
    for (size_t i = 0; i < reference->count; i++) {
        const struct made_test *theirs = &reference->tests[i];
        if (theirs->kind == test->kind) {
            test->reference = test->has_reference ? fmax(test->reference, theirs->value) : theirs->value;
            test->has_reference = true;
        }
    }
    if (test->has_reference && test->value > 0) {
        test->counted = test->reference >= shown ? 0 : fmax(test->value - fmax(test->reference, 0), 0);
    }
}

/* A mean of ratios has expectation 1 over real data however the tests depend on each other. */
static void combine(struct made *made)
{
    double sum = 0;
    size_t kinds_tested = 0;
    for (int kind = 0; kind < MADE_KINDS; kind++) {
        double of_kind = 0;
        size_t tests = 0;
        for (size_t i = 0; i < made->count; i++) {
            if ((int)made->tests[i].kind == kind) {
                of_kind += pow(10, made->tests[i].counted);
                tests++;
            }
        }
        sum += tests == 0 ? 0 : of_kind / (double)tests;
        kinds_tested += tests > 0;
    }
    made->has_raw = kinds_tested > 0;
    made->raw = made->has_raw ? log10(sum / (double)kinds_tested) : 0;
    made->term = fmin(fmax(made->raw, 0), term_most);
}

int made_look(struct made *made, const struct set *sample, const struct made_peek *peek, struct err *err)
{
    TRY(made_test_set(made, sample, err));
    if (peek != NULL && peek->sets.count == 1) {
        OWN(own_mem) struct made *reference = calloc(1, sizeof(*reference));
        if (reference == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for the reference's tests");
        }
        TRY(made_test_set(reference, &peek->sets.sets[0], err));
        for (size_t i = 0; i < made->count; i++) {
            take_off(&made->tests[i], reference);
        }
    }
    combine(made);
    return 0;
}

/* ---- Words ---- */

static json_t *column_name(const struct made *made, size_t column)
{
    return column == MADE_NO_COLUMN ? json_null() : assay_text(made->set->columns[column].name, 200);
}

static json_t *test_json(const struct made *made, const struct made_test *test)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "%llu of %llu %s", (unsigned long long)test->k, (unsigned long long)test->n,
                   kinds[test->kind].words);
    json_t *body =
        json_pack("{s:s, s:o, s:I, s:I, s:f, s:o, s:f, s:s, s:s}", "test", kinds[test->kind].name, "column",
                  column_name(made, test->column), "k", (json_int_t)test->k, "n", (json_int_t)test->n, "log10_lr",
                  test->value, "reference", test->has_reference ? json_real(test->reference) : json_null(), "counted",
                  test->counted, "manner", kinds[test->kind].manner, "why", text);
    if (body != NULL && test->with != MADE_NO_COLUMN) {
        (void)json_object_set_new(body, "with", column_name(made, test->with));
    }
    if (body != NULL && test->expected > 0) {
        (void)json_object_set_new(body, "expected", json_real(test->expected));
    }
    return body;
}

/* Kinds that found nothing to look at: never to be read as "nothing found". */
static json_t *untested_json(const struct made *made)
{
    json_t *names = json_array();
    for (int kind = 0; kind < MADE_KINDS; kind++) {
        bool tested = false;
        for (size_t i = 0; i < made->count; i++) {
            tested = tested || (int)made->tests[i].kind == kind;
        }
        if (!tested) {
            (void)json_array_append_new(names, json_string(kinds[kind].name));
        }
    }
    return names;
}

json_t *made_json(const struct made *made)
{
    json_t *tests = json_array();
    for (size_t i = 0; i < made->count; i++) {
        (void)json_array_append_new(tests, test_json(made, &made->tests[i]));
    }
    return json_pack(
        "{s:I, s:I, s:o, s:o, s:f, s:o, s:I, s:s}", "rows", (json_int_t)made->rows, "rows_looked_at",
        (json_int_t)made->looked, "tests", tests, "raw", made->has_raw ? json_real(made->raw) : json_null(), "term",
        made->term, "not_tested", untested_json(made), "tests_dropped", (json_int_t)made->untested, "says",
        "a sample that looks made up is no proof that nothing was taken, and one that does not look so is no proof "
        "that it is real: a careful forger or a language model passes");
}

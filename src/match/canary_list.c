/* Reading a list of planted rows, or of commitments to them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "match/canaries.h"

#include "base/banned.h"

enum special { SPECIAL_WHERE, SPECIAL_PLANTED, SPECIAL_NOTE, SPECIAL_BITS, SPECIALS };
enum committed { COMMIT_CANARY, COMMIT_COLUMN, COMMIT_CLASS, COMMIT_SALT, COMMIT_SHA256, COMMITS };

struct reading {
    struct canaries *canaries;
    struct normalizer normalizer;
    size_t special[SPECIALS]; /* column of the file, or SIZE_MAX */
    size_t commit[COMMITS];
    size_t column[CANARY_COLUMNS_MAX]; /* of the file, per column of the list */
};

static size_t find_column(const struct table_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        if (str_eq_nocase(shape->columns[i], str_of(name))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool is_special(const struct reading *reading, size_t column)
{
    for (size_t i = 0; i < SPECIALS; i++) {
        if (reading->special[i] == column) {
            return true;
        }
    }
    return false;
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    static const char *const specials[SPECIALS] = {"where", "planted_at", "note", "bits"};
    static const char *const commits[COMMITS] = {"canary", "column", "class", "salt", "sha256"};
    struct reading *reading = self;
    struct canaries *canaries = reading->canaries;
    *ret_wanted = true;
    if (number > 0) {
        return err_set(err, ERR_FORMAT, "more than one table: a list of planted rows holds one");
    }
    for (size_t i = 0; i < SPECIALS; i++) {
        reading->special[i] = find_column(shape, specials[i]);
    }
    canaries->is_committed = true;
    for (size_t i = 0; i < COMMITS; i++) {
        reading->commit[i] = find_column(shape, commits[i]);
        canaries->is_committed = canaries->is_committed && reading->commit[i] != SIZE_MAX;
    }
    for (size_t i = 0; i < shape->column_count && !canaries->is_committed; i++) {
        if (is_special(reading, i)) {
            continue;
        }
        if (canaries->column_count == CANARY_COLUMNS_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d columns in a list of planted rows", CANARY_COLUMNS_MAX);
        }
        reading->column[canaries->column_count] = i;
        struct str *name = &canaries->columns[canaries->column_count++];
        *name = arena_str(&canaries->arena, str_slice(shape->columns[i], 0, SET_NAME_BYTES_MAX), err);
        TRY(name->data == NULL ? -1 : 0);
    }
    return 0;
}

static struct str cell_at(const struct str *cells, size_t column)
{
    return column == SIZE_MAX ? (struct str){NULL, 0} : str_trim(cells[column]);
}

static int new_canary(struct reading *reading, const struct str *cells, struct str id, size_t columns,
                      struct canary **ret_canary, struct err *err)
{
    struct canaries *canaries = reading->canaries;
    if (canaries->count == canaries->room) {
        size_t room = canaries->room * 2 + 64;
        struct canary *all = room > CANARIES_MAX * 2 ? NULL : realloc(canaries->all, room * sizeof(*all));
        if (all == NULL) {
            return err_set(err, ERR_LIMIT, "more than %d planted rows", CANARIES_MAX);
        }
        canaries->all = all;
        canaries->room = room;
    }
    struct canary *canary = &canaries->all[canaries->count];
    *canary = (struct canary){.planted_s = LINK_NO_TIME};
    canary->id = arena_str(&canaries->arena, str_slice(id, 0, SET_NAME_BYTES_MAX), err);
    canary->cells = ARENA_NEW(&canaries->arena, struct canary_cell, columns + 1, err);
    struct str where = cell_at(cells, reading->special[SPECIAL_WHERE]);
    struct str note = cell_at(cells, reading->special[SPECIAL_NOTE]);
    canary->where = where.len == 0 ? (struct str){NULL, 0} : arena_str(&canaries->arena, where, err);
    canary->note = note.len == 0 ? (struct str){NULL, 0} : arena_str(&canaries->arena, note, err);
    bool good = canary->id.data != NULL && canary->cells != NULL && (where.len == 0 || canary->where.data != NULL) &&
                (note.len == 0 || canary->note.data != NULL);
    TRY(good ? 0 : -1);
    struct str planted = cell_at(cells, reading->special[SPECIAL_PLANTED]);
    int64_t at = planted.len == 0 ? TIME_NONE : time_parse(planted);
    if (planted.len > 0 && at == TIME_NONE) {
        return err_set(err, ERR_FORMAT, "planted_at of row %zu is not a time", canaries->count + 1);
    }
    canary->planted_s = at == TIME_NONE ? LINK_NO_TIME : at / NS_PER_S;
    canaries->count++;
    *ret_canary = canary;
    return 0;
}

/* "email=31 password_hash=184": what this column's value has; -1 if nothing is said of it. */
static double bits_of(struct str list, struct str column)
{
    double value;
    while (list.len > 0) {
        struct str_cut word = str_cut(list, ' ');
        struct str_cut parts = str_cut(word.head, '=');
        if (parts.found && str_eq_nocase(parts.head, column) && str_double(parts.tail, &value) && value >= 0) {
            return value;
        }
        list = word.tail;
    }
    return -1;
}

static int take_plain(struct reading *reading, const struct str *cells, struct err *err)
{
    struct canaries *canaries = reading->canaries;
    struct canary *canary;
    char id[24];
    (void)snprintf(id, sizeof(id), "%zu", canaries->count + 1);
    TRY(new_canary(reading, cells, str_of(id), canaries->column_count, &canary, err));
    for (size_t c = 0; c < canaries->column_count; c++) {
        struct normal normal;
        struct canary_cell *cell = &canary->cells[c];
        normal_value(&reading->normalizer, cells[reading->column[c]], &normal);
        TRY(buf_check(&reading->normalizer.scratch, err));
        if (normal.class == NORMAL_NONE) {
            continue;
        }
        double bits = bits_of(cell_at(cells, reading->special[SPECIAL_BITS]), canaries->columns[c]);
        cell->class = (uint8_t)normal.class;
        cell->tells = canary_tells(normal.class, normal.bytes);
        cell->seconds = normal.seconds;
        cell->bits = bits >= 0 ? bits : normal.class == NORMAL_SECRET && cell->tells ? 64 : 0;
        cell->bytes = arena_str(&canaries->arena, normal.bytes, err);
        TRY(cell->bytes.data == NULL ? -1 : 0);
    }
    return 0;
}

/* ---- Commitments: one value a row, many rows a canary ---- */

static int column_of(struct canaries *canaries, struct str name, size_t *ret_column, struct err *err)
{
    for (size_t i = 0; i < canaries->column_count; i++) {
        if (str_eq(canaries->columns[i], name)) {
            *ret_column = i;
            return 0;
        }
    }
    if (canaries->column_count == CANARY_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d columns in a list of commitments", CANARY_COLUMNS_MAX);
    }
    *ret_column = canaries->column_count;
    struct str *column = &canaries->columns[canaries->column_count++];
    *column = arena_str(&canaries->arena, str_slice(name, 0, SET_NAME_BYTES_MAX), err);
    return column->data == NULL ? -1 : 0;
}

static int salt_of(struct canaries *canaries, struct str hex, uint8_t *ret_salt, struct err *err)
{
    uint8_t salt[SHA256_BYTES];
    if (!hex_decode(salt, sizeof(salt), hex)) {
        return err_set(err, ERR_FORMAT, "a salt is not %d hex digits", SHA256_HEX);
    }
    for (size_t i = 0; i < canaries->salt_count; i++) {
        if (memcmp(canaries->salts[i].data, salt, sizeof(salt)) == 0) {
            *ret_salt = (uint8_t)i;
            return 0;
        }
    }
    if (canaries->salt_count == CANARY_SALTS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d salts in one list of commitments", CANARY_SALTS_MAX);
    }
    *ret_salt = (uint8_t)canaries->salt_count;
    struct str *kept = &canaries->salts[canaries->salt_count++];
    *kept = arena_str(&canaries->arena, (struct str){(const char *)salt, sizeof(salt)}, err);
    return kept->data == NULL ? -1 : 0;
}

static int class_of(struct str name, uint8_t *ret_class, struct err *err)
{
    static const enum normal_class committable[] = {NORMAL_EMAIL, NORMAL_PHONE, NORMAL_SECRET};
    for (size_t i = 0; i < sizeof(committable) / sizeof(*committable); i++) {
        if (str_eq(name, str_of(normal_class_name(committable[i])))) {
            *ret_class = (uint8_t)committable[i];
            return 0;
        }
    }
    return err_set(err, ERR_FORMAT, "a commitment's class is none of e-mail, phone, secret");
}

/* The rows of one canary follow each other. */
static int take_commitment(struct reading *reading, const struct str *cells, struct err *err)
{
    struct canaries *canaries = reading->canaries;
    struct str id = cell_at(cells, reading->commit[COMMIT_CANARY]);
    struct canary *canary = canaries->count == 0 ? NULL : &canaries->all[canaries->count - 1];
    if (canary == NULL || !str_eq(canary->id, id)) {
        TRY(new_canary(reading, cells, id, CANARY_COLUMNS_MAX, &canary, err));
    }
    size_t column = 0;
    TRY(column_of(canaries, cell_at(cells, reading->commit[COMMIT_COLUMN]), &column, err));
    struct canary_cell *cell = &canary->cells[column];
    struct str bits = cell_at(cells, reading->special[SPECIAL_BITS]);
    uint8_t digest[SHA256_BYTES];
    if (!hex_decode(digest, sizeof(digest), cell_at(cells, reading->commit[COMMIT_SHA256]))) {
        return err_set(err, ERR_FORMAT, "a commitment is not %d hex digits", SHA256_HEX);
    }
    TRY(class_of(cell_at(cells, reading->commit[COMMIT_CLASS]), &cell->class, err));
    TRY(salt_of(canaries, cell_at(cells, reading->commit[COMMIT_SALT]), &cell->salt, err));
    cell->tells = true;
    cell->bytes = arena_str(&canaries->arena, (struct str){(const char *)digest, sizeof(digest)}, err);
    if (!str_double(bits, &cell->bits) || cell->bits < 0) {
        cell->bits = cell->class == NORMAL_SECRET ? 64 : 0;
    }
    return cell->bytes.data == NULL ? -1 : 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct reading *reading = self;
    for (size_t r = 0; r < batch->rows; r++) {
        const struct str *cells = batch->cells + r * batch->columns;
        if (!reading->canaries->is_committed) {
            TRY(take_plain(reading, cells, err));
        } else if (take_commitment(reading, cells, err) != 0) {
            return err_where(err, "row %llu", (unsigned long long)(batch->first_row + r + 1));
        }
    }
    return 0;
}

int canaries_load(struct canaries *canaries, const char *path, struct err *err)
{
    *canaries = (struct canaries){0};
    arena_init(&canaries->arena, 0);
    struct reading reading = {.canaries = canaries, .normalizer = {.wanted = NORMAL_ALL}};
    struct table_sink sink = {.self = &reading, .table = on_table, .rows = on_rows};
    int result = table_read_file(path, &sink, &canaries->report, err);
    normalizer_close(&reading.normalizer);
    return result;
}

void canaries_close(struct canaries *canaries)
{
    table_report_close(&canaries->report);
    arena_clear(&canaries->arena);
    free(canaries->all);
    *canaries = (struct canaries){0};
}

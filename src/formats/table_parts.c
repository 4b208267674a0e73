/* Several inputs as one: numbers of tables, and a report with parts. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/table_open.h"

#include "base/banned.h"

enum { NAME_BYTES_MAX = 4096 };

static int tell(struct table_join *join, uint32_t number, const struct table_shape *shape, bool *ret_wanted,
                struct err *err)
{
    join->told = number + 1;
    return join->base + number < TABLE_TABLES_MAX
               ? join->outer->table(join->outer->self, join->base + number, shape, ret_wanted, err)
               : err_set(err, ERR_LIMIT, "more than %d tables in one input", TABLE_TABLES_MAX);
}

/* Stolen passwords (table_stealer.c, or an export with these names): a folder has a file of them for every victim. */
static bool is_piece(const struct table_shape *shape)
{
    static const char *const names[] = {"url", "login", "password", "application"};
    for (size_t i = 0; i < shape->column_count; i++) {
        if (i == sizeof names / sizeof *names || !str_eq(shape->columns[i], str_of(names[i]))) {
            return false;
        }
    }
    return shape->is_named && shape->column_count >= 3;
}

/* The table that this is a piece of, which may have no piece yet. NULL: of none. */
static struct table_pieces *pieces_of(struct table_join *join, const struct table_shape *shape)
{
    bool is_one = is_piece(shape);
    for (size_t i = 0; is_one && i < TABLE_PIECES_KINDS; i++) {
        if (join->pieces[i].columns == 0 || join->pieces[i].columns == shape->column_count) {
            return &join->pieces[i];
        }
    }
    return NULL;
}

/* A further piece takes no number of its own. The first gives the table its columns, and no name: it has no piece's. */
static int take_piece(struct table_join *join, struct table_pieces *pieces, const struct table_shape *shape,
                      bool *ret_wanted, struct err *err)
{
    pieces->before = pieces->rows;
    if (pieces->columns != 0) {
        join->base--;
        join->told = 1;
        *ret_wanted = pieces->is_wanted;
        return 0;
    }
    struct table_shape whole = *shape;
    whole.name = STR("accounts");
    pieces->number = join->base;
    TRY(tell(join, 0, &whole, ret_wanted, err));
    pieces->columns = shape->column_count;
    pieces->is_wanted = *ret_wanted;
    return 0;
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct table_join *join = self;
    struct table_pieces *pieces = number == 0 ? pieces_of(join, shape) : NULL;
    join->piece = number == 0 ? pieces : join->piece;
    int result =
        pieces != NULL ? take_piece(join, pieces, shape, ret_wanted, err) : tell(join, number, shape, ret_wanted, err);
    join->has_failed = join->has_failed || result != 0;
    return result;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct table_join *join = self;
    struct table_batch moved = *batch;
    moved.table += join->base;
    if (join->piece != NULL && batch->table == 0) {
        moved.table = join->piece->number;
        moved.first_row += join->piece->before;
        __atomic_add_fetch(&join->piece->rows, batch->rows, __ATOMIC_RELAXED);
    }
    int result = join->outer->rows(join->outer->self, &moved, err);
    if (result != 0) {
        __atomic_store_n(&join->has_failed, true, __ATOMIC_RELAXED); /* several workers may be here */
    }
    return result;
}

void table_join_open(struct table_join *join, const struct table_sink *outer)
{
    *join = (struct table_join){.outer = outer};
    join->sink = (struct table_sink){.self = join, .workers = outer->workers, .table = on_table, .rows = on_rows};
}

void table_join_next(struct table_join *join)
{
    join->base += join->told;
    join->told = 0;
    join->piece = NULL;
}

struct table_part *table_part_add(struct table_report *report, struct str prefix, struct str name, struct err *err)
{
    name = str_slice(name, 0, NAME_BYTES_MAX);
    struct table_part *part = calloc(1, sizeof *part);
    char *whole = malloc(prefix.len + name.len + 1);
    if (part == NULL || whole == NULL) {
        free(part);
        free(whole);
        err_set(err, ERR_LIMIT, "no memory for a list of members");
        return NULL;
    }
    if (prefix.len > 0) {
        memcpy(whole, prefix.data, prefix.len);
    }
    if (name.len > 0) {
        memcpy(whole + prefix.len, name.data, name.len);
    }
    whole[prefix.len + name.len] = '\0';
    part->name = whole;
    if (report->last_part == NULL) {
        report->parts = part;
    } else {
        report->last_part->next = part;
    }
    report->last_part = part;
    report->part_count++;
    return part;
}

/* Beyond the bound the last part is not kept: all before it stay. */
static void unlist(struct table_report *report, struct table_part *part)
{
    struct table_part *before = report->parts;
    while (before->next != part) {
        before = before->next;
    }
    before->next = NULL;
    report->last_part = before;
    report->part_count--;
    report->parts_unlisted++;
    free(part->name);
    free(part);
}

void table_part_end(struct table_report *report, struct table_part *part)
{
    const struct table_report *own = &part->report;
    report->bytes += own->bytes;
    report->rows += own->rows;
    report->blank += own->blank;
    report->ignored_members += own->ignored_members;
    report->outside += own->outside;
    report->not_text += own->not_text;
    for (int i = 0; i < TABLE_REJECTS; i++) {
        report->rejected[i] += own->rejected[i];
    }
    if (report->part_count > TABLE_PARTS_MAX) {
        unlist(report, part);
    }
}

void table_report_close(struct table_report *report)
{
    while (report->parts != NULL) {
        struct table_part *part = report->parts;
        report->parts = part->next;
        free(part->name);
        free(part);
    }
    report->last_part = NULL;
    report->part_count = 0;
}

struct str table_name(struct str name, bool with_folders)
{
    for (size_t i = name.len; i > 0 && !with_folders; i--) {
        if (name.data[i - 1] == '/') {
            name = str_slice(name, i, name.len);
            break;
        }
    }
    static const char *const endings[] = {".gz",    ".bz2",    ".xz",   ".zst",  ".csv", ".tsv",  ".tab", ".txt",
                                          ".jsonl", ".ndjson", ".json", ".bson", ".sql", ".xlsx", ".ods", ".log"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        struct str ending = str_of(endings[i]);
        if (name.len > ending.len && str_ends_nocase(name, ending)) {
            name.len -= ending.len;
        }
    }
    return name;
}

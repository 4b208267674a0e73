/* Names in the index: an id is a row, or lies in a run of ids that count up with the entries. */
#include <stdio.h>

#include "base/str.h"
#include "case/index_inside.h"

#include "base/banned.h"

/* "E07" is number 7 of "E". False for ids that end in no number, or in one beyond all counting. */
static bool cut_number(struct str id, struct str *ret_prefix, uint64_t *ret_number)
{
    size_t digits = id.len;
    while (digits > 0 && id.data[digits - 1] >= '0' && id.data[digits - 1] <= '9') {
        digits--;
    }
    *ret_prefix = str_slice(id, 0, digits);
    return str_u64(str_slice(id, digits, id.len), ret_number) && *ret_number <= INT64_MAX / 2;
}

/* Runs hold numbers as they are counted: "7", not "07" and not "0". */
static bool is_counted(struct str id, struct str prefix)
{
    return id.len > prefix.len && id.data[prefix.len] != '0';
}

static int flush_run(struct index *index, struct err *err)
{
    struct run *run = &index->run;
    if (!run->is_open) {
        return 0;
    }
    sqlite3_stmt *query = index->prepared[ADD_RUN];
    sqlite3_bind_text(query, 1, run->prefix, -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)run->first);
    sqlite3_bind_int64(query, 3, (sqlite3_int64)run->last);
    sqlite3_bind_int64(query, 4, (sqlite3_int64)run->n);
    run->is_open = false;
    return index_finish(index, ADD_RUN, err);
}

static int flush_number(struct index *index, struct err *err)
{
    if (!index->is_counting) {
        return 0;
    }
    sqlite3_stmt *query = index->prepared[COUNT_UP];
    sqlite3_bind_text(query, 1, index->prefix, -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)index->last);
    index->is_counting = false;
    return index_finish(index, COUNT_UP, err);
}

int index_flush_names(struct index *index, struct err *err)
{
    TRY(flush_run(index, err));
    return flush_number(index, err);
}

int index_last(struct index *index, struct str prefix, uint64_t *ret_last, struct err *err)
{
    if (index->is_counting && str_eq(prefix, str_of(index->prefix))) {
        *ret_last = index->last;
        return 0;
    }
    sqlite3_stmt *query = index->prepared[LAST_OF];
    sqlite3_bind_text(query, 1, prefix.data, (int)prefix.len, SQLITE_STATIC);
    int code = sqlite3_step(query);
    *ret_last = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(query, 0) : 0;
    int failed = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : index_fail(index, err);
    sqlite3_reset(query);
    return failed;
}

/* The run that number would be in. 1: found, 0: none, -1: err. */
static int find_run(struct index *index, struct str prefix, uint64_t number, struct run *ret_run, struct err *err)
{
    struct run *open = &index->run;
    if (open->is_open && number >= open->first && number <= open->last && str_eq(prefix, str_of(open->prefix))) {
        *ret_run = *open;
        return 1;
    }
    sqlite3_stmt *query = index->prepared[RUN_OF];
    sqlite3_bind_text(query, 1, prefix.data, (int)prefix.len, SQLITE_STATIC);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)number);
    int code = sqlite3_step(query);
    int found = code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : -1;
    if (found == 1) {
        (void)snprintf(ret_run->prefix, sizeof ret_run->prefix, "%.*s", STR_FMT(prefix));
        ret_run->first = (uint64_t)sqlite3_column_int64(query, 0);
        ret_run->last = (uint64_t)sqlite3_column_int64(query, 1);
        ret_run->n = (uint64_t)sqlite3_column_int64(query, 2);
        ret_run->is_open = false;
        found = number <= ret_run->last;
    } else if (found < 0) {
        (void)index_fail(index, err);
    }
    sqlite3_reset(query);
    return found;
}

struct holder {
    uint64_t n;
    char type[TYPE_BYTES];
};

/* Who has a name: a row, which is newer, or a run. 1: somebody, 0: nobody, -1: err. */
static int look_up(struct index *index, struct str id, struct holder *ret_holder, struct err *err)
{
    struct str prefix;
    uint64_t number;
    struct run run;
    sqlite3_stmt *query = index->prepared[NAME_OF];
    index_bind_text(query, 1, id);
    int code = sqlite3_step(query);
    if (code == SQLITE_ROW) {
        int64_t type = sqlite3_column_int64(query, 1);
        ret_holder->n = (uint64_t)sqlite3_column_int64(query, 0);
        sqlite3_reset(query);
        bool is_known = type >= 1 && (uint64_t)type <= index->type_count;
        (void)snprintf(ret_holder->type, TYPE_BYTES, "%s", is_known ? index->types[type - 1] : "");
        return 1;
    }
    int failed = code == SQLITE_DONE ? 0 : index_fail(index, err);
    sqlite3_reset(query);
    if (failed != 0 || !cut_number(id, &prefix, &number) || !is_counted(id, prefix)) {
        return failed;
    }
    int found = find_run(index, prefix, number, &run, err);
    if (found == 1) {
        ret_holder->n = run.n + (number - run.first);
        TRY(index_type_at(index, ret_holder->n, ret_holder->type, err));
    }
    return found;
}

int index_type(struct index *index, struct str id, char ret_type[static TYPE_BYTES], struct err *err)
{
    struct holder holder;
    int known = look_up(index, id, &holder, err);
    if (known == 1) {
        memcpy(ret_type, holder.type, TYPE_BYTES);
    }
    return known;
}

static int is_gone_id(struct index *index, struct str id)
{
    sqlite3_stmt *query = index->prepared[IS_GONE_ID];
    index_bind_text(query, 1, id);
    int code = sqlite3_step(query);
    sqlite3_reset(query);
    return code == SQLITE_ROW;
}

static int add_gone(struct index *index, uint64_t n, struct err *err)
{
    sqlite3_bind_int64(index->prepared[ADD_GONE], 1, (sqlite3_int64)n);
    return index_finish(index, ADD_GONE, err);
}

/* What an entry takes the place of does not stand any more, and never will again under that id. */
static int retire(struct index *index, const struct envelope *entry, struct err *err)
{
    struct holder holder;
    if (entry->supersedes.len != 0) {
        int known = look_up(index, entry->supersedes, &holder, err);
        if (known < 0 || (known == 1 && add_gone(index, holder.n, err) != 0)) {
            return -1;
        }
        if (!str_eq(entry->supersedes, entry->id)) {
            index_bind_text(index->prepared[ADD_GONE_ID], 1, entry->supersedes);
            TRY(index_finish(index, ADD_GONE_ID, err));
            index->has_gone_ids = true;
        }
    }
    return index->has_gone_ids && is_gone_id(index, entry->id) ? add_gone(index, entry->n, err) : 0;
}

static int check_name(struct index *index, const struct envelope *entry, struct err *err)
{
    struct holder holder;
    int known = look_up(index, entry->id, &holder, err);
    if (known < 0) {
        return -1;
    }
    bool is_revision = str_eq(entry->supersedes, entry->id);
    if (known == 1 && !is_revision) {
        return err_set(err, ERR_USAGE, "the id '%.*s' is taken", STR_FMT(entry->id));
    }
    if (known == 1 && !str_eq(str_of(holder.type), entry->type)) {
        return err_set(err, ERR_USAGE, "'%.*s' is a %s already, it cannot become a %.*s", STR_FMT(entry->id),
                       holder.type, STR_FMT(entry->type));
    }
    if (known == 0 && is_revision) {
        return err_set(err, ERR_USAGE, "'%.*s' supersedes itself, but there is none before it", STR_FMT(entry->id));
    }
    return 0;
}

static int add_name(struct index *index, const struct envelope *entry, uint8_t code, struct err *err)
{
    sqlite3_stmt *query = index->prepared[ADD_NAME];
    index_bind_text(query, 1, entry->id);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)entry->n);
    sqlite3_bind_int64(query, 3, code);
    return index_finish(index, ADD_NAME, err);
}

/* Makes prefix the numbering at hand. */
static int count_from(struct index *index, struct str prefix, struct err *err)
{
    if (index->is_counting && str_eq(prefix, str_of(index->prefix))) {
        return 0;
    }
    uint64_t last;
    TRY(flush_number(index, err));
    TRY(index_last(index, prefix, &last, err));
    (void)snprintf(index->prefix, sizeof index->prefix, "%.*s", STR_FMT(prefix));
    index->last = last;
    index->is_counting = true;
    return 0;
}

static int add_to_run(struct index *index, struct str prefix, uint64_t number, uint64_t n, struct err *err)
{
    struct run *run = &index->run;
    bool goes_on = run->is_open && run->last + 1 == number && run->n + (number - run->first) == n &&
                   str_eq(prefix, str_of(run->prefix));
    if (!goes_on) {
        TRY(flush_run(index, err));
        *run = (struct run){.first = number, .n = n, .is_open = true};
        memcpy(run->prefix, prefix.data, prefix.len);
    }
    run->last = number;
    return 0;
}

/* The next number of its kind is free, whatever else there is: nothing with that prefix has a number so high. */
int index_name(struct index *index, const struct envelope *entry, struct err *err)
{
    struct str prefix;
    uint64_t number;
    bool has_number = cut_number(entry->id, &prefix, &number);
    uint8_t code = index_note_type(index, entry->n, entry->type, err);
    if (code == 0) {
        return -1;
    }
    if (has_number) {
        TRY(count_from(index, prefix, err));
    }
    if (has_number && number > index->last && is_counted(entry->id, prefix) && !str_eq(entry->supersedes, entry->id)) {
        index->last = number;
        TRY(add_to_run(index, prefix, number, entry->n, err));
    } else {
        TRY(check_name(index, entry, err));
        TRY(retire(index, entry, err));
        if (has_number && number > index->last) {
            index->last = number;
        }
        return add_name(index, entry, code, err);
    }
    return entry->supersedes.len != 0 || index->has_gone_ids ? retire(index, entry, err) : 0;
}

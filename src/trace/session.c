/* Connections of a database log. An open one has a row; when it ends its row is kept only if its statements look like
 * a dump tool's. A table that is full forgets open sessions that did nothing of note, the longest silent first; then, of
 * the kept ones, every second of the largest company (one tool, account and host: a backup, as a rule). */
#include <stdlib.h>

#include "base/str.h"
#include "trace/database.h"
#include "trace/keep.h"

#include "base/banned.h"

#define NO_ROW UINT32_MAX

void db_name_keep(char *out, size_t room, struct str text)
{
    size_t n = text.len < room - 1 ? text.len : room - 1;
    if (n > 0) {
        memcpy(out, text.data, n);
    }
    memset(out + n, 0, room - n);
}

static size_t bucket_of(uint32_t set, uint64_t number)
{
    return (size_t)(((number ^ set) * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (DB_BUCKETS - 1);
}

void db_sessions_free(struct db_sessions *sessions)
{
    for (size_t i = 0; i < sessions->count; i++) {
        free(sessions->rows[i].tables.all);
    }
    free(sessions->rows);
    free(sessions->buckets);
    *sessions = (struct db_sessions){0};
}

struct db_session *db_session_find(struct db_sessions *sessions, uint32_t set, uint64_t number)
{
    if (sessions->buckets == NULL) {
        return NULL;
    }
    for (uint32_t at = sessions->buckets[bucket_of(set, number)]; at != NO_ROW; at = sessions->rows[at].next) {
        if (sessions->rows[at].number == number && sessions->rows[at].set == set) {
            return &sessions->rows[at];
        }
    }
    return NULL;
}

static void link_row(struct db_sessions *sessions, uint32_t at)
{
    struct db_session *row = &sessions->rows[at];
    uint32_t *bucket = &sessions->buckets[bucket_of(row->set, row->number)];
    row->next = *bucket;
    *bucket = at;
    row->is_open = true;
}

static void unlink_row(struct db_sessions *sessions, uint32_t at)
{
    struct db_session *row = &sessions->rows[at];
    uint32_t *link = &sessions->buckets[bucket_of(row->set, row->number)];
    while (*link != NO_ROW && *link != at) {
        link = &sessions->rows[*link].next;
    }
    if (*link == at) {
        *link = row->next;
    }
    row->is_open = false;
    row->next = NO_ROW;
}

static void release_row(struct db_sessions *sessions, uint32_t at)
{
    struct db_session *row = &sessions->rows[at];
    free(row->tables.all);
    *row = (struct db_session){.next = sessions->free_row};
    sessions->free_row = at;
}

/* Told as a tool's. Plain selects are told by their shapes (read.c). */
static bool is_of_note(const struct db_session *row)
{
    return row->tool != TOOL_NONE && row->tool != TOOL_SELECTS;
}

void db_session_close(struct db_sessions *sessions, struct db_session *session)
{
    uint32_t at = (uint32_t)(session - sessions->rows);
    if (session->is_open) {
        unlink_row(sessions, at);
    }
    session->tool = dump_tool(&session->marks, str_of(session->application));
    if (!is_of_note(session)) {
        release_row(sessions, at);
    }
}

/* ---- making room ---- */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int forget_silent(struct db_sessions *sessions, size_t *ret_freed, struct err *err)
{
    int64_t *ages = calloc(sessions->count, sizeof *ages);
    if (ages == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu sessions", sessions->count);
    }
    size_t idle = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        struct db_session *row = &sessions->rows[i];
        row->tool = row->is_open ? dump_tool(&row->marks, str_of(row->application)) : row->tool;
        if (row->is_open && !is_of_note(row)) {
            ages[idle++] = row->last.second;
        }
    }
    if (idle > 0) {
        qsort(ages, idle, sizeof *ages, by_number);
        int64_t bound = ages[idle / 2];
        for (uint32_t i = 0; i < sessions->count; i++) {
            struct db_session *row = &sessions->rows[i];
            if (row->is_open && !is_of_note(row) && row->last.second <= bound) {
                unlink_row(sessions, i);
                release_row(sessions, i);
                sessions->lost++;
                (*ret_freed)++;
            }
        }
    }
    free(ages);
    return 0;
}

static bool same_company(const struct db_session *a, const struct db_session *b)
{
    return a->is_used && b->is_used && a->tool == b->tool && strcmp(a->account, b->account) == 0 &&
           strcmp(a->host, b->host) == 0;
}

static uint64_t company_key(const struct db_session *row)
{
    uint64_t key = str_hash(str_of(row->account)) * 31 + str_hash(str_of(row->host));
    return key * 31 + (uint64_t)row->tool;
}

/* The row whose company is the largest, by a table of hashes: one pass. */
static uint32_t largest_company(const struct db_sessions *sessions)
{
    enum { SLOTS = 1024 };
    uint32_t counts[SLOTS] = {0}, best = 0, best_count = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        if (sessions->rows[i].is_used) {
            uint32_t count = ++counts[company_key(&sessions->rows[i]) % SLOTS];
            best = count > best_count ? i : best;
            best_count = count > best_count ? count : best_count;
        }
    }
    return best;
}

static void thin_out(struct db_sessions *sessions)
{
    struct db_session of = sessions->rows[largest_company(sessions)];
    bool is_second = false;
    for (uint32_t i = 0; i < sessions->count; i++) {
        struct db_session *row = &sessions->rows[i];
        if (!same_company(row, &of)) {
            continue;
        }
        if (is_second) {
            if (row->is_open) {
                unlink_row(sessions, i);
            }
            release_row(sessions, i);
            sessions->evicted++;
        }
        is_second = !is_second;
    }
}

static int grow(struct db_sessions *sessions, struct err *err)
{
    size_t cap = sessions->cap == 0 ? 64 : sessions->cap * 2;
    struct db_session *rows = reallocarray(sessions->rows, cap, sizeof *rows);
    if (rows == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu sessions", cap);
    }
    sessions->rows = rows;
    sessions->cap = cap;
    return 0;
}

static int begin(struct db_sessions *sessions, struct err *err)
{
    if (sessions->buckets == NULL) {
        sessions->buckets = malloc(DB_BUCKETS * sizeof *sessions->buckets);
        if (sessions->buckets == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for sessions");
        }
        memset(sessions->buckets, 0xff, DB_BUCKETS * sizeof *sessions->buckets);
        sessions->free_row = NO_ROW;
    }
    return 0;
}

/* A free row's number, in *ret_at. */
static int new_row(struct db_sessions *sessions, uint32_t *ret_at, struct err *err)
{
    TRY(begin(sessions, err));
    if (sessions->free_row == NO_ROW && sessions->count == DB_SESSIONS) {
        size_t freed = 0;
        TRY(forget_silent(sessions, &freed, err));
        for (int round = 0; round < 8 && sessions->free_row == NO_ROW; round++) {
            thin_out(sessions);
        }
        if (sessions->free_row == NO_ROW) {
            /* every company has one session: the first gives way */
            if (sessions->rows[0].is_open) {
                unlink_row(sessions, 0);
            }
            release_row(sessions, 0);
            sessions->evicted++;
        }
    }
    if (sessions->free_row != NO_ROW) {
        *ret_at = sessions->free_row;
        sessions->free_row = sessions->rows[*ret_at].next;
        return 0;
    }
    if (sessions->count == sessions->cap) {
        TRY(grow(sessions, err));
    }
    *ret_at = (uint32_t)sessions->count++;
    return 0;
}

struct db_session *db_session_get(struct db_sessions *sessions, uint32_t set, uint64_t number, const struct hit *hit,
                                  struct err *err)
{
    struct db_session *row = db_session_find(sessions, set, number);
    uint32_t at = 0;
    if (row != NULL) {
        return row;
    }
    if (new_row(sessions, &at, err) != 0) {
        return NULL;
    }
    const struct hit none = {.second = INT64_MIN};
    sessions->rows[at] = (struct db_session){.number = number,
                                             .set = set,
                                             .is_used = true,
                                             .first = *hit,
                                             .last = *hit,
                                             .first_read = none,
                                             .last_read = none};
    link_row(sessions, at);
    return &sessions->rows[at];
}

/* ---- tables of a session ---- */

static struct db_table *table_of(struct db_tables *tables, struct str name, struct err *err)
{
    char kept[DB_TABLE_NAME];
    db_name_keep(kept, sizeof kept, name);
    for (uint32_t i = 0; i < tables->count; i++) {
        if (strcmp(tables->all[i].name, kept) == 0) {
            return &tables->all[i];
        }
    }
    if (tables->count == DB_TABLES) {
        tables->dropped++;
        return NULL;
    }
    if (tables->count == tables->cap) {
        uint32_t cap = tables->cap == 0 ? 4 : tables->cap * 2;
        struct db_table *all = reallocarray(tables->all, cap, sizeof *all);
        if (all == NULL) {
            err_set(err, ERR_LIMIT, "no memory for %u tables", cap);
            return NULL;
        }
        tables->all = all;
        tables->cap = cap;
    }
    struct db_table *table = &tables->all[tables->count++];
    *table = (struct db_table){0};
    memcpy(table->name, kept, sizeof kept);
    return table;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

int db_tables_add(struct db_tables *tables, struct str name, uint64_t rows, uint64_t bytes, struct err *err)
{
    struct err why = {0};
    struct db_table *table = table_of(tables, name, &why);
    if (table == NULL) {
        return why.kind == ERR_NONE ? 0 : err_set(err, ERR_LIMIT, "no memory for the tables of a session");
    }
    table->reads++;
    if (rows != LOG_NO_BYTES) {
        table->rows_told++;
        table->rows += rows;
        table->most_rows = larger(table->most_rows, rows);
    }
    if (bytes != LOG_NO_BYTES) {
        table->bytes_told++;
        table->bytes += bytes;
        table->most_bytes = larger(table->most_bytes, bytes);
    }
    return 0;
}

static int merge_tables(struct db_tables *into, const struct db_tables *from, struct err *err)
{
    into->dropped += from->dropped;
    for (uint32_t i = 0; i < from->count; i++) {
        struct err why = {0};
        const struct db_table *b = &from->all[i];
        struct db_table *a = table_of(into, str_of(b->name), &why);
        if (a == NULL && why.kind != ERR_NONE) {
            return err_set(err, ERR_LIMIT, "no memory for the tables of a session");
        }
        if (a != NULL) {
            a->reads += b->reads;
            a->rows_told += b->rows_told;
            a->rows += b->rows;
            a->bytes_told += b->bytes_told;
            a->bytes += b->bytes;
            a->most_rows = larger(a->most_rows, b->most_rows);
            a->most_bytes = larger(a->most_bytes, b->most_bytes);
        }
    }
    return 0;
}

/* ---- parts ---- */

static void take_names(struct db_session *into, const struct db_session *from)
{
    if (into->account[0] == '\0') {
        memcpy(into->account, from->account, sizeof into->account);
        memcpy(into->host, from->host, sizeof into->host);
    }
    if (from->database[0] != '\0') {
        memcpy(into->database, from->database, sizeof into->database);
    }
    if (from->application[0] != '\0') {
        memcpy(into->application, from->application, sizeof into->application);
    }
    if (into->file[0] == '\0') {
        memcpy(into->file, from->file, sizeof into->file);
    }
}

/* from goes on where into left off. */
static int continue_session(struct db_session *into, struct db_session *from, struct err *err)
{
    take_names(into, from);
    marks_merge(&into->marks, &from->marks);
    into->last = from->last;
    into->first_read = hit_is(&into->first_read) ? into->first_read : from->first_read;
    into->last_read = hit_is(&from->last_read) ? from->last_read : into->last_read;
    into->statements += from->statements;
    into->fetched += from->fetched;
    into->fetches_unknown += from->fetches_unknown;
    into->cursors += from->cursors;
    return merge_tables(&into->tables, &from->tables, err);
}

static void shift(struct db_session *row, uint64_t lines_before)
{
    struct hit *hits[] = {&row->first, &row->last, &row->first_read, &row->last_read};
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        hits[i]->line += lines_before;
    }
}

static bool goes_on(const struct db_session *old, const struct db_session *now)
{
    bool is_same = old->account[0] == '\0' || now->account[0] == '\0' || strcmp(old->account, now->account) == 0;
    return !now->is_begun && is_same;
}

static int merge_row(struct db_sessions *into, struct db_session *row, uint64_t lines_before, struct err *err)
{
    struct db_session *old = db_session_find(into, row->set, row->number);
    bool is_open = row->is_open;
    shift(row, lines_before);
    if (old != NULL && goes_on(old, row)) {
        TRY(continue_session(old, row, err));
        if (!is_open) {
            db_session_close(into, old);
        }
        return 0;
    }
    if (old != NULL) {
        db_session_close(into, old);
    }
    uint32_t at = 0;
    TRY(new_row(into, &at, err));
    into->rows[at] = *row;
    row->tables = (struct db_tables){0};
    into->rows[at].is_open = false;
    into->rows[at].next = NO_ROW;
    if (is_open) {
        link_row(into, at);
    }
    return 0;
}

int db_sessions_merge(struct db_sessions *into, struct db_sessions *from, uint64_t lines_before, struct err *err)
{
    into->evicted += from->evicted;
    into->lost += from->lost;
    for (size_t i = 0; i < from->count; i++) {
        if (from->rows[i].is_used) {
            TRY(merge_row(into, &from->rows[i], lines_before, err));
        }
    }
    return 0;
}

/* ---- keeping ---- */

KEEP_KNOWS(struct db_session, 680);
static void keep_row(struct keep *keep, struct db_session *row)
{
    struct db_table *tables = row->tables.all;
    size_t count = row->tables.count;
    row->tables.all = NULL;
    KEEP(keep, *row);
    row->tables.all = tables;
    keep_rows(keep, &row->tables.all, &count, sizeof *tables, DB_TABLES);
    if (keep_reads(keep)) {
        row->tables.count = row->tables.cap = (uint32_t)count;
    }
}

/* A place in the lists is a row's number or none. */
static bool is_place(uint32_t at, size_t count)
{
    return at == NO_ROW || at < count;
}

KEEP_KNOWS(struct db_sessions, 56);
void db_sessions_keep(struct keep *keep, struct db_sessions *sessions)
{
    struct err why = {0};
    size_t count = keep_count(keep, sessions->count, DB_SESSIONS);
    bool is_begun = sessions->buckets != NULL, is_sound = true;
    KEEP(keep, is_begun);
    KEEP(keep, sessions->evicted);
    KEEP(keep, sessions->lost);
    while (keep_reads(keep) && (sessions->cap < count || (is_begun && sessions->buckets == NULL))) {
        if ((sessions->cap < count && grow(sessions, &why) != 0) || begin(sessions, &why) != 0) {
            keep_fail(keep, &why);
            return;
        }
    }
    for (size_t i = 0; i < count && keep_is_well(keep); i++) {
        if (keep_reads(keep)) {
            sessions->rows[i] = (struct db_session){.next = NO_ROW};
            sessions->count = i + 1;
        }
        keep_row(keep, &sessions->rows[i]);
        is_sound &= is_place(sessions->rows[i].next, count);
    }
    for (size_t i = 0; is_begun && sessions->buckets != NULL && i < DB_BUCKETS; i++) {
        KEEP(keep, sessions->buckets[i]);
        is_sound &= is_place(sessions->buckets[i], count);
    }
    KEEP(keep, sessions->free_row);
    if (!is_sound || (count > 0 && !is_begun) || (is_begun && !is_place(sessions->free_row, count))) {
        err_set(&why, ERR_FORMAT, "a state has sessions that are nowhere");
        keep_fail(keep, &why);
    }
}

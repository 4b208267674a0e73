/* The index over SQLite, opened as if somebody else had written it: no triggers, views or functions of the file's own,
 * every cell checked, and a schema that is ours to the letter. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "case/index.h"

#include "base/banned.h"

static const char schema[] =
    "CREATE TABLE entry(n INTEGER PRIMARY KEY, at INTEGER NOT NULL, bytes INTEGER NOT NULL, id TEXT NOT NULL,"
    " type TEXT NOT NULL, examination TEXT, supersedes TEXT, leaf BLOB NOT NULL);"
    "CREATE TABLE extent(one INTEGER PRIMARY KEY, size INTEGER NOT NULL, bytes INTEGER NOT NULL, root BLOB NOT NULL);"
    "CREATE TABLE name(id TEXT PRIMARY KEY, n INTEGER NOT NULL, type TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE number(prefix TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;";

enum statement { ADD_ENTRY, NEW_NAME, SAME_NAME, TYPE_OF, COUNT_UP, LAST_OF, SET_EXTENT, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [ADD_ENTRY] = "INSERT INTO entry VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [NEW_NAME] = "INSERT INTO name VALUES(?1, ?2, ?3)",
    [SAME_NAME] = "UPDATE name SET n = ?2 WHERE id = ?1",
    [TYPE_OF] = "SELECT type FROM name WHERE id = ?1",
    [COUNT_UP] = "INSERT INTO number VALUES(?1, ?2) ON CONFLICT(prefix) DO UPDATE SET last = max(last, excluded.last)",
    [LAST_OF] = "SELECT last FROM number WHERE prefix = ?1",
    [SET_EXTENT] = "REPLACE INTO extent VALUES(1, ?1, ?2, ?3)",
};

struct index {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENTS];
    uint64_t size, bytes;
    struct sha256 root;
    /* The numbering that grew last: a thousand findings of one examination are one row, written when it matters. */
    bool is_counting;
    char prefix[ID_MAX_BYTES + 2];
    uint64_t last;
};

static int db_fail(const struct index *index, struct err *err)
{
    int code = sqlite3_errcode(index->db);
    return err_set(err, code == SQLITE_NOMEM ? ERR_LIMIT : ERR_IO, "index.sqlite: %s", sqlite3_errmsg(index->db));
}

static int run(struct index *index, const char *sql, struct err *err)
{
    return sqlite3_exec(index->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_fail(index, err);
}

void index_close(struct index *index)
{
    if (index == NULL) {
        return;
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(index->prepared[i]);
    }
    sqlite3_close(index->db);
    free(index);
}

void own_index(struct index **index)
{
    index_close(*index);
}

/* The text of the one value that a query answers with equals `expected`. */
static bool answers(struct index *index, const char *sql, const char *expected)
{
    sqlite3_stmt *query = NULL;
    bool is_equal = sqlite3_prepare_v2(index->db, sql, -1, &query, NULL) == SQLITE_OK &&
                    sqlite3_step(query) == SQLITE_ROW && sqlite3_column_text(query, 0) != NULL &&
                    strcmp((const char *)sqlite3_column_text(query, 0), expected) == 0;
    sqlite3_finalize(query);
    return is_equal;
}

static bool is_sound(struct index *index)
{
    return answers(
               index,
               "SELECT group_concat(sql || ';', '') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)",
               schema) &&
           answers(index, "PRAGMA quick_check(1)", "ok");
}

static int read_extent(struct index *index, struct err *err)
{
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(index->db, "SELECT size, bytes, root FROM extent", -1, &query, NULL);
    code = code == SQLITE_OK ? sqlite3_step(query) : code;
    if (code == SQLITE_ROW && sqlite3_column_bytes(query, 2) == SHA256_BYTES) {
        index->size = (uint64_t)sqlite3_column_int64(query, 0);
        index->bytes = (uint64_t)sqlite3_column_int64(query, 1);
        memcpy(index->root.bytes, sqlite3_column_blob(query, 2), SHA256_BYTES);
    }
    sqlite3_finalize(query);
    return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : db_fail(index, err);
}

static int prepare(struct index *index, struct err *err)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(index->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &index->prepared[i], NULL) !=
            SQLITE_OK) {
            return db_fail(index, err);
        }
    }
    return read_extent(index, err);
}

/* A handle with every protection on. NULL without memory or when the file cannot be opened at all. */
static struct index *connect(const char *path, int flags)
{
    struct index *index = calloc(1, sizeof *index);
    if (index == NULL) {
        return NULL;
    }
    if (sqlite3_open_v2(path != NULL ? path : ":memory:", &index->db,
                        flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK) {
        index_close(index);
        return NULL;
    }
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    /* Nothing here needs to survive a power cut: the ledger does, and the index follows it. */
    if (run(index,
            "PRAGMA cell_size_check=ON; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY; PRAGMA locking_mode=EXCLUSIVE",
            NULL) != 0) {
        index_close(index);
        return NULL;
    }
    return index;
}

/* A fresh index. */
static int begin_afresh(struct index **ret_index, const char *path, struct err *err)
{
    if (path != NULL && unlink(path) == 0) {
        char journal[4096 + 16];
        (void)snprintf(journal, sizeof journal, "%s-journal", path);
        (void)unlink(journal);
    }
    struct index *index = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (index == NULL) {
        return err_set(err, ERR_IO, "index.sqlite: cannot be made");
    }
    if (run(index, schema, err) != 0 || prepare(index, err) != 0) {
        index_close(index);
        return -1;
    }
    *ret_index = index;
    return 0;
}

int index_open(struct index **ret_index, const char *path, struct err *err)
{
    struct index *index = path != NULL ? connect(path, SQLITE_OPEN_READWRITE) : NULL;
    if (index != NULL && is_sound(index) && prepare(index, NULL) == 0) {
        *ret_index = index;
        return 0;
    }
    index_close(index);
    return begin_afresh(ret_index, path, err);
}

struct index *index_peek(const char *path)
{
    struct index *index = connect(path, SQLITE_OPEN_READONLY);
    if (index != NULL && is_sound(index) && read_extent(index, NULL) == 0) {
        return index;
    }
    index_close(index);
    return NULL;
}

void index_extent(const struct index *index, uint64_t *ret_size, uint64_t *ret_bytes, struct sha256 *ret_root)
{
    *ret_size = index->size;
    *ret_bytes = index->bytes;
    *ret_root = index->root;
}

int index_clear(struct index *index, struct err *err)
{
    TRY(run(index, "DELETE FROM entry; DELETE FROM name; DELETE FROM number; DELETE FROM extent", err));
    index->size = 0;
    index->bytes = 0;
    index->root = (struct sha256){{0}};
    return 0;
}

int index_begin(struct index *index, struct err *err)
{
    return run(index, "BEGIN", err);
}

void index_rollback(struct index *index)
{
    index->is_counting = false;
    (void)run(index, "ROLLBACK", NULL);
}

static void bind_text(sqlite3_stmt *query, int slot, struct str text)
{
    if (text.len != 0) {
        sqlite3_bind_text(query, slot, text.data, (int)text.len, SQLITE_STATIC);
    } else {
        sqlite3_bind_null(query, slot);
    }
}

/* Runs a statement that answers nothing and makes it ready for the next time. */
static int finish(struct index *index, sqlite3_stmt *query, struct err *err)
{
    int code = sqlite3_step(query);
    int failed = code == SQLITE_DONE ? 0 : db_fail(index, err);
    sqlite3_reset(query);
    return failed;
}

int index_type(struct index *index, struct str id, char ret_type[static TYPE_BYTES], struct err *err)
{
    sqlite3_stmt *query = index->prepared[TYPE_OF];
    bind_text(query, 1, id);
    int code = sqlite3_step(query);
    int known = code == SQLITE_ROW ? 1 : 0;
    if (known == 1) {
        const unsigned char *type = sqlite3_column_text(query, 0);
        (void)snprintf(ret_type, TYPE_BYTES, "%s", type != NULL ? (const char *)type : "");
    }
    int failed = known == 1 || code == SQLITE_DONE ? 0 : db_fail(index, err);
    sqlite3_reset(query);
    return failed != 0 ? -1 : known;
}

static int give_name(struct index *index, const struct envelope *entry, struct err *err)
{
    char type[TYPE_BYTES];
    int known = index_type(index, entry->id, type, err);
    if (known < 0) {
        return -1;
    }
    bool is_revision = str_eq(entry->supersedes, entry->id);
    if (known == 1 && !is_revision) {
        return err_set(err, ERR_USAGE, "the id '%.*s' is taken", STR_FMT(entry->id));
    }
    if (known == 1 && !str_eq(str_of(type), entry->type)) {
        return err_set(err, ERR_USAGE, "'%.*s' is a %s already, it cannot become a %.*s", STR_FMT(entry->id), type,
                       STR_FMT(entry->type));
    }
    if (known == 0 && is_revision) {
        return err_set(err, ERR_USAGE, "'%.*s' supersedes itself, but there is none before it", STR_FMT(entry->id));
    }
    sqlite3_stmt *query = index->prepared[known == 1 ? SAME_NAME : NEW_NAME];
    bind_text(query, 1, entry->id);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)entry->n);
    if (known == 0) {
        bind_text(query, 3, entry->type);
    }
    return finish(index, query, err);
}

/* Writes the numbering that is held back. */
static int flush_number(struct index *index, struct err *err)
{
    if (!index->is_counting) {
        return 0;
    }
    sqlite3_stmt *query = index->prepared[COUNT_UP];
    sqlite3_bind_text(query, 1, index->prefix, -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)index->last);
    index->is_counting = false;
    return finish(index, query, err);
}

/* "E07" counts up the numbers of "E"; "case" counts nothing. */
static int count_up(struct index *index, struct str id, struct err *err)
{
    size_t digits = id.len;
    while (digits > 0 && id.data[digits - 1] >= '0' && id.data[digits - 1] <= '9') {
        digits--;
    }
    uint64_t number;
    struct str prefix = str_slice(id, 0, digits);
    if (!str_u64(str_slice(id, digits, id.len), &number) || number > INT64_MAX / 2) {
        return 0;
    }
    if (!index->is_counting || !str_eq(prefix, str_of(index->prefix))) {
        TRY(flush_number(index, err));
        TRY(index_last(index, prefix, &index->last, err));
        index->is_counting = true;
        (void)snprintf(index->prefix, sizeof index->prefix, "%.*s", (int)prefix.len, prefix.data);
    }
    index->last = number > index->last ? number : index->last;
    return 0;
}

int index_add(struct index *index, const struct envelope *entry, uint64_t offset, uint64_t bytes,
              const struct sha256 *leaf, struct err *err)
{
    TRY(give_name(index, entry, err));
    TRY(count_up(index, entry->id, err));
    sqlite3_stmt *query = index->prepared[ADD_ENTRY];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)entry->n);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)offset);
    sqlite3_bind_int64(query, 3, (sqlite3_int64)bytes);
    bind_text(query, 4, entry->id);
    bind_text(query, 5, entry->type);
    bind_text(query, 6, entry->examination);
    bind_text(query, 7, entry->supersedes);
    sqlite3_bind_blob(query, 8, leaf->bytes, SHA256_BYTES, SQLITE_STATIC);
    return finish(index, query, err);
}

int index_commit(struct index *index, uint64_t size, uint64_t bytes, const struct sha256 *root, struct err *err)
{
    if (flush_number(index, err) != 0) {
        index_rollback(index);
        return -1;
    }
    sqlite3_stmt *query = index->prepared[SET_EXTENT];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)size);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)bytes);
    sqlite3_bind_blob(query, 3, root->bytes, SHA256_BYTES, SQLITE_STATIC);
    if (finish(index, query, err) != 0 || run(index, "COMMIT", err) != 0) {
        index_rollback(index);
        return -1;
    }
    index->size = size;
    index->bytes = bytes;
    index->root = *root;
    return 0;
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
    int failed = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : db_fail(index, err);
    sqlite3_reset(query);
    return failed;
}

bool index_leaves(struct index *index, uint64_t size, struct sha256 *ret_leaves)
{
    sqlite3_stmt *query = NULL;
    if (sqlite3_prepare_v2(index->db, "SELECT n, leaf FROM entry ORDER BY n", -1, &query, NULL) != SQLITE_OK) {
        return false;
    }
    uint64_t n = 0;
    bool is_sound_row = true;
    while (is_sound_row && n < size && sqlite3_step(query) == SQLITE_ROW) {
        is_sound_row =
            sqlite3_column_int64(query, 0) == (sqlite3_int64)n && sqlite3_column_bytes(query, 1) == SHA256_BYTES;
        if (is_sound_row) {
            memcpy(ret_leaves[n++].bytes, sqlite3_column_blob(query, 1), SHA256_BYTES);
        }
    }
    sqlite3_finalize(query);
    return n == size;
}

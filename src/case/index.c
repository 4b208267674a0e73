/* The index over SQLite, opened as if somebody else had written it: no triggers, views or functions of the file's own,
 * every cell checked, and a schema that is ours to the letter. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "case/index_inside.h"

#include "base/banned.h"

/* block: entries n to n + count - 1, whose lines begin at byte `at`. type: a code each; length: 16 bits each, without the newline;
 * moment: 64 bits each, or NULL where none has one; leaf: 32 bytes each. Integers are little-endian. The last columns are
 * longest, so that whoever wants the first reads no more than those. */
static const char schema[] =
    "CREATE TABLE block(n INTEGER PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL, type BLOB NOT NULL,"
    " length BLOB NOT NULL, moment BLOB, leaf BLOB NOT NULL);"
    "CREATE TABLE extent(one INTEGER PRIMARY KEY, size INTEGER NOT NULL, bytes INTEGER NOT NULL, root BLOB NOT NULL);"
    "CREATE TABLE gone(n INTEGER PRIMARY KEY);"
    "CREATE TABLE gone_id(id TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE mark(one INTEGER PRIMARY KEY, dev, ino, bytes, mtime, ctime, size, edge BLOB, sum);"
    "CREATE TABLE name(id TEXT PRIMARY KEY, n INTEGER NOT NULL, type INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE number(prefix TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE root(size INTEGER PRIMARY KEY, root BLOB NOT NULL);"
    "CREATE TABLE run(prefix TEXT, first INTEGER, last INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(prefix, first))"
    " WITHOUT ROWID;"
    "CREATE TABLE type(code INTEGER PRIMARY KEY, name TEXT NOT NULL);";

static const char *const statements[STATEMENTS] = {
    [ADD_BLOCK] = "INSERT INTO block VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [ADD_TYPE] = "INSERT INTO type VALUES(?1, ?2)",
    [ADD_NAME] = "INSERT INTO name VALUES(?1, ?2, ?3) ON CONFLICT(id) DO UPDATE SET n = excluded.n",
    [NAME_OF] = "SELECT n, type FROM name WHERE id = ?1",
    [ADD_RUN] = "INSERT INTO run VALUES(?1, ?2, ?3, ?4) ON CONFLICT(prefix, first) DO UPDATE SET last = excluded.last",
    [RUN_OF] = "SELECT first, last, n FROM run WHERE prefix = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1",
    [COUNT_UP] = "INSERT INTO number VALUES(?1, ?2) ON CONFLICT(prefix) DO UPDATE SET last = max(last, excluded.last)",
    [LAST_OF] = "SELECT last FROM number WHERE prefix = ?1",
    [ADD_GONE] = "INSERT OR IGNORE INTO gone VALUES(?1)",
    [ADD_GONE_ID] = "INSERT OR IGNORE INTO gone_id VALUES(?1)",
    [IS_GONE_ID] = "SELECT 1 FROM gone_id WHERE id = ?1",
    [SET_EXTENT] = "REPLACE INTO extent VALUES(1, ?1, ?2, ?3)",
    [ADD_ROOT] = "REPLACE INTO root VALUES(?1, ?2)",
    [ROOT_AT] = "SELECT root FROM root WHERE size = ?1",
    [ADD_MARK] = "REPLACE INTO mark VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
};

int index_fail(const struct index *index, struct err *err)
{
    int code = sqlite3_errcode(index->db);
    return err_set(err, code == SQLITE_NOMEM ? ERR_LIMIT : ERR_IO, "index.sqlite: %s", sqlite3_errmsg(index->db));
}

static int run(struct index *index, const char *sql, struct err *err)
{
    return sqlite3_exec(index->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : index_fail(index, err);
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
    index_drop_block(index);
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
    const char *sql = "SELECT size, bytes, root FROM extent";
    int code = sqlite3_prepare_v2(index->db, sql, -1, &query, NULL);
    code = code == SQLITE_OK ? sqlite3_step(query) : code;
    index->size = index->bytes = 0;
    if (code == SQLITE_ROW && sqlite3_column_bytes(query, 2) == SHA256_BYTES) {
        index->size = (uint64_t)sqlite3_column_int64(query, 0);
        index->bytes = (uint64_t)sqlite3_column_int64(query, 1);
        memcpy(index->root.bytes, sqlite3_column_blob(query, 2), SHA256_BYTES);
    }
    sqlite3_finalize(query);
    return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : index_fail(index, err);
}

static int prepare(struct index *index, struct err *err)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(index->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &index->prepared[i], NULL) !=
            SQLITE_OK) {
            return index_fail(index, err);
        }
    }
    index->has_gone_ids = answers(index, "SELECT EXISTS(SELECT 1 FROM gone_id)", "1");
    TRY(read_extent(index, err));
    return index_read_types(index, err);
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
    /* Nothing here needs to survive a power cut or a kill: the ledger does, and an index without a mark that fits it is built
     * anew. So there is no journal to write, and the file stays as it is until a transaction is committed: the ledger is safe
     * by then, and looks different. */
    if (run(index,
            "PRAGMA cell_size_check=ON; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_spill=OFF;"
            " PRAGMA journal_mode=MEMORY",
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
    if (run(index, "PRAGMA page_size=16384; PRAGMA locking_mode=EXCLUSIVE", err) != 0 || run(index, schema, err) != 0 ||
        prepare(index, err) != 0) {
        index_close(index);
        return -1;
    }
    *ret_index = index;
    return 0;
}

int index_open(struct index **ret_index, const char *path, struct err *err)
{
    enum { READERS_MS = 2000 }; /* a reader of the same holder has it for a moment */
    struct index *index = path != NULL ? connect(path, SQLITE_OPEN_READWRITE) : NULL;
    if (index != NULL) {
        (void)sqlite3_busy_timeout(index->db, READERS_MS);
        if (run(index, "PRAGMA locking_mode=EXCLUSIVE", NULL) == 0 && is_sound(index) && prepare(index, NULL) == 0) {
            *ret_index = index;
            return 0;
        }
    }
    index_close(index);
    return begin_afresh(ret_index, path, err);
}

struct index *index_peek(const char *path)
{
    struct index *index = connect(path, SQLITE_OPEN_READONLY);
    if (index != NULL && is_sound(index) && prepare(index, NULL) == 0) {
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

bool index_root_at(struct index *index, uint64_t size, struct sha256 *ret_root)
{
    sqlite3_stmt *query = index->prepared[ROOT_AT];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)size);
    bool is_there = sqlite3_step(query) == SQLITE_ROW && sqlite3_column_bytes(query, 0) == SHA256_BYTES;
    if (is_there) {
        memcpy(ret_root->bytes, sqlite3_column_blob(query, 0), SHA256_BYTES);
    }
    sqlite3_reset(query);
    return is_there;
}

int index_note_root(struct index *index, uint64_t size, const struct sha256 *root, struct err *err)
{
    sqlite3_stmt *query = index->prepared[ADD_ROOT];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)size);
    sqlite3_bind_blob(query, 2, root->bytes, SHA256_BYTES, SQLITE_STATIC);
    return index_finish(index, ADD_ROOT, err);
}

int index_clear(struct index *index, struct err *err)
{
    index->size = 0;
    index->bytes = 0;
    index->root = (struct sha256){{0}};
    index->type_count = 0;
    index->has_gone_ids = false;
    /* First what vouches for the rest: cut off in between, it claims nothing. */
    return run(index,
               "DELETE FROM mark; DELETE FROM extent; DELETE FROM block; DELETE FROM gone; DELETE FROM gone_id;"
               " DELETE FROM name; DELETE FROM number; DELETE FROM root; DELETE FROM run; DELETE FROM type",
               err);
}

/* What was written so far reaches the disk. */
static int sync_file(struct index *index, struct err *err)
{
    sqlite3_file *file = index_file(index);
    return file == NULL || file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK
               ? 0
               : err_set(err, ERR_IO, "index.sqlite: cannot be synced");
}

/* The mark comes last: if it survives a power cut, everything it vouches for did. */
int index_keep_mark(struct index *index, const struct index_mark *mark, const struct tree *tree, struct err *err)
{
    uint64_t sum;
    TRY(sync_file(index, err));
    TRY(index_sum(index, &sum, err));
    sqlite3_stmt *query = index->prepared[ADD_MARK];
    int edge_bytes = __builtin_popcountll(tree->size) * SHA256_BYTES;
    sqlite3_bind_int64(query, 1, (sqlite3_int64)mark->dev);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)mark->ino);
    sqlite3_bind_int64(query, 3, (sqlite3_int64)mark->bytes);
    sqlite3_bind_int64(query, 4, mark->mtime_ns);
    sqlite3_bind_int64(query, 5, mark->ctime_ns);
    sqlite3_bind_int64(query, 6, (sqlite3_int64)tree->size);
    sqlite3_bind_blob(query, 7, tree->edge, edge_bytes, SQLITE_STATIC);
    sqlite3_bind_int64(query, 8, (sqlite3_int64)sum);
    return index_finish(index, ADD_MARK, err);
}

bool index_mark(struct index *index, struct index_mark *ret_mark, struct tree *ret_tree)
{
    sqlite3_stmt *query = NULL;
    struct tree tree = {.size = 0};
    bool is_there = sqlite3_prepare_v2(index->db, "SELECT dev, ino, bytes, mtime, ctime, size, edge FROM mark", -1,
                                       &query, NULL) == SQLITE_OK &&
                    sqlite3_step(query) == SQLITE_ROW;
    if (is_there) {
        *ret_mark = (struct index_mark){
            .dev = (uint64_t)sqlite3_column_int64(query, 0),
            .ino = (uint64_t)sqlite3_column_int64(query, 1),
            .bytes = (uint64_t)sqlite3_column_int64(query, 2),
            .mtime_ns = sqlite3_column_int64(query, 3),
            .ctime_ns = sqlite3_column_int64(query, 4),
        };
        tree.size = (uint64_t)sqlite3_column_int64(query, 5);
        const void *edge = sqlite3_column_blob(query, 6);
        size_t bytes = (size_t)__builtin_popcountll(tree.size) * SHA256_BYTES;
        is_there = edge != NULL && (size_t)sqlite3_column_bytes(query, 6) == bytes;
        if (is_there) {
            memcpy(tree.edge, edge, bytes);
            *ret_tree = tree;
        }
    }
    sqlite3_finalize(query);
    return is_there;
}

bool index_is_as_marked(struct index *index)
{
    sqlite3_stmt *query = NULL;
    uint64_t sum;
    bool is_it = index_sum(index, &sum, NULL) == 0 &&
                 sqlite3_prepare_v2(index->db, "SELECT sum FROM mark", -1, &query, NULL) == SQLITE_OK &&
                 sqlite3_step(query) == SQLITE_ROW && sqlite3_column_type(query, 0) == SQLITE_INTEGER &&
                 (uint64_t)sqlite3_column_int64(query, 0) == sum;
    sqlite3_finalize(query);
    return is_it;
}

int index_begin(struct index *index, struct err *err)
{
    index->block.n = index->size;
    index->block.at = index->bytes;
    index->named.n = index->size;
    index->kept_type_count = index->type_count;
    index->had_gone_ids = index->has_gone_ids;
    return run(index, "BEGIN", err);
}

void index_rollback(struct index *index)
{
    index->is_counting = false;
    index->run.is_open = false;
    index_drop_block(index);
    (void)run(index, "ROLLBACK", NULL);
    index->type_count = index->kept_type_count;
    index->has_gone_ids = index->had_gone_ids;
}

void index_bind_text(sqlite3_stmt *query, int slot, struct str text)
{
    if (text.len != 0) {
        sqlite3_bind_text(query, slot, text.data, (int)text.len, SQLITE_STATIC);
    } else {
        sqlite3_bind_null(query, slot);
    }
}

int index_finish(struct index *index, enum index_statement statement, struct err *err)
{
    sqlite3_stmt *query = index->prepared[statement];
    int code = sqlite3_step(query);
    int failed = code == SQLITE_DONE ? 0 : index_fail(index, err);
    sqlite3_reset(query);
    return failed;
}

static int set_extent(struct index *index, uint64_t size, uint64_t bytes, const struct sha256 *root, struct err *err)
{
    sqlite3_stmt *query = index->prepared[SET_EXTENT];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)size);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)bytes);
    sqlite3_bind_blob(query, 3, root->bytes, SHA256_BYTES, SQLITE_STATIC);
    TRY(index_finish(index, SET_EXTENT, err));
    return index_note_root(index, size, root, err);
}

int index_end(struct index *index, struct err *err)
{
    if (run(index, "COMMIT", err) != 0) {
        index_rollback(index);
        return -1;
    }
    buf_reset(&index->named.codes);
    return 0;
}

int index_commit(struct index *index, uint64_t size, uint64_t bytes, const struct sha256 *root, struct err *err)
{
    if (index_flush_names(index, err) != 0 || index_flush_block(index, err) != 0 ||
        set_extent(index, size, bytes, root, err) != 0) {
        index_rollback(index);
        return -1;
    }
    TRY(index_end(index, err));
    index->size = size;
    index->bytes = bytes;
    index->root = *root;
    return 0;
}

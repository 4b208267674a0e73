/* What the files of the index share. */
#ifndef ASSAY_CASE_INDEX_INSIDE_H
#define ASSAY_CASE_INDEX_INSIDE_H

#include <sqlite3.h>

#include "base/buf.h"
#include "case/index.h"

enum index_statement {
    ADD_BLOCK,
    ADD_TYPE,
    ADD_NAME,
    NAME_OF,
    ADD_RUN,
    RUN_OF,
    COUNT_UP,
    LAST_OF,
    ADD_GONE,
    ADD_GONE_ID,
    IS_GONE_ID,
    SET_EXTENT,
    ADD_ROOT,
    ROOT_AT,
    ADD_MARK,
    STATEMENTS
};

enum { TYPES_MAX = 250, BLOCK_ENTRIES = 4096, LENGTH_BYTES = 2, MOMENT_BYTES = 8 };

/* Ids that count up with the entries: prefix + number is entry n + (number - first), to `last`. */
struct run {
    char prefix[ID_MAX_BYTES + 2];
    uint64_t first, last, n;
    bool is_open;
};

/* Columns of entries that no row holds yet. */
struct block {
    uint64_t n, at, count, bytes;
    struct buf types, lengths, moments, leaves;
    bool has_moment;
};

/* Codes of types since the transaction began, by entry: names come before places. */
struct named {
    uint64_t n;
    struct buf codes;
};

struct index {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENTS];
    uint64_t size, bytes;
    struct sha256 root;
    char types[TYPES_MAX][TYPE_BYTES];
    size_t type_count;
    bool has_gone_ids;
    size_t kept_type_count; /* as they were when the transaction began */
    bool had_gone_ids;
    struct block block;
    struct named named;
    struct run run;
    /* The numbering that grew last: a thousand findings of one examination are one row, written when it matters. */
    bool is_counting;
    char prefix[ID_MAX_BYTES + 2];
    uint64_t last;
};

/* index.c */
int index_fail(const struct index *index, struct err *err);
void index_bind_text(sqlite3_stmt *query, int slot, struct str text);
/* Runs a statement that answers nothing and makes it ready for the next time. */
MUST_USE int index_finish(struct index *index, enum index_statement statement, struct err *err);

/* index_columns.c: notes the type of the next entry that is named; its code (1 and up), made if it is new, 0 with err. */
uint8_t index_note_type(struct index *index, uint64_t n, struct str type, struct err *err);
/* The type of entry n, which is placed or named. */
MUST_USE int index_type_at(struct index *index, uint64_t n, char ret_type[static TYPE_BYTES], struct err *err);
/* False for a code that no type has. */
bool index_type_name(const struct index *index, unsigned code, struct str *ret_type);
MUST_USE int index_flush_block(struct index *index, struct err *err);
void index_drop_block(struct index *index);
MUST_USE int index_read_types(struct index *index, struct err *err);

/* index_sum.c: the file below; NULL in memory. */
sqlite3_file *index_file(const struct index *index);
/* A sum of the bytes of the file, but for the mark. Everything is committed. err: IO (no file, too), LIMIT. */
MUST_USE int index_sum(struct index *index, uint64_t *ret_sum, struct err *err);

/* index_names.c: writes what is held back. */
MUST_USE int index_flush_names(struct index *index, struct err *err);

#endif

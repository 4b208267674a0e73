/* What is where in the ledger: ids, types, times, leaves. Derived; believed only when its size and root are the ledger's. The
 * only part of the case that speaks SQLite.
 *
 * A name belongs to the newest entry that carries it. An entry may reuse a name only by superseding that name, as the same
 * type of thing; every other id is new.
 *
 * Entries are kept in columns, some thousand to a row, and ids that count up ("X01/1", "X01/2", …) as runs: a row an entry costs
 * more than everything else an entry costs. */
#ifndef ASSAY_CASE_INDEX_H
#define ASSAY_CASE_INDEX_H

#include "base/hash.h"
#include "case/canon.h"
#include "ledger/tree.h"

struct index;

/* path NULL: in memory. A file that is not a sound index of ours is thrown away and begun afresh. err: IO, LIMIT. */
MUST_USE int index_open(struct index **ret_index, const char *path, struct err *err);
/* Opens a sound index for reading only; NULL if there is none. Never changes the file. */
struct index *index_peek(const char *path);
void index_close(struct index *index);
void own_index(struct index **index);

/* How much of which ledger it covers: entries, bytes, root. */
void index_extent(const struct index *index, uint64_t *ret_size, uint64_t *ret_bytes, struct sha256 *ret_root);
/* The root over the first `size` entries, where it is kept: at the end of every batch, and where it was noted. */
MUST_USE bool index_root_at(struct index *index, uint64_t size, struct sha256 *ret_root);
MUST_USE int index_note_root(struct index *index, uint64_t size, const struct sha256 *root, struct err *err);
/* Empties it. */
MUST_USE int index_clear(struct index *index, struct err *err);

/* How a file looked when what it holds was known. */
struct index_mark {
    uint64_t dev, ino, bytes;
    int64_t mtime_ns, ctime_ns;
};
/* The mark of a ledger whose tree this is, kept with a sum of the file, and read back; false if there is none. err of keeping: IO
 * (it is in memory, too), LIMIT. */
MUST_USE int index_keep_mark(struct index *index, const struct index_mark *mark, const struct tree *tree,
                             struct err *err);
MUST_USE bool index_mark(struct index *index, struct index_mark *ret_mark, struct tree *ret_tree);
/* Is the file what it was when its mark was kept, but for the mark? Reads all of it. */
MUST_USE bool index_is_as_marked(struct index *index);

/* begin; for each entry name, then place, in order (a batch is named first, then placed); commit with the new extent, or roll
 * back. err of index_name: USAGE (the id is taken, or superseded wrongly), IO, LIMIT. */
MUST_USE int index_begin(struct index *index, struct err *err);
MUST_USE int index_name(struct index *index, const struct envelope *entry, struct err *err);
/* bytes: of the line with its newline. moment_ns: when what it tells of happened, or TIME_NONE. */
MUST_USE int index_place(struct index *index, uint64_t bytes, int64_t moment_ns, const struct sha256 *leaf,
                         struct err *err);
MUST_USE int index_commit(struct index *index, uint64_t size, uint64_t bytes, const struct sha256 *root,
                          struct err *err);
/* Ends a transaction that added no entries. */
MUST_USE int index_end(struct index *index, struct err *err);
void index_rollback(struct index *index);

enum { TYPE_BYTES = 68 };
/* The type of a name. 1: known, 0: free, -1: err. */
MUST_USE int index_type(struct index *index, struct str id, char ret_type[static TYPE_BYTES], struct err *err);
/* The highest number that follows prefix in an id ("E" and "E07": 7), 0 if none. */
MUST_USE int index_last(struct index *index, struct str prefix, uint64_t *ret_last, struct err *err);

/* One entry as the index has it. */
struct index_row {
    uint64_t n, at, bytes; /* at: offset of its line in the ledger; bytes: with the newline */
    int64_t moment_ns;     /* TIME_NONE: it has none */
    unsigned code;         /* of the type, 1 to 255; the same for the same index */
    struct str type;       /* borrowed from the index */
    struct sha256 leaf;    /* only with INDEX_LEAVES */
    bool is_gone;          /* another entry took its place; only with INDEX_GONE */
};
enum { INDEX_LEAVES = 1, INDEX_MOMENTS = 2, INDEX_GONE = 4 }; /* columns that cost something to read */

/* Every entry in order. A reader ends before its index does. err: IO (the columns are not what they should be), LIMIT. */
struct index_reader;
MUST_USE struct index_reader *index_reader_new(struct index *index, unsigned columns, struct err *err);
/* 1: an entry; 0: no more; -1: err. */
MUST_USE int index_next(struct index_reader *reader, struct index_row *ret_row, struct err *err);
void index_reader_free(struct index_reader *reader);
void own_index_reader(struct index_reader **reader);
/* All leaf hashes in order; false unless there are exactly size of them. */
MUST_USE bool index_leaves(struct index *index, uint64_t size, struct sha256 *ret_leaves);

#endif

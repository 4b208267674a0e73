/* What the files of this room share: the open case, and the small acts that several of them need. */
#ifndef ASSAY_CASE_INSIDE_H
#define ASSAY_CASE_INSIDE_H

#include <dirent.h>

#include "assay/case.h"
#include "case/index.h"
#include "case/keys.h"
#include "case/lines.h"
#include "ledger/checkpoint.h"

#define ASSAY_BY "assay " ASSAY_VERSION

enum { CHECKPOINTS_MAX = 100000 };

/* A signed checkpoint kept in checkpoints/<size>. */
struct archived {
    uint64_t size;
    struct sha256 root;
    struct str note; /* as it was read; owned, data NULL where it was not */
};

struct archive {
    struct archived *of; /* by size, rising */
    size_t count;
};
/* tree, bytes and the checkpoint file move together: whatever the checkpoint covers is in the case, nothing else is. */
struct assay_case {
    char *path; /* without links; for messages and for SQLite */
    int dir, lock, ledger;
    bool is_writable;
    bool is_broken; /* a write failed and could not be taken back: to be opened again */
    struct tree tree;
    uint64_t bytes;         /* of ledger.jsonl, as far as the checkpoint goes */
    struct case_keys keys;  /* as far as the checkpoint goes; begins with entry 0's, which the file vkey has, too */
    struct note_key vkey;   /* signs the next checkpoint */
    struct sign_key secret; /* its other half; all zero unless writable */
    struct archive kept;    /* checkpoints/ as they were when the case was opened; their signatures hold */
    bool has_kept;          /* and nothing in them was changed since */
    struct index *index;    /* NULL until somebody needs it */
    /* How the ledger file looked when its tree was known; believed only when it looks like that again. */
    struct index_mark mark;
    bool has_mark;
    bool is_recalled;      /* the tree is from the index, whose mark still holds */
    bool is_index_damaged; /* the mark holds, and the index is not what it was when it was kept */
};

void own_archive(struct archive *archive);
void own_dir(DIR **dir);

/* case.c: reads the key of entry 0 (from its JSON). err: FORMAT. */
MUST_USE int case_key_of(struct note_key *ret_key, struct str first_line, struct err *err);
/* case.c: says where, and who can say more. Returns -1. */
int case_tampered(const struct assay_case *kase, struct err *err);
/* extent.c: tree and bytes, up to the newest checkpoint. err: TAMPERED, IO, LIMIT. */
MUST_USE int case_read_tree(struct assay_case *kase, struct err *err);
/* mark.c: how a file looks; false if that would not tell one write from the next. bytes UINT64_MAX: it cannot be looked at (errno). */
MUST_USE bool mark_of(int fd, struct index_mark *ret_mark);
bool mark_eq(const struct index_mark *a, const struct index_mark *b);
/* mark.c: directory, key and index are files of whoever runs us. */
bool case_is_own(const struct assay_case *kase);
/* mark.c: takes the tree from the index, if the ledger is as it was when that was written. */
MUST_USE bool case_recall(struct assay_case *kase, const struct archive *archive, const struct checkpoint *newest);
/* mark.c: keeps what the next opening needs for that. The case is being closed. */
void case_remember(struct assay_case *kase);
/* extent.c: names of checkpoints/ that are sizes, rising; nothing in them is checked yet. A missing folder holds none. */
MUST_USE int case_list_checkpoints(int dir, struct archive *ret_archive, struct err *err);
/* extent.c: reads a checkpoint below the case into bytes; signed by the key that signs so many entries. err: IO, TAMPERED. */
MUST_USE int case_open_checkpoint(struct assay_case *kase, const char *name, struct buf *bytes,
                                  struct checkpoint *ret_checkpoint, struct err *err);
/* extent.c: reads `kept` again. err: TAMPERED, IO, LIMIT. */
MUST_USE int case_read_kept(struct assay_case *kase, struct err *err);
/* extent.c: a checkpoint of checkpoints/ was written: what was read of them is not what lies there. */
void case_forget_kept(struct assay_case *kase);
/* extent.c: decimal without leading zeros. */
bool case_is_size(struct str name, uint64_t *ret_size);
/* extent.c: brings kase->index up to the case. */
MUST_USE int case_index(struct assay_case *kase, struct err *err);
/* case.c: takes the writers' lock, once; also for a case that is open for reading. err: BUSY, IO. */
MUST_USE int case_lock(struct assay_case *kase, struct err *err);
/* case.c: ERR_USAGE for a case that is open for reading, ERR_IO for a broken one. */
MUST_USE int case_may_write(const struct assay_case *kase, struct err *err);

/* mend.c: moves what lies behind the checkpoint to ledger.torn-<entries>. */
MUST_USE int case_mend(struct assay_case *kase, struct err *err);
/* mend.c: takes away halves of files; the lock is held. */
void case_sweep_leftovers(const struct assay_case *kase);

/* secret.c: the key that signs, into kase->secret; finishes a rotation that was cut off. */
MUST_USE int case_read_secret(struct assay_case *kase, struct err *err);
/* case.c: "assay verify says what differs"; returns -1. */
int case_tampered(const struct assay_case *kase, struct err *err);

/* append.c: signs a tree into a buffer and puts it in the place of `checkpoint`. */
MUST_USE int case_sign(struct buf *out, const struct tree *tree, const struct note_key *key,
                       const struct sign_key *secret, struct err *err);
/* append.c: the first line of a case, with its newline. */
MUST_USE int case_first_line(struct buf *out, json_t *entry, struct err *err);

/* model.c: calls back with the first `size` entries, as far as the checkpoint covers them, in order; types (NULL-terminated) or
 * NULL for all. visit returns 0, or -1 with err to stop. */
typedef int case_visit(void *self, json_t *entry, struct err *err);
MUST_USE int case_each(struct assay_case *kase, uint64_t size, const char *const *types, case_visit *visit, void *self,
                       struct err *err);
/* model.c: is a line of one of these types? */
bool case_is_wanted(struct str line, const char *const *types);
/* model.c: what assay_case_model() gives, but "ledger", of entries that come from elsewhere; NULL with err. */
typedef int case_source(const void *from, const char *const *types, case_visit *visit, void *self, struct err *err);
MUST_USE json_t *case_model_from(case_source *each, const void *from, const char *const *types, struct err *err);
/* merge_model.c: adds what the model's merges hold, under their aliases; records (NULL: into the model) go into the catalogue. */
struct assay_records;
MUST_USE int case_put_merged(struct assay_case *kase, json_t *model, const char *const *types,
                             struct assay_records *records, struct err *err);
/* model.c: what goes round the entries: "ledger", and what was merged. */
MUST_USE int case_put_around(struct assay_case *kase, json_t *model, const char *const *types,
                             struct assay_records *records, struct err *err);
/* model.c: ERR_USAGE for a size that the case never had. */
MUST_USE int case_has_state(const struct assay_case *kase, uint64_t size, struct err *err);

/* model.c: the entry that a row of the index leads to (new reference); NULL with err TAMPERED if it does not. */
MUST_USE json_t *case_entry(struct assay_case *kase, const struct index_row *row, struct err *err);

/* seal.c: what a checkpoint file is called below the case. */
enum { CHECKPOINT_NAME = 40 };
void case_checkpoint_name(char out[static CHECKPOINT_NAME], uint64_t size);

#endif

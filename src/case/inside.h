/* What the files of this room share: the open case, and the small acts that several of them need. */
#ifndef ASSAY_CASE_INSIDE_H
#define ASSAY_CASE_INSIDE_H

#include <dirent.h>

#include "assay/case.h"
#include "case/index.h"
#include "case/lines.h"
#include "ledger/checkpoint.h"

#define ASSAY_BY "assay " ASSAY_VERSION

enum { CHECKPOINTS_MAX = 100000 };

/* tree, bytes and the checkpoint file move together: whatever the checkpoint covers is in the case, nothing else is. */
struct assay_case {
    char *path; /* without links; for messages and for SQLite */
    int dir, lock, ledger;
    bool is_writable;
    bool is_broken; /* a write failed and could not be taken back: to be opened again */
    struct tree tree;
    uint64_t bytes; /* of ledger.jsonl, as far as the checkpoint goes */
    struct note_key vkey;
    struct sign_key secret; /* all zero unless writable */
    struct index *index;    /* NULL until somebody needs it */
};

/* A signed checkpoint kept in checkpoints/<size>. */
struct archived {
    uint64_t size;
    struct sha256 root;
};

struct archive {
    struct archived *of; /* by size, rising */
    size_t count;
};
void own_archive(struct archive *archive);
void own_dir(DIR **dir);

/* case.c: reads the key of entry 0 (from its JSON). err: FORMAT. */
MUST_USE int case_key_of(struct note_key *ret_key, struct str first_line, struct err *err);
/* case.c: names of checkpoints/ that are sizes, rising; nothing in them is checked yet. A missing folder holds none. */
MUST_USE int case_list_checkpoints(int dir, struct archive *ret_archive, struct err *err);
/* case.c: decimal without leading zeros. */
bool case_is_size(struct str name, uint64_t *ret_size);
/* case.c: brings kase->index up to the case. */
MUST_USE int case_index(struct assay_case *kase, struct err *err);
/* case.c: ERR_USAGE for a case that is open for reading, ERR_IO for a broken one. */
MUST_USE int case_may_write(const struct assay_case *kase, struct err *err);

/* mend.c: moves what lies behind the checkpoint to ledger.torn-<entries>. */
MUST_USE int case_mend(struct assay_case *kase, struct err *err);
/* mend.c: takes away halves of files; the lock is held. */
void case_sweep_leftovers(const struct assay_case *kase);

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
/* merge_model.c: adds what the model's merges hold, under their aliases. */
MUST_USE int case_put_merged(struct assay_case *kase, json_t *model, const char *const *types, struct err *err);

/* seal.c: what a checkpoint file is called below the case. */
enum { CHECKPOINT_NAME = 40 };
void case_checkpoint_name(char out[static CHECKPOINT_NAME], uint64_t size);

#endif

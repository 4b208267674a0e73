/* What the files of merging share. */
#ifndef ASSAY_CASE_MERGE_H
#define ASSAY_CASE_MERGE_H

#include "case/inside.h"

/* A merged ledger within its bundle, open for reading. */
struct merged {
    int fd;
    uint64_t offset, bytes; /* of ledger.jsonl in it */
    uint64_t size;          /* entries, as the merge entry has it */
    struct sha256 root;
};
void own_merged(struct merged *merged);
/* Opens what an entry `merge` names. err: TAMPERED (it is not there, or no bundle). */
MUST_USE int merged_open(struct merged *merged, int case_dir, const json_t *entry, struct err *err);
/* Visits its shown entries, as case_source, and holds them against the root. err: TAMPERED. */
MUST_USE int merged_each(const void *merged, const char *const *types, case_visit *visit, void *self, struct err *err);

/* merge_names.c: every id that stands in a model is known from here on as ALIAS/id, and so is every reference to one. */
MUST_USE int merge_rename(json_t *model, const char *alias, struct err *err);

#endif

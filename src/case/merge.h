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
struct assay_records;
/* The same, line by line, whatever its type. */
typedef int merged_visit(void *self, const struct line *line, struct err *err);
MUST_USE int merged_lines(const struct merged *merged, merged_visit *visit, void *self, struct err *err);
MUST_USE int merged_each(const void *merged, const char *const *types, case_visit *visit, void *self, struct err *err);

/* What records are called that no model holds: hashes, rising. */
struct record_names {
    uint64_t *of;
    size_t count;
};
void own_record_names(struct record_names *names);
bool record_names_have(const struct record_names *names, struct str id);
/* records.c: the model of a merged ledger (new reference), whose records go into the catalogue and their names into *ret_names. NULL with
 * err as merged_each(). entry: the one that merged it. */
MUST_USE json_t *records_of_merged(struct assay_records *records, const struct merged *merged, const json_t *entry,
                                   struct record_names *ret_names, struct err *err);

/* merge_names.c: every id that stands in a model, or is the name of one of its records (may be NULL), is known from here on as
 * ALIAS/id, and so is every reference to one. */
MUST_USE int merge_rename(json_t *model, const char *alias, const struct record_names *records, struct err *err);

#endif

/* Records of examinations where they lie. A case has a few hundred things that were said, examined and judged, and perhaps a million records
 * that examinations made: whoever needs only some of them, or each of them once, reads them here and holds none of the others. */
#ifndef ASSAY_RECORDS_H
#define ASSAY_RECORDS_H

#include "assay/case.h"
#include "assay/finding.h"

/* Where the records of a case are: about 24 bytes of memory for each. It borrows the case, which stays open meanwhile. */
struct assay_records;

/* What assay_case_model_at() gives, but every examination's "records" holds its summary alone, and beside it the records in their places (both new). Read in one
 * pass over the ledger and over every merged one. err: USAGE (no such size), IO, LIMIT, TAMPERED. */
MUST_USE int assay_case_lean(struct assay_case *kase, uint64_t size, json_t **ret_model,
                             struct assay_records **ret_records, struct err *err);
/* How many entries the case has: the size of its state today. */
uint64_t assay_case_size(const struct assay_case *kase);
void assay_records_free(struct assay_records *records);
void own_assay_records(struct assay_records **records);

struct assay_record {
    json_t *wrapped; /* {"id","type","record"}, as it stands in a whole model; borrowed, until the visit returns */
    uint64_t place;  /* for assay_records_get() */
};
/* 0, or -1 with err to stop. */
typedef int assay_record_visit(void *self, const struct assay_record *record, struct err *err);

/* A set of kinds, a bit each: 1u << ASSAY_FINDING. */
#define ASSAY_EVERY_KIND (~0U)

/* Calls visit with the records of an examination of the model that are of these kinds, in the order of a whole model. records NULL: the model is a
 * whole one, and holds them itself. err: IO, LIMIT, TAMPERED, or what visit says. */
MUST_USE int assay_records_each(struct assay_records *records, const json_t *examination, unsigned kinds,
                                assay_record_visit *visit, void *self, struct err *err);
/* One of them again, by its place (new reference); NULL with err. */
MUST_USE json_t *assay_records_get(struct assay_records *records, const json_t *examination, uint64_t place,
                                   struct err *err);

#endif

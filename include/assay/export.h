/* export: the case in the formats that other tools read. Knows the model, never an engine. */
#ifndef ASSAY_EXPORT_H
#define ASSAY_EXPORT_H

#include <jansson.h>

#include "assay/case.h"
#include "assay/words.h"

struct assay_export_format {
    const char *name;   /* "stix" */
    const char *says;   /* one line for help: what it is, and which release of it */
    const char *ending; /* of a file's name: ".json" */
};

/* What a format may want and no case knows. All may be NULL. */
struct assay_export_options {
    const char *url;      /* where the report is published: ClaimReview names it */
    const char *author;   /* whose review it is */
    const json_t *duties; /* assay_case_duties(): a calendar counts by it; without it no reporting duty is told */
};

/* Every format; *ret_count of them. */
const struct assay_export_format *assay_export_formats(size_t *ret_count);

/* model: assay_case_model(). Appends nothing to the case. The same model and options give the same bytes. *ret_text: malloc'd,
 * *ret_len bytes and a NUL; the caller frees. err: USAGE (no such format; the remedy lists them), FORMAT, LIMIT. */
MUST_USE int assay_export(const json_t *model, const char *format, const struct assay_export_options *options,
                          char **ret_text, size_t *ret_len, struct err *err);

/* Who takes what is exported, piece by piece. put: 0, or -1 with err. */
struct assay_export_out {
    int (*put)(void *self, struct str bytes, struct err *err);
    void *self;
};
/* The same bytes for the case as it stands. Of `json`, `timesketch` and `stix` no more than a piece is ever held, however many records the case has (`stix` keeps
 * some 30 bytes for each of its objects); the other formats are one document each, which is made and then put. err: also IO, TAMPERED, and what put says. */
MUST_USE int assay_export_case(struct assay_case *kase, const char *format, const struct assay_export_options *options,
                               const struct assay_export_out *out, struct err *err);

#endif

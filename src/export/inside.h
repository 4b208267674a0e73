/* What the formats share.
 *
 *   model ─▶ export_<format>() ─▶ bytes
 * An exporter never says more than the case does: a claim leaves as a claim, beside it its verdict with both axes; what nobody looked at
 * leaves as such, where the format has a place for it, and else in words. */
#ifndef ASSAY_EXPORT_INSIDE_H
#define ASSAY_EXPORT_INSIDE_H

#include "assay/export.h"
#include "base/buf.h"
#include "base/time.h"

struct export
{
    const json_t *model, *kase;
    struct assay_records *records;     /* NULL: the model holds them */
    const struct assay_export_out *to; /* NULL: all of it stays in the buffer */
    const char *scope;                 /* the case's verifier key: names are unique below it */
    const struct assay_export_options *options;
};

#define EXPORT(name, ending, says) \
    MUST_USE int export_##name(const struct export *from, struct buf *out, struct err *err);
#include "export/export_list.h"
#undef EXPORT

/* ---- ids.c ---- */

enum { UUID_TEXT = 37 };
/* RFC 9562, 5.5 (version 5): SHA-1 over a namespace and a name. */
void uuid_of(char out[static UUID_TEXT], const uint8_t space[static 16], struct str name);
/* Of a thing of this case: its kind within the format, and its id. The same case gives the same. */
void uuid_within(char out[static UUID_TEXT], const struct export *from, const char *kind, const char *id);

/* ---- facts.c: what several formats ask of the model ---- */

const json_t *fact_list(const struct export *from, const char *name);
/* The newest verdict about a claim; NULL: not judged. */
const json_t *fact_verdict(const struct export *from, const char *claim);
/* "supported", "refuted", "undetermined"; "" when not judged. */
const char *fact_direction(const json_t *verdict);
/* Whether a claim of one of these kinds (NULL-terminated) has this direction. */
bool fact_any(const struct export *from, const char *const *kinds, const char *direction);
/* The name of a party, its id if there is none of that id. */
const char *fact_party(const struct export *from, const char *id);
/* RFC 3339 in UTC with seconds, of a time or a bare date; "" if it is neither. */
void fact_time(char out[static TIME_TEXT], const char *text);
/* A share as "42 %", rounded down: less than all is never "100 %", more than nothing never "0 %". */
void fact_percent(struct buf *out, double share);

/* A verdict in one sentence: direction, ratio, how much was examined; of NULL: "not judged". */
void fact_says(struct buf *out, const json_t *verdict);
/* What an examination looked at and how far, in one sentence. */
void fact_examined(struct buf *out, const json_t *examination);
/* The summary record of an examination, NULL if it has none. */
const json_t *fact_summary(const json_t *examination);
/* Newest time of any entry of the model: what a document made from it is dated. */
const char *fact_newest(const struct export *from);

/* Hands on what the buffer holds, once it is worth it; where there is nobody to take it, it stays. */
MUST_USE int export_flush(const struct export *from, struct buf *out, struct err *err);
/* A buffer's text as a JSON string (valid UTF-8 as everything in a model is); the buffer is emptied. NULL without memory. */
json_t *export_text(struct buf *text);
/* Indented JSON with sorted members, further lines behind this indent; false without memory. */
MUST_USE bool export_put(struct buf *out, const json_t *value, const char *indent);
/* The same at the left edge, and a newline; takes the reference. */
MUST_USE int export_dump(struct buf *out, json_t *document, struct err *err);

#endif

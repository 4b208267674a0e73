/* The sample against the database, as several parts of one section read it: an examination by match and its summary. Members that an
 * earlier release did not write are absent, and then the page says "not recorded" or nothing at all, never a number. */
#ifndef ASSAY_REPORT_SAMPLE_H
#define ASSAY_REPORT_SAMPLE_H

#include "report/inside.h"

struct sample {
    const json_t *exam, *summary; /* borrowed from the model */
    struct str id;                /* of the examination */
    struct str file;              /* the sample's: empty if it is not said */
    uint64_t rows;
};

/* Whether any examination by match is in the case. */
bool sample_is_examined(const struct model *model);

/* private.c: results of private comparisons, if the case holds any */
bool private_is_told(const struct model *model);
void put_private(struct page *page);

/* A heading and a table beneath it; its name for those who hear the page is the heading with the examination's. table_close ends it. */
void sample_table_open(struct page *page, const struct sample *sample, enum word title, const enum word *heads,
                       size_t count);
/* The same for a table of few narrow columns: as wide as it needs to be. */
void sample_few_open(struct page *page, const struct sample *sample, enum word title, const enum word *heads,
                     size_t count);
/* Names of an array of texts, comma between, at most `most`; nothing for an empty one. */
void put_sample_names(struct page *page, const json_t *names, size_t most);
/* "taken elsewhere"; a name of its own where the alternative was declared by somebody. */
struct str sample_alternative(struct str key);
/* "+2.00 h" */
void sample_hours(struct buf *out, const json_t *seconds);
/* The two numbers of an interval; false if it is none. */
bool sample_pair(const json_t *pair, double ret[static 2]);

/* sample_read.c: what was read, and every class of rows that was not */
void put_sample_read(struct page *page, const struct sample *sample);
/* " The sample was read as CSV, UTF-8 (all of it is valid)."; nothing if that is not recorded. */
void put_sample_read_as(struct page *page, const struct sample *sample);
/* Rows of the sample that were rejected; false if nothing of the sample is recorded. */
bool sample_rejected(const struct sample *sample, uint64_t *ret_rows);

/* Each draws one picture, or nothing when its data or its denominator are absent. */
void figure_sample_ratios(struct page *page, const struct sample *sample);  /* sample_ratios.c */
void figure_sample_columns(struct page *page, const struct sample *sample); /* sample_columns.c */
void figure_sample_dates(struct page *page, const struct sample *sample);   /* sample_dates.c */

/* sample_beside.c: versions, planted rows, what else was asked */
void put_sample_beside(struct page *page, const struct sample *sample);
/* sample_made.c: tests for made-up rows, a few rows to look up */
void put_sample_made(struct page *page, const struct sample *sample);
void put_sample_excerpts(struct page *page, const struct sample *sample);

#endif

/* Saying it: records for the sink (docs/json-lines.md), and what the files that tell share. */
#ifndef ASSAY_TRACE_TELL_H
#define ASSAY_TRACE_TELL_H

#include <jansson.h>

#include "base/time.h"
#include "trace/inside.h"

enum { TEXT_CUT = 512 };

/* An event waits until all are there: they are told in time order, whatever kind of log they come from. */
struct told {
    struct hit hit; /* its time and place decide the order */
    uint32_t rank;  /* of events at one place: as they were added */
    json_t *body;
};

struct telling {
    struct run *run;
    const struct story *story;
    struct told *events;
    size_t event_count, event_cap;
    uint64_t findings;
    json_t *told;   /* findings by class and path: {"use": {"/a.php": 1}} (record.c) */
    json_t *doubts; /* what was told that stands against full coverage: see doubt_add() */
    uint64_t contradictions;
    uint64_t members_missing; /* of rotated sets */
    struct err *err;
};

/* ---- record.c: a record being filled; one failed member fails the whole ---- */

struct record {
    json_t *body;
    bool is_failed;
};
struct record record_new(void);
/* value is taken, NULL fails the record. */
void record_set(struct record *record, const char *key, json_t *value);
void record_text(struct record *record, const char *key, struct str text);
void record_text_or_null(struct record *record, const char *key, struct str text);
void record_count(struct record *record, const char *key, uint64_t count);
void record_time(struct record *record, const char *key, int64_t second);
/* A number of bytes that a web log may not record: null then. */
void record_sent(struct record *record, const char *key, const struct run *run, const struct hit *hit, uint64_t bytes);
/* source, line and offset of a line. */
void record_hit(struct record *record, const struct run *run, const struct hit *hit);
void record_reason(struct record *record, json_t *reasons, const char *format, ...) PRINTF(3, 4);
json_t *time_of(int64_t second);
void duration(char out[static TIME_TEXT], int64_t seconds);
/* Findings, coverage, measures: at once. Takes the record. */
MUST_USE int record_emit(struct telling *telling, enum assay_kind kind, struct record *record);
/* An event: kept until tell_events(). Takes the record. */
MUST_USE int record_event(struct telling *telling, const struct hit *hit, struct record *record);

/* A thing that was told and stands against "nothing was there": what ("missing member"), which one, where (a file or set),
 * in which kind of log, and when; INT64_MIN, INT64_MAX: not known. detail, source: copied; NULL: none. */
MUST_USE int doubt_add(struct telling *telling, const char *what, const char *detail, const char *source,
                       enum log_kind of, int64_t from, int64_t to);

/* ---- tell.c ---- */

/* Which suspect has this key; story->suspect_count if none. */
size_t suspect_number(const struct story *story, struct client_key key);
json_t *client_name(const struct story *story, size_t number);
const char *class_of(const struct seed *seed);
bool is_admin_tool(const struct seed *seed, const struct use *use);
void record_target(struct record *record, struct str target);
void record_request(struct record *record, const struct run *run, const struct hit *hit, struct str method,
                    struct str target, struct str user);

/* ---- chain.c ---- */

/* Coverage of rotated sets: before the summary, which counts what is missing. */
MUST_USE int tell_chains(struct telling *telling);

/* ---- tell_upload.c, tell_use.c ---- */

size_t uploads_of(const struct telling *telling, size_t seed, enum upload_kind kinds[static UPLOAD_KINDS]);
MUST_USE int tell_upload_events(struct telling *telling);
MUST_USE int tell_uploads(struct telling *telling);
MUST_USE int tell_uses(struct telling *telling);

/* ---- link.c ---- */

/* Measures: what links the clients that are followed, and what the client column can mean. */
MUST_USE int tell_links(struct telling *telling);
/* ---- tell_coverage.c ---- */

MUST_USE int tell_coverage(struct telling *telling);
MUST_USE int tell_summary(struct telling *telling);

#endif

/* Events of the logs, in time order, in memory that hardly grows with them. */
#ifndef ASSAY_REPORT_EVENTS_H
#define ASSAY_REPORT_EVENTS_H

#include "assay/case.h"
#include "report/model.h"

struct shared_event {
    uint64_t hash;
    json_t *record;
};

/* What stands behind the events of a model. */
struct event_store {
    struct assay_records *records; /* NULL: the model is a whole one */
    struct shared_event *shared;   /* an open table */
    size_t room, shared_count;     /* room: a power of two */
    struct str *paths;             /* an open table: what requests asked for, longer than a byte */
    size_t path_room;
    bool begins[256];  /* bytes that a path begins with */
    json_t *named;     /* records that were read again */
    struct err failed; /* kind set: one could not be */
};

/* Fills events, requests and exams_done of a model whose exams are known. err: LIMIT, and what reading records says. */
MUST_USE int events_read(struct model *model, struct assay_records *records, struct err *err);
void events_clear(struct model *model);
/* All that was recorded of an event, the model's until it is cleared. If it cannot be read, what is at hand; the page fails then, and says why. */
const json_t *event_record(const struct model *model, struct event *event);
/* Whether a request's path is the end of this file's. */
bool events_ask_for(const struct model *model, struct str file);

#endif

/* The case as the page reads it: the JSON model with what every section asks of it. Borrowed from the model, nothing copied. */
#ifndef ASSAY_REPORT_MODEL_H
#define ASSAY_REPORT_MODEL_H

#include <jansson.h>

#include "base/arena.h"
#include "base/time.h"

struct event {
    int64_t at;
    const json_t *record; /* role, client, path, ...; all of it only through event_record() (events.h) */
    const json_t *exam;
    uint64_t place, line; /* place: of its record */
    uint32_t decoded;     /* commands that could be read in it */
    bool is_whole;        /* record is all of it */
};
struct event_store;
struct assay_records;

/* A record of an examination of logs that is no event; there are fewer of them by far. */
struct told {
    const json_t *wrapped, *exam;
    struct str exhibit; /* that its source lies in; empty if none fits */
};

/* The exhibits of an examination by name: looked up once, for a thousand logs have a thousand. */
struct places {
    const json_t *exam;
    struct str *ids, *names;
    size_t count;
};

enum direction { NOT_JUDGED, SUPPORTED, REFUTED, UNDETERMINED };

/* What a voice does in the dispute. */
enum voice { VOICE_ASSERTS, VOICE_DENIES, VOICE_UNKNOWN, VOICE_REPORTS };

struct model {
    const json_t *root;
    json_t *roots, *clocks; /* assay_case_roots(), assay_case_clocks(): owned */
    const json_t *kase, *parties, *statements, *claims, *evidence, *exams, *ledger, *rates, *confirmations, *custody;
    const json_t **verdicts; /* one per claim, NULL: not judged */
    const json_t **said;     /* statements in the order in which they were made */
    size_t said_count;
    struct event *events; /* trace's, in time order */
    size_t event_count;
    struct event **requests; /* those of them that are lines of a web log */
    size_t request_count;
    struct event_store *store;
    struct told *told;
    size_t told_count;
    struct places *places; /* one per examination */
    size_t exams_done;
    int64_t now;
    struct arena arena;
};

/* records NULL: a whole model. Else a lean one, which takes from them what the page may show. err: FORMAT if the model is not one, LIMIT, and what
 * reading records says. Both must outlive *ret_model; model_clear frees what was derived. */
MUST_USE int model_read(json_t *root, struct assay_records *records, int64_t now, struct model *ret_model,
                        struct err *err);
void model_clear(struct model *model);

/* Members; empty, NULL or TIME_NONE when absent or of another type. */
struct str model_text(const json_t *object, const char *key);
struct str model_text_at(const json_t *array, size_t index);
const json_t *model_array(const json_t *object, const char *key);
const json_t *model_object(const json_t *object, const char *key);
int64_t model_time(const json_t *object, const char *key);
bool model_has_number(const json_t *object, const char *key);
uint64_t model_count(const json_t *object, const char *key); /* 0 when absent or negative */
/* A count of seconds as ns; at most half of what int64_t holds, so that two can be added. */
int64_t model_span(const json_t *object, const char *key);
/* "mysql://shop@db.internal:3306/x" is returned as "mysql://", user "shop", address "db.internal:3306/x"; a path has no scheme and
 * no user. Never shown in one piece: user and host together read as somebody's e-mail address, and would be masked. */
struct str model_uri(struct str uri, struct str *ret_user, struct str *ret_address);

const json_t *model_find(const json_t *array, struct str id);     /* NULL if there is none */
struct str model_party(const struct model *model, struct str id); /* the id itself if unknown */
enum direction model_direction(const json_t *verdict);
/* log10 of the claim's standard (2 for 100). */
double model_standard(const json_t *claim);
const json_t *model_verdict(const struct model *model, struct str claim_id);
/* A statement by an account while it was in other hands. ret_since may be NULL. */
bool model_is_hijacked(const struct model *model, const json_t *statement, int64_t *ret_since);
enum voice model_voice(const struct model *model, const json_t *statement);
bool model_is_notice(const json_t *statement);
/* The exhibit of an examination that a record's source names: a file, or the folder or archive it lay in. A record without a source is
 * of the first, and so is every record of an examination of one exhibit; else empty when none fits. */
struct str model_exhibit(const struct model *model, const json_t *exam, struct str source);
bool model_is_engine(const json_t *exam, const char *engine);
/* The examination's summary record, NULL if it has none. */
const json_t *model_summary(const json_t *exam);
/* The newest signed checkpoint ({"size", "root", "file"}), NULL if the case was never sealed. */
const json_t *model_checkpoint(const struct model *model);
/* A record of an examination ({"type", "record"}): its record when it is of that type, else NULL. */
const json_t *model_record(const json_t *wrapped, const char *type);
/* Exhibits that an item of a verdict's `for`, `against`, ... rests on: its own `evidence`, else its examination's. NULL if none. */
const json_t *model_item_exhibits(const struct model *model, const json_t *item);
/* Whether an item rests on an exhibit: of an examination of many, only those that its records come from. */
bool model_item_rests_on(const struct model *model, const json_t *item, struct str exhibit);

#endif

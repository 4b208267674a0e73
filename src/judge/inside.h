/* What the files of this room share: stories, items, keepers and the board they are laid out on.
 *
 *   model ──stance.c──▶ who gains by what ─┐
 *   model ──items.c───▶ items ─────────────┼─▶ board ──calculus.c──▶ weights, ratio ──verdict.c──▶ entry
 *   stories.c ────────▶ closed list ───────┘              └─flip.c, settle.c
 *
 * The formulas are those of docs/verdict.md. Logarithms are base 10 unless a name says ln. */
#ifndef ASSAY_JUDGE_INSIDE_H
#define ASSAY_JUDGE_INSIDE_H

#include <jansson.h>

#include "assay/words.h"

enum { STORY_MAX = 16, ITEM_MAX = 256, KEEPER_MAX = 64, UNIT_MAX = 2, RECORD_MAX = 64, SEEN_MAX = 4096 };

/* ---- policy (policy.c): constants that nobody measured ---- */

enum policy_name {
#define POLICY(enumerator, name, value, most, how, meaning, source) POLICY_##enumerator,
#include "judge/policy_list.h"
#undef POLICY
    POLICY_COUNT
};

struct policy {
    double of[POLICY_COUNT];
};

/* Where a policy is asked for, NULL is the usual one. */
const struct policy *policy_usual(void);
double policy_of(const struct policy *policy, enum policy_name name);
const char *policy_name(enum policy_name name);
/* The usual one with one constant at factor times its value, as far as that one may go. False: this constant is not varied. */
bool policy_varied(enum policy_name name, double factor, struct policy *ret);
/* {"rho.third": .001, ...}: new reference, NULL without memory. */
json_t *policy_values(void);

/* ---- stories (stories.c) ---- */

#define CLAIM_KINDS(X)          \
    X(ENTRY, "entry")           \
    X(USE, "use")               \
    X(ACCESS, "access")         \
    X(TAKING, "taking")         \
    X(POSSESSION, "possession") \
    X(RANSOM, "ransom")         \
    X(ACTOR, "actor")

enum claim_kind {
#define X(name, text) CLAIM_##name,
    CLAIM_KINDS(X)
#undef X
        CLAIM_KIND_COUNT
};

/* A kind of source, as far as stories differ in leaving a trace in it. */
enum source {
    SOURCE_TREE,
    SOURCE_LOG_USE,
    SOURCE_LOG_TAKING,
    SOURCE_DB_LOG,
    SOURCE_FLOW,
    SOURCE_REACH,    /* what the credentials in the tree open */
    SOURCE_LOG_CAME, /* the request that brought what was planted, in the web log */
    SOURCE_DB_TAKEN, /* whole tables read through what was planted: the database's log and the web's together */
    SOURCE_MATCH,
    SOURCE_COUNT
};

/* Where, in a story, the sample comes from. */
enum origin {
    ORIGIN_DATABASE, /* from D                                                     */
    ORIGIN_ELSEWHERE,
    ORIGIN_PARTNER,
    ORIGIN_RECYCLED,
    ORIGIN_MADE_UP,
    ORIGIN_SEED,
    ORIGIN_ANY_OTHER, /* the story does not say: the least excluded of the five above */
    ORIGIN_COUNT
};

/* k of n */
struct rate {
    uint64_t k, n;
};

/* The story does not say whether there was such a trace: it is granted the better of both, as the one that does not want to be
 * found out would choose. */
#define LEAVES_EITHER (-1.0)

struct story {
    const char *id;
    const char *text;            /* completes "about N times more probable if ..." */
    unsigned claims;             /* bit 1 << claim_kind: true in this story        */
    double leaves[SOURCE_COUNT]; /* V: chance that it leaves its trace there, or LEAVES_EITHER */
    enum origin sample;
};

/* The closed list; with_sample adds the stories that only a sample makes possible, as far as this claim needs them. Returns
 * how many were written. */
size_t story_list(struct story out[static STORY_MAX], bool with_sample, enum claim_kind kind);
/* V as measured ("stories": {"leaves": {"tree": [k, n], "log_use": ..., "log_taking": ..., "log_came": ..., "log_came_used": ..., "database_log": ...}} of the rates document): how often what
 * happened still showed in what was handed over. Scales the stories' leaves by the lower end of its 95 % interval, which is the
 * unfavourable one for finding and for not finding. What is not measured is as the policy has it. */
void story_measured(struct story *stories, size_t count, const json_t *rates, const struct policy *policy);
/* [k, n] of a source's V; false: not measured. */
bool story_shown(const json_t *rates, enum source source, struct rate *ret);
/* Bits of the stories that say neither yes nor no to a claim about the whole of the databases: that something was read or left some
 * other way does not say that all could be read. */
unsigned story_open_to_whole(const struct story *stories, size_t count);
/* -1 if unknown. */
int claim_kind_of(const char *name);
const char *claim_kind_name(enum claim_kind kind);
/* "entry" -> "a backdoor or database tool was planted": what the ratio is about, whatever the claim's own words are. */
const char *claim_kind_means(enum claim_kind kind);
/* The same for one claim: an access claim may be about the entire databases. */
const char *claim_means(const json_t *claim, enum claim_kind kind);
static inline bool story_has(const struct story *story, enum claim_kind kind)
{
    return (story->claims & (1U << kind)) != 0;
}

/* ---- items and keepers ---- */

/* False alarms are counted in two units at once: files and trees, or sessions and logs. */
struct unit {
    struct rate false_alarms;
    double looked_at; /* N */
    double found;     /* K: with separate causes */
};

/* How a thing was kept, the least able to doctor it first; each has its rho in the policy. */
enum custody { CUSTODY_THIRD, CUSTODY_SEALED, CUSTODY_INTERESTED };
enum held { HELD_BY_KEEPER, HELD_BY_THIRD, HELD_BY_INTERESTED };

struct item {
    enum source source;
    /* counted sources */
    struct rate recall;
    struct unit units[UNIT_MAX];
    size_t unit_count;
    double coverage; /* c, 0..1 */
    /* SOURCE_MATCH instead: log10 of the ratio against each origin (ORIGIN_DATABASE and ORIGIN_ANY_OTHER are not read) */
    double log10_against[ORIGIN_COUNT];
    /* somebody besides the keeper could have doctored it: who holds the sample, or who says that he read the exhibit */
    enum held held;

    bool is_confirmation; /* an examiner read what another examination found */
    bool is_partisan;     /* who has taken a side on the claim */

    size_t keeper;
    unsigned group; /* within the keeper; one examination of a group speaks */

    /* what it was, for the entry */
    const char *examination; /* borrowed from the model */
    const char *engine;
    char rate_name[48]; /* "planted/high" */
    const char *records[RECORD_MAX];
    size_t record_count;
    uint64_t n, of; /* coverage in its unit */
    const char *unit_name;
    bool is_told;     /* not laid on the board, as its note says why */
    bool is_fewer;    /* a private count that is only known to be smaller */
    bool is_measured; /* false: its class has no measured error rate, so it is not laid on the board */
    bool window_known;
    bool has_hole; /* a gap within the window */
    size_t users;  /* of a web log: clients that are seen to use what was planted */
    char note[600];
};

struct keeper {
    const char *party; /* NULL: a third party nobody named */
    enum custody custody;
    unsigned gains; /* bit 1 << index of a story: p gains by it */
};

struct board {
    const struct policy *policy; /* NULL: the usual one */
    struct story stories[STORY_MAX];
    size_t story_count;
    unsigned open;                      /* bit 1 << index: leaves the judged claim open */
    const struct item *items[ITEM_MAX]; /* borrowed */
    size_t item_count;
    struct keeper keepers[KEEPER_MAX];
    size_t keeper_count;
};

/* What a comparison says against each origin, as far as this claim may rest on it, and the remarks that belong beside it. rates: the
 * verdict's own, whose caps hold whatever the comparison was run with. */
void sample_read(const json_t *exam, const json_t *summary, const json_t *rates, const struct policy *policy,
                 enum claim_kind kind, struct item *item);

/* ---- calculus (calculus.c) ---- */

#define JUDGE_TOLERANCE (policy_usual()->of[POLICY_TOLERANCE])

/* l = 1 - q + q * found / expected, relative to "nothing there". */
double judge_count_lr(double found, double expected, double q);
/* The same at the unfavourable one of four corners of the rates' 95 % intervals, cut to what the counts carry. leaves: V. */
double judge_item_lr(const struct policy *policy, const struct item *item, double leaves);
/* ln-weight of an examination before its outcome is known. */
double judge_blind_weight(const struct policy *policy, const struct item *item);
/* Chance of at least one finding: if the thing is there, and if it is not (unfavourable rates). */
void judge_chance_found(const struct item *item, double leaves, double *ret_true, double *ret_false);

enum direction { DIRECTION_UNDETERMINED, DIRECTION_SUPPORTED, DIRECTION_REFUTED };
const char *direction_name(enum direction direction);

struct outcome {
    double log10_story[STORY_MAX];
    double log10_lr;
    size_t best_true, best_false; /* stories */
    enum direction direction;
};

/* log10 of what an item alone says of each story, before anybody's interest in it is reckoned with. */
void judge_weigh_item(const struct board *board, const struct item *item, double out[static STORY_MAX]);
/* dropped: item_count flags, or NULL. */
void judge_weigh(const struct board *board, const bool *dropped, enum claim_kind claim, double standard_log10,
                 struct outcome *ret);
/* Whether an item speaks for its group (others of the group have less blind weight). */
void judge_speakers(const struct board *board, const bool *dropped, bool speaks[static ITEM_MAX]);

/* ---- flip.c ---- */

enum drop_kind { DROP_ITEM, DROP_GROUP, DROP_KEEPER, DROP_PAIR };
const char *drop_kind_name(enum drop_kind kind);

struct flip {
    enum drop_kind kind;
    size_t items[2]; /* the item, a member of the group or keeper, or the pair */
    double log10_lr; /* without it */
    enum direction direction;
    bool flips;
    double delta; /* with - without */
};

struct flip_list {
    struct flip *rows; /* those that flip, then by |delta|; free() */
    size_t count;
    bool pairs_tried;
};

/* Drops each item, group and keeper; pairs only when nothing alone changes the direction and there are at most 64 items. */
MUST_USE int judge_flips(const struct board *board, enum claim_kind claim, double standard_log10,
                         struct flip_list *ret_list, struct err *err);

/* ---- settle.c ---- */

struct settle {
    double base, if_found, if_nothing;
    double found_true, found_false;     /* chance of a finding */
    double settles_true, settles_false; /* chance that the claim then has a direction */
    double expected_true;
};

/* The candidate's units say N; its found is ignored (1 and 0 are tried). board is given back as it was. */
void judge_settle(struct board *board, const struct item *candidate, enum claim_kind claim, double standard_log10,
                  struct settle *ret);

/* ---- from the case ---- */

struct items {
    struct item rows[ITEM_MAX];
    size_t count;
    struct keeper keepers[KEEPER_MAX]; /* gains not set: they depend on the claim */
    size_t keeper_count;
    bool has_sample;
};

/* items.c: every finished examination as items for one claim; those whose class has no measured rate are there, too, and say so.
 * err: FORMAT, LIMIT. */
MUST_USE int items_of_case(const json_t *model, const json_t *rates, const json_t *claim, const struct policy *policy,
                           struct items *ret_items, struct err *err);
/* The evidence entry with this id; who keeps it (NULL: nobody said). */
const json_t *evidence_by_id(const json_t *model, const char *id);
const char *evidence_keeper(const json_t *evidence);
enum custody evidence_custody(const json_t *evidence);
/* A class of the rates document: false if it has no measured recall and false alarms. */
bool rates_read(const json_t *entry, const char *each, const char *whole, struct item *item);
/* [k, n]; false: missing, absurd, or of nothing. */
bool rates_counts(const json_t *value, struct rate *ret);
const json_t *rates_entry(const json_t *rates, const char *engine, const char *name);

/* opened.c: what a run of reach says about the claim, into an item whose rates and keeper are set by the caller. False: it tried no
 * credential, so it says nothing. */
bool opened_count(const json_t *exam, const json_t *claim, struct item *item);
/* "entire" or "readable": which of the measured rates of reach a claim rests on. */
const char *opened_rate(const json_t *claim);

/* window.c */
struct window {
    int64_t from, to; /* ns UTC */
    bool known;
};
struct window window_of_claim(const json_t *model, const json_t *claim);

/* What is judged, and where its items go; exam is NULL where no examination is meant. */
struct items_place {
    const json_t *model, *rates, *claim, *exam;
    struct items *items;
};

/* came.c: planted files that a request brought, as far as the log tells; use: the item of the same log's use, whose keeper and
 * examination item starts from. False: no planted file was there to be followed, so it says nothing. */
bool came_count(const struct items_place *place, const json_t *summary, const struct item *use, struct item *item);

/* The rates under which whole tables read through what was planted are measured, all that came with a request; those of trace's high alone are
 * measured beside them. */
#define TAKEN_RATE "taking-database/joined"
/* taken.c: whether the database's log shows whole tables read through what was planted. log: the item of the same web log, whose keeper and
 * examination item starts from; rate: its name. False: no database's log was read. */
bool taken_begin(const struct items_place *place, const json_t *summary, const struct item *log, const char *rate,
                 struct item *item);
/* How far both logs could show it, once the findings are counted. */
void taken_cover(const struct items_place *place, const json_t *summary, const struct item *log, struct item *item);

/* confirmed.c: what examiners say who read findings of this examination, as far as it bears on the claim: an item for each of them, whose
 * keeper is that of the exhibit. items_add takes it. err: LIMIT. */
MUST_USE int confirmed_items(const struct items_place *place, enum claim_kind kind, struct err *err);
/* overlap.c: results of private comparisons, each an item for a claim of possession; once a result, whoever recorded it. err: LIMIT. */
MUST_USE int overlap_items(const struct items_place *place, const struct policy *policy, enum claim_kind kind,
                           struct err *err);
/* items.c: what confirmed.c and overlap.c share with it. */
MUST_USE int items_add(struct items *items, const struct item *item, struct err *err);
MUST_USE int items_keeper(struct items *items, const json_t *evidence, size_t *ret_keeper, struct err *err);
bool class_is_planted(const char *class_name);
/* items.c, also for sieve.c: an unread file whose name says that it cannot run; requests that were answered, by a finding of trace. */
bool coverage_is_harmless(const json_t *record);
double requests_answered(const json_t *record);
/* items.c, also for came.c: an instant of a record (ns UTC, or TIME_NONE); what the summary of trace says of the web's own log, and the
 * share of its lines that could be read; how long two spans of time overlap; a finding about somebody who had not signed in, in the window; a log with a hole in the window,
 * kept unsealed by who denies the claim (use: its item of use). */
int64_t items_time(const json_t *object, const char *key);
/* In ns; spans of more than 292 years are told as that long. */
int64_t items_overlap_ns(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to);
/* The coverage of a time, told in a unit that fits it. */
void items_tell_span(struct item *item, double share, int64_t window_ns);
/* log: what a summary says of one kind of log. */
double items_parsed_of(const json_t *log);
const json_t *items_web_log(const json_t *summary);
double items_parsed(const json_t *summary);
bool items_is_outsider(const struct window *window, const json_t *record);
bool items_is_silenced(const struct items_place *place, const struct item *use);

/* stance.c: what a party says of a claim */
enum stance { STANCE_NONE, STANCE_TRUE, STANCE_FALSE };
enum stance stance_of(const json_t *model, const char *party, const json_t *claim);
/* Bits of the stories a party gains by when this claim is judged. */
unsigned stance_gains(const struct board *board, enum stance stance, enum claim_kind kind);

/* ---- to the entry ---- */

/* What one claim was judged on, and how it came out. */
struct judged {
    const json_t *model, *rates, *claim;
    const struct policy *policy;
    enum claim_kind kind;
    double standard_log10;
    struct items *items;
    struct board board;
    bool speaks[ITEM_MAX]; /* of the board's items */
    bool has_ratio;
    struct outcome outcome;
};

/* Whether a source can tell worlds in which the claim is true from worlds in which it is not. */
bool source_bears_on(enum source source, enum claim_kind kind);
/* The claim of a case laid out and weighed. own_judged releases it. */
MUST_USE int judged_claim(const json_t *model, const json_t *rates, const json_t *claim, const struct policy *policy,
                          struct judged *ret_judged, struct err *err);
void own_judged(struct judged *judged);
/* The stories that the claim is judged by, onto its board. */
void judged_stories(struct judged *judged, bool with_sample);
/* The claim's standard of proof as a log10 ratio; as another policy would have it, shifted as that shifts the usual one. */
double judged_standard(const json_t *claim, const struct policy *policy);
/* To four decimals, as verdicts tell figures. */
double judged_four(double value);
/* sensitivity.c: array of {"constant", "factor", "value", "log10_lr", "direction"}, empty without a ratio. err: FORMAT, LIMIT. */
MUST_USE int sensitivity_rows(const struct judged *judged, json_t **ret_rows, struct err *err);
/* Each returns a new reference, NULL without memory. */
json_t *sensitivity_turns(const struct judged *judged, const json_t *rows); /* constants that change the direction */
json_t *ach_view(const struct judged *judged);                              /* ach.c */
json_t *burden_entry(const struct judged *judged);                          /* burden.c */
json_t *arguments_entry(const struct judged *judged, const json_t *pro, const json_t *con);
json_t *verdict_entry(const struct judged *judged, struct err *err); /* verdict.c */
json_t *advice_list(struct judged *judged); /* advice.c: what would settle it; the board is lent */
json_t *item_text(const struct item *item); /* words.c: one line on what was seen */
json_t *why_text(const struct judged *judged);
const char *strength_words(const struct judged *judged, char out[static 64]);

#endif

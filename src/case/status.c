/* What a case still lacks, from its outline: what nobody asked, graded, served, examined, judged or sealed. Records of examinations are
 * not read, so nothing is said here about what an examination that ended could not see. */
#include <stdio.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"

#include "base/banned.h"

struct status {
    const json_t *model, *roots, *clocks;
    json_t *missing;
    struct err *err;
};

static const json_t *list_of(const struct status *status, const char *name)
{
    return json_object_get(status->model, name);
}

/* One thing that is missing: its name, in words, and the ids it is missing of. Takes ids; without any nothing is missing. */
static int lack(struct status *status, const char *what, const char *says, json_t *ids)
{
    if (ids == NULL) {
        return err_no_memory(status->err);
    }
    if (json_array_size(ids) == 0) {
        json_decref(ids);
        return 0;
    }
    json_t *row = json_pack("{s:s, s:s, s:o}", "what", what, "says", says, "ids", ids);
    return json_array_append_new(status->missing, row) == 0 ? 0 : err_no_memory(status->err);
}

/* The ids of those things of a list for which `lacks` holds. NULL without memory. */
static json_t *ids_where(const struct status *status, const char *list,
                         bool (*lacks)(const struct status *status, const json_t *thing))
{
    const json_t *things = list_of(status, list);
    json_t *ids = json_array();
    for (size_t i = 0; ids != NULL && i < json_array_size(things); i++) {
        const json_t *thing = json_array_get(things, i);
        if (lacks(status, thing) && json_array_append_new(ids, json_string(json_text(thing, "id", ""))) != 0) {
            json_decref(ids);
            return NULL;
        }
    }
    return ids;
}

static bool holds(const json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *value = json_string_value(json_array_get(list, i));
        if (value != NULL && strcmp(value, id) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- claims ---- */

static const json_t *verdict_of(const struct status *status, const json_t *claim)
{
    return json_find(list_of(status, "verdicts"), "claim", json_text(claim, "id", ""));
}

static bool is_unjudged(const struct status *status, const json_t *claim)
{
    return verdict_of(status, claim) == NULL;
}

static bool has_window(const json_t *thing)
{
    const json_t *window = json_object_get(thing, "window");
    return json_text(window, "from", NULL) != NULL && json_text(window, "to", NULL) != NULL;
}

/* A claim of what logs would show, of which nobody said when it happened: what a log does not hold then weighs nothing (src/judge/items.c). */
static bool is_undated(const struct status *status, const json_t *claim)
{
    static const char *const kinds[] = {"entry", "use", "taking"};
    if (!str_is_one_of(str_of(json_text(claim, "kind", "")), kinds, sizeof kinds / sizeof kinds[0]) ||
        has_window(claim) || has_window(json_object_get(status->model, "case"))) {
        return false;
    }
    const json_t *exams = list_of(status, "examinations");
    for (size_t i = 0; i < json_array_size(exams); i++) {
        const json_t *exam = json_array_get(exams, i);
        if (strcmp(json_text(exam, "engine", ""), "trace") == 0 && strcmp(json_text(exam, "status", ""), "done") == 0) {
            return true;
        }
    }
    return false;
}

static bool is_unexamined(const struct status *status, const json_t *claim)
{
    const json_t *verdict = verdict_of(status, claim);
    return verdict != NULL && !is_undated(status, claim) &&
           strcmp(json_text(json_object_get(verdict, "coverage"), "word", "none"), "none") == 0;
}

static bool is_asserted(const struct status *status, const char *claim)
{
    const json_t *statements = list_of(status, "statements");
    for (size_t i = 0; i < json_array_size(statements); i++) {
        const json_t *statement = json_array_get(statements, i);
        if (strcmp(json_text(statement, "act", ""), "asserts") == 0 &&
            holds(json_object_get(statement, "claims"), claim)) {
            return true;
        }
    }
    return false;
}

/* A question is about a claim when it names it, or names a statement that makes it. */
static bool is_asked(const struct status *status, const char *claim)
{
    const json_t *replies = list_of(status, "replies");
    for (size_t i = 0; i < json_array_size(replies); i++) {
        const json_t *about = json_object_get(json_array_get(replies, i), "about");
        for (size_t a = 0; a < json_array_size(about); a++) {
            const char *id = json_string_value(json_array_get(about, a));
            const json_t *statement = id != NULL ? json_find(list_of(status, "statements"), "id", id) : NULL;
            if (id != NULL && (strcmp(id, claim) == 0 || holds(json_object_get(statement, "claims"), claim))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_unasked(const struct status *status, const json_t *claim)
{
    const char *id = json_text(claim, "id", "");
    return is_asserted(status, id) && !is_asked(status, id);
}

/* ---- statements ---- */

static bool is_ungraded(const struct status *status, const json_t *statement)
{
    (void)status;
    return json_text(statement, "grade", NULL) == NULL;
}

static bool is_half_graded(const struct status *status, const json_t *statement)
{
    (void)status;
    return strlen(json_text(statement, "grade", "B2")) < 2;
}

/* "1" means confirmed by other sources: there have to be some, that do not rest on one another. */
static bool is_graded_too_high(const struct status *status, const json_t *statement)
{
    const char *grade = json_text(statement, "grade", "");
    const json_t *claims = json_object_get(statement, "claims");
    if (strlen(grade) == 0 || grade[strlen(grade) - 1] != '1') {
        return false;
    }
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const char *id = json_string_value(json_array_get(claims, i));
        const json_t *told = json_find(json_object_get(status->roots, "claims"), "claim", id != NULL ? id : "");
        if (json_int(json_object_get(told, "up"), "standing", 0) < 2 &&
            json_int(json_object_get(told, "down"), "standing", 0) < 2) {
            return true;
        }
    }
    return json_array_size(claims) == 0;
}

static bool is_unserved(const struct status *status, const json_t *statement)
{
    (void)status;
    const json_t *notice = json_object_get(statement, "notice");
    return json_is_object(notice) && json_text(notice, "served", NULL) == NULL;
}

static bool retracts_nothing(const struct status *status, const json_t *statement)
{
    (void)status;
    return strcmp(json_text(statement, "act", ""), "retracts") == 0 &&
           json_array_size(json_object_get(statement, "retracts")) == 0;
}

static bool is_open_reply(const struct status *status, const json_t *reply)
{
    (void)status;
    return json_object_get(reply, "answered") == NULL;
}

/* ---- evidence and examinations ---- */

static bool has_no_custody(const struct status *status, const json_t *exhibit)
{
    const json_t *custody = list_of(status, "custody");
    const char *id = json_text(exhibit, "id", "");
    for (size_t i = 0; i < json_array_size(custody); i++) {
        const json_t *entry = json_array_get(custody, i), *of = json_object_get(entry, "evidence");
        if (strcmp(json_text(entry, "evidence", ""), id) == 0 || holds(of, id)) {
            return false;
        }
    }
    return true;
}

static bool is_incomplete(const struct status *status, const json_t *examination)
{
    (void)status;
    return strcmp(json_text(examination, "status", ""), "done") != 0;
}

static int64_t newest(const struct status *status, const char *name)
{
    const json_t *list = list_of(status, name);
    int64_t last = -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        int64_t n = json_int(json_array_get(list, i), "n", -1);
        last = n > last ? n : last;
    }
    return last;
}

static bool is_stale(const struct status *status, const json_t *verdict)
{
    static const char *const lists[] = {"evidence", "examinations", "confirmations"};
    int64_t judged = json_int(verdict, "n", -1);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (newest(status, lists[i]) > judged) {
            return true;
        }
    }
    return false;
}

/* ---- the ledger ---- */

static int lack_seal(struct status *status)
{
    const json_t *ledger = json_object_get(status->model, "ledger"), *seals = json_object_get(ledger, "checkpoints");
    json_int_t size = json_int(ledger, "size", 0),
               sealed = json_int(json_array_get(seals, json_array_size(seals) - 1), "size", 0);
    char text[64];
    if (json_array_size(seals) == 0) {
        return lack(status, "never-sealed", "the case was never sealed", json_pack("[s]", "ledger"));
    }
    (void)snprintf(text, sizeof text, "entries %lld to %lld", (long long)sealed, (long long)size - 1);
    return size == sealed ? 0 : lack(status, "not-sealed", "recorded after the last seal", json_pack("[s]", text));
}

static int lack_starts(struct status *status)
{
    const json_t *rows = json_object_get(status->clocks, "rows");
    const json_t *unknown = json_object_get(status->clocks, "unknown_duties");
    json_t *starts = json_array(), *names = json_array();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(json_text(row, "state", ""), "no-start") == 0) {
            (void)json_array_append_new(starts,
                                        json_pack("s++", json_text(row, "party", ""), "/", json_text(row, "id", "")));
        }
    }
    for (size_t i = 0; i < json_array_size(unknown); i++) {
        const json_t *row = json_array_get(unknown, i);
        (void)json_array_append_new(names,
                                    json_pack("s++", json_text(row, "party", ""), "/", json_text(row, "duty", "")));
    }
    int failed = lack(status, "no-start", "duty without a time from which it counts", starts);
    return lack(status, "unknown-duty", "duty that the table of deadlines does not have", names) != 0 ? -1 : failed;
}

static int look(struct status *status)
{
    static const struct {
        const char *list, *what;
        bool (*lacks)(const struct status *status, const json_t *thing);
        const char *says;
    } looks[] = {
        {"claims", "unjudged", is_unjudged, "claim without a verdict"},
        {"claims", "unexamined", is_unexamined, "claim that nobody examined"},
        {"claims", "undated", is_undated, "claim without its time (window), so that a log's silence weighs nothing"},
        {"verdicts", "stale", is_stale, "verdict older than the newest evidence"},
        {"examinations", "incomplete", is_incomplete, "examination that did not end well"},
        {"evidence", "no-custody", has_no_custody, "exhibit without a record of custody"},
        {"claims", "not-asked", is_unasked, "asserted claim about which nobody was asked (right of reply)"},
        {"replies", "reply-open", is_open_reply, "question without an answer recorded"},
        {"statements", "unserved", is_unserved, "notice without the time at which it was served"},
        {"statements", "ungraded", is_ungraded, "statement without a grade"},
        {"statements", "half-graded", is_half_graded, "statement of which only source or information is graded"},
        {"statements", "grade-1", is_graded_too_high, "statement graded 1 (confirmed) without two independent roots"},
        {"statements", "retracts-what", retracts_nothing, "retraction that does not say of what"},
    };
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        TRY(lack(status, looks[i].what, looks[i].says, ids_where(status, looks[i].list, looks[i].lacks)));
    }
    TRY(lack_starts(status));
    return lack_seal(status);
}

json_t *assay_case_status(const json_t *model, const json_t *duties, int64_t now, struct err *err)
{
    OWN(own_json) json_t *roots = assay_case_roots(model, err);
    OWN(own_json) json_t *clocks = roots != NULL ? assay_case_clocks(model, duties, now, err) : NULL;
    OWN(own_json) json_t *missing = json_array();
    struct status status = {.model = model, .roots = roots, .clocks = clocks, .missing = missing, .err = err};
    if (clocks == NULL || look(&status) != 0) {
        return NULL;
    }
    json_t *told =
        json_pack("{s:O, s:O, s:O}", "clocks", json_object_get(clocks, "rows"), "missing", missing, "roots", roots);
    if (told == NULL) {
        err_no_memory(err);
    }
    return told;
}

/* One claim's entry (docs/case-file.md, docs/verdict.md): direction, ratio and coverage; what speaks for and against it and
 * how much alone; the two stories compared; what it hangs on; what is assumed. */
#include <math.h>
#include <stdlib.h>

#include "assay/judge.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { FLIPS_SHOWN = 8 };

double judged_four(double value)
{
    return round(value * 1e4) / 1e4 + 0.0;
}

static json_t *evidence_ids(const struct judged *judged, const char *examination)
{
    size_t i;
    const json_t *exam;

    const json_t *read = json_find(json_object_get(judged->model, "confirmations"), "id", examination);

    examination = json_text(read, "examination", examination); /* whoever confirms reads what that one examined */
    json_array_foreach(json_object_get(judged->model, "examinations"), i, exam)
    {
        if (strcmp(json_text(exam, "id", ""), examination) == 0) {
            json_t *ids = json_object_get(exam, "evidence");
            return json_is_array(ids) ? json_copy(ids) : json_array();
        }
    }
    return json_array();
}

static json_t *text_list(const char *const *texts, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(texts[i]));
    }
    return list;
}

/* The item by itself: what the claim's ratio would be if nothing else had been examined. Access needs two things, a way in and
 * a key that opens, and neither says anything alone: there it is by how much the ratio falls without the item. */
static double alone(const struct judged *judged, size_t index)
{
    const bool is_joint = judged->kind == CLAIM_ACCESS;
    bool dropped[ITEM_MAX];
    struct outcome outcome;

    for (size_t i = 0; i < judged->board.item_count; i++) {
        dropped[i] = (i == index) == is_joint;
    }
    judge_weigh(&judged->board, dropped, judged->kind, judged->standard_log10, &outcome);
    return is_joint ? judged->outcome.log10_lr - outcome.log10_lr : outcome.log10_lr;
}

static json_t *item_entry(const struct judged *judged, const struct item *item, json_t *weight)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:{s:f, s:I, s:I, s:s}}", "examination", item->examination,
                     "engine", item->engine, "evidence", evidence_ids(judged, item->examination), "rate",
                     item->rate_name, "records", text_list(item->records, item->record_count), "log10_lr", weight,
                     "text", item_text(item), "coverage", "share", judged_four(item->coverage), "n",
                     (json_int_t)item->n, "of", (json_int_t)item->of, "unit", item->unit_name);
}

/* Another class of the same examination speaks: not worth a line. */
static bool is_double(const struct judged *judged, size_t index)
{
    const struct item *item = judged->board.items[index];

    for (size_t i = 0; i < judged->board.item_count && !judged->speaks[index]; i++) {
        if (judged->speaks[i] && strcmp(judged->board.items[i]->examination, item->examination) == 0) {
            return true;
        }
    }
    return false;
}

/* for, against, and what was weighed and says nothing or could not be weighed. A claim without a ratio was not weighed. */
static int put_items(const struct judged *judged, json_t *entry)
{
    json_t *sides[3] = {json_array(), json_array(), json_array()};
    size_t laid = 0;

    for (size_t i = 0; i < judged->items->count; i++) {
        const struct item *item = &judged->items->rows[i];

        if (!item->is_measured) {
            if (source_bears_on(item->source, judged->kind)) {
                json_array_append_new(sides[2], item_entry(judged, item, json_null()));
            }
            continue;
        }
        if (!judged->has_ratio || is_double(judged, laid)) {
            laid++;
            continue;
        }
        const double weight = alone(judged, laid);
        const size_t side = !judged->speaks[laid] || fabs(weight) < JUDGE_TOLERANCE ? 2 : weight > 0 ? 0 : 1;
        json_t *row = item_entry(judged, item, json_real(judged_four(weight)));

        if (!judged->speaks[laid]) {
            json_object_set_new(row, "silent", json_string("another look at the same source speaks"));
        }
        json_array_append_new(sides[side], row);
        laid++;
    }
    return json_object_set_new(entry, "for", sides[0]) | json_object_set_new(entry, "against", sides[1]) |
           json_object_set_new(entry, "neutral", sides[2]);
}

/* The source that would show the claim, and how much of it was seen. */
static json_t *coverage_entry(const struct judged *judged)
{
    static const enum source shows[CLAIM_KIND_COUNT][2] = {
        [CLAIM_ENTRY] = {SOURCE_TREE, SOURCE_TREE},        [CLAIM_USE] = {SOURCE_LOG_USE, SOURCE_LOG_USE},
        [CLAIM_ACCESS] = {SOURCE_REACH, SOURCE_REACH},     [CLAIM_TAKING] = {SOURCE_LOG_TAKING, SOURCE_LOG_USE},
        [CLAIM_POSSESSION] = {SOURCE_MATCH, SOURCE_MATCH}, [CLAIM_RANSOM] = {SOURCE_COUNT, SOURCE_COUNT},
        [CLAIM_ACTOR] = {SOURCE_COUNT, SOURCE_COUNT}};
    const struct item *best = NULL;

    for (size_t i = 0; i < judged->items->count; i++) {
        const struct item *item = &judged->items->rows[i];
        const bool fits = item->source == shows[judged->kind][0] || item->source == shows[judged->kind][1];

        if (fits && !item->is_confirmation && (best == NULL || item->coverage > best->coverage)) {
            best = item;
        }
    }
    if (best == NULL && judged->kind == CLAIM_TAKING) {
        for (size_t i = 0; i < judged->items->count; i++) {
            best = judged->items->rows[i].source == SOURCE_MATCH ? &judged->items->rows[i] : best;
        }
    }
    if (best == NULL) {
        return json_pack("{s:f, s:s, s:i, s:i, s:s}", "share", 0.0, "word", "none", "n", 0, "of", 1, "unit", "sources");
    }
    /* without a window nobody can call a log whole */
    const double high = policy_of(NULL, POLICY_HIGH);
    const double share = best->window_known ? best->coverage : fmin(best->coverage, high - .01);
    const char *word = share >= 1 - JUDGE_TOLERANCE ? "whole" : share >= high ? "high" : share > 0 ? "partial" : "none";

    return json_pack("{s:f, s:s, s:I, s:I, s:s}", "share", judged_four(share), "word", word, "n", (json_int_t)best->n,
                     "of", (json_int_t)best->of, "unit", best->unit_name);
}

static json_t *story_entry(const struct judged *judged, size_t index)
{
    return json_pack("{s:s, s:s, s:f}", "id", judged->board.stories[index].id, "text",
                     judged->board.stories[index].text, "log10", judged_four(judged->outcome.log10_story[index]));
}

static json_t *stories_entry(const struct judged *judged)
{
    json_t *all = json_array();

    for (size_t s = 0; s < judged->board.story_count; s++) {
        json_t *row = story_entry(judged, s);
        json_object_set_new(row, "claim", json_boolean(story_has(&judged->board.stories[s], judged->kind)));
        json_array_append_new(all, row);
    }
    return json_pack("{s:o, s:o, s:o, s:s}", "so", story_entry(judged, judged->outcome.best_true), "not",
                     story_entry(judged, judged->outcome.best_false), "all", all, "none_of_these", "not examined");
}

static json_t *flip_entry(const struct judged *judged, const struct flip *flip)
{
    json_t *exams = json_array();
    const struct item *first = judged->board.items[flip->items[0]], *second = judged->board.items[flip->items[1]];
    const char *last = "";

    for (size_t i = 0; i < judged->board.item_count; i++) {
        const struct item *item = judged->board.items[i];
        const bool dropped = flip->kind == DROP_KEEPER  ? item->keeper == first->keeper
                             : flip->kind == DROP_GROUP ? item->keeper == first->keeper && item->group == first->group
                                                        : strcmp(item->examination, first->examination) == 0 ||
                                                              strcmp(item->examination, second->examination) == 0;
        if (dropped && strcmp(item->examination, last) != 0) {
            last = item->examination;
            json_array_append_new(exams, json_string(last));
        }
    }
    json_t *row = json_pack("{s:s, s:o, s:f, s:s, s:f, s:b}", "drop", drop_kind_name(flip->kind), "examinations", exams,
                            "log10_lr", judged_four(flip->log10_lr), "direction", direction_name(flip->direction),
                            "delta", judged_four(flip->delta), "flips", flip->flips);
    if (flip->kind == DROP_KEEPER && judged->board.keepers[first->keeper].party != NULL) {
        json_object_set_new(row, "keeper", json_string(judged->board.keepers[first->keeper].party));
    }
    return row;
}

/* Those that change the direction; then the one that moves the ratio most. */
static json_t *flips_entry(const struct judged *judged, struct err *err)
{
    struct flip_list list;
    json_t *rows = json_array();

    if (!judged->has_ratio) {
        return rows;
    }
    if (judge_flips(&judged->board, judged->kind, judged->standard_log10, &list, err) != 0) {
        json_decref(rows);
        return NULL;
    }
    for (size_t i = 0; i < list.count && i < FLIPS_SHOWN; i++) {
        const bool moves = fabs(list.rows[i].delta) >= 1e-4;

        if (list.rows[i].flips || (moves && (i == 0 || list.rows[i - 1].flips))) {
            json_array_append_new(rows, flip_entry(judged, &list.rows[i]));
        }
    }
    free(list.rows);
    return rows;
}

/* V: how often a story leaves its trace, where that was measured and where not. */
static json_t *shown_text(const struct judged *judged)
{
    static const struct {
        enum source source;
        const char *name;
    } rows[] = {{SOURCE_TREE, "in the tree"},
                {SOURCE_LOG_CAME, "its coming in the log"},
                {SOURCE_LOG_USE, "use in the log"},
                {SOURCE_LOG_TAKING, "a taking in the log"},
                {SOURCE_DB_TAKEN, "a taking in the database's log, where the use shows"}};
    OWN(own_buf) struct buf out = {0};
    struct rate shown;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (story_shown(judged->rates, rows[i].source, &shown)) {
            buf_printf(&out, "%s%s %llu of %llu",
                       out.len == 0 ? "measured on re-enacted intrusions, of which some hid: " : ", ", rows[i].name,
                       (unsigned long long)shown.k, (unsigned long long)shown.n);
        }
    }
    buf_puts(&out, out.len == 0 ? "assumed: a story leaves the trace it should leave with certainty; " : "; assumed: ");
    buf_printf(&out, "another way shows in a database log at %.2g", policy_of(NULL, POLICY_OTHER_WAY));
    return buf_check(&out, NULL) == 0 ? json_stringn(out.data, out.len) : NULL;
}

/* What is policy or a default, and what of it was measured. */
static json_t *assumed_entry(const struct judged *judged)
{
    json_t *keepers = json_array();

    for (size_t k = 0; k < judged->board.keeper_count; k++) {
        const struct keeper *keeper = &judged->board.keepers[k];
        json_t *row =
            json_pack("{s:f}", "rho", policy_of(NULL, (enum policy_name)(POLICY_RHO_THIRD + keeper->custody)));

        json_object_set_new(row, "party", keeper->party != NULL ? json_string(keeper->party) : json_null());
        json_array_append_new(keepers, row);
    }
    return json_pack("{s:{s:f, s:f, s:f}, s:f, s:o, s:s, s:s*, s:o}", "rho", "third", policy_of(NULL, POLICY_RHO_THIRD),
                     "sealed", policy_of(NULL, POLICY_RHO_SEALED), "interested", policy_of(NULL, POLICY_RHO_INTERESTED),
                     "eta", policy_of(NULL, POLICY_ETA), "v", shown_text(judged), "retention",
                     "nothing was lost between the time in question and the copy but what V says", "keys",
                     judged->kind == CLAIM_ACCESS ? "the credentials opened then what they open now" : NULL, "keepers",
                     keepers);
}

static json_t *alternatives_entry(const struct judged *judged)
{
    static const struct {
        enum origin origin;
        const char *name;
    } order[] = {{ORIGIN_ELSEWHERE, "taken elsewhere"},
                 {ORIGIN_MADE_UP, "made up"},
                 {ORIGIN_PARTNER, "a partner's"},
                 {ORIGIN_RECYCLED, "recycled"},
                 {ORIGIN_SEED, "seed data"}};
    json_t *rows = json_array();

    for (size_t i = 0; judged->kind == CLAIM_POSSESSION && i < judged->board.item_count; i++) {
        const struct item *item = judged->board.items[i];

        if (!judged->speaks[i] || item->source != SOURCE_MATCH) {
            continue;
        }
        for (size_t o = 0; o < sizeof order / sizeof *order; o++) {
            json_array_append_new(rows, json_pack("{s:s, s:f, s:s}", "name", order[o].name, "log10_lr",
                                                  judged_four(item->log10_against[order[o].origin]), "examination",
                                                  item->examination));
        }
    }
    return rows;
}

/* Every examination that is on the table, whether it speaks or not. */
static json_t *inputs_entry(const struct judged *judged)
{
    json_t *ids = json_array();
    const char *last = "";

    for (size_t i = 0; i < judged->items->count; i++) {
        if (strcmp(judged->items->rows[i].examination, last) != 0) {
            last = judged->items->rows[i].examination;
            json_array_append_new(ids, json_string(last));
        }
    }
    return ids;
}

/* What the calculus was, and how much hangs on what nobody measured. */
static int put_policy(const struct judged *judged, json_t *entry, struct err *err)
{
    OWN(own_json) json_t *rows = NULL;

    TRY(sensitivity_rows(judged, &rows, err));
    return json_object_set(entry, "sensitivity", rows) |
           json_object_set_new(entry, "turns_on", sensitivity_turns(judged, rows)) |
           json_object_set_new(entry, "calculus", json_integer(ASSAY_CALCULUS)) |
           json_object_set_new(entry, "policy", policy_values());
}

static int put_views(const struct judged *judged, json_t *entry)
{
    const char *standard = json_text(judged->claim, "standard_name", NULL);
    int failed =
        json_object_set_new(entry, "burden", burden_entry(judged)) |
        json_object_set_new(entry, "arguments",
                            arguments_entry(judged, json_object_get(entry, "for"), json_object_get(entry, "against")));

    if (standard != NULL) {
        failed |= json_object_set_new(entry, "standard_name", json_string(standard));
    }
    return failed | json_object_set_new(entry, "ach", judged->has_ratio ? ach_view(judged) : json_null());
}

static void add_index(json_t *list, const json_t *entry)
{
    json_t *n = json_object_get(entry, "n");

    for (size_t i = 0; n != NULL && i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), n)) {
            return;
        }
    }
    if (n != NULL) {
        json_array_append(list, n);
    }
}

/* Where in the ledger they stand: the claim, then each examination with what it examined. */
static json_t *indices_entry(const struct judged *judged)
{
    json_t *list = json_array();
    const json_t *exams = json_object_get(judged->model, "examinations");

    add_index(list, judged->claim);
    for (size_t i = 0; i < judged->items->count; i++) {
        const json_t *exam = json_find(exams, "id", judged->items->rows[i].examination);
        size_t e;
        const json_t *id;

        add_index(list, exam);
        add_index(list, json_find(json_object_get(judged->model, "private"), "id", judged->items->rows[i].examination));
        for (size_t r = 0; judged->items->rows[i].is_confirmation && r < judged->items->rows[i].record_count; r++) {
            add_index(list, json_find(json_object_get(judged->model, "confirmations"), "id",
                                      judged->items->rows[i].records[r]));
        }
        json_array_foreach(json_object_get(exam, "evidence"), e, id)
        {
            add_index(list, evidence_by_id(judged->model, json_string_value(id)));
        }
    }
    return list;
}

json_t *verdict_entry(const struct judged *judged, struct err *err)
{
    char words[64];
    struct judged lent = *judged;
    json_t *flips = flips_entry(judged, err);

    if (flips == NULL) {
        return NULL;
    }
    json_t *ratio = judged->has_ratio ? json_real(judged_four(judged->outcome.log10_lr)) : json_null();
    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:b, s:o, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "type", "verdict",
        "claim", json_text(judged->claim, "id", ""), "direction", direction_name(judged->outcome.direction), "log10_lr",
        ratio, "words", strength_words(judged, words), "below_standard",
        judged->has_ratio && judged->outcome.direction == DIRECTION_UNDETERMINED, "coverage", coverage_entry(judged),
        "standard", json_num(judged->claim, "standard", 100), "alternatives", alternatives_entry(judged), "stories",
        judged->has_ratio ? stories_entry(judged) : json_null(), "flips", flips, "settle", advice_list(&lent), "why",
        why_text(judged), "inputs", inputs_entry(judged), "indices", indices_entry(judged), "assumed",
        assumed_entry(judged), "means", claim_means(judged->claim, judged->kind));
    if (entry == NULL || put_items(judged, entry) != 0 || put_views(judged, entry) != 0) {
        json_decref(entry);
        (void)err_no_memory(err);
        return NULL;
    }
    if (put_policy(judged, entry, err) != 0) {
        json_decref(entry);
        return NULL;
    }
    return entry;
}

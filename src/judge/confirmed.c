/* An examiner who reads an exhibit and confirms what was found there, or does not: an examination of its own, with its own rate
 * (docs/verdict.md, "Confirmations").
 *
 * What one examiner says of one examination's findings is one item: K of the N findings he read are confirmed, among M that were
 * made. It lies with the keeper of the exhibit, since what was planted there deceives a reader, too. All without a side who read
 * findings of one kind are one group, of which one speaks. Whoever took a side on the claim is heard only where nobody without one read
 * the same, one voice a side, and his word counts as what an interested party keeps, but for a word against his own side. A word given
 * under a name that was in other hands is told and not weighed. */
#include <stdio.h>

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { GROUP_CONFIRMED = 1 << 20 };

/* What a finding is evidence of, for this claim; SOURCE_COUNT: nothing that is weighed. */
static enum source source_of(const json_t *exam, const char *class, enum claim_kind kind)
{
    const char *engine = json_text(exam, "engine", "");
    const bool takes_part = kind == CLAIM_TAKING || kind == CLAIM_POSSESSION;

    if (strcmp(engine, "sweep") == 0) {
        return class_is_planted(class) ? SOURCE_TREE : SOURCE_COUNT;
    }
    if (strcmp(engine, "trace") == 0) {
        return strcmp(class, "taking") == 0 && takes_part ? SOURCE_LOG_TAKING
               : strcmp(class, "use") == 0 && !takes_part ? SOURCE_LOG_USE
                                                          : SOURCE_COUNT;
    }
    return SOURCE_COUNT;
}

static const char *rate_name_of(enum source source)
{
    return source == SOURCE_TREE ? "planted" : source == SOURCE_LOG_USE ? "use" : "taking";
}

/* Findings of the examination of the same kind as the one that was read. */
static uint64_t made_of(const json_t *exam, enum source source, enum claim_kind kind)
{
    uint64_t made = 0;
    size_t i;
    const json_t *row;
    const char *class;
    json_t *left_out = json_object_get(json_object_get(exam, "left_out"), "findings"), *count;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        made += strcmp(json_text(row, "type", ""), "finding") == 0 &&
                source_of(exam, json_text(json_object_get(row, "record"), "class", ""), kind) == source;
    }
    json_object_foreach(left_out, class, count)
    {
        made += source_of(exam, class, kind) == source ? (uint64_t)json_integer_value(count) : 0;
    }
    return made;
}

/* The examiner's own rate, else a measured one. */
static bool rate_of(const json_t *confirmation, const json_t *rates, enum source source, struct item *item)
{
    const json_t *stated = json_object_get(confirmation, "rate");
    const json_t *entry = stated != NULL ? stated : rates_entry(rates, "confirm", rate_name_of(source));

    item->unit_count = 1;
    return rates_counts(json_object_get(entry, "recall"), &item->recall) &&
           rates_counts(json_object_get(entry, "false"), &item->units[0].false_alarms);
}

/* A word for one's own side is doctored as easily as what one keeps; a word against it is not. */
static enum held held_by(enum stance stance, double confirmed)
{
    return (stance == STANCE_TRUE && confirmed > 0) || (stance == STANCE_FALSE && confirmed <= 0) ? HELD_BY_INTERESTED
                                                                                                  : HELD_BY_THIRD;
}

/* Whether this row is about a finding of the examination that the item speaks of. */
static const json_t *finding_read(const struct items_place *place, const json_t *confirmation, enum claim_kind kind,
                                  enum source *ret_source)
{
    if (strcmp(json_text(confirmation, "examination", ""), json_text(place->exam, "id", "?")) != 0) {
        return NULL;
    }
    const json_t *row =
        json_find(json_object_get(place->exam, "records"), "id", json_text(confirmation, "finding", ""));
    const json_t *record = json_object_get(row, "record");

    *ret_source = source_of(place->exam, json_text(record, "class", ""), kind);
    return *ret_source != SOURCE_COUNT ? record : NULL;
}

/* Whether the name that confirms was in other hands when it did: then nobody knows whose word it is. */
static bool is_hijacked(const json_t *model, const json_t *confirmation)
{
    OWN(own_json)
    json_t *said = json_pack("{s:s, s:s}", "party", json_text(confirmation, "party", ""), "said",
                             json_text(confirmation, "time", ""));
    return assay_case_is_hijacked(model, said, NULL);
}

/* What of an examiner's words decides whether they are weighed. */
struct word_of {
    bool is_rated, is_one_rate, is_own; /* at a rate; at one; nobody else had the name */
};

/* Why it is not weighed, or at whose rate. */
static void note(struct item *item, const json_t *confirmation, const char *examiner, const struct word_of *word)
{
    const json_t *stated = json_object_get(confirmation, "rate");

    if (!word->is_own) {
        snprintf(item->note, sizeof item->note,
                 "by %.64s, whose name was in other hands at the time, so it is told and not weighed", examiner);
        return;
    }
    if (!word->is_one_rate) {
        snprintf(item->note, sizeof item->note, "by %.64s, who states two rates, so it is told and not weighed",
                 examiner);
        return;
    }
    if (json_text(confirmation, "sha256", NULL) == NULL) {
        snprintf(item->note, sizeof item->note,
                 "by %.64s; the exhibit could not be read again, so it is told and not weighed", examiner);
    } else if (!word->is_rated) {
        snprintf(item->note, sizeof item->note,
                 "by %.64s; no rate is measured or stated, so it is told and not weighed", examiner);
    } else {
        snprintf(item->note, sizeof item->note, "by %.64s%s%.300s", examiner,
                 stated != NULL ? ", at a rate that is stated, not measured here: " : "",
                 json_text(stated, "source", ""));
    }
}

/* All that this examiner says of this examination, from his first word on. */
static int add_examiner(const struct items_place *place, enum claim_kind kind, size_t first, enum source source,
                        struct err *err)
{
    const json_t *all = json_object_get(place->model, "confirmations");
    const json_t *said = json_array_get(all, first);
    const char *examiner = json_text(said, "party", "");
    const enum stance side = stance_of(place->model, examiner, place->claim);
    const json_t *ids = json_object_get(place->exam, "evidence");
    const json_t *evidence = evidence_by_id(place->model, json_string_value(json_array_get(ids, 0)));
    struct item item = {.source = source,
                        .group = GROUP_CONFIRMED + 4 * (unsigned)source + (unsigned)side,
                        .is_confirmation = true,
                        .is_partisan = side != STANCE_NONE,
                        .window_known = true,
                        .unit_name = "findings",
                        .examination = json_text(said, "id", ""),
                        .engine = "confirm"};
    bool is_read = json_text(said, "sha256", NULL) != NULL;
    struct word_of word = {.is_one_rate = true, .is_own = true};

    for (size_t i = first; i < json_array_size(all); i++) {
        const json_t *row = json_array_get(all, i);
        enum source other;

        if (strcmp(json_text(row, "party", ""), examiner) != 0 || finding_read(place, row, kind, &other) == NULL ||
            other != source) {
            continue;
        }
        is_read = is_read && json_text(row, "sha256", NULL) != NULL;
        const json_t *rate = json_object_get(row, "rate"), *first_rate = json_object_get(said, "rate");
        word.is_one_rate = word.is_one_rate && (rate == first_rate || json_equal(rate, first_rate));
        word.is_own = word.is_own && !is_hijacked(place->model, row);
        item.units[0].looked_at++;
        item.units[0].found += json_bool(row, "agrees", false);
        if (item.record_count < RECORD_MAX) {
            item.records[item.record_count++] = json_text(row, "id", "");
        }
    }
    item.n = (uint64_t)item.units[0].looked_at;
    item.of = made_of(place->exam, source, kind);
    item.coverage = item.of > 0 && item.n < item.of ? (double)item.n / (double)item.of : 1;
    item.held = held_by(side, item.units[0].found);
    word.is_rated = rate_of(said, place->rates, source, &item);
    item.is_measured = word.is_rated && is_read && word.is_one_rate && word.is_own;
    snprintf(item.rate_name, sizeof item.rate_name, "%s", rate_name_of(source));
    note(&item, said, examiner, &word);
    TRY(items_keeper(place->items, evidence, &item.keeper, err));
    return items_add(place->items, &item, err);
}

/* Whether an earlier row of the same examiner stands for this one. */
static bool is_heard(const struct items_place *place, enum claim_kind kind, size_t index, enum source source)
{
    const json_t *all = json_object_get(place->model, "confirmations");
    const char *examiner = json_text(json_array_get(all, index), "party", "");

    for (size_t i = 0; i < index; i++) {
        const json_t *row = json_array_get(all, i);
        enum source other;

        if (strcmp(json_text(row, "party", ""), examiner) == 0 && finding_read(place, row, kind, &other) != NULL &&
            other == source) {
            return true;
        }
    }
    return false;
}

int confirmed_items(const struct items_place *place, enum claim_kind kind, struct err *err)
{
    size_t i;
    const json_t *row;

    if (strcmp(json_text(place->exam, "status", ""), "done") != 0) {
        return 0;
    }
    json_array_foreach(json_object_get(place->model, "confirmations"), i, row)
    {
        enum source source;

        if (finding_read(place, row, kind, &source) != NULL && !is_heard(place, kind, i, source)) {
            TRY(add_examiner(place, kind, i, source, err));
        }
    }
    return 0;
}

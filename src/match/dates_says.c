/* What the summary says of dates and versions. No value of a row: instants of exports, counts, numbers of rows. */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "match/backup.h"
#include "match/says.h"

#include "base/banned.h"

json_t *says_time(bool is_there, int64_t seconds)
{
    char text[TIME_TEXT];
    if (!is_there || seconds < -INT64_C(9000000000) || seconds > INT64_C(9000000000)) {
        return json_null();
    }
    time_rfc3339(text, seconds * NS_PER_S);
    return json_string(text);
}

static json_t *count_of(uint64_t count)
{
    return json_integer((json_int_t)count);
}

static json_t *hard_json(const struct evidence *evidence)
{
    bool has_lo = evidence->has_dating && evidence->dating.hard_lo != LINK_NO_TIME;
    bool closed = evidence->has_dating && !evidence->is_open;
    return json_pack("[o, o]", says_time(has_lo, evidence->dating.hard_lo),
                     says_time(closed, evidence->dating.hard_hi));
}

static json_t *soft_json(const struct evidence *evidence)
{
    const struct dating_result *dating = &evidence->dating;
    if (!evidence->has_dating || !dating->has_soft) {
        return json_null();
    }
    int64_t hi = dating->soft_hi < dating->hard_hi ? dating->soft_hi : dating->hard_hi;
    return json_pack("[o, o]", says_time(dating->hard_lo != LINK_NO_TIME, dating->hard_lo), says_time(true, hi));
}

/* B.4: the fewest exports that explain every row, and the rows that the best single date does not explain. */
static void put_exports(json_t *dates, const struct evidence *evidence)
{
    const struct dating_result *dating = &evidence->dating;
    json_t *exports = json_array();
    json_t *numbers = json_array();
    for (size_t i = 0; i < dating->exports && i < DATING_EXPORTS_TOLD; i++) {
        const struct dating_export *one = &dating->told[i];
        (void)json_array_append_new(exports, json_pack("{s:[o, o], s:o}", "between",
                                                       says_time(one->from != LINK_NO_TIME, one->from),
                                                       says_time(true, one->until), "rows", count_of(one->rows)));
    }
    for (size_t i = 0; i < evidence->told.against_count; i++) {
        (void)json_array_append_new(numbers, count_of(evidence->told.against[i] + 1));
    }
    (void)json_object_set_new(dates, "exports", exports);
    (void)json_object_set_new(dates, "rows_of_no_date", count_of(dating->impossible));
    (void)json_object_set_new(dates, "best", says_time(true, dating->best));
    (void)json_object_set_new(dates, "rows_against", count_of(dating->contradicted));
    (void)json_object_set_new(dates, "rows_against_numbers", numbers);
}

static json_t *months_json(const struct dates_told *told)
{
    char first[16];
    if (told->bucket_count == 0) {
        return json_null();
    }
    int64_t year = 1970 + (told->first_month >= 0 ? told->first_month / 12 : -((11 - told->first_month) / 12));
    (void)snprintf(first, sizeof(first), "%04d-%02d", (int)year, (int)(told->first_month - (year - 1970) * 12 + 1));
    json_t *from = json_array();
    json_t *until = json_array();
    for (size_t i = 0; i < told->bucket_count; i++) {
        (void)json_array_append_new(from, count_of(told->from[i]));
        (void)json_array_append_new(until, count_of(told->until[i]));
    }
    return json_pack("{s:s, s:I, s:o, s:o, s:o}", "first", first, "months", (json_int_t)told->months, "from", from,
                     "until", until, "open", count_of(told->open));
}

static json_t *state_json(const struct state *state)
{
    const uint64_t *count = state->count;
    json_t *body = json_pack(
        "{s:o, s:[o, o], s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "source", assay_text(str_of(state->name), 4096),
        "date", says_time(state->from != LINK_NO_TIME, state->from), says_time(state->until != INT64_MAX, state->until),
        "table", state->rows == NULL ? json_null() : assay_text(str_of(state->table), SET_NAME_BYTES_MAX), "rows",
        count_of(state->table_rows), "rows_present",
        count_of(count[PRESENCE_THERE] + count[PRESENCE_SAME] + count[PRESENCE_OLDER] + count[PRESENCE_NEWER] +
                 count[PRESENCE_OTHER]),
        "rows_absent", count_of(count[PRESENCE_ABSENT]), "rows_same", count_of(count[PRESENCE_SAME]), "rows_older",
        count_of(count[PRESENCE_OLDER]), "rows_newer", count_of(count[PRESENCE_NEWER]), "rows_other",
        count_of(count[PRESENCE_OTHER] + count[PRESENCE_APART]), "rows_unclear",
        count_of(count[PRESENCE_UNCLEAR] + count[PRESENCE_AGAINST]));
    if (body == NULL) {
        return NULL;
    }
    (void)json_object_set_new(body, "whole", json_boolean(state->is_whole));
    if (state->missing > 0) {
        (void)json_object_set_new(body, "rows_missing", count_of(state->missing));
    }
    if (state->too_new > 0) {
        (void)json_object_set_new(body, "rows_too_new", count_of(state->too_new));
        (void)json_object_set_new(body, "newest", says_time(true, state->newest));
    }
    if (state->why != NULL) {
        (void)json_object_set_new(body, "why", json_string(state->why));
    }
    return body;
}

static json_t *backups_json(const struct backups *backups)
{
    json_t *list = json_array();
    for (size_t i = 1; i < backups->state_count; i++) {
        (void)json_array_append_new(list, state_json(&backups->states[i]));
    }
    return list;
}

static json_t *zone_json(const struct season *season)
{
    if (season->rule == NULL) {
        return json_null();
    }
    return json_pack("{s:s, s:I, s:s, s:o, s:o}", "family", season->family, "standard_s",
                     (json_int_t)season->standard_s, "local", season->is_table_local ? "reference" : "sample",
                     "rows_standard", count_of(season->standard_rows), "rows_daylight",
                     count_of(season->daylight_rows));
}

static json_t *dates_json(const struct evidence *evidence, const struct backups *backups, enum assay_match_rows rows)
{
    const struct dating_result *dating = &evidence->dating;
    const char *basis = !evidence->has_dating || !dating->has_soft ? "any choice of rows"
                        : rows == ASSAY_ROWS_RANDOM                ? "declared random"
                                                                   : "looks random";
    json_t *dates =
        json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "hard", hard_json(evidence), "soft", soft_json(evidence),
                  "basis", basis, "rows", count_of(evidence->told.rows), "exports_at_least",
                  evidence->has_dating ? count_of(dating->exports) : json_null(), "zone", zone_json(&evidence->season),
                  "backups", backups_json(backups), "months", months_json(&evidence->told));
    if (dates == NULL) {
        return NULL;
    }
    if (evidence->has_dating && dating->is_empty) {
        put_exports(dates, evidence);
    }
    if (backups->states[0].from != LINK_NO_TIME) {
        (void)json_object_set_new(dates, "reference", state_json(&backups->states[0]));
    }
    if (backups->is_declared_complete) {
        json_t *claim =
            json_pack("{s:o, s:s*}", "rows_lacking", count_of(backups->lacking), "why", backups->complete_why);
        (void)json_object_set_new(dates, "complete", claim);
    }
    return dates;
}

void dates_put(json_t *body, const struct evidence *evidence, const struct backups *backups, enum assay_match_rows rows)
{
    const struct dating_result *dating = &evidence->dating;
    (void)json_object_set_new(body, "taken_between", hard_json(evidence));
    (void)json_object_set_new(body, "taken_soft", soft_json(evidence));
    if (evidence->has_dating && dating->is_empty) {
        (void)json_object_set_new(body, "exports_at_least", count_of(dating->exports));
        (void)json_object_set_new(body, "rows_against_best_date", count_of(dating->contradicted));
        (void)json_object_set_new(body, "best_date", says_time(true, dating->best));
    }
    (void)json_object_set_new(body, "clock_offset_s",
                              evidence->has_offset ? json_integer(evidence->offset_s) : json_null());
    if (evidence->offset.is_merged) {
        (void)json_object_set_new(body, "second_clock_offset_s", json_integer(evidence->offset.second_seconds));
    }
    (void)json_object_set_new(body, "dates", dates_json(evidence, backups, rows));
    const uint64_t *versions = backups->versions;
    (void)json_object_set_new(
        body, "versions",
        json_pack("{s:o, s:o, s:o, s:o, s:o}", "current", count_of(versions[VERSION_CURRENT]), "older",
                  count_of(versions[VERSION_OLDER]), "newer", count_of(versions[VERSION_NEWER]), "contradicting",
                  count_of(versions[VERSION_CONTRADICTING]), "unknown", count_of(versions[VERSION_UNKNOWN])));
    (void)json_object_set_new(body, "rows_changed_since", count_of(backups->changed_since));
    (void)json_object_set_new(body, "rows_deleted_since", count_of(backups->deleted_since));
    if (backups->marked_deleted > 0) {
        (void)json_object_set_new(body, "rows_marked_deleted", count_of(backups->marked_deleted));
    }
}

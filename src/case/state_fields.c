/* The keys of a statements file (docs/statements.md), as tables: what each is called, what it becomes, what it may hold. */
#include <stdio.h>

#include "base/json.h"
#include "base/mask.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/state.h"

#include "base/banned.h"

static field_reader_function field_map, field_maps, field_compromised, field_about, field_answered;

static const char *const party_kinds[] = {"person", "company", "group", "account", "publication", NULL};
static const char *const claim_kinds[] = {"entry", "use", "access", "taking", "possession", "ransom", "actor", NULL};
static const char *const extents[] = {"part", "entire", NULL};
static const char *const calendars[] = {"weekends", "US", "EU", "IN", NULL};
static const char *const starts[] = {"aware", "material", "classified", "reported", NULL};
static const char *const acts[] = {"asserts", "denies", "demands", "reports", "replies", "retracts", NULL};

static const struct field window_fields[] = {
    {"from", "from", field_time, false, NULL}, {"to", "to", field_time, false, NULL}, {0}};

static const struct field compromised_fields[] = {{"from", "from", field_time, false, NULL},
                                                  {"to", "to", field_time, false, NULL},
                                                  {"source", "source", field_text, false, NULL},
                                                  {"channel", "channel", field_text, false, NULL},
                                                  {0}};

static const struct field affiliation_fields[] = {{"with", "with", field_mention, true, "party"},
                                                  {"as", "as", field_text, false, NULL},
                                                  {"from", "from", field_time, false, NULL},
                                                  {"to", "to", field_time, false, NULL},
                                                  {"source", "source", field_text, true, NULL},
                                                  {"dated", "dated", field_time, true, NULL},
                                                  {0}};

static const struct field notice_fields[] = {{"to", "to", field_mention, true, "party"},
                                             {"due", "due", field_due, true, NULL},
                                             {"served", "served", field_time, false, NULL},
                                             {"calendar", "calendar", field_word, false, calendars},
                                             {"holidays", "holidays", field_days, false, NULL},
                                             {"zone", "zone", field_zone, false, NULL},
                                             {"demands", "demands", field_texts, false, NULL},
                                             {"threat", "threat", field_text, false, NULL},
                                             {0}};

/* Since when a party knew, as a statement says it. */
static const struct field aware_fields[] = {
    {"party", "party", field_mention, true, "party"}, {"time", "at", field_time, true, NULL}, {0}};

static const struct field answered_fields[] = {{"time", "at", field_time, true, NULL},
                                               {"text", "text", field_text, true, NULL},
                                               {"statement", "statement", field_mention, false, "statement"},
                                               {0}};

static const struct field case_fields[] = {{"name", "name", field_text, false, NULL},
                                           {"question", "question", field_text, false, NULL},
                                           {"window", "window", field_map, false, window_fields},
                                           {0}};

static const struct field party_fields[] = {
    {"id", "id", field_id, true, NULL},
    {"name", "name", field_text, true, NULL},
    {"kind", "kind", field_word, true, party_kinds},
    {"compromised", "compromised", field_compromised, false, compromised_fields},
    {"affiliation", "affiliation", field_maps, false, affiliation_fields},
    {"duties", "duties", field_texts, false, NULL},
    {0}};

static const struct field claim_fields[] = {{"id", "id", field_id, true, NULL},
                                            {"kind", "kind", field_word, true, claim_kinds},
                                            {"text", "text", field_text, true, NULL},
                                            {"standard", "standard", field_standard, false, NULL},
                                            {"burden", "burden", field_mention, false, "party"},
                                            {"extent", "extent", field_word, false, extents},
                                            {"window", "window", field_map, false, window_fields},
                                            {0}};

static const struct field statement_fields[] = {{"id", "id", field_id, true, NULL},
                                                {"party", "party", field_mention, true, "party"},
                                                {"act", "act", field_word, true, acts},
                                                {"time", "said", field_time, true, NULL},
                                                {"channel", "channel", field_text, false, NULL},
                                                {"grade", "grade", field_grade, false, NULL},
                                                {"text", "text", field_text, true, NULL},
                                                {"claims", "claims", field_mentions, false, "claim"},
                                                {"relays", "relays", field_mentions, false, "statement"},
                                                {"retracts", "retracts", field_mentions, false, "statement"},
                                                {"answers", "answers", field_mentions, false, "statement"},
                                                {"aware", "aware", field_map, false, aware_fields},
                                                {"source", "source", field_text, false, NULL},
                                                {"notice", "notice", field_map, false, notice_fields},
                                                {0}};

static const struct field reply_fields[] = {{"id", "id", field_id, true, NULL},
                                            {"party", "party", field_mention, true, "party"},
                                            {"by", "asked_by", field_mention, false, "party"},
                                            {"about", "about", field_about, true, NULL},
                                            {"asked", "asked", field_time, true, NULL},
                                            {"channel", "channel", field_text, true, NULL},
                                            {"until", "until", field_due, false, NULL},
                                            {"calendar", "calendar", field_word, false, calendars},
                                            {"holidays", "holidays", field_days, false, NULL},
                                            {"zone", "zone", field_zone, false, NULL},
                                            {"answered", "answered", field_answered, false, answered_fields},
                                            {0}};

static const struct field clock_fields[] = {{"id", "id", field_id, true, NULL},
                                            {"party", "party", field_mention, true, "party"},
                                            {"what", "what", field_word, true, starts},
                                            {"time", "at", field_time, true, NULL},
                                            {"by", "said_by", field_mention, false, "party"},
                                            {"duty", "duty", field_text, false, NULL},
                                            {"source", "source", field_text, false, NULL},
                                            {0}};

const struct state_list state_lists[STATE_LISTS] = {{"case", "case", case_fields},
                                                    {"parties", "party", party_fields},
                                                    {"claims", "claim", claim_fields},
                                                    {"statements", "statement", statement_fields},
                                                    {"replies", "right-of-reply", reply_fields},
                                                    {"clocks", "clock", clock_fields}};

static const struct field *fields_of(const char *type)
{
    size_t i = 0;
    while (strcmp(state_lists[i].type, type) != 0) {
        i++;
    }
    return state_lists[i].fields;
}

static int unknown_key(const struct state *state, const struct field *fields, const struct yaml *key)
{
    const char *words[FIELDS_MAX] = {NULL};
    OWN(own_buf) struct buf all = {0};
    for (size_t i = 0; fields[i].key != NULL && i + 1 < FIELDS_MAX; i++) {
        words[i] = fields[i].key;
        buf_printf(&all, "%s%s", i != 0 ? ", " : "", fields[i].key);
    }
    TRY(buf_check(&all, state->err));
    const char *meant = state_nearest(key->text, words);
    (void)state_fail(state, key, "unknown key '%.*s'%s%s%s", STR_FMT(str_slice(key->text, 0, 60)),
                     meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "", meant != NULL ? "?" : "");
    return err_remedy(state->err, "the keys here are %s", all.data);
}

int state_fields(struct state *state, const struct field *fields, const char *what, const struct yaml *map,
                 json_t *into)
{
    for (const struct yaml *member = map->first; member != NULL; member = member->next) {
        const struct field *field = fields;
        while (field->key != NULL && !str_eq(str_of(field->key), member->key->text)) {
            field++;
        }
        if (field->key == NULL) {
            return unknown_key(state, fields, member->key);
        }
        TRY(field->read(state, field, member, into));
    }
    for (const struct field *field = fields; field->key != NULL; field++) {
        if (field->is_required && json_object_get(into, field->member) == NULL) {
            return state_fail(state, map, "a %s needs '%s'", what, field->key);
        }
    }
    return 0;
}

static int check_order(const struct state *state, const struct yaml *map, const json_t *window)
{
    int64_t from = time_parse(str_of(json_text(window, "from", "")));
    int64_t to = time_parse(str_of(json_text(window, "to", "")));
    return from != TIME_NONE && to != TIME_NONE && from > to ? state_fail(state, map, "ends before it begins") : 0;
}

static int read_map(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    if (value->kind != YAML_MAP) {
        return state_fail(state, value, "'%s' is written as keys and values", field->key);
    }
    TRY(state_fields(state, field->with, field->key, value, into));
    return field->with == notice_fields ? state_settle_due(state, value, into, "due") : check_order(state, value, into);
}

static int field_map(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *inner = json_object();
    TRY(state_set(state, into, field->member, inner));
    return read_map(state, field, value, inner);
}

/* A list of mappings, or a single one. */
static int field_maps(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *list = json_array();
    TRY(state_set(state, into, field->member, list));
    for (const struct yaml *item = value->kind == YAML_LIST ? value->first : value; item != NULL; item = item->next) {
        json_t *inner = json_object();
        if (json_array_append_new(list, inner) != 0) {
            return state_no_memory(state);
        }
        TRY(read_map(state, field, item, inner));
        if (value->kind != YAML_LIST) {
            break;
        }
    }
    return 0;
}

/* In other hands: the whole party, or one of its channels. */
static int field_compromised(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    OWN(own_json) json_t *spans = json_object();
    json_t *channels = json_array();
    if (spans == NULL || json_object_set_new(spans, "channels", channels) != 0) {
        return state_no_memory(state);
    }
    TRY(field_maps(state, &(struct field){field->key, "all", NULL, false, field->with}, value, spans));
    const json_t *all = json_object_get(spans, "all");
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *span = json_array_get(all, i);
        if (json_object_get(span, "channel") != NULL) {
            if (json_array_append(channels, span) != 0) {
                return state_no_memory(state);
            }
        } else if (json_object_get(into, field->member) != NULL) {
            (void)state_fail(state, value, "the whole party is compromised twice");
            return err_remedy(state->err, "one span without a channel; a span with a channel is of that channel alone");
        } else {
            TRY(state_set(state, into, field->member, json_incref(span)));
        }
    }
    return json_array_size(channels) == 0 ? 0 : state_set(state, into, "compromised_channels", json_incref(channels));
}

/* Statements and claims, in one list. */
static int field_about(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    return field_mentions(state, &(struct field){field->key, field->member, NULL, false, "statement or claim"}, value,
                          into);
}

/* When and what; or "no", said by whoever asked. */
static int field_answered(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    if (value->kind == YAML_TEXT && str_eq(value->text, STR("no"))) {
        return state_set(state, into, field->member, json_false());
    }
    if (value->kind != YAML_MAP) {
        (void)state_fail(state, value, "'answered' is 'no', or says when and what");
        return err_remedy(state->err, "answered: {time: 2026-03-31, text: what was answered, statement: S7}");
    }
    return field_map(state, field, value, into);
}

static int complete(struct state *state, const char *type, const struct yaml *map, json_t *entry)
{
    if (strcmp(type, "case") == 0) {
        return state_set(state, entry, "id", json_string("case"));
    }
    if (strcmp(type, "right-of-reply") == 0) {
        return state_settle_due(state, map, entry, "until");
    }
    if (strcmp(type, "clock") == 0 && strcmp(json_text(entry, "what", ""), "reported") == 0 &&
        json_object_get(entry, "duty") == NULL) {
        (void)state_fail(state, map, "a clock that says 'reported' needs 'duty'");
        return err_remedy(state->err, "the id of a row of data/deadlines.yaml, such as duty: gdpr-authority");
    }
    if (json_object_get(entry, "retracts") != NULL && strcmp(json_text(entry, "act", ""), "retracts") != 0) {
        return state_fail(state, map, "only a statement that retracts says what it 'retracts'");
    }
    if (strcmp(type, "claim") == 0 && json_object_get(entry, "standard") == NULL) {
        return state_set(state, entry, "standard", json_integer(100));
    }
    if (json_object_get(entry, "notice") != NULL && strcmp(json_text(entry, "act", ""), "demands") != 0) {
        return state_fail(state, map, "only a statement that demands carries a notice");
    }
    return 0;
}

int state_read_thing(struct state *state, const char *type, const struct yaml *map, json_t **ret_entry)
{
    OWN(own_json) json_t *entry = json_object();
    TRY(state_set(state, entry, "type", json_string(type)));
    TRY(state_fields(state, fields_of(type), type, map, entry));
    TRY(complete(state, type, map, entry));
    *ret_entry = json_incref(entry);
    return 0;
}

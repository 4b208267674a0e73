/* VERIS 1.4 (verisframework.org; schema verisc-merged of the release 1.4.0): one incident. Its words are few, and most cannot say
 * "alleged": what the verdicts do not support is left "Unknown" or "Potentially", and the claims stand in words in notes. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

static const char *const entered[] = {"entry", "use", NULL};
static const char *const used[] = {"use", NULL};
static const char *const planted[] = {"entry", NULL};
static const char *const taken[] = {"taking", "possession", NULL};
static const char *const reached[] = {"access", NULL};
static const char *const any_breach[] = {"entry", "use", "access", "taking", NULL};
static const char *const ransom[] = {"ransom", NULL};

static bool has_kind(const struct export *from, const char *const *kinds)
{
    size_t i;
    const json_t *claim;
    json_array_foreach(fact_list(from, "claims"), i, claim)
    {
        for (const char *const *kind = kinds; *kind != NULL; kind++) {
            if (strcmp(json_text(claim, "kind", ""), *kind) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool all_refuted(const struct export *from, const char *const *kinds)
{
    return has_kind(from, kinds) && fact_any(from, kinds, "refuted") && !fact_any(from, kinds, "supported") &&
           !fact_any(from, kinds, "undetermined") && !fact_any(from, kinds, "");
}

/* "Confirmed" needs one supported claim that somebody came in or took something; "False positive", that every one is refuted. */
static const char *incident_word(const struct export *from)
{
    static const char *const real[] = {"use", "taking", NULL};
    return fact_any(from, real, "supported") ? "Confirmed"
           : all_refuted(from, any_breach)   ? "False positive"
                                             : "Suspected";
}

static const char *disclosure_word(const struct export *from)
{
    return fact_any(from, taken, "supported") ? "Yes"
           : all_refuted(from, taken)         ? "No"
           : has_kind(from, taken)            ? "Potentially"
                                              : "Unknown";
}

static json_t *actions(const struct export *from)
{
    json_t *action = json_object();
    if (fact_any(from, used, "supported")) {
        (void)json_object_set_new(action, "hacking",
                                  json_pack("{s:[s], s:[s]}", "variety", "Backdoor", "vector", "Web application"));
    }
    if (fact_any(from, planted, "supported")) {
        (void)json_object_set_new(action, "malware",
                                  json_pack("{s:[s], s:[s]}", "variety", "Backdoor", "vector", "Unknown"));
    }
    if (fact_any(from, ransom, "supported")) {
        (void)json_object_set_new(
            action, "social",
            json_pack("{s:[s], s:[s], s:[s]}", "variety", "Extortion", "vector", "Unknown", "target", "Unknown"));
    }
    if (json_object_size(action) == 0) {
        (void)json_object_set_new(action, "unknown", json_object());
    }
    return action;
}

static json_t *assets(const struct export *from)
{
    json_t *list = json_array();
    if (has_kind(from, entered)) {
        (void)json_array_append_new(list, json_pack("{s:s}", "variety", "S - Web application"));
    }
    if (has_kind(from, taken) || has_kind(from, reached)) {
        (void)json_array_append_new(list, json_pack("{s:s}", "variety", "S - Database"));
    }
    if (json_array_size(list) == 0) {
        (void)json_array_append_new(list, json_pack("{s:s}", "variety", "S - Unknown"));
    }
    return json_pack("{s:o*, s:[s]}", "assets", list, "cloud", "Unknown");
}

/* The earliest time at which the case says that something may have happened: the window's begin, else the first statement's. */
static json_t *timeline(const struct export *from)
{
    const char *first = json_text(json_object_get(from->kase, "window"), "from", NULL);
    if (first == NULL) {
        first = json_text(json_array_get(fact_list(from, "statements"), 0), "said", json_text(from->kase, "time", ""));
    }
    int64_t instant = time_parse(str_of(first));
    instant = instant != TIME_NONE ? instant : time_parse(str_of(json_text(from->kase, "time", "")));
    if (instant == TIME_NONE) {
        return NULL; /* no year is known, and none is made up */
    }
    int64_t year = 1970;
    unsigned month = 1, day = 1;
    int64_t day_ns = 86400 * NS_PER_S;
    time_date(instant / day_ns - (instant % day_ns < 0 ? 1 : 0), &year, &month, &day);
    return json_pack("{s:{s:I, s:i, s:i}}", "incident", "year", (json_int_t)year, "month", (int)month, "day", (int)day);
}

static json_t *claims_text(const struct export *from)
{
    OWN(own_buf) struct buf text = {0};
    size_t i;
    const json_t *claim;
    json_array_foreach(fact_list(from, "claims"), i, claim)
    {
        const char *id = json_text(claim, "id", "");
        buf_printf(&text, "%s%s (%s): %s ", i > 0 ? "\n" : "", id, json_text(claim, "kind", "?"),
                   json_text(claim, "text", ""));
        fact_says(&text, fact_verdict(from, id));
        buf_puts(&text, ".");
    }
    if (i == 0) {
        buf_puts(&text, "The case holds no claim.");
    }
    return export_text(&text);
}

/* How it came to light is the first thing said about it. */
static json_t *discovery(const struct export *from)
{
    const json_t *first = json_array_get(fact_list(from, "statements"), 0);
    const char *party = json_text(first, "party", "");
    const char *kind = json_text(json_find(fact_list(from, "parties"), "id", party), "kind", "");
    bool is_actor = strcmp(kind, "group") == 0 || strcmp(kind, "account") == 0;
    return first == NULL ? json_pack("{s:b}", "unknown", 1)
                         : json_pack("{s:{s:[s]}}", "external", "variety", is_actor ? "Actor disclosure" : "Unknown");
}

int export_veris(const struct export *from, struct buf *out, struct err *err)
{
    char id[UUID_TEXT];
    uuid_within(id, from, "veris", "incident");
    const char *question = json_text(from->kase, "question", NULL);
    json_t *document = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:{s:{s:s}}, s:{s:{s:s}}}", "schema_version", "1.4.0",
        "incident_id", id, "security_incident", incident_word(from), "reference", json_text(from->kase, "origin", ""),
        "summary", question != NULL ? question : json_text(from->kase, "name", ""), "action", actions(from), "asset",
        assets(from), "timeline", timeline(from), "discovery_method", discovery(from), "notes", claims_text(from),
        "attribute", "confidentiality", "data_disclosure", disclosure_word(from), "actor", "unknown", "notes",
        "A verdict says what happened, never who did it.");
    return export_dump(out, document, err);
}

/* Who, what was said, what it claims and what the case makes of it. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/stix.h"

#include "base/banned.h"

static const char *identity_class(const char *kind)
{
    return strcmp(kind, "person") == 0    ? "individual"
           : strcmp(kind, "company") == 0 ? "organization"
           : strcmp(kind, "group") == 0   ? "group"
                                          : "unknown";
}

/* Nobody becomes a threat-actor here: an export must not say of a party more than a verdict does, and none says who did it. */
void stix_parties(struct stix *stix)
{
    size_t i;
    const json_t *party;
    json_array_foreach(fact_list(stix->from, "parties"), i, party)
    {
        const char *kind = json_text(party, "kind", "");
        const json_t *compromised = json_object_get(party, "compromised");
        json_t *identity = stix_object(stix, "identity", party, stix->author);
        (void)json_object_set_new(identity, "name", json_string(json_text(party, "name", "?")));
        (void)json_object_set_new(identity, "identity_class", json_string(identity_class(kind)));
        if (json_is_object(compromised)) {
            stix_extend(stix, identity, json_pack("{s:s, s:O}", "kind", kind, "compromised", compromised));
        }
        stix_add(stix, json_text(party, "id", ""), identity);
    }
}

/* A claim is a note on the incident: words that somebody may doubt. */
void stix_claims(struct stix *stix)
{
    size_t i;
    const json_t *claim;
    json_array_foreach(fact_list(stix->from, "claims"), i, claim)
    {
        json_t *note = stix_object(stix, "note", claim, stix->author);
        (void)json_object_update_new(note,
                                     json_pack("{s:s, s:s, s:[s], s:[s,s]}", "abstract", json_text(claim, "id", ""),
                                               "content", json_text(claim, "text", ""), "object_refs", stix->incident,
                                               "labels", "claim", json_text(claim, "kind", "claim")));
        stix_add(stix, json_text(claim, "id", ""), note);
    }
}

static json_t *reference(const json_t *statement)
{
    const char *source = json_text(statement, "source", "");
    if (source[0] == '\0') {
        return NULL;
    }
    bool is_url = str_starts(str_of(source), STR("http://")) || str_starts(str_of(source), STR("https://"));
    return json_pack("[{s:s, s:s}]", "source_name", json_text(statement, "channel", "statement"),
                     is_url ? "url" : "description", source);
}

/* What a party holds of its claims: an opinion of its own, apart from ours. */
static void stance(struct stix *stix, const json_t *statement)
{
    const char *act = json_text(statement, "act", "");
    bool is_for = strcmp(act, "asserts") == 0;
    const json_t *claims = json_object_get(statement, "claims");
    if ((!is_for && strcmp(act, "denies") != 0) || json_array_size(claims) == 0) {
        return;
    }
    json_t *opinion = stix_object(stix, "opinion", statement, stix_party(stix, json_text(statement, "party", "")));
    (void)json_object_update_new(opinion, json_pack("{s:s, s:s, s:o*, s:[s]}", "opinion", is_for ? "agree" : "disagree",
                                                    "explanation", json_text(statement, "text", ""), "object_refs",
                                                    stix_refs(stix, claims), "labels", "stance-of-a-party"));
    stix_add(stix, NULL, opinion);
}

static void relations(struct stix *stix, const json_t *statement)
{
    size_t i;
    const json_t *id;
    json_array_foreach(json_object_get(statement, "relays"), i, id)
    {
        const char *target = json_string_value(id) != NULL ? stix_ref(stix, json_string_value(id)) : NULL;
        const char *source = stix_ref(stix, json_text(statement, "id", ""));
        if (target == NULL || source == NULL) {
            continue;
        }
        char name[160];
        (void)snprintf(name, sizeof name, "%s>%s", json_text(statement, "id", ""), json_string_value(id));
        OWN(own_json)
        json_t *between = json_pack("{s:s, s:I, s:s}", "id", name, "n", json_int(statement, "n", 0), "time",
                                    json_text(statement, "time", ""));
        json_t *relation = stix_object(stix, "relationship", between, stix->author);
        (void)json_object_update_new(relation, json_pack("{s:s, s:s, s:s}", "relationship_type", "derived-from",
                                                         "source_ref", source, "target_ref", target));
        stix_add(stix, NULL, relation);
    }
}

void stix_statements(struct stix *stix)
{
    size_t i;
    const json_t *statement;
    json_array_foreach(fact_list(stix->from, "statements"), i, statement)
    {
        const char *party = json_text(statement, "party", "?");
        OWN(own_buf) struct buf name = {0};
        buf_printf(&name, "%s %s (%s)", fact_party(stix->from, party), json_text(statement, "act", "says"),
                   json_text(statement, "id", ""));
        json_t *report = stix_object(stix, "report", statement, stix_party(stix, party));
        (void)json_object_update_new(report, json_pack("{s:o*, s:s, s:o*, s:[s], s:o*}", "name", export_text(&name),
                                                       "description", json_text(statement, "text", ""), "object_refs",
                                                       stix_refs(stix, json_object_get(statement, "claims")), "labels",
                                                       json_text(statement, "act", "says"), "external_references",
                                                       reference(statement)));
        stix_time(report, "published", json_text(statement, "said", ""), json_text(statement, "time", ""));
        stix_extend(stix, report,
                    json_pack("{s:I, s:s*, s:s*, s:O*}", "ledger_index", json_int(statement, "n", 0), "channel",
                              json_text(statement, "channel", NULL), "grade", json_text(statement, "grade", NULL),
                              "notice", json_object_get(statement, "notice")));
        stix_add(stix, json_text(statement, "id", ""), report);
        stance(stix, statement);
    }
    json_array_foreach(fact_list(stix->from, "statements"), i, statement)
    {
        relations(stix, statement);
    }
}

/* STIX has five steps and none for "not examined": undetermined is neutral, and the extension says why. */
static const char *opinion_word(const json_t *verdict)
{
    enum { STRONGLY = 4 }; /* log10: "very strong" of the ENFSI scale begins there */
    const char *direction = fact_direction(verdict);
    double log10_lr = json_num(verdict, "log10_lr", 0);
    if (strcmp(direction, "supported") == 0) {
        return log10_lr >= STRONGLY ? "strongly-agree" : "agree";
    }
    if (strcmp(direction, "refuted") == 0) {
        return log10_lr <= -STRONGLY ? "strongly-disagree" : "disagree";
    }
    return "neutral";
}

static void one_verdict(struct stix *stix, const json_t *verdict)
{
    const char *claim = stix_ref(stix, json_text(verdict, "claim", ""));
    if (claim == NULL) {
        return; /* about a claim that no longer stands */
    }
    OWN(own_buf) struct buf says = {0};
    fact_says(&says, verdict);
    buf_printf(&says, ". %s", json_text(verdict, "why", ""));
    json_t *opinion = stix_object(stix, "opinion", verdict, stix->author);
    (void)json_object_update_new(opinion,
                                 json_pack("{s:s, s:o*, s:[s], s:[s]}", "opinion", opinion_word(verdict), "explanation",
                                           export_text(&says), "object_refs", claim, "labels", "verdict"));
    stix_extend(stix, opinion,
                json_pack("{s:s, s:O*, s:O*, s:O*, s:O*, s:I}", "direction", fact_direction(verdict), "log10_lr",
                          json_object_get(verdict, "log10_lr"), "coverage", json_object_get(verdict, "coverage"),
                          "standard", json_object_get(verdict, "standard"), "inputs",
                          json_object_get(verdict, "inputs"), "ledger_index", json_int(verdict, "n", 0)));
    stix_add(stix, json_text(verdict, "id", ""), opinion);
}

/* An examiner's word on a finding, if the finding has an object. */
static void one_confirmation(struct stix *stix, const json_t *confirmation)
{
    const char *finding = stix_ref(stix, json_text(confirmation, "finding", ""));
    if (finding == NULL) {
        return;
    }
    json_t *opinion =
        stix_object(stix, "opinion", confirmation, stix_party(stix, json_text(confirmation, "party", "")));
    (void)json_object_update_new(opinion, json_pack("{s:s, s:s*, s:[s], s:[s]}", "opinion",
                                                    json_bool(confirmation, "agrees", false) ? "agree" : "disagree",
                                                    "explanation", json_text(confirmation, "note", NULL), "object_refs",
                                                    finding, "labels", "confirmation"));
    stix_add(stix, NULL, opinion);
}

void stix_verdicts(struct stix *stix)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(fact_list(stix->from, "verdicts"), i, entry)
    {
        one_verdict(stix, entry);
    }
    json_array_foreach(fact_list(stix->from, "confirmations"), i, entry)
    {
        one_confirmation(stix, entry);
    }
}

/* STIX 2.1 (OASIS Standard, 10 June 2021): the bundle, and what all of its objects have. docs/exports.md says what becomes what. */
#include "export/stix.h"

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

void stix_id(const struct stix *stix, char out[static STIX_ID], const char *type, const json_t *entry)
{
    char uuid[UUID_TEXT];
    char name[128];
    (void)snprintf(name, sizeof name, "%s@%lld", json_text(entry, "id", ""), (long long)json_int(entry, "n", 0));
    uuid_within(uuid, stix->from, type, name);
    (void)snprintf(out, STIX_ID, "%s--%s", type, uuid);
}

/* STIX wants three digits of a second at least (its type timestamp). "" when text is no time. */
static void stamp(char out[static TIME_TEXT + 4], const char *text)
{
    char time[TIME_TEXT];
    fact_time(time, text);
    (void)snprintf(out, TIME_TEXT + 4, "%s", time);
    if (time[0] != '\0' && strchr(time, '.') == NULL) {
        (void)snprintf(out, TIME_TEXT + 4, "%.19s.000Z", time);
    }
}

json_t *stix_object(const struct stix *stix, const char *type, const json_t *entry, const char *by)
{
    char id[STIX_ID];
    char time[TIME_TEXT + 4];
    stamp(time, json_text(entry, "time", json_text(stix->from->kase, "time", "1970-01-01T00:00:00Z")));
    stix_id(stix, id, type, entry);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "type", type, "spec_version", "2.1", "id", id, "created", time,
                     "modified", time, "created_by_ref", by);
}

void stix_add(struct stix *stix, const char *entry_id, json_t *object)
{
    const char *id = json_text(object, "id", "");
    if (entry_id != NULL) {
        stix->lacks_memory |= json_object_set_new(stix->ids, entry_id, json_string(id)) != 0;
    }
    switch (stix_ids_add(&stix->known, id)) {
    case STIX_NEW:
        buf_puts(stix->out, stix->known.count > 1 ? ",\n  " : "\n  ");
        stix->lacks_memory |= !export_put(stix->out, object, "  ");
        break;
    case STIX_THERE: /* an exhibit handed in twice is one file */
        break;
    case STIX_NO_MEMORY:
        stix->lacks_memory = true;
        break;
    }
    json_decref(object);
}

const char *stix_cited(const struct stix *stix, const json_t *wrapped)
{
    const char *id = json_text(wrapped, "id", "");
    return json_object_get(stix->cited, id) != NULL ? id : NULL;
}

const char *stix_ref(const struct stix *stix, const char *entry_id)
{
    return json_string_value(json_object_get(stix->ids, entry_id));
}

json_t *stix_refs(const struct stix *stix, const json_t *entry_ids)
{
    json_t *refs = json_array();
    size_t i;
    const json_t *id;
    json_array_foreach(entry_ids, i, id)
    {
        const char *ref = json_string_value(id) != NULL ? stix_ref(stix, json_string_value(id)) : NULL;
        if (ref != NULL) {
            (void)json_array_append_new(refs, json_string(ref));
        }
    }
    if (json_array_size(refs) == 0) {
        (void)json_array_append_new(refs, json_string(stix->incident));
    }
    return refs;
}

const char *stix_party(const struct stix *stix, const char *party)
{
    const char *ref = stix_ref(stix, party);
    return ref != NULL ? ref : stix->author;
}

void stix_extend(const struct stix *stix, json_t *object, json_t *members)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(members, next, key, value)
    {
        if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0)) {
            (void)json_object_del(members, key); /* STIX knows neither nulls nor empty lists */
        }
    }
    (void)json_object_set_new(members, "extension_type", json_string("property-extension"));
    (void)json_object_set_new(object, "extensions", json_pack("{s:o*}", stix->verdict, members));
}

void stix_time(json_t *object, const char *member, const char *text, const char *otherwise)
{
    char time[TIME_TEXT + 4];
    stamp(time, text);
    if (time[0] == '\0') {
        stamp(time, otherwise);
    }
    (void)json_object_set_new(object, member, json_string(time));
}

/* What is said here in the name of nobody but the case. */
static void add_author(struct stix *stix)
{
    const json_t *kase = stix->from->kase;
    OWN(own_buf) struct buf name = {0};
    stix_id(stix, stix->author, "identity", kase);
    json_t *author = stix_object(stix, "identity", kase, NULL);
    buf_printf(&name, "Assay case %s", json_text(kase, "name", ""));
    (void)json_object_set_new(author, "name", export_text(&name));
    (void)json_object_set_new(author, "identity_class", json_string("system"));
    stix_add(stix, NULL, author);
}

static void add_extension(struct stix *stix)
{
    const json_t *kase = stix->from->kase;
    stix_id(stix, stix->verdict, "extension-definition", kase);
    json_t *definition = stix_object(stix, "extension-definition", kase, stix->author);
    (void)json_object_update_new(
        definition,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:[s]}", "name", "Assay: what the case says and STIX has no word for", "description",
            "Two axes of a verdict (direction; how much of what would show it was examined), its likelihood ratio, "
            "the ledger's index of the entry, grades and acts of statements, completeness of examinations.",
            "schema", "docs/exports.md of Assay, section STIX", "version", "1.0.0", "extension_types",
            "property-extension"));
    stix_add(stix, NULL, definition);
}

/* incident is a stub in STIX 2.1; the determination stands in the published incident extension. */
static void add_incident(struct stix *stix)
{
    static const char *const real[] = {"use", "taking", NULL};
    const json_t *kase = stix->from->kase;
    const char *question = json_text(kase, "question", NULL);
    stix_id(stix, stix->incident, "incident", kase);
    json_t *incident = stix_object(stix, "incident", kase, stix->author);
    (void)json_object_update_new(
        incident,
        json_pack("{s:s, s:s*, s:{s:{s:s, s:s, s:s}}}", "name", json_text(kase, "name", "case"), "description",
                  question, "extensions", "extension-definition--ef765651-680c-498d-9894-99799f2fa126",
                  "extension_type", "property-extension", "determination",
                  fact_any(stix->from, real, "supported") ? "confirmed" : "suspected", "investigation_status", "open"));
    stix_add(stix, NULL, incident);
}

/* One grouping holds everything, so that a bundle taken apart still tells what belonged together. Its list may be long: it is written from the
 * ids, in the place that its name has among the members. */
static int put_grouping(struct stix *stix, struct err *err)
{
    OWN(own_json) json_t *grouping = stix_object(stix, "grouping", stix->from->kase, stix->author);
    OWN(own_buf) struct buf text = {0};
    char id[STIX_ID];
    const char *before = "";
    if (grouping == NULL ||
        json_object_update_new(grouping, json_pack("{s:s, s:s}", "name", json_text(stix->from->kase, "name", "case"),
                                                   "context", "suspicious-activity")) != 0 ||
        !export_put(&text, grouping, "  ")) {
        return err_no_memory(err);
    }
    size_t behind =
        str_find(buf_str(&text), STR("\n   \"spec_version\""), 0); /* a line feed in a text is written as \n */
    buf_puts(stix->out, ",\n  ");
    buf_put(stix->out, str_slice(buf_str(&text), 0, behind));
    buf_puts(stix->out, "\n   \"object_refs\": [");
    for (size_t i = 0; i < stix->known.count; i++) {
        stix_ids_get(&stix->known, i, id);
        if (!str_starts(str_of(id), STR("extension-definition--"))) {
            buf_printf(stix->out, "%s\n    \"%s\"", before, id);
            before = ",";
            TRY(export_flush(stix->from, stix->out, err));
        }
    }
    buf_puts(stix->out, "\n   ],");
    buf_put(stix->out, str_slice(buf_str(&text), behind, text.len));
    return 0;
}

/* Of records, confirmations alone name some: the others have an object, but nothing in the bundle leads to it by their id. */
static void gather_cited(struct stix *stix)
{
    size_t i;
    const json_t *confirmation;
    json_array_foreach(fact_list(stix->from, "confirmations"), i, confirmation)
    {
        const char *finding = json_text(confirmation, "finding", "");
        stix->lacks_memory |= json_object_set_new(stix->cited, finding, json_true()) != 0;
    }
}

/* Everything that stands in the list of a bundle. */
static int put_objects(struct stix *stix, struct err *err)
{
    gather_cited(stix);
    add_author(stix);
    add_extension(stix);
    add_incident(stix);
    stix_parties(stix);
    stix_evidence(stix);
    stix_claims(stix);
    stix_statements(stix);
    TRY(stix_examinations(stix, err));
    stix_verdicts(stix);
    stix_replies(stix);
    stix_custody(stix);
    TRY(stix_clocks(stix, err));
    TRY(put_grouping(stix, err));
    return stix->lacks_memory ? err_no_memory(err) : buf_check(stix->out, err);
}

int export_stix(const struct export *from, struct buf *out, struct err *err)
{
    char uuid[UUID_TEXT];
    OWN(own_json) json_t *ids = json_object();
    OWN(own_json) json_t *cited = json_object();
    struct stix stix = {.from = from, .out = out, .ids = ids, .cited = cited};
    char name[64];
    const json_t *ledger = json_object_get(from->model, "ledger");
    (void)snprintf(name, sizeof name, "bundle@%lld", (long long)json_int(ledger, "size", 0));
    uuid_within(uuid, from, "bundle", name);
    buf_printf(out, "{\n \"id\": \"bundle--%s\",\n \"objects\": [", uuid);
    int done = put_objects(&stix, err);
    buf_puts(out, "\n ],\n \"type\": \"bundle\"\n}\n");
    stix_ids_free(&stix.known);
    return done;
}

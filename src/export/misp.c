/* A MISP event (MISP core format; objects by the templates of MISP/misp-objects): exhibits, findings, claims with their verdicts, and
 * publications. Unpublished, of unknown threat level, for the organisation only: whoever shares it decides that. */
#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

/* Templates: name, id, release and meta-category as MISP publishes them. */
static const struct template
{
    const char *name, *uuid, *version, *category;
}
file_template = {"file", "688c46fb-5edb-40a3-8273-1af7923e2215", "25", "file"},
    evidence_template = {"forensic-evidence", "fe44c648-63ef-43fc-b3de-af71a2e023e4", "2", "misc"},
    report_template = {"report", "70a68471-df22-4e3f-aa1a-5a3be19f82df", "8", "misc"},
    note_template = {"annotation", "5d8dc046-15a1-4ca3-a09f-ed4ede7c4487", "3", "misc"};

/* An object of a template without attributes yet; kind and id name it within the case. */
static json_t *object_of(const struct export *from, const struct template *template, const char *kind, const char *id,
                         const char *comment)
{
    char uuid[UUID_TEXT];
    uuid_within(uuid, from, kind, id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[]}", "name", template->name, "meta-category",
                     template->category, "template_uuid", template->uuid, "template_version", template->version, "uuid",
                     uuid, "comment", comment, "distribution", "0", "Attribute");
}

/* value NULL or empty: no attribute. */
static void put(const struct export *from, json_t *object, const char *relation, const char *type, const char *category,
                const char *value)
{
    char uuid[UUID_TEXT];
    OWN(own_buf) struct buf name = {0};
    if (value == NULL || value[0] == '\0') {
        return;
    }
    buf_printf(&name, "%s/%s/%zu", json_text(object, "uuid", ""), relation,
               json_array_size(json_object_get(object, "Attribute")));
    uuid_within(uuid, from, "misp-attribute", name.data != NULL ? name.data : "");
    (void)json_array_append_new(json_object_get(object, "Attribute"),
                                json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "uuid", uuid, "object_relation",
                                          relation, "type", type, "category", category, "value", value, "to_ids", 0,
                                          "distribution", "0"));
}

static json_t *exhibit(const struct export *from, const json_t *evidence)
{
    const char *id = json_text(evidence, "id", "");
    json_t *object = object_of(from, &evidence_template, "misp-evidence", id, json_text(evidence, "what", ""));
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "owner %s; keeper %s; custody %s; SHA-256 %s",
               fact_party(from, json_text(evidence, "owner", "unknown")),
               fact_party(from, json_text(evidence, "keeper", "unknown")), json_text(evidence, "custody", "unknown"),
               json_text(evidence, "sha256", "none"));
    put(from, object, "case-number", "text", "Other", json_text(from->kase, "name", ""));
    put(from, object, "evidence-number", "text", "Other", id);
    put(from, object, "name", "text", "Other", json_text(evidence, "name", ""));
    put(from, object, "additional-comments", "text", "Other", text.data);
    return object;
}

static json_t *found_file(const struct export *from, const json_t *wrapped)
{
    const json_t *record = json_object_get(wrapped, "record");
    const char *path = json_text(record, "path", "");
    const char *slash = strrchr(path, '/');
    char size[32];
    OWN(own_buf) struct buf comment = {0};
    buf_printf(&comment, "%s, confidence %s (%s)", json_text(record, "class", "?"),
               json_text(record, "confidence", "?"), json_text(wrapped, "id", ""));
    json_t *object = object_of(from, &file_template, "misp-file", json_text(wrapped, "id", ""),
                               comment.data != NULL ? comment.data : "");
    (void)snprintf(size, sizeof size, "%lld", (long long)json_int(record, "bytes", 0));
    bool has_size = json_is_integer(json_object_get(record, "bytes")); /* not known is not 0 */
    put(from, object, "filename", "filename", "Payload delivery", slash != NULL ? slash + 1 : path);
    put(from, object, "fullpath", "text", "Other", path);
    put(from, object, "sha256", "sha256", "Payload delivery", json_text(record, "sha256", NULL));
    put(from, object, "size-in-bytes", "size-in-bytes", "Other", has_size ? size : NULL);
    return object;
}

static json_t *claimed(const struct export *from, const json_t *claim)
{
    const char *id = json_text(claim, "id", "");
    const json_t *verdict = fact_verdict(from, id);
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "Claim %s (%s): %s Verdict: ", id, json_text(claim, "kind", "?"), json_text(claim, "text", ""));
    fact_says(&text, verdict);
    json_t *object = object_of(from, &note_template, "misp-claim", id, "a claim and its verdict, not an indicator");
    put(from, object, "text", "text", "Other", text.data);
    put(from, object, "type", "text", "Other", "Other");
    put(from, object, "creation-date", "datetime", "Other", json_text(verdict != NULL ? verdict : claim, "time", NULL));
    return object;
}

static json_t *published(const struct export *from, const json_t *statement)
{
    const char *id = json_text(statement, "id", "");
    const char *source = json_text(statement, "source", "");
    OWN(own_buf) struct buf title = {0};
    buf_printf(&title, "%s: %s %s", id, fact_party(from, json_text(statement, "party", "?")),
               json_text(statement, "act", "says"));
    json_t *object = object_of(from, &report_template, "misp-statement", id, json_text(statement, "grade", ""));
    put(from, object, "case-number", "text", "Other", json_text(from->kase, "name", ""));
    put(from, object, "title", "text", "Other", title.data);
    put(from, object, "summary", "text", "Other", json_text(statement, "text", ""));
    if (str_starts(str_of(source), STR("http"))) {
        put(from, object, "link", "link", "External analysis", source);
    }
    return object;
}

static void add_all(const struct export *from, json_t *objects, const char *list,
                    json_t *(*one)(const struct export *, const json_t *))
{
    size_t i;
    const json_t *entry;
    json_array_foreach(fact_list(from, list), i, entry)
    {
        (void)json_array_append_new(objects, one(from, entry));
    }
}

struct files {
    const struct export *from;
    json_t *objects;
};

static int add_file(void *self, const struct assay_record *record, struct err *err)
{
    const struct files *files = self;
    return json_array_append_new(files->objects, found_file(files->from, record->wrapped)) == 0 ? 0
                                                                                                : err_no_memory(err);
}

static int add_files(const struct export *from, json_t *objects, struct err *err)
{
    struct files files = {from, objects};
    size_t i;
    const json_t *examination;
    json_array_foreach(fact_list(from, "examinations"), i, examination)
    {
        if (strcmp(json_text(examination, "engine", ""), "sweep") == 0) {
            TRY(assay_records_each(from->records, examination, 1U << ASSAY_FINDING, add_file, &files, err));
        }
    }
    return 0;
}

int export_misp(const struct export *from, struct buf *out, struct err *err)
{
    enum { DATE_LENGTH = 10 };
    char uuid[UUID_TEXT];
    char stamp[32];
    const char *newest = fact_newest(from);
    const char *question = json_text(from->kase, "question", NULL);
    OWN(own_json) json_t *objects = json_array();
    uuid_within(uuid, from, "misp", "event");
    (void)snprintf(stamp, sizeof stamp, "%lld", (long long)(time_parse(str_of(newest)) / NS_PER_S));
    add_all(from, objects, "evidence", exhibit);
    TRY(add_files(from, objects, err));
    add_all(from, objects, "claims", claimed);
    add_all(from, objects, "statements", published);
    json_t *event = json_pack("{s:s, s:s, s:o*, s:s, s:s, s:s, s:b, s:s, s:[], s:O*}", "uuid", uuid, "info",
                              question != NULL ? question : json_text(from->kase, "name", ""), "date",
                              json_stringn(newest, DATE_LENGTH), "timestamp", stamp, "threat_level_id", "4", "analysis",
                              "1", "published", 0, "distribution", "0", "Attribute", "Object", objects);
    return export_dump(out, json_pack("{s:o*}", "Event", event), err);
}

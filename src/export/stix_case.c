/* Exhibits, examinations, and what they found. */
#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/stix.h"

#include "base/banned.h"

/* Cyber-observables are named by what they are (STIX 2.1, 2.9): version 5 UUIDs of their contributing members in canonical JSON, below
 * a namespace that the standard gives, so that two producers who saw one file mean one object. */
static json_t *observable(const char *type, json_t *contributing)
{
    static const uint8_t space[16] = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                      0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};
    char uuid[UUID_TEXT];
    char id[STIX_ID];
    OWN(own_buf) struct buf name = {0};
    if (json_canonical(&name, contributing, NULL) != 0) {
        json_decref(contributing);
        return NULL;
    }
    uuid_of(uuid, space, buf_str(&name));
    (void)snprintf(id, sizeof id, "%s--%s", type, uuid);
    (void)json_object_update_new(contributing,
                                 json_pack("{s:s, s:s, s:s}", "type", type, "spec_version", "2.1", "id", id));
    return contributing;
}

static json_t *file_object(const char *name, const char *sha256, json_int_t bytes)
{
    json_t *contributing = json_pack("{s:s}", "name", name);
    if (sha256 != NULL && sha256[0] != '\0') {
        (void)json_object_set_new(contributing, "hashes", json_pack("{s:s}", "SHA-256", sha256));
    }
    json_t *file = observable("file", contributing);
    if (bytes > 0) {
        (void)json_object_set_new(file, "size", json_integer(bytes));
    }
    return file;
}

/* A tree's digest is that of its manifest, which no file of this name has: it goes into the extension. */
static void extend_exhibit(const struct stix *stix, json_t *object, const json_t *evidence)
{
    stix_extend(stix, object,
                json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:O*, s:I}", "exhibit", json_text(evidence, "id", ""),
                          "what", json_text(evidence, "what", ""), "owner", json_text(evidence, "owner", NULL),
                          "keeper", json_text(evidence, "keeper", NULL), "custody",
                          json_text(evidence, "custody", NULL), "sha256", json_text(evidence, "sha256", NULL), "unread",
                          json_object_get(evidence, "unread"), "ledger_index", json_int(evidence, "n", 0)));
}

void stix_evidence(struct stix *stix)
{
    size_t i;
    const json_t *evidence;
    json_array_foreach(fact_list(stix->from, "evidence"), i, evidence)
    {
        const char *what = json_text(evidence, "what", "");
        const char *name = json_text(evidence, "name", "?");
        json_t *object;
        if (strcmp(what, "tree") == 0) {
            object = observable("directory", json_pack("{s:s}", "path", name));
        } else if (strcmp(what, "database") == 0) {
            object = stix_object(stix, "infrastructure", evidence, stix->author);
            (void)json_object_set_new(object, "name", json_string(name));
        } else {
            object = file_object(name, json_text(evidence, "sha256", NULL), json_int(evidence, "bytes", 0));
        }
        extend_exhibit(stix, object, evidence);
        stix_add(stix, json_text(evidence, "id", ""), object);
    }
}

/* A record has the time and the index of its examination; its id is its own. */
static json_t *as_entry(const json_t *examination, const json_t *wrapped)
{
    return json_pack("{s:s, s:I, s:s}", "id", json_text(wrapped, "id", ""), "n", json_int(examination, "n", 0), "time",
                     json_text(examination, "time", ""));
}

static void sight(struct stix *stix, const json_t *entry, const json_t *record, const char *what, json_t *file)
{
    OWN(own_buf) struct buf file_id = {0};
    buf_puts(&file_id, json_text(file, "id", ""));
    stix_add(stix, NULL, file);
    json_t *observed = stix_object(stix, "observed-data", entry, stix->author);
    (void)json_object_update_new(observed, json_pack("{s:i, s:[s]}", "number_observed", 1, "object_refs",
                                                     file_id.data != NULL ? file_id.data : ""));
    stix_time(observed, "first_observed", json_text(record, "mtime", ""), json_text(entry, "time", ""));
    stix_time(observed, "last_observed", json_text(entry, "time", ""), json_text(entry, "time", ""));
    OWN(own_json) json_t *observed_id = json_incref(json_object_get(observed, "id"));
    stix_add(stix, NULL, observed);
    json_t *sighting = stix_object(stix, "sighting", entry, stix->author);
    (void)json_object_update_new(sighting,
                                 json_pack("{s:s, s:[O]}", "sighting_of_ref", what, "observed_data_refs", observed_id));
    stix_add(stix, NULL, sighting);
}

/* sweep: what was found is malware, or a tool that may lie there rightly. */
static void found_file(struct stix *stix, const json_t *examination, const json_t *wrapped)
{
    static const char *const tools[] = {"admin-tool", "tool", "vendor-encoded", "changed-file", "odd-place", "hint"};
    const json_t *record = json_object_get(wrapped, "record");
    const char *class = json_text(record, "class", "?");
    bool is_malware = true;
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        is_malware &= strcmp(class, tools[i]) != 0;
    }
    OWN(own_json) json_t *entry = as_entry(examination, wrapped);
    json_t *object = stix_object(stix, is_malware ? "malware" : "tool", entry, stix->author);
    OWN(own_json) json_t *id = json_incref(json_object_get(object, "id"));
    const char *name = json_text(record, "name", NULL);
    (void)json_object_set_new(object, "name", json_string(name != NULL ? name : class));
    if (is_malware) {
        (void)json_object_set_new(object, "is_family", json_false());
        (void)json_object_set_new(object, "malware_types", json_pack("[s]", "webshell"));
    } else if (json_text(record, "version", NULL) != NULL) {
        (void)json_object_set_new(object, "tool_version", json_string(json_text(record, "version", "")));
    }
    stix_extend(stix, object,
                json_pack("{s:s, s:s, s:O*}", "class", class, "confidence", json_text(record, "confidence", "?"),
                          "reasons", json_object_get(record, "reasons")));
    stix_add(stix, stix_cited(stix, wrapped), object);
    sight(stix, entry, record, json_string_value(id),
          file_object(json_text(record, "path", "?"), json_text(record, "sha256", NULL), json_int(record, "bytes", 0)));
}

/* Lines of logs: observed-data over the log itself, with place and role beside it; addresses are masked in a case, so there is no
 * address object. */
static void seen_in_log(struct stix *stix, const json_t *examination, const json_t *wrapped)
{
    const json_t *record = json_object_get(wrapped, "record");
    const char *first = json_text(record, "time", json_text(record, "first", ""));
    const char *last = json_text(record, "last", first);
    char time[TIME_TEXT];
    fact_time(time, first);
    if (time[0] == '\0') {
        return; /* nothing observed at a time */
    }
    OWN(own_json) json_t *entry = as_entry(examination, wrapped);
    json_t *observed = stix_object(stix, "observed-data", entry, stix->author);
    json_int_t requests = json_int(record, "requests", 1);
    (void)json_object_update_new(observed,
                                 json_pack("{s:I, s:o*}", "number_observed", requests > 0 ? requests : (json_int_t)1,
                                           "object_refs", stix_refs(stix, json_object_get(examination, "evidence"))));
    stix_time(observed, "first_observed", first, first);
    stix_time(observed, "last_observed", time_parse(str_of(last)) < time_parse(str_of(first)) ? first : last, first);
    stix_extend(stix, observed, json_pack("{s:s, s:O}", "record", json_text(wrapped, "id", ""), "says", record));
    stix_add(stix, stix_cited(stix, wrapped), observed);
}

/* "Nothing found" and "not looked" must not be the same silence. */
static void note_examination(struct stix *stix, const json_t *examination)
{
    OWN(own_buf) struct buf text = {0};
    const json_t *summary = fact_summary(examination);
    fact_examined(&text, examination);
    json_t *note = stix_object(stix, "note", examination, stix->author);
    (void)json_object_update_new(
        note, json_pack("{s:s, s:o*, s:o*, s:[s]}", "abstract", json_text(examination, "id", ""), "content",
                        export_text(&text), "object_refs", stix_refs(stix, json_object_get(examination, "evidence")),
                        "labels", "examination"));
    stix_extend(stix, note,
                json_pack("{s:s, s:s, s:O*, s:I}", "engine", json_text(examination, "engine", "?"), "status",
                          json_text(examination, "status", "?"), "complete", json_object_get(summary, "complete"),
                          "ledger_index", json_int(examination, "n", 0)));
    stix_add(stix, json_text(examination, "id", ""), note);
}

struct told {
    struct stix *stix;
    const json_t *examination;
};

static int put_record(void *self, const struct assay_record *record, struct err *err)
{
    const struct told *told = self;
    if (strcmp(json_text(told->examination, "engine", ""), "sweep") == 0) {
        found_file(told->stix, told->examination, record->wrapped);
    } else {
        seen_in_log(told->stix, told->examination, record->wrapped);
    }
    return export_flush(told->stix->from, told->stix->out, err);
}

int stix_examinations(struct stix *stix, struct err *err)
{
    size_t i;
    const json_t *examination;
    json_array_foreach(fact_list(stix->from, "examinations"), i, examination)
    {
        struct told told = {stix, examination};
        const char *engine = json_text(examination, "engine", "");
        unsigned kinds = strcmp(engine, "sweep") == 0   ? 1U << ASSAY_FINDING
                         : strcmp(engine, "trace") == 0 ? 1U << ASSAY_FINDING | 1U << ASSAY_EVENT
                                                        : 0;
        note_examination(stix, examination);
        if (kinds != 0) {
            TRY(assay_records_each(stix->from->records, examination, kinds, put_record, &told, err));
        }
    }
    return 0;
}

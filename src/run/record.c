/* What a listener heard, as entries of a case: evidence, one examination, its records, in one batch. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/run.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

struct assay_recorder {
    const char *engine;
    const struct assay_sink *listener;
    json_t *records;          /* array of {"type", "record"} */
    assay_recorder_more more; /* NULL: nothing */
    void *more_self;
};

void assay_recorder_join(struct assay_recorder *recorder, assay_recorder_more more, void *self)
{
    recorder->more = more;
    recorder->more_self = self;
}

struct assay_recorder *assay_recorder_new(const char *engine, const struct assay_sink *listener, struct err *err)
{
    struct assay_recorder *recorder = calloc(1, sizeof *recorder);
    json_t *records = json_array();
    if (recorder == NULL || records == NULL) {
        free(recorder);
        json_decref(records);
        err_no_memory(err);
        return NULL;
    }
    *recorder = (struct assay_recorder){.engine = engine, .listener = listener, .records = records};
    return recorder;
}

void own_assay_recorder(struct assay_recorder **recorder)
{
    if (*recorder != NULL) {
        json_decref((*recorder)->records);
        free(*recorder);
    }
}

/* "203.0.113.77" -> "203.0.•.•", "2001:db8:1::5" -> "2001:db8:•": enough to see a network, not a person. */
static json_t *masked_address(const char *address)
{
    bool is_v6 = strchr(address, ':') != NULL;
    struct str_cut first = str_cut(str_of(address), is_v6 ? ':' : '.');
    struct str_cut second = str_cut(first.tail, is_v6 ? ':' : '.');
    if (!second.found) {
        return json_string("•");
    }
    char text[64];
    (void)snprintf(text, sizeof text, is_v6 ? "%.*s:%.*s:•" : "%.*s.%.*s.•.•", STR_FMT(first.head),
                   STR_FMT(second.head));
    return json_string(text);
}

/* text with every occurrence of `name` replaced. NULL without memory. */
static json_t *replaced(const char *text, const char *name, const char *by)
{
    OWN(own_buf) struct buf out = {0};
    struct str rest = str_of(text);
    size_t at;
    while ((at = str_find(rest, str_of(name), 0)) != SIZE_MAX) {
        buf_put(&out, str_slice(rest, 0, at));
        buf_puts(&out, by);
        rest = str_slice(rest, at + strlen(name), rest.len);
    }
    buf_put(&out, rest);
    return out.failed ? NULL : json_stringn(out.data, out.len);
}

/* Sentences that name the client by its address name it by its label instead. */
static int mask_sentences(json_t *sentences, const char *address, const char *label)
{
    for (size_t i = 0; i < json_array_size(sentences); i++) {
        const char *text = json_string_value(json_array_get(sentences, i));
        if (text != NULL && json_array_set_new(sentences, i, replaced(text, address, label)) != 0) {
            return -1;
        }
    }
    return 0;
}

/* "anna" -> "a•••" */
static json_t *masked_user(const char *user)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%.*s•••", (int)str_utf8_step(str_of(user)), user);
    return json_string(text);
}

/* A copy without what identifies a person: addresses and the names of remote users. NULL without memory. */
static json_t *without_persons(const json_t *body)
{
    json_t *copy = json_deep_copy(body);
    const char *address = json_text(body, "address", NULL);
    const char *user = json_text(body, "user", NULL);
    const char *label = json_text(body, "client", "the client");
    json_t *reasons = json_object_get(copy, "reasons");
    int failed = copy == NULL ? -1 : 0;
    if (failed == 0 && address != NULL && *address != '\0') {
        failed |= json_object_set_new(copy, "address", masked_address(address));
        failed |= mask_sentences(reasons, address, label);
    }
    if (failed == 0 && user != NULL && *user != '\0') {
        failed |= json_object_set_new(copy, "user", masked_user(user));
        failed |= mask_sentences(reasons, user, "the remote user");
    }
    if (failed != 0) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct assay_recorder *recorder = self;
    json_t *record = without_persons(body);
    json_t *entry = record != NULL ? json_pack("{s:s,s:o}", "type", assay_kind_name(kind), "record", record) : NULL;
    if (entry == NULL || json_array_append_new(recorder->records, entry) != 0) {
        return err_no_memory(err);
    }
    return recorder->listener->put(recorder->listener->self, kind, body, err);
}

static void pass_complaint(void *self, struct str where, struct str what)
{
    struct assay_recorder *recorder = self;
    assay_complain(recorder->listener, where, what);
}

static void pass_progress(void *self, const struct assay_progress *progress)
{
    struct assay_recorder *recorder = self;
    assay_tell(recorder->listener, progress);
}

struct assay_sink assay_recorder_sink(struct assay_recorder *recorder)
{
    return (struct assay_sink){recorder, hear, pass_complaint, pass_progress};
}

/* A URI without its password. */
static json_t *name_of(const char *path)
{
    struct str name = str_of(path);
    size_t scheme = str_find(name, STR("://"), 0);
    size_t at = scheme == SIZE_MAX ? SIZE_MAX : str_find(name, STR("@"), scheme);
    size_t colon = at == SIZE_MAX ? SIZE_MAX : str_find(name, STR(":"), scheme + 3);
    if (colon == SIZE_MAX || colon > at) {
        return assay_text(name, 1024);
    }
    OWN(own_buf) struct buf text = {0};
    buf_put(&text, str_slice(name, 0, colon));
    buf_put(&text, str_slice(name, at, name.len));
    return assay_text(buf_str(&text), 1024);
}

/* What was merged from another case is signed by others and described by them. */
static bool is_ours(const json_t *evidence)
{
    return json_object_get(evidence, "signer") == NULL;
}

/* The id of the same evidence in the case: same digest, kind and owner. NULL if it is new. */
static const char *known_evidence(const json_t *model, const json_t *entry)
{
    const char *digest = json_text(entry, "sha256", "");
    size_t i;
    const json_t *known;
    json_array_foreach(json_object_get(model, "evidence"), i, known)
    {
        if (*digest != '\0' && is_ours(known) && strcmp(json_text(known, "sha256", ""), digest) == 0 &&
            strcmp(json_text(known, "what", ""), json_text(entry, "what", "")) == 0 &&
            strcmp(json_text(known, "name", ""), json_text(entry, "name", "")) == 0 &&
            strcmp(json_text(known, "owner", ""), json_text(entry, "owner", "")) == 0) {
            return json_text(known, "id", NULL);
        }
    }
    return NULL;
}

static int set_text(json_t *object, const char *key, const char *text)
{
    return text == NULL || *text == '\0' ? 0 : json_object_set_new(object, key, json_string(text));
}

/* Whoever kept it and speaks in the dispute is interested; who says nothing is a third party. */
static const char *custody_of(const json_t *model, const struct assay_exhibit *exhibit)
{
    const char *keeper = exhibit->keeper != NULL ? exhibit->keeper : exhibit->owner;
    if (exhibit->custody != NULL) {
        return exhibit->custody;
    }
    if (keeper != NULL && json_find(json_object_get(model, "statements"), "party", keeper) != NULL) {
        return "interested";
    }
    return keeper == NULL ? "interested" : "independent";
}

/* What one run adds to the case. */
struct batch {
    json_t *entries, *ids, *uses; /* evidence; ids of all that was examined; custody of what was used before */
    const char *examination;
    const struct assay_sink *listener;
};

static int check_party(const json_t *model, const char *id, struct err *err)
{
    if (id == NULL || json_find(json_object_get(model, "parties"), "id", id) != NULL) {
        return 0;
    }
    err_set(err, ERR_USAGE, "no party \"%s\" in this case", id);
    return err_remedy(err, "record it first with assay state, or name one of its parties");
}

/* Not all of it could be read: then another digest does not say that other bytes are there. */
static bool is_partly_unread(const json_t *evidence)
{
    return json_int(evidence, "unread", 0) != 0;
}

/* The newest exhibit of ours of the same name, kind and owner that was other bytes; NULL if there is none, or nobody can tell. */
static const char *changed_evidence(const json_t *model, const json_t *entry)
{
    const char *found = NULL;
    size_t i;
    const json_t *known;
    json_array_foreach(json_object_get(model, "evidence"), i, known)
    {
        bool is_it = is_ours(known) && !is_partly_unread(known) && !is_partly_unread(entry) &&
                     *json_text(known, "sha256", "") != '\0' && *json_text(entry, "sha256", "") != '\0' &&
                     strcmp(json_text(known, "what", ""), json_text(entry, "what", "")) == 0 &&
                     strcmp(json_text(known, "name", ""), json_text(entry, "name", "")) == 0 &&
                     strcmp(json_text(known, "owner", ""), json_text(entry, "owner", "")) == 0;
        found = is_it ? json_text(known, "id", found) : found;
    }
    return found;
}

/* Used again: the digest at this use, and whether it is the one at hand-in. now: the exhibit that the changed bytes became, or NULL. */
static int put_use(struct batch *batch, const char *exhibit, const json_t *entry, const char *now, struct err *err)
{
    json_t *use = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s*}", "type", "custody", "act", "use", "evidence",
                            exhibit, "examination", batch->examination, "digest", json_text(entry, "sha256", ""),
                            "same", now == NULL, "now", now);
    if (use == NULL || json_array_append_new(batch->uses, use) != 0) {
        return err_no_memory(err);
    }
    if (now != NULL) {
        char what[128];
        (void)snprintf(what, sizeof what, "is not what it was as %.24s: its digest differs; recorded as %.24s", exhibit,
                       now);
        assay_complain(batch->listener, str_of(json_text(entry, "name", "")), str_of(what));
    }
    return 0;
}

/* How many files its digest says nothing of, into the entry and told. */
static int put_unread(json_t *entry, const struct assay_unread *unread, const struct assay_sink *listener,
                      struct err *err)
{
    char what[400];
    if (unread->count == 0) {
        return 0;
    }
    if (json_object_set_new(entry, "unread", json_integer((json_int_t)unread->count)) != 0) {
        return err_no_memory(err);
    }
    (void)snprintf(what, sizeof what,
                   "%llu of its files could not be read, the first: %s; its digest says nothing of them",
                   (unsigned long long)unread->count, unread->first);
    assay_complain(listener, str_of(json_text(entry, "name", "")), str_of(what));
    return 0;
}

/* Appends the evidence entry if it is new; its id goes to ids. */
static int put_exhibit(struct assay_case *kase, const json_t *model, const struct assay_exhibit *exhibit,
                       struct batch *batch, struct err *err)
{
    json_t *entries = batch->entries, *ids = batch->ids;
    char digest[65];
    uint64_t bytes;
    struct assay_unread unread = {.count = 0};
    TRY(check_party(model, exhibit->owner, err));
    TRY(check_party(model, exhibit->keeper, err));
    TRY(exhibit->fd != NULL ? assay_evidence_digest_fd(*exhibit->fd, exhibit->path, digest, &bytes, err)
                            : assay_evidence_digest(exhibit->path, digest, &bytes, &unread, err));
    json_t *entry =
        json_pack("{s:s,s:s,s:o,s:I,s:s}", "type", "evidence", "what", exhibit->what, "name", name_of(exhibit->path),
                  "bytes", (json_int_t)bytes, "custody", custody_of(model, exhibit));
    if (entry == NULL || set_text(entry, "sha256", digest) != 0 || set_text(entry, "owner", exhibit->owner) != 0 ||
        set_text(entry, "keeper", exhibit->keeper != NULL ? exhibit->keeper : exhibit->owner) != 0) {
        json_decref(entry);
        return err_no_memory(err);
    }
    if (put_unread(entry, &unread, batch->listener, err) != 0) {
        json_decref(entry);
        return -1;
    }
    const char *known = known_evidence(model, entry);
    if (known != NULL) {
        int failed = put_use(batch, known, entry, NULL, err);
        json_decref(entry);
        if (failed == 0 && json_array_append_new(ids, json_string(known)) != 0) {
            failed = err_no_memory(err);
        }
        return failed;
    }
    char first[16];
    char id[32];
    uint64_t number = 0;
    assay_case_next_id(kase, "E", first);
    (void)str_u64(str_of(first + 1), &number);
    (void)snprintf(id, sizeof id, "E%02llu", (unsigned long long)(number + json_array_size(entries)));
    (void)json_object_set_new(entry, "id", json_string(id));
    if (json_array_append_new(entries, entry) != 0 || json_array_append_new(ids, json_string(id)) != 0) {
        return err_no_memory(err);
    }
    const char *before = changed_evidence(model, entry);
    return before != NULL ? put_use(batch, before, entry, id, err) : 0;
}

static int put_exhibits(struct assay_case *kase, const struct assay_exhibit *exhibits, size_t count,
                        struct batch *batch, struct err *err)
{
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    if (model == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(put_exhibit(kase, model, &exhibits[i], batch, err));
    }
    return 0;
}

static json_t *examination_entry(const struct assay_recorder *recorder, const char *id, json_t *ids, json_t *options,
                                 const struct assay_outcome *outcome, const struct err *run_failed)
{
    char began[TIME_TEXT];
    char ended[TIME_TEXT];
    time_rfc3339(began, outcome->began);
    time_rfc3339(ended, outcome->ended);
    json_t *entry = json_pack("{s:s,s:s,s:s,s:s,s:O,s:O,s:s,s:s,s:s,s:s}", "type", "examination", "id", id, "engine",
                              recorder->engine, "version", ASSAY_VERSION, "evidence", ids, "options", options, "began",
                              began, "ended", ended, "protections", outcome->protections, "status",
                              run_failed != NULL ? "failed" : "done");
    if (entry != NULL && run_failed != NULL) {
        (void)json_object_set_new(entry, "error", assay_text(str_of(run_failed->text), ERR_TEXT_BYTES));
    }
    return entry;
}

static int put_records(const struct assay_recorder *recorder, const char *examination, json_t *entries, struct err *err)
{
    size_t i;
    json_t *record;
    json_array_foreach(recorder->records, i, record)
    {
        char id[48];
        (void)snprintf(id, sizeof id, "%s/%zu", examination, i + 1);
        if (json_object_set_new(record, "id", json_string(id)) != 0 ||
            json_object_set_new(record, "examination", json_string(examination)) != 0 ||
            json_array_append(entries, record) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

int assay_recorder_store(struct assay_recorder *recorder, struct assay_case *kase, const struct assay_exhibit *exhibits,
                         size_t exhibit_count, json_t *options, const struct assay_outcome *outcome,
                         const struct err *run_failed, json_t **ret_examination, struct err *err)
{
    char id[16];
    assay_case_next_id(kase, "X", id);
    OWN(own_json) json_t *entries = json_array();
    OWN(own_json) json_t *ids = json_array();
    OWN(own_json) json_t *uses = json_array();
    struct batch batch = {entries, ids, uses, id, recorder->listener};
    TRY(put_exhibits(kase, exhibits, exhibit_count, &batch, err));
    if (json_array_append_new(entries, examination_entry(recorder, id, ids, options, outcome, run_failed)) != 0 ||
        json_array_extend(entries, uses) != 0) {
        return err_no_memory(err);
    }
    TRY(put_records(recorder, id, entries, err));
    if (recorder->more != NULL && run_failed == NULL) {
        TRY(recorder->more(recorder->more_self, kase, entries, err));
    }
    TRY(assay_case_append(kase, entries, err));
    *ret_examination = json_string(id);
    return 0;
}

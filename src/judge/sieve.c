/* The model that verdicts are computed from: of a million records those that bear on one, and of each what is weighed.
 *
 * The verdicts are those of the whole model, byte for byte, since nothing is left out that would be looked at:
 *
 *   engine   what is kept                                              and why that is enough
 *   sweep    of each class the first RECORD_MAX findings, and those    a verdict names so many, and counts causes up to SEEN_MAX
 *            with a digest (or path) that is new, up to SEEN_MAX
 *   trace    findings about clients that had not signed in             no other is weighed
 *   reach    logins with a credential of the tree                      the same
 *   match    what of the reference was read                            the same
 *
 * Summaries are kept, and findings that somebody read again (confirmations name them). What is left out is counted in the
 * examination's "left_out": {"findings": {class: n}, "harmless": n}, where its number matters. */
#include "assay/case.h"
#include "assay/judge.h"

#include <stdio.h>

#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#include "base/banned.h"

/* One examination on its way through. */
struct sieve {
    json_t *exam, *kept;
    json_t *classes; /* of sweep: "shell/high" -> {"kept": n, "names": {name: true}} */
    json_t *left;    /* class -> findings left out */
    json_t *read;    /* ids of findings that confirmations name */
    json_int_t harmless;
};

static void own_sieve(struct sieve *sieve)
{
    json_decref(sieve->classes);
    json_decref(sieve->left);
}

/* The members of a record that are weighed. */
static json_t *slim(const json_t *record)
{
    static const char *const keys[] = {"class",         "confidence", "client", "address", "signed_in", "sha256",
                                       "class_of_path", "first",      "last",   "role",    "source",    "count",
                                       "mtime",         "seed",       "web",    "path"};
    json_t *slim = json_object();
    for (size_t i = 0; slim != NULL && i < sizeof keys / sizeof *keys; i++) {
        json_t *value = json_object_get(record, keys[i]);
        bool is_spare = i + 1 == sizeof keys / sizeof *keys && json_is_string(json_object_get(slim, "sha256"));
        if (value != NULL && !is_spare && json_object_set(slim, keys[i], value) != 0) {
            json_decref(slim);
            return NULL;
        }
    }
    return slim;
}

/* record: stolen. */
static int keep(struct sieve *sieve, const json_t *wrapped, json_t *record, struct err *err)
{
    json_t *row = json_pack("{s:O, s:O, s:o}", "id", json_object_get(wrapped, "id"), "type",
                            json_object_get(wrapped, "type"), "record", record);
    return json_array_append_new(sieve->kept, row) == 0 ? 0 : err_no_memory(err);
}

static int keep_whole(struct sieve *sieve, const json_t *wrapped, struct err *err)
{
    return json_array_append(sieve->kept, (json_t *)(uintptr_t)wrapped) == 0 ? 0 : err_no_memory(err);
}

static int leave(struct sieve *sieve, const json_t *record, struct err *err)
{
    const char *class_name = json_text(record, "class", "");
    const json_int_t count = json_int(sieve->left, class_name, 0);
    return json_object_set_new(sieve->left, class_name, json_integer(count + 1)) == 0 ? 0 : err_no_memory(err);
}

static bool is_read_again(const struct sieve *sieve, const json_t *wrapped)
{
    return json_object_get(sieve->read, json_text(wrapped, "id", "")) != NULL;
}

/* ---- sweep ---- */

/* What is known of a finding's class so far; NULL without memory. */
static json_t *class_of(struct sieve *sieve, const json_t *record)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s/%s", json_text(record, "class", ""), json_text(record, "confidence", ""));
    json_t *class = json_object_get(sieve->classes, name);
    if (class == NULL) {
        class = json_pack("{s:i, s:{}}", "kept", 0, "names");
        class = class != NULL && json_object_set_new(sieve->classes, name, class) == 0 ? class : NULL;
    }
    return class;
}

static int sift_planted(struct sieve *sieve, const json_t *wrapped, struct err *err)
{
    const json_t *record = json_object_get(wrapped, "record");
    const char *name = json_text(record, "sha256", json_text(record, "path", ""));
    json_t *class = class_of(sieve, record), *names = json_object_get(class, "names");
    if (class == NULL) {
        return err_no_memory(err);
    }
    const json_int_t kept = json_int(class, "kept", 0);
    const bool is_new = json_object_size(names) < SEEN_MAX && json_object_get(names, name) == NULL;
    if (is_new && json_object_set_new(names, name, json_true()) != 0) {
        return err_no_memory(err);
    }
    if (!is_new && kept >= RECORD_MAX && !is_read_again(sieve, wrapped)) {
        return leave(sieve, record, err);
    }
    return json_object_set_new(class, "kept", json_integer(kept + 1)) == 0 ? keep(sieve, wrapped, slim(record), err)
                                                                           : err_no_memory(err);
}

static int sift_sweep(void *self, const struct assay_record *row, struct err *err)
{
    struct sieve *sieve = self;
    switch (assay_kind_of(json_text(row->wrapped, "type", ""))) {
    case ASSAY_FINDING:
        return sift_planted(sieve, row->wrapped, err);
    case ASSAY_COVERAGE:
        sieve->harmless += coverage_is_harmless(json_object_get(row->wrapped, "record"));
        return 0;
    default:
        return keep_whole(sieve, row->wrapped, err);
    }
}

/* ---- the others ---- */

static int sift_trace(void *self, const struct assay_record *row, struct err *err)
{
    struct sieve *sieve = self;
    const json_t *record = json_object_get(row->wrapped, "record");
    if (assay_kind_of(json_text(row->wrapped, "type", "")) == ASSAY_SUMMARY) {
        return keep_whole(sieve, row->wrapped, err);
    }
    if (json_bool(record, "signed_in", false) && !is_read_again(sieve, row->wrapped)) {
        return leave(sieve, record, err);
    }
    json_t *few = slim(record);
    if (few == NULL || json_object_set_new(few, "requests", json_real(requests_answered(record))) != 0) {
        json_decref(few);
        return err_no_memory(err);
    }
    return keep(sieve, row->wrapped, few, err);
}

static int sift_reach(void *self, const struct assay_record *row, struct err *err)
{
    const json_t *record = json_object_get(row->wrapped, "record");
    const bool is_login =
        strcmp(json_text(record, "class", ""), "account") == 0 && json_object_get(record, "credential") != NULL;
    const bool is_summary = assay_kind_of(json_text(row->wrapped, "type", "")) == ASSAY_SUMMARY;
    return is_login || is_summary ? keep_whole(self, row->wrapped, err) : 0;
}

static int sift_match(void *self, const struct assay_record *row, struct err *err)
{
    const json_t *record = json_object_get(row->wrapped, "record");
    const int kind = assay_kind_of(json_text(row->wrapped, "type", ""));
    if (kind == ASSAY_SUMMARY) {
        return keep_whole(self, row->wrapped, err);
    }
    const bool bears = kind == ASSAY_COVERAGE || strcmp(json_text(record, "role", ""), "reference") == 0;
    return bears ? keep(self, row->wrapped, slim(record), err) : 0;
}

static int sift_other(void *self, const struct assay_record *row, struct err *err)
{
    return keep_whole(self, row->wrapped, err);
}

static const struct sifting {
    const char *engine;
    unsigned kinds;
    assay_record_visit *visit;
} siftings[] = {
    {"sweep", 1U << ASSAY_FINDING | 1U << ASSAY_COVERAGE | 1U << ASSAY_SUMMARY, sift_sweep},
    {"trace", 1U << ASSAY_FINDING | 1U << ASSAY_SUMMARY, sift_trace},
    {"reach", 1U << ASSAY_MEASURE | 1U << ASSAY_SUMMARY, sift_reach},
    {"match", ASSAY_EVERY_KIND, sift_match},
    {NULL, 1U << ASSAY_SUMMARY, sift_other},
};

static const struct sifting *sifting_of(const json_t *exam)
{
    const struct sifting *sifting = siftings;
    while (sifting->engine != NULL && strcmp(sifting->engine, json_text(exam, "engine", "")) != 0) {
        sifting++;
    }
    return sifting;
}

static int sift_exam(struct assay_records *records, json_t *exam, json_t *read, struct err *err)
{
    const struct sifting *sifting = sifting_of(exam);
    OWN(own_json) json_t *kept = json_array();
    OWN(own_sieve)
    struct sieve sieve = {.exam = exam, .kept = kept, .classes = json_object(), .left = json_object(), .read = read};
    if (kept == NULL || sieve.classes == NULL || sieve.left == NULL) {
        return err_no_memory(err);
    }
    TRY(assay_records_each(records, exam, sifting->kinds, sifting->visit, &sieve, err));
    json_t *left_out = json_pack("{s:O, s:I}", "findings", sieve.left, "harmless", sieve.harmless);
    return json_object_set(exam, "records", kept) == 0 && json_object_set_new(exam, "left_out", left_out) == 0
               ? 0
               : err_no_memory(err);
}

/* The findings that confirmations name. */
static json_t *read_again(const json_t *model)
{
    json_t *read = json_object();
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(model, "confirmations"), i, row)
    {
        if (read != NULL && json_object_set_new(read, json_text(row, "finding", ""), json_true()) != 0) {
            json_decref(read);
            read = NULL;
        }
    }
    return read;
}

json_t *assay_judge_model(struct assay_case *kase, uint64_t size, struct err *err)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_assay_records) struct assay_records *records = NULL;
    size_t i;
    json_t *exam;
    if (assay_case_lean(kase, size, &model, &records, err) != 0) {
        return NULL;
    }
    OWN(own_json) json_t *read = read_again(model);
    if (read == NULL) {
        err_no_memory(err);
        return NULL;
    }
    json_array_foreach(json_object_get(model, "examinations"), i, exam)
    {
        if (sift_exam(records, exam, read, err) != 0) {
            return NULL;
        }
    }
    return json_incref(model);
}

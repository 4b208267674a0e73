/* From the records of a lean model into it: those that the page may show. Of findings in trees it names a few, whatever their number. */
#include "report/sieve.h"

#include "base/own.h"
#include "base/str.h"
#include "report/events.h"
#include "report/story.h"

#include "base/banned.h"

struct sieve {
    const struct model *model;
    json_t *exam, *kept;
    json_t *named; /* ids that verdicts and confirmations name */
    struct str paths[STORY_PATHS_MAX];
    size_t path_count, shown; /* shown: findings that nobody asked for */
    size_t at_path[STORY_PATHS_MAX];
    json_int_t left;
};

static int keep(struct sieve *sieve, const struct assay_record *row, struct err *err)
{
    return json_array_append(sieve->kept, row->wrapped) == 0 ? 0 : err_no_memory(err);
}

static int keep_record(void *self, const struct assay_record *row, struct err *err)
{
    return keep(self, row, err);
}

/* The story tells of the first few files that a request of it asked for. */
static bool is_of_story(struct sieve *sieve, struct str file)
{
    bool is_told = false;
    for (size_t i = 0; i < sieve->path_count; i++) {
        if (story_ends_like(file, sieve->paths[i]) && sieve->at_path[i] < STORY_FILES_MAX) {
            sieve->at_path[i]++;
            is_told = true;
        }
    }
    return is_told;
}

static int sift_finding(void *self, const struct assay_record *row, struct err *err)
{
    struct sieve *sieve = self;
    const json_t *finding = model_record(row->wrapped, "finding");
    struct str file = model_text(finding, "path");
    bool is_asked_for = events_ask_for(sieve->model, file);
    bool is_told = finding == NULL || (is_asked_for ? is_of_story(sieve, file) : sieve->shown < STORY_FILES_ALONE_MAX);
    if (!is_told && json_object_get(sieve->named, json_string_value(json_object_get(row->wrapped, "id"))) == NULL) {
        sieve->left += !is_asked_for;
        return 0;
    }
    sieve->shown += finding != NULL && !is_asked_for;
    return keep(sieve, row, err);
}

static int sift_exam(struct sieve *sieve, json_t *exam, struct assay_records *records, struct err *err)
{
    const unsigned all = ASSAY_EVERY_KIND & ~(1U << ASSAY_EVENT);
    const bool is_sweep = model_is_engine(exam, "sweep");
    OWN(own_json) json_t *kept = json_array();
    sieve->kept = kept;
    sieve->left = 0;
    memset(sieve->at_path, 0, sizeof sieve->at_path);
    if (kept == NULL) {
        return err_no_memory(err);
    }
    /* no page tells the files that a tree's examination did not read one by one */
    TRY(is_sweep ? assay_records_each(records, exam, 1U << ASSAY_FINDING | 1U << ASSAY_MEASURE | 1U << ASSAY_SUMMARY,
                                      sift_finding, sieve, err)
                 : assay_records_each(records, exam, all, keep_record, sieve, err));
    return json_object_set(exam, "records", kept) == 0 &&
                   json_object_set_new(exam, "left_out", json_pack("{s:I}", "findings", sieve->left)) == 0
               ? 0
               : err_no_memory(err);
}

static int name(json_t *named, const json_t *id, struct err *err)
{
    return !json_is_string(id) || json_object_set_new(named, json_string_value(id), json_true()) == 0
               ? 0
               : err_no_memory(err);
}

static int name_items(json_t *named, const json_t *items, struct err *err)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *ids = model_array(json_array_get(items, i), "records");
        for (size_t k = 0; k < json_array_size(ids); k++) {
            TRY(name(named, json_array_get(ids, k), err));
        }
    }
    return 0;
}

static int find_named(const json_t *root, json_t *named, struct err *err)
{
    static const char *const lists[] = {"for", "against", "neutral"};
    const json_t *verdicts = model_array(root, "verdicts"), *confirmations = model_array(root, "confirmations");
    for (size_t i = 0; i < json_array_size(verdicts); i++) {
        for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
            TRY(name_items(named, model_array(json_array_get(verdicts, i), lists[k]), err));
        }
    }
    for (size_t i = 0; i < json_array_size(confirmations); i++) {
        TRY(name(named, json_object_get(json_array_get(confirmations, i), "finding"), err));
    }
    return 0;
}

int report_sift(const struct model *model, json_t *root, struct assay_records *records, struct err *err)
{
    OWN(own_json) json_t *named = json_object();
    struct sieve sieve = {.model = model, .named = named};
    json_t *exams = json_object_get(root, "examinations");
    if (named == NULL) {
        return err_no_memory(err);
    }
    sieve.path_count = story_paths(model, sieve.paths);
    TRY(find_named(root, named, err));
    for (size_t i = 0; i < json_array_size(exams); i++) {
        TRY(sift_exam(&sieve, json_array_get(exams, i), records, err));
    }
    return 0;
}

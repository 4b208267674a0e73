/* From what sweep found in a tree to what trace follows in a log: the path of a file below its web root is
 * the path a request names. A sweep of several trees gives the seeds of each. */
#include "assay/case.h"
#include "assay/run.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

/* What a visitor uses through a request: backdoors, tools, and a script where none belongs. Configuration is not followed. */
static bool is_followed(const json_t *finding)
{
    static const char *const followed[] = {"shell", "uploader", "packed", "tool", "admin-tool"};
    const char *class_name = json_text(finding, "class", "");
    if (strcmp(class_name, "odd-place") == 0) {
        return json_text(finding, "language", NULL) != NULL;
    }
    for (size_t i = 0; i < sizeof followed / sizeof *followed; i++) {
        if (strcmp(class_name, followed[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Name of the evidence with this id. */
static const char *evidence_name(const json_t *model, const char *id)
{
    return json_text(json_find(json_object_get(model, "evidence"), "id", id), "name", "");
}

/* path below one of the examined trees, with its leading slash; an empty str if it is below none. */
static struct str below_tree(const json_t *model, const json_t *examination, struct str path)
{
    size_t i;
    const json_t *id;
    json_array_foreach(json_object_get(examination, "evidence"), i, id)
    {
        struct str root = str_of(evidence_name(model, json_string_value(id)));
        while (root.len > 1 && root.data[root.len - 1] == '/') {
            root.len--;
        }
        if (root.len != 0 && str_starts(path, root) && path.len > root.len && path.data[root.len] == '/') {
            return str_slice(path, root.len, path.len);
        }
    }
    return (struct str){NULL, 0};
}

/* What is gathered, and of which examination. */
struct gather {
    const json_t *model, *examination;
    json_t *seeds;
    json_t *known; /* paths: one seed a file, of its first and worst class */
};

static int put_seed(void *self, const struct assay_record *row, struct err *err)
{
    struct gather *gather = self;
    const json_t *record = json_object_get(row->wrapped, "record");
    struct str path = {NULL, 0};
    if (is_followed(record)) {
        path = below_tree(gather->model, gather->examination, str_of(json_text(record, "path", "")));
    }
    if (path.len == 0 || json_object_get(gather->known, path.data) != NULL) { /* it ends where the whole path ends */
        return 0;
    }
    json_t *added = json_pack("{s:s,s:s,s:s}", "path", path.data, "class", json_text(record, "class", ""), "mtime",
                              json_text(record, "mtime", ""));
    return json_object_set_new(gather->known, path.data, json_true()) == 0 &&
                   json_array_append_new(gather->seeds, added) == 0
               ? 0
               : err_no_memory(err);
}

json_t *assay_seeds_of(struct assay_case *kase, struct err *err)
{
    OWN(own_json) json_t *model = NULL;
    OWN(own_assay_records) struct assay_records *records = NULL;
    OWN(own_json) json_t *seeds = json_array();
    OWN(own_json) json_t *known = json_object();
    struct gather gather = {.seeds = seeds, .known = known};
    size_t i;
    const json_t *examination;
    if (assay_case_lean(kase, assay_case_size(kase), &model, &records, err) != 0) {
        return NULL;
    }
    gather.model = model;
    json_array_foreach(json_object_get(model, "examinations"), i, examination)
    {
        gather.examination = examination;
        if (strcmp(json_text(examination, "engine", ""), "sweep") == 0 &&
            assay_records_each(records, examination, 1U << ASSAY_FINDING, put_seed, &gather, err) != 0) {
            return NULL;
        }
    }
    return json_incref(seeds);
}

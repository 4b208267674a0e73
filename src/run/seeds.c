/* From what sweep found in a tree to what trace follows in a log: the path of a file below its web root is
 * the path a request names. A sweep of several trees gives the seeds of each. */
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

static int put_seed(json_t *seeds, const json_t *model, const json_t *examination, const json_t *entry, struct err *err)
{
    const json_t *record = json_object_get(entry, "record");
    const char *class_name = json_text(record, "class", "");
    if (strcmp(json_text(entry, "type", ""), "finding") != 0 || !is_followed(record)) {
        return 0;
    }
    struct str path = below_tree(model, examination, str_of(json_text(record, "path", "")));
    if (path.len == 0) {
        return 0;
    }
    size_t i;
    const json_t *seed;
    json_array_foreach(seeds, i, seed)
    {
        if (str_eq(str_of(json_text(seed, "path", "")), path)) {
            return 0; /* one seed a file, of its first and worst class */
        }
    }
    json_t *added = json_pack("{s:s%,s:s,s:s}", "path", path.data, path.len, "class", class_name, "mtime",
                              json_text(record, "mtime", ""));
    return json_array_append_new(seeds, added) == 0 ? 0 : err_set(err, ERR_LIMIT, "out of memory");
}

json_t *assay_seeds_of(const json_t *model, struct err *err)
{
    json_t *seeds = json_array();
    size_t i;
    const json_t *examination;
    json_array_foreach(json_object_get(model, "examinations"), i, examination)
    {
        size_t j;
        const json_t *entry;
        if (strcmp(json_text(examination, "engine", ""), "sweep") != 0) {
            continue;
        }
        json_array_foreach(json_object_get(examination, "records"), j, entry)
        {
            if (put_seed(seeds, model, examination, entry, err) != 0) {
                json_decref(seeds);
                return NULL;
            }
        }
    }
    return seeds;
}

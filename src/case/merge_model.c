/* What was merged, in the model: read from the archived bundle each time and held against the root that our own ledger names, so a
 * document that was exchanged is refused and not believed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/merge.h"
#include "case/pack.h"

#include "base/banned.h"

void own_merged(struct merged *merged)
{
    own_fd(&merged->fd);
}

static int lost(const json_t *entry, struct err *err)
{
    err_set(err, ERR_TAMPERED, "documents/%s: is not the bundle that entry %s merged", json_text(entry, "sha256", "?"),
            json_text(entry, "id", "?"));
    return err_remedy(err, "put the bundle of %s back, or merge it again", json_text(entry, "origin", "it"));
}

int merged_open(struct merged *merged, int case_dir, const json_t *entry, struct err *err)
{
    char name[16 + SHA256_HEX];
    (void)snprintf(name, sizeof name, "documents/%.64s", json_text(entry, "sha256", ""));
    *merged = (struct merged){.fd = file_open_beneath(case_dir, name, 0), .size = (uint64_t)json_int(entry, "size", 0)};
    if (merged->fd < 0 || !hex_decode(merged->root.bytes, SHA256_BYTES, str_of(json_text(entry, "root", ""))) ||
        tar_find(merged->fd, "ledger.jsonl", &merged->offset, &merged->bytes, NULL) != 0) {
        own_merged(merged);
        return lost(entry, err);
    }
    return 0;
}

int merged_lines(const struct merged *merged, merged_visit *visit, void *self, struct err *err)
{
    OWN(own_lines) struct lines lines = {0};
    struct tree tree = {.size = 0};
    TRY(lines_open_within(&lines, merged->fd, merged->offset, merged->offset + merged->bytes, err));
    while (tree.size < merged->size) {
        struct line line;
        struct sha256 leaf;
        int got = lines_next(&lines, &line, err);
        if (got < 0) {
            return -1;
        }
        if (got == 0 || !line.is_whole) {
            break;
        }
        if (!bundle_is_left_out(line.text, &leaf)) {
            leaf = tree_leaf(line.text);
            TRY(visit(self, &line, err));
        }
        tree_add(&tree, &leaf);
    }
    struct sha256 root = tree_root(&tree);
    return tree.size == merged->size && sha256_eq(&root, &merged->root)
               ? 0
               : err_set(err, ERR_TAMPERED, "the merged ledger is not what was merged");
}

/* Entries of some types. */
struct choosing {
    const char *const *types;
    case_visit *visit;
    void *self;
};

static int visit_line(void *self, const struct line *line, struct err *err)
{
    const struct choosing *choosing = self;
    if (!case_is_wanted(line->text, choosing->types)) {
        return 0;
    }
    OWN(own_json) json_t *entry = json_read(line->text, err);
    return entry != NULL ? choosing->visit(choosing->self, entry, err) : -1;
}

int merged_each(const void *from, const char *const *types, case_visit *visit, void *self, struct err *err)
{
    struct choosing choosing = {types, visit, self};
    return merged_lines(from, visit_line, &choosing, err);
}

/* An own verdict on a merged claim takes the place of the one that came with it. */
static bool is_judged_here(const json_t *own, const json_t *verdict)
{
    return json_find(own, "claim", json_text(verdict, "claim", "")) != NULL;
}

static int put_list(json_t *own, json_t *merged, const char *key, const json_t *entry, struct err *err)
{
    for (size_t i = 0; i < json_array_size(merged); i++) {
        json_t *thing = json_array_get(merged, i);
        if (strcmp(key, "verdicts") == 0 && is_judged_here(own, thing)) {
            continue;
        }
        if (json_object_set(thing, "signer", json_object_get(entry, "origin")) != 0 ||
            json_object_set(thing, "merge", json_object_get(entry, "id")) != 0 || json_array_append(own, thing) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

/* What it merged itself is signed by others again, and was not looked at here: the entry counts it. */
static int put_one(struct assay_case *kase, json_t *model, const json_t *entry, const char *const *types,
                   struct assay_records *records, struct err *err)
{
    OWN(own_merged) struct merged merged = {.fd = -1};
    OWN(own_record_names) struct record_names names = {.count = 0};
    TRY(merged_open(&merged, kase->dir, entry, err));
    OWN(own_json)
    json_t *other = records != NULL ? records_of_merged(records, &merged, entry, &names, err)
                                    : case_model_from(merged_each, &merged, types, err);
    if (other == NULL) {
        return err_where(err, "documents/%.64s", json_text(entry, "sha256", ""));
    }
    TRY(merge_rename(other, json_text(entry, "alias", "?"), &names, err));
    const char *key;
    json_t *list;
    json_object_foreach(other, key, list)
    {
        json_t *own = json_object_get(model, key);
        if (json_is_array(own) && strcmp(key, "merges") != 0) {
            TRY(put_list(own, list, key, entry, err));
        }
    }
    return 0;
}

int case_put_merged(struct assay_case *kase, json_t *model, const char *const *types, struct assay_records *records,
                    struct err *err)
{
    const json_t *merges = json_object_get(model, "merges");
    for (size_t i = 0; i < json_array_size(merges); i++) {
        TRY(put_one(kase, model, json_array_get(merges, i), types, records, err));
    }
    return 0;
}

/* The case as it stands: one pass over the ledger, in which later entries take the place of those they supersede. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"
#include "case/stamps.h"

#include "base/banned.h"

static bool is_among(struct str type, const char *const *types)
{
    for (; *types != NULL; types++) {
        if (str_eq(type, str_of(*types))) {
            return true;
        }
    }
    return false;
}

bool case_is_wanted(struct str line, const char *const *types)
{
    struct envelope envelope;
    return types == NULL || canon_read(&envelope, line) != NULL || is_among(envelope.type, types);
}

json_t *case_entry(struct assay_case *kase, const struct index_row *row, struct err *err)
{
    OWN(own_mem) char *line = malloc((size_t)row->bytes);
    if (line == NULL) {
        err_no_memory(err);
        return NULL;
    }
    ssize_t got = pread(kase->ledger, line, (size_t)row->bytes, (off_t)row->at);
    json_t *entry = got == (ssize_t)row->bytes ? json_read((struct str){line, (size_t)row->bytes - 1}, NULL) : NULL;
    if (entry == NULL || json_int(entry, "n", -1) != (int64_t)row->n) {
        json_decref(entry);
        err_set(err, ERR_TAMPERED, "index.sqlite does not fit the ledger at entry %llu", (unsigned long long)row->n);
        err_remedy(err, "delete index.sqlite, it is made again; assay verify %s says what differs", kase->path);
        return NULL;
    }
    return entry;
}

/* Entries of some types, found through the index: nothing else is read. */
static int each_of(struct assay_case *kase, const char *const *types, case_visit *visit, void *self, struct err *err)
{
    enum decision { UNDECIDED, WANTED, UNWANTED };
    enum decision decisions[256] = {UNDECIDED};
    OWN(own_index_reader) struct index_reader *reader = index_reader_new(kase->index, 0, err);
    struct index_row row;
    int got = reader != NULL ? index_next(reader, &row, err) : -1;
    for (; got == 1 && row.n < kase->tree.size; got = index_next(reader, &row, err)) {
        enum decision *decision = &decisions[row.code & 255];
        if (*decision == UNDECIDED) {
            *decision = is_among(row.type, types) ? WANTED : UNWANTED;
        }
        if (*decision == UNWANTED) {
            continue;
        }
        OWN(own_json) json_t *entry = case_entry(kase, &row, err);
        if (entry == NULL || visit(self, entry, err) != 0) {
            return -1;
        }
    }
    return got < 0 ? -1 : 0;
}

static bool has_whole_index(const struct assay_case *kase)
{
    uint64_t size = 0;
    uint64_t bytes;
    struct sha256 root;
    if (kase->index != NULL) {
        index_extent(kase->index, &size, &bytes, &root);
    }
    return kase->index != NULL && size >= kase->tree.size;
}

int case_each(struct assay_case *kase, uint64_t size, const char *const *types, case_visit *visit, void *self,
              struct err *err)
{
    if (types != NULL && size >= kase->tree.size && has_whole_index(kase)) {
        return each_of(kase, types, visit, self, err);
    }
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, kase->ledger, 0, err));
    for (uint64_t n = 0; n < size && n < kase->tree.size; n++) {
        struct line line;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "%s: ledger.jsonl: shrank while it was read", kase->path);
        }
        if (!case_is_wanted(line.text, types)) {
            continue;
        }
        OWN(own_json) json_t *entry = json_read(line.text, err);
        if (entry == NULL || visit(self, entry, err) != 0) {
            return err_where(err, "ledger.jsonl:%llu", (unsigned long long)n + 1);
        }
    }
    return 0;
}

/* Objects of jansson keep their order and replace in place: a thing stays where it was first named. */
struct gather {
    json_t *things;  /* id -> newest entry, all but records */
    json_t *gone;    /* ids that another id superseded */
    json_t *records; /* examination -> { id -> {id, type, record} } */
};

static void own_gather(struct gather *gather)
{
    json_decref(gather->things);
    json_decref(gather->gone);
    json_decref(gather->records);
}

static int gather_record(struct gather *gather, const json_t *entry, const char *id, struct err *err)
{
    const char *examination = json_text(entry, "examination", "");
    json_t *siblings = json_object_get(gather->records, examination);
    if (siblings == NULL) {
        siblings = json_object();
        if (json_object_set_new(gather->records, examination, siblings) != 0) {
            return err_no_memory(err);
        }
    }
    json_t *record = json_pack("{s:s, s:s, s:O}", "id", id, "type", json_text(entry, "type", ""), "record",
                               json_object_get(entry, "record"));
    return record != NULL && json_object_set_new(siblings, id, record) == 0 ? 0 : err_no_memory(err);
}

static int gather_entry(void *self, json_t *entry, struct err *err)
{
    struct gather *gather = self;
    const char *id = json_text(entry, "id", "");
    const char *supersedes = json_text(entry, "supersedes", id);
    if (strcmp(supersedes, id) != 0 && json_object_set_new(gather->gone, supersedes, json_true()) != 0) {
        return err_no_memory(err);
    }
    if (json_object_get(entry, "record") != NULL && json_object_get(entry, "examination") != NULL) {
        return gather_record(gather, entry, id, err);
    }
    return json_object_set(gather->things, id, entry) == 0 ? 0 : err_no_memory(err);
}

/* The list of the model that entries of a type stand in, NULL if none. */
static const char *list_name(const char *type)
{
    static const char *const lists[][2] = {
#define ENTRY(type, prefix, digits, list) {type, list},
#include "case/entry_list.h"
#undef ENTRY
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(lists[i][0], type) == 0) {
            return lists[i][1];
        }
    }
    return NULL;
}

/* A model with every list there is, all empty. */
static json_t *empty_model(void)
{
    json_t *model = json_pack("{s:n}", "case");
#define ENTRY(type, prefix, digits, list)                                                         \
    if (model != NULL && (list) != NULL && json_object_set_new(model, list, json_array()) != 0) { \
        json_decref(model);                                                                       \
        return NULL;                                                                              \
    }
#include "case/entry_list.h"
#undef ENTRY
    if (model != NULL && json_object_set_new(model, "verdicts", json_array()) != 0) {
        json_decref(model);
        return NULL;
    }
    return model;
}

static int put_records(const struct gather *gather, json_t *examination, const char *id, struct err *err)
{
    json_t *list = json_array();
    if (list == NULL || json_object_set_new(examination, "records", list) != 0) {
        return err_no_memory(err);
    }
    const char *record_id;
    json_t *record;
    json_object_foreach(json_object_get(gather->records, id), record_id, record)
    {
        if (json_object_get(gather->gone, record_id) == NULL && json_array_append(list, record) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

static int put_thing(const struct gather *gather, json_t *model, json_t *verdicts, const char *id, json_t *entry,
                     struct err *err)
{
    const char *type = json_text(entry, "type", "");
    if (strcmp(type, "case") == 0) {
        return json_object_set(model, "case", entry) == 0 ? 0 : err_no_memory(err);
    }
    if (strcmp(type, "verdict") == 0) {
        return json_object_set(verdicts, json_text(entry, "claim", ""), entry) == 0 ? 0 : err_no_memory(err);
    }
    if (strcmp(type, "examination") == 0) {
        TRY(put_records(gather, entry, id, err));
    }
    const char *list_key = list_name(type);
    json_t *list = list_key != NULL ? json_object_get(model, list_key) : NULL;
    return list == NULL || json_array_append(list, entry) == 0 ? 0 : err_no_memory(err);
}

static int put_things(const struct gather *gather, json_t *model, struct err *err)
{
    OWN(own_json) json_t *verdicts = json_object();
    const char *id;
    json_t *entry;
    if (verdicts == NULL) {
        return err_no_memory(err);
    }
    json_object_foreach(gather->things, id, entry)
    {
        if (json_object_get(gather->gone, id) == NULL) {
            TRY(put_thing(gather, model, verdicts, id, entry, err));
        }
    }
    json_object_foreach(verdicts, id, entry)
    {
        if (json_array_append(json_object_get(model, "verdicts"), entry) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

/* Names on the signature lines that are not the case's own. */
static json_t *cosigner_names(const struct assay_case *kase, struct str checkpoint)
{
    struct note note;
    json_t *names = json_array();
    if (names == NULL || note_read(&note, checkpoint, NULL) != 0) {
        return names;
    }
    for (size_t i = 0; i < note.count; i++) {
        if (!str_eq(note.lines[i].name, str_of(kase->vkey.name))) {
            (void)json_array_append_new(names, json_stringn(note.lines[i].name.data, note.lines[i].name.len));
        }
    }
    return names;
}

/* A kept checkpoint; its signature holds. */
static json_t *checkpoint_object(struct assay_case *kase, const struct archived *kept)
{
    char name[CHECKPOINT_NAME];
    char hex[SHA256_HEX + 1];
    case_checkpoint_name(name, kept->size);
    hex_encode(hex, kept->root.bytes, SHA256_BYTES);
    return json_pack("{s:I, s:s, s:s, s:o, s:o}", "size", (json_int_t)kept->size, "root", hex, "file", name,
                     "cosigners", cosigner_names(kase, kept->note), "stamps", stamps_kept(kase, kept->size));
}

/* As they were when the case was opened, or as they are now if one was written since. */
static int put_checkpoints(struct assay_case *kase, json_t *checkpoints, struct err *err)
{
    TRY(kase->has_kept ? 0 : case_read_kept(kase, err));
    for (size_t i = 0; i < kase->kept.count && kase->kept.of[i].size <= kase->tree.size; i++) {
        if (json_array_append_new(checkpoints, checkpoint_object(kase, &kase->kept.of[i])) != 0) {
            return err_no_memory(err);
        }
    }
    return 0;
}

static int put_ledger(struct assay_case *kase, json_t *model, struct err *err)
{
    char hex[SHA256_HEX + 1];
    char vkey[NOTE_VKEY_TEXT];
    struct sha256 root = tree_root(&kase->tree);
    hex_encode(hex, root.bytes, SHA256_BYTES);
    char signer[NOTE_VKEY_TEXT];
    note_key_write(vkey, &kase->keys.of[0].key);
    note_key_write(signer, &case_key_for(&kase->keys, kase->tree.size)->key);
    OWN(own_json) json_t *checkpoints = json_array();
    if (checkpoints == NULL || put_checkpoints(kase, checkpoints, err) != 0) {
        return checkpoints == NULL ? err_no_memory(err) : -1;
    }
    json_t *ledger = json_pack("{s:I, s:s, s:s, s:s, s:s, s:O}", "size", (json_int_t)kase->tree.size, "root", hex,
                               "origin", kase->vkey.name, "vkey", vkey, "signer", signer, "checkpoints", checkpoints);
    return ledger != NULL && json_object_set_new(model, "ledger", ledger) == 0 ? 0 : err_no_memory(err);
}

json_t *case_model_from(case_source *each, const void *from, const char *const *types, struct err *err)
{
    OWN(own_gather) struct gather gather = {.things = json_object(), .gone = json_object(), .records = json_object()};
    OWN(own_json) json_t *model = empty_model();
    if (gather.things == NULL || gather.gone == NULL || gather.records == NULL || model == NULL) {
        err_no_memory(err);
        return NULL;
    }
    bool is_whole = each(from, types, gather_entry, &gather, err) == 0 && put_things(&gather, model, err) == 0;
    return is_whole ? json_incref(model) : NULL;
}

struct own {
    struct assay_case *kase;
    uint64_t size;
};

static int each_own(const void *from, const char *const *types, case_visit *visit, void *self, struct err *err)
{
    const struct own *own = from;
    return case_each(own->kase, own->size, types, visit, self, err);
}

int case_put_around(struct assay_case *kase, json_t *model, const char *const *types, struct assay_records *records,
                    struct err *err)
{
    TRY(put_ledger(kase, model, err));
    return case_put_merged(kase, model, types, records, err);
}

/* types (NULL-terminated) or NULL for all. */
static json_t *model_of(struct assay_case *kase, uint64_t size, const char *const *types, struct err *err)
{
    const struct own own = {kase, size};
    OWN(own_json) json_t *model = case_model_from(each_own, &own, types, err);
    if (model == NULL || case_put_around(kase, model, types, NULL, err) != 0) {
        err_where(err, "%s", kase->path);
        return NULL;
    }
    return json_incref(model);
}

json_t *assay_case_model(struct assay_case *kase, struct err *err)
{
    return model_of(kase, kase->tree.size, NULL, err);
}

int case_has_state(const struct assay_case *kase, uint64_t size, struct err *err)
{
    return size != 0 && size <= kase->tree.size
               ? 0
               : err_set(err, ERR_USAGE, "%s: has %llu entries, so there is no state of it after %llu", kase->path,
                         (unsigned long long)kase->tree.size, (unsigned long long)size);
}

json_t *assay_case_model_at(struct assay_case *kase, uint64_t size, struct err *err)
{
    return case_has_state(kase, size, err) == 0 ? model_of(kase, size, NULL, err) : NULL;
}

json_t *assay_case_outline(struct assay_case *kase, struct err *err)
{
    static const struct {
        const char *type, *prefix;
    } kinds[] = {
#define ENTRY(type, prefix, digits, list) {type, prefix},
#include "case/entry_list.h"
#undef ENTRY
    };
    const char *types[sizeof kinds / sizeof kinds[0] + 1];
    size_t count = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].prefix != NULL) {
            types[count++] = kinds[i].type;
        }
    }
    types[count] = NULL;
    return model_of(kase, kase->tree.size, types, err);
}

static int keep_entry(void *self, json_t *entry, struct err *err)
{
    return json_array_append(self, entry) == 0 ? 0 : err_no_memory(err);
}

json_t *assay_case_entries(struct assay_case *kase, const char *type, struct err *err)
{
    const char *const types[] = {type, NULL};
    OWN(own_json) json_t *list = json_array();
    if (list == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (case_each(kase, kase->tree.size, types, keep_entry, list, err) != 0) {
        err_where(err, "%s", kase->path);
        return NULL;
    }
    return json_incref(list);
}

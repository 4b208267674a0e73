/* From a step's summary to an entry. The bounds are computed here, when a result is recorded: the judge knows no engine, and computes
 * its verdict again from the entry alone. */
#include "cli/private_entry.h"

#include <math.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/note.h"

#include "base/banned.h"

struct assay_private_seen private_seen_of(const json_t *type)
{
    struct assay_private_seen seen = {.asker_keys = (uint64_t)json_int(type, "asker_keys", 0),
                                      .keeper_keys = (uint64_t)json_int(type, "keeper_keys", 0),
                                      .traps = (uint64_t)json_int(type, "traps", 0),
                                      .count = (uint64_t)json_int(type, "count", 0),
                                      .is_fewer = json_bool(type, "fewer_than", false),
                                      .present = (uint32_t)json_int(type, "present", 0)};
    static const char *const audits[] = {"audit_1", "audit_2", "audit_3"};
    for (size_t a = 0; a < 3; a++) {
        const json_t *audit = json_object_get(type, audits[a]);
        seen.opened[a] = (uint32_t)json_int(audit, "opened", 0);
        seen.failed[a] = (uint32_t)json_int(audit, "failed", 0);
        seen.searched[a] = (uint32_t)json_int(audit, "searched", 0);
        seen.odd[a] = (uint32_t)json_int(audit, "odd", 0);
    }
    return seen;
}

static json_t *bounds_of(const json_t *type)
{
    struct assay_private_seen seen = private_seen_of(type);
    struct assay_private_bounds bounds = assay_private_bounds_of(&seen, 0.95);
    return json_pack("{s:[I, I], s:[I, I]}", "committed", (json_int_t)floor(bounds.committed_lo),
                     (json_int_t)ceil(bounds.committed_hi), "source", (json_int_t)floor(bounds.source_lo),
                     (json_int_t)ceil(bounds.source_hi));
}

/* Types of a step that counted; the summary's own are not touched. */
static json_t *with_bounds(const json_t *types)
{
    json_t *all = json_array();
    size_t i;
    json_t *type;
    json_array_foreach(types, i, type)
    {
        json_t *copy = json_copy(type);
        if (json_object_get(type, "count") != NULL) {
            (void)json_object_set_new(copy, "bounds", bounds_of(type));
        }
        (void)json_array_append_new(all, copy);
    }
    return all;
}

static bool is_revoked(const json_t *keys, const char *id)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(keys, i, entry)
    {
        if (strcmp(json_text(entry, "act", ""), "revoke") == 0 && strcmp(json_text(entry, "key", ""), id) == 0) {
            return true;
        }
    }
    return false;
}

bool private_registered_key(const json_t *model, const char *party, char hex[static 2 * PARTY_KEY_BYTES + 1])
{
    const json_t *keys = json_object_get(model, "keys");
    bool is_there = false;
    size_t i;
    const json_t *entry;
    json_array_foreach(keys, i, entry)
    {
        struct note_key key;
        bool is_his = party != NULL && strcmp(json_text(entry, "act", ""), "register") == 0 &&
                      strcmp(json_text(entry, "party", ""), party) == 0;
        if (is_his && !is_revoked(keys, json_text(entry, "id", "")) &&
            note_cosigner_read(&key, str_of(json_text(entry, "vkey", "")), NULL) == 0) {
            hex_encode(hex, key.public_key, PARTY_KEY_BYTES);
            is_there = true;
        }
    }
    return is_there;
}

void private_spent(const json_t *entries, struct buf *out)
{
    static const char *const sides[] = {"asker_commit", "keeper_commit"};
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        const char *run = json_text(entry, "run", NULL);
        for (size_t side = 0; run != NULL && side < sizeof sides / sizeof *sides; side++) {
            const char *commit = json_text(entry, sides[side], NULL);
            if (commit != NULL && strlen(commit) == SHA256_HEX && strlen(run) == SHA256_HEX) {
                buf_printf(out, "%s %s\n", commit, run);
            }
        }
    }
}

/* What was made, by kind and id and without a name of this machine: the entries of a run are its transcript. */
static json_t *files_of(const json_t *made)
{
    json_t *files = json_array();
    size_t i;
    const json_t *file;
    json_array_foreach(made, i, file)
    {
        (void)json_array_append_new(files, json_pack("{s:s, s:s, s:s}", "kind", json_text(file, "kind", ""), "id",
                                                     json_text(file, "id", ""), "for", json_text(file, "for", "")));
    }
    return files;
}

json_t *private_entry(const json_t *summary, const char *asker, const char *keeper, struct err *err)
{
    static const char *const left_out[] = {"made", "again",
                                           "complete"}; /* names of this machine, and how the step went */
    OWN(own_json) json_t *entry = json_copy((json_t *)(uintptr_t)summary);
    const json_t *types = json_object_get(summary, "types"), *made = json_object_get(summary, "made");
    int failed = json_object_set_new(entry, "type", json_string("private"));
    if (made != NULL) {
        failed |= json_object_set_new(entry, "files", files_of(made));
    }
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        (void)json_object_del(entry, left_out[i]);
    }
    if (types != NULL) {
        failed |= json_object_set_new(entry, "types", with_bounds(types));
    }
    if (asker != NULL) {
        failed |= json_object_set_new(entry, "asker", json_string(asker));
    }
    if (keeper != NULL) {
        failed |= json_object_set_new(entry, "keeper", json_string(keeper));
    }
    if (failed != 0) {
        err_no_memory(err);
        return NULL;
    }
    return json_incref(entry);
}

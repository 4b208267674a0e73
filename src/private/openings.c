/* Openings, read by the neutral: every item against the position drawn, the paths, the point, and the proof. */
#include <sodium.h>
#include <stdlib.h>

#include "base/str.h"
#include "private/audit.h"
#include "private/dleq.h"
#include "private/keys.h"
#include "private/source.h"

#include "base/banned.h"

enum { OPENING_MAX = 256 << 20 };

void own_openings(struct openings *openings)
{
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        free(openings->type[i].keys);
        free(openings->type[i].points);
    }
    buf_free(&openings->bytes);
    *openings = (struct openings){0};
}

static int fails(const struct wire_file *file, const char *what, size_t type, size_t item, struct err *err)
{
    return err_set(err, ERR_TAMPERED, "%s: the %s's opening does not hold: %s (type %zu, row %zu of those drawn)",
                   files_name(file), wire_role_name(file->open.role), what, type + 1, item + 1);
}

/* What is sealed, and under its key what stands behind the signature: signed through its digest. */
static int unseal(struct step *step, const struct wire_file *file, struct buf *out, struct err *err)
{
    struct key_pair pair;
    uint8_t inner[32 + SHA256_BYTES];
    uint64_t begin = wire_lists_at(file);
    if (file->bytes < begin || file->bytes - begin > OPENING_MAX) {
        return err_set(err, ERR_LIMIT, "%s: an opening of more than 256 MiB", files_name(file));
    }
    size_t length = (size_t)(file->bytes - begin);
    TRY(step_key(step, &pair, err));
    bool is_open =
        suite_unseal(inner, (struct str){(const char *)file->open.sealed, sizeof file->open.sealed}, pair.box);
    sodium_memzero(&pair, sizeof pair);
    if (!is_open) {
        return err_set(err, ERR_FORMAT, "%s: not sealed to this key, or damaged", files_name(file));
    }
    uint8_t *room = (uint8_t *)buf_room(out, length + 1);
    TRY(buf_check(out, err));
    TRY(list_read_at(file->fd, files_name(file), room, length, begin, err));
    out->len = length;
    struct sha256 digest = sha256_of(buf_str(out));
    if (memcmp(digest.bytes, inner + 32, SHA256_BYTES) != 0) {
        err_set(err, ERR_TAMPERED, "%s: what stands behind the signature is not what was signed", files_name(file));
        return err_remedy(err, "it was damaged on its way: have it sent again");
    }
    suite_stream(room, length, 0, inner);
    sodium_memzero(inner, sizeof inner);
    return 0;
}

/* The block's beginning: *ret_items. */
static int begin_block(struct wire_cursor *cursor, const struct wire_file *file, size_t type, size_t wanted,
                       struct err *err)
{
    uint8_t context[AUDIT_CONTEXT], given[AUDIT_CONTEXT];
    audit_context(context, &file->open.run, file->open.audit, type);
    wire_get_bytes(cursor, given, sizeof given);
    uint64_t items = wire_get(cursor, 4);
    if (cursor->bad || memcmp(context, given, sizeof given) != 0) {
        return err_set(err, ERR_FORMAT, "%s: not of this run and audit, or out of order", files_name(file));
    }
    return items == wanted ? 0
                           : err_set(err, ERR_TAMPERED, "%s: %llu rows opened, where %zu were drawn", files_name(file),
                                     (unsigned long long)items, wanted);
}

static bool holds_path(struct wire_cursor *cursor, const struct sha256 *leaf, uint64_t position, uint64_t size,
                       const struct sha256 *root)
{
    size_t count = (size_t)wire_get(cursor, 1);
    struct sha256 hashes[TREE_HEIGHT];
    if (count > TREE_HEIGHT) {
        return false;
    }
    wire_get_bytes(cursor, hashes, count * sizeof *hashes);
    return !cursor->bad && tree_holds_entry(leaf, position, size, root, hashes, count);
}

struct leaves {
    struct step *step;
    const struct neutral *neutral;
    const struct wire_file *file;
    const struct drawn *drawn;
    size_t type;
    struct opened *out;
};

static int take_leaf(const struct leaves *leaves, struct wire_cursor *cursor, size_t i, struct err *err)
{
    uint8_t role = leaves->file->open.role, tag[SUITE_TAG_BYTES];
    const struct wire_type *type = &leaves->step->files.commit[role]->commit.type[leaves->type];
    const struct sha256 *list =
        role == WIRE_ASKER ? &type->records : &leaves->neutral->secret[WIRE_KEEPER]->list[leaves->type].root;
    uint64_t position = wire_get(cursor, 8), size = type->n + type->m;
    size_t length = (size_t)wire_get(cursor, 2);
    const uint8_t *entry = length <= SUITE_ENTRY_MAX ? wire_take(cursor, length) : NULL;
    struct group_point *point = &leaves->out->points[i];
    wire_get_bytes(cursor, point->bytes, GROUP_BYTES);
    if (entry == NULL || cursor->bad || length < SUITE_SECRET_BYTES + 2) {
        return err_set(err, ERR_FORMAT, "%s: cut short", files_name(leaves->file));
    }
    if (position != leaves->drawn->positions[i]) {
        return fails(leaves->file, "another position than was drawn", leaves->type, i, err);
    }
    if (entry[SUITE_SECRET_BYTES] != SUITE_CLASS_KEY) {
        return fails(leaves->file, "a trap where a key should be", leaves->type, i, err);
    }
    struct sha256 leaf = tree_leaf((struct str){(const char *)entry, length});
    if (!holds_path(cursor, &leaf, position, size, &type->entries)) {
        return fails(leaves->file, "the row is not under the root that was committed", leaves->type, i, err);
    }
    suite_tag(tag, point);
    leaf = role == WIRE_ASKER ? tree_leaf((struct str){(const char *)point->bytes, GROUP_BYTES})
                              : tree_leaf((struct str){(const char *)tag, sizeof tag});
    if (!holds_path(cursor, &leaf, position, size, list)) {
        return fails(leaves->file, "the point is not in the list that was committed", leaves->type, i, err);
    }
    leaves->out->keys[i] = (struct str){(const char *)entry + SUITE_SECRET_BYTES + 1, length - SUITE_SECRET_BYTES - 1};
    return key_is_of(leaves->out->keys[i], type->kinds)
               ? 0
               : fails(leaves->file, "its key is not of the fields that were committed", leaves->type, i, err);
}

static int check_proof(struct wire_cursor *cursor, const struct wire_file *file, struct dleq_batch *batch, size_t type,
                       struct err *err)
{
    uint8_t context[AUDIT_CONTEXT], proof[DLEQ_BYTES];
    audit_context(context, &file->open.run, file->open.audit, type);
    batch->context = (struct str){(const char *)context, sizeof context};
    wire_get_bytes(cursor, proof, sizeof proof);
    return !cursor->bad && dleq_holds(batch, proof)
               ? 0
               : err_set(err, ERR_TAMPERED, "%s: the %s's opening does not hold: points and %s differ (type %zu)",
                         files_name(file), wire_role_name(file->open.role), file->open.audit == 3 ? "answers" : "rows",
                         type + 1);
}

static int take_leaves(const struct leaves *leaves, struct wire_cursor *cursor, struct err *err)
{
    size_t count = leaves->drawn->count;
    struct opened *out = leaves->out;
    TRY(begin_block(cursor, leaves->file, leaves->type, count, err));
    out->keys = calloc(count + 1, sizeof *out->keys);
    out->points = calloc(count + 1, sizeof *out->points);
    OWN(own_mem) struct group_point *hashes = calloc(count + 1, sizeof *hashes);
    if (out->keys == NULL || out->points == NULL || hashes == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(take_leaf(leaves, cursor, i, err));
        out->count++;
    }
    group_hash(group_best(), hashes, out->keys, count);
    const struct wire_file *commit = leaves->step->files.commit[leaves->file->open.role];
    struct dleq_batch batch = {.public_point = commit->commit.type[leaves->type].public_point,
                               .from = hashes,
                               .to = out->points,
                               .count = count};
    return check_proof(cursor, leaves->file, &batch, leaves->type, err);
}

static int end(const struct wire_cursor *cursor, const struct wire_file *file, struct err *err)
{
    return !cursor->bad && cursor->left == 0 ? 0
                                             : err_set(err, ERR_FORMAT, "%s: %s", files_name(file),
                                                       cursor->bad ? "cut short" : "more than what was asked for");
}

int openings_leaves(struct step *step, const struct neutral *neutral, const struct wire_file *file,
                    struct openings *ret, struct err *err)
{
    *ret = (struct openings){0};
    TRY(files_check_open(&step->files, file, err));
    TRY(unseal(step, file, &ret->bytes, err));
    struct wire_cursor cursor = {(const uint8_t *)ret->bytes.data, ret->bytes.len, false};
    size_t types = step->files.commit[file->open.role]->commit.types;
    for (size_t t = 0; t < types; t++) {
        struct leaves leaves = {step, neutral,
                                file, file->open.role == WIRE_ASKER ? &neutral->asker[t] : &neutral->keeper[t],
                                t,    &ret->type[t]};
        TRY(take_leaves(&leaves, &cursor, err));
    }
    wire_get_bytes(&cursor, ret->source_salt, sizeof ret->source_salt);
    return end(&cursor, file, err);
}

int openings_points(struct step *step, const struct neutral *neutral, const struct wire_file *file,
                    const struct opened *asked, struct openings *ret, struct err *err)
{
    (void)neutral;
    *ret = (struct openings){0};
    TRY(files_check_open(&step->files, file, err));
    TRY(unseal(step, file, &ret->bytes, err));
    struct wire_cursor cursor = {(const uint8_t *)ret->bytes.data, ret->bytes.len, false};
    const struct wire_commit *commit = &step->files.commit[file->open.role]->commit;
    for (size_t t = 0; t < commit->types; t++) {
        struct opened *out = &ret->type[t];
        size_t count = asked[t].count;
        TRY(begin_block(&cursor, file, t, count, err));
        out->points = calloc(count + 1, sizeof *out->points);
        if (out->points == NULL) {
            return err_no_memory(err);
        }
        out->count = count;
        wire_get_bytes(&cursor, out->points, count * sizeof *out->points);
        bool is_asker = file->open.role == WIRE_ASKER;
        struct dleq_batch batch = {.public_point = commit->type[t].public_point,
                                   .from = is_asker ? out->points : asked[t].points,
                                   .to = is_asker ? asked[t].points : out->points,
                                   .count = count};
        TRY(check_proof(&cursor, file, &batch, t, err));
    }
    return end(&cursor, file, err);
}

/* ---- the source ---- */

/* The opened keys of a type by their hash: open addressing over a power of two that is at most half full. */
struct search {
    const struct opened *opened;
    bool **is_there;
    size_t *slots[SUITE_TYPES_MAX]; /* index + 1, or 0 */
    size_t mask[SUITE_TYPES_MAX];
};

static void own_search(struct search *search)
{
    for (size_t t = 0; t < SUITE_TYPES_MAX; t++) {
        free(search->slots[t]);
    }
}

/* Which slot is begun at; that many keys share one only costs comparisons (FNV-1a). */
static size_t slot_of(const struct search *search, size_t type, struct str key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ (unsigned char)key.data[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)(hash ^ hash >> 32) & search->mask[type];
}

static int index_keys(struct search *search, size_t types, struct err *err)
{
    for (size_t t = 0; t < types; t++) {
        const struct opened *opened = &search->opened[t];
        size_t slots = 16;
        while (slots < 2 * opened->count) {
            slots *= 2;
        }
        search->mask[t] = slots - 1;
        search->slots[t] = calloc(slots, sizeof *search->slots[t]);
        if (search->slots[t] == NULL) {
            return err_no_memory(err);
        }
        for (size_t i = 0; i < opened->count; i++) {
            size_t at = slot_of(search, t, opened->keys[i]);
            for (; search->slots[t][at] != 0; at = (at + 1) & search->mask[t]) {
            }
            search->slots[t][at] = i + 1;
        }
    }
    return 0;
}

static int look(void *self, size_t type, struct str key, uint64_t row, struct err *err)
{
    struct search *search = self;
    (void)row;
    (void)err;
    for (size_t at = slot_of(search, type, key); search->slots[type][at] != 0; at = (at + 1) & search->mask[type]) {
        size_t i = search->slots[type][at] - 1;
        if (str_eq(search->opened[type].keys[i], key)) {
            search->is_there[type][i] = true;
        }
    }
    return 0;
}

int openings_search(const struct openings_source *source, size_t types, const struct opened *opened, bool **is_there,
                    struct err *err)
{
    const char *const *keys = source->keys;
    struct key_type type[SUITE_TYPES_MAX];
    struct key_count counts[SUITE_TYPES_MAX];
    size_t count = 0;
    for (; keys != NULL && keys[count] != NULL && count < SUITE_TYPES_MAX; count++) {
        TRY(key_type_read(&type[count], str_of(keys[count]), err));
    }
    if (count != types) {
        err_set(err, ERR_USAGE, "%zu types of keys to look for, where the run has %zu", count, types);
        return err_remedy(err, "--key as in the commitments, once a type and in their order");
    }
    OWN(own_search) struct search search = {.opened = opened, .is_there = is_there};
    TRY(index_keys(&search, types, err));
    struct key_reading reading = {source->names, source->table, type, types};
    struct key_sink looking = {&search, look};
    OWN(own_source_hash) struct source_hash hash = {0};
    TRY(source_hash_begin(&hash, &looking, err));
    struct key_sink sink = source_hash_sink(&hash);
    TRY(keys_read(&reading, &sink, counts, err));
    return source->ret_digest == NULL ? 0 : source_digest(&hash, source->names, source->salt, source->ret_digest, err);
}

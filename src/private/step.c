/* What the steps share. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "private/keys.h"
#include "private/records.h"
#include "private/spread.h"
#include "private/step.h"

#include "base/banned.h"

enum { TRAP_BATCH = 8192 };

int step_say(struct step *step, const char *key, json_t *value, struct err *err)
{
    return json_object_set_new(step->summary, key, value) == 0 ? 0 : err_no_memory(err);
}

int step_say_id(struct step *step, const char *key, const struct sha256 *id, struct err *err)
{
    char hex[SHA256_HEX + 1];
    hex_encode(hex, id->bytes, SHA256_BYTES);
    return step_say(step, key, json_string(hex), err);
}

int step_made(struct step *step, const char *name, const char *to, struct err *err)
{
    char path[4096], id[SHA256_HEX + 1];
    OWN(own_wire_file) struct wire_file file = {.fd = -1};
    json_t *made = json_object_get(step->summary, "made");
    if (made == NULL) {
        TRY(step_say(step, "made", json_array(), err));
        made = json_object_get(step->summary, "made");
    }
    place_name(&step->place, name, path, sizeof path);
    TRY(wire_open(&file, path, err));
    hex_encode(id, file.id.bytes, SHA256_BYTES);
    return json_array_append_new(made, json_pack("{s:o, s:s, s:s, s:s}", "file", assay_text(str_of(path), 4096), "for",
                                                 to, "kind", wire_kind_name(file.kind), "id", id)) == 0
               ? 0
               : err_no_memory(err);
}

json_t *step_fields(const uint8_t kinds[static SUITE_TYPES_MAX])
{
    json_t *fields = json_array();
    for (size_t i = 0; i < SUITE_TYPES_MAX && kinds[i] != 0; i++) {
        (void)json_array_append_new(fields, json_string(key_kind_name(kinds[i])));
    }
    return fields;
}

int step_alive(const struct step *step, struct err *err)
{
    if (!step->place.is_wiped) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: its secrets were destroyed (wipe): nothing more can be made in it", step->place.path);
    return err_remedy(err, "what was made stands there still, for assay private show; another run needs new "
                           "commitments, in another directory");
}

int step_any(const struct step *step, struct err *err)
{
    TRY(step_alive(step, err));
    if (step->place.secrets != NULL) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: no commitment was made in it", step->place.path);
    return err_remedy(err, "assay private commit comes first");
}

int step_role(const struct step *step, uint8_t role, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    TRY(step_any(step, err));
    if (secrets->role != role) {
        return err_set(err, ERR_USAGE, "%s is the %s's directory; this step is the %s's", step->place.path,
                       wire_role_name(secrets->role), wire_role_name(role));
    }
    return 0;
}

int step_unspent(struct step *step, const struct sha256 *run, struct err *err)
{
    char commit[3][SHA256_HEX + 1] = {{0}}, this_run[SHA256_HEX + 1];
    struct str rest = str_of(step->options->spent != NULL ? step->options->spent : "");
    hex_encode(this_run, run->bytes, SHA256_BYTES);
    for (uint8_t role = WIRE_ASKER; role != WIRE_KEEPER + 1; role++) {
        hex_encode(commit[role], step->files.commit[role]->id.bytes, SHA256_BYTES);
        TRY(step_say_id(step, role == WIRE_ASKER ? "asker_commit" : "keeper_commit", &step->files.commit[role]->id,
                        err));
    }
    while (rest.len != 0) {
        struct str_cut line = str_cut(rest, '\n'), ids = str_cut(line.head, ' ');
        bool is_ours = str_eq(ids.head, str_of(commit[WIRE_ASKER])) || str_eq(ids.head, str_of(commit[WIRE_KEEPER]));
        rest = line.tail;
        if (is_ours && !str_eq(ids.tail, str_of(this_run))) {
            err_set(err, ERR_USAGE, "by the case, commitment %.16s... was spent on run %.16s...", ids.head.data,
                    ids.tail.data);
            return err_remedy(
                err, "one commitment serves one run: make new ones, and say which run this is (--run, --after)");
        }
    }
    return 0;
}

static void clock_text(char out[static TIME_TEXT], uint64_t seconds)
{
    if (seconds > (uint64_t)(INT64_MAX / NS_PER_S)) {
        (void)snprintf(out, TIME_TEXT, "a time out of range");
    } else {
        time_human(out, (int64_t)seconds * NS_PER_S);
    }
}

int step_deadline(struct step *step, bool refuses, struct err *err)
{
    uint64_t until = step->files.offer->offer.deadline, now = (uint64_t)(time_now() / NS_PER_S);
    char deadline[TIME_TEXT], clock[TIME_TEXT], text[256];
    if (now <= until) {
        return 0;
    }
    clock_text(deadline, until);
    clock_text(clock, now);
    (void)snprintf(text, sizeof text, "the offer's deadline, %s UTC, is over by this machine's clock: %s UTC", deadline,
                   clock);
    if (!refuses) {
        return step_say(step, "late", json_string(text), err);
    }
    err_set(err, ERR_USAGE, "%s: %s", files_name(step->files.offer), text);
    return err_remedy(err, "nothing was spent and nothing left; --late if you agree to answer all the same");
}

int step_keep(struct step *step, const char *name, const struct wire_file *file, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    if (place_has(&step->place, name)) {
        return 0;
    }
    buf_put(&bytes, buf_str(&file->head));
    wire_put_bytes(&bytes, file->signature, SIGN_BYTES);
    TRY(buf_check(&bytes, err));
    return place_put(&step->place, name, buf_str(&bytes), err);
}

int step_write(struct step *step, const char *name, struct str header, step_lists lists, struct err *err)
{
    OWN(own_fd) int fd = place_begin(&step->place, name, err);
    if (fd < 0 || file_write_fd(fd, header, err) != 0 || (lists != NULL && lists(step, fd, header.len, err) != 0)) {
        return -1;
    }
    return place_finish(&step->place, name, fd, err);
}

int step_key(const struct step *step, struct key_pair *pair, struct err *err)
{
    if (step->options->key_file == NULL) {
        err_set(err, ERR_USAGE, "the neutral's key is missing");
        return err_remedy(err, "--sign FILE; assay private key FILE makes one");
    }
    return key_pair_read(pair, step->options->key_file, true, err);
}

static int not_a_point(const struct step_pass *pass, uint64_t position, struct err *err)
{
    err_set(err, ERR_FORMAT, "%s: record %llu of its list is no point, or the neutral element", pass->list->path,
            (unsigned long long)position);
    return err_remedy(err, "its sender signed for it: nothing is computed from this file");
}

static int put_all(struct sorter *out, const uint8_t *records, size_t count, size_t width, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        TRY(sorter_put(out, records + i * width, err));
    }
    return 0;
}

int step_multiply(struct step *step, const struct step_pass *pass, struct sorter *out, struct err *err)
{
    OWN(own_list_in) struct list_in in = {0};
    OWN(own_mem) struct group_point *points = calloc(WIRE_CHUNK, sizeof *points);
    OWN(own_mem) uint8_t *tags = calloc(WIRE_CHUNK, SUITE_TAG_BYTES);
    uint64_t at = 0;
    if (points == NULL || tags == NULL) {
        return err_no_memory(err);
    }
    TRY(list_open(&in, pass->list, pass->root, err));
    for (;;) {
        const uint8_t *records;
        size_t count, done;
        TRY(list_next(&in, &records, &count, err));
        if (count == 0) {
            return 0;
        }
        TRY(spread_multiply(points, (const struct group_point *)records, count, pass->scalar, &done, err));
        if (done != count) {
            return not_a_point(pass, at + done, err);
        }
        if (pass->is_tags) {
            TRY(spread_tags((uint8_t(*)[SUITE_TAG_BYTES])tags, points, count, err));
        }
        TRY(put_all(out, pass->is_tags ? tags : points->bytes, count, pass->is_tags ? SUITE_TAG_BYTES : GROUP_BYTES,
                    err));
        at += count;
        assay_tell(step->sink,
                   &(struct assay_progress){.verb = "private", .unit = "points", .done = at, .total = pass->list->n});
    }
}

struct traps {
    const uint8_t *seed;
    const struct group_point *public_point;
    uint64_t first;
    uint8_t type;
    struct group_point points[TRAP_BATCH];
};

static size_t trap_slice(void *self, size_t from, size_t to)
{
    enum { SOME = 128 };
    struct traps *traps = self;
    const struct group_path *path = group_best();
    struct group_scalar t[SOME];
    for (size_t at = from; at < to; at += SOME) {
        size_t some = to - at < SOME ? to - at : SOME;
        for (size_t i = 0; i < some; i++) {
            suite_trap(&t[i], traps->seed, traps->type, traps->first + at + i);
        }
        if (traps->public_point == NULL) {
            path->multiply_base(&traps->points[at], t, some);
        } else if (!path->multiply_point(&traps->points[at], t, some, traps->public_point)) {
            to = at;
        }
    }
    sign_wipe_bytes(t, sizeof t);
    return to;
}

int step_traps(int folder, const uint8_t seed[static 32], uint8_t type, uint64_t m,
               const struct group_point *public_point, struct sorter *out, struct err *err)
{
    (void)folder;
    OWN(own_mem) struct traps *traps = calloc(1, sizeof *traps);
    if (traps == NULL) {
        return err_no_memory(err);
    }
    *traps = (struct traps){.seed = seed, .public_point = public_point, .type = type};
    for (; traps->first < m; traps->first += TRAP_BATCH) {
        size_t count = m - traps->first < TRAP_BATCH ? (size_t)(m - traps->first) : TRAP_BATCH, done;
        TRY(spread(count, trap_slice, traps, &done, err));
        if (done != count) {
            return err_set(err, ERR_FORMAT, "a public point is none");
        }
        TRY(put_all(out, traps->points->bytes, count, GROUP_BYTES, err));
    }
    return sorter_sort(out, err);
}

int step_find_in(struct step_find *find, const struct list_place *list, const struct sha256 *root, struct err *err)
{
    OWN(own_list_in) struct list_in in = {0};
    const uint8_t *few, *record;
    TRY(list_open(&in, list, root, err));
    TRY(sorter_next(find->few, &few, err));
    for (uint64_t position = 0;; position++) {
        TRY(list_record(&in, &record, err));
        while (few != NULL && (record == NULL || memcmp(few, record, find->width) < 0)) {
            find->missing++;
            TRY(sorter_next(find->few, &few, err));
        }
        if (record == NULL) {
            return 0;
        }
        bool is_found = few != NULL && memcmp(few, record, find->width) == 0;
        find->found += is_found;
        if (find->visit != NULL) {
            TRY(find->visit(find->self, position, record, is_found, err));
        }
        if (is_found) {
            TRY(sorter_next(find->few, &few, err));
        }
    }
}

/* ---- what is sealed in tags ---- */

static int check_keepers_root(const struct files *files, const struct wire_tags_secret *secret, size_t i,
                              struct err *err)
{
    struct sha256 hidden = suite_hidden_root(secret->proof, (uint8_t)i, &secret->list[i].root);
    if (sha256_eq(&hidden, &files->commit[WIRE_KEEPER]->commit.type[i].records)) {
        return 0;
    }
    return err_set(err, ERR_TAMPERED, "%s: not the list that the keeper committed to (type %zu)",
                   files_name(files->tags[WIRE_KEEPER]), i + 1);
}

static int check_secret(const struct files *files, uint8_t role, const struct wire_tags_secret *secret, struct err *err)
{
    const struct wire_commit *commit = &files->commit[role]->commit;
    const char *name = files_name(files->tags[role]);
    struct sha256 coin = suite_hash("coin", (struct str){(const char *)secret->coin, SUITE_SECRET_BYTES});
    struct sha256 traps = suite_hash("traps", (struct str){(const char *)secret->proof, SUITE_SECRET_BYTES});
    if (!sha256_eq(&coin, &commit->coin)) {
        return err_set(err, ERR_TAMPERED, "%s: the %s's coin is not the one committed to", name, wire_role_name(role));
    }
    if (role == WIRE_ASKER && !sha256_eq(&traps, &commit->traps)) {
        return err_set(err, ERR_TAMPERED, "%s: the asker's trap seed is not the one committed to", name);
    }
    if (secret->types != commit->types) {
        return err_set(err, ERR_FORMAT, "%s: as many types of keys as were not committed", name);
    }
    for (size_t i = 0; i < secret->types; i++) {
        uint64_t wanted = commit->type[i].n + commit->type[i].m;
        if (secret->list[i].n != wanted) {
            return err_set(err, ERR_FORMAT, "%s: %llu tags, where %llu were committed", name,
                           (unsigned long long)secret->list[i].n, (unsigned long long)wanted);
        }
        if (role == WIRE_KEEPER) {
            TRY(check_keepers_root(files, secret, i, err));
        }
    }
    return 0;
}

int step_unseal(const struct files *files, uint8_t role, const uint8_t box_seed[static 32],
                struct wire_tags_secret *ret_secret, struct err *err)
{
    const struct wire_file *file = files->tags[role];
    uint8_t bytes[WIRE_TAGS_SECRET];
    if (file->tags.sealed_bytes <= SUITE_SEAL_BYTES ||
        !suite_unseal(bytes, (struct str){(const char *)file->tags.sealed, file->tags.sealed_bytes}, box_seed)) {
        err_set(err, ERR_FORMAT, "%s: not sealed to this key, or damaged", files_name(file));
        return err_remedy(err, "only the neutral whom the offer names can open it");
    }
    bool is_good =
        wire_get_tags_secret(ret_secret, (struct str){(const char *)bytes, file->tags.sealed_bytes - SUITE_SEAL_BYTES});
    sodium_memzero(bytes, sizeof bytes);
    return is_good ? check_secret(files, role, ret_secret, err)
                   : err_set(err, ERR_FORMAT, "%s: what is sealed in it is not what should be", files_name(file));
}

/* commit: rows become keys, keys become points, and the list is fixed by its roots before anything is shown. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "private/keys.h"
#include "private/records.h"
#include "private/source.h"
#include "private/spread.h"
#include "private/step.h"

#include "base/banned.h"

enum { BATCH = 8192, RUN_BYTES = 128 << 20 };

/* Keys of one type, waiting for all cores. */
struct batch {
    uint8_t type;
    const struct secrets *secrets;
    size_t count;
    struct buf bytes;
    struct str keys[BATCH];
    uint64_t rows[BATCH];
    struct group_point points[BATCH];
    uint8_t tags[BATCH][SUITE_TAG_BYTES];
    struct sha256 leaves[BATCH];
    struct sorter *sorter;
};

static size_t mask_slice(void *self, size_t from, size_t to)
{
    struct batch *batch = self;
    const struct group_path *path = group_best();
    size_t done = group_hash_multiply(path, batch->points + from, batch->keys + from, to - from,
                                      &batch->secrets->scalar[batch->type]);
    suite_leaves(batch->leaves + from, batch->secrets->salt_seed[batch->type], batch->type, batch->points + from,
                 batch->keys + from, done);
    if (batch->secrets->role == WIRE_KEEPER) {
        suite_tags(batch->tags + from, batch->points + from, done);
    }
    return from + done;
}

static int flush(struct batch *batch, struct err *err)
{
    size_t done, at = 0;
    bool is_asker = batch->secrets->role == WIRE_ASKER;
    for (size_t i = 0; i < batch->count; i++) { /* the buffer may have moved while it grew */
        batch->keys[i].data = batch->bytes.data + at;
        at += batch->keys[i].len;
    }
    TRY(spread(batch->count, mask_slice, batch, &done, err));
    if (done != batch->count) {
        return err_set(err, ERR_BUG, "a key gave no point");
    }
    for (size_t i = 0; i < batch->count; i++) {
        uint8_t record[RECORD_MAX];
        size_t key = record_key(batch->secrets->role);
        memcpy(record, is_asker ? batch->points[i].bytes : batch->tags[i], key);
        memcpy(record + key, batch->leaves[i].bytes, SHA256_BYTES);
        suite_put_u64(record + key + SHA256_BYTES, batch->rows[i]);
        TRY(sorter_put(batch->sorter, record, err));
    }
    batch->count = 0;
    buf_reset(&batch->bytes);
    return 0;
}

struct intake {
    struct batch *batches[SUITE_TYPES_MAX];
};

static int take_key(void *self, size_t type, struct str key, uint64_t row, struct err *err)
{
    struct intake *intake = self;
    struct batch *batch = intake->batches[type];
    buf_put(&batch->bytes, key);
    TRY(buf_check(&batch->bytes, err));
    batch->keys[batch->count].len = key.len;
    batch->rows[batch->count++] = row;
    return batch->count == BATCH ? flush(batch, err) : 0;
}

static void own_intake(struct intake *intake)
{
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        if (intake->batches[i] != NULL) {
            own_sorter(&intake->batches[i]->sorter);
            buf_free(&intake->batches[i]->bytes);
            free(intake->batches[i]);
        }
    }
}

static int open_intake(struct intake *intake, const struct place *place, size_t types, struct err *err)
{
    size_t width = record_key(place->secrets->role) + RECORD_TAIL;
    for (size_t i = 0; i < types; i++) {
        struct batch *batch = calloc(1, sizeof *batch);
        intake->batches[i] = batch;
        if (batch == NULL) {
            return err_no_memory(err);
        }
        batch->type = (uint8_t)i;
        batch->secrets = place->secrets;
        batch->sorter = sorter_new(place->dir, width, width, RUN_BYTES / types, err);
        if (batch->sorter == NULL) {
            return -1;
        }
    }
    return 0;
}

/* ---- secrets ---- */

static int fill_secrets(struct step *step, const struct key_type *types, size_t count, struct err *err)
{
    struct secrets *secrets = step->place.secrets;
    randombytes_buf(secrets, sizeof *secrets);
    memset(secrets->kinds, 0, sizeof secrets->kinds);
    memset(secrets->time, 0, sizeof secrets->time);
    secrets->role = step->options->role;
    secrets->types = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        memcpy(secrets->kinds[i], types[i].kinds, SUITE_TYPES_MAX);
        TRY(suite_scalar(&secrets->scalar[i], err));
    }
    suite_put_u64(secrets->time, (uint64_t)(time_now() / NS_PER_S));
    if (step->options->key_file != NULL) {
        struct key_pair pair;
        TRY(step_key(step, &pair, err));
        memcpy(secrets->sign_seed, pair.sign, 32);
        memcpy(secrets->box_seed, pair.box, 32);
        sodium_memzero(&pair, sizeof pair);
    }
    return 0;
}

/* The run's secrets: those that are there, or new ones. */
static int get_secrets(struct step *step, const struct key_type *types, size_t count, struct err *err)
{
    struct place *place = &step->place;
    if (place->secrets == NULL) {
        TRY(place_secrets_new(&place->secrets, err));
        TRY(fill_secrets(step, types, count, err));
        return place_keep_secrets(place, err);
    }
    bool is_same = place->secrets->role == step->options->role && place->secrets->types == count;
    for (size_t i = 0; is_same && i < count; i++) {
        is_same = memcmp(place->secrets->kinds[i], types[i].kinds, SUITE_TYPES_MAX) == 0;
    }
    if (is_same) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: begun with another role or other keys", place->path);
    return err_remedy(err, "use another directory, or the same --role and --key");
}

/* ---- the commitment ---- */

static struct sha256 hash_of_32(const char *label, const uint8_t bytes[static 32])
{
    return suite_hash(label, (struct str){(const char *)bytes, 32});
}

static void begin_commit(struct step *step, struct wire_commit *commit)
{
    const struct secrets *secrets = step->place.secrets;
    const char *origin = step->options->origin != NULL ? step->options->origin : "";
    *commit = (struct wire_commit){.role = secrets->role,
                                   .types = secrets->types,
                                   .normalisation = WIRE_NORMALISATION,
                                   .time = suite_get_u64(secrets->time),
                                   .of_case = sha256_of(str_of(origin)),
                                   .coin = hash_of_32("coin", secrets->coin)};
    memcpy(commit->party, step->place.key->public_key, SIGN_KEY_BYTES);
    if (secrets->role == WIRE_ASKER) {
        commit->traps = hash_of_32("traps", secrets->trap_seed);
    }
}

static int end_type(struct step *step, struct wire_commit *commit, size_t i, struct batch *batch,
                    const struct key_count *count, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    struct wire_type *type = &commit->type[i];
    memcpy(type->kinds, secrets->kinds[i], SUITE_TYPES_MAX);
    type->rows = count->rows;
    for (size_t r = 0; r < KEY_REJECTS; r++) {
        type->rejected += count->rejected[r];
    }
    if (type->rows != type->rejected + count->keys) {
        return err_set(err, ERR_BUG, "rows that were lost");
    }
    group_best()->multiply_base(&type->public_point, &secrets->scalar[i], 1);
    TRY(flush(batch, err));
    TRY(records_make(&step->place, i, batch->sorter, type, err));
    if (secrets->role == WIRE_KEEPER) {
        type->records = suite_hidden_root(secrets->root_nonce, (uint8_t)i, &type->records);
    }
    if (type->n < (secrets->role == WIRE_ASKER ? WIRE_KEYS_FLOOR : 1)) {
        err_set(err, ERR_USAGE, "%llu distinct keys of %llu rows; %d are the least", (unsigned long long)type->n,
                (unsigned long long)type->rows, secrets->role == WIRE_ASKER ? WIRE_KEYS_FLOOR : 1);
        return err_remedy(err, "a count over so few tells about persons; are these the right columns (--key)?");
    }
    return 0;
}

static json_t *says_type(const struct wire_type *type, const struct key_count *count)
{
    json_t *rejected = json_object();
    for (enum key_reject r = 0; r < KEY_REJECTS; r++) {
        if (count->rejected[r] != 0) {
            (void)json_object_set_new(rejected, key_reject_name(r), json_integer((json_int_t)count->rejected[r]));
        }
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:o}", "fields", step_fields(type->kinds), "rows",
                     (json_int_t)type->rows, "keys", (json_int_t)type->n, "duplicates",
                     (json_int_t)(count->keys - type->n), "traps", (json_int_t)type->m, "rejected", rejected);
}

static int make(struct step *step, const struct key_type *types, size_t count, struct err *err)
{
    struct key_count counts[SUITE_TYPES_MAX];
    struct wire_commit commit;
    OWN(own_intake) struct intake intake = {0};
    OWN(own_buf) struct buf body = {0}, whole = {0};
    OWN(own_json) json_t *says = json_array();
    struct sha256 id;
    begin_commit(step, &commit);
    TRY(open_intake(&intake, &step->place, count, err));
    struct key_reading reading = {step->options->sources, step->options->table, types, count};
    struct key_sink taking = {&intake, take_key};
    OWN(own_source_hash) struct source_hash hash = {0};
    TRY(source_hash_begin(&hash, &taking, err));
    struct key_sink sink = source_hash_sink(&hash);
    TRY(keys_read(&reading, &sink, counts, err));
    TRY(source_digest(&hash, step->options->sources, step->place.secrets->source_salt, &commit.source, err));
    for (size_t i = 0; i < count; i++) {
        TRY(end_type(step, &commit, i, intake.batches[i], &counts[i], err));
        (void)json_array_append_new(says, says_type(&commit.type[i], &counts[i]));
    }
    wire_put_commit(&body, &commit);
    TRY(wire_finish(&whole, WIRE_COMMIT, &body, step->place.key, &id, err));
    TRY(place_put(&step->place, "commit", buf_str(&whole), err));
    TRY(step_say(step, "types", json_incref(says), err));
    TRY(step_say_id(step, "id", &id, err));
    return step_made(step, "commit", "the other party", err);
}

static int again(struct step *step, struct err *err)
{
    TRY(files_open(&step->files, NULL, &step->place, err));
    TRY(step_say(step, "again", json_true(), err));
    TRY(step_say_id(step, "id", &step->files.commit[step->place.secrets->role]->id, err));
    return step_made(step, "commit", "the other party", err);
}

int step_commit(struct step *step, struct err *err)
{
    struct key_type types[SUITE_TYPES_MAX];
    size_t count = 0;
    const struct assay_private_options *options = step->options;
    if (options->role != WIRE_ASKER && options->role != WIRE_KEEPER) {
        err_set(err, ERR_USAGE, "which side is this?");
        return err_remedy(err, "--role asker has the smaller set, normally the leak; --role keeper the bigger one");
    }
    for (; options->keys[count] != NULL; count++) {
        if (count == SUITE_TYPES_MAX) {
            return err_set(err, ERR_USAGE, "more than %d types of keys", SUITE_TYPES_MAX);
        }
        TRY(key_type_read(&types[count], str_of(options->keys[count]), err));
    }
    if (count == 0) {
        err_set(err, ERR_USAGE, "which columns are compared?");
        return err_remedy(err, "--key email, or --key email=MAIL,created_at=CREATED; may be repeated");
    }
    TRY(place_open(&step->place, options->state, true, err));
    TRY(step_alive(step, err));
    TRY(get_secrets(step, types, count, err));
    return place_has(&step->place, "commit") ? again(step, err) : make(step, types, count, err);
}

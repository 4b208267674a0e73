/* audit, a party's side: the drawn rows are found again, proved to be those committed, and sealed to the neutral. A party checks
 * the draw itself, and answers one ask an audit: a second, different one would be a question about people of the neutral's choice. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/str.h"
#include "private/audit.h"
#include "private/dleq.h"
#include "private/keys.h"
#include "private/records.h"
#include "private/sorter.h"
#include "private/spread.h"

#include "base/banned.h"

/* Drawn rows of one type. */
struct rows {
    size_t count;
    struct record_path *paths; /* in the order drawn */
    struct str *keys;          /* copies */
    struct group_point *hashes, *points;
};

static void own_rows(struct rows *rows)
{
    for (size_t i = 0; rows->keys != NULL && i < rows->count; i++) {
        union {
            const char *borrowed;
            char *owned;
        } key = {rows->keys[i].data};
        free(key.owned);
    }
    free(rows->keys);
    free(rows->paths);
    free(rows->hashes);
    free(rows->points);
    *rows = (struct rows){0};
}

struct all_rows {
    struct rows type[SUITE_TYPES_MAX];
};

static void own_all_rows(struct all_rows *all)
{
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        own_rows(&all->type[i]);
    }
}

/* ---- which rows ---- */

static int by_position(const void *left, const void *right)
{
    uint64_t a = **(uint64_t *const *)left, b = **(uint64_t *const *)right;
    return a < b ? -1 : a > b;
}

/* Ranks among the keys become positions in the list: the asker's traps are skipped. */
static int ranks_to_positions(struct step *step, size_t type, struct rows *rows, struct err *err)
{
    OWN(own_record_in) struct record_in in = {.fd = -1};
    OWN(own_mem) uint64_t **order = calloc(rows->count + 1, sizeof *order);
    if (order == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < rows->count; i++) {
        order[i] = &rows->paths[i].position;
    }
    qsort(order, rows->count, sizeof *order, by_position);
    TRY(record_open(&in, &step->place, WIRE_ASKER, type, err));
    uint64_t rank = 0, position = 0;
    for (size_t next = 0; next < rows->count; position++) {
        const uint8_t *record;
        TRY(record_next(&in, &record, err));
        if (record == NULL) {
            return err_set(err, ERR_TAMPERED, "%s: shorter than what was committed", in.path);
        }
        bool is_key = (record_row(record, in.key) & RECORD_TRAP) == 0;
        if (is_key && *order[next] == rank) {
            *order[next++] = position;
        }
        rank += is_key;
    }
    return 0;
}

/* The rows' paths, which must lead to what was committed: else the directory was altered, and nothing leaves that the neutral would take for
 * a lie. */
static int prove_rows(struct step *step, size_t type, struct rows *rows, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    const struct wire_type *committed = &step->files.commit[secrets->role]->commit.type[type];
    struct sha256 entries, list;
    TRY(records_prove(&step->place, secrets->role, type, rows->paths, rows->count, &entries, &list, err));
    if (secrets->role == WIRE_KEEPER) {
        list = suite_hidden_root(secrets->root_nonce, (uint8_t)type, &list);
    }
    if (sha256_eq(&entries, &committed->entries) && sha256_eq(&list, &committed->records)) {
        return 0;
    }
    err_set(err, ERR_TAMPERED, "%s/records.%zu: not the list that was committed", step->place.path, type);
    return err_remedy(err, "the run's directory was altered; make new commitments in another one");
}

static int draw_rows(struct step *step, const struct wire_ask *ask, size_t type, struct rows *rows, struct err *err)
{
    uint8_t seed[96];
    uint8_t role = step->place.secrets->role;
    uint64_t n = step->files.commit[role]->commit.type[type].n;
    rows->count = ask->opened < n ? ask->opened : (size_t)n;
    rows->paths = calloc(rows->count + 1, sizeof *rows->paths);
    rows->keys = calloc(rows->count + 1, sizeof *rows->keys);
    rows->hashes = calloc(rows->count + 1, sizeof *rows->hashes);
    rows->points = calloc(rows->count + 1, sizeof *rows->points);
    OWN(own_mem) uint64_t *ranks = calloc(rows->count + 1, sizeof *ranks);
    if (rows->paths == NULL || rows->keys == NULL || rows->hashes == NULL || rows->points == NULL || ranks == NULL) {
        return err_no_memory(err);
    }
    memcpy(seed, ask->run.bytes, 32);
    memcpy(seed + 32, ask->asker_coin, 32);
    memcpy(seed + 64, ask->keeper_coin, 32);
    TRY(suite_draw(ranks, rows->count, n, seed, ask->audit, (uint8_t)type, err));
    for (size_t i = 0; i < rows->count; i++) {
        rows->paths[i].position = ranks[i];
    }
    if (role == WIRE_ASKER) {
        TRY(ranks_to_positions(step, type, rows, err));
    }
    return prove_rows(step, type, rows, err);
}

/* ---- their keys, out of the source again: of all other rows nothing is spelled ---- */

struct again {
    struct all_rows *all;
    size_t key_width;
    size_t *order[SUITE_TYPES_MAX]; /* the drawn rows, ascending */
    size_t next[SUITE_TYPES_MAX];   /* the first of order that lies ahead */
};

static void own_again(struct again *again)
{
    for (size_t t = 0; t < SUITE_TYPES_MAX; t++) {
        free(again->order[t]);
    }
}

struct row_order {
    const struct rows *rows;
    size_t key_width;
};

static uint64_t row_of(const struct rows *rows, size_t i, size_t key_width)
{
    return record_row(rows->paths[i].record, key_width);
}

static int by_row(const void *left, const void *right, void *self)
{
    const struct row_order *order = self;
    uint64_t a = row_of(order->rows, *(const size_t *)left, order->key_width);
    uint64_t b = row_of(order->rows, *(const size_t *)right, order->key_width);
    return a < b ? -1 : a > b;
}

static int order_rows(struct again *again, size_t type, struct err *err)
{
    const struct rows *rows = &again->all->type[type];
    size_t *order = again->order[type] = calloc(rows->count + 1, sizeof *order);
    if (order == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < rows->count; i++) {
        order[i] = i;
    }
    struct row_order self = {rows, again->key_width};
    qsort_r(order, rows->count, sizeof *order, by_row, &self);
    return 0;
}

static bool is_drawn(void *self, size_t type, uint64_t row)
{
    struct again *again = self;
    const struct rows *rows = &again->all->type[type];
    size_t *next = &again->next[type];
    while (*next < rows->count && row_of(rows, again->order[type][*next], again->key_width) < row) {
        ++*next;
    }
    return *next < rows->count && row_of(rows, again->order[type][*next], again->key_width) == row;
}

static int take_key(void *self, size_t type, struct str key, uint64_t row, struct err *err)
{
    struct again *again = self;
    struct str *slot = &again->all->type[type].keys[again->order[type][again->next[type]]];
    (void)row;
    if (slot->data == NULL) {
        *slot = (struct str){str_dup(key), key.len};
    }
    return slot->data != NULL ? 0 : err_no_memory(err);
}

static int read_types(struct step *step, struct key_type *types, size_t *ret_count, struct err *err)
{
    const struct assay_private_options *options = step->options;
    const struct secrets *secrets = step->place.secrets;
    size_t count = 0;
    for (; options->keys != NULL && options->keys[count] != NULL && count < SUITE_TYPES_MAX; count++) {
        TRY(key_type_read(&types[count], str_of(options->keys[count]), err));
    }
    bool is_same = count == secrets->types && options->sources != NULL && options->sources[0] != NULL;
    for (size_t i = 0; is_same && i < count; i++) {
        is_same = memcmp(types[i].kinds, secrets->kinds[i], SUITE_TYPES_MAX) == 0;
    }
    *ret_count = count;
    if (is_same) {
        return 0;
    }
    err_set(err, ERR_USAGE, "drawn rows are read again from where they were committed from");
    return err_remedy(err, "--from SOURCE --key ... as they were given to assay private commit");
}

/* The entry that is opened must be the one that was committed: else the source changed, and nothing leaves. */
static int check_row(struct step *step, size_t type, struct rows *rows, size_t i, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    size_t width = record_key(secrets->role);
    uint8_t entry[SUITE_ENTRY_MAX], tag[SUITE_TAG_BYTES];
    bool is_same = rows->keys[i].data != NULL;
    if (is_same) {
        group_hash(group_best(), &rows->hashes[i], &rows->keys[i], 1);
        (void)group_best()->multiply(&rows->points[i], &rows->hashes[i], 1, &secrets->scalar[type]);
        size_t length =
            suite_entry_key(entry, secrets->salt_seed[type], (uint8_t)type, &rows->points[i], rows->keys[i]);
        struct sha256 leaf = tree_leaf((struct str){(const char *)entry, length});
        suite_tag(tag, &rows->points[i]);
        const uint8_t *record = secrets->role == WIRE_ASKER ? rows->points[i].bytes : tag;
        is_same = memcmp(rows->paths[i].record, record, width) == 0 &&
                  memcmp(rows->paths[i].record + width, leaf.bytes, SHA256_BYTES) == 0;
    }
    if (is_same) {
        return 0;
    }
    err_set(err, ERR_TAMPERED, "row %llu is not what was committed: the source has changed since",
            (unsigned long long)record_row(rows->paths[i].record, width));
    return err_remedy(err,
                      "--from must name the very data of the commitment, as a dated copy; who cannot open a drawn row "
                      "is named in the result");
}

static int find_rows(struct step *step, const struct wire_ask *ask, struct all_rows *all, struct err *err)
{
    struct key_type types[SUITE_TYPES_MAX];
    struct key_count counts[SUITE_TYPES_MAX];
    size_t count;
    TRY(read_types(step, types, &count, err));
    for (size_t t = 0; t < count; t++) {
        TRY(draw_rows(step, ask, t, &all->type[t], err));
    }
    OWN(own_again) struct again again = {.all = all, .key_width = record_key(step->place.secrets->role)};
    for (size_t t = 0; t < count; t++) {
        TRY(order_rows(&again, t, err));
    }
    struct key_reading reading = {step->options->sources, step->options->table, types, count};
    struct key_sink sink = {&again, take_key};
    TRY(keys_read_some(&reading, &sink, is_drawn, counts, err));
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < all->type[t].count; i++) {
            TRY(check_row(step, t, &all->type[t], i, err));
        }
    }
    return 0;
}

/* ---- writing ---- */

static void put_path(struct buf *out, const struct tree_proof *proof)
{
    wire_put(out, proof->count, 1);
    wire_put_bytes(out, proof->hashes, proof->count * sizeof *proof->hashes);
}

void audit_context(uint8_t out[static AUDIT_CONTEXT], const struct sha256 *run, uint8_t audit, size_t type)
{
    memcpy(out, run->bytes, SHA256_BYTES);
    out[SHA256_BYTES] = audit;
    out[SHA256_BYTES + 1] = (uint8_t)type;
}

static int put_proof(struct step *step, struct buf *out, const struct dleq_batch *batch, size_t type, struct err *err)
{
    uint8_t proof[DLEQ_BYTES];
    TRY(dleq_prove(proof, batch, &step->place.secrets->scalar[type], step->place.secrets->proof_seed, err));
    wire_put_bytes(out, proof, sizeof proof);
    return 0;
}

static int put_leaves(struct step *step, const struct wire_ask *ask, size_t type, const struct rows *rows,
                      struct buf *out, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    uint8_t context[AUDIT_CONTEXT], entry[SUITE_ENTRY_MAX];
    audit_context(context, &ask->run, ask->audit, type);
    wire_put_bytes(out, context, sizeof context);
    wire_put(out, rows->count, 4);
    for (size_t i = 0; i < rows->count; i++) {
        size_t length =
            suite_entry_key(entry, secrets->salt_seed[type], (uint8_t)type, &rows->points[i], rows->keys[i]);
        wire_put(out, rows->paths[i].position, 8);
        wire_put(out, length, 2);
        wire_put_bytes(out, entry, length);
        wire_put_bytes(out, rows->points[i].bytes, GROUP_BYTES);
        put_path(out, &rows->paths[i].entry);
        put_path(out, &rows->paths[i].list);
    }
    struct dleq_batch batch = {.public_point = step->files.commit[secrets->role]->commit.type[type].public_point,
                               .context = {(const char *)context, sizeof context},
                               .from = rows->hashes,
                               .to = rows->points,
                               .count = rows->count};
    return put_proof(step, out, &batch, type, err);
}

static int open_leaves(struct step *step, const struct wire_ask *ask, struct buf *out, struct err *err)
{
    OWN(own_all_rows) struct all_rows all = {0};
    TRY(find_rows(step, ask, &all, err));
    for (size_t t = 0; t < step->place.secrets->types; t++) {
        TRY(put_leaves(step, ask, t, &all.type[t], out, err));
    }
    wire_put_bytes(out, step->place.secrets->source_salt, 32);
    return 0;
}

/* Only points that were committed and answered are multiplied. */
static int check_committed(struct step *step, const struct wire_ask *ask, size_t type, struct err *err)
{
    const struct files *files = &step->files;
    bool is_keeper = step->place.secrets->role == WIRE_KEEPER;
    OWN(own_sorter) struct sorter *asked = sorter_new(step->place.dir, GROUP_BYTES, GROUP_BYTES, 0, err);
    if (asked == NULL) {
        return -1;
    }
    for (size_t i = 0; i < ask->count[type]; i++) {
        TRY(sorter_put(asked, ask->points[type][i].bytes, err));
    }
    TRY(sorter_sort(asked, err));
    struct list_place list = files_list(files, is_keeper ? files->offer : files->answer, type, NULL, GROUP_BYTES);
    struct step_find find = {.few = asked, .width = GROUP_BYTES};
    TRY(step_find_in(&find, &list,
                     is_keeper ? &files->commit[WIRE_ASKER]->commit.type[type].records
                               : &files->answer->answer.list[type].root,
                     err));
    return find.missing == 0
               ? 0
               : err_set(err, ERR_TAMPERED, "%s: asks about %llu points that were never exchanged: nothing is opened",
                         files_name(files->ask[step->place.secrets->role][3]), (unsigned long long)find.missing);
}

static int put_points(struct step *step, const struct wire_ask *ask, size_t type, struct buf *out, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    size_t count = ask->count[type], done;
    uint8_t context[AUDIT_CONTEXT];
    OWN(own_mem) struct group_point *made = calloc(count + 1, sizeof *made);
    if (made == NULL) {
        return err_no_memory(err);
    }
    TRY(check_committed(step, ask, type, err));
    struct group_scalar scalar = secrets->scalar[type];
    if (secrets->role == WIRE_ASKER) {
        suite_invert(&scalar, &secrets->scalar[type]);
    }
    int failed = spread_multiply(made, ask->points[type], count, &scalar, &done, err);
    sign_wipe_bytes(&scalar, sizeof scalar);
    if (failed != 0 || done != count || count == 0) {
        return failed != 0 ? failed : err_set(err, ERR_FORMAT, "an ask names a point that is none");
    }
    audit_context(context, &ask->run, ask->audit, type);
    wire_put_bytes(out, context, sizeof context);
    wire_put(out, count, 4);
    wire_put_bytes(out, made, count * sizeof *made);
    bool is_asker = secrets->role == WIRE_ASKER;
    struct dleq_batch batch = {.public_point = step->files.commit[secrets->role]->commit.type[type].public_point,
                               .context = {(const char *)context, sizeof context},
                               .from = is_asker ? made : ask->points[type],
                               .to = is_asker ? ask->points[type] : made,
                               .count = count};
    return put_proof(step, out, &batch, type, err);
}

static int open_points(struct step *step, const struct wire_ask *ask, struct buf *out, struct err *err)
{
    if (ask->types != step->place.secrets->types) {
        return err_set(err, ERR_FORMAT, "an ask about other types of keys than were committed");
    }
    for (size_t t = 0; t < ask->types; t++) {
        TRY(put_points(step, ask, t, out, err));
    }
    return 0;
}

/* A key of 32 bytes that this ask alone has. */
static void derive(uint8_t out[static 32], const struct secrets *secrets, const char *what, const struct sha256 *ask)
{
    uint8_t message[16 + SHA256_BYTES] = {0};
    memcpy(message, what, strlen(what));
    memcpy(message + 16, ask->bytes, SHA256_BYTES);
    (void)crypto_auth_hmacsha256(out, message, sizeof message, secrets->proof_seed);
}

static int seal(struct step *step, const struct wire_file *ask, const char *name, struct buf *inner, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    struct wire_open open = {.run = ask->ask.run, .audit = ask->ask.audit, .role = secrets->role};
    OWN(own_buf) struct buf body = {0}, whole = {0};
    uint8_t sealed[32 + SHA256_BYTES], ephemeral[32];
    struct sha256 id, digest;
    TRY(buf_check(inner, err));
    derive(sealed, secrets, "body", &ask->id);
    derive(ephemeral, secrets, "seal", &ask->id);
    suite_stream((uint8_t *)inner->data, inner->len, 0, sealed);
    digest = sha256_of(buf_str(inner));
    memcpy(sealed + 32, digest.bytes, SHA256_BYTES);
    int failed = suite_seal(open.sealed, (struct str){(const char *)sealed, sizeof sealed},
                            step->files.offer->offer.neutral_box, ephemeral, err);
    sodium_memzero(sealed, sizeof sealed);
    sodium_memzero(ephemeral, sizeof ephemeral);
    TRY(failed);
    wire_put_open(&body, &open);
    TRY(wire_finish(&whole, WIRE_OPEN, &body, step->place.key, &id, err));
    buf_put(&whole, buf_str(inner));
    TRY(buf_check(&whole, err));
    return place_put(&step->place, name, buf_str(&whole), err);
}

/* One ask an audit, ever. */
static int keep_ask(struct step *step, const struct wire_file *ask, struct err *err)
{
    OWN(own_buf) struct buf before = {0};
    char name[16];
    (void)snprintf(name, sizeof name, "asked.%u", ask->ask.audit);
    struct str id = {(const char *)ask->id.bytes, SHA256_BYTES};
    if (!place_has(&step->place, name)) {
        return place_put(&step->place, name, id, err);
    }
    TRY(file_read_at(step->place.dir, name, SHA256_BYTES, &before, err));
    return str_eq(buf_str(&before), id)
               ? 0
               : err_set(err, ERR_USAGE, "%s: audit %u was asked for before, otherwise; it is opened once",
                         files_name(ask), ask->ask.audit);
}

static int answer_ask(struct step *step, const struct wire_file *ask, struct err *err)
{
    OWN(own_buf) struct buf inner = {0};
    char name[16];
    TRY(files_check_ask(&step->files, ask, err));
    TRY(keep_ask(step, ask, err));
    (void)snprintf(name, sizeof name, "open.%u", ask->ask.audit);
    TRY(ask->ask.audit == 3 ? open_points(step, &ask->ask, &inner, err) : open_leaves(step, &ask->ask, &inner, err));
    TRY(seal(step, ask, name, &inner, err));
    return step_made(step, name, "the neutral", err);
}

int audit_open(struct step *step, struct err *err)
{
    uint8_t role = step->place.secrets->role;
    size_t answered = 0;
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER, err));
    TRY(step_deadline(step, false, err));
    for (size_t a = 1; a <= WIRE_AUDITS; a++) {
        const struct wire_file *ask = step->files.ask[role][a];
        bool is_other = a == (role == WIRE_ASKER ? 2 : 1);
        if (ask != NULL && is_other) {
            return err_set(err, ERR_FORMAT, "%s: audit %zu is not this side's", files_name(ask), a);
        }
        if (ask != NULL) {
            TRY(answer_ask(step, ask, err));
            answered++;
        }
    }
    if (answered == 0) {
        err_set(err, ERR_USAGE, "no ask to this side is among the files");
        return err_remedy(err, "give the ask files that the neutral sent");
    }
    return 0;
}

/* A party's own list. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/own.h"
#include "private/records.h"
#include "private/spread.h"

#include "base/banned.h"

enum { BLOCK = WIRE_CHUNK, TRAP_BATCH = 8192 };

void record_name(size_t type, char out[static 16])
{
    (void)snprintf(out, 16, "records.%zu", type);
}

void record_roots_name(size_t type, char out[static 16])
{
    (void)snprintf(out, 16, "roots.%zu", type);
}

void record_pack(uint8_t *out, const uint8_t *records, size_t key, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(out + i * key, records + i * (key + RECORD_TAIL), key);
    }
}

/* ---- reading ---- */

/* Takes fd over. */
static int open_at(struct record_in *in, int fd, size_t key, struct err *err)
{
    struct stat about;
    in->fd = fd;
    in->key = key;
    in->width = key + RECORD_TAIL;
    in->room = malloc(BLOCK * in->width);
    if (in->room == NULL || fstat(fd, &about) != 0) {
        return err_set(err, ERR_LIMIT, "%s: out of memory", in->path);
    }
    in->end = (uint64_t)about.st_size;
    return in->end % in->width == 0 ? 0 : err_set(err, ERR_TAMPERED, "%s: cut off", in->path);
}

int record_open(struct record_in *in, const struct place *place, uint8_t role, size_t type, struct err *err)
{
    char name[16];
    *in = (struct record_in){.fd = -1};
    record_name(type, name);
    place_name(place, name, in->path, sizeof in->path);
    int fd = openat(place->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 ? open_at(in, fd, record_key(role), err) : err_set(err, ERR_IO, "%s: %s", in->path, strerror(errno));
}

int record_chunk(struct record_in *in, const uint8_t **ret_records, size_t *ret_count, struct err *err)
{
    uint64_t left = in->end - in->at;
    in->held = left < BLOCK * in->width ? (size_t)left : BLOCK * in->width;
    in->given = 0;
    TRY(list_read_at(in->fd, in->path, in->room, in->held, in->at, err));
    in->at += in->held;
    *ret_records = in->room;
    *ret_count = in->held / in->width;
    return 0;
}

int record_next(struct record_in *in, const uint8_t **ret_record, struct err *err)
{
    *ret_record = NULL;
    if (in->given == in->held) {
        const uint8_t *records;
        size_t count;
        TRY(record_chunk(in, &records, &count, err));
        if (count == 0) {
            return 0;
        }
    }
    *ret_record = in->room + in->given;
    in->given += in->width;
    return 0;
}

void own_record_in(struct record_in *in)
{
    own_fd(&in->fd);
    free(in->room);
    *in = (struct record_in){.fd = -1};
}

/* ---- writing ---- */

void records_leaves(struct sha256 *entries, struct sha256 *list, const uint8_t *records, size_t key, size_t count)
{
    size_t width = key + RECORD_TAIL;
    sha256_many(list, STR("\x00"), (struct sha256_messages){records, width, key}, count);
    for (size_t i = 0; i < count; i++) {
        memcpy(entries[i].bytes, records + i * width + key, SHA256_BYTES);
    }
}

struct record_out {
    int fd;
    const char *path;
    size_t key, width, held;
    uint64_t at, count;
    uint8_t *room;
    struct sha256 *leaves;     /* of both trees, a chunk's */
    struct tree entries, list; /* over the roots of the chunks */
    bool keeps_known;
    struct buf known; /* record_chunk_known of each chunk */
};

static void own_record_out(struct record_out *out)
{
    free(out->room);
    free(out->leaves);
    buf_free(&out->known);
}

/* The tags are packed where leaves were. */
static int keep_known(struct record_out *out, const struct sha256 *root, size_t count, struct err *err)
{
    uint8_t *tags = out->leaves->bytes;
    static_assert((size_t)SUITE_TAG_BYTES <= (size_t)SHA256_BYTES, "tags fit where leaves were");
    record_pack(tags, out->room, SUITE_TAG_BYTES, count);
    struct record_chunk_known known = {*root, sha256_of((struct str){(const char *)tags, count * SUITE_TAG_BYTES})};
    buf_put(&out->known, (struct str){(const char *)&known, sizeof known});
    return buf_check(&out->known, err);
}

/* A chunk is a whole subtree, and the last one what is left: the tree of the chunks' roots is that of the list. */
static int flush(struct record_out *out, struct err *err)
{
    size_t count = out->held / out->width;
    if (count == 0) {
        return 0;
    }
    records_leaves(out->leaves, out->leaves + BLOCK, out->room, out->key, count);
    struct sha256 entries = tree_climb(out->leaves, count, NULL, 0);
    struct sha256 list = tree_climb(out->leaves + BLOCK, count, NULL, 0);
    tree_add(&out->entries, &entries);
    tree_add(&out->list, &list);
    if (out->keeps_known) {
        TRY(keep_known(out, &list, count, err));
    }
    TRY(list_write_at(out->fd, out->path, out->room, out->held, out->at, err));
    out->at += out->held;
    out->held = 0;
    return 0;
}

static int put(struct record_out *out, const uint8_t *record, struct err *err)
{
    memcpy(out->room + out->held, record, out->width);
    out->held += out->width;
    out->count++;
    return out->held == BLOCK * out->width ? flush(out, err) : 0;
}

/* The sorter's records without equal neighbours, of which the one of the first row is given. */
struct distinct {
    struct sorter *keys;
    size_t key;
    uint8_t last[GROUP_BYTES];
    bool has_last;
};

static int next_distinct(struct distinct *from, const uint8_t **ret_record, struct err *err)
{
    do {
        TRY(sorter_next(from->keys, ret_record, err));
    } while (*ret_record != NULL && from->has_last && memcmp(from->last, *ret_record, from->key) == 0);
    if (*ret_record != NULL) {
        memcpy(from->last, *ret_record, from->key);
        from->has_last = true;
    }
    return 0;
}

static int out_open(struct record_out *out, int fd, const char *path, size_t key, struct err *err)
{
    *out = (struct record_out){.fd = fd, .path = path, .key = key, .width = key + RECORD_TAIL};
    out->room = malloc(BLOCK * out->width);
    out->leaves = calloc(2 * (size_t)BLOCK, sizeof *out->leaves);
    return out->room != NULL && out->leaves != NULL ? 0 : err_no_memory(err);
}

/* ---- traps ---- */

struct trap_batch {
    const struct secrets *secrets;
    uint8_t type;
    uint64_t first;
    struct group_scalar *scalars;
    struct group_point *points;
    struct sha256 *leaves;
};

static size_t make_traps(void *self, size_t from, size_t to)
{
    const struct trap_batch *batch = self;
    uint8_t entry[SUITE_ENTRY_MAX];
    for (size_t i = from; i < to; i++) {
        suite_trap(&batch->scalars[i], batch->secrets->trap_seed, batch->type, batch->first + i);
    }
    group_best()->multiply_base(batch->points + from, batch->scalars + from, to - from);
    for (size_t i = from; i < to; i++) {
        size_t length = suite_entry_trap(entry, batch->secrets->salt_seed[batch->type], batch->type, &batch->points[i],
                                         batch->first + i);
        batch->leaves[i] = tree_leaf((struct str){(const char *)entry, length});
    }
    sodium_memzero(batch->scalars + from, (to - from) * sizeof *batch->scalars);
    return to;
}

static int sort_traps(struct sorter *sorter, struct trap_batch *batch, uint64_t m, struct err *err)
{
    for (batch->first = 0; batch->first < m; batch->first += TRAP_BATCH) {
        size_t count = m - batch->first < TRAP_BATCH ? (size_t)(m - batch->first) : TRAP_BATCH, done;
        TRY(spread(count, make_traps, batch, &done, err));
        for (size_t i = 0; i < count; i++) {
            uint8_t record[RECORD_MAX];
            memcpy(record, batch->points[i].bytes, GROUP_BYTES);
            memcpy(record + GROUP_BYTES, batch->leaves[i].bytes, SHA256_BYTES);
            suite_put_u64(record + GROUP_BYTES + SHA256_BYTES, RECORD_TRAP | (batch->first + i));
            TRY(sorter_put(sorter, record, err));
        }
    }
    return sorter_sort(sorter, err);
}

/* Both ascend; a key that is a trap is as likely as guessing a scalar. traps: NULL, of the keeper. */
static int put_merged(struct record_out *out, struct distinct *keys, struct sorter *traps, struct err *err)
{
    const uint8_t *key, *trap = NULL;
    TRY(next_distinct(keys, &key, err));
    if (traps != NULL) {
        TRY(sorter_next(traps, &trap, err));
    }
    while (key != NULL || trap != NULL) {
        bool is_key = trap == NULL || (key != NULL && memcmp(key, trap, out->key) < 0);
        TRY(put(out, is_key ? key : trap, err));
        TRY(is_key ? next_distinct(keys, &key, err) : sorter_next(traps, &trap, err));
    }
    return flush(out, err);
}

/* As many traps as the rule wants of so many keys, sorted. */
static int make_trap_list(const struct place *place, size_t type_number, uint64_t m, struct sorter *traps,
                          struct err *err)
{
    OWN(own_mem) struct group_scalar *scalars = calloc(TRAP_BATCH, sizeof *scalars);
    OWN(own_mem) struct group_point *points = calloc(TRAP_BATCH, sizeof *points);
    OWN(own_mem) struct sha256 *leaves = calloc(TRAP_BATCH, sizeof *leaves);
    if (scalars == NULL || points == NULL || leaves == NULL) {
        return err_no_memory(err);
    }
    struct trap_batch batch = {place->secrets, (uint8_t)type_number, 0, scalars, points, leaves};
    return sort_traps(traps, &batch, m, err);
}

/* The asker's keys are gone through twice: how many there are decides how many traps stand among them. */
static int count_distinct(struct sorter *keys, size_t key, uint64_t *ret_count, struct err *err)
{
    struct distinct from = {.keys = keys, .key = key};
    const uint8_t *record;
    *ret_count = 0;
    for (;;) {
        TRY(next_distinct(&from, &record, err));
        if (record == NULL) {
            return sorter_rewind(keys, err);
        }
        ++*ret_count;
    }
}

static int put_all(const struct place *place, size_t number, struct sorter *keys, struct record_out *out,
                   struct wire_type *type, struct err *err)
{
    struct distinct distinct = {.keys = keys, .key = out->key};
    OWN(own_sorter) struct sorter *traps = NULL;
    TRY(sorter_sort(keys, err));
    if (place->secrets->role == WIRE_ASKER) {
        TRY(count_distinct(keys, out->key, &type->n, err));
        type->m = suite_traps(type->n);
        traps = sorter_new(place->dir, RECORD_MAX, RECORD_MAX, 0, err);
        if (traps == NULL) {
            return -1;
        }
        TRY(make_trap_list(place, number, type->m, traps, err));
    }
    TRY(put_merged(out, &distinct, traps, err));
    type->n = out->count - type->m;
    return 0;
}

int records_make(const struct place *place, size_t type_number, struct sorter *keys, struct wire_type *type,
                 struct err *err)
{
    char name[16], path[4096];
    record_name(type_number, name);
    place_name(place, name, path, sizeof path);
    OWN(own_fd) int fd = place_begin(place, name, err);
    if (fd < 0) {
        return -1;
    }
    OWN(own_record_out) struct record_out out = {.fd = -1};
    TRY(out_open(&out, fd, path, record_key(place->secrets->role), err));
    out.keeps_known = place->secrets->role == WIRE_KEEPER;
    TRY(put_all(place, type_number, keys, &out, type, err));
    if (out.keeps_known) {
        char known[16];
        record_roots_name(type_number, known);
        TRY(place_put(place, known, buf_str(&out.known), err));
    }
    type->entries = tree_root(&out.entries);
    type->records = tree_root(&out.list);
    return place_finish(place, name, fd, err);
}

int records_send(const struct place *place, uint8_t role, size_t type, const struct list_place *to,
                 const struct sha256 *root, struct err *err)
{
    OWN(own_record_in) struct record_in in = {.fd = -1};
    OWN(own_list_out) struct list_out out = {0};
    struct sha256 made;
    TRY(record_open(&in, place, role, type, err));
    TRY(list_begin(&out, to, err));
    for (;;) {
        const uint8_t *record;
        TRY(record_next(&in, &record, err));
        if (record == NULL) {
            break;
        }
        TRY(list_put(&out, record, err));
    }
    TRY(list_end(&out, &made, err));
    if (root != NULL && !sha256_eq(root, &made)) {
        err_set(err, ERR_TAMPERED, "%s: not the list that was committed", in.path);
        return err_remedy(err, "the run's directory was altered; make new commitments in another one");
    }
    return 0;
}

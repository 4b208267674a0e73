/* Tags files, both sides'. */
#include <sodium.h>
#include <stdlib.h>

#include "base/file.h"
#include "private/records.h"
#include "private/tags.h"

#include "base/banned.h"

/* Keys of the run's own and of this one answer: the same step makes the same bytes, and two answers never meet the same key, whatever a
 * keeper sends. */
static void derive(uint8_t out[static 32], const uint8_t seed[static 32], const struct sha256 *answer)
{
    (void)crypto_auth_hmacsha256(out, answer->bytes, SHA256_BYTES, seed);
}

static int put_header(struct step *step, int fd, struct wire_tags *tags, struct wire_tags_secret *secret,
                      struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    OWN(own_buf) struct buf inner = {0}, body = {0}, header = {0};
    struct sha256 id;
    bool is_asker = secrets->role == WIRE_ASKER;
    memcpy(secret->proof, is_asker ? secrets->trap_seed : secrets->root_nonce, SUITE_SECRET_BYTES);
    memcpy(secret->coin, secrets->coin, SUITE_SECRET_BYTES);
    wire_put_tags_secret(&inner, secret);
    TRY(buf_check(&inner, err));
    uint8_t ephemeral[32];
    derive(ephemeral, secrets->seal_seed, &tags->answer);
    TRY(suite_seal(tags->sealed, buf_str(&inner), step->files.offer->offer.neutral_box, ephemeral, err));
    sodium_memzero(ephemeral, sizeof ephemeral);
    tags->sealed_bytes = inner.len + SUITE_SEAL_BYTES;
    sodium_memzero(inner.data, inner.len);
    wire_put_tags(&body, tags);
    TRY(wire_finish(&header, WIRE_TAGS, &body, step->place.key, &id, err));
    TRY(list_write_at(fd, "tags.part", header.data, header.len, 0, err));
    return step_say_id(step, "tags", &id, err);
}

static uint64_t header_bytes(size_t types)
{
    size_t sealed = 2 * SUITE_SECRET_BYTES + 32 + 1 + types * (8 + SHA256_BYTES) + SUITE_SEAL_BYTES;
    return WIRE_FRAME_BYTES + 1 + 2 * SHA256_BYTES + sealed + SIGN_BYTES;
}

int tags_write(struct step *step, tags_list lists, struct sha256 *ret_roots, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    const struct wire_commit *commit = &step->files.commit[secrets->role]->commit;
    struct wire_tags tags = {.role = secrets->role, .run = step->files.offer->id, .answer = step->files.answer->id};
    struct wire_tags_secret secret = {.types = commit->types};
    OWN(own_fd) int fd = place_begin(&step->place, "tags", err);
    derive(secret.body_key, secrets->body_key, &tags.answer);
    uint64_t at = header_bytes(commit->types), begin = at;
    int failed = fd < 0 ? -1 : 0;
    for (size_t i = 0; failed == 0 && i < commit->types; i++) {
        struct list_place list = {.fd = fd,
                                  .path = "tags.part",
                                  .at = at,
                                  .n = commit->type[i].n + commit->type[i].m,
                                  .width = SUITE_TAG_BYTES,
                                  .body_key = secret.body_key,
                                  .stream_at = begin};
        secret.list[i].n = list.n;
        failed = lists(step, i, &list, &secret.list[i].root, err);
        if (ret_roots != NULL) {
            ret_roots[i] = secret.list[i].root;
        }
        at += wire_list_bytes(list.n, SUITE_TAG_BYTES);
    }
    failed = failed != 0 ? failed : put_header(step, fd, &tags, &secret, err);
    sodium_memzero(&secret, sizeof secret);
    return failed != 0 ? failed : place_finish(&step->place, "tags", fd, err);
}

int tags_own_root(const struct step *step, size_t type, struct sha256 *ret_root, struct err *err)
{
    const struct secrets *secrets = step->place.secrets;
    const struct wire_file *file = step->files.tags[secrets->role];
    uint8_t body_key[32];
    struct list_place list = files_list(&step->files, file, type, NULL, SUITE_TAG_BYTES);
    size_t chunks = (size_t)wire_chunks(list.n);
    OWN(own_mem) struct sha256 *roots = calloc(chunks, sizeof *roots);
    struct tree tree = {0};
    if (roots == NULL) {
        return err_no_memory(err);
    }
    TRY(list_read_at(file->fd, list.path, roots, chunks * sizeof *roots, list.at, err));
    derive(body_key, secrets->body_key, &step->files.answer->id);
    suite_stream(roots->bytes, chunks * sizeof *roots, list.at - list.stream_at, body_key);
    sodium_memzero(body_key, sizeof body_key);
    for (size_t i = 0; i < chunks; i++) {
        tree_add(&tree, &roots[i]);
    }
    *ret_root = tree_root(&tree);
    return 0;
}

static int altered(const char *path, struct err *err)
{
    err_set(err, ERR_TAMPERED, "%s: not the list that was committed", path);
    return err_remedy(err, "the run's directory was altered; make new commitments in another one");
}

/* Each chunk as it was when it was committed, under a root that is known. */
static int copy_list(struct record_in *in, const struct record_chunk_known *known, size_t chunks, struct list_out *out,
                     struct err *err)
{
    OWN(own_mem) uint8_t *tags = malloc((size_t)WIRE_CHUNK * SUITE_TAG_BYTES);
    if (tags == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0;; i++) {
        const uint8_t *records;
        size_t count;
        TRY(record_chunk(in, &records, &count, err));
        if (count == 0) {
            return i == chunks ? 0 : altered(in->path, err);
        }
        record_pack(tags, records, SUITE_TAG_BYTES, count);
        struct sha256 digest = sha256_of((struct str){(const char *)tags, count * SUITE_TAG_BYTES});
        if (i >= chunks || !sha256_eq(&digest, &known[i].digest)) {
            return altered(in->path, err);
        }
        TRY(list_put_chunk(out, tags, count, &known[i].root, err));
    }
}

/* A directory of before there were such roots. */
static int make_list(struct record_in *in, struct list_out *out, struct err *err)
{
    for (;;) {
        const uint8_t *record;
        TRY(record_next(in, &record, err));
        if (record == NULL) {
            return 0;
        }
        TRY(list_put(out, record, err));
    }
}

static int keepers_list(struct step *step, size_t type, const struct list_place *list, struct sha256 *ret_root,
                        struct err *err)
{
    OWN(own_record_in) struct record_in in = {.fd = -1};
    OWN(own_list_out) struct list_out out = {0};
    OWN(own_buf) struct buf known = {0};
    char name[16];
    record_roots_name(type, name);
    TRY(record_open(&in, &step->place, WIRE_KEEPER, type, err));
    TRY(list_begin(&out, list, err));
    if (in.end / in.width != list->n) {
        return altered(in.path, err);
    }
    if (place_has(&step->place, name)) {
        size_t room = (size_t)wire_chunks(list->n) * sizeof(struct record_chunk_known);
        TRY(file_read_at(step->place.dir, name, room, &known, err));
        const void *chunks = known.data;
        TRY(known.len == room ? copy_list(&in, chunks, room / sizeof(struct record_chunk_known), &out, err)
                              : altered(name, err));
    } else {
        TRY(make_list(&in, &out, err));
    }
    TRY(list_end(&out, ret_root, err));
    struct sha256 hidden = suite_hidden_root(step->place.secrets->root_nonce, (uint8_t)type, ret_root);
    return sha256_eq(&hidden, &step->files.commit[WIRE_KEEPER]->commit.type[type].records) ? 0 : altered(in.path, err);
}

int tags_write_keeper(struct step *step, struct err *err)
{
    TRY(tags_write(step, keepers_list, NULL, err));
    bool is_direct = step->files.offer->offer.mode == WIRE_DIRECT;
    return step_made(step, "tags", is_direct ? "the asker" : "the neutral", err);
}

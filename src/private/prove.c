/* Inclusion paths out of a list that does not fit into memory. A chunk of 65,536 records is a whole subtree (the last one
 * what is left), so a path is the path within the chunk and then the path of the chunk among the chunks. */
#include <stdlib.h>

#include "base/own.h"
#include "private/records.h"

#include "base/banned.h"

struct prover {
    struct sha256 *entries, *list;           /* leaves of the chunk at hand */
    struct sha256 *entry_roots, *list_roots; /* of the chunks so far */
    struct record_path *paths;
    size_t count, width;
    uint64_t chunk;
};

/* The paths that lie in the chunk at hand, as far as its root. */
static int prove_chunk(struct prover *prover, size_t held, struct err *err)
{
    for (size_t i = 0; i < prover->count; i++) {
        struct record_path *path = &prover->paths[i];
        if (path->position / WIRE_CHUNK == prover->chunk && path->position % WIRE_CHUNK < held) {
            TRY(tree_prove_entry(prover->entries, held, path->position % WIRE_CHUNK, &path->entry, err));
            TRY(tree_prove_entry(prover->list, held, path->position % WIRE_CHUNK, &path->list, err));
        }
    }
    struct tree entries = {0}, list = {0};
    for (size_t i = 0; i < held; i++) {
        tree_add(&entries, &prover->entries[i]);
        tree_add(&list, &prover->list[i]);
    }
    prover->entry_roots[prover->chunk] = tree_root(&entries);
    prover->list_roots[prover->chunk] = tree_root(&list);
    prover->chunk++;
    return 0;
}

static void keep_record(struct prover *prover, uint64_t position, const uint8_t *record)
{
    for (size_t i = 0; i < prover->count; i++) {
        if (prover->paths[i].position == position) {
            memcpy(prover->paths[i].record, record, prover->width);
        }
    }
}

static bool *wanted_chunks(const struct prover *prover, uint64_t chunks)
{
    bool *wanted = calloc((size_t)chunks + 1, sizeof *wanted);
    for (size_t i = 0; wanted != NULL && i < prover->count; i++) {
        wanted[prover->paths[i].position / WIRE_CHUNK] = true;
    }
    return wanted;
}

static int walk(struct prover *prover, struct record_in *in, const bool *wanted, struct err *err)
{
    size_t held = 0;
    for (uint64_t position = 0;; position++) {
        const uint8_t *record;
        TRY(record_next(in, &record, err));
        if (held != 0 && (record == NULL || held == WIRE_CHUNK)) {
            TRY(prove_chunk(prover, held, err));
            held = 0;
        }
        if (record == NULL) {
            return 0;
        }
        if (wanted[position / WIRE_CHUNK]) {
            keep_record(prover, position, record);
        }
        memcpy(prover->entries[held].bytes, record + in->key, SHA256_BYTES);
        prover->list[held++] = tree_leaf((struct str){(const char *)record, in->key});
    }
}

static int append(struct tree_proof *proof, const struct sha256 *roots, uint64_t chunks, uint64_t chunk,
                  struct err *err)
{
    struct tree_proof rest;
    TRY(tree_prove_entry(roots, chunks, chunk, &rest, err));
    memcpy(proof->hashes + proof->count, rest.hashes, rest.count * sizeof *rest.hashes);
    proof->count += rest.count;
    return 0;
}

int records_prove(const struct place *place, uint8_t role, size_t type, struct record_path *paths, size_t count,
                  struct err *err)
{
    OWN(own_record_in) struct record_in in = {.fd = -1};
    TRY(record_open(&in, place, role, type, err));
    uint64_t n = in.end / in.width, chunks = wire_chunks(n);
    OWN(own_mem) struct sha256 *room = calloc(2 * WIRE_CHUNK + 2 * (size_t)chunks, sizeof *room);
    if (room == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    struct prover prover = {.entries = room,
                            .list = room + WIRE_CHUNK,
                            .entry_roots = room + 2 * WIRE_CHUNK,
                            .list_roots = room + 2 * WIRE_CHUNK + chunks,
                            .paths = paths,
                            .count = count,
                            .width = in.width};
    for (size_t i = 0; i < count; i++) {
        if (paths[i].position >= n) {
            return err_set(err, ERR_TAMPERED, "%s: shorter than what was committed", in.path);
        }
    }
    OWN(own_mem) bool *wanted = wanted_chunks(&prover, chunks);
    if (wanted == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    TRY(walk(&prover, &in, wanted, err));
    for (size_t i = 0; i < count; i++) {
        TRY(append(&paths[i].entry, prover.entry_roots, chunks, paths[i].position / WIRE_CHUNK, err));
        TRY(append(&paths[i].list, prover.list_roots, chunks, paths[i].position / WIRE_CHUNK, err));
    }
    return 0;
}

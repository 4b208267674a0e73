/* Inclusion paths out of a list that does not fit into memory. A chunk of 65,536 records is a whole subtree (the last one
 * what is left), so a path is the path within the chunk and then the path of the chunk among the chunks. Every node is made once, whatever
 * the number of paths. */
#include <stdlib.h>

#include "base/own.h"
#include "private/records.h"

#include "base/banned.h"

struct prover {
    struct sha256 *entries, *list;           /* leaves of the chunk at hand */
    struct sha256 *entry_roots, *list_roots; /* of the chunks so far */
    struct record_path **order;              /* ascending by position */
    size_t count, next, width;               /* next: the first that lies ahead */
    uint64_t chunk;
    struct tree_climber *climbers;
};

/* Both trees of the chunk at hand; `begin`: the first of order that lies in it. */
static void prove_chunk(struct prover *prover, size_t begin, size_t held)
{
    size_t count = prover->next - begin;
    for (int is_list = 0; is_list < 2; is_list++) {
        for (size_t i = 0; i < count; i++) {
            struct record_path *path = prover->order[begin + i];
            prover->climbers[i] =
                (struct tree_climber){path->position % WIRE_CHUNK, is_list ? &path->list : &path->entry};
        }
        (is_list ? prover->list_roots : prover->entry_roots)[prover->chunk] =
            tree_climb(is_list ? prover->list : prover->entries, held, prover->climbers, count);
    }
    prover->chunk++;
}

static int walk(struct prover *prover, struct record_in *in, struct err *err)
{
    for (uint64_t first = 0;; first += WIRE_CHUNK) {
        const uint8_t *records;
        size_t held, begin = prover->next;
        TRY(record_chunk(in, &records, &held, err));
        if (held == 0) {
            return 0;
        }
        records_leaves(prover->entries, prover->list, records, in->key, held);
        for (; prover->next < prover->count && prover->order[prover->next]->position - first < held; prover->next++) {
            struct record_path *path = prover->order[prover->next];
            memcpy(path->record, records + (path->position - first) * prover->width, prover->width);
        }
        prove_chunk(prover, begin, held);
    }
}

/* From the chunks' roots up. */
static void prove_chunks(struct prover *prover, struct sha256 *ret_entries, struct sha256 *ret_list)
{
    for (int is_list = 0; is_list < 2; is_list++) {
        for (size_t i = 0; i < prover->count; i++) {
            struct record_path *path = prover->order[i];
            prover->climbers[i] =
                (struct tree_climber){path->position / WIRE_CHUNK, is_list ? &path->list : &path->entry};
        }
        *(is_list ? ret_list : ret_entries) = tree_climb(is_list ? prover->list_roots : prover->entry_roots,
                                                         (size_t)prover->chunk, prover->climbers, prover->count);
    }
}

static int by_position(const void *left, const void *right)
{
    uint64_t a = (*(struct record_path *const *)left)->position, b = (*(struct record_path *const *)right)->position;
    return a < b ? -1 : a > b;
}

int records_prove(const struct place *place, uint8_t role, size_t type, struct record_path *paths, size_t count,
                  struct sha256 *ret_entries, struct sha256 *ret_list, struct err *err)
{
    OWN(own_record_in) struct record_in in = {.fd = -1};
    TRY(record_open(&in, place, role, type, err));
    uint64_t n = in.end / in.width, chunks = wire_chunks(n);
    OWN(own_mem) struct sha256 *room = calloc(2 * WIRE_CHUNK + 2 * (size_t)chunks, sizeof *room);
    OWN(own_mem) struct record_path **order = calloc(count + 1, sizeof *order);
    OWN(own_mem) struct tree_climber *climbers = calloc(count + 1, sizeof *climbers);
    if (room == NULL || order == NULL || climbers == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = &paths[i];
        paths[i].entry.count = paths[i].list.count = 0;
    }
    qsort(order, count, sizeof *order, by_position);
    if (n == 0 || (count != 0 && order[count - 1]->position >= n)) {
        return err_set(err, ERR_TAMPERED, "%s: shorter than what was committed", in.path);
    }
    struct prover prover = {.entries = room,
                            .list = room + WIRE_CHUNK,
                            .entry_roots = room + 2 * WIRE_CHUNK,
                            .list_roots = room + 2 * WIRE_CHUNK + chunks,
                            .order = order,
                            .count = count,
                            .width = in.width,
                            .climbers = climbers};
    TRY(walk(&prover, &in, err));
    prove_chunks(&prover, ret_entries, ret_list);
    return 0;
}

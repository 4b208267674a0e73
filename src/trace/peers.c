/* Open addressing over the keys' hashes; the rows themselves lie in the order in which they came. */
#include "trace/peers.h"

#include <stdlib.h>

#include "base/str.h"
#include "trace/keep.h"

#include "base/banned.h"

void peers_init(struct peers *peers, size_t row_bytes, size_t max)
{
    *peers = (struct peers){.row_bytes = row_bytes, .max = max};
}

void peers_free(struct peers *peers)
{
    free(peers->rows);
    free(peers->index);
    peers->rows = NULL;
    peers->index = NULL;
    peers->count = 0;
}

static size_t slot_of(const struct peers *peers, struct client_key key)
{
    uint64_t hash = str_hash((struct str){(const char *)&key, sizeof key});
    size_t slot = (size_t)hash & (peers->index_cap - 1);
    while (peers->index[slot] != 0) {
        const struct client_key *there = peers_row(peers, peers->index[slot] - 1);
        if (client_key_eq(*there, key)) {
            break;
        }
        slot = (slot + 1) & (peers->index_cap - 1);
    }
    return slot;
}

static int grow(struct peers *peers, struct err *err)
{
    size_t cap = peers->cap == 0 ? 64 : peers->cap * 2;
    char *rows = reallocarray(peers->rows, cap, peers->row_bytes);
    if (rows != NULL) {
        peers->rows = rows;
    }
    uint32_t *index = calloc(cap * 2, sizeof *index);
    if (rows == NULL || index == NULL) {
        free(index);
        return err_set(err, ERR_LIMIT, "no memory for %zu addresses", cap);
    }
    free(peers->index);
    peers->index = index;
    peers->cap = cap;
    peers->index_cap = cap * 2;
    for (size_t i = 0; i < peers->count; i++) {
        const struct client_key *key = peers_row(peers, i);
        peers->index[slot_of(peers, *key)] = (uint32_t)(i + 1);
    }
    return 0;
}

void *peers_find(const struct peers *peers, struct client_key key)
{
    if (peers->index == NULL) {
        return NULL;
    }
    uint32_t at = peers->index[slot_of(peers, key)];
    return at == 0 ? NULL : peers_row(peers, at - 1);
}

void *peers_get(struct peers *peers, struct client_key key, struct err *err)
{
    void *found = peers_find(peers, key);
    if (found != NULL) {
        return found;
    }
    if (peers->count >= peers->max) {
        peers->dropped++;
        return NULL;
    }
    if (peers->count == peers->cap && grow(peers, err) != 0) {
        return NULL;
    }
    char *row = peers_row(peers, peers->count);
    memset(row, 0, peers->row_bytes);
    memcpy(row, &key, sizeof key);
    peers->index[slot_of(peers, key)] = (uint32_t)(++peers->count);
    return row;
}

KEEP_KNOWS(struct peers, 64);
void peers_keep(struct keep *keep, struct peers *peers, size_t most)
{
    size_t count = keep_count(keep, peers->count, most), max = peers->max;
    KEEP(keep, peers->dropped);
    peers->max = most;
    for (size_t i = 0; i < count && keep_is_well(keep); i++) {
        struct err why = {0};
        struct client_key key = {0, 0};
        char *row = keep_reads(keep) ? NULL : peers_row(peers, i);
        if (row != NULL) {
            memcpy(&key, row, sizeof key);
        }
        KEEP(keep, key);
        if (row == NULL && (row = peers_get(peers, key, &why)) == NULL) {
            err_set(&why, why.kind != ERR_NONE ? why.kind : ERR_FORMAT, "a state has no room for its addresses");
            keep_fail(keep, &why);
            break;
        }
        keep_bytes(keep, row + sizeof key, peers->row_bytes - sizeof key);
    }
    peers->max = max;
}

void keep_cut(char *field, size_t size, struct str text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;
    if (len > 0) {
        memcpy(field, text.data, len);
    }
    field[len] = '\0';
}

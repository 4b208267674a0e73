/* Tiles as members: made from the leaves and the ledger when their turn comes, never kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "case/pack.h"
#include "case/tiles.h"

#include "base/banned.h"

static int put_entry(struct pack *pack, uint64_t n, struct out *out, struct err *err)
{
    char bytes[2 + ENTRY_MAX_BYTES];
    size_t length = (size_t)(pack->offsets[n + 1] - pack->offsets[n] - 1); /* without its newline */
    size_t have = 0;
    bytes[0] = (char)(uint8_t)(length >> 8);
    bytes[1] = (char)(uint8_t)length;
    while (have < length) {
        ssize_t got = pread(pack->kase->ledger, bytes + 2 + have, length - have, (off_t)(pack->offsets[n] + have));
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            return err_set(err, ERR_IO, "ledger.jsonl: %s", got < 0 ? strerror(errno) : "shrank while it was read");
        }
        have += got > 0 ? (size_t)got : 0;
    }
    return out_put(out, (struct str){bytes, 2 + length}, err);
}

static int put_entries(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    for (uint64_t i = 0; i < member->count; i++) {
        TRY(put_entry(pack, member->from + i, out, err));
    }
    return 0;
}

/* The hashes of one tile above the leaves: each is the root over 256^level entries. */
static int put_hashes(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    uint64_t below = UINT64_C(1) << (8 * member->level);
    uint64_t count = member->count * below;
    OWN(own_mem) struct sha256 *hashes = calloc(count + 1, sizeof *hashes);
    if (hashes == NULL) {
        return err_no_memory(err);
    }
    memcpy(hashes, pack->leaves + member->from * below, count * sizeof *hashes);
    for (; count > member->count; count /= TILE_WIDTH) {
        tile_climb(hashes, count);
    }
    return out_put(out, (struct str){(const char *)hashes, member->count * sizeof *hashes}, err);
}

static int add_level(struct pack *pack, int level, uint64_t all, struct err *err)
{
    for (uint64_t from = 0; from < all; from += TILE_WIDTH) {
        uint64_t count = all - from < TILE_WIDTH ? all - from : TILE_WIDTH;
        char tile[TILE_NAME];
        char name[TILE_NAME + 8];
        tile_name(tile, level, from / TILE_WIDTH, (unsigned)count);
        (void)snprintf(name, sizeof name, "tiles/%s", tile);
        struct member *member = pack_add(pack, name, NULL, err);
        if (member == NULL) {
            return -1;
        }
        member->put = level == TILE_ENTRIES ? put_entries : put_hashes;
        member->from = from;
        member->count = count;
        member->level = level > 0 ? (unsigned)level : 0;
    }
    return 0;
}

int pack_tiles(struct pack *pack, struct err *err)
{
    for (unsigned level = 0; tile_hashes(pack->size, level) != 0; level++) {
        TRY(add_level(pack, (int)level, tile_hashes(pack->size, level), err));
    }
    return add_level(pack, TILE_ENTRIES, pack->size, err);
}

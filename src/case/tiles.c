/* Names and hashes of tiles. */
#include <inttypes.h>
#include <stdio.h>

#include "case/tiles.h"
#include "ledger/tree.h"

#include "base/banned.h"

void tile_name(char out[static TILE_NAME], int level, uint64_t number, unsigned width)
{
    char groups[40];
    char kind[16] = "entries";
    char part[16] = "";
    size_t at = sizeof groups - 1;
    groups[at] = '\0';
    for (uint64_t rest = number, is_last = 1; is_last || rest != 0; rest /= 1000, is_last = 0) {
        char group[8];
        int length = snprintf(group, sizeof group, is_last ? "%03u" : "x%03u/", (unsigned)(rest % 1000));
        at -= (size_t)length;
        memcpy(groups + at, group, (size_t)length);
    }
    if (level >= 0) {
        (void)snprintf(kind, sizeof kind, "%d", level);
    }
    if (width < TILE_WIDTH) {
        (void)snprintf(part, sizeof part, ".p/%u", width);
    }
    (void)snprintf(out, TILE_NAME, "tile/%s/%s%s", kind, groups + at, part);
}

uint64_t tile_hashes(uint64_t size, unsigned level)
{
    return level < TILE_LEVELS ? size >> (8 * level) : 0;
}

void tile_climb(struct sha256 *hashes, uint64_t count)
{
    for (uint64_t i = 0; i < count / TILE_WIDTH; i++) {
        struct tree tree = {.size = 0};
        for (unsigned k = 0; k < TILE_WIDTH; k++) {
            tree_add(&tree, &hashes[i * TILE_WIDTH + k]);
        }
        hashes[i] = tree_root(&tree);
    }
}

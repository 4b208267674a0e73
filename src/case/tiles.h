/* The tree as files that any web server can hand out (C2SP tlog-tiles): which files there are for so many entries.
 *
 *   checkpoint
 *   tile/<L>/<N>[.p/<W>]           up to 256 hashes of 32 bytes: the roots of subtrees of 256^L entries each
 *   tile/entries/<N>[.p/<W>]       up to 256 entries, each behind its length in two bytes, big-endian
 * <N> is written in groups of three digits, all but the last with an x before: 1234067 is x001/x234/067. */
#ifndef ASSAY_CASE_TILES_H
#define ASSAY_CASE_TILES_H

#include "base/hash.h"

enum { TILE_WIDTH = 256, TILE_NAME = 80, TILE_LEVELS = 8, TILE_ENTRIES = -1 };

/* "tile/0/x001/x234/067.p/5" of level (TILE_ENTRIES: of entries), number and width (TILE_WIDTH: a full one). */
void tile_name(char out[static TILE_NAME], int level, uint64_t number, unsigned width);
/* How many hashes level has in a tree of size entries; 0: there is no such level. */
uint64_t tile_hashes(uint64_t size, unsigned level);
/* The roots of all full subtrees of 256 hashes: count / 256 of them, in place of the first ones. */
void tile_climb(struct sha256 *hashes, uint64_t count);

#endif

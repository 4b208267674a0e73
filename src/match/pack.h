/* A spelling in few bytes, from which exactly it comes back: a sample has millions, and most are written with few letters.
 *
 *   | class, form | length | affix | rest |     form: four or six bits a letter, or the bytes as they are
 *         1         1 or 4   0 or 1
 *
 * Of what many spellings share, an address' domain and what says how a secret was made, the number in a list of such affixes is
 * kept; length is the rest's, in letters. */
#ifndef ASSAY_MATCH_PACK_H
#define ASSAY_MATCH_PACK_H

#include "normal/normal.h"

enum {
    PACK_HEAD_MAX = 6,
    PACK_TEXT_MAX = 160, /* longer spellings stay as they are */
    PACK_AFFIX_MAX = 31,
    PACK_AFFIXES_MAX = 255,
    PACK_PLACES = 512
};

struct pack_affix {
    uint8_t len;
    char bytes[PACK_AFFIX_MAX];
};

/* Those that came first; later ones are part of the rest. An affix that is here was packed wherever it stands. */
struct pack_affixes {
    unsigned count;
    uint8_t places[PACK_PLACES];                 /* by hash: the affix' number + 1; 0: empty */
    struct pack_affix affixes[PACK_AFFIXES_MAX]; /* untouched, so without a page, until they are used */
};

/* Where a spelling is made whole. */
struct pack_room {
    char bytes[PACK_TEXT_MAX];
};

/* Packs into out, which has room for bytes.len + PACK_HEAD_MAX, and tells how many it took. Adds to the affixes. bytes.len
 * fits 32 bits. */
size_t pack_put(char *out, struct pack_affixes *affixes, enum normal_class class, struct str bytes);
/* How many bytes the packed spelling takes. */
size_t pack_size(const char *packed);
static inline enum normal_class pack_class(const char *packed)
{
    return (enum normal_class)(packed[0] & 15);
}
/* The spelling, in room or where it is packed: it lives as long as both. */
struct str pack_text(const char *packed, const struct pack_affixes *affixes, struct pack_room *room);

#endif

/* A spelling in few bytes, from which exactly it comes back: a sample has millions, and most are written with few letters.
 *
 *   | class, form | length | affix | rest |     form: four or six bits a letter, or the bytes as they are
 *         1         1 or 4   0 or 1
 *
 * Of what many spellings share, an address' domain and what says how a secret was made, the number in a list of such affixes is
 * kept; length is the rest's, in letters. */
#ifndef ASSAY_MATCH_PACK_H
#define ASSAY_MATCH_PACK_H

#include <string.h>

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
/* How the rest is written. */
enum pack_form {
    PACK_FORM_BYTES,
    PACK_FORM_LONG,     /* bytes, with a length of four bytes; never an affix */
    PACK_FORM_HEX,      /* digits and a to f: four bits */
    PACK_FORM_LOWER,    /* addresses, names, words: six bits */
    PACK_FORM_MIXED,    /* what crypt() writes: six bits */
    PACK_FORM_AFFIX = 8 /* bit: an affix belongs to it */
};
enum { PACK_CLASS_BITS = 4, PACK_LONG_HEAD = 5 };
static inline uint32_t pack_long_len(const char *packed)
{
    uint32_t len;
    memcpy(&len, packed + 1, sizeof(len));
    return len;
}
/* How many bytes the packed spelling takes. */
static inline size_t pack_size(const char *packed)
{
    static const uint8_t bits[] = {8, 8, 4, 6, 6, 0, 0, 0}; /* a letter, by its form */
    unsigned form = (unsigned char)packed[0] >> PACK_CLASS_BITS;
    if (form == PACK_FORM_LONG) {
        return PACK_LONG_HEAD + (size_t)pack_long_len(packed);
    }
    return 2 + form / PACK_FORM_AFFIX + ((size_t)(unsigned char)packed[1] * bits[form % PACK_FORM_AFFIX] + 7) / 8;
}
static inline enum normal_class pack_class(const char *packed)
{
    return (enum normal_class)(packed[0] & 15);
}
/* The spelling, in room or where it is packed: it lives as long as both. */
struct str pack_text(const char *packed, const struct pack_affixes *affixes, struct pack_room *room);

#endif

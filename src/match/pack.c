/* Packing spellings. */
#include "match/pack.h"

#include "base/str.h"

#include "base/banned.h"

enum { SECRET_AFFIX_MAX = 7 };

/* ---- Letters ---- */

#define IS_HEX (1U << PACK_FORM_HEX)
#define IS_LOWER (1U << PACK_FORM_LOWER)
#define IS_MIXED (1U << PACK_FORM_MIXED)
#define SIX(first, of, by)                                                                                           \
    [(first)] = (of), [(first) + 1] = (of) + (by), [(first) + 2] = (of) + 2 * (by), [(first) + 3] = (of) + 3 * (by), \
    [(first) + 4] = (of) + 4 * (by), [(first) + 5] = (of) + 5 * (by)
#define TEN(first, of, by)                                                                \
    SIX(first, of, by), [(first) + 6] = (of) + 6 * (by), [(first) + 7] = (of) + 7 * (by), \
                                   [(first) + 8] = (of) + 8 * (by), [(first) + 9] = (of) + 9 * (by)
#define TWENTY(first, of, by) TEN(first, of, by), TEN((first) + 10, (of) + 10 * (by), by)

/* Forms in which a byte can be written. */
static const uint8_t forms_of[256] = {
    TEN('0', IS_HEX | IS_LOWER | IS_MIXED, 0),
    SIX('a', IS_HEX | IS_LOWER | IS_MIXED, 0),
    TWENTY('g', IS_LOWER | IS_MIXED, 0),
    TWENTY('A', IS_MIXED, 0),
    SIX('U', IS_MIXED, 0),
    ['.'] = IS_LOWER | IS_MIXED,
    ['/'] = IS_LOWER | IS_MIXED,
    [' '] = IS_LOWER,
    ['-'] = IS_LOWER,
    ['_'] = IS_LOWER,
    ['+'] = IS_LOWER,
    ['@'] = IS_LOWER,
    [','] = IS_LOWER,
    ['\''] = IS_LOWER,
    ['('] = IS_LOWER,
    [')'] = IS_LOWER,
    ['&'] = IS_LOWER,
    [':'] = IS_LOWER,
    ['='] = IS_LOWER,
};
static const char lower_letters[65] = "0123456789abcdefghijklmnopqrstuvwxyz./ -_+@,'()&:=              ";
static const uint8_t lower_codes[256] = {
    TEN('0', 0, 1), SIX('a', 10, 1), TWENTY('g', 16, 1), ['.'] = 36, ['/'] = 37, [' '] = 38,
    ['-'] = 39,     ['_'] = 40,      ['+'] = 41,         ['@'] = 42, [','] = 43, ['\''] = 44,
    ['('] = 45,     [')'] = 46,      ['&'] = 47,         [':'] = 48, ['='] = 49,
};
static const char mixed_letters[65] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./";
static const uint8_t mixed_codes[256] = {
    TEN('0', 0, 1), SIX('a', 10, 1), TWENTY('g', 16, 1), TWENTY('A', 36, 1), SIX('U', 56, 1), ['.'] = 62, ['/'] = 63,
};

static enum pack_form form_of(struct str text)
{
    unsigned forms = IS_HEX | IS_LOWER | IS_MIXED;
    for (size_t i = 0; i < text.len; i++) {
        forms &= forms_of[(unsigned char)text.data[i]];
    }
    return text.len == 0 || forms == 0 ? PACK_FORM_BYTES : (enum pack_form)__builtin_ctz(forms);
}

static unsigned hex_code(char letter)
{
    return ((unsigned)letter & 15U) + ((unsigned)letter >> 6) * 9;
}

static size_t put_hex(char *out, struct str text)
{
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        out[i / 2] = (char)(hex_code(text.data[i]) << 4 | hex_code(text.data[i + 1]));
    }
    if (text.len % 2 != 0) {
        out[text.len / 2] = (char)(hex_code(text.data[text.len - 1]) << 4);
    }
    return (text.len + 1) / 2;
}

static void take_hex(char *out, const char *packed, size_t len)
{
    static const char letters[17] = "0123456789abcdef";
    for (size_t i = 0; i + 1 < len; i += 2) {
        out[i] = letters[(unsigned char)packed[i / 2] >> 4];
        out[i + 1] = letters[packed[i / 2] & 15];
    }
    if (len % 2 != 0) {
        out[len - 1] = letters[(unsigned char)packed[len / 2] >> 4];
    }
}

/* Bytes of so many letters of six bits. */
static size_t sixes(size_t letters)
{
    return (letters * 6 + 7) / 8;
}

static size_t put_sixes(char *out, struct str text, const uint8_t codes[static 256])
{
    const unsigned char *letters = (const unsigned char *)text.data;
    size_t at = 0;
    size_t i = 0;
    for (; i + 4 <= text.len; i += 4) {
        unsigned four = (unsigned)codes[letters[i]] << 18 | (unsigned)codes[letters[i + 1]] << 12 |
                        (unsigned)codes[letters[i + 2]] << 6 | codes[letters[i + 3]];
        out[at++] = (char)(four >> 16);
        out[at++] = (char)(four >> 8);
        out[at++] = (char)four;
    }
    unsigned some = 0;
    for (size_t k = i; k < text.len; k++) {
        some |= (unsigned)codes[letters[k]] << (18 - 6 * (k - i));
    }
    for (size_t left = sixes(text.len - i); left > 0; left--, some <<= 8) {
        out[at++] = (char)(some >> 16);
    }
    return at;
}

static void take_sixes(char *out, const char *packed, size_t len, const char letters[static 64])
{
    const unsigned char *bytes = (const unsigned char *)packed;
    size_t i = 0;
    for (; i + 4 <= len; i += 4, bytes += 3) {
        unsigned four = (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2];
        out[i] = letters[four >> 18];
        out[i + 1] = letters[four >> 12 & 63];
        out[i + 2] = letters[four >> 6 & 63];
        out[i + 3] = letters[four & 63];
    }
    unsigned some = 0;
    for (size_t k = 0; k < sixes(len - i); k++) {
        some |= (unsigned)bytes[k] << (16 - 8 * k);
    }
    for (; i < len; i++, some <<= 6) {
        out[i] = letters[some >> 18 & 63];
    }
}

/* ---- Affixes ---- */

/* An address ends with one, from its @ on; a secret begins with one, up to the last $ of its first bytes ("$2y$10$"). */
static struct str affix_of(enum normal_class class, struct str bytes)
{
    size_t at = 0;
    if (class == NORMAL_EMAIL) {
        for (at = bytes.len; at > 0 && bytes.data[at - 1] != '@'; at--) {
        }
        struct str domain = str_slice(bytes, at == 0 ? bytes.len : at - 1, bytes.len);
        return domain.len <= PACK_AFFIX_MAX ? domain : str_slice(bytes, bytes.len, bytes.len);
    }
    if (class == NORMAL_SECRET) {
        for (at = bytes.len < SECRET_AFFIX_MAX ? bytes.len : SECRET_AFFIX_MAX; at > 0 && bytes.data[at - 1] != '$';
             at--) {
        }
    }
    return str_slice(bytes, 0, at);
}

/* Its number + 1, added if it is new and there is room; else 0. */
static unsigned affix_number(struct pack_affixes *affixes, struct str affix)
{
    size_t at = (size_t)(str_hash(affix) >> 32) % PACK_PLACES;
    for (; affixes->places[at] != 0; at = (at + 1) % PACK_PLACES) {
        const struct pack_affix *known = &affixes->affixes[affixes->places[at] - 1];
        if (known->len == affix.len && memcmp(known->bytes, affix.data, affix.len) == 0) {
            return affixes->places[at];
        }
    }
    if (affixes->count == PACK_AFFIXES_MAX) {
        return 0;
    }
    struct pack_affix *added = &affixes->affixes[affixes->count++];
    added->len = (uint8_t)affix.len;
    memcpy(added->bytes, affix.data, affix.len);
    affixes->places[at] = (uint8_t)affixes->count;
    return affixes->count;
}

/* ---- A spelling ---- */

static size_t put_long(char *out, enum normal_class class, struct str bytes)
{
    uint32_t len = (uint32_t)bytes.len;
    out[0] = (char)(PACK_FORM_LONG << PACK_CLASS_BITS | class);
    memcpy(out + 1, &len, sizeof(len));
    memcpy(out + PACK_LONG_HEAD, bytes.data, bytes.len);
    return PACK_LONG_HEAD + bytes.len;
}

static size_t put_rest(char *out, enum pack_form form, struct str rest)
{
    if (form == PACK_FORM_HEX) {
        return put_hex(out, rest);
    }
    if (form != PACK_FORM_BYTES) {
        return put_sixes(out, rest, form == PACK_FORM_LOWER ? lower_codes : mixed_codes);
    }
    if (rest.len > 0) {
        memcpy(out, rest.data, rest.len);
    }
    return rest.len;
}

size_t pack_put(char *out, struct pack_affixes *affixes, enum normal_class class, struct str bytes)
{
    if (bytes.len > PACK_TEXT_MAX) {
        return put_long(out, class, bytes);
    }
    struct str rest = bytes;
    struct str affix = affix_of(class, bytes);
    unsigned number = affix.len == 0 ? 0 : affix_number(affixes, affix);
    if (number != 0) {
        rest =
            class == NORMAL_EMAIL ? str_slice(bytes, 0, bytes.len - affix.len) : str_slice(bytes, affix.len, bytes.len);
    }
    enum pack_form form = normal_is_instant(class) ? PACK_FORM_BYTES : form_of(rest);
    size_t head = 2;
    out[0] = (char)((form | (number != 0 ? PACK_FORM_AFFIX : 0)) << PACK_CLASS_BITS | class);
    out[1] = (char)rest.len;
    if (number != 0) {
        out[head++] = (char)(number - 1);
    }
    return head + put_rest(out + head, form, rest);
}

static void take_rest(char *out, enum pack_form form, const char *packed, size_t len)
{
    if (form == PACK_FORM_HEX) {
        take_hex(out, packed, len);
    } else if (form == PACK_FORM_BYTES) {
        memcpy(out, packed, len);
    } else {
        take_sixes(out, packed, len, form == PACK_FORM_LOWER ? lower_letters : mixed_letters);
    }
}

struct str pack_text(const char *packed, const struct pack_affixes *affixes, struct pack_room *room)
{
    unsigned form = (unsigned char)packed[0] >> PACK_CLASS_BITS;
    size_t len = (unsigned char)packed[1];
    if (form == PACK_FORM_BYTES) {
        return (struct str){packed + 2, len};
    }
    if (form == PACK_FORM_LONG) {
        return (struct str){packed + PACK_LONG_HEAD, pack_long_len(packed)};
    }
    if (form < PACK_FORM_AFFIX) {
        take_rest(room->bytes, (enum pack_form)form, packed + 2, len);
        return (struct str){room->bytes, len};
    }
    const struct pack_affix *affix = &affixes->affixes[(unsigned char)packed[2]];
    bool is_behind = pack_class(packed) == NORMAL_EMAIL;
    take_rest(room->bytes + (is_behind ? 0 : affix->len), (enum pack_form)(form % PACK_FORM_AFFIX), packed + 3, len);
    memcpy(room->bytes + (is_behind ? len : 0), affix->bytes, affix->len);
    return (struct str){room->bytes, len + affix->len};
}

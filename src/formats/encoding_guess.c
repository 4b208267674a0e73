/* Which encoding the first bytes of a file are in. What cannot be proven is told as a guess (encoding.h). */
#include "base/str.h"
#include "formats/encoding.h"

#include "base/banned.h"

enum {
    CHARACTERS_MIN = 6, /* fewer characters of two bytes decide nothing */
    HIGH_MIN = 12       /* fewer high bytes decide nothing */
};

static unsigned char byte_at(struct str head, size_t at)
{
    return at < head.len ? (unsigned char)head.data[at] : 0;
}

/* Valid but for a last character that the head cuts. */
static bool is_utf8_so_far(struct str head)
{
    size_t at = 0;
    while (at < head.len) {
        size_t step = str_utf8_step(str_slice(head, at, head.len));
        if (step == 0) {
            unsigned char lead = (unsigned char)head.data[at];
            return head.len - at < 4 && lead >= 0xc2 && lead < 0xf5 && head.len >= 64;
        }
        at += step;
    }
    return true;
}

/* UTF-8 with a few bytes that are not: twenty characters of it for every wrong byte. */
static bool is_mostly_utf8(struct str head)
{
    struct utf8_watch watch = {.cut_len = 0};
    size_t leads = 0;
    utf8_watch(&watch, head);
    for (size_t i = 0; i < head.len; i++) {
        leads += byte_at(head, i) >= 0xc2 && byte_at(head, i) < 0xf5;
    }
    return watch.wrong < leads && (leads - watch.wrong) / 20 >= watch.wrong;
}

static bool by_mark(struct str head, struct encoding_guess *guess)
{
    static const struct {
        struct str mark;
        enum encoding encoding;
    } marks[] = {{STR_INIT("\xef\xbb\xbf"), ENCODING_UTF8},
                 {STR_INIT("\xff\xfe\0\0"), ENCODING_UTF32LE},
                 {STR_INIT("\0\0\xfe\xff"), ENCODING_UTF32BE},
                 {STR_INIT("\xff\xfe"), ENCODING_UTF16LE},
                 {STR_INIT("\xfe\xff"), ENCODING_UTF16BE}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_starts(head, marks[i].mark)) {
            *guess = (struct encoding_guess){marks[i].encoding, ENCODING_BY_MARK, marks[i].mark.len, false};
            return true;
        }
    }
    return false;
}

/* Text that is mostly European has its zeros in the same places of every unit. */
static bool by_zeros(struct str head, struct encoding_guess *guess)
{
    size_t zeros[4] = {0};
    for (size_t i = 0; i < head.len; i++) {
        zeros[i % 4] += head.data[i] == 0;
    }
    size_t all = zeros[0] + zeros[1] + zeros[2] + zeros[3];
    size_t odd = zeros[1] + zeros[3], even = zeros[0] + zeros[2];
    if (head.len < 4 || all <= head.len / 4) {
        return false;
    }
    *guess = (struct encoding_guess){.by = ENCODING_BY_VALIDITY};
    size_t units = head.len / 4; /* of UTF-32: the highest byte is zero in all, the next one in nearly all */
    bool is_little = zeros[3] >= units && zeros[2] * 8 > units * 7 && zeros[0] * 8 < units;
    bool is_big = zeros[0] >= units && zeros[1] * 8 > units * 7 && zeros[3] * 8 < units;
    if (is_little || is_big) {
        guess->encoding = is_little ? ENCODING_UTF32LE : ENCODING_UTF32BE;
        return true;
    }
    guess->encoding = odd > even ? ENCODING_UTF16LE : ENCODING_UTF16BE;
    return odd > 8 * even || even > 8 * odd;
}

/* ---- Characters of two bytes ---- */

struct shape {
    enum encoding encoding;
    bool (*is_single)(unsigned char byte); /* high bytes that are a character by themselves */
    bool (*is_pair)(unsigned char lead, unsigned char trail);
    bool (*is_common)(unsigned char lead, unsigned char trail);
};

static bool within(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

static bool none(unsigned char byte)
{
    (void)byte;
    return false;
}

static bool half_kana(unsigned char byte)
{
    return within(byte, 0xa1, 0xdf);
}

static bool sjis_pair(unsigned char lead, unsigned char trail)
{
    return (within(lead, 0x81, 0x9f) || within(lead, 0xe0, 0xfc)) && within(trail, 0x40, 0xfc) && trail != 0x7f;
}

/* Kana, and the kanji of JIS level 1. */
static bool sjis_common(unsigned char lead, unsigned char trail)
{
    return within(lead, 0x81, 0x98) && (lead != 0x82 || trail >= 0x4f);
}

static bool euc_pair(unsigned char lead, unsigned char trail)
{
    return within(lead, 0xa1, 0xfe) && within(trail, 0xa1, 0xfe);
}

static bool euc_jp_pair(unsigned char lead, unsigned char trail)
{
    return euc_pair(lead, trail) || (lead == 0x8e && within(trail, 0xa1, 0xdf));
}

/* Kana: every Japanese text has them; kanji level 1 lie where common hanzi do. */
static bool euc_jp_common(unsigned char lead, unsigned char trail)
{
    (void)trail;
    return lead == 0xa4 || lead == 0xa5 || within(lead, 0xb0, 0xcf);
}

static bool gbk_pair(unsigned char lead, unsigned char trail)
{
    return within(lead, 0x81, 0xfe) && within(trail, 0x40, 0xfe) && trail != 0x7f;
}

/* GB 2312 level 1: the 3,755 commonest hanzi. */
static bool gbk_common(unsigned char lead, unsigned char trail)
{
    return within(lead, 0xb0, 0xd7) && trail >= 0xa1;
}

static bool big5_pair(unsigned char lead, unsigned char trail)
{
    return within(lead, 0x81, 0xfe) && (within(trail, 0x40, 0x7e) || within(trail, 0xa1, 0xfe));
}

/* Level 1: the 5,401 commonest. */
static bool big5_common(unsigned char lead, unsigned char trail)
{
    return within(lead, 0xa4, 0xc6) && (within(trail, 0x40, 0x7e) || trail >= 0xa1);
}

static bool euc_kr_common(unsigned char lead, unsigned char trail)
{
    (void)trail;
    return within(lead, 0xb0, 0xc8); /* the 2,350 syllables */
}

/* The narrower comes first: whatever is common in EUC-KR is common in GBK too. */
static const struct shape shapes[] = {
    {ENCODING_EUC_KR, none, euc_pair, euc_kr_common},        {ENCODING_EUC_JP, none, euc_jp_pair, euc_jp_common},
    {ENCODING_GB18030, none, gbk_pair, gbk_common},          {ENCODING_BIG5, none, big5_pair, big5_common},
    {ENCODING_SHIFT_JIS, half_kana, sjis_pair, sjis_common},
};

struct pairs {
    size_t pairs, common, beside, high_trails, low_trails, kana;
    bool is_valid;
};

static struct pairs count_pairs(struct str head, const struct shape *shape)
{
    struct pairs pairs = {.is_valid = true};
    size_t last_end = SIZE_MAX;
    for (size_t at = 0; at < head.len && pairs.is_valid;) {
        unsigned char byte = byte_at(head, at);
        if (byte < 0x80 || shape->is_single(byte)) {
            at++;
            continue;
        }
        if (at + 1 == head.len) {
            break; /* cut */
        }
        unsigned char trail = byte_at(head, at + 1);
        pairs.is_valid = shape->is_pair(byte, trail);
        pairs.pairs++;
        pairs.common += shape->is_common(byte, trail);
        pairs.beside += at == last_end || byte_at(head, at + 2) >= 0x80;
        pairs.high_trails += trail >= 0xa1;
        pairs.low_trails += trail < 0x80;
        pairs.kana += shape->encoding == ENCODING_EUC_JP && (byte == 0xa4 || byte == 0xa5);
        at += 2;
        last_end = at;
    }
    return pairs;
}

/* 0 to 1: the share of its characters that are common ones, or 0 if they do not stand as such characters do. */
static double pair_score(struct str head, const struct shape *shape)
{
    struct pairs pairs = count_pairs(head, shape);
    if (!pairs.is_valid || pairs.pairs < CHARACTERS_MIN || pairs.beside * 10 < pairs.pairs * 8) {
        return 0;
    }
    bool is_odd = (shape->encoding == ENCODING_EUC_JP && pairs.kana * 20 < pairs.pairs) ||
                  (shape->encoding == ENCODING_BIG5 && pairs.low_trails * 10 < pairs.pairs) ||
                  (shape->encoding == ENCODING_GB18030 && pairs.low_trails * 10 > pairs.pairs);
    return is_odd ? 0 : (double)pairs.common / (double)pairs.pairs;
}

static bool by_pairs(struct str head, struct encoding_guess *guess)
{
    double best = .85;
    bool found = false;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        double score = pair_score(head, &shapes[i]);
        if (score > best + .02) {
            best = score;
            *guess = (struct encoding_guess){shapes[i].encoding, ENCODING_BY_FREQUENCY, 0, false};
            found = true;
        }
    }
    return found;
}

/* ---- Cyrillic ---- */

struct letters {
    size_t high, beside, common, wrong_case;
};

/* The letters o, e, a, i, n, t, s, r of Russian in both cases: more than half of any text. */
static bool is_common_letter(enum encoding encoding, unsigned char byte)
{
    static const unsigned char small[2][8] = {{0xee, 0xe5, 0xe0, 0xe8, 0xed, 0xf2, 0xf1, 0xf0},
                                              {0xcf, 0xc5, 0xc1, 0xc9, 0xce, 0xd4, 0xd3, 0xd2}};
    const unsigned char *set = small[encoding == ENCODING_KOI8R];
    return byte >= 0xc0 && (memchr(set, byte, 8) != NULL || memchr(set, byte ^ 0x20, 8) != NULL);
}

static struct letters count_letters(struct str head, enum encoding encoding)
{
    struct letters letters = {0};
    for (size_t at = 0; at < head.len; at++) {
        unsigned char byte = byte_at(head, at), before = at == 0 ? 0 : byte_at(head, at - 1);
        bool is_capital = encoding == ENCODING_KOI8R ? byte >= 0xe0 : within(byte, 0xc0, 0xdf);
        bool was_small = encoding == ENCODING_KOI8R ? within(before, 0xc0, 0xdf) : before >= 0xe0;
        letters.high += byte >= 0x80;
        letters.beside += byte >= 0xc0 && (before >= 0xc0 || byte_at(head, at + 1) >= 0xc0);
        letters.common += is_common_letter(encoding, byte);
        letters.wrong_case += is_capital && was_small;
    }
    return letters;
}

static bool by_letters(struct str head, struct encoding_guess *guess)
{
    static const enum encoding tried[] = {ENCODING_CP1251, ENCODING_KOI8R};
    double best = .38;
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        struct letters letters = count_letters(head, tried[i]);
        double share = letters.high == 0 ? 0 : (double)letters.common / (double)letters.high;
        bool fits = letters.high >= HIGH_MIN && letters.beside * 10 > letters.high * 8 &&
                    letters.wrong_case * 20 < letters.high;
        if (fits && share > best) {
            best = share;
            *guess = (struct encoding_guess){tried[i], ENCODING_BY_FREQUENCY, 0, false};
            found = true;
        }
    }
    return found;
}

/* ---- What is left ---- */

static bool is_letter(unsigned char byte)
{
    return byte >= 0xc0 || within(byte | 0x20, 'a', 'z');
}

static struct encoding_guess western(struct str head)
{
    struct encoding_guess guess = {ENCODING_LATIN1, ENCODING_BY_DEFAULT, 0, false};
    size_t c1 = 0, euros = 0;
    for (size_t at = 0; at < head.len; at++) {
        unsigned char byte = byte_at(head, at), before = at == 0 ? 0 : byte_at(head, at - 1),
                      next = byte_at(head, at + 1);
        c1 += within(byte, 0x80, 0x9f);
        bool is_by_number = within(before, '0', '9') || within(next, '0', '9') || before == ' ';
        bool is_in_word = is_letter(next) && (is_letter(before) || before == ' ' || before == ',' || before == '\n');
        euros += (byte == 0xa4 && is_by_number) ||
                 (byte != 0xa4 && byte != 0 && is_in_word && memchr("\xa6\xa8\xb4\xb8\xbc\xbd\xbe", byte, 7) != NULL);
    }
    if (c1 > 0) {
        guess.encoding = ENCODING_CP1252;
        guess.by = ENCODING_BY_FREQUENCY;
    } else if (euros > 0) {
        guess.encoding = ENCODING_LATIN9;
        guess.by = ENCODING_BY_FREQUENCY;
    }
    return guess;
}

struct encoding_guess encoding_guess(struct str head)
{
    struct encoding_guess guess;
    if (by_mark(head, &guess) || by_zeros(head, &guess)) {
        return guess;
    }
    if (is_utf8_so_far(head)) {
        guess = (struct encoding_guess){ENCODING_UTF8, ENCODING_BY_VALIDITY, 0, true};
        for (size_t i = 0; i < head.len && guess.is_ascii; i++) {
            guess.is_ascii = byte_at(head, i) < 0x80;
        }
        return guess;
    }
    if (is_mostly_utf8(head)) {
        return (struct encoding_guess){ENCODING_UTF8, ENCODING_BY_FREQUENCY, 0, false};
    }
    return by_pairs(head, &guess) || by_letters(head, &guess) ? guess : western(head);
}

enum encoding encoding_detect(struct str head, size_t *ret_mark)
{
    struct encoding_guess guess = encoding_guess(head);
    *ret_mark = guess.mark;
    return guess.encoding;
}

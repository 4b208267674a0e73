/* Converting encodings, as a stream. Which one it is: encoding_guess.c. */
#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "formats/encoding.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/banned.h"

enum { HELD_BYTES = 64 << 10 };

static const struct {
    const char *name, *iconv, *also[3];
} encodings[ENCODINGS] = {
    [ENCODING_UTF8] = {"UTF-8", NULL, {"utf8"}},
    [ENCODING_UTF16LE] = {"UTF-16LE", NULL, {"utf16le", "utf-16"}},
    [ENCODING_UTF16BE] = {"UTF-16BE", NULL, {"utf16be"}},
    [ENCODING_LATIN1] = {"Latin-1", NULL, {"latin1", "iso-8859-1", "iso8859-1"}},
    [ENCODING_CP1252] = {"CP1252", NULL, {"windows-1252"}},
    [ENCODING_UTF32LE] = {"UTF-32LE", NULL, {"utf32le", "utf-32"}},
    [ENCODING_UTF32BE] = {"UTF-32BE", NULL, {"utf32be"}},
    [ENCODING_LATIN9] = {"ISO-8859-15", NULL, {"latin9", "latin-9", "iso8859-15"}},
    [ENCODING_CP1251] = {"CP1251", NULL, {"windows-1251"}},
    [ENCODING_KOI8R] = {"KOI8-R", NULL, {"koi8r"}},
    [ENCODING_SHIFT_JIS] = {"Shift-JIS", "CP932", {"shift_jis", "sjis", "cp932"}},
    [ENCODING_EUC_JP] = {"EUC-JP", "EUC-JP", {"eucjp"}},
    [ENCODING_GB18030] = {"GB18030", "GB18030", {"gbk", "gb2312", "cp936"}},
    [ENCODING_BIG5] = {"Big5", "BIG5-HKSCS", {"big-5", "cp950", "big5-hkscs"}},
    [ENCODING_EUC_KR] = {"EUC-KR", "CP949", {"euckr", "cp949", "uhc"}},
};

const char *encoding_name(enum encoding encoding)
{
    return encodings[encoding].name;
}

bool encoding_named(struct str name, enum encoding *ret_encoding)
{
    for (int i = 0; i < ENCODINGS; i++) {
        bool is_it = str_eq_nocase(name, str_of(encodings[i].name));
        for (size_t a = 0; a < 3 && encodings[i].also[a] != NULL; a++) {
            is_it = is_it || str_eq_nocase(name, str_of(encodings[i].also[a]));
        }
        if (is_it) {
            *ret_encoding = (enum encoding)i;
            return true;
        }
    }
    return false;
}

const char *encoding_by_name(enum encoding_by by)
{
    static const char *const names[] = {"order", "mark", "itself", "validity", "frequency", "default"};
    return names[by];
}

void encoding_prepare(void)
{
    static iconv_t kept[ENCODINGS]; /* as long as one is open, its tables stay in memory */
    for (int i = ENCODING_SHIFT_JIS; i < ENCODINGS && kept[i] == NULL; i++) {
        kept[i] = iconv_open("UTF-8", encodings[i].iconv);
    }
}

size_t encoding_put(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

uint32_t encoding_cp1252(unsigned char byte)
{
    /* Unicode's mapping CP1252.TXT; five bytes mean nothing and stay the control they are in Latin-1. */
    static const uint16_t high[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                      0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;
}

/* Unicode's mappings CP1251.TXT and KOI8-R.TXT, bytes 80 to FF; a byte that means nothing stays the control it is in Latin-1. */
static const uint16_t cp1251[128] = {
    0x0402, 0x0403, 0x201a, 0x0453, 0x201e, 0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x0409, 0x2039, 0x040a,
    0x040c, 0x040b, 0x040f, 0x0452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x0098, 0x2122,
    0x0459, 0x203a, 0x045a, 0x045c, 0x045b, 0x045f, 0x00a0, 0x040e, 0x045e, 0x0408, 0x00a4, 0x0490, 0x00a6,
    0x00a7, 0x0401, 0x00a9, 0x0404, 0x00ab, 0x00ac, 0x00ad, 0x00ae, 0x0407, 0x00b0, 0x00b1, 0x0406, 0x0456,
    0x0491, 0x00b5, 0x00b6, 0x00b7, 0x0451, 0x2116, 0x0454, 0x00bb, 0x0458, 0x0405, 0x0455, 0x0457, 0x0410,
    0x0411, 0x0412, 0x0413, 0x0414, 0x0415, 0x0416, 0x0417, 0x0418, 0x0419, 0x041a, 0x041b, 0x041c, 0x041d,
    0x041e, 0x041f, 0x0420, 0x0421, 0x0422, 0x0423, 0x0424, 0x0425, 0x0426, 0x0427, 0x0428, 0x0429, 0x042a,
    0x042b, 0x042c, 0x042d, 0x042e, 0x042f, 0x0430, 0x0431, 0x0432, 0x0433, 0x0434, 0x0435, 0x0436, 0x0437,
    0x0438, 0x0439, 0x043a, 0x043b, 0x043c, 0x043d, 0x043e, 0x043f, 0x0440, 0x0441, 0x0442, 0x0443, 0x0444,
    0x0445, 0x0446, 0x0447, 0x0448, 0x0449, 0x044a, 0x044b, 0x044c, 0x044d, 0x044e, 0x044f,
};
static const uint16_t koi8r[128] = {
    0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518, 0x251c, 0x2524, 0x252c, 0x2534, 0x253c, 0x2580, 0x2584,
    0x2588, 0x258c, 0x2590, 0x2591, 0x2592, 0x2593, 0x2320, 0x25a0, 0x2219, 0x221a, 0x2248, 0x2264, 0x2265,
    0x00a0, 0x2321, 0x00b0, 0x00b2, 0x00b7, 0x00f7, 0x2550, 0x2551, 0x2552, 0x0451, 0x2553, 0x2554, 0x2555,
    0x2556, 0x2557, 0x2558, 0x2559, 0x255a, 0x255b, 0x255c, 0x255d, 0x255e, 0x255f, 0x2560, 0x2561, 0x0401,
    0x2562, 0x2563, 0x2564, 0x2565, 0x2566, 0x2567, 0x2568, 0x2569, 0x256a, 0x256b, 0x256c, 0x00a9, 0x044e,
    0x0430, 0x0431, 0x0446, 0x0434, 0x0435, 0x0444, 0x0433, 0x0445, 0x0438, 0x0439, 0x043a, 0x043b, 0x043c,
    0x043d, 0x043e, 0x043f, 0x044f, 0x0440, 0x0441, 0x0442, 0x0443, 0x0436, 0x0432, 0x044c, 0x044b, 0x0437,
    0x0448, 0x044d, 0x0449, 0x0447, 0x044a, 0x042e, 0x0410, 0x0411, 0x0426, 0x0414, 0x0415, 0x0424, 0x0413,
    0x0425, 0x0418, 0x0419, 0x041a, 0x041b, 0x041c, 0x041d, 0x041e, 0x041f, 0x042f, 0x0420, 0x0421, 0x0422,
    0x0423, 0x0416, 0x0412, 0x042c, 0x042b, 0x0417, 0x0428, 0x042d, 0x0429, 0x0427, 0x042a,
};

static uint32_t single_byte(enum encoding encoding, unsigned char byte)
{
    static const uint16_t latin9[][2] = {{0xa4, 0x20ac}, {0xa6, 0x0160}, {0xa8, 0x0161}, {0xb4, 0x017d},
                                         {0xb8, 0x017e}, {0xbc, 0x0152}, {0xbd, 0x0153}, {0xbe, 0x0178}};
    if (byte < 0x80) {
        return byte;
    }
    for (size_t i = 0; encoding == ENCODING_LATIN9 && i < 8; i++) {
        if (latin9[i][0] == byte) {
            return latin9[i][1];
        }
    }
    return encoding == ENCODING_CP1252   ? encoding_cp1252(byte)
           : encoding == ENCODING_CP1251 ? cp1251[byte - 0x80]
           : encoding == ENCODING_KOI8R  ? koi8r[byte - 0x80]
                                         : byte;
}

/* ---- UTF-8 that is watched ---- */

/* From `at` on, by blocks: where the first one begins that is not all ASCII, or what is left for one. */
static size_t skip_blocks(struct str text, size_t at)
{
    uint64_t words[4];
    for (; text.len - at >= sizeof words; at += sizeof words) {
        memcpy(words, text.data + at, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
    }
    return at;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t skip_blocks_avx2(struct str text, size_t at)
{
    for (; text.len - at >= 4 * sizeof(__m256i); at += 4 * sizeof(__m256i)) {
        const __m256i *words = (const __m256i *)(const void *)(text.data + at);
        __m256i first = _mm256_or_si256(_mm256_loadu_si256(words), _mm256_loadu_si256(words + 1));
        __m256i second = _mm256_or_si256(_mm256_loadu_si256(words + 2), _mm256_loadu_si256(words + 3));
        if (_mm256_movemask_epi8(_mm256_or_si256(first, second)) != 0) {
            break;
        }
    }
    return at;
}
#endif

/* The first byte from `at` on that is not ASCII, or len. */
static size_t skip_ascii(struct str text, size_t at)
{
    if (at < text.len &&
        (unsigned char)text.data[at] >= 0x80) { /* as in most scripts but one: the next character too */
        return at;
    }
#if defined(__x86_64__)
    at = __builtin_cpu_supports("avx2") ? skip_blocks_avx2(text, at) : at;
#endif
    at = skip_blocks(text, at);
    while (at < text.len && (unsigned char)text.data[at] < 0x80) {
        at++;
    }
    return at;
}

/* Could these bytes, fewer than a character, begin one? */
static bool may_begin(struct str bytes)
{
    unsigned char lead = (unsigned char)bytes.data[0];
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    char whole[4] = {0};
    if (lead < 0xc2 || lead > 0xf4 || bytes.len >= len) {
        return false;
    }
    memcpy(whole, bytes.data, bytes.len);
    memset(whole + bytes.len, 0x80, len - bytes.len);
    if (bytes.len == 1) { /* the second byte of some is bounded */
        whole[1] = (char)(lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80);
    }
    return str_utf8_step((struct str){whole, len}) == len;
}

void utf8_watch(struct utf8_watch *watch, struct str piece)
{
    size_t at = 0;
    while (watch->cut_len > 0) { /* a character that began in the piece before */
        if (at == piece.len) {
            return;
        }
        watch->cut[watch->cut_len++] = piece.data[at++];
        struct str cut = {watch->cut, watch->cut_len};
        if (str_utf8_step(cut) == cut.len) {
            watch->cut_len = 0;
        } else if (!may_begin(cut)) {
            watch->wrong += watch->cut_len - 1;
            watch->cut_len = 0;
            at--; /* this one may begin another */
        }
    }
    while ((at = skip_ascii(piece, at)) < piece.len) {
        struct str rest = str_slice(piece, at, piece.len);
        size_t step = str_utf8_step(rest);
        if (step == 0 && rest.len < 4 && may_begin(rest)) {
            memcpy(watch->cut, rest.data, rest.len);
            watch->cut_len = rest.len;
            return;
        }
        watch->wrong += step == 0;
        at += step == 0 ? 1 : step;
    }
}

void utf8_watch_end(struct utf8_watch *watch)
{
    watch->wrong += watch->cut_len;
    watch->cut_len = 0;
}

/* ---- the reader ---- */

void encoding_open(struct encoding_reader *reader, enum encoding encoding, struct str head,
                   const struct table_bytes *source)
{
    reader->source = source;
    reader->encoding = encoding;
    reader->by = ENCODING_BY_ORDER;
    reader->from = reader->to = 0;
    reader->is_ended = reader->is_undecided = reader->is_binary = reader->has_iconv = false;
    reader->head = head.data;
    reader->head_left = head.len;
    reader->passed = reader->wrong = 0;
    reader->held = NULL;
    reader->watch = (struct utf8_watch){.cut_len = 0};
}

void encoding_close(struct encoding_reader *reader)
{
    free(reader->held);
    reader->held = NULL;
    if (reader->has_iconv) {
        (void)iconv_close(reader->iconv);
        reader->has_iconv = false;
    }
}

void own_encoding(struct encoding_reader *reader)
{
    encoding_close(reader);
}

uint64_t encoding_wrong(const struct encoding_reader *reader)
{
    return reader->wrong + reader->watch.wrong;
}

static int take(struct encoding_reader *reader, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (reader->head_left > 0) {
        *ret_got = reader->head_left < room ? reader->head_left : room;
        memcpy(into, reader->head, *ret_got);
        reader->head += *ret_got;
        reader->head_left -= *ret_got;
    } else {
        TRY(reader->source->read(reader->source->self, into, room, ret_got, err));
    }
    reader->passed += *ret_got;
    return 0;
}

/* `got` bytes of `chunk` were taken, and that at `at` is the first that is not ASCII: from there on they are held back until there are
 * enough of them to decide the encoding; then they come again. */
static int decide(struct encoding_reader *reader, struct str chunk, struct err *err)
{
    size_t room = chunk.len < HELD_BYTES ? HELD_BYTES : chunk.len;
    size_t len = chunk.len, got = 1;
    reader->held = malloc(room);
    if (reader->held == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    memcpy(reader->held, chunk.data, chunk.len);
    while (got > 0 && len < room) {
        TRY(take(reader, reader->held + len, room - len, &got, err));
        len += got;
    }
    struct encoding_guess guess = encoding_guess((struct str){reader->held, len});
    reader->encoding = encoding_is_wide(guess.encoding) ? ENCODING_LATIN1 : guess.encoding; /* it began as ASCII */
    reader->by = encoding_is_wide(guess.encoding) ? ENCODING_BY_DEFAULT : guess.by;
    reader->is_undecided = false;
    reader->head = reader->held;
    reader->head_left = len;
    reader->passed -= len;
    return 0;
}

/* Bytes that are UTF-8, or ASCII that does not yet say what it is. *ret_got may be 0 before the end, once the encoding was decided. */
static int take_utf8(struct encoding_reader *reader, char *into, size_t room, size_t *ret_got, struct err *err)
{
    TRY(take(reader, into, room, ret_got, err));
    struct str chunk = {into, *ret_got};
    size_t ascii = reader->is_undecided ? skip_ascii(chunk, 0) : chunk.len;
    if (ascii < chunk.len) {
        *ret_got = ascii;
        return decide(reader, str_slice(chunk, ascii, chunk.len), err);
    }
    if (reader->is_binary) {
        return 0;
    }
    if (chunk.len > 0) {
        utf8_watch(&reader->watch, chunk);
    } else {
        utf8_watch_end(&reader->watch);
    }
    return 0;
}

static uint32_t unit16(const struct encoding_reader *reader, size_t at)
{
    unsigned char first = (unsigned char)reader->raw[at];
    unsigned char second = (unsigned char)reader->raw[at + 1];
    return reader->encoding == ENCODING_UTF16LE ? (uint32_t)(first | second << 8) : (uint32_t)(first << 8 | second);
}

static bool next_point32(struct encoding_reader *reader, uint32_t *ret_point)
{
    size_t left = reader->to - reader->from;
    if (left < 4 && (left == 0 || !reader->is_ended)) {
        return false;
    }
    uint32_t point = 0x110000;
    size_t used = left < 4 ? left : 4;
    for (size_t i = 0; used == 4 && i < 4; i++) {
        size_t at = reader->from + (reader->encoding == ENCODING_UTF32BE ? i : 3 - i);
        point = (i == 0 ? 0 : point << 8) | (unsigned char)reader->raw[at];
    }
    bool good = point < 0x110000 && (point < 0xd800 || point > 0xdfff);
    reader->wrong += good ? 0 : used;
    reader->from += used;
    *ret_point = good ? point : 0xfffd;
    return true;
}

/* The next code point of the raw bytes; false if more of them are needed. */
static bool next_point(struct encoding_reader *reader, uint32_t *ret_point)
{
    size_t left = reader->to - reader->from;
    if (reader->encoding == ENCODING_UTF32LE || reader->encoding == ENCODING_UTF32BE) {
        return next_point32(reader, ret_point);
    }
    if (!encoding_is_wide(reader->encoding)) {
        if (left == 0) {
            return false;
        }
        *ret_point = single_byte(reader->encoding, (unsigned char)reader->raw[reader->from++]);
        return true;
    }
    if (left == 1 && reader->is_ended) { /* half a unit at the end */
        reader->from++;
        reader->wrong++;
        *ret_point = 0xfffd;
        return true;
    }
    if (left < 2) {
        return false;
    }
    uint32_t unit = unit16(reader, reader->from);
    size_t used = 2;
    if (unit >= 0xd800 && unit < 0xdc00) {
        if (left < 4 && !reader->is_ended) {
            return false;
        }
        uint32_t low = left >= 4 ? unit16(reader, reader->from + 2) : 0;
        bool is_pair = low >= 0xdc00 && low < 0xe000;
        unit = is_pair ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
        used = is_pair ? 4 : 2;
        reader->wrong += is_pair ? 0 : 2;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        unit = 0xfffd;
        reader->wrong += 2;
    }
    reader->from += used;
    *ret_point = unit;
    return true;
}

static int refill(struct encoding_reader *reader, struct err *err)
{
    size_t left = reader->to - reader->from;
    memmove(reader->raw, reader->raw + reader->from, left);
    reader->from = 0;
    reader->to = left;
    size_t got = 0;
    TRY(take(reader, reader->raw + left, sizeof(reader->raw) - left, &got, err));
    reader->to += got;
    reader->is_ended = got == 0;
    return 0;
}

static int read_points(struct encoding_reader *reader, char *into, size_t room, size_t *ret_got, struct err *err)
{
    size_t out = 0;
    while (out + 4 <= room) {
        uint32_t point;
        if (next_point(reader, &point)) {
            out += encoding_put(into + out, point);
            continue;
        }
        if (reader->is_ended || out > 0) {
            break;
        }
        TRY(refill(reader, err));
    }
    *ret_got = out;
    return 0;
}

/* What iconv cannot read is one byte that means nothing. */
static size_t wrong_byte(struct encoding_reader *reader, char *into)
{
    reader->from++;
    reader->wrong++;
    return encoding_put(into, 0xfffd);
}

static int read_iconv(struct encoding_reader *reader, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (!reader->has_iconv) {
        reader->iconv = iconv_open("UTF-8", encodings[reader->encoding].iconv);
        if (reader->iconv == (iconv_t)-1) { // NOLINT(performance-no-int-to-ptr): POSIX has it so
            return err_set(err, ERR_LIMIT, "no iconv here that reads %s", encodings[reader->encoding].name);
        }
        reader->has_iconv = true;
    }
    size_t out = 0;
    while (out + 8 <= room) {
        char *from = reader->raw + reader->from, *to = into + out;
        size_t left = reader->to - reader->from, left_out = room - out;
        size_t result = left == 0 ? 0 : iconv(reader->iconv, &from, &left, &to, &left_out);
        int why = result == (size_t)-1 ? errno : 0;
        reader->from = reader->to - left;
        out = room - left_out;
        if (why == E2BIG) {
            break;
        }
        if (why == EILSEQ || (why == EINVAL && (reader->is_ended || left > 8))) {
            if (left_out < 4) {
                break;
            }
            out += wrong_byte(reader, into + out);
            continue;
        }
        if (reader->is_ended || out > 0) {
            break;
        }
        TRY(refill(reader, err));
    }
    *ret_got = out;
    return 0;
}

static int read_utf8(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct encoding_reader *reader = self;
    while (reader->encoding == ENCODING_UTF8) {
        bool was_undecided = reader->is_undecided;
        TRY(take_utf8(reader, into, room, ret_got, err));
        if (*ret_got > 0 || reader->is_undecided == was_undecided) {
            return 0;
        }
    }
    return reader->encoding >= ENCODING_SHIFT_JIS ? read_iconv(reader, into, room, ret_got, err)
                                                  : read_points(reader, into, room, ret_got, err);
}

struct table_bytes encoding_bytes(struct encoding_reader *reader)
{
    return (struct table_bytes){reader, read_utf8};
}

/* Which of three tables decodes a byte goes by its position among the encoded bytes, modulo 64. Five bytes that would upset a page
 * are written as '@' and another. The tables are facts of the format: each column is a permutation of TAB and the printable
 * bytes but for '<', '>' and '@' (tests/unit/test_formats_page.c checks that). */
#include "formats/script_encode.h"
#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { HEAD_BYTES = 12, TAIL_BYTES = 12, FIRST = 32, ROUND = 64 };

static const unsigned char tab_row[3] = {0x57, 0x6e, 0x7b};
static const unsigned char rows[96][3] = {
    {0x2e, 0x2d, 0x32}, {0x47, 0x75, 0x30}, {0x7a, 0x52, 0x21}, {0x56, 0x60, 0x29}, {0x42, 0x71, 0x5b},
    {0x6a, 0x5e, 0x38}, {0x2f, 0x49, 0x33}, {0x26, 0x5c, 0x3d}, {0x49, 0x62, 0x58}, {0x41, 0x7d, 0x3a},
    {0x34, 0x29, 0x35}, {0x32, 0x36, 0x65}, {0x5b, 0x20, 0x39}, {0x76, 0x7c, 0x5c}, {0x72, 0x7a, 0x56},
    {0x43, 0x7f, 0x73}, {0x38, 0x6b, 0x66}, {0x39, 0x63, 0x4e}, {0x70, 0x33, 0x45}, {0x45, 0x2b, 0x6b},
    {0x68, 0x68, 0x62}, {0x71, 0x51, 0x59}, {0x4f, 0x66, 0x78}, {0x09, 0x76, 0x5e}, {0x62, 0x31, 0x7d},
    {0x44, 0x64, 0x4a}, {0x23, 0x54, 0x6d}, {0x75, 0x43, 0x71}, {0x4a, 0x4c, 0x41}, {0x7e, 0x3a, 0x60},
    {0x4a, 0x4c, 0x41}, {0x5e, 0x7e, 0x53}, {0x40, 0x4c, 0x40}, {0x77, 0x45, 0x42}, {0x4a, 0x2c, 0x27},
    {0x61, 0x2a, 0x48}, {0x5d, 0x74, 0x72}, {0x22, 0x27, 0x75}, {0x4b, 0x37, 0x31}, {0x6f, 0x44, 0x37},
    {0x4e, 0x79, 0x4d}, {0x3b, 0x59, 0x52}, {0x4c, 0x2f, 0x22}, {0x50, 0x6f, 0x54}, {0x67, 0x26, 0x6a},
    {0x2a, 0x72, 0x47}, {0x7d, 0x6a, 0x64}, {0x74, 0x39, 0x2d}, {0x54, 0x7b, 0x20}, {0x2b, 0x3f, 0x7f},
    {0x2d, 0x38, 0x2e}, {0x2c, 0x77, 0x4c}, {0x30, 0x67, 0x5d}, {0x6e, 0x53, 0x7e}, {0x6b, 0x47, 0x6c},
    {0x66, 0x34, 0x6f}, {0x35, 0x78, 0x79}, {0x25, 0x5d, 0x74}, {0x21, 0x30, 0x43}, {0x64, 0x23, 0x26},
    {0x4d, 0x5a, 0x76}, {0x52, 0x5b, 0x25}, {0x63, 0x6c, 0x24}, {0x3f, 0x48, 0x2b}, {0x7b, 0x55, 0x28},
    {0x78, 0x70, 0x23}, {0x29, 0x69, 0x41}, {0x28, 0x2e, 0x34}, {0x73, 0x4c, 0x09}, {0x59, 0x21, 0x2a},
    {0x33, 0x24, 0x44}, {0x7f, 0x4e, 0x3f}, {0x6d, 0x50, 0x77}, {0x55, 0x09, 0x3b}, {0x53, 0x56, 0x55},
    {0x7c, 0x73, 0x69}, {0x3a, 0x35, 0x61}, {0x5f, 0x61, 0x63}, {0x65, 0x4b, 0x50}, {0x46, 0x58, 0x67},
    {0x58, 0x3b, 0x51}, {0x31, 0x57, 0x49}, {0x69, 0x22, 0x4f}, {0x6c, 0x6d, 0x46}, {0x5a, 0x4d, 0x68},
    {0x48, 0x25, 0x7c}, {0x27, 0x28, 0x36}, {0x5c, 0x46, 0x70}, {0x3d, 0x4a, 0x6e}, {0x24, 0x32, 0x7a},
    {0x79, 0x41, 0x2f}, {0x37, 0x3d, 0x5f}, {0x60, 0x5f, 0x4b}, {0x51, 0x4f, 0x5a}, {0x20, 0x42, 0x2c},
    {0x36, 0x65, 0x57},
};
/* The column for each position. */
static const char columns[] = "0120121221210212021200122102122100212120200120210212001220012021";

static unsigned char decode_byte(unsigned char byte, size_t position)
{
    unsigned column = (unsigned)(columns[position % ROUND] - '0');
    if (byte == '\t') {
        return tab_row[column];
    }
    return byte >= FIRST && byte < 128 && byte != '<' && byte != '>' && byte != '@' ? rows[byte - FIRST][column] : byte;
}

/* One body from `at` to its end or to the trailer; returns where reading goes on. Where the encoder ran under a double-byte code
 * page (GBK, Shift-JIS), both bytes of such a character were left as they are and not counted. */
static size_t decode_body(struct str bytes, size_t at, bool is_double, struct buf *out)
{
    static const char from[] = "&#*!$", to[] = "\n\r><@";
    size_t position = 0;
    while (at < bytes.len) {
        struct str rest = str_slice(bytes, at, bytes.len);
        if (rest.len >= TAIL_BYTES && str_eq(str_slice(rest, 6, TAIL_BYTES), STR("==^#~@"))) {
            return at + TAIL_BYTES;
        }
        if (str_starts(rest, STR("%>")) || str_starts(rest, STR("</script"))) { /* the trailer is missing */
            return at;
        }
        unsigned char byte = (unsigned char)bytes.data[at++];
        if (is_double && byte > 128 && at < bytes.len) {
            buf_putc(out, (char)byte);
            buf_putc(out, bytes.data[at++]);
            continue;
        }
        const char *found = byte == '@' && at < bytes.len ? memchr(from, bytes.data[at], sizeof from - 1) : NULL;
        if (found != NULL) {
            buf_putc(out, to[found - from]);
            at++;
        } else {
            buf_putc(out, (char)decode_byte(byte, position));
        }
        position += byte < 128;
    }
    return at;
}

/* How much of a text reads like a script: which of two decodings is right shows at once. */
static size_t count_words(struct str text)
{
    static const char *const words[] = {"then",     "end ", "if ",  "response", "request",
                                        "function", "var ", "next", "for "};
    size_t count = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (size_t at = str_find_nocase(text, str_of(words[i]), 0); at != SIZE_MAX;
             at = str_find_nocase(text, str_of(words[i]), at + 1)) {
            count++;
        }
    }
    return count;
}

static void decode_all(struct str bytes, bool is_double, struct buf *out)
{
    size_t from = 0;
    for (size_t at = str_find(bytes, STR("#@~^"), 0); at != SIZE_MAX; at = str_find(bytes, STR("#@~^"), from)) {
        buf_put(out, str_slice(bytes, from, at));
        bool has_length = str_eq(str_slice(bytes, at + HEAD_BYTES - 2, at + HEAD_BYTES), STR("=="));
        from = decode_body(bytes, at + (has_length ? HEAD_BYTES : 4), is_double, out);
    }
    buf_put(out, str_slice(bytes, from, bytes.len));
}

/* Without a byte beyond ASCII both readings are one. */
static bool has_double_bytes(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if ((unsigned char)bytes.data[i] > 128) {
            return true;
        }
    }
    return false;
}

struct str script_decode(struct arena *keep, struct str bytes)
{
    if (str_find(bytes, STR("#@~^"), 0) == SIZE_MAX) {
        return bytes;
    }
    OWN(own_buf) struct buf single = {.max = bytes.len + 1};
    OWN(own_buf) struct buf twofold = {.max = bytes.len + 1};
    struct buf *best = &single;
    decode_all(bytes, false, &single);
    if (has_double_bytes(bytes)) {
        decode_all(bytes, true, &twofold);
        best = count_words(buf_str(&twofold)) > count_words(buf_str(&single)) ? &twofold : &single;
    }
    struct str decoded = best->failed ? bytes : arena_str(keep, buf_str(best), NULL);
    return decoded.data != NULL ? decoded : bytes;
}

/* What the files that read SQL share: bytes, and the ends of strings. */
#ifndef ASSAY_FORMATS_SQL_INSIDE_H
#define ASSAY_FORMATS_SQL_INSIDE_H

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/arena.h"
#include "formats/sql.h"

static inline bool sql_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static inline bool sql_is_word_byte(char byte)
{
    return sql_is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' ||
           (unsigned char)byte >= 0x80;
}

static inline bool sql_is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f' || byte == '\v';
}

/* The first a or b in [at, end), or end. */
static inline char *sql_find2(char *at, char *end, char a, char b)
{
#if defined(__SSE2__)
    const __m128i first = _mm_set1_epi8(a);
    const __m128i second = _mm_set1_epi8(b);
    while (end - at >= 16) {
        __m128i block;
        memcpy(&block, at, sizeof(block));
        int hits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, first), _mm_cmpeq_epi8(block, second)));
        if (hits != 0) {
            return at + __builtin_ctz((unsigned)hits);
        }
        at += 16;
    }
#endif
    while (at < end && *at != a && *at != b) {
        at++;
    }
    return at;
}

/* Behind the code of a byte, "101" (octal, up to three digits) or "x41" (up to two), what stands after a backslash; NULL if none is there. */
const char *sql_code_escape(const char *at, const char *end, char *ret_byte);

/* Behind the closing quote of the string that opens at `at`; NULL if it is not in sight. A doubled quote is part
 * of it, and whether the last byte in sight is half of one is not known before the end. */
static inline char *sql_behind_string(char *at, const struct sql_cursor *c, bool backslashes, bool *ret_escapes)
{
    char quote = *at++;
    char other = backslashes ? '\\' : quote;
    for (;;) {
        at = sql_find2(at, c->end, quote, other);
        if (at == c->end) {
            return NULL;
        }
        if (*at == '\\' && backslashes) {
            *ret_escapes = true;
            at += 2;
            if (at > c->end) {
                return NULL;
            }
            continue;
        }
        if (at + 1 == c->end) {
            return c->is_ended ? at + 1 : NULL;
        }
        if (at[1] != quote) {
            return at + 1;
        }
        *ret_escapes = true;
        at += 2;
    }
}

/* "$$ ... $$" or "$body$ ... $body$" at the cursor; a lone dollar is one byte. */
enum sql_found sql_skip_dollar(struct sql_cursor *c);
/* Behind Oracle's q'[ ... ]' whose quote stands at `quote`; NULL if the end is not in sight. */
char *sql_behind_q(char *quote, char *end);

/* What an expression of several words is worth, told from text[0, len), which is changed: the value lies in it.
 * has_backslashes as in a cursor. */
struct sql_worth {
    struct str text; /* data NULL: a null */
    bool is_text;    /* from between quotes */
    bool is_bytes;   /* _binary '..': the bytes themselves */
};
struct sql_worth sql_expression(char *text, size_t len, bool has_backslashes);

enum sql_escapes { SQL_DOUBLED, SQL_MYSQL, SQL_POSTGRESQL };
/* Unescapes [from, to) to `out` (at or before from) and returns behind the last byte written. */
char *sql_unescape(char *out, const char *from, const char *to, char quote, enum sql_escapes escapes);
/* C0FFEE -> c0ffee */
void sql_lower_hex(char *at, size_t len);
/* The number that the bytes [at, at + digits) are to that base (2, 8, 10, 16); false if one of them is no digit. */
bool sql_number(const char *at, const char *end, size_t digits, unsigned base, uint32_t *ret_number);
/* A date (time) text[0, len) that Oracle's model `format` describes, as ISO 8601 writes it, into out (32 bytes). Its length; 0 if it
 * does not fit the model. */
size_t sql_oracle_date(struct str text, struct str format, char *out);

#endif

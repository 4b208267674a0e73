/* Masking by class. */
#include "match/mask.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

#define DOTS "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"

enum { SCHEME_MAX = 8 };

static void put_rune(struct buf *out, struct str text)
{
    size_t step = str_utf8_step(text);
    buf_put(out, str_slice(text, 0, step));
}

/* One letter would be all of it. */
static bool is_short(struct str text)
{
    return text.len <= 2 * str_utf8_step(text);
}

static void put_email(struct buf *out, struct str email)
{
    struct str_cut at = str_cut(email, '@');
    size_t dot = at.tail.len;
    while (dot > 0 && at.tail.data[dot - 1] != '.') {
        dot--;
    }
    if (!is_short(at.head)) {
        put_rune(out, at.head);
    }
    buf_puts(out, DOTS "@");
    put_rune(out, at.tail);
    buf_puts(out, DOTS);
    buf_put(out, str_slice(at.tail, dot == 0 ? at.tail.len : dot - 1, at.tail.len));
}

/* "$2y$" says how it was hashed, and nothing of the person. */
static void put_secret(struct buf *out, struct str secret)
{
    size_t end = secret.len > 1 && secret.data[0] == '$' ? str_find(secret, STR("$"), 1) : SIZE_MAX;
    if (end < SCHEME_MAX) {
        buf_put(out, str_slice(secret, 0, end + 1));
    }
    buf_printf(out, DOTS " (%zu characters)", secret.len);
}

static void put_time(struct buf *out, const struct set *set, uint32_t value, bool is_revealed)
{
    char text[TIME_TEXT] = "";
    int64_t seconds;
    if (set_seconds(set, value, &seconds) && seconds > -INT64_C(9000000000) && seconds < INT64_C(9000000000)) {
        time_rfc3339(text, seconds * NS_PER_S);
    }
    if (is_revealed) {
        buf_puts(out, text);
    } else {
        buf_printf(out, "%.4s-\xe2\x80\xa2\xe2\x80\xa2-\xe2\x80\xa2\xe2\x80\xa2", text);
    }
}

void mask_value(struct buf *out, const struct set *set, uint32_t value, bool is_revealed)
{
    struct pack_room room;
    struct str bytes = set_bytes(set, value, &room);
    enum normal_class class = set_class(set, value);
    if (class == NORMAL_TIME || class == NORMAL_DATE) {
        put_time(out, set, value, is_revealed);
    } else if (is_revealed) {
        buf_put(out, bytes);
    } else if (class == NORMAL_EMAIL) {
        put_email(out, bytes);
    } else if (class == NORMAL_PHONE) {
        buf_puts(out, DOTS);
        buf_put(out, str_slice(bytes, bytes.len > 6 ? bytes.len - 2 : bytes.len, bytes.len));
    } else if (class == NORMAL_SECRET) {
        put_secret(out, bytes);
    } else if (class == NORMAL_TEXT && !is_short(bytes)) {
        put_rune(out, bytes);
        buf_puts(out, DOTS);
    } else {
        buf_printf(out, DOTS " (%zu characters)", bytes.len);
    }
}

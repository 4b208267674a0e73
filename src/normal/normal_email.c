/* Addresses: what is around one, its letters, its domain. */
#include <idn2.h>

#include "normal/normal_parts.h"

#include "base/banned.h"

static bool is_email(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.data[i] <= ' ') {
            return false;
        }
    }
    struct str_cut parts = str_cut(s, '@');
    if (!parts.found || parts.head.len == 0 || parts.head.len > 64 || parts.tail.len < 3 || parts.tail.len > 255) {
        return false;
    }
    size_t dot = str_find(parts.tail, STR("."), 1);
    return dot != SIZE_MAX && dot + 1 < parts.tail.len && str_find(parts.tail, STR("@"), 0) == SIZE_MAX;
}

/* "mailto:a@b.c", "Ann <a@b.c>", "<a@b.c>", "a@b.c.": the address alone, whatever is around it. */
static struct str bare_address(struct str s)
{
    size_t before = 0;
    while (s.len != before && s.len > 1) {
        before = s.len;
        struct str_cut parts = str_cut(str_slice(s, 0, s.len - 1), '<');
        if (s.data[s.len - 1] == '>' && parts.found && str_find(parts.tail, STR("<"), 0) == SIZE_MAX) {
            s = str_trim(parts.tail);
        } else if (s.len > 7 && str_eq_nocase(str_slice(s, 0, 7), STR("mailto:"))) {
            s = str_trim(str_slice(s, 7, s.len));
        } else if (s.data[s.len - 1] == '.') {
            s = str_slice(s, 0, s.len - 1);
        }
    }
    return s;
}

/* The part before the @ is folded as text is, the domain becomes its A-labels (UTS 46, non-transitional). False: it has none. */
static bool spell_foreign(struct normalizer *normalizer, struct str s, struct str *ret_address)
{
    struct buf *out = &normalizer->folded;
    struct str_cut parts = str_cut(s, '@');
    char domain[256], *labels = NULL;
    memcpy(domain, parts.tail.data, parts.tail.len); /* at most 255 bytes, no NUL among them: is_email */
    domain[parts.tail.len] = '\0';
    if (idn2_to_ascii_8z(domain, &labels, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK) {
        return false;
    }
    struct str local = normal_fold(&normalizer->scratch, parts.head, true);
    buf_reset(out);
    buf_put(out, local);
    buf_putc(out, '@');
    buf_puts(out, labels);
    idn2_free(labels);
    *ret_address = buf_str(out);
    return true;
}

static struct str lower(struct normalizer *normalizer, struct str s)
{
    buf_reset(&normalizer->scratch);
    char *out = buf_room(&normalizer->scratch, s.len + 1);
    if (out == NULL) {
        return s;
    }
    for (size_t i = 0; i < s.len; i++) {
        out[i] = s.data[i] >= 'A' && s.data[i] <= 'Z' ? (char)(s.data[i] | 0x20) : s.data[i];
    }
    return (struct str){out, s.len};
}

static bool look(struct str s, bool *ret_has_capital)
{
    unsigned char all = 0;
    *ret_has_capital = false;
    for (size_t i = 0; i < s.len; i++) {
        all |= (unsigned char)s.data[i];
        *ret_has_capital = *ret_has_capital || (s.data[i] >= 'A' && s.data[i] <= 'Z');
    }
    return all < 0x80;
}

bool normal_take_email(struct normalizer *normalizer, struct str s, struct normal *out)
{
    s = bare_address(s);
    if (!is_email(s)) {
        return false;
    }
    bool has_capital, is_ascii = look(s, &has_capital);
    if (!is_ascii) {
        /* folding may make white space, or another @, of its marks */
        if (!spell_foreign(normalizer, s, &s) || !is_email(s) || bare_address(s).len != s.len) {
            return false;
        }
    } else if (has_capital && normal_wants(normalizer, NORMAL_EMAIL)) {
        s = lower(normalizer, s);
    }
    out->class = NORMAL_EMAIL;
    out->bytes = s;
    return true;
}

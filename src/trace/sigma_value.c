/* Values of rules. In them "*" is any text, "?" any letter, "\*", "\?" and "\\" those letters themselves; a "\" before
 * anything else is a "\" (Sigma specification, "Escaping"). Letters compare without case unless `cased` is said. */
#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "trace/proxy.h"
#include "trace/regex.h"
#include "trace/sigma.h"

#include "base/banned.h"

enum { VALUE_MAX = 4096 };

int sigma_modifiers_read(struct str text, struct sigma_modifiers *modifiers, struct err *err)
{
    *modifiers = (struct sigma_modifiers){.compare = SIGMA_IS};
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"contains", &modifiers->is_contains}, {"startswith", &modifiers->is_starts},
                 {"endswith", &modifiers->is_ends},     {"all", &modifiers->is_all},
                 {"re", &modifiers->is_regex},          {"cidr", &modifiers->is_cidr},
                 {"base64", &modifiers->is_base64},     {"base64offset", &modifiers->is_offsets},
                 {"windash", &modifiers->is_windash},   {"exists", &modifiers->is_exists},
                 {"cased", &modifiers->is_cased},       {"wide", &modifiers->is_wide},
                 {"utf16le", &modifiers->is_wide},      {"neq", &modifiers->is_not},
                 {"i", &modifiers->is_nocase},          {"m", &modifiers->is_multiline},
                 {"s", &modifiers->is_dotall}};
    static const struct {
        const char *name;
        enum sigma_how how;
    } compares[] = {{"lt", SIGMA_LESS}, {"lte", SIGMA_AT_MOST}, {"gt", SIGMA_MORE}, {"gte", SIGMA_AT_LEAST}};
    while (text.len > 0) {
        struct str_cut cut = str_cut(text, '|');
        bool is_known = false;
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
            if (str_eq(cut.head, str_of(flags[i].name))) {
                *flags[i].flag = is_known = true;
            }
        }
        for (size_t i = 0; i < sizeof compares / sizeof *compares; i++) {
            if (str_eq(cut.head, str_of(compares[i].name))) {
                modifiers->compare = compares[i].how;
                is_known = true;
            }
        }
        if (!is_known) {
            return err_set(err, ERR_FORMAT, "modifier '%.*s' is not supported", STR_FMT(cut.head));
        }
        text = cut.tail;
    }
    return 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The text as letters and wild cards. */
static size_t read_globs(struct str text, uint16_t globs[static VALUE_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < text.len && count < VALUE_MAX; i++) {
        char c = text.data[i], after = i + 1 < text.len ? text.data[i + 1] : '\0';
        if (c == '\\' && (after == '*' || after == '?' || after == '\\')) {
            globs[count++] = (unsigned char)after;
            i++;
        } else if (c == '*' || c == '?') {
            if (c == '?' || count == 0 || globs[count - 1] != SIGMA_ANY) {
                globs[count++] = c == '*' ? SIGMA_ANY : SIGMA_ONE;
            }
        } else {
            globs[count++] = (unsigned char)c;
        }
    }
    return count;
}

/* The longest run of letters. */
static int keep_literal(const uint16_t *globs, size_t count, struct arena *keep, struct str *ret_literal,
                        struct err *err)
{
    size_t best = 0, best_at = 0, run = 0;
    char text[VALUE_MAX];
    for (size_t i = 0; i < count; i++) {
        run = globs[i] < SIGMA_ONE ? run + 1 : 0;
        if (run > best) {
            best = run;
            best_at = i + 1 - run;
        }
    }
    for (size_t i = 0; i < best; i++) {
        text[i] = lower((char)globs[best_at + i]);
    }
    *ret_literal = (struct str){"", 0};
    if (best > 0) {
        *ret_literal = arena_str(keep, (struct str){text, best}, err);
    }
    return ret_literal->data == NULL ? -1 : 0;
}

/* Letters and wild cards, those at the ends taken off, as a value. */
static int value_of_globs(uint16_t *globs, size_t count, bool is_cased, struct arena *keep, struct sigma_value *value,
                          struct err *err)
{
    *value = (struct sigma_value){.how = SIGMA_IS, .is_cased = is_cased};
    TRY(keep_literal(globs, count, keep, &value->literal, err));
    value->may_begin_anywhere = count > 0 && globs[0] == SIGMA_ANY;
    globs += value->may_begin_anywhere;
    count -= value->may_begin_anywhere;
    value->may_end_anywhere = count > 0 ? globs[count - 1] == SIGMA_ANY : value->may_begin_anywhere;
    count -= count > 0 && value->may_end_anywhere;
    bool is_plain = true;
    for (size_t i = 0; i < count; i++) {
        is_plain &= globs[i] < SIGMA_ONE;
    }
    if (!is_plain) {
        uint16_t *kept = ARENA_NEW(keep, uint16_t, count + 2, err);
        if (kept == NULL) {
            return -1;
        }
        size_t len = 0;
        if (value->may_begin_anywhere) {
            kept[len++] = SIGMA_ANY;
        }
        for (size_t i = 0; i < count; i++) {
            kept[len++] = globs[i] < SIGMA_ONE && !is_cased ? (unsigned char)lower((char)globs[i]) : globs[i];
        }
        if (value->may_end_anywhere) {
            kept[len++] = SIGMA_ANY;
        }
        value->how = SIGMA_GLOB;
        value->globs = kept;
        value->glob_count = len;
        return 0;
    }
    char text[VALUE_MAX];
    for (size_t i = 0; i < count; i++) {
        text[i] = (char)globs[i];
    }
    value->text = arena_str(keep, (struct str){text, count}, err);
    return value->text.data == NULL ? -1 : 0;
}

static int text_value(struct str text, const struct sigma_modifiers *m, struct arena *keep, struct sigma_value *value,
                      struct err *err)
{
    uint16_t globs[VALUE_MAX + 2];
    if (text.len > VALUE_MAX - 2) {
        return err_set(err, ERR_FORMAT, "a value of more than %d bytes", VALUE_MAX - 2);
    }
    size_t count = 0;
    if (m->is_contains || m->is_ends) {
        globs[count++] = SIGMA_ANY;
    }
    uint16_t read[VALUE_MAX];
    size_t read_count = read_globs(text, read);
    size_t from = count > 0 && read_count > 0 && read[0] == SIGMA_ANY;
    for (size_t i = from; i < read_count; i++) {
        globs[count++] = read[i];
    }
    if ((m->is_contains || m->is_starts) && (count == 0 || globs[count - 1] != SIGMA_ANY)) {
        globs[count++] = SIGMA_ANY;
    }
    return value_of_globs(globs, count, m->is_cased, keep, value, err);
}

/* ---- encodings of a value ---- */

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* shift bytes stand before it; only letters that the text alone decides. */
static void put_base64(struct buf *out, struct str text, size_t shift, bool is_whole)
{
    OWN(own_buf) struct buf bytes = {0};
    buf_put(&bytes, (struct str){"\0\0", shift});
    buf_put(&bytes, text);
    size_t from = shift == 0 ? 0 : shift + 1, bits = bytes.len * 8, letters = is_whole ? (bits + 5) / 6 : bits / 6;
    for (size_t i = from; i < letters && !bytes.failed; i++) {
        unsigned value = 0;
        for (size_t b = i * 6; b < i * 6 + 6; b++) {
            unsigned bit = b < bits ? (unsigned)((unsigned char)bytes.data[b / 8] >> (7 - b % 8)) & 1 : 0;
            value = value << 1 | bit;
        }
        buf_putc(out, base64_letters[value]);
    }
    for (size_t i = letters; is_whole && i % 4 != 0; i++) {
        buf_putc(out, '=');
    }
}

static void put_wide(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        buf_putc(out, text.data[i]);
        buf_putc(out, '\0');
    }
}

/* The text in base64: its letters are no wild cards, and their case counts. */
static int base64_values(struct str text, const struct sigma_modifiers *m, struct arena *keep, struct sigma_value *out,
                         size_t room, size_t *ret_count, struct err *err)
{
    OWN(own_buf) struct buf wide = {0};
    struct sigma_modifiers plain = *m;
    plain.is_cased = true;
    plain.is_contains |= m->is_offsets;
    if (m->is_wide) {
        put_wide(&wide, text);
        text = buf_str(&wide);
    }
    size_t shifts = m->is_offsets ? 3 : 1;
    for (size_t shift = 0; shift < shifts; shift++) {
        OWN(own_buf) struct buf encoded = {0};
        put_base64(&encoded, text, shift, !m->is_offsets);
        TRY(buf_check(&encoded, err));
        if (*ret_count == room) {
            return err_set(err, ERR_FORMAT, "more than %d values", SIGMA_VALUES_MAX);
        }
        TRY(text_value(buf_str(&encoded), &plain, keep, &out[(*ret_count)++], err));
    }
    return 0;
}

/* "-" and "/" and the dashes that look like them: an option of a Windows program may be written with each. */
static int windash_values(struct str text, const struct sigma_modifiers *m, struct arena *keep, struct sigma_value *out,
                          size_t room, size_t *ret_count, struct err *err)
{
    static const char *const dashes[] = {"-", "/", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\x95"};
    for (size_t d = 0; d < sizeof dashes / sizeof *dashes; d++) {
        OWN(own_buf) struct buf changed = {0};
        bool is_first = true;
        for (size_t i = 0; i < text.len; i++) {
            bool is_dash = text.data[i] == '-' && is_first && (i == 0 || text.data[i - 1] == ' ');
            if (is_dash) {
                buf_puts(&changed, dashes[d]);
            } else {
                buf_putc(&changed, text.data[i]);
            }
        }
        TRY(buf_check(&changed, err));
        if (*ret_count == room) {
            return err_set(err, ERR_FORMAT, "more than %d values", SIGMA_VALUES_MAX);
        }
        TRY(text_value(buf_str(&changed), m, keep, &out[(*ret_count)++], err));
    }
    return 0;
}

/* ---- one value ---- */

static int regex_value(struct str text, const struct sigma_modifiers *m, struct arena *keep, struct sigma_value *value,
                       struct err *err)
{
    const struct regex_flags flags = {
        .is_nocase = m->is_nocase, .is_dotall = m->is_dotall, .is_multiline = m->is_multiline};
    *value = (struct sigma_value){
        .how = SIGMA_REGEX, .regex = regex_compile(text, flags, keep, err), .literal = regex_literal(text, keep)};
    return value->regex == NULL ? -1 : 0;
}

static int other_value(struct str text, const struct sigma_modifiers *m, struct sigma_value *value, struct err *err)
{
    if (m->is_cidr) {
        struct network network;
        if (!network_of(text, &network)) {
            return err_set(err, ERR_FORMAT, "'%.*s' is no network", STR_FMT(text));
        }
        *value = (struct sigma_value){.how = SIGMA_NETWORK, .network = network.key, .bits = network.bits};
        return 0;
    }
    if (m->is_exists) {
        bool is_true = str_eq_nocase(text, STR("true")) || str_eq_nocase(text, STR("yes"));
        if (!is_true && !str_eq_nocase(text, STR("false")) && !str_eq_nocase(text, STR("no"))) {
            return err_set(err, ERR_FORMAT, "exists takes true or false");
        }
        *value = (struct sigma_value){.how = SIGMA_EXISTS, .number = is_true};
        return 0;
    }
    *value = (struct sigma_value){.how = m->compare};
    return str_u64(text, &value->number)
               ? 0
               : err_set(err, ERR_FORMAT, "'%.*s' is no number that a log's fields are compared with", STR_FMT(text));
}

int sigma_values_of(struct str text, bool is_null, const struct sigma_modifiers *m, struct arena *keep,
                    struct sigma_value *out, size_t room, size_t *ret_count, struct err *err)
{
    if (*ret_count == room) {
        return err_set(err, ERR_FORMAT, "more than %d values", SIGMA_VALUES_MAX);
    }
    struct sigma_value *next = &out[*ret_count];
    if (m->is_cidr || m->is_exists || m->compare != SIGMA_IS) {
        (*ret_count)++;
        return other_value(text, m, next, err);
    }
    if (m->is_regex) {
        (*ret_count)++;
        return regex_value(text, m, keep, next, err);
    }
    if (is_null) {
        (*ret_count)++;
        *next = (struct sigma_value){.how = SIGMA_NULL};
        return 0;
    }
    if (m->is_base64 || m->is_offsets) {
        return base64_values(text, m, keep, out, room, ret_count, err);
    }
    if (m->is_wide) {
        return err_set(err, ERR_FORMAT, "modifier 'wide' without base64 or base64offset behind it");
    }
    if (m->is_windash) {
        return windash_values(text, m, keep, out, room, ret_count, err);
    }
    (*ret_count)++;
    return text_value(text, m, keep, next, err);
}

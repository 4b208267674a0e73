/* E-mail addresses, as a whole cell ("Name <a@b.example>" too) or inside text and JSON. Syntax: RFC 5321, 4.1.2, without quoted
 * local parts and address literals, which nobody stores. */
#include "base/buf.h"
#include "base/str.h"
#include "reach/kind.h"

#include "base/banned.h"

enum {
    WHOLE,
    INSIDE,
    LOCAL_MAX = 64,
    DOMAIN_MAX = 253,
    LABEL_MAX = 63,
    TRIES_MAX = 64 /* signs @ looked at in a cell */
};

static bool is_alnum(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte >= 0x80;
}

static bool is_local(unsigned char byte)
{
    return is_alnum(byte) || (byte != '\0' && strchr("._%+-'!#$&=?^`{|}~", byte) != NULL);
}

/* Bytes of the local part that end before `at`; trailing marks of text before it ("mailto:", quotes) are no part of it. */
static size_t local_len(struct str text, size_t at)
{
    size_t n = 0;
    while (n < at && n <= LOCAL_MAX && is_local((unsigned char)text.data[at - n - 1])) {
        n++;
    }
    while (n > 0 && !is_alnum((unsigned char)text.data[at - n]) && text.data[at - n] != '_' &&
           text.data[at - n] != '+') {
        n--;
    }
    return n > LOCAL_MAX || (n > 0 && text.data[at - 1] == '.') ? 0 : n;
}

/* A name of a file behind an @ ("logo@2x.png") is no address. */
static bool is_top_level(struct str label)
{
    static const struct str files[] = {STR_INIT("png"),  STR_INIT("jpg"),  STR_INIT("jpeg"), STR_INIT("gif"),
                                       STR_INIT("svg"),  STR_INIT("webp"), STR_INIT("css"),  STR_INIT("js"),
                                       STR_INIT("html"), STR_INIT("php")};
    if (label.len < 2 || (label.len > 24 && !str_starts(label, STR("xn--")))) {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        unsigned char byte = (unsigned char)label.data[i];
        if ((byte >= '0' && byte <= '9' && !str_starts(label, STR("xn--"))) || byte == '-') {
            return str_starts(label, STR("xn--"));
        }
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (str_eq_nocase(label, files[i])) {
            return false;
        }
    }
    return true;
}

/* Bytes of the domain at `from`: labels with a dot between them, the last of letters; 0 if it is none. */
static size_t domain_len(struct str text, size_t from)
{
    size_t end = from, dots = 0, label = from, good = 0;
    for (; end < text.len && end - from <= DOMAIN_MAX; end++) {
        unsigned char byte = (unsigned char)text.data[end];
        if (byte == '.') {
            if (end == label || end - label > LABEL_MAX || text.data[end - 1] == '-') {
                break;
            }
            if (dots > 0 && is_top_level(str_slice(text, label, end))) {
                good = end;
            }
            dots++;
            label = end + 1;
        } else if (!is_alnum(byte) && !(byte == '-' && end > label)) {
            break;
        }
    }
    if (dots > 0 && end > label && end - label <= LABEL_MAX && is_top_level(str_slice(text, label, end))) {
        good = end;
    }
    return good > from ? good - from : 0;
}

static bool is_around(struct str text, size_t at, size_t *ret_from, size_t *ret_len)
{
    size_t local = local_len(text, at);
    size_t domain = local > 0 ? domain_len(text, at + 1) : 0;
    *ret_from = at - local;
    *ret_len = local + 1 + domain;
    return domain > 0;
}

/* "Ann <ann@b.example>", "<ann@b.example>", "mailto:ann@b.example": the cell is the address, with its dress. */
static bool is_dressed(struct str text, size_t from, size_t len)
{
    bool has_brackets =
        from > 0 && text.data[from - 1] == '<' && from + len + 1 == text.len && text.data[from + len] == '>';
    bool has_mailto = from == 7 && str_eq_nocase(str_slice(text, 0, 7), STR("mailto:")) && from + len == text.len;
    return (from == 0 && len == text.len) || has_brackets || has_mailto;
}

static enum kind_is is_email(struct kind_ask *ask)
{
    struct str text = str_slice(ask->cell->text, 0, CELL_TEXT_BYTES);
    size_t from, len;
    unsigned tries = 0;
    for (size_t at = 0; at < text.len && tries < TRIES_MAX; at++, tries++) {
        const char *next = memchr(text.data + at, '@', text.len - at);
        if (next == NULL) {
            return KIND_NO;
        }
        at = (size_t)(next - text.data);
        if (is_around(text, at, &from, &len)) {
            ask->slot = is_dressed(text, from, len) ? WHOLE : INSIDE;
            return KIND_YES;
        }
    }
    return KIND_NO;
}

/* Hardly anything else looks so: one in a hundred of the values is enough, where at least one value is. */
static bool fits_email(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                       double *ret_score)
{
    double share = kind_share(view, view->k, view->k_distinct);
    *ret_k = view->k;
    *ret_score = 2 + 4 * share;
    bool is_chance = view->hint == KIND_HINT_NONE && view->k_distinct < 2 && share < 0.05;
    return view->k > 0 && !is_chance && share >= (view->hint >= KIND_HINT_PLAIN ? kind->floor / 4 : kind->floor);
}

static void say_email(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    (void)ret_weak;
    if (view->slots != NULL && view->slots[INSIDE].k > view->slots[WHOLE].k) {
        buf_puts(out, "inside text");
    }
}

const struct kind_detector kind_email = {
    .id = "email",
    .needs = {CELL_AT, 0},
    .slots = 2,
    .may_by_name = true,
    .may_be_opaque = true,
    .floor = 0.01,
    .is = is_email,
    .fits = fits_email,
    .scheme = say_email,
};

/* Walking through one line's object (RFC 8259): each byte is looked at once, nothing is kept but the names on the way down.
 *
 * Numbers and literals are taken as the bytes up to the next "," "}" "]" or space: what they spell is the reader's business. */
#include "base/str.h"
#include "formats/log_json.h"

#include "base/banned.h"

struct walk {
    const char *at, *end;
    const struct json_taker *taker;
    char path[JSON_PATH_BYTES];
    size_t path_len; /* beyond JSON_PATH_BYTES: too long to be told apart, and not handed out */
    unsigned depth, members;
    bool is_muted; /* behind the first element of a list */
};

/* Four hex digits; false if there are none. */
static bool read_unit(struct str raw, size_t at, unsigned *ret_unit)
{
    *ret_unit = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = at + i < raw.len ? str_hex_digit(raw.data[at + i]) : -1;
        if (digit < 0) {
            return false;
        }
        *ret_unit = *ret_unit * 16 + (unsigned)digit;
    }
    return true;
}

static void put_rune(struct buf *out, unsigned rune)
{
    if (rune < 0x80) {
        buf_putc(out, (char)rune);
    } else if (rune < 0x800) {
        buf_putc(out, (char)(0xc0 | rune >> 6));
        buf_putc(out, (char)(0x80 | (rune & 0x3f)));
    } else if (rune < 0x10000) {
        buf_putc(out, (char)(0xe0 | rune >> 12));
        buf_putc(out, (char)(0x80 | (rune >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (rune & 0x3f)));
    } else {
        buf_putc(out, (char)(0xf0 | rune >> 18));
        buf_putc(out, (char)(0x80 | (rune >> 12 & 0x3f)));
        buf_putc(out, (char)(0x80 | (rune >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (rune & 0x3f)));
    }
}

/* \uXXXX at raw[at] (its "\"); how many bytes that takes, 0 if it is none. */
static size_t put_unicode(struct str raw, size_t at, struct buf *out)
{
    unsigned unit, low;
    if (!read_unit(raw, at + 2, &unit)) {
        return 0;
    }
    if (unit >= 0xd800 && unit < 0xdc00 && at + 7 < raw.len && raw.data[at + 6] == '\\' && raw.data[at + 7] == 'u' &&
        read_unit(raw, at + 8, &low) && low >= 0xdc00 && low < 0xe000) {
        put_rune(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        return 12;
    }
    put_rune(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
    return 6;
}

void json_line_unescape(struct str raw, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    size_t at = 0;
    while (at < raw.len) {
        const char *slash = memchr(raw.data + at, '\\', raw.len - at);
        size_t to = slash == NULL ? raw.len : (size_t)(slash - raw.data);
        buf_put(out, str_slice(raw, at, to));
        at = to;
        if (at >= raw.len) {
            break;
        }
        char next = at + 1 < raw.len ? raw.data[at + 1] : 0;
        const char *name = next == 0 ? NULL : memchr(names, next, sizeof names - 1);
        size_t took = next == 'u' ? put_unicode(raw, at, out) : 0;
        if (name != NULL) {
            buf_putc(out, meant[name - names]);
            took = 2;
        } else if (took == 0) {
            buf_putc(out, '\\');
            took = 1;
        }
        at += took;
    }
}

static void skip_space(struct walk *walk)
{
    while (walk->at < walk->end && (*walk->at == ' ' || *walk->at == '\t' || *walk->at == '\n' || *walk->at == '\r')) {
        walk->at++;
    }
}

static bool is_next(struct walk *walk, char c)
{
    skip_space(walk);
    if (walk->at < walk->end && *walk->at == c) {
        walk->at++;
        return true;
    }
    return false;
}

/* Behind its opening quote: what stands between the quotes, still escaped. */
static bool read_text(struct walk *walk, struct str *ret_raw)
{
    const char *from = walk->at;
    while (walk->at < walk->end) {
        const char *quote = memchr(walk->at, '"', (size_t)(walk->end - walk->at));
        if (quote == NULL) {
            return false;
        }
        size_t slashes = 0;
        while (quote - slashes > from && quote[-1 - (ptrdiff_t)slashes] == '\\') {
            slashes++;
        }
        walk->at = quote + 1;
        if (slashes % 2 == 0) {
            *ret_raw = (struct str){from, (size_t)(quote - from)};
            return true;
        }
    }
    return false;
}

static bool read_bare(struct walk *walk, struct str *ret_raw)
{
    const char *from = walk->at;
    while (walk->at < walk->end && *walk->at != ',' && *walk->at != '}' && *walk->at != ']' &&
           (unsigned char)*walk->at > ' ' && *walk->at != '"' && *walk->at != '{' && *walk->at != '[' &&
           *walk->at != ':') {
        walk->at++;
    }
    *ret_raw = (struct str){from, (size_t)(walk->at - from)};
    return ret_raw->len > 0;
}

/* Adds a name to the path. */
static void go_down(struct walk *walk, struct str name)
{
    size_t dot = walk->path_len > 0;
    if (walk->path_len + dot + name.len > JSON_PATH_BYTES) {
        walk->path_len = JSON_PATH_BYTES + 1;
        return;
    }
    if (dot != 0) {
        walk->path[walk->path_len++] = '.';
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        walk->path[walk->path_len++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
}

static bool value(struct walk *walk);

static bool object(struct walk *walk)
{
    size_t path_len = walk->path_len;
    if (is_next(walk, '}')) {
        return true;
    }
    do {
        struct str name;
        if (++walk->members > JSON_MEMBERS_MAX || !is_next(walk, '"') || !read_text(walk, &name) ||
            !is_next(walk, ':')) {
            return false;
        }
        go_down(walk, name);
        if (!value(walk)) {
            return false;
        }
        walk->path_len = path_len;
    } while (is_next(walk, ','));
    return is_next(walk, '}');
}

static bool list(struct walk *walk)
{
    bool was_muted = walk->is_muted;
    if (is_next(walk, ']')) {
        return true;
    }
    do {
        if (++walk->members > JSON_MEMBERS_MAX || !value(walk)) {
            return false;
        }
        walk->is_muted = true;
    } while (is_next(walk, ','));
    walk->is_muted = was_muted;
    return is_next(walk, ']');
}

static bool value(struct walk *walk)
{
    struct str raw;
    skip_space(walk);
    if (walk->at == walk->end) {
        return false;
    }
    if (*walk->at == '{' || *walk->at == '[') {
        bool is_object = *walk->at++ == '{';
        bool is_good = ++walk->depth <= JSON_LINE_DEPTH && (is_object ? object(walk) : list(walk));
        walk->depth--;
        return is_good;
    }
    bool is_text = *walk->at == '"';
    walk->at += is_text;
    if (!(is_text ? read_text(walk, &raw) : read_bare(walk, &raw))) {
        return false;
    }
    return walk->is_muted || walk->path_len > JSON_PATH_BYTES ||
           walk->taker->take(walk->taker->self, (struct str){walk->path, walk->path_len}, raw, is_text);
}

size_t json_line_walk(struct str text, const struct json_taker *taker)
{
    struct walk walk = {.at = text.data, .end = text.data + text.len, .taker = taker};
    skip_space(&walk);
    if (walk.at == walk.end || *walk.at != '{' || !value(&walk)) {
        return 0;
    }
    return (size_t)(walk.at - text.data);
}

/* A reader of canonical JSON: a recursive descent in which every deviation from the one spelling is an error.
 * Members come in the order of their UTF-16 code units, strings use the shortest escapes, numbers are ECMAScript's. */
#include "case/canon.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { DEPTH_MAX = 64 };
#define SAFE_INTEGER UINT64_C(9007199254740992)

struct cursor {
    struct str s;
    size_t at;
    const char *wrong; /* the first thing that was wrong */
};

static bool fail(struct cursor *c, const char *wrong)
{
    c->wrong = c->wrong != NULL ? c->wrong : wrong;
    return false;
}

static int peek(const struct cursor *c)
{
    return c->at < c->s.len ? (unsigned char)c->s.data[c->at] : -1;
}

static bool take(struct cursor *c, char expected)
{
    if (peek(c) != (unsigned char)expected) {
        return false;
    }
    c->at++;
    return true;
}

static bool take_word(struct cursor *c, struct str word)
{
    if (!str_starts(str_slice(c->s, c->at, c->s.len), word)) {
        return fail(c, "not JSON");
    }
    c->at += word.len;
    return true;
}

/* Behind a backslash. \u00XX only for controls that have no letter of their own. */
static bool skip_escape(struct cursor *c)
{
    int letter = peek(c);
    c->at++;
    if (letter > 0 && strchr("\"\\bfnrt", letter) != NULL) {
        return true;
    }
    struct str hex = str_slice(c->s, c->at, c->at + 4);
    if (letter != 'u' || hex.len != 4 || !str_starts(hex, STR("00"))) {
        return fail(c, "an escape that canonical JSON does not use");
    }
    char high = hex.data[2];
    char low = hex.data[3];
    bool is_digit = (low >= '0' && low <= '9') || (low >= 'a' && low <= 'f');
    bool has_letter = high == '0' && strchr("89acd", low) != NULL; /* \b \t \n \f \r */
    if ((high != '0' && high != '1') || !is_digit || has_letter) {
        return fail(c, "an escape that canonical JSON does not use");
    }
    c->at += 4;
    return true;
}

/* Bytes that stand for themselves in a string: all but controls, quote, backslash, and those beyond ASCII. */
static size_t skip_plain(struct str s, size_t at)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    const uint64_t top = each << 7;
    for (uint64_t eight; s.len - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, s.data + at, sizeof eight);
        uint64_t quote = eight ^ (each * '"');
        uint64_t slash = eight ^ (each * '\\');
        /* a top bit where a byte is below 0x20, a quote, a backslash (all by borrowing from it), or beyond ASCII */
        if ((((eight - each * 0x20) | (quote - each) | (slash - each) | eight) & top) != 0) {
            break;
        }
    }
    while (at < s.len) {
        unsigned char byte = (unsigned char)s.data[at];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') {
            break;
        }
        at++;
    }
    return at;
}

/* ret_inside: between the quotes, escapes still in it. */
static bool skip_string(struct cursor *c, struct str *ret_inside)
{
    if (!take(c, '"')) {
        return fail(c, "not JSON");
    }
    size_t from = c->at;
    for (;;) {
        c->at = skip_plain(c->s, c->at);
        int byte = peek(c);
        if (byte == '"') {
            break;
        }
        if (byte < 0x20) {
            return fail(c, byte < 0 ? "cut off" : "a control character in a string");
        }
        if (byte == '\\') {
            c->at++;
            if (!skip_escape(c)) {
                return false;
            }
        } else {
            size_t step = str_utf8_step(str_slice(c->s, c->at, c->s.len));
            if (step == 0) {
                return fail(c, "not UTF-8");
            }
            c->at += step;
        }
    }
    *ret_inside = str_slice(c->s, from, c->at);
    c->at++;
    return true;
}

/* 0.25, 12.5: at most fifteen significant digits stand for one double each, so none of them has a shorter spelling.
 * Plain notation is right from 1e-6 on. */
static bool is_short_decimal(struct str text)
{
    struct str_cut cut = str_cut(text.len != 0 && text.data[0] == '-' ? str_slice(text, 1, text.len) : text, '.');
    if (!cut.found || cut.head.len == 0 || cut.tail.len == 0 || cut.head.len + cut.tail.len > 15 ||
        (cut.head.data[0] == '0' && cut.head.len != 1) || cut.tail.data[cut.tail.len - 1] == '0' ||
        (cut.head.data[0] == '0' && str_starts(cut.tail, STR("000000")))) {
        return false;
    }
    uint64_t digits;
    return str_u64(cut.head, &digits) && str_u64(cut.tail, &digits);
}

static bool is_canonical_real(struct str text)
{
    if (is_short_decimal(text)) {
        return true;
    }
    OWN(own_json) json_t *real = json_read(text, NULL);
    OWN(own_buf) struct buf again = {0};
    return real != NULL && json_canonical(&again, real, NULL) == 0 && str_eq(buf_str(&again), text);
}

static bool skip_number(struct cursor *c)
{
    size_t from = c->at;
    bool is_integer = true;
    (void)take(c, '-');
    size_t digits = c->at;
    for (int byte = peek(c); (byte >= '0' && byte <= '9') || (byte > 0 && strchr("+-.eE", byte) != NULL);
         byte = peek(c)) {
        is_integer = is_integer && byte >= '0' && byte <= '9';
        c->at++;
    }
    struct str text = str_slice(c->s, digits, c->at);
    if (is_integer) {
        uint64_t value;
        bool is_plain = text.len != 0 && (text.data[0] != '0' || c->at - from == 1);
        return (is_plain && str_u64(text, &value) && value <= SAFE_INTEGER) ||
               fail(c, "a number that is not canonical");
    }
    return is_canonical_real(str_slice(c->s, from, c->at)) || fail(c, "a number that is not canonical");
}

/* The next byte of a string with its escapes undone; 0 at its end. */
static unsigned next_byte(struct str inside, size_t *at)
{
    if (*at >= inside.len) {
        return 0;
    }
    unsigned byte = (unsigned char)inside.data[(*at)++];
    if (byte != '\\') {
        return byte;
    }
    unsigned letter = (unsigned char)inside.data[(*at)++];
    static const char letters[] = "bfnrt";
    const char *found = strchr(letters, (int)letter);
    if (found != NULL) {
        return (unsigned char)"\b\f\n\r\t"[found - letters];
    }
    if (letter != 'u') {
        return letter;
    }
    unsigned low = (unsigned char)inside.data[*at + 3];
    unsigned value = (unsigned)(inside.data[*at + 2] - '0') * 16 + (low <= '9' ? low - '0' : low - 'a' + 10);
    *at += 4;
    return value;
}

/* left < right by UTF-16 code units. That is the order of the UTF-8 bytes, but for characters beyond U+FFFF (first
 * byte f0 to f4), whose surrogates sort before U+E000 to U+FFFF (ee, ef). */
static bool comes_before(struct str left, struct str right)
{
    size_t shared = left.len < right.len ? left.len : right.len;
    size_t same = 0;
    while (same < shared && left.data[same] == right.data[same] && left.data[same] != '\\') {
        same++;
    }
    if (same == shared) {
        return left.len < right.len;
    }
    unsigned char left_byte = (unsigned char)left.data[same];
    unsigned char right_byte = (unsigned char)right.data[same];
    if (left_byte != '\\' && right_byte != '\\' && left_byte < 0x80 && right_byte < 0x80) {
        return left_byte < right_byte;
    }
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        unsigned a = next_byte(left, &i);
        unsigned b = next_byte(right, &j);
        if (a != b) {
            bool a_astral = a >= 0xf0;
            bool b_astral = b >= 0xf0;
            return a_astral != b_astral && a >= 0xee && b >= 0xee ? a_astral : a < b;
        }
        if (a == 0) {
            return false;
        }
    }
}

static bool skip_value(struct cursor *c, unsigned depth);

/* "key": with a check of its place behind the key before. first: there is none. */
static bool skip_key(struct cursor *c, bool is_first, struct str *key)
{
    struct str before = *key;
    if (!skip_string(c, key)) {
        return false;
    }
    bool has_nul =
        key->len != 0 && memchr(key->data, '\\', key->len) != NULL && str_find(*key, STR("\\u0000"), 0) != SIZE_MAX;
    if (has_nul || (!is_first && !comes_before(before, *key))) {
        return fail(c, "members out of order, or twice");
    }
    return take(c, ':') || fail(c, "not JSON, or with spaces between");
}

/* When what a record tells of happened: these two of its members, as they stand. */
struct times {
    struct str time, first;
};

static void note_time(struct times *times, struct str key, struct str value)
{
    if (str_eq(key, STR("time"))) {
        times->time = value;
    } else if (str_eq(key, STR("first"))) {
        times->first = value;
    }
}

/* times NULL: nobody asks. */
static bool skip_object(struct cursor *c, unsigned depth, struct times *times)
{
    struct str key = {NULL, 0};
    if (take(c, '}')) {
        return true;
    }
    for (bool is_first = true;; is_first = false) {
        if (!skip_key(c, is_first, &key)) {
            return false;
        }
        size_t from = c->at;
        if (!skip_value(c, depth)) {
            return false;
        }
        if (times != NULL) {
            note_time(times, key, str_slice(c->s, from, c->at));
        }
        if (take(c, '}')) {
            return true;
        }
        if (!take(c, ',')) {
            return fail(c, "not JSON, or with spaces between");
        }
    }
}

static bool skip_array(struct cursor *c, unsigned depth)
{
    if (take(c, ']')) {
        return true;
    }
    for (;;) {
        if (!skip_value(c, depth)) {
            return false;
        }
        if (take(c, ']')) {
            return true;
        }
        if (!take(c, ',')) {
            return fail(c, "not JSON, or with spaces between");
        }
    }
}

static bool skip_value(struct cursor *c, unsigned depth)
{
    struct str inside;
    if (depth > DEPTH_MAX) {
        return fail(c, "nested too deep");
    }
    switch (peek(c)) {
    case '{':
        c->at++;
        return skip_object(c, depth + 1, NULL);
    case '[':
        c->at++;
        return skip_array(c, depth + 1);
    case '"':
        return skip_string(c, &inside);
    case 't':
        return take_word(c, STR("true"));
    case 'f':
        return take_word(c, STR("false"));
    case 'n':
        return take_word(c, STR("null"));
    default:
        return skip_number(c);
    }
}

bool canon_is_id(struct str id)
{
    if (id.len == 0 || id.len > ID_MAX_BYTES) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        char c = id.data[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_plain && (i == 0 || c == '\0' || strchr("._-:/@", c) == NULL)) {
            return false;
        }
    }
    return true;
}

struct members {
    struct str v, n, type, id, time, by, supersedes, examination, record; /* as they stand, quotes and all */
    struct times times;                                                   /* of the record */
};

static struct str *slot_of(struct members *members, struct str key)
{
    const struct {
        struct str name;
        struct str *slot;
    } slots[] = {
        {STR("v"), &members->v},
        {STR("n"), &members->n},
        {STR("type"), &members->type},
        {STR("id"), &members->id},
        {STR("time"), &members->time},
        {STR("by"), &members->by},
        {STR("supersedes"), &members->supersedes},
        {STR("examination"), &members->examination},
        {STR("record"), &members->record},
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (slots[i].name.len == key.len && slots[i].name.data[0] == key.data[0] && str_eq(slots[i].name, key)) {
            return slots[i].slot;
        }
    }
    return NULL;
}

/* One member's value: kept if the envelope has it; a record is asked for its times on the way. */
static bool read_value(struct cursor *c, struct members *members, struct str key)
{
    size_t from = c->at;
    bool is_record = peek(c) == '{' && str_eq(key, STR("record"));
    c->at += is_record;
    if (is_record ? !skip_object(c, 3, &members->times) : !skip_value(c, 2)) {
        return false;
    }
    struct str *slot = slot_of(members, key);
    if (slot != NULL) {
        *slot = str_slice(c->s, from, c->at);
    }
    return true;
}

static bool read_members(struct cursor *c, struct members *members)
{
    struct str key = {NULL, 0};
    if (!take(c, '{')) {
        return fail(c, "not a JSON object");
    }
    for (bool is_first = true;; is_first = false) {
        if (!skip_key(c, is_first, &key) || !read_value(c, members, key)) {
            return false;
        }
        if (take(c, '}')) {
            return c->at == c->s.len || fail(c, "something behind the object");
        }
        if (!take(c, ',')) {
            return fail(c, "not JSON, or with spaces between");
        }
    }
}

static int64_t moment_of(const struct times *times)
{
    struct str text = times->time.len > 2 && times->time.data[0] == '"' ? times->time : times->first;
    return text.len > 2 && text.data[0] == '"' ? time_parse(str_slice(text, 1, text.len - 1)) : TIME_NONE;
}

/* "X01" without its quotes; false unless it is an id. Absent is fine where it may be. */
static bool unquote_id(struct str quoted, bool may_be_absent, struct str *ret_id)
{
    *ret_id = (struct str){NULL, 0};
    if (quoted.len == 0) {
        return may_be_absent;
    }
    if (quoted.len < 2 || quoted.data[0] != '"') {
        return false;
    }
    *ret_id = str_slice(quoted, 1, quoted.len - 1);
    return canon_is_id(*ret_id);
}

const char *canon_read(struct envelope *ret_envelope, struct str line)
{
    struct cursor c = {.s = line};
    struct members members = {0};
    if (!read_members(&c, &members)) {
        return c.wrong != NULL ? c.wrong : "not canonical JSON";
    }
    struct envelope envelope = {0};
    if (!str_eq(members.v, STR("1")) || !str_u64(members.n, &envelope.n)) {
        return "no version 1 entry with a number";
    }
    if (!unquote_id(members.id, false, &envelope.id) || !unquote_id(members.type, false, &envelope.type) ||
        !unquote_id(members.supersedes, true, &envelope.supersedes) ||
        !unquote_id(members.examination, true, &envelope.examination)) {
        return "no entry with an id and a type";
    }
    if (members.time.len < 2 || members.time.data[0] != '"' || members.by.len < 2 || members.by.data[0] != '"') {
        return "no entry with a time and its maker";
    }
    envelope.moment_ns = moment_of(&members.times);
    envelope.record = members.record;
    *ret_envelope = envelope;
    return NULL;
}

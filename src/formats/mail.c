/* Heads, multiparts and transfer encodings. Nothing here recurses deeper than MAIL_NESTING_MAX; a boundary is looked for line by line. */
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/encoding.h"
#include "formats/mail.h"
#include "formats/prose.h"

#include "base/banned.h"

struct heads {
    struct str text; /* all of them */
    struct str body; /* what comes behind the empty line */
    uint32_t line;   /* of the body's first line */
};

static struct str next_line(struct str *left)
{
    struct str_cut cut = str_cut(*left, '\n');
    *left = cut.tail;
    return cut.head.len != 0 && cut.head.data[cut.head.len - 1] == '\r' ? str_slice(cut.head, 0, cut.head.len - 1)
                                                                        : cut.head;
}

static struct heads split(struct str bytes, uint32_t first_line)
{
    struct str left = bytes;
    struct heads heads = {.line = first_line};
    while (left.len != 0) {
        size_t at = bytes.len - left.len;
        struct str line = next_line(&left);
        heads.line++;
        if (line.len == 0 || at > MAIL_HEAD_BYTES) {
            heads.text = str_slice(bytes, 0, at);
            heads.body = left;
            return heads;
        }
    }
    heads.text = bytes;
    return heads;
}

static bool is_fold(struct str left)
{
    return left.len != 0 && (left.data[0] == ' ' || left.data[0] == '\t');
}

/* The value of the first head of that name, unfolded; data NULL without one, or without memory. */
static struct str head_of(struct arena *keep, struct str heads, const char *name)
{
    struct str left = heads;
    OWN(own_buf) struct buf value = {.max = MAIL_HEAD_BYTES};
    while (left.len != 0) {
        struct str_cut cut = str_cut(next_line(&left), ':');
        bool is_it = cut.found && str_eq_nocase(str_trim(cut.head), str_of(name));
        if (is_it) {
            buf_put(&value, str_trim(cut.tail));
        }
        while (is_fold(left)) {
            struct str more = str_trim(next_line(&left));
            if (is_it) {
                buf_putc(&value, ' ');
                buf_put(&value, more);
            }
        }
        if (is_it) {
            return value.failed ? STR("") : arena_str(keep, buf_str(&value), NULL);
        }
    }
    return STR("");
}

bool mail_is(struct str bytes)
{
    static const char *const usual[] = {"from",       "to",           "subject",      "date",
                                        "message-id", "mime-version", "received",     "return-path",
                                        "reply-to",   "content-type", "delivered-to", "x-mailer"};
    struct str left = str_slice(bytes, 0, 8192);
    unsigned known = 0, technical = 0;
    for (unsigned lines = 0; left.len != 0 && lines < 60; lines++) {
        struct str line = next_line(&left);
        struct str_cut cut = str_cut(line, ':');
        if (line.len == 0) {
            break;
        }
        if (lines != 0 && is_fold(line)) {
            continue;
        }
        if (!cut.found || cut.head.len == 0 || cut.head.len > 60 || str_find(cut.head, STR(" "), 0) != SIZE_MAX) {
            return false;
        }
        for (unsigned i = 0; i < sizeof usual / sizeof *usual; i++) {
            bool is_it = str_eq_nocase(cut.head, str_of(usual[i]));
            known += is_it;
            technical += is_it && i > 3;
        }
    }
    return known >= 2 && technical >= 1; /* a letter has From, To and Date, too, but no Message-ID */
}

/* ---- encodings ---- */

static void put_quoted_printable(struct buf *out, struct str text, bool is_word)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        int high = c == '=' && i + 2 < text.len ? str_hex_digit(text.data[i + 1]) : -1;
        int low = high >= 0 ? str_hex_digit(text.data[i + 2]) : -1;
        if (low >= 0) {
            buf_putc(out, (char)(high * 16 + low));
            i += 2;
        } else if (c == '=' && i + 1 < text.len && text.data[i + 1] == '\n') {
            i += 1; /* a soft line break */
        } else if (c == '=' && i + 2 < text.len && text.data[i + 1] == '\r' && text.data[i + 2] == '\n') {
            i += 2;
        } else {
            buf_putc(out, is_word && c == '_' ? ' ' : c);
        }
    }
}

/* White space and foreign bytes are skipped (RFC 2045, 6.8). */
static void put_base64(struct buf *out, struct str text)
{
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < text.len && text.data[i] != '='; i++) {
        char c = text.data[i];
        int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                    : c >= 'a' && c <= 'z' ? c - 'a' + 26
                    : c >= '0' && c <= '9' ? c - '0' + 52
                    : c == '+'             ? 62
                    : c == '/'             ? 63
                                           : -1;
        if (value < 0) {
            continue;
        }
        held = (held << 6 | (uint32_t)value) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_putc(out, (char)(held >> bits & 0xff));
        }
    }
}

static struct str converted(struct arena *keep, struct str bytes, struct str charset)
{
    OWN(own_prose) struct prose scratch;
    struct str text = STR("");
    prose_init(&scratch, keep);
    return prose_utf8(&scratch, bytes, charset, &text, NULL) == 0 ? text : bytes;
}

/* One "=?charset?B?...?=" at the head of text; returns its length, 0 if there is none. */
static size_t put_encoded_word(struct buf *out, struct arena *keep, struct str text)
{
    size_t charset_end = str_find(text, STR("?"), 2);
    if (!str_starts(text, STR("=?")) || charset_end == SIZE_MAX || charset_end + 3 > text.len ||
        text.data[charset_end + 2] != '?') {
        return 0;
    }
    char how = text.data[charset_end + 1];
    size_t from = charset_end + 3;
    size_t to = str_find(text, STR("?="), from);
    if (to == SIZE_MAX || to > 4096 || strchr("bBqQ", how) == NULL) {
        return 0;
    }
    OWN(own_buf) struct buf bytes = {.max = 8192};
    if (how == 'b' || how == 'B') {
        put_base64(&bytes, str_slice(text, from, to));
    } else {
        put_quoted_printable(&bytes, str_slice(text, from, to), true);
    }
    struct str charset = str_cut(str_slice(text, 2, charset_end), '*').head; /* a language may follow (RFC 2231) */
    buf_put(out, converted(keep, buf_str(&bytes), charset));
    return to + 2;
}

static struct str words_of(struct arena *keep, struct str value)
{
    OWN(own_buf) struct buf out = {.max = MAIL_HEAD_BYTES};
    bool was_word = false;
    size_t blank = 0; /* blanks between two encoded words are none (RFC 2047, 6.2) */
    for (size_t at = 0; at < value.len;) {
        size_t word = put_encoded_word(&out, keep, str_slice(value, at, value.len));
        if (word == 0) {
            blank = was_word && value.data[at] == ' ' ? out.len : SIZE_MAX;
            size_t next = at + 1;
            while (blank != SIZE_MAX && next < value.len && value.data[next] == ' ') {
                next++;
            }
            bool is_between = blank != SIZE_MAX && str_starts(str_slice(value, next, value.len), STR("=?"));
            if (!is_between) {
                buf_putc(&out, value.data[at]);
                next = at + 1;
            }
            was_word = false;
            at = next;
            continue;
        }
        was_word = true;
        at += word;
    }
    return out.failed || out.len == 0 ? value : arena_str(keep, buf_str(&out), NULL);
}

/* ---- parts ---- */

/* A parameter of "text/plain; charset=\"utf-8\"". */
static struct str parameter(struct str value, const char *name)
{
    for (struct str_cut cut = str_cut(value, ';'); cut.found;) {
        cut = str_cut(cut.tail, ';');
        struct str_cut pair = str_cut(str_trim(cut.head), '=');
        if (pair.found && str_eq_nocase(str_trim(pair.head), str_of(name))) {
            struct str text = str_trim(pair.tail);
            bool is_quoted = text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"';
            return is_quoted ? str_slice(text, 1, text.len - 1) : text;
        }
    }
    return STR("");
}

static struct str lowered(struct arena *keep, struct str text)
{
    struct str copy = arena_str(keep, text, NULL);
    char *bytes = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; copy.data != NULL && i < copy.len; i++) {
        bytes[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
    }
    return copy.data != NULL ? copy : STR("");
}

struct walk {
    struct mail *mail;
    struct arena *keep;
    struct err *err;
};

static int add_part(const struct walk *walk, const struct heads *heads, struct mail_part *part)
{
    struct mail *mail = walk->mail;
    struct str how = lowered(walk->keep, head_of(walk->keep, heads->text, "content-transfer-encoding"));
    struct str where = lowered(walk->keep, head_of(walk->keep, heads->text, "content-disposition"));
    if (mail->count >= MAIL_PARTS_MAX) {
        mail->is_cut = true;
        return 0;
    }
    part->name = words_of(walk->keep, part->name.len != 0 ? part->name : parameter(where, "filename"));
    part->size = heads->body.len;
    part->line = heads->line;
    part->number = (unsigned)mail->count + 1;
    bool is_text = str_eq(part->type, STR("text/plain")) || str_eq(part->type, STR("text/html"));
    part->unread = !is_text                               ? "of a type that is not read"
                   : str_starts(where, STR("attachment")) ? "an attachment"
                                                          : NULL;
    if (part->unread == NULL) {
        OWN(own_buf) struct buf out = {.max = 32 << 20};
        bool is_base64 = str_eq(how, STR("base64"));
        if (is_base64) {
            put_base64(&out, heads->body);
        } else if (str_eq(how, STR("quoted-printable"))) {
            put_quoted_printable(&out, heads->body, false);
        } else {
            buf_put(&out, heads->body);
        }
        TRY(buf_check(&out, walk->err));
        part->bytes = arena_str(walk->keep, buf_str(&out), walk->err);
        if (part->bytes.data == NULL) {
            return -1;
        }
    }
    mail->parts[mail->count++] = *part;
    return 0;
}

static int walk_entity(const struct walk *walk, struct str bytes, uint32_t line, unsigned depth);

static bool is_boundary(struct str line, struct str boundary, bool *ret_is_last)
{
    if (line.len < boundary.len + 2 || line.data[0] != '-' || line.data[1] != '-' ||
        !str_starts(str_slice(line, 2, line.len), boundary)) {
        return false;
    }
    struct str rest = str_trim(str_slice(line, boundary.len + 2, line.len));
    *ret_is_last = str_eq(rest, STR("--"));
    return rest.len == 0 || *ret_is_last;
}

/* Of alternatives the plain text is read; without one, the page. */
static void choose(struct mail *mail, size_t from)
{
    size_t chosen = SIZE_MAX;
    for (size_t i = from; i < mail->count; i++) {
        bool is_better = mail->parts[i].unread == NULL &&
                         (chosen == SIZE_MAX || (str_eq(mail->parts[i].type, STR("text/plain")) &&
                                                 !str_eq(mail->parts[chosen].type, STR("text/plain"))));
        chosen = is_better ? i : chosen;
    }
    for (size_t i = from; i < mail->count; i++) {
        if (i != chosen && mail->parts[i].unread == NULL) {
            mail->parts[i].unread = "the same text in another form";
        }
    }
}

static int walk_parts(const struct walk *walk, const struct heads *heads, struct str boundary, unsigned depth)
{
    struct str left = heads->body;
    uint32_t line = heads->line, part_line = line;
    size_t from = SIZE_MAX; /* of the part; none before the first boundary */
    bool is_last = false;
    while (left.len != 0 && !is_last) {
        size_t at = heads->body.len - left.len;
        bool is_end = is_boundary(next_line(&left), boundary, &is_last);
        line++;
        if (is_end) {
            if (from != SIZE_MAX) {
                TRY(walk_entity(walk, str_slice(heads->body, from, at), part_line, depth + 1));
            }
            from = heads->body.len - left.len;
            part_line = line;
        }
    }
    bool is_open = from != SIZE_MAX && !is_last && from < heads->body.len; /* the end was cut off */
    return is_open ? walk_entity(walk, str_slice(heads->body, from, heads->body.len), part_line, depth + 1) : 0;
}

static int walk_entity(const struct walk *walk, struct str bytes, uint32_t line, unsigned depth)
{
    struct heads heads = split(bytes, line);
    struct str type = head_of(walk->keep, heads.text, "content-type");
    struct str boundary = parameter(type, "boundary");
    struct mail_part part = {.type = lowered(walk->keep, str_trim(str_cut(type, ';').head)),
                             .charset = parameter(type, "charset"),
                             .name = parameter(type, "name")};
    if (part.type.len == 0) {
        part.type = STR("text/plain");
    }
    if (depth >= MAIL_NESTING_MAX) {
        walk->mail->is_cut = true;
        return 0;
    }
    if (str_starts(part.type, STR("multipart/")) && boundary.len != 0) {
        size_t first = walk->mail->count;
        TRY(walk_parts(walk, &heads, boundary, depth));
        if (str_eq(part.type, STR("multipart/alternative"))) {
            choose(walk->mail, first);
        }
        return 0;
    }
    if (str_eq(part.type, STR("message/rfc822"))) {
        return walk_entity(walk, heads.body, heads.line, depth + 1);
    }
    return add_part(walk, &heads, &part);
}

int mail_read(struct mail *mail, struct arena *keep, struct str bytes, struct err *err)
{
    struct heads heads = split(bytes, 1);
    *mail = (struct mail){.parts = ARENA_NEW(keep, struct mail_part, MAIL_PARTS_MAX, err)};
    if (mail->parts == NULL) {
        return -1;
    }
    const struct {
        const char *name;
        struct str *into;
    } wanted[] = {{"from", &mail->from}, {"to", &mail->to},         {"subject", &mail->subject},
                  {"date", &mail->date}, {"sender", &mail->sender}, {"reply-to", &mail->reply_to}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].into = words_of(keep, head_of(keep, heads.text, wanted[i].name));
    }
    struct walk walk = {mail, keep, err};
    return walk_entity(&walk, bytes, 1, 0);
}

/* ---- dates ---- */

static struct str next_word(struct str *left)
{
    *left = str_trim(*left);
    struct str_cut cut = str_cut(*left, ' ');
    *left = cut.tail;
    return cut.head;
}

static bool read_zone(struct str zone, int *ret_minutes)
{
    static const struct {
        const char *name;
        int minutes;
    } old[] = {{"UT", 0},     {"GMT", 0},    {"Z", 0},      {"EST", -300}, {"EDT", -240}, {"CST", -360},
               {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420}};
    uint64_t value;
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        if (str_eq_nocase(zone, str_of(old[i].name))) {
            *ret_minutes = old[i].minutes;
            return true;
        }
    }
    if (zone.len != 5 || (zone.data[0] != '+' && zone.data[0] != '-') || !str_u64(str_slice(zone, 1, 5), &value) ||
        value > 1559 || value % 100 > 59) {
        return false;
    }
    int minutes = (int)(value / 100 * 60 + value % 100);
    *ret_minutes = zone.data[0] == '-' ? -minutes : minutes;
    return true;
}

bool mail_date(struct str text, int64_t *ret_instant, int16_t *ret_zone_minutes)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    struct str_cut comma = str_cut(text, ',');
    struct str left = comma.found ? comma.tail : text;
    uint64_t day, year;
    int zone = 0;
    struct str day_word = next_word(&left), month = next_word(&left), year_word = next_word(&left);
    struct str clock = next_word(&left), zone_word = next_word(&left);
    if (!str_u64(day_word, &day) || month.len != 3 || !str_u64(year_word, &year) || day < 1 || day > 31 ||
        !read_zone(zone_word, &zone)) {
        return false;
    }
    size_t at = str_find_nocase(str_of(months), month, 0);
    char plain[TIME_TEXT];
    if (at == SIZE_MAX || at % 3 != 0 || year > 9999) {
        return false;
    }
    (void)snprintf(plain, sizeof plain, "%04llu-%02zu-%02lluT%.*s", (unsigned long long)year, at / 3 + 1,
                   (unsigned long long)day, (int)(clock.len < 12 ? clock.len : 12), clock.len != 0 ? clock.data : "");
    int64_t local = time_parse(str_of(plain));
    if (local == TIME_NONE) {
        return false;
    }
    *ret_instant = local - (int64_t)zone * 60 * NS_PER_S;
    *ret_zone_minutes = (int16_t)zone;
    return true;
}

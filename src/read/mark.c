/* What has a form of its own: addresses and handles (masked), digests, CVE numbers, URLs. */
#include <stdio.h>

#include "base/mask.h"
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (str_hex_digit(text.data[i]) < 0) {
            return false;
        }
    }
    return text.len != 0;
}

static bool has_letter_and_digit(struct str text)
{
    bool letter = false, digit = false;
    for (size_t i = 0; i < text.len; i++) {
        digit |= text.data[i] >= '0' && text.data[i] <= '9';
        letter |= text.data[i] < '0' || text.data[i] > '9';
    }
    return letter && digit;
}

/* By its length (MD5 32, SHA-1 40, SHA-256 64, SHA-512 128 digits); a Session ID is 66 digits that begin with 05, a Tox ID 76. */
static const char *hex_type(struct str text, enum mark_kind *ret_kind)
{
    static const struct {
        size_t digits;
        enum mark_kind kind;
        const char *type;
    } types[] = {{32, MARK_HASH, "MD5"},      {40, MARK_HASH, "SHA-1"},      {64, MARK_HASH, "SHA-256"},
                 {128, MARK_HASH, "SHA-512"}, {66, MARK_CONTACT, "Session"}, {76, MARK_CONTACT, "Tox"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (text.len == types[i].digits && is_hex(text) && has_letter_and_digit(text)) {
            *ret_kind = types[i].kind;
            return types[i].type;
        }
    }
    return NULL;
}

static bool is_cve(struct str low)
{
    uint64_t year, number;
    struct str_cut first = str_cut(low, '-'), second = str_cut(first.tail, '-');
    return first.found && second.found && str_eq(first.head, STR("cve")) && second.head.len == 4 &&
           str_u64(second.head, &year) && second.tail.len >= 4 && str_u64(second.tail, &number);
}

static bool is_phone_char(char c)
{
    return (c >= '0' && c <= '9') || strchr(" -()./", c) != NULL;
}

/* "+44 20 7946 0123": begins with a plus, has nine to fifteen digits. */
static size_t phone_at(struct str text, size_t at)
{
    size_t to = at + 1, digits = 0, last = at;
    while (to < text.len && is_phone_char(text.data[to]) && text.data[to] != '\0') {
        bool is_digit = text.data[to] >= '0' && text.data[to] <= '9';
        digits += is_digit;
        to++;
        last = is_digit ? to : last;
    }
    return digits >= 9 && digits <= 15 ? last - at : 0;
}

/* "@night_ledger" -> "@n•••", "t.me/x" -> "t.me/x•••", "05ab…" -> "05•••" */
static struct str masked(struct reader *reader, const struct mark *mark, struct str text)
{
    OWN(own_buf) struct buf out = {0};
    bool is_shaped = strcmp(mark->type, "e-mail") == 0 || strcmp(mark->type, "telephone") == 0;
    if (is_shaped) {
        mask_text(&out, text);
    } else {
        size_t shown = str_starts(text, STR("t.me/")) ? 6 : 2;
        buf_put(&out, str_slice(text, 0, shown));
        buf_puts(&out, "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2");
    }
    return out.failed ? STR("") : arena_str(reader->arena, buf_str(&out), reader->err);
}

static int keep(struct reader *reader, const struct sentence *s, struct mark mark)
{
    struct mark *slot = MORE(reader, reader->marks, PROPOSALS_MAX);
    struct str text = str_slice(s->text, mark.at, mark.end);
    if (slot == NULL) {
        return reader->is_cut ? 0 : -1;
    }
    mark.in = s;
    mark.value = mark.kind == MARK_CONTACT ? masked(reader, &mark, text) : text;
    *slot = mark;
    return mark.value.data != NULL ? 0 : -1;
}

/* "Telegram: nightledger", "on Session at ...": the word behind a messenger's name and a colon. */
static bool is_named_contact(const struct sentence *s, size_t at)
{
    static const struct str names[] = {
        STR_INIT("telegram"), STR_INIT("signal"), STR_INIT("session"), STR_INIT("tox"),     STR_INIT("wickr"),
        STR_INIT("jabber"),   STR_INIT("xmpp"),   STR_INIT("discord"), STR_INIT("threema"), STR_INIT("icq")};
    if (at < 2 || !is_mark(s, at - 1, ':') || s->tokens[at].kind != TOKEN_WORD || s->tokens[at].text.len < 4) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(s->tokens[at - 2].low, names[i])) {
            return true;
        }
    }
    return false;
}

static int mark_token(struct reader *reader, const struct sentence *s, size_t at)
{
    const struct token *token = &s->tokens[at];
    struct mark mark = {.at = token->at, .end = token->end};
    if (token->kind == TOKEN_URL) {
        bool is_contact =
            str_starts(token->text, STR("t.me/")) || str_find(token->text, STR("://t.me/"), 0) != SIZE_MAX;
        mark.kind = is_contact ? MARK_CONTACT : MARK_URL;
        mark.type = is_contact ? "handle" : "URL";
    } else if (token->kind == TOKEN_MAIL || token->kind == TOKEN_HANDLE) {
        mark.kind = MARK_CONTACT;
        mark.type = token->kind == TOKEN_MAIL ? "e-mail" : "handle";
    } else if (is_cve(token->low)) {
        mark.kind = MARK_CVE;
        mark.type = "CVE";
    } else if (token->text.data[0] == '+') {
        size_t len = phone_at(s->text, token->at);
        mark.end = (uint32_t)(token->at + len);
        mark.kind = MARK_CONTACT;
        mark.type = len != 0 ? "telephone" : NULL;
    } else if (is_named_contact(s, at) && hex_type(token->low, &mark.kind) == NULL) {
        mark.kind = MARK_CONTACT;
        mark.type = "handle";
    } else {
        mark.type = hex_type(token->low, &mark.kind);
    }
    return mark.type != NULL ? keep(reader, s, mark) : 0;
}

int marks_find(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t at = 0; s->block->role != PROSE_NOISE && !is_quoted_head(s) && at < s->count; at++) {
            TRY(mark_token(reader, s, at));
        }
    }
    return 0;
}

/* A CVE number is no telephone's: what stands before it is masked, and it is not. */
static size_t mask_until(const struct sentence *s, size_t from, const struct mark *mark, struct buf *plain,
                         struct buf *out)
{
    buf_put(plain, str_slice(s->text, from, mark->at));
    mask_text(out, buf_str(plain));
    out->failed |= plain->failed;
    buf_put(out, mark->value);
    plain->len = 0;
    return mark->end;
}

void marks_mask(const struct reader *reader, const struct sentence *s, struct str part, struct buf *out)
{
    OWN(own_buf) struct buf plain = {0};
    size_t from = (size_t)(part.data - s->text.data), to = from + part.len;
    for (size_t i = 0; i < reader->marks.count; i++) {
        const struct mark *mark = &reader->marks.all[i];
        if (mark->in == s && mark->kind == MARK_CONTACT && mark->at >= from && mark->end <= to) {
            buf_put(&plain, str_slice(s->text, from, mark->at));
            buf_put(&plain, mark->value);
            from = mark->end;
        } else if (mark->in == s && mark->kind == MARK_CVE && mark->at >= from && mark->end <= to) {
            from = mask_until(s, from, mark, &plain, out);
        }
    }
    buf_put(&plain, str_slice(s->text, from, to));
    mask_text(out, buf_str(&plain));
    out->failed |= plain.failed;
}

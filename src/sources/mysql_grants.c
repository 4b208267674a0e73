/* One line of SHOW GRANTS, cut into words, names in quotes and punctuation; bounded in length and in rights. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/mysql_grants.h"

#include "base/banned.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    struct str text; /* of a name: between the quotes, doubles not yet undone */
};

struct reader {
    struct str rest;
    struct token now;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_sign(char c)
{
    return c == ',' || c == '(' || c == ')' || c == '.' || c == '@' || c == ';';
}

static bool is_quote(char c)
{
    return c == '`' || c == '\'' || c == '"';
}

/* Where the name that begins at 0 with a quote ends: at a quote that is not doubled. */
static size_t name_end(struct str text)
{
    char quote = text.data[0];
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] == quote) {
            if (i + 1 == text.len || text.data[i + 1] != quote) {
                return i;
            }
            i++;
        }
    }
    return text.len;
}

static void step(struct reader *reader)
{
    struct str rest = reader->rest;
    while (rest.len > 0 && is_space(*rest.data)) {
        rest = str_slice(rest, 1, rest.len);
    }
    size_t end = 0;
    if (rest.len == 0) {
        reader->now = (struct token){TOKEN_END, rest};
    } else if (is_quote(*rest.data)) {
        size_t close = name_end(rest);
        reader->now = (struct token){TOKEN_NAME, str_slice(rest, 1, close)};
        end = close + 1;
    } else if (is_sign(*rest.data)) {
        reader->now = (struct token){TOKEN_SIGN, str_slice(rest, 0, 1)};
        end = 1;
    } else {
        while (end < rest.len && !is_space(rest.data[end]) && !is_sign(rest.data[end]) && !is_quote(rest.data[end])) {
            end++;
        }
        reader->now = (struct token){TOKEN_WORD, str_slice(rest, 0, end)};
    }
    reader->rest = str_slice(rest, end, rest.len);
}

static bool at_word(const struct reader *reader, const char *word)
{
    return reader->now.kind == TOKEN_WORD && str_eq_nocase(reader->now.text, str_of(word));
}

static bool at_sign(const struct reader *reader, char sign)
{
    return reader->now.kind == TOKEN_SIGN && *reader->now.text.data == sign;
}

/* The name with its doubled quotes undone. */
static int keep_name(struct str raw, struct arena *keep, struct str *ret_name, struct err *err)
{
    char *name = arena_take(keep, raw.len + 1, err);
    if (name == NULL) {
        return -1;
    }
    char quote = raw.len == 0 ? '\0' : raw.data[-1];
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        name[len++] = raw.data[i];
        i += raw.data[i] == quote && i + 1 < raw.len && raw.data[i + 1] == quote;
    }
    *ret_name = (struct str){name, len};
    return 0;
}

static int keep_token(const struct token *token, struct arena *keep, struct str *ret_name, struct err *err)
{
    if (token->kind == TOKEN_NAME) {
        return keep_name(token->text, keep, ret_name, err);
    }
    *ret_name = arena_str(keep, token->text, err);
    return ret_name->data == NULL ? -1 : 0;
}

static bool ends_list(const struct reader *reader)
{
    return reader->now.kind == TOKEN_END || at_word(reader, "ON") || at_word(reader, "TO") || at_word(reader, "FROM");
}

static void skip_columns(struct reader *reader)
{
    while (reader->now.kind != TOKEN_END && !at_sign(reader, ')')) {
        step(reader);
    }
    step(reader);
}

/* One right: words, or a name (a role, maybe with @host), and maybe its columns. */
static int read_right(struct reader *reader, struct arena *keep, struct grant_right *ret_right, struct err *err)
{
    *ret_right = (struct grant_right){{"", 0}, false};
    if (reader->now.kind == TOKEN_NAME) {
        TRY(keep_name(reader->now.text, keep, &ret_right->name, err));
        step(reader);
    } else {
        const char *from = reader->now.text.data;
        size_t len = 0;
        while (reader->now.kind == TOKEN_WORD && !ends_list(reader)) {
            len = (size_t)(reader->now.text.data - from) + reader->now.text.len;
            step(reader);
        }
        ret_right->name = arena_str(keep, (struct str){from, len}, err);
        if (ret_right->name.data == NULL) {
            return -1;
        }
    }
    while (!ends_list(reader) && !at_sign(reader, ',')) {
        if (at_sign(reader, '(')) {
            ret_right->has_columns = true;
            skip_columns(reader);
        } else {
            step(reader);
        }
    }
    return 0;
}

static int read_rights(struct reader *reader, struct arena *keep, struct grant *grant, struct err *err)
{
    struct grant_right rights[GRANT_RIGHTS_MAX];
    size_t count = 0;
    while (!ends_list(reader)) {
        if (count == GRANT_RIGHTS_MAX) {
            return err_set(err, ERR_LIMIT, "a grant of more than %d rights", GRANT_RIGHTS_MAX);
        }
        TRY(read_right(reader, keep, &rights[count++], err));
        if (at_sign(reader, ',')) {
            step(reader);
        }
    }
    struct grant_right *kept = ARENA_NEW(keep, struct grant_right, count + 1, err);
    if (kept == NULL) {
        return -1;
    }
    memcpy(kept, rights, count * sizeof *rights);
    grant->rights = kept;
    grant->right_count = count;
    return 0;
}

/* Behind ON: [PROCEDURE] a.b, a.*, *.*, or the account of a PROXY. */
static int read_object(struct reader *reader, struct arena *keep, struct grant *grant, struct err *err)
{
    static const char *const routines[] = {"PROCEDURE", "FUNCTION", "PACKAGE", "BODY"};
    bool is_routine = false;
    for (size_t i = 0; i < sizeof routines / sizeof *routines; i++) {
        if (at_word(reader, routines[i]) && !str_starts(str_trim(reader->rest), STR("."))) {
            is_routine = true;
            step(reader);
        }
    }
    if (at_word(reader, "TABLE") && !str_starts(str_trim(reader->rest), STR("."))) {
        step(reader);
    }
    struct token database = reader->now;
    step(reader);
    if (at_sign(reader, '@')) {
        grant->level = GRANT_PROXY;
        return 0;
    }
    if (!at_sign(reader, '.')) {
        return 0; /* no grant that we know */
    }
    step(reader);
    struct token to = reader->now;
    bool all_databases = database.kind == TOKEN_WORD && str_eq(database.text, STR("*"));
    bool all_tables = to.kind == TOKEN_WORD && str_eq(to.text, STR("*"));
    TRY(keep_token(&database, keep, &grant->database, err));
    TRY(keep_token(&to, keep, &grant->to, err));
    grant->level = is_routine      ? GRANT_ROUTINE
                   : all_databases ? GRANT_GLOBAL
                   : all_tables    ? GRANT_DATABASE
                                   : GRANT_TABLE;
    return 0;
}

/* Behind TO: accounts, how they log in, and at the end what may be passed on. */
static bool may_pass_on(struct reader *reader)
{
    bool after_grant = false;
    for (; reader->now.kind != TOKEN_END; step(reader)) {
        if (after_grant && at_word(reader, "OPTION")) {
            return true;
        }
        after_grant = at_word(reader, "GRANT");
    }
    return false;
}

static int read_line(struct str line, struct arena *keep, struct grant *grant, struct err *err)
{
    struct reader reader = {.rest = line};
    step(&reader);
    grant->is_revoke = at_word(&reader, "REVOKE");
    if (!grant->is_revoke && !at_word(&reader, "GRANT")) {
        return 0;
    }
    step(&reader);
    TRY(read_rights(&reader, keep, grant, err));
    if (at_word(&reader, "ON")) {
        step(&reader);
        TRY(read_object(&reader, keep, grant, err));
    } else if (at_word(&reader, "TO") && !grant->is_revoke) {
        grant->level = GRANT_ROLE;
    }
    grant->can_pass_on = grant->level != GRANT_ROLE && may_pass_on(&reader);
    return 0;
}

int maria_grants_add(struct grants *grants, struct str line, struct arena *keep, struct err *err)
{
    if (line.len > GRANT_LINE_BYTES_MAX || grants->count == GRANTS_MAX) {
        return err_set(err, ERR_LIMIT, "more grants than can be looked at");
    }
    if (grants->count == grants->room) {
        size_t room = grants->room == 0 ? 16 : grants->room * 2;
        struct grant *all = realloc(grants->all, room * sizeof *all);
        if (all == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for grants");
        }
        grants->all = all;
        grants->room = room;
    }
    struct grant *grant = &grants->all[grants->count];
    *grant = (struct grant){0};
    TRY(read_line(line, keep, grant, err));
    grants->count++;
    return 0;
}

void maria_grants_clear(struct grants *grants)
{
    free(grants->all);
    *grants = (struct grants){0};
}

bool grant_gives(const struct grant *grant, struct str right)
{
    if (str_eq(right, STR("GRANT OPTION")) && grant->can_pass_on) {
        return true;
    }
    for (size_t i = 0; i < grant->right_count; i++) {
        const struct grant_right *held = &grant->rights[i];
        bool is_all = str_eq_nocase(held->name, STR("ALL PRIVILEGES")) || str_eq_nocase(held->name, STR("ALL"));
        bool is_in_all = !str_eq(right, STR("GRANT OPTION")) && !str_eq(right, STR("PROXY"));
        if (!held->has_columns && ((is_all && is_in_all) || str_eq_nocase(held->name, right))) {
            return true;
        }
    }
    return false;
}

/* One pattern byte at *p against byte c; *ret_width is what the pattern used up. */
static bool byte_covers(struct str pattern, size_t p, char c, size_t *ret_width)
{
    bool escaped = pattern.data[p] == '\\' && p + 1 < pattern.len;
    char wanted = pattern.data[p + escaped];
    *ret_width = escaped ? 2 : 1;
    return wanted == c || (!escaped && wanted == '_');
}

/* A star that fails is moved on by one byte; only the last star need be, so time is pattern * name at most. */
bool grant_covers(struct str pattern, struct str database)
{
    size_t p = 0, d = 0, star = SIZE_MAX, star_d = 0, width = 0;
    while (d < database.len) {
        if (p < pattern.len && pattern.data[p] == '%') {
            star = p++;
            star_d = d;
        } else if (p < pattern.len && byte_covers(pattern, p, database.data[d], &width)) {
            p += width;
            d++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            d = ++star_d;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '%') {
        p++;
    }
    return p == pattern.len;
}

size_t grant_rank(struct str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] == '%' || pattern.data[i] == '_') {
            return i;
        }
        i += pattern.data[i] == '\\';
    }
    return SIZE_MAX;
}

/* Is a value a piece of SQL? A small grammar over tokens instead of words: people search for "union" and "select", but nobody
 * searches for a quote, a comparison of two constants and a comment.
 *
 * What counts (value decoded, comments taken out):
 *   union select      UNION [ALL | DISTINCT] SELECT, then a list: "," "(" a number, NULL, a quote, @@, FROM or a comment
 *   boolean pair      (AND | OR | XOR | "||" | "&&") constant comparison constant
 *   time delay        SLEEP( BENCHMARK( PG_SLEEP( WAITFOR DELAY DBMS_PIPE.RECEIVE_MESSAGE( behind something that it ends
 *   error function    EXTRACTVALUE( UPDATEXML( XP_CMDSHELL LOAD_FILE( INTO OUTFILE UTL_INADDR
 *   stacked           ";" and a statement
 *   inner select      ( SELECT ... FROM, or AND (SELECT
 *   catalogue         INFORMATION_SCHEMA. SQLITE_MASTER PG_CATALOG. SYSOBJECTS behind FROM
 *   order by          quote or ")" ORDER BY number, then a comment
 *
 * Source: the grammars of MySQL 8 and PostgreSQL 15 for the shapes; what tools send (sqlmap's payload files) for which of them
 * are in use. */
#include "base/str.h"
#include "trace/hunt.h"

#include "base/banned.h"

enum { TOKENS_MAX = 256, WORD_BYTES = 32 };

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_QUOTE, TOKEN_COMMENT, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    char word[WORD_BYTES]; /* lower case; SIGN: one or two letters */
};

struct tokens {
    struct token all[TOKENS_MAX];
    size_t count;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static void add(struct tokens *tokens, enum token_kind kind, struct str text)
{
    if (tokens->count == TOKENS_MAX) {
        return;
    }
    struct token *token = &tokens->all[tokens->count++];
    token->kind = kind;
    size_t n = text.len < WORD_BYTES - 1 ? text.len : WORD_BYTES - 1;
    for (size_t i = 0; i < n; i++) {
        char c = text.data[i];
        token->word[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    token->word[n] = '\0';
}

/* A comment is white space, but for MySQL's own: what stands in them is read. Returns where it goes on. */
static size_t skip_comment(struct str value, size_t at, struct tokens *tokens)
{
    struct str rest = str_slice(value, at, value.len);
    if (str_starts(rest, STR("/*!"))) {
        at += 3;
        while (at < value.len && is_digit(value.data[at])) {
            at++;
        }
        return at;
    }
    if (str_starts(rest, STR("/*"))) {
        size_t end = str_find(value, STR("*/"), at + 2);
        add(tokens, TOKEN_COMMENT, STR("/*"));
        tokens->count -= end != SIZE_MAX && tokens->count < TOKENS_MAX;
        return end == SIZE_MAX ? value.len : end + 2;
    }
    if (str_starts(rest, STR("*/"))) {
        return at + 2;
    }
    bool is_line = str_starts(rest, STR("--")) || rest.data[0] == '#';
    if (is_line) {
        add(tokens, TOKEN_COMMENT, STR("--"));
        size_t end = str_find(value, STR("\n"), at);
        return end == SIZE_MAX ? value.len : end + 1;
    }
    return at;
}

static bool is_number(struct str word)
{
    size_t from = word.len > 2 && word.data[0] == '0' && word.data[1] == 'x' ? 2 : 0;
    for (size_t i = from; i < word.len; i++) {
        char c = word.data[i];
        if (!is_digit(c) && !(from == 2 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))) {
            return false;
        }
    }
    return word.len > 0;
}

/* A word with its qualifiers ("information_schema.tables"), or a number. */
static size_t take_word(struct str value, size_t at, struct tokens *tokens)
{
    size_t from = at;
    while (at < value.len && (is_letter(value.data[at]) || is_digit(value.data[at]) ||
                              (value.data[at] == '.' && at + 1 < value.len && is_letter(value.data[at + 1])))) {
        at++;
    }
    struct str word = str_slice(value, from, at);
    add(tokens, is_number(word) ? TOKEN_NUMBER : TOKEN_WORD, word);
    return at;
}

/* A quote with its other one near by, and nothing but a constant between, is a text; otherwise it is a quote that ends
 * something of the application's own. */
static size_t take_quote(struct str value, size_t at, struct tokens *tokens)
{
    char quote = value.data[at];
    size_t end = at + 1;
    while (end < value.len && end - at < 24 && value.data[end] != quote &&
           (is_letter(value.data[end]) || is_digit(value.data[end]))) {
        end++;
    }
    if (end < value.len && value.data[end] == quote && tokens->count > 0) {
        add(tokens, TOKEN_TEXT, str_slice(value, at + 1, end));
        return end + 1;
    }
    add(tokens, TOKEN_QUOTE, str_slice(value, at, at + 1));
    return at + 1;
}

static void tokenise(struct str value, struct tokens *tokens)
{
    tokens->count = 0;
    for (size_t at = 0; at < value.len && tokens->count < TOKENS_MAX;) {
        char c = value.data[at];
        size_t behind = skip_comment(value, at, tokens);
        if (behind > at) {
            at = behind;
        } else if (is_letter(c) || is_digit(c)) {
            at = take_word(value, at, tokens);
        } else if (c == '\'' || c == '"') {
            at = take_quote(value, at, tokens);
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0' || c == '\f' || c == '\v' || c == '`') {
            at++;
        } else {
            bool is_pair = at + 1 < value.len &&
                           (value.data[at + 1] == c || value.data[at + 1] == '=' || value.data[at + 1] == '>') &&
                           memchr("|&@<>!=", c, 7) != NULL;
            add(tokens, TOKEN_SIGN, str_slice(value, at, at + 1 + is_pair));
            at += 1 + (size_t)is_pair;
        }
    }
}

/* ---- shapes ---- */

static bool is_word(const struct tokens *tokens, size_t at, const char *word)
{
    return at < tokens->count && tokens->all[at].kind == TOKEN_WORD && strcmp(tokens->all[at].word, word) == 0;
}

static bool is_one_of(const struct tokens *tokens, size_t at, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_word(tokens, at, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_sign(const struct tokens *tokens, size_t at, const char *sign)
{
    return at < tokens->count && tokens->all[at].kind == TOKEN_SIGN && strcmp(tokens->all[at].word, sign) == 0;
}

static bool is_constant(const struct tokens *tokens, size_t at)
{
    return at < tokens->count && (tokens->all[at].kind == TOKEN_NUMBER || tokens->all[at].kind == TOKEN_TEXT);
}

static bool is_end(const struct tokens *tokens, size_t at)
{
    return at >= tokens->count || tokens->all[at].kind == TOKEN_COMMENT;
}

static bool is_comparison(const struct tokens *tokens, size_t at)
{
    static const char *const signs[] = {"=", "==", "<", ">", "<>", "!=", "<=", ">="};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (is_sign(tokens, at, signs[i])) {
            return true;
        }
    }
    return is_word(tokens, at, "like") || is_word(tokens, at, "rlike");
}

static bool is_union_select(const struct tokens *tokens, size_t at)
{
    size_t select = at + 1 + (is_word(tokens, at + 1, "all") || is_word(tokens, at + 1, "distinct"));
    while (is_sign(tokens, select, "(")) {
        select++;
    }
    if (!is_word(tokens, at, "union") || !is_word(tokens, select, "select")) {
        return false;
    }
    size_t item = select + 1;
    bool is_list = is_constant(tokens, item) || is_word(tokens, item, "null") || is_sign(tokens, item, "(") ||
                   is_sign(tokens, item, "@@") || is_sign(tokens, item, "*") ||
                   (item < tokens->count && tokens->all[item].kind == TOKEN_QUOTE && is_sign(tokens, item + 1, "<"));
    return is_list || is_sign(tokens, item + 1, ",") || is_sign(tokens, item + 1, "(") ||
           is_word(tokens, item + 1, "from");
}

/* "' or 'a'='a": the last quote is the application's own, so the second text may be a quote and a word. */
static bool is_boolean_pair(const struct tokens *tokens, size_t at)
{
    static const char *const joins[] = {"and", "or", "xor", "having", "where"};
    if (!is_one_of(tokens, at, joins, sizeof joins / sizeof *joins) && !is_sign(tokens, at, "||") &&
        !is_sign(tokens, at, "&&")) {
        return false;
    }
    size_t left = at + 1;
    while (is_word(tokens, left, "not") || is_sign(tokens, left, "(") || is_sign(tokens, left, "!")) {
        left++;
    }
    bool is_half_text = left + 2 < tokens->count && tokens->all[left + 2].kind == TOKEN_QUOTE;
    return is_constant(tokens, left) && is_comparison(tokens, left + 1) &&
           (is_constant(tokens, left + 2) || is_half_text);
}

/* Something before it that such a call ends or joins: alone, "sleep(5)" is what programmers write to each other. */
static bool is_joined(const struct tokens *tokens, size_t at)
{
    static const char *const joins[] = {"and",  "or",   "xor",  "select", "where", "if",
                                        "when", "then", "case", "by",     "rlike", "declare"};
    const struct token *before = at > 0 ? &tokens->all[at - 1] : NULL;
    if (before == NULL) {
        return false;
    }
    return before->kind == TOKEN_QUOTE || before->kind == TOKEN_NUMBER || before->kind == TOKEN_TEXT ||
           (before->kind == TOKEN_SIGN && memchr(",;()=|&+-*/<>", before->word[0], 13) != NULL) ||
           is_one_of(tokens, at - 1, joins, sizeof joins / sizeof *joins);
}

static const char *function_at(const struct tokens *tokens, size_t at)
{
    static const char *const delays[] = {"sleep",           "benchmark", "pg_sleep", "dbms_pipe.receive_message",
                                         "dbms_lock.sleep", "randomblob"};
    static const char *const errors[] = {"extractvalue", "updatexml", "load_file", "utl_inaddr.get_host_address",
                                         "gtid_subset"};
    bool is_call = is_sign(tokens, at + 1, "(");
    if (is_word(tokens, at, "waitfor") && is_word(tokens, at + 1, "delay")) {
        return "time delay";
    }
    if (is_word(tokens, at, "xp_cmdshell") ||
        (is_word(tokens, at, "into") && (is_word(tokens, at + 1, "outfile") || is_word(tokens, at + 1, "dumpfile")))) {
        return at > 0 ? "file or command function" : NULL;
    }
    if (!is_call || !is_joined(tokens, at)) {
        return NULL;
    }
    if (is_one_of(tokens, at, delays, sizeof delays / sizeof *delays)) {
        return "time delay";
    }
    return is_one_of(tokens, at, errors, sizeof errors / sizeof *errors) ? "error function" : NULL;
}

static bool is_stacked(const struct tokens *tokens, size_t at)
{
    static const char *const statements[] = {"drop",    "insert",   "update", "delete", "exec",   "execute",  "declare",
                                             "waitfor", "shutdown", "create", "alter",  "select", "truncate", "copy"};
    static const char *const objects[] = {"table", "database", "into",     "from", "user",
                                          "delay", "set",      "function", "view"};
    if (!is_sign(tokens, at, ";") || !is_one_of(tokens, at + 1, statements, sizeof statements / sizeof *statements)) {
        return false;
    }
    return is_one_of(tokens, at + 2, objects, sizeof objects / sizeof *objects) || is_sign(tokens, at + 3, "(") ||
           is_sign(tokens, at + 2, "@") || is_word(tokens, at + 3, "set") || is_sign(tokens, at + 2, "*");
}

/* "(select x from", "and (select", "=(select". */
static bool is_inner_select(const struct tokens *tokens, size_t at)
{
    if (!is_sign(tokens, at, "(") || !is_word(tokens, at + 1, "select")) {
        return false;
    }
    for (size_t i = at + 2; i < tokens->count && i < at + 24; i++) {
        if (is_word(tokens, i, "from") || is_sign(tokens, i, "(") || is_sign(tokens, i, "@@")) {
            return true;
        }
    }
    return false;
}

static bool is_catalogue(const struct tokens *tokens, size_t at)
{
    const char *word = at < tokens->count ? tokens->all[at].word : "";
    bool is_name = strncmp(word, "information_schema.", 19) == 0 || strcmp(word, "sqlite_master") == 0 ||
                   strncmp(word, "pg_catalog.", 11) == 0 || strcmp(word, "sysobjects") == 0 ||
                   strcmp(word, "all_tables") == 0 || strncmp(word, "mysql.user", 10) == 0;
    return is_name && at > 0 && is_word(tokens, at - 1, "from");
}

static bool is_order_by(const struct tokens *tokens, size_t at)
{
    bool is_behind = at > 0 && (tokens->all[at - 1].kind == TOKEN_QUOTE || is_sign(tokens, at - 1, ")") ||
                                tokens->all[at - 1].kind == TOKEN_NUMBER);
    return is_behind && is_word(tokens, at, "order") && is_word(tokens, at + 1, "by") && is_constant(tokens, at + 2) &&
           at + 3 < tokens->count && is_end(tokens, at + 3);
}

/* A value that is only a quote and a comment ("x'-- -", "admin'#"). */
static bool is_cut_off(const struct tokens *tokens)
{
    size_t n = tokens->count;
    if (n < 2 || n > 4 || tokens->all[n - 1].kind != TOKEN_COMMENT || tokens->all[n - 1].word[0] != '-') {
        return false;
    }
    return tokens->all[n - 2].kind == TOKEN_QUOTE ||
           (n > 2 && is_sign(tokens, n - 2, ")") && tokens->all[n - 3].kind == TOKEN_QUOTE);
}

const char *sql_injection(struct str value)
{
    struct tokens tokens;
    if (value.len < 6) {
        return NULL;
    }
    tokenise(str_slice(value, 0, 4096), &tokens);
    if (tokens.count < 3 && !is_cut_off(&tokens)) {
        return NULL;
    }
    for (size_t i = 0; i < tokens.count; i++) {
        const char *function = function_at(&tokens, i);
        if (is_union_select(&tokens, i)) {
            return "union select";
        }
        if (is_boolean_pair(&tokens, i)) {
            return "a comparison of constants";
        }
        if (function != NULL) {
            return function;
        }
        if (is_stacked(&tokens, i)) {
            return "a second statement";
        }
        if (is_inner_select(&tokens, i)) {
            return "an inner select";
        }
        if (is_catalogue(&tokens, i)) {
            return "the catalogue of tables";
        }
        if (is_order_by(&tokens, i)) {
            return "order by with a comment";
        }
    }
    return is_cut_off(&tokens) ? "a quote and a comment" : NULL;
}

/* A stack of frames says what the bytes at hand are: text outside of tags, code, the code inside {$...} of a
 * string, or the text of a string with variables. Each byte is looked at a bounded number of times. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/php_lex.h"
#include "formats/tag.h"

#include "base/banned.h"

enum { FRAMES_MAX = 40, BLOB_BYTES = 400, CAST_LOOK_BYTES = 24, LABEL_MAX = 128, UNWIND_MAX = 12 };

enum frame_kind { FRAME_HTML, FRAME_CODE, FRAME_INNER, FRAME_STRING };

struct frame {
    uint8_t kind;
    char quote;       /* of a STRING: '"', '`' or 'h' */
    char closer;      /* of an INNER: what its '}' becomes */
    struct str label; /* of a heredoc */
    uint32_t begin;   /* token */
    uint32_t braces;  /* open in an INNER */
};

struct lexer {
    struct php_tokens *out;
    const struct php_words *words;
    const char *data;
    size_t len, at;
    struct frame frames[FRAMES_MAX];
    unsigned depth;
    bool in_script_tag, is_halted;
    bool has_open_comment;         /* one is never closed */
    bool has_include, has_defined; /* names that the passes over all tokens look for */
};

static struct frame *top(struct lexer *lexer)
{
    return &lexer->frames[lexer->depth];
}

/* The byte `ahead` of here; NUL behind the end. */
static char peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->len ? lexer->data[lexer->at + ahead] : '\0';
}

/* What a byte may be: asked of every one. */
enum { IS_START = 1, IS_NAME = 2, IS_SPACE = 4, IS_END = 8 /* of a comment of one line, perhaps */ };

/* clang-format off */
static const uint8_t kinds[256] = {
    4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 12, 4, 4, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x00 */
    4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 8, /* 0x20 */
    0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 3, /* 0x40 */
    0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, /* 0x60 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0x80 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xa0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xc0 */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* 0xe0 */
};
/* clang-format on */

static inline bool is_name_start(char byte)
{
    return (kinds[(unsigned char)byte] & IS_START) != 0;
}

static inline bool is_name(char byte)
{
    return (kinds[(unsigned char)byte] & IS_NAME) != 0;
}

static inline bool is_space(char byte)
{
    return (kinds[(unsigned char)byte] & IS_SPACE) != 0;
}

/* Where the bytes of that kind end that begin at `at`. */
static inline size_t skip_kind(const struct lexer *lexer, size_t at, uint8_t kind)
{
    while (at < lexer->len && (kinds[(unsigned char)lexer->data[at]] & kind) != 0) {
        at++;
    }
    return at;
}

/* "<?" between the two */
static bool has_tag(const char *from, const char *to)
{
    while (from < to && (from = memchr(from, '<', (size_t)(to - from))) != NULL) {
        if (++from < to && *from == '?') {
            return true;
        }
    }
    return false;
}

/* "\x65\166\x61": at least two characters, each of them an escape. */
static bool is_all_escapes(struct str text)
{
    size_t count = 0, at = 0;
    for (; at + 2 < text.len && text.data[at] == '\\'; count++) {
        at += text.data[at + 1] == 'x' ? 2 : 1;
        size_t digits = 0;
        while (at < text.len && digits < 3 && str_hex_digit(text.data[at]) >= 0) {
            at++;
            digits++;
        }
        if (digits < 2) {
            return false;
        }
    }
    return at == text.len && count >= 2;
}

/* Does a text that opens a script go on as one that does something? */
static bool is_script_text(struct str text)
{
    static const char *const marks[] = {"$_", "eval(", "eval (", "system(", "exec(", "passthru("};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_find(text, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* "eval(", "assert(" or "<?php" in hex or base64. */
static bool is_spelled(struct str text)
{
    static const char *const heads[] = {"6576616c28", "61737365727428", "3c3f706870", "ZXZhbCg", "YXNzZXJ0K", "PD9waH"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (text.data[0] == heads[i][0] && str_starts(text, str_of(heads[i]))) {
            return true;
        }
    }
    return false;
}

/* What a text of the file opens the gate for. */
static void gate_text(struct lexer *lexer, struct str text)
{
    enum { NAME_MAX = 16, SPELLED_MIN = 16 };
    struct php_tokens *out = lexer->out;
    if (text.len >= 4 && text.len < NAME_MAX && memchr("aespc", text.data[0], 5) != NULL) {
        const struct php_word *word = php_word_find(lexer->words, text);
        bool is_sink = word != NULL && (word->role == PHP_CODE || word->role == PHP_COMMAND);
        out->gate |= is_sink ? GATE_NAMED : 0U;
    }
    if (text.len >= 4 && text.data[0] == '\\' && (out->gate & GATE_ESCAPES) == 0 && is_all_escapes(text)) {
        out->gate |= GATE_ESCAPES;
    }
    if (text.len >= SPELLED_MIN && is_spelled(text)) {
        out->gate |= GATE_CARRIED;
    }
    bool wants_tag = (out->gate & (GATE_TAG | GATE_CARRIED)) != (GATE_TAG | GATE_CARRIED);
    if (wants_tag && has_tag(text.data, text.data + text.len)) {
        bool is_printed = str_eq(text, STR("<?php")) || str_eq(text, STR("<?")); /* the code stands behind it */
        out->gate |= GATE_TAG | (is_printed || is_script_text(text) ? GATE_CARRIED : 0U);
    }
}

static bool grow(struct lexer *lexer)
{
    struct php_tokens *out = lexer->out;
    uint32_t cap = out->cap == 0 ? 1024 : out->cap * 2;
    struct php_token *list = out->count < PHP_TOKENS_MAX ? reallocarray(out->list, cap, sizeof *list) : NULL;
    if (list == NULL) {
        out->is_cut = true;
        lexer->at = lexer->len;
        return false;
    }
    out->list = list;
    out->cap = cap;
    return true;
}

/* What a text alone says. */
static void note_text(struct lexer *lexer, enum php_kind kind, size_t from, size_t to)
{
    struct php_tokens *out = lexer->out;
    if (kind == PT_SINGLE || kind == PT_DOUBLE || kind == PT_RAW || kind == PT_TEXT) {
        gate_text(lexer, (struct str){lexer->data + from, to - from});
    }
    if ((kind == PT_SINGLE || kind == PT_DOUBLE) && to - from >= 9 &&
        (memcmp(lexer->data + to - 9, ".htaccess", 9) == 0 || memcmp(lexer->data + to - 9, ".user.ini", 9) == 0)) {
        out->gate |= GATE_TAG;
    }
    if ((kind == PT_SINGLE || kind == PT_DOUBLE) && to - from > 7 && memcmp(lexer->data + from, "/etc/", 5) == 0) {
        out->gate |= GATE_CONNECT;
    }
    if ((kind == PT_SINGLE || kind == PT_DOUBLE) && to - from > 7 &&
        (memcmp(lexer->data + from, "http", 4) == 0 || memcmp(lexer->data + from, "ftp:", 4) == 0)) {
        out->gate |= GATE_NET;
    }
}

static inline struct php_token *push(struct lexer *lexer, enum php_kind kind, uint8_t op, size_t from, size_t to)
{
    struct php_tokens *out = lexer->out;
    if (out->count + 2 >= out->cap && !grow(lexer)) {
        return NULL;
    }
    struct php_token *token = &out->list[out->count++];
    *token = (struct php_token){.at = (uint32_t)from, .len = (uint32_t)(to - from), .kind = (uint8_t)kind, .op = op};
    if (to - from >= BLOB_BYTES && kind != PT_HTML) {
        out->gate |= GATE_BLOB;
    }
    if (kind >= PT_SINGLE && kind <= PT_TEXT) {
        note_text(lexer, kind, from, to);
    }
    return token;
}

static void push_op(struct lexer *lexer, uint8_t op)
{
    (void)push(lexer, PT_OP, op, lexer->at, lexer->at);
}

static void enter(struct lexer *lexer, enum frame_kind kind)
{
    lexer->depth++;
    *top(lexer) = (struct frame){.kind = (uint8_t)kind};
}

static size_t find_from(const struct lexer *lexer, const char *text, size_t from)
{
    size_t found = str_find((struct str){lexer->data, lexer->len}, str_of(text), from);
    return found == SIZE_MAX ? lexer->len : found;
}

/* ---- outside of tags ---- */

static void open_tag(struct lexer *lexer, size_t at, char mark)
{
    lexer->in_script_tag = mark == 's';
    lexer->at = mark == 's' ? find_from(lexer, ">", at) + 1 : at + 2;
    lexer->at = lexer->at > lexer->len ? lexer->len : lexer->at;
    top(lexer)->kind = FRAME_CODE;
    if (mark == 's') {
        return;
    }
    if (peek(lexer, 0) == '=') {
        lexer->at++;
        (void)push(lexer, PT_ECHO, 0, at, at);
    } else if (lexer->at + 3 <= lexer->len && str_eq_nocase((struct str){lexer->data + lexer->at, 3}, STR("php"))) {
        lexer->at += 3;
    }
}

static void lex_html(struct lexer *lexer)
{
    size_t from = lexer->at;
    struct str source = {lexer->data, lexer->len};
    char mark = '\0';
    size_t at = tag_find(source, from, false, &mark);
    while (at != SIZE_MAX && mark != '?' &&
           !(mark == 's' && str_find_nocase(str_slice(source, at, at + 200), STR("php"), 0) != SIZE_MAX)) {
        at = tag_find(source, at + 2, false, &mark);
    }
    (void)push(lexer, PT_HTML, ';', from, at == SIZE_MAX ? lexer->len : at);
    if (at == SIZE_MAX) {
        lexer->at = lexer->len;
        return;
    }
    open_tag(lexer, at, mark);
}

/* "?>" or "</script>": back to text. One line end belongs to the tag. */
static void close_tag(struct lexer *lexer, size_t length)
{
    lexer->at += length;
    if (peek(lexer, 0) == '\n') {
        lexer->at++;
    } else if (peek(lexer, 0) == '\r' && peek(lexer, 1) == '\n') {
        lexer->at += 2;
    }
    lexer->at = lexer->at > lexer->len ? lexer->len : lexer->at;
    lexer->depth = 0;
    top(lexer)->kind = FRAME_HTML;
}

/* ---- names, numbers, comments ---- */

static void skip_line_comment(struct lexer *lexer)
{
    for (;; lexer->at++) {
        while (lexer->at < lexer->len && (kinds[(unsigned char)lexer->data[lexer->at]] & IS_END) == 0) {
            lexer->at++;
        }
        if (lexer->at >= lexer->len || lexer->data[lexer->at] != '?' || peek(lexer, 1) == '>') {
            return;
        }
    }
}

/* A name of bytes that are no text in UTF-8: nobody types such. */
static bool is_foreign(struct str name)
{
    return name.len >= 2 && (unsigned char)name.data[0] >= 0x80 && !str_is_utf8(name);
}

static void lex_variable(struct lexer *lexer)
{
    size_t from = lexer->at + 1;
    lexer->at = skip_kind(lexer, from, IS_NAME);
    (void)push(lexer, PT_VAR, 0, from, lexer->at);
    lexer->out->variables++;
    lexer->out->foreign += is_foreign((struct str){lexer->data + from, lexer->at - from});
    if (php_is_input_variable((struct str){lexer->data + from, lexer->at - from})) {
        lexer->out->gate |= GATE_INPUT;
    }
}

static void lex_name(struct lexer *lexer)
{
    size_t from = lexer->at;
    lexer->at = skip_kind(lexer, from, IS_NAME);
    while (peek(lexer, 0) == '\\' && is_name_start(peek(lexer, 1))) {
        from = lexer->at + 1;
        lexer->at = skip_kind(lexer, from, IS_NAME);
    }
    struct str name = {lexer->data + from, lexer->at - from};
    struct php_tokens *out = lexer->out;
    const struct php_token *before = out->count != 0 ? &out->list[out->count - 1] : NULL;
    bool is_member = before != NULL && before->kind == PT_OP && (before->op == PO_ARROW || before->op == PO_COLONS);
    const struct php_word *word = php_word_find(lexer->words, name);
    if (is_member) { /* a method of that name is no function; but uasort() and createFunction() of objects call back too,
                      and prepare() asks a database */
        out->gate |= word != NULL ? word->gate & (GATE_CALLBACK | GATE_DATABASE) : 0;
        word = NULL;
    }
    out->foreign += is_foreign(name);
    lexer->has_defined = lexer->has_defined || (name.len == 7 && str_eq_nocase(name, STR("defined")));
    struct php_token *token = push(lexer, PT_NAME, 0, from, lexer->at);
    if (token == NULL || word == NULL) {
        return;
    }
    token->word = php_word_number(word);
    out->gate |= word->gate;
    lexer->has_include = lexer->has_include || (word->role == PHP_KEYWORD && word->detail == KW_INCLUDE);
    if (word->role == PHP_KEYWORD && word->detail == KW_HALT) {
        size_t end = find_from(lexer, ";", lexer->at);
        out->halt_at = (uint32_t)(end < lexer->len ? end + 1 : end);
        lexer->is_halted = true;
    }
}

static void lex_number(struct lexer *lexer)
{
    size_t from = lexer->at;
    bool is_hex = lexer->data[from] == '0' && (peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X');
    bool has_dot = false;
    while (lexer->at < lexer->len) {
        char byte = lexer->data[lexer->at];
        bool is_exponent = !is_hex && (byte == 'e' || byte == 'E') &&
                           (str_is_digit(peek(lexer, 1)) ||
                            ((peek(lexer, 1) == '-' || peek(lexer, 1) == '+') && str_is_digit(peek(lexer, 2))));
        bool is_fraction = byte == '.' && !has_dot && !is_hex && str_is_digit(peek(lexer, 1));
        if (!str_is_digit(byte) && byte != '_' && !is_exponent && !is_fraction &&
            !(lexer->at == from + 1 && memchr("xXbBoO", byte, 6) != NULL) &&
            !(is_hex && is_name(byte) && (unsigned char)byte < 0x80)) {
            break;
        }
        has_dot = has_dot || is_fraction;
        lexer->at += is_exponent ? 2 : 1;
    }
    (void)push(lexer, PT_NUMBER, 0, from, lexer->at);
}

/* ---- strings ---- */

/* Where a piece of string text stops being plain: at a variable, or at its end. */
static bool begins_variable(const struct lexer *lexer, size_t at)
{
    char first = lexer->data[at], second = at + 1 < lexer->len ? lexer->data[at + 1] : '\0';
    return (first == '$' && (is_name_start(second) || second == '{')) || (first == '{' && second == '$');
}

/* At a line end of a heredoc: does the next line close it? ret_end: behind the label. */
static bool closes_heredoc(const struct lexer *lexer, size_t newline, struct str label, size_t *ret_end)
{
    size_t at = newline + 1, limit = at + 256;
    while (at < lexer->len && at < limit && (lexer->data[at] == ' ' || lexer->data[at] == '\t')) {
        at++;
    }
    if (at + label.len > lexer->len || memcmp(lexer->data + at, label.data, label.len) != 0 ||
        (at + label.len < lexer->len && is_name(lexer->data[at + label.len]))) {
        return false;
    }
    *ret_end = at + label.len;
    return true;
}

/* From `at`, the end of the plain text. Sets *ret_next to where reading goes on, *ret_is_end if the string ends there. */
static size_t plain_end(const struct lexer *lexer, size_t at, char quote, struct str label, size_t *ret_next,
                        bool *ret_is_end)
{
    *ret_is_end = true;
    for (; at < lexer->len; at++) {
        char byte = lexer->data[at];
        if (byte != '\\' && byte != '$' && byte != '{' && byte != '\n' && byte != quote) {
            continue;
        }
        if (byte == '\\' && at + 1 < lexer->len && !(quote == 'h' && lexer->data[at + 1] == '\n')) {
            at++;
        } else if (byte == quote && quote != 'h') {
            *ret_next = at + 1;
            return at;
        } else if (quote == 'h' && byte == '\n' && closes_heredoc(lexer, at, label, ret_next)) {
            return at;
        } else if (begins_variable(lexer, at)) {
            *ret_next = at;
            *ret_is_end = false;
            return at;
        }
    }
    *ret_next = lexer->len;
    return lexer->len;
}

static void enter_string(struct lexer *lexer, char quote, struct str label)
{
    uint32_t begin = lexer->out->count;
    (void)push(lexer, PT_BEGIN, (uint8_t)quote, lexer->at, lexer->at);
    enter(lexer, FRAME_STRING);
    top(lexer)->quote = quote;
    top(lexer)->label = label;
    top(lexer)->begin = begin;
}

/* A string that may hold variables; lexer->at is behind its opening. */
static void lex_interpolated(struct lexer *lexer, char quote, struct str label)
{
    size_t next;
    bool is_end;
    size_t end = plain_end(lexer, lexer->at, quote, label, &next, &is_end);
    if (quote != '`' && (is_end || lexer->depth + 2 >= FRAMES_MAX)) {
        (void)push(lexer, PT_DOUBLE, 0, lexer->at, end);
        lexer->at = next > lexer->at ? next : lexer->at + 1;
        return;
    }
    if (quote == '`') {
        lexer->out->gate |= GATE_SINK;
    }
    if (lexer->depth + 2 >= FRAMES_MAX) {
        lexer->at = next > lexer->at ? next : lexer->at + 1;
        return;
    }
    enter_string(lexer, quote, label);
}

static void lex_single(struct lexer *lexer)
{
    size_t from = ++lexer->at;
    const char *stop = lexer->data + lexer->len, *here = lexer->data + from,
               *quote = from < lexer->len ? here - 1 : stop;
    while (here < stop) { /* from one escape to the next; the quote is looked for again only if an escape was its own */
        if (quote < here) {
            const char *found = memchr(here, '\'', (size_t)(stop - here));
            quote = found != NULL ? found : stop;
        }
        const char *escape = memchr(here, '\\', (size_t)(quote - here));
        if (escape == NULL) {
            here = quote;
            break;
        }
        here = escape + 2;
    }
    lexer->at = (size_t)(here - lexer->data);
    size_t end = lexer->at < lexer->len ? lexer->at : lexer->len;
    (void)push(lexer, PT_SINGLE, 0, from, end);
    lexer->at = end < lexer->len ? end + 1 : end;
}

/* $_GET[\'f\'] outside of any string: a copy out of another program's text, whose backslashes stayed. False if it ends nowhere. */
static bool lex_escaped_quote(struct lexer *lexer, char quote)
{
    const char mark[] = {'\\', quote, '\0'};
    size_t from = lexer->at + 2, end = str_find((struct str){lexer->data, lexer->len}, str_of(mark), from);
    if (end == SIZE_MAX || end - from > LABEL_MAX) {
        return false;
    }
    (void)push(lexer, PT_SINGLE, 0, from, end);
    lexer->at = end + 2;
    return true;
}

/* <<<LABEL, <<<"LABEL", <<<'LABEL'. False if it is none. */
static bool lex_heredoc(struct lexer *lexer)
{
    size_t at = lexer->at + 3;
    while (at < lexer->len && (lexer->data[at] == ' ' || lexer->data[at] == '\t')) {
        at++;
    }
    char quote = at < lexer->len && (lexer->data[at] == '\'' || lexer->data[at] == '"') ? lexer->data[at++] : '\0';
    size_t from = at;
    while (at < lexer->len && is_name(lexer->data[at]) && at - from < LABEL_MAX) {
        at++;
    }
    struct str label = {lexer->data + from, at - from};
    at += quote != '\0' && at < lexer->len && lexer->data[at] == quote;
    at += at + 1 < lexer->len && lexer->data[at] == '\r' && lexer->data[at + 1] == '\n';
    if (label.len == 0 || !is_name_start(label.data[0]) || at >= lexer->len || lexer->data[at] != '\n') {
        return false;
    }
    size_t next;
    if (quote == '\'') {
        for (size_t line = at; line < lexer->len; line++) {
            if (lexer->data[line] == '\n' && closes_heredoc(lexer, line, label, &next)) {
                (void)push(lexer, PT_RAW, 0, at + 1, line > at ? line : at + 1);
                lexer->at = next;
                return true;
            }
        }
        (void)push(lexer, PT_RAW, 0, at + 1, lexer->len);
        lexer->at = lexer->len;
        return true;
    }
    if (closes_heredoc(lexer, at, label, &next)) {
        (void)push(lexer, PT_RAW, 0, at, at);
        lexer->at = next;
        return true;
    }
    lexer->at = at + 1;
    lex_interpolated(lexer, 'h', label);
    return true;
}

/* ---- inside of strings with variables ---- */

/* $v, $v[key], $v->name */
static void lex_simple_variable(struct lexer *lexer)
{
    lex_variable(lexer);
    if (peek(lexer, 0) == '-' && peek(lexer, 1) == '>' && is_name_start(peek(lexer, 2))) {
        push_op(lexer, PO_ARROW);
        lexer->at += 2;
        lex_name(lexer);
        return;
    }
    if (peek(lexer, 0) != '[') {
        return;
    }
    uint32_t open = lexer->out->count;
    push_op(lexer, '[');
    lexer->at++;
    size_t from = lexer->at;
    if (peek(lexer, 0) == '$' && is_name_start(peek(lexer, 1))) {
        lex_variable(lexer);
    } else {
        while (lexer->at < lexer->len && (is_name(lexer->data[lexer->at]) || lexer->data[lexer->at] == '-')) {
            lexer->at++;
        }
        (void)push(lexer, str_is_digit(lexer->at > from ? lexer->data[from] : '\0') ? PT_NUMBER : PT_SINGLE, 0, from,
                   lexer->at);
    }
    push_op(lexer, ']');
    lexer->at += peek(lexer, 0) == ']';
    if (!lexer->out->is_cut) {
        lexer->out->list[open].match = lexer->out->count - 1;
        lexer->out->list[lexer->out->count - 1].match = open;
    }
}

/* ${name}, ${name[...]}, ${expression}; the two bytes "${" are at hand. */
static void lex_dollar_brace(struct lexer *lexer)
{
    size_t at = lexer->at + 2, from = at;
    lexer->out->gate |= GATE_DYNAMIC;
    while (at < lexer->len && is_name(lexer->data[at])) {
        at++;
    }
    bool is_plain = at > from && at < lexer->len && lexer->data[at] == '}';
    bool is_indexed = at > from && at < lexer->len && lexer->data[at] == '[';
    if (is_plain || is_indexed) {
        if (is_indexed) {
            push_op(lexer, '(');
        }
        lexer->at = from - 1;
        lex_variable(lexer);
        lexer->at = is_plain ? at + 1 : at;
    } else {
        push_op(lexer, '$');
        push_op(lexer, '{');
        lexer->at += 2;
    }
    if (!is_plain) {
        enter(lexer, FRAME_INNER);
        top(lexer)->closer = is_indexed ? ')' : '}';
    }
}

static void lex_string_part(struct lexer *lexer)
{
    struct frame *frame = top(lexer);
    size_t next, from = lexer->at;
    bool is_end;
    size_t end = plain_end(lexer, from, frame->quote, frame->label, &next, &is_end);
    (void)push(lexer, PT_TEXT, 0, from, end);
    lexer->at = next;
    if (is_end) {
        uint32_t begin = frame->begin;
        lexer->depth--;
        (void)push(lexer, PT_FINISH, (uint8_t)frame->quote, end, end);
        if (!lexer->out->is_cut) {
            lexer->out->list[begin].match = lexer->out->count - 1;
        }
        return;
    }
    if (peek(lexer, 0) == '{' && lexer->depth + 2 < FRAMES_MAX) {
        push_op(lexer, '(');
        lexer->at++;
        enter(lexer, FRAME_INNER);
        top(lexer)->closer = ')';
    } else if (peek(lexer, 0) == '$' && peek(lexer, 1) == '{' && lexer->depth + 2 < FRAMES_MAX) {
        lex_dollar_brace(lexer);
    } else if (peek(lexer, 0) == '$' && is_name_start(peek(lexer, 1))) {
        lex_simple_variable(lexer);
    } else {
        lexer->at++;
    }
}

/* ---- operators ---- */

struct longer {
    const char *text;
    uint8_t op;
};

/* longest first */
static const struct longer longer[] = {
    {"===", PO_IDENT},  {"!==", PO_NOT_IDENT}, {"<=>", PO_SPACESHIP}, {"**=", PO_SET_OTHER},
    {"...", PO_SPREAD}, {"<<=", PO_SET_OTHER}, {">>=", PO_SET_OTHER}, {"\?\?=", PO_SET_COALESCE},
    {"?->", PO_ARROW},  {"->", PO_ARROW},      {"::", PO_COLONS},     {"=>", PO_FAT},
    {"==", PO_EQ},      {"!=", PO_NE},         {"<>", PO_NE},         {"<=", PO_LE},
    {">=", PO_GE},      {"&&", PO_AND},        {"||", PO_OR},         {"\?\?", PO_COALESCE},
    {"++", PO_INC},     {"--", PO_DEC},        {"**", PO_POW},        {"<<", PO_SHL},
    {">>", PO_SHR},     {".=", PO_SET_CONCAT}, {"+=", PO_SET_ADD},    {"-=", PO_SET_SUB},
    {"*=", PO_SET_MUL}, {"/=", PO_SET_DIV},    {"%=", PO_SET_MOD},    {"^=", PO_SET_XOR},
    {"&=", PO_SET_AND}, {"|=", PO_SET_OR},
};

static bool push_longer(struct lexer *lexer)
{
    static const bool may_begin[256] = {
        ['='] = true, ['!'] = true, ['<'] = true, ['*'] = true, ['.'] = true, ['>'] = true, ['?'] = true, ['-'] = true,
        [':'] = true, ['&'] = true, ['|'] = true, ['+'] = true, ['/'] = true, ['%'] = true, ['^'] = true};
    static const bool may_follow[256] = {
        ['='] = true, ['>'] = true, [':'] = true, ['.'] = true, ['&'] = true, ['|'] = true,
        ['?'] = true, ['+'] = true, ['-'] = true, ['*'] = true, ['<'] = true};
    struct str rest = {lexer->data + lexer->at, lexer->len - lexer->at};
    if (rest.len < 2 || !may_begin[(unsigned char)rest.data[0]] || !may_follow[(unsigned char)rest.data[1]]) {
        return false;
    }
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        if (rest.data[0] != longer[i].text[0]) {
            continue;
        }
        struct str text = str_of(longer[i].text);
        if (str_starts(rest, text)) {
            push_op(lexer, longer[i].op);
            lexer->at += text.len;
            return true;
        }
    }
    return false;
}

/* ( int ) and kin, within a few bytes. */
static bool lex_cast(struct lexer *lexer)
{
    static const char *const names[] = {"int",  "integer", "bool",   "boolean", "float", "double",
                                        "real", "unset",   "string", "binary",  "array", "object"};
    size_t at = lexer->at + 1, limit = lexer->at + CAST_LOOK_BYTES;
    while (at < lexer->len && at < limit && (lexer->data[at] == ' ' || lexer->data[at] == '\t')) {
        at++;
    }
    size_t from = at;
    while (at < lexer->len && at < limit && is_name(lexer->data[at])) {
        at++;
    }
    struct str name = {lexer->data + from, at - from};
    while (at < lexer->len && at < limit && (lexer->data[at] == ' ' || lexer->data[at] == '\t')) {
        at++;
    }
    if (at >= lexer->len || lexer->data[at] != ')' || name.len == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(name, str_of(names[i]))) {
            (void)push(lexer, PT_CAST, i < 8 ? 'i' : i < 10 ? 's' : 'a', lexer->at, at + 1);
            lexer->at = at + 1;
            return true;
        }
    }
    return false;
}

static void note_call(struct lexer *lexer)
{
    struct php_tokens *out = lexer->out;
    const struct php_token *before = out->count != 0 ? &out->list[out->count - 1] : NULL;
    out->calls++;
    if (before != NULL && (before->kind == PT_VAR ||
                           (before->kind == PT_OP && (before->op == ']' || before->op == ')' || before->op == '}')) ||
                           before->kind == PT_SINGLE || before->kind == PT_DOUBLE || before->kind == PT_FINISH)) {
        out->gate |= GATE_DYNAMIC;
    }
}

static void lex_brace(struct lexer *lexer, char byte)
{
    struct frame *frame = top(lexer);
    if (frame->kind == FRAME_INNER && byte == '}' && frame->braces == 0) {
        push_op(lexer, (uint8_t)frame->closer);
        lexer->depth--;
        return;
    }
    if (frame->kind == FRAME_INNER) {
        frame->braces += byte == '{';
        frame->braces -= byte == '}';
    }
    push_op(lexer, (uint8_t)byte);
}

static void lex_op(struct lexer *lexer, char byte)
{
    if (byte == '(') {
        if (lex_cast(lexer)) {
            return;
        }
        note_call(lexer);
    }
    if (push_longer(lexer)) {
        return;
    }
    if (byte == '{' || byte == '}') {
        lex_brace(lexer, byte);
    } else {
        if (byte == '$') {
            lexer->out->gate |= GATE_DYNAMIC;
        }
        push_op(lexer, (uint8_t)byte);
    }
    lexer->at++;
}

static void lex_comment(struct lexer *lexer)
{
    size_t end = lexer->has_open_comment ? lexer->len : find_from(lexer, "*/", lexer->at + 2);
    if (end < lexer->len) {
        lexer->at = end + 2;
        return;
    }
    lexer->has_open_comment = true; /* a damaged copy: what follows would be code in a whole one */
    skip_line_comment(lexer);
}

static void lex_code(struct lexer *lexer)
{
    char byte = lexer->data[lexer->at], next = peek(lexer, 1);
    if (is_space(byte)) {
        lexer->at = skip_kind(lexer, lexer->at, IS_SPACE);
    } else if (byte == '$' && is_name_start(next)) {
        lex_variable(lexer);
    } else if (is_name_start(byte)) {
        lex_name(lexer);
    } else if (byte == '\\' && is_name_start(next)) {
        lexer->at++;
    } else if (byte == '\\' && (next == '\'' || next == '"') && lex_escaped_quote(lexer, next)) {
        return;
    } else if (str_is_digit(byte) || (byte == '.' && str_is_digit(next))) {
        lex_number(lexer);
    } else if (byte == '\'') {
        lex_single(lexer);
    } else if (byte == '"' || byte == '`') {
        lexer->at++;
        lex_interpolated(lexer, byte, (struct str){NULL, 0});
    } else if (byte == '/' && next == '*') {
        lex_comment(lexer);
    } else if ((byte == '/' && next == '/') || (byte == '#' && next != '[')) {
        skip_line_comment(lexer);
    } else if (byte == '?' && next == '>') {
        close_tag(lexer, 2);
    } else if (lexer->in_script_tag && byte == '<' && next == '/' &&
               str_eq_nocase(
                   (struct str){lexer->data + lexer->at, lexer->len - lexer->at < 9 ? lexer->len - lexer->at : 9},
                   STR("</script>"))) {
        close_tag(lexer, 9);
    } else if (byte != '<' || next != '<' || peek(lexer, 2) != '<' || !lex_heredoc(lexer)) {
        lex_op(lexer, byte);
    }
}

/* ---- after all tokens are there ---- */

static char partner_of(uint8_t op)
{
    return op == ')' ? '(' : op == ']' ? '[' : op == '}' ? '{' : '\0';
}

/* Brackets find partners. A closing one that fits none of the innermost UNWIND_MAX open ones stays alone. */
static void match_brackets(struct php_tokens *out, uint32_t *open)
{
    uint32_t depth = 0;
    for (uint32_t i = 0; i < out->count; i++) {
        struct php_token *token = &out->list[i];
        if (token->kind != PT_OP) {
            continue;
        }
        if (token->op == '(' || token->op == '[' || token->op == '{') {
            open[depth++] = i;
            continue;
        }
        char wanted = partner_of(token->op);
        for (uint32_t back = 1; wanted != '\0' && back <= depth && back <= UNWIND_MAX; back++) {
            if (out->list[open[depth - back]].op == (uint8_t)wanted) {
                depth -= back;
                token->match = open[depth];
                out->list[open[depth]].match = i;
                break;
            }
        }
    }
}

/* if (!defined("X")) exit; and defined("X") or die: the file runs only inside of what includes it. */
static void gate_guards(struct php_tokens *out)
{
    enum { LOOK_TOKENS = 14 };
    for (uint32_t i = 0; i < out->count; i++) {
        if (out->list[i].kind != PT_NAME || !str_eq_nocase(php_text(out, &out->list[i]), STR("defined"))) {
            continue;
        }
        for (uint32_t j = i + 1; j < out->count && j < i + LOOK_TOKENS; j++) {
            const struct php_word *word = out->list[j].kind == PT_NAME ? php_word_at(out->list[j].word) : NULL;
            if (word != NULL && word->role == PHP_KEYWORD && word->detail == KW_EXIT) {
                out->gate |= GATE_PART;
                return;
            }
        }
    }
}

/* A constant that nobody includes for good: a stream, escapes, the name of a picture. */
static bool is_odd_path(struct str text)
{
    return memchr(text.data, ':', text.len) != NULL || memchr(text.data, '\\', text.len) != NULL ||
           php_is_picture(text);
}

/* Include of anything but a constant: a variable before the statement ends. */
static void gate_includes(struct php_tokens *out)
{
    enum { LOOK_TOKENS = 24 };
    for (uint32_t i = 0; i < out->count; i++) {
        const struct php_word *word = out->list[i].kind == PT_NAME ? php_word_at(out->list[i].word) : NULL;
        if (word == NULL || word->role != PHP_KEYWORD || word->detail != KW_INCLUDE) {
            continue;
        }
        for (uint32_t j = i + 1;
             j < out->count && j < i + LOOK_TOKENS && !(out->list[j].kind == PT_OP && out->list[j].op == ';'); j++) {
            struct str text = php_text(out, &out->list[j]);
            bool is_text = out->list[j].kind == PT_SINGLE || out->list[j].kind == PT_DOUBLE;
            if (out->list[j].kind == PT_VAR || out->list[j].kind == PT_BEGIN || (is_text && is_odd_path(text))) {
                out->gate |= GATE_INCLUDE;
            }
        }
    }
}

/* Three letters in a row: a word. */
static bool has_word(struct str text)
{
    unsigned row = 0;
    for (size_t i = 0; i < text.len && row < 3; i++) {
        row = str_is_letter(text.data[i]) ? row + 1 : 0;
    }
    return row == 3;
}

/* Has the token a word in it, as code that people write has: a name with a letter, a text of words? */
static bool is_worded(const struct php_tokens *out, const struct php_token *token)
{
    struct str text = php_text(out, token);
    if (token->kind == PT_NAME || token->kind == PT_VAR) {
        for (size_t i = 0; i < text.len; i++) {
            if (text.data[i] != '_') {
                return true;
            }
        }
        return false;
    }
    return token->kind == PT_ECHO ||
           ((token->kind == PT_SINGLE || token->kind == PT_DOUBLE || token->kind == PT_TEXT) && has_word(text));
}

/* No letter and no figure in any name of the code, and enough of it to be none by chance. */
static bool is_letterless(const struct php_tokens *out)
{
    enum { VARIABLES_MIN = 8 };
    for (uint32_t i = 0; i < out->count; i++) {
        if (is_worded(out, &out->list[i])) {
            return false;
        }
    }
    return out->variables >= VARIABLES_MIN;
}

static void finish(struct lexer *lexer)
{
    struct php_tokens *out = lexer->out;
    lexer->at = lexer->at < lexer->len ? lexer->at : lexer->len;
    while (lexer->depth > 0) { /* strings that never ended */
        struct frame *frame = top(lexer);
        if (frame->kind == FRAME_STRING) {
            (void)push(lexer, PT_FINISH, (uint8_t)frame->quote, lexer->len, lexer->len);
            if (!out->is_cut) {
                out->list[frame->begin].match = out->count - 1;
            }
        } else if (frame->kind == FRAME_INNER) {
            push_op(lexer, (uint8_t)frame->closer);
        }
        lexer->depth--;
    }
    uint32_t *open = malloc(((size_t)out->count + 1) * sizeof *open);
    if (open == NULL || out->list == NULL) {
        out->is_cut = true;
    } else {
        match_brackets(out, open);
        if (lexer->has_include) {
            gate_includes(out);
        }
        if (lexer->has_defined) {
            gate_guards(out);
        }
        out->is_letterless = is_letterless(out);
    }
    free(open);
    if (out->list != NULL) {
        out->list[out->count] = (struct php_token){.at = (uint32_t)lexer->len, .kind = PT_END};
    }
}

void php_lex(struct php_tokens *tokens, const struct php_words *words, struct str source, bool in_code)
{
    struct lexer lexer = {.out = tokens, .words = words, .data = source.data, .len = source.len};
    free(tokens->lines);
    tokens->lines = NULL;
    tokens->source = source;
    tokens->count = tokens->gate = tokens->variables = tokens->foreign = tokens->calls = tokens->halt_at = 0;
    tokens->is_letterless = false;
    tokens->is_cut = source.len > PHP_LEX_MAX_BYTES;
    lexer.len = tokens->is_cut ? PHP_LEX_MAX_BYTES : source.len;
    lexer.frames[0].kind = in_code ? FRAME_CODE : FRAME_HTML;
    if (source.len >= 3 && memcmp(source.data, "\xef\xbb\xbf", 3) == 0) {
        lexer.at = 3;
    }
    (void)push(&lexer, PT_HTML, ';', lexer.at, lexer.at);
    while (lexer.at < lexer.len && !lexer.is_halted) {
        switch (top(&lexer)->kind) {
        case FRAME_HTML:
            lex_html(&lexer);
            break;
        case FRAME_STRING:
            lex_string_part(&lexer);
            break;
        default:
            lex_code(&lexer);
            break;
        }
    }
    finish(&lexer);
}

static bool index_lines(struct php_tokens *tokens)
{
    struct str source = tokens->source;
    uint32_t count = 0, cap = 256;
    tokens->lines = calloc(cap, sizeof *tokens->lines);
    for (size_t at = 0; tokens->lines != NULL && at < source.len; at++) {
        const char *found = memchr(source.data + at, '\n', source.len - at);
        if (found == NULL) {
            break;
        }
        at = (size_t)(found - source.data);
        if (count == cap) {
            cap *= 2;
            uint32_t *larger = reallocarray(tokens->lines, cap, sizeof *larger);
            if (larger == NULL) {
                break;
            }
            tokens->lines = larger;
        }
        tokens->lines[count++] = (uint32_t)at;
    }
    tokens->line_count = count;
    return tokens->lines != NULL;
}

uint32_t php_line(struct php_tokens *tokens, uint32_t token)
{
    if (tokens->lines == NULL && !index_lines(tokens)) {
        return 1;
    }
    uint32_t offset = tokens->list[token].at, low = 0, high = tokens->line_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tokens->lines[middle] < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low + 1;
}

void php_tokens_free(struct php_tokens *tokens)
{
    free(tokens->list);
    free(tokens->lines);
    *tokens = (struct php_tokens){.list = NULL};
}

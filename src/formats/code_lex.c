/* One scanner with two habits: VB ends statements with lines and doubles its quotes; the curly languages have escapes. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/code_lex.h"

#include "base/banned.h"

enum { INNER_MAX = 4, DATE_MAX = 32 };

struct scan {
    struct code_tokens *out;
    struct arena *keep;
    const char *data;
    size_t len, at;
    uint32_t line;
    uint8_t language;
    unsigned inner;        /* depth of texts that hold expressions */
    size_t no_regex_until; /* the end of a line on which one began and never ended: another is not looked for */
};

/* ---- tokens ---- */

static struct code_token *push(struct code_tokens *out, uint8_t kind, uint8_t op, uint8_t language, struct str text,
                               uint32_t line)
{
    if (out->count + 1 >= out->cap) {
        uint32_t cap = out->cap != 0 ? out->cap * 2 : 1024;
        struct code_token *list = cap <= CODE_TOKENS_MAX ? realloc(out->list, cap * sizeof *list) : NULL;
        if (list == NULL) {
            out->is_cut = true;
            return NULL;
        }
        out->list = list;
        out->cap = cap;
    }
    struct code_token *token = &out->list[out->count++];
    *token = (struct code_token){.text = text, .line = line, .kind = kind, .op = op, .language = language};
    out->list[out->count] = (struct code_token){.text = STR(""), .line = line, .kind = CODE_END};
    return token;
}

static void add(struct scan *scan, uint8_t kind, size_t from, size_t to)
{
    (void)push(scan->out, kind, 0, scan->language, (struct str){scan->data + from, to - from}, scan->line);
}

/* A dot behind a blank keeps it as its text: in VB it may be a member of what a With names. */
static void add_op(struct scan *scan, uint8_t op)
{
    bool is_apart = op == '.' && scan->at > 1 && scan->data[scan->at - 2] == ' '; /* VB's scanner is behind it */
    (void)push(scan->out, CODE_OP, op, scan->language, is_apart ? STR(" ") : STR(""), scan->line);
}

void code_push(struct code_tokens *tokens, enum code_kind kind, enum code_language language, uint32_t line)
{
    (void)push(tokens, (uint8_t)kind, 0, (uint8_t)language, STR(""), line);
}

static unsigned char at(const struct scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->len ? (unsigned char)scan->data[scan->at + ahead] : 0;
}

static bool is_name_byte(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '$' || byte >= 0x80;
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static int hex_value(unsigned char byte)
{
    return is_digit(byte)               ? byte - '0'
           : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                        : -1;
}

static void skip_line(struct scan *scan)
{
    while (scan->at < scan->len && scan->data[scan->at] != '\n' && scan->data[scan->at] != '\r') {
        scan->at++;
    }
}

static void count_lines(struct scan *scan, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        scan->line += scan->data[i] == '\n';
    }
}

/* ---- quotes that word processors make of straight ones: CP1252, UTF-8, GBK ---- */

static size_t curly_quote(const struct scan *scan)
{
    unsigned char a = at(scan, 0), b = at(scan, 1), c = at(scan, 2);
    if (a == 0xe2 && b == 0x80 && (c == 0x9c || c == 0x9d)) {
        return 3;
    }
    if (a == 0xa1 && (b == 0xb0 || b == 0xb1)) {
        return 2;
    }
    return (a == 0x93 || a == 0x94) && (b < 0x80 || b == a) ? 1 : 0;
}

static void lex_curly_quoted(struct scan *scan, size_t quote)
{
    scan->at += quote;
    size_t from = scan->at;
    while (scan->at < scan->len && curly_quote(scan) == 0 && at(scan, 0) != '\n') {
        scan->at++;
    }
    add(scan, CODE_TEXT, from, scan->at);
    scan->at += curly_quote(scan);
}

/* ---- VB ---- */

/* "a""b": doubled quotes are undone in the arena only where there are any. */
static void lex_doubled(struct scan *scan, char quote, bool spans_lines)
{
    size_t from = ++scan->at, doubled = 0;
    while (scan->at < scan->len) {
        char byte = scan->data[scan->at];
        if (byte == quote && at(scan, 1) == (unsigned char)quote) {
            doubled++;
            scan->at += 2;
            continue;
        }
        if (byte == quote || (!spans_lines && (byte == '\n' || byte == '\r'))) {
            break;
        }
        scan->at++;
    }
    struct str text = {scan->data + from, scan->at - from};
    char *room = doubled != 0 ? arena_take(scan->keep, text.len + 1, NULL) : NULL;
    if (room != NULL) {
        size_t len = 0;
        for (size_t i = 0; i < text.len; i++) {
            room[len++] = text.data[i];
            i += text.data[i] == quote;
        }
        text = (struct str){room, len};
    }
    (void)push(scan->out, CODE_TEXT, 0, scan->language, text, scan->line);
    count_lines(scan, from, scan->at);
    scan->at += scan->at < scan->len && scan->data[scan->at] == quote;
}

static bool is_statement_start(const struct scan *scan)
{
    return scan->out->count == 0 || scan->out->list[scan->out->count - 1].kind == CODE_STOP;
}

static void lex_vb_name(struct scan *scan)
{
    size_t from = scan->at;
    while (scan->at < scan->len && is_name_byte(at(scan, 0)) && curly_quote(scan) == 0) {
        scan->at++;
    }
    struct str name = {scan->data + from, scan->at - from};
    if (str_eq_nocase(name, STR("rem")) && is_statement_start(scan)) {
        skip_line(scan);
        return;
    }
    if (str_eq(name, STR("_"))) { /* the statement goes on on the next line */
        size_t ahead = scan->at;
        while (ahead < scan->len &&
               (scan->data[ahead] == ' ' || scan->data[ahead] == '\t' || scan->data[ahead] == '\r')) {
            ahead++;
        }
        if (ahead < scan->len && scan->data[ahead] == '\n') {
            scan->line++;
            scan->at = ahead + 1;
            return;
        }
    }
    add(scan, CODE_NAME, from, scan->at);
}

static bool lex_vb_number(struct scan *scan)
{
    size_t from = scan->at;
    bool is_based = at(scan, 0) == '&' && (at(scan, 1) | 32) == 'h' && hex_value(at(scan, 2)) >= 0;
    if (!is_based && !is_digit(at(scan, 0))) {
        return false;
    }
    scan->at += is_based ? 2 : 0;
    while (is_based ? hex_value(at(scan, 0)) >= 0
                    : is_digit(at(scan, 0)) || (at(scan, 0) == '.' && is_digit(at(scan, 1)))) {
        scan->at++;
    }
    add(scan, CODE_NUMBER, from, scan->at);
    scan->at += is_based && at(scan, 0) == '&';
    return true;
}

static bool lex_vb_date(struct scan *scan)
{
    for (size_t i = 1; i < DATE_MAX && at(scan, 0) == '#'; i++) {
        if (at(scan, i) == '#') {
            add(scan, CODE_NUMBER, scan->at, scan->at + i + 1);
            scan->at += i + 1;
            return true;
        }
        if (at(scan, i) == '\n' || at(scan, i) == 0) {
            return false;
        }
    }
    return false;
}

static bool lex_vb_bracketed(struct scan *scan)
{
    size_t from = scan->at + 1, to = from;
    while (to < scan->len && is_name_byte((unsigned char)scan->data[to])) {
        to++;
    }
    if (to == from || to >= scan->len || scan->data[to] != ']') {
        return false;
    }
    add(scan, CODE_NAME, from, to);
    scan->at = to + 1;
    return true;
}

static void lex_vb_op(struct scan *scan)
{
    unsigned char a = at(scan, 0), b = at(scan, 1);
    uint8_t op = a;
    size_t len = 2;
    if (a == '<' && b == '>') {
        op = CO_NE;
    } else if ((a == '<' && b == '=') || (a == '=' && b == '<')) {
        op = CO_LE;
    } else if ((a == '>' && b == '=') || (a == '=' && b == '>')) {
        op = CO_GE;
    } else if (a == '&' && b == '=') {
        op = CO_SET_CONCAT;
    } else if (a == '+' && b == '=' && scan->language == CODE_VBNET) {
        op = CO_SET_ADD;
    } else {
        len = 1;
    }
    scan->at += len;
    if (op < 0x80 && op > ' ') {
        add_op(scan, op);
    } else if (op >= CO_EQ && len == 2) {
        add_op(scan, op);
    }
}

static void lex_vb(struct scan *scan)
{
    while (scan->at < scan->len && !scan->out->is_cut) {
        unsigned char byte = at(scan, 0);
        size_t quote = byte >= 0x80 ? curly_quote(scan) : 0;
        if (byte == '\n' || byte == '\r' || byte == ':') {
            add(scan, CODE_STOP, scan->at, scan->at);
            scan->line += byte == '\n';
            scan->at++;
        } else if (byte == '\'') {
            skip_line(scan);
        } else if (byte == '"') {
            lex_doubled(scan, '"', false);
        } else if (quote != 0) {
            lex_curly_quoted(scan, quote);
        } else if (lex_vb_number(scan) || lex_vb_date(scan) || (byte == '[' && lex_vb_bracketed(scan))) {
            continue;
        } else if (is_name_byte(byte)) {
            lex_vb_name(scan);
        } else {
            lex_vb_op(scan);
        }
    }
}

/* ---- the curly languages ---- */

static size_t put_utf8(char *into, unsigned long code)
{
    if (code < 0x80) {
        into[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        into[0] = (char)(0xc0 | code >> 6);
        into[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    into[0] = (char)(0xe0 | (code >> 12 & 15));
    into[1] = (char)(0x80 | (code >> 6 & 63));
    into[2] = (char)(0x80 | (code & 63));
    return 3;
}

/* \x41 \u0041: how many digits there are, their value in *ret_code. */
static size_t hex_digits(struct str raw, size_t from, size_t most, unsigned long *ret_code)
{
    size_t count = 0;
    *ret_code = 0;
    while (count < most && from + count < raw.len && hex_value((unsigned char)raw.data[from + count]) >= 0) {
        *ret_code = *ret_code * 16 + (unsigned long)hex_value((unsigned char)raw.data[from + count]);
        count++;
    }
    return count;
}

/* The escape at raw[i] (behind its backslash); appends what it means, returns the bytes it took. */
static size_t undo_escape(struct str raw, size_t i, char *into, size_t *len)
{
    static const char from[] = "ntrbf0", to[] = "\n\t\r\b\f\0";
    char byte = raw.data[i];
    unsigned long code;
    size_t digits;
    if (byte == 'u' || byte == 'x') {
        digits = hex_digits(raw, i + 1, byte == 'u' ? 4 : 2, &code);
        if (digits != 0) {
            *len += put_utf8(into + *len, code);
            return digits + 1;
        }
    }
    if (is_digit((unsigned char)byte) && byte < '8') { /* octal */
        code = 0;
        for (digits = 0;
             digits < 3 && i + digits < raw.len && raw.data[i + digits] >= '0' && raw.data[i + digits] < '8';
             digits++) {
            code = code * 8 + (unsigned long)(raw.data[i + digits] - '0');
        }
        *len += put_utf8(into + *len, code & 255);
        return digits;
    }
    const char *found = memchr(from, byte, sizeof from - 1);
    into[(*len)++] = found != NULL ? to[found - from] : byte;
    return 1;
}

static struct str unescape(struct scan *scan, struct str raw)
{
    char *room = memchr(raw.data, '\\', raw.len) != NULL ? arena_take(scan->keep, raw.len + 4, NULL) : NULL;
    if (room == NULL) {
        return raw;
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len;) {
        if (raw.data[i] != '\\' || i + 1 >= raw.len) {
            room[len++] = raw.data[i++];
        } else {
            i += 1 + undo_escape(raw, i + 1, room, &len);
        }
    }
    return (struct str){room, len};
}

static void lex_escaped(struct scan *scan, char quote)
{
    size_t from = ++scan->at;
    while (scan->at < scan->len && scan->data[scan->at] != quote && scan->data[scan->at] != '\n') {
        scan->at += scan->data[scan->at] == '\\' ? 2 : 1;
    }
    scan->at = scan->at < scan->len ? scan->at : scan->len;
    struct str text = unescape(scan, (struct str){scan->data + from, scan->at - from});
    (void)push(scan->out, CODE_TEXT, 0, scan->language, text, scan->line);
    scan->at += scan->at < scan->len && scan->data[scan->at] == quote;
}

static void lex_text_block(struct scan *scan) /* Java's """ */
{
    size_t from = scan->at + 3;
    size_t end = str_find((struct str){scan->data, scan->len}, STR("\"\"\""), from);
    end = end == SIZE_MAX ? scan->len : end;
    add(scan, CODE_TEXT, from < end ? from : end, end);
    count_lines(scan, scan->at, end);
    scan->at = end + 3 < scan->len ? end + 3 : scan->len;
}

static void lex_curly(struct scan *scan);

/* The end of an expression within a text: the partner of its opening brace. */
static size_t inner_end(const struct scan *scan, size_t from)
{
    size_t depth = 1, i = from;
    for (; i < scan->len && scan->data[i] != '\n'; i++) {
        depth += scan->data[i] == '{';
        depth -= scan->data[i] == '}';
        if (depth == 0) {
            break;
        }
    }
    return i;
}

static void lex_inner(struct scan *scan, size_t from, size_t to)
{
    add_op(scan, '+');
    add_op(scan, '(');
    struct scan inner = *scan;
    inner.data = scan->data + from;
    inner.len = to - from;
    inner.at = inner.no_regex_until = 0;
    inner.inner++;
    lex_curly(&inner);
    scan->line = inner.line;
    add_op(scan, ')');
    add_op(scan, '+');
}

/* $"a{b}c" (open is "{") and `a${b}c` (open is "${"): scan->at is behind the opening quote. */
static void lex_interpolated(struct scan *scan, char quote, struct str open)
{
    size_t from = scan->at;
    add_op(scan, '(');
    while (scan->at < scan->len && scan->data[scan->at] != quote) {
        struct str rest = {scan->data + scan->at, scan->len - scan->at};
        if (rest.data[0] == '\\') {
            scan->at += 2;
        } else if (str_starts(rest, open) && scan->inner < INNER_MAX) {
            add(scan, CODE_TEXT, from, scan->at);
            size_t inner = scan->at + open.len, end = inner_end(scan, inner);
            lex_inner(scan, inner, end);
            scan->at = end < scan->len ? end + 1 : scan->len;
            from = scan->at;
        } else {
            scan->line += rest.data[0] == '\n';
            scan->at++;
        }
    }
    scan->at = scan->at < scan->len ? scan->at : scan->len;
    add(scan, CODE_TEXT, from < scan->at ? from : scan->at, scan->at);
    add_op(scan, ')');
    scan->at += scan->at < scan->len;
}

/* Texts of all kinds. False: none begins here. */
static bool lex_curly_text(struct scan *scan)
{
    unsigned char a = at(scan, 0), b = at(scan, 1), c = at(scan, 2);
    size_t quote = a >= 0x80 ? curly_quote(scan) : 0;
    if (scan->language == CODE_CSHARP && a == '@' && b == '"') {
        scan->at++;
        lex_doubled(scan, '"', true);
    } else if (scan->language == CODE_CSHARP && a == '$' && (b == '"' || (b == '@' && c == '"'))) {
        scan->at += b == '"' ? 2 : 3;
        lex_interpolated(scan, '"', STR("{"));
    } else if (scan->language == CODE_JSCRIPT && a == '`') {
        scan->at++;
        lex_interpolated(scan, '`', STR("${"));
    } else if (scan->language == CODE_JAVA && a == '"' && b == '"' && c == '"') {
        lex_text_block(scan);
    } else if (a == '"' || a == '\'') {
        lex_escaped(scan, (char)a);
    } else if (quote != 0) {
        lex_curly_quoted(scan, quote);
    } else {
        return false;
    }
    return true;
}

static bool lex_comment(struct scan *scan)
{
    if (at(scan, 0) == '/' && at(scan, 1) == '/') {
        skip_line(scan);
        return true;
    }
    if (at(scan, 0) == '/' && at(scan, 1) == '*') {
        size_t end = str_find((struct str){scan->data, scan->len}, STR("*/"), scan->at + 2);
        end = end == SIZE_MAX ? scan->len : end + 2;
        count_lines(scan, scan->at, end);
        scan->at = end;
        return true;
    }
    if (at(scan, 0) == '#' && scan->language == CODE_CSHARP) { /* #region */
        skip_line(scan);
        return true;
    }
    return false;
}

/* May a '/' here begin a regular expression, and not divide? */
static bool is_before_regex(const struct scan *scan)
{
    const struct code_token *last = scan->out->count != 0 ? &scan->out->list[scan->out->count - 1] : NULL;
    return last == NULL || last->kind == CODE_STOP ||
           (last->kind == CODE_OP && last->op != ')' && last->op != ']' && last->op != '}');
}

static bool lex_regex(struct scan *scan)
{
    if (scan->language != CODE_JSCRIPT || at(scan, 0) != '/' || scan->at < scan->no_regex_until ||
        !is_before_regex(scan)) {
        return false;
    }
    size_t i = scan->at + 1;
    bool is_in_set = false;
    for (; i < scan->len && scan->data[i] != '\n' && (is_in_set || scan->data[i] != '/'); i++) {
        is_in_set = scan->data[i] == '[' || (is_in_set && scan->data[i] != ']');
        i += scan->data[i] == '\\';
    }
    if (i >= scan->len || scan->data[i] != '/') {
        scan->no_regex_until = i;
        return false;
    }
    add(scan, CODE_TEXT, scan->at + 1, i);
    scan->at = i + 1;
    while (is_name_byte(at(scan, 0))) {
        scan->at++;
    }
    return true;
}

static bool lex_curly_word(struct scan *scan)
{
    size_t from = scan->at;
    unsigned char byte = at(scan, 0);
    if (is_digit(byte)) {
        while (is_name_byte(at(scan, 0)) || (at(scan, 0) == '.' && is_digit(at(scan, 1)))) {
            scan->at++;
        }
        add(scan, CODE_NUMBER, from, scan->at);
        return true;
    }
    if (!is_name_byte(byte) && !(byte == '@' && is_name_byte(at(scan, 1)))) {
        return false;
    }
    scan->at += byte == '@';
    from = scan->at;
    while (is_name_byte(at(scan, 0))) {
        scan->at++;
    }
    add(scan, CODE_NAME, from, scan->at);
    return true;
}

struct longer {
    const char *text;
    uint8_t op;
};

static void lex_curly_op(struct scan *scan)
{
    static const struct longer ops[] = {
        {"===", CO_EQ},       {"!==", CO_NE},       {">>>", CO_SHR},      {"==", CO_EQ},        {"!=", CO_NE},
        {"<=", CO_LE},        {">=", CO_GE},        {"&&", CO_AND},       {"||", CO_OR},        {"??", CO_COALESCE},
        {"++", CO_INC},       {"--", CO_DEC},       {"<<", CO_SHL},       {"=>", CO_LAMBDA},    {"->", CO_LAMBDA},
        {"::", CO_COLONS},    {"+=", CO_SET_ADD},   {"-=", CO_SET_OTHER}, {"*=", CO_SET_OTHER}, {"/=", CO_SET_OTHER},
        {"%=", CO_SET_OTHER}, {"^=", CO_SET_OTHER}, {"|=", CO_SET_OTHER}, {"&=", CO_SET_OTHER}};
    /* All but one byte in a hundred is told from two tables; only what may be an operator of several bytes is searched for. */
    static const bool may_begin[256] = {
        ['='] = true, ['!'] = true, ['>'] = true, ['<'] = true, ['&'] = true, ['|'] = true, ['?'] = true,
        ['+'] = true, ['-'] = true, [':'] = true, ['*'] = true, ['/'] = true, ['%'] = true, ['^'] = true};
    static const bool may_follow[256] = {['='] = true, ['>'] = true, ['&'] = true, ['|'] = true, ['?'] = true,
                                         ['+'] = true, ['-'] = true, ['<'] = true, [':'] = true};
    struct str rest = {scan->data + scan->at, scan->len - scan->at};
    bool may_be_longer = may_begin[at(scan, 0)] && may_follow[at(scan, 1)];
    for (size_t i = 0; may_be_longer && i < sizeof ops / sizeof *ops; i++) {
        if (rest.data[0] == ops[i].text[0] && str_starts(rest, str_of(ops[i].text))) {
            add_op(scan, ops[i].op);
            scan->at += strlen(ops[i].text);
            return;
        }
    }
    if (rest.data[0] > ' ') {
        add_op(scan, (uint8_t)rest.data[0]);
    }
    scan->line += rest.data[0] == '\n';
    scan->at++;
}

static void lex_curly(struct scan *scan)
{
    while (scan->at < scan->len && !scan->out->is_cut) {
        if (!lex_comment(scan) && !lex_curly_text(scan) && !lex_regex(scan) && !lex_curly_word(scan)) {
            lex_curly_op(scan);
        }
    }
}

void code_lex(struct code_tokens *tokens, struct arena *keep, enum code_language language, struct str source,
              uint32_t line)
{
    struct scan scan = {.out = tokens,
                        .keep = keep,
                        .data = source.data,
                        .len = source.len < CODE_LEX_MAX_BYTES ? source.len : CODE_LEX_MAX_BYTES,
                        .line = line,
                        .language = (uint8_t)language};
    tokens->is_cut = tokens->is_cut || source.len > CODE_LEX_MAX_BYTES;
    if (code_is_vb(scan.language)) {
        lex_vb(&scan);
    } else {
        lex_curly(&scan);
    }
}

/* ---- partners ---- */

static uint8_t opening_of(uint8_t op)
{
    return op == ')' ? '(' : op == ']' ? '[' : op == '}' ? '{' : 0;
}

/* The stack of what is open lies in the tokens themselves: match of an open bracket is the one that was open before it. A closing
 * bracket that meets another kind than its own leaves it open: a ')' too many must not close a block. */
void code_match(struct code_tokens *tokens)
{
    uint32_t open = UINT32_MAX;
    for (uint32_t i = 0; i < tokens->count; i++) {
        struct code_token *token = &tokens->list[i];
        if (token->kind != CODE_OP) {
            continue;
        }
        if (token->op == '(' || token->op == '[' || token->op == '{') {
            token->match = open;
            open = i;
            continue;
        }
        uint8_t opening = opening_of(token->op);
        if (opening == 0 || open == UINT32_MAX) {
            continue;
        }
        if (opening == '{') { /* a brace ends brackets that were never closed */
            while (open != UINT32_MAX && tokens->list[open].op != '{') {
                uint32_t before = tokens->list[open].match;
                tokens->list[open].match = 0;
                open = before;
            }
        }
        if (open != UINT32_MAX && tokens->list[open].op == opening) {
            uint32_t before = tokens->list[open].match;
            tokens->list[open].match = i;
            token->match = open;
            open = before;
        }
    }
    while (open != UINT32_MAX) {
        uint32_t before = tokens->list[open].match;
        tokens->list[open].match = 0;
        open = before;
    }
}

void code_tokens_reset(struct code_tokens *tokens)
{
    if (tokens->cap > CODE_TOKENS_KEPT) {
        code_tokens_free(tokens);
    }
    tokens->count = 0;
    tokens->is_cut = false;
    code_push(tokens, CODE_STOP, CODE_JAVA, 1); /* so that no bracket is token 0, which means none */
}

void code_tokens_free(struct code_tokens *tokens)
{
    free(tokens->list);
    *tokens = (struct code_tokens){.list = NULL};
}

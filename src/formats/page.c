/* Parts are found by their marks alone, as the servers do it: the first "%>" ends a part, wherever it stands. */
#include "formats/page.h"
#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/php_words.h"
#include "formats/script_encode.h"

#include "base/banned.h"

enum { DIRECTIVE_MAX = 600, EL_MAX = 4096, WORDS_LOOK = 64 << 10 };

struct reader {
    struct page *page;
    struct arena *keep;
    enum page_kind kind;
    struct str bytes;
    size_t at, counted; /* counted: up to where line is right */
    uint32_t line;
    size_t el_clear, el_plain; /* no '}' before; none of interest begins before */
    bool is_all_code;          /* .ashx: what follows the directive */
    bool has_no_comment_end;   /* looked for to the end of the file: once is enough */
};

static uint32_t line_at(struct reader *reader, size_t offset)
{
    for (; reader->counted < offset && reader->counted < reader->bytes.len; reader->counted++) {
        reader->line += reader->bytes.data[reader->counted] == '\n';
    }
    return reader->line;
}

/* ---- what undoes encodings of a whole page ---- */

static int base64_value(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = byte != '\0' ? strchr(digits, byte) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* RFC 2152, as far as code needs it: what is beyond Latin-1 becomes '?'. */
static struct str from_utf7(struct arena *keep, struct str bytes)
{
    struct buf out = {.max = bytes.len + 1};
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] != '+') {
            buf_putc(&out, bytes.data[i]);
            continue;
        }
        uint32_t bits = 0;
        unsigned have = 0;
        size_t from = ++i;
        for (; i < bytes.len && base64_value(bytes.data[i]) >= 0; i++) {
            bits = bits << 6 | (uint32_t)base64_value(bytes.data[i]);
            have += 6;
            if (have >= 16) {
                have -= 16;
                uint32_t unit = bits >> have & 0xffff;
                buf_putc(&out, unit < 256 ? (char)unit : '?');
                bits &= (1U << have) - 1;
            }
        }
        if (i == from) {
            buf_putc(&out, '+');
        }
        i -= i < bytes.len && bytes.data[i] == '-' ? 0 : 1;
    }
    struct str decoded = out.failed ? bytes : arena_str(keep, buf_str(&out), NULL);
    buf_free(&out);
    return decoded.data != NULL ? decoded : bytes;
}

/* Java reads \u0065, with any number of u, before it reads anything else (JLS 3.3). */
static struct str from_java_escapes(struct arena *keep, struct str bytes)
{
    if (str_find(bytes, STR("\\u"), 0) == SIZE_MAX) {
        return bytes;
    }
    struct buf out = {.max = bytes.len + 1};
    for (size_t i = 0; i < bytes.len; i++) {
        size_t digits = i + 1;
        while (digits < bytes.len && bytes.data[i] == '\\' && bytes.data[digits] == 'u') {
            digits++;
        }
        uint32_t code = 0;
        bool is_escape = bytes.data[i] == '\\' && digits > i + 1 && digits + 4 <= bytes.len;
        for (size_t j = 0; is_escape && j < 4; j++) {
            is_escape = str_hex_digit(bytes.data[digits + j]) >= 0;
            code = code << 4 | (uint32_t)(str_hex_digit(bytes.data[digits + j]) & 15);
        }
        if (is_escape && code < 128) { /* what is beyond ASCII is no keyword and stays as it is */
            buf_putc(&out, (char)code);
            i = digits + 3;
        } else {
            buf_putc(&out, bytes.data[i]);
        }
    }
    struct str decoded = out.failed ? bytes : arena_str(keep, buf_str(&out), NULL);
    buf_free(&out);
    return decoded.data != NULL ? decoded : bytes;
}

static struct str from_xml(struct arena *keep, struct str text)
{
    static const struct {
        struct str from;
        char to;
    } entities[] = {
        {{"&lt;", 4}, '<'}, {{"&gt;", 4}, '>'}, {{"&amp;", 5}, '&'}, {{"&quot;", 6}, '"'}, {{"&apos;", 6}, '\''}};
    if (memchr(text.data, '&', text.len) == NULL && str_find(text, STR("<![CDATA["), 0) == SIZE_MAX) {
        return text;
    }
    struct buf out = {.max = text.len + 1};
    for (size_t i = 0; i < text.len;) {
        struct str rest = str_slice(text, i, text.len);
        size_t took = str_starts(rest, STR("<![CDATA[")) ? 9 : str_starts(rest, STR("]]>")) ? 3 : 0;
        for (size_t j = 0; took == 0 && rest.data[0] == '&' && j < sizeof entities / sizeof *entities; j++) {
            if (str_starts(rest, entities[j].from)) {
                buf_putc(&out, entities[j].to);
                took = entities[j].from.len;
            }
        }
        if (took == 0) {
            buf_putc(&out, text.data[i]);
        }
        i += took != 0 ? took : 1;
    }
    struct str decoded = out.failed ? text : arena_str(keep, buf_str(&out), NULL);
    buf_free(&out);
    return decoded.data != NULL ? decoded : text;
}

/* ---- languages ---- */

static bool has(struct str text, const char *word)
{
    return str_find_nocase(text, str_of(word), 0) != SIZE_MAX;
}

/* The value of language="..." in a directive or a script tag. */
static bool language_of(struct str tag, enum page_kind kind, enum code_language *ret_language)
{
    size_t at = str_find_nocase(tag, STR("language"), 0);
    if (at == SIZE_MAX) {
        return false;
    }
    struct str value = str_slice(tag, at + 8, at + 40);
    bool is_net = kind == PAGE_ASPX;
    if (kind == PAGE_JSP) {
        *ret_language = CODE_JAVA;
    } else if (has(value, "jscript") || has(value, "javascript") || has(value, "\"js\"")) {
        *ret_language = CODE_JSCRIPT;
    } else if (has(value, "c#") || has(value, "csharp") || has(value, "\"cs\"")) {
        *ret_language = CODE_CSHARP;
    } else if (has(value, "vb")) {
        *ret_language = is_net ? CODE_VBNET : CODE_VBSCRIPT;
    } else {
        return false;
    }
    return true;
}

/* ASP.NET's default is VB.NET, but copied fragments hold what they hold. */
static enum code_language guess_net(struct str bytes)
{
    struct str part = str_slice(bytes, 0, WORDS_LOOK);
    if (has(part, "\"unsafe\"") || (has(part, "eval(request") && has(part, ");"))) {
        return CODE_JSCRIPT;
    }
    if (has(part, "end sub") || has(part, "end function") || has(part, "dim ") || has(part, "end if")) {
        return CODE_VBNET;
    }
    return CODE_CSHARP;
}

static enum code_language guess(enum page_kind kind, struct str bytes)
{
    if (kind == PAGE_JSP) {
        return CODE_JAVA;
    }
    if (kind == PAGE_ASPX) {
        return guess_net(bytes);
    }
    size_t at = str_find_nocase(bytes, STR("eval(request"), 0); /* a one-liner: which of both it is, its end says */
    struct str end = at != SIZE_MAX && bytes.len < 300 ? str_slice(bytes, at, bytes.len) : STR("");
    return has(end, ";%>") || has(end, "'unsafe'") ? CODE_JSCRIPT : CODE_VBSCRIPT;
}

/* ---- parts ---- */

/* What a virus scanner leaves of code that it took out: as many blanks, on lines longer than anyone leaves empty. */
static bool is_wiped(struct str text)
{
    enum { BLANKS_MIN = 256, LINE_MIN = 64 };
    size_t lines = 1;
    for (size_t i = 0; i < text.len && text.len >= BLANKS_MIN; i++) {
        char byte = text.data[i];
        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') {
            return false;
        }
        lines += byte == '\n';
    }
    return text.len >= BLANKS_MIN && text.len / lines >= LINE_MIN;
}

static void lex_part(struct reader *reader, enum code_language language, size_t from, size_t to, bool is_echo)
{
    struct page *page = reader->page;
    struct str text = str_slice(reader->bytes, from, to);
    uint32_t line = line_at(reader, from);
    page->code_bytes += text.len;
    page->wiped_line = page->wiped_line == 0 && is_wiped(text) ? line : page->wiped_line;
    text = script_decode(reader->keep, text);
    code_push(&page->tokens, is_echo ? CODE_ECHO : CODE_STOP, language, line);
    code_lex(&page->tokens, reader->keep, language, text, line);
    code_push(&page->tokens, CODE_STOP, language, line);
}

static void lex_xml_part(struct reader *reader, size_t from, size_t to, bool is_echo)
{
    struct page *page = reader->page;
    uint32_t line = line_at(reader, from);
    struct str text = from_xml(reader->keep, str_slice(reader->bytes, from, to));
    page->code_bytes += text.len;
    code_push(&page->tokens, is_echo ? CODE_ECHO : CODE_STOP, CODE_JAVA, line);
    code_lex(&page->tokens, reader->keep, CODE_JAVA, text, line);
    code_push(&page->tokens, CODE_STOP, CODE_JAVA, line);
}

static void read_directive(struct reader *reader, size_t from, size_t to)
{
    struct str tag = str_slice(reader->bytes, from, to < from + DIRECTIVE_MAX ? to : from + DIRECTIVE_MAX);
    bool is_include =
        reader->kind == PAGE_JSP && str_eq(str_slice(str_trim(str_slice(tag, 1, tag.len)), 0, 7), STR("include"));
    bool is_derived =
        reader->kind == PAGE_ASPX && (has(tag, "masterpagefile=") || has(tag, "codebehind=") || has(tag, "codefile="));
    reader->page->is_part = reader->page->is_part || is_include || is_derived;
    (void)language_of(tag, reader->kind, &reader->page->language);
    reader->is_all_code =
        reader->is_all_code || (reader->kind == PAGE_ASPX && (has(tag, "webhandler") || has(tag, "webservice")));
}

static void read_percent(struct reader *reader)
{
    struct str bytes = reader->bytes;
    size_t from = reader->at + 2;
    char mark = from < bytes.len ? bytes.data[from] : '\0';
    if (mark == '-' && str_starts(str_slice(bytes, from, from + 2), STR("--"))) {
        size_t end = reader->has_no_comment_end ? SIZE_MAX : str_find(bytes, STR("--%>"), from);
        reader->has_no_comment_end = end == SIZE_MAX;
        reader->at = end == SIZE_MAX ? from : end + 4;
        return;
    }
    size_t end = str_find(bytes, STR("%>"), from);
    size_t to = end == SIZE_MAX ? bytes.len : end;
    if (mark == '@') {
        read_directive(reader, from, to);
    } else {
        bool is_echo = mark == '=' || (reader->kind == PAGE_ASPX && (mark == '#' || mark == ':'));
        bool is_marked = is_echo || (reader->kind == PAGE_JSP && mark == '!');
        lex_part(reader, reader->page->language, from + is_marked, to, is_echo);
    }
    reader->at = end == SIZE_MAX ? bytes.len : end + 2;
    if (reader->is_all_code && mark == '@') {
        lex_part(reader, reader->page->language, reader->at, bytes.len, false);
        reader->at = bytes.len;
    }
}

/* <script runat="server"> ... </script> */
static void read_script(struct reader *reader)
{
    struct str bytes = reader->bytes;
    size_t open = str_find(str_slice(bytes, 0, reader->at + DIRECTIVE_MAX), STR(">"), reader->at);
    struct str tag = open != SIZE_MAX ? str_slice(bytes, reader->at, open) : STR("");
    if (!has(tag, "server") && !has(tag, ".encode")) {
        reader->at += 7;
        return;
    }
    enum code_language language = reader->page->language;
    (void)language_of(tag, reader->kind, &language);
    size_t end = str_find_nocase(bytes, STR("</script"), open);
    end = end == SIZE_MAX ? bytes.len : end;
    lex_part(reader, language, open + 1, end, false);
    reader->at = end;
}

/* <jsp:scriptlet>, <jsp:expression>, <jsp:declaration>, whatever the prefix. */
static bool read_jsp_element(struct reader *reader)
{
    static const char *const names[] = {":scriptlet>", ":expression>", ":declaration>"};
    struct str head = str_slice(reader->bytes, reader->at, reader->at + 40);
    size_t prefix = 1;
    while (prefix < head.len && ((head.data[prefix] | 32) >= 'a' && (head.data[prefix] | 32) <= 'z')) {
        prefix++;
    }
    if (prefix == head.len || head.data[prefix] != ':') {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t name = str_find_nocase(head, str_of(names[i]), 1);
        size_t space = str_find(head, STR(" "), 0), mark = str_find(head, STR(">"), 0);
        if (name == SIZE_MAX || name > mark || name > space) {
            continue;
        }
        size_t from = reader->at + name + strlen(names[i]);
        size_t end = str_find_nocase(reader->bytes, str_of(names[i]), from);
        size_t to = end == SIZE_MAX ? reader->bytes.len : end;
        while (to > from && end != SIZE_MAX && reader->bytes.data[to] != '<') {
            to--;
        }
        lex_xml_part(reader, from, to, i == 1);
        reader->at = end == SIZE_MAX ? reader->bytes.len : end + strlen(names[i]);
        return true;
    }
    return false;
}

/* ${...} of a JSP that calls something. */
static bool read_el(struct reader *reader)
{
    size_t from = reader->at + 2;
    if (from < reader->el_plain) {
        return false;
    }
    size_t end = str_find(str_slice(reader->bytes, 0, from + EL_MAX), STR("}"),
                          from > reader->el_clear ? from : reader->el_clear);
    reader->el_clear = end != SIZE_MAX ? end : from + EL_MAX;
    struct str text = end != SIZE_MAX ? str_slice(reader->bytes, from, end) : STR("");
    if (memchr(text.data, '(', text.len) == NULL) {
        reader->el_plain = end != SIZE_MAX ? end : 0;
        return false;
    }
    lex_part(reader, CODE_JAVA, from, end, true);
    reader->at = end + 1;
    return true;
}

/* <object runat="server" id="x" progid="WScript.Shell">: as if the page said Set x = CreateObject("WScript.Shell"). */
static struct str attribute(struct str tag, const char *name)
{
    size_t at = str_find_nocase(tag, str_of(name), 0);
    struct str value = at != SIZE_MAX ? str_slice(tag, at + strlen(name), tag.len) : STR("");
    size_t from = 0, to;
    while (from < value.len && (value.data[from] == '"' || value.data[from] == '\'' || value.data[from] == ' ')) {
        from++;
    }
    for (to = from; to < value.len && value.data[to] != '"' && value.data[to] != '\'' && value.data[to] != ' ' &&
                    value.data[to] != '>';
         to++) {
    }
    return str_slice(value, from, to);
}

static void read_object(struct reader *reader)
{
    struct str bytes = reader->bytes;
    size_t end = str_find(str_slice(bytes, 0, reader->at + DIRECTIVE_MAX), STR(">"), reader->at);
    struct str tag = end != SIZE_MAX ? str_slice(bytes, reader->at, end + 1) : STR("");
    struct str id = attribute(tag, "id="), made = attribute(tag, "classid=");
    reader->at += 7;
    made = made.len == 0 ? attribute(tag, "progid=") : made;
    if (!has(tag, "server") || id.len == 0 || made.len == 0) {
        return;
    }
    OWN(own_buf) struct buf text = {.max = DIRECTIVE_MAX * 2};
    buf_puts(&text, "Set ");
    buf_put(&text, id);
    buf_puts(&text, " = CreateObject(\"");
    buf_put(&text, made);
    buf_puts(&text, "\")");
    struct str code = text.failed ? STR("") : arena_str(reader->keep, buf_str(&text), NULL);
    uint32_t line = line_at(reader, reader->at);
    if (code.len != 0) {
        code_lex(&reader->page->tokens, reader->keep, CODE_VBSCRIPT, code, line);
        code_push(&reader->page->tokens, CODE_STOP, CODE_VBSCRIPT, line);
    }
}

/* <asp:TextBox ID="x" runat="server">, <input id="x" runat="server">: x.Text and x.Value are the visitor's. */
static bool read_control(struct reader *reader)
{
    static const char *const heads[] = {"<asp:textbox",    "<asp:dropdownlist", "<asp:listbox",  "<asp:hiddenfield",
                                        "<asp:fileupload", "<asp:radio",        "<asp:checkbox", "<asp:combobox",
                                        "<input",          "<textarea",         "<select"};
    struct page *page = reader->page;
    struct str rest = str_slice(reader->bytes, reader->at, reader->at + DIRECTIVE_MAX);
    bool is_control = false;
    for (size_t i = 0; rest.len > 1 && i < sizeof heads / sizeof *heads && !is_control; i++) {
        is_control =
            (rest.data[1] | 32) == heads[i][1] && str_eq_nocase(str_slice(rest, 0, strlen(heads[i])), str_of(heads[i]));
    }
    if (!is_control || page->control_count == PAGE_CONTROLS_MAX) {
        return false;
    }
    size_t end = str_find(rest, STR(">"), 0);
    struct str tag = str_slice(rest, 0, end == SIZE_MAX ? rest.len : end), id = attribute(tag, " id=");
    if (id.len != 0 && has(tag, "server") && page->controls == NULL) {
        page->controls = arena_take(reader->keep, PAGE_CONTROLS_MAX * sizeof *page->controls, NULL);
    }
    if (id.len != 0 && has(tag, "server") && page->controls != NULL) {
        page->controls[page->control_count++] = id;
    }
    reader->at++;
    return true;
}

/* <!--#include file="x.jpg"--> of ASP and ASP.NET: the file is read as a part of the page. */
static void read_include(struct reader *reader)
{
    struct str tag = str_slice(reader->bytes, reader->at, reader->at + DIRECTIVE_MAX);
    size_t end = str_find(tag, STR("-->"), 0);
    tag = str_slice(tag, 0, end == SIZE_MAX ? 0 : end);
    struct str file = attribute(tag, "file="), path = file.len != 0 ? file : attribute(tag, "virtual=");
    if (reader->page->picture_line == 0 && php_is_picture(path)) {
        reader->page->picture_line = line_at(reader, reader->at);
    }
    reader->at += 4;
}

static void read_parts(struct reader *reader)
{
    struct str bytes = reader->bytes;
    bool has_el = reader->kind == PAGE_JSP;
    while (reader->at < bytes.len && !reader->page->tokens.is_cut) {
        char byte = bytes.data[reader->at], next = reader->at + 1 < bytes.len ? bytes.data[reader->at + 1] : '\0';
        if (byte == '<' && next == '%') {
            read_percent(reader);
        } else if (byte == '<' && (next | 32) == 's' && reader->kind != PAGE_JSP &&
                   str_eq_nocase(str_slice(bytes, reader->at, reader->at + 7), STR("<script"))) {
            read_script(reader);
        } else if (byte == '<' && (next | 32) == 'o' && reader->kind == PAGE_ASP &&
                   str_eq_nocase(str_slice(bytes, reader->at, reader->at + 7), STR("<object"))) {
            read_object(reader);
        } else if (byte == '<' && next == '!' && reader->kind != PAGE_JSP &&
                   str_eq_nocase(str_slice(bytes, reader->at, reader->at + 12), STR("<!--#include"))) {
            read_include(reader);
        } else if (byte == '<' && reader->kind == PAGE_ASPX && read_control(reader)) {
            continue;
        } else if (byte == '<' && has_el && read_jsp_element(reader)) {
            continue;
        } else if (has_el && (byte == '$' || byte == '#') && next == '{' && read_el(reader)) {
            continue;
        } else {
            reader->at++;
        }
    }
}

static void page_reset(struct page *page)
{
    struct code_tokens tokens = page->tokens;
    *page = (struct page){.tokens = tokens};
    code_tokens_reset(&page->tokens);
}

void page_read(struct page *page, struct arena *keep, enum page_kind kind, struct str bytes)
{
    page_reset(page);
    struct str head = str_slice(bytes, 0, DIRECTIVE_MAX);
    if (kind == PAGE_ASP && has(head, "codepage") && has(head, "65000")) {
        bytes = from_utf7(keep, bytes);
    }
    page->is_part = has(bytes, kind == PAGE_JSP ? "<jsp:include " : "<!--#include ");
    if (kind == PAGE_JSP) {
        bytes = from_java_escapes(keep, bytes);
    }
    page->language = guess(kind, bytes);
    struct reader reader = {.page = page, .keep = keep, .kind = kind, .bytes = bytes, .line = 1};
    read_parts(&reader);
    code_match(&page->tokens);
    page->is_cut = page->tokens.is_cut;
}

void page_read_code(struct page *page, struct arena *keep, enum code_language language, struct str text)
{
    page_reset(page);
    page->language = language;
    page->code_bytes = text.len;
    text = script_decode(keep, text);
    code_lex(&page->tokens, keep, language, text, 1);
    code_push(&page->tokens, CODE_STOP, language, 1);
    code_match(&page->tokens);
    page->is_cut = page->tokens.is_cut;
}

void page_free(struct page *page)
{
    code_tokens_free(&page->tokens);
}

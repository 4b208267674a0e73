/* Pages to tokens: what each language makes of the same marks, and that no page takes long, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "formats/page.h"

#include "base/banned.h"

enum { ARENA_BYTES = 64 << 20, WORST_BYTES = 1 << 20, WORST_SECONDS = 3 };

/* A run of stops is one bar, an echo <, an operator of more than one character ~; names, texts and numbers between marks. */
static void tell(const struct code_tokens *tokens, struct buf *out)
{
    bool is_stopped = true;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct code_token *token = &tokens->list[i];
        if (token->kind == CODE_STOP) {
            is_stopped = is_stopped || (buf_putc(out, '|'), true);
            continue;
        }
        is_stopped = false;
        if (token->kind == CODE_ECHO || token->kind == CODE_OP) {
            buf_putc(out, token->kind == CODE_ECHO ? '<' : token->op < CO_EQ ? (char)token->op : '~');
        } else {
            const char *quote = token->kind == CODE_TEXT ? "'" : token->kind == CODE_NUMBER ? "#" : " ";
            buf_puts(out, quote);
            buf_put(out, token->text);
            buf_puts(out, quote);
        }
    }
}

struct row {
    const char *name;
    enum page_kind kind;
    const char *page, *tokens;
    enum code_language language;
};

static void test_rows(void **state)
{
    static const struct row rows[] = {
        {"text is no code", PAGE_ASP, "a = b", "", CODE_VBSCRIPT},
        {"doubled quote", PAGE_ASP, "<% x = \"a\"\"b\" %>", " x ='a\"b'|", CODE_VBSCRIPT},
        {"comment", PAGE_ASP, "<% x 'y\nz %>", " x | z |", CODE_VBSCRIPT},
        {"rem is a comment at a statement's start only", PAGE_ASP, "<% rem y\nx.rem %>", " x . rem |", CODE_VBSCRIPT},
        {"continued line", PAGE_ASP, "<% x _\r\n y %>", " x  y |", CODE_VBSCRIPT},
        {"hexadecimal number, and two texts joined", PAGE_ASP, "<% &H41 & h %>", "#&H41#& h |", CODE_VBSCRIPT},
        {"bracketed name", PAGE_ASP, "<% [eval] %>", " eval |", CODE_VBSCRIPT},
        {"the mark ends a text too", PAGE_ASP, "<% x = \"a%>b\" %>", " x ='a'|", CODE_VBSCRIPT},
        {"curly quotes", PAGE_ASP,
         "<% x \xe2\x80\x9c"
         "a\xe2\x80\x9d %>",
         " x 'a'|", CODE_VBSCRIPT},
        {"script on the server", PAGE_ASP, "<script runat=server language=jscript>a/b</script>", " a / b |",
         CODE_VBSCRIPT},
        {"script in the browser", PAGE_ASP, "<script language=jscript>a/b</script>", "", CODE_VBSCRIPT},
        {"regular expression", PAGE_ASP, "<%@ language=JScript %><% a = /[/]b/g %>", " a ='[/]b'|", CODE_JSCRIPT},
        {"UTF-7", PAGE_ASP, "<%@ codepage=65000 %><% x +ACI-a+ACI- %>", " x 'a'|", CODE_VBSCRIPT},
        {"UTF-7's bytes in another code page", PAGE_ASP, "<%@ codepage=936 %><% x +y %>", " x + y |", CODE_VBSCRIPT},
        {"expression", PAGE_JSP, "<%= a %>", "< a |", CODE_JAVA},
        {"declaration", PAGE_JSP, "<%! int a; %>", " int  a ;|", CODE_JAVA},
        {"comment of the page", PAGE_JSP, "<%-- a --%><% b %>", " b |", CODE_JAVA},
        {"Java's escape before the language", PAGE_JSP, "<% \\uu0061b %>", " ab |", CODE_JAVA},
        {"escape in a text", PAGE_JSP, "<% \"\\x41\\101\" %>", "'AA'|", CODE_JAVA},
        {"JSPX", PAGE_JSP, "<jsp:scriptlet>a &lt; <![CDATA[b]]></jsp:scriptlet>", " a < b |", CODE_JAVA},
        {"another element", PAGE_JSP, "<jsp:include page=\"a\"/>", "", CODE_JAVA},
        {"EL that calls", PAGE_JSP, "${a.b('c')}", "< a . b ('c')|", CODE_JAVA},
        {"EL that shows", PAGE_JSP, "${a.b}", "", CODE_JAVA},
        {"EL that calls behind one that shows", PAGE_JSP, "${a}${b()}", "< b ()|", CODE_JAVA},
        {"handler", PAGE_ASPX, "<%@ WebHandler Language=\"C#\" %>class A{}", " class  A {}|", CODE_CSHARP},
        {"verbatim text", PAGE_ASPX, "<%@ Page Language=\"C#\" %><% @\"a\\\"\"b\" %>", "'a\\\"b'|", CODE_CSHARP},
        {"interpolated text", PAGE_ASPX, "<%@ Page Language=\"C#\" %><% $\"a{b}c\" %>", "('a'+( b )+'c')|",
         CODE_CSHARP},
        {"VB.NET", PAGE_ASPX, "<%@ Page Language=\"VB\" %><% x 'y %>", " x |", CODE_VBNET},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct page page = {.is_cut = false};
        struct arena keep;
        struct buf told = {.max = 1 << 16};
        arena_init(&keep, ARENA_BYTES);
        page_read(&page, &keep, rows[i].kind, str_of(rows[i].page));
        tell(&page.tokens, &told);
        if (!str_eq(buf_str(&told), str_of(rows[i].tokens)) || page.language != rows[i].language) {
            fail_msg("%s: '%.*s' in language %d", rows[i].name, STR_FMT(buf_str(&told)), (int)page.language);
        }
        buf_free(&told);
        page_free(&page);
        arena_clear(&keep);
    }
}

/* A block that is opened in one part and closed in another. */
static void test_brackets_across_parts(void **state)
{
    struct page page = {.is_cut = false};
    struct arena keep;
    (void)state;
    arena_init(&keep, ARENA_BYTES);
    page_read(&page, &keep, PAGE_JSP, STR("<% if (a) { %> text <% } %>"));
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < page.tokens.count; i++) {
        uint32_t match = page.tokens.list[i].match;
        pairs += match != 0;
        assert_true(match == 0 || page.tokens.list[match].match == i);
    }
    assert_int_equal(pairs, 4);
    page_free(&page);
    arena_clear(&keep);
}

/* A megabyte of what makes a careless reader look to the end again and again. */
static void test_worst_cases(void **state)
{
    static const struct {
        enum page_kind kind;
        const char *head, *again;
    } rows[] = {
        {PAGE_JSP, "", "<%--"},
        {PAGE_JSP, "", "<"},
        {PAGE_JSP, "", "${"},
        {PAGE_JSP, "<%", "("},
        {PAGE_JSP, "<%", "/*"},
        {PAGE_JSP, "<%", "\"\"\""},
        {PAGE_JSP, "", "<jsp:scriptlet>"},
        {PAGE_ASP, "", "<script"},
        {PAGE_ASP, "<%", "\""},
        {PAGE_ASP, "<%", "#@~^"},
        {PAGE_ASP, "<%", "["},
        {PAGE_ASP, "<%", "#"},
        {PAGE_ASP, "", "<%"},
        {PAGE_ASP, "<%@ language=JScript %><% ", "/["},
        {PAGE_ASP, "<%@ language=JScript %><% ", "`${"},
        {PAGE_ASPX, "<%@ Page Language=\"C#\" %><% ", "$\"{"},
        {PAGE_ASPX, "", "<script runat=server>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf bytes = {.max = WORST_BYTES + 100};
        struct page page = {.is_cut = false};
        struct arena keep;
        arena_init(&keep, ARENA_BYTES);
        buf_puts(&bytes, rows[i].head);
        while (bytes.len < WORST_BYTES) {
            buf_puts(&bytes, rows[i].again);
        }
        clock_t start = clock();
        page_read(&page, &keep, rows[i].kind, buf_str(&bytes));
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        print_message("%-16s %.3f s\n", rows[i].again, seconds);
        assert_true(seconds < WORST_SECONDS);
        buf_free(&bytes);
        page_free(&page);
        arena_clear(&keep);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_brackets_across_parts),
        cmocka_unit_test(test_worst_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

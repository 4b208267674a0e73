/* The specimens of tests/data/sweep/code.txt: each technique is found, its twin isn't. And the worst cases: what a
 * hostile page may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "sweep/code.h"
#include "sweep/gate.h"
#include "sweep/verdict.h"
#include "sweep_rows.h"

static unsigned script_of(struct str language)
{
    return str_eq(language, STR("jsp")) ? SCRIPT_JSP : str_eq(language, STR("asp")) ? SCRIPT_ASP : SCRIPT_ASPX;
}

static bool is_right(struct analyst *analyst, const struct row *row)
{
    struct found found = {.class = FOUND_NOTHING};
    size_t code = 0;
    struct str_cut language = str_cut(row->head, ' '), class = str_cut(language.tail, ' '),
                   confidence = str_cut(class.tail, ' '), decoded = str_cut(confidence.tail, ' ');
    bool is_complete = analyst_look(analyst, row->source, script_of(language.head), &found, &code);
    bool is_none = str_eq(class.head, STR("none"));
    enum found_class wanted = is_none ? FOUND_NOTHING : found_class_of(class.head);
    enum found_class got = found.class == FOUND_HINT ? FOUND_NOTHING : found.class;
    bool is_fine = is_complete && got == wanted &&
                   (is_none || found.confidence == found_confidence_of(confidence.head)) &&
                   (decoded.tail.len == 0 || has_decoded(&found, decoded.tail));
    if (!is_fine) {
        print_error("row %u (%.*s): found %s %s\n%.*s", row->number, STR_FMT(row->head), found_class_name(found.class),
                    found_confidence_name(found.confidence), STR_FMT(row->source));
    }
    found_clear(&found);
    return is_fine;
}

static void test_specimens(void **state)
{
    (void)state;
    struct buf text = {.max = 1 << 20};
    struct analyst *analyst = analyst_new(NULL);
    assert_non_null(analyst);
    assert_int_equal(file_read("tests/data/sweep/code.txt", 1 << 20, &text, NULL), 0);
    struct str rest = buf_str(&text);
    struct row row = {.number = 0};
    unsigned wrong = 0;
    while (next_row(&rest, &row)) {
        wrong += !is_right(analyst, &row);
    }
    assert_true(row.number > 40);
    assert_int_equal(wrong, 0);
    analyst_free(analyst);
    buf_free(&text);
}

static void test_reason_tells_the_way(void **state)
{
    (void)state;
    struct analyst *analyst = analyst_new(NULL);
    struct found found = {.class = FOUND_NOTHING};
    size_t code = 0;
    struct str source = STR("<%\nString c = request.getParameter(\"q\");\n\nRuntime.getRuntime().exec(c);\n%>");
    assert_true(analyst_look(analyst, source, SCRIPT_JSP, &found, &code));
    assert_int_equal(found.line, 4);
    const char *text = json_string_value(json_object_get(json_array_get(found.reasons, 0), "text"));
    assert_non_null(text);
    assert_non_null(strstr(text, "line 2"));
    assert_non_null(strstr(text, "line 4: the visitor's text is run as a command"));
    found_clear(&found);
    analyst_free(analyst);
}

/* unit, repeated; then the processor's time and the memory that its analysis takes. The bound leaves room for the
 * sanitizers' tenfold; what grows with the square of its input passes it by far. */
static void check_cost(enum page_kind kind, const char *head, const char *unit, size_t times, const char *tail)
{
    enum { SECONDS_MAX = 15 };
    struct buf text = {.max = 64 << 20};
    static struct code_analyst analyst;
    static struct php_facts facts;
    code_analyst_init(&analyst);
    buf_puts(&text, head);
    for (size_t i = 0; i < times; i++) {
        buf_puts(&text, unit);
    }
    buf_puts(&text, tail);
    assert_false(text.failed);
    clock_t began = clock();
    code_analyse(&analyst, kind, buf_str(&text), &facts);
    int64_t took = (int64_t)(clock() - began) * (NS_PER_S / CLOCKS_PER_SEC);
    if (took > SECONDS_MAX * NS_PER_S) {
        fail_msg("%zu bytes of '%s' took %lld ms", text.len, unit, (long long)(took / 1000000));
    }
    assert_true(analyst.heap.arena.used_bytes <= PHP_HEAP_BYTES);
    code_analyst_clear(&analyst);
    buf_free(&text);
}

static void test_worst_cases_are_linear(void **state)
{
    (void)state;
    check_cost(PAGE_ASP, "<% x = \"a\"", " & \"a\"", 170000, "\nExecute x %>");
    check_cost(PAGE_ASP, "<% x = \"ab\"\n", "x = x & x\n", 60, "Execute x %>");
    check_cost(PAGE_ASP, "<% Execute ", "(", 10000, "1 %>");
    check_cost(PAGE_ASP, "<% ", "If a Then\n", 90000, "%>");
    check_cost(PAGE_ASP, "<% ", "For i = 1 To 99\n", 60000, "%>");
    check_cost(PAGE_ASP, "<% ", "For i = 1 To 99 : ", 500, "Next %>");
    check_cost(PAGE_ASP, "<% ", "Function f(a) : f = f(f(a)) : End Function\n", 20000, "Execute f(1) %>");
    check_cost(PAGE_ASP, "<% ", "Execute \"\"\"\"", 500, "%>");
    check_cost(PAGE_ASP, "<% s = \"", "abcdefgh", 120000,
               "\"\nFor i = 1 To Len(s) : r = r & Chr(Asc(Mid(s, i, 1)) Xor 1) : Next\nExecute r %>");
    check_cost(PAGE_ASP,
               "<% Function d(s) : For i = 1 To Len(s) : d = d & Chr(Asc(Mid(s, i, 1)) + 1) : Next : End Function\n",
               "x = d(\"abcdefgh\")\n", 20000, "%>");
    check_cost(PAGE_ASP, "<% s = \"", "abcdefgh", 60000, "\"\nDo While s <> \"\" : s = Mid(s, 2) : Loop %>");
    check_cost(PAGE_ASP, "<% ", "Do While 1 = 1\n", 60000, "%>");
    check_cost(PAGE_ASP, "<% For i = 1 To 9 : ", "If 1 = 1 Then\n", 60000, "Next %>");
    check_cost(PAGE_ASP, "<% ", "With a\n.b c\n", 60000, "%>");
    check_cost(PAGE_ASP, "<% ", "Sub f(a) : b = a : a = Request(b) : End Sub\n", 20000, "f x : Execute x %>");
    check_cost(PAGE_JSP, "<% x = \"a\"", " + \"a\"", 170000, "; %>");
    check_cost(PAGE_JSP, "<% f(", "a.b(", 10000, "1); %>");
    check_cost(PAGE_JSP, "<% ", "if (a) {", 100000, "%>");
    check_cost(PAGE_JSP, "<%! ", "String f(String a) { return f(f(a)); }", 20000, "%>");
    check_cost(PAGE_JSP, "<% ", "for (int i = 0; i < 99; i++) ", 500, "x(); %>");
    check_cost(PAGE_JSP, "<% ", "if (a) ", 60000, "x(); %>");
    check_cost(PAGE_JSP, "<% ", "for (int i = 0; i < 99; i++) { x += i;", 10000, "%>");
    check_cost(PAGE_JSP, "<%! ", "void f(int a) { }", 20000, "%><% f(request.getParameter(\"a\")); %>");
    check_cost(PAGE_JSP, "<% x(", "new A() { void f() { y(", 10000, "1); %>");
    check_cost(PAGE_JSP, "<% List", "<List", 100000, "> x; %>");
    check_cost(PAGE_ASPX, "<%@ Page Language=\"C#\" %>", "<asp:TextBox ID=\"a\" runat=\"server\">", 30000,
               "<% x = a.Text; %>");
    check_cost(PAGE_ASPX, "<%@ Page Language=\"C#\" %>", "<input ", 150000, "");
    check_cost(PAGE_ASPX, "<%@ Page Language=\"C#\" %><% ", "x[", 100000, "1; %>");
    check_cost(PAGE_ASPX, "<%@ Page Language=\"C#\" %><% ", "y = a ? b : ", 50000, "1; %>");
    check_cost(PAGE_ASP, "<% ", "if a then ", 100000, " %>"); /* all on one line */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specimens),
        cmocka_unit_test(test_reason_tells_the_way),
        cmocka_unit_test(test_worst_cases_are_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

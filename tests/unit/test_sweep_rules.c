/* Each of our rules hits its specimen in tests/data/sweep/rules.txt and leaves the twin alone; no rule goes without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "sweep/gate.h"
#include "sweep/rules.h"

static unsigned bit_of(struct str language)
{
    return str_eq(language, STR("PHP"))    ? SCRIPT_PHP
           : str_eq(language, STR("JSP"))  ? SCRIPT_JSP
           : str_eq(language, STR("ASPX")) ? SCRIPT_ASPX
                                           : SCRIPT_ASP;
}

static bool is_hit(const struct found *found, struct str rule)
{
    size_t at;
    json_t *reason;
    char needle[100];
    (void)snprintf(needle, sizeof needle, "(rule %.*s)", STR_FMT(rule));
    json_array_foreach(found->reasons, at, reason)
    {
        if (strstr(json_string_value(json_object_get(reason, "text")), needle) != NULL) {
            return true;
        }
    }
    return false;
}

/* Returns 1 if the row expects a hit. */
static unsigned check_row(struct rules_scanner *scanner, struct str head, struct str source)
{
    struct str_cut language = str_cut(head, ' '), negation = str_cut(language.tail, ' ');
    bool is_not = str_eq(negation.head, STR("not"));
    struct str rule = is_not ? negation.tail : language.tail;
    struct found found = {.class = FOUND_NOTHING};
    assert_true(rules_scan(scanner, source, bit_of(language.head), &found));
    if (found.class != FOUND_NOTHING) { /* what says whether to scan at all never keeps a match away */
        assert_true(rules_may_match(scanner, source, bit_of(language.head), true));
    }
    if (is_hit(&found, rule) == is_not) {
        fail_msg("%.*s: %s\n%.*s", STR_FMT(head), is_not ? "hit" : "not hit", STR_FMT(source));
    }
    found_clear(&found);
    return !is_not;
}

static void test_rows(void **state)
{
    (void)state;
    struct err err = {.kind = ERR_NONE};
    struct buf text = {.max = 1 << 20};
    struct rules *rules = rules_load("data/rules", &err);
    assert_string_equal(err.text, "");
    struct rules_scanner *scanner = rules_scanner_new(rules, NULL);
    assert_int_equal(file_read("tests/data/sweep/rules.txt", 1 << 20, &text, NULL), 0);
    struct str rest = buf_str(&text);
    size_t hits = 0, begin;
    while ((begin = str_find(rest, STR("\n=== "), 0)) != SIZE_MAX) {
        struct str_cut cut = str_cut(str_slice(rest, begin + 5, rest.len), '\n');
        size_t end = str_find(cut.tail, STR("\n=== "), 0);
        hits += check_row(scanner, cut.head, end == SIZE_MAX ? cut.tail : str_slice(cut.tail, 0, end + 1));
        rest = end == SIZE_MAX ? STR("") : str_slice(cut.tail, end, cut.tail.len);
    }
    assert_true(hits + 1 >= rules_count(rules)); /* php_phpjiami's specimen is made below */
    rules_scanner_free(scanner);
    rules_free(rules);
    buf_free(&text);
}

static void test_foreign_names(void **state)
{
    (void)state;
    struct buf text = {.max = 1 << 16};
    struct rules *rules = rules_load("data/rules", NULL);
    struct rules_scanner *scanner = rules_scanner_new(rules, NULL);
    struct found found = {.class = FOUND_NOTHING};
    buf_puts(&text, "<?php ");
    for (unsigned i = 0; i < 60; i++) {
        buf_puts(&text, "$\xe4\x91\xa3\xf0='a';");
    }
    assert_true(rules_scan(scanner, buf_str(&text), SCRIPT_PHP, &found));
    assert_int_equal(found.class, FOUND_VENDOR_ENCODED);
    assert_string_equal(found.name, "PHPJiaMi");
    found_clear(&found);
    rules_scanner_free(scanner);
    rules_free(rules);
    buf_free(&text);
}

#define RULE(name, meta) "rule " name " { meta: class = \"shell\" what = \"-\" " meta " condition: true }\n"

static bool may_match(const char *rules_text, struct str source, unsigned scripts, bool has_sink)
{
    char directory[] = "/tmp/assay-rules-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/a.yar", directory);
    assert_int_equal(file_write(path, str_of(rules_text), NULL), 0);
    struct rules *rules = rules_load(directory, NULL);
    assert_non_null(rules);
    struct rules_scanner *scanner = rules_scanner_new(rules, NULL);
    bool may = rules_may_match(scanner, source, scripts, has_sink);
    rules_scanner_free(scanner);
    rules_free(rules);
    (void)unlink(path);
    (void)rmdir(directory);
    return may;
}

static void test_needs(void **state)
{
    (void)state;
    static const char marks[] = RULE("a", "language = \"PHP\" needs = \"alpha|Beta\"");
    static const char sink[] = RULE("a", "language = \"PHP\" needs_sink = true");
    static const char either[] = RULE("a", "language = \"PHP\" needs = \"alpha\" needs_sink = true");
    static const char two[] = RULE("a", "language = \"PHP\" needs = \"alpha\"") RULE("b", "language = \"PHP\"");
    static const char any[] = RULE("a", "needs = \"alpha\"");
    struct str none = STR("<?php echo 1;"), alpha = STR("<?php alpha();"), beta = STR("<?php Beta();");
    assert_false(may_match(marks, none, SCRIPT_PHP, true));
    assert_true(may_match(marks, alpha, SCRIPT_PHP, false));
    assert_true(may_match(marks, beta, SCRIPT_PHP, false));
    assert_false(may_match(marks, STR("<?php beta();"), SCRIPT_PHP, false)); /* as it is written */
    assert_false(may_match(marks, alpha, SCRIPT_ASP, true));                 /* no rule of that language */
    assert_true(may_match(marks, alpha, SCRIPT_ASP | SCRIPT_PHP, false));
    assert_false(may_match(sink, alpha, SCRIPT_PHP, false));
    assert_true(may_match(sink, none, SCRIPT_PHP, true));
    assert_true(may_match(either, alpha, SCRIPT_PHP, false));
    assert_true(may_match(either, none, SCRIPT_PHP, true));
    assert_false(may_match(either, none, SCRIPT_PHP, false));
    assert_true(may_match(two, none, SCRIPT_PHP, false)); /* one needs nothing */
    assert_true(may_match(any, alpha, SCRIPT_JSP, false));
    assert_false(may_match(any, none, SCRIPT_JSP, false));
}

/* The marks stand in a file's head: up to its last byte, and no further. */
static void test_needs_of_the_head(void **state)
{
    (void)state;
    enum { HEAD_BYTES = 4096 };
    static const char marks[] = RULE("a", "language = \"PHP\" needs = \"alpha\"");
    struct buf text = {.max = 1 << 16};
    while (text.len < HEAD_BYTES - strlen("alpha")) {
        buf_putc(&text, ' ');
    }
    buf_puts(&text, "alpha");
    assert_true(may_match(marks, buf_str(&text), SCRIPT_PHP, false));
    text.len -= strlen("alpha");
    buf_puts(&text, " alpha");
    assert_false(may_match(marks, buf_str(&text), SCRIPT_PHP, false));
    buf_free(&text);
}

/* More needs than are noted: every file is scanned, none is missed. */
static void test_too_many_needs(void **state)
{
    (void)state;
    struct buf text = {.max = 1 << 16};
    buf_puts(&text, "rule a { meta: class = \"shell\" what = \"-\" language = \"PHP\" needs = \"w0");
    for (unsigned i = 1; i < 60; i++) {
        buf_printf(&text, "|w%u.", i);
    }
    buf_puts(&text, "\" condition: true }\n");
    buf_putc(&text, '\0');
    assert_true(may_match(text.data, STR("<?php w59.();"), SCRIPT_PHP, false));
    buf_free(&text);
}

static void test_a_bad_rule_is_named(void **state)
{
    (void)state;
    char directory[] = "/tmp/assay-rules-XXXXXX";
    struct err err = {.kind = ERR_NONE};
    assert_non_null(mkdtemp(directory));
    char path[64];
    (void)snprintf(path, sizeof path, "%s/bad.yar", directory);
    assert_int_equal(file_write(path, STR("rule a { condition: nothing }\n"), NULL), 0);
    assert_null(rules_load(directory, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.text, "bad.yar:1"));
    (void)unlink(path);
    (void)rmdir(directory);
    assert_null(rules_load(directory, &err));
    assert_int_equal(err.kind, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_foreign_names),
        cmocka_unit_test(test_needs),          cmocka_unit_test(test_needs_of_the_head),
        cmocka_unit_test(test_too_many_needs), cmocka_unit_test(test_a_bad_rule_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sigma rules: expressions, values, conditions, and what is refused; each row a rule against a line that it means and one
 * that only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "trace/proxy.h"
#include "trace/regex.h"
#include "trace/sigma.h"

#include "base/banned.h"

/* ---- expressions ---- */

static void expressions(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *yes, *no;
    } rows[] = {
        {"abc", "xxabcxx", "xxabxx"},
        {"^abc$", "abc", "xabc"},
        {"a.c", "a-c", "a\nc"},
        {"(?s)a.c", "a\nc", "ac"},
        {"a*b", "b", "a"},
        {"^a+b$", "aaab", "b"},
        {"^ab?c$", "ac", "abbc"},
        {"^a{3}$", "aaa", "aa"},
        {"^a{2,3}$", "aaa", "aaaa"},
        {"^a{0,2}b$", "aab", "aaab"},
        {"^(ab){2,}$", "ababab", "ab"},
        {"^(a|bc)+d$", "abcad", "abd"},
        {"^(a|b|c){2}$", "cb", "c"},
        {"^x(|y)z$", "xz", "xyyz"},
        {"[a-c]x", "bx", "dx"},
        {"[^a-c]x", "dx", "ax"},
        {"[]x]", "]", "y"},
        {"\\d{1,3}\\.\\d", "12.5", "a.b"},
        {"[\\d.-]+$", "1.2-", "x"},
        {"\\bcat\\b", "a cat sat", "concat"},
        {"(?i)AbC", "xaBcx", "abd"},
        {"(?i)[a-c]$", "B", "d"},
        {"a(?i)b(?-i)c", "aBc", "aBC"},
        {"(?:x|y)+?z", "xyz", "z"},
        {"(?P<name>x)1", "x1", "y1"},
        {"\\x41\\t", "A\t", "A "},
        {"a{x", "a{x", "ax"},
        {".{150}",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaa"},
        {"(?m)^b", "a\nb", "ab"},
        {"^(([a-z])+)+$", "abcdef", "abc1"},
        {"(a*)*b", "aab", "aac"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        struct err err = {0};
        arena_init(&arena, 0);
        const struct regex_flags none = {0};
        const struct regex *regex = regex_compile(str_of(rows[i].pattern), none, &arena, &err);
        if (regex == NULL) {
            fail_msg("%s: %s", rows[i].pattern, err.text);
        }
        if (!regex_finds(regex, str_of(rows[i].yes)) || regex_finds(regex, str_of(rows[i].no))) {
            fail_msg("%s: '%s' %d, '%s' %d", rows[i].pattern, rows[i].yes, regex_finds(regex, str_of(rows[i].yes)),
                     rows[i].no, regex_finds(regex, str_of(rows[i].no)));
        }
        arena_clear(&arena);
    }
}

static void expressions_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"(?=a)b",
                                       "(?<!a)b",
                                       "(a)\\1",
                                       "(a",
                                       "a)",
                                       "[a",
                                       "*a",
                                       "a{2000}",
                                       "a{3,2}",
                                       "\\",
                                       "\\q",
                                       "[b-a]",
                                       "((((((((((a{900}){9}){9}){9}))))))))"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        struct err err = {0};
        const struct regex_flags none = {0};
        arena_init(&arena, 0);
        if (regex_compile(str_of(rows[i]), none, &arena, &err) != NULL || err.kind != ERR_FORMAT) {
            fail_msg("%s: taken, or %s", rows[i], err.text);
        }
        arena_clear(&arena);
    }
}

/* The pattern on which backtracking takes 2^30 steps. */
static void an_expression_that_cannot_be_made_slow(void **state)
{
    (void)state;
    struct arena arena;
    char text[4096];
    const struct regex_flags none = {0};
    arena_init(&arena, 0);
    memset(text, 'a', sizeof text);
    const struct regex *regex = regex_compile(STR("^(a|a|aa)+$x"), none, &arena, NULL);
    assert_non_null(regex);
    assert_false(regex_finds(regex, (struct str){text, sizeof text}));
    arena_clear(&arena);
}

static void literals(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *literal;
    } rows[] = {{"\\?d=[0-9]{1,3}", "?d="},
                {"a|b", ""},
                {"x(abc)def", "def"},
                {"abc?d", "ab"},
                {"ab{2}c", "a"},
                {"ab+c", "ab"},
                {"[abc]\\d", ""},
                {"AB\\.C", "ab.c"},
                {"abc*", "ab"},
                {"(?i)xyz", "xyz"}};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str found = regex_literal(str_of(rows[i].pattern), &arena);
        if (!str_eq(found, str_of(rows[i].literal))) {
            fail_msg("%s: %.*s", rows[i].pattern, STR_FMT(found));
        }
    }
    arena_clear(&arena);
}

/* ---- rules ---- */

struct made {
    struct log_line line;
    char text[1024];
};

static struct log_span put(struct made *made, const char *text)
{
    size_t len = strlen(text), at = made->line.len;
    assert_true(at + len < sizeof made->text);
    memcpy(made->text + at, text, len);
    made->line.len += (uint32_t)len;
    made->text[made->line.len++] = ' ';
    return (struct log_span){(uint32_t)at, (uint32_t)len};
}

/* "METHOD TARGET STATUS AGENT" */
static void make(struct made *made, const char *client, const char *text)
{
    memset(made, 0, sizeof *made);
    struct str_cut method = str_cut(str_of(text), ' '), target = str_cut(method.tail, ' '),
                   status = str_cut(target.tail, ' ');
    char part[512];
    made->line.text = made->text;
    made->line.class_id = LOG_PARSED;
    made->line.client = put(made, client);
    snprintf(part, sizeof part, "%.*s", STR_FMT(method.head));
    made->line.method = put(made, part);
    snprintf(part, sizeof part, "%.*s", STR_FMT(target.head));
    made->line.target = put(made, part);
    uint64_t number = 200;
    (void)str_u64(status.head, &number);
    made->line.status = (uint16_t)number;
    made->line.bytes = number * 10;
    snprintf(part, sizeof part, "%.*s", STR_FMT(status.tail));
    made->line.agent = put(made, part);
}

static struct sigma_rule *rule_of(const char *detection, struct arena *arena, struct err *err)
{
    struct sigma_rule *rule = NULL;
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "title: t\nid: i\nlogsource:\n    category: webserver\ndetection:\n%s", detection);
    return sigma_read(buf_str(&text), arena, &rule, err) == 0 ? rule : NULL;
}

/* Both ways: asked alone, and through the automaton that picks rules for a line. */
static bool matches(struct sigma_rule *rule, const char *client, const char *text)
{
    struct made made;
    struct arena arena;
    struct err err = {0};
    make(&made, client, text);
    arena_init(&arena, 0);
    struct sigma sigma = {.rules = &rule, .count = 1};
    sigma.words = words_build(sigma.rules, 1, &arena, &err);
    assert_non_null(sigma.words);
    struct sigma_tally tally;
    assert_int_equal(sigma_tally_init(&tally, &sigma, &err), 0);
    const struct hit hit = {.second = 1, .status = made.line.status};
    unsigned has = LOG_HAS_AGENT | LOG_HAS_BYTES;
    assert_int_equal(sigma_take(&tally, &made.line, LOG_WEB, has, str_of(client), &hit, &err), 0);
    struct sigma_view view = {.line = NULL};
    sigma_view_of(&view, &made.line, LOG_WEB, has, str_of(client));
    bool alone = sigma_matches(rule, &view), found = tally.count == 1;
    buf_free(&view.room);
    sigma_tally_free(&tally);
    arena_clear(&arena);
    if (alone != found) {
        fail_msg("%s: by itself %d, through the automaton %d", text, alone, found);
    }
    return found;
}

#define C "198.51.100.9"

static void rules(void **state)
{
    (void)state;
    static const struct {
        const char *detection, *yes, *no;
    } rows[] = {
        {" s:\n  cs-uri-query|contains: '/Bash'\n condition: s\n", "GET /x/bash?1 200 a", "GET /x/dash 200 a"},
        {" s:\n  cs-uri-query|contains|cased: 'Bash'\n condition: s\n", "GET /Bash 200 a", "GET /bash 200 a"},
        {" s:\n  cs-uri-query|startswith: 'cmd='\n condition: s\n", "GET /x?cmd=1 200 a", "GET /x?xcmd=1 200 a"},
        {" s:\n  cs-uri-query|endswith: 'z'\n condition: s\n", "GET /x?z 200 a", "GET /x?zy 200 a"},
        {" s:\n  cs-uri-query: '*?/dana/*'\n condition: s\n", "GET /a/../dana/x 200 a", "GET /b/danax 200 a"},
        {" s:\n  cs-uri-query|contains: 'union select'\n condition: s\n", "GET /x?a=1%20UNION+select 200 a",
         "GET /x?a=union-select 200 a"},
        {" s:\n  cs-uri-query|contains: '<script'\n condition: s\n", "GET /x?a=%253Cscript 200 a",
         "GET /x?a=script 200 a"},
        {" s:\n  cs-uri-query|contains: '%2e%2e'\n condition: s\n", "GET /%2E%2e/x 200 a", "GET /../x 200 a"},
        {" s:\n  cs-uri-stem: '/a'\n condition: s\n", "GET /a?b=1 200 a", "GET /ab 200 a"},
        {" s:\n  c-uri-extension:\n   - php\n   - asp\n condition: s\n", "GET /a/b.php?x 200 a", "GET /a.php/b 200 a"},
        {" s:\n  cs-uri-stem|contains:\n   - xabcy\n   - bc\n condition: s\n", "GET /xabcz 200 a", "GET /xacz 200 a"},
        {" s:\n  sc-status:\n   - 200\n   - 302\n condition: s\n", "GET / 302 a", "GET / 404 a"},
        {" s:\n  sc-status: 5*\n condition: s\n", "GET / 503 a", "GET / 405 a"},
        {" s:\n  sc-status|gte: 500\n condition: s\n", "GET / 500 a", "GET / 499 a"},
        {" s:\n  sc-bytes|lt: 3000\n condition: s\n", "GET / 200 a", "GET / 300 a"},
        {" s:\n  cs-user-agent: null\n condition: s\n", "GET / 200 -", "GET / 200 a"},
        {" s:\n  cs-user-agent|exists: true\n condition: s\n", "GET / 200 a", "GET / 200 -"},
        {" s:\n  cs-method|neq: GET\n condition: s\n", "POST / 200 a", "GET / 200 a"},
        {" s:\n  c-ip|cidr: '198.51.0.0/16'\n  cs-method: GET\n condition: s\n", "GET / 200 a", "POST / 200 a"},
        {" s:\n  cs-user-agent|re: 'x{2}y'\n condition: s\n", "GET / 200 axxyb", "GET / 200 axy"},
        {" s:\n  cs-user-agent|re|i: 'XY'\n condition: s\n", "GET / 200 axyb", "GET / 200 ax"},
        {" s:\n  cs-uri-query|base64: 'whoami'\n condition: s\n", "GET d2hvYW1p 200 a", "GET /d2hvYW1q 200 a"},
        {" s:\n  cs-uri-query|base64|contains: 'whoami'\n condition: s\n", "GET /?x=d2hvYW1p 200 a",
         "GET /?x=D2HVYW1P 200 a"},
        {" s:\n  cs-uri-query|base64offset|contains: 'whoami'\n condition: s\n", "GET /?x=YTt3aG9hbWk7 200 a",
         "GET /?x=YTt3aG9hbXk7 200 a"},
        {" s:\n  cs-uri-query|windash|contains: ' -c'\n condition: s\n", "GET /?x=+/c 200 a", "GET /?x=+_c 200 a"},
        {" keywords:\n  - 'mad*hatter'\n condition: keywords\n", "GET / 200 the-mad-red-hatter",
         "GET / 200 hatter-mad"},
        {" keywords:\n  '|all':\n   - 'one'\n   - 'two'\n condition: keywords\n", "GET /one 200 two",
         "GET /one 200 three"},
        {" keywords:\n  - 'a\\*b'\n condition: keywords\n", "GET / 200 xa*bx", "GET / 200 xaxbx"},
        {" s:\n  - cs-method: POST\n  - cs-uri-stem: /a\n condition: s\n", "GET /a 200 a", "GET /b 200 a"},
        {" s:\n  cs-uri-query|contains|all:\n   - one\n   - two\n condition: s\n", "GET /two?one 200 a",
         "GET /two 200 a"},
        {" a:\n  cs-method: GET\n b:\n  sc-status: 404\n condition: a and not b\n", "GET / 200 a", "GET / 404 a"},
        {" a:\n  cs-method: GET\n b:\n  sc-status: 404\n c:\n  sc-status: 403\n condition: a and (b or c)\n",
         "GET / 403 a", "GET / 200 a"},
        {" a:\n  cs-method: GET\n b:\n  sc-status: 404\n c:\n  sc-status: 403\n condition: a and b or c\n",
         "POST / 403 a", "POST / 404 a"},
        {" x_1:\n  cs-method: GET\n x_2:\n  sc-status: 404\n y:\n  cs-uri-stem: /a\n condition: all of x_* and y\n",
         "GET /a 404 a", "GET /a 200 a"},
        {" x_1:\n  cs-method: GET\n x_2:\n  sc-status: 404\n x_3:\n  cs-uri-stem: /a\n condition: 2 of them\n",
         "GET /b 404 a", "GET /b 200 a"},
        {" s:\n  cs-method: GET\n f:\n  cs-uri-stem: /ok\n condition: s and not 1 of f*\n", "GET /a 200 a",
         "GET /ok 200 a"},
        {" a:\n  cs-method: PUT\n b:\n  cs-method: MOVE\n condition:\n  - a\n  - b\n", "MOVE / 200 a", "GET / 200 a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        struct err err = {0};
        arena_init(&arena, 0);
        struct sigma_rule *rule = rule_of(rows[i].detection, &arena, &err);
        if (rule == NULL) {
            fail_msg("%s: %s", rows[i].detection, err.text);
        }
        if (!matches(rule, C, rows[i].yes) || matches(rule, C, rows[i].no)) {
            fail_msg("%s: yes %d, no %d", rows[i].detection, matches(rule, C, rows[i].yes),
                     matches(rule, C, rows[i].no));
        }
        arena_clear(&arena);
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *detection, *why;
    } rows[] = {
        {" s:\n  cs-method: GET\n condition: s | count() > 5\n", "8:13: condition: it counts"},
        {" s:\n  cs-method: GET\n condition: s and t\n", "names a search that is not there"},
        {" s:\n  cs-method: GET\n condition: s t\n", "and or or is missing"},
        {" s:\n  cs-method: GET\n condition: (s\n", "a ( without its )"},
        {" s:\n  cs-method: GET\n condition: 0 of s*\n", "a number, any or all"},
        {" s:\n  cs-method: GET\n condition: 1 of t*\n", "no search has such a name"},
        {" s:\n  cs-method|expand: '%x%'\n condition: s\n", "7:3: modifier 'expand'"},
        {" s:\n  cs-method|re: 'a(?!b)'\n condition: s\n", "look-around"},
        {" s:\n  sc-status|lt: many\n condition: s\n", "is no number"},
        {" s:\n  cs-method: []\n condition: s\n", "no values"},
        {" s:\n  cs-method:\n   a: b\n condition: s\n", "text or a number"},
        {" s: {}\n condition: s\n", "nothing to search for"},
        {" s:\n  cs-method: GET\n", "no condition"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        struct err err = {0};
        arena_init(&arena, 0);
        const struct sigma_rule *rule = rule_of(rows[i].detection, &arena, &err);
        if (rule != NULL || strstr(err.text, rows[i].why) == NULL) {
            fail_msg("%s: %s", rows[i].detection, rule != NULL ? "taken" : err.text);
        }
        arena_clear(&arena);
    }
}

/* Rules of category database speak of statements; those of web servers do not, and the other way round. */
static void statements(void **state)
{
    (void)state;
    static const char text[] = "2026-03-14 SELECT * FROM customers INTO OUTFILE '/tmp/x'";
    struct arena arena;
    struct err err = {0};
    struct sigma_rule *rules[2] = {NULL};
    arena_init(&arena, 0);
    assert_int_equal(
        sigma_read(
            STR("title: d\nlogsource: {category: database}\ndetection:\n k: ['select \\*', dump]\n condition: k\n"),
            &arena, &rules[0], &err),
        0);
    rules[1] = rule_of(" k:\n  - customers\n condition: k\n", &arena, &err);
    assert_non_null(rules[0]);
    assert_non_null(rules[1]);
    struct sigma sigma = {.rules = rules, .count = 2, .words = words_build(rules, 2, &arena, &err)};
    struct sigma_tally tally;
    assert_non_null(sigma.words);
    assert_int_equal(sigma_tally_init(&tally, &sigma, &err), 0);
    const struct log_line line = {.text = text, .len = sizeof text - 1, .statement = {11, sizeof text - 12}};
    const struct hit hit = {.second = 1};
    assert_int_equal(sigma_take(&tally, &line, LOG_DATABASE, 0, (struct str){"", 0}, &hit, &err), 0);
    assert_int_equal(tally.count, 1);
    assert_int_equal(tally.rows[0].rule, 0);
    assert_string_equal(tally.rows[0].examples[0].text, text + 11);
    const char *missing = NULL;
    assert_true(sigma_can_match(rules[0], LOG_DATABASE, 0, &missing));
    sigma_tally_free(&tally);
    arena_clear(&arena);
}

/* ---- trusted proxies ---- */

static void proxied(void **state)
{
    (void)state;
    static const struct {
        const char *peer, *list, *client;
        bool has_claims;
    } rows[] = {
        {"10.0.0.1", "203.0.113.5", "203.0.113.5", false},
        {"10.0.0.1", "192.0.2.1, 203.0.113.5", "203.0.113.5", true},
        {"10.0.0.1", "203.0.113.5, 10.9.9.9", "203.0.113.5", false},
        {"203.0.113.9", "192.0.2.1", "203.0.113.9", false},
        {"10.0.0.1", "-", "10.0.0.1", false},
        {"10.0.0.1", "203.0.113.5, unknown", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.7", "10.0.0.7", false},
        {"10.0.0.1", "[2001:db8::5]:443", "2001:db8::5", false},
        {"10.0.0.1", "203.0.113.5:1234", "203.0.113.5", false},
        {"2001:db8:a::1", "203.0.113.5", "203.0.113.5", false},
        {"2001:db8:b::1", "203.0.113.5", "2001:db8:b::1", false},
    };
    static const char *const texts[] = {"10.0.0.0/8", "2001:db8:a::/48"};
    struct arena arena;
    struct proxies *proxies = NULL;
    struct err err = {0};
    arena_init(&arena, 0);
    assert_int_equal(proxies_read(texts, 2, &arena, &proxies, &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str found = proxy_client(proxies, str_of(rows[i].peer), str_of(rows[i].list));
        bool claims = proxy_has_claims(proxies, str_of(rows[i].list));
        if (!str_eq(found, str_of(rows[i].client)) ||
            (rows[i].client != rows[i].peer && claims != rows[i].has_claims)) {
            fail_msg("%s, %s: %.*s %d", rows[i].peer, rows[i].list, STR_FMT(found), claims);
        }
    }
    static const char *const wrong[] = {"10.0.0.0/33", "ten", "", "10.0.0.0/", "2001:db8::/129", "10.0.0/8"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct network network;
        if (network_of(str_of(wrong[i]), &network)) {
            fail_msg("'%s' is taken for a network", wrong[i]);
        }
    }
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions),
        cmocka_unit_test(expressions_refused),
        cmocka_unit_test(an_expression_that_cannot_be_made_slow),
        cmocka_unit_test(literals),
        cmocka_unit_test(rules),
        cmocka_unit_test(refused),
        cmocka_unit_test(statements),
        cmocka_unit_test(proxied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

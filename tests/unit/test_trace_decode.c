/* Commands in queries: what decodes, how it is said, and what must be left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "trace/decode.h"

#include "base/banned.h"

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *query, *how, *text; /* how NULL: nothing is told */
        bool is_command;
    } rows[] = {
        {"wp_meta=WyJpZCJd", "base64+json-argv", "id", true},
        {"x=WyJscyIsIi1sYSJd", "base64+json-argv", "ls -la", true},
        {"x=%5B%22ls%22%2C%22-la%22%5D", "json-argv", "ls -la", true},
        {"x=d2hvYW1p", "base64", "whoami", true},
        {"x=bHM%3D", "base64", "ls", true},
        {"x=Y2F0IC9ldGMvcGFzc3dk", "base64", "cat /etc/passwd", true},
        {"x=WTJGMElDOWxkR012Y0dGemMzZGs", "base64+base64", "cat /etc/passwd", true},
        {"x=6c73202d6c61", "hex", "ls -la", true},
        {"x=0x6c73202d6c61", "hex", "ls -la", true},
        {"x=H4sIAAAAAAACA8utLC7MSSnNLVAozsgvULBT0C/JLdCvAACjovS0FwAAAA==", "base64+gzip", "mysqldump shop > /tmp/x",
         true},
        {"cmd=ls+-la", "text", "ls -la", true},
        {"cmd=id", "text", "id", true},
        {"host=127.0.0.1%3Bcat+/etc/passwd", "text", "127.0.0.1;cat /etc/passwd", true},
        {"x=a%26%26whoami", "text", "a&&whoami", true},
        {"x=$(id)", "text", "$(id)", true},
        {"cmd=connect", NULL, NULL, false},
        {"q=shoes", NULL, NULL, false},
        {"q=find+shoes", NULL, NULL, false},
        {"id=12345678", NULL, NULL, false},
        {"date=20260314", NULL, NULL, false},
        {"h=d41d8cd98f00b204e9800998ecf8427e", NULL, NULL, false},
        {"u=username", NULL, NULL, false},
        {"name=Margaret", NULL, NULL, false},
        {"a=cats%3B+dogs", NULL, NULL, false},
        {"a=R%26D+category", NULL, NULL, false},
        {"", NULL, NULL, false},
        {"====&&&&", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        struct decoded found[DECODED_MAX];
        arena_init(&arena, 0);
        size_t count = decode_query(str_of(rows[i].query), &arena, found);
        bool is_right = rows[i].how == NULL ? count == 0
                                            : count == 1 && strcmp(found[0].how, rows[i].how) == 0 &&
                                                  str_eq(found[0].text, str_of(rows[i].text)) &&
                                                  found[0].is_command == rows[i].is_command;
        if (!is_right) {
            fail_msg("%s: %zu, %s '%.*s'", rows[i].query, count, count > 0 ? found[0].how : "",
                     STR_FMT(count > 0 ? found[0].text : STR("")));
        }
        arena_clear(&arena);
    }
}

/* Longer than is kept: cut, and said. */
static void a_long_text_is_cut(void **state)
{
    (void)state;
    char query[4096] = "x=";
    struct arena arena;
    struct decoded found[DECODED_MAX];
    arena_init(&arena, 0);
    size_t len = 2;
    while (len + 8 < sizeof query) { /* "aaa" in base64 */
        memcpy(query + len, "YWFh", 4);
        len += 4;
    }
    size_t count = decode_query((struct str){query, len}, &arena, found);
    assert_int_equal(count, 1);
    assert_true(found[0].is_cut);
    assert_int_equal(found[0].text.len, DECODE_TEXT);
    arena_clear(&arena);
}

static void commands(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_command;
    } rows[] = {{"ls", true},           {"/bin/ls -la", true}, {"ls-la", false},    {"lsx", false},
                {"php://input", false}, {" id ", true},        {"a;id", true},      {"a;ideal", false},
                {"`id`", true},         {"x|whoami", true},    {"cat & dog", true}, {"bin/ls", false},
                {"rock'n'roll", false}, {"", false},           {"identity", false}, {"a; b; c", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (text_is_command(str_of(rows[i].text)) != rows[i].is_command) {
            fail_msg("'%s'", rows[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(a_long_text_is_cut),
                                       cmocka_unit_test(commands)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

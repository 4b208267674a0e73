/* Rows of PHP and the tokens it must become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "formats/php_lex.h"

/* One letter a token, and its text: V variable, N name, # number, S string, B T F parts of a string, E echo,
 * C cast, H text outside; operators are themselves, longer ones "2". */
static void show(struct buf *out, const struct php_tokens *tokens)
{
    static const char letters[] = {
        [PT_END] = '.',    [PT_HTML] = 'H',   [PT_ECHO] = 'E',   [PT_VAR] = 'V', [PT_NAME] = 'N',
        [PT_NUMBER] = '#', [PT_SINGLE] = 'S', [PT_DOUBLE] = 'S', [PT_RAW] = 'S', [PT_BEGIN] = 'B',
        [PT_TEXT] = 'T',   [PT_FINISH] = 'F', [PT_CAST] = 'C'};
    for (uint32_t i = 1; i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        struct str text = php_text(tokens, token);
        if (token->kind == PT_OP) {
            buf_putc(out, token->op < 128 ? (char)token->op : '2');
            continue;
        }
        buf_printf(out, "%c<%.*s>", letters[token->kind], STR_FMT(text));
    }
}

struct row {
    const char *source, *tokens;
};

static const struct row rows[] = {
    {"<?php $a=1;", "H<>V<a>=#<1>;"},
    {"x<?= $a ?>y", "H<x>E<>V<a>H<y>"},
    {"<?xml ?><?php a", "H<<?xml ?>>N<a>"},
    {"<?php // a ?>b", "H<>H<b>"},
    {"<?php # a\nb /* ?> */ c", "H<>N<b>N<c>"},
    {"<?php #[A] b", "H<>#[N<A>]N<b>"},
    {"<?php 'a\\'b'", "H<>S<a\\'b>"},
    {"<?php '' b", "H<>S<>N<b>"},
    {"<?php 'a\\\\' b", "H<>S<a\\\\>N<b>"},
    {"<?php '\\'' b", "H<>S<\\'>N<b>"},
    {"<?php '\\'\\'\\\\' b 'c'", "H<>S<\\'\\'\\\\>N<b>S<c>"},
    {"<?php '\\a\\\\\\'b' c", "H<>S<\\a\\\\\\'b>N<c>"},
    {"<?php 'a\\", "H<>S<a\\>"},
    {"<?php 'a\\'", "H<>S<a\\'>"},
    {"<?php '", "H<>S<>"},
    {"<?php /* a\nb", "H<>N<b>"},
    {"<?php /* a */ b /* c\nd /* e\nf", "H<>N<b>N<d>N<f>"},
    {"<?php \"a\"", "H<>S<a>"},
    {"<?php \"a$b\"", "H<>B<>T<a>V<b>T<>F<>"},
    {"<?php \"$b[k]\"", "H<>B<>T<>V<b>[S<k>]T<>F<>"},
    {"<?php \"$b[0]c\"", "H<>B<>T<>V<b>[#<0>]T<c>F<>"},
    {"<?php \"$b->c d\"", "H<>B<>T<>V<b>2N<c>T< d>F<>"},
    {"<?php \"{$b['k']}\"", "H<>B<>T<>(V<b>[S<k>])T<>F<>"},
    {"<?php \"${b}\"", "H<>B<>T<>V<b>T<>F<>"},
    {"<?php \"${b.c}\"", "H<>B<>T<>${N<b>.N<c>}T<>F<>"},
    {"<?php \"a{b\"", "H<>S<a{b>"},
    {"<?php `a $b`", "H<>B<>T<a >V<b>T<>F<>"},
    {"<?php <<<X\na $b\nX;c", "H<>B<>T<a >V<b>T<>F<>;N<c>"},
    {"<?php <<<'X'\na $b\n  X;c", "H<>S<a $b>;N<c>"},
    {"<?php <<<X\nX;c", "H<>S<>;N<c>"},
    {"<?php <<<X\nabc", "H<>S<abc>"},
    {"<?php \"abc", "H<>S<abc>"},
    {"<?php \"a$b", "H<>B<>T<a>V<b>F<>"},
    {"<?php (int)$a", "H<>C<(int)>V<a>"},
    {"<?php ( string ) $a", "H<>C<( string )>V<a>"},
    {"<?php (int $a)", "H<>(N<int>V<a>)"},
    {"<?php \\a\\b\\C::d", "H<>N<C>2N<d>"},
    {"<?php 0x1F 1.5e3 1_000 .5", "H<>#<0x1F>#<1.5e3>#<1_000>#<.5>"},
    {"<?php $a?\?=$b<=>$c", "H<>V<a>2V<b>2V<c>"},
    {"<?php $$a ${'b'}", "H<>$V<a>${S<b>}"},
    {"<script language=\"php\">a</script>b", "H<>N<a>H<b>"},
    {"<?php __halt_compiler(); <?php a", "H<>N<__halt_compiler>"},
    {"\xef\xbb\xbf<?php a", "H<>N<a>"},
    {"<?PHP a", "H<>N<a>"},
    {"<? a", "H<>N<a>"},
    {"", ""},
    {"<?php", "H<>"},
};

static void test_rows(void **state)
{
    (void)state;
    struct php_words *words = php_words_new(NULL);
    struct php_tokens tokens = {.list = NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf shown = {.max = 4096};
        php_lex(&tokens, words, str_of(rows[i].source), false);
        show(&shown, &tokens);
        buf_putc(&shown, '\0');
        assert_string_equal(shown.data, rows[i].tokens);
        assert_int_equal(tokens.list[tokens.count].kind, PT_END);
        buf_free(&shown);
    }
    php_tokens_free(&tokens);
    php_words_free(words);
}

/* Every token lies in the source; partners point at each other. */
static void check_sane(const struct php_tokens *tokens)
{
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        assert_true((size_t)token->at + token->len <= tokens->source.len);
        if (token->kind == PT_OP && token->match != 0) {
            assert_true(token->match < tokens->count);
            assert_int_equal(tokens->list[token->match].match, i);
        }
    }
}

/* Every prefix of a text with everything in it, and every single byte changed. */
static void test_never_fails(void **state)
{
    (void)state;
    static const char all[] =
        "a<?php $a='x\\'';\"b{$c[\"d$e\"]}${f}\";`g $h`;<<<X\ni {$j}\nX;<<<'Y'\nk\nY;(int)$l[0]{1}->m();?>n<?=$o?><script language=php>p</script>";
    struct php_words *words = php_words_new(NULL);
    struct php_tokens tokens = {.list = NULL};
    for (size_t length = 0; length < sizeof all; length++) {
        php_lex(&tokens, words, (struct str){all, length}, false);
        check_sane(&tokens);
        php_lex(&tokens, words, (struct str){all, length}, true);
        check_sane(&tokens);
    }
    for (size_t at = 0; at < sizeof all; at++) {
        char changed[sizeof all];
        memcpy(changed, all, sizeof all);
        for (unsigned byte = 1; byte < 256; byte += 7) {
            changed[at] = (char)byte;
            php_lex(&tokens, words, (struct str){changed, sizeof all - 1}, false);
            check_sane(&tokens);
        }
    }
    php_tokens_free(&tokens);
    php_words_free(words);
}

/* unit, repeated to a megabyte within single quotes; then what follows is still read. */
static void check_long(const char *unit)
{
    enum { BYTES = 1 << 20, SECONDS_MAX = 5 };
    struct buf text = {.max = 4 << 20};
    struct php_words *words = php_words_new(NULL);
    struct php_tokens tokens = {.list = NULL};
    buf_puts(&text, "<?php '");
    while (text.len < BYTES) {
        buf_puts(&text, unit);
    }
    buf_puts(&text, "' b");
    assert_false(text.failed);
    clock_t began = clock();
    php_lex(&tokens, words, buf_str(&text), false);
    assert_true(clock() - began < SECONDS_MAX * CLOCKS_PER_SEC);
    assert_int_equal(tokens.list[2].kind, PT_SINGLE);
    assert_int_equal(tokens.list[2].len, text.len - strlen("<?php '' b"));
    assert_int_equal(tokens.list[3].kind, PT_NAME);
    php_tokens_free(&tokens);
    php_words_free(words);
    buf_free(&text);
}

static void test_escapes_are_linear(void **state)
{
    (void)state;
    check_long("\\'");
    check_long("\\\\");
    check_long("\\\\\\'");
    check_long("a\\n");
}

static void test_lines(void **state)
{
    (void)state;
    struct php_words *words = php_words_new(NULL);
    struct php_tokens tokens = {.list = NULL};
    php_lex(&tokens, words, STR("<?php a\n\nb\n'c\nd' e"), false);
    static const unsigned lines[] = {1, 1, 1, 3, 4, 5};
    for (uint32_t i = 0; i < tokens.count; i++) {
        assert_int_equal(php_line(&tokens, i), lines[i]);
    }
    php_tokens_free(&tokens);
    php_words_free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_never_fails),
        cmocka_unit_test(test_escapes_are_linear),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

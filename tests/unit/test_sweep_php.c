/* The specimens of tests/data/sweep/php.txt: each technique is found, its twin isn't. And the worst cases: what a
 * hostile file may cost. */
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
#include "sweep/gate.h"
#include "sweep/php.h"
#include "sweep/verdict.h"
#include "sweep_rows.h"

static void check_row(struct analyst *analyst, const struct row *row)
{
    struct found found = {.class = FOUND_NOTHING};
    size_t code = 0;
    assert_true(analyst_look(analyst, row->source, SCRIPT_PHP, &found, &code));
    struct str_cut class = str_cut(row->head, ' '), confidence = str_cut(class.tail, ' '),
                   decoded = str_cut(confidence.tail, ' ');
    bool is_none = str_eq(class.head, STR("none"));
    enum found_class wanted = is_none ? FOUND_NOTHING : found_class_of(class.head);
    enum found_class got = found.class == FOUND_HINT ? FOUND_NOTHING : found.class;
    if (got != wanted || (!is_none && found.confidence != found_confidence_of(confidence.head)) ||
        (decoded.tail.len != 0 && !has_decoded(&found, decoded.tail))) {
        fail_msg("row %u (%.*s): found %s %s\n%.*s", row->number, STR_FMT(row->head), found_class_name(found.class),
                 found_confidence_name(found.confidence), STR_FMT(row->source));
    }
    found_clear(&found);
}

static void test_specimens(void **state)
{
    (void)state;
    struct buf text = {.max = 1 << 20};
    struct analyst *analyst = analyst_new(NULL);
    assert_non_null(analyst);
    assert_int_equal(file_read("tests/data/sweep/php.txt", 1 << 20, &text, NULL), 0);
    struct str rest = buf_str(&text);
    struct row row = {.number = 0};
    while (next_row(&rest, &row)) {
        check_row(analyst, &row);
    }
    assert_true(row.number > 300);
    analyst_free(analyst);
    buf_free(&text);
}

static void test_reason_tells_the_way(void **state)
{
    (void)state;
    struct analyst *analyst = analyst_new(NULL);
    struct found found = {.class = FOUND_NOTHING};
    size_t code = 0;
    struct str source = STR("<?php\n$f = \"sy\" . \"st\" . \"em\";\n\necho $f($_POST[\"q\"]);\n");
    assert_true(analyst_look(analyst, source, SCRIPT_PHP, &found, &code));
    assert_int_equal(found.line, 4);
    const char *text = json_string_value(json_object_get(json_array_get(found.reasons, 1), "text"));
    assert_string_equal(text,
                        "field \"q\" of $_POST, line 4 -> system, line 4: the visitor's text is run as a command");
    found_clear(&found);
    analyst_free(analyst);
}

/* unit, repeated; then the processor's time and the memory that its analysis takes. The bound leaves room for the
 * sanitizers' tenfold; what grows with the square of its input passes it by far. */
static void check_cost(const char *head, const char *unit, size_t times, const char *tail)
{
    enum { SECONDS_MAX = 20 };
    struct buf text = {.max = 64 << 20};
    struct php_analyst analyst;
    struct php_facts facts;
    assert_int_equal(php_analyst_init(&analyst, NULL), 0);
    buf_puts(&text, head);
    for (size_t i = 0; i < times; i++) {
        buf_puts(&text, unit);
    }
    buf_puts(&text, tail);
    assert_false(text.failed);
    clock_t began = clock();
    php_analyse(&analyst, buf_str(&text), &facts);
    int64_t took = (int64_t)(clock() - began) * (NS_PER_S / CLOCKS_PER_SEC);
    if (took > SECONDS_MAX * NS_PER_S) {
        fail_msg("%zu bytes of '%s' took %lld ms", text.len, unit, (long long)(took / 1000000));
    }
    assert_true(analyst.heap.arena.used_bytes <= PHP_HEAP_BYTES);
    php_analyst_clear(&analyst);
    buf_free(&text);
}

static void test_worst_cases_are_linear(void **state)
{
    (void)state;
    check_cost("<?php $a=array(); ", "$a[]=1;", 60000, "eval($a);");
    check_cost("<?php $a=''; ", "$a.=$a;", 40, "eval($a);");
    check_cost("<?php $a='x'", ".'x'", 250000, "; eval($a);");
    check_cost("<?php eval(", "(", 10000, "1");
    check_cost("<?php eval(1);", "if(1){", 100000, "");
    check_cost("<?php eval(1);", "function f(){return f().f().f();}", 5000, "f();");
    check_cost("<?php eval(1);", "$f=function(){", 50000, "");
    check_cost("<?php eval(", "base64_decode(", 5000, "'YQ=='");
    check_cost("<?php eval(1); $x=1; ", "while($x<9){$x++;", 5000, "");
    check_cost("<?php eval(1); ", "for($i=0;$i<99;$i++)", 5000, ";");
    check_cost("<?php eval(1); ", "\"{$a[", 50000, "");
    check_cost("<?php eval(1); ", "<<<A\n", 50000, "");
    check_cost("<?php eval($_POST[1]); ", "eval('", 2000, "");
    check_cost("<?php eval(1); ", "$a=$b=", 50000, "1;");
    check_cost("<?php eval(1); ", "$x1=$_GET[1];", 50000, "");
    check_cost("", "<?", 400000, "");
    check_cost("<?php eval(1); $s='", "abcdefgh", 100000,
               "'; for($i=0;$i<strlen($s);$i++){$r.=chr(ord($s[$i])^1);} eval($r);");
}

/* What looks through the file, or through one long text, whenever it is called. */
static void test_looking_again_and_again_is_paid(void **state)
{
    (void)state;
    static const char head[] = "<?php eval($_GET[9]); $a=str_repeat('x',1000000); $h=fopen('.htaccess','w'); ";
    check_cost(head, "$p->registerPHPFunctions();", 20000, "");
    check_cost(head, "$p->getDocComment();", 20000, "");
    check_cost(head, "mysql_query('a'.$_GET[1]);", 20000, "");
    check_cost(head, "mysql_query($a);", 20000, "");
    check_cost(head, "system($a);", 20000, "");
    check_cost(head, "fputs($h,$a);", 20000, "");
    check_cost(head, "$_GET[f]($a);", 20000, "");
    check_cost(head, "new COM($a);", 20000, "");
    check_cost("<?php eval($_GET[9]); function f(){$a=str_repeat('x',1000000); ", "$this->a=$a;", 20000, "} f();");
    check_cost("<?php $a=str_repeat('x',1000000); $b=str_repeat('eval($b',20000); ", "create_function($a,$b);", 20000,
               "");
    check_cost("<?php eval(1); $g=array(); for($i=0;$i<20000;$i++){$g['k'.$i]=1;} ", "$GLOBALS=$g;", 20000, "");
    check_cost("<?php eval(1); $g=array(); for($i=0;$i<20000;$i++){$g['k'.$i]=1;} ", "extract($g);", 20000, "");
}

static void test_new_techniques_are_linear(void **state)
{
    (void)state;
    check_cost("<?php eval(1); ", "/*\n", 300000, "");
    check_cost("<?php eval(1); ?>", "<?php /* ?>", 100000, "");
    check_cost("<?php eval(1); ", "class A { function f() {", 50000, "");
    check_cost("<?php eval(1); foreach($_POST as ", "$a[1],", 50000, ");");
    check_cost("<?php eval(1); ", "foreach($_POST as $a[1])", 50000, ";");
    check_cost("<?php eval(1); $_='';", "$_=$_.'';$_[+$_]++;", 30000, "");
    check_cost("<?php eval(1); ", "if($x){$_POST[1]='a'.$_POST[1];", 30000, "");
    check_cost("<?php eval(1); ", "$_SESSION[1]=$_POST[1].$_SESSION[1];", 30000, "");
    check_cost("<?php eval(1); extract($_POST);", "if($b){$c.='a';}", 50000, "");
    check_cost("<?php eval(1); ", "function f(&$a){$a.=$a;f($a);}", 20000, "f($z);");
    check_cost("<?php unserialize($_POST[1]);", "class A{function __destruct(){eval($this->a);}}", 20000, "");
    check_cost("<?php eval(1); $f=$_GET[1];", "$f=sprintf('a%sb',$f);", 30000, "");
    check_cost("<?php eval(1);", "?><a href='?c=1'><?php system($c);", 30000, "");
    check_cost("<?php eval(1);", "echo file_get_contents('http://a');", 30000, "'googlebot';");
    check_cost("<?php $m = $_POST[1];", "mail('a@b', 's', $m);", 40000, "");
    check_cost("<?php $m = $_POST[1];", "imap_open($m);", 60000, "");
    check_cost("<?php eval(1);", "goto a; a:", 60000, "");
    check_cost("<?php eval(1);", "wp_create_user($a, $b);", 40000, "");
    check_cost("<?php eval(1);", "stream_context_create(serialize($_POST));", 20000, "");
    check_cost("<?php eval(1);", "$a='<?php system($_GET[1]);';", 30000, "");
    check_cost("<?php eval(1);", "$a='6576616c28245f504f53545b305d293b';", 30000, "");
    check_cost("<?php eval(1);", "$a='\\x7f\\105';", 60000, "");
    check_cost("<?php ", "$_[]=$__;", 100000, "");
    check_cost("<?php eval(1); $a='", "eJzLyy", 150000, "';");
    check_cost("<?php eval(1); $h=fopen('a','w'); $n=file_get_contents('http://a');", "fputs($h,$n);", 40000, "");
    check_cost("<?php eval(1); mysql_connect($_GET[1]); $q=$_GET[2].'a';", "mysql_query('a'.$q);", 30000, "");
    check_cost("<?php eval(1);", "class A{function f($a){$a($a);}} $b->f($_GET[1]);", 10000, "");
}

/* A decoder that is called with constants more often than it is followed still shows what the visitor gives it. */
static void test_constants_leave_room(void **state)
{
    (void)state;
    struct buf text = {.max = 1 << 20};
    struct analyst *analyst = analyst_new(NULL);
    struct found found = {.class = FOUND_NOTHING};
    size_t code = 0;
    buf_puts(&text, "<?php function d($t) { return strrev($t); }\n");
    for (unsigned i = 0; i < 20; i++) {
        buf_printf(&text, "$x%u = d('%u');\n", i, i);
    }
    buf_puts(&text, "system(d($_POST['c']));\n");
    assert_true(analyst_look(analyst, buf_str(&text), SCRIPT_PHP, &found, &code));
    assert_int_equal(found.class, FOUND_SHELL);
    assert_int_equal(found.confidence, FOUND_HIGH);
    found_clear(&found);
    analyst_free(analyst);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specimens),
        cmocka_unit_test(test_reason_tells_the_way),
        cmocka_unit_test(test_constants_leave_room),
        cmocka_unit_test(test_worst_cases_are_linear),
        cmocka_unit_test(test_looking_again_and_again_is_paid),
        cmocka_unit_test(test_new_techniques_are_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

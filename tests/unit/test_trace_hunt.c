/* Signs in one request: the grammar of SQL, and the other forms, each beside what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "trace/hunt.h"

#include "base/banned.h"

static void sql(void **state)
{
    (void)state;
    static const struct {
        const char *value, *why;
    } rows[] = {
        {"1' UNION SELECT 1,2-- -", "union select"},
        {"1 union all select null,null", "union select"},
        {"-1 union distinct select(user())", "union select"},
        {"1/**/UnIoN/*x*/SeLeCt/**/@@version,2", "union select"},
        {"1 /*!50000union*/ /*!select*/ 1,2", "union select"},
        {"x' or '1'='1", "a comparison of constants"},
        {"1 and 2>1", "a comparison of constants"},
        {"1) or (1=1", "a comparison of constants"},
        {"1 || 1=1", "a comparison of constants"},
        {"1 AND SLEEP(5)", "time delay"},
        {"1' WAITFOR DELAY '0:0:5'--", "time delay"},
        {"1';WAITFOR DELAY '0:0:5'--", "a second statement"},
        {"1-benchmark(9999999,md5(1))", "time delay"},
        {"1 and extractvalue(1,concat(0x7e,user()))", "error function"},
        {"1 union select load_file('/etc/passwd')", "union select"},
        {"1;drop table users", "a second statement"},
        {"1 and (select count(*) from users)>0", "an inner select"},
        {"x from information_schema.tables", "the catalogue of tables"},
        {"1' order by 12-- -", "order by with a comment"},
        {"admin'-- -", "a quote and a comment"},
        {"select", NULL},
        {"select a hotel from the list", NULL},
        {"western union select branch", NULL},
        {"union select", NULL},
        {"order by phone", NULL},
        {"sleep(5)", NULL},
        {"O'Brien", NULL},
        {"rock 'n' roll", NULL},
        {"this or that", NULL},
        {"cats and dogs = 7", NULL},
        {"1 or 2 rooms", NULL},
        {"drop table tennis", NULL},
        {"insert; coin", NULL},
        {"a -- b", NULL},
        {"#hashtag and more", NULL},
        {"price > 5 and < 10", NULL},
        {"information_schema.tables", NULL},
        {"C# == 5", NULL},
        {"it's 5 > 4 and fine", NULL},
        {"", NULL},
        {"'''''''", NULL},
        {"/*", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = sql_injection(str_of(rows[i].value));
        if ((why == NULL) != (rows[i].why == NULL) || (why != NULL && strcmp(why, rows[i].why) != 0)) {
            fail_msg("%s: %s", rows[i].value, why == NULL ? "(nothing)" : why);
        }
    }
}

static void signs(void **state)
{
    (void)state;
    static const struct {
        const char *target, *agent;
        int sign; /* -1: none */
    } rows[] = {
        {"/a?f=../../etc/passwd", "", SIGN_TRAVERSAL},
        {"/a?f=..%2f..%2fx", "", SIGN_TRAVERSAL},
        {"/a?f=%252e%252e%252f..%252fx", "", SIGN_TRAVERSAL},
        {"/a?f=/etc/passwd", "", SIGN_TRAVERSAL},
        {"/%2e%2e/%2e%2e/x", "", SIGN_TRAVERSAL},
        {"/css/../../x.png", "", -1},
        {"/a?q=etc+passwd", "", -1},
        {"/a?f=../x", "", -1},
        {"/?x=${jndi:ldap://x}", "", SIGN_CODE},
        {"/", "${${::-j}ndi:rmi://x}", SIGN_CODE},
        {"/", "() { :;}; id", SIGN_CODE},
        {"/a?p=php://input", "", SIGN_CODE},
        {"/?x=%25%7B(%23_memberAccess=1)%7D", "", SIGN_CODE},
        {"/?x=$%7Bprice%7D", "", -1},
        {"/t.aspx?cmd=connect&target=1", "", SIGN_TUNNEL},
        {"/t.aspx?cmd=connection", "", -1},
        {"/x.php?cmd=id", "", SIGN_COMMAND},
        {"/x.php?z=WyJpZCJd", "", SIGN_COMMAND},
        {"/x.php?q=find+shoes", "", -1},
        {"/.env", "", SIGN_EXPOSED},
        {"/a/.git/config", "", SIGN_EXPOSED},
        {"/credentials", "", -1},
        {"/environment", "", -1},
        {"/adminer-4.8.1.php", "", SIGN_DB_TOOL},
        {"/x.php?username=a&server=b&db=c", "", SIGN_DB_TOOL},
        {"/administer", "", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        struct signs found;
        size_t target = strlen(rows[i].target), agent = strlen(rows[i].agent);
        memcpy(text, rows[i].target, target);
        memcpy(text + target, rows[i].agent, agent);
        const struct log_line line = {.text = text,
                                      .len = (uint32_t)(target + agent),
                                      .target = {0, (uint32_t)target},
                                      .agent = {(uint32_t)target, (uint32_t)agent}};
        signs_of(&found, &line);
        for (int sign = 0; sign < SIGN_COUNT; sign++) {
            if ((found.why[sign] != NULL) != (sign == rows[i].sign)) {
                fail_msg("%s %s: sign %d: %s", rows[i].target, rows[i].agent, sign,
                         found.why[sign] == NULL ? "(nothing)" : found.why[sign]);
            }
        }
    }
}

static void scanners_by_name(void **state)
{
    (void)state;
    assert_string_equal(scanner_name(STR("sqlmap/1.7.2#stable (https://sqlmap.org)")), "sqlmap");
    assert_string_equal(scanner_name(STR("Mozilla/5.00 (Nikto/2.1.6)")), "nikto");
    assert_null(scanner_name(STR("Mozilla/5.0 (X11; Linux x86_64) Burpham/1")));
    assert_null(scanner_name(STR("")));
}

/* What is not there is counted by its distinct paths, about. */
static void distinct_paths(void **state)
{
    (void)state;
    struct misser row = {.missed = 0};
    assert_int_equal(misser_paths(&row), 0);
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t bit = str_hash((struct str){(const char *)&i, sizeof i}) % MISSED_BITS;
        row.seen[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    assert_in_range(misser_paths(&row), 85, 115);
    memset(row.seen, 0xff, sizeof row.seen);
    assert_true(misser_paths(&row) > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sql), cmocka_unit_test(signs),
                                       cmocka_unit_test(scanners_by_name), cmocka_unit_test(distinct_paths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

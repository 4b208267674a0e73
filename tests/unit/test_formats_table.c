/* Tables out of bytes: what each format gives, however the bytes arrive, and what it counts when they are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/encoding.h"
#include "table_told.h"

struct row {
    const char *name, *input, *expected;
    uint64_t rejected[TABLE_REJECTS];
};

#define MYSQL "-- MySQL dump 10.13\n"
#define PG "-- PostgreSQL database dump\n"

static const struct row rows[] = {
    /* CSV */
    {"plain", "id,email\n1,a@b.zz\n2,c@d.zz\n", "f(id,email) 1|a@b.zz 2|c@d.zz ", {0}},
    {"a header with two names alike", "id,name,name\n1,Zo,Al\n2,Li,Bo\n", "f(id,name,name) 1|Zo|Al 2|Li|Bo ", {0}},
    {"a header with an index", ",id,name\n0,7,Zo\n1,8,Al\n", "f(column1,id,name) 0|7|Zo 1|8|Al ", {0}},
    {"values that repeat",
     "user,yes,yes\nuser,5,no\nuser,6,no\n",
     "f(column1,column2,column3) user|yes|yes user|5|no user|6|no ",
     {0}},
    {"colons of addresses delimit nothing",
     "1,2001:db8::1,x\n2,2001:db8::2,y\n",
     "f(column1,column2,column3) 1|2001:db8::1|x 2|2001:db8::2|y ",
     {0}},
    {"carets beside commas", "1,a^2\n2,b^2\n3,c^2\n", "f(column1,column2) 1|a^2 2|b^2 3|c^2 ", {0}},
    {"paths that end in a backslash", "id,path\n1,\"C:\\dir\\\"\n2,\"D:\\\"\n", "f(id,path) 1|C:\\dir\\ 2|D:\\ ", {0}},
    {"a title above",
     "Customers\n\nid,name\n1,Zo\n2,Al\n3,Li\n4,Bo\n5,Cy\n",
     "f(id,name) 1|Zo 2|Al 3|Li 4|Bo 5|Cy ",
     {[TABLE_WRONG_CELLS] = 1}},
    {"no last line end", "id,email\n1,a@b.zz", "f(id,email) 1|a@b.zz ", {0}},
    {"semicolon and CRLF", "id;name\r\n1;Zo\r\n2;Al\r\n", "f(id,name) 1|Zo 2|Al ", {0}},
    {"tab", "id\tname\n1\tZo, Al\n", "f(id,name) 1|Zo, Al ", {0}},
    {"pipe", "id|name\n1|Zo\n", "f(id,name) 1|Zo ", {0}},
    {"quotes, doubled quotes, delimiter and line end inside",
     "id,name\n1,\"O\"\"Hara, J\"\n2,\"a\nb\"\n\"3\",\"\"\n",
     "f(id,name) 1|O\"Hara, J 2|a\nb 3| ",
     {0}},
    {"a quote inside an unquoted cell is itself", "id,name\n1,5\" pipe\n", "f(id,name) 1|5\" pipe ", {0}},
    {"no header", "1,a@b.zz\n2,c@d.zz\n", "f(column1,column2) 1|a@b.zz 2|c@d.zz ", {0}},
    {"header by contrast", "alpha,beta\n1,2\n3,4\n", "f(alpha,beta) 1|2 3|4 ", {0}},
    {"names only, no header", "Ann,Lee\nBob,Kay\nCid,Moe\n", "f(column1,column2) Ann|Lee Bob|Kay Cid|Moe ", {0}},
    {"one column", "a@b.zz\nc@d.zz\n", "f(column1) a@b.zz c@d.zz ", {0}},
    {"blank lines", "id,n\n\n1,2\n\r\n3,4\n", "f(id,n) 1|2 3|4 ", {0}},
    {"wrong number of cells", "id,n\n1,2\n3\n4,5,6\n7,8\n", "f(id,n) 1|2 7|8 ", {2, 0, 0, 0, 0}},
    {"a stray quote costs its own line only",
     "id,n\n1,\"x\n2,y\n3,z\n4,\"w\"\n5,v\n",
     "f(id,n) 2|y 3|z 4|w 5|v ",
     {1, 0, 0, 0, 0}},
    {"a quote that is never closed", "id,n\n1,2\n3,\"x\n4,5\n", "f(id,n) 1|2 4|5 ", {0, 0, 0, 1, 0}},
    /* JSON Lines */
    {"objects",
     "{\"id\":1,\"n\":\"a\"}\n{\"id\":2,\"n\":null}\n{\"n\":\"c\",\"id\":3}\n",
     "f(id,n) 1|a 2|\\N 3|c ",
     {0}},
    {"missing members are null", "{\"id\":1}\n{\"id\":2,\"x\":true}\n", "f(id,x) 1|\\N 2|true ", {0}},
    {"escapes",
     "{\"a\":\"q\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\\ud83d\\udc4d\\ud800\"}\n",
     "f(a) q\"\\/\n\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x91\x8d\xef\xbf\xbd ",
     {0}},
    {"nested and array",
     "{\"a\":{\"b\":1,\"c\":{\"d\":\"x\"}},\"e\":[1,{\"f\":\"}\"}]}\n",
     "f(a.b,a.c.d,e) 1|x|[1,{\"f\":\"}\"}] ",
     {0}},
    {"an array of objects", "[{\"a\":1},\n {\"a\":2}]", "f(a) 1 2 ", {0}},
    {"broken lines", "{\"a\":1}\n{\"a\":}\nhello\n{\"a\":\"x\n{\"a\":2}\n", "f(a) 1 2 ", {0, 0, 3, 0, 0}},
    {"cut off", "{\"a\":1}\n{\"a\":2", "f(a) 1 ", {0, 0, 0, 1, 0}},
    /* SQL */
    {"extended insert",
     MYSQL "INSERT INTO `t` (`a`,`b`) VALUES (1,'x'),(2,NULL),(3,'O\\'H\\\\\\n'),(4,'it''s');\n",
     "t(a,b) 1|x 2|\\N 3|O'H\\\n 4|it's ",
     {0}},
    {"columns of create table",
     MYSQL
     "CREATE TABLE `t` (\n `id` int NOT NULL,\n `n` decimal(5,2) DEFAULT '1,0',\n PRIMARY KEY (`id`),\n KEY `k` (`n`)\n) ENGINE=InnoDB;\n"
     "INSERT INTO `t` VALUES (1,2.50);",
     "t(id,n) 1|2.50 ",
     {0}},
    {"no columns known", "INSERT INTO t VALUES (1,'a');\n", "t(column1,column2) 1|a ", {0}},
    {"blobs",
     MYSQL "INSERT INTO `t` (`a`) VALUES (0xC0FFEE),(X'AB'),(_binary 'zz'),(_utf8mb4'u'),(0x);",
     "t(a) c0ffee ab 7a7a u 0x ",
     {0}},
    {"words of values",
     "INSERT INTO t (a) VALUES (TRUE),( -1.5e3 ),(N'n'),(now()),(CAST('2020' AS DATE)),('x'::text),(DEFAULT);",
     "t(a) TRUE -1.5e3 n now() 2020 x \\N ",
     {0}},
    {"no backslashes outside MySQL",
     PG "INSERT INTO t (a) VALUES ('C:\\'),(E'a\\'b'),('say ''x''');",
     "t(a) C:\\ a'b say 'x' ",
     {0}},
    {"line ends by SQLite",
     "PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES(1,replace('a\\nb','\\n',char(10)));",
     "t(column1,column2) 1|a\nb ",
     {0}},
    {"copy",
     PG
     "COPY public.t (id, \"Name\") FROM stdin;\n1\ta\\tb\\\\c\n2\t\\N\n3\t\n\\.\nSELECT 1;\nINSERT INTO u (x) VALUES (9);\n",
     "t(id,Name) 1|a\tb\\c 2|\\N 3| u(x) 9 ",
     {0}},
    {"copy escapes", PG "COPY t (a) FROM stdin;\n\\x41\\102\\q\n\\.\n", "t(a) ABq ", {0}},
    {"comments and strings hide nothing",
     "/* INSERT INTO no VALUES (1); */ -- INSERT INTO no VALUES (1);\nSELECT 'INSERT INTO no VALUES (1);';\nINSERT INTO t (a) VALUES (1);\n",
     "t(a) 1 ",
     {0}},
    {"routines are skipped",
     MYSQL
     "DELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN INSERT INTO no VALUES (1); END ;;\nDELIMITER ;\nINSERT INTO `t` (a) VALUES (1);",
     "t(a) 1 ",
     {0}},
    {"SQLite's trigger",
     "PRAGMA foreign_keys=OFF;\nCREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO no VALUES(1); SELECT 2; END;\nINSERT INTO t(a) VALUES(1);",
     "t(a) 1 ",
     {0}},
    {"PostgreSQL's function",
     PG
     "CREATE FUNCTION f() RETURNS int AS $x$ BEGIN; INSERT INTO no VALUES (1); END $x$;\nINSERT INTO t (a) VALUES (1);",
     "t(a) 1 ",
     {0}},
    {"dollars mean nothing to MySQL", MYSQL "SELECT $x$;\nSELECT $;\nINSERT INTO `t` (a) VALUES (1);", "t(a) 1 ", {0}},
    {"on duplicate key",
     MYSQL "INSERT INTO `t` (a) VALUES (1),(2) ON DUPLICATE KEY UPDATE a=VALUES(a);\nINSERT INTO `t` (a) VALUES (3);",
     "t(a) 1 2 3 ",
     {0}},
    {"no semicolons",
     "INSERT [dbo].[t] ([a]) VALUES (N'x')\nGO\nINSERT INTO [t] ([a]) VALUES (2)\nGO\n",
     "t(a) x 2 ",
     {0}},
    {"insert select", "INSERT INTO t SELECT * FROM u;\nINSERT INTO t (a) VALUES (1);", "t(a) 1 ", {0, 0, 0, 0, 1}},
    {"cut in a string", MYSQL "INSERT INTO `t` (a,b) VALUES (1,'x'),(2,'yyy", "t(a,b) 1|x ", {0, 0, 0, 1, 0}},
    {"cut between tuples", MYSQL "INSERT INTO `t` (a,b) VALUES (1,'x'),", "t(a,b) 1|x ", {0, 0, 0, 1, 0}},
    {"cut in copy", PG "COPY t (a) FROM stdin;\n1\n2", "t(a) 1 ", {0, 0, 0, 1, 0}},
    {"wrong cells in a tuple", "INSERT INTO t (a,b) VALUES (1),(1,2),(1,2,3);", "t(a,b) 1|2 ", {2, 0, 0, 0, 0}},
};

static void test_rows(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 3, 64, 1 << 20};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
            struct told told = {0};
            struct table_report report;
            struct err err = {0};
            if (read_all(str_of(rows[i].input), sizes[s], &told, &report, &err) != 0) {
                fail_msg("%s: %s", rows[i].name, err.text);
            }
            if (strcmp(told.text.data == NULL ? "" : told.text.data, rows[i].expected) != 0) {
                fail_msg("%s (pieces of %zu): got '%s', not '%s'", rows[i].name, sizes[s], told.text.data,
                         rows[i].expected);
            }
            for (int r = 0; r < TABLE_REJECTS; r++) {
                if (report.rejected[r] != rows[i].rejected[r]) {
                    fail_msg("%s: %llu rows rejected as '%s', not %llu", rows[i].name,
                             (unsigned long long)report.rejected[r], table_reject_name((enum table_reject)r),
                             (unsigned long long)rows[i].rejected[r]);
                }
            }
            assert_int_equal(report.bytes, strlen(rows[i].input));
            buf_free(&told.text);
        }
    }
}

/* Windows slide and grow: rows far larger than a read, and batches beyond one. */
static void test_long(void **state)
{
    (void)state;
    static const char *const heads[] = {"id,text\n", "INSERT INTO t (id,text) VALUES ",
                                        PG "COPY t (id,text) FROM stdin;\n", "{\"id\":0,\"text\":\"\"}\n"};
    static const char *const before[] = {"%zu,\"", "(%zu,'", "%zu\t", "{\"id\":%zu,\"text\":\""};
    static const char *const behind[] = {"\"\"\"\n", "'''),\n", "\\\\\n", "\\\"\"}\n"};
    enum { ROWS = 2000, LONGEST = 3 << 20 };
    char *text = malloc(LONGEST + 1);
    assert_non_null(text);
    for (size_t f = 0; f < sizeof(heads) / sizeof(*heads); f++) {
        struct buf input = {0};
        buf_puts(&input, heads[f]);
        for (size_t i = 0; i < ROWS; i++) {
            size_t len = i == 1000 ? LONGEST : i % 300;
            memset(text, 'a' + (int)(i % 26), len);
            text[len] = '\0';
            char number[64];
            (void)snprintf(number, sizeof(number), "%zu", i);
            const char *place = strstr(before[f], "%zu");
            buf_put(&input, (struct str){before[f], (size_t)(place - before[f])});
            buf_puts(&input, number);
            buf_puts(&input, place + 3);
            buf_puts(&input, text);
            buf_puts(&input, behind[f]);
        }
        buf_puts(&input, f == 1 ? "(7,'');" : f == 2 ? "\\.\n" : "");
        struct told told = {0};
        struct table_report report;
        struct err err = {0};
        assert_int_equal(read_all(buf_str(&input), 100000, &told, &report, &err), 0);
        assert_int_equal(report.rows, ROWS + (f == 1 || f == 3));
        for (int r = 0; r < TABLE_REJECTS; r++) {
            assert_int_equal(report.rejected[r], 0);
        }
        buf_free(&told.text);
        buf_free(&input);
    }
    free(text);
}

/* A row beyond the bound is given up and counted, and reading goes on behind it. */
static void test_too_long(void **state)
{
    (void)state;
    struct buf input = {0};
    buf_puts(&input, "id,text\n1,a\n2,\"");
    char *room = buf_room(&input, TABLE_ROW_BYTES + 100);
    assert_non_null(room);
    memset(room, 'x', TABLE_ROW_BYTES + 100);
    input.len += TABLE_ROW_BYTES + 100;
    buf_puts(&input, "\"\n3,c\n");
    struct told told = {0};
    struct table_report report;
    struct err err = {0};
    assert_int_equal(read_all(buf_str(&input), 1 << 20, &told, &report, &err), 0);
    assert_int_equal(report.rejected[TABLE_TOO_LONG], 1);
    assert_non_null(strstr(told.text.data, "1|a "));
    assert_non_null(strstr(told.text.data, "3|c "));
    buf_free(&told.text);
    buf_free(&input);
}

static void test_unwanted(void **state)
{
    (void)state;
    struct told told = {.unwanted = "u"};
    struct table_report report;
    struct err err = {0};
    struct str input = STR("INSERT INTO u (a) VALUES (1),(2);INSERT INTO t (a) VALUES (3);");
    assert_int_equal(read_all(input, 5, &told, &report, &err), 0);
    assert_string_equal(told.text.data, "u(a) t(a) 3 ");
    assert_int_equal(report.rows, 3);
    buf_free(&told.text);
}

#define BYTES(literal)                  \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

static void test_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
        struct str input;
    } cases[] = {
        {"UTF-8", "f(id,name) 1|Zo\xc3\xab ", BYTES("\xef\xbb\xbfid,name\n1,Zo\xc3\xab\n")},
        {"UTF-8", "f(id,name) 1|Zo\xc3\xab ", BYTES("id,name\n1,Zo\xc3\xab\n")},
        {"Latin-1", "f(id,name) 1|Zo\xc3\xab ", BYTES("id,name\n1,Zo\xeb\n")},
        {"CP1252", "f(id,name) 1|5\xe2\x82\xac ", BYTES("id,name\n1,5\x80\n")},
        {"UTF-16LE", "f(id,n) 1|\xc3\xab\xf0\x9f\x98\x80 ",
         BYTES("\xff\xfei\0d\0,\0n\0\n\0"
               "1\0,\0\xeb\0\x3d\xd8\x00\xde\n\0")},
        {"UTF-16BE", "f(id,n) 1|\xc3\xab ",
         BYTES("\xfe\xff\0i\0d\0,\0n\0\n\0"
               "1\0,\0\xeb\0\n")},
        {"UTF-16LE", "f(id,n) 1|2 ",
         BYTES("i\0d\0,\0n\0\n\0"
               "1\0,\0"
               "2\0\n\0")},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (size_t size = 1; size < 40; size += 6) {
            struct told told = {0};
            struct table_report report;
            struct err err = {0};
            assert_int_equal(read_all(cases[i].input, size, &told, &report, &err), 0);
            assert_string_equal(report.encoding, cases[i].name);
            assert_string_equal(told.text.data, cases[i].expected);
            assert_int_equal(report.bytes, cases[i].input.len);
            buf_free(&told.text);
        }
    }
}

static void test_refused(void **state)
{
    (void)state;
    struct told told = {0};
    struct table_report report;
    struct err err = {0};
    assert_int_equal(read_all((struct str){"\x7f"
                                           "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\3\0\x3e\0",
                                           20},
                              20, &told, &report, &err),
                     -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    err = (struct err){0};
    assert_int_equal(read_all(STR("[[1,\"a\"],\n[2,\"b\"]]\n"), 20, &told, &report, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_int_equal(read_all(STR(""), 20, &told, &report, &err), 0);
    assert_int_equal(report.rows, 0);
    struct table_sink sink = {.self = &told, .table = told_table, .rows = told_rows};
    assert_int_equal(table_read_file("/nonexistent/x.csv", &sink, &report, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    buf_free(&told.text);
}

/* The shared corpus: the same music shop as two databases write it, cell for cell the same (other dialects spell their dates
 * differently: tests/cli/test_match.py). Skipped where it is not there. */
static void test_chinook(void **state)
{
    (void)state;
    static const char *const files[] = {"Chinook_Sqlite.sql", "Chinook_Db2.sql"};
    const char *shared = getenv("ASSAY_SHARED");
    char path[4096];
    OWN(own_buf) struct buf baseline = {0};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        (void)snprintf(path, sizeof(path), "%s/data/chinook/%s", shared != NULL ? shared : "../shared", files[i]);
        FILE *there = fopen(path, "re");
        if (there == NULL) {
            skip();
        }
        fclose(there);
        struct told told = {.rows_only = true};
        struct table_report report;
        struct err err = {0};
        struct table_sink sink = {.self = &told, .table = told_table, .rows = told_rows};
        assert_int_equal(table_read_file(path, &sink, &report, &err), 0);
        assert_int_equal(report.rows, 15607);
        assert_int_equal(told.tables, 11);
        if (i == 0) {
            buf_put(&baseline, buf_str(&told.text));
        } else {
            assert_int_equal(told.text.len, baseline.len);
            assert_memory_equal(told.text.data, baseline.data, baseline.len);
        }
        buf_free(&told.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),     cmocka_unit_test(test_long),      cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_unwanted), cmocka_unit_test(test_encodings), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_chinook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

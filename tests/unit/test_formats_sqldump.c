/* SQL dumps of every system: what values are worth, what a missing quote costs, what is made to hurt, and one truth in all its
 * dialects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <cmocka.h>

#include "base/arena.h"
#include "normal/normal.h"
#include "table_told.h"

/* ---- Rows ---- */

struct row {
    const char *name, *input, *expected;
    uint64_t wrong, broken, cut, statements;
};

#define MY "-- MySQL dump 10.13\n"
#define PG "-- PostgreSQL database dump\n"
#define LITE "PRAGMA foreign_keys=OFF;\n"
#define ORA "SET DEFINE OFF;\n"
#define MS "USE [shop]\nGO\n"

static const struct row mysql[] = {
    {"backslashes as the manual has them",
     MY "INSERT INTO `t` (a) VALUES ('\\0\\b\\n\\r\\t\\Z\\\\\\%\\_\\f\\\"\\''),('it''s');",
     "t(a) <0>\b\n\r\t\x1a\\\\%\\_f\"' it's ", 0, 0, 0, 0},
    {"one row a statement, heads remembered",
     MY
     "INSERT INTO `t` VALUES (1,'a');\nINSERT INTO `t` VALUES (2,'b');\nINSERT INTO `u` VALUES (3);\nINSERT INTO `t` VALUES (4,'d');\n",
     "t(column1,column2) 1|a 2|b u(column1) 3 4|d ", 0, 0, 0, 0},
    {"bits and bytes",
     MY
     "INSERT INTO `t` (a) VALUES (b'1'),(b'100000001'),(_binary 'zz'),(_binary '\\0''\\\\'),(X'0aFF'),(0xAB),(_latin1'x'),(_binary 0xFE),(x'0B');",
     "t(a) 01 0101 7a7a 00275c 0aff ab x fe 0b ", 0, 0, 0, 0},
    {"columns of bytes",
     MY
     "CREATE TABLE `t` (`a` varbinary(9), `b` text, `c` bit(1), d blob);\nINSERT INTO `t` VALUES ('k\\0','k','\\1',NULL),(0x6B,'','',x'00');",
     "t(a,b,c,d) 6b00|k|31|\\N 6b|||00 ", 0, 0, 0, 0},
    {"columns of bytes in another order",
     MY "CREATE TABLE `t` (`a` blob, `b` text);\nINSERT INTO `t` (`b`,`a`) VALUES ('k','k');", "t(b,a) k|6b ", 0, 0, 0,
     0},
    {"versioned comments and locks",
     MY
     "/*!40000 ALTER TABLE `t` DISABLE KEYS */;\nLOCK TABLES `t` WRITE;\nINSERT IGNORE INTO `t` (a) VALUES (1);\nUNLOCK TABLES;\nREPLACE INTO `t` (a) VALUES (2);",
     "t(a) 1 2 ", 0, 0, 0, 0},
    {"bytes that are no text, where the dump names its character set",
     MY "/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `t` (`a` text, `b` blob);\nINSERT INTO `t` VALUES "
        "('\xc3\xab','\xff\xfe\x01\x02\x80'),('Zo\xc3\xab','\xe9\x03\x04\x05\x06\x07');",
     "t(a,b) \xc3\xab|fffe010280 Zo\xc3\xab|e90304050607 ", 0, 0, 0, 0},
    {"strings in double quotes, side by side, collated",
     MY
     "INSERT INTO `t` (a) VALUES (\"a\\\"b, c\"),('x' 'y'),(_utf8mb4'z' COLLATE utf8mb4_bin),(CONVERT('q' USING utf8mb4)),(CAST('1' AS CHAR));",
     "t(a) a\"b, c xy z q 1 ", 0, 0, 0, 0},
    {"no backslashes",
     "-- MySQL dump\n/*!40101 SET SQL_MODE='NO_BACKSLASH_ESCAPES' */;\nINSERT INTO `t` (a) VALUES ('C:\\'),('\\n');",
     "t(a) C:\\ \\n ", 0, 0, 0, 0},
    {"names with quotes in them", MY "INSERT INTO `a``b` (`c``d`, `e,f)`) VALUES (1,2);", "a`b(c`d,e,f)) 1|2 ", 0, 0, 0,
     0},
    {"row aliases",
     MY "INSERT INTO `t` (a) VALUES (1) AS new ON DUPLICATE KEY UPDATE a = 'x;y';\nINSERT INTO `t` (a) VALUES (2);",
     "t(a) 1 2 ", 0, 0, 0, 0},
};

static const struct row postgresql[] = {
    {"strings of every kind",
     PG
     "INSERT INTO t (a) VALUES (E'a\\'b\\n\\x41\\101\\u00e9\\q'),(U&'\\00e9\\+01f600\\\\'),($$it's$$),($x$a$$b$x$),('a\\'),(B'101'),(X'1F');",
     "t(a) a'b\nAA\xc3\xa9q \xc3\xa9\xf0\x9f\x98\x80\\ it's a$$b a\\ 101 1f ", 0, 0, 0, 0},
    {"casts",
     PG
     "INSERT INTO t (a) VALUES ('x'::character varying(20)),('2020-01-02'::timestamp without time zone),(1::int),('{1,2}'::int[]),(DATE '2020-01-02'),('x' COLLATE \"C\"),(NULL::text),('\\x0aFF'::bytea),(('z')::text),(-5),('a' || 'b');",
     "t(a) x 2020-01-02 1 {1,2} 2020-01-02 x \\N 0aFF z -5 ab ", 0, 0, 0, 0},
    {"overriding, returning",
     PG
     "INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1),\n\t(2);\nINSERT INTO t (a) VALUES (3) ON CONFLICT DO NOTHING;\nINSERT INTO public.t VALUES (4) RETURNING a;",
     "t(a) 1 2 3 4 ", 0, 0, 0, 0},
    {"bytes by the column's type",
     PG
     "CREATE TABLE public.t (a bytea, b text);\nCOPY public.t (a, b) FROM stdin;\n\\\\x00ff\t\\\\x00\n\\N\t\\N\n\\.\nINSERT INTO public.t VALUES ('\\x01', '\\x01');",
     "t(a,b) 00ff|\\x00 \\N|\\N 01|\\x01 ", 0, 0, 0, 0},
    {"copy: every escape",
     PG "COPY t (a, b) FROM stdin;\n\\b\\f\\n\\r\\t\\v\\\\\\101\\x41\\q\\0\t\\\\N\n\\\tx\t1\ny\\\nz\t2\n\\N\t\n\\.\n",
     "t(a,b) \b\f\n\r\t\v\\AAq<0>|\\N \tx|1 y\nz|2 \\N| ", 0, 0, 0, 0},
    {"copy: an escaped tab and line end are data", PG "COPY t (a, b) FROM stdin;\n\\\tx\t1\ny\\\nz\t2\n\\.\n",
     "t(a,b) \tx|1 y\nz|2 ", 0, 0, 0, 0},
    {"copy: delimiter and null of its own", PG "COPY t (a, b) FROM stdin WITH DELIMITER '|' NULL '';\n1|\n|x\n\\.\n",
     "t(a,b) 1|\\N \\N|x ", 0, 0, 0, 0},
    {"copy: lines that end in CR LF",
     PG "COPY t (a, b) FROM stdin;\r\n1\tx\r\n2\t\\N\r\n\\.\r\nINSERT INTO u (a) VALUES (1);\r\n",
     "t(a,b) 1|x 2|\\N u(a) 1 ", 0, 0, 0, 0},
    {"copy as CSV is counted, not guessed",
     PG "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1,'x\n2,y\n\\.\nINSERT INTO u (a) VALUES (1);", "u(a) 1 ", 0, 0,
     0, 2},
    {"copy without its end", PG "COPY t (a, b) FROM stdin;\n1\tx\nCOPY u (a) FROM stdin;\n5\n\\.\n",
     "t(a,b) 1|x u(a) 5 ", 0, 0, 1, 0},
    {"psql's words", PG "\\restrict it's\n\\connect shop\nINSERT INTO t (a) VALUES (1);\n\\unrestrict x\n", "t(a) 1 ",
     0, 0, 0, 0},
    {"names with quotes in them", PG "COPY \"My \"\"T\"\"\" (\"a\"\"b\") FROM stdin;\n1\n\\.\n", "My \"T\"(a\"b) 1 ", 0,
     0, 0, 0},
    {"backslashes count where the settings say so",
     PG
     "SET standard_conforming_strings = off;\nINSERT INTO t (a) VALUES ('a\\'b');\nCREATE FUNCTION f() AS $$ it's; INSERT INTO no VALUES (1); $$;\n",
     "t(a) a'b ", 0, 0, 0, 0},
};

static const struct row others[] = {
    {"SQLite: line ends",
     LITE
     "INSERT INTO t VALUES(1,replace('a\\nb''c','\\n',char(10)));\nINSERT INTO t VALUES(2,replace(replace('a\\r\\nb','\\r',char(13)),'\\n',char(10)));\nINSERT INTO t VALUES(3,replace('a\\n\\012b','\\012',char(10)));\nINSERT INTO t VALUES(4,'a'||char(10)||'b');",
     "t(column1,column2) 1|a\nb'c 2|a\r\nb 3|a\\n\nb 4|a\nb ", 0, 0, 0, 0},
    {"SQLite: unistr, blobs, numbers",
     LITE
     "INSERT INTO t VALUES(unistr('a\\u000ab\\\\\\u00e9'));\nINSERT INTO t VALUES(X'00fF');\nINSERT INTO t VALUES(1.0e-300);\nINSERT INTO t VALUES(-0.0);\nINSERT INTO t VALUES(9.0e+999);\nINSERT INTO t VALUES(NULL);\nINSERT INTO t VALUES('');",
     "t(column1) a\nb\\\xc3\xa9 00ff 1.0e-300 -0.0 9.0e+999 \\N  ", 0, 0, 0, 0},
    {"SQL Server",
     MS
     "SET IDENTITY_INSERT [dbo].[t] ON\nINSERT [dbo].[t] ([a], [b]) VALUES (1, N'it''s')\nINSERT [dbo].[t] ([a], [b]) VALUES (CAST(12.50 AS Decimal(10, 2)), CAST(N'2020-01-01T00:00:00.000' AS DateTime))\nGO\nINSERT INTO dbo.t (a, b) VALUES (0x0A, CONVERT(datetime, '2020-01-02', 120)), (NULL, N'a' + CHAR(13) + NCHAR(8364) + N'b')\nGO\n",
     "t(a,b) 1|it's 12.50|2020-01-01T00:00:00.000 0a|2020-01-02 \\N|a\r\xe2\x82\xac"
     "b ",
     0, 0, 0, 0},
    {"SQL Server: rows out of SELECT",
     MS
     "INSERT INTO [t] ([a],[b]) SELECT 1, N'x' UNION ALL\nSELECT 2, N'from y' UNION ALL SELECT 3, CAST('z' AS varchar(9))\nGO\nINSERT [t] ([a],[b]) SELECT 4,'w'",
     "t(a,b) 1|x 2|from y 3|z 4|w ", 0, 0, 0, 0},
    {"SQL Server: a routine ends at GO",
     MS
     "CREATE PROCEDURE p AS\nINSERT INTO no VALUES (1);\nINSERT INTO no VALUES (2);\nGO\nINSERT [t] ([a]) VALUES (1)\nGO\n",
     "t(a) 1 ", 0, 0, 0, 0},
    {"SQL Server: names with brackets", MS "INSERT [dbo].[a]]b] ([c d], [e]]]) VALUES (1,2)\n", "a]b(c d,e]) 1|2 ", 0,
     0, 0, 0},
    {"Oracle",
     ORA
     "REM INSERTING into SHOP.T it's\nInsert into SHOP.T (A,B) values (1,to_date('03-FEB-21','DD-MON-RR'));\nInsert into SHOP.T (A,B) values (q'[it's]',to_timestamp('2020-1-2 3:04:05.678 PM','YYYY-MM-DD HH:MI:SS.FF3 AM'));\n/\nInsert into SHOP.T (A,B) values ('',HEXTORAW('C0FF'));\nInsert into SHOP.T (A,B) values ('a'||CHR(38)||'b'||chr(10),EMPTY_CLOB());\ncommit;\n",
     "SHOP.T(A,B) 1|2021-02-03 it's|2020-01-02 15:04:05.678 \\N|c0ff a&b\n|\\N ", 0, 0, 0, 0},
    {"Oracle: INSERT ALL, dual",
     ORA
     "INSERT ALL\n INTO t (a,b) VALUES (1,'x')\n INTO t (a,b) VALUES (2,TO_CLOB('y')||TO_CLOB('z'))\nSELECT * FROM dual;\nINSERT INTO t (a,b) SELECT 3, 'w' FROM dual UNION ALL SELECT 4, nq'!v!' FROM dual;\nINSERT INTO t (a,b) SELECT a, b FROM u;\n",
     "t(a,b) 1|x 2|yz 3|w 4|v ", 0, 0, 0, 1},
    {"a date that its model does not fit stays as it is",
     ORA "Insert into T (A) values (to_date('32-02-2020','DD-MM-YYYY'));\nInsert into T (A) values (to_date('x','J'));",
     "T(A) 32-02-2020 x ", 0, 0, 0, 0},
    {"what is not understood is worth its first string, or itself",
     "INSERT INTO t (a) VALUES (now()),(f('x', 1)),(1 + 2),(ST_GeomFromText('POINT(1 2)', 4326)),(((((((((((((((((((('d')))))))))))))))))))));",
     "t(a) now() x 1 + 2 POINT(1 2) d ", 0, 0, 0, 0},
};

/* What a missing quote, a missing beginning and a missing end cost. */
static const struct row broken[] = {
    {"a quote that is not closed costs its row",
     MY "INSERT INTO `t` (a,b) VALUES (1,'abc),(2,'def'),(3,'ghi');\nINSERT INTO `t` (a,b) VALUES (4,'x');\n",
     "t(a,b) 2|def 3|ghi 4|x ", 0, 1, 0, 0},
    {"what it swallows ends before what may be a prefix",
     MY "INSERT INTO `t` (a,b) VALUES (1,'abc),(2,'n'),(3,'x'),(4,'ghi');\n", "t(a,b) 2|n 3|x 4|ghi ", 0, 1, 0, 0},
    {"reading goes on at no parenthesis within the row",
     MY "INSERT INTO `t` (a,b) VALUES (1,'O'Hara',f((1),(2),(3))),(2,'x');\n", "t(a,b) 2|x ", 0, 1, 0, 0},
    {"a quote that is not opened", MY "INSERT INTO `t` (a,b) VALUES (1,abc'),(2,'def'),(3,'ghi');\n",
     "t(a,b) 2|def 3|ghi ", 0, 1, 0, 0},
    {"a quote too many", MY "INSERT INTO `t` (a,b) VALUES (1,'O'Hara'),(2,'def');\n", "t(a,b) 2|def ", 0, 1, 0, 0},
    {"in the last row of a statement",
     MY
     "INSERT INTO `t` (a,b) VALUES (1,'abc');\nINSERT INTO `t` (a,b) VALUES (2,'def);\nINSERT INTO `t` (a,b) VALUES (3,'ghi');\n",
     "t(a,b) 1|abc 3|ghi ", 0, 1, 0, 0},
    {"in the last statement but one", PG "INSERT INTO t (a,b) VALUES (1,'abc);\nINSERT INTO t (a,b) VALUES (2,3);\n",
     "t(a,b) 2|3 ", 0, 1, 0, 0},
    {"in a dump that is one line",
     MY
     "INSERT INTO `t` (a,b) VALUES (1,'abc);INSERT INTO `t` (a,b) VALUES (2,'d');INSERT INTO `t` (a,b) VALUES (3,'e');",
     "t(a,b) 2|d 3|e ", 0, 1, 0, 0},
    {"a parenthesis is missing", MY "INSERT INTO `t` (a,b) VALUES (1,(2;\nINSERT INTO `t` (a,b) VALUES (3,'ghi');\n",
     "t(a,b) 3|ghi ", 0, 1, 0, 0},
    {"a line of a tuple is missing", MY "INSERT INTO `t` (a,b) VALUES (1,\nINSERT INTO `t` (a,b) VALUES (3,'ghi');\n",
     "t(a,b) 3|ghi ", 0, 1, 0, 0},
    {"a string of another statement is not closed",
     PG "SET x = 'abc;\nINSERT INTO t (a) VALUES (1);\nINSERT INTO t (a) VALUES (2);\n", "t(a) 1 2 ", 0, 0, 1, 0},
    {"begins inside a string", "bcd',3),(4,'x'),(5,'y');\nINSERT INTO `t` (a,b) VALUES (6,'z');\n", "t(a,b) 6|z ", 0, 0,
     1, 0},
    {"begins inside a list, a tuple a line", "(4,'x'),\n(5,'y');\n\nINSERT INTO t (a,b) VALUES (6,'z');\n",
     "t(a,b) 6|z ", 0, 0, 2, 0},
    {"begins inside a list of one line", "d'),(4,'x');INSERT INTO `t` (a,b) VALUES (6,'z');", NULL, 0, 0, 0, 0},
    {"begins inside a copy block", "1\ta\n2\tb\n\\.\n\nCOPY t (a) FROM stdin;\n7\n\\.\n", "t(a) 7 ", 0, 0, 2, 0},
    {"begins and ends inside tuples", "d'),(4,'x'),(4,'x'),(4,'x'),(4,'x'),(4,'x'),(4,'x'),(4,'x'),(4,'x'),(4,'x')", "",
     0, 0, 1, 0},
    {"ends inside a name", PG "INSERT INTO t (a) VALUES (1);\nINSERT INTO \"t", "t(a) 1 ", 0, 0, 1, 0},
    {"a statement in a text is text", MY "INSERT INTO `t` (a) VALUES ('x\nINSERT INTO `no` VALUES (1);\n'),('y');\n",
     "t(a) x\nINSERT INTO `no` VALUES (1);\n y ", 0, 0, 0, 0},
};

static void check_row(const struct row *row, size_t size, const char *unwanted)
{
    struct told told = {.unwanted = unwanted};
    struct table_report report;
    struct err err = {0};
    if (read_all(str_of(row->input), size, &told, &report, &err) != 0) {
        fail_msg("%s: %s", row->name, err.text);
    }
    if (unwanted == NULL && row->expected != NULL && !str_eq(buf_str(&told.text), str_of(row->expected))) {
        fail_msg("%s (pieces of %zu): got '%.*s', not '%s'", row->name, size, STR_FMT(buf_str(&told.text)),
                 row->expected);
    }
    const uint64_t wanted[] = {row->wrong, 0, row->broken, row->cut, row->statements, 0};
    for (int i = 0; row->expected != NULL && i < TABLE_REJECTS; i++) {
        if (report.rejected[i] != wanted[i]) {
            fail_msg("%s (pieces of %zu): %llu rejected as '%s', not %llu", row->name, size,
                     (unsigned long long)report.rejected[i], table_reject_name((enum table_reject)i),
                     (unsigned long long)wanted[i]);
        }
    }
    assert_int_equal(report.bytes, strlen(row->input));
    buf_free(&told.text);
}

static void check_rows(const struct row *rows, size_t count)
{
    static const size_t sizes[] = {1, 7, 64, 1 << 20};
    for (size_t i = 0; i < count; i++) {
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
            check_row(&rows[i], sizes[s], NULL);
        }
    }
}

#define ROWS(name)                                        \
    static void test_##name(void **state)                 \
    {                                                     \
        (void)state;                                      \
        check_rows(name, sizeof(name) / sizeof(*(name))); \
    }
ROWS(mysql)
ROWS(postgresql)
ROWS(others)
ROWS(broken)

/* What is not wanted is counted all the same, broken or not. */
static void test_unwanted(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        MY "INSERT INTO `t` (a,b) VALUES (1,'a)('),(2,X'00'),(3,'it''s\\''),(f(4),N'x');\nINSERT INTO `u` VALUES (1);",
        PG "COPY t (a, b) FROM stdin;\n1\ta\n2\tb\\\\\n3\tc\\\nd\n4\t\n\\.\nINSERT INTO u VALUES (1);\n",
        MY "INSERT INTO `t` (a,b) VALUES (1,'x),(0,'y'),(2,'z'),(3,'z'),(4,'z');\nINSERT INTO `u` VALUES (1);",
    };
    for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
        for (size_t size = 1; size < 400; size += 57) {
            struct told told = {.unwanted = "t"};
            struct table_report report;
            struct err err = {0};
            assert_int_equal(read_all(str_of(inputs[i]), size, &told, &report, &err), 0);
            assert_int_equal(told.rows, 1);
            assert_int_equal(report.rows, 5);
            assert_int_equal(report.rejected[TABLE_BROKEN], i == 2);
            buf_free(&told.text);
        }
    }
}

/* ---- Made to hurt ---- */

static void read_counting(struct buf *input, struct told *told, struct table_report *report)
{
    struct err err = {0};
    *told = (struct told){.counts_only = true};
    assert_int_equal(buf_check(input, &err), 0);
    if (read_all(buf_str(input), 1 << 16, told, report, &err) != 0) {
        fail_msg("%s", err.text);
    }
    buf_free(input);
}

static uint64_t all_rejected(const struct table_report *report)
{
    uint64_t sum = 0;
    for (int i = 0; i < TABLE_REJECTS; i++) {
        sum += report->rejected[i];
    }
    return sum;
}

static void fill(struct buf *input, char byte, size_t count)
{
    char *room = buf_room(input, count);
    assert_non_null(room);
    memset(room, byte, count);
    input->len += count;
}

static void test_one_statement_of_24_mb(void **state)
{
    (void)state;
    struct buf input = {0};
    struct told told;
    struct table_report report;
    uint64_t rows = 0;
    for (buf_puts(&input, MY "INSERT INTO `t` VALUES "); input.len < 24 << 20; rows++) {
        buf_puts(&input, rows == 0 ? "(1,'a\\'b',NULL,0xAB)" : ",(1,'a\\'b',NULL,0xAB)");
    }
    buf_puts(&input, ";\n");
    read_counting(&input, &told, &report);
    assert_int_equal(told.rows, rows);
    assert_int_equal(told.bytes, rows * 6);
    assert_int_equal(all_rejected(&report), 0);
}

/* The longest row that is read, and one that is longer: what stands around it is not lost. */
static void test_long_rows(void **state)
{
    (void)state;
    for (int beyond = 0; beyond < 2; beyond++) {
        struct buf input = {0};
        struct told told;
        struct table_report report;
        buf_puts(&input, MY "INSERT INTO `t` (a) VALUES ('x'),('");
        fill(&input, 'y', (beyond ? TABLE_ROW_BYTES + 4096 : TABLE_ROW_BYTES - 4096));
        buf_puts(&input, "'),('z'),('z');\nINSERT INTO `t` (a) VALUES ('w');\n");
        read_counting(&input, &told, &report);
        assert_int_equal(told.rows, beyond ? 4 : 5);
        assert_int_equal(report.rejected[TABLE_TOO_LONG], beyond);
        assert_int_equal(all_rejected(&report), beyond);
    }
}

static void test_deep_parentheses(void **state)
{
    (void)state;
    enum { DEPTH = 2 << 20 };
    struct buf input = {0};
    struct told told;
    struct table_report report;
    buf_puts(&input, MY "INSERT INTO `t` (a) VALUES (");
    fill(&input, '(', DEPTH);
    buf_puts(&input, "1");
    fill(&input, ')', DEPTH);
    buf_puts(&input, "),(2);\nINSERT INTO `t` (a) VALUES (3);\n");
    read_counting(&input, &told, &report);
    assert_int_equal(told.rows, 3);
    assert_int_equal(all_rejected(&report), 0);
}

/* Statements of which none ends, so that each would be looked through to the end of what may be held. */
static void test_nothing_ends(void **state)
{
    (void)state;
    static const char *const lines[] = {"INSERT INTO `t` (a) VALUES (((\n",
                                        "INSERT INTO t (a) VALUES ($a%d$\n",
                                        "INSERT INTO t (a) VALUES (q'[ /*\n",
                                        "INSERT INTO `t` (a) VALUES ('x\n",
                                        "SET x = $a%d$\n",
                                        "INSERT INTO t (a) VALUES (\"\n"};
    for (size_t l = 0; l < sizeof(lines) / sizeof(*lines); l++) {
        struct buf input = {0};
        struct told told;
        struct table_report report;
        struct str line = str_of(lines[l]);
        size_t number = str_find(line, STR("%d"), 0);
        buf_puts(&input, "INSERT INTO t (a) VALUES (1);\n");
        for (unsigned i = 0; i < 40000; i++) {
            buf_put(&input, str_slice(line, 0, number));
            if (number != SIZE_MAX) {
                buf_printf(&input, "%u", i);
                buf_put(&input, str_slice(line, number + 2, line.len));
            }
        }
        read_counting(&input, &told, &report);
        assert_true(told.rows >= 1 && all_rejected(&report) > 0);
    }
}

static void test_a_hundred_thousand_tables(void **state)
{
    (void)state;
    enum { TABLES = 100000 };
    struct buf input = {0};
    struct told told;
    struct table_report report;
    for (unsigned i = 0; i < TABLES; i++) {
        buf_printf(
            &input,
            "CREATE TABLE t%u (a int, b text);\nINSERT INTO t%u VALUES (1,'x');\nINSERT INTO t%u VALUES (2,'y');\n", i,
            i, i);
    }
    read_counting(&input, &told, &report);
    assert_int_equal(told.tables, TABLE_TABLES_MAX);
    assert_int_equal(told.rows, 2 * TABLE_TABLES_MAX);
    assert_int_equal(report.rejected[TABLE_BEYOND], 2 * (TABLES - TABLE_TABLES_MAX));
    assert_int_equal(all_rejected(&report), report.rejected[TABLE_BEYOND]);
}

/* SQL Server writes its scripts as UTF-16 with a mark. */
static void test_utf16(void **state)
{
    (void)state;
    static const char script[] =
        "USE [shop]\r\nGO\r\nSET IDENTITY_INSERT [dbo].[t] ON \r\n\r\nINSERT [dbo].[t] ([a], [b]) VALUES (1, N'it''s')\r\n"
        "INSERT [dbo].[t] ([a], [b]) VALUES (2, N'~')\r\nGO\r\n";
    struct buf input = {0};
    struct told told = {0};
    struct table_report report;
    struct err err = {0};
    buf_put(&input, STR("\xff\xfe"));
    for (const char *at = script; *at != '\0'; at++) {
        buf_putc(&input, *at == '~' ? '\xac' : *at);
        buf_putc(&input, *at == '~' ? '\x20' : '\0');
    }
    assert_int_equal(read_all(buf_str(&input), 1001, &told, &report, &err), 0);
    assert_string_equal(report.encoding, "UTF-16LE");
    assert_string_equal(told.text.data, "t(a,b) 1|it's 2|\xe2\x82\xac ");
    assert_int_equal(all_rejected(&report), 0);
    buf_free(&told.text);
    buf_free(&input);
}

/* ---- One truth in all its dialects: the shared corpus, skipped where it is not there ---- */

enum { SHOP_TABLES = 16 };

struct shop {
    struct arena keep;
    uint32_t tables;
    struct {
        struct str name;
        size_t columns, rows;
        struct buf cells; /* struct str each */
    } table[SHOP_TABLES];
};

static void shared_path(char *path, size_t bytes, const char *name)
{
    const char *shared = getenv("ASSAY_SHARED");
    (void)snprintf(path, bytes, "%s/data/%s", shared != NULL ? shared : "../shared", name);
    FILE *there = fopen(path, "re");
    if (there == NULL) {
        skip();
    }
    fclose(there);
}

/* "invoice_line", "InvoiceLine" -> "invoiceline" */
static struct str plain_name(struct arena *keep, struct str name)
{
    char text[64];
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < sizeof(text); i++) {
        if (name.data[i] != '_') {
            text[len++] = (char)(name.data[i] | 0x20);
        }
    }
    return arena_str(keep, (struct str){text, len}, NULL);
}

static void add_cell(struct shop *shop, uint32_t table, struct str cell)
{
    struct str kept = cell.data == NULL ? cell : arena_str(&shop->keep, cell, NULL);
    buf_put(&shop->table[table].cells, (struct str){(const char *)&kept, sizeof(kept)});
}

static int shop_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct shop *shop = self;
    (void)err;
    assert_true(number < SHOP_TABLES);
    shop->tables = number + 1;
    shop->table[number].name = plain_name(&shop->keep, shape->name);
    shop->table[number].columns = shape->column_count;
    *ret_wanted = true;
    return 0;
}

static int shop_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct shop *shop = self;
    (void)err;
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        add_cell(shop, batch->table, batch->cells[i]);
    }
    shop->table[batch->table].rows += batch->rows;
    return 0;
}

static void shop_read(struct shop *shop, const char *file)
{
    char path[4096];
    struct table_report report;
    struct err err = {0};
    struct table_sink sink = {.self = shop, .table = shop_table, .rows = shop_rows};
    shared_path(path, sizeof(path), file);
    *shop = (struct shop){0};
    arena_init(&shop->keep, 0);
    assert_int_equal(table_read_file(path, &sink, &report, &err), 0);
    assert_int_equal(all_rejected(&report), 0);
}

static void shop_close(struct shop *shop)
{
    for (uint32_t t = 0; t < SHOP_TABLES; t++) {
        buf_free(&shop->table[t].cells);
    }
    arena_clear(&shop->keep);
}

/* What SQLite itself says stands in the database. */
static void shop_ask(struct shop *shop, const struct shop *like)
{
    char path[4096], text[8192];
    sqlite3 *db;
    shared_path(path, sizeof(path), "chinook/Chinook_Sqlite.sqlite");
    (void)snprintf(text, sizeof(text), "file:%s?mode=ro&immutable=1", path);
    *shop = (struct shop){0};
    arena_init(&shop->keep, 0);
    assert_int_equal(sqlite3_open_v2(text, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL), SQLITE_OK);
    for (uint32_t t = 0; t < like->tables; t++) {
        sqlite3_stmt *rows;
        (void)snprintf(text, sizeof(text), "select * from %s order by rowid", like->table[t].name.data);
        assert_int_equal(sqlite3_prepare_v2(db, text, -1, &rows, NULL), SQLITE_OK);
        shop->table[t].name = like->table[t].name;
        shop->table[t].columns = (size_t)sqlite3_column_count(rows);
        while (sqlite3_step(rows) == SQLITE_ROW) {
            shop->table[t].rows++;
            for (int i = 0; i < sqlite3_column_count(rows); i++) {
                const char *cell = (const char *)sqlite3_column_text(rows, i);
                add_cell(shop, t, (struct str){cell, (size_t)sqlite3_column_bytes(rows, i)});
            }
        }
        sqlite3_finalize(rows);
    }
    shop->tables = like->tables;
    sqlite3_close(db);
}

static bool is_same_value(struct str a, struct str b)
{
    struct normalizer one = {.wanted = NORMAL_ALL}, two = {.wanted = NORMAL_ALL};
    struct normal here, there;
    normal_value(&one, a, &here);
    normal_value(&two, b, &there);
    bool same = here.class == there.class && here.class != NORMAL_TEXT && str_eq(here.bytes, there.bytes);
    normalizer_close(&one);
    normalizer_close(&two);
    return same;
}

/* What MySQL itself makes of a backslash that stands before nothing special. */
static bool is_without_backslashes(struct str truth, struct str cell)
{
    size_t at = 0;
    for (size_t i = 0; i < truth.len; i++) {
        if (truth.data[i] == '\\') {
            continue;
        }
        if (at == cell.len || cell.data[at++] != truth.data[i]) {
            return false;
        }
    }
    return at == cell.len;
}

/* How many cells are spelled otherwise; fails on one that is worth something else. */
static size_t compare(const char *name, const struct shop *truth, const struct shop *shop, bool is_mysql)
{
    size_t differing = 0;
    assert_int_equal(shop->tables, truth->tables);
    for (uint32_t t = 0; t < truth->tables; t++) {
        assert_true(str_eq(shop->table[t].name, truth->table[t].name));
        assert_int_equal(shop->table[t].columns, truth->table[t].columns);
        assert_int_equal(shop->table[t].rows, truth->table[t].rows);
        const struct str *a = (const struct str *)(const void *)truth->table[t].cells.data;
        const struct str *b = (const struct str *)(const void *)shop->table[t].cells.data;
        for (size_t i = 0; i < truth->table[t].rows * truth->table[t].columns; i++) {
            if ((a[i].data == NULL) == (b[i].data == NULL) && str_eq(a[i], b[i])) {
                continue;
            }
            differing++;
            if (!is_same_value(a[i], b[i]) && !(is_mysql && is_without_backslashes(a[i], b[i]))) {
                fail_msg("%s, %s, cell %zu: '%.*s', not '%.*s'", name, truth->table[t].name.data, i, STR_FMT(b[i]),
                         STR_FMT(a[i]));
            }
        }
    }
    return differing;
}

static void test_one_truth(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t
            others; /* dates written 1962/2/18: 2 of 8 employees, 1 of 412 invoices; MySQL: and 4 names with backslashes */
    } dialects[] = {{"chinook/Chinook_Db2.sql", 0},
                    {"chinook/Chinook_Oracle.sql", 0},
                    {"chinook/Chinook_SqlServer.sql", 428},
                    {"chinook/Chinook_PostgreSql.sql", 428},
                    {"chinook/Chinook_MySql.sql", 432}};
    struct shop truth, asked;
    shop_read(&truth, "chinook/Chinook_Sqlite.sql");
    shop_ask(&asked, &truth);
    assert_int_equal(compare("SQLite itself", &asked, &truth, false), 0);
    for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++) {
        struct shop shop;
        shop_read(&shop, dialects[i].file);
        size_t differing = compare(dialects[i].file, &truth, &shop, strstr(dialects[i].file, "MySql") != NULL);
        assert_int_equal(differing, dialects[i].others);
        shop_close(&shop);
    }
    shop_close(&asked);
    shop_close(&truth);
}

/* What PostgreSQL counts where the same files were loaded into it. */
static void test_counts(void **state)
{
    (void)state;
    static const struct {
        const char *file, *table;
        size_t rows;
    } counts[] = {
        {"sakila/postgres-sakila-insert-data-using-copy.sql", "actor", 200},
        {NULL, "address", 603},
        {NULL, "category", 16},
        {NULL, "city", 600},
        {NULL, "country", 109},
        {NULL, "customer", 599},
        {NULL, "film", 1000},
        {NULL, "filmactor", 5462},
        {NULL, "filmcategory", 1000},
        {NULL, "inventory", 4581},
        {NULL, "language", 6},
        {NULL, "payment", 16049},
        {NULL, "rental", 16044},
        {NULL, "staff", 2},
        {NULL, "store", 2},
        {"northwind/northwind.sql", "categories", 8},
        {NULL, "customers", 91},
        {NULL, "employeeterritories", 49},
        {NULL, "employees", 9},
        {NULL, "orderdetails", 2155},
        {NULL, "orders", 830},
        {NULL, "products", 77},
        {NULL, "region", 4},
        {NULL, "shippers", 6},
        {NULL, "suppliers", 29},
        {NULL, "territories", 53},
        {NULL, "usstates", 51},
    };
    struct shop shop = {0};
    size_t nulls = 0;
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        if (counts[i].file != NULL) {
            shop_close(&shop);
            shop_read(&shop, counts[i].file);
        }
        uint32_t t = 0;
        while (t < shop.tables && !str_eq(shop.table[t].name, str_of(counts[i].table))) {
            t++;
        }
        assert_true(t < shop.tables);
        assert_int_equal(shop.table[t].rows, counts[i].rows);
        const struct str *cells = (const struct str *)(const void *)shop.table[t].cells.data;
        for (size_t c = 0; c < shop.table[t].rows * shop.table[t].columns; c++) {
            nulls += cells[c].data == NULL;
        }
    }
    assert_int_equal(nulls, 1792 + 695);
    shop_close(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mysql),        cmocka_unit_test(test_postgresql),
        cmocka_unit_test(test_others),       cmocka_unit_test(test_broken),
        cmocka_unit_test(test_unwanted),     cmocka_unit_test(test_one_statement_of_24_mb),
        cmocka_unit_test(test_long_rows),    cmocka_unit_test(test_deep_parentheses),
        cmocka_unit_test(test_nothing_ends), cmocka_unit_test(test_a_hundred_thousand_tables),
        cmocka_unit_test(test_utf16),        cmocka_unit_test(test_one_truth),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

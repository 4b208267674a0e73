/* SQLite as a source: what is read, what is refused, and that nothing is written or run. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>
#include <cmocka.h>

#include "base/buf.h"
#include "sources/source.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/assay-sqlite-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static void uri_of(char out[static 128], const char *name)
{
    (void)snprintf(out, 128, "sqlite:%s/%s", folder, name);
}

static void make(const char *name, const char *sql)
{
    char uri[128];
    uri_of(uri, name);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(uri + 7, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s", why);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int on_rows(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct buf *out = self;
    (void)err;
    for (size_t i = 0; i < rows * columns; i++) {
        buf_printf(out, "%s", i % columns == 0 ? "" : "|");
        buf_put(out, cells[i].data == NULL ? STR("\\N") : cells[i]);
        buf_puts(out, i % columns == columns - 1 ? " " : "");
    }
    return 0;
}

static int refuse(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    (void)self, (void)cells, (void)rows, (void)columns;
    return err_set(err, ERR_LIMIT, "enough");
}

static void test_reads(void **state)
{
    (void)state;
    make(
        "a.db",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, \"odd \"\"name\" TEXT, b BLOB); INSERT INTO t VALUES (1,'x',x'C0FFEE'),(2,NULL,''),(3,2.5,x'');"
        "CREATE TABLE e(a); CREATE VIEW v AS SELECT * FROM t; CREATE TABLE \"q\"\"t\"(a); INSERT INTO \"q\"\"t\" VALUES ('y');");
    char uri[128];
    uri_of(uri, "a.db");
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    assert_int_equal(count, 3); /* a view holds no rows of its own */
    OWN(own_buf) struct buf out = {0};
    struct source_sink sink = {&out, on_rows};
    for (size_t i = 0; i < count; i++) {
        assert_null(tables[i].unreadable);
        assert_int_equal(source_read(source, &tables[i], &sink, &err), 0);
        buf_puts(&out, "; ");
    }
    assert_string_equal(out.data, "; y ; 1|x|c0ffee 2|\\N| 3|2.5| ; ");
    assert_int_equal(tables[2].column_count, 3);
    assert_int_equal(tables[2].columns[1].len, 9);
    buf_reset(&out);
    assert_int_equal(source_read_columns(source, &tables[2], (const bool[]){false, true, false}, &sink, &err), 0);
    assert_int_equal(source_read_columns(source, &tables[2], (const bool[]){false, false, true}, &sink, &err), 0);
    assert_string_equal(out.data, "\\N|x|\\N \\N|\\N|\\N \\N|2.5|\\N \\N|\\N|c0ffee \\N|\\N| \\N|\\N| ");
    struct source_sink stop = {NULL, refuse};
    assert_int_equal(source_read(source, &tables[2], &stop, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
}

static void test_many(void **state)
{
    (void)state;
    make(
        "many.db",
        "CREATE TABLE t(a,b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000) INSERT INTO t SELECT i, printf('%.2000c','x') FROM n;");
    char uri[128];
    uri_of(uri, "many.db");
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    OWN(own_buf) struct buf out = {0};
    struct source_sink sink = {&out, on_rows};
    assert_int_equal(source_read(source, &tables[0], &sink, &err), 0);
    size_t rows = 0;
    for (size_t i = 0; i < out.len; i++) {
        rows += out.data[i] == '|';
    }
    assert_int_equal(rows, 5000);
    assert_memory_equal(out.data + out.len - 2001, "xxxx", 4);
}

/* A database that another program has open in WAL mode is read with what that program has committed. */
static void test_live_wal(void **state)
{
    (void)state;
    make("wal.db", "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1);");
    char uri[128];
    uri_of(uri, "wal.db");
    sqlite3 *writer;
    assert_int_equal(sqlite3_open(uri + 7, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, "PRAGMA wal_autocheckpoint=0; INSERT INTO t VALUES (2);", NULL, NULL, NULL),
                     SQLITE_OK);
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    assert_int_equal(sqlite3_exec(writer, "INSERT INTO t VALUES (3);", NULL, NULL, NULL), SQLITE_OK);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    OWN(own_buf) struct buf out = {0};
    struct source_sink sink = {&out, on_rows};
    assert_int_equal(source_read(source, &tables[0], &sink, &err), 0);
    assert_string_equal(out.data, "1 2 "); /* the third came after the snapshot */
    sqlite3_close(writer);
}

static void test_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct source *source = NULL;
    assert_int_equal(source_open("sqlite:/nonexistent/x.db", &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    char uri[128];
    uri_of(uri, "text.db");
    FILE *text = fopen(uri + 7, "we");
    assert_non_null(text);
    for (int i = 0; i < 100; i++) {
        assert_true(fputs("this is not a database, whatever its name says\n", text) >= 0);
    }
    fclose(text);
    assert_int_equal(source_open(uri, &source, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_null(source);
    assert_int_equal(source_open("oracle:x", &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
}

/* A hostile schema: a virtual table, a generated column and a view that call functions. None may run. */
static void test_hostile(void **state)
{
    (void)state;
    make(
        "hostile.db",
        "CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE VIRTUAL TABLE f USING fts5(x); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;");
    char uri[128];
    uri_of(uri, "hostile.db");
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        bool is_virtual = tables[i].name.len == 1 && tables[i].name.data[0] == 'f';
        found = found || is_virtual;
        assert_int_equal(tables[i].unreadable != NULL, is_virtual);
        assert_true(!is_virtual || strstr(tables[i].unreadable, "virtual") != NULL); /* its module was not even asked */
    }
    assert_true(found);
}

static void test_uris(void **state)
{
    (void)state;
    char shown[256];
    assert_true(source_is_uri("sqlite:x") && source_is_uri("postgresql://h/d") && source_is_uri("postgres://h/d"));
    assert_false(source_is_uri("x.csv") || source_is_uri("/a/b:c"));
    assert_true(source_is_remote("postgresql://h/d") && !source_is_remote("sqlite:x"));
    source_display("postgresql://u:secret@h/d", shown, sizeof(shown));
    assert_string_equal(shown, "postgresql://u@h/d");
    source_display("mysql://u:sec@re/t@h:3306/d", shown, sizeof(shown));
    assert_string_equal(shown, "mysql://u@h:3306/d");
    source_display("postgresql://h/d?user=u&password=secret", shown, sizeof(shown));
    assert_null(strstr(shown, "secret"));
    source_display("postgresql://u@h:5432/d", shown, sizeof(shown));
    assert_string_equal(shown, "postgresql://u@h:5432/d");
    struct err err = {0};
    struct source *source = NULL;
    assert_int_equal(source_open("postgresql://u:secret@h/d", &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(strstr(err.text, "secret"));
}

static int sweep_up(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry = dir == NULL ? NULL : readdir(dir); entry != NULL; entry = readdir(dir)) {
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),   cmocka_unit_test(test_many),    cmocka_unit_test(test_live_wal),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_hostile), cmocka_unit_test(test_uris),
    };
    return cmocka_run_group_tests(tests, make_folder, sweep_up);
}

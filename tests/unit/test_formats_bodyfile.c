/* Body files as fls, stat, find and UAC write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "formats/bodyfile.h"

#include "base/banned.h"

#define NONE BODYFILE_NO_TIME

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *what, *line;
        enum bodyfile_kind kind;
        const char *name, *rights;
        uint64_t inode, size;
        int64_t read, written, changed, born;
    } rows[] = {
        {"fls", "0|/var/log/a.log|12-128-1|r/rrw-r-----|33|4|77|5|6|7|8", BODYFILE_FILE, "/var/log/a.log",
         "r/rrw-r-----|33|4", 12, 77, 5, 6, 7, 8},
        {"stat", "d41d8cd98f00b204e9800998ecf8427e|/a|12|-rw-r-----|root|adm|77|5|6|7|8", BODYFILE_FILE, "/a",
         "-rw-r-----|root|adm", 12, 77, 5, 6, 7, 8},
        {.what = "fractions", .line = "0|/a|12|-rw-r--r--|0|0|0|5.25|6.000000001|7.|8.999", .kind = BODYFILE_WRONG},
        {"fractions, all with digits", "0|/a|12|-rw-r--r--|0|0|0|5.25|6.000000001|7.0|8.999", BODYFILE_FILE, "/a",
         "-rw-r--r--|0|0", 12, 0, 5, 6, 7, 8},
        {"times that are not told", "0|/a|12|-rw-r--r--|0|0|0|0||-1|-1.-000000010", BODYFILE_FILE, "/a",
         "-rw-r--r--|0|0", 12, 0, NONE, NONE, NONE, NONE},
        {"bars in the name", "0|/a|b||c|12|-rw-r--r--|0|0|1|5|6|7|8", BODYFILE_FILE, "/a|b||c", "-rw-r--r--|0|0", 12, 1,
         5, 6, 7, 8},
        {"%N of stat", "0|'/a b'|12|-rw-r--r--|0|0|1|5|6|7|8", BODYFILE_FILE, "/a b", "-rw-r--r--|0|0", 12, 1, 5, 6, 7,
         8},
        {"no inode", "0|/a||-rw-r--r--|0|0|1|5|6|7|8", BODYFILE_FILE, "/a", "-rw-r--r--|0|0", 0, 1, 5, 6, 7, 8},
        {"a mode without rights", "0|/a|1|----------|0|0|1|5|6|7|8", BODYFILE_FILE, "/a", "----------|0|0", 1, 1, 5, 6,
         7, 8},
        {"no group", "0|/a|1|-rw-r--r--|33||1|5|6|7|8", BODYFILE_FILE, "/a", "-rw-r--r--|33|", 1, 1, 5, 6, 7, 8},
        {.what = "a comment", .line = "# 0|/a|1|-rw-r--r--|0|0|1|5|6|7|8", .kind = BODYFILE_OTHER},
        {.what = "an empty line", .line = "", .kind = BODYFILE_OTHER},
        {.what = "a folder", .line = "0|/a|1|drwxr-xr-x|0|0|1|5|6|7|8", .kind = BODYFILE_OTHER},
        {.what = "a folder of fls", .line = "0|/a|1|d/drwxr-xr-x|0|0|1|5|6|7|8", .kind = BODYFILE_OTHER},
        {.what = "deleted", .line = "0|/a (deleted)|1|r/rrwxr-xr-x|0|0|1|5|6|7|8", .kind = BODYFILE_OTHER},
        {.what = "deleted, its record in use again",
         .line = "0|/a (deleted-realloc)|1|r/rrwxr-xr-x|0|0|1|5|6|7|8",
         .kind = BODYFILE_OTHER},
        {.what = "NTFS' second record",
         .line = "0|/a ($FILE_NAME)|1|r/rrwxr-xr-x|0|0|1|5|6|7|8",
         .kind = BODYFILE_OTHER},
        {.what = "no name", .line = "0||1|-rw-r--r--|0|0|1|5|6|7|8", .kind = BODYFILE_OTHER},
        {.what = "a field too few", .line = "0|/a|1|-rw-r--r--|0|0|1|5|6|7", .kind = BODYFILE_WRONG},
        {.what = "no time", .line = "0|/a|1|-rw-r--r--|0|0|1|5|6|x|8", .kind = BODYFILE_WRONG},
        {.what = "no size", .line = "0|/a|1|-rw-r--r--|0|0|x|5|6|7|8", .kind = BODYFILE_WRONG},
        {.what = "a time beyond all",
         .line = "0|/a|1|-rw-r--r--|0|0|1|5|6|7|99999999999999999999",
         .kind = BODYFILE_WRONG},
        {.what = "a line of an access log",
         .line = "203.0.113.9 - - [09/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5",
         .kind = BODYFILE_WRONG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bodyfile_entry entry = {0};
        enum bodyfile_kind kind = bodyfile_line(str_of(rows[i].line), &entry);
        if (kind != rows[i].kind) {
            fail_msg("%s: kind %d", rows[i].what, (int)kind);
        }
        if (kind != BODYFILE_FILE) {
            continue;
        }
        bool is_same = str_eq(entry.name, str_of(rows[i].name)) && str_eq(entry.rights, str_of(rows[i].rights)) &&
                       entry.inode == rows[i].inode && entry.size == rows[i].size && entry.read == rows[i].read &&
                       entry.written == rows[i].written && entry.changed == rows[i].changed &&
                       entry.born == rows[i].born;
        if (!is_same) {
            fail_msg("%s: read otherwise", rows[i].what);
        }
    }
}

struct taken {
    uint64_t count, sum;
    uint64_t stop_at;
};

static int take(void *self, const struct bodyfile_entry *entry, struct err *err)
{
    struct taken *taken = self;
    taken->count++;
    taken->sum += entry->inode * entry->name.len;
    return taken->count == taken->stop_at ? err_set(err, ERR_LIMIT, "enough") : 0;
}

static void write_to(char *path, struct str text)
{
    int fd = mkstemp(path);
    struct err err = {0};
    assert_true(fd >= 0);
    assert_int_equal(file_write_fd(fd, text, &err), 0);
    close(fd);
}

/* More than a piece of it is read at once; lines that are none, one that is too long, and a last one without its end. */
static void test_files(void **state)
{
    (void)state;
    char path[] = "/tmp/assay-bodyfile-XXXXXX";
    struct buf text = {0};
    struct err err = {0};
    uint64_t wrong = 0, sum = 0;
    for (unsigned i = 1; i <= 3000; i++) {
        buf_printf(&text, "0|/srv/%0*u|%u|-rw-r--r--|0|0|1|5|6|7|8\r\n", (int)(i % 40 + 1), i, i);
        unsigned digits = i >= 1000 ? 4 : i >= 100 ? 3 : i >= 10 ? 2 : 1, width = i % 40 + 1;
        sum += (uint64_t)i * (5 + (width > digits ? width : digits));
    }
    buf_puts(&text, "not a line\n0|/");
    for (unsigned i = 0; i < 3000; i++) {
        buf_puts(&text, "too long ");
    }
    buf_puts(&text, "|1|-rw-r--r--|0|0|1|5|6|7|8\n0|/last|1|-rw-r--r--|0|0|1|5|6|7|8");
    write_to(path, buf_str(&text));
    struct taken taken = {0};
    assert_int_equal(bodyfile_each(path, take, &taken, &wrong, &err), 0);
    assert_int_equal(taken.count, 3001);
    assert_int_equal(taken.sum, sum + 5);
    assert_int_equal(wrong, 2);
    taken = (struct taken){.stop_at = 7};
    assert_int_equal(bodyfile_each(path, take, &taken, &wrong, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_int_equal(taken.count, 7);
    unlink(path);
    buf_free(&text);
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    char path[] = "/tmp/assay-bodyfile-XXXXXX";
    struct err err = {0};
    struct taken taken = {0};
    uint64_t wrong = 0;
    write_to(path, STR("# only a comment\n\nand a line\n"));
    assert_int_equal(bodyfile_each(path, take, &taken, &wrong, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    unlink(path);
    assert_int_equal(bodyfile_each(path, take, &taken, &wrong, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

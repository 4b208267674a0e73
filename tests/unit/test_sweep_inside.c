/* Archives: each format shows the shell in it and not its twin, each limit is said, every entry is in one class. The archives are made
 * here, with libarchive's own writers and by hand. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "assay/sweep.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"

enum { V7TAR = -1 }; /* libarchive has no number for it */

static const struct str shell = {"<?php\nsystem($_GET['c']);\n", 25};
static const struct str twin = {"<?php\necho strlen($_GET['c']);\n", 31};

struct made {
    const char *name;
    struct str bytes;
};

static void put_entry(struct archive *archive, const char *name, struct str bytes, unsigned type)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)bytes.len);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 1700000000, 0);
    if (type == AE_IFLNK) {
        archive_entry_set_symlink(entry, "/etc/passwd");
        archive_entry_set_size(entry, 0);
    }
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    if (type == AE_IFREG) {
        assert_int_equal(archive_write_data(archive, bytes.data, bytes.len), bytes.len);
    }
    archive_entry_free(entry);
}

/* An archive of these in memory, to be freed. */
static struct str pack(int format, int filter, const char *options, const struct made *files, size_t count)
{
    enum { ROOM = 4 << 20 };
    struct archive *archive = archive_write_new();
    char *room = malloc(ROOM);
    size_t used = 0;
    assert_int_equal(format == V7TAR ? archive_write_set_format_v7tar(archive)
                                     : archive_write_set_format(archive, format),
                     ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(archive, 1);
    if (options != NULL) {
        assert_int_equal(archive_write_set_passphrase(archive, "word"), ARCHIVE_OK);
        assert_int_equal(archive_write_set_options(archive, options), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open_memory(archive, room, ROOM, &used), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        put_entry(archive, files[i].name, files[i].bytes, files[i].bytes.data == NULL ? AE_IFLNK : AE_IFREG);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return (struct str){room, used};
}

static int keep(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    json_object_set_new(body, "kind", json_string(assay_kind_name(kind)));
    return json_array_append(self, body);
}

/* The records of a sweep over one file of that name and these bytes. */
static json_t *sweep_bytes(const char *name, struct str bytes)
{
    char directory[] = "/tmp/assay-inside-XXXXXX", path[128];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(file_write(path, bytes, NULL), 0);
    const char *paths[] = {directory};
    json_t *records = json_array();
    struct err err = {.kind = ERR_NONE};
    const struct assay_sweep_options options = {
        .paths = paths, .path_count = 1, .jobs = 1, .all = true, .rules_dir = "data/rules"};
    const struct assay_sink sink = {.self = records, .put = keep};
    assert_int_equal(assay_sweep(&options, &sink, &err), 0);
    (void)unlink(path);
    (void)rmdir(directory);
    return records;
}

static json_t *record(const json_t *records, const char *kind, size_t number)
{
    size_t index;
    json_t *body;
    json_array_foreach(records, index, body)
    {
        if (strcmp(json_text(body, "kind", ""), kind) == 0 && number-- == 0) {
            return body;
        }
    }
    return NULL;
}

static void check_sums(const json_t *records, int64_t entries)
{
    const json_t *summary = record(records, "summary", 0);
    json_t *skipped = json_object_get(summary, "entries_skipped"), *number;
    const char *class;
    int64_t sum = json_int(summary, "entries_read", 0);
    json_object_foreach(skipped, class, number)
    {
        sum += json_integer_value(number);
    }
    assert_int_equal(sum, json_int(summary, "entries", -1));
    assert_int_equal(sum, entries);
}

static bool has_class(const json_t *records, const char *class, const char *end)
{
    size_t index;
    json_t *body;
    json_array_foreach(records, index, body)
    {
        const char *path = json_text(body, "path", json_text(body, "entry", ""));
        if (strcmp(json_text(body, "class", ""), class) == 0 && str_ends(str_of(path), str_of(end))) {
            return true;
        }
    }
    return false;
}

static void test_every_format(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int format, filter;
    } rows[] = {
        {"a.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE},
        {"a.tar.gz", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_GZIP},
        {"a.tar.bz2", ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_BZIP2},
        {"a.tar.xz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ},
        {"a.tar.zst", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD},
        {"layer", V7TAR, ARCHIVE_FILTER_NONE},
        {"a.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
        {"a.jpg", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
        {"a.7z", ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE},
        {"a.cpio", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE},
        {"a.odc.cpio", ARCHIVE_FORMAT_CPIO_POSIX, ARCHIVE_FILTER_NONE},
    };
    const struct made files[] = {{"wp/b.php", twin}, {"wp/\xc3\xbc.php", shell}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str bytes = pack(rows[i].format, rows[i].filter, NULL, files, 2);
        json_t *records = sweep_bytes(rows[i].name, bytes);
        char end[80];
        (void)snprintf(end, sizeof end, "/%s!/wp/\xc3\xbc.php", rows[i].name);
        assert_true(has_class(records, "shell", end));
        assert_int_equal(json_int(record(records, "finding", 0), "line", 0), 2);
        assert_null(record(records, "finding", 1));
        assert_true(json_bool(record(records, "summary", 0), "complete", false));
        check_sums(records, 2);
        json_decref(records);
        free((char *)(uintptr_t)bytes.data);
    }
}

static void test_lone_compressed_file(void **state)
{
    (void)state;
    const struct made file = {"x", shell};
    struct str bytes = pack(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, NULL, &file, 1);
    json_t *records = sweep_bytes("a.php.gz", bytes);
    assert_true(has_class(records, "shell", "/a.php.gz!/a.php"));
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

/* Each wrapped in the next, kinds alternating: four levels are seen, the fifth is said to be too deep. */
static void test_nesting(void **state)
{
    (void)state;
    struct str bytes = shell;
    const char *names[] = {"a.php", "1", "2", "3", "4", "5"};
    for (size_t level = 0; level < 6; level++) {
        const struct made file = {names[level], bytes};
        struct str next = pack(level % 2 == 0 ? ARCHIVE_FORMAT_ZIP : ARCHIVE_FORMAT_TAR_USTAR,
                               level % 2 == 0 ? ARCHIVE_FILTER_NONE : ARCHIVE_FILTER_GZIP, NULL, &file, 1);
        if (level != 0) {
            free((char *)(uintptr_t)bytes.data);
        }
        bytes = next;
        json_t *records = sweep_bytes("outer", bytes);
        bool is_seen = level < 5;
        assert_int_equal(has_class(records, "shell", "!/a.php"), is_seen);
        assert_int_equal(json_bool(record(records, "summary", 0), "complete", false), is_seen);
        assert_int_equal(has_class(records, "nested too deep", "!/1"), !is_seen);
        json_decref(records);
    }
    free((char *)(uintptr_t)bytes.data);
}

static void test_encrypted_is_said(void **state)
{
    (void)state;
    const struct made files[] = {{"a.php", shell}, {"b.php", twin}};
    struct str bytes = pack(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "zip:encryption=zipcrypt", files, 2);
    json_t *records = sweep_bytes("a.zip", bytes);
    assert_true(has_class(records, "encrypted", "!/a.php"));
    assert_true(has_class(records, "archive not wholly read", "/a.zip"));
    assert_null(record(records, "finding", 0));
    check_sums(records, 2);
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

static void test_names_are_told_not_followed(void **state)
{
    (void)state;
    const struct made files[] = {{"../../a.php", shell}, {"/srv/b.php", shell}, {"../c.txt", twin}, {"l", {NULL, 0}}};
    struct str bytes = pack(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, NULL, files, 4);
    json_t *records = sweep_bytes("a.tar", bytes);
    assert_true(has_class(records, "shell", "a.tar!/../../a.php"));
    assert_true(has_class(records, "shell", "a.tar!//srv/b.php"));
    assert_int_equal(json_int(json_object_get(record(records, "summary", 0), "entries_skipped"), "link", 0), 1);
    check_sums(records, 4);
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

/* One byte again and again, compressed: packed into a file in memory, to be freed. */
static struct str pack_repeated(char byte, size_t mega_bytes)
{
    enum { CHUNK = 1 << 20, ROOM = 4 << 20 };
    char *chunk = calloc(1, CHUNK), *room = malloc(ROOM);
    size_t used = 0;
    struct archive *archive = archive_write_new();
    assert_non_null(chunk);
    memset(chunk, byte, CHUNK);
    archive_write_set_format(archive, ARCHIVE_FORMAT_RAW);
    archive_write_add_filter(archive, ARCHIVE_FILTER_GZIP);
    archive_write_open_memory(archive, room, ROOM, &used);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(archive, entry);
    for (size_t i = 0; i < mega_bytes; i++) {
        assert_int_equal(archive_write_data(archive, chunk, CHUNK), CHUNK);
    }
    archive_entry_free(entry);
    archive_write_close(archive);
    archive_write_free(archive);
    free(chunk);
    return (struct str){room, used};
}

static void test_bomb_is_stopped(void **state)
{
    (void)state;
    struct str bytes = pack_repeated('x', 200);
    json_t *records = sweep_bytes("a.gz", bytes);
    assert_true(has_class(records, "unpacks to too much", "!/a"));
    assert_true(has_class(records, "archive not wholly read", "/a.gz"));
    assert_false(json_bool(record(records, "summary", 0), "complete", true));
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

static void test_one_entry_may_be_large(void **state)
{
    (void)state;
    struct str bytes = pack_repeated('x', 20);
    json_t *records = sweep_bytes("a.gz", bytes);
    assert_true(json_bool(record(records, "summary", 0), "complete", false));
    check_sums(records, 1);
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

/* NULs alone are the end of a tar, too: nobody says what they are. */
static void test_only_an_end_is_said(void **state)
{
    (void)state;
    struct str bytes = pack_repeated('\0', 1);
    json_t *records = sweep_bytes("a.gz", bytes);
    assert_false(json_bool(record(records, "summary", 0), "complete", true));
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

static void test_cut_archive_is_said(void **state)
{
    (void)state;
    const struct made files[] = {{"a.php", shell}, {"b.php", twin}};
    struct str bytes = pack(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, NULL, files, 2);
    json_t *records = sweep_bytes("a.tar", str_slice(bytes, 0, 512 + 512 + 512 + 10));
    assert_true(has_class(records, "shell", "!/a.php"));
    assert_true(has_class(records, "archive not wholly read", "/a.tar"));
    json_decref(records);
    free((char *)(uintptr_t)bytes.data);
}

static void put_u32(struct buf *bytes, size_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        buf_putc(bytes, (char)(value >> (8 * i) & 0xff));
    }
}

static void put_phar(struct buf *bytes, const char *stub, size_t told_length)
{
    struct buf list = {.max = 4096};
    put_u32(&list, 1);
    buf_put(&list, (struct str){"\x11\x10", 2});
    put_u32(&list, 0); /* flags, alias, metadata */
    put_u32(&list, 0);
    put_u32(&list, 0);
    put_u32(&list, 5);
    buf_puts(&list, "a.php");
    put_u32(&list, shell.len);
    put_u32(&list, 1700000000);
    put_u32(&list, told_length);
    put_u32(&list, 0);
    put_u32(&list, 0644);
    put_u32(&list, 0);
    buf_puts(bytes, stub);
    put_u32(bytes, list.len);
    buf_put(bytes, buf_str(&list));
    buf_put(bytes, shell);
    buf_free(&list);
}

static void test_phar(void **state)
{
    (void)state;
    struct buf bytes = {.max = 4096};
    put_phar(&bytes, "GIF89a<?php echo 1; __HALT_COMPILER(); ?>\r\n", shell.len);
    json_t *records = sweep_bytes("a.gif", buf_str(&bytes));
    assert_true(has_class(records, "shell", "a.gif!/a.php"));
    json_decref(records);
    buf_reset(&bytes);
    put_phar(&bytes, "<?php echo 1; __HALT_COMPILER(); ?>\r\n", 1 << 30);
    records = sweep_bytes("a.phar", buf_str(&bytes));
    assert_true(has_class(records, "archive not wholly read", "a.phar") ||
                has_class(records, "archive not opened", "a.phar"));
    json_decref(records);
    buf_free(&bytes);
}

/* Text that begins like the name of a format is text. */
static void test_no_archive(void **state)
{
    (void)state;
    json_t *records = sweep_bytes("a.txt", STR("BZh is how bzip2 begins; PK is how zip does\n"));
    assert_true(json_bool(record(records, "summary", 0), "complete", false));
    assert_int_equal(json_int(record(records, "summary", 0), "archives", -1), 0);
    json_decref(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format),
        cmocka_unit_test(test_lone_compressed_file),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_encrypted_is_said),
        cmocka_unit_test(test_names_are_told_not_followed),
        cmocka_unit_test(test_bomb_is_stopped),
        cmocka_unit_test(test_one_entry_may_be_large),
        cmocka_unit_test(test_only_an_end_is_said),
        cmocka_unit_test(test_cut_archive_is_said),
        cmocka_unit_test(test_phar),
        cmocka_unit_test(test_no_archive),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* for the writers; the reader takes its own */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

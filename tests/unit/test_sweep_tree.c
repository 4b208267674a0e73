/* A whole tree: order, links, special files, unreadable ones, the sums of coverage; the same records from one thread and from many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "assay/sweep.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"

struct tree {
    char path[40];
};

static void at(const struct tree *tree, const char *name, char out[static 256])
{
    (void)snprintf(out, 256, "%s/%s", tree->path, name);
}

static void make_file(const struct tree *tree, const char *name, struct str bytes)
{
    char path[256];
    at(tree, name, path);
    assert_int_equal(file_write(path, bytes, NULL), 0);
}

static void make_directory(const struct tree *tree, const char *name)
{
    char path[256];
    at(tree, name, path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const struct tree *tree, const char *name, const char *target)
{
    char path[256];
    at(tree, name, path);
    assert_int_equal(symlink(target, path), 0);
}

static int set_up(void **state)
{
    static struct tree tree;
    (void)snprintf(tree.path, sizeof tree.path, "/tmp/assay-sweep-XXXXXX");
    assert_non_null(mkdtemp(tree.path));
    make_directory(&tree, "a");
    make_directory(&tree, "uploads");
    make_file(&tree, "a-b.php", STR("<?php system($_GET['c']);"));
    make_file(&tree, "a/x.php", STR("<?php eval($_POST['k']);"));
    make_file(&tree, "uploads-x.php", STR("<?php passthru($_GET['c']);"));
    make_file(&tree, "a.php", STR("<?php echo 1;"));
    make_file(&tree, "uploads/1.jpg", STR("\xff\xd8\xff\xe0 picture"));
    make_file(&tree, "uploads/2.jpg", STR("\xff\xd8\xff\xe0 <?php eval($_POST[1]); ?>"));
    make_file(&tree, "uploads/.htaccess", STR("AddType application/x-httpd-php .jpg\n"));
    make_file(&tree, "z.zip", STR("PK\3\4 something"));
    make_link(&tree, "in", "a/x.php");
    make_link(&tree, "out", "/etc/passwd");
    make_link(&tree, "up", "..");
    make_link(&tree, "nowhere", "missing");
    make_link(&tree, "loop", "loop");
    char path[256];
    at(&tree, "pipe", path);
    assert_int_equal(mkfifo(path, 0644), 0);
    *state = &tree;
    return 0;
}

static int tear_down(void **state)
{
    char command[80];
    (void)snprintf(command, sizeof command, "rm -rf %s", ((struct tree *)*state)->path);
    return system(command) == 0 ? 0 : -1;
}

static int keep(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    json_object_set_new(body, "kind", json_string(assay_kind_name(kind)));
    return json_array_append(self, body);
}

static json_t *sweep(const char *path, unsigned jobs)
{
    json_t *records = json_array();
    struct err err = {.kind = ERR_NONE};
    const struct assay_sweep_options options = {
        .paths = &path, .path_count = 1, .jobs = jobs, .rules_dir = "data/rules"};
    const struct assay_sink sink = {.self = records, .put = keep};
    assert_int_equal(assay_sweep(&options, &sink, &err), 0);
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

static void check_finding(const json_t *records, size_t number, const struct tree *tree, const char *name,
                          const char *class)
{
    char path[256];
    at(tree, name, path);
    const json_t *body = record(records, "finding", number);
    assert_non_null(body);
    assert_string_equal(json_text(body, "path", ""), path);
    assert_string_equal(json_text(body, "class", ""), class);
    assert_int_equal(strlen(json_text(body, "sha256", "")), 64);
}

static void test_findings_in_order(void **state)
{
    const struct tree *tree = *state;
    json_t *records = sweep(tree->path, 2);
    check_finding(records, 0, tree, "a-b.php", "shell");
    check_finding(records, 1, tree, "a/x.php", "shell");
    check_finding(records, 2, tree, "uploads-x.php", "shell");
    check_finding(records, 3, tree, "uploads/.htaccess", "config-shell");
    check_finding(records, 4, tree, "uploads/2.jpg", "shell");
    assert_null(record(records, "finding", 5));
    json_decref(records);
}

static void test_every_entry_has_one_class(void **state)
{
    const struct tree *tree = *state;
    json_t *records = sweep(tree->path, 2);
    const json_t *summary = record(records, "summary", 0), *skipped = json_object_get(summary, "skipped");
    assert_null(record(records, "summary", 1));
    assert_int_equal(json_int(skipped, "link", 0), 1);
    assert_int_equal(json_int(skipped, "link out of the tree", 0), 2);
    assert_int_equal(json_int(skipped, "broken link", 0), 2);
    assert_int_equal(json_int(skipped, "special file", 0), 1);
    assert_int_equal(json_int(skipped, "archive not opened", 0), 1);
    int64_t all = json_int(summary, "read", 0);
    const char *class;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)skipped, class, count)
    {
        all += json_integer_value(count);
    }
    assert_int_equal(all, json_int(summary, "files", 0));
    assert_int_equal(all, 14);
    assert_false(json_bool(summary, "complete", true));
    json_decref(records);
}

/* Names that sort differently as names and as parts of a path, in every order a file system may list them. */
static void test_order_is_that_of_paths(void **state)
{
    char path[256], before[256] = "";
    make_directory(*state, "order");
    for (unsigned i = 0; i < 24; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "order/%u", i * 7919 % 100);
        make_directory(*state, name);
        (void)snprintf(name, sizeof name, "order/%u/a.php", i * 7919 % 100);
        make_file(*state, name, STR("<?php eval($_POST['k']);"));
        (void)snprintf(name, sizeof name, "order/%u-.php", i * 7919 % 100);
        make_file(*state, name, STR("<?php eval($_POST['k']);"));
    }
    at(*state, "order", path);
    json_t *records = sweep(path, 2), *body;
    for (size_t i = 0; (body = record(records, "finding", i)) != NULL; i++) {
        assert_true(strcmp(before, json_text(body, "path", "")) < 0);
        (void)snprintf(before, sizeof before, "%s", json_text(body, "path", ""));
    }
    assert_int_equal(json_int(record(records, "summary", 0), "findings", 0), 48);
    json_decref(records);
}

/* Everything but how long it took. */
static void test_threads_change_nothing(void **state)
{
    const struct tree *tree = *state;
    json_t *one = sweep(tree->path, 1), *many = sweep(tree->path, 3);
    json_object_del(record(one, "summary", 0), "seconds");
    json_object_del(record(many, "summary", 0), "seconds");
    assert_true(json_equal(one, many));
    json_decref(one);
    json_decref(many);
}

static void test_one_file(void **state)
{
    char path[256];
    at(*state, "a/x.php", path);
    json_t *records = sweep(path, 1);
    assert_string_equal(json_text(record(records, "finding", 0), "path", ""), path);
    assert_int_equal(json_int(record(records, "summary", 0), "files", 0), 1);
    assert_true(json_bool(record(records, "summary", 0), "complete", false));
    json_decref(records);
}

static void test_large_files_stream(void **state)
{
    enum { LARGE = 3 << 20 };
    char path[256];
    struct buf text = {.max = 8 << 20};
    for (size_t i = 0; i < LARGE / 16; i++) {
        buf_puts(&text, "plain text here\n");
    }
    size_t lines = LARGE / 16;
    buf_puts(&text, "<?php eval($_POST['k']);");
    make_file(*state, "large.txt", buf_str(&text));
    at(*state, "large.txt", path);
    json_t *records = sweep(path, 1);
    assert_int_equal(json_int(record(records, "finding", 0), "line", 0), lines + 1);
    json_decref(records);
    (void)unlink(path);
    buf_free(&text);
}

/* A tag that lies across the end of the window. */
static void test_no_gap_between_windows(void **state)
{
    enum { WINDOW = 1 << 20, SIZE = 2 << 20 };
    static const char code[] = "<?php eval($_POST['k']);";
    char path[256], *text = malloc(SIZE);
    assert_non_null(text);
    at(*state, "gap.txt", path);
    for (size_t shift = 1; shift < 6; shift += 2) {
        memset(text, 'x', SIZE);
        memcpy(text + WINDOW - shift, code, sizeof code - 1);
        make_file(*state, "gap.txt", (struct str){text, SIZE});
        json_t *records = sweep(path, 1);
        assert_non_null(record(records, "finding", 0));
        json_decref(records);
    }
    (void)unlink(path);
    free(text);
}

static void test_missing_path(void **state)
{
    (void)state;
    const char *paths[] = {"/nonexistent/assay"};
    struct err err = {.kind = ERR_NONE};
    const struct assay_sweep_options options = {.paths = paths, .path_count = 1, .jobs = 1, .rules_dir = "data/rules"};
    json_t *records = json_array();
    const struct assay_sink sink = {.self = records, .put = keep};
    assert_int_equal(assay_sweep(&options, &sink, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_int_equal(json_array_size(records), 0);
    json_decref(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings_in_order),      cmocka_unit_test(test_every_entry_has_one_class),
        cmocka_unit_test(test_threads_change_nothing), cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_large_files_stream),     cmocka_unit_test(test_no_gap_between_windows),
        cmocka_unit_test(test_order_is_that_of_paths), cmocka_unit_test(test_missing_path),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

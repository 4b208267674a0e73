/* Where a file lies and among what, on a real tree: each reason, and beside it the tree that gives none. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/place.h"
#include "sweep/served.h"

enum { DAY_S = 86400, PICTURES = 6, EARLIER = 1600000000 };

struct tree {
    char path[40];
    int root;
};

static void make_file(const struct tree *tree, const char *name, const char *text, int64_t mtime)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", tree->path, name);
    assert_int_equal(file_write(path, str_of(text), NULL), 0);
    const struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void make_directory(const struct tree *tree, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", tree->path, name);
    assert_int_equal(mkdir(path, 0755), 0);
    for (unsigned i = 0; i < PICTURES; i++) {
        (void)snprintf(path, sizeof path, "%s/%u.jpg", name, i);
        make_file(tree, path, "\xff\xd8\xff\xe0 picture", EARLIER + i);
    }
}

static int set_up(void **state)
{
    static struct tree tree;
    (void)snprintf(tree.path, sizeof tree.path, "/tmp/assay-place-XXXXXX");
    assert_non_null(mkdtemp(tree.path));
    tree.root = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make_directory(&tree, "images");
    make_directory(&tree, "images/plain");
    make_directory(&tree, "uploads");
    make_directory(&tree, "lib");
    *state = &tree;
    return 0;
}

static int tear_down(void **state)
{
    char command[80];
    (void)snprintf(command, sizeof command, "rm -rf %s", ((struct tree *)*state)->path);
    close(((struct tree *)*state)->root);
    return system(command) == 0 ? 0 : -1;
}

static enum found_class judge(const struct tree *tree, const char *path, const char *text)
{
    struct found found = {.class = FOUND_NOTHING};
    make_file(tree, path, text, EARLIER);
    struct gate gate = gate_look(str_of(strrchr(path, '/') + 1), str_of(text));
    place_judge(tree->root, str_of(path), str_of(text), &gate, strlen(text), &found);
    char full[256];
    (void)snprintf(full, sizeof full, "%s/%s", tree->path, path);
    (void)unlink(full);
    enum found_class class = found.class;
    found_clear(&found);
    return class;
}

static void test_script_among_pictures(void **state)
{
    static const char lister[] = "<?php foreach (glob('*.jpg') as $i) { echo htmlspecialchars($i); }";
    static const char asker[] = "<?php foreach (glob($_GET['d']) as $i) { echo htmlspecialchars($i); }";
    assert_int_equal(judge(*state, "images/index.php", lister), FOUND_HINT);
    assert_int_equal(judge(*state, "images/index.php", asker), FOUND_ODD_PLACE);
    assert_int_equal(judge(*state, "uploads/index.php", lister), FOUND_ODD_PLACE);
    assert_int_equal(judge(*state, "lib/index.php", asker), FOUND_NOTHING);
}

/* What is said of a find of low confidence there; about may be NULL: what the file system says. */
static bool is_said(const struct tree *tree, const char *path, const struct stat *about, const char *what,
                    enum found_confidence *ret_confidence)
{
    struct found found = {.class = FOUND_ODD_PLACE, .confidence = FOUND_LOW};
    struct stat own;
    assert_int_equal(fstatat(tree->root, path, &own, 0), 0);
    place_describe(tree->root, str_of(path), about != NULL ? about : &own, &found);
    char *text = json_dumps(found.reasons, 0);
    bool is = text != NULL && strstr(text, what) != NULL;
    free(text);
    *ret_confidence = found.confidence;
    found_clear(&found);
    return is;
}

static void test_times(void **state)
{
    const struct tree *tree = *state;
    enum found_confidence confidence;
    make_file(tree, "lib/late.php", "<?php echo 1;", EARLIER + 40 * DAY_S + 60);
    make_file(tree, "lib/same.php", "<?php echo 1;", EARLIER + 2);
    assert_true(is_said(tree, "lib/late.php", NULL, "40 days after the files around it", &confidence));
    assert_int_equal(confidence, FOUND_LOW); /* one reason decides nothing */
    assert_false(is_said(tree, "lib/same.php", NULL, "days after", &confidence));
    struct stat about;
    assert_int_equal(fstatat(tree->root, "lib/same.php", &about, 0), 0);
    about.st_ctim.tv_sec += 10 * (time_t)DAY_S;
    assert_true(is_said(tree, "lib/same.php", &about, "times were set after it was written", &confidence));
}

static void test_names_and_two_reasons(void **state)
{
    const struct tree *tree = *state;
    enum found_confidence confidence;
    make_file(tree, "lib/x7f3kq9z.php", "<?php echo 1;", EARLIER + 40 * DAY_S);
    make_file(tree, "lib/jquery12.php", "<?php echo 1;", EARLIER);
    assert_true(is_said(tree, "lib/x7f3kq9z.php", NULL, "drawn at random", &confidence));
    assert_int_equal(confidence, FOUND_MEDIUM);
    assert_false(is_said(tree, "lib/jquery12.php", NULL, "drawn at random", &confidence));
    assert_int_equal(confidence, FOUND_LOW);
}

static void test_owner(void **state)
{
    const struct tree *tree = *state;
    enum found_confidence confidence;
    make_file(tree, "lib/own.php", "<?php echo 1;", EARLIER);
    assert_false(is_said(tree, "lib/own.php", NULL, "owner is user", &confidence));
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(fchownat(tree->root, "lib/own.php", 33, 33, 0), 0);
    assert_true(is_said(tree, "lib/own.php", NULL, "as which web servers run", &confidence));
    assert_int_equal(fchownat(tree->root, "lib/own.php", 12345, 33, 0), 0);
    assert_false(is_said(tree, "lib/own.php", NULL, "as which web servers run", &confidence));
}

static enum found_confidence served(const struct tree *tree, const char *path)
{
    struct found found = {.class = FOUND_ODD_PLACE, .confidence = FOUND_LOW};
    served_look(tree->root, str_of(path), &found);
    enum found_confidence confidence = found.confidence;
    assert_int_equal(json_array_size(found.reasons), confidence == FOUND_MEDIUM);
    found_clear(&found);
    return confidence;
}

static void test_served_by_configuration(void **state)
{
    const struct tree *tree = *state;
    make_file(tree, "images/.htaccess", "AddType application/x-httpd-php .jpg\n", EARLIER);
    assert_int_equal(served(tree, "images/plain/1.jpg"), FOUND_MEDIUM);
    assert_int_equal(served(tree, "images/1.jpg"), FOUND_MEDIUM);
    assert_int_equal(served(tree, "images/1.png"), FOUND_LOW);
    assert_int_equal(served(tree, "uploads/1.jpg"), FOUND_LOW);
    make_file(tree, "images/.htaccess", "AddType application/x-httpd-php .php\n", EARLIER);
    assert_int_equal(served(tree, "images/1.jpg"), FOUND_LOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script_among_pictures),   cmocka_unit_test(test_times),
        cmocka_unit_test(test_names_and_two_reasons),   cmocka_unit_test(test_owner),
        cmocka_unit_test(test_served_by_configuration),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Database tools by structure, their versions, what is published of them, and where they came from. The specimens are made up: the
 * keys and names of functions that a recogniser goes by, and nothing that does anything. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/admin.h"
#include "sweep/faults.h"
#include "sweep/release.h"

static void test_release_at(void **state)
{
    (void)state;
    static const struct {
        const char *text, *release;
    } rows[] = {
        {"4.8.1\"", "4.8.1"},
        {"4.10", "4.10"},
        {"5.4.2-dev;", "5.4.2-dev"},
        {"4.0.0-rc1'", "4.0.0-rc1"},
        {"2.6.0-pl3", "2.6.0-pl3"},
        {"3.0-beta-2", "3.0-beta-2"},
        {"5.2.1deb1", "5.2.1"},
        {"4.2-Beta-1", "4.2-Beta-1"},
        {"1.2.", "1.2"},
        {"5", ""},
        {".5", ""},
        {"5.", ""},
        {"", ""},
        {"1..2", ""},
        {"4.8.1-", "4.8.1"},
        {"4.8.1-deb", "4.8.1"},
        {"11111111.2222222222.33333333", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str found = release_at(str_of(rows[i].text), 0);
        if (!str_eq(found, str_of(rows[i].release))) {
            fail_msg("%s reads %.*s", rows[i].text, STR_FMT(found));
        }
    }
}

/* Ascending; each row is less than the next. */
static void test_release_compare(void **state)
{
    (void)state;
    static const char *const order[] = {"0.6.5",     "3.0-dev", "3.0-alpha1", "3.0-beta-1", "3.0-beta-2", "3.0-rc1",
                                        "3.0-rc10",  "3.0",     "3.0-pl1",    "3.0.1",      "4.9.4",      "4.10",
                                        "5.4.2-dev", "5.4.2",   "5.4.10",     "10.0"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        for (size_t j = 0; j < sizeof order / sizeof *order; j++) {
            int result = release_compare(str_of(order[i]), str_of(order[j]));
            if ((result > 0) - (result < 0) != (i > j) - (i < j)) {
                fail_msg("%s against %s: %d", order[i], order[j], result);
            }
        }
    }
    assert_int_equal(release_compare(STR("4.9"), STR("4.9.0")), 0);
    assert_int_equal(release_compare(STR("4.9"), STR("4.9.0.0")), 0);
    assert_int_equal(release_compare(STR("5.2.1-deb1"), STR("5.2.1")), 0);
}

static void test_release_place(void **state)
{
    (void)state;
    static const struct {
        const char *release, *from, *seen, *to, *fixed;
        enum release_place place;
    } rows[] = {
        {"4.6.1", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_OUTSIDE},
        {"4.6.2-dev", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_PERHAPS},
        {"4.6.2-rc1", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_PERHAPS},
        {"4.6.2", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_INSIDE},
        {"4.10", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_INSIDE},
        {"5.4.1", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_INSIDE},
        {"5.4.1-dev", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_INSIDE},
        {"5.4.1.1", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_PERHAPS},
        {"5.4.2-dev", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_PERHAPS},
        {"5.4.2-rc3", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_PERHAPS},
        {"5.4.2", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_OUTSIDE},
        {"5.4.2-pl1", "4.6.2", "", "5.4.1", "5.4.2", RELEASE_OUTSIDE},
        {"0.1", "", "", "5.4.1", "5.4.2", RELEASE_PERHAPS},
        {"5.4.1", "", "", "5.4.1", "5.4.2", RELEASE_INSIDE},
        {"4.3.0", "", "4.3.1", "4.6.2", "4.6.3", RELEASE_PERHAPS},
        {"4.3.1", "", "4.3.1", "4.6.2", "4.6.3", RELEASE_INSIDE},
        {"3.9", "4.0", "4.3.1", "4.6.2", "4.6.3", RELEASE_OUTSIDE},
        {"4.0", "4.0", "4.3.1", "4.6.2", "4.6.3", RELEASE_PERHAPS},
        {"4.6.3", "", "", "", "4.6.4", RELEASE_PERHAPS},
        {"4.6.4-dev", "", "", "", "4.6.4", RELEASE_PERHAPS},
        {"4.6.4", "", "", "", "4.6.4", RELEASE_OUTSIDE},
        {"1.24.4", "", "", "1.24.4", "", RELEASE_INSIDE},
        {"1.24.5", "", "", "1.24.4", "", RELEASE_PERHAPS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct release_range range = {str_of(rows[i].from), str_of(rows[i].seen), str_of(rows[i].to),
                                            str_of(rows[i].fixed)};
        enum release_place place = release_place(str_of(rows[i].release), &range);
        if (place != rows[i].place) {
            fail_msg("row %zu, %s: %d", i, rows[i].release, (int)place);
        }
    }
}

static const char *const list_keys[] = {"columns", "desc",   "download", "edit",     "field",
                                        "file",    "limit",  "modify",   "ns",       "order",
                                        "page",    "select", "set",      "username", "where"};
static const char *const page_keys[] = {"callf",   "call",    "create",    "database", "dump", "event",
                                        "foreign", "indexes", "procedure", "schema",   "sql",  "table",
                                        "user",    "trigger", "view",      "variables"};

struct specimen {
    const char *head, *code, *tail;
    bool has_pages;
};

/* As a release: longer than a file of a source tree. */
static void put_specimen(struct buf *out, const struct specimen *specimen)
{
    buf_printf(out, "<?php\n%s\n%s\n", specimen->head, specimen->code);
    for (size_t i = 0; i < sizeof list_keys / sizeof *list_keys; i++) {
        buf_printf(out, "f($_GET[\"%s\"]);\n", list_keys[i]);
    }
    for (size_t i = 0; specimen->has_pages && i < sizeof page_keys / sizeof *page_keys; i++) {
        buf_printf(out, "g($_GET['%s']);\n", page_keys[i]);
    }
    buf_puts(out, specimen->tail);
    while (out->len < 40000) {
        buf_puts(out, "echo 'x';\n");
    }
}

static bool has_reason(const struct found *found, const char *part)
{
    size_t i;
    const json_t *reason;
    json_array_foreach(found->reasons, i, reason)
    {
        if (str_find(str_of(json_text(reason, "text", "")), str_of(part), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

#define LINKS(version) "\"?file=default.css&version=" version "\";\"?file=functions.js&amp;version=" version "\";"

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        struct specimen specimen;
        const char *name, *version, *reason;
    } rows[] = {
        {{"/** Adminer - Compact database management\n* @version 4.8.1\n*/", "$ia=\"4.8.1\";", LINKS("4.8.1"), true},
         "Adminer",
         "4.8.1",
         "version 4.8.1 is what its code says"},
        {{"", "$ia=\"4.10\";", LINKS("4.10"), true}, "Adminer", "4.10", "no header with its version"},
        {{"", "$x=\"7.4.33\";$ca=\"4.17.1\";", LINKS("4.17.1"), false},
         "Adminer Editor",
         "4.17.1",
         "none of Adminer's own"},
        {{"/** @version 9.9 */", "$ia=\"4.6.2\";", LINKS("4.6.2"), true},
         "Adminer",
         "4.6.2",
         "its header says 9.9, its code is 4.6.2"},
        {{"/** Adminer 9.9 */", "$ia=\"4.6.2\";", LINKS("4.6.2"), true},
         "Adminer",
         "4.6.2",
         "its header says 9.9, its code is 4.6.2"},
        {{"", "const\nVERSION=\"9.9.9\";", LINKS("5.4.1"), true}, "Adminer", "5.4.1", "the constant was changed"},
        {{"/* @version 4.2.4 */", "", "", true}, "Adminer", "4.2.4", "nothing in its code bears that out"},
        {{"", "", "", true}, "Adminer", "", "15 keys"},
        {{"", "const\nVERSION=\"5.6.0\";", "function\ngetBruteForceKey($a){}function\napplyServer($a){}", true},
         "AdminNeo",
         "5.6.0",
         ""},
        {{"", "$ha=\"5.0.0-rc\";", "namespace AdminNeo;", false}, "AdminNeo Editor", "5.0.0-rc", ""},
        {{"", "$ia=\"4.8.4\";", LINKS("4.8.4") "function\ngenerate_linksbar($a){}", true}, "AdminerEvo", "4.8.4", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OWN(own_buf) struct buf text = {.max = 1 << 20};
        struct found found = {.class = FOUND_NOTHING};
        put_specimen(&text, &rows[i].specimen);
        admin_look(buf_str(&text), -1, NULL, STR("x.php"), &found);
        if (found.class != FOUND_ADMIN_TOOL || strcmp(found.name, rows[i].name) != 0 ||
            strcmp(found.version, rows[i].version) != 0) {
            fail_msg("row %zu: %s %s", i, found.name, found.version);
        }
        bool is_said = i == 7 ? has_reason(&found, "pages that Adminer answers") : has_reason(&found, rows[i].reason);
        if (!is_said) {
            fail_msg("row %zu doesn't say: %s", i, rows[i].reason);
        }
        assert_string_equal(found.origin, "unclear");
        found_clear(&found);
    }
}

static void test_others(void **state)
{
    (void)state;
    static const struct {
        const char *code, *name, *version;
    } rows[] = {
        {"namespace PhpMyAdmin;\nfinal class Version {\n public const VERSION = '6.0.0-dev' . X;", "phpMyAdmin",
         "6.0.0-dev"},
        {"$this->set('PMA_VERSION', '4.9.0.1');", "phpMyAdmin", "4.9.0.1"},
        {"define('PMA_VERSION', '2.6.0-pl1');", "phpMyAdmin", "2.6.0-pl1"},
        {"define('PHPMYADMIN_VERSION', '2.2.0');", "phpMyAdmin", "2.2.0"},
        {"$appName = 'phpPgAdmin';\n$appVersion = '4.2-Beta-1';\n$conf = array();", "phpPgAdmin", "4.2-Beta-1"},
        {"define('MSD_VERSION','1.24.4'); define('MSD_OS', 1); $c['perlexec'] = 1;", "MySQLDumper", "1.24.4"},
        {"define(\"INCLUDES_DIR\", 1); define(\"VERSION_NUMBER\", \"1.3.3\"); $_SESSION['SB_LOGIN'];", "SQL Buddy",
         "1.3.3"},
        {"$VERSION='1.9.170730';function db_checkconnect(){}function do_one_sql(){}function check_xss(){}"
         "function get_rand_str(){}",
         "phpMiniAdmin", "1.9.170730"},
        {"define(\"VERSION\", \"1.9.8.2\"); $databases = PROJECT . 'sqlite_master VACUUM';", "phpLiteAdmin", "1.9.8.2"},
        {"return array('basePath' => 1, 'x' => 'schema/<schema:' . M, 'params' => array('iconPack' => 'fugue',\n"
         "'version' => '1.3.1',));",
         "Chive", "1.3.1"},
        {"APP_NAME = 'pgAdmin 4'\nAPP_RELEASE = 9\nAPP_REVISION = 17\n# x\nAPP_SUFFIX = ''\n", "pgAdmin 4", "9.17"},
        {"APP_RELEASE = 2\nAPP_REVISION = 1\nAPP_SUFFIX = 'dev'", "pgAdmin 4", "2.1-dev"},
        /* look alike and are not */
        {"return array('basePath' => 1, 'params' => array('iconPack' => 'fugue', 'version' => '1.3.1'));", "", ""},
        {"APP_RELEASE = os.environ['R']\nAPP_REVISION = 1\nAPP_SUFFIX = ''", "", ""},
        {"X_APP_RELEASE = 9\nAPP_REVISION = 1\nAPP_SUFFIX = ''", "", ""},
        {"APP_RELEASE = 9\nAPP_REVISION = 1\n", "", ""},
        {"if (PMA_VERSION) { VERSION; }", "", ""},
        {"$appVersion = '1.2'; $conf = 1;", "", ""},
        {"namespace Shop;\nclass Version { const VERSION = '1.0'; }", "", ""},
        {"define('VERSION', '1.2'); $q = 'sqlite_master';", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found found = {.class = FOUND_NOTHING};
        char text[600];
        (void)snprintf(text, sizeof text, "<?php\n%s", rows[i].code);
        admin_look(str_of(text), -1, NULL, STR("lib/x.php"), &found);
        if (strcmp(found.name, rows[i].name) != 0 || strcmp(found.version, rows[i].version) != 0) {
            fail_msg("row %zu: %s %s", i, found.name, found.version);
        }
        found_clear(&found);
    }
}

static void test_borrowed_banner(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum found_class class;
    } rows[] = {
        {"<?php /* Adminer 9.9 */ echo 1;", FOUND_HINT},    {"<?php # phpMyAdmin v5.2.1\necho 1;", FOUND_HINT},
        {"<?php /* see Adminer */ echo 1;", FOUND_NOTHING}, {"<?php /* MyAdminer 9.9 */ echo 1;", FOUND_NOTHING},
        {"<?php /* Adminer 9 */ echo 1;", FOUND_NOTHING},   {"dmin", FOUND_NOTHING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found found = {.class = FOUND_NOTHING};
        admin_look(str_of(rows[i].text), -1, NULL, STR("x.php"), &found);
        assert_int_equal(found.class, rows[i].class);
        assert_int_equal(has_reason(&found, "the name is borrowed"), rows[i].class == FOUND_HINT);
        assert_null(found.origin);
        found_clear(&found);
    }
}

static size_t faults_of(const struct faults *faults, const char *name, const char *version, const char *id,
                        int *ret_certain)
{
    struct found found = {.class = FOUND_ADMIN_TOOL, .origin = "unclear"};
    (void)snprintf(found.name, sizeof found.name, "%s", name);
    (void)snprintf(found.version, sizeof found.version, "%s", version);
    faults_tell(faults, &found);
    const json_t *row = json_find(found.vulnerabilities, "id", id);
    *ret_certain = row == NULL ? -1 : json_bool(row, "certain", false);
    size_t count = json_array_size(found.vulnerabilities);
    found_clear(&found);
    return count;
}

/* The table that is shipped: just inside and just outside of bounds that matter. */
static void test_table(void **state)
{
    (void)state;
    struct err err = {.kind = ERR_NONE};
    OWN(own_faults) struct faults *faults = faults_load("data/db-tools.json", &err);
    if (faults == NULL) {
        fail_msg("%s", err.text);
    }
    static const struct {
        const char *name, *version, *id;
        int certain; /* -1: not listed */
    } rows[] = {
        {"Adminer", "4.6.2", "CVE-2021-43008", 1},        {"Adminer", "4.6.3", "CVE-2021-43008", -1},
        {"Adminer", "4.6.3-dev", "CVE-2021-43008", 0},    {"Adminer Editor", "4.6.2", "CVE-2021-43008", 1},
        {"AdminNeo", "4.6.2", "CVE-2021-43008", -1},      {"Adminer", "3.7.1", "CVE-2021-21311", -1},
        {"Adminer", "4.0.0", "CVE-2021-21311", 1},        {"Adminer", "4.7.8", "CVE-2021-21311", 1},
        {"Adminer", "4.7.9", "CVE-2021-21311", -1},       {"Adminer", "4.6.3", "CVE-2020-35572", -1},
        {"Adminer", "4.7.0", "CVE-2020-35572", 1},        {"Adminer", "4.7.0-dev", "CVE-2020-35572", 0},
        {"Adminer", "4.7.7", "CVE-2021-29625", -1},       {"Adminer", "4.7.8", "CVE-2021-29625", 1},
        {"Adminer", "4.8.0", "CVE-2021-29625", 1},        {"Adminer", "4.8.1", "CVE-2021-29625", -1},
        {"Adminer", "4.8.2", "CVE-2023-45196", 1},        {"Adminer", "4.9", "CVE-2023-45196", -1},
        {"Adminer", "4.14", "CVE-2023-45195", 0},         {"Adminer", "4.8.1", "CVE-2023-45195", 1},
        {"Adminer", "3.7.1", "CVE-2023-45195", -1},       {"Adminer", "4.2.4", "CVE-2021-43008", 0},
        {"Adminer", "4.3.0", "CVE-2021-43008", 0},        {"Adminer", "4.3.1", "CVE-2021-43008", 1},
        {"Adminer", "4.5.0", "GHSA-8478-xrj3-h9c2", -1},  {"Adminer", "4.6.0", "GHSA-8478-xrj3-h9c2", 0},
        {"Adminer", "5.4.4", "GHSA-8478-xrj3-h9c2", 1},   {"Adminer", "5.5.0", "GHSA-8478-xrj3-h9c2", -1},
        {"Adminer", "4.15", "CVE-2023-45195", 0},         {"Adminer", "4.16.0", "CVE-2023-45195", -1},
        {"Adminer", "4.6.1", "GHSA-q4f2-39gr-45jh", -1},  {"Adminer", "4.6.2", "GHSA-q4f2-39gr-45jh", 1},
        {"Adminer", "5.4.1", "GHSA-q4f2-39gr-45jh", 1},   {"Adminer", "5.4.2-dev", "GHSA-q4f2-39gr-45jh", 0},
        {"Adminer", "5.4.2", "GHSA-q4f2-39gr-45jh", -1},  {"phpMyAdmin", "4.7.9", "CVE-2018-12613", -1},
        {"phpMyAdmin", "4.8.0-rc1", "CVE-2018-12613", 0}, {"phpMyAdmin", "4.8.1", "CVE-2018-12613", 1},
        {"phpMyAdmin", "4.8.2", "CVE-2018-12613", -1},    {"phpMyAdmin", "5.0.0", "PMASA-2023-01", 0},
        {"phpMyAdmin", "5.2.0", "PMASA-2023-01", 1},      {"phpMyAdmin", "5.2.1", "PMASA-2023-01", -1},
        {"phpMyAdmin", "4.9.8", "PMASA-2022-1", -1},      {"phpMyAdmin", "4.9.4", "CVE-2020-10804", 1},
        {"phpMyAdmin", "4.9.5", "CVE-2020-10804", -1},    {"phpMyAdmin", "5.0.1", "CVE-2020-10804", 1},
        {"phpMyAdmin", "5.0.2", "CVE-2020-10804", -1},    {"phpMyAdmin", "4.0.10.16", "CVE-2016-6624", 1},
        {"phpMyAdmin", "4.0.10.17", "CVE-2016-6624", -1}, {"AdminNeo", "5.4.1", "GHSA-jm85-8cpp-9cjc", 1},
        {"AdminNeo", "5.5.0", "GHSA-jm85-8cpp-9cjc", -1}, {"AdminerEvo", "4.8.3", "CVE-2023-45196", 1},
        {"AdminerEvo", "4.8.4", "CVE-2023-45196", -1},
    };
    int certain;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)faults_of(faults, rows[i].name, rows[i].version, rows[i].id, &certain);
        if (certain != rows[i].certain) {
            fail_msg("%s %s, %s: %d", rows[i].name, rows[i].version, rows[i].id, certain);
        }
    }
    assert_int_equal(faults_of(faults, "phpMiniAdmin", "1.9.170703", "", &certain), 2);
    assert_int_equal(faults_of(faults, "phpMiniAdmin", "1.9.170730", "", &certain), 1);
    assert_int_equal(faults_of(faults, "phpMiniAdmin", "1.9.240727", "", &certain), 0);
    assert_int_equal(faults_of(faults, "Adminer", "6.0.1", "", &certain), 0);
    assert_int_equal(faults_of(faults, "phpMyAdmin", "5.2.1", "", &certain), 0);
    assert_true(faults_count(faults) > 60);
}

static void test_unknown_version_is_said(void **state)
{
    (void)state;
    OWN(own_faults) struct faults *faults = faults_load("data/db-tools.json", NULL);
    struct found found = {.class = FOUND_ADMIN_TOOL, .name = "Adminer", .origin = "unclear"};
    faults_tell(faults, &found);
    assert_true(has_reason(&found, "its version is not known"));
    assert_null(found.vulnerabilities);
    found_clear(&found);
    struct found shell = {.class = FOUND_SHELL, .name = "Adminer", .version = "4.6.2"};
    faults_tell(faults, &shell); /* a name that a rule gave, not the recogniser */
    assert_null(shell.vulnerabilities);
}

static void test_table_faults(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *says;
    } rows[] = {
        {"{}", "no array 'rows'"},
        {"[{}]", "no tools"},
        {"[{\"tools\":[1]}]", "a tool is no text"},
        {"[{\"tools\":[\"A\"]}]", "no text"},
        {"[{\"tools\":[\"A\"],\"text\":\"t\",\"to\":\"1.0\"}]", "no source"},
        {"[{\"tools\":[\"A\"],\"text\":\"t\",\"source\":\"s\"}]", "neither the last"},
        {"[{\"tools\":[\"A\"],\"text\":\"t\",\"source\":\"s\",\"to\":\"next\"}]", "no release number"},
        {"[{\"tools\":[\"A\"],\"text\":\"t\",\"source\":\"s\",\"to\":\"1.2\",\"fixed\":\"1.2\"}]", "contradict"},
        {"[{\"tools\":[\"A\"],\"text\":\"t\",\"source\":\"s\",\"from\":\"1.3\",\"to\":\"1.2\"}]", "contradict"},
        {"[{\"tools\":[\"A\"],\"text\":\"t\",\"source\":\"s\",\"from\":\"1.3\",\"fixed\":\"1.3\"}]", "contradict"},
        {"[", "FORMAT"},
    };
    char path[] = "/tmp/assay-admin-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {.kind = ERR_NONE};
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        (void)fprintf(file, "{\"rows\":%s}", rows[i].rows);
        assert_int_equal(fclose(file), 0);
        assert_null(faults_load(path, &err));
        assert_int_equal(err.kind, ERR_FORMAT);
        if (i + 1 < sizeof rows / sizeof *rows && strstr(err.text, rows[i].says) == NULL) {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
    assert_int_equal(unlink(path), 0);
    struct err err = {.kind = ERR_NONE};
    assert_null(faults_load(path, &err));
    assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void touch(int root, const char *path)
{
    char part[200];
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        (void)snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
        (void)mkdirat(root, part, 0700);
    }
    int fd = openat(root, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void test_origin(void **state)
{
    (void)state;
    static const struct {
        const char *source, *path, *around[4], *origin;
        bool is_tree;
    } rows[] = {
        {"/srv/www", "img/a.php", {NULL}, "dropped", false},
        {"/srv/www", "db/index.php", {"db/plugins/x.php"}, "unclear", false},
        {"/srv/www",
         "full/a.php",
         {"full/plugins/x", "full/designs/x", "full/adminer/include/bootstrap.inc.php"},
         "installed",
         false},
        {"/", "usr/share/adminer/adminer.php", {NULL}, "packaged", false},
        {"/usr/share/adminer", "adminer.php", {NULL}, "packaged", false},
        {"/srv", "vendor/vrana/adminer/a.php", {NULL}, "packaged", false},
        {"/srv/www",
         "pma/libraries/classes/Version.php",
         {"pma/index.php", "pma/themes/x", "pma/js/x"},
         "installed",
         true},
        {"/srv/www", "lone/Version.php", {NULL}, "dropped", true},
        {"/srv/www", "phpMyAdmin/libraries/Version.php", {NULL}, "dropped", true},
        {"/usr/share/phpMyAdmin/", "libraries/Version.php", {NULL}, "packaged", true},
    };
    char path[] = "/tmp/assay-origin-XXXXXX";
    assert_non_null(mkdtemp(path));
    OWN(own_fd) int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    OWN(own_buf) struct buf text = {.max = 1 << 20};
    put_specimen(&text, &(struct specimen){"", "$ia=\"4.8.1\";", LINKS("4.8.1"), true});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found found = {.class = FOUND_NOTHING};
        touch(root, rows[i].path);
        for (size_t j = 0; j < 4 && rows[i].around[j] != NULL; j++) {
            touch(root, rows[i].around[j]);
        }
        struct str bytes =
            rows[i].is_tree ? STR("<?php namespace PhpMyAdmin; const VERSION = '5.2.1';") : buf_str(&text);
        admin_look(bytes, root, rows[i].source, str_of(rows[i].path), &found);
        if (found.origin == NULL || strcmp(found.origin, rows[i].origin) != 0) {
            fail_msg("row %zu: %s", i, found.origin);
        }
        found_clear(&found);
    }
    assert_int_equal(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release_at),    cmocka_unit_test(test_release_compare),
        cmocka_unit_test(test_release_place), cmocka_unit_test(test_versions),
        cmocka_unit_test(test_others),        cmocka_unit_test(test_borrowed_banner),
        cmocka_unit_test(test_table),         cmocka_unit_test(test_unknown_version_is_said),
        cmocka_unit_test(test_table_faults),  cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

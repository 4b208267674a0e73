/* What a file is, from its name and first bytes; configuration; database tools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "sweep/admin.h"
#include "sweep/config.h"
#include "sweep/gate.h"

struct row {
    const char *name;
    struct str bytes;
    unsigned scripts;
};

#define BYTES(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct row rows[] = {
    {"a.php", BYTES("<?php x"), SCRIPT_PHP},
    {"a.txt", BYTES("x <?php x"), SCRIPT_PHP},
    {"a.txt", BYTES("x <? x"), SCRIPT_PHP},
    {"a.js", BYTES("x <? x"), SCRIPT_NONE},
    {"a.js", BYTES("x <?php x"), SCRIPT_PHP},
    {"a.jpg", BYTES("\xff\xd8\xff\0 <?php x"), SCRIPT_PHP},
    {"a.jpg", BYTES("\xff\xd8\xff\0 <? x"), SCRIPT_NONE},
    {"a.xml", BYTES("<?xml version=\"1.0\"?>"), SCRIPT_NONE},
    {"a.svg", BYTES("<?xml version=\"1.0\"?><?php x"), SCRIPT_PHP},
    {"a.html", BYTES("<script language=\"php\">x</script>"), SCRIPT_PHP},
    {"a.html", BYTES("<script src=a.js></script>"), SCRIPT_NONE},
    {"a.asp", BYTES("<% x %>"), SCRIPT_ASP},
    {"a.aspx", BYTES("<% x %>"), SCRIPT_ASPX},
    {"a.jsp", BYTES("<% x %>"), SCRIPT_JSP},
    {"a.jspx", BYTES("<jsp:scriptlet>x</jsp:scriptlet>"), SCRIPT_JSP},
    {"a.txt", BYTES("<% Execute Request(\"k\") : Set a = CreateObject(b) %>"), SCRIPT_ASP},
    {"a.txt", BYTES("<%@ page import=\"java.io.*\" %>"), SCRIPT_JSP},
    {"a.html", BYTES("<%= user.name %>"), SCRIPT_NONE},
    {"a.php", BYTES("<% eval request(\"k\") %>"), SCRIPT_ASP},
    {".htaccess", BYTES("x"), SCRIPT_CONFIG},
    {".htaccess", BYTES("# <?php x ?>"), SCRIPT_CONFIG | SCRIPT_PHP},
    {"a.txt", BYTES("nothing"), SCRIPT_NONE},
    {"a.txt", BYTES(""), SCRIPT_NONE},
    {"a.txt", BYTES("<"), SCRIPT_NONE},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gate gate = gate_look(str_of(rows[i].name), rows[i].bytes);
        if (gate.scripts != rows[i].scripts) {
            fail_msg("row %zu (%s): %u", i, rows[i].name, gate.scripts);
        }
    }
    assert_true(gate_look(STR("a"), STR("PK\3\4")).is_archive);
    assert_true(gate_look(STR("a"), STR("GIF89a")).is_image);
}

struct config_row {
    const char *name, *text;
    enum found_class class;
    unsigned line;
};

static const struct config_row config_rows[] = {
    {".htaccess", "Options -Indexes\nAddType application/x-httpd-php .jpg\n", FOUND_CONFIG_SHELL, 2},
    {".htaccess", "AddType application/x-httpd-php .php .phtml\n", FOUND_NOTHING, 0},
    {".htaccess", "# AddType application/x-httpd-php .jpg\n", FOUND_NOTHING, 0},
    {".htaccess", "SetHandler application/x-httpd-php\n", FOUND_CONFIG_SHELL, 1},
    {".htaccess", "<FilesMatch \"\\.(jpg|png)$\">\nSetHandler application/x-httpd-php\n</FilesMatch>\n",
     FOUND_CONFIG_SHELL, 2},
    {".htaccess", "<FilesMatch \"\\.php$\">\nSetHandler \"proxy:unix:/run/php.sock|fcgi://localhost\"\n</FilesMatch>\n",
     FOUND_NOTHING, 0},
    {".htaccess", "<Files \".htaccess\">\nForceType application/x-httpd-php\n</Files>", FOUND_CONFIG_SHELL, 2},
    {".htaccess", "php_value auto_prepend_file /tmp/a.gif\n", FOUND_CONFIG_SHELL, 1},
    {".htaccess", "php_value auto_prepend_file /srv/waf.php\n", FOUND_HINT, 1},
    {".user.ini", "auto_prepend_file=a.jpg\n", FOUND_CONFIG_SHELL, 1},
    {".user.ini", ";auto_prepend_file=a.jpg\nmemory_limit=1G\n", FOUND_NOTHING, 0},
    {"web.config", "<handlers>\n<add name=\"x\" path=\"*.jpg\" verb=\"*\" modules=\"IsapiModule\" />",
     FOUND_CONFIG_SHELL, 2},
    {"web.config", "<handlers>\n<add name=\"x\" path=\"*.aspx\" verb=\"*\" modules=\"IsapiModule\" />", FOUND_NOTHING,
     0},
};

static void test_config(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof config_rows / sizeof *config_rows; i++) {
        struct found found = {.class = FOUND_NOTHING};
        config_look(str_of(config_rows[i].name), str_of(config_rows[i].text), &found);
        if (found.class != config_rows[i].class || found.line != config_rows[i].line) {
            fail_msg("row %zu: %s, line %llu", i, found_class_name(found.class), (unsigned long long)found.line);
        }
        found_clear(&found);
    }
}

/* A page that answers Adminer's keys; body stands for the rest of it. */
static void build_adminer(struct buf *out, const char *head, const char *version, size_t filler)
{
    static const char *const keys[] = {"download", "table",  "schema",  "dump",      "privileges", "sql",
                                       "edit",     "create", "indexes", "database",  "callf",      "call",
                                       "foreign",  "view",   "event",   "procedure", "trigger",    "user"};
    buf_printf(out, "<?php\n%s\n%s", head, version);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        buf_printf(out, "if(isset($_GET[\"%s\"]));\n", keys[i]);
    }
    for (size_t i = 0; i < filler; i++) {
        buf_puts(out, "echo 'x';\n");
    }
}

static void check_admin(const char *head, const char *version_code, size_t filler, const char *name,
                        const char *version)
{
    struct buf text = {.max = 1 << 20};
    struct found found = {.class = FOUND_NOTHING};
    build_adminer(&text, head, version_code, filler);
    admin_look(buf_str(&text), -1, NULL, STR("x.php"), &found);
    assert_int_equal(found.class, FOUND_ADMIN_TOOL);
    assert_string_equal(found.name, name);
    assert_string_equal(found.version, version);
    found_clear(&found);
    buf_free(&text);
}

static void test_adminer(void **state)
{
    (void)state;
    check_admin("/** Adminer - Compact database management\n* @version 4.8.1\n*/", "$ia=\"4.8.1\";\n", 4000, "Adminer",
                "4.8.1");
    check_admin("", "$fa=\"4.2.4\";\n", 4000, "Adminer", "4.2.4");
    check_admin("/* @version 4.8.1 */", "$ia=\"4.6.3\";\n", 4000, "Adminer", "4.6.3");
    check_admin("namespace Adminer;", "const VERSION=\"5.4.1\";\n", 4000, "Adminer", "5.4.1");
    check_admin("/* AdminerEvo */", "$VERSION = \"4.8.4\";\n", 4000, "AdminerEvo", "4.8.4");
    check_admin("", "$a=PHP_VERSION>=\"5.4\";", 4000, "Adminer", "");
}

static void test_admin_by_parts_not_by_name(void **state)
{
    (void)state;
    struct found found = {.class = FOUND_NOTHING};
    admin_look(STR("<?php /** Adminer - Compact database management @version 4.8.1 */ echo $_GET[\"callf\"];"), -1,
               NULL, STR("adminer.php"), &found);
    assert_int_equal(found.class, FOUND_NOTHING);
    admin_look(STR("<?php\nnamespace PhpMyAdmin;\nclass Version {\n public const VERSION = '5.2.1' . X;"), -1, NULL,
               STR("l/Version.php"), &found);
    assert_string_equal(found.name, "phpMyAdmin");
    assert_string_equal(found.version, "5.2.1");
    assert_int_equal(found.line, 4);
    found_clear(&found);
    admin_look(STR("<?php class C { function f() { $this->set('PMA_VERSION', '4.0.10.20'); } }"), -1, NULL,
               STR("l/Config.class.php"), &found);
    assert_string_equal(found.version, "4.0.10.20");
    found_clear(&found);
}

/* The release that Debian installs. */
static void test_adminer_of_debian(void **state)
{
    (void)state;
    struct buf text = {.max = 8 << 20};
    struct found found = {.class = FOUND_NOTHING};
    if (file_read("/usr/share/adminer/adminer.php", 4 << 20, &text, NULL) != 0) {
        buf_free(&text);
        skip();
    }
    admin_look(buf_str(&text), -1, NULL, STR("x.php"), &found);
    assert_string_equal(found.name, "Adminer");
    assert_string_equal(found.version, "4.8.1");
    found_clear(&found);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_adminer),
        cmocka_unit_test(test_admin_by_parts_not_by_name),
        cmocka_unit_test(test_adminer_of_debian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

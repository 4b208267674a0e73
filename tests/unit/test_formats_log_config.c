/* Formats found in servers' configurations: each row is a file, and the formats that are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "formats/log_config.h"

#include "base/banned.h"

struct row {
    const char *what;
    const char *text;
    size_t count;
    enum config_kind kind; /* of the last of them */
    const char *name, *format;
    enum program_escape escape;
    const char *error, *remedy; /* with count 0 */
};

static const struct row rows[] = {
    {"Apache", "ServerName x\nLogFormat \"%h \\\"%r\\\" %b\" common\n", 1, CONFIG_APACHE, "common", "%h \"%r\" %b",
     ESCAPE_BACKSLASH, NULL, NULL},
    {"indented, in other case, with a carriage return", "<VirtualHost *:80>\r\n\tlogformat '%h %t' x\r\n", 1,
     CONFIG_APACHE, "x", "%h %t", ESCAPE_BACKSLASH, NULL, NULL},
    {"over lines", "LogFormat \"%h \\\n%l \\\"%r\\\"\" \\\n  long\nListen 80\n", 1, CONFIG_APACHE, "long",
     "%h %l \"%r\"", ESCAPE_BACKSLASH, NULL, NULL},
    {"tabs and backslashes", "LogFormat \"%h\\t%r\\\\\\\\ \\x\" t\n", 1, CONFIG_APACHE, "t", "%h\t%r\\ \\x",
     ESCAPE_BACKSLASH, NULL, NULL},
    {"in CustomLog itself", "CustomLog logs/a \"%h %t\" env=!dontlog\n", 1, CONFIG_APACHE, "logs/a", "%h %t",
     ESCAPE_BACKSLASH, NULL, NULL},
    {"a name that is defined before", "LogFormat \"%h\" a\nCustomLog x a\n", 1, CONFIG_APACHE, "a", "%h",
     ESCAPE_BACKSLASH, NULL, NULL},
    {"a comment", "# LogFormat \"%h\" a\nLogFormat \"%a\" b\n", 1, CONFIG_APACHE, "b", "%a", ESCAPE_BACKSLASH, NULL,
     NULL},
    {"nginx", "http {\n  log_format main '$remote_addr \"$request\" '\n    # why\n", 1, CONFIG_NGINX, "main",
     "$remote_addr \"$request\" ", ESCAPE_BACKSLASH, NULL, NULL},
    {"nginx, two strings and an escape",
     "http { log_format j escape=json '{\"a\":\"$uri\",'\n\"\\\"b\\\":$status}\"; }", 1, CONFIG_NGINX, "j",
     "{\"a\":\"$uri\",\"b\":$status}", ESCAPE_JSON, NULL, NULL},
    {"nginx, a semicolon in quotes", "log_format m '$uri; $status' ; access_log x m;", 1, CONFIG_NGINX, "m",
     "$uri; $status", ESCAPE_BACKSLASH, NULL, NULL},
    {"nginx, a quote inside a word", "access_log /a\"b m; log_format m '$uri $status';", 1, CONFIG_NGINX, "m",
     "$uri $status", ESCAPE_BACKSLASH, NULL, NULL},
    {"nginx's own format", "server { access_log /var/log/nginx/a.log; access_log b combined; }", 1, CONFIG_NGINX,
     "combined", NULL, ESCAPE_BACKSLASH, NULL, NULL},
    {"nginx's own format with a buffer", "server { access_log /a.log combined buffer=32k; }", 1, CONFIG_NGINX,
     "combined", NULL, ESCAPE_BACKSLASH, NULL, NULL},
    {"PHP-FPM", "[www]\n; access.format = \"no\"\naccess.format = \"%R \\\"%m %r\\\" %s\"\n", 1, CONFIG_FPM,
     "access.format", "%R \"%m %r\" %s", ESCAPE_BACKSLASH, NULL, NULL},
    {"PostgreSQL", "log_line_prefix = '%m [%p] it''s '\t# special values\n", 1, CONFIG_BARE, "%m [%p] it's ",
     "%m [%p] it's ", ESCAPE_BACKSLASH, NULL, NULL},
    {"none", "Listen 80\n", 0, .error = "no log format in it", .remedy = "are looked for"},
    {"only included", "Include conf/*.conf\nListen 80\n", 0, .error = "no log format in it",
     .remedy = "what it includes"},
    {"only used", "CustomLog a.log mine\n", 0, .error = "no log format in it",
     .remedy = "'mine', which is defined in another"},
    {"off", "server { access_log off; }", 0, .error = "no log format in it", .remedy = "are looked for"},
    {"empty", "", 0, .error = "no log format in it", .remedy = "are looked for"},
};

static void check_found(const struct row *row, const struct config_list *list)
{
    OWN(own_buf) struct buf room = {0};
    struct config_format format;
    if (list->count != row->count) {
        fail_msg("%s: %zu formats", row->what, list->count);
    }
    assert_true(config_format(str_of(list->all[list->count - 1]), &room, &format));
    assert_int_equal(format.kind, row->kind);
    assert_int_equal(format.escape, row->escape);
    if (!str_eq(format.name, str_of(row->name)) || (row->format != NULL && !str_eq(format.text, str_of(row->format)))) {
        fail_msg("%s: \"%.*s\" is \"%.*s\"", row->what, STR_FMT(format.name), STR_FMT(format.text));
    }
}

static void each_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        OWN(own_arena) struct arena keep = {0};
        const char *all[CONFIG_FORMATS_MAX];
        struct config_list list = {.all = all};
        struct err err = {0};
        arena_init(&keep, 0);
        int rc = config_formats(str_of(row->text), "server.conf", &keep, &list, &err);
        if (row->count > 0) {
            if (rc != 0) {
                fail_msg("%s: %s", row->what, err.text);
            }
            check_found(row, &list);
        } else if (rc == 0 || strstr(err.text, row->error) == NULL || strstr(err.remedy, row->remedy) == NULL) {
            fail_msg("%s: %d, %s; %s", row->what, rc, err.text, err.remedy);
        }
    }
}

static void too_many_are_an_error(void **state)
{
    (void)state;
    OWN(own_arena) struct arena keep = {0};
    OWN(own_buf) struct buf text = {0};
    const char *all[CONFIG_FORMATS_MAX];
    struct config_list list = {.all = all};
    struct err err = {0};
    arena_init(&keep, 0);
    for (int i = 0; i < CONFIG_FORMATS_MAX + 1; i++) {
        buf_printf(&text, "LogFormat \"%%h\" n%d\n", i);
    }
    assert_int_equal(config_formats(buf_str(&text), "server.conf", &keep, &list, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_file), cmocka_unit_test(too_many_are_an_error)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tools of several files have one that carries the version, and tools of one file are told by functions or constants that every
 * release of theirs has (docs/accuracy-sweep.md says which releases were looked at).
 *
 *   phpMyAdmin 5.1 and later  Version.php              namespace PhpMyAdmin, public const VERSION = '5.2.1'
 *              3.x to 5.0     Config(.class).php       set('PMA_VERSION', '4.9.0')
 *              2.5 to 2.11    defines.lib.php          define('PMA_VERSION', '2.11.0')
 *              before         defines.inc.php3         define('PHPMYADMIN_VERSION', '2.2.0')
 *   phpPgAdmin                libraries/lib.inc.php    $appVersion = '7.13.0'
 *   SQL Buddy                 functions.php            define("VERSION_NUMBER", "1.3.3")
 *   MySQLDumper               inc/runtime.php          define('MSD_VERSION','1.24.4')
 *   Chive                     protected/config/main.php  'version' => '1.3.1', beside its routes and set of icons
 *   pgAdmin 4  8.3 and later   web/version.py           APP_RELEASE = 9, APP_REVISION = 17, APP_SUFFIX = ''
 *              before         web/config.py            the same
 *   phpMiniAdmin, phpLiteAdmin, DbNinja                one file each */
#include <stdio.h>

#include "base/str.h"
#include "sweep/admin_inside.h"

#include "base/banned.h"

struct tool {
    const char *name;
    const char *version_marks[3]; /* the first that has a release number behind it */
    const char *marks[4];         /* all of them */
    const char *what;
};

static const char carries[] = "the file of an installation that carries its version";
static const char is_whole[] = "the whole tool in one file";

static const struct tool tools[] = {
    {"phpMyAdmin", {"const VERSION"}, {"namespace PhpMyAdmin"}, carries},
    {"phpMyAdmin", {"'PMA_VERSION'", "\"PMA_VERSION\""}, {"PMA_VERSION"}, carries},
    {"phpMyAdmin", {"'PHPMYADMIN_VERSION'", "\"PHPMYADMIN_VERSION\""}, {"PHPMYADMIN_VERSION"}, carries},
    {"MySQLDumper", {"'MSD_VERSION'", "\"MSD_VERSION\""}, {"MSD_VERSION", "MSD_OS", "perlexec"}, carries},
    {"SQL Buddy", {"\"VERSION_NUMBER\"", "'VERSION_NUMBER'"}, {"VERSION_NUMBER", "INCLUDES_DIR", "SB_LOGIN"}, carries},
    {"phpMiniAdmin",
     {"$VERSION"},
     {"function db_checkconnect(", "function do_one_sql(", "function check_xss(", "function get_rand_str("},
     is_whole},
    {"phpLiteAdmin", {"\"VERSION\"", "'VERSION'"}, {"sqlite_master", "VACUUM", "PROJECT", "$databases"}, is_whole},
    {"DbNinja", {"VERSION"}, {"DbNinja", "SHOW TABLE STATUS", "mysqli"}, is_whole},
};

static const struct tool phppgadmin = {"phpPgAdmin", {"$appVersion"}, {"$appVersion", "$appName", "$conf"}, carries};
static const struct tool chive = {"Chive", {"'version'"}, {"schema/<schema:", "'iconPack'", "'basePath'"}, carries};

static bool has_all(struct str bytes, const struct tool *tool)
{
    for (size_t i = 0; i < sizeof tool->marks / sizeof *tool->marks && tool->marks[i] != NULL; i++) {
        if (!admin_has(bytes, tool->marks[i])) {
            return false;
        }
    }
    return true;
}

static bool is_tool(struct str bytes, const struct tool *tool, struct found *found)
{
    if (!has_all(bytes, tool)) {
        return false;
    }
    size_t at = 0;
    struct str version = STR("");
    for (size_t i = 0; i < sizeof tool->version_marks / sizeof *tool->version_marks && version.len == 0; i++) {
        if (tool->version_marks[i] != NULL) {
            version = admin_version_after(bytes, tool->version_marks[i], &at);
        }
    }
    if (version.len == 0 && tool->what == carries) {
        return false;
    }
    uint64_t line = line_of(bytes, at);
    admin_name(found, tool->name, version, line);
    found_reasonf(found, "known", line, "it has the parts of %s: %s", tool->name, tool->what);
    return true;
}

/* What a line of settings, NAME = value, gives the name; without quotes. ret_at: where the line is. */
static struct str setting(struct str bytes, struct str name, size_t *ret_at)
{
    for (size_t at = str_find(bytes, name, 0); at != SIZE_MAX; at = str_find(bytes, name, at + name.len)) {
        struct str_cut line = str_cut(str_slice(bytes, at + name.len, bytes.len), '\n');
        struct str rest = str_trim(line.head);
        if ((at == 0 || bytes.data[at - 1] == '\n') && rest.len > 1 && rest.data[0] == '=') {
            struct str value = str_trim(str_slice(rest, 1, rest.len));
            bool is_quoted = value.len > 1 && (value.data[0] == '\'' || value.data[0] == '"');
            *ret_at = at;
            return is_quoted ? str_slice(value, 1, value.len - 1) : value;
        }
    }
    return STR("");
}

static bool is_number(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len != 0;
}

/* A server of its own in Python: what lies in a web root is its installation, told by the settings that every release has. */
static bool is_pgadmin(struct str bytes, struct found *found)
{
    size_t at = 0, revision_at = 0, suffix_at = SIZE_MAX;
    struct str release = setting(bytes, STR("APP_RELEASE"), &at);
    struct str revision = setting(bytes, STR("APP_REVISION"), &revision_at);
    struct str suffix = setting(bytes, STR("APP_SUFFIX"), &suffix_at);
    if (!is_number(release) || !is_number(revision) || suffix_at == SIZE_MAX) {
        return false;
    }
    char version[FOUND_VERSION_BYTES];
    (void)snprintf(version, sizeof version, "%.*s.%.*s%s%.*s", STR_FMT(release), STR_FMT(revision),
                   suffix.len != 0 ? "-" : "", STR_FMT(suffix));
    uint64_t line = line_of(bytes, at);
    admin_name(found, "pgAdmin 4", str_of(version), line);
    found_reasonf(found, "known", line, "it has the parts of pgAdmin 4: %s", carries);
    return true;
}

/* $_GET and VERSION are in one of ten files; what comes behind them is asked of those only. */
bool admin_is_other(struct str bytes, struct found *found)
{
    if (admin_has(bytes, "VERSION")) {
        for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
            if (is_tool(bytes, &tools[i], found)) {
                return true;
            }
        }
    }
    return is_tool(bytes, &phppgadmin, found) || is_tool(bytes, &chive, found) || is_pgadmin(bytes, found);
}

/* Adminer answers each of its pages by a key of the query: $_GET["callf"], $_GET["foreign"] ... The set of these keys
 * is what it is; a name, a header or a session name can be changed without touching the tool, the keys cannot.
 * Releases are one file, made by its compile.php; the version is in the header comment and, sturdier, in the code: as
 * $xx="4.2.4" (minified $VERSION) or VERSION="5.4.1". Checked against 3.2.2 to 4.8.1.
 *
 * phpMyAdmin is a tree; one of its files carries the version:
 *   5.1 and later  libraries/classes/Version.php   public const VERSION = '5.2.1'
 *   3.x to 5.0     libraries/{classes/Config,Config.class}.php   set('PMA_VERSION', '4.9.0')
 *   2.x            libraries/defines.lib.php       define('PMA_VERSION', '2.11.0') */
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/admin.h"

#include "base/banned.h"

enum { ADMINER_KEYS_MIN = 14, TREE_FILE_MAX = 30000, VERSION_FILE_MAX = 64 << 10 };

static const char *const adminer_keys[] = {
    "download", "table",   "schema", "dump",   "privileges",  "sql",       "edit",  "create",    "indexes",
    "database", "scheme",  "callf",  "call",   "foreign",     "view",      "event", "procedure", "sequence",
    "type",     "trigger", "user",   "select", "processlist", "variables", "script"};

/* What the editor, which has fewer pages, shares with nobody but Adminer. */
static const char *const adminer_marks[] = {"adminer_sid",       "adminer_version", "auth[driver]", "lzw_decompress(",
                                            "adminer_permanent", "adminer_import",  "adminer.org"};

static bool has_text(struct str bytes, const char *text)
{
    return str_find(bytes, str_of(text), 0) != SIZE_MAX;
}

/* $_GET["key"] or $_GET['key'] */
static bool has_key(struct str bytes, const char *key)
{
    char text[40];
    (void)snprintf(text, sizeof text, "_GET[\"%s\"]", key);
    if (has_text(bytes, text)) {
        return true;
    }
    (void)snprintf(text, sizeof text, "_GET['%s']", key);
    return has_text(bytes, text);
}

static unsigned count_keys(struct str bytes)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof adminer_keys / sizeof *adminer_keys; i++) {
        count += has_key(bytes, adminer_keys[i]);
    }
    return count;
}

static unsigned count_marks(struct str bytes)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof adminer_marks / sizeof *adminer_marks; i++) {
        count += has_text(bytes, adminer_marks[i]);
    }
    return count;
}

/* The version that begins at `at`: digits and dots, then perhaps "-dev". Empty if it isn't one. */
static struct str version_at(struct str bytes, size_t at)
{
    size_t end = at, dots = 0;
    while (end < bytes.len && end - at < 20 &&
           ((bytes.data[end] >= '0' && bytes.data[end] <= '9') || bytes.data[end] == '.')) {
        dots += bytes.data[end++] == '.';
    }
    if (dots == 0 || end == at || bytes.data[at] == '.' || bytes.data[end - 1] == '.') {
        return STR("");
    }
    static const char *const tails[] = {"-dev", "-rc1", "-rc2", "-rc3", "-beta1", "-beta2", "-beta3", "-alpha1"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        struct str tail = str_of(tails[i]);
        if (str_eq(str_slice(bytes, end, end + tail.len), tail)) {
            return str_slice(bytes, at, end + tail.len);
        }
    }
    return str_slice(bytes, at, end);
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* Skips spaces, "=", ",", ">" and one quote. */
static size_t skip_to_value(struct str bytes, size_t at)
{
    size_t limit = at + 24;
    while (at < bytes.len && at < limit && memchr(" \t=,>'\"", bytes.data[at], 7) != NULL) {
        at++;
    }
    return at;
}

/* The version behind the first `mark` that has one; ret_at: where. */
static struct str version_after(struct str bytes, const char *mark, size_t *ret_at)
{
    struct str needle = str_of(mark);
    for (size_t at = str_find(bytes, needle, 0); at != SIZE_MAX; at = str_find(bytes, needle, at + needle.len)) {
        struct str version = version_at(bytes, skip_to_value(bytes, at + needle.len));
        if (version.len != 0) {
            *ret_at = at;
            return version;
        }
    }
    return STR("");
}

/* $ab="4.2.4": a short variable that is given a version of three numbers. */
static struct str version_minified(struct str bytes, size_t *ret_at)
{
    for (size_t at = str_find(bytes, STR("=\""), 0); at != SIZE_MAX; at = str_find(bytes, STR("=\""), at + 2)) {
        size_t name = at;
        while (name > 0 && at - name < 4 && is_word(bytes.data[name - 1])) {
            name--;
        }
        if (name == 0 || name == at || bytes.data[name - 1] != '$') {
            continue;
        }
        struct str version = version_at(bytes, at + 2);
        size_t end = at + 2 + version.len;
        if (version.len >= 5 && end < bytes.len && bytes.data[end] == '"') {
            *ret_at = name - 1;
            return version;
        }
    }
    return STR("");
}

static void set_text(char *out, size_t out_bytes, struct str text)
{
    size_t length = text.len < out_bytes - 1 ? text.len : out_bytes - 1;
    memcpy(out, text.data != NULL ? text.data : "", length);
    out[length] = '\0';
}

/* The version of a tool in several files, from the file that holds it. */
static bool version_of_tree(int root, struct str path, const char *beside, struct found *found)
{
    char where[4096];
    struct str directory = str_slice(path, 0, 0);
    for (size_t i = path.len; i > 0; i--) {
        if (path.data[i - 1] == '/') {
            directory = str_slice(path, 0, i);
            break;
        }
    }
    int length = snprintf(where, sizeof where, "%.*s%s", STR_FMT(directory), beside);
    OWN(own_fd)
    int fd = root < 0 || length < 0 || (size_t)length >= sizeof where ? -1 : file_open_beneath(root, where, 0);
    OWN(own_buf) struct buf text = {.max = VERSION_FILE_MAX * 2};
    if (fd < 0 || file_read_fd(fd, VERSION_FILE_MAX, &text, NULL) != 0) {
        return false;
    }
    size_t at = 0;
    struct str version = version_after(buf_str(&text), "VERSION", &at);
    set_text(found->version, sizeof found->version, version);
    if (version.len != 0) {
        found_reasonf(found, "known", line_of(buf_str(&text), at), "the version is what %s beside it says", beside);
    }
    return version.len != 0;
}

static void adminer_version(struct str bytes, int root, struct str path, struct found *found)
{
    size_t header_at = 0, code_at = 0;
    struct str header = version_after(str_slice(bytes, 0, 4096), "@version", &header_at);
    struct str code = version_after(bytes, "$VERSION", &code_at);
    code = code.len != 0 ? code : version_after(bytes, "const VERSION", &code_at);
    code = code.len != 0 ? code : version_after(bytes, "const\nVERSION", &code_at);
    code = code.len != 0 ? code : version_minified(bytes, &code_at);
    set_text(found->version, sizeof found->version, code.len != 0 ? code : header);
    if (code.len != 0) {
        found_reasonf(found, "known", line_of(bytes, code_at), "version %.*s is what its code says", STR_FMT(code));
    }
    if (header.len != 0 && code.len != 0 && !str_eq(header, code)) {
        found_reasonf(found, "known", line_of(bytes, header_at), "its header says %.*s, its code doesn't",
                      STR_FMT(header));
    } else if (header.len == 0 && bytes.len > TREE_FILE_MAX) {
        found_reasonf(found, "known", 1, "the header with its name and version has been taken out");
    }
    if (code.len == 0 && header.len == 0 && bytes.len <= TREE_FILE_MAX) {
        (void)version_of_tree(root, path, "include/version.inc.php", found);
    }
}

static const char *adminer_name(struct str bytes, bool is_editor)
{
    if (str_find_nocase(bytes, STR("adminerevo"), 0) != SIZE_MAX) {
        return is_editor ? "AdminerEvo Editor" : "AdminerEvo";
    }
    if (str_find_nocase(bytes, STR("adminerneo"), 0) != SIZE_MAX ||
        str_find_nocase(bytes, STR("adminer neo"), 0) != SIZE_MAX) {
        return is_editor ? "AdminerNeo Editor" : "AdminerNeo";
    }
    return is_editor ? "Adminer Editor" : "Adminer";
}

static bool is_adminer(struct str bytes, int root, struct str path, struct found *found)
{
    bool has_callf = has_key(bytes, "callf");
    if (!has_callf && !(has_text(bytes, "adminer") && has_key(bytes, "script") && has_key(bytes, "select"))) {
        return false;
    }
    unsigned keys = count_keys(bytes), marks = count_marks(bytes);
    bool is_editor = !has_callf && marks >= 2 && keys >= 4 && bytes.len > TREE_FILE_MAX;
    if (!is_editor && keys < ADMINER_KEYS_MIN) {
        return false;
    }
    found_raise(found, FOUND_ADMIN_TOOL, FOUND_HIGH, 1);
    set_text(found->name, sizeof found->name, str_of(adminer_name(bytes, is_editor)));
    found_reasonf(found, "known", 1, "%u of the %zu pages that %s answers, %s", keys,
                  sizeof adminer_keys / sizeof *adminer_keys, found->name,
                  bytes.len > TREE_FILE_MAX ? "in one file, as its releases are built" : "one file of its source tree");
    adminer_version(bytes, root, path, found);
    return true;
}

static void name_tool(struct found *found, const char *name, struct str version, uint64_t line)
{
    found_raise(found, FOUND_ADMIN_TOOL, FOUND_HIGH, line);
    set_text(found->name, sizeof found->name, str_of(name));
    set_text(found->version, sizeof found->version, version);
}

static bool is_phpmyadmin(struct str bytes, struct str path, struct found *found)
{
    size_t at = 0;
    struct str version = STR("");
    if (str_ends(path, STR("Version.php")) && has_text(bytes, "namespace PhpMyAdmin;")) {
        version = version_after(bytes, "const VERSION", &at);
    } else if (has_text(bytes, "PMA_VERSION")) {
        version = version_after(bytes, "'PMA_VERSION'", &at);
    }
    if (version.len == 0) {
        return false;
    }
    uint64_t line = line_of(bytes, at);
    name_tool(found, "phpMyAdmin", version, line);
    found_reasonf(found, "known", line, "the file of a phpMyAdmin installation that carries its version");
    return true;
}

struct single {
    const char *name, *version_mark;
    const char *marks[4]; /* all of them */
};

static const struct single singles[] = {
    {"phpMiniAdmin", "$VERSION", {"phpMiniAdmin", "SHOW TABLE STATUS", "mysqli", "db_checkconnect"}},
    {"phpLiteAdmin", "VERSION", {"phpLiteAdmin", "sqlite_master", "COOKIENAME", "class Authorization"}},
    {"MySQLDumper", "MSD_VERSION", {"MSD_VERSION", "MySQLDumper", "define", "function"}},
    {"Dbninja", "VERSION", {"DbNinja", "SHOW TABLE STATUS", "mysqli", "function"}},
};

static void look_singles(struct str bytes, struct found *found)
{
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        const struct single *tool = &singles[i];
        bool is_all = true;
        for (size_t j = 0; j < sizeof tool->marks / sizeof *tool->marks && is_all; j++) {
            is_all = has_text(bytes, tool->marks[j]);
        }
        if (is_all) {
            size_t at = 0;
            struct str version = version_after(bytes, tool->version_mark, &at);
            name_tool(found, tool->name, version, line_of(bytes, at));
            found_reasonf(found, "known", line_of(bytes, at), "it has the parts of %s", tool->name);
            return;
        }
    }
}

void admin_look(struct str bytes, int root, struct str path, struct found *found)
{
    if (!is_adminer(bytes, root, path, found) && !is_phpmyadmin(bytes, path, found)) {
        look_singles(bytes, found);
    }
}

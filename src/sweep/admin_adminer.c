/* Adminer and its kin answer each page by a key of the query: $_GET["callf"], $_GET["foreign"] ..., and read the list of rows by
 * others: $_GET["columns"], $_GET["where"] ... The names, headers and sessions can be changed without touching the tool, the keys
 * cannot. Fifteen are in every build from 3.0 to 6.0, with one driver or all, Adminer or Editor; the pages tell these two apart.
 *
 * The version stands in up to three places of a release, which is one file made by its compile.php:
 *   header     @version 4.8.1 (from 3.3), or "* v5.6.0" (AdminNeo): a comment, no more
 *   constant   $ia="4.8.1", which is the shortened $VERSION; from 5.0.3 on VERSION="5.4.1"
 *   links      ?file=default.css&version=4.8.1, written in wherever it asks itself for a file; not in AdminNeo
 * The links were put there by the compiler and are several, so they win over the constant, and both over the header.
 *
 * Functions keep their names when a release is made, which tells the forks: docs/accuracy-sweep.md has what was measured. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/admin_inside.h"
#include "sweep/release.h"

#include "base/banned.h"

enum {
    KEY_PAGE = 1,
    KEY_LIST = 2,
    LIST_MIN = 13,  /* of 15 */
    PAGES_MIN = 14, /* of 25; the Editor has 6 at most, one driver without routines 19 */
    TREE_FILE_MAX = 30000,
    HEADER_BYTES = 4096,
    KEY_MAX_BYTES = 12,
    VERSION_FILE_MAX = 64 << 10
};

struct key {
    const char *name;
    unsigned kind;
};

/* Sorted. */
static const struct key keys[] = {
    {"call", KEY_PAGE},
    {"callf", KEY_PAGE},
    {"columns", KEY_LIST},
    {"create", KEY_PAGE},
    {"database", KEY_PAGE},
    {"desc", KEY_LIST},
    {"download", 3},
    {"dump", KEY_PAGE},
    {"edit", 3},
    {"event", KEY_PAGE},
    {"field", KEY_LIST},
    {"file", KEY_LIST},
    {"foreign", KEY_PAGE},
    {"indexes", KEY_PAGE},
    {"limit", KEY_LIST},
    {"modify", KEY_LIST},
    {"ns", KEY_LIST},
    {"order", KEY_LIST},
    {"page", KEY_LIST},
    {"privileges", KEY_PAGE},
    {"procedure", KEY_PAGE},
    {"processlist", KEY_PAGE},
    {"schema", KEY_PAGE},
    {"scheme", KEY_PAGE},
    {"script", KEY_PAGE},
    {"select", 3},
    {"sequence", KEY_PAGE},
    {"set", KEY_LIST},
    {"sql", KEY_PAGE},
    {"table", KEY_PAGE},
    {"trigger", KEY_PAGE},
    {"type", KEY_PAGE},
    {"user", KEY_PAGE},
    {"username", KEY_LIST},
    {"variables", KEY_PAGE},
    {"view", KEY_PAGE},
    {"where", KEY_LIST},
};

enum { KEY_COUNT = sizeof keys / sizeof *keys, CALLF = 1, PAGES = 25 };

struct seen {
    bool keys[KEY_COUNT];
    unsigned pages, list;
};

static int compare_key(const void *name, const void *key)
{
    return str_cmp(*(const struct str *)name, str_of(((const struct key *)key)->name));
}

/* The key of _GET["key"] whose bracket ends before `at`. */
static void see_key(struct str bytes, size_t at, struct seen *seen)
{
    if (at >= bytes.len || (bytes.data[at] != '"' && bytes.data[at] != '\'')) {
        return;
    }
    struct str window = str_slice(bytes, at + 1, at + 2 + KEY_MAX_BYTES);
    struct str_cut cut = str_cut(window, bytes.data[at]);
    const struct key *key = cut.found ? bsearch(&cut.head, keys, KEY_COUNT, sizeof *keys, compare_key) : NULL;
    if (key == NULL || seen->keys[key - keys]) {
        return;
    }
    seen->keys[key - keys] = true;
    seen->pages += (key->kind & KEY_PAGE) != 0;
    seen->list += (key->kind & KEY_LIST) != 0;
}

static struct seen see_keys(struct str bytes)
{
    struct seen seen = {.pages = 0};
    struct str mark = STR("_GET[");
    for (size_t at = str_find(bytes, mark, 0); at != SIZE_MAX; at = str_find(bytes, mark, at + mark.len)) {
        see_key(bytes, at + mark.len, &seen);
    }
    return seen;
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* $ab="4.2.4": a short variable that is given a release number; `wanted` if that isn't empty, else one of three numbers. */
static struct str constant_shortened(struct str bytes, struct str wanted, size_t *ret_at)
{
    for (size_t at = str_find(bytes, STR("=\""), 0); at != SIZE_MAX; at = str_find(bytes, STR("=\""), at + 2)) {
        size_t name = at;
        while (name > 0 && at - name < 4 && is_word(bytes.data[name - 1])) {
            name--;
        }
        if (name == 0 || name == at || bytes.data[name - 1] != '$') {
            continue;
        }
        struct str version = release_at(bytes, at + 2);
        size_t end = at + 2 + version.len;
        bool fits = wanted.len != 0 ? str_eq(version, wanted) : version.len >= 5;
        if (fits && end < bytes.len && bytes.data[end] == '"') {
            *ret_at = name - 1;
            return version;
        }
    }
    return STR("");
}

/* What the links to its own files say: the first that has a number. */
static struct str version_of_links(struct str bytes, size_t *ret_at)
{
    struct str mark = STR("version=");
    for (size_t at = str_find(bytes, mark, 0); at != SIZE_MAX; at = str_find(bytes, mark, at + mark.len)) {
        struct str version = release_at(bytes, at + mark.len);
        size_t end = at + mark.len + version.len;
        if (version.len != 0 && at > 0 && (bytes.data[at - 1] == '&' || bytes.data[at - 1] == ';') && end < bytes.len &&
            (bytes.data[end] == '"' || bytes.data[end] == '\'')) {
            *ret_at = at;
            return version;
        }
    }
    return STR("");
}

static struct str version_of_constant(struct str bytes, struct str links, size_t *ret_at)
{
    static const char *const marks[] = {"const VERSION", "const\nVERSION", "$VERSION"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        struct str version = admin_version_after(bytes, marks[i], ret_at);
        if (version.len != 0) {
            return version;
        }
    }
    return constant_shortened(bytes, links, ret_at);
}

static struct str version_of_header(struct str bytes, size_t *ret_at)
{
    static const char *const marks[] = {"@version", "\n * v", "Adminer", "Editor", "AdminNeo", "AdminerEvo"};
    struct str head = str_slice(bytes, 0, HEADER_BYTES);
    size_t end = str_find(head, STR("*/"), 0);
    head = str_slice(head, 0, end == SIZE_MAX ? 0 : end);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        struct str version = admin_version_after(head, marks[i], ret_at);
        if (version.len != 0) {
            return version;
        }
    }
    return STR("");
}

/* The version of a source tree, from the file that holds it. */
static struct str version_of_tree(int root, struct str path, struct buf *text, struct found *found)
{
    static const char beside[] = "include/version.inc.php";
    char where[4096];
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    struct str directory = str_slice(path, 0, slash != NULL ? (size_t)(slash - path.data) + 1 : 0);
    int length = snprintf(where, sizeof where, "%.*s%s", STR_FMT(directory), beside);
    OWN(own_fd)
    int fd = root < 0 || length < 0 || (size_t)length >= sizeof where ? -1 : file_open_beneath(root, where, 0);
    if (fd < 0 || file_read_fd(fd, VERSION_FILE_MAX, text, NULL) != 0) {
        return STR("");
    }
    size_t at = 0;
    struct str version = admin_version_after(buf_str(text), "VERSION", &at);
    if (version.len != 0) {
        found_reasonf(found, "known", line_of(buf_str(text), at), "the version is what %s beside it says", beside);
    }
    return version;
}

static void tell_header(struct str bytes, struct str code, struct found *found)
{
    size_t at = 0;
    struct str header = version_of_header(bytes, &at);
    if (header.len != 0 && code.len != 0 && !str_eq(header, code)) {
        found_reasonf(found, "known", line_of(bytes, at),
                      "its header says %.*s, its code is %.*s: the header is forged or of another release",
                      STR_FMT(header), STR_FMT(code));
    } else if (header.len == 0 && code.len != 0 && bytes.len > TREE_FILE_MAX) {
        /* releases before 3.3 have none */
        found_reasonf(found, "known", 1, "no header with its version: it is old, or the header was taken out");
    } else if (header.len != 0 && code.len == 0) {
        found_reasonf(found, "known", line_of(bytes, at),
                      "version %.*s is what its header says; nothing in its code bears that out", STR_FMT(header));
    }
}

static struct str version_of_code(struct str bytes, struct found *found)
{
    size_t links_at = 0, constant_at = 0;
    struct str links = version_of_links(bytes, &links_at);
    struct str constant = version_of_constant(bytes, links, &constant_at);
    if (links.len != 0 && constant.len != 0 && !str_eq(links, constant)) {
        found_reasonf(found, "known", line_of(bytes, constant_at),
                      "its constant says %.*s, the links to its own files say %.*s: the constant was changed",
                      STR_FMT(constant), STR_FMT(links));
    } else if (links.len != 0 || constant.len != 0) {
        found_reasonf(found, "known", line_of(bytes, constant.len != 0 ? constant_at : links_at),
                      "version %.*s is what its code says", STR_FMT(links.len != 0 ? links : constant));
    }
    return links.len != 0 ? links : constant;
}

static void tell_version(struct str bytes, int root, struct str path, const char *name, struct found *found)
{
    OWN(own_buf) struct buf text = {.max = VERSION_FILE_MAX * 2};
    size_t at = 0;
    struct str code = version_of_code(bytes, found);
    struct str version = code.len != 0 ? code : version_of_header(bytes, &at);
    if (version.len == 0 && bytes.len <= TREE_FILE_MAX) {
        version = version_of_tree(root, path, &text, found);
    }
    tell_header(bytes, code, found);
    admin_name(found, name, version, 1);
}

/* Function names of a fork come before its own name, which is easily changed. */
static const char *name_of_fork(struct str bytes, bool is_editor)
{
    if (admin_has(bytes, "function\ngenerate_linksbar(") || admin_has(bytes, "adminerevo") ||
        admin_has(bytes, "AdminerEvo")) {
        return is_editor ? "AdminerEvo Editor" : "AdminerEvo";
    }
    if ((admin_has(bytes, "getBruteForceKey(") && admin_has(bytes, "applyServer(")) || admin_has(bytes, "AdminNeo") ||
        admin_has(bytes, "adminneo")) {
        return is_editor ? "AdminNeo Editor" : "AdminNeo";
    }
    return is_editor ? "Adminer Editor" : "Adminer";
}

bool admin_is_adminer(struct str bytes, int root, struct str path, struct found *found)
{
    struct seen seen = see_keys(bytes);
    bool has_list = seen.list >= LIST_MIN, has_pages = seen.pages >= PAGES_MIN;
    if (!has_list && !(has_pages && seen.keys[CALLF])) {
        return false;
    }
    const char *name = name_of_fork(bytes, !has_pages);
    found_raise(found, FOUND_ADMIN_TOOL, FOUND_HIGH, 1);
    if (has_pages) {
        found_reasonf(found, "known", 1, "%u of the %d pages that %s answers, %s", seen.pages, PAGES, name,
                      bytes.len > TREE_FILE_MAX ? "in one file, as its releases are built"
                                                : "one file of its source tree");
    } else {
        found_reasonf(found, "known", 1, "%u of the 15 keys by which %s lists rows, and none of Adminer's own pages",
                      seen.list, name);
    }
    tell_version(bytes, root, path, name, found);
    return true;
}

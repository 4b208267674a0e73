/* Request targets: which followed path does one name, and what do its path and query say?
 *
 * An intruder may write /uploads/%61.php, //uploads/./a.php or /uploads/a.php/x.css; a server takes all of them
 * for /uploads/a.php, so the comparison is on a normal form. Nearly every request is ruled out before that
 * by a filter over the first and last bytes of its path. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/inside.h"

#include "base/banned.h"

enum { INDEX_SLOTS = SEEDS_MAX * 4, FILTER_BITS = 4096 };

struct str path_query(struct str target)
{
    const char *mark = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
    return mark == NULL ? (struct str){NULL, 0} : str_slice(target, (size_t)(mark - target.data) + 1, target.len);
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The path of "http://host/path" begins at its third slash. */
static size_t skip_origin(struct str target)
{
    if (target.len == 0 || target.data[0] == '/') {
        return 0;
    }
    size_t scheme = str_find(str_slice(target, 0, 16), STR("://"), 0);
    if (scheme == SIZE_MAX) {
        return 0;
    }
    size_t slash = str_find(target, STR("/"), scheme + 3);
    return slash == SIZE_MAX ? target.len : slash;
}

/* The byte at *at, decoded: percent escapes, and the servers' own \xhh in the log. Moves *at behind it. */
static char decoded_byte(struct str target, size_t *at)
{
    const char *t = target.data + *at;
    size_t left = target.len - *at;
    size_t prefix = t[0] == '%' ? 1 : left >= 2 && t[0] == '\\' && t[1] == 'x' ? 2 : 0;
    if (prefix > 0 && left >= prefix + 2 && hex_of(t[prefix]) >= 0 && hex_of(t[prefix + 1]) >= 0) {
        *at += prefix + 2;
        return (char)(hex_of(t[prefix]) << 4 | hex_of(t[prefix + 1]));
    }
    *at += 1;
    return t[0];
}

/* Ends the segment that begins at `from`: "." vanishes, ".." takes the one before it along. */
static size_t end_segment(const char *out, size_t from, size_t len)
{
    size_t n = len - from;
    if (n == 1 && out[from] == '.') {
        return from;
    }
    if (n == 2 && out[from] == '.' && out[from + 1] == '.') {
        if (from > 1) {
            from--;
            while (from > 1 && out[from - 1] != '/') {
                from--;
            }
        }
        return from;
    }
    return len;
}

size_t path_normal(char out[static PATH_BYTES], struct str target)
{
    size_t at = skip_origin(target), len = 1, segment = 1;
    out[0] = '/';
    while (at < target.len && target.data[at] != '?' && target.data[at] != '#') {
        char c = decoded_byte(target, &at);
        if (c != '/') {
            if (len == PATH_BYTES) {
                return 0;
            }
            out[len++] = c;
            continue;
        }
        len = end_segment(out, segment, len);
        if (out[len - 1] != '/') {
            if (len == PATH_BYTES) {
                return 0;
            }
            out[len++] = '/';
        }
        segment = len;
    }
    return end_segment(out, segment, len);
}

/* Cheap and only for the filter: the last eight bytes (fewer: all), and the length. */
static inline uint64_t quick_hash(const char *path, size_t len)
{
    uint64_t word = 0;
    if (len >= 8) {
        memcpy(&word, path + len - 8, 8);
    } else {
        for (size_t i = 0; i < len; i++) {
            word = word << 8 | (uint8_t)path[i];
        }
    }
    return (word ^ len * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 52;
}

int paths_init(struct paths *paths, const struct str *normal, size_t count, struct err *err)
{
    *paths = (struct paths){.count = count};
    if (count > SEEDS_MAX) {
        return err_set(err, ERR_LIMIT, "%zu paths; at most %d are followed at once", count, SEEDS_MAX);
    }
    paths->all = calloc(count + 1, sizeof *paths->all);
    paths->index = calloc(INDEX_SLOTS, sizeof *paths->index);
    if (paths->all == NULL || paths->index == NULL) {
        paths_free(paths);
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", count);
    }
    for (size_t i = 0; i < count; i++) {
        paths->all[i] = normal[i];
        uint64_t quick = quick_hash(normal[i].data, normal[i].len);
        paths->filter[quick / 64] |= UINT64_C(1) << quick % 64;
        size_t slot = (size_t)(str_hash(normal[i]) % INDEX_SLOTS);
        while (paths->index[slot] != 0) {
            slot = (slot + 1) % INDEX_SLOTS;
        }
        paths->index[slot] = (uint16_t)(i + 1);
    }
    return 0;
}

void paths_free(struct paths *paths)
{
    free(paths->all);
    free(paths->index);
    paths->all = NULL;
    paths->index = NULL;
}

static int exact_match(const struct paths *paths, struct str path)
{
    uint64_t quick = quick_hash(path.data, path.len);
    if ((paths->filter[quick / 64] >> quick % 64 & 1) == 0) {
        return NO_PATH;
    }
    size_t slot = (size_t)(str_hash(path) % INDEX_SLOTS);
    while (paths->index[slot] != 0) {
        int i = paths->index[slot] - 1;
        if (str_eq(paths->all[i], path)) {
            return i;
        }
        slot = (slot + 1) % INDEX_SLOTS;
    }
    return NO_PATH;
}

/* The path itself, or what stands before a "/" in it behind a dot: "/a.php" of "/a.php/b/c". */
static int match_with_info(const struct paths *paths, struct str path)
{
    int found = exact_match(paths, path);
    size_t dot = found == NO_PATH ? str_find(path, STR("."), 0) : SIZE_MAX;
    size_t slash = dot == SIZE_MAX ? SIZE_MAX : str_find(path, STR("/"), dot);
    while (found == NO_PATH && slash != SIZE_MAX) {
        found = exact_match(paths, str_slice(path, 0, slash));
        slash = str_find(path, STR("/"), slash + 1);
    }
    return found;
}

/* What a byte of a path makes of it: ends it, may need decoding, is a slash, a dot. */
enum { ENDS = 1, ODD = 2, SLASH = 4, DOT = 8 };
static const uint8_t byte_kind[256] = {['?'] = ENDS, ['#'] = ENDS, ['%'] = ODD, ['\\'] = ODD, ['/'] = SLASH, ['.'] = DOT};

/* Where the path ends, and whether it is its own normal form without a "/" behind a dot. */
static inline size_t plain_end(struct str target, bool *ret_plain)
{
    unsigned before = target.len > 0 && target.data[0] == '/' ? 0 : ODD, seen = before;
    bool is_odd = before != 0;
    size_t i = 0;
    for (; i < target.len; i++) {
        unsigned kind = byte_kind[(uint8_t)target.data[i]];
        if (kind == 0) {
            before = 0;
            continue;
        }
        if (kind & ENDS) {
            break;
        }
        is_odd |= (kind & ODD) != 0;
        is_odd |= (before & SLASH) != 0;                    /* "//" or "/." */
        is_odd |= (kind & SLASH) != 0 && (seen & DOT) != 0; /* "a.b/" */
        before = kind;
        seen |= kind;
    }
    *ret_plain = !is_odd;
    return i;
}

int path_match(const struct paths *paths, struct str target)
{
    bool is_plain;
    size_t len = plain_end(target, &is_plain);
    if (is_plain) {
        return exact_match(paths, (struct str){target.data, len});
    }
    char normal[PATH_BYTES];
    size_t normal_len = path_normal(normal, target);
    return normal_len == 0 ? NO_PATH : match_with_info(paths, (struct str){normal, normal_len});
}

static struct str file_name(struct str path)
{
    size_t from = path.len;
    while (from > 0 && path.data[from - 1] != '/') {
        from--;
    }
    return str_slice(path, from, path.len);
}

static bool has_ending(struct str normal, const char *const *endings, size_t count)
{
    struct str name = file_name(normal);
    for (size_t i = 0; i < count; i++) {
        if (str_ends_nocase(name, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

bool path_is_script(struct str normal)
{
    static const char *const endings[] = {".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml", ".pht", ".phar", ".inc",
                                          ".jsp", ".jspx", ".asp", ".aspx", ".ashx", ".asmx", ".cgi", ".pl", ".py", ".cfm"};
    return has_ending(normal, endings, sizeof endings / sizeof *endings);
}

bool path_is_archive(struct str normal)
{
    static const char *const endings[] = {".sql", ".gz", ".tgz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar",
                                          ".csv", ".tsv", ".bak", ".dump", ".db", ".sqlite", ".sqlite3", ".mdb", ".xlsx"};
    return has_ending(normal, endings, sizeof endings / sizeof *endings);
}

struct str path_writable_hint(struct str normal)
{
    static const char *const names[] = {"upload", "uploads", "uploaded", "files", "userfiles", "media", "images", "img", "image",
                                        "avatar", "avatars", "attachments", "attachment", "tmp", "temp", "cache", "caches",
                                        "data", "storage", "pictures", "photos", "documents", "backup", "backups", "log", "logs"};
    struct str rest = str_slice(normal, 1, normal.len - file_name(normal).len);
    while (rest.len > 0) {
        struct str_cut cut = str_cut(rest, '/');
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (str_eq_nocase(cut.head, str_of(names[i]))) {
                return cut.head;
            }
        }
        rest = cut.tail;
    }
    return (struct str){NULL, 0};
}

static unsigned query_look(struct str query)
{
    unsigned look = 0;
    bool has_user = false, has_server = false;
    while (query.len > 0) {
        struct str_cut pair = str_cut(query, '&');
        struct str_cut cut = str_cut(pair.head, '=');
        struct str key = cut.head;
        has_user |= str_eq(key, STR("username"));
        has_server |= str_eq(key, STR("server")) || str_eq(key, STR("pgsql")) || str_eq(key, STR("sqlite")) ||
                      str_eq(key, STR("sqlite2")) || str_eq(key, STR("mssql")) || str_eq(key, STR("oracle")) ||
                      str_eq(key, STR("mongo")) || str_eq(key, STR("elastic")) || str_eq(key, STR("clickhouse")) ||
                      str_eq(key, STR("simpledb")) || str_eq(key, STR("firebird"));
        look |= str_eq(key, STR("db")) ? QUERY_DB : 0U;
        look |= str_eq(key, STR("dump")) ? QUERY_DUMP : 0U;
        look |= str_eq(key, STR("select")) ? QUERY_SELECT : 0U;
        look |= str_eq(key, STR("sql")) ? QUERY_SQL : 0U;
        look |= str_eq(key, STR("file")) && cut.tail.len > 0 ? QUERY_ASSET : 0U;
        bool is_route = str_eq(key, STR("route")) && (str_starts(cut.tail, STR("/export")) || str_starts(cut.tail, STR("%2Fexport")) ||
                                                      str_starts(cut.tail, STR("%2fexport")));
        look |= is_route ? QUERY_EXPORT : 0U;
        query = pair.tail;
    }
    /* Adminer leaves server= out for the default MySQL server, but never username= */
    look |= has_user && (has_server || (look & (QUERY_DB | QUERY_SELECT | QUERY_SQL | QUERY_DUMP)) != 0) ? QUERY_ADMINER : 0U;
    return look;
}

unsigned target_look(struct str target)
{
    struct str query = path_query(target);
    struct str path = query.data == NULL ? target : str_slice(target, 0, target.len - query.len - 1);
    return query_look(query) | (str_ends(path, STR("/export.php")) ? QUERY_EXPORT : 0U);
}

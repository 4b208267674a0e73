/* Request targets: which followed path does one name, and what do its path and query say?
 *
 * An intruder may write /uploads/%61.php, //uploads/./a.php or /uploads/a.php/x.css; a server takes all of them
 * for /uploads/a.php, so the comparison is on a normal form. Nearly every request is ruled out before that
 * by a filter over the first and last bytes of its path. */
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/* "\n", "\\", "\"": what Apache writes for a byte (ap_escape_logitem in server/util.c). nginx writes \xHH for all of them
 * (ngx_http_log_escape). '\0': none of these. */
static char escaped_byte(char letter)
{
    static const char letters[] = "bnrtv\\\"", meant[] = "\b\n\r\t\v\\\"";
    const char *found = letter == '\0' ? NULL : memchr(letters, letter, sizeof letters - 1);
    return found == NULL ? '\0' : meant[found - letters];
}

/* The byte at *at, decoded: percent escapes, and the servers' own of the log, in one step: what a server wrote for a backslash
 * begins nothing more. Moves *at behind it. */
static char decoded_byte(struct str target, size_t *at)
{
    const char *t = target.data + *at;
    size_t left = target.len - *at;
    size_t prefix = t[0] == '%' ? 1 : left >= 2 && t[0] == '\\' && t[1] == 'x' ? 2 : 0;
    if (prefix > 0 && left >= prefix + 2 && hex_of(t[prefix]) >= 0 && hex_of(t[prefix + 1]) >= 0) {
        *at += prefix + 2;
        return (char)(hex_of(t[prefix]) << 4 | hex_of(t[prefix + 1]));
    }
    char byte = t[0] == '\\' && left >= 2 ? escaped_byte(t[1]) : '\0';
    *at += byte != '\0' ? 2 : 1;
    return byte != '\0' ? byte : t[0];
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

/* What a request's path is made of. */
struct look {
    size_t len;   /* to "?", "#" or the end */
    bool is_odd;  /* has something to decode, or empty or dot segments, or an origin: needs the normal form */
    bool is_deep; /* a "/" stands behind a dot: may be PATH_INFO */
};

/* The bytes of up to 16 bytes that matter, as bits. */
struct kinds {
    unsigned ends, odd, slashes, dots;
};

static struct kinds kinds_slowly(const char *at, size_t len)
{
    struct kinds kinds = {0};
    for (size_t i = 0; i < len; i++) {
        kinds.ends |= (unsigned)(at[i] == '?' || at[i] == '#') << i;
        kinds.odd |= (unsigned)(at[i] == '%' || at[i] == '\\') << i;
        kinds.slashes |= (unsigned)(at[i] == '/') << i;
        kinds.dots |= (unsigned)(at[i] == '.') << i;
    }
    return kinds;
}

#ifdef __SSE2__
static inline unsigned equal_to(__m128i bytes, char c)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline struct kinds kinds_of(const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (struct kinds){.ends = equal_to(bytes, '?') | equal_to(bytes, '#'),
                          .odd = equal_to(bytes, '%') | equal_to(bytes, '\\'),
                          .slashes = equal_to(bytes, '/'),
                          .dots = equal_to(bytes, '.')};
}
#else
static inline struct kinds kinds_of(const char *at)
{
    return kinds_slowly(at, 16);
}
#endif

static inline struct look look_at(struct str target)
{
    struct look look = {.len = target.len, .is_odd = target.len == 0 || target.data[0] != '/'};
    unsigned was_slash = 0, seen_dot = 0;
    for (size_t at = 0; at < target.len; at += 16) {
        size_t left = target.len - at;
        struct kinds kinds;
        if (left >= 16) {
            kinds = kinds_of(target.data + at);
        } else if (target.len >= 16) {
            kinds = kinds_of(target.data + target.len - 16); /* again some bytes that were seen: shifted out */
            unsigned seen = 16 - (unsigned)left;
            kinds = (struct kinds){kinds.ends >> seen, kinds.odd >> seen, kinds.slashes >> seen, kinds.dots >> seen};
        } else {
            kinds = kinds_slowly(target.data, left);
        }
        unsigned inside = kinds.ends != 0 ? (kinds.ends & (0U - kinds.ends)) - 1 : 0xffffU;
        unsigned slashes = kinds.slashes & inside, dots = kinds.dots & inside;
        unsigned behind_slash = slashes << 1 | was_slash;
        unsigned behind_dot = seen_dot != 0 ? 0xffffU : dots == 0 ? 0 : ~((dots & (0U - dots)) * 2 - 1);
        look.is_odd |= (kinds.odd & inside) != 0 || (behind_slash & (slashes | dots)) != 0;
        look.is_deep |= (slashes & behind_dot) != 0;
        was_slash = slashes >> 15 & 1;
        seen_dot |= dots;
        if (kinds.ends != 0) {
            look.len = at + (unsigned)__builtin_ctz(kinds.ends);
            break;
        }
    }
    return look;
}

int path_match(const struct paths *paths, struct str target)
{
    struct look look = look_at(target);
    if (!look.is_odd) {
        struct str path = {target.data, look.len};
        return look.is_deep ? match_with_info(paths, path) : exact_match(paths, path);
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
    static const char *const endings[] = {".php",  ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml",
                                          ".pht",  ".phar", ".inc",  ".jsp",  ".jspx", ".asp",  ".aspx",
                                          ".ashx", ".asmx", ".cgi",  ".pl",   ".py",   ".cfm"};
    return has_ending(normal, endings, sizeof endings / sizeof *endings);
}

bool path_is_archive(struct str normal)
{
    static const char *const endings[] = {".sql", ".gz",     ".tgz",     ".zip", ".bz2", ".xz",  ".zst",
                                          ".7z",  ".rar",    ".tar",     ".csv", ".tsv", ".bak", ".dump",
                                          ".db",  ".sqlite", ".sqlite3", ".mdb", ".xlsx"};
    return has_ending(normal, endings, sizeof endings / sizeof *endings);
}

struct str path_writable_hint(struct str normal)
{
    static const char *const names[] = {
        "upload",  "uploads",  "uploaded",    "files",      "userfiles", "media",   "images", "img",    "image",
        "avatar",  "avatars",  "attachments", "attachment", "tmp",       "temp",    "cache",  "caches", "data",
        "storage", "pictures", "photos",      "documents",  "backup",    "backups", "log",    "logs"};
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

bool path_is_administration(struct str normal)
{
    static const char *const names[] = {"backend", "cms",     "cpanel", "dashboard", "editor", "intranet",
                                        "manage",  "manager", "panel",  "staff",     "typo3"};
    struct str rest = normal;
    while (rest.len > 0) {
        struct str_cut cut = str_cut(rest, '/');
        if (str_find_nocase(cut.head, STR("admin"), 0) != SIZE_MAX) {
            return true;
        }
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (str_eq_nocase(cut.head, str_of(names[i]))) {
                return true;
            }
        }
        rest = cut.tail;
    }
    return false;
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
        bool is_route = str_eq(key, STR("route")) &&
                        (str_starts(cut.tail, STR("/export")) || str_starts(cut.tail, STR("%2Fexport")) ||
                         str_starts(cut.tail, STR("%2fexport")));
        look |= is_route ? QUERY_EXPORT : 0U;
        query = pair.tail;
    }
    /* Adminer leaves server= out for the default MySQL server, but never username= */
    look |= has_user && (has_server || (look & (QUERY_DB | QUERY_SELECT | QUERY_SQL | QUERY_DUMP)) != 0) ? QUERY_ADMINER
                                                                                                         : 0U;
    return look;
}

unsigned target_look(struct str target)
{
    struct str query = path_query(target);
    struct str path = query.data == NULL ? target : str_slice(target, 0, target.len - query.len - 1);
    return query_look(query) | (str_ends(path, STR("/export.php")) ? QUERY_EXPORT : 0U);
}

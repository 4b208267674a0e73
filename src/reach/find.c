/* Steers: walk ─▶ class of a file ─▶ readers ─▶ credentials in the order of places ─▶ totals, summary.
 *
 * A file is read whole, up to 4 MiB. One pass over its bytes says whether it is worth a parser at all, so that a tree of
 * 45,000 files costs little more than reading it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/time.h"
#include "base/walk.h"
#include "reach/find.h"
#include "reach/find_php.h"

#include "base/banned.h"

enum { CLASSES_MAX = 24, OPEN_MAX_FILES = 500, TELL_EVERY = 256, KEEP_BYTES = 1 << 20 };
#define SCRATCH_MAX_BYTES ((size_t)192 << 20)

struct total {
    const char *class;
    uint64_t count, bytes;
};

struct totals {
    struct total rows[CLASSES_MAX];
    size_t count;
};

struct find {
    const struct assay_sink *sink;
    struct finds *finds;
    struct php_follow *follow;
    struct walk *walk;
    int root;   /* -1: no tree */
    char *real; /* its absolute path */
    const char *source;
    struct totals totals, all;
    uint64_t files, bytes;
    bool is_complete, is_cut_short;
    struct buf content;
};

static const struct find_reader readers[] = {
#define READER(names, product, service, function) {names, product, service, function},
#include "reach/find_list.h"
#undef READER
};

/* ---- what readers ask for ---- */

struct finds *find_finds(struct find *find)
{
    return find->finds;
}

struct php_follow *find_follow(struct find *find)
{
    return find->follow;
}

void find_cut_short(struct find *find)
{
    find->is_cut_short = true;
}

struct str find_root(const struct find *find)
{
    struct str root = str_of(find->real != NULL ? find->real : "/tree");
    return str_eq(root, STR("/")) ? STR("") : root;
}

static int open_file(const struct find *find, struct str rel, struct stat *about)
{
    if (find->root < 0 || rel.len == 0 || rel.len > 4000 || memchr(rel.data, '\0', rel.len) != NULL) {
        return -1;
    }
    OWN(own_buf) struct buf path = {.max = 8192};
    buf_put(&path, rel);
    int fd = path.failed ? -1 : file_open_beneath(find->root, path.data, 0);
    if (fd >= 0 && (fstat(fd, about) != 0 || !S_ISREG(about->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool find_is_file(const struct find *find, struct str rel)
{
    struct stat about;
    OWN(own_fd) int fd = open_file(find, rel, &about);
    return fd >= 0;
}

bool find_open(struct find *find, struct str rel, struct arena *arena, struct str *ret_bytes)
{
    struct stat about;
    OWN(own_fd) int fd = open_file(find, rel, &about);
    if (fd < 0 || about.st_size > FIND_FILE_MAX_BYTES) {
        return false;
    }
    OWN(own_buf) struct buf bytes = {.max = FIND_FILE_MAX_BYTES * 2};
    if (file_read_fd(fd, FIND_FILE_MAX_BYTES, &bytes, NULL) != 0) {
        return false;
    }
    *ret_bytes = arena_str(arena, buf_str(&bytes), NULL);
    return ret_bytes->data != NULL;
}

/* The path as a person would write it: the one given, and what is below it. */
static void put_path(const struct find *find, struct str rel, struct buf *path)
{
    struct str source = str_of(find->source != NULL ? find->source : "");
    bool is_file = find->walk != NULL && walk_is_file(find->walk);
    const char *slash = source.len != 0 ? memrchr(source.data, '/', source.len) : NULL;
    if (is_file) { /* beside the file that was given */
        source = slash != NULL ? str_slice(source, 0, (size_t)(slash - source.data) + 1) : STR("");
    }
    buf_put(path, source);
    if (source.len != 0 && rel.len != 0 && !str_ends(source, STR("/"))) {
        buf_putc(path, '/');
    }
    buf_put(path, rel);
}

struct str find_shown(struct find *find, struct arena *arena, struct str rel)
{
    OWN(own_buf) struct buf path = {.max = 1 << 16};
    put_path(find, rel, &path);
    return arena_str(arena, buf_str(&path), NULL);
}

/* ---- which reader ---- */

/* One pattern against one name: exact, or with a star at the front, at the end, or one between. */
static bool fits_name(struct str pattern, struct str name)
{
    const char *star = memchr(pattern.data, '*', pattern.len);
    if (star == NULL) {
        return str_eq_nocase(pattern, name);
    }
    struct str before = str_slice(pattern, 0, (size_t)(star - pattern.data));
    struct str after = str_slice(pattern, before.len + 1, pattern.len);
    if (name.len < before.len || !str_eq_nocase(str_slice(name, 0, before.len), before)) {
        return false;
    }
    name = str_slice(name, before.len, name.len);
    const char *second = after.len != 0 ? memchr(after.data, '*', after.len) : NULL;
    if (second == NULL) {
        return str_ends_nocase(name, after);
    }
    struct str middle = str_slice(after, 0, (size_t)(second - after.data));
    struct str last = str_slice(after, middle.len + 1, after.len);
    size_t at = str_find_nocase(name, middle, 0);
    return at != SIZE_MAX && str_ends_nocase(str_slice(name, at + middle.len, name.len), last);
}

/* folder/name: the last parts of the path, each against its own. */
static bool fits(struct str pattern, struct str path)
{
    for (;;) {
        const char *slash = memrchr(pattern.data, '/', pattern.len);
        const char *cut = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
        size_t from = slash != NULL ? (size_t)(slash - pattern.data) + 1 : 0;
        size_t begin = cut != NULL ? (size_t)(cut - path.data) + 1 : 0;
        if (!fits_name(str_slice(pattern, from, pattern.len), str_slice(path, begin, path.len))) {
            return false;
        }
        if (slash == NULL) {
            return true;
        }
        if (cut == NULL) {
            return false;
        }
        pattern = str_slice(pattern, 0, from - 1);
        path = str_slice(path, 0, begin - 1);
    }
}

/* The name without what a person or an editor adds to a copy: wp-config.php.bak, .env~ */
static struct str without_copy(struct str rel)
{
    static const char *const ends[] = {".bak", ".old", ".orig", ".save", ".swp", ".txt", ".backup", ".copy", ".1", "~"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends_nocase(rel, str_of(ends[i]))) {
            return str_slice(rel, 0, rel.len - strlen(ends[i]));
        }
    }
    return rel;
}

static const struct find_reader *reader_of(const struct find_file *file)
{
    struct str rel = without_copy(file->rel);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct str_cut cut = str_cut(str_of(readers[i].names), ' ');
        for (;; cut = str_cut(cut.tail, ' ')) {
            if (fits(cut.head, rel)) {
                return &readers[i];
            }
            if (!cut.found) {
                break;
            }
        }
    }
    return NULL;
}

/* The name of a file that is there to be copied: config.sample.php, .env.example. */
static bool is_sample(struct str name)
{
    static const char *const words[] = {".sample", ".example", ".dist",    "-sample", "-example", ".template", ".tpl",
                                        "_sample", "_example", ".default", "sample.", "example.", "default.",  "-dist"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(name, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool is_in_one_of(struct str rel, const char *const *folders, size_t count)
{
    for (struct str_cut cut = str_cut(rel, '/'); cut.found; cut = str_cut(cut.tail, '/')) {
        for (size_t i = 0; i < count; i++) {
            if (str_eq_nocase(cut.head, str_of(folders[i]))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_doubtful(struct str rel)
{
    static const char *const folders[] = {
        "test",    "tests",   "spec",   "specs",        "fixtures", "docs",      "doc",           "examples",
        "example", "samples", "vendor", "node_modules", "testing",  "__tests__", "site-packages", "bower_components",
        "stubs"};
    return is_in_one_of(rel, folders, sizeof folders / sizeof *folders);
}

/* Files of words: 'password' => 'Password' is no login in any language. */
static bool is_language(struct str rel)
{
    static const char *const folders[] = {"lang", "language", "languages", "locale", "locales", "translations", "i18n"};
    return is_in_one_of(rel, folders, sizeof folders / sizeof *folders);
}

void find_describe(struct find_file *file)
{
    file->is_doubtful = is_doubtful(file->rel);
    file->is_sample = is_sample(file->name);
}

static bool has_pass(struct str bytes)
{
    static const char *const words[] = {"pass", "Pass", "PASS", "pwd",   "Pwd",
                                        "PWD",  "dsn",  "DSN",  "jdbc:", "onnectionString"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find(bytes, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool is_php_name(struct str name)
{
    static const char *const ends[] = {".php", ".inc", ".phtml", ".php5", ".php7", ".php3", ".module", ".install",
                                       ".ctp", ".bak", ".old",   ".save", ".orig", "~",     ".swp",    ".txt"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends_nocase(name, str_of(ends[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_settings_name(struct str name)
{
    static const char *const words[] = {"config", "setting", "database", "db",         "conf",
                                        "param",  "local",   "connect",  "credential", "secret",
                                        "env",    "init",    "constant", "define",     "global"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(name, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static const struct find_reader *php_reader(const struct find_file *file)
{
    static const struct find_reader php = {"", NULL, NULL, read_php};
    bool is_php = (file->words & FIND_WORD_PHP) != 0 && is_php_name(file->name);
    bool is_worth = (file->words & FIND_WORD_CONNECT) != 0 || (is_settings_name(file->name) && has_pass(file->bytes));
    return is_php && is_worth ? &php : NULL;
}

int find_read_file(struct find *find, const struct find_file *given, struct arena *arena, bool *ret_is_read,
                   struct err *err)
{
    struct find_file file = *given;
    file.words = find_words(file.bytes);
    const struct find_reader *reader = reader_of(&file);
    bool is_generic = reader != NULL && reader->product == NULL;
    if (is_generic && !has_pass(file.bytes)) {
        reader = NULL;
    }
    reader = reader != NULL ? reader : php_reader(&file);
    reader = reader != NULL && is_language(file.rel) ? NULL : reader;
    *ret_is_read = reader != NULL;
    if (reader == NULL && (file.words & (FIND_WORD_URL | FIND_WORD_KEY)) == 0) {
        return 0;
    }
    find_describe(&file);
    if (reader != NULL) {
        TRY(reader->read(find, &file, reader, arena, err));
    }
    if ((file.words & FIND_WORD_URL) != 0) {
        TRY(read_urls(find, &file, arena, err));
    }
    if ((file.words & FIND_WORD_KEY) != 0) {
        TRY(read_keys(find, &file, err));
    }
    return 0;
}

/* ---- the tree ---- */

static void totals_add(struct totals *totals, const char *class, uint64_t count, uint64_t bytes)
{
    size_t i = 0;
    while (i < totals->count && strcmp(totals->rows[i].class, class) != 0) {
        i++;
    }
    if (i == CLASSES_MAX) {
        i--; /* there are fewer classes than rows; kept from writing beyond them all the same */
    } else if (i == totals->count) {
        totals->rows[totals->count++] = (struct total){class, 0, 0};
    }
    totals->rows[i].count += count;
    totals->rows[i].bytes += bytes;
}

/* Pictures, sounds, fonts, programs, archives, style sheets: nothing that code takes a login from. */
static bool is_media(struct str name)
{
    static const char *const ends[] = {
        ".jpg",   ".jpeg", ".png",  ".gif",  ".webp",  ".ico",  ".bmp", ".tif",    ".tiff",    ".svg",  ".psd",
        ".mp3",   ".mp4",  ".avi",  ".mov",  ".ogg",   ".webm", ".wav", ".ttf",    ".otf",     ".woff", ".eot",
        ".woff2", ".css",  ".scss", ".less", ".map",   ".po",   ".mo",  ".pot",    ".zip",     ".gz",   ".bz2",
        ".xz",    ".tar",  ".tgz",  ".rar",  ".7z",    ".zst",  ".jar", ".war",    ".phar",    ".exe",  ".dll",
        ".so",    ".o",    ".a",    ".pyc",  ".class", ".pdf",  ".doc", ".docx",   ".xls",     ".xlsx", ".ppt",
        ".pptx",  ".odt",  ".swf",  ".flv",  ".deb",   ".rpm",  ".iso", ".sqlite", ".sqlite3", ".db",   ".ibd",
        ".myd",   ".frm",  ".avif", ".heic", ".eps",   ".ai",   ".dat", ".bin"};
    const char *dot = name.len != 0 ? memrchr(name.data, '.', name.len) : NULL;
    struct str end = dot != NULL ? str_slice(name, (size_t)(dot - name.data), name.len) : STR("");
    for (size_t i = 0; end.len > 1 && i < sizeof ends / sizeof *ends; i++) {
        if (str_eq_nocase(end, str_of(ends[i]))) {
            return true;
        }
    }
    return false;
}

struct seen {
    const char *class;
    int error;
    uint64_t bytes;
    bool hides; /* something may lie in it that was not seen */
};

static struct str name_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash != NULL ? str_slice(path, (size_t)(slash - path.data) + 1, path.len) : path;
}

/* UTF-16, as some Windows tools write their settings, is told as text and turned into bytes; what is binary otherwise is not read. */
static bool is_text(struct str bytes)
{
    struct str head = str_slice(bytes, 0, 1024);
    return head.len == 0 || memchr(head.data, '\0', head.len) == NULL;
}

static int look_inside(struct find *find, struct str rel, int fd, struct seen *seen, struct err *err)
{
    buf_reset(&find->content);
    find->content.failed = false;
    if (file_read_fd(fd, FIND_FILE_MAX_BYTES, &find->content, NULL) != 0) {
        *seen = (struct seen){.class = "read error", .error = EIO, .bytes = seen->bytes, .hides = true};
        return 0;
    }
    OWN(own_arena) struct arena arena;
    arena_init(&arena, SCRATCH_MAX_BYTES);
    struct find_file file = {.rel = rel, .name = name_of(rel), .bytes = buf_str(&find->content)};
    if (!is_text(file.bytes)) {
        seen->class = "not looked into";
        return 0;
    }
    file.path = find_shown(find, &arena, rel);
    bool is_read;
    find->is_cut_short = false;
    php_follow_file(find->follow, rel, file.bytes);
    TRY(find_read_file(find, &file, &arena, &is_read, err));
    seen->class = find->is_cut_short ? "not fully analysed" : "read";
    seen->hides = find->is_cut_short;
    if (find->content.cap > KEEP_BYTES) {
        buf_free(&find->content);
        find->content = (struct buf){.max = FIND_FILE_MAX_BYTES * 2};
    }
    return 0;
}

static int look_file(struct find *find, struct str rel, struct seen *seen, struct err *err)
{
    struct stat about;
    if (is_media(name_of(rel))) {
        bool is_known = fstatat(find->root, rel.data, &about, AT_SYMLINK_NOFOLLOW) == 0;
        *seen = (struct seen){.class = "not looked into", .bytes = is_known ? (uint64_t)about.st_size : 0};
        return 0;
    }
    OWN(own_fd) int fd = file_open_beneath(find->root, rel.data, 0);
    if (fd < 0 || fstat(fd, &about) != 0) {
        *seen = (struct seen){.error = errno, .hides = true};
        seen->class = errno == EACCES || errno == EPERM ? "permission denied"
                      : errno == ENOENT                 ? "vanished"
                      : errno == ENAMETOOLONG           ? "path too long"
                                                        : "read error";
        return 0;
    }
    if (!S_ISREG(about.st_mode)) {
        seen->class = "special file";
        return 0;
    }
    seen->bytes = (uint64_t)about.st_size;
    if (about.st_size > FIND_FILE_MAX_BYTES) {
        seen->class = "too large";
        seen->hides = true;
        return 0;
    }
    return look_inside(find, rel, fd, seen, err);
}

static int look(struct find *find, const struct walk_entry *entry, struct seen *seen, struct err *err)
{
    bool is_denied = entry->error == EACCES || entry->error == EPERM;
    *seen = (struct seen){.class = "read", .error = entry->error};
    switch (entry->kind) {
    case WALK_FILE:
        return look_file(find, (struct str){entry->path, entry->len}, seen, err);
    case WALK_LINK:
        seen->class = "link";
        break;
    case WALK_LINK_BROKEN:
        seen->class = "broken link";
        break;
    case WALK_LINK_OUT:
        seen->class = "link out of the tree";
        seen->hides = true;
        break;
    case WALK_SPECIAL:
        seen->class = "special file";
        break;
    case WALK_CLOSED_DIR:
        seen->class = is_denied                      ? "directory: permission denied"
                      : entry->error == ENAMETOOLONG ? "directory: path too long"
                                                     : "directory: read error";
        seen->hides = true;
        break;
    case WALK_LOST:
        seen->class = "vanished";
        seen->hides = true;
        break;
    }
    return 0;
}

static int record(struct find *find, const struct walk_entry *entry, const struct seen *seen, struct err *err)
{
    find->files++;
    find->bytes += seen->bytes;
    find->is_complete = find->is_complete && !seen->hides;
    totals_add(&find->totals, seen->class, 1, seen->bytes);
    totals_add(&find->all, seen->class, 1, seen->bytes);
    if (find->files % TELL_EVERY == 0) {
        const struct assay_progress progress = {.verb = "reach",
                                                .unit = "files",
                                                .done = find->files,
                                                .bytes = find->bytes,
                                                .found = finds_count(find->finds)};
        assay_tell(find->sink, &progress);
    }
    if (strcmp(seen->class, "read") == 0 || strcmp(seen->class, "not looked into") == 0) {
        return 0;
    }
    OWN(own_buf) struct buf path = {.max = 1 << 16};
    put_path(find, (struct str){entry->path, entry->len}, &path);
    TRY(buf_check(&path, err));
    if (seen->error != 0) {
        assay_complain(find->sink, buf_str(&path), str_of(strerror(seen->error)));
    }
    return assay_emit(find->sink, ASSAY_COVERAGE,
                      json_pack("{s:o, s:s, s:o, s:i, s:I}", "source", assay_text(str_of(find->source), 4096), "class",
                                seen->class, "path", assay_text(buf_str(&path), 4096), "count", 1, "bytes",
                                (json_int_t)seen->bytes),
                      err);
}

static void totals_move(struct totals *totals, const char *from, const char *to, uint64_t bytes)
{
    for (size_t i = 0; i < totals->count; i++) {
        if (strcmp(totals->rows[i].class, from) == 0 && totals->rows[i].count != 0) {
            totals->rows[i].count--;
            totals->rows[i].bytes -= bytes < totals->rows[i].bytes ? bytes : totals->rows[i].bytes;
            totals_add(totals, to, 1, bytes);
            return;
        }
    }
}

/* Files that connect with something that no file of the tree tells: read, but not understood to the end. */
static int emit_open(struct find *find, struct err *err)
{
    static const char *const class = "not fully followed";
    const char *rels[OPEN_MAX_FILES];
    size_t count = php_follow_open(find->follow, rels, OPEN_MAX_FILES);
    for (size_t i = 0; i < count; i++) {
        struct stat about;
        OWN(own_fd) int fd = open_file(find, str_of(rels[i]), &about);
        uint64_t bytes = fd >= 0 ? (uint64_t)about.st_size : 0;
        totals_move(&find->totals, "read", class, bytes);
        totals_move(&find->all, "read", class, bytes);
        OWN(own_buf) struct buf path = {.max = 1 << 16};
        put_path(find, str_of(rels[i]), &path);
        TRY(buf_check(&path, err));
        TRY(assay_emit(find->sink, ASSAY_COVERAGE,
                       json_pack("{s:o, s:s, s:o, s:i, s:I, s:s}", "source", assay_text(str_of(find->source), 4096),
                                 "class", class, "path", assay_text(buf_str(&path), 4096), "count", 1, "bytes",
                                 (json_int_t)bytes, "why", "it connects with what no file of the tree tells"),
                       err));
    }
    return 0;
}

static int emit_totals(struct find *find, struct err *err)
{
    for (size_t i = 0; i < find->totals.count; i++) {
        const struct total *row = &find->totals.rows[i];
        TRY(assay_emit(find->sink, ASSAY_COVERAGE,
                       json_pack("{s:o, s:s, s:n, s:I, s:I}", "source", assay_text(str_of(find->source), 4096), "class",
                                 row->class, "path", "count", (json_int_t)row->count, "bytes", (json_int_t)row->bytes),
                       err));
    }
    find->totals.count = 0;
    return 0;
}

static int walk_tree(struct find *find, struct err *err)
{
    for (;;) {
        OWN(own_mem) struct walk_entry *entry = NULL;
        TRY(walk_next(find->walk, &entry, err));
        if (entry == NULL) {
            return 0;
        }
        struct seen seen;
        TRY(look(find, entry, &seen, err));
        TRY(record(find, entry, &seen, err));
    }
}

static char *root_path(const char *path, bool is_file)
{
    char *real = realpath(path, NULL);
    char *slash = real != NULL && is_file ? strrchr(real, '/') : NULL;
    if (slash != NULL) {
        slash[slash == real ? 1 : 0] = '\0';
    }
    return real;
}

static int find_tree(struct find *find, const char *path, struct err *err)
{
    OWN(own_walk) struct walk *walk = walk_open(path, err);
    if (walk == NULL) {
        return -1;
    }
    OWN(own_mem) char *real = root_path(path, walk_is_file(walk));
    find->walk = walk;
    find->root = walk_root(walk);
    find->real = real;
    find->source = path;
    int failed = walk_tree(find, err) != 0 || php_follow_rest(find, err) != 0 || emit_open(find, err) != 0 ||
                 emit_totals(find, err) != 0;
    php_follow_forget(find->follow);
    find->walk = NULL;
    find->root = -1;
    find->real = NULL;
    find->source = NULL;
    return failed ? -1 : 0;
}

static json_t *skipped_json(const struct totals *totals)
{
    json_t *object = json_object();
    for (size_t i = 0; i < totals->count; i++) {
        bool is_read = strcmp(totals->rows[i].class, "read") == 0;
        if (!is_read &&
            json_object_set_new(object, totals->rows[i].class, json_integer((json_int_t)totals->rows[i].count)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static int emit_summary(struct find *find, int64_t began, struct err *err)
{
    uint64_t read = 0;
    for (size_t i = 0; i < find->all.count; i++) {
        read += strcmp(find->all.rows[i].class, "read") == 0 ? find->all.rows[i].count : 0;
    }
    double seconds = (double)(time_ticks() - began) / (double)NS_PER_S;
    return assay_emit(find->sink, ASSAY_SUMMARY,
                      json_pack("{s:I, s:I, s:I, s:o, s:I, s:o, s:s, s:f, s:b}", "files", (json_int_t)find->files,
                                "bytes", (json_int_t)find->bytes, "read", (json_int_t)read, "skipped",
                                skipped_json(&find->all), "credentials", (json_int_t)finds_count(find->finds),
                                "services", finds_services(find->finds), "scope", "not tried", "seconds", seconds,
                                "complete", find->is_complete),
                      err);
}

struct find *find_new(const struct assay_sink *sink, struct err *err)
{
    struct find *find = calloc(1, sizeof *find);
    if (find == NULL) {
        err_no_memory(err);
        return NULL;
    }
    find->sink = sink;
    find->root = -1;
    find->is_complete = true;
    find->content.max = FIND_FILE_MAX_BYTES * 2;
    find->finds = finds_new(err);
    find->follow = find->finds != NULL ? php_follow_new(err) : NULL;
    if (find->follow == NULL) {
        find_free(find);
        return NULL;
    }
    return find;
}

void find_free(struct find *find)
{
    if (find != NULL) {
        finds_free(find->finds);
        php_follow_free(find->follow);
        if (find->content.data != NULL) {
            explicit_bzero(find->content.data, find->content.cap);
        }
        buf_free(&find->content);
        free(find);
    }
}

void own_find(struct find **find)
{
    find_free(*find);
}

int assay_reach_find(const struct assay_reach_find_options *options, const struct assay_sink *sink, struct err *err)
{
    int64_t began = time_ticks();
    if (options->path_count == 0) {
        return err_set(err, ERR_USAGE, "no path given");
    }
    OWN(own_find) struct find *find = find_new(sink, err);
    if (find == NULL) {
        return -1;
    }
    for (size_t i = 0; i < options->path_count; i++) {
        TRY(find_tree(find, options->paths[i], err));
    }
    TRY(finds_emit(find->finds, options->with_secrets, sink, err));
    return emit_summary(find, began, err);
}

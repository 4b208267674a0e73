/* Small files are read whole. Larger ones pass through a window that looks for tags only; they are loaded, up to
 * LOAD_MAX_BYTES, if the window saw any. Files are read, not mapped: evidence may shrink under us. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/finding.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/tag.h"
#include "sweep/admin.h"
#include "sweep/config.h"
#include "sweep/gate.h"
#include "sweep/look.h"
#include "sweep/place.h"
#include "sweep/verdict.h"

#include "base/banned.h"

enum {
    WINDOW_BYTES = 1 << 20,
    OVERLAP_BYTES = 256,
    LOAD_MAX_BYTES = 64 << 20,
    KEEP_BYTES = 4 << 20,
    CODE_LINE_BYTES = 300
};

struct looker {
    struct rules_scanner *scanner;
    struct analyst *analyst;
    struct buf bytes;
    bool all;
};

struct looker *looker_new(struct rules *rules, bool all, struct err *err)
{
    struct looker *looker = calloc(1, sizeof *looker);
    if (looker == NULL) {
        err_set(err, ERR_LIMIT, "out of memory");
        return NULL;
    }
    looker->all = all;
    looker->bytes.max = (size_t)LOAD_MAX_BYTES * 2;
    looker->scanner = rules_scanner_new(rules, err);
    looker->analyst = looker->scanner != NULL ? analyst_new(err) : NULL;
    if (looker->analyst == NULL) {
        looker_free(looker);
        return NULL;
    }
    return looker;
}

void looker_free(struct looker *looker)
{
    if (looker != NULL) {
        rules_scanner_free(looker->scanner);
        analyst_free(looker->analyst);
        buf_free(&looker->bytes);
        free(looker);
    }
}

/* Bytes from fd until `want` are in the buffer or the file ends. Returns an errno, 0 if all went well. */
static int fill(struct buf *bytes, int fd, size_t want)
{
    while (bytes->len < want) {
        char *room = buf_room(bytes, want - bytes->len);
        if (room == NULL) {
            return ENOMEM;
        }
        ssize_t got = read(fd, room, want - bytes->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        bytes->len += (size_t)got;
    }
    return 0;
}

/* Passes the rest of a large file through the window. True in *ret_is_script if a tag was seen. */
static int stream(struct buf *bytes, int fd, bool is_binary, bool *ret_is_script)
{
    *ret_is_script = false;
    for (;;) {
        memmove(bytes->data, bytes->data + bytes->len - OVERLAP_BYTES, OVERLAP_BYTES);
        bytes->len = OVERLAP_BYTES;
        int error = fill(bytes, fd, WINDOW_BYTES);
        char mark;
        if (error != 0 || bytes->len == OVERLAP_BYTES) {
            return error;
        }
        if (tag_find(buf_str(bytes), 0, is_binary, &mark) != SIZE_MAX) {
            *ret_is_script = true;
            return 0;
        }
        if (bytes->len < WINDOW_BYTES) {
            return 0;
        }
    }
}

/* Brings into the buffer what is to be analysed, and says what it is. Returns an errno. */
static int take_in(struct looker *looker, int fd, struct str name, uint64_t size, struct gate *gate)
{
    buf_reset(&looker->bytes);
    size_t first = size < WINDOW_BYTES ? (size_t)size + 1 : WINDOW_BYTES;
    int error = fill(&looker->bytes, fd, first);
    if (error != 0) {
        return error;
    }
    *gate = gate_look(name, buf_str(&looker->bytes));
    bool is_script = gate->scripts != 0 || gate->by_name != SCRIPT_NONE, is_whole = looker->bytes.len < first;
    if (!is_script && !is_whole) {
        error = stream(&looker->bytes, fd, gate->is_binary, &is_script);
    }
    if (error != 0 || is_whole || !is_script) {
        return error;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return errno;
    }
    buf_reset(&looker->bytes);
    error = fill(&looker->bytes, fd, size < LOAD_MAX_BYTES ? (size_t)size + 1 : LOAD_MAX_BYTES);
    *gate = gate_look(name, buf_str(&looker->bytes));
    return error;
}

static struct str name_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash != NULL ? str_slice(path, (size_t)(slash - path.data) + 1, path.len) : path;
}

/* The line that the finding stands on and the one before it, as evidence, ahead of the reasons. */
static void quote_lines(struct str bytes, struct found *found)
{
    uint64_t line = 1;
    struct str before = STR("");
    struct str_cut cut = str_cut(bytes, '\n');
    while (cut.found && line < found->line) {
        before = cut.head;
        cut = str_cut(cut.tail, '\n');
        line++;
    }
    json_t *reasons = found->reasons;
    found->reasons = NULL;
    if (str_trim(before).len != 0) {
        found_reason(found, "code", line - 1, str_slice(before, 0, CODE_LINE_BYTES), (struct str){NULL, 0});
    }
    found_reason(found, "code", line, str_slice(cut.head, 0, CODE_LINE_BYTES), (struct str){NULL, 0});
    if (reasons != NULL && json_array_extend(found->reasons, reasons) != 0) {
        found->failed = true;
    }
    json_decref(reasons);
}

/* The digest of the whole file, which may be longer than what was loaded. */
static bool digest(int fd, struct str loaded, uint64_t size, char hex[static SHA256_HEX + 1])
{
    struct sha256 value;
    if (loaded.len == size) {
        value = sha256_of(loaded);
    } else {
        OWN(own_hasher) struct hasher *hasher = hasher_new(NULL);
        OWN(own_buf) struct buf part = {.max = (size_t)WINDOW_BYTES * 2};
        if (hasher == NULL || lseek(fd, 0, SEEK_SET) != 0) {
            return false;
        }
        do {
            buf_reset(&part);
            if (fill(&part, fd, WINDOW_BYTES) != 0) {
                return false;
            }
            hasher_put(hasher, part.data, part.len);
        } while (part.len == WINDOW_BYTES);
        value = hasher_end(hasher);
    }
    hex_encode(hex, value.bytes, SHA256_BYTES);
    return true;
}

static json_t *finding_json(const struct found *found, const struct stat *about, const char *sha256)
{
    char mtime[TIME_TEXT];
    char mode[8];
    time_rfc3339(mtime, (int64_t)about->st_mtim.tv_sec * NS_PER_S);
    (void)snprintf(mode, sizeof mode, "%04o", about->st_mode & 07777U);
    json_t *name = found->name[0] != '\0' ? assay_text(str_of(found->name), FOUND_NAME_BYTES) : json_null();
    json_t *version = found->version[0] != '\0' ? assay_text(str_of(found->version), FOUND_VERSION_BYTES) : json_null();
    json_t *digest_text = sha256 != NULL ? json_string(sha256) : json_null();
    return json_pack("{s:s, s:I, s:s?, s:o, s:o, s:s, s:o, s:I, s:s, s:I, s:s, s:O}", "class",
                     found_class_name(found->class), "line", (json_int_t)found->line, "language", found->language,
                     "name", name, "version", version, "confidence", found_confidence_name(found->confidence), "sha256",
                     digest_text, "bytes", (json_int_t)about->st_size, "mtime", mtime, "uid", (json_int_t)about->st_uid,
                     "mode", mode, "reasons", found->reasons);
}

/* Everything that is asked of a script file. Returns false if some of it was given up. */
static bool examine(struct looker *looker, int root, struct str path, const struct gate *gate, struct found *found)
{
    struct str bytes = buf_str(&looker->bytes);
    unsigned languages = gate->scripts & ~(unsigned)SCRIPT_CONFIG;
    bool is_complete = true;
    found->language = gate_language(languages != 0 ? languages : gate->scripts);
    if (gate->by_name == SCRIPT_CONFIG) {
        config_look(name_of(path), bytes, found);
    }
    size_t code_bytes = bytes.len - (gate->first_tag < bytes.len ? gate->first_tag : bytes.len);
    if (languages != 0) {
        is_complete = rules_scan(looker->scanner, bytes, languages, found);
        is_complete = analyst_look(looker->analyst, bytes, languages, found, &code_bytes) && is_complete;
    }
    if (languages & SCRIPT_PHP) {
        admin_look(bytes, root, path, found);
    }
    place_judge(root, path, gate, code_bytes, found);
    return is_complete;
}

static void look_inside(struct looker *looker, int root, int fd, struct str path, const struct stat *about,
                        struct look *look)
{
    struct gate gate;
    look->error = take_in(looker, fd, name_of(path), look->bytes, &gate);
    if (look->error != 0) {
        look->class = "read error";
        look->hides = true;
        return;
    }
    struct str bytes = buf_str(&looker->bytes);
    look->is_web = gate.scripts != 0 || gate.by_name != SCRIPT_NONE;
    look->class = gate.is_archive ? "archive not opened" : "read";
    look->hides = gate.is_archive;
    if (gate.scripts == 0) {
        return;
    }
    struct found found = {.class = FOUND_NOTHING};
    bool is_complete = examine(looker, root, path, &gate, &found);
    if (!gate.is_archive && (!is_complete || bytes.len >= LOAD_MAX_BYTES)) {
        look->class = is_complete ? "too large" : "not fully analysed";
        look->hides = true;
    }
    if (found.class > (looker->all ? FOUND_NOTHING : FOUND_HINT)) {
        char hex[SHA256_HEX + 1];
        place_describe(root, path, about, &found);
        quote_lines(bytes, &found);
        look->finding = finding_json(&found, about, digest(fd, bytes, look->bytes, hex) ? hex : NULL);
        look->failed = look->finding == NULL || found.failed;
    }
    found_clear(&found);
}

static void look_file(struct looker *looker, int root, const struct walk_entry *entry, struct look *look)
{
    struct stat about;
    OWN(own_fd) int fd = file_open_beneath(root, entry->path, 0);
    if (fd < 0 || fstat(fd, &about) != 0) {
        look->error = errno;
        look->hides = true;
        look->class = errno == EACCES || errno == EPERM ? "permission denied"
                      : errno == ENOENT                 ? "vanished"
                      : errno == ENAMETOOLONG           ? "path too long"
                                                        : "read error";
        return;
    }
    if (!S_ISREG(about.st_mode)) {
        look->class = "special file";
        return;
    }
    look->bytes = (uint64_t)about.st_size;
    look_inside(looker, root, fd, (struct str){entry->path, entry->len}, &about, look);
    if (looker->bytes.cap > KEEP_BYTES) {
        buf_free(&looker->bytes);
        looker->bytes = (struct buf){.max = (size_t)LOAD_MAX_BYTES * 2};
    }
}

struct look look_at(struct looker *looker, int root, const struct walk_entry *entry)
{
    struct look look = {.class = "read"};
    switch (entry->kind) {
    case WALK_FILE:
        look_file(looker, root, entry, &look);
        break;
    case WALK_LINK:
        look.class = "link";
        break;
    case WALK_LINK_BROKEN:
        look.class = "broken link";
        break;
    case WALK_LINK_OUT:
        look.class = "link out of the tree";
        look.hides = true;
        break;
    case WALK_SPECIAL:
        look.class = "special file";
        break;
    case WALK_CLOSED_DIR:
        look.class = entry->error == EACCES || entry->error == EPERM ? "directory: permission denied"
                     : entry->error == ENAMETOOLONG                  ? "directory: path too long"
                                                                     : "directory: read error";
        look.error = entry->error;
        look.hides = true;
        break;
    case WALK_LOST:
        look.class = "vanished";
        look.error = entry->error;
        look.hides = true;
        break;
    }
    return look;
}

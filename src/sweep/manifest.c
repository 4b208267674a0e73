/* Reader and writer of manifests, and the digest that does not see white space. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "assay/finding.h"
#include "assay/sweep.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/manifest.h"

#include "base/banned.h"

enum { PIECE_BYTES = 64 << 10, PENDING_BYTES = 4096, PATH_BYTES = 4096, ROOT_BYTES = 1024, HEADER_SPARE = 24 };
#define FILES_MAX UINT64_C(20000000)

static const char format_name[] = "assay-manifest/1";

/* ---- digests ---- */

/* White space that may turn out to be at the end of a line, or of the file, is held back until something follows. A run of
 * blanks longer than the buffer is no line's end that a tool made: it goes in as it is. */
struct squeeze {
    struct hasher *hasher;
    uint64_t at, newlines;
    size_t blanks;
    char blank[PENDING_BYTES];
    unsigned mark; /* bytes of a byte order mark so far */
    bool has_nul;
};

static void let_through(struct squeeze *squeeze)
{
    static const char lines[64] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
                                  "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    while (squeeze->newlines != 0) {
        size_t step = squeeze->newlines < sizeof lines - 1 ? (size_t)squeeze->newlines : sizeof lines - 1;
        hasher_put(squeeze->hasher, lines, step);
        squeeze->newlines -= step;
    }
    hasher_put(squeeze->hasher, squeeze->blank, squeeze->blanks);
    squeeze->blanks = 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static void squeeze_put(struct squeeze *squeeze, struct str piece)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t at = 0;
    squeeze->has_nul = squeeze->has_nul || memchr(piece.data, '\0', piece.len) != NULL;
    while (squeeze->at == squeeze->mark && squeeze->mark < 3 && at < piece.len &&
           piece.data[at] == mark[squeeze->mark]) {
        squeeze->mark++;
        squeeze->at++;
        at++;
    }
    if (squeeze->mark > 0 && squeeze->mark < 3 && at < piece.len) { /* it only began like one */
        hasher_put(squeeze->hasher, mark, squeeze->mark);
        squeeze->mark = 3;
    }
    squeeze->at += piece.len - at;
    while (at < piece.len) {
        if (piece.data[at] == '\n') {
            squeeze->blanks = 0;
            squeeze->newlines++;
            at++;
        } else if (is_blank(piece.data[at])) {
            if (squeeze->blanks == PENDING_BYTES) {
                let_through(squeeze);
            }
            squeeze->blank[squeeze->blanks++] = piece.data[at++];
        } else {
            size_t from = at;
            while (at < piece.len && piece.data[at] != '\n' && !is_blank(piece.data[at])) {
                at++;
            }
            let_through(squeeze);
            hasher_put(squeeze->hasher, piece.data + from, at - from);
        }
    }
}

int manifest_digest(int fd, struct sha256 *ret_whole, struct sha256 *ret_text, bool *ret_is_text)
{
    OWN(own_hasher) struct hasher *whole = hasher_new(NULL);
    OWN(own_hasher) struct hasher *text = hasher_new(NULL);
    OWN(own_mem) struct squeeze *squeeze = calloc(1, sizeof *squeeze);
    OWN(own_mem) char *piece = malloc(PIECE_BYTES);
    if (whole == NULL || text == NULL || squeeze == NULL || piece == NULL) {
        return ENOMEM;
    }
    squeeze->hasher = text;
    for (;;) {
        ssize_t got = read(fd, piece, PIECE_BYTES);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        hasher_put(whole, piece, (size_t)got);
        if (!squeeze->has_nul) {
            squeeze_put(squeeze, (struct str){piece, (size_t)got});
        }
    }
    *ret_whole = hasher_end(whole);
    *ret_is_text = !squeeze->has_nul;
    *ret_text = hasher_end(text);
    return 0;
}

/* ---- the reader ---- */

struct manifest_reader {
    struct manifest *manifest;
    struct hasher *hasher;
    struct buf line; /* the beginning of a line whose end has not come */
    uint64_t line_number, files, bytes, bytes_said;
    struct sha256 said;
    bool has_header;
};

struct manifest_reader *manifest_reader_new(const char *name, struct err *err)
{
    struct manifest_reader *reader = calloc(1, sizeof *reader);
    struct manifest *manifest = calloc(1, sizeof *manifest);
    struct hasher *hasher = hasher_new(NULL);
    if (reader == NULL || manifest == NULL || hasher == NULL) {
        free(reader);
        free(manifest);
        hasher_free(hasher);
        err_no_memory(err);
        return NULL;
    }
    *reader =
        (struct manifest_reader){.manifest = manifest, .hasher = hasher, .line = {.max = MANIFEST_LINE_BYTES * 2}};
    arena_init(&manifest->paths, (size_t)4 << 30);
    (void)str_escape(manifest->name, sizeof manifest->name, str_of(name), sizeof manifest->name - 2);
    return reader;
}

void manifest_reader_free(struct manifest_reader *reader)
{
    if (reader != NULL) {
        manifest_free(reader->manifest);
        hasher_free(reader->hasher);
        buf_free(&reader->line);
        free(reader);
    }
}

void own_manifest_reader(struct manifest_reader **reader)
{
    manifest_reader_free(*reader);
}

void manifest_free(struct manifest *manifest)
{
    if (manifest != NULL) {
        arena_clear(&manifest->paths);
        free(manifest->files);
        free(manifest->dirs);
        free(manifest);
    }
}

/* "FILE:LINE: what", and what to do about it. */
static int bad(const struct manifest_reader *reader, struct err *err, const char *what)
{
    err_set(err, ERR_FORMAT, "%s:%llu: %s", reader->manifest->name, (unsigned long long)reader->line_number, what);
    return err_remedy(err,
                      "it is not as it was made; make it again from the release: assay sweep --learn TREE -o FILE");
}

static bool take_digest(const json_t *object, const char *key, struct sha256 *digest)
{
    const char *text = json_text(object, key, NULL);
    return text != NULL && strlen(text) == SHA256_HEX && hex_decode(digest->bytes, SHA256_BYTES, str_of(text));
}

/* A number of ours is never below 0. */
static bool take_count(const json_t *object, const char *key, uint64_t *count)
{
    int64_t value = json_int(object, key, -1);
    *count = value >= 0 ? (uint64_t)value : 0;
    return value >= 0;
}

bool manifest_is(struct str first_line)
{
    OWN(own_json) json_t *header = first_line.len <= MANIFEST_LINE_BYTES ? json_read(first_line, NULL) : NULL;
    return strcmp(json_text(header, "kind", ""), "manifest") == 0;
}

static int take_header(struct manifest_reader *reader, const json_t *header, struct err *err)
{
    struct manifest *manifest = reader->manifest;
    if (strcmp(json_text(header, "kind", ""), "manifest") != 0) {
        return bad(reader, err, "this is no manifest");
    }
    if (strcmp(json_text(header, "format", ""), format_name) != 0) {
        return bad(reader, err, "a manifest of another version than assay-manifest/1");
    }
    const char *made = json_text(header, "made", "");
    if (!take_count(header, "files", &reader->files) || !take_count(header, "bytes", &reader->bytes_said) ||
        !take_digest(header, "sha256", &reader->said) || reader->files > FILES_MAX ||
        time_parse(str_of(made)) == TIME_NONE || strlen(made) >= sizeof manifest->made) {
        return bad(reader, err, "its first line lacks files, bytes, sha256 or made");
    }
    (void)snprintf(manifest->made, sizeof manifest->made, "%s", made);
    manifest->is_complete = json_bool(header, "complete", false);
    reader->has_header = true;
    return 0;
}

/* Below the root, by names only: no "", ".", "..", nothing absolute, no NUL. */
static bool is_path(struct str path)
{
    if (path.len == 0 || path.len > PATH_BYTES || memchr(path.data, '\0', path.len) != NULL) {
        return false;
    }
    for (struct str_cut cut = str_cut(path, '/');; cut = str_cut(cut.tail, '/')) {
        if (cut.head.len == 0 || str_eq(cut.head, STR(".")) || str_eq(cut.head, STR(".."))) {
            return false;
        }
        if (!cut.found) {
            return true;
        }
    }
}

/* The path of a line, in `room` where it was written in hex. len 0: none. */
static struct str take_path(const json_t *line, uint8_t room[static PATH_BYTES])
{
    const json_t *text = json_object_get(line, "path");
    const char *hex = json_text(line, "path_hex", NULL);
    if (json_is_string(text)) {
        return (struct str){json_string_value(text), json_string_length(text)};
    }
    size_t bytes = hex != NULL ? strlen(hex) / 2 : 0;
    bool is_good = bytes != 0 && bytes <= PATH_BYTES && hex_decode(room, bytes, str_of(hex));
    return is_good ? (struct str){(const char *)room, bytes} : (struct str){NULL, 0};
}

static int make_room(struct manifest *manifest, struct err *err)
{
    if (manifest->count < manifest->room) {
        return 0;
    }
    size_t room = manifest->room != 0 ? manifest->room * 2 : 256;
    struct manifest_file *grown = realloc(manifest->files, room * sizeof *grown);
    if (grown == NULL) {
        return err_no_memory(err);
    }
    manifest->files = grown;
    manifest->room = room;
    return 0;
}

static int take_file(struct manifest_reader *reader, const json_t *line, struct err *err)
{
    struct manifest *manifest = reader->manifest;
    struct manifest_file file = {.is_text = false};
    uint8_t room[PATH_BYTES];
    struct str path = take_path(line, room);
    if (!is_path(path)) {
        return bad(reader, err, "its path is none below the release");
    }
    if (!take_count(line, "bytes", &file.bytes) || !take_digest(line, "sha256", &file.whole)) {
        return bad(reader, err, "it lacks bytes or sha256");
    }
    if (!json_is_null(json_object_get(line, "text"))) {
        file.is_text = take_digest(line, "text", &file.text);
        if (!file.is_text) {
            return bad(reader, err, "its text is neither a digest nor null");
        }
    }
    if (manifest->count != 0 && str_cmp(manifest->files[manifest->count - 1].path, path) >= 0) {
        return bad(reader, err, "it is out of order: paths are in bytewise order, each once");
    }
    file.path = arena_str(&manifest->paths, path, err);
    if (file.path.data == NULL || make_room(manifest, err) != 0) {
        return -1;
    }
    reader->bytes += file.bytes;
    manifest->files[manifest->count++] = file;
    return manifest->count > reader->files ? bad(reader, err, "there are more files than its first line says") : 0;
}

static int take_line(struct manifest_reader *reader, struct str text, struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    reader->line_number++;
    OWN(own_json) json_t *line = json_read(text, &why);
    if (line == NULL || !json_is_object(line)) {
        return bad(reader, err, reader->has_header ? "this is no JSON object" : "this is no manifest");
    }
    if (!reader->has_header) {
        return take_header(reader, line, err);
    }
    hasher_put(reader->hasher, text.data, text.len);
    hasher_put(reader->hasher, "\n", 1);
    return take_file(reader, line, err);
}

int manifest_reader_put(struct manifest_reader *reader, struct str piece, struct err *err)
{
    for (;;) {
        struct str_cut cut = str_cut(piece, '\n');
        if (reader->line.len + cut.head.len > MANIFEST_LINE_BYTES) {
            reader->line_number++;
            return bad(reader, err, "a line longer than 64 KiB");
        }
        if (!cut.found) {
            buf_put(&reader->line, cut.head);
            return buf_check(&reader->line, err);
        }
        struct str line = cut.head;
        if (reader->line.len != 0) {
            buf_put(&reader->line, cut.head);
            TRY(buf_check(&reader->line, err));
            line = buf_str(&reader->line);
        }
        int failed = take_line(reader, line, err);
        buf_reset(&reader->line);
        TRY(failed);
        piece = cut.tail;
    }
}

static struct str dir_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return str_slice(path, 0, slash != NULL ? (size_t)(slash - path.data) : 0);
}

static int by_path(const void *a, const void *b)
{
    const struct manifest_dir *left = a, *right = b;
    return str_cmp(left->path, right->path);
}

/* Directories with the number of files directly in each. Their files do not lie together: "a/b", "a/c/d", "a/e". */
static int gather_dirs(struct manifest *manifest, struct err *err)
{
    struct manifest_dir *dirs = calloc(manifest->count + 1, sizeof *dirs);
    if (dirs == NULL) {
        return err_no_memory(err);
    }
    size_t count = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        struct str dir = dir_of(manifest->files[i].path);
        if (count != 0 && str_eq(dirs[count - 1].path, dir)) {
            dirs[count - 1].files++;
        } else {
            dirs[count++] = (struct manifest_dir){dir, 1};
        }
    }
    qsort(dirs, count, sizeof *dirs, by_path);
    for (size_t i = 0; i < count; i++) {
        if (manifest->dir_count != 0 && str_eq(dirs[manifest->dir_count - 1].path, dirs[i].path)) {
            dirs[manifest->dir_count - 1].files += dirs[i].files;
        } else {
            dirs[manifest->dir_count++] = dirs[i];
        }
    }
    manifest->dirs = dirs;
    return 0;
}

int manifest_reader_end(struct manifest_reader *reader, struct manifest **ret_manifest, struct err *err)
{
    struct manifest *manifest = reader->manifest;
    if (!reader->has_header || reader->line.len != 0 || manifest->count < reader->files) {
        reader->line_number++;
        return bad(reader, err, reader->has_header ? "it ends before all its files were told" : "this is no manifest");
    }
    struct sha256 is = hasher_end(reader->hasher);
    if (!sha256_eq(&is, &reader->said) || reader->bytes != reader->bytes_said) {
        reader->line_number = 1;
        return bad(reader, err, "the digest of what follows is not what this line says");
    }
    TRY(gather_dirs(manifest, err));
    *ret_manifest = manifest;
    reader->manifest = NULL;
    return 0;
}

int manifest_load(const char *path, struct manifest **ret_manifest, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    OWN(own_mem) char *piece = malloc(PIECE_BYTES);
    OWN(own_manifest_reader) struct manifest_reader *reader = manifest_reader_new(path, err);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (piece == NULL || reader == NULL) {
        return err_no_memory(err);
    }
    for (;;) {
        ssize_t got = read(fd, piece, PIECE_BYTES);
        if (got < 0 && errno != EINTR) {
            return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        }
        if (got == 0) {
            return manifest_reader_end(reader, ret_manifest, err);
        }
        if (got > 0) {
            TRY(manifest_reader_put(reader, (struct str){piece, (size_t)got}, err));
        }
    }
}

size_t manifest_lower(const struct manifest *manifest, struct str path)
{
    size_t from = 0, to = manifest->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (str_cmp(manifest->files[middle].path, path) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

const struct manifest_file *manifest_find(const struct manifest *manifest, struct str path)
{
    size_t at = manifest_lower(manifest, path);
    bool is_it = at < manifest->count && str_eq(manifest->files[at].path, path);
    return is_it ? &manifest->files[at] : NULL;
}

const struct manifest_dir *manifest_find_dir(const struct manifest *manifest, struct str path)
{
    const struct manifest_dir wanted = {path, 0};
    return manifest->dir_count != 0
               ? bsearch(&wanted, manifest->dirs, manifest->dir_count, sizeof *manifest->dirs, by_path)
               : NULL;
}

/* ---- the writer ---- */

json_t *manifest_record(struct str path, uint64_t bytes, const struct sha256 *whole, const struct sha256 *text)
{
    char digest[SHA256_HEX + 1], of_text[SHA256_HEX + 1];
    OWN(own_mem) char *hex = malloc(path.len * 2 + 1);
    if (hex == NULL) {
        return NULL;
    }
    bool is_utf8 = str_is_utf8(path);
    hex_encode(hex, (const uint8_t *)path.data, path.len);
    hex_encode(digest, whole->bytes, SHA256_BYTES);
    if (text != NULL) {
        hex_encode(of_text, text->bytes, SHA256_BYTES);
    }
    json_t *name = is_utf8 ? json_stringn(path.data, path.len) : json_string(hex);
    return json_pack("{s:s, s:o, s:I, s:s, s:s?}", "class", "file", is_utf8 ? "path" : "path_hex", name, "bytes",
                     (json_int_t)bytes, "sha256", digest, "text", text != NULL ? of_text : NULL);
}

struct assay_manifest {
    struct hasher *hasher;
    struct buf line;
    char *path, *temporary;
    FILE *out;
    json_t *header;
    size_t header_bytes;
    uint64_t files, bytes;
};

void own_assay_manifest(struct assay_manifest **slot)
{
    struct assay_manifest *manifest = *slot;
    if (manifest == NULL) {
        return;
    }
    if (manifest->out != NULL) { /* it was not finished: nothing of it stays */
        (void)fclose(manifest->out);
        (void)unlink(manifest->temporary);
    }
    hasher_free(manifest->hasher);
    json_decref(manifest->header);
    buf_free(&manifest->line);
    free(manifest->path);
    free(manifest->temporary);
    free(manifest);
}

/* The first line, with room for the greatest numbers. */
static int put_header(struct assay_manifest *manifest, struct sha256 digest, struct err *err)
{
    char hex[SHA256_HEX + 1];
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    struct buf *line = &manifest->line;
    buf_reset(line);
    if (json_object_set_new(manifest->header, "files", json_integer((json_int_t)manifest->files)) != 0 ||
        json_object_set_new(manifest->header, "bytes", json_integer((json_int_t)manifest->bytes)) != 0 ||
        json_object_set_new(manifest->header, "sha256", json_string(hex)) != 0) {
        return err_no_memory(err);
    }
    TRY(json_canonical(line, manifest->header, err));
    if (manifest->header_bytes == 0) {
        manifest->header_bytes = line->len + (size_t)HEADER_SPARE * 2;
    }
    while (line->len < manifest->header_bytes) {
        buf_putc(line, ' ');
    }
    buf_putc(line, '\n');
    TRY(buf_check(line, err));
    if (fwrite(line->data, 1, line->len, manifest->out) != line->len) {
        return err_set(err, ERR_IO, "%s: %s", manifest->path, strerror(errno));
    }
    return 0;
}

static int open_temporary(struct assay_manifest *manifest, struct err *err)
{
    int fd = open(manifest->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    manifest->out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (manifest->out != NULL) {
        return 0;
    }
    err_set(err, ERR_IO, "%s: %s", manifest->path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        (void)unlink(manifest->temporary);
    }
    return -1;
}

struct assay_manifest *assay_manifest_begin(const char *path, const char *root, struct err *err)
{
    char made[TIME_TEXT], name[PATH_BYTES * 2];
    struct assay_manifest *manifest = calloc(1, sizeof *manifest);
    if (manifest == NULL) {
        err_no_memory(err);
        return NULL;
    }
    time_rfc3339(made, time_now() / NS_PER_S * NS_PER_S);
    (void)snprintf(name, sizeof name, "%s.%ld.part", path, (long)getpid());
    manifest->path = str_dup(str_of(path));
    manifest->temporary = str_dup(str_of(name));
    manifest->hasher = hasher_new(NULL);
    manifest->header = json_pack("{s:s, s:s, s:s, s:o, s:b}", "kind", "manifest", "format", format_name, "made", made,
                                 "root", assay_text(str_of(root), ROOT_BYTES), "complete", 0);
    if (manifest->path == NULL || manifest->temporary == NULL || manifest->hasher == NULL || manifest->header == NULL) {
        err_no_memory(err);
    } else if (open_temporary(manifest, err) == 0 && put_header(manifest, sha256_of(STR("")), err) == 0) {
        return manifest;
    }
    own_assay_manifest(&manifest);
    return NULL;
}

int assay_manifest_put(struct assay_manifest *manifest, const json_t *record, struct err *err)
{
    OWN(own_json) json_t *line = json_copy((json_t *)(uintptr_t)record);
    if (line == NULL) {
        return err_no_memory(err);
    }
    (void)json_object_del(line, "class");
    buf_reset(&manifest->line);
    TRY(json_canonical(&manifest->line, line, err));
    buf_putc(&manifest->line, '\n');
    TRY(buf_check(&manifest->line, err));
    hasher_put(manifest->hasher, manifest->line.data, manifest->line.len);
    manifest->files++;
    manifest->bytes += (uint64_t)json_int(line, "bytes", 0);
    if (fwrite(manifest->line.data, 1, manifest->line.len, manifest->out) != manifest->line.len) {
        return err_set(err, ERR_IO, "%s: %s", manifest->path, strerror(errno));
    }
    return 0;
}

int assay_manifest_end(struct assay_manifest *manifest, bool is_complete, struct err *err)
{
    if (json_object_set_new(manifest->header, "complete", json_boolean(is_complete)) != 0) {
        return err_no_memory(err);
    }
    if (fflush(manifest->out) != 0 || fseek(manifest->out, 0, SEEK_SET) != 0) {
        return err_set(err, ERR_IO, "%s: %s", manifest->path, strerror(errno));
    }
    TRY(put_header(manifest, hasher_end(manifest->hasher), err));
    if (fflush(manifest->out) != 0 || file_sync(fileno(manifest->out)) != 0 ||
        rename(manifest->temporary, manifest->path) != 0) {
        return err_set(err, ERR_IO, "%s: %s", manifest->path, strerror(errno));
    }
    FILE *out = manifest->out;
    manifest->out = NULL;
    return fclose(out) == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", manifest->path, strerror(errno));
}

/* The files beside the ledger: older checkpoints against the tree, documents against their names and against the entries
 * that say they are archived. A file that belongs to neither is named too: evidence could have been renamed away. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/stamps.h"
#include "case/verify.h"

#include "base/banned.h"

enum { NAME_BYTES = 300 };

static int read_file(struct verify *verify, const char *name, size_t max, struct buf *out, const char **ret_says)
{
    struct err why;
    int fd = file_open_beneath(verify->dir, name, 0);
    if (fd < 0) {
        *ret_says = errno == ENOENT ? "is missing" : "is not a plain file";
        bool cannot = errno == EACCES || errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        return cannot ? err_set(verify->err, ERR_IO, "%s: %s: %s", verify->path, name, strerror(errno)) : 0;
    }
    int failed = file_read_fd(fd, max, out, &why);
    own_fd(&fd);
    if (failed != 0 && why.kind == ERR_IO) {
        *ret_says = "is not a plain file";
        return 0;
    }
    *ret_says = "is too long";
    return failed == 0 ? 1 : 0;
}

static int each_file(struct verify *verify, const char *folder_name, verify_visit *visit, uint64_t *count)
{
    struct dirent **names = NULL;
    OWN(own_fd) int folder = openat(verify->dir, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0 && errno == ENOENT) {
        return 0;
    }
    int found = folder >= 0 ? scandirat(folder, ".", &names, NULL, alphasort) : -1;
    if (found < 0) {
        return err_set(verify->err, ERR_IO, "%s: %s: %s", verify->path, folder_name, strerror(errno));
    }
    int failed = 0;
    for (int i = 0; i < found; i++) {
        const char *name = names[i]->d_name;
        char path[NAME_BYTES];
        bool is_own = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strstr(name, ".new-") != NULL;
        (void)snprintf(path, sizeof path, "%s/%s", folder_name, name);
        if (failed == 0 && !is_own) {
            failed = visit(verify, path, count);
        }
        free(names[i]);
    }
    free(names);
    return failed;
}

const struct verify_place verify_folder = {.read = read_file, .each = each_file};

/* What is behind the folder. */
static const char *last(const char *path)
{
    return strrchr(path, '/') + 1;
}

static size_t archived_at(const struct verify *verify, uint64_t size)
{
    size_t i = 0;
    while (i < verify->archive.count && verify->archive.of[i].size != size) {
        i++;
    }
    return i;
}

bool verify_line_twice(struct str bytes)
{
    struct note note;
    if (note_read(&note, bytes, NULL) != 0) {
        return false;
    }
    for (size_t i = 1; i < note.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (str_eq(note.lines[i].base64, note.lines[j].base64) && str_eq(note.lines[i].name, note.lines[j].name)) {
                return true;
            }
        }
    }
    return false;
}

/* NULL when the checkpoint of that name is signed, of its size, and on the tree that the newest one covers. */
static const char *wrong_checkpoint(struct verify *verify, struct str bytes, uint64_t size, struct err *why)
{
    struct checkpoint checkpoint;
    if (!verify->has_key || checkpoint_open(&checkpoint, bytes, &case_key_for(&verify->keys, size)->key, why) != 0) {
        return verify->has_key ? why->text : "no key to check it with";
    }
    if (checkpoint.size != size) {
        return "is a checkpoint of another size";
    }
    if (verify_line_twice(bytes)) {
        return "holds a signature twice";
    }
    if (verify->has_checkpoint && size > verify->size) {
        return "covers more than the newest checkpoint: the case was set back";
    }
    if (!verify->ledger_agrees) {
        return NULL; /* it is signed; what the ledger has instead was told with the entries */
    }
    size_t i = archived_at(verify, size);
    if (i == verify->archive.count || !verify->archive_has_root[i]) {
        return "covers more entries than the ledger has";
    }
    return sha256_eq(&verify->archive.of[i].root, &checkpoint.root) ? NULL : "is not over the entries of this ledger";
}

/* Timestamps and their certificates have a topic of their own. */
static bool is_timestamp(const char *name)
{
    uint64_t size;
    uint64_t number;
    return stamp_is_name(name, STR("tsr"), &size, &number) || stamp_is_name(name, STR("pem"), &size, &number) ||
           stamp_is_name(name, STR("crl"), &size, &number);
}

static int visit_checkpoint(struct verify *verify, const char *where, uint64_t *count)
{
    OWN(own_buf) struct buf bytes = {0};
    struct err why = {.text = ""};
    const char *wrong = "";
    uint64_t size;
    if (is_timestamp(last(where))) {
        return 0;
    }
    if (!case_is_size(str_of(last(where)), &size)) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is no checkpoint", "");
    }
    int got = verify_small(verify, where, &bytes, &wrong);
    if (got < 0) {
        return -1;
    }
    wrong = got == 1 ? wrong_checkpoint(verify, buf_str(&bytes), size, &why) : wrong;
    *count += wrong == NULL;
    return wrong == NULL ? 0 : verify_problem(verify, VERIFY_ALTERED, where, wrong, "");
}

int verify_checkpoints(struct verify *verify)
{
    uint64_t agree = 0;
    char count[COUNT_TEXT];
    char of[COUNT_TEXT];
    TRY(verify->place->each(verify, "checkpoints", visit_checkpoint, &agree));
    if (verify->archive.count == 0 && json_array_size(verify->problems) == 0) {
        return 0;
    }
    return verify_topic(verify, "seals", "%s of %s kept checkpoints %s", verify_count(count, agree),
                        verify_count(of, verify->archive.count),
                        verify->ledger_agrees ? "lie on the same tree" : "are signed by the case key");
}

static int digest_of(struct verify *verify, const char *name, struct sha256 *ret_digest, bool *ret_is_file)
{
    enum { STEP = 256 << 10 };
    struct stat about;
    OWN(own_fd) int fd = file_open_beneath(verify->dir, name, 0);
    *ret_is_file = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    if (!*ret_is_file) {
        return errno == EACCES && fd < 0
                   ? err_set(verify->err, ERR_IO, "%s: %s: %s", verify->path, name, strerror(errno))
                   : 0;
    }
    OWN(own_hasher) struct hasher *hasher = hasher_new(verify->err);
    OWN(own_mem) char *piece = malloc(STEP);
    if (hasher == NULL || piece == NULL) {
        return verify_no_memory(verify);
    }
    for (;;) {
        ssize_t got = read(fd, piece, STEP);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(verify->err, ERR_IO, "%s: %s: %s", verify->path, name, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        hasher_put(hasher, piece, (size_t)got);
    }
    *ret_digest = hasher_end(hasher);
    return 0;
}

static bool is_digest(const char *name)
{
    size_t length = strlen(name);
    return length == SHA256_HEX && strspn(name, "0123456789abcdef") == length;
}

static int visit_document(struct verify *verify, const char *where, uint64_t *count)
{
    const char *name = last(where);
    char says[64];
    char hex[SHA256_HEX + 1];
    char shown[DIGEST_TEXT];
    struct sha256 digest;
    bool is_file;
    if (!is_digest(name)) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is not named by a digest", "");
    }
    (void)json_object_del(verify->expected, name);
    TRY(digest_of(verify, where, &digest, &is_file));
    if (!is_file) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is not a plain file", "");
    }
    verify->has_bundles = verify->has_bundles || verify_is_bundle(verify, where);
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    if (strcmp(hex, name) != 0) {
        (void)snprintf(says, sizeof says, "digest is %s", verify_digest(shown, &digest));
        return verify_problem(verify, VERIFY_ALTERED, where, says, "");
    }
    *count += 1;
    return 0;
}

int verify_documents(struct verify *verify)
{
    uint64_t agree = 0;
    char count[COUNT_TEXT];
    char of[COUNT_TEXT];
    const char *digest;
    json_t *id;
    TRY(verify->place->each(verify, "documents", visit_document, &agree));
    json_object_foreach(verify->expected, digest, id)
    {
        char where[NAME_BYTES];
        char says[ID_MAX_BYTES + 32];
        (void)snprintf(where, sizeof where, "documents/%.64s", digest);
        (void)snprintf(says, sizeof says, "is missing; entry %s has it", json_string_value(id));
        TRY(verify_problem(verify, VERIFY_MISSING, where, says, ""));
    }
    uint64_t all = agree + json_array_size(verify->problems) + verify->untold;
    if (all == 0) {
        return 0;
    }
    return verify_topic(verify, "documents", "%s of %s digests agree", verify_count(count, agree),
                        verify_count(of, all));
}

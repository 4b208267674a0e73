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

int verify_each_name(struct verify *verify, const char *folder_name,
                     int (*visit)(struct verify *verify, int folder, const char *name, uint64_t *count),
                     uint64_t *count)
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
        bool is_own = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strstr(name, ".new-") != NULL;
        if (failed == 0 && !is_own) {
            failed = visit(verify, folder, name, count);
        }
        free(names[i]);
    }
    free(names);
    return failed;
}

static size_t archived_at(const struct verify *verify, uint64_t size)
{
    size_t i = 0;
    while (i < verify->archive.count && verify->archive.of[i].size != size) {
        i++;
    }
    return i;
}

/* NULL when the checkpoint of that name is signed, of its size, and on the tree that the newest one covers. */
static const char *wrong_checkpoint(struct verify *verify, int folder, const char *name, uint64_t size, struct err *why)
{
    OWN(own_buf) struct buf bytes = {0};
    struct checkpoint checkpoint;
    OWN(own_fd) int fd = file_open_beneath(folder, name, 0);
    if (fd < 0 || file_read_fd(fd, NOTE_MAX_BYTES, &bytes, why) != 0) {
        return "cannot be read";
    }
    if (!verify->has_key ||
        checkpoint_open(&checkpoint, buf_str(&bytes), &case_key_for(&verify->keys, size)->key, why) != 0) {
        return verify->has_key ? why->text : "no key to check it with";
    }
    if (checkpoint.size != size) {
        return "is a checkpoint of another size";
    }
    if (verify->has_checkpoint && size > verify->size) {
        return "covers more than the newest checkpoint: the case was set back";
    }
    if (!verify->ledger_agrees) {
        return NULL; /* it is signed; what the ledger has instead was told with the entries */
    }
    size_t i = archived_at(verify, size);
    if (i == verify->archive.count || !verify->archive_agrees[i]) {
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

static int visit_checkpoint(struct verify *verify, int folder, const char *name, uint64_t *count)
{
    char where[NAME_BYTES];
    struct err why = {.text = ""};
    uint64_t size;
    (void)snprintf(where, sizeof where, "checkpoints/%s", name);
    if (is_timestamp(name)) {
        return 0;
    }
    if (!case_is_size(str_of(name), &size)) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is no checkpoint", "");
    }
    const char *wrong = wrong_checkpoint(verify, folder, name, size, &why);
    *count += wrong == NULL;
    return wrong == NULL ? 0 : verify_problem(verify, VERIFY_ALTERED, where, wrong, "");
}

int verify_checkpoints(struct verify *verify)
{
    uint64_t agree = 0;
    char count[COUNT_TEXT];
    char of[COUNT_TEXT];
    TRY(verify_each_name(verify, "checkpoints", visit_checkpoint, &agree));
    if (verify->archive.count == 0 && json_array_size(verify->problems) == 0) {
        return 0;
    }
    return verify_topic(verify, "seals", "%s of %s kept checkpoints %s", verify_count(count, agree),
                        verify_count(of, verify->archive.count),
                        verify->ledger_agrees ? "lie on the same tree" : "are signed by the case key");
}

static int digest_of(struct verify *verify, int folder, const char *name, struct sha256 *ret_digest, bool *ret_is_file)
{
    enum { STEP = 256 << 10 };
    struct stat about;
    OWN(own_fd) int fd = file_open_beneath(folder, name, 0);
    *ret_is_file = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    if (!*ret_is_file) {
        return errno == EACCES && fd < 0
                   ? err_set(verify->err, ERR_IO, "%s: documents/%s: %s", verify->path, name, strerror(errno))
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
            return err_set(verify->err, ERR_IO, "%s: documents/%s: %s", verify->path, name, strerror(errno));
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

static int visit_document(struct verify *verify, int folder, const char *name, uint64_t *count)
{
    char where[NAME_BYTES];
    char says[64];
    char hex[SHA256_HEX + 1];
    char shown[DIGEST_TEXT];
    struct sha256 digest;
    bool is_file;
    (void)snprintf(where, sizeof where, "documents/%s", name);
    if (!is_digest(name)) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is not named by a digest", "");
    }
    (void)json_object_del(verify->expected, name);
    TRY(digest_of(verify, folder, name, &digest, &is_file));
    if (!is_file) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is not a plain file", "");
    }
    verify->has_bundles = verify->has_bundles || verify_is_bundle(folder, name);
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
    TRY(verify_each_name(verify, "documents", visit_document, &agree));
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

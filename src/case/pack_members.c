/* What a bundle consists of, and where the bytes of each member come from. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/case.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/pack.h"
#include "ledger/proof.h"

#include "base/banned.h"

static int put_bytes(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    (void)pack;
    return out_put(out, member->bytes, err);
}

struct member *pack_add(struct pack *pack, const char *name, struct buf *bytes, struct err *err)
{
    struct member member = {.put = put_bytes};
    bool is_name = tar_is_name(name);
    if (pack->count == BUNDLE_MEMBERS_MAX || !is_name || (bytes != NULL && bytes->failed)) {
        err_set(err, ERR_LIMIT, "%s: %s", name,
                !is_name ? "a name that no bundle has" : "more files, or larger ones, than a bundle holds");
        return NULL;
    }
    if (pack->count == pack->room) {
        size_t room = pack->room != 0 ? 2 * pack->room : 64;
        struct member *grown = realloc(pack->members, room * sizeof *grown);
        if (grown == NULL) {
            err_no_memory(err);
            return NULL;
        }
        pack->members = grown;
        pack->room = room;
    }
    (void)snprintf(member.head.name, sizeof member.head.name, "%s", name);
    if (bytes != NULL) {
        member.bytes = buf_str(bytes);
        *bytes = (struct buf){0};
    }
    pack->members[pack->count] = member;
    return &pack->members[pack->count++];
}

/* ---- files ---- */

static int copy_fd(int fd, struct out *out, struct err *err)
{
    enum { STEP = 256 << 10 };
    OWN(own_mem) char *piece = malloc(STEP);
    if (piece == NULL) {
        return err_no_memory(err);
    }
    for (;;) {
        ssize_t got = read(fd, piece, STEP);
        if (got == 0) {
            return 0;
        }
        if (got < 0 && errno != EINTR) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        TRY(out_put(out, (struct str){piece, got > 0 ? (size_t)got : 0}, err));
    }
}

static int put_opened(int fd, const char *name, struct out *out, struct err *err)
{
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", name, strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return err_set(err, ERR_IO, "%s: not a regular file", name);
    }
    return copy_fd(fd, out, err) == 0 ? 0 : err_where(err, "%s", name);
}

/* A file of the case, under its own name. */
static int put_file(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    OWN(own_fd) int fd = file_open_beneath(pack->kase->dir, member->head.name, 0);
    return put_opened(fd, member->head.name, out, err);
}

static int put_report(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    (void)member;
    OWN(own_fd) int fd = open(pack->options->report, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return put_opened(fd, pack->options->report, out, err);
}

static int add_file(struct pack *pack, const char *name, struct err *err)
{
    struct member *member = pack_add(pack, name, NULL, err);
    if (member != NULL) {
        member->put = put_file;
    }
    return member != NULL ? 0 : -1;
}

/* ---- folders ---- */

static bool is_withheld(const struct pack *pack, const char *digest)
{
    return pack->withholds_all || json_object_get(pack->withheld, digest) != NULL;
}

static int visit_document(struct pack *pack, const char *name, struct err *err)
{
    char path[300];
    uint8_t digest[SHA256_BYTES];
    (void)snprintf(path, sizeof path, "documents/%s", name);
    if (!hex_decode(digest, sizeof digest, str_of(name))) {
        err_set(err, ERR_TAMPERED, "%s: is not named by a digest", path);
        return err_remedy(err, "no document of a case is called so; move it away");
    }
    if (is_withheld(pack, name)) {
        return json_object_set_new(pack->withheld, name, json_true()) == 0 ? 0 : err_no_memory(err);
    }
    pack->documents++;
    return add_file(pack, path, err);
}

static int visit_checkpoint(struct pack *pack, const char *name, struct err *err)
{
    char path[300];
    (void)snprintf(path, sizeof path, "checkpoints/%s", name);
    pack->stamps += str_ends(str_of(name), STR(".tsr"));
    return add_file(pack, path, err);
}

/* No locale has a say in the order. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Names in the order of their bytes; halves of files of a writer at work are none. */
static int each_name(struct pack *pack, const char *folder_name,
                     int (*visit)(struct pack *pack, const char *name, struct err *err), struct err *err)
{
    struct dirent **names = NULL;
    OWN(own_fd) int folder = openat(pack->kase->dir, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0 && errno == ENOENT) {
        return 0;
    }
    int found = folder >= 0 ? scandirat(folder, ".", &names, NULL, by_bytes) : -1;
    if (found < 0) {
        return err_set(err, ERR_IO, "%s: %s", folder_name, strerror(errno));
    }
    int failed = 0;
    for (int i = 0; i < found; i++) {
        const char *name = names[i]->d_name;
        if (failed == 0 && name[0] != '.' && strstr(name, ".new-") == NULL) {
            failed = visit(pack, name, err);
        }
        free(names[i]);
    }
    free(names);
    return failed;
}

/* ---- the ledger ---- */

static int put_ledger(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    (void)member;
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, pack->kase->ledger, 0, err));
    for (uint64_t n = 0; n < pack->size; n++) {
        struct line line;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
        }
        char redacted[BUNDLE_REDACTED_BYTES + 1] = BUNDLE_REDACTED;
        hex_encode(redacted + strlen(BUNDLE_REDACTED), pack->leaves[n].bytes, SHA256_BYTES);
        TRY(out_put(out, pack->is_redacted[n] ? str_of(redacted) : line.text, err));
        TRY(out_put(out, STR("\n"), err));
    }
    return 0;
}

static int put_leaves(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    (void)member;
    return out_put(out, (struct str){(const char *)pack->leaves, pack->size * sizeof *pack->leaves}, err);
}

static int add_made(struct pack *pack, const char *name,
                    int (*put)(struct pack *pack, const struct member *member, struct out *out, struct err *err),
                    struct err *err)
{
    struct member *member = pack_add(pack, name, NULL, err);
    if (member != NULL) {
        member->put = put;
    }
    return member != NULL ? 0 : -1;
}

/* One line a document: its digest and the entries that name it, as far as they are shown. */
static int add_withheld(struct pack *pack, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    const char *digest;
    json_t *is_it;
    size_t i;
    json_t *each;
    if (json_object_size(pack->withheld) == 0) {
        return 0;
    }
    OWN(own_mem) char *order = json_dumps(pack->withheld, JSON_SORT_KEYS | JSON_COMPACT);
    OWN(own_json) json_t *again = order != NULL ? json_loads(order, 0, NULL) : NULL;
    json_object_foreach(again, digest, is_it)
    {
        buf_puts(&text, digest);
        json_array_foreach(json_object_get(pack->named, digest), i, each)
        {
            if (!pack_hides(pack, json_string_value(each))) {
                buf_printf(&text, " %s", json_string_value(each));
            }
        }
        buf_putc(&text, '\n');
    }
    return pack_add(pack, BUNDLE_WITHHELD, &text, err) != NULL ? 0 : -1;
}

/* ---- proofs ---- */

static int add_proof(struct pack *pack, const char *id, uint64_t n, struct str checkpoint, struct err *err)
{
    struct tree_proof path;
    OWN(own_buf) struct buf bytes = {0};
    char name[ID_MAX_BYTES + 32];
    if (pack->is_redacted[n] || strpbrk(id, "/:@") != NULL) {
        return 0; /* whose entry is not shown needs no proof of it here; the leaves are there for any other */
    }
    (void)snprintf(name, sizeof name, "proofs/%s.tlog-proof", id);
    TRY(tree_prove_entry(pack->leaves, pack->size, n, &path, err));
    TRY(proof_write(&bytes, n, &path, checkpoint, err));
    pack->proofs++;
    return pack_add(pack, name, &bytes, err) != NULL ? 0 : -1;
}

static int add_proofs(struct pack *pack, struct str checkpoint, struct err *err)
{
    const char *id;
    json_t *n;
    json_object_foreach(pack->exhibits, id, n)
    {
        TRY(add_proof(pack, id, (uint64_t)json_integer_value(n), checkpoint, err));
    }
    return 0;
}

/* The checkpoint that this case was opened with; whoever records meanwhile puts another one in its place. */
static int read_checkpoint(struct pack *pack, struct buf *out, struct err *err)
{
    struct checkpoint checkpoint;
    TRY(case_open_checkpoint(pack->kase, "checkpoint", out, &checkpoint, err));
    if (checkpoint.size != pack->size) {
        err_set(err, ERR_BUSY, "somebody recorded in it while it was packed");
        return err_remedy(err, "pack it again");
    }
    return 0;
}

static int add_bytes(struct pack *pack, const char *name, struct str bytes, struct err *err)
{
    OWN(own_buf) struct buf copy = {0};
    buf_put(&copy, bytes);
    return pack_add(pack, name, &copy, err) != NULL ? 0 : -1;
}

int pack_members(struct pack *pack, struct err *err)
{
    OWN(own_buf) struct buf readme = {0};
    OWN(own_buf) struct buf checkpoint = {0};
    TRY(read_checkpoint(pack, &checkpoint, err));
    struct member *first = pack_add(pack, "README.txt", NULL, err);
    if (first == NULL) {
        return -1;
    }
    TRY(add_file(pack, "vkey", err));
    TRY(add_bytes(pack, "checkpoint", buf_str(&checkpoint), err));
    TRY(each_name(pack, "checkpoints", visit_checkpoint, err));
    if (faccessat(pack->kase->dir, "policy", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        TRY(add_file(pack, "policy", err));
    }
    TRY(add_made(pack, "ledger.jsonl", put_ledger, err));
    TRY(add_made(pack, BUNDLE_LEAVES, put_leaves, err));
    TRY(each_name(pack, "documents", visit_document, err));
    TRY(add_withheld(pack, err));
    TRY(add_proofs(pack, buf_str(&checkpoint), err));
    if (pack->options->report != NULL) {
        TRY(add_made(pack, "report.html", put_report, err));
    }
    if (pack->options->has_tiles) {
        TRY(add_bytes(pack, "tiles/checkpoint", buf_str(&checkpoint), err));
        TRY(pack_tiles(pack, err));
    }
    TRY(pack_readme(pack, &readme, err));
    TRY(buf_check(&readme, err));
    pack->members[0].bytes = buf_str(&readme);
    readme = (struct buf){0};
    return 0;
}

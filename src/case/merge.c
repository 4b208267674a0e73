/* assay_case_merge(): another ledger becomes part of the evidence, whole and under its own signer. Whatever it is given as, it is kept
 * as a bundle, which proves itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/merge.h"
#include "case/pack.h"

#include "base/banned.h"

enum { ALIAS_MAX = 24 };

struct merging {
    struct assay_case *kase;
    const char *path;  /* as given */
    char archived[96]; /* documents/<sha256> */
    bool was_there;    /* that document was in the case before */
    char sha256[65];
    uint64_t bytes;
    json_t *report;      /* of its verification */
    json_t *model;       /* outline of our case */
    const json_t *older; /* the merge of an earlier state, or NULL */
};

static void own_merging(struct merging *merging)
{
    json_decref(merging->report);
    json_decref(merging->model);
}

/* A case is packed as it is handed over; a bundle goes in as it came. */
static int archive(struct merging *merging, const char *bundle, struct err *err)
{
    struct sha256 digest;
    char hex[SHA256_HEX + 1];
    uint64_t bytes;
    TRY(file_digest(bundle, &digest, &bytes, err));
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    (void)snprintf(merging->archived, sizeof merging->archived, "documents/%s", hex);
    merging->was_there = faccessat(merging->kase->dir, merging->archived, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    TRY(assay_case_archive(merging->kase, bundle, merging->sha256, &merging->bytes, err));
    return strcmp(hex, merging->sha256) == 0 ? 0 : err_set(err, ERR_IO, "%s: changed while it was read", merging->path);
}

static int archive_case(struct merging *merging, struct err *err)
{
    OWN(own_buf) struct buf made = {0};
    OWN(own_assay_case) struct assay_case *other = NULL;
    json_t *summary = NULL;
    const struct assay_pack_options options = {.report = NULL};
    TRY(assay_case_open(merging->path, ASSAY_CASE_READ, &other, NULL, err));
    buf_printf(&made, "%s/documents/.new-bundle-%ld", merging->kase->path, (long)getpid());
    TRY(buf_check(&made, err));
    int failed = assay_case_pack(other, made.data, &options, &summary, err);
    failed = failed != 0 ? failed : archive(merging, made.data, err);
    (void)unlink(made.data);
    json_decref(summary);
    return failed;
}

static int take_in(struct merging *merging, struct err *err)
{
    struct stat about;
    if (stat(merging->path, &about) != 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", merging->path, strerror(errno));
    }
    return S_ISDIR(about.st_mode) ? archive_case(merging, err) : archive(merging, merging->path, err);
}

static int verify(struct merging *merging, struct err *err)
{
    OWN(own_buf) struct buf path = {0};
    buf_printf(&path, "%s/%s", merging->kase->path, merging->archived);
    TRY(buf_check(&path, err));
    TRY(assay_bundle_verify(path.data, NULL, NULL, &merging->report, err));
    if (!json_bool(merging->report, "verified", false)) {
        err_set(err, ERR_TAMPERED, "%s: does not verify, and is not merged", merging->path);
        return err_remedy(err, "assay verify %s says what is wrong", merging->path);
    }
    return 0;
}

/* ---- what was merged before ---- */

static int read_leaves(struct merging *merging, const char *name, uint64_t size, struct buf *out, struct err *err)
{
    uint64_t offset, bytes;
    OWN(own_fd) int fd = file_open_beneath(merging->kase->dir, name, 0);
    if (fd < 0) {
        return err_set(err, ERR_TAMPERED, "%s: %s", name, strerror(errno));
    }
    TRY(tar_find(fd, BUNDLE_LEAVES, &offset, &bytes, err));
    char *room = bytes == size * SHA256_BYTES ? buf_room(out, (size_t)bytes) : NULL;
    if (room == NULL || pread(fd, room, (size_t)bytes, (off_t)offset) != (ssize_t)bytes) {
        return err_set(err, ERR_TAMPERED, "%s: has not the leaves of %llu entries", name, (unsigned long long)size);
    }
    out->len += (size_t)bytes;
    return 0;
}

static struct sha256 root_of(const struct sha256 *leaves, uint64_t count)
{
    struct tree tree = {.size = 0};
    for (uint64_t n = 0; n < count; n++) {
        tree_add(&tree, &leaves[n]);
    }
    return tree_root(&tree);
}

static int tell_fork(const struct merging *merging, uint64_t n, struct err *err)
{
    err_set(err, ERR_TAMPERED, "%s: %s has signed two histories: entry %llu is not the one that %s merged",
            merging->path, json_text(merging->report, "origin", "?"), (unsigned long long)n,
            json_text(merging->older, "id", "?"));
    return err_remedy(err, "keep both: each is signed by the same key, which proves that one of them was rewritten");
}

/* The shorter of the two states has to be a prefix of the longer. *ret_is_newer: this one is the longer, or shows more. */
static int compare_states(struct merging *merging, bool *ret_is_newer, struct err *err)
{
    char before_name[96];
    OWN(own_buf) struct buf now = {0};
    OWN(own_buf) struct buf before = {0};
    uint64_t size = (uint64_t)json_int(merging->report, "size", 0);
    uint64_t older = (uint64_t)json_int(merging->older, "size", 0);
    struct sha256 wanted;
    (void)snprintf(before_name, sizeof before_name, "documents/%.64s", json_text(merging->older, "sha256", ""));
    TRY(read_leaves(merging, merging->archived, size, &now, err));
    TRY(read_leaves(merging, before_name, older, &before, err));
    const struct sha256 *a = (const struct sha256 *)now.data;
    const struct sha256 *b = (const struct sha256 *)before.data;
    struct sha256 root = root_of(b, older);
    if (!hex_decode(wanted.bytes, SHA256_BYTES, str_of(json_text(merging->older, "root", ""))) ||
        !sha256_eq(&root, &wanted)) {
        return err_set(err, ERR_TAMPERED, "%s: is not what %s merged", before_name,
                       json_text(merging->older, "id", "?"));
    }
    for (uint64_t n = 0; n < size && n < older; n++) {
        if (!sha256_eq(&a[n], &b[n])) {
            return tell_fork(merging, n, err);
        }
    }
    int64_t hidden = json_int(merging->report, "withheld", 0) + json_int(merging->report, "redacted", 0);
    int64_t hidden_before = json_int(merging->older, "withheld", 0) + json_int(merging->older, "redacted", 0);
    *ret_is_newer = size > older || (size == older && hidden < hidden_before);
    return 0;
}

/* ---- names ---- */

static bool is_taken(const struct merging *merging, const char *alias)
{
    static const char *const lists[] = {"examinations", "evidence", "parties", "claims", "statements"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (json_find(json_object_get(merging->model, lists[i]), "id", alias) != NULL) {
            return true;
        }
    }
    return json_find(json_object_get(merging->model, "merges"), "alias", alias) != NULL;
}

/* "assay.invalid/acme" -> "acme"; the next number where that is taken. */
static int make_alias(const struct merging *merging, char out[static ALIAS_MAX + 8], struct err *err)
{
    const char *origin = json_text(merging->report, "origin", "");
    const char *slash = strrchr(origin, '/');
    const char *from = slash != NULL && slash[1] != '\0' ? slash + 1 : origin;
    char base[ALIAS_MAX + 1] = "";
    size_t length = 0;
    for (; *from != '\0' && length < ALIAS_MAX; from++) {
        bool is_plain = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
                        (*from >= '0' && *from <= '9') ||
                        (length != 0 && (*from == '-' || *from == '.' || *from == '_'));
        base[length] = *from;
        length += is_plain;
    }
    base[length] = '\0';
    for (unsigned number = 1; number < 1000; number++) {
        (void)snprintf(out, ALIAS_MAX + 8, number == 1 ? "%s" : "%s-%u", length != 0 ? base : "other", number);
        if (!is_taken(merging, out)) {
            return 0;
        }
    }
    return err_set(err, ERR_LIMIT, "no name left for %s", origin);
}

static int choose_alias(const struct merging *merging, const char *wanted, char out[static ALIAS_MAX + 8],
                        struct err *err)
{
    const char *before = json_text(merging->older, "alias", NULL);
    if (before != NULL && (wanted == NULL || strcmp(wanted, before) == 0)) {
        (void)snprintf(out, ALIAS_MAX + 8, "%s", before);
        return 0;
    }
    if (before != NULL) {
        return err_set(err, ERR_USAGE, "%s: is known as \"%s\" in this case already",
                       json_text(merging->report, "origin", "?"), before);
    }
    if (wanted == NULL) {
        return make_alias(merging, out, err);
    }
    if (strlen(wanted) > ALIAS_MAX || !canon_is_id(str_of(wanted)) || strchr(wanted, '/') != NULL) {
        return err_set(err, ERR_USAGE, "\"%s\" cannot be a name: letters, digits and . _ - : @, at most %d", wanted,
                       ALIAS_MAX);
    }
    (void)snprintf(out, ALIAS_MAX + 8, "%s", wanted);
    return is_taken(merging, wanted)
               ? err_set(err, ERR_USAGE, "\"%s\" is the name of something else in this case", wanted)
               : 0;
}

/* ---- the entry ---- */

static int count_nested(void *self, json_t *entry, struct err *err)
{
    (void)entry;
    (void)err;
    *(uint64_t *)self += 1;
    return 0;
}

static int record(struct merging *merging, const char *alias, json_t **ret_entry, struct err *err)
{
    static const char *const types[] = {"merge", NULL};
    const json_t *report = merging->report;
    const char *slash = strrchr(merging->path, '/');
    uint64_t nested = 0;
    OWN(own_merged) struct merged merged = {.fd = -1};
    OWN(own_json)
    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:s, s:I, s:I, s:s*}", "type", "merge", "alias", alias, "origin",
        json_text(report, "origin", ""), "vkey", json_text(report, "vkey", ""), "size", json_int(report, "size", 0),
        "root", json_text(report, "root", ""), "sha256", merging->sha256, "bytes", (json_int_t)merging->bytes, "name",
        slash != NULL && slash[1] != '\0' ? slash + 1 : merging->path, "withheld", json_int(report, "withheld", 0),
        "redacted", json_int(report, "redacted", 0), "supersedes", json_text(merging->older, "id", NULL));
    if (entry == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory, or a name that is not UTF-8");
    }
    TRY(merged_open(&merged, merging->kase->dir, entry, err));
    TRY(merged_each(&merged, types, count_nested, &nested, err));
    OWN(own_json) json_t *batch = json_pack("[O]", entry);
    if (batch == NULL || json_object_set_new(entry, "nested", json_integer((json_int_t)nested)) != 0) {
        return err_no_memory(err);
    }
    TRY(assay_case_append(merging->kase, batch, err));
    *ret_entry = json_incref(entry);
    return 0;
}

static const json_t *merged_before(const struct merging *merging)
{
    const json_t *merges = json_object_get(merging->model, "merges");
    return json_find(merges, "vkey", json_text(merging->report, "vkey", ""));
}

static int merge(struct merging *merging, const char *wanted, json_t **ret_entry, struct err *err)
{
    char own_vkey[NOTE_VKEY_TEXT];
    char alias[ALIAS_MAX + 8];
    bool is_newer = true;
    TRY(verify(merging, err));
    note_key_write(own_vkey, &merging->kase->keys.of[0].key);
    if (strcmp(json_text(merging->report, "vkey", ""), own_vkey) == 0) {
        return err_set(err, ERR_USAGE, "%s: is signed by the key of this case itself", merging->path);
    }
    merging->model = assay_case_outline(merging->kase, err);
    if (merging->model == NULL) {
        return -1;
    }
    merging->older = merged_before(merging);
    if (merging->older != NULL) {
        TRY(compare_states(merging, &is_newer, err));
    }
    TRY(choose_alias(merging, wanted, alias, err));
    if (is_newer) {
        return record(merging, alias, ret_entry, err);
    }
    json_t *entry = json_copy((json_t *)(uintptr_t)merging->older);
    if (entry == NULL || json_object_set_new(entry, "already", json_true()) != 0) {
        json_decref(entry);
        return err_no_memory(err);
    }
    *ret_entry = entry;
    return 0;
}

int assay_case_merge(struct assay_case *kase, const char *path, const char *alias, json_t **ret_entry, struct err *err)
{
    struct err unheard;
    OWN(own_merging) struct merging merging = {.kase = kase, .path = path};
    err = err != NULL ? err : &unheard;
    TRY(case_may_write(kase, err));
    int failed = take_in(&merging, err);
    failed = failed != 0 ? failed : merge(&merging, alias, ret_entry, err);
    bool is_kept = failed == 0 && !json_bool(*ret_entry, "already", false);
    if (!is_kept && !kase->is_broken && !merging.was_there && merging.archived[0] != '\0') {
        /* Nothing names it. In a broken case an entry may: its checkpoint is in place, only syncing the folder failed. */
        (void)unlinkat(kase->dir, merging.archived, 0);
    }
    return failed;
}

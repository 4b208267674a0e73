/* What the ledger holds, as far as the newest checkpoint goes: so many entries with this root.
 *
 * It is hashed from the first byte on, or remembered: see mark.c for when. Either way the root is the one that was signed, and every
 * kept checkpoint lies on the same tree. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"

#include "base/banned.h"

void own_archive(struct archive *archive)
{
    for (size_t i = 0; i < archive->count; i++) {
        free((char *)(uintptr_t)archive->of[i].note.data);
    }
    free(archive->of);
    *archive = (struct archive){.count = 0};
}

bool case_is_size(struct str name, uint64_t *ret_size)
{
    return str_u64(name, ret_size) && name.data[0] >= '0' && name.data[0] <= '9' &&
           (name.data[0] != '0' || name.len == 1);
}

static int by_size(const void *left, const void *right)
{
    const struct archived *a = left;
    const struct archived *b = right;
    return (a->size > b->size) - (a->size < b->size);
}

static int add_archived(struct archive *archive, uint64_t size, struct err *err)
{
    if (archive->count == CHECKPOINTS_MAX) {
        return err_set(err, ERR_LIMIT, "checkpoints: more than %d", CHECKPOINTS_MAX);
    }
    if (archive->count % 16 == 0) {
        struct archived *grown = realloc(archive->of, (archive->count + 16) * sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        archive->of = grown;
    }
    archive->of[archive->count++] = (struct archived){.size = size};
    return 0;
}

void own_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}

int case_list_checkpoints(int dir, struct archive *ret_archive, struct err *err)
{
    int fd = openat(dir, "checkpoints", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        *ret_archive = (struct archive){.count = 0};
        return errno == ENOENT ? 0 : err_set(err, ERR_IO, "checkpoints: %s", strerror(errno));
    }
    OWN(own_dir) DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return err_no_memory(err);
    }
    struct archive archive = {.count = 0};
    uint64_t size;
    errno = 0;
    for (struct dirent *name = readdir(folder); name != NULL; name = readdir(folder)) {
        if (case_is_size(str_of(name->d_name), &size) && add_archived(&archive, size, err) != 0) {
            own_archive(&archive);
            return -1;
        }
        errno = 0;
    }
    if (errno != 0) { /* the end of the folder, and a disk that fails, look the same otherwise */
        own_archive(&archive);
        return err_set(err, ERR_IO, "checkpoints: %s", strerror(errno));
    }
    if (archive.count != 0) {
        qsort(archive.of, archive.count, sizeof *archive.of, by_size);
    }
    *ret_archive = archive;
    return 0;
}

/* Who signed it is seen when the ledger was read: it says which key that has to be. */
static int read_checkpoint(struct assay_case *kase, const char *name, struct buf *bytes,
                           struct checkpoint *ret_checkpoint, struct err *err)
{
    struct note note;
    buf_reset(bytes);
    if (file_read_at(kase->dir, name, NOTE_MAX_BYTES, bytes, err) != 0) {
        return err->kind == ERR_NOT_FOUND || err->kind == ERR_LIMIT ? case_tampered(kase, err) : -1;
    }
    if (note_read(&note, buf_str(bytes), err) != 0 || checkpoint_read(ret_checkpoint, note.text, err) != 0) {
        err_where(err, "%s", name);
        return case_tampered(kase, err);
    }
    return 0;
}

int case_open_checkpoint(struct assay_case *kase, const char *name, struct buf *bytes,
                         struct checkpoint *ret_checkpoint, struct err *err)
{
    struct checkpoint read;
    TRY(read_checkpoint(kase, name, bytes, &read, err));
    if (checkpoint_open(ret_checkpoint, buf_str(bytes), &case_key_for(&kase->keys, read.size)->key, err) != 0) {
        err_where(err, "%s", name);
        return case_tampered(kase, err);
    }
    return 0;
}

void case_forget_kept(struct assay_case *kase)
{
    own_archive(&kase->kept);
    kase->has_kept = false;
}

/* Every kept checkpoint is read once. */
static int read_archived(struct assay_case *kase, struct archive *archive, uint64_t newest, struct err *err)
{
    enum { ALL_MAX_BYTES = 256 << 20 };
    OWN(own_buf) struct buf bytes = {0};
    size_t all = 0;
    for (size_t i = 0; i < archive->count; i++) {
        char name[CHECKPOINT_NAME];
        struct checkpoint checkpoint;
        case_checkpoint_name(name, archive->of[i].size);
        TRY(read_checkpoint(kase, name, &bytes, &checkpoint, err));
        if (checkpoint.size != archive->of[i].size || checkpoint.size > newest) {
            err_set(err, ERR_TAMPERED, "%s: is a checkpoint of %llu entries; the newest has %llu", name,
                    (unsigned long long)checkpoint.size, (unsigned long long)newest);
            return case_tampered(kase, err);
        }
        all += bytes.len;
        archive->of[i].root = checkpoint.root;
        archive->of[i].note = (struct str){malloc(bytes.len), bytes.len};
        if (archive->of[i].note.data == NULL || all > ALL_MAX_BYTES) {
            return err_set(err, ERR_LIMIT, all > ALL_MAX_BYTES ? "checkpoints: more than 256 MB" : "out of memory");
        }
        memcpy((char *)(uintptr_t)archive->of[i].note.data, bytes.data, bytes.len);
    }
    return 0;
}

static int check_signature(struct assay_case *kase, const char *name, struct str note, uint64_t size, struct err *err)
{
    struct checkpoint checkpoint;
    if (checkpoint_open(&checkpoint, note, &case_key_for(&kase->keys, size)->key, err) != 0) {
        err_where(err, "%s", name);
        return case_tampered(kase, err);
    }
    return 0;
}

static int check_signatures(struct assay_case *kase, const struct archive *archive, struct err *err)
{
    for (size_t i = 0; i < archive->count; i++) {
        char name[CHECKPOINT_NAME];
        case_checkpoint_name(name, archive->of[i].size);
        TRY(check_signature(kase, name, archive->of[i].note, archive->of[i].size, err));
    }
    return 0;
}

int case_read_kept(struct assay_case *kase, struct err *err)
{
    OWN(own_archive) struct archive archive = {.count = 0};
    TRY(case_list_checkpoints(kase->dir, &archive, err));
    TRY(read_archived(kase, &archive, UINT64_MAX, err));
    TRY(check_signatures(kase, &archive, err));
    own_archive(&kase->kept);
    kase->kept = archive;
    kase->has_kept = true;
    archive = (struct archive){.count = 0};
    return 0;
}

/* Where the walk over the ledger is. */
struct walk {
    struct assay_case *kase;
    const struct archive *archive;
    size_t next; /* archived checkpoint */
};

static int pass_size(struct walk *walk, struct err *err)
{
    struct assay_case *kase = walk->kase;
    if (walk->next < walk->archive->count && walk->archive->of[walk->next].size == kase->tree.size) {
        struct sha256 root = tree_root(&kase->tree);
        if (!sha256_eq(&root, &walk->archive->of[walk->next].root)) {
            err_set(err, ERR_TAMPERED, "ledger.jsonl: entries 0 to %llu are not what checkpoints/%llu covers",
                    (unsigned long long)kase->tree.size - 1, (unsigned long long)kase->tree.size);
            return case_tampered(kase, err);
        }
        walk->next++;
    }
    return 0;
}

static int hash_ledger(struct walk *walk, const struct checkpoint *newest, struct err *err)
{
    struct assay_case *kase = walk->kase;
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, kase->ledger, 0, err));
    while (kase->tree.size < newest->size) {
        struct line line;
        int got = lines_next(&lines, &line, err);
        if (got < 0) {
            return -1;
        }
        if (got == 0 || !line.is_whole) {
            err_set(err, ERR_TAMPERED, "ledger.jsonl: holds %llu of the %llu entries that were signed",
                    (unsigned long long)kase->tree.size, (unsigned long long)newest->size);
            return case_tampered(kase, err);
        }
        if (case_keys_add(&kase->keys, kase->tree.size, line.text, err) != 0) {
            err_where(err, "ledger.jsonl:%llu", (unsigned long long)kase->tree.size + 1);
            return case_tampered(kase, err);
        }
        struct sha256 leaf = tree_leaf(line.text);
        tree_add(&kase->tree, &leaf);
        kase->bytes = line.offset + line.bytes;
        TRY(pass_size(walk, err));
    }
    struct sha256 root = tree_root(&kase->tree);
    if (!sha256_eq(&root, &newest->root)) {
        err_set(err, ERR_TAMPERED, "ledger.jsonl: is not what the checkpoint covers");
        return case_tampered(kase, err);
    }
    return 0;
}

/* SQLite fails, a folder cannot be written: then the index is made in memory, which costs time and nothing else. A reader looks
 * only at an index that is its own. */
static int open_index(struct assay_case *kase, struct err *err)
{
    OWN(own_buf) struct buf path = {0};
    buf_printf(&path, "%s/index.sqlite", kase->path);
    if (!kase->is_writable) {
        kase->index = !path.failed && case_is_own(kase) ? index_peek(path.data) : NULL;
        return 0;
    }
    if (!path.failed && index_open(&kase->index, path.data, NULL) == 0) {
        return 0;
    }
    return index_open(&kase->index, NULL, err);
}

/* The roots of kept checkpoints, so that they need not be hashed for again. */
static int note_roots(struct assay_case *kase, const struct archive *archive)
{
    TRY(index_begin(kase->index, NULL));
    for (size_t i = 0; i < archive->count; i++) {
        if (index_note_root(kase->index, archive->of[i].size, &archive->of[i].root, NULL) != 0) {
            index_rollback(kase->index);
            return -1;
        }
    }
    return index_end(kase->index, NULL);
}

/* An index that does not vouch for the ledger vouches for nothing: a power cut may have left half of it. */
static int hash_all(struct assay_case *kase, const struct archive *archive, const struct checkpoint *newest,
                    struct err *err)
{
    struct walk walk = {.kase = kase, .archive = archive};
    TRY(hash_ledger(&walk, newest, err));
    if (!kase->is_writable) {
        index_close(kase->index);
        kase->index = NULL;
        return 0;
    }
    if (index_clear(kase->index, NULL) != 0) {
        index_close(kase->index);
        kase->index = NULL;
        TRY(index_open(&kase->index, NULL, err));
    }
    if (note_roots(kase, archive) != 0) {
        kase->has_mark = false; /* the next opening hashes again; nothing else is lost */
    }
    return 0;
}

static int keep_key(void *self, json_t *entry, struct err *err)
{
    struct assay_case *kase = self;
    OWN(own_buf) struct buf line = {0};
    TRY(json_canonical(&line, entry, err)); /* its line, byte for byte */
    return case_keys_add(&kase->keys, (uint64_t)json_int(entry, "n", 0), buf_str(&line), err);
}

/* A ledger that was not hashed was not read either: its entries about keys are where the index says. False: hash it after all. */
static bool recall_keys(struct assay_case *kase)
{
    static const char *const types[] = {"key", NULL};
    struct err unheard;
    const struct note_key first = kase->keys.of[0].key;
    if (case_each(kase, kase->tree.size, types, keep_key, kase, &unheard) == 0) {
        return true;
    }
    kase->tree = (struct tree){.size = 0};
    kase->bytes = 0;
    kase->is_recalled = false;
    return case_keys_begin(&kase->keys, &first, &unheard) != 0; /* without memory there is nothing to hash for */
}

int case_read_tree(struct assay_case *kase, struct err *err)
{
    OWN(own_archive) struct archive archive = {.count = 0};
    OWN(own_buf) struct buf bytes = {0};
    struct checkpoint newest;
    /* Listed first: a writer that seals meanwhile puts `checkpoint` in place before it files a copy. */
    TRY(case_list_checkpoints(kase->dir, &archive, err));
    TRY(read_checkpoint(kase, "checkpoint", &bytes, &newest, err));
    TRY(read_archived(kase, &archive, newest.size, err));
    kase->has_mark = mark_of(kase->ledger, &kase->mark);
    TRY(open_index(kase, err));
    if (!case_recall(kase, &archive, &newest) || !recall_keys(kase)) {
        TRY(hash_all(kase, &archive, &newest, err));
    }
    TRY(check_signature(kase, "checkpoint", buf_str(&bytes), kase->tree.size, err));
    TRY(check_signatures(kase, &archive, err));
    kase->vkey = case_key_for(&kase->keys, newest.size + 1)->key;
    kase->kept = archive;
    kase->has_kept = true;
    archive = (struct archive){.count = 0};
    return 0;
}

/* Adds to the index what it does not cover yet. */
static int fill_index(struct assay_case *kase, struct err *err)
{
    uint64_t size;
    uint64_t bytes;
    struct sha256 root;
    index_extent(kase->index, &size, &bytes, &root);
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, kase->ledger, bytes, err));
    for (; size < kase->tree.size; size++) {
        struct line line;
        struct envelope envelope;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
        }
        const char *wrong = canon_read(&envelope, line.text);
        if (wrong != NULL || envelope.n != size) {
            return err_set(err, ERR_FORMAT, "ledger.jsonl:%llu: %s", (unsigned long long)size + 1,
                           wrong != NULL ? wrong : "out of order");
        }
        struct sha256 leaf = tree_leaf(line.text);
        if (index_name(kase->index, &envelope, err) != 0 ||
            index_place(kase->index, line.bytes, envelope.moment_ns, &leaf, err) != 0) {
            return err_where(err, "ledger.jsonl:%llu", (unsigned long long)size + 1);
        }
    }
    return 0;
}

static int build_index(struct assay_case *kase, struct err *err)
{
    struct sha256 root = tree_root(&kase->tree);
    TRY(index_begin(kase->index, err));
    if (fill_index(kase, err) != 0) {
        index_rollback(kase->index);
        return -1;
    }
    return index_commit(kase->index, kase->tree.size, kase->bytes, &root, err);
}

int case_index(struct assay_case *kase, struct err *err)
{
    uint64_t size = UINT64_MAX;
    uint64_t bytes;
    struct sha256 root;
    struct err unheard;
    if (kase->index != NULL) {
        index_extent(kase->index, &size, &bytes, &root);
    }
    if (size == kase->tree.size || (kase->index != NULL && build_index(kase, &unheard) == 0)) {
        return 0;
    }
    /* The file cannot be written, or there is none: in memory, then. What is wrong with the ledger itself comes up again. */
    index_close(kase->index);
    kase->index = NULL;
    TRY(index_open(&kase->index, NULL, err));
    return build_index(kase, err);
}

/* Opening and closing a case.
 *
 * The newest checkpoint says what the case is: so many entries with this root. Opening hashes the ledger up to there and
 * believes nothing else; older checkpoints must lie on the same tree. Bytes behind that point are a write that was cut off
 * before it was acknowledged. A reader passes over them, a writer moves them to ledger.torn-<entries>. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"

#include "base/banned.h"

void own_archive(struct archive *archive)
{
    free(archive->of);
    *archive = (struct archive){.count = 0};
}

bool case_is_size(struct str name, uint64_t *ret_size)
{
    return str_u64(name, ret_size) && name.data[0] >= '0' && name.data[0] <= '9' &&
           (name.data[0] != '0' || name.len == 1);
}

void assay_case_close(struct assay_case *kase)
{
    if (kase == NULL) {
        return;
    }
    index_close(kase->index);
    own_fd(&kase->ledger);
    own_fd(&kase->lock);
    own_fd(&kase->dir);
    sign_wipe(&kase->secret);
    own_case_keys(&kase->keys);
    free(kase->path);
    free(kase);
}

void own_assay_case(struct assay_case **kase)
{
    assay_case_close(*kase);
}

int case_tampered(const struct assay_case *kase, struct err *err)
{
    err->kind = ERR_TAMPERED;
    err_where(err, "%s", kase->path);
    return err_remedy(err, "assay verify %s says what differs", kase->path);
}

int case_key_of(struct note_key *ret_key, struct str first_line, struct err *err)
{
    OWN(own_json) json_t *entry = json_read(first_line, err);
    if (entry == NULL) {
        return -1;
    }
    const char *vkey = json_text(entry, "vkey", NULL);
    if (vkey == NULL || strcmp(json_text(entry, "type", ""), "case") != 0) {
        return err_set(err, ERR_FORMAT, "entry 0 does not open a case");
    }
    return note_key_read(ret_key, str_of(vkey), err);
}

static int read_key(struct assay_case *kase, struct err *err)
{
    OWN(own_lines) struct lines lines = {0};
    OWN(own_buf) struct buf vkey = {0};
    struct note_key key;
    struct line first;
    TRY(lines_open(&lines, kase->ledger, 0, err));
    int got = lines_next(&lines, &first, err);
    if (got < 0) {
        return -1;
    }
    if (got == 0 || !first.is_whole || case_key_of(&key, first.text, err) != 0) {
        err_set(err, ERR_TAMPERED, "ledger.jsonl:1: entry 0 does not open a case");
        return case_tampered(kase, err);
    }
    char text[NOTE_VKEY_TEXT + 1];
    note_key_write(text, &key);
    if (file_read_at(kase->dir, "vkey", NOTE_VKEY_TEXT, &vkey, err) != 0) {
        return err->kind == ERR_NOT_FOUND || err->kind == ERR_LIMIT ? case_tampered(kase, err) : -1;
    }
    struct str_cut line = str_cut(buf_str(&vkey), '\n');
    if (!line.found || line.tail.len != 0 || !str_eq(line.head, str_of(text))) {
        err_set(err, ERR_TAMPERED, "vkey: is not the key that entry 0 names");
        return case_tampered(kase, err);
    }
    return case_keys_begin(&kase->keys, &key, err);
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
            return err_set(err, ERR_LIMIT, "out of memory");
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
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    struct archive archive = {.count = 0};
    uint64_t size;
    errno = 0;
    for (struct dirent *name = readdir(folder); name != NULL; name = readdir(folder)) {
        if (case_is_size(str_of(name->d_name), &size) && add_archived(&archive, size, err) != 0) {
            own_archive(&archive);
            return -1;
        }
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

static int read_archived(struct assay_case *kase, struct archive *archive, uint64_t newest, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
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
        archive->of[i].root = checkpoint.root;
    }
    return 0;
}

static int check_signature(struct assay_case *kase, const char *name, uint64_t size, const struct sha256 *root,
                           struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    struct checkpoint checkpoint;
    TRY(case_open_checkpoint(kase, name, &bytes, &checkpoint, err));
    if (checkpoint.size != size || !sha256_eq(&checkpoint.root, root)) {
        return err_set(err, ERR_BUSY, "%s: %s: changed while it was read", kase->path, name);
    }
    return 0;
}

static int check_signatures(struct assay_case *kase, const struct archive *archive, struct str newest, struct err *err)
{
    struct checkpoint checkpoint;
    if (checkpoint_open(&checkpoint, newest, &case_key_for(&kase->keys, kase->tree.size)->key, err) != 0) {
        err_where(err, "checkpoint");
        return case_tampered(kase, err);
    }
    for (size_t i = 0; i < archive->count; i++) {
        char name[CHECKPOINT_NAME];
        case_checkpoint_name(name, archive->of[i].size);
        TRY(check_signature(kase, name, archive->of[i].size, &archive->of[i].root, err));
    }
    return 0;
}

/* Where the walk over the ledger is; what the index says it covers is looked for on the way. */
struct walk {
    struct assay_case *kase;
    const struct archive *archive;
    size_t next; /* archived checkpoint */
    uint64_t index_size;
    struct sha256 index_root;
    bool index_agrees;
};

static int pass_size(struct walk *walk, struct err *err)
{
    struct assay_case *kase = walk->kase;
    if (kase->tree.size == walk->index_size) {
        struct sha256 root = tree_root(&kase->tree);
        walk->index_agrees = sha256_eq(&root, &walk->index_root);
    }
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

/* SQLite fails, a folder cannot be written: then the index is made in memory, which costs time and nothing else. */
static int open_index(struct assay_case *kase, struct err *err)
{
    OWN(own_buf) struct buf path = {0};
    buf_printf(&path, "%s/index.sqlite", kase->path);
    if (kase->is_writable && !path.failed && index_open(&kase->index, path.data, NULL) == 0) {
        return 0;
    }
    return index_open(&kase->index, NULL, err);
}

static int read_tree(struct assay_case *kase, struct err *err)
{
    OWN(own_archive) struct archive archive = {.count = 0};
    OWN(own_buf) struct buf bytes = {0};
    struct checkpoint newest;
    /* Listed first: a writer that seals meanwhile puts `checkpoint` in place before it files a copy. */
    TRY(case_list_checkpoints(kase->dir, &archive, err));
    TRY(read_checkpoint(kase, "checkpoint", &bytes, &newest, err));
    TRY(read_archived(kase, &archive, newest.size, err));
    struct walk walk = {.kase = kase, .archive = &archive, .index_size = UINT64_MAX};
    if (kase->is_writable) {
        uint64_t index_bytes;
        TRY(open_index(kase, err));
        index_extent(kase->index, &walk.index_size, &index_bytes, &walk.index_root);
    }
    TRY(hash_ledger(&walk, &newest, err));
    TRY(check_signatures(kase, &archive, buf_str(&bytes), err));
    kase->vkey = case_key_for(&kase->keys, newest.size + 1)->key;
    if (kase->is_writable && !walk.index_agrees) {
        TRY(index_clear(kase->index, err));
    }
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
        if (index_add(kase->index, &envelope, line.offset, line.bytes, &leaf, err) != 0) {
            return err_where(err, "ledger.jsonl:%llu", (unsigned long long)size + 1);
        }
    }
    return 0;
}

int case_index(struct assay_case *kase, struct err *err)
{
    uint64_t size;
    uint64_t bytes;
    struct sha256 root;
    if (kase->index == NULL) {
        TRY(open_index(kase, err));
    }
    index_extent(kase->index, &size, &bytes, &root);
    if (size == kase->tree.size) {
        return 0;
    }
    TRY(index_begin(kase->index, err));
    if (fill_index(kase, err) != 0) {
        index_rollback(kase->index);
        return -1;
    }
    root = tree_root(&kase->tree);
    return index_commit(kase->index, kase->tree.size, kase->bytes, &root, err);
}

int case_may_write(const struct assay_case *kase, struct err *err)
{
    if (!kase->is_writable) {
        return err_set(err, ERR_USAGE, "%s: is open for reading only", kase->path);
    }
    if (kase->is_broken) {
        return err_set(err, ERR_IO, "%s: an earlier write failed; the case has to be opened again", kase->path);
    }
    return 0;
}

int case_lock(struct assay_case *kase, struct err *err)
{
    if (kase->lock >= 0) {
        return 0;
    }
    kase->lock = openat(kase->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (kase->lock < 0) {
        return err_set(err, ERR_IO, "%s: lock: %s", kase->path, strerror(errno));
    }
    if (flock(kase->lock, LOCK_EX | LOCK_NB) == 0) {
        return 0;
    }
    if (errno == EWOULDBLOCK) {
        err_set(err, ERR_BUSY, "%s: another assay is recording in this case", kase->path);
        return err_remedy(err, "wait until it is done");
    }
    return err_set(err, ERR_IO, "%s: lock: %s", kase->path, strerror(errno));
}

static int open_files(struct assay_case *kase, const char *dir, struct err *err)
{
    kase->path = realpath(dir, NULL);
    kase->dir = kase->path != NULL ? open(kase->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (kase->dir < 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", dir, strerror(errno));
    }
    int flags = (kase->is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    kase->ledger = openat(kase->dir, "ledger.jsonl", flags);
    if (kase->ledger < 0) {
        if (errno != ENOENT) {
            return err_set(err, ERR_IO, "%s: ledger.jsonl: %s", dir, strerror(errno));
        }
        err_set(err, ERR_NOT_FOUND, "%s: no case there", dir);
        return err_remedy(err, "assay open %s makes one", dir);
    }
    return 0;
}

static int open_all(struct assay_case *kase, const char *dir, uint64_t *ret_torn_bytes, struct err *err)
{
    struct stat about;
    TRY(open_files(kase, dir, err));
    if (kase->is_writable) {
        TRY(case_lock(kase, err));
    }
    TRY(read_key(kase, err));
    TRY(read_tree(kase, err));
    if (kase->is_writable) {
        TRY(case_read_secret(kase, err));
    }
    if (fstat(kase->ledger, &about) != 0) {
        return err_set(err, ERR_IO, "%s: ledger.jsonl: %s", kase->path, strerror(errno));
    }
    uint64_t torn_bytes = (uint64_t)about.st_size > kase->bytes ? (uint64_t)about.st_size - kase->bytes : 0;
    if (kase->is_writable) {
        if (torn_bytes != 0) {
            TRY(case_mend(kase, err));
        }
        case_sweep_leftovers(kase);
    }
    if (ret_torn_bytes != NULL) {
        *ret_torn_bytes = torn_bytes;
    }
    return 0;
}

int assay_case_open(const char *dir, enum assay_case_mode mode, struct assay_case **ret_case, uint64_t *ret_torn_bytes,
                    struct err *err)
{
    struct err unheard;
    struct assay_case *kase = calloc(1, sizeof *kase);
    err = err != NULL ? err : &unheard;
    if (kase == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    kase->dir = kase->lock = kase->ledger = -1;
    kase->is_writable = mode == ASSAY_CASE_WRITE;
    if (open_all(kase, dir, ret_torn_bytes, err) != 0) {
        assay_case_close(kase);
        return -1;
    }
    *ret_case = kase;
    return 0;
}

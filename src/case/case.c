/* Opening and closing a case: its files, its keys, its lock. Bytes behind what the checkpoint covers are a write that was cut off
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

void assay_case_close(struct assay_case *kase)
{
    if (kase == NULL) {
        return;
    }
    case_remember(kase);
    index_close(kase->index);
    own_fd(&kase->ledger);
    own_fd(&kase->lock);
    own_fd(&kase->dir);
    sign_wipe(&kase->secret);
    own_case_keys(&kase->keys);
    own_archive(&kase->kept);
    free(kase->path);
    free(kase);
}

void own_assay_case(struct assay_case **kase)
{
    assay_case_close(*kase);
}

bool assay_case_index_is_damaged(const struct assay_case *kase)
{
    return kase->is_index_damaged;
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
    TRY(case_read_tree(kase, err));
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
        return err_no_memory(err);
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

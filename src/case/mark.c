/* Whether the ledger has to be hashed to be known.
 *
 * When a writer closes the case it keeps, in the index, how the ledger file looked (device, inode, size, times of change to the
 * nanosecond) and the right edge of its tree. A file that looks the same now has not been written to since: every write sets
 * the time of change (ctime), which no program can set to a value of its choice. Then the tree is taken from the index: its root
 * has to be the signed one, and kept checkpoints have to have the roots that were hashed when they were made.
 *
 * The index is read again and summed up (index_sum.c): one that the disk gives back differently is not believed.
 *
 * It trusts that the clock of this machine was not set back, that nobody with the rights of its owner rewrote the index and its
 * sum, and that no page of the ledger was mapped for writing before the mark. assay_case_verify() trusts none of this: it hashes
 * all. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "case/inside.h"

#include "base/banned.h"

static int64_t instant(struct timespec t)
{
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* A file system whose times are whole milliseconds cannot tell two writes apart. */
bool mark_of(int fd, struct index_mark *ret_mark)
{
    enum { MILLISECOND_NS = 1000000 };
    struct stat about;
    *ret_mark = (struct index_mark){.bytes = UINT64_MAX};
    if (fstat(fd, &about) != 0) {
        return false;
    }
    *ret_mark = (struct index_mark){
        .dev = about.st_dev,
        .ino = about.st_ino,
        .bytes = (uint64_t)about.st_size,
        .mtime_ns = instant(about.st_mtim),
        .ctime_ns = instant(about.st_ctim),
    };
    return ret_mark->ctime_ns % MILLISECOND_NS != 0;
}

bool mark_eq(const struct index_mark *a, const struct index_mark *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->bytes == b->bytes && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

static bool is_ours(int dir, const char *name)
{
    struct stat about;
    return fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_uid == geteuid();
}

/* A case that somebody handed over has no key, and is not believed without a look at all of it. */
bool case_is_own(const struct assay_case *kase)
{
    return is_ours(kase->dir, ".") && is_ours(kase->dir, "key") && is_ours(kase->dir, "index.sqlite");
}

static bool seals_agree(struct assay_case *kase, const struct archive *archive, const struct checkpoint *newest)
{
    for (size_t i = 0; i < archive->count; i++) {
        struct sha256 root = newest->root;
        if (archive->of[i].size != newest->size && !index_root_at(kase->index, archive->of[i].size, &root)) {
            return false;
        }
        if (!sha256_eq(&root, &archive->of[i].root)) {
            return false;
        }
    }
    return true;
}

/* A disk may give back other bytes than it was given. An index that differs because a writer is at work is not damaged: the
 * ledger looks different, then. */
static bool is_undamaged(struct assay_case *kase)
{
    struct index_mark now;
    if (index_is_as_marked(kase->index)) {
        return true;
    }
    kase->is_index_damaged = mark_of(kase->ledger, &now) && mark_eq(&now, &kase->mark);
    return false;
}

bool case_recall(struct assay_case *kase, const struct archive *archive, const struct checkpoint *newest)
{
    struct index_mark mark;
    struct tree tree;
    uint64_t size;
    uint64_t bytes;
    struct sha256 root;
    if (kase->index == NULL || !kase->has_mark || !case_is_own(kase) || !index_mark(kase->index, &mark, &tree)) {
        return false;
    }
    index_extent(kase->index, &size, &bytes, &root);
    root = tree_root(&tree);
    if (!mark_eq(&mark, &kase->mark) || tree.size != newest->size || !sha256_eq(&root, &newest->root) ||
        !is_undamaged(kase)) {
        return false;
    }
    if (mark.bytes != bytes || size != newest->size || !seals_agree(kase, archive, newest)) {
        return false;
    }
    kase->tree = tree;
    kase->bytes = bytes;
    kase->is_recalled = true;
    return true;
}

/* Times of change tick. A write in the same tick as ours would look like ours: wait for the next one, some milliseconds. */
static bool outlast_tick(int64_t ctime_ns)
{
    enum { TRIES = 12, STEP_NS = 2000000 };
    static const struct timespec step = {.tv_nsec = STEP_NS};
    for (int i = 0; i < TRIES; i++) {
        struct timespec now;
        if (clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0 && instant(now) > ctime_ns) {
            return true;
        }
        (void)nanosleep(&step, NULL);
    }
    return false; /* a time that has not come yet: the clock was set back */
}

void case_remember(struct assay_case *kase)
{
    struct index_mark now;
    uint64_t size;
    uint64_t bytes;
    struct sha256 root;
    if (!kase->is_writable || kase->index == NULL || kase->is_broken || kase->is_recalled || !kase->has_mark ||
        kase->tree.size == 0) {
        return;
    }
    index_extent(kase->index, &size, &bytes, &root);
    if (size == kase->tree.size && bytes == kase->mark.bytes && outlast_tick(kase->mark.ctime_ns) &&
        mark_of(kase->ledger, &now) && mark_eq(&now, &kase->mark) &&
        index_keep_mark(kase->index, &kase->mark, &kase->tree, NULL) != 0) {
        return; /* the next opening hashes */
    }
}

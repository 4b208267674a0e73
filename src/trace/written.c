/* Which request wrote a file.
 *
 * Where visitors' files go, one page takes them, and whoever sent a file is as a rule the first to fetch it. So the page is learned: of
 * files of the folder, the path to which their first reader had sent something last, within WRITTEN_NEAR seconds of the file's
 * time. Each such file takes its request. A file that is left over was written by a script of its own folder or a followed
 * one that was asked for then, came with another file (small copies of a picture; or at the same time, where one request brings several), or by a request to that page that no file has taken,
 * also one that ran for long. If there is none of these, its request is not in the log. Of a folder where more than a
 * few are left over nothing is said: something else writes there. */
#include "trace/written.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum {
    PAGES_MAX = 16,   /* that write to one folder */
    LOOK_MAX = 256,   /* files that are looked at for one file */
    SPARE_MAX = 4096, /* ... and requests */
    LIKE_MIN = 4      /* bytes that names of a picture and its small copy begin with */
};

struct writer {
    uint64_t page;
    size_t votes;
};

struct folder {
    struct written_file *files;
    size_t count, fit;
    bool has_several; /* files that came with one request */
    struct writer writers[PAGES_MAX];
    size_t writer_count;
};

struct requests {
    struct written_request *by_time, **by_client;
    size_t count;
};

static int by_folder(const void *a, const void *b)
{
    const struct written_file *x = a, *y = b;
    if (x->folder != y->folder) {
        return x->folder < y->folder ? -1 : 1;
    }
    return x->second != y->second ? (x->second < y->second ? -1 : 1) : str_cmp(x->path, y->path);
}

static int key_order(struct client_key a, struct client_key b)
{
    return a.hi != b.hi ? (a.hi < b.hi ? -1 : 1) : a.lo != b.lo ? (a.lo < b.lo ? -1 : 1) : 0;
}

static int by_time(const void *a, const void *b)
{
    const struct written_request *x = a, *y = b;
    return x->second != y->second ? (x->second < y->second ? -1 : 1) : key_order(x->key, y->key);
}

static int by_client(const void *a, const void *b)
{
    const struct written_request *x = *(struct written_request *const *)a, *y = *(struct written_request *const *)b;
    int order = key_order(x->key, y->key);
    return order != 0 ? order : x->order < y->order ? -1 : x->order > y->order;
}

/* What the file's first reader had sent last before it fetched the file; NULL if nothing, or not at the file's time. */
static struct written_request *last_sent(const struct requests *requests, const struct written_file *file)
{
    size_t low = 0, high = requests->count;
    while (file->is_read && low < high) {
        size_t mid = low + (high - low) / 2;
        const struct written_request *one = requests->by_client[mid];
        int order = key_order(one->key, file->reader);
        bool is_before = order < 0 || (order == 0 && one->order < file->read_order);
        low = is_before ? mid + 1 : low;
        high = is_before ? high : mid;
    }
    if (!file->is_read || low == 0 || !client_key_eq(requests->by_client[low - 1]->key, file->reader)) {
        return NULL;
    }
    struct written_request *last = requests->by_client[low - 1];
    int64_t apart = last->second - file->second;
    return apart >= -WRITTEN_NEAR && apart <= WRITTEN_NEAR ? last : NULL;
}

/* ---- what writes to a folder ---- */

static struct writer *writer_of(struct folder *folder, uint64_t page)
{
    size_t at = 0;
    while (at < folder->writer_count && folder->writers[at].page != page) {
        at++;
    }
    if (at == PAGES_MAX) {
        return NULL;
    }
    folder->writer_count += at == folder->writer_count;
    folder->writers[at].page = page;
    return &folder->writers[at];
}

/* Which pages write here; and every file of one that does so often takes its request. */
static void learn(struct folder *folder, const struct requests *requests)
{
    for (size_t i = 0; i < folder->count; i++) {
        const struct written_request *sent = last_sent(requests, &folder->files[i]);
        struct writer *writer = sent == NULL ? NULL : writer_of(folder, sent->page);
        if (writer != NULL) {
            writer->votes++;
        }
    }
    for (size_t i = 0; i < folder->count; i++) {
        struct written_request *sent = last_sent(requests, &folder->files[i]);
        struct writer *writer = sent == NULL ? NULL : writer_of(folder, sent->page);
        if (writer != NULL && writer->votes >= WRITTEN_LEARN_MIN) {
            folder->has_several |= sent->is_taken;
            sent->is_taken = true;
            folder->files[i].state = WRITTEN_BY_UPLOAD;
            folder->fit++;
        }
    }
}

/* ---- what is left over ---- */

static struct str name_of(struct str path)
{
    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash == NULL ? path : str_slice(path, (size_t)(slash - path.data) + 1, path.len);
}

/* "photo.jpg" and "photo-150x150.jpg" */
static bool is_like(struct str a, struct str b)
{
    a = name_of(a);
    b = name_of(b);
    size_t shorter = a.len < b.len ? a.len : b.len, same = 0;
    while (same < shorter && a.data[same] == b.data[same]) {
        same++;
    }
    return same >= LIKE_MIN && same * 2 >= shorter;
}

static bool is_beside(const struct folder *folder, size_t at)
{
    const struct written_file *file = &folder->files[at];
    size_t from = at > LOOK_MAX ? at - LOOK_MAX : 0;
    for (size_t i = from; i < folder->count && i <= at + LOOK_MAX; i++) {
        const struct written_file *other = &folder->files[i];
        int64_t between = other->second - file->second;
        bool is_at_once = folder->has_several && between >= -WRITTEN_NEAR && between <= WRITTEN_NEAR;
        bool is_copy = between >= -WRITTEN_BEFORE && between <= WRITTEN_BEFORE && is_like(other->path, file->path);
        if (other->state == WRITTEN_BY_UPLOAD && (is_at_once || is_copy)) {
            return true;
        }
    }
    return false;
}

/* Also a page that is known of one file alone. */
static bool writes_here(const struct folder *folder, uint64_t page)
{
    for (size_t i = 0; i < folder->writer_count; i++) {
        if (folder->writers[i].page == page) {
            return true;
        }
    }
    return false;
}

/* Takes a request that no file has. When there are too many to look at, there may be one. */
static bool take_spare(const struct folder *folder, const struct requests *requests, const struct written_file *file)
{
    size_t low = 0, high = requests->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        bool is_before = requests->by_time[mid].second < file->second - WRITTEN_LONG;
        low = is_before ? mid + 1 : low;
        high = is_before ? high : mid;
    }
    for (size_t at = low; at < requests->count && requests->by_time[at].second <= file->second + WRITTEN_LONG; at++) {
        struct written_request *one = &requests->by_time[at];
        if (at - low > SPARE_MAX) {
            return true;
        }
        if (!one->is_taken && writes_here(folder, one->page)) {
            one->is_taken = true;
            return true;
        }
    }
    return false;
}

static void judge_folder(struct folder *folder, const struct requests *requests)
{
    size_t left = 0;
    learn(folder, requests);
    for (size_t i = 0; i < folder->count && folder->fit >= WRITTEN_LEARN_MIN; i++) {
        struct written_file *file = &folder->files[i];
        if (file->state != WRITTEN_BY_UPLOAD && !file->is_at_end) {
            file->state = file->is_scripted                    ? WRITTEN_BY_SCRIPT
                          : is_beside(folder, i)               ? WRITTEN_BESIDE
                          : take_spare(folder, requests, file) ? WRITTEN_MAYBE
                                                               : WRITTEN_BY_NOBODY;
            left += file->state == WRITTEN_BY_NOBODY;
        }
    }
    for (size_t i = 0; i < folder->count && left * 2 > folder->fit && left > 1; i++) {
        struct written_file *file = &folder->files[i];
        file->state = file->state == WRITTEN_BY_NOBODY ? WRITTEN_UNKNOWN : file->state;
    }
}

int written_compare(struct written_file *files, size_t file_count, struct written_request *requests,
                    size_t request_count, struct err *err)
{
    OWN(own_mem) struct written_request **clients = calloc(request_count + 1, sizeof *clients);
    if (clients == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu requests", request_count);
    }
    if (file_count == 0) {
        return 0;
    }
    qsort(files, file_count, sizeof *files, by_folder);
    if (request_count > 0) {
        qsort(requests, request_count, sizeof *requests, by_time);
    }
    for (size_t i = 0; i < file_count; i++) {
        files[i].state = WRITTEN_UNKNOWN;
    }
    for (size_t i = 0; i < request_count; i++) {
        requests[i].is_taken = false;
        clients[i] = &requests[i];
    }
    qsort(clients, request_count, sizeof(struct written_request *), by_client);
    const struct requests all = {requests, clients, request_count};
    for (size_t i = 0, next; i < file_count; i = next) {
        for (next = i + 1; next < file_count && files[next].folder == files[i].folder; next++) {
        }
        struct folder folder = {.files = &files[i], .count = next - i};
        judge_folder(&folder, &all);
    }
    return 0;
}

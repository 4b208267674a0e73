/* A stack of listings. Each directory is listed whole, sorted, closed, and then walked entry by entry;
 * a directory sorts as "name/", which makes the order that of full paths. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/walk.h"

#include "base/banned.h"

struct name {
    struct str text;
    unsigned char type; /* DT_* */
};

struct listing {
    struct listing *above;
    struct arena arena;
    struct name *names;
    size_t count, cap, at;
    size_t prefix_len; /* of the path that names are appended to */
};

struct walk {
    int root;
    bool is_file, is_begun;
    struct listing *top;
    struct buf path; /* of the listing on top */
};

static void listing_free(struct listing *listing)
{
    if (listing != NULL) {
        arena_clear(&listing->arena);
        free(listing->names);
        free(listing);
    }
}

void walk_close(struct walk *walk)
{
    if (walk == NULL) {
        return;
    }
    while (walk->top != NULL) {
        struct listing *above = walk->top->above;
        listing_free(walk->top);
        walk->top = above;
    }
    if (walk->root >= 0) {
        close(walk->root);
    }
    buf_free(&walk->path);
    free(walk);
}

void own_walk(struct walk **walk)
{
    walk_close(*walk);
}

int walk_root(const struct walk *walk)
{
    return walk->root;
}

bool walk_is_file(const struct walk *walk)
{
    return walk->is_file;
}

/* The root of a file is its directory; its name is all there is to walk. */
static int open_parent(struct walk *walk, const char *path, struct err *err)
{
    OWN(own_mem) char *real = realpath(path, NULL);
    if (real == NULL) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    char *slash = strrchr(real, '/');
    buf_puts(&walk->path, slash + 1);
    TRY(buf_check(&walk->path, err));
    slash[slash == real ? 1 : 0] = '\0';
    walk->is_file = true;
    walk->root =
        open(real, O_PATH | O_DIRECTORY | O_CLOEXEC); /* a way to the file; a confined process may not list it */
    return walk->root >= 0 ? 0 : err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

static int open_root(struct walk *walk, const char *path, struct err *err)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISDIR(about.st_mode)) {
        return open_parent(walk, path, err);
    }
    walk->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return walk->root >= 0 ? 0 : err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

struct walk *walk_open(const char *path, struct err *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) {
        err_no_memory(err);
        return NULL;
    }
    walk->root = -1;
    if (open_root(walk, path, err) != 0) {
        walk_close(walk);
        return NULL;
    }
    return walk;
}

/* As if a directory's name ended in a slash. */
static int name_cmp(const void *left, const void *right)
{
    const struct name *a = left, *b = right;
    size_t both = a->text.len < b->text.len ? a->text.len : b->text.len;
    int order = memcmp(a->text.data, b->text.data, both);
    if (order != 0) {
        return order;
    }
    unsigned char next_a = a->text.len > both ? (unsigned char)a->text.data[both] : a->type == DT_DIR ? '/' : 0;
    unsigned char next_b = b->text.len > both ? (unsigned char)b->text.data[both] : b->type == DT_DIR ? '/' : 0;
    return (next_a > next_b) - (next_a < next_b);
}

static unsigned char type_of(int directory, const struct dirent *entry)
{
    struct stat about;
    if (entry->d_type != DT_UNKNOWN) {
        return entry->d_type;
    }
    if (fstatat(directory, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return DT_UNKNOWN;
    }
    return S_ISREG(about.st_mode)   ? DT_REG
           : S_ISDIR(about.st_mode) ? DT_DIR
           : S_ISLNK(about.st_mode) ? DT_LNK
                                    : DT_FIFO;
}

static int listing_add(struct listing *listing, int directory, const struct dirent *entry, struct err *err)
{
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
        return 0;
    }
    if (listing->count == listing->cap) {
        size_t cap = listing->cap == 0 ? 64 : listing->cap * 2;
        struct name *names = reallocarray(listing->names, cap, sizeof *names);
        if (names == NULL) {
            return err_no_memory(err);
        }
        listing->names = names;
        listing->cap = cap;
    }
    struct str text = arena_str(&listing->arena, str_of(entry->d_name), err);
    if (text.data == NULL) {
        return -1;
    }
    listing->names[listing->count++] = (struct name){text, type_of(directory, entry)};
    return 0;
}

static void own_dir(DIR **directory)
{
    if (*directory != NULL) {
        closedir(*directory);
    }
}

/* 0; or an errno for a directory that can't be listed; or -1 with err. Takes fd. */
static int list(struct listing *listing, int fd, struct err *err)
{
    OWN(own_dir) DIR *directory = fdopendir(fd);
    if (directory == NULL) {
        int error = errno;
        close(fd);
        return error;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL && errno != 0) {
            return errno;
        }
        if (entry == NULL) {
            break;
        }
        TRY(listing_add(listing, fd, entry, err));
    }
    if (listing->count != 0) {
        qsort(listing->names, listing->count, sizeof *listing->names, name_cmp);
    }
    return 0;
}

/* Puts the listing of path on the stack; the same returns as list(). */
static int descend(struct walk *walk, const char *path, struct err *err)
{
    int fd = path[0] == '\0' ? openat(walk->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                             : file_open_beneath(walk->root, path, O_DIRECTORY);
    if (fd < 0) {
        return errno;
    }
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL) {
        close(fd);
        return err_no_memory(err);
    }
    arena_init(&listing->arena, 0);
    int failed = list(listing, fd, err);
    if (failed != 0) {
        listing_free(listing);
        return failed;
    }
    listing->prefix_len = walk->path.len;
    listing->above = walk->top;
    walk->top = listing;
    return 0;
}

static enum walk_kind link_kind(int root, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    OWN(own_fd) int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) {
        return WALK_LINK;
    }
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? WALK_LINK_BROKEN : WALK_LINK_OUT;
}

static int entry_new(struct str path, enum walk_kind kind, int error, struct walk_entry **ret_entry, struct err *err)
{
    struct walk_entry *entry = malloc(sizeof *entry + path.len + 1);
    if (entry == NULL) {
        return err_no_memory(err);
    }
    entry->kind = kind;
    entry->error = error;
    entry->len = path.len;
    if (path.len != 0) {
        memcpy(entry->path, path.data, path.len);
    }
    entry->path[path.len] = '\0';
    *ret_entry = entry;
    return 0;
}

/* The first call: the root itself. True in *ret_is_done if it made an entry. */
static int begin(struct walk *walk, struct walk_entry **ret_entry, bool *ret_is_done, struct err *err)
{
    walk->is_begun = true;
    *ret_is_done = true;
    if (walk->is_file) {
        struct stat about;
        bool is_known = fstatat(walk->root, walk->path.data, &about, AT_SYMLINK_NOFOLLOW) == 0;
        enum walk_kind kind = !is_known ? WALK_LOST : S_ISREG(about.st_mode) ? WALK_FILE : WALK_SPECIAL;
        return entry_new(buf_str(&walk->path), kind, is_known ? 0 : errno, ret_entry, err);
    }
    int failed = descend(walk, "", err);
    if (failed > 0) {
        return entry_new(STR(""), WALK_CLOSED_DIR, failed, ret_entry, err);
    }
    *ret_is_done = false;
    return failed;
}

/* The name at the front of the top listing: an entry, or a directory gone into (then *ret_entry stays NULL). */
static int step(struct walk *walk, struct walk_entry **ret_entry, struct err *err)
{
    struct listing *top = walk->top;
    const struct name *name = &top->names[top->at++];
    walk->path.len = top->prefix_len;
    buf_put(&walk->path, name->text);
    TRY(buf_check(&walk->path, err));
    struct str path = buf_str(&walk->path);
    switch (name->type) {
    case DT_REG:
        return entry_new(path, WALK_FILE, 0, ret_entry, err);
    case DT_LNK:
        return entry_new(path, link_kind(walk->root, path.data), 0, ret_entry, err);
    case DT_UNKNOWN:
        return entry_new(path, WALK_LOST, ENOENT, ret_entry, err);
    case DT_DIR:
        break;
    default:
        return entry_new(path, WALK_SPECIAL, 0, ret_entry, err);
    }
    buf_putc(&walk->path, '/');
    TRY(buf_check(&walk->path, err));
    int failed = descend(walk, walk->path.data, err);
    return failed > 0 ? entry_new(path, WALK_CLOSED_DIR, failed, ret_entry, err) : failed;
}

int walk_next(struct walk *walk, struct walk_entry **ret_entry, struct err *err)
{
    *ret_entry = NULL;
    if (!walk->is_begun) {
        bool is_done;
        TRY(begin(walk, ret_entry, &is_done, err));
        if (is_done) {
            return 0;
        }
    }
    while (walk->top != NULL && *ret_entry == NULL) {
        if (walk->top->at < walk->top->count) {
            TRY(step(walk, ret_entry, err));
            continue;
        }
        struct listing *above = walk->top->above;
        listing_free(walk->top);
        walk->top = above;
    }
    return 0;
}

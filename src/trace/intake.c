/* What one argument of the command names: a file, every file below a folder, every entry of an archive, or something that the command
 * had to copy first and holds open (standard input). Links below a folder are not followed; what is no log there is counted in one row. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "base/walk.h"
#include "trace/inside.h"

#include "base/banned.h"

enum { RAW_BYTES_PROBED = 4096 };

int64_t gzip_time(struct str raw)
{
    if (raw.len < 8) {
        return TIME_NONE;
    }
    const unsigned char *b = (const unsigned char *)raw.data;
    uint32_t seconds = (uint32_t)b[4] | (uint32_t)b[5] << 8 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 24;
    return seconds == 0 ? TIME_NONE : (int64_t)seconds * NS_PER_S;
}

bool path_is_hidden(struct str path)
{
    for (struct str_cut cut = str_cut(path, '/');; cut = str_cut(cut.tail, '/')) {
        if (cut.head.len > 1 && cut.head.data[0] == '.' && !str_eq(cut.head, STR(".."))) {
            return true;
        }
        if (!cut.found) {
            return false;
        }
    }
}

/* A file may begin with gigabytes of NULs. Reads on until something else comes. */
static int read_behind_nuls(int fd, char *room, size_t *len, struct err *err)
{
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    if (stream == NULL) {
        return -1;
    }
    TRY(stream_as_text(stream, err));
    size_t got = 1;
    *len = 0;
    while (got > 0 && *len < HEAD_BYTES && stream_read(stream, room + *len, HEAD_BYTES - *len, &got, NULL) == 0) {
        *len += got;
        size_t nuls = 0;
        while (nuls < *len && room[nuls] == '\0') {
            nuls++;
        }
        memmove(room, room + nuls, *len - nuls);
        *len -= nuls;
    }
    return 0;
}

/* The first HEAD_BYTES as text, behind any NULs the file starts with. Damage is no error here: the feed will say it. */
static int read_head(struct candidate *candidate, char *room, struct err *err)
{
    struct source *source = &candidate->source;
    struct stream_about about;
    size_t len = 0;
    if (lseek(source->fd, 0, SEEK_SET) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    TRY(stream_peek(source->fd, room, HEAD_BYTES, &len, &about, err));
    if (len > 0 && room[0] == '\0') {
        TRY(read_behind_nuls(source->fd, room, &len, err));
    }
    candidate->head = (struct str){room, len};
    bool is_marked =
        about.packing == NULL && about.encoding != NULL && str_starts(str_of(about.encoding), STR("UTF-8"));
    source->packing = about.packing;
    source->encoding = about.encoding;
    source->mark_bytes = is_marked ? 3 : 0; /* the rest of it is as it would be without: it is read in pieces */
    source->is_packed = about.packing != NULL || (about.encoding != NULL && !is_marked);
    return 0;
}

static int keep_archive(struct opening *opening, struct archive *archive, struct err *err)
{
    struct sources *sources = opening->sources;
    struct archive **grown = reallocarray(sources->archives, sources->archive_count + 1, sizeof *grown);
    if (grown == NULL) {
        archive_close(archive);
        return err_set(err, ERR_LIMIT, "no memory for an archive");
    }
    sources->archives = grown;
    sources->archives[sources->archive_count++] = archive;
    return archive_take(opening, archive, err);
}

static int skip_broken(struct opening *opening, struct candidate *candidate, const struct err *why, struct err *err)
{
    if (opening->first.kind == ERR_NONE) {
        opening->first = *why;
        err_where(&opening->first, "%s", candidate->path);
    }
    uint64_t bytes = candidate->source.raw_bytes;
    source_clear(&candidate->source);
    return source_skip(opening, candidate->path, bytes, why->text, err);
}

/* A regular file, open; fd is taken over. */
static int take_file(struct opening *opening, const char *path, const char *place, int fd, const struct stat *about,
                     struct err *err)
{
    struct candidate candidate = {.path = path, .place = place};
    candidate.source = (struct source){.path = path,
                                       .fd = fd,
                                       .raw_bytes = (uint64_t)about->st_size,
                                       .dev = about->st_dev,
                                       .ino = about->st_ino,
                                       .is_unnamed = about->st_nlink == 0,
                                       .mtime_ns = (int64_t)about->st_mtim.tv_sec * NS_PER_S + about->st_mtim.tv_nsec,
                                       .packed_ns = TIME_NONE};
    char raw[RAW_BYTES_PROBED];
    ssize_t got = pread(fd, raw, sizeof raw, 0);
    struct err why = {0};
    struct str raw_head = {raw, got > 0 ? (size_t)got : 0};
    if (got < 0) {
        err_set(&why, ERR_IO, "%s", strerror(errno));
    }
    if (got < 0 || read_head(&candidate, opening->room, &why) != 0) {
        return skip_broken(opening, &candidate, &why, err);
    }
    if (candidate.source.packing != NULL && strcmp(candidate.source.packing, "gzip") == 0) {
        candidate.source.packed_ns = gzip_time(raw_head);
    }
    struct archive *archive = NULL;
    if (archive_open(path, fd, raw_head, candidate.head, &archive, &why) != 0) {
        return skip_broken(opening, &candidate, &why, err);
    }
    if (archive != NULL) {
        return keep_archive(opening, archive, err);
    }
    struct source *taken;
    return source_take(opening, &candidate, &taken, err);
}

/* ---- folders ---- */

static int take_below(struct opening *opening, const char *folder, int root, const char *name, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, folder);
    if (text.len > 0 && text.data[text.len - 1] != '/') {
        buf_putc(&text, '/');
    }
    buf_puts(&text, name);
    struct str path = text.failed ? (struct str){0} : arena_str(opening->keep, buf_str(&text), err);
    if (path.data == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the names in a folder");
    }
    int fd = file_open_beneath(root, name, 0);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        const char *why = strerror(errno);
        if (fd >= 0) {
            close(fd);
        }
        return source_skip(opening, path.data, 0, why, err);
    }
    return take_file(opening, path.data, folder, fd, &about, err);
}

static int take_walked(struct opening *opening, const char *folder, int root, const struct walk_entry *entry,
                       struct err *err)
{
    switch (entry->kind) {
    case WALK_FILE:
        return path_is_hidden((struct str){entry->path, entry->len})
                   ? source_skip_in(opening, folder, 0, "hidden", err)
                   : take_below(opening, folder, root, entry->path, err);
    case WALK_LINK:
        return 0; /* what it points at is met on its own */
    case WALK_LINK_OUT:
        return source_skip_in(opening, folder, 0, "a link that leads out of the folder", err);
    case WALK_LINK_BROKEN:
        return source_skip_in(opening, folder, 0, "a broken link", err);
    case WALK_SPECIAL:
        return source_skip_in(opening, folder, 0, "a special file", err);
    case WALK_CLOSED_DIR:
    case WALK_LOST:
        break;
    }
    return source_skip_in(opening, folder, 0, strerror(entry->error), err);
}

static int take_folder(struct opening *opening, const char *folder, struct err *err)
{
    struct err why = {0};
    size_t before = opening->sources->count;
    OWN(own_walk) struct walk *walk = walk_open(folder, &why);
    if (walk == NULL) {
        return source_skip(opening, folder, 0, why.text, err);
    }
    for (;;) {
        struct walk_entry *entry;
        TRY(walk_next(walk, &entry, err));
        if (entry == NULL) {
            break;
        }
        int rc = take_walked(opening, folder, walk_root(walk), entry, err);
        free(entry);
        TRY(rc);
    }
    if (opening->sources->count == before) {
        err_set(&opening->first, ERR_FORMAT, "%s: no log in this folder that any reader here knows", folder);
    }
    return 0;
}

int intake_path(struct opening *opening, const char *path, int fd, struct err *err)
{
    struct candidate candidate = {.path = path, .source = {.fd = -1}};
    struct err why = {0};
    struct stat about;
    fd = fd >= 0 ? dup(fd) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0) {
        err_set(&why, ERR_IO, "%s", strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
        close(fd);
        return take_folder(opening, path, err);
    } else if (!S_ISREG(about.st_mode)) {
        err_set(&why, ERR_IO, "not a regular file");
    }
    if (why.kind != ERR_NONE) {
        candidate.source.fd = fd;
        return skip_broken(opening, &candidate, &why, err);
    }
    return take_file(opening, path, NULL, fd, &about, err);
}

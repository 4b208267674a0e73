/* Entries of archives as logs of their own. An archive can be read only in sequence, and a log is read more than once. So an entry is
 * kept in memory, packed, while there is room (HELD_MAX over all archives); what found no room is read from the archive again, by
 * cursors that only go forward and entries that are asked for in the archive's order: once a pass and thread, not once an entry.
 *
 *   zip, 7z, plain tar:    file ─ libarchive ─ entry
 *   packed tar:            file ─ stream (unpacks; damage comes behind the last good byte) ─ libarchive ─ entry
 *
 * Limits are those of container.h; an archive within an archive is not opened, and said. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"

#include "base/banned.h"

enum {
    RAW_HEAD_BYTES = 1 << 20, /* a block of bzip2 is up to 900 kB, and a head needs one */
    BLOCK_BYTES = 256 << 10,
    LOCAL_SLACK_S = 15 * 3600 /* zip and its like have local time */
};

struct archive {
    const char *path;
    int fd;
    uint64_t bytes;
    bool is_packed_tar;
    bool is_single; /* one packed file without a name, of a packing that only libarchive knows */
    bool has_zone;  /* its entries' times are instants */
};

/* ---- cursors ---- */

static int read_fd(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct archive_cursor *cursor = self;
    ssize_t got;
    do {
        got = pread(cursor->archive->fd, into, room, (off_t)cursor->at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    cursor->at += (uint64_t)got;
    *ret_got = (size_t)got;
    return 0;
}

static int read_stream(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    return stream_read(self, into, room, ret_got, err);
}

void archive_cursor_close(struct archive_cursor *cursor)
{
    container_close(cursor->container);
    stream_close(cursor->unpacked);
    stream_close(cursor->held);
    *cursor = (struct archive_cursor){0};
}

static int open_at_start(struct archive_cursor *cursor, const struct archive *archive, struct err *err)
{
    archive_cursor_close(cursor);
    cursor->archive = archive;
    cursor->budget = container_budget_for(archive->bytes);
    if (archive->is_packed_tar) {
        const struct stream_input file = {cursor, read_fd};
        cursor->unpacked = stream_open_from(&file, err);
        const struct stream_input unpacked = {cursor->unpacked, read_stream};
        cursor->container = cursor->unpacked != NULL ? container_open_from(&unpacked, &cursor->budget, err) : NULL;
    } else {
        cursor->container = container_open_fd(archive->fd, &cursor->budget, err);
    }
    return cursor->container != NULL ? 0 : -1;
}

/* What was held, then what ended it. */
static int read_held(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct archive_cursor *cursor = self;
    const struct err *damage = &cursor->source->hold_damage;
    TRY(stream_read(cursor->held, into, room, ret_got, err));
    return *ret_got == 0 && damage->kind != ERR_NONE ? err_set(err, damage->kind, "%s", damage->text) : 0;
}

static int read_entry(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct archive_cursor *cursor = self;
    return container_read(cursor->container, into, room, ret_got, err);
}

int archive_entry(struct archive_cursor *cursor, const struct source *source, struct stream_input *ret_input,
                  struct err *err)
{
    struct container_item item;
    bool any = true;
    if (source->hold != NULL) {
        stream_close(cursor->held);
        cursor->source = source;
        cursor->held = hold_stream(source->hold, err);
        *ret_input = (struct stream_input){cursor, read_held};
        return cursor->held != NULL ? 0 : -1;
    }
    bool is_behind = cursor->container != NULL && cursor->archive == source->archive && cursor->next <= source->entry;
    int rc = is_behind ? 0 : open_at_start(cursor, source->archive, err);
    while (rc == 0 && cursor->next <= source->entry) {
        rc = container_next(cursor->container, &item, &any, err);
        rc = rc == 0 && !any ? err_set(err, ERR_IO, "became shorter while it was read") : rc;
        cursor->next++;
    }
    if (rc != 0) {
        archive_cursor_close(cursor);
        return -1;
    }
    *ret_input = (struct stream_input){cursor, read_entry};
    return 0;
}

/* ---- which files are archives ---- */

static bool is_zipped(struct str raw_head)
{
    const char *name = container_probe(raw_head);
    return name != NULL && strstr(name, " file") == NULL;
}

int archive_open(const char *path, int fd, struct str raw_head, struct str head, struct archive **ret_archive,
                 struct err *err)
{
    const char *outside = container_probe(raw_head), *within = container_probe(head);
    bool is_unknown_packing = outside != NULL && strstr(outside, " file") != NULL && str_starts(head, raw_head);
    *ret_archive = NULL;
    if (!is_zipped(raw_head) && !is_unknown_packing && (within == NULL || strcmp(within, "tar archive") != 0)) {
        return 0;
    }
    struct archive *archive = calloc(1, sizeof *archive);
    off_t bytes = lseek(fd, 0, SEEK_END);
    if (archive == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for an archive");
    }
    *archive = (struct archive){.path = path, .fd = fd, .bytes = bytes > 0 ? (uint64_t)bytes : 0};
    archive->is_packed_tar = outside != NULL && !is_zipped(raw_head) && !is_unknown_packing;
    archive->has_zone = (outside != NULL && strcmp(outside, "tar archive") == 0) || archive->is_packed_tar;
    /* Bytes of a log may look like an archive's head: one whose first entry cannot be had is none. */
    struct archive_cursor cursor = {0};
    struct container_item item;
    bool any = false;
    if (open_at_start(&cursor, archive, NULL) != 0 || container_next(cursor.container, &item, &any, NULL) != 0 ||
        !any) {
        archive_cursor_close(&cursor);
        free(archive);
        return 0;
    }
    archive->is_single = container_is_single(cursor.container);
    archive_cursor_close(&cursor);
    *ret_archive = archive;
    return 0;
}

void archive_close(struct archive *archive)
{
    if (archive != NULL) {
        close(archive->fd);
        free(archive);
    }
}

/* ---- its entries ---- */

struct taking {
    struct opening *opening;
    struct archive *archive;
    struct archive_cursor cursor;
    char *raw; /* RAW_HEAD_BYTES */
    struct err damage;
};

/* The first bytes of the entry as they lie there. */
static size_t read_raw_head(struct taking *taking, bool *ret_ended)
{
    size_t len = 0, got = 1;
    taking->damage = (struct err){0};
    while (len < RAW_HEAD_BYTES && got > 0) {
        if (container_read(taking->cursor.container, taking->raw + len, RAW_HEAD_BYTES - len, &got, &taking->damage) !=
            0) {
            got = 0;
        }
        len += got;
    }
    *ret_ended = got == 0;
    return len;
}

/* All of the entry into memory, if it fits. What it is long is known then too. */
static void keep_entry(struct taking *taking, struct source *source, size_t head_len, bool is_ended)
{
    struct sources *sources = taking->opening->sources;
    size_t left = sources->held_bytes < HELD_MAX ? HELD_MAX - sources->held_bytes : 0;
    struct hold *hold = hold_new(left);
    bool fits = hold != NULL && hold_put(hold, (struct str){taking->raw, head_len});
    size_t got = is_ended ? 0 : 1;
    source->raw_bytes = head_len;
    while (fits && got > 0) {
        if (container_read(taking->cursor.container, taking->raw, BLOCK_BYTES, &got, &taking->damage) != 0) {
            got = 0;
        }
        source->raw_bytes += got;
        fits = got == 0 || hold_put(hold, (struct str){taking->raw, got});
    }
    if (!fits || !hold_end(hold)) {
        hold_free(hold);
        return;
    }
    source->hold = hold;
    source->hold_damage = taking->damage;
    sources->held_bytes += hold_bytes(hold);
}

static int take_entry(struct taking *taking, const struct container_item *item, uint32_t number, struct err *err)
{
    struct opening *opening = taking->opening;
    const struct archive *archive = taking->archive;
    OWN(own_buf) struct buf name = {0};
    buf_puts(&name, archive->path);
    if (!archive->is_single) {
        buf_putc(&name, '!');
        buf_put(&name, item->path);
    }
    TRY(buf_check(&name, err));
    struct str path = arena_str(opening->keep, buf_str(&name), err);
    if (path.data == NULL) {
        return -1;
    }
    int64_t mtime = item->mtime_s;
    struct candidate candidate = {.path = path.data, .place = archive->path};
    candidate.source = (struct source){.path = path.data,
                                       .fd = -1,
                                       .archive = archive,
                                       .entry = number,
                                       .is_packed = true,
                                       .raw_bytes = item->bytes,
                                       .mtime_ns = mtime > 0 && mtime < INT64_C(1) << 33 ? mtime * NS_PER_S : TIME_NONE,
                                       .mtime_slack_s = archive->has_zone ? 0 : LOCAL_SLACK_S,
                                       .packed_ns = TIME_NONE};
    bool is_ended = false;
    size_t raw_len = read_raw_head(taking, &is_ended), len = 0;
    struct stream_about about = {0};
    const struct str raw = {taking->raw, raw_len};
    TRY(stream_peek_bytes(raw, opening->room, HEAD_BYTES, &len, &about, err));
    if (is_zipped(raw) || container_probe((struct str){opening->room, len}) != NULL) {
        return source_skip(opening, path.data, item->bytes, "an archive in an archive, not opened", err);
    }
    candidate.source.packing = about.packing;
    candidate.source.encoding = about.encoding;
    if (about.packing != NULL && strcmp(about.packing, "gzip") == 0) {
        candidate.source.packed_ns = gzip_time(raw);
    }
    candidate.head = (struct str){opening->room, len};
    struct source *taken = NULL;
    TRY(source_take(opening, &candidate, &taken, err));
    if (taken != NULL) {
        keep_entry(taking, taken, raw_len, is_ended);
    }
    return 0;
}

static int take_item(struct taking *taking, const struct container_item *item, uint32_t number, struct err *err)
{
    const char *place = taking->archive->path;
    if (item->kind == CONTAINER_DIRECTORY) {
        return 0;
    }
    const char *why = item->kind != CONTAINER_FILE                                ? "a link or special file"
                      : item->is_encrypted                                        ? "encrypted"
                      : !taking->archive->is_single && path_is_hidden(item->path) ? "hidden"
                                                                                  : NULL;
    return why != NULL ? source_skip_in(taking->opening, place, item->bytes, why, err)
                       : take_entry(taking, item, number, err);
}

static int take_all(struct taking *taking, struct err *err)
{
    struct container_item item;
    struct err why = {0};
    bool any = true;
    TRY(open_at_start(&taking->cursor, taking->archive, err));
    for (uint32_t number = 0; any; number++) {
        if (container_next(taking->cursor.container, &item, &any, &why) != 0) {
            return source_skip(taking->opening, taking->archive->path, 0, why.text, err);
        }
        if (any) {
            TRY(take_item(taking, &item, number, err));
        }
    }
    return 0;
}

int archive_take(struct opening *opening, struct archive *archive, struct err *err)
{
    struct taking taking = {.opening = opening, .archive = archive, .raw = malloc(RAW_HEAD_BYTES)};
    int rc = taking.raw != NULL ? take_all(&taking, err) : err_set(err, ERR_LIMIT, "no memory for an archive");
    archive_cursor_close(&taking.cursor);
    free(taking.raw);
    return rc;
}

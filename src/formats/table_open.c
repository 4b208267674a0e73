/* Files, packed files, archives, workbooks and folders, down to one table's bytes (table.c). Nothing is unpacked to disk and no link is
 * followed; what may be unpacked is bounded by the size of the file (container.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/walk.h"
#include "formats/book.h"
#include "formats/stream.h"
#include "formats/table_open.h"

#include "base/banned.h"

enum {
    HEAD_BYTES = 1024,
    DEPTH_MAX = 2,         /* an archive, and one in it */
    MEMORY_MAX = 256 << 20 /* of an archive or workbook within an archive, which is held in memory */
};

struct opening {
    const struct table_options *options;
    struct table_join join;
    struct table_report *report; /* of the whole */
    struct container_budget budget;
};

/* What is being read: its name in the report ("inner.zip!"), the part it is told in (NULL: it is the file that was given). */
struct place {
    struct opening *opening;
    struct str name; /* with what it lies in; of the file that was given: its table's name */
    struct table_part *part;
    unsigned depth; /* archives around it */
};

static struct table_report *report_of(const struct place *place)
{
    return place->part != NULL ? &place->part->report : place->opening->report;
}

/* A part that failed does not end the whole, unless what takes the rows says so, or there is no memory. */
static int part_done(struct opening *opening, struct table_part *part, int result, struct err *why, struct err *err)
{
    if (result != 0 && (opening->join.has_failed || why->kind == ERR_USAGE)) {
        *err = *why;
        return -1;
    }
    if (result != 0) {
        part->is_no_table = why->kind == ERR_NOT_FOUND;
        (void)snprintf(part->why, sizeof part->why, "%s", why->text[0] != '\0' ? why->text : "cannot be read");
    }
    table_part_end(opening->report, part);
    table_join_next(&opening->join);
    return 0;
}

/* A part of which nothing is read. */
static int part_refused(struct opening *opening, struct str prefix, struct str name, const char *reason,
                        bool is_no_table, struct err *err)
{
    struct table_part *part = table_part_add(opening->report, prefix, name, err);
    if (part == NULL) {
        return -1;
    }
    (void)snprintf(part->why, sizeof part->why, "%s", reason);
    part->is_no_table = is_no_table;
    table_part_end(opening->report, part);
    return 0;
}

/* ---- a stream with its first bytes looked at ---- */

struct headed {
    struct stream *stream;
    struct table_report *report;
    bool is_part; /* then a bound that was reached ends this one only */
    char head[HEAD_BYTES];
    size_t from, to;
};

/* Damaged packing ends the table where the damage is, and is said; every row before it counts. */
static int read_headed(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct headed *headed = self;
    struct err why = {0};
    *ret_got = 0;
    if (headed->from < headed->to) {
        *ret_got = headed->to - headed->from < room ? headed->to - headed->from : room;
        memcpy(into, headed->head + headed->from, *ret_got);
        headed->from += *ret_got;
        return 0;
    }
    if (headed->report->damage[0] != '\0' || stream_read(headed->stream, into, room, ret_got, &why) == 0) {
        return 0;
    }
    if (why.kind != ERR_FORMAT && !(headed->is_part && why.kind == ERR_LIMIT)) {
        return err_set(err, why.kind, "%s", why.text);
    }
    *ret_got = 0;
    (void)snprintf(headed->report->damage, sizeof(headed->report->damage), "%s", why.text);
    return 0;
}

static int look(struct headed *headed, struct err *err)
{
    size_t got = 1;
    while (got > 0 && headed->to < HEAD_BYTES) {
        TRY(read_headed(headed, headed->head + headed->to, HEAD_BYTES - headed->to, &got, err));
        headed->to += got;
        headed->from = headed->to; /* so that the next look reads on */
    }
    headed->from = 0;
    return 0;
}

/* ---- workbooks ---- */

struct book {
    const struct place *place;
    const struct book_format *format;
};

static int on_sheet(void *self, struct str name, const struct table_bytes *csv, struct err *err)
{
    extern const struct table_format table_csv_format;
    const struct book *book = self;
    const struct place *place = book->place;
    struct opening *opening = place->opening;
    OWN(own_buf) struct buf prefix = {0};
    if (place->part != NULL) {
        buf_printf(&prefix, "%s!", place->part->name);
    }
    struct table_part *part = table_part_add(opening->report, buf_str(&prefix), name, err);
    if (part == NULL) {
        return -1;
    }
    struct err why = {0};
    int result = table_read_as(&table_csv_format, csv, name, &opening->join.sink, &part->report, &why);
    part->report.format = book->format->name;
    part->report.delimiter = '\0';
    return part_done(opening, part, result, &why, err);
}

/* *ret_is_book: it is one, and was read as far as it can be. */
static int read_book(const struct place *place, const struct book_source *source, bool *ret_is_book, struct err *err)
{
    const char *why = NULL;
    struct book book = {place, NULL};
    TRY(book_probe(source, &book.format, &why, err));
    *ret_is_book = book.format != NULL || why != NULL;
    if (book.format == NULL) {
        return why == NULL ? 0 : err_set(err, ERR_FORMAT, "%s", why);
    }
    report_of(place)->format = book.format->name;
    struct book_sink sink = {&book, on_sheet};
    return book.format->read(source, &sink, err);
}

/* ---- archives ---- */

static int read_stream(struct place *place, struct stream *stream, struct err *err);

static int read_item(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    return container_read(self, into, room, ret_got, err);
}

static const char *no_table(const struct container_item *item)
{
    if (item->kind == CONTAINER_LINK) {
        return "a link: not followed";
    }
    if (item->kind == CONTAINER_SPECIAL) {
        return "no file";
    }
    if (item->is_encrypted) {
        return "encrypted: its bytes cannot be had";
    }
    return NULL;
}

/* mongodump writes these beside the rows. */
static bool is_description(struct str name)
{
    return str_ends(name, STR(".metadata.json")) || str_ends(name, STR("prelude.json"));
}

static int read_member(const struct place *around, struct container *container, const struct container_item *item,
                       struct err *err)
{
    struct opening *opening = around->opening;
    OWN(own_buf) struct buf prefix = {0};
    if (around->part != NULL) {
        buf_printf(&prefix, "%s!", around->part->name);
    }
    const char *reason = no_table(item);
    reason = reason == NULL && is_description(item->path) ? "MongoDB's description of a collection: no rows" : reason;
    if (reason != NULL) {
        return part_refused(opening, buf_str(&prefix), item->path, reason, !item->is_encrypted, err);
    }
    struct table_part *part = table_part_add(opening->report, buf_str(&prefix), item->path, err);
    if (part == NULL) {
        return -1;
    }
    struct err why = {0};
    struct stream_input input = {container, read_item};
    OWN(own_stream) struct stream *stream = stream_open_from(&input, &why);
    struct place place = {opening, str_of(part->name), part, around->depth};
    int result = stream == NULL ? -1 : read_stream(&place, stream, &why);
    return part_done(opening, part, result, &why, err);
}

/* Every member. What ends the archive early is told as its damage. */
static int read_members(const struct place *place, struct container *container, struct err *err)
{
    struct table_report *report = report_of(place);
    for (;;) {
        struct container_item item;
        bool any = false;
        struct err why = {0};
        if (container_next(container, &item, &any, &why) != 0) {
            (void)snprintf(report->damage, sizeof report->damage, "%s", why.text);
            return 0;
        }
        if (!any) {
            return 0;
        }
        if (container_is_single(container)) { /* packed, and no archive: lz4, lzip, compress */
            struct stream_input input = {container, read_item};
            OWN(own_stream) struct stream *stream = stream_open_from(&input, err);
            return stream == NULL
                       ? -1
                       : read_stream(&(struct place){place->opening, place->name, place->part, DEPTH_MAX}, stream, err);
        }
        if (item.kind != CONTAINER_DIRECTORY) {
            TRY(read_member(place, container, &item, err));
        }
    }
}

static int go_into(const struct place *place, struct container *container, const char *kind, struct err *err)
{
    report_of(place)->format = kind;
    struct place inside = *place;
    inside.depth++;
    return read_members(&inside, container, err);
}

/* An archive whose list is at its end, or a workbook. */
static int read_listed(const struct place *place, const struct book_source *source, const char *kind, struct err *err)
{
    bool is_book = false;
    TRY(read_book(place, source, &is_book, err));
    if (is_book) {
        return 0;
    }
    OWN(own_container) struct container *container = book_open(source, err);
    return container == NULL ? -1 : go_into(place, container, kind, err);
}

static int read_whole(struct headed *headed, struct buf *out, struct err *err)
{
    size_t got = 1;
    out->max = MEMORY_MAX;
    while (got > 0) {
        char *room = buf_room(out, 64 << 10);
        if (room == NULL) {
            return err_set(err, ERR_LIMIT, "an archive within an archive, larger than %d MiB: unpack it first",
                           MEMORY_MAX >> 20);
        }
        TRY(read_headed(headed, room, 64 << 10, &got, err));
        out->len += got;
    }
    return 0;
}

static int read_nested(struct place *place, struct headed *headed, const char *kind, struct err *err)
{
    struct str head = {headed->head, headed->to};
    if (place->depth >= DEPTH_MAX) {
        return err_set(err, ERR_FORMAT, "%s in an archive within an archive: not looked into", kind);
    }
    if (container_is_listed_at_end(head)) {
        OWN(own_buf) struct buf whole = {0};
        TRY(read_whole(headed, &whole, err));
        struct book_source source = {-1, buf_str(&whole), &place->opening->budget};
        return read_listed(place, &source, kind, err);
    }
    struct stream_input input = {headed, read_headed};
    OWN(own_container) struct container *container = container_open_from(&input, &place->opening->budget, err);
    return container == NULL ? -1 : go_into(place, container, kind, err);
}

/* A table somebody calls one by its file's name. */
static bool is_called_table(struct str name)
{
    static const char *const endings[] = {".csv", ".tsv", ".tab", ".csv.gz", ".tsv.gz"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(name, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

static int read_stream(struct place *place, struct stream *stream, struct err *err)
{
    struct table_report *report = report_of(place);
    struct headed headed = {.stream = stream, .report = report, .is_part = place->part != NULL};
    report->packing = stream_packing(stream);
    TRY(look(&headed, err));
    const char *kind = container_probe((struct str){headed.head, headed.to});
    if (kind != NULL) {
        return read_nested(place, &headed, kind, err);
    }
    struct table_bytes bytes = {&headed, read_headed};
    struct table_reading reading = {.bytes = &bytes,
                                    .name = table_name(place->name, place->part != NULL),
                                    .encoding = place->opening->options->encoding,
                                    .sink = &place->opening->join.sink,
                                    .report = report,
                                    .is_doubtful = place->part != NULL && !is_called_table(place->name)};
    return table_read_one(&reading, err);
}

/* ---- files and folders ---- */

static int read_database(const struct place *place, const char *path, struct err *err)
{
    struct table_report *report = report_of(place);
    report->format = "SQLite";
    return place->opening->options->database(path, &place->opening->join.sink, report, err);
}

static int read_file(struct place *place, int fd, const char *path, struct err *err)
{
    struct stat info;
    char room[HEAD_BYTES];
    if (fstat(fd, &info) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    struct str head = {room, 0};
    ssize_t got = S_ISREG(info.st_mode) ? pread(fd, room, sizeof room, 0) : 0;
    head.len = got > 0 ? (size_t)got : 0;
    place->opening->budget = container_budget_for(S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0);
    if (place->opening->options->database != NULL && str_starts(head, STR("SQLite format 3\0"))) {
        return read_database(place, path, err);
    }
    if (container_is_listed_at_end(head)) {
        struct book_source source = {fd, {NULL, 0}, &place->opening->budget};
        return read_listed(place, &source, container_probe(head), err);
    }
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    return stream == NULL ? -1 : read_stream(place, stream, err);
}

static const char *walk_reason(const struct walk_entry *entry)
{
    switch (entry->kind) {
    case WALK_LINK:
    case WALK_LINK_BROKEN:
        return "a link: not followed";
    case WALK_LINK_OUT:
        return "a link out of the folder: what it leads to was not looked at";
    case WALK_SPECIAL:
        return "no file";
    case WALK_CLOSED_DIR:
    case WALK_LOST:
        return strerror(entry->error);
    case WALK_FILE:
        break;
    }
    return is_description(str_of(entry->path)) ? "MongoDB's description of a collection: no rows" : NULL;
}

static int read_entry(struct opening *opening, const char *root_path, int root, const struct walk_entry *entry,
                      struct err *err)
{
    const char *reason = walk_reason(entry);
    if (reason != NULL) {
        return part_refused(opening, STR(""), str_of(entry->len == 0 ? "." : entry->path), reason,
                            entry->error == 0 && entry->kind != WALK_LINK_OUT, err);
    }
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        if (str_ends(str_of(entry->path), str_of(beside[i]))) {
            return part_refused(opening, STR(""), str_of(entry->path), "read with the SQLite file it lies beside", true,
                                err);
        }
    }
    struct table_part *part = table_part_add(opening->report, STR(""), str_of(entry->path), err);
    if (part == NULL) {
        return -1;
    }
    OWN(own_buf) struct buf path = {0};
    buf_printf(&path, "%s/%s", root_path, entry->path);
    TRY(buf_check(&path, err));
    struct err why = {0};
    struct place place = {opening, str_of(part->name), part, 0};
    OWN(own_fd) int fd = file_open_beneath(root, entry->path, 0);
    int result = fd < 0 ? err_set(&why, ERR_IO, "%s", strerror(errno)) : read_file(&place, fd, path.data, &why);
    return part_done(opening, part, result, &why, err);
}

static int read_folder(struct opening *opening, const char *path, struct err *err)
{
    OWN(own_walk) struct walk *walk = walk_open(path, err);
    if (walk == NULL) {
        return -1;
    }
    opening->report->format = "folder";
    for (;;) {
        OWN(own_mem) struct walk_entry *entry = NULL;
        TRY(walk_next(walk, &entry, err));
        if (entry == NULL) {
            return 0;
        }
        TRY(read_entry(opening, path, walk_root(walk), entry, err));
    }
}

static int read_path(struct opening *opening, const char *path, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    if (S_ISDIR(info.st_mode)) {
        return read_folder(opening, path, err);
    }
    struct place place = {opening, table_name(str_of(path), false), NULL, 0};
    return read_file(&place, fd, path, err);
}

/* Nothing in it could be read: that is no table at all. */
static int need_one(const struct table_report *report, struct err *err)
{
    const struct table_part *failed = NULL;
    for (const struct table_part *part = report->parts; part != NULL; part = part->next) {
        if (part->why[0] == '\0' || part->report.rows > 0) {
            return 0;
        }
        failed = failed == NULL ? part : failed;
    }
    if (report->format == NULL || report->parts_unlisted > 0 || (report->parts == NULL && report->rows > 0)) {
        return 0;
    }
    if (failed != NULL) {
        return err_set(err, ERR_FORMAT, "a %s of %zu, and none is a table; the first, %s: %s", report->format,
                       report->part_count, failed->name, failed->why);
    }
    return 0;
}

int table_read_path(const char *path, const struct table_options *options, const struct table_sink *sink,
                    struct table_report *report, struct err *err)
{
    static const struct table_options none = {0};
    struct opening opening = {.options = options != NULL ? options : &none, .report = report};
    *report = (struct table_report){0};
    table_join_open(&opening.join, sink);
    int result = read_path(&opening, path, err);
    if (result == 0) {
        result = need_one(report, err);
    }
    return result == 0 ? 0 : err_where(err, "%s", path);
}

int table_read_file(const char *path, const struct table_sink *sink, struct table_report *report, struct err *err)
{
    return table_read_path(path, NULL, sink, report, err);
}

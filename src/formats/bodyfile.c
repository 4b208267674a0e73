/* Body files of The Sleuth Kit, format 3 (wiki.sleuthkit.org, "Body file"; tsk/fs/fs_name.c: tsk_fs_meta_make_ls(), tsk_fs_name_print_mac()). */
#include "formats/bodyfile.h"

#include <errno.h>
#include <fcntl.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/stream.h"

#include "base/banned.h"

enum {
    BEHIND_NAME = 9, /* fields */
    LINE_MAX_BYTES = 16 << 10,
    PIECE_BYTES = 64 << 10
};

/* ---- a line ---- */

/* "1773446400.250000000" as whole seconds. False: no time at all. */
static bool read_time(struct str text, int64_t *ret_second)
{
    struct str_cut cut = str_cut(text, '.');
    int64_t second = 0;
    uint64_t fraction;
    bool is_time = text.len == 0 || (str_i64(cut.head, &second) &&
                                     (!cut.found || str_u64(cut.tail, &fraction) || str_starts(cut.tail, STR("-"))));
    *ret_second = second > 0 ? second : BODYFILE_NO_TIME;
    return is_time;
}

/* "r/rrwxr-xr-x" of fls, "-rwxr-xr-x" of stat. */
static bool is_regular(struct str mode)
{
    return str_starts(mode, STR("-r")) || str_starts(mode, STR("-w")) || str_starts(mode, STR("--")) ||
           str_starts(mode, STR("r/r"));
}

/* What fls says of names that are no longer there, or that stand for a second record of the same file. */
static bool is_there(struct str name)
{
    return !str_ends(name, STR(" (deleted)")) && !str_ends(name, STR(" (deleted-realloc)")) &&
           !str_ends(name, STR(" ($FILE_NAME)"));
}

/* GNU stat's %N sets names in quotes. */
static struct str without_quotes(struct str name)
{
    bool is_quoted = name.len >= 2 && str_starts(name, STR("'")) && str_ends(name, STR("'"));
    return is_quoted ? str_slice(name, 1, name.len - 1) : name;
}

/* The fields behind the name, the last first. */
static bool split_behind(struct str *rest, struct str fields[static BEHIND_NAME])
{
    for (size_t i = 0; i < BEHIND_NAME; i++) {
        const char *bar = rest->len == 0 ? NULL : memrchr(rest->data, '|', rest->len);
        if (bar == NULL) {
            return false;
        }
        size_t at = (size_t)(bar - rest->data);
        fields[i] = str_slice(*rest, at + 1, rest->len);
        *rest = str_slice(*rest, 0, at);
    }
    return true;
}

enum bodyfile_kind bodyfile_line(struct str line, struct bodyfile_entry *ret_entry)
{
    if (line.len == 0 || line.data[0] == '#') {
        return BODYFILE_OTHER;
    }
    struct str_cut digest = str_cut(line, '|');
    struct str name = digest.tail, fields[BEHIND_NAME];
    struct bodyfile_entry entry = {0};
    if (!digest.found || !split_behind(&name, fields) || !read_time(fields[0], &entry.born) ||
        !read_time(fields[1], &entry.changed) || !read_time(fields[2], &entry.written) ||
        !read_time(fields[3], &entry.read) || !str_u64(fields[4], &entry.size)) {
        return BODYFILE_WRONG;
    }
    if (!str_u64(str_cut(fields[8], '-').head, &entry.inode)) {
        entry.inode = 0;
    }
    entry.name = without_quotes(name);
    const size_t rights = name.len + 1 + fields[8].len + 1;
    entry.rights = str_slice(digest.tail, rights, rights + fields[7].len + 1 + fields[6].len + 1 + fields[5].len);
    bool is_taken = is_regular(fields[7]) && is_there(name) && entry.name.len > 0;
    if (is_taken) {
        *ret_entry = entry;
    }
    return is_taken ? BODYFILE_FILE : BODYFILE_OTHER;
}

/* ---- a file ---- */

struct reading {
    int (*take)(void *self, const struct bodyfile_entry *entry, struct err *err);
    void *self;
    uint64_t right, wrong;
    struct buf line; /* its beginning, of one that is not whole yet */
    bool is_long;    /* ... and too long */
};

static int take_line(struct reading *reading, struct str line, struct err *err)
{
    struct bodyfile_entry entry;
    line = line.len > 0 && line.data[line.len - 1] == '\r' ? str_slice(line, 0, line.len - 1) : line;
    enum bodyfile_kind kind = bodyfile_line(line, &entry);
    reading->wrong += kind == BODYFILE_WRONG;
    reading->right += kind != BODYFILE_WRONG && line.len > 0 && line.data[0] != '#';
    return kind == BODYFILE_FILE ? reading->take(reading->self, &entry, err) : 0;
}

static int end_line(struct reading *reading, struct err *err)
{
    int rc = reading->line.failed ? err_no_memory(err) : 0;
    if (rc == 0 && reading->is_long) {
        reading->wrong++;
    } else if (rc == 0) {
        rc = take_line(reading, buf_str(&reading->line), err);
    }
    buf_reset(&reading->line);
    reading->is_long = false;
    return rc;
}

static int take_piece(struct reading *reading, struct str piece, struct err *err)
{
    while (piece.len > 0) {
        struct str_cut cut = str_cut(piece, '\n');
        reading->is_long |= reading->line.len + cut.head.len > LINE_MAX_BYTES;
        if (!reading->is_long) {
            buf_put(&reading->line, cut.head);
        }
        if (!cut.found) {
            return 0;
        }
        TRY(end_line(reading, err));
        piece = cut.tail;
    }
    return 0;
}

static int read_all(struct reading *reading, struct stream *stream, struct err *err)
{
    OWN(own_mem) char *piece = malloc(PIECE_BYTES);
    if (piece == NULL) {
        return err_no_memory(err);
    }
    for (;;) {
        size_t got;
        TRY(stream_read(stream, piece, PIECE_BYTES, &got, err));
        if (got == 0) {
            return end_line(reading, err);
        }
        TRY(take_piece(reading, (struct str){piece, got}, err));
    }
}

int bodyfile_each(const char *path, int (*take)(void *self, const struct bodyfile_entry *entry, struct err *err),
                  void *self, uint64_t *ret_wrong, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    if (stream == NULL || stream_as_text(stream, err) != 0) {
        return -1;
    }
    struct reading reading = {.take = take, .self = self};
    int rc = read_all(&reading, stream, err);
    buf_free(&reading.line);
    if (rc != 0) {
        return err_where(err, "%s", path);
    }
    if (reading.right == 0) {
        return err_set(err, ERR_FORMAT, "%s: not one line of a body file", path);
    }
    *ret_wrong = reading.wrong;
    return 0;
}

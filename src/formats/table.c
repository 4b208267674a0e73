/* Opening a table of any format: gzip, then encoding, then the surest format. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/encoding.h"
#include "formats/stream.h"
#include "formats/window.h"

#include "base/banned.h"

#define FORMAT(id) extern const struct table_format id##_format;
#include "formats/table_list.h"
#undef FORMAT

#define FORMAT(id) &id##_format,
static const struct table_format *const formats[] = {
#include "formats/table_list.h"
};
#undef FORMAT

const char *table_reject_name(enum table_reject reason)
{
    static const char *const names[] = {"wrong number of cells", "too long", "broken", "cut off",
                                        "statement without rows", "of too many tables"};
    return reason < TABLE_REJECTS ? names[reason] : "unknown";
}

static const struct table_format *surest(struct str head)
{
    const struct table_format *best = NULL;
    int best_score = 0;
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        int score = formats[i]->probe(head);
        if (score > best_score) {
            best = formats[i];
            best_score = score;
        }
    }
    return best;
}

/* Up to TABLE_HEAD_BYTES, as far as the stream gives them. */
static int read_head(const struct table_bytes *bytes, char *head, size_t *ret_len, struct err *err)
{
    size_t len = 0;
    size_t got = 1;
    while (got > 0 && len < TABLE_HEAD_BYTES) {
        TRY(bytes->read(bytes->self, head + len, TABLE_HEAD_BYTES - len, &got, err));
        len += got;
    }
    *ret_len = len;
    return 0;
}

/* Zeros or other controls that no text has. */
static bool is_binary(struct str head)
{
    size_t odd = 0;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char byte = (unsigned char)head.data[i];
        odd +=
            byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f' && byte != 0x1a && byte != 0x1b;
    }
    return odd > head.len / 64;
}

static int read_text(const struct table_bytes *text, struct str name, const struct table_sink *sink,
                     struct table_report *report, struct err *err)
{
    OWN(own_window) struct window window = {0};
    TRY(window_open(&window, text, err));
    TRY(window_want(&window, TABLE_HEAD_BYTES, err));
    struct str head = str_slice(window_str(&window), 0, TABLE_HEAD_BYTES);
    if (head.len == 0) {
        return 0;
    }
    const struct table_format *format = is_binary(head) ? NULL : surest(head);
    if (format == NULL) {
        return err_set(err, ERR_FORMAT, "not a table this program reads (CSV, JSON Lines, SQL dump)");
    }
    report->format = format->name;
    return format->read(&window, name, sink, report, err);
}

int table_read_bytes(const struct table_bytes *bytes, struct str name, const struct table_sink *sink,
                     struct table_report *report, struct err *err)
{
    OWN(own_mem) char *head = malloc(TABLE_HEAD_BYTES);
    OWN(own_mem) struct encoding_reader *reader = malloc(sizeof(*reader));
    if (head == NULL || reader == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    size_t head_len = 0;
    size_t mark = 0;
    TRY(read_head(bytes, head, &head_len, err));
    enum encoding encoding = encoding_detect((struct str){head, head_len}, &mark);
    report->encoding = encoding_name(encoding);
    encoding_open(reader, encoding, str_slice((struct str){head, head_len}, mark, head_len), bytes);
    struct table_bytes text = encoding_bytes(reader);
    int result = read_text(&text, name, sink, report, err);
    report->bytes = reader->passed + mark;
    return result;
}

struct unpacked {
    struct stream *stream;
    struct table_report *report;
};

/* Damaged packing ends the table where the damage is, and is said; every row before it counts. */
static int read_unpacked(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct unpacked *unpacked = self;
    struct err why = {0};
    *ret_got = 0;
    if (unpacked->report->damage[0] != '\0' || stream_read(unpacked->stream, into, room, ret_got, &why) == 0) {
        return 0;
    }
    if (why.kind != ERR_FORMAT) {
        return err_set(err, why.kind, "%s", why.text);
    }
    *ret_got = 0;
    (void)snprintf(unpacked->report->damage, sizeof(unpacked->report->damage), "%s", why.text);
    return 0;
}

/* "dir/customers.csv.gz" -> "customers" */
static struct str table_name(const char *path)
{
    struct str name = str_of(path);
    for (size_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '/') {
            name = str_slice(name, i, name.len);
            break;
        }
    }
    static const char *const endings[] = {".gz", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".sql"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        struct str ending = str_of(endings[i]);
        if (name.len > ending.len && str_ends_nocase(name, ending)) {
            name.len -= ending.len;
        }
    }
    return name;
}

int table_read_file(const char *path, const struct table_sink *sink, struct table_report *report, struct err *err)
{
    *report = (struct table_report){0};
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(S_ISDIR(info.st_mode) ? EISDIR : errno));
    }
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    if (stream == NULL) {
        return err_where(err, "%s", path);
    }
    report->packing = stream_packing(stream);
    struct unpacked unpacked = {stream, report};
    struct table_bytes bytes = {&unpacked, read_unpacked};
    return table_read_bytes(&bytes, table_name(path), sink, report, err) == 0 ? 0 : err_where(err, "%s", path);
}

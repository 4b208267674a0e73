/* What the readers of logs make of one file: a JSON line a record, and a last one with the format and the counts by class. Tests
 * that have real servers write logs (tests/cli) and the measurements in docs/trace-database-formats.md read it.
 *
 *   log_probe [--counts] [--format STRING] FILE */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"
#include "formats/stream.h"

#include "base/banned.h"

enum { HEAD_BYTES = 64 << 10, STEP_BYTES = 256 << 10, BUFFER_BYTES = 4 << 20 };

static void put(json_t *object, const char *name, struct str text)
{
    OWN(own_mem) char *bytes = malloc(text.len * 2 + 1); /* what is no UTF-8 as Latin-1 */
    size_t len = 0;
    for (size_t at = 0; text.len > 0 && bytes != NULL && at < text.len;) {
        size_t step = str_utf8_step(str_slice(text, at, text.len));
        if (step == 0) {
            bytes[len++] = (char)(0xc0 | ((unsigned char)text.data[at] >> 6));
            bytes[len++] = (char)(0x80 | ((unsigned char)text.data[at] & 0x3f));
            at++;
            continue;
        }
        memcpy(bytes + len, text.data + at, step);
        len += step;
        at += step;
    }
    if (text.len > 0 && bytes != NULL) {
        json_object_set_new(object, name, json_stringn(bytes, len));
    }
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
    if (number != LOG_NO_BYTES) {
        json_object_set_new(object, name, json_integer((json_int_t)number));
    }
}

static void show(const struct log_line *line, enum log_kind kind)
{
    OWN(own_json) json_t *object = json_object();
    char when[TIME_TEXT];
    json_object_set_new(object, "class", json_string(log_class_name((enum log_class)line->class_id)));
    if (!log_is_parsed(line)) {
        put(object, "text", (struct str){line->text, line->len});
    } else {
        time_rfc3339(when, line->second * NS_PER_S + line->nano);
        json_object_set_new(object, "time", json_string(when));
        json_object_set_new(object, "zone",
                            line->zone_minutes == LOG_NO_ZONE ? json_null() : json_integer(line->zone_minutes));
        put(object, "client", log_field(line, line->client));
        put(object, "user", log_field(line, line->user));
        put(object, kind == LOG_DATABASE ? "database" : "vhost", log_field(line, line->database));
        put(object, "command", log_field(line, line->command));
        put(object, "statement", log_field(line, line->statement));
        put(object, "application", log_field(line, line->application));
        put_number(object, "status", line->status);
        put_number(object, "bytes", line->bytes);
        put_number(object, "rows", line->rows);
        put_number(object, "duration_us", line->duration_us);
        put_number(object, "session", line->session);
    }
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
}

struct counts {
    uint64_t lines[LOG_CLASS_COUNT], bytes[LOG_CLASS_COUNT];
};

static void show_counts(const struct log_reader *reader, const struct counts *counts, uint64_t input)
{
    OWN(own_json) json_t *object = json_object(), *classes = json_object();
    uint64_t sum = 0;
    for (unsigned i = 0; i < LOG_CLASS_COUNT; i++) {
        sum += counts->bytes[i];
        if (counts->lines[i] > 0 || counts->bytes[i] > 0) {
            json_object_set_new(classes, log_class_name((enum log_class)i), json_integer((json_int_t)counts->lines[i]));
        }
    }
    json_object_set_new(object, "format", json_string(reader->format->name));
    json_object_set_new(object, "has", json_integer(reader->has));
    json_object_set_new(object, "bytes", json_integer((json_int_t)input));
    json_object_set_new(object, "accounted", json_boolean(sum == input));
    json_object_set(object, "classes", classes);
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
}

static int read_all(struct stream *stream, const struct log_reader *reader, bool shows, struct err *err)
{
    OWN(own_mem) char *data = malloc(BUFFER_BYTES);
    OWN(own_mem) struct log_batch *batch = calloc(1, sizeof *batch);
    struct log_state state = {0};
    struct counts counts = {0};
    size_t len = 0, got = 1;
    uint64_t input = 0;
    while (data != NULL && batch != NULL && got > 0) {
        if (BUFFER_BYTES - len < STEP_BYTES) {
            return err_set(err, ERR_LIMIT, "a line is longer than this program reads");
        }
        TRY(stream_read(stream, data + len, STEP_BYTES, &got, err));
        len += got;
        input += got;
        size_t done = 0, took = 1;
        while (done < len && took > 0) {
            took = reader->format->parse(reader->setup, &state, (struct str){data + done, len - done}, got == 0, batch);
            for (size_t i = 0; i < batch->count && took > 0; i++) {
                const struct log_line *line = &batch->lines[i];
                counts.lines[line->class_id]++;
                counts.bytes[line->class_id] += line->size;
                counts.bytes[LOG_NUL] += line->skipped;
                if (shows) {
                    show(line, reader->format->kind);
                }
            }
            done += took;
        }
        len -= done;
        memmove(data, data + done, len);
    }
    log_batch_clear(batch);
    show_counts(reader, &counts, input);
    return 0;
}

static int probe(const char *path, const char *const *formats, size_t format_count, bool shows, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    OWN(own_mem) char *head = malloc(HEAD_BYTES);
    struct stat about;
    size_t len = 0;
    struct stream_about packing;
    if (fd < 0 || fstat(fd, &about) != 0 || head == NULL) {
        return err_set(err, ERR_IO, "%s: cannot be read", path);
    }
    TRY(stream_peek(fd, head, HEAD_BYTES, &len, &packing, err));
    const struct log_spec spec = {.formats = formats,
                                  .format_count = format_count,
                                  .zone_minutes = LOG_NO_ZONE,
                                  .written = (int64_t)about.st_mtim.tv_sec * NS_PER_S,
                                  .where = path};
    struct log_reader reader;
    int64_t first;
    TRY(log_open(&spec, (struct str){head, len}, &reader, &first, err));
    (void)lseek(fd, 0, SEEK_SET);
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    int rc = stream == NULL ? -1 : read_all(stream, &reader, shows, err);
    log_close(&reader);
    return rc;
}

int main(int argc, char **argv)
{
    const char *formats[8];
    size_t format_count = 0;
    bool shows = true;
    struct err err = {0};
    int at = 1;
    for (; at < argc - 1; at++) {
        if (strcmp(argv[at], "--counts") == 0) {
            shows = false;
        } else if (strcmp(argv[at], "--format") == 0 && format_count < 8 && at + 2 < argc) {
            formats[format_count++] = argv[++at];
        }
    }
    if (at >= argc || probe(argv[at], formats, format_count, shows, &err) != 0) {
        fprintf(stderr, "log_probe: %s\n", err.text);
        return 1;
    }
    return 0;
}

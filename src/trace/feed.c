/* One job's bytes, in blocks that stay in a core's cache, cut into lines by the source's reader.
 *
 *   | carry: an unfinished line | newly read |          the buffer
 *
 * Bytes are read, not mapped: a log that shrinks meanwhile must not end the run with a signal, and a
 * packed file comes the same way. A run of NULs or a line longer than LOG_LINE_MAX is passed over in
 * the same memory. What goes through here is counted, all of it, in exactly one class. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "trace/inside.h"

#include "base/banned.h"

enum { READ_BYTES = 256 << 10, BUFFER_BYTES = LOG_LINE_MAX + 2 * READ_BYTES };

struct intake {
    const struct source *source;
    struct stream *stream; /* packed files only */
    uint64_t at, to;       /* plain files: next byte, end */
};

struct feed *feed_new(struct err *err)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (feed != NULL) {
        feed->data = malloc(BUFFER_BYTES);
    }
    if (feed == NULL || feed->data == NULL) {
        free(feed);
        err_set(err, ERR_LIMIT, "no memory to read a log");
        return NULL;
    }
    return feed;
}

void feed_free(struct feed *feed)
{
    if (feed != NULL) {
        log_batch_clear(&feed->batch);
        archive_cursor_close(&feed->cursor);
        free(feed->data);
        free(feed);
    }
}

/* *ret_got = 0 at the end. -1 only when the bytes cannot be had; the job then ends there. */
static int intake_read(struct intake *intake, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (intake->stream != NULL) {
        return stream_read(intake->stream, into, room, ret_got, err);
    }
    size_t want = intake->to - intake->at < room ? (size_t)(intake->to - intake->at) : room;
    ssize_t got = 0;
    while (want > 0 && (got = pread(intake->source->fd, into, want, (off_t)intake->at)) < 0) {
        if (errno != EINTR) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
    }
    if (want > 0 && got == 0) {
        return err_set(err, ERR_IO, "became shorter while it was read");
    }
    intake->at += (uint64_t)got;
    *ret_got = (size_t)got;
    return 0;
}

struct flow {
    struct feed *feed;
    const struct feed_taker *taker;
    struct tally *tally;
    struct log_state state;
    uint64_t offset; /* of data[0] in the file (unpacked) */
    size_t len;      /* bytes in the buffer */
    bool is_long;    /* inside a line that is too long */
};

/* A record of a web log is one line of text; others may have line ends in them. */
static uint32_t lines_of_text(const struct log_line *line, bool is_web)
{
    uint32_t count = 0;
    const char *at = line->text, *end = line->text + line->size;
    while (!is_web && at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        count++;
        at++;
    }
    return count == 0 ? 1 : count;
}

static void count_batch(struct tally *tally, struct log_batch *batch, bool is_web)
{
    uint32_t row = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct log_line *line = &batch->lines[i];
        line->row = row;
        row += lines_of_text(line, is_web);
        tally->count[line->class_id]++;
        tally->bytes[line->class_id] += line->size;
        tally->bytes[LOG_NUL] += line->skipped;
    }
    tally->lines += batch->count;
    tally->text_lines += row;
}

static void drop_front(struct flow *flow, size_t bytes)
{
    flow->len -= bytes;
    flow->offset += bytes;
    memmove(flow->feed->data, flow->feed->data + bytes, flow->len);
}

/* Whole lines out of the buffer; the unfinished one moves to its front. */
static int drain(struct flow *flow, const struct log_reader *reader, bool is_last, struct err *err)
{
    struct feed *feed = flow->feed;
    size_t done = 0;
    while (done < flow->len) {
        struct str block = {feed->data + done, flow->len - done};
        size_t took = reader->format->parse(reader->setup, &flow->state, block, is_last, &feed->batch);
        if (took == 0) {
            break;
        }
        uint64_t first_line = flow->tally->text_lines + 1;
        count_batch(flow->tally, &feed->batch, reader->format->kind == LOG_WEB);
        TRY(flow->taker->take(flow->taker->self, &feed->batch, flow->offset + done, first_line, err));
        done += took;
    }
    drop_front(flow, done);
    return 0;
}

/* The same, but only lines that are wanted are parsed: each as a block of its own. */
static int drain_wanted(struct flow *flow, const struct log_reader *reader, bool is_last, struct err *err)
{
    struct feed *feed = flow->feed;
    const struct feed_taker *taker = flow->taker;
    size_t done = 0;
    while (done < flow->len) {
        size_t took = reader->format->glance(reader->setup, (struct str){feed->data + done, flow->len - done}, is_last,
                                             &feed->glances);
        if (took == 0) {
            break;
        }
        for (size_t i = 0; i < feed->glances.count; i++) {
            const struct log_glance *line = &feed->glances.lines[i];
            struct str client = {line->text + line->client.at, line->client.len};
            if (client.len == 0 || taker->wants(taker->self, client)) {
                uint64_t offset = flow->offset + (uint64_t)(line->text - feed->data);
                (void)reader->format->parse(reader->setup, &flow->state, (struct str){line->text, line->size}, true,
                                            &feed->batch);
                feed->batch.lines[0].row = 0;
                TRY(taker->take(taker->self, &feed->batch, offset, flow->tally->text_lines + i + 1, err));
            }
        }
        flow->tally->lines += feed->glances.count;
        flow->tally->text_lines += feed->glances.count;
        done += took;
    }
    drop_front(flow, done);
    return 0;
}

/* Inside a line that is too long: everything to its end is of that class. */
static void pass_long(struct flow *flow)
{
    const char *end = memchr(flow->feed->data, '\n', flow->len);
    size_t bytes = end != NULL ? (size_t)(end - flow->feed->data) + 1 : flow->len;
    flow->tally->bytes[LOG_TOO_LONG] += bytes;
    drop_front(flow, bytes);
    if (end != NULL) {
        flow->tally->count[LOG_TOO_LONG]++;
        flow->tally->lines++;
        flow->tally->text_lines++;
        flow->is_long = false;
    }
}

/* The buffer holds more than a line may have and no line end: NULs go, and what is left may be too long. */
static void relieve(struct flow *flow)
{
    size_t nuls = 0;
    while (nuls < flow->len && flow->feed->data[nuls] == '\0') {
        nuls++;
    }
    flow->tally->bytes[LOG_NUL] += nuls;
    drop_front(flow, nuls);
    if (flow->len > LOG_LINE_MAX) {
        flow->is_long = true;
        pass_long(flow);
    }
}

static void keep_damage(char damage[static 256], const struct err *why)
{
    size_t n = strnlen(why->text, 255);
    memcpy(damage, why->text, n);
    damage[n] = '\0';
}

static int run_flow(struct flow *flow, struct intake *intake, char damage[static 256], struct err *err)
{
    bool is_last = false;
    while (!is_last) {
        size_t got = 0;
        struct err why = {0};
        if (intake_read(intake, flow->feed->data + flow->len, READ_BYTES, &got, &why) != 0) {
            keep_damage(damage, &why);
        }
        flow->len += got;
        is_last = got == 0;
        if (flow->is_long && flow->len > 0) {
            pass_long(flow);
        }
        const struct log_reader *reader = &intake->source->reader;
        bool is_choosy = flow->taker->wants != NULL && reader->format->glance != NULL;
        TRY(is_choosy ? drain_wanted(flow, reader, is_last, err) : drain(flow, reader, is_last, err));
        if (flow->len > LOG_LINE_MAX) {
            relieve(flow);
        }
    }
    if (flow->is_long) {
        flow->tally->count[LOG_TOO_LONG]++;
        flow->tally->lines++;
        flow->tally->text_lines++;
    }
    return 0;
}

/* A file from its beginning, or an archive's entry. */
static struct stream *open_stream(struct feed *feed, const struct source *source, struct err *err)
{
    struct stream_input entry;
    if (source->archive != NULL) {
        return archive_entry(&feed->cursor, source, &entry, err) == 0 ? stream_open_from(&entry, err) : NULL;
    }
    if (lseek(source->fd, 0, SEEK_SET) != 0) {
        err_set(err, ERR_IO, "%s", strerror(errno));
        return NULL;
    }
    return stream_open(source->fd, err);
}

int feed_job(struct feed *feed, const struct source *source, const struct job *job, const struct feed_taker *taker,
             struct tally *tally, char damage[static 256], struct err *err)
{
    struct flow flow = {.feed = feed, .taker = taker, .tally = tally, .offset = job->from};
    struct intake intake = {.source = source, .at = job->from, .to = job->to};
    OWN(own_stream) struct stream *stream = NULL;
    damage[0] = '\0';
    if (source->is_packed) {
        struct err why = {0};
        stream = open_stream(feed, source, &why);
        if (stream == NULL || (source->encoding != NULL && stream_as_text(stream, &why) != 0)) {
            if (why.kind == ERR_LIMIT && source->archive == NULL) {
                *err = why;
                return -1;
            }
            keep_damage(damage, &why);
            return 0;
        }
        intake.stream = stream;
    }
    return run_flow(&flow, &intake, damage, err);
}

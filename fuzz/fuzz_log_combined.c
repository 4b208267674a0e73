/* formats/log_combined.c, and what trace makes of its fields (client.c, path.c): every byte lies in exactly one line, every
 * field inside its line, and a block cut anywhere reads as the whole one does. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/log.h"
#include "trace/inside.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_span(const struct log_line *line, struct log_span span)
{
    check(span.at <= line->len && span.len <= line->len - span.at);
}

static struct paths *followed(void)
{
    static struct paths paths;
    static const struct str seeds[] = {{"/uploads/a.php", 14}, {"/a", 2}, {"/db.php", 7}};
    if (paths.all == NULL) {
        check(paths_init(&paths, seeds, 3, NULL) == 0);
    }
    return &paths;
}

static void check_line(const struct log_line *line)
{
    check(line->class_id < LOG_CLASS_COUNT && line->len <= line->size);
    if (!log_is_parsed(line)) {
        return;
    }
    const struct log_span spans[] = {line->client, line->user,    line->vhost, line->method,
                                     line->target, line->referer, line->agent};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        check_span(line, spans[i]);
    }
    check(line->client.len > 0 && line->second >= -86400 && line->second <= INT64_C(9214646400));
    char normal[PATH_BYTES];
    struct str target = log_field(line, line->target);
    size_t len = path_normal(normal, target);
    check(len <= PATH_BYTES);
    if (len > 0) {
        char again[PATH_BYTES];
        (void)path_is_script((struct str){normal, len});
        (void)path_writable_hint((struct str){normal, len});
        (void)path_normal(again, (struct str){normal, len});
    }
    (void)path_match(followed(), target);
    (void)target_look(target);
    (void)client_key_of(log_field(line, line->client));
}

struct sums {
    uint64_t lines, bytes, classes[LOG_CLASS_COUNT], bodies;
};

/* Reads all of input; blocks end at most `step` bytes further each time, as a file would be read. */
static struct sums read_all(struct str input, size_t step)
{
    static struct log_batch batch;
    struct log_state state = {0};
    struct sums sums = {0};
    size_t done = 0, seen = 0;
    while (done < input.len) {
        seen = input.len - seen < step ? input.len : seen + step;
        size_t took =
            log_combined.parse(NULL, &state, (struct str){input.data + done, seen - done}, seen == input.len, &batch);
        check(took <= seen - done && batch.count <= LOG_BATCH);
        uint64_t bytes = 0;
        for (size_t i = 0; i < batch.count; i++) {
            const struct log_line *line = &batch.lines[i];
            bytes += (uint64_t)line->size + line->skipped;
            sums.lines++;
            sums.classes[line->class_id]++;
            sums.bodies += log_is_parsed(line) && line->bytes != LOG_NO_BYTES ? line->bytes : 0;
            check_line(line);
        }
        check(bytes == took);
        check(took > 0 || seen < input.len);
        sums.bytes += bytes;
        done += took;
        seen = took > 0 && batch.count == LOG_BATCH ? done : seen;
    }
    return sums;
}

/* A glance takes the same lines, and finds the client that reading finds. */
static void check_glance(struct str input)
{
    static struct log_batch batch;
    static struct log_glances glances;
    struct log_state state = {0};
    size_t took = log_combined.parse(NULL, &state, input, true, &batch);
    check(log_combined.glance(NULL, input, true, &glances) == took && glances.count == batch.count);
    for (size_t i = 0; i < batch.count; i++) {
        struct log_span client = glances.lines[i].client;
        check(glances.lines[i].size == batch.lines[i].size + batch.lines[i].skipped);
        check(client.at <= glances.lines[i].size && client.len <= glances.lines[i].size - client.at);
        bool is_told = log_is_parsed(&batch.lines[i]) && client.len > 0;
        check(!is_told || (client.at == batch.lines[i].client.at && client.len == batch.lines[i].client.len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* a block of exactly this size, so that a read beyond it is caught */
    char *own = malloc(size + 1);
    check(own != NULL);
    memcpy(own, data, size);
    char *exact = realloc(own, size == 0 ? 1 : size);
    struct str input = {exact, size};
    struct sums whole = read_all(input, size + 1);
    struct sums pieces = read_all(input, size == 0 ? 1 : (size_t)data[0] + 1);
    check(whole.bytes == size && memcmp(&whole, &pieces, sizeof whole) == 0);
    check_glance(input);
    int64_t first;
    struct log_reader reader;
    const struct log_spec spec = {.where = "x", .zone_minutes = LOG_NO_ZONE};
    if (log_open(&spec, input, &reader, &first, NULL) == 0) {
        log_close(&reader);
    }
    free(exact);
    return 0;
}

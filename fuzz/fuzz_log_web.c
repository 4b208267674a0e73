/* Readers of access logs (formats/log_*.c of kind web): the first byte chooses a reader with a fixed setup, or lets the input be a
 * server's configuration or a file of unknown format. Every byte lies in exactly one line, every field inside its line or the batch's
 * scratch, and a block cut anywhere reads as the whole one does. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"
#include "formats/log_config.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

#define REQUEST "\"GET /a HTTP/1.1\""

/* A format that is given, or NULL, and a file that its reader claims. */
static const struct {
    const char *given, *file;
} setups[] = {
    {"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %D",
     "192.0.2.1 - - [14/Mar/2026:21:47:09 +0000] " REQUEST " 200 5 \"-\" \"-\" 7\n"},
    {"%v:%p %{X-Forwarded-For}i %{%Y-%m-%d %T}t.%{msec_frac}t %{%z}t %m %U%q %>s %O %{ms}T",
     "a:80 192.0.2.1 2026-03-14 21:47:09.123 +0000 GET /a?b 200 5 7\n"},
    {"%a \"%q\" %{%b %e %I:%M:%S %p}t %m \"%U\" %>s %B", "192.0.2.1 \"?b\" Mar  4 09:47:09 PM GET \"/a\" 200 5\n"},
    {"$remote_addr:$remote_port $msec \"$request\" $status $bytes_sent $upstream_addr $request_time",
     "192.0.2.1:9 1773521229.877 " REQUEST " 200 5 10.0.0.1:80, 10.0.0.2:80 0.1\n"},
    {"escape=json {\"a\":\"$remote_addr\",\"t\":$msec,\"u\":\"$uri\",\"q\":\"$args\",\"m\":\"$request_method\",\"s\":$status}",
     "{\"a\":\"192.0.2.1\",\"t\":1773521229.877,\"u\":\"/a\",\"q\":\"b\",\"m\":\"GET\",\"s\":200}\n"},
    {NULL, "{\"msec\":1773521229.5,\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\",\"status\":200}\n"},
    {NULL, "{\"q\":\"192.0.2.1\",\"t\":\"2026-03-14T21:47:09Z\",\"r\":\"GET / HTTP/1.1\",\"s\":200}\n"},
    {NULL, "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-03-14 21:47:09 192.0.2.1 GET /a 200\n"},
    {NULL,
     "#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status\n2026-03-14\t21:47:09\tF\t192.0.2.1\tGET\t/a\t200\n"},
    {NULL,
     "http 2026-03-14T20:47:09.1Z a 192.0.2.1:4711 10.0.0.1:80 0.0 0.2 0.0 200 200 34 366 \"GET http://a/a HTTP/1.1\" \"c\" x "
     "y z \"r\"\n"},
    {NULL,
     "192.0.2.1:33317 [14/Mar/2026:21:47:09.655] a b/c 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 " REQUEST "\n"},
    {NULL, "- -  14/Mar/2026:21:47:09 +0000 \"GET /index.php\" 200\n"},
    {NULL, "1773521229.779    180 192.0.2.1 TCP_MISS/200 411 GET http://a/a ann HIER_DIRECT/10.0.0.1 text/html\n"},
    {NULL,
     "[14/Mar/2026:21:47:09 +0100] ann e 192.0.2.1 GET /a b HTTP/1.1 200 1020ms 7881 http://r/ Mozilla/5.0 (X11)\n"},
};
enum { SETUPS = sizeof setups / sizeof *setups };

static const struct log_reader *reader_of(size_t which)
{
    static struct log_reader readers[SETUPS];
    if (readers[which].format == NULL) {
        const struct log_spec spec = {.formats = &setups[which].given,
                                      .format_count = setups[which].given != NULL,
                                      .zone_minutes = LOG_NO_ZONE,
                                      .written = time_parse(STR("2026-03-20T00:00:00Z")),
                                      .where = "x"};
        int64_t first;
        check(log_open(&spec, str_of(setups[which].file), &readers[which], &first, NULL) == 0);
    }
    return &readers[which];
}

static void check_span(const struct log_line *line, size_t scratch, struct log_span span)
{
    size_t at = span.at & ~LOG_IN_SCRATCH, room = span.at == at ? line->len : scratch;
    check(span.len == 0 || (at <= room && span.len <= room - at));
}

/* has: of the reader. A field whose bit is missing is not set (formats/log.h): in a batch it still holds what another reader left. */
static void check_line(const struct log_line *line, size_t scratch, unsigned has)
{
    check(line->class_id < LOG_CLASS_COUNT && line->len <= line->size);
    if (!log_is_parsed(line)) {
        return;
    }
    static const struct log_span unset;
    const bool has_agent = (has & LOG_HAS_AGENT) != 0;
    const struct log_span spans[] = {line->client,
                                     line->user,
                                     line->vhost,
                                     line->method,
                                     line->target,
                                     has_agent ? line->referer : unset,
                                     has_agent ? line->agent : unset,
                                     (has & LOG_HAS_FORWARDED) != 0 ? line->forwarded : unset};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        check_span(line, scratch, spans[i]);
    }
    check(line->client.len > 0 && line->second >= -86400 && line->second <= INT64_C(9214646400) + 86400);
    check(line->nano < 1000000000 && line->status < 1000 && (line->method.len == 0) == (line->target.len == 0));
}

struct sums {
    uint64_t lines, bytes, classes[LOG_CLASS_COUNT], bodies, fields, seconds;
};

static struct sums read_all(const struct log_reader *reader, struct str input, size_t step)
{
    static struct log_batch batch;
    struct log_state state = {0};
    struct sums sums = {0};
    size_t done = 0, seen = 0;
    while (done < input.len) {
        seen = input.len - seen < step ? input.len : seen + step;
        struct str block = {input.data + done, seen - done};
        size_t took = reader->format->parse(reader->setup, &state, block, seen == input.len, &batch);
        check(took <= seen - done && batch.count <= LOG_BATCH);
        uint64_t bytes = 0;
        for (size_t i = 0; i < batch.count; i++) {
            const struct log_line *line = &batch.lines[i];
            bytes += (uint64_t)line->size + line->skipped;
            sums.lines++;
            sums.classes[line->class_id]++;
            check_line(line, batch.scratch.len, reader->has);
            if (log_is_parsed(line)) {
                sums.bodies += line->bytes != LOG_NO_BYTES ? line->bytes : 0;
                sums.fields += (uint64_t)line->target.len + line->client.len;
                sums.fields += (reader->has & LOG_HAS_AGENT) != 0 ? line->agent.len : 0;
                sums.seconds += (uint64_t)line->second;
            }
        }
        check(bytes == took && (took > 0 || seen < input.len));
        sums.bytes += bytes;
        done += took;
        seen = took > 0 && batch.count == LOG_BATCH ? done : seen;
    }
    return sums;
}

static void check_config(struct str input)
{
    OWN(own_arena) struct arena keep = {0};
    const char *all[CONFIG_FORMATS_MAX];
    struct config_list list = {.all = all};
    arena_init(&keep, 0);
    if (config_formats(input, "x", &keep, &list, NULL) != 0) {
        return;
    }
    check(list.count > 0 && list.count <= CONFIG_FORMATS_MAX);
    const struct log_spec spec = {
        .formats = all, .format_count = list.count, .zone_minutes = 60, .written = TIME_NONE, .where = "x"};
    struct log_reader reader;
    int64_t first;
    if (log_open(&spec, str_of(setups[0].file), &reader, &first, NULL) == 0) {
        check(log_cannot_show(&reader) != NULL);
        log_close(&reader);
    }
}

static void check_unknown(struct str input)
{
    const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = 0, .where = "x"};
    struct log_reader reader;
    int64_t first;
    if (log_open(&spec, input, &reader, &first, NULL) == 0) {
        /* what other kinds of logs promise of their lines is their own targets' business */
        check(reader.format->kind != LOG_WEB || read_all(&reader, input, input.len + 1).bytes == input.len);
        log_close(&reader);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t which = data[0] % (SETUPS + 2), step = (size_t)data[1] + 1;
    /* a block of exactly this size, so that a read beyond it is caught */
    char *exact = malloc(size - 2 == 0 ? 1 : size - 2);
    check(exact != NULL);
    memcpy(exact, data + 2, size - 2);
    struct str input = {exact, size - 2};
    if (which == SETUPS) {
        check_config(input);
    } else if (which == SETUPS + 1) {
        check_unknown(input);
    } else {
        const struct log_reader *reader = reader_of(which);
        struct sums whole = read_all(reader, input, input.len + 1);
        struct sums pieces = read_all(reader, input, step);
        check(whole.bytes == input.len && memcmp(&whole, &pieces, sizeof whole) == 0);
    }
    free(exact);
    return 0;
}

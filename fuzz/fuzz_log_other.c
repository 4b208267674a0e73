/* Readers of error logs, sign-ins and traffic counters: every byte lies in exactly one record, every field in its record, times are such as an
 * instant can hold, and whole or in pieces a file gives the same records. */
#include <stdint.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/log.h"

#include "base/banned.h"

static const struct log_format *const formats[] = {
    &log_apache_error, &log_auth,   &log_azure_flow,  &log_fpm_slow,    &log_ftp,
    &log_gcp_flow,     &log_nfdump, &log_nginx_error, &log_php_error,   &log_sadf,
    &log_sadf_json,    &log_sar,    &log_vnstat,      &log_vnstat_text, &log_vpc_flow};

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static uint64_t check_span(const struct log_line *line, struct log_span span)
{
    if ((span.at & LOG_IN_SCRATCH) == 0) {
        check(span.at <= line->len && span.len <= line->len - span.at);
    }
    return span.len == 0 ? 0 : str_hash(log_field(line, span));
}

static uint64_t check_line(const struct log_line *line)
{
    check(line->class_id < LOG_CLASS_COUNT && line->len <= line->size);
    if (!log_is_parsed(line)) {
        return line->class_id;
    }
    const struct log_span spans[] = {line->client,  line->user, line->vhost,  line->level,
                                     line->message, line->file, line->request};
    uint64_t sum =
        (uint64_t)line->second + line->bytes + line->bytes_in + line->rounded + line->duration_us + line->status;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        sum = sum * 31 + check_span(line, spans[i]);
    }
    check(line->second > -INT64_C(9300000000) && line->second < INT64_C(9300000000) && line->nano < 1000000000);
    check(line->duration_us == LOG_NO_BYTES || line->duration_us / 1000000 < UINT64_C(9300000000));
    return sum;
}

struct sums {
    uint64_t records, bytes, fields;
};

/* In pieces of `piece` bytes; SIZE_MAX: whole. */
static struct sums read_all(const struct log_format *format, const void *setup, struct str input, size_t piece)
{
    static struct log_batch batch;
    struct log_state state = {0};
    struct sums sums = {0};
    size_t done = 0, seen = 0;
    while (done < input.len) {
        seen = piece < input.len - seen ? seen + piece : input.len;
        size_t took = format->parse(setup, &state, str_slice(input, done, seen), seen == input.len, &batch);
        for (size_t i = 0; i < batch.count; i++) {
            sums.records++;
            sums.bytes += batch.lines[i].size + batch.lines[i].skipped;
            sums.fields = sums.fields * 31 + check_line(&batch.lines[i]);
        }
        done += took;
        check(took > 0 || seen < input.len);
    }
    check(sums.bytes == input.len);
    return sums;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 32768) {
        return 0;
    }
    struct str input = {(const char *)data + 1, size - 1};
    const struct log_spec spec = {.zone_minutes = (int16_t)(data[0] % 2 == 0 ? LOG_NO_ZONE : 60),
                                  .written = INT64_C(1767614400000000000),
                                  .where = "x"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        OWN(own_mem) void *setup = NULL;
        unsigned has = 0;
        if (formats[i]->probe(&spec, input, &setup, &has)) {
            struct sums whole = read_all(formats[i], setup, input, SIZE_MAX);
            struct sums pieces = read_all(formats[i], setup, input, 1 + data[0] / 2);
            check(whole.records == pieces.records && whole.fields == pieces.fields);
        }
    }
    struct log_reader reader;
    int64_t first;
    if (log_open(&spec, input, &reader, &first, NULL) == 0) {
        log_close(&reader);
    }
    return 0;
}

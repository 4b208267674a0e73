/* formats/log_mysql_*.c and log_postgresql*.c: every byte lies in exactly one record, every field inside its record, and blocks cut
 * anywhere read as the whole does. The first byte says which reader (opened with a head of its own), the second how far blocks go. */
#include <stdlib.h>

#include "../tests/unit/database_logs.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"

enum { READERS_MAX = 32 };
_Static_assert((int)DATABASE_LOGS <= (int)READERS_MAX, "room for all");

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const struct log_spec spec = {
    .where = "x", .zone_minutes = LOG_NO_ZONE, .written = INT64_C(1774000000) * 1000000000};

static const struct log_reader *reader_of(uint8_t which)
{
    static struct log_reader readers[READERS_MAX];
    struct log_reader *reader = &readers[which % DATABASE_LOGS];
    int64_t first;
    if (reader->format == NULL) {
        check(log_open(&spec, str_of(database_logs[which % DATABASE_LOGS].text), reader, &first, NULL) == 0);
    }
    return reader;
}

static uint64_t check_line(const struct log_line *line, size_t scratch_len)
{
    check(line->class_id < LOG_CLASS_COUNT && line->len <= line->size);
    if (!log_is_parsed(line)) {
        return line->class_id;
    }
    const struct log_span spans[] = {line->client,  line->user,      line->database,
                                     line->command, line->statement, line->application};
    uint64_t sum = (uint64_t)line->second + line->nano + line->session + line->rows + line->bytes + line->duration_us;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        size_t room = (spans[i].at & LOG_IN_SCRATCH) == 0 ? line->len : scratch_len, at = spans[i].at & ~LOG_IN_SCRATCH;
        check(at <= room && spans[i].len <= room - at);
        sum = sum * 31 + str_hash(log_field(line, spans[i]));
    }
    check(line->nano < 1000000000 && line->second > -86400 && line->second < INT64_C(9223372036));
    return sum;
}

struct sums {
    uint64_t bytes, fields, classes[LOG_CLASS_COUNT];
};

static struct sums read_all(const struct log_reader *reader, struct str input, size_t step)
{
    static struct log_batch batch;
    struct log_state state = {0};
    struct sums sums = {0};
    size_t done = 0, seen = 0;
    while (done < input.len) {
        seen = input.len - seen < step ? input.len : seen + step;
        size_t took;
        do {
            took =
                reader->format->parse(reader->setup, &state, str_slice(input, done, seen), seen == input.len, &batch);
            check(took <= seen - done && batch.count <= LOG_BATCH);
            uint64_t bytes = 0;
            for (size_t i = 0; took > 0 && i < batch.count; i++) {
                bytes += (uint64_t)batch.lines[i].size + batch.lines[i].skipped;
                sums.classes[batch.lines[i].class_id]++;
                sums.fields = sums.fields * 31 + check_line(&batch.lines[i], batch.scratch.len);
            }
            check(bytes == took);
            sums.bytes += bytes;
            done += took;
        } while (took > 0 && done < seen);
        check(took > 0 || seen < input.len);
    }
    return sums;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    /* a block of exactly this size, so that a read beyond it is caught */
    char *exact = malloc(size - 2 + (size == 2));
    check(exact != NULL);
    memcpy(exact, data + 2, size - 2);
    struct str input = {exact, size - 2};
    const struct log_reader *reader = reader_of(data[0]);
    struct sums whole = read_all(reader, input, input.len + 1);
    struct sums pieces = read_all(reader, input, (size_t)data[1] + 1);
    check(whole.bytes == input.len && memcmp(&whole, &pieces, sizeof whole) == 0);
    struct log_reader found;
    int64_t first;
    if (log_open(&spec, input, &found, &first, NULL) == 0) {
        log_close(&found);
    }
    free(exact);
    return 0;
}

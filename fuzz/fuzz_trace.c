/* src/trace as a whole: logs of any bytes, plain or packed, end in one summary whose classes add up to what was read. What is behind a form
 * feed is a second log, so that one is laid beside the other. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assay/trace.h"
#include "base/json.h"

struct heard {
    unsigned summaries;
    char last_time[64];
};

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static int put(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct heard *heard = self;
    (void)err;
    check(heard->summaries == 0);
    if (kind == ASSAY_EVENT) {
        const char *at = json_text(body, "time", "");
        check(strcmp(heard->last_time, at) <= 0);
        snprintf(heard->last_time, sizeof heard->last_time, "%s", at);
    }
    if (kind == ASSAY_SUMMARY) {
        int64_t sum = 0;
        const char *name;
        json_t *bytes;
        json_object_foreach(json_object_get(body, "classes"), name, bytes)
        {
            sum += json_integer_value(bytes);
        }
        heard->summaries++;
        check(sum == json_int(body, "bytes_in", -1));
        check(json_int(body, "lines", -1) ==
              json_int(body, "parsed", 0) + json_int(body, "rejected", 0) + json_int(body, "blank", 0));
    }
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

/* The part as a file; its name goes to path. */
static void put_file(int *file, const char *name, const uint8_t *data, size_t size, char path[static 32])
{
    *file = *file < 0 ? memfd_create(name, 0) : *file;
    check(*file >= 0 && ftruncate(*file, 0) == 0 && pwrite(*file, data, size, 0) == (ssize_t)size);
    snprintf(path, 32, "/proc/self/fd/%d", *file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int first_file = -1, second_file = -1;
    char first[32], second[32];
    const uint8_t *feed = size > 0 ? memchr(data, '\f', size) : NULL;
    size_t len = feed == NULL ? size : (size_t)(feed - data);
    put_file(&first_file, "log", data, len, first);
    if (feed != NULL) {
        put_file(&second_file, "second", feed + 1, size - len - 1, second);
    }
    const char *const logs[] = {first, second};
    const struct assay_trace_seed seeds[] = {{"/uploads/a.php", "shell", INT64_C(1773524831000000000)},
                                             {"/a", NULL, INT64_MIN}};
    const struct assay_trace_options options = {.logs = logs,
                                                .log_count = feed == NULL ? 1 : 2,
                                                .seeds = seeds,
                                                .seed_count = 2,
                                                .is_hunt = (size & 1) != 0,
                                                .jobs = 1};
    struct heard heard = {0};
    const struct assay_sink sink = {.self = &heard, .put = put, .complain = complain};
    struct err err = {0};
    check(assay_trace(&options, &sink, &err) == 0 ? heard.summaries == 1 : err.kind != ERR_NONE && err.kind != ERR_BUG);
    return 0;
}

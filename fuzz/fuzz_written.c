/* Files beside requests, of any times, clients and pages: no more requests are taken than files have one, and what lies at the logs' ends is never told of. */
#include <stdlib.h>

#include "trace/written.h"

enum { MOST = 200, FILE_BYTES = 6, REQUEST_BYTES = 4 };

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct written_file file_of(const uint8_t *at)
{
    static const char *const names[] = {"/up/photo.jpg", "/up/photo-150x150.jpg", "/up/a.php", "/up/"};
    return (struct written_file){.path = {names[at[0] & 3], strlen(names[at[0] & 3])},
                                 .folder = at[0] >> 2 & 3,
                                 .is_read = (at[0] & 16) != 0,
                                 .is_scripted = (at[0] & 32) != 0,
                                 .is_at_end = (at[0] & 64) != 0,
                                 .second = at[1] | at[2] << 8,
                                 .reader = {0, at[3] & 7},
                                 .read_at = at[1] | at[2] << 8,
                                 .read_order = at[4] | (uint64_t)at[5] << 8};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct written_file files[MOST];
    static struct written_request requests[MOST];
    size_t file_count = 0, request_count = 0, taken = 0, with = 0;
    size_t asked = size > 0 ? data[0] % MOST : 0, at = 1;
    while (file_count < asked && at + FILE_BYTES <= size) {
        files[file_count++] = file_of(data + at);
        at += FILE_BYTES;
    }
    while (request_count < MOST && at + REQUEST_BYTES <= size) {
        requests[request_count] = (struct written_request){.second = data[at] | data[at + 1] << 8,
                                                           .order = request_count,
                                                           .key = {0, data[at + 2] & 7},
                                                           .page = data[at + 3] & 31};
        request_count++;
        at += REQUEST_BYTES;
    }
    struct err err = {0};
    check(written_compare(files, file_count, requests, request_count, &err) == 0);
    for (size_t i = 0; i < request_count; i++) {
        taken += requests[i].is_taken;
    }
    for (size_t i = 0; i < file_count; i++) {
        with += files[i].state == WRITTEN_BY_UPLOAD || files[i].state == WRITTEN_MAYBE;
        check(!files[i].is_at_end || files[i].state == WRITTEN_UNKNOWN || files[i].state == WRITTEN_BY_UPLOAD);
    }
    check(taken <= with);
    return 0;
}

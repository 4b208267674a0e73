/* Targets assay_read()'s whole way: kind, encoding, mail, page, sentences, names, dates, statements. Proposals are well-formed: every one has its
 * class, id and sentence, and the summary comes once and last. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assay/read.h"
#include "base/json.h"

struct heard {
    unsigned summaries;
};

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct heard *heard = self;
    (void)err;
    if (heard->summaries != 0 || json_dumpb(body, NULL, 0, 0) == 0) {
        abort();
    }
    heard->summaries += kind == ASSAY_SUMMARY;
    if (kind == ASSAY_FINDING && (json_text(body, "class", NULL) == NULL || json_text(body, "id", NULL) == NULL)) {
        abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct heard heard = {0};
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    struct assay_read_options options = {.path = "input", .fd = fd, .lexicons = "data/read", .published = INT64_MIN};
    struct assay_sink sink = {&heard, hear, NULL, NULL};
    int failed = assay_read(&options, &sink, &err);
    close(fd);
    if (failed == 0 ? heard.summaries != 1 : err.kind != ERR_LIMIT) {
        abort();
    }
    return 0;
}

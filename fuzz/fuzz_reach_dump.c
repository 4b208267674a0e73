/* reach/dump_*.c: dumps of schemas and grants written by strangers. */
#include "reach/dump.h"

struct source_bytes {
    const uint8_t *data;
    size_t left;
};

static int give(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct source_bytes *bytes = self;
    (void)err;
    size_t got = bytes->left < room ? bytes->left : room;
    got = got > 4099 ? 4099 : got; /* so that statements are cut everywhere */
    memcpy(into, bytes->data, got);
    bytes->data += got;
    bytes->left -= got;
    *ret_got = got;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dump_model model;
    struct err err = {0};
    struct source_bytes bytes = {data, size};
    struct table_bytes from = {&bytes, give};
    if (dump_model_open(&model, &err) == 0) {
        (void)!dump_read_bytes(&from, &model, &err);
    }
    own_dump_model(&model);
    return 0;
}

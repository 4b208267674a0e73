/* The eight files of the private comparison, as they come from a counterpart; what is sealed in tags; --key. The lists behind
 * are read through list.h: of a file that parses, as a list of points and as a list of tags. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/own.h"
#include "private/keys.h"
#include "private/list.h"

/* Any root will do: chunk roots are hashed, and the first chunk compared. */
static void read_list(const struct wire_file *file, const uint8_t *data, size_t size, size_t width)
{
    OWN(own_fd) int fd = memfd_create("list", MFD_CLOEXEC);
    OWN(own_list_in) struct list_in in = {0};
    uint64_t at = wire_lists_at(file);
    struct list_place place = {fd, "list", at, (size - at) / (width + 32), width, NULL, at};
    struct sha256 root = {{0}};
    const uint8_t *records;
    size_t count;
    if (fd < 0 || size < at || place.n == 0 || write(fd, data, size) != (ssize_t)size) {
        return;
    }
    struct tree tree = {0};
    for (uint64_t i = 0; i < wire_chunks(place.n); i++) {
        struct sha256 chunk;
        memcpy(chunk.bytes, data + at + 32 * i, 32);
        tree_add(&tree, &chunk);
    }
    root = tree_root(&tree);
    if (list_open(&in, &place, &root, NULL) == 0) {
        (void)!list_next(&in, &records, &count, NULL);
    }
}

static void put(struct buf *out, const struct wire_file *file)
{
    switch (file->kind) {
    case WIRE_COMMIT:
        wire_put_commit(out, &file->commit);
        return;
    case WIRE_OFFER:
        wire_put_offer(out, &file->offer);
        return;
    case WIRE_ANSWER:
        wire_put_answer(out, &file->answer);
        return;
    case WIRE_TAGS:
        wire_put_tags(out, &file->tags);
        return;
    case WIRE_RESULT:
        wire_put_result(out, &file->result);
        return;
    case WIRE_ASK:
        wire_put_ask(out, &file->ask);
        return;
    case WIRE_OPEN:
        wire_put_open(out, &file->open);
        return;
    case WIRE_FIX:
        wire_put_fix(out, &file->fix);
        return;
    case WIRE_KINDS:
        break;
    }
    abort(); /* a kind that nobody knows was read */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(own_wire_file) struct wire_file file = {.fd = -1};
    struct str bytes = {(const char *)data, size};
    struct wire_tags_secret secret;
    struct key_type type;
    if (wire_parse(&file, bytes, NULL) == 0) {
        OWN(own_buf) struct buf body = {0};
        put(&body, &file);
        /* what was read is what would be written */
        if (body.len != file.head.len - WIRE_FRAME_BYTES ||
            memcmp(body.data, file.head.data + WIRE_FRAME_BYTES, body.len) != 0) {
            abort();
        }
        read_list(&file, data, size, GROUP_BYTES);
        read_list(&file, data, size, SUITE_TAG_BYTES);
    }
    (void)!wire_get_tags_secret(&secret, bytes);
    (void)!key_type_read(&type, bytes, NULL);
    return 0;
}

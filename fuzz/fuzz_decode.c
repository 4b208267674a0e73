/* A request target of any bytes: what its query carries is decoded within bounds and to text, and its signs are told without
 * reading past it. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "trace/decode.h"
#include "trace/hunt.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str target = {(const char *)data, size};
    struct decoded found[DECODED_MAX];
    struct signs signs;
    struct arena arena;
    arena_init(&arena, 0);
    size_t count = decode_query(path_query(target), &arena, found);
    check(count <= DECODED_MAX);
    for (size_t i = 0; i < count; i++) {
        check(found[i].text.len > 0 && found[i].text.len <= DECODE_TEXT);
        check(found[i].how[0] != '\0' && memchr(found[i].how, '\0', DECODE_HOW) != NULL);
    }
    arena_clear(&arena);
    (void)sql_injection(target);
    if (size > 0 && size <= UINT32_MAX) {
        const struct log_line line = {
            .text = target.data, .len = (uint32_t)size, .target = {0, (uint32_t)size}, .agent = {0, (uint32_t)size}};
        signs_of(&signs, &line);
        check(memchr(signs.decoded, '\0', sizeof signs.decoded) != NULL);
    }
    return 0;
}

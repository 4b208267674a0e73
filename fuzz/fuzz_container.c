/* formats/container.c and phar.c: whatever the bytes, the entries end, no more comes out than the budget, and errors have words. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/container.h"
#include "formats/phar.h"

enum { ENTRIES_MAX = 64, OUT_MAX = 1 << 20, PIECE_BYTES = 8192, DEPTH_MAX = 2 };

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void drain(struct container *container, unsigned depth)
{
    struct err err = {.kind = ERR_NONE};
    struct container_item item;
    bool any;
    while (container_next(container, &item, &any, &err) == 0 && any) {
        static char piece[PIECE_BYTES];
        size_t got = 0;
        bool is_read = container_read(container, piece, sizeof piece, &got, &err) == 0;
        check(got <= sizeof piece && item.path.data != NULL);
        struct container *nested = is_read && depth < DEPTH_MAX && container_probe((struct str){piece, got}) != NULL
                                       ? container_open_entry(container, (struct str){piece, got}, NULL)
                                       : NULL;
        if (nested != NULL) {
            drain(nested, depth + 1);
            container_close(nested);
        }
        while (is_read && got > 0) {
            is_read = container_read(container, piece, sizeof piece, &got, &err) == 0;
        }
        check(is_read || (err.kind != ERR_NONE && err.text[0] != '\0'));
        err = (struct err){.kind = ERR_NONE};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct container_budget budget = {.bytes = OUT_MAX, .entries = ENTRIES_MAX};
    struct container *container = container_open_bytes(bytes, &budget, NULL);
    if (container != NULL) {
        drain(container, 0);
        container_close(container);
    }
    budget = (struct container_budget){.bytes = OUT_MAX, .entries = ENTRIES_MAX};
    container = phar_is(bytes) ? container_open_phar(bytes, &budget, NULL) : NULL;
    if (container != NULL) {
        drain(container, 0);
        container_close(container);
    }
    check(budget.bytes <= OUT_MAX && budget.entries <= ENTRIES_MAX);
    return 0;
}

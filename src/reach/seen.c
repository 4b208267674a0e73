/* What was counted already, by 64-bit hashes: of a billion chances that two of 100,000 tables share one, not one comes true. */
#include <stdlib.h>

#include "base/str.h"
#include "reach/inside.h"

#include "base/banned.h"

enum { SLOTS_START = 1 << 10, SLOTS_MAX = 1 << 25 };

void seen_clear(struct seen *seen)
{
    free(seen->hashes);
    *seen = (struct seen){0};
}

/* False if it was there. There is always a free slot. */
static bool put(uint64_t *hashes, size_t slots, uint64_t hash)
{
    size_t at = (size_t)hash & (slots - 1);
    while (hashes[at] != 0) {
        if (hashes[at] == hash) {
            return false;
        }
        at = (at + 1) & (slots - 1);
    }
    hashes[at] = hash;
    return true;
}

static int grow(struct seen *seen, struct err *err)
{
    if (seen->slots != 0 && seen->used < seen->slots / 2) {
        return 0;
    }
    size_t slots = seen->slots == 0 ? SLOTS_START : seen->slots * 2;
    uint64_t *hashes = slots <= SLOTS_MAX ? calloc(slots, sizeof *hashes) : NULL;
    if (hashes == NULL) {
        return err_set(err, ERR_LIMIT, "more tables than can be told apart");
    }
    for (size_t i = 0; i < seen->slots; i++) {
        if (seen->hashes[i] != 0) {
            (void)put(hashes, slots, seen->hashes[i]);
        }
    }
    free(seen->hashes);
    seen->hashes = hashes;
    seen->slots = slots;
    return 0;
}

int seen_add(struct seen *seen, struct str key, const char *what, bool *ret_is_new, struct err *err)
{
    uint64_t hash = str_hash(key) ^ (str_hash(str_of(what)) * UINT64_C(0x9E3779B97F4A7C15));
    TRY(grow(seen, err));
    *ret_is_new = put(seen->hashes, seen->slots, hash != 0 ? hash : 1);
    seen->used += *ret_is_new;
    return 0;
}

/* Timestamp responses: whatever is called good is over the digest that was asked for, and its certificates can be written. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(own_buf) struct buf chain = {0};
    struct stamp stamp;
    struct sha256 digests[2] = {sha256_of(STR("hello\n")), sha256_of(STR("nothing"))};
    struct str bytes = {(const char *)data, size};
    struct stamp_trust nobody = {.roots = {NULL, 0}};
    struct err err = {0};
    if (stamp_check(&stamp, bytes, digests, 2, NULL, &nobody, &err) != 0) {
        if (err.kind == ERR_NONE || err.kind == ERR_BUG) {
            abort();
        }
        return 0;
    }
    if (stamp.which > 1 || stamp.is_chained || stamp_chain(&chain, bytes, NULL) != 0 || chain.len == 0) {
        abort();
    }
    /* what was not stamped is not called stamped */
    if (stamp_check(&stamp, bytes, &digests[1 - stamp.which], 1, NULL, &nobody, NULL) == 0) {
        abort();
    }
    return 0;
}

/* Timestamp responses: whatever is called good is over the digest that was asked for, and its certificates can be written. Input in PEM is
 * put to a sound response (a seed, where it runs in the source tree) as the roots to trust and the lists of what they revoked. */
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/stamp.h"

static void try_trust(struct str pem)
{
    static struct buf sound;
    struct sha256 digest = sha256_of(STR("hello\n"));
    struct stamp_trust trust = {.roots = pem, .crls = pem};
    struct stamp stamp;
    struct err err = {0};
    (void)!stamp_lists(pem, &err);
    if (sound.len == 0 && file_read("fuzz/corpus/stamp/chained", 1 << 20, &sound, NULL) != 0) {
        return;
    }
    if (stamp_check(&stamp, buf_str(&sound), &digest, 1, NULL, &trust, &err) == 0 &&
        (!stamp.is_chained || stamp.lists_used + stamp.lists_forged > stamp.lists)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(own_buf) struct buf chain = {0};
    struct stamp stamp;
    struct sha256 digests[2] = {sha256_of(STR("hello\n")), sha256_of(STR("nothing"))};
    struct str bytes = {(const char *)data, size};
    struct stamp_trust nobody = {.roots = {NULL, 0}};
    struct err err = {0};
    if (str_starts(bytes, STR("-----BEGIN"))) {
        try_trust(bytes);
        return 0;
    }
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

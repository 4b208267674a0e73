/* What was left out of a bundle and is shown later: a document against the withheld digests, lines of the ledger against the
 * leaf hashes that stand in their places. */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/bundle.h"

#include "base/banned.h"

enum { OPENED_MAX = 64 << 20 };

/* *ret_n: the entry that this line opens. NULL when it does. */
static const char *wrong_line(struct bundle *bundle, struct str line, uint64_t *ret_n)
{
    struct envelope envelope;
    if (canon_read(&envelope, line) != NULL) {
        return "is neither a line of a ledger nor a document that was withheld";
    }
    if (envelope.n >= bundle->leaves_count) {
        return "is an entry behind the end of this ledger";
    }
    *ret_n = envelope.n;
    struct sha256 leaf = tree_leaf(line);
    if (!sha256_eq(&leaf, &bundle->leaves[envelope.n])) {
        return "is not the entry that was left out: its leaf hash is another";
    }
    return NULL;
}

static int open_lines(struct bundle *bundle, const char *path, struct str text, uint64_t *opened)
{
    for (uint64_t number = 1; text.len != 0; number++) {
        struct str_cut line = str_cut(text, '\n');
        char where[512];
        uint64_t n = 0;
        const char *wrong = wrong_line(bundle, line.head, &n);
        (void)snprintf(where, sizeof where, "%.400s:%" PRIu64, path, number);
        text = line.tail;
        if (wrong != NULL) {
            TRY(verify_problem(&bundle->verify, VERIFY_ALTERED, where, wrong, ""));
            continue;
        }
        *opened += 1;
        if (bundle->is_redacted[n]) {
            bundle->is_redacted[n] = false;
            bundle->redacted--;
        }
    }
    return 0;
}

static int open_one(struct bundle *bundle, const char *path, uint64_t *opened)
{
    struct err *err = bundle->verify.err;
    OWN(own_buf) struct buf bytes = {.max = OPENED_MAX};
    char hex[SHA256_HEX + 1];
    struct sha256 digest;
    uint64_t size;
    TRY(file_digest(path, &digest, &size, err));
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    if (json_object_get(bundle->withheld, hex) != NULL) {
        *opened += 1;
        return json_object_del(bundle->withheld, hex) == 0 ? 0 : verify_no_memory(&bundle->verify);
    }
    if (size > OPENED_MAX) {
        return verify_problem(&bundle->verify, VERIFY_ALTERED, path, "is no document that was withheld", "");
    }
    TRY(file_read(path, OPENED_MAX, &bytes, err));
    return open_lines(bundle, path, buf_str(&bytes), opened);
}

int bundle_opened(struct bundle *bundle, const char *const *opened)
{
    uint64_t count = 0;
    char text[COUNT_TEXT];
    if (opened == NULL || opened[0] == NULL) {
        return 0;
    }
    for (size_t i = 0; opened[i] != NULL; i++) {
        TRY(open_one(bundle, opened[i], &count));
    }
    return verify_topic(&bundle->verify, "opened", "%s entries and documents are what was left out",
                        verify_count(text, count));
}

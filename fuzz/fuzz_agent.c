/* What an SSH agent answers: a list of keys or a signature. Whatever is read lies within the answer. */
#include <stdlib.h>

#include "base/str.h"
#include "ledger/agent.h"

static bool look(void *self, const struct agent_identity *identity)
{
    const struct str *answer = self;
    size_t blob = (size_t)(identity->blob.data - answer->data);
    size_t comment = (size_t)(identity->comment.data - answer->data);
    if (blob + identity->blob.len > comment || comment + identity->comment.len > answer->len) {
        abort();
    }
    if (identity->public_key != NULL) {
        char text[AGENT_FINGERPRINT];
        agent_fingerprint(text, identity->public_key);
        if (str_of(text).len != 7 + 43) {
            abort();
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str answer = {(const char *)data, size};
    uint8_t signature[SIGN_BYTES];
    int has_keys = agent_read_identities(answer, look, &answer, NULL);
    if (has_keys == 0 && agent_read_signature(answer, signature, NULL) == 0) {
        abort(); /* it is one or the other */
    }
    return 0;
}

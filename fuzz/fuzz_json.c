/* base/json.c: untrusted JSON, and the canonical form that is hashed. What was read can be written, and what was
 * written reads back as the same value and the same bytes. */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"

/* RFC 8785 writes 1e20 as 100000000000000000000, which a strict reader takes for an integer it cannot hold. */
static bool has_wide_real(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;
    bool is_wide = json_is_real(value) && fabs(json_real_value(value)) > 9007199254740992.0;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        is_wide |= has_wide_real(member);
    }
    json_array_foreach(value, i, member)
    {
        is_wide |= has_wide_real(member);
    }
    return is_wide;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    OWN(own_json) json_t *value = json_read((struct str){(const char *)data, size}, &err);
    if (value != NULL && has_wide_real(value)) {
        return 0;
    }
    if (value == NULL) {
        if (err.kind == ERR_NONE || err.text[0] == '\0') {
            abort(); /* refused without a reason */
        }
        return 0;
    }
    OWN(own_buf) struct buf once = {0};
    OWN(own_buf) struct buf twice = {0};
    if (json_canonical(&once, value, &err) != 0) {
        return 0; /* an integer beyond what JSON numbers carry, say */
    }
    OWN(own_json) json_t *again = json_read(buf_str(&once), &err);
    if (again == NULL || json_canonical(&twice, again, &err) != 0 || once.len != twice.len ||
        memcmp(once.data, twice.data, once.len) != 0) {
        abort();
    }
    return 0;
}

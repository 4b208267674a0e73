/* Bits, and how many came before. */
#include <stdlib.h>

#include "match/dense.h"

#include "base/banned.h"

int dense_open(struct dense *dense, const struct set *set, size_t column, struct err *err)
{
    size_t parts = set->value_count / 64 + 1;
    dense->count = 0;
    dense->parts = calloc(parts, sizeof(*dense->parts));
    if (dense->parts == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
    }
    for (size_t i = 0; i < parts; i++) {
        dense->parts[i].bits = set->columns[column].values[i];
        dense->parts[i].before = dense->count;
        dense->count += (uint32_t)__builtin_popcountll(dense->parts[i].bits);
    }
    return 0;
}

void dense_close(struct dense *dense)
{
    free(dense->parts);
    *dense = (struct dense){0};
}

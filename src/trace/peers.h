/* Rows by address, as many as there is room for: a row begins with its client_key, the rest is zero when it is new. */
#ifndef ASSAY_TRACE_PEERS_H
#define ASSAY_TRACE_PEERS_H

#include "trace/inside.h"

struct peers {
    char *rows;
    size_t row_bytes, count, cap, max;
    uint32_t *index;
    size_t index_cap;
    uint64_t dropped; /* lines of addresses beyond max */
};
void peers_init(struct peers *peers, size_t row_bytes, size_t max);
void peers_keep(struct keep *keep, struct peers *peers, size_t most);
void peers_free(struct peers *peers);
static inline void *peers_row(const struct peers *peers, size_t at)
{
    return peers->rows + at * peers->row_bytes;
}
/* NULL with err (LIMIT), or NULL without when max rows are there: then it is counted in dropped. A row moves when another is added. */
void *peers_get(struct peers *peers, struct client_key key, struct err *err);
void *peers_find(const struct peers *peers, struct client_key key);

/* Text cut to a field of size bytes, with a NUL behind it. */
void keep_cut(char *field, size_t size, struct str text);

#endif

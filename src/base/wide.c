/* Huge pages for large tables. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/wide.h"

#include "base/banned.h"

enum { PAGE_BYTES = 2 << 20 };

void *wide_room(size_t bytes)
{
    if (bytes < PAGE_BYTES) {
        return malloc(bytes + 1);
    }
    size_t room = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    void *table = room < bytes ? NULL : aligned_alloc(PAGE_BYTES, room);
    if (table != NULL) {
        (void)madvise(table, room, MADV_HUGEPAGE); /* a wish: without it the table is only slower */
    }
    return table;
}

void *wide_alloc(size_t bytes)
{
    if (bytes < PAGE_BYTES) {
        return calloc(bytes + 1, 1);
    }
    void *table = wide_room(bytes);
    if (table != NULL) {
        memset(table, 0, bytes);
    }
    return table;
}

/* sources/postgresql_binary.c: whatever a server sends as rows in binary form: cells lie in the stream or in the room there is for
 * them, and what was taken is gone. The first byte tells how many columns there are, those behind it their kinds. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sources/postgresql_binary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS_MAX = 8 };

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool lies_in(struct str part, const char *start, size_t len)
{
    uintptr_t from = (uintptr_t)start, at = (uintptr_t)part.data;
    return at >= from && part.len <= len && at - from <= len - part.len;
}

static void check_rows(struct str stream, const char *kinds)
{
    struct str cells[COLUMNS_MAX], whole = stream;
    char *room = malloc(COLUMNS_MAX * POSTGRESQL_WRITTEN_MAX);
    check(room != NULL);
    bool is_good = postgresql_binary_begin(&stream);
    while (is_good && postgresql_binary_row(&stream, kinds, cells, room) == POSTGRESQL_ROW) {
        check(lies_in(stream, whole.data, whole.len));
        for (size_t i = 0; i < strlen(kinds); i++) {
            bool is_written = lies_in(cells[i], room + i * POSTGRESQL_WRITTEN_MAX, POSTGRESQL_WRITTEN_MAX);
            check(cells[i].data == NULL || is_written || lies_in(cells[i], whole.data, whole.len));
        }
    }
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char all[] = "bntodszuj";
    char kinds[COLUMNS_MAX + 1] = "";
    size_t columns = size == 0 ? 0 : data[0] % (COLUMNS_MAX + 1);
    if (size < 1 + columns) {
        return 0;
    }
    for (size_t i = 0; i < columns; i++) {
        kinds[i] = all[data[1 + i] % (sizeof(all) - 1)];
    }
    size_t len = size - 1 - columns;
    char *stream = malloc(len + (len == 0)); /* of its very size */
    check(stream != NULL);
    memcpy(stream, data + 1 + columns, len);
    check_rows((struct str){stream, len}, kinds);
    free(stream);
    return 0;
}

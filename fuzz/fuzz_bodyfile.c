/* formats/bodyfile.c: of any line what is taken lies within it, and a time is one or none. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/bodyfile.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool lies_in(struct str part, struct str whole)
{
    return part.data >= whole.data && part.len <= whole.len && part.data + part.len <= whole.data + whole.len;
}

static bool is_time(int64_t second)
{
    return second == BODYFILE_NO_TIME || second > 0;
}

static void take_line(struct str line)
{
    struct bodyfile_entry entry = {0};
    if (bodyfile_line(line, &entry) != BODYFILE_FILE) {
        return;
    }
    check(entry.name.len > 0 && lies_in(entry.name, line) && lies_in(entry.rights, line));
    check(is_time(entry.read) && is_time(entry.written) && is_time(entry.changed) && is_time(entry.born));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    while (rest.len > 0) {
        struct str_cut cut = str_cut(rest, '\n');
        take_line(cut.head);
        rest = cut.tail;
    }
    return 0;
}

/* normal/normal.c: every cell has one spelling, the same each time, told without being asked for; it lies where it may lie, and
 * text, addresses and numbers are their own spelling. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "normal/normal.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool lies_in(struct str part, const void *start, size_t len)
{
    uintptr_t from = (uintptr_t)start, at = (uintptr_t)part.data;
    return start != NULL && at >= from && at + part.len <= from + len;
}

static void check_cell(struct str text, bool day_first)
{
    char *cell = malloc(text.len + (text.len == 0)); /* of its very size: what lies behind it must not be read */
    check(cell != NULL);
    if (text.len > 0) {
        memcpy(cell, text.data, text.len);
    }
    struct normalizer all = {.wanted = NORMAL_ALL, .day_first = day_first};
    struct normalizer none = {.wanted = 0, .day_first = day_first};
    struct normalizer again = {.wanted = NORMAL_ALL, .day_first = day_first};
    struct normal once, twice;
    normal_value(&none, (struct str){cell, text.len}, &twice);
    normal_value(&all, (struct str){cell, text.len}, &once);
    check(once.class < NORMAL_CLASSES && once.class == twice.class && once.seconds == twice.seconds);
    check(once.class != NORMAL_NONE || once.bytes.len == 0);
    check(once.bytes.len == 0 || lies_in(once.bytes, cell, text.len) ||
          lies_in(once.bytes, all.scratch.data, all.scratch.cap) ||
          lies_in(once.bytes, all.folded.data, all.folded.cap) ||
          lies_in(once.bytes, all.converted.data, all.converted.cap) ||
          lies_in(once.bytes, &all.seconds, sizeof(all.seconds)));
    if (once.class == NORMAL_EMAIL || once.class == NORMAL_NUMBER || once.class == NORMAL_DECIMAL) {
        normal_value(&again, once.bytes, &twice);
        check(once.class == twice.class && str_eq(once.bytes, twice.bytes));
    }
    if (once.class == NORMAL_TEXT && once.bytes.len <= NORMAL_TEXT_MAX) {
        normal_value(&again, once.bytes, &twice);
        check(once.bytes.len == 0 || (twice.class == NORMAL_TEXT && str_eq(once.bytes, twice.bytes)));
    }
    struct str phone;
    int64_t seconds;
    if (once.class == NORMAL_NUMBER && normal_number_as_phone(once.bytes, &phone)) {
        check(lies_in(phone, once.bytes.data, once.bytes.len) && phone.len > 0);
    }
    (void)(once.class == NORMAL_DECIMAL && normal_number_as_time(once.bytes, &seconds));
    (void)normal_date_order(text);
    normalizer_close(&all);
    normalizer_close(&none);
    normalizer_close(&again);
    free(cell);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    for (struct str_cut line = str_cut(input, '\n');; line = str_cut(line.tail, '\n')) {
        check_cell(line.head, false);
        check_cell(line.head, true);
        if (!line.found) {
            return 0;
        }
    }
}

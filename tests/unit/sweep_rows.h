/* Specimens in a text: "=== HEAD" and the source behind it, up to the next. */
#ifndef ASSAY_TESTS_SWEEP_ROWS_H
#define ASSAY_TESTS_SWEEP_ROWS_H

#include "base/str.h"
#include "sweep/found.h"

struct row {
    struct str head, source;
    unsigned number;
};

/* The row that begins at *rest, which is moved behind it. */
static inline bool next_row(struct str *rest, struct row *row)
{
    size_t begin = str_starts(*rest, STR("=== ")) ? 0 : str_find(*rest, STR("\n=== "), 0);
    if (begin == SIZE_MAX) {
        return false;
    }
    *rest = str_slice(*rest, begin + (begin != 0), rest->len);
    struct str_cut cut = str_cut(*rest, '\n');
    size_t end = str_find(cut.tail, STR("\n=== "), 0);
    row->head = str_slice(cut.head, 4, cut.head.len);
    row->source = end == SIZE_MAX ? cut.tail : str_slice(cut.tail, 0, end + 1);
    *rest = end == SIZE_MAX ? STR("") : str_slice(cut.tail, end + 1, cut.tail.len);
    row->number++;
    return true;
}

static inline bool has_decoded(const struct found *found, struct str text)
{
    size_t at;
    json_t *reason;
    json_array_foreach(found->reasons, at, reason)
    {
        const char *decoded = json_string_value(json_object_get(reason, "decoded"));
        if (decoded != NULL && str_eq(str_of(decoded), text)) {
            return true;
        }
    }
    return false;
}

#endif

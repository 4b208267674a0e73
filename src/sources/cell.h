/* Values of databases that do not say whether they are text: they are text if they are UTF-8, otherwise lower-case hex. */
#ifndef ASSAY_SOURCES_CELL_H
#define ASSAY_SOURCES_CELL_H

#include "base/str.h"
#include "sources/rows.h"

static inline void cell_put(struct rows *rows, struct str value)
{
    if (value.data == NULL) {
        rows_null(rows);
    } else if (str_is_utf8(value)) {
        rows_text(rows, value);
    } else {
        rows_hex(rows, (const unsigned char *)value.data, value.len);
    }
}

#endif

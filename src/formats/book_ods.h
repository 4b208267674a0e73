/* content.xml of ODS, apart from the zip it lies in. */
#ifndef ASSAY_FORMATS_BOOK_ODS_H
#define ASSAY_FORMATS_BOOK_ODS_H

#include "formats/book.h"

/* One sheet of content.xml, the one with number `wanted`; with out NULL names and widths are counted by on_sheet. */
struct ods_sheet {
    size_t wanted, at; /* at: tables begun so far */
    struct buf *out;
    struct book_row row;
    size_t width; /* of the sheet at hand, counted */
    void *self;
    void (*on_sheet)(void *self, const char *name);
    void (*on_end)(void *self, size_t width);
    unsigned depth; /* of tables in tables: only the outermost count */
    size_t column, cell_repeats, row_repeats;
    bool is_in_cell, is_text, has_paragraph, is_note;
    bool is_done;           /* the wanted one has ended */
    bool is_from_attribute; /* the value stood there, the text is only its look */
    struct buf value;
    struct err stop;
};
struct book_xml ods_sheet_xml(struct ods_sheet *sheet);
void ods_sheet_close(struct ods_sheet *sheet);

#endif

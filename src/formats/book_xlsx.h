/* One sheet of XLSX, apart from the zip it lies in. */
#ifndef ASSAY_FORMATS_BOOK_XLSX_H
#define ASSAY_FORMATS_BOOK_XLSX_H

#include "base/arena.h"
#include "formats/book.h"

enum xlsx_look { XLSX_PLAIN, XLSX_DATE, XLSX_DATE_TIME, XLSX_TIME };

/* What sheets refer to. */
struct xlsx_tables {
    struct arena arena;
    struct str *strings;
    size_t string_count, string_room;
    unsigned char *looks; /* enum xlsx_look of every cell style */
    size_t look_count, look_room;
    bool is_1904; /* days are counted from 1904-01-01 */
};
void xlsx_tables_close(struct xlsx_tables *tables);

/* A sheet while it is parsed; with out NULL only its width is counted. */
struct xlsx_sheet {
    const struct xlsx_tables *tables;
    struct buf *out;
    struct book_row row;
    size_t width;  /* counted: behind the last column with a cell */
    size_t column; /* of the cell at hand */
    char type;     /* of the cell: 's'hared, 'i'nline, 't'ext of a formula, 'b'ool, 'n'umber, 'd'ate, 'e'rror */
    size_t style;
    bool is_in_cell, is_value, is_phonetic;
    struct buf value;
    struct err stop;
};
/* Handlers for book_parser_new(); sheet outlives the parser. */
struct book_xml xlsx_sheet_xml(struct xlsx_sheet *sheet);

/* What a number format makes of a number: "yyyy-mm-dd" a date, "0.00" nothing. */
enum xlsx_look xlsx_look_of(struct str format);
/* A serial number of days as a date. The system of 1900 counts a 29 February 1900 that never was: serial 60, spelled so. */
void xlsx_date(struct buf *out, double serial, enum xlsx_look look, bool is_1904);

/* sharedStrings.xml and styles.xml. loader outlives the parser. */
struct xlsx_loader {
    struct xlsx_tables *tables;
    struct buf text;
    bool is_text, is_phonetic, is_in_xfs;
    struct xlsx_custom {
        unsigned long id;
        enum xlsx_look look;
    } * customs;
    size_t custom_count, custom_room;
    struct err stop;
};
void xlsx_loader_close(struct xlsx_loader *loader);
struct book_xml xlsx_strings_xml(struct xlsx_loader *loader);
struct book_xml xlsx_styles_xml(struct xlsx_loader *loader);

#endif

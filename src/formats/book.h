/* Workbooks: sheets out of XLSX (ECMA-376) and ODS (OASIS OpenDocument) files, each as a stream of CSV in UTF-8: every cell quoted, every
 * row as wide as the sheet's widest, cells that are not there empty, rows without a cell left out. Dates are spelled "2020-08-01", with a
 * time "2020-08-01 12:00:00"; truth "true" and "false"; numbers with at most 15 digits, as spreadsheets show them; a formula is its last
 * value. A sheet's XML is read twice, for its width and for its rows. */
#ifndef ASSAY_FORMATS_BOOK_H
#define ASSAY_FORMATS_BOOK_H

#include "base/buf.h"
#include "formats/container.h"
#include "formats/table.h"

enum {
    BOOK_COLUMNS_MAX = TABLE_COLUMNS_MAX,
    BOOK_SHEETS_MAX = 256,
    BOOK_OUT_BYTES_MAX = 64 << 20,     /* of lines that one piece of XML stands for */
    BOOK_STRINGS_BYTES_MAX = 256 << 20 /* of the strings that XLSX shares between its sheets: they are held in memory */
};

/* A zip: an open file, or with fd < 0 bytes. Borrowed. */
struct book_source {
    int fd;
    struct str bytes;
    struct container_budget *budget;
};
MUST_USE struct container *book_open(const struct book_source *source, struct err *err);

/* Takes a sheet, the name of which is borrowed, and reads it. Returns 0, or -1 with err to stop. */
struct book_sink {
    void *self;
    int (*sheet)(void *self, struct str name, const struct table_bytes *csv, struct err *err);
};

struct book_format {
    const char *name;
    /* The entry that makes a zip such a workbook. */
    const char *entry;
    /* err: FORMAT (broken XML, a document type), LIMIT, IO, or what the sink said. */
    int (*read)(const struct book_source *source, const struct book_sink *sink, struct err *err);
};
extern const struct book_format book_xlsx, book_ods;

/* The format of a zip, or *ret_format NULL: it is none, or one that cannot be read (*ret_why). */
MUST_USE int book_probe(const struct book_source *source, const struct book_format **ret_format, const char **ret_why,
                        struct err *err);

/* ---- for the formats ---- */

/* One row on its way out: cells by column, in order or not. */
struct book_row {
    struct buf *cells; /* BOOK_COLUMNS_MAX, made when needed */
    size_t width;      /* of the sheet */
    size_t last;       /* behind the last cell that holds something */
};
MUST_USE int book_row_open(struct book_row *row, size_t width, struct err *err);
void book_row_close(struct book_row *row);
/* The cell to be filled, empty; NULL beyond the sheet's width. */
struct buf *book_row_cell(struct book_row *row, size_t column);
/* Puts the row into out as a line and empties it. Nothing if no cell holds anything. */
void book_row_put(struct book_row *row, struct buf *out);

/* XML as expat tells it, fed from the entry the container stands on. */
struct book_xml {
    void *self;
    void (*start)(void *self, const char *name, const char **attributes); /* names without their prefix */
    void (*end)(void *self, const char *name);
    void (*text)(void *self, struct str text);
    const struct err *stop; /* a handler's own error, once its kind is set; or NULL */
};
/* The whole entry. */
MUST_USE int book_parse(struct container *container, const struct book_xml *xml, struct err *err);
/* A piece at a time: what a parser holds between the pieces. */
struct book_parser;
MUST_USE struct book_parser *book_parser_new(const struct book_xml *xml, struct err *err);
MUST_USE int book_parser_feed(struct book_parser *parser, struct str piece, bool is_last, struct err *err);
void book_parser_free(struct book_parser *parser);
/* A sheet's XML on its way to CSV: handlers append lines to out. */
struct book_stream {
    struct container *container;
    struct book_parser *parser;
    struct buf out;
    size_t from;         /* of out: what is before it was given */
    const bool *is_done; /* the sheet has ended, whatever follows it; or NULL */
    bool is_ended;
};
/* For struct table_bytes. */
int book_stream_read(void *self, char *into, size_t room, size_t *ret_got, struct err *err);
/* Goes to the entry of this name. err: FORMAT (there is none). */
MUST_USE int book_find(struct container *container, struct str entry, struct err *err);
/* The value of an attribute, NULL if it is not there. */
const char *book_attribute(const char **attributes, const char *name);
/* A number as a spreadsheet shows it: "0.1" for 0.10000000000000001. Digits alone, and text that is no number, stay. */
void book_number(struct buf *out, struct str text);
/* "2020-08-01T12:00:00.000" as the other formats spell it: a blank between, no fractions of zero, no midnight. */
void book_date(struct buf *out, struct str text);

#endif

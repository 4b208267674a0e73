/* Between the doors of table.h and the formats: one table's bytes with all that is known of them, and several of them as one input. */
#ifndef ASSAY_FORMATS_TABLE_OPEN_H
#define ASSAY_FORMATS_TABLE_OPEN_H

#include "formats/table.h"

/* All borrowed for the call. */
struct table_reading {
    const struct table_bytes *bytes;
    struct str name;
    const char *encoding; /* ordered, or NULL */
    const struct table_sink *sink;
    struct table_report *report;
    bool is_doubtful; /* nobody called it a table: what is none is told as ERR_NOT_FOUND, text without columns too */
};
MUST_USE int table_read_one(const struct table_reading *reading, struct err *err);
/* Bytes whose format is known. */
MUST_USE int table_read_as(const struct table_format *format, const struct table_bytes *bytes, struct str name,
                           const struct table_sink *sink, struct table_report *report, struct err *err);

/* The tables of several inputs, numbered one behind another. */
/* Pieces of one table, in files of their own. */
struct table_pieces {
    size_t columns; /* 0: no piece yet */
    uint32_t number;
    uint64_t before, rows; /* of the pieces before the one at hand; of all */
    bool is_wanted;
};

enum { TABLE_PIECES_KINDS = 2 };

struct table_join {
    struct table_sink sink; /* for the input at hand */
    const struct table_sink *outer;
    uint32_t base, told;
    struct table_pieces pieces[TABLE_PIECES_KINDS],
        *piece;      /* by their columns; that of the input's first table, or NULL */
    bool has_failed; /* what is outside said so: nothing goes on */
};
void table_join_open(struct table_join *join, const struct table_sink *outer);
/* Before the next input. */
void table_join_next(struct table_join *join);

/* Another part of the report; its name is prefix + name. NULL with err: LIMIT. */
MUST_USE struct table_part *table_part_add(struct table_report *report, struct str prefix, struct str name,
                                           struct err *err);
/* It was read: its counts are added to the whole's. */
void table_part_end(struct table_report *report, struct table_part *part);

/* "dir/customers.csv.gz" -> "dir/customers", or "customers" without its folders. */
struct str table_name(struct str path, bool with_folders);

#endif

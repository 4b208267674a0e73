/* JSON as rows, for its readers only: json_row.c takes one object apart, table_jsonl.c finds the objects of a stream, table_jsondoc.c those
 * that lie deeper in a document. */
#ifndef ASSAY_FORMATS_TABLE_JSON_H
#define ASSAY_FORMATS_TABLE_JSON_H

#include "base/arena.h"
#include "formats/window.h"

enum {
    JSON_DEPTH_MAX = 16,
    JSON_PATH_BYTES_MAX = 256,
    JSON_NAMES_BYTES_MAX = 4 << 20,
    JSON_HEAD_BYTES = 4 << 20, /* the columns are the members that turn up in it */
    JSON_PLACES = 4 * TABLE_COLUMNS_MAX,
    JSON_CREDIT_BYTES = 256 << 20,
    JSON_ITEMS_MAX = 8 /* longer arrays of scalars stay JSON text */
};

struct json {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    struct arena names;   /* of the table's columns */
    struct arena scratch; /* cells of the batch that could not be spelled in place */
    struct str *columns;
    size_t column_count;
    uint16_t places[JSON_PLACES]; /* by a hash of the name: column plus one */
    size_t expected;              /* the column that came last, plus one: members mostly keep their order */
    struct str *cells;            /* the batch */
    size_t rows;
    uint32_t table; /* its number */
    uint64_t table_rows;
    /* Bytes that may yet be read for an object of several lines that has no end: read without trouble, they are earned. Where it is used
     * up, an object ends with its line. */
    size_t credit;
    const char *sight; /* where the bytes at hand begin */
    size_t given_up;   /* indentation of an object that was given up: what lies deeper is of it; SIZE_MAX: of none */
    bool is_wanted;
    bool is_collecting;               /* first pass over the head: names only */
    bool is_in_array;                 /* the rows end with the ']' that closes their array */
    bool is_closed;                   /* it was met */
    struct str name;                  /* of the file */
    char called[JSON_PATH_BYTES_MAX]; /* the last "name" of a document, as phpMyAdmin names a table */
};

struct json_cursor {
    char *at, *end;
};

enum json_extent { EXTENT_WHOLE, EXTENT_MORE, EXTENT_BROKEN };

void json_skip_space(struct json_cursor *c);
/* Behind the closing quote of the string at `at`, or NULL. */
const char *json_string_end(const char *at, const char *end);
/* From the '{' or '[' at `at` to behind its '}' or ']', nothing changed. A line end inside a string means that it was never closed:
 * BROKEN, with *ret_end where it was seen. */
enum json_extent json_extent(const char *at, const char *end, const char **ret_end);
/* The string at c, unescaped in place. */
bool json_take_string(struct json_cursor *c, struct str *ret_text);
/* A value that neither begins with a quote nor a bracket: numbers, true, false, null (data NULL), and what the MongoDB shell writes. */
bool json_take_bare(struct json *json, struct json_cursor *c, struct str *ret_text, struct err *err);
/* The object at c, member by member, into the columns or the row. *ret_good: false if it is no JSON. */
MUST_USE int json_take_object(struct json *json, struct json_cursor *c, struct str outer, unsigned depth,
                              bool *ret_good, struct err *err);

/* A value found under this path: a column's name, or a cell of the row at hand. */
MUST_USE int json_member(struct json *json, struct str path, struct str value, struct err *err);
/* "outer" and "inner" as "outer.inner", cut at JSON_PATH_BYTES_MAX. */
struct str json_join(char into[static JSON_PATH_BYTES_MAX], struct str outer, struct str inner);

/* An object of MongoDB's Extended JSON, v1 or v2, canonical or relaxed, that stands for one value: {"$oid": "..."}. c stands at its '{'.
 * Dates are spelled as RFC 3339, binary as lower-case hex, UUIDs with dashes. *ret_is_one: false, and c is where it was, if it is none.
 * err: LIMIT. */
MUST_USE int json_take_extended(struct json *json, struct json_cursor *c, struct str *ret_text, bool *ret_is_one,
                                struct err *err);
/* The spellings themselves; data NULL with err set: no memory. BSON (table_bson.c) uses them too. */
struct str json_date(struct arena *arena, int64_t milliseconds, struct err *err);
struct str json_binary(struct arena *arena, const uint8_t *data, size_t len, unsigned subtype, struct err *err);

/* The columns of the rows from here on, then the table is told; in an array of empty objects there is none, and column_count is 0.
 * err: FORMAT (no member), LIMIT, or what the sink said. */
MUST_USE int json_open_table(struct json *json, struct str name, struct err *err);
/* The second half of it: the columns are known. */
MUST_USE int json_announce(struct json *json, struct str name, struct err *err);
/* An empty row at the end of the batch, and: it is filled. */
void json_begin_row(struct json *json);
MUST_USE int json_end_row(struct json *json, struct err *err);
MUST_USE int json_flush(struct json *json, struct err *err);
/* Rows to the end of the input, or of the array. */
MUST_USE int json_rows(struct json *json, struct err *err);
void json_close_table(struct json *json);

/* Do the rows lie deeper: {"data": [{...}]}? head may be cut. */
bool jsondoc_probe(struct str head, bool is_whole);
MUST_USE int jsondoc_read(struct json *json, struct err *err);

#endif

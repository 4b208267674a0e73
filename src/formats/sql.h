/* The words of SQL dumps, whoever wrote them: names, strings, values, tuples. Looks at memory only and says when it
 * would have to see more; changes nothing until a whole tuple is there. */
#ifndef ASSAY_FORMATS_SQL_H
#define ASSAY_FORMATS_SQL_H

#include "formats/table.h"

struct sql_cursor {
    char *at, *end;
    bool has_backslashes; /* MySQL: \' and \n inside '...' */
    bool is_ended;        /* nothing comes after end */
};

enum sql_found { SQL_FOUND, SQL_MORE, SQL_BROKEN };

/* White space, -- and # comments (# only where backslashes count: MySQL), and slash-star ones. */
enum sql_found sql_skip_space(struct sql_cursor *c);
/* A bare word, letters only: "INSERT". Empty if there is none. The cursor moves behind it. */
struct str sql_word(struct sql_cursor *c);
/* The next word is this (any case): the cursor moves behind it and white space. */
bool sql_is_word(struct sql_cursor *c, const char *word);
/* `a`, "a", [a], a; dots join: *ret_name is the last part, *ret_outer what stands before it (may be empty).
 * Doubled quotes inside a name stay doubled. */
enum sql_found sql_name(struct sql_cursor *c, struct str *ret_outer, struct str *ret_name);
/* "(a, b, c)"; at most TABLE_COLUMNS_MAX. */
enum sql_found sql_names(struct sql_cursor *c, struct str *names, size_t *ret_count);
/* Behind one token of any kind (string, quoted name, comment, dollar-quoted body, word, one byte). */
enum sql_found sql_skip_token(struct sql_cursor *c);
/* "(1, 'a', NULL)": cells with room for `room`; *ret_count may exceed it. The cursor moves behind the ')'. */
enum sql_found sql_tuple(struct sql_cursor *c, struct str *cells, size_t room, size_t *ret_count);

/* How the tuples of one table are to be read. */
enum sql_column { SQL_TEXT, SQL_BYTES /* MySQL: '..' holds bytes */, SQL_BYTEA /* PostgreSQL: '\x..' */ };
struct sql_reading {
    bool is_oracle;               /* '' is a null */
    const unsigned char *columns; /* enum sql_column of each; NULL: all text */
    size_t column_count;
    struct arena *bytes; /* keeps the hex of bytes that has no room in place; NULL: such bytes stay as they are */
};
/* As sql_tuple. Cells point into the tuple, which is changed, or into how->bytes. SQL_BROKEN with the cursor at its end:
 * the bytes ended inside the tuple; elsewhere: what stands there is no tuple (a quote is missing, a statement begins). */
enum sql_found sql_tuple_as(struct sql_cursor *c, const struct sql_reading *how, struct str *cells, size_t room,
                            size_t *ret_count);
/* The same, but changes nothing and gives no cells. */
enum sql_found sql_count_tuple(struct sql_cursor *c, size_t *ret_count);
/* Behind the ')' of the tuple at the cursor, looking at quotes and parentheses only. */
enum sql_found sql_skip_tuple(struct sql_cursor *c);

/* One line of COPY ... TO STDOUT in text form, cut at tabs and unescaped in place; \N is a null. */
size_t sql_copy_line(char *line, char *end, struct str *cells, size_t room);

/* Whether a line begins as statements of dumps do: "INSERT INTO ", "CREATE TABLE ", "-- Dump" ... */
bool sql_is_statement(const char *at, const char *end);
/* The first such beginning behind a line end or a semicolon, wherever strings begin or end; NULL if there is none. */
char *sql_next_statement(char *at, char *end);

#endif

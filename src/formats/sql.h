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
/* One line of COPY ... TO STDOUT in text form, cut at tabs and unescaped in place; \N is a null. */
size_t sql_copy_line(char *line, char *end, struct str *cells, size_t room);

#endif

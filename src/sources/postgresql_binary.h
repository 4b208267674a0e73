/* Rows of COPY ... (FORMAT binary) as the text form has them: the server sends its numbers and times as it holds them, and they are
 * written here, byte for byte as it would with DateStyle ISO in UTC. PostgreSQL's manual, COPY, "Binary Format"; src/backend/utils/adt. */
#ifndef ASSAY_SOURCES_POSTGRESQL_BINARY_H
#define ASSAY_SOURCES_POSTGRESQL_BINARY_H

#include "assay/words.h"

enum { POSTGRESQL_WRITTEN_MAX = 48 /* bytes of a value that is written here */ };

/* How a column of the type with this oid is read: a letter; 0: only as text. */
char postgresql_binary_kind(struct str oid);

enum postgresql_row { POSTGRESQL_ROW, POSTGRESQL_ROWS_END, POSTGRESQL_ROW_BROKEN };

/* Takes the head of the whole stream. False: it is none. */
bool postgresql_binary_begin(struct str *stream);
/* Takes a row. kinds: a letter a column; so many cells, which lie in the stream or in room, of POSTGRESQL_WRITTEN_MAX a column. A
 * null's data is NULL. */
enum postgresql_row postgresql_binary_row(struct str *stream, const char *kinds, struct str *cells, char *room);

#endif

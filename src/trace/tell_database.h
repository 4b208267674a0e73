/* What a database's logs say of a taking, as records (docs/json-lines.md). */
#ifndef ASSAY_TRACE_TELL_DATABASE_H
#define ASSAY_TRACE_TELL_DATABASE_H

#include <jansson.h>

struct telling;

/* The two callbacks of database_work. */
int tell_database_events(struct telling *telling);
int tell_database(struct telling *telling);
/* takings_offset() of database.h, as an integer or null, of a run that read a database's log. New reference. */
json_t *database_offset(const struct telling *telling);

#endif

/* What a database's logs say of a taking, as records (docs/json-lines.md). */
#ifndef ASSAY_TRACE_TELL_DATABASE_H
#define ASSAY_TRACE_TELL_DATABASE_H

struct telling;

/* The two callbacks of database_work. */
int tell_database_events(struct telling *telling);
int tell_database(struct telling *telling);

#endif

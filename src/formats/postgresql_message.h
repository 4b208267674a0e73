/* What PostgreSQL's messages say, whichever way they were written down: to stderr, syslog, CSV or JSON. */
#ifndef ASSAY_FORMATS_POSTGRESQL_MESSAGE_H
#define ASSAY_FORMATS_POSTGRESQL_MESSAGE_H

#include "formats/log_database.h"

/* Sets command, statement, duration_us, and, from messages about connections, user, database, client and application where the
 * line has none yet. */
void pg_message(struct log_line *line, struct log_span level, const struct db_text *message, struct buf *scratch);

#endif

/* What PostgreSQL's messages say, whichever way they were written down: to stderr, syslog, CSV or JSON. */
#ifndef ASSAY_FORMATS_POSTGRESQL_MESSAGE_H
#define ASSAY_FORMATS_POSTGRESQL_MESSAGE_H

#include "formats/log_database.h"

/* Sets command, statement, duration_us, and, from messages about connections, user, database, client and application where the
 * line has none yet. False if it is neither a statement nor about a connection: then the level is the command. */
bool pg_message(struct log_line *line, struct log_span level, const struct db_text *message, struct buf *scratch);
/* Where the statement that a message is about stands in the same record (CSV, JSON), it is handed out instead of the message, with
 * command "STATEMENT". */
void pg_query_beside(struct log_line *line, const struct db_text *query, struct buf *scratch);
/* "127.0.0.1:52306", "[local]", "::1:52306": the peer without its port. */
struct str pg_peer_host(struct str peer);

#endif

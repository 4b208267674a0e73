/* One event of an audit log of MySQL Enterprise or Percona Server, whichever way it was written down. */
#ifndef ASSAY_FORMATS_MYSQL_AUDIT_H
#define ASSAY_FORMATS_MYSQL_AUDIT_H

#include "formats/log_database.h"

struct mysql_event {
    struct str name;      /* "Query", "Connect", "Quit", "status", ... */
    struct str time;      /* UTC */
    struct str statement; /* may be empty */
    struct str user;      /* "shop", or "shop[shop] @ db1 [203.0.113.7]" */
    struct str host, address, database;
    uint64_t session, status;
};
/* Texts are copied to scratch. The class of the line. */
enum log_class mysql_event_line(struct log_line *line, const struct mysql_event *event, int16_t assumed,
                                struct buf *scratch);
/* "shop[shop] @ db1 [203.0.113.7]" to the name given at the door, the host and the address; a plain name stays. */
void mysql_event_user(struct mysql_event *event);

#endif

/* The head of a line that PostgreSQL wrote to syslog, or that a platform wrapped like it:
 *
 *   Mar 14 21:47:09 db1 postgres[123]: [4-1] user=shop,db=shop LOG:  ...
 *   2020-03-14T21:47:09.123456+00:00 db1 postgres[123]: [4-2] #011FROM customers
 *   2019-03-14T00:22:56+00:00 app[postgres.4882]: [GREEN] [15-1]  LOG:  ...                  Heroku */
#ifndef ASSAY_FORMATS_POSTGRESQL_SYSLOG_H
#define ASSAY_FORMATS_POSTGRESQL_SYSLOG_H

#include "formats/log_database.h"

struct pg_syslog {
    struct str time; /* as it stands there */
    uint64_t pid, part;
    struct str body; /* prefix, level and message, or more of a message */
};
/* False if the line is not a server's: no process, or no number of message and part. */
bool pg_syslog_cut(struct str line, struct pg_syslog *ret_head);

#endif

/* The three lines with which MySQL and MariaDB open their general and slow logs, at every start of the server:
 *
 *   /usr/sbin/mysqld, Version: 5.7.12-log (MySQL Community Server (GPL)). started with:
 *   Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
 *   Time                 Id Command    Argument */
#ifndef ASSAY_FORMATS_MYSQL_HEAD_H
#define ASSAY_FORMATS_MYSQL_HEAD_H

#include "base/str.h"

static inline bool mysql_head_line(struct str line)
{
    if (str_starts(line, STR("Tcp port: ")) || str_starts(line, STR("TCP Port: "))) {
        return str_find(line, STR("Unix socket: "), 0) != SIZE_MAX ||
               str_find(line, STR("Named Pipe: "), 0) != SIZE_MAX;
    }
    if (str_starts(line, STR("Time ")) || str_starts(line, STR("Time\t"))) {
        return str_find(line, STR(" Id Command"), 0) != SIZE_MAX && str_ends(line, STR("Argument"));
    }
    return str_ends(line, STR(" started with:")) && str_find(line, STR(", Version: "), 0) != SIZE_MAX;
}

/* A line that begins a record of the slow log. Statements with such lines in them, and with lines like the general log's, may stand in
 * either log: what comes first in a file says which it is. */
static inline bool mysql_slow_mark(struct str line)
{
    return str_starts(line, STR("# Time: ")) || str_starts(line, STR("# User@Host: ")) ||
           str_starts(line, STR("# User: ")) || str_starts(line, STR("# Query_time: "));
}
/* ---- log_mysql_general.c ---- */
bool mysql_general_mark(struct str line);
/* Does a general or slow log's line come before the first line for which is_own holds? */
bool mysql_comes_first(struct str head, bool (*is_own)(const void *self, struct str line), const void *self);

#endif

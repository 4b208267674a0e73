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
        return str_find(line, STR(" Id Command "), 0) != SIZE_MAX ||
               str_find(line, STR("Id\tCommand\t"), 0) != SIZE_MAX;
    }
    return str_ends(line, STR(" started with:")) && str_find(line, STR(", Version: "), 0) != SIZE_MAX;
}

#endif

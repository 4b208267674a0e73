/* What readers of database logs share: times and zones as servers write them, and taking text from its front.
 *
 * What such a reader hands out (struct log_line), whatever the server:
 *   command    what the record is. "Query", "Execute", "Prepare", "Bind", "Fetch": statement is SQL. "Connect", "Quit": somebody
 *              came or went (a Connect without user: a connection that has not said yet who it is). "Init DB": statement
 *              is a database's name. Any other word is the log's own ("ERROR", "DETAIL", "Ping"), and
 *              statement is what it says, not SQL; but "STATEMENT" is the SQL of the error before it.
 *   session    the connection's number; PostgreSQL: the process, one a connection, used again after it ends
 *   status     the server's error number. PostgreSQL has none that is a number: there an error is a record of its own. */
#ifndef ASSAY_FORMATS_LOG_DATABASE_H
#define ASSAY_FORMATS_LOG_DATABASE_H

#include "formats/log.h"

/* A time as it stands in a log. */
struct db_time {
    int64_t local; /* seconds, as if its clock were UTC's */
    uint32_t nano;
    int16_t zone; /* minutes east; LOG_NO_ZONE: not said, or by a name that several zones have */
};

/* What a probe learned that all its lines need; readers with more of their own begin with it. */
struct db_setup {
    int16_t assumed; /* minutes east where a line does not say; LOG_NO_ZONE: UTC */
    int64_t written; /* ns: the file's own time; TIME_NONE: unknown */
};

/* Each takes what it names from the front of rest; otherwise it says false and takes nothing. */
bool db_take(struct str *rest, struct str word);
bool db_number(struct str *rest, unsigned most_digits, uint64_t *ret_value);
bool db_blanks(struct str *rest); /* spaces and tabs, one at least */
/* "2020-03-14 21:47:09.123456", with T or a space or an underscore between, any number of digits behind the point or none. */
bool db_date_time(struct str *rest, struct db_time *ret_time);
/* "200314 21:47:09", "200314  1:47:09", "20200314 21:47:09" */
bool db_short_time(struct str *rest, struct db_time *ret_time);
/* "Mar 14 21:47:09": no year. The latest such time that is not after written. */
bool db_syslog_time(struct str *rest, int64_t written, int16_t assumed, struct db_time *ret_time);
/* "Z", "+08:00", "-0330", "+08", " CET": sets time->zone where it is one that can mean one thing only. */
bool db_zone(struct str *rest, struct db_time *time);
/* Seconds as decimals ("0.000173") or whole ("2"): microseconds. */
bool db_seconds(struct str *rest, uint64_t *ret_us);

void db_stamp(struct log_line *line, const struct db_time *time, int16_t assumed);
/* The first line of text, without its line end. */
struct str db_first_line(struct str text);
/* Takes the next line with its end off *rest. */
struct str db_next_line(struct str *rest);

/* Text that fields are cut out of: it lies in the line, or was copied to scratch. */
struct db_text {
    struct str text;
    uint32_t at; /* where it begins, as spans count */
};
static inline struct log_span db_span(const struct db_text *whole, struct str part)
{
    return part.len == 0 ? (struct log_span){0, 0}
                         : (struct log_span){whole->at + (uint32_t)(part.data - whole->text.data), (uint32_t)part.len};
}
/* Copies text to scratch; spans of it can then be had although text itself goes away. */
struct db_text db_keep(struct buf *scratch, struct str text);

#endif

/* What examinations of logs recorded, as several sections read it. A log is of the web server, of a database, ...; records of an
 * earlier release do not say of what, and are of the web server. */
#ifndef ASSAY_REPORT_TRACED_H
#define ASSAY_REPORT_TRACED_H

#include "report/inside.h"

enum log_of { LOG_OF_WEB, LOG_OF_DATABASE, LOG_OF_ERRORS, LOG_OF_LOGINS, LOG_OF_TRAFFIC, LOGS_OF };

/* "Web log", "Database log", ...; in short "Web", "Database", ... */
enum word traced_word(enum log_of of);
enum word traced_short(enum log_of of);
/* The part of a summary that tells of one kind of log: files, lines, rejected, first, last. NULL if none was there. */
const json_t *traced_log(const json_t *summary, enum log_of of);
/* Whether a gap, or a source's coverage, is of that kind of log. */
bool traced_is_of(const json_t *record, enum log_of of);
/* Which of the lanes an event belongs to; LOGS_OF for none. */
enum log_of traced_lane(const json_t *event);
/* The time, ns, in which one kind of log is silent, and in how many gaps. */
int64_t traced_silence(const json_t *summary, enum log_of of, size_t *ret_gaps);
/* Lines of one exhibit that were read. */
uint64_t traced_lines(const struct model *model, const json_t *exam, struct str exhibit);

/* Calls visit for every record of a type ("finding") and class in all examinations of logs, in the order of the case. */
typedef void traced_visit(struct page *page, const json_t *record, const json_t *exam, void *self);
size_t traced_each(struct page *page, const char *type, const char *class_name, traced_visit *visit, void *self);
size_t traced_count(const struct page *page, const char *type, const char *class_name);

/* ", E02 line 812": where a record stands. */
void put_traced_place(struct page *page, const json_t *record, const json_t *exam);
/* The same of a source alone: its exhibit, and its name where the exhibit holds more than it. */
void put_traced_source(struct page *page, struct str source, const json_t *exam);
/* "2026-03-14 21:47:09 to 22:10:00", empty without times */
void put_traced_times(struct page *page, int64_t from, int64_t to);
/* Texts of an array, folded under a line that counts them; nothing for an empty one. */
void put_folded_texts(struct page *page, enum word summary, const json_t *texts);
void fold_open(struct page *page, enum word summary, uint64_t count);
void fold_close(struct page *page);
/* Evidence text as code, cut to what fits a cell. */
void put_code(struct page *page, struct str text);

/* logs.c and its parts: one section */
void put_logs_takings(struct page *page); /* taken.c */
void put_logs_told(struct page *page);    /* told.c */
void put_logs_signs(struct page *page);   /* signs.c */
void put_logs_bounds(struct page *page);  /* signs.c */
void put_logs_clocks(struct page *page);  /* clocks.c */

#endif

/* What the files of the MySQL and MariaDB driver share. The prefix mysql_ belongs to libmariadb; ours is maria_.
 *
 *   mysql.c ........ coming in, tables, reading them whole     mysql_ask.c .... questions and answers
 *   mysql_survey.c . databases, tables and columns, in pages   mysql_grants.c . one line of SHOW GRANTS
 *   mysql_sample.c . some rows; how many rows                  mysql_rights.c . what the grants amount to */
#ifndef ASSAY_SOURCES_MARIA_H
#define ASSAY_SOURCES_MARIA_H

#include <mysql.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sources/mysql_grants.h"
#include "sources/survey.h"
#include "sources/url.h"

struct maria {
    MYSQL *link;
    struct arena arena;
    struct source_table *tables;
    struct str *from; /* of each table, quoted */
    size_t table_count;
    bool is_mariadb;
    unsigned long version; /* 101119 for 10.11.19 */
    const char *reading;
    unsigned seconds;              /* that one question may take */
    int64_t deadline;              /* of the questions that are asked now, together; 0: each has its seconds */
    int64_t limit_ms;              /* that the server knows of */
    bool is_late;                  /* a deadline has passed, and the connection was cut */
    char database[URL_PART_BYTES]; /* of the URI; "" for all */
    char where[512];               /* the URI without a password */
};

/* What went wrong, in our words: those of the server can carry values. IO, or LIMIT for time. */
int maria_fail(const struct maria *maria, struct err *err);

/* A short answer, copied: the next question can be asked while it is read. */
struct maria_answer {
    struct arena arena;
    struct str *cells; /* cell c of row r is cells[r * columns + c]; data NULL is a null */
    size_t rows, columns, room;
};

struct str maria_cell(const struct maria_answer *answer, size_t row, size_t column);
void own_maria_answer(struct maria_answer *answer);

/* A statement without rows, and one with at most some megabytes of them. err: IO, LIMIT (time, size). */
MUST_USE int maria_run(struct maria *maria, const char *sql, struct err *err);
MUST_USE int maria_ask(struct maria *maria, const struct buf *sql, struct maria_answer *ret_answer, struct err *err);
/* Rows of any number into the sink, as they come. The statement gives those of `columns` columns that are wanted (NULL: all), and
 * the others are nulls; columns 0: as many as it gives. */
MUST_USE int maria_stream(struct maria *maria, struct str sql, size_t columns, const bool *wanted,
                          const struct source_sink *sink, struct err *err);
/* Between the two, all questions together have the seconds of one. */
void maria_start_clock(struct maria *maria);
void maria_stop_clock(struct maria *maria);
/* Tells the server how long a statement may run. */
MUST_USE int maria_limit(struct maria *maria, int64_t ms, struct err *err);
/* The snapshot that all is read from begins anew, or ends. */
MUST_USE int maria_begin(struct maria *maria, struct err *err);

/* `a``b`: whatever bytes a name has, it stays one. */
void maria_name(struct buf *sql, struct str name);
/* _utf8mb4 X'6162': text in which nothing can be an escape, in any mode of the server. */
void maria_text(struct buf *sql, struct str text);
/* Databases of the server itself. */
bool maria_is_system(struct str database);

/* Why a table of this type ("VIEW") and storage engine is not read although it could be; NULL: it is. */
const char *maria_never(struct str type, struct str engine);

int maria_survey(void *state, const struct survey_sink *sink, struct err *err);
int maria_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                 const char **ret_how, struct err *err);
int maria_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);

/* What survey_table.handle points to. */
struct maria_handle {
    struct str key;    /* a single integer primary key; len 0: there is none */
    const char *never; /* why it is not read although it could be; NULL: it is */
};

/* All that an account was granted, itself, through the role it took on, and as anybody. */
struct maria_rights {
    struct arena arena;
    struct grants own, role, everybody;
    char account[512];      /* "shop@localhost" */
    char role_name[256];    /* "" without */
    bool names_are_literal; /* % and _ in a database's name mean themselves (partial_revokes of MySQL) */
};

/* Finds the role with the widest reach, takes it on, and collects what is granted. */
MUST_USE int maria_rights_read(struct maria *maria, struct maria_rights *ret_rights, struct err *err);
void own_maria_rights(struct maria_rights *rights);
/* Could SELECT on all of this database's tables be granted? By which grant is put into `why`. */
bool maria_rights_whole(const struct maria_rights *rights, struct str database, struct buf *why);
bool maria_rights_super(const struct maria_rights *rights);
/* Does it see the names of all databases? */
bool maria_rights_see_all(const struct maria_rights *rights);
MUST_USE int maria_rights_powers(struct maria *maria, const struct maria_rights *rights, const struct survey_sink *sink,
                                 struct err *err);

#endif

/* What one statement to a database is, as far as its own text says.
 *
 *   statement_lex.c  bytes into tokens: comments, strings of both dialects, names
 *   statement.c      tokens into a struct statement, with
 *   statement_steer.c  the words that steer, which statement_words.c knows, and
 *   statement_table.c  tables, and the shape */
#ifndef ASSAY_TRACE_STATEMENT_H
#define ASSAY_TRACE_STATEMENT_H

#include "assay/words.h"

enum {
    STATEMENT_HEAD = 4096, /* bytes of it that are read, ... */
    STATEMENT_TAIL = 512,  /* ... and of its end, if it is longer */
    STATEMENT_TABLES = 16,
    STATEMENT_DEPTH = 24, /* parentheses within parentheses; what lies deeper is not understood */
    PAGE_LARGE = 1000     /* rows of a LIMIT that is hardly one */
};

enum dialect { DIALECT_MYSQL, DIALECT_POSTGRES };

/* ---- statement_lex.c ---- */

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_NAME,   /* `a`; in PostgreSQL "a" */
    TOKEN_DOUBLE, /* MySQL's "a": a string, or with ANSI_QUOTES a name */
    TOKEN_STRING, /* 'a', $$a$$ */
    TOKEN_NUMBER, /* 12, 1.5e3 */
    TOKEN_HEX,    /* 0x4a, x'4a' */
    TOKEN_BLANK,  /* ?, $1: a value that the log does not have */
    TOKEN_SIGN    /* one byte of anything else */
};

struct token {
    enum token_kind kind;
    struct str text;  /* without quotes; escapes as they stand */
    unsigned version; /* of the version comment it stands in (MySQL); 0: none */
};

struct lex {
    struct str text;
    size_t at;
    enum dialect dialect;
    unsigned version;
    bool is_open; /* the text ended inside a string or a comment */
};
struct token lex_next(struct lex *lex);

/* ---- statement.c ---- */

enum verb {
    VERB_NONE,
    VERB_OTHER,
    VERB_SELECT, /* also TABLE t, WITH ... SELECT, DECLARE ... CURSOR FOR SELECT */
    VERB_COPY,
    VERB_FETCH,
    VERB_SHOW,
    VERB_SET,
    VERB_LOCK,
    VERB_SAVEPOINT,
    VERB_INSERT,
    VERB_UPDATE,
    VERB_DELETE,
    VERB_TRUNCATE,
    VERB_DROP,
    VERB_CREATE,
    VERB_LOAD,
    VERB_USE,
    VERB_EXPLAIN
};

enum statement_look {
    LOOK_WHOLE = 1 << 0,      /* sends every row of its tables: no condition, no LIMIT, nothing summed up */
    LOOK_PAGE = 1 << 1,       /* the same, but for a LIMIT */
    LOOK_TO_CLIENT = 1 << 2,  /* COPY ... TO STDOUT */
    LOOK_TO_FILE = 1 << 3,    /* INTO OUTFILE or DUMPFILE, COPY ... TO 'file', lo_export() */
    LOOK_PROGRAM = 1 << 4,    /* COPY ... PROGRAM, sys_exec() */
    LOOK_READS_FILE = 1 << 5, /* LOAD_FILE(), pg_read_file(), lo_import(), COPY ... FROM 'file' */
    LOOK_CATALOG = 1 << 6,    /* asks what databases, tables and columns there are */
    LOOK_SECRETS = 1 << 7,    /* reads the server's own table of passwords */
    LOOK_INJECTED = 1 << 8,   /* looks as a statement does that somebody else wrote an end to */
    LOOK_DROP = 1 << 9,       /* DROP of a table or database, TRUNCATE, DELETE without a condition */
    LOOK_NOTE = 1 << 10,      /* makes a table whose name is a message: README, WARNING */
    LOOK_REPLICA = 1 << 11,   /* BASE_BACKUP, START_REPLICATION */
    /* what single dump tools leave; dump.c puts them together */
    LOOK_NO_CACHE = 1 << 12,     /* SELECT with 40001 SQL_NO_CACHE in a version comment */
    LOOK_LOGFILES = 1 << 13,     /* INFORMATION_SCHEMA.FILES with LOGFILE_GROUP_NAME */
    LOOK_LOCK_READ = 1 << 14,    /* LOCK TABLES ... READ */
    LOOK_LOCK_SHARE = 1 << 15,   /* LOCK TABLE ... IN ACCESS SHARE MODE */
    LOOK_SAVEPOINT_SP = 1 << 16, /* SAVEPOINT sp */
    LOOK_SNAPSHOT = 1 << 17,     /* WITH CONSISTENT SNAPSHOT */
    LOOK_ROW_SECURITY = 1 << 18, /* SET row_security = off */
    LOOK_SEQSCANS = 1 << 19,     /* SET synchronize_seqscans TO off */
    LOOK_SHOW_CREATE = 1 << 20,  /* SHOW CREATE TABLE */
    LOOK_QUOTE_CREATE = 1 << 21, /* SET SQL_QUOTE_SHOW_CREATE */
    LOOK_ZONE_UTC = 1 << 22,     /* SET time_zone = '+00:00' */
    LOOK_NO_MODE = 1 << 23,      /* SET sql_mode = '' */
    LOOK_DUMP_CURSOR = 1 << 24,  /* DECLARE _pg_dump_cursor */
    LOOK_LC_MESSAGES = 1 << 25,  /* SET lc_messages */
    LOOK_STAR = 1 << 26,         /* SELECT * rather than a list of columns */
    LOOK_ADMINER = 1 << 27,      /* SET sql_quote_show_create = 1, autocommit = 1: in one statement */
    LOOK_COLLATION = 1 << 28     /* SET collation_connection */
};

struct table_name {
    struct str schema, name; /* as written, without quotes; schema may be empty */
};

#define NO_LIMIT UINT64_MAX
#define LIMIT_NOT_LOGGED (UINT64_MAX - 1) /* LIMIT ? */

struct statement {
    enum verb verb;
    unsigned looks;
    struct table_name tables[STATEMENT_TABLES]; /* read, dropped or made; not the server's own */
    size_t table_count;
    bool has_more_tables;
    bool is_cut; /* longer than what was read */
    uint64_t limit, offset;
    uint64_t shape;         /* hash of it without its values */
    struct str file;        /* written or read; or the program */
    struct str application; /* what SET application_name says */
};
/* Any bytes. What it returns points into text. */
struct statement statement_read(struct str text, enum dialect dialect);

/* ---- dump.c ---- */

/* What a session's statements were made by. */
enum tool {
    TOOL_NONE,
    TOOL_MYSQLDUMP,  /* mariadb-dump, mysqldump */
    TOOL_PG_DUMP,    /* pg_dump, pg_dumpall */
    TOOL_ADMINER,    /* Adminer's export */
    TOOL_PHPMYADMIN, /* phpMyAdmin's export */
    TOOL_COPY,       /* COPY ... TO, as psql's \copy sends */
    TOOL_FILE,       /* INTO OUTFILE, COPY TO 'file' */
    TOOL_WALK,       /* row by row, or page by page */
    TOOL_SELECTS,    /* whole tables by plain selects */
    TOOL_REPLICA,    /* a replica or a physical copy */
    TOOL_COUNT
};
const char *tool_name(enum tool tool);

/* Looks that a session's statements had, all together, and how many of each of some. */
struct marks {
    unsigned looks;
    uint32_t whole, creates;
};
void marks_take(struct marks *marks, const struct statement *statement);
void marks_merge(struct marks *into, const struct marks *from);
/* Does the session begin as those of a tool do, whether it reads anything or not? */
bool marks_are_tools(const struct marks *marks, struct str application);
/* application: what the session called itself; may be empty, and may say anything. */
enum tool dump_tool(const struct marks *marks, struct str application);
/* What of a tool's fingerprint was there, for a reason; static text. */
const char *tool_marks(enum tool tool);

#endif

/* The words of SQL that steer how a statement is read. */
#ifndef ASSAY_TRACE_STATEMENT_WORDS_H
#define ASSAY_TRACE_STATEMENT_WORDS_H

#include "assay/words.h"

/* Sorted, for the search. */
#define WORDS(W)                                  \
    W(ALL, "all")                                 \
    W(AS, "as")                                   \
    W(AVG, "avg")                                 \
    W(BASE_BACKUP, "base_backup")                 \
    W(BENCHMARK, "benchmark")                     \
    W(COPY, "copy")                               \
    W(COUNT, "count")                             \
    W(CREATE, "create")                           \
    W(DATABASE, "database")                       \
    W(DATABASES, "databases")                     \
    W(DECLARE, "declare")                         \
    W(DELETE, "delete")                           \
    W(DISTINCT, "distinct")                       \
    W(DROP, "drop")                               \
    W(DUMPFILE, "dumpfile")                       \
    W(EXCEPT, "except")                           \
    W(EXPLAIN, "explain")                         \
    W(EXTRACTVALUE, "extractvalue")               \
    W(FETCH, "fetch")                             \
    W(FOR, "for")                                 \
    W(FROM, "from")                               \
    W(GROUP, "group")                             \
    W(HAVING, "having")                           \
    W(INSERT, "insert")                           \
    W(INTERSECT, "intersect")                     \
    W(INTO, "into")                               \
    W(JOIN, "join")                               \
    W(LATERAL, "lateral")                         \
    W(LIMIT, "limit")                             \
    W(LO_EXPORT, "lo_export")                     \
    W(LO_IMPORT, "lo_import")                     \
    W(LOAD, "load")                               \
    W(LOAD_FILE, "load_file")                     \
    W(LOCK, "lock")                               \
    W(LOGFILE_GROUP_NAME, "logfile_group_name")   \
    W(MAX, "max")                                 \
    W(MIN, "min")                                 \
    W(NULL, "null")                               \
    W(OFFSET, "offset")                           \
    W(ON, "on")                                   \
    W(ONLY, "only")                               \
    W(OR, "or")                                   \
    W(ORDER, "order")                             \
    W(OUTFILE, "outfile")                         \
    W(PG_LS_DIR, "pg_ls_dir")                     \
    W(PG_READ_BINARY_FILE, "pg_read_binary_file") \
    W(PG_READ_FILE, "pg_read_file")               \
    W(PG_SLEEP, "pg_sleep")                       \
    W(PROGRAM, "program")                         \
    W(REPLACE, "replace")                         \
    W(SAVEPOINT, "savepoint")                     \
    W(SELECT, "select")                           \
    W(SET, "set")                                 \
    W(SHOW, "show")                               \
    W(SLEEP, "sleep")                             \
    W(SNAPSHOT, "snapshot")                       \
    W(SQL_NO_CACHE, "sql_no_cache")               \
    W(START_REPLICATION, "start_replication")     \
    W(STATEMENT, "statement")                     \
    W(STDIN, "stdin")                             \
    W(STDOUT, "stdout")                           \
    W(SUM, "sum")                                 \
    W(SYS_EVAL, "sys_eval")                       \
    W(SYS_EXEC, "sys_exec")                       \
    W(TABLE, "table")                             \
    W(TABLES, "tables")                           \
    W(TO, "to")                                   \
    W(TRUE, "true")                               \
    W(TRUNCATE, "truncate")                       \
    W(UNION, "union")                             \
    W(UPDATE, "update")                           \
    W(UPDATEXML, "updatexml")                     \
    W(USE, "use")                                 \
    W(USING, "using")                             \
    W(WHERE, "where")                             \
    W(WITH, "with")

enum word_id {
    WORD_OTHER,
#define WORD_ID(id, text) WORD_##id,
    WORDS(WORD_ID)
#undef WORD_ID
};

/* In any case of letters; WORD_OTHER: none of them. */
enum word_id word_of(struct str text);

#endif

/* What dumps of schemas and grants say, put together: tables, and who may do what.
 *
 *   file ─ dump_read.c ─▶ statements ─ dump_words.c ─▶ tables, grants ─ dump.c ─▶ what an account reads
 *                      └▶ lines of SHOW GRANTS and \dp ┘    rows of mysql.user: dump_users.c
 *
 * Written for mysqldump, SHOW GRANTS, pg_dump and pg_dumpall, psql's \dp, SQLite's .schema. */
#ifndef ASSAY_REACH_DUMP_H
#define ASSAY_REACH_DUMP_H

#include "base/arena.h"
#include "formats/sql.h"

enum { DUMP_TABLES_MAX = 200000, DUMP_GRANTS_MAX = 400000, DUMP_COLUMNS_MAX = 4096 };

/* Rights that go further than reading tables, as bits. */
#define DUMP_POWERS(X)                                                                                             \
    X(POWER_SUPER, "SUPER", "changes any setting of the server and stands above other accounts")                   \
    X(POWER_FILE, "FILE", "reads and writes files as the server's system account, where secure_file_priv lets it") \
    X(POWER_PROCESS, "PROCESS", "sees the statements of all accounts, with the values in them")                    \
    X(POWER_RELOAD, "RELOAD", "can lock and flush all tables, as for a copy of the server")                        \
    X(POWER_REPLICATION, "REPLICATION SLAVE", "receives every change of every database as a replica does")         \
    X(POWER_CREATE_USER, "CREATE USER", "makes accounts and changes their passwords")                              \
    X(POWER_GRANT, "GRANT OPTION", "hands its rights on to others")                                                \
    X(POWER_SUPERUSER, "SUPERUSER", "no right is withheld from it")                                                \
    X(POWER_BYPASSRLS, "BYPASSRLS", "row-level security does not hold it")                                         \
    X(POWER_PG_REPLICATION, "REPLICATION", "copies the whole cluster as a replica does")                           \
    X(POWER_CREATEROLE, "CREATEROLE", "makes roles and becomes a member of most")                                  \
    X(POWER_READ_ALL, "pg_read_all_data", "reads every table, whatever the grants on it say")                      \
    X(POWER_READ_FILES, "pg_read_server_files", "reads files that the server's system account can read")           \
    X(POWER_WRITE_FILES, "pg_write_server_files", "writes files that the server's system account can write")       \
    X(POWER_PROGRAM, "pg_execute_server_program", "runs programs as the server's system account")

enum dump_power {
#define X(id, name, means) id,
    DUMP_POWERS(X)
#undef X
        POWER_COUNT
};

enum dump_family { FAMILY_UNKNOWN, FAMILY_MYSQL, FAMILY_POSTGRESQL, FAMILY_SQLITE };

struct dump_column {
    struct str name, type;
};

struct dump_table {
    struct str database, schema, name; /* schema: PostgreSQL, empty elsewhere */
    struct dump_column *columns;
    size_t column_count;
    bool is_view;
    bool is_granted_only; /* no CREATE TABLE: a grant names it */
    uint64_t hash;        /* of the three names */
};

enum dump_on { ON_EVERYTHING, ON_DATABASE, ON_SCHEMA, ON_TABLES_OF_SCHEMA, ON_TABLE, ON_ROLE };

struct dump_grant {
    enum dump_on on;
    struct str who;                    /* account or role, without host */
    struct str database, schema, name; /* what on; of ON_ROLE: name is the role */
    bool reads;
    struct str *columns; /* only these; count 0: all */
    size_t column_count;
    uint32_t powers;
    bool is_row_security; /* no grant: the rows of this table are not for everybody */
    struct str text;      /* as it stands in the dump, cut */
    uint64_t hash;        /* of ON_TABLE */
};

struct dump_model {
    struct arena keep;
    struct dump_table *tables;
    size_t table_count, table_room;
    struct dump_grant *grants;
    size_t grant_count, grant_room;
    struct str database;             /* that the statements are about now */
    struct str row_schema, row_name; /* of the last row of \dp that named a table */
    enum dump_family family;
    struct str *scratch; /* DUMP_COLUMNS_MAX */
    uint64_t statements, too_long, not_understood;
};

MUST_USE int dump_model_open(struct dump_model *model, struct err *err);
void own_dump_model(struct dump_model *model);
uint64_t dump_hash(struct str database, struct str schema, struct str name);
/* NULL with err at the limit or without memory. */
MUST_USE struct dump_table *dump_add_table(struct dump_model *model, struct err *err);
MUST_USE struct dump_grant *dump_add_grant(struct dump_model *model, struct err *err);

/* dump_read.c. Bytes of one file into the model. err: IO, LIMIT. */
MUST_USE int dump_read_bytes(const struct table_bytes *bytes, struct dump_model *model, struct err *err);
MUST_USE int dump_read_file(const char *path, struct dump_model *model, struct err *err);

/* dump_words.c. One whole statement, c behind its first word, at its end; may be changed in place. */
MUST_USE int dump_create(struct dump_model *model, struct sql_cursor c, struct err *err);
MUST_USE int dump_alter(struct dump_model *model, struct sql_cursor c, struct err *err);
MUST_USE int dump_grant(struct dump_model *model, struct sql_cursor c, struct err *err);
MUST_USE int dump_use(struct dump_model *model, struct sql_cursor c, struct err *err);
/* A row of \dp: "public | customers | table | shop=arwdDxt/postgres". */
MUST_USE int dump_privilege_row(struct dump_model *model, struct str line, struct err *err);

/* dump_users.c. "INSERT INTO `user` VALUES (...)" of the database mysql, c behind INSERT. Any other insert is left alone. */
MUST_USE int dump_insert(struct dump_model *model, struct sql_cursor c, struct err *err);

const char *dump_power_name(enum dump_power power);
const char *dump_power_means(enum dump_power power);

#endif

/* What SHOW GRANTS of ClickHouse says, and what follows for one table or column. */
#ifndef ASSAY_SOURCES_CLICKHOUSE_GRANTS_H
#define ASSAY_SOURCES_CLICKHOUSE_GRANTS_H

#include "base/arena.h"

enum { GRANTS_MAX = 4096, GRANTS_ROLES_MAX = 64 };

/* How much of the server a grant is about; a deeper one wins over those above it. */
enum grant_level { GRANT_GLOBAL, GRANT_DATABASES, GRANT_DATABASE, GRANT_TABLES, GRANT_TABLE, GRANT_COLUMN };

struct grant {
    struct str privilege;               /* "SELECT", "CREATE USER", "ALL"; as the server writes it */
    struct str line;                    /* the statement it stands in */
    struct str database, table, column; /* with level DATABASES and TABLES: how the name begins */
    enum grant_level level;
    uint32_t grantee; /* 0: the first one seen; rights of different ones add up */
    bool is_revoke;
    bool is_on_source; /* ON is followed by something that is no table: "S3", "*" */
};

struct grants {
    struct arena arena;
    struct grant *list;
    size_t count;
    struct str grantees[GRANTS_ROLES_MAX + 1];
    size_t grantee_count;
    struct str roles[GRANTS_ROLES_MAX]; /* granted to a grantee; what they hold is in their own statements */
    size_t role_count;
    bool is_partial; /* something was not understood or not shown: more rights may be there */
};

MUST_USE int grants_open(struct grants *grants, struct err *err);
void grants_close(struct grants *grants);
void own_grants(struct grants *grants);
/* One statement of SHOW GRANTS. One that is not understood sets is_partial. err: LIMIT (memory). */
MUST_USE int grants_add(struct grants *grants, struct str line, struct err *err);

/* May rows of it be read? column empty: the table's every column. */
bool grants_select(const struct grants *grants, struct str database, struct str table, struct str column);
/* Is every table of the database shown to the account? */
bool grants_show_all(const struct grants *grants, struct str database);
/* Is every database shown to the account? */
bool grants_show_databases(const struct grants *grants);
/* The statement that gives SELECT (or ALL) on a whole database or more; empty: none. */
struct str grants_why(const struct grants *grants, struct str database);
/* ALL ON *.* with nothing revoked. */
bool grants_are_all(const struct grants *grants);

#endif

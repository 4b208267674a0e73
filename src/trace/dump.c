/* Which program a session's statements came from, by what only it sends. Measured on real servers
 * (docs/trace-database.md has the statements); a program may be imitated, and a name may be given to any. */
#include "trace/statement.h"

#include "base/str.h"

#include "base/banned.h"

const char *tool_name(enum tool tool)
{
    static const char *const names[TOOL_COUNT] = {
        [TOOL_NONE] = "none",
        [TOOL_MYSQLDUMP] = "mariadb-dump or mysqldump",
        [TOOL_PG_DUMP] = "pg_dump",
        [TOOL_ADMINER] = "Adminer",
        [TOOL_PHPMYADMIN] = "phpMyAdmin",
        [TOOL_COPY] = "COPY to the client",
        [TOOL_FILE] = "a file on the server",
        [TOOL_WALK] = "a walk through a table",
        [TOOL_SELECTS] = "whole tables by select",
        [TOOL_REPLICA] = "a replica or physical copy",
    };
    return names[tool];
}

const char *tool_marks(enum tool tool)
{
    static const char *const marks[TOOL_COUNT] = {
        [TOOL_NONE] = "nothing",
        [TOOL_MYSQLDUMP] = "SELECT /*!40001 SQL_NO_CACHE */ of whole tables, and what stands around it",
        [TOOL_PG_DUMP] =
            "row_security and synchronize_seqscans set off, tables locked IN ACCESS SHARE MODE, each then read whole",
        [TOOL_ADMINER] =
            "its opening (sql_quote_show_create with autocommit; in PostgreSQL the application name \"Adminer\"), then SELECT * of whole tables",
        [TOOL_PHPMYADMIN] = "lc_messages and collation_connection set, then whole tables by the names of their columns",
        [TOOL_COPY] = "COPY of whole tables to the client, without pg_dump's settings",
        [TOOL_FILE] = "INTO OUTFILE or DUMPFILE, or COPY to a file of the server or a program",
        [TOOL_WALK] = "one statement over and over, with a LIMIT that moves on",
        [TOOL_SELECTS] = "selects without a condition and without a LIMIT",
        [TOOL_REPLICA] = "a connection that asks for the server's own stream of changes or files",
    };
    return marks[tool];
}

void marks_take(struct marks *marks, const struct statement *statement)
{
    marks->looks |= statement->looks;
    marks->whole += (statement->looks & LOOK_WHOLE) != 0;
    marks->creates += (statement->looks & LOOK_SHOW_CREATE) != 0;
}

void marks_merge(struct marks *into, const struct marks *from)
{
    into->looks |= from->looks;
    into->whole += from->whole;
    into->creates += from->creates;
}

static bool has(const struct marks *marks, unsigned looks)
{
    return (marks->looks & looks) == looks;
}

static bool has_any(const struct marks *marks, unsigned looks)
{
    return (marks->looks & looks) != 0;
}

/* mariadb-dump 10.11 names columns, older ones and MySQL's send `*`: the comment is what both have. */
static bool is_mysqldump(const struct marks *marks)
{
    return has(marks, LOOK_NO_CACHE) && marks->whole > 0;
}

static bool is_pg_dump(const struct marks *marks)
{
    bool reads = has_any(marks, LOOK_TO_CLIENT | LOOK_DUMP_CURSOR) && marks->whole > 0;
    return reads && (has(marks, LOOK_LOCK_SHARE | LOOK_ROW_SECURITY) || has(marks, LOOK_DUMP_CURSOR) ||
                     has(marks, LOOK_ROW_SECURITY | LOOK_SEQSCANS));
}

/* 5.2 sets these two on every connection; a page of a table that it shows has a LIMIT, an export has none. */
static bool is_phpmyadmin(const struct marks *marks)
{
    return has(marks, LOOK_LC_MESSAGES | LOOK_COLLATION) && marks->whole > 0;
}

/* 4.8.1: one SET of two variables begins every connection to MySQL, an application name every one to PostgreSQL; an
 * export as SQL sets zone and mode and asks for the tables' definitions, one as CSV does not. */
static bool is_adminer(const struct marks *marks, struct str application)
{
    bool is_export = has(marks, LOOK_ZONE_UTC | LOOK_NO_MODE) && marks->creates > 0;
    bool is_its = has(marks, LOOK_ADMINER) || is_export || str_starts(application, STR("Adminer"));
    return marks->whole > 0 && has(marks, LOOK_STAR) && is_its;
}

bool marks_are_tools(const struct marks *marks, struct str application)
{
    return has_any(marks, LOOK_NO_CACHE | LOOK_ROW_SECURITY | LOOK_ADMINER | LOOK_LOGFILES) ||
           has(marks, LOOK_LC_MESSAGES | LOOK_COLLATION) || str_starts(application, STR("Adminer"));
}

enum tool dump_tool(const struct marks *marks, struct str application)
{
    if (is_mysqldump(marks)) {
        return TOOL_MYSQLDUMP;
    }
    if (is_pg_dump(marks)) {
        return TOOL_PG_DUMP;
    }
    if (is_phpmyadmin(marks)) {
        return TOOL_PHPMYADMIN;
    }
    if (is_adminer(marks, application)) {
        return TOOL_ADMINER;
    }
    if (has(marks, LOOK_TO_FILE)) {
        return TOOL_FILE;
    }
    if (has(marks, LOOK_TO_CLIENT) && marks->whole > 0) {
        return TOOL_COPY;
    }
    if (has(marks, LOOK_REPLICA)) {
        return TOOL_REPLICA;
    }
    return marks->whole > 0 ? TOOL_SELECTS : TOOL_NONE;
}

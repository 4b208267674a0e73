/* What SHOW GRANTS of MySQL and MariaDB answers, line by line, as a live server says it or a dump holds it:
 *
 *   GRANT SELECT (`a`, `b`), INSERT ON `shop`.`customers` TO `u`@`%` WITH GRANT OPTION
 *         └ rights, one with columns ┘    └ object ─────────┘
 *
 * The bytes are not ours: any bytes are taken, and a line that is no grant is of level GRANT_NONE. */
#ifndef ASSAY_SOURCES_MYSQL_GRANTS_H
#define ASSAY_SOURCES_MYSQL_GRANTS_H

#include "base/arena.h"

enum grant_level {
    GRANT_NONE,     /* SET DEFAULT ROLE, a comment, anything else */
    GRANT_GLOBAL,   /* *.* */
    GRANT_DATABASE, /* `shop\_%`.*: name is a pattern */
    GRANT_TABLE,    /* `shop`.`customers` */
    GRANT_ROUTINE,  /* PROCEDURE `shop`.`p` */
    GRANT_PROXY,    /* ''@'%' */
    GRANT_ROLE      /* `reader` TO ... */
};

struct grant_right {
    struct str name;  /* "SELECT", "ALL PRIVILEGES"; of a role grant: the role */
    bool has_columns; /* only for the columns listed */
};

struct grant {
    enum grant_level level;
    bool is_revoke;          /* MySQL's partial revokes */
    bool can_pass_on;        /* WITH GRANT OPTION */
    struct str database, to; /* as granted, without quotes; `to` is the table or routine */
    const struct grant_right *rights;
    size_t right_count;
};

struct grants {
    struct grant *all;
    size_t count, room;
};

enum { GRANT_LINE_BYTES_MAX = 1 << 20, GRANT_RIGHTS_MAX = 256, GRANTS_MAX = 1 << 18 };

/* Adds the grant of one line; what it holds lives in keep. err: LIMIT. */
MUST_USE int maria_grants_add(struct grants *grants, struct str line, struct arena *keep, struct err *err);
void maria_grants_clear(struct grants *grants);

/* Is the right given for all columns of what the grant is for? ALL PRIVILEGES gives all but GRANT OPTION and PROXY. */
bool grant_gives(const struct grant *grant, struct str right);
/* LIKE with %, _ and \ before either, bytewise. */
bool grant_covers(struct str pattern, struct str database);
/* Of several patterns that cover a database, the server takes one: that with the longest beginning before % or _. */
size_t grant_rank(struct str pattern);

#endif

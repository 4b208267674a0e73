/* What the grants of a MySQL or MariaDB account amount to. The catalogue (information_schema) hides what an account may not
 * touch, so a list of tables says nothing about what is missing from it; the grants do: SELECT on *.* or on a whole
 * database makes the list of its tables complete.
 *
 * An account has its own rights, those of one role (MariaDB) or of all roles it takes on (MySQL), and in MariaDB those
 * of PUBLIC. Whoever has the password can take on any of its roles, so the survey takes on the one that reads most. */
#include <stdio.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/maria.h"

#include "base/banned.h"

enum {
    ROLES_MAX = 64,
    POWERS_MAX = 200,
    MARIADB_PUBLIC_SINCE = 101100,
    MARIADB_ROLES_SINCE = 100005,
    MYSQL_ROLES_SINCE = 80000
};

/* ---- collecting ---- */

/* err NULL: a server that does not know the question is no trouble. */
static int read_grants(struct maria *maria, const char *question, struct arena *keep, struct grants *grants,
                       struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    OWN(own_maria_answer) struct maria_answer answer = {0};
    buf_puts(&sql, question);
    TRY(maria_ask(maria, &sql, &answer, err));
    for (size_t row = 0; row < answer.rows; row++) {
        TRY(maria_grants_add(grants, maria_cell(&answer, row, 0), keep, err));
    }
    return 0;
}

static int ask_one(struct maria *maria, const char *question, char *out, size_t out_bytes, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    OWN(own_maria_answer) struct maria_answer answer = {0};
    buf_puts(&sql, question);
    TRY(maria_ask(maria, &sql, &answer, err));
    struct str text = answer.rows == 0 ? STR("") : maria_cell(&answer, 0, 0);
    (void)snprintf(out, out_bytes, "%.*s", STR_FMT(text));
    return 0;
}

/* How far reading goes: everything, then databases, then tables. */
static uint64_t reach_of(const struct grants *grants)
{
    static const uint64_t weight[] = {
        [GRANT_GLOBAL] = UINT64_C(1) << 40, [GRANT_DATABASE] = UINT64_C(1) << 20, [GRANT_TABLE] = 1};
    uint64_t reach = 0;
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->all[i];
        bool counts = grant->level >= GRANT_GLOBAL && grant->level <= GRANT_TABLE && !grant->is_revoke;
        reach += counts && grant_gives(grant, STR("SELECT")) ? weight[grant->level] : 0;
    }
    return reach;
}

static int set_role(struct maria *maria, struct str role, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SET ROLE ");
    maria_name(&sql, role);
    TRY(buf_check(&sql, err));
    return maria_run(maria, sql.data, err);
}

/* MariaDB has one role at a time: each that can be taken on is tried, and the one that reads most is kept. */
static int choose_role(struct maria *maria, struct maria_rights *rights, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    OWN(own_maria_answer) struct maria_answer roles = {0};
    buf_printf(&sql, "SELECT DISTINCT ROLE_NAME FROM information_schema.APPLICABLE_ROLES ORDER BY 1 LIMIT %d",
               ROLES_MAX);
    TRY(maria_ask(maria, &sql, &roles, err));
    uint64_t widest = 0;
    for (size_t i = 0; i < roles.rows; i++) {
        struct grants held = {0};
        bool can = set_role(maria, maria_cell(&roles, i, 0), NULL) == 0 &&
                   read_grants(maria, "SHOW GRANTS FOR CURRENT_ROLE", &rights->arena, &held, NULL) == 0;
        if (can && (reach_of(&held) > widest || rights->role_name[0] == '\0')) {
            struct grants worse = rights->role;
            widest = reach_of(&held);
            rights->role = held;
            held = worse;
            (void)snprintf(rights->role_name, sizeof rights->role_name, "%.*s", STR_FMT(maria_cell(&roles, i, 0)));
        }
        maria_grants_clear(&held);
    }
    return rights->role_name[0] == '\0' ? maria_run(maria, "SET ROLE NONE", err)
                                        : set_role(maria, str_of(rights->role_name), err);
}

static int collect(struct maria *maria, struct maria_rights *rights, struct err *err)
{
    TRY(ask_one(maria, "SELECT CURRENT_USER()", rights->account, sizeof rights->account, err));
    if (!maria->is_mariadb) {
        char literal[8] = "0";
        if (maria->version >= MYSQL_ROLES_SINCE) {
            (void)!maria_run(maria, "SET ROLE ALL", NULL);
            (void)!ask_one(maria, "SELECT @@partial_revokes", literal, sizeof literal, NULL);
        }
        rights->names_are_literal = literal[0] == '1';
        return read_grants(maria, "SHOW GRANTS", &rights->arena, &rights->own, err);
    }
    bool has_roles = maria->version >= MARIADB_ROLES_SINCE;
    if (has_roles) {
        TRY(maria_run(maria, "SET ROLE NONE", err));
    }
    TRY(read_grants(maria, "SHOW GRANTS", &rights->arena, &rights->own, err));
    if (maria->version >= MARIADB_PUBLIC_SINCE) {
        (void)!read_grants(maria, "SHOW GRANTS FOR PUBLIC", &rights->arena, &rights->everybody, NULL);
    }
    return has_roles ? choose_role(maria, rights, err) : 0;
}

int maria_rights_read(struct maria *maria, struct maria_rights *ret_rights, struct err *err)
{
    *ret_rights = (struct maria_rights){0};
    arena_init(&ret_rights->arena, 64 << 20);
    if (collect(maria, ret_rights, err) != 0) {
        own_maria_rights(ret_rights);
        return -1;
    }
    return 0;
}

void own_maria_rights(struct maria_rights *rights)
{
    maria_grants_clear(&rights->own);
    maria_grants_clear(&rights->role);
    maria_grants_clear(&rights->everybody);
    arena_clear(&rights->arena);
}

/* ---- what they give ---- */

static void put_object(struct buf *out, const struct grant *grant)
{
    if (grant->level == GRANT_GLOBAL) {
        buf_puts(out, "*.*");
        return;
    }
    maria_name(out, grant->database);
    buf_putc(out, '.');
    if (grant->level == GRANT_DATABASE) {
        buf_putc(out, '*');
    } else {
        maria_name(out, grant->to);
    }
}

/* "GRANT ALL PRIVILEGES ON `shop`.*": the words of the grant itself, without the password hash that may follow them. */
static void put_grant(struct buf *out, const struct grant *grant, struct str right)
{
    bool by_name = false;
    for (size_t i = 0; i < grant->right_count; i++) {
        by_name = by_name || str_eq_nocase(grant->rights[i].name, right);
    }
    bool is_option = str_eq(right, STR("GRANT OPTION"));
    buf_printf(out, "GRANT %s ON ", is_option ? "..." : by_name ? right.data : "ALL PRIVILEGES");
    put_object(out, grant);
    buf_puts(out, is_option ? " WITH GRANT OPTION" : "");
}

static bool covers(const struct maria_rights *rights, const struct grant *grant, struct str database)
{
    return rights->names_are_literal ? str_eq(grant->database, database) : grant_covers(grant->database, database);
}

/* The grant by which one holder reads all of a database, or NULL. A revoke takes a database out of *.*; of several
 * patterns the server takes one. */
static const struct grant *whole_by(const struct maria_rights *rights, const struct grants *grants, struct str database)
{
    const struct grant *global = NULL, *nearest = NULL;
    bool is_revoked = false;
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->all[i];
        bool reads = grant_gives(grant, STR("SELECT"));
        if (grant->level == GRANT_GLOBAL && reads && !grant->is_revoke) {
            global = grant;
        } else if (grant->level == GRANT_DATABASE && grant->is_revoke) {
            is_revoked = is_revoked || (reads && covers(rights, grant, database));
        } else if (grant->level == GRANT_DATABASE && covers(rights, grant, database) &&
                   (nearest == NULL || grant_rank(grant->database) > grant_rank(nearest->database))) {
            nearest = grant;
        }
    }
    if (global != NULL && !is_revoked) {
        return global;
    }
    return nearest != NULL && grant_gives(nearest, STR("SELECT")) ? nearest : NULL;
}

bool maria_rights_whole(const struct maria_rights *rights, struct str database, struct buf *why)
{
    const struct grants *holders[] = {&rights->own, &rights->role, &rights->everybody};
    static const char *const through[] = {"", " (through a role)", " TO PUBLIC"};
    for (size_t i = 0; i < 3; i++) {
        const struct grant *by = whole_by(rights, holders[i], database);
        if (by != NULL) {
            put_grant(why, by, STR("SELECT"));
            buf_puts(why, through[i]);
            return true;
        }
    }
    return false;
}

static bool holds_globally(const struct grants *grants, struct str right)
{
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->all[i];
        if (grant->level == GRANT_GLOBAL && !grant->is_revoke && grant_gives(grant, right)) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct maria_rights *rights, struct str right)
{
    return holds_globally(&rights->own, right) || holds_globally(&rights->role, right) ||
           holds_globally(&rights->everybody, right);
}

bool maria_rights_super(const struct maria_rights *rights)
{
    static const struct str all[] = {STR_INIT("SELECT"),  STR_INIT("SUPER"),       STR_INIT("FILE"),
                                     STR_INIT("PROCESS"), STR_INIT("CREATE USER"), STR_INIT("RELOAD")};
    bool has_all = true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        has_all = has_all && holds(rights, all[i]);
    }
    for (size_t i = 0; i < rights->own.count; i++) {
        has_all = has_all && !rights->own.all[i].is_revoke;
    }
    return has_all;
}

bool maria_rights_see_all(const struct maria_rights *rights)
{
    return holds(rights, STR("SHOW DATABASES")) || holds(rights, STR("SELECT"));
}

/* ---- what goes further than reading tables ---- */

/* ALL PRIVILEGES holds the rights of its own server only. */
enum dialect { BOTH, ONLY_MARIADB, ONLY_MYSQL };

static const struct power {
    struct str right;
    const char *means;
    bool only_globally;
    enum dialect dialect;
} powers[] = {
    {STR_INIT("SUPER"), "changes the server's settings, ends other sessions and, on older servers, acts as any account",
     true, BOTH},
    {STR_INIT("PROCESS"), "sees what every other account is asking at the moment, values included", true, BOTH},
    {STR_INIT("RELOAD"), "flushes tables and logs", true, BOTH},
    {STR_INIT("SHUTDOWN"), "stops the server", true, BOTH},
    {STR_INIT("REPLICATION SLAVE"), "streams the binary log: every change in every database, also those it cannot read",
     true, BOTH},
    {STR_INIT("REPLICATION CLIENT"), "sees the names and positions of the binary logs", true,
     ONLY_MYSQL}, /* and MariaDB before 10.5 */
    {STR_INIT("BINLOG MONITOR"), "sees the names and positions of the binary logs", true, ONLY_MARIADB},
    {STR_INIT("CREATE USER"), "makes accounts and sets passwords of others", true, BOTH},
    {STR_INIT("SET USER"), "makes views and routines that run as another account", true, ONLY_MARIADB},
    {STR_INIT("SET_USER_ID"), "makes views and routines that run as another account", true, ONLY_MYSQL},
    {STR_INIT("SET_ANY_DEFINER"), "makes views and routines that run as another account", true, ONLY_MYSQL},
    {STR_INIT("ROLE_ADMIN"), "gives any role to any account", true, ONLY_MYSQL},
    {STR_INIT("BACKUP_ADMIN"), "blocks changes for a backup; with CLONE the whole server can be copied", true,
     ONLY_MYSQL},
    {STR_INIT("CLONE_ADMIN"), "replaces this server's data with another's", true, ONLY_MYSQL},
    {STR_INIT("FEDERATED ADMIN"), "names other servers for tables to read from", true, ONLY_MARIADB},
    {STR_INIT("SYSTEM_VARIABLES_ADMIN"), "changes the server's settings", true, ONLY_MYSQL},
    {STR_INIT("GRANT OPTION"), "passes its rights on to other accounts", false, BOTH},
    {STR_INIT("EXECUTE"), "runs stored routines, which may read with the rights of whoever made them", false, BOTH},
    {STR_INIT("EVENT"), "leaves statements behind that the server runs later", false, BOTH},
    {STR_INIT("TRIGGER"), "leaves statements behind that run when others change rows", false, BOTH},
};

struct telling {
    const struct survey_sink *sink;
    const struct maria_rights *rights;
    enum dialect other; /* what this server does not speak */
    size_t told;
};

static int tell(struct telling *telling, struct str name, const char *means, const struct buf *from, struct err *err)
{
    TRY(buf_check(from, err));
    if (telling->told++ == POWERS_MAX) {
        return telling->sink->power(
            telling->sink->self,
            &(struct survey_power){STR("more"), "there are more such grants than are listed", STR("SHOW GRANTS")}, err);
    }
    return telling->told > POWERS_MAX
               ? 0
               : telling->sink->power(telling->sink->self, &(struct survey_power){name, means, buf_str(from)}, err);
}

static int tell_file(struct telling *telling, struct maria *maria, const struct grant *grant, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    OWN(own_buf) struct buf from = {0};
    OWN(own_maria_answer) struct maria_answer answer = {0};
    char means[512] = "reads and writes files on the server's machine (where, the server does not say)";
    buf_puts(&sql, "SELECT @@secure_file_priv");
    if (maria_ask(maria, &sql, &answer, NULL) == 0 && answer.rows == 1 && answer.columns == 1) {
        struct str folder = maria_cell(&answer, 0, 0);
        bool is_unset = answer.cells[0].data == NULL;
        if (is_unset && !maria->is_mariadb) { /* NULL forbids in MySQL, and in MariaDB sets no bound */
            (void)snprintf(means, sizeof means, "reads and writes no file: secure_file_priv is NULL");
        } else if (folder.len == 0) {
            (void)snprintf(means, sizeof means,
                           "reads any file that the server's system account can read, and writes new ones "
                           "(secure_file_priv is not set)");
        } else {
            (void)snprintf(means, sizeof means, "reads and writes files below %.*s (secure_file_priv)",
                           STR_FMT(folder));
        }
    }
    put_grant(&from, grant, STR("FILE"));
    return tell(telling, STR("FILE"), means, &from, err);
}

static int tell_rights(struct telling *telling, const struct grant *grant, const char *through, struct err *err)
{
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        const struct power *power = &powers[i];
        bool fits = power->dialect != telling->other && (grant->level == GRANT_GLOBAL || !power->only_globally);
        if (fits && grant_gives(grant, power->right)) {
            OWN(own_buf) struct buf from = {0};
            put_grant(&from, grant, power->right);
            buf_puts(&from, through);
            TRY(tell(telling, power->right, power->means, &from, err));
        }
    }
    return 0;
}

/* The server's own tables hold the password hash of every account. */
static bool reads_hashes(const struct grant *grant)
{
    bool by_table = grant->level == GRANT_TABLE && str_eq_nocase(grant->database, STR("mysql")) &&
                    (str_eq_nocase(grant->to, STR("user")) || str_eq_nocase(grant->to, STR("global_priv")));
    bool by_database = grant->level == GRANT_DATABASE && grant_covers(grant->database, STR("mysql"));
    return (grant->level == GRANT_GLOBAL || by_database || by_table) && grant_gives(grant, STR("SELECT"));
}

static int tell_changes(struct telling *telling, const struct grant *grant, const char *through, struct err *err)
{
    static const struct str changes[] = {STR_INIT("INSERT"), STR_INIT("UPDATE"), STR_INIT("DELETE"), STR_INIT("DROP")};
    OWN(own_buf) struct buf name = {0};
    OWN(own_buf) struct buf from = {0};
    struct str last = {NULL, 0};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (grant_gives(grant, changes[i])) {
            buf_printf(&name, "%s%s", name.len == 0 ? "" : ", ", changes[i].data);
            last = changes[i];
        }
    }
    if (name.len == 0) {
        return 0;
    }
    put_grant(&from, grant, last);
    buf_puts(&from, through);
    TRY(buf_check(&name, err));
    return tell(telling, buf_str(&name), "changes or removes rows: what is there now need not be what was there", &from,
                err);
}

static int tell_holder(struct telling *telling, struct maria *maria, const struct grants *grants, const char *through,
                       struct err *err)
{
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->all[i];
        OWN(own_buf) struct buf from = {0};
        if (grant->is_revoke) {
            continue;
        }
        if (grant->level == GRANT_GLOBAL && grant_gives(grant, STR("FILE"))) {
            TRY(tell_file(telling, maria, grant, err));
        }
        if (reads_hashes(grant)) {
            put_grant(&from, grant, STR("SELECT"));
            buf_puts(&from, through);
            TRY(tell(telling, STR("mysql.user"), "reads the password hashes of every account of the server", &from,
                     err));
        }
        if (grant->level == GRANT_PROXY) {
            buf_puts(&from, "GRANT PROXY");
            TRY(tell(telling, STR("PROXY"), "acts as another account", &from, err));
        }
        if (grant->level == GRANT_GLOBAL || grant->level == GRANT_DATABASE) {
            TRY(tell_rights(telling, grant, through, err));
            TRY(tell_changes(telling, grant, through, err));
        }
    }
    return 0;
}

/* Engines whose tables lie on other servers, for whoever may make tables. */
static int tell_engines(struct telling *telling, struct maria *maria, struct err *err)
{
    bool may_create = false;
    const struct grants *holders[] = {&telling->rights->own, &telling->rights->role, &telling->rights->everybody};
    for (size_t h = 0; h < 3; h++) {
        for (size_t i = 0; i < holders[h]->count; i++) {
            const struct grant *grant = &holders[h]->all[i];
            bool is_wide = grant->level == GRANT_GLOBAL || grant->level == GRANT_DATABASE;
            may_create = may_create || (is_wide && !grant->is_revoke && grant_gives(grant, STR("CREATE")));
        }
    }
    OWN(own_buf) struct buf sql = {0};
    OWN(own_maria_answer) struct maria_answer engines = {0};
    buf_puts(&sql, "SELECT ENGINE FROM information_schema.ENGINES WHERE SUPPORT IN ('YES', 'DEFAULT') AND "
                   "ENGINE IN ('FEDERATED', 'CONNECT', 'SPIDER', 'S3') ORDER BY 1");
    if (!may_create || maria_ask(maria, &sql, &engines, NULL) != 0) {
        return 0;
    }
    OWN(own_buf) struct buf from = {0};
    buf_puts(&from, "CREATE, and the engine is there");
    for (size_t i = 0; i < engines.rows; i++) {
        TRY(tell(telling, maria_cell(&engines, i, 0), "makes tables that read from other hosts, as the server", &from,
                 err));
    }
    return 0;
}

/* The roles it could take on besides the one it did. */
static int tell_roles(struct telling *telling, struct err *err)
{
    const struct maria_rights *rights = telling->rights;
    for (size_t i = 0; i < rights->own.count; i++) {
        const struct grant *grant = &rights->own.all[i];
        for (size_t r = 0; grant->level == GRANT_ROLE && r < grant->right_count; r++) {
            struct str role = grant->rights[r].name;
            bool is_on = rights->role_name[0] == '\0' || str_eq(role, str_of(rights->role_name));
            OWN(own_buf) struct buf from = {0};
            buf_puts(&from, "GRANT ");
            maria_name(&from, role);
            TRY(tell(telling, STR("SET ROLE"),
                     is_on ? "takes on a role, whose rights are counted here as its own"
                           : "takes on another role, whose tables are not listed here",
                     &from, err));
        }
    }
    return 0;
}

static int tell_account(struct telling *telling, struct err *err)
{
    struct str account = str_of(telling->rights->account);
    OWN(own_buf) struct buf from = {0};
    buf_put(&from, account);
    if (str_starts(account, STR("@"))) {
        TRY(tell(telling, STR("anonymous"), "anybody logs in as this account, under any name", &from, err));
    }
    if (str_ends(account, STR("@%"))) {
        TRY(tell(telling, STR("any host"), "may log in from any address that reaches the server", &from, err));
    }
    return 0;
}

int maria_rights_powers(struct maria *maria, const struct maria_rights *rights, const struct survey_sink *sink,
                        struct err *err)
{
    struct telling telling = {sink, rights, maria->is_mariadb ? ONLY_MYSQL : ONLY_MARIADB, 0};
    TRY(tell_account(&telling, err));
    TRY(tell_holder(&telling, maria, &rights->own, "", err));
    TRY(tell_holder(&telling, maria, &rights->role, " (through a role)", err));
    TRY(tell_holder(&telling, maria, &rights->everybody, " TO PUBLIC", err));
    TRY(tell_engines(&telling, maria, err));
    return tell_roles(&telling, err);
}

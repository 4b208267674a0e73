/* MySQL and MariaDB through libmariadb. One READ ONLY transaction over a consistent snapshot (of the engines that have
 * such: InnoDB; MyISAM and Aria are read as they are), every statement under the server's own time limit, so that a
 * statement whose asker has died does not run on. Rows are not buffered.
 *
 * A server may be hostile, and the credentials may be somebody else's, so the client: reads no option file; sends no
 * local file, whatever the server asks for (LOAD DATA LOCAL INFILE); answers only to ways of logging in that do not
 * hand out the password in the clear or ask on the terminal; bounds what one row may take.
 *
 * TLS is used when the server offers it, without asking who it is: what is examined is this server, and a refusal
 * would send the same password without TLS. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/maria.h"

#include "base/banned.h"

enum { ROW_BYTES_MAX = 64 << 20, CONNECT_SECONDS = 15, STATEMENT_SECONDS = 30 * 60, MYSQL_READ_ONLY_SINCE = 50605 };

/* ---- coming in ---- */

static void maria_close(void *state)
{
    struct maria *maria = state;
    if (maria != NULL) {
        if (maria->link != NULL) {
            mysql_close(maria->link);
        }
        arena_clear(&maria->arena);
        free(maria);
    }
}

/* Answers a server that asks for a file of ours, should the library ever let the question through. */
static int no_file(void **handle, const char *name, void *self)
{
    (void)name, (void)self;
    *handle = NULL;
    return 1;
}

static int no_bytes(void *handle, char *out, unsigned out_bytes)
{
    (void)handle, (void)out, (void)out_bytes;
    return -1;
}

static void no_end(void *handle)
{
    (void)handle;
}

static int no_reason(void *handle, char *out, unsigned out_bytes)
{
    (void)handle;
    (void)snprintf(out, out_bytes, "no file is given to a server");
    return CR_UNKNOWN_ERROR;
}

static void set_options(MYSQL *link, const struct source_login *login, bool tls)
{
    unsigned no = 0;
    unsigned connecting = login != NULL && login->connect_seconds != 0 ? login->connect_seconds : CONNECT_SECONDS;
    unsigned asking = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : STATEMENT_SECONDS;
    unsigned long row_max = ROW_BYTES_MAX;
    my_bool off = 0, enforce = tls;
    mysql_options(link, MYSQL_OPT_CONNECT_TIMEOUT, &connecting);
    mysql_options(link, MYSQL_OPT_READ_TIMEOUT, &asking);
    mysql_options(link, MYSQL_OPT_WRITE_TIMEOUT, &asking);
    mysql_options(link, MYSQL_OPT_NONBLOCK, 0);
    mysql_options(link, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_set_local_infile_handler(link, no_file, no_bytes, no_end, no_reason, NULL);
    mysql_options(link, MYSQL_OPT_RECONNECT, &off);
    mysql_options(link, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(link, MYSQL_OPT_MAX_ALLOWED_PACKET, &row_max);
    mysql_options(link, MARIADB_OPT_RESTRICTED_AUTH,
                  "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519");
    mysql_options(link, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
    mysql_options(link, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options4(link, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "assay");
}

static const char *socket_of(const struct url *uri)
{
    return url_option(uri, "socket");
}

/* A socket, or localhost without a port, is on this machine and is not asked for TLS. */
static bool is_over_network(const struct url *uri)
{
    bool is_here = uri->host[0] == '\0' || strcmp(uri->host, "localhost") == 0;
    return socket_of(uri) == NULL && (!is_here || uri->port != 0);
}

/* While coming in, the server's words are told: they are about the account. */
static int fail_to_connect(const struct maria *maria, struct err *err)
{
    return err_set(err, ERR_IO, "%s: %s", maria->where, mysql_error(maria->link));
}

static int dial(struct maria *maria, const struct url *uri, const struct source_login *login, bool tls, struct err *err)
{
    const char *password = login != NULL && login->password != NULL ? login->password : getenv("MYSQL_PWD");
    maria->link = mysql_init(NULL);
    if (maria->link == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    set_options(maria->link, login, tls);
    bool by_socket = !is_over_network(uri);
    unsigned way = by_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_options(maria->link, MYSQL_OPT_PROTOCOL, &way);
    const char *host = by_socket ? NULL : uri->host[0] == '\0' ? "localhost" : uri->host;
    if (mysql_real_connect(maria->link, host, uri->account, password == NULL ? "" : password,
                           uri->database[0] == '\0' ? NULL : uri->database, uri->port, socket_of(uri), 0) == NULL) {
        return fail_to_connect(maria, err);
    }
    if (maria->link->passwd != NULL) { /* the library keeps it for connecting again, which we never do */
        explicit_bzero(maria->link->passwd, strlen(maria->link->passwd));
    }
    return 0;
}

static int say_how(const struct maria *maria, struct err *err)
{
    unsigned code = mysql_errno(maria->link);
    if (code == ER_ACCESS_DENIED_ERROR || code == ER_ACCESS_DENIED_NO_PASSWORD_ERROR) {
        return err_remedy(err,
                          "put the account's password into MYSQL_PWD; an account may be allowed from other hosts only");
    }
    if (code == ER_DBACCESS_DENIED_ERROR || code == ER_BAD_DB_ERROR) {
        return err_remedy(err, "leave the database out of the URI to see those that the account may use");
    }
    if (code == CR_CONNECTION_ERROR || code == CR_CONN_HOST_ERROR || code == CR_UNKNOWN_HOST) {
        return err_remedy(err, "is the server running, and reachable from here? a socket is given as ?socket=/path");
    }
    return -1;
}

/* Over a socket the server can know who asks (unix_socket), and what that one may read says nothing about the login. So a
 * password that cannot be right is tried first, and must not open. */
static int look_who_opens(struct maria *maria, const struct url *uri, const struct source_login *login, struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[24];
    char wrong[2 * sizeof random + 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return err_set(err, ERR_IO, "%s: no random bytes", maria->where);
    }
    for (size_t i = 0; i < sizeof random; i++) {
        wrong[2 * i] = digits[random[i] >> 4];
        wrong[2 * i + 1] = digits[random[i] & 15];
    }
    wrong[2 * sizeof random] = '\0';
    struct source_login stranger = *login;
    stranger.password = wrong;
    bool opens = dial(maria, uri, &stranger, false, NULL) == 0;
    if (maria->link != NULL) {
        mysql_close(maria->link);
        maria->link = NULL;
    }
    return opens ? err_set(err, ERR_IO,
                           "%s: the server let this machine's own account in without asking for the password",
                           maria->where)
                 : 0;
}

/* With TLS; without it if the server has none. */
static int come_in(struct maria *maria, const struct url *uri, const struct source_login *login, struct err *err)
{
    bool over_network = is_over_network(uri);
    if (!over_network && login != NULL && login->password != NULL) {
        TRY(look_who_opens(maria, uri, login, err));
    }
    if (dial(maria, uri, login, over_network, err) == 0) {
        return 0;
    }
    if (over_network && maria->link != NULL && mysql_errno(maria->link) == CR_SSL_CONNECTION_ERROR) {
        mysql_close(maria->link);
        if (dial(maria, uri, login, false, err) == 0) {
            return 0;
        }
    }
    return maria->link == NULL ? -1 : say_how(maria, err);
}

int maria_begin(struct maria *maria, struct err *err)
{
    return maria_run(maria,
                     maria->is_mariadb || maria->version >= MYSQL_READ_ONLY_SINCE
                         ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                         : "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                     err);
}

static int prepare(struct maria *maria, const struct source_login *login, struct err *err)
{
    maria->seconds = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : STATEMENT_SECONDS;
    maria->is_mariadb = mariadb_connection(maria->link) != 0;
    maria->version = mysql_get_server_version(maria->link);
    bool can_read_only = maria->is_mariadb || maria->version >= MYSQL_READ_ONLY_SINCE;
    maria->reading =
        can_read_only ? "read-only transaction" : "only SELECT was sent (this server has no read-only transaction)";
    TRY(maria_run(maria,
                  "SET SESSION sql_mode = '', sql_quote_show_create = 1, time_zone = '+00:00', lock_wait_timeout = 10, "
                  "autocommit = 1",
                  err));
    TRY(maria_run(maria, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", err));
    if (can_read_only) {
        TRY(maria_run(maria, "SET SESSION TRANSACTION READ ONLY", err));
    }
    TRY(maria_limit(maria, (int64_t)maria->seconds * 1000, err));
    return maria_begin(maria, err);
}

static int read_uri(const struct maria *maria, const char *text, struct url *ret_uri, struct err *err)
{
    static const char *const known[] = {"socket", NULL};
    TRY(url_read(text, known, ret_uri, err));
    if (ret_uri->account[0] == '\0') {
        err_set(err, ERR_USAGE, "%s: names no account", maria->where);
        return err_remedy(
            err, "write mysql://ACCOUNT@host:port/database, or mysql://ACCOUNT@localhost/database?socket=/path");
    }
    return 0;
}

static int mysql_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    struct maria *maria = calloc(1, sizeof(*maria));
    if (maria == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    arena_init(&maria->arena, 0);
    source_display(uri, maria->where, sizeof(maria->where));
    struct url parts = {0};
    int result = 0;
    if (!str_eq(str_of(maria->where), str_of(uri))) {
        result = err_set(err, ERR_USAGE, "%s: a password does not belong in a URI", maria->where);
        (void)err_remedy(err, "leave it out, and put it into the environment as MYSQL_PWD");
    }
    result = result == 0 ? read_uri(maria, uri, &parts, err) : result;
    result = result == 0 ? come_in(maria, &parts, login, err) : result;
    result = result == 0 ? prepare(maria, login, err) : result;
    if (result != 0) {
        maria_close(maria);
        return -1;
    }
    (void)snprintf(maria->database, sizeof maria->database, "%s", parts.database);
    *ret_state = maria;
    return 0;
}

/* ---- tables, and reading them whole ---- */

static void put_scope(const struct maria *maria, struct buf *sql)
{
    if (maria->database[0] != '\0') {
        buf_puts(sql, " TABLE_SCHEMA = ");
        maria_text(sql, str_of(maria->database));
    } else {
        buf_puts(sql, " TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')");
    }
}

/* Of the storage engines, only these keep old versions of rows. */
static const char *unsteady_of(struct str engine)
{
    bool keeps = str_eq_nocase(engine, STR("InnoDB")) || str_eq_nocase(engine, STR("ROCKSDB"));
    return keeps ? NULL
                 : "its storage engine keeps no snapshot: rows changed meanwhile may be seen once old and once new";
}

/* Rows [from, to) of the list are the columns of one table: schema, table, column, may it be read. */
static int add_table(struct maria *maria, const struct maria_answer *list, size_t from, size_t to, const char *never,
                     const char *unsteady, struct err *err)
{
    struct source_table *table = &maria->tables[maria->table_count];
    struct str *columns = ARENA_NEW(&maria->arena, struct str, to - from, err);
    OWN(own_buf) struct buf sql = {0};
    OWN(own_buf) struct buf name = {0};
    size_t count = 0;
    for (size_t row = from; columns != NULL && row < to; row++) {
        if (str_eq(maria_cell(list, row, 3), STR("1"))) {
            columns[count] = arena_str(&maria->arena, maria_cell(list, row, 2), err);
            TRY(columns[count++].data == NULL);
        }
    }
    maria_name(&sql, maria_cell(list, from, 0));
    buf_putc(&sql, '.');
    maria_name(&sql, maria_cell(list, from, 1));
    if (maria->database[0] == '\0') {
        buf_put(&name, maria_cell(list, from, 0));
        buf_putc(&name, '.');
    }
    buf_put(&name, maria_cell(list, from, 1));
    TRY(buf_check(&sql, err));
    TRY(buf_check(&name, err));
    *table = (struct source_table){arena_str(&maria->arena, buf_str(&name), err), columns, count,
                                   count > 0 ? never : "no right to read it", unsteady};
    maria->from[maria->table_count] = arena_str(&maria->arena, buf_str(&sql), err);
    if (columns == NULL || table->name.data == NULL || maria->from[maria->table_count].data == NULL) {
        return -1;
    }
    maria->table_count++;
    return 0;
}

static int compare(const struct maria_answer *a, size_t i, const struct maria_answer *b, size_t j)
{
    int order = str_cmp(maria_cell(a, i, 0), maria_cell(b, j, 0));
    return order != 0 ? order : str_cmp(maria_cell(a, i, 1), maria_cell(b, j, 1));
}

/* Two sorted lists, the tables and all columns: the columns of views are passed over. */
static int merge(struct maria *maria, const struct maria_answer *tables, const struct maria_answer *columns,
                 struct err *err)
{
    size_t table = 0, from = 0;
    while (table < tables->rows && from < columns->rows) {
        size_t to = from + 1;
        while (to < columns->rows && compare(columns, from, columns, to) == 0) {
            to++;
        }
        int order = compare(tables, table, columns, from);
        if (order == 0) {
            const char *never = maria_never(maria_cell(tables, table, 2), maria_cell(tables, table, 3));
            TRY(add_table(maria, columns, from, to, never, unsteady_of(maria_cell(tables, table, 3)), err));
        }
        table += order <= 0;
        from = order >= 0 ? to : from;
    }
    return 0;
}

static int mysql_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct maria *maria = state;
    OWN(own_buf) struct buf sql = {0};
    OWN(own_maria_answer) struct maria_answer tables = {0};
    OWN(own_maria_answer) struct maria_answer columns = {0};
    buf_puts(
        &sql,
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES WHERE TABLE_TYPE NOT LIKE '%VIEW' AND");
    put_scope(maria, &sql);
    buf_printf(&sql, " ORDER BY BINARY TABLE_SCHEMA, BINARY TABLE_NAME LIMIT %d", SOURCE_TABLES_MAX + 1);
    TRY(maria_ask(maria, &sql, &tables, err));
    if (tables.columns != 4 || tables.rows > SOURCE_TABLES_MAX) {
        return err_set(err, ERR_LIMIT, "%s: more than %d tables", maria->where, SOURCE_TABLES_MAX);
    }
    buf_reset(&sql);
    buf_puts(&sql, "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, FIND_IN_SET('select', PRIVILEGES) > 0 "
                   "FROM information_schema.COLUMNS WHERE");
    put_scope(maria, &sql);
    buf_puts(&sql, " ORDER BY BINARY TABLE_SCHEMA, BINARY TABLE_NAME, ORDINAL_POSITION");
    TRY(maria_ask(maria, &sql, &columns, err));
    if (columns.columns != 4) {
        return err_set(err, ERR_FORMAT, "%s: not the columns that were asked for", maria->where);
    }
    maria->tables = ARENA_NEW(&maria->arena, struct source_table, tables.rows + 1, err);
    maria->from = ARENA_NEW(&maria->arena, struct str, tables.rows + 1, err);
    if (maria->tables == NULL || maria->from == NULL) {
        return -1;
    }
    TRY(merge(maria, &tables, &columns, err));
    *ret_tables = maria->tables;
    *ret_count = maria->table_count;
    return 0;
}

static int mysql_read_columns(void *state, const struct source_table *table, const bool *wanted,
                              const struct source_sink *sink, struct err *err)
{
    struct maria *maria = state;
    OWN(own_buf) struct buf sql = {0};
    size_t count = 0;
    buf_puts(&sql, "SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        if (wanted == NULL || wanted[i]) {
            buf_puts(&sql, count++ == 0 ? "" : ", ");
            maria_name(&sql, table->columns[i]);
        }
    }
    buf_puts(&sql, " FROM ");
    buf_put(&sql, maria->from[table - maria->tables]);
    TRY(buf_check(&sql, err));
    return maria_stream(maria, buf_str(&sql), table->column_count, wanted, sink, err);
}

static int mysql_read(void *state, const struct source_table *table, const struct source_sink *sink, struct err *err)
{
    return mysql_read_columns(state, table, NULL, sink, err);
}

const struct source_driver mysql_driver = {
    .scheme = "mysql://",
    .open = mysql_open,
    .tables = mysql_tables,
    .read = mysql_read,
    .close = maria_close,
    .read_columns = mysql_read_columns,
    .survey = maria_survey,
    .sample = maria_sample,
    .count = maria_count,
};
const struct source_driver mariadb_driver = {
    .scheme = "mariadb://",
    .open = mysql_open,
    .tables = mysql_tables,
    .read = mysql_read,
    .close = maria_close,
    .read_columns = mysql_read_columns,
    .survey = maria_survey,
    .sample = maria_sample,
    .count = maria_count,
};

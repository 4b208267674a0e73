/* Words: those that make a file worth parsing, those that name a service, and those that open nothing. */
#include "reach/find.h"

#include "base/banned.h"

/* ---- worth parsing? ---- */

struct mark {
    struct str text;
    uint8_t at; /* of two bytes in it that are rare in text and code */
    uint8_t word;
};

static const struct mark marks[] = {
    {STR_INIT("://"), 0, FIND_WORD_URL},
    {STR_INIT("<?"), 0, FIND_WORD_PHP},
    {STR_INIT("AKIA"), 1, FIND_WORD_KEY},
    {STR_INIT("-----BEGIN "), 5, FIND_WORD_KEY},
    {STR_INIT("xoxb-"), 1, FIND_WORD_KEY},
    {STR_INIT("xoxp-"), 1, FIND_WORD_KEY},
    {STR_INIT("xapp-"), 0, FIND_WORD_KEY},
    {STR_INIT("hooks.slack.com/services/"), 1, FIND_WORD_KEY},
    {STR_INIT("k_live_"), 0, FIND_WORD_KEY},
    {STR_INIT("ghp_"), 0, FIND_WORD_KEY},
    {STR_INIT("gho_"), 0, FIND_WORD_KEY},
    {STR_INIT("ghs_"), 0, FIND_WORD_KEY},
    {STR_INIT("github_pat_"), 0, FIND_WORD_KEY},
    {STR_INIT("glpat-"), 0, FIND_WORD_KEY},
    {STR_INIT("SG."), 0, FIND_WORD_KEY},
    {STR_INIT("AIza"), 0, FIND_WORD_KEY},
    {STR_INIT("AccountKey="), 7, FIND_WORD_KEY},
    {STR_INIT("shpat_"), 0, FIND_WORD_KEY},
    {STR_INIT("mysqli_connect"), 3, FIND_WORD_CONNECT},
    {STR_INIT("mysqli_real_connect"), 3, FIND_WORD_CONNECT},
    {STR_INIT("mysqli_init"), 3, FIND_WORD_CONNECT},
    {STR_INIT("mysqli("), 3, FIND_WORD_CONNECT},
    {STR_INIT("mysql_connect"), 3, FIND_WORD_CONNECT},
    {STR_INIT("mysql_pconnect"), 3, FIND_WORD_CONNECT},
    {STR_INIT("extends mysqli"), 10, FIND_WORD_CONNECT},
    {STR_INIT("PDO("), 0, FIND_WORD_CONNECT},
    {STR_INIT("extends PDO"), 8, FIND_WORD_CONNECT},
    {STR_INIT("new pdo"), 4, FIND_WORD_CONNECT},
    {STR_INIT("pg_connect"), 0, FIND_WORD_CONNECT},
    {STR_INIT("pg_pconnect"), 0, FIND_WORD_CONNECT},
    {STR_INIT("SQLite3("), 0, FIND_WORD_CONNECT},
    {STR_INIT("sqlite_open"), 1, FIND_WORD_CONNECT},
    {STR_INIT("sqlsrv_connect"), 1, FIND_WORD_CONNECT},
    {STR_INIT("mssql_connect"), 2, FIND_WORD_CONNECT},
    {STR_INIT("odbc_connect"), 1, FIND_WORD_CONNECT},
    {STR_INIT("oci_connect"), 1, FIND_WORD_CONNECT},
    {STR_INIT("oci_pconnect"), 1, FIND_WORD_CONNECT},
    {STR_INIT("MongoDB\\"), 6, FIND_WORD_CONNECT},
    {STR_INIT("MongoClient"), 4, FIND_WORD_CONNECT},
    {STR_INIT("new Redis"), 4, FIND_WORD_CONNECT},
    {STR_INIT("new \\Redis"), 4, FIND_WORD_CONNECT},
    {STR_INIT("Predis\\"), 5, FIND_WORD_CONNECT},
    {STR_INIT("ldap_bind"), 1, FIND_WORD_CONNECT},
    {STR_INIT("ftp_login"), 3, FIND_WORD_CONNECT},
    {STR_INIT("ssh2_auth_password"), 2, FIND_WORD_CONNECT},
    {STR_INIT("imap_open"), 1, FIND_WORD_CONNECT},
    {STR_INIT("AMQPStreamConnection("), 1, FIND_WORD_CONNECT},
    {STR_INIT("new wpdb"), 5, FIND_WORD_CONNECT},
    {STR_INIT("new PHPMailer"), 4, FIND_WORD_CONNECT},
    {STR_INIT("session.save_path"), 7, FIND_WORD_CONNECT},
    {STR_INIT("session_save_path"), 7, FIND_WORD_CONNECT},
};

enum { MARKS = sizeof marks / sizeof *marks };

static unsigned pair_at(const char *at)
{
    return (unsigned)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

static unsigned words_at(struct str bytes, size_t at)
{
    unsigned words = 0, pair = pair_at(bytes.data + at);
    for (size_t i = 0; i < MARKS; i++) {
        const struct mark *mark = &marks[i];
        if (pair_at(mark->text.data + mark->at) == pair && at >= mark->at &&
            str_starts(str_slice(bytes, at - mark->at, bytes.len), mark->text)) {
            words |= mark->word;
        }
    }
    return words;
}

/* One pass: two bytes at a time are looked up in a table of 65536 bits, which says where to look closer. */
unsigned find_words(struct str bytes)
{
    uint64_t bits[65536 / 64] = {0};
    unsigned words = 0;
    for (size_t i = 0; i < MARKS; i++) {
        unsigned pair = pair_at(marks[i].text.data + marks[i].at);
        bits[pair / 64] |= UINT64_C(1) << pair % 64;
    }
    for (size_t at = 0; at + 1 < bytes.len; at++) {
        unsigned pair = pair_at(bytes.data + at);
        if ((bits[pair / 64] >> pair % 64 & 1) != 0) {
            words |= words_at(bytes, at);
        }
    }
    return words;
}

/* ---- services ---- */

struct service {
    const char *word; /* in what a driver, an adapter, a prefix or a container is called */
    const char *service;
};

/* In this order: "mysql" is in "mysqlnd", "sql" is nowhere by itself. */
static const struct service services[] = {
    {"mariadb", "mysql"},
    {"mysql", "mysql"},
    {"postgre", "postgresql"},
    {"pgsql", "postgresql"},
    {"psycopg", "postgresql"},
    {"postgis", "postgresql"},
    {"npgsql", "postgresql"},
    {"sqlite", "sqlite"},
    {"sqlsrv", "sqlserver"},
    {"sqlserver", "sqlserver"},
    {"mssql", "sqlserver"},
    {"dblib", "sqlserver"},
    {"sqlclient", "sqlserver"},
    {"oracle", "oracle"},
    {"oci8", "oracle"},
    {"mongo", "mongodb"},
    {"redis", "redis"},
    {"clickhouse", "clickhouse"},
    {"rabbit", "amqp"},
    {"amqp", "amqp"},
    {"memcache", "memcached"},
    {"elastic", "elasticsearch"},
    {"opensearch", "elasticsearch"},
    {"sftp", "ssh"},
    {"ssh", "ssh"},
    {"ftp", "ftp"},
    {"ldap", "ldap"},
    {"smtp", "smtp"},
    {"mail", "smtp"},
    {"imap", "imap"},
};

const char *find_service_of(struct str word)
{
    word = str_slice(word, 0, 128);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (str_find_nocase(word, str_of(services[i].word), 0) != SIZE_MAX) {
            return services[i].service;
        }
    }
    bool is_pg = str_eq_nocase(word, STR("pg")) || str_eq_nocase(word, STR("pgs"));
    return is_pg ? "postgresql" : str_eq_nocase(word, STR("oci")) ? "oracle" : NULL;
}

const char *find_service_of_port(uint64_t port)
{
    switch (port) {
    case 3306:
        return "mysql";
    case 5432:
        return "postgresql";
    case 1433:
        return "sqlserver";
    case 1521:
        return "oracle";
    case 27017:
        return "mongodb";
    case 6379:
        return "redis";
    case 5672:
        return "amqp";
    case 11211:
        return "memcached";
    case 25:
    case 465:
    case 587:
        return "smtp";
    default:
        return NULL;
    }
}

static const struct service schemes[] = {
    {"mysql", "mysql"},
    {"mysqli", "mysql"},
    {"mysql2", "mysql"},
    {"mariadb", "mysql"},
    {"pdo-mysql", "mysql"},
    {"pdo_mysql", "mysql"},
    {"mysqlx", "mysql"},
    {"pgsql", "postgresql"},
    {"pdo-pgsql", "postgresql"},
    {"pdo_pgsql", "postgresql"},
    {"postgres", "postgresql"},
    {"postgresql", "postgresql"},
    {"postgis", "postgresql"},
    {"cockroachdb", "postgresql"},
    {"mongodb", "mongodb"},
    {"mongodb+srv", "mongodb"},
    {"redis", "redis"},
    {"rediss", "redis"},
    {"amqp", "amqp"},
    {"amqps", "amqp"},
    {"mssql", "sqlserver"},
    {"sqlserver", "sqlserver"},
    {"sqlsrv", "sqlserver"},
    {"oracle", "oracle"},
    {"clickhouse", "clickhouse"},
    {"clickhouses", "clickhouse"},
    {"ldap", "ldap"},
    {"ldaps", "ldap"},
    {"ftp", "ftp"},
    {"ftps", "ftp"},
    {"sftp", "ssh"},
    {"ssh", "ssh"},
    {"smtp", "smtp"},
    {"smtps", "smtp"},
    {"imap", "imap"},
    {"imaps", "imap"},
    {"elasticsearch", "elasticsearch"},
    {"sqlite", "sqlite"},
    {"sqlite3", "sqlite"},
};

/* "postgresql+psycopg2" is SQLAlchemy's: the driver stands behind the plus. */
const char *find_service_of_scheme(struct str scheme)
{
    struct str_cut cut = str_cut(scheme, '+');
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (str_eq_nocase(scheme, str_of(schemes[i].word)) ||
            (cut.found && str_eq_nocase(cut.head, str_of(schemes[i].word)))) {
            return schemes[i].service;
        }
    }
    return NULL;
}

bool find_is_session_scheme(struct str scheme)
{
    return str_eq_nocase(scheme, STR("tcp")) || str_eq_nocase(scheme, STR("tls")) || str_eq_nocase(scheme, STR("unix"));
}

const char *find_opens(const char *service)
{
    static const struct service opens[] = {
        {"redis", "cache"}, {"memcached", "cache"}, {"smtp", "mail"}, {"imap", "mail"}, {"ftp", "files"},
        {"ssh", "shell"},   {"amqp", "queue"},      {"ldap", "api"},  {"git", "files"}, {"http", "api"},
    };
    for (size_t i = 0; service != NULL && i < sizeof opens / sizeof *opens; i++) {
        if (strcmp(service, opens[i].word) == 0) {
            return opens[i].service;
        }
    }
    return "database";
}

/* ---- words that open nothing ---- */

static bool is_one_of(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(text, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool has_one_of(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find_nocase(text, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* "****", "....": a value that was masked */
static bool is_masked(struct str text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] != text.data[0]) {
            return false;
        }
    }
    return text.len >= 3 && (text.data[0] == '*' || text.data[0] == '.');
}

/* <password>, %database_password%, @DB_PASS@, [user]: a name in brackets, and nothing else. */
static bool is_bracketed(struct str text)
{
    static const char *const brackets[] = {"<>", "%%", "@@", "[]"};
    for (size_t i = 0; text.len >= 3 && i < sizeof brackets / sizeof *brackets; i++) {
        if (text.data[0] != brackets[i][0] || text.data[text.len - 1] != brackets[i][1]) {
            continue;
        }
        for (size_t at = 1; at + 1 < text.len; at++) {
            char byte = text.data[at];
            bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
            if (!is_letter && memchr("_-. ()", byte, 6) == NULL) {
                return false;
            }
        }
        return true;
    }
    return false;
}

/* "your_mysql_password", "password_here", "YOUR DB USER": made of these words alone, "your", "insert" or "here" among them. */
static bool is_sample_phrase(struct str text)
{
    static const char *const tells[] = {"your", "insert", "here"};
    static const char *const words[] = {"db",   "database", "mysql",    "postgres", "redis", "sql",   "smtp", "ftp",
                                        "user", "username", "password", "passwd",   "pass",  "pwd",   "name", "host",
                                        "the",  "hostname", "server",   "account",  "login", "email", "a",    "own"};
    bool has_mark = false;
    size_t from = 0, count = 0;
    for (size_t at = 0; at <= text.len && text.len <= 64; at++) {
        if (at < text.len && text.data[at] != '_' && text.data[at] != '-' && text.data[at] != ' ') {
            continue;
        }
        struct str word = str_slice(text, from, at);
        bool is_mark = is_one_of(word, tells, sizeof tells / sizeof *tells);
        if (!is_mark && !is_one_of(word, words, sizeof words / sizeof *words)) {
            return false;
        }
        has_mark = has_mark || is_mark;
        count++;
        from = at + 1;
    }
    return has_mark && count >= 2;
}

bool find_is_placeholder(struct str text)
{
    static const char *const words[] = {"null",         "none",         "nil",      "undefined",
                                        "yourpassword", "yourusername", "yourhost", "yourdatabase"};
    bool is_template =
        text.len >= 4 && (str_starts(text, STR("{{")) || str_starts(text, STR("<%")) || str_starts(text, STR("${")) ||
                          str_starts(text, STR("$(")) || str_starts(text, STR("#{")) || str_starts(text, STR("{$")));
    return is_template || is_bracketed(text) || is_masked(text) || is_sample_phrase(text) ||
           is_one_of(text, words, sizeof words / sizeof *words);
}

/* "xxxx", "----" */
static bool is_one_byte(struct str text)
{
    size_t same = 0;
    while (same < text.len && text.data[same] == text.data[0]) {
        same++;
    }
    return same == text.len && text.len >= 2 && strchr("xX*.-_?#", text.data[0]) != NULL;
}

bool find_is_doubtful_word(struct str text)
{
    static const char *const words[] = {"changeme", "change_me", "change-me", "changeit",  "replaceme", "replace_me",
                                        "todo",     "tbd",       "redacted",  "localhost", "dbname",    "database_name",
                                        "db_name",  "username",  "my_user",   "user_name", "insert",    "mypassword"};
    static const char *const parts[] = {"_here", "-here", "your_", "your-", "yourp",       "youru",   "yourd",
                                        "yours", "<your", "{your", "[your", "placeholder", "example", "my_secret_"};
    return is_one_byte(text) || is_one_of(text, words, sizeof words / sizeof *words) ||
           has_one_of(text, parts, sizeof parts / sizeof *parts);
}

bool find_is_weak_word(struct str text)
{
    static const char *const words[] = {
        "password", "passwd", "pass",    "pwd",     "secret",      "user",    "username", "root",  "admin",    "test",
        "guest",    "login",  "foo",     "bar",     "demo",        "name",    "scott",    "tiger", "me",       "p",
        "u",        "pw",     "usr",     "dbuser",  "dbpass",      "12345",   "123456",   "mysql", "postgres", "sa",
        "my_user",  "abc123", "db_user", "db_pass", "db_password", "hunter2", "s3cret"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}

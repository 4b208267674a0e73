/* What a password's neighbours are called. A file is containers of names and values; a name is a prefix and a role:
 *
 *   DB_HOST            db + host          wgDBpassword   wgdb + password       spring.datasource.username   ... + user
 *   smtp_pass          smtp + password    'hostname'     host, alone in its container
 *
 * The members of one container with one prefix are one credential, if they hold a password and say whose or where. */
#include "base/str.h"
#include "reach/find.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 96, BUCKETS_MAX = 1024 };

enum role {
    ROLE_NONE,
    ROLE_PASSWORD,
    ROLE_USER,
    ROLE_HOST,
    ROLE_PORT,
    ROLE_DATABASE,
    ROLE_NAME, /* a database, if the prefix says so */
    ROLE_SOCKET,
    ROLE_PREFIX,
    ROLE_DRIVER,
    ROLE_URL,
    ROLES
};

struct role_name {
    const char *text;
    enum role role;
};

/* Longer ones first where one ends in another. */
static const struct role_name role_names[] = {
    {"requirepass", ROLE_PASSWORD},
    {"password", ROLE_PASSWORD},
    {"passwort", ROLE_PASSWORD},
    {"passwd", ROLE_PASSWORD},
    {"passw", ROLE_PASSWORD},
    {"pass", ROLE_PASSWORD},
    {"pwd", ROLE_PASSWORD},
    {"username", ROLE_USER},
    {"userid", ROLE_USER},
    {"login", ROLE_USER},
    {"user", ROLE_USER},
    {"uid", ROLE_USER},
    {"smtpname", ROLE_USER}, /* Nextcloud's mail_smtpname */
    {"servername", ROLE_HOST},
    {"hostname", ROLE_HOST},
    {"server", ROLE_HOST},
    {"host", ROLE_HOST},
    {"port", ROLE_PORT},
    {"database", ROLE_DATABASE},
    {"catalog", ROLE_DATABASE},
    {"db", ROLE_DATABASE},
    {"base", ROLE_DATABASE},
    {"name", ROLE_NAME},
    {"unixsocket", ROLE_SOCKET},
    {"socket", ROLE_SOCKET},
    {"tableprefix", ROLE_PREFIX},
    {"prefix", ROLE_PREFIX},
    {"driver", ROLE_DRIVER},
    {"adapter", ROLE_DRIVER},
    {"dialect", ROLE_DRIVER},
    {"engine", ROLE_DRIVER},
    {"connection", ROLE_DRIVER},
    {"client", ROLE_DRIVER},
    {"dbms", ROLE_DRIVER},
    {"type", ROLE_DRIVER},
    {"model", ROLE_DRIVER},
    {"connectionstring", ROLE_URL},
    {"databaseuri", ROLE_URL},
    {"jdbcurl", ROLE_URL},
    {"dsnw", ROLE_URL},
    {"dsn", ROLE_URL},
    {"url", ROLE_URL},
    {"uri", ROLE_URL},
};

struct pair {
    uint32_t group;
    struct str name;
    struct val value;
};

struct group {
    uint32_t parent;
    struct str name;
    bool is_flat;
};

struct pairs {
    struct arena *arena;
    const struct find_file *file;
    struct group *groups;
    struct pair *list;
    size_t group_count, group_cap, count, cap;
};

struct pairs *pairs_new(struct arena *arena, const struct find_file *file)
{
    struct pairs *pairs = ARENA_NEW(arena, struct pairs, 1, NULL);
    if (pairs != NULL) {
        *pairs = (struct pairs){.arena = arena, .file = file};
        (void)pairs_group(pairs, 0, STR(""), true);
    }
    return pairs;
}

/* Room for one more, in an arena: the old list is left behind. */
static void *grown(struct arena *arena, void *list, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return list;
    }
    size_t room = *cap == 0 ? 32 : *cap * 2;
    void *more = arena_take(arena, room * size, NULL);
    if (more != NULL) {
        if (count != 0) {
            memcpy(more, list, count * size);
        }
        *cap = room;
    }
    return more;
}

uint32_t pairs_group(struct pairs *pairs, uint32_t parent, struct str name, bool is_flat)
{
    if (pairs == NULL || pairs->group_count >= PAIRS_GROUPS_MAX) {
        return parent;
    }
    struct group *groups =
        grown(pairs->arena, pairs->groups, pairs->group_count, &pairs->group_cap, sizeof *pairs->groups);
    if (groups == NULL) {
        return parent;
    }
    pairs->groups = groups;
    groups[pairs->group_count] = (struct group){parent, name, is_flat};
    return (uint32_t)pairs->group_count++;
}

void pairs_add(struct pairs *pairs, uint32_t group, struct str name, const struct val *value)
{
    if (pairs == NULL || pairs->count >= PAIRS_MAX || name.len == 0 || name.len > NAME_MAX_BYTES) {
        return;
    }
    struct pair *list = grown(pairs->arena, pairs->list, pairs->count, &pairs->cap, sizeof *pairs->list);
    if (list == NULL) {
        return;
    }
    pairs->list = list;
    list[pairs->count++] = (struct pair){group, name, *value};
}

/* ---- names ---- */

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

/* A name as letters and digits in lower case; starts[i]: a word of it begins at i. */
struct plain_name {
    char text[NAME_MAX_BYTES];
    bool starts[NAME_MAX_BYTES];
    size_t len;
};

static void plain_of(struct str name, struct plain_name *plain)
{
    bool is_break = true;
    plain->len = 0;
    for (size_t i = 0; i < name.len && plain->len < NAME_MAX_BYTES; i++) {
        char byte = name.data[i];
        bool is_digit = byte >= '0' && byte <= '9';
        if (!str_is_letter(byte) && !is_digit) {
            is_break = true;
            continue;
        }
        bool is_upper = byte != lower(byte);
        bool is_hump =
            is_upper && i > 0 && str_is_letter(name.data[i - 1]) && name.data[i - 1] == lower(name.data[i - 1]);
        bool is_tail =
            !is_upper && i > 1 && str_is_letter(name.data[i - 1]) && name.data[i - 1] != lower(name.data[i - 1]);
        plain->text[plain->len] = lower(byte);
        plain->starts[plain->len] = is_break || is_hump;
        if (is_tail && plain->len >= 2 && str_is_letter(name.data[i - 2]) &&
            name.data[i - 2] != lower(name.data[i - 2])) {
            plain->starts[plain->len] =
                true; /* DBpassword: the small letter after capitals begins a word, or the last capital does */
            plain->starts[plain->len - 1] = true;
        }
        plain->len++;
        is_break = false;
    }
}

/* "dbhost", "mysqlpwd": words that are written onto the role. */
static bool is_glued(struct str prefix)
{
    static const char *const words[] = {"db",  "sql",   "pg",      "ftp",  "smtp",  "mail",     "redis", "database",
                                        "my",  "data",  "ldap",    "imap", "ssh",   "postgres", "mongo", "cache",
                                        "sys", "queue", "control", "root", "admin", "rabbitmq", "store", "base"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_ends(prefix, str_of(words[i]))) {
            return true;
        }
    }
    return prefix.len == 0;
}

/* The role of a name; *ret_prefix: what comes before it. */
static enum role role_of(const struct plain_name *plain, struct str *ret_prefix)
{
    struct str name = {plain->text, plain->len};
    for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++) {
        struct str text = str_of(role_names[i].text);
        if (!str_ends(name, text)) {
            continue;
        }
        struct str prefix = str_slice(name, 0, name.len - text.len);
        if (prefix.len == 0 || plain->starts[prefix.len] || is_glued(prefix)) {
            *ret_prefix = prefix;
            return role_names[i].role;
        }
    }
    return ROLE_NONE;
}

/* In a container of its own, "db" before a role says nothing; DB_ and DATABASE_ are one. */
static struct str common_prefix(struct str prefix, bool is_flat)
{
    bool is_db = str_eq(prefix, STR("db")) || str_eq(prefix, STR("database")) || str_eq(prefix, STR("sql")) ||
                 str_eq(prefix, STR("data"));
    return !is_db ? prefix : is_flat ? STR("db") : STR("");
}

/* ---- groups ---- */

struct bucket {
    uint32_t group;
    struct str prefix;
    struct val members[ROLES];
};

static bool is_unset(const struct val *value)
{
    return value->kind == VAL_UNKNOWN && value->path.len == 0;
}

static bool is_db_prefix(struct str prefix)
{
    return str_ends(prefix, STR("db")) || str_ends(prefix, STR("database")) || str_ends(prefix, STR("sql")) ||
           str_ends(prefix, STR("postgres")) || str_ends(prefix, STR("pg"));
}

/* buckets has room for as many as there are pairs, or BUCKETS_MAX. */
static struct bucket *bucket_for(struct bucket *buckets, size_t *count, uint32_t group, struct str prefix,
                                 struct arena *arena)
{
    for (size_t i = *count; i-- > 0;) {
        if (buckets[i].group == group && str_eq(buckets[i].prefix, prefix)) {
            return &buckets[i];
        }
    }
    if (*count == BUCKETS_MAX) {
        return NULL;
    }
    struct bucket *bucket = &buckets[(*count)++];
    *bucket = (struct bucket){.group = group, .prefix = arena_str(arena, prefix, NULL)};
    return bucket;
}

static void sort_in(struct pairs *pairs, const struct pair *pair, struct bucket *buckets, size_t *count)
{
    struct plain_name plain;
    struct str prefix;
    plain_of(pair->name, &plain);
    enum role role = role_of(&plain, &prefix);
    bool is_value = pair->value.kind != VAL_ARRAY && pair->value.kind != VAL_OBJECT && pair->value.kind != VAL_RUN;
    if (role == ROLE_NONE || !is_value) {
        return;
    }
    bool is_flat = pairs->groups[pair->group].is_flat;
    role = role == ROLE_NAME && is_db_prefix(prefix) ? ROLE_DATABASE : role;
    struct bucket *bucket = bucket_for(buckets, count, pair->group, common_prefix(prefix, is_flat), pairs->arena);
    if (bucket == NULL) {
        return;
    }
    struct val *member = &bucket->members[role];
    if (is_unset(member) || member->kind == VAL_NULL || (member->kind == VAL_TEXT && member->text.len == 0)) {
        *member = pair->value;
        if (member->path.len == 0) {
            member->path = pairs->file->path;
        }
    }
}

static const struct bucket *sibling(const struct bucket *buckets, size_t count, uint32_t group, struct str prefix)
{
    for (size_t i = 0; i < count; i++) {
        if (buckets[i].group == group && str_eq(buckets[i].prefix, prefix)) {
            return &buckets[i];
        }
    }
    return NULL;
}

static void inherit(struct bucket *bucket, const struct bucket *from, unsigned roles)
{
    for (unsigned role = 1; from != NULL && role < ROLES; role++) {
        if ((roles >> role & 1) != 0 && is_unset(&bucket->members[role])) {
            bucket->members[role] = from->members[role];
        }
    }
}

enum {
    PLACE_ROLES = 1U << ROLE_HOST | 1U << ROLE_PORT | 1U << ROLE_SOCKET | 1U << ROLE_DATABASE | 1U << ROLE_DRIVER |
                  1U << ROLE_PREFIX
};

/* "dbroot" and "mysqlroot" share where with "db" and "mysql"; phpMyAdmin's control user and its server too. */
static void complete(const struct pairs *pairs, struct bucket *bucket, const struct bucket *buckets, size_t count)
{
    static const char *const others[] = {"root", "control", "admin"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct str word = str_of(others[i]);
        if (!str_ends(bucket->prefix, word)) {
            continue;
        }
        struct str base = str_slice(bucket->prefix, 0, bucket->prefix.len - word.len);
        inherit(bucket, sibling(buckets, count, bucket->group, base), PLACE_ROLES);
        if (i == 0 && is_unset(&bucket->members[ROLE_USER])) {
            bucket->members[ROLE_USER] = val_text(pairs->file->path, bucket->members[ROLE_PASSWORD].line, STR("root"));
        }
    }
    const struct group *group = &pairs->groups[bucket->group];
    if (group->is_flat && is_db_prefix(bucket->prefix)) { /* WordPress: DB_NAME and $table_prefix */
        inherit(bucket, sibling(buckets, count, bucket->group, STR("")), 1U << ROLE_PREFIX);
    }
    if (!group->is_flat && bucket->group != 0) { /* knex: {client: 'mysql', connection: {...}} */
        inherit(bucket, sibling(buckets, count, group->parent, STR("")), 1U << ROLE_DRIVER | 1U << ROLE_PREFIX);
    }
    if (!group->is_flat && bucket->prefix.len != 0 && is_glued(bucket->prefix)) {
        inherit(bucket, sibling(buckets, count, bucket->group, STR("")), 1U << ROLE_DRIVER | 1U << ROLE_PREFIX);
    }
}

static const char *service_of(const struct pairs *pairs, const struct bucket *bucket, const char *otherwise)
{
    const struct val *driver = &bucket->members[ROLE_DRIVER];
    const char *service = val_is_text(driver) ? find_service_of(driver->text) : NULL;
    service = service != NULL ? service : find_service_of(bucket->prefix);
    uint32_t group = bucket->group;
    for (unsigned level = 0; service == NULL && level < 3 && group != 0; level++) {
        service = find_service_of(pairs->groups[group].name);
        group = pairs->groups[group].parent;
    }
    uint64_t port;
    const struct val *said = &bucket->members[ROLE_PORT];
    if (service == NULL && val_is_text(said) && str_u64(str_trim(said->text), &port)) {
        service = find_service_of_port(port);
    }
    return service != NULL ? service : otherwise;
}

/* What labels are made of; one word of them alone may be a password, a whole form of them is none. */
static bool is_label_word(struct str word)
{
    static const char *const words[] = {
        "password", "passwort",   "passwd",  "pass",  "pwd",  "user",     "username", "userid",   "login", "account",
        "host",     "hostname",   "server",  "name",  "port", "database", "db",       "dbname",   "mysql", "a",
        "the",      "your",       "of",      "for",   "and",  "or",       "enter",    "type",     "new",   "old",
        "current",  "repeat",     "confirm", "again", "to",   "address",  "please",   "choose",   "is",    "in",
        "required", "connection", "admin",   "email", "e",    "mail",     "id",       "optional", "field", "this"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(word, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* "Password", "User name", "Enter the password": the whole value, letters and spaces only. "localhost" and "Password123" are none. */
static bool is_label(const struct val *value)
{
    struct str rest = val_is_text(value) ? str_trim(value->text) : STR("");
    if (rest.len == 0 || rest.len > 60) {
        return false;
    }
    for (struct str_cut cut = str_cut(rest, ' ');; cut = str_cut(cut.tail, ' ')) {
        if (cut.head.len != 0 && !is_label_word(cut.head)) {
            return false;
        }
        if (!cut.found) {
            return true;
        }
    }
}

/* A host or a database that code could use: one word, and no label. */
static bool is_place(const struct val *value)
{
    return val_is_text(value) && value->text.len != 0 && memchr(value->text.data, ' ', value->text.len) == NULL &&
           !is_label(value);
}

/* "required" of each: rules for the fields of a form. */
static bool is_rule(const struct bucket *bucket)
{
    static const char *const words[] = {"require", "required", "string", "str",    "text",  "optional",
                                        "mixed",   "true",     "false",  "hidden", "input", "varchar"};
    const struct val *m = bucket->members;
    const struct str said = val_is_text(&m[ROLE_PASSWORD]) ? m[ROLE_PASSWORD].text : STR("");
    bool is_same = val_is_text(&m[ROLE_USER]) && val_is_text(&m[ROLE_HOST]) && str_eq(said, m[ROLE_USER].text) &&
                   str_eq(said, m[ROLE_HOST].text);
    for (size_t i = 0; is_same && i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(said, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* { password: "Password", username: "Username" }: a table of labels, not of values. An application's own settings hold none. */
static bool is_labels(const struct bucket *bucket, const char *product)
{
    static const enum role own[] = {ROLE_PASSWORD, ROLE_USER, ROLE_HOST, ROLE_DATABASE};
    const struct val *m = bucket->members;
    unsigned same = 0;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        same += is_label(&m[own[i]]);
    }
    bool is_phrase = is_label(&m[ROLE_PASSWORD]) && memchr(m[ROLE_PASSWORD].text.data, ' ', m[ROLE_PASSWORD].text.len);
    bool has_place = is_place(&m[ROLE_HOST]) || is_place(&m[ROLE_DATABASE]);
    return product == NULL && (is_rule(bucket) || (!has_place && (same >= 2 || is_phrase)));
}

/* A user or a host that is a number is a count, a position, a type: no login. */
static bool is_number(const struct val *value)
{
    uint64_t number;
    return val_is_text(value) && str_u64(str_trim(value->text), &number);
}

static bool is_something(const struct val *value)
{
    return (val_is_text(value) && value->text.len != 0) || value->kind == VAL_ENV;
}

/* Enough of a group to be a credential: a password, and whose or where. */
static bool is_enough(const struct bucket *bucket, const char *service, const char *product, bool is_flat)
{
    const struct val *m = bucket->members;
    bool has_user = is_something(&m[ROLE_USER]), has_host = is_something(&m[ROLE_HOST]);
    bool has_database = is_something(&m[ROLE_DATABASE]);
    bool has_place = has_host || has_database || is_something(&m[ROLE_SOCKET]) || is_something(&m[ROLE_DRIVER]);
    bool is_said = m[ROLE_PASSWORD].kind == VAL_NULL || m[ROLE_PASSWORD].kind == VAL_ENV ||
                   (val_is_text(&m[ROLE_PASSWORD]) && !is_unset(&m[ROLE_PASSWORD]));
    if (!is_said) {
        return false;
    }
    if (is_something(&m[ROLE_PASSWORD])) {
        return (has_user && (has_place || (service != NULL && is_flat) || product != NULL)) ||
               (service != NULL && has_host) || (service != NULL && strcmp(service, "redis") == 0) ||
               (product != NULL && has_place);
    }
    return has_user && has_place;
}

/* "name" alone is a database's where a driver stands beside it (Django). */
static void take_name(struct bucket *bucket)
{
    const struct val *driver = &bucket->members[ROLE_DRIVER];
    bool is_driver = val_is_text(driver) && find_service_of(driver->text) != NULL;
    if (is_unset(&bucket->members[ROLE_DATABASE]) && is_driver) {
        bucket->members[ROLE_DATABASE] = bucket->members[ROLE_NAME];
    }
}

static bool judge_sqlite(const struct bucket *bucket, const char *service, struct cred *cred)
{
    const struct val *database = &bucket->members[ROLE_DATABASE];
    if (service == NULL || strcmp(service, "sqlite") != 0) {
        return false;
    }
    if (database->kind == VAL_TEXT && database->text.len != 0 && !str_starts(database->text, STR(":memory"))) {
        cred->file = database->text;
        cred->service = service;
        cred->database = *database;
        cred->account = cred->host = cred->password = (struct val){0};
    }
    return true;
}

static int judge_bucket(struct find *find, struct pairs *pairs, struct bucket *bucket, const char *product,
                        const char *service, struct err *err)
{
    const struct val *m = bucket->members;
    take_name(bucket);
    const char *known = service_of(pairs, bucket, service);
    struct cred cred = {.product = product,
                        .host = m[ROLE_HOST],
                        .port = m[ROLE_PORT],
                        .socket = m[ROLE_SOCKET],
                        .database = m[ROLE_DATABASE],
                        .account = m[ROLE_USER],
                        .password = m[ROLE_PASSWORD],
                        .prefix = m[ROLE_PREFIX],
                        .path = pairs->file->path,
                        .confidence = product != NULL ? FIND_HIGH : FIND_MEDIUM};
    if (judge_sqlite(bucket, known, &cred)) {
        return cred.file.len != 0 ? find_add(find, pairs->file, &cred, err) : 0;
    }
    const struct val *url = &m[ROLE_URL];
    if (url->kind == VAL_TEXT && dsn_any(pairs->arena, url, &cred) &&
        (cred.file.len != 0 || is_something(&cred.password) || is_something(&cred.account))) {
        cred.service = cred.service != NULL ? cred.service : known;
        cred.database = cred.file.len != 0 ? *url : cred.database;
        return find_add(find, pairs->file, &cred, err);
    }
    if (!is_enough(bucket, known, product, pairs->groups[bucket->group].is_flat) || is_labels(bucket, product) ||
        is_number(&m[ROLE_USER]) || is_number(&m[ROLE_HOST])) {
        return 0;
    }
    cred.service = known;
    return find_add(find, pairs->file, &cred, err);
}

/* "ConnectionStrings": {"Default": "Server=..;Password=.."}: the name says nothing, the value all. */
static int judge_string(struct find *find, struct pairs *pairs, const struct pair *pair, const char *product,
                        struct err *err)
{
    const struct val *value = &pair->value;
    bool is_string = val_is_text(value) && value->text.len >= 20 && value->text.len <= FIND_TEXT_MAX_BYTES &&
                     memchr(value->text.data, ';', value->text.len) != NULL &&
                     (str_find_nocase(value->text, STR("password="), 0) != SIZE_MAX ||
                      str_find_nocase(value->text, STR("pwd="), 0) != SIZE_MAX);
    struct cred cred = {.product = product,
                        .path = pairs->file->path,
                        .line = value->line,
                        .confidence = product != NULL ? FIND_HIGH : FIND_MEDIUM};
    bool is_login = is_string && dsn_any(pairs->arena, value, &cred) && is_something(&cred.password) &&
                    is_something(&cred.account) && is_something(&cred.host);
    return is_login ? find_add(find, pairs->file, &cred, err) : 0;
}

int pairs_judge(struct find *find, struct pairs *pairs, const char *product, const char *service, struct err *err)
{
    if (pairs == NULL || pairs->count == 0) {
        return 0;
    }
    size_t room = pairs->count < BUCKETS_MAX ? pairs->count : (size_t)BUCKETS_MAX, count = 0;
    struct bucket *buckets = ARENA_NEW(pairs->arena, struct bucket, room, NULL);
    if (buckets == NULL) {
        find_cut_short(find);
        return 0;
    }
    for (size_t i = 0; i < pairs->count; i++) {
        if (pairs->list[i].value.kind == VAL_ARRAY) { /* nested deeper than harvest() goes */
            find_cut_short(find);
        }
        sort_in(pairs, &pairs->list[i], buckets, &count);
        TRY(judge_string(find, pairs, &pairs->list[i], product, err));
    }
    for (size_t i = 0; i < count; i++) {
        complete(pairs, &buckets[i], buckets, count);
        TRY(judge_bucket(find, pairs, &buckets[i], product, service, err));
    }
    return 0;
}

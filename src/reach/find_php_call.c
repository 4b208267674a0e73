/* PHP's own functions that settings pass through, and those that connect: which argument is what.
 *
 *   mysqli_connect(host, account, secret, database, port, socket)      "hasdpu"
 *   new PDO(dsn, account, secret)                                      "Das" */
#include "base/hash.h"
#include "base/json.h"
#include "reach/find_php.h"

#include "base/banned.h"

/* ---- connections ---- */

struct connection {
    const char *name;
    const char *service; /* NULL: the DSN says it */
    const char *
        args; /* h host, a account, s secret, d database, p port, u socket, D dsn, k libpq's, f file, r array, - nothing */
    bool is_class;
};

static const struct connection connections[] = {
    {"mysqli_connect", "mysql", "hasdpu", false},
    {"mysqli_real_connect", "mysql", "-hasdpu", false},
    {"mysqli", "mysql", "hasdpu", true},
    {"mysql_connect", "mysql", "has", false},
    {"mysql_pconnect", "mysql", "has", false},
    {"wpdb", "mysql", "asdh", true},
    {"PDO", NULL, "Das", true},
    {"pg_connect", "postgresql", "k", false},
    {"pg_pconnect", "postgresql", "k", false},
    {"SQLite3", "sqlite", "f", true},
    {"sqlite_open", "sqlite", "f", false},
    {"sqlsrv_connect", "sqlserver", "hr", false},
    {"mssql_connect", "sqlserver", "has", false},
    {"odbc_connect", NULL, "Das", false},
    {"oci_connect", "oracle", "ash", false},
    {"oci_pconnect", "oracle", "ash", false},
    {"MongoClient", "mongodb", "D", true},
    {"ldap_bind", "ldap", "-as", false},
    {"ftp_login", "ftp", "-as", false},
    {"ssh2_auth_password", "ssh", "-as", false},
    {"imap_open", "imap", "has", false},
    {"AMQPStreamConnection", "amqp", "hpas", true},
};

/* Names begin with a small letter here, but for some classes; most calls are told apart by it. */
static bool is_named(struct str name, const char *text)
{
    char first = name.len != 0 ? name.data[0] : '\0';
    return (first | 32) == (text[0] | 32) && str_eq_nocase(name, str_of(text));
}

static const struct connection *connection_of(struct str name, bool is_class)
{
    for (size_t i = 0; i < sizeof connections / sizeof *connections; i++) {
        if (connections[i].is_class == is_class && is_named(name, connections[i].name)) {
            return &connections[i];
        }
    }
    return NULL;
}

/* sqlsrv_connect's second argument */
static void take_array(struct php_run *run, const struct val *array, struct cred *cred)
{
    const struct val *found;
    if (array->kind != VAL_ARRAY) {
        return;
    }
    if ((found = php_slot(run, array->array, STR("UID"), false)) != NULL) {
        cred->account = *found;
    }
    if ((found = php_slot(run, array->array, STR("PWD"), false)) != NULL) {
        cred->password = *found;
    }
    if ((found = php_slot(run, array->array, STR("Database"), false)) != NULL) {
        cred->database = *found;
    }
}

static void take_argument(struct php_run *run, char what, const struct val *value, struct cred *cred)
{
    switch (what) {
    case 'h':
        cred->host = *value;
        break;
    case 'a':
        cred->account = value->kind == VAL_NULL ? cred->account : *value;
        break;
    case 's':
        cred->password = value->kind == VAL_NULL && cred->password.kind != VAL_UNKNOWN ? cred->password : *value;
        break;
    case 'd':
        cred->database = *value;
        break;
    case 'p':
        cred->port = *value;
        break;
    case 'u':
        cred->socket = *value;
        break;
    case 'f':
        cred->database = *value;
        cred->file = value->kind == VAL_TEXT && !str_starts(value->text, STR(":memory")) ? value->text : STR("");
        break;
    case 'r':
        take_array(run, value, cred);
        break;
    case 'k':
        if (value->kind == VAL_TEXT && !dsn_url(run->arena, value, cred)) {
            (void)dsn_keywords(run->arena, value, cred);
        }
        break;
    case 'D':
        if (value->kind == VAL_TEXT && (dsn_url(run->arena, value, cred) || dsn_pdo(run->arena, value, cred)) &&
            cred->file.len != 0) {
            cred->database = *value;
        }
        break;
    default:
        break;
    }
}

static bool says_something(const struct val *value)
{
    return (val_is_text(value) && value->text.len != 0) || value->kind == VAL_ENV;
}

/* Enough to be told; else the call waits for somebody who knows more. */
static bool is_followed(const struct cred *cred)
{
    return says_something(&cred->password) || cred->file.len != 0 ||
           (says_something(&cred->account) && (val_is_text(&cred->password) || cred->password.kind == VAL_NULL));
}

static void connect(struct php_at *at, const struct connection *connection, const struct val *args, unsigned count,
                    uint32_t token)
{
    struct php_run *run = at->run;
    uint32_t line = php_line(&at->source->tokens, token);
    struct cred cred = {
        .service = connection->service, .confidence = FIND_HIGH, .path = at->source->path, .line = line};
    bool is_input = false;
    size_t letters = strlen(connection->args);
    for (unsigned i = 0; i < count && i < letters; i++) {
        is_input = is_input || args[i].kind == VAL_INPUT;
        take_argument(run, connection->args[i], &args[i], &cred);
    }
    if (count == 0 || is_input) {
        return;
    }
    if (cred.password.kind == VAL_UNKNOWN && count == 2 && strcmp(connection->args, "Das") != 0 &&
        connection->service != NULL && strcmp(connection->service, "mysql") == 0) {
        cred.password = val_text(at->source->path, line, STR("")); /* mysqli_connect('db', 'shop'): without one */
    }
    if (cred.password.kind == VAL_UNKNOWN && cred.file.len == 0) {
        cred.confidence = FIND_MEDIUM;
    }
    bool is_done = is_followed(&cred);
    php_site(at, token, is_done);
    if (!is_done) {
        return;
    }
    cred.product = "PHP code";
    cred.why = find_step(run->arena, NULL, "connects", at->source->path, line, "%s()", connection->name);
    if (!run->has_failed && find_add(run->find, run->file, &cred, run->err) != 0) {
        run->has_failed = true;
    }
}

/* ---- connections in steps: Redis, mysqli_init ---- */

static struct val object_of(struct php_run *run, struct str name)
{
    struct val_object *object = ARENA_NEW(run->arena, struct val_object, 1, NULL);
    if (object == NULL) {
        return (struct val){0};
    }
    object->name = name;
    return (struct val){.kind = VAL_OBJECT, .object = object};
}

static void redis_method(struct php_at *at, struct val_object *object, struct str name, const struct val *args,
                         unsigned count, uint32_t token)
{
    struct php_run *run = at->run;
    bool is_connect = str_eq_nocase(name, STR("connect")) || str_eq_nocase(name, STR("pconnect"));
    bool is_auth = str_eq_nocase(name, STR("auth"));
    uint32_t line = php_line(&at->source->tokens, token);
    if (is_connect && count != 0) {
        object->cred = ARENA_NEW(run->arena, struct cred, 1, NULL);
        if (object->cred != NULL) {
            object->cred->host = args[0];
            object->cred->port = count > 1 ? args[1] : (struct val){0};
        }
        return;
    }
    if (!is_auth || count == 0 || object->cred == NULL) {
        return;
    }
    struct cred cred = *object->cred;
    cred.service = "redis";
    cred.product = "PHP code";
    cred.confidence = FIND_HIGH;
    cred.path = at->source->path;
    cred.line = line;
    cred.password = args[0];
    if (args[0].kind == VAL_ARRAY && args[0].array->count == 2) {
        cred.account = args[0].array->slots[0].value;
        cred.password = args[0].array->slots[1].value;
    }
    cred.why = find_step(run->arena, NULL, "connects", at->source->path, line, "Redis::auth()");
    bool is_done = says_something(&cred.password);
    php_site(at, token, is_done || cred.password.kind == VAL_INPUT);
    if (is_done && !run->has_failed && find_add(run->find, run->file, &cred, run->err) != 0) {
        run->has_failed = true;
    }
}

/* Text that is no number: connect(host, 25, 30) is another thing. */
static bool is_word(const struct val *value)
{
    uint64_t number;
    return val_is_text(value) && value->text.len != 0 && !str_u64(value->text, &number);
}

void php_builtin_method(struct php_at *at, struct val_object *object, struct str name, const struct val *args,
                        unsigned count, uint32_t token)
{
    static const struct connection later = {"mysqli::real_connect", "mysql", "hasdpu", false};
    static const struct connection unknown = {"connect", NULL, "hasd", false};
    bool is_connect = str_eq_nocase(name, STR("connect")) || str_eq_nocase(name, STR("pconnect")) ||
                      str_eq_nocase(name, STR("nconnect"));
    if (object != NULL && str_eq_nocase(object->name, STR("Redis"))) {
        redis_method(at, object, name, args, count, token);
    } else if (str_eq_nocase(name, STR("real_connect"))) {
        connect(at, &later, args, count, token);
    } else if (is_connect && count >= 3 && is_word(&args[0]) && is_word(&args[1]) && args[2].kind == VAL_TEXT) {
        connect(at, &unknown, args, count, token); /* ADOdb and its likes: only what is plain */
    } else {
        for (unsigned i = 0; i < count; i++) {
            if (args[i].kind == VAL_ARRAY) {
                php_append(at->run, &at->run->loose, &args[i]);
            }
        }
    }
}

bool php_builtin_class(struct php_at *at, struct str name, const struct val *args, unsigned count, uint32_t token,
                       struct val *ret_value)
{
    const struct connection *connection = connection_of(name, true);
    *ret_value = (struct val){0};
    bool is_mongo = (str_eq(name, STR("Client")) || str_eq(name, STR("Manager"))) && count != 0 &&
                    args[0].kind == VAL_TEXT && str_starts(args[0].text, STR("mongodb"));
    static const struct connection mongo = {"MongoDB\\Client", "mongodb", "D", true};
    connection = is_mongo ? &mongo : connection;
    if (connection == NULL) {
        return false;
    }
    connect(at, connection, args, count, token);
    *ret_value = object_of(at->run, name);
    return true;
}

/* ---- PHP's own functions ---- */

typedef struct val builtin(struct php_at *at, const struct val *args, unsigned count, uint32_t token);

static struct val text_result(const struct val *from, struct str text)
{
    struct val value = *from;
    value.kind = VAL_TEXT;
    value.text = text;
    return value;
}

static struct val do_define(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)token;
    if (count < 2 || !val_is_text(&args[0])) {
        return (struct val){0};
    }
    struct val *slot = php_slot(at->run, &at->run->constants, args[0].text, false);
    if (slot == NULL && (slot = php_slot(at->run, &at->run->constants, args[0].text, true)) != NULL) {
        *slot = args[1]; /* the first one holds, as in PHP */
    }
    return (struct val){0};
}

static struct val do_constant(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)token;
    const struct val *found =
        count != 0 && args[0].kind == VAL_TEXT ? php_slot(at->run, &at->run->constants, args[0].text, false) : NULL;
    return found != NULL ? *found : (struct val){0};
}

static struct val do_defined(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    if (count == 0 || !val_is_text(&args[0])) {
        return (struct val){0};
    }
    bool is_defined = php_slot(at->run, &at->run->constants, args[0].text, false) != NULL;
    return php_text_at(at, token, is_defined ? STR("1") : STR(""));
}

static struct val do_getenv(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct val value = {0};
    if (count == 0 || !val_is_text(&args[0])) {
        return value;
    }
    if (php_dotenv(at->run, at->source->rel, args[0].text, &value)) {
        return value;
    }
    value = php_text_at(at, token, args[0].text);
    value.kind = VAL_ENV;
    return value;
}

/* env('NAME', default) of Laravel, getenv_docker('NAME', default) of WordPress' own image */
static struct val do_env(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct val value = do_getenv(at, args, count, token);
    if (value.kind == VAL_ENV && count > 1 && args[1].kind == VAL_TEXT && args[1].text.len != 0) {
        struct val other = args[1];
        php_says(at->run, &other, "environment", "the default of %.*s", STR_FMT(value.text));
        other.is_default = true;
        return other;
    }
    return value;
}

static struct val do_dirname(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)token;
    (void)at;
    if (count == 0 || args[0].kind != VAL_TEXT) {
        return (struct val){0};
    }
    struct str path = args[0].text;
    uint64_t levels = 1;
    if (count > 1 && val_is_text(&args[1])) {
        levels = str_u64(args[1].text, &levels) && levels < 32 ? levels : 1;
    }
    for (; levels > 0 && path.len != 0; levels--) {
        const char *slash = memrchr(path.data, '/', path.len);
        path = str_slice(path, 0, slash != NULL ? (size_t)(slash - path.data) : 0);
    }
    return text_result(&args[0], path);
}

static struct val do_first(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)at;
    (void)token;
    return count != 0 ? args[0] : (struct val){0};
}

static struct val do_trim(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)at;
    (void)token;
    if (count == 0 || args[0].kind != VAL_TEXT) {
        return count != 0 ? args[0] : (struct val){0};
    }
    struct str text = args[0].text, set = count > 1 && args[1].kind == VAL_TEXT ? args[1].text : STR(" \t\n\r");
    while (text.len != 0 && set.len != 0 && memchr(set.data, text.data[text.len - 1], set.len) != NULL) {
        text.len--;
    }
    while (text.len != 0 && set.len != 0 && count < 2 && memchr(set.data, text.data[0], set.len) != NULL) {
        text = str_slice(text, 1, text.len);
    }
    return text_result(&args[0], text);
}

static struct val do_base64(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)token;
    if (count == 0 || !val_is_text(&args[0]) || args[0].text.len > FIND_TEXT_MAX_BYTES) {
        return (struct val){0};
    }
    uint8_t *out = arena_take(at->run->arena, args[0].text.len + 1, NULL);
    size_t len = out != NULL ? base64_decode(out, args[0].text.len + 1, args[0].text) : SIZE_MAX;
    struct val value = len != SIZE_MAX ? text_result(&args[0], (struct str){(const char *)out, len}) : (struct val){0};
    php_says(at->run, &value, "base64", "base64_decode()");
    return value;
}

static struct val do_strrev(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)token;
    char *out = count != 0 && val_is_text(&args[0]) ? arena_take(at->run->arena, args[0].text.len + 1, NULL) : NULL;
    if (out == NULL) {
        return (struct val){0};
    }
    for (size_t i = 0; i < args[0].text.len; i++) {
        out[i] = args[0].text.data[args[0].text.len - 1 - i];
    }
    return text_result(&args[0], (struct str){out, args[0].text.len});
}

/* Where PHP keeps its sessions: tcp://host:port?auth=.. */
static struct val do_save_path(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct php_run *run = at->run;
    uint32_t line = php_line(&at->source->tokens, token);
    struct cred cred = {.confidence = FIND_HIGH, .path = at->source->path, .line = line, .product = "PHP sessions"};
    bool is_login = count != 0 && args[0].kind == VAL_TEXT && args[0].text.len <= FIND_TEXT_MAX_BYTES &&
                    dsn_url(run->arena, &args[0], &cred) && cred.service != NULL &&
                    strcmp(cred.service, "redis") == 0 && says_something(&cred.password);
    if (is_login) {
        cred.why = find_step(run->arena, NULL, "connects", at->source->path, line, "session.save_path is set");
        run->has_failed = run->has_failed || find_add(run->find, run->file, &cred, run->err) != 0;
    }
    return (struct val){0};
}

static struct val do_ini_set(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    bool is_path = count == 2 && val_is_text(&args[0]) && str_eq_nocase(args[0].text, STR("session.save_path"));
    return is_path ? do_save_path(at, &args[1], 1, token) : (struct val){0};
}

/* Only %s and %d. */
static struct val do_sprintf(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    if (count == 0 || args[0].kind != VAL_TEXT) {
        return (struct val){0};
    }
    struct str format = args[0].text;
    struct val value = php_text_at(at, token, STR(""));
    unsigned next = 1;
    size_t from = 0;
    for (size_t i = 0; i + 1 < format.len && i < FIND_TEXT_MAX_BYTES; i++) {
        if (format.data[i] != '%') {
            continue;
        }
        struct val piece = text_result(&args[0], str_slice(format, from, i));
        value = php_run_concat(at->run, &value, &piece);
        bool is_argument = format.data[i + 1] == 's' || format.data[i + 1] == 'd' || format.data[i + 1] == 'u';
        struct val unknown = {0};
        if (format.data[i + 1] == '%') {
            piece = text_result(&args[0], STR("%"));
        } else {
            piece = is_argument && next < count ? args[next++] : unknown;
        }
        value = php_run_concat(at->run, &value, &piece);
        from = i + 2;
        i++;
    }
    struct val rest = text_result(&args[0], str_slice(format, from, format.len));
    return php_run_concat(at->run, &value, &rest);
}

static struct val do_implode(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    unsigned list = count > 1 && args[1].kind == VAL_ARRAY ? 1 : 0;
    if (count == 0 || args[list].kind != VAL_ARRAY) {
        return (struct val){0};
    }
    struct val value = php_text_at(at, token, STR(""));
    const struct val *glue = count > 1 ? &args[1 - list] : NULL;
    for (uint32_t i = 0; i < args[list].array->count && i < 64; i++) {
        if (i != 0 && glue != NULL) {
            value = php_run_concat(at->run, &value, glue);
        }
        value = php_run_concat(at->run, &value, &args[list].array->slots[i].value);
    }
    return value;
}

static struct val do_merge(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct val value = php_array(at->run);
    (void)token;
    for (unsigned n = 0; n < count && value.array != NULL; n++) {
        for (uint32_t i = 0; args[n].kind == VAL_ARRAY && i < args[n].array->count && at->run->steps != 0; i++) {
            struct val *slot = php_slot(at->run, value.array, args[n].array->slots[i].key, true);
            at->run->steps--;
            if (slot != NULL) {
                *slot = args[n].array->slots[i].value;
            }
        }
    }
    return value;
}

static struct val do_file_exists(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct str rel;
    if (count == 0 || args[0].kind != VAL_TEXT) {
        return (struct val){0};
    }
    bool is_there = php_resolve(at->run, at, args[0].text, &rel);
    return is_there ? php_text_at(at, token, STR("1")) : (struct val){0};
}

/* A secret kept in a file of its own: /run/secrets/db_password. In the tree its text is known, else only its name. */
static struct val do_file_get_contents(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct str rel, bytes;
    if (count == 0 || args[0].kind != VAL_TEXT) {
        return (struct val){0};
    }
    if (str_starts(args[0].text, STR("php://"))) {
        return (struct val){.kind = VAL_INPUT};
    }
    if (php_resolve(at->run, at, args[0].text, &rel) && find_open(at->run->find, rel, at->run->arena, &bytes)) {
        struct str path = find_shown(at->run->find, at->run->arena, rel);
        struct val value = val_text(path, 1, bytes);
        php_says(at->run, &value, "file", "file_get_contents()");
        return value;
    }
    struct val value = php_text_at(at, token, args[0].text);
    value.kind = val_is_text(&args[0]) ? VAL_ENV : VAL_UNKNOWN;
    return value;
}

static void put_url_part(struct php_run *run, struct val_array *array, const char *name, const struct val *value)
{
    struct val *slot = value->kind == VAL_TEXT ? php_slot(run, array, str_of(name), true) : NULL;
    if (slot != NULL) {
        *slot = *value;
    }
}

static struct val do_parse_url(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct cred cred = {0};
    (void)token;
    if (count != 1 || args[0].kind == VAL_INPUT || !val_is_text(&args[0]) ||
        !dsn_url(at->run->arena, &args[0], &cred)) {
        return (struct val){.kind = count != 0 && args[0].kind == VAL_INPUT ? VAL_INPUT : VAL_UNKNOWN};
    }
    struct val value = php_array(at->run);
    if (value.array != NULL) {
        put_url_part(at->run, value.array, "host", &cred.host);
        put_url_part(at->run, value.array, "port", &cred.port);
        put_url_part(at->run, value.array, "user", &cred.account);
        put_url_part(at->run, value.array, "pass", &cred.password);
        if (cred.database.kind == VAL_TEXT) {
            struct val slash = text_result(&cred.database, STR("/"));
            struct val path = php_run_concat(at->run, &slash, &cred.database);
            put_url_part(at->run, value.array, "path", &path);
        }
    }
    return value;
}

/* name = value lines, in sections; the second argument makes the sections arrays. */
static struct val do_parse_ini(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    struct str rel, bytes;
    (void)token;
    if (count == 0 || args[0].kind != VAL_TEXT || !php_resolve(at->run, at, args[0].text, &rel) ||
        !find_open(at->run->find, rel, at->run->arena, &bytes)) {
        return (struct val){0};
    }
    struct str path = find_shown(at->run->find, at->run->arena, rel);
    struct val value = php_array(at->run);
    struct val_array *array = value.array;
    bool has_sections = count > 1 && php_truth(&args[1]) == 1;
    uint32_t line = 1;
    for (struct str_cut cut = str_cut(bytes, '\n'); array != NULL && at->run->steps != 0;
         cut = str_cut(cut.tail, '\n'), line++, at->run->steps--) {
        struct str text = str_trim(cut.head);
        struct str_cut pair = str_cut(text, '=');
        if (text.len > 2 && text.data[0] == '[' && has_sections) {
            struct val section = php_array(at->run);
            struct val *slot = php_slot(at->run, value.array, str_slice(text, 1, text.len - 1), true);
            array = section.array;
            if (slot != NULL) {
                *slot = section;
            }
        } else if (pair.found && text.data[0] != ';' && text.data[0] != '#') {
            struct str said = str_trim(pair.tail);
            bool is_quoted = said.len >= 2 && (said.data[0] == '"' || said.data[0] == '\'');
            said = is_quoted ? str_cut(str_slice(said, 1, said.len), said.data[0]).head
                             : str_trim(str_cut(said, ';').head);
            struct val *slot = php_slot(at->run, array, str_trim(pair.head), true);
            if (slot != NULL) {
                *slot = val_text(path, line, said);
                php_says(at->run, slot, "file", "parse_ini_file()");
            }
        }
        if (!cut.found) {
            break;
        }
    }
    return value;
}

static struct val from_json(struct php_run *run, const json_t *json, struct str path, unsigned depth)
{
    struct val value = {0};
    const char *key;
    json_t *member;
    if (json_is_string(json)) {
        struct str text = {json_string_value(json), json_string_length(json)};
        return val_text(path, 1, arena_str(run->arena, text, NULL));
    }
    if (json_is_integer(json)) {
        OWN(own_buf) struct buf text = {.max = 64};
        buf_printf(&text, "%lld", (long long)json_integer_value(json));
        return val_text(path, 1, arena_str(run->arena, buf_str(&text), NULL));
    }
    if (!json_is_object(json)) {
        return value;
    }
    if (depth > 8) {
        find_cut_short(run->find);
        return value;
    }
    value = php_array(run);
    json_object_foreach((json_t *)(uintptr_t)json, key, member)
    {
        struct str name = arena_str(run->arena, str_of(key), NULL);
        struct val *slot = value.array != NULL && name.data != NULL ? php_slot(run, value.array, name, true) : NULL;
        if (slot != NULL) {
            *slot = from_json(run, member, path, depth + 1);
        }
    }
    return value;
}

static struct val do_json_decode(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)token;
    if (count == 0 || !val_is_text(&args[0]) || args[0].text.len > (1 << 20)) {
        return (struct val){.kind = count != 0 && args[0].kind == VAL_INPUT ? VAL_INPUT : VAL_UNKNOWN};
    }
    json_t *json = json_read(args[0].text, NULL);
    struct val value = from_json(at->run, json, args[0].path, 0);
    json_decref(json);
    if (value.kind == VAL_ARRAY && count < 2) { /* an object, unless told otherwise */
        struct val object = object_of(at->run, STR("stdClass"));
        if (object.kind == VAL_OBJECT) {
            object.object->members = *value.array;
        }
        return object;
    }
    return value;
}

static struct val do_init(struct php_at *at, const struct val *args, unsigned count, uint32_t token)
{
    (void)args;
    (void)count;
    (void)token;
    return object_of(at->run, STR("mysqli"));
}

static const struct {
    const char *name;
    builtin *run;
} builtins[] = {
    {"define", do_define},
    {"constant", do_constant},
    {"defined", do_defined},
    {"getenv", do_getenv},
    {"env", do_env},
    {"getenv_docker", do_env},
    {"ini_set", do_ini_set},
    {"ini_alter", do_ini_set},
    {"session_save_path", do_save_path},
    {"dirname", do_dirname},
    {"realpath", do_first},
    {"strval", do_first},
    {"intval", do_first},
    {"addslashes", do_first},
    {"rawurlencode", do_first},
    {"urldecode", do_first},
    {"trim", do_trim},
    {"rtrim", do_trim},
    {"base64_decode", do_base64},
    {"strrev", do_strrev},
    {"sprintf", do_sprintf},
    {"implode", do_implode},
    {"join", do_implode},
    {"array_merge", do_merge},
    {"array_replace", do_merge},
    {"file_exists", do_file_exists},
    {"is_file", do_file_exists},
    {"is_readable", do_file_exists},
    {"file_get_contents", do_file_get_contents},
    {"parse_url", do_parse_url},
    {"parse_ini_file", do_parse_ini},
    {"json_decode", do_json_decode},
    {"mysqli_init", do_init},
};

bool php_builtin(struct php_at *at, struct str name, const struct val *args, unsigned count, uint32_t token,
                 struct val *ret_value)
{
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        if (is_named(name, builtins[i].name)) {
            *ret_value = builtins[i].run(at, args, count, token);
            return true;
        }
    }
    const struct connection *connection = connection_of(name, false);
    if (connection != NULL) {
        connect(at, connection, args, count, token);
        *ret_value = (struct val){0};
        return true;
    }
    return false;
}

/* One string that says where a service is and as whom one comes in.
 *
 *   mysql://shop:s3@db.zz:3306/shop?charset=utf8     URLs, with jdbc: before them too
 *   mysql:host=db.zz;port=3306;dbname=shop           PDO
 *   Server=db.zz,1433;Database=shop;User Id=a;Password=b
 *   host=db.zz dbname=shop user=a password=b         libpq
 *
 * A piece that could not be followed is the byte FIND_HOLE: what stands in its place stays unknown. */
#include "base/str.h"
#include "reach/find.h"

#include "base/banned.h"

enum { SCHEME_MAX = 24 };

static struct str unescaped(struct arena *arena, struct str text)
{
    if (text.len == 0 || memchr(text.data, '%', text.len) == NULL) {
        return text;
    }
    char *out = arena_take(arena, text.len, NULL);
    if (out == NULL) {
        return (struct str){NULL, 0};
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int high = text.data[i] == '%' && i + 2 < text.len ? str_hex_digit(text.data[i + 1]) : -1;
        int low = high >= 0 ? str_hex_digit(text.data[i + 2]) : -1;
        out[len++] = low >= 0 ? (char)(unsigned char)(high << 4 | low) : text.data[i];
        i += low >= 0 ? 2 : 0;
    }
    return (struct str){out, len};
}

/* "auth", "auth[user]", "auth%5Bpass%5D", "auth[]" of phpredis' URLs; which: what stands in the brackets. */
static bool is_auth(struct arena *arena, struct str name, struct str *ret_which)
{
    struct str plain = unescaped(arena, name);
    bool is_it = str_starts(plain, STR("auth[")) && plain.data[plain.len - 1] == ']';
    *ret_which = is_it ? str_slice(plain, 5, plain.len - 1) : STR("");
    return is_it || str_eq(plain, STR("auth"));
}

/* A part of the text, from the same place. Empty parts say nothing, but for an empty password. */
static struct val part(const struct val *whole, struct str text)
{
    struct val value = *whole;
    value.kind = VAL_TEXT;
    value.text = text;
    return value;
}

static void set(struct val *member, const struct val *whole, struct str text)
{
    if (text.len != 0 && member->kind == VAL_UNKNOWN) {
        *member = part(whole, text);
        member->kind = val_is_text(member) ? VAL_TEXT : VAL_UNKNOWN;
    }
}

static bool is_scheme_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '+' || byte == '-' || byte == '.' || byte == '_';
}

/* user=..&password=.. of JDBC's query; the rest is kept. */
static void take_query(struct arena *arena, const struct val *whole, struct str query, struct cred *cred)
{
    bool is_redis = cred->service != NULL && strcmp(cred->service, "redis") == 0;
    unsigned numbered = 0;
    OWN(own_buf) struct buf rest = {.max = FIND_TEXT_MAX_BYTES};
    for (struct str_cut cut = str_cut(query, '&');; cut = str_cut(cut.tail, '&')) {
        struct str_cut pair = str_cut(cut.head, '=');
        struct str value = unescaped(arena, pair.tail), which;
        if (is_redis && is_auth(arena, pair.head, &which)) { /* alone, or the account and then the password */
            bool is_list = pair.head.len > 4 && which.len == 0;
            bool is_first = is_list && numbered++ == 0 && str_find(cut.tail, STR("auth"), 0) != SIZE_MAX;
            set(is_first || str_eq(which, STR("user")) || str_eq(which, STR("0")) ? &cred->account : &cred->password,
                whole, value);
        } else if (str_eq_nocase(pair.head, STR("user")) || str_eq_nocase(pair.head, STR("username"))) {
            set(&cred->account, whole, value);
        } else if (str_eq_nocase(pair.head, STR("password"))) {
            set(&cred->password, whole, value);
        } else if (str_eq_nocase(pair.head, STR("unix_socket")) || str_eq_nocase(pair.head, STR("socket"))) {
            set(&cred->socket, whole, value);
        } else if (cut.head.len != 0) {
            buf_puts(&rest, rest.len != 0 ? "&" : "");
            buf_put(&rest, cut.head);
        }
        if (!cut.found) {
            break;
        }
    }
    if (!rest.failed && rest.len != 0 && memchr(rest.data, FIND_HOLE, rest.len) == NULL) {
        cred->query = arena_str(arena, buf_str(&rest), NULL);
    }
}

static void take_login(struct arena *arena, const struct val *whole, struct str login, struct cred *cred)
{
    struct str_cut cut = str_cut(login, ':');
    set(&cred->account, whole, unescaped(arena, cut.head));
    if (!cut.found) {
        return;
    }
    if (cut.tail.len == 0 && cred->password.kind == VAL_UNKNOWN) {
        cred->password = part(whole, STR(""));
    }
    set(&cred->password, whole, unescaped(arena, cut.tail));
}

static void take_place(struct arena *arena, const struct val *whole, struct str place, struct cred *cred)
{
    if (str_starts(place, STR("tcp(")) || str_starts(place, STR("unix("))) { /* Go: user:pass@tcp(host:port)/db */
        place = str_slice(place, str_find(place, STR("("), 0) + 1, place.len - (place.data[place.len - 1] == ')'));
    }
    const char *colon = place.len != 0 ? memrchr(place.data, ':', place.len) : NULL;
    uint64_t port;
    struct str tail = colon != NULL ? str_slice(place, (size_t)(colon - place.data) + 1, place.len) : place;
    if (colon != NULL && str_u64(tail, &port) && memchr(place.data, ',', place.len) == NULL) {
        set(&cred->port, whole, tail);
        place = str_slice(place, 0, (size_t)(colon - place.data));
    }
    struct str host = unescaped(arena, place);
    if (host.len != 0 && host.data[0] == '/') {
        set(&cred->socket, whole, host);
    } else {
        set(&cred->host, whole, host);
    }
}

/* sqlite:///relative, sqlite:////absolute, sqlite:relative */
static bool take_sqlite(struct str rest, struct cred *cred)
{
    rest = str_starts(rest, STR("///"))  ? str_slice(rest, 3, rest.len)
           : str_starts(rest, STR("//")) ? str_slice(rest, 2, rest.len)
                                         : rest;
    rest = str_cut(rest, '?').head;
    const char *hole = rest.len != 0 ? memrchr(rest.data, FIND_HOLE, rest.len) : NULL;
    bool is_unknown = hole != NULL && (size_t)(rest.data + rest.len - hole) < 4; /* no name stands behind it */
    if (rest.len == 0 || is_unknown || str_starts(rest, STR(":memory"))) {
        return false;
    }
    cred->service = "sqlite";
    cred->file = rest;
    return true;
}

/* jdbc:sqlserver://host:1433;databaseName=shop;user=a;password=b */
static struct str cut_semicolons(struct arena *arena, const struct val *whole, struct str rest, struct cred *cred)
{
    struct str_cut cut = str_cut(rest, ';');
    if (cut.found) {
        struct val words = part(whole, cut.tail);
        (void)dsn_keywords(arena, &words, cred);
    }
    return cut.head;
}

/* tcp://host:port?auth=.., unix:///run/redis.sock?auth=..: where PHP keeps its sessions, and Predis. */
static bool dsn_session(struct arena *arena, const struct val *text, struct str url, struct cred *cred)
{
    struct str_cut query = str_cut(url, '?');
    struct str_cut place = str_cut(query.head, ':');
    bool is_socket = str_eq_nocase(place.head, STR("unix"));
    if (!query.found || !place.found || !find_is_session_scheme(place.head)) {
        return false;
    }
    struct cred found = *cred;
    found.service = "redis";
    take_query(arena, text, query.tail, &found);
    if (found.password.kind == VAL_UNKNOWN) {
        return false;
    }
    struct str rest = str_starts(place.tail, STR("//")) ? str_slice(place.tail, 2, place.tail.len) : place.tail;
    if (is_socket) {
        set(&found.socket, text, rest);
    } else {
        take_place(arena, text, str_cut(rest, '/').head, &found);
    }
    *cred = found;
    return true;
}

bool dsn_url(struct arena *arena, const struct val *text, struct cred *cred)
{
    struct str url = str_trim(text->text);
    url = str_starts(url, STR("jdbc:")) ? str_slice(url, 5, url.len) : url;
    size_t colon = 0;
    while (colon < url.len && colon < SCHEME_MAX && is_scheme_byte(url.data[colon])) {
        colon++;
    }
    struct str scheme = str_slice(url, 0, colon);
    const char *service = find_service_of_scheme(scheme);
    struct str rest = str_slice(url, colon, url.len);
    if (service == NULL && dsn_session(arena, text, url, cred)) {
        return true;
    }
    if (service == NULL || !str_starts(rest, STR(":"))) {
        return false;
    }
    if (strcmp(service, "sqlite") == 0) {
        return take_sqlite(str_slice(rest, 1, rest.len), cred);
    }
    if (!str_starts(rest, STR("://"))) {
        return false;
    }
    cred->service = service;
    rest = str_slice(rest, 3, rest.len);
    if (strcmp(service, "sqlserver") == 0) {
        rest = cut_semicolons(arena, text, rest, cred);
    }
    struct str_cut query = str_cut(rest, '?');
    struct str_cut path = str_cut(query.head, '/');
    const char *at = path.head.len != 0 ? memrchr(path.head.data, '@', path.head.len) : NULL;
    if (at == NULL && query.head.len != 0) { /* a slash in a password that nobody escaped */
        const char *late = memrchr(query.head.data, '@', query.head.len);
        if (late != NULL) {
            struct str_cut again =
                str_cut(str_slice(query.head, (size_t)(late - query.head.data), query.head.len), '/');
            path.head = str_slice(query.head, 0, (size_t)(late - query.head.data) + again.head.len);
            path.tail = again.tail;
            at = late;
        }
    }
    if (at != NULL) {
        size_t end = (size_t)(at - path.head.data);
        take_login(arena, text, str_slice(path.head, 0, end), cred);
        path.head = str_slice(path.head, end + 1, path.head.len);
    }
    take_place(arena, text, path.head, cred);
    set(&cred->database, text, unescaped(arena, str_cut(path.tail, '/').head));
    take_query(arena, text, query.tail, cred);
    return true;
}

/* A name of a member, whatever its spelling: letters only, in lower case. */
static struct str squeezed(struct str name, char *out, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < room; i++) {
        char byte = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] + 32) : name.data[i];
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
            out[len++] = byte;
        }
    }
    return (struct str){out, len};
}

static struct val *member_of(struct str name, struct cred *cred)
{
    static const struct {
        const char *name;
        char member;
    } names[] = {
        {"server", 'h'},       {"host", 'h'},           {"hostaddr", 'h'},       {"datasource", 'h'},
        {"address", 'h'},      {"addr", 'h'},           {"networkaddress", 'h'}, {"hostname", 'h'},
        {"servername", 'h'},   {"port", 'p'},           {"database", 'd'},       {"dbname", 'd'},
        {"databasename", 'd'}, {"initialcatalog", 'd'}, {"user", 'a'},           {"userid", 'a'},
        {"uid", 'a'},          {"username", 'a'},       {"password", 's'},       {"pwd", 's'},
        {"unixsocket", 'u'},
    };
    char room[24];
    struct str word = squeezed(name, room, sizeof room);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(word, str_of(names[i].name))) {
            switch (names[i].member) {
            case 'h':
                return &cred->host;
            case 'p':
                return &cred->port;
            case 'd':
                return &cred->database;
            case 'a':
                return &cred->account;
            case 's':
                return &cred->password;
            default:
                return &cred->socket;
            }
        }
    }
    return NULL;
}

/* The next name=value of *rest, cut at `separator` or, if that is a space, at white space. Quotes hold a value together. */
static bool next_word(struct str *rest, char separator, struct str *ret_name, struct str *ret_value)
{
    *rest = str_trim(*rest);
    struct str_cut cut = str_cut(*rest, '=');
    if (!cut.found || cut.head.len > 64) {
        return false;
    }
    *ret_name = str_trim(cut.head);
    struct str value = str_trim(cut.tail);
    char quote = value.len != 0 && (value.data[0] == '\'' || value.data[0] == '"') ? value.data[0] : separator;
    bool is_quoted = quote != separator;
    struct str_cut end = str_cut(is_quoted ? str_slice(value, 1, value.len) : value, quote);
    *ret_value = is_quoted ? end.head : str_trim(end.head);
    *rest = is_quoted && separator == ';' ? str_cut(end.tail, ';').tail : end.tail;
    return true;
}

bool dsn_keywords(struct arena *arena, const struct val *text, struct cred *cred)
{
    (void)arena;
    struct str rest = str_trim(text->text), name, value;
    char separator = memchr(rest.data != NULL ? rest.data : "", ';', rest.len) != NULL ? ';' : ' ';
    unsigned known = 0;
    for (unsigned n = 0; n < 64 && next_word(&rest, separator, &name, &value); n++) {
        struct val *member = member_of(name, cred);
        if (member == NULL) {
            continue;
        }
        known++;
        if (member == &cred->password && value.len == 0 && member->kind == VAL_UNKNOWN) {
            *member = part(text, STR(""));
        }
        if (member == &cred->host) { /* tcp:db.zz,1433 */
            value = str_starts(value, STR("tcp:")) ? str_slice(value, 4, value.len) : value;
            struct str_cut port = str_cut(value, ',');
            uint64_t number;
            if (port.found && str_u64(port.tail, &number)) {
                set(&cred->port, text, port.tail);
                value = port.head;
            }
        }
        set(member, text, value);
    }
    return known >= 2;
}

bool dsn_pdo(struct arena *arena, const struct val *text, struct cred *cred)
{
    struct str_cut cut = str_cut(str_trim(text->text), ':');
    const char *service = cut.found ? find_service_of_scheme(cut.head) : NULL;
    service = service == NULL && str_eq(cut.head, STR("oci")) ? "oracle" : service;
    service = service == NULL && str_eq(cut.head, STR("dblib")) ? "sqlserver" : service;
    if (!cut.found || service == NULL || str_starts(cut.tail, STR("//"))) {
        return false;
    }
    if (strcmp(service, "sqlite") == 0) {
        return take_sqlite(cut.tail, cred);
    }
    struct val words = part(text, cut.tail);
    cred->service = service;
    (void)dsn_keywords(arena, &words, cred);
    return true;
}

/* What only one of them writes into its connection strings. */
static const char *dialect_of(struct str text)
{
    static const struct {
        const char *word, *service;
    } words[] = {
        {"initial catalog", "sqlserver"},
        {"trustservercertificate", "sqlserver"},
        {"multipleactiveresult", "sqlserver"},
        {"integrated security", "sqlserver"},
        {"tcp:", "sqlserver"},
        {"sslmode=require", "postgresql"},
        {"allowuservariables", "mysql"},
        {"sslmode=none", "mysql"},
        {"host=", "postgresql"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(text, str_of(words[i].word), 0) != SIZE_MAX) {
            return words[i].service;
        }
    }
    return NULL;
}

bool dsn_any(struct arena *arena, const struct val *text, struct cred *cred)
{
    if (text->kind != VAL_TEXT || text->text.len < 4 || text->text.len > FIND_TEXT_MAX_BYTES) {
        return false;
    }
    if (dsn_url(arena, text, cred) || dsn_pdo(arena, text, cred)) {
        return true;
    }
    bool is_words = dsn_keywords(arena, text, cred);
    cred->service = is_words && cred->service == NULL ? dialect_of(text->text) : cred->service;
    return is_words;
}

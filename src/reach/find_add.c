/* What a credential is: who, where, with what, found in which places. The same one said twice is one; what one place leaves
 * open, another may say. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "reach/find.h"

#include "base/banned.h"

enum password { PASSWORD_UNKNOWN, PASSWORD_NONE, PASSWORD_EMPTY, PASSWORD_SET, PASSWORD_ELSEWHERE };

enum { SLOTS = 1 << 15, TEXT_SHOWN = 512, REASON_BYTES = 600 };

/* A credential that is kept. Strings live in the arena of finds; len 0: unknown. */
struct kept {
    struct kept *next; /* of the same slot */
    const char *service, *opens, *product;
    struct str host, socket, database, account, secret, variable, prefix, uri, query, path;
    uint64_t port, print, line;
    enum password password;
    enum find_confidence confidence;
    bool is_key;
    json_t *reasons;
};

struct finds {
    struct arena arena;
    struct kept **list;
    size_t count, cap;
    struct kept *slots[SLOTS];
};

struct finds *finds_new(struct err *err)
{
    struct finds *finds = calloc(1, sizeof *finds);
    if (finds == NULL) {
        err_no_memory(err);
        return NULL;
    }
    arena_init(&finds->arena, (size_t)256 << 20);
    return finds;
}

void finds_free(struct finds *finds)
{
    if (finds == NULL) {
        return;
    }
    for (size_t i = 0; i < finds->count; i++) {
        struct kept *kept = finds->list[i];
        json_decref(kept->reasons);
        if (kept->secret.len != 0) {
            explicit_bzero((void *)(uintptr_t)kept->secret.data, kept->secret.len); /* ours: own_strings() made it */
        }
    }
    arena_clear(&finds->arena);
    free(finds->list);
    free(finds);
}

size_t finds_count(const struct finds *finds)
{
    return finds->count;
}

const struct find_step *find_step(struct arena *arena, const struct find_step *before, const char *kind,
                                  struct str path, uint32_t line, const char *format, ...)
{
    char text[TEXT_SHOWN];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct find_step *step = ARENA_NEW(arena, struct find_step, 1, NULL);
    if (step == NULL || length < 0) {
        return before;
    }
    size_t got = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
    *step = (struct find_step){before, kind, path, line, arena_str(arena, (struct str){text, got}, NULL)};
    return step;
}

/* ---- is it one? ---- */

static struct str known(const struct val *value)
{
    bool is_known = val_is_text(value) && value->text.len <= FIND_TEXT_MAX_BYTES;
    return is_known ? str_trim(value->text) : (struct str){NULL, 0};
}

static enum password password_of(const struct cred *cred)
{
    if (cred->no_password) {
        return PASSWORD_NONE;
    }
    if (cred->is_key) {
        return PASSWORD_SET;
    }
    switch ((enum val_kind)cred->password.kind) {
    case VAL_NULL:
        return PASSWORD_NONE;
    case VAL_ENV:
        return PASSWORD_ELSEWHERE;
    case VAL_TEXT:
        return !val_is_text(&cred->password)  ? PASSWORD_UNKNOWN
               : cred->password.text.len == 0 ? PASSWORD_EMPTY
                                              : PASSWORD_SET;
    case VAL_UNKNOWN:
    case VAL_INPUT:
    case VAL_ARRAY:
    case VAL_OBJECT:
    case VAL_RUN:
        break;
    }
    return PASSWORD_UNKNOWN;
}

static bool is_example_host(struct str host)
{
    return host.len != 0 && (find_is_placeholder(host) || str_find_nocase(host, STR("example."), 0) != SIZE_MAX ||
                             str_eq_nocase(host, STR("host")) || str_eq_nocase(host, STR("hostname")) ||
                             str_eq_nocase(host, STR("domain.com")) || str_eq_nocase(host, STR("server")));
}

/* May be meant or be there to be replaced. */
static bool is_weak_word(struct str text)
{
    return find_is_weak_word(text) || find_is_doubtful_word(text);
}

/* Nothing that opens anything: taken from the visitor, an example, or nothing known at all. */
static bool is_none(const struct find_file *file, const struct cred *cred, enum password password)
{
    struct str account = known(&cred->account), host = known(&cred->host), secret = known(&cred->password);
    if (cred->is_key || cred->file.len != 0) {
        return false;
    }
    if (cred->account.kind == VAL_INPUT || cred->password.kind == VAL_INPUT || cred->host.kind == VAL_INPUT) {
        return true;
    }
    if (password == PASSWORD_SET && (cred->password.text.len > FIND_TEXT_MAX_BYTES || find_is_placeholder(secret))) {
        return true;
    }
    if (find_is_placeholder(account)) {
        return true;
    }
    bool is_weak = password == PASSWORD_SET && is_weak_word(secret);
    if (is_weak && (file->is_sample || file->is_doubtful || is_example_host(host))) {
        return true;
    }
    if (is_weak && cred->product == NULL && is_weak_word(account) && !str_eq_nocase(account, STR("root")) &&
        host.len == 0) {
        return true;
    }
    bool is_open = cred->no_password && host.len != 0;
    if (file->is_sample && password != PASSWORD_SET) {
        return true;
    }
    if (file->is_doubtful && password != PASSWORD_SET && !is_open) {
        return true;
    }
    return password == PASSWORD_SET || password == PASSWORD_ELSEWHERE ? false : account.len == 0 && !is_open;
}

static enum find_confidence trust_in(const struct find_file *file, const struct cred *cred, enum password password)
{
    enum find_confidence confidence = cred->confidence;
    struct str account = known(&cred->account), secret = known(&cred->password);
    bool is_set = password == PASSWORD_SET && !cred->is_key;
    bool is_doubtful = find_is_doubtful_word(account) || (is_set && find_is_doubtful_word(secret));
    bool is_weak = is_set && find_is_weak_word(secret) && find_is_weak_word(account);
    if (file->is_doubtful || file->is_sample || is_doubtful || is_weak) {
        return FIND_LOW;
    }
    if (confidence == FIND_HIGH && (cred->password.is_default || password == PASSWORD_ELSEWHERE)) {
        return FIND_MEDIUM;
    }
    return confidence;
}

/* ---- where ---- */

/* a/b/../c of an absolute path, lexically. */
static struct str normal_path(struct arena *arena, struct str path)
{
    char *out = arena_take(arena, path.len + 1, NULL);
    if (out == NULL) {
        return (struct str){NULL, 0};
    }
    size_t len = 0;
    for (struct str_cut cut = str_cut(path, '/');; cut = str_cut(cut.tail, '/')) {
        if (str_eq(cut.head, STR(".."))) {
            while (len != 0 && out[len - 1] != '/') {
                len--;
            }
            len -= len != 0;
        } else if (cut.head.len != 0 && !str_eq(cut.head, STR("."))) {
            out[len++] = '/';
            memcpy(out + len, cut.head.data, cut.head.len);
            len += cut.head.len;
        }
        if (!cut.found) {
            break;
        }
    }
    return (struct str){out, len};
}

/* The absolute path, if a file is there below the root. */
static struct str within(struct find *find, struct arena *arena, struct str absolute)
{
    struct str path = normal_path(arena, absolute), root = find_root(find);
    if (path.len <= root.len + 1 || !str_starts(path, root) || path.data[root.len] != '/') {
        return (struct str){NULL, 0};
    }
    struct str rel = arena_str(arena, str_slice(path, root.len + 1, path.len), NULL);
    return rel.data != NULL && find_is_file(find, rel) ? path : (struct str){NULL, 0};
}

static struct str joined(struct arena *arena, struct str a, struct str b, struct str c)
{
    OWN(own_buf) struct buf path = {.max = 1 << 16};
    buf_put(&path, a);
    buf_putc(&path, '/');
    buf_put(&path, b);
    buf_putc(&path, '/');
    buf_put(&path, c);
    return path.failed ? (struct str){NULL, 0} : arena_str(arena, buf_str(&path), NULL);
}

/* SQLite's file: as PHP would find it (beside the script, or below the directory the program runs in, which may be any above). */
static struct str sqlite_path(struct find *find, const struct find_file *file, struct arena *arena, struct str said)
{
    if (said.len == 0 || said.len > FIND_TEXT_MAX_BYTES || memchr(said.data, '\0', said.len) != NULL) {
        return (struct str){NULL, 0};
    }
    const char *hole = memrchr(said.data, FIND_HOLE, said.len);
    if (hole != NULL) { /* BASE_PATH . '/data/x.sqlite' */
        said = str_slice(said, (size_t)(hole - said.data) + 1, said.len);
    } else if (said.data[0] == '/') {
        return within(find, arena, said);
    }
    struct str directory = file->rel;
    while (directory.len != 0) {
        const char *slash = memrchr(directory.data, '/', directory.len);
        directory = str_slice(directory, 0, slash != NULL ? (size_t)(slash - directory.data) : 0);
        struct str found = within(find, arena, joined(arena, find_root(find), directory, said));
        if (found.len != 0) {
            return found;
        }
    }
    return (struct str){NULL, 0};
}

static void put_escaped(struct buf *out, struct str text, const char *kept)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                        (byte != '\0' && strchr(kept, (char)byte) != NULL);
        if (is_plain) {
            buf_putc(out, (char)byte);
        } else {
            buf_printf(out, "%%%02X", byte);
        }
    }
}

/* scheme://account@host:port/database; a socket is part of the query, as src/sources wants it. */
static void put_uri(struct buf *uri, const struct kept *kept)
{
    static const char *const schemes[] = {"mysql", "postgresql", "clickhouse", "redis", "mongodb"};
    bool is_ours = false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && kept->service != NULL; i++) {
        is_ours = is_ours || strcmp(schemes[i], kept->service) == 0;
    }
    bool is_redis = is_ours && strcmp(kept->service, "redis") == 0;
    if (!is_ours || (kept->host.len == 0 && kept->socket.len == 0) || (kept->account.len == 0 && !is_redis)) {
        return;
    }
    buf_printf(uri, "%s://", kept->service);
    put_escaped(uri, kept->account, "-._~");
    if (kept->account.len != 0) {
        buf_putc(uri, '@');
    }
    if (kept->socket.len == 0 || kept->host.len != 0) {
        put_escaped(uri, kept->host.len != 0 ? kept->host : STR("localhost"), "-._~:[],");
    } else if (strcmp(kept->service, "mysql") == 0) {
        buf_puts(uri, "localhost");
    }
    if (kept->port != 0) {
        buf_printf(uri, ":%" PRIu64, kept->port);
    }
    if (kept->database.len != 0 || kept->socket.len != 0) {
        buf_putc(uri, '/');
        put_escaped(uri, kept->database, "-._~");
    }
    if (kept->socket.len != 0) {
        buf_puts(uri, strcmp(kept->service, "postgresql") == 0 ? "?host=" : "?socket=");
        put_escaped(uri, kept->socket, "-._~/");
    }
}

/* "db.internal:3307", "localhost:/run/mysqld/mysqld.sock", "/run/postgresql": WordPress and others say all in the host. */
static void split_host(struct kept *kept)
{
    struct str host = kept->host;
    if (str_starts(host, STR("p:")) && host.len > 2) { /* mysqli: a persistent connection */
        host = str_slice(host, 2, host.len);
    }
    size_t scheme = str_find(host, STR("://"), 0);
    host = scheme != SIZE_MAX ? str_slice(host, scheme + 3, host.len) : host;
    const char *colon = host.len != 0 ? memchr(host.data, ':', host.len) : NULL;
    const char *last = host.len != 0 ? memrchr(host.data, ':', host.len) : NULL;
    bool is_ipv6 = colon != last && (host.len == 0 || host.data[0] != '[');
    if (last != NULL && !is_ipv6) {
        struct str tail = str_slice(host, (size_t)(last - host.data) + 1, host.len);
        uint64_t port;
        if (tail.len != 0 && tail.data[0] == '/') {
            kept->socket = kept->socket.len == 0 ? tail : kept->socket;
            host = str_slice(host, 0, (size_t)(last - host.data));
        } else if (str_u64(tail, &port) && port < 65536) {
            kept->port = kept->port == 0 ? port : kept->port;
            host = str_slice(host, 0, (size_t)(last - host.data));
        }
    }
    if (host.len != 0 && host.data[0] == '/') {
        kept->socket = kept->socket.len == 0 ? host : kept->socket;
        host = (struct str){NULL, 0};
    }
    kept->host = host;
}

/* ---- reasons ---- */

static void put_reason(json_t *reasons, const char *kind, struct str path, uint64_t line, struct str text)
{
    if (reasons == NULL || json_array_size(reasons) >= FIND_REASONS_MAX) {
        return;
    }
    OWN(own_buf) struct buf said = {.max = 1 << 14};
    buf_put(&said, text);
    if (path.len != 0) {
        buf_puts(&said, text.len != 0 ? ", at " : "at ");
        buf_put(&said, path);
        buf_printf(&said, ":%" PRIu64, line);
    }
    json_t *reason = json_pack("{s:s, s:I, s:o}", "kind", kind, "line", (json_int_t)line, "text",
                               assay_text(buf_str(&said), REASON_BYTES));
    size_t i;
    json_t *old;
    json_array_foreach(reasons, i, old)
    {
        if (reason != NULL && json_equal(old, reason)) {
            json_decref(reason);
            return;
        }
    }
    if (reason != NULL) {
        (void)json_array_append_new(reasons, reason);
    }
}

static void put_trail(json_t *reasons, const struct find_step *step)
{
    for (unsigned n = 0; step != NULL && n < FIND_REASONS_MAX; step = step->before, n++) {
        put_reason(reasons, step->kind, step->path, step->line, step->text);
    }
}

static json_t *reasons_of(const struct cred *cred, struct str outside)
{
    json_t *reasons = json_array();
    put_trail(reasons, cred->why);
    put_trail(reasons, cred->password.trail);
    put_trail(reasons, cred->account.trail);
    put_trail(reasons, cred->host.trail);
    put_trail(reasons, cred->database.trail);
    if (cred->password.is_default) {
        put_reason(reasons, "default", (struct str){NULL, 0}, 0, STR("a default: the environment may say another"));
    }
    if (outside.len != 0) {
        put_reason(reasons, "file", (struct str){NULL, 0}, 0, outside);
    }
    return reasons;
}

/* ---- the same again ---- */

static bool agrees(struct str a, struct str b)
{
    return a.len == 0 || b.len == 0 || str_eq(a, b);
}

static bool is_loopback(struct str host)
{
    return str_eq(host, STR("localhost")) || str_eq(host, STR("127.0.0.1")) || str_eq(host, STR("::1"));
}

static bool is_same(const struct kept *a, const struct kept *b)
{
    bool is_host = agrees(a->host, b->host) || (is_loopback(a->host) && is_loopback(b->host));
    return a->password == b->password && str_eq(a->account, b->account) && str_eq(a->secret, b->secret) &&
           str_eq(a->variable, b->variable) && a->print == b->print && a->is_key == b->is_key && is_host &&
           agrees(a->database, b->database) && agrees(a->socket, b->socket) && agrees(a->uri, b->uri) &&
           (a->port == b->port || a->port == 0 || b->port == 0) &&
           (a->service == NULL || b->service == NULL || strcmp(a->service, b->service) == 0);
}

static size_t slot_of(const struct kept *kept)
{
    uint64_t hash = str_hash(kept->account) * 31 + str_hash(kept->secret) + str_hash(kept->variable) * 7 + kept->print;
    return (size_t)(hash % SLOTS);
}

static void fill(struct str *into, struct str from)
{
    *into = into->len == 0 ? from : *into;
}

static bool is_use(const json_t *reason)
{
    return strcmp(json_text(reason, "kind", ""), "connects") == 0;
}

static bool tells_use(const json_t *reasons)
{
    size_t i;
    json_t *reason;
    json_array_foreach(reasons, i, reason)
    {
        if (is_use(reason)) {
            return true;
        }
    }
    return false;
}

/* The calls that are not there yet. */
static void add_uses(json_t *reasons, const json_t *more)
{
    size_t i;
    json_t *reason;
    json_array_foreach(more, i, reason)
    {
        bool is_new = is_use(reason) && json_array_size(reasons) < FIND_REASONS_MAX;
        for (size_t k = 0; k < json_array_size(reasons) && is_new; k++) {
            is_new = !json_equal(json_object_get(json_array_get(reasons, k), "text"), json_object_get(reason, "text"));
        }
        if (is_new) {
            (void)json_array_append(reasons, reason);
        }
    }
}

/* What is said in a second place: adds what the first left open, and names the place. */
static void merge(struct kept *old, struct kept *again)
{
    old->service = old->service != NULL ? old->service : again->service;
    old->product = old->product != NULL ? old->product : again->product;
    old->opens = again->opens != NULL && old->opens == NULL ? again->opens : old->opens;
    fill(&old->host, again->host);
    fill(&old->database, again->database);
    fill(&old->socket, again->socket);
    fill(&old->prefix, again->prefix);
    fill(&old->query, again->query);
    fill(&old->uri, again->uri);
    old->port = old->port != 0 ? old->port : again->port;
    if (again->confidence > old->confidence) {
        old->confidence = again->confidence;
    }
    bool is_elsewhere = !str_eq(old->path, again->path) || old->line != again->line;
    if (!tells_use(old->reasons) && tells_use(again->reasons)) { /* how it is used tells more than that it lies there */
        json_t *reasons = old->reasons;
        old->reasons = again->reasons;
        again->reasons = reasons;
    }
    if (is_elsewhere) {
        put_reason(old->reasons, "also", again->path, again->line, STR("the same"));
    }
    add_uses(old->reasons, again->reasons);
}

static int keep(struct finds *finds, struct kept *made, struct err *err)
{
    size_t slot = slot_of(made);
    for (struct kept *old = finds->slots[slot]; old != NULL; old = old->next) {
        if (is_same(old, made)) {
            merge(old, made);
            json_decref(made->reasons);
            return 0;
        }
    }
    if (finds->count >= FIND_CREDENTIALS_MAX) {
        json_decref(made->reasons);
        return err_set(err, ERR_LIMIT, "more than %d credentials", FIND_CREDENTIALS_MAX);
    }
    if (finds->count == finds->cap) {
        size_t cap = finds->cap == 0 ? 64 : finds->cap * 2;
        struct kept **list = reallocarray(finds->list, cap, sizeof *list);
        if (list == NULL) {
            json_decref(made->reasons);
            return err_no_memory(err);
        }
        finds->list = list;
        finds->cap = cap;
    }
    made->next = finds->slots[slot];
    finds->slots[slot] = made;
    finds->list[finds->count++] = made;
    return 0;
}

/* Where it lies: where its password stands, else what else is known of it. */
static void place(struct kept *kept, const struct cred *cred)
{
    const struct val *members[] = {&cred->password, &cred->account, &cred->database, &cred->host};
    kept->path = cred->path;
    kept->line = cred->line;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        bool is_there = members[i]->kind == VAL_TEXT || members[i]->kind == VAL_ENV;
        if (is_there && members[i]->path.len != 0) {
            kept->path = members[i]->path;
            kept->line = members[i]->line;
            return;
        }
    }
}

static void describe(struct find *find, const struct find_file *file, const struct cred *cred, struct kept *kept,
                     struct arena *scratch)
{
    struct str outside = {NULL, 0};
    kept->service = cred->service;
    kept->host = known(&cred->host);
    kept->socket = known(&cred->socket);
    kept->database = known(&cred->database);
    kept->account = known(&cred->account);
    kept->prefix = known(&cred->prefix);
    kept->secret = kept->password == PASSWORD_SET && !cred->is_key ? cred->password.text : (struct str){NULL, 0};
    kept->variable = kept->password == PASSWORD_ELSEWHERE ? cred->password.text : (struct str){NULL, 0};
    kept->query = cred->query;
    kept->print = cred->print;
    kept->is_key = cred->is_key;
    (void)(val_is_text(&cred->port) && str_u64(str_trim(cred->port.text), &kept->port));
    split_host(kept);
    place(kept, cred);
    if (kept->service == NULL && kept->port != 0) {
        kept->service = find_service_of_port(kept->port);
    }
    if (cred->file.len != 0) {
        struct str path = sqlite_path(find, file, scratch, cred->file);
        kept->database = path.len != 0 ? path : cred->file;
        kept->uri = path.len != 0 ? kept->database : (struct str){NULL, 0};
        outside = path.len != 0 ? outside : STR("the database file is not in the tree that was given");
        kept->service = "sqlite";
    }
    kept->opens = cred->opens != NULL ? cred->opens : find_opens(kept->service);
    kept->product = cred->product;
    kept->reasons = reasons_of(cred, outside);
}

/* Everything from the arenas of a file into that of the finds. */
static int own_strings(struct finds *finds, struct kept *kept, struct err *err)
{
    struct str *all[] = {&kept->host,     &kept->socket, &kept->database, &kept->account, &kept->secret,
                         &kept->variable, &kept->prefix, &kept->uri,      &kept->query,   &kept->path};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i]->len == 0) {
            continue;
        }
        *all[i] = arena_str(&finds->arena, *all[i], err);
        if (all[i]->data == NULL) {
            return -1;
        }
    }
    return 0;
}

int find_add(struct find *find, const struct find_file *file, const struct cred *cred, struct err *err)
{
    struct finds *finds = find_finds(find);
    enum password password = password_of(cred);
    if (is_none(file, cred, password)) {
        return 0;
    }
    OWN(own_arena) struct arena scratch;
    arena_init(&scratch, 1 << 20);
    bool has_hole = cred->file.len != 0 && memchr(cred->file.data, FIND_HOLE, cred->file.len) != NULL;
    bool is_example = str_starts(cred->file, STR("/path/to")) || find_is_placeholder(cred->file);
    if (cred->file.len != 0 && (has_hole || is_example) && sqlite_path(find, file, &scratch, cred->file).len == 0) {
        return 0; /* a file whose name is not known, and which is not there either */
    }
    struct kept *kept = ARENA_NEW(&finds->arena, struct kept, 1, err);
    if (kept == NULL) {
        return -1;
    }
    kept->password = cred->file.len != 0 && password != PASSWORD_SET ? PASSWORD_NONE : password;
    kept->confidence = trust_in(file, cred, password);
    describe(find, file, cred, kept, &scratch);
    OWN(own_buf) struct buf uri = {.max = 1 << 16};
    if (kept->uri.len != 0) {
        buf_puts(&uri, "sqlite:");
        buf_put(&uri, kept->database);
    }
    kept->uri = buf_str(&uri);
    if (own_strings(finds, kept, err) != 0) {
        json_decref(kept->reasons);
        return -1;
    }
    return keep(finds, kept, err);
}

/* ---- saying it ---- */

static int kept_cmp(const void *left, const void *right)
{
    const struct kept *a = *(struct kept *const *)left, *b = *(struct kept *const *)right;
    int order = str_cmp(a->path, b->path);
    order = order != 0 ? order : (a->line > b->line) - (a->line < b->line);
    order = order != 0 ? order : str_cmp(a->account, b->account);
    order = order != 0 ? order : str_cmp(a->host, b->host);
    order = order != 0 ? order : str_cmp(a->database, b->database);
    return order != 0 ? order : (a->print > b->print) - (a->print < b->print);
}

static const char *password_word(enum password password)
{
    static const char *const words[] = {NULL, "none", "empty", "set", "elsewhere"};
    return words[password];
}

static void set_text(json_t *body, const char *name, struct str text)
{
    if (text.len != 0) {
        (void)json_object_set_new(body, name, assay_text(text, FIND_TEXT_MAX_BYTES));
    }
}

static void set_word(json_t *body, const char *name, const char *word)
{
    if (word != NULL) {
        (void)json_object_set_new(body, name, json_string(word));
    }
}

static json_t *body_of(const struct kept *kept, size_t number, bool with_secrets)
{
    static const char *const trusts[] = {"low", "medium", "high"};
    char id[24];
    (void)snprintf(id, sizeof id, "C%zu", number);
    json_t *body = json_pack("{s:s, s:s, s:s, s:I, s:O}", "class", "credential", "id", id, "confidence",
                             trusts[kept->confidence], "line", (json_int_t)kept->line, "reasons", kept->reasons);
    if (body == NULL) {
        return NULL;
    }
    set_text(body, "path", kept->path);
    set_word(body, "service", kept->service);
    set_word(body, "opens", kept->opens);
    set_word(body, "product", kept->product);
    set_text(body, "host", kept->host);
    set_text(body, "socket", kept->socket);
    set_text(body, "database", kept->database);
    set_text(body, "account", kept->account);
    set_text(body, "prefix", kept->prefix);
    set_word(body, "password", password_word(kept->password));
    set_text(body, "variable", kept->variable);
    if (kept->port != 0) {
        (void)json_object_set_new(body, "port", json_integer((json_int_t)kept->port));
    }
    if (kept->password == PASSWORD_SET) { /* of one length for all: how long a password is helps to guess it */
        (void)json_object_set_new(body, "shown", json_string("••••••••"));
    }
    (void)json_object_set_new(body, "uri",
                              kept->uri.len != 0 ? assay_text(kept->uri, FIND_TEXT_MAX_BYTES) : json_null());
    if (with_secrets && !kept->is_key) {
        json_t *secret = json_object();
        set_text(secret, "password", kept->secret);
        set_text(secret, "uri_query", kept->query);
        (void)json_object_set_new(body, "secret", secret);
    }
    return body;
}

int finds_emit(struct finds *finds, bool with_secrets, const struct assay_sink *sink, struct err *err)
{
    if (finds->count != 0) {
        qsort(finds->list, finds->count, sizeof *finds->list, kept_cmp);
    }
    for (size_t i = 0; i < finds->count; i++) {
        struct kept *kept = finds->list[i];
        OWN(own_buf) struct buf uri = {.max = 1 << 16};
        if (kept->uri.len == 0) { /* only now: another place may have told the host */
            put_uri(&uri, kept);
            kept->uri = buf_str(&uri);
        }
        int failed = assay_emit(sink, ASSAY_FINDING, body_of(kept, i + 1, with_secrets), err);
        kept->uri = kept->uri.data == uri.data ? (struct str){NULL, 0} : kept->uri;
        if (failed != 0) {
            return -1;
        }
    }
    return 0;
}

json_t *finds_services(const struct finds *finds)
{
    json_t *services = json_object();
    for (size_t i = 0; i < finds->count; i++) {
        const char *service = finds->list[i]->service != NULL ? finds->list[i]->service : "unknown";
        (void)json_object_set_new(services, service, json_integer(json_int(services, service, 0) + 1));
    }
    return services;
}

/* One request's signs. A request is looked at twice: as it was written and as a server reads it, percent escapes undone
 * up to two times. Cheap tests come first: most requests have nothing that any sign could begin with.
 *
 * Sources: OWASP testing guide (traversal, inclusion, code injection) for the forms; Log4j's lookups as in
 * CVE-2021-44228 and their nestings; PHP manual "Supported Protocols and Wrappers"; Struts S2-045 to S2-057 (OGNL);
 * CVE-2014-6271 (shellshock); sensepost/reGeorg (tunnel: cmd=connect|read|forward|disconnect). */
#include "base/arena.h"
#include "base/own.h"
#include "base/str.h"
#include "trace/decode.h"
#include "trace/hunt.h"

#include "base/banned.h"

enum { TARGET_MAX = 8192, VALUES_MAX = 64 };

struct request {
    char room[3][TARGET_MAX];
    struct str raw, path, query; /* path: decoded twice at most; query: as written */
    struct str flat;             /* target decoded until nothing changes, at most twice; lower case */
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str_of(part), 0) != SIZE_MAX;
}

static bool has_any(struct str text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has(text, parts[i])) {
            return true;
        }
    }
    return false;
}

static struct str flatten(char *out, char *scratch, struct str text)
{
    size_t len = decode_percent(scratch, text, true);
    len = decode_percent(out, (struct str){scratch, len}, false);
    for (size_t i = 0; i < len; i++) {
        out[i] = lower(out[i]);
    }
    return (struct str){out, len};
}

/* ---- scanners ---- */

const char *scanner_name(struct str agent)
{
    static const char *const names[] = {"sqlmap",    "nikto",   "nmap",        "masscan", "zgrab",    "gobuster",
                                        "dirbuster", "dirb",    "wpscan",      "nuclei",  "acunetix", "netsparker",
                                        "w3af",      "ffuf",    "feroxbuster", "openvas", "nessus",   "arachni",
                                        "havij",     "whatweb", "joomscan",    "wfuzz",   "burp",     "fimap"};
    for (size_t i = 0; agent.len > 0 && i < sizeof names / sizeof *names; i++) {
        size_t at = str_find_nocase(agent, str_of(names[i]), 0);
        size_t end = at == SIZE_MAX ? 0 : at + strlen(names[i]);
        bool is_word =
            at != SIZE_MAX && (end == agent.len || lower(agent.data[end]) < 'a' || lower(agent.data[end]) > 'z');
        if (is_word) {
            return names[i];
        }
    }
    return NULL;
}

/* What scanners ask for and visitors do not, by its form. */
static bool is_probe(struct str path)
{
    static const char *const parts[] = {
        "/.env",           "/.git/",      "/.svn/",         "/.aws/",           "/.ssh/",          "/.ds_store",
        "/.htpasswd",      "/phpinfo",    "/server-status", "/actuator/",       "/solr/",          "/manager/html",
        "/hnap1",          "/boaform",    "/cgi-bin/luci",  "/vendor/phpunit/", "/wp-config.php.", "/wp-config.bak",
        "/xmlrpc.php",     "/eval-stdin", "/etc/passwd",    "/boot.ini",        "/win.ini",        "/_ignition/",
        "/jmx-console",    "/invoker/",   "/console/login", "/autodiscover/",   "/owa/auth",       "/remote/login",
        "/nmaplowercheck", "/sdk",        "/evox/",         "/think/app",       "/shell.php",      "/cmd.php",
        "/c99.php",        "/r57.php",    "/wso.php",       "/alfa.php",        "/backup.sql",     "/dump.sql"};
    return has_any(path, parts, sizeof parts / sizeof *parts);
}

/* Files that no site means to hand out, of a shape that says so by itself. */
static const char *exposed(struct str path)
{
    static const char *const names[] = {".env",           ".htpasswd",         ".bash_history",
                                        "id_rsa",         "credentials",       "wp-config.php.bak",
                                        "wp-config.php~", "wp-config.php.old", "config.php.bak"};
    size_t from = path.len;
    while (from > 0 && path.data[from - 1] != '/') {
        from--;
    }
    struct str name = str_slice(path, from, path.len);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool needs_folder = strcmp(names[i], "credentials") == 0 && !has(path, "/.aws/");
        if (str_eq(name, str_of(names[i])) && !needs_folder) {
            return "a file with secrets";
        }
    }
    if (str_ends(path, STR("/phpunit/src/util/php/eval-stdin.php"))) {
        return "a part of PHPUnit that runs what is posted to it";
    }
    if (has(path, "/.git/") || has(path, "/.svn/")) {
        return "the program's own history";
    }
    return str_ends(name, STR(".sql")) || str_ends(name, STR(".sql.gz")) || str_ends(name, STR(".sql.zip"))
               ? "a database dump"
               : NULL;
}

static bool is_login(struct str path)
{
    static const char *const parts[] = {"login",          "logon",        "signin",       "sign-in",          "sign_in",
                                        "log-in",         "xmlrpc.php",   "authenticate", "j_security_check", "/auth",
                                        "/user/password", "/session/new", "/sessions"};
    return has_any(path, parts, sizeof parts / sizeof *parts);
}

/* ---- signs ---- */

static const char *traversal(const struct request *request)
{
    static const char *const files[] = {"/etc/passwd", "/etc/shadow", "/proc/self/",      "/windows/win.ini",
                                        "\\windows\\", "boot.ini",    "/web-inf/web.xml", "/winnt/",
                                        "/etc/hosts",  "/.ssh/id_"};
    size_t ups = 0;
    for (size_t at = 0; at + 2 < request->flat.len; at++) {
        const char *t = request->flat.data + at;
        ups += t[0] == '.' && t[1] == '.' && (t[2] == '/' || t[2] == '\\');
    }
    bool is_file = has_any(request->flat, files, sizeof files / sizeof *files);
    bool is_root = str_starts(request->flat, STR("//")) || has(request->raw, "%2f") || has(request->raw, "%2F");
    if (is_file && (ups > 0 || is_root || has(request->flat, "=/") || has(request->flat, "=file:"))) {
        return "a file of the system";
    }
    struct str query = path_query(request->flat);
    if (ups >= 2 && (has(query, "../") || has(query, "..\\"))) {
        return "out of the folder, in a parameter";
    }
    bool is_written_so = has(request->path, "../") || has(request->path, "..\\");
    bool is_hidden = is_written_so && !has(str_cut(request->raw, '?').head, "../");
    return ups >= 2 && is_hidden ? "out of the folder, encoded" : NULL;
}

/* "${jndi:ldap", also with its letters hidden in further lookups. */
static bool is_jndi(struct str text)
{
    size_t open = text.len > 0 ? str_find(text, STR("${"), 0) : SIZE_MAX;
    if (open == SIZE_MAX) {
        return false;
    }
    struct str rest = str_slice(text, open, text.len);
    return str_find_nocase(rest, STR("${jndi:"), 0) != SIZE_MAX || has(rest, "${::-") || has(rest, "${${") ||
           str_find_nocase(rest, STR("${lower:"), 0) != SIZE_MAX ||
           str_find_nocase(rest, STR("${upper:"), 0) != SIZE_MAX;
}

static const char *code(const struct request *request, struct str agent, struct str referer)
{
    static const char *const wrappers[] = {"=php://input", "=php://filter", "=data://", "=data:text/plain;base64",
                                           "=expect://",   "=phar://",      "=zip://",  "=compress.zlib://"};
    static const char *const java[] = {"(#_memberaccess",
                                       "#context[",
                                       "@java.lang.runtime",
                                       "t(java.lang.runtime",
                                       "class.module.classloader",
                                       "#cmd=",
                                       "getruntime()",
                                       "@ognl.ognlcontext",
                                       "%{(#"};
    static const char *const php[] = {
        "<?php",          "<?=",   "auto_prepend_file", "allow_url_include", "call_user_func_array",
        "base64_decode(", "eval(", "system(",           "passthru(",         "shell_exec("};
    if (is_jndi(request->flat) || is_jndi(agent) || is_jndi(referer)) {
        return "a look-up that loads code (jndi)";
    }
    if (str_starts(agent, STR("() {")) || str_starts(referer, STR("() {"))) {
        return "a shell function in a header (shellshock)";
    }
    if (has_any(request->flat, wrappers, sizeof wrappers / sizeof *wrappers)) {
        return "a wrapper of PHP";
    }
    if (has_any(request->flat, java, sizeof java / sizeof *java)) {
        return "an expression of Java (OGNL, SpEL)";
    }
    return has_any(request->flat, php, sizeof php / sizeof *php) ? "PHP code, or a setting of PHP" : NULL;
}

static const char *tunnel(const struct request *request)
{
    static const char *const commands[] = {"cmd=connect", "cmd=read", "cmd=forward", "cmd=disconnect"};
    struct str query = path_query(request->flat);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct str command = str_of(commands[i]);
        bool is_whole = query.len == command.len || (query.len > command.len && query.data[command.len] == '&');
        if (str_starts(query, command) && is_whole) {
            return "the four requests of a tunnel";
        }
    }
    return NULL;
}

static const char *db_tool(const struct request *request, struct str target)
{
    static const char *const names[] = {"/adminer",    "/phpmyadmin", "/pma/",    "/dbadmin",
                                        "/mysqladmin", "/phppgadmin", "/sqlbuddy"};
    unsigned look = target_look(target);
    if ((look & (QUERY_ADMINER | QUERY_EXPORT)) != 0) {
        return "its queries";
    }
    return has_any(str_cut(request->flat, '?').head, names, sizeof names / sizeof *names) ? "its name" : NULL;
}

static void sql(const struct request *request, struct signs *signs)
{
    char room[2][TARGET_MAX];
    struct str query = request->query;
    for (int i = 0; i < VALUES_MAX && query.len > 0 && signs->why[SIGN_SQL] == NULL; i++) {
        struct str_cut pair = str_cut(query, '&');
        struct str_cut cut = str_cut(pair.head, '=');
        struct str value = str_slice(cut.found ? cut.tail : pair.head, 0, TARGET_MAX);
        size_t len = decode_percent(room[0], value, true);
        signs->why[SIGN_SQL] = sql_injection((struct str){room[0], len});
        if (signs->why[SIGN_SQL] == NULL && len > 0 && memchr(room[0], '%', len) != NULL) {
            len = decode_percent(room[1], (struct str){room[0], len}, true);
            signs->why[SIGN_SQL] = sql_injection((struct str){room[1], len});
        }
        query = pair.tail;
    }
    if (signs->why[SIGN_SQL] == NULL) {
        signs->why[SIGN_SQL] = sql_injection(request->path);
    }
}

/* A command in plain text needs a parameter named for it, or a script's own shape around it; an encoded one speaks for itself. */
static void command(const struct request *request, struct signs *signs)
{
    OWN(own_arena) struct arena arena;
    struct decoded found[DECODED_MAX];
    arena_init(&arena, 1 << 20);
    size_t count = decode_query(request->query, &arena, found);
    for (size_t i = 0; i < count; i++) {
        bool is_plain = strcmp(found[i].how, "text") == 0;
        bool is_bare = found[i].parameter.len == 0;
        if (!found[i].is_command || (is_plain && (is_bare || !name_is_command(found[i].parameter)))) {
            continue;
        }
        signs->why[SIGN_COMMAND] = is_plain ? "a command in a parameter named for it" : "a command, encoded";
        snprintf(signs->decoded, sizeof signs->decoded, "%.*s", STR_FMT(found[i].text));
        return;
    }
}

static void prepare(struct request *request, struct str target)
{
    request->raw = str_slice(target, 0, TARGET_MAX);
    request->flat = flatten(request->room[0], request->room[2], request->raw);
    struct str path = str_cut(request->raw, '?').head;
    size_t len = decode_percent(request->room[2], path, false);
    request->path =
        (struct str){request->room[1], decode_percent(request->room[1], (struct str){request->room[2], len}, false)};
    request->query = path_query(request->raw);
}

void signs_of(struct signs *signs, const struct log_line *line)
{
    struct request request;
    struct str target = log_field(line, line->target);
    struct str agent = log_field(line, line->agent), referer = log_field(line, line->referer);
    memset(signs, 0, sizeof *signs);
    prepare(&request, target);
    struct str path = str_cut(request.flat, '?').head;
    bool has_odd_path = memchr(request.raw.data, '%', request.raw.len) != NULL || has(path, "'") || has(path, "..");
    signs->is_probe = is_probe(path);
    signs->is_login = is_login(path);
    signs->why[SIGN_EXPOSED] = exposed(path);
    signs->why[SIGN_CODE] = code(&request, agent, referer);
    signs->why[SIGN_DB_TOOL] = db_tool(&request, target);
    if (request.query.len > 0 || has_odd_path) {
        signs->why[SIGN_TRAVERSAL] = traversal(&request);
        sql(&request, signs);
    }
    if (request.query.len > 0) {
        signs->why[SIGN_TUNNEL] = tunnel(&request);
        command(&request, signs);
    }
}

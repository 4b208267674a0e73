/* reach on a terminal: the credentials, then per login what it can read, then what would have to be notified. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

enum { TABLES_SHOWN = 30, DATABASES_SHOWN = 20, POWERS_SHOWN = 20 };

static bool is_class(const json_t *body, const char *name)
{
    return strcmp(json_text(body, "class", ""), name) == 0;
}

static uint64_t count_of(const json_t *body, const char *key)
{
    json_int_t value = json_int(body, key, 0);
    return value > 0 ? (uint64_t)value : 0;
}

/* ---- credentials ---- */

static void put_escaped(struct buf *out, const char *text, size_t most)
{
    char shown[1024];
    str_escape(shown, sizeof shown, str_of(text), most);
    buf_puts(out, shown);
}

/* "shop@db.internal:3306/shop" */
static void put_where(struct buf *out, const json_t *body)
{
    const char *account = json_text(body, "account", "");
    const char *host = json_text(body, "host", "");
    const char *database = json_text(body, "database", "");
    if (*account != '\0') {
        buf_puts(out, ", ");
        put_escaped(out, account, 80);
    }
    if (*host != '\0') {
        buf_puts(out, *account != '\0' ? "@" : ", ");
        put_escaped(out, host, 120);
    }
    if (json_int(body, "port", 0) > 0) {
        buf_printf(out, ":%lld", (long long)json_int(body, "port", 0));
    }
    if (*database != '\0') {
        buf_puts(out, *account == '\0' && *host == '\0' ? ", " : "/");
        put_escaped(out, database, 200);
    }
}

static void put_password(struct buf *out, const json_t *body)
{
    const char *state = json_text(body, "password", "");
    const char *shown = json_text(body, "shown", "");
    if (strcmp(state, "set") == 0) {
        buf_puts(out, ", password ");
        put_escaped(out, *shown != '\0' ? shown : "set", 200);
    } else if (strcmp(state, "empty") == 0 || strcmp(state, "none") == 0) {
        buf_puts(out, ", no password");
    } else if (strcmp(state, "elsewhere") == 0) {
        buf_puts(out, ", password elsewhere: ");
        put_escaped(out, json_text(body, "variable", "?"), 80);
    }
}

static void put_credential(struct listen *listen, const json_t *body)
{
    OWN(own_buf) struct buf line = {0};
    char path[4096];
    str_escape(path, sizeof path, str_of(json_text(body, "path", "")), sizeof path - 1);
    put_escaped(&line, json_text(body, "service", "?"), 40);
    put_where(&line, body);
    put_password(&line, body);
    if (json_text(body, "product", NULL) != NULL) {
        buf_puts(&line, ", ");
        put_escaped(&line, json_text(body, "product", ""), 60);
    }
    buf_printf(&line, ", confidence %s", json_text(body, "confidence", "?"));
    paint(listen->out, listen->has_colour, ROLE_PLACE, "%s:%lld:", path, (long long)json_int(body, "line", 1));
    (void)fprintf(listen->out, " %s\n", line.data);
    size_t i;
    const json_t *reason;
    if (listen->cli->is_quiet) {
        return;
    }
    json_array_foreach(json_object_get(body, "reasons"), i, reason)
    {
        paint(listen->out, listen->has_colour, ROLE_QUIET, "  %-11s ", json_text(reason, "kind", ""));
        put_evidence(listen->out, str_of(json_text(reason, "text", "")));
        const char *at = json_text(reason, "path", NULL);
        if (at != NULL && json_int(reason, "line", 0) > 0) {
            (void)fputs(" (", listen->out);
            put_evidence(listen->out, str_of(at));
            (void)fprintf(listen->out, ":%lld)", (long long)json_int(reason, "line", 0));
        }
        (void)fputc('\n', listen->out);
    }
    (void)fputc('\n', listen->out);
}

/* ---- tables that hold personal data ---- */

/* "about 50,000", "50,000", "?" */
static const char *rows_text(char out[static NUMBER_TEXT + 8], const json_t *body)
{
    char number[NUMBER_TEXT];
    const char *kind = json_text(body, "rows_kind", "unknown");
    if (strcmp(kind, "unknown") == 0 || !json_is_integer(json_object_get(body, "rows"))) {
        (void)snprintf(out, NUMBER_TEXT + 8, "?");
    } else {
        (void)snprintf(out, NUMBER_TEXT + 8, "%s%s", strcmp(kind, "exact") == 0 ? "" : "about ",
                       number_text(number, count_of(body, "rows")));
    }
    return out;
}

static void put_kinds(struct buf *out, const json_t *kinds)
{
    size_t i;
    const json_t *kind;
    json_array_foreach(kinds, i, kind)
    {
        const char *scheme = json_text(kind, "scheme", NULL);
        buf_puts(out, i != 0 ? ", " : "");
        put_escaped(out, json_text(kind, "column", ""), 40);
        buf_printf(out, " (%s", json_text(kind, "kind", ""));
        if (scheme != NULL) {
            buf_puts(out, ", ");
            put_escaped(out, scheme, 60);
        }
        buf_puts(out, strcmp(json_text(kind, "basis", ""), "name") == 0 ? ", by its name)" : ")");
    }
}

static void put_table(struct listen *listen, const json_t *body)
{
    const json_t *kinds = json_object_get(body, "kinds");
    char name[160], rows[NUMBER_TEXT + 8];
    OWN(own_buf) struct buf full = {0};
    OWN(own_buf) struct buf text = {0};
    if (json_array_size(kinds) == 0 || listen->put++ >= TABLES_SHOWN || listen->cli->is_quiet) {
        return;
    }
    if (!listen->has_head) {
        listen->has_head = true;
        paint(listen->out, listen->has_colour, ROLE_QUIET, "%-28s %14s  %s\n", "table", "rows", "personal data in it");
    }
    if (*json_text(body, "database", "") != '\0') {
        buf_printf(&full, "%s.", json_text(body, "database", ""));
    }
    buf_puts(&full, json_text(body, "table", ""));
    str_escape(name, sizeof name, buf_str(&full), 60);
    put_kinds(&text, kinds);
    (void)fprintf(listen->out, "%-28s %14s  %s\n", name, rows_text(rows, body), text.data);
}

/* ---- logins ---- */

static void put_line(struct listen *listen, const char *word, const char *text)
{
    closing(listen->out, listen->has_colour, word, ROLE_PLAIN, text);
}

static void put_databases(struct listen *listen, const json_t *account)
{
    size_t i, shown = 0, more = count_of(account, "databases_left_out");
    const json_t *database;
    char name[128], rows[NUMBER_TEXT + 8], bytes[NUMBER_TEXT], tables[64], a[NUMBER_TEXT], b[NUMBER_TEXT];
    json_array_foreach(json_object_get(account, "databases"), i, database)
    {
        if (json_bool(database, "system", false)) {
            continue;
        }
        if (shown++ >= DATABASES_SHOWN) {
            more++;
            continue;
        }
        OWN(own_buf) struct buf why = {0};
        put_escaped(&why, json_text(database, "why", ""), 200);
        str_escape(name, sizeof name, str_of(json_text(database, "name", "")), 40);
        if (*name == '\0') {
            (void)snprintf(name, sizeof name, "(no name in the dump)");
        }
        (void)snprintf(tables, sizeof tables, "%s of %s tables", number_text(a, count_of(database, "readable")),
                       number_text(b, count_of(database, "tables")));
        OWN(own_buf) struct buf line = {0};
        buf_printf(&line, "%s: %s; %s, %s rows, %s%s%s%s", name, json_text(database, "scope", "unknown"), tables,
                   rows_text(rows, database), bytes_text(bytes, count_of(database, "bytes")), why.len != 0 ? " (" : "",
                   why.len != 0 ? why.data : "", why.len != 0 ? ")" : "");
        put_line(listen, shown == 1 ? "databases" : "", line.data);
    }
    if (more != 0) {
        char line[80];
        (void)snprintf(line, sizeof line, "and %s more; --json lists them", number_text(a, more));
        put_line(listen, "", line);
    }
}

static void put_powers(struct listen *listen, const json_t *account)
{
    size_t i;
    const json_t *power;
    json_array_foreach(json_object_get(account, "powers"), i, power)
    {
        OWN(own_buf) struct buf line = {0};
        if (i == POWERS_SHOWN) {
            put_line(listen, "", "and more; --json lists them");
            break;
        }
        put_escaped(&line, json_text(power, "name", ""), 80);
        buf_puts(&line, ": ");
        put_escaped(&line, json_text(power, "means", ""), 300);
        put_line(listen, i == 0 ? "beyond" : "", line.data);
    }
}

static const char *scope_words(const char *scope)
{
    static const char *const words[][2] = {
        {"entire", "everything that it is shown"},
        {"part", "a part"},
        {"none", "nothing"},
        {"unknown", "what it is shown; the server may hold more"},
        {"not tried", "not tried"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], scope) == 0) {
            return words[i][1];
        }
    }
    return "cannot be told";
}

static void put_reading(struct listen *listen, const json_t *account)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT], rows[NUMBER_TEXT + 8], bytes[NUMBER_TEXT];
    OWN(own_buf) struct buf line = {0};
    put_escaped(&line, json_text(account, "product", ""), 60);
    buf_puts(&line, json_text(account, "version", NULL) != NULL ? " " : "");
    put_escaped(&line, json_text(account, "version", ""), 60);
    if (*json_text(account, "account", "?") != '\0') { /* a file has no accounts */
        buf_puts(&line, line.len != 0 ? ", as " : "as ");
        put_escaped(&line, json_text(account, "account", "?"), 120);
        buf_puts(&line, json_bool(account, "is_super", false) ? ", from whom no right is withheld" : "");
    }
    if (json_text(account, "reading", NULL) != NULL) {
        buf_puts(&line, ", ");
        put_escaped(&line, json_text(account, "reading", ""), 80);
    }
    put_line(listen, "server", line.data);
    buf_reset(&line);
    buf_printf(&line, "%s: %s of %s tables, %s rows, %s", scope_words(json_text(account, "scope", "")),
               number_text(a, count_of(account, "readable")), number_text(b, count_of(account, "tables")),
               rows_text(rows, account), bytes_text(bytes, count_of(account, "bytes")));
    put_line(listen, "can read", line.data);
    put_databases(listen, account);
    put_powers(listen, account);
}

static void put_account(struct listen *listen, const json_t *account)
{
    const char *status = json_text(account, "status", "");
    const char *credential = json_text(account, "credential", NULL);
    bool has_read = json_object_get(account, "databases") != NULL;
    OWN(own_buf) struct buf name = {0};
    OWN(own_buf) struct buf why = {0};
    if (strcmp(status, "not tried") == 0) {
        return; /* counted below, under what was not seen */
    }
    put_escaped(&name, json_text(account, "uri", ""), 200);
    put_escaped(&why, json_text(account, "why", ""), 400);
    if (listen->has_head) {
        if (listen->put > TABLES_SHOWN) {
            char more[NUMBER_TEXT];
            (void)fprintf(listen->out, "and %s more tables with personal data; --json lists them\n",
                          number_text(more, listen->put - TABLES_SHOWN));
        }
        (void)fputc('\n', listen->out);
    }
    listen->has_head = false;
    listen->put = 0;
    paint(listen->out, listen->has_colour, ROLE_PLACE, "%s", name.len != 0 ? name.data : "?");
    (void)fprintf(listen->out, "%s%s%s: %s\n", credential != NULL ? " (" : "", credential != NULL ? credential : "",
                  credential != NULL ? ")" : "", status);
    if (listen->cli->is_quiet) {
        return;
    }
    if (why.len != 0) {
        put_line(listen, "why", why.data);
    }
    if (has_read) {
        put_reading(listen, account);
    }
    (void)fputc('\n', listen->out);
}

/* ---- records ---- */

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_FINDING) {
        put_credential(listen, body);
    } else if (kind == ASSAY_MEASURE && is_class(body, "table")) {
        put_table(listen, body);
    } else if (kind == ASSAY_MEASURE && is_class(body, "account")) {
        put_account(listen, body);
    }
}

/* A server may have 100,000 tables. */
static bool keeps(enum assay_kind kind, const json_t *body)
{
    return kind != ASSAY_MEASURE || !is_class(body, "table");
}

/* ---- the end ---- */

static void put_people(struct listen *listen)
{
    size_t i;
    const json_t *m;
    bool has_head = false;
    json_array_foreach(listen->findings, i, m)
    {
        char a[NUMBER_TEXT], b[NUMBER_TEXT], rows[NUMBER_TEXT], span[2 * NUMBER_TEXT + 8] = "";
        const json_t *rows95 = json_object_get(m, "rows95");
        if (!is_class(m, "people")) {
            continue;
        }
        if (!has_head) {
            has_head = true;
            paint(listen->out, listen->has_colour, ROLE_CLASS, "what would have to be notified");
            (void)fputs(" (rows, not people: one person may have several)\n", listen->out);
            paint(listen->out, listen->has_colour, ROLE_QUIET, "%-24s %7s %14s  %-26s %s\n", "kind", "tables", "rows",
                  "95 %", "known by");
        }
        if (json_is_array(rows95)) {
            (void)snprintf(span, sizeof span, "%s to %s",
                           number_text(a, (uint64_t)json_integer_value(json_array_get(rows95, 0))),
                           number_text(b, (uint64_t)json_integer_value(json_array_get(rows95, 1))));
        }
        bool has_rows = json_is_integer(json_object_get(m, "rows"));
        (void)fprintf(listen->out, "%-24s %7s %14s  %-26s %s\n", json_text(m, "data", ""),
                      number_text(a, count_of(m, "tables")), has_rows ? number_text(rows, count_of(m, "rows")) : "?",
                      *span != '\0' ? span : "not known", json_text(m, "basis", ""));
    }
    if (has_head) {
        (void)fputc('\n', listen->out);
    }
}

/* Classes of coverage that hide something, each with its first reason. */
static void put_unseen(const struct listen *listen, struct buf *out)
{
    enum { CLASSES_MAX = 32 };
    const char *names[CLASSES_MAX];
    const char *whys[CLASSES_MAX];
    uint64_t counts[CLASSES_MAX] = {0};
    size_t used = 0, i;
    const json_t *c;
    json_array_foreach(listen->coverage, i, c)
    {
        const char *name = json_text(c, "class", "");
        size_t at = 0;
        bool is_path = json_text(c, "path", NULL) != NULL; /* counted by the totals */
        if (is_path || strcmp(name, "read") == 0 || strcmp(name, "not looked into") == 0 || strcmp(name, "link") == 0) {
            continue;
        }
        while (at < used && strcmp(names[at], name) != 0) {
            at++;
        }
        if (at == CLASSES_MAX) {
            continue;
        }
        used += at == used;
        names[at] = name;
        whys[at] = counts[at] == 0 ? json_text(c, "why", NULL) : whys[at];
        counts[at] += count_of(c, "count");
    }
    for (i = 0; i < used; i++) {
        char number[NUMBER_TEXT];
        buf_puts(out, out->len != 0 ? "; " : "");
        if (counts[i] != 0) {
            buf_printf(out, "%s ", number_text(number, counts[i]));
        }
        put_escaped(out, names[i], 60);
        if (whys[i] != NULL) {
            buf_puts(out, " (");
            put_escaped(out, whys[i], 160);
            buf_putc(out, ')');
        }
    }
    if (out->len == 0) {
        buf_puts(out, json_bool(listen->summary, "complete", false) ? "nothing" : "not everything; see --json");
    }
}

static void put_looked(const struct listen *listen, struct buf *out)
{
    const json_t *s = listen->summary;
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    uint64_t from_dumps = 0;
    size_t i;
    const json_t *m;
    json_array_foreach(listen->findings, i, m)
    {
        from_dumps += is_class(m, "account") && strcmp(json_text(m, "status", ""), "from a dump") == 0;
    }
    if (count_of(s, "files") != 0) {
        buf_printf(out, "%s of %s files, ", number_text(a, count_of(s, "read")), number_text(b, count_of(s, "files")));
    }
    if (from_dumps != 0) {
        buf_printf(out, "%s account%s by the dumps, ", number_text(a, from_dumps), from_dumps == 1 ? "" : "s");
    }
    buf_printf(out, "%s of %s logins, ", number_text(a, count_of(s, "connected")),
               number_text(b, count_of(s, "accounts") - from_dumps));
    buf_printf(out, "%s tables, in %.1f s", number_text(a, count_of(s, "tables")), json_num(s, "seconds", 0));
}

static void put_found(const json_t *s, struct buf *out)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT], rows[NUMBER_TEXT + 8];
    uint64_t credentials = count_of(s, "credentials");
    const char *scope = json_text(s, "scope", "not tried");
    if (credentials != 0) {
        buf_printf(out, "%s credential%s; ", number_text(a, credentials), credentials == 1 ? "" : "s");
    }
    if (count_of(s, "readable") != 0) {
        buf_printf(out, "the best login reads %s; together %s tables, %s rows, %s", scope_words(scope),
                   number_text(a, count_of(s, "readable")), rows_text(rows, s), bytes_text(b, count_of(s, "bytes")));
    } else if (count_of(s, "accounts") != 0) {
        bool is_untried = strcmp(scope, "not tried") == 0;
        buf_puts(out, is_untried                   ? "what they open was not tried"
                      : strcmp(scope, "none") == 0 ? "no login reads anything"
                                                   : "what they open could not be told");
    } else if (credentials != 0) {
        buf_puts(out, "none of them for a database");
    } else {
        buf_puts(out, json_bool(s, "complete", false) ? "nothing" : "nothing in what could be seen");
    }
}

static void close_reach(struct listen *listen)
{
    const json_t *s = listen->summary;
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    if (!listen->cli->is_quiet) {
        put_people(listen);
    }
    put_looked(listen, &looked);
    put_unseen(listen, &unseen);
    put_found(s, &found);
    bool is_untried = strcmp(json_text(s, "scope", ""), "not tried") == 0 && count_of(s, "accounts") != 0;
    listen_closing(listen, looked.data, unseen.data, found.data,
                   is_untried && !cli_flag(listen->cli, "connect")
                       ? "assay reach TREE --connect logs in with each and says what it can read"
                       : NULL);
}

const struct show show_reach = {.verb = "reach", .record = record, .close = close_reach, .keeps = keeps};

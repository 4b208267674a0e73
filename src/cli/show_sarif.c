/* sweep as SARIF 2.1.0, for what reads that: one document, written as findings come.
 *
 *   {"version", "runs": [{"tool": .., "results": [ one a finding, as it comes ], "invocations": [ at the end ]}]}
 *
 * A path that was given as a relative one is told from the working directory (%SRCROOT%), any other from the tree that was given
 * (TREE0, TREE1, ...). Text of evidence is escaped as for a terminal, and once more so that a viewer finds no link and no
 * placeholder in it. An execution is successful when everything was seen; what was not is in its notifications, of which the
 * first thousand are told one by one. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/class_words.h"
#include "cli/offend.h"
#include "cli/show.h"

#include "base/banned.h"

enum { NOTES_MAX = 1000, TEXT_BYTES = 600, URI_BYTES = 1 << 16 };

/* ---- words and places ---- */

/* {"text": ..}: "[" begins a link and "{" a placeholder in a message. */
static json_t *message(struct str evidence)
{
    char shown[TEXT_BYTES + 8];
    OWN(own_buf) struct buf text = {.max = TEXT_BYTES * 4};
    size_t len = str_escape(shown, sizeof shown, evidence, TEXT_BYTES);
    for (size_t i = 0; i < len; i++) {
        if (shown[i] == '[' || shown[i] == ']' || shown[i] == '\\') {
            buf_putc(&text, '\\');
        } else if (shown[i] == '{' || shown[i] == '}') {
            buf_putc(&text, shown[i]);
        }
        buf_putc(&text, shown[i]);
    }
    return json_pack("{s:o}", "text", assay_text(buf_str(&text), TEXT_BYTES * 4));
}

static json_t *plain(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

/* Everything but what is never special in a URI, and the slash. */
static void put_encoded(struct buf *uri, struct str path)
{
    static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] != '\0' && strchr(kept, path.data[i]) != NULL) {
            buf_putc(uri, path.data[i]);
        } else {
            buf_printf(uri, "%%%02X", (unsigned)(unsigned char)path.data[i]);
        }
    }
}

/* "www" and "./www" are told from the working directory; "/srv/www" and "../www" are a tree of their own. */
static bool is_from_here(struct str path)
{
    if (str_starts(path, STR("/"))) {
        return false;
    }
    for (struct str_cut cut = str_cut(path, '/');; cut = str_cut(cut.tail, '/')) {
        if (str_eq(cut.head, STR(".."))) {
            return false;
        }
        if (!cut.found) {
            return true;
        }
    }
}

/* What is behind "./" and doubled slashes. */
static struct str without_dot(struct str path)
{
    while (str_starts(path, STR("./")) || str_starts(path, STR("/"))) {
        path = str_slice(path, path.data[0] == '/' ? 1 : 2, path.len);
    }
    return path;
}

/* Which of the paths given this one lies in; SIZE_MAX if it is told from here. */
static size_t tree_of(const struct cli *cli, struct str path)
{
    size_t best = SIZE_MAX, longest = 0;
    for (size_t i = 0; i < cli->positional_count; i++) {
        struct str given = str_of(cli->positional[i]);
        bool is_in = str_starts(path, given) &&
                     (path.len == given.len || path.data[given.len] == '/' ||
                      str_starts(str_slice(path, given.len, path.len), STR("!/")) || str_ends(given, STR("/")));
        if (is_in && given.len >= longest) {
            longest = given.len;
            best = is_from_here(given) ? SIZE_MAX : i;
        }
    }
    return best;
}

static struct str last_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash != NULL ? str_slice(path, (size_t)(slash - path.data) + 1, path.len) : path;
}

static json_t *artifact(const struct cli *cli, struct str path)
{
    OWN(own_buf) struct buf uri = {.max = URI_BYTES};
    char base[32] = "%SRCROOT%";
    size_t tree = tree_of(cli, path);
    struct str below = without_dot(path);
    if (tree != SIZE_MAX) {
        struct str given = str_of(cli->positional[tree]), rest = str_slice(path, given.len, path.len);
        below = str_starts(rest, STR("!/")) || rest.len == 0 ? last_of(given) : without_dot(rest);
        (void)snprintf(base, sizeof base, "TREE%zu", tree);
    }
    put_encoded(&uri, below);
    if (tree != SIZE_MAX && str_starts(str_slice(path, strlen(cli->positional[tree]), path.len), STR("!/"))) {
        put_encoded(&uri, str_slice(path, strlen(cli->positional[tree]), path.len));
    }
    return json_pack("{s:o, s:s}", "uri", assay_text(buf_str(&uri), URI_BYTES), "uriBaseId", base);
}

/* line 0: the file as a whole. code NULL: not quoted. */
static json_t *location(const struct cli *cli, struct str path, json_int_t line, const char *code)
{
    json_t *place = json_pack("{s:o}", "artifactLocation", artifact(cli, path));
    if (line > 0) {
        json_t *region = json_pack("{s:I}", "startLine", line);
        if (code != NULL) {
            char shown[TEXT_BYTES + 8];
            str_escape(shown, sizeof shown, str_of(code), TEXT_BYTES);
            (void)json_object_set_new(region, "snippet", plain(shown));
        }
        (void)json_object_set_new(place, "region", region);
    }
    return json_pack("{s:o}", "physicalLocation", place);
}

/* ---- the head: tool, rules, bases ---- */

static json_t *rules(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < class_words_count; i++) {
        const struct class_words *words = &class_words[i];
        OWN(own_buf) struct buf help = {.max = 4096};
        buf_printf(&help, "%s\n\nNot shown by it: %s\n\nHarmless look-alikes: %s", words->means, words->not_shown,
                   words->look_alike);
        (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:{s:s}, s:{s:[s]}}", "id", words->class,
                                                    "shortDescription", plain(words->title), "fullDescription",
                                                    plain(words->means), "help", plain(help.failed ? "" : help.data),
                                                    "defaultConfiguration", "level", words->level, "properties", "tags",
                                                    "security"));
    }
    return list;
}

static json_t *base_of(const char *path)
{
    OWN(own_mem) char *real = realpath(path, NULL);
    OWN(own_buf) struct buf uri = {.max = URI_BYTES};
    buf_puts(&uri, "file://");
    put_encoded(&uri, str_of(real != NULL ? real : "/"));
    if (!str_ends(buf_str(&uri), STR("/"))) {
        buf_putc(&uri, '/');
    }
    return json_pack("{s:o}", "uri", assay_text(buf_str(&uri), URI_BYTES));
}

/* Where a tree that was given lies: its directory, if it is a file. */
static json_t *base_of_tree(const char *path)
{
    OWN(own_mem) char *real = realpath(path, NULL);
    if (real == NULL) {
        return base_of(path);
    }
    OWN(own_buf) struct buf slash = {.max = URI_BYTES};
    buf_printf(&slash, "%s/", path);
    OWN(own_mem) char *directory = slash.failed ? NULL : realpath(slash.data, NULL);
    if (directory == NULL) { /* a file */
        char *cut = strrchr(real, '/');
        cut[cut == real ? 1 : 0] = '\0';
    }
    return base_of(real);
}

static json_t *bases(const struct cli *cli)
{
    json_t *object = json_pack("{s:o}", "%SRCROOT%", base_of("."));
    for (size_t i = 0; i < cli->positional_count; i++) {
        if (!is_from_here(str_of(cli->positional[i]))) {
            char name[32];
            (void)snprintf(name, sizeof name, "TREE%zu", i);
            (void)json_object_set_new(object, name, base_of_tree(cli->positional[i]));
        }
    }
    return object;
}

/* One value of the document; NULL is a failure of memory, which the reader sees as null. */
static void put(struct listen *listen, const char *before, json_t *value)
{
    OWN(own_json) json_t *owned = value;
    OWN(own_buf) struct buf text = {0};
    bool is_good = owned != NULL && json_canonical(&text, owned, NULL) == 0;
    (void)fprintf(listen->out, "%s%s", before, is_good ? text.data : "null");
}

static void put_head(struct listen *listen)
{
    if (listen->has_head) {
        return;
    }
    listen->has_head = true;
    (void)fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n",
                listen->out);
    put(listen, "\"tool\":",
        json_pack("{s:{s:s, s:s, s:o}}", "driver", "name", "assay sweep", "version", ASSAY_VERSION, "rules", rules()));
    put(listen, ",\n\"originalUriBaseIds\":", bases(listen->cli));
    (void)fputs(",\n\"columnKind\":\"utf16CodeUnits\",\n\"results\":[", listen->out);
}

/* ---- results ---- */

/* The way from source to sink, as each taint reason tells it. */
static json_t *flows(const struct cli *cli, struct str path, const json_t *reasons)
{
    json_t *list = json_array();
    size_t i, k;
    const json_t *reason, *step;
    json_array_foreach(reasons, i, reason)
    {
        json_t *way = json_array();
        json_array_foreach(json_object_get(reason, "steps"), k, step)
        {
            json_t *place = location(cli, path, json_int(step, "line", 0), NULL);
            (void)json_object_set_new(place, "message", message(str_of(json_text(step, "text", ""))));
            (void)json_array_append_new(way, json_pack("{s:o}", "location", place));
        }
        if (json_array_size(way) == 0) {
            json_decref(way);
            continue;
        }
        (void)json_array_append_new(list, json_pack("{s:o, s:[{s:o}]}", "message",
                                                    message(str_of(json_text(reason, "text", ""))), "threadFlows",
                                                    "locations", way));
    }
    return list;
}

/* Follows the content, so that a finding is the same in another place and on another line. */
static json_t *fingerprint(const json_t *finding)
{
    const char *sha256 = json_text(finding, "sha256", NULL);
    OWN(own_buf) struct buf text = {.max = URI_BYTES};
    buf_printf(&text, "%s\n%s", json_text(finding, "class", ""),
               sha256 != NULL ? sha256 : json_text(finding, "path", ""));
    struct sha256 digest = sha256_of(buf_str(&text));
    char hex[SHA256_HEX + 1];
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    return json_pack("{s:s}", sha256 != NULL ? "classAndSha256/v1" : "classAndPath/v1", hex);
}

/* "shell, PHP, confidence high: what says most of it". */
static json_t *sentence(const json_t *finding)
{
    OWN(own_buf) struct buf text = {.max = URI_BYTES};
    const char *name = json_text(finding, "name", json_text(finding, "language", NULL));
    size_t i;
    const json_t *reason;
    buf_printf(&text, "%s%s%s, confidence %s", json_text(finding, "class", "?"), name != NULL ? ", " : "",
               name != NULL ? name : "", json_text(finding, "confidence", "?"));
    const char *most = NULL;
    json_array_foreach(json_object_get(finding, "reasons"), i, reason)
    {
        const char *kind = json_text(reason, "kind", "");
        bool says = strcmp(kind, "code") != 0 && strcmp(kind, "time") != 0;
        most = says && (most == NULL ||
                        (strcmp(kind, "taint") == 0 && json_array_size(json_object_get(reason, "steps")) > 0 &&
                         json_int(reason, "line", 0) == json_int(finding, "line", -1)))
                   ? json_text(reason, "text", NULL)
                   : most;
    }
    buf_printf(&text, "%s%s", most != NULL ? ": " : "", most != NULL ? most : "");
    return message(buf_str(&text));
}

/* A tool is no error, and what is hardly certain neither. */
static const char *level_of(const json_t *finding)
{
    const char *level = class_words_of(json_text(finding, "class", ""))->level;
    bool is_low = strcmp(json_text(finding, "confidence", ""), "low") == 0;
    return !is_low ? level : strcmp(level, "error") == 0 ? "warning" : "note";
}

static json_t *result(const struct listen *listen, const json_t *finding)
{
    struct str path = str_of(json_text(finding, "path", ""));
    json_int_t line = json_int(finding, "line", 0);
    json_t *body = json_pack(
        "{s:s, s:s, s:o, s:[o], s:o, s:{s:O?, s:O?, s:O?, s:O?, s:O?}}", "ruleId", json_text(finding, "class", "hint"),
        "level", level_of(finding), "message", sentence(finding), "locations",
        location(listen->cli, path, line > 0 ? line : 1, offend_code(finding)), "partialFingerprints",
        fingerprint(finding), "properties", "confidence", json_object_get(finding, "confidence"), "sha256",
        json_object_get(finding, "sha256"), "bytes", json_object_get(finding, "bytes"), "mtime",
        json_object_get(finding, "mtime"), "version", json_object_get(finding, "version"));
    json_t *ways = flows(listen->cli, path, json_object_get(finding, "reasons"));
    if (json_array_size(ways) != 0) {
        (void)json_object_set(body, "codeFlows", ways);
    }
    json_decref(ways);
    if (cli_text(listen->cli, "since") != NULL) {
        (void)json_object_set_new(body, "baselineState", json_string("new"));
    }
    return body;
}

/* ---- what could not be seen ---- */

static bool hides(const char *class)
{
    static const char *const shown[] = {"read", "known", "unchanged", "link", "special file", "broken link"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (strcmp(class, shown[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void note_unseen(struct listen *listen, const json_t *row)
{
    const char *path = json_text(row, "path", json_text(row, "entry", NULL)), *class = json_text(row, "class", "read");
    if (path == NULL || !hides(class)) {
        return;
    }
    listen->put++;
    if (json_array_size(listen->coverage) >= NOTES_MAX) {
        return;
    }
    OWN(own_buf) struct buf text = {.max = URI_BYTES};
    const char *why = json_text(row, "why", NULL);
    buf_printf(&text, "not seen: %s%s%s", class, why != NULL ? ", " : "", why != NULL ? why : "");
    (void)json_array_append_new(listen->coverage, json_pack("{s:s, s:o, s:{s:s}, s:[o]}", "level", "error", "message",
                                                            message(buf_str(&text)), "descriptor", "id", class,
                                                            "locations", location(listen->cli, str_of(path), 0, NULL)));
}

static void note(struct listen *listen, const char *id, const char *text)
{
    (void)json_array_append_new(listen->coverage, json_pack("{s:s, s:o, s:{s:s}}", "level", "error", "message",
                                                            message(str_of(text)), "descriptor", "id", id));
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    put_head(listen);
    if (kind == ASSAY_FINDING) {
        put(listen, listen->is_later ? ",\n" : "\n", result(listen, body));
        listen->is_later = true;
    } else if (kind == ASSAY_COVERAGE) {
        note_unseen(listen, body);
    }
}

static void put_tail(struct listen *listen, bool is_successful)
{
    char ended[TIME_TEXT];
    time_rfc3339(ended, time_now() / NS_PER_S * NS_PER_S);
    put_head(listen);
    if (listen->put > NOTES_MAX) {
        char text[96];
        (void)snprintf(text, sizeof text, "%llu more could not be seen", (unsigned long long)(listen->put - NOTES_MAX));
        note(listen, "more", text);
    }
    put(listen, "],\n\"invocations\":[",
        json_pack("{s:b, s:s, s:O}", "executionSuccessful", is_successful, "endTimeUtc", ended,
                  "toolExecutionNotifications", listen->coverage));
    if (listen->summary != NULL) {
        put(listen, "],\n\"properties\":", json_pack("{s:O}", "summary", listen->summary));
    } else {
        (void)fputs("]", listen->out);
    }
    (void)fputs("}]}\n", listen->out);
}

static void close_sarif(struct listen *listen)
{
    put_tail(listen, json_bool(listen->summary, "complete", false));
}

static void broke(struct listen *listen, const struct err *err)
{
    note(listen, "failed", err->text);
    put_tail(listen, false);
}

static bool keeps(enum assay_kind kind, const json_t *body)
{
    (void)kind;
    (void)body;
    return false; /* findings are written as they come */
}

static bool passes(enum assay_kind kind, const json_t *body)
{
    return kind != ASSAY_FINDING || !json_bool(body, "before", false);
}

const struct show show_sarif = {.verb = "sweep",
                                .record = record,
                                .close = close_sarif,
                                .keeps = keeps,
                                .passes = passes,
                                .is_document = true,
                                .broke = broke};

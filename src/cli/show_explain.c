/* sweep --explain: one file, told from its name to what to do next. What a class does not show stands beside what it means. */
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/class_words.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

enum { SHOWN_BYTES = 200, AROUND = 2, TEXT_BYTES = 4096 };

static void heading(struct listen *listen, const char *before, const char *word)
{
    (void)fputc('\n', listen->out);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s%s", before, word);
    (void)fputc('\n', listen->out);
}

static void row(struct listen *listen, const char *word, const struct buf *text)
{
    closing(listen->out, listen->has_colour, word, ROLE_PLAIN, text->len != 0 ? text->data : "");
}

static void say(struct listen *listen, const char *word, const char *text)
{
    closing(listen->out, listen->has_colour, word, ROLE_PLAIN, text);
}

/* "PHP and ASP". */
static void put_languages(struct buf *text, const json_t *languages)
{
    size_t i;
    const json_t *language;
    json_array_foreach(languages, i, language)
    {
        buf_printf(text, "%s%s", i == 0 ? "" : " and ", json_string_value(language));
    }
}

/* ---- the file ---- */

/* "by name PHP, by content PHP in a JPEG image". */
static void put_kind(struct listen *listen, const json_t *file)
{
    OWN(own_buf) struct buf text = {0};
    const char *by_name = json_text(file, "by_name", NULL), *magic = json_text(file, "magic", NULL);
    const json_t *by_content = json_object_get(file, "by_content");
    buf_printf(&text, "by its name %s; by its content ", by_name != NULL ? by_name : "no script");
    put_languages(&text, by_content);
    if (json_array_size(by_content) == 0) {
        buf_puts(&text, magic != NULL ? magic : json_bool(file, "binary", false) ? "binary data" : "text without code");
    } else if (magic != NULL) {
        buf_printf(&text, " in what begins as a %s", magic);
    }
    if (by_name == NULL && json_array_size(by_content) != 0) {
        buf_puts(&text, ". Its content decides: a server may run it if it is told to, or if another file includes it");
    }
    row(listen, "kind", &text);
}

static void put_reading(struct listen *listen, const json_t *file)
{
    OWN(own_buf) struct buf text = {0};
    char part[NUMBER_TEXT];
    uint64_t bytes = (uint64_t)json_int(file, "bytes", 0), read = (uint64_t)json_int(file, "read_bytes", 0);
    if (read < bytes) {
        buf_printf(&text, "its first %s were taken apart; the rest passed a search for code", bytes_text(part, read));
    } else {
        buf_puts(&text, "all of it");
    }
    if (json_bool(file, "analysed", false)) {
        buf_puts(&text, ", as ");
        put_languages(&text, json_object_get(file, "by_content"));
        buf_puts(&text, ": what a visitor sends was followed through it, texts that it decodes or puts together were "
                        "worked out and read again, and rules were matched");
    } else if (json_bool(file, "archive", false)) {
        buf_puts(&text, ", as an archive: each file in it was looked at as if it lay beside it");
    } else {
        buf_puts(&text, "; nothing in it can run, so there was nothing to follow");
    }
    if (!json_bool(file, "complete", true)) {
        buf_puts(&text, ". The analysis reached a limit and did not come to its end");
    }
    row(listen, "read", &text);
}

static void put_file(struct listen *listen, const json_t *file)
{
    OWN(own_buf) struct buf text = {0};
    char bytes[NUMBER_TEXT], lines[NUMBER_TEXT], path[TEXT_BYTES], when[TIME_TEXT] = "?";
    str_escape(path, sizeof path, str_of(json_text(file, "path", "")), sizeof path - 1);
    paint(listen->out, listen->has_colour, ROLE_PLACE, "%s", path);
    (void)fputc('\n', listen->out);
    int64_t mtime = time_parse(str_of(json_text(file, "mtime", "")));
    if (mtime != TIME_NONE) {
        time_human(when, mtime);
    }
    buf_printf(&text, "%s bytes, %s lines, changed %s UTC (whoever may write it may set that), mode %s, owner %lld",
               number_text(bytes, (uint64_t)json_int(file, "bytes", 0)),
               number_text(lines, (uint64_t)json_int(file, "lines", 0)), when, json_text(file, "mode", "?"),
               (long long)json_int(file, "uid", 0));
    row(listen, "file", &text);
    say(listen, "sha256", json_text(file, "sha256", "not computed"));
    put_kind(listen, file);
    put_reading(listen, file);
}

/* ---- a finding ---- */

/* Lines [line - 2, line + 2] that were not shown yet; the one that is meant has a mark. */
static void put_around(struct listen *listen, const json_t *around, json_int_t line, json_int_t *shown)
{
    size_t i;
    const json_t *code;
    json_array_foreach(around, i, code)
    {
        json_int_t at = json_int(code, "line", 0);
        if (line == 0 || at + AROUND < line || at > line + AROUND || (at <= *shown && at != line)) {
            continue;
        }
        char text[SHOWN_BYTES + 8];
        str_escape(text, sizeof text, str_of(json_text(code, "text", "")), SHOWN_BYTES);
        paint(listen->out, listen->has_colour, ROLE_QUIET, "  %s %6lld | ", at == line ? ">" : " ", (long long)at);
        paint(listen->out, listen->has_colour, at == line ? ROLE_OFFEND : ROLE_QUIET, "%s", text);
        (void)fputc('\n', listen->out);
        *shown = at > *shown ? at : *shown;
    }
}

/* What lies in text that was worked out is told with the line of the file where that is run. */
static bool is_of_layer(const json_t *reason)
{
    return str_find(str_of(json_text(reason, "text", "")), STR("(in text that was folded"), 0) != SIZE_MAX;
}

static void put_way(struct listen *listen, const json_t *reason, const json_t *around)
{
    const json_t *steps = json_object_get(reason, "steps"), *step;
    bool is_layer = is_of_layer(reason);
    size_t i, count = json_array_size(steps);
    json_int_t shown = 0;
    json_array_foreach(steps, i, step)
    {
        json_int_t line = json_int(step, "line", 0);
        const char *word = count == 1 ? "at" : i == 0 ? "enters as" : i + 1 == count ? "ends in" : "goes on as";
        paint(listen->out, listen->has_colour, ROLE_QUIET, "  %-11s", word);
        put_evidence(listen->out, str_of(json_text(step, "text", "")));
        if (line != 0) {
            (void)fprintf(listen->out, ", %sline %lld", is_layer ? "in the text that is worked out in " : "",
                          (long long)line);
        }
        (void)fputc('\n', listen->out);
        if ((i == 0 || line != json_int(json_array_get(steps, i - 1), "line", 0))) {
            put_around(listen, around, line, &shown);
        }
    }
}

/* What a taint reason comes to: behind the last ": " that is ours. */
static struct str meaning_of(const json_t *reason)
{
    struct str text = str_of(json_text(reason, "text", ""));
    size_t at = SIZE_MAX;
    for (size_t next = str_find(text, STR(": "), 0); next != SIZE_MAX; next = str_find(text, STR(": "), next + 1)) {
        at = next;
    }
    return at != SIZE_MAX ? str_slice(text, at + 2, text.len) : text;
}

static void put_reason(struct listen *listen, const json_t *reason, const json_t *around)
{
    const char *kind = json_text(reason, "kind", ""), *decoded = json_text(reason, "decoded", NULL);
    json_int_t line = json_int(reason, "line", 0), shown = 0;
    if (strcmp(kind, "code") == 0 && around != NULL) {
        return; /* the lines are quoted where they are meant */
    }
    (void)fputs("\n", listen->out);
    paint(listen->out, listen->has_colour, ROLE_QUIET, "  %-11s", kind);
    if (json_array_size(json_object_get(reason, "steps")) != 0) {
        put_evidence(listen->out, meaning_of(reason));
        (void)fputc('\n', listen->out);
        put_way(listen, reason, around);
    } else {
        put_evidence(listen->out, str_of(json_text(reason, "text", "")));
        (void)fputc('\n', listen->out);
        if (strcmp(kind, "taint") == 0 || strcmp(kind, "rule") == 0) {
            put_around(listen, around, line, &shown);
        }
    }
    if (decoded != NULL && *decoded != '\0') {
        paint(listen->out, listen->has_colour, ROLE_QUIET, "  %-11s", "decoded");
        put_evidence(listen->out, str_of(decoded));
        (void)fputc('\n', listen->out);
    }
}

static void put_finding(struct listen *listen, const json_t *finding, const json_t *around)
{
    const struct class_words *words = class_words_of(json_text(finding, "class", ""));
    const char *name = json_text(finding, "name", NULL), *version = json_text(finding, "version", NULL);
    OWN(own_buf) struct buf text = {0};
    char path[TEXT_BYTES];
    str_escape(path, sizeof path, str_of(json_text(finding, "path", "")), sizeof path - 1);
    buf_printf(&text, "%s, confidence %s, line %lld of %s", words->title, json_text(finding, "confidence", "?"),
               (long long)json_int(finding, "line", 0), path);
    heading(listen, "found: ", words->class);
    row(listen, "this is", &text);
    if (name != NULL) {
        buf_reset(&text);
        buf_printf(&text, "%s%s%s", name, version != NULL ? " " : "", version != NULL ? version : "");
        row(listen, "named", &text);
    }
    say(listen, "it means", words->means);
    say(listen, "not shown", words->not_shown);
    say(listen, "look-alikes", words->look_alike);
    size_t i;
    const json_t *reason;
    json_array_foreach(json_object_get(finding, "reasons"), i, reason)
    {
        put_reason(listen, reason, around);
    }
}

/* ---- what was not found, and what to do ---- */

/* A file is told by its strongest class, and weaker ones are not told apart from it: only stronger ones were not found. */
static void put_not_found(struct listen *listen, const json_t *file)
{
    OWN(own_buf) struct buf text = {0};
    bool was_analysed = json_bool(file, "analysed", false);
    size_t i = 0;
    heading(listen, "", "looked for and not found");
    for (; was_analysed && i < class_words_count && json_find(listen->findings, "class", class_words[i].class) == NULL;
         i++) {
        bool was_asked = strcmp(class_words[i].class, "changed-file") != 0 &&
                         (strcmp(class_words[i].class, "rule") != 0 || cli_flag(listen->cli, "rules"));
        if (was_asked) {
            buf_printf(&text, "%s%s", text.len != 0 ? ", " : "", class_words[i].class);
        }
    }
    if (!was_analysed) {
        buf_puts(&text, "the file itself was not analysed");
    } else if (i < class_words_count) {
        buf_printf(&text, "%s; a file is told by its strongest class, weaker ones than %s were not told apart",
                   text.len != 0 ? "" : "none is stronger", class_words[i].class);
    }
    row(listen, "classes", &text);
    say(listen, "limits",
        "sweep knows kinds of backdoor, each by what it does; one of another kind, or one that acts only together with other files, "
        "a database or a request's answer, is not seen. One file tells little of the tree around it. How often sweep is right, and how "
        "often it cries wolf, was measured: docs/accuracy-sweep.md");
}

static void put_next(struct listen *listen, const json_t *file, bool has_findings)
{
    const char *path = json_text(file, "path", "");
    const char *slash = strrchr(path, '/');
    char name[TEXT_BYTES];
    OWN(own_buf) struct buf text = {0};
    str_escape(name, sizeof name, str_of(slash != NULL ? slash + 1 : path), sizeof name - 1);
    heading(listen, "", "next");
    say(listen, "keep",
        "a copy with its times and its sha256 before anybody changes it, on another machine: cp --preserve=all");
    say(listen, "compare",
        "with the release that it may belong to: assay sweep --learn RELEASE -o FILE, then assay sweep DIR --known FILE");
    if (has_findings) {
        buf_printf(&text, "who asked the server for it, and what left: assay trace ACCESS.LOG... --path /.../%s", name);
        row(listen, "look", &text);
        say(listen, "do not", "open its address to see what it does: that is a request in the log, and it may act");
    } else {
        say(listen, "look", "at the tree that it lies in, too: assay sweep DIR");
    }
}

/* ---- the show ---- */

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (listen->cli->is_quiet && kind == ASSAY_FINDING) {
        show_sweep.record(listen, kind, body);
    }
}

/* It is of a file in the archive: the lines of the archive are none. */
static bool is_entry(const json_t *file, const json_t *finding)
{
    return strcmp(json_text(file, "path", ""), json_text(finding, "path", "")) != 0;
}

static void close_explain(struct listen *listen)
{
    const json_t *file = json_find(listen->findings, "class", "explained");
    size_t i, count = 0;
    const json_t *finding;
    if (listen->cli->is_quiet) {
        return;
    }
    if (file == NULL) { /* it could not be read, or was left out */
        show_sweep.close(listen);
        return;
    }
    put_file(listen, file);
    json_array_foreach(listen->findings, i, finding)
    {
        if (finding != file && json_object_get(finding, "reasons") != NULL) {
            put_finding(listen, finding, is_entry(file, finding) ? NULL : json_object_get(file, "around"));
            count++;
        }
    }
    if (count == 0) {
        heading(listen, "",
                json_bool(listen->summary, "complete", false) ? "nothing found"
                                                              : "nothing found in what could be seen");
        say(listen, "not shown",
            "that the file is harmless: nothing that sweep knows was in what it read, and that is all");
    }
    put_not_found(listen, file);
    put_next(listen, file, count != 0);
    (void)fputc('\n', listen->out);
    show_sweep.close(listen);
}

const struct show show_explain = {.verb = "sweep", .record = record, .close = close_explain};

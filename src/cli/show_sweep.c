/* sweep on a terminal: path:line first, then the code around it, then why. */
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/offend.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

/* "admin-tool" reads "admin tool". */
static void put_class(struct listen *listen, const char *name)
{
    char words[40];
    (void)snprintf(words, sizeof words, "%s", name);
    for (char *at = words; *at != '\0'; at++) {
        *at = *at == '-' ? ' ' : *at;
    }
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", words);
}

enum { SHOWN_BYTES = 200, LABEL_COLUMN = 10 };

/* A line of code, cut where evidence is cut, the offending part of it in its colour. */
static void put_code(struct listen *listen, const json_t *reasons, const json_t *reason)
{
    json_int_t line = json_int(reason, "line", 0);
    struct str text = str_of(json_text(reason, "text", ""));
    struct offend offend = listen->has_colour ? offend_find(reasons, line, text) : (struct offend){0, 0};
    char parts[3][SHOWN_BYTES * 4 + 8];
    paint(listen->out, listen->has_colour, ROLE_QUIET, "%6lld | ", (long long)line);
    if (offend.to == 0 || text.len > SHOWN_BYTES) {
        put_evidence(listen->out, text);
    } else {
        str_escape(parts[0], sizeof parts[0], str_slice(text, 0, offend.from), sizeof parts[0] - 1);
        str_escape(parts[1], sizeof parts[1], str_slice(text, offend.from, offend.to), sizeof parts[1] - 1);
        str_escape(parts[2], sizeof parts[2], str_slice(text, offend.to, text.len), sizeof parts[2] - 1);
        paint(listen->out, true, ROLE_QUIET, "%s", parts[0]);
        paint(listen->out, true, ROLE_OFFEND, "%s", parts[1]);
        paint(listen->out, true, ROLE_QUIET, "%s", parts[2]);
    }
    (void)fputc('\n', listen->out);
}

/* The steps, one a line, and what they come to: what the sentence says behind its last step. */
static void put_steps(struct listen *listen, const json_t *steps, const char *sentence)
{
    size_t i;
    const json_t *step;
    json_array_foreach(steps, i, step)
    {
        json_int_t line = json_int(step, "line", 0);
        (void)fprintf(listen->out, "%*s%s", i == 0 ? 0 : LABEL_COLUMN, "", i == 0 ? "" : "-> ");
        put_evidence(listen->out, str_of(json_text(step, "text", "")));
        if (line != 0) {
            (void)fprintf(listen->out, ", line %lld", (long long)line);
        }
        (void)fputc('\n', listen->out);
    }
    const char *last = json_text(json_array_get(steps, json_array_size(steps) - 1), "text", "");
    size_t at = str_find(str_of(sentence), str_of(last), 0), next = at;
    while (next != SIZE_MAX) { /* the last step may be named in an earlier one */
        at = next;
        next = str_find(str_of(sentence), str_of(last), at + 1);
    }
    size_t colon = at != SIZE_MAX ? str_find(str_of(sentence), STR(": "), at) : SIZE_MAX;
    if (colon != SIZE_MAX) {
        (void)fprintf(listen->out, "%*s", LABEL_COLUMN, "");
        put_evidence(listen->out, str_of(sentence + colon + 2));
        (void)fputc('\n', listen->out);
    }
}

static void put_reason(struct listen *listen, const json_t *reasons, const json_t *reason)
{
    const char *kind = json_text(reason, "kind", "");
    const char *decoded = json_text(reason, "decoded", NULL);
    const json_t *steps = json_object_get(reason, "steps");
    if (strcmp(kind, "code") == 0) {
        put_code(listen, reasons, reason);
        return;
    }
    paint(listen->out, listen->has_colour, ROLE_QUIET, "  %-7s ", kind);
    if (json_array_size(steps) != 0) {
        put_steps(listen, steps, json_text(reason, "text", ""));
    } else {
        put_evidence(listen->out, str_of(json_text(reason, "text", "")));
        (void)fputc('\n', listen->out);
    }
    if (decoded != NULL && *decoded != '\0') {
        paint(listen->out, listen->has_colour, ROLE_QUIET, "          reads ");
        put_evidence(listen->out, str_of(decoded));
        (void)fputc('\n', listen->out);
    }
}

/* "4.6.2 to 5.4.1, fixed in 5.4.2" */
static void put_range(struct buf *line, const json_t *fault)
{
    const char *from = json_text(fault, "from", NULL), *to = json_text(fault, "to", NULL),
               *fixed = json_text(fault, "fixed", NULL);
    buf_printf(line, "%s%s%s%s", from != NULL ? from : "", from != NULL && to != NULL ? " to " : "",
               from == NULL && to != NULL ? "up to " : "",
               to != NULL     ? to
               : from != NULL ? " and later"
                              : "before");
    buf_printf(line, fixed != NULL ? ", fixed in %s" : ", no fix known%s", fixed != NULL ? fixed : "");
}

/* What is published of this release: number, sentence and releases; below, how far the bounds can be relied on. */
static void put_faults(struct listen *listen, const json_t *faults)
{
    size_t i;
    const json_t *fault;
    json_array_foreach(faults, i, fault)
    {
        OWN(own_buf) struct buf line = {0};
        buf_printf(&line, "%s%s: %s; ", json_text(fault, "id", "no number"),
                   json_bool(fault, "certain", true) ? "" : ", perhaps", json_text(fault, "text", ""));
        put_range(&line, fault);
        paint(listen->out, listen->has_colour, ROLE_QUIET, "  %-7s ", "fault");
        put_evidence(listen->out, buf_str(&line));
        (void)fputc('\n', listen->out);
        paint(listen->out, listen->has_colour, ROLE_QUIET, "%*s", LABEL_COLUMN, "");
        put_evidence(listen->out, str_of(json_text(fault, "bounds", "bounds not known")));
        (void)fputc('\n', listen->out);
    }
}

static void put_finding(struct listen *listen, const json_t *body)
{
    const char *name = json_text(body, "name", NULL);
    const char *version = json_text(body, "version", NULL);
    const char *language = json_text(body, "language", NULL);
    char path[4096];
    str_escape(path, sizeof path, str_of(json_text(body, "path", "")), sizeof path - 1);
    json_int_t line = json_int(body, "line", 0);
    paint(listen->out, listen->has_colour, ROLE_PLACE, "%s:%lld:", path, (long long)(line > 0 ? line : 1));
    (void)fputc(' ', listen->out);
    put_class(listen, json_text(body, "class", "?"));
    if (name != NULL) {
        (void)fprintf(listen->out, ", %s%s%s", name, version != NULL ? " " : "", version != NULL ? version : "");
    } else if (language != NULL) {
        (void)fprintf(listen->out, ", %s", language);
    }
    (void)fprintf(listen->out, ", confidence %s\n", json_text(body, "confidence", "?"));
    size_t i;
    const json_t *reason;
    if (listen->cli->is_quiet) {
        return;
    }
    json_array_foreach(json_object_get(body, "reasons"), i, reason)
    {
        put_reason(listen, json_object_get(body, "reasons"), reason);
    }
    put_faults(listen, json_object_get(body, "vulnerabilities"));
    (void)fputc('\n', listen->out);
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_FINDING) {
        put_finding(listen, body);
    }
}

/* "8 permission denied, 1 link": the members of an object of counts. */
static uint64_t put_counts(struct buf *text, const json_t *counts)
{
    const char *key;
    json_t *value;
    uint64_t total = 0;
    json_t *walked = (json_t *)(uintptr_t)counts; /* jansson's iterator takes no const */
    json_object_foreach(walked, key, value)
    {
        char number[NUMBER_TEXT];
        uint64_t count = (uint64_t)json_integer_value(value);
        if (count == 0) {
            continue;
        }
        buf_printf(text, "%s%s %s", total != 0 ? ", " : "", number_text(number, count), key);
        total += count;
    }
    return total;
}

static void close_sweep(struct listen *listen)
{
    const json_t *s = listen->summary;
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    OWN(own_buf) struct buf counts = {0};
    buf_printf(&looked, "%s of %s files, %s, in %.1f s", number_text(a, (uint64_t)json_int(s, "read", 0)),
               number_text(b, (uint64_t)json_int(s, "files", 0)), bytes_text(c, (uint64_t)json_int(s, "read_bytes", 0)),
               json_num(s, "seconds", 0));
    uint64_t skipped = put_counts(&counts, json_object_get(s, "skipped"));
    buf_printf(&unseen, skipped == 0 ? "nothing" : "%s: %s", number_text(a, skipped), counts.data);
    buf_reset(&counts);
    uint64_t findings = put_counts(&counts, json_object_get(s, "classes"));
    if (findings != 0) {
        buf_printf(&found, "%s: %s", number_text(a, findings), counts.data);
    } else {
        buf_puts(&found, json_bool(s, "complete", false) ? "nothing" : "nothing in what could be seen");
    }
    listen_closing(listen, looked.data, unseen.data, found.data,
                   findings != 0 ? "assay trace ACCESS.LOG... --path /PATH/OF/THE/SCRIPT" : NULL);
}

const struct show show_sweep = {.verb = "sweep", .record = record, .close = close_sweep};

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

/* What is not there any more: a file of a release, a finding of before. */
static void put_gone(struct listen *listen, const json_t *body)
{
    char path[4096], release[512];
    bool is_missing = strcmp(json_text(body, "class", ""), "missing") == 0;
    str_escape(path, sizeof path, str_of(json_text(body, "path", "")), sizeof path - 1);
    str_escape(release, sizeof release, str_of(json_text(body, is_missing ? "release" : "was", "")), 200);
    paint(listen->out, listen->has_colour, ROLE_PLACE, "%s:", path);
    (void)fprintf(listen->out, is_missing ? " missing, release %s has it\n" : " gone, was %s\n", release);
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_FINDING) {
        put_finding(listen, body);
    } else if (kind == ASSAY_MEASURE) {
        put_gone(listen, body);
    }
}

/* Files of a release and those unchanged since another day were left out; everything else that was skipped could not be seen. */
static bool is_left_out(const char *class)
{
    return strcmp(class, "known") == 0 || strcmp(class, "unchanged") == 0;
}

/* "8 permission denied, 1 link": the members of an object of counts; but NULL: all of them. */
static uint64_t put_counts(struct buf *text, const json_t *counts, bool (*but)(const char *class))
{
    const char *key;
    json_t *value;
    uint64_t total = 0;
    json_t *walked = (json_t *)(uintptr_t)counts; /* jansson's iterator takes no const */
    json_object_foreach(walked, key, value)
    {
        char number[NUMBER_TEXT];
        uint64_t count = (uint64_t)json_integer_value(value);
        if (count == 0 || (but != NULL && but(key))) {
            continue;
        }
        buf_printf(text, "%s%s %s", total != 0 ? ", " : "", number_text(number, count), key);
        total += count;
    }
    return total;
}

/* ", 3 changed" of each member that is not 0. */
static void put_members(struct buf *text, const json_t *of, const char *const (*members)[2], size_t count)
{
    char number[NUMBER_TEXT];
    for (size_t i = 0; i < count; i++) {
        uint64_t value = (uint64_t)json_int(of, members[i][0], 0);
        if (value != 0) {
            buf_printf(text, ", %s %s", number_text(number, value), members[i][1]);
        }
    }
}

static void put_known(struct listen *listen, const json_t *known)
{
    static const char *const members[][2] = {
        {"changed", "changed"}, {"space", "changed in white space alone"}, {"extra", "not in it"},
        {"missing", "missing"}, {"unseen", "could not be looked for"},
    };
    char number[NUMBER_TEXT], roots[NUMBER_TEXT];
    OWN(own_buf) struct buf text = {0};
    if (!json_is_object(known)) {
        return;
    }
    uint64_t count = (uint64_t)json_int(known, "roots", 0);
    if (count == 0) {
        buf_puts(&text, "no release was met; all files were analysed");
    } else {
        uint64_t files = (uint64_t)json_int(known, "files", 0);
        buf_printf(&text, "%s unchanged %s of a release, in %s %s, not analysed", number_text(number, files),
                   files == 1 ? "file" : "files", number_text(roots, count), count == 1 ? "place" : "places");
        put_members(&text, known, members, sizeof members / sizeof *members);
    }
    closing(listen->out, listen->has_colour, "known", ROLE_PLAIN, text.data);
}

static void put_since(struct listen *listen, const json_t *since)
{
    static const char *const of_findings[][2] = {
        {"new", "new"}, {"gone", "gone"}, {"unseen", "of before not looked at"}};
    static const char *const of_files[][2] = {{"changed", "changed"},
                                              {"space", "changed in white space alone"},
                                              {"new", "new"},
                                              {"missing", "missing"},
                                              {"unseen", "could not be looked for"}};
    char number[NUMBER_TEXT];
    OWN(own_buf) struct buf text = {0};
    if (!json_is_object(since)) {
        return;
    }
    if (strcmp(json_text(since, "of", ""), "findings") == 0) {
        uint64_t before = (uint64_t)json_int(since, "before", 0);
        buf_printf(&text, "%s %s as before, not told again", number_text(number, before),
                   before == 1 ? "finding" : "findings");
        put_members(&text, since, of_findings, sizeof of_findings / sizeof *of_findings);
    } else if (json_int(since, "roots", 0) == 0) {
        buf_puts(&text, "no directory is what the manifest was made of; all files were analysed");
    } else {
        uint64_t unchanged = (uint64_t)json_int(since, "unchanged", 0);
        buf_printf(&text, "%s %s unchanged since %s not analysed", number_text(number, unchanged),
                   unchanged == 1 ? "file" : "files", json_text(since, "made", "?"));
        put_members(&text, since, of_files, sizeof of_files / sizeof *of_files);
    }
    if (!json_bool(since, "complete", false)) {
        buf_puts(&text, "; what it was made from was not wholly read");
    }
    closing(listen->out, listen->has_colour, "since", ROLE_PLAIN, text.data);
}

/* "12 files of 14, 3 MB, in 0.1 s", and what could not be seen. Texts are added to. */
static void count_files(const json_t *s, struct buf *looked, struct buf *unseen)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    OWN(own_buf) struct buf counts = {0};
    buf_printf(looked, "%s of %s files, %s, in %.1f s", number_text(a, (uint64_t)json_int(s, "read", 0)),
               number_text(b, (uint64_t)json_int(s, "files", 0)), bytes_text(c, (uint64_t)json_int(s, "read_bytes", 0)),
               json_num(s, "seconds", 0));
    uint64_t skipped = put_counts(&counts, json_object_get(s, "skipped"), is_left_out);
    buf_printf(unseen, skipped == 0 ? "nothing" : "%s: %s", number_text(a, skipped), counts.data);
}

static void close_sweep(struct listen *listen)
{
    const json_t *s = listen->summary;
    char a[NUMBER_TEXT];
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    OWN(own_buf) struct buf counts = {0};
    count_files(s, &looked, &unseen);
    const char *nothing = json_is_object(json_object_get(s, "since")) ? "nothing new" : "nothing";
    uint64_t findings = put_counts(&counts, json_object_get(s, "classes"), NULL);
    if (findings != 0) {
        buf_printf(&found, "%s: %s", number_text(a, findings), counts.data);
    } else {
        const json_t *skipped = json_object_get(s, "skipped");
        bool is_all = json_int(skipped, "known", 0) == 0 && json_int(skipped, "unchanged", 0) == 0;
        buf_printf(&found, "%s%s", nothing,
                   !json_bool(s, "complete", false) ? " in what could be seen"
                   : is_all                         ? ""
                                                    : " in what was analysed");
    }
    if (listen->cli->is_quiet) {
        return;
    }
    listen_seen(listen, looked.data, unseen.data);
    put_known(listen, json_object_get(s, "known"));
    put_since(listen, json_object_get(s, "since"));
    bool has_next = findings != 0 && !cli_flag(listen->cli, "explain"); /* which says that itself */
    listen_found(listen, found.data, has_next ? "assay trace ACCESS.LOG... --path /PATH/OF/THE/SCRIPT" : NULL);
}

/* What was there before is counted in the summary, and not told again. */
static bool passes(enum assay_kind kind, const json_t *body)
{
    return kind != ASSAY_FINDING || !json_bool(body, "before", false);
}

/* The closing lines come from the summary alone. */
static bool keeps(enum assay_kind kind, const json_t *body)
{
    (void)kind;
    (void)body;
    return false;
}

const struct show show_sweep = {
    .verb = "sweep", .record = record, .close = close_sweep, .keeps = keeps, .passes = passes};

/* ---- --learn ---- */

static bool is_no_digest(enum assay_kind kind, const json_t *body)
{
    return kind != ASSAY_MEASURE || strcmp(json_text(body, "class", ""), "file") != 0;
}

static void record_learn(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    (void)listen;
    (void)kind;
    (void)body;
}

static void close_learn(struct listen *listen)
{
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf written = {0};
    OWN(own_buf) struct buf next = {0};
    const char *path = cli_text(listen->cli, "output");
    char number[NUMBER_TEXT], name[512];
    if (listen->cli->is_quiet) {
        return;
    }
    str_escape(name, sizeof name, str_of(path), sizeof name - 1);
    count_files(listen->summary, &looked, &unseen);
    buf_printf(&written, "%s files in %s", number_text(number, (uint64_t)json_int(listen->summary, "read", 0)), name);
    buf_printf(&next, "assay sweep DIR --known %s", name);
    listen_seen(listen, looked.data, unseen.data);
    closing(listen->out, listen->has_colour, "learned", ROLE_PLAIN, written.data);
    closing(listen->out, listen->has_colour, "next", ROLE_PLAIN, next.data);
}

const struct show show_learn = {
    .verb = "sweep", .record = record_learn, .close = close_learn, .keeps = keeps, .passes = is_no_digest};

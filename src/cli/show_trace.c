/* trace on a terminal: the requests that matter in time order, the clients, then what could not be seen. */
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/paint.h"
#include "cli/show.h"
#include "cli/show_trace_kinds.h"

#include "base/banned.h"

enum { ANSWERS_SHOWN = 12, TIME_WIDTH = 19 };

static void put_head(struct listen *listen)
{
    if (json_array_size(listen->events) == 1 && !listen->cli->is_quiet) {
        (void)fputs("Times are UTC.\n\n", listen->out);
        paint(listen->out, listen->has_colour, ROLE_QUIET, "%-19s  %-3s  %-30s %6s  %11s\n", "time", "who", "request",
              "status", "bytes");
    }
}

static void put_event(struct listen *listen, const json_t *body)
{
    char request[512];
    char bytes[NUMBER_TEXT] = "-";
    char place[128], status[24] = "-";
    OWN(own_buf) struct buf text = {0};
    put_head(listen);
    if (json_object_get(body, "tables") != NULL) {
        buf_printf(&text, "%-4s %s", json_text(body, "method", "SQL"), json_text(body, "tables", "?"));
    } else {
        kinds_request(&text, body);
    }
    str_escape(request, sizeof request, buf_str(&text), 30);
    if (json_int(body, "bytes", -1) >= 0) {
        number_text(bytes, (uint64_t)json_int(body, "bytes", 0));
    }
    put_instant(listen, body, "time", TIME_WIDTH);
    if (json_object_get(body, "status") != NULL) {
        (void)snprintf(status, sizeof status, "%lld", (long long)json_int(body, "status", 0));
    }
    (void)fprintf(listen->out, "  %-3s  %-30s %6s  %11s\n", json_text(body, "client", "-"), request, status, bytes);
    str_escape(place, sizeof place, str_of(json_text(body, "source", "")), 80);
    if (!listen->cli->is_quiet) {
        paint(listen->out, listen->has_colour, ROLE_QUIET, "                          %s at %s:%lld\n",
              json_text(body, "role", ""), place, (long long)json_int(body, "line", 0));
    }
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_EVENT) {
        put_event(listen, body);
    } else if (kind == ASSAY_MEASURE && !listen->cli->is_quiet) {
        (void)kinds_measure(listen, body);
    }
}

static void put_use(struct listen *listen, const json_t *f)
{
    char path[256];
    char number[NUMBER_TEXT];
    char above[NUMBER_TEXT];
    str_escape(path, sizeof path, str_of(json_text(f, "path", "")), 60);
    (void)fputc('\n', listen->out);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", json_text(f, "client", "-"));
    (void)fprintf(listen->out, "  %s  ", json_text(f, "address", "address not recorded"));
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", json_text(f, "class", ""));
    (void)fprintf(listen->out, " of %s, confidence %s\n    %s requests, ", path, json_text(f, "confidence", "?"),
                  number_text(number, (uint64_t)json_int(f, "requests", 0)));
    put_instant(listen, f, "first", TIME_WIDTH);
    (void)fputs(" to ", listen->out);
    put_instant(listen, f, "last", TIME_WIDTH);
    if (json_int(f, "body_bytes", -1) < 0) {
        (void)fputs("\n    how much was sent is not recorded\n", listen->out);
        return;
    }
    (void)fprintf(listen->out, "\n    %s bytes of bodies recorded, %s above what the page always sends\n",
                  number_text(number, (uint64_t)json_int(f, "body_bytes", 0)),
                  number_text(above, (uint64_t)json_int(f, "above_baseline", 0)));
}

/* What --hunt and --sigma found: of no single client and path. */
static void put_sign(struct listen *listen, const json_t *f)
{
    char text[256];
    char number[NUMBER_TEXT], answered[NUMBER_TEXT];
    bool is_rule = strcmp(json_text(f, "class", ""), "sigma") == 0;
    (void)fputc('\n', listen->out);
    str_escape(text, sizeof text, str_of(json_text(f, is_rule ? "title" : "what", "")), 100);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", is_rule ? "rule" : "hunt");
    (void)fprintf(listen->out, "  %s", text);
    str_escape(text, sizeof text, str_of(json_text(f, "address", "")), 60);
    (void)fprintf(listen->out, "%s%s", text[0] != '\0' ? "  by " : "", text);
    str_escape(text, sizeof text, str_of(json_text(f, "path", "")), 60);
    (void)fprintf(listen->out, "%s%s, confidence %s\n    %s requests", text[0] != '\0' ? "  at " : "", text,
                  json_text(f, "confidence", "?"), number_text(number, (uint64_t)json_int(f, "requests", 0)));
    if (json_int(f, "answered", -1) >= 0) {
        (void)fprintf(listen->out, " (%s answered)", number_text(answered, (uint64_t)json_int(f, "answered", 0)));
    }
    (void)fputs(", ", listen->out);
    put_instant(listen, f, "first", TIME_WIDTH);
    (void)fputs(" to ", listen->out);
    put_instant(listen, f, "last", TIME_WIDTH);
    (void)fputc('\n', listen->out);
}

static bool is_sign(const json_t *finding)
{
    return strcmp(json_text(finding, "class", ""), "hunt") == 0 ||
           strcmp(json_text(finding, "class", ""), "sigma") == 0;
}

/* "3,002" or "not recorded" */
static const char *amount_text(char out[static NUMBER_TEXT], const json_t *f, const char *key)
{
    json_int_t value = json_int(f, key, -1);
    return value < 0 ? "not recorded" : number_text(out, (uint64_t)value);
}

/* What a database's own log says: a session of a tool, a read, a sign. */
static void put_database(struct listen *listen, const json_t *f)
{
    char who[256], what[512], number[NUMBER_TEXT], bytes[NUMBER_TEXT];
    OWN(own_buf) struct buf names = {0};
    size_t i;
    const json_t *table;
    json_array_foreach(json_object_get(f, "tables"), i, table)
    {
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ", json_text(table, "name", "?"));
    }
    bool is_sign = json_object_get(f, "sign") != NULL;
    str_escape(who, sizeof who, str_of(json_text(f, "account", "account not recorded")), 60);
    str_escape(what, sizeof what, is_sign ? str_of(json_text(f, "statement", "")) : buf_str(&names), 200);
    (void)fputc('\n', listen->out);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", json_text(f, "client", "-"));
    (void)fprintf(listen->out, "  %s  ", who);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", json_text(f, "class", ""));
    (void)fprintf(listen->out, ": %s, confidence %s\n    ", json_text(f, "tool", json_text(f, "sign", "?")),
                  json_text(f, "confidence", "?"));
    put_instant(listen, f, "first", TIME_WIDTH);
    (void)fputs(" to ", listen->out);
    put_instant(listen, f, "last", TIME_WIDTH);
    (void)fprintf(listen->out, "\n    %s\n", what);
    if (!is_sign) {
        (void)fprintf(listen->out, "    rows %s, bytes %s\n", amount_text(number, f, "recorded_rows"),
                      amount_text(bytes, f, "recorded_bytes"));
    }
}

static bool is_class(const json_t *body, const char *name)
{
    return str_eq(str_of(json_text(body, "class", "")), str_of(name));
}

/* Told below the findings, in lists of their own. */
static bool is_of_coverage(const json_t *body)
{
    return is_class(body, "answer") || is_class(body, "contradiction") || is_class(body, "duplicate");
}

/* Measures that are shown; they are kept among the findings, and are none. */
static bool is_shown_measure(const json_t *body)
{
    return is_class(body, "clock-offset") || is_class(body, "usual-dump") || is_of_coverage(body);
}

static bool keeps(enum assay_kind kind, const json_t *body)
{
    return kind != ASSAY_MEASURE || is_shown_measure(body);
}

static size_t count_findings(const struct listen *listen)
{
    size_t i, count = 0;
    const json_t *body;
    json_array_foreach(listen->findings, i, body)
    {
        count += !is_shown_measure(body);
    }
    return count;
}

/* Signs that lines are missing: what is said, and how it may be innocent. */
static void put_signs(struct listen *listen)
{
    size_t i;
    const json_t *sign;
    json_array_foreach(listen->findings, i, sign)
    {
        if (is_class(sign, "contradiction")) {
            paint(listen->out, listen->has_colour, ROLE_UNSEEN, "contradiction");
            (void)fprintf(listen->out, "  %s\n    ", json_text(sign, "what", ""));
            put_evidence(listen->out, str_of(json_text(sign, "says", "")));
            (void)fputs("\n    may also be: ", listen->out);
            put_evidence(listen->out, str_of(json_text(sign, "innocent", "")));
            (void)fputs("\n\n", listen->out);
        }
    }
}

/* "use: observed; taking: cannot be seen": one line a path, and one over all where there are several. */
static void put_answers(struct listen *listen)
{
    size_t i;
    const json_t *answer;
    const char *path = NULL;
    uint64_t lines = 0;
    json_array_foreach(listen->findings, i, answer)
    {
        if (!is_class(answer, "answer")) {
            continue;
        }
        const char *of = json_text(answer, "path", "");
        bool is_new = path == NULL || strcmp(path, of) != 0;
        if (is_new && path != NULL) {
            (void)fputc('\n', listen->out);
        }
        if (is_new && ++lines > ANSWERS_SHOWN) {
            (void)fputs("further paths: see --json\n", listen->out);
            return;
        }
        if (is_new) {
            char text[128];
            str_escape(text, sizeof text, of[0] == '\0' ? STR("all paths") : str_of(of), 60);
            paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", text);
            path = of;
        }
        (void)fprintf(listen->out, "%s %s: %s", is_new ? "" : ";", json_text(answer, "question", ""),
                      json_text(answer, "word", ""));
        size_t holes = (size_t)json_int(answer, "hole_count", 0);
        if (holes != 0 && strcmp(json_text(answer, "word", ""), "not observed, holes") == 0) {
            (void)fprintf(listen->out, " (%zu)", holes);
        }
    }
    if (path != NULL) {
        (void)fputs("\n\n", listen->out);
    }
}

/* "web clock = database clock + 3600 s (3599 to 3601)" */
static void put_offset(struct listen *listen, const json_t *m)
{
    char log[256];
    str_escape(log, sizeof log, str_of(json_string_value(json_array_get(json_object_get(m, "between"), 1))), 80);
    if (json_bool(m, "clear", false)) {
        (void)fprintf(listen->out, "\nclocks: the web server's is %+lld s (%+lld to %+lld) from that of %s\n",
                      (long long)json_int(m, "seconds", 0), (long long)json_int(m, "lo", 0),
                      (long long)json_int(m, "hi", 0), log);
    } else {
        (void)fprintf(listen->out, "\nclocks: the offset between the web server's and that of %s is not known: %s\n",
                      log, json_text(m, "why", ""));
    }
}

static void put_findings(struct listen *listen)
{
    size_t i;
    const json_t *finding;
    json_array_foreach(listen->findings, i, finding)
    {
        if (is_of_coverage(finding)) {
            continue;
        }
        if (is_class(finding, "clock-offset")) {
            put_offset(listen, finding);
        } else if (str_eq(str_of(json_text(finding, "through", "")), STR("database"))) {
            put_database(listen, finding);
        } else if (is_sign(finding)) {
            put_sign(listen, finding);
        } else if (!kinds_finding(listen, finding)) {
            put_use(listen, finding);
        }
        size_t j;
        const json_t *reason;
        json_array_foreach(json_object_get(finding, "reasons"), j, reason)
        {
            (void)fputs("    ", listen->out);
            put_evidence(listen->out, str_of(json_string_value(reason)));
            (void)fputc('\n', listen->out);
        }
    }
    if (count_findings(listen) != 0 || json_array_size(listen->events) != 0) {
        (void)fputc('\n', listen->out);
    }
}

/* Files that were not read, but for copies of what was. */
static json_int_t files_skipped(const struct listen *listen)
{
    size_t i;
    const json_t *row;
    json_int_t count = 0;
    json_array_foreach(listen->coverage, i, row)
    {
        struct str class = str_of(json_text(row, "class", ""));
        bool is_skipped = str_starts(class, STR("skipped: ")) && !str_starts(class, STR("skipped: a copy of "));
        count += is_skipped ? json_int(row, "count", 0) : 0;
    }
    return count;
}

static void put_unseen(const struct listen *listen, struct buf *unseen, const json_t *s)
{
    char number[NUMBER_TEXT];
    char duration[TIME_TEXT];
    size_t i;
    const json_t *gap;
    double seconds = 0;
    json_array_foreach(json_object_get(s, "gaps"), i, gap)
    {
        seconds += json_num(gap, "seconds", 0);
    }
    if (i != 0) {
        time_duration(duration, (int64_t)seconds * NS_PER_S);
        buf_printf(unseen, "%s without lines in %zu gap%s; ", duration, i, i == 1 ? "" : "s");
    }
    json_int_t missing = json_int(s, "members_missing", 0), skipped = files_skipped(listen);
    if (missing != 0) {
        buf_printf(unseen, "%s file%s of a rotation not given; ", number_text(number, (uint64_t)missing),
                   missing == 1 ? "" : "s");
    }
    if (skipped != 0) {
        buf_printf(unseen, "%s file%s skipped; ", number_text(number, (uint64_t)skipped), skipped == 1 ? "" : "s");
    }
    if (json_int(s, "rejected", 0) != 0) {
        buf_printf(unseen, "%s lines rejected; ", number_text(number, (uint64_t)json_int(s, "rejected", 0)));
    }
    if (json_int(s, "contradictions", 0) != 0) {
        buf_printf(unseen, "%lld contradiction%s; ", (long long)json_int(s, "contradictions", 0),
                   json_int(s, "contradictions", 0) == 1 ? "" : "s");
    }
    if (json_int(s, "duplicate_lines", 0) != 0) {
        buf_printf(unseen, "%s lines stand there twice; ",
                   number_text(number, (uint64_t)json_int(s, "duplicate_lines", 0)));
    }
    buf_puts(unseen, "request bodies, which this format does not record");
}

static void close_trace(struct listen *listen)
{
    const json_t *s = listen->summary;
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    if (!listen->cli->is_quiet) {
        put_findings(listen);
        put_signs(listen);
        put_answers(listen);
    }
    buf_printf(&looked, "%s of %s lines in %lld file%s, %s, in %.1f s",
               number_text(a, (uint64_t)json_int(s, "parsed", 0)), number_text(b, (uint64_t)json_int(s, "lines", 0)),
               (long long)json_int(s, "files", 0), json_int(s, "files", 0) == 1 ? "" : "s",
               bytes_text(c, (uint64_t)json_int(s, "bytes_in", 0)), json_num(s, "seconds", 0));
    put_unseen(listen, &unseen, s);
    size_t findings = count_findings(listen);
    if (findings != 0) {
        buf_printf(&found, "%zu finding%s, %zu request%s that matter", findings, findings == 1 ? "" : "s",
                   json_array_size(listen->events), json_array_size(listen->events) == 1 ? "" : "s");
    } else {
        buf_puts(&found, "nothing in what could be seen");
    }
    listen_closing(listen, looked.data, unseen.data, found.data,
                   findings != 0 ? "assay match SAMPLE --against DATABASE" : NULL);
}

const struct show show_trace = {.verb = "trace", .record = record, .keeps = keeps, .close = close_trace};

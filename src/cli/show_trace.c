/* trace on a terminal: the requests that matter in time order, the clients, then what could not be seen. */
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

static void put_instant(struct listen *listen, const json_t *body, const char *key)
{
    char text[TIME_TEXT] = "-";
    int64_t instant = time_parse(str_of(json_text(body, key, "")));
    if (instant != TIME_NONE) {
        time_human(text, instant);
    }
    (void)fprintf(listen->out, "%-19s", text);
}

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
    char place[128];
    OWN(own_buf) struct buf text = {0};
    put_head(listen);
    buf_printf(&text, "%-4s %s", json_text(body, "method", "?"), json_text(body, "path", "?"));
    str_escape(request, sizeof request, buf_str(&text), 30);
    if (json_int(body, "bytes", -1) >= 0) {
        number_text(bytes, (uint64_t)json_int(body, "bytes", 0));
    }
    put_instant(listen, body, "time");
    (void)fprintf(listen->out, "  %-3s  %-30s %6lld  %11s\n", json_text(body, "client", "-"), request,
                  (long long)json_int(body, "status", 0), bytes);
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
    put_instant(listen, f, "first");
    (void)fputs(" to ", listen->out);
    put_instant(listen, f, "last");
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
    put_instant(listen, f, "first");
    (void)fputs(" to ", listen->out);
    put_instant(listen, f, "last");
    (void)fputc('\n', listen->out);
}

static bool is_sign(const json_t *finding)
{
    return strcmp(json_text(finding, "class", ""), "hunt") == 0 ||
           strcmp(json_text(finding, "class", ""), "sigma") == 0;
}

static void put_findings(struct listen *listen)
{
    size_t i;
    const json_t *finding;
    json_array_foreach(listen->findings, i, finding)
    {
        (is_sign(finding) ? put_sign : put_use)(listen, finding);
        size_t j;
        const json_t *reason;
        json_array_foreach(json_object_get(finding, "reasons"), j, reason)
        {
            (void)fputs("    ", listen->out);
            put_evidence(listen->out, str_of(json_string_value(reason)));
            (void)fputc('\n', listen->out);
        }
    }
    if (json_array_size(listen->findings) != 0 || json_array_size(listen->events) != 0) {
        (void)fputc('\n', listen->out);
    }
}

static void put_unseen(struct buf *unseen, const json_t *s)
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
    if (json_int(s, "rejected", 0) != 0) {
        buf_printf(unseen, "%s lines rejected; ", number_text(number, (uint64_t)json_int(s, "rejected", 0)));
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
    }
    buf_printf(&looked, "%s of %s lines in %lld file%s, %s, in %.1f s",
               number_text(a, (uint64_t)json_int(s, "parsed", 0)), number_text(b, (uint64_t)json_int(s, "lines", 0)),
               (long long)json_int(s, "files", 0), json_int(s, "files", 0) == 1 ? "" : "s",
               bytes_text(c, (uint64_t)json_int(s, "bytes_in", 0)), json_num(s, "seconds", 0));
    put_unseen(&unseen, s);
    size_t findings = json_array_size(listen->findings);
    if (findings != 0) {
        buf_printf(&found, "%zu finding%s, %zu request%s that matter", findings, findings == 1 ? "" : "s",
                   json_array_size(listen->events), json_array_size(listen->events) == 1 ? "" : "s");
    } else {
        buf_puts(&found, "nothing in what could be seen");
    }
    listen_closing(listen, looked.data, unseen.data, found.data,
                   findings != 0 ? "assay match SAMPLE --against DATABASE" : NULL);
}

const struct show show_trace = {.verb = "trace", .record = record, .close = close_trace};

/* Findings and measures of other logs than the web's, in lines as those of the web are. */
#include "cli/show_trace_kinds.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/paint.h"

#include "base/banned.h"

void put_instant(struct listen *listen, const json_t *body, const char *key, int width)
{
    char text[TIME_TEXT] = "-";
    int64_t instant = time_parse(str_of(json_text(body, key, "")));
    if (instant != TIME_NONE) {
        time_human(text, instant);
    }
    (void)fprintf(listen->out, "%-*s", width, text);
}

void kinds_request(struct buf *out, const json_t *event)
{
    const char *path = json_text(event, "path", NULL), *method = json_text(event, "method", NULL);
    const char *message = json_text(event, "message", NULL), *file = json_text(event, "file", NULL);
    if (path != NULL && method != NULL) {
        buf_printf(out, "%-4s %s", method, path);
    } else if (message != NULL || file != NULL) {
        buf_printf(out, "%s%s%s", json_text(event, "user", ""), json_text(event, "user", NULL) != NULL ? ": " : "",
                   message != NULL ? message : file);
    } else {
        buf_printf(out, "%-4s %s", "?", path != NULL ? path : "?");
    }
}

static bool is_own(const json_t *finding)
{
    static const char *const classes[] = {"ran", "login", "transfer"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(json_text(finding, "class", ""), classes[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool kinds_finding(struct listen *listen, const json_t *finding)
{
    char what[256], where[128];
    if (!is_own(finding)) {
        return false;
    }
    const char *path = json_text(finding, "path", NULL);
    str_escape(what, sizeof what, str_of(path != NULL ? path : json_text(finding, "user", "?")), 60);
    str_escape(where, sizeof where, str_of(json_text(finding, "address", "address not recorded")), 60);
    (void)fputc('\n', listen->out);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", json_text(finding, "client", "-"));
    (void)fprintf(listen->out, "  %s  ", where);
    paint(listen->out, listen->has_colour, ROLE_CLASS, "%s", json_text(finding, "class", ""));
    (void)fprintf(listen->out, " %s %s, confidence %s\n    ", path != NULL ? "of" : "as", what,
                  json_text(finding, "confidence", "?"));
    put_instant(listen, finding, "first", 0);
    (void)fputs(" to ", listen->out);
    put_instant(listen, finding, "last", 0);
    (void)fputc('\n', listen->out);
    return true;
}

bool kinds_measure(struct listen *listen, const json_t *measure)
{
    char device[64], low[NUMBER_TEXT], high[NUMBER_TEXT], usual[NUMBER_TEXT];
    if (strcmp(json_text(measure, "class", ""), "traffic-bound") != 0) {
        return false;
    }
    int64_t min = json_int(measure, "sent_min", -1), max = json_int(measure, "sent_max", -1),
            often = json_int(measure, "usual", -1);
    str_escape(device, sizeof device, str_of(json_text(measure, "device", "all")), 32);
    put_instant(listen, measure, "from", 0);
    (void)fputs(" to ", listen->out);
    put_instant(listen, measure, "to", 0);
    (void)fprintf(listen->out, "  %s, %s: ", json_text(measure, "about", ""), device);
    if (min < 0) {
        (void)fputs("what left is not known: no counter covers it\n", listen->out);
        return true;
    }
    (void)fprintf(listen->out, "at least %s, ", number_text(low, (uint64_t)min));
    if (max < 0) {
        (void)fputs("no upper limit: counters cover only a part", listen->out);
    } else {
        (void)fprintf(listen->out, "at most %s bytes left", number_text(high, (uint64_t)max));
    }
    if (often >= 0) {
        (void)fprintf(listen->out, ", usually %s", number_text(usual, (uint64_t)often));
    }
    (void)fputc('\n', listen->out);
    return true;
}

/* How read's proposals look: one block a kind, each proposal with the sentence it comes from. */
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    (void)listen; /* all is shown at the end, by kind */
    (void)kind;
    (void)body;
}

static void put_text(struct listen *listen, const json_t *body, const char *key)
{
    put_evidence(listen->out, str_of(json_text(body, key, "")));
}

static void put_sentence(struct listen *listen, const json_t *body)
{
    char text[1200];
    if (json_int(body, "line", 0) == 0) {
        (void)fprintf(listen->out, "    from the document's head\n"); /* an author, say: no sentence of the text */
        return;
    }
    str_escape(text, sizeof text, str_of(json_text(body, "sentence", "")), 600);
    (void)fprintf(listen->out, "    line %lld: ", (long long)json_int(body, "line", 0));
    paint(listen->out, listen->has_colour, ROLE_QUIET, "%s\n", text);
}

static void put_party(struct listen *listen, const json_t *body)
{
    (void)fprintf(listen->out, ", %s%s", json_text(body, "kind_of_party", ""),
                  json_bool(body, "compromised", false) ? ", said to be in other hands" : "");
}

static void put_claim(struct listen *listen, const json_t *body)
{
    (void)fprintf(listen->out, "%s", json_bool(body, "asserted", true) ? "" : " (nobody asserts it here)");
}

static void put_deadline_of(struct listen *listen, const json_t *deadline)
{
    const char *why = json_text(deadline, "unresolved", NULL), *by = json_text(deadline, "from_by", NULL);
    (void)fprintf(listen->out, "due %s", why != NULL ? "?" : json_text(deadline, "due", "?"));
    if (why != NULL) {
        (void)fprintf(listen->out, " (%s)", why);
    } else if (by != NULL) {
        (void)fprintf(listen->out, " (%lld %s from %s: %s)", (long long)json_int(deadline, "count", 0),
                      json_text(deadline, "unit", ""), json_text(deadline, "from", ""), by);
    }
}

static void put_statement(struct listen *listen, const json_t *body)
{
    const char *channel = json_text(body, "channel", NULL);
    (void)fprintf(listen->out, " %s, %s (%s)", json_text(body, "act", ""), json_text(body, "time", "time not known"),
                  json_text(body, "time_by", ""));
    size_t i;
    const json_t *claim;
    json_array_foreach(json_object_get(body, "claims"), i, claim)
    {
        (void)fprintf(listen->out, "%s%s", i == 0 ? ", of " : " ", json_string_value(claim));
    }
    if (channel != NULL) {
        (void)fprintf(listen->out, ", by %s", channel);
    }
    if (json_object_get(body, "deadline") != NULL) {
        (void)fputs(", ", listen->out);
        put_deadline_of(listen, json_object_get(body, "deadline"));
    }
}

static void put_reply(struct listen *listen, const json_t *body)
{
    (void)fprintf(listen->out, ", asked %s (%s): %s", json_text(body, "asked", "at a time not known"),
                  json_text(body, "asked_by", ""), json_text(body, "outcome", ""));
    const char *answer = json_text(body, "answer", NULL), *until = json_text(body, "until", NULL);
    (void)fprintf(listen->out, answer != NULL ? " by %s" : "%s", answer != NULL ? answer : "");
    (void)fprintf(listen->out, until != NULL ? ", until %s" : "%s", until != NULL ? until : "");
}

static void put_clock(struct listen *listen, const json_t *body)
{
    (void)fprintf(listen->out, ": %s since %s, says %s", json_text(body, "what", ""), json_text(body, "time", "?"),
                  json_text(body, "by", "it"));
}

static void put_value(struct listen *listen, const json_t *body)
{
    (void)fprintf(listen->out, " (%s)", json_text(body, "type", ""));
}

static void put_date(struct listen *listen, const json_t *body)
{
    const char *until = json_text(body, "until", NULL);
    (void)fprintf(listen->out, ": %s%s%s", json_text(body, "time", json_text(body, "unresolved", "?")),
                  until != NULL ? " to " : "", until != NULL ? until : "");
}

static void put_due(struct listen *listen, const json_t *body)
{
    (void)fputs(": ", listen->out);
    put_deadline_of(listen, body);
}

static void put_sum(struct listen *listen, const json_t *body)
{
    (void)fprintf(listen->out, ": %s %s", json_text(body, "amount", ""), json_text(body, "currency", ""));
}

static const struct {
    const char *class, *title, *key;
    void (*put)(struct listen *listen, const json_t *body);
} kinds[] = {{"party", "parties", "name", put_party},
             {"claim", "claims", "claim_kind", put_claim},
             {"statement", "statements", "speaker", put_statement},
             {"reply", "right of reply", "asked_name", put_reply},
             {"clock", "who knew since when", "who", put_clock},
             {"deadline", "deadlines", "said", put_due},
             {"ransom", "sums demanded", "said", put_sum},
             {"date", "dates", "said", put_date},
             {"contact", "contacts, masked", "value", put_value},
             {"hash", "digests", "value", put_value},
             {"cve", "vulnerabilities", "value", put_value},
             {"url", "addresses", "value", put_value}};

static void put_kinds(struct listen *listen)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t i;
        const json_t *body;
        bool has_title = false;
        json_array_foreach(listen->findings, i, body)
        {
            if (strcmp(json_text(body, "class", ""), kinds[k].class) != 0) {
                continue;
            }
            if (!has_title) {
                paint(listen->out, listen->has_colour, ROLE_CLASS, "%s\n", kinds[k].title);
                has_title = true;
            }
            (void)fprintf(listen->out, "  %s  ", json_text(body, "id", ""));
            put_text(listen, body, kinds[k].key);
            kinds[k].put(listen, body);
            (void)fputc('\n', listen->out);
            put_sentence(listen, body);
        }
        (void)fputs(has_title ? "\n" : "", listen->out);
    }
}

static void put_unseen(const struct listen *listen, struct buf *out)
{
    size_t i;
    const json_t *row;
    json_array_foreach(listen->coverage, i, row)
    {
        const char *class = json_text(row, "class", "");
        if (str_starts(str_of(class), STR("examined")) || strcmp(class, "read") == 0) {
            continue;
        }
        char name[240];
        str_escape(name, sizeof name, str_of(json_text(row, "name", json_text(row, "type", ""))), 200);
        buf_printf(out, "%s%lld %s %s", out->len != 0 ? "; " : "", (long long)json_int(row, "count", 0),
                   json_text(row, "unit", ""), class);
        buf_printf(out, name[0] != '\0' ? " (%s)" : "%s", name);
    }
    json_int_t open = json_int(listen->summary, "unresolved", 0);
    if (open != 0) {
        buf_printf(out, "%s%lld dates or deadlines that could not be told", out->len != 0 ? "; " : "", (long long)open);
    }
    buf_puts(out, out->len != 0 ? "; " : "");
    buf_puts(out,
             "pictures, and whatever the grammar does not know: a statement that is not listed may still be there");
}

static void close_read(struct listen *listen)
{
    const json_t *s = listen->summary;
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    if (!listen->cli->is_quiet) {
        put_kinds(listen);
    }
    char number[NUMBER_TEXT];
    buf_printf(&looked, "%lld sentences of a %s, %s; published %s (%s), zone of times without one: %s",
               (long long)json_int(s, "sentences", 0), json_text(s, "document", ""),
               bytes_text(number, (uint64_t)json_int(s, "bytes", 0)), json_text(s, "published", "?"),
               json_text(s, "published_by", ""), json_text(s, "zone_by", ""));
    put_unseen(listen, &unseen);
    buf_printf(
        &found,
        "%lld parties, %lld claims, %lld statements, %lld deadlines: proposals, none of them recorded by being shown",
        (long long)json_int(s, "parties", 0), (long long)json_int(s, "claims", 0),
        (long long)json_int(s, "statements", 0), (long long)json_int(s, "deadlines", 0));
    listen_closing(listen, looked.data, unseen.data, found.data,
                   cli_text(listen->cli, "accept") == NULL
                       ? "-o FILE.yaml, edit it, assay state --case DIR -f FILE.yaml; or --case DIR --accept all"
                       : NULL);
}

const struct show show_read = {.verb = "read", .record = record, .close = close_read};

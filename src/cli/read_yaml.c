/* Text is written in double quotes with JSON's escapes, which are YAML 1.2's. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/read_yaml.h"

#include "base/banned.h"

static void put_quoted(struct buf *out, const char *text)
{
    OWN(own_json) json_t *string = json_string(text);
    OWN(own_mem) char *quoted = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    out->failed |= quoted == NULL;
    buf_puts(out, quoted != NULL ? quoted : "");
}

static void put_sentence(const json_t *body, struct buf *out)
{
    buf_printf(out, "  # line %lld: ", (long long)json_int(body, "line", 0));
    put_quoted(out, json_text(body, "sentence", ""));
    buf_putc(out, '\n');
}

static bool is_class(const json_t *body, const char *class)
{
    return strcmp(json_text(body, "class", ""), class) == 0;
}

/* The case's party of that name, or of that id and name; NULL if it is new. */
static const json_t *known_party(const struct read_yaml *yaml, const json_t *party)
{
    size_t i;
    const json_t *known;
    json_array_foreach(json_object_get(yaml->model, "parties"), i, known)
    {
        if (str_eq_nocase(str_of(json_text(known, "name", "")), str_of(json_text(party, "name", "")))) {
            return known;
        }
    }
    return NULL;
}

static const json_t *party_of(const struct read_yaml *yaml, const char *slug)
{
    size_t i;
    const json_t *body;
    json_array_foreach(yaml->findings, i, body)
    {
        if (is_class(body, "party") && strcmp(json_text(body, "party", ""), slug) == 0) {
            return body;
        }
    }
    return NULL;
}

/* The case's id, the slug, or, if the case gives that to another, the slug with the document's tag. */
static void put_party_id(const struct read_yaml *yaml, const char *slug, struct buf *out)
{
    const json_t *party = party_of(yaml, slug);
    const json_t *known = party != NULL ? known_party(yaml, party) : NULL;
    if (known != NULL) {
        buf_puts(out, json_text(known, "id", slug));
    } else if (json_find(json_object_get(yaml->model, "parties"), "id", slug) != NULL) {
        buf_printf(out, "%s.%.25s", yaml->tag, slug);
    } else {
        buf_puts(out, slug);
    }
}

static void put_ids(const struct read_yaml *yaml, const char *key, const json_t *ids, struct buf *out)
{
    size_t i;
    const json_t *id;
    bool is_first = true;
    json_array_foreach(ids, i, id)
    {
        const json_t *it = json_find(yaml->findings, "id", json_string_value(id));
        if (it == NULL || (is_class(it, "statement") && json_object_get(it, "time") == NULL)) {
            continue; /* it is left out itself */
        }
        buf_printf(out, is_first ? "    %s: [" : ", ", key);
        buf_printf(out, "%s.%s", yaml->tag, json_string_value(id));
        is_first = false;
    }
    buf_puts(out, is_first ? "" : "]\n");
}

static void put_party(struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    if (known_party(yaml, body) != NULL) {
        return; /* the case has it */
    }
    put_sentence(body, out);
    buf_puts(out, "  - id: ");
    put_party_id(yaml, json_text(body, "party", ""), out);
    buf_puts(out, "\n    name: ");
    put_quoted(out, json_text(body, "name", ""));
    buf_printf(out, "\n    kind: %s\n", json_text(body, "kind_of_party", ""));
    if (json_bool(body, "compromised", false)) {
        buf_puts(out, "    compromised:\n      source: ");
        put_quoted(out, json_text(body, "compromised_sentence", ""));
        buf_putc(out, '\n');
    }
}

static void put_claim(struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    const char *kind = json_text(body, "claim_kind", ""), *text = json_text(body, "text", "");
    put_sentence(body, out);
    if (!json_bool(body, "asserted", true)) {
        buf_puts(out, "  # nobody asserts it here: the words are those of who speaks of it\n");
    }
    buf_printf(out, "  - id: %s.%s\n    kind: %s\n    text: ", yaml->tag, json_text(body, "id", ""), kind);
    put_quoted(out, text);
    buf_putc(out, '\n');
    if (strcmp(kind, "access") == 0 && str_find_nocase(str_of(text), STR("entire database"), 0) != SIZE_MAX) {
        buf_puts(out, "    extent: entire\n");
    }
}

static void put_due(const json_t *deadline, struct buf *out)
{
    const char *unit = json_text(deadline, "unit", ""), *from = json_text(deadline, "from", NULL);
    bool is_span = from != NULL && (strcmp(unit, "days") == 0 || strcmp(unit, "hours") == 0);
    if (is_span) {
        buf_printf(out, "%lld %s from %s", (long long)json_int(deadline, "count", 0), unit, from);
    } else {
        buf_puts(out, json_text(deadline, "due", ""));
    }
}

static void put_notice(struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    const json_t *deadline = json_object_get(body, "deadline");
    const char *to = json_text(body, "to", NULL), *due = json_text(deadline, "due", NULL);
    if (deadline == NULL) {
        return;
    }
    if (to == NULL || due == NULL) {
        yaml->unaddressed++;
        buf_puts(out, "    # a deadline: ");
        put_quoted(out, json_text(deadline, "said", ""));
        buf_printf(out, "; add notice: {to: PARTY, due: %s}\n", due != NULL ? due : "TIME");
        return;
    }
    buf_puts(out, "    notice:\n      to: ");
    put_party_id(yaml, to, out);
    if (json_object_get(deadline, "served") != NULL) {
        buf_printf(out, "\n      served: %s", json_text(deadline, "served", ""));
    }
    buf_puts(out, "\n      due: ");
    put_due(deadline, out);
    if (json_bool(deadline, "from_assumed", false)) {
        buf_puts(out, " # counted from the document's day: when it was received is not in it");
    }
    buf_puts(out, "\n      demands:\n        - ");
    put_quoted(out, json_text(body, "text", ""));
    buf_putc(out, '\n');
}

static void put_statement(struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    const char *time = json_text(body, "time", NULL), *channel = json_text(body, "channel", NULL);
    if (time == NULL) {
        yaml->left_out++;
        buf_printf(out, "  # left out, its time is not known (--published gives the document's): %s %s\n",
                   json_text(body, "party", ""), json_text(body, "act", ""));
        put_sentence(body, out);
        return;
    }
    put_sentence(body, out);
    buf_printf(out, "  - id: %s.%s\n    party: ", yaml->tag, json_text(body, "id", ""));
    put_party_id(yaml, json_text(body, "party", ""), out);
    buf_printf(out, "\n    act: %s\n    time: %s # by: %s\n", json_text(body, "act", ""), time,
               json_text(body, "time_by", ""));
    if (channel != NULL) {
        buf_puts(out, "    channel: ");
        put_quoted(out, channel);
        buf_putc(out, '\n');
    }
    buf_puts(out, "    text: ");
    put_quoted(out, json_text(body, "text", ""));
    buf_putc(out, '\n');
    put_ids(yaml, "claims", json_object_get(body, "claims"), out);
    put_ids(yaml, "relays", json_object_get(body, "relays"), out);
    put_ids(yaml, "retracts", json_object_get(body, "retracts"), out);
    buf_puts(out, "    source: ");
    char source[400];
    (void)snprintf(source, sizeof source, "%.300s, line %lld", yaml->name, (long long)json_int(body, "line", 0));
    put_quoted(out, source);
    buf_putc(out, '\n');
    put_notice(yaml, body, out);
}

/* What a question was about: all that is claimed in the document, or else its own report. */
static void put_about(const struct read_yaml *yaml, struct buf *out)
{
    size_t i;
    const json_t *body;
    const char *sign = "[";
    for (int pass = 0; pass < 2 && sign[0] == '['; pass++) {
        json_array_foreach(yaml->findings, i, body)
        {
            bool is_it = pass == 0 ? is_class(body, "claim")
                                   : is_class(body, "statement") && json_object_get(body, "time") != NULL;
            if (is_it) {
                buf_printf(out, "%s%s.%s", sign, yaml->tag, json_text(body, "id", ""));
                sign = ", ";
            }
        }
    }
    buf_puts(out, sign[0] == '[' ? "[]" : "]");
}

static bool has_about(const struct read_yaml *yaml)
{
    size_t i;
    const json_t *body;
    json_array_foreach(yaml->findings, i, body)
    {
        if (is_class(body, "claim") || (is_class(body, "statement") && json_object_get(body, "time") != NULL)) {
            return true;
        }
    }
    return false;
}

static void put_answer(const struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    const char *outcome = json_text(body, "outcome", ""), *answer = json_text(body, "answer", NULL);
    const char *time = json_text(body, "answered", json_text(body, "asked", ""));
    if (strcmp(outcome, "silent") == 0) {
        buf_puts(out, "    answered: no\n");
    } else if (strcmp(outcome, "not told") != 0) {
        buf_printf(out, "    answered:\n      time: %s\n      text: ", time);
        put_quoted(out, json_text(body, "answer_sentence", ""));
        buf_printf(out, answer != NULL ? "\n      statement: %s.%s\n" : "\n%s%s", answer != NULL ? yaml->tag : "",
                   answer != NULL ? answer : "");
    }
}

/* A question whose day is not known stands there as a comment. */
static void put_reply(struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    const char *asked = json_text(body, "asked", NULL), *until = json_text(body, "until", NULL);
    put_sentence(body, out);
    if (asked == NULL || !has_about(yaml)) {
        yaml->left_out += asked == NULL;
        buf_puts(out, "  # left out: when it was asked, or about what, is not known\n");
        return;
    }
    buf_printf(out, "  - id: %s.%s\n    party: ", yaml->tag, json_text(body, "id", ""));
    put_party_id(yaml, json_text(body, "party", ""), out);
    buf_puts(out, "\n    by: ");
    put_party_id(yaml, json_text(body, "by", ""), out);
    buf_puts(out, "\n    about: ");
    put_about(yaml, out);
    buf_printf(out, "\n    asked: %s # by: %s\n    channel: not said\n", asked, json_text(body, "asked_by", ""));
    if (until != NULL) {
        buf_printf(out, "    until: %s\n", until);
    }
    put_answer(yaml, body, out);
}

static void put_clock(struct read_yaml *yaml, const json_t *body, struct buf *out)
{
    const char *by = json_text(body, "by", NULL);
    char source[400];
    put_sentence(body, out);
    buf_printf(out, "  - id: %s.%s\n    party: ", yaml->tag, json_text(body, "id", ""));
    put_party_id(yaml, json_text(body, "party", ""), out);
    buf_printf(out, "\n    what: %s\n    time: %s\n", json_text(body, "what", ""), json_text(body, "time", ""));
    if (by != NULL) {
        buf_puts(out, "    by: ");
        put_party_id(yaml, by, out);
        buf_putc(out, '\n');
    }
    buf_puts(out, "    source: ");
    (void)snprintf(source, sizeof source, "%.300s, line %lld", yaml->name, (long long)json_int(body, "line", 0));
    put_quoted(out, source);
    buf_putc(out, '\n');
}

/* Does a proposal of the class become an item, not only a comment? */
static bool is_item(const struct read_yaml *yaml, const json_t *body)
{
    return is_class(body, "party")       ? known_party(yaml, body) == NULL
           : is_class(body, "statement") ? json_object_get(body, "time") != NULL
           : is_class(body, "reply")     ? json_object_get(body, "asked") != NULL && has_about(yaml)
                                         : true;
}

void read_yaml_put(struct read_yaml *yaml, struct buf *out)
{
    static const struct {
        const char *class, *list;
        void (*put)(struct read_yaml *yaml, const json_t *body, struct buf *out);
    } lists[] = {{"party", "parties", put_party},
                 {"claim", "claims", put_claim},
                 {"statement", "statements", put_statement},
                 {"reply", "replies", put_reply},
                 {"clock", "clocks", put_clock}};
    buf_puts(out, "# Proposals of assay read from ");
    put_quoted(out, yaml->name);
    buf_puts(
        out,
        ". Check each against its sentence; what you leave here is recorded by\n# assay state --case DIR -f FILE.yaml\n");
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        OWN(own_buf) struct buf items = {0};
        size_t i;
        const json_t *body;
        bool has_item = false;
        json_array_foreach(yaml->findings, i, body)
        {
            if (is_class(body, lists[l].class)) {
                has_item |= is_item(yaml, body);
                lists[l].put(yaml, body, &items);
            }
        }
        out->failed |= items.failed;
        buf_printf(out, has_item ? "\n%s:\n" : "\n# no %s\n", lists[l].list);
        buf_put(out, buf_str(&items));
    }
}

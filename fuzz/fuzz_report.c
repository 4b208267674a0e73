/* src/report: a model that an attacker wrote. Two ways in: the bytes as a whole model (JSON), and the bytes as every text of
 * a small one. The page is whole, valid UTF-8, and its only script-like thing is text. */
#include <stdlib.h>

#include "assay/report.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void render(const json_t *model)
{
    char *html = NULL;
    size_t length = 0;
    struct err err = {0};
    if (assay_report_html(model, time_parse(STR("2026-04-03T16:20:00Z")), &html, &length, &err) != 0) {
        check(err.kind == ERR_FORMAT || err.kind == ERR_LIMIT);
        return;
    }
    struct str page = {html, length};
    check(str_is_utf8(page) && str_ends(page, STR("</html>\n")));
    check(str_find_nocase(page, STR("<script"), 0) == SIZE_MAX && str_find_nocase(page, STR("<img"), 0) == SIZE_MAX);
    check(str_find(page, STR("</style>"), 0) == str_find(page, STR("</style></head>"), 0));
    free(html);
}

/* The text in the places that matter: names, ids, times, words that choose a sentence. */
static json_t *model_of(const char *text, size_t size)
{
    json_t *s = json_stringn(text, size);
    if (s == NULL) {
        return NULL; /* not UTF-8: it cannot be in a model */
    }
    json_t *model = json_pack(
        "{s:{s:O,s:O}, s:[{s:s,s:O,s:O}], s:[{s:O,s:s,s:O,s:O,s:s,s:O,s:O,s:{s:s,s:O,s:[O]}}], s:[{s:s,s:O,s:O}],"
        " s:[{s:O,s:O,s:O,s:O}], s:[{s:O,s:s,s:[O],s:s,s:[{s:s,s:{s:s,s:O,s:O,s:O,s:s}}]}], s:[{s:s,s:O,s:f,s:O,s:[{s:[O],s:O}]}]}",
        "case", "name", s, "question", s, "parties", "id", "p", "name", s, "kind", s, "statements", "id", s, "party",
        "p", "act", s, "channel", s, "said", "2026-03-01", "text", s, "source", s, "notice", "due", "2026-03-09", "to",
        s, "demands", s, "claims", "id", "C1", "kind", s, "text", s, "evidence", "id", s, "what", s, "name", s,
        "sha256", s, "examinations", "id", s, "engine", "trace", "evidence", s, "status", "done", "records", "type",
        "event", "record", "time", "2026-03-01T10:00:00Z", "role", s, "client", s, "path", s, "source", "x", "verdicts",
        "claim", "C1", "direction", s, "log10_lr", 2.5, "why", s, "for", "evidence", s, "text", s);
    json_decref(s);
    return model;
}

/* The text in everything that is said, asked and due. */
static json_t *said_of(const char *text, size_t size)
{
    json_t *s = json_stringn(text, size);
    if (s == NULL) {
        return NULL;
    }
    json_t *model = json_pack(
        "{s:{s:O}, s:[{s:s,s:O,s:[O,s],s:[{s:O}],s:[{s:O,s:O}]}], s:[{s:s}], s:[{s:O,s:s,s:s,s:O,s:O,s:{s:O,s:O},s:[O],s:[O],s:[O],s:[s],"
        "s:{s:s,s:O}},{s:s,s:s,s:s,s:[s],s:[s],s:{s:s,s:O,s:O,s:O,s:O}}], s:[{s:O,s:s,s:O,s:[O,s],s:O,s:O,s:O,s:{s:O,s:O,s:O}}],"
        "s:[{s:O,s:s,s:s,s:O,s:O}], s:{s:[{s:O,s:s,s:O,s:s,s:O,s:s,s:O,s:{s:O}}]}}",
        "case", "name", s, "parties", "id", "a", "name", s, "duties", s, "gdpr", "affiliation", "with", s,
        "compromised_channels", "channel", s, "from", s, "claims", "id", "C1", "statements", "id", s, "party", "a",
        "act", "asserts", "channel", s, "grade", s, "graded", "by", s, "why", s, "relays", s, "retracts", s, "answers",
        s, "claims", "C1", "aware", "party", "a", "at", s, "id", "S2", "party", "a", "act", "demands", "relays", "S2",
        "claims", "C1", "notice", "to", "a", "due", s, "due_said", s, "zone", s, "served", s, "replies", "id", s,
        "party", "a", "asked_by", s, "about", s, "S2", "asked", s, "channel", s, "until", s, "answered", "at", s,
        "text", s, "statement", s, "clocks", "id", s, "party", "a", "what", "aware", "at", s, "said_by", s, "duties",
        "rows", "id", s, "set", "gdpr", "duty", s, "starts", "aware", "zone", s, "within", "4 business days",
        "valid_from", s, "source", "text", s);
    json_decref(s);
    return model;
}

/* The text in every member of reach's records, in a tree of two tables on one server. */
static json_t *reach_of(const char *text, size_t size)
{
    json_t *s = json_stringn(text, size);
    if (s == NULL) {
        return NULL;
    }
    json_t *model = json_pack(
        "{s:{s:O}, s:[{s:s,s:s,s:O}], s:[{s:s,s:s,s:[s],s:s,s:["
        "{s:s,s:{s:s,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O,s:O}},"
        "{s:s,s:{s:s,s:O,s:O,s:s,s:O,s:O,s:O,s:O,s:O,s:O,s:[{s:O,s:O,s:O}],s:[{s:O,s:O,s:O,s:i}]}},"
        "{s:s,s:{s:s,s:O,s:O,s:O,s:O,s:i,s:s,s:b,s:O,s:i,s:O,s:[{s:O,s:O,s:s,s:O,s:O}]}},"
        "{s:s,s:{s:s,s:O,s:s,s:s,s:i,s:b}},"
        "{s:s,s:{s:s,s:O,s:i}}, {s:s,s:{s:O,s:O,s:O,s:O,s:O}}]}]}",
        "case", "name", s, "evidence", "id", "E1", "what", "database", "name", s, "examinations", "id", "X1", "engine",
        "reach", "evidence", "E1", "status", "done", "records", "type", "finding", "record", "class", "credential",
        "id", s, "service", s, "opens", s, "host", s, "account", s, "password", s, "variable", s, "path", s, "product",
        s, "type", "measure", "record", "class", "account", "credential", s, "uri", s, "status", "connected", "why", s,
        "product", s, "version", s, "account", s, "scope", s, "reading", s, "powers", "name", s, "means", s, "from", s,
        "databases", "name", s, "scope", s, "why", s, "tables", 2, "type", "measure", "record", "class", "table",
        "credential", s, "uri", s, "database", s, "table", s, "rows", 70, "rows_kind", "exact", "readable", 1, "why", s,
        "sampled", 9, "how", s, "kinds", "column", s, "kind", s, "basis", "values", "scheme", s, "weak", s, "type",
        "measure", "record", "class", "table", "uri", s, "database", "d", "table", "t", "rows", 30, "readable", 0,
        "type", "measure", "record", "class", "people", "data", s, "rows", 5, "type", "coverage", "record", "class", s,
        "path", s, "database", s, "table", s, "why", s);
    json_decref(s);
    return model;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OWN(own_json) json_t *whole = json_read((struct str){(const char *)data, size}, NULL);
    if (whole != NULL) {
        render(whole);
    }
    OWN(own_json) json_t *small = size < 4096 ? model_of((const char *)data, size) : NULL;
    if (small != NULL) {
        render(small);
    }
    OWN(own_json) json_t *reach = size < 1024 ? reach_of((const char *)data, size) : NULL;
    if (reach != NULL) {
        render(reach);
    }
    OWN(own_json) json_t *said = size < 1024 ? said_of((const char *)data, size) : NULL;
    if (said != NULL) {
        render(said);
    }
    return 0;
}

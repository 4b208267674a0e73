/* The dispute around the claims: who was asked and what he answered, who handed an exhibit to whom, what started whose clock and when it
 * ends. STIX has no object for any of them: each is a note on what it is about, with the record itself in the extension. */
#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/stix.h"

#include "base/banned.h"

/* A note of an entry; refs and members (both taken) as they are. entry_id: what others cite it by, or NULL. */
static void add_note(struct stix *stix, const char *entry_id, const json_t *entry, const char *by, const char *label,
                     struct buf *text, json_t *refs, json_t *members)
{
    json_t *note = stix_object(stix, "note", entry, by);
    (void)json_object_update_new(note, json_pack("{s:s, s:o*, s:o*, s:[s]}", "abstract", json_text(entry, "id", label),
                                                 "content", export_text(text), "object_refs", refs, "labels", label));
    stix_extend(stix, note, members);
    stix_add(stix, entry_id, note);
}

/* What an entry says beyond its envelope; in one member, as STIX wants three letters of a name and custody goes from one "to" another. */
static json_t *said_by(const json_t *entry)
{
    static const char *const envelope[] = {"v", "n", "type", "time", "id", "by", "supersedes", "archived"};
    json_t *said = json_copy((json_t *)(uintptr_t)entry);
    for (size_t i = 0; i < sizeof envelope / sizeof envelope[0]; i++) {
        (void)json_object_del(said, envelope[i]);
    }
    return json_pack("{s:I, s:o*}", "ledger_index", json_int(entry, "n", 0), "says", said);
}

static void put_more(struct buf *text, const char *label, const char *value)
{
    if (value[0] != '\0') {
        buf_printf(text, "%s%s", label, value);
    }
}

/* The right of reply: what was asked of whom, and that he answered, or did not. */
void stix_replies(struct stix *stix)
{
    size_t i;
    const json_t *reply;
    json_array_foreach(fact_list(stix->from, "replies"), i, reply)
    {
        OWN(own_buf) struct buf text = {0};
        const json_t *answered = json_object_get(reply, "answered");
        const char *asker = json_text(reply, "asked_by", "");
        buf_printf(&text, "%s was asked by %s on %s", fact_party(stix->from, json_text(reply, "party", "?")),
                   fact_party(stix->from, asker), json_text(reply, "asked", "?"));
        put_more(&text, ", by ", json_text(reply, "channel", ""));
        put_more(&text, ", to answer until ", json_text(reply, "until", ""));
        if (json_is_object(answered)) {
            put_more(&text, ". Answered ", json_text(answered, "at", ""));
            put_more(&text, ": ", json_text(answered, "text", ""));
        } else {
            buf_puts(&text, json_is_false(answered) ? ". Did not answer, says who asked" : ". No answer is recorded");
        }
        add_note(stix, json_text(reply, "id", ""), reply, stix_party(stix, asker), "right-of-reply", &text,
                 stix_refs(stix, json_object_get(reply, "about")), said_by(reply));
    }
}

void stix_custody(struct stix *stix)
{
    size_t i;
    const json_t *one;
    json_array_foreach(fact_list(stix->from, "custody"), i, one)
    {
        OWN(own_buf) struct buf text = {0};
        OWN(own_json) json_t *about = json_pack("[s]", json_text(one, "evidence", ""));
        const json_t *same = json_object_get(one, "same");
        buf_printf(&text, "%s: %s", json_text(one, "evidence", "?"), json_text(one, "act", "custody"));
        put_more(&text, ", from ", fact_party(stix->from, json_text(one, "from", "")));
        put_more(&text, " to ", fact_party(stix->from, json_text(one, "to", "")));
        put_more(&text, ", ", json_text(one, "at", ""));
        put_more(&text, ", ", json_text(one, "how", ""));
        buf_puts(&text, json_is_true(same)    ? "; digest as it was when examined"
                        : json_is_false(same) ? "; another digest than when examined"
                                              : "; no digest was compared");
        put_more(&text, "; by the entries it was with ", fact_party(stix->from, json_text(one, "gap", "")));
        add_note(stix, json_text(one, "id", ""), one, stix->author, "custody", &text, stix_refs(stix, about),
                 said_by(one));
    }
}

/* What started a clock, as somebody tells it. */
static void add_starts(struct stix *stix)
{
    size_t i;
    const json_t *start;
    json_array_foreach(fact_list(stix->from, "clocks"), i, start)
    {
        OWN(own_buf) struct buf text = {0};
        const char *teller = json_text(start, "said_by", json_text(start, "party", ""));
        OWN(own_json) json_t *about = json_pack("[s]", json_text(start, "party", ""));
        buf_printf(&text, "%s: %s, %s, says %s", fact_party(stix->from, json_text(start, "party", "?")),
                   json_text(start, "what", "?"), json_text(start, "at", "at no known time"),
                   fact_party(stix->from, teller));
        add_note(stix, json_text(start, "id", ""), start, stix_party(stix, teller), "clock-start", &text,
                 stix_refs(stix, about), said_by(start));
    }
}

/* One row of assay_case_clocks(). Its state is left out: it depends on the day on which one asks. */
static void add_deadline(struct stix *stix, const json_t *row)
{
    static const char *const passing[] = {"state", "left_s", "over"};
    char name[192];
    OWN(own_buf) struct buf text = {0};
    OWN(own_json) json_t *about = json_pack("[s, s]", json_text(row, "id", ""), json_text(row, "party", ""));
    (void)snprintf(name, sizeof name, "%s %s %s", json_text(row, "id", ""), json_text(row, "party", ""),
                   json_text(row, "start", "deadline"));
    OWN(own_json)
    json_t *entry = json_pack("{s:s, s:s}", "id", name, "time",
                              json_text(row, "recorded", json_text(stix->from->kase, "time", "")));
    buf_printf(&text, "%s: %s, due %s", fact_party(stix->from, json_text(row, "party", "?")),
               json_text(row, "what", json_text(row, "kind", "?")), json_text(row, "due", "?"));
    put_more(&text, ", within ", json_text(row, "within", ""));
    put_more(&text, ", from ", json_text(row, "from", ""));
    put_more(&text, "; answered ", json_text(row, "answered", ""));
    if (strcmp(json_text(row, "kind", ""), "duty") == 0) {
        buf_puts(&text, ". Whether this duty applies: confirm with counsel");
    }
    json_t *members = json_copy((json_t *)(uintptr_t)row);
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        (void)json_object_del(members, passing[i]);
    }
    add_note(stix, NULL, entry, stix->author, "deadline", &text, stix_refs(stix, about),
             json_pack("{s:o*}", "says", members));
}

int stix_clocks(struct stix *stix, struct err *err)
{
    OWN(own_json) json_t *clocks = assay_case_clocks(stix->from->model, stix->from->options->duties, 0, err);
    if (clocks == NULL) {
        return -1;
    }
    size_t i;
    const json_t *row;
    add_starts(stix);
    json_array_foreach(json_object_get(clocks, "rows"), i, row)
    {
        if (json_text(row, "due", NULL) != NULL) {
            add_deadline(stix, row);
        }
    }
    return 0;
}

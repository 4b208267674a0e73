/* What several formats ask of the model. */
#include <math.h>

#include "base/json.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

const json_t *fact_list(const struct export *from, const char *name)
{
    return json_object_get(from->model, name);
}

const json_t *fact_verdict(const struct export *from, const char *claim)
{
    return json_find(fact_list(from, "verdicts"), "claim", claim);
}

const char *fact_direction(const json_t *verdict)
{
    return json_text(verdict, "direction", "");
}

bool fact_any(const struct export *from, const char *const *kinds, const char *direction)
{
    size_t i;
    const json_t *claim;
    json_array_foreach(fact_list(from, "claims"), i, claim)
    {
        for (const char *const *kind = kinds; *kind != NULL; kind++) {
            if (strcmp(json_text(claim, "kind", ""), *kind) == 0 &&
                strcmp(fact_direction(fact_verdict(from, json_text(claim, "id", ""))), direction) == 0) {
                return true;
            }
        }
    }
    return false;
}

const char *fact_party(const struct export *from, const char *id)
{
    return json_text(json_find(fact_list(from, "parties"), "id", id), "name", id);
}

void fact_time(char out[static TIME_TEXT], const char *text)
{
    int64_t instant = time_parse(str_of(text));
    out[0] = '\0';
    if (instant != TIME_NONE) {
        time_rfc3339(out, instant);
    }
}

void fact_percent(struct buf *out, double share)
{
    int whole = share >= 1 ? 100 : share > 0 ? (int)(share * 100 + 1e-9) : 0; /* 99.9 % examined is not all of it */
    if (share > 0 && whole == 0) {
        buf_puts(out, "less than 1 %");
    } else {
        buf_printf(out, "%d %%", whole);
    }
}

void fact_says(struct buf *out, const json_t *verdict)
{
    if (verdict == NULL) {
        buf_puts(out, "not judged");
        return;
    }
    const json_t *coverage = json_object_get(verdict, "coverage");
    buf_puts(out, fact_direction(verdict));
    if (json_is_number(json_object_get(verdict, "log10_lr"))) {
        double log10_lr = json_num(verdict, "log10_lr", 0);
        buf_printf(out, " (log10 of the likelihood ratio %.2f; the standard is %.2f)", log10_lr,
                   log10(fmax(json_num(verdict, "standard", 100), 1)));
    } else {
        buf_puts(out, " (no ratio: nothing with a measured error rate bears on it)");
    }
    if (json_is_number(json_object_get(coverage, "share"))) {
        buf_puts(out, "; of what would show it ");
        fact_percent(out, json_num(coverage, "share", 0));
        buf_puts(out, " was examined");
    } else {
        buf_puts(out, "; how much of what would show it was examined is not known");
    }
}

const json_t *fact_summary(const json_t *examination)
{
    const json_t *records = json_object_get(examination, "records");
    return json_object_get(json_find(records, "type", "summary"), "record");
}

void fact_examined(struct buf *out, const json_t *examination)
{
    const json_t *summary = fact_summary(examination);
    size_t i;
    const json_t *id;
    buf_printf(out, "%s %s over", json_text(examination, "engine", "?"), json_text(examination, "version", ""));
    json_array_foreach(json_object_get(examination, "evidence"), i, id)
    {
        buf_printf(out, "%s %s", i > 0 ? "," : "", json_string_value(id) != NULL ? json_string_value(id) : "?");
    }
    if (strcmp(json_text(examination, "status", ""), "done") != 0 || summary == NULL) {
        buf_puts(out, ": did not end; what it did not say was not looked at");
    } else {
        buf_printf(out, ": %lld findings; %s", (long long)json_int(summary, "findings", 0),
                   json_bool(summary, "complete", false) ? "everything it was given was looked at"
                                                         : "not everything it was given could be looked at");
    }
}

const char *fact_newest(const struct export *from)
{
    static const char *const lists[] = {"parties",  "statements",    "claims",  "evidence", "examinations",
                                        "verdicts", "confirmations", "replies", "custody",  "clocks"};
    const char *newest = json_text(from->kase, "time", "1970-01-01T00:00:00Z");
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
        size_t i;
        const json_t *entry;
        json_array_foreach(fact_list(from, lists[l]), i, entry)
        {
            const char *time = json_text(entry, "time", "");
            newest = strcmp(time, newest) > 0 ? time : newest; /* all in UTC, to the second */
        }
    }
    return newest;
}

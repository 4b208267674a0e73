/* What a verdict says in words. "Supports", "refutes" and "cannot be told", a number that is about the evidence and
 * never about anybody's guilt, and "none among N", never "nothing found". */
#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/stat.h"
#include "judge/inside.h"

#include "base/banned.h"

static json_t *to_json(struct buf *text)
{
    json_t *value = text->failed ? NULL : json_stringn(text->data != NULL ? text->data : "", text->len);

    buf_free(text);
    return value;
}

/* A count that a case claims, however absurd, is written with at most sixteen digits. */
static void put_count(struct buf *out, double number)
{
    char digits[40];
    const int len = snprintf(digits, sizeof digits, "%.0f", fmin(fmax(number, 0), 1e15));

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            buf_putc(out, ',');
        }
        buf_putc(out, digits[i]);
    }
}

/* Odds from the one-decimal value, two significant digits: 4.1 -> 13,000. */
static void put_times(struct buf *out, double log10_lr)
{
    const double tenths = round(fabs(log10_lr) * 10) / 10, number = pow(10, tenths);
    const double step = pow(10, floor(tenths) - 1);

    if (tenths < 1) {
        buf_printf(out, "%.1f", round(number * 10) / 10);
    } else {
        put_count(out, round(number / step) * step);
    }
}

static const char *plural(double count, const char *one, const char *many)
{
    return count >= .5 && count < 1.5 ? one : many;
}

static void put_tree(struct buf *out, const struct item *item)
{
    const double found = item->units[0].found;

    if (found > 0) {
        put_count(out, found);
        buf_puts(out, plural(found, " planted file", " planted files"));
    } else {
        buf_puts(out, "no planted file");
    }
    buf_puts(out, " among ");
    put_count(out, (double)item->n);
    buf_puts(out, " files read");
    if (item->of > item->n) {
        buf_puts(out, ", ");
        put_count(out, (double)(item->of - item->n));
        buf_puts(out, " not read");
    }
}

static void put_log(struct buf *out, const struct item *item)
{
    const double found = item->units[0].found;
    const bool taking = item->source == SOURCE_LOG_TAKING;

    if (found > 0) {
        put_count(out, found);
        buf_puts(out, plural(found, " client", " clients"));
    } else {
        buf_puts(out, "no client surely"); /* what is told with less confidence is not counted */
    }
    buf_puts(out, taking ? " took out more than these pages send, among " : " used what was planted, among ");
    put_count(out, item->units[0].looked_at);
    buf_puts(out, " clients in ");
    put_count(out, (double)item->n);
    buf_puts(out, " of ");
    put_count(out, (double)item->of);
    buf_printf(out, " %s of web log", item->unit_name);
}

static void put_came(struct buf *out, const struct item *item)
{
    const double found = item->units[0].found;

    put_count(out, found);
    buf_puts(out, " of ");
    put_count(out, (double)item->n);
    buf_puts(out, plural((double)item->n, " planted file whose time lies in the web log came",
                         " planted files whose times lie in the web log came"));
    buf_puts(out, " with a request at that time, by who asked for it first");
    if (item->of > item->n) {
        buf_puts(out, "; ");
        put_count(out, (double)(item->of - item->n));
        buf_puts(out, " have another time");
    }
}

static void put_taken(struct buf *out, const struct item *item)
{
    const double found = item->units[0].found;

    if (found > 0) {
        put_count(out, found);
        buf_puts(out, plural(found, " client", " clients"));
    } else {
        buf_puts(out, "no client surely");
    }
    buf_puts(out, " used what was planted as whole tables were read, by the database's own log, in ");
    put_count(out, (double)item->n);
    buf_puts(out, " of ");
    put_count(out, (double)item->of);
    buf_printf(out, " %s of both logs", item->unit_name);
}

static void put_match(struct buf *out, const struct item *item)
{
    put_count(out, item->units[0].found);
    buf_puts(out, " of ");
    put_count(out, (double)item->of);
    buf_puts(out, " rows of the sample agree with the database");
}

static void put_private(struct buf *out, const struct item *item)
{
    buf_puts(out, item->is_fewer ? "fewer than " : "");
    put_count(out, item->units[0].found);
    buf_puts(out, " of ");
    put_count(out, (double)item->of);
    buf_puts(out, " distinct keys of one list are in the other, counted under a mask; ");
    put_count(out, (double)item->n);
    buf_puts(out, " of them were looked for in the leak");
}

static void put_opened(struct buf *out, const struct item *item)
{
    const double found = item->units[0].found;

    if (found > 0) {
        put_count(out, found);
    } else {
        buf_puts(out, "none");
    }
    buf_puts(out, " of ");
    put_count(out, (double)item->n);
    buf_puts(out, plural((double)item->n, " credential that was tried", " credentials that were tried"));
    buf_puts(out, strcmp(item->rate_name, "entire") == 0 ? " reads every table of its database" : " reads a database");
    if (item->of > item->n) {
        buf_puts(out, ", ");
        put_count(out, (double)(item->of - item->n));
        buf_puts(out, " gave no answer");
    }
}

static void put_confirmed(struct buf *out, const struct item *item)
{
    put_count(out, item->units[0].found);
    buf_puts(out, " of ");
    put_count(out, item->units[0].looked_at);
    buf_puts(out, plural(item->units[0].looked_at, " finding", " findings"));
    buf_puts(out, " confirmed by an examiner who read the exhibit, of ");
    put_count(out, (double)item->of);
    buf_puts(out, " that were made");
}

json_t *item_text(const struct item *item)
{
    struct buf out = {0};

    if (item->is_confirmation) {
        put_confirmed(&out, item);
    } else if (item->source == SOURCE_TREE) {
        put_tree(&out, item);
    } else if (item->source == SOURCE_MATCH && strcmp(item->engine, "private") == 0) {
        put_private(&out, item);
    } else if (item->source == SOURCE_MATCH) {
        put_match(&out, item);
    } else if (item->source == SOURCE_LOG_CAME) {
        put_came(&out, item);
    } else if (item->source == SOURCE_DB_TAKEN) {
        put_taken(&out, item);
    } else if (item->source == SOURCE_REACH) {
        put_opened(&out, item);
    } else {
        put_log(&out, item);
    }
    if (!item->is_measured && !item->is_confirmation && !item->is_told) {
        buf_printf(&out, "; no measured error rate for %s %s, so no ratio", item->engine, item->rate_name);
    }
    if (item->note[0] != '\0') {
        buf_printf(&out, "; %s", item->note);
    }
    return to_json(&out);
}

const char *strength_words(const struct judged *judged, char out[static 64])
{
    const double lr = judged->outcome.log10_lr;
    const bool says = fabs(lr) >= .3;

    if (!judged->has_ratio) {
        return "not examined";
    }
    snprintf(out, 64, "%s%s", stat_enfsi(lr), says && lr < 0 ? " against" : "");
    return out;
}

static void put_compared(struct buf *out, const struct judged *judged)
{
    const struct outcome *o = &judged->outcome;
    const char *so = judged->board.stories[o->best_true].text, *not = judged->board.stories[o->best_false].text;

    if (fabs(o->log10_lr) < .05) {
        buf_printf(out, "what was seen is about as probable if %s as if %s", so, not );
        return;
    }
    buf_puts(out, "what was seen is about ");
    put_times(out, o->log10_lr);
    buf_printf(out, " times more probable if %s than if %s", o->log10_lr > 0 ? so : not, o->log10_lr > 0 ? not : so);
}

/* Why there is no ratio: what bears on the claim has no measured rate, or nobody looked. */
static void put_no_ratio(struct buf *out, const struct judged *judged)
{
    static const char *const missing[CLAIM_KIND_COUNT] = {
        [CLAIM_ENTRY] = "neither a web root nor a log was examined",
        [CLAIM_USE] = "neither a web root nor a log was examined",
        [CLAIM_ACCESS] = "what the credentials in reach could read was not examined",
        [CLAIM_TAKING] = "neither a sample nor a record of what left was examined",
        [CLAIM_POSSESSION] = "no sample was compared with a database",
        [CLAIM_RANSOM] = "no message that demands it was examined",
        [CLAIM_ACTOR] = "nothing that ties the name to the act was examined",
    };
    for (size_t i = 0; i < judged->items->count; i++) {
        const struct item *item = &judged->items->rows[i];

        if (item->is_told && source_bears_on(item->source, judged->kind)) {
            buf_printf(out, "what was counted under a mask is %s", item->note);
            return;
        }
        if (!item->is_measured && source_bears_on(item->source, judged->kind)) {
            buf_printf(out, "no measured error rate for %s %s", item->engine, item->rate_name);
            return;
        }
    }
    buf_puts(out, missing[judged->kind]);
}

/* Remarks on items that bear on the claim, each once. */
static void put_notes(struct buf *out, const struct judged *judged)
{
    const char *last = "";

    for (size_t i = 0; i < judged->board.item_count; i++) {
        const struct item *item = judged->board.items[i];

        if (judged->speaks[i] && item->note[0] != '\0' && source_bears_on(item->source, judged->kind) &&
            strcmp(item->note, last) != 0) {
            buf_printf(out, "; %s", item->note);
            last = item->note;
        }
    }
}

json_t *why_text(const struct judged *judged)
{
    static const char *const opens[] = {"Whether ", "The evidence supports that ", "The evidence refutes that "};
    const enum direction direction = judged->outcome.direction;
    struct buf out = {0};

    buf_printf(&out, "%s%s", opens[direction], claim_means(judged->claim, judged->kind));
    buf_puts(&out, direction == DIRECTION_UNDETERMINED ? " cannot be told from what was examined: " : ": ");
    if (!judged->has_ratio) {
        put_no_ratio(&out, judged);
    } else {
        put_compared(&out, judged);
        if (direction == DIRECTION_UNDETERMINED) {
            buf_puts(&out, ", below the standard of ");
            put_count(&out, pow(10, judged->standard_log10));
        } else if (judged->kind == CLAIM_TAKING && direction == DIRECTION_SUPPORTED) {
            buf_puts(&out, "; how much left is not part of this figure");
        }
        put_notes(&out, judged);
    }
    buf_putc(&out, '.');
    return to_json(&out);
}

/* match on a terminal: what stands beside the headline. */
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/paint.h"
#include "cli/show_match.h"

#include "base/banned.h"

enum { SHOWN_BYTES = 120, LIST_BYTES = 400 };

static void put_text(struct buf *out, const char *text)
{
    char safe[SHOWN_BYTES + 8];
    str_escape(safe, sizeof safe, str_of(text), SHOWN_BYTES);
    buf_puts(out, safe);
}

/* A masked value, in ASCII: a***@q***.zz. */
static void put_masked(struct buf *out, const char *text)
{
    static const char dot[] = "\xe2\x80\xa2";
    char safe[SHOWN_BYTES + 8];
    str_escape(safe, sizeof safe, str_of(text), SHOWN_BYTES);
    for (const char *at = safe; *at != '\0';) {
        bool is_dot = strncmp(at, dot, sizeof dot - 1) == 0;
        buf_putc(out, is_dot ? '*' : *at);
        at += is_dot ? sizeof dot - 1 : 1;
    }
}

/* "uid, pw, joined" */
static void put_names(struct buf *out, const json_t *names)
{
    size_t i;
    const json_t *name;
    json_array_foreach(names, i, name)
    {
        buf_puts(out, i != 0 ? ", " : "");
        put_text(out, json_string_value(name));
    }
}

static const char *day_text(char out[static TIME_TEXT], const char *time)
{
    time_human(out, time_parse(str_of(time)));
    return out;
}

void show_match_twin(struct listen *listen, const json_t *s)
{
    const json_t *twin = json_object_get(s, "twin");
    const json_t *spread = json_object_get(twin, "spread");
    char text[320];
    double lo = json_number_value(json_array_get(spread, 0));
    double hi = json_number_value(json_array_get(spread, 1));
    if (twin == NULL) {
        return; /* nothing in common: there is nothing to permute */
    }
    if (!json_is_object(twin)) {
        closing(listen->out, listen->has_colour, "twin", ROLE_QUIET,
                "not run: no row is linked by an e-mail or a phone, so nothing stays while the rest is permuted");
        return;
    }
    (void)snprintf(
        text, sizeof text,
        "%+.1f before the cap: the most that %lld runs with the source-made columns of other rows showed (least %+.1f)%s",
        hi, (long long)json_int(twin, "runs", 0), lo,
        hi > 0 ? "; above 0: rows agree for another reason than their source, so do not rely on the headline" : "");
    closing(listen->out, listen->has_colour, "twin", hi > 0 ? ROLE_UNSEEN : ROLE_PLAIN, text);
}

/* What was handed to whom, as declared; or the question, where nobody was asked. */
static void put_shared(struct listen *listen, const json_t *s)
{
    const json_t *shared = json_object_get(s, "shared");
    const json_t *asked = json_object_get(shared, "asked");
    OWN(own_buf) struct buf text = {0};
    size_t i;
    const json_t *one;
    if (json_bool(shared, "nothing", false)) {
        buf_puts(&text, "nothing was ever handed to anybody, as declared");
    }
    json_array_foreach(json_object_get(shared, "declared"), i, one)
    {
        buf_puts(&text, i != 0 ? ", " : "");
        put_text(&text, json_text(one, "column", "nothing"));
        buf_puts(&text, " with ");
        put_text(&text, json_text(one, "party", ""));
    }
    if (text.len != 0) {
        closing(listen->out, listen->has_colour, "shared", ROLE_PLAIN, text.data);
    } else if (json_array_size(asked) != 0) {
        buf_puts(&text, "Was any of these source-secret columns ever handed to a partner, processor or integrator: ");
        put_names(&text, asked);
        buf_puts(&text, "? Answer with --shared-with NAME=COLUMN,... or --shared-with NAME=none, or --nothing-shared");
        closing(listen->out, listen->has_colour, "asked", ROLE_UNSEEN, text.data);
    }
}

static void put_found_where(struct buf *text, const json_t *canaries)
{
    size_t i;
    const json_t *where;
    json_array_foreach(json_object_get(canaries, "by_where"), i, where)
    {
        const char *name = json_text(where, "where", NULL);
        if (name != NULL) {
            buf_printf(text, "; %lld of %lld planted in ", (long long)json_int(where, "found", 0),
                       (long long)json_int(where, "planted", 0));
            put_text(text, name);
        }
    }
}

static void put_canaries(struct listen *listen, const json_t *s)
{
    const json_t *canaries = json_object_get(s, "canaries");
    OWN(own_buf) struct buf text = {0};
    long long planted = (long long)json_int(canaries, "planted", 0);
    long long found = (long long)json_int(canaries, "found", 0);
    long long findable = (long long)json_int(canaries, "findable", 0);
    if (canaries == NULL) {
        return;
    }
    buf_printf(&text, "%lld of %lld planted rows are in the sample", found, planted);
    if (findable < planted) {
        buf_printf(&text, "; %lld have nothing to be found by", planted - findable);
    }
    if (found == 0 && json_is_number(json_object_get(canaries, "expected"))) {
        buf_printf(&text, "; as many rows drawn at random would hold %.1f", json_num(canaries, "expected", 0));
    }
    if (json_int(canaries, "altered", 0) > 0) {
        buf_printf(&text, "; %lld of them altered", (long long)json_int(canaries, "altered", 0));
    }
    put_found_where(&text, canaries);
    if (found > 0) {
        buf_printf(
            &text,
            ". By guessing: 10^%.1f at most. Whoever holds the list could have added them, so it weighs at most %+.1f, "
            "which is not in the headline",
            json_num(canaries, "guess_log10", 0), json_num(canaries, "at_most", 0));
    }
    if (json_bool(canaries, "half_of_sample", false)) {
        buf_puts(&text,
                 ". Half of the sample or more is planted rows: a list made from the sample looks so, and it counts "
                 "for nothing");
    }
    closing(listen->out, listen->has_colour, "canaries", found > 0 ? ROLE_CLASS : ROLE_PLAIN, text.data);
    const char *planted_at = json_text(canaries, "not_before", NULL);
    if (planted_at != NULL) {
        char time[TIME_TEXT], line[128];
        (void)snprintf(line, sizeof line, "not before %s UTC by the newest planted row, as its holder says",
                       day_text(time, planted_at));
        closing(listen->out, listen->has_colour, "", ROLE_PLAIN, line);
    }
}

static void put_novelty(struct listen *listen, const json_t *s)
{
    const json_t *novelty = json_object_get(s, "novelty");
    const json_t *columns = json_object_get(novelty, "columns_new");
    OWN(own_buf) struct buf text = {0};
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    if (novelty == NULL) {
        return;
    }
    buf_printf(
        &text,
        "%s: of %s rows that agree with the database %s stand in an earlier leak with the same source-made values",
        json_text(novelty, "words", ""), number_text(a, (uint64_t)json_int(novelty, "rows", 0)),
        number_text(b, (uint64_t)json_int(novelty, "rows_known", 0)));
    if (json_array_size(columns) != 0) {
        buf_puts(&text, "; no earlier leak has a value of ");
        put_names(&text, columns);
    }
    closing(listen->out, listen->has_colour, "novelty", ROLE_PLAIN, text.data);
}

/* Who the row is about (the first shared column), the columns that differ; revealed: every cell. */
static void put_cells(struct buf *text, const json_t *row, bool is_revealed)
{
    bool has_name = false;
    size_t i;
    const json_t *cell;
    OWN(own_buf) struct buf differs = {0};
    json_array_foreach(json_object_get(row, "cells"), i, cell)
    {
        bool is_known = strcmp(json_text(cell, "class", ""), "shared") == 0;
        const char *shown = json_text(cell, "shown", NULL);
        if (shown != NULL && (is_revealed || (is_known && !has_name))) {
            buf_puts(text, ", ");
            put_text(text, json_text(cell, "column", ""));
            buf_putc(text, ' ');
            put_masked(text, shown);
            has_name = has_name || is_known;
        }
        if (json_is_false(json_object_get(cell, "agrees"))) {
            buf_puts(&differs, differs.len != 0 ? ", " : "");
            put_text(&differs, json_text(cell, "column", ""));
        }
    }
    if (differs.len != 0) {
        buf_printf(text, ": differs in %s", differs.data);
    }
}

/* Rows that agree look alike when they are masked: their numbers, to look them up by. */
static void put_row_numbers(struct listen *listen, const json_t *s)
{
    size_t i;
    const json_t *row;
    const json_t *rows = json_object_get(json_object_get(s, "excerpts"), "agreeing");
    OWN(own_buf) struct buf text = {0};
    json_array_foreach(rows, i, row)
    {
        buf_printf(&text, "%s%lld", i != 0 ? ", " : "", (long long)json_int(row, "row", 0));
    }
    if (text.len != 0) {
        buf_puts(&text,
                 json_array_size(rows) == 1 ? ", a row of the sample to look up" : ", rows of the sample to look up");
        closing(listen->out, listen->has_colour, "agree", ROLE_QUIET, text.data);
    }
}

static void put_rows(struct listen *listen, const json_t *s, const char *kind, const char *label)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(json_object_get(s, "excerpts"), kind), i, row)
    {
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "row %lld", (long long)json_int(row, "row", 0));
        put_cells(&text, row, json_bool(s, "revealed", false));
        closing(listen->out, listen->has_colour, i == 0 ? label : "", ROLE_QUIET, text.data);
    }
}

void show_match_beside(struct listen *listen, const json_t *summary)
{
    put_canaries(listen, summary);
    put_novelty(listen, summary);
    put_shared(listen, summary);
    if (json_bool(summary, "revealed", false)) {
        put_rows(listen, summary, "agreeing", "agree");
    } else {
        put_row_numbers(listen, summary);
    }
    put_rows(listen, summary, "contradicting", "contradict");
}

/* match on a terminal: the column table, then what it weighs. */
#include <math.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

/* Pairs that have values in common and mean nothing: counted, the first few named. */
static void put_uncounted(struct listen *listen)
{
    enum { NAMED = 3 };
    OWN(own_buf) struct buf text = {0};
    size_t i;
    size_t count = 0;
    const json_t *m;
    json_array_foreach(listen->findings, i, m)
    {
        if (json_bool(m, "counted", true)) {
            continue;
        }
        if (++count <= NAMED) {
            char pair[160];
            char name[128];
            (void)snprintf(pair, sizeof pair, "%s in %s", json_text(m, "sample", ""), json_text(m, "reference", ""));
            str_escape(name, sizeof name, str_of(pair), 100);
            buf_printf(&text, "%s%s", count > 1 ? ", " : "", name);
        }
    }
    if (count > NAMED) {
        buf_printf(&text, " and %zu more", count - NAMED);
    }
    if (count != 0) {
        closing(listen->out, listen->has_colour, "not counted", ROLE_QUIET, text.data);
    }
}

static void put_measure(struct listen *listen, const json_t *m)
{
    char sample[64];
    char reference[96];
    char rows[48];
    char share[32];
    if (!listen->has_head) {
        listen->has_head = true;
        paint(listen->out, listen->has_colour, ROLE_QUIET, "%-12s %-26s %-15s %-14s %s\n", "sample", "reference",
              "rows", "share, 95 %", "kind");
    }
    str_escape(sample, sizeof sample, str_of(json_text(m, "sample", "")), 12);
    str_escape(reference, sizeof reference, str_of(json_text(m, "reference", "")), 26);
    (void)snprintf(rows, sizeof rows, "%lld of %lld", (long long)json_int(m, "k", 0), (long long)json_int(m, "n", 0));
    const json_t *ci = json_object_get(m, "ci95");
    (void)snprintf(share, sizeof share, "%.1f to %.1f", 100 * json_number_value(json_array_get(ci, 0)),
                   100 * json_number_value(json_array_get(ci, 1)));
    (void)fprintf(listen->out, "%-12s %-26s %-15s %-14s ", sample, reference, rows, share);
    const char *class_name = json_text(m, "class", "none");
    bool is_made = strncmp(class_name, "source-", 7) == 0;
    paint(listen->out, listen->has_colour, is_made ? ROLE_CLASS : ROLE_PLAIN, "%s\n", class_name);
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *body)
{
    if (kind == ASSAY_MEASURE && json_bool(body, "counted", true)) {
        put_measure(listen, body);
    }
}

static void put_ratios(struct listen *listen, const json_t *s)
{
    static const char *const keys[][2] = {{"elsewhere", "taken elsewhere"},
                                          {"partner", "a partner's copy"},
                                          {"recycled", "recycled"},
                                          {"made_up", "made up"},
                                          {"seed", "seed data"}};
    OWN(own_buf) struct buf text = {0};
    const json_t *ratios = json_object_get(s, "log10_lr");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(ratios, keys[i][0]);
        buf_printf(&text, "%s%s ", i != 0 ? ", " : "", keys[i][1]);
        if (json_is_number(value)) {
            char number[NUMBER_TEXT];
            buf_puts(&text, ratio_text(number, json_number_value(value)));
        } else {
            buf_puts(&text, "not computed");
        }
    }
    closing(listen->out, listen->has_colour, "log10 LR", ROLE_PLAIN, text.data);
}

static void put_times(struct listen *listen, const json_t *s)
{
    char text[160] = "";
    char from[TIME_TEXT] = "?";
    char to[TIME_TEXT] = "?";
    const json_t *between = json_object_get(s, "taken_between");
    const char *first = json_string_value(json_array_get(between, 0));
    const char *last = json_string_value(json_array_get(between, 1));
    if (first != NULL) {
        time_human(from, time_parse(str_of(first)));
    }
    if (last != NULL) {
        time_human(to, time_parse(str_of(last)));
    }
    if (first == NULL && last == NULL) {
        (void)snprintf(text, sizeof text, "cannot be told: no row is linked by a value that only the source makes");
    } else if (last == NULL) {
        (void)snprintf(text, sizeof text, "not before %s UTC; nothing bounds it above", from);
    } else if (first == NULL) {
        (void)snprintf(text, sizeof text, "before %s UTC; nothing bounds it below", to);
    } else {
        (void)snprintf(text, sizeof text, "between %s and %s UTC", from, to);
    }
    closing(listen->out, listen->has_colour, "as of", ROLE_PLAIN, text);
}

static const char *alternative_words(const char *key)
{
    static const char *const words[][2] = {{"elsewhere", "if it was taken elsewhere"},
                                           {"partner", "if it is a partner's copy"},
                                           {"recycled", "if it is recycled from other leaks"},
                                           {"made_up", "if it is made up"},
                                           {"seed", "if it is seed data"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(key, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return "otherwise";
}

/* Two significant digits: 13,000. */
static uint64_t rounded(double value)
{
    double scale = pow(10, floor(log10(value)) - 1);
    return (uint64_t)(scale > 1 ? round(value / scale) * scale : round(value));
}

static void put_headline(struct listen *listen, const json_t *s)
{
    const json_t *headline = json_object_get(s, "headline");
    const json_t *value = json_object_get(headline, "log10_lr");
    char text[320];
    char number[NUMBER_TEXT];
    if (!json_is_number(value)) {
        closing(listen->out, listen->has_colour, "headline", ROLE_PLAIN, "no ratio");
        return;
    }
    double lr = json_number_value(value);
    const char *otherwise = alternative_words(json_text(headline, "alternative", ""));
    const char *words = json_text(headline, "words", "");
    if (fabs(lr) < 0.3) {
        (void)snprintf(text, sizeof text,
                       "%.1f, no support either way: as probable %s as if the sample comes from this database",
                       fabs(lr), otherwise);
    } else if (lr > 0) {
        (void)snprintf(text, sizeof text,
                       "%+.1f, %s support: about %s times more probable if the sample comes from this database than %s",
                       lr, words, number_text(number, rounded(pow(10, lr))), otherwise);
    } else {
        (void)snprintf(text, sizeof text,
                       "%+.1f, %s against: about %s times more probable %s than if the sample comes from this database",
                       lr, words, number_text(number, rounded(pow(10, -lr))), otherwise);
    }
    closing(listen->out, listen->has_colour, "headline", lr > 0 ? ROLE_SUPPORTED : ROLE_REFUTED, text);
}

static void put_assumptions(struct listen *listen, const json_t *s)
{
    size_t i;
    const json_t *assumption;
    json_array_foreach(json_object_get(s, "assumptions"), i, assumption)
    {
        char text[512];
        str_escape(text, sizeof text, str_of(json_string_value(assumption)), 400);
        closing(listen->out, listen->has_colour, i == 0 ? "assumed" : "", ROLE_QUIET, text);
    }
}

/* Kinds of rows that were rejected or left out, from the coverage records. */
static void put_unseen(struct listen *listen, struct buf *unseen)
{
    size_t i;
    const json_t *c;
    json_array_foreach(listen->coverage, i, c)
    {
        const char *class_name = json_text(c, "class", "");
        char number[NUMBER_TEXT];
        if (strncmp(class_name, "rejected", 8) == 0 && json_int(c, "count", 0) != 0) {
            char place[128];
            str_escape(place, sizeof place, str_of(json_text(c, "source", "")), 60);
            buf_printf(unseen, "%s%s %s in %s", unseen->len != 0 ? "; " : "",
                       number_text(number, (uint64_t)json_int(c, "count", 0)), class_name, place);
        }
    }
    if (unseen->len == 0) {
        buf_puts(unseen, json_bool(listen->summary, "complete", false) ? "nothing" : "not everything; see --json");
    }
}

static void close_match(struct listen *listen)
{
    const json_t *s = listen->summary;
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    uint64_t matched = (uint64_t)json_int(s, "rows_matched", 0);
    if (!listen->cli->is_quiet) {
        put_uncounted(listen);
        (void)fputc('\n', listen->out);
        buf_printf(&found, "%s of %s agree in all source-made columns at once", number_text(a, matched),
                   number_text(b, (uint64_t)json_int(s, "rows_sample", 0)));
        closing(listen->out, listen->has_colour, "rows", ROLE_PLAIN, found.data);
        buf_reset(&found);
        put_times(listen, s);
        put_ratios(listen, s);
        put_headline(listen, s);
        put_assumptions(listen, s);
        (void)fputc('\n', listen->out);
    }
    buf_printf(&looked, "%s sample rows against %s reference rows, in %.1f s; no row left the database",
               number_text(a, (uint64_t)json_int(s, "rows_sample", 0)),
               number_text(b, (uint64_t)json_int(s, "rows_reference", 0)), json_num(s, "seconds", 0));
    put_unseen(listen, &unseen);
    size_t i;
    size_t pairs = 0;
    const json_t *m;
    json_array_foreach(listen->findings, i, m)
    {
        pairs += json_bool(m, "counted", true) ? 1 : 0;
    }
    if (pairs != 0) {
        buf_printf(&found, "%s column pair%s, %s rows", number_text(a, pairs), pairs == 1 ? "" : "s",
                   number_text(c, matched));
    } else {
        buf_puts(&found, json_bool(s, "complete", false) ? "nothing" : "nothing in what could be seen");
    }
    listen_closing(listen, looked.data, unseen.data, found.data, NULL);
}

const struct show show_match = {.verb = "match", .record = record, .close = close_match};

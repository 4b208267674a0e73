/* match on a terminal: the column table, then what it weighs. */
#include <math.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/paint.h"
#include "cli/show_match.h"

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
        if (json_bool(m, "counted", true)) { /* a planted row too: a finding */
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

/* 80 columns at most: what a long number takes, the name before it gives. */
enum { SAMPLE_W = 12, REFERENCE_W = 22, ROWS_W = 15, SHARE_W = 14, REFERENCE_LEAST = 8 };

/* "~shop.email": of a long name the end, for the column stands there. */
static void fit_end(struct buf *out, const char *text, size_t width)
{
    char whole[256];
    str_escape(whole, sizeof whole, str_of(text), 200);
    size_t length = strlen(whole), from = length > width ? length - width + 1 : 0;
    while (from > 0 && ((unsigned char)whole[from] & 0xc0) == 0x80) {
        from++; /* not into the middle of a letter */
    }
    buf_printf(out, "%s%s", from > 0 ? "~" : "", whole + from);
}

static void put_measure(struct listen *listen, const json_t *m)
{
    char sample[64];
    OWN(own_buf) struct buf reference = {0};
    char rows[2 * NUMBER_TEXT + 8];
    char share[32];
    char k[NUMBER_TEXT], n[NUMBER_TEXT];
    if (!listen->has_head) {
        listen->has_head = true;
        paint(listen->out, listen->has_colour, ROLE_QUIET, "%-*s %-*s %-*s %-*s %s\n", SAMPLE_W, "sample", REFERENCE_W,
              "reference", ROWS_W, "rows", SHARE_W, "share, 95 %", "kind");
    }
    (void)snprintf(rows, sizeof rows, "%s of %s", number_text(k, (uint64_t)json_int(m, "k", 0)),
                   number_text(n, (uint64_t)json_int(m, "n", 0)));
    int over = (int)strlen(rows) - ROWS_W;
    int width = over <= 0 ? REFERENCE_W : REFERENCE_W - over > REFERENCE_LEAST ? REFERENCE_W - over : REFERENCE_LEAST;
    str_escape(sample, sizeof sample, str_of(json_text(m, "sample", "")), SAMPLE_W);
    fit_end(&reference, json_text(m, "reference", ""), (size_t)width);
    const json_t *ci = json_object_get(m, "ci95");
    (void)snprintf(share, sizeof share, "%.1f to %.1f", 100 * json_number_value(json_array_get(ci, 0)),
                   100 * json_number_value(json_array_get(ci, 1)));
    (void)fprintf(listen->out, "%-*s %-*s %-*s %-*s ", SAMPLE_W, sample, width,
                  reference.data != NULL ? reference.data : "", ROWS_W, rows, SHARE_W, share);
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
    size_t computed = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(ratios, keys[i][0]);
        buf_printf(&text, "%s%s ", i != 0 ? ", " : "", keys[i][1]);
        if (json_is_number(value)) {
            char number[NUMBER_TEXT];
            buf_puts(&text, ratio_text(number, json_number_value(value)));
            computed++;
        } else {
            buf_puts(&text, "not computed");
        }
    }
    closing(listen->out, listen->has_colour, "log10 LR", ROLE_PLAIN,
            computed > 0 ? text.data : "not computed against any alternative: nothing in common");
}

/* An end of an interval as people read it; false if it is open. */
static bool instant(const json_t *interval, size_t end, char out[static TIME_TEXT])
{
    const char *text = json_string_value(json_array_get(interval, end));
    if (text != NULL) {
        time_human(out, time_parse(str_of(text)));
    }
    return text != NULL;
}

/* "No single date": the exports that would explain it. */
static void put_exports(struct buf *text, const json_t *s)
{
    enum { NAMED = 4 };
    const json_t *exports = json_object_get(json_object_get(s, "dates"), "exports");
    buf_printf(text, "no single date: at least %lld exports, or edited rows",
               (long long)json_int(s, "exports_at_least", 0));
    size_t i;
    const json_t *one;
    json_array_foreach(exports, i, one)
    {
        char from[TIME_TEXT];
        char to[TIME_TEXT];
        char number[NUMBER_TEXT];
        const json_t *between = json_object_get(one, "between");
        if (i == NAMED) {
            buf_puts(text, "; ...");
            break;
        }
        bool has_from = instant(between, 0, from);
        bool has_to = instant(between, 1, to);
        buf_printf(text, "; %s rows", number_text(number, (uint64_t)json_int(one, "rows", 0)));
        if (has_from && has_to) {
            buf_printf(text, " between %s and %s", from, to);
        } else if (has_from || has_to) {
            buf_printf(text, " %s %s", has_from ? "not before" : "before", has_from ? from : to);
        }
    }
}

static void put_clock(struct listen *listen, const json_t *s)
{
    const json_t *zone = json_object_get(json_object_get(s, "dates"), "zone");
    char text[200];
    if (json_is_object(zone)) {
        (void)snprintf(text, sizeof text,
                       "the %s keeps local time, %+.2f h and daylight saving as in the %s: one zone, not two exports",
                       json_text(zone, "local", ""), (double)json_int(zone, "standard_s", 0) / 3600,
                       json_text(zone, "family", ""));
        closing(listen->out, listen->has_colour, "", ROLE_PLAIN, text);
    } else if (json_int(s, "clock_offset_s", 0) != 0) {
        (void)snprintf(text, sizeof text, "the sample's clock is %+.2f h from the database's",
                       (double)json_int(s, "clock_offset_s", 0) / 3600);
        closing(listen->out, listen->has_colour, "", ROLE_PLAIN, text);
    }
    if (json_is_integer(json_object_get(s, "second_clock_offset_s"))) {
        (void)snprintf(text, sizeof text, "other rows show %+.2f h: exports by two clocks were merged",
                       (double)json_int(s, "second_clock_offset_s", 0) / 3600);
        closing(listen->out, listen->has_colour, "", ROLE_PLAIN, text);
    }
}

static void put_backup(struct listen *listen, const json_t *backup, uint64_t rows)
{
    OWN(own_buf) struct buf text = {0};
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    char date[TIME_TEXT] = "?";
    static const char *const counts[][2] = {
        {"rows_older", "older"}, {"rows_newer", "newer"}, {"rows_other", "in another version"}};
    unsigned told = 0;
    (void)instant(json_object_get(backup, "date"), 0, date);
    buf_printf(&text, "of %s: ", date);
    if (json_is_null(json_object_get(backup, "table"))) {
        buf_puts(&text, "not compared");
    } else {
        buf_printf(&text, "%s of %s rows there", number_text(a, (uint64_t)json_int(backup, "rows_present", 0)),
                   number_text(b, rows));
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t count = (uint64_t)json_int(backup, counts[i][0], 0);
        if (count > 0) {
            buf_printf(&text, "%s %s %s", told++ == 0 ? ", of these" : ",", number_text(a, count), counts[i][1]);
        }
    }
    const char *why = json_text(backup, "why", "");
    bool lacks = json_int(backup, "rows_missing", 0) > 0;
    buf_printf(&text, "%s%s", why[0] != '\0' ? "; its date bounds nothing: " : "", why);
    buf_puts(&text, lacks ? "; it lacks rows that existed: that a row is absent counts for nothing" : "");
    closing(listen->out, listen->has_colour, "backup", ROLE_PLAIN, text.data);
}

static void put_backups(struct listen *listen, const json_t *s)
{
    size_t i;
    const json_t *backup;
    json_array_foreach(json_object_get(json_object_get(s, "dates"), "backups"), i, backup)
    {
        put_backup(listen, backup, (uint64_t)json_int(s, "rows_sample", 0));
    }
}

static void put_versions(struct listen *listen, const json_t *s)
{
    OWN(own_buf) struct buf text = {0};
    const json_t *versions = json_object_get(s, "versions");
    static const char *const words[][2] = {{"current", "as the database has them"},
                                           {"older", "in an older version"},
                                           {"newer", "newer than the database"},
                                           {"contradicting", "contradicting every version"},
                                           {"unknown", "of no known version"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint64_t count = (uint64_t)json_int(versions, words[i][0], 0);
        char number[NUMBER_TEXT];
        if (count > 0) {
            buf_printf(&text, "%s%s %s", text.len > 0 ? ", " : "", number_text(number, count), words[i][1]);
        }
    }
    uint64_t deleted = (uint64_t)json_int(s, "rows_deleted_since", 0);
    char number[NUMBER_TEXT];
    if (deleted > 0) {
        buf_printf(&text, " (%s of them deleted since)", number_text(number, deleted));
    }
    if (text.len > 0) {
        closing(listen->out, listen->has_colour, "versions", ROLE_PLAIN, text.data);
    }
}

static void put_times(struct listen *listen, const json_t *s)
{
    OWN(own_buf) struct buf text = {0};
    const json_t *hard = json_object_get(s, "taken_between");
    const json_t *soft = json_object_get(s, "taken_soft");
    char from[TIME_TEXT];
    char to[TIME_TEXT];
    bool has_from = instant(hard, 0, from);
    bool has_to = instant(hard, 1, to);
    if ((has_from || has_to) && json_num(json_object_get(s, "headline"), "log10_lr", 0) < .3) {
        buf_puts(&text, "if it comes from this database at all: ");
    }
    if (!has_from && !has_to) {
        buf_puts(&text, "cannot be told: no row that agrees in a value of the source's making has a date");
    } else if (!has_to) {
        buf_printf(&text, "exported not before %s UTC (hard, any choice of rows); nothing bounds it above", from);
    } else if (!has_from) {
        buf_printf(&text, "exported before %s UTC (hard, any choice of rows); nothing bounds it below", to);
    } else if (json_int(s, "exports_at_least", 1) > 1) {
        put_exports(&text, s);
    } else {
        buf_printf(&text, "exported between %s and %s UTC (hard, any choice of rows)", from, to);
    }
    closing(listen->out, listen->has_colour, "as of", ROLE_PLAIN, text.data);
    if (instant(soft, 0, from) && instant(soft, 1, to)) {
        buf_reset(&text);
        bool declared = strcmp(json_text(json_object_get(s, "dates"), "basis", ""), "declared random") == 0;
        buf_printf(&text, "95 %%: between %s and %s UTC, if the rows are a random draw (%s)", from, to,
                   declared ? "as declared" : "they look like one");
        closing(listen->out, listen->has_colour, "", ROLE_PLAIN, text.data);
    }
    const char *incomplete = json_text(json_object_get(json_object_get(s, "dates"), "complete"), "why", NULL);
    if (incomplete != NULL) {
        buf_reset(&text);
        buf_printf(&text, "declared complete, which bounds nothing: %s", incomplete);
        closing(listen->out, listen->has_colour, "", ROLE_UNSEEN, text.data);
    }
    put_clock(listen, s);
    put_backups(listen, s);
    put_versions(listen, s);
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
        closing(listen->out, listen->has_colour, "headline", ROLE_UNDETERMINED,
                "no ratio: what such a sample would look like if it came from elsewhere is not weighed");
        return;
    }
    double lr = json_number_value(value);
    double shown = round(lr * 10) / 10; /* the odds are of the ratio as it is printed, here and in the report */
    const char *otherwise = alternative_words(json_text(headline, "alternative", ""));
    const char *words = json_text(headline, "words", "");
    if (fabs(lr) < 0.3) {
        (void)snprintf(text, sizeof text,
                       "%.1f, no support either way: as probable %s as if the sample comes from this database",
                       fabs(lr), otherwise);
    } else if (lr > 0) {
        (void)snprintf(text, sizeof text,
                       "%+.1f, %s support: about %s times more probable if the sample comes from this database than %s",
                       lr, words, number_text(number, rounded(pow(10, shown))), otherwise);
    } else {
        (void)snprintf(text, sizeof text,
                       "%+.1f, %s against: about %s times more probable %s than if the sample comes from this database",
                       lr, words, number_text(number, rounded(pow(10, -shown))), otherwise);
    }
    closing(listen->out, listen->has_colour, "headline", lr > 0 ? ROLE_SUPPORTED : ROLE_REFUTED, text);
    const json_t *spread = json_object_get(json_object_get(s, "twin"), "spread");
    if (json_number_value(json_array_get(spread, 1)) > 0) {
        closing(listen->out, listen->has_colour, "", ROLE_UNSEEN, "not to be relied on: the twin run is above 0");
    }
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

/* The tests that speak most for made up, the strongest first; else how many kinds could be run at all. */
static void put_made(struct listen *listen, const json_t *s)
{
    enum { NAMED = 3 };
    const double telling = 0.3;
    const json_t *made = json_object_get(s, "made");
    const json_t *tests = json_object_get(made, "tests");
    OWN(own_buf) struct buf text = {0};
    double below = INFINITY;
    if (!json_is_object(made)) {
        return;
    }
    for (int i = 0; i < NAMED; i++) {
        size_t t;
        const json_t *test;
        const json_t *most = NULL;
        json_array_foreach(tests, t, test)
        {
            double value = json_num(test, "counted", 0);
            if (value >= telling && value < below && (most == NULL || value > json_num(most, "counted", 0))) {
                most = test;
            }
        }
        if (most == NULL) {
            break;
        }
        char column[64];
        below = json_num(most, "counted", 0);
        str_escape(column, sizeof column, str_of(json_text(most, "column", "")), 40);
        buf_printf(&text, "%s%s: %s", i == 0 ? "" : "; ", column, json_text(most, "why", ""));
    }
    if (text.len == 0 && json_array_size(tests) == 0) {
        buf_printf(&text, "not tested: none of %zu kinds of tests had anything to look at",
                   json_array_size(json_object_get(made, "not_tested")));
    } else if (text.len == 0) {
        buf_printf(&text, "no test of %zu speaks for it; %zu kinds had nothing to look at", json_array_size(tests),
                   json_array_size(json_object_get(made, "not_tested")));
    }
    closing(listen->out, listen->has_colour, "made up?", ROLE_PLAIN, text.data);
}

/* How many agree, and which of them do not count. */
static void put_rows(struct listen *listen, const json_t *s)
{
    OWN(own_buf) struct buf text = {0};
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    const char *reason;
    const json_t *count;
    bool is_made = strcmp(json_text(s, "evidence_class", "none"), "none") != 0;
    if (json_text(s, "table", NULL) == NULL) {
        return; /* nothing in common */
    }
    buf_printf(&text, "%s of %s agree in all %scolumns at once",
               number_text(a, (uint64_t)json_int(s, "rows_matched", 0)),
               number_text(b, (uint64_t)json_int(s, "rows_sample", 0)), is_made ? "source-made " : "aligned ");
    closing(listen->out, listen->has_colour, "rows", ROLE_PLAIN, text.data);
    buf_reset(&text);
    json_object_foreach((json_t *)json_object_get(s, "excluded"), reason, count)
    {
        buf_printf(&text, "%s%s: %s", text.len != 0 ? ", " : "", reason,
                   number_text(a, (uint64_t)json_integer_value(count)));
    }
    if (text.len != 0) {
        closing(listen->out, listen->has_colour, "left out", ROLE_PLAIN, text.data);
    }
}

/* The rows that were compared, and all that were read to find the table. */
static void put_looked(const json_t *s, struct buf *looked)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    uint64_t rows = (uint64_t)json_int(s, "rows_sample", 0), streamed = (uint64_t)json_int(s, "rows_streamed", 0);
    const char *table = json_text(s, "table", NULL);
    buf_printf(looked, "%s sample row%s against ", number_text(a, rows), rows == 1 ? "" : "s");
    if (table != NULL) {
        char name[80];
        str_escape(name, sizeof name, str_of(table), 60);
        buf_printf(looked, "%s reference rows of %s, %s rows read in all",
                   number_text(b, (uint64_t)json_int(s, "rows_reference", 0)), name, number_text(c, streamed));
    } else {
        buf_printf(looked, "%s reference rows, which share no value with %s", number_text(b, streamed),
                   rows == 1 ? "it" : "them");
    }
    buf_printf(looked, ", in %.1f s; no row left the database", json_num(s, "seconds", 0));
}

static void close_match(struct listen *listen)
{
    const json_t *s = listen->summary;
    char a[NUMBER_TEXT], c[NUMBER_TEXT];
    OWN(own_buf) struct buf looked = {0};
    OWN(own_buf) struct buf unseen = {0};
    OWN(own_buf) struct buf found = {0};
    uint64_t matched = (uint64_t)json_int(s, "rows_matched", 0);
    if (!listen->cli->is_quiet) {
        put_uncounted(listen);
        (void)fputc('\n', listen->out);
        put_rows(listen, s);
        put_times(listen, s);
        put_ratios(listen, s);
        put_headline(listen, s);
        show_match_twin(listen, s);
        put_made(listen, s);
        show_match_beside(listen, s);
        put_assumptions(listen, s);
        (void)fputc('\n', listen->out);
    }
    put_looked(s, &looked);
    put_unseen(listen, &unseen);
    size_t i;
    size_t pairs = 0;
    uint64_t planted = (uint64_t)json_int(json_object_get(s, "canaries"), "found", 0);
    const json_t *m;
    json_array_foreach(listen->findings, i, m)
    {
        pairs += json_bool(m, "counted", false) ? 1 : 0;
    }
    if (pairs != 0) {
        buf_printf(&found, "%s column pair%s, %s rows", number_text(a, pairs), pairs == 1 ? "" : "s",
                   number_text(c, matched));
    }
    if (planted != 0) {
        buf_printf(&found, "%s%s planted row%s", pairs != 0 ? ", " : "", number_text(a, planted),
                   planted == 1 ? "" : "s");
    }
    if (pairs + planted == 0) {
        buf_puts(&found, json_bool(s, "complete", false) ? "nothing" : "nothing in what could be seen");
    }
    listen_closing(listen, looked.data, unseen.data, found.data, NULL);
}

const struct show show_match = {.verb = "match", .record = record, .close = close_match};

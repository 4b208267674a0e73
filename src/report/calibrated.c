/* How often verdicts were right where the truth was known: the counts of the rates document, as numbers. */
#include <stdio.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { BINS_MAX = 16 };

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : 0;
}

/* "2 to 3", "0", "3 or more" */
static void put_bin(struct page *page, const json_t *bin)
{
    const double from = number_of(bin, "from"), to = number_of(bin, "to");
    if (from >= to) {
        number_ratio(&page->out, from);
    } else if (to >= 9) {
        PUT(page, W_BIN_ABOVE, FILL_RATIO("from", from));
    } else if (from <= -9) {
        PUT(page, W_BIN_BELOW, FILL_RATIO("to", to));
    } else {
        PUT(page, W_BIN, FILL_RATIO("from", from), FILL_RATIO("to", to));
    }
}

/* Where one side is empty the observed figure is a bound and no measurement. */
static void put_observed(struct page *page, const json_t *bin)
{
    const uint64_t with = model_count(bin, "true"), without = model_count(bin, "false");
    const double observed = number_of(bin, "observed");
    if (with > 0 && without > 0) {
        const json_t *interval = model_array(bin, "interval");
        PUT(page, W_OBSERVED, FILL_RATIO("lr", observed),
            FILL_RATIO("lo", json_number_value(json_array_get(interval, 0))),
            FILL_RATIO("hi", json_number_value(json_array_get(interval, 1))));
    } else {
        PUT(page, with > 0 ? W_OBSERVED_LEAST : W_OBSERVED_MOST, FILL_RATIO("lr", observed));
    }
}

static void put_bins(struct page *page, const json_t *bins)
{
    static const enum word heads[] = {W_STATED, W_TRUE_CLAIMS, W_FALSE_CLAIMS, W_OBSERVED_HEAD};
    table_open(page, str_of(say_template(W_H_CALIBRATION)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < json_array_size(bins) && i < BINS_MAX; i++) {
        const json_t *bin = json_array_get(bins, i);
        put_lit(&page->out, "<tr><th scope=\"row\">");
        put_bin(page, bin);
        put_lit(&page->out, "</th><td>");
        number_count(&page->out, model_count(bin, "true"));
        put_lit(&page->out, "</td><td>");
        number_count(&page->out, model_count(bin, "false"));
        put_lit(&page->out, "</td><td>");
        put_observed(page, bin);
        put_lit(&page->out, "</td></tr>\n");
    }
    table_close(page);
}

static uint64_t claims_of(const json_t *side)
{
    return model_count(side, "supported") + model_count(side, "undetermined") + model_count(side, "refuted");
}

void put_calibration(struct page *page)
{
    const json_t *counts = model_object(page->model->rates, "verdicts"), *bins = model_array(counts, "calibration");
    const json_t *with = model_object(counts, "true"), *without = model_object(counts, "false");
    if (with == NULL || without == NULL || json_array_size(bins) == 0) {
        return;
    }
    heading(page, W_H_CALIBRATION);
    put_lit(&page->out, "<p>");
    PUT(page, W_CALIBRATION, FILL_COUNT("worlds", model_count(counts, "worlds")), FILL_COUNT("t", claims_of(with)),
        FILL_COUNT("ts", model_count(with, "supported")), FILL_COUNT("tr", model_count(with, "refuted")),
        FILL_COUNT("f", claims_of(without)), FILL_COUNT("fs", model_count(without, "supported")),
        FILL_COUNT("fr", model_count(without, "refuted")), FILL_COUNT("wrong", model_count(counts, "strongly_wrong")));
    put_lit(&page->out, "</p>");
    put_bins(page, bins);
}

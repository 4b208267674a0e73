/* Members of the summary beside the headline. */
#include <math.h>
#include <stdlib.h>

#include "assay/finding.h"
#include "base/own.h"
#include "base/str.h"
#include "match/excerpts.h"
#include "match/says_beside.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 200, NOTE_MAX_BYTES = 400, FINDINGS_MAX = 1000 };

static json_t *sample_name(const struct evidence_input *in, size_t pair)
{
    return assay_text(in->sample->set->columns[in->sample->pairs[pair].sample].name, NAME_MAX_BYTES);
}

static json_t *text_or_null(struct str text, size_t most)
{
    return text.data == NULL ? json_null() : assay_text(text, most);
}

/* ---- The twin run ---- */

static json_t *twin_json(const struct evidence_input *in, const struct evidence *evidence, const struct twin *twin)
{
    if (twin->runs == 0) {
        return json_null();
    }
    json_t *columns = json_array();
    for (size_t i = 0; i < evidence->column_count; i++) {
        if (evidence->columns[i].is_counted) {
            (void)json_array_append_new(columns, json_pack("{s:o, s:I, s:I}", "sample",
                                                           sample_name(in, evidence->columns[i].pair), "k",
                                                           (json_int_t)twin->k[i], "m", (json_int_t)twin->m[i]));
        }
    }
    return json_pack("{s:o, s:o, s:{s:f, s:s}, s:[f, f], s:I, s:I, s:I, s:I, s:o}", "log10_lr",
                     says_ratios(&twin->capped), "raw", says_ratios(&twin->raw), "headline", "log10_lr",
                     twin->capped.value[twin->headline], "alternative", ratio_name(twin->headline), "spread", twin->lo,
                     twin->hi, "runs", (json_int_t)twin->runs, "rows", (json_int_t)twin->rows, "decoys",
                     (json_int_t)twin->decoys, "seed", (json_int_t)twin->seed, "columns", columns);
}

/* ---- What was shared ---- */

/* The source-secret columns whose being shared would make a partner's copy of the sample. */
static json_t *asked_json(const struct says_summary *what)
{
    json_t *asked = json_array();
    for (size_t i = 0; what->in != NULL && i < what->evidence->column_count; i++) {
        const struct aligned *column = &what->evidence->columns[i];
        if (column->class == COLUMN_SECRET && column->is_counted) {
            size_t reference = what->in->sample->pairs[column->pair].reference;
            (void)json_array_append_new(asked, assay_text(what->in->table->columns[reference].name, NAME_MAX_BYTES));
        }
    }
    return asked;
}

static json_t *shared_json(const struct says_summary *what)
{
    const struct assay_match_options *options = what->options;
    json_t *declared = json_array();
    for (size_t i = 0; i < options->shared_count; i++) {
        const char *column = options->shared[i].column;
        (void)json_array_append_new(
            declared, json_pack("{s:o, s:o}", "party", assay_text(str_of(options->shared[i].party), NAME_MAX_BYTES),
                                "column", column == NULL ? json_null() : assay_text(str_of(column), NAME_MAX_BYTES)));
    }
    return json_pack("{s:b, s:b, s:o, s:o}", "answered", options->nothing_shared || options->shared_count > 0,
                     "nothing", options->nothing_shared, "declared", declared, "asked", asked_json(what));
}

/* ---- Planted rows ---- */

static json_t *columns_of(const struct canaries *canaries, uint64_t bits)
{
    json_t *names = json_array();
    for (size_t c = 0; c < canaries->column_count; c++) {
        if ((bits >> c & 1U) != 0) {
            (void)json_array_append_new(names, assay_text(canaries->columns[c], NAME_MAX_BYTES));
        }
    }
    return names;
}

int beside_findings(const struct assay_sink *sink, const struct canaries *canaries, const struct sets *sample,
                    struct err *err)
{
    size_t told = 0;
    for (size_t i = 0; i < canaries->count && told < FINDINGS_MAX; i++) {
        const struct canary *canary = &canaries->all[i];
        if (!canary->is_found) {
            continue;
        }
        told++;
        TRY(assay_emit(sink, ASSAY_FINDING,
                       json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "class", "canary", "canary",
                                 assay_text(canary->id, NAME_MAX_BYTES), "table",
                                 assay_text(sample->sets[canary->set].name, NAME_MAX_BYTES), "row",
                                 (json_int_t)canary->row + 1, "columns", columns_of(canaries, canary->found), "altered",
                                 columns_of(canaries, canary->altered), "where",
                                 text_or_null(canary->where, NAME_MAX_BYTES), "planted_at",
                                 says_time(canary->planted_s != LINK_NO_TIME, canary->planted_s), "note",
                                 text_or_null(canary->note, NOTE_MAX_BYTES)),
                       err));
    }
    return 0;
}

static json_t *by_column(const struct canaries *canaries)
{
    json_t *columns = json_array();
    for (size_t c = 0; c < canaries->column_count; c++) {
        json_int_t found = 0, altered = 0;
        for (size_t i = 0; i < canaries->count; i++) {
            found += canaries->all[i].is_found && (canaries->all[i].found >> c & 1U) != 0;
            altered += canaries->all[i].is_found && (canaries->all[i].altered >> c & 1U) != 0;
        }
        if (found + altered > 0) {
            (void)json_array_append_new(columns, json_pack("{s:o, s:I, s:I}", "column",
                                                           assay_text(canaries->columns[c], NAME_MAX_BYTES), "found",
                                                           found, "altered", altered));
        }
    }
    return columns;
}

static int by_where(const void *a, const void *b)
{
    const struct canary *const *left = a;
    const struct canary *const *right = b;
    return str_cmp((*left)->where, (*right)->where);
}

/* Each copy that rows were planted in: how many, and how many of them are in the sample. */
static json_t *where_json(const struct canaries *canaries)
{
    json_t *wheres = json_array();
    OWN(own_mem) const struct canary **order = calloc(canaries->count + 1, sizeof(*order));
    for (size_t i = 0; order != NULL && i < canaries->count; i++) {
        order[i] = &canaries->all[i];
    }
    if (order != NULL && canaries->count > 1) {
        qsort((void *)order, canaries->count, sizeof(*order), by_where);
    }
    for (size_t i = 0, end = 0; order != NULL && i < canaries->count; i = end) {
        json_int_t found = 0;
        for (end = i; end < canaries->count && str_eq(order[end]->where, order[i]->where); end++) {
            found += order[end]->is_found;
        }
        (void)json_array_append_new(wheres,
                                    json_pack("{s:o, s:I, s:I}", "where", text_or_null(order[i]->where, NAME_MAX_BYTES),
                                              "planted", (json_int_t)(end - i), "found", found));
    }
    return wheres;
}

/* A sample of which half is planted rows was not drawn from a database; a list that was made from the sample looks so. */
static bool is_made_from(const struct canaries *canaries, uint64_t sample_rows)
{
    return canaries->found_count >= 3 && canaries->found_count * 2 >= sample_rows;
}

static json_t *canaries_json(const struct says_summary *what)
{
    const struct canaries *canaries = &what->beside->canaries;
    int64_t newest = LINK_NO_TIME;
    json_int_t altered = 0, telling = 0;
    for (size_t i = 0; i < canaries->count; i++) {
        const struct canary *canary = &canaries->all[i];
        bool tells = false;
        for (size_t c = 0; c < canaries->column_count; c++) {
            tells = tells || canary->cells[c].tells;
        }
        telling += tells;
        altered += canary->is_found && canary->altered != 0;
        newest = canary->is_found && canary->planted_s > newest ? canary->planted_s : newest;
    }
    double cap = what->evidence == NULL ? 0 : fmax(what->evidence->cap.hi, 0);
    double unexplained = pow(10, canaries->guess_log10) + what->options->canary_rho;
    bool is_list_of_it = is_made_from(canaries, what->rows_sample);
    double at_most = canaries->found_count == 0 || is_list_of_it ? 0 : fmin(fmax(-log10(unexplained), 0), cap);
    json_t *expected =
        what->rows_reference == 0
            ? json_null()
            : json_real((double)canaries->count * (double)what->rows_sample / (double)what->rows_reference);
    return json_pack(
        "{s:I, s:b, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:b, s:o}", "planted",
        (json_int_t)canaries->count, "half_of_sample", is_list_of_it, "findable", telling, "found",
        (json_int_t)canaries->found_count, "altered", altered, "by_column", by_column(canaries), "by_where",
        where_json(canaries), "not_before", says_time(newest != LINK_NO_TIME, newest), "expected", expected,
        "guess_log10", canaries->found_count == 0 ? json_null() : json_real(canaries->guess_log10), "rho",
        what->options->canary_rho, "at_most", at_most, "committed", canaries->is_committed, "holder",
        what->options->canary_holder == NULL ? json_null()
                                             : assay_text(str_of(what->options->canary_holder), NAME_MAX_BYTES));
}

/* ---- Novelty ---- */

static const char *novelty_words(const struct novelty *novelty, double headline)
{
    if (novelty->rows == 0) {
        return "nothing agrees with the database, so novelty is no question";
    }
    if (novelty->rows_known == novelty->rows && novelty->columns_new == 0) {
        return headline >= .3 ? "origin supported, novelty unknown" : "novelty unknown";
    }
    return novelty->rows_known == 0 ? "new against the earlier leaks given"
                                    : "in part new against the earlier leaks given";
}

static json_t *novelty_json(const struct says_summary *what)
{
    const struct novelty *novelty = &what->beside->novelty;
    const struct evidence *e = what->evidence;
    json_t *columns = json_array();
    for (size_t i = 0; e != NULL && i < e->column_count; i++) {
        if ((novelty->columns_new >> i & 1U) != 0) {
            (void)json_array_append_new(columns, sample_name(what->in, e->columns[i].pair));
        }
    }
    double headline = e == NULL || e->headline >= RATIO_ALTERNATIVES ? 0 : e->capped.value[e->headline];
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "words", novelty_words(novelty, headline),
                     "rows_older", (json_int_t)novelty->rows_older, "rows", (json_int_t)novelty->rows, "rows_known",
                     (json_int_t)novelty->rows_known, "rows_new", (json_int_t)(novelty->rows - novelty->rows_known),
                     "values", (json_int_t)novelty->values, "values_known", (json_int_t)novelty->values_known,
                     "columns_new", columns);
}

void beside_put(json_t *summary, const struct says_summary *what)
{
    const struct beside *beside = what->beside;
    (void)json_object_set_new(summary, "shared", shared_json(what));
    if (what->in != NULL) {
        (void)json_object_set_new(summary, "twin", twin_json(what->in, what->evidence, &beside->twin));
        (void)json_object_set_new(summary, "excerpts", excerpts_json(what->in, what->evidence, what->options->reveal));
    }
    if (what->options->reveal) {
        (void)json_object_set_new(summary, "revealed", json_true());
    }
    if (beside->has_canaries) {
        (void)json_object_set_new(summary, "canaries", canaries_json(what));
    }
    if (beside->older_count > 0) {
        (void)json_object_set_new(summary, "novelty", novelty_json(what));
    }
}

/* match: steers. Load the sample and the background sets, stream the references once to align the columns, stream the
 * aligned table again to link the rows, weigh, say. */
#include <math.h>
#include <stdlib.h>

#include "assay/match.h"
#include "base/pool.h"
#include "base/time.h"
#include "formats/encoding.h"
#include "match/ahead.h"
#include "match/made_peek.h"
#include "match/says_beside.h"

#include "base/banned.h"

enum {
    REFERENCES_MAX = 64,
    BACKGROUNDS_MAX = 16,
    WORKERS_MAX = 64,
    ALL_SETS_MAX = SET_TABLES_MAX * (BACKGROUNDS_MAX + 1)
};

struct match {
    const struct assay_match_options *options;
    const struct assay_sink *sink;
    int64_t began;
    unsigned workers;
    struct sets sample;
    struct sets backgrounds[BACKGROUNDS_MAX];
    size_t background_count;
    struct input inputs[REFERENCES_MAX];
    bool is_open[REFERENCES_MAX];
    const struct set *all[ALL_SETS_MAX];
    struct query query;
    struct reference reference;
    struct linkage linkages[ALL_SETS_MAX]; /* the sample's table, then the background tables */
    size_t linkage_count;
    struct ahead ahead;
    struct ref_facts facts;
    struct evidence evidence;
    struct backups backups;
    struct beside beside;
    struct made made;
    bool is_complete;
};

static void add_sets(struct match *match, const struct sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        match->all[match->query.count++] = &sets->sets[i];
        match->query.wanted |= sets->sets[i].classes;
    }
}

static int load(struct match *match, struct err *err)
{
    const struct assay_match_options *options = match->options;
    TRY(sets_load(&match->sample, options->sample, options->encoding, match->workers, err));
    TRY(says_file(match->sink, options->sample, "sample", &match->sample.report, &match->is_complete, err));
    if (match->sample.report.rows == 0) {
        match->is_complete = false;
        assay_complain(match->sink, str_of(options->sample), STR("no row was read: nothing can be compared"));
    }
    match->query.sets = match->all;
    add_sets(match, &match->sample);
    match->query.sample_count = match->query.count;
    if (options->background_count > BACKGROUNDS_MAX) {
        return err_set(err, ERR_USAGE, "%zu background sets, of at most %d", options->background_count,
                       BACKGROUNDS_MAX);
    }
    for (size_t i = 0; i < options->background_count; i++) {
        struct sets *sets = &match->backgrounds[i];
        match->background_count = i + 1;
        TRY(sets_load(sets, options->background[i], NULL, match->workers, err));
        TRY(says_file(match->sink, options->background[i], "background", &sets->report, &match->is_complete, err));
        add_sets(match, sets);
    }
    match->query.wanted &= ~(1U << NORMAL_NONE);
    return beside_load(&match->beside, options, match->workers, match->sink, &match->is_complete, err);
}

/* One reference that cannot be read does not end the run; it makes it incomplete. */
static int align_one(struct match *match, size_t i, struct err *err)
{
    struct input *input = &match->inputs[i];
    const char *name = match->options->against[i];
    if (input_open(input, name, err) != 0) {
        input_close(input);
        return -1;
    }
    match->is_open[i] = true;
    TRY(align_pass(&match->reference, input, i, &match->query, &match->ahead, match->workers, match->sink, err));
    if (input->source == NULL) {
        TRY(says_file(match->sink, input->display, "reference", &input->report, &match->is_complete, err));
    }
    return says_tables(match->sink, &match->reference, input, i, &match->is_complete, err);
}

static int align(struct match *match, struct err *err)
{
    const struct assay_match_options *options = match->options;
    size_t read = 0;
    arena_init(&match->reference.arena, 0);
    if (options->against_count == 0 || options->against_count > REFERENCES_MAX) {
        return err_set(err, ERR_USAGE, "give 1 to %d references", REFERENCES_MAX);
    }
    for (size_t i = 0; i < options->against_count; i++) {
        struct err why = {0};
        size_t before = match->reference.table_count;
        if (align_one(match, i, &why) == 0) {
            read++;
            continue;
        }
        reference_truncate(&match->reference, &match->query, before);
        if (options->against_count == 1 || why.kind == ERR_LIMIT || why.kind == ERR_USAGE) {
            *err = why;
            return -1;
        }
        match->is_complete = false;
        assay_complain(match->sink, str_of(options->against[i]), str_of(why.text));
    }
    align_finish(&match->reference);
    return read > 0 ? 0 : err_set(err, ERR_IO, "none of the %zu references could be read", options->against_count);
}

/* The sample's table first, then every background table with a column in common. */
static int choose_pairs(struct match *match, size_t set, struct ref_table *table, struct err *err)
{
    match->linkage_count = 1;
    TRY(linkage_choose(&match->linkages[0], match->query.sets[set], set, table, false, err));
    for (size_t s = match->query.sample_count; s < match->query.count; s++) {
        struct linkage *linkage = &match->linkages[match->linkage_count++];
        TRY(linkage_choose(linkage, match->query.sets[s], s, table, false, err));
    }
    return 0;
}

static int link_rows(struct match *match, size_t set, struct ref_table *table, struct err *err)
{
    bool held;
    struct input *input = &match->inputs[table->input];
    TRY(choose_pairs(match, set, table, err));
    link_roles(table, &match->facts);
    TRY(ahead_take(&match->ahead, &match->linkages[0], input, table, match->sink, &match->facts, &held, err));
    ahead_forget(&match->ahead);
    return held ? 0
                : link_table(match->linkages, match->linkage_count, input, table, match->workers, match->sink,
                             &match->facts, err);
}

/* What is assumed gives way to what was measured, [k, n], where that is worse: the upper one-sided 95 % end. */
static double at_least(double assumed, const json_t *counts)
{
    json_int_t k = json_integer_value(json_array_get(counts, 0));
    json_int_t n = json_integer_value(json_array_get(counts, 1));
    if (json_array_size(counts) != 2 || k < 0 || n <= 0 || k > n) {
        return assumed;
    }
    return fmax(assumed, stat_clopper_pearson((uint64_t)k, (uint64_t)n, .90).hi);
}

static int weigh(struct match *match, struct ref_table *table, struct evidence_input *in, struct err *err)
{
    const struct made_peek *peek = match->linkages[0].peek;
    *in = (struct evidence_input){.sample = &match->linkages[0],
                                  .backgrounds = &match->linkages[1],
                                  .background_count = match->linkage_count - 1,
                                  .table = table,
                                  .facts = &match->facts,
                                  .table_rows = peek != NULL && peek->sets.count == 1 ? &peek->sets.sets[0] : NULL,
                                  .options = match->options,
                                  .made = &match->made,
                                  .policy = ratio_policy_default};
    const json_t *rates = json_object_get(match->options->rates, "match");
    in->policy.omega = at_least(in->policy.omega, json_object_get(rates, "omega"));
    for (enum ratio_kind kind = 0; kind < RATIO_KINDS; kind++) {
        const json_t *counts = json_object_get(json_object_get(rates, "tau"), ratio_kind_name(kind));
        in->policy.tau[kind] = at_least(in->policy.tau[kind], counts);
    }
    return evidence_weigh(in, &match->evidence, err);
}

/* A column that was declared as shared and is nowhere would be taken for secret in silence. */
static int check_shared(const struct match *match, struct err *err)
{
    const struct assay_match_options *options = match->options;
    for (size_t i = 0; i < options->shared_count; i++) {
        struct str declared = str_of(options->shared[i].column == NULL ? "" : options->shared[i].column);
        bool is_there = declared.len == 0;
        for (size_t t = 0; t < match->reference.table_count && !is_there; t++) {
            const struct ref_table *table = &match->reference.tables[t];
            for (size_t c = 0; c < table->column_count && !is_there; c++) {
                is_there = evidence_is_named(declared, table->name, table->columns[c].name);
            }
        }
        if (!is_there) {
            err_set(err, ERR_USAGE, "--shared-with %s: no table of the reference has a column '%.*s'",
                    options->shared[i].party, STR_FMT(declared));
            return err_remedy(err, "name it as the database does, as customers.password_hash or password_hash");
        }
    }
    return 0;
}

/* Nothing to compare is not nothing in common. */
static void check_empty(struct match *match)
{
    if (match->sample.rows == 0 || match->reference.rows == 0) {
        match->is_complete = false;
        assay_complain(match->sink, match->sample.rows == 0 ? STR("the sample") : STR("the reference"),
                       STR("it has no rows that could be read: nothing was compared"));
    }
}

/* Once the rows are linked only backups, planted rows and the rows that a whole export lacks are looked for in the sample. */
static void forget(struct match *match)
{
    const struct assay_match_options *options = match->options;
    if (options->backup_count == 0 && options->canaries == NULL && options->rows != ASSAY_ROWS_COMPLETE) {
        sets_forget(&match->sample);
    }
}

/* The sample's table with the most rows, for what is said without a reference. */
static const struct set *largest(const struct match *match)
{
    size_t best = 0;
    for (size_t s = 1; s < match->query.sample_count; s++) {
        best = match->query.sets[s]->row_count > match->query.sets[best]->row_count ? s : best;
    }
    return match->query.sets[best];
}

static int run(struct match *match, struct err *err)
{
    size_t set = 0;
    size_t table = 0;
    TRY(load(match, err));
    match->ahead.is_off = match->options->against_count != 1 || match->query.count != 1;
    TRY(align(match, err));
    check_empty(match);
    TRY(check_shared(match, err));
    struct says_summary summary = {
        .options = match->options, .rows_sample = match->sample.rows, .rows_streamed = match->reference.rows};
    struct evidence_input in;
    bool found = align_choose(&match->reference, &match->query, &set, &table);
    if (found) {
        struct ref_table *chosen = &match->reference.tables[table];
        roles_follow(chosen, match->query.sets[set], set);
        TRY(link_rows(match, set, chosen, err));
        forget(match);
        TRY(made_look(&match->made, match->query.sets[set], match->linkages[0].peek, err));
        TRY(weigh(match, chosen, &in, err));
        match->backups.workers = match->workers;
        TRY(backups_date(&match->backups, &in, &match->evidence, &match->inputs[chosen->input], match->sink,
                         &match->is_complete, err));
        summary.in = &in;
        summary.evidence = &match->evidence;
        summary.backups = &match->backups;
        summary.rows_reference = match->facts.rows;
    } else if (match->query.sample_count > 0) {
        TRY(made_look(&match->made, largest(match), NULL, err));
    }
    for (size_t i = 0; !found && i < match->options->backup_count; i++) {
        match->is_complete = false;
        assay_complain(match->sink, str_of(match->options->backups[i].name),
                       STR("not read: the sample has nothing in common with the reference"));
    }
    summary.beside = &match->beside;
    summary.sample = &match->sample;
    TRY(beside_look(&match->beside, &match->sample, summary.in, summary.evidence, err));
    summary.made = match->query.sample_count > 0 ? &match->made : NULL;
    TRY(says_measures(match->sink, &match->reference, &match->query, summary.in, summary.evidence, err));
    TRY(beside_findings(match->sink, &match->beside.canaries, &match->sample, err));
    summary.is_complete = match->is_complete;
    summary.seconds = (double)(time_ticks() - match->began) / (double)NS_PER_S;
    return says_summary(match->sink, &summary, err);
}

static void match_close(struct match *match)
{
    backups_close(&match->backups);
    beside_close(&match->beside);
    evidence_close(&match->evidence);
    ahead_close(&match->ahead);
    ref_facts_close(&match->facts);
    for (size_t i = 0; i < match->linkage_count; i++) {
        linkage_close(&match->linkages[i]);
    }
    reference_close(&match->reference, &match->query);
    for (size_t i = 0; i < REFERENCES_MAX; i++) {
        if (match->is_open[i]) {
            input_close(&match->inputs[i]);
        }
    }
    sets_close(&match->sample);
    for (size_t i = 0; i < match->background_count; i++) {
        sets_close(&match->backgrounds[i]);
    }
    free(match);
}

void assay_match_prepare(void)
{
    encoding_prepare();
}

int assay_match(const struct assay_match_options *options, const struct assay_sink *sink, struct err *err)
{
    struct match *match = calloc(1, sizeof(*match));
    if (match == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a match");
    }
    match->options = options;
    match->sink = sink;
    match->began = time_ticks();
    match->workers = options->jobs > 0 ? options->jobs : pool_cores();
    match->workers = match->workers > WORKERS_MAX ? WORKERS_MAX : match->workers;
    match->is_complete = true;
    ahead_open(&match->ahead, true);
    int result = run(match, err);
    match_close(match);
    return result;
}

/* Twin runs over the decoys that the link pass kept. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "match/count.h"
#include "match/twin.h"

#include "base/banned.h"

/* A row that agrees with its decoy: when the decoy was created, in which columns. */
struct chance {
    int64_t created;
    uint64_t columns; /* bits of aligned columns */
};

struct run {
    uint16_t order[DECOYS_MAX]; /* a permutation of the decoys */
    uint64_t k[LINK_PAIRS_MAX], m[LINK_PAIRS_MAX];
    struct chance *chances;
    size_t count, room;
};

struct twins {
    const struct evidence_input *in;
    const struct evidence *out;
    const struct decoys *decoys;
    int updated; /* pair that says when a row was changed, or -1 */
    size_t runs;
    uint64_t rows;
    struct run *all;
};

/* ---- Which decoy ---- */

/* Fisher and Yates, from the seed. */
static void shuffle(struct run *run, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++) {
        run->order[i] = (uint16_t)i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(decoys_mix(seed + i) % i);
        uint16_t other = run->order[j];
        run->order[j] = run->order[i - 1];
        run->order[i - 1] = other;
    }
}

/* The decoy of the nth linked row, drawn without replacement among as many rows as there are decoys. Its own row would be
 * no decoy: the next one then. SIZE_MAX: the table has no other. */
static size_t decoy_for(const struct twins *twins, const struct run *run, uint64_t nth, size_t pair, uint32_t identity)
{
    const struct decoys *decoys = twins->decoys;
    for (size_t i = 0; i < decoys->count; i++) {
        size_t d = run->order[(nth + nth / decoys->count + i) % decoys->count];
        if (decoys->values[d * decoys->pair_count + pair] != identity) {
            return d;
        }
    }
    return SIZE_MAX;
}

/* ---- Counting ---- */

/* What a row of the sample has to compare in a column. */
struct shown {
    size_t column, pair; /* aligned column, pair of the linkage */
    uint32_t value;
    bool is_time;
    int64_t seconds;
};

static bool agrees(const struct twins *twins, const struct shown *shown, size_t d)
{
    size_t cell = d * twins->decoys->pair_count + shown->pair;
    int64_t there = twins->decoys->seconds[cell];
    if (shown->is_time && there != LINK_NO_TIME) {
        return shown->seconds - there == twins->out->offset_s;
    }
    return twins->decoys->values[cell] == shown->value;
}

static int note(struct run *run, int64_t created, uint64_t columns, struct err *err)
{
    if (run->count == run->room) {
        size_t room = run->room * 2 + 16;
        struct chance *chances = realloc(run->chances, room * sizeof(*chances));
        if (chances == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu rows that agree by chance", room);
        }
        run->chances = chances;
        run->room = room;
    }
    run->chances[run->count++] = (struct chance){created, columns};
    return 0;
}

static int compare(struct twins *twins, const struct shown *shown, size_t count, size_t link_pair, uint32_t identity,
                   struct err *err)
{
    const struct decoys *decoys = twins->decoys;
    for (size_t n = 0; n < twins->runs; n++) {
        struct run *run = &twins->all[n];
        size_t d = decoy_for(twins, run, twins->rows, link_pair, identity);
        uint64_t columns = 0;
        for (size_t i = 0; d != SIZE_MAX && i < count; i++) {
            if ((decoys->rows[d].filled >> shown[i].pair & 1U) == 0) {
                continue;
            }
            bool same = agrees(twins, &shown[i], d);
            run->m[shown[i].column]++;
            run->k[shown[i].column] += same;
            columns |= (uint64_t)same << shown[i].column;
        }
        if (columns != 0) {
            TRY(note(run, decoys->rows[d].created, columns, err));
        }
    }
    twins->rows++;
    return 0;
}

/* The columns in which the row counts, as it did against its own row. */
static size_t shown_by(const struct twins *twins, size_t row, struct shown *shown)
{
    const struct linkage *sample = twins->in->sample;
    size_t count = 0;
    for (size_t i = 0; i < twins->out->column_count; i++) {
        const struct aligned *column = &twins->out->columns[i];
        const struct link_pair *pair = &sample->pairs[column->pair];
        if (!column->is_counted || !count_counts_in(twins->in, twins->out, row, column, twins->updated)) {
            continue;
        }
        struct shown *cell = &shown[count++];
        *cell = (struct shown){.column = i, .pair = column->pair, .value = set_cell(sample->set, row, pair->sample)};
        cell->is_time = pair->is_time && set_seconds(sample->set, cell->value, &cell->seconds);
    }
    return count;
}

static bool is_permuted(const struct twins *twins, size_t row)
{
    const struct links *links = &twins->in->sample->links;
    return twins->out->states[row] == ROW_COUNTS && links_hits(links, row) == 1 && links_via(links, row) <= LINK_PHONE;
}

static int count_all(struct twins *twins, struct err *err)
{
    const struct linkage *sample = twins->in->sample;
    for (size_t r = 0; r < sample->set->row_count; r++) {
        struct shown shown[LINK_PAIRS_MAX];
        if (!is_permuted(twins, r)) {
            continue;
        }
        size_t link_pair = (size_t)sample->via_pair[links_via(&sample->links, r)];
        uint32_t identity = set_cell(sample->set, r, sample->pairs[link_pair].sample);
        TRY(compare(twins, shown, shown_by(twins, r, shown), link_pair, identity, err));
    }
    return 0;
}

/* ---- Weighing ---- */

static int by_created(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* Separate minutes of creation, as count_clusters() does it for the sample's own rows. */
static int clusters(const void *self, const bool *is_in, uint64_t *ret_clusters, struct err *err)
{
    const struct run *run = self;
    uint64_t wanted = 0;
    for (size_t i = 0; i < LINK_PAIRS_MAX; i++) {
        wanted |= (uint64_t)is_in[i] << i;
    }
    OWN(own_mem) int64_t *minutes = calloc(run->count + 1, sizeof(*minutes));
    if (minutes == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows that agree by chance", run->count);
    }
    size_t count = 0;
    *ret_clusters = 0;
    for (size_t i = 0; i < run->count; i++) {
        bool is_dated = run->chances[i].created != LINK_NO_TIME;
        bool is_wanted = (run->chances[i].columns & wanted) != 0;
        *ret_clusters += is_wanted && !is_dated;
        minutes[count] = is_dated ? minute_of(run->chances[i].created) : 0;
        count += is_wanted && is_dated;
    }
    qsort(minutes, count, sizeof(*minutes), by_created);
    for (size_t i = 0; i < count; i++) {
        *ret_clusters += i == 0 || minutes[i] != minutes[i - 1];
    }
    return 0;
}

static int weigh(const struct twins *twins, const struct run *run, struct ratio_values *ret_raw, struct err *err)
{
    struct counted counted = {.clusters = clusters, .self = run};
    const char *class;
    for (size_t i = 0; i < twins->out->column_count; i++) {
        counted.columns[i] = twins->out->columns[i].ratio;
        counted.columns[i].k = run->k[i];
        counted.columns[i].m = run->m[i];
        counted.columns[i].n_all = 0; /* only where rows are linked by the column itself */
    }
    return evidence_alternatives(twins->in, twins->out, &counted, ret_raw, &class, err);
}

static int weigh_all(const struct twins *twins, struct twin *twin, struct err *err)
{
    const struct interval no_cap = {-INFINITY, INFINITY};
    for (size_t n = 0; n < twins->runs; n++) {
        const struct run *run = &twins->all[n];
        struct ratio_values raw, uncut;
        TRY(weigh(twins, run, &raw, err));
        uncut = raw;
        double value = uncut.value[ratio_headline(&uncut, no_cap)];
        twin->lo = n == 0 ? value : fmin(twin->lo, value);
        if (n == 0 || value > twin->hi) {
            twin->hi = value;
            twin->raw = raw;
            memcpy(twin->k, run->k, sizeof(twin->k));
            memcpy(twin->m, run->m, sizeof(twin->m));
        }
    }
    twin->capped = twin->raw;
    twin->headline = ratio_headline(&twin->capped, twins->out->cap);
    return 0;
}

int twin_run(const struct evidence_input *in, const struct evidence *evidence, struct twin *ret_twin, struct err *err)
{
    const struct decoys *decoys = &in->facts->decoys;
    struct twins twins = {.in = in, .out = evidence, .decoys = decoys, .updated = count_updated_pair(in, evidence)};
    *ret_twin = (struct twin){.seed = decoys->seed, .decoys = decoys->count};
    uint64_t rows = 0;
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        rows += is_permuted(&twins, r);
    }
    if (rows == 0 || decoys->count < 2) {
        return 0;
    }
    size_t fit = TWIN_ROWS_MAX / rows;
    twins.runs = fit > TWIN_RUNS_MAX ? TWIN_RUNS_MAX : fit < TWIN_RUNS_MIN ? TWIN_RUNS_MIN : fit;
    twins.all = calloc(twins.runs, sizeof(*twins.all));
    if (twins.all == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu twin runs", twins.runs);
    }
    for (size_t n = 0; n < twins.runs; n++) {
        shuffle(&twins.all[n], decoys->count, decoys_mix(decoys->seed + n));
    }
    int result = count_all(&twins, err);
    result = result == 0 ? weigh_all(&twins, ret_twin, err) : result;
    ret_twin->runs = twins.runs;
    ret_twin->rows = twins.rows;
    for (size_t n = 0; n < twins.runs; n++) {
        free(twins.all[n].chances);
    }
    free(twins.all);
    return result;
}

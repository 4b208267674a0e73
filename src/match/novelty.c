/* Rows of the sample in earlier leaks of the same database. */
#include <stdlib.h>

#include "base/own.h"
#include "match/columns.h"
#include "match/novelty.h"

#include "base/banned.h"

enum { TRIES_MAX = 1000 /* rows of the earlier leak that have the first value */ };

/* Cells of one earlier table by their value. */
struct index {
    const struct set *set;
    uint32_t *first; /* per value: the first cell + 1 that has it */
    uint32_t *next;  /* per cell */
};

static int index_open(struct index *index, const struct set *set, struct err *err)
{
    size_t cells = set->row_count * set->column_count;
    *index = (struct index){.set = set};
    index->first = calloc((size_t)set->value_count + 1, sizeof(*index->first));
    index->next = cells < UINT32_MAX ? calloc(cells + 1, sizeof(*index->next)) : NULL;
    if (index->first == NULL || index->next == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for an earlier leak of %zu rows", set->row_count);
    }
    for (size_t cell = cells; cell > 0; cell--) {
        uint32_t value = set->cells[cell - 1];
        if (value != 0) {
            index->next[cell - 1] = index->first[value];
            index->first[value] = (uint32_t)cell;
        }
    }
    return 0;
}

static void index_close(struct index *index)
{
    free(index->first);
    free(index->next);
}

static bool row_has(const struct set *set, size_t row, uint32_t value)
{
    for (size_t c = 0; c < set->column_count; c++) {
        if (set_cell(set, row, c) == value) {
            return true;
        }
    }
    return false;
}

/* Is there one row with all of them? values: in the earlier table's numbers, none 0. */
static bool has_row(const struct index *index, const uint32_t *values, size_t count)
{
    int tries = 0;
    for (uint32_t cell = index->first[values[0]]; cell != 0 && tries < TRIES_MAX; cell = index->next[cell - 1]) {
        size_t row = (cell - 1) / index->set->column_count;
        size_t found = 1;
        while (found < count && row_has(index->set, row, values[found])) {
            found++;
        }
        if (found == count) {
            return true;
        }
        tries++;
    }
    return false;
}

struct known {
    const struct evidence_input *in;
    const struct evidence *out;
    const struct index *indexes;
    size_t count;
    uint64_t here, there; /* bits of aligned columns that agree; of which an earlier leak has a value */
};

/* The source-made values in which this row agrees with the database, in the sample's numbers, and their columns. */
static size_t agreeing(const struct known *known, size_t row, uint32_t *values, size_t *columns)
{
    size_t count = 0;
    const struct linkage *sample = known->in->sample;
    for (size_t i = 0; i < known->out->column_count; i++) {
        size_t pair = known->out->columns[i].pair;
        if (known->out->columns[i].is_counted && columns_comparable(sample, row, pair) &&
            columns_agree(sample, row, pair, known->out->offset_s)) {
            columns[count] = i;
            values[count++] = set_cell(sample->set, row, sample->pairs[pair].sample);
        }
    }
    return count;
}

static uint32_t find(const struct known *known, const struct index *index, uint32_t value)
{
    struct pack_room room;
    const struct set *sample = known->in->sample->set;
    return set_find(index->set, set_class(sample, value), set_bytes(sample, value, &room));
}

/* Which columns do the earlier leaks have at all? */
static void find_columns(struct known *known, struct novelty *novelty)
{
    for (size_t r = 0; r < known->in->sample->set->row_count; r++) {
        uint32_t values[LINK_PAIRS_MAX];
        size_t columns[LINK_PAIRS_MAX];
        size_t count = known->out->states[r] == ROW_REPEATED ? 0 : agreeing(known, r, values, columns);
        for (size_t i = 0; i < count; i++) {
            bool is_there = false;
            for (size_t s = 0; s < known->count && !is_there; s++) {
                is_there = find(known, &known->indexes[s], values[i]) != 0;
            }
            known->here |= UINT64_C(1) << columns[i];
            known->there |= (uint64_t)is_there << columns[i];
            novelty->values++;
            novelty->values_known += is_there;
        }
    }
    novelty->columns_new = known->here & ~known->there;
}

static bool is_row_known(const struct known *known, const uint32_t *values, const size_t *columns, size_t count)
{
    for (size_t s = 0; s < known->count; s++) {
        uint32_t there[LINK_PAIRS_MAX];
        size_t asked = 0, found = 0;
        for (size_t i = 0; i < count; i++) {
            if ((known->there >> columns[i] & 1U) != 0) {
                there[found] = find(known, &known->indexes[s], values[i]);
                asked++;
                found += there[found] != 0;
            }
        }
        if (asked > 0 && found == asked && has_row(&known->indexes[s], there, found)) {
            return true;
        }
    }
    return false;
}

static void count_rows_known(const struct known *known, struct novelty *novelty)
{
    for (size_t r = 0; r < known->in->sample->set->row_count; r++) {
        uint32_t values[LINK_PAIRS_MAX];
        size_t columns[LINK_PAIRS_MAX];
        size_t count = known->out->states[r] == ROW_REPEATED ? 0 : agreeing(known, r, values, columns);
        novelty->rows += count > 0;
        novelty->rows_known += count > 0 && is_row_known(known, values, columns, count);
    }
}

int novelty_count(const struct evidence_input *in, const struct evidence *evidence, const struct sets *older,
                  size_t older_count, struct novelty *ret_novelty, struct err *err)
{
    size_t tables = 0;
    *ret_novelty = (struct novelty){0};
    for (size_t i = 0; i < older_count; i++) {
        tables += older[i].count;
        ret_novelty->rows_older += older[i].rows;
    }
    OWN(own_mem) struct index *indexes = calloc(tables + 1, sizeof(*indexes));
    if (indexes == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu earlier tables", tables);
    }
    size_t opened = 0;
    int result = 0;
    for (size_t i = 0; i < older_count; i++) {
        for (size_t t = 0; t < older[i].count && result == 0; t++) {
            result = index_open(&indexes[opened++], &older[i].sets[t], err);
        }
    }
    if (result == 0) {
        struct known known = {.in = in, .out = evidence, .indexes = indexes, .count = opened};
        find_columns(&known, ret_novelty);
        count_rows_known(&known, ret_novelty);
    }
    for (size_t i = 0; i < opened; i++) {
        index_close(&indexes[i]);
    }
    return result;
}

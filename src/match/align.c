/* Containment of every sample column in every reference column, in one stream. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/align.h"

#include "base/banned.h"

enum { PROGRESS_ROWS = 1 << 16 };

struct pass {
    struct reference *reference;
    const struct query *query;
    const struct assay_sink *sink;
    struct normalizer normalizer;
    size_t first_table, input;
    uint64_t told_rows;
};

static uint32_t find(const struct set *set, const struct normal *normal)
{
    uint32_t value = set_find(set, normal->class, normal->bytes);
    if (value != 0 || normal->class != NORMAL_NUMBER) {
        return value;
    }
    struct str phone;
    int64_t seconds;
    if ((set->classes & 1U << NORMAL_PHONE) != 0 && normal_number_as_phone(normal->bytes, &phone)) {
        value = set_find(set, NORMAL_PHONE, phone);
    }
    if (value == 0 && (set->classes & (1U << NORMAL_TIME | 1U << NORMAL_DATE)) != 0 &&
        normal_number_as_time(normal->bytes, &seconds)) {
        value = set_find(set, seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME,
                         (struct str){(const char *)&seconds, sizeof(seconds)});
    }
    return value;
}

uint32_t align_lookup(const struct set *set, struct normalizer *normalizer, struct str cell,
                      const struct cell_fact *fact)
{
    bool may_be_there =
        fact->class != NORMAL_NONE && (set->classes >> fact->class & 1U) != 0 && set_may_hold(set, fact->hash);
    if (!may_be_there && !fact->has_alias) {
        return 0;
    }
    struct normal normal;
    normal_value(normalizer, cell, &normal);
    return find(set, &normal);
}

void align_facts(struct normalizer *normalizer, const struct query *query, const struct table_batch *batch, size_t c,
                 struct cell_fact *facts)
{
    const unsigned aliases = 1U << NORMAL_PHONE | 1U << NORMAL_TIME | 1U << NORMAL_DATE;
    for (size_t r = 0; r < batch->rows; r++) {
        struct normal normal;
        struct str phone;
        normal_value(normalizer, batch->cells[r * batch->columns + c], &normal);
        struct cell_fact fact = {.class = (uint8_t)normal.class, .seconds = ALIGN_NO_TIME};
        if (normal.class == NORMAL_TIME || normal.class == NORMAL_DATE) {
            fact.seconds = normal.seconds;
        }
        if (normal.class == NORMAL_NUMBER) {
            bool is_time = normal_number_as_time(normal.bytes, &fact.seconds);
            fact.seconds = is_time ? fact.seconds : ALIGN_NO_TIME;
            fact.has_alias =
                (query->wanted & aliases) != 0 && (is_time || normal_number_as_phone(normal.bytes, &phone));
        }
        if (normal.class != NORMAL_NONE && (normalizer->wanted >> normal.class & 1U) != 0) {
            fact.hash = set_hash(normal.class, normal.bytes);
            for (size_t s = 0; s < query->count; s++) {
                set_prefetch(query->sets[s], fact.hash);
            }
        }
        facts[r] = fact;
    }
}

static int new_table(struct pass *pass, uint32_t number, const struct table_shape *shape, struct err *err)
{
    struct reference *reference = pass->reference;
    if (reference->table_count == reference->table_room) {
        size_t room = reference->table_room * 2 + 16;
        struct ref_table *tables = realloc(reference->tables, room * sizeof(*tables));
        if (tables == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu tables", room);
        }
        reference->tables = tables;
        reference->table_room = room;
    }
    struct ref_table *table = &reference->tables[reference->table_count];
    *table = (struct ref_table){.input = pass->input, .number = number, .column_count = shape->column_count};
    table->name = arena_str(&reference->arena, str_slice(shape->name, 0, SET_NAME_BYTES_MAX), err);
    table->columns = ARENA_NEW(&reference->arena, struct ref_column, shape->column_count + 1, err);
    if (table->name.data == NULL || table->columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        table->columns[i].name = arena_str(&reference->arena, str_slice(shape->columns[i], 0, SET_NAME_BYTES_MAX), err);
        if (table->columns[i].name.data == NULL) {
            return -1;
        }
    }
    reference->table_count++;
    return 0;
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    *ret_wanted = true;
    return new_table(self, number, shape, err);
}

static int mark_seen(struct ref_column *column, const struct query *query, size_t s, uint32_t value, struct err *err)
{
    if (column->seen == NULL) {
        column->seen = calloc(query->count, sizeof(*column->seen));
    }
    if (column->seen != NULL && column->seen[s] == NULL) {
        column->seen[s] = calloc(query->sets[s]->value_count / 64 + 1, sizeof(uint64_t));
    }
    if (column->seen == NULL || column->seen[s] == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to compare with one more column");
    }
    column->seen[s][value / 64] |= UINT64_C(1) << (value % 64);
    return 0;
}

static int scan_column(struct pass *pass, struct ref_column *column, const struct table_batch *batch, size_t c,
                       struct err *err)
{
    const struct query *query = pass->query;
    struct cell_fact facts[TABLE_BATCH_ROWS];
    pass->normalizer.day_first = column->day_first;
    align_facts(&pass->normalizer, query, batch, c, facts);
    for (size_t r = 0; r < batch->rows; r++) {
        column->by_class[facts[r].class]++;
        for (size_t s = 0; s < query->count && facts[r].class != NORMAL_NONE; s++) {
            uint32_t value =
                align_lookup(query->sets[s], &pass->normalizer, batch->cells[r * batch->columns + c], &facts[r]);
            if (value != 0) {
                TRY(mark_seen(column, query, s, value, err));
            }
        }
    }
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct pass *pass = self;
    struct ref_table *table = &pass->reference->tables[pass->first_table + batch->table];
    for (size_t c = 0; c < batch->columns; c++) {
        struct ref_column *column = &table->columns[c];
        for (size_t r = 0; r < batch->rows && table->rows == 0 && !column->day_first; r++) {
            column->day_first = normal_date_order(batch->cells[r * batch->columns + c]) > 0;
        }
        TRY(scan_column(pass, column, batch, c, err));
    }
    table->rows += batch->rows;
    pass->reference->rows += batch->rows;
    if (pass->reference->rows - pass->told_rows >= PROGRESS_ROWS) {
        pass->told_rows = pass->reference->rows;
        assay_tell(pass->sink,
                   &(struct assay_progress){.verb = "match", .unit = "rows", .done = pass->reference->rows});
    }
    return 0;
}

int align_pass(struct reference *reference, struct input *input, size_t input_index, const struct query *query,
               const struct assay_sink *sink, struct err *err)
{
    struct pass pass = {.reference = reference,
                        .query = query,
                        .sink = sink,
                        .first_table = reference->table_count,
                        .input = input_index};
    pass.normalizer.wanted = query->wanted | 1U << NORMAL_NUMBER; /* a number may be more than that */
    pass.told_rows = reference->rows;
    struct table_sink rows = {.self = &pass, .table = on_table, .rows = on_rows};
    int result = input_stream(input, &rows, err);
    normalizer_close(&pass.normalizer);
    return result;
}

void align_finish(struct reference *reference)
{
    for (size_t t = 0; t < reference->table_count; t++) {
        for (size_t c = 0; c < reference->tables[t].column_count; c++) {
            struct ref_column *column = &reference->tables[t].columns[c];
            column->class = NORMAL_NONE;
            column->filled = 0;
            for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
                column->filled += column->by_class[class];
                if (column->class == NORMAL_NONE ? column->by_class[class] > 0
                                                 : column->by_class[class] > column->by_class[column->class]) {
                    column->class = (enum normal_class) class;
                }
            }
        }
    }
}

void reference_truncate(struct reference *reference, const struct query *query, size_t count)
{
    for (size_t t = count; t < reference->table_count; t++) {
        for (size_t c = 0; c < reference->tables[t].column_count; c++) {
            struct ref_column *column = &reference->tables[t].columns[c];
            for (size_t s = 0; column->seen != NULL && s < query->count; s++) {
                free(column->seen[s]);
            }
            free(column->seen);
        }
    }
    reference->table_count = reference->table_count > count ? count : reference->table_count;
}

void reference_close(struct reference *reference, const struct query *query)
{
    reference_truncate(reference, query, 0);
    free(reference->tables);
    arena_clear(&reference->arena);
}

void align_containment(const struct set *set, size_t c, const uint64_t *seen, uint64_t *ret_k, uint64_t *ret_n)
{
    *ret_k = *ret_n = 0;
    for (size_t r = 0; r < set->row_count; r++) {
        uint32_t value = set_cell(set, r, c);
        *ret_n += value != 0;
        *ret_k += value != 0 && seen != NULL && (seen[value / 64] >> (value % 64) & 1U) != 0;
    }
}

/* How telling it is that a column of this class is contained: a small number is in every table. */
static double weight(enum normal_class class)
{
    switch (class) {
    case NORMAL_SECRET:
        return 4;
    case NORMAL_EMAIL:
        return 3;
    case NORMAL_PHONE:
    case NORMAL_TIME:
        return 2;
    case NORMAL_TEXT:
        return 1;
    case NORMAL_DATE:
        return .5;
    case NORMAL_DECIMAL:
        return .2;
    case NORMAL_NUMBER:
        return .05;
    case NORMAL_NONE:
    case NORMAL_CLASSES:
        break;
    }
    return 0;
}

/* Sum over the sample's columns of the best containment, weighted; the same name is worth a tie. */
static double score_of(const struct set *set, size_t s, const struct ref_table *table)
{
    double score = 0;
    for (size_t c = 0; c < set->column_count; c++) {
        double best = 0;
        for (size_t d = 0; d < table->column_count; d++) {
            const struct ref_column *column = &table->columns[d];
            uint64_t k, n;
            if (column->seen == NULL || column->seen[s] == NULL) {
                continue;
            }
            align_containment(set, c, column->seen[s], &k, &n);
            double share = n == 0 ? 0 : (double)k / (double)n;
            share += share > 0 && str_eq_nocase(set->columns[c].name, column->name) ? .05 : 0;
            best = share > best ? share : best;
        }
        score += best * weight(set->columns[c].class);
    }
    return score;
}

bool align_choose(const struct reference *reference, const struct query *query, size_t *ret_set, size_t *ret_table)
{
    double best = 0;
    for (size_t s = 0; s < query->sample_count; s++) {
        for (size_t t = 0; t < reference->table_count; t++) {
            double score = score_of(query->sets[s], s, &reference->tables[t]);
            bool smaller =
                best > 0 && score > best - 1e-9 && reference->tables[t].rows < reference->tables[*ret_table].rows;
            if (score > best + 1e-9 || smaller) {
                best = score > best ? score : best;
                *ret_set = s;
                *ret_table = t;
            }
        }
    }
    return best > 0;
}

/* Filters first, slots after, bytes last: most cells of a reference are in no set, and that must cost little. */
#include <stdlib.h>

#include "base/str.h"
#include "match/look.h"

#include "base/banned.h"

enum { SIFTED_ROWS = 64 };

int look_open(struct look *look, const struct query *query, size_t columns, struct err *err)
{
    *look = (struct look){.query = query, .columns = columns};
    look->facts = calloc((columns + 1) * TABLE_BATCH_ROWS, sizeof(*look->facts));
    look->values = calloc((columns + 1) * (query->count + 1) * TABLE_BATCH_ROWS, sizeof(*look->values));
    return look->facts != NULL && look->values != NULL
               ? 0
               : err_set(err, ERR_LIMIT, "no memory to read %zu columns", columns);
}

void look_close(struct look *look)
{
    normalizer_close(&look->normalizer);
    free(look->facts);
    free(look->values);
    free(look->candidates);
    *look = (struct look){0};
}

/* Room for every cell of a column in every set. */
static int make_room(struct look *look, struct err *err)
{
    size_t needed = look->query->count * TABLE_BATCH_ROWS;
    if (needed > look->room) {
        free(look->candidates);
        look->candidates = calloc(needed, sizeof(*look->candidates));
        look->room = look->candidates == NULL ? 0 : needed;
    }
    return needed <= look->room ? 0 : err_set(err, ERR_LIMIT, "no memory to look up %zu values", needed);
}

static enum normal_class instant_class(int64_t seconds)
{
    return seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME;
}

static bool is_number(enum normal_class class)
{
    return class == NORMAL_NUMBER || class == NORMAL_DECIMAL;
}

static bool holds(const struct set *set, enum normal_class class)
{
    return (set->classes >> class & 1U) != 0;
}

/* Inlined by order: a function that only sends for memory is taken for one without effect, and its calls are dropped. */
static inline __attribute__((always_inline)) void fetch_filters(const struct look *look, enum normal_class class,
                                                                uint64_t hash)
{
    for (size_t s = 0; s < look->query->count; s++) {
        set_prefetch_filter(look->query->sets[s], class, hash);
    }
}

/* ---- First: what each cell is ---- */

/* A number may be a phone without its marks, or an instant; a decimal number an instant. */
static void hash_number(struct look *look, size_t r, enum normal_class own, struct str number, struct cell_fact *fact)
{
    struct str phone;
    int64_t seconds;
    if (own == NORMAL_NUMBER && (look->query->wanted >> NORMAL_PHONE & 1U) != 0 &&
        normal_number_as_phone(number, &phone)) {
        look->phone[r] = set_hash(NORMAL_PHONE, phone);
        fetch_filters(look, NORMAL_PHONE, look->phone[r]);
    }
    if (!normal_number_as_time(number, &seconds)) {
        return;
    }
    fact->seconds = seconds;
    enum normal_class class = instant_class(seconds);
    if ((look->query->wanted >> class & 1U) != 0) {
        look->instant[r] = set_hash(class, (struct str){(const char *)&seconds, sizeof(seconds)});
        fetch_filters(look, class, look->instant[r]);
    }
}

static void hash_cell(struct look *look, struct str cell, size_t r, unsigned wanted, struct cell_fact *fact)
{
    struct normal normal;
    normal_value(&look->normalizer, cell, &normal);
    *fact = (struct cell_fact){.class = (uint8_t)normal.class, .seconds = LOOK_NO_TIME};
    look->phone[r] = look->instant[r] = 0;
    if (normal.class == NORMAL_TIME || normal.class == NORMAL_DATE) {
        fact->seconds = normal.seconds;
    }
    if (normal.class != NORMAL_NONE && (wanted >> normal.class & 1U) != 0) {
        fact->hash = set_hash(normal.class, normal.bytes);
        fetch_filters(look, normal.class, fact->hash);
    }
    if (is_number(normal.class)) {
        hash_number(look, r, normal.class, normal.bytes, fact);
    }
}

/* ---- Second: which may be there ---- */

/* Of rows [from, to); count: candidates so far. */
static size_t sift(struct look *look, size_t at, size_t from, size_t to, size_t count)
{
    const struct cell_fact *facts = look_facts(look, at);
    for (size_t s = 0; s < look->query->count; s++) {
        const struct set *set = look->query->sets[s];
        for (size_t r = from; r < to; r++) {
            const struct cell_fact *fact = &facts[r];
            bool own = fact->hash != 0 && set_may_hold(set, (enum normal_class)fact->class, fact->hash);
            bool phone = look->phone[r] != 0 && set_may_hold(set, NORMAL_PHONE, look->phone[r]);
            bool instant = look->instant[r] != 0 && set_may_hold(set, instant_class(fact->seconds), look->instant[r]);
            if (own) {
                set_prefetch(set, fact->hash);
            }
            look->candidates[count] = (struct look_candidate){.set = (uint32_t)s, .row = (uint16_t)r};
            count += own || phone || instant;
        }
    }
    return count;
}

/* ---- Third: which are ---- */

/* The slots are on their way; now the values behind them, and then their bytes. A cell that only another of its spellings
 * may be found under is left to itself. */
static void fetch_values(struct look *look, size_t at, size_t count)
{
    const struct cell_fact *facts = look_facts(look, at);
    for (size_t i = 0; i < count; i++) {
        struct look_candidate *candidate = &look->candidates[i];
        const struct set *set = look->query->sets[candidate->set];
        uint64_t hash = facts[candidate->row].hash;
        candidate->value = hash == 0 ? 0 : set_peek(set, hash);
        if (candidate->value != 0) {
            __builtin_prefetch(&set->values[candidate->value]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct look_candidate *candidate = &look->candidates[i];
        if (candidate->value != 0) {
            const struct set *set = look->query->sets[candidate->set];
            const char *bytes = set_bytes(set, candidate->value).data;
            __builtin_prefetch(bytes);
            __builtin_prefetch(bytes + 63);
        }
    }
}

/* By its own class, else as a phone, else as an instant. */
static uint32_t find(const struct look *look, const struct set *set, const struct normal *normal, size_t r)
{
    uint32_t value = set_find(set, normal->class, normal->bytes);
    if (value != 0 || !is_number(normal->class)) {
        return value;
    }
    struct str phone;
    int64_t seconds;
    if (look->phone[r] != 0 && holds(set, NORMAL_PHONE) && normal_number_as_phone(normal->bytes, &phone)) {
        value = set_find(set, NORMAL_PHONE, phone);
    }
    if (value == 0 && look->instant[r] != 0 && normal_number_as_time(normal->bytes, &seconds)) {
        value = set_find(set, instant_class(seconds), (struct str){(const char *)&seconds, sizeof(seconds)});
    }
    return value;
}

int look_column(struct look *look, const struct table_batch *batch, size_t c, size_t at, bool day_first,
                unsigned wanted, struct err *err)
{
    const unsigned aliases = 1U << NORMAL_PHONE | 1U << NORMAL_TIME | 1U << NORMAL_DATE;
    struct cell_fact *facts = &look->facts[at * TABLE_BATCH_ROWS];
    TRY(make_room(look, err));
    look->normalizer.day_first = day_first;
    look->normalizer.wanted = wanted | 1U << NORMAL_DECIMAL; /* may be an instant, asked for or not */
    look->normalizer.wanted |= (look->query->wanted & aliases) != 0 ? 1U << NORMAL_NUMBER : 0;
    for (size_t s = 0; s < look->query->count; s++) {
        memset(&look->values[(s * look->columns + at) * TABLE_BATCH_ROWS], 0, batch->rows * sizeof(*look->values));
    }
    size_t count = 0;
    for (size_t from = 0; from < batch->rows; from += SIFTED_ROWS) { /* so few that what was sent for is still there */
        size_t to = batch->rows - from < SIFTED_ROWS ? batch->rows : from + SIFTED_ROWS;
        for (size_t r = from; r < to; r++) {
            hash_cell(look, batch->cells[r * batch->columns + c], r, wanted, &facts[r]);
        }
        count = sift(look, at, from, to, count);
    }
    fetch_values(look, at, count);
    for (size_t i = 0; i < count; i++) {
        const struct look_candidate *candidate = &look->candidates[i];
        if (candidate->value == 0 && !is_number((enum normal_class)facts[candidate->row].class)) {
            continue;
        }
        struct normal normal;
        normal_value(&look->normalizer, batch->cells[candidate->row * batch->columns + c], &normal);
        look->values[(candidate->set * look->columns + at) * TABLE_BATCH_ROWS + candidate->row] =
            find(look, look->query->sets[candidate->set], &normal, candidate->row);
    }
    return buf_check(&look->normalizer.scratch, err);
}

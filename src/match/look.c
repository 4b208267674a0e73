/* Filters first, the index after, bytes last: most cells of a reference are in no set, and that must cost little. */
#include <stdlib.h>

#include "base/str.h"
#include "match/look.h"
#include "normal/normal_quick.h"

#include "base/banned.h"

enum { SIFTED_ROWS = 64 };

int look_open(struct look *look, const struct query *query, size_t columns, struct err *err)
{
    *look = (struct look){.query = query, .columns = columns};
    look->facts = calloc((columns + 1) * TABLE_BATCH_ROWS, sizeof(*look->facts));
    look->values = calloc((columns + 1) * (query->count + 1) * TABLE_BATCH_ROWS, sizeof(*look->values));
    look->hits = calloc((columns + 1) * (query->count + 1) * TABLE_BATCH_ROWS, sizeof(*look->hits));
    look->hit_counts = calloc((columns + 1) * (query->count + 1), sizeof(*look->hit_counts));
    return look->facts != NULL && look->values != NULL && look->hits != NULL && look->hit_counts != NULL
               ? 0
               : err_set(err, ERR_LIMIT, "no memory to read %zu columns", columns);
}

void look_close(struct look *look)
{
    normalizer_close(&look->normalizer);
    free(look->facts);
    free(look->values);
    free(look->hits);
    free(look->hit_counts);
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
        look->has_aliases = true;
        fetch_filters(look, NORMAL_PHONE, look->phone[r]);
    }
    if (!normal_number_as_time(number, &seconds)) {
        return;
    }
    fact->seconds = seconds;
    enum normal_class class = instant_class(seconds);
    if ((look->query->wanted >> class & 1U) != 0) {
        look->instant[r] = set_hash(class, (struct str){(const char *)&seconds, sizeof(seconds)});
        look->has_aliases = true;
        fetch_filters(look, class, look->instant[r]);
    }
}

static struct look_spelled place_in(struct str cell, struct str spelling)
{
    uintptr_t offset = (uintptr_t)spelling.data - (uintptr_t)cell.data;
    bool is_inside = offset < cell.len && offset < LOOK_ELSEWHERE;
    return (struct look_spelled){is_inside ? (uint32_t)offset : LOOK_ELSEWHERE, (uint32_t)spelling.len};
}

/* A cell that is no usual shape. Its spelling is told by its bytes, which live until the next one. */
static enum normal_class spell(struct look *look, struct str cell, size_t r, struct str *ret_bytes,
                               int64_t *ret_seconds)
{
    struct normal normal;
    normal_value(&look->normalizer, cell, &normal);
    if (normal_is_instant(normal.class)) {
        *ret_seconds = normal.seconds;
    }
    *ret_bytes = normal.bytes;
    look->spelled[r] = place_in(cell, normal.bytes);
    return normal.class;
}

static inline void hash_cell(struct look *look, struct str cell, size_t r, unsigned wanted, struct cell_fact *fact)
{
    struct str bytes = cell;
    int64_t seconds = LOOK_NO_TIME;
    enum normal_class class = normal_quick(cell, look->normalizer.wanted, &seconds);
    look->spelled[r] = (struct look_spelled){0, (uint32_t)cell.len};
    if (class == NORMAL_CLASSES) {
        class = spell(look, cell, r, &bytes, &seconds);
    } else if (normal_is_instant(class)) {
        bytes = (struct str){(const char *)&seconds, sizeof(seconds)};
        look->spelled[r].offset = LOOK_ELSEWHERE;
    }
    *fact = (struct cell_fact){.class = (uint8_t) class, .seconds = seconds};
    if (class != NORMAL_NONE && (wanted >> class & 1U) != 0) {
        fact->hash = set_hash(class, bytes);
        fetch_filters(look, class, fact->hash);
    }
    if (is_number(class)) {
        hash_number(look, r, class, bytes, fact);
    }
}

/* Rows [from, to) of column c; what each class has is added up in runs, as most columns are all of one. */
static void hash_cells(struct look *look, const struct table_batch *batch, size_t c, size_t from, size_t to,
                       unsigned wanted, struct cell_fact *facts)
{
    const struct str *cells = &batch->cells[c];
    size_t run = 0;
    uint8_t class = NORMAL_NONE;
    for (size_t r = from; r < to; r++) {
        hash_cell(look, cells[r * batch->columns], r, wanted, &facts[r]);
        if (facts[r].class != class) {
            look->by_class[class] += run;
            class = facts[r].class;
            run = 0;
        }
        run++;
    }
    look->by_class[class] += run;
}

/* ---- Second: which may be there ---- */

static void add_candidate(struct look *look, size_t s, size_t r, size_t *count)
{
    look->candidates[(*count)++] = (struct look_candidate){.set = (uint32_t)s, .row = (uint16_t)r};
}

/* Rows [from, to), numbers among them that may be found under other spellings. */
static void sift_aliases(struct look *look, const struct cell_fact *facts, size_t s, size_t from, size_t to,
                         size_t *count)
{
    const struct set *set = look->query->sets[s];
    for (size_t r = from; r < to; r++) {
        const struct cell_fact *fact = &facts[r];
        bool own = fact->hash != 0 && set_may_hold(set, (enum normal_class)fact->class, fact->hash);
        bool phone = look->phone[r] != 0 && set_may_hold(set, NORMAL_PHONE, look->phone[r]);
        bool instant = look->instant[r] != 0 && set_may_hold(set, instant_class(fact->seconds), look->instant[r]);
        if (own) {
            set_prefetch(set, fact->hash);
        }
        if (own || phone || instant) {
            add_candidate(look, s, r, count);
        }
    }
}

/* Of rows [from, to); count: candidates so far. */
static void sift(struct look *look, const struct cell_fact *facts, size_t from, size_t to, size_t *count)
{
    for (size_t s = 0; s < look->query->count; s++) {
        const struct set *set = look->query->sets[s];
        if (look->has_aliases) {
            sift_aliases(look, facts, s, from, to, count);
            continue;
        }
        for (size_t r = from; r < to; r++) {
            const struct cell_fact *fact = &facts[r];
            if (fact->hash != 0 && set_may_hold(set, (enum normal_class)fact->class, fact->hash)) {
                set_prefetch(set, fact->hash);
                add_candidate(look, s, r, count);
            }
        }
    }
}

/* ---- Third: which are ---- */

/* The index is on its way; now the numbers in it, where their spellings stand, and then these. A cell that only another of its
 * spellings may be found under is left to itself. */
static void fetch_values(struct look *look, const struct cell_fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct look_candidate *candidate = &look->candidates[i];
        uint64_t hash = facts[candidate->row].hash;
        if (hash != 0) {
            struct finder_walk walk = set_walk(look->query->sets[candidate->set], hash);
            candidate->at = finder_next(&walk);
            __builtin_prefetch(candidate->at);
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct look_candidate *candidate = &look->candidates[i];
        if (candidate->at != NULL) {
            candidate->value = *candidate->at;
            set_prefetch_place(look->query->sets[candidate->set], candidate->value);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct look_candidate *candidate = &look->candidates[i];
        if (candidate->value != 0) {
            set_prefetch_bytes(look->query->sets[candidate->set], candidate->value);
        }
    }
}

/* A number as a phone, else as an instant. */
static uint32_t find_alias(const struct look *look, const struct set *set, struct str number, size_t r)
{
    struct str phone;
    int64_t seconds;
    uint32_t value = 0;
    if (look->phone[r] != 0 && holds(set, NORMAL_PHONE) && normal_number_as_phone(number, &phone)) {
        value = set_find(set, NORMAL_PHONE, phone);
    }
    if (value == 0 && look->instant[r] != 0 && normal_number_as_time(number, &seconds)) {
        value = set_find(set, instant_class(seconds), (struct str){(const char *)&seconds, sizeof(seconds)});
    }
    return value;
}

/* The candidate's spelling; it lives until the next call. */
static struct str spelling_of(struct look *look, const struct table_batch *batch, size_t c,
                              const struct cell_fact *fact, size_t r)
{
    struct normal normal;
    struct str cell = batch->cells[r * batch->columns + c];
    if (look->spelled[r].offset != LOOK_ELSEWHERE) {
        return (struct str){cell.data + look->spelled[r].offset, look->spelled[r].len};
    }
    if (normal_is_instant((enum normal_class)fact->class)) {
        return (struct str){(const char *)&fact->seconds, sizeof(fact->seconds)};
    }
    normal_value(&look->normalizer, cell, &normal);
    return normal.bytes;
}

/* By its own class, else as a phone, else as an instant. */
static uint32_t find(struct look *look, const struct table_batch *batch, size_t c, const struct cell_fact *fact,
                     const struct look_candidate *candidate)
{
    const struct set *set = look->query->sets[candidate->set];
    enum normal_class class = (enum normal_class)fact->class;
    struct str bytes = spelling_of(look, batch, c, fact, candidate->row);
    uint32_t value = candidate->value;
    if (value != 0 && !set_is_value(set, value, class, bytes)) {
        value = set_find_hashed(set, fact->hash, class, bytes);
    }
    return value != 0 || !is_number(class) || !look->has_aliases ? value : find_alias(look, set, bytes, candidate->row);
}

static void find_values(struct look *look, const struct table_batch *batch, size_t c, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct look_candidate *candidate = &look->candidates[i];
        const struct cell_fact *fact = &look_facts(look, at)[candidate->row];
        size_t place = candidate->set * look->columns + at;
        uint32_t value = candidate->value == 0 && !is_number((enum normal_class)fact->class)
                             ? 0
                             : find(look, batch, c, fact, candidate);
        if (value != 0) {
            look->values[place * TABLE_BATCH_ROWS + candidate->row] = value;
            look->hits[place * TABLE_BATCH_ROWS + look->hit_counts[place]++] = candidate->row;
        }
    }
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
        size_t place = s * look->columns + at;
        memset(&look->values[place * TABLE_BATCH_ROWS], 0, batch->rows * sizeof(*look->values));
        look->hit_counts[place] = 0;
    }
    memset(look->by_class, 0, sizeof(look->by_class));
    if (look->has_aliases) {
        memset(look->phone, 0, sizeof(look->phone));
        memset(look->instant, 0, sizeof(look->instant));
        look->has_aliases = false;
    }
    size_t count = 0;
    for (size_t from = 0; from < batch->rows; from += SIFTED_ROWS) { /* so few that what was sent for is still there */
        size_t to = batch->rows - from < SIFTED_ROWS ? batch->rows : from + SIFTED_ROWS;
        hash_cells(look, batch, c, from, to, wanted, facts);
        sift(look, facts, from, to, &count);
    }
    fetch_values(look, facts, count);
    find_values(look, batch, c, at, count);
    return buf_check(&look->normalizer.scratch, err);
}

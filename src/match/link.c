/* Linking rows, in one stream over the table. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/link.h"

#include "base/banned.h"

enum { MINUTE_PAGE = 4096, MINUTE_PAGES = 16700 /* to the year 2100 */, SKETCH = 1 << LINK_SKETCH_BITS };

/* ---- Minutes ---- */

int64_t minute_of(int64_t seconds)
{
    return seconds / 60 - (seconds % 60 < 0);
}

static int minutes_add(struct minutes *minutes, int64_t seconds, struct err *err)
{
    int64_t minute = minute_of(seconds);
    if (minute < 0 || minute >= (int64_t)MINUTE_PAGE * MINUTE_PAGES) {
        minutes->outside++;
        return 0;
    }
    if (minutes->pages == NULL) {
        minutes->pages = calloc(MINUTE_PAGES, sizeof(*minutes->pages));
        minutes->first = minutes->last = minute;
    }
    uint32_t **page = minutes->pages == NULL ? NULL : &minutes->pages[minute / MINUTE_PAGE];
    if (page != NULL && *page == NULL) {
        *page = calloc(MINUTE_PAGE, sizeof(**page));
    }
    if (page == NULL || *page == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the times of rows");
    }
    (*page)[minute % MINUTE_PAGE]++;
    minutes->total++;
    minutes->first = minute < minutes->first ? minute : minutes->first;
    minutes->last = minute > minutes->last ? minute : minutes->last;
    return 0;
}

uint32_t minutes_at(const struct minutes *minutes, int64_t minute)
{
    bool inside = minutes->pages != NULL && minute >= 0 && minute < (int64_t)MINUTE_PAGE * MINUTE_PAGES;
    const uint32_t *page = inside ? minutes->pages[minute / MINUTE_PAGE] : NULL;
    return page == NULL ? 0 : page[minute % MINUTE_PAGE];
}

static void minutes_close(struct minutes *minutes)
{
    for (size_t i = 0; minutes->pages != NULL && i < MINUTE_PAGES; i++) {
        free(minutes->pages[i]);
    }
    free(minutes->pages);
    minutes->pages = NULL;
}

/* ---- The first rows ---- */

/* Keeps the smallest LINK_HEAD_ROWS places; head[0] is the largest of them. */
static void head_add(struct ref_facts *facts, int64_t place)
{
    int64_t *head = facts->head;
    size_t at;
    if (facts->head_count < LINK_HEAD_ROWS) {
        at = facts->head_count++;
        while (at > 0 && head[(at - 1) / 2] < place) {
            head[at] = head[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        head[at] = place;
        return;
    }
    if (place >= head[0]) {
        return;
    }
    at = 0;
    for (size_t child = 1; child < LINK_HEAD_ROWS; child = 2 * at + 1) {
        child += child + 1 < LINK_HEAD_ROWS && head[child + 1] > head[child];
        if (head[child] <= place) {
            break;
        }
        head[at] = head[child];
        at = child;
    }
    head[at] = place;
}

/* ---- Distinct values: HyperLogLog (Flajolet et al. 2007), exact enough below and linear counting when small ---- */

static void sketch_add(uint8_t *sketch, uint64_t hash)
{
    size_t cell = hash >> (64 - LINK_SKETCH_BITS);
    uint64_t rest = hash << LINK_SKETCH_BITS;
    uint8_t rank = (uint8_t)(rest == 0 ? 64 - LINK_SKETCH_BITS + 1 : __builtin_clzll(rest) + 1);
    sketch[cell] = rank > sketch[cell] ? rank : sketch[cell];
}

static double sketch_count(const uint8_t *sketch)
{
    double sum = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < SKETCH; i++) {
        sum += ldexp(1, -sketch[i]);
        zeros += sketch[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / SKETCH) * SKETCH * SKETCH / sum;
    return estimate <= 2.5 * SKETCH && zeros > 0 ? SKETCH * log((double)SKETCH / (double)zeros) : estimate;
}

/* ---- Pairs ---- */

static bool is_instant(enum normal_class class)
{
    return class == NORMAL_TIME || class == NORMAL_DATE;
}

static int by_containment(const void *a, const void *b)
{
    const struct link_pair *left = a;
    const struct link_pair *right = b;
    return (left->k < right->k) - (left->k > right->k);
}

static bool name_has(struct str name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find_nocase(name, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool is_creation_name(struct str name)
{
    static const char *const words[] = {"creat", "join",   "regist", "signup", "sign_up",
                                        "added", "insert", "since",  "opened"};
    return name_has(name, words, sizeof(words) / sizeof(*words));
}

static bool is_change_name(struct str name)
{
    static const char *const words[] = {"updat", "modif", "chang", "edited"};
    return name_has(name, words, sizeof(words) / sizeof(*words));
}

/* "CustomerId", "customer_id" and "customer-id" are one name. */
bool link_same_name(struct str here, struct str there)
{
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        while (i < here.len && memchr("_- .", here.data[i], 4) != NULL) {
            i++;
        }
        while (j < there.len && memchr("_- .", there.data[j], 4) != NULL) {
            j++;
        }
        if (i == here.len || j == there.len) {
            return i == here.len && j == there.len;
        }
        if (!str_eq_nocase(str_slice(here, i, i + 1), str_slice(there, j, j + 1))) {
            return false;
        }
        i++;
        j++;
    }
}

/* Two columns that, by their names, should hold the same: then that they have no value in common speaks. */
bool link_same_meaning(struct str here, struct str there)
{
    static const char *const passwords[] = {"pass", "pwd", "pw", "hash"};
    static const char *const tokens[] = {"token", "secret", "session", "api_key", "apikey"};
    bool is_id = str_ends_nocase(here, STR("id")) && str_ends_nocase(there, STR("id"));
    return link_same_name(here, there) || is_id || (is_creation_name(here) && is_creation_name(there)) ||
           (is_change_name(here) && is_change_name(there)) ||
           (name_has(here, passwords, 4) && name_has(there, passwords, 4)) ||
           (name_has(here, tokens, 5) && name_has(there, tokens, 5));
}

bool link_contrary_meaning(struct str here, struct str there)
{
    return (is_creation_name(here) && is_change_name(there)) || (is_change_name(here) && is_creation_name(there));
}

/* The only column of its class on its side. */
static bool is_only(const struct set *set, const struct ref_table *table, enum normal_class class)
{
    size_t here = 0;
    size_t there = 0;
    for (size_t i = 0; i < set->column_count; i++) {
        here += set->columns[i].class == class;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        there += table->columns[i].class == class;
    }
    return here == 1 && there == 1;
}

/* Columns with a value in common; every two columns of times (a shifted clock has none in common); and two of secrets that
 * should agree and do not, as that is evidence too. */
static int collect_pairs(struct linkage *linkage, size_t s, const struct ref_table *table, struct err *err)
{
    const struct set *set = linkage->set;
    size_t room = set->column_count * table->column_count;
    OWN(own_mem) struct link_pair *all = calloc(room + 1, sizeof(*all));
    if (all == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu pairs of columns", room);
    }
    size_t count = 0;
    for (size_t i = 0; i < room; i++) {
        struct link_pair pair = {.sample = i / table->column_count, .reference = i % table->column_count};
        const struct ref_column *column = &table->columns[pair.reference];
        bool times = is_instant(set->columns[pair.sample].class) && is_instant(column->class);
        align_containment(set, pair.sample, column->seen == NULL ? NULL : column->seen[s], &pair.k, &pair.n);
        enum normal_class class = set->columns[pair.sample].class;
        bool secrets = class == NORMAL_SECRET && column->class == NORMAL_SECRET &&
                       (is_only(set, table, class) || link_same_meaning(set->columns[pair.sample].name, column->name));
        if (pair.k > 0 || times || secrets) {
            pair.is_time = set->columns[pair.sample].class == NORMAL_TIME && column->class == NORMAL_TIME;
            all[count++] = pair;
        }
    }
    qsort(all, count, sizeof(*all), by_containment);
    for (size_t i = 0; i < count && linkage->pair_count < LINK_PAIRS_MAX; i++) {
        if (all[i].is_time && linkage->time_count == LINK_TIMES_MAX) {
            all[i].is_time = false;
        }
        all[i].time = linkage->time_count;
        linkage->time_count += all[i].is_time;
        linkage->pairs[linkage->pair_count++] = all[i];
    }
    return 0;
}

/* Long enough that nobody hits it by chance: 64 bits are 16 hex digits or 11 letters. */
static bool is_long_secret(const struct set *set, size_t column)
{
    uint64_t length = 0;
    uint64_t count = 0;
    for (size_t r = 0; r < set->row_count && count < 100; r++) {
        uint32_t value = set_cell(set, r, column);
        length += value == 0 ? 0 : set_bytes(set, value).len;
        count += value != 0;
    }
    return count > 0 && length / count >= 16;
}

static bool is_near_unique(const struct set_column *column)
{
    return column->filled > 0 && column->distinct * 10 >= column->filled * 9;
}

static enum link_via via_of(const struct set *set, const struct ref_table *table, const struct link_pair *pair)
{
    const struct set_column *column = &set->columns[pair->sample];
    enum normal_class there = table->columns[pair->reference].class;
    if (pair->k == 0) {
        return LINK_VIAS;
    }
    if (column->class == NORMAL_EMAIL && there == NORMAL_EMAIL) {
        return LINK_EMAIL;
    }
    if ((column->class == NORMAL_PHONE || there == NORMAL_PHONE) &&
        (column->class == NORMAL_NUMBER || there == NORMAL_NUMBER || column->class == there)) {
        return LINK_PHONE;
    }
    if (column->class == NORMAL_SECRET && is_near_unique(column) && is_long_secret(set, pair->sample)) {
        return LINK_SECRET;
    }
    return is_near_unique(column) ? LINK_OTHER : LINK_VIAS;
}

/* Of two pairs that contain as much: the one with more distinct values, then the one whose names agree. */
static bool links_better(const struct linkage *linkage, const struct ref_table *table, const struct link_pair *a,
                         const struct link_pair *b)
{
    const struct set_column *first = &linkage->set->columns[a->sample];
    const struct set_column *second = &linkage->set->columns[b->sample];
    if (a->k != b->k || first->distinct != second->distinct) {
        return a->k != b->k ? a->k > b->k : first->distinct > second->distinct;
    }
    return link_same_name(first->name, table->columns[a->reference].name) &&
           !link_same_name(second->name, table->columns[b->reference].name);
}

/* The best pair for each way of linking. */
static void choose_vias(struct linkage *linkage, const struct ref_table *table)
{
    for (int via = 0; via < LINK_VIAS; via++) {
        linkage->via_pair[via] = -1;
    }
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        enum link_via via = via_of(linkage->set, table, pair);
        if (via == LINK_VIAS) {
            continue;
        }
        int *chosen = &linkage->via_pair[via];
        if (*chosen < 0 || links_better(linkage, table, pair, &linkage->pairs[*chosen])) {
            *chosen = (int)p;
        }
    }
    if (linkage->via_pair[LINK_EMAIL] >= 0 || linkage->via_pair[LINK_PHONE] >= 0 ||
        linkage->via_pair[LINK_SECRET] >= 0) {
        linkage->via_pair[LINK_OTHER] = -1;
    }
}

/* Rows by value, for the columns that link. */
static int index_rows(struct linkage *linkage, struct err *err)
{
    const struct set *set = linkage->set;
    for (int via = 0; via < LINK_VIAS; via++) {
        if (linkage->via_pair[via] < 0) {
            continue;
        }
        size_t column = linkage->pairs[linkage->via_pair[via]].sample;
        linkage->first[via] = calloc(set->value_count, sizeof(uint32_t));
        linkage->next[via] = calloc(set->row_count + 1, sizeof(uint32_t));
        if (linkage->first[via] == NULL || linkage->next[via] == NULL) {
            return err_set(err, ERR_LIMIT, "no memory to link %zu rows", set->row_count);
        }
        for (size_t r = set->row_count; r > 0; r--) {
            uint32_t value = set_cell(set, r - 1, column);
            if (value != 0) {
                linkage->next[via][r - 1] = linkage->first[via][value];
                linkage->first[via][value] = (uint32_t)r;
            }
        }
    }
    return 0;
}

static bool is_counted(enum normal_class class)
{
    return class == NORMAL_TIME || class == NORMAL_SECRET || class == NORMAL_NUMBER || class == NORMAL_PHONE;
}

int linkage_open(struct linkage *linkage, const struct set *set, size_t s, const struct ref_table *table,
                 struct err *err)
{
    *linkage = (struct linkage){.set = set, .index = s};
    TRY(collect_pairs(linkage, s, table, err));
    choose_vias(linkage, table);
    TRY(index_rows(linkage, err));
    linkage->links = calloc(set->row_count + 1, sizeof(*linkage->links));
    if (linkage->links == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to link %zu rows", set->row_count);
    }
    for (size_t r = 0; r < set->row_count; r++) {
        linkage->links[r].via = LINK_VIAS;
    }
    for (size_t p = 0; p < linkage->pair_count; p++) {
        struct link_pair *pair = &linkage->pairs[p];
        if (is_counted(set->columns[pair->sample].class)) {
            pair->counts = calloc(set->value_count, 1);
            if (pair->counts == NULL) {
                return err_set(err, ERR_LIMIT, "no memory to count %u values", set->value_count);
            }
        }
    }
    return 0;
}

void linkage_close(struct linkage *linkage)
{
    for (int via = 0; via < LINK_VIAS; via++) {
        free(linkage->first[via]);
        free(linkage->next[via]);
    }
    for (size_t p = 0; p < linkage->pair_count; p++) {
        free(linkage->pairs[p].counts);
    }
    free(linkage->links);
    *linkage = (struct linkage){0};
}

/* ---- What the table's columns are for ---- */

static bool is_no_creation_name(struct str name)
{
    static const char *const words[] = {"updat", "modif", "chang", "edited", "last", "login", "expir",
                                        "birth", "dob",   "delet", "valid",  "due",  "end"};
    return name_has(name, words, sizeof(words) / sizeof(*words));
}

/* created: by name, else the first column of times that nothing speaks against. */
static void find_roles(const struct ref_table *table, struct ref_facts *facts)
{
    facts->created = facts->updated = facts->id = -1;
    bool named = false;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct ref_column *column = &table->columns[i];
        bool whole = column->filled * 10 >= table->rows * 9;
        if (column->class == NORMAL_NUMBER && facts->id < 0 && whole &&
            (i == 0 || str_ends_nocase(column->name, STR("id")))) {
            facts->id = (int)i;
        }
        if (!is_instant(column->class)) {
            continue;
        }
        if (is_change_name(column->name) && facts->updated < 0) {
            facts->updated = (int)i;
        } else if (is_creation_name(column->name) && !named && whole) {
            facts->created = (int)i;
            named = true;
        } else if (facts->created < 0 && whole && column->class == NORMAL_TIME && !is_no_creation_name(column->name)) {
            facts->created = (int)i;
        }
    }
    facts->created_is_time = facts->created >= 0 && table->columns[facts->created].class == NORMAL_TIME;
}

/* ---- The stream ---- */

struct linking {
    struct linkage *linkages;
    size_t count;
    const struct query *query;
    const struct ref_table *table;
    struct ref_facts *facts;
    const struct assay_sink *sink;
    struct normalizer normalizer;
    bool *used;       /* per column of the table: in a pair, or a role */
    uint8_t **sketch; /* per column */
    /* Of a batch, column by column: cell (column, row) is at column * TABLE_BATCH_ROWS + row. */
    struct cell_fact *facts_of;
    uint32_t *value; /* in the set's numbers, one such block per linkage */
    size_t row;      /* the batch's row being linked */
};

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    const struct linking *linking = self;
    *ret_wanted = number == linking->table->number;
    if (*ret_wanted && shape->column_count != linking->table->column_count) {
        return err_set(err, ERR_FORMAT, "%.*s changed while it was read", STR_FMT(shape->name));
    }
    return 0;
}

static uint32_t *value_at(const struct linking *linking, size_t l, size_t column)
{
    return &linking->value[(l * linking->table->column_count + column) * TABLE_BATCH_ROWS + linking->row];
}

static const struct cell_fact *fact_at(const struct linking *linking, size_t column)
{
    return &linking->facts_of[column * TABLE_BATCH_ROWS + linking->row];
}

/* One column of a batch: looked up in every set, sketched, its instants kept. */
static void take_column(struct linking *linking, const struct table_batch *batch, size_t c)
{
    struct cell_fact *facts = &linking->facts_of[c * TABLE_BATCH_ROWS];
    linking->normalizer.day_first = linking->table->columns[c].day_first;
    align_facts(&linking->normalizer, linking->query, batch, c, facts);
    for (linking->row = 0; linking->row < batch->rows; linking->row++) {
        const struct cell_fact *fact = &facts[linking->row];
        struct str cell = batch->cells[linking->row * batch->columns + c];
        for (size_t l = 0; l < linking->count; l++) {
            *value_at(linking, l, c) = align_lookup(linking->linkages[l].set, &linking->normalizer, cell, fact);
        }
        if (fact->class != NORMAL_NONE) {
            linking->facts->filled[c]++;
            sketch_add(linking->sketch[c], fact->hash);
        }
    }
}

static int64_t role_seconds(const struct linking *linking, int column)
{
    return column < 0 ? LINK_NO_TIME : fact_at(linking, (size_t)column)->seconds;
}

static void compare(const struct linking *linking, size_t l, size_t row, struct link *link)
{
    const struct linkage *linkage = &linking->linkages[l];
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        uint32_t there = *value_at(linking, l, pair->reference);
        uint32_t here = set_cell(linkage->set, row, pair->sample);
        link->agree |= (uint64_t)(here != 0 && here == there) << p;
        const struct cell_fact *fact = fact_at(linking, pair->reference);
        link->filled |= (uint64_t)(fact->class != NORMAL_NONE) << p;
        int64_t seconds;
        if (pair->is_time && here != 0 && fact->seconds != LINK_NO_TIME && set_seconds(linkage->set, here, &seconds)) {
            link->difference_s[pair->time] = seconds - fact->seconds;
        }
    }
}

/* Row `row` of the set may be the table's current row. A stronger way of linking replaces a weaker one. */
static void hit(const struct linking *linking, size_t l, size_t row, enum link_via via, int64_t order)
{
    struct link *link = &linking->linkages[l].links[row];
    if (link->via < (uint8_t)via) {
        return;
    }
    if (link->via == (uint8_t)via) {
        link->hits = 2;
        return;
    }
    *link = (struct link){.via = (uint8_t)via, .hits = 1, .order = order};
    link->created = role_seconds(linking, linking->facts->created);
    link->updated = role_seconds(linking, linking->facts->updated);
    for (size_t t = 0; t < LINK_TIMES_MAX; t++) {
        link->difference_s[t] = LINK_NO_TIME;
    }
    compare(linking, l, row, link);
}

static void link_row(const struct linking *linking, size_t l, int64_t order)
{
    struct linkage *linkage = &linking->linkages[l];
    for (size_t p = 0; p < linkage->pair_count; p++) {
        struct link_pair *pair = &linkage->pairs[p];
        uint32_t value = *value_at(linking, l, pair->reference);
        if (pair->counts != NULL && value != 0 && pair->counts[value] < UINT8_MAX) {
            pair->counts[value]++;
        }
    }
    bool known = false;
    for (int via = 0; via < LINK_VIAS; via++) {
        int p = linkage->via_pair[via];
        uint32_t value = p < 0 ? 0 : *value_at(linking, l, linkage->pairs[p].reference);
        if (value == 0) {
            continue;
        }
        uint32_t row = linkage->first[via][value];
        known = known || (via <= LINK_PHONE && row != 0);
        for (; row != 0; row = linkage->next[via][row - 1]) {
            hit(linking, l, row - 1, (enum link_via)via, order);
        }
    }
    linkage->identity_rows += known;
}

static int take_row(struct linking *linking, const struct str *cells, struct err *err)
{
    struct ref_facts *facts = linking->facts;
    int64_t created = role_seconds(linking, facts->created);
    int64_t updated = role_seconds(linking, facts->updated);
    int64_t order = created;
    if (created != LINK_NO_TIME) {
        TRY(minutes_add(&facts->begun, created, err));
    }
    if (updated != LINK_NO_TIME) {
        TRY(minutes_add(&facts->changed, updated, err));
    }
    if (facts->created < 0 && facts->id >= 0 && !str_i64(str_trim(cells[facts->id]), &order)) {
        order = LINK_NO_TIME;
    }
    if (order != LINK_NO_TIME) {
        head_add(facts, order);
    }
    for (size_t l = 0; l < linking->count; l++) {
        link_row(linking, l, order);
    }
    facts->rows++;
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct linking *linking = self;
    for (size_t c = 0; c < batch->columns; c++) {
        if (linking->used[c]) {
            take_column(linking, batch, c);
        }
    }
    for (linking->row = 0; linking->row < batch->rows; linking->row++) {
        TRY(take_row(linking, batch->cells + linking->row * batch->columns, err));
    }
    assay_tell(linking->sink,
               &(struct assay_progress){
                   .verb = "match", .unit = "rows", .done = linking->facts->rows, .total = linking->table->rows});
    return 0;
}

static int linking_open(struct linking *linking, struct err *err)
{
    size_t columns = linking->table->column_count;
    struct ref_facts *facts = linking->facts;
    linking->used = calloc(columns + 1, sizeof(*linking->used));
    linking->sketch = calloc(columns + 1, sizeof(*linking->sketch));
    linking->value = calloc((columns + 1) * linking->count * TABLE_BATCH_ROWS, sizeof(*linking->value));
    linking->facts_of = calloc((columns + 1) * TABLE_BATCH_ROWS, sizeof(*linking->facts_of));
    facts->distinct = calloc(columns + 1, sizeof(*facts->distinct));
    facts->filled = calloc(columns + 1, sizeof(*facts->filled));
    bool good = linking->used != NULL && linking->sketch != NULL && linking->value != NULL &&
                linking->facts_of != NULL && facts->distinct != NULL && facts->filled != NULL;
    for (size_t l = 0; good && l < linking->count; l++) {
        for (size_t p = 0; p < linking->linkages[l].pair_count; p++) {
            linking->used[linking->linkages[l].pairs[p].reference] = true;
        }
    }
    const int roles[] = {facts->created, facts->updated, facts->id};
    for (size_t i = 0; good && i < 3; i++) {
        if (roles[i] >= 0) {
            linking->used[roles[i]] = true;
        }
    }
    for (size_t c = 0; good && c < columns; c++) {
        if (linking->used[c]) {
            linking->sketch[c] = calloc(SKETCH, 1);
            good = linking->sketch[c] != NULL;
        }
    }
    return good ? 0 : err_set(err, ERR_LIMIT, "no memory to read %zu columns", columns);
}

static void linking_close(struct linking *linking)
{
    for (size_t c = 0; linking->sketch != NULL && c < linking->table->column_count; c++) {
        free(linking->sketch[c]);
    }
    free(linking->sketch);
    free(linking->used);
    free(linking->value);
    free(linking->facts_of);
    normalizer_close(&linking->normalizer);
}

int link_pass(struct linkage *linkages, size_t count, const struct query *query, struct input *input,
              const struct ref_table *table, const struct assay_sink *sink, struct ref_facts *facts, struct err *err)
{
    *facts = (struct ref_facts){0};
    find_roles(table, facts);
    struct linking linking = {
        .linkages = linkages, .count = count, .query = query, .table = table, .facts = facts, .sink = sink};
    linking.normalizer.wanted = NORMAL_ALL;
    struct table_sink rows = {.self = &linking, .table = on_table, .rows = on_rows};
    int result = linking_open(&linking, err);
    result = result == 0 ? input_stream(input, &rows, err) : result;
    for (size_t c = 0; result == 0 && c < table->column_count; c++) {
        if (linking.sketch[c] != NULL) {
            double distinct = sketch_count(linking.sketch[c]);
            facts->distinct[c] = distinct > (double)facts->filled[c] ? (double)facts->filled[c] : distinct;
        }
    }
    linking_close(&linking);
    return result;
}

void ref_facts_close(struct ref_facts *facts)
{
    minutes_close(&facts->begun);
    minutes_close(&facts->changed);
    free(facts->distinct);
    free(facts->filled);
    *facts = (struct ref_facts){0};
}

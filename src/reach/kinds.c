/* Columns, their counts, and the judgement over a whole table. What a cell is, is asked of the detectors (kind_list.h); what a
 * name says, of kind_words. Memory is fixed per column when it is opened, but for the schemes of kinds that were seen. */
#include "reach/kinds.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/stat.h"
#include "base/str.h"
#include "base/time.h"
#include "reach/kind.h"
#include "reach/kind_json.h"
#include "reach/kind_words.h"

#include "base/banned.h"

enum {
    KINDS_DISTINCT = 512, /* values told apart, per column: more would not change a judgement */
    KINDS_TABLE = 1024,   /* a power of two above it */
    KINDS_COLUMNS_MAX = 16384,
    KINDS_BYTES = 1 << 30,
    NUMBER_DIGITS = 8,
    MEMBERS_MAX = 64, /* names of members of JSON told apart, per column */
    MEMBER_KINDS = 4,
    NUMBERS_MAX = 128,
    NUMBER_GAP = 20000 /* numbers that were counted stand closer; nine digits of 128 people 400 times less close */
};

const struct kind_detector *const kind_detectors[KINDS_COUNT] = {
#define KIND(id) &kind_##id,
#include "reach/kind_list.h"
#undef KIND
};

struct tally {
    uint64_t k, m;
    uint32_t k_distinct, m_distinct;
    struct kind_slot *slots;
};

/* What every detector would refuse at once, side by side: this is asked of each cell and each kind. */
struct gate {
    unsigned refused; /* classes */
    unsigned needs[2];
    uint16_t min, max;
    unsigned char digits_min, digits_max, kind;
    bool takes_long;
};

/* A member of JSON by its name, with what the name hints at. */
struct member {
    uint64_t hash;
    unsigned count;
    struct {
        unsigned char kind;
        enum kind_hint hint;
        const char *part;
    } hinted[MEMBER_KINDS];
};

struct inside {
    struct member members[MEMBERS_MAX];
    size_t member_count;
    uint64_t k[KINDS_COUNT]; /* cells with a member of the kind */
};

struct column {
    struct inside *inside; /* NULL: no JSON was seen */
    struct kind_hints hints;
    enum kind_table table;
    bool is_medical, has_salt_name;
    uint64_t n;
    uint64_t *numbers; /* distinct whole numbers of NUMBER_DIGITS and more, the first NUMBERS_MAX */
    size_t number_count;
    bool is_dense, is_numbered;
    size_t distinct;
    uint64_t *seen; /* KINDS_TABLE hashes, 0: free */
    struct tally tallies[KINDS_COUNT];
    struct gate gates[KINDS_COUNT]; /* of the kinds to ask */
    size_t gate_count;
};

struct kinds {
    struct arena arena;
    struct column *columns;
    size_t count;
    int32_t year;
    size_t latitudes, longitudes, streets, salts; /* columns that are called so */
    bool is_short;                                /* of memory: counts are not whole */
    bool of_people;
    struct kind_note *notes;
    size_t note_count;
};

/* ---- opening ---- */

static bool word_is(const struct kind_words *words, struct str wanted)
{
    for (size_t i = 0; i < words->count; i++) {
        if (str_eq(words->words[i], wanted)) {
            return true;
        }
    }
    return false;
}

/* A type that no value of the kind has takes the name's hint back: `email BOOLEAN`, `password DATE`. */
static void mind_type(struct column *column, struct str type)
{
    bool is_flag = str_starts(type, STR("bool")) || str_starts(type, STR("BOOL")) || str_eq_nocase(type, STR("bit")) ||
                   str_eq_nocase(type, STR("tinyint(1)")) || str_eq_nocase(type, STR("bit(1)"));
    bool is_time =
        str_find_nocase(type, STR("date"), 0) != SIZE_MAX || str_find_nocase(type, STR("time"), 0) != SIZE_MAX;
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        bool has_flags = kind == KIND_gender || kind == KIND_health || kind == KIND_union;
        if ((is_flag && !has_flags) || (is_time && kind != KIND_birth_date)) {
            column->hints.hint[kind] = KIND_HINT_NONE;
        }
    }
}

static void count_partner(struct kinds *kinds, const struct column *column)
{
    const char *part = column->hints.part[KIND_location];
    bool is_half = part != NULL && column->hints.hint[KIND_location] == KIND_HINT_STRONG;
    kinds->latitudes += is_half && strcmp(part, "latitude") == 0;
    kinds->longitudes += is_half && strcmp(part, "longitude") == 0;
    kinds->streets += column->hints.hint[KIND_address] >= KIND_HINT_PLAIN;
    kinds->salts += column->has_salt_name;
}

static struct gate gate_of(const struct kind_detector *detector, unsigned char kind)
{
    struct gate gate = {.kind = kind, .min = detector->min, .max = CELL_BYTES, .digits_max = 255};
    gate.needs[0] = detector->needs[0] != 0 ? detector->needs[0] : CELL_ANY;
    gate.needs[1] = detector->needs[1] != 0 ? detector->needs[1] : CELL_ANY;
    if (detector->max == 0) {
        gate.max = UINT16_MAX;
        gate.takes_long = true;
        return gate;
    }
    gate.max = detector->max;
    gate.refused = detector->takes != 0 ? CELL_ANY & ~detector->takes : 0;
    if (detector->digits_max != 0) {
        gate.digits_min = detector->digits_min;
        gate.digits_max = detector->digits_max;
    }
    return gate;
}

static int open_column(struct kinds *kinds, struct column *column, const struct kind_column *given, struct err *err)
{
    struct kind_words words;
    kind_words_read(&words, given->name);
    kind_words_hints(&words, &column->hints);
    column->has_salt_name = word_is(&words, STR("salt"));
    column->is_numbered = kind_words_is_numbered(&words);
    mind_type(column, given->type);
    count_partner(kinds, column);
    kind_words_read(&words, given->table);
    column->table = kind_words_table(&words);
    column->is_medical = kind_words_is_medical(&words);
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        const struct kind_detector *detector = kind_detectors[kind];
        bool is_asked =
            detector->is != NULL && (!detector->is_asked_by_name || column->hints.hint[kind] != KIND_HINT_NONE);
        if (is_asked) {
            column->gates[column->gate_count++] = gate_of(detector, (unsigned char)kind);
        }
    }
    column->seen = ARENA_NEW(&kinds->arena, uint64_t, KINDS_TABLE, err);
    column->numbers = ARENA_NEW(&kinds->arena, uint64_t, NUMBERS_MAX, err);
    return column->seen == NULL || column->numbers == NULL ? -1 : 0;
}

static int32_t this_year(void)
{
    int64_t year;
    unsigned month, day;
    time_date(time_now() / NS_PER_S / 86400, &year, &month, &day);
    return (int32_t)year;
}

int kinds_open(const struct kind_column *columns, size_t count, struct kinds **ret_kinds, struct err *err)
{
    if (count > KINDS_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "a table of more than %d columns", KINDS_COLUMNS_MAX);
    }
    OWN(own_kinds) struct kinds *kinds = calloc(1, sizeof(*kinds));
    if (kinds == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    arena_init(&kinds->arena, KINDS_BYTES);
    kinds->count = count;
    kinds->year = this_year();
    kinds->columns = ARENA_NEW(&kinds->arena, struct column, count, err);
    if (kinds->columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(open_column(kinds, &kinds->columns[i], &columns[i], err));
    }
    *ret_kinds = kinds;
    kinds = NULL;
    return 0;
}

void kinds_close(struct kinds *kinds)
{
    if (kinds != NULL) {
        arena_clear(&kinds->arena);
        free(kinds);
    }
}

void own_kinds(struct kinds **kinds)
{
    kinds_close(*kinds);
}

/* ---- rows ---- */

/* True the first time, as long as values are still told apart. */
static bool is_new(struct column *column, struct str text)
{
    if (column->distinct >= KINDS_DISTINCT) {
        return false;
    }
    uint64_t hash = str_hash(str_slice(text, 0, CELL_BYTES)) + text.len;
    hash = hash == 0 ? 1 : hash;
    for (size_t at = hash % KINDS_TABLE;; at = (at + 1) % KINDS_TABLE) {
        if (column->seen[at] == hash) {
            return false;
        }
        if (column->seen[at] == 0) {
            column->seen[at] = hash;
            column->distinct++;
            return true;
        }
    }
}

static bool may_be(const struct gate *gate, const struct kind_cell *cell)
{
    if (cell->is_long) {
        return gate->takes_long;
    }
    return (cell->classes & gate->refused) == 0 && cell->text.len >= gate->min && cell->text.len <= gate->max &&
           cell->digits >= gate->digits_min && cell->digits <= gate->digits_max &&
           (cell->classes & gate->needs[0]) != 0 && (cell->classes & gate->needs[1]) != 0;
}

static void count_slot(struct kinds *kinds, const struct kind_detector *detector, struct tally *tally,
                       const struct kind_ask *ask, bool is_first)
{
    if (detector->slots == 0) {
        return;
    }
    if (tally->slots == NULL) {
        tally->slots = ARENA_NEW(&kinds->arena, struct kind_slot, detector->slots, NULL);
        if (tally->slots == NULL) {
            kinds->is_short = true;
            return;
        }
    }
    struct kind_slot *slot = &tally->slots[ask->slot];
    slot->min = slot->k == 0 || ask->param < slot->min ? ask->param : slot->min;
    slot->max = slot->k == 0 || ask->param > slot->max ? ask->param : slot->max;
    slot->k++;
    slot->distinct += is_first;
}

static void count_number(struct column *column, const struct kind_cell *cell)
{
    uint64_t value;
    if (cell->digits != cell->text.len || cell->digits < NUMBER_DIGITS || !str_u64(cell->text, &value)) {
        return;
    }
    if (column->number_count < NUMBERS_MAX) {
        column->numbers[column->number_count++] = value;
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Check digits of counted numbers pass in runs and not as drawn ones do. Half of the gaps decide: a slip is no gap. */
static bool is_dense(struct column *column)
{
    size_t close = 0;
    if (column->number_count < 3) {
        return false;
    }
    qsort(column->numbers, column->number_count, sizeof(uint64_t), by_value);
    for (size_t i = 1; i < column->number_count; i++) {
        close += column->numbers[i] - column->numbers[i - 1] < NUMBER_GAP;
    }
    return close * 2 >= column->number_count - 1;
}

/* ---- members of JSON ---- */

/* NULL: no more room. */
static const struct member *member_of(struct inside *inside, struct str name)
{
    uint64_t hash = str_hash(str_slice(name, 0, WORDS_BYTES));
    for (size_t i = 0; i < inside->member_count; i++) {
        if (inside->members[i].hash == hash) {
            return &inside->members[i];
        }
    }
    if (inside->member_count == MEMBERS_MAX) {
        return NULL;
    }
    struct member *member = &inside->members[inside->member_count++];
    struct kind_words words;
    struct kind_hints hints;
    kind_words_read(&words, name);
    kind_words_hints(&words, &hints);
    member->hash = hash;
    for (size_t kind = 0; kind < KINDS_COUNT && member->count < MEMBER_KINDS; kind++) {
        if (hints.hint[kind] >= KIND_HINT_PLAIN && kind_detectors[kind]->is != NULL) {
            member->hinted[member->count].kind = (unsigned char)kind;
            member->hinted[member->count].hint = hints.hint[kind];
            member->hinted[member->count++].part = hints.part[kind];
        }
    }
    return member;
}

static void look_at_member(const struct kinds *kinds, const struct member *member, struct str value,
                           bool is_seen[static KINDS_COUNT])
{
    struct kind_cell cell;
    if (member->count == 0) {
        return;
    }
    kind_cell_read(&cell, value);
    for (unsigned i = 0; i < member->count; i++) {
        unsigned char kind = member->hinted[i].kind;
        struct gate gate = gate_of(kind_detectors[kind], kind);
        struct kind_ask ask = {&cell, member->hinted[i].hint, member->hinted[i].part, kinds->year, false, 0, 0};
        is_seen[kind] = is_seen[kind] || (may_be(&gate, &cell) && kind_detectors[kind]->is(&ask) == KIND_YES);
    }
}

static void look_inside(struct kinds *kinds, struct column *column, struct str text)
{
    struct kind_json json = {.text = str_slice(text, 0, CELL_TEXT_BYTES)};
    struct str name, value;
    bool is_seen[KINDS_COUNT] = {false};
    if (column->inside == NULL) {
        column->inside = ARENA_NEW(&kinds->arena, struct inside, 1, NULL);
        if (column->inside == NULL) {
            kinds->is_short = true;
            return;
        }
    }
    while (kind_json_next(&json, &name, &value)) {
        const struct member *member = member_of(column->inside, name);
        value = str_trim(value);
        if (member != NULL && value.len > 0) {
            look_at_member(kinds, member, value, is_seen);
        }
    }
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        column->inside->k[kind] += is_seen[kind];
    }
}

static void look_at(struct kinds *kinds, struct column *column, struct str trimmed)
{
    struct kind_cell cell;
    kind_cell_read(&cell, trimmed);
    bool is_first = is_new(column, trimmed);
    column->n++;
    if (trimmed.data[0] == '{' || trimmed.data[0] == '[') {
        look_inside(kinds, column, trimmed);
    }
    if (is_first) {
        count_number(column, &cell);
    }
    for (size_t i = 0; i < column->gate_count; i++) {
        if (!may_be(&column->gates[i], &cell)) {
            continue;
        }
        size_t kind = column->gates[i].kind;
        const struct kind_detector *detector = kind_detectors[kind];
        struct kind_ask ask = {&cell, column->hints.hint[kind], column->hints.part[kind], kinds->year, is_first, 0, 0};
        enum kind_is is = detector->is(&ask);
        struct tally *tally = &column->tallies[kind];
        if (is != KIND_NO) {
            tally->m++;
            tally->m_distinct += is_first;
        }
        if (is == KIND_YES) {
            tally->k++;
            tally->k_distinct += is_first;
            count_slot(kinds, detector, tally, &ask, is_first);
        }
    }
}

void kinds_rows(struct kinds *kinds, const struct str *cells, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < kinds->count; c++) {
            struct str text = str_trim(cells[r * kinds->count + c]);
            if (text.len > 0) {
                look_at(kinds, &kinds->columns[c], text);
            }
        }
    }
}

/* ---- judging ---- */

double kind_share(const struct kind_view *view, uint64_t k, uint64_t distinct)
{
    double all = view->n > 0 ? (double)k / (double)view->n : 0;
    double told = view->distinct > 0 ? (double)distinct / (double)view->distinct : 0;
    return all > told ? all : told;
}

/* Passes under the kind: mostly, Beta(9, 1), for columns hold dirt. By chance: each with the same share. Distinct values only,
 * for the same value a thousand times is one test. */
double kind_weigh(const struct kind_detector *kind, const struct kind_view *view)
{
    static const double hints[] = {
        [KIND_HINT_NONE] = 0, [KIND_HINT_WEAK] = 1, [KIND_HINT_PLAIN] = 2, [KIND_HINT_STRONG] = 3};
    double evidence = 0;
    if (view->m_distinct > 0) {
        evidence = (stat_ln_bb(view->k_distinct, view->m_distinct, kind->purity > 0 ? kind->purity : 9, 1) -
                    stat_ln_bin(view->k_distinct, view->m_distinct, kind->chance)) /
                   log(10);
    }
    return kind->prior + hints[view->hint] + evidence;
}

bool kind_fits(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k, double *ret_score)
{
    double floor = view->hint >= KIND_HINT_PLAIN ? kind->floor / 4 : kind->floor;
    *ret_k = view->k;
    *ret_score = kind_weigh(kind, view) +
                 (view->of_people      ? 0.5
                  : view->is_reference ? -0.5
                                       : 0) -
                 (view->is_numbered ? 1.5 : 0);
    if (view->is_dense && view->hint == KIND_HINT_NONE) {
        return false;
    }
    return view->k > 0 && *ret_score > 0 && kind_share(view, view->k, view->k_distinct) >= floor;
}

struct verdict {
    bool is_of, by_name;
    uint64_t k;
    double score;
};

static struct kind_view view_of(const struct kinds *kinds, const struct column *column, size_t kind)
{
    const struct tally *tally = &column->tallies[kind];
    struct kind_view view = {.hint = column->hints.hint[kind],
                             .part = column->hints.part[kind],
                             .n = column->n,
                             .distinct = column->distinct,
                             .k = tally->k,
                             .k_distinct = tally->k_distinct,
                             .m = tally->m,
                             .m_distinct = tally->m_distinct,
                             .slots = tally->slots,
                             .is_dense = column->is_dense,
                             .is_numbered = column->is_numbered && column->hints.hint[kind] == KIND_HINT_NONE,
                             .of_medicine = column->is_medical,
                             .is_reference = column->table == KIND_TABLE_THINGS,
                             .of_people = column->table == KIND_TABLE_PEOPLE ||
                                          (column->table == KIND_TABLE_UNKNOWN && kinds->of_people)};
    return view;
}

/* Half of a pair stands in another column: a latitude needs its longitude, a city its street, a hash may have its salt beside it. */
static bool has_partner(const struct kinds *kinds, const struct column *self, size_t kind)
{
    const char *part = self->hints.part[kind];
    switch (kind) {
    case KIND_location:
        return part != NULL && (strcmp(part, "latitude") == 0 ? kinds->longitudes : kinds->latitudes) > 0;
    case KIND_address:
        return part != NULL && strcmp(part, "city") == 0 && kinds->streets > 0;
    case KIND_password:
        return kinds->salts > (self->has_salt_name ? 1U : 0U);
    default:
        return false;
    }
}

static struct verdict judge(const struct kinds *kinds, size_t c, size_t kind)
{
    const struct kind_detector *detector = kind_detectors[kind];
    const struct column *column = &kinds->columns[c];
    struct kind_view view = view_of(kinds, column, kind);
    struct verdict verdict = {0};
    view.has_partner = has_partner(kinds, &kinds->columns[c], kind);
    bool is_named = view.hint >= KIND_HINT_PLAIN || (view.hint == KIND_HINT_WEAK && view.of_people);
    if (column->n == 0 || detector->is_only_name) {
        verdict.is_of = is_named && detector->may_by_name &&
                        (kind != KIND_location || view.hint < KIND_HINT_STRONG || view.has_partner);
        verdict.by_name = verdict.is_of;
        verdict.score =
            kind == KIND_national_id ? 0.5 : (double)view.hint; /* the name that says which number goes first */
        return verdict;
    }
    verdict.is_of = (detector->fits != NULL ? detector->fits : kind_fits)(detector, &view, &verdict.k, &verdict.score);
    if (!verdict.is_of && verdict.k == UINT64_MAX) {
        verdict = (struct verdict){.is_of = true, .by_name = true, .score = 1};
    }
    return verdict;
}

/* Are two of these about the same cells? Then the likelier is kept. */
static void compete(struct verdict *verdicts, uint64_t n)
{
    for (size_t a = 0; a < KINDS_COUNT; a++) {
        for (size_t b = a + 1; b < KINDS_COUNT; b++) {
            const struct verdict *x = &verdicts[a], *y = &verdicts[b];
            bool is_both = x->is_of && y->is_of && kind_detectors[a]->is_whole && kind_detectors[b]->is_whole;
            bool is_same = is_both && x->by_name == y->by_name && (x->by_name || x->k + y->k > n);
            if (is_same) {
                verdicts[verdicts[a].score >= verdicts[b].score ? b : a].is_of = false;
            }
        }
    }
}

static bool is_opaque(const struct column *column)
{
    const struct tally *hashes = &column->tallies[KIND_token];
    return column->n > 0 && hashes->m * 5 >= column->n * 4;
}

static void judge_column(const struct kinds *kinds, size_t c, struct verdict verdicts[static KINDS_COUNT])
{
    const struct column *column = &kinds->columns[c];
    bool is_any = false;
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        verdicts[kind] = judge(kinds, c, kind);
        is_any = is_any || (verdicts[kind].is_of && !verdicts[kind].by_name);
    }
    for (size_t kind = 0; kind < KINDS_COUNT && !is_any && is_opaque(column); kind++) {
        if (kind_detectors[kind]->may_be_opaque && column->hints.hint[kind] >= KIND_HINT_PLAIN) {
            verdicts[kind] = (struct verdict){.is_of = true, .by_name = true, .score = 1};
        }
    }
    compete(verdicts, column->n);
}

/* ---- notes ---- */

static int note_scheme(struct kinds *kinds, size_t c, size_t kind, struct kind_note *note, struct err *err)
{
    const struct kind_detector *detector = kind_detectors[kind];
    struct kind_view view = view_of(kinds, &kinds->columns[c], kind);
    view.has_partner = has_partner(kinds, &kinds->columns[c], kind);
    if (note->by_name && is_opaque(&kinds->columns[c])) {
        note->scheme = "values are hashed or encrypted";
        return 0;
    }
    if (detector->scheme == NULL || note->by_name) {
        note->scheme = view.part;
        return 0;
    }
    OWN(own_buf) struct buf text = {.max = 1024};
    detector->scheme(&view, &text, &note->weak);
    TRY(buf_check(&text, err));
    if (text.len > 0) {
        struct str kept = arena_str(&kinds->arena, buf_str(&text), err);
        note->scheme = kept.data;
        return kept.data == NULL ? -1 : 0;
    }
    return 0;
}

/* What members of JSON hold, and the cell as a whole does not: one cell in a hundred is enough, for name and value agree. */
static void note_members(struct kinds *kinds, size_t c, const bool is_noted[static KINDS_COUNT])
{
    const struct column *column = &kinds->columns[c];
    for (size_t kind = 0; kind < KINDS_COUNT && column->inside != NULL; kind++) {
        uint64_t k = column->inside->k[kind];
        if (k > 0 && k * 100 >= column->n && !is_noted[kind]) {
            kinds->notes[kinds->note_count++] = (struct kind_note){
                .column = c, .kind = kind_detectors[kind]->id, .scheme = "inside JSON", .n = column->n, .k = k};
        }
    }
}

static int note_column(struct kinds *kinds, size_t c, struct err *err)
{
    struct verdict verdicts[KINDS_COUNT];
    bool is_noted[KINDS_COUNT] = {false};
    size_t first = kinds->note_count;
    judge_column(kinds, c, verdicts);
    for (;;) {
        size_t best = KINDS_COUNT;
        for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
            bool is_better = verdicts[kind].is_of &&
                             (best == KINDS_COUNT || verdicts[kind].k > verdicts[best].k ||
                              (verdicts[kind].k == verdicts[best].k && verdicts[kind].score > verdicts[best].score));
            best = is_better ? kind : best;
        }
        if (best == KINDS_COUNT || kinds->note_count - first >= KINDS_COUNT) {
            note_members(kinds, c, is_noted);
            return 0;
        }
        is_noted[best] = true;
        struct kind_note *note = &kinds->notes[kinds->note_count++];
        *note = (struct kind_note){.column = c, .kind = kind_detectors[best]->id, .by_name = verdicts[best].by_name};
        if (!note->by_name) {
            note->n = kinds->columns[c].n;
            note->k = verdicts[best].k;
        }
        verdicts[best].is_of = false;
        TRY(note_scheme(kinds, c, best, note, err));
    }
}

/* Is this table about people? Some column says so by what nobody keeps of things. */
static bool is_about_people(const struct kinds *kinds)
{
    static const unsigned char telling[] = {KIND_email,    KIND_phone,  KIND_birth_date,
                                            KIND_password, KIND_gender, KIND_ssn};
    for (size_t c = 0; c < kinds->count; c++) {
        const struct column *column = &kinds->columns[c];
        if (column->hints.hint[KIND_name] == KIND_HINT_STRONG) {
            return true;
        }
        for (size_t i = 0; i < sizeof(telling); i++) {
            if (judge(kinds, c, telling[i]).is_of) {
                return true;
            }
        }
    }
    return false;
}

int kinds_notes(struct kinds *kinds, const struct kind_note **ret_notes, size_t *ret_count, struct err *err)
{
    if (kinds->is_short) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    if (kinds->notes == NULL) {
        kinds->notes = ARENA_NEW(&kinds->arena, struct kind_note, (kinds->count + 1) * KINDS_COUNT, err);
        if (kinds->notes == NULL) {
            return -1;
        }
    }
    kinds->note_count = 0;
    kinds->of_people = false;
    for (size_t c = 0; c < kinds->count; c++) {
        kinds->columns[c].is_dense = is_dense(&kinds->columns[c]);
    }
    kinds->of_people = is_about_people(kinds);
    for (size_t c = 0; c < kinds->count; c++) {
        TRY(note_column(kinds, c, err));
    }
    *ret_notes = kinds->notes;
    *ret_count = kinds->note_count;
    return 0;
}

void kind_name_slots(const struct kind_view *view, const char *const *names, size_t count, struct buf *out)
{
    bool is_said[KIND_SLOTS] = {false};
    for (size_t turn = 0; turn < 4 && view->slots != NULL; turn++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < count && i < KIND_SLOTS; i++) {
            bool is_better = !is_said[i] && names[i] != NULL && view->slots[i].k > 0 &&
                             (best == SIZE_MAX || view->slots[i].k > view->slots[best].k);
            best = is_better ? i : best;
        }
        if (best == SIZE_MAX) {
            return;
        }
        is_said[best] = true;
        buf_printf(out, "%s%s", out->len > 0 ? "; " : "", names[best]);
    }
}

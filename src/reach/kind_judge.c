/* The judgement over a whole table: what the counts of kinds.c mean, beside what names say and what the table is about. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/stat.h"
#include "base/str.h"
#include "reach/kinds_inside.h"

#include "base/banned.h"

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
        return err_no_memory(err);
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

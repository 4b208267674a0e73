/* The calculus against the vectors of the model (tolerance 1e-6) and against a few rows that always run. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#define NEAR(a, b) assert_true(near_or_say(__LINE__, (a), (b)))

static bool near_or_say(int line, double got, double want)
{
    if (fabs(got - want) <= 1e-6) {
        return true;
    }
    print_error("line %d: got %.9f, want %.9f\n", line, got, want);
    return false;
}

static struct item counted(uint64_t rk, uint64_t rn, uint64_t fk, uint64_t fn, double n, double c, double k)
{
    return (struct item){.source = SOURCE_TREE,
                         .recall = {rk, rn},
                         .units = {{.false_alarms = {fk, fn}, .looked_at = n, .found = k}},
                         .unit_count = 1,
                         .coverage = c};
}

static void one_formula_for_finding_and_non_finding(void **state)
{
    static const struct {
        double found, expected, q, want;
    } rows[] = {{0, .1, .9, .1},  {1, .1, .9, 9.1}, {2, .1, .9, 18.1}, {1, 2, .9, .55},
                {1, .5, .5, 1.5}, {0, .1, 0, 1},    {3, 3, .9, 1},     {1, 0, .5, 1 - .5 + .5 / 1e-12}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        NEAR(judge_count_lr(rows[i].found, rows[i].expected, rows[i].q), rows[i].want);
    }
}

static void unfavourable_corner(void **state)
{
    static const struct {
        uint64_t rk, rn, fk, fn;
        double n, c, k, want;
    } rows[] = {
        {930, 1000, 0, 600000, 20000, 1, 1, 7.507646483},  {930, 1000, 0, 600000, 20000, 1, 0, .087616233},
        {930, 1000, 0, 600000, 20000, .5, 0, .543808117},  {930, 1000, 0, 6000000, 20000, 1, 1, 74.287713445},
        {930, 1000, 0, 600000, 2000000, 1, 1, 1},          {930, 1000, 30, 600000, 20000, 1, 1, 1},
        {930, 1000, 30, 600000, 20000, 1, 2, 1.365870214}, {10, 10, 0, 10, 1, 1, 0, .308497108},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct item item =
            counted(rows[i].rk, rows[i].rn, rows[i].fk, rows[i].fn, rows[i].n, rows[i].c, rows[i].k);

        NEAR(judge_item_lr(NULL, &item, 1), rows[i].want);
        NEAR(judge_item_lr(NULL, &item, 0), 1);
    }
}

/* Five findings in one tree are five files but one tree: the unit that says least decides. */
static void two_units_the_weaker_one_speaks(void **state)
{
    struct item item = counted(930, 1000, 0, 6000000, 20000, 1, 5);
    const double by_file = judge_item_lr(NULL, &item, 1);
    struct item tree = counted(930, 1000, 0, 400, 1, 1, 1);
    (void)state;
    item.units[1] = tree.units[0];
    item.unit_count = 2;
    assert_true(by_file > 300);
    NEAR(judge_item_lr(NULL, &item, 1), judge_item_lr(NULL, &tree, 1));
    struct item swapped = item;
    swapped.units[0] = item.units[1];
    swapped.units[1] = item.units[0];
    NEAR(judge_item_lr(NULL, &swapped, 1), judge_item_lr(NULL, &item, 1));
    /* nothing is said beyond what the counts can carry */
    struct item huge = counted(1000, 1000, 0, 50, 1e-6, 1, 1);
    NEAR(judge_item_lr(NULL, &huge, 1), 51);
}

static void lay(struct board *board, const struct item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        board->items[i] = &items[i];
    }
    board->item_count = count;
}

static void nobody_doctors_against_himself(void **state)
{
    struct board board = {.keeper_count = 1};
    struct item item = counted(930, 1000, 0, 6000000, 20000, 1, 1);
    struct outcome outcome;
    (void)state;
    board.story_count = story_list(board.stories, false, CLAIM_ENTRY);
    lay(&board, &item, 1);
    board.keepers[0] = (struct keeper){.custody = CUSTODY_INTERESTED};
    board.keepers[0].gains = stance_gains(&board, STANCE_FALSE, CLAIM_ENTRY);
    judge_weigh(&board, NULL, CLAIM_ENTRY, 2, &outcome);
    NEAR(outcome.log10_lr, log10(74.287713445)); /* against the keeper's interest: full weight */
    board.keepers[0].gains = stance_gains(&board, STANCE_TRUE, CLAIM_ENTRY);
    judge_weigh(&board, NULL, CLAIM_ENTRY, 2, &outcome);
    assert_true(outcome.log10_lr < 1); /* in it: at most one in rho */
    struct policy half;
    assert_true(policy_varied(POLICY_RHO_INTERESTED, .5, &half));
    board.policy = &half;
    judge_weigh(&board, NULL, CLAIM_ENTRY, 2, &outcome);
    assert_true(outcome.log10_lr > 1 && outcome.log10_lr < 1.3);
}

static void standard_decides_on_the_unrounded_value(void **state)
{
    struct board board = {.keeper_count = 1};
    struct item item = counted(930, 1000, 0, 6000000, 20000, 1, 1);
    struct outcome outcome;
    (void)state;
    board.story_count = story_list(board.stories, false, CLAIM_ENTRY);
    lay(&board, &item, 1);
    judge_weigh(&board, NULL, CLAIM_ENTRY, 1.8709, &outcome);
    assert_int_equal(outcome.direction, DIRECTION_SUPPORTED);
    judge_weigh(&board, NULL, CLAIM_ENTRY, 1.8710, &outcome);
    assert_int_equal(outcome.direction, DIRECTION_UNDETERMINED);
}

static void nothing_examined_is_zero_and_undetermined(void **state)
{
    struct board board = {0};
    struct outcome outcome;
    (void)state;
    for (int kind = CLAIM_ENTRY; kind <= CLAIM_POSSESSION; kind++) {
        board.story_count = story_list(board.stories, true, (enum claim_kind)kind);
        judge_weigh(&board, NULL, (enum claim_kind)kind, 2, &outcome);
        NEAR(outcome.log10_lr, 0);
        assert_int_equal(outcome.direction, DIRECTION_UNDETERMINED);
    }
}

/* A log that recorded a taking says nothing about where a sample comes from that it never saw. */
static void a_taking_does_not_make_the_sample_genuine(void **state)
{
    struct board board = {.keeper_count = 2, .keepers = {{.custody = CUSTODY_THIRD}, {.custody = CUSTODY_THIRD}}};
    struct item items[2] = {counted(980, 1000, 0, 6000000, 20000, 1, 1), {.source = SOURCE_MATCH, .keeper = 1}};
    struct outcome outcome;
    (void)state;
    items[0].source = SOURCE_LOG_TAKING;
    for (int i = ORIGIN_ELSEWHERE; i < ORIGIN_ANY_OTHER; i++) {
        items[1].log10_against[i] = -1;
    }
    board.story_count = story_list(board.stories, true, CLAIM_POSSESSION);
    board.keepers[0].gains = board.keepers[1].gains = ~0U;
    lay(&board, items, 2);
    judge_weigh(&board, NULL, CLAIM_POSSESSION, 2, &outcome);
    assert_true(outcome.log10_lr < 0);
    board.story_count = story_list(board.stories, true, CLAIM_TAKING);
    judge_weigh(&board, NULL, CLAIM_TAKING, 2, &outcome);
    assert_true(outcome.log10_lr > 1);
}

/* A backdoor and a genuine sample do not show that anybody used the backdoor: the data may have left another way. */
static void a_genuine_sample_does_not_show_use(void **state)
{
    struct board board = {
        .keeper_count = 2,
        .keepers = {{.custody = CUSTODY_THIRD, .gains = ~0U}, {.custody = CUSTODY_THIRD, .gains = ~0U}}};
    struct item items[2] = {counted(980, 1000, 0, 6000000, 20000, 1, 1), {.source = SOURCE_MATCH, .keeper = 1}};
    struct outcome outcome;
    (void)state;
    for (int i = ORIGIN_ELSEWHERE; i < ORIGIN_ANY_OTHER; i++) {
        items[1].log10_against[i] = 3;
    }
    board.story_count = story_list(board.stories, true, CLAIM_USE);
    lay(&board, items, 2);
    judge_weigh(&board, NULL, CLAIM_USE, 2, &outcome);
    NEAR(outcome.log10_lr, 0);
    assert_string_equal(board.stories[outcome.best_false].id, "planted_other_way");
    /* and a sample that is not from here does not refute that other data left */
    for (int i = ORIGIN_ELSEWHERE; i < ORIGIN_ANY_OTHER; i++) {
        items[1].log10_against[i] = -3;
    }
    board.story_count = story_list(board.stories, true, CLAIM_TAKING);
    lay(&board, items + 1, 1);
    judge_weigh(&board, NULL, CLAIM_TAKING, 2, &outcome);
    assert_true(outcome.log10_lr > -.5);
    board.story_count = story_list(board.stories, true, CLAIM_POSSESSION);
    judge_weigh(&board, NULL, CLAIM_POSSESSION, 2, &outcome);
    assert_true(outcome.log10_lr < -2);
}

static void flips_name_the_item_and_pairs_only_when_none_alone(void **state)
{
    struct board board = {
        .keeper_count = 3,
        .keepers = {{.custody = CUSTODY_THIRD}, {.custody = CUSTODY_THIRD}, {.custody = CUSTODY_THIRD}}};
    struct item items[3];
    struct flip_list list;
    struct err err;
    (void)state;
    board.story_count = story_list(board.stories, false, CLAIM_ENTRY);
    for (size_t i = 0; i < 3; i++) {
        items[i] = counted(930, 1000, 0, 6000000, 20000, 1, 1);
        items[i].keeper = i;
        board.keepers[i].gains = ~0U;
    }
    lay(&board, items, 3);
    assert_int_equal(judge_flips(&board, CLAIM_ENTRY, 2, &list, &err), 0);
    assert_true(list.pairs_tried);
    assert_int_equal(list.count, 6);
    assert_int_equal(list.rows[0].kind, DROP_PAIR);
    assert_true(list.rows[0].flips);
    free(list.rows);
    lay(&board, items + 1, 2);
    assert_int_equal(judge_flips(&board, CLAIM_ENTRY, 2, &list, &err), 0);
    assert_false(list.pairs_tried);
    assert_true(list.rows[0].flips);
    assert_int_equal(list.rows[0].kind, DROP_ITEM);
    free(list.rows);
}

/* ---- the vectors ---- */

static json_t *vectors(void)
{
    const char *dir = getenv("ASSAY_SHARED");
    const char *source = getenv("ASSAY_SOURCE");
    char path[4096];

    snprintf(path, sizeof path, "%s%s/statistics-vectors.json",
             dir      ? dir
             : source ? source
                      : ".",
             dir ? "/models" : "/../shared/models");
    json_t *all = json_load_file(path, 0, NULL);
    if (all == NULL) {
        print_message("no %s\n", path);
        skip();
    }
    return all;
}

static struct rate pair(const json_t *value)
{
    return (struct rate){(uint64_t)json_integer_value(json_array_get(value, 0)),
                         (uint64_t)json_integer_value(json_array_get(value, 1))};
}

static enum source source_named(const char *engine)
{
    static const struct {
        const char *name;
        enum source source;
    } names[] = {{"sweep", SOURCE_TREE},
                 {"trace", SOURCE_LOG_USE},
                 {"dblog", SOURCE_DB_LOG},
                 {"netflow", SOURCE_FLOW},
                 {"match", SOURCE_MATCH}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(engine, names[i].name) == 0) {
            return names[i].source;
        }
    }
    fail_msg("engine %s", engine);
    return SOURCE_COUNT;
}

static const char *vector_story(const char *id)
{
    return strcmp(id, "made_up") == 0        ? "madeup"
           : strcmp(id, "entered_used") == 0 ? "entry_used"
           : strcmp(id, "planted") == 0      ? "entry_only"
           : strcmp(id, "other_way") == 0    ? "other_route"
                                             : id;
}

static size_t keeper_of(struct board *board, const char *party, const char *status)
{
    const enum stance stance = strcmp(party, "accuser") == 0   ? STANCE_TRUE
                               : strcmp(party, "accused") == 0 ? STANCE_FALSE
                                                               : STANCE_NONE;
    for (size_t i = 0; i < board->keeper_count; i++) {
        if (strcmp(board->keepers[i].party, party) == 0) {
            return i;
        }
    }
    board->keepers[board->keeper_count] =
        (struct keeper){.party = party,
                        .custody = strcmp(status, "independent") == 0 ? CUSTODY_THIRD
                                   : strcmp(status, "sealed") == 0    ? CUSTODY_SEALED
                                                                      : CUSTODY_INTERESTED};
    /* the vectors hold what is handed in against the whole account: breach, or nothing */
    board->keepers[board->keeper_count].gains = stance_gains(board, stance, CLAIM_TAKING);
    return board->keeper_count++;
}

static void lay_vector(struct board *board, const json_t *rows, struct item items[static 8])
{
    static const char *const groups[] = {"web", "log", "db", "net", "match"};
    size_t i;
    const json_t *row;

    *board = (struct board){0};
    board->story_count = story_list(board->stories, false, CLAIM_ENTRY);
    json_array_foreach(rows, i, row)
    {
        const json_t *lr = json_object_get(row, "lr");

        items[i] = (struct item){.source = source_named(json_text(row, "eng", "")),
                                 .recall = pair(json_object_get(row, "R")),
                                 .units = {{.false_alarms = pair(json_object_get(row, "f")),
                                            .looked_at = json_num(row, "N", 0),
                                            .found = json_num(row, "K", 0)}},
                                 .unit_count = 1,
                                 .coverage = json_num(row, "c", 0)};
        items[i].keeper = keeper_of(board, json_text(row, "party", ""), json_text(row, "status", ""));
        for (unsigned g = 0; g < 5; g++) {
            items[i].group = strcmp(groups[g], json_text(row, "group", "")) == 0 ? g : items[i].group;
        }
        for (int o = ORIGIN_ELSEWHERE; lr != NULL && o < ORIGIN_ANY_OTHER; o++) {
            items[i].log10_against[o] = -log10(json_num(lr, "madeup", 1));
        }
        board->items[i] = &items[i];
        board->item_count = i + 1;
    }
}

/* judge_flips, as verdicts use it: a row for each dropped item, those that change the direction first, then by effect. */
static void check_flips(const struct board *board, enum claim_kind kind, const json_t *want)
{
    struct flip_list list;
    struct err err;
    size_t i, singles = 0;
    const json_t *flip;

    assert_int_equal(judge_flips(board, kind, 2, &list, &err), 0);
    json_array_foreach(want, i, flip)
    {
        bool is_there = false;

        for (size_t r = 0; r < list.count; r++) {
            const struct flip *row = &list.rows[r];

            if (row->kind == DROP_ITEM && row->items[0] == (size_t)json_int(flip, "idx", -1)) {
                NEAR(row->delta, json_num(flip, "delta", NAN));
                assert_int_equal(row->flips, json_bool(flip, "flips", false));
                assert_string_equal(direction_name(row->direction), json_text(flip, "becomes", ""));
                is_there = true;
            }
        }
        assert_true(is_there);
    }
    for (size_t r = 0; r < list.count; r++) {
        singles += list.rows[r].kind == DROP_ITEM;
        assert_true(r == 0 || list.rows[r - 1].flips >= list.rows[r].flips);
        assert_true(r == 0 || list.rows[r].flips || list.rows[r - 1].flips ||
                    fabs(list.rows[r - 1].delta) >= fabs(list.rows[r].delta));
    }
    assert_int_equal(singles, board->item_count);
    free(list.rows);
}

static void check_claim(struct board *board, const char *name, const json_t *want)
{
    const enum claim_kind kind = (enum claim_kind)claim_kind_of(name);
    struct outcome outcome;
    size_t i;
    const json_t *flip;

    judge_weigh(board, NULL, kind, 2, &outcome);
    NEAR(outcome.log10_lr, json_num(want, "log10_lr", NAN));
    assert_string_equal(direction_name(outcome.direction), json_text(want, "direction", ""));
    assert_string_equal(vector_story(board->stories[outcome.best_true].id), json_text(want, "best_true", ""));
    assert_string_equal(vector_story(board->stories[outcome.best_false].id), json_text(want, "best_false", ""));
    check_flips(board, kind, json_object_get(want, "flip"));
    json_array_foreach(json_object_get(want, "flip"), i, flip)
    {
        bool dropped[ITEM_MAX] = {false};
        struct outcome without;

        dropped[json_int(flip, "idx", 0)] = true;
        judge_weigh(board, dropped, kind, 2, &without);
        NEAR(outcome.log10_lr - without.log10_lr, json_num(flip, "delta", NAN));
        assert_int_equal(without.direction != outcome.direction, json_bool(flip, "flips", false));
        assert_string_equal(direction_name(without.direction), json_text(flip, "becomes", ""));
    }
}

static void judge_vectors(void **state)
{
    OWN(own_json) json_t *all = vectors();
    size_t i, checked = 0;
    const json_t *row;
    (void)state;
    json_array_foreach(json_object_get(all, "judge"), i, row)
    {
        struct board board;
        struct item items[8];
        struct outcome outcome;
        const char *name;
        json_t *want;

        print_message("  %s\n", json_text(row, "name", ""));
        lay_vector(&board, json_object_get(row, "items"), items);
        judge_weigh(&board, NULL, CLAIM_ENTRY, 2, &outcome);
        for (size_t s = 0; s < board.story_count; s++) {
            NEAR(outcome.log10_story[s],
                 json_num(json_object_get(row, "story_log10"), vector_story(board.stories[s].id), NAN));
        }
        json_object_foreach(json_object_get(row, "claims"), name, want)
        {
            check_claim(&board, name, want);
            checked++;
        }
    }
    assert_true(checked >= 40);
}

static void ratio_vectors(void **state)
{
    OWN(own_json) json_t *all = vectors();
    size_t i;
    const json_t *row;
    (void)state;
    json_array_foreach(json_object_get(all, "count_lr"), i, row)
    {
        NEAR(judge_count_lr(json_num(row, "K", 0), json_num(row, "lam", 0), json_num(row, "q", 0)),
             json_num(row, "value", NAN));
    }
    json_array_foreach(json_object_get(all, "count_lr_unfavourable"), i, row)
    {
        const struct rate r = pair(json_object_get(row, "recall")), f = pair(json_object_get(row, "false"));
        const struct item item =
            counted(r.k, r.n, f.k, f.n, json_num(row, "N", 0), json_num(row, "c", 0), json_num(row, "K", 0));

        NEAR(judge_item_lr(NULL, &item, 1), json_num(row, "value", NAN));
    }
}

/* What is policy here is what the vectors were computed with. */
static void constants_of_the_vectors(void **state)
{
    OWN(own_json) json_t *all = vectors();
    const json_t *constants = json_object_get(all, "constants"), *rho = json_object_get(constants, "rho");
    (void)state;
    NEAR(policy_of(NULL, POLICY_RHO_THIRD), json_num(rho, "independent", NAN));
    NEAR(policy_of(NULL, POLICY_RHO_SEALED), json_num(rho, "sealed", NAN));
    NEAR(policy_of(NULL, POLICY_RHO_INTERESTED), json_num(rho, "interested", NAN));
    NEAR(policy_of(NULL, POLICY_CAP), json_num(constants, "case_cap_log10", NAN));
    NEAR(log10(policy_of(NULL, POLICY_STANDARD)), json_num(constants, "support_log10", NAN));
    NEAR(-log10(policy_of(NULL, POLICY_STANDARD)), json_num(constants, "refute_log10", NAN));
}

static void settle_vector(void **state)
{
    OWN(own_json) json_t *all = vectors();
    const json_t *want = json_array_get(json_object_get(all, "settle"), 0);
    struct board board;
    struct item item = counted(930, 1000, 0, 6000000, 20000, 1, 1),
                candidate = counted(880, 1000, 0, 6000000, 5000, 1, 9);
    struct settle settle;
    (void)state;
    board = (struct board){.keeper_count = 1, .keepers = {{.custody = CUSTODY_THIRD, .gains = ~0U}}};
    board.story_count = story_list(board.stories, false, CLAIM_ENTRY);
    lay(&board, &item, 1);
    candidate.source = SOURCE_LOG_USE;
    candidate.group = 1;
    judge_settle(&board, &candidate, CLAIM_USE, 2, &settle);
    NEAR(settle.base, json_num(want, "base", NAN));
    NEAR(settle.if_found, json_num(want, "if_found", NAN));
    NEAR(settle.if_nothing, json_num(want, "if_nothing", NAN));
    NEAR(settle.found_true, json_num(want, "p_found_true", NAN));
    NEAR(settle.found_false, json_num(want, "p_found_false", NAN));
    NEAR(settle.settles_true, json_num(want, "settles_true", NAN));
    NEAR(settle.settles_false, json_num(want, "settles_false", NAN));
    NEAR(settle.expected_true, json_num(want, "exp_true", NAN));
    assert_int_equal(board.item_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_formula_for_finding_and_non_finding),
        cmocka_unit_test(unfavourable_corner),
        cmocka_unit_test(two_units_the_weaker_one_speaks),
        cmocka_unit_test(nobody_doctors_against_himself),
        cmocka_unit_test(standard_decides_on_the_unrounded_value),
        cmocka_unit_test(nothing_examined_is_zero_and_undetermined),
        cmocka_unit_test(a_taking_does_not_make_the_sample_genuine),
        cmocka_unit_test(a_genuine_sample_does_not_show_use),
        cmocka_unit_test(flips_name_the_item_and_pairs_only_when_none_alone),
        cmocka_unit_test(judge_vectors),
        cmocka_unit_test(ratio_vectors),
        cmocka_unit_test(constants_of_the_vectors),
        cmocka_unit_test(settle_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

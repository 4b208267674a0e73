/* The likelihood ratios of docs/statistics.md, part A, against its test vectors. A few of them stand here as they are; the
 * whole file is read where it is (ASSAY_SHARED, or ../shared beside the source tree). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <math.h>
#include <cmocka.h>

#include "match/ratio.h"

static void near_to(double got, double expected, const char *what)
{
    if (!(fabs(got - expected) < 1e-6)) {
        fail_msg("%s: %.9f, not %.9f", what, got, expected);
    }
}

static json_t *vectors(void)
{
    const char *shared = getenv("ASSAY_SHARED");
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/models/statistics-vectors.json", shared != NULL ? shared : "../shared");
    return json_load_file(path, 0, NULL);
}

static double num(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static uint64_t count(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
}

/* The model that the vectors are of: among linked rows, too, any share may have been altered (A.3). */
static struct ratio_policy vectors_policy(void)
{
    struct ratio_policy policy = ratio_policy_default;
    policy.leaning = 0;
    return policy;
}

static void test_column(void **state)
{
    (void)state;
    static const struct {
        uint64_t k, n, n_all;
        double u, tau, value;
    } rows[] = {
        {10, 10, 10, 1e-6, .06, 3.592923265},
        {0, 10, 10, 1e-6, .06, -0.968497646},
        {3, 3, 10, 1e-6, .06, 0.126797628},
        {4, 10, 10, 1e-6, .06, 2.673558809},
        {20, 31, 31, 5e-5, .1, 2.665487725},
        {1000, 1000, 1000, 1e-6, .06, 3.986546109},
        {0, 0, 10, 1e-6, .06, 0},
        {2, 31, 31, .05, .1, -0.817635339},
        {3, 1000, 1000, 1e-6, .06, -1.130266831},
    };
    struct ratio_policy policy = vectors_policy();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        near_to(ratio_source_column(&policy, rows[i].k, rows[i].n, rows[i].n_all, rows[i].u, rows[i].tau),
                rows[i].value, "column");
    }
}

/* What linked rows that disagree say: computed apart, from the formula as docs/statistics.md has it. */
static void test_column_leaning(void **state)
{
    (void)state;
    static const struct {
        uint64_t k, n, n_all;
        double u, tau, value;
    } rows[] = {
        {10, 10, 10, 1e-6, .06, 3.624331265},     {0, 10, 10, 1e-6, .06, -1.108901926},
        {3, 3, 10, 1e-6, .06, 0.126797628},       {4, 10, 10, 1e-6, .06, 2.615775169},
        {1, 38, 100, 1e-6, .06, -0.751316798},    {0, 28, 100, 1e-6, .06, -1.184367457},
        {10, 1000, 1000, 1e-6, .06, 2.097949411}, {1000, 1000, 1000, 1e-6, .06, 4.002025957},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        near_to(ratio_source_column(&ratio_policy_default, rows[i].k, rows[i].n, rows[i].n_all, rows[i].u, rows[i].tau),
                rows[i].value, "column");
    }
}

/* Both sides of the ratio are distributions: over what is seen where nothing comes from the database, its mean is 1. */
static void test_column_is_a_ratio(void **state)
{
    (void)state;
    const struct ratio_policy *policy = &ratio_policy_default;
    for (uint64_t n = 3; n < 200; n = n * 3 / 2 + 1) {
        double mean = 0;
        for (uint64_t k = 0; k <= n; k++) {
            double ratio = pow(10, ratio_source_column(policy, k, n, n, 1e-3, .06));
            double none = (1 - policy->omega - policy->eta) * exp(stat_ln_bin(k, n, 1e-3)) +
                          policy->omega / ((double)n + 1) + (k >= 1 && k <= 3 ? policy->eta / 3 : 0);
            mean += ratio * none;
        }
        near_to(mean, 1, "mean of the ratio");
    }
}

static void test_column_vectors(void **state)
{
    (void)state;
    struct ratio_policy policy = vectors_policy();
    json_t *all = vectors();
    if (all == NULL) {
        skip();
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(all, "lr_source_column"), i, row)
    {
        double got = ratio_source_column(&policy, count(row, "k"), count(row, "n"), count(row, "n_all"), num(row, "u"),
                                         num(row, "tau"));
        near_to(got, num(row, "value"), "lr_source_column");
    }
    assert_true(i >= 15);
    json_decref(all);
}

static void test_combine(void **state)
{
    (void)state;
    near_to(ratio_combine(NULL, 0), 0, "nothing");
    near_to(ratio_combine((const double[]){3, 3}, 2), 3, "two alike");
    near_to(ratio_combine((const double[]){3, -1.2}, 2), 1.499404082, "one against");
    near_to(ratio_combine((const double[]){-1.2, -1, -.6}, 3), -2, "the floor");
    json_t *all = vectors();
    if (all == NULL) {
        skip();
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(all, "combine_source_columns"), i, row)
    {
        double values[8];
        const json_t *list = json_object_get(row, "values");
        for (size_t v = 0; v < json_array_size(list); v++) {
            values[v] = json_number_value(json_array_get(list, v));
        }
        near_to(ratio_combine(values, json_array_size(list)), num(row, "value"), "combine_source_columns");
    }
    assert_true(i >= 7);
    json_decref(all);
}

/* "31 rows, 29 known, bcrypt and created_at agree" */
static void test_alternatives(void **state)
{
    (void)state;
    struct ratio_policy policy = vectors_policy();
    const struct ratio_column columns[] = {{.k = 26, .m = 29, .u = 1e-6, .tau = .06, .secret = true},
                                           {.k = 29, .m = 29, .u = 5e-5, .tau = .1, .secret = true}};
    const struct ratio_background sets[] = {{.3, .35, 9}, {.22, .2, 5}};
    struct ratio_input in = {.n = 31,
                             .e_n = 31,
                             .e_k = 29,
                             .has_pairing = true,
                             .p_n = 29,
                             .p_k = 27,
                             .columns = columns,
                             .column_count = 2,
                             .backgrounds = sets,
                             .background_count = 2,
                             .clusters_all = 29,
                             .clusters_secret = 29};
    struct ratio_values values;
    ratio_alternatives(&policy, &in, &values);
    near_to(values.value[RATIO_ELSEWHERE], 4.187065361, "elsewhere");
    near_to(values.value[RATIO_MADE_UP], 4.741237408, "made up");
    near_to(values.value[RATIO_PARTNER], 3.247570984, "partner");
    near_to(values.value[RATIO_RECYCLED], 5.123573983, "recycled");
    near_to(values.value[RATIO_SEED], 16.639719025, "seed");
    assert_int_equal(ratio_headline(&values, (struct interval){-9, 99}), RATIO_PARTNER);
    assert_int_equal(ratio_headline(&values, (struct interval){-2, 3}),
                     RATIO_ELSEWHERE); /* all cut to 3: the first is named */
    near_to(values.value[RATIO_SEED], 3, "the cap");

    in.column_count = 0; /* identity alone is worth nothing against a partner */
    ratio_alternatives(&policy, &in, &values);
    near_to(values.value[RATIO_ELSEWHERE], 0.939494378, "elsewhere without columns");
    near_to(values.value[RATIO_PARTNER], 0, "partner without columns");

    const struct ratio_column against[] = {{.k = 0, .m = 29, .u = 1e-6, .tau = .06, .secret = true}};
    in.columns = against;
    in.column_count = 1;
    in.p_k = 20;
    ratio_alternatives(&policy, &in, &values);
    near_to(values.value[RATIO_PARTNER], -1.111109645, "a hash that disagrees everywhere");
    in.head_agree = 1; /* the database's first rows may be the true ones: nothing but seed counts against */
    ratio_alternatives(&policy, &in, &values);
    near_to(values.value[RATIO_PARTNER], 0, "head rows");
    in.background_count = 0;
    ratio_alternatives(&policy, &in, &values);
    assert_false(values.computed[RATIO_RECYCLED]);
}

static void check_match(const json_t *vector)
{
    struct ratio_policy policy = vectors_policy();
    const json_t *in = json_object_get(vector, "input");
    struct ratio_column columns[8] = {0};
    struct ratio_background sets[8];
    struct ratio_input ratio = {.n = count(in, "n"),
                                .e_n = count(in, "nE"),
                                .e_k = count(in, "kE"),
                                .p_n = count(in, "nL"),
                                .p_k = count(in, "kP"),
                                .has_pairing = json_is_integer(json_object_get(in, "kP")),
                                .columns = columns,
                                .backgrounds = sets,
                                .seed_rows = count(in, "k_seed"),
                                .clusters_all = count(in, "clusters"),
                                .clusters_secret = count(in, "clusters"),
                                .head_agree = count(in, "head_agree")};
    const char *name;
    json_t *column;
    json_object_foreach(json_object_get(in, "X"), name, column)
    {
        struct ratio_column *c = &columns[ratio.column_count++];
        c->k = (uint64_t)json_integer_value(json_array_get(column, 0));
        c->m = (uint64_t)json_integer_value(json_array_get(column, 1));
        c->u = json_number_value(json_array_get(column, 2));
        c->tau = strcmp(name, "hash") == 0 ? .06 : strcmp(name, "created") == 0 ? .1 : .25;
        c->secret = strcmp(name, "id") != 0;
        near_to(ratio_source_column(&policy, c->k, c->m, ratio.e_n, c->u, c->tau),
                num(json_object_get(vector, "columns"), name), name);
    }
    size_t i;
    json_t *set;
    json_array_foreach(json_object_get(in, "bgsets"), i, set)
    {
        sets[ratio.background_count++] = (struct ratio_background){
            json_number_value(json_array_get(set, 0)), json_number_value(json_array_get(set, 2)),
            (uint64_t)json_integer_value(json_array_get(set, 1))};
    }
    struct ratio_values values;
    const json_t *expected = json_object_get(vector, "alternatives");
    ratio_alternatives(&policy, &ratio, &values);
    near_to(values.value[RATIO_ELSEWHERE], num(expected, "elsewhere"),
            json_string_value(json_object_get(vector, "name")));
    near_to(values.value[RATIO_MADE_UP], num(expected, "madeup"), json_string_value(json_object_get(vector, "name")));
    near_to(values.value[RATIO_PARTNER], num(expected, "partner"), json_string_value(json_object_get(vector, "name")));
    near_to(values.value[RATIO_RECYCLED], num(expected, "recycled"),
            json_string_value(json_object_get(vector, "name")));
    near_to(values.value[RATIO_SEED], num(expected, "seed"), json_string_value(json_object_get(vector, "name")));
    near_to(values.value[ratio_headline(&values, (struct interval){-99, 99})], num(vector, "headline"), "headline");
}

static void test_match_vectors(void **state)
{
    (void)state;
    json_t *all = vectors();
    if (all == NULL) {
        skip();
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(all, "match"), i, row)
    {
        check_match(row);
    }
    assert_true(i >= 9);
    json_decref(all);
}

static void test_cap(void **state)
{
    (void)state;
    const double h1[] = {3.1, 2.5, 2.0, 1.5, 0.5, -0.2, 3.0, 2.8};
    const double h2[] = {-2, -1.5, -3, -0.7, 0.3, -1, -2.2, -0.1, -1.1, -0.4};
    struct interval cap = ratio_cap(h1, 8, h2, 10);
    near_to(cap.lo, -.75, "lower");
    near_to(cap.hi, .93, "upper");
    cap = ratio_cap(NULL, 0, NULL, 0);
    near_to(cap.lo, 0, "no validation");
    near_to(cap.hi, 0, "no validation");
    json_t *all = vectors();
    if (all == NULL) {
        skip();
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(all, "elub"), i, row)
    {
        double one[1000], two[1000];
        const json_t *first = json_object_get(row, "h1");
        const json_t *second = json_object_get(row, "h2");
        for (size_t v = 0; v < json_array_size(first); v++) {
            one[v] = json_number_value(json_array_get(first, v));
        }
        for (size_t v = 0; v < json_array_size(second); v++) {
            two[v] = json_number_value(json_array_get(second, v));
        }
        cap = ratio_cap(one, json_array_size(first), two, json_array_size(second));
        near_to(cap.lo, num(row, "lower"), "elub lower");
        near_to(cap.hi, num(row, "upper"), "elub upper");
    }
    assert_true(i >= 2);
    json_decref(all);
}

static void test_share(void **state)
{
    (void)state;
    struct interval share = ratio_share(&ratio_policy_default, 30, 31);
    near_to(share.lo, .832978884, "lower");
    near_to(share.hi, 1, "upper");
    assert_false(ratio_share_identity(29, 31, 9, 10, &share)); /* people overlap too much to tell */
    assert_false(ratio_share_identity(29, 31, 0, 0, &share));  /* coincidence was never measured */
    assert_true(ratio_share_identity(29, 31, 300, 1000, &share));
    assert_true(share.lo > .6 && share.lo < .8 && share.hi >= 1 - 1e-9);
    /* 300 of 1,000 known, in a world where 300 of 1,000 strangers are: none need be the database's; but strangers may be made up,
     * known to nobody, and then 300 are */
    assert_true(ratio_share_identity(300, 1000, 300, 1000, &share));
    assert_true(share.lo < 1e-9 && share.hi > .3 && share.hi < .36);
}

/* What ratios and shares are made of: intervals of shares, the beta-binomial. */
static void test_base_vectors(void **state)
{
    (void)state;
    json_t *all = vectors();
    if (all == NULL) {
        skip();
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(all, "clopper_pearson"), i, row)
    {
        struct interval got = stat_clopper_pearson(count(row, "k"), count(row, "n"), num(row, "conf"));
        near_to(got.lo, num(row, "lo"), "clopper_pearson lo");
        near_to(got.hi, num(row, "hi"), "clopper_pearson hi");
    }
    assert_true(i >= 12);
    json_array_foreach(json_object_get(all, "hypergeometric_interval"), i, row)
    {
        uint64_t lo, hi;
        stat_hypergeometric(count(row, "k"), count(row, "n"), count(row, "leak_rows"), num(row, "conf"), &lo, &hi);
        assert_int_equal(lo, count(row, "K_lo"));
        assert_int_equal(hi, count(row, "K_hi"));
    }
    assert_true(i >= 5);
    json_array_foreach(json_object_get(all, "log10_beta_binomial"), i, row)
    {
        double got = stat_ln_bb(count(row, "k"), count(row, "n"), num(row, "a"), num(row, "b")) / M_LN10;
        near_to(got, num(row, "value"), "log10_beta_binomial");
    }
    assert_true(i >= 7);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_column),         cmocka_unit_test(test_column_vectors),
        cmocka_unit_test(test_column_leaning), cmocka_unit_test(test_column_is_a_ratio),
        cmocka_unit_test(test_combine),        cmocka_unit_test(test_alternatives),
        cmocka_unit_test(test_match_vectors),  cmocka_unit_test(test_cap),
        cmocka_unit_test(test_share),          cmocka_unit_test(test_base_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

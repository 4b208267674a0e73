/* What a private comparison says in a verdict (docs/private.md, "What the judge receives"): a result that a neutral signed gives an
 * interval, leak and source have lo to hi keys in common, and no more is weighed than that. The lower end speaks for possession where
 * the keys are made by the source, the upper end against it where they are people's; an interval that is everything says nothing. The
 * formulas are those of docs/verdict.md, "A private comparison"; constants of A.3 and A.4 of docs/statistics.md. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/stat.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { OWN_ACCOUNTS = 3 }; /* K of A.3 */
#define OMEGA_MIN 1e-3
#define TAU_MIN .1

/* What fields a key has: a value that the source made beside a person, a hash, people alone, or nothing that can be weighed. */
enum key_kind { KEY_TOLD, KEY_PERSON, KEY_HASH, KEY_TIME };

static enum key_kind kind_of_key(const json_t *type)
{
    const json_t *fields = json_object_get(type, "fields");
    bool has_person = false, has_time = false, has_hash = false, has_other = false;
    size_t i;
    const json_t *field;

    json_array_foreach(fields, i, field)
    {
        const char *name = json_is_string(field) ? json_string_value(field) : "";
        const bool is_person = strcmp(name, "email") == 0 || strcmp(name, "phone") == 0;
        const bool is_time = strcmp(name, "created_at") == 0 || strcmp(name, "created_at_us") == 0;
        const bool is_hash = strcmp(name, "hash") == 0;

        has_person |= is_person;
        has_time |= is_time;
        has_hash |= is_hash;
        has_other |= !is_person && !is_time && !is_hash;
    }
    return has_time && has_person                  ? KEY_TIME
           : has_hash                              ? KEY_HASH
           : has_person && !has_time && !has_other ? KEY_PERSON
                                                   : KEY_TOLD;
}

/* ---- Tails: nothing is known but that at least, or at most, so many agree ---- */

/* P(K >= k) of 0..n, each as probable. */
static double flat_from(double k, double n)
{
    return (n - k + 1) / (n + 1);
}

/* P(K <= k) of the beta-binomial with a = 20, b = 1, whose sum telescopes. k < 0: 0. */
static double same_up_to(double k, double n)
{
    const double a = 20;

    return k < 0
               ? 0
               : exp(stat_ln_gamma(k + 1 + a) - stat_ln_gamma(k + 1) + stat_ln_gamma(n + 1) - stat_ln_gamma(n + 1 + a));
}

struct chances {
    double omega, tau, eta, coincidence;
};

/* log10 of P(K >= lo | from the database) / P(K >= lo | not), never below 0. */
static double support_of(const struct chances *c, double lo, double n)
{
    if (lo < 1 || n < 1) {
        return 0;
    }
    const double flat = flat_from(lo, n), most = fmin(OWN_ACCOUNTS, n);
    const double own = fmax(0, (most - lo + 1) / most);
    const double other =
        (1 - c->omega - c->eta) * stat_beta_inc(c->coincidence, lo, n - lo + 1) + c->omega * flat + c->eta * own;
    const double same = c->tau * other + (1 - c->tau) / 2 * (1 - same_up_to(lo - 1, n)) + (1 - c->tau) / 2 * flat;

    return fmax(0, log10(same / other));
}

/* log10 of P(K <= hi | from the database) / P(K <= hi | made up), never above 0: people whom the database does not know. */
static double against_of(double hi, double n)
{
    const double share = (hi + 1) / (n + 1);

    if (hi >= n) {
        return 0;
    }
    return fmin(0, log10((same_up_to(hi, n) + share) / (stat_beta_inc(share, .5, 9.5) + share)));
}

/* Seed rows cannot be told apart here: as many as may be are reckoned to be some, by A.4's formula. */
static double seed_term(double seeds, double n)
{
    const double rare = stat_ln_bb((uint64_t)seeds, (uint64_t)n, .2, 20), flat = -log(n + 1);

    return (stat_ln_add(log(.98) + rare, log(.02) + flat) - stat_ln_bb((uint64_t)seeds, (uint64_t)n, 19, 1)) / log(10);
}

/* ---- One result ---- */

struct sums {
    double support[ORIGIN_COUNT]; /* of 10^, over the types that the source made */
    size_t made_by_source;
    double against;
    bool has_people;
};

/* Ends of "bounds": {"source": [lo, hi]} within 0..n; false: the entry has none that makes sense. */
static bool ends_of(const json_t *type, double *ret_n, double *ret_lo, double *ret_hi)
{
    const json_t *ends = json_object_get(json_object_get(type, "bounds"), "source");
    const double n = json_num(type, "asker_keys", 0);
    const double lo = json_number_value(json_array_get(ends, 0)), hi = json_number_value(json_array_get(ends, 1));

    *ret_n = n;
    *ret_lo = lo;
    *ret_hi = hi;
    return json_array_size(ends) == 2 && n >= 1 && n < 1e15 && lo >= 0 && lo <= hi && hi <= n;
}

static void add_support(const struct chances *chances, double head, enum key_kind kind, double lo, double n,
                        struct sums *sums)
{
    const double seeds = floor(fmin(head, lo)), support = support_of(chances, lo - seeds, n - seeds);

    sums->made_by_source++;
    for (int o = ORIGIN_ELSEWHERE; o < ORIGIN_ANY_OTHER; o++) {
        /* a hash without salt is the same wherever its password was used again, anybody can make those of common passwords, and nobody
         * here saw whether it has one: of such, one in ten agreed by coincidence (tests/eval/private_keys.py). Seed rows are neither */
        const bool is_open = o != ORIGIN_SEED && kind == KEY_HASH;
        const double term = o == ORIGIN_SEED && support > 0 ? seed_term(seeds, n) : 0;

        sums->support[o] += is_open ? 1 : pow(10, fmax(0, support + term));
    }
}

static double upper(const json_t *rates, const char *a, const char *b, double least, double missed)
{
    const json_t *value = json_object_get(json_object_get(rates, "match"), a);
    struct rate rate;

    value = b == NULL ? value : json_object_get(value, b);
    return rates_counts(value, &rate) ? fmax(least, stat_clopper_pearson(rate.k, rate.n, 1 - missed).hi) : least;
}

static bool sum_types(const struct items_place *place, const struct policy *policy, const json_t *entry,
                      struct sums *sums)
{
    const double missed = policy_of(policy, POLICY_MISSED);
    const struct chances chances = {.omega = upper(place->rates, "omega", NULL, OMEGA_MIN, missed),
                                    .tau = upper(place->rates, "tau", "time", TAU_MIN, missed),
                                    .eta = policy_of(policy, POLICY_ETA),
                                    .coincidence = policy_of(policy, POLICY_COINCIDENCE)};
    const json_t *type;
    size_t i;

    json_array_foreach(json_object_get(entry, "types"), i, type)
    {
        const enum key_kind kind = kind_of_key(type);
        double n, lo, hi;

        if (!ends_of(type, &n, &lo, &hi)) {
            return false;
        }
        if (kind == KEY_TIME || kind == KEY_HASH) {
            add_support(&chances, policy_of(policy, POLICY_HEAD), kind, lo, n, sums);
        } else if (kind == KEY_PERSON) {
            sums->against = sums->has_people ? fmax(sums->against, against_of(hi, n)) : against_of(hi, n);
            sums->has_people = true;
        }
    }
    return true;
}

static double cap_of(const struct items_place *place, const struct policy *policy, const char *class_name, size_t end)
{
    const json_t *caps = json_object_get(json_object_get(json_object_get(place->rates, "match"), "caps"), class_name);
    const double cap = json_number_value(json_array_get(caps, end)), most = policy_of(policy, POLICY_CAP);

    return end == 0 ? fmax(fmin(cap, 0), -most) : fmin(fmax(cap, 0), most);
}

static void weigh(const struct items_place *place, const struct policy *policy, const struct sums *sums,
                  struct item *item)
{
    const double least = cap_of(place, policy, "none", 0), most = cap_of(place, policy, "secret", 1);

    for (int o = ORIGIN_ELSEWHERE; o < ORIGIN_ANY_OTHER; o++) {
        const double support =
            sums->made_by_source > 0 ? fmin(log10(sums->support[o] / (double)sums->made_by_source), most) : 0;
        const double against = o == ORIGIN_MADE_UP ? fmax(sums->against, least) : 0;

        item->log10_against[o] = support + against;
    }
}

/* The type that says most of what was counted: the first of those that the source made, else the first. */
static const json_t *told_type(const json_t *entry)
{
    const json_t *types = json_object_get(entry, "types"), *type;
    size_t i;

    json_array_foreach(types, i, type)
    {
        if (kind_of_key(type) >= KEY_HASH) {
            return type;
        }
    }
    return json_array_get(types, 0);
}

static void describe(const json_t *entry, struct item *item)
{
    const json_t *type = told_type(entry), *audit = json_object_get(type, "audit_1");
    const double keys = fmin(fmax(json_num(type, "asker_keys", 0), 0), 1e15);
    const double looked = fmin(fmax(json_num(audit, "searched", 0), 0), keys);

    item->n = (uint64_t)looked;
    item->of = (uint64_t)keys;
    item->coverage = keys > 0 ? looked / keys : 0;
    item->units[0].looked_at = keys;
    item->units[0].found = fmax(json_num(type, "count", 0), 0);
    item->is_fewer = json_bool(type, "fewer_than", false);
}

/* A comparison of the sample itself saw all of it: what was counted under a mask is of the same rows and adds nothing. */
static bool has_comparison(const json_t *model)
{
    const json_t *exam;
    size_t i;

    json_array_foreach(json_object_get(model, "examinations"), i, exam)
    {
        if (strcmp(json_text(exam, "engine", ""), "match") == 0 && strcmp(json_text(exam, "status", ""), "done") == 0) {
            return true;
        }
    }
    return false;
}

static const char *why_not_weighed(const struct items_place *place, const json_t *entry, bool has_ends)
{
    const json_t *caps = json_object_get(json_object_get(place->rates, "match"), "caps");

    if (strcmp(json_text(entry, "mode", ""), "neutral") != 0) {
        return "told, not weighed: without a neutral it is the asker's statement, unaudited";
    }
    if (has_comparison(place->model)) {
        return "told, not weighed: a comparison of the sample itself speaks";
    }
    if (!has_ends) {
        return "told, not weighed: it was recorded without bounds";
    }
    return json_is_array(json_object_get(caps, "secret")) && json_is_array(json_object_get(caps, "none"))
               ? NULL
               : "told, not weighed: how often a comparison errs was not measured";
}

static void remark_weighed(const json_t *entry, const struct sums *sums, struct item *item)
{
    const bool says_nothing = item->log10_against[ORIGIN_ELSEWHERE] == 0 && item->log10_against[ORIGIN_MADE_UP] == 0;
    const char *audits = strcmp(json_text(entry, "audits", ""), "made") != 0
                             ? "not all audits were made, so its interval is wide; "
                             : "";
    const char *parties = json_text(entry, "keeper", NULL) == NULL ? "nobody said which party was the keeper; " : "";
    const char *keys =
        sums->made_by_source == 0 ? "no key holds a value that the source made, so it cannot speak for it; " : "";

    snprintf(item->note, sizeof item->note,
             "%s%s%s%swhat partners were given and how the rows were made was not looked at",
             says_nothing ? "what it bounds says nothing here; " : "", audits, keys, parties);
}

/* Who counts, and who could have doctored it: the keeper's list is the keeper's, the asker's is a third party's as in a comparison
 * (values of a database one never had cannot be forged), but only where both are named and are not the same. */
static int add_result(const struct items_place *place, const struct policy *policy, const json_t *entry,
                      struct err *err)
{
    const char *asker = json_text(entry, "asker", NULL), *keeper = json_text(entry, "keeper", NULL);
    struct item item = {.source = SOURCE_MATCH,
                        .group = SOURCE_MATCH,
                        .engine = "private",
                        .rate_name = "match",
                        .window_known = true,
                        .unit_name = "keys",
                        .examination = json_text(entry, "id", ""),
                        .held = asker == NULL || keeper == NULL ? HELD_BY_INTERESTED
                                : strcmp(asker, keeper) == 0    ? HELD_BY_KEEPER
                                                                : HELD_BY_THIRD};
    struct sums sums = {.made_by_source = 0};
    const bool has_ends = sum_types(place, policy, entry, &sums);
    const char *why = why_not_weighed(place, entry, has_ends);

    TRY(items_keeper(place->items, entry, &item.keeper, err));
    describe(entry, &item);
    item.is_told = why != NULL;
    item.is_measured = why == NULL;
    if (why != NULL) {
        snprintf(item.note, sizeof item.note, "%s", why);
    } else {
        weigh(place, policy, &sums, &item);
        remark_weighed(entry, &sums, &item);
        place->items->has_sample = true;
    }
    return items_add(place->items, &item, err);
}

/* Both parties, and whoever counts, may record one result: it is one. */
static bool was_before(const json_t *entries, size_t index)
{
    const char *result = json_text(json_array_get(entries, index), "result", "");

    for (size_t i = 0; i < index; i++) {
        if (strcmp(json_text(json_array_get(entries, i), "result", ""), result) == 0) {
            return true;
        }
    }
    return false;
}

int overlap_items(const struct items_place *place, const struct policy *policy, enum claim_kind kind, struct err *err)
{
    const json_t *entries = json_object_get(place->model, "private"), *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (kind == CLAIM_POSSESSION && json_text(entry, "result", NULL) != NULL && !was_before(entries, i)) {
            TRY(add_result(place, policy, entry, err));
        }
    }
    return 0;
}

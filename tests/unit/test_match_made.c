/* Made up by a program: structure of single values against their makers' own output, likelihoods against their definitions (proper,
 * bounded, mean 1 under their null), and whole sets: each claim with a pair of worlds, one where it holds, one where it only looks so. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "match/made.h"
#include "match/made_form.h"
#include "match/made_peek.h"
#include "match/made_weigh.h"
#include "match/made_words.h"

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double uniform(uint64_t *state)
{
    return (double)(draw(state) >> 11) * 0x1p-53;
}

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

/* ---- Values ---- */

/* Written by crypt(3), Argon2's reference program, PHP and Django; the bad ones differ in a letter. */
static void hashes_have_spare_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum made_form form;
    } rows[] = {
        {"$2b$12$iRzG8WWiU3ZuTQX/NnzUn.NFIJo8a/E05QgzxRaB1lH/Xp2JfY/nO", MADE_FORM_GOOD},
        {"$2b$04$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYnRk2", MADE_FORM_GOOD},
        {"$2b$04$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYnRk3", MADE_FORM_BAD},  /* two spare bits */
        {"$2b$04$8x/geqSjUoPYk2VQiq/VNfbficXu7FsO3EnpHACra1fC9EYPYnRk2", MADE_FORM_SALT}, /* four */
        {"$2b$04$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYn!k2", MADE_FORM_BAD},
        {"$2b$44$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYnRk2", MADE_FORM_BAD},
        {"$2b$03$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYnRk2", MADE_FORM_BAD},
        {"$2b$04$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYnRk2a", MADE_FORM_BAD},
        {"$2b$04$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1", MADE_FORM_NONE}, /* cut by a column */
        {"$6$OaE5mKun9.PVtWW2$10edea6AHPMJYWoZHCuLSwE.qlqmCP9UnEQpceqKa0mmXpdm9mkzm8QAA8YPclomq0dBRq46U0Q8NRkahNZM8.",
         MADE_FORM_GOOD},
        {"$6$OaE5mKun9.PVtWW2$10edea6AHPMJYWoZHCuLSwE.qlqmCP9UnEQpceqKa0mmXpdm9mkzm8QAA8YPclomq0dBRq46U0Q8NRkahNZM82",
         MADE_FORM_BAD},
        {"$5$WbEDGKJULPt57LZq$A1UaR/EhS3oMIYL86sNJDOQ5aNgsiOENT4CQ7sj9TvA", MADE_FORM_GOOD},
        {"$5$WbEDGKJULPt57LZq$A1UaR/EhS3oMIYL86sNJDOQ5aNgsiOENT4CQ7sj9TvE", MADE_FORM_BAD},
        {"$1$VlnzssFF$DRrzv9kcg38XJl65YBI39/", MADE_FORM_GOOD},
        {"$1$VlnzssFF$DRrzv9kcg38XJl65YBI392", MADE_FORM_BAD},
        {"$y$j9T$abcdefghijklmnop$StUVXPIG.SM.LkD69wbM4FIgyY1uy8JiB4lGhkJGS4.", MADE_FORM_GOOD},
        {"$y$j9T$abcdefghijklmnop$StUVXPIG.SM.LkD69wbM4FIgyY1uy8JiB4lGhkJGS4E", MADE_FORM_BAD},
        {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", MADE_FORM_GOOD},
        {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPd", MADE_FORM_BAD},
        {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHR$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", MADE_FORM_BAD},
        {"$argon2id$v=19", MADE_FORM_NONE},
        {"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", MADE_FORM_GOOD}, /* phpass's own test vector */
        {"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L2", MADE_FORM_BAD},
        {"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L", MADE_FORM_NONE},
        {"pbkdf2_sha256$1000$seasalt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", MADE_FORM_GOOD},
        {"pbkdf2_sha256$1000$seasalt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", MADE_FORM_BAD},
        {"d41d8cd98f00b204e9800998ecf8427e", MADE_FORM_NONE},
        {"$2", MADE_FORM_NONE},
        {"", MADE_FORM_NONE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct made_hash hash = made_hash(str_of(rows[i].text));
        if (hash.form != rows[i].form) {
            fail_msg("row %zu: %s is %d", i, rows[i].text, (int)hash.form);
        }
    }
}

/* The stated shares of random texts that fail. */
static void chances_are_as_stated(void **state)
{
    static const char letters[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    enum { ROWS = 40000 };
    (void)state;
    uint64_t seed = 5;
    int hash = 0, salt = 0, uuid = 0, luhn = 0, iban = 0;
    for (int i = 0; i < ROWS; i++) {
        char text[64] = "$2y$10$";
        for (int at = 7; at < 60; at++) {
            text[at] = letters[draw(&seed) % 64];
        }
        enum made_form form = made_hash(str_of(text)).form;
        hash += form == MADE_FORM_BAD;
        salt += form == MADE_FORM_SALT;
        (void)snprintf(text, sizeof(text), "%08x-%04x-%04x-%04x-%012llx", (unsigned)draw(&seed),
                       (unsigned)draw(&seed) & 0xffff, (unsigned)draw(&seed) & 0xffff, (unsigned)draw(&seed) & 0xffff,
                       (unsigned long long)(draw(&seed) & UINT64_C(0xffffffffffff)));
        uuid += made_uuid(str_of(text)) == MADE_FORM_BAD;
        (void)snprintf(text, sizeof(text), "4%015llu", (unsigned long long)(draw(&seed) % UINT64_C(1000000000000000)));
        luhn += made_luhn(str_of(text)) == MADE_FORM_BAD;
        (void)snprintf(text, sizeof(text), "DE%020llu", (unsigned long long)draw(&seed));
        iban += made_iban(str_of(text)) == MADE_FORM_BAD;
    }
    assert_true(near(hash / (double)ROWS, 3.0 / 4, .01));
    assert_true(near(salt / (double)(ROWS - hash), 15.0 / 16, .01));
    assert_true(near(uuid / (double)ROWS, 7.0 / 8, .01));
    assert_true(near(luhn / (double)ROWS, 9.0 / 10, .01));
    assert_true(near(iban / (double)ROWS, 96.0 / 97, .005));
}

static void digits_are_checked(void **state)
{
    (void)state;
    assert_int_equal(made_luhn(STR("4111111111111111")), MADE_FORM_GOOD);
    assert_int_equal(made_luhn(STR("4111111111111112")), MADE_FORM_BAD);
    assert_int_equal(made_luhn(STR("411111111111")), MADE_FORM_NONE);
    assert_int_equal(made_iban(STR("gb82 west 1234 5698 7654 32")), MADE_FORM_GOOD); /* the registry's own example */
    assert_int_equal(made_iban(STR("DE89370400440532013000")), MADE_FORM_GOOD);
    assert_int_equal(made_iban(STR("DE89370400440532013001")), MADE_FORM_BAD);
    assert_int_equal(made_iban(STR("DE8937040044053201300")), MADE_FORM_NONE);
    assert_int_equal(made_iban(STR("XX89370400440532013000")), MADE_FORM_NONE);
    assert_int_equal(made_uuid(STR("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")), MADE_FORM_GOOD); /* RFC 4122 */
    assert_int_equal(made_uuid(STR("f81d4fae-7dec-01d0-a765-00a0c91e6bf6")), MADE_FORM_BAD);
    assert_int_equal(made_uuid(STR("f81d4fae-7dec-11d0-c765-00a0c91e6bf6")), MADE_FORM_BAD);
    assert_int_equal(made_uuid(STR("f81d4fae7dec11d0a76500a0c91e6bf6")), MADE_FORM_GOOD);
    assert_int_equal(made_uuid(STR("f81d4fae7dec11d0c76500a0c91e6bf6")), MADE_FORM_BAD);
    assert_int_equal(made_uuid(STR("00000000-0000-0000-0000-000000000000")), MADE_FORM_NONE);
}

/* ---- Likelihoods ---- */

static double power(double log10_value)
{
    return pow(10, log10_value);
}

/* Sum over k of P(k | real) · ratio = 1, where real keeps its share omega of odd ones: the ratio is one of distributions. */
static void ratios_are_proper(void **state)
{
    (void)state;
    const double omega = .01, chance = .75;
    const struct made_shapes shapes = {.3, 20, 6, 12};
    const uint64_t sizes[] = {3, 10, 31, 200};
    for (size_t s = 0; s < 4; s++) {
        uint64_t n = sizes[s];
        double defects = 0, share = 0;
        for (uint64_t k = 0; k <= n; k++) {
            double odd = .5 * exp(stat_ln_bb(k, n, 20 * chance, 20 * (1 - chance))) + .5 / ((double)n + 1);
            double real = (1 - omega) * exp(stat_ln_bb(k, n, .05, 50)) + omega * odd;
            defects += real * power(made_defects(k, n, chance, omega));
            double made = exp(stat_ln_bb(k, n, shapes.made_a, shapes.made_b));
            real = (1 - omega) * exp(stat_ln_bb(k, n, shapes.real_a, shapes.real_b)) + omega * made;
            share += real * power(made_share(k, n, shapes, omega));
        }
        assert_true(near(defects, 1, 1e-9));
        assert_true(near(share, 1, 1e-9));
        assert_true(made_defects(n, n, chance, omega) <= log10(.5 + .5 / omega) + 1e-9);
        assert_true(near(made_defects(0, n, chance, omega), log10(.5), .07));
    }
    assert_true(made_defects(30, 30, .75, .001) > 2);
    assert_true(made_defects(1, 31, .75, .001) < .1); /* one damaged value says nothing */
    assert_true(near(made_defects(0, 0, .75, .001), 0, 0));
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* Names of a Zipf law with a long tail, and drawn evenly from a list of 200. */
static void even_draws_are_told(void **state)
{
    enum { N = 300 };
    (void)state;
    uint64_t seed = 11;
    uint64_t keys[N];
    double real = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < N; i++) {
            keys[i] = 1 + draw(&seed) % 200;
        }
        qsort(keys, N, sizeof(*keys), by_key);
        assert_true(made_even(keys, N, .05) > .7);
        for (int i = 0; i < N; i++) {
            keys[i] = (uint64_t)pow(1 - uniform(&seed), -1.1);
        }
        qsort(keys, N, sizeof(*keys), by_key);
        real = fmax(real, made_even(keys, N, .05));
    }
    assert_true(real < .3);
    assert_true(made_even(keys, N, .05) <= log10(.5 + .5 / .05));
    assert_true(near(made_even(keys, 1, .05), 0, 0));
}

/* Draws from the null itself (a Chinese restaurant with discount and concentration): the mean ratio is at most 1. */
static void even_draws_are_fair(void **state)
{
    enum { N = 40, ROUNDS = 3000 };
    static const double discounts[] = {0, .25, .5, .75};
    static const double concentrations[] = {.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};
    (void)state;
    uint64_t seed = 3;
    double sum = 0;
    int beyond = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double discount = discounts[draw(&seed) % 4];
        double theta = concentrations[draw(&seed) % 13];
        uint64_t keys[N];
        double sizes[N];
        size_t tables = 0;
        for (int i = 0; i < N; i++) {
            double at = uniform(&seed) * (theta + i);
            size_t t = 0;
            while (t < tables && at >= sizes[t] - discount) {
                at -= sizes[t] - discount;
                t++;
            }
            sizes[t] = t == tables ? 1 : sizes[t] + 1;
            tables += t == tables;
            keys[i] = t;
        }
        qsort(keys, N, sizeof(*keys), by_key);
        double value = made_even(keys, N, .05);
        sum += power(value);
        beyond += value >= 1;
    }
    assert_true(sum / ROUNDS < 1.05);
    assert_true(beyond <= ROUNDS / 10 * 2 / 10); /* Markov's bound is one in ten; far fewer are */
}

static void clocks_and_chances(void **state)
{
    (void)state;
    uint64_t even[24], night[24];
    for (int h = 0; h < 24; h++) {
        even[h] = 20;
        night[h] = h >= 1 && h < 7 ? 1 : 25;
    }
    assert_true(made_clock(even, .1) > .7);
    assert_true(made_clock(night, .1) < -.29);
    assert_true(made_from_p(1e-9, .01) > 1.5);
    assert_true(made_from_p(.5, .01) < 0);
    double sum = 0; /* the calibrator integrates to one */
    for (int i = 0; i < 1000000; i++) {
        sum += power(made_from_p((i + .5) / 1e6, 1e-12)) / 1e6;
    }
    assert_true(sum > .9 && sum < 1.02);
    assert_true(near(made_chi_square_p(24.996, 15), .05, .001)); /* tables of chi-square */
    assert_true(near(made_chi_square_p(30.578, 15), .01, .0005));
}

/* ---- Sets ---- */

static struct sets read_text(const char *path, const struct buf *text)
{
    struct err err = {0};
    struct sets sets;
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->len, file), text->len);
    fclose(file);
    if (sets_load(&sets, path, NULL, 1, &err) != 0) {
        fail_msg("%s", err.text);
    }
    remove(path);
    return sets;
}

/* The value of the first test of this kind, NAN without one. */
static double value_of(const struct made *made, enum made_kind kind)
{
    for (size_t i = 0; i < made->count; i++) {
        if (made->tests[i].kind == kind) {
            return made->tests[i].value;
        }
    }
    return NAN;
}

enum world { REAL, MADE };

/* People. Made: everything is drawn by itself. Real: what depends in life depends here. */
static void write_people(struct buf *out, enum world world, uint64_t seed, int rows)
{
    static const char *const real_hosts[] = {"gmail.com", "gmail.com", "gmail.com", "gmail.com",
                                             "web.zz",    "web.zz",    "uni.zz"};
    static const char letters[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    bool made = world == MADE;
    buf_puts(
        out,
        "first_name,last_name,gender,email,phone,city,state,zip,company,address,password,created_at,card_number\n");
    for (int i = 0; i < rows; i++) {
        unsigned name = (unsigned)(draw(&seed) % 12), place = (unsigned)(draw(&seed) % 15);
        name = made ? name : name * (unsigned)(draw(&seed) % 12) / 12;
        place = made ? place : place * (unsigned)(draw(&seed) % 15) / 15;
        unsigned gender = made ? (unsigned)(draw(&seed) % 2) : name % 2;
        unsigned state = made ? (unsigned)(draw(&seed) % 15) : place / 2;
        unsigned zip =
            made ? 10000 + (unsigned)(draw(&seed) % 90000) : 10000 + place * 5000 + (unsigned)(draw(&seed) % 300);
        unsigned hour = made ? (unsigned)(draw(&seed) % 24) : 8 + (unsigned)(draw(&seed) % 13);
        char email[48];
        unsigned host = (unsigned)(draw(&seed) % 7);
        if (made) {
            (void)snprintf(email, sizeof(email), "quiet%c%d@host%c.zz", (char)('a' + i % 26), i,
                           (char)('a' + host % 5));
        } else {
            (void)snprintf(email, sizeof(email), "fn%cabel.%d@%s", (char)('a' + name), i, real_hosts[host]);
        }
        buf_printf(out, "Fn%cabel,Mc%cor%dson,%s,%s,", (char)('a' + name), (char)('a' + i % 26), i,
                   gender == 0 ? "f" : "m", email);
        buf_printf(out, made && i % 2 == 0 ? "(305) 555-01%02d x%03d," : "(305) 232-71%02d,", i % 100, 100 + i);
        buf_printf(out, made && i % 2 == 0 ? "North Town%d," : "Town%d,", made ? i : (int)place);
        buf_printf(out, "S%u,%05u,", state, zip);
        buf_printf(out, made && i % 3 == 0 ? "\"Abel%d, Cor%d and Dun%d\"," : "Firm%d of %d at %d,", i, i, i);
        buf_printf(out, "%u Elm Road,", made ? 100 + (unsigned)(draw(&seed) % 900) : 1 + (unsigned)(draw(&seed) % 30));
        buf_puts(out, "$2y$10$");
        for (int l = 0; l < 53; l++) {
            bool spare = !made && (l == 21 || l == 52);
            buf_printf(out, "%c", spare ? letters[(draw(&seed) % 4) * 16] : letters[draw(&seed) % 64]);
        }
        buf_printf(out, ",2024-%02d-%02d %02u:%02u:07,", 1 + i % 12, 1 + i % 28, hour, (unsigned)(draw(&seed) % 60));
        buf_printf(out, made ? "4%015llu\n" : "4111111111111111\n",
                   (unsigned long long)(draw(&seed) % UINT64_C(1000000000000000)));
    }
}

static void people_are_told(void **state)
{
    (void)state;
    static const enum made_kind found[] = {
        MADE_HASH_FORM,        MADE_CARD_DIGITS,     MADE_PHONE_EXTENSION, MADE_CLOCK_EVEN,      MADE_MAIL_UNNAMED,
        MADE_GENDER_BY_CHANCE, MADE_PLACE_BY_CHANCE, MADE_CITY_GRAMMAR,    MADE_COMPANY_GRAMMAR, MADE_HOUSES_EVEN};
    struct made made[2] = {0};
    struct sets sets[2];
    for (int world = REAL; world <= MADE; world++) {
        struct buf text = {0};
        struct err err = {0};
        write_people(&text, (enum world)world, 42, 60);
        sets[world] = read_text("/tmp/assay-made-people.csv", &text);
        assert_int_equal(sets[world].sets[0].row_count, 60);
        assert_int_equal(made_look(&made[world], &sets[world].sets[0], NULL, &err), 0);
        buf_free(&text);
    }
    for (size_t i = 0; i < sizeof(found) / sizeof(*found); i++) {
        double real = value_of(&made[REAL], found[i]);
        double odd = value_of(&made[MADE], found[i]);
        if (!(odd > .3 && real < .1)) {
            fail_msg("%s: made %f, real %f", made_kind_name(found[i]), odd, real);
        }
    }
    if (!(made[MADE].raw > 1 && made[REAL].raw < 0)) {
        fail_msg("made %f, real %f", made[MADE].raw, made[REAL].raw);
    }
    assert_true(near(made[MADE].term, 1, 0));
    assert_true(near(made[REAL].term, 0, 0));
    sets_close(&sets[REAL]);
    sets_close(&sets[MADE]);
}

/* The same sample against a reference that shows the same: it says nothing. Against one that does not: all of it. */
static void reference_takes_it_off(void **state)
{
    (void)state;
    for (int world = REAL; world <= MADE; world++) {
        struct buf text = {0}, theirs = {0};
        struct err err = {0};
        write_people(&text, MADE, 42, 60);
        write_people(&theirs, (enum world)world, 43, 1000);
        struct sets sample = read_text("/tmp/assay-made-sample.csv", &text);
        struct sets whole = read_text("/tmp/assay-made-whole.csv", &theirs);
        struct made_peek peek = {.columns = 0, .sets = whole};
        struct made made = {0};
        assert_int_equal(made_look(&made, &sample.sets[0], &peek, &err), 0);
        if (!(world == MADE ? made.term < .2 : made.term > .95)) {
            fail_msg("world %d: term %f, raw %f", world, made.term, made.raw);
        }
        sets_close(&sample);
        sets_close(&whole);
        buf_free(&text);
        buf_free(&theirs);
    }
}

/* Fixtures: one hash for all, reserved addresses with running numbers, one minute. A table of orders repeats a customer's hash, too. */
static void seed_data_is_told(void **state)
{
    static const char hash[] = "$2b$04$8x/geqSjUoPYk2VQiq/VNebficXu7FsO3EnpHACra1fC9EYPYnRk2";
    (void)state;
    struct buf seeds = {0}, orders = {0};
    struct err err = {0};
    buf_puts(&seeds, "id,email,password,created_at\n");
    buf_puts(&orders, "id,email,password,created_at\n");
    for (int i = 1; i <= 20; i++) {
        buf_printf(&seeds, "%d,user%d@example.org,%s,2024-05-06 07:08:%02d\n", i, i, hash, i);
        buf_printf(&orders, "%d,ada.l@post.zz,%s,2024-05-%02d 07:08:09\n", i, hash, i);
    }
    struct sets fixtures = read_text("/tmp/assay-made-seeds.csv", &seeds);
    struct sets shop = read_text("/tmp/assay-made-orders.csv", &orders);
    struct made made = {0}, real = {0};
    assert_int_equal(made_look(&made, &fixtures.sets[0], NULL, &err), 0);
    assert_int_equal(made_look(&real, &shop.sets[0], NULL, &err), 0);
    const enum made_kind found[] = {MADE_HASH_REPEATED, MADE_MAIL_RESERVED, MADE_MAIL_SERIAL, MADE_ONE_MINUTE};
    for (size_t i = 0; i < 4; i++) {
        assert_true(value_of(&made, found[i]) > .7);
        assert_false(value_of(&real, found[i]) > 0);
    }
    assert_true(made.term > .95 && real.term < .05);
    sets_close(&fixtures);
    sets_close(&shop);
    buf_free(&seeds);
    buf_free(&orders);
}

/* Hex of a hand that likes to alternate; of a random source. */
static void typed_hex_is_told(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (int world = REAL; world <= MADE; world++) {
        struct buf text = {0};
        struct err err = {0};
        struct made made = {0};
        buf_puts(&text, "id,token\n");
        for (int i = 0; i < 30; i++) {
            buf_printf(&text, "%d,", i);
            for (int d = 0; d < 40; d++) {
                unsigned any = (unsigned)(draw(&seed) % 16);
                unsigned typed = d % 2 == 0 ? 10 + any % 6 : any % 10;
                buf_printf(&text, "%x", world == MADE ? typed : any);
            }
            buf_puts(&text, "\n");
        }
        struct sets sets = read_text("/tmp/assay-made-hex.csv", &text);
        assert_int_equal(made_look(&made, &sets.sets[0], NULL, &err), 0);
        double value = value_of(&made, MADE_HEX_UNEVEN);
        assert_true(world == MADE ? value > 1.2 : value < .3);
        sets_close(&sets);
        buf_free(&text);
    }
}

/* ---- The reference's rows ---- */

static void peek_is_the_same_in_any_order(void **state)
{
    (void)state;
    enum { ROWS = 5000, BATCH = 37 };
    struct ref_column columns[2] = {{.name = STR_INIT("id")}, {.name = STR_INIT("word")}};
    struct ref_table table = {.name = STR_INIT("t"), .columns = columns, .column_count = 2, .rows = ROWS};
    uint32_t first[2] = {0, 0};
    for (int backwards = 0; backwards < 2; backwards++) {
        struct err err = {0};
        struct made_peek peek;
        assert_int_equal(made_peek_open(&peek, &table, &err), 0);
        for (int b = 0; b <= (ROWS - 1) / BATCH; b++) {
            int at = (backwards ? (ROWS - 1) / BATCH - b : b) * BATCH;
            char texts[BATCH][2][16];
            struct str cells[BATCH * 2];
            struct table_batch batch = {
                .first_row = (uint64_t)at, .rows = (size_t)(ROWS - at < BATCH ? ROWS - at : BATCH), .columns = 2};
            for (size_t r = 0; r < batch.rows; r++) {
                (void)snprintf(texts[r][0], 16, "%d", at + (int)r);
                cells[r * 2] = str_of(texts[r][0]);
                cells[r * 2 + 1] = (at + (int)r) % 2 == 0 ? STR("even") : (struct str){NULL, 0};
            }
            batch.cells = cells;
            assert_int_equal(made_peek_take(&peek, &batch, &err), 0);
            memset(texts, 'x', sizeof(texts)); /* what was kept is a copy */
        }
        assert_int_equal(made_peek_end(&peek, &err), 0);
        const struct set *set = &peek.sets.sets[0];
        assert_int_equal(set->row_count, (ROWS + 3) / 4); /* every fourth */
        uint64_t number;
        struct pack_room room;
        assert_true(str_u64(set_bytes(set, set_cell(set, set->row_count - 1, 0), &room), &number) && number == 4996);
        first[backwards] = set->value_count;
        made_peek_close(&peek);
    }
    assert_int_equal(first[0], first[1]);
    struct made_peek none = {0};
    made_peek_close(&none);
}

static void words_have_roles(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum made_role role;
    } rows[] = {{"First_Name", MADE_ROLE_FIRST},
                {"surname", MADE_ROLE_LAST},
                {"name", MADE_ROLE_FULL},
                {"username", MADE_ROLE_NONE},
                {"created_at", MADE_ROLE_CREATED},
                {"zip", MADE_ROLE_POSTCODE},
                {"zipper", MADE_ROLE_POSTCODE},
                {"card_number", MADE_ROLE_CARD},
                {"company_name", MADE_ROLE_COMPANY},
                {"password", MADE_ROLE_NONE},
                {"", MADE_ROLE_NONE}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(made_role_of(str_of(rows[i].name)), rows[i].role);
    }
    assert_true(made_is_lorem(STR("lorem")) && made_is_lorem(STR("illum")) && !made_is_lorem(STR("ore")) &&
                !made_is_lorem(STR("")));
    assert_true(made_is_direction(STR("north")) && !made_is_direction(STR("nort")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_have_spare_bits), cmocka_unit_test(chances_are_as_stated),
        cmocka_unit_test(digits_are_checked),     cmocka_unit_test(ratios_are_proper),
        cmocka_unit_test(even_draws_are_told),    cmocka_unit_test(even_draws_are_fair),
        cmocka_unit_test(clocks_and_chances),     cmocka_unit_test(people_are_told),
        cmocka_unit_test(reference_takes_it_off), cmocka_unit_test(seed_data_is_told),
        cmocka_unit_test(typed_hex_is_told),      cmocka_unit_test(peek_is_the_same_in_any_order),
        cmocka_unit_test(words_have_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

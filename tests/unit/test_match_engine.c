/* The whole engine over invented shops: a true leak, the same people leaked elsewhere, filler, fixtures, a shifted clock,
 * merged exports. What it says, and that it never says a value. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>
#include <cmocka.h>

#include "assay/match.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"

enum { CUSTOMERS = 4000 };

static char folder[64];

/* ---- An invented shop, from a seed ---- */

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct customer {
    char email[48], phone[24], name[32], hash[64], created[32], updated[32];
    int64_t created_s, updated_s;
};

static struct customer customers[CUSTOMERS];

static void hash_text(char out[static 64], uint64_t *state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";
    memcpy(out, "$2y$10$", 7);
    for (int i = 7; i < 60; i++) {
        out[i] = alphabet[draw(state) % 64];
    }
    out[60] = '\0';
}

static void time_text(char out[static 32], int64_t seconds)
{
    char text[TIME_TEXT];
    time_human(text, seconds * NS_PER_S);
    (void)snprintf(out, 32, "%.31s", text);
}

static int build(void **state)
{
    (void)state;
    uint64_t seed = 2;
    int64_t now = 1600000000;
    for (int i = 0; i < CUSTOMERS; i++) {
        struct customer *c = &customers[i];
        now += 1 + (int64_t)(draw(&seed) % 20000);
        (void)snprintf(c->email, sizeof(c->email), "person%04d@quillmail.zz", i);
        (void)snprintf(c->phone, sizeof(c->phone), "+210 6%08u", (unsigned)(draw(&seed) % 100000000));
        (void)snprintf(c->name, sizeof(c->name), "Name%u Sur%u", (unsigned)(draw(&seed) % 300),
                       (unsigned)(draw(&seed) % 400));
        hash_text(c->hash, &seed);
        c->created_s = now;
        c->updated_s = now + (draw(&seed) % 3 == 0 ? (int64_t)(draw(&seed) % 8000000) : 0);
        time_text(c->created, c->created_s);
        time_text(c->updated, c->updated_s);
    }
    (void)snprintf(folder, sizeof(folder), "/tmp/assay-match-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static void path_of(char out[static 128], const char *name)
{
    (void)snprintf(out, 128, "%s/%s", folder, name);
}

static FILE *create(const char *name)
{
    char path[128];
    path_of(path, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    return file;
}

static void write_reference(const char *name)
{
    FILE *file = create(name);
    (void)fprintf(file, "id,email,phone,full_name,password_hash,created_at,updated_at\n");
    for (int i = 0; i < CUSTOMERS; i++) {
        const struct customer *c = &customers[i];
        (void)fprintf(file, "%d,%s,%s,%s,%s,%s,%s\n", i + 1, c->email, c->phone, c->name, c->hash, c->created,
                      c->updated);
    }
    fclose(file);
}

/* ---- What the engine says ---- */

struct heard {
    json_t *summary, *measures, *coverage;
    struct buf all;
};

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct heard *heard = self;
    (void)err;
    char *text = json_dumps(body, 0);
    buf_puts(&heard->all, text);
    free(text);
    if (kind == ASSAY_SUMMARY) {
        assert_null(heard->summary);
        heard->summary = json_incref(body);
    } else {
        assert_null(heard->summary); /* the summary is the last word */
        (void)json_array_append(kind == ASSAY_MEASURE ? heard->measures : heard->coverage, body);
    }
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    struct heard *heard = self;
    buf_printf(&heard->all, "complaint %.*s %.*s", STR_FMT(where), STR_FMT(what));
}

static struct heard ask(struct assay_match_options options, const char *sample, const char *reference)
{
    char sample_path[128], reference_path[128];
    path_of(sample_path, sample);
    path_of(reference_path, reference);
    const char *against[] = {reference_path};
    options.sample = sample_path;
    options.against = against;
    options.against_count = 1;
    options.now = time_parse(STR("2023-01-01T00:00:00Z"));
    struct heard heard = {.measures = json_array(), .coverage = json_array()};
    struct assay_sink sink = {&heard, hear, complain, NULL};
    struct err err = {0};
    if (assay_match(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_non_null(heard.summary);
    /* No value of a row leaves: neither an address nor a hash is anywhere in what was said. */
    assert_null(strstr(heard.all.data, "quillmail"));
    assert_null(strstr(heard.all.data, "$2y$10")); /* the scheme alone may be said */
    return heard;
}

static void forget(struct heard *heard)
{
    json_decref(heard->summary);
    json_decref(heard->measures);
    json_decref(heard->coverage);
    buf_free(&heard->all);
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value)) {
        fail_msg("no number '%s'", key);
    }
    return json_number_value(value);
}

static double raw(const struct heard *heard, const char *alternative)
{
    return number(json_object_get(heard->summary, "raw"), alternative);
}

static const char *class_of(const struct heard *heard, const char *sample)
{
    size_t i;
    json_t *column;
    json_array_foreach(json_object_get(heard->summary, "columns"), i, column)
    {
        if (strcmp(json_text(column, "sample", ""), sample) == 0) {
            return json_text(column, "class", "");
        }
    }
    return "absent";
}

/* ---- Worlds ---- */

static void write_leak(const char *name, int rows, int64_t shift_s)
{
    FILE *file = create(name);
    (void)fprintf(file, "uid;mail;tel;who;pw;joined\n");
    for (int i = 0; i < rows; i++) {
        const struct customer *c = &customers[100 + i * 7];
        char joined[32];
        time_text(joined, c->created_s + shift_s);
        (void)fprintf(file, "%d;%s;0%s;%s;%s;%s\n", 100 + i * 7 + 1, c->email, c->phone + 5, c->name, c->hash, joined);
    }
    fclose(file);
}

static void test_true_leak(void **state)
{
    (void)state;
    write_reference("ref.csv");
    write_leak("leak.csv", 200, 0);
    struct heard heard = ask((struct assay_match_options){0}, "leak.csv", "ref.csv");
    assert_int_equal(number(heard.summary, "rows_sample"), 200);
    assert_int_equal(number(heard.summary, "rows_reference"), CUSTOMERS);
    assert_int_equal(number(heard.summary, "rows_matched"), 200);
    assert_string_equal(class_of(&heard, "mail"), "shared");
    assert_string_equal(class_of(&heard, "tel"), "pairing");
    assert_string_equal(class_of(&heard, "who"), "pairing");
    assert_string_equal(class_of(&heard, "uid"), "source-issued");
    assert_string_equal(class_of(&heard, "pw"), "source-secret");
    assert_string_equal(class_of(&heard, "joined"), "source-secret");
    assert_string_equal(json_text(heard.summary, "evidence_class", ""), "secret");
    assert_true(raw(&heard, "elsewhere") > 4 && raw(&heard, "partner") > 3 && raw(&heard, "made_up") > 4);
    assert_true(json_is_null(json_object_get(json_object_get(heard.summary, "log10_lr"), "recycled")));
    assert_true(json_is_true(json_object_get(heard.summary, "complete")));
    /* Without rates nothing is claimed. */
    assert_true(number(json_object_get(heard.summary, "headline"), "log10_lr") < 1e-9);
    /* The newest row bounds the export from below. */
    char newest[TIME_TEXT];
    time_rfc3339(newest, customers[100 + 199 * 7].created_s * NS_PER_S);
    assert_string_equal(json_string_value(json_array_get(json_object_get(heard.summary, "taken_between"), 0)), newest);
    forget(&heard);
}

static void test_rates(void **state)
{
    (void)state;
    json_t *rates = json_loads(
        "{\"match\":{\"caps\":{\"secret\":[-2.5,3.2],\"issued\":[-2,0],\"none\":[-1,0]},\"omega\":[0,100]}}", 0, NULL);
    struct heard heard = ask((struct assay_match_options){.rates = rates}, "leak.csv", "ref.csv");
    const json_t *headline = json_object_get(heard.summary, "headline");
    /* omega from 0 of 100 trials is 3 %, not one in a thousand */
    assert_true(number(headline, "log10_lr") > 1.5 && number(headline, "log10_lr") < 2.6);
    assert_string_equal(json_text(headline, "alternative", ""), "partner");
    forget(&heard);
    json_decref(rates);
}

/* A measured share of replaced columns counts where it is worse than what is assumed, and not where it is better. */
static void test_rates_of_replaced_columns(void **state)
{
    (void)state;
    static const char *const taus[] = {"[0,1000]", "[60,100]"};
    double values[2];
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "{\"match\":{\"caps\":{\"secret\":[-4,4],\"issued\":[-2,0],\"none\":[-1,0]},"
                       "\"tau\":{\"hash\":%s,\"time\":%s,\"id\":%s}}}",
                       taus[i], taus[i], taus[i]);
        json_t *rates = json_loads(text, 0, NULL);
        struct heard heard = ask((struct assay_match_options){.rates = rates}, "leak.csv", "ref.csv");
        values[i] = json_number_value(json_object_get(json_object_get(heard.summary, "raw"), "elsewhere"));
        forget(&heard);
        json_decref(rates);
    }
    struct heard plain = ask((struct assay_match_options){0}, "leak.csv", "ref.csv");
    double assumed = json_number_value(json_object_get(json_object_get(plain.summary, "raw"), "elsewhere"));
    forget(&plain);
    assert_true(fabs(values[0] - assumed) < 1e-9);
    assert_true(values[1] < assumed - .1);
}

/* Columns declared as handed to a partner are issued towards it. */
static void test_shared(void **state)
{
    (void)state;
    const struct assay_match_shared shared[] = {{"Post", "password_hash"}, {"Post", "ref.created_at"}};
    struct heard heard = ask((struct assay_match_options){.shared = shared, .shared_count = 2}, "leak.csv", "ref.csv");
    assert_true(raw(&heard, "partner") < 1e-9);
    assert_true(raw(&heard, "elsewhere") > 4);
    forget(&heard);
    struct assay_match_shared other = {"Post", "email"};
    heard = ask((struct assay_match_options){.shared = &other, .shared_count = 1}, "leak.csv", "ref.csv");
    assert_true(raw(&heard, "partner") > 3);
    forget(&heard);
}

/* The same people, leaked by another service: other hashes, other times, other numbers. */
static void test_elsewhere(void **state)
{
    (void)state;
    uint64_t seed = 77;
    FILE *file = create("twin.csv");
    (void)fprintf(file, "id,email,name,password_hash,created_at\n");
    for (int i = 0; i < 200; i++) {
        const struct customer *c = &customers[100 + i * 11];
        char hash[64], created[32], stranger[32];
        hash_text(hash, &seed);
        (void)snprintf(stranger, sizeof(stranger), "someone%d@oxbow.zz", i);
        time_text(created, 1550000000 + (int64_t)(draw(&seed) % 90000000));
        (void)fprintf(file, "%d,%s,%s,%s,%s\n", i + 1, i % 3 == 0 ? stranger : c->email, c->name, hash, created);
    }
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "twin.csv", "ref.csv");
    assert_int_equal(number(heard.summary, "rows_matched"), 0);
    assert_int_equal(number(heard.summary, "rows_linked"), 133);
    assert_true(raw(&heard, "elsewhere") < -1 && raw(&heard, "partner") < -1);
    forget(&heard);
}

/* People's data alone carry little, and nothing against a partner. */
static void test_identity_only(void **state)
{
    (void)state;
    FILE *file = create("people.jsonl");
    for (int i = 0; i < 31; i++) {
        (void)fprintf(file, "{\"email\":\"%s\",\"name\":\"%s\"}\n", customers[200 + i].email, customers[200 + i].name);
    }
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "people.jsonl", "ref.csv");
    assert_string_equal(json_text(heard.summary, "evidence_class", ""), "none");
    assert_true(raw(&heard, "partner") < 1e-9 && raw(&heard, "partner") > -1e-9);
    assert_true(raw(&heard, "elsewhere") < 2);
    assert_true(json_is_null(json_object_get(heard.summary, "share")));
    forget(&heard);
}

static void test_clock(void **state)
{
    (void)state;
    write_leak("shifted.csv", 100, 20700);
    struct heard heard = ask((struct assay_match_options){0}, "shifted.csv", "ref.csv");
    assert_int_equal(number(heard.summary, "clock_offset_s"), 20700);
    assert_string_equal(class_of(&heard, "joined"), "source-secret"); /* no value is contained, yet its rows agree */
    assert_int_equal(number(heard.summary, "rows_matched"), 100);
    size_t i;
    json_t *measure;
    bool agreed = false;
    json_array_foreach(heard.measures, i, measure)
    {
        agreed = agreed || (strcmp(json_text(measure, "sample", ""), "joined") == 0 &&
                            json_int(measure, "rows_agreeing", 0) == 100);
    }
    assert_true(agreed);
    forget(&heard);
}

/* An older version of rows that the database has changed since bounds the export from above. */
static void test_dates(void **state)
{
    (void)state;
    const int64_t taken = customers[3000].created_s + 10;
    int64_t changed_next = INT64_MAX;
    FILE *file = create("dated.csv");
    (void)fprintf(file, "email,password_hash,created_at,updated_at\n");
    for (int i = 60; i <= 3000; i += 20) {
        const struct customer *c = &customers[i];
        bool later = c->updated_s > taken;
        (void)fprintf(file, "%s,%s,%s,%s\n", c->email, c->hash, c->created, later ? c->created : c->updated);
        changed_next = later && c->updated_s < changed_next ? c->updated_s : changed_next;
    }
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "dated.csv", "ref.csv");
    const json_t *between = json_object_get(heard.summary, "taken_between");
    int64_t from = time_parse(str_of(json_string_value(json_array_get(between, 0)))) / NS_PER_S;
    int64_t to = time_parse(str_of(json_string_value(json_array_get(between, 1)))) / NS_PER_S;
    assert_true(from <= taken && from >= customers[3000].created_s);
    assert_int_equal(to, changed_next);
    assert_true(to > taken);
    forget(&heard);
}

/* Fixtures that every copy of the product has: the background set holds the same secrets. */
static void test_seed(void **state)
{
    (void)state;
    FILE *file = create("fixtures.csv");
    (void)fprintf(file, "email,password_hash\n");
    for (int i = 0; i < 31; i++) {
        (void)fprintf(file, "demo%d@shop.zz,%s\n", i, customers[100 + i * 7].hash);
    }
    fclose(file);
    char path[128];
    path_of(path, "fixtures.csv");
    const char *background[] = {path};
    write_leak("seeds.csv", 31, 0);
    struct heard heard =
        ask((struct assay_match_options){.background = background, .background_count = 1}, "seeds.csv", "ref.csv");
    assert_int_equal(number(json_object_get(heard.summary, "excluded"), "seed row"), 31);
    assert_true(raw(&heard, "seed") < -2);
    assert_string_equal(json_text(json_object_get(heard.summary, "headline"), "alternative", ""),
                        "elsewhere"); /* capped: all are 0 */
    forget(&heard);
}

/* Another service's people measure how much overlap is ordinary. */
static void test_background(void **state)
{
    (void)state;
    FILE *file = create("other.csv");
    (void)fprintf(file, "email,name\n");
    for (int i = 0; i < 2000; i++) {
        if (i % 2 == 0) {
            (void)fprintf(file, "%s,%s\n", customers[i].email, customers[i].name);
        } else {
            (void)fprintf(file, "foreign%d@oxbow.zz,Xa Yb\n", i);
        }
    }
    fclose(file);
    char path[128];
    path_of(path, "other.csv");
    const char *background[] = {path};
    struct heard with =
        ask((struct assay_match_options){.background = background, .background_count = 1}, "leak.csv", "ref.csv");
    assert_true(raw(&with, "recycled") > 3);
    struct heard people =
        ask((struct assay_match_options){.background = background, .background_count = 1}, "other.csv", "ref.csv");
    assert_true(raw(&people, "recycled") < 0); /* a sample that is the background set is best explained by it */
    forget(&with);
    forget(&people);
}

/* The database's rows of reserved domains are nobody's; the first rows of the table may be fixtures. */
static void test_excluded(void **state)
{
    (void)state;
    write_reference("tried.csv");
    char path[128];
    path_of(path, "tried.csv");
    FILE *file = fopen(path, "ae");
    assert_non_null(file);
    for (int i = 0; i < 5; i++) {
        (void)fprintf(file, "%d,user%d@example.com,,,,2022-01-0%d 10:00:00,\n", 9000 + i, i, i + 1);
    }
    fclose(file);
    file = create("heads.csv");
    (void)fprintf(file, "email,password_hash\n");
    for (int i = 0; i < 40; i++) {
        (void)fprintf(file, "%s,%s\n", customers[i].email, customers[i].hash);
    }
    for (int i = 0; i < 5; i++) {
        (void)fprintf(file, "user%d@example.com,\n", i);
    }
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "heads.csv", "tried.csv");
    const json_t *excluded = json_object_get(heard.summary, "excluded");
    assert_int_equal(number(excluded, "among the first 50 rows"), 40);
    assert_int_equal(number(excluded, "reserved domain"), 5);
    assert_true(raw(&heard, "elsewhere") >= 0 && raw(&heard, "elsewhere") < 1e-9);
    assert_int_equal(number(heard.summary, "rows_matched"), 40); /* they are counted, and weigh nothing */
    forget(&heard);
}

/* A thousand made-up people of reserved domains around three genuine accounts are a thousand and three rows: not three that agree. */
static void test_reserved_and_unknown(void **state)
{
    (void)state;
    FILE *file = create("library.csv");
    (void)fprintf(file, "email,password_hash\n");
    uint64_t seed = 11;
    for (int i = 0; i < 40; i++) {
        char hash[64];
        hash_text(hash, &seed);
        (void)fprintf(file, "maker%d@example.org,%s\n", i, hash);
    }
    for (int i = 0; i < 3; i++) {
        (void)fprintf(file, "%s,%s\n", customers[700 + i].email, customers[700 + i].hash);
    }
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "library.csv", "ref.csv");
    assert_null(json_object_get(json_object_get(heard.summary, "excluded"), "reserved domain"));
    assert_true(raw(&heard, "partner") < .3 && raw(&heard, "made_up") < 0);
    forget(&heard);
}

/* A UUID that names rows was handed out like any number; one that is called a token was not. Digits under a phone's name are a phone; digests
 * that repeat have no salt. */
static void test_uuids_and_digits(void **state)
{
    (void)state;
    static const char *const tables[] = {"uuids.csv", "uuids-sample.csv"};
    for (int t = 0; t < 2; t++) {
        FILE *file = create(tables[t]);
        uint64_t seed = 5;
        (void)fprintf(file, "id,email,msisdn,api_token,pwd\n");
        for (int i = 0; i < 300; i++) {
            unsigned long long a = draw(&seed), b = draw(&seed), c = draw(&seed);
            unsigned long long digest = i % 20 == 0 ? 0xfeedfeedfeedfeed : a + b;
            bool shown = t == 0 || (i >= 100 && i < 140);
            if (shown) {
                (void)fprintf(
                    file, "%08llx-%04llx-4%03llx-8%03llx-%012llx,%s,4917%08llu,%08llx-0000-4000-8000-%012llx,%032llx\n",
                    a >> 32, a & 0xffff, a >> 16 & 0xfff, b & 0xfff, b >> 16, customers[i].email, c % 100000000,
                    c >> 32, a >> 8 & 0xffffffffffff, digest);
            }
        }
        fclose(file);
    }
    struct heard heard = ask((struct assay_match_options){0}, "uuids-sample.csv", "uuids.csv");
    assert_string_equal(class_of(&heard, "id"), "source-issued");
    assert_string_equal(class_of(&heard, "api_token"), "source-secret");
    assert_string_equal(class_of(&heard, "msisdn"), "pairing");
    assert_string_equal(class_of(&heard, "pwd"), "pairing"); /* one in twenty has the same: no salt */
    forget(&heard);
}

/* A partner's copy has the numbers of the first rows, too: its own hashes still speak against it. */
static void test_head_of_a_partner(void **state)
{
    (void)state;
    FILE *file = create("partner.csv");
    (void)fprintf(file, "id,email,password_hash\n");
    uint64_t seed = 21;
    for (int i = 0; i < 200; i++) {
        char hash[64];
        hash_text(hash, &seed);
        (void)fprintf(file, "%d,%s,%s\n", i + 1, customers[i].email, hash);
    }
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "partner.csv", "ref.csv");
    assert_true(raw(&heard, "partner") < -.5);
    forget(&heard);
}

/* Two rows a customer, as a table of orders has them; every other row of the first half of the table is asked for. What: the address
 * alone, with the right time, or with a time that is neither row's. */
static struct heard ask_orders(int what)
{
    FILE *file = create("orders.csv");
    (void)fprintf(file, "id,email,total,created_at\n");
    for (int i = 0; i < 1000; i++) {
        const struct customer *c = &customers[i];
        (void)fprintf(file, "%d,%s,%d.50,%s\n", i + 1, customers[i - i % 2].email, i % 7, c->created);
    }
    fclose(file);
    file = create("asked.csv");
    (void)fprintf(file, what == 0 ? "mail,total\n" : "mail,total,joined\n");
    for (int i = 200; i < 300; i += 2) {
        (void)fprintf(file, "%s,%d.50", customers[i].email, i % 7);
        (void)fprintf(file, what == 0 ? "\n" : ",%s\n", customers[what == 1 ? i : i + 1000].created);
    }
    fclose(file);
    return ask((struct assay_match_options){0}, "asked.csv", "orders.csv");
}

/* An address that the table holds twice is the row that agrees in what tells rows apart, and neither if none or both do. */
static void test_ambiguous(void **state)
{
    (void)state;
    static const struct {
        int linked, agreeing;
    } rows[] = {{0, 0}, {50, 50}, {0, 0}};
    for (int what = 0; what < 3; what++) {
        struct heard heard = ask_orders(what);
        assert_int_equal(number(heard.summary, "rows_linked"), rows[what].linked);
        assert_int_equal(number(heard.summary, "rows_ambiguous"), 50 - rows[what].linked);
        assert_int_equal(number(heard.summary, "rows_agreeing"), rows[what].agreeing);
        if (what == 1) {
            assert_true(raw(&heard, "partner") > 2);
        }
        forget(&heard);
    }
}

/* A hash that the database has changed since the export says nothing; one that differs without a change speaks against. */
static void test_changed(void **state)
{
    (void)state;
    uint64_t seed = 5;
    double partner[2];
    for (int changed = 0; changed < 2; changed++) {
        FILE *file = create("changed.csv");
        (void)fprintf(file, "email,password_hash,updated_at\n");
        for (int i = 100; i < 1000; i++) {
            const struct customer *c = &customers[i];
            char hash[64];
            hash_text(hash, &seed);
            if (c->updated_s > c->created_s) {
                (void)fprintf(file, "%s,%s,%s\n", c->email, hash, changed ? c->created : c->updated);
            }
        }
        fclose(file);
        struct heard heard = ask((struct assay_match_options){0}, "changed.csv", "ref.csv");
        partner[changed] = raw(&heard, "partner");
        forget(&heard);
    }
    assert_true(partner[0] < -1);
    assert_true(partner[1] > -1e-9 && partner[1] < 1e-9);
}

static void test_nothing(void **state)
{
    (void)state;
    FILE *file = create("nothing.csv");
    (void)fprintf(file, "email\nnobody@nowhere.zz\n");
    fclose(file);
    struct heard heard = ask((struct assay_match_options){0}, "nothing.csv", "ref.csv");
    assert_int_equal(number(heard.summary, "rows_matched"), 0);
    assert_true(json_is_null(json_object_get(json_object_get(heard.summary, "log10_lr"), "elsewhere")));
    forget(&heard);
}

/* The same reference as SQLite and as an SQL dump gives the same answer as its CSV. */
static void test_same_anywhere(void **state)
{
    (void)state;
    char path[128];
    path_of(path, "ref.db");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    FILE *dump = create("ref.sql");
    const char *ddl =
        "CREATE TABLE ref(id INTEGER PRIMARY KEY,email TEXT,phone TEXT,full_name TEXT,password_hash TEXT,created_at TEXT,updated_at TEXT);";
    assert_int_equal(sqlite3_exec(db, ddl, NULL, NULL, NULL), SQLITE_OK);
    (void)fprintf(dump, "BEGIN TRANSACTION;\n%s\n", ddl);
    assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < CUSTOMERS; i++) {
        const struct customer *c = &customers[i];
        OWN(own_buf) struct buf row = {0};
        buf_printf(&row, "INSERT INTO ref VALUES(%d,'%s','%s','%s','%s','%s','%s');", i + 1, c->email, c->phone,
                   c->name, c->hash, c->created, c->updated);
        (void)fprintf(dump, "%s\n", row.data);
        assert_int_equal(sqlite3_exec(db, row.data, NULL, NULL, NULL), SQLITE_OK);
    }
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fclose(dump);
    static const char *const others[] = {"ref.db", "ref.sql"};
    struct heard csv = ask((struct assay_match_options){0}, "leak.csv", "ref.csv");
    for (size_t i = 0; i < 2; i++) {
        struct heard other = ask((struct assay_match_options){0}, "leak.csv", others[i]);
        assert_true(json_equal(json_object_get(csv.summary, "raw"), json_object_get(other.summary, "raw")));
        assert_true(json_equal(json_object_get(csv.summary, "columns"), json_object_get(other.summary, "columns")));
        assert_true(
            json_equal(json_object_get(csv.summary, "taken_between"), json_object_get(other.summary, "taken_between")));
        forget(&other);
    }
    forget(&csv);
}

static void test_errors(void **state)
{
    (void)state;
    char sample[128], missing[128];
    path_of(sample, "leak.csv");
    path_of(missing, "missing.csv");
    const char *against[] = {missing};
    struct assay_match_options options = {.sample = sample, .against = against, .against_count = 1};
    struct heard heard = {.measures = json_array(), .coverage = json_array()};
    struct assay_sink sink = {&heard, hear, complain, NULL};
    struct err err = {0};
    assert_int_equal(assay_match(&options, &sink, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_null(heard.summary);
    options.against_count = 0;
    assert_int_equal(assay_match(&options, &sink, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    /* Of two references one that cannot be read leaves the run incomplete, not without an answer. */
    char reference[128];
    path_of(reference, "ref.csv");
    const char *two[] = {missing, reference};
    options.against = two;
    options.against_count = 2;
    assert_int_equal(assay_match(&options, &sink, &err), 0);
    assert_true(json_is_false(json_object_get(heard.summary, "complete")));
    assert_int_equal(number(heard.summary, "rows_matched"), 200);
    assert_non_null(strstr(heard.all.data, "complaint"));
    forget(&heard);
}

static int sweep_up(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry = dir == NULL ? NULL : readdir(dir); entry != NULL; entry = readdir(dir)) {
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return rmdir(folder);
}

/* ---- Threads, and linking ahead ---- */

enum { MANY = 80000 };

/* Larger than the rows from which linking ahead is guessed. late: e-mails only turn up behind those. A note that all of the
 * sample has does too, so its pair is guessed last and is the first in the end. */
static void write_large(const char *name, bool late)
{
    uint64_t seed = 9;
    FILE *file = create(name);
    (void)fprintf(file, "id,email,phone,note,password_hash,created_at\n");
    for (int i = 0; i < MANY; i++) {
        char hash[64], created[32], email[48];
        hash_text(hash, &seed);
        time_text(created, 1500000000 + (int64_t)i * 400 + (int64_t)(draw(&seed) % 400));
        (void)snprintf(email, sizeof(email), late && i < 70000 ? "none" : "m%d@quillmail.zz", i);
        const char *note = i < 70000 ? "\"said \"\"so\"\", twice\"" : "of the third branch";
        (void)fprintf(file, "%d,%s,+210 6%08d,%s,%s,%s\n", i + 1000, email, i * 37, note, i % 4 == 0 ? "" : hash,
                      created);
    }
    fclose(file);
}

static void write_large_sample(const char *name)
{
    uint64_t seed = 9;
    FILE *file = create(name);
    (void)fprintf(file, "mail,tel,pw,joined,remark\n");
    for (int i = 0; i < MANY; i++) {
        char hash[64], created[32];
        hash_text(hash, &seed);
        time_text(created, 1500000000 + (int64_t)i * 400 + (int64_t)(draw(&seed) % 400));
        if (i % 97 == 0) {
            (void)fprintf(file, "m%d@quillmail.zz,06%08d,%s,%s,of the third branch\n", i, i * 37, hash, created);
            (void)fprintf(file, "m%d@quillmail.zz,07%08d,,,of the third branch\n", MANY + i, i);
        }
    }
    fclose(file);
}

/* All that was said, but for how long it took and what was read. */
static char *said(struct heard *heard)
{
    (void)json_object_del(heard->summary, "seconds");
    (void)json_object_del(heard->summary, "rows_streamed");
    json_t *all = json_pack("[O,O]", heard->summary, heard->measures);
    char *text = json_dumps(all, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(all);
    assert_non_null(text);
    return text;
}

/* A backup of the first rows, one planted row that is in the sample, an earlier leak of a few. */
static void write_beside(void)
{
    uint64_t seed = 9;
    FILE *backup = create("large-before.csv");
    FILE *planted = create("large-planted.csv");
    FILE *older = create("large-older.csv");
    (void)fprintf(backup, "id,email,phone,note,password_hash,created_at\n");
    (void)fprintf(planted, "email,password_hash\n");
    (void)fprintf(older, "mail,pw\n");
    for (int i = 0; i < 4000; i++) {
        char hash[64], created[32];
        hash_text(hash, &seed);
        time_text(created, 1500000000 + (int64_t)i * 400 + (int64_t)(draw(&seed) % 400));
        (void)fprintf(backup, "%d,m%d@quillmail.zz,+210 6%08d,,%s,%s\n", i + 1000, i, i * 37, hash, created);
        if (i % 970 == 0) {
            (void)fprintf(i == 970 ? planted : older, "m%d@quillmail.zz,%s\n", i, hash);
        }
    }
    fclose(backup);
    fclose(planted);
    fclose(older);
}

/* With all there is to look at beside the headline. other: one more reference, or NULL. */
static char *said_with(unsigned jobs, const char *reference, const char *other)
{
    char paths[6][128];
    const char *const names[] = {"many.csv", reference, "large-before.csv", "large-planted.csv", "large-older.csv"};
    for (size_t i = 0; i < 5; i++) {
        path_of(paths[i], names[i]);
    }
    path_of(paths[5], other == NULL ? reference : other);
    const char *against[] = {paths[1], paths[5]};
    const char *older[] = {paths[4]};
    const int64_t taken = INT64_C(1501700000) * NS_PER_S;
    const struct assay_match_backup backups[] = {{paths[2], taken, taken}};
    struct assay_match_options options = {.sample = paths[0], .against = against, .jobs = jobs};
    options.against_count = other == NULL ? 1 : 2;
    options.older_leaks = older;
    options.older_leak_count = 1;
    options.canaries = paths[3];
    options.backups = backups;
    options.backup_count = 1;
    options.now = time_parse(STR("2023-01-01T00:00:00Z"));
    struct heard heard = {.measures = json_array(), .coverage = json_array()};
    struct assay_sink sink = {&heard, hear, complain, NULL};
    struct err err = {0};
    if (assay_match(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_true(number(heard.summary, "rows_linked") > 100);
    char *text = said(&heard);
    static const char *const looked[] = {"\"twin\"", "\"made\"", "\"novelty\"", "\"backups\"", "\"found\": 1"};
    for (size_t i = 0; i < sizeof(looked) / sizeof(*looked); i++) {
        assert_non_null(strstr(text, looked[i]));
    }
    forget(&heard);
    return text;
}

/* Linked ahead or in a second pass: a reference of which it is not known that it is alone is streamed twice. */
static void test_jobs(void **state)
{
    (void)state;
    FILE *file = create("none.csv");
    (void)fprintf(file, "id,word\n1,alder\n2,birch\n");
    fclose(file);
    write_large_sample("many.csv");
    write_beside();
    for (int late = 0; late < 2; late++) {
        write_large("large.csv", late != 0);
        char *one = said_with(1, "large.csv", NULL);
        char *three = said_with(3, "large.csv", NULL);
        char *twice = said_with(2, "large.csv", "none.csv");
        assert_string_equal(one, three);
        assert_string_equal(one, twice);
        free(one);
        free(three);
        free(twice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_leak),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_rates_of_replaced_columns),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_identity_only),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_background),
        cmocka_unit_test(test_excluded),
        cmocka_unit_test(test_reserved_and_unknown),
        cmocka_unit_test(test_uuids_and_digits),
        cmocka_unit_test(test_head_of_a_partner),
        cmocka_unit_test(test_ambiguous),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_same_anywhere),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_jobs),
    };
    return cmocka_run_group_tests(tests, build, sweep_up);
}

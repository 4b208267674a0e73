/* Which columns are times, by what a row is linked, and what a column is taken for: tables in which the first guess is wrong. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "assay/match.h"
#include "base/json.h"
#include "base/time.h"
#include "match/links.h"
#include "match/names.h"

enum { ROWS = 1500, SEEDS_FIRST = 40 };

static char folder[64];

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* ---- A shop: row i was created at second made[i] and changed last at changed[i] ---- */

static int64_t made[ROWS], changed[ROWS];
static char hashes[ROWS][64];

static int build(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";
    uint64_t seed = 41;
    int64_t now = 1600000000;
    for (int i = 0; i < ROWS; i++) {
        now += 61 + (int64_t)(draw(&seed) % 20000);
        made[i] = now;
        changed[i] = now + (draw(&seed) % 2 == 0 ? (int64_t)(draw(&seed) % 4000000) : 0);
        memcpy(hashes[i], "$2y$10$", 7);
        for (int at = 7; at < 60; at++) {
            hashes[i][at] = alphabet[draw(&seed) % 64];
        }
    }
    (void)snprintf(folder, sizeof(folder), "/tmp/assay-columns-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
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

/* How a table writes times. */
enum writing { ISO, SECONDS, MILLISECONDS, DECIMALS };

static const char *text(enum writing writing, int64_t seconds)
{
    static char out[8][40];
    static int next;
    char *at = out[next++ % 8];
    char iso[TIME_TEXT];
    switch (writing) {
    case ISO:
        time_rfc3339(iso, seconds * NS_PER_S);
        (void)snprintf(at, 40, "%.39s", iso);
        break;
    case SECONDS:
        (void)snprintf(at, 40, "%lld", (long long)seconds);
        break;
    case MILLISECONDS:
        (void)snprintf(at, 40, "%lld%03d", (long long)seconds, (int)(seconds % 997));
        break;
    case DECIMALS:
        (void)snprintf(at, 40, "%lld.25", (long long)seconds);
        break;
    }
    return at;
}

/* header NULL: none. Rows first, first + step, ... below `end`. */
static void write_shop(const char *name, const char *header, enum writing writing, int first, int end, int step,
                       int64_t shift_s)
{
    FILE *file = create(name);
    if (header != NULL) {
        (void)fprintf(file, "%s\n", header);
    }
    for (int i = first; i < end; i += step) {
        (void)fprintf(file, "%d,person%d@quillmail.zz,Name%d Sur%d,%s,%s,%s\n", i + 1, i, i % 40, i % 37, hashes[i],
                      text(writing, made[i] + shift_s), text(writing, changed[i] + shift_s));
    }
    fclose(file);
}

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    if (kind == ASSAY_SUMMARY) {
        *(json_t **)self = json_incref(body);
    }
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    (void)self;
    fail_msg("%.*s: %.*s", STR_FMT(where), STR_FMT(what));
}

static json_t *ask(const char *sample, const char *reference)
{
    char paths[2][128];
    path_of(paths[0], sample);
    path_of(paths[1], reference);
    const char *against[] = {paths[1]};
    struct assay_match_options options = {.sample = paths[0], .against = against, .against_count = 1};
    options.now = time_parse(STR("2026-01-01T00:00:00Z"));
    json_t *summary = NULL;
    struct assay_sink sink = {&summary, hear, complain, NULL};
    struct err err = {0};
    if (assay_match(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_non_null(summary);
    return summary;
}

static const json_t *column(const json_t *summary, const char *sample)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(summary, "columns"), i, one)
    {
        if (strcmp(json_text(one, "sample", ""), sample) == 0) {
            return one;
        }
    }
    return NULL;
}

static void assert_column(const json_t *summary, const char *sample, const char *reference, const char *class)
{
    const json_t *found = column(summary, sample);
    if (found == NULL) {
        fail_msg("%s is aligned with nothing", sample);
    }
    assert_string_equal(json_text(found, "reference", ""), reference);
    assert_string_equal(json_text(found, "class", ""), class);
}

#define HEADER "id,email,name,password_hash,created_at,updated_at"

/* ---- Times that are written as numbers ---- */

/* On either side or both, in seconds, milliseconds or with decimals, shifted or not: a column of times is one. */
static void test_epochs(void **state)
{
    (void)state;
    static const struct {
        enum writing reference, sample;
        int64_t shift_s;
    } cases[] = {{SECONDS, SECONDS, 0},
                 {SECONDS, ISO, 0},
                 {ISO, SECONDS, 0},
                 {SECONDS, MILLISECONDS, 0},
                 {MILLISECONDS, ISO, 0},
                 {DECIMALS, ISO, 0},
                 {ISO, DECIMALS, 0},
                 {ISO, SECONDS, 7200},
                 {SECONDS, ISO, -18000},
                 {SECONDS, SECONDS, 3600},
                 {MILLISECONDS, DECIMALS, 7200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_shop("epochs.csv", HEADER, cases[i].reference, 0, ROWS, 1, 0);
        write_shop("sample.csv", HEADER, cases[i].sample, 100, 900, 8, cases[i].shift_s);
        json_t *summary = ask("sample.csv", "epochs.csv");
        assert_column(summary, "created_at", "epochs.created_at", "source-secret");
        assert_column(summary, "updated_at", "epochs.updated_at", "source-secret");
        assert_int_equal(json_int(summary, "clock_offset_s", -1), cases[i].shift_s);
        const json_t *between = json_object_get(summary, "taken_between");
        assert_true(json_is_string(json_array_get(between, 0)));
        json_decref(summary);
    }
}

/* Fixtures are the first rows by creation, however creation is written. */
static void test_first_rows_of_an_epoch(void **state)
{
    (void)state;
    write_shop("epochs.csv", HEADER, SECONDS, 0, ROWS, 1, 0);
    write_shop("head.csv", HEADER, SECONDS, 0, 40, 1, 0);
    json_t *summary = ask("head.csv", "epochs.csv");
    assert_int_equal(json_int(json_object_get(summary, "excluded"), "among the first 50 rows", 0), 40);
    json_decref(summary);
}

/* Without names: numbers that the other side has as times are times; numbers that nobody calls so stay numbers. */
static void test_epochs_without_names(void **state)
{
    (void)state;
    write_shop("epochs.csv", HEADER, SECONDS, 0, ROWS, 1, 0);
    write_shop("bare.csv", NULL, ISO, 100, 900, 8, 3600);
    json_t *summary = ask("bare.csv", "epochs.csv");
    assert_column(summary, "column5", "epochs.created_at", "source-secret");
    assert_column(summary, "column6", "epochs.updated_at", "source-secret");
    assert_int_equal(json_int(summary, "clock_offset_s", -1), 3600);
    json_decref(summary);

    write_shop("other.csv", "id,email,name,password_hash,a,b", SECONDS, 0, ROWS, 1, 0);
    write_shop("iso.csv", HEADER, ISO, 0, 40, 1, 0);
    summary = ask("iso.csv", "other.csv");
    assert_column(summary, "created_at", "other.a", "source-secret");
    assert_int_equal(json_int(json_object_get(summary, "excluded"), "among the first 50 rows", 0), 40);
    assert_true(json_is_string(json_array_get(json_object_get(summary, "taken_between"), 0))); /* dated by a */
    json_decref(summary);

    summary = ask("bare.csv", "bare.csv");
    json_decref(summary);
    write_shop("numbers.csv", "id,email,name,password_hash,serial,batch", SECONDS, 100, 900, 8, 0);
    summary = ask("numbers.csv", "other.csv");
    assert_column(summary, "serial", "other.a", "source-issued");
    json_decref(summary);
}

/* ---- Created and changed ---- */

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum name_time says;
    } names[] = {{"creado", NAME_CREATED},
                 {"erstellt_am", NAME_CREATED},
                 {"Angelegt", NAME_CREATED},
                 {"date_add", NAME_CREATED},
                 {"user_registered", NAME_CREATED},
                 {"joined", NAME_CREATED},
                 {"fecha_alta", NAME_CREATED},
                 {"date_upd", NAME_CHANGED},
                 {"Geaendert", NAME_CHANGED},
                 {"ge\xc3\xa4ndert", NAME_CHANGED},
                 {"actualizado", NAME_CHANGED},
                 {"tstamp", NAME_CHANGED},
                 {"crdate", NAME_CREATED},
                 {"upd", NAME_CHANGED},
                 {"ts", NAME_SOME_TIME},
                 {"last_login", NAME_OTHER_TIME},
                 {"valid_until", NAME_OTHER_TIME},
                 {"password_changed_at", NAME_SOME_TIME},
                 {"deleted_at", NAME_DELETED},
                 {"points", NAME_NOTHING},
                 {"customer_id", NAME_NOTHING},
                 {"letzte_Anmeldung", NAME_OTHER_TIME}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (name_time(str_of(names[i].name)) != names[i].says) {
            fail_msg("%s", names[i].name);
        }
    }
    assert_false(name_is_given(STR("column7")));
    assert_false(name_is_given(STR("column 7")));
    assert_false(name_is_given(STR("")));
    assert_true(name_is_given(STR("column_of_rows")));
}

/* A table that calls its times nothing, and has the later one first: no row was changed before it was made. */
static void test_order_tells(void **state)
{
    (void)state;
    FILE *file = create("order.csv");
    (void)fprintf(file, "nr,email,ts,zz\n");
    for (int i = 0; i < ROWS; i++) {
        (void)fprintf(file, "%d,person%d@quillmail.zz,%s,%s\n", i + 1, i, text(ISO, changed[i]), text(ISO, made[i]));
    }
    fclose(file);
    file = create("asked.csv");
    (void)fprintf(file, "email,created_at,updated_at\n");
    int64_t taken = made[900] + 5;
    for (int i = 60; i < 900; i += 7) {
        (void)fprintf(file, "person%d@quillmail.zz,%s,%s\n", i, text(ISO, made[i]),
                      text(ISO, changed[i] > taken ? made[i] : changed[i]));
    }
    fclose(file);
    json_t *summary = ask("asked.csv", "order.csv");
    assert_column(summary, "created_at", "order.zz", "source-secret");
    assert_column(summary, "updated_at", "order.ts", "source-secret");
    assert_true(json_is_string(json_array_get(json_object_get(summary, "taken_between"), 1))); /* bounded from above */
    json_decref(summary);
}

/* No names, and the rows that came from the table were never changed: both columns of the sample agree with both of the table's. That
 * the one is never after the other tells them apart. */
static void test_order_among_equals(void **state)
{
    (void)state;
    write_shop("plain.csv", HEADER, ISO, 0, ROWS, 1, 0);
    FILE *file = create("bare.csv");
    uint64_t seed = 3;
    int known = 0;
    for (int i = 100; i < 140; i++) {
        bool is_known = changed[i] == made[i] && known < 5;
        known += is_known;
        int64_t at = is_known ? made[i] : 1650000000 + (int64_t)(draw(&seed) % 9000000);
        (void)fprintf(file, "%s,%s,%s%d@quillmail.zz\n",
                      text(ISO, at + (is_known ? 0 : (int64_t)(draw(&seed) % 90000))), text(ISO, at),
                      is_known ? "person" : "nobody", i);
    }
    fclose(file);
    json_t *summary = ask("bare.csv", "plain.csv");
    assert_int_equal(json_int(summary, "rows_linked", 0), 5);
    assert_column(summary, "column1", "plain.updated_at", "source-secret");
    assert_column(summary, "column2", "plain.created_at", "source-secret");
    json_decref(summary);
}

/* A clock that is off hides every value of three columns of times; each is still held against its own. */
static void test_many_shifted_times(void **state)
{
    (void)state;
    const char *const names[] = {"seen.csv", "seen-sample.csv"};
    for (int t = 0; t < 2; t++) {
        FILE *file = create(names[t]);
        int64_t shift = t == 0 ? 0 : 7200;
        (void)fprintf(file, "email,last_login,created_at,paid_at,updated_at\n");
        for (int i = t == 0 ? 0 : 100; i < (t == 0 ? ROWS : 300); i++) {
            (void)fprintf(file, "person%d@quillmail.zz,%s,%s,%s,%s\n", i, text(ISO, changed[i] + 77 + shift),
                          text(ISO, made[i] + shift), text(ISO, made[i] + 100 + i + shift),
                          text(ISO, changed[i] + 99 + shift));
        }
        fclose(file);
    }
    json_t *summary = ask("seen-sample.csv", "seen.csv");
    assert_int_equal(json_int(summary, "clock_offset_s", -1), 7200);
    assert_column(summary, "created_at", "seen.created_at", "source-secret");
    assert_column(summary, "updated_at", "seen.updated_at", "source-secret");
    assert_int_equal(json_int(column(summary, "created_at"), "rows_agreeing", 0), 200);
    assert_int_equal(json_int(column(summary, "updated_at"), "rows_agreeing", 0), 200);
    json_decref(summary);
}

/* Bars between, phones with dashes, no header: the first row is one like any other. */
static void test_bars_without_names(void **state)
{
    (void)state;
    write_shop("plain.csv", HEADER, ISO, 0, ROWS, 1, 0);
    FILE *file = create("bars.txt");
    for (int i = 100; i < 110; i++) {
        (void)fprintf(file, "%d|person%d@quillmail.zz|+48-651-49%05d|Name%d Sur%d|%s|169|%s|%s\n", i + 1, i, i, i % 40,
                      i % 37, hashes[i], text(ISO, made[i]), text(ISO, changed[i]));
    }
    fclose(file);
    json_t *summary = ask("bars.txt", "plain.csv");
    assert_int_equal(json_int(summary, "rows_sample", 0), 10);
    assert_int_equal(json_int(summary, "rows_linked", 0), 10);
    assert_column(summary, "column1", "plain.id", "source-issued");
    assert_column(summary, "column5", "plain.password_hash", "source-secret");
    assert_column(summary, "column7", "plain.created_at", "source-secret");
    json_decref(summary);
}

/* ---- By what a row is linked ---- */

/* The firm's fax is in every row, and everybody's there; every second row has a phone of its own, and a hash that was changed since. The
 * fax has more in common, and links nothing. */
static void test_shared_number(void **state)
{
    (void)state;
    const char *const names[] = {"firms.csv", "firms-sample.csv"};
    for (int t = 0; t < 2; t++) {
        FILE *file = create(names[t]);
        (void)fprintf(file, "name,phone,fax,password_hash\n");
        for (int i = t == 0 ? 0 : 100; i < (t == 0 ? ROWS : 400); i += t == 0 ? 1 : 3) {
            char phone[32] = "";
            char hash[64];
            memcpy(hash, hashes[i], sizeof(hash));
            if (i % 2 == 0) {
                (void)snprintf(phone, sizeof(phone), "+49 171 8%06d", i);
                hash[30] = t == 0 ? hash[30] : '/';
                hash[31] = t == 0 ? hash[31] : '.';
            }
            (void)fprintf(file, "Name%d Sur%d,%s,+49 30 7%06d,%s\n", i % 40, i % 37, phone, i % 50, hash);
        }
        fclose(file);
    }
    json_t *summary = ask("firms-sample.csv", "firms.csv");
    assert_int_equal(json_int(summary, "rows_linked", 0), 100); /* by the phone, and without one by the hash */
    assert_int_equal(json_int(summary, "rows_ambiguous", -1), 0);
    assert_column(summary, "password_hash", "firms.password_hash", "source-secret");
    assert_int_equal(json_int(column(summary, "password_hash"), "rows_agreeing", 0), 50);
    json_decref(summary);
}

/* An e-mail that two rows have, and a secret that one of them has: it is that one. */
static void test_falls_back(void **state)
{
    (void)state;
    FILE *file = create("twice.csv");
    (void)fprintf(file, "email,password_hash\n");
    for (int i = 0; i < 1200; i++) {
        (void)fprintf(file, "person%d@quillmail.zz,%s\n", i / 2, hashes[i]);
    }
    fclose(file);
    file = create("asked.csv");
    (void)fprintf(file, "email,password_hash\n");
    for (int i = 200; i < 260; i++) {
        (void)fprintf(file, "person%d@quillmail.zz,%s\n", i / 2, hashes[i < 240 ? i : i + 1000]);
    }
    fclose(file);
    json_t *summary = ask("asked.csv", "twice.csv");
    assert_int_equal(json_int(summary, "rows_linked", 0), 40);
    assert_int_equal(json_int(summary, "rows_ambiguous", 0),
                     20); /* two rows have the e-mail, none of them the secret */
    assert_int_equal(json_int(summary, "rows_contradicting", -1), 0);
    json_decref(summary);
}

enum { RIVALS = 4 };

/* Offers rows of the table, by what each agrees in, to row 0; which is meant, by its time of creation; -1: none. */
static int64_t meant(const uint64_t *agree, const int *order, size_t count, unsigned *ret_chosen_of)
{
    struct links links;
    assert_int_equal(links_open(&links, 1, 3, 0, true, false, false, false, NULL), 0);
    links.telling = 3; /* pair 2 tells nothing apart */
    for (size_t i = 0; i < count; i++) {
        struct link link = {.agree = agree[order[i]], .created = order[i]};
        enum links_offered offered = links_offer(&links, 0, link_way(LINK_EMAIL));
        assert_int_equal(offered, i == 0 ? LINKS_BEST : LINKS_RIVAL);
        if (i == 0) {
            links_put(&links, 0, &link);
        } else {
            links_rival(&links, 0, &link);
        }
    }
    int64_t created = links_hits(&links, 0) == 1 ? links_created(&links, 0) : -1;
    *ret_chosen_of = links_chosen_of(&links, 0);
    links_close(&links);
    return created;
}

/* Which of several rows with one address is meant does not depend on the order in which they come. */
static void test_rivals(void **state)
{
    (void)state;
    static const struct {
        uint64_t agree[RIVALS];
        int meant;
    } rows[] = {
        {{0, 1, 3, 1}, 2},  {{0, 2, 0, 0}, 1}, {{0, 0, 0, 0}, -1}, {{4, 0, 0, 4}, -1},
        {{1, 2, 0, 0}, -1}, {{1, 2, 0, 3}, 3}, {{4, 4, 4, 5}, 3},  {{3, 3, 1, 7}, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int code = 0; code < RIVALS * RIVALS * RIVALS * RIVALS; code++) {
            int order[RIVALS] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
            unsigned seen = 1U << order[0] | 1U << order[1] | 1U << order[2] | 1U << order[3];
            unsigned chosen_of;
            if (seen == 15) {
                assert_int_equal(meant(rows[i].agree, order, RIVALS, &chosen_of), rows[i].meant);
                assert_int_equal(chosen_of, RIVALS);
            }
        }
    }
    uint64_t many[300] = {3};
    int order[300];
    for (int i = 0; i < 300; i++) {
        order[i] = i;
    }
    unsigned chosen_of;
    assert_int_equal(meant(many, order, 255, &chosen_of), 0);
    assert_int_equal(chosen_of, 255);
    assert_int_equal(meant(many, order, 256, &chosen_of), -1); /* too many for one that agrees to be telling */
    assert_int_equal(meant(many, order, 300, &chosen_of), -1);
}

/* The e-mail is one person's, the secret another's: linked by the e-mail, and said. */
static void test_contradiction(void **state)
{
    (void)state;
    write_shop("plain.csv", HEADER, ISO, 0, ROWS, 1, 0);
    FILE *file = create("asked.csv");
    (void)fprintf(file, "email,password_hash\n");
    for (int i = 200; i < 260; i++) {
        (void)fprintf(file, "person%d@quillmail.zz,%s\n", i, hashes[i < 230 ? i : i + 300]);
    }
    fclose(file);
    json_t *summary = ask("asked.csv", "plain.csv");
    assert_int_equal(json_int(summary, "rows_linked", 0), 60);
    assert_int_equal(json_int(summary, "rows_contradicting", 0), 30);
    json_decref(summary);
}

/* The table's own fixtures, shown whole: that they are no people says how the table was begun, not that the sample is made up. */
static void test_own_fixtures(void **state)
{
    (void)state;
    const char *const names[] = {"begun.csv", "begun-sample.csv"};
    for (int t = 0; t < 2; t++) {
        FILE *file = create(names[t]);
        (void)fprintf(file, "email,name\n");
        for (int i = 0; i < (t == 0 ? ROWS : 30); i++) {
            (void)fprintf(file, i < 40 ? "user%d@example.com,Name%d Sur%d\n" : "person%d@quillmail.zz,Name%d Sur%d\n",
                          i, i % 40, i % 37);
        }
        fclose(file);
    }
    json_t *summary = ask("begun-sample.csv", "begun.csv");
    assert_int_equal(json_int(json_object_get(summary, "excluded"), "reserved domain", 0), 30);
    assert_true(json_number_value(json_object_get(json_object_get(summary, "raw"), "made_up")) > -1e-9);
    json_decref(summary);
}

/* ---- Digests that repeat ---- */

/* Hex digests, all different but for `repeats` rows that share one with the row before. */
static const char *class_of_digests(const char *name, uint64_t seed, int repeats)
{
    static char class[32];
    const char *const names[] = {"digests.csv", "digests-sample.csv"};
    for (int t = 0; t < 2; t++) {
        FILE *file = create(names[t]);
        uint64_t state = seed, high = 0, low = 0;
        (void)fprintf(file, "email,%s\n", name);
        for (int i = 0; i < ROWS; i++) {
            bool is_new = i % 100 != 50 || i / 100 >= repeats;
            high = is_new ? draw(&state) : high;
            low = is_new ? draw(&state) : low;
            if (t == 0 || (i >= 200 && i % 10 == 3)) {
                (void)fprintf(file, "person%d@quillmail.zz,%016llx%016llx\n", i, (unsigned long long)high,
                              (unsigned long long)low);
            }
        }
        fclose(file);
    }
    json_t *summary = ask("digests-sample.csv", "digests.csv");
    (void)snprintf(class, sizeof(class), "%s", json_text(column(summary, name), "class", ""));
    json_decref(summary);
    return class;
}

/* Whether a few of many digests repeat is not left to an estimate: its error is as large. */
static void test_digests(void **state)
{
    (void)state;
    for (uint64_t seed = SEEDS_FIRST; seed < SEEDS_FIRST + 3; seed++) {
        assert_string_equal(class_of_digests("clave", seed, 0), "source-secret");
        assert_string_equal(class_of_digests("clave", seed, 8), "pairing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_first_rows_of_an_epoch),
        cmocka_unit_test(test_epochs_without_names),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_order_tells),
        cmocka_unit_test(test_order_among_equals),
        cmocka_unit_test(test_many_shifted_times),
        cmocka_unit_test(test_bars_without_names),
        cmocka_unit_test(test_shared_number),
        cmocka_unit_test(test_falls_back),
        cmocka_unit_test(test_rivals),
        cmocka_unit_test(test_contradiction),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_own_fixtures),
    };
    return cmocka_run_group_tests(tests, build, sweep_up);
}

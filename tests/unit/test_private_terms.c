/* What binds a run besides its arithmetic: one run a commitment, a deadline, one result, secrets that end with it; and what a
 * commitment says of its source. */
#include "private_forger.h"

#include "private/keys.h"

/* ---- one run a commitment ---- */

static void copy_file(struct world *world, const char *from, const char *to)
{
    struct err err = {0};
    struct buf bytes = {0};
    assert_int_equal(file_read(in(world, from), 1 << 24, &bytes, &err), 0);
    assert_int_equal(file_write(in(world, to), buf_str(&bytes), &err), 0);
    buf_free(&bytes);
}

/* The asker copied its directory before it offered, and the copy does not know: a second offer, of other terms, over the same commitments.
 * The keeper knows. */
static void an_asker_who_kept_a_copy(void **state)
{
    static const char *const files[] = {"secrets", "commit", "records.0"};
    (void)state;
    struct world world;
    committed(&world);
    assert_int_equal(mkdir(in(&world, "copy"), 0700), 0);
    for (size_t i = 0; i < 3; i++) {
        char from[32], to[32];
        (void)snprintf(from, sizeof from, "asker/%s", files[i]);
        (void)snprintf(to, sizeof to, "copy/%s", files[i]);
        copy_file(&world, from, to);
    }
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    struct assay_private_options offer = {.step = ASSAY_PRIVATE_OFFER,
                                          .state = in(&world, "copy"),
                                          .files = LIST(in(&world, "keeper/commit")),
                                          .neutral = in(&world, "notary.pub"),
                                          .min_keys = 21,
                                          .opened = 30,
                                          .run_number = 1};
    OK(step(&world, offer));
    world_remove(in(&world, "keeper/answer")); /* so that it is not refused for being another file beside it */
    struct assay_private_options answer = {.step = ASSAY_PRIVATE_ANSWER,
                                           .state = in(&world, "keeper"),
                                           .files = LIST(in(&world, "asker/commit"), in(&world, "copy/offer")),
                                           .run_number = 1};
    caught(&world, step(&world, answer), "this commitment is spent on another run");
    assert_int_equal(access(in(&world, "keeper/answer"), F_OK), -1);
    world_close(&world);
}

/* The keeper's copy answers the one offer there is with the same bytes; its answer to another offer is of another run to the asker. */
static void a_keeper_who_kept_a_copy(void **state)
{
    static const char *const files[] = {"secrets", "commit", "records.0"};
    (void)state;
    struct world world;
    struct err err = {0};
    struct buf first = {0}, second = {0};
    committed(&world);
    OK(world_offer(&world, false));
    assert_int_equal(mkdir(in(&world, "copy"), 0700), 0);
    for (size_t i = 0; i < 3; i++) {
        char from[32], to[32];
        (void)snprintf(from, sizeof from, "keeper/%s", files[i]);
        (void)snprintf(to, sizeof to, "copy/%s", files[i]);
        copy_file(&world, from, to);
    }
    OK(world_answer(&world, false, NULL));
    struct assay_private_options answer = {.step = ASSAY_PRIVATE_ANSWER,
                                           .state = in(&world, "copy"),
                                           .files = LIST(in(&world, "asker/commit"), in(&world, "asker/offer")),
                                           .run_number = 1};
    OK(step(&world, answer));
    assert_int_equal(file_read(in(&world, "keeper/answer"), 1 << 24, &first, &err), 0);
    assert_int_equal(file_read(in(&world, "copy/answer"), 1 << 24, &second, &err), 0);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));
    buf_free(&first);
    buf_free(&second);
    {
        OWN(own_forger) struct forger forger = {0};
        struct buf body = {0};
        load(&world, &forger, "copy", "answer", 32, SENT, NULL);
        struct wire_answer other = forger.file.answer;
        other.run.bytes[0] ^= 1;
        wire_put_answer(&body, &other);
        store(&world, &forger, WIRE_ANSWER, &body, "copy/answer", NULL);
        buf_free(&body);
    }
    caught(&world,
           step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                       .state = in(&world, "asker"),
                                                       .files = LIST(in(&world, "copy/answer"))}),
           "of another run");
    world_close(&world);
}

/* The keeper's log decides which run this is. */
static void a_run_of_another_number(void **state)
{
    (void)state;
    struct world world;
    committed(&world);
    OK(world_offer(&world, false));
    caught(&world,
           step(&world,
                (struct assay_private_options){.step = ASSAY_PRIVATE_ANSWER,
                                               .state = in(&world, "keeper"),
                                               .files = LIST(in(&world, "asker/commit"), in(&world, "asker/offer")),
                                               .run_number = 3}),
           "calls itself run 1; by our log this is run 3");
    assert_int_equal(access(in(&world, "keeper/spent"), F_OK), -1);
    world_close(&world);
}

/* ---- the deadline ---- */

static void clock_at(const char *instant)
{
    assert_int_equal(instant == NULL ? unsetenv("ASSAY_NOW") : setenv("ASSAY_NOW", instant, 1), 0);
}

static void a_deadline_that_is_over(void **state)
{
    (void)state;
    struct world world;
    clock_at("2026-03-01T10:00:00Z");
    committed(&world);
    OK(world_offer(&world, false)); /* 30 days */
    clock_at("2026-04-01T10:00:00Z");
    caught(&world, world_answer(&world, false, NULL),
           "the offer's deadline, 2026-03-31 10:00:00 UTC, is over by this machine's clock: 2026-04-01 10:00:00 UTC");
    assert_int_equal(access(in(&world, "keeper/spent"), F_OK), -1);
    assert_int_equal(access(in(&world, "keeper/answer"), F_OK), -1);
    OK(step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_ANSWER,
                                                   .state = in(&world, "keeper"),
                                                   .files = LIST(in(&world, "asker/commit"), in(&world, "asker/offer")),
                                                   .run_number = 1,
                                                   .is_late = true}));
    assert_non_null(strstr(json_text(world.summary, "late", ""), "2026-03-31 10:00:00 UTC, is over"));
    OK(world_answer(&world, false, NULL)); /* what was agreed to once is sent again */
    OK(world_finish(&world));
    assert_non_null(strstr(json_text(world.summary, "late", ""), "is over by this machine's clock"));
    OK(audit(&world));
    assert_non_null(strstr(json_text(world.summary, "late", ""), "is over by this machine's clock"));
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false));
    assert_non_null(strstr(json_text(world.summary, "late", ""), "is over by this machine's clock"));
    clock_at("2026-03-02T10:00:00Z");
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false));
    assert_null(json_object_get(world.summary, "late"));
    clock_at(NULL);
    world_close(&world);
}

static void an_offer_that_is_over_when_it_is_made(void **state)
{
    (void)state;
    struct world world;
    committed(&world);
    caught(&world,
           step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_OFFER,
                                                       .state = in(&world, "asker"),
                                                       .files = LIST(in(&world, "keeper/commit")),
                                                       .neutral = in(&world, "notary.pub"),
                                                       .min_keys = 20,
                                                       .deadline = 1000000000,
                                                       .run_number = 1}),
           "over already, by this machine's clock");
    assert_int_equal(access(in(&world, "asker/spent"), F_OK), -1);
    world_close(&world);
}

/* ---- the end ---- */

static int finish_with_result(struct world *world, const char *role)
{
    return step(world,
                (struct assay_private_options){
                    .step = ASSAY_PRIVATE_FINISH,
                    .state = in(world, role),
                    .files = LIST(in(world, "asker/offer"), in(world, "keeper/answer"), in(world, "neutral/result"))});
}

static int wipe(struct world *world, const char *role, bool is_abandoned)
{
    return step(world, (struct assay_private_options){
                           .step = ASSAY_PRIVATE_WIPE, .state = in(world, role), .is_abandoned = is_abandoned});
}

static bool is_zero(int fd)
{
    uint8_t bytes[4096] = {1};
    ssize_t got = pread(fd, bytes, sizeof bytes, 0);
    bool is_zero = got >= (ssize_t)sizeof(struct secrets);
    for (ssize_t i = 0; i < got; i++) {
        is_zero = is_zero && bytes[i] == 0;
    }
    return is_zero;
}

/* Not before there is a result; then overwritten where they lay, and nothing more can be made: one clear line a step. */
static void secrets_end_with_the_run(void **state)
{
    static const char *const gone = "its secrets were destroyed (wipe): nothing more can be made in it";
    (void)state;
    struct world world;
    honest(&world);
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true));
    for (int i = 0; i < 2; i++) {
        const char *role = i == 0 ? "asker" : "keeper";
        char secrets[32], records[32];
        (void)snprintf(secrets, sizeof secrets, "%s/secrets", role);
        (void)snprintf(records, sizeof records, "%s/records.0", role);
        caught(&world, wipe(&world, role, false), "no result was accepted in it");
        OK(finish_with_result(&world, role));
        OWN(own_fd) int before = open(in(&world, secrets), O_RDONLY | O_CLOEXEC);
        assert_false(is_zero(before));
        OK(wipe(&world, role, false));
        assert_non_null(strstr(json_text(world.summary, "wiped", ""), "copies and backups of them were not"));
        assert_true(is_zero(before));
        assert_int_equal(access(in(&world, secrets), F_OK), -1);
        assert_int_equal(access(in(&world, records), F_OK), -1);
        OK(wipe(&world, role, false)); /* again: as if a kill had come between */
        caught(&world, finish_with_result(&world, role), gone);
    }
    caught(&world, world_commit(&world, "asker", "leak.csv", email), gone);
    caught(&world, world_offer(&world, false), gone);
    caught(&world, world_answer(&world, false, NULL), gone);
    caught(&world, open_asked(&world, "asker", "leak.csv", LIST(in(&world, "asker/commit"))), gone);
    OK(step(&world,
            (struct assay_private_options){.step = ASSAY_PRIVATE_SHOW,
                                           .files = LIST(in(&world, "asker/commit"), in(&world, "asker/offer"))}));
    world_close(&world);
}

/* A kill between the word and the deed: the next call of wipe does the rest, and no step in between takes the secrets for good. */
static void a_wipe_that_was_cut_off(void **state)
{
    (void)state;
    struct world world;
    struct err err = {0};
    committed(&world);
    assert_int_equal(file_write(in(&world, "asker/wiped"), STR("2026-03-01T10:00:00Z"), &err), 0);
    caught(&world, world_offer(&world, false), "its secrets were destroyed");
    OK(wipe(&world, "asker", false));
    assert_int_equal(access(in(&world, "asker/secrets"), F_OK), -1);
    caught(&world, wipe(&world, "keeper", false), "no result was accepted");
    OK(wipe(&world, "keeper", true)); /* given up */
    caught(&world, wipe(&world, "neutral", true), "No such file");
    world_close(&world);
}

/* ---- the source ---- */

static const char *source_as_searched(struct world *world, const char *shown)
{
    const char *files[] = {in(world, "asker/commit"),
                           in(world, "keeper/commit"),
                           in(world, "asker/offer"),
                           in(world, "keeper/answer"),
                           in(world, "asker/tags"),
                           in(world, "keeper/tags"),
                           in(world, "asker/open.1"),
                           in(world, "keeper/open.2"),
                           in(world, "keeper/open.3"),
                           in(world, "asker/open.3"),
                           NULL};
    assert_int_equal(step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                                                .state = in(world, "neutral"),
                                                                .files = files,
                                                                .key_file = in(world, "notary"),
                                                                .sources = LIST(in(world, shown)),
                                                                .keys = email}),
                     0);
    return json_text(world->summary, "asker_source", "nothing");
}

/* A folder has no bytes of its own: what is read of it has a digest, and another folder, or one file more, another. */
static void a_folder_has_a_digest(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    assert_int_equal(mkdir(in(&world, "leak"), 0700), 0);
    assert_int_equal(mkdir(in(&world, "other"), 0700), 0);
    world_csv(&world, "leak/one.csv", 0, LEAKED, 1);
    world_csv(&world, "other/one.csv", 0, LEAKED, 0); /* spelled otherwise: the same keys */
    world_csv(&world, "db.csv", 60, 60 + KEPT, 0);
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    OK(world_finish(&world));
    OK(audit_from(&world, "leak", "db.csv"));
    assert_non_null(strstr(source_as_searched(&world, "leak"), "its digest is the one committed to"));
    assert_non_null(strstr(source_as_searched(&world, "other"), "its digest is the one committed to"));
    world_csv(&world, "other/one.csv", 1, LEAKED + 1, 1);
    assert_non_null(strstr(source_as_searched(&world, "other"), "not what was committed from"));
    assert_non_null(strstr(source_as_searched(&world, "leak/one.csv"), "not what was committed from"));
    world_close(&world);
}

/* ---- telephones ---- */

static void phones_of_a_country(void **state)
{
    static const struct {
        const char *cell, *plain, *german; /* what key_field makes without a country, and with 49 */
    } rows[] = {
        {"+49 171 1234567", "+491711234567", "+491711234567"},
        {"0171/1234567", NULL, "+491711234567"},
        {"01711234567", NULL, "+491711234567"},
        {"0049 171 1234567", "+491711234567", "+491711234567"},
        {"00491711234567", "+491711234567", "+491711234567"},
        {"+41 79 123 45 67", "+41791234567", "+41791234567"},
        {"0041791234567", "+41791234567", "+41791234567"},
        {"nobody", NULL, NULL},
        {"12", NULL, NULL},
    };
    (void)state;
    struct normalizer normalizer = {.wanted = NORMAL_ALL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int german = 0; german < 2; german++) {
            struct buf out = {0};
            enum key_reject reason;
            const char *wanted = german ? rows[i].german : rows[i].plain;
            bool is_one = key_field(&normalizer, (struct key_spelling){KEY_PHONE, german ? 49 : 0},
                                    str_of(rows[i].cell), &out, &reason);
            if (is_one != (wanted != NULL) || (is_one && !str_eq(buf_str(&out), str_of(wanted)))) {
                fail_msg("%s: %.*s", rows[i].cell, STR_FMT(buf_str(&out)));
            }
            buf_free(&out);
        }
    }
    normalizer_close(&normalizer);
    struct key_type type;
    struct err err = {0};
    assert_int_equal(key_type_read(&type, STR("phone+49=TEL"), &err), 0);
    assert_int_equal(type.country, 49);
    assert_true(str_eq(type.columns[0], STR("TEL")));
    assert_int_equal(key_type_read(&type, STR("email,phone+1"), &err), 0);
    assert_int_equal(type.country, 1);
    static const char *const wrong[] = {"phone+", "phone+0", "phone+4", "phone+4999", "phone+x", "email+49"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(key_type_read(&type, str_of(wrong[i]), &err), -1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_asker_who_kept_a_copy),
        cmocka_unit_test(a_keeper_who_kept_a_copy),
        cmocka_unit_test(a_run_of_another_number),
        cmocka_unit_test(a_deadline_that_is_over),
        cmocka_unit_test(an_offer_that_is_over_when_it_is_made),
        cmocka_unit_test(secrets_end_with_the_run),
        cmocka_unit_test(a_wipe_that_was_cut_off),
        cmocka_unit_test(a_folder_has_a_digest),
        cmocka_unit_test(phones_of_a_country),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

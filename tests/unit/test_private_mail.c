/* Every kind of message on its way: lost, cut, longer, damaged, in another order, of another run, of another version. Whatever happens to
 * it, the step that takes it refuses with one line that names the file, and makes nothing.
 *
 *   message        taken by                            damage: all rows of the table below, each
 *   commitments    count (and offer, answer: test_private_cheats.c, what_happens_on_the_way)
 *   offer, answer, tags    count
 *   ask            audit, of the party
 *   opening        audit, of the neutral
 *   fix            answer, of the keeper (direct mode)
 *   result         finish */
#include "private_forger.h"

enum message { OF_ASKER, OF_KEEPER, OFFER, ANSWER, ASKERS, KEEPERS, ASK, OPENING, FIX, RESULT, MESSAGES };

static const struct {
    const char *name, *path; /* in its world */
    size_t records;          /* of its list; 0: none */
    size_t width;
} messages[MESSAGES] = {
    [OF_ASKER] = {"the asker's commitment", "asker/commit", 0, 0},
    [OF_KEEPER] = {"the keeper's commitment", "keeper/commit", 0, 0},
    [OFFER] = {"the offer", "asker/offer", SENT, 32},
    [ANSWER] = {"the answer", "keeper/answer", SENT, 32},
    [ASKERS] = {"the asker's tags", "asker/tags", SENT, 16},
    [KEEPERS] = {"the keeper's tags", "keeper/tags", KEPT, 16},
    [ASK] = {"an ask", "neutral/ask.keeper.2", 0, 0},
    [OPENING] = {"an opening", "asker/open.1", 0, 0},
    [FIX] = {"the fix", "asker/fix", 0, 0},
    [RESULT] = {"the result", "neutral/result", 0, 0},
};

/* A run to its end, and one in direct mode as far as the fix. Of each a second one, whose files are of another run. */
struct post {
    struct world run, other, direct, other_direct;
};

static void whole_run(struct world *at)
{
    struct world world;
    honest(&world);
    OK(audit(&world));
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false));
    *at = world;
}

static int begin(void **state)
{
    static struct post post;
    whole_run(&post.run);
    whole_run(&post.other);
    direct(&post.direct);
    direct(&post.other_direct);
    *state = &post;
    return 0;
}

static int end(void **state)
{
    struct post *post = *state;
    world_close(&post->run);
    world_close(&post->other);
    world_close(&post->direct);
    world_close(&post->other_direct);
    return 0;
}

static struct world *world_of(struct post *post, enum message message)
{
    return message == FIX ? &post->direct : &post->run;
}

/* The step that takes a message, given this file for it; path NULL: it was lost. */
static int take(struct world *world, enum message message, const char *path)
{
    const char *files[8];
    size_t count = 0;
    for (enum message m = OF_ASKER; m <= KEEPERS; m++) {
        const char *one = m == message ? path : in(world, messages[m].path);
        if (one != NULL) {
            files[count++] = one;
        }
    }
    files[count] = NULL;
    if (message == ASK) {
        (void)unlink(in(world, "keeper/open.2"));
        return open_asked(world, "keeper", "db.csv", LIST(path));
    }
    if (message == OPENING) {
        return world_neutral(world, ASSAY_PRIVATE_AUDIT, LIST(path), false);
    }
    if (message == FIX) {
        return world_answer(world, true, path);
    }
    if (message == RESULT) {
        return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                          .state = in(world, "asker"),
                                                          .files = LIST(in(world, "keeper/answer"), path)});
    }
    world_remove(in(world, "counter"));
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_COUNT,
                                                      .state = in(world, "counter"),
                                                      .files = files,
                                                      .key_file = in(world, "notary"),
                                                      .without_audits = true});
}

/* One line that names the file, and says one of the words. */
static void refused(struct world *world, enum message message, const char *what, int result, const char *const *words)
{
    bool is_said = false;
    for (size_t i = 0; words[i] != NULL; i++) {
        is_said = is_said || strstr(world->err.text, words[i]) != NULL || strstr(world->err.remedy, words[i]) != NULL;
    }
    bool is_named = strstr(world->err.text, "/bad") != NULL && strchr(world->err.text, '\n') == NULL;
    if (result != -1 || !is_said || !is_named) {
        fail_msg("%s, %s: %d: '%s'; '%s'", messages[message].name, what, result, world->err.text, world->err.remedy);
    }
    assert_int_equal(access(in(world, "counter/result"), F_OK), -1);
    assert_int_equal(message != ASK || access(in(world, "keeper/open.2"), F_OK) == -1, 1);
}

/* ---- damage ---- */

static size_t header_bytes(const struct buf *whole)
{
    const uint8_t *b = (const uint8_t *)whole->data;
    return 16 + ((size_t)b[12] << 24 | (size_t)b[13] << 16 | (size_t)b[14] << 8 | b[15]);
}

static void cut_one(struct buf *b)
{
    b->len--;
}
static void cut_header(struct buf *b)
{
    b->len = 20;
}
static void cut_frame(struct buf *b)
{
    b->len = 9;
}
static void cut_all(struct buf *b)
{
    b->len = 0;
}
static void cut_half(struct buf *b)
{
    b->len = (b->len - 1) / 2;
}
static void add_one(struct buf *b)
{
    buf_putc(b, 'x');
}
static void twice(struct buf *b)
{
    struct buf copy = {0};
    buf_put(&copy, buf_str(b));
    buf_put(b, buf_str(&copy));
    buf_free(&copy);
}
static void magic(struct buf *b)
{
    b->data[3] ^= 0x20;
}
static void line_ends(struct buf *b) /* as a mailer does */
{
    memmove(b->data + 4, b->data + 5, b->len - 5);
    b->len--;
}
static void version(struct buf *b)
{
    b->data[8] = 2;
}
static void kind_unknown(struct buf *b)
{
    b->data[9] = 9;
}
static void kind_zero(struct buf *b)
{
    b->data[9] = 0;
}
static void reserved(struct buf *b)
{
    b->data[11] = 1;
}
static void too_long(struct buf *b)
{
    b->data[12] = 1;
}
static void body_longer(struct buf *b)
{
    b->data[15] = (char)(b->data[15] + 1);
}
static void body_end(struct buf *b) /* the header's last byte: a root, a key or a sealed byte in all of them */
{
    b->data[header_bytes(b) - 1] ^= 1;
}
static void body_middle(struct buf *b)
{
    b->data[16 + (header_bytes(b) - 16) / 2] ^= 0x10;
}
static void signed_by(struct buf *b)
{
    b->data[header_bytes(b) + 5] ^= 4;
}

static const char *const cut_words[] = {"cut off", "ends within", "not what was signed", NULL};
static const char *const longer_words[] = {"something was added", "not what was signed", NULL};
static const char *const foreign_words[] = {"no file of assay private", NULL};
static const char *const version_words[] = {"version 2; this program reads version 1", NULL};
static const char *const kind_words[] = {"kinds 1 to 8 are known", NULL};
static const char *const reserved_words[] = {"a reserved byte is not 0", NULL};
static const char *const long_words[] = {"more than 1 MiB", NULL};
/* what a changed byte is first found by: its place, else the signature */
static const char *const altered_words[] = {"not signed by",       "cut off",
                                            "bytes too many",      "1 to 8 types",
                                            "types of keys",       "longer than any",
                                            "more keys than rows", "found more than it looked at",
                                            "records; 2^30",       NULL};

static const struct {
    const char *what;
    void (*damage)(struct buf *whole);
    const char *const *words;
} damages[] = {
    {"cut by a byte", cut_one, cut_words},
    {"cut within its header", cut_header, cut_words},
    {"cut within its frame", cut_frame, cut_words},
    {"empty", cut_all, cut_words},
    {"half of it", cut_half, cut_words},
    {"a byte more", add_one, longer_words},
    {"twice in one file", twice, longer_words},
    {"another beginning", magic, foreign_words},
    {"line ends changed", line_ends, foreign_words},
    {"of version 2", version, version_words},
    {"of kind 9", kind_unknown, kind_words},
    {"of kind 0", kind_zero, kind_words},
    {"reserved byte", reserved, reserved_words},
    {"a header of 16 MiB", too_long, long_words},
    {"a body that claims a byte more", body_longer, altered_words},
    {"its last byte", body_end, altered_words},
    {"a byte in its middle", body_middle, altered_words},
    {"its signature", signed_by, altered_words},
};

static void every_message_damaged(void **state)
{
    for (enum message m = OF_ASKER; m < MESSAGES; m++) {
        struct world *world = world_of(*state, m);
        struct buf whole = {0}, bad = {0};
        struct err err = {0};
        assert_int_equal(file_read(in(world, messages[m].path), 1 << 24, &whole, &err), 0);
        for (size_t d = 0; d < sizeof damages / sizeof *damages; d++) {
            buf_reset(&bad);
            buf_put(&bad, buf_str(&whole));
            damages[d].damage(&bad);
            assert_int_equal(file_write(in(world, "bad"), buf_str(&bad), &err), 0);
            refused(world, m, damages[d].what, take(world, m, in(world, "bad")), damages[d].words);
        }
        buf_free(&whole);
        buf_free(&bad);
    }
}

/* Whose key signs a message. */
static void signer_of(struct world *world, enum message message, uint8_t out[static SIGN_KEY_BYTES])
{
    OWN(own_wire_file) struct wire_file file = {.fd = -1};
    struct err err = {0};
    bool is_askers =
        message == OF_ASKER || message == OFFER || message == ASKERS || message == OPENING || message == FIX;
    bool is_neutrals = message == ASK || message == RESULT;
    assert_int_equal(wire_open(&file,
                               in(world, is_neutrals ? "asker/offer"
                                         : is_askers ? "asker/commit"
                                                     : "keeper/commit"),
                               &err),
                     0);
    memcpy(out, is_neutrals ? file.offer.neutral : file.commit.party, SIGN_KEY_BYTES);
}

/* One bit of every byte of every header and signature: no form of it is read as signed. */
static void every_byte_is_signed(void **state)
{
    for (enum message m = OF_ASKER; m < MESSAGES; m++) {
        struct world *world = world_of(*state, m);
        struct buf whole = {0};
        struct err err = {0};
        uint8_t key[SIGN_KEY_BYTES];
        signer_of(world, m, key);
        assert_int_equal(file_read(in(world, messages[m].path), 1 << 24, &whole, &err), 0);
        size_t length = header_bytes(&whole) + SIGN_BYTES;
        for (size_t at = 0; at <= length; at++) { /* the last time as it is */
            OWN(own_wire_file) struct wire_file file = {.fd = -1};
            whole.data[at < length ? at : 0] ^= (char)(at < length ? 1 << at % 8 : 0);
            bool is_taken =
                wire_parse(&file, buf_str(&whole), &err) == 0 && wire_check_signer(&file, key, "x", &err) == 0;
            if (is_taken != (at == length)) {
                fail_msg("%s, byte %zu of %zu", messages[m].name, at, length);
            }
            whole.data[at < length ? at : 0] ^= (char)(at < length ? 1 << at % 8 : 0);
        }
        buf_free(&whole);
    }
}

/* ---- lists ---- */

static void lists_in_another_order(void **state)
{
    static const char *const words[] = {"differ from what was signed", "not the one whose root was signed", NULL};
    struct world *world = world_of(*state, OFFER);
    for (enum message m = OFFER; m <= KEEPERS; m++) {
        struct buf whole = {0};
        struct err err = {0};
        assert_int_equal(file_read(in(world, messages[m].path), 1 << 24, &whole, &err), 0);
        size_t width = messages[m].width, first = whole.len - messages[m].records * width;
        for (int what = 0; what < 4; what++) {
            struct buf bad = {0};
            uint8_t held[32];
            buf_put(&bad, buf_str(&whole));
            char *one = bad.data + first + width * 3, *two = bad.data + first + width * 50;
            memcpy(held, one, width);
            if (what == 0) { /* two change places */
                memcpy(one, two, width);
                memcpy(two, held, width);
            } else if (what == 1) { /* one stands twice */
                memcpy(two, one, width);
            } else if (what == 2) { /* one bit */
                *one ^= 1;
            } else { /* the root of its chunk */
                bad.data[first - 1] ^= 1;
            }
            assert_int_equal(file_write(in(world, "bad"), buf_str(&bad), &err), 0);
            refused(world, m, "its list", take(world, m, in(world, "bad")), words);
            buf_free(&bad);
        }
        buf_free(&whole);
    }
}

/* ---- another run's ---- */

static void replayed_from_another_run(void **state)
{
    static const char *const words[] = {"not signed by",           "made for other commitments", "of another run",
                                        "made for another answer", "signed by one party",        NULL};
    struct post *post = *state;
    for (enum message m = OF_ASKER; m < MESSAGES; m++) {
        struct world *world = world_of(post, m), *other = m == FIX ? &post->other_direct : &post->other;
        struct buf whole = {0};
        struct err err = {0};
        assert_int_equal(file_read(in(other, messages[m].path), 1 << 24, &whole, &err), 0);
        assert_int_equal(file_write(in(world, "bad"), buf_str(&whole), &err), 0);
        int result = take(world, m, in(world, "bad"));
        if (m == OF_ASKER || m == OF_KEEPER) { /* whole and signed: the offer of this run names another one */
            caught(world, result,
                   m == OF_ASKER ? "asker/offer: not signed by the asker"
                                 : "asker/offer: made for other commitments than these");
        } else {
            refused(world, m, "of another run", result, words);
        }
        buf_free(&whole);
    }
}

/* The same parties' keys in both runs: what tells the runs apart is their ids alone. */
static void replayed_between_the_same_parties(void **state)
{
    static const char *const words[] = {"made for other commitments", "of another run", NULL};
    (void)state;
    struct world one, world;
    static const char *const roles[] = {"asker", "keeper"};
    struct world *const both[] = {&one, &world};
    for (size_t i = 0; i < 2; i++) {
        world_open(both[i]);
        world_csv(both[i], "leak.csv", 0, LEAKED, 1);
        world_csv(both[i], "db.csv", 60, 60 + KEPT, 0);
    }
    OK(world_key(&one));
    OK(step(&one, (struct assay_private_options){.step = ASSAY_PRIVATE_KEY, .state = in(&one, "asker.key")}));
    OK(step(&one, (struct assay_private_options){.step = ASSAY_PRIVATE_KEY, .state = in(&one, "keeper.key")}));
    for (size_t i = 0; i < 2; i++) {
        for (uint8_t r = 0; r < 2; r++) {
            char key[32], csv[16];
            (void)snprintf(key, sizeof key, "%s.key", roles[r]);
            (void)snprintf(csv, sizeof csv, "%s", r == 0 ? "leak.csv" : "db.csv");
            assert_int_equal(step(both[i], (struct assay_private_options){.step = ASSAY_PRIVATE_COMMIT,
                                                                          .state = in(both[i], roles[r]),
                                                                          .role = (uint8_t)(r + 1),
                                                                          .sources = LIST(in(both[i], csv)),
                                                                          .key_file = in(&one, key),
                                                                          .keys = email}),
                             0);
        }
        assert_int_equal(step(both[i], (struct assay_private_options){.step = ASSAY_PRIVATE_OFFER,
                                                                      .state = in(both[i], "asker"),
                                                                      .files = LIST(in(both[i], "keeper/commit")),
                                                                      .neutral = in(&one, "notary.pub"),
                                                                      .min_keys = 20,
                                                                      .opened = 30,
                                                                      .run_number = 1}),
                         0);
        assert_int_equal(world_answer(both[i], false, NULL), 0);
        assert_int_equal(world_finish(both[i]), 0);
    }
    for (enum message m = OFFER; m <= KEEPERS; m++) {
        struct buf whole = {0};
        struct err err = {0};
        assert_int_equal(file_read(in(&one, messages[m].path), 1 << 24, &whole, &err), 0);
        assert_int_equal(file_write(in(&world, "bad"), buf_str(&whole), &err), 0);
        assert_int_equal(file_read(in(&one, "notary"), 4096, (buf_reset(&whole), &whole), &err), 0);
        assert_int_equal(file_write(in(&world, "notary"), buf_str(&whole), &err), 0);
        refused(&world, m, "of another run of theirs", take(&world, m, in(&world, "bad")), words);
        buf_free(&whole);
    }
    world_close(&one);
    world_close(&world);
}

/* ---- lost, and in any order ---- */

static void lost(void **state)
{
    for (enum message m = OF_ASKER; m < MESSAGES; m++) {
        struct world *world = world_of(*state, m);
        char words[64];
        (void)snprintf(words, sizeof words, "%s is missing", messages[m].name);
        if (m <= KEEPERS) {
            caught(world, take(world, m, NULL), words);
        } else if (m == ASK) {
            caught(world, take(world, m, NULL), "no ask to this side is among the files");
        } else if (m == FIX) { /* the tags wait for it */
            assert_int_equal(take(world, m, NULL), 0);
            assert_non_null(strstr(json_text(world->summary, "waits_for", ""), "the asker's fix"));
            assert_int_equal(access(in(world, "keeper/tags"), F_OK), -1);
        } else if (m == OPENING) { /* asked for again */
            assert_int_equal(take(world, m, NULL), 0);
            assert_non_null(json_object_get(world->summary, "made"));
        } else { /* without a result, the asker's own step is repeated */
            assert_int_equal(take(world, m, NULL), 0);
            assert_true(json_is_true(json_object_get(world->summary, "again")));
        }
    }
}

static void in_any_order(void **state)
{
    struct world *world = world_of(*state, OFFER);
    const char *files[7] = {NULL};
    for (size_t turn = 0; turn < 6; turn++) {
        for (size_t i = 0; i < 6; i++) {
            files[(5 * i + turn) % 6] = in(world, messages[OF_ASKER + i].path);
        }
        world_remove(in(world, "counter"));
        assert_int_equal(step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_COUNT,
                                                                    .state = in(world, "counter"),
                                                                    .files = files,
                                                                    .key_file = in(world, "notary"),
                                                                    .without_audits = true}),
                         0);
        assert_int_equal(world_count(world, 0), 60);
    }
    world_remove(in(world, "counter"));
}

/* The same file twice is one; two that differ are none. */
static void two_of_one_kind(void **state)
{
    struct post *post = *state;
    struct world *world = &post->run;
    for (enum message m = OF_ASKER; m <= KEEPERS; m++) {
        const char *files[9];
        for (size_t i = 0; i < 6; i++) {
            files[i] = in(world, messages[OF_ASKER + i].path);
        }
        for (int differs = 0; differs < 2; differs++) {
            files[6] = in(differs ? &post->other : world, messages[m].path);
            files[7] = NULL;
            world_remove(in(world, "counter"));
            int result = step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_COUNT,
                                                                    .state = in(world, "counter"),
                                                                    .files = files,
                                                                    .key_file = in(world, "notary"),
                                                                    .without_audits = true});
            assert_int_equal(result, differs ? -1 : 0);
            assert_true(!differs || strstr(world->err.text, "are two different files of one kind") != NULL);
        }
    }
    world_remove(in(world, "counter"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_damaged),
        cmocka_unit_test(every_byte_is_signed),
        cmocka_unit_test(lists_in_another_order),
        cmocka_unit_test(replayed_from_another_run),
        cmocka_unit_test(replayed_between_the_same_parties),
        cmocka_unit_test(lost),
        cmocka_unit_test(in_any_order),
        cmocka_unit_test(two_of_one_kind),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

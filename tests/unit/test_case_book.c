/* Making, opening and appending; ids, locks, torn tails; the model; and canonical lines against jansson's own reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "casekit.h"

#include "case/canon.h"
#include "case/lines.h"
#include "ledger/note.h"

static void new_case_is_whole_and_private(void **state)
{
    (void)state;
    const char *dir = kit_path("new.case");
    struct err err = {0};
    struct stat about;
    OWN(own_buf) struct buf bytes = {0};
    assert_int_equal(assay_case_create(dir, "Paytm Mall, 2020", NULL, NULL, &err), 0);
    kit_read(kit_path("new.case/vkey"), &bytes);
    assert_true(str_starts(buf_str(&bytes), STR("assay.invalid/paytm-mall-2020+")));
    kit_read(kit_path("new.case/checkpoint"), &bytes);
    assert_true(str_starts(buf_str(&bytes), STR("assay.invalid/paytm-mall-2020\n1\n")));
    assert_int_equal(stat(kit_path("new.case/key"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_true(kit_verifies(dir));
}

static void create_refuses_what_is_there(void **state)
{
    (void)state;
    struct err err = {0};
    const char *dir = kit_path("full");
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(assay_case_create(dir, "x", NULL, NULL, &err), 0); /* empty is fine */
    assert_int_equal(assay_case_create(dir, "x", NULL, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.text, "exists and is not empty"));
    assert_int_equal(assay_case_create(kit_path("no/such/folder"), "x", NULL, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_int_equal(assay_case_create(kit_path("bad-origin"), "x", "two words", NULL, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_int_equal(access(kit_path("bad-origin"), F_OK), -1);
    assert_int_equal(assay_case_create(kit_path("own-origin"), "x", "example.org/cases/7", NULL, &err), 0);
}

static void open_says_what_is_wrong(void **state)
{
    (void)state;
    struct assay_case *kase = NULL;
    struct err err = {0};
    assert_int_equal(assay_case_open(kit_path("nowhere"), ASSAY_CASE_READ, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_int_equal(mkdir(kit_path("empty"), 0755), 0);
    assert_int_equal(assay_case_open(kit_path("empty"), ASSAY_CASE_READ, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(err.remedy, "assay open"));
}

static void ids_count_on_and_stay_unique(void **state)
{
    (void)state;
    const char *dir = kit_path("ids");
    struct err err = {0};
    char id[16];
    assert_int_equal(assay_case_create(dir, "ids", NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    assay_case_next_id(kase, "E", id);
    assert_string_equal(id, "E01");
    OWN(own_json)
    json_t *batch = kit_json("[{'type':'evidence','what':'tree'},{'type':'evidence','what':'log'},"
                             "{'type':'claim','kind':'use'},{'type':'examination','engine':'sweep'},"
                             "{'type':'finding','examination':'X01','record':{}},"
                             "{'type':'event','examination':'X01','record':{}}]");
    assert_int_equal(assay_case_append(kase, batch, &err), 0);
    static const char *const ids[] = {"E01", "E02", "C1", "X01", "X01/1", "X01/2"};
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(json_text(json_array_get(batch, i), "id", ""), ids[i]);
        assert_int_equal(json_int(json_array_get(batch, i), "n", -1), i + 1);
    }
    kit_append(kase, "[{'type':'evidence','id':'E41'},{'type':'evidence','id':'E07'}]");
    assay_case_next_id(kase, "E", id);
    assert_string_equal(id, "E42");
    kit_append(kase, "[{'type':'event','examination':'X01','record':{}}]");
    assay_case_close(kase);
    kase = kit_open(dir, ASSAY_CASE_READ);
    assay_case_next_id(kase, "E", id);
    assert_string_equal(id, "E42");
    assay_case_next_id(kase, "X01/", id);
    assert_string_equal(id, "X01/4");
    assay_case_next_id(kase, "V", id);
    assert_string_equal(id, "V01");
    assay_case_close(kase);
}

static void append_refuses_without_a_trace(void **state)
{
    (void)state;
    static const struct {
        const char *entries;
        enum err_kind kind;
        const char *says;
    } rows[] = {
        {"[{'type':'evidence','id':'E01'},{'type':'evidence','id':'E01'}]", ERR_USAGE, "taken"},
        {"[{'type':'evidence','id':'case'}]", ERR_USAGE, "taken"},
        {"[{'type':'party','id':'E09','name':'x'},{'type':'claim','id':'E09','supersedes':'E09'}]", ERR_USAGE,
         "cannot become"},
        {"[{'type':'claim','id':'C9','supersedes':'C9'}]", ERR_USAGE, "none before"},
        {"[{'type':'evidence'},{'type':'rumour'}]", ERR_USAGE, "rumour"},
        {"[{'id':'E01'}]", ERR_USAGE, "no type"},
        {"[{'type':'finding','examination':'X77','record':{}}]", ERR_USAGE, "X77"},
        {"[{'type':'finding','record':{}}]", ERR_USAGE, "without an examination"},
        {"[{'type':'evidence','id':'two words'}]", ERR_USAGE, "cannot be an id"},
        {"[{'type':'evidence','id':7}]", ERR_USAGE, "cannot be an id"},
        {"[{'type':'evidence','bytes':9007199254740993}]", ERR_FORMAT, "integer"},
        {"{'type':'evidence'}", ERR_BUG, "array"},
    };
    const char *dir = kit_path("refuse");
    struct err err = {0};
    OWN(own_buf) struct buf before = {0};
    OWN(own_buf) struct buf after = {0};
    assert_int_equal(assay_case_create(dir, "refuse", NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_WRITE);
    kit_read(kit_path("refuse/ledger.jsonl"), &before);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_json) json_t *entries = kit_json(rows[i].entries);
        assert_int_equal(assay_case_append(kase, entries, &err), -1);
        if (err.kind != rows[i].kind || strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].entries, err.text);
        }
    }
    OWN(own_buf) struct buf text = {0};
    for (size_t i = 0; i < ENTRY_MAX_BYTES; i++) {
        buf_putc(&text, 'x');
    }
    OWN(own_json) json_t *large = json_pack("[{s:s, s:s#}]", "type", "evidence", "name", text.data, (int)text.len);
    assert_int_equal(assay_case_append(kase, large, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    kit_read(kit_path("refuse/ledger.jsonl"), &after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    kit_append(kase, "[{'type':'evidence'}]"); /* and the case still takes what is right */
    assay_case_close(kase);
    assert_true(kit_verifies(dir));
}

static void reader_writes_nothing(void **state)
{
    (void)state;
    const char *dir = kit_path("reader");
    struct err err = {0};
    assert_int_equal(assay_case_create(dir, "reader", NULL, NULL, &err), 0);
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_READ);
    OWN(own_json) json_t *entries = kit_json("[{'type':'evidence'}]");
    json_t *seal = NULL;
    char sha256[65];
    uint64_t bytes;
    assert_int_equal(assay_case_append(kase, entries, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(assay_case_seal(kase, &seal, &err), -1);
    assert_int_equal(assay_case_archive(kase, "/etc/hostname", sha256, &bytes, &err), -1);
    assay_case_close(kase);
}

static void second_writer_is_turned_away(void **state)
{
    (void)state;
    const char *dir = kit_path("busy");
    struct err err = {0};
    struct assay_case *second = NULL;
    assert_int_equal(assay_case_create(dir, "busy", NULL, NULL, &err), 0);
    struct assay_case *first = kit_open(dir, ASSAY_CASE_WRITE);
    assert_int_equal(assay_case_open(dir, ASSAY_CASE_WRITE, &second, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_BUSY);
    struct assay_case *reader = kit_open(dir, ASSAY_CASE_READ);
    assay_case_close(reader);
    assay_case_close(first);
    assay_case_close(kit_open(dir, ASSAY_CASE_WRITE));
}

/* Two processes that both want to write, often: every batch of either is there, none is mixed with another. */
static void writers_take_turns(void **state)
{
    (void)state;
    enum { WRITERS = 3, BATCHES = 8 };
    const char *dir = kit_path("turns");
    struct err err = {0};
    assert_int_equal(assay_case_create(dir, "turns", NULL, NULL, &err), 0);
    for (int i = 0; i < WRITERS; i++) {
        pid_t child = fork();
        if (child == 0) {
            for (int done = 0; done < BATCHES;) {
                struct assay_case *kase = NULL;
                if (assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, &err) == 0) {
                    json_t *entries = json_pack("[{s:s, s:i},{s:s, s:i}]", "type", "evidence", "writer", i, "type",
                                                "evidence", "writer", i);
                    done += assay_case_append(kase, entries, &err) == 0;
                    json_decref(entries);
                    assay_case_close(kase);
                } else if (err.kind != ERR_BUSY) {
                    _exit(1);
                }
                usleep(500);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_true(kit_verifies(dir));
    struct assay_case *kase = kit_open(dir, ASSAY_CASE_READ);
    OWN(own_json) json_t *model = assay_case_model(kase, &err);
    json_t *evidence = json_object_get(model, "evidence");
    assert_int_equal(json_array_size(evidence), 2 * WRITERS * BATCHES);
    for (size_t i = 0; i < json_array_size(evidence); i += 2) {
        assert_int_equal(json_int(json_array_get(evidence, i), "writer", -1),
                         json_int(json_array_get(evidence, i + 1), "writer", -2));
    }
    assay_case_close(kase);
}

static void torn_tail_is_passed_over_and_moved_aside(void **state)
{
    (void)state;
    const char *dir = kit_path("torn");
    struct err err = {0};
    uint64_t torn = 0;
    struct assay_case *kase = NULL;
    OWN(own_buf) struct buf before = {0};
    OWN(own_buf) struct buf after = {0};
    kit_fill(dir);
    kit_read(kit_path("torn/ledger.jsonl"), &before);
    static const char *const tails[] = {"{\"by", "\n", "{\"by\":\"x\"}\n", "{\"a\":1}\n{\"b\""};
    for (size_t i = 0; i < 4; i++) {
        OWN(own_buf) struct buf longer = {0};
        buf_put(&longer, buf_str(&before));
        buf_puts(&longer, tails[i]);
        kit_write(kit_path("torn/ledger.jsonl"), buf_str(&longer));
        assert_int_equal(assay_case_open(dir, ASSAY_CASE_READ, &kase, &torn, &err), 0);
        assert_int_equal(torn, strlen(tails[i]));
        OWN(own_json) json_t *model = assay_case_model(kase, &err);
        assert_int_equal(json_array_size(json_object_get(model, "claims")), 1);
        assay_case_close(kase);
        OWN(own_mem) char *report = kit_report(dir);
        assert_non_null(strstr(report, "\"verified\":true"));
        assert_non_null(strstr(report, "never acknowledged"));
        assert_int_equal(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, &torn, &err), 0);
        assert_int_equal(torn, strlen(tails[i]));
        assay_case_close(kase);
        kit_read(kit_path("torn/ledger.jsonl"), &after);
        assert_true(str_eq(buf_str(&before), buf_str(&after)));
        assert_int_equal(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, &torn, &err), 0);
        assert_int_equal(torn, 0);
        assay_case_close(kase);
    }
    kit_read(kit_path("torn/ledger.torn-8"), &after);
    assert_true(str_eq(buf_str(&after), str_of(tails[0])));
    kit_read(kit_path("torn/ledger.torn-8.4"), &after);
    assert_true(str_eq(buf_str(&after), str_of(tails[3])));
}

/* What open must refuse: each damage by itself. */
static void open_refuses_a_damaged_case(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t cut; /* bytes kept; 0: one flipped in the middle */
    } rows[] = {{"ledger.jsonl", 0}, {"ledger.jsonl", 300}, {"checkpoint", 0},   {"checkpoint", 20}, {"vkey", 0},
                {"key", 0},          {"checkpoints/4", 0},  {"checkpoints/7", 0}};
    kit_fill(kit_path("sound"));
    OWN(own_buf) struct buf bytes = {0};
    struct assay_case *kase = NULL;
    struct err err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", kit_path("sound"), rows[i].file);
        kit_read(path, &bytes);
        bytes.data[bytes.len / 2] ^= 1;
        kit_write(path, str_slice(buf_str(&bytes), 0, rows[i].cut != 0 ? rows[i].cut : bytes.len));
        if (assay_case_open(kit_path("sound"), ASSAY_CASE_WRITE, &kase, NULL, &err) != -1 || err.kind != ERR_TAMPERED ||
            err.remedy[0] == '\0') {
            fail_msg("%s: %s", rows[i].file, err.text);
        }
        bytes.data[bytes.len / 2] ^= 1;
        kit_write(path, buf_str(&bytes));
    }
    assay_case_close(kit_open(kit_path("sound"), ASSAY_CASE_WRITE));
    assert_int_equal(unlink(kit_path("sound/key")), 0);
    assert_int_equal(assay_case_open(kit_path("sound"), ASSAY_CASE_WRITE, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assay_case_close(kit_open(kit_path("sound"), ASSAY_CASE_READ));
}

static void rolled_back_checkpoint_is_noticed(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    struct assay_case *kase = NULL;
    struct err err = {0};
    kit_fill(kit_path("back"));
    kit_read(kit_path("back/checkpoints/4"), &bytes);
    kit_write(kit_path("back/checkpoint"), buf_str(&bytes));
    assert_int_equal(assay_case_open(kit_path("back"), ASSAY_CASE_WRITE, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    assert_false(kit_verifies(kit_path("back")));
}

static void foreign_index_is_thrown_away(void **state)
{
    (void)state;
    OWN(own_buf) struct buf other = {0};
    char id[16];
    struct err err = {0};
    kit_fill(kit_path("first"));
    kit_fill(kit_path("second"));
    struct assay_case *kase = kit_open(kit_path("second"), ASSAY_CASE_WRITE);
    kit_append(kase, "[{'type':'evidence'},{'type':'evidence'}]");
    assay_case_close(kase);
    kit_read(kit_path("second/index.sqlite"), &other);
    for (size_t round = 0; round < 3; round++) {
        struct str bytes = round == 0   ? buf_str(&other)
                           : round == 1 ? STR("not a database")
                                        : str_slice(buf_str(&other), 0, 5000);
        kit_write(kit_path("first/index.sqlite"), bytes);
        assert_true(kit_verifies(kit_path("first")));
        kase = kit_open(kit_path("first"), ASSAY_CASE_WRITE);
        assay_case_next_id(kase, "E", id);
        assert_string_equal(id, "E02");
        assay_case_close(kase);
    }
    assert_int_equal(unlink(kit_path("first/index.sqlite")), 0);
    assert_int_equal(mkdir(kit_path("first/index.sqlite"), 0755), 0); /* cannot be made: memory will do */
    kase = kit_open(kit_path("first"), ASSAY_CASE_WRITE);
    OWN(own_json) json_t *batch = kit_json("[{'type':'evidence'}]");
    assert_int_equal(assay_case_append(kase, batch, &err), 0);
    assert_string_equal(json_text(json_array_get(batch, 0), "id", ""), "E02");
    assay_case_close(kase);
}

static void model_shows_what_stands(void **state)
{
    (void)state;
    struct err err = {0};
    kit_fill(kit_path("model"));
    struct assay_case *kase = kit_open(kit_path("model"), ASSAY_CASE_WRITE);
    kit_append(kase,
               "[{'type':'claim','id':'C1','supersedes':'C1','kind':'entry','text':'said better'},"
               "{'type':'verdict','claim':'C1','direction':'supported'},"
               "{'type':'evidence','id':'E02','supersedes':'E01'},"
               "{'type':'finding','id':'X01/9','supersedes':'X01/1','examination':'X01','record':{'path':'b.php'}}]");
    OWN(own_json) json_t *model = assay_case_model(kase, &err);
    assert_non_null(model);
    assert_string_equal(json_text(json_object_get(model, "case"), "name", ""), "Maple Lane");
    json_t *claims = json_object_get(model, "claims");
    assert_int_equal(json_array_size(claims), 1);
    assert_string_equal(json_text(json_array_get(claims, 0), "text", ""), "said better");
    json_t *verdicts = json_object_get(model, "verdicts");
    assert_int_equal(json_array_size(verdicts), 1);
    assert_string_equal(json_text(json_array_get(verdicts, 0), "direction", ""), "supported");
    json_t *evidence = json_object_get(model, "evidence");
    assert_int_equal(json_array_size(evidence), 1);
    assert_string_equal(json_text(json_array_get(evidence, 0), "id", ""), "E02");
    json_t *examination = json_array_get(json_object_get(model, "examinations"), 0);
    json_t *records = json_object_get(examination, "records");
    assert_int_equal(json_array_size(records), 2);
    assert_string_equal(json_text(json_array_get(records, 0), "type", ""), "summary");
    assert_string_equal(json_text(json_object_get(json_array_get(records, 1), "record"), "path", ""), "b.php");
    json_t *ledger = json_object_get(model, "ledger");
    assert_int_equal(json_int(ledger, "size", 0), 12);
    assert_int_equal(json_array_size(json_object_get(ledger, "checkpoints")), 2);
    assert_string_equal(json_text(json_array_get(json_object_get(ledger, "checkpoints"), 1), "file", ""),
                        "checkpoints/7");
    assay_case_close(kase);
}

static void seal_is_repeatable(void **state)
{
    (void)state;
    struct err err = {0};
    json_t *first = NULL;
    json_t *second = NULL;
    OWN(own_buf) struct buf one = {0};
    OWN(own_buf) struct buf two = {0};
    kit_fill(kit_path("seal"));
    struct assay_case *kase = kit_open(kit_path("seal"), ASSAY_CASE_WRITE);
    assert_int_equal(assay_case_seal(kase, &first, &err), 0);
    assert_int_equal(assay_case_seal(kase, &second, &err), 0);
    assert_true(json_equal(first, second));
    assert_int_equal(json_int(first, "size", 0), 8);
    kit_read(json_text(first, "checkpoint", ""), &one);
    kit_read(kit_path("seal/checkpoint"), &two);
    assert_true(str_eq(buf_str(&one), buf_str(&two)));
    kit_write(kit_path("seal/checkpoints/8"), STR("something else\n"));
    json_decref(first);
    json_decref(second);
    assert_int_equal(assay_case_seal(kase, &first, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    assay_case_close(kase);
}

static void same_inputs_same_bytes(void **state)
{
    (void)state;
    OWN(own_buf) struct buf one = {0};
    OWN(own_buf) struct buf two = {0};
    (void)setenv("ASSAY_NOW", "2026-04-01T09:00:00Z", 1);
    kit_fill(kit_path("one"));
    kit_fill(kit_path("two"));
    (void)unsetenv("ASSAY_NOW");
    kit_read(kit_path("one/ledger.jsonl"), &one);
    kit_read(kit_path("two/ledger.jsonl"), &two);
    size_t first = str_find(buf_str(&one), STR("\n"), 0); /* the first line holds the key, which is random */
    assert_true(str_eq(str_slice(buf_str(&one), first, one.len), str_slice(buf_str(&two), first, two.len)));
}

/* Rows: is the line canonical? Each is also put to jansson: what reads and writes back to the same bytes, and only that,
 * is canonical. */
static void canonical_lines_are_told_from_others(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "\"a\":1",
        "\"a\":-1",
        "\"a\":0",
        "\"a\":-0",
        "\"a\":01",
        "\"a\":1.0",
        "\"a\":0.1",
        "\"a\":0.10",
        "\"a\":1e5",
        "\"a\":100000",
        "\"a\":1e+21",
        "\"a\":1e21",
        "\"a\":0.000001",
        "\"a\":1e-7",
        "\"a\":0.0000001",
        "\"a\":9007199254740992",
        "\"a\":9007199254740993",
        "\"a\":123456789.123456789",
        "\"a\":123456.789012345",
        "\"a\":0.1234567890123456",
        "\"a\": 1",
        "\"a\":1 ",
        "\"a\":true",
        "\"a\":false",
        "\"a\":null",
        "\"a\":nul",
        "\"a\":True",
        "\"a\":[]",
        "\"a\":[1,2]",
        "\"a\":[1,]",
        "\"a\":{}",
        "\"a\":{\"b\":1,\"a\":2}",
        "\"a\":{\"a\":1,\"b\":2}",
        "\"a\":{\"a\":1,\"a\":2}",
        "\"a\":\"\\n\"",
        "\"a\":\"\\u000a\"",
        "\"a\":\"\\u001f\"",
        "\"a\":\"\\u001F\"",
        "\"a\":\"\\u0041\"",
        "\"a\":\"\\/\"",
        "\"a\":\"/\"",
        "\"a\":\"\x7f\"",
        "\"a\":\"\t\"",
        "\"a\":\"\xc3\xa9\"",
        "\"a\":\"\\u00e9\"",
        "\"a\":\"\xff\"",
        "\"a\":\"\xed\xa0\x80\"",
        "\"a\":\"\\u0000\"",
        "\"a\":{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbd\":2}",
        "\"a\":{\"\xef\xbf\xbd\":2,\"\xf0\x9f\x98\x80\":1}",
        "\"a\":{\"\\u0000\":1}",
        "\"a\":{\"\\\"\":1,\"b\":2}",
        "\"a\":{\"\\t\":1,\"\\n\":2}",
        "\"a\":{\"\\n\":1,\"\\t\":2}",
        "\"a\":{\"\\u000b\":1,\"\\t\":2}",
        "\"a\":+1",
        "\"a\":.5",
        "\"a\":5.",
        "\"a\":1e",
        "\"a\":--1",
        "\"a\":Infinity",
        "\"a\":0x10",
        "\"a\"",
        "\"a\":",
        "\"a\":\"",
        "\"a\":\"\\",
        "\"a\":\"\\u00",
        "\"a\":5e-324",
        "\"a\":1.7976931348623157e+308",
        "\"a\":1e400",
        "\"a\":-1.5",
        "\"a\":-0.5",
        "\"a\":-0.0",
    };
    unsigned canonical = 0;
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        OWN(own_buf) struct buf line = {0};
        OWN(own_buf) struct buf again = {0};
        struct envelope envelope;
        struct err err = {0};
        buf_printf(&line, "{%s,\"by\":\"x\",\"id\":\"E01\",\"n\":0,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}",
                   tails[i]);
        bool is_canonical = canon_read(&envelope, buf_str(&line)) == NULL;
        OWN(own_json) json_t *value = json_read(buf_str(&line), &err);
        bool comes_back =
            value != NULL && json_canonical(&again, value, &err) == 0 && str_eq(buf_str(&again), buf_str(&line));
        if (is_canonical != comes_back) {
            fail_msg("%s: canonical %d, comes back %d", line.data, is_canonical, comes_back);
        }
        canonical += is_canonical;
    }
    assert_true(canonical > 20);
}

static void envelope_is_whole_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool is_good;
    } rows[] = {
        {"{\"by\":\"x\",\"id\":\"E01\",\"n\":7,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", true},
        {"{\"by\":\"x\",\"examination\":\"X01\",\"id\":\"X01/1\",\"n\":7,\"time\":\"t\",\"type\":\"finding\",\"v\":1}",
         true},
        {"{\"by\":\"x\",\"id\":\"E01\",\"n\":7,\"time\":\"t\",\"type\":\"evidence\",\"v\":2}", false},
        {"{\"by\":\"x\",\"id\":\"E01\",\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", false},
        {"{\"by\":\"x\",\"n\":7,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", false},
        {"{\"by\":\"x\",\"id\":\"\",\"n\":7,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", false},
        {"{\"by\":\"x\",\"id\":\"E01\",\"n\":-7,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", false},
        {"{\"by\":\"x\",\"id\":\"E01\",\"n\":7,\"type\":\"evidence\",\"v\":1}", false},
        {"{\"id\":\"E01\",\"n\":7,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", false},
        {"{\"by\":\"x\",\"id\":\"E01\",\"n\":7,\"supersedes\":3,\"time\":\"t\",\"type\":\"evidence\",\"v\":1}", false},
        {"[]", false},
        {"", false},
        {"{}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct envelope envelope;
        if ((canon_read(&envelope, str_of(rows[i].line)) == NULL) != rows[i].is_good) {
            fail_msg("%s", rows[i].line);
        }
    }
    struct envelope envelope;
    assert_null(canon_read(&envelope, str_of(rows[1].line)));
    assert_int_equal(envelope.n, 7);
    assert_true(str_eq(envelope.examination, STR("X01")));
}

static void lines_of_any_length_are_passed(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    static const size_t lengths[] = {0, 1, ENTRY_MAX_BYTES, ENTRY_MAX_BYTES + 1, 3, (3 << 20) + 17, 0, 5};
    for (size_t i = 0; i < 8; i++) {
        for (size_t j = 0; j < lengths[i]; j++) {
            buf_putc(&bytes, (char)('a' + i));
        }
        if (i < 7) {
            buf_putc(&bytes, '\n');
        }
    }
    kit_write(kit_path("lines"), buf_str(&bytes));
    OWN(own_fd) int fd = open(kit_path("lines"), O_RDONLY);
    OWN(own_lines) struct lines lines = {0};
    struct line line;
    uint64_t offset = 0;
    assert_int_equal(lines_open(&lines, fd, 0, NULL), 0);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(lines_next(&lines, &line, NULL), 1);
        assert_int_equal(line.offset, offset);
        assert_int_equal(line.is_whole, i < 7);
        assert_int_equal(line.bytes, lengths[i] + (i < 7));
        assert_int_equal(line.is_too_long, lengths[i] > ENTRY_MAX_BYTES);
        assert_int_equal(line.text.len, lengths[i] > ENTRY_MAX_BYTES ? 0 : lengths[i]);
        offset += line.bytes;
    }
    assert_int_equal(lines_next(&lines, &line, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_make, kit_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_case_is_whole_and_private),
        TEST(create_refuses_what_is_there),
        TEST(open_says_what_is_wrong),
        TEST(ids_count_on_and_stay_unique),
        TEST(append_refuses_without_a_trace),
        TEST(reader_writes_nothing),
        TEST(second_writer_is_turned_away),
        TEST(writers_take_turns),
        TEST(torn_tail_is_passed_over_and_moved_aside),
        TEST(open_refuses_a_damaged_case),
        TEST(rolled_back_checkpoint_is_noticed),
        TEST(foreign_index_is_thrown_away),
        TEST(model_shows_what_stands),
        TEST(seal_is_repeatable),
        TEST(same_inputs_same_bytes),
        TEST(canonical_lines_are_told_from_others),
        TEST(envelope_is_whole_or_refused),
        TEST(lines_of_any_length_are_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

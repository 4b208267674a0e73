/* Statements files: what they become, what they supersede, and the one line that says where a wrong one is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/mask.h"
#include "casekit.h"

#define DOTS "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"

static void personal_data_is_masked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *masked;
    } rows[] = {
        {"write to jo.doe@acme.example today", "write to j" DOTS "@a" DOTS ".example today"},
        {"jo@a.co", "j" DOTS "@a" DOTS ".co"},
        {"(jo+tag@mail.acme.co.uk),", "(j" DOTS "@m" DOTS ".uk),"},
        {"\xc3\xa9va@ex\xc3\xa4mple.org.", "\xc3\xa9" DOTS "@e" DOTS ".org."},
        {"two a@b.cd and c@d.ef", "two a" DOTS "@b" DOTS ".cd and c" DOTS "@d" DOTS ".ef"},
        {"https://x.example/?to=jo@acme.example&a=1", "https://x.example/?to=j" DOTS "@a" DOTS ".example&a=1"},
        {"the account @narendramodi_in said", "the account @narendramodi_in said"},
        {"https://twitter.example/@someone/status/1300000000000000000",
         "https://twitter.example/@someone/status/1300000000000000000"},
        {"a @ b, x@y, @, @@", "a @ b, x@y, @, @@"},
        {"j" DOTS "@g" DOTS ".com", "j" DOTS "@g" DOTS ".com"},
        {"call +91 98765 43210 now", "call " DOTS "10 now"},
        {"call 044-2345-6789.", "call " DOTS "89."},
        {"+1 (555) 010-9999", DOTS "99"},
        {"9876543210", DOTS "10"},
        {"9876543210 and 9876543211", DOTS "10 and " DOTS "11"},
        {"9876543242 1234567 89", DOTS "42 " DOTS "89"},
        {"on 2020-08-30 10:00 and 2020-09-08", "on 2020-08-30 10:00 and 2020-09-08"},
        {"from 2020-08-30 2020-09-08 on", "from 2020-08-30 2020-09-08 on"},
        {"2020-08-30T09:00:00Z", "2020-08-30T09:00:00Z"},
        {"3,500,000 records of 12345678 people", "3,500,000 records of 12345678 people"},
        {"12345678901234567890", "12345678901234567890"},
        {"id a1234567890 and 1234567890b", "id a1234567890 and 1234567890b"},
        {"https://paper.example/news/11599123456789.html", "https://paper.example/news/11599123456789.html"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_buf) struct buf out = {0};
        OWN(own_buf) struct buf again = {0};
        mask_text(&out, str_of(rows[i].text));
        mask_text(&again, buf_str(&out));
        assert_string_equal(out.data != NULL ? out.data : "", rows[i].masked);
        assert_string_equal(again.data != NULL ? again.data : "", rows[i].masked);
    }
}

static struct assay_case *kase;

static int open_case(void **state)
{
    if (kit_make(state) != 0 || assay_case_create(kit_path("c"), "c", NULL, "Was it?", NULL) != 0) {
        return -1;
    }
    kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
    return 0;
}

static int close_case(void **state)
{
    assay_case_close(kase);
    return kit_drop(state);
}

static int say(const char *yaml, json_t **ret_entries, struct err *err)
{
    kit_write(kit_path("statements.yaml"), str_of(yaml));
    return assay_case_state(kase, kit_path("statements.yaml"), ret_entries, err);
}

static const char whole[] = "case:\n"
                            "  question: Was Acme entered?\n"
                            "  window: {from: 2020-08-01, to: 2020-09-30}\n"
                            "parties:\n"
                            "  - {id: acme, name: Acme Ltd, kind: company}\n"
                            "  - id: '@handle'\n"
                            "    name: an account\n"
                            "    kind: account\n"
                            "    compromised: {from: 2020-09-03T00:00:00+05:30, source: a paper}\n";

static const char handle_needs_no_at[] = "parties: [{id: handle, name: '@handle', kind: account,"
                                         " compromised: {from: 2020-09-03T05:30:00+05:30}}]\n";

static void file_becomes_entries(void **state)
{
    (void)state;
    struct err err = {0};
    json_t *entries = NULL;
    assert_int_equal(say(whole, &entries, &err), -1); /* an id begins with a letter or digit */
    assert_non_null(strstr(err.text, "statements.yaml:6:9: '@handle' cannot be an id"));
    assert_int_equal(say(handle_needs_no_at, &entries, &err), 0);
    assert_string_equal(json_text(json_object_get(json_array_get(entries, 0), "compromised"), "from", ""),
                        "2020-09-03T00:00:00Z");
    json_decref(entries);
    assert_int_equal(
        say("claims:\n  - {id: C1, kind: entry, text: 'yes, no'}\n"
            "  - {id: C2, kind: use, text: x, standard: beyond-reasonable-doubt}\n"
            "parties: [{id: cy, name: no, kind: company}, {id: acme, name: Acme, kind: company}]\n"
            "statements:\n"
            "  - {id: S2, party: acme, act: demands, time: 2020-09-04T10:00:00+05:30, text: \"stop, or jo@acme.example\",\n"
            "     relays: [S1], notice: {to: cy, due: 7 days from 2020-09-04, demands: retract, threat: a suit}}\n"
            "  - {id: S1, party: cy, act: asserts, time: 2020-08-30, text: it was, claims: [C1], grade: B2}\n",
            &entries, &err),
        0);
    OWN(own_json)
    json_t *expected = kit_json(
        "[{'type':'party','id':'cy','name':'no','kind':'company'},{'type':'party','id':'acme','name':'Acme','kind':'company'},"
        "{'type':'claim','id':'C1','kind':'entry','text':'yes, no','standard':100},"
        "{'type':'claim','id':'C2','kind':'use','text':'x','standard':10000,'standard_name':'beyond-reasonable-doubt'},"
        "{'type':'statement','id':'S2','party':'acme','act':'demands','said':'2020-09-04T04:30:00Z',"
        " 'text':'stop, or j" DOTS "@a" DOTS ".example','relays':['S1'],"
        " 'notice':{'to':'cy','due':'2020-09-11','due_said':'7 days from 2020-09-04','from':'2020-09-04','demands':['retract'],"
        " 'threat':'a suit'}},"
        "{'type':'statement','id':'S1','party':'cy','act':'asserts','said':'2020-08-30','text':'it was','claims':['C1'],"
        " 'grade':'B2'}]");
    assert_int_equal(json_array_size(entries), json_array_size(expected));
    for (size_t i = 0; i < json_array_size(expected); i++) {
        json_t *entry = json_array_get(entries, i);
        static const char *const envelope[] = {"v", "n", "time", "by"};
        for (size_t j = 0; j < 4; j++) {
            assert_int_equal(json_object_del(entry, envelope[j]), 0);
        }
        if (!json_equal(entry, json_array_get(expected, i))) {
            fail_msg("%s", json_dumps(entry, 0));
        }
    }
    json_decref(entries);
}

static void later_file_adds_and_supersedes(void **state)
{
    (void)state;
    struct err err = {0};
    json_t *entries = NULL;
    static const char first[] =
        "parties: [{id: acme, name: Acme, kind: company}]\nclaims: [{id: C1, kind: use, text: used}]\n";
    assert_int_equal(say(first, &entries, &err), 0);
    assert_int_equal(json_array_size(entries), 2);
    json_decref(entries);
    assert_int_equal(say(first, &entries, &err), 0); /* nothing new is said */
    assert_int_equal(json_array_size(entries), 0);
    json_decref(entries);
    assert_int_equal(
        say("case: {question: And now?}\n"
            "claims: [{id: C1, kind: use, text: used twice}, {id: C2, kind: ransom, text: asked, burden: acme}]\n",
            &entries, &err),
        0);
    assert_int_equal(json_array_size(entries), 3);
    assert_string_equal(json_text(json_array_get(entries, 0), "supersedes", ""), "case");
    assert_string_equal(json_text(json_array_get(entries, 0), "name", ""), "c");
    assert_non_null(json_text(json_array_get(entries, 0), "vkey", NULL));
    assert_string_equal(json_text(json_array_get(entries, 1), "supersedes", ""), "C1");
    assert_null(json_text(json_array_get(entries, 2), "supersedes", NULL));
    json_decref(entries);
    OWN(own_json) json_t *model = assay_case_model(kase, &err);
    json_t *claims = json_object_get(model, "claims");
    assert_int_equal(json_array_size(claims), 2);
    assert_string_equal(json_text(json_array_get(claims, 0), "text", ""), "used twice");
    assert_string_equal(json_text(json_object_get(model, "case"), "question", ""), "And now?");
    assay_case_close(kase);
    kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE); /* a case whose own entry was superseded opens like any other */
    assert_true(kit_verifies(kit_path("c")));
}

#define PARTY "parties: [{id: acme, name: Acme, kind: company}]\n"
#define STATEMENT "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no}\n"

#define NOTICE                                                                                              \
    PARTY "statements:\n  - {id: S1, party: acme, act: demands, time: 2020-08-30, text: no,\n     notice: " \
          "{to: acme, "

static void wrong_files_are_named_by_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *says, *remedy;
    } rows[] = {
        {"", "statements.yaml: says nothing", "parties, claims, statements, replies and clocks"},
        {"- a\n", ":1:1: not a statements file", ""},
        {"party: []\n", ":1:1: unknown key 'party'", ""},
        {"partys: []\n", ":1:1: unknown key 'partys'; did you mean parties?", ""},
        {"claim: []\n", ":1:1: unknown key 'claim'; did you mean claims?", ""},
        {"parties: {}\n", ":1:10: 'parties' is a list", ""},
        {"parties: [acme]\n", ":1:11: a party is written as keys", ""},
        {"parties: [{id: a, name: A}]\n", ":1:11: a party needs 'kind'", ""},
        {"parties:\n  - id: a\n    name: A\n    kind: firm\n", ":4:11: no kind is called 'firm'",
         "one of person, company"},
        {"parties:\n  - id: a\n    name: A\n    kind: compny\n",
         ":4:11: no kind is called 'compny'; did you mean company?", ""},
        {"parties:\n  - id: a\n    nmae: A\n", ":3:5: unknown key 'nmae'; did you mean name?",
         "the keys here are id, name"},
        {"parties:\n  - id: a\n    id: b\n", ":3:5: this key stands here twice", ""},
        {"parties: [{id: a b, name: A, kind: company}]\n", ":1:16: 'a b' cannot be an id", ""},
        {"parties: [{id: a, name: '', kind: company}]\n", ":1:25: 'name' is empty", ""},
        {"parties: [{id: a, name: ~, kind: company}]\n", ":1:25: 'name' is empty", ""},
        {"parties: [{id: a, name: [x], kind: company}]\n", ":1:25: 'name' is text", ""},
        {PARTY "claims: [{id: acme, kind: use, text: x}]\n", ":2:15: the id 'acme' stands in line 1 already", ""},
        {PARTY STATEMENT "    \n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no}\n",
         ":5:10: the id 'S1' stands in line 3", ""},
        {STATEMENT, ":2:21: there is no party 'acme'", ""},
        {"parties: [{id: acne, name: A, kind: company}]\n" STATEMENT,
         ":3:21: there is no party 'acme'; did you mean acne?", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: soon, text: no}\n",
         ":3:46: 'soon' is no time", "2020-08-30"},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-02-30, text: no}\n",
         ":3:46: '2020-02-30' is no time", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: deny, time: 2020-08-30, text: no}\n",
         ":3:32: no act is called 'deny'", "denies"},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, claims: [C1]}\n",
         ":3:77: there is no claim 'C1'", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, claims: [acme]}\n",
         ":3:77: 'acme' is a party, not a claim", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, claims: C1}\n",
         ":3:76: 'claims' is a list", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, grade: G7}\n",
         ":3:75: 'G7' is no Admiralty", "B2"},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, relays: [S1]}\n",
         ":3:10: statement 'S1' rests on itself", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, relays: [S2]}\n"
               "  - {id: S2, party: acme, act: denies, time: 2020-08-30, text: no, relays: [S1]}\n",
         "rests on itself, by way of 'S2'", ""},
        {PARTY
         "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no,\n     notice: {to: acme, due: 2020-09-01}}\n",
         ":3:5: only a statement that demands", ""},
        {PARTY
         "statements:\n  - {id: S1, party: acme, act: demands, time: 2020-08-30, text: no,\n     notice: {to: acme, due: 7 days}}\n",
         ":4:30: deadline \"7 days\" has no start", "7 days from 2026-03-31T09:00Z"},
        {PARTY
         "statements:\n  - {id: S1, party: acme, act: demands, time: 2020-08-30, text: no,\n     notice: {to: acme, due: soon from 2020-09-01}}\n",
         ":4:30: 'soon from 2020-09-01' is no deadline", "7 days from"},
        {PARTY
         "statements:\n  - {id: S1, party: acme, act: demands, time: 2020-08-30, text: no,\n     notice: {to: acme}}\n",
         ":4:14: a notice needs 'due'", ""},
        {PARTY
         "statements:\n  - {id: S1, party: acme, act: demands, time: 2020-08-30, text: no,\n     notice: {to: bob, due: 2020-09-01}}\n",
         ":4:19: there is no party 'bob'", ""},
        {NOTICE "due: 5 business days from served}}\n", ":4:30: the clock starts when it was served", "add served:"},
        {NOTICE "due: 5 busy days from 2020-09-01}}\n", ":4:30: '5 busy days from 2020-09-01' is no deadline",
         "5 business days from served"},
        {NOTICE "due: 2020-09-09, zone: Asia/Calcuta}}\n", ":4:48: no time zone is called 'Asia/Calcuta'",
         "Asia/Kolkata"},
        {NOTICE "due: 2020-09-09, zone: ../../etc/passwd}}\n", ":4:48: no time zone is called", "tz database"},
        {NOTICE "due: 2020-09-09, calendar: UK}}\n", ":4:52: no calendar is called 'UK'", "weekends, US, EU, IN"},
        {NOTICE "due: 2020-09-09, holidays: [soon]}}\n", ":4:53: 'soon' is no date", ""},
        {NOTICE "due: 2020-09-09, served: soon}}\n", ":4:50: 'soon' is no time", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, retracts: [S1]}\n",
         ":3:5: only a statement that retracts", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: retracts, time: 2020-08-30, text: no, retracts: [S9]}\n",
         ":3:81: there is no statement 'S9'", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, grade: 2B}\n",
         ":3:75: '2B' is no Admiralty", "F and 6: cannot be judged"},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, grade: {source: 2}}\n",
         ":3:84: '2' is no Admiralty", ""},
        {PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: no, grade: {why: x}}\n",
         ":3:75: a grade needs 'source' or 'information'", ""},
        {"parties: [{id: a, name: A, kind: account, compromised: [{from: 2020-01-01}, {from: 2020-02-01}]}]\n",
         ":1:56: the whole party is compromised twice", "a span with a channel"},
        {"parties: [{id: a, name: A, kind: company, affiliation: {with: b, source: x, dated: 2020-01-01}}]\n",
         ":1:63: there is no party 'b'", ""},
        {"parties: [{id: a, name: A, kind: company, affiliation: {with: a, dated: 2020-01-01}}]\n",
         ":1:56: a affiliation needs 'source'", ""},
        {PARTY "replies: [{id: A1, party: acme, about: [C1], asked: 2020-08-30, channel: post}]\n",
         ":2:41: there is no statement or claim 'C1'", ""},
        {PARTY "replies: [{id: A1, party: acme, about: [acme], asked: 2020-08-30, channel: post}]\n",
         ":2:41: 'acme' is a party, not a statement or claim", ""},
        {PARTY "replies: [{id: A1, party: acme, about: [], asked: 2020-08-30}]\n",
         ":2:11: a right-of-reply needs 'channel'", ""},
        {PARTY "replies: [{id: A1, party: acme, about: [], asked: 2020-08-30, channel: post, answered: maybe}]\n",
         ":2:88: 'answered' is 'no', or says when and what", "answered: {time:"},
        {PARTY "replies: [{id: A1, party: acme, about: [], asked: 2020-08-30, channel: post, until: 3 days}]\n",
         ":2:85: deadline \"3 days\" has no start", ""},
        {PARTY "clocks: [{id: T1, party: acme, what: reported, time: 2020-08-30}]\n",
         ":2:10: a clock that says 'reported'", "data/deadlines.yaml"},
        {PARTY "clocks: [{id: T1, party: acme, what: awake, time: 2020-08-30}]\n",
         ":2:38: no what is called 'awake'; did you mean aware?", ""},
        {"claims: [{id: C1, kind: use, text: x, standard: 1}]\n", ":1:49: '1' is no standard of proof", "such as 100"},
        {"claims: [{id: C1, kind: use, text: x, standard: certain}]\n", ":1:49: 'certain' is no standard of proof",
         "clear-and-convincing"},
        {"claims: [{id: C1, kind: use, text: x, window: {from: 2020-09-02, to: 2020-09-01}}]\n",
         ":1:47: ends before it begins", ""},
        {"parties: &a []\n", "anchors and tags", ""},
        {"parties: *a\n", "aliases", ""},
        {"parties: !!set {}\n", "anchors and tags", ""},
        {"parties: []\n---\nparties: []\n", ":2:1: a second document", ""},
        {"parties: [\n", "statements.yaml:2:", ""},
        {"\tparties: []\n", "statements.yaml:1:", ""},
        {"parties: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]\n", "nested too deep", ""},
        {"? [a]\n: b\n", "a key has to be a word", ""},
        {"parties: \xff\n", "not UTF-8", ""},
        {"parties: [{id: a, name: \"x\\0y\", kind: company}]\n", ":1:25: a character that is no text", ""},
        {"parties: [{id: a, name: \"x\\x1b[2J\", kind: company}]\n", ":1:25: a character that is no text", ""},
    };
    OWN(own_buf) struct buf before = {0};
    OWN(own_buf) struct buf after = {0};
    kit_read(kit_path("c/ledger.jsonl"), &before);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        json_t *entries = NULL;
        if (say(rows[i].yaml, &entries, &err) != -1 || err.kind != ERR_FORMAT ||
            strstr(err.text, rows[i].says) == NULL || strstr(err.remedy, rows[i].remedy) == NULL) {
            fail_msg("%s gives: %s\n  %s", rows[i].yaml, err.text, err.remedy);
        }
    }
    kit_read(kit_path("c/ledger.jsonl"), &after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
}

/* What one entry of a file becomes, without the envelope. */
static json_t *becomes(const char *yaml, size_t index)
{
    static const char *const envelope[] = {"v", "n", "time", "by"};
    struct err err = {0};
    OWN(own_json) json_t *entries = NULL;
    if (say(yaml, &entries, &err) != 0) {
        fail_msg("%s\n%s", yaml, err.text);
    }
    json_t *entry = json_incref(json_array_get(entries, index));
    for (size_t i = 0; i < sizeof envelope / sizeof envelope[0]; i++) {
        (void)json_object_del(entry, envelope[i]);
    }
    return entry;
}

static void check_entry(const char *yaml, size_t index, const char *expected)
{
    OWN(own_json) json_t *entry = becomes(yaml, index);
    OWN(own_json) json_t *wanted = kit_json(expected);
    if (!json_equal(entry, wanted)) {
        fail_msg("%s", json_dumps(entry, JSON_SORT_KEYS));
    }
}

static void notices_replies_and_clocks_become_entries(void **state)
{
    (void)state;
    check_entry(
        PARTY
        "statements:\n  - {id: S1, party: acme, act: demands, time: 2026-07-01, text: stop, grade: {source: B, by: acme},\n"
        "     notice: {to: acme, due: 2 business days from served, served: 2026-07-02T20:00-04:00, calendar: US,\n"
        "       zone: America/New_York, holidays: [2026-07-06]}}\n",
        1,
        "{'type':'statement','id':'S1','party':'acme','act':'demands','said':'2026-07-01','text':'stop','grade':'B',"
        "'graded':{'by':'acme'},'notice':{'to':'acme','due':'2026-07-08','due_said':'2 business days from served',"
        "'from':'2026-07-03T00:00:00Z','served':'2026-07-03T00:00:00Z','calendar':'US','zone':'America/New_York',"
        "'holidays':['2026-07-06'],'ends':'2026-07-09T04:00:00Z'}}");
    check_entry(
        "parties: [{id: p, name: P, kind: account, duties: gdpr, compromised: [{from: 2020-01-01},\n"
        "  {channel: twitter, from: 2020-02-01}], affiliation: {with: acme, as: owner, source: a paper, dated: 2020-03-01}}]\n",
        0,
        "{'type':'party','id':'p','name':'P','kind':'account','duties':['gdpr'],'compromised':{'from':'2020-01-01'},"
        "'compromised_channels':[{'channel':'twitter','from':'2020-02-01'}],"
        "'affiliation':[{'with':'acme','as':'owner','source':'a paper','dated':'2020-03-01'}]}");
    check_entry(
        "replies: [{id: A1, party: acme, by: p, about: [S1], asked: 2026-07-01, channel: post, until: 3 days from asked,\n"
        "  answered: {time: 2026-07-02, text: no comment, statement: S1}}]\n",
        0,
        "{'type':'right-of-reply','id':'A1','party':'acme','asked_by':'p','about':['S1'],'asked':'2026-07-01',"
        "'channel':'post','until':'2026-07-04','due_said':'3 days from asked','from':'2026-07-01',"
        "'answered':{'at':'2026-07-02','text':'no comment','statement':'S1'}}");
    check_entry(
        "replies: [{id: A2, party: acme, about: [S1], asked: 2026-07-01, channel: post, answered: no}]\n", 0,
        "{'type':'right-of-reply','id':'A2','party':'acme','about':['S1'],'asked':'2026-07-01','channel':'post',"
        "'answered':false}");
    check_entry("clocks: [{id: T1, party: acme, what: aware, time: 2026-07-01, by: p}]\n", 0,
                "{'type':'clock','id':'T1','party':'acme','what':'aware','at':'2026-07-01','said_by':'p'}");
    assert_true(kit_verifies(kit_path("c")));
}

static void circle_through_earlier_statements_is_noticed(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(say(PARTY "statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: a}\n"
                               "  - {id: S2, party: acme, act: denies, time: 2020-08-30, text: b, relays: [S1]}\n",
                         NULL, &err),
                     0);
    assert_int_equal(
        say("statements:\n  - {id: S1, party: acme, act: denies, time: 2020-08-30, text: a, relays: [S2]}\n", NULL,
            &err),
        -1);
    assert_non_null(strstr(err.text, "rests on itself"));
}

static void large_file_is_bounded(void **state)
{
    (void)state;
    struct err err = {0};
    OWN(own_buf) struct buf yaml = {0};
    buf_puts(&yaml, "parties:\n");
    while (yaml.len < (2 << 20)) {
        buf_puts(&yaml, "# nothing but words\n");
    }
    assert_int_equal(say(yaml.data, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    yaml.len = 9;
    yaml.data[9] = '\0';
    for (unsigned i = 0; i < 3000; i++) {
        buf_printf(&yaml, "  - {id: p%u, name: n, kind: company}\n", i);
    }
    json_t *entries = NULL;
    assert_int_equal(say(yaml.data, &entries, &err), 0);
    assert_int_equal(json_array_size(entries), 3000);
    json_decref(entries);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_case, close_case)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(personal_data_is_masked),
        TEST(file_becomes_entries),
        TEST(later_file_adds_and_supersedes),
        TEST(wrong_files_are_named_by_line_and_column),
        TEST(notices_replies_and_clocks_become_entries),
        TEST(circle_through_earlier_statements_is_noticed),
        TEST(large_file_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

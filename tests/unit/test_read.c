/* What read makes of single sentences: each row is a document and one proposal that must be, or must not be, among its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "assay/read.h"
#include "base/json.h"
#include "base/own.h"

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    (void)kind;
    return json_array_append(self, body);
}

static json_t *read_text(const char *text, const char *published)
{
    char lexicons[4096];
    struct err err = {0};
    json_t *all = json_array();
    (void)snprintf(lexicons, sizeof lexicons, "%s/data/read", getenv("ASSAY_SOURCE"));
    int fd = memfd_create("text", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    struct assay_read_options options = {.path = "text", .fd = fd, .lexicons = lexicons, .published = INT64_MIN};
    if (published != NULL) {
        int64_t days = (int64_t)(published[8] - '0') * 10 + (published[9] - '0') - 1; /* of March 2026 */
        options.published = (20513 + days) * INT64_C(86400000000000);
        options.is_published_date = true;
    }
    struct assay_sink sink = {all, hear, NULL, NULL};
    if (assay_read(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    close(fd);
    return all;
}

/* Is there a record of that class whose two members are these? */
static bool has(const json_t *all, const char *class, const char *key, const char *value, const char *other,
                const char *wanted)
{
    size_t i;
    const json_t *body;
    json_array_foreach(all, i, body)
    {
        if (strcmp(json_text(body, "class", ""), class) == 0 && strcmp(json_text(body, key, "-"), value) == 0 &&
            (other == NULL || strcmp(json_text(body, other, "-"), wanted) == 0)) {
            return true;
        }
    }
    return false;
}

struct row {
    const char *text, *class, *key, *value, *other, *wanted;
    bool is_absent;
};

/* All published on Tuesday, 10 March 2026. */
static const struct row rows[] = {
    {"It happened last Tuesday.", "date", "said", "last Tuesday", "time", "2026-03-03", false},
    {"It happened on Tuesday.", "date", "said", "Tuesday", "time", "2026-03-10", false},
    {"It happened on Monday evening IST.", "date", "said", "Monday evening IST", "time", "2026-03-09", false},
    {"It happened three weeks ago.", "date", "said", "three weeks ago", "time", "2026-02-17", false},
    {"It happened on 03/04/2026.", "date", "said", "03/04/2026", "unresolved",
     "day and month could be either way round", false},
    {"It happened on 13/04/2026.", "date", "said", "13/04/2026", "time", "2026-04-13", false},
    {"It happened on 30 December.", "date", "said", "30 December", "time", "2025-12-30", false},
    {"It happened on 31 February 2026.", "date", "said", "31 February 2026", "unresolved", "no such day", false},
    {"You may march in march.", "date", "said", "march", NULL, NULL, true},
    {"You must reply by close of business Friday.", "deadline", "said", "by close of business Friday", "due",
     "2026-03-13", false},
    {"You must reply within seven days of receipt.", "deadline", "said", "within seven days of receipt", "due",
     "2026-03-17", false},
    {"You must reply within 5 working days.", "deadline", "said", "within 5 working days", "due", "2026-03-17", false},
    {"You must reply by 5 pm IST on 17 March.", "deadline", "said", "by 5 pm IST on 17 March", "due",
     "2026-03-17T17:00:00+05:30", false},
    {"You must reply within one month.", "deadline", "said", "within one month", "due", "2026-04-10", false},
    {"You must reply within 5 hours.", "deadline", "unresolved", "hours from an hour that is not known", NULL, NULL,
     false},
    {"By Friday it had rained.", "deadline", "due", "2026-03-13", NULL, NULL, true},
    {"Tarn Bank denied the claim.", "statement", "speaker", "Tarn Bank", "act", "denies", false},
    {"Tarn Bank did not deny the claim.", "statement", "speaker", "Tarn Bank", NULL, NULL, true},
    {"Tarn Bank declined to comment on the breach.", "statement", "speaker", "Tarn Bank", NULL, NULL, true},
    {"\"No data was taken,\" said Ann Lee, a spokeswoman for Tarn Bank.", "statement", "speaker", "Tarn Bank", "act",
     "denies", false},
    {"The claims were rejected by Tarn Bank.", "statement", "speaker", "Tarn Bank", "act", "denies", false},
    {"According to Tarn Bank, nothing was stolen.", "statement", "speaker", "Tarn Bank", "act", "denies", false},
    {"On Monday the Tarn Bank said that it had been hacked.", "statement", "speaker", "Tarn Bank", "time", "2026-03-09",
     false},
    {"Tarn Bank wrote: \xe2\x80\x9cThe list is not genuine.\xe2\x80\x9d", "statement", "speaker", "Tarn Bank", "act",
     "denies", false},
    {"The group Owlhand demanded $1.5m from Tarn Bank.", "ransom", "amount", "1500000", "currency", "USD", false},
    {"The group Owlhand demanded \xe2\x82\xb9"
     "40 lakh.",
     "ransom", "amount", "4000000", "currency", "INR", false},
    {"Write to ann.lee@example.org today.", "contact", "value",
     "a\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@e\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2.org", "type", "e-mail", false},
    {"You must reply by the end of the month.", "deadline", "said", "by the end of the month", "due", "2026-03-31",
     false},
    {"You must reply by no later than 12 noon on 17 March 2026.", "deadline", "due", "2026-03-17T12:00:00Z", NULL, NULL,
     false},
    {"It was uploaded on the 5th, it seems.", "date", "said", "5th", "time", "2026-03-05", false},
    {"Tarn Bank found traces dating back to 9 December.", "date", "said", "9 December", "time", "2025-12-09", false},
    {"Tarn Bank told reporters that it will not pay a ransom.", "statement", "act", "denies", NULL, NULL, true},
    {"Tarn Bank said it could not rule out that data was stolen.", "statement", "act", "denies", NULL, NULL, true},
    {"Tarn Bank said it did not know whether data was stolen.", "statement", "act", "denies", NULL, NULL, true},
    {"Nora Quist, 41, said that data was stolen.", "party", "name", "Nora Quist", "kind_of_party", "person", false},
    {"The group Owlhand said it took 3 GB and would sell them unless it is paid.", "statement", "act", "demands", NULL,
     NULL, false},
    {"Two banks contacted by Tarn Bank said the numbers were stolen.", "statement", "speaker", "unnamed source", NULL,
     NULL, false},
    {"\"We demand an apology for the false story,\" Tarn Bank said.", "statement", "act", "demands", NULL, NULL, false},
    {"Tarn Bank became aware of the breach on 2 March.", "clock", "who", "Tarn Bank", "time", "2026-03-02", false},
    {"Tarn Bank will become aware of the breach on 20 March.", "clock", "who", "Tarn Bank", NULL, NULL, true},
    {"The Tarn Gazette\n10 March 2026\n\nOwl Bank did not respond to a request for comment.", "reply", "asked_name",
     "Owl Bank", "outcome", "silent", false},
    {"The Tarn Gazette\n10 March 2026\n\nOwl Bank declined to comment.", "reply", "outcome", "no comment", "by",
     "tarn-gazette", false},
    {"The Tarn Gazette\n10 March 2026\n\nThe Gazette asked Owl Bank for comment by noon on 9 March.", "reply",
     "outcome", "not told", "asked_name", "Owl Bank", false},
    {"The Tarn Gazette\n10 March 2026\n\nAsked by the Gazette on Monday, Owl Bank denied that it was hacked.", "reply",
     "outcome", "answered", "asked", "2026-03-09", false},
    {"The Tarn Gazette\n10 March 2026\n\nOwl Bank declined to say how many.", "reply", "asked_name", "Owl Bank", NULL,
     NULL, true},
    {"From: Owl Bank\nTo: Ann Lee\n\nThis notice was served on you on 4 March 2026. You must reply within 7 days of "
     "service.",
     "deadline", "served", "2026-03-04", "due", "2026-03-11", false},
    {"Posted by: darkfen\n2 March 2026\n\nI hacked Owl Bank.\n\nPosted by: mossback\n3 March 2026\n\nThat is fake.",
     "statement", "speaker", "mossback", "time", "2026-03-03", false},
    {"See CVE-2026-12345 for it.", "cve", "value", "CVE-2026-12345", NULL, NULL, false},
};

static void proposals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        OWN(own_json) json_t *all = read_text(row->text, "2026-03-10");
        if (has(all, row->class, row->key, row->value, row->other, row->wanted) == row->is_absent) {
            OWN(own_mem) char *text = json_dumps(all, JSON_INDENT(1));
            fail_msg("%s: %s %s\n%s", row->text, row->is_absent ? "has" : "lacks", row->value, text);
        }
    }
}

/* Handles, addresses and numbers stand nowhere in what is told. */
static void contacts_are_masked(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *all = read_text("Posted by: darkfen\n\nWe hacked Tarn Bank. Ask @night_seller, +44 20 7946 0123 or "
                            "ann.lee@example.org, Telegram: nightsellerbot.\n",
                            "2026-03-10");
    OWN(own_mem) char *text = json_dumps(all, 0);
    assert_null(strstr(text, "night_seller"));
    assert_null(strstr(text, "nightsellerbot"));
    assert_null(strstr(text, "ann.lee"));
    assert_null(strstr(text, "7946"));
    assert_true(has(all, "contact", "type", "telephone", NULL, NULL));
}

/* A forwarded mail is its sender's; what a retraction takes back is named. */
static void forwards_and_retractions(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *mail =
        read_text("From: Ann Lee <ann.lee@owlbank.example>\nTo: desk@owlbank.example\nDate: Tue, 10 Mar 2026 "
                  "08:00:00 +0000\nSubject: Fwd: x\n\nPlease reply by Friday.\n\n---------- Forwarded "
                  "message ----------\nFrom: Bo Quist <quist@x.example>\nDate: Mon, 9 Mar 2026 10:00:00 "
                  "+0000\n\nWe stole your customer database.\n",
                  NULL);
    assert_true(has(mail, "statement", "speaker", "Bo Quist", "time", "2026-03-09T10:00:00Z"));
    assert_true(has(mail, "statement", "speaker", "Ann Lee", "act", "demands"));
    OWN(own_json)
    json_t *paper = read_text("The Tarn Gazette\n10 March 2026\n\nOn 3 March we reported that Owl Bank had been "
                              "hacked. We withdraw that report.\n",
                              NULL);
    size_t i;
    const json_t *body, *first = NULL;
    bool takes_back = false;
    json_array_foreach(paper, i, body)
    {
        bool is_it = strcmp(json_text(body, "act", ""), "retracts") == 0;
        first = first == NULL && strcmp(json_text(body, "act", ""), "reports") == 0 ? body : first;
        takes_back |= is_it && json_equal(json_array_get(json_object_get(body, "retracts"), 0),
                                          json_object_get(first, "id")) == 1;
    }
    assert_true(takes_back);
}

/* What is not looked at is said: another language, a day that nobody knows. */
static void silence_is_counted(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *foreign = read_text("Das Unternehmen wies den Vorwurf zur\xc3\xbc"
                                "ck, Kundendaten seien gestohlen worden. Belege fehlen bislang.",
                                "2026-03-10");
    const json_t *summary = json_array_get(foreign, json_array_size(foreign) - 1);
    assert_string_equal(json_text(summary, "language", ""), "could not tell");
    assert_false(json_bool(summary, "complete", true));
    OWN(own_json) json_t *undated = read_text("Tarn Bank denied on Tuesday that it had been hacked.", NULL);
    summary = json_array_get(undated, json_array_size(undated) - 1);
    assert_false(json_bool(summary, "complete", true));
    assert_true(json_int(summary, "unresolved", 0) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals),
        cmocka_unit_test(contacts_are_masked),
        cmocka_unit_test(silence_is_counted),
        cmocka_unit_test(forwards_and_retractions),
    };
    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}

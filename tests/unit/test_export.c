/* The exports of the models that the report's own tests use: shape, sameness of bytes, and that nothing is said that the case does not
 * say. tests/cli/test_export.py checks them against the published schemas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/export.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

static json_t *model_of(const char *name)
{
    char path[4096];
    json_error_t problem;
    const char *source = getenv("ASSAY_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/golden/%s.json", source != NULL ? source : ".", name);
    json_t *model = json_load_file(path, JSON_ALLOW_NUL, &problem);
    assert_non_null(model);
    return model;
}

static char *exported(const json_t *model, const char *format)
{
    char *text = NULL;
    size_t length = 0;
    struct err err = {0};
    assert_int_equal(assay_export(model, format, NULL, &text, &length, &err), 0);
    assert_non_null(text);
    assert_int_equal(strlen(text), length);
    assert_true(str_is_utf8((struct str){text, length}));
    return text;
}

static const char *const models[] = {"report-full", "report-nothing", "report-reach", "report-sample", "report-trace"};

static void every_format_of_every_model_twice_alike(void **state)
{
    size_t count;
    const struct assay_export_format *formats = assay_export_formats(&count);
    (void)state;
    assert_true(count >= 6);
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
        OWN(own_json) json_t *model = model_of(models[m]);
        OWN(own_json) json_t *again = model_of(models[m]);
        for (size_t f = 0; f < count; f++) {
            OWN(own_mem) char *first = exported(model, formats[f].name);
            OWN(own_mem) char *second = exported(again, formats[f].name);
            assert_string_equal(first, second);
            assert_true(first[0] == '\0' || first[strlen(first) - 1] == '\n');
        }
    }
}

static json_t *parsed(const char *text)
{
    json_error_t problem;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
    if (value == NULL) {
        print_error("%s\n", problem.text);
    }
    assert_non_null(value);
    return value;
}

/* No reference leads out of the bundle, no id stands twice. */
static void a_stix_bundle_is_closed(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
        OWN(own_json) json_t *model = model_of(models[m]);
        OWN(own_mem) char *text = exported(model, "stix");
        OWN(own_json) json_t *bundle = parsed(text);
        OWN(own_json) json_t *ids = json_object();
        const json_t *objects = json_object_get(bundle, "objects");
        size_t i, r;
        const json_t *object, *ref;
        json_array_foreach(objects, i, object)
        {
            const char *id = json_text(object, "id", "");
            assert_null(json_object_get(ids, id));
            assert_true(str_starts(str_of(id), str_of(json_text(object, "type", "?"))));
            json_object_set_new(ids, id, json_true());
        }
        static const char *const single[] = {"created_by_ref", "source_ref", "target_ref", "sighting_of_ref"};
        static const char *const many[] = {"object_refs", "observed_data_refs"};
        json_array_foreach(objects, i, object)
        {
            for (size_t s = 0; s < sizeof single / sizeof single[0]; s++) {
                const char *to = json_text(object, single[s], NULL);
                assert_true(to == NULL || json_object_get(ids, to) != NULL);
            }
            for (size_t s = 0; s < sizeof many / sizeof many[0]; s++) {
                const json_t *refs = json_object_get(object, many[s]);
                assert_true(refs == NULL || json_array_size(refs) > 0);
                json_array_foreach(refs, r, ref)
                {
                    assert_non_null(json_object_get(ids, json_string_value(ref)));
                }
            }
        }
    }
}

static const json_t *of_label(const json_t *bundle, const char *type, const char *label, size_t *count)
{
    const json_t *last = NULL;
    size_t i;
    const json_t *object;
    *count = 0;
    json_array_foreach(json_object_get(bundle, "objects"), i, object)
    {
        const char *first = json_string_value(json_array_get(json_object_get(object, "labels"), 0));
        if (strcmp(json_text(object, "type", ""), type) == 0 && first != NULL && strcmp(first, label) == 0) {
            last = object;
            ++*count;
        }
    }
    return last;
}

static void a_verdict_takes_both_axes_along(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = model_of("report-full");
    OWN(own_mem) char *text = exported(model, "stix");
    OWN(own_json) json_t *bundle = parsed(text);
    size_t count;
    const json_t *opinion = of_label(bundle, "opinion", "verdict", &count);
    assert_int_equal(count, json_array_size(json_object_get(model, "verdicts")));
    const char *key;
    json_t *extension = NULL, *each;
    json_object_foreach(json_object_get(opinion, "extensions"), key, each)
    {
        extension = each;
    }
    assert_non_null(json_object_get(extension, "direction"));
    assert_non_null(json_object_get(extension, "coverage"));
}

/* Undetermined is neutral, and nothing else is. */
static void directions_become_the_words_of_each_format(void **state)
{
    static const struct {
        const char *direction;
        double log10_lr;
        const char *opinion;
        int rating;
        const char *incident;
    } rows[] = {
        {"supported", 2.5, "agree", 5, "Confirmed"},        {"supported", 4, "strongly-agree", 5, "Confirmed"},
        {"refuted", -2.5, "disagree", 1, "False positive"}, {"refuted", -4.2, "strongly-disagree", 1, "False positive"},
        {"undetermined", 1.9, "neutral", 3, "Suspected"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_json)
        json_t *model =
            json_pack("{s:{s:s,s:s,s:s,s:i,s:s}, s:[{s:s,s:s,s:s,s:i,s:s}], s:[{s:s,s:s,s:s,s:f,s:i,s:s,s:{}}]}",
                      "case", "id", "case", "name", "x", "vkey", "k", "n", 0, "time", "2026-01-01T00:00:00Z", "claims",
                      "id", "C1", "kind", "use", "text", "It was used.", "n", 1, "time", "2026-01-01T00:00:00Z",
                      "verdicts", "id", "V01", "claim", "C1", "direction", rows[i].direction, "log10_lr",
                      rows[i].log10_lr, "n", 2, "time", "2026-01-02T00:00:00Z", "coverage");
        assert_non_null(model);
        OWN(own_mem) char *stix = exported(model, "stix");
        OWN(own_mem) char *review = exported(model, "claimreview");
        OWN(own_mem) char *veris = exported(model, "veris");
        OWN(own_json) json_t *bundle = parsed(stix);
        OWN(own_json) json_t *reviews = parsed(review);
        OWN(own_json) json_t *incident = parsed(veris);
        size_t count;
        assert_string_equal(json_text(of_label(bundle, "opinion", "verdict", &count), "opinion", ""), rows[i].opinion);
        const json_t *rating = json_object_get(json_array_get(json_object_get(reviews, "@graph"), 0), "reviewRating");
        assert_int_equal(json_int(rating, "ratingValue", 0), rows[i].rating);
        assert_string_equal(json_text(incident, "security_incident", ""), rows[i].incident);
    }
}

static void a_long_claim_is_cut_at_a_word(void **state)
{
    (void)state;
    OWN(own_json)
    json_t *model = json_pack(
        "{s:{s:s,s:s}, s:[{s:s,s:s}]}", "case", "name", "x", "time", "2026-01-01T00:00:00Z", "claims", "id", "C1",
        "text",
        "Ünrestricted access to the entire databases of the shop was had by somebody with an alias that nobody knows");
    OWN(own_mem) char *text = exported(model, "claimreview");
    OWN(own_json) json_t *reviews = parsed(text);
    const char *short_text = json_text(json_array_get(json_object_get(reviews, "@graph"), 0), "claimReviewed", "");
    assert_string_equal(short_text, "Ünrestricted access to the entire databases of the shop was had by…");
}

/* A case of one claim, judged, with so much of what would show it examined. */
static json_t *judged_claim(const char *text, double share)
{
    json_t *model = json_pack(
        "{s:{s:s,s:s,s:s,s:i,s:s}, s:[{s:s,s:s,s:s,s:i,s:s}], s:[{s:s,s:s,s:s,s:f,s:i,s:s,s:{s:f}}]}", "case", "id",
        "case", "name", "x", "vkey", "k", "n", 0, "time", "2026-01-01T00:00:00Z", "claims", "id", "C1", "kind", "use",
        "text", text, "n", 1, "time", "2026-01-01T00:00:00Z", "verdicts", "id", "V01", "claim", "C1", "direction",
        "refuted", "log10_lr", -2.5, "n", 2, "time", "2026-01-02T00:00:00Z", "coverage", "share", share);
    assert_non_null(model);
    return model;
}

static void what_was_not_examined_is_never_rounded_away(void **state)
{
    static const struct {
        double share;
        const char *says;
    } rows[] = {{1, " 100 % "},  {0.9999, " 99 % "},          {0.995, " 99 % "}, {0.29, " 29 % "},
                {0.01, " 1 % "}, {0.0001, " less than 1 % "}, {0, " 0 % "}};
    static const char *const kinds[] = {"claimreview", "veris", "timesketch"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_json) json_t *model = judged_claim("It was used.", rows[i].share);
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            OWN(own_mem) char *text = exported(model, kinds[k]);
            if (strstr(text, rows[i].says) == NULL) {
                fail_msg("%s of %f: %s", kinds[k], rows[i].share, text);
            }
        }
    }
}

static void no_claim_ends_the_script_element_it_is_pasted_into(void **state)
{
    static const char *const kinds[] = {"claimreview", "stix", "misp", "veris"};
    static const char claim[] = "</script><script>alert(1)</script><!-- x";
    (void)state;
    OWN(own_json) json_t *model = judged_claim(claim, 1);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        OWN(own_mem) char *text = exported(model, kinds[k]);
        assert_null(strchr(text, '<'));
        OWN(own_json) json_t *document = parsed(text); /* and nothing is lost by it */
        if (k == 0) {
            const json_t *review = json_array_get(json_object_get(document, "@graph"), 0);
            assert_string_equal(json_text(review, "claimReviewed", ""), claim);
        }
    }
}

static void no_year_and_no_size_is_made_up(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = judged_claim("It was used.", 1);
    assert_int_equal(json_object_set_new(model, "statements", json_pack("[{s:s,s:s}]", "id", "S1", "said", "soon")), 0);
    assert_int_equal(
        json_object_set_new(model, "examinations",
                            json_pack("[{s:s,s:s,s:i,s:s,s:[{s:s,s:s,s:{s:s,s:s}}]}]", "id", "X01", "engine", "sweep",
                                      "n", 3, "time", "2026-01-01T00:00:00Z", "records", "type", "finding", "id",
                                      "X01/1", "record", "class", "webshell", "path", "www/a.php")),
        0);
    OWN(own_mem) char *veris = exported(model, "veris");
    OWN(own_mem) char *misp = exported(model, "misp");
    OWN(own_json) json_t *incident = parsed(veris);
    assert_int_equal(json_int(json_object_get(json_object_get(incident, "timeline"), "incident"), "year", 0), 2026);
    assert_non_null(strstr(misp, "a.php"));
    assert_null(strstr(misp, "size-in-bytes"));
}

/* RFC 9562, appendix A.4: a name in the DNS namespace. */
static void a_name_has_the_uuid_of_the_standard(void **state)
{
    static const uint8_t dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    char out[UUID_TEXT];
    (void)state;
    uuid_of(out, dns, STR("www.example.com"));
    assert_string_equal(out, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void a_format_that_is_none_is_named_with_those_that_are(void **state)
{
    (void)state;
    OWN(own_json) json_t *model = model_of("report-nothing");
    char *text = NULL;
    size_t length;
    struct err err = {0};
    assert_int_equal(assay_export(model, "stx", NULL, &text, &length, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.remedy, "stix"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_of_every_model_twice_alike),
        cmocka_unit_test(a_stix_bundle_is_closed),
        cmocka_unit_test(a_verdict_takes_both_axes_along),
        cmocka_unit_test(directions_become_the_words_of_each_format),
        cmocka_unit_test(a_long_claim_is_cut_at_a_word),
        cmocka_unit_test(what_was_not_examined_is_never_rounded_away),
        cmocka_unit_test(no_claim_ends_the_script_element_it_is_pasted_into),
        cmocka_unit_test(no_year_and_no_size_is_made_up),
        cmocka_unit_test(a_name_has_the_uuid_of_the_standard),
        cmocka_unit_test(a_format_that_is_none_is_named_with_those_that_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What could have brought a file: candidates, each with its interval, none of them a fact. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/tell.h"

#include "base/banned.h"

enum { NEAR_SECONDS = 86400 }; /* a same client's upload further away says little */

/* The candidates of a seed that are worth saying, the best first; returns how many (at most UPLOAD_KINDS). */
size_t uploads_of(const struct telling *telling, size_t seed, enum upload_kind kinds[static UPLOAD_KINDS])
{
    const struct upload *uploads = telling->story->follow.uploads[seed];
    size_t count = 0;
    /* whoever asked for the file first is a better candidate than another who sent something at that time */
    enum upload_kind at_its_time = hit_is(&uploads[UPLOAD_CAME].hit) ? UPLOAD_CAME : UPLOAD_FILE_TIME;
    if (hit_is(&uploads[at_its_time].hit)) {
        kinds[count++] = at_its_time;
    }
    if (hit_is(&uploads[UPLOAD_SAME_CLIENT].hit) &&
        !hit_same(&uploads[UPLOAD_SAME_CLIENT].hit, &uploads[at_its_time].hit)) {
        kinds[count++] = UPLOAD_SAME_CLIENT;
    }
    bool is_given = telling->run->seeds[seed].origin ==
                    SEED_GIVEN; /* anybody's POST says too little of a path we found ourselves */
    if (count == 0 && is_given && hit_is(&uploads[UPLOAD_ANY_CLIENT].hit)) {
        kinds[count++] = UPLOAD_ANY_CLIENT;
    }
    return count;
}

/* Who sent it asked for the file before anybody was answered there. */
static void came_reason(struct record *record, json_t *reasons, const struct run *run, size_t seed,
                        const struct upload *upload)
{
    const struct use *use = uses_find(&run->survey.uses, (uint16_t)seed, upload->key);
    char text[TIME_TEXT];
    if (use != NULL) {
        duration(text, use->first.second - upload->hit.second);
        record_reason(record, reasons,
                      "the client that sent it asked for %s %s later, and nobody was answered there before",
                      run->seeds[seed].path.data, text);
    }
}

/* Sent to a page where a site's own people work: it may be theirs, though the log has no name. */
static bool is_own_work(const struct upload *upload)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, upload_text(upload, UPLOAD_TARGET));
    return path_is_administration((struct str){normal, len});
}

static void upload_reasons(struct record *record, json_t *reasons, const struct run *run, size_t seed,
                           enum upload_kind kind, const struct upload *upload)
{
    const struct hit *first = &run->survey.carriers[seed].first_ok;
    char text[TIME_TEXT];
    if (hit_is(first)) {
        bool is_same = client_key_eq(upload->key, run->survey.carriers[seed].first_key);
        bool is_before = hit_before(&upload->hit, first);
        duration(text, is_before ? first->second - upload->hit.second : upload->hit.second - first->second);
        record_reason(record, reasons, "%s %s the first answered request to %s, by %s client", text,
                      is_before ? "before" : "after", run->seeds[seed].path.data, is_same ? "the same" : "another");
    }
    if (run->seeds[seed].mtime != TIME_NONE) {
        int64_t apart = run->seeds[seed].mtime / NS_PER_S - upload->hit.second;
        duration(text, apart < 0 ? -apart : apart);
        record_reason(record, reasons, "the file's own time is %s %s this request", text,
                      apart < 0 ? "before" : "after");
    }
    if (kind == UPLOAD_CAME) {
        came_reason(record, reasons, run, seed, upload);
        if (is_own_work(upload)) {
            record_reason(record, reasons,
                          "it was sent to a page of the administration: it may be the work of the site's own people");
        }
    }
    record_reason(record, reasons, "a candidate, not a fact: the log does not hold what a request carried");
}

static const char *upload_confidence(const struct telling *telling, size_t seed, enum upload_kind kind,
                                     const struct upload *upload)
{
    const struct hit *first = &telling->run->survey.carriers[seed].first_ok;
    size_t by = suspect_number(telling->story, upload->key);
    bool is_signed_in = by < telling->story->suspect_count && telling->story->suspects[by].is_signed_in;
    if (kind == UPLOAD_CAME && !is_signed_in && upload->lens[UPLOAD_USER] == 0 && !is_own_work(upload)) {
        return "high";
    }
    bool is_near = kind == UPLOAD_FILE_TIME || kind == UPLOAD_CAME ||
                   (kind == UPLOAD_SAME_CLIENT && hit_is(first) && first->second - upload->hit.second <= NEAR_SECONDS);
    return is_near && !is_signed_in ? "medium" : "low";
}

static int tell_upload_event(struct telling *telling, size_t seed, enum upload_kind kind)
{
    const struct upload *upload = &telling->story->follow.uploads[seed][kind];
    struct record record = record_new();
    json_t *reasons = json_array();
    record_time(&record, "time", upload->hit.second);
    record_set(&record, "role", json_string("upload"));
    record_set(&record, "client", client_name(telling->story, suspect_number(telling->story, upload->key)));
    record_text(&record, "address", upload_text(upload, UPLOAD_ADDRESS));
    record_request(&record, telling->run, &upload->hit, upload_text(upload, UPLOAD_METHOD),
                   upload_text(upload, UPLOAD_TARGET), upload_text(upload, UPLOAD_USER));
    record_text(&record, "seed", telling->run->seeds[seed].path);
    upload_reasons(&record, reasons, telling->run, seed, kind, upload);
    record_set(&record, "reasons", reasons);
    return record_event(telling, &upload->hit, &record);
}

static int tell_upload(struct telling *telling, size_t seed, enum upload_kind kind)
{
    struct run *run = telling->run;
    const struct upload *upload = &telling->story->follow.uploads[seed][kind];
    const struct hit *first = &run->survey.carriers[seed].first_ok;
    struct record record = record_new();
    json_t *reasons = json_array(), *methods = json_object(), *statuses = json_object();
    char status[8];
    record_set(&record, "class", json_string("upload-candidate"));
    record_target(&record, upload_text(upload, UPLOAD_TARGET));
    record_text(&record, "seed", run->seeds[seed].path);
    record_set(&record, "class_of_path",
               run->seeds[seed].class_name == NULL ? json_null() : json_string(run->seeds[seed].class_name));
    record_set(&record, "client", client_name(telling->story, suspect_number(telling->story, upload->key)));
    record_text(&record, "address", upload_text(upload, UPLOAD_ADDRESS));
    record_count(&record, "requests", 1);
    record_time(&record, "first", upload->hit.second);
    record_time(&record, "last", upload->hit.second);
    snprintf(status, sizeof status, "%u", upload->hit.status);
    json_t *method = assay_text(upload_text(upload, UPLOAD_METHOD), 32);
    record.is_failed |= method == NULL || json_object_set_new(methods, json_string_value(method), json_integer(1)) != 0;
    json_decref(method);
    record.is_failed |= json_object_set_new(statuses, status, json_integer(1)) != 0;
    record_set(&record, "methods", methods);
    record_set(&record, "statuses", statuses);
    record_sent(&record, "body_bytes", run, &upload->hit, upload->hit.bytes);
    record_count(&record, "above_baseline", 0);
    record_count(&record, "dump_requests", 0);
    record_set(&record, "interval_s", hit_is(first) ? json_integer(first->second - upload->hit.second) : json_null());
    record_hit(&record, run, &upload->hit);
    record_set(&record, "signed_in", json_boolean(upload->lens[UPLOAD_USER] > 0));
    record_set(&record, "confidence", json_string(upload_confidence(telling, seed, kind, upload)));
    upload_reasons(&record, reasons, run, seed, kind, upload);
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

int tell_uploads(struct telling *telling)
{
    for (size_t s = 0; s < telling->run->seed_count; s++) {
        enum upload_kind kinds[UPLOAD_KINDS];
        size_t count = uploads_of(telling, s, kinds);
        for (size_t i = 0; i < count; i++) {
            TRY(tell_upload(telling, s, kinds[i]));
        }
    }
    return 0;
}

int tell_upload_events(struct telling *telling)
{
    for (size_t s = 0; s < telling->run->seed_count; s++) {
        enum upload_kind kinds[UPLOAD_KINDS];
        if (uploads_of(telling, s, kinds) > 0) {
            TRY(tell_upload_event(telling, s, kinds[0]));
        }
    }
    return 0;
}

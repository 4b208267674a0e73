/* The four words, for every question and path:
 *
 *   observed                       a finding says so
 *   not observed, full coverage    the logs given would show it, and nothing of the time asked about is missing
 *   not observed, holes            they would, but for what is listed
 *   cannot be seen                 no log given records such a thing
 *
 * The time asked about begins with the file's own time, where sweep told one, else with the first line, and ends with the last
 * line. In doubt the weaker word is taken: nobody may be cleared by a log that could not have told. */
#include "trace/answer.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/seek.h"

#include "base/banned.h"

enum { HOLES_SHOWN = 48, SOURCES_SHOWN = 32, SHORTEST_GAP = 60 };

enum word { WORD_OBSERVED, WORD_FULL, WORD_HOLES, WORD_UNSEEN };

static const char *const words[] = {"observed", "not observed, full coverage", "not observed, holes", "cannot be seen"};

/* One answer while it is thought about. */
struct answer {
    struct telling *telling;
    const struct holes *known;
    const char *question;
    const struct seed *seed; /* NULL: over all paths */
    enum log_kind kind;
    enum word word;
    bool is_about_size; /* needs sizes of answers */
    int64_t from, to;   /* INT64_MAX, INT64_MIN: no such log */
    struct holes own;   /* those at the ends of the time asked about */
    struct record record;
    json_t *holes, *why;
    size_t hole_count;
};

static void why(struct answer *answer, const char *text)
{
    answer->record.is_failed |= json_array_append_new(answer->why, json_string(text)) != 0;
}

/* ---- was it told? ---- */

/* Findings of a class: of a path, or of all with NULL. */
static uint64_t told(const struct telling *telling, const char *class_name, const char *path)
{
    json_t *paths = json_object_get(telling->told, class_name);
    const char *key;
    json_t *count;
    uint64_t sum = 0;
    json_object_foreach(paths, key, count)
    {
        if (path == NULL || strcmp(key, path) == 0) {
            sum += (uint64_t)json_integer_value(count);
        }
    }
    return sum;
}

/* ---- holes ---- */

static void put_hole(struct answer *answer, const struct hole *hole)
{
    if (answer->hole_count++ >= HOLES_SHOWN) {
        return;
    }
    struct record record = record_new();
    record_set(&record, "what", json_string(hole->what));
    record_set(&record, "source", hole->source == NULL ? json_null() : assay_text(str_of(hole->source), TEXT_CUT));
    record_time(&record, "from", hole->from);
    record_time(&record, "to", hole->to);
    if (hole->count > 0) {
        record_count(&record, "count", hole->count);
    }
    if (hole->bytes > 0) {
        record_count(&record, "bytes", hole->bytes);
    }
    if (hole->detail != NULL) {
        record_text(&record, "detail", str_of(hole->detail));
    }
    answer->record.is_failed |= record.is_failed || json_array_append_new(answer->holes, record.body) != 0;
}

static void put_holes(struct answer *answer)
{
    for (size_t i = 0; i < answer->known->count; i++) {
        if (hole_touches(&answer->known->all[i], answer->kind, answer->from, answer->to)) {
            put_hole(answer, &answer->known->all[i]);
        }
    }
    for (size_t i = 0; i < answer->own.count; i++) {
        put_hole(answer, &answer->own.all[i]);
    }
}

/* ---- can these logs show it? ---- */

static json_t *sources_of(const struct answer *answer, bool *ret_sized)
{
    const struct sources *sources = &answer->telling->run->sources;
    json_t *names = json_array();
    size_t count = 0;
    *ret_sized = true;
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->all[i];
        if (source->reader.format->kind != answer->kind) {
            continue;
        }
        *ret_sized &= (source->reader.has & LOG_HAS_BYTES) != 0;
        if (count++ < SOURCES_SHOWN) {
            json_array_append_new(names, assay_text(str_of(source->path), TEXT_CUT));
        }
    }
    return names;
}

static int set_time(struct answer *answer)
{
    struct telling *telling = answer->telling;
    if (!kind_range(telling->run, answer->kind, &answer->from, &answer->to)) {
        answer->from = INT64_MAX;
        answer->to = INT64_MIN;
        return 0;
    }
    const struct seed *seed = answer->seed;
    if (seed != NULL && seed->mtime != TIME_NONE) {
        int64_t own = seed->mtime / NS_PER_S;
        answer->to = own > answer->to ? own : answer->to;
        answer->from = own;
    }
    return holes_at_ends(&answer->own, telling, answer->kind, answer->from, answer->to, telling->err);
}

/* The word for what was not told, and how short a hole may be that nobody would notice. */
static void word_by_holes(struct answer *answer)
{
    const struct telling *telling = answer->telling;
    double floor = 0;
    char text[160], length[TIME_TEXT];
    answer->word = answer->hole_count > 0 ? WORD_HOLES : WORD_FULL;
    for (size_t i = 0; i < telling->run->sources.count; i++) {
        const struct source *source = &telling->run->sources.all[i];
        double here = telling->story->gap_floors[source->set];
        floor = source->reader.format->kind == answer->kind && here > floor ? here : floor;
    }
    floor = floor < SHORTEST_GAP ? SHORTEST_GAP : floor;
    duration(length, floor < 1e9 ? (int64_t)floor : (int64_t)1e9);
    snprintf(text, sizeof text, "a hole shorter than about %s could not have been told from the log's own quiet",
             length);
    why(answer, text);
}

/* ---- the questions ---- */

static void no_log(struct answer *answer, const char *text)
{
    answer->word = WORD_UNSEEN;
    why(answer, text);
}

/* Requests to the path that were answered with something that does not say whether it ran. */
static bool has_unclear(const struct answer *answer)
{
    const struct run *run = answer->telling->run;
    for (size_t i = 0; i < run->survey.uses.count; i++) {
        const struct use *use = &run->survey.uses.rows[i];
        if (answer->seed != NULL && &run->seeds[use->seed] != answer->seed) {
            continue;
        }
        for (size_t k = 0; k < STATUSES_KEPT; k++) {
            unsigned status = use->statuses[k];
            bool is_clear = use->status_counts[k] == 0 || (status >= 400 && status <= 499);
            if (!is_clear) {
                return true;
            }
        }
    }
    return false;
}

static void answer_entry(struct answer *answer)
{
    const char *path = answer->seed == NULL ? NULL : answer->seed->path.data;
    if (told(answer->telling, "entry", path) > 0) {
        answer->word = WORD_OBSERVED;
        why(answer, "a finding tells of it");
        return;
    }
    answer->word = WORD_UNSEEN;
    why(answer,
        "an access log records that a request came and how it was answered, not what it carried: no line of it shows "
        "that a file was planted");
    if (told(answer->telling, "upload-candidate", NULL) > 0) {
        why(answer, "requests that could have brought a file are told of as candidates");
    }
    if (answer->seed != NULL && answer->from < answer->telling->run->survey.first) {
        why(answer, "the file's own time lies before the first line");
    }
}

static void answer_use(struct answer *answer)
{
    const char *path = answer->seed == NULL ? NULL : answer->seed->path.data;
    if (told(answer->telling, "use", path) > 0) {
        answer->word = WORD_OBSERVED;
        why(answer, "requests to it were answered with 2xx; what they carried, and what it did, is not recorded");
        return;
    }
    if (told(answer->telling, "ran", path) > 0) {
        answer->word = WORD_OBSERVED;
        why(answer, "an error log has complaints of it: it was run; by whom is not recorded");
        return;
    }
    word_by_holes(answer);
    if (has_unclear(answer)) {
        answer->word = WORD_HOLES;
        why(answer, "requests came that were answered with neither 2xx nor 4xx: whether something ran cannot be told");
    } else if (answer->word == WORD_FULL) {
        why(answer,
            "no request to it was answered with anything but a refusal, and no line of that time is missing as far as "
            "can be told");
    }
    why(answer,
        "a script that is run from the command line, by a timer or by another script leaves no request of its own");
}

static void answer_taking(struct answer *answer, bool is_sized)
{
    const char *path = answer->seed == NULL ? NULL : answer->seed->path.data;
    if (told(answer->telling, "taking", path) > 0) {
        answer->word = WORD_OBSERVED;
        why(answer, "answers are larger than the page itself; what they held is not recorded");
    } else if (!is_sized) {
        no_log(answer, "not every log records how much was sent");
    } else if (told(answer->telling, "use", path) + told(answer->telling, "ran", path) > 0) {
        no_log(
            answer,
            "it was used, and what a script sends elsewhere by itself, or in answers as small as pages, is not in an "
            "access log");
    } else {
        word_by_holes(answer);
        if (has_unclear(answer)) {
            answer->word = WORD_HOLES;
            why(answer, "requests came that were answered with neither 2xx nor 4xx");
        }
        why(answer, "sizes are those of answers; nothing else that leaves the machine is in an access log");
    }
}

/* Of the formats only MySQL's general log has every statement whatever the settings are. One beside it adds, and takes nothing away. */
static bool has_all_statements(const struct run *run)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct log_format *format = run->sources.all[i].reader.format;
        if (format->kind == LOG_DATABASE && str_eq(str_of(format->name), STR("MySQL general log"))) {
            return true;
        }
    }
    return false;
}

static void answer_database(struct answer *answer)
{
    if (told(answer->telling, "taking-database", NULL) > 0) {
        answer->word = WORD_OBSERVED;
        why(answer, "statements in a database log read whole tables or write them out");
        return;
    }
    word_by_holes(answer);
    why(answer,
        "only as far as the log's settings have every statement in it: one that is filtered by time, account or "
        "sampling shows a part");
    if (answer->word == WORD_FULL && !has_all_statements(answer->telling->run)) {
        answer->word = WORD_HOLES;
        why(answer, "a log of slow statements, or one whose settings decide what is logged, is no full record");
    }
}

static bool has_kind(const struct run *run, enum log_kind kind)
{
    int64_t from, to;
    return kind_range(run, kind, &from, &to);
}

/* Does it fit lines that were taken out? */
static bool is_sign(const struct hole *hole)
{
    static const char *const signs[] = {"contradiction", "changed after its last line", "gap", "missing member"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (strcmp(hole->what, signs[i]) == 0) {
            return hole->kind == LOG_WEB || hole->kind == LOG_KIND_COUNT;
        }
    }
    return false;
}

/* Never that none is: a cut that is clean leaves nothing in the log itself. */
static void answer_cut(struct answer *answer)
{
    const struct run *run = answer->telling->run;
    for (size_t i = 0; i < answer->known->count; i++) {
        if (is_sign(&answer->known->all[i])) {
            answer->word = WORD_HOLES;
            why(answer,
                "signs of missing lines were told; none of them is a proof, and each says how it may be innocent");
            return;
        }
    }
    no_log(
        answer,
        "a line that was cut out, and that nothing else names, leaves nothing: what else was given has no sign of it");
    if (!has_kind(run, LOG_ERRORS)) {
        why(answer, "no error log was given: its lines name requests, too");
    }
    if (!has_kind(run, LOG_DATABASE)) {
        why(answer, "no database log was given: pages open connections to it");
    }
    if (run->options->tree == NULL) {
        why(answer, "no web root was given (--tree): files have the time of the request that wrote them");
    }
    if (run->options->file_times == NULL) {
        why(answer, "no body file was given (--file-times): a log that was written anew is younger than its lines");
    }
}

enum question { ASK_ENTRY, ASK_USE, ASK_TAKING, ASK_CUT, ASK_DATABASE, QUESTIONS };

static void think(struct answer *answer, enum question question, bool is_sized)
{
    static const char *const none[] = {"no web log was given", "no web log was given", "no web log was given",
                                       "no web log was given", "no database log was given"};
    put_holes(answer);
    bool is_told =
        question == ASK_USE && told(answer->telling, "ran", answer->seed == NULL ? NULL : answer->seed->path.data) > 0;
    if (answer->from > answer->to && !is_told) {
        no_log(answer, none[question]);
        return;
    }
    switch (question) {
    case ASK_ENTRY:
        answer_entry(answer);
        return;
    case ASK_USE:
        answer_use(answer);
        return;
    case ASK_TAKING:
        answer_taking(answer, is_sized);
        return;
    case ASK_CUT:
        answer_cut(answer);
        return;
    case ASK_DATABASE:
    case QUESTIONS:
        answer_database(answer);
        return;
    }
}

static int tell_answer(struct telling *telling, const struct holes *known, enum question question,
                       const struct seed *seed)
{
    static const char *const names[] = {"entry", "use", "taking", "lines cut out", "taking through the database"};
    struct answer answer = {.telling = telling,
                            .known = known,
                            .seed = seed,
                            .kind = question == ASK_DATABASE ? LOG_DATABASE : LOG_WEB,
                            .record = record_new(),
                            .holes = json_array(),
                            .why = json_array()};
    bool is_sized;
    json_t *names_of = sources_of(&answer, &is_sized);
    int rc = set_time(&answer);
    think(&answer, question, is_sized);
    record_set(&answer.record, "class", json_string("answer"));
    record_set(&answer.record, "question", json_string(names[question]));
    record_set(&answer.record, "path", seed == NULL ? json_null() : assay_text(seed->path, TEXT_CUT));
    record_set(&answer.record, "word", json_string(words[answer.word]));
    record_set(&answer.record, "sources", names_of);
    record_time(&answer.record, "from", answer.from);
    record_time(&answer.record, "to", answer.to);
    record_set(&answer.record, "holes", answer.holes);
    record_count(&answer.record, "hole_count", answer.hole_count);
    record_set(&answer.record, "why", answer.why);
    free(answer.own.all);
    if (rc != 0) {
        json_decref(answer.record.body);
        return rc;
    }
    return record_emit(telling, ASSAY_MEASURE, &answer.record);
}

/* Everything given was read, and nothing stands against it. That a log has too few lines to tell is for the answers to say. */
static bool is_complete(const struct run *run, const struct holes *known)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct hole *hole = &known->all[i];
        for (unsigned kind = 0; kind < LOG_KIND_COUNT; kind++) {
            int64_t from, to;
            bool is_there = kind_range(run, (enum log_kind)kind, &from, &to);
            bool is_of_nothing = !is_there && hole->kind == (enum log_kind)kind; /* no line of it could be read */
            if (is_of_nothing || hole->kind == LOG_KIND_COUNT ||
                (is_there && hole_touches(hole, (enum log_kind)kind, from, to))) {
                return false;
            }
        }
    }
    return true;
}

static int tell_all_answers(struct telling *telling, const struct holes *known)
{
    const struct run *run = telling->run;
    for (size_t s = 0; s < run->seed_count; s++) {
        for (unsigned q = ASK_ENTRY; q <= ASK_TAKING; q++) {
            TRY(tell_answer(telling, known, (enum question)q, &run->seeds[s]));
        }
    }
    int64_t from, to;
    bool is_asked = run->seed_count > 0 || run->options->is_hunt;
    for (unsigned q = ASK_ENTRY; q <= ASK_CUT && is_asked; q++) {
        TRY(tell_answer(telling, known, (enum question)q, NULL));
    }
    if (is_asked || kind_range(run, LOG_DATABASE, &from, &to)) {
        TRY(tell_answer(telling, known, ASK_DATABASE, NULL));
    }
    return 0;
}

int tell_answers(struct telling *telling, bool *ret_complete)
{
    struct holes known = {0};
    int rc = holes_gather(&known, telling, telling->err);
    *ret_complete = rc == 0 && seek_unread(telling->run) == 0 && is_complete(telling->run, &known);
    rc = rc == 0 ? tell_all_answers(telling, &known) : rc;
    free(known.all);
    return rc;
}

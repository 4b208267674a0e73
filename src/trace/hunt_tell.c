/* What the hunt found, as findings. None claims that an attack worked unless something other than the request says so, and each
 * says what else looks like it. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/hunt.h"
#include "trace/tell.h"

#include "base/banned.h"

enum {
    SHOWN = 24,      /* clients of one sign */
    SCAN_PATHS = 40, /* distinct paths that were not there */
    SCAN_PROBES = 3, /* ... or so many that scanners know */
    SCAN_A_MINUTE = 20,
    NAMED_MISSES = 10,
    GUESSES_A_MINUTE = 5,
    OFFICE_AGENTS = 4, /* so many browsers behind one address are several people */
    SPREAD_CLIENTS = 20,
    SIZE_TIMES = 4,
    SIZE_BYTES = 4096,
    LONG_US = 4500000
};

static const char *const sign_names[SIGN_COUNT] = {
#define HUNT_SIGN_NAME(id, name) name,
    HUNT_SIGNS(HUNT_SIGN_NAME)
#undef HUNT_SIGN_NAME
};

static const char *const innocent[SIGN_COUNT] = {
    [SIGN_SQL] = "it may be innocent: an application that takes SQL from its users, or a tester whom the owner asked",
    [SIGN_TRAVERSAL] =
        "it may be innocent: a badly made link; and a server that answers every path with its front page answers 200",
    [SIGN_CODE] = "it may be innocent: a text about such attacks in a search; a front page answers 200 to any query",
    [SIGN_COMMAND] = "it may be innocent: an interface of the application's own whose parameters are named so",
    [SIGN_TUNNEL] = "it may be innocent: an application of its own with these words",
    [SIGN_DB_TOOL] = "it may be innocent: the owner's own database tool; who may use it is for the owner to say",
    [SIGN_EXPOSED] = "it may be innocent: a server that answers every path with its front page; compare the size",
};

static bool has_spread(const struct sighting_path *path)
{
    return path->ok >= 2 && path->most_ok >= SIZE_BYTES && path->most_ok / SIZE_TIMES >= path->least_ok;
}

/* A path whose answers say that something came of it. */
static const struct sighting_path *success_of(const struct sighting *row)
{
    for (size_t i = 0; i < row->path_count && i < SIGHTING_PATHS; i++) {
        if (has_spread(&row->paths[i]) || row->paths[i].is_ok_after_500) {
            return &row->paths[i];
        }
    }
    return NULL;
}

static bool has_answering_script(const struct sighting *row)
{
    for (size_t i = 0; i < row->path_count && i < SIGHTING_PATHS; i++) {
        if (row->paths[i].is_script && row->paths[i].ok > 0) {
            return true;
        }
    }
    return false;
}

static bool was_slow(const struct sighting *row)
{
    return row->longest_us >= LONG_US && strcmp(row->why, "time delay") == 0;
}

static const char *confidence_of(const struct sighting *row)
{
    bool is_encoded = strcmp(row->why, "a command, encoded") == 0;
    switch ((enum sign)row->key.what) {
    case SIGN_SQL:
        return row->requests >= 3 && row->ok > 0 && (success_of(row) != NULL || was_slow(row)) ? "medium" : "low";
    case SIGN_TRAVERSAL:
        return row->ok > 0 && success_of(row) != NULL ? "medium" : "low";
    case SIGN_COMMAND:
        return !has_answering_script(row) ? "low" : is_encoded ? "high" : "medium";
    case SIGN_TUNNEL:
        return has_answering_script(row) && row->ok >= 2 ? "medium" : "low";
    case SIGN_DB_TOOL:
        return row->posts > 0 && has_answering_script(row) ? "medium" : "low";
    case SIGN_CODE:
    case SIGN_EXPOSED:
    case SIGN_COUNT:
        break;
    }
    return "low";
}

static json_t *example_of(const struct telling *telling, const struct hunt_example *example, struct record *record)
{
    struct record one = record_new();
    record_time(&one, "time", example->hit.second);
    record_text_or_null(&one, "method", str_of(example->method));
    record_text(&one, "request", str_of(example->text));
    record_count(&one, "status", example->hit.status);
    record_sent(&one, "bytes", telling->run, &example->hit, example->hit.bytes);
    if (example->decoded[0] != '\0') {
        record_text(&one, "decoded", str_of(example->decoded));
    }
    record_hit(&one, telling->run, &example->hit);
    record->is_failed |= one.is_failed;
    return one.body;
}

static void begin(struct record *record, const char *what, const char *confidence, const char *address)
{
    *record = record_new();
    record_set(record, "class", json_string("hunt"));
    record_set(record, "what", json_string(what));
    record_set(record, "confidence", json_string(confidence));
    record_text_or_null(record, "address", str_of(address));
}

static void times(struct record *record, const struct run *run, const struct hit *first, const struct hit *last)
{
    record_time(record, "first", first->second);
    record_time(record, "last", last->second);
    record_hit(record, run, first);
}

static void sighting_reasons(struct record *record, json_t *reasons, const struct sighting *row)
{
    const struct sighting_path *success = success_of(row);
    record_reason(record, reasons,
                  "%llu requests of this form (%s), %llu answered with 2xx, %llu with 4xx, %llu with 5xx",
                  (unsigned long long)row->requests, row->why, (unsigned long long)row->ok,
                  (unsigned long long)row->denied, (unsigned long long)row->failed);
    if (row->scanner != NULL) {
        record_reason(record, reasons, "the browser's name is that of a scanner: %s", row->scanner);
    }
    if (success != NULL && has_spread(success)) {
        record_reason(record, reasons,
                      "a sign of success: answers of %s to such requests differ from %llu to %llu bytes", success->path,
                      (unsigned long long)success->least_ok, (unsigned long long)success->most_ok);
    }
    if (success != NULL && success->is_ok_after_500) {
        record_reason(record, reasons, "a sign of success: %s answered 2xx after it had failed with 5xx",
                      success->path);
    }
    if (was_slow(row)) {
        record_reason(record, reasons, "a sign of success: a request that asks for a delay took %.1f seconds",
                      (double)row->longest_us / 1e6);
    }
    if (row->ok == 0) {
        record_reason(record, reasons, "no such request was answered with 2xx");
    } else if (success == NULL && !was_slow(row)) {
        record_reason(record, reasons, "that a page answered does not say that the attack worked");
    }
    record_reason(record, reasons, "%s", innocent[row->key.what]);
}

static json_t *paths_of(const struct sighting *row, struct record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < row->path_count && i < SIGHTING_PATHS; i++) {
        const struct sighting_path *path = &row->paths[i];
        struct record one = record_new();
        record_text(&one, "path", str_of(path->path));
        record_count(&one, "requests", path->requests);
        record_count(&one, "answered", path->ok);
        record_set(&one, "least", path->ok > 0 ? json_integer((json_int_t)path->least_ok) : json_null());
        record_set(&one, "most", path->ok > 0 ? json_integer((json_int_t)path->most_ok) : json_null());
        record->is_failed |= one.is_failed || json_array_append_new(list, one.body) != 0;
    }
    return list;
}

static int tell_sighting(struct telling *telling, const struct sighting *row)
{
    struct record record;
    json_t *reasons = json_array(), *examples = json_array();
    begin(&record, sign_names[row->key.what], confidence_of(row), row->address);
    record_count(&record, "requests", row->requests);
    record_count(&record, "answered", row->ok);
    record_count(&record, "posts", row->posts);
    record_text(&record, "path", str_of(row->path_count > 0 ? row->paths[0].path : ""));
    record_set(&record, "paths", paths_of(row, &record));
    record_set(&record, "paths_are_more", json_boolean(row->path_count > SIGHTING_PATHS));
    times(&record, telling->run, &row->first, &row->last);
    for (size_t i = 0; i < row->example_count; i++) {
        record.is_failed |= json_array_append_new(examples, example_of(telling, &row->examples[i], &record)) != 0;
    }
    record_set(&record, "examples", examples);
    sighting_reasons(&record, reasons, row);
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

static int not_shown(struct telling *telling, const char *what, uint64_t count)
{
    struct record record = record_new();
    record_set(&record, "class", json_string("hunt-not-shown"));
    record_set(&record, "what", json_string(what));
    record_count(&record, "count", count);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

/* Answered ones first, then those with most requests. */
static int by_weight(const void *a, const void *b)
{
    const struct sighting *x = *(const struct sighting *const *)a, *y = *(const struct sighting *const *)b;
    if (x->ok != y->ok) {
        return x->ok > y->ok ? -1 : 1;
    }
    if (x->requests != y->requests) {
        return x->requests > y->requests ? -1 : 1;
    }
    return hit_before(&x->first, &y->first) ? -1 : hit_before(&y->first, &x->first);
}

/* Sites that are database tools have many users: only what few use is worth a word. */
static bool is_worth(const struct run *run, const struct sighting *row)
{
    if (row->key.what != SIGN_DB_TOOL) {
        return true;
    }
    const struct page *page = row->path_count > 0 ? page_find(run, str_of(row->paths[0].path)) : NULL;
    return page == NULL || page->client_count <= PAGE_CLIENTS;
}

static int tell_sightings(struct telling *telling, const struct hunt *hunt, enum sign sign)
{
    OWN(own_mem) const struct sighting **rows = calloc(hunt->sightings.count + 1, sizeof(struct sighting *));
    if (rows == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu findings", hunt->sightings.count);
    }
    size_t count = 0;
    for (size_t i = 0; i < hunt->sightings.count; i++) {
        const struct sighting *row = hunt_row(&hunt->sightings, i);
        if (row->key.what == sign && is_worth(telling->run, row)) {
            rows[count++] = row;
        }
    }
    qsort(rows, count, sizeof *rows, by_weight);
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        TRY(tell_sighting(telling, rows[i]));
    }
    return count > SHOWN ? not_shown(telling, sign_names[sign], count - SHOWN) : 0;
}

/* ---- scanners ---- */

static bool is_scanner(const struct run *run, const struct misser *row, uint64_t *ret_paths, uint64_t *ret_requests)
{
    *ret_paths = misser_paths(row);
    (void)clients_stretches(run->survey.tables, run->survey.table_count, row->key.client, ret_requests);
    bool is_named = row->scanner != NULL && row->missed >= NAMED_MISSES;
    bool is_known = row->probes >= SCAN_PROBES && *ret_paths >= SCAN_PROBES * 2;
    bool is_hasty =
        *ret_paths >= SCAN_PATHS && row->most_a_minute >= SCAN_A_MINUTE && row->missed * 5 >= *ret_requests * 3;
    return is_named || is_known || is_hasty;
}

static int tell_scanner(struct telling *telling, const struct misser *row, uint64_t paths, uint64_t requests)
{
    struct record record;
    json_t *reasons = json_array(), *examples = json_array();
    begin(&record, "scanner", row->scanner != NULL || row->probes >= SCAN_PROBES * 3 ? "medium" : "low", row->address);
    record_count(&record, "requests", requests);
    record_count(&record, "missed", row->missed);
    record_count(&record, "missed_paths", paths);
    record_count(&record, "probes", row->probes);
    record_count(&record, "most_a_minute", row->most_a_minute);
    times(&record, telling->run, &row->first, &row->last);
    record.is_failed |= json_array_append_new(examples, example_of(telling, &row->example, &record)) != 0;
    record_set(&record, "examples", examples);
    record_reason(
        &record, reasons,
        "asked for about %llu paths that are not there or closed, up to %u a minute; %llu of its %llu requests",
        (unsigned long long)paths, row->most_a_minute, (unsigned long long)row->missed, (unsigned long long)requests);
    if (row->probes > 0) {
        record_reason(&record, reasons, "%llu requests are for what scanners look for, as in the example",
                      (unsigned long long)row->probes);
    }
    if (row->scanner != NULL) {
        record_reason(&record, reasons, "the browser's name is that of a scanner: %s", row->scanner);
    }
    record_reason(&record, reasons,
                  "it may be innocent: a search engine that follows old links, or a test that the owner asked for; "
                  "looking for a thing is not having found it");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

static int by_missed(const void *a, const void *b)
{
    const struct misser *x = *(const struct misser *const *)a, *y = *(const struct misser *const *)b;
    if (x->missed != y->missed) {
        return x->missed > y->missed ? -1 : 1;
    }
    return hit_before(&x->first, &y->first) ? -1 : hit_before(&y->first, &x->first);
}

static int tell_scanners(struct telling *telling, const struct hunt *hunt)
{
    OWN(own_mem) const struct misser **rows = calloc(hunt->missers.count + 1, sizeof(struct misser *));
    if (rows == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu clients", hunt->missers.count);
    }
    size_t count = 0;
    uint64_t paths, requests;
    for (size_t i = 0; i < hunt->missers.count; i++) {
        const struct misser *row = hunt_row(&hunt->missers, i);
        if (is_scanner(telling->run, row, &paths, &requests)) {
            rows[count++] = row;
        }
    }
    qsort(rows, count, sizeof *rows, by_missed);
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        (void)is_scanner(telling->run, rows[i], &paths, &requests);
        TRY(tell_scanner(telling, rows[i], paths, requests));
    }
    return count > SHOWN ? not_shown(telling, "scanner", count - SHOWN) : 0;
}

/* ---- guessed passwords ---- */

static bool is_guesser(const struct guesser *row)
{
    bool is_office = __builtin_popcountll(row->agents) >= OFFICE_AGENTS && row->refused * 2 < row->posts;
    return row->longest_same >= GUESSES_LEAST && row->most_a_minute >= GUESSES_A_MINUTE && !is_office;
}

static int tell_guesser(struct telling *telling, const struct guesser *row)
{
    struct record record;
    json_t *reasons = json_array();
    char at[TIME_TEXT];
    bool is_changed = hit_is(&row->changed);
    begin(&record, "guessed-passwords", is_changed ? "medium" : "low", row->address);
    record_text(&record, "path", str_of(row->path));
    record_count(&record, "requests", row->posts);
    record_count(&record, "in_a_row", row->longest_same);
    record_count(&record, "most_a_minute", row->most_a_minute);
    times(&record, telling->run, &row->first, &row->last);
    record_set(&record, "changed", is_changed ? time_of(row->changed.second) : json_null());
    record_reason(&record, reasons, "%llu sign-ins sent to %s, %llu in a row with the same answer, up to %u a minute",
                  (unsigned long long)row->posts, row->path, (unsigned long long)row->longest_same, row->most_a_minute);
    if (is_changed) {
        time_human(at, row->changed.second * NS_PER_S);
        record_reason(
            &record, reasons, "a sign of success: at %s, line %llu, the answer was another one (status %u, %llu bytes)",
            at, (unsigned long long)row->changed.line, row->changed.status, (unsigned long long)row->changed.bytes);
    } else {
        record_reason(&record, reasons, "no other answer came after them: nothing says that a password was found");
    }
    record_reason(
        &record, reasons,
        "it may be innocent: a program with an old password that tries again, or many people behind one address");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

/* Three and more of the same answer, and nothing else: such a client did not come in. */
static bool came_to_nothing(const struct guesser *row)
{
    return row->posts >= 3 && row->longest_same == row->posts && row->moved < row->posts;
}

static int by_path(const void *a, const void *b)
{
    const struct guesser *x = *(const struct guesser *const *)a, *y = *(const struct guesser *const *)b;
    return strcmp(x->path, y->path);
}

/* Guesses at one login from many addresses, few from each. */
static int tell_spread(struct telling *telling, const struct guesser *const *rows, size_t count)
{
    uint64_t failing = 0, posts = 0;
    struct hit first = {.second = INT64_MIN}, last = first;
    for (size_t i = 0; i < count; i++) {
        if (came_to_nothing(rows[i]) && !is_guesser(rows[i])) {
            failing++;
            posts += rows[i]->posts;
            first = !hit_is(&first) || hit_before(&rows[i]->first, &first) ? rows[i]->first : first;
            last = !hit_is(&last) || hit_before(&last, &rows[i]->last) ? rows[i]->last : last;
        }
    }
    if (failing < SPREAD_CLIENTS || failing * 2 < count) {
        return 0;
    }
    struct record record;
    json_t *reasons = json_array();
    begin(&record, "guessed-passwords-spread", "low", "");
    record_text(&record, "path", str_of(rows[0]->path));
    record_count(&record, "requests", posts);
    record_count(&record, "clients", failing);
    times(&record, telling->run, &first, &last);
    record_reason(&record, reasons,
                  "%llu clients sent %llu sign-ins to %s and never had another answer: most of all who signed in there",
                  (unsigned long long)failing, (unsigned long long)posts, rows[0]->path);
    record_reason(&record, reasons,
                  "it may be innocent: a login that was broken, or one whose answer does not show who came in");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

static int tell_guessers(struct telling *telling, const struct hunt *hunt)
{
    OWN(own_mem) const struct guesser **rows = calloc(hunt->guessers.count + 1, sizeof(struct guesser *));
    if (rows == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu logins", hunt->guessers.count);
    }
    uint64_t count = 0;
    for (size_t i = 0; i < hunt->guessers.count; i++) {
        rows[i] = hunt_row(&hunt->guessers, i);
        if (is_guesser(rows[i]) && count++ < SHOWN) {
            TRY(tell_guesser(telling, rows[i]));
        }
    }
    qsort(rows, hunt->guessers.count, sizeof *rows, by_path);
    for (size_t from = 0, to = 0; from < hunt->guessers.count; from = to) {
        while (to < hunt->guessers.count && by_path(&rows[to], &rows[from]) == 0) {
            to++;
        }
        TRY(tell_spread(telling, rows + from, to - from));
    }
    return count > SHOWN ? not_shown(telling, "guessed-passwords", count - SHOWN) : 0;
}

/* ---- all ---- */

static int tell_dropped(struct telling *telling, const char *what, uint64_t count)
{
    struct record record = record_new();
    if (count == 0) {
        json_decref(record.body);
        return 0;
    }
    record_set(&record, "source", json_string("hunt"));
    record_set(&record, "class", json_sprintf("hunt: no room for more %s", what));
    record_count(&record, "count", count);
    record_count(&record, "bytes", 0);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

int hunt_tell(struct telling *telling, const struct hunt *hunt)
{
    for (unsigned sign = 0; sign < SIGN_COUNT; sign++) {
        TRY(tell_sightings(telling, hunt, (enum sign)sign));
    }
    TRY(hunt_tell_pages(telling));
    TRY(tell_scanners(telling, hunt));
    TRY(tell_guessers(telling, hunt));
    TRY(tell_dropped(telling, "clients with signs", hunt->sightings.dropped));
    TRY(tell_dropped(telling, "clients that missed", hunt->missers.dropped));
    return tell_dropped(telling, "clients at logins", hunt->guessers.dropped);
}

static void add_tool(struct tool *tools, size_t *count, size_t room, struct str path, struct client_key via)
{
    for (size_t i = 0; i < *count; i++) {
        if (str_eq(tools[i].path, path)) {
            return;
        }
    }
    if (*count < room) {
        tools[(*count)++] = (struct tool){path, via};
    }
}

size_t hunt_tools(const struct run *run, const struct hunt *hunt, struct tool *ret_tools, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < hunt->sightings.count; i++) {
        const struct sighting *row = hunt_row(&hunt->sightings, i);
        bool is_tool = row->key.what == SIGN_COMMAND || row->key.what == SIGN_TUNNEL ||
                       (row->key.what == SIGN_DB_TOOL && row->posts > 0);
        for (size_t p = 0; is_tool && p < row->path_count && p < SIGHTING_PATHS; p++) {
            struct str path = str_of(row->paths[p].path);
            const struct page *page = page_find(run, path);
            bool is_few = page != NULL && page->client_count <= PAGE_CLIENTS;
            if (row->paths[p].is_script && row->paths[p].ok > 0 && is_few) {
                add_tool(ret_tools, &count, room, path, row->key.client);
            }
        }
    }
    for (size_t i = 0; i < run->survey.pages.count; i++) {
        const struct page *page = &run->survey.pages.all[i];
        if (page_is_tool(page)) {
            add_tool(ret_tools, &count, room, page->path, page->clients[0]);
        }
    }
    return count;
}

/* Signs within one log: a stretch that is too tidy, pages named as where
 * a request comes from, connections that have a number and no line. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/contradict.h"

#include "base/banned.h"

enum {
    EXAMPLES = 8,
    STRETCHES_MIN = 6,  /* stretches of a source, to know what is usual for it */
    STEPS_USUAL = 16,   /* small steps backwards that a stretch usually has */
    SESSIONS_MIN = 200, /* numbers of connections that were seen */
    CROWD_ROWS = 20     /* clients that name a page as where they come from: a page that is kept in caches, too */
};

/* ---- order ---- */

static int by_backwards(const void *a, const void *b)
{
    const struct stretch *x = *(const struct stretch *const *)a, *y = *(const struct stretch *const *)b;
    return x->backwards < y->backwards ? -1 : x->backwards > y->backwards;
}

/* Full stretches of a set, those with the fewest steps first. */
static size_t stretches_of(const struct run *run, uint32_t set, const struct stretch **rows)
{
    const struct watched *watched = run->watched;
    size_t count = 0;
    for (size_t i = 0; i < watched->stretch_count; i++) {
        const struct stretch *stretch = &watched->stretches[i];
        if (run->sources.all[stretch->source].set == set && stretch->lines >= STRETCH_LINES) {
            rows[count++] = stretch;
        }
    }
    qsort(rows, count, sizeof *rows, by_backwards);
    return count;
}

/* Does it lie beside a tidy one? Then it may be tidy in part. rows: the tidy ones. */
static bool is_beside(const struct stretch *one, const struct stretch **rows, size_t tidy)
{
    for (size_t i = 0; i < tidy; i++) {
        const struct stretch *other = rows[i];
        if (other->source == one->source &&
            (other->line + other->lines == one->line || one->line + one->lines == other->line)) {
            return true;
        }
    }
    return false;
}

/* A server that stamps the start of a request and writes at its end leaves small steps backwards everywhere, or nowhere. Some
 * stretches without a single one, and all others with many, were put in order by something else. */
static int tell_order_of(struct telling *telling, uint32_t set, const struct stretch **rows)
{
    const struct run *run = telling->run;
    size_t count = stretches_of(run, set, rows), tidy = 0;
    while (tidy < count && rows[tidy]->backwards == 0) {
        tidy++;
    }
    if (count < STRETCHES_MIN || tidy == 0 || tidy * 2 > count) {
        return 0;
    }
    uint32_t median = rows[tidy + (count - tidy) / 2]->backwards;
    size_t next = tidy;
    while (next + 1 < count && is_beside(rows[next], rows, tidy)) {
        next++;
    }
    if (median < STEPS_USUAL || rows[next]->backwards * 4 < median) {
        return 0; /* it also varies by itself */
    }
    json_t *examples = json_array();
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < tidy; i++) {
        struct place place = {.line = rows[i]->line, .source = rows[i]->source};
        from = rows[i]->first < from ? rows[i]->first : from;
        to = rows[i]->last > to ? rows[i]->last : to;
        if (i < EXAMPLES) {
            json_t *example = place_json(run, &place);
            json_object_del(example, "offset");
            json_object_set_new(example, "lines", json_integer(rows[i]->lines));
            json_array_append_new(examples, example);
        }
    }
    char says[256];
    snprintf(
        says, sizeof says,
        "%zu of %zu stretches of %d lines run strictly in time order; those apart from them have %u or more small steps back each, "
        "as a server leaves them that stamps the start of a request and writes at its end",
        tidy, count, STRETCH_LINES, rows[next]->backwards);
    const struct sign sign = {.kind = "too tidy",
                              .source = run->sources.sets[set],
                              .says = says,
                              .innocent = "lines that were sorted by a program on their way here, or hours with hardly "
                                          "any requests at the same time",
                              .of = run->sources.all[rows[0]->source].reader.format->kind,
                              .count = tidy,
                              .base = 0,
                              .base_of = "other stretches of this log without a step back",
                              .from = from,
                              .to = to,
                              .examples = examples};
    return sign_tell(telling, &sign);
}

int tell_order(struct telling *telling)
{
    const struct run *run = telling->run;
    OWN(own_mem) const struct stretch **rows = calloc(run->watched->stretch_count + 1, sizeof(struct stretch *));
    if (rows == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu stretches", run->watched->stretch_count);
    }
    for (uint32_t set = 0; set < run->sources.set_count; set++) {
        TRY(tell_order_of(telling, set, rows));
    }
    return 0;
}

/* ---- referers ---- */

/* "shop.example:8080" of "https://www.shop.example:8080/x" */
static struct str host_of(struct str text)
{
    size_t scheme = str_find(text, STR("://"), 0);
    text = scheme == SIZE_MAX ? text : str_slice(text, scheme + 3, text.len);
    size_t slash = str_find(text, STR("/"), 0);
    text = slash == SIZE_MAX ? text : str_slice(text, 0, slash);
    return str_starts(text, STR("www.")) ? str_slice(text, 4, text.len) : text;
}

bool is_own_site(const struct watched *watched, struct str url)
{
    struct str host = host_of(url);
    for (size_t i = 0; i < watched->origin_count; i++) {
        if (str_eq(host, host_of(str_of(watched->origins[i].text))) &&
            watched->origins[i].votes * 10 >= watched->origins[0].votes) {
            return true;
        }
    }
    return false;
}

static bool was_asked_for(const struct run *run, const struct referer *row)
{
    const struct use *use = uses_find(&run->survey.uses, row->seed, row->key);
    return use != NULL && use->requests > 0;
}

static json_t *referer_example(const struct run *run, const struct referer *row)
{
    json_t *example = place_json(run, &row->at);
    json_object_set_new(example, "address", assay_text(str_of(row->address), TEXT_CUT));
    json_object_set_new(example, "requests", json_integer((json_int_t)row->requests));
    json_object_set_new(example, "referer", assay_text(str_of(row->text), TEXT_CUT));
    return example;
}

static int tell_referers_of(struct telling *telling, uint16_t seed)
{
    const struct run *run = telling->run;
    const struct watched *watched = run->watched;
    size_t rows = 0, lone = 0;
    uint64_t requests = 0;
    int64_t from = INT64_MAX, to = INT64_MIN;
    json_t *examples = json_array();
    const struct referer *first = NULL;
    for (size_t i = 0; i < watched->referer_count; i++) {
        const struct referer *row = &watched->referers[i];
        if (row->seed != seed || !is_own_site(watched, str_of(row->text))) {
            continue;
        }
        rows++;
        if (was_asked_for(run, row)) {
            continue;
        }
        first = first == NULL ? row : first;
        requests += row->requests;
        from = row->first < from ? row->first : from;
        to = row->last > to ? row->last : to;
        if (lone++ < EXAMPLES) {
            json_array_append_new(examples, referer_example(run, row));
        }
    }
    if (lone == 0 || (rows >= CROWD_ROWS && lone * 2 < rows)) {
        json_decref(examples);
        return 0;
    }
    char says[512];
    snprintf(
        says, sizeof says,
        "%llu requests of %zu clients name %.*s as the page they come from, and no request of those clients to it is in "
        "these logs: it was there and was looked at",
        (unsigned long long)requests, lone, STR_FMT(str_slice(run->seeds[seed].path, 0, 200)));
    const struct sign sign = {.kind = "referer without its page",
                              .source = run->sources.all[first->at.source].path,
                              .says = says,
                              .innocent =
                                  "a page kept in a browser's cache, a client whose address changed, or a referer that "
                                  "was made up",
                              .of = LOG_WEB,
                              .count = requests,
                              .base = rows > lone ? (double)lone / (double)rows : -1,
                              .base_of = "clients that name this page without having asked for it",
                              .from = from,
                              .to = to,
                              .examples = examples};
    return sign_tell(telling, &sign);
}

int tell_referers(struct telling *telling)
{
    for (size_t s = 0; s < telling->run->seed_count; s++) {
        TRY(tell_referers_of(telling, (uint16_t)s));
    }
    return 0;
}

/* ---- connections ---- */

static bool has_session(const struct source_watch *watch, uint64_t bit)
{
    return (watch->sessions[bit / 64] >> bit % 64 & 1) != 0;
}

/* Where nearly every number of a connection has a line, one that has none stands out. */
static int tell_sessions_of(struct telling *telling, size_t at)
{
    const struct source *source = &telling->run->sources.all[at];
    const struct source_watch *watch = &telling->run->watched->sources[at];
    uint64_t first = UINT64_MAX, last = 0, seen = 0, missing = 0;
    for (uint64_t i = 0; i < SESSION_BITS; i++) {
        if (has_session(watch, i)) {
            first = first == UINT64_MAX ? i : first;
            last = i;
            seen++;
        }
    }
    if (seen < SESSIONS_MIN || (last - first + 1 - seen) * 50 > seen || last - first + 1 == seen) {
        return 0;
    }
    json_t *examples = json_array();
    for (uint64_t i = first; i <= last; i++) {
        if (!has_session(watch, i) && missing++ < EXAMPLES) {
            json_array_append_new(examples, json_pack("{s:s, s:I}", "source", source->path, "connection",
                                                      (json_int_t)(watch->session_base + i)));
        }
    }
    char says[256];
    snprintf(says, sizeof says, "%llu numbers of connections between the first and the last have no line, %llu have",
             (unsigned long long)missing, (unsigned long long)seen);
    const struct sign sign = {
        .kind = "connections without lines",
        .source = source->path,
        .says = says,
        .innocent =
            "connections that ended before they signed in, the server's own threads, or logging that was switched off",
        .of = LOG_DATABASE,
        .count = missing,
        .base = (double)missing / (double)(last - first + 1),
        .base_of = "numbers without a line, of all",
        .from = source->first,
        .to = source->last,
        .examples = examples};
    return sign_tell(telling, &sign);
}

int tell_sessions(struct telling *telling)
{
    for (size_t i = 0; i < telling->run->sources.count; i++) {
        if (telling->run->watched->sources[i].sessions != NULL) {
            TRY(tell_sessions_of(telling, i));
        }
    }
    return 0;
}

/* Everything that keeps "not seen" from being "not there". The list errs to one side: a hole too many costs a word, one too
 * few would be a lie. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/answer.h"

#include "trace/database.h"

#include "base/banned.h"

enum {
    SECONDS_A_DAY = 86400,
    HOLES_MAX = 1 << 14,
    END_SLACK =
        3600, /* seconds by which one log may begin later than another of its kind, if not more is usual for it */
    THIN_SECONDS = 7200 /* a log in which so long a silence would go unnoticed shows no absence */
};

int holes_add(struct holes *holes, const struct hole *hole, struct err *err)
{
    if (holes->count == HOLES_MAX) {
        return 0; /* there are holes: the word does not change */
    }
    if (holes->count == holes->cap) {
        size_t cap = holes->cap == 0 ? 32 : holes->cap * 2;
        struct hole *grown = reallocarray(holes->all, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu holes", cap);
        }
        holes->all = grown;
        holes->cap = cap;
    }
    holes->all[holes->count++] = *hole;
    return 0;
}

bool hole_touches(const struct hole *hole, enum log_kind kind, int64_t from, int64_t to)
{
    return (hole->kind == kind || hole->kind == LOG_KIND_COUNT) && hole->from <= to && hole->to >= from;
}

static enum log_kind kind_of_set(const struct run *run, uint32_t set)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].set == set) {
            return run->sources.all[i].reader.format->kind;
        }
    }
    return LOG_KIND_COUNT;
}

bool kind_range(const struct run *run, enum log_kind kind, int64_t *ret_from, int64_t *ret_to)
{
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        if (source->reader.format->kind == kind && source->first <= source->last) {
            from = source->first < from ? source->first : from;
            to = source->last > to ? source->last : to;
        }
    }
    *ret_from = from;
    *ret_to = to;
    return from <= to;
}

static int add_gaps(struct holes *holes, const struct telling *telling, struct err *err)
{
    for (size_t i = 0; i < telling->story->gap_count; i++) {
        const struct gap *gap = &telling->story->gaps[i];
        const struct hole hole = {.what = "gap",
                                  .source = telling->run->sources.sets[gap->set],
                                  .kind = kind_of_set(telling->run, gap->set),
                                  .from = gap->from,
                                  .to = gap->to};
        TRY(holes_add(holes, &hole, err));
    }
    return 0;
}

/* Lines and bytes that nobody could read lie somewhere between a file's first line and its last. */
static int add_unread(struct holes *holes, const struct source *source, struct err *err)
{
    bool has_lines = source->first <= source->last;
    struct hole hole = {.source = source->path,
                        .kind = source->reader.format->kind,
                        .from = has_lines ? source->first : INT64_MIN,
                        .to = has_lines ? source->last : INT64_MAX};
    for (unsigned c = LOG_NUL; c < LOG_CLASS_COUNT; c++) {
        if (source->tally.bytes[c] > 0) {
            hole.what = log_class_name((enum log_class)c);
            hole.count = source->tally.count[c];
            hole.bytes = source->tally.bytes[c];
            TRY(holes_add(holes, &hole, err));
        }
    }
    if (source->damage[0] != '\0') {
        hole.what = "damage";
        hole.detail = source->damage;
        hole.from = has_lines ? source->last : INT64_MIN;
        hole.to = INT64_MAX;
        hole.count = hole.bytes = 0;
        TRY(holes_add(holes, &hole, err));
    }
    return 0;
}

static int add_everywhere(struct holes *holes, const char *what, const char *detail, enum log_kind kind, uint64_t count,
                          struct err *err)
{
    const struct hole hole = {
        .what = what, .detail = detail, .kind = kind, .from = INT64_MIN, .to = INT64_MAX, .count = count};
    return count > 0 ? holes_add(holes, &hole, err) : 0;
}

static int add_skipped(struct holes *holes, const struct sources *sources, struct err *err)
{
    for (size_t i = 0; i < sources->skipped_count; i++) {
        const struct skipped *skipped = &sources->skipped[i];
        const struct hole hole = {.what = "skipped file",
                                  .detail = skipped->why,
                                  .source = skipped->path,
                                  .kind = LOG_KIND_COUNT,
                                  .from = INT64_MIN,
                                  .to = INT64_MAX,
                                  .count = 1,
                                  .bytes = skipped->bytes};
        if (strncmp(skipped->why, "a copy of ", 10) != 0) {
            TRY(holes_add(holes, &hole, err));
        }
    }
    return 0;
}

/* What contradict.c told of. */
static int add_doubts(struct holes *holes, const struct telling *telling, struct err *err)
{
    size_t i;
    const json_t *doubt;
    json_array_foreach(telling->doubts, i, doubt)
    {
        const json_t *kind = json_object_get(doubt, "of"), *from = json_object_get(doubt, "from_s"),
                     *to = json_object_get(doubt, "to_s");
        const struct hole hole = {.what = json_string_value(json_object_get(doubt, "what")),
                                  .detail = json_string_value(json_object_get(doubt, "kind")),
                                  .source = json_string_value(json_object_get(doubt, "source")),
                                  .kind = (enum log_kind)json_integer_value(kind),
                                  .from = json_is_integer(from) ? json_integer_value(from) : INT64_MIN,
                                  .to = json_is_integer(to) ? json_integer_value(to) : INT64_MAX,
                                  .count = 1};
        TRY(holes_add(holes, &hole, err));
    }
    return 0;
}

static int add_database(struct holes *holes, const struct run *run, struct err *err)
{
    const struct database *database = run->kinds[LOG_DATABASE];
    if (database == NULL) {
        return 0;
    }
    TRY(add_everywhere(holes, "dropped", "reads of more sorts of statements than are kept", LOG_DATABASE,
                       database->reads.dropped, err));
    TRY(add_everywhere(holes, "dropped", "more signs than are kept", LOG_DATABASE, database->signs.dropped, err));
    return add_everywhere(holes, "dropped", "more connections at once than are followed", LOG_DATABASE,
                          database->sessions.lost + database->sessions.evicted, err);
}

int holes_gather(struct holes *holes, const struct telling *telling, struct err *err)
{
    struct run *run = telling->run;
    TRY(add_gaps(holes, telling, err));
    for (size_t i = 0; i < run->sources.count; i++) {
        TRY(add_unread(holes, &run->sources.all[i], err));
    }
    TRY(add_skipped(holes, &run->sources, err));
    TRY(add_doubts(holes, telling, err));
    TRY(add_everywhere(holes, "dropped", "more pairs of client and path than are kept", LOG_WEB,
                       run->survey.uses.dropped, err));
    TRY(add_database(holes, run, err));
    TRY(add_everywhere(holes, "dropped", "more clients than are followed", LOG_WEB, telling->story->suspects_dropped,
                       err));
    return add_everywhere(holes, "dropped", "lines of more days than are kept", LOG_KIND_COUNT,
                          run->survey.days.outside, err);
}

/* The first and last line of a set; false if it has none. */
static bool set_range(const struct run *run, uint32_t set, int64_t *ret_from, int64_t *ret_to)
{
    *ret_from = INT64_MAX;
    *ret_to = INT64_MIN;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        if (source->set == set && source->first <= source->last) {
            *ret_from = source->first < *ret_from ? source->first : *ret_from;
            *ret_to = source->last > *ret_to ? source->last : *ret_to;
        }
    }
    return *ret_from <= *ret_to;
}

static int add_ends(struct holes *holes, const struct telling *telling, uint32_t set, int64_t from, int64_t to,
                    struct err *err)
{
    int64_t first, last;
    struct hole hole = {.source = telling->run->sources.sets[set], .kind = kind_of_set(telling->run, set)};
    double floor = telling->story->gap_floors[set];
    if (!set_range(telling->run, set, &first, &last)) {
        return 0;
    }
    int64_t slack = floor > END_SLACK && floor < SECONDS_A_DAY ? (int64_t)floor : END_SLACK;
    if (first > from + slack) {
        hole.what = "before the log begins";
        hole.from = from;
        hole.to = first;
        TRY(holes_add(holes, &hole, err));
    }
    if (last < to - slack) {
        hole.what = "after the log ends";
        hole.from = last;
        hole.to = to;
        TRY(holes_add(holes, &hole, err));
    }
    if (floor <= 0 || floor > THIN_SECONDS) {
        hole.what = "too few lines";
        hole.detail = floor <= 0 ? "no silence in it could have been told from its own quiet"
                                 : "a silence of hours could not have been told from its own quiet";
        hole.from = first;
        hole.to = last;
        TRY(holes_add(holes, &hole, err));
    }
    return 0;
}

int holes_at_ends(struct holes *holes, const struct telling *telling, enum log_kind kind, int64_t from, int64_t to,
                  struct err *err)
{
    for (uint32_t set = 0; set < telling->run->sources.set_count; set++) {
        if (kind_of_set(telling->run, set) == kind) {
            TRY(add_ends(holes, telling, set, from, to, err));
        }
    }
    return 0;
}

/* The offset between the clocks of web and database logs, from when both are busy.
 *
 * A page asks the database when it is asked for, so the seconds in which connections do something follow the seconds in
 * which pages are asked for. Both are turned into how much busier a second was than its surroundings (the square root of the
 * count less its mean over a window: a day's rise and fall says nothing), and shifted against each other:
 *
 *   coarse   minutes, -14 h .. +14 h   one server's clock in another zone, or far off
 *   fine     seconds around the best three of those
 *
 * score = sum u(t) v(t - lag) / sqrt(sum u^2 sum v^2), over all of both: a lag at which they hardly overlap scores low.
 * It is clear if no shuffled order of the database's seconds scores as high at any lag, the next best lag is well below,
 * and there are enough seconds. The interval is that of the best lag over the log's parts, and never below the whole
 * seconds of both logs' stamps. Not clear: not known, and nothing is joined. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/database.h"
#include "trace/watch.h"

#include "base/banned.h"

enum {
    LAG_MINUTES = 14 * 60,
    DAYS_COMPARED = 180, /* the newest: clocks drift, and the work is bounded */
    FINE_SECONDS = 90,
    FINE_LAGS = 2 * FINE_SECONDS + 1,
    WINDOW = 30,         /* to each side, in steps, for the mean */
    CANDIDATES = 3,      /* of the coarse stage */
    SECONDS_MAX = 40000, /* of the database that the fine stage looks at */
    SHUFFLES = 99,
    SHUFFLE_MAX = 4000, /* seconds that are shuffled */
    PARTS = 20,
    DRAWS = 200,
    INTERVAL_MAX = 30,
    BLOCKS_MIN = 8, /* minutes, below which halves say nothing */
    SLICE = 5,      /* seconds */
    ACTIVE_MIN = 10 /* seconds in which both did something */
};

#define SCORE_MIN .25
#define MARGIN_MIN .08

/* A stretch of equal steps (minutes or seconds) as floating numbers. */
struct series {
    int64_t from;
    size_t count;
    float *at;
};

static bool series_new(struct series *series, int64_t from, int64_t to)
{
    *series = (struct series){.from = from, .count = (size_t)(to - from + 1)};
    series->at = calloc(series->count, sizeof *series->at);
    return series->at != NULL;
}

/* Roots of the counts less their mean over the window. Steps in a window that is all silent stay zero. */
static void whiten(struct series *series, float *sums)
{
    sums[0] = 0;
    for (size_t i = 0; i < series->count; i++) {
        series->at[i] = sqrtf(series->at[i]);
        sums[i + 1] = sums[i] + series->at[i];
    }
    for (size_t i = 0; i < series->count; i++) {
        size_t from = i > WINDOW ? i - WINDOW : 0, to = i + WINDOW + 1 < series->count ? i + WINDOW + 1 : series->count;
        series->at[i] -= (sums[to] - sums[from]) / (float)(2 * WINDOW + 1);
    }
}

static double product(const struct series *web, const struct series *database, int64_t lag)
{
    /* database second t happened at web second t + lag */
    double sum = 0;
    int64_t from = web->from - lag > database->from ? web->from - lag : database->from;
    int64_t web_end = web->from + (int64_t)web->count - lag, own_end = database->from + (int64_t)database->count;
    int64_t to = web_end < own_end ? web_end : own_end;
    if (to <= from) {
        return 0;
    }
    const float *u = web->at + (from + lag - web->from), *v = database->at + (from - database->from);
    for (int64_t i = 0; i < to - from; i++) {
        sum += (double)(u[i] * v[i]);
    }
    return sum;
}

/* ---- coarse ---- */

static unsigned busy(const struct db_minute *minute)
{
    unsigned sum = 0;
    for (size_t s = 0; s < 60; s++) {
        sum += minute->seconds[s];
    }
    return sum;
}

static bool minutes_of(struct series *series, const struct db_minute *all, size_t count)
{
    int64_t from = all[0].minute - WINDOW, to = all[count - 1].minute + WINDOW;
    if (!series_new(series, from, to)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        series->at[all[i].minute - from] = (float)busy(&all[i]);
    }
    OWN(own_mem) float *sums = calloc(series->count + 1, sizeof *sums);
    if (sums != NULL) {
        whiten(series, sums);
    }
    return sums != NULL;
}

/* The best lags in minutes, at least three apart. */
static void best_minutes(const struct series *web, const struct series *database, int64_t best[static CANDIDATES])
{
    double scores[2 * LAG_MINUTES + 1];
    for (int64_t lag = -LAG_MINUTES; lag <= LAG_MINUTES; lag++) {
        scores[lag + LAG_MINUTES] = product(web, database, lag);
    }
    for (size_t c = 0; c < CANDIDATES; c++) {
        size_t at = 0;
        for (size_t i = 1; i <= 2 * (size_t)LAG_MINUTES; i++) {
            at = scores[i] > scores[at] ? i : at;
        }
        best[c] = (int64_t)at - LAG_MINUTES;
        for (size_t i = at > 2 ? at - 2 : 0; i <= at + 2 && i <= 2 * (size_t)LAG_MINUTES; i++) {
            scores[i] = -1e300;
        }
    }
}

/* ---- fine ---- */

/* Minutes that the fine stage takes: all, or evenly spread ones. */
static size_t stride_of(size_t count)
{
    size_t stride = (count * 60 + SECONDS_MAX - 1) / SECONDS_MAX;
    return stride == 0 ? 1 : stride;
}

/* Seconds of one minute less the mean of it and its neighbours. */
static void seconds_of(const struct db_minute *all, size_t count, size_t at, float out[static 60])
{
    float sum = 0;
    for (size_t i = at > 0 ? at - 1 : 0; i <= at + 1 && i < count; i++) {
        if (all[i].minute >= all[at].minute - 1 && all[i].minute <= all[at].minute + 1) {
            for (size_t s = 0; s < 60; s++) {
                sum += sqrtf(all[i].seconds[s]);
            }
        }
    }
    for (size_t s = 0; s < 60; s++) {
        out[s] = sqrtf(all[at].seconds[s]) - sum / 180;
    }
}

static size_t minute_find(const struct db_minute *all, size_t count, int64_t minute)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        *(all[middle].minute < minute ? &low : &high) = all[middle].minute < minute ? middle + 1 : middle;
    }
    return low;
}

/* What the fine stage works on: chosen minutes of the database, and of each the web's seconds around it. */
struct fine {
    size_t blocks;
    float (*own)[60];
    float (*web)[60 + 2 * FINE_SECONDS];
    double own_norm, web_norm;
};

static void fine_free(struct fine *fine)
{
    free(fine->own);
    free(fine->web);
}

static void fill_web(float *out, const struct db_minute *web, size_t count, int64_t from)
{
    /* seconds from .. from + 59 + 2 * FINE_SECONDS */
    int64_t to = from + 60 + 2 * (int64_t)FINE_SECONDS;
    int64_t first = from / 60 - (from % 60 < 0);
    for (size_t i = minute_find(web, count, first); i < count && web[i].minute * 60 < to; i++) {
        float seconds[60];
        seconds_of(web, count, i, seconds);
        for (int64_t s = 0; s < 60; s++) {
            int64_t at = web[i].minute * 60 + s - from;
            if (at >= 0 && at < 60 + 2 * (int64_t)FINE_SECONDS) {
                out[at] = seconds[s];
            }
        }
    }
}

static bool fine_new(struct fine *fine, const struct db_minute *web, size_t web_count, const struct db_minute *own,
                     size_t own_count, int64_t lag)
{
    size_t stride = stride_of(own_count);
    *fine = (struct fine){.blocks = (own_count + stride - 1) / stride};
    fine->own = calloc(fine->blocks, sizeof *fine->own);
    fine->web = calloc(fine->blocks, sizeof *fine->web);
    if (fine->own == NULL || fine->web == NULL) {
        return false;
    }
    for (size_t b = 0; b < fine->blocks; b++) {
        seconds_of(own, own_count, b * stride, fine->own[b]);
        fill_web(fine->web[b], web, web_count, own[b * stride].minute * 60 + lag - FINE_SECONDS);
        for (size_t s = 0; s < 60; s++) {
            fine->own_norm += (double)fine->own[b][s] * (double)fine->own[b][s];
            double seen = (double)fine->web[b][s + FINE_SECONDS];
            fine->web_norm += seen * seen;
        }
    }
    return true;
}

/* Scores of all lags over blocks [from, to). */
static void score_lags(const struct fine *fine, size_t from, size_t to, double scores[static FINE_LAGS])
{
    for (size_t lag = 0; lag < FINE_LAGS; lag++) {
        double sum = 0;
        for (size_t b = from; b < to; b++) {
            float part = 0;
            for (size_t s = 0; s < 60; s++) {
                part += fine->own[b][s] * fine->web[b][s + lag];
            }
            sum += (double)part;
        }
        scores[lag] = sum;
    }
}

static size_t best_of(const double scores[static FINE_LAGS])
{
    size_t best = 0;
    for (size_t i = 1; i < FINE_LAGS; i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    return best;
}

static double scale_of(const struct fine *fine)
{
    double scale = sqrt(fine->own_norm * fine->web_norm);
    return scale > 0 ? scale : 1;
}

/* ---- how clear ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The best score that a shuffled order of the database's seconds has, over all fine lags and shuffles. */
static double best_shuffled(const struct fine *fine)
{
    size_t blocks = fine->blocks < SHUFFLE_MAX / 60 ? fine->blocks : SHUFFLE_MAX / 60;
    struct fine part = {.blocks = blocks, .own = calloc(blocks, sizeof *part.own), .web = fine->web};
    double best = 0, own_norm = 0, web_norm = 0;
    uint64_t state = UINT64_C(0x2545f4914f6cdd1d);
    if (part.own == NULL) {
        return 1;
    }
    memcpy(part.own, fine->own, blocks * sizeof *part.own);
    float *flat = &part.own[0][0];
    for (size_t i = 0; i < blocks * 60; i++) {
        double seen = (double)fine->web[i / 60][i % 60 + FINE_SECONDS];
        own_norm += (double)flat[i] * (double)flat[i];
        web_norm += seen * seen;
    }
    double scale = sqrt(own_norm * web_norm);
    for (int round = 0; round < SHUFFLES && scale > 0; round++) {
        for (size_t i = blocks * 60; i > 1; i--) {
            size_t j = next_random(&state) % i;
            float kept = flat[i - 1];
            flat[i - 1] = flat[j];
            flat[j] = kept;
        }
        double scores[FINE_LAGS];
        score_lags(&part, 0, blocks, scores);
        double score = scores[best_of(scores)] / scale;
        best = score > best ? score : best;
    }
    free(part.own);
    return best;
}

static uint64_t matched(const struct db_minute *web, size_t web_count, const struct db_minute *own, size_t own_count,
                        int64_t lag)
{
    uint64_t count = 0;
    for (size_t i = 0; i < own_count; i++) {
        for (int64_t s = 0; s < 60; s++) {
            int64_t second = own[i].minute * 60 + s + lag;
            int64_t minute = second / 60 - (second % 60 < 0);
            size_t at = minute_find(web, web_count, minute);
            count += own[i].seconds[s] > 0 && at < web_count && web[at].minute == minute &&
                     web[at].seconds[second - minute * 60] > 0;
        }
    }
    return count;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Stretches of SLICE seconds in which the database was busier than around them, dealt out to parts in turn. Returns how many
 * parts have one. */
static size_t fill_parts(const struct fine *fine, double parts[static PARTS][FINE_LAGS])
{
    size_t count = 0;
    for (size_t b = 0; b < fine->blocks; b++) {
        for (size_t from = 0; from < 60; from += SLICE) {
            bool is_busy = false;
            for (size_t s = from; s < from + SLICE; s++) {
                is_busy |= fine->own[b][s] > 0;
            }
            if (!is_busy) {
                continue;
            }
            double *part = parts[count++ % PARTS];
            for (size_t lag = 0; lag < FINE_LAGS; lag++) {
                for (size_t s = from; s < from + SLICE; s++) {
                    part[lag] += (double)(fine->own[b][s] * fine->web[b][s + lag]);
                }
            }
        }
    }
    return count < PARTS ? count : PARTS;
}

/* The best lags when parts of the log are drawn again and again (bootstrap, PARTS parts, DRAWS times): the middle 95 of
 * 100. And never less than a second to each side, for both logs' stamps are whole seconds. */
static void interval(const struct fine *fine, int64_t lag, struct offset *offset)
{
    double parts[PARTS][FINE_LAGS] = {0};
    int64_t bests[DRAWS];
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    size_t used = fill_parts(fine, parts);
    for (size_t d = 0; d < DRAWS; d++) {
        double scores[FINE_LAGS] = {0};
        for (size_t p = 0; p < used; p++) {
            const double *drawn = parts[next_random(&state) % used];
            for (size_t i = 0; i < FINE_LAGS; i++) {
                scores[i] += drawn[i];
            }
        }
        bests[d] = lag + (int64_t)best_of(scores) - FINE_SECONDS;
    }
    qsort(bests, DRAWS, sizeof *bests, by_size);
    int64_t low = bests[DRAWS / 40], high = bests[DRAWS - 1 - DRAWS / 40];
    offset->lo = low < offset->seconds ? low : offset->seconds - 1;
    offset->hi = high > offset->seconds ? high : offset->seconds + 1;
}

/* Do the halves of the log, each by itself, say the same? A half that says nothing does not disagree. */
static bool halves_agree(const struct fine *fine, size_t best)
{
    size_t middle = fine->blocks / 2;
    if (fine->blocks < BLOCKS_MIN) {
        return true;
    }
    for (size_t half = 0; half < 2; half++) {
        size_t from = half == 0 ? 0 : middle, to = half == 0 ? middle : fine->blocks;
        double scores[FINE_LAGS], own = 0, web = 0;
        for (size_t b = from; b < to; b++) {
            for (size_t s = 0; s < 60; s++) {
                double seen = (double)fine->web[b][s + FINE_SECONDS];
                own += (double)fine->own[b][s] * (double)fine->own[b][s];
                web += seen * seen;
            }
        }
        score_lags(fine, from, to, scores);
        size_t at = best_of(scores);
        bool is_near = at + 2 >= best && at <= best + 2;
        if (!is_near && scores[at] > SCORE_MIN * sqrt(own * web) && scores[at] > 2 * scores[best]) {
            return false;
        }
    }
    return true;
}

static void judge(struct offset *offset)
{
    if (offset->matched < ACTIVE_MIN) {
        offset->why = "too few seconds in which both logs have anything";
    } else if (offset->score < SCORE_MIN) {
        offset->why = "at no offset do the two logs rise and fall together enough";
    } else if (offset->score <= offset->chance) {
        offset->why = "a shuffled order fits as well: what fits may be chance";
    } else if (offset->score - offset->second_best < MARGIN_MIN) {
        offset->why = "another offset fits nearly as well";
    } else if (!offset->is_steady) {
        offset->why = "the halves of the logs fit at different offsets: a clock was set, or ran away";
    } else if (offset->hi - offset->lo > INTERVAL_MAX) {
        offset->why = "a few stretches of the logs decide it: without some of them another offset fits best";
    } else {
        offset->is_known = true;
    }
}

/* The next best score that is no neighbour of the best: a request lasts a second or two. */
static double second_best(const double scores[static FINE_LAGS], size_t best)
{
    double found = 0;
    for (size_t i = 0; i < FINE_LAGS; i++) {
        bool is_near = i + 2 >= best && i <= best + 2;
        found = !is_near && scores[i] > found ? scores[i] : found;
    }
    return found;
}

/* The best second within FINE_SECONDS of a lag in minutes, and how clear it is. False: no memory. */
static bool estimate_near(int64_t minutes, const struct db_minute *web, size_t web_count,
                          const struct db_minute *database, size_t database_count, struct offset *ret_offset)
{
    struct fine fine;
    bool is_ready = fine_new(&fine, web, web_count, database, database_count, minutes * 60);
    if (is_ready) {
        double scores[FINE_LAGS], scale = scale_of(&fine);
        score_lags(&fine, 0, fine.blocks, scores);
        size_t at = best_of(scores);
        *ret_offset =
            (struct offset){.seconds = minutes * 60 + (int64_t)at - FINE_SECONDS, .score = scores[at] / scale};
        ret_offset->second_best = second_best(scores, at) / scale;
        ret_offset->chance = best_shuffled(&fine);
        ret_offset->is_steady = halves_agree(&fine, at);
        interval(&fine, minutes * 60, ret_offset);
    }
    fine_free(&fine);
    return is_ready;
}

/* Leaves the minutes from .. to. */
static void trim(const struct db_minute **all, size_t *count, int64_t from, int64_t to)
{
    size_t first = minute_find(*all, *count, from);
    *all += first;
    *count -= first;
    while (*count > 0 && (*all)[*count - 1].minute > to) {
        (*count)--;
    }
}

struct offset offset_estimate(const struct db_minute *web, size_t web_count, const struct db_minute *database,
                              size_t database_count)
{
    struct offset best = {.why = "one of the logs has nothing"};
    struct series u = {0}, v = {0};
    if (web_count == 0 || database_count == 0) {
        return best;
    }
    trim(&database, &database_count, database[database_count - 1].minute - (int64_t)DAYS_COMPARED * 1440, INT64_MAX);
    trim(&web, &web_count, database[0].minute - LAG_MINUTES, database[database_count - 1].minute + LAG_MINUTES);
    if (web_count == 0) {
        best.why = "the logs' times are more than 14 hours apart";
        return best;
    }
    double others = 0;
    int64_t lags[CANDIDATES] = {0};
    bool is_ready = minutes_of(&u, web, web_count) && minutes_of(&v, database, database_count);
    if (is_ready) {
        best_minutes(&u, &v, lags);
    }
    free(u.at);
    free(v.at);
    best.why = is_ready ? best.why : "no memory for the logs' minutes";
    for (size_t c = 0; is_ready && c < CANDIDATES; c++) {
        struct offset offset = {0};
        if (!estimate_near(lags[c], web, web_count, database, database_count, &offset)) {
            continue;
        }
        /* two candidates may be neighbours, and find the same */
        bool is_same = offset.seconds >= best.seconds - 2 && offset.seconds <= best.seconds + 2;
        bool is_better = c == 0 || offset.score > best.score;
        double other = is_better ? best.score : offset.score;
        others = c > 0 && !is_same && other > others ? other : others;
        best = is_better ? offset : best;
    }
    best.second_best = others > best.second_best ? others : best.second_best;
    best.matched = matched(web, web_count, database, database_count, best.seconds);
    judge(&best);
    return best;
}

/* ---- the web's seconds ---- */

struct web_pass {
    struct db_activity *web;
    const struct database *database;
};

/* Pictures, styles and the like come from the disk: they ask no database. */
static bool asks_database(const struct log_line *line)
{
    static const char *const endings[] = {".css", ".js",  ".png",   ".jpg",  ".jpeg", ".gif", ".svg",
                                          ".ico", ".map", ".woff2", ".woff", ".webp", ".txt", ".ttf"};
    struct str target = log_field(line, line->target);
    const char *end = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
    struct str path = end == NULL ? target : str_slice(target, 0, (size_t)(end - target.data));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(path, str_of(endings[i]))) {
            return false;
        }
    }
    return line->target.len > 0;
}

static int take_web(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line_number, struct err *err)
{
    const struct web_pass *pass = self;
    (void)offset;
    (void)line_number;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        if (log_is_parsed(line) && asks_database(line)) {
            TRY(db_activity_add(pass->web, line->second, 1, err));
        }
    }
    return 0;
}

static bool overlaps(void *self, const struct job *job)
{
    const struct database *database = ((const struct web_pass *)self)->database;
    int64_t slack = (int64_t)LAG_MINUTES * 60 + 3600;
    return job->first - slack <= database->last && job->last + slack >= database->first;
}

int join_web_activity(const struct run *run, struct db_activity *ret_web, struct err *err)
{
    struct web_pass pass = {.web = ret_web, .database = run->kinds[LOG_DATABASE]};
    const struct feed_taker taker = {.self = &pass, .take = take_web};
    TRY(read_again(run, overlaps, &taker, err));
    db_activity_sort(ret_web);
    return 0;
}

/* Lines of an error log whose request the access log does not have.
 *
 * Nearly every line of an error log that names a client belongs to a request, which the access log has within seconds.
 * Where that is so for the other lines of its sort, one without a request points at a line that is not there any more. The
 * access logs are read once more, only the lines of clients that the error log names. An error log mostly has no
 * zone: all shifts by quarters of an hour are tried at once, and the one under which most lines have their request is both the
 * proof of its zone and what the rest is measured by. What has too few lines for that is looked at by
 * contradict_run.c. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/contradict.h"

#include "base/banned.h"

enum {
    NEAR = 5,                 /* seconds between a request's stamp and its complaint */
    LONG_RUN = SHIFT_SECONDS, /* ... where it ran for long, and is stamped when it began, or when it ended */
    PER_CLIENT = 64,          /* complaints of one client that are looked up: bounds the work per line */
    SLOTS = COMPLAINTS_MAX * 2,
    LINES_MIN = 20, /* complaints with a request, to know what is usual */
    EXAMPLES = 8
};
#define USUAL 0.95      /* share of complaints of a sort that have their request */
#define NEARLY_ALL 0.98 /* ... of all complaints, where a sort is too rare to tell */

struct search {
    struct run *run;
    struct error_line *all;
    size_t count;
    uint32_t slots[SLOTS]; /* first complaint of a client + 1 */
    const struct job *job;
    bool has_queries;
    int64_t from, to; /* of complaints, with room for all shifts */
};

static size_t slot_of(const struct search *search, struct client_key key)
{
    size_t slot =
        (size_t)((key.lo ^ key.hi * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SLOTS;
    while (search->slots[slot] != 0 && !client_key_eq(search->all[search->slots[slot] - 1].key, key)) {
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

static void index_clients(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        struct error_line *one = &search->all[i];
        size_t slot = slot_of(search, one->key);
        uint32_t first = search->slots[slot];
        one->next = 0;
        one->is_looked_up = true;
        if (first == 0) {
            search->slots[slot] = (uint32_t)(i + 1);
            one->same_client = 1;
        } else if (search->all[first - 1].same_client < PER_CLIENT) {
            search->all[first - 1].same_client++;
            one->next = search->all[first - 1].next;
            search->all[first - 1].next = (uint32_t)(i + 1);
        } else {
            one->is_looked_up = false;
        }
        search->from = one->second < search->from ? one->second : search->from;
        search->to = one->second > search->to ? one->second : search->to;
    }
}

static bool wants(void *self, struct str client)
{
    const struct search *search = self;
    return search->slots[slot_of(search, client_key_of(client))] != 0;
}

static void mark(uint64_t bits[static 2], int64_t shift)
{
    if (shift >= 0 && shift <= 2 * SHIFTS_HALF) {
        bits[shift / 64] |= UINT64_C(1) << shift % 64;
    }
}

/* A request that may be the complaint's own, for as far as LONG_RUN, which is a step: under the shift before it and the one behind it. */
static void meet_far(struct error_line *complaint, const struct log_line *line, int64_t apart)
{
    uint64_t request =
        complaint->request == 0 ? 0 : request_hash(log_field(line, line->method), log_field(line, line->target));
    int64_t before = (apart + LONG_RUN) / SHIFT_SECONDS - 1;
    if (apart >= -LONG_RUN && (request == complaint->request || request == complaint->page)) {
        uint64_t *bits = request == complaint->request ? complaint->around : complaint->bare;
        mark(bits, before);
        mark(bits, before + 1);
    }
}

/* Under which shifts do the complaint and this request meet? */
static void meet(struct error_line *complaint, const struct log_line *line)
{
    int64_t apart = line->second - complaint->second + SHIFT_SECONDS * SHIFTS_HALF;
    int64_t shift = (apart + SHIFT_SECONDS / 2) / SHIFT_SECONDS;
    int64_t off = apart - shift * SHIFT_SECONDS;
    if (apart >= -NEAR && off >= -NEAR && off <= NEAR) {
        mark(complaint->shifts, shift);
    }
    meet_far(complaint, line, apart);
}

/* A log that was told to leave out the query has a request without it. */
static void take_bare(struct search *search)
{
    for (size_t i = 0; i < search->count && !search->has_queries; i++) {
        search->all[i].around[0] |= search->all[i].bare[0];
        search->all[i].around[1] |= search->all[i].bare[1];
    }
}

static int take(void *self, const struct log_batch *batch, uint64_t offset, uint64_t number, struct err *err)
{
    struct search *search = self;
    (void)offset;
    (void)number;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        if (!log_is_parsed(line)) {
            continue;
        }
        search->has_queries |= path_query(log_field(line, line->target)).data != NULL;
        uint32_t at = search->slots[slot_of(search, client_key_of(log_field(line, line->client)))];
        for (; at != 0; at = search->all[at - 1].next) {
            meet(&search->all[at - 1], line);
        }
    }
    return 0;
}

static bool touches(void *self, const struct job *job)
{
    struct search *search = self;
    int64_t room = SHIFT_SECONDS * (SHIFTS_HALF + 1);
    return job->last >= search->from - room && job->first <= search->to + room;
}

int complaints_match(struct run *run, struct err *err)
{
    struct watched *watched = run->watched;
    int64_t from, to;
    if (watched->complaint_count == 0 || !kind_range(run, LOG_WEB, &from, &to)) {
        return 0;
    }
    OWN(own_mem) struct search *search = calloc(1, sizeof *search);
    if (search == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to look for the requests of an error log");
    }
    search->run = run;
    search->all = watched->complaints;
    search->count = watched->complaint_count;
    search->from = INT64_MAX;
    search->to = INT64_MIN;
    index_clients(search);
    const struct feed_taker taker = {.self = search, .wants = wants, .take = take};
    TRY(read_again(run, touches, &taker, err));
    take_bare(search);
    return 0;
}

/* ---- the shift ---- */

static bool meets(const struct error_line *complaint, unsigned shift)
{
    return (complaint->shifts[shift / 64] >> shift % 64 & 1) != 0;
}

static bool is_of(const struct run *run, const struct error_line *complaint, uint32_t set)
{
    return run->sources.all[complaint->at.source].set == set && complaint->is_looked_up;
}

/* Complaints that have a request, by shift; how many lie in the web logs' time is not asked here. */
static void count_shifts(const struct run *run, uint32_t set, uint64_t counts[static SHIFTS])
{
    for (size_t i = 0; i < run->watched->complaint_count; i++) {
        const struct error_line *one = &run->watched->complaints[i];
        for (unsigned s = 0; s < SHIFTS && is_of(run, one, set); s++) {
            counts[s] += meets(one, s);
        }
    }
}

bool complaints_shift(const struct run *run, uint32_t set, int *ret_shift, uint64_t *ret_count, uint64_t *ret_second)
{
    uint64_t counts[SHIFTS] = {0};
    count_shifts(run, set, counts);
    unsigned best = 0;
    uint64_t second = 0;
    for (unsigned s = 1; s < SHIFTS; s++) {
        best = counts[s] > counts[best] ? s : best;
    }
    for (unsigned s = 0; s < SHIFTS; s++) {
        second = s != best && counts[s] > second ? counts[s] : second;
    }
    *ret_shift = (int)best - SHIFTS_HALF;
    *ret_count = counts[best];
    *ret_second = second;
    return counts[best] >= 10 && counts[best] >= 3 * second;
}

/* ---- what has none ---- */

/* Complaints that begin alike. */
struct sort {
    uint64_t sort;
    uint32_t all, with;
};

struct verdict {
    struct sort *sorts; /* SLOTS; all 0: free */
    uint64_t all, all_with;
    unsigned shift;
    int64_t from, to; /* of the web logs */
    uint64_t with, without;
};

static bool is_inside(const struct error_line *complaint, const struct verdict *verdict)
{
    int64_t at = complaint->second + ((int64_t)verdict->shift - SHIFTS_HALF) * SHIFT_SECONDS;
    return at > verdict->from + NEAR && at < verdict->to - NEAR;
}

static struct sort *sort_of(struct verdict *verdict, uint64_t sort)
{
    size_t slot = (size_t)(sort % SLOTS);
    while (verdict->sorts[slot].all != 0 && verdict->sorts[slot].sort != sort) {
        slot = (slot + 1) % SLOTS;
    }
    return &verdict->sorts[slot];
}

/* How often complaints of each sort have their request, and all together. */
static void count_sorts(const struct run *run, uint32_t set, struct verdict *verdict)
{
    for (size_t i = 0; i < run->watched->complaint_count; i++) {
        const struct error_line *one = &run->watched->complaints[i];
        if (is_of(run, one, set) && is_inside(one, verdict)) {
            struct sort *sort = sort_of(verdict, one->sort);
            sort->sort = one->sort;
            sort->all++;
            sort->with += meets(one, verdict->shift);
            verdict->all++;
            verdict->all_with += meets(one, verdict->shift);
        }
    }
}

/* Does a complaint of this sort have its request as a rule? Of a rare sort that never had one it is only taken to where
 * nearly all lines of the log have theirs. */
static bool is_usual(const struct verdict *verdict, const struct sort *sort)
{
    if (sort->all >= LINES_MIN) {
        return (double)sort->with >= USUAL * (double)sort->all;
    }
    return sort->with > 0 || (double)verdict->all_with >= NEARLY_ALL * (double)verdict->all;
}

/* Only sorts that have their request as a rule count. */
static void count_lines(const struct run *run, uint32_t set, struct verdict *verdict)
{
    for (size_t i = 0; i < run->watched->complaint_count; i++) {
        const struct error_line *one = &run->watched->complaints[i];
        if (is_of(run, one, set) && is_inside(one, verdict) && is_usual(verdict, sort_of(verdict, one->sort))) {
            verdict->with += meets(one, verdict->shift);
            verdict->without += !meets(one, verdict->shift);
        }
    }
}

static bool stands_out(const struct run *run, uint32_t set, struct verdict *verdict, const struct error_line *complaint)
{
    return is_of(run, complaint, set) && is_inside(complaint, verdict) && !meets(complaint, verdict->shift) &&
           is_usual(verdict, sort_of(verdict, complaint->sort));
}

static int tell_complaints_of(struct telling *telling, uint32_t set, struct sort *sorts, bool *ret_told)
{
    const struct run *run = telling->run;
    const struct watched *watched = run->watched;
    struct verdict verdict = {.sorts = sorts};
    int shift;
    uint64_t best, second, count = 0;
    if (!complaints_shift(run, set, &shift, &best, &second) || !kind_range(run, LOG_WEB, &verdict.from, &verdict.to)) {
        return 0;
    }
    verdict.shift = (unsigned)(shift + SHIFTS_HALF);
    count_sorts(run, set, &verdict);
    count_lines(run, set, &verdict);
    double base = (double)verdict.without / (double)(verdict.with + verdict.without);
    if (verdict.with < LINES_MIN || base > 1 - USUAL) {
        return 0;
    }
    json_t *examples = json_array();
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < watched->complaint_count; i++) {
        const struct error_line *one = &watched->complaints[i];
        if (!stands_out(run, set, &verdict, one)) {
            continue;
        }
        int64_t at = one->second + (int64_t)shift * SHIFT_SECONDS;
        from = at < from ? at : from;
        to = at > to ? at : to;
        if (count++ < EXAMPLES) {
            json_array_append_new(examples, place_json(run, &one->at));
        }
    }
    *ret_told = count > 0;
    if (count == 0) {
        json_decref(examples);
        return 0;
    }
    char says[320];
    snprintf(
        says, sizeof says,
        "%llu lines of the error log name a client of which the access log has no request within %d s; %llu others of %llu have "
        "theirs",
        (unsigned long long)count, NEAR, (unsigned long long)verdict.with,
        (unsigned long long)(verdict.with + verdict.without));
    const struct sign sign = {
        .kind = "error without a request",
        .source = run->sources.sets[set],
        .says = says,
        .innocent = "connections that ended before a request was complete, requests that ran for long, or "
                    "an access log of another virtual host that was not given",
        .of = LOG_WEB,
        .count = count,
        .base = base,
        .base_of = "lines of this error log without a request",
        .from = from,
        .to = to,
        .examples = examples};
    return sign_tell(telling, &sign);
}

int tell_complaints(struct telling *telling)
{
    const struct run *run = telling->run;
    for (uint32_t set = 0; set < run->sources.set_count && run->watched->complaint_count > 0; set++) {
        OWN(own_mem) struct sort *sorts = calloc(SLOTS, sizeof *sorts);
        if (sorts == NULL) {
            return err_set(telling->err, ERR_LIMIT, "no memory to look at an error log");
        }
        bool is_told = false;
        TRY(tell_complaints_of(telling, set, sorts, &is_told));
        if (!is_told) {
            TRY(tell_runs(telling, set));
        }
    }
    return 0;
}

/* What links the clients that are followed: the paths that led from one to another, and browser names that few have.
 *
 * A link is a reason to look, never an identity: behind one address may be an office, behind many addresses one person.
 * Each says how rare what it goes by is: a path that two of a thousand clients used links, a browser that every third has
 * does not. How rare a browser's name is takes a pass over all lines, so it is counted only in a hunt. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "trace/proxy.h"
#include "trace/tell.h"

#include "base/banned.h"

enum {
    AGENTS_MAX = 64,
    AGENT_BITS = 4096,
    AGENT_KEYS = 16,
    RARE_KEYS = 8,          /* a name that more clients have, and ... */
    COMMON_SHARE = 50,      /* ... more than a fiftieth of all, links nothing */
    SOON_SECONDS = 15 * 60, /* two uses of one path so near are one visit, perhaps */
    LINKS_SHOWN = 256,
    PROXY_CLIENTS = 16,
    PROXY_REQUESTS = 500,
    WINDOW_PER_WORKER = 4
};

/* A browser's name of a suspect, over all the log. */
struct agent {
    uint64_t hash;
    struct str text;
    uint64_t bits[AGENT_BITS / 64]; /* hashes of clients */
    struct client_key keys[AGENT_KEYS];
    size_t key_count; /* AGENT_KEYS + 1: more */
};

struct agents {
    struct agent all[AGENTS_MAX];
    size_t count;
};

struct pass {
    struct run *run;
    const struct agents *names;
    struct feed **feeds;
    size_t next;
    struct agents *merged;
};

struct result {
    struct err err;
    struct agents agents;
};

struct working {
    struct pass *pass;
    const struct source *source;
    struct agents *agents;
};

static void add_key(struct agent *agent, struct client_key key)
{
    uint64_t bit = (key.lo ^ key.hi * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 52;
    agent->bits[bit / 64] |= UINT64_C(1) << bit % 64;
    for (size_t i = 0; i < agent->key_count && i < AGENT_KEYS; i++) {
        if (client_key_eq(agent->keys[i], key)) {
            return;
        }
    }
    if (agent->key_count < AGENT_KEYS) {
        agent->keys[agent->key_count] = key;
    }
    agent->key_count += agent->key_count <= AGENT_KEYS;
}

static uint64_t clients_with(const struct agent *agent)
{
    uint64_t set = 0;
    if (agent->key_count <= AGENT_KEYS) {
        return agent->key_count;
    }
    for (size_t i = 0; i < AGENT_BITS / 64; i++) {
        set += (uint64_t)__builtin_popcountll(agent->bits[i]);
    }
    double left = set >= AGENT_BITS - 1 ? 1 : (double)(AGENT_BITS - set);
    return (uint64_t)(AGENT_BITS * log(AGENT_BITS / left) + 0.5);
}

static int take_batch(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line_number, struct err *err)
{
    struct working *working = self;
    (void)offset;
    (void)line_number;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        struct str text = log_is_parsed(line) ? log_field(line, line->agent) : (struct str){"", 0};
        for (size_t a = 0; text.len > 0 && a < working->agents->count; a++) {
            if (str_eq(working->agents->all[a].text, text)) {
                add_key(&working->agents->all[a], client_key_of(client_of(working->pass->run, working->source, line)));
            }
        }
    }
    return 0;
}

static void *next_job(void *self)
{
    struct pass *pass = self;
    const struct sources *sources = &pass->run->sources;
    while (pass->next < sources->job_count) {
        struct job *job = &sources->jobs[pass->next++];
        const struct log_reader *reader = &sources->all[job->source].reader;
        if (reader->format->kind == LOG_WEB && (reader->has & LOG_HAS_AGENT) != 0) {
            return job;
        }
    }
    return NULL;
}

static void *work_job(void *self, unsigned worker, void *job_pointer)
{
    struct pass *pass = self;
    const struct job *job = job_pointer;
    struct result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    struct feed **feed = &pass->feeds[worker];
    struct working working = {.pass = pass, .source = &pass->run->sources.all[job->source], .agents = &result->agents};
    const struct feed_taker taker = {.self = &working, .take = take_batch};
    struct tally tally = {0};
    char damage[256];
    result->agents = *pass->names;
    if ((*feed == NULL && (*feed = feed_new(&result->err)) == NULL) ||
        feed_job(*feed, working.source, job, &taker, &tally, damage, &result->err) != 0) {
        return result; /* with its err */
    }
    return result;
}

static void drop_result(void *self, void *job, void *result)
{
    (void)self;
    (void)job;
    free(result);
}

static int done_job(void *self, void *job, void *result_pointer, struct err *err)
{
    struct pass *pass = self;
    struct result *result = result_pointer;
    if (result == NULL || result->err.kind != ERR_NONE) {
        int rc = result == NULL ? err_set(err, ERR_LIMIT, "no memory for a stretch of log")
                                : err_set(err, result->err.kind, "%s", result->err.text);
        drop_result(self, job, result);
        return rc;
    }
    for (size_t a = 0; a < pass->merged->count; a++) {
        struct agent *into = &pass->merged->all[a];
        const struct agent *from = &result->agents.all[a];
        for (size_t i = 0; i < AGENT_BITS / 64; i++) {
            into->bits[i] |= from->bits[i];
        }
        for (size_t i = 0; i < from->key_count && i < AGENT_KEYS; i++) {
            add_key(into, from->keys[i]);
        }
        into->key_count = from->key_count > AGENT_KEYS ? AGENT_KEYS + 1 : into->key_count;
    }
    drop_result(self, job, result);
    return 0;
}

/* The names of all suspects, each once, with the clients that have them. */
static int count_agents(struct run *run, const struct story *story, struct agents *agents, struct err *err)
{
    for (size_t i = 0; i < story->suspect_count && agents->count < AGENTS_MAX; i++) {
        struct str text = story->follow.conducts[i].agent;
        bool is_known = text.len == 0 || str_eq(text, STR("-"));
        for (size_t a = 0; a < agents->count; a++) {
            is_known |= str_eq(agents->all[a].text, text);
        }
        if (!is_known) {
            agents->all[agents->count++] = (struct agent){.hash = str_hash(text), .text = text};
        }
    }
    if (agents->count == 0 || !run->options->is_hunt) {
        return 0;
    }
    OWN(own_mem) struct agents *names = malloc(sizeof *names);
    struct pass pass = {.run = run, .names = names, .merged = agents};
    pass.feeds = calloc(run->workers, sizeof(struct feed *));
    if (names == NULL || pass.feeds == NULL) {
        free(pass.feeds);
        return err_set(err, ERR_LIMIT, "no memory for %zu browser names", agents->count);
    }
    *names = *agents;
    const struct pool_spec spec = {.self = &pass,
                                   .workers = run->workers,
                                   .window = (size_t)run->workers * WINDOW_PER_WORKER,
                                   .next = next_job,
                                   .work = work_job,
                                   .done = done_job,
                                   .drop = drop_result};
    int rc = pool_run(&spec, err);
    for (unsigned w = 0; w < run->workers; w++) {
        feed_free(pass.feeds[w]);
    }
    free(pass.feeds);
    return rc;
}

/* ---- saying it ---- */

/* In bits: how much less likely it is that two clients share this by chance. */
static json_t *weight_of(uint64_t all, uint64_t sharing)
{
    double bits = all > 0 && sharing > 0 && sharing < all ? log2((double)all / (double)sharing) : 0;
    return json_real((double)(int64_t)(bits * 10 + 0.5) / 10);
}

static void trap_reasons(struct record *record, json_t *reasons, const struct telling *telling, size_t number)
{
    const struct conduct *conduct = &telling->story->follow.conducts[number];
    if (conduct->agent_count > 3) {
        record_reason(
            record, reasons,
            "K%zu has %s%zu browser names: an office, a provider's shared address or a Tor exit may stand behind it, "
            "and what it did elsewhere may be other people's",
            number + 1, conduct->agent_count > 8 ? "more than " : "",
            conduct->agent_count > 8 ? (size_t)8 : conduct->agent_count);
    }
}

/* client -> path -> clients: how a path that nobody gave came to be followed, and whom it led to. */
static int tell_path_link(struct telling *telling, uint16_t at)
{
    const struct run *run = telling->run;
    const struct seed *seed = &run->seeds[at];
    size_t from = suspect_number(telling->story, seed->via);
    struct record record = record_new();
    json_t *reasons = json_array(), *to = json_array();
    uint64_t users = 0;
    for (size_t i = 0; i < run->survey.uses.count; i++) {
        const struct use *use = &run->survey.uses.rows[i];
        if (use->seed != at || use->ok == 0) {
            continue;
        }
        size_t number = suspect_number(telling->story, use->key);
        users++;
        if (number < telling->story->suspect_count && number != from) {
            record.is_failed |= json_array_append_new(to, client_name(telling->story, number)) != 0;
        }
    }
    record_set(&record, "class", json_string("link"));
    record_set(&record, "by", json_string("path"));
    record_text(&record, "path", seed->path);
    record_set(&record, "from", client_name(telling->story, from));
    record_set(&record, "to", to);
    record_count(&record, "hops", seed->hops);
    record_count(&record, "clients", users);
    record_count(&record, "of_clients", run->survey.clients);
    record_set(&record, "weight", weight_of(run->survey.clients, users));
    record_reason(&record, reasons, "%llu of %llu clients used %s", (unsigned long long)users,
                  (unsigned long long)run->survey.clients, seed->path.data);
    if (from < telling->story->suspect_count) {
        trap_reasons(&record, reasons, telling, from);
    }
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

/* A path that both used within minutes; its number, or the number of paths. */
static size_t used_together(const struct run *run, struct client_key a, struct client_key b, int64_t *ret_apart)
{
    for (size_t s = 0; s < run->seed_count; s++) {
        const struct use *x = uses_find(&run->survey.uses, (uint16_t)s, a);
        const struct use *y = uses_find(&run->survey.uses, (uint16_t)s, b);
        if (x == NULL || y == NULL || x->ok == 0 || y->ok == 0) {
            continue;
        }
        int64_t apart = x->first_ok.second > y->last_ok.second   ? x->first_ok.second - y->last_ok.second
                        : y->first_ok.second > x->last_ok.second ? y->first_ok.second - x->last_ok.second
                                                                 : 0;
        if (apart <= SOON_SECONDS) {
            *ret_apart = apart;
            return s;
        }
    }
    return run->seed_count;
}

static void agent_reasons(struct record *record, json_t *reasons, const struct telling *telling,
                          const struct agent *agent, bool is_counted)
{
    if (is_counted) {
        record_reason(record, reasons, "%llu of %llu clients have this browser name",
                      (unsigned long long)clients_with(agent), (unsigned long long)telling->run->survey.clients);
    } else {
        record_reason(record, reasons, "how many clients have this browser name was not counted: --hunt counts them");
    }
}

/* Two suspects with one browser name, who used one path within minutes: possibly one person with several addresses. */
static int tell_agent_link(struct telling *telling, const struct agent *agent, size_t a, size_t b)
{
    const struct run *run = telling->run;
    const struct suspect *suspects = telling->story->suspects;
    bool is_counted = run->options->is_hunt;
    uint64_t sharing = clients_with(agent);
    int64_t apart = 0;
    size_t seed = used_together(run, suspects[a].key, suspects[b].key, &apart);
    bool is_common = is_counted && sharing > RARE_KEYS && sharing * COMMON_SHARE > run->survey.clients;
    if (seed == run->seed_count || is_common) {
        return 0;
    }
    struct record record = record_new();
    json_t *reasons = json_array(), *to = json_array();
    char text[TIME_TEXT];
    record.is_failed |= json_array_append_new(to, client_name(telling->story, b)) != 0;
    record_set(&record, "class", json_string("link"));
    record_set(&record, "by", json_string("agent"));
    record_text(&record, "agent", agent->text);
    record_text(&record, "path", run->seeds[seed].path);
    record_set(&record, "from", client_name(telling->story, a));
    record_set(&record, "to", to);
    record_set(&record, "clients", is_counted ? json_integer((json_int_t)sharing) : json_null());
    record_count(&record, "of_clients", run->survey.clients);
    record_set(&record, "weight", is_counted ? weight_of(run->survey.clients, sharing) : json_null());
    duration(text, apart);
    record_reason(&record, reasons, "both used %s, %s apart, with the same browser name", run->seeds[seed].path.data,
                  text);
    agent_reasons(&record, reasons, telling, agent, is_counted);
    record_reason(
        &record, reasons,
        "possibly one person with several addresses (Tor, a mobile network, a VPN): said, and not merged into one");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

static int tell_agents(struct telling *telling, const struct agents *agents)
{
    const struct story *story = telling->story;
    size_t shown = 0;
    for (size_t n = 0; n < agents->count; n++) {
        for (size_t a = 0; a < story->suspect_count; a++) {
            for (size_t b = a + 1; b < story->suspect_count && shown < LINKS_SHOWN; b++) {
                if (str_eq(story->follow.conducts[a].agent, agents->all[n].text) &&
                    str_eq(story->follow.conducts[b].agent, agents->all[n].text)) {
                    TRY(tell_agent_link(telling, &agents->all[n], a, b));
                    shown++;
                }
            }
        }
    }
    return 0;
}

/* Few addresses with very many requests: what the log has as client may be a proxy's address. */
static int tell_column(struct telling *telling)
{
    const struct run *run = telling->run;
    uint64_t clients = run->survey.clients;
    bool is_narrow = clients > 0 && clients <= PROXY_CLIENTS && run->survey.requests / clients >= PROXY_REQUESTS;
    if (!is_narrow || run->proxies != NULL) {
        return 0;
    }
    struct record record = record_new();
    record_set(&record, "class", json_string("client-column"));
    record_count(&record, "clients", clients);
    record_count(&record, "requests", run->survey.requests);
    record_set(&record, "means",
               json_string(
                   "most of the log comes from few addresses: the client column may hold a proxy or load balancer, and "
                   "then clients cannot be told apart by it"));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

static int tell_forwarded(struct telling *telling)
{
    const struct run *run = telling->run;
    bool has_column = false;
    for (size_t i = 0; i < run->sources.count; i++) {
        has_column |= (run->sources.all[i].reader.has & LOG_HAS_FORWARDED) != 0;
    }
    if (has_column == (run->proxies != NULL)) {
        return 0;
    }
    struct record record = record_new();
    record_set(&record, "class", json_string("forwarded-for"));
    record_set(
        &record, "means",
        json_string(
            has_column
                ? "these logs have a forwarded-for column; it is not used, because anybody can send one: name the "
                  "proxies that are known with --trusted-proxy"
                : "proxies are trusted, but these logs have no forwarded-for column: the client is the "
                  "connection's address"));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

int tell_links(struct telling *telling)
{
    OWN(own_mem) struct agents *agents = calloc(1, sizeof *agents);
    if (agents == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for browser names");
    }
    for (size_t s = 0; s < telling->run->seed_count; s++) {
        if (telling->run->seeds[s].origin != SEED_GIVEN) {
            TRY(tell_path_link(telling, (uint16_t)s));
        }
    }
    TRY(count_agents(telling->run, telling->story, agents, telling->err));
    TRY(tell_agents(telling, agents));
    TRY(tell_column(telling));
    return tell_forwarded(telling);
}

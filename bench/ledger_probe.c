/* What the ledger costs, through the doors of the case: for bench/ledger_bench.py.
 *   ledger_probe make DIR ENTRIES BATCH   a new case; ENTRIES findings of sweep and events of trace, BATCH an append, and what makes it a
 *                                         case that can be judged
 *   ledger_probe verify DIR
 *   ledger_probe open DIR                 open for reading, the outline, a page of the timeline
 *   ledger_probe write DIR                open for writing, one append, close
 *   ledger_probe model DIR                open for reading and the whole model
 * Prints one JSON line of wall and CPU seconds and of peak memory. Making the JSON that is appended is not counted. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

struct watch {
    int64_t wall, cpu; /* ns, summed over begin..end */
    int64_t wall_from, cpu_from;
};

static int64_t cpu_now(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * NS_PER_S + used.tv_nsec;
}

static void watch_begin(struct watch *watch)
{
    watch->wall_from = time_ticks();
    watch->cpu_from = cpu_now();
}

static void watch_end(struct watch *watch)
{
    watch->wall += time_ticks() - watch->wall_from;
    watch->cpu += cpu_now() - watch->cpu_from;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static int tell(json_t *told, const char *what, const struct watch *watch)
{
    struct rusage used;
    char name[64];
    (void)getrusage(RUSAGE_SELF, &used);
    bool is_set = json_object_set_new(told, "peak", json_integer((json_int_t)used.ru_maxrss * 1024)) == 0;
    (void)snprintf(name, sizeof name, "%s_seconds", what);
    is_set = is_set && json_object_set_new(told, name, json_real(seconds(watch->wall))) == 0;
    (void)snprintf(name, sizeof name, "%s_cpu", what);
    is_set = is_set && json_object_set_new(told, name, json_real(seconds(watch->cpu))) == 0;
    return is_set ? 0 : -1;
}

/* Numbers that look random and are the same each time (Steele, Lea, Flood: SplitMix64). */
static uint64_t scatter(uint64_t n)
{
    n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
    return n ^ (n >> 31);
}

static json_t *sweep_record(uint64_t n)
{
    char path[96];
    char sha256[65];
    char mtime[TIME_TEXT];
    unsigned long long r = scatter(n);
    (void)snprintf(path, sizeof path, "wp-content/uploads/%llu/%02llu/thumb-%llx.php", 2019 + r % 7, 1 + r % 12,
                   (unsigned long long)n);
    for (unsigned i = 0; i < 4; i++) {
        (void)snprintf(sha256 + (size_t)i * 16, 17, "%016llx", (unsigned long long)scatter(r + i));
    }
    time_rfc3339(mtime, (INT64_C(1735689600) + (int64_t)(r % 40000000)) * NS_PER_S);
    return json_pack("{s:s, s:s, s:i, s:s, s:n, s:s, s:s, s:i, s:s, s:i, s:i, s:[{s:s, s:i, s:s, s:n}]}", "class",
                     "shell", "path", path, "line", (int)(r % 900), "language", "php", "name", "confidence", "high",
                     "sha256", sha256, "bytes", (int)(r % 90000), "mtime", mtime, "uid", 33, "mode", 420, "reasons",
                     "kind", "rule", "line", (int)(r % 900), "text", "request data reaches eval", "decoded");
}

static json_t *trace_record(uint64_t n)
{
    char client[16];
    char time[TIME_TEXT];
    unsigned long long r = scatter(n);
    (void)snprintf(client, sizeof client, "K%llu", 1 + r % 40);
    time_rfc3339(time, (INT64_C(1773500000) + (int64_t)(n / 3)) * NS_PER_S);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:i, s:i, s:[s, s], s:n}", "time", time,
                     "role", "use", "client", client, "address", "203.0.113.x", "method", "POST", "path",
                     "/wp-content/uploads/2024/05/a.php", "query", "act=sql&db=shop&t=orders", "status", 200, "bytes",
                     (int)(r % 900000), "source", "access.log.3.gz", "line", (int)(n % 1000000), "offset",
                     (int)(n * 190 % 1000000000), "reasons", "the client used the path before",
                     "parameters of a database tool", "user");
}

/* An examination writes its records together: so many of one, then of the other. */
#define RUN UINT64_C(1000)

static json_t *entries_from(uint64_t first, uint64_t count)
{
    json_t *entries = json_array();
    for (uint64_t n = first; n < first + count; n++) {
        bool is_event = n / RUN % 2 == 1;
        json_t *entry = json_pack("{s:s, s:s, s:o}", "type", is_event ? "event" : "finding", "examination",
                                  is_event ? "X02" : "X01", "record", is_event ? trace_record(n) : sweep_record(n));
        if (json_array_append_new(entries, entry) != 0) {
            json_decref(entries);
            return NULL;
        }
    }
    return entries;
}

static json_t *opening(void)
{
    return json_pack(
        "[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s, s:s, s:s},"
        " {s:s, s:s, s:s, s:s, s:[s]}, {s:s, s:s, s:s, s:s, s:[s]}]",
        "type", "party", "id", "shop", "name", "Shop", "kind", "company", "type", "claim", "kind", "entry", "text",
        "a tool was planted", "type", "evidence", "id", "E01", "what", "tree", "name", "web", "owner", "shop",
        "custody", "independent", "type", "evidence", "id", "E02", "what", "log", "name", "access.log.3.gz", "owner",
        "shop", "custody", "independent", "type", "examination", "id", "X01", "engine", "sweep", "status", "done",
        "evidence", "E01", "type", "examination", "id", "X02", "engine", "trace", "status", "done", "evidence", "E02");
}

/* What each client did with the tool, and the summaries: then the case is one that can be judged. */
static json_t *closing(uint64_t count)
{
    json_t *entries = json_array();
    for (unsigned client = 1; client <= 40; client++) {
        json_t *use = json_pack(
            "{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:o, s:i, s:{s:i}, s:s, s:s}}", "type", "finding", "examination", "X02",
            "record", "class", "use", "confidence", "high", "class_of_path", "shell", "path",
            "/wp-content/uploads/2024/05/a.php", "client", json_sprintf("K%u", client), "requests", (int)(count / 80),
            "statuses", "200", (int)(count / 80), "first", "2026-03-14T14:53:20Z", "last", "2026-03-18T11:00:00Z");
        (void)json_array_append_new(entries, use);
    }
    (void)json_array_append_new(
        entries, json_pack("{s:s, s:s, s:{s:I, s:I, s:I, s:I, s:{}, s:b}}", "type", "summary", "examination", "X01",
                           "record", "files", (json_int_t)count, "read", (json_int_t)count, "web_files",
                           (json_int_t)count, "findings", (json_int_t)(count + 1) / 2, "skipped", "complete", 1));
    (void)json_array_append_new(
        entries,
        json_pack("{s:s, s:s, s:{s:I, s:I, s:I, s:i, s:s, s:s, s:[], s:b}}", "type", "summary", "examination", "X02",
                  "record", "lines", (json_int_t)count, "parsed", (json_int_t)count, "rejected", (json_int_t)0,
                  "clients", 4000, "first", "2026-03-14T00:00:00Z", "last", "2026-03-18T12:00:00Z", "gaps", "complete",
                  1));
    return entries;
}

static int make(const char *dir, uint64_t count, uint64_t batch, json_t *told, struct err *err)
{
    struct watch watch = {0};
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *first = opening();
    TRY(assay_case_create(dir, "bench", NULL, NULL, err));
    TRY(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, err));
    TRY(assay_case_append(kase, first, err));
    for (uint64_t n = 0; n < count; n += batch) {
        OWN(own_json) json_t *entries = entries_from(n, batch < count - n ? batch : count - n);
        (void)malloc_trim(0); /* or the first large piece of memory pays for what the batch before gave back */
        watch_begin(&watch);
        int failed = assay_case_append(kase, entries, err);
        watch_end(&watch);
        TRY(failed);
    }
    OWN(own_json) json_t *last = closing(count);
    TRY(assay_case_append(kase, last, err));
    return tell(told, "append", &watch);
}

static int verify(const char *dir, json_t *told, struct err *err)
{
    struct watch watch = {0};
    OWN(own_json) json_t *report = NULL;
    watch_begin(&watch);
    TRY(assay_case_verify(dir, &report, err));
    watch_end(&watch);
    if (!json_bool(report, "verified", false)) {
        return err_set(err, ERR_TAMPERED, "does not verify");
    }
    return tell(told, "verify", &watch);
}

static int open_and_look(const char *dir, json_t *told, struct err *err)
{
    struct watch open = {0};
    struct watch outline = {0};
    struct watch page = {0};
    const struct assay_window window = {.from_ns = INT64_C(1773550000) * NS_PER_S, .to_ns = INT64_MIN, .limit = 100};
    json_t *events = NULL;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    watch_begin(&open);
    TRY(assay_case_open(dir, ASSAY_CASE_READ, &kase, NULL, err));
    watch_end(&open);
    watch_begin(&outline);
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    watch_end(&outline);
    if (model == NULL) {
        return -1;
    }
    watch_begin(&page);
    TRY(assay_case_events(kase, &window, &events, err));
    watch_end(&page);
    bool is_told = json_object_set(told, "in_window", json_object_get(events, "count")) == 0 &&
                   tell(told, "open", &open) == 0 && tell(told, "outline", &outline) == 0;
    json_decref(events);
    return is_told ? tell(told, "page", &page) : -1;
}

static int open_and_write(const char *dir, json_t *told, struct err *err)
{
    struct watch open = {0};
    struct watch append = {0};
    struct watch close = {0};
    OWN(own_json) json_t *entry = json_pack("[{s:s, s:s, s:s}]", "type", "claim", "kind", "use", "text", "it was used");
    struct assay_case *kase = NULL;
    watch_begin(&open);
    TRY(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, err));
    watch_end(&open);
    watch_begin(&append);
    int failed = assay_case_append(kase, entry, err);
    watch_end(&append);
    watch_begin(&close);
    assay_case_close(kase);
    watch_end(&close);
    return failed != 0 || tell(told, "open", &open) != 0 || tell(told, "append", &append) != 0
               ? -1
               : tell(told, "close", &close);
}

static int read_all(const char *dir, json_t *told, struct err *err)
{
    struct watch watch = {0};
    OWN(own_assay_case) struct assay_case *kase = NULL;
    TRY(assay_case_open(dir, ASSAY_CASE_READ, &kase, NULL, err));
    watch_begin(&watch);
    OWN(own_json) json_t *model = assay_case_model(kase, err);
    watch_end(&watch);
    return model != NULL ? tell(told, "model", &watch) : -1;
}

static int act(int argc, char **argv, json_t *told, struct err *err)
{
    uint64_t count;
    uint64_t batch;
    const char *what = argc > 2 ? argv[1] : "";
    if (strcmp(what, "make") == 0 && argc == 5 && str_u64(str_of(argv[3]), &count) &&
        str_u64(str_of(argv[4]), &batch) && batch != 0) {
        return make(argv[2], count, batch, told, err);
    }
    if (strcmp(what, "verify") == 0) {
        return verify(argv[2], told, err);
    }
    if (strcmp(what, "open") == 0) {
        return open_and_look(argv[2], told, err);
    }
    if (strcmp(what, "write") == 0) {
        return open_and_write(argv[2], told, err);
    }
    if (strcmp(what, "model") == 0) {
        return read_all(argv[2], told, err);
    }
    return err_set(err, ERR_USAGE,
                   "ledger_probe make DIR ENTRIES BATCH | verify DIR | open DIR | write DIR | model DIR");
}

int main(int argc, char **argv)
{
    struct err err = {0};
    OWN(own_json) json_t *told = json_object();
    OWN(own_buf) struct buf line = {0};
    if (told == NULL || act(argc, argv, told, &err) != 0 || json_canonical(&line, told, &err) != 0) {
        (void)fprintf(stderr, "ledger_probe: %s\n", err.text);
        return 1;
    }
    (void)puts(line.data);
    return 0;
}

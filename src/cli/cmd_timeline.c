/* assay timeline */
#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/paint.h"

#include "base/banned.h"

enum { LIMIT_DEFAULT = 100 };

static int read_time(const struct cli *cli, const char *option, int64_t *ret_ns, struct err *err)
{
    const char *text = cli_text(cli, option);
    *ret_ns = text != NULL ? time_parse(str_of(text)) : TIME_NONE;
    if (text != NULL && *ret_ns == TIME_NONE) {
        err_set(err, ERR_USAGE, "--%s: '%s' is no time", option, text);
        return err_remedy(err, "write 2026-03-14 or 2026-03-14T21:47:09Z");
    }
    return 0;
}

static int read_window(const struct cli *cli, struct assay_window *ret_window, struct err *err)
{
    uint64_t limit;
    TRY(cli_number(cli, "limit", LIMIT_DEFAULT, &limit, err));
    TRY(read_time(cli, "from", &ret_window->from_ns, err));
    TRY(read_time(cli, "to", &ret_window->to_ns, err));
    if (limit == 0 || limit > ASSAY_WINDOW_MAX) {
        return err_set(err, ERR_USAGE, "--limit: 1 to %d", ASSAY_WINDOW_MAX);
    }
    ret_window->after = cli_text(cli, "after");
    ret_window->limit = (size_t)limit;
    return 0;
}

/* The record as its examination told it, under its id. */
static int show_json(const json_t *event, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    const json_t *entry = json_object_get(event, "entry");
    OWN(own_json) json_t *told = json_copy(json_object_get(entry, "record"));
    bool is_set = told != NULL && json_object_set(told, "id", json_object_get(entry, "id")) == 0 &&
                  json_object_set(told, "examination", json_object_get(entry, "examination")) == 0 &&
                  json_object_set(told, "at", json_object_get(event, "at")) == 0 &&
                  json_object_set(told, "kind", json_object_get(entry, "type")) == 0;
    if (!is_set) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&line, told, err));
    (void)puts(line.data);
    return 0;
}

static void put_part(const char *text)
{
    if (text != NULL && *text != '\0') {
        (void)putchar(' ');
        put_evidence(stdout, str_of(text));
    }
}

static void show_line(const struct cli *cli, const json_t *event)
{
    const json_t *entry = json_object_get(event, "entry");
    const json_t *record = json_object_get(entry, "record");
    paint(stdout, cli->has_colour, ROLE_CLOCK, "%s", json_text(event, "at", ""));
    (void)printf("  %-10s ", json_text(entry, "id", ""));
    paint(stdout, cli->has_colour, ROLE_CLASS, "%s", json_text(record, "role", json_text(record, "class", "")));
    put_part(json_text(record, "client", NULL));
    put_part(json_text(record, "method", NULL));
    put_part(json_text(record, "path", json_text(record, "source", NULL)));
    (void)putchar('\n');
}

static int show_end(const struct cli *cli, const json_t *page, struct err *err)
{
    long long shown = (long long)json_array_size(json_object_get(page, "events"));
    long long count = json_int(page, "count", 0);
    long long undated = json_int(page, "undated", 0);
    const char *next = json_text(page, "next", NULL);
    if (cli->is_json) {
        OWN(own_buf) struct buf line = {0};
        OWN(own_json)
        json_t *summary = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s?, s:b}", "kind", "summary", "engine", "timeline",
                                    "shown", (json_int_t)shown, "count", (json_int_t)count, "undated",
                                    (json_int_t)undated, "next", next, "complete", next == NULL);
        TRY(json_canonical(&line, summary, err));
        (void)puts(line.data);
        return 0;
    }
    if (!cli->is_quiet) {
        char text[256];
        (void)snprintf(text, sizeof text, "%lld of %lld records of that time; %lld findings and events have no time",
                       shown, count, undated);
        closing(stdout, cli->has_colour, "shown", ROLE_PLAIN, text);
        if (next != NULL) {
            (void)snprintf(text, sizeof text, "the same with --after %s", next);
            closing(stdout, cli->has_colour, "next", ROLE_PLAIN, text);
        }
    }
    return 0;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    struct assay_window window;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *page = NULL;
    size_t i;
    const json_t *event;
    TRY(cli_case(cli, &dir, err));
    TRY(read_window(cli, &window, err));
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    TRY(assay_case_events(kase, &window, &page, err));
    json_array_foreach(json_object_get(page, "events"), i, event)
    {
        if (cli->is_json) {
            TRY(show_json(event, err));
        } else {
            show_line(cli, event);
        }
    }
    TRY(show_end(cli, page, err));
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"from", "TIME", false, "begin here (RFC 3339, or a date: midnight UTC)", 0},
    {"to", "TIME", false, "end before this", 0},
    {"limit", "N", false, "records a page, 1 to 10000 (default 100)", 0},
    {"after", "PLACE", false, "the page behind this place, which the page before names", 0},
    {.name = NULL},
};

const struct cli_command cmd_timeline = {
    .name = "timeline",
    .usage = "--case DIR [--from TIME] [--to TIME] [--limit N] [--json]",
    .question = "what happened when, as far as the case knows, a page at a time",
    .help = "Prints what examinations recorded, by the time of what it tells: the time of an\n"
            "event, or the first request of a finding. What was superseded is left out.",
    .options = options,
    .notes = "It shows what was examined and recorded; what no examination saw is not in it.\n"
             "Findings without a time are counted at the end, not shown.\n"
             "Exit: 0 shown, 2 could not, 64 usage.",
    .examples = "  assay timeline --case maple-lane.case\n"
                "  assay timeline --case maple-lane.case --from 2026-03-14 --to 2026-03-16 --json",
    .least = 0,
    .most = 0,
    .run = run,
};

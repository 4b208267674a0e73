/* Runs an engine, prints what it says as it says it, and records it with --case. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/examine.h"
#include "cli/paint.h"

#include "base/banned.h"

/* ---- progress: one line on a terminal's stderr, four times a second, from the first second on ---- */

static void wipe(struct listen *listen)
{
    if (listen->is_drawn) {
        (void)fputs("\r\x1b[K", stderr);
        listen->is_drawn = false;
    }
}

static void draw(void *self, const struct assay_progress *p)
{
    struct listen *listen = self;
    int64_t now = time_ticks();
    if (!isatty(STDERR_FILENO) || listen->cli->is_quiet || now - listen->began < NS_PER_S ||
        now - listen->last_drawn < NS_PER_S / 4) {
        return;
    }
    listen->last_drawn = now;
    double seconds = (double)(now - listen->began) / (double)NS_PER_S;
    char done[NUMBER_TEXT], total[NUMBER_TEXT], rate[NUMBER_TEXT], units[NUMBER_TEXT],
        share[48] = "", left[TIME_TEXT + 8] = "total not known yet";
    /* bytes tell more than files do, where both are known: one file may be all there is */
    uint64_t part = p->all_bytes != 0 ? p->bytes : p->done, whole = p->all_bytes != 0 ? p->all_bytes : p->total;
    if (whole >= part && part != 0) {
        char time[TIME_TEXT];
        time_duration(time, (int64_t)(seconds * (double)(whole - part) / (double)part * (double)NS_PER_S));
        (void)snprintf(left, sizeof left, "%s left", time);
    }
    /* a total below what is done already is not one: the tree grew */
    if (p->total >= p->done && p->done != 0) {
        (void)snprintf(share, sizeof share, " of %s", number_text(total, p->total));
    }
    (void)fprintf(stderr, "\r\x1b[K%s  %s%s %s", p->verb, number_text(done, p->done), share, p->unit);
    if (whole >= part && whole != 0) {
        (void)fprintf(stderr, "   %u %%", (unsigned)(100 * part / whole));
    }
    (void)fprintf(stderr, "   %s %s/s, %s/s   %llu found   %s",
                  number_text(units, (uint64_t)((double)p->done / seconds)), p->unit,
                  bytes_text(rate, (uint64_t)((double)p->bytes / seconds)), (unsigned long long)p->found, left);
    listen->is_drawn = true;
}

/* ---- records ---- */

static int print_json(struct listen *listen, enum assay_kind kind, const json_t *body, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    TRY(json_canonical(&line, body, err));
    (void)fprintf(listen->out, "{\"kind\":\"%s\",\"engine\":\"%s\"%s%s\n", assay_kind_name(kind), listen->show->verb,
                  line.len > 2 ? "," : "", line.data + 1);
    if (kind == ASSAY_SUMMARY && fflush(listen->out) != 0) {
        return err_set(err, ERR_IO, "standard output cannot be written");
    }
    return 0;
}

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct listen *listen = self;
    wipe(listen);
    if (kind == ASSAY_SUMMARY) {
        json_decref(listen->summary);
        listen->summary = json_incref(body);
    }
    if (listen->examination->watch != NULL) {
        listen->examination->watch(listen->examination->watcher, kind, body);
    }
    if (listen->show->passes != NULL && !listen->show->passes(kind, body)) {
        return 0;
    }
    if (listen->cli->is_json) {
        return print_json(listen, kind, body, err);
    }
    json_t *kept = kind == ASSAY_COVERAGE  ? listen->coverage
                   : kind == ASSAY_EVENT   ? listen->events
                   : kind == ASSAY_SUMMARY ? NULL
                                           : listen->findings;
    bool is_wanted = kept != NULL && (listen->show->keeps == NULL || listen->show->keeps(kind, body));
    if (is_wanted && json_array_append(kept, body) != 0) {
        return err_no_memory(err);
    }
    listen->show->record(listen, kind, body);
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    struct listen *listen = self;
    struct err err = {0};
    wipe(listen);
    err_set(&err, ERR_IO, "%.*s: %.*s", STR_FMT(where), STR_FMT(what));
    cli_error(listen->show->verb, &err, listen->has_colour);
}

void listen_seen(struct listen *listen, const char *looked, const char *unseen)
{
    closing(listen->out, listen->has_colour, "looked at", ROLE_PLAIN, looked);
    closing(listen->out, listen->has_colour, "not seen", strcmp(unseen, "nothing") == 0 ? ROLE_PLAIN : ROLE_UNSEEN,
            unseen);
}

void listen_found(struct listen *listen, const char *found, const char *next)
{
    closing(listen->out, listen->has_colour, "found", ROLE_PLAIN, found);
    if (next != NULL) {
        closing(listen->out, listen->has_colour, "next", ROLE_PLAIN, next);
    }
}

void listen_closing(struct listen *listen, const char *looked, const char *unseen, const char *found, const char *next)
{
    if (!listen->cli->is_quiet) {
        listen_seen(listen, looked, unseen);
        listen_found(listen, found, next);
    }
}

/* ---- the case ---- */

static int check_parties(const struct cli *cli, const json_t *model, struct err *err)
{
    static const char *const options[] = {"owner", "keeper", "reference-owner"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const char *wanted = cli_text(cli, options[i]);
        if (wanted != NULL && json_find(json_object_get(model, "parties"), "id", wanted) == NULL) {
            err_set(err, ERR_USAGE, "--%s: no party \"%s\" in this case", options[i], wanted);
            return err_remedy(err, "record it first with assay state, or give the id of one of its parties");
        }
    }
    return 0;
}

int cli_check_case(const struct cli *cli, struct assay_case **ret_case, struct err *err)
{
    const char *dir = cli_text(cli, "case");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    if (ret_case != NULL) {
        *ret_case = NULL;
    }
    if (dir == NULL) {
        return 0;
    }
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    TRY(model == NULL ? -1 : check_parties(cli, model, err));
    if (ret_case != NULL) {
        *ret_case = kase;
        kase = NULL;
    }
    return 0;
}

static int store(struct listen *listen, const struct examination *examination, struct assay_recorder *recorder,
                 const struct assay_outcome *outcome, const struct err *run_failed, struct err *err)
{
    const char *dir = cli_text(listen->cli, "case");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *id = NULL;
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    TRY(assay_recorder_store(recorder, kase, examination->exhibits, examination->exhibit_count, examination->options,
                             outcome, run_failed, &id, err));
    if (!listen->cli->is_json && !listen->cli->is_quiet && !listen->show->is_document) {
        char text[512];
        (void)snprintf(text, sizeof text, "as %s in %s; protections while reading: %s", json_string_value(id), dir,
                       outcome->protections);
        closing(listen->out, listen->has_colour, "recorded", ROLE_PLAIN, text);
    }
    return 0;
}

/* What comes behind the last record. */
static int finish(struct listen *listen, int failed, struct err *err)
{
    wipe(listen);
    if (failed != 0 && listen->show->is_document) {
        listen->show->broke(listen, err);
    }
    if (failed == 0 && !listen->cli->is_json) {
        listen->show->close(listen);
    }
    if (failed == 0 && listen->show->is_document && fflush(listen->out) != 0) {
        return err_set(err, ERR_IO, "standard output cannot be written");
    }
    return failed;
}

static int run_and_store(struct listen *listen, const struct examination *examination, struct assay_outcome *outcome,
                         struct err *err)
{
    struct assay_sink direct = {listen, hear, complain, draw};
    if (cli_text(listen->cli, "case") == NULL || examination->is_unrecorded) {
        int failed = assay_run(&examination->run, &direct, outcome, err);
        return finish(listen, failed, err);
    }
    OWN(own_assay_recorder) struct assay_recorder *recorder = assay_recorder_new(examination->show->verb, &direct, err);
    if (recorder == NULL) {
        return -1;
    }
    assay_recorder_join(recorder, examination->more, examination->watcher);
    struct assay_sink sink = assay_recorder_sink(recorder);
    int failed = assay_run(&examination->run, &sink, outcome, err);
    failed = finish(listen, failed, err);
    struct err later = {0};
    if (store(listen, examination, recorder, outcome, failed != 0 ? err : NULL, &later) != 0) {
        if (failed == 0) {
            *err = later;
        }
        return -1;
    }
    return failed;
}

int cli_examine(const struct cli *cli, const struct examination *examination, struct err *err)
{
    struct listen listen = {
        .cli = cli,
        .show = examination->show,
        .examination = examination,
        .out = stdout,
        .has_colour = cli->has_colour,
        .coverage = json_array(),
        .findings = json_array(),
        .events = json_array(),
        .began = time_ticks(),
    };
    struct assay_outcome outcome = {0};
    int failed = run_and_store(&listen, examination, &outcome, err);
    json_decref(listen.coverage);
    json_decref(listen.findings);
    json_decref(listen.events);
    json_decref(listen.summary);
    if (failed != 0) {
        return -1;
    }
    return outcome.findings != 0 ? EXIT_FOUND : outcome.is_complete ? EXIT_NOTHING : EXIT_UNSURE;
}

/* assay judge */
#include <math.h>

#include "assay/case.h"
#include "assay/judge.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/paint.h"
#include "cli/show_judge.h"

#include "base/banned.h"

struct mark {
    const char *direction, *text;
    enum role role;
};

static struct mark mark_of(const json_t *verdict)
{
    static const struct mark marks[] = {{"supported", "[+]", ROLE_SUPPORTED},
                                        {"refuted", "[-]", ROLE_REFUTED},
                                        {"undetermined", "[?]", ROLE_UNDETERMINED}};
    const char *direction = json_text(verdict, "direction", "undetermined");
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(direction, marks[i].direction) == 0) {
            return marks[i];
        }
    }
    return marks[2];
}

static const json_t *claim_of(const json_t *model, const char *id)
{
    return json_find(json_object_get(model, "claims"), "id", id);
}

/* Ten cells: '#' seen, '.' not. */
static void put_bar(const struct cli *cli, double share)
{
    int seen = share >= 1 ? 10 : (int)floor(share * 10);
    for (int i = 0; i < 10; i++) {
        bool is_seen = i < seen;
        paint(stdout, cli->has_colour, is_seen ? ROLE_PLAIN : ROLE_UNSEEN, "%s",
              cli->has_utf8 ? (is_seen ? "█" : "░")
              : is_seen     ? "#"
                            : ".");
    }
}

static void put_row(const struct cli *cli, const json_t *model, const json_t *verdict)
{
    char label[64];
    char ratio[NUMBER_TEXT] = "-";
    struct mark mark = mark_of(verdict);
    const char *id = json_text(verdict, "claim", "?");
    const json_t *value = json_object_get(verdict, "log10_lr");
    const json_t *coverage = json_object_get(verdict, "coverage");
    const char *kind = json_text(claim_of(model, id), "kind", "");
    (void)snprintf(label, sizeof label, "%s %s", id, kind);
    if (json_is_number(value)) {
        ratio_text(ratio, json_number_value(value));
    }
    paint(stdout, cli->has_colour, mark.role, "%s", mark.text);
    (void)printf("   %-26s %8s  %-18s  ", label, ratio,
                 json_is_number(value) ? json_text(verdict, "words", "") : "no ratio");
    put_bar(cli, json_num(coverage, "share", 0));
    (void)printf(" %s\n", json_text(coverage, "word", "none"));
}

static void put_settle(const struct cli *cli, const json_t *verdicts)
{
    size_t i;
    const json_t *verdict;
    json_array_foreach(verdicts, i, verdict)
    {
        const json_t *first = json_array_get(json_object_get(verdict, "settle"), 0);
        const char *what = json_text(first, "what", NULL);
        if (what == NULL || strcmp(json_text(verdict, "direction", ""), "undetermined") != 0) {
            continue;
        }
        char text[320];
        str_escape(text, sizeof text, str_of(what), 300);
        (void)printf("%s would be settled by  ", json_text(verdict, "claim", "?"));
        paint(stdout, cli->has_colour, ROLE_UNSEEN, "%s\n", text);
    }
}

struct tally {
    size_t supported, refuted, undetermined;
};

static struct tally tally_of(const json_t *verdicts)
{
    struct tally tally = {0};
    size_t i;
    const json_t *verdict;
    json_array_foreach(verdicts, i, verdict)
    {
        enum role role = mark_of(verdict).role;
        tally.supported += role == ROLE_SUPPORTED;
        tally.refuted += role == ROLE_REFUTED;
        tally.undetermined += role == ROLE_UNDETERMINED;
    }
    return tally;
}

/* "#..." of the marks line, then the three closing lines. */
static void put_close(const struct cli *cli, const json_t *model, const json_t *verdicts, const char *dir)
{
    struct tally tally = tally_of(verdicts);
    char text[256];
    size_t examined = json_array_size(json_object_get(model, "evidence"));
    size_t claims = json_array_size(json_object_get(model, "claims"));
    size_t i;
    size_t bare = 0;
    const json_t *verdict;
    json_array_foreach(verdicts, i, verdict)
    {
        bare += json_is_number(json_object_get(verdict, "log10_lr")) ? 0 : 1;
    }
    (void)snprintf(text, sizeof text, "%zu exhibit%s, %zu of %zu claims", examined, examined == 1 ? "" : "s",
                   json_array_size(verdicts), claims);
    closing(stdout, cli->has_colour, "looked at", ROLE_PLAIN, text);
    (void)snprintf(text, sizeof text,
                   "%zu claim%s without a ratio: nothing examined bears on %s, or no rate is measured", bare,
                   bare == 1 ? "" : "s", bare == 1 ? "it" : "them");
    closing(stdout, cli->has_colour, "not seen", bare != 0 ? ROLE_UNSEEN : ROLE_PLAIN, bare != 0 ? text : "nothing");
    (void)snprintf(text, sizeof text, "%zu verdicts, %zu with a direction", json_array_size(verdicts),
                   tally.supported + tally.refuted);
    closing(stdout, cli->has_colour, "found", ROLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "assay report --case %s -o report.html", dir);
    closing(stdout, cli->has_colour, "next", ROLE_PLAIN, text);
}

static void show_all(const struct cli *cli, const json_t *model, const json_t *verdicts, const char *dir)
{
    size_t i;
    const json_t *verdict;
    paint(stdout, cli->has_colour, ROLE_QUIET, "      %-26s %8s  %-18s  %s\n", "claim", "log10 LR", "strength",
          "coverage");
    json_array_foreach(verdicts, i, verdict)
    {
        put_row(cli, model, verdict);
    }
    if (cli->is_quiet) {
        return;
    }
    struct tally tally = tally_of(verdicts);
    (void)printf("\n[+] supported %zu   [-] refuted %zu   [?] undetermined %zu\n\n", tally.supported, tally.refuted,
                 tally.undetermined);
    put_settle(cli, verdicts);
    (void)fputc('\n', stdout);
    put_close(cli, model, verdicts, dir);
}

/* What was weighed, as the judge says it. An item without a measured rate has no ratio, which is not 0.0. */
static void put_items(const struct cli *cli, const json_t *verdict, const char *key)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(verdict, key), i, item)
    {
        char text[320];
        char ratio[NUMBER_TEXT] = "no ratio";
        const json_t *value = json_object_get(item, "log10_lr");
        str_escape(text, sizeof text, str_of(json_text(item, "text", "")), 300);
        if (json_is_number(value)) {
            ratio_text(ratio, json_number_value(value));
        }
        paint(stdout, cli->has_colour, ROLE_QUIET, "  %-9s ", i == 0 ? key : "");
        (void)printf("%s: %s  %s\n", json_text(item, "examination", "?"), text, ratio);
    }
}

static void show_one(const struct cli *cli, const json_t *model, const json_t *verdict)
{
    struct mark mark = mark_of(verdict);
    const json_t *value = json_object_get(verdict, "log10_lr");
    const json_t *coverage = json_object_get(verdict, "coverage");
    const char *id = json_text(verdict, "claim", "?");
    char text[512];
    paint(stdout, cli->has_colour, mark.role, "%s", mark.text);
    (void)printf(" %s %s: %s", id, json_text(claim_of(model, id), "kind", ""), json_text(verdict, "direction", ""));
    if (json_is_number(value)) {
        char ratio[NUMBER_TEXT];
        (void)printf(", log10 LR %s", ratio_text(ratio, json_number_value(value)));
    }
    (void)printf(", coverage %s\n", json_text(coverage, "word", "none"));
    str_escape(text, sizeof text, str_of(json_text(claim_of(model, id), "text", "")), 480);
    (void)printf("    %s\n", text);
    put_items(cli, verdict, "against");
    put_items(cli, verdict, "for");
    put_items(cli, verdict, "neutral");
    str_escape(text, sizeof text, str_of(json_text(verdict, "why", "")), 480);
    paint(stdout, cli->has_colour, ROLE_QUIET, "  %-9s ", "why");
    (void)printf("%s\n", text);
    size_t i;
    const json_t *wish;
    json_array_foreach(json_object_get(verdict, "settle"), i, wish)
    {
        str_escape(text, sizeof text, str_of(json_text(wish, "what", "")), 300);
        paint(stdout, cli->has_colour, ROLE_QUIET, "  %-9s ", i == 0 ? "settle" : "");
        (void)printf("%s\n", text);
    }
}

static int show_json(const json_t *verdicts, struct err *err)
{
    size_t i;
    const json_t *verdict;
    struct tally tally = tally_of(verdicts);
    json_array_foreach(verdicts, i, verdict)
    {
        OWN(own_buf) struct buf line = {0};
        TRY(json_canonical(&line, verdict, err));
        (void)printf("{\"kind\":\"finding\",\"engine\":\"judge\",%s\n", line.data + 1);
    }
    (void)printf("{\"kind\":\"summary\",\"engine\":\"judge\",\"verdicts\":%zu,\"supported\":%zu,\"refuted\":%zu,"
                 "\"undetermined\":%zu,\"complete\":%s}\n",
                 json_array_size(verdicts), tally.supported, tally.refuted, tally.undetermined,
                 tally.undetermined == 0 ? "true" : "false");
    return 0;
}

/* The rates a verdict rests on lie in the case, and are read back from there: whoever computes it again reads the same bytes. */
static int archived_rates(const struct cli *cli, struct assay_case *kase, char digest[static 65], json_t **ret_rates,
                          struct err *err)
{
    char path[4200];
    uint64_t bytes;
    const char *given = cli_text(cli, "rates");
    OWN(own_json) json_t *present = NULL;
    digest[0] = '\0';
    TRY(cli_rates(cli, &present, err));
    if (present == NULL) {
        return 0; /* no rate, no ratio */
    }
    if (given == NULL) {
        TRY(cli_data(cli, "error-rates.json", path, sizeof path, err));
    }
    TRY(assay_case_archive(kase, given != NULL ? given : path, digest, &bytes, err));
    *ret_rates = assay_case_document(kase, digest, err);
    return *ret_rates != NULL ? 0 : -1;
}

static int want_claims(const char *dir, const json_t *model, struct err *err)
{
    if (json_array_size(json_object_get(model, "claims")) == 0) {
        err_set(err, ERR_USAGE, "%s has no claim to judge", dir);
        return err_remedy(err, "assay state --case %s -f statements.yaml", dir);
    }
    return 0;
}

/* Judges the case as it stands and appends the verdicts; nobody else writes meanwhile, so each says exactly what it weighed. */
static int record(const struct cli *cli, const char *dir, json_t **ret_model, json_t **ret_verdicts, struct err *err)
{
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    OWN(own_json) json_t *verdicts = NULL;
    char digest[65];
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    model = assay_judge_model(kase, assay_case_size(kase), err);
    if (model == NULL) {
        return -1;
    }
    TRY(want_claims(dir, model, err));
    TRY(archived_rates(cli, kase, digest, &rates, err));
    const int64_t size = json_int(json_object_get(model, "ledger"), "size", 0);
    TRY(assay_judge_entries(model, (uint64_t)size, rates, rates != NULL ? digest : NULL, &verdicts, err));
    TRY(assay_case_append(kase, verdicts, err));
    *ret_model = json_incref(model);
    *ret_verdicts = json_incref(verdicts);
    return 0;
}

/* Judges the case and records nothing. */
static int look(const struct cli *cli, const char *dir, json_t **ret_model, json_t **ret_verdicts, struct err *err)
{
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *rates = NULL;
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    *ret_model = assay_judge_model(kase, assay_case_size(kase), err);
    if (*ret_model == NULL) {
        return -1;
    }
    TRY(want_claims(dir, *ret_model, err));
    TRY(cli_rates(cli, &rates, err));
    return assay_judge(*ret_model, rates, ret_verdicts, err);
}

static int show(const struct cli *cli, const json_t *model, const json_t *verdicts, const char *dir, struct err *err)
{
    if (cli->is_json) {
        return show_json(verdicts, err);
    }
    if (cli->positional_count == 0) {
        show_all(cli, model, verdicts, dir);
        return 0;
    }
    size_t i;
    const json_t *verdict;
    json_array_foreach(verdicts, i, verdict)
    {
        if (strcmp(json_text(verdict, "claim", ""), cli->positional[0]) == 0) {
            show_one(cli, model, verdict);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "no claim \"%s\" in this case", cli->positional[0]);
}

static int replay(const struct cli *cli, struct err *err)
{
    const char *dir;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *ids = cli->positional_count > 0 ? json_array() : NULL;
    OWN(own_json) json_t *rows = NULL;
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    for (size_t i = 0; i < cli->positional_count; i++) {
        json_array_append_new(ids, json_string(cli->positional[i]));
    }
    TRY(assay_judge_replay(kase, ids, &rows, err));
    if (json_array_size(rows) == 0) {
        err_set(err, ERR_USAGE, "%s has no verdict to compute again", dir);
        return err_remedy(err, "assay judge --case %s", dir);
    }
    return show_replay(cli, rows);
}

static int judge(struct cli *cli, struct err *err)
{
    const char *dir;
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *verdicts = NULL;
    if (cli->positional_count > 1) {
        err_set(err, ERR_USAGE, "one claim at a time, or none for all");
        return err_remedy(err, "several names are for --replay, which takes verdicts");
    }
    TRY(cli_case(cli, &dir, err));
    const bool is_look = cli->positional_count == 1 || cli_flag(cli, "ach"); /* unfolding only looks */
    TRY((is_look ? look : record)(cli, dir, &model, &verdicts, err));
    if (cli_flag(cli, "ach") && !cli->is_json) {
        TRY(show_ach(cli, verdicts, err));
    } else {
        TRY(show(cli, model, verdicts, dir, err));
    }
    return tally_of(verdicts).undetermined == 0 ? EXIT_NOTHING : EXIT_UNSURE;
}

static int run(struct cli *cli, struct err *err)
{
    if (cli_flag(cli, "policy")) {
        return show_policy(cli, err);
    }
    return cli_flag(cli, "replay") ? replay(cli, err) : judge(cli, err);
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"rates", "FILE", false, "measured error rates (default: those shipped)", 0},
    {"replay", NULL, false, "compute recorded verdicts again and compare the bytes", 0},
    {"ach", NULL, false, "stories by evidence: which are contradicted least", 0},
    {"policy", NULL, false, "every constant that nobody measured, and stop", 0},
    {.name = NULL},
};

const struct cli_command cmd_judge = {
    .name = "judge",
    .usage = "[CLAIM | VERDICT...] --case DIR [--ach | --replay] [--json]",
    .question = "gives a verdict for every claim",
    .help = "Weighs every examination of the case by its measured error rates and gives each\n"
            "claim two answers: a direction with its strength, and how much of what would\n"
            "show it was examined. Each verdict is an entry of the case. With CLAIM: unfolds\n"
            "one, and records nothing. --replay computes recorded verdicts again from the\n"
            "ledger as it stood and the rates archived then; it needs nothing else.",
    .options = options,
    .notes = "A ratio says how much more probable the evidence is if the claim holds than if the\n"
             "best other account does. It is never a probability of anybody's guilt.\n"
             "--ach counts which stories the items contradict. It forgets how strong they are,\n"
             "who kept them and which share a cause: the ratio is the verdict.\n"
             "Exit: 0 every claim has a direction, 2 some have not. With --replay: 0 all agree,\n"
             "1 one differs, 2 one could not be computed again.",
    .examples = "  assay judge --case maple-lane.case\n  assay judge C5 --case maple-lane.case\n"
                "  assay judge --ach C2 --case maple-lane.case\n  assay judge --replay --case maple-lane.case",
    .least = 0,
    .most = SIZE_MAX,
    .run = run,
};

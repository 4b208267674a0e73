/* assay state: a file of statements, or one statement written as options. The options become the same text that a file would hold (JSON is
 * YAML), so that both are read, checked and masked by one reader. */
#include <stdlib.h>

#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/duties.h"
#include "cli/paint.h"

#include "base/banned.h"

static uint64_t count_of(const json_t *entries, const char *type)
{
    uint64_t count = 0;
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        count += strcmp(json_text(entry, "type", ""), type) == 0 ? 1 : 0;
    }
    return count;
}

/* ---- one statement as options ---- */

/* By id, or by name; NULL if the case knows neither. */
static const char *party_of(const json_t *outline, const char *named)
{
    const json_t *parties = json_object_get(outline, "parties");
    if (json_find(parties, "id", named) != NULL) {
        return named;
    }
    for (size_t i = 0; i < json_array_size(parties); i++) {
        const json_t *party = json_array_get(parties, i);
        if (str_eq_nocase(str_of(json_text(party, "name", "")), str_of(named))) {
            return json_text(party, "id", NULL);
        }
    }
    return NULL;
}

static int no_party(const char *option, const char *named, struct err *err)
{
    err_set(err, ERR_USAGE, "--%s: no party '%s' in this case", option, named);
    return strcmp(option, "party") == 0
               ? err_remedy(err,
                            "add --kind company (person, group, account, publication) to record it with this statement")
               : err_remedy(err, "record it first: parties: in a file for -f");
}

/* An option that is text; left out when it was not given. */
static int put_text(const struct cli *cli, json_t *into, const char *option, const char *key)
{
    const char *text = cli_text(cli, option);
    return text == NULL ? 0 : json_object_set_new(into, key, json_string(text));
}

static int put_list(const struct cli *cli, json_t *into, const char *option, const char *key)
{
    size_t count;
    const char *const *values = cli_list(cli, option, &count);
    json_t *list = count == 0 ? NULL : json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_string(values[i]));
    }
    return count == 0 ? 0 : json_object_set_new(into, key, list);
}

/* A name as an id: letters and digits, the rest as one dash each. */
static void id_of_name(char out[static 33], const char *name)
{
    size_t length = 0;
    for (; *name != '\0' && length < 32; name++) {
        bool is_upper = *name >= 'A' && *name <= 'Z';
        bool is_plain = is_upper || (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9');
        if (is_plain) {
            out[length++] = is_upper ? (char)(*name - 'A' + 'a') : *name;
        } else if (length > 0 && out[length - 1] != '-') {
            out[length++] = '-';
        }
    }
    length -= length > 0 && out[length - 1] == '-';
    out[length] = '\0';
}

/* The party that speaks: known, or recorded with this statement. id holds its id. */
static int put_party(const struct cli *cli, const json_t *outline, json_t *document, char id[static 33],
                     struct err *err)
{
    const char *named = cli_text(cli, "party"), *kind = cli_text(cli, "kind");
    const char *known = party_of(outline, named);
    if (known == NULL && kind == NULL) {
        return no_party("party", named, err);
    }
    if (known != NULL) {
        (void)snprintf(id, 33, "%s", known);
        return 0;
    }
    id_of_name(id, named);
    json_t *party = json_pack("[{s:s, s:s, s:s}]", "id", id, "name", named, "kind", kind);
    return json_object_set_new(document, "parties", party) == 0 ? 0 : err_no_memory(err);
}

static int put_notice(const struct cli *cli, const json_t *outline, json_t *statement, struct err *err)
{
    const char *to = cli_text(cli, "to");
    const char *id = to != NULL ? party_of(outline, to) : NULL;
    json_t *notice = json_object();
    if (to == NULL) {
        json_decref(notice);
        return cli_text(cli, "due") == NULL ? 0 : err_set(err, ERR_USAGE, "--due belongs to a notice: add --to PARTY");
    }
    if (id == NULL || notice == NULL) {
        json_decref(notice);
        return no_party("to", to, err);
    }
    int failed = json_object_set_new(notice, "to", json_string(id)) | put_text(cli, notice, "due", "due") |
                 put_text(cli, notice, "served", "served") | put_text(cli, notice, "zone", "zone") |
                 put_text(cli, notice, "calendar", "calendar") | put_list(cli, notice, "demands", "demands");
    failed |= json_object_set_new(statement, "notice", notice);
    return failed == 0 ? 0 : err_no_memory(err);
}

static int check_needed(const struct cli *cli, struct err *err)
{
    static const char *const needed[] = {"party", "says", "at", "text"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (cli_text(cli, needed[i]) == NULL) {
            err_set(err, ERR_USAGE, "a statement needs --%s", needed[i]);
            return err_remedy(err, "--party WHO --says ACT --at TIME --text WHAT; or a whole file: -f FILE.yaml");
        }
    }
    return 0;
}

/* The document that a file with this one statement would be. *ret_text: to be freed. */
static int write_document(const struct cli *cli, struct assay_case *kase, char **ret_text, struct err *err)
{
    char id[16], party[33];
    TRY(check_needed(cli, err));
    OWN(own_json) json_t *outline = assay_case_outline(kase, err);
    OWN(own_json) json_t *document = json_object();
    OWN(own_json) json_t *statement = json_object();
    if (outline == NULL || document == NULL || statement == NULL) {
        return -1;
    }
    TRY(put_party(cli, outline, document, party, err));
    assay_case_next_id(kase, "S", id);
    int failed =
        json_object_set_new(statement, "id", json_string(cli_text(cli, "id") != NULL ? cli_text(cli, "id") : id)) |
        json_object_set_new(statement, "party", json_string(party)) | put_text(cli, statement, "says", "act") |
        put_text(cli, statement, "at", "time") | put_text(cli, statement, "text", "text") |
        put_text(cli, statement, "channel", "channel") | put_text(cli, statement, "grade", "grade") |
        put_text(cli, statement, "source", "source") | put_list(cli, statement, "about", "claims") |
        put_list(cli, statement, "relays", "relays") | put_list(cli, statement, "retracts", "retracts") |
        put_list(cli, statement, "answers", "answers");
    TRY(put_notice(cli, outline, statement, err));
    json_t *list = json_pack("[O]", statement);
    if (failed != 0 || json_object_set_new(document, "statements", list) != 0) {
        return err_no_memory(err);
    }
    *ret_text = json_dumps(document, JSON_COMPACT);
    return *ret_text != NULL ? 0 : err_set(err, ERR_FORMAT, "the options are not UTF-8 text");
}

/* ---- what was recorded ---- */

/* A duty that no row has is no error, but its clock would never be shown. */
static void warn_of_duties(const struct cli *cli, const json_t *entries)
{
    struct err err = {0};
    OWN(own_json) json_t *table = NULL;
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        const json_t *duties = json_object_get(entry, "duties");
        for (size_t d = 0; d < json_array_size(duties); d++) {
            const char *name = json_string_value(json_array_get(duties, d));
            if (table == NULL && cli_duties(cli, &table, &err) != 0) {
                cli_error("state", &err, cli->has_colour);
                return;
            }
            const json_t *rows = json_object_get(table, "rows");
            if (name != NULL && json_find(rows, "set", name) == NULL && json_find(rows, "id", name) == NULL) {
                err_set(&err, ERR_NOT_FOUND, "%s: no duty is called '%s', so no clock of it will be shown",
                        json_text(entry, "id", ""), name);
                (void)cli_duty_remedy(table, &err);
                cli_error("state", &err, cli->has_colour);
            }
        }
    }
}

/* What was recorded, kind by kind; a file that was recorded before records nothing. */
static void show_text(const json_t *entries, const char *dir)
{
    static const struct {
        const char *type, *one, *many;
    } kinds[] = {{"party", "party", "parties"},
                 {"claim", "claim", "claims"},
                 {"statement", "statement", "statements"},
                 {"right-of-reply", "reply", "replies"},
                 {"clock", "clock", "clocks"}};
    char text[COUNTED_TEXT];
    const char *between = "recorded    ";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint64_t count = count_of(entries, kinds[i].type);
        if (count > 0) {
            (void)printf("%s%s", between, counted_text(text, count, kinds[i].one, kinds[i].many));
            between = ", ";
        }
    }
    if (json_array_size(entries) == 0) {
        (void)printf("recorded    nothing: all of it stands in the case\n");
    } else {
        (void)printf("%s%s\n", strcmp(between, ", ") == 0 ? "; " : between,
                     counted_text(text, json_array_size(entries), "entry", "entries"));
    }
    (void)printf("next        assay judge --case %s\n", dir);
}

static void show(const struct cli *cli, const json_t *entries, const char *dir)
{
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"state\",\"parties\":%llu,\"claims\":%llu,\"statements\":%llu,"
                     "\"replies\":%llu,\"clocks\":%llu,\"entries\":%zu,\"complete\":true}\n",
                     (unsigned long long)count_of(entries, "party"), (unsigned long long)count_of(entries, "claim"),
                     (unsigned long long)count_of(entries, "statement"),
                     (unsigned long long)count_of(entries, "right-of-reply"),
                     (unsigned long long)count_of(entries, "clock"), json_array_size(entries));
    } else if (!cli->is_quiet) {
        show_text(entries, dir);
    }
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *entries = NULL;
    OWN(own_mem) char *text = NULL;
    const char *file = cli_text(cli, "file");
    TRY(cli_case(cli, &dir, err));
    if (file == NULL && cli_text(cli, "party") == NULL) {
        err_set(err, ERR_USAGE, "needs --file FILE.yaml, or --party WHO --says ACT --at TIME --text WHAT");
        return err_remedy(err, "what a file holds: docs/statements.md, or an example in examples/");
    }
    if (file != NULL && cli_text(cli, "party") != NULL) {
        return err_set(err, ERR_USAGE, "either a file or --party with what it says, not both");
    }
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    TRY(file == NULL ? write_document(cli, kase, &text, err) : 0);
    int failed =
        file != NULL ? assay_case_state(kase, file, &entries, err) : assay_case_state_text(kase, text, &entries, err);
    if (failed != 0) {
        fflush(stdout);
        if (err->kind == ERR_FORMAT) {
            cli_error("state", err, cli->has_colour);
            (void)fputs("nothing recorded\n", stderr);
            return EXIT_USAGE;
        }
        return -1;
    }
    warn_of_duties(cli, entries);
    show(cli, entries, dir);
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"file", "FILE.yaml", false, "what was said, by whom, and what it claims", 'f'},
    {"party", "WHO", false, "one statement: its party, by id or name", 0},
    {"kind", "KIND", false, "of a party that is new: person, company, group,\naccount, publication", 0},
    {"says", "ACT", false, "asserts, denies, demands, reports, replies, retracts", 0},
    {"at", "TIME", false, "when: 2020-08-30, or 2020-08-30T09:00:00+05:30", 0},
    {"text", "WHAT", false, "in one's own words or theirs", 0},
    {"about", "CLAIM", true, "a claim it is about; may be repeated", 0},
    {"channel", "HOW", false, "through what it was said", 0},
    {"grade", "B2", false, "source A to F, information 1 to 6, or one of them", 0},
    {"relays", "STATEMENT", true, "what it rests on; may be repeated", 0},
    {"retracts", "STATEMENT", true, "what it takes back (with --says retracts)", 0},
    {"answers", "STATEMENT", true, "the notice it answers", 0},
    {"source", "WHERE", false, "where it can be read", 0},
    {"to", "PARTY", false, "of a notice: to whom (with --says demands)", 0},
    {"due", "WHEN", false, "of a notice: a time, or \"7 days from served\"", 0},
    {"served", "TIME", false, "of a notice: when it was served", 0},
    {"zone", "ZONE", false, "of a notice: where its days are counted, Asia/Kolkata", 0},
    {"calendar", "US", false, "of a notice: whose holidays; weekends, US, EU, IN", 0},
    {"demands", "WHAT", true, "of a notice; may be repeated", 0},
    {"id", "ID", false, "of the statement (default: the next free, S12)", 0},
    {.name = NULL},
};

const struct cli_command cmd_state = {
    .name = "state",
    .usage = "--case DIR (-f FILE.yaml | --party WHO --says ACT --at TIME --text WHAT)",
    .question = "records parties, statements, claims, notices and replies",
    .help = "Records who said what, which checkable claims it comes to, who was asked for a\n"
            "reply, and whose clock runs. All of a file is recorded, or none of it. One\n"
            "statement can be written as options. -f is short for --file.",
    .options = options,
    .notes = "Of EU and IN no list of holidays is known here: a file gives them (holidays:).\n"
             "Exit: 0 recorded, 2 could not, 64 the file is not right (said where).",
    .examples = "  assay state --case maple-lane.case -f statements.yaml\n"
                "  assay state --case maple-lane.case --party \"Maple Lane Shop\" --says denies \\\n"
                "    --about C1 --at 2026-03-31T09:00Z --text \"nothing was taken\" --grade C3\n"
                "  assay state --case maple-lane.case --party shop --says demands --to northlight \\\n"
                "    --at 2026-03-31 --served 2026-04-01 --due \"5 business days from served\" \\\n"
                "    --calendar US --text \"correct the article\"",
    .least = 0,
    .most = 0,
    .run = run,
};

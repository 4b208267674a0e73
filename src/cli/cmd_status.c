/* assay status: what is due, what is overdue, what nobody has done yet. Reads no record of any examination, so it is quick. */
#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/duties.h"
#include "cli/paint.h"

#include "base/banned.h"

enum { IDS_SHOWN = 12, SOON_S = 48 * 3600, WHO_WIDTH = 15, DUE_WIDTH = 16, LEFT_WIDTH = 13 };

struct tally {
    size_t due, overdue, answered, open, unsure;
};

static struct tally tally_of(const json_t *clocks)
{
    struct tally tally = {0};
    for (size_t i = 0; i < json_array_size(clocks); i++) {
        const char *state = json_text(json_array_get(clocks, i), "state", "");
        tally.due += strcmp(state, "due") == 0;
        tally.overdue += strcmp(state, "overdue") == 0;
        tally.open += strcmp(state, "open") == 0 || strcmp(state, "no-start") == 0;
        tally.unsure += strcmp(state, "no-zone") == 0;
        tally.answered += strcmp(state, "answered") == 0 || strcmp(state, "late") == 0;
    }
    return tally;
}

static const char *party_name(const json_t *model, const char *id)
{
    return json_text(json_find(json_object_get(model, "parties"), "id", id), "name", id);
}

/* ---- one clock a line ---- */

/* A name in a column: escaped, cut with "~". */
static void put_cell(const char *text, size_t width)
{
    char cell[80];
    size_t length = str_escape(cell, sizeof cell, str_of(text), width);
    (void)printf("%s%*s  ", cell, (int)(length < width ? width - length : 0), "");
}

static void put_left(const struct cli *cli, const json_t *row)
{
    char left[TIME_TEXT];
    const char *state = json_text(row, "state", "");
    int64_t left_s = json_int(row, "left_s", 0);
    bool is_due = strcmp(state, "due") == 0;
    if (is_due) {
        time_duration(left, left_s * NS_PER_S);
    } else {
        (void)snprintf(left, sizeof left, "%s", strcmp(state, "overdue") == 0 ? "passed" : state);
    }
    bool is_urgent = strcmp(state, "overdue") == 0 || (is_due && left_s < SOON_S);
    paint(stdout, cli->has_colour, is_urgent ? ROLE_CLOCK : ROLE_PLAIN, "%-*s", LEFT_WIDTH + 2, left);
}

/* "2026-04-05 10:41", or the day alone where only a day is due. */
static void put_due(const json_t *row)
{
    char text[DUE_WIDTH + 1];
    (void)snprintf(text, sizeof text, "%s", json_text(row, "due", "-"));
    if (strlen(text) > 10) {
        text[10] = ' ';
    }
    (void)printf("%-*s  ", DUE_WIDTH, text);
}

static void what_of(struct buf *out, const json_t *model, const json_t *row)
{
    const char *kind = json_text(row, "kind", ""), *id = json_text(row, "id", ""), *by = json_text(row, "by", "");
    const char *party = json_text(row, "party", "");
    if (strcmp(kind, "notice") == 0) {
        buf_printf(out, "answer the notice %s of %s", id, party_name(model, by));
    } else if (strcmp(kind, "reply") == 0) {
        buf_printf(out, "reply to what was asked, %s", id);
    } else {
        buf_printf(out, "%s: %s", id, json_text(row, "what", ""));
        if (strcmp(by, party) != 0 && *by != '\0') {
            buf_printf(out, " (start by %s)", party_name(model, by));
        }
        if (strcmp(json_text(row, "state", ""), "not-in-force") == 0) {
            buf_printf(out, " (in force from %s)", json_text(row, "valid_from", "?"));
        }
    }
    if (json_text(row, "zone", NULL) != NULL && strlen(json_text(row, "due", "")) == 10) {
        buf_printf(out, " (day in %s)", json_text(row, "zone", ""));
    }
    if (json_text(row, "answer", NULL) != NULL) {
        buf_printf(out, "; %s", json_text(row, "answer", ""));
    }
}

/* The last column, on as many lines as it needs. */
static void put_what(const json_t *model, const json_t *row)
{
    enum { COLUMN = LEFT_WIDTH + 2 + DUE_WIDTH + 2 + WHO_WIDTH + 2, WIDTH = 80 - COLUMN };
    OWN(own_buf) struct buf text = {0};
    char escaped[420];
    what_of(&text, model, row);
    str_escape(escaped, sizeof escaped, buf_str(&text), 400);
    struct str rest = str_of(escaped);
    while (rest.len > WIDTH) {
        size_t cut = WIDTH;
        while (cut > 0 && rest.data[cut] != ' ') {
            cut--;
        }
        if (cut == 0) {
            break;
        }
        (void)printf("%.*s\n%*s", (int)cut, rest.data, COLUMN, "");
        rest = str_slice(rest, cut + 1, rest.len);
    }
    (void)printf("%.*s\n", STR_FMT(rest));
}

static void put_clocks(const struct cli *cli, const json_t *model, const json_t *clocks)
{
    if (json_array_size(clocks) == 0) {
        return;
    }
    paint(stdout, cli->has_colour, ROLE_QUIET, "%-*s%-*s  %-*s  %s\n", LEFT_WIDTH + 2, "left", DUE_WIDTH, "due (UTC)",
          WHO_WIDTH, "who", "what");
    for (size_t i = 0; i < json_array_size(clocks); i++) {
        const json_t *row = json_array_get(clocks, i);
        put_left(cli, row);
        put_due(row);
        put_cell(party_name(model, json_text(row, "party", "")), WHO_WIDTH);
        put_what(model, row);
    }
    (void)fputc('\n', stdout);
}

/* ---- what is missing ---- */

static void put_missing(const struct cli *cli, const json_t *missing)
{
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *row = json_array_get(missing, i), *ids = json_object_get(row, "ids");
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "%s: ", json_text(row, "says", ""));
        for (size_t j = 0; j < json_array_size(ids) && j < IDS_SHOWN; j++) {
            buf_printf(&text, "%s%s", j > 0 ? ", " : "", json_string_value(json_array_get(ids, j)));
        }
        if (json_array_size(ids) > IDS_SHOWN) {
            buf_printf(&text, ", and %zu more", json_array_size(ids) - IDS_SHOWN);
        }
        char escaped[900];
        str_escape(escaped, sizeof escaped, buf_str(&text), 880);
        closing(stdout, cli->has_colour, i == 0 ? "missing" : "", ROLE_UNSEEN, escaped);
    }
}

static void put_roots(const struct cli *cli, const json_t *roots)
{
    const json_t *retracted = json_object_get(roots, "retracted"), *circles = json_object_get(roots, "circles");
    char text[300];
    for (size_t i = 0; i < json_array_size(retracted); i++) {
        const json_t *row = json_array_get(retracted, i);
        size_t rest = json_array_size(json_object_get(row, "weakens"));
        (void)snprintf(text, sizeof text, "%s by %s; %zu statement%s rest%s on it", json_text(row, "statement", ""),
                       json_text(row, "by", ""), rest, rest == 1 ? "" : "s", rest == 1 ? "s" : "");
        closing(stdout, cli->has_colour, "taken back", ROLE_PLAIN, text);
    }
    if (json_array_size(circles) > 0) {
        (void)snprintf(text, sizeof text, "%zu in which statements rest on one another", json_array_size(circles));
        closing(stdout, cli->has_colour, "circles", ROLE_PLAIN, text);
    }
}

static void put_close(const struct cli *cli, const json_t *model, const json_t *status, const char *dir)
{
    char text[256];
    const json_t *missing = json_object_get(status, "missing");
    struct tally tally = tally_of(json_object_get(status, "clocks"));
    put_missing(cli, missing);
    put_roots(cli, json_object_get(status, "roots"));
    char claims[COUNTED_TEXT], statements[COUNTED_TEXT], exhibits[COUNTED_TEXT], exams[COUNTED_TEXT];
    (void)snprintf(
        text, sizeof text, "%s, %s, %s, %s",
        counted_text(claims, json_array_size(json_object_get(model, "claims")), "claim", "claims"),
        counted_text(statements, json_array_size(json_object_get(model, "statements")), "statement", "statements"),
        counted_text(exhibits, json_array_size(json_object_get(model, "evidence")), "exhibit", "exhibits"),
        counted_text(exams, json_array_size(json_object_get(model, "examinations")), "examination", "examinations"));
    closing(stdout, cli->has_colour, "looked at", ROLE_PLAIN, text);
    closing(
        stdout, cli->has_colour, "not seen", ROLE_UNSEEN,
        "records of examinations: what they could not see stands in assay report; whether a duty binds anybody: confirm with "
        "counsel");
    if (tally.due + tally.overdue + tally.answered + tally.open + json_array_size(missing) == 0) {
        closing(stdout, cli->has_colour, "found", ROLE_PLAIN, "nothing due, nothing missing");
        return;
    }
    (void)snprintf(text, sizeof text, "%zu due, %zu overdue, %zu answered; %zu kind%s of things missing", tally.due,
                   tally.overdue, tally.answered, json_array_size(missing), json_array_size(missing) == 1 ? "" : "s");
    closing(stdout, cli->has_colour, "found", ROLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "assay export --case %s --format ics -o deadlines.ics", dir);
    if (tally.due + tally.overdue > 0) {
        closing(stdout, cli->has_colour, "next", ROLE_PLAIN, text);
    }
}

static void put_head(const json_t *model, int64_t now)
{
    char at[TIME_TEXT], name[80], entries[COUNTED_TEXT], sealed[COUNTED_TEXT];
    const json_t *ledger = json_object_get(model, "ledger"), *seals = json_object_get(ledger, "checkpoints");
    time_human(at, now - now % (60 * NS_PER_S));
    str_escape(name, sizeof name, str_of(json_text(json_object_get(model, "case"), "name", "")), 60);
    (void)printf("%s   %s, %s\n", name,
                 counted_text(entries, (uint64_t)json_int(ledger, "size", 0), "entry", "entries"),
                 counted_text(sealed, json_array_size(seals), "seal", "seals"));
    (void)printf("now         %.16s UTC\n\n", at);
}

/* ---- JSON Lines ---- */

/* A row as a line of its own. Of a clock, "kind" and "what" move to "sort" and "owes", for in a line they say what the record is. */
static int put_record(const json_t *row, const char *kind, const char *what, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    OWN(own_json) json_t *line = json_deep_copy(row);
    if (strcmp(kind, "measure") == 0) {
        (void)json_object_set(line, "owes", json_object_get(row, "what"));
        (void)json_object_set(line, "sort", json_object_get(row, "kind"));
    }
    if (line == NULL || json_object_set_new(line, "kind", json_string(kind)) != 0 ||
        json_object_set_new(line, "what", json_string(what)) != 0) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&text, line, err));
    (void)printf("%s\n", text.data);
    return 0;
}

static int put_records(const json_t *clocks, const json_t *missing, struct err *err)
{
    for (size_t i = 0; i < json_array_size(clocks); i++) {
        TRY(put_record(json_array_get(clocks, i), "measure", "clock", err));
    }
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *row = json_array_get(missing, i);
        TRY(put_record(row, "coverage", json_text(row, "what", ""), err));
    }
    return 0;
}

static int put_json(const json_t *status, int64_t now, struct err *err)
{
    char at[TIME_TEXT];
    const json_t *clocks = json_object_get(status, "clocks"), *missing = json_object_get(status, "missing");
    struct tally tally = tally_of(clocks);
    time_rfc3339(at, now);
    TRY(put_records(clocks, missing, err));
    OWN(own_json)
    json_t *summary = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:O, s:b}", "kind", "summary", "engine", "status",
                                "at", at, "due", (json_int_t)tally.due, "overdue", (json_int_t)tally.overdue,
                                "answered", (json_int_t)tally.answered, "missing", (json_int_t)json_array_size(missing),
                                "roots", json_object_get(status, "roots"), "complete", tally.unsure == 0);
    OWN(own_buf) struct buf text = {0};
    if (summary == NULL) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&text, summary, err));
    (void)printf("%s\n", text.data);
    return 0;
}

static int read_now(const struct cli *cli, int64_t *ret_now, struct err *err)
{
    const char *at = cli_text(cli, "at");
    *ret_now = at != NULL ? time_parse(str_of(at)) : time_now();
    if (*ret_now == TIME_NONE) {
        err_set(err, ERR_USAGE, "--at is not a time: '%s'", at);
        return err_remedy(err, "write 2026-03-31, or 2026-03-31T09:00:00Z");
    }
    return 0;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    int64_t now;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *duties = NULL;
    TRY(cli_case(cli, &dir, err));
    TRY(read_now(cli, &now, err));
    TRY(cli_duties(cli, &duties, err));
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    OWN(own_json) json_t *status = model != NULL ? assay_case_status(model, duties, now, err) : NULL;
    if (status == NULL) {
        return -1;
    }
    struct tally tally = tally_of(json_object_get(status, "clocks"));
    if (cli->is_json) {
        TRY(put_json(status, now, err));
    } else {
        if (!cli->is_quiet) {
            put_head(model, now);
        }
        put_clocks(cli, model, json_object_get(status, "clocks"));
        if (!cli->is_quiet) {
            put_close(cli, model, status, dir);
        }
    }
    bool is_clear = tally.due + tally.overdue + tally.open + json_array_size(json_object_get(status, "missing")) == 0;
    return !is_clear ? EXIT_FOUND : tally.unsure > 0 ? EXIT_UNSURE : EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"at", "TIME", false, "as of when (default: now)", 0},
    {"deadlines", "FILE", false, "another table of reporting duties than data/deadlines.yaml", 0},
    {.name = NULL},
};

const struct cli_command cmd_status = {
    .name = "status",
    .usage = "--case DIR [--at TIME] [--json]",
    .question = "says what is due, overdue and missing in a case",
    .help = "Lists every clock that runs: notices, questions that wait for a reply, and the\n"
            "reporting duties that a party is said to have; then what nobody has done yet:\n"
            "claims nobody examined or said the time of, statements without a grade, notices\n"
            "without a time of service, claims about which nobody was asked, exhibits without\n"
            "custody, verdicts older than the evidence, what was never sealed. Changes nothing.",
    .options = options,
    .notes = "The table of duties gives the source of every row; whether one binds anybody in\n"
             "this case is for counsel. Times are UTC.\n"
             "Exit: 0 nothing due or missing, 1 something, 2 could not tell, 64 usage.",
    .examples = "  assay status --case maple-lane.case\n"
                "  assay status --case maple-lane.case --at 2026-04-03T16:20Z --json",
    .least = 0,
    .most = 0,
    .run = run,
};

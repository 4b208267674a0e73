/* judge --policy, --ach and --replay on a terminal and as JSON Lines. */
#include "cli/show_judge.h"

#include "assay/judge.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/paint.h"

#include "base/banned.h"

enum { CELL = 4, NAME = 26 };

static void put_text(const char *text, size_t most)
{
    char shown[512];
    str_escape(shown, sizeof shown, str_of(text), most);
    (void)fputs(shown, stdout);
}

static int put_line(const char *kind, const json_t *object, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    TRY(json_canonical(&line, object, err));
    (void)printf("{\"kind\":\"%s\",\"engine\":\"judge\",%s\n", kind, line.data + 1);
    return 0;
}

/* ---- policy ---- */

int show_policy(const struct cli *cli, struct err *err)
{
    OWN(own_json) json_t *policy = assay_judge_policy();
    size_t i;
    const json_t *row;
    if (policy == NULL) {
        return err_no_memory(err);
    }
    json_array_foreach(policy, i, row)
    {
        if (cli->is_json) {
            TRY(put_line("measure", row, err));
            continue;
        }
        paint(stdout, cli->has_colour, ROLE_CLASS, "%-32s", json_text(row, "name", ""));
        (void)printf("%8.6g  %s\n", json_num(row, "value", 0),
                     json_bool(row, "varied", false) ? "each verdict is shown at half and double" : "not varied");
        if (!cli->is_quiet) {
            (void)printf("    %s\n    ", json_text(row, "meaning", ""));
            paint(stdout, cli->has_colour, ROLE_QUIET, "%s\n", json_text(row, "source", ""));
        }
    }
    if (cli->is_json) {
        (void)printf(
            "{\"kind\":\"summary\",\"engine\":\"judge\",\"calculus\":%d,\"constants\":%zu,\"complete\":true}\n",
            ASSAY_CALCULUS, json_array_size(policy));
    }
    return EXIT_NOTHING;
}

/* ---- competing hypotheses ---- */

static const char *cell_word(char cell)
{
    return cell == 'C' ? "+" : cell == 'I' ? "-" : ".";
}

static void put_ach_head(const struct cli *cli, const json_t *stories)
{
    size_t s;
    const json_t *story;
    json_array_foreach(stories, s, story)
    {
        (void)printf("    ");
        paint(stdout, cli->has_colour, ROLE_QUIET, "%2zu", s + 1);
        (void)printf("  %-24s %-5s %lld against%s\n", json_text(story, "id", ""),
                     json_bool(story, "claim", false) ? "so" : "not", (long long)json_int(story, "inconsistent", 0),
                     json_bool(story, "least", false) ? ", the least" : "");
    }
    (void)printf("    %-*s", NAME, "");
    for (s = 0; s < json_array_size(stories); s++) {
        paint(stdout, cli->has_colour, ROLE_QUIET, "%*zu", CELL, s + 1);
    }
    (void)fputc('\n', stdout);
}

static void put_ach_row(const json_t *row)
{
    char name[64];
    const char *cells = json_text(row, "cells", "");
    (void)snprintf(name, sizeof name, "%s %s", json_text(row, "examination", ""), json_text(row, "rate", ""));
    (void)printf("    ");
    put_text(name, NAME - 2);
    (void)printf("%*s", (int)(strlen(name) < NAME ? NAME - strlen(name) : 1), "");
    for (size_t c = 0; cells[c] != '\0'; c++) {
        (void)printf("%*s", CELL, cell_word(cells[c]));
    }
    (void)printf("%s\n", json_bool(row, "diagnostic", false) ? "" : "   says nothing");
}

static void put_ach(const struct cli *cli, const json_t *verdict)
{
    const json_t *ach = json_object_get(verdict, "ach");
    const char *direction = json_text(verdict, "direction", "");
    size_t i;
    const json_t *row;
    (void)printf("%s: ", json_text(verdict, "claim", "?"));
    if (!json_is_object(ach)) {
        (void)printf("nothing that bears on it was examined\n");
        return;
    }
    put_text(json_text(verdict, "means", ""), 200);
    (void)fputc('\n', stdout);
    put_ach_head(cli, json_object_get(ach, "stories"));
    json_array_foreach(json_object_get(ach, "rows"), i, row)
    {
        put_ach_row(row);
    }
    (void)printf("    least contradicted: %s; the ratio: %s%s\n\n", json_text(ach, "says", ""), direction,
                 json_bool(ach, "agrees", false)
                     ? ""
                     : ". They differ: the count forgets how strong an item is, who kept it and what has one cause");
}

int show_ach(const struct cli *cli, const json_t *verdicts, struct err *err)
{
    const char *wanted = cli->positional_count > 0 ? cli->positional[0] : NULL;
    size_t i, shown = 0;
    const json_t *verdict;
    json_array_foreach(verdicts, i, verdict)
    {
        if (wanted == NULL || strcmp(json_text(verdict, "claim", ""), wanted) == 0) {
            put_ach(cli, verdict);
            shown++;
        }
    }
    if (shown == 0) {
        return err_set(err, ERR_USAGE, "no claim \"%s\" in this case", wanted != NULL ? wanted : "");
    }
    if (!cli->is_quiet) {
        (void)printf("+ consistent   . neither   - inconsistent: ten times less probable than in the best story\n"
                     "A count is no weight: the ratio is the verdict.\n");
    }
    return 0;
}

/* ---- replay ---- */

struct counts {
    size_t agree, differ, unknown;
};

static struct counts counts_of(const json_t *rows)
{
    struct counts counts = {0};
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *status = json_text(row, "status", "");
        counts.agree += strcmp(status, "agrees") == 0;
        counts.differ += strcmp(status, "differs") == 0;
        counts.unknown += strcmp(status, "unknown") == 0;
    }
    return counts;
}

static void put_members(const json_t *row)
{
    size_t i;
    const json_t *member;
    json_array_foreach(json_object_get(row, "members"), i, member)
    {
        (void)printf("      %s: recorded ", json_text(member, "name", ""));
        put_text(json_text(member, "recorded", "nothing"), 120);
        (void)printf(", computed again ");
        put_text(json_text(member, "recomputed", "nothing"), 120);
        (void)fputc('\n', stdout);
    }
}

static void put_replayed(const struct cli *cli, const json_t *row)
{
    const char *status = json_text(row, "status", "");
    const bool agrees = strcmp(status, "agrees") == 0, differs = strcmp(status, "differs") == 0;
    paint(stdout, cli->has_colour,
          agrees    ? ROLE_SUPPORTED
          : differs ? ROLE_REFUTED
                    : ROLE_UNDETERMINED,
          "%s",
          agrees    ? "[=]"
          : differs ? "[!]"
                    : "[?]");
    (void)printf("   %s %s  %s: ", json_text(row, "verdict", "?"), json_text(row, "claim", "?"),
                 differs || agrees ? status : "could not tell");
    put_text(json_text(row, "says", ""), 400);
    (void)fputc('\n', stdout);
    if (!cli->is_quiet) {
        put_members(row);
    }
}

int show_replay(const struct cli *cli, const json_t *rows)
{
    const struct counts counts = counts_of(rows);
    struct err err;
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (cli->is_json) {
            if (put_line("finding", row, &err) != 0) {
                return EXIT_UNSURE;
            }
        } else {
            put_replayed(cli, row);
        }
    }
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"judge\",\"verdicts\":%zu,\"agree\":%zu,\"differ\":%zu,"
                     "\"unknown\":%zu,\"complete\":%s}\n",
                     json_array_size(rows), counts.agree, counts.differ, counts.unknown,
                     counts.unknown == 0 ? "true" : "false");
    } else if (!cli->is_quiet) {
        (void)printf("\n%zu verdicts computed again: %zu agree, %zu differ, %zu could not be told\n",
                     json_array_size(rows), counts.agree, counts.differ, counts.unknown);
    }
    return counts.differ > 0 ? EXIT_FOUND : counts.unknown > 0 ? EXIT_UNSURE : EXIT_NOTHING;
}

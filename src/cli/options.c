/* Table-driven options: one parser, and help that comes from the same table. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/paint.h"

#include "base/banned.h"

/* Options of every command. */
static const struct cli_option common[] = {
    {.name = "json", .help = "JSON Lines; exactly one summary, last"},
    {.name = "quiet", .help = "one line a finding, no reasons, no closing lines"},
    {.name = NULL},
};

static size_t option_count(const struct cli_option *options)
{
    size_t count = 0;
    while (options[count].name != NULL) {
        count++;
    }
    return count;
}

/* Index over the command's own options, then the common ones; SIZE_MAX if there is none. */
static size_t option_index(const struct cli_command *command, struct str name)
{
    size_t own = option_count(command->options);
    for (size_t i = 0; i < own; i++) {
        if (str_eq(name, str_of(command->options[i].name))) {
            return i;
        }
    }
    for (size_t i = 0; common[i].name != NULL; i++) {
        if (str_eq(name, str_of(common[i].name))) {
            return own + i;
        }
    }
    return SIZE_MAX;
}

static const struct cli_option *option_at(const struct cli_command *command, size_t index)
{
    size_t own = option_count(command->options);
    return index < own ? &command->options[index] : &common[index - own];
}

static int unknown_option(const struct cli *cli, struct str name, struct err *err)
{
    size_t total = option_count(cli->command->options) + option_count(common);
    for (size_t i = 0; i < total; i++) {
        const char *known = option_at(cli->command, i)->name;
        if (str_distance(name, str_of(known)) <= 2) {
            return err_set(err, ERR_USAGE, "no option --%.*s; did you mean --%s?", STR_FMT(name), known);
        }
    }
    err_set(err, ERR_USAGE, "no option --%.*s", STR_FMT(name));
    return err_remedy(err, "assay help %s lists them", cli->command->name);
}

static int add(const char ***list, size_t *count, const char *value, struct err *err)
{
    const char **grown = realloc((void *)*list, (*count + 2) * sizeof *grown);
    if (grown == NULL) {
        return err_no_memory(err);
    }
    grown[(*count)++] = value;
    grown[*count] = NULL;
    *list = grown;
    return 0;
}

/* "-f": the index of the option with that letter. */
static size_t short_index(const struct cli_command *command, const char *word)
{
    for (size_t i = 0; word[0] == '-' && word[1] != '\0' && word[2] == '\0' && command->options[i].name != NULL; i++) {
        if (command->options[i].letter == word[1]) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The value of option `index`: behind "=" in cut, or the next word, and then *at moves on. */
static int take_value(struct cli *cli, size_t index, struct str_cut cut, int argc, char **argv, int *at,
                      struct err *err)
{
    const struct cli_option *option = option_at(cli->command, index);
    if (option->value == NULL) {
        return cut.found ? err_set(err, ERR_USAGE, "--%s takes no value", option->name)
                         : add(&cli->lists[index], &cli->counts[index], "", err);
    }
    if (!cut.found && *at + 1 >= argc) {
        return err_set(err, ERR_USAGE, "--%s needs %s", option->name, option->value);
    }
    const char *value = cut.found ? cut.tail.data : argv[++*at];
    if (cli->counts[index] != 0 && !option->is_list) {
        return err_set(err, ERR_USAGE, "--%s is given twice", option->name);
    }
    return add(&cli->lists[index], &cli->counts[index], value, err);
}

/* One long option; *at is its index in argv. */
static int take_option(struct cli *cli, int argc, char **argv, int *at, struct err *err)
{
    struct str_cut cut = str_cut(str_of(argv[*at] + 2), '=');
    size_t index = option_index(cli->command, cut.head);
    return index == SIZE_MAX ? unknown_option(cli, cut.head, err) : take_value(cli, index, cut, argc, argv, at, err);
}

int cli_parse(struct cli *cli, int argc, char **argv, struct err *err)
{
    bool only_words = false;
    for (int i = 0; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
            TRY(take_option(cli, argc, argv, &i, err));
        } else if (!only_words && short_index(cli->command, argv[i]) != SIZE_MAX) {
            struct str_cut no_value = {.found = false};
            TRY(take_value(cli, short_index(cli->command, argv[i]), no_value, argc, argv, &i, err));
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
            err_set(err, ERR_USAGE, "no option %s", argv[i]);
            return err_remedy(err, "options are written out, as --case; assay help %s lists them", cli->command->name);
        } else {
            TRY(add(&cli->positional, &cli->positional_count, argv[i], err));
        }
    }
    if (cli->positional_count < cli->command->least || cli->positional_count > cli->command->most) {
        err_set(err, ERR_USAGE,
                cli->positional_count < cli->command->least ? "something is missing" : "too many words");
        return err_remedy(err, "assay %s %s", cli->command->name, cli->command->usage);
    }
    cli->is_json = cli_flag(cli, "json");
    cli->is_quiet = cli_flag(cli, "quiet");
    return 0;
}

void cli_clear(struct cli *cli)
{
    free((void *)cli->positional);
    for (size_t i = 0; i < OPTIONS_MAX; i++) {
        free((void *)cli->lists[i]);
    }
}

bool cli_flag(const struct cli *cli, const char *name)
{
    size_t index = option_index(cli->command, str_of(name));
    return index != SIZE_MAX && cli->counts[index] != 0;
}

const char *cli_text(const struct cli *cli, const char *name)
{
    size_t index = option_index(cli->command, str_of(name));
    return index != SIZE_MAX && cli->counts[index] != 0 ? cli->lists[index][cli->counts[index] - 1] : NULL;
}

const char *const *cli_list(const struct cli *cli, const char *name, size_t *ret_count)
{
    static const char *const none[] = {NULL};
    size_t index = option_index(cli->command, str_of(name));
    bool is_given = index != SIZE_MAX && cli->counts[index] != 0;
    if (ret_count != NULL) {
        *ret_count = is_given ? cli->counts[index] : 0;
    }
    return is_given ? cli->lists[index] : none;
}

int cli_number(const struct cli *cli, const char *name, uint64_t otherwise, uint64_t *ret_value, struct err *err)
{
    const char *text = cli_text(cli, name);
    *ret_value = otherwise;
    if (text != NULL && !str_u64(str_of(text), ret_value)) {
        return err_set(err, ERR_USAGE, "--%s is not a whole number: '%s'", name, text);
    }
    return 0;
}

int cli_zone(const struct cli *cli, bool *ret_given, int16_t *ret_minutes, struct err *err)
{
    const char *given = cli_text(cli, "zone");
    *ret_given = given != NULL;
    if (given == NULL) {
        return 0;
    }
    struct str text = str_of(given);
    uint64_t hours = 0, minutes = 0;
    bool is_utc = str_eq(text, STR("Z")) || str_eq(text, STR("UTC"));
    size_t minutes_at = text.len == 6 && text.data[3] == ':' ? 4 : 3;
    bool is_zone = (text.len == 5 || minutes_at == 4) && (text.data[0] == '+' || text.data[0] == '-') &&
                   str_u64(str_slice(text, 1, 3), &hours) && str_u64(str_slice(text, minutes_at, text.len), &minutes) &&
                   hours <= 15 && minutes <= 59;
    if (!is_utc && !is_zone) {
        return err_set(err, ERR_USAGE, "--zone: '%s' is no zone; write it as +0530", given);
    }
    int east = (int)(hours * 60 + minutes);
    *ret_minutes = (int16_t)(given[0] == '-' ? -east : east);
    return 0;
}

enum { LEFT_MIN = 17 }; /* column of options, in characters */

static int put_name(char *left, size_t room, const struct cli_option *option)
{
    return snprintf(left, room, "--%s%s%s", option->name, option->value != NULL ? " " : "",
                    option->value != NULL ? option->value : "");
}

static int left_of(const struct cli_option *options, int least)
{
    for (size_t i = 0; options[i].name != NULL; i++) {
        char left[40];
        int len = put_name(left, sizeof left, &options[i]);
        least = len > least ? len : least;
    }
    return least;
}

static void put_option(const struct cli_option *option, int width, FILE *out)
{
    char left[40];
    (void)put_name(left, sizeof left, option);
    const char *at = option->help;
    bool is_first = true;
    while (*at != '\0') { /* long help continues below itself */
        size_t line = strcspn(at, "\n");
        (void)fprintf(out, "  %-*s %.*s\n", width, is_first ? left : "", (int)line, at);
        is_first = false;
        at += line + (at[line] == '\n');
    }
}

void cli_usage(const struct cli_command *command, FILE *out, bool has_colour)
{
    int width = left_of(command->options, LEFT_MIN);
    paint(out, has_colour, ROLE_PLACE, "assay %s", command->name);
    (void)fprintf(out, " %s\n\n%s\n\n", command->usage, command->help);
    for (size_t i = 0; command->options[i].name != NULL; i++) {
        put_option(&command->options[i], width, out);
    }
    for (size_t i = 0; common[i].name != NULL; i++) {
        put_option(&common[i], width, out);
    }
    (void)fprintf(out, "\n%s\n\n%s\n", command->notes, command->examples);
}

/* assay: finds the command, parses its words, turns what it returns into an exit status. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/paint.h"

#include "base/banned.h"

enum { LARGE_BYTES = 256 << 10 };

#define COMMAND(name) extern const struct cli_command cmd_##name;
#include "cli/commands.h"
#undef COMMAND

const struct cli_command *const cli_commands[] = {
#define COMMAND(name) &cmd_##name,
#include "cli/commands.h"
#undef COMMAND
    NULL,
};

const struct cli_command *cli_find(const char *name)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    return NULL;
}

void cli_overview(FILE *out, bool has_colour)
{
    static const char *const rows[][2] = {
        {"assay sweep DIR", "is there a backdoor or a database tool here?"},
        {"assay trace LOG... --path PATH", "what was done through it, and what left?"},
        {"assay reach DIR", "what do the credentials lying here open?"},
        {"assay match FILE --against DB", "does this sample come from this database?"},
        {"assay judge --case DIR", "what holds, claim by claim?"},
        {"assay verify PATH", "was anything altered?"},
    };
    (void)fputs("assay settles breach allegations: what holds, and what nobody looked at.\n\n", out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)fputs("  ", out);
        paint(out, has_colour, ROLE_PLACE, "%-32s", rows[i][0]);
        (void)fprintf(out, " %s\n", rows[i][1]);
    }
    paint(out, has_colour, ROLE_QUIET, "\nTry ");
    (void)fputs("   assay sweep /srv/www\n", out);
    paint(out, has_colour, ROLE_QUIET, "More");
    (void)fputs("   assay help          all commands\n       assay help sweep    one of them\n", out);
}

void cli_list_commands(FILE *out, bool has_colour)
{
    static const struct {
        const char *title; /* of a group, or NULL */
        const struct cli_command *command;
    } lines[] = {
#define GROUP(text) {text, NULL},
#define COMMAND(name) {NULL, &cmd_##name},
#include "cli/commands.h"
#undef COMMAND
#undef GROUP
    };
    (void)fputs("assay COMMAND [ARGS] [--case DIR] [--json] [--quiet] [--jobs N]\n\n", out);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].command == NULL) {
            paint(out, has_colour, ROLE_QUIET, "%s%s\n", i > 0 ? "\n" : "", lines[i].title);
            continue;
        }
        (void)fputs("  ", out);
        paint(out, has_colour, ROLE_PLACE, "%-8s", lines[i].command->name);
        (void)fprintf(out, " %s\n", lines[i].command->question);
    }
    (void)fputs("\nassay help COMMAND tells more; assay --version the version. Exit: 0 looked at everything\n"
                "and found nothing (or done, verified), 1 found something (or does not verify), 2 could\n"
                "not tell (not everything was seen, or an error), 64 usage.\n",
                out);
}

void cli_error(const char *command, const struct err *err, bool has_colour)
{
    fflush(stdout);
    paint(stderr, has_colour, ROLE_ERROR, "assay:");
    (void)fprintf(stderr, " %s%s%s\n", command != NULL ? command : "", command != NULL ? ": " : "", err->text);
    if (err->remedy[0] != '\0') {
        (void)fprintf(stderr, "  %s\n", err->remedy);
    }
}

static int unknown_command(const char *name, bool has_colour)
{
    struct err err = {0};
    const char *near = NULL;
    for (size_t i = 0; cli_commands[i] != NULL && near == NULL; i++) {
        if (str_distance(str_of(name), str_of(cli_commands[i]->name)) <= 2) {
            near = cli_commands[i]->name;
        }
    }
    if (near != NULL) {
        err_set(&err, ERR_USAGE, "no command \"%s\"; did you mean %s?", name, near);
    } else {
        err_set(&err, ERR_USAGE, "no command \"%s\"", name);
        err_remedy(&err, "assay help lists them");
    }
    cli_error(NULL, &err, has_colour);
    return EXIT_USAGE;
}

static int help(int argc, char **argv, bool has_colour)
{
    if (argc == 0) {
        cli_list_commands(stdout, has_colour);
        return EXIT_NOTHING;
    }
    const struct cli_command *command = cli_find(argv[0]);
    if (command == NULL) {
        return unknown_command(argv[0], has_colour);
    }
    cli_usage(command, stdout, has_colour);
    return EXIT_NOTHING;
}

/* Output that could not be written is not a result. */
static int flushed(int status, const char *command)
{
    struct err err = {0};
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    err_set(&err, ERR_IO, "standard output: %s", strerror(errno));
    cli_error(command, &err, false);
    return EXIT_UNSURE;
}

static int run(const struct cli_command *command, int argc, char **argv, bool has_colour)
{
    struct err err = {0};
    struct cli cli = {.command = command, .has_colour = has_colour};
    cli.has_utf8 = has_colour && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    int status = cli_parse(&cli, argc, argv, &err);
    if (status == 0) {
        status = command->run(&cli, &err);
    }
    if (status < 0) {
        cli_error(command->name, &err, isatty(STDERR_FILENO) && has_colour);
        status = err.kind == ERR_USAGE ? EXIT_USAGE : EXIT_UNSURE;
    }
    cli_clear(&cli);
    return flushed(status, command->name);
}

/* 0, 1 and 2 must be open, or the first file opened becomes standard output. */
static void open_standard(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) < 0) {
            _exit(EXIT_UNSURE);
        }
    }
}

static bool wants_colour(void)
{
    const char *term = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (refused == NULL || *refused == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

/* libmongoc makes a segment of shared memory for counters of its own as soon as it is loaded, and leaves it behind when a process is
 * killed; the next process with that number then complains on standard error. The segment is of no use here. */
static void drop_counters(void)
{
    char name[64];
    (void)snprintf(name, sizeof name, "/dev/shm/mongoc-%ld", (long)getpid());
    (void)unlink(name);
}

int main(int argc, char **argv)
{
    drop_counters();
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES); /* fixed: what one large file needed goes back to the system */
    open_standard();
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    bool has_colour = wants_colour();
    if (argc < 2) {
        cli_overview(stdout, has_colour);
        return flushed(EXIT_NOTHING, NULL);
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return flushed(help(argc - 2, argv + 2, has_colour), NULL);
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("assay " ASSAY_VERSION);
        return flushed(EXIT_NOTHING, NULL);
    }
    const struct cli_command *command = cli_find(argv[1]);
    if (command == NULL) {
        return unknown_command(argv[1], has_colour);
    }
    if (argc > 2 && strcmp(argv[2], "--help") == 0) {
        cli_usage(command, stdout, has_colour);
        return flushed(EXIT_NOTHING, NULL);
    }
    return run(command, argc - 2, argv + 2, has_colour);
}

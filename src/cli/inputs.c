/* The copy is made by a process that looks at none of the bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/inputs.h"
#include "cli/paint.h"

#include "base/banned.h"

enum { STEP_BYTES = 1 << 20, KEPT_FD_MIN = 16 /* above what the examining process uses for itself */ };

static const char *temporary_folder(void)
{
    const char *given = getenv("TMPDIR");
    return given != NULL && given[0] != '\0' ? given : "/var/tmp";
}

static int open_temporary(const char *folder, struct err *err)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 &&
        (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) { /* a file system without unnamed files */
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/assay-XXXXXX", folder);
        fd = len > 0 && (size_t)len < sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
        if (fd >= 0) {
            (void)unlink(path);
        }
    }
    if (fd < 0) {
        err_set(err, ERR_IO, "no temporary file in %s: %s", folder, strerror(errno));
        err_remedy(err, "set TMPDIR to a folder with room for a copy, or give a file");
    }
    return fd;
}

static void draw(const struct cli *cli, const char *name, uint64_t bytes, int64_t *last)
{
    int64_t now = time_ticks();
    char text[NUMBER_TEXT];
    if (isatty(STDERR_FILENO) && !cli->is_quiet && now - *last > NS_PER_S / 4) {
        *last = now;
        (void)fprintf(stderr, "\r\x1b[Ktrace  taking in %s   %s", name, bytes_text(text, bytes));
    }
}

static int copy(const struct cli *cli, const char *name, int from, int to, struct err *err)
{
    OWN(own_mem) char *room = malloc(STEP_BYTES);
    uint64_t bytes = 0;
    int64_t last = time_ticks(), began = last;
    char text[NUMBER_TEXT];
    for (ssize_t got = 1; room != NULL && got != 0;) {
        got = read(from, room, STEP_BYTES);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
        }
        struct err why = {0};
        if (file_write_fd(to, (struct str){room, (size_t)got}, &why) != 0) {
            err_set(err, ERR_IO, "%s: no room for it in %s after %s: %s", name, temporary_folder(),
                    bytes_text(text, bytes), why.text);
            return err_remedy(err, "set TMPDIR to a folder with room for a copy of it, or give a file");
        }
        bytes += (uint64_t)got;
        draw(cli, name, bytes, &last);
    }
    if (last != began) {
        (void)fputs("\r\x1b[K", stderr);
    }
    return room != NULL ? 0 : err_no_memory(err);
}

/* A descriptor for reading alone, out of the way of the low numbers. Takes fd over. */
static int settle(int fd)
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int reading = open(link, O_RDONLY | O_CLOEXEC);
    int kept = fcntl(reading >= 0 ? reading : fd, F_DUPFD_CLOEXEC, KEPT_FD_MIN);
    if (reading >= 0) {
        close(reading);
    }
    close(fd);
    return kept >= 0 && lseek(kept, 0, SEEK_SET) == 0 ? kept : -1;
}

/* fd: what is read only once; it is not closed. */
static int spool(const struct cli *cli, const char *name, int fd, int *ret_fd, struct err *err)
{
    if (isatty(fd)) {
        err_set(err, ERR_USAGE, "%s is a terminal", name);
        return err_remedy(err, "give a file, or pipe a log into it");
    }
    int to = open_temporary(temporary_folder(), err);
    if (to < 0) {
        return -1;
    }
    if (copy(cli, name, fd, to, err) != 0) {
        close(to);
        return -1;
    }
    *ret_fd = settle(to);
    return *ret_fd >= 0 ? 0 : err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
}

static int take_standard_input(const struct cli *cli, int *ret_fd, struct err *err)
{
    struct stat about;
    if (fstat(STDIN_FILENO, &about) != 0) {
        return err_set(err, ERR_IO, "standard input: %s", strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return err_set(err, ERR_USAGE, "standard input is a folder");
    }
    if (S_ISREG(about.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) { /* "< file" */
        int fd = dup(STDIN_FILENO);
        *ret_fd = fd >= 0 ? settle(fd) : -1;
        return *ret_fd >= 0 ? 0 : err_set(err, ERR_IO, "standard input: %s", strerror(errno));
    }
    return spool(cli, "standard input", STDIN_FILENO, ret_fd, err);
}

/* A pipe by its name ("<(zcat ...)", a FIFO, /dev/stdin). What cannot be asked about is the engine's to complain of. */
static int take_named(const struct cli *cli, const char *name, int *ret_fd, struct err *err)
{
    struct stat about;
    if (stat(name, &about) != 0 || !(S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode) || S_ISSOCK(about.st_mode))) {
        return 0;
    }
    OWN(own_fd) int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    }
    return spool(cli, name, fd, ret_fd, err);
}

int cli_inputs_open(const struct cli *cli, struct cli_inputs *inputs, struct err *err)
{
    size_t count = cli->positional_count;
    bool is_taken = false;
    *inputs = (struct cli_inputs){.names = calloc(count + 1, sizeof *inputs->names),
                                  .fds = calloc(count + 1, sizeof *inputs->fds),
                                  .open_fds = calloc(count + 1, sizeof *inputs->open_fds)};
    if (inputs->names == NULL || inputs->fds == NULL || inputs->open_fds == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        const char *given = cli->positional[i];
        bool is_standard = strcmp(given, "-") == 0;
        inputs->names[i] = is_standard ? "standard input" : given;
        inputs->fds[i] = -1;
        if (is_standard && is_taken) {
            return err_set(err, ERR_USAGE, "\"-\" is standard input, which can be given once");
        }
        is_taken |= is_standard;
        TRY(is_standard ? take_standard_input(cli, &inputs->fds[i], err)
                        : take_named(cli, given, &inputs->fds[i], err));
        inputs->count++;
        if (inputs->fds[i] >= 0) {
            inputs->open_fds[inputs->open_count++] = inputs->fds[i];
        }
    }
    return 0;
}

void own_cli_inputs(struct cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->open_count; i++) {
        close(inputs->open_fds[i]);
    }
    free(inputs->names);
    free(inputs->fds);
    free(inputs->open_fds);
    *inputs = (struct cli_inputs){0};
}

/* What is kept says what a run has seen, and is believed: so it is a file that nobody else can write to, and that one run uses at a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/resume.h"

#include "base/banned.h"

enum { KEPT_FD_MIN = 16 /* above what the examining process uses for itself */ };

static void ending_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
}

void cli_resume_listen(void)
{
    sigset_t set;
    ending_signals(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of writing, not the end */
}

/* The signals wait, blocked, until they are asked for; after the last time they end the process again. */
static bool is_stopped(void *self, bool is_last)
{
    (void)self;
    sigset_t set;
    const struct timespec now = {0, 0};
    ending_signals(&set);
    bool is_told = sigtimedwait(&set, NULL, &now) > 0;
    if (is_last) {
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    }
    return is_told;
}

static int check(int fd, const char *name, struct err *err)
{
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return err_set(err, ERR_USAGE, "--resume: %s is not a file", name);
    }
    if (about.st_uid != geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        err_set(err, ERR_USAGE, "--resume: others can write to %s", name);
        return err_remedy(err, "what is kept there would be believed: give a file that is yours alone (chmod go-w)");
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? err_set(err, ERR_BUSY, "--resume: another run uses %s", name)
                                    : err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    }
    return 0;
}

static uint64_t test_number(const char *name)
{
    const char *text = getenv(name);
    uint64_t value = 0;
    return text != NULL && str_u64(str_of(text), &value) ? value : 0;
}

int cli_resume_open(const struct cli *cli, struct cli_resume *resume, struct err *err)
{
    const char *name = cli_text(cli, "resume");
    struct sha256 program;
    uint64_t bytes;
    *resume = (struct cli_resume){.fd = -1};
    if (name == NULL) {
        return 0;
    }
    OWN(own_fd) int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0) {
        return err_set(err, ERR_IO, "--resume: %s: %s", name, strerror(errno));
    }
    resume->fd = fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FD_MIN);
    if (resume->fd < 0) {
        return err_set(err, ERR_IO, "--resume: %s: %s", name, strerror(errno));
    }
    TRY(check(resume->fd, name, err));
    TRY(file_digest("/proc/self/exe", &program, &bytes, err));
    resume->given = (struct assay_trace_resume){.fd = resume->fd,
                                                .name = name,
                                                .is_stopped = is_stopped,
                                                .every_jobs = test_number("ASSAY_RESUME_EVERY"),
                                                .end_after_state = test_number("ASSAY_RESUME_STOP"),
                                                .end_before_step = (unsigned)test_number("ASSAY_RESUME_KILL")};
    memcpy(resume->given.program, program.bytes, sizeof resume->given.program);
    return 0;
}

int cli_resume_keep(struct cli_resume *resume, const int *fds, size_t count, struct err *err)
{
    resume->kept_fds = calloc(count + 1, sizeof *resume->kept_fds);
    if (resume->kept_fds == NULL) {
        return err_no_memory(err);
    }
    if (resume->fd >= 0) {
        resume->kept_fds[resume->kept_count++] = resume->fd;
    }
    for (size_t i = 0; i < count; i++) {
        resume->kept_fds[resume->kept_count++] = fds[i];
    }
    return 0;
}

void cli_resume_done(const struct cli_resume *resume)
{
    struct stat here, there;
    if (resume->fd >= 0 && fstat(resume->fd, &here) == 0 && lstat(resume->given.name, &there) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
        (void)unlink(resume->given.name);
    }
}

void own_cli_resume(struct cli_resume *resume)
{
    if (resume->fd >= 0) {
        close(resume->fd);
    }
    free(resume->kept_fds);
    *resume = (struct cli_resume){.fd = -1};
}

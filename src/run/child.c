/* The engine's process. It reads hostile bytes, so it gives up every right it does not need, and
 * speaks to its parent through one pipe, a JSON object a line:
 *
 *   {"s":"landlock 4, seccomp"}              first: what protects the run
 *   {"k":"finding","b":{..}}                 a record
 *   {"c":["/srv/x","Permission denied"]}     a complaint
 *   {"p":[done,total,bytes,all,found],"v":"sweep","u":"files"}
 *   {"ok":true} or {"e":[kind,text,remedy]}  last
 *
 * The parent trusts none of it more than it must: lines are bounded, read strictly, and checked. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "assay/run.h"
#include "base/buf.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { LINE_MAX_BYTES = 16 << 20, PIPE_STEP = 64 << 10 };
#define MEMORY_MAX (UINT64_C(6) << 30)

/* ---- the child's side ---- */

struct speaker {
    int fd;
    struct buf line;
    int64_t last_progress;
};

static int append(const char *bytes, size_t count, void *line)
{
    buf_put(line, (struct str){bytes, count});
    return 0;
}

static int speak(struct speaker *speaker, json_t *value, struct err *err)
{
    OWN(own_json) json_t *owned = value;
    if (owned == NULL) {
        return err_no_memory(err);
    }
    buf_reset(&speaker->line);
    if (json_dump_callback(owned, append, &speaker->line, JSON_COMPACT) != 0) {
        return err_set(err, ERR_BUG, "a record is not JSON");
    }
    buf_putc(&speaker->line, '\n');
    TRY(buf_check(&speaker->line, err));
    return file_write_fd(speaker->fd, buf_str(&speaker->line), err);
}

static int speak_record(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    return speak(self, json_pack("{s:s,s:O}", "k", assay_kind_name(kind), "b", body), err);
}

static void speak_complaint(void *self, struct str where, struct str what)
{
    char place[4096];
    char words[512];
    str_escape(place, sizeof place, where, sizeof place - 1);
    str_escape(words, sizeof words, what, sizeof words - 1);
    (void)!speak(self, json_pack("{s:[s,s]}", "c", place, words), NULL);
}

static void speak_progress(void *self, const struct assay_progress *p)
{
    struct speaker *speaker = self;
    int64_t now = time_ticks();
    if (now - speaker->last_progress < NS_PER_S / 8) {
        return;
    }
    speaker->last_progress = now;
    (void)!speak(speaker,
                 json_pack("{s:[I,I,I,I,I],s:s,s:s}", "p", (json_int_t)p->done, (json_int_t)p->total,
                           (json_int_t)p->bytes, (json_int_t)p->all_bytes, (json_int_t)p->found, "v", p->verb, "u",
                           p->unit),
                 NULL);
}

/* Nothing that the parent holds open reaches the child but what the run names: no ledger, no key. */
static void close_inherited(const struct assay_run *run, int keep)
{
    int kept = keep == 3 ? 3 : dup2(keep, 3);
    unsigned from = (unsigned)(kept < 0 ? keep + 1 : 4);
    for (size_t i = 0; i < run->kept_count; i++) {
        unsigned wanted = (unsigned)run->kept_fds[i];
        if (wanted > from) {
            (void)syscall(SYS_close_range, from, wanted - 1, 0);
        }
        from = wanted + 1;
    }
    (void)syscall(SYS_close_range, from, ~0U, 0);
}

/* Is one of the files that it goes on using open for writing? */
static bool writes_kept(const struct assay_run *run)
{
    for (size_t i = 0; i < run->kept_count; i++) {
        int flags = fcntl(run->kept_fds[i], F_GETFL);
        if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) {
            return true;
        }
    }
    return false;
}

static int child_work(const struct assay_run *run, struct speaker *speaker, struct err *err)
{
    struct confine_spec spec = {.read_paths = run->read_paths,
                                .write_path = run->write_path,
                                .writes_open = writes_kept(run),
                                .network = run->network,
                                .memory_bytes = MEMORY_MAX};
    struct confine_state granted;
    TRY(confine_self(&spec, &granted, err));
    TRY(speak(speaker, json_pack("{s:s}", "s", granted.words), err));
    struct assay_sink sink = {speaker, speak_record, speak_complaint, speak_progress};
    return run->work(run->options, &sink, err);
}

static _Noreturn void child_main(const struct assay_run *run, int fd, const sigset_t *mask)
{
    struct err err = {0};
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    close_inherited(run, fd);
    struct speaker speaker = {.fd = 3};
    int failed = child_work(run, &speaker, &err);
    json_t *last =
        failed != 0 ? json_pack("{s:[i,s,s]}", "e", (int)err.kind, err.text, err.remedy) : json_pack("{s:b}", "ok", 1);
    failed |= speak(&speaker, last, NULL);
    buf_free(&speaker.line);
    _exit(failed != 0 ? 2 : 0);
}

/* ---- the parent's side ---- */

struct ear {
    const struct assay_sink *listener;
    struct assay_outcome *outcome;
    struct err *err;
    bool is_ended, has_failed;
    pid_t child;
    int signals;        /* a signalfd, or -1 */
    int stopped_by;     /* the first signal that asked for an end; 0: none */
    int64_t kill_after; /* ticks: a child that was told to stop and did not */
};

static uint64_t counted(const json_t *array, size_t index)
{
    json_int_t value = json_integer_value(json_array_get(array, index));
    return value > 0 ? (uint64_t)value : 0;
}

static void hear_progress(struct ear *ear, const json_t *line, const json_t *numbers)
{
    struct assay_progress p = {
        .verb = json_text(line, "v", ""),
        .unit = json_text(line, "u", ""),
        .done = counted(numbers, 0),
        .total = counted(numbers, 1),
        .bytes = counted(numbers, 2),
        .all_bytes = counted(numbers, 3),
        .found = counted(numbers, 4),
    };
    assay_tell(ear->listener, &p);
}

static int hear_record(struct ear *ear, const char *name, json_t *body)
{
    int kind = assay_kind_of(name);
    if (kind < 0 || !json_is_object(body) || ear->outcome->has_summary) {
        return err_set(ear->err, ERR_BUG, "the examining process sent a record that is none");
    }
    if (kind == ASSAY_SUMMARY) {
        ear->outcome->has_summary = true;
        ear->outcome->is_complete = json_bool(body, "complete", false);
    }
    bool counts = (kind == ASSAY_FINDING && !json_bool(body, "before", false)) ||
                  (kind == ASSAY_MEASURE && json_bool(body, "counted", false));
    ear->outcome->findings += counts ? 1 : 0;
    return ear->listener->put(ear->listener->self, (enum assay_kind)kind, body, ear->err);
}

static int hear_end(struct ear *ear, const json_t *failure)
{
    if (ear->is_ended) {
        return 0; /* the first word about the end is the one that counts */
    }
    ear->is_ended = true;
    ear->has_failed = failure != NULL;
    if (failure == NULL) {
        return 0;
    }
    json_int_t kind = json_integer_value(json_array_get(failure, 0));
    const char *text = json_string_value(json_array_get(failure, 1));
    const char *remedy = json_string_value(json_array_get(failure, 2));
    err_set(ear->err, kind > ERR_NONE && kind <= ERR_BUG ? (enum err_kind)kind : ERR_BUG, "%s",
            text != NULL ? text : "?");
    if (remedy != NULL && *remedy != '\0') {
        err_remedy(ear->err, "%s", remedy);
    }
    return 0;
}

static int hear_line(struct ear *ear, struct str text)
{
    OWN(own_json) json_t *line = json_read(text, ear->err);
    if (line == NULL) {
        return err_where(ear->err, "the examining process");
    }
    const char *name = json_text(line, "k", NULL);
    const json_t *complaint = json_object_get(line, "c");
    const json_t *numbers = json_object_get(line, "p");
    const json_t *failure = json_object_get(line, "e");
    const char *protections = json_text(line, "s", NULL);
    if (name != NULL) {
        return hear_record(ear, name, json_object_get(line, "b"));
    }
    if (complaint != NULL) {
        const char *where = json_string_value(json_array_get(complaint, 0));
        const char *what = json_string_value(json_array_get(complaint, 1));
        assay_complain(ear->listener, str_of(where), str_of(what));
    } else if (numbers != NULL) {
        hear_progress(ear, line, numbers);
    } else if (protections != NULL) {
        (void)snprintf(ear->outcome->protections, sizeof ear->outcome->protections, "%s", protections);
    } else {
        return hear_end(ear, failure);
    }
    return 0;
}

/* Every whole line in the buffer; what is left of a cut line moves to its front. */
static int hear_lines(struct ear *ear, struct buf *heard)
{
    size_t from = 0;
    for (;;) {
        struct str_cut cut = str_cut(str_slice(buf_str(heard), from, heard->len), '\n');
        if (!cut.found) {
            break;
        }
        TRY(hear_line(ear, cut.head));
        from += cut.head.len + 1;
    }
    memmove(heard->data, heard->data + from, heard->len - from);
    heard->len -= from;
    return heard->len > LINE_MAX_BYTES ? err_set(ear->err, ERR_LIMIT, "the examining process sent a line without end")
                                       : 0;
}

/* A person who interrupts ends the examination, not its record: the child is told to stop, and what it had said is kept. It may close
 * what it has open; if it takes longer than that should, or is told again, it is killed. */
static void hear_signal(struct ear *ear)
{
    enum { PATIENCE_SECONDS = 10 };
    struct signalfd_siginfo heard;
    if (read(ear->signals, &heard, sizeof heard) != (ssize_t)sizeof heard) {
        return;
    }
    bool is_again = ear->stopped_by != 0;
    ear->stopped_by = is_again ? ear->stopped_by : (int)heard.ssi_signo;
    ear->kill_after = time_ticks() + PATIENCE_SECONDS * NS_PER_S;
    (void)kill(ear->child, is_again ? SIGKILL : (int)heard.ssi_signo);
}

/* Until the child says something or has ended. */
static void await(struct ear *ear, int fd)
{
    for (;;) {
        struct pollfd on[] = {{fd, POLLIN, 0}, {ear->signals, POLLIN, 0}};
        int got = poll(on, 2, ear->stopped_by != 0 ? 500 : -1);
        if (got > 0 && on[1].revents != 0) {
            hear_signal(ear);
        }
        if (ear->stopped_by != 0 && time_ticks() > ear->kill_after) {
            (void)kill(ear->child, SIGKILL);
        }
        if ((got < 0 && errno != EINTR) || (got > 0 && on[0].revents != 0)) {
            return;
        }
    }
}

/* What was heard may have held the secrets of a tree. */
static void own_wiped(struct buf *heard)
{
    if (heard->data != NULL) {
        explicit_bzero(heard->data, heard->cap);
    }
    buf_free(heard);
}

static int hear_all(struct ear *ear, int fd)
{
    OWN(own_wiped) struct buf heard = {0};
    for (;;) {
        char *room = buf_room(&heard, PIPE_STEP);
        if (room == NULL) {
            return buf_check(&heard, ear->err);
        }
        await(ear, fd);
        ssize_t got = read(fd, room, PIPE_STEP);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? 0 : err_set(ear->err, ERR_IO, "pipe: %s", strerror(errno));
        }
        heard.len += (size_t)got;
        TRY(hear_lines(ear, &heard));
    }
}

/* What the child's end means. */
static int settle(struct ear *ear, int status)
{
    if (ear->stopped_by != 0 && (ear->has_failed || WIFSIGNALED(status))) {
        char remedy[ERR_REMEDY_BYTES];
        (void)snprintf(remedy, sizeof remedy, "%s",
                       ear->has_failed && ear->err->remedy[0] != '\0'
                           ? ear->err->remedy
                           : "what had been seen until then stands; the rest was not looked at");
        err_set(ear->err, ERR_LIMIT, "stopped by %s before everything was looked at", strsignal(ear->stopped_by));
        return err_remedy(ear->err, "%s", remedy);
    }
    if (ear->has_failed) {
        return -1;
    }
    if (WIFSIGNALED(status)) {
        err_set(ear->err, ERR_BUG, "the examining process was ended by signal %d (%s)", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
        return err_remedy(ear->err, "what it had seen until then stands; what it had not is not covered");
    }
    if (!ear->is_ended || WEXITSTATUS(status) != 0) {
        return err_set(ear->err, ERR_BUG, "the examining process ended without a word");
    }
    return ear->outcome->has_summary ? 0 : err_set(ear->err, ERR_BUG, "the examination ended without a summary");
}

/* Signals that ask for an end come through a descriptor while a child works. *ret_before: how it was. */
static int take_signals(sigset_t *ret_before)
{
    sigset_t ending;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGINT);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &ending, ret_before);
    return signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int listen_to(struct ear *ear, int fd)
{
    int failed = hear_all(ear, fd);
    close(fd);
    if (failed != 0) {
        kill(ear->child, SIGKILL);
    }
    int status = 0;
    while (waitpid(ear->child, &status, 0) < 0 && errno == EINTR) {
    }
    ear->outcome->ended = time_now();
    return failed != 0 ? -1 : settle(ear, status);
}

int assay_run(const struct assay_run *run, const struct assay_sink *listener, struct assay_outcome *ret_outcome,
              struct err *err)
{
    *ret_outcome = (struct assay_outcome){.began = time_now(), .protections = "none"};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
    }
    fflush(NULL);
    sigset_t before;
    OWN(own_fd) int signals = take_signals(&before);
    struct ear ear = {.listener = listener, .outcome = ret_outcome, .err = err, .child = fork(), .signals = signals};
    if (ear.child == 0) {
        child_main(run, ends[1], &before);
    }
    close(ends[1]);
    int failed = -1;
    if (ear.child < 0) {
        close(ends[0]);
        err_set(err, ERR_IO, "fork: %s", strerror(errno));
    } else {
        failed = listen_to(&ear, ends[0]);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return failed;
}

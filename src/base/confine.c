/* Landlock by raw system calls (no library has it in Debian 12), seccomp by libseccomp, rlimits.
 *
 * The seccomp filter lists what may be called; everything else fails with EPERM, so a library that
 * tries something optional goes on without it. Reading is decided by Landlock, per path. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <jansson.h>

#include "base/confine.h"
#include "base/own.h"

#include "base/banned.h"

/* Debian 12's kernel headers end at ABI 2; the numbers are those of include/uapi/linux/landlock.h in 6.10. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

static uint64_t handled(int abi)
{
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* the thirteen rights of ABI 1 */
    all |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    all |= abi >= 3 ? ACCESS_TRUNCATE : 0;
    all |= abi >= 5 ? ACCESS_IOCTL_DEV : 0;
    return all;
}

static uint64_t writing(int abi)
{
    return reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
           (abi >= 3 ? ACCESS_TRUNCATE : 0);
}

/* in_folder: what may be done below path if that is a directory. */
static int allow_below(int rules, const char *path, uint64_t in_folder, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        return 0; /* not there: nothing to allow; the engine will say so itself */
    }
    struct landlock_path_beneath_attr rule = {
        .allowed_access = S_ISDIR(about.st_mode) ? in_folder : (uint64_t)LANDLOCK_ACCESS_FS_READ_FILE,
        .parent_fd = fd,
    };
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
        return err_set(err, ERR_IO, "landlock: %s: %s", path, strerror(errno));
    }
    return 0;
}

static int close_paths(const struct confine_spec *spec, struct confine_state *state, struct err *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        return 0; /* kernel without Landlock, said in the state */
    }
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled((int)abi)};
    OWN(own_fd) int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0) {
        return err_set(err, ERR_IO, "landlock: %s", strerror(errno));
    }
    for (size_t i = 0; spec->read_paths != NULL && spec->read_paths[i] != NULL; i++) {
        TRY(allow_below(rules, spec->read_paths[i], reading, err));
    }
    if (spec->write_path != NULL) {
        TRY(allow_below(rules, spec->write_path, writing((int)abi), err));
    }
    static const char *const for_network[] = {"/etc", "/lib", "/lib64", "/usr/lib", "/usr/share", "/run", NULL};
    for (size_t i = 0; spec->network && for_network[i] != NULL; i++) {
        TRY(allow_below(rules, for_network[i], reading, err));
    }
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        return err_set(err, ERR_IO, "landlock: %s", strerror(errno));
    }
    state->landlock_abi = (int)abi;
    return 0;
}

static const int always[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(lseek),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(mincore),
    SCMP_SYS(brk),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(openat2),
    SCMP_SYS(getdents64),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(setitimer),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(fcntl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(getcwd),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(dup),
    SCMP_SYS(fadvise64),
    SCMP_SYS(readahead),
    SCMP_SYS(membarrier),
    SCMP_SYS(pipe2),
};

/* Where is Landlock's to say. */
static const int for_writing[] = {
    SCMP_SYS(open),      SCMP_SYS(openat), SCMP_SYS(pwrite64), SCMP_SYS(ftruncate), SCMP_SYS(fsync),
    SCMP_SYS(fdatasync), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),  SCMP_SYS(flock),  SCMP_SYS(mlock),    SCMP_SYS(munlock), /* secrets stay in memory */
};

/* ... and these go only where a descriptor that was open before leads. */
static const int for_open_files[] = {SCMP_SYS(pwrite64), SCMP_SYS(fsync)};

static const int for_connecting[] = {
    SCMP_SYS(socket),     SCMP_SYS(connect),  SCMP_SYS(getsockname), SCMP_SYS(getpeername),   SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(sendto),   SCMP_SYS(recvfrom),    SCMP_SYS(sendmsg),       SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmsg),    SCMP_SYS(shutdown), SCMP_SYS(bind),        SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(eventfd2),
};

static int allow_all(scmp_filter_ctx filter, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (calls[i] >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Calls that are allowed for some arguments only. libseccomp's own macros leave the second datum out. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static int allow_some(scmp_filter_ctx filter)
{
    const scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    int failed = 0;
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0); /* glibc falls back to clone */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0)); /* get only */
    return failed;
}
#pragma GCC diagnostic pop

static int close_calls(const struct confine_spec *spec, struct confine_state *state, struct err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return err_no_memory(err);
    }
    int failed = allow_all(filter, always, sizeof always / sizeof *always);
    failed |= allow_some(filter);
    if (spec->write_path != NULL) {
        failed |= allow_all(filter, for_writing, sizeof for_writing / sizeof *for_writing);
    }
    if (spec->writes_open) {
        failed |= allow_all(filter, for_open_files, sizeof for_open_files / sizeof *for_open_files);
    }
    if (spec->network) {
        failed |= allow_all(filter, for_connecting, sizeof for_connecting / sizeof *for_connecting);
    }
    if (failed != 0) {
        seccomp_release(filter);
        return err_set(err, ERR_BUG, "seccomp refuses a rule of its filter");
    }
    state->seccomp = seccomp_load(filter) == 0; /* a kernel without it: said in the state */
    seccomp_release(filter);
    return 0;
}

static int limit(int resource, uint64_t most, const char *name, struct err *err)
{
    struct rlimit bound = {most, most};
    struct rlimit now;
    if (getrlimit((unsigned)resource, &now) == 0 && now.rlim_max != RLIM_INFINITY && now.rlim_max < most) {
        bound = (struct rlimit){now.rlim_max, now.rlim_max};
    }
    return setrlimit((unsigned)resource, &bound) == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
}

static int close_limits(const struct confine_spec *spec, struct err *err)
{
    TRY(limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err));
    if (spec->write_path == NULL && !spec->writes_open) {
        TRY(limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE", err));
    }
    if (spec->memory_bytes != 0 && !UNDER_SANITIZER) {
        TRY(limit(RLIMIT_DATA, spec->memory_bytes, "RLIMIT_DATA", err));
    }
    if (spec->cpu_seconds != 0) {
        TRY(limit(RLIMIT_CPU, spec->cpu_seconds, "RLIMIT_CPU", err));
    }
    return 0;
}

static void put_words(struct confine_state *state)
{
    char paths[32] = "";
    if (state->landlock_abi != 0) {
        (void)snprintf(paths, sizeof paths, "landlock %d", state->landlock_abi);
    }
    bool both = state->landlock_abi != 0 && state->seccomp;
    bool any = state->landlock_abi != 0 || state->seccomp;
    (void)snprintf(state->words, sizeof state->words, "%s%s%s", any ? paths : "none", both ? ", " : "",
                   state->seccomp ? "seccomp" : "");
}

/* What libraries open on first use is opened now, while it still can be. */
static void warm_up(void)
{
    json_object_seed(0);
}

int confine_self(const struct confine_spec *spec, struct confine_state *ret_state, struct err *err)
{
    const char *wish = getenv("ASSAY_CONFINE");
    struct confine_state state = {0};
    warm_up();
    if (wish != NULL && strcmp(wish, "off") == 0) {
        (void)snprintf(state.words, sizeof state.words, "off");
        *ret_state = state;
        return 0;
    }
    state.no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!state.no_new_privs) {
        return err_set(err, ERR_IO, "no_new_privs: %s", strerror(errno));
    }
    TRY(close_limits(spec, err));
    TRY(close_paths(spec, &state, err));
    TRY(close_calls(spec, &state, err));
    put_words(&state);
    if (wish != NULL && strcmp(wish, "require") == 0 && (state.landlock_abi == 0 || !state.seccomp)) {
        err_set(err, ERR_IO, "the kernel grants only: %s", state.words);
        return err_remedy(err, "unset ASSAY_CONFINE to go on with less protection; the case will say so");
    }
    *ret_state = state;
    return 0;
}

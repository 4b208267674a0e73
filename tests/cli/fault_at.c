/* Runs a program and lets one of its system calls fail.
 *
 *   fault_at -l LOG PROGRAM [ARG...]             writes a line a call: process, its how-manieth, name, w (changes the disk) or r
 *   fault_at -p P -n N -w WAY PROGRAM [ARG...]   the N-th call of the P-th process or thread goes wrong
 *
 * WAY: kill (the process, right before the call), die (all of them), short (half of what it wanted to write), EIO, ENOSPC or EINTR;
 * broken, full: from this call on every one that changes the disk gets EIO or ENOSPC, in every process.
 * Both count from 1, in order of creation, from the program's entry. Leaves with the program's status, 128 + signal, or
 * 99 where the call never came. For x86-64. */
#include <asm/unistd.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEVER_CAME = 99, PROCESSES_MAX = 256 };

/* Which calls count. 'w' changes the disk or makes a change last; 'o' opens, and does so where it makes or cuts a file. */
static const struct call {
    int nr;
    char kind;
    const char *name;
} calls[] = {
#define CALL(name, kind)         \
    {                            \
        __NR_##name, kind, #name \
    }
    CALL(write, 'w'),
    CALL(pwrite64, 'w'),
    CALL(writev, 'w'),
    CALL(pwritev, 'w'),
    CALL(fsync, 'w'),
    CALL(fdatasync, 'w'),
    CALL(rename, 'w'),
    CALL(renameat, 'w'),
    CALL(renameat2, 'w'),
    CALL(ftruncate, 'w'),
    CALL(truncate, 'w'),
    CALL(mkdir, 'w'),
    CALL(mkdirat, 'w'),
    CALL(rmdir, 'w'),
    CALL(unlink, 'w'),
    CALL(unlinkat, 'w'),
    CALL(link, 'w'),
    CALL(linkat, 'w'),
    CALL(symlinkat, 'w'),
    CALL(chmod, 'w'),
    CALL(fchmod, 'w'),
    CALL(fchmodat, 'w'),
    CALL(fallocate, 'w'),
    CALL(sendfile, 'w'),
    CALL(copy_file_range, 'w'),
    CALL(flock, 'w'),
    CALL(fcntl, 'r'),
    CALL(open, 'o'),
    CALL(openat, 'o'),
    CALL(openat2, 'r'),
    CALL(read, 'r'),
    CALL(pread64, 'r'),
    CALL(readv, 'r'),
    CALL(lseek, 'r'),
    CALL(close, 'r'),
    CALL(stat, 'r'),
    CALL(fstat, 'r'),
    CALL(lstat, 'r'),
    CALL(newfstatat, 'r'),
    CALL(statx, 'r'),
    CALL(access, 'r'),
    CALL(faccessat, 'r'),
    CALL(faccessat2, 'r'),
    CALL(getdents64, 'r'),
    CALL(readlink, 'r'),
    CALL(readlinkat, 'r'),
    CALL(mmap, 'm'),
    CALL(pipe2, 'r'),
    CALL(dup2, 'r'),
    CALL(dup3, 'r'),
    CALL(poll, 'r'),
    CALL(ppoll, 'r'),
    CALL(wait4, 'r'),
    CALL(clone, 'r'),
    CALL(clone3, 'r'),
    CALL(fork, 'r'),
    CALL(vfork, 'r'),
    CALL(prctl, 'r'),
    CALL(setrlimit, 'r'),
    CALL(prlimit64, 'r'),
    CALL(seccomp, 'r'),
    CALL(socket, 'r'),
    CALL(socketpair, 'r'),
    CALL(connect, 'r'),
    CALL(sendto, 'r'),
    CALL(recvfrom, 'r'),
    CALL(sendmsg, 'r'),
    CALL(recvmsg, 'r'),
    CALL(getcwd, 'r'),
    CALL(memfd_create, 'r'),
    CALL(getrandom, 'r'),
    CALL(setsockopt, 'r'),
    CALL(landlock_create_ruleset, 'r'),
#undef CALL
};
enum { CALLS = sizeof calls / sizeof calls[0] };

static pid_t known[PROCESSES_MAX];
static uint64_t made[PROCESSES_MAX];
static int processes;
static uint64_t entry;
static long at_entry; /* what stands there */
static int has_entered;

static FILE *list;
static int target_process;
static uint64_t target_call;
static const char *way = "";
static int has_come;
static pid_t
    leaving; /* whose close() is made, and is to say that it failed: Linux gives the descriptor free whatever it says */

static void give_up(const char *what)
{
    fprintf(stderr, "fault_at: %s: %s\n", what, strerror(errno));
    exit(98);
}

static int process_of(pid_t pid)
{
    for (int i = 0; i < processes; i++) {
        if (known[i] == pid) {
            return i;
        }
    }
    if (processes == PROCESSES_MAX) {
        fprintf(stderr, "fault_at: too many processes\n");
        exit(98);
    }
    known[processes] = pid;
    return processes++;
}

static const struct call *call_of(long nr)
{
    for (int i = 0; i < CALLS; i++) {
        if (calls[i].nr == nr) {
            return &calls[i];
        }
    }
    return NULL;
}

/* The program: stops at every call that counts. */
static void run(char **argv)
{
    struct sock_filter filter[CALLS + 3];
    int n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++) {
        filter[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].nr, (uint8_t)(CALLS - i), 0);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = filter};
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
        give_up("ptrace");
    }
    raise(SIGSTOP);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        give_up("seccomp");
    }
    execv(argv[0], argv);
    give_up(argv[0]);
}

/* Calls count from the program's entry: what the loader and the constructors of libraries do before that is not its own. */
static void stop_at_entry(pid_t pid)
{
    char path[64];
    uint64_t pair[2];
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    FILE *vector = fopen(path, "rbe");
    if (vector == NULL) {
        give_up(path);
    }
    while (fread(pair, sizeof pair, 1, vector) == 1 && pair[0] != AT_NULL) {
        entry = pair[0] == AT_ENTRY ? pair[1] : entry;
    }
    fclose(vector);
    errno = 0;
    at_entry = ptrace(PTRACE_PEEKTEXT, pid, entry, NULL);
    if (errno != 0 || ptrace(PTRACE_POKETEXT, pid, entry, (at_entry & ~0xffL) | 0xcc) != 0) {
        give_up("entry");
    }
}

static int is_at_entry(pid_t pid)
{
    struct user_regs_struct regs;
    if (has_entered || ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0 || regs.rip != entry + 1) {
        return 0;
    }
    regs.rip = entry;
    if (ptrace(PTRACE_POKETEXT, pid, entry, at_entry) != 0 || ptrace(PTRACE_SETREGS, pid, NULL, &regs) != 0) {
        give_up("entry");
    }
    has_entered = 1;
    return 1;
}

/* w or r, or 0: counts for nothing (memory that belongs to no file). */
static char kind_of(const struct call *call, const struct user_regs_struct *regs)
{
    switch (call->kind) {
    case 'o': {
        uint64_t flags = call->nr == __NR_open ? regs->rsi : regs->rdx;
        return (flags & (O_CREAT | O_TRUNC)) != 0 ? 'w' : 'r';
    }
    case 'm':
        return (int)regs->r8 >= 0 ? 'r' : 0;
    default:
        return call->kind;
    }
}

static void fail(pid_t pid, struct user_regs_struct *regs, int error)
{
    regs->orig_rax = (unsigned long long)-1;
    regs->rax = (unsigned long long)-(long long)error;
    if (ptrace(PTRACE_SETREGS, pid, NULL, regs) != 0) {
        give_up("setregs");
    }
}

static void kill_all(void)
{
    for (int i = 0; i < processes; i++) {
        if (known[i] > 0) {
            kill(known[i], SIGKILL);
        }
    }
}

static void go_wrong(pid_t pid, const struct call *call, struct user_regs_struct *regs)
{
    has_come = 1;
    if (strcmp(way, "kill") == 0) {
        kill(pid, SIGKILL);
    } else if (strcmp(way, "die") == 0) {
        kill_all();
    } else if (strcmp(way, "short") == 0) {
        if ((call->nr == __NR_write || call->nr == __NR_pwrite64) && regs->rdx > 1) {
            regs->rdx /= 2;
            ptrace(PTRACE_SETREGS, pid, NULL, regs);
        }
    } else if (call->nr == __NR_close) {
        leaving = pid;
    } else {
        fail(pid, regs,
             strcmp(way, "ENOSPC") == 0 || strcmp(way, "full") == 0 ? ENOSPC
             : strcmp(way, "EINTR") == 0                            ? EINTR
                                                                    : EIO);
    }
}

static void at_call(pid_t pid)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0) {
        return; /* killed meanwhile */
    }
    const struct call *call = call_of((long)regs.orig_rax);
    char kind = call != NULL ? kind_of(call, &regs) : 0;
    if (kind == 0 || !has_entered) {
        return;
    }
    int process = process_of(pid);
    made[process]++;
    if (list != NULL) {
        fprintf(list, "%d %llu %s %c\n", process + 1, (unsigned long long)made[process], call->name, kind);
    }
    if (process + 1 == target_process && made[process] == target_call) {
        go_wrong(pid, call, &regs);
    } else if (has_come && kind == 'w' && (strcmp(way, "broken") == 0 || strcmp(way, "full") == 0)) {
        fail(pid, &regs, way[0] == 'f' ? ENOSPC : EIO);
    }
}

static void at_return(pid_t pid)
{
    struct user_regs_struct regs;
    if (pid == leaving && ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0) {
        regs.rax = (unsigned long long)-EIO;
        (void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
        leaving = 0;
    }
}

static int follow(pid_t first)
{
    int code = 98;
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0) {
            return code;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            known[process_of(pid)] = -pid;
            if (pid == first) {
                code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            continue;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            at_return(pid);
            (void)ptrace(PTRACE_CONT, pid, NULL, 0);
            continue;
        }
        int signal = WSTOPSIG(status);
        int event = status >> 16;
        process_of(pid);
        if (event == PTRACE_EVENT_SECCOMP) {
            at_call(pid);
            signal = 0;
        } else if (event == PTRACE_EVENT_EXEC) {
            stop_at_entry(pid);
            signal = 0;
        } else if (event != 0 || signal == SIGSTOP || (signal == SIGTRAP && is_at_entry(pid))) {
            signal = 0;
        }
        (void)ptrace(pid == leaving ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, signal);
    }
}

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "+l:p:n:w:")) != -1) {
        switch (option) {
        case 'l':
            list = fopen(optarg, "we");
            if (list == NULL) {
                give_up(optarg);
            }
            break;
        case 'p':
            target_process = atoi(optarg);
            break;
        case 'n':
            target_call = strtoull(optarg, NULL, 10);
            break;
        case 'w':
            way = optarg;
            break;
        default:
            return 64;
        }
    }
    if (optind == argc) {
        return 64;
    }
    pid_t child = fork();
    if (child == 0) {
        run(argv + optind);
    }
    int status;
    if (child < 0 || waitpid(child, &status, __WALL) != child || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, child, NULL,
               PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK) != 0) {
        give_up("trace");
    }
    process_of(child);
    ptrace(PTRACE_CONT, child, NULL, 0);
    int code = follow(child);
    if (list != NULL && fclose(list) != 0) {
        give_up("list");
    }
    return target_process == 0 || has_come ? code : NEVER_CAME;
}

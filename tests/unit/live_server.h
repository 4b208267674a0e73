/* Real servers as children of a test: a folder of their own, loopback, a free port; they end with the test. */
#ifndef ASSAY_TESTS_LIVE_SERVER_H
#define ASSAY_TESTS_LIVE_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct live {
    char folder[64];
    pid_t pid;
    unsigned port;
};

static inline int live_folder(struct live *live)
{
    (void)snprintf(live->folder, sizeof live->folder, "/tmp/assay-live-XXXXXX");
    return mkdtemp(live->folder) == NULL ? -1 : 0;
}

static inline int live_remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

/* A port that nobody listens on at this moment. */
static inline unsigned live_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port = 0;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        port = ntohs(address.sin_port);
    }
    close(fd);
    return port;
}

static inline void live_write(const struct live *live, const char *name, const char *text)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", live->folder, name);
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        (void)fputs(text, file);
        (void)fclose(file);
    }
}

/* argv NULL-terminated; what it prints goes to FOLDER/log. */
static inline int live_start(struct live *live, const char *const *argv)
{
    char log[160];
    (void)snprintf(log, sizeof log, "%s/log", live->folder);
    pid_t parent = getpid();
    live->pid = fork();
    if (live->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        int fd = open(log, O_CREAT | O_WRONLY | O_APPEND, 0600);
        if (getppid() != parent || fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(live->folder) != 0) {
            _exit(127);
        }
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return live->pid > 0 ? 0 : -1;
}

static inline bool live_answers(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_there;
}

/* Until somebody listens on the port; false if the server ends or a minute passes. */
static inline bool live_wait(const struct live *live)
{
    for (int i = 0; i < 1200; i++) {
        if (live_answers(live->port)) {
            return true;
        }
        if (waitpid(live->pid, NULL, WNOHANG) != 0) {
            return false;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    return false;
}

static inline void live_stop(struct live *live)
{
    if (live->pid > 0) {
        (void)kill(live->pid, SIGKILL);
        (void)waitpid(live->pid, NULL, 0);
        live->pid = 0;
    }
}

static inline void live_remove(struct live *live)
{
    live_stop(live);
    (void)nftw(live->folder, live_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* FOLDER/pem: a key and a certificate of its own for localhost, as nobody else vouches for it. */
static inline int live_certificate(const struct live *live, char path[static 128])
{
    (void)snprintf(path, 128, "%s/pem", live->folder);
    const char *const argv[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:prime256v1",
                                "-nodes",
                                "-subj",
                                "/CN=localhost",
                                "-addext",
                                "subjectAltName=DNS:localhost",
                                "-keyout",
                                path,
                                "-out",
                                "cert",
                                NULL};
    struct live maker = {.pid = 0};
    memcpy(maker.folder, live->folder, sizeof maker.folder);
    int status = 1;
    if (live_start(&maker, argv) != 0 || waitpid(maker.pid, &status, 0) < 0 || status != 0) {
        return -1;
    }
    char certificate[160];
    char line[256];
    (void)snprintf(certificate, sizeof certificate, "%s/cert", live->folder);
    FILE *from = fopen(certificate, "re");
    FILE *to = fopen(path, "ae");
    while (from != NULL && to != NULL && fgets(line, sizeof line, from) != NULL) {
        (void)fputs(line, to);
    }
    return from != NULL && to != NULL && fclose(from) == 0 && fclose(to) == 0 ? 0 : -1;
}

/* Is this program installed? */
static inline bool live_has(const char *program)
{
    static const char *const folders[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[160];
        (void)snprintf(path, sizeof path, "%s/%s", folders[i], program);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

#endif

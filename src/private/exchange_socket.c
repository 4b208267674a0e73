/* One connection, made before anything of a counterpart is read and before rights are given up: the step that speaks over it can
 * make none itself. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assay/private.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { KEPT_FROM = 10, AGAIN_MS = 200 };

static void own_addresses(struct addrinfo **list)
{
    if (*list != NULL) {
        freeaddrinfo(*list);
    }
}

/* "HOST:PORT", "[IPv6]:PORT". */
static int look_up(const char *where, bool is_listener, struct addrinfo **ret_list, struct err *err)
{
    char host[256];
    struct str all = str_of(where);
    const char *colon = strrchr(where, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | (is_listener ? AI_NUMERICHOST | AI_PASSIVE : 0)};
    struct str name = str_slice(all, 0, colon == NULL ? 0 : (size_t)(colon - where));
    if (name.len > 1 && name.data[0] == '[' && name.data[name.len - 1] == ']') {
        name = str_slice(name, 1, name.len - 1);
    }
    if (name.len == 0 || name.len >= sizeof host || colon[1] == '\0') {
        err_set(err, ERR_USAGE, "no address and port: '%s'", where);
        return err_remedy(err, "as in 192.0.2.7:7000, notary.example:7000 or [2001:db8::7]:7000");
    }
    (void)snprintf(host, sizeof host, "%.*s", STR_FMT(name));
    int failed = getaddrinfo(host, colon + 1, &hints, ret_list);
    return failed == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", where, gai_strerror(failed));
}

/* Waits for the descriptor until `until`: 1 ready, 0 time is over, -1. */
static int ready_until(int fd, short events, int64_t until)
{
    struct pollfd polled = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = until - time_ticks();
        int ready = left <= 0 ? 0 : poll(&polled, 1, (int)(left / 1000000) + 1);
        if (ready >= 0 || errno != EINTR) {
            return ready;
        }
    }
}

static int take_one(const char *where, const struct addrinfo *at, unsigned wait, int64_t until, struct err *err)
{
    int on = 1;
    OWN(own_fd) int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, 1) != 0) {
        return err_set(err, ERR_IO, "%s: %s", where, strerror(errno));
    }
    int ready = ready_until(fd, POLLIN, until);
    if (ready == 0) {
        err_set(err, ERR_LIMIT, "%s: nobody connected within %u s", where, wait);
        return err_remedy(err, "--wait SECONDS allows more");
    }
    int peer = ready < 0 ? -1 : accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return peer >= 0 ? peer : err_set(err, ERR_IO, "%s: %s", where, strerror(errno));
}

/* One attempt: a descriptor, or -1 with errno. */
static int try_one(const struct addrinfo *at, int64_t until)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), failed = 0;
    socklen_t bytes = sizeof failed;
    if (fd < 0) {
        return -1;
    }
    if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
        failed = errno;
        if (failed == EINPROGRESS) {
            failed = ready_until(fd, POLLOUT, until) > 0 ? 0 : ETIMEDOUT;
            if (failed == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &bytes) != 0) {
                failed = errno;
            }
        }
    }
    if (failed != 0) {
        close(fd);
        errno = failed;
        return -1;
    }
    return fd;
}

/* Whoever starts first waits for the other: a refused connection is tried again. */
static int reach_one(const char *where, const struct addrinfo *list, int64_t until, struct err *err)
{
    for (;;) {
        for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
            int fd = try_one(at, until);
            if (fd >= 0) {
                return fd;
            }
        }
        if (time_ticks() >= until || errno != ECONNREFUSED) {
            err_set(err, ERR_IO, "%s: %s", where, strerror(errno));
            return err_remedy(err, "the other side calls with --listen first, or within --wait SECONDS");
        }
        (void)poll(NULL, 0, AGAIN_MS);
    }
}

int assay_private_socket(const char *where, bool is_listener, unsigned wait, int *ret_fd, struct err *err)
{
    OWN(own_addresses) struct addrinfo *list = NULL;
    int64_t until = time_ticks() + (int64_t)wait * NS_PER_S;
    TRY(look_up(where, is_listener, &list, err));
    OWN(own_fd) int fd = is_listener ? take_one(where, list, wait, until, err) : reach_one(where, list, until, err);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FROM);
    return *ret_fd >= 0 ? 0 : err_set(err, ERR_IO, "%s: %s", where, strerror(errno));
}

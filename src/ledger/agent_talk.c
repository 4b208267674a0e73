/* A socket of this machine that may never answer, or never end. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "base/time.h"
#include "ledger/agent.h"
#include "ledger/agent_talk.h"

#include "base/banned.h"

static int nobody(const char *path, struct err *err)
{
    err_set(err, ERR_IO, "SSH_AUTH_SOCK: %s: %s", path, strerror(errno));
    return err_remedy(err, "eval $(ssh-agent) starts an agent, ssh-add FILE gives it a key");
}

static int dial(int *ret_fd, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("SSH_AUTH_SOCK");
    if (path == NULL || *path == '\0') {
        err_set(err, ERR_USAGE, "SSH_AUTH_SOCK names no agent to ask for the key");
        return err_remedy(err, "eval $(ssh-agent) starts one, ssh-add FILE gives it a key");
    }
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        return err_set(err, ERR_USAGE, "SSH_AUTH_SOCK: a path of more than %zu bytes", sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return nobody(path, err);
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)nobody(path, err);
        close(fd);
        return -1;
    }
    *ret_fd = fd;
    return 0;
}

/* Until the socket can be read or written, or the time is over. */
static int await(int fd, short events, int64_t until_ns, struct err *err)
{
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = events};
        int64_t left_ns = until_ns - time_ticks();
        int got = left_ns > 0 ? poll(&wait, 1, (int)(left_ns / 1000000) + 1) : 0;
        if (got > 0) {
            return 0;
        }
        if (got == 0) {
            return err_set(err, ERR_IO, "the agent does not answer in time");
        }
        if (errno != EINTR) {
            return err_set(err, ERR_IO, "the agent: %s", strerror(errno));
        }
    }
}

static int put_all(int fd, struct str bytes, int64_t until_ns, struct err *err)
{
    for (size_t at = 0; at < bytes.len;) {
        ssize_t sent = send(fd, bytes.data + at, bytes.len - at, MSG_NOSIGNAL);
        if (sent > 0) {
            at += (size_t)sent;
        } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            TRY(await(fd, POLLOUT, until_ns, err));
        } else {
            return err_set(err, ERR_IO, "the agent: %s", strerror(errno));
        }
    }
    return 0;
}

static int take_all(int fd, char *out, size_t bytes, int64_t until_ns, struct err *err)
{
    for (size_t at = 0; at < bytes;) {
        ssize_t got = recv(fd, out + at, bytes - at, 0);
        if (got > 0) {
            at += (size_t)got;
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            TRY(await(fd, POLLIN, until_ns, err));
        } else {
            return err_set(err, ERR_IO, "the agent: %s",
                           got == 0 ? "hangs up in the middle of an answer" : strerror(errno));
        }
    }
    return 0;
}

int agent_talk(struct str question, unsigned seconds, struct buf *ret_answer, struct err *err)
{
    OWN(own_fd) int fd = -1;
    int64_t until_ns = time_ticks() + (int64_t)seconds * NS_PER_S;
    uint8_t head[4] = {(uint8_t)(question.len >> 24), (uint8_t)(question.len >> 16), (uint8_t)(question.len >> 8),
                       (uint8_t)question.len};
    if (question.len > AGENT_MAX_BYTES) {
        return err_set(err, ERR_LIMIT, "more than an agent signs: %d bytes", AGENT_MAX_BYTES);
    }
    TRY(dial(&fd, err));
    TRY(put_all(fd, (struct str){(const char *)head, sizeof head}, until_ns, err));
    TRY(put_all(fd, question, until_ns, err));
    TRY(take_all(fd, (char *)head, sizeof head, until_ns, err));
    size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (length > AGENT_MAX_BYTES) {
        return err_set(err, ERR_IO, "the agent answers with more than %d bytes", AGENT_MAX_BYTES);
    }
    char *room = buf_room(ret_answer, length + 1);
    if (room == NULL) {
        return buf_check(ret_answer, err);
    }
    TRY(take_all(fd, room, length, until_ns, err));
    ret_answer->len += length;
    return 0;
}

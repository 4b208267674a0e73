/* A server that stops in the middle of an answer, or drips it, cannot hold a run beyond its time: six client libraries have six
 * ideas of a time limit, and some have none. When the time is over an alarm shuts every socket down, again each second, since a
 * library may dial once more; what it was waiting for then fails, and the run ends as it does when a server breaks off. */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/time.h"
#include "reach/inside.h"

#include "base/banned.h"

enum {
    SOCKETS_MAX = 256, /* descriptors looked at: a run has a handful */
    GRACE_S = 2        /* for the limits that the server or the library holds by itself, which say more */
};

static void shut_down(int number)
{
    (void)number;
    int before = errno;
    for (int fd = 0; fd < SOCKETS_MAX; fd++) {
        (void)shutdown(fd,
                       SHUT_RDWR); /* safe in a signal handler (POSIX.1-2017, 2.4.3); what is no socket is left alone */
    }
    errno = before;
}

void watch_begin(int64_t until)
{
    int64_t now = time_ticks();
    if (until == INT64_MAX) {
        return;
    }
    int64_t left = (until > now ? until - now : 0) / NS_PER_S + GRACE_S;
    struct sigaction action = {.sa_handler = shut_down, .sa_flags = SA_RESTART};
    struct itimerval timer = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = (time_t)left}};
    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

void watch_end(void)
{
    struct itimerval never = {{0, 0}, {0, 0}};
    (void)setitimer(ITIMER_REAL, &never, NULL);
    (void)signal(SIGALRM, SIG_IGN);
}

/* From the file that ASSAY_PASSPHRASE_FILE names, or from the terminal with its echo off. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/passphrase.h"

#include "base/banned.h"

/* One line of fd, byte by byte, so that nothing of it stands in a buffer of somebody else's. */
static int read_line(int fd, struct passphrase *passphrase, struct err *err)
{
    passphrase->len = 0;
    for (;;) {
        char byte = '\0';
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "the passphrase cannot be read: %s", strerror(errno));
        }
        if (got == 0 || byte == '\n') {
            break;
        }
        if (passphrase->len == PASSPHRASE_MAX) {
            return err_set(err, ERR_USAGE, "a passphrase of more than %d bytes", PASSPHRASE_MAX);
        }
        passphrase->text[passphrase->len++] = byte;
    }
    passphrase->text[passphrase->len] = '\0';
    return passphrase->len != 0 ? 0 : err_set(err, ERR_USAGE, "the passphrase is empty");
}

bool passphrase_is_bare(const struct stat *about)
{
    return S_ISREG(about->st_mode) && about->st_uid == geteuid() && (about->st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

static int from_file(const char *path, struct passphrase *passphrase, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(err, ERR_IO, "ASSAY_PASSPHRASE_FILE: %s: %s", path, strerror(errno));
    }
    struct stat about;
    if (fstat(fd, &about) == 0 && passphrase_is_bare(&about)) {
        err_set(err, ERR_IO, "ASSAY_PASSPHRASE_FILE: %s: others on this machine can read or write it (mode %04o)", path,
                (unsigned)about.st_mode & 07777);
        return err_remedy(err, "chmod 600, or name a pipe");
    }
    return read_line(fd, passphrase, err) == 0 ? 0 : err_where(err, "ASSAY_PASSPHRASE_FILE: %s", path);
}

static void put(int tty, const char *text)
{
    (void)!file_write_fd(tty, str_of(text), NULL);
}

static int ask_once(int tty, const char *what, const char *again, struct passphrase *passphrase, struct err *err)
{
    struct termios shown;
    if (tcgetattr(tty, &shown) != 0) {
        return err_set(err, ERR_IO, "the terminal: %s", strerror(errno));
    }
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(tty, TCSAFLUSH, &hidden); /* before anybody is asked: it throws away what was typed */
    put(tty, what);
    put(tty, again);
    int failed = read_line(tty, passphrase, err);
    (void)tcsetattr(tty, TCSAFLUSH, &shown);
    put(tty, "\n");
    return failed;
}

static void own_second(struct passphrase **second)
{
    sodium_free(*second); /* wipes */
}

static int ask_twice(int tty, const char *what, struct passphrase *passphrase, struct err *err)
{
    OWN(own_second) struct passphrase *second = sodium_init() >= 0 ? sodium_malloc(sizeof *second) : NULL; /* locked */
    if (second == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a passphrase");
    }
    TRY(ask_once(tty, what, ", new: ", passphrase, err));
    TRY(ask_once(tty, what, ", again: ", second, err));
    return second->len == passphrase->len && memcmp(second->text, passphrase->text, second->len) == 0
               ? 0
               : err_set(err, ERR_USAGE, "the two passphrases differ");
}

int passphrase_ask(struct passphrase *ret_passphrase, const char *what, bool is_new, struct err *err)
{
    const char *path = getenv("ASSAY_PASSPHRASE_FILE");
    if (path != NULL && *path != '\0') {
        return from_file(path, ret_passphrase, err);
    }
    OWN(own_fd) int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        err_set(err, ERR_USAGE, "%s: there is no terminal to ask on", what);
        return err_remedy(err, "ASSAY_PASSPHRASE_FILE=FILE names a file whose first line it is");
    }
    return is_new ? ask_twice(tty, what, ret_passphrase, err) : ask_once(tty, what, ": ", ret_passphrase, err);
}

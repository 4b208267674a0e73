/* Who signed in to a machine: auth.log, secure, and whatever else syslog keeps of sshd, sudo, su, login and useradd.
 *
 *   Mar 14 21:47:09 web1 sshd[123]: Accepted publickey for root from 192.0.2.7 port 5022 ssh2        RFC 3164
 *   2026-03-14T21:47:09.123456+01:00 web1 sshd[123]: Failed password for invalid user x from ...      rsyslog, RFC 3339
 *   <38>1 2026-03-14T21:47:09.123456Z web1 sshd 123 - - Accepted ...                                    RFC 5424
 *
 * What is said is the program's own: OpenSSH auth.c and auth2.c, sudo's logging.c, shadow's useradd.c, Linux-PAM's pam_unix. A name
 * may hold anything that a visitor typed ("Failed password for invalid user x from 10.0.0.1 from 192.0.2.7 port 9"), so an address is
 * looked for from the end. Lines of other programs are lines too (they show that the log ran), and tell nothing more. */
#include <stdlib.h>

#include "formats/log.h"
#include "formats/log_clock.h"

#include "base/banned.h"

/* The head of a line: when, which program, what it says. */
struct entry {
    struct log_stamp stamp;
    struct str program, message;
    uint64_t pid;
    bool is_pam; /* "sshd(pam_unix)[9]" of old systems, whose sshd says no more of a failure than PAM does */
};

/* "<38>" before a line, as some collectors keep it. */
static void scan_priority(struct scan *scan)
{
    struct scan ahead = *scan;
    uint64_t priority;
    if (scan_char(&ahead, '<') && scan_number(&ahead, 1, 3, &priority) && scan_char(&ahead, '>')) {
        *scan = ahead;
    }
}

/* "sshd[123]: ", "sudo: ", "su[1]: ", "sshd-session[9]: "; proftpd's own log has no colon: "proftpd[12] web1 (...): " */
static bool scan_tag(struct scan *scan, struct entry *entry)
{
    struct str tag;
    struct scan ahead = *scan;
    if (scan_text(&ahead, STR("proftpd[")) && scan_number(&ahead, 1, 10, &entry->pid) && scan_text(&ahead, STR("] "))) {
        entry->program = STR("proftpd");
        entry->program.data = scan->text.data + scan->at;
        *scan = ahead;
        return true;
    }
    if (!scan_until(scan, ':', &tag) || tag.len == 0 || tag.len > 80 || memchr(tag.data, ' ', tag.len) != NULL) {
        return false;
    }
    struct str_cut cut = str_cut(tag, '[');
    struct str_cut pam = str_cut(cut.head, '(');
    entry->program = pam.head;
    entry->is_pam = str_starts(pam.tail, STR("pam_"));
    struct scan number = {cut.tail, 0};
    if (cut.found && (!scan_number(&number, 1, 10, &entry->pid) || !scan_char(&number, ']'))) {
        entry->pid = 0;
    }
    scan_blanks(scan);
    return entry->program.len > 0;
}

/* RFC 5424 6: "APP-NAME PROCID MSGID STRUCTURED-DATA MSG" */
static bool scan_tag_5424(struct scan *scan, struct entry *entry)
{
    struct str pid, id, data;
    if (!scan_word(scan, &entry->program) || !scan_word(scan, &pid) || !scan_word(scan, &id) || !scan_char(scan, ' ')) {
        return false;
    }
    struct scan number = {pid, 0};
    (void)scan_number(&number, 1, 10, &entry->pid);
    while (scan_char(scan, '[')) { /* elements without escaped brackets; others end up in the message */
        if (!scan_until(scan, ']', &data)) {
            return false;
        }
    }
    (void)scan_char(scan, '-');
    scan_blanks(scan);
    (void)scan_text(scan, STR("\xef\xbb\xbf"));
    return true;
}

static bool scan_head(struct scan *scan, struct entry *entry)
{
    struct str host;
    *entry = (struct entry){0};
    scan_priority(scan);
    bool is_5424 = scan_text(scan, STR("1 "));
    if (!(is_5424 ? log_scan_iso(scan, &entry->stamp)
                  : log_scan_syslog(scan, &entry->stamp) || log_scan_iso(scan, &entry->stamp))) {
        return false;
    }
    if (!scan_char(scan, ' ') || !scan_word(scan, &host) || !scan_char(scan, ' ')) {
        return false;
    }
    if (is_5424 ? !scan_tag_5424(scan, entry) : !scan_tag(scan, entry)) {
        return false;
    }
    entry->message = scan_rest(scan);
    return true;
}

/* ---- what sshd says ---- */

/* "... NAME from ADDRESS port N ...", where a word follows " from " and " port " follows that, or the end. A name that somebody
 * tried may hold such words, so that the last ones count; one that was accepted is an account's, but a certificate's text may follow
 * and hold them, so that the first ones do. */
static void set_origin(struct log_line *line, struct str text, bool is_first)
{
    struct str name = text;
    for (size_t at = str_find(text, STR(" from "), 0); at != SIZE_MAX && (!is_first || line->client.len == 0);
         at = str_find(text, STR(" from "), at + 1)) {
        struct scan scan = {text, at + 6};
        struct str address;
        if (scan_word(&scan, &address) && (scan.at == text.len || scan_text(&scan, STR(" port ")))) {
            line->client = log_part(line, address);
            name = str_slice(text, 0, at);
        }
    }
    name = str_trim(name);
    line->user = log_part(line, name.len > 128 ? (struct str){0} : name);
}

/* "Accepted publickey for root from ...", "Failed password for invalid user x from ..." */
static bool read_attempt(struct log_line *line, struct str message)
{
    struct scan scan = {message, 0};
    struct str way;
    bool is_accepted = scan_text(&scan, STR("Accepted "));
    bool is_failed = !is_accepted && scan_text(&scan, STR("Failed "));
    if ((!is_accepted && !is_failed) || !scan_word(&scan, &way) || !scan_text(&scan, STR(" for "))) {
        return false;
    }
    bool is_unknown = scan_text(&scan, STR("invalid user ")) || scan_text(&scan, STR("illegal user "));
    line->status = is_accepted ? LOGIN_ACCEPTED : is_unknown ? LOGIN_UNKNOWN : LOGIN_FAILED;
    line->way = log_part(line, way);
    set_origin(line, scan_rest(&scan), is_accepted);
    return true;
}

/* "pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)" */
static bool read_session(struct log_line *line, struct str message)
{
    bool is_opened = str_find(message, STR("session opened for user "), 0) != SIZE_MAX;
    size_t at = str_find(message, is_opened ? STR("session opened for user ") : STR("session closed for user "), 0);
    struct str user;
    if (at == SIZE_MAX) {
        return false;
    }
    struct scan scan = {message, at + 24};
    if (!scan_word(&scan, &user)) {
        return false;
    }
    line->status = is_opened ? LOGIN_OPENED : LOGIN_CLOSED;
    line->user = log_part(line, str_cut(user, '(').head);
    return true;
}

/* "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root" */
static bool read_pam_failure(struct log_line *line, struct str message)
{
    size_t at = str_find(message, STR("authentication failure; "), 0);
    size_t host = at == SIZE_MAX ? SIZE_MAX : str_find(message, STR(" rhost="), at);
    size_t user = at == SIZE_MAX ? SIZE_MAX : str_find(message, STR(" user="), at);
    struct str word;
    if (at == SIZE_MAX) {
        return false;
    }
    struct scan scan = {message, host == SIZE_MAX ? message.len : host + 7};
    if (host != SIZE_MAX && scan.at < message.len && message.data[scan.at] != ' ' && scan_word(&scan, &word)) {
        line->client = log_part(line, word);
    }
    scan.at = user == SIZE_MAX ? message.len : user + 6;
    if (scan_word(&scan, &word)) {
        line->user = log_part(line, word);
    }
    return true;
}

/* "message repeated 5 times: [ Failed password for root from ...]" (rsyslog and OpenSSH's own): the inner text, so many times. */
static struct str read_repeated(struct log_line *line, struct str message)
{
    struct scan scan = {message, 0};
    uint64_t times;
    if (scan_text(&scan, STR("message repeated ")) && scan_number(&scan, 1, 9, &times) &&
        scan_text(&scan, STR(" times: [ "))) {
        line->rows = times;
        message = scan_rest(&scan);
        message.len -= message.len > 0 && message.data[message.len - 1] == ']';
    }
    return message;
}

/* One failed attempt is told by PAM, by sshd, and as "Invalid user": only sshd's "Failed" counts as one. */
static void read_sshd(struct log_line *line, struct str message)
{
    message = read_repeated(line, message);
    struct scan scan = {message, 0};
    if (read_attempt(line, message) || read_session(line, message)) {
        return;
    }
    if (scan_text(&scan, STR("Invalid user ")) || scan_text(&scan, STR("Illegal user "))) {
        set_origin(line, scan_rest(&scan), false);
    } else if (scan_text(&scan, STR("Connection from ")) || scan_text(&scan, STR("Received disconnect from ")) ||
               scan_text(&scan, STR("Connection closed by ")) ||
               scan_text(&scan, STR("Did not receive identification string from "))) {
        struct str address;
        if (scan_word(&scan, &address)) {
            line->client = log_part(line, address);
        }
    } else {
        (void)read_pam_failure(line, message);
    }
}

/* ---- the other programs ---- */

/* "  ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/bash" (sudo, logging.c); with a reason before TTY it was refused. */
static void read_sudo(struct log_line *line, struct str message)
{
    struct scan scan = {message, 0};
    struct str user;
    size_t command = str_find(message, STR(" ; COMMAND="), 0);
    size_t tty = str_find(message, STR(" : "), 0);
    if (read_session(line, message)) {
        return;
    }
    if (command == SIZE_MAX || !scan_word(&scan, &user)) {
        line->status = read_pam_failure(line, message) ? LOGIN_FAILED : LOGIN_OTHER;
        return;
    }
    struct str behind = tty == SIZE_MAX ? (struct str){0} : str_trim(str_slice(message, tty + 3, command));
    bool is_run = str_starts(behind, STR("TTY=")) || str_starts(behind, STR("PWD="));
    line->status = is_run ? LOGIN_COMMAND : LOGIN_FAILED;
    line->user = log_part(line, user);
    line->way = log_part(line, str_slice(message, command + 11, message.len));
}

/* "(to root) ann on pts/0", "FAILED SU (to root) ann on pts/0" (shadow and util-linux su) */
static void read_su(struct log_line *line, struct str message)
{
    struct scan scan = {message, 0};
    struct str to;
    if (read_session(line, message)) {
        return;
    }
    bool is_failed = scan_text(&scan, STR("FAILED SU "));
    if (scan_text(&scan, STR("(to ")) && scan_until(&scan, ')', &to)) {
        line->status = is_failed ? LOGIN_FAILED : LOGIN_COMMAND;
        line->way = log_part(line, to);
        struct str user;
        if (scan_word(&scan, &user)) {
            line->user = log_part(line, user);
        }
    } else if (read_pam_failure(line, message)) {
        line->status = LOGIN_FAILED;
    }
}

/* "new user: name=ann, UID=1001, GID=1001, home=/home/ann, shell=/bin/bash, from=/dev/pts/0" (shadow, useradd.c) */
static void read_account(struct log_line *line, struct str message)
{
    size_t at = str_find(message, STR("new user: name="), 0);
    if (at != SIZE_MAX) {
        struct str rest = str_slice(message, at + 15, message.len);
        line->status = LOGIN_NEW_USER;
        line->user = log_part(line, str_cut(rest, ',').head);
        return;
    }
    line->status = LOGIN_CHANGED;
    size_t user = str_find(message, STR("password changed for "), 0);
    struct scan scan = {message, user == SIZE_MAX ? message.len : user + 21};
    struct str name;
    if (scan_word(&scan, &name)) {
        line->user = log_part(line, name);
    }
}

/* login(1): "FAILED LOGIN (1) on '/dev/tty1' FOR 'root', ...", "ROOT LOGIN ON tty1" */
static void read_login(struct log_line *line, struct str message)
{
    if (!read_session(line, message)) {
        bool is_failed = str_starts(message, STR("FAILED LOGIN"));
        line->status = is_failed ? LOGIN_FAILED : LOGIN_OTHER;
    }
}

/* "web1 (192.0.2.7[192.0.2.7]): USER ann: Login successful.", "... USER ann (Login failed): Incorrect password",
 * "... USER x: no such user found from ..." (proftpd, modules/mod_auth.c); through syslog a dash stands for the
 * colon before USER */
static void read_proftpd(struct log_line *line, struct str message)
{
    struct scan scan = {message, 0};
    struct str skipped, address, user;
    if (!scan_until(&scan, '(', &skipped) || !scan_until(&scan, '[', &skipped) || !scan_until(&scan, ']', &address)) {
        return;
    }
    line->client = log_part(line, address);
    size_t at = str_find(message, STR(" USER "), scan.at);
    scan.at = at == SIZE_MAX ? message.len : at + 6;
    if (!scan_word(&scan, &user)) {
        return;
    }
    user.len -= user.data[user.len - 1] == ':';
    line->user = log_part(line, user);
    struct str rest = scan_rest(&scan);
    line->status = str_starts(rest, STR(" Login successful")) ? LOGIN_ACCEPTED
                   : str_starts(rest, STR(" no such user"))   ? LOGIN_UNKNOWN
                   : str_starts(rest, STR(" (Login failed)")) ? LOGIN_FAILED
                                                              : LOGIN_OTHER;
}

/* "Password auth succeeded for 'root' from 192.0.2.7:5", "Bad password attempt for 'x' from ..." (dropbear, svr-auth*.c) */
static void read_dropbear(struct log_line *line, struct str message)
{
    bool is_accepted = str_find(message, STR(" auth succeeded for '"), 0) != SIZE_MAX;
    bool is_failed = str_starts(message, STR("Bad password attempt for '")) ||
                     str_starts(message, STR("Bad PAM password attempt for '"));
    struct scan scan = {message, 0};
    struct str skipped, user, address;
    if ((!is_accepted && !is_failed) || !scan_until(&scan, '\'', &skipped) || !scan_until(&scan, '\'', &user)) {
        return;
    }
    line->status = is_accepted ? LOGIN_ACCEPTED : LOGIN_FAILED;
    line->user = log_part(line, user);
    size_t at = str_find(message, STR(" from "), scan.at);
    scan.at = at == SIZE_MAX ? message.len : at + 6;
    if (scan_word(&scan, &address)) {
        size_t end = address.len;
        while (end > 0 && address.data[end - 1] != ':') {
            end--;
        }
        line->client = log_part(line, str_slice(address, 0, end > 1 ? end - 1 : address.len));
    }
}

/* "(?@192.0.2.7) [WARNING] Authentication failed for user [x]", "(?@192.0.2.7) [INFO] ann is now logged in" (pure-ftpd, messages_en.h) */
static void read_pureftpd(struct log_line *line, struct str message)
{
    struct scan scan = {message, 0};
    struct str skipped, address, user;
    if (!scan_char(&scan, '(') || !scan_until(&scan, '@', &skipped) || !scan_until(&scan, ')', &address)) {
        return;
    }
    line->client = log_part(line, address);
    if (scan_text(&scan, STR(" [WARNING] Authentication failed for user [")) && scan_until(&scan, ']', &user)) {
        line->status = LOGIN_FAILED;
        line->user = log_part(line, user);
    } else if (scan_text(&scan, STR(" [INFO] ")) && scan_word(&scan, &user) &&
               scan_text(&scan, STR(" is now logged in"))) {
        line->status = LOGIN_ACCEPTED;
        line->user = log_part(line, user);
    }
}

static void read_other(struct log_line *line, struct str message)
{
    (void)line;
    (void)message;
}

static const struct program {
    const char *name;
    bool is_about; /* sign-ins are what it is for: a log of such lines is a log of sign-ins */
    void (*read)(struct log_line *line, struct str message);
} programs[] = {
    {"sshd", true, read_sshd},
    {"sshd-session", true, read_sshd},
    {"sudo", true, read_sudo},
    {"su", true, read_su},
    {"useradd", true, read_account},
    {"usermod", true, read_account},
    {"userdel", true, read_account},
    {"adduser", true, read_account},
    {"groupadd", true, read_other},
    {"passwd", true, read_account},
    {"chpasswd", true, read_account},
    {"login", true, read_login},
    {"systemd-logind", true, read_other},
    {"dropbear", true, read_dropbear},
    {"proftpd", true, read_proftpd},
    {"pure-ftpd", true, read_pureftpd},
    {"CRON", true, read_other},
    {"crond", true, read_other},
    {"cron", true, read_other},
    {"polkitd", true, read_other},
    {"pkexec", true, read_other},
    {"gdm-password", true, read_login},
    {"runuser", true, read_su},
};

static const struct program *program_of(struct str name)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (str_eq(name, str_of(programs[i].name))) {
            return &programs[i];
        }
    }
    return NULL;
}

static enum log_class read_line(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    (void)scratch;
    struct scan scan = {{line->text, line->len}, 0};
    struct entry entry;
    if (!scan_head(&scan, &entry) || !log_clock_set(setup, &entry.stamp, line)) {
        return LOG_NO_TIME;
    }
    line->status = LOGIN_OTHER;
    line->session = entry.pid;
    line->level = log_part(line, entry.program);
    line->message = log_part(line, entry.message);
    const struct program *program = program_of(entry.program);
    if (program != NULL) {
        program->read(line, entry.message);
    }
    if (entry.is_pam && str_starts(entry.message, STR("authentication failure; "))) {
        line->status = LOGIN_FAILED;
    }
    return LOG_PARSED;
}

static const struct log_shape shape = {.read = read_line};

/* Programs whose lines through syslog are logs of another kind, for other readers. */
static bool is_foreign(struct str program)
{
    static const char *const names[] = {"postgres", "mysqld", "mariadbd", "haproxy", "nginx",
                                        "apache2",  "httpd",  "traefik",  "caddy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(program, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    size_t own = 0, foreign = 0, dated = 0, zoned = 0, all = 0;
    while (head.len > 0) {
        struct str_cut cut = str_cut(head, '\n');
        struct scan scan = {cut.head, 0};
        struct entry entry;
        head = cut.tail;
        if (!scan_head(&scan, &entry)) {
            continue;
        }
        const struct program *program = program_of(entry.program);
        own += program != NULL && program->is_about;
        foreign += is_foreign(entry.program);
        dated += entry.stamp.year != 0;
        zoned += entry.stamp.has_zone;
        all++;
    }
    if (own == 0 || foreign >= own) {
        return false;
    }
    *ret_has |= (dated == all ? (unsigned)LOG_HAS_YEAR : 0) | (zoned == all ? (unsigned)LOG_HAS_ZONE : 0);
    return log_clock_setup(spec, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_auth = {
    .name = "log of sign-ins (syslog)",
    .cannot_show = "what was done in a session, but for commands through sudo; and times of another machine's clock",
    .kind = LOG_LOGINS,
    .has = LOG_HAS_SESSION,
    .probe = probe,
    .parse = parse,
};

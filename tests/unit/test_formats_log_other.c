/* Readers of logs that are not the web's: error logs, sign-ins, traffic counters. Each row is a file as a program wrote it, and what must
 * come out of one of its records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log.h"

#include "base/banned.h"

/* A row says no more than its test looks at. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define WRITTEN "2026-01-05T12:00:00Z"
#define NONE LOG_NO_BYTES

struct row {
    const struct log_format *format;
    const char *what;
    const char *text;
    size_t at; /* the record, from 0 */
    enum log_class class_id;
    const char *time;                                    /* NULL: not looked at; so are the others */
    const char *client, *level, *message, *file, *third; /* third: request, way or device, by the kind */
    const char *user;
    uint64_t bytes, bytes_in, seconds; /* traffic and transfers only */
    uint16_t status;
    uint64_t rounded;
};

#define A22 "[Sat Mar 14 21:47:09 2020] "
#define A24 "[Sat Mar 14 21:47:09.123456 2020] "
#define NGX "2020/03/14 21:47:09 [error] 12#12: *3 "
#define PHP "[14-Mar-2020 21:47:09 UTC] "
#define SSH "Mar 14 21:47:09 web1 sshd[12]: "
#define XFER "Sat Mar 14 21:47:09 2020 "
#define SAR_HEAD "        IFACE   rxpck/s   txpck/s    rxkB/s    txkB/s   rxcmp/s   txcmp/s  rxmcst/s   %ifutil\n"
#define SADF_HEAD "# hostname;interval;timestamp;IFACE;rxpck/s;txpck/s;rxkB/s;txkB/s\n"
#define SADF_JSON(zone)                                                                                                     \
    "{\"sysstat\": {\"hosts\": [{\"statistics\": [{\"timestamp\": {\"date\": \"2020-03-14\", \"time\": \"21:57:09\", " zone \
    ", \"interval\": 600}, \"network\": {\"net-dev\": [{\"iface\": \"e\", \"rxkB\": 0.10, \"txkB\": 1.25}]}}]}]}}\n"
#define NF_HEAD "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out\n"
#define VN_TABLE \
    "        rx      |     tx      |    total    |   avg. rate\n     ------------------------+-------------+\n"
#define VN_FIVE "\n uplink (eth0)  /  5 minute\n\n         time" VN_TABLE
#define VN_HOURS "\n eth0  /  hourly\n\n         hour" VN_TABLE
#define VN_DAYS "\n eth0  /  daily\n\n          day" VN_TABLE
#define VN_MONTHS "\n eth0  /  monthly\n\n        month" VN_TABLE
#define VN_YEARS "\n eth0  /  yearly\n\n         year" VN_TABLE
#define VN_SUMMARY                                                                                                 \
    "Database updated: 2020-03-15 19:34:52\n\n   eth0 since 2019-10-01\n\n          rx:  114.98 GiB\n\n   daily\n" \
    "                     rx      |     tx      |    total    |   avg. rate\n"
#define VPC_HEAD "version interface-id srcaddr dstaddr bytes start end action log-status flow-direction\n"
#define NOON "2020-03-14T21:47:09Z"

static const struct row rows[] = {
    /* Apache */
    {&log_apache_error, "2.2",
     A22 "[error] [client 192.0.2.7] File does not exist: /var/www/x.php, referer: http://r/in /a.php:3", 0, LOG_PARSED,
     NOON, "192.0.2.7", "error", "File does not exist: /var/www/x.php, referer: http://r/in /a.php:3", "/var/www/x.php",
     ""},
    {&log_apache_error, "2.4",
     A24 "[core:error] [pid 7:tid 8] (2)No such file: [client 192.0.2.7:5678] AH00128: File does not exist: /var/www/y",
     0, LOG_PARSED, NOON, "192.0.2.7", "error", "AH00128: File does not exist: /var/www/y", "/var/www/y", ""},
    {&log_apache_error, "2.4 with IPv6", A24 "[core:info] [pid 7] [client 2001:db8::1:5678] AH1: x", 0, LOG_PARSED,
     NOON, "2001:db8::1", "info", "AH1: x"},
    {&log_apache_error, "2.2 with IPv6", A22 "[error] [client 2001:db8::1] x", 0, LOG_PARSED, NOON, "2001:db8::1",
     "error", "x"},
    {&log_apache_error, "no module's name",
     A24 "[:error] [pid 7] [client 192.0.2.7:1] PHP Warning:  x in /var/www/a b.php on line 7", 0, LOG_PARSED, NOON,
     "192.0.2.7", "error", "PHP Warning:  x in /var/www/a b.php on line 7", "/var/www/a b.php"},
    {&log_apache_error, "no client", A22 "[notice] Apache/2.2.22 configured", 0, LOG_PARSED, NOON, "", "notice",
     "Apache/2.2.22 configured", ""},
    {&log_apache_error, "a visitor who writes a client behind the real one",
     A22 "[error] [client 192.0.2.7] script 'x [client 203.0.113.9] y' not found", 0, LOG_PARSED, NOON, "192.0.2.7",
     "error", "script 'x [client 203.0.113.9] y' not found"},
    {&log_apache_error, "a visitor who writes one where the server wrote none",
     A24 "[cgi:error] [pid 7] AH01215: x: [client 203.0.113.9:1] y", 0, LOG_PARSED, NOON, "", "error",
     "AH01215: x: [client 203.0.113.9:1] y"},
    {&log_apache_error, "a file of the server's and an error of the system before it",
     A24 "[core:debug] [pid 7] mod_x.c(12): (2)No such file or directory: [client 192.0.2.7:5] AH1: x", 0, LOG_PARSED,
     NOON, "192.0.2.7", "debug", "AH1: x"},
    {&log_apache_error, "what a program below wrote",
     A22 "[error] [client 192.0.2.7] x\nsh: 1: foo: not found\n" A22 "[error] [client 192.0.2.8] z", 0, LOG_PARSED,
     NOON, "192.0.2.7", "error", "x"},
    {&log_apache_error, "and the next",
     A22 "[error] [client 192.0.2.7] x\nsh: 1: foo: not found\n" A22 "[error] [client 192.0.2.8] z", 1, LOG_PARSED,
     NOON, "192.0.2.8", "error", "z"},
    {&log_apache_error, "an access log's line is none of it",
     A22 "[error] x\n192.0.2.1 - - [14/Mar/2020:21:47:09 +0000] \"GET / HTTP/1.1\" 200 5", 1, LOG_NO_TIME, NULL},
    {&log_apache_error, "no such level", A22 "[client 192.0.2.7] x", 0, LOG_NOT_SO, NULL},
    {&log_apache_error, "no such day", A22 "[error] a\n[Sun Feb 30 21:47:09 2020] [error] x", 1, LOG_NO_TIME, NULL},
    {&log_apache_error, "a client with a blank is none", A22 "[error] [client a b] x", 0, LOG_PARSED, NOON, "", "error",
     "[client a b] x"},
    /* nginx */
    {&log_nginx_error, "a missing file",
     NGX
     "open() \"/var/www/x, y.php\" failed (2: No such file or directory), client: 192.0.2.7, server: s.example, request: \"GET /x HTTP/1.1\", host: \"h.example\"",
     0, LOG_PARSED, NOON, "192.0.2.7", "error", "open() \"/var/www/x, y.php\" failed (2: No such file or directory)",
     "/var/www/x", "GET /x HTTP/1.1"},
    {&log_nginx_error, "PHP behind it, in lines",
     NGX
     "FastCGI sent in stderr: \"PHP message: PHP Warning:  a in /var/www/a.php on line 2\nPHP message: PHP Notice:  b in /var/www/b.php on line 3\" while "
     "reading response header from upstream, client: 192.0.2.7, server: s, request: \"POST /a.php?q=\"1\" HTTP/1.1\", upstream: \"fastcgi://unix:/run/x\", host: \"h\"",
     0, LOG_PARSED, NOON, "192.0.2.7", "error", NULL, "/var/www/b.php", "POST /a.php?q=\"1\" HTTP/1.1"},
    {&log_nginx_error, "a visitor who writes another client",
     NGX
     "open() \"/var/www/a, client: 203.0.113.9\" failed (2: x), client: 192.0.2.7, server: s, request: \"GET / HTTP/1.1\"",
     0, LOG_PARSED, NOON, "", "error"},
    {&log_nginx_error, "the same client twice",
     NGX "open() \"/a, client: 192.0.2.7\" failed (2: x), client: 192.0.2.7, server: s, request: \"GET / HTTP/1.1\"", 0,
     LOG_PARSED, NOON, "192.0.2.7", "error"},
    {&log_nginx_error, "no connection", "2020/03/14 21:47:09 [emerg] 1#1: bind() to 0.0.0.0:80 failed", 0, LOG_PARSED,
     NOON, "", "emerg", "bind() to 0.0.0.0:80 failed"},
    {&log_nginx_error, "no process", "2020/03/14 21:47:09 [error] x", 0, LOG_NOT_SO, NULL},
    {&log_nginx_error, "no such hour", "2020/03/14 21:47:09 [error] 1#1: a\n2020/03/14 24:47:09 [error] 1#1: x", 1,
     LOG_NO_TIME, NULL},
    /* PHP */
    {&log_php_error, "a warning", PHP "PHP Warning:  foo in /var/www/a.php on line 7", 0, LOG_PARSED, NOON, "",
     "Warning", "foo in /var/www/a.php on line 7", "/var/www/a.php"},
    {&log_php_error, "a stack trace",
     PHP
     "PHP Fatal error:  Uncaught Error: x in /var/www/a.php:3\nStack trace:\n#0 {main}\n  thrown in /var/www/a.php on line 3",
     0, LOG_PARSED, NOON, "", "Fatal error", "Uncaught Error: x in /var/www/a.php:3", "/var/www/a.php"},
    {&log_php_error, "the last of two scripts",
     PHP "PHP Warning:  x in /a b.php on line 1 and in /c.php(3) : d on line 2", 0, LOG_PARSED, NOON, "", "Warning",
     NULL, "/c.php"},
    {&log_php_error, "the last place has no line's number", PHP "PHP Warning:  x in /a b.php on line 1 in /c in /d", 0,
     LOG_PARSED, NOON, "", "Warning", NULL, "/a b.php"},
    {&log_php_error, "eval", PHP "PHP Parse error:  syntax error in /var/www/u/a.php(3) : eval()'d code on line 1", 0,
     LOG_PARSED, NOON, "", "Parse error", NULL, "/var/www/u/a.php"},
    {&log_php_error, "a zone by name is none",
     "[14-Mar-2020 21:47:09 Europe/Berlin] PHP Notice:  x in /a.php on line 1", 0, LOG_PARSED, NOON, "", "Notice"},
    {&log_php_error, "the manager", "[14-Mar-2020 21:47:09] WARNING: [pool www] child 12 exited on signal 9", 0,
     LOG_PARSED, NOON, "", "WARNING", "[pool www] child 12 exited on signal 9", ""},
    {&log_php_error, "what a script wrote", PHP "paid: 3", 0, LOG_PARSED, NOON, "", "", "paid: 3"},
    {&log_php_error, "no such month", PHP "x\n[14-Foo-2020 21:47:09 UTC] x\n[32-Mar-2020 21:47:09 UTC] y", 1,
     LOG_NO_TIME, NULL},
    {&log_fpm_slow, "a slow script",
     "\n[14-Mar-2020 21:47:09]  [pool www] pid 12\nscript_filename = /var/www/u/a.php\n[0x00007f3c] system() /var/www/u/a.php:3\n[0x00007f3d] {main}\n\n",
     1, LOG_PARSED, NOON, "", NULL, "system() /var/www/u/a.php:3", "/var/www/u/a.php"},
    {&log_fpm_slow, "no script", "[14-Mar-2020 21:47:09]  [pool www] pid 12\n", 0, LOG_NOT_SO, NULL},
    {&log_fpm_slow, "the manager's other log",
     "[14-Mar-2020 21:47:09]  [pool www] pid 1\nscript_filename = /a\n[14-Mar-2020 21:47:09] NOTICE: ready\n", 1,
     LOG_NO_TIME, NULL},
    /* sign-ins */
    {&log_auth, "accepted", SSH "Accepted publickey for root from 192.0.2.7 port 5 ssh2: RSA x", 0, LOG_PARSED,
     "2025-03-14T21:47:09Z", "192.0.2.7", "sshd", NULL, NULL, "publickey", "root", 0, 0, 0, LOGIN_ACCEPTED},
    {&log_auth, "failed", SSH "Failed password for ann from 2001:db8::7 port 5 ssh2", 0, LOG_PARSED, NULL,
     "2001:db8::7", "sshd", NULL, NULL, "password", "ann", 0, 0, 0, LOGIN_FAILED},
    {&log_auth, "nobody's name", SSH "Failed password for invalid user x from 192.0.2.7 port 5 ssh2", 0, LOG_PARSED,
     NULL, "192.0.2.7", "sshd", NULL, NULL, "password", "x", 0, 0, 0, LOGIN_UNKNOWN},
    {&log_auth, "a name that is an address",
     SSH "Failed password for invalid user x from 203.0.113.9 port 1 from 192.0.2.7 port 5 ssh2", 0, LOG_PARSED, NULL,
     "192.0.2.7", "sshd", NULL, NULL, "password", "x from 203.0.113.9 port 1", 0, 0, 0, LOGIN_UNKNOWN},
    {&log_auth, "a certificate's text that has an address",
     SSH "Accepted publickey for root from 192.0.2.7 port 5 ssh2: RSA-CERT ID x from 203.0.113.9 port 1 (serial 0)", 0,
     LOG_PARSED, NULL, "192.0.2.7", "sshd", NULL, NULL, "publickey", "root", 0, 0, 0, LOGIN_ACCEPTED},
    {&log_auth, "a name with from in it",
     SSH "Failed password for invalid user x from y z from 192.0.2.7 port 5 ssh2 from a b", 0, LOG_PARSED, NULL,
     "192.0.2.7", "sshd", NULL, NULL, "password", "x from y z", 0, 0, 0, LOGIN_UNKNOWN},
    {&log_auth, "an empty name", SSH "Failed none for invalid user  from 192.0.2.7 port 5 ssh2", 0, LOG_PARSED, NULL,
     "192.0.2.7", "sshd", NULL, NULL, "none", "", 0, 0, 0, LOGIN_UNKNOWN},
    {&log_auth, "several in one",
     SSH "message repeated 5 times: [ Failed password for root from 192.0.2.7 port 5 ssh2]", 0, LOG_PARSED, NULL,
     "192.0.2.7", "sshd", NULL, NULL, "password", "root", 0, 0, 0, LOGIN_FAILED},
    {&log_auth, "a session", SSH "pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)", 0,
     LOG_PARSED, NULL, "", "sshd", NULL, NULL, NULL, "root", 0, 0, 0, LOGIN_OPENED},
    {&log_auth, "old PAM",
     "Mar 14 21:47:09 web1 sshd(pam_unix)[9]: authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root",
     0, LOG_PARSED, NULL, "192.0.2.7", "sshd", NULL, NULL, NULL, "root", 0, 0, 0, LOGIN_FAILED},
    {&log_auth, "sudo",
     "Mar  4 21:47:09 web1 sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/cat /etc/shadow", 0,
     LOG_PARSED, "2025-03-04T21:47:09Z", "", "sudo", NULL, NULL, "/bin/cat /etc/shadow", "ann", 0, 0, 0, LOGIN_COMMAND},
    {&log_auth, "sudo refused",
     "Mar  4 21:47:09 web1 sudo:      ann : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", 0,
     LOG_PARSED, NULL, "", "sudo", NULL, NULL, "/bin/sh", "ann", 0, 0, 0, LOGIN_FAILED},
    {&log_auth, "su", "Mar  4 21:47:09 web1 su[3]: (to root) ann on pts/0", 0, LOG_PARSED, NULL, "", "su", NULL, NULL,
     "root", "ann", 0, 0, 0, LOGIN_COMMAND},
    {&log_auth, "proftpd's own log",
     "2020-03-14 21:47:09,124 web1 proftpd[12] web1 (192.0.2.7[192.0.2.7]): USER ann: Login successful.", 0, LOG_PARSED,
     NOON, "192.0.2.7", "proftpd", NULL, NULL, NULL, "ann", 0, 0, 0, LOGIN_ACCEPTED},
    {&log_auth, "proftpd through syslog",
     "Mar  4 21:47:09 web1 proftpd[12]: web1 (192.0.2.7[192.0.2.7]) - USER ann (Login failed): Incorrect password", 0,
     LOG_PARSED, NULL, "192.0.2.7", "proftpd", NULL, NULL, NULL, "ann", 0, 0, 0, LOGIN_FAILED},
    {&log_auth, "dropbear", "Mar  4 21:47:09 web1 dropbear[12]: Password auth succeeded for 'root' from 192.0.2.7:5022",
     0, LOG_PARSED, NULL, "192.0.2.7", "dropbear", NULL, NULL, NULL, "root", 0, 0, 0, LOGIN_ACCEPTED},
    {&log_auth, "pure-ftpd",
     "Mar  4 21:47:09 web1 pure-ftpd: (?@192.0.2.7) [WARNING] Authentication failed for user [ann]", 0, LOG_PARSED,
     NULL, "192.0.2.7", "pure-ftpd", NULL, NULL, NULL, "ann", 0, 0, 0, LOGIN_FAILED},
    {&log_auth, "a new account",
     "Mar  4 21:47:09 web1 useradd[3]: new user: name=ann, UID=1001, GID=1001, home=/home/ann, shell=/bin/bash, from=none",
     0, LOG_PARSED, NULL, "", "useradd", NULL, NULL, NULL, "ann", 0, 0, 0, LOGIN_NEW_USER},
    {&log_auth, "a timer",
     SSH "x\nMar 14 21:47:10 web1 CRON[7]: pam_unix(cron:session): session opened for user root by (uid=0)", 1,
     LOG_PARSED, NULL, "", "CRON", NULL, NULL, NULL, "", 0, 0, 0, LOGIN_OTHER},
    {&log_auth, "RFC 3339",
     "2020-03-14T22:47:09.5+01:00 web1 sshd[12]: Accepted password for ann from 192.0.2.7 port 5 ssh2", 0, LOG_PARSED,
     NOON, "192.0.2.7", "sshd", NULL, NULL, "password", "ann", 0, 0, 0, LOGIN_ACCEPTED},
    {&log_auth, "RFC 5424",
     "<38>1 2020-03-14T21:47:09.123456Z web1 sshd 12 - [x y=\"z\"] Accepted password for ann from 192.0.2.7 port 5 ssh2",
     0, LOG_PARSED, NOON, "192.0.2.7", "sshd", NULL, NULL, "password", "ann", 0, 0, 0, LOGIN_ACCEPTED},
    {&log_auth, "December is last year's", "Dec 31 23:59:59 web1 sshd[1]: x\nJan  1 00:00:01 web1 sshd[1]: y", 0,
     LOG_PARSED, "2025-12-31T23:59:59Z", "", "sshd"},
    {&log_auth, "January is this year's", "Dec 31 23:59:59 web1 sshd[1]: x\nJan  1 00:00:01 web1 sshd[1]: y", 1,
     LOG_PARSED, "2026-01-01T00:00:01Z", "", "sshd"},
    {&log_auth, "a day that only a leap year has", "Feb 29 10:00:00 web1 sshd[1]: x", 0, LOG_PARSED,
     "2024-02-29T10:00:00Z", "", "sshd"},
    {&log_auth, "just behind the file's time: clocks differ", "Jan  6 10:00:00 web1 sshd[1]: x", 0, LOG_PARSED,
     "2026-01-06T10:00:00Z", "", "sshd"},
    {&log_auth, "no such day", "Mar 14 21:47:09 web1 sshd[1]: x\nFeb 31 10:00:00 web1 sshd[1]: x", 1, LOG_NO_TIME,
     NULL},
    {&log_auth, "no tag", SSH "x\nMar 14 21:47:09 web1 restart", 1, LOG_NO_TIME, NULL},
    /* transfers */
    {&log_ftp, "a file comes in", XFER "3 192.0.2.7 51234 /var/www/up/a b.php b _ i r ann ftp 0 * c", 0, LOG_PARSED,
     NOON, "192.0.2.7", "ftp", NULL, "/var/www/up/a b.php", NULL, "ann", NONE, 51234, 3, LOGIN_RECEIVED},
    {&log_ftp, "a file goes out", XFER "3 192.0.2.7 51234 /dump.sql b _ o r ann ftp 0 * c", 0, LOG_PARSED, NOON,
     "192.0.2.7", "ftp", NULL, "/dump.sql", NULL, "ann", 51234, NONE, 3, LOGIN_SENT},
    {&log_ftp, "words are missing", XFER "3 192.0.2.7 51234 /dump.sql b _ o", 0, LOG_NOT_SO, NULL},
    {&log_ftp, "vsftpd's own",
     XFER "[pid 12] [ann] OK UPLOAD: Client \"192.0.2.7\", \"/up/a.php\", 51234 bytes, 80.11Kbyte/sec", 0, LOG_PARSED,
     NOON, "192.0.2.7", "OK UPLOAD", NULL, "/up/a.php", NULL, "ann", NONE, 51234, NONE, LOGIN_RECEIVED},
    {&log_ftp, "vsftpd's refusal", XFER "[pid 12] [ann] FAIL LOGIN: Client \"192.0.2.7\"", 0, LOG_PARSED, NOON,
     "192.0.2.7", "FAIL LOGIN", NULL, "", NULL, "ann", NONE, NONE, NONE, LOGIN_FAILED},
    /* counters */
    {&log_sar, "a sample",
     "Linux 6.1.0 (w) \t03/14/2020 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD
     "21:47:09         eth0      1.00      2.00      0.10      1.25 0 0 0 0\n",
     3, LOG_PARSED, "2020-03-14T21:37:09Z", NULL, NULL, NULL, NULL, "eth0", NULL, 764927, 61440, 600, 0, 6146},
    {&log_sar, "past midnight",
     "Linux 6.1.0 (w) \t2020-03-14 \t_x86_64_\t(2 CPU)\n\n23:50:01" SAR_HEAD
     "00:00:01         eth0      1.00      2.00      0.10      1.25 0 0 0 0\n",
     3, LOG_PARSED, "2020-03-14T23:50:01Z", NULL, NULL, NULL, NULL, "eth0", NULL, 764927, 61440, 600, 0, 6146},
    {&log_sar, "summer time's end: how long that interval was is not known",
     "Linux 6.1.0 (w) \t2020-10-25 \t_x86_64_\t(2 CPU)\n\n02:50:01" SAR_HEAD
     "02:00:01 eth0 1.00 2.00 0.10 1.25 0 0 0 0\n02:10:01 eth0 1.00 2.00 0.10 1.25 0 0 0 0\n",
     3, LOG_NO_TIME, NULL},
    {&log_sar, "and the next is of the same day",
     "Linux 6.1.0 (w) \t2020-10-25 \t_x86_64_\t(2 CPU)\n\n02:50:01" SAR_HEAD
     "02:00:01 eth0 1.00 2.00 0.10 1.25 0 0 0 0\n02:10:01 eth0 1.00 2.00 0.10 1.25 0 0 0 0\n",
     4, LOG_PARSED, "2020-10-25T02:00:01Z", NULL, NULL, NULL, NULL, "eth0", NULL, 764927, 61440, 600, 0, 6146},
    {&log_sar, "twelve hours",
     "Linux 6.1.0 (w) \t03/14/20 \t_x86_64_\t(2 CPU)\n\n12:50:00 PM" SAR_HEAD
     "01:00:00 PM         eth0      1.00      2.00      0.10      1.25 0 0 0 0\n",
     3, LOG_PARSED, "2020-03-14T12:50:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 764927, 61440, 600, 0, 6146},
    {&log_sar, "day first, as the month cannot be",
     "Linux 6.1.0 (w) \t14/03/20 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD
     "21:47:09 eth0 1.00 2.00 0.10 1.25 0 0 0 0\n",
     3, LOG_PARSED, "2020-03-14T21:37:09Z", NULL, NULL, NULL, NULL, "eth0"},
    {&log_sar, "behind a restart no interval is known",
     "Linux 6.1.0 (w) \t03/14/2020 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD
     "21:40:00  LINUX RESTART\t(2 CPU)\n\n21:47:09" SAR_HEAD "21:57:09 eth0 1 1 0.10 1.25 0 0 0 0\n",
     6, LOG_PARSED, "2020-03-14T21:47:09Z", NULL, NULL, NULL, NULL, "eth0"},
    {&log_sar, "a table of something else",
     "Linux 6.1.0 (w) \t03/14/2020 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD
     "21:37:09        CPU     %user     %nice\n21:47:09        all      1.00      2.00\n",
     4, LOG_NOTE, NULL},
    {&log_sar, "the average",
     "Linux 6.1.0 (w) \t03/14/2020 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD
     "Average:         eth0      1.00      2.00      0.10      1.25 0 0 0 0\n",
     3, LOG_NOTE, NULL},
    {&log_sar, "no number",
     "Linux 6.1.0 (w) \t03/14/2020 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD
     "21:47:09         eth0      1.00      2.00      x      1.25 0 0 0 0\n",
     3, LOG_NO_SIZE, NULL},
    {&log_sadf, "a sample", SADF_HEAD "w;600;2020-03-14 21:57:09 UTC;eth0;1.00;2.00;0.10;1.25\n", 1, LOG_PARSED, NOON,
     NULL, NULL, NULL, NULL, "eth0", NULL, 764927, 61440, 600, 0, 6146},
    {&log_sadf, "seconds since 1970", SADF_HEAD "w;600;1584223029;eth0;1.00;2.00;0.10;1.25\n", 1, LOG_PARSED, NOON,
     NULL, NULL, NULL, NULL, "eth0"},
    {&log_sadf, "a zone by name", SADF_HEAD "w;600;2020-03-14 21:57:09 CET;eth0;1.00;2.00;0.10;1.25\n", 1, LOG_PARSED,
     NOON, NULL, NULL, NULL, NULL, "eth0"},
    {&log_sadf, "words behind the time", SADF_HEAD "w;600;2020-03-14 21:57:09 noon;eth0;1.00;2.00;0.10;1.25\n", 1,
     LOG_NO_TIME, NULL},
    {&log_sadf, "a restart", SADF_HEAD "w;-1;2020-03-14 21:57:09 UTC;LINUX-RESTART\t(2 CPU)\n", 1, LOG_NOTE, NULL},
    {&log_sadf, "a head of something else",
     SADF_HEAD "# hostname;interval;timestamp;CPU;%user\nw;600;2020-03-14 21:57:09 UTC;-1;1.00\n", 2, LOG_NOTE, NULL},
    {&log_sadf, "an interval of years", SADF_HEAD "w;99999999;2020-03-14 21:57:09 UTC;eth0;1.00;2.00;0.10;1.25\n", 1,
     LOG_NO_SIZE, NULL},
    {&log_sadf, "a rate beyond any machine",
     SADF_HEAD "w;600;2020-03-14 21:57:09 UTC;eth0;1.00;2.00;0.10;99999999999999.00\n", 1, LOG_NO_SIZE, NULL},
    {&log_sadf_json, "a sample",
     "{\"sysstat\": {\"hosts\": [{\"nodename\": \"w\", \"statistics\": [{\"timestamp\": {\"date\": \"2020-03-14\", \"time\": \"21:57:09\", \"utc\": 1, \"interval\": 600},\n"
     "\"network\": {\"net-dev\": [{\"iface\": \"lo\", \"rxkB\": 0.00, \"txkB\": 0.00},\n{\"iface\": \"eth0\", \"rxkB\": 0.10, \"txkB\": 1.25}]}}]}]}}",
     1, LOG_PARSED, NOON, NULL, NULL, NULL, NULL, "eth0", NULL, 764927, 61440, 600, 0, 6146},
    {&log_sadf_json, "no time",
     "{\"sysstat\": {\"hosts\": [{\"statistics\": [{\"network\": {\"net-dev\": [{\"iface\": \"eth0\", \"rxkB\": 0.10, \"txkB\": 1.25}]}}]}]}}",
     0, LOG_NO_TIME, NULL},
    {&log_vnstat, "an hour",
     "{\"vnstatversion\":\"2.10\",\"jsonversion\":\"2\",\"interfaces\":[{\"name\":\"eth0\",\"created\":{\"timestamp\":1},\"traffic\":{\"total\":{\"rx\":1,\"tx\":2},\"hour\":[{\"id\":3,\"date\":{\"year\":2020,"
     "\"month\":3,\"day\":14},\"time\":{\"hour\":21,\"minute\":0},\"timestamp\":1584219600,\"rx\":61,\"tx\":768}]}}]}",
     0, LOG_PARSED, "2020-03-14T21:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 768, 61, 3600},
    {&log_vnstat, "a month of February",
     "{\"vnstatversion\":\"2.10\",\"jsonversion\":\"2\",\"interfaces\":[{\"name\":\"eth0\",\"traffic\":{\"month\":[{\"id\":3,\"date\":{\"year\":2020,\"month\":2},\"rx\":61,\"tx\":768}]}}]}",
     0, LOG_PARSED, "2020-02-01T00:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 768, 61, 29 * 86400},
    {&log_vnstat, "version 1 counts KiB, and an hour is its number",
     "{\"vnstatversion\":\"1.18\",\"jsonversion\":\"1\",\"interfaces\":[{\"id\":\"eth0\",\"nick\":\"n\",\"traffic\":{\"hours\":[{\"id\":21,\"date\":{\"year\":2020,\"month\":3,\"day\":14},\"rx\":1,\"tx\":2}]}}]}",
     0, LOG_PARSED, "2020-03-14T21:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 2048, 1024, 3600},
    {&log_vnstat, "years and top days are no records",
     "{\"vnstatversion\":\"2.10\",\"interfaces\":[{\"name\":\"eth0\",\"traffic\":{\"year\":[{\"id\":3,\"date\":{\"year\":2020},\"rx\":61,\"tx\":768}],\"top\":[]}}]}",
     0, LOG_NOTE, NULL},
    {&log_vnstat, "a document behind another knows nothing of it",
     "{\"vnstatversion\":\"2.10\",\"interfaces\":[{\"name\":\"eth0\",\"traffic\":{\"hour\":[{\"timestamp\":1584219600,\"rx\":61,\"tx\":768}]}}]}\n{\"vnstatversion\":\"2.10\",\"interfaces\":[{\"traffic\":{\"hour\":[{\"timestamp\":1584219600,\"rx\":61,\"tx\":768}]}}]}\n",
     1, LOG_PARSED, "2020-03-14T21:00:00Z", NULL, NULL, NULL, NULL, "", NULL, 768, 61, 3600},
    {&log_vnstat, "cut off",
     "{\"vnstatversion\":\"2.10\",\"interfaces\":[{\"name\":\"eth0\",\"traffic\":{\"hour\":[{\"id\":3,\"rx\":61", 0,
     LOG_CUT_OFF, NULL},
    {&log_vnstat, "no JSON", "{\"vnstatversion\":\"2.10\",\"interfaces\":[{\"name\":\"eth0\",%\n", 0, LOG_NOT_SO, NULL},
    {&log_vnstat_text, "an hour of the day above it",
     VN_HOURS "     2020-03-14\n         21:00          79 B |  296.44 MiB |  296.44 MiB |  690.76 kbit/s\n", 6,
     LOG_PARSED, "2020-03-14T21:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 310834626, 79, 3600, 0, 10486},
    {&log_vnstat_text, "an hour without a day",
     VN_HOURS "         21:00          79 B |  296.44 MiB |  296.44 MiB |  690.76 kbit/s\n", 5, LOG_NO_TIME, NULL},
    {&log_vnstat_text, "five minutes",
     VN_FIVE "     2020-03-14\n         21:05     1.00 KiB |        36 B |    1.04 KiB |  8 bit/s\n", 6, LOG_PARSED,
     "2020-03-14T21:05:00Z", NULL, NULL, NULL, NULL, "uplink (eth0)", NULL, 36, 1018, 300, 0, 0},
    {&log_vnstat_text, "a day", VN_DAYS "     2020-03-14     1.14 KiB |    8,64 MiB |    8.64 MiB |      838 bit/s\n",
     5, LOG_PARSED, "2020-03-14T00:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 9054453, 1161, 86400, 0, 10486},
    {&log_vnstat_text, "a month of February", VN_MONTHS "       2020-02        79 B |       62 B |    141 B |\n", 5,
     LOG_PARSED, "2020-02-01T00:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 62, 79, 29 * 86400, 0, 0},
    {&log_vnstat_text, "today is no date", VN_DAYS "         today     1.14 KiB |    8.64 MiB |    8.64 MiB |\n", 5,
     LOG_NO_TIME, NULL},
    {&log_vnstat_text, "an estimate", VN_DAYS "     estimated     1.14 KiB |    8.64 MiB |    8.64 MiB |\n", 5,
     LOG_NOTE, NULL},
    {&log_vnstat_text, "a day in the summary", VN_SUMMARY "     2020-03-14        79 B |       62 B |    141 B |\n", 8,
     LOG_PARSED, "2020-03-14T00:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 62, 79, 86400, 0, 0},
    {&log_vnstat_text, "megabytes of which kind?", VN_DAYS "     2020-03-14     1.14 MB |    8.64 MB |    8.64 MB |\n",
     5, LOG_NO_SIZE, NULL},
    {&log_vnstat_text, "decimal ones, as a kB says",
     VN_DAYS "     2020-03-14     1.14 kB |    8.64 MB |    8.64 MB |\n", 5, LOG_PARSED, "2020-03-14T00:00:00Z", NULL,
     NULL, NULL, NULL, "eth0", NULL, 8634999, 1134, 86400, 0, 10002},
    {&log_vnstat_text, "binary ones, as a KB says", VN_DAYS "     2020-03-14     1.14 KB |    8.64 MB |    8.64 MB |\n",
     5, LOG_PARSED, "2020-03-14T00:00:00Z", NULL, NULL, NULL, NULL, "eth0", NULL, 9054453, 1161, 86400, 0, 10486},
    {&log_vnstat_text, "years are no records", VN_YEARS "          2020        79 B |       62 B |    141 B |\n", 5,
     LOG_NOTE, NULL},
    {&log_vnstat_text, "a number beyond any machine",
     VN_DAYS "     2020-03-14     1.14 KiB |    999999999.99 EiB |    8.64 MB |\n", 5, LOG_NO_SIZE, NULL},
    {&log_nfdump, "out",
     NF_HEAD "2020-03-14 21:47:09,2020-03-14 21:47:19,10.0,10.0.0.5,203.0.113.9,443,5,TCP,.,0,0,10,5171,0,0,1,2\n", 1,
     LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "", NULL, 5171, 0, 10},
    {&log_nfdump, "in, with the bytes where 1.7.1 puts them",
     NF_HEAD "2020-03-14 21:47:09,2020-03-14 21:47:19,10.0,203.0.113.9,10.0.0.5,443,5,TCP,.,0,0,0,0,10,900,1,2\n", 1,
     LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "", NULL, 0, 900, 10},
    {&log_nfdump, "two public ends: either",
     NF_HEAD "2020-03-14 21:47:09,2020-03-14 21:47:19,10.0,203.0.113.9,198.51.100.2,443,5,TCP,.,0,0,10,900,0,0,1,2\n",
     1, LOG_PARSED, NOON, "198.51.100.2", NULL, NULL, NULL, "", NULL, 900, 900, 10, 1},
    {&log_nfdump, "ends before it begins",
     NF_HEAD "2020-03-14 21:47:09,2020-03-14 21:47:08,10.0,10.0.0.5,203.0.113.9,443,5,TCP,.,0,0,10,5171,0,0,1,2\n", 1,
     LOG_NO_TIME, NULL},
    {&log_nfdump, "the summary", NF_HEAD "Summary\nflows,bytes\n3,76071\n", 3, LOG_NOTE, NULL},
    {&log_vpc_flow, "out",
     "2 123456789010 eni-0a 10.0.0.5 203.0.113.9 443 51000 6 20 4249 1584222429 1584222489 ACCEPT OK\n", 0, LOG_PARSED,
     NOON, "203.0.113.9", NULL, NULL, NULL, "eni-0a", NULL, 4249, 0, 60},
    {&log_vpc_flow, "in",
     "2 123456789010 eni-0a 203.0.113.9 10.0.0.5 443 51000 6 20 4249 1584222429 1584222489 ACCEPT OK\n", 0, LOG_PARSED,
     NOON, "203.0.113.9", NULL, NULL, NULL, "eni-0a", NULL, 0, 4249, 60},
    {&log_vpc_flow, "a public address that all flows have is the machine's: out",
     "2 1 eni-0a 198.51.100.7 203.0.113.9 443 51000 6 20 100 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 203.0.113.10 198.51.100.7 443 51000 6 20 200 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 198.51.100.7 203.0.113.11 443 51000 6 20 300 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 203.0.113.12 198.51.100.7 443 51000 6 20 400 1584222429 1584222489 ACCEPT OK\n",
     2, LOG_PARSED, NOON, "203.0.113.11", NULL, NULL, NULL, "eni-0a", NULL, 300, 0, 60},
    {&log_vpc_flow, "and in",
     "2 1 eni-0a 198.51.100.7 203.0.113.9 443 51000 6 20 100 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 203.0.113.10 198.51.100.7 443 51000 6 20 200 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 198.51.100.7 203.0.113.11 443 51000 6 20 300 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 203.0.113.12 198.51.100.7 443 51000 6 20 400 1584222429 1584222489 ACCEPT OK\n",
     3, LOG_PARSED, NOON, "203.0.113.12", NULL, NULL, NULL, "eni-0a", NULL, 0, 400, 60},
    {&log_vpc_flow, "three flows are too few to tell",
     "2 1 eni-0a 198.51.100.7 203.0.113.9 443 51000 6 20 100 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 198.51.100.7 203.0.113.9 443 51000 6 20 100 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 198.51.100.7 203.0.113.9 443 51000 6 20 100 1584222429 1584222489 ACCEPT OK\n",
     0, LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "eni-0a", NULL, 100, 100, 60, 1},
    {&log_vpc_flow, "from the machine to itself",
     "2 1 eni-0a 198.51.100.7 203.0.113.9 443 51000 6 20 100 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 203.0.113.10 198.51.100.7 443 51000 6 20 200 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 198.51.100.7 203.0.113.11 443 51000 6 20 300 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 203.0.113.12 198.51.100.7 443 51000 6 20 400 1584222429 1584222489 ACCEPT OK\n2 1 eni-0a 198.51.100.7 198.51.100.7 443 51000 6 20 7 1584222429 1584222489 ACCEPT OK\n",
     4, LOG_PARSED, NOON, "198.51.100.7", NULL, NULL, NULL, "eni-0a", NULL, 7, 7, 60, 1},
    {&log_vpc_flow, "rejected",
     "2 123456789010 eni-0a 10.0.0.5 203.0.113.9 443 51000 6 20 4249 1584222429 1584222489 REJECT OK\n", 0, LOG_PARSED,
     NOON, "203.0.113.9", NULL, NULL, NULL, "eni-0a", NULL, 0, 0, 60},
    {&log_vpc_flow, "nothing passed", "2 123456789010 eni-0a - - - - - - - 1584222429 1584222489 - NODATA\n", 0,
     LOG_PARSED, NOON, "", NULL, NULL, NULL, "eni-0a", NULL, 0, 0, 60},
    {&log_vpc_flow, "not recorded",
     "2 123456789010 eni-0a - - - - - - - 1584222429 1584222489 - SKIPDATA\n2 1 eni-0a - - - - - - - 1584222429 1584222489 - NODATA\n",
     0, LOG_NOTE, NULL},
    {&log_vpc_flow, "three words are no record and no note",
     "2 123456789010 eni-0a - - - - - - - 1584222429 1584222489 - NODATA\na b c\n", 1, LOG_NOT_SO, NULL},
    {&log_vpc_flow, "columns that its head names",
     VPC_HEAD "5 eni-0a 192.0.2.1 203.0.113.9 4249 1584222429 1584222489 ACCEPT OK egress\n", 1, LOG_PARSED, NOON,
     "203.0.113.9", NULL, NULL, NULL, "eni-0a", NULL, 4249, 0, 60},
    {&log_vpc_flow, "ends before it begins",
     VPC_HEAD "5 eni-0a 192.0.2.1 203.0.113.9 4249 1584222489 1584222429 ACCEPT OK egress\n", 1, LOG_NO_TIME, NULL},
    {&log_gcp_flow, "sent",
     "{\"insertId\":\"x\",\"jsonPayload\":{\"bytes_sent\":\"5171\",\"connection\":{\"dest_ip\":\"203.0.113.9\",\"src_ip\":\"10.0.0.5\"},\"start_time\":\"2020-03-14T21:47:09.1Z\",\"end_time\":\"2020-03-14T21:47:19Z\","
     "\"reporter\":\"SRC\",\"src_instance\":{\"vm_name\":\"web1\"},\"dest_instance\":{\"vm_name\":\"o\"}}}\n",
     0, LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "web1", NULL, 5171, 0, 11},
    {&log_gcp_flow, "received, in an array",
     "[{\"jsonPayload\":{\"bytes_sent\":51,\"connection\":{\"dest_ip\":\"10.0.0.5\",\"src_ip\":\"203.0.113.9\"},\"start_time\":\"2020-03-14T21:47:09Z\",\"end_time\":\"2020-03-14T21:47:19Z\",\"reporter\":\"DEST\"}}]\n",
     0, LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "", NULL, 0, 51, 11},
    {&log_azure_flow, "began here",
     "{\"records\":[{\"properties\":{\"Version\":2,\"flows\":[{\"rule\":\"r\",\"flows\":[{\"mac\":\"000D3A\",\"flowTuples\":[\"1584222729,10.5.16.4,203.0.113.9,59831,443,T,O,A,E,25,12345,9,800\"]}]}]}}]}",
     0, LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "000D3A", NULL, 12345, 800, 300},
    {&log_azure_flow, "began there, in milliseconds",
     "{\"records\":[{\"macAddress\":\"000D3A\",\"flowRecords\":{\"flows\":[{\"flowGroups\":[{\"flowTuples\":[\"1584222729000,203.0.113.9,10.5.16.4,59831,443,6,I,E,NX,25,12345,9,800\"]}]}]}}]}",
     0, LOG_PARSED, NOON, "203.0.113.9", NULL, NULL, NULL, "000D3A", NULL, 800, 12345, 300},
    {&log_azure_flow, "version 1 has no bytes",
     "{\"records\":[{\"x\":{\"mac\":\"000D3A\",\"flowTuples\":[\"1584222729,203.0.113.9,10.5.16.4,59831,443,T,I,A\"]}}]}",
     0, LOG_NOTE, NULL},
    {&log_azure_flow, "words are missing",
     "{\"records\":[{\"x\":{\"mac\":\"000D3A\",\"flowTuples\":[\"1584222729,203.0.113.9\"]}}]}", 0, LOG_NOT_SO, NULL},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static struct log_batch batch;

static struct log_spec spec_of(const char *what)
{
    return (struct log_spec){.zone_minutes = LOG_NO_ZONE, .written = time_parse(str_of(WRITTEN)), .where = what};
}

static void is_text(const struct row *row, const char *name, const struct log_line *line, struct log_span span,
                    const char *wish)
{
    struct str field = log_field(line, span);
    if (wish != NULL && !str_eq(field, str_of(wish))) {
        fail_msg("%s, %s: %s \"%.*s\" is not \"%s\"", row->format->name, row->what, name, STR_FMT(field), wish);
    }
}

static void is_number(const struct row *row, const char *name, uint64_t is, uint64_t wish)
{
    if (is != wish) {
        fail_msg("%s, %s: %s %llu is not %llu", row->format->name, row->what, name, (unsigned long long)is,
                 (unsigned long long)wish);
    }
}

static void check_numbers(const struct row *row, const struct log_line *line)
{
    bool is_transfer = row->status == LOGIN_SENT || row->status == LOGIN_RECEIVED;
    if ((row->format->kind == LOG_TRAFFIC && row->seconds > 0) || (row->format->kind == LOG_LOGINS && is_transfer)) {
        is_number(row, "bytes", line->bytes, row->bytes);
        is_number(row, "bytes_in", line->bytes_in, row->bytes_in);
        is_number(row, "rounded", line->rounded == NONE ? 0 : line->rounded, row->rounded);
        is_number(row, "seconds", line->duration_us == NONE ? NONE : line->duration_us / 1000000, row->seconds);
    }
    if (row->format->kind != LOG_ERRORS) {
        is_number(row, "status", line->status, row->status);
    }
}

static void check_record(const struct row *row, const struct log_line *line)
{
    if (line->class_id != row->class_id) {
        fail_msg("%s, %s: class \"%s\"", row->format->name, row->what, log_class_name((enum log_class)line->class_id));
    }
    if (row->time != NULL) {
        is_number(row, "second", (uint64_t)line->second, (uint64_t)(time_parse(str_of(row->time)) / NS_PER_S));
    }
    if (!log_is_parsed(line)) {
        return;
    }
    is_text(row, "client", line, line->client, row->client);
    is_text(row, "user", line, line->user, row->user);
    is_text(row, "level", line, line->level, row->level);
    is_text(row, "message", line, line->message, row->message);
    is_text(row, "file", line, line->file, row->file);
    is_text(row, "third", line, row->format->kind == LOG_TRAFFIC ? line->device : line->request, row->third);
    check_numbers(row, line);
}

static void *setup_of(const struct row *row, struct str text)
{
    void *setup = NULL;
    unsigned has = row->format->has;
    const struct log_spec spec = spec_of(row->what);
    if (!row->format->probe(&spec, text, &setup, &has)) {
        fail_msg("%s, %s: the probe does not know it", row->format->name, row->what);
    }
    return setup;
}

/* Every byte lies in exactly one record. */
static void check_sum(const struct row *row, struct str text, size_t took)
{
    size_t sum = 0;
    for (size_t i = 0; i < batch.count; i++) {
        sum += batch.lines[i].size + batch.lines[i].skipped;
    }
    is_number(row, "bytes taken", took, text.len);
    is_number(row, "bytes in records", sum, text.len);
}

static void every_row_reads_as_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        OWN(own_buf) struct buf text = {0};
        buf_puts(&text, rows[i].text);
        if (text.data[text.len - 1] != '\n' && rows[i].class_id != LOG_CUT_OFF && rows[i].format->kind != LOG_TRAFFIC) {
            buf_putc(&text, '\n');
        }
        OWN(own_mem) void *setup = setup_of(&rows[i], buf_str(&text));
        struct log_state memory = {0};
        size_t took = rows[i].format->parse(setup, &memory, buf_str(&text), true, &batch);
        check_sum(&rows[i], buf_str(&text), took);
        if (batch.count <= rows[i].at) {
            fail_msg("%s, %s: %zu records", rows[i].format->name, rows[i].what, batch.count);
        }
        check_record(&rows[i], &batch.lines[rows[i].at]);
    }
}

/* The same records, whatever pieces the bytes come in. */
static void pieces_of_any_size_give_the_same_records(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 64};
    for (size_t i = 0; i < ROW_COUNT * 3; i++) {
        const struct row *row = &rows[i / 3];
        struct str text = str_of(row->text);
        OWN(own_mem) void *setup = setup_of(row, text);
        struct log_state memory = {0};
        (void)row->format->parse(setup, &memory, text, true, &batch);
        size_t whole = batch.count;
        OWN(own_mem) uint8_t *classes = calloc(whole + 1, 1);
        for (size_t l = 0; l < whole; l++) {
            classes[l] = batch.lines[l].class_id;
        }
        memory = (struct log_state){0};
        size_t done = 0, seen = 0, count = 0;
        while (done < text.len) {
            seen = seen + pieces[i % 3] < text.len ? seen + pieces[i % 3] : text.len;
            size_t took = row->format->parse(setup, &memory, str_slice(text, done, seen), seen == text.len, &batch);
            for (size_t l = 0; l < batch.count; l++) {
                is_number(row, "class in pieces", batch.lines[l].class_id, count < whole ? classes[count] : 99);
                count++;
            }
            done += took;
            if (took == 0 && seen == text.len) {
                break;
            }
        }
        is_number(row, "records in pieces", count, whole);
    }
}

/* No two readers may take one file: every format's own files are claimed by it alone. */
static void no_other_reader_claims_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!(rows[i].class_id == LOG_PARSED)) {
            continue;
        }
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "%s\n", rows[i].text);
        struct log_reader reader;
        struct err err = {0};
        int64_t first;
        const struct log_spec spec = spec_of(rows[i].what);
        if (log_open(&spec, buf_str(&text), &reader, &first, &err) != 0) {
            fail_msg("%s, %s: %s", rows[i].format->name, rows[i].what, err.text);
        }
        if (reader.format != rows[i].format) {
            fail_msg("%s, %s: taken for %s", rows[i].format->name, rows[i].what, reader.format->name);
        }
        log_close(&reader);
    }
}

/* What a visitor can have written into a complaint, or into a name at a door, is looked through once, not once for each thing in
 * it that looks like a place: the square of a mebibyte is minutes. */
static void a_long_line_takes_no_time_of_its_square(void **state)
{
    (void)state;
    static const struct {
        const struct log_format *format;
        const char *head, *again, *behind;
    } lines[] = {
        {&log_apache_error, A22 "[error] [client 192.0.2.7] x", " in /", ""},
        {&log_apache_error, A22 "[error] [client 192.0.2.7] x", " in /a(b", " on line 3"},
        {&log_php_error, PHP "PHP Fatal error:  x", " in /", "\ny on line 3"},
        {&log_nginx_error, NGX "x", " in /a", ""},
        {&log_mysql_general, "260314 21:47:09\t1 Connect\tx", " on", ""},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        OWN(own_buf) struct buf text = {0};
        for (int line = 0; line < 4; line++) {
            buf_puts(&text, lines[i].head);
            for (size_t from = text.len; text.len - from < 1 << 19;) {
                buf_puts(&text, lines[i].again);
            }
            buf_printf(&text, "%s\n", lines[i].behind);
        }
        const struct log_spec spec = spec_of("x");
        OWN(own_mem) void *setup = NULL;
        unsigned has = lines[i].format->has;
        assert_true(lines[i].format->probe(&spec, buf_str(&text), &setup, &has));
        struct log_state memory = {0};
        clock_t began = clock();
        (void)lines[i].format->parse(setup, &memory, buf_str(&text), true, &batch);
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        is_number(&(struct row){lines[i].format, "lines"}, lines[i].again, batch.lines[0].class_id, LOG_PARSED);
        if (seconds > 1) {
            fail_msg("%s, \"%s\" again and again: %.1f s", lines[i].format->name, lines[i].again, seconds);
        }
    }
}

static void two_logs_in_one_file_are_an_error_that_names_both(void **state)
{
    (void)state;
    struct log_reader reader;
    struct err err = {0};
    int64_t first;
    const struct log_spec spec = spec_of("mixed.log");
    assert_int_equal(log_open(&spec, STR(A22 "[error] x\n" NGX "y\n"), &reader, &first, &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_true(str_find(str_of(err.text), STR("Apache error log"), 0) != SIZE_MAX);
    assert_true(str_find(str_of(err.text), STR("nginx error log"), 0) != SIZE_MAX);
}

/* The syslog of a database is another reader's, though somebody signed in meanwhile. */
static void a_syslog_of_another_service_is_not_taken(void **state)
{
    (void)state;
    struct log_reader reader;
    int64_t first;
    const struct log_spec spec = spec_of("syslog");
    const struct str text =
        STR("Mar 14 21:47:09 db postgres[1]: [1-1] LOG:  x\nMar 14 21:47:10 db postgres[1]: [2-1] LOG:  y\n" SSH "x\n");
    assert_int_equal(log_open(&spec, text, &reader, &first, NULL), 0);
    assert_int_equal(reader.format->kind, LOG_DATABASE);
    log_close(&reader);
}

static void what_the_head_says_of_zone_and_year_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned has;
    } heads[] = {
        {SSH "x\n", 0},
        {"2020-03-14T21:47:09+01:00 w sshd[1]: x\n", LOG_HAS_ZONE | LOG_HAS_YEAR},
        {"2020-03-14T21:47:09+01:00 w sshd[1]: x\n" SSH "x\n", 0},
        {PHP "PHP Notice:  x\n", LOG_HAS_ZONE | LOG_HAS_YEAR},
        {"[14-Mar-2020 21:47:09 Europe/Berlin] PHP Notice:  x\n", LOG_HAS_YEAR},
        {SADF_HEAD "w;600;2020-03-14 21:57:09 UTC;eth0;1;1;1;1\n", LOG_HAS_ZONE | LOG_HAS_YEAR},
        {SADF_HEAD "w;600;2020-03-14 21:57:09;eth0;1;1;1;1\n", LOG_HAS_YEAR},
        {SADF_HEAD "w;600;2020-03-14 21:57:09 CET;eth0;1;1;1;1\n", LOG_HAS_YEAR},
        {SADF_JSON("\"utc\": 1"), LOG_HAS_YEAR | LOG_HAS_ZONE},
        {SADF_JSON("\"utc\": 0"), LOG_HAS_YEAR},
        {SADF_JSON("\"timezone\": \"UTC\""), LOG_HAS_YEAR | LOG_HAS_ZONE},
        {SADF_JSON("\"timezone\": \"CET\""), LOG_HAS_YEAR},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct log_reader reader;
        int64_t first;
        const struct log_spec spec = spec_of("x");
        assert_int_equal(log_open(&spec, str_of(heads[i].text), &reader, &first, NULL), 0);
        assert_int_equal(reader.has & (LOG_HAS_ZONE | LOG_HAS_YEAR), heads[i].has);
        log_close(&reader);
    }
}

/* The zone that a person gave holds for times without one, and for no other. */
static void a_given_zone_holds_for_times_without_one(void **state)
{
    (void)state;
    static const struct {
        const char *text, *time;
    } logs[] = {{A22 "[error] x\n", "2020-03-14T19:47:09Z"},
                {SSH "x\n", "2025-03-14T19:47:09Z"},
                {"2020-03-14T21:47:09+01:00 w sshd[1]: x\n", "2020-03-14T20:47:09Z"},
                {"Linux 6.1.0 (w) \t2020-03-14 \t_x86_64_\t(2 CPU)\n\n21:37:09" SAR_HEAD "21:47:09 eth0 1 1 1 1\n",
                 "2020-03-14T19:37:09Z"}};
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct log_reader reader;
        int64_t first;
        struct log_spec spec = spec_of("x");
        spec.zone_minutes = 120;
        assert_int_equal(log_open(&spec, str_of(logs[i].text), &reader, &first, NULL), 0);
        assert_int_equal(first, time_parse(str_of(logs[i].time)) / NS_PER_S);
        log_close(&reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_reads_as_it_says),
        cmocka_unit_test(pieces_of_any_size_give_the_same_records),
        cmocka_unit_test(no_other_reader_claims_it),
        cmocka_unit_test(a_long_line_takes_no_time_of_its_square),
        cmocka_unit_test(two_logs_in_one_file_are_an_error_that_names_both),
        cmocka_unit_test(a_syslog_of_another_service_is_not_taken),
        cmocka_unit_test(what_the_head_says_of_zone_and_year_is_kept),
        cmocka_unit_test(a_given_zone_holds_for_times_without_one),
    };
    int rc = cmocka_run_group_tests_name("formats_log_other", tests, NULL, NULL);
    log_batch_clear(&batch);
    return rc;
}

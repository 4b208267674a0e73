/* Files sent and received by an FTP server: wu-ftpd's transfer log (xferlog(5)), which proftpd and vsftpd write too, and vsftpd's
 * own (vsftpd: logging.c).
 *
 *   Sat Mar 14 21:47:09 2020 3 192.0.2.7 51234 /var/www/html/up/a.php b _ i r ann ftp 0 * c
 *   Sat Mar 14 21:47:09 2020 [pid 12] [ann] OK UPLOAD: Client "192.0.2.7", "/up/a.php", 51234 bytes, 80.11Kbyte/sec
 *
 * Times are the server's own, without a zone. A transfer log's time is that of its end. */
#include "formats/log.h"
#include "formats/log_clock.h"

#include "base/banned.h"

static bool starts(const void *setup, struct str line)
{
    (void)setup;
    struct scan scan = {line, 0};
    struct log_stamp stamp;
    uint64_t number;
    return log_scan_ctime(&scan, &stamp) && scan_char(&scan, ' ') &&
           (scan_text(&scan, STR("[pid ")) || scan_number(&scan, 1, 9, &number));
}

static void set_transfer(struct log_line *line, bool is_sent, uint64_t bytes)
{
    line->status = is_sent ? LOGIN_SENT : LOGIN_RECEIVED;
    if (is_sent) {
        line->bytes = bytes;
    } else {
        line->bytes_in = bytes;
    }
}

/* "SECONDS HOST SIZE FILE TYPE ACTION DIRECTION MODE USER SERVICE METHOD ID STATUS": nine words are behind the name, which may
 * have blanks. */
static enum log_class read_xferlog(struct scan *scan, struct log_line *line)
{
    struct str host, words[9];
    uint64_t took, bytes;
    if (!scan_number(scan, 1, 9, &took) || !scan_word(scan, &host) || !scan_char(scan, ' ') ||
        !scan_number(scan, 1, 18, &bytes) || !scan_char(scan, ' ')) {
        return LOG_NOT_SO;
    }
    struct str rest = scan_rest(scan);
    for (size_t i = 9; i-- > 0;) {
        size_t at = rest.len;
        while (at > 0 && rest.data[at - 1] != ' ') {
            at--;
        }
        if (at == 0 || at == rest.len) {
            return LOG_NOT_SO;
        }
        words[i] = str_slice(rest, at, rest.len);
        rest.len = at - 1;
    }
    bool is_sent = str_eq(words[2], STR("o"));
    if (rest.len == 0 || (!is_sent && !str_eq(words[2], STR("i")) && !str_eq(words[2], STR("d")))) {
        return LOG_NOT_SO;
    }
    line->client = log_part(line, host);
    line->user = log_part(line, words[4]);
    line->file = log_part(line, rest);
    line->level = log_part(line, words[5]);
    line->way = log_part(line, words[5]);
    line->duration_us = took * 1000000;
    if (str_eq(words[2], STR("d"))) {
        line->status = LOGIN_OTHER;
    } else {
        set_transfer(line, is_sent, bytes);
    }
    return LOG_PARSED;
}

/* `"` ... `"` at the place; what is inside. */
static bool scan_quoted(struct scan *scan, struct str *ret_text)
{
    return scan_char(scan, '"') && scan_until(scan, '"', ret_text);
}

/* "[pid 12] [ann] OK LOGIN: Client "192.0.2.7"" */
static enum log_class read_vsftpd(struct scan *scan, struct log_line *line)
{
    struct str user = {0}, what, client, file;
    uint64_t bytes = 0;
    if (!scan_text(scan, STR("[pid ")) || !scan_number(scan, 1, 10, &line->session) || !scan_text(scan, STR("] "))) {
        return LOG_NOT_SO;
    }
    if (scan_char(scan, '[') && (!scan_until(scan, ']', &user) || !scan_char(scan, ' '))) {
        return LOG_NOT_SO;
    }
    line->message = log_part(line, scan_rest(scan));
    if (!scan_until(scan, ':', &what) || !scan_text(scan, STR(" Client ")) || !scan_quoted(scan, &client)) {
        return LOG_PARSED; /* a note of the server */
    }
    line->client = log_part(line, client);
    line->user = log_part(line, user);
    line->way = line->level = log_part(line, what);
    if (str_eq(what, STR("OK LOGIN"))) {
        line->status = LOGIN_ACCEPTED;
    } else if (str_eq(what, STR("FAIL LOGIN"))) {
        line->status = LOGIN_FAILED;
    } else if ((str_eq(what, STR("OK UPLOAD")) || str_eq(what, STR("OK DOWNLOAD"))) && scan_text(scan, STR(", ")) &&
               scan_quoted(scan, &file)) {
        line->file = log_part(line, file);
        bool has_bytes =
            scan_text(scan, STR(", ")) && scan_number(scan, 1, 18, &bytes) && scan_text(scan, STR(" bytes"));
        set_transfer(line, str_eq(what, STR("OK DOWNLOAD")), has_bytes ? bytes : LOG_NO_BYTES);
    }
    return LOG_PARSED;
}

static enum log_class read_line(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    (void)scratch;
    struct scan scan = {{line->text, line->len}, 0};
    struct log_stamp stamp;
    if (!log_scan_ctime(&scan, &stamp) || !scan_char(&scan, ' ') || !log_clock_set(setup, &stamp, line)) {
        return LOG_NO_TIME;
    }
    scan_blanks(&scan);
    bool is_vsftpd = scan.at < line->len && line->text[scan.at] == '[';
    return is_vsftpd ? read_vsftpd(&scan, line) : read_xferlog(&scan, line);
}

static const struct log_shape shape = {.read = read_line};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)ret_has;
    return log_clock_probe(spec, head, starts, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_ftp = {
    .name = "FTP transfer log",
    .cannot_show = "transfers over any other protocol, and what the files held",
    .kind = LOG_LOGINS,
    .has = LOG_HAS_BYTES | LOG_HAS_BYTES_IN | LOG_HAS_YEAR,
    .probe = probe,
    .parse = parse,
};

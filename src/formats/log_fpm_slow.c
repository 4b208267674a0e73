/* The slow log of PHP's process manager (sapi/fpm/fpm/fpm_php_trace.c): a script that ran for longer than
 * request_slowlog_timeout, and where it was then.
 *
 *   [14-Mar-2020 21:47:09]  [pool www] pid 1234
 *   script_filename = /var/www/html/uploads/a.php
 *   [0x00007f3c5ec14100] system() /var/www/html/uploads/a.php:3
 *
 * Two blanks before the pool tell it from the manager's other log. Times are the machine's own, without a zone. */
#include "formats/log.h"
#include "formats/log_clock.h"
#include "formats/log_named.h"

#include "base/banned.h"

static bool scan_head(struct scan *scan, struct log_stamp *stamp, struct str *ret_pool, uint64_t *ret_pid)
{
    *stamp = (struct log_stamp){0};
    return scan_char(scan, '[') && scan_number(scan, 2, 2, &stamp->day) && scan_char(scan, '-') &&
           log_scan_month(scan, &stamp->month) && scan_char(scan, '-') && scan_number(scan, 4, 4, &stamp->year) &&
           stamp->year != 0 && scan_char(scan, ' ') && log_scan_time(scan, stamp) &&
           scan_text(scan, STR("]  [pool ")) && scan_until(scan, ']', ret_pool) && scan_text(scan, STR(" pid ")) &&
           scan_number(scan, 1, 10, ret_pid);
}

static bool starts(const void *setup, struct str line)
{
    (void)setup;
    struct scan scan = {line, 0};
    struct log_stamp stamp;
    struct str pool;
    uint64_t pid;
    return scan_head(&scan, &stamp, &pool, &pid);
}

/* "[0x00007f3c5ec14100] system() /var/www/a.php:3": the function on top of the stack. */
static struct str top_of(struct str rest)
{
    struct str frame = log_first_line(rest), address;
    struct scan scan = {frame, 0};
    return scan_text(&scan, STR("[0x")) && scan_until(&scan, ']', &address) ? str_trim(scan_rest(&scan))
                                                                            : (struct str){0};
}

static enum log_class read_record(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    (void)scratch;
    struct scan scan = {{line->text, line->len}, 0};
    struct log_stamp stamp;
    struct str pool, script;
    uint64_t pid;
    if (!scan_head(&scan, &stamp, &pool, &pid) || !log_clock_set(setup, &stamp, line)) {
        return LOG_NO_TIME;
    }
    line->session = pid;
    line->vhost = log_part(line, pool);
    scan_blanks(&scan);
    (void)scan_char(&scan, '\r');
    if (!scan_char(&scan, '\n') || !scan_text(&scan, STR("script_filename = "))) {
        return LOG_NOT_SO;
    }
    script = log_first_line(scan_rest(&scan));
    line->file = log_part(line, script);
    struct str_cut cut = str_cut(scan_rest(&scan), '\n');
    line->message = log_part(line, top_of(cut.tail));
    return LOG_PARSED;
}

/* A dated line of another log begins a record too, which is then none of ours. */
static bool begins(const void *setup, struct str line)
{
    return starts(setup, line) || log_clock_dated(line);
}

static const struct log_shape shape = {.read = read_record, .starts = begins};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)ret_has;
    return log_clock_probe(spec, head, starts, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_fpm_slow = {
    .name = "PHP-FPM slow log",
    .cannot_show = "whose request it was, and scripts that were quicker than request_slowlog_timeout",
    .kind = LOG_ERRORS,
    .has = LOG_HAS_YEAR | LOG_HAS_SESSION,
    .probe = probe,
    .parse = parse,
    .starts = begins,
};

/* PHP's own error log, and that of its process manager.
 *
 *   [14-Mar-2020 21:47:09 UTC] PHP Warning:  include(x): failed to open stream in /var/www/a.php on line 7
 *   [14-Mar-2020 21:47:09 Europe/Berlin] PHP Fatal error:  Uncaught Error: ... in /var/www/a.php:3
 *   Stack trace:
 *   #0 {main}
 *     thrown in /var/www/a.php on line 3
 *   [14-Mar-2020 21:47:09] WARNING: [pool www] child 12 said into stderr: "..."
 *
 * (PHP: main/main.c, php_log_err_with_severity; sapi/fpm/fpm/zlog.c.) PHP writes its zone by name; only UTC is one that needs no tables,
 * and every other is taken as a time without a zone. The process manager writes none. A record has no client. */
#include "formats/log.h"
#include "formats/log_clock.h"
#include "formats/log_named.h"

#include "base/banned.h"

/* "[14-Mar-2020 21:47:09 UTC] " */
static bool scan_stamp(struct scan *scan, struct log_stamp *stamp)
{
    struct str zone;
    *stamp = (struct log_stamp){0};
    if (!scan_char(scan, '[') || !scan_number(scan, 2, 2, &stamp->day) || !scan_char(scan, '-') ||
        !log_scan_month(scan, &stamp->month) || !scan_char(scan, '-') || !scan_number(scan, 4, 4, &stamp->year) ||
        !scan_char(scan, ' ') || !log_scan_time(scan, stamp) || !scan_until(scan, ']', &zone) || zone.len > 64) {
        return false;
    }
    zone = str_trim(zone);
    stamp->has_zone = str_eq(zone, STR("UTC")) || str_eq(zone, STR("Etc/UTC")) || str_eq(zone, STR("GMT"));
    return scan_char(scan, ' ') && stamp->year != 0;
}

static bool starts(const void *setup, struct str line)
{
    (void)setup;
    struct scan scan = {line, 0};
    struct log_stamp stamp;
    return scan_stamp(&scan, &stamp);
}

/* "PHP Warning:  ", "WARNING: ", else what a script wrote with error_log(). */
static struct str scan_level(struct scan *scan)
{
    struct scan ahead = *scan;
    struct str level;
    bool is_php = scan_text(&ahead, STR("PHP "));
    if (!scan_until(&ahead, ':', &level) || level.len == 0 || level.len > 24) {
        return (struct str){0};
    }
    for (size_t i = 0; i < level.len; i++) {
        char c = level.data[i];
        bool is_letter = (c >= 'A' && c <= 'Z') || (is_php && ((c >= 'a' && c <= 'z') || c == ' '));
        if (!is_letter) {
            return (struct str){0};
        }
    }
    scan_blanks(&ahead);
    *scan = ahead;
    return level;
}

static enum log_class read_record(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    (void)scratch;
    struct scan scan = {{line->text, line->len}, 0};
    struct log_stamp stamp;
    if (!scan_stamp(&scan, &stamp) || !log_clock_set(setup, &stamp, line)) {
        return LOG_NO_TIME;
    }
    if (scan_text(&scan, STR(" [pool "))) {
        return LOG_NOT_SO; /* the slow log's */
    }
    line->level = log_part(line, scan_level(&scan));
    struct str text = scan_rest(&scan);
    line->message = log_part(line, log_first_line(text));
    line->file = log_part(line, log_named_file(text));
    return LOG_PARSED;
}

/* A dated line of another log begins a record too, which is then none of ours. */
static bool begins(const void *setup, struct str line)
{
    return starts(setup, line) || log_clock_dated(line);
}

static const struct log_shape shape = {.read = read_record, .starts = begins};

/* Every stamp of the head has a zone that is understood. */
static bool has_zones(struct str head)
{
    for (size_t lines = 0; lines < 256 && head.len > 0; lines++) {
        struct str_cut cut = str_cut(head, '\n');
        struct scan scan = {cut.head, 0};
        struct log_stamp stamp;
        if (scan_stamp(&scan, &stamp) && !stamp.has_zone) {
            return false;
        }
        head = cut.tail;
    }
    return true;
}

static bool starts_here(const void *setup, struct str line)
{
    return starts(setup, line) && str_find(line, STR("]  [pool "), 0) == SIZE_MAX;
}

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    *ret_has |= has_zones(head) ? LOG_HAS_ZONE : 0;
    return log_clock_probe(spec, head, starts_here, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_php_error = {
    .name = "PHP error log",
    .cannot_show = "whose request it was, scripts that ran without a complaint, and what error_reporting leaves out",
    .kind = LOG_ERRORS,
    .has = LOG_HAS_YEAR,
    .probe = probe,
    .parse = parse,
    .starts = begins,
};

/* Two digits behind the point: what is lost by rounding is 5.12 bytes a second at most, up or down. */
#include "formats/log_rate.h"

#include "base/str.h"
#include "formats/log_scan.h"

#include "base/banned.h"

#define RATE_MAX UINT64_C(1000000000000) /* hundredths of kilobytes a second: ten terabytes a second */

enum { INTERVAL_MAX = 7 * 86400 };

bool log_rate_read(struct str text, uint64_t *ret_hundredths)
{
    struct scan scan = {text, 0};
    uint64_t whole, part = 0;
    if (!scan_number(&scan, 1, 15, &whole)) {
        return false;
    }
    if (scan_char(&scan, '.') || scan_char(&scan, ',')) {
        size_t from = scan.at;
        if (!scan_number(&scan, 1, 2, &part)) {
            return false;
        }
        part *= scan.at - from == 1 ? 10 : 1;
        uint64_t finer;
        (void)scan_number(&scan, 0, 18, &finer);
    }
    *ret_hundredths = whole * 100 + part;
    return scan.at == text.len;
}

/* Of hundredths of 1024 bytes a second. */
static uint64_t bytes_of(uint64_t rate, uint64_t interval_s)
{
    return (rate * interval_s / 100 * 1024) + rate * interval_s % 100 * 1024 / 100;
}

bool log_rate_set(struct log_line *line, uint64_t interval_s, uint64_t in, uint64_t out)
{
    if (interval_s == 0 || interval_s > INTERVAL_MAX || in > RATE_MAX || out > RATE_MAX) {
        return false;
    }
    line->second -= (int64_t)interval_s;
    line->duration_us = interval_s * 1000000;
    line->bytes = bytes_of(out, interval_s);
    line->bytes_in = bytes_of(in, interval_s);
    uint64_t half = interval_s * 512 / 100 + 1; /* half a hundredth of 1024 bytes, each second */
    uint64_t below = line->bytes < half ? line->bytes : half;
    line->bytes -= below;
    line->rounded = below + half;
    return true;
}

/* Roles to colours, numbers to text. */
#include <stdarg.h>

#include "base/str.h"
#include "cli/paint.h"

#include "base/banned.h"

static const char *const colours[] = {
    [ROLE_PLAIN] = "",           [ROLE_PLACE] = "\x1b[36m",        [ROLE_SUPPORTED] = "\x1b[1;34m",
    [ROLE_REFUTED] = "\x1b[33m", [ROLE_UNDETERMINED] = "\x1b[35m", [ROLE_CLASS] = "\x1b[1m",
    [ROLE_QUIET] = "\x1b[2m",    [ROLE_OFFEND] = "\x1b[4m",        [ROLE_UNSEEN] = "\x1b[2;3m",
    [ROLE_CLOCK] = "\x1b[1;33m", [ROLE_ERROR] = "\x1b[1m",
};

void paint(FILE *out, bool has_colour, enum role role, const char *format, ...)
{
    va_list args;
    has_colour = has_colour && role != ROLE_PLAIN;
    if (has_colour) {
        (void)fputs(colours[role], out);
    }
    va_start(args, format);
    (void)vfprintf(out, format, args);
    va_end(args);
    if (has_colour) {
        (void)fputs("\x1b[0m", out);
    }
}

const char *number_text(char out[static NUMBER_TEXT], uint64_t value)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        if (i != 0 && (count - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *counted_text(char out[static COUNTED_TEXT], uint64_t count, const char *one, const char *many)
{
    char number[NUMBER_TEXT];
    (void)snprintf(out, COUNTED_TEXT, "%s %s", number_text(number, count), count == 1 ? one : many);
    return out;
}

const char *bytes_text(char out[static NUMBER_TEXT], uint64_t value)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (value < 1000) {
        (void)snprintf(out, NUMBER_TEXT, "%llu bytes", (unsigned long long)value);
        return out;
    }
    double size = (double)value;
    size_t unit = 0;
    while (size >= 999.5 && unit < 6) {
        size /= 1000;
        unit++;
    }
    (void)snprintf(out, NUMBER_TEXT,
                   size < 9.995   ? "%.2f %s"
                   : size < 99.95 ? "%.1f %s"
                                  : "%.0f %s",
                   size, units[unit]);
    return out;
}

const char *ratio_text(char out[static NUMBER_TEXT], double log10_lr)
{
    bool is_zero = log10_lr > -.05 && log10_lr < .05;
    (void)snprintf(out, NUMBER_TEXT, is_zero ? "%.1f" : "%+.1f", is_zero ? 0.0 : log10_lr);
    return out;
}

void closing(FILE *out, bool has_colour, const char *word, enum role role, const char *text)
{
    enum { COLUMN = 12, WIDTH = 80 };
    paint(out, has_colour, ROLE_QUIET, "%-*s", COLUMN, word);
    struct str rest = str_of(text);
    while (rest.len > WIDTH - COLUMN) {
        size_t cut = WIDTH - COLUMN;
        while (cut > 0 && rest.data[cut] != ' ') {
            cut--;
        }
        if (cut == 0) {
            break; /* one long word, such as a path: it is not cut */
        }
        paint(out, has_colour, role, "%.*s", (int)cut, rest.data);
        (void)fprintf(out, "\n%*s", COLUMN, "");
        rest = str_slice(rest, cut + 1, rest.len);
    }
    paint(out, has_colour, role, "%.*s", STR_FMT(rest));
    (void)fputc('\n', out);
}

void put_evidence(FILE *out, struct str bytes)
{
    char text[256];
    str_escape(text, sizeof text, bytes, 200);
    (void)fputs(text, out);
}

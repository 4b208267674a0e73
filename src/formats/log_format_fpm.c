/* PHP-FPM's access.format: "%R - %u %t \"%m %r%Q%q\" %s %f %{milli}d %{kilo}M %C%%".
 *
 * Sources: php-fpm.conf's own description of access.format, and sapi/fpm/fpm/fpm_log.c. What its letters mean differs from
 * Apache's: %r is the path without its query, %R the address of who speaks FastCGI, which is the web server ("-" over a
 * socket); %u is nothing when nobody signed in; %t has no brackets; %d is a duration; no size is ever logged but by %l (the body
 * that came in). */
#include "base/str.h"
#include "formats/log_formats.h"

#include "base/banned.h"

static struct program_step simple(uint8_t field, uint8_t shape, uint8_t rank)
{
    return (struct program_step){.field = field, .shape = shape, .rank = rank};
}

static struct program_step step_of_duration(struct str unit)
{
    struct program_step step = simple(PROGRAM_DURATION, SHAPE_NUMBER, 0);
    bool is_milli = str_eq(unit, STR("milli")) || str_eq(unit, STR("mili")) || str_eq(unit, STR("miliseconds")) ||
                    str_eq(unit, STR("milliseconds"));
    step.scale = is_milli ? 1000 : unit.len == 0 || str_eq(unit, STR("seconds")) ? 1000000 : 1;
    return step;
}

/* %{FORMAT}t; %T is when the request ended. */
static struct program_step step_of_time(struct str pattern, uint8_t rank)
{
    struct program_step step = simple(PROGRAM_TIME, SHAPE_TIME, rank);
    step.pattern = pattern.len == 0 ? STR(WEB_TIME_CLF) : pattern;
    return pattern.len == 0 || web_time_is_known(pattern) ? step : simple(PROGRAM_SKIP, SHAPE_TEXT, 0);
}

static struct program_step step_of_variable(struct str name)
{
    static const struct {
        const char *name;
        uint8_t field, rank;
    } names[] = {{"REMOTE_ADDR", PROGRAM_CLIENT, 0},       {"HTTP_USER_AGENT", PROGRAM_AGENT, 0},
                 {"HTTP_REFERER", PROGRAM_REFERER, 0},     {"HTTP_X_FORWARDED_FOR", PROGRAM_FORWARDED, 0},
                 {"HTTP_X_REAL_IP", PROGRAM_FORWARDED, 1}, {"SERVER_NAME", PROGRAM_VHOST, 1},
                 {"HTTP_HOST", PROGRAM_VHOST, 2},          {"REQUEST_URI", PROGRAM_TARGET, 0},
                 {"REMOTE_USER", PROGRAM_USER, 1}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(name, str_of(names[i].name))) {
            return simple(names[i].field, names[i].field == PROGRAM_CLIENT ? SHAPE_WORD : SHAPE_TEXT, names[i].rank);
        }
    }
    return simple(PROGRAM_SKIP, SHAPE_TEXT, 0);
}

static struct program_step step_of(char letter, struct str argument)
{
    switch (letter) {
    case 'R':
        return simple(PROGRAM_CLIENT, SHAPE_WORD, 3);
    case 'u':
        return simple(PROGRAM_USER, SHAPE_TEXT, 0);
    case 'n':
        return simple(PROGRAM_VHOST, SHAPE_TEXT, 0);
    case 'm':
        return simple(PROGRAM_METHOD, SHAPE_WORD, 0);
    case 'r':
        return simple(PROGRAM_PATH, SHAPE_TEXT, 0);
    case 'Q': /* "?" if there is a query */
        return simple(PROGRAM_QUERY, SHAPE_TEXT, 1);
    case 'q':
        return simple(PROGRAM_QUERY, SHAPE_TEXT, 0);
    case 's':
        return simple(PROGRAM_STATUS, SHAPE_NUMBER, 0);
    case 'l':
        return simple(PROGRAM_BYTES_IN, SHAPE_NUMBER, 0);
    case 'd':
        return step_of_duration(argument);
    case 't':
        return step_of_time(argument, 0);
    case 'T':
        return step_of_time(argument, 1);
    case 'e':
        return step_of_variable(argument);
    case 'C':
    case 'M':
    case 'p':
    case 'P':
        return simple(PROGRAM_SKIP, SHAPE_NUMBER, 0);
    default:
        return simple(PROGRAM_SKIP, SHAPE_TEXT, 0);
    }
}

/* What stands at a "%": how long it is. */
static size_t add_directive(struct program *program, struct str text)
{
    struct str argument = {"", 0};
    size_t at = 1;
    if (at < text.len && text.data[at] == '{') {
        size_t end = str_find(text, STR("}"), at);
        argument = str_slice(text, at + 1, end);
        at = end == SIZE_MAX ? text.len : end + 1;
    }
    if (at >= text.len) {
        return text.len;
    }
    bool is_added = text.data[at] == '%' ? program_literal(program, STR("%"))
                                         : program_step(program, step_of(text.data[at], argument));
    return is_added ? at + 1 : SIZE_MAX;
}

bool format_fpm(struct program *program, struct str text)
{
    size_t at = 0;
    program_start(program, ESCAPE_BACKSLASH);
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && text.data[end] != '%') {
            end++;
        }
        if (end > at && !program_literal(program, str_slice(text, at, end))) {
            return false;
        }
        if (end == text.len) {
            break;
        }
        size_t took = add_directive(program, str_slice(text, end, text.len));
        if (took == SIZE_MAX) {
            return false;
        }
        at = end + took;
    }
    program->is_dash_client = true;
    for (size_t i = 0; i < program->count; i++) {
        program->is_client_proxy |= program->steps[i].field == PROGRAM_CLIENT && program->steps[i].rank == 3;
    }
    for (size_t i = 0; i < program->count; i++) {
        program->is_client_proxy &= program->steps[i].field != PROGRAM_CLIENT || program->steps[i].rank == 3;
    }
    return true;
}

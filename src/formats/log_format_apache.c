/* Apache's LogFormat and CustomLog: "%h %l %u %t \"%r\" %>s %b".
 *
 *   %[!STATUS,...][<|>][{ARGUMENT}]LETTER, also %^LL
 *
 * Sources: Apache 2.4 mod_log_config (the table of directives, modifiers, and the forms of %{...}t), mod_logio (%I %O %S,
 * %^FB), and log_config's own parser for where modifiers may stand: in any order before the letter.
 *
 * %s is the status of the request as it came, %>s of the last internal redirect; %b and %B count the body, %O all that went
 * over the wire. What a directive yields under a condition ("%!200{Referer}i") is "-" otherwise, as any absent text. */
#include "base/str.h"
#include "formats/log_formats.h"

#include "base/banned.h"

struct directive {
    struct str argument;
    bool is_final, is_original; /* > and < */
    bool is_known;
    char letter;
    size_t len; /* of all of it */
};

static struct directive read_directive(struct str text)
{
    struct directive directive = {.argument = {"", 0}};
    size_t at = 1;
    for (; at < text.len; at++) {
        char c = text.data[at];
        if (c == '{') {
            size_t end = str_find(text, STR("}"), at);
            if (end == SIZE_MAX) {
                break;
            }
            directive.argument = str_slice(text, at + 1, end);
            at = end;
        } else if (c == '<' || c == '>') {
            directive.is_final = c == '>';
            directive.is_original = c == '<';
        } else if (c == '^' && text.len - at >= 3) { /* %^FB, %^ti, %^to */
            directive.len = at + 3;
            return directive;
        } else if (c != '!' && c != ',' && !str_is_digit(c)) {
            directive.letter = c;
            directive.is_known = true;
            directive.len = at + 1;
            return directive;
        }
    }
    directive.len = at;
    return directive;
}

static struct program_step time_step(struct str pattern, uint8_t rank)
{
    return (struct program_step){.field = PROGRAM_TIME, .shape = SHAPE_TIME, .rank = rank, .pattern = pattern};
}

/* %{FORMAT}t: strftime(3), or a count since 1970, of the request's begin or of its end. */
static struct program_step step_of_time(struct str argument, struct str *ret_before, struct str *ret_behind)
{
    static const struct {
        const char *word;
        struct str pattern;
    } counts[] = {{"sec", STR_INIT("%s")},
                  {"msec", STR_INIT(WEB_TIME_EPOCH_MS)},
                  {"usec", STR_INIT(WEB_TIME_EPOCH_US)},
                  {"msec_frac", STR_INIT("%v")},
                  {"usec_frac", STR_INIT("%v")}};
    uint8_t rank = 0;
    if (argument.len == 0) {
        *ret_before = STR("[");
        *ret_behind = STR("]");
        return time_step(STR(WEB_TIME_CLF), 0);
    }
    if (str_starts(argument, STR("begin:"))) {
        argument = str_slice(argument, 6, argument.len);
    } else if (str_starts(argument, STR("end:"))) {
        argument = str_slice(argument, 4, argument.len);
        rank = 1;
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (str_eq(argument, str_of(counts[i].word))) {
            return time_step(counts[i].pattern, rank);
        }
    }
    if (argument.len == 0) {
        return time_step(STR("[" WEB_TIME_CLF "]"), rank);
    }
    return web_time_is_known(argument) ? time_step(argument, rank)
                                       : (struct program_step){.field = PROGRAM_SKIP, .shape = SHAPE_TEXT};
}

/* Headers by their name; X-Forwarded-For before its likes. */
static struct program_step step_of_header(struct str name)
{
    static const struct {
        const char *name;
        uint8_t field, rank;
    } headers[] = {{"Referer", PROGRAM_REFERER, 0},
                   {"User-Agent", PROGRAM_AGENT, 0},
                   {"Host", PROGRAM_VHOST, 2},
                   {"X-Forwarded-For", PROGRAM_FORWARDED, 0},
                   {"X-Real-IP", PROGRAM_FORWARDED, 1},
                   {"True-Client-IP", PROGRAM_FORWARDED, 1},
                   {"CF-Connecting-IP", PROGRAM_FORWARDED, 1},
                   {"X-Client-IP", PROGRAM_FORWARDED, 2}};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (str_eq_nocase(name, str_of(headers[i].name))) {
            return (struct program_step){.field = headers[i].field,
                                         .shape = SHAPE_TEXT,
                                         .rank = headers[i].rank,
                                         .is_list = headers[i].field == PROGRAM_FORWARDED};
        }
    }
    return (struct program_step){.field = PROGRAM_SKIP, .shape = SHAPE_TEXT};
}

static struct program_step step_of_duration(const struct directive *directive)
{
    uint32_t scale = directive->letter == 'D' ? 1 : 1000000;
    uint8_t rank = directive->letter == 'D' ? 0 : 1;
    if (str_eq(directive->argument, STR("us"))) {
        scale = 1;
        rank = 0;
    } else if (str_eq(directive->argument, STR("ms"))) {
        scale = 1000;
        rank = 0;
    }
    return (struct program_step){.field = PROGRAM_DURATION, .shape = SHAPE_NUMBER, .rank = rank, .scale = scale};
}

static struct program_step simple(uint8_t field, uint8_t shape, uint8_t rank)
{
    return (struct program_step){.field = field, .shape = shape, .rank = rank};
}

static struct program_step step_of_letter(const struct directive *directive)
{
    bool is_connection = str_eq(directive->argument, STR("c"));
    struct program_step wire = simple(PROGRAM_BYTES, SHAPE_NUMBER, 1);
    wire.is_wire = true;
    switch (directive->letter) {
    case 'a':
        return simple(PROGRAM_CLIENT, SHAPE_WORD, is_connection ? 2 : 0);
    case 'h':
        return simple(PROGRAM_CLIENT, SHAPE_WORD, is_connection ? 2 : 1);
    case 'u':
        return simple(PROGRAM_USER, SHAPE_TEXT, 0);
    case 'v':
        return simple(PROGRAM_VHOST, SHAPE_TEXT, 0);
    case 'V':
        return simple(PROGRAM_VHOST, SHAPE_TEXT, 1);
    case 'r':
        return simple(PROGRAM_REQUEST, SHAPE_TEXT, 0);
    case 'm':
        return simple(PROGRAM_METHOD, SHAPE_TEXT, 0);
    case 'U':
        return simple(PROGRAM_PATH, SHAPE_TEXT, 0);
    case 'q':
        return simple(PROGRAM_QUERY, SHAPE_TEXT, 0);
    case 's': /* alone it is the original request's */
        return simple(PROGRAM_STATUS, SHAPE_NUMBER, directive->is_final ? 0 : 1);
    case 'b':
    case 'B':
        return simple(PROGRAM_BYTES, SHAPE_NUMBER, 0);
    case 'O':
        return wire;
    case 'I':
        return simple(PROGRAM_BYTES_IN, SHAPE_NUMBER, 0);
    case 'i':
        return step_of_header(directive->argument);
    case 'D':
    case 'T':
        return step_of_duration(directive);
    case 'l':
    case 'H':
        return simple(PROGRAM_SKIP, SHAPE_WORD, 0);
    case 'p':
    case 'P':
    case 'k':
    case 'S':
        return simple(PROGRAM_SKIP, SHAPE_NUMBER, 0);
    default:
        return simple(PROGRAM_SKIP, SHAPE_TEXT, 0);
    }
}

static bool add_directive(struct program *program, const struct directive *directive)
{
    struct str before = {"", 0}, behind = {"", 0};
    struct program_step step = {.field = PROGRAM_SKIP, .shape = SHAPE_TEXT};
    if (directive->is_known && directive->letter == '%') {
        return program_literal(program, STR("%"));
    }
    if (directive->is_known) {
        step =
            directive->letter == 't' ? step_of_time(directive->argument, &before, &behind) : step_of_letter(directive);
    }
    return program_literal(program, before) && program_step(program, step) && program_literal(program, behind);
}

bool format_apache(struct program *program, struct str text)
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
        struct directive directive = read_directive(str_slice(text, end, text.len));
        if (!add_directive(program, &directive)) {
            return false;
        }
        at = end + (directive.len > 0 ? directive.len : 1);
    }
    return true;
}

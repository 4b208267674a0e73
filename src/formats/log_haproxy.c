/* HAProxy's HTTP log ("option httplog", "option httpslog"), as syslog wrote it or bare.
 *
 *   Mar 14 21:47:09 lb haproxy[14389]: 203.0.113.7:33317 [14/Mar/2026:21:47:09.655] http-in static/srv1 10/0/30/69/109 200 2750
 *     - - ---- 1/1/1/1/0 0/0 {shop.example} {} "GET /a HTTP/1.1"
 *
 * The time in brackets is when the request came, without a zone: it is assumed. "+" before a number says that it was
 * logged before the answer ended (option logasap). bytes_read counts what went to the client with its headers. Captured
 * headers stand in braces, unnamed: only the configuration knows whose they are, and they are passed over.
 *
 * Source: HAProxy configuration manual, 8.2.3 "HTTP log format" and 8.2.4 "HTTPS log format". */
#include "formats/log_program.h"

#include "base/str.h"

#include "base/banned.h"

static const struct program_name names[] = {
    {"when", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT("%d/%b/%Y:%H:%M:%S%f")}},
    {"client", {.field = PROGRAM_CLIENT, .shape = SHAPE_WORD, .has_port = true, .is_port = true}},
    PROGRAM_NAME("word", SKIP, WORD),
    PROGRAM_NAME("number", SKIP, NUMBER),
    PROGRAM_NAME("frontend", VHOST, WORD),
    PROGRAM_NAME("status", STATUS, NUMBER),
    {"read", {.field = PROGRAM_BYTES, .shape = SHAPE_NUMBER, .is_wire = true}},
    {"took", {.field = PROGRAM_DURATION, .shape = SHAPE_NUMBER, .scale = 1000}},
    PROGRAM_NAME("request", REQUEST, TEXT),
};

static bool compile(struct program *program, const char *template)
{
    program_start(program, ESCAPE_BACKSLASH);
    program->has_loose_tail = program->is_dash_client = true;
    return program_template(program, str_of(template), names, sizeof names / sizeof *names);
}

#define LINE                                                                                                 \
    "$client [$when] $frontend $word $number/$number/$number/$number/$took $status $read $word $word $word " \
    "$number/$number/$number/$number/$number $number/$number $captured\"$request\""

static bool haproxy_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {LINE, "$syslog]: " LINE, "$syslog haproxy: " LINE};
    return program_probe(spec, head, templates, sizeof templates / sizeof *templates, compile, ret_setup, ret_has);
}

const struct log_format log_haproxy = {
    .name = "HAProxy HTTP",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = haproxy_probe,
    .parse = program_parse,
    .blind = program_blind,
};

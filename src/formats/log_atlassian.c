/* Access logs of Jira, Confluence (Tomcat valve) and Bitbucket.
 *
 *   [14/Mar/2026:21:47:09 +0000] ann http-nio-8080-exec-6 203.0.113.7 GET /a HTTP/1.1 200 1020ms 7881 http://r/ Mozilla/5.0 (X11)
 *   203.0.113.7,10.0.0.1 | https | o@9K7x1 | ann | 2026-03-14 21:47:09,838 | "GET /a HTTP/1.1" | "" "git/2" | 200 | 13 | 9 | - | 101 | s |
 *
 * Sources: Confluence "Configure access logs", Jira server.xml (AccessLogValve pattern), Bitbucket "How to read the Bitbucket
 * access log". Newer versions of the first two write X-Forwarded-For before the user. */
#include "formats/log_program.h"

#include "base/str.h"

#include "base/banned.h"

static const struct program_name names[] = {
    {"clf", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT(WEB_TIME_CLF)}},
    {"when", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT("%Y-%m-%d %H:%M:%S%f")}},
    PROGRAM_NAME("client", CLIENT, WORD),
    PROGRAM_NAME("forwarded", FORWARDED, WORD),
    PROGRAM_NAME("user", USER, WORD),
    PROGRAM_NAME("word", SKIP, WORD),
    PROGRAM_NAME("method", METHOD, WORD),
    PROGRAM_NAME("target", TARGET, TEXT),
    PROGRAM_NAME("request", REQUEST, TEXT),
    PROGRAM_NAME("status", STATUS, NUMBER),
    PROGRAM_NAME("received", BYTES_IN, NUMBER),
    PROGRAM_NAME("sent", BYTES, NUMBER),
    {"took", {.field = PROGRAM_DURATION, .shape = SHAPE_NUMBER, .scale = 1000}},
    PROGRAM_NAME("referer", REFERER, TEXT),
    PROGRAM_NAME("agent", AGENT, TEXT),
};

static bool compile(struct program *program, const char *template)
{
    program_start(program, ESCAPE_BACKSLASH);
    return program_template(program, str_of(template), names, sizeof names / sizeof *names);
}

#define VALVE "$user $word $client $method $target HTTP/$word $status ${took}ms $sent $referer $agent"

static bool atlassian_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {
        "[$clf] " VALVE,
        "[$clf] $forwarded " VALVE,
        "$forwarded | $word | $word | $user | $when | \"$request\" | \"$referer\" \"$agent\" | $status | $received | $sent | "
        "$labels | $took | $word |",
    };
    return program_probe(spec, head, templates, sizeof templates / sizeof *templates, compile, ret_setup, ret_has);
}

const struct log_format log_atlassian = {
    .name = "Atlassian",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = atlassian_probe,
    .parse = program_parse,
    .blind = program_blind,
};

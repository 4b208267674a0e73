/* Other proxies' own access logs: Envoy's default text (and Istio's), Squid's native log, Nginx Proxy Manager's two formats.
 *
 *   [2026-03-14T21:47:09.310Z] "POST /a HTTP/2" 204 - 154 0 226 100 "203.0.113.7" "curl/8" "cc21d9b0" "shop.example" "tcp://10.0.0.1:80"
 *   1773524829.779    180 203.0.113.7 TCP_MISS/200 411 GET http://shop.example/a - HIER_DIRECT/10.0.0.1 text/html
 *
 * Envoy's default has no address of the connection: whose a request was is what X-Forwarded-For says, and that may be nothing.
 * Squid's size counts headers; its targets are whole URLs, as a proxy's requests have them.
 *
 * Sources: Envoy "Access logging", default format string; Istio "Envoy Access Logs"; Squid "logformat squid"; Nginx Proxy Manager, log-proxy.conf. */
#include "formats/log_program.h"

#include "base/str.h"

#include "base/banned.h"

static const struct program_name names[] = {
    {"iso", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT(WEB_TIME_ISO)}},
    {"epoch", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT("%s.%v")}},
    {"peer", {.field = PROGRAM_CLIENT, .shape = SHAPE_WORD, .has_port = true}},
    {"clf", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT(WEB_TIME_CLF)}},
    PROGRAM_NAME("client", CLIENT, WORD),
    PROGRAM_NAME("target", TARGET, TEXT),
    PROGRAM_NAME("referer", REFERER, TEXT),
    PROGRAM_NAME("word", SKIP, WORD),
    PROGRAM_NAME("number", SKIP, NUMBER),
    PROGRAM_NAME("request", REQUEST, TEXT),
    PROGRAM_NAME("method", METHOD, WORD),
    PROGRAM_NAME("url", TARGET, WORD),
    PROGRAM_NAME("status", STATUS, NUMBER),
    PROGRAM_NAME("received", BYTES_IN, NUMBER),
    PROGRAM_NAME("sent", BYTES, NUMBER),
    {"wire", {.field = PROGRAM_BYTES, .shape = SHAPE_NUMBER, .is_wire = true}},
    {"took", {.field = PROGRAM_DURATION, .shape = SHAPE_NUMBER, .scale = 1000, .is_padded = true}},
    PROGRAM_NAME("forwarded", FORWARDED, TEXT),
    PROGRAM_NAME("agent", AGENT, TEXT),
    PROGRAM_NAME("authority", VHOST, TEXT),
    PROGRAM_NAME("user", USER, WORD),
};

static bool compile(struct program *program, const char *template)
{
    program_start(program, ESCAPE_BACKSLASH);
    return program_template(program, str_of(template), names, sizeof names / sizeof *names);
}

#define SIDECAR(details) \
    "[$iso] \"$request\" $status $word " details " \"$failure\" " ENDS " $word $word $word $peer $word $word"
#define ENDS "$received $sent $took $word \"$forwarded\" \"$agent\" \"$id\" \"$authority\" \"$upstream\""

static bool envoy_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {
        SIDECAR("$word $word"),
        SIDECAR("\"$details\""),
        ("[$iso] \"$request\" $status $word " ENDS),
    };
    return program_probe(spec, head, templates, sizeof templates / sizeof *templates, compile, ret_setup, ret_has);
}

static bool squid_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {
        "$epoch $took $client $word/$status $wire $method $url $user $word/$word $word"};
    return program_probe(spec, head, templates, 1, compile, ret_setup, ret_has);
}

static bool npm_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {
        "[$clf] $word $word $status - $method $word $authority \"$target\" [Client $client] [Length $sent] [Gzip $word] "
        "[Sent-to $word] \"$agent\" \"$referer\"",
        "[$clf] $status - $method $word $authority \"$target\" [Client $client] [Length $sent] [Gzip $word] "
        "\"$agent\" \"$referer\"",
    };
    return program_probe(spec, head, templates, sizeof templates / sizeof *templates, compile, ret_setup, ret_has);
}

const struct log_format log_npm = {
    .name = "Nginx Proxy Manager",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = npm_probe,
    .parse = program_parse,
    .blind = program_blind,
};

const struct log_format log_envoy = {
    .name = "Envoy",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = envoy_probe,
    .parse = program_parse,
    .blind = program_blind,
};

const struct log_format log_squid = {
    .name = "Squid",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = squid_probe,
    .parse = program_parse,
    .blind = program_blind,
};

/* AWS load balancers, application (ALB) and classic (ELB), and the access log of S3 buckets.
 *
 *   https 2026-03-14T21:47:09.123456Z app/shop/50dc6c495c0c9188 203.0.113.7:4711 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366
 *     "GET https://shop.example:443/a?b HTTP/1.1" "curl/8" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:... "Root=1-58..." ...
 *   2026-03-14T21:47:09.123456Z shop 203.0.113.7:4711 10.0.0.1:80 0.0 0.1 0.0 200 200 0 29 "GET http://... HTTP/1.1" "curl/8" - -
 *   OWNER bucket [14/Mar/2026:21:47:09 +0000] 203.0.113.7 - 3E57 REST.GET.OBJECT a "GET /a HTTP/1.1" 200 - 113 113 7 7 "-" "curl/8" -
 *
 * Sources: AWS "Access logs for your Application Load Balancer" (sent_bytes counts headers), "Access logs for your Classic Load
 * Balancer" (it does not), "Amazon S3 server access log format". Newer fields come behind the older ones. */
#include "formats/log_program.h"

#include "base/str.h"

#include "base/banned.h"

static const struct program_name names[] = {
    {"iso", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT(WEB_TIME_ISO)}},
    {"clf", {.field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT(WEB_TIME_CLF)}},
    {"client", {.field = PROGRAM_CLIENT, .shape = SHAPE_WORD, .has_port = true}},
    PROGRAM_NAME("word", SKIP, WORD),
    PROGRAM_NAME("number", SKIP, NUMBER),
    PROGRAM_NAME("status", STATUS, NUMBER),
    PROGRAM_NAME("received", BYTES_IN, NUMBER),
    PROGRAM_NAME("sent", BYTES, NUMBER),
    {"wire", {.field = PROGRAM_BYTES, .shape = SHAPE_NUMBER, .is_wire = true}},
    {"request", {.field = PROGRAM_REQUEST, .shape = SHAPE_TEXT, .has_origin = true}},
    {"took", {.field = PROGRAM_DURATION, .shape = SHAPE_NUMBER, .scale = 1000}},
    PROGRAM_NAME("referer", REFERER, TEXT),
    PROGRAM_NAME("agent", AGENT, TEXT),
};

static bool compile(struct program *program, const char *template)
{
    program_start(program, ESCAPE_BACKSLASH);
    program->has_loose_tail = program->is_dash_client = true;
    return program_template(program, str_of(template), names, sizeof names / sizeof *names);
}

#define BALANCER "$iso $word $client $word $number $number $number $status $number $received "

static bool alb_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {"$word " BALANCER
                                            "$wire \"$request\" \"$agent\" $word $word $word \"$trace\""};
    return program_probe(spec, head, templates, 1, compile, ret_setup, ret_has);
}

static bool elb_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    /* before 2015 without agent, cipher and protocol */
    static const char *const templates[] = {BALANCER "$sent \"$request\" \"$agent\"", BALANCER "$sent \"$request\""};
    return program_probe(spec, head, templates, 2, compile, ret_setup, ret_has);
}

static bool s3_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const char *const templates[] = {
        "$word $word [$clf] $client $word $word $word $word \"$request\" $status $word $sent "
        "$number $took $number \"$referer\" \"$agent\""};
    return program_probe(spec, head, templates, 1, compile, ret_setup, ret_has);
}

const struct log_format log_alb = {
    .name = "AWS ALB",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = alb_probe,
    .parse = program_parse,
    .blind = program_blind,
};

const struct log_format log_elb = {
    .name = "AWS ELB",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .probe = elb_probe,
    .parse = program_parse,
    .blind = program_blind,
};

const struct log_format log_s3 = {
    .name = "AWS S3",
    .cannot_show = "request bodies (what a PUT carried), response bodies",
    .kind = LOG_WEB,
    .probe = s3_probe,
    .parse = program_parse,
    .blind = program_blind,
};

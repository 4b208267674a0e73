/* nginx's log_format: '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'.
 *
 * Sources: ngx_http_log_module (log_format, escape=default|json|none, and the variables only logs have),
 * ngx_http_core_module and ngx_http_upstream_module (the others). A variable is $name or ${name}.
 *
 * With escape=default (") and (\) and everything outside 32 to 126 are written \xHH, an absent value "-"; with json as JSON
 * strings are, an absent value as nothing; with none as they are, and a line may then be cut wrongly: nothing can be done. */
#include "base/str.h"
#include "formats/log_formats.h"

#include "base/banned.h"

#define PLAIN(name, what, how, order)                                      \
    {                                                                      \
        name,                                                              \
        {                                                                  \
            .field = PROGRAM_##what, .shape = SHAPE_##how, .rank = (order) \
        }                                                                  \
    }
#define LIST(name, order)                                                                     \
    {                                                                                         \
        name,                                                                                 \
        {                                                                                     \
            .field = PROGRAM_FORWARDED, .shape = SHAPE_TEXT, .rank = (order), .is_list = true \
        }                                                                                     \
    }
#define TIME(name, text)                                                          \
    {                                                                             \
        name,                                                                     \
        {                                                                         \
            .field = PROGRAM_TIME, .shape = SHAPE_TIME, .pattern = STR_INIT(text) \
        }                                                                         \
    }

static const struct program_name variables[] = {
    PLAIN("remote_addr", CLIENT, WORD, 0),
    PLAIN("realip_remote_addr", CLIENT, WORD, 1),
    PLAIN("proxy_protocol_addr", CLIENT, WORD, 2),
    PLAIN("remote_user", USER, TEXT, 0),
    PLAIN("server_name", VHOST, TEXT, 0),
    PLAIN("host", VHOST, TEXT, 1),
    PLAIN("http_host", VHOST, TEXT, 2),
    PLAIN("request", REQUEST, TEXT, 0),
    PLAIN("request_method", METHOD, TEXT, 0),
    PLAIN("request_uri", TARGET, TEXT, 0),
    PLAIN("uri", PATH, TEXT, 0),
    PLAIN("document_uri", PATH, TEXT, 1),
    PLAIN("is_args", QUERY, TEXT, 1),
    {"args", {.field = PROGRAM_QUERY, .shape = SHAPE_TEXT, .is_dashed = true}},
    {"query_string", {.field = PROGRAM_QUERY, .shape = SHAPE_TEXT, .is_dashed = true}},
    PLAIN("status", STATUS, NUMBER, 0),
    PLAIN("body_bytes_sent", BYTES, NUMBER, 0),
    {"bytes_sent", {.field = PROGRAM_BYTES, .shape = SHAPE_NUMBER, .rank = 1, .is_wire = true}},
    PLAIN("request_length", BYTES_IN, NUMBER, 0),
    PLAIN("http_referer", REFERER, TEXT, 0),
    PLAIN("http_user_agent", AGENT, TEXT, 0),
    LIST("http_x_forwarded_for", 0),
    LIST("proxy_add_x_forwarded_for", 1),
    LIST("http_x_real_ip", 2),
    LIST("http_true_client_ip", 2),
    LIST("http_cf_connecting_ip", 2),
    {"request_time", {.field = PROGRAM_DURATION, .shape = SHAPE_NUMBER, .scale = 1000000}},
    TIME("time_local", WEB_TIME_CLF),
    TIME("time_iso8601", WEB_TIME_ISO),
    TIME("msec", WEB_TIME_EPOCH),
    PLAIN("remote_port", SKIP, NUMBER, 0),
    PLAIN("server_port", SKIP, NUMBER, 0),
    PLAIN("connection", SKIP, NUMBER, 0),
    PLAIN("connection_requests", SKIP, NUMBER, 0),
    PLAIN("pid", SKIP, NUMBER, 0),
    PLAIN("scheme", SKIP, WORD, 0),
    PLAIN("pipe", SKIP, WORD, 0),
};

static struct program_step step_of(struct str name)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        if (str_eq(name, str_of(variables[i].name))) {
            return variables[i].step;
        }
    }
    return (struct program_step){
        .field = PROGRAM_SKIP, .shape = SHAPE_TEXT, .is_list = str_starts(name, STR("upstream_"))};
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "$name" or "${name}" at the beginning of text; how long it is, 0 if it is none. */
static size_t read_name(struct str text, struct str *ret_name)
{
    bool is_braced = text.len > 1 && text.data[1] == '{';
    size_t from = is_braced ? 2 : 1, to = from;
    while (to < text.len && is_name_byte(text.data[to])) {
        to++;
    }
    *ret_name = str_slice(text, from, to);
    if (to == from || (is_braced && (to == text.len || text.data[to] != '}'))) {
        return 0;
    }
    return to + is_braced;
}

bool format_nginx(struct program *program, struct str text, enum program_escape escape)
{
    size_t at = 0;
    program_start(program, escape);
    program->may_be_empty = escape != ESCAPE_BACKSLASH;
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && text.data[end] != '$') {
            end++;
        }
        if (end > at && !program_literal(program, str_slice(text, at, end))) {
            return false;
        }
        if (end == text.len) {
            break;
        }
        struct str name;
        size_t len = read_name(str_slice(text, end, text.len), &name);
        if (!(len == 0 ? program_literal(program, STR("$")) : program_step(program, step_of(name)))) {
            return false;
        }
        at = end + (len == 0 ? 1 : len);
    }
    return true;
}

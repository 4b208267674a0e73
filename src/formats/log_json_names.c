/* What members of JSON access logs are called, and what they are. In order of their names: looked up by halving. */
#include "base/str.h"
#include "formats/log_json_read.h"

#include "base/banned.h"

/* name, field, and which of several for one field is taken: the lowest */
#define IS(name, what, order)                                            \
    {                                                                    \
        .path = STR_INIT(name), .field = PROGRAM_##what, .rank = (order) \
    }
/* a size that counts headers */
#define WIRE(name, order)                                                                \
    {                                                                                    \
        .path = STR_INIT(name), .field = PROGRAM_BYTES, .rank = (order), .is_wire = true \
    }
#define TOOK(name, how)                                                  \
    {                                                                    \
        .path = STR_INIT(name), .field = PROGRAM_DURATION, .unit = (how) \
    }

static const struct json_name names[] = {
    IS(":authority", VHOST, 2),
    IS(":path", TARGET, 2),
    IS("@timestamp", TIME, 2),
    IS("agent", AGENT, 3),
    IS("args", QUERY, 0),
    IS("authority", VHOST, 2),
    IS("body_bytes_sent", BYTES, 0),
    IS("bytes", BYTES, 3),
    IS("bytes_out", BYTES, 3),
    IS("bytes_read", BYTES_IN, 1),
    IS("bytes_received", BYTES_IN, 1),
    WIRE("bytes_sent", 1),
    IS("client", CLIENT, 5),
    IS("client.address", CLIENT, 4),
    IS("client.ip", CLIENT, 3),
    IS("client_ip", CLIENT, 2),
    IS("clientaddr", CLIENT, 3),
    IS("clienthost", CLIENT, 2),
    IS("clientip", CLIENT, 2),
    IS("clientrequesthost", VHOST, 1),
    IS("clientrequestmethod", METHOD, 0),
    IS("clientrequestpath", PATH, 2),
    IS("clientrequestreferer", REFERER, 0),
    IS("clientrequesturi", TARGET, 0),
    IS("clientrequestuseragent", AGENT, 0),
    IS("clientusername", USER, 1),
    IS("downstream_remote_address", CLIENT, 1),
    IS("downstreamcontentsize", BYTES, 0),
    IS("downstreamstatus", STATUS, 0),
    WIRE("edgeresponsebytes", 1),
    IS("edgeresponsestatus", STATUS, 0),
    IS("edgestarttimestamp", TIME, 0),
    TOOK("event.duration", JSON_NANO),
    IS("headers.referer", REFERER, 1),
    IS("headers.user-agent", AGENT, 1),
    IS("host", VHOST, 1),
    IS("http.request.body.bytes", BYTES_IN, 0),
    IS("http.request.bytes", BYTES_IN, 1),
    IS("http.request.method", METHOD, 0),
    IS("http.request.referrer", REFERER, 0),
    IS("http.response.body.bytes", BYTES, 0),
    WIRE("http.response.bytes", 1),
    IS("http.response.status_code", STATUS, 0),
    IS("http_host", VHOST, 2),
    IS("http_referer", REFERER, 0),
    IS("http_referrer", REFERER, 0),
    IS("http_user_agent", AGENT, 0),
    IS("http_x_forwarded_for", FORWARDED, 0),
    IS("http_x_real_ip", FORWARDED, 2),
    TOOK("httprequest.latency", JSON_SECONDS),
    IS("httprequest.referer", REFERER, 0),
    IS("httprequest.remoteip", CLIENT, 0),
    IS("httprequest.requestmethod", METHOD, 0),
    IS("httprequest.requestsize", BYTES_IN, 0),
    IS("httprequest.requesturl", TARGET, 0),
    WIRE("httprequest.responsesize", 1),
    IS("httprequest.status", STATUS, 0),
    IS("httprequest.useragent", AGENT, 0),
    IS("method", METHOD, 1),
    IS("msec", TIME, 0),
    IS("path", TARGET, 3),
    IS("properties.clientip", CLIENT, 0),
    IS("properties.host", VHOST, 1),
    IS("properties.httpmethod", METHOD, 0),
    IS("properties.httpstatus", STATUS, 0),
    IS("properties.originalrequesturiwithargs", TARGET, 0),
    IS("properties.receivedbytes", BYTES_IN, 0),
    IS("properties.requestquery", QUERY, 0),
    IS("properties.requesturi", PATH, 0),
    WIRE("properties.sentbytes", 1),
    TOOK("properties.timetaken", JSON_SECONDS),
    IS("properties.useragent", AGENT, 0),
    IS("query_string", QUERY, 0),
    IS("referer", REFERER, 1),
    IS("referrer", REFERER, 1),
    IS("remote_addr", CLIENT, 1),
    IS("remote_ip", CLIENT, 1),
    IS("remote_user", USER, 0),
    IS("remoteaddr", CLIENT, 1),
    IS("remoteip", CLIENT, 1),
    IS("remoteuser", USER, 0),
    IS("request", REQUEST, 0),
    IS("request.client_ip", CLIENT, 0),
    IS("request.headers.referer", REFERER, 0),
    IS("request.headers.user-agent", AGENT, 0),
    IS("request.headers.x-forwarded-for", FORWARDED, 0),
    IS("request.host", VHOST, 0),
    IS("request.method", METHOD, 0),
    IS("request.remote_addr", CLIENT, 2),
    IS("request.remote_ip", CLIENT, 1),
    IS("request.uri", TARGET, 0),
    IS("request_length", BYTES_IN, 0),
    IS("request_line", REQUEST, 0),
    IS("request_method", METHOD, 0),
    IS("request_referer", REFERER, 0),
    TOOK("request_time", JSON_SECONDS),
    IS("request_uri", TARGET, 0),
    IS("request_user-agent", AGENT, 0),
    IS("request_user_agent", AGENT, 0),
    IS("request_x-forwarded-for", FORWARDED, 0),
    IS("requestcontentsize", BYTES_IN, 0),
    IS("requesthost", VHOST, 0),
    IS("requestmethod", METHOD, 0),
    IS("requestpath", TARGET, 1),
    IS("requesturi", TARGET, 1),
    IS("response_body_size", BYTES, 0),
    IS("response_code", STATUS, 0),
    IS("response_size", BYTES, 2),
    IS("response_status", STATUS, 1),
    IS("server_name", VHOST, 0),
    IS("size", BYTES, 2),
    IS("source.address", CLIENT, 2),
    IS("source.ip", CLIENT, 0),
    IS("start_time", TIME, 0),
    IS("startutc", TIME, 0),
    IS("status", STATUS, 1),
    IS("status_code", STATUS, 1),
    IS("statuscode", STATUS, 1),
    IS("time", TIME, 4),
    IS("time_iso8601", TIME, 1),
    IS("time_local", TIME, 1),
    IS("timestamp", TIME, 3),
    IS("ts", TIME, 1),
    IS("uri", TARGET, 1),
    IS("url", TARGET, 2),
    IS("url.domain", VHOST, 0),
    IS("url.full", TARGET, 1),
    IS("url.original", TARGET, 0),
    IS("url.path", PATH, 0),
    IS("url.query", QUERY, 0),
    IS("user", USER, 2),
    IS("user-agent", AGENT, 1),
    IS("user.name", USER, 0),
    IS("user_agent", AGENT, 1),
    IS("user_agent.original", AGENT, 0),
    IS("user_id", USER, 1),
    IS("useragent", AGENT, 1),
    IS("vhost", VHOST, 0),
    IS("x-envoy-origin-path", TARGET, 1),
    IS("x-envoy-original-path", TARGET, 1),
    IS("x-forwarded-for", FORWARDED, 0),
    IS("x_forwarded_for", FORWARDED, 0),
};

const struct json_name *json_name_of(struct str path)
{
    size_t low = 0, high = sizeof names / sizeof *names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(path, names[middle].path);
        if (order == 0) {
            return &names[middle];
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return NULL;
}

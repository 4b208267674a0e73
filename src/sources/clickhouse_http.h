/* Questions to a ClickHouse server over its HTTP interface, and answers as lines, in the memory of one line. The server is not
 * trusted: it may send anything, for as long as it likes. */
#ifndef ASSAY_SOURCES_CLICKHOUSE_HTTP_H
#define ASSAY_SOURCES_CLICKHOUSE_HTTP_H

#include <curl/curl.h>

#include "base/buf.h"
#include "sources/source.h"
#include "sources/url.h"

/* The error codes of ClickHouse that are acted on (src/Common/ErrorCodes.cpp). */
enum {
    CLICKHOUSE_UNKNOWN_IDENTIFIER = 47,
    CLICKHOUSE_UNKNOWN_TABLE = 60,
    CLICKHOUSE_SYNTAX_ERROR = 62,
    CLICKHOUSE_TIMEOUT = 159,
    CLICKHOUSE_READONLY = 164,
    CLICKHOUSE_ACCESS_DENIED = 497
};

struct clickhouse_http {
    CURL *curl;
    struct curl_slist *headers;
    char where[512];     /* the URI without a password */
    struct buf base;     /* "http://host:8123/?" */
    struct buf settings; /* "readonly=1&max_execution_time=60" */
    char trouble[CURL_ERROR_SIZE];
    bool has_password;
    bool is_in; /* from now on the server's own words are not repeated: they may quote the value they are about */
    int code;   /* of the last question: 0, or ClickHouse's error code */
};

/* Takes the values of one line, valid for the call. Returns 0, or -1 with err to stop. */
struct clickhouse_lines {
    void *self;
    int (*line)(void *self, const struct str *cells, struct err *err);
};

MUST_USE int clickhouse_http_open(struct clickhouse_http *http, const char *uri, const struct url *url, bool is_tls,
                                  const struct source_login *login, struct err *err);
void clickhouse_http_close(struct clickhouse_http *http);
/* Adds a setting to every question from now on; name and value are encoded here. */
void clickhouse_http_set(struct clickhouse_http *http, const char *name, const char *value);
/* Asks `sql`. A SELECT of count columns must end in one more, the constant '.': a server that breaks off puts its complaint into
 * the middle of the answer, and a line without that end is known for what it is. Statements that are no SELECT have is_select
 * false, and one column. err: IO, LIMIT (time, the server's bounds), FORMAT; http->code says more. */
MUST_USE int clickhouse_http_ask(struct clickhouse_http *http, struct str sql, size_t count, bool is_select,
                                 const struct clickhouse_lines *lines, struct err *err);

#endif

/* ClickHouse's HTTP interface through libcurl: https://clickhouse.com/docs/interfaces/http.
 *
 * Nothing but http and https to the host that was named: no redirect is followed, no proxy of the environment used, no .netrc
 * read. The account and the password are headers, so that no log of the server shows them in a URL. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/clickhouse_http.h"
#include "sources/clickhouse_tsv.h"

#include "base/banned.h"

enum { LINE_MAX_BYTES = 32 << 20, COMPLAINT_MAX_BYTES = 4096, COLUMNS_MAX = 20000 };

/* One answer on its way in. */
struct hearing {
    struct clickhouse_http *http;
    const struct clickhouse_lines *lines;
    struct str *cells;
    size_t count; /* values of a line, with the '.' at its end */
    bool is_select;
    struct buf line;      /* the beginning of a line whose end has not come */
    struct buf complaint; /* what the server said instead of an answer */
    struct err *err;
    int failed;
};

static int add_header(struct clickhouse_http *http, const char *name, const char *value, struct err *err)
{
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return err_set(err, ERR_USAGE, "%s: a control character in the account or the password", http->where);
        }
    }
    OWN(own_buf) struct buf header = {0};
    buf_printf(&header, "%s: %s", name, value);
    TRY(buf_check(&header, err));
    struct curl_slist *longer = curl_slist_append(http->headers, header.data);
    explicit_bzero(header.data, header.len);
    if (longer == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to connect");
    }
    http->headers = longer;
    return 0;
}

static int add_headers(struct clickhouse_http *http, const struct url *url, const struct source_login *login,
                       struct err *err)
{
    const char *password = login != NULL && login->password != NULL ? login->password : getenv("CLICKHOUSE_PASSWORD");
    TRY(add_header(http, "X-ClickHouse-User", url->account[0] == '\0' ? "default" : url->account, err));
    http->has_password = password != NULL && *password != '\0';
    if (http->has_password) {
        TRY(add_header(http, "X-ClickHouse-Key", password, err));
    }
    return add_header(http, "Expect", "", err); /* no waiting for 100-continue */
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *self);

/* All of it or nothing: an option that libcurl does not take is no option to go without. */
static int set_options(struct clickhouse_http *http, const struct url *url, const struct source_login *login,
                       struct err *err)
{
    CURL *curl = http->curl;
    long connect = login != NULL && login->connect_seconds != 0 ? (long)login->connect_seconds : 15;
    long statement = login != NULL && login->statement_seconds != 0 ? (long)login->statement_seconds : 1800;
    int bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, statement + 30) != CURLE_OK; /* the server's own limit comes first */
    bad |= curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L << 10) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->headers) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->trouble) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "assay") != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes) != CURLE_OK;
    if (url_option(url, "ca") != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, url_option(url, "ca")) != CURLE_OK;
    }
    return bad == 0 ? 0 : err_set(err, ERR_BUG, "libcurl does not take an option");
}

int clickhouse_http_open(struct clickhouse_http *http, const char *uri, const struct url *url, bool is_tls,
                         const struct source_login *login, struct err *err)
{
    source_display(uri, http->where, sizeof http->where);
    http->curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    if (http->curl == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to connect");
    }
    const char *host = url->host[0] == '\0' ? "localhost" : url->host;
    for (const char *c = host; *c != '\0'; c++) {
        if (strchr("/?#@\\% ", *c) != NULL) {
            return err_set(err, ERR_USAGE, "%s: '%c' in the name of a host", http->where, *c);
        }
    }
    bool is_v6 = strchr(host, ':') != NULL;
    buf_printf(&http->base, "%s://%s%s%s:%u/?", is_tls ? "https" : "http", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
               url->port != 0 ? url->port
               : is_tls       ? 8443
                              : 8123);
    TRY(buf_check(&http->base, err));
    TRY(add_headers(http, url, login, err));
    return set_options(http, url, login, err);
}

void clickhouse_http_close(struct clickhouse_http *http)
{
    curl_easy_cleanup(http->curl);
    for (struct curl_slist *each = http->headers; each != NULL; each = each->next) {
        explicit_bzero(each->data, strlen(each->data));
    }
    curl_slist_free_all(http->headers);
    buf_free(&http->base);
    buf_free(&http->settings);
}

void clickhouse_http_set(struct clickhouse_http *http, const char *name, const char *value)
{
    char *encoded = curl_easy_escape(http->curl, value, 0);
    buf_printf(&http->settings, "%s%s=%s", http->settings.len == 0 ? "" : "&", name, encoded == NULL ? "" : encoded);
    http->settings.failed = http->settings.failed || encoded == NULL;
    curl_free(encoded);
}

/* "Code: 497. DB::Exception: ..." since 21.7, "Code: 291, e.displayText() = DB::Exception: ..." before; up to 20 also
 * "Poco::Exception. Code: 1000, ...". */
static int code_of(struct str text)
{
    size_t at = str_find(text, STR("Code: "), 0);
    struct str digits = str_slice(text, at == SIZE_MAX ? text.len : at + 6, text.len);
    int code = 0;
    for (size_t i = 0; i < digits.len && i < 6 && digits.data[i] >= '0' && digits.data[i] <= '9'; i++) {
        code = code * 10 + (digits.data[i] - '0');
    }
    return code;
}

static bool is_refusal(int code)
{
    return code == 192 || code == 193 || code == 194 || code == 195 || code == 516; /* user, password, address */
}

static bool is_bound(int code)
{
    return code == CLICKHOUSE_TIMEOUT || code == 158 || code == 160 || code == 201 || code == 202 || code == 241 ||
           code == 307 || code == 396; /* rows, slow, quota, queries at once, memory, bytes */
}

/* What the server says before anything of a table was asked for, without its own wrapping; later only its code is told. */
static struct str words_of(const struct hearing *h, struct str text)
{
    if (h->http->is_in) {
        return (struct str){"", 0};
    }
    struct str said = str_trim(str_cut(text, '\n').head);
    size_t at = str_find(said, STR("DB::Exception: "), 0);
    said = at == SIZE_MAX ? said : str_slice(said, at + 15, said.len);
    size_t tail = str_find(said, STR(", e.what() ="), 0);
    said = str_slice(said, 0, tail == SIZE_MAX ? said.len : tail);
    return str_slice(said, 0, 300);
}

static int complain(struct hearing *h, struct str text, long status)
{
    int code = code_of(text);
    h->http->code = code;
    struct str said = words_of(h, text);
    const char *colon = said.len > 0 ? ": " : "";
    if (code == 0 && status != 401 && status != 403) {
        err_set(h->err, ERR_FORMAT, "%s: no answer of a ClickHouse server (HTTP %ld)%s%.*s", h->http->where, status,
                colon, STR_FMT(str_slice(said, 0, 120)));
        return err_remedy(h->err, "give the port of its HTTP interface (8123, or 8443 with clickhouses://)");
    }
    if (is_refusal(code) || status == 401 || status == 403) {
        err_set(h->err, ERR_IO, "%s: the server refuses this account (code %d)%s%.*s", h->http->where, code, colon,
                STR_FMT(said));
        return err_remedy(h->err, "check the account in the URI and the password in CLICKHOUSE_PASSWORD");
    }
    if (is_bound(code)) {
        return err_set(h->err, ERR_LIMIT, "%s: the server broke off at a limit (code %d)%s%.*s", h->http->where, code,
                       colon, STR_FMT(said));
    }
    return err_set(h->err, ERR_IO, "%s: the server answered with an error (code %d)%s%.*s", h->http->where, code, colon,
                   STR_FMT(said));
}

static int hear_line(struct hearing *h, char *line, size_t len)
{
    bool is_plain = !h->is_select;
    struct str whole = {line, len};
    bool is_whole = is_plain || str_ends(whole, STR("\t."));
    if (!is_whole || (is_plain && str_starts(whole, STR("Code: ")))) {
        bool is_complaint = str_find(whole, STR("Exception"), 0) != SIZE_MAX && code_of(whole) != 0;
        return is_complaint ? complain(h, whole, 200)
                            : err_set(h->err, ERR_FORMAT, "%s: a line that is no answer", h->http->where);
    }
    size_t found = clickhouse_tsv(line, len, h->cells, h->count);
    if (found != h->count) {
        return err_set(h->err, ERR_FORMAT, "%s: %zu values where %zu were asked for", h->http->where, found, h->count);
    }
    return h->lines->line(h->lines->self, h->cells, h->err);
}

/* Whole lines are heard where they lie; the rest waits for its end. */
static int hear(struct hearing *h, char *bytes, size_t count)
{
    char *end = bytes + count;
    while (bytes < end) {
        char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t piece = newline == NULL ? (size_t)(end - bytes) : (size_t)(newline - bytes);
        if (h->line.len + piece > LINE_MAX_BYTES) {
            return err_set(h->err, ERR_LIMIT, "%s: a line longer than %d MiB", h->http->where, LINE_MAX_BYTES >> 20);
        }
        if (h->line.len > 0 || newline == NULL) {
            buf_put(&h->line, (struct str){bytes, piece});
            TRY(buf_check(&h->line, h->err));
        }
        if (newline != NULL) {
            bool is_kept = h->line.len > 0;
            TRY(hear_line(h, is_kept ? h->line.data : bytes, is_kept ? h->line.len : piece));
            buf_reset(&h->line);
        }
        bytes = newline == NULL ? end : newline + 1;
    }
    return 0;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *self)
{
    struct hearing *h = self;
    long status = 0;
    (void)curl_easy_getinfo(h->http->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        size_t room = COMPLAINT_MAX_BYTES - h->complaint.len;
        buf_put(&h->complaint, (struct str){bytes, size * count < room ? size * count : room});
        return h->complaint.len < COMPLAINT_MAX_BYTES ? size * count : 0;
    }
    h->failed = hear(h, bytes, size * count);
    return h->failed == 0 ? size * count : 0; /* anything else ends the transfer */
}

static int transport_failed(struct clickhouse_http *http, CURLcode result, struct err *err)
{
    bool is_tls = str_starts(buf_str(&http->base), STR("https:"));
    const char *said = http->trouble[0] != '\0' ? http->trouble : curl_easy_strerror(result);
    err_set(err, result == CURLE_OPERATION_TIMEDOUT ? ERR_LIMIT : ERR_IO, "%s: %s", http->where, said);
    switch ((int)result) {
    case CURLE_COULDNT_CONNECT:
        return err_remedy(err,
                          "is the server there, and this the port of its HTTP interface (8123, or 8443 with TLS)?");
    case CURLE_PEER_FAILED_VERIFICATION:
        return err_remedy(err, "name the file of its authority: ?ca=/etc/ssl/its-ca.pem");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return is_tls ? err_remedy(err, "does the server speak TLS there? clickhouse:// is without") : -1;
    case CURLE_GOT_NOTHING: /* also a server without TLS that ends the talk */
        return err_remedy(err, is_tls ? "does the server speak TLS there? clickhouse:// is without"
                                      : "give the port of its HTTP interface (8123), not of its native one (9000)");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return err_remedy(err, "give the port of its HTTP interface (8123), not of its native one (9000)");
    default:
        return -1;
    }
}

static int converse(struct hearing *h, struct str sql)
{
    struct clickhouse_http *http = h->http;
    OWN(own_buf) struct buf url = {0};
    buf_put(&url, buf_str(&http->base));
    buf_put(&url, buf_str(&http->settings));
    TRY(buf_check(&url, h->err));
    TRY(buf_check(&http->settings, h->err));
    http->trouble[0] = '\0';
    int bad = curl_easy_setopt(http->curl, CURLOPT_URL, url.data) != CURLE_OK;
    bad |= curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, sql.data) != CURLE_OK;
    bad |= curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sql.len) != CURLE_OK;
    bad |= curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, h) != CURLE_OK;
    CURLcode result = bad ? CURLE_OUT_OF_MEMORY : curl_easy_perform(http->curl);
    long status = 0;
    (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    if (h->failed != 0) {
        return -1;
    }
    if (status != 200 && (result == CURLE_OK || h->complaint.len > 0)) {
        return complain(h, buf_str(&h->complaint), status);
    }
    if (result != CURLE_OK) {
        return transport_failed(http, result, h->err);
    }
    return h->line.len == 0 ? 0 : hear_line(h, h->line.data, h->line.len); /* a complaint may lack its newline */
}

int clickhouse_http_ask(struct clickhouse_http *http, struct str sql, size_t count, bool is_select,
                        const struct clickhouse_lines *lines, struct err *err)
{
    http->code = 0;
    count += is_select ? 1 : 0;
    if (count > COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "%s: more than %d columns", http->where, COLUMNS_MAX - 1);
    }
    OWN(own_mem) struct str *cells = calloc(count, sizeof *cells);
    if (cells == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", count);
    }
    struct hearing hearing = {
        .http = http, .lines = lines, .cells = cells, .count = count, .is_select = is_select, .err = err};
    int result = converse(&hearing, sql);
    buf_free(&hearing.line);
    buf_free(&hearing.complaint);
    return result;
}

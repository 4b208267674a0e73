/* URIs of databases, cut at their marks; nothing is looked up. */
#include "reach/uri.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

static size_t find_last(struct str text, char byte)
{
    for (size_t i = text.len; i > 0; i--) {
        if (text.data[i - 1] == byte) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

/* "host:port", "[::1]:port", "::1" */
static void cut_host(struct str text, struct str *ret_host, struct str *ret_port)
{
    *ret_port = (struct str){"", 0};
    if (text.len != 0 && text.data[0] == '[') {
        size_t close = str_find(text, STR("]"), 0);
        size_t end = close == SIZE_MAX ? text.len : close;
        *ret_host = str_slice(text, 1, end);
        *ret_port = str_slice(text, end + 2, text.len);
        return;
    }
    size_t colon = str_find(text, STR(":"), 0);
    *ret_host = text;
    if (colon != SIZE_MAX && find_last(text, ':') == colon) { /* two colons without brackets: IPv6 */
        *ret_host = str_slice(text, 0, colon);
        *ret_port = str_slice(text, colon + 1, text.len);
    }
}

bool uri_cut(struct str text, struct uri *ret_uri)
{
    size_t mark = str_find(text, STR("://"), 0);
    if (mark == SIZE_MAX || mark == 0) {
        return false;
    }
    struct uri uri = {.scheme = str_slice(text, 0, mark)};
    struct str_cut query = str_cut(str_slice(text, mark + 3, text.len), '?');
    struct str_cut path = str_cut(query.head, '/');
    size_t at = find_last(path.head, '@');
    uri.query = query.tail;
    uri.database = path.tail;
    uri.account = at == SIZE_MAX ? STR("") : str_slice(path.head, 0, at);
    cut_host(at == SIZE_MAX ? path.head : str_slice(path.head, at + 1, path.head.len), &uri.host, &uri.port);
    *ret_uri = uri;
    return true;
}

void uri_put(struct buf *out, const struct uri *uri)
{
    bool is_v6 = uri->host.len != 0 && memchr(uri->host.data, ':', uri->host.len) != NULL;
    buf_put(out, uri->scheme);
    buf_puts(out, "://");
    if (uri->account.len != 0) {
        buf_put(out, uri->account);
        buf_putc(out, '@');
    }
    buf_puts(out, is_v6 ? "[" : "");
    buf_put(out, uri->host);
    buf_puts(out, is_v6 ? "]" : "");
    if (uri->port.len != 0) {
        buf_putc(out, ':');
        buf_put(out, uri->port);
    }
    buf_putc(out, '/');
    buf_put(out, uri->database);
    if (uri->query.len != 0) {
        buf_putc(out, '?');
        buf_put(out, uri->query);
    }
}

void uri_encode(struct buf *out, struct str raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char byte = (unsigned char)raw.data[i];
        bool is_plain = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '-' ||
                        byte == '.' || byte == '_' || byte == '~';
        if (is_plain) {
            buf_putc(out, (char)byte);
        } else {
            buf_printf(out, "%%%02X", byte);
        }
    }
}

bool uri_decode(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%') {
            buf_putc(out, text.data[i]);
            continue;
        }
        int high = i + 2 < text.len ? str_hex_digit(text.data[i + 1]) : -1;
        int low = i + 2 < text.len ? str_hex_digit(text.data[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return false;
        }
        buf_putc(out, (char)(high * 16 + low));
        i += 2;
    }
    return true;
}

static bool is_port(struct str port)
{
    uint64_t number;
    return port.len == 0 || (str_u64(port, &number) && number > 0 && number < 65536);
}

int uri_at_read(const char *text, struct uri_at *ret_at, struct err *err)
{
    struct str_cut cut = str_cut(str_of(text), '=');
    struct uri_at at = {0};
    cut_host(str_trim(cut.head), &at.from_host, &at.from_port);
    cut_host(str_trim(cut.tail), &at.host, &at.port);
    bool is_clean = true;
    for (size_t i = 0; i < cut.tail.len; i++) { /* it becomes part of a URI */
        is_clean = is_clean && strchr("/?#@ ", cut.tail.data[i]) == NULL;
    }
    if (!cut.found || at.from_host.len == 0 || at.host.len == 0 || !is_port(at.port) || !is_port(at.from_port) ||
        !is_clean) {
        err_set(err, ERR_USAGE, "--at is not HOST=HOST:PORT: '%s'", text);
        return err_remedy(err, "as in --at db.internal=127.0.0.1:3307");
    }
    *ret_at = at;
    return 0;
}

static bool is_here(struct str host)
{
    static const char *const names[] = {"", "localhost", "127.0.0.1", "::1", "localhost.localdomain"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(host, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

bool uri_same_host(struct str a, struct str b)
{
    return str_eq_nocase(a, b) || (is_here(a) && is_here(b));
}

struct str uri_family(struct str scheme)
{
    static const char *const families[][2] = {
        {"mariadb", "mysql"}, {"postgres", "postgresql"}, {"clickhouses", "clickhouse"}, {"rediss", "redis"}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (str_eq(scheme, str_of(families[i][0]))) {
            return str_of(families[i][1]);
        }
    }
    return scheme;
}

static struct str usual_port(struct str scheme)
{
    static const char *const ports[][2] = {{"mysql", "3306"},    {"mariadb", "3306"},    {"postgresql", "5432"},
                                           {"postgres", "5432"}, {"redis", "6379"},      {"rediss", "6379"},
                                           {"mongodb", "27017"}, {"clickhouse", "8123"}, {"clickhouses", "8443"}};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (str_eq(scheme, str_of(ports[i][0]))) {
            return str_of(ports[i][1]);
        }
    }
    return STR("");
}

struct str uri_port(const struct uri *uri)
{
    return uri->port.len != 0 ? uri->port : usual_port(uri->scheme);
}

bool uri_at_fits(const struct uri_at *at, const struct uri *uri)
{
    bool same_port = at->from_port.len == 0 || str_eq(at->from_port, uri_port(uri));
    return same_port && uri_same_host(at->from_host, uri->host);
}

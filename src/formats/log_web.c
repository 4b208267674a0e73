/* What readers of access logs share: addresses, request lines, numbers. */
#include "formats/log_web.h"

#include "base/str.h"

#include "base/banned.h"

static bool is_ipv4(struct str text)
{
    unsigned parts = 0, digits = 0, value = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.data[i] == '.') {
            if (digits == 0 || value > 255) {
                return false;
            }
            parts++;
            digits = value = 0;
        } else if (str_is_digit(text.data[i]) && digits < 3) {
            value = value * 10 + (unsigned)(text.data[i] - '0');
            digits++;
        } else {
            return false;
        }
    }
    return parts == 4;
}

/* RFC 4291 section 2.2, and a zone behind it ("%eth0", RFC 4007). */
static bool is_ipv6(struct str text)
{
    text = str_cut(text, '%').head;
    unsigned groups = 0;
    bool has_gap = str_starts(text, STR("::"));
    size_t at = has_gap ? 2 : 0;
    while (at < text.len) {
        size_t from = at;
        while (at < text.len && str_hex_digit(text.data[at]) >= 0) {
            at++;
        }
        if (at < text.len && text.data[at] == '.') {
            return (has_gap ? groups <= 5 : groups == 6) && is_ipv4(str_slice(text, from, text.len));
        }
        if (at == from || at - from > 4) {
            return false;
        }
        groups++;
        if (at == text.len) {
            break;
        }
        if (text.data[at++] != ':' || at == text.len) {
            return false;
        }
        if (text.data[at] == ':') {
            if (has_gap) {
                return false;
            }
            has_gap = true;
            at++;
        }
    }
    return has_gap ? groups <= 7 : groups == 8;
}

static bool is_host_name(struct str text)
{
    bool has_letter = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        has_letter |= str_is_letter(c);
        if (!str_is_letter(c) && !str_is_digit(c) && c != '.' && c != '-' && c != '_') {
            return false;
        }
    }
    return has_letter && text.len <= 255;
}

bool web_is_client(struct str text)
{
    if (text.len == 0 || text.len > 255) {
        return false;
    }
    if (memchr(text.data, ':', text.len) != NULL) {
        return is_ipv6(text) || str_eq(text, STR("unix:"));
    }
    return is_ipv4(text) || is_host_name(text);
}

bool web_is_method(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!str_is_letter(text.data[i]) && text.data[i] != '_' && text.data[i] != '-') {
            return false;
        }
    }
    return text.len > 0 && text.len <= 32 && text.data[0] != '-';
}

struct str web_without_port(struct str text)
{
    if (text.len > 2 && text.data[0] == '[') {
        size_t end = str_find(text, STR("]"), 1);
        return end != SIZE_MAX ? str_slice(text, 1, end) : text;
    }
    size_t colon = text.len;
    while (colon > 0 && str_is_digit(text.data[colon - 1])) {
        colon--;
    }
    bool has_port = colon > 1 && colon < text.len && text.data[colon - 1] == ':';
    struct str host = has_port ? str_slice(text, 0, colon - 1) : text;
    /* "2001:db8::1" has a port as little as "2001:db8::1:4711" can be told from an address: an IPv6 address stays whole */
    return has_port && memchr(host.data, ':', host.len) == NULL ? host : text;
}

struct str web_last_forwarded(struct str list)
{
    size_t from = list.len;
    while (from > 0 && list.data[from - 1] != ',') {
        from--;
    }
    return web_without_port(str_trim(str_slice(list, from, list.len)));
}

struct str web_without_origin(struct str url)
{
    size_t scheme = str_find(str_slice(url, 0, 12), STR("://"), 0);
    if (scheme == SIZE_MAX || scheme == 0 || !str_is_letter(url.data[0])) {
        return url;
    }
    size_t at = scheme + 3;
    while (at < url.len && url.data[at] != '/' && url.data[at] != '?') {
        at++;
    }
    return at < url.len && url.data[at] == '/' ? str_slice(url, at, url.len) : url;
}

struct web_request web_request(struct str text)
{
    struct str_cut cut = str_cut(text, ' ');
    if (!cut.found || cut.tail.len == 0 || !web_is_method(cut.head)) {
        return (struct web_request){{text.data, 0}, {text.data, 0}};
    }
    struct str target = cut.tail;
    if (target.len >= 10 && memcmp(target.data + target.len - 9, " HTTP/", 6) == 0) {
        target.len -= 9;
    } else if (target.len >= 8 && memcmp(target.data + target.len - 7, " HTTP/", 6) == 0) {
        target.len -= 7;
    }
    return (struct web_request){cut.head, target};
}

bool web_count(struct str text, uint64_t *ret_count)
{
    *ret_count = LOG_NO_BYTES;
    return web_unless_dash(text).len == 0 || (text.len <= 19 && str_u64(text, ret_count));
}

bool web_scaled(struct str text, uint64_t scale, uint64_t *ret_count)
{
    *ret_count = LOG_NO_BYTES;
    if (web_unless_dash(text).len == 0 || str_eq(text, STR("-1"))) {
        return true;
    }
    struct str_cut cut = str_cut(text, '.');
    uint64_t whole;
    if (cut.head.len > 12 || !str_u64(cut.head, &whole)) {
        return false;
    }
    uint64_t value = whole * scale;
    for (size_t i = 0; i < cut.tail.len; i++) {
        if (!str_is_digit(cut.tail.data[i])) {
            return false;
        }
        scale /= 10;
        value += scale * (uint64_t)(cut.tail.data[i] - '0');
    }
    *ret_count = value;
    return true;
}

bool web_status(struct str text, uint16_t *ret_status)
{
    uint64_t value = 0;
    *ret_status = 0;
    if (web_unless_dash(text).len == 0 || str_eq(text, STR("-1")) || str_eq(text, STR("0"))) {
        return true;
    }
    if (text.len != 3 || !str_u64(text, &value)) {
        return false;
    }
    *ret_status = (uint16_t)value;
    return true;
}

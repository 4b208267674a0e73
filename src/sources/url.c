/* URIs of database servers. Each part is cut first and decoded then, so that an encoded '@' or '/' separates nothing. */
#include <stdio.h>

#include "base/str.h"
#include "sources/source.h"
#include "sources/url.h"

#include "base/banned.h"

/* False for a bad percent, a control character, or what does not fit. */
static bool decode(struct str part, char *out, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < part.len; i++) {
        unsigned char byte = (unsigned char)part.data[i];
        if (byte == '%') {
            int high = part.len - i > 2 ? str_hex_digit(part.data[i + 1]) : -1;
            int low = part.len - i > 2 ? str_hex_digit(part.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            byte = (unsigned char)(high * 16 + low);
            i += 2;
        }
        if (byte < 0x20 || byte == 0x7f || len + 1 >= room) {
            return false;
        }
        out[len++] = (char)byte;
    }
    out[len] = '\0';
    return true;
}

static bool is_known(const char *const *known, const char *name)
{
    for (; *known != NULL; known++) {
        if (strcmp(*known, name) == 0) {
            return true;
        }
    }
    return false;
}

static int read_options(struct str text, const char *const *known, struct url *url, struct err *err)
{
    while (text.len > 0) {
        struct str_cut each = str_cut(text, '&');
        struct str_cut pair = str_cut(each.head, '=');
        text = each.tail;
        if (url->option_count == URL_OPTIONS_MAX) {
            return err_set(err, ERR_USAGE, "too many options");
        }
        char *name = url->options[url->option_count].name;
        char *value = url->options[url->option_count].value;
        if (!decode(pair.head, name, sizeof url->options[0].name) ||
            !decode(pair.tail, value, sizeof url->options[0].value)) {
            return err_set(err, ERR_USAGE, "an option that cannot be read");
        }
        if (!is_known(known, name)) {
            return err_set(err, ERR_USAGE, "no option is called '%s'", name);
        }
        url->option_count++;
    }
    return 0;
}

static int read_host(struct str text, struct url *url, struct err *err)
{
    struct str host = text;
    struct str port = {NULL, 0};
    bool has_port = false;
    if (text.len > 0 && text.data[0] == '[') {
        struct str_cut cut = str_cut(str_slice(text, 1, text.len), ']');
        host = cut.head;
        has_port = cut.tail.len > 0 && cut.tail.data[0] == ':';
        port = str_slice(cut.tail, 1, cut.tail.len);
        if (!cut.found || (cut.tail.len > 0 && !has_port)) {
            return err_set(err, ERR_USAGE, "an address in brackets that does not end");
        }
    } else {
        struct str_cut cut = str_cut(text, ':');
        host = cut.head;
        port = cut.tail;
        has_port = cut.found;
    }
    uint64_t number = 0;
    if (has_port && (!str_u64(port, &number) || number == 0 || number > 65535)) {
        return err_set(err, ERR_USAGE, "the port is not a number from 1 to 65535");
    }
    url->port = (unsigned)number;
    return decode(host, url->host, sizeof url->host) ? 0 : err_set(err, ERR_USAGE, "a host that cannot be read");
}

static int read_parts(const char *uri, const char *const *known, struct url *url, struct err *err)
{
    struct str text = str_of(uri);
    size_t scheme = str_find(text, STR("://"), 0);
    text = str_slice(text, scheme == SIZE_MAX ? 0 : scheme + 3, text.len);
    struct str_cut question = str_cut(text, '?');
    struct str_cut slash = str_cut(question.head, '/');
    size_t at = SIZE_MAX; /* the last one: an unencoded '@' belongs to what stands before the host */
    for (size_t i = 0; i < slash.head.len; i++) {
        at = slash.head.data[i] == '@' ? i : at;
    }
    struct str account = at == SIZE_MAX ? (struct str){NULL, 0} : str_slice(slash.head, 0, at);
    if (str_find(account, STR(":"), 0) != SIZE_MAX) {
        return err_set(err, ERR_USAGE, "a password does not belong in a URI");
    }
    if (!decode(account, url->account, sizeof url->account)) {
        return err_set(err, ERR_USAGE, "an account that cannot be read");
    }
    if (!decode(slash.tail, url->database, sizeof url->database)) {
        return err_set(err, ERR_USAGE, "a database that cannot be read");
    }
    TRY(read_host(str_slice(slash.head, at == SIZE_MAX ? 0 : at + 1, slash.head.len), url, err));
    return read_options(question.tail, known, url, err);
}

int url_read(const char *uri, const char *const *known, struct url *ret_url, struct err *err)
{
    char where[512];
    *ret_url = (struct url){0};
    if (read_parts(uri, known, ret_url, err) != 0) {
        source_display(uri, where, sizeof where);
        return err_where(err, "%s", where);
    }
    return 0;
}

const char *url_option(const struct url *url, const char *name)
{
    for (size_t i = 0; i < url->option_count; i++) {
        if (strcmp(url->options[i].name, name) == 0) {
            return url->options[i].value;
        }
    }
    return NULL;
}

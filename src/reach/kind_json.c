/* Not a reader of JSON but a look at it: what stands as "name": value. One pass, no memory. */
#include "reach/kind_json.h"

#include "base/str.h"

#include "base/banned.h"

/* Where the text that begins at `at` ends: its closing quote, or the end of all. */
static size_t quote_end(struct str text, size_t at)
{
    while (at < text.len && text.data[at] != '"') {
        at += text.data[at] == '\\' ? 2 : 1;
    }
    return at < text.len ? at : text.len;
}

static size_t skip_blank(struct str text, size_t at)
{
    while (at < text.len &&
           (text.data[at] == ' ' || text.data[at] == '\n' || text.data[at] == '\t' || text.data[at] == '\r')) {
        at++;
    }
    return at;
}

static size_t scalar_end(struct str text, size_t at)
{
    while (at < text.len && strchr(",}] \n\t\r", text.data[at]) == NULL) {
        at++;
    }
    return at;
}

bool kind_json_next(struct kind_json *json, struct str *ret_name, struct str *ret_value)
{
    struct str text = json->text;
    while (json->members < KIND_JSON_MEMBERS && json->at < text.len) {
        const char *quote = memchr(text.data + json->at, '"', text.len - json->at);
        if (quote == NULL) {
            break;
        }
        size_t from = (size_t)(quote - text.data) + 1;
        size_t end = quote_end(text, from);
        json->at = skip_blank(text, end + 1);
        if (json->at >= text.len || text.data[json->at] != ':') {
            continue;
        }
        json->at = skip_blank(text, json->at + 1);
        if (json->at >= text.len || text.data[json->at] == '{' || text.data[json->at] == '[') {
            continue;
        }
        bool is_text = text.data[json->at] == '"';
        size_t begin = json->at + is_text;
        size_t stop = is_text ? quote_end(text, begin) : scalar_end(text, begin);
        json->at = stop + is_text;
        json->members++;
        *ret_name = str_slice(text, from, end);
        *ret_value = str_slice(text, begin, stop);
        return true;
    }
    return false;
}

/* The sink's name as it is written, with its arguments; where the name was folded from pieces, the call around the place
 * where the visitor's data enters. */
#include <ctype.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/offend.h"

#include "base/banned.h"

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '$';
}

/* The end of what opens at or behind `at`, past its closing bracket; the end of the word if nothing opens. */
static size_t call_end(struct str code, size_t at)
{
    size_t depth = 0;
    while (at < code.len && code.data[at] == ' ') {
        at++;
    }
    if (at == code.len || code.data[at] != '(') {
        return 0;
    }
    for (; at < code.len; at++) {
        depth += code.data[at] == '(';
        depth -= code.data[at] == ')';
        if (depth == 0) {
            return at + 1;
        }
    }
    return code.len;
}

/* `name`, as a word of its own, and its arguments. */
static struct offend call_of(struct str code, struct str name)
{
    for (size_t at = str_find_nocase(code, name, 0); name.len != 0 && at != SIZE_MAX;
         at = str_find_nocase(code, name, at + 1)) {
        size_t end = at + name.len;
        if ((at == 0 || !is_word(code.data[at - 1])) && (end == code.len || !is_word(code.data[end]))) {
            size_t close = call_end(code, end);
            return (struct offend){at, close != 0 ? close : end};
        }
    }
    return (struct offend){0, 0};
}

/* The call that encloses offset `inner`, with the word before its bracket: the one of a variable if there is one, as that is
 * where a folded name is called. */
static struct offend call_around(struct str code, size_t inner)
{
    struct offend nearest = {0, 0};
    size_t depth = 0, at = inner;
    while (at > 0) {
        at--;
        if (code.data[at] == '(' && depth == 0) {
            size_t from = at;
            while (from > 0 && is_word(code.data[from - 1])) {
                from--;
            }
            struct offend call = {from, call_end(code, at)};
            if (code.data[from] == '$') {
                return call;
            }
            nearest = nearest.to == 0 ? call : nearest;
            continue;
        }
        depth += code.data[at] == ')';
        depth -= code.data[at] == '(';
    }
    return nearest;
}

/* `field "q" of $_POST`: the last word that begins with "$". */
static size_t source_in(struct str code, struct str step)
{
    const char *dollar = step.len != 0 ? memrchr(step.data, '$', step.len) : NULL;
    if (dollar == NULL) {
        return SIZE_MAX;
    }
    size_t from = (size_t)(dollar - step.data), to = from;
    while (to < step.len && is_word(step.data[to])) {
        to++;
    }
    return str_find(code, str_slice(step, from, to), 0);
}

struct offend offend_find(const json_t *reasons, json_int_t line, struct str code)
{
    size_t i;
    const json_t *reason;
    struct offend around = {0, 0};
    json_array_foreach(reasons, i, reason)
    {
        const json_t *steps = json_object_get(reason, "steps");
        size_t count = json_array_size(steps);
        if (count == 0 || json_int(reason, "line", 0) != line) {
            continue;
        }
        struct str sink = str_of(json_text(json_array_get(steps, count - 1), "text", ""));
        struct offend call = call_of(code, str_cut(sink, '(').head);
        if (call.to != 0) {
            return call;
        }
        size_t at = source_in(code, str_of(json_text(json_array_get(steps, 0), "text", "")));
        around = at != SIZE_MAX && around.to == 0 ? call_around(code, at) : around;
    }
    return around;
}

const char *offend_code(const json_t *finding)
{
    size_t i;
    const json_t *reason;
    const char *text = NULL;
    json_array_foreach(json_object_get(finding, "reasons"), i, reason)
    {
        bool is_it = strcmp(json_text(reason, "kind", ""), "code") == 0 &&
                     json_int(reason, "line", 0) == json_int(finding, "line", 0);
        text = is_it ? json_text(reason, "text", NULL) : text;
    }
    return text;
}

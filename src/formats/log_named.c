/* Names in complaints. The text may quote what a visitor sent, so a name is a hint: it is compared, never opened. */
#include "formats/log_named.h"

#include "base/banned.h"

struct str log_first_line(struct str record)
{
    struct str line = str_cut(record, '\n').head;
    line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
    return line;
}

/* ":7" or " on line 7" behind a script's name. */
static struct str script_before(struct str text)
{
    size_t end = str_find(text, STR(" on line "), 0);
    if (end == SIZE_MAX) {
        end = 0;
        while (end < text.len && text.data[end] != ' ' && text.data[end] != '\n') {
            end++;
        }
        size_t digits = end;
        while (digits > 0 && text.data[digits - 1] >= '0' && text.data[digits - 1] <= '9') {
            digits--;
        }
        if (digits == end || digits == 0 || text.data[digits - 1] != ':') {
            return (struct str){0};
        }
        end = digits - 1;
    }
    struct str name = str_slice(text, 0, end);
    size_t inner = str_find(name, STR("("), 0); /* a.php(3) : eval()'d code */
    if (inner != SIZE_MAX && str_find(name, STR(") : "), inner) != SIZE_MAX) {
        name.len = inner;
    }
    return memchr(name.data, '\n', name.len) == NULL ? name : (struct str){0};
}

/* Where the last `mark` of text begins, which ends in '/'; SIZE_MAX if there is none. */
static size_t find_last(struct str text, struct str mark)
{
    while (text.len >= mark.len) {
        const char *slash = memrchr(text.data, '/', text.len);
        if (slash == NULL) {
            break;
        }
        text.len = (size_t)(slash - text.data) + 1;
        if (str_ends(text, mark)) {
            return text.len - mark.len;
        }
        text.len--;
    }
    return SIZE_MAX;
}

/* From the back, since the last one counts; and each is looked at no further than to the one behind it, since a complaint of a
 * megabyte may hold a hundred thousand. */
static struct str php_script(struct str message)
{
    static const struct str mark = STR_INIT(" in /"), line_mark = STR_INIT(" on line ");
    struct str found = {0}, before = message;
    size_t end = message.len;
    for (size_t at = find_last(before, mark); at != SIZE_MAX && found.len == 0; at = find_last(before, mark)) {
        found = script_before(str_slice(message, at + 4, end));
        end = at + line_mark.len < message.len ? at + line_mark.len : message.len;
        before.len = at;
    }
    return found;
}

static bool is_name_end(char c)
{
    return c == '"' || c == '\'' || c == '\n' || c == '\r' || c == ',' || c == ';' || c == '`';
}

struct str log_named_file(struct str message)
{
    struct str script = php_script(message);
    for (size_t at = 0; script.len == 0 && at + 1 < message.len; at++) {
        char before = at == 0 ? ' ' : message.data[at - 1];
        bool is_quoted = before == '"' || before == '\'';
        if (message.data[at] != '/' || message.data[at + 1] == ' ' || (!is_quoted && before != ' ')) {
            continue;
        }
        size_t end = at;
        while (end < message.len && !is_name_end(message.data[end]) && (is_quoted || message.data[end] != ' ')) {
            end++;
        }
        while (end > at &&
               (message.data[end - 1] == ':' || message.data[end - 1] == '.' || message.data[end - 1] == ')')) {
            end--;
        }
        script = end > at + 1 ? str_slice(message, at, end) : script;
    }
    return script;
}

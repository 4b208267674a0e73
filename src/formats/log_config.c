/* Log formats in servers' configurations.
 *
 * A configuration is not read as its server would: what is wanted are single directives, wherever they stand. Each is
 * kept as it is written and taken apart later, by the same code that takes apart what a person gives as a format.
 *
 *   LogFormat "%h \"%r\"" nick         a backslash at the end of a line goes on on the next; \" and \\ (ap_getword_conf), then
 *                                      \n, \t and \\ (mod_log_config)
 *   log_format nick escape=json 'a'    up to ";", over several lines; the strings are one; \" \' \\ \t \r \n
 *     "b";                             (ngx_conf_read_token)
 *   access.format = "%R \"%m %r\""     one line; \" (PHP's ini files)
 *   log_line_prefix = '%m [%p] '       one line; '' and \' (postgresql.conf) */
#include "formats/log_config.h"

#include "base/str.h"

#include "base/banned.h"

enum { WORDS_MAX = 64 };

/* Is text's first word this one? Case does not matter to Apache. */
static bool begins_with(struct str text, struct str word)
{
    return text.len > word.len && str_eq_nocase(str_slice(text, 0, word.len), word) &&
           (str_is_space(text.data[word.len]) || text.data[word.len] == '=');
}

/* ---- words ---- */

enum quoting { QUOTING_APACHE, QUOTING_NGINX };

struct words {
    struct str all[WORDS_MAX]; /* in a buffer's text: valid while that grows no more */
    size_t count;
};

static char unescaped(enum quoting quoting, char c, char quote)
{
    if (quoting == QUOTING_APACHE) {
        return c == '\\' || (quote != 0 && c == quote) ? c : 0;
    }
    switch (c) {
    case '"':
    case '\'':
    case '\\':
        return c;
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    default:
        return 0;
    }
}

/* One word from *at on, its escapes undone in room, which has place for it. */
static struct str next_word(struct str text, size_t *at, enum quoting quoting, struct buf *room)
{
    char quote = text.data[*at] == '"' || text.data[*at] == '\'' ? text.data[*at] : 0;
    size_t from = room->len;
    *at += quote != 0;
    while (*at < text.len && (quote != 0 ? text.data[*at] != quote : !str_is_space(text.data[*at]))) {
        char c = text.data[*at], next = *at + 1 < text.len ? text.data[*at + 1] : 0;
        char meant = c == '\\' ? unescaped(quoting, next, quote) : 0;
        if (quote == 0 && quoting == QUOTING_NGINX && (c == ';' || c == '{')) {
            break;
        }
        if (c == '\\' && (next == '\n' || (next == '\r' && *at + 2 < text.len && text.data[*at + 2] == '\n')) &&
            quoting == QUOTING_APACHE) {
            *at += next == '\n' ? 2 : 3;
            continue;
        }
        *at += meant != 0 ? 2 : 1;
        buf_putc(room, meant != 0 ? meant : c);
    }
    *at += quote != 0 && *at < text.len;
    return (struct str){room->data + from, room->len - from};
}

/* room is grown beforehand, so that words stay where they are. */
static bool split(struct str text, enum quoting quoting, struct buf *room, struct words *words)
{
    size_t at = 0;
    words->count = 0;
    if (buf_room(room, text.len + 1) == NULL) {
        return false;
    }
    while (at < text.len && words->count < WORDS_MAX) {
        bool is_continued = text.data[at] == '\\' && at + 1 < text.len && str_is_space(text.data[at + 1]);
        if (str_is_space(text.data[at]) || is_continued) {
            at++;
        } else if (text.data[at] == '#' && quoting == QUOTING_NGINX) {
            while (at < text.len && text.data[at] != '\n') {
                at++;
            }
        } else if (text.data[at] == ';' && quoting == QUOTING_NGINX) {
            break;
        } else {
            words->all[words->count++] = next_word(text, &at, quoting, room);
        }
    }
    return true;
}

/* ---- one format ---- */

/* mod_log_config's own escapes, behind those of the configuration. In place. */
static struct str apache_escapes(struct str text, char *room)
{
    size_t out = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i], next = i + 1 < text.len ? text.data[i + 1] : 0;
        char meant = c != '\\' ? 0 : next == 'n' ? '\n' : next == 't' ? '\t' : next == '\\' ? '\\' : 0;
        i += meant != 0;
        room[out++] = meant != 0 ? meant : c;
    }
    return (struct str){room, out};
}

static bool apache_format(struct str given, struct buf *room, struct config_format *format)
{
    struct words words;
    if (!split(given, QUOTING_APACHE, room, &words) || words.count < 2) {
        return false;
    }
    bool is_custom = !str_eq_nocase(words.all[0], STR("LogFormat"));
    if (is_custom && (words.count < 3 || memchr(words.all[2].data, '%', words.all[2].len) == NULL)) {
        return false;
    }
    struct str text = words.all[is_custom ? 2 : 1];
    *format = (struct config_format){.kind = CONFIG_APACHE,
                                     .name = is_custom         ? words.all[1]
                                             : words.count > 2 ? words.all[2]
                                                               : text,
                                     .text = apache_escapes(text, room->data + (text.data - room->data))};
    return true;
}

static bool nginx_format(struct str given, struct buf *room, struct config_format *format)
{
    struct words words;
    if (!split(given, QUOTING_NGINX, room, &words) || words.count < 3) {
        return false;
    }
    size_t first = 2;
    *format = (struct config_format){.kind = CONFIG_NGINX, .name = words.all[1], .escape = ESCAPE_BACKSLASH};
    if (str_starts(words.all[2], STR("escape="))) {
        struct str how = str_slice(words.all[2], 7, words.all[2].len);
        format->escape = str_eq(how, STR("json"))   ? ESCAPE_JSON
                         : str_eq(how, STR("none")) ? ESCAPE_NONE
                                                    : ESCAPE_BACKSLASH;
        first = 3;
    }
    if (words.count == first) {
        return false;
    }
    /* words lie side by side in room */
    struct str last = words.all[words.count - 1];
    format->text = (struct str){words.all[first].data, (size_t)(last.data + last.len - words.all[first].data)};
    return true;
}

/* NAME = "VALUE" on one line. */
static bool setting(struct str given, char doubled, struct buf *room, struct str *ret_value)
{
    struct str value = str_trim(str_cut(str_cut(given, '=').tail, '\n').head);
    size_t from = room->len;
    char quote = value.len > 0 && (value.data[0] == '"' || value.data[0] == '\'') ? value.data[0] : 0;
    if (buf_room(room, value.len + 1) == NULL) {
        return false;
    }
    for (size_t i = quote != 0; i < value.len; i++) {
        char c = value.data[i], next = i + 1 < value.len ? value.data[i + 1] : 0;
        bool is_pair = quote != 0 && next == quote && (c == '\\' || (c == quote && quote == doubled));
        if (c == quote && !is_pair) {
            break;
        }
        buf_putc(room, is_pair ? next : c);
        i += is_pair;
    }
    *ret_value = (struct str){room->data + from, room->len - from};
    return ret_value->len > 0;
}

/* What was given without a directive: perhaps still with the backslashes it has between quotes, as in a configuration. */
static bool bare_format(struct str given, struct buf *room, struct config_format *format)
{
    *format = (struct config_format){.kind = CONFIG_BARE, .name = given};
    if (str_starts(given, STR("escape="))) {
        struct str_cut cut = str_cut(given, ' ');
        format->kind = CONFIG_NGINX;
        format->escape = str_eq(cut.head, STR("escape=json"))   ? ESCAPE_JSON
                         : str_eq(cut.head, STR("escape=none")) ? ESCAPE_NONE
                                                                : ESCAPE_BACKSLASH;
        given = cut.tail;
    }
    size_t from = room->len;
    if (buf_room(room, given.len + 1) == NULL) {
        return false;
    }
    for (size_t i = 0; i < given.len; i++) {
        char c = given.data[i],
             meant = c == '\\' && i + 1 < given.len ? unescaped(QUOTING_NGINX, given.data[i + 1], 0) : 0;
        i += meant != 0;
        buf_putc(room, meant != 0 ? meant : c);
    }
    format->text = (struct str){room->data + from, room->len - from};
    return format->text.len > 0;
}

bool config_format(struct str given, struct buf *room, struct config_format *ret_format)
{
    struct str bare = given;
    given = str_trim(given);
    if (begins_with(given, STR("LogFormat")) || begins_with(given, STR("CustomLog")) ||
        begins_with(given, STR("GlobalLog"))) {
        return apache_format(given, room, ret_format);
    }
    if (begins_with(given, STR("log_format"))) {
        return nginx_format(given, room, ret_format);
    }
    if (begins_with(given, STR("access.format"))) {
        *ret_format = (struct config_format){.kind = CONFIG_FPM, .name = STR("access.format")};
        return setting(given, 0, room, &ret_format->text);
    }
    return bare_format(bare, room, ret_format);
}

/* ---- a file ---- */

struct finding {
    struct arena *keep;
    struct config_list *list;
    size_t found, includes;
    struct str unknown; /* a format's name that is used and not there */
    bool has_combined;
};

static int add(struct finding *finding, struct str text, struct err *err)
{
    if (finding->list->count == CONFIG_FORMATS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d log formats", CONFIG_FORMATS_MAX);
    }
    struct str kept = arena_str(finding->keep, text, err);
    if (kept.data == NULL) {
        return -1;
    }
    finding->list->all[finding->list->count++] = kept.data;
    finding->found++;
    return 0;
}

/* To the line's end, over lines that end in a backslash. */
static struct str apache_line(struct str text)
{
    size_t at = 0;
    while (at < text.len) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        if (end == NULL) {
            return text;
        }
        at = (size_t)(end - text.data);
        size_t before = at - (at > 0 && text.data[at - 1] == '\r');
        if (before == 0 || text.data[before - 1] != '\\') {
            return str_slice(text, 0, at);
        }
        at++;
    }
    return text;
}

/* To the ";" that ends an nginx statement. */
static struct str nginx_statement(struct str text)
{
    char quote = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\\') {
            i++;
        } else if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = str_is_space(i > 0 ? text.data[i - 1] : ' ') ? c : 0; /* inside a word a quote is a letter */
        } else if (c == ';') {
            return str_slice(text, 0, i);
        }
    }
    return text;
}

/* access_log PATH [NAME]: without a name, and with "combined", it is the format that nginx has built in. */
static int access_log(struct finding *finding, struct str statement, struct err *err)
{
    OWN(own_buf) struct buf room = {0};
    struct words words;
    if (!split(statement, QUOTING_NGINX, &room, &words) || words.count < 2 || str_eq(words.all[1], STR("off"))) {
        return 0;
    }
    bool is_named = words.count > 2 && memchr(words.all[2].data, '=', words.all[2].len) == NULL;
    if ((is_named && !str_eq(words.all[2], STR("combined"))) || finding->has_combined) {
        return 0;
    }
    finding->has_combined = true;
    return add(finding,
               STR("log_format combined '$remote_addr - $remote_user [$time_local] \"$request\" $status "
                   "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"'"),
               err);
}

static int custom_log(struct finding *finding, struct str line, struct err *err)
{
    OWN(own_buf) struct buf room = {0};
    struct config_format format;
    struct words words;
    if (config_format(line, &room, &format)) {
        return add(finding, line, err);
    }
    buf_reset(&room);
    if (split(line, QUOTING_APACHE, &room, &words) && words.count > 2) {
        finding->unknown = arena_str(finding->keep, words.all[2], NULL);
    }
    return 0;
}

static int line_prefix(struct finding *finding, struct str text, struct err *err)
{
    OWN(own_buf) struct buf room = {0};
    struct str value;
    return setting(text, '\'', &room, &value) ? add(finding, value, err) : 0;
}

/* A directive may begin here. *ret_len: how much of text it is. */
static int look_at(struct finding *finding, struct str text, size_t *ret_len, struct err *err)
{
    struct str line = apache_line(text);
    *ret_len = 0;
    if (begins_with(text, STR("LogFormat"))) {
        *ret_len = line.len;
        return add(finding, line, err);
    }
    if (begins_with(text, STR("CustomLog")) || begins_with(text, STR("GlobalLog"))) {
        *ret_len = line.len;
        return custom_log(finding, line, err);
    }
    if (begins_with(text, STR("log_format")) || begins_with(text, STR("access_log"))) {
        struct str statement = nginx_statement(text);
        *ret_len = statement.len;
        return begins_with(text, STR("log_format")) ? add(finding, statement, err)
                                                    : access_log(finding, statement, err);
    }
    if (begins_with(text, STR("access.format"))) {
        return add(finding, str_cut(text, '\n').head, err);
    }
    if (begins_with(text, STR("log_line_prefix"))) {
        return line_prefix(finding, text, err);
    }
    finding->includes += begins_with(text, STR("Include")) || begins_with(text, STR("IncludeOptional"));
    return 0;
}

static int tell_none(const struct finding *finding, const char *where, struct err *err)
{
    err_set(err, ERR_FORMAT, "%s: no log format in it", where);
    if (finding->unknown.len > 0) {
        return err_remedy(err, "it uses the format '%.*s', which is defined in another file: give that one",
                          STR_FMT(finding->unknown));
    }
    if (finding->includes > 0) {
        return err_remedy(err, "what it includes is not read: give the file that has LogFormat or log_format in it");
    }
    return err_remedy(err,
                      "LogFormat, CustomLog, log_format, access_log, access.format or log_line_prefix are looked for");
}

int config_formats(struct str text, const char *where, struct arena *keep, struct config_list *list, struct err *err)
{
    struct finding finding = {.keep = keep, .list = list};
    bool may_begin = true;
    for (size_t at = 0; at < text.len;) {
        char c = text.data[at];
        size_t len = 0;
        if (may_begin && c != '\n' && str_is_space(c)) {
            at++;
            continue;
        }
        if (may_begin && (c == '#' || c == ';')) { /* a comment */
            const char *end = memchr(text.data + at, '\n', text.len - at);
            at = end == NULL ? text.len : (size_t)(end - text.data);
            continue;
        }
        if (may_begin && look_at(&finding, str_slice(text, at, text.len), &len, err) != 0) {
            return err_where(err, "%s", where);
        }
        at += len > 0 ? len : 1;
        may_begin = c == '\n' || c == ';' || c == '{' || c == '}';
    }
    return finding.found > 0 ? 0 : tell_none(&finding, where, err);
}

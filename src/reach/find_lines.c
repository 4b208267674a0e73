/* NAME=value a line: .env, ini, properties, shell, my.cnf, Dockerfile, connection services.
 *
 *   [section]            a container of its own
 *   export NAME="v" # c  shell and .env
 *   name: value          properties, httpd's PassEnv never
 *   ENV A=1 B=2          Dockerfile; also ARG
 *
 * ${NAME}, ${NAME:-x} and ${NAME:x} take what the same file says of NAME, else x, else they lie in the environment. */
#include "reach/find.h"

#include "base/banned.h"

enum { LINE_MAX_BYTES = 16384, NAMES_MAX = 4096, EXPAND_MAX = 16, REFERENCES_MAX = 8192 };

struct setting {
    struct str name;
    struct val value;
};

struct lines {
    struct arena *arena;
    const struct find_file *file;
    struct pairs *pairs;
    struct setting *settings;
    size_t count;
    uint32_t group, line;
    uint32_t references_left; /* each looks through the names */
};

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '.' || byte == '-' || byte == '[' || byte == ']' || byte == '"' || byte == '\'';
}

static bool is_variable(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.data[i];
        if (!(byte >= 'A' && byte <= 'Z') && !(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') &&
            byte != '_' && byte != '.') {
            return false;
        }
    }
    return text.len != 0 && text.len <= 80;
}

static const struct setting *setting_of(const struct lines *lines, struct str name)
{
    for (size_t i = lines->count; i-- > 0;) {
        if (str_eq(lines->settings[i].name, name)) {
            return &lines->settings[i];
        }
    }
    return NULL;
}

/* What stands behind one reference; false if it is none. *ret_end: behind it. */
static bool reference(const struct lines *lines, struct str text, size_t at, struct val *ret_value, size_t *ret_end)
{
    bool is_braced = at + 1 < text.len && text.data[at + 1] == '{';
    size_t from = at + (is_braced ? 2 : 1), to = from;
    while (to < text.len && is_variable(str_slice(text, to, to + 1)) && (is_braced || text.data[to] != '.')) {
        to++;
    }
    struct str name = str_slice(text, from, to), otherwise = {NULL, 0};
    if (!is_variable(name)) {
        return false;
    }
    if (is_braced) {
        size_t close = str_find(text, STR("}"), to);
        if (close == SIZE_MAX) {
            return false;
        }
        otherwise = str_slice(text, to, close);
        otherwise = str_starts(otherwise, STR(":-")) || str_starts(otherwise, STR(":="))
                        ? str_slice(otherwise, 2, otherwise.len)
                        : str_slice(otherwise, 1, otherwise.len);
        to = close + 1;
    }
    *ret_end = to;
    const struct setting *setting = setting_of(lines, name);
    if (setting != NULL) {
        *ret_value = setting->value;
        ret_value->trail = find_step(lines->arena, setting->value.trail, "variable", lines->file->path,
                                     setting->value.line, "%.*s is set", STR_FMT(name));
    } else if (otherwise.len != 0) {
        *ret_value = val_text(lines->file->path, lines->line, otherwise);
        ret_value->is_default = true;
    } else {
        *ret_value = val_text(lines->file->path, lines->line, name);
        ret_value->kind = VAL_ENV;
    }
    return true;
}

/* A value with its references replaced. One reference alone keeps what it is; among text an unknown one is a hole. */
static struct val expanded(struct lines *lines, struct str text)
{
    struct val value = val_text(lines->file->path, lines->line, text);
    OWN(own_buf) struct buf out = {.max = FIND_TEXT_MAX_BYTES};
    const struct find_step *trail = NULL;
    unsigned count = 0;
    for (size_t at = 0; at < text.len;) {
        struct val piece;
        size_t end;
        if (text.data[at] != '$' || count >= EXPAND_MAX || lines->references_left == 0 ||
            !reference(lines, text, at, &piece, &end)) {
            buf_putc(&out, text.data[at++]);
            continue;
        }
        lines->references_left--;
        if (at == 0 && end == text.len) {
            return piece;
        }
        count++;
        trail = piece.trail != NULL ? piece.trail : trail;
        value.is_default = value.is_default || piece.is_default;
        if (val_is_text(&piece)) {
            buf_put(&out, piece.text);
        } else {
            buf_putc(&out, FIND_HOLE);
        }
        at = end;
    }
    if (count == 0 || out.failed) {
        return value;
    }
    value.text = arena_str(lines->arena, buf_str(&out), NULL);
    value.trail = trail;
    return value;
}

/* Quotes hold a value together and end it; outside of them " #" begins a comment. */
static struct str value_of(struct lines *lines, struct str text, bool *ret_is_literal)
{
    text = str_trim(text);
    *ret_is_literal = false;
    if (text.len != 0 && (text.data[0] == '"' || text.data[0] == '\'')) {
        char quote = text.data[0];
        OWN(own_buf) struct buf out = {.max = LINE_MAX_BYTES};
        for (size_t i = 1; i < text.len; i++) {
            if (text.data[i] == quote) {
                *ret_is_literal = quote == '\'';
                return arena_str(lines->arena, buf_str(&out), NULL);
            }
            bool is_escape = quote == '"' && text.data[i] == '\\' && i + 1 < text.len &&
                             memchr("\"\\$`", text.data[i + 1], 4) != NULL;
            i += is_escape;
            buf_putc(&out, text.data[i]);
        }
    }
    size_t comment = str_find(text, STR(" #"), 0);
    return comment != SIZE_MAX ? str_trim(str_slice(text, 0, comment)) : text;
}

static void add(struct lines *lines, struct str name, struct str text)
{
    if (name.len >= 2 && (name.data[0] == '"' || name.data[0] == '\'')) {
        name = str_slice(name, 1, name.len - 1);
    }
    bool is_literal;
    struct str plain = value_of(lines, text, &is_literal);
    struct val value = is_literal ? val_text(lines->file->path, lines->line, plain) : expanded(lines, plain);
    pairs_add(lines->pairs, lines->group, name, &value);
    if (lines->count < NAMES_MAX) {
        lines->settings[lines->count++] = (struct setting){name, value};
    }
}

/* ENV A=1 B="2 3", ENV A 1 */
static void docker_line(struct lines *lines, struct str rest)
{
    rest = str_trim(rest);
    for (unsigned n = 0; n < 64 && rest.len != 0; n++) {
        size_t end = 0;
        while (end < rest.len && is_name_byte(rest.data[end])) {
            end++;
        }
        struct str name = str_slice(rest, 0, end);
        if (end >= rest.len || name.len == 0) {
            return;
        }
        bool is_pair = rest.data[end] == '=';
        size_t to = end + 1;
        char quote = '\0';
        for (; to < rest.len; to++) {
            char byte = rest.data[to];
            if (quote == '\0' && (byte == '"' || byte == '\'')) {
                quote = byte;
            } else if (byte == quote) {
                quote = '\0';
            } else if (is_pair && quote == '\0' && (byte == ' ' || byte == '\t')) {
                break;
            }
        }
        add(lines, name, str_slice(rest, end + 1, to));
        rest = str_trim(str_slice(rest, to, rest.len));
    }
}

/* "requirepass s3", "masterauth s3" of redis.conf, and names with a colon in properties. */
static size_t separator_of(struct str line)
{
    size_t at = 0;
    while (at < line.len && is_name_byte(line.data[at])) {
        at++;
    }
    size_t end = at;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t')) {
        at++;
    }
    bool is_sign = at < line.len && (line.data[at] == '=' || line.data[at] == ':');
    if (end == 0 || (!is_sign && at == end)) {
        return SIZE_MAX;
    }
    if (!is_sign) {
        return str_eq_nocase(str_slice(line, 0, end), STR("requirepass")) ? end : SIZE_MAX;
    }
    return at;
}

static void one_line(struct lines *lines, struct str line)
{
    bool is_comment = line.len == 0 || line.data[0] == '#' || line.data[0] == ';' || line.data[0] == '!';
    if (is_comment || line.len > LINE_MAX_BYTES || str_starts(line, STR("//"))) {
        return;
    }
    if (line.data[0] == '[' && line.data[line.len - 1] == ']') {
        lines->group = pairs_group(lines->pairs, 0, str_slice(line, 1, line.len - 1), false);
        return;
    }
    static const char *const verbs[] = {"export ", "set ", "SetEnv ", "ENV ", "ARG "};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (str_starts(line, str_of(verbs[i]))) {
            line = str_trim(str_slice(line, strlen(verbs[i]), line.len));
            if (i >= 2) {
                docker_line(lines, line);
                return;
            }
        }
    }
    size_t at = separator_of(line);
    if (at != SIZE_MAX) {
        add(lines, str_trim(str_slice(line, 0, at)), str_slice(line, at + 1, line.len));
    }
}

/* A backslash at its end joins a line to the next one. */
static struct str whole_line(struct lines *lines, struct str *rest, uint32_t *ret_lines)
{
    struct str_cut cut = str_cut(*rest, '\n');
    struct str line = str_trim(cut.head);
    *ret_lines = 1;
    *rest = cut.tail;
    if (line.len == 0 || line.data[line.len - 1] != '\\' || line.len > LINE_MAX_BYTES) {
        return line;
    }
    OWN(own_buf) struct buf out = {.max = LINE_MAX_BYTES};
    while (line.len != 0 && line.data[line.len - 1] == '\\' && cut.found && *ret_lines < 64) {
        buf_put(&out, str_slice(line, 0, line.len - 1));
        buf_putc(&out, ' ');
        cut = str_cut(*rest, '\n');
        line = str_trim(cut.head);
        *rest = cut.tail;
        (*ret_lines)++;
    }
    buf_put(&out, line);
    return out.failed ? STR("") : arena_str(lines->arena, buf_str(&out), NULL);
}

int read_lines(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
               struct err *err)
{
    struct lines lines = {
        .arena = arena, .file = file, .pairs = pairs_new(arena, file), .line = 1, .references_left = REFERENCES_MAX};
    lines.settings = ARENA_NEW(arena, struct setting, NAMES_MAX, err);
    if (lines.settings == NULL || lines.pairs == NULL) {
        return err_no_memory(err);
    }
    struct str rest =
        str_starts(file->bytes, STR("\xef\xbb\xbf")) ? str_slice(file->bytes, 3, file->bytes.len) : file->bytes;
    while (rest.len != 0) {
        uint32_t taken;
        struct str line = whole_line(&lines, &rest, &taken);
        one_line(&lines, line);
        lines.line += taken;
    }
    return pairs_judge(find, lines.pairs, reader->product, reader->service, err);
}

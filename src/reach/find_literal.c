/* Values as programs write them: JSON, JavaScript, Python, Ruby. One reader for all four, since what matters is the same:
 *
 *   { "password": "x" }   password = 'x'   :password => "x"   'PASSWORD': os.environ.get('DB_PASS', 'x')
 *
 * Brackets are containers; a container is named by what stood before it. Nothing is evaluated but a name that the same file
 * gave a literal, and the ways to read the environment. Comments and docstrings are no values. */
#include "reach/find.h"

#include "base/banned.h"

enum { DEPTH_MAX = 48, NAMES_MAX = 2048, TOKENS_MAX = 400000, LOOKS_MAX = 20000 };

enum kind {
    TOKEN_END,
    TOKEN_STRING,
    TOKEN_WORD, /* a name with dots: os.environ.get */
    TOKEN_NUMBER,
    TOKEN_SIGN /* one byte, or "=>" as '>', "||" and "??" as '|' */
};

struct token {
    enum kind kind;
    char sign;
    bool is_code; /* a string with pieces of code in it */
    struct str text;
    uint32_t line;
};

struct named {
    struct str name;
    struct val value;
};

struct reader {
    struct arena *arena;
    const struct find_file *file;
    struct pairs *pairs;
    struct str bytes;
    size_t at;
    uint32_t line, tokens, looks;
    struct token here, next;
    uint32_t groups[DEPTH_MAX];
    unsigned depth;
    bool was_too_deep;
    unsigned too_deep;
    bool is_script; /* not JSON: names may be assigned and used */
    bool has_hash_comments, has_slash_comments;
    struct named *named;
    size_t named_count;
    struct str last_name; /* what the next container is called */
};

static char at(const struct reader *reader, size_t ahead)
{
    return reader->at + ahead < reader->bytes.len ? reader->bytes.data[reader->at + ahead] : '\0';
}

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '$' || (unsigned char)byte >= 0x80;
}

static void skip_to(struct reader *reader, size_t end)
{
    end = end < reader->bytes.len ? end : reader->bytes.len;
    for (; reader->at < end; reader->at++) {
        reader->line += reader->bytes.data[reader->at] == '\n';
    }
}

static void skip_past(struct reader *reader, const char *mark, size_t from)
{
    size_t end = str_find(reader->bytes, str_of(mark), reader->at + from);
    skip_to(reader, end == SIZE_MAX ? reader->bytes.len : end + strlen(mark));
}

static void skip_line(struct reader *reader)
{
    const char *end = memchr(reader->bytes.data + reader->at, '\n', reader->bytes.len - reader->at);
    reader->at = end != NULL ? (size_t)(end - reader->bytes.data) : reader->bytes.len;
}

/* White space and comments. A "//" inside of a string never gets here. */
static void skip_blank(struct reader *reader)
{
    for (;;) {
        char byte = at(reader, 0);
        if (reader->at >= reader->bytes.len) {
            return;
        }
        if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\0') {
            reader->line += byte == '\n';
            reader->at++;
        } else if (byte == '#' && reader->has_hash_comments) {
            skip_line(reader);
        } else if (byte == '/' && at(reader, 1) == '/' && reader->has_slash_comments) {
            skip_line(reader);
        } else if (byte == '/' && at(reader, 1) == '*' && reader->has_slash_comments) {
            skip_past(reader, "*/", 2);
        } else {
            return;
        }
    }
}

static size_t put_escape(struct buf *out, const struct reader *reader, size_t from)
{
    static const char plain[] = "ntrbf";
    static const char meant[] = "\n\t\r\b\f";
    char byte = from < reader->bytes.len ? reader->bytes.data[from] : '\0';
    const char *found = byte != '\0' ? strchr(plain, byte) : NULL;
    unsigned point = 0;
    if (byte == 'u' && from + 4 < reader->bytes.len) {
        for (size_t i = 1; i <= 4; i++) {
            char digit = reader->bytes.data[from + i];
            point = point << 4 | (digit >= '0' && digit <= '9'   ? (unsigned)(digit - '0')
                                  : digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a' + 10)
                                  : digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A' + 10)
                                                                 : 0);
        }
        if (point != 0 && point < 0x80) { /* "\u0026" as .NET and PHP write it; others are rare in a password */
            buf_putc(out, (char)point);
            return 5;
        }
    }
    buf_putc(out, found != NULL ? meant[found - plain] : byte);
    return 1;
}

/* A string; the quote is at hand. Three of them are Python's: skipped as a value only if nobody takes it. */
static struct token string_token(struct reader *reader)
{
    char quote = at(reader, 0);
    struct token token = {.kind = TOKEN_STRING, .line = reader->line};
    if (at(reader, 1) == quote && at(reader, 2) == quote && reader->has_hash_comments && reader->is_script) {
        char mark[4] = {quote, quote, quote, '\0'};
        skip_past(reader, mark, 3);
        token.text = STR("");
        return token;
    }
    OWN(own_buf) struct buf out = {.max = FIND_TEXT_MAX_BYTES * 2};
    size_t from = reader->at + 1, i = from;
    bool is_escaped = false;
    while (i < reader->bytes.len && reader->bytes.data[i] != quote && (reader->bytes.data[i] != '\n' || quote == '`')) {
        char byte = reader->bytes.data[i];
        char follows = i + 1 < reader->bytes.len ? reader->bytes.data[i + 1] : '\0';
        token.is_code =
            token.is_code || (follows == '{' && ((byte == '$' && quote == '`') || (byte == '#' && quote == '"')));
        if (byte == '\\') {
            if (!is_escaped) {
                buf_put(&out, str_slice(reader->bytes, from, i));
                is_escaped = true;
            }
            i += 1 + put_escape(&out, reader, i + 1);
            continue;
        }
        if (is_escaped) {
            buf_putc(&out, byte);
        }
        i++;
    }
    i = i < reader->bytes.len ? i : reader->bytes.len;
    token.text =
        is_escaped && !out.failed ? arena_str(reader->arena, buf_str(&out), NULL) : str_slice(reader->bytes, from, i);
    skip_to(reader, i + (i < reader->bytes.len && reader->bytes.data[i] == quote));
    return token;
}

static struct token word_token(struct reader *reader)
{
    size_t from = reader->at;
    bool is_number = at(reader, 0) >= '0' && at(reader, 0) <= '9';
    while (reader->at < reader->bytes.len &&
           (is_word_byte(at(reader, 0)) ||
            ((at(reader, 0) == '.' || (at(reader, 0) == ':' && at(reader, 1) == ':')) &&
             is_word_byte(at(reader, at(reader, 0) == ':' ? 2 : 1))) ||
            (at(reader, 0) == '?' && at(reader, 1) == '.' && is_word_byte(at(reader, 2))))) {
        reader->at += at(reader, 0) == ':' || at(reader, 0) == '?' ? 2 : 1;
    }
    return (struct token){.kind = is_number ? TOKEN_NUMBER : TOKEN_WORD,
                          .text = str_slice(reader->bytes, from, reader->at),
                          .line = reader->line};
}

static struct token scan(struct reader *reader)
{
    skip_blank(reader);
    if (reader->at >= reader->bytes.len || ++reader->tokens > TOKENS_MAX) {
        return (struct token){.kind = TOKEN_END, .line = reader->line};
    }
    char byte = at(reader, 0), follows = at(reader, 1);
    if (byte == '"' || byte == '\'' || (byte == '`' && reader->has_slash_comments)) {
        return string_token(reader);
    }
    if (byte == ':' && is_word_byte(follows) && reader->has_hash_comments) { /* a symbol of Ruby: its name */
        reader->at++;
        return word_token(reader);
    }
    if (is_word_byte(byte)) {
        return word_token(reader);
    }
    struct token token = {.kind = TOKEN_SIGN, .sign = byte, .line = reader->line};
    bool is_fat = byte == '=' && follows == '>', is_or = (byte == '|' || byte == '?') && follows == byte;
    bool is_compare = (byte == '=' || byte == '!' || byte == '<' || byte == '>') && follows == '=';
    token.sign = is_fat ? '>' : is_or ? '|' : is_compare ? '~' : byte;
    reader->at += is_fat || is_or || is_compare ? 2 : 1;
    return token;
}

static void step(struct reader *reader)
{
    reader->here = reader->next;
    reader->next = scan(reader);
}

static bool is_sign(const struct token *token, char sign)
{
    return token->kind == TOKEN_SIGN && token->sign == sign;
}

/* ---- values ---- */

static const struct named *named_of(struct reader *reader, struct str name)
{
    if (++reader->looks > LOOKS_MAX) {
        return NULL;
    }
    for (size_t i = reader->named_count; i-- > 0;) {
        if (str_eq(reader->named[i].name, name)) {
            return &reader->named[i];
        }
    }
    return NULL;
}

/* Does a call of this name read the environment? Rails' and Django's ways, dotenv's, decouple's. */
static bool reads_environment(struct str word)
{
    static const char *const words[] = {"os.environ.get", "os.getenv",    "environ.get", "getenv",  "env",
                                        "ENV.fetch",      "config",       "env.str",     "env.url", "env.db",
                                        "os.environ",     "process.env",  "ENV",         "environ", "env.get",
                                        "System.getenv",  "Deno.env.get", "env.db_url"};
    return str_is_one_of(word, words, sizeof words / sizeof *words);
}

static struct val text_value(const struct reader *reader, const struct token *token)
{
    struct val value = val_text(reader->file->path, token->line, token->text);
    if (token->is_code) {
        value.kind = VAL_UNKNOWN;
    }
    return value;
}

static struct val environment_value(const struct reader *reader, struct str name, uint32_t line)
{
    struct val value = val_text(reader->file->path, line, name);
    value.kind = VAL_ENV;
    return value;
}

/* ('NAME', 'default'), ['NAME'], ("NAME", default="x"), ("NAME") { "x" }; the word is behind. Leaves `here` at what comes next. */
static struct val environment_call(struct reader *reader)
{
    char close = is_sign(&reader->here, '(') ? ')' : ']';
    step(reader);
    if (reader->here.kind != TOKEN_STRING) {
        return (struct val){0};
    }
    struct val value = environment_value(reader, reader->here.text, reader->here.line);
    step(reader);
    while (reader->here.kind != TOKEN_END && !is_sign(&reader->here, close) && !is_sign(&reader->here, '\n')) {
        bool is_default = reader->here.kind == TOKEN_STRING || reader->here.kind == TOKEN_NUMBER;
        if (is_sign(&reader->here, '{') || is_sign(&reader->here, '(')) {
            return value;
        }
        if (is_default && value.kind == VAL_ENV) {
            struct str name = value.text;
            value = text_value(reader, &reader->here);
            value.is_default = true;
            value.trail = find_step(reader->arena, NULL, "environment", reader->file->path, value.line,
                                    "the default of %.*s", STR_FMT(name));
        }
        step(reader);
    }
    step(reader);
    return value;
}

/* process.env.NAME; also import.meta.env.NAME */
static struct str environment_member(struct str word)
{
    static const char *const starts[] = {"process.env.", "import.meta.env.", "env."};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (str_starts(word, str_of(starts[i]))) {
            return str_slice(word, strlen(starts[i]), word.len);
        }
    }
    return (struct str){NULL, 0};
}

static struct val word_value(struct reader *reader)
{
    struct token word = reader->here;
    step(reader);
    bool is_call = is_sign(&reader->here, '(') || is_sign(&reader->here, '[');
    if (is_call && reads_environment(word.text)) {
        return environment_call(reader);
    }
    struct str member = environment_member(word.text);
    if (member.len != 0 && !is_call) {
        return environment_value(reader, member, word.line);
    }
    if (str_eq(word.text, STR("null")) || str_eq(word.text, STR("None")) || str_eq(word.text, STR("nil"))) {
        return (struct val){.kind = VAL_NULL, .path = reader->file->path, .line = word.line};
    }
    const struct named *named = reader->is_script && !is_call ? named_of(reader, word.text) : NULL;
    if (named == NULL) {
        return (struct val){.path = reader->file->path, .line = word.line};
    }
    struct val value = named->value;
    value.trail = find_step(reader->arena, value.trail, "variable", reader->file->path, value.line, "%.*s is set",
                            STR_FMT(word.text));
    return value;
}

/* One value; strings that are added to something are not known. `here` is at its first token and left behind its last. */
static struct val value(struct reader *reader)
{
    struct val result = {.path = reader->file->path, .line = reader->here.line};
    if (reader->here.kind == TOKEN_STRING || reader->here.kind == TOKEN_NUMBER) {
        result = text_value(reader, &reader->here);
        step(reader);
    } else if (reader->here.kind == TOKEN_WORD) {
        bool is_prefix =
            reader->here.text.len <= 2 && reader->next.kind == TOKEN_STRING; /* Python's r'..', b'..', f'..' */
        bool is_code = is_prefix && memchr(reader->here.text.data, 'f', reader->here.text.len) != NULL;
        if (is_prefix) {
            step(reader);
            result = text_value(reader, &reader->here);
            result.kind = is_code && memchr(result.text.data, '{', result.text.len) != NULL ? VAL_UNKNOWN : result.kind;
            step(reader);
        } else {
            result = word_value(reader);
        }
    } else {
        return result;
    }
    bool is_or =
        is_sign(&reader->here, '|') || (reader->here.kind == TOKEN_WORD && str_eq(reader->here.text, STR("or")));
    const struct named *named = is_or && reader->next.kind == TOKEN_WORD ? named_of(reader, reader->next.text) : NULL;
    if (is_or && result.kind != VAL_TEXT && (reader->next.kind == TOKEN_STRING || named != NULL)) {
        step(reader);
        struct str name = result.kind == VAL_ENV ? result.text : STR("another value");
        result = named != NULL ? named->value : text_value(reader, &reader->here);
        result.is_default = true;
        result.trail = find_step(reader->arena, NULL, "environment", reader->file->path, result.line,
                                 "the default of %.*s", STR_FMT(name));
        step(reader);
    }
    if (is_sign(&reader->here, '+') || is_sign(&reader->here, '%') || is_sign(&reader->here, '.')) {
        result.kind = VAL_UNKNOWN;
    }
    return result;
}

/* ---- containers ---- */

static void open_container(struct reader *reader)
{
    if (reader->depth + 1 >= DEPTH_MAX) {
        reader->too_deep++;
        reader->was_too_deep = true;
        return;
    }
    uint32_t above = reader->groups[reader->depth];
    reader->groups[++reader->depth] = pairs_group(reader->pairs, above, reader->last_name, false);
    reader->last_name = STR("");
}

static void close_container(struct reader *reader)
{
    if (reader->too_deep != 0) {
        reader->too_deep--;
    } else if (reader->depth != 0) {
        reader->depth--;
    }
}

static struct str last_part(struct str name)
{
    const char *dot = name.len != 0 ? memrchr(name.data, '.', name.len) : NULL;
    return dot != NULL ? str_slice(name, (size_t)(dot - name.data) + 1, name.len) : name;
}

/* NAME : value, NAME = value, NAME => value; `here` is NAME. False if it is none. */
static bool pair(struct reader *reader)
{
    bool is_name = reader->here.kind == TOKEN_STRING || reader->here.kind == TOKEN_WORD;
    bool is_pair = is_sign(&reader->next, ':') || is_sign(&reader->next, '>') ||
                   (is_sign(&reader->next, '=') && reader->is_script && reader->here.kind == TOKEN_WORD);
    if (!is_name || !is_pair) {
        return false;
    }
    struct str name = reader->here.text;
    bool is_assigned = is_sign(&reader->next, '=');
    step(reader);
    step(reader);
    reader->last_name = name;
    bool is_container = is_sign(&reader->here, '{') || is_sign(&reader->here, '[') || is_sign(&reader->here, '(');
    if (is_container) {
        return true;
    }
    struct val said = value(reader);
    if (is_assigned && is_sign(&reader->here, '~')) {
        return true;
    }
    pairs_add(reader->pairs, reader->groups[reader->depth], last_part(name), &said);
    if (is_assigned && said.kind == VAL_TEXT && reader->named_count < NAMES_MAX) {
        reader->named[reader->named_count++] = (struct named){name, said};
    }
    return true;
}

static void read_all(struct reader *reader)
{
    step(reader);
    step(reader);
    while (reader->here.kind != TOKEN_END) {
        if (pair(reader)) {
            continue;
        }
        if (is_sign(&reader->here, '{') || is_sign(&reader->here, '[') || is_sign(&reader->here, '(')) {
            open_container(reader);
        } else if (is_sign(&reader->here, '}') || is_sign(&reader->here, ']') || is_sign(&reader->here, ')')) {
            close_container(reader);
        } else if (reader->here.kind == TOKEN_WORD) {
            reader->last_name = reader->here.text;
        }
        step(reader);
    }
}

int read_literal(struct find *find, const struct find_file *file, const struct find_reader *with, struct arena *arena,
                 struct err *err)
{
    struct str name = file->name;
    bool is_json = str_ends_nocase(name, STR(".json")) || str_ends_nocase(name, STR(".jsonc"));
    bool is_hash = str_ends_nocase(name, STR(".py")) || str_ends_nocase(name, STR(".rb"));
    struct reader reader = {.arena = arena,
                            .file = file,
                            .pairs = pairs_new(arena, file),
                            .bytes = file->bytes,
                            .line = 1,
                            .is_script = !is_json,
                            .has_hash_comments = is_hash,
                            .has_slash_comments = !is_hash,
                            .last_name = STR("")};
    reader.named = ARENA_NEW(arena, struct named, NAMES_MAX, err);
    if (reader.named == NULL || reader.pairs == NULL) {
        return err_no_memory(err);
    }
    if (str_starts(reader.bytes, STR("\xef\xbb\xbf"))) {
        reader.at = 3;
    }
    read_all(&reader);
    if (reader.was_too_deep || reader.tokens > TOKENS_MAX) {
        find_cut_short(find);
    }
    return pairs_judge(find, reader.pairs, with->product, with->service, err);
}

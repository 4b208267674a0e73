/* Sources: PostgreSQL 8.0 to 18, src/backend/utils/error/elog.c (log_status_format, error_severity), and
 * "Error Reporting and Logging: log_line_prefix". */
#include "formats/postgresql_prefix.h"

#include "base/str.h"

#include "base/banned.h"

enum { STEPS_MAX = 4096, TEXT_MAX = 256, LEVEL_MAX = 40 };

static struct str from(struct str text, size_t at)
{
    return str_slice(text, at, text.len);
}

static bool field_of(char letter, enum pg_field *ret_field)
{
    static const struct {
        char letter;
        uint8_t field;
    } table[] = {{'t', PG_TIME},    {'m', PG_TIME}, {'n', PG_EPOCH},    {'s', PG_START}, {'p', PG_PID},
                 {'c', PG_SESSION}, {'u', PG_USER}, {'d', PG_DATABASE}, {'a', PG_APP},   {'h', PG_HOST},
                 {'r', PG_PEER},    {'i', PG_TEXT}, {'b', PG_TEXT},     {'P', PG_WORD},  {'l', PG_WORD},
                 {'v', PG_WORD},    {'x', PG_WORD}, {'e', PG_WORD},     {'Q', PG_WORD},  {'L', PG_WORD},
                 {'q', PG_STOP},    {'_', PG_ANY}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].letter == letter) {
            *ret_field = table[i].field;
            return true;
        }
    }
    return false;
}

static void add_literal(struct pg_prefix *prefix, size_t *used, char byte)
{
    struct pg_op *last = prefix->count > 0 ? &prefix->ops[prefix->count - 1] : NULL;
    if (last == NULL || last->field != PG_LITERAL) {
        last = &prefix->ops[prefix->count++];
        *last = (struct pg_op){.field = PG_LITERAL, .literal = {prefix->text + *used, 0}};
    }
    prefix->text[(*used)++] = byte;
    last->literal.len++;
}

bool pg_prefix_compile(struct pg_prefix *prefix, struct str format)
{
    size_t used = 0;
    prefix->count = 0;
    for (size_t i = 0; i < format.len; i++) {
        if (prefix->count >= PG_OPS_MAX || used >= PG_PREFIX_MAX) {
            return false;
        }
        if (format.data[i] != '%' || (i + 1 < format.len && format.data[i + 1] == '%')) {
            i += format.data[i] == '%';
            add_literal(prefix, &used, format.data[i]);
            continue;
        }
        unsigned width = 0;
        i++;
        while (i < format.len && (format.data[i] == '-' || (format.data[i] >= '0' && format.data[i] <= '9'))) {
            width = format.data[i] == '-' ? width : width * 10 + (unsigned)(format.data[i] - '0');
            width = width > 255 ? 255 : width;
            i++;
        }
        enum pg_field field;
        if (i >= format.len || !field_of(format.data[i], &field)) {
            return false;
        }
        prefix->ops[prefix->count++] = (struct pg_op){.field = (uint8_t)field, .width = (uint8_t)width};
    }
    return true;
}

bool pg_prefix_has(const struct pg_prefix *prefix, enum pg_field field)
{
    for (size_t i = 0; i < prefix->count; i++) {
        if (prefix->ops[i].field == field) {
            return true;
        }
    }
    return false;
}

static bool is_level_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* PostgreSQL puts two blanks behind the colon; what passed through other hands may have one. French has one before it, too. A server
 * that speaks another language has its own words. */
bool pg_level(struct str text, struct str *ret_level, struct str *ret_message)
{
    size_t len = 0;
    while (len < text.len && len < LEVEL_MAX && is_level_byte(text.data[len])) {
        len++;
    }
    struct str message = from(text, len);
    bool has_colon = db_take(&message, STR(":")) || db_take(&message, STR(" :"));
    if (len < 3 || str_is_digit(text.data[0]) || !has_colon || !db_take(&message, STR(" "))) {
        return false;
    }
    (void)db_take(&message, STR(" "));
    *ret_level = str_slice(text, 0, len);
    *ret_message = message;
    return true;
}

struct match {
    const struct pg_prefix *prefix;
    struct pg_head *head;
    unsigned steps;
};

static bool match_from(struct match *match, size_t op, struct str rest);

static bool ends_here(struct match *match, struct str rest)
{
    size_t blanks = 0;
    while (blanks < rest.len && blanks < 2 && rest.data[blanks] == ' ') {
        blanks++;
    }
    return pg_level(from(rest, blanks), &match->head->level, &match->head->message);
}

static struct str unless_unknown(struct str name)
{
    name = str_trim(name);
    return str_eq(name, STR("[unknown]")) ? str_slice(name, 0, 0) : name;
}

static void keep_text(struct match *match, enum pg_field field, struct str text)
{
    struct pg_head *head = match->head;
    text = unless_unknown(text);
    if (field == PG_USER) {
        head->user = text;
    } else if (field == PG_DATABASE) {
        head->database = text;
    } else if (field == PG_APP) {
        head->application = text;
    } else if (field == PG_HOST) {
        head->client = text;
    } else if (field == PG_PEER) {
        head->client = str_cut(text, '(').head;
    }
}

/* A field of any text: shortest first, as long as what follows fits. */
static bool match_text(struct match *match, size_t op, struct str rest)
{
    enum pg_field field = match->prefix->ops[op].field;
    bool has_blanks = field != PG_HOST && field != PG_PEER && field != PG_WORD;
    const struct pg_op *next = op + 1 < match->prefix->count ? &match->prefix->ops[op + 1] : NULL;
    size_t least = match->prefix->ops[op].width;
    for (size_t end = least; end <= rest.len && end <= TEXT_MAX; end++) {
        bool may_fit = next == NULL || next->field != PG_LITERAL || next->literal.len == 0 ||
                       (end < rest.len && rest.data[end] == next->literal.data[0]);
        if (may_fit && match_from(match, op + 1, from(rest, end))) {
            keep_text(match, field, str_slice(rest, 0, end));
            return true;
        }
        if (end == rest.len || rest.data[end] == '\n' || (!has_blanks && rest.data[end] == ' ' && least == 0) ||
            match->steps >= STEPS_MAX) {
            break;
        }
    }
    return false;
}

static bool hexadecimal(struct str *rest, uint64_t *ret_value)
{
    size_t digits = 0;
    uint64_t value = 0;
    for (; digits < rest->len && digits < 16; digits++) {
        char c = rest->data[digits];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 16;
        if (digit == 16) {
            break;
        }
        value = value << 4 | digit;
    }
    *rest = from(*rest, digits);
    *ret_value = value;
    return digits > 0;
}

static bool take_epoch(struct str *rest, struct db_time *ret_time)
{
    uint64_t second, us;
    struct str at = *rest;
    if (!db_number(&at, 10, &second)) {
        return false;
    }
    at = *rest;
    *ret_time = (struct db_time){.local = (int64_t)second, .zone = 0};
    if (db_seconds(&at, &us)) {
        ret_time->nano = (uint32_t)(us % 1000000) * 1000;
        *rest = at;
    }
    return true;
}

/* A field of one form only: takes it off rest. A time in seconds since 1970 is kept over one without a zone. */
static bool take_strict(struct match *match, enum pg_field field, struct str *rest)
{
    struct pg_head *head = match->head;
    struct db_time time;
    uint64_t start;
    if (field == PG_PID) {
        return db_number(rest, 10, &head->pid);
    }
    if (field == PG_SESSION) {
        return hexadecimal(rest, &start) && db_take(rest, STR(".")) && hexadecimal(rest, &head->pid);
    }
    if (field == PG_EPOCH ? !take_epoch(rest, &time) : !db_date_time(rest, &time)) {
        return false;
    }
    if (field != PG_EPOCH) {
        (void)db_zone(rest, &time);
    }
    if (field != PG_START && (!head->has_time || head->time.zone == LOG_NO_ZONE)) {
        head->time = time;
        head->has_time = true;
    }
    return true;
}

static bool match_strict(struct match *match, size_t op, struct str rest)
{
    size_t width = match->prefix->ops[op].width, before = rest.len;
    while (width > 0 && rest.len > 0 && rest.data[0] == ' ') {
        rest = from(rest, 1);
    }
    if (!take_strict(match, match->prefix->ops[op].field, &rest)) {
        return false;
    }
    while (before - rest.len < width && rest.len > 0 && rest.data[0] == ' ') {
        rest = from(rest, 1);
    }
    return match_from(match, op + 1, rest);
}

/* Goes as deep as the prefix has parts, PG_OPS_MAX. */
static bool match_from(struct match *match, size_t op, struct str rest)
{
    if (match->steps++ >= STEPS_MAX) {
        return false;
    }
    if (op == match->prefix->count) {
        return ends_here(match, rest);
    }
    const struct pg_op *it = &match->prefix->ops[op];
    if (it->field == PG_LITERAL) {
        struct str literal = it->literal;
        while (op + 1 == match->prefix->count && str_ends(literal, STR(" "))) {
            literal.len--; /* blanks at the end may have been lost where the prefix was copied from */
        }
        return db_take(&rest, literal) && match_from(match, op + 1, rest);
    }
    if (it->field == PG_STOP) {
        struct pg_head before = *match->head;
        if (match_from(match, op + 1, rest)) {
            return true;
        }
        *match->head = before;
        match->head->is_short = true;
        return ends_here(match, rest);
    }
    bool is_strict = it->field == PG_TIME || it->field == PG_START || it->field == PG_EPOCH || it->field == PG_PID ||
                     it->field == PG_SESSION;
    return is_strict ? match_strict(match, op, rest) : match_text(match, op, rest);
}

bool pg_prefix_match(const struct pg_prefix *prefix, struct str line, struct pg_head *ret_head)
{
    struct match match = {.prefix = prefix, .head = ret_head};
    *ret_head = (struct pg_head){0};
    return match_from(&match, 0, line);
}

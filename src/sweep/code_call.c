/* What a call or a member means: folded, followed, or told as a fact. */
#include <stdio.h>

#include "base/str.h"
#include "sweep/code_run.h"
#include "sweep/gate.h"

#include "base/banned.h"

enum { NAME_SHOWN = 60, STEP_BYTES = 120, BLOB_BYTES = 200, ALL = 15, FILLS = 2, WRITES_ON = 3 };

/* ---- facts ---- */

const struct php_step *code_step(struct code_scope *scope, const struct php_step *before, uint32_t line,
                                 struct str text)
{
    struct php_step *step = php_heap_take(scope->run->heap, sizeof *step);
    if (step == NULL) {
        return before;
    }
    *step = (struct php_step){.before = before, .line = line, .text = text};
    return step;
}

struct php_fact *code_fact(struct code_scope *scope, enum php_fact_kind kind, uint32_t line, struct str callee,
                           const struct php_value *value)
{
    struct php_facts *facts = scope->run->facts;
    for (unsigned i = 0; i < facts->count; i++) {
        if (facts->list[i].kind == kind && facts->list[i].line == line && str_eq(facts->list[i].callee, callee)) {
            return NULL;
        }
    }
    if (facts->count == PHP_FACTS_MAX) {
        return NULL;
    }
    struct php_fact *fact = &facts->list[facts->count++];
    uint32_t taint = value != NULL ? php_taint_of(value) : 0;
    *fact = (struct php_fact){.kind = kind,
                              .line = line,
                              .callee = str_slice(callee, 0, NAME_SHOWN),
                              .layer = scope->run->layer_depth,
                              .is_fetched = (taint & TA_NET) != 0 && (taint & TA_IN) == 0,
                              .is_affixed = (taint & TA_AFFIX) != 0,
                              .steps = value != NULL ? value->steps : NULL};
    return fact;
}

static bool is_in(const struct php_value *value)
{
    return (php_taint_of(value) & (TA_IN | TA_FNAME)) != 0;
}

static bool is_raw(const struct php_value *value)
{
    return is_in(value) && (php_taint_of(value) & TA_AFFIX) == 0;
}

/* A path that begins with what the visitor gives leads anywhere. */
static bool is_led(const struct php_value *value)
{
    return is_in(value) && (php_taint_of(value) & TA_BEHIND) == 0;
}

static const struct php_value *argument(const struct code_arguments *arguments, unsigned index)
{
    static const struct php_value none = {.type = PV_UNKNOWN};
    return index < arguments->count ? &arguments->list[index] : &none;
}

static struct php_value joined(const struct code_arguments *arguments)
{
    struct php_value value = php_unknown(0);
    for (unsigned i = 0; i < arguments->count; i++) {
        const struct php_value *one = &arguments->list[i];
        if (arguments->count == 1) {
            return *one;
        }
        value.taint |= php_taint_of(one);
        value.steps = value.steps != NULL ? value.steps : one->steps;
    }
    return value;
}

static bool is_script_path(const struct php_value *path)
{
    return (path->type == PV_TEXT && gate_is_script_name(path->text)) ||
           (path->suffix.len != 0 && gate_is_script_name(path->suffix)) ||
           (php_taint_of(path) & (TA_SCRIPT_PATH | TA_SELF)) != 0;
}

/* ---- text that is run ---- */

static uint8_t language_here(const struct code_scope *scope)
{
    return scope->tokens->list[scope->at != 0 ? scope->at - 1 : 0].language;
}

struct php_value code_run_text(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *text)
{
    struct php_value result = php_unknown(0);
    uint32_t taint = php_taint_of(text);
    bool is_hidden = (taint & TA_DEC) != 0 || text->decoders != 0;
    bool is_answer = (taint & (TA_IN | TA_FTMP)) == 0 && (taint & TA_AFFIX) != 0; /* "x = " + what a service said */
    is_answer = is_answer || (taint & TA_GUARDED) != 0; /* "font" + number: one of its variables */
    if ((taint & (TA_IN | TA_FTMP | TA_NET)) != 0) {
        (void)code_fact(scope, is_answer ? PF_HINT : PF_CODE_INPUT, line, callee, text);
    } else if (text->type == PV_TEXT) {
        struct php_facts *facts = scope->run->facts;
        unsigned before = facts->count;
        uint32_t fixed = scope->fixed_line;
        scope->fixed_line = line;
        result = code_layer(scope, text->text, (enum code_language)language_here(scope));
        scope->fixed_line = fixed;
        for (unsigned i = before; i < facts->count; i++) { /* what was folded is the evidence */
            facts->list[i].decoded = facts->list[i].decoded.data == NULL && text->pieces + text->decoders != 0
                                         ? text->text
                                         : facts->list[i].decoded;
        }
        if ((is_hidden || text->pieces > 8) && facts->count == before) {
            struct php_fact *fact = code_fact(scope, PF_DECODED_CODE, line, callee, text);
            if (fact != NULL) {
                fact->decoded = text->text;
            }
        }
    } else if (is_hidden || (taint & TA_CHOP) != 0) {
        (void)code_fact(scope, PF_DECODED_CODE, line, callee, text);
    } else if (text->suffix.len != 0 && php_is_picture(text->suffix)) { /* read from a file of that name */
        (void)code_fact(scope, PF_PICTURE, line, callee, text);
    } else if ((taint & TA_FILE) != 0) {
        (void)code_fact(scope, PF_HINT, line, callee, text);
    }
    return result;
}

/* ---- folding ---- */

static struct php_value keep(const struct php_value *value, uint32_t more)
{
    struct php_value result = php_unknown((php_taint_of(value) & (TA_FLOW | TA_AFFIX | TA_BEHIND | TA_DEC | TA_CHOP |
                                                                  TA_BUILT | TA_COM | TA_FILE | TA_OPAQUE)) |
                                          more);
    result.steps = value->steps;
    result.suffix = value->suffix;
    return result;
}

static bool fold_as(struct code_scope *scope, enum php_fold function, const struct php_value *arguments, unsigned count,
                    struct php_value *ret)
{
    for (unsigned i = 0; i < count; i++) {
        if (!php_is_constant(&arguments[i])) {
            return false;
        }
    }
    return php_fold(scope->run->heap, function, arguments, count, ret);
}

static struct php_value fold_chr(struct code_scope *scope, const struct code_arguments *arguments)
{
    struct php_value text = php_text_value(STR("")), one;
    for (unsigned i = 0; i < arguments->count; i++) {
        if (!fold_as(scope, FO_CHR, &arguments->list[i], 1, &one)) {
            return keep(&arguments->list[i], TA_CHOP);
        }
        text = php_concat(scope->run->heap, &text, &one);
    }
    return text;
}

/* Mid(s, from, len) counts from 1, substring(from, to) and substr(from, len) from 0. */
static struct php_value fold_part(struct code_scope *scope, enum code_fold kind, const struct php_value *text,
                                  const struct php_value *first, const struct php_value *second)
{
    struct str whole;
    double from = 0, length = 1e9;
    if (text->type != PV_TEXT || first->type != PV_NUMBER || !php_to_text(scope->run->heap, text, &whole)) {
        return keep(text, text->type == PV_TEXT ? TA_CHOP : 0);
    }
    if (kind == CF_LEFT) {
        length = first->number;
    } else if (kind == CF_RIGHT) {
        from = (double)whole.len - first->number;
    } else {
        from = first->number - (kind == CF_MID ? 1 : 0);
        length = second->type == PV_NUMBER ? second->number - (kind == CF_SUBSTRING ? from : 0) : 1e9;
    }
    from = from < 0 ? 0 : from > (double)whole.len ? (double)whole.len : from;
    length = length < 0 ? 0 : length > (double)whole.len ? (double)whole.len : length;
    struct php_value part = php_text_value(str_slice(whole, (size_t)from, (size_t)from + (size_t)length));
    part.taint = text->taint;
    part.pieces = text->pieces;
    part.decoders = text->decoders;
    return part;
}

/* %41 and %u0041 */
static struct php_value fold_unescape(struct code_scope *scope, const struct php_value *text)
{
    char *room = text->type == PV_TEXT ? php_heap_room(scope->run->heap, text->text.len + 1) : NULL;
    if (room == NULL) {
        return keep(text, TA_DEC);
    }
    size_t len = 0;
    struct str raw = text->text;
    for (size_t i = 0; i < raw.len; i++) {
        size_t digits = i + 1 < raw.len && (raw.data[i + 1] | 32) == 'u' ? 4 : 2, from = i + (digits == 4 ? 2 : 1);
        unsigned code = 0;
        bool is_escape = raw.data[i] == '%' && from + digits <= raw.len;
        for (size_t j = 0; is_escape && j < digits; j++) {
            char byte = raw.data[from + j];
            int digit = byte >= '0' && byte <= '9'                 ? byte - '0'
                        : (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10
                                                                   : -1;
            is_escape = digit >= 0;
            code = code * 16 + (unsigned)(digit & 15);
        }
        room[len++] = is_escape ? (char)code : raw.data[i];
        i += is_escape ? digits + (from - i) - 1 : 0;
    }
    struct php_value value = php_text_value(php_heap_text(scope->run->heap, len));
    value.decoders = (uint8_t)(text->decoders + (len < raw.len));
    value.taint = text->taint | (len < raw.len ? TA_DEC : 0);
    return value;
}

static struct php_value fold_split(struct code_scope *scope, const struct php_value *text,
                                   const struct php_value *separator)
{
    struct php_value arguments[2] = {*separator, *text}, value;
    if (separator->type != PV_TEXT) {
        arguments[0] = php_text_value(STR(" "));
    }
    return fold_as(scope, FO_EXPLODE, arguments, 2, &value) ? value : keep(text, 0);
}

static struct php_value fold_with(struct code_scope *scope, enum php_fold function, const struct php_value *text,
                                  bool is_decoder)
{
    struct php_value value;
    if (!fold_as(scope, function, text, 1, &value)) {
        return keep(text, is_decoder ? TA_DEC : 0);
    }
    value.taint |= text->taint | (is_decoder ? TA_DEC : 0);
    value.decoders = (uint8_t)(text->decoders + is_decoder);
    return value;
}

static struct php_value fold_replace(struct code_scope *scope, const struct php_value *text,
                                     const struct php_value *from, const struct php_value *to)
{
    struct php_value arguments[3] = {*from, *to, *text}, value;
    if (!fold_as(scope, FO_STR_REPLACE, arguments, 3, &value)) {
        return keep(text, 0);
    }
    value.taint |= text->taint;
    value.decoders = text->decoders;
    value.pieces = (uint16_t)(text->pieces + 1);
    return value;
}

/* CInt("&H41") and CInt("65"): the number, with what is known of where it came from left behind. */
static struct php_value to_number(const struct php_value *value)
{
    double number = 0;
    struct str text = value->type == PV_TEXT ? value->text : STR("");
    if (text.len > 2 && text.data[0] == '&' && (text.data[1] | 32) == 'h') {
        for (size_t i = 2; i < text.len && i < 10; i++) {
            int digit = text.data[i] <= '9' ? text.data[i] - '0' : (text.data[i] | 32) - 'a' + 10;
            number = digit >= 0 && digit < 16 ? number * 16 + digit : number;
        }
        return php_number_value(number);
    }
    return php_is_constant(value) && php_to_number(value, &number) ? php_number_value(number) : php_unknown(0);
}

static bool is_numeric(const struct php_value *value)
{
    bool has_digit = value->type == PV_NUMBER;
    for (size_t i = 0; value->type == PV_TEXT && i < value->text.len; i++) {
        char byte = value->text.data[i];
        if ((byte < '0' || byte > '9') && byte != '.' && byte != '-' && byte != ' ') {
            return false;
        }
        has_digit = has_digit || (byte >= '0' && byte <= '9');
    }
    return has_digit;
}

/* Array(a, b); as long as all of it is at hand. */
static struct php_value fold_array(struct code_scope *scope, const struct code_arguments *arguments,
                                   const struct php_value *all)
{
    struct php_heap *heap = scope->run->heap;
    struct php_array *array = arguments->count < CODE_ARGUMENTS_MAX ? php_array_new(heap) : NULL;
    struct php_value value = *all;
    for (unsigned i = 0; array != NULL && i < arguments->count; i++) {
        struct php_value *slot = php_array_at(heap, array, NULL);
        if (slot != NULL) {
            *slot = arguments->list[i];
        }
    }
    if (array == NULL) {
        return keep(&value, 0);
    }
    value = php_unknown(php_taint_of(all));
    value.steps = all->steps;
    value.type = PV_ARRAY;
    value.array = array;
    return value;
}

/* Join(Array("ev", "al"), "") */
static struct php_value fold_join(struct code_scope *scope, const struct php_value *list, const struct php_value *glue,
                                  const struct php_value *all)
{
    struct php_value arguments[2] = {*glue, *list}, value;
    if (glue->type != PV_TEXT) {
        arguments[0] = php_text_value(STR(" ")); /* VB's; JScript's is a comma, which nobody joins names with */
    }
    bool is_list = list->type == PV_ARRAY && list->array->count != 0;
    if (!is_list || !php_fold(scope->run->heap, FO_IMPLODE, arguments, 2, &value)) {
        return keep(all, 0);
    }
    value.pieces = (uint16_t)(list->array->count < 100 ? list->array->count : 100);
    return value;
}

/* A function gets its text as the first argument, a member as the receiver. */
static struct php_value fold(struct code_scope *scope, const struct code_path *path, const struct code_word *word,
                             const struct php_value *receiver, const struct code_arguments *arguments)
{
    bool is_member = word->text[0] == '.' && arguments->count < 3;
    unsigned next = is_member ? 0 : 1;
    struct php_value all = joined(arguments);
    const struct php_value *text = is_member ? receiver : argument(arguments, 0);
    switch ((enum code_fold)word->detail) {
    case CF_CHR:
        return fold_chr(scope, arguments);
    case CF_ORD:
        return fold_with(scope, FO_ORD, text, false);
    case CF_REVERSE:
        return fold_with(scope, FO_STRREV, text, true);
    case CF_REPLACE:
        if (is_member && receiver->type != PV_TEXT &&
            language_here(scope) == CODE_VBSCRIPT) { /* of a RegExp: texts have no members */
            return keep(argument(arguments, 0), argument(arguments, 0)->type == PV_TEXT ? TA_CHOP : 0);
        }
        return fold_replace(scope, text, argument(arguments, next), argument(arguments, next + 1));
    case CF_MID:
    case CF_SUBSTRING:
    case CF_SUBSTR:
    case CF_LEFT:
    case CF_RIGHT:
        return fold_part(scope, (enum code_fold)word->detail, text, argument(arguments, next),
                         argument(arguments, next + 1));
    case CF_LOWER:
        return fold_with(scope, FO_STRTOLOWER, text, false);
    case CF_UPPER:
        return fold_with(scope, FO_STRTOUPPER, text, false);
    case CF_TRIM:
        return fold_with(scope, FO_TRIM, text, false);
    case CF_BASE64:
        return fold_with(scope, FO_BASE64, argument(arguments, 0), true);
    case CF_URL:
        return fold_with(scope, FO_URLDECODE, argument(arguments, 0), true);
    case CF_UNESCAPE:
        return fold_unescape(scope, argument(arguments, 0));
    case CF_SPLIT:
        return fold_split(scope, text, argument(arguments, next));
    case CF_JOIN:
        return fold_join(scope, is_member ? receiver : argument(arguments, 0), argument(arguments, next),
                         is_member ? receiver : &all);
    case CF_ARRAY:
        return fold_array(scope, arguments, &all);
    case CF_CONCAT:
        return php_concat(scope->run->heap, receiver, argument(arguments, 0));
    case CF_TEXT: /* text.getBytes("UTF-8") is the text; String.valueOf(x), new String(x, "UTF-8") are x */
        if (arguments->count == 0 || (path->members > 1 && (receiver->type != PV_UNKNOWN || receiver->taint != 0))) {
            return *receiver;
        }
        if (arguments->count == 1 && all.type == PV_NUMBER && str_eq_nocase(path->last, STR("getstring"))) {
            return php_unknown(0); /* a column of a row */
        }
        return arguments->count == 1 || path->is_new ? *argument(arguments, 0) : keep(&all, 0);
    case CF_LEN: /* Len of a text; UBound of an array */
        return text->type == PV_TEXT    ? php_number_value((double)text->text.len)
               : text->type == PV_ARRAY ? php_number_value((double)text->array->count - 1)
                                        : php_unknown(0);
    case CF_NUMBER:
        return to_number(text);
    case CF_IS_NUMBER: {
        double number;
        return php_is_constant(text) ? php_bool_value(php_to_number(text, &number) && is_numeric(text))
                                     : php_unknown(0);
    }
    }
    return php_unknown(0);
}

/* ---- sources ---- */

/* A step that names the field: field "q" of request.form */
static struct php_value source(struct code_scope *scope, uint32_t line, const struct code_path *path,
                               const struct code_arguments *arguments)
{
    struct php_value value = php_unknown(TA_IN);
    size_t shown = path->len < NAME_SHOWN ? path->len : NAME_SHOWN;
    struct str key = arguments != NULL && arguments->count != 0 && arguments->list[0].type == PV_TEXT
                         ? str_slice(arguments->list[0].text, 0, 40)
                         : STR("");
    char text[STEP_BYTES * 2];
    int written = key.len != 0
                      ? snprintf(text, sizeof text, "field \"%.*s\" of %.*s", STR_FMT(key), (int)shown, path->text)
                      : snprintf(text, sizeof text, "%.*s", (int)shown, path->text);
    size_t len = written < 0 ? 0 : (size_t)written < sizeof text ? (size_t)written : sizeof text - 1;
    char *room = php_heap_room(scope->run->heap, len);
    if (room == NULL) {
        return value;
    }
    memcpy(room, text, len);
    value.steps = code_step(scope, NULL, line, php_heap_text(scope->run->heap, len));
    return value;
}

/* request.servervariables("SCRIPT_NAME"): this very file. */
static bool is_self(const struct code_arguments *arguments)
{
    static const char *const names[] = {"script_name", "path_translated", "path_info", "url"};
    const struct php_value *name = argument(arguments, 0);
    for (size_t i = 0; name->type == PV_TEXT && i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(name->text, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* request.servervariables("HTTP_X"): the visitor's only where a header is. ret_is_usual: half of all pages read it, to log it or
 * to compare it; it counts where it is run. */
static bool is_header(const struct code_arguments *arguments, bool *ret_is_usual)
{
    static const char *const names[] = {"http_", "query_string", "all_http", "all_raw"};
    static const char *const usual[] = {"http_referer", "http_user_agent", "http_host",
                                        "http_accept",  "http_via",        "http_x_forwarded_for"};
    const struct php_value *name = argument(arguments, 0);
    for (size_t i = 0; name->type == PV_TEXT && i < sizeof usual / sizeof *usual; i++) {
        *ret_is_usual = *ret_is_usual || str_find_nocase(name->text, str_of(usual[i]), 0) == 0;
    }
    for (size_t i = 0; name->type == PV_TEXT && i < sizeof names / sizeof *names; i++) {
        if (str_find_nocase(name->text, str_of(names[i]), 0) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- sinks ---- */

static bool names_shell(struct str name)
{
    static const char *const shells[] = {"wscript.shell",
                                         "shell.application",
                                         "shell.users",
                                         "72c24dd5-d70a-438b-8a42-98424b88afb8",
                                         "13709620-c279-11ce-a49e-444553540000",
                                         "f935dc22-1cf0-11d0-adb9-00c04fd58a0b",
                                         "win32_process"};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (str_find_nocase(name, str_of(shells[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static struct php_value make(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *name)
{
    if (is_raw(name)) {
        (void)code_fact(scope, PF_HINT, line, callee, name);
    }
    if (name->type != PV_TEXT) {
        return php_unknown((php_taint_of(name) & (TA_CHOP | TA_BUILT | TA_DEC)) != 0 ? TA_COM : 0);
    }
    if (str_find_nocase(name->text, STR("script:http"), 0) ==
        0) { /* a component of this machine is no news, one from elsewhere is */
        (void)code_fact(scope, PF_NET_SCRIPT, line, callee, name);
    }
    bool is_shell = names_shell(name->text);
    if (is_shell && scope->run->is_styled) {
        (void)code_fact(scope, PF_STYLED, line, callee, name);
    }
    if (is_shell && name->pieces > 2) {
        struct php_fact *fact = code_fact(scope, PF_BUILT_NAME, line, callee, name);
        if (fact != NULL) {
            fact->decoded = name->text;
        }
    }
    bool is_fetcher = str_find_nocase(name->text, STR("xmlhttp"), 0) != SIZE_MAX ||
                      str_find_nocase(name->text, STR("winhttp"), 0) != SIZE_MAX;
    bool is_link = str_find_nocase(name->text, STR("adodb.connection"), 0) != SIZE_MAX;
    return php_unknown(is_shell ? TA_COM : is_fetcher ? TA_NET : is_link ? TA_LINK : 0);
}

/* cmd.exe, /bin/sh: on its own nothing, tied to a connection a shell for whoever is at its other end. */
static void note_interpreter(struct code_scope *scope, uint32_t line, const struct php_value *command)
{
    struct code_run *run = scope->run;
    bool connects;
    if (command->type == PV_TEXT && php_is_interpreter(command->text, &connects)) {
        run->has_socket = run->has_socket || connects;
        run->has_interpreter = true;
        run->interpreter = *command;
        run->interpreter_line = line;
    }
}

/* A file that this page wrote a moment ago. */
static bool is_dropped(const struct code_run *run, const struct php_value *command)
{
    enum { PATH_MIN = 5 };
    for (unsigned i = 0; command->type == PV_TEXT && i < run->opened_count && i < CODE_OPENED_MAX; i++) {
        if (run->opened[i].len >= PATH_MIN && str_find_nocase(command->text, run->opened[i], 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static void note_command(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *command)
{
    note_interpreter(scope, line, command);
    if (is_dropped(scope->run, command)) {
        struct php_fact *fact = code_fact(scope, PF_DROP_SHELL, line, callee, command);
        if (fact != NULL) {
            fact->decoded = command->text;
        }
    }
}

static void run_command(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *command)
{
    const uint32_t behind =
        TA_AFFIX | TA_BEHIND; /* "nbtstat -a " + address: another command is not the visitor's to say */
    if (is_in(command) || (php_taint_of(command) & TA_NET) != 0) {
        bool is_bound = (php_taint_of(command) & behind) == behind;
        (void)code_fact(scope, is_bound ? PF_HINT : PF_COMMAND_INPUT, line, callee, command);
    }
}

static void write_file(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *path,
                       const struct php_value *data)
{
    uint32_t what = php_taint_of(data);
    if (data->type == PV_TEXT && memchr(data->text.data, '<', data->text.len) != NULL &&
        code_is_shell_text(scope, data->text)) {
        struct php_fact *fact = code_fact(scope, PF_DROP_SHELL, line, callee, data);
        if (fact != NULL) {
            fact->decoded = data->text;
        }
    }
    if (is_in(path) && (what & (TA_IN | TA_NET)) != 0) {
        bool has_ending =
            path->suffix.len > 2 && memchr(path->suffix.data, '.', path->suffix.len) != NULL && !is_script_path(path);
        bool is_weak = has_ending || ((php_taint_of(path) & TA_AFFIX) != 0 && (what & TA_AFFIX) != 0);
        (void)code_fact(scope, is_weak ? PF_HINT : PF_WRITE_BOTH, line, callee, data);
    } else if ((what & TA_IN) != 0 && is_script_path(path)) {
        (void)code_fact(scope, (what & TA_AFFIX) != 0 ? PF_HINT : PF_WRITE_SCRIPT, line, callee, data);
    } else if ((what & TA_NET) != 0 && is_script_path(path)) {
        (void)code_fact(scope, PF_NET_SCRIPT, line, callee, data);
    }
}

static void file_operation(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *path,
                           unsigned bit)
{
    if (is_led(path) && (bit & (FILE_LIST | FILE_TOUCH)) != 0) {
        (void)code_fact(scope, PF_BROWSE, line, callee, path);
    }
    if (is_in(path)) {
        struct php_fact *fact = code_fact(scope, PF_FILE_OP, line, callee, path);
        if (fact != NULL) {
            fact->detail = bit;
        }
    }
}

static void load(struct code_scope *scope, uint32_t line, struct str callee, const struct code_word *word,
                 const struct code_arguments *arguments)
{
    struct php_value all = joined(arguments);
    bool is_any = word->detail == ALL;
    const struct code_place *fetched = &scope->run->fetched;
    if ((php_taint_of(&all) & TA_NET) != 0 && fetched->line != 0 && !is_in(&all)) { /* from where the visitor says */
        (void)code_fact(scope, PF_CODE_INPUT, line, callee, &fetched->value);
    } else if (is_in(&all)) {
        (void)code_fact(scope, PF_CODE_INPUT, line, callee, &all);
    } else if (is_any || (php_taint_of(&all) & TA_DEC) != 0) {
        (void)code_fact(scope, PF_LOAD, line, callee, &all);
    }
}

static struct php_value reflect(struct code_scope *scope, uint32_t line, struct str callee,
                                const struct php_value *name)
{
    static const char *const heavy[] = {"java.lang.runtime", "processbuilder", "getruntime",  "exec",
                                        "processimpl",       "unixprocess",    "defineclass", "scriptenginemanager"};
    if (is_raw(name)) {
        (void)code_fact(scope, PF_HINT, line, callee, name);
    }
    bool is_built = name->pieces > 1 || name->decoders != 0 || (php_taint_of(name) & (TA_CHOP | TA_DEC)) != 0;
    for (size_t i = 0; name->type == PV_TEXT && i < sizeof heavy / sizeof *heavy; i++) {
        if (str_find_nocase(name->text, str_of(heavy[i]), 0) != SIZE_MAX) {
            struct php_fact *fact = is_built ? code_fact(scope, PF_BUILT_NAME, line, callee, name) : NULL;
            if (fact != NULL) {
                fact->decoded = name->text;
            }
            return php_unknown(TA_COM | TA_REFLECT);
        }
    }
    return php_unknown((php_taint_of(name) & (TA_FLOW | TA_CHOP | TA_DEC)) | TA_REFLECT);
}

/* reader.readObject(), formatter.Deserialize(bytes) */
static void make_objects(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *receiver,
                         const struct php_value *given)
{
    bool is_reader = (php_taint_of(receiver) & TA_READER) != 0;
    if (is_reader && (is_in(given) || is_in(receiver))) {
        (void)code_fact(scope, PF_OBJECTS, line, callee, is_in(given) ? given : receiver);
    }
}

static void invoke(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *receiver,
                   const struct code_arguments *arguments)
{
    struct php_value all = joined(arguments);
    uint32_t target = php_taint_of(receiver);
    if ((target & TA_COM) != 0 && is_in(&all)) {
        (void)code_fact(scope, PF_COMMAND_INPUT, line, callee, &all);
    } else if ((target & TA_IN) != 0 && (target & TA_REFLECT) != 0) {
        (void)code_fact(scope, PF_CALL_INPUT, line, callee, is_in(&all) ? &all : receiver);
    } else if ((target & (TA_CHOP | TA_DEC)) != 0 && (target & TA_REFLECT) != 0 && is_in(&all)) {
        (void)code_fact(scope, PF_HIDDEN_CALL, line, callee, &all);
    }
}

void code_note_text(struct code_scope *scope, const struct code_token *token)
{
    enum { SHORTEST = 9 };
    static const char *const catalogues[] = {
        "information_schema", "all_tables",     "all_tab_columns", "show tables",   "show create table",
        "sysobjects",         "user_tables",    "sysdatabases",    "msysobjects",   "user_tab_comments",
        "show table status",  "show keys from", "show databases",  "sqlite_master", "sys.tables"};
    struct code_run *run = scope->run;
    for (size_t i = 0; !run->has_catalogue && token->text.len >= SHORTEST && i < sizeof catalogues / sizeof *catalogues;
         i++) {
        run->has_catalogue = str_find_nocase(token->text, str_of(catalogues[i]), 0) != SIZE_MAX;
    }
    if (token->text.len > SHORTEST && memchr(token->text.data, '<', token->text.len) != NULL) {
        code_style_sheet(scope, token->text);
    }
}

/* "... from " + name: it is a table's whole name, and not the beginning of one that the page knows. */
static bool ends_in_table(const struct php_value *sql)
{
    char first = sql->suffix.len != 0 ? sql->suffix.data[0] : ' ';
    return !((first | 32) >= 'a' && (first | 32) <= 'z') && first != '_' && (first < '0' || first > '9');
}

static void ask_database(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *sql)
{
    struct code_run *run = scope->run;
    bool is_of_header = sql->steps != NULL && str_find(sql->steps->text, STR("servervariables"), 0) != SIZE_MAX;
    if (is_raw(sql) && !is_of_header) {
        (void)code_fact(scope, run->has_connection || run->has_own_link ? PF_SQL : PF_HINT, line, callee, sql);
    }
    bool is_any = run->has_table && is_in(sql) && ends_in_table(sql);
    if ((run->has_catalogue && (run->has_whole || is_any)) || (run->has_connection && is_any)) {
        (void)code_fact(scope, PF_DUMP, line, callee, sql);
    }
}

/* "other.asp?x=": a tool has nowhere else to go. */
void code_note_redirect(struct code_scope *scope, const struct code_path *path, const struct code_token *first)
{
    static const char *const endings[] = {".asp", ".aspx", ".jsp", ".do", ".action"};
    struct code_run *run = scope->run;
    bool is_leading = first->kind == CODE_TEXT &&
                      (str_eq_nocase(path->last, STR("redirect")) || str_eq_nocase(path->last, STR("sendredirect")) ||
                       str_eq_nocase(path->last, STR("transfer")));
    size_t query = is_leading ? str_find(first->text, STR("?"), 0) : 0;
    struct str target = is_leading ? str_slice(first->text, 0, query == SIZE_MAX ? first->text.len : query) : STR("");
    if (!is_leading || str_find(target, STR("://"), 0) != SIZE_MAX) {
        return;
    }
    for (unsigned i = 0; i < run->opened_count && i < CODE_OPENED_MAX; i++) {
        if (str_ends_nocase(run->opened[i], target)) { /* what it has just written */
            return;
        }
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        scope->run->is_part =
            scope->run->is_part || (target.len > strlen(endings[i]) && str_ends_nocase(target, str_of(endings[i])));
    }
}

/* What sessions, requests and applications keep under a name. */
static struct php_slot *stored(struct code_scope *scope, const struct php_value *name)
{
    struct str key = name->type == PV_TEXT ? name->text : STR("");
    return php_map_at(scope->run->heap, &scope->run->stored, key);
}

static void store(struct code_scope *scope, const struct php_value *name, const struct php_value *value)
{
    struct php_slot *slot = stored(scope, name);
    if (slot == NULL) {
        return;
    }
    uint32_t before = slot->is_set ? php_taint_of(&slot->value) : 0;
    slot->value = slot->is_set ? code_join(value, &slot->value) : *value;
    slot->is_set = true;
    scope->run->has_grown =
        scope->run->has_grown || (php_taint_of(&slot->value) & ~before & ~(uint32_t)(TA_AFFIX | TA_BEHIND)) != 0;
}

void code_set_member(struct code_scope *scope, const struct code_path *path, const struct php_value *value)
{
    uint32_t line = code_line(scope, scope->at != 0 ? scope->at - 1 : 0);
    if (str_eq_nocase(path->last, STR("connectionstring"))) {
        scope->run->has_connection = scope->run->has_connection || is_in(value);
    } else if (str_eq_nocase(path->last, STR("commandtext"))) {
        ask_database(scope, line, path->last, value);
    }
}

/* The variable at the base of the path keeps what the call gave it: list.add(x), stream.write x */
static void add_to_base(struct code_scope *scope, const struct code_path *path, uint32_t taint,
                        const struct php_step *steps)
{
    code_add_taint(scope, path->base, language_here(scope), taint, steps);
}

static void bind(struct code_run *run, struct code_function *function, const struct code_arguments *arguments)
{
    bool is_first = function->incoming == NULL;
    if (is_first) {
        function->incoming = php_heap_take(run->heap, CODE_PARAMETERS_MAX * sizeof *function->incoming);
    }
    for (unsigned i = 0; function->incoming != NULL && i < function->parameter_count && i < arguments->count; i++) {
        struct php_value *incoming = &function->incoming[i];
        uint32_t before = is_first ? 0 : php_taint_of(incoming);
        *incoming = is_first ? arguments->list[i] : code_join(incoming, &arguments->list[i]);
        run->has_grown = run->has_grown || is_first || (php_taint_of(incoming) & TA_FLOW & ~before) != 0;
    }
}

static struct php_value call_user(struct code_scope *scope, struct code_function *function,
                                  const struct code_arguments *arguments)
{
    enum { OVERLOADS_MAX = 8 };
    struct code_run *run = scope->run;
    struct php_value all = joined(arguments), value;
    if (code_run_function(scope, function, arguments, &value)) {
        return value;
    }
    bind(run, function, arguments);
    for (unsigned i = 0, next = function->overload; next != 0 && i < OVERLOADS_MAX; i++) {
        bind(run, &run->functions[next], arguments);
        next = run->functions[next].overload;
    }
    for (unsigned i = 0; function->given != NULL && i < function->parameter_count && i < arguments->count; i++) {
        code_add_taint(scope, arguments->names[i], language_here(scope), function->given[i].taint,
                       function->given[i].steps);
    }
    const struct php_slot *result = php_map_find(&run->results, function->name);
    value = result != NULL ? result->value : php_unknown(0);
    if (!php_is_constant(&value) && all.type == PV_TEXT && all.text.len >= BLOB_BYTES) {
        value.taint |= TA_DEC | TA_OPAQUE; /* a decoder of its own makes something of a long constant */
    }
    return value;
}

/* ---- the table's roles ---- */

static struct php_value opened(const struct php_value *path)
{
    struct php_value handle = keep(path, TA_HANDLE | (is_script_path(path) ? TA_SCRIPT_PATH : 0));
    handle.suffix = path->type == PV_TEXT ? path->text : path->suffix;
    return handle;
}

static void put(struct code_scope *scope, uint32_t line, struct str callee, const struct code_path *path,
                const struct php_value *receiver, const struct code_arguments *arguments)
{
    struct php_value data = joined(arguments);
    struct code_run *run = scope->run;
    if ((php_taint_of(&data) & TA_NET) != 0 && run->fetched.line != 0 &&
        (str_eq_nocase(path->base, STR("response")) || str_eq_nocase(path->base, STR("out")))) { /* a proxy */
        (void)code_fact(scope, PF_RELAY, run->fetched.line, run->fetched.callee, &run->fetched.value);
    }
    if ((php_taint_of(receiver) & TA_COM) != 0 && is_in(&data)) { /* the standard input of a command interpreter */
        run_command(scope, line, callee, &data);
    } else if ((php_taint_of(receiver) & TA_HANDLE) != 0) {
        write_file(scope, line, callee, receiver, &data);
    } else {
        add_to_base(scope, path, php_taint_of(&data), data.steps);
    }
}

static struct php_value call_file(struct code_scope *scope, uint32_t line, struct str callee,
                                  const struct code_path *path, const struct code_word *word,
                                  struct php_value *receiver, const struct code_arguments *arguments)
{
    switch ((unsigned)word->role) {
    case CW_WRITE:
        write_file(scope, line, callee, argument(arguments, word->detail >> 4), argument(arguments, word->detail & 15));
        return php_unknown(0);
    case CW_OPEN:
        if (argument(arguments, 0)->type == PV_TEXT) {
            scope->run->opened[scope->run->opened_count++ % CODE_OPENED_MAX] = argument(arguments, 0)->text;
        }
        return opened(arguments->count != 0 ? argument(arguments, 0) : receiver);
    case CW_PUT:
        put(scope, line, callee, path, receiver, arguments);
        return *receiver;
    case CW_SAVE:
        write_file(scope, line, callee, argument(arguments, 0), receiver);
        return php_unknown(0);
    case CW_UPLOAD:
        if (is_in(argument(arguments, 0))) {
            (void)code_fact(scope, is_raw(argument(arguments, 0)) ? PF_UPLOAD : PF_HINT, line, callee,
                            argument(arguments, 0));
        }
        return php_unknown(0);
    case CW_FILE:
        file_operation(scope, line, callee, argument(arguments, 0), word->detail);
        return keep(argument(arguments, 0), 0);
    default:
        file_operation(scope, line, callee, receiver, word->detail);
        return keep(receiver, 0);
    }
}

/* context.addFilter(...) and not search.addFilter(...) */
static bool is_of_server(struct code_scope *scope, struct str path)
{
    return str_find(path, STR("context"), 0) != SIZE_MAX || str_find(path, STR("ctx"), 0) != SIZE_MAX ||
           code_function_named(scope->run, STR("doFilter")) != NULL;
}

static struct php_value call_sink(struct code_scope *scope, uint32_t line, struct str callee,
                                  const struct code_path *path, const struct code_word *word,
                                  struct php_value *receiver, struct code_arguments *arguments)
{
    struct php_value all = joined(arguments);
    struct str text = {path->text, path->len};
    switch ((unsigned)word->role) {
    case CW_TOOL:
        (void)code_fact(scope, word->detail == 1 ? PF_KNOWN : PF_SNIFF, line, callee, NULL);
        return php_unknown(0);
    case CW_CODE:
        if (str_eq(path->last, STR("function"))) { /* the keyword; Function(text) makes code */
            return php_unknown(0);
        }
        return code_run_text(scope, line, callee, word->detail == ALL ? &all : argument(arguments, word->detail));
    case CW_COMMAND:
        note_command(scope, line, callee, argument(arguments, 0));
        run_command(scope, line, callee, &all);
        return keep(&all, TA_COM);
    case CW_SHELL_CALL:
        if ((php_taint_of(receiver) & TA_COM) != 0 || (receiver->type == PV_TEXT && names_shell(receiver->text))) {
            note_command(scope, line, callee, argument(arguments, 0));
            run_command(scope, line, callee, is_in(receiver) && !is_in(&all) ? receiver : &all);
            return php_unknown(TA_COM); /* the process: what is written to it are commands too */
        }
        return php_unknown(0);
    case CW_MAKE:
        return make(scope, line, callee, argument(arguments, 0));
    case CW_LOAD:
        load(scope, line, callee, word, arguments);
        return keep(&all, TA_REFLECT);
    case CW_REFLECT:
        return reflect(scope, line, callee, argument(arguments, 0));
    case CW_READER: {
        struct php_value reader = keep(&all, 0);
        reader.taint |= TA_READER;
        return reader;
    }
    case CW_OBJECT:
        make_objects(scope, line, callee, receiver, &all);
        return keep(&all, 0);
    case CW_INVOKE:
        invoke(scope, line, callee, receiver, arguments);
        return keep(receiver, 0);
    case CW_CONNECT:
        scope->run->has_socket = scope->run->has_socket || arguments->count != 0;
        if (is_in(&all)) {
            (void)code_fact(scope, PF_RELAY, line, callee, &all);
        }
        return keep(&all, 0);
    case CW_BROWSE:
        if (is_raw(&all)) {
            (void)code_fact(scope, PF_BROWSE, line, callee, &all);
        }
        return php_unknown(0);
    case CW_INCLUDE:
        if (is_raw(&all)) {
            (void)code_fact(scope, PF_INCLUDE_INPUT, line, callee, &all);
        }
        return php_unknown(0);
    case CW_DATABASE:
        scope->run->has_own_link = true;
        scope->run->has_connection = scope->run->has_connection || is_in(&all);
        return php_unknown(0);
    case CW_SQL:
        scope->run->has_catalogue = scope->run->has_catalogue || word->detail == 1;
        ask_database(scope, line, callee, argument(arguments, 0));
        return php_unknown(0);
    case CW_MEMORY:
        if (word->detail == 0 || is_of_server(scope, text)) {
            (void)code_fact(scope, PF_MEMORY, line, callee, &all);
        }
        return php_unknown(0);
    default:
        return call_file(scope, line, callee, path, word, receiver, arguments);
    }
}

/* Nobody encodes the name of a form's field, but who hides that he runs what is in it. */
static void note_hidden_request(struct code_scope *scope, uint32_t line, struct str callee,
                                const struct php_value *value)
{
    static const char *const words[] = {"request.item[", "request.item(", "request.form", "request(\"", "request[\""};
    for (size_t i = 0; value->type == PV_TEXT && value->decoders != 0 && i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(value->text, str_of(words[i]), 0) == 0) {
            struct php_fact *fact = code_fact(scope, PF_BUILT_NAME, line, callee, value);
            if (fact != NULL) {
                fact->decoded = value->text;
            }
            return;
        }
    }
}

/* new java.io.X() is new X() where the table has no row for the whole name. */
static const struct code_word *word_of(const struct code_run *run, const struct code_path *path)
{
    struct str text = {path->text, path->len};
    const struct code_word *word = code_word_find(run->kind, text, path->last, path->members > 1);
    size_t name = path->len;
    while (word == NULL && path->is_new && name > 0 && path->text[name - 1] != '.') {
        name--;
    }
    return word == NULL && path->is_new && name > 0
               ? code_word_find(run->kind, str_slice(text, name, text.len), path->last, false)
               : word;
}

/* A name that the table does not know: a header, an element, a function that was kept in a variable. */
static struct php_value call_unknown(struct code_scope *scope, uint32_t line, const struct code_path *path,
                                     const struct php_value *receiver, const struct code_arguments *arguments)
{
    struct str text = {path->text, path->len}, callee = path->last;
    struct php_value given = joined(arguments);
    note_hidden_request(scope, line, callee, &given);
    const uint32_t hidden = TA_COM | TA_REFLECT;
    struct php_slot *named = path->members == 1 ? code_variable_find(scope, path->last, language_here(scope)) : NULL;
    uint32_t callee_taint = php_taint_of(receiver) | (named != NULL ? php_taint_of(&named->value) : 0);
    if ((callee_taint & hidden) == hidden && is_in(&given)) {
        (void)code_fact(scope, PF_CODE_INPUT, line, callee, &given);
    }
    if (str_ends_nocase(text, STR("servervariables")) && is_self(arguments)) {
        return php_unknown(TA_SELF);
    }
    bool is_usual = false;
    bool is_servervariables = str_ends_nocase(text, STR("servervariables")) && is_header(arguments, &is_usual);
    bool is_array = path->members == 1 && !path->is_new && code_is_vb(language_here(scope));
    if (is_servervariables) {
        struct php_value value = source(scope, line, path, arguments);
        value.taint |= is_usual ? TA_AFFIX | TA_BEHIND : 0;
        return value;
    }
    struct php_slot *slot = is_array ? code_variable_find(scope, path->last, language_here(scope)) : NULL;
    struct php_value held = slot != NULL && slot->is_set ? slot->value : php_unknown(0);
    struct php_key index;
    if (held.type == PV_ARRAY && code_key_of(scope->run->heap, arguments, &index)) {
        struct php_value *found = php_array_find(held.array, &index);
        return found != NULL ? *found : php_unknown(0);
    }
    return keep(&held, 0);
}

struct php_value code_call(struct code_scope *scope, uint32_t line, const struct code_path *path,
                           struct php_value *receiver, struct code_arguments *arguments)
{
    struct code_run *run = scope->run;
    struct str callee = path->last;
    char key[CODE_PATH_BYTES];
    const struct code_word *word = word_of(run, path);
    size_t len = 0;
    for (; len < path->last.len && len < sizeof key; len++) {
        char byte = path->last.data[len];
        key[len] = byte >= 'A' && byte <= 'Z' && code_is_vb(language_here(scope)) ? (char)(byte + 32) : byte;
    }
    struct code_function *function =
        path->last.len > sizeof key ? NULL : code_function_named(run, (struct str){key, len});
    if (function != NULL && (word == NULL || (path->members == 1 && !path->is_new) || word->role >= CW_FOLD)) {
        return call_user(scope, function, arguments);
    }
    if (word == NULL) {
        return call_unknown(scope, line, path, receiver, arguments);
    }
    struct php_value all = joined(arguments);
    switch ((unsigned)word->role) {
    case CW_SOURCE:
        return source(scope, line, path, arguments);
    case CW_SHELL:
        return php_unknown(TA_COM);
    case CW_FOLD:
        return fold(scope, path, word, receiver, arguments);
    case CW_PASS: {
        struct php_value value = keep(receiver, word->detail == 1 ? TA_DEC : 0);
        if (word->detail == FILLS && arguments->count != 0) { /* in.read(buffer) */
            code_add_taint(scope, arguments->names[0], language_here(scope), php_taint_of(receiver) & TA_FLOW,
                           receiver->steps);
        }
        value.taint |=
            php_taint_of(&all) & (TA_FLOW | TA_AFFIX | TA_BEHIND | TA_DEC | TA_CHOP | TA_HANDLE | TA_SCRIPT_PATH);
        value.taint |= word->detail == WRITES_ON ? php_taint_of(&all) & TA_COM : 0;
        value.steps = value.steps != NULL ? value.steps : all.steps;
        value.suffix = all.suffix;
        return arguments->count == 1 && receiver->taint == 0 && all.type == PV_TEXT && word->detail != 1 ? all : value;
    }
    case CW_CHOP:
        return keep(receiver, TA_CHOP);
    case CW_ROOTED: {
        struct php_value value = keep(&all, is_in(&all) ? TA_AFFIX | TA_BEHIND : 0);
        return arguments->count == 1 && all.type == PV_TEXT ? all : value;
    }
    case CW_STORE:
        store(scope, argument(arguments, 0), argument(arguments, 1));
        return php_unknown(0);
    case CW_STORED: {
        const struct php_slot *slot = stored(scope, argument(arguments, 0));
        struct php_value value = keep(receiver, 0);
        return slot != NULL && slot->is_set ? slot->value : value;
    }
    case CW_ADD:
        add_to_base(scope, path, php_taint_of(&all), all.steps);
        return *receiver;
    case CW_NUMBER:
        return php_unknown(0);
    case CW_NET:
        if ((php_taint_of(receiver) & TA_LINK) != 0) { /* connection.Open is no request's */
            run->has_own_link = true;
            run->has_connection = run->has_connection || is_in(&all);
            return php_unknown(0);
        }
        bool is_request = word->detail == 0 || (php_taint_of(receiver) & TA_NET) != 0;
        if (!is_request && arguments->count > 1 &&
            is_raw(argument(arguments, 0))) { /* recordset.Open sql, connection */
            run->has_connection = run->has_connection || is_in(argument(arguments, 1));
            ask_database(scope, line, callee, argument(arguments, 0));
        }
        if (is_request && is_raw(argument(arguments, word->detail)) && run->fetched.line == 0) {
            run->fetched =
                (struct code_place){.line = line, .callee = callee, .value = *argument(arguments, word->detail)};
        }
        return php_unknown(is_in(&all) || all.type == PV_TEXT ? TA_NET : 0);
    default:
        return call_sink(scope, line, callee, path, word, receiver, arguments);
    }
}

/* ---- members ---- */

/* txtName.Text, lstName.SelectedItem.Value of the page's own controls. */
static bool is_control(struct code_scope *scope, const struct code_path *path)
{
    static const char *const given[] = {"text",       "value",       "selectedvalue", "filename",
                                        "postedfile", "filecontent", "filebytes"};
    char key[CODE_PATH_BYTES];
    bool is_given = false;
    for (size_t i = 0; i < sizeof given / sizeof *given && !is_given; i++) {
        is_given = str_eq_nocase(path->last, str_of(given[i]));
    }
    size_t len = 0;
    for (; len < path->base.len && len < sizeof key; len++) {
        char byte = path->base.data[len];
        key[len] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
    }
    return is_given && php_map_find(&scope->run->controls, (struct str){key, len}) != NULL;
}

/* Who names nearly all roots of the registry walks through the whole of it. */
static void note_root(struct code_scope *scope, uint32_t line, const struct code_path *path)
{
    static const char *const roots[] = {"classesroot", "currentconfig", "currentuser", "localmachine", "users"};
    enum { ROOTS_MIN = 4 };
    if (path->members != 2 || !str_eq(path->base, STR("Registry"))) {
        return;
    }
    unsigned count = 0;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        scope->run->roots |= str_eq_nocase(path->last, str_of(roots[i])) ? 1U << i : 0;
        count += (scope->run->roots & 1U << i) != 0;
    }
    if (count >= ROOTS_MIN) {
        (void)code_fact(scope, PF_BROWSE, line, STR("Registry"), NULL);
    }
}

/* ${param.x}: what the expression language gives of the request, where the page has no variable of that name. */
static bool is_implicit(struct code_scope *scope, const struct code_path *path)
{
    static const char *const names[] = {"param", "paramValues", "header", "headerValues", "cookie"};
    return scope->run->kind == PAGE_JSP && path->members == 2 &&
           str_is_one_of(path->base, names, sizeof names / sizeof *names) &&
           code_variable_find(scope, path->base, CODE_JAVA) == NULL;
}

/* Constants of VB that are text. */
static bool is_vb_text(const struct code_scope *scope, const struct code_path *path, struct php_value *ret)
{
    static const struct {
        const char *name, *text;
    } rows[] = {{"vbcrlf", "\r\n"}, {"vbnewline", "\r\n"}, {"vblf", "\n"},      {"vbcr", "\r"},
                {"vbtab", "\t"},    {"vbnullstring", ""},  {"vbformfeed", "\f"}};
    if (path->members != 1 || path->len < 4 || path->text[0] != 'v' || path->text[1] != 'b' ||
        !code_is_vb(language_here(scope))) {
        return false;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_eq((struct str){path->text, path->len}, str_of(rows[i].name))) {
            *ret = php_text_value(str_of(rows[i].text));
            return true;
        }
    }
    return false;
}

/* Set r = Request: the whole of it under another name. */
static bool is_alias(const struct code_scope *scope, const struct code_path *path)
{
    const struct code_token *next = code_at(scope, scope->at);
    bool is_all = scope->at < 2 || code_at(scope, scope->at - 2)->kind == CODE_STOP; /* eval("request") */
    return scope->run->kind == PAGE_ASP && path->members == 1 && (is_all || code_is_op(scope, scope->at - 2, '=')) &&
           (next->kind == CODE_STOP || next->kind == CODE_END || (next->kind == CODE_OP && next->op == ';'));
}

struct php_value code_member(struct code_scope *scope, uint32_t line, const struct code_path *path,
                             const struct php_value *receiver)
{
    struct php_value constant;
    if (is_vb_text(scope, path, &constant)) {
        return constant;
    }
    const struct code_word *word =
        code_word_find(scope->run->kind, (struct str){path->text, path->len}, path->last, path->members > 1);
    if (word != NULL && word->role == CW_SOURCE &&
        (path->members > 1 || !str_eq_nocase(path->last, STR("request")) || is_alias(scope, path))) {
        return source(scope, line, path, NULL);
    }
    if (word != NULL && word->role == CW_TOOL) {
        (void)code_fact(scope, word->detail == 1 ? PF_KNOWN : PF_SNIFF, line, path->last, receiver);
    }
    if (word != NULL && word->role == CW_CODE &&
        path->members == 1) { /* the function itself, to be called under another name */
        return php_unknown(TA_COM | TA_REFLECT);
    }
    if (word != NULL && word->role == CW_PASS && word->detail == 1) {
        return keep(receiver, TA_DEC);
    }
    if (word != NULL && (word->role == CW_NUMBER || word->role == CW_SHELL)) {
        return php_unknown(word->role == CW_SHELL ? TA_COM : 0);
    }
    if (path->members > 1 && scope->run->kind == PAGE_ASPX && is_control(scope, path)) {
        return source(scope, line, path, NULL);
    }
    if (is_implicit(scope, path)) {
        return source(scope, line, path, NULL);
    }
    note_root(scope, line, path);
    if (path->members == 2 && scope->run->kind == PAGE_ASPX && (php_taint_of(receiver) & TA_IN) == 0 &&
        !str_eq_nocase(path->base, STR("system")) && /* System.Text.Encoding */
        (str_eq_nocase(path->last, STR("text")) || str_eq_nocase(path->last, STR("value")) ||
         str_eq_nocase(path->last, STR("selectedvalue")))) {
        struct php_slot *slot = code_variable_find(scope, path->base, language_here(scope));
        return slot == NULL ? source(scope, line, path, NULL)
                            : *receiver; /* of a control of the page: no variable here */
    }
    return keep(receiver, php_taint_of(receiver) & (TA_HANDLE | TA_SCRIPT_PATH));
}

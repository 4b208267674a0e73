/* Calls: what each function of PHP means to the flow of the visitor's bytes, and what is a sink. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

enum { BLOB_BYTES = 400, MATCH_BYTES = 8 };

static const struct php_step *steps_of(const struct php_arguments *arguments)
{
    for (unsigned i = 0; i < arguments->count; i++) {
        if ((php_taint_of(&arguments->list[i]) & TA_FLOW) != 0) {
            return arguments->list[i].steps;
        }
    }
    return NULL;
}

/* What flows through a function that moves text. */
struct php_value php_pass(const struct php_arguments *arguments, uint32_t add)
{
    struct php_value value = php_unknown(
        (php_taint_of_all(arguments) & (TA_FLOW | TA_PARAM | TA_CHOP | TA_BUILT | TA_DEC | TA_AFFIX | TA_TAGGED |
                                        TA_BEHIND | TA_OPAQUE | TA_FILES | TA_GUARDED | TA_WHOLE)) |
        add);
    value.steps = steps_of(arguments);
    return value;
}

/* ---- code, commands, files that are run ---- */

static void run_text(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *code)
{
    enum { MADE_MIN = 64 };
    bool is_made = (code->taint & TA_CHOP) != 0 && code->text.len >= MADE_MIN; /* a character at a time */
    if (code->decoders != 0 || is_made) {
        struct php_fact *fact = php_fact(scope, PF_DECODED_CODE, at, callee, code);
        if (fact != NULL) {
            fact->decoded = code->text;
            fact->detail = code->decoders;
        }
    }
    (void)php_layer(scope, at, code->text, true);
}

/* What a function of the file makes of a long text, outside of any function: a decoder of its own that could not be computed. */
static bool is_own_decoder(const struct php_scope *scope, uint32_t taint)
{
    const uint32_t made = TA_CHOP | TA_OPAQUE;
    return scope->function_number == 0 && (scope->run->facts->gate & GATE_BLOB) != 0 && (taint & made) == made &&
           (taint & TA_PARAM) == 0;
}

void php_run_code(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *code)
{
    uint32_t taint = php_taint_of(code);
    if ((php_is_input(taint) || (taint & (TA_NET | TA_FTMP)) != 0) && (taint & TA_GUARDED) == 0) {
        (void)php_fact(scope, PF_CODE_INPUT, at, callee, code);
    } else if ((taint & TA_FLOW & ~(uint32_t)(TA_FILE | TA_SELF)) != 0) {
        (void)php_fact(scope, PF_HINT, at, callee, code);
    }
    if (code->type == PV_TEXT) {
        run_text(scope, at, callee, code);
    } else if ((taint & (TA_DEC | TA_SELF)) != 0 || is_own_decoder(scope, taint)) {
        (void)php_fact(scope, PF_DECODED_CODE, at, callee, code);
    }
}

/* In text that is run, or in a function that such text defines. */
static bool is_hidden_code(const struct php_scope *scope)
{
    bool is_layer = scope->tokens != &scope->run->analyst->tokens;
    return scope->run->layer_depth != 0 ||
           (is_layer && scope->function_number != 0 && scope->run->functions[scope->function_number - 1].name.len != 0);
}

/* By the name of its field, the visitor's text is a command, whatever stands before it. */
static bool is_command_field(const struct php_value *value)
{
    static const char *const names[] = {"\"cmd\"",     "\"command\"", "\"exec\"",
                                        "\"execute\"", "\"shell\"",   "\"comando\""};
    for (const struct php_step *step = value->steps; step != NULL; step = step->before) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (str_starts(step->text, STR("field ")) && str_find_nocase(step->text, str_of(names[i]), 0) != SIZE_MAX) {
                return true;
            }
        }
    }
    return false;
}

void php_run_command(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *command)
{
    uint32_t taint = php_taint_of(command);
    bool connects;
    if (command->type == PV_TEXT && !php_heap_read(scope->run->heap, command->text)) {
        return;
    }
    if (command->type == PV_TEXT && php_is_interpreter(command->text, &connects)) {
        scope->run->interpreter = command->text;
        scope->run->interpreter_line = php_scope_line(scope, at);
        scope->run->has_connection = scope->run->has_connection || connects;
    }
    bool is_word =
        str_eq(callee, STR("`...`")) && command->text.len <= 3; /* `id`, in a manual that shows code between texts */
    if (command->type == PV_TEXT && !is_word && php_is_machine_command(command->text)) {
        (void)php_fact(scope, PF_BROWSE, at, callee, command);
    }
    if (command->type == PV_TEXT && is_hidden_code(scope)) {
        (void)php_fact(scope, PF_HIDDEN_COMMAND, at, callee, command);
    }
    bool is_part = ((taint & TA_BEHIND) != 0 && !is_command_field(command)) ||
                   (taint & (TA_IN | TA_VV | TA_FNAME)) == 0; /* a program's argument: a hole, seldom a shell */
    if ((taint & TA_WHOLE) != 0) {
        (void)php_fact(scope, PF_SKIM, at, callee, command);
    }
    if ((taint & TA_NET) != 0 && (taint & TA_AFFIX) == 0 && scope->run->has_connection) {
        (void)php_fact(scope, PF_REVERSE, at, callee, command);
    } else if (php_is_input(taint) || (taint & TA_NET) != 0) {
        (void)php_fact(scope, is_part ? PF_HINT : PF_COMMAND_INPUT, at, callee, command);
    }
}

void php_run_include(struct php_scope *scope, uint32_t at, const struct php_value *path)
{
    uint32_t taint = php_taint_of(path);
    if ((taint & TA_WRITTEN) != 0) {
        (void)php_fact(scope, PF_CODE_INPUT, at, STR("include"), path);
    }
    if (path->type == PV_TEXT) {
        for (unsigned i = 0; i < scope->run->written_count; i++) {
            if (str_eq(path->text, scope->run->written[i])) {
                (void)php_fact(scope, PF_CODE_INPUT, at, STR("include"), path);
            }
        }
        if (php_is_picture(path->text)) {
            struct php_fact *fact = php_fact(scope, PF_PICTURE, at, STR("include"), path);
            if (fact != NULL) {
                fact->decoded = path->text;
            }
        }
        bool is_input_stream = str_starts(path->text, STR("php://input"));
        bool is_data = str_starts(path->text, STR("data:"));
        if (is_input_stream) {
            (void)php_fact(scope, PF_INCLUDE_INPUT, at, STR("include"), path);
        } else if (is_data || str_starts(path->text, STR("http://")) || str_starts(path->text, STR("ftp://"))) {
            (void)php_fact(scope, PF_NET_SCRIPT, at, STR("include"), path);
        }
        return;
    }
    bool is_detour = php_is_input(taint) && (taint & TA_DETOUR) != 0;
    bool is_whole =
        php_is_raw_input(taint) && (taint & (TA_BEHIND | TA_OPAQUE)) == 0; /* no directory stands before it */
    if (is_whole || (taint & TA_FTMP) != 0 || is_detour) {
        (void)php_fact(scope, PF_INCLUDE_INPUT, at, STR("include"), path);
    } else if (php_is_input(taint)) {
        (void)php_fact(scope, PF_HINT, at, STR("include"), path);
    }
}

/* ---- functions named by values ---- */

struct php_value php_call_back(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                               const struct php_arguments *data)
{
    struct php_arguments given = {.count = 0};
    for (unsigned i = 0; i < data->count; i++) {
        struct php_value value = data->list[i];
        if (value.type == PV_ARRAY && value.array->count == 1 && (value.taint & TA_FLOW) == 0) {
            value = value.array->list[0].value;
        } else if (value.type == PV_ARRAY) {
            const struct php_step *steps = value.steps;
            for (uint32_t j = 0; j < value.array->count && j < 16 && steps == NULL; j++) {
                steps = value.array->list[j].value.steps;
            }
            value = php_unknown(php_taint_of(&value));
            value.steps = steps;
        }
        given.list[given.count++] = value;
    }
    return php_call_value(scope, at, callee, &given);
}

/* array_map over constants, with a function that can be computed. */
static bool map_constants(struct php_scope *scope, const struct php_value *callee, const struct php_value *list,
                          struct php_value *ret_value)
{
    struct php_heap *heap = scope->run->heap;
    const struct php_word *word =
        callee->type == PV_TEXT ? php_word_find(scope->run->analyst->words, callee->text) : NULL;
    if (word == NULL || word->role != PHP_FOLD || list->type != PV_ARRAY) {
        return false;
    }
    struct php_value out = {.type = PV_ARRAY, .array = php_array_new(heap)};
    for (uint32_t i = 0; out.array != NULL && i < list->array->count; i++) {
        struct php_value *slot = php_array_at(heap, out.array, NULL);
        if (slot == NULL || !php_fold(heap, (enum php_fold)word->detail, &list->array->list[i].value, 1, slot) ||
            !php_heap_work(heap, 1)) {
            return false;
        }
        slot->taint |= TA_CHOP;
    }
    *ret_value = out;
    return out.array != NULL;
}

/* Any of several handlers that is a name of danger gets what the visitor sends. */
struct php_value php_hidden_handlers(struct php_scope *scope, uint32_t at, struct str name,
                                     const struct php_arguments *arguments)
{
    for (unsigned i = 0; i < arguments->count; i++) {
        const struct php_value *value = &arguments->list[i];
        const struct php_word *word =
            value->type == PV_TEXT ? php_word_find(scope->run->analyst->words, value->text) : NULL;
        if (word != NULL && (word->role == PHP_CODE || word->role == PHP_COMMAND || word->role == PHP_REGEX)) {
            struct php_fact *fact = php_fact(scope, PF_HIDDEN_CALL, at, name, value);
            if (fact != NULL) {
                fact->decoded = value->text;
            }
        }
    }
    return php_unknown(0);
}

/* yaml_parse(text, 0, $n, ["!tag" => "f"]) */
static struct php_value handlers_within(struct php_scope *scope, uint32_t at, struct str name,
                                        const struct php_value *list)
{
    struct php_arguments handlers = {.count = 0};
    for (uint32_t i = 0; i < list->array->count && handlers.count < ARGUMENTS_MAX; i++) {
        handlers.list[handlers.count++] = list->array->list[i].value;
    }
    return php_hidden_handlers(scope, at, name, &handlers);
}

/* Handlers whose arguments come from elsewhere: the name alone says what runs. */
static bool takes_unseen(struct str name)
{
    static const char *const names[] = {"set_error_handler",       "set_exception_handler",
                                        "xml_set_element_handler", "xml_set_character_data_handler",
                                        "sqlite_create_function",  "libxml_set_external_entity_loader"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* array_walk gives the key as well; of a list of one, it is known. */
static void add_key(struct php_arguments *data)
{
    const struct php_value *list = &data->list[0];
    bool is_one = list->type == PV_ARRAY && list->array->count == 1;
    struct php_value key = php_pass(data, 0);
    if (is_one) {
        const struct php_key *name = &list->array->list[0].key;
        key = name->is_text ? php_text_value(name->text) : php_number_value((double)name->number);
    }
    data->list[data->count++] = key;
}

static struct php_value call_callback(struct php_scope *scope, uint32_t at, struct str name, unsigned detail,
                                      const struct php_arguments *arguments)
{
    unsigned callable_at = detail >> 4, data_at = detail & 15;
    callable_at = callable_at == CB_LAST ? (arguments->count != 0 ? arguments->count - 1 : 0) : callable_at;
    const struct php_value *callee = php_argument(arguments, callable_at);
    struct php_value mapped;
    if (arguments->is_spread && php_is_input(php_taint_of_all(arguments))) {
        (void)php_fact(scope, PF_CALL_INPUT, at, name, php_argument(arguments, 0));
    }
    if (callable_at >= arguments->count) {
        return php_pass(arguments, 0);
    }
    if (str_eq_nocase(name, STR("ob_start"))) {
        (void)php_hidden_handlers(scope, at, name, arguments);
        scope->run->output = *callee;
        scope->run->has_output = true;
        return php_unknown(0);
    }
    if (str_eq_nocase(name, STR("session_set_save_handler"))) {
        return php_hidden_handlers(scope, at, name, arguments);
    }
    if (takes_unseen(name)) {
        (void)php_hidden_handlers(scope, at, name, arguments);
        if (php_is_raw_value(callee)) {
            (void)php_fact(scope, PF_CALL_INPUT, at, name, callee);
        }
        return php_unknown(0);
    }
    if (callable_at == 0 && arguments->count == 2 && data_at == CB_REST &&
        map_constants(scope, callee, php_argument(arguments, 1), &mapped)) {
        return mapped;
    }
    struct php_arguments data = {.count = 0};
    for (unsigned i = 0; i < arguments->count; i++) {
        if (i != callable_at && (data_at == CB_REST || i == data_at)) {
            data.list[data.count++] = arguments->list[i];
        }
    }
    if (data.count == 1 &&
        (str_eq_nocase(name, STR("array_walk")) || str_eq_nocase(name, STR("array_walk_recursive")))) {
        add_key(&data);
    }
    struct php_value result = php_call_back(scope, at, callee, &data);
    struct php_value through = php_pass(&data, 0);
    return callable_at == 0 ? php_join(&result, &through) : through;
}

/* Names that mean danger once they turn out to be what was hidden. */
static bool is_sensitive(const struct php_word *word)
{
    if (word == NULL) {
        return false;
    }
    switch (word->role) {
    case PHP_CODE:
    case PHP_COMMAND:
        return true;
    case PHP_FOLD:
        return word->detail == FO_BASE64 || word->detail == FO_INFLATE || word->detail == FO_UNCOMPRESS ||
               word->detail == FO_ROT13;
    case PHP_CALLBACK:
        return str_starts(str_of(word->text), STR("call_user_func"));
    case PHP_WRITE:
        return word->detail == WR_PUT;
    case PHP_REGEX:
        return true;
    default:
        return false;
    }
}

static struct str bare_name(struct str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '\\') {
            return str_slice(name, i, name.len);
        }
    }
    return name;
}

/* The visitor's data go to a function whose name is put together from single characters and that nobody has heard of: what the name
 * is was computed wrongly here, or a copy has lost a part of it. */
static bool is_odd_name(const struct php_scope *scope, const struct php_value *callee, struct str name)
{
    enum { PIECES_MIN = 4 };
    bool is_made =
        ((callee->taint & TA_CHOP) != 0 || callee->pieces >= PIECES_MIN) && (callee->taint & (TA_BUILT | TA_DEC)) != 0;
    bool is_damaged = name.len != 0 && (unsigned char)name.data[0] >= 0x80 && (callee->taint & TA_BARE) != 0;
    return (is_made || is_damaged) && php_word_find(scope->run->analyst->words, name) == NULL &&
           php_function_named(scope->run, name, false) == NULL;
}

static struct php_value call_text(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                                  struct php_arguments *arguments)
{
    struct str name = bare_name(str_trim(callee->text));
    const struct php_word *word = php_word_find(scope->run->analyst->words, name);
    size_t colons = str_find(name, STR("::"), 0);
    if (colons != SIZE_MAX) {
        return php_call_method(scope, at, &php_nothing, str_slice(name, colons + 2, name.len), arguments);
    }
    bool is_hidden = (callee->taint & TA_BUILT) != 0 || callee->decoders != 0 || (callee->taint & TA_DEC) != 0;
    if (is_hidden && (is_sensitive(word) || callee->decoders != 0)) {
        struct php_fact *fact = php_fact(scope, PF_BUILT_NAME, at, name, callee);
        if (fact != NULL) {
            fact->decoded = name;
        }
    }
    if (php_is_raw_input(php_taint_of_all(arguments)) && is_odd_name(scope, callee, name)) {
        (void)php_fact(scope, PF_HIDDEN_CALL, at, STR("$f(...)"), &arguments->list[0]);
    }
    return php_call_name(scope, at, name, true, arguments);
}

/* f("eval($_POST[x]);") */
static bool gives_code(struct php_heap *heap, const struct php_arguments *arguments)
{
    for (unsigned i = 0; i < arguments->count; i++) {
        const struct php_value *value = &arguments->list[i];
        if (value->type == PV_TEXT && php_heap_read(heap, value->text) &&
            str_find(value->text, STR("("), 0) != SIZE_MAX &&
            (str_find(value->text, STR("$_"), 0) != SIZE_MAX || str_find(value->text, STR("eval("), 0) != SIZE_MAX)) {
            return true;
        }
    }
    return false;
}

static struct php_value call_unknown(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                                     const struct php_arguments *arguments)
{
    uint32_t name = callee->taint, data = php_taint_of_all(arguments);
    bool is_hidden = (name & (TA_BUILT | TA_CHOP | TA_DEC | TA_SELF | TA_FILE)) != 0 && (name & TA_PARAM) == 0;
    bool gets_input = php_is_input(data) || (data & TA_FTMP) != 0;
    scope->run->has_dispatch = scope->run->has_dispatch || (php_is_input(name) && !scope->run->is_unasked);
    bool is_included = (name & TA_OLD) != 0 && scope->run->has_includes; /* what is included may have set it */
    if ((name & (TA_IN | TA_VV)) != 0 && (name & TA_GUARDED) == 0) {
        bool is_call = !is_included && (name & TA_BEHIND) == 0 &&
                       (name & (TA_AFFIX | TA_OPAQUE)) != (TA_AFFIX | TA_OPAQUE) &&
                       (gets_input || arguments->is_spread || gives_code(scope->run->heap, arguments));
        struct php_fact *fact = php_fact(scope, is_call ? PF_CALL_INPUT : PF_HINT, at, STR("$f(...)"), callee);
        if (fact != NULL) {
            fact->is_affixed = (name & TA_AFFIX) != 0;
        }
    } else if (is_hidden && gets_input) {
        struct php_value given = php_pass(arguments, 0);
        (void)php_fact(scope, PF_HIDDEN_CALL, at, STR("$f(...)"), &given);
    } else if (is_hidden) {
        for (unsigned i = 0; i < arguments->count; i++) {
            const struct php_value *value = &arguments->list[i];
            if ((value->type == PV_TEXT && (value->text.len >= BLOB_BYTES || value->decoders != 0)) ||
                (value->taint & TA_DEC) != 0) {
                (void)php_fact(scope, PF_HIDDEN_DATA, at, STR("$f(...)"), callee);
            }
        }
    }
    struct php_value result = php_pass(arguments, TA_OPAQUE);
    return is_hidden || (name & (TA_IN | TA_VV)) != 0 ? result : php_unknown(TA_OPAQUE);
}

struct php_value php_call_value(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                                struct php_arguments *arguments)
{
    struct php_key second = {.number = 1};
    const struct php_value *method;
    switch (callee->type) {
    case PV_CLOSURE:
        return php_call_function(scope, (uint32_t)callee->number, arguments);
    case PV_TEXT:
        return call_text(scope, at, callee, arguments);
    case PV_ARRAY:
        method = php_array_find(callee->array, &second);
        if (method != NULL && php_is_input_value(method) && !scope->run->is_unasked) {
            scope->run->has_dispatch = true;
        }
        return method != NULL && method->type == PV_TEXT
                   ? php_call_method(scope, at, &php_nothing, method->text, arguments)
                   : php_unknown(0);
    case PV_UNKNOWN:
        return call_unknown(scope, at, callee, arguments);
    case PV_NULL: /* nothing in the file gives it a value, and nothing is included that could */
        if (scope->function_number == 0 && !scope->run->has_includes && (scope->run->facts->gate & GATE_PART) == 0 &&
            php_is_raw_input(php_taint_of_all(arguments))) {
            (void)php_fact(scope, PF_HIDDEN_CALL, at, STR("$f(...)"), &arguments->list[0]);
        }
        return php_unknown(0);
    default:
        return php_unknown(0);
    }
}

/* ---- preg_replace and its e ---- */

static bool has_e_modifier(struct str pattern)
{
    pattern = str_trim(pattern);
    if (pattern.len < 3) {
        return false;
    }
    char open = pattern.data[0];
    char close = open == '(' ? ')' : open == '{' ? '}' : open == '[' ? ']' : open == '<' ? '>' : open;
    const char *end = memrchr(pattern.data + 1, close, pattern.len - 1);
    return end != NULL && memchr(end, 'e', pattern.len - (size_t)(end - pattern.data)) != NULL;
}

static bool is_code_pattern(struct php_heap *heap, const struct php_value *pattern)
{
    struct str text;
    if (pattern->type == PV_ARRAY) {
        for (uint32_t i = 0; i < pattern->array->count && i < 64; i++) {
            if (pattern->array->list[i].value.type == PV_TEXT && has_e_modifier(pattern->array->list[i].value.text)) {
                return true;
            }
        }
        return false;
    }
    return pattern->type == PV_TEXT && php_to_text(heap, pattern, &text) && has_e_modifier(text);
}

/* \\1 or $1 outside of single quotes, in which PHP escapes what it puts there. */
static bool has_bare_match(struct str code)
{
    for (size_t i = 0; i + 1 < code.len; i++) {
        bool is_match =
            (code.data[i] == '\\' || code.data[i] == '$') && code.data[i + 1] >= '0' && code.data[i + 1] <= '9';
        if (is_match && (i == 0 || code.data[i - 1] != '\'')) {
            return true;
        }
    }
    return false;
}

static struct php_value call_regex(struct php_scope *scope, uint32_t at, struct str name, enum php_regex kind,
                                   const struct php_arguments *arguments)
{
    const struct php_value *pattern = php_argument(arguments, 0), *with = php_argument(arguments, 1),
                           *subject = php_argument(arguments, 2), *options = php_argument(arguments, 3);
    bool is_code = kind == RX_REPLACE ? is_code_pattern(scope->run->heap, pattern)
                                      : options->type == PV_TEXT && options->text.len != 0 &&
                                            memchr(options->text.data, 'e', options->text.len) != NULL;
    uint32_t of_pattern = php_taint_of(pattern);
    if (is_code) {
        php_run_code(scope, at, name, with);
        bool uses_match = with->type == PV_TEXT && has_bare_match(with->text);
        if (uses_match && php_is_input(php_taint_of(subject))) {
            (void)php_fact(scope, PF_CODE_INPUT, at, name, subject);
        } else if (uses_match && with->text.len <= MATCH_BYTES && subject->type == PV_TEXT) {
            php_run_code(scope, at, name, subject);
        }
    } else if (kind == RX_REPLACE && (of_pattern & TA_FILE) != 0 && (of_pattern & TA_AFFIX) == 0 &&
               (php_taint_of(with) & TA_FILE) != 0) {
        (void)php_fact(scope, PF_DECODED_CODE, at, name, with);
    } else if (kind == RX_REPLACE && pattern->type == PV_UNKNOWN && of_pattern == 0 && php_is_raw_value(with) &&
               subject->type == PV_TEXT && subject->text.len <= MATCH_BYTES && scope->function_number == 0 &&
               !scope->run->has_includes) { /* nobody replaces in nothing; the pattern is damaged */
        (void)php_fact(scope, PF_HIDDEN_CALL, at, name, with);
    } else if (kind == RX_REPLACE && php_is_raw_input(of_pattern) && php_is_input(php_taint_of(with))) {
        (void)php_fact(scope, PF_CODE_INPUT, at, name, with);
    }
    bool is_filter = pattern->type == PV_TEXT && str_find(pattern->text, STR("[^"), 0) != SIZE_MAX;
    struct php_value value =
        php_unknown(is_filter ? 0
                              : (php_taint_of(subject) | php_taint_of(with)) &
                                    (TA_FLOW | TA_PARAM | TA_AFFIX | TA_BEHIND | TA_DEC | TA_GUARDED));
    value.steps = subject->steps != NULL ? subject->steps : with->steps;
    return value;
}

/* ---- variables from data, constants, guards ---- */

static struct php_value call_import(struct php_scope *scope, unsigned detail, const struct php_arguments *arguments)
{
    const struct php_value *from = php_argument(arguments, 0);
    bool is_given = php_is_input(php_taint_of(from)) || detail == 2;
    if (detail == 1 && arguments->count > 1) {
        if (arguments->slots[1] != NULL) {
            arguments->slots[1]->is_set = true;
            arguments->slots[1]->value = php_unknown(php_taint_of(from) & (TA_FLOW | TA_AFFIX | TA_BEHIND));
            arguments->slots[1]->value.steps = from->steps;
        }
        return php_unknown(0);
    }
    if (from->type == PV_ARRAY) {
        for (uint32_t i = 0; i < from->array->count && php_heap_work(scope->run->heap, 1); i++) {
            const struct php_element *element = &from->array->list[i];
            struct php_slot *slot = element->key.is_text ? php_variable(scope, element->key.text) : NULL;
            if (slot != NULL) {
                slot->is_set = true;
                slot->value = element->value;
            }
        }
    }
    scope->run->has_imports = scope->run->has_imports || is_given;
    return php_unknown(0);
}

/* vsprintf(format, [a, b]) as sprintf(format, a, b) */
static void spread_last(struct php_arguments *arguments)
{
    const struct php_value list = arguments->list[1];
    arguments->count = 1;
    for (uint32_t i = 0; i < list.array->count && arguments->count < ARGUMENTS_MAX; i++) {
        arguments->list[arguments->count++] = list.array->list[i].value;
    }
}

/* sprintf("a %s b", x): the constants of the format stand before and behind what the visitor gives. */
static struct php_value in_format(struct php_heap *heap, const struct php_arguments *arguments)
{
    const struct php_value *format = php_argument(arguments, 0);
    struct php_value value = php_pass(arguments, 0);
    const char *first =
        format->type == PV_TEXT && format->text.len != 0 ? memchr(format->text.data, '%', format->text.len) : NULL;
    if (first == NULL) {
        return value;
    }
    const char *last = memrchr(format->text.data, '%', format->text.len);
    size_t from = (size_t)(first - format->text.data), to = (size_t)(last - format->text.data) + 2;
    struct php_value before = php_text_value(str_slice(format->text, 0, from)),
                     behind = php_text_value(str_slice(format->text, to, format->text.len));
    value = before.text.len != 0 ? php_concat(heap, &before, &value) : value;
    return behind.text.len != 0 ? php_concat(heap, &value, &behind) : value;
}

/* str_replace("{prefix}", x, text): what the visitor gives stands in a text that isn't the visitor's. */
static bool is_put_in(const struct php_arguments *arguments)
{
    const struct php_value *needle = php_argument(arguments, 0), *text = php_argument(arguments, 2);
    bool is_whole = needle->type == PV_TEXT && text->type == PV_TEXT && str_eq(needle->text, text->text);
    return php_is_input(php_taint_at(arguments, 1)) && !php_is_input(php_taint_of(text)) && !is_whole;
}

static struct php_value fold_call(struct php_scope *scope, enum php_fold function, struct php_arguments *arguments)
{
    struct php_heap *heap = scope->run->heap;
    struct php_value out;
    uint32_t taint = php_taint_of_all(arguments);
    bool is_decoder = php_fold_is_decoder(function);
    if (php_fold(heap, function, arguments->list, arguments->count, &out)) {
        unsigned decoders = 0;
        for (unsigned i = 0; i < arguments->count; i++) {
            decoders = arguments->list[i].decoders > decoders ? arguments->list[i].decoders : decoders;
        }
        out.decoders = (uint8_t)(decoders + is_decoder > 200 ? 200 : decoders + is_decoder);
        if (out.type == PV_TEXT) {
            bool is_chop = function == FO_CHR || function == FO_SUBSTR;
            bool is_built = function == FO_IMPLODE || function == FO_STR_REPLACE || function == FO_SUBSTR_REPLACE ||
                            function == FO_STRTR || function == FO_BASE_CONVERT;
            out.taint |= (taint & (TA_BUILT | TA_CHOP | TA_DEC)) | (is_decoder ? TA_DEC : 0) | (is_chop ? TA_CHOP : 0) |
                         (is_built ? TA_BUILT : 0);
        }
        bool opens = out.type == PV_TEXT && is_decoder && str_starts(str_trim(out.text), STR("<?"));
        out.taint |= (taint & (TA_FLOW | TA_AFFIX | TA_BEHIND | TA_TAGGED)) | (opens ? TA_TAGGED : 0);
        out.steps = out.steps != NULL ? out.steps : steps_of(arguments);
        return out;
    }
    switch ((unsigned)function) {
    case FO_SPRINTF:
        return in_format(heap, arguments);
    case FO_STR_REPLACE:
        return php_pass(arguments, is_put_in(arguments) ? TA_AFFIX : 0);
    case FO_STRLEN:
    case FO_COUNT:
    case FO_INTVAL:
    case FO_STRPOS:
    case FO_FLOOR:
    case FO_DECHEX:
    case FO_RANGE:
    case FO_COMPACT:
        return php_unknown(taint & TA_PARAM);
    case FO_ORD:
    case FO_HEXDEC:
        return php_pass(arguments, TA_CHOP);
    case FO_ARRAY_VALUES:
        return php_pass(arguments, taint & TA_SERVER);
    default:
        return php_pass(arguments, is_decoder && function != FO_URLDECODE && function != FO_RAWURLDECODE &&
                                           function != FO_CHR && function != FO_STRREV
                                       ? TA_DEC
                                       : 0);
    }
}

static struct php_value call_fold(struct php_scope *scope, enum php_fold function, struct php_arguments *arguments)
{
    const struct php_value *name = php_argument(arguments, 0);
    struct php_slot *slot;
    if (function == FO_DEFINE) {
        slot = name->type == PV_TEXT ? php_map_at(scope->run->heap, &scope->run->constants, name->text) : NULL;
        if (slot != NULL) {
            slot->is_set = true;
            slot->value = *php_argument(arguments, 1);
            php_learn(scope, &slot->value);
        }
        return php_unknown(0);
    }
    if (function == FO_CONSTANT) {
        slot = name->type == PV_TEXT ? php_map_find(&scope->run->constants, name->text) : NULL;
        return slot != NULL ? slot->value : php_unknown(0);
    }
    return fold_call(scope, function, arguments);
}

static struct php_value call_source(struct php_scope *scope, uint32_t at, struct str name, unsigned detail,
                                    const struct php_arguments *arguments)
{
    const struct php_value *first = php_argument(arguments, 0);
    bool is_of_request =
        first->type == PV_TEXT && (str_starts(first->text, STR("HTTP_")) || str_eq(first->text, STR("QUERY_STRING")) ||
                                   str_eq(first->text, STR("REQUEST_URI")) || str_eq(first->text, STR("PATH_INFO")));
    if (detail == 1 && !is_of_request) {
        return php_unknown(0);
    }
    struct php_value value = php_unknown(TA_IN | (detail == 0 ? TA_ALL_INPUT : 0));
    value.steps = php_stepf(scope, NULL, at, "%.*s() of the request", STR_FMT(name));
    return value;
}

/* filter_var(x, FILTER_CALLBACK, ['options' => f]); every other filter ends taint. */
static struct php_value call_filter(struct php_scope *scope, uint32_t at, const struct php_arguments *arguments)
{
    const struct php_value *options = php_argument(arguments, 2);
    struct php_key key = {.is_text = true, .text = STR("options")};
    const struct php_value *callee = options->type == PV_ARRAY ? php_array_find(options->array, &key) : NULL;
    if (callee == NULL || (callee->type != PV_TEXT && callee->type != PV_CLOSURE && !php_is_input(callee->taint))) {
        return php_unknown(0);
    }
    struct php_arguments data = {.list = {*php_argument(arguments, 0)}, .count = 1};
    return php_call_back(scope, at, callee, &data);
}

/* Does the body of a made function run what it is given? */
static bool runs_parameter(struct php_scope *scope, struct str parameters, struct str body)
{
    const struct php_words *words = scope->run->analyst->words;
    if (!php_heap_read(scope->run->heap, body)) {
        return false;
    }
    for (size_t at = str_find(body, STR("("), 0); at != SIZE_MAX; at = str_find(body, STR("("), at + 1)) {
        size_t name = at, end = at + 1;
        while (name > 0 && php_is_word_byte(body.data[name - 1])) {
            name--;
        }
        const struct php_word *word = php_word_find(words, str_slice(body, name, at));
        while (end < body.len && body.data[end] == ' ') {
            end++;
        }
        size_t from = end;
        while (end < body.len && (body.data[end] == '$' || php_is_word_byte(body.data[end]))) {
            end++;
        }
        bool is_sink = word != NULL && (word->role == PHP_CODE || word->role == PHP_COMMAND ||
                                        (word->role == PHP_KEYWORD && word->detail == KW_EVAL));
        if (is_sink && end > from + 1 && body.data[from] == '$' && php_heap_read(scope->run->heap, parameters) &&
            str_find(parameters, str_slice(body, from, end), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static void note_name_check(struct php_scope *scope, struct str name, const struct php_arguments *arguments)
{
    static const char *const checks[] = {"preg_match", "in_array",         "getimagesize", "mime_content_type",
                                         "finfo_file", "exif_imagetype",   "stristr",      "strpos",
                                         "fnmatch",    "array_key_exists", "array_search", "preg_match_all",
                                         "strcmp",     "strcasecmp",       "strncasecmp",  "ereg",
                                         "eregi",      "str_ends_with",    "str_contains", "substr_compare"};
    if ((php_taint_of_all(arguments) & (TA_FNAME | TA_FTMP)) == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (str_eq_nocase(name, str_of(checks[i]))) {
            scope->run->facts->has_name_check = true;
        }
    }
}

/* preg_match('/^[a-z]+$/', $x) lets only a few shapes pass. */
static void guard_by_pattern(const struct php_arguments *arguments)
{
    const struct php_value *pattern = php_argument(arguments, 0);
    if (arguments->count < 2 || arguments->slots[1] == NULL || pattern->type != PV_TEXT || pattern->text.len < 5) {
        return;
    }
    bool is_anchored = pattern->text.data[1] == '^' && str_find(pattern->text, STR("$"), 0) != SIZE_MAX;
    is_anchored = is_anchored || str_starts(str_slice(pattern->text, 1, 3), STR("[^")); /* anything else ends it */
    if (is_anchored && str_find(pattern->text, STR(".*"), 0) == SIZE_MAX &&
        str_find(pattern->text, STR(".+"), 0) == SIZE_MAX) {
        arguments->slots[1]->value.taint |= TA_GUARDED;
    }
}

/* add_action("init", "f"): whoever is given the name of a function may call it. */
static void ask_named(struct php_run *run, const struct php_arguments *arguments)
{
    for (unsigned i = 0; i < arguments->count; i++) {
        struct php_function *function =
            arguments->list[i].type == PV_TEXT ? php_function_named(run, arguments->list[i].text, false) : NULL;
        if (function != NULL) {
            function->is_asked = true;
        }
    }
}

struct php_value php_list_of(struct php_scope *scope, const struct php_arguments *arguments)
{
    struct php_value list = {.type = PV_ARRAY, .array = php_array_new(scope->run->heap)};
    for (unsigned i = 0; list.array != NULL && i < arguments->count; i++) {
        struct php_value *slot = php_array_at(scope->run->heap, list.array, NULL);
        if (slot != NULL) {
            *slot = arguments->list[i];
        }
    }
    return list.array != NULL ? list : php_unknown(0);
}

static struct php_value call_plain(struct php_scope *scope, struct str name, struct php_arguments *arguments)
{
    if (str_eq_nocase(name, STR("preg_match")) || str_eq_nocase(name, STR("preg_match_all"))) {
        if (arguments->count > 2 && arguments->slots[2] != NULL) {
            arguments->slots[2]->is_set = true;
            arguments->slots[2]->value = php_unknown(php_taint_at(arguments, 1) & (TA_FLOW | TA_PARAM));
            arguments->slots[2]->value.steps = php_argument(arguments, 1)->steps;
        }
        guard_by_pattern(arguments);
    }
    if (!scope->run->is_unasked) {
        ask_named(scope->run, arguments);
    }
    if (str_eq_nocase(name, STR("func_get_args")) && scope->given != NULL) {
        return php_list_of(scope, scope->given);
    }
    php_machine(scope, name, arguments);
    if (str_eq_nocase(name, STR("get_defined_functions"))) { /* whichever of them is taken, its name is nowhere */
        return php_unknown(TA_CHOP);
    }
    return str_eq_nocase(name, STR("stream_get_meta_data")) ? *php_argument(arguments, 0) : php_unknown(0);
}

/* create_function('$a', 'body'): the body is code in itself, and what comes out can be called. */
static struct php_value create_function(struct php_scope *scope, uint32_t at, struct str name,
                                        const struct php_arguments *arguments)
{
    const struct php_value *parameters = php_argument(arguments, 0), *code = php_argument(arguments, 1);
    uint32_t taint = php_taint_of(parameters) | php_taint_of(code);
    if (parameters->type != PV_TEXT || code->type != PV_TEXT || code->decoders != 0) {
        php_run_code(scope, at, name, code);
        php_run_code(scope, at, name, parameters);
        return php_unknown(taint & (TA_FLOW | TA_DEC));
    }
    if (runs_parameter(scope, parameters->text, code->text)) {
        (void)php_fact(scope, PF_CODE_MADE, at, name, code);
    }
    struct php_value head = php_text_value(STR("return function(")), middle = php_text_value(STR("){")),
                     tail = php_text_value(STR("};"));
    struct php_value text = php_concat(scope->run->heap, &head, parameters);
    text = php_concat(scope->run->heap, &text, &middle);
    text = php_concat(scope->run->heap, &text, code);
    text = php_concat(scope->run->heap, &text, &tail);
    return text.type == PV_TEXT ? php_layer(scope, at, text.text, true) : php_unknown(0);
}

/* pcntl_exec("/bin/sh", ["-c", text]) */
static void run_arguments(struct php_scope *scope, uint32_t at, struct str name, const struct php_arguments *arguments)
{
    const struct php_value *program = php_argument(arguments, 0);
    bool connects;
    if (program->type == PV_TEXT && php_is_interpreter(program->text, &connects) &&
        php_is_input(php_taint_at(arguments, 1))) {
        (void)php_fact(scope, PF_COMMAND_INPUT, at, name, php_argument(arguments, 1));
    }
}

/* proc_open(..., ["LD_PRELOAD" => path]) */
static void look_at_environment(struct php_scope *scope, uint32_t at, struct str name, const struct php_value *list)
{
    struct php_key key = {.is_text = true, .text = STR("LD_PRELOAD")};
    if (list->type == PV_ARRAY && php_array_find(list->array, &key) != NULL) {
        (void)php_fact(scope, PF_PRELOAD, at, name, list);
    }
}

static bool is_numeric(struct str text)
{
    double number;
    return text.len != 0 && str_double(text, &number);
}

/* What a function that passes its arguments on adds to them. */
static uint32_t bits_of_pass(unsigned detail)
{
    switch (detail) {
    case 1:
        return TA_DEC;
    case 2:
        return TA_FILE;
    case 3:
        return TA_WHOLE;
    default:
        return 0;
    }
}

static struct php_value call_code(struct php_scope *scope, uint32_t at, struct str name, const struct php_word *word,
                                  struct php_arguments *arguments)
{
    if (word->detail == 2) { /* dl(): a library is code */
        php_run_include(scope, at, php_argument(arguments, 0));
        return php_unknown(0);
    }
    if (word->detail == 1) {
        return create_function(scope, at, name, arguments);
    }
    const struct php_value *code = php_argument(arguments, word->detail);
    php_run_code(scope, at, name, code);
    return php_unknown(code->taint & (TA_FLOW | TA_DEC));
}

static struct php_value call_command(struct php_scope *scope, uint32_t at, struct str name, const struct php_word *word,
                                     struct php_arguments *arguments)
{
    php_run_command(scope, at, name, php_argument(arguments, word->detail));
    if (str_eq_nocase(name, STR("pcntl_exec"))) {
        run_arguments(scope, at, name, arguments);
    } else if (str_eq_nocase(name, STR("proc_open"))) {
        look_at_environment(scope, at, name, php_argument(arguments, 4));
    }
    return php_unknown(TA_OPAQUE);
}

static struct php_value call_pass(struct php_scope *scope, uint32_t at, struct str name, const struct php_word *word,
                                  struct php_arguments *arguments)
{
    if (word->detail == 3 && (php_taint_of_all(arguments) & TA_ALL_INPUT) == 0) {
        return php_unknown(0);
    }
    if (str_eq_nocase(name, STR("unserialize")) && php_is_input(php_taint_at(arguments, 0))) {
        scope->run->has_objects = true;
    } else if (str_eq_nocase(name, STR("yaml_parse")) && php_argument(arguments, 3)->type == PV_ARRAY) {
        return handlers_within(scope, at, name, php_argument(arguments, 3));
    } else if (str_eq_nocase(name, STR("basename")) || str_eq_nocase(name, STR("pathinfo"))) {
        struct str path = php_argument(arguments, 0)->type == PV_TEXT ? php_argument(arguments, 0)->text : STR("");
        const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
        if (slash != NULL) {
            return php_text_value(str_slice(path, (size_t)(slash - path.data) + 1, path.len));
        }
    } else if (str_eq_nocase(name, STR("dirname"))) { /* the directory of this file isn't the file */
        struct php_value value = php_pass(arguments, 0);
        value.taint &= ~(uint32_t)TA_SELF;
        return value;
    }
    return str_eq_nocase(name, STR("filter_var")) ? call_filter(scope, at, arguments)
                                                  : php_pass(arguments, bits_of_pass(word->detail));
}

static struct php_value call_guard(const struct php_word *word, struct str name, const struct php_arguments *arguments)
{
    if (str_eq_nocase(name, STR("is_numeric")) && php_argument(arguments, 0)->type == PV_TEXT) {
        return php_bool_value(is_numeric(php_argument(arguments, 0)->text));
    }
    if (arguments->count > 1 + (unsigned)(word->detail) && arguments->slots[word->detail] != NULL) {
        arguments->slots[word->detail]->value.taint |= TA_GUARDED;
    }
    return php_unknown(0);
}

static struct php_value call_builtin(struct php_scope *scope, uint32_t at, struct str name, const struct php_word *word,
                                     struct php_arguments *arguments)
{
    switch (word->role) {
    case PHP_CODE:
        return call_code(scope, at, name, word, arguments);
    case PHP_COMMAND:
        return call_command(scope, at, name, word, arguments);
    case PHP_REGEX:
        return call_regex(scope, at, name, (enum php_regex)word->detail, arguments);
    case PHP_CALLBACK:
        return call_callback(scope, at, name, word->detail, arguments);
    case PHP_WRITE:
        return php_call_write(scope, at, name, (enum php_write)word->detail, arguments);
    case PHP_FILE:
        return php_call_file(scope, at, name, word->detail, arguments);
    case PHP_FOLD:
        if (str_eq_nocase(name, STR("vsprintf")) && arguments->count == 2 && arguments->list[1].type == PV_ARRAY) {
            spread_last(arguments);
        }
        return call_fold(scope, (enum php_fold)word->detail, arguments);
    case PHP_PASS:
        return call_pass(scope, at, name, word, arguments);
    case PHP_SOURCE:
        return call_source(scope, at, name, word->detail, arguments);
    case PHP_NET:
        return php_call_net(scope, at, name, word->detail, arguments);
    case PHP_IMPORT:
        return call_import(scope, word->detail, arguments);
    case PHP_GUARD:
        return call_guard(word, name, arguments);
    case PHP_MAIL:
        php_mail(scope, at, name, arguments);
        return php_unknown(0);
    case PHP_DATABASE:
        php_database(scope, at, name, (enum php_database)word->detail, arguments);
        return php_unknown(0);
    case PHP_LISTEN:
        php_listen(scope, at, name, word->detail == 1, arguments);
        return php_unknown(0);
    default:
        return call_plain(scope, name, arguments);
    }
}

struct php_value php_call_name(struct php_scope *scope, uint32_t at, struct str name, bool is_dynamic,
                               struct php_arguments *arguments)
{
    struct php_function *function = php_function_named(scope->run, name, false);
    note_name_check(scope, name, arguments);
    if (function != NULL) {
        return php_call_function(scope, (uint32_t)(function - scope->run->functions) + 1, arguments);
    }
    const struct php_word *word = php_word_find(scope->run->analyst->words, name);
    (void)is_dynamic;
    return word != NULL ? call_builtin(scope, at, name, word, arguments) : call_plain(scope, name, arguments);
}

/* Objects: those of PHP that run, open or reflect something, and methods of the file's own classes. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

static bool is_shell_object(struct str name)
{
    return str_find_nocase(name, STR("wscript.shell"), 0) != SIZE_MAX ||
           str_find_nocase(name, STR("shell.application"), 0) != SIZE_MAX;
}

struct php_value php_new(struct php_scope *scope, uint32_t at, struct str name, struct php_arguments *arguments)
{
    const struct php_value *first = php_argument(arguments, 0);
    struct php_value value = php_unknown(0);
    char key[96];
    if (str_eq_nocase(name, STR("ReflectionFunction"))) {
        value = *first;
        value.taint |= TA_REFLECT;
        return value;
    }
    if (str_eq_nocase(name, STR("ReflectionClass")) || str_eq_nocase(name, STR("ReflectionObject"))) {
        return *first;
    }
    if (str_eq_nocase(name, STR("CallbackFilterIterator")) && arguments->count == 2) {
        struct php_arguments data = {.list = {*first}, .count = 1};
        return php_call_back(scope, at, &arguments->list[1], &data);
    }
    if (str_eq_nocase(name, STR("Perl")) || str_eq_nocase(name, STR("Python"))) {
        return php_unknown(TA_COM);
    }
    if (str_ends_nocase(name, STR("DirectoryIterator")) || str_eq_nocase(name, STR("FilesystemIterator"))) {
        struct php_fact *fact = php_is_raw_value(first) ? php_fact(scope, PF_FILE_OP, at, name, first) : NULL;
        if (fact != NULL) {
            fact->detail = FILE_LIST;
        }
        return value;
    }
    if (str_eq_nocase(name, STR("SplFileObject"))) {
        return php_open_file(scope, at, name, arguments);
    }
    if (str_eq_nocase(name, STR("COM"))) {
        if (first->type == PV_TEXT && !php_heap_read(scope->run->heap, first->text)) {
            return value;
        }
        value.taint = first->type == PV_TEXT && is_shell_object(first->text) ? TA_COM : 0;
        if (first->type == PV_TEXT && php_is_machine_object(first->text)) {
            (void)php_fact(scope, PF_BROWSE, at, name, first);
        }
        return value;
    }
    if (str_eq_nocase(name, STR("mysqli")) || str_eq_nocase(name, STR("PDO"))) {
        php_connect(scope, arguments);
        return value;
    }
    if (str_eq_nocase(name, STR("ArrayObject")) || str_eq_nocase(name, STR("ArrayIterator")) ||
        str_eq_nocase(name, STR("SplFixedArray"))) {
        return php_pass(arguments, 0);
    }
    if (name.len + 15 < sizeof key) {
        memcpy(key, name.data != NULL ? name.data : "", name.len);
        memcpy(key + name.len, "::__construct", 13);
        struct php_function *function = php_function_named(scope->run, (struct str){key, name.len + 13}, true);
        if (function != NULL) {
            (void)php_call_function(scope, (uint32_t)(function - scope->run->functions) + 1, arguments);
        }
    }
    (void)at;
    return value;
}

/* php:function('assert', ...) in a style sheet; in PHP's own texts the quote may stand behind a backslash. */
static bool names_sink(const struct php_words *words, struct str call)
{
    size_t from = 0;
    while (from < call.len && memchr(" \\\"'", call.data[from], 4) != NULL) {
        from++;
    }
    size_t to = from;
    while (to < call.len && php_is_word_byte(call.data[to])) {
        to++;
    }
    const struct php_word *word = from != 0 ? php_word_find(words, str_slice(call, from, to)) : NULL;
    return word != NULL && (word->role == PHP_CODE || word->role == PHP_COMMAND);
}

/* Style sheets that may call functions of PHP, where one of them names what runs commands or code. */
static void note_functions_of_xml(struct php_scope *scope, uint32_t at, struct str name)
{
    static const char *const calls[] = {":function(", ":functionString("};
    struct str source = scope->tokens->source;
    if (!php_heap_read(scope->run->heap, source)) {
        return;
    }
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct str call = str_of(calls[i]);
        for (size_t from = str_find(source, call, 0); from != SIZE_MAX; from = str_find(source, call, from + 1)) {
            if (names_sink(scope->run->analyst->words, str_slice(source, from + call.len, source.len))) {
                (void)php_fact(scope, PF_HIDDEN_CALL, at, name, NULL);
                return;
            }
        }
    }
}

/* The first comment of documentation in the file, as text: a place to keep code in. */
static struct php_value doc_comment(struct php_scope *scope)
{
    struct str source = scope->tokens->source;
    if (!php_heap_read(scope->run->heap, source)) {
        return php_unknown(TA_DEC);
    }
    size_t from = str_find(source, STR("/**"), 0), to = from != SIZE_MAX ? str_find(source, STR("*/"), from) : SIZE_MAX;
    if (to == SIZE_MAX) {
        return php_unknown(TA_DEC);
    }
    struct php_value value = php_text_value(str_slice(source, from, to + 2));
    value.taint = TA_DEC;
    value.decoders = 1;
    return value;
}

static struct php_value constants_of(struct php_scope *scope)
{
    struct php_heap *heap = scope->run->heap;
    const struct php_map *map = &scope->run->constants;
    struct php_value out = {.type = PV_ARRAY, .array = php_array_new(heap)};
    for (uint32_t i = 0; out.array != NULL && i < map->size && i < 64; i++) {
        struct php_key key = {.is_text = true, .text = map->table[i].name};
        struct php_value *slot = map->table[i].slot != NULL ? php_array_at(heap, out.array, &key) : NULL;
        if (slot != NULL) {
            *slot = map->table[i].slot->value;
        }
    }
    return out.array != NULL ? out : php_unknown(0);
}

/* What ReflectionClass gives of a class of this file. */
static bool call_reflected(struct php_scope *scope, uint32_t at, const struct php_value *object, struct str name,
                           struct php_arguments *arguments, struct php_value *ret_value)
{
    const struct php_value *first = php_argument(arguments, 0);
    if (str_eq_nocase(name, STR("getDocComment"))) {
        *ret_value = doc_comment(scope);
        return true;
    }
    if (str_eq_nocase(name, STR("getConstants"))) {
        *ret_value = constants_of(scope);
        return true;
    }
    if (str_eq_nocase(name, STR("getConstant")) && first->type == PV_TEXT) {
        const struct php_slot *slot = php_map_find(&scope->run->constants, first->text);
        *ret_value = slot != NULL ? slot->value : php_unknown(0);
        return true;
    }
    if (str_eq_nocase(name, STR("newInstance")) && object->type == PV_TEXT) {
        *ret_value = php_new(scope, at, object->text, arguments);
        return true;
    }
    if (str_eq_nocase(name, STR("registerPHPFunctions")) ||
        (str_eq_nocase(name, STR("getMethod")) && first->type == PV_TEXT &&
         str_eq_nocase(first->text, STR("registerPHPFunctions")))) {
        note_functions_of_xml(scope, at, name);
        *ret_value = php_unknown(0);
        return true;
    }
    return false;
}

/* A method that no class of the file has: __call(name, [arguments]) takes it. */
static struct php_value call_any(struct php_scope *scope, struct str name, struct php_arguments *arguments)
{
    struct php_function *function = php_function_named(scope->run, STR("__call"), true);
    function = function != NULL ? function : php_function_named(scope->run, STR("__callStatic"), true);
    if (function == NULL || name.len == 0) {
        return php_unknown(0);
    }
    struct php_value list = php_list_of(scope, arguments);
    struct php_arguments given = {.list = {php_text_value(name), list}, .count = 2};
    return php_call_function(scope, (uint32_t)(function - scope->run->functions) + 1, &given);
}

/* A method that a few classes of the file have: whichever it is, it gets what the visitor sends. False where there are none. */
static bool call_each(struct php_scope *scope, struct str name, struct php_arguments *arguments)
{
    enum { METHODS_MAX = 4 };
    struct php_function *method = name.len != 0 ? php_methods_named(scope->run, name) : NULL;
    uint32_t number = method != NULL ? (uint32_t)(method - scope->run->functions) + 1 : 0;
    bool is_called = number != 0;
    for (unsigned i = 0; i < METHODS_MAX && number != 0; i++) {
        uint32_t next = scope->run->functions[number - 1].before;
        (void)php_call_function(scope, number, arguments);
        number = next;
    }
    return is_called;
}

struct php_value php_call_method(struct php_scope *scope, uint32_t at, const struct php_value *object, struct str name,
                                 struct php_arguments *arguments)
{
    if ((object->taint & TA_REFLECT) != 0 && name.len != 0 &&
        (str_eq_nocase(name, STR("invoke")) || str_eq_nocase(name, STR("__invoke")) ||
         str_eq_nocase(name, STR("call")) || str_eq_nocase(name, STR("invokeArgs")))) {
        struct php_value callee = *object;
        callee.taint &= ~(uint32_t)TA_REFLECT;
        return php_call_back(scope, at, &callee, arguments);
    }
    if ((object->taint & TA_COM) != 0 &&
        (str_eq_nocase(name, STR("exec")) || str_eq_nocase(name, STR("run")) ||
         str_eq_nocase(name, STR("ShellExecute")) || str_eq_nocase(name, STR("system")) ||
         str_eq_nocase(name, STR("popen")) || str_eq_nocase(name, STR("eval")))) {
        php_run_command(scope, at, name, php_argument(arguments, 0));
        return php_unknown(0);
    }
    if (str_eq_nocase(name, STR("fromCallable")) && arguments->count == 1) {
        struct php_value callee = arguments->list[0];
        callee.taint |= TA_REFLECT;
        return callee;
    }
    if ((object->taint & TA_HANDLE) != 0 &&
        (str_eq_nocase(name, STR("fwrite")) || str_eq_nocase(name, STR("fputcsv")))) {
        php_write_file(scope, at, name, object, php_argument(arguments, 0));
        return php_unknown(0);
    }
    if (str_eq_nocase(name, STR("cdef"))) { /* FFI: functions of C, system() among them */
        return php_unknown(TA_COM);
    }
    struct php_value reflected;
    if (call_reflected(scope, at, object, name, arguments, &reflected)) {
        return reflected;
    }
    if (str_eq_nocase(name, STR("query")) || str_eq_nocase(name, STR("multi_query"))) {
        php_query(scope, at, name, php_argument(arguments, 0));
    }
    if ((str_eq_nocase(name, STR("createFunction")) || str_eq_nocase(name, STR("sqliteCreateFunction"))) &&
        arguments->count >= 2) {
        struct php_arguments data = {.list = {php_unknown(TA_IN)}, .count = 1};
        return php_is_input(php_taint_at(arguments, 1)) || arguments->list[1].type == PV_TEXT
                   ? php_call_back(scope, at, &arguments->list[1], &data)
                   : php_unknown(0);
    }
    if ((str_eq_nocase(name, STR("uasort")) || str_eq_nocase(name, STR("uksort"))) && arguments->count == 1) {
        struct php_arguments data = {.list = {*object}, .count = 1};
        return php_call_back(scope, at, php_argument(arguments, 0), &data);
    }
    struct php_function *function = php_function_named(scope->run, name, true);
    if (function == NULL && php_is_raw_input(php_taint_of_all(arguments)) && call_each(scope, name, arguments)) {
        return php_unknown(TA_OPAQUE);
    }
    if (function == NULL) {
        return call_any(scope, name, arguments);
    }
    return php_call_function(scope, (uint32_t)(function - scope->run->functions) + 1, arguments);
}

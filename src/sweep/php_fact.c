/* What is worth telling, and how the visitor's bytes came there. */
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

enum { STEP_BYTES = 160 };

uint32_t php_scope_line(struct php_scope *scope, uint32_t at)
{
    if (scope->fixed_line != 0) {
        return scope->fixed_line;
    }
    return php_line(scope->tokens, at < scope->tokens->count ? at : scope->tokens->count);
}

const struct php_step *php_step(struct php_scope *scope, const struct php_step *before, uint32_t at, struct str text)
{
    struct php_step *step = php_heap_take(scope->run->heap, sizeof *step);
    if (step != NULL) {
        *step = (struct php_step){.before = before, .line = php_scope_line(scope, at), .text = text};
    }
    return step;
}

const struct php_step *php_stepf(struct php_scope *scope, const struct php_step *before, uint32_t at,
                                 const char *format, ...)
{
    char text[STEP_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t used = length < 0 ? 0 : (size_t)length >= sizeof text ? sizeof text - 1 : (size_t)length;
    char *room = php_heap_room(scope->run->heap, used);
    if (room == NULL) {
        return before;
    }
    memcpy(room, text, used);
    return php_step(scope, before, at, php_heap_text(scope->run->heap, used));
}

struct php_fact *php_fact(struct php_scope *scope, enum php_fact_kind kind, uint32_t at, struct str callee,
                          const struct php_value *value)
{
    struct php_facts *facts = scope->run->facts;
    scope->run->tellings++;
    if (!scope->run->is_reporting) {
        return NULL;
    }
    uint32_t line = php_scope_line(scope, at);
    for (unsigned i = 0; i < facts->count; i++) {
        const struct php_fact *known = &facts->list[i];
        if (known->kind == kind && known->line == line && str_eq(known->callee, callee)) {
            return NULL;
        }
    }
    if (facts->count == PHP_FACTS_MAX) {
        return NULL;
    }
    struct php_fact *fact = &facts->list[facts->count++];
    *fact = (struct php_fact){.kind = kind, .line = line, .callee = callee, .layer = scope->run->layer_depth};
    fact->is_unasked = scope->run->is_unasked;
    if (value != NULL) {
        fact->steps = value->steps;
        uint32_t taint = php_taint_of(value);
        fact->is_affixed = (taint & TA_AFFIX) != 0;
        fact->is_fetched = (taint & (TA_IN | TA_VV | TA_FNAME | TA_FTMP)) == 0 && (taint & TA_NET) != 0;
        fact->is_old = (taint & TA_OLD) != 0;
    }
    return fact;
}

bool php_is_interpreter(struct str command, bool *ret_connects)
{
    static const char *const names[] = {"cmd",        "cmd.exe",        "/bin/sh",    "/bin/bash",
                                        "sh",         "bash",           "/bin/sh -i", "/bin/bash -i",
                                        "powershell", "powershell.exe", "command.com"};
    static const char *const connecting[] = {"/dev/tcp/", "nc -e", "ncat -e", "nc.exe -e"};
    *ret_connects = false;
    for (size_t i = 0; i < sizeof connecting / sizeof *connecting; i++) {
        *ret_connects = *ret_connects || str_find(command, str_of(connecting[i]), 0) != SIZE_MAX;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(str_trim(command), str_of(names[i]))) {
            return true;
        }
    }
    return *ret_connects || str_find(command, STR("/bin/sh -i"), 0) != SIZE_MAX ||
           str_find(command, STR("/bin/bash -i"), 0) != SIZE_MAX;
}

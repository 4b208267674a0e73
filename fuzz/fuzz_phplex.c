/* Targets php_lex() and php_analyse(): tokens stay in the source, partners agree, and the evaluator keeps its bounds. */
#include <stdlib.h>

#include "base/str.h"
#include "sweep/php.h"

static void check_tokens(const struct php_tokens *tokens)
{
    for (uint32_t i = 0; tokens->list != NULL && i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        if ((size_t)token->at + token->len > tokens->source.len) {
            abort();
        }
        if (token->kind == PT_OP && token->match != 0 &&
            (token->match >= tokens->count || tokens->list[token->match].match != i)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct php_analyst analyst;
    struct php_facts facts;
    if (analyst.words == NULL && php_analyst_init(&analyst, NULL) != 0) {
        abort();
    }
    struct str source = {(const char *)data, size};
    php_lex(&analyst.tokens, analyst.words, source, size % 2 != 0);
    check_tokens(&analyst.tokens);
    php_analyse(&analyst, source, &facts);
    if (facts.count > PHP_FACTS_MAX || analyst.heap.arena.used_bytes > PHP_HEAP_BYTES) {
        abort();
    }
    return 0;
}

/* Targets code_analyse(): pages of every kind through lexer and evaluator, which keep their bounds whatever the bytes are.
 * The first byte says which kind of page the rest is. */
#include <stdlib.h>

#include "sweep/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct code_analyst analyst;
    static struct php_facts facts;
    static bool is_ready;
    if (!is_ready) {
        code_analyst_init(&analyst);
        is_ready = true;
    }
    if (size == 0) {
        return 0;
    }
    enum page_kind kind = data[0] % 3 == 0 ? PAGE_JSP : data[0] % 3 == 1 ? PAGE_ASP : PAGE_ASPX;
    code_analyse(&analyst, kind, (struct str){(const char *)data + 1, size - 1}, &facts);
    if (facts.count > PHP_FACTS_MAX || analyst.heap.arena.used_bytes > PHP_HEAP_BYTES) {
        abort();
    }
    return 0;
}

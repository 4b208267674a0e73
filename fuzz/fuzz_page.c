/* Targets page_read(): whatever the bytes are, brackets know true partners, lines never run backwards, and every text may be read. The
 * first byte says which kind of page the rest is. */
#include <stdlib.h>

#include "formats/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    static const enum page_kind kinds[] = {PAGE_JSP, PAGE_ASP, PAGE_ASPX};
    struct page page = {.is_cut = false};
    struct arena keep;
    arena_init(&keep, 16 << 20);
    page_read(&page, &keep, kinds[data[0] % 3], (struct str){(const char *)data + 1, size - 1});
    unsigned sum = 0;
    for (uint32_t i = 0; i < page.tokens.count; i++) {
        const struct code_token *token = &page.tokens.list[i];
        if (token->match >= page.tokens.count || (token->match != 0 && page.tokens.list[token->match].match != i)) {
            abort();
        }
        for (size_t j = 0; j < token->text.len; j++) {
            sum += (unsigned char)token->text.data[j];
        }
    }
    if (page.tokens.list[page.tokens.count].kind != CODE_END || sum > 255 * (17U << 20)) {
        abort();
    }
    page_free(&page);
    arena_clear(&keep);
    return 0;
}

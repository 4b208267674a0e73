/* The ACPO principles 1 to 4 in our own words, each with what of it the program can and cannot answer for. */
#include "report/inside.h"

#include "base/banned.h"

void put_principles(struct page *page)
{
    static const enum word principles[] = {W_PRINCIPLE_1, W_PRINCIPLE_2, W_PRINCIPLE_3, W_PRINCIPLE_4};
    heading(page, W_H_PRINCIPLES);
    put_lit(&page->out, "<ol class=\"side wide\">");
    for (size_t i = 0; i < sizeof principles / sizeof principles[0]; i++) {
        put_lit(&page->out, "<li>");
        word(page, principles[i]);
        put_lit(&page->out, "</li>");
    }
    put_lit(&page->out, "</ol>");
}

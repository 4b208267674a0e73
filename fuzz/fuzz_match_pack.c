/* match/pack.c: lines, each a class and a spelling, packed one behind the other: each comes back as it was, also once all affixes
 * are known. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "match/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The next line's class and spelling; false: there is none. */
static bool next_line(struct str *rest, enum normal_class *ret_class, struct str *ret_text)
{
    if (rest->len == 0) {
        return false;
    }
    struct str_cut cut = str_cut(*rest, '\n');
    *ret_class =
        cut.head.len == 0 ? NORMAL_NONE : (enum normal_class)((unsigned char)cut.head.data[0] % NORMAL_CLASSES);
    *ret_text = str_slice(cut.head, 1, cut.head.len);
    *rest = cut.tail;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pack_affixes *affixes = calloc(1, sizeof(*affixes));
    char *out = malloc((size + 1) * (1 + PACK_HEAD_MAX));
    check(affixes != NULL && out != NULL);
    struct str rest = {(const char *)data, size}, text;
    enum normal_class class;
    size_t len = 0;
    while (next_line(&rest, &class, &text)) {
        size_t took = pack_put(out + len, affixes, class, text);
        check(took == pack_size(out + len) && took <= text.len + PACK_HEAD_MAX);
        len += took;
    }
    char *exact = malloc(len + (len == 0)); /* what lies behind it must not be read */
    check(exact != NULL);
    memcpy(exact, out, len);
    free(out);
    rest = (struct str){(const char *)data, size};
    for (const char *at = exact; next_line(&rest, &class, &text); at += pack_size(at)) {
        struct pack_room room;
        check(pack_class(at) == class && str_eq(pack_text(at, affixes, &room), text));
    }
    free(exact);
    free(affixes);
    return 0;
}

/* formats/encoding.c and normal/normal.c: whatever a file's bytes are, UTF-8 comes out, the same in pieces of any size, and
 * every cell has one spelling that is its own spelling. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "formats/encoding.h"
#include "normal/normal.h"

struct pieces {
    struct str left;
    size_t size;
};

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static int read_piece(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct pieces *pieces = self;
    (void)err;
    size_t n = pieces->left.len < pieces->size ? pieces->left.len : pieces->size;
    *ret_got = n < room ? n : room;
    memcpy(into, pieces->left.data, *ret_got);
    pieces->left = str_slice(pieces->left, *ret_got, pieces->left.len);
    return 0;
}

static void decode(struct str input, enum encoding encoding, size_t size, struct buf *out)
{
    struct pieces pieces = {input, size};
    struct table_bytes bytes = {&pieces, read_piece};
    static struct encoding_reader reader;
    encoding_open(&reader, encoding, (struct str){NULL, 0}, &bytes);
    struct table_bytes text = encoding_bytes(&reader);
    char room[100];
    size_t got = 1;
    while (got > 0) {
        check(text.read(text.self, room, sizeof(room), &got, NULL) == 0 && got <= sizeof(room));
        buf_put(out, (struct str){room, got});
    }
    check(reader.passed == input.len);
    encoding_close(&reader);
}

/* A spelling is spelled as itself: text and e-mail are what they become. */
static void check_spelling(struct str cell)
{
    struct normalizer first = {.wanted = NORMAL_ALL};
    struct normalizer second = {.wanted = NORMAL_ALL};
    struct normal once, twice;
    normal_value(&first, cell, &once);
    check(once.class == NORMAL_NONE || once.bytes.len > 0 || once.class == NORMAL_TEXT);
    if (once.class == NORMAL_EMAIL || once.class == NORMAL_NUMBER || once.class == NORMAL_DECIMAL) {
        normal_value(&second, once.bytes, &twice);
        check(once.class == NORMAL_EMAIL || (once.class == twice.class && str_eq(once.bytes, twice.bytes)));
    }
    normalizer_close(&first);
    normalizer_close(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    size_t mark;
    enum encoding encoding = encoding_detect(input, &mark);
    check(mark <= size);
    OWN(own_buf) struct buf whole = {0};
    OWN(own_buf) struct buf cut = {0};
    decode(input, encoding, SIZE_MAX, &whole);
    decode(input, encoding, 3, &cut);
    check(str_eq(buf_str(&whole), buf_str(&cut)));
    check(encoding == ENCODING_UTF8 || str_is_utf8(buf_str(&whole)));
    for (struct str_cut line = str_cut(input, '\n');; line = str_cut(line.tail, '\n')) {
        check_spelling(line.head);
        if (!line.found) {
            return 0;
        }
    }
}

/* Blocks, and the encoding below them. */
#include "formats/prose.h"
#include "base/str.h"

#include "base/banned.h"

void prose_init(struct prose *prose, struct arena *arena)
{
    *prose = (struct prose){.arena = arena, .open = {.max = PROSE_BLOCK_BYTES * 2}};
}

void own_prose(struct prose *prose)
{
    buf_free(&prose->open);
}

void prose_begin(struct prose *prose, enum prose_role role, unsigned depth)
{
    prose->next.role = role;
    prose->next.depth = depth;
}

/* How many bytes of white space s begins with: ASCII's, and the no-break and zero-width ones that pages are full of. */
static size_t space_at(struct str s)
{
    static const struct str wide[] = {STR_INIT("\xc2\xa0"), STR_INIT("\xe2\x80\xaf"), STR_INIT("\xe2\x80\x89"),
                                      STR_INIT("\xe2\x80\x8b"), STR_INIT("\xef\xbb\xbf")};
    if (s.data[0] == ' ' || (s.data[0] >= '\t' && s.data[0] <= '\r') || s.data[0] == '\0') {
        return 1;
    }
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (str_starts(s, wide[i])) {
            return wide[i].len;
        }
    }
    return 0;
}

void prose_put(struct prose *prose, struct str text, uint32_t line)
{
    while (text.len != 0) {
        size_t space = space_at(text);
        if (space != 0) {
            if (prose->open.len != 0 && prose->open.data[prose->open.len - 1] != ' ') {
                buf_putc(&prose->open, ' ');
            }
            text = str_slice(text, space, text.len);
            continue;
        }
        if (prose->open.len == 0) {
            prose->next.line = line;
        }
        if (prose->open.len > PROSE_BLOCK_BYTES) {
            prose->is_cut = true;
            return;
        }
        size_t step = str_utf8_step(text);
        buf_put(&prose->open, step != 0 ? str_slice(text, 0, step) : STR("\xef\xbf\xbd"));
        text = str_slice(text, step != 0 ? step : 1, text.len);
    }
}

static int grow(struct prose *prose, struct err *err)
{
    size_t cap = prose->cap != 0 ? prose->cap * 2 : 64;
    struct prose_block *blocks = ARENA_NEW(prose->arena, struct prose_block, cap, err);
    if (blocks == NULL) {
        return -1;
    }
    if (prose->count != 0) {
        memcpy(blocks, prose->blocks, prose->count * sizeof *blocks);
    }
    prose->blocks = blocks;
    prose->cap = cap;
    return 0;
}

int prose_end(struct prose *prose, struct err *err)
{
    TRY(buf_check(&prose->open, err));
    struct str text = str_trim(buf_str(&prose->open));
    if (text.len == 0) {
        buf_reset(&prose->open);
        return 0;
    }
    if (prose->count >= PROSE_BLOCKS_MAX) {
        prose->is_cut = true;
        buf_reset(&prose->open);
        return 0;
    }
    if (prose->count == prose->cap) {
        TRY(grow(prose, err));
    }
    struct prose_block block = prose->next;
    block.text = arena_str(prose->arena, text, err);
    block.part = prose->part;
    if (block.text.data == NULL) {
        return -1;
    }
    prose->blocks[prose->count++] = block;
    buf_reset(&prose->open);
    return 0;
}

static int read_memory(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    (void)err;
    struct str *left = self;
    size_t got = left->len < room ? left->len : room;
    if (got != 0) {
        memcpy(into, left->data, got);
    }
    *left = str_slice(*left, got, left->len);
    *ret_got = got;
    return 0;
}

int prose_utf8(struct prose *prose, struct str bytes, struct str charset, struct str *ret_text, struct err *err)
{
    enum { STEP = 16 << 10 };
    struct encoding_guess guess = encoding_guess(bytes);
    enum encoding encoding = guess.encoding;
    bool is_marked = guess.by == ENCODING_BY_MARK;
    if (!is_marked && charset.len != 0 && !str_eq_nocase(charset, STR("us-ascii"))) {
        (void)encoding_named(charset, &encoding);
    }
    struct str left = str_slice(bytes, is_marked ? guess.mark : 0, bytes.len);
    struct table_bytes source = {&left, read_memory};
    OWN(own_encoding) struct encoding_reader reader;
    encoding_open(&reader, encoding, STR(""), &source);
    struct table_bytes decoded = encoding_bytes(&reader);
    OWN(own_buf) struct buf out = {.max = 64 << 20};
    for (size_t got = 1; got != 0;) {
        char *room = buf_room(&out, STEP);
        if (room == NULL) {
            break;
        }
        TRY(decoded.read(decoded.self, room, STEP, &got, err));
        out.len += got;
    }
    TRY(buf_check(&out, err));
    prose->wrong += encoding_wrong(&reader);
    *ret_text = arena_str(prose->arena, buf_str(&out), err);
    return ret_text->data != NULL ? 0 : -1;
}

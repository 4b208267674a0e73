/* Which encoding it is, is decided by its first bytes; a failure while those come in is said behind them. */
#include <stdlib.h>

#include "formats/encoding.h"
#include "formats/text.h"

#include "base/banned.h"

enum { HEAD_BYTES = 4096, CARRY_BYTES = 64 };

struct text {
    struct stream_input input;
    struct table_bytes bytes; /* the same, in the words of encoding.h */
    bool is_known, is_plain;
    const char *encoding;
    struct err failure; /* of a read within the head */
    char head[HEAD_BYTES];
    size_t head_from, head_to;
    char carry[CARRY_BYTES]; /* of a character that the caller has no room for */
    size_t carry_from, carry_to;
    struct encoding_reader reader;
};

struct text *text_new(const struct stream_input *input, struct err *err)
{
    struct text *text = calloc(1, sizeof *text);
    if (text == NULL) {
        err_set(err, ERR_LIMIT, "no memory for a stream");
        return NULL;
    }
    text->input = *input;
    return text;
}

void text_free(struct text *text)
{
    free(text);
}

const char *text_encoding(const struct text *text)
{
    return text->encoding;
}

/* What comes behind the head; its failure is the one that was met first. */
static int read_on(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct text *text = self;
    if (text->failure.kind != ERR_NONE) {
        return err_set(err, text->failure.kind, "%s", text->failure.text);
    }
    return text->input.read(text->input.self, into, room, ret_got, err);
}

static void recognise(struct text *text)
{
    size_t got = 1, mark = 0;
    while (text->head_to < HEAD_BYTES && got > 0) {
        if (text->input.read(text->input.self, text->head + text->head_to, HEAD_BYTES - text->head_to, &got,
                             &text->failure) != 0) {
            got = 0;
        }
        text->head_to += got;
    }
    enum encoding encoding = encoding_detect((struct str){text->head, text->head_to}, &mark);
    text->is_known = true;
    text->head_from = mark;
    text->is_plain = !encoding_is_wide(encoding);
    if (!text->is_plain) {
        text->encoding = encoding_name(encoding);
        text->bytes = (struct table_bytes){text, read_on};
        encoding_open(&text->reader, encoding, (struct str){text->head + mark, text->head_to - mark}, &text->bytes);
    } else if (mark > 0) {
        text->encoding = "UTF-8 with a byte-order mark";
    }
}

static int read_plain(struct text *text, char *into, size_t room, size_t *ret_got, struct err *err)
{
    size_t left = text->head_to - text->head_from;
    if (left == 0) {
        return read_on(text, into, room, ret_got, err);
    }
    *ret_got = left < room ? left : room;
    memcpy(into, text->head + text->head_from, *ret_got);
    text->head_from += *ret_got;
    return 0;
}

/* A character may be longer than room: then it goes out in parts. */
static int read_converted(struct text *text, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct table_bytes utf8 = encoding_bytes(&text->reader);
    if (text->carry_from == text->carry_to && room >= CARRY_BYTES) {
        return utf8.read(utf8.self, into, room, ret_got, err);
    }
    if (text->carry_from == text->carry_to) {
        text->carry_from = text->carry_to = 0;
        TRY(utf8.read(utf8.self, text->carry, CARRY_BYTES, &text->carry_to, err));
    }
    size_t left = text->carry_to - text->carry_from;
    *ret_got = left < room ? left : room;
    memcpy(into, text->carry + text->carry_from, *ret_got);
    text->carry_from += *ret_got;
    return 0;
}

int text_read(struct text *text, char *into, size_t room, size_t *ret_got, struct err *err)
{
    *ret_got = 0;
    if (!text->is_known) {
        recognise(text);
    }
    return text->is_plain ? read_plain(text, into, room, ret_got, err) : read_converted(text, into, room, ret_got, err);
}

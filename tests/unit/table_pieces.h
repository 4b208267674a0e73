/* Bytes that arrive in pieces of a given size, for readers of tables. */
#ifndef ASSAY_TESTS_TABLE_PIECES_H
#define ASSAY_TESTS_TABLE_PIECES_H

#include "base/str.h"
#include "formats/table.h"

struct pieces {
    struct str left;
    size_t size;
};

static int read_piece(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct pieces *pieces = self;
    (void)err;
    struct str piece = str_slice(pieces->left, 0, pieces->size < room ? pieces->size : room);
    if (piece.len > 0) {
        memcpy(into, piece.data, piece.len);
    }
    pieces->left = str_slice(pieces->left, piece.len, pieces->left.len);
    *ret_got = piece.len;
    return 0;
}

#endif

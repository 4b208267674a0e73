/* One look at a cell: which classes of bytes it holds, how many digits and letters, and those alone. Every detector's first
 * question is answered from this, so that a cell costs one pass and not one per kind. */
#include "base/str.h"
#include "reach/kind.h"

#include "base/banned.h"

static unsigned class_of(unsigned char byte)
{
    static const unsigned ascii[128] = {
        [' '] = CELL_SPACE,  ['\t'] = CELL_SPACE, ['-'] = CELL_DASH,  ['.'] = CELL_DOT,   ['/'] = CELL_SLASH,
        ['+'] = CELL_PLUS,   ['('] = CELL_PAREN,  [')'] = CELL_PAREN, [':'] = CELL_COLON, ['@'] = CELL_AT,
        ['$'] = CELL_DOLLAR, ['<'] = CELL_LESS,   [','] = CELL_COMMA, [';'] = CELL_COMMA, ['\''] = CELL_QUOTE,
        ['_'] = CELL_WORD,   ['='] = CELL_WORD,   ['%'] = CELL_WORD,  ['~'] = CELL_WORD,  ['*'] = CELL_OTHER,
    };
    if (byte >= '0' && byte <= '9') {
        return CELL_DIGIT;
    }
    if (byte >= 'a' && byte <= 'z') {
        return CELL_LOWER;
    }
    if (byte >= 'A' && byte <= 'Z') {
        return CELL_UPPER;
    }
    if (byte >= 0x80) {
        return CELL_HIGH;
    }
    return ascii[byte] != 0 ? ascii[byte] : CELL_OTHER;
}

void kind_cell_read(struct kind_cell *cell, struct str trimmed)
{
    size_t end = trimmed.len < CELL_BYTES ? trimmed.len : CELL_BYTES;
    size_t kept = 0;
    cell->text = trimmed;
    cell->is_long = trimmed.len > CELL_BYTES;
    cell->classes = 0;
    cell->digits = 0;
    cell->letters = 0;
    for (size_t i = 0; i < end; i++) {
        unsigned char byte = (unsigned char)trimmed.data[i];
        unsigned class = class_of(byte);
        cell->classes |= class;
        if ((class & (CELL_DIGIT | CELL_LETTER)) == 0) {
            continue;
        }
        cell->digits += class == CELL_DIGIT;
        cell->letters += class != CELL_DIGIT;
        if (kept < CELL_COMPACT) {
            cell->compact[kept++] = (char)(class == CELL_LOWER ? byte - 'a' + 'A' : byte);
        }
    }
    cell->compact_len = kept;
}

bool kind_cell_is_hex(const struct kind_cell *cell, size_t n)
{
    unsigned letters = cell->classes & CELL_LETTER;
    if (cell->text.len != n || letters == CELL_LETTER || (cell->classes & ~(unsigned)(CELL_DIGIT | CELL_LETTER)) != 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char byte = (char)(cell->text.data[i] | 0x20);
        if (!(byte >= 'a' && byte <= 'f') && !(cell->text.data[i] >= '0' && cell->text.data[i] <= '9')) {
            return false;
        }
    }
    return true;
}

bool kind_cell_groups(struct str text, const char *separators, const unsigned char *lengths, size_t count)
{
    size_t at = 0;
    for (size_t group = 0; group < count; group++) {
        if (group > 0 && (at >= text.len || text.data[at] == '\0' || strchr(separators, text.data[at++]) == NULL)) {
            return false;
        }
        for (size_t i = 0; i < lengths[group]; i++, at++) {
            if (at >= text.len || text.data[at] < '0' || text.data[at] > '9') {
                return false;
            }
        }
    }
    return at == text.len;
}

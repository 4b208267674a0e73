/* Are quotes where they belong? */
#include "formats/csv_marks.h"

#include "base/banned.h"

/* Bits of the 64 bytes at `at` that are a carriage return before a line end. The byte behind is looked at too. */
static uint64_t returns(const char *at, struct csv_marks marks, char eol, char behind)
{
    uint64_t mask = 0;
    if (eol == '\n') {
        uint64_t before = marks.ends >> 1 | (uint64_t)(behind == eol) << 63;
        for (; before != 0; before &= before - 1) {
            int i = __builtin_ctzll(before);
            mask |= (uint64_t)(at[i] == '\r') << i;
        }
    }
    return mask;
}

bool csv_marks_tidy(const char *data, size_t len, struct csv_dialect dialect, bool is_ended)
{
    uint64_t inside = 0;
    uint64_t edge = 1;        /* the byte before was a delimiter or a line end */
    uint64_t closed = 0;      /* it was a closing quote */
    uint64_t after_close = 0; /* as `closed`, and it must be followed by what may follow one */
    for (size_t at = 0; at < len; at += 64) {
        struct csv_marks marks = csv_marks_of(data + at, dialect);
        uint64_t valid = len - at < 64 ? (UINT64_C(1) << (len - at)) - 1 : ~UINT64_C(0);
        bool is_last = len - at <= 64;
        char behind = is_last && is_ended ? '\0' : data[at + 64];
        uint64_t quotes = marks.quotes & valid;
        uint64_t within = csv_marks_inside(quotes, &inside);
        uint64_t opening = quotes & within;
        uint64_t closing = quotes & ~within;
        uint64_t edges = (marks.delimiters | marks.ends) & valid & ~within;
        uint64_t may_open = (edges << 1 | edge) | (closing << 1 | closed);
        uint64_t may_follow = edges | quotes | (returns(data + at, marks, dialect.eol, behind) & valid);
        uint64_t followed = closing << 1 | after_close;
        if ((opening & ~may_open) != 0 || (followed & valid & ~may_follow) != 0 || (marks.ends & valid & within) != 0) {
            return false;
        }
        edge = edges >> 63;
        closed = after_close = closing >> 63;
        if (is_last) {
            bool ends_closed = (closing >> ((len - 1) % 64) & 1U) != 0;
            bool ends_open = (within >> ((len - 1) % 64) & 1U) != 0;
            return !ends_open && (!ends_closed || is_ended);
        }
    }
    return true;
}

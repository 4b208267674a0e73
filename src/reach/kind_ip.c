/* IP addresses: RFC 791 dotted quads, RFC 4291 section 2.2 text, with a port or a prefix length. A column named so may hold a
 * number (INET_ATON) or 4 or 16 bytes (hex here). Versions ("1.2.3.4") are dotted quads too: small numbers do not count
 * unless the name says so. */
#include "base/str.h"
#include "reach/check.h"
#include "reach/kind.h"

#include "base/banned.h"

enum { SMALL = 32 };

static enum kind_is is_v4(struct str text, bool is_hinted)
{
    unsigned parts = 0, small = 0;
    for (struct str rest = text;; parts++) {
        struct str_cut cut = str_cut(rest, '.');
        uint64_t value;
        if (cut.head.len > 3 || !str_u64(cut.head, &value) || value > 255 || parts == 4) {
            return KIND_NO;
        }
        small += value < SMALL;
        if (!cut.found) {
            break;
        }
        rest = cut.tail;
    }
    if (parts != 3) {
        return KIND_NO;
    }
    return small == 4 && !is_hinted ? KIND_SHAPE : KIND_YES;
}

static bool is_hex_group(struct str group)
{
    for (size_t i = 0; i < group.len; i++) {
        char low = (char)(group.data[i] | 0x20);
        if (!(group.data[i] >= '0' && group.data[i] <= '9') && !(low >= 'a' && low <= 'f')) {
            return false;
        }
    }
    return group.len >= 1 && group.len <= 4;
}

/* Eight groups, or fewer with one "::"; the last may be a dotted quad. "12:30:45" has none of both. */
static bool is_v6(struct str text)
{
    unsigned groups = 0, empty = 0;
    bool has_gap = str_find(text, STR("::"), 0) != SIZE_MAX;
    if (str_eq(text, STR("::"))) {
        return true;
    }
    for (struct str rest = text; groups <= 8;) {
        struct str_cut cut = str_cut(rest, ':');
        bool is_quad = !cut.found && is_v4(cut.head, true) == KIND_YES;
        if (cut.head.len == 0) {
            empty++;
        } else if (!is_quad && !is_hex_group(cut.head)) {
            return false;
        }
        groups += is_quad ? 2U : (unsigned)(cut.head.len > 0);
        if (!cut.found) {
            break;
        }
        rest = cut.tail;
    }
    unsigned allowed = has_gap ? 1U + (unsigned)str_starts(text, STR("::")) + (unsigned)str_ends(text, STR("::")) : 0;
    return empty == allowed && (has_gap ? groups >= 1 && groups < 8 : groups == 8);
}

static struct str without_tail(struct str text)
{
    struct str_cut zone = str_cut(text, '%');
    struct str_cut prefix = str_cut(zone.head, '/');
    uint64_t bits;
    return prefix.found && str_u64(prefix.tail, &bits) && bits <= 128 ? prefix.head : zone.head;
}

/* As numbers and bytes, in a column named so. */
static bool is_packed(const struct kind_cell *cell)
{
    uint64_t number;
    bool is_number =
        cell->digits == cell->text.len && str_u64(cell->text, &number) && number >= 1 << 24 && number <= UINT32_MAX;
    return is_number || kind_cell_is_hex(cell, 8) || kind_cell_is_hex(cell, 32);
}

static enum kind_is is_ip(struct kind_ask *ask)
{
    bool is_hinted = ask->hint >= KIND_HINT_PLAIN;
    char first = (char)(ask->cell->text.data[0] | 0x20);
    if (((ask->cell->classes & (CELL_DOT | CELL_COLON)) == 0 && !is_hinted) ||
        !((first >= 'a' && first <= 'f') || check_digits(ask->cell->text.data, 1) || first == ':')) {
        return KIND_NO;
    }
    struct str text = without_tail(ask->cell->text);
    struct str_cut list = str_cut(text, ','); /* X-Forwarded-For: the first is the client */
    text = str_trim(list.head);
    if (memchr(text.data, '.', text.len) != NULL && memchr(text.data, ':', text.len) != NULL && text.data[0] != ':' &&
        is_v4(str_cut(text, ':').head, is_hinted) == KIND_YES) {
        return KIND_YES; /* with a port */
    }
    enum kind_is quad = is_v4(text, is_hinted);
    if (quad != KIND_NO) {
        return quad;
    }
    return is_v6(text) || (is_hinted && is_packed(ask->cell)) ? KIND_YES : KIND_NO;
}

const struct kind_detector kind_ip = {
    .id = "ip",
    .takes = CELL_DIGIT | CELL_LETTER | CELL_DOT | CELL_COLON | CELL_SLASH | CELL_WORD | CELL_COMMA | CELL_SPACE,
    .min = 2,
    .max = 128,
    .may_by_name = true,
    .is_whole = true,
    .chance = 0.2,
    .prior = -1,
    .floor = 0.3,
    .is = is_ip,
};

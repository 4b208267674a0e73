/* What lets its bearer in: session tokens, API keys, second factors. A column is called so, or the value says itself what it is:
 * JSON Web Tokens (RFC 7519) and keys with a maker's prefix. Detector of "shape": long opaque values of any column. */
#include "base/str.h"
#include "reach/kind.h"

#include "base/banned.h"

enum { PLAIN, JWT, KEY, TOKEN_SLOTS };

static bool is_key(struct str text)
{
    static const struct str prefixes[] = {
        STR_INIT("AKIA"),        STR_INIT("ASIA"),   STR_INIT("ghp_"),     STR_INIT("gho_"),     STR_INIT("ghs_"),
        STR_INIT("github_pat_"), STR_INIT("glpat-"), STR_INIT("sk_live_"), STR_INIT("sk_test_"), STR_INIT("rk_live_"),
        STR_INIT("whsec_"),      STR_INIT("xoxb-"),  STR_INIT("xoxp-"),    STR_INIT("AIza"),     STR_INIT("ya29."),
        STR_INIT("SG."),         STR_INIT("npm_"),
    };
    for (size_t i = 0; text.len >= 20 && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (text.data[0] == prefixes[i].data[0] && str_starts(text, prefixes[i])) {
            return true;
        }
    }
    return false;
}

/* Two of: capitals, small letters, digits; no word boundaries as text has them. Hexadecimal from 32 digits up. */
static bool is_opaque(const struct kind_cell *cell)
{
    bool is_varied = (cell->classes & CELL_LETTER) == CELL_LETTER && cell->digits > 0;
    if (cell->text.len < 24) {
        return false;
    }
    bool is_hex = cell->text.len >= 32 && (kind_cell_is_hex(cell, cell->text.len));
    return cell->digits > 0 && cell->letters > 0 && (is_hex || (is_varied && cell->text.len >= 24));
}

static enum kind_is is_token(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    struct str text = cell->text;
    if (str_starts(text, STR("eyJ")) && memchr(text.data, '.', text.len < CELL_BYTES ? text.len : CELL_BYTES) != NULL) {
        ask->slot = JWT;
        return KIND_YES;
    }
    if (is_key(text)) {
        ask->slot = KEY;
        return KIND_YES;
    }
    if ((cell->classes & (CELL_SPACE | CELL_AT | CELL_OTHER | CELL_HIGH | CELL_COMMA)) != 0) {
        return KIND_NO;
    }
    bool is_long = text.len >= 16 && cell->digits > 0;
    ask->slot = PLAIN;
    if (ask->hint >= KIND_HINT_PLAIN && is_long && (cell->classes & CELL_COLON) == 0) {
        return KIND_YES;
    }
    return is_opaque(cell) ? KIND_SHAPE : KIND_NO;
}

static bool fits_token(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                       double *ret_score)
{
    *ret_k = view->k;
    *ret_score = 2;
    return view->k > 0 && kind_share(view, view->k, view->k_distinct) >= kind->floor;
}

static void say_token(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    const char *names[TOKEN_SLOTS] = {view->part, "JSON Web Token", "API key or secret"};
    (void)ret_weak;
    kind_name_slots(view, names, TOKEN_SLOTS, out);
}

const struct kind_detector kind_token = {
    .id = "token",
    .slots = TOKEN_SLOTS,
    .may_by_name = true,
    .is_whole = true,
    .floor = 0.3,
    .is = is_token,
    .fits = fits_token,
    .scheme = say_token,
};

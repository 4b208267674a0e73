/* Filling the templates of strings.def. */
#include "report/say.h"

#include "base/str.h"
#include "report/number.h"

#include "base/banned.h"

static const char *const english[] = {
#define WORD(key, english, second) english,
#include "report/strings.def"
#undef WORD
};

static const char *const type_names[] = {
    [HOLE_TEXT] = "text",   [HOLE_CLAIM] = "claim",     [HOLE_PARTY] = "party",     [HOLE_PLACE] = "place",
    [HOLE_COUNT] = "count", [HOLE_SMALL] = "small",     [HOLE_BYTES] = "bytes",     [HOLE_RATIO] = "ratio",
    [HOLE_ODDS] = "odds",   [HOLE_PERCENT] = "percent", [HOLE_INSTANT] = "instant", [HOLE_DAY] = "day",
    [HOLE_SPAN] = "span",
};

const char *say_template(enum word word)
{
    return english[word];
}

static void put_in(struct buf *out, enum say_in in, struct str s)
{
    if (in == IN_HTML) {
        put_html(out, s);
    } else {
        buf_put(out, s);
    }
}

static void put_value(struct buf *out, const struct hole *hole)
{
    switch (hole->type) {
    case HOLE_COUNT:
        number_count(out, hole->count);
        return;
    case HOLE_SMALL:
        number_small(out, hole->count);
        return;
    case HOLE_BYTES:
        number_bytes(out, hole->count);
        return;
    case HOLE_RATIO:
        number_ratio(out, hole->number);
        return;
    case HOLE_ODDS:
        number_odds(out, hole->number);
        return;
    case HOLE_PERCENT:
        number_percent(out, hole->number);
        return;
    case HOLE_INSTANT:
        number_instant(out, hole->ns);
        return;
    case HOLE_DAY:
        number_day(out, hole->ns, true);
        return;
    case HOLE_SPAN:
        number_duration(out, hole->ns);
        return;
    case HOLE_TEXT:
    case HOLE_CLAIM:
    case HOLE_PARTY:
    case HOLE_PLACE:
        buf_put(out, hole->text);
        return;
    case HOLE_END:
    default:
        return;
    }
}

static const struct hole *find_hole(const struct hole *holes, struct str name)
{
    for (const struct hole *hole = holes; hole->type != HOLE_END; hole++) {
        if (str_eq(str_of(hole->name), name)) {
            return hole;
        }
    }
    return NULL;
}

/* "n|request|requests" */
static bool put_choice(struct buf *out, enum say_in in, struct str inside, const struct hole *holes)
{
    struct str_cut name = str_cut(inside, '|');
    struct str_cut forms = str_cut(name.tail, '|');
    const struct hole *hole = find_hole(holes, name.head);
    if (hole == NULL || !forms.found || (hole->type != HOLE_COUNT && hole->type != HOLE_SMALL)) {
        return false;
    }
    put_in(out, in, hole->count == 1 ? forms.head : forms.tail);
    return true;
}

static bool put_hole(struct buf *out, enum say_in in, struct str inside, const struct hole *holes)
{
    if (str_cut(inside, '|').found) {
        return put_choice(out, in, inside, holes);
    }
    struct str_cut parts = str_cut(inside, ':');
    const struct hole *hole = find_hole(holes, parts.head);
    if (hole == NULL || !parts.found || !str_eq(str_of(type_names[hole->type]), parts.tail)) {
        return false;
    }
    OWN(own_buf) struct buf value = {0};
    put_value(&value, hole);
    bool is_code = in == IN_HTML && hole->type == HOLE_PLACE;
    if (is_code) {
        put_lit(out, "<code>");
    }
    put_in(out, in, buf_str(&value));
    if (is_code) {
        put_lit(out, "</code>");
    }
    out->failed = out->failed || value.failed;
    return true;
}

bool say_holes(struct buf *out, enum say_in in, enum word word, const struct hole *holes)
{
    struct str rest = str_of(english[word]);
    bool is_bold = false;
    while (rest.len > 0) {
        size_t stop = 0;
        while (stop < rest.len && rest.data[stop] != '{' && rest.data[stop] != '*') {
            stop++;
        }
        put_in(out, in, str_slice(rest, 0, stop));
        if (stop == rest.len) {
            break;
        }
        if (rest.data[stop] == '*') {
            if (in == IN_HTML) {
                buf_puts(out, is_bold ? "</b>" : "<b>");
            }
            is_bold = !is_bold;
            rest = str_slice(rest, stop + 1, rest.len);
            continue;
        }
        struct str_cut inside = str_cut(str_slice(rest, stop + 1, rest.len), '}');
        if (!inside.found || !put_hole(out, in, inside.head, holes)) {
            return false;
        }
        rest = inside.tail;
    }
    return !is_bold;
}

/* A program of steps, run over all its possible states at once.
 *
 * Source: Ken Thompson, Regular Expression Search Algorithm, CACM 11(6), 1968; Russ Cox, Regular Expression Matching
 * Can Be Simple And Fast, 2007. The syntax is read by descent straight into steps; a repetition copies the
 * steps of what it repeats. */
#include "trace/regex.h"

#include "base/str.h"

#include "base/banned.h"

enum { DEPTH_MAX = 32, REPEAT_MAX = 1000 };

enum op { OP_SET, OP_SPLIT, OP_JUMP, OP_BEGIN, OP_END, OP_LINE_BEGIN, OP_LINE_END, OP_WORD, OP_NOT_WORD, OP_MATCH };

struct set {
    uint64_t bits[4];
};

struct step {
    enum op op;
    uint32_t to, also; /* SPLIT: both; JUMP: to */
    struct set set;
};

struct regex {
    size_t count, shortest; /* shortest: bytes of the shortest text that it can match */
    struct step *steps;
    struct set first; /* bytes that a match may begin with ... */
    bool has_first;   /* ... if it takes any, and asks nothing of its place before that */
};

struct parser {
    struct str pattern;
    size_t at;
    struct regex_flags flags;
    struct step *steps;
    size_t count;
    unsigned depth;
    struct err *err;
};

static int fail(struct parser *parser, const char *what)
{
    return err_set(parser->err, ERR_FORMAT, "regular expression, at %zu: %s", parser->at + 1, what);
}

static void set_add(struct set *set, unsigned char c)
{
    set->bits[c / 64] |= UINT64_C(1) << c % 64;
}

static bool set_has(const struct set *set, unsigned char c)
{
    return (set->bits[c / 64] >> c % 64 & 1) != 0;
}

static void set_add_range(struct set *set, unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to; c++) {
        set_add(set, (unsigned char)c);
    }
}

static void set_invert(struct set *set)
{
    for (size_t i = 0; i < 4; i++) {
        set->bits[i] = ~set->bits[i];
    }
}

static void set_fold(struct set *set)
{
    for (unsigned c = 'a'; c <= 'z'; c++) {
        if (set_has(set, (unsigned char)c) || set_has(set, (unsigned char)(c - 32))) {
            set_add(set, (unsigned char)c);
            set_add(set, (unsigned char)(c - 32));
        }
    }
}

/* \d, \w, \s and their opposites; false: c is none of them. */
static bool set_of_class(char c, struct set *set)
{
    struct set found = {{0}};
    switch (c | 0x20) {
    case 'd':
        set_add_range(&found, '0', '9');
        break;
    case 'w':
        set_add_range(&found, '0', '9');
        set_add_range(&found, 'a', 'z');
        set_add_range(&found, 'A', 'Z');
        set_add(&found, '_');
        break;
    case 's':
        set_add_range(&found, '\t', '\r');
        set_add(&found, ' ');
        break;
    default:
        return false;
    }
    if (c >= 'A' && c <= 'Z') {
        set_invert(&found);
    }
    for (size_t i = 0; i < 4; i++) {
        set->bits[i] |= found.bits[i];
    }
    return true;
}

static int add_step(struct parser *parser, struct step step)
{
    if (parser->count == REGEX_STEPS_MAX) {
        return fail(parser, "too long with its repetitions");
    }
    parser->steps[parser->count++] = step;
    return 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape stands for; parser->at is behind the "\". -1: it stands for none (err not set). */
static int escaped_byte(struct parser *parser)
{
    char c = parser->pattern.data[parser->at++];
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'f':
        return '\f';
    case 'v':
        return '\v';
    case '0':
        return 0;
    case 'x': {
        struct str rest = str_slice(parser->pattern, parser->at, parser->pattern.len);
        if (rest.len < 2 || hex_value(rest.data[0]) < 0 || hex_value(rest.data[1]) < 0) {
            return -1;
        }
        parser->at += 2;
        return hex_value(rest.data[0]) << 4 | hex_value(rest.data[1]);
    }
    default:
        return (c >= '1' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? -1 : (unsigned char)c;
    }
}

/* One member of a class: a byte in *ret_byte, or -1 when a whole \d went into the set. */
static int read_member(struct parser *parser, struct set *set, int *ret_byte)
{
    char c = parser->pattern.data[parser->at++];
    *ret_byte = (unsigned char)c;
    if (c != '\\') {
        return 0;
    }
    if (parser->at == parser->pattern.len) {
        return fail(parser, "a backslash at the end");
    }
    if (set_of_class(parser->pattern.data[parser->at], set)) {
        parser->at++;
        *ret_byte = -1;
        return 0;
    }
    *ret_byte = escaped_byte(parser);
    return *ret_byte < 0 ? fail(parser, "an escape that is not known here") : 0;
}

/* Behind "[". */
static int read_class(struct parser *parser, struct set *set)
{
    struct str p = parser->pattern;
    bool is_inverted = parser->at < p.len && p.data[parser->at] == '^';
    parser->at += is_inverted;
    for (bool is_first = true; parser->at < p.len && (is_first || p.data[parser->at] != ']'); is_first = false) {
        int from, to;
        if (str_starts(str_slice(p, parser->at, p.len), STR("[:"))) {
            return fail(parser, "named classes are not known here");
        }
        TRY(read_member(parser, set, &from));
        to = from;
        if (from >= 0 && parser->at + 1 < p.len && p.data[parser->at] == '-' && p.data[parser->at + 1] != ']') {
            parser->at++;
            TRY(read_member(parser, set, &to));
        }
        if (from >= 0 && to < from) {
            return fail(parser, "a range that ends before it begins");
        }
        if (from >= 0) {
            set_add_range(set, (unsigned)from, (unsigned)to);
        }
    }
    if (parser->at == p.len) {
        return fail(parser, "a [ without its ]");
    }
    parser->at++;
    if (parser->flags.is_nocase) {
        set_fold(set);
    }
    if (is_inverted) {
        set_invert(set);
    }
    return 0;
}

static int read_alternatives(struct parser *parser);

/* (?i), (?s), (?m), (?-i), (?i:...), (?:...), (?<name>...), (?P<name>...); parser->at is behind "(?". */
static int read_flags(struct parser *parser, bool *ret_is_group)
{
    struct str p = parser->pattern;
    bool is_on = true;
    if (parser->at + 1 < p.len && (p.data[parser->at] == 'P' || p.data[parser->at] == '<')) {
        parser->at += p.data[parser->at] == 'P';
        size_t end = str_find(p, STR(">"), parser->at);
        bool is_name = p.data[parser->at] == '<' && end != SIZE_MAX && p.data[parser->at + 1] != '=' &&
                       p.data[parser->at + 1] != '!';
        if (!is_name) {
            return fail(parser, "look-around and back-references are not to be had in linear time");
        }
        parser->at = end + 1;
        *ret_is_group = true;
        return 0;
    }
    for (; parser->at < p.len; parser->at++) {
        switch (p.data[parser->at]) {
        case '-':
            is_on = false;
            break;
        case 'i':
            parser->flags.is_nocase = is_on;
            break;
        case 's':
            parser->flags.is_dotall = is_on;
            break;
        case 'm':
            parser->flags.is_multiline = is_on;
            break;
        case ':':
        case ')':
            *ret_is_group = p.data[parser->at++] == ':';
            return 0;
        default:
            return fail(parser, "look-around and back-references are not to be had in linear time");
        }
    }
    return fail(parser, "a ( without its )");
}

/* Behind "(". Flags set inside a group end with it; (?i) alone holds for what follows. */
static int read_group(struct parser *parser)
{
    struct str p = parser->pattern;
    struct regex_flags before = parser->flags;
    bool is_group = true;
    if (parser->at < p.len && p.data[parser->at] == '?') {
        parser->at++;
        TRY(read_flags(parser, &is_group));
        if (!is_group) {
            return 0;
        }
    }
    if (++parser->depth > DEPTH_MAX) {
        return fail(parser, "nested too deep");
    }
    TRY(read_alternatives(parser));
    parser->depth--;
    if (parser->at == p.len || p.data[parser->at] != ')') {
        return fail(parser, "a ( without its )");
    }
    parser->at++;
    parser->flags = before;
    return 0;
}

static int read_escape(struct parser *parser, struct step *step)
{
    if (parser->at == parser->pattern.len) {
        return fail(parser, "a backslash at the end");
    }
    char c = parser->pattern.data[parser->at];
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z') {
        parser->at++;
        step->op = c == 'b' ? OP_WORD : c == 'B' ? OP_NOT_WORD : c == 'A' ? OP_BEGIN : OP_END;
        return 0;
    }
    if (set_of_class(c, &step->set)) {
        parser->at++;
        return 0;
    }
    int byte = escaped_byte(parser);
    if (byte < 0) {
        return fail(parser, "an escape that is not known here");
    }
    set_add(&step->set, (unsigned char)byte);
    return 0;
}

/* One thing that a repetition may follow. */
static int read_atom(struct parser *parser)
{
    struct step step = {.op = OP_SET};
    char c = parser->pattern.data[parser->at++];
    switch (c) {
    case '(':
        return read_group(parser);
    case '[':
        TRY(read_class(parser, &step.set));
        return add_step(parser, step);
    case '.':
        set_invert(&step.set);
        if (!parser->flags.is_dotall) {
            step.set.bits[0] &= ~(UINT64_C(1) << '\n');
        }
        break;
    case '^':
        step.op = parser->flags.is_multiline ? OP_LINE_BEGIN : OP_BEGIN;
        break;
    case '$':
        step.op = parser->flags.is_multiline ? OP_LINE_END : OP_END;
        break;
    case '\\':
        TRY(read_escape(parser, &step));
        break;
    case '*':
    case '+':
    case '?':
        return fail(parser, "a repetition of nothing");
    default:
        set_add(&step.set, (unsigned char)c);
    }
    if (parser->flags.is_nocase) {
        set_fold(&step.set);
    }
    return add_step(parser, step);
}

/* {m}, {m,}, {m,n}; false: not of this form, so "{" is a letter. */
static bool read_bounds(struct parser *parser, uint64_t *least, uint64_t *most)
{
    struct str p = parser->pattern;
    size_t end = str_find(p, STR("}"), parser->at);
    if (end == SIZE_MAX) {
        return false;
    }
    struct str_cut cut = str_cut(str_slice(p, parser->at + 1, end), ',');
    bool is_open = cut.found && cut.tail.len == 0;
    if (!str_u64(cut.head, least) || (cut.found && !is_open && !str_u64(cut.tail, most))) {
        return false;
    }
    *most = is_open ? UINT64_MAX : cut.found ? *most : *least;
    parser->at = end + 1;
    return true;
}

static int copy_steps(struct parser *parser, size_t from, size_t to)
{
    size_t shift = parser->count - from;
    for (size_t i = from; i < to; i++) {
        struct step step = parser->steps[i];
        step.to += (uint32_t)shift;
        step.also += (uint32_t)shift;
        TRY(add_step(parser, step));
    }
    return 0;
}

/* Moves the steps [from, count) one on, so that one can stand before them. */
static int make_room(struct parser *parser, size_t from)
{
    TRY(add_step(parser, (struct step){.op = OP_JUMP}));
    for (size_t i = parser->count - 1; i > from; i--) {
        parser->steps[i] = parser->steps[i - 1];
        parser->steps[i].to += 1;
        parser->steps[i].also += 1;
    }
    return 0;
}

/* Ways around each of the bodies that begin at from and lie stride apart, to the end. */
static void lead_around(struct parser *parser, size_t from, size_t stride)
{
    for (size_t i = from; i < parser->count; i += stride) {
        parser->steps[i] = (struct step){.op = OP_SPLIT, .to = (uint32_t)i + 1, .also = (uint32_t)parser->count};
    }
}

/* The steps [from, count) any number of times up to most. */
static int repeat_or_not(struct parser *parser, size_t from, uint64_t most)
{
    size_t len = parser->count - from;
    TRY(make_room(parser, from));
    if (most == UINT64_MAX) {
        TRY(add_step(parser, (struct step){.op = OP_JUMP, .to = (uint32_t)from}));
        lead_around(parser, from, SIZE_MAX - from);
        return 0;
    }
    for (uint64_t i = 1; i < most; i++) {
        TRY(copy_steps(parser, from, from + 1 + len));
    }
    lead_around(parser, from, 1 + len);
    return 0;
}

/* The steps [from, count) between least and most times in all. */
static int repeat(struct parser *parser, size_t from, uint64_t least, uint64_t most)
{
    size_t len = parser->count - from;
    if (most == 0) {
        parser->count = from;
        return 0;
    }
    if (least == 0) {
        return repeat_or_not(parser, from, most);
    }
    for (uint64_t i = 1; i < least; i++) {
        TRY(copy_steps(parser, from, from + len));
    }
    if (most == UINT64_MAX) {
        uint32_t last = (uint32_t)(parser->count - len), behind = (uint32_t)parser->count + 1;
        return add_step(parser, (struct step){.op = OP_SPLIT, .to = last, .also = behind});
    }
    size_t splits = parser->count;
    for (uint64_t i = least; i < most; i++) {
        TRY(add_step(parser, (struct step){.op = OP_SPLIT}));
        TRY(copy_steps(parser, from, from + len));
    }
    lead_around(parser, splits, 1 + len);
    return 0;
}

static int read_repetition(struct parser *parser, size_t from)
{
    struct str p = parser->pattern;
    bool is_read = parser->at < p.len;
    while (is_read && parser->at < p.len) {
        uint64_t least = 0, most = UINT64_MAX;
        char c = p.data[parser->at];
        if (c == '{') {
            is_read = read_bounds(parser, &least, &most);
            if (!is_read) {
                return 0;
            }
        } else if (c == '*' || c == '+' || c == '?') {
            least = c == '+';
            most = c == '?' ? 1 : UINT64_MAX;
            parser->at++;
        } else {
            return 0;
        }
        if (least > REPEAT_MAX || (most != UINT64_MAX && (most > REPEAT_MAX || most < least))) {
            return fail(parser, "a repetition that is too long, or ends before it begins");
        }
        TRY(repeat(parser, from, least, most));
        if (parser->at < p.len && (p.data[parser->at] == '?' || p.data[parser->at] == '+')) {
            parser->at++; /* lazy or possessive: it matches where it matches (possessive: at least there) */
        }
    }
    return 0;
}

static int read_sequence(struct parser *parser)
{
    struct str p = parser->pattern;
    while (parser->at < p.len && p.data[parser->at] != '|' && p.data[parser->at] != ')') {
        size_t from = parser->count;
        TRY(read_atom(parser));
        TRY(read_repetition(parser, from));
    }
    return 0;
}

static int read_alternatives(struct parser *parser)
{
    size_t from = parser->count;
    TRY(read_sequence(parser));
    while (parser->at < parser->pattern.len && parser->pattern.data[parser->at] == '|') {
        parser->at++;
        /* split in front of what was read, jump behind it over what follows */
        TRY(make_room(parser, from));
        size_t jump = parser->count;
        TRY(add_step(parser, (struct step){.op = OP_JUMP}));
        parser->steps[from] = (struct step){.op = OP_SPLIT, .to = (uint32_t)from + 1, .also = (uint32_t)parser->count};
        TRY(read_sequence(parser));
        parser->steps[jump].to = (uint32_t)parser->count;
    }
    return 0;
}

/* The shortest way from the first step to the match, a byte for each set. Steps that are reached for less are looked at
 * again, so this ends after at most count rounds; most programs need two. */
static size_t shortest_match(const struct regex *regex, struct arena *scratch)
{
    size_t *cost = ARENA_NEW(scratch, size_t, regex->count + 1, NULL);
    bool has_changed = cost != NULL;
    for (size_t i = 1; cost != NULL && i < regex->count; i++) {
        cost[i] = SIZE_MAX;
    }
    while (has_changed) {
        has_changed = false;
        for (size_t i = 0; i + 1 < regex->count; i++) {
            const struct step *step = &regex->steps[i];
            bool is_branch = step->op == OP_SPLIT || step->op == OP_JUMP;
            size_t ways[2] = {is_branch ? step->to : i + 1, step->op == OP_SPLIT ? step->also : i + 1};
            for (size_t w = 0; w < (step->op == OP_SPLIT ? 2 : 1) && cost[i] != SIZE_MAX; w++) {
                size_t there = cost[i] + (step->op == OP_SET);
                if (there < cost[ways[w]]) {
                    cost[ways[w]] = there;
                    has_changed = true;
                }
            }
        }
    }
    return cost == NULL || cost[regex->count - 1] == SIZE_MAX ? 0 : cost[regex->count - 1];
}

/* Follows what takes no byte from the first step on. */
static void set_first(struct regex *regex, struct arena *scratch)
{
    uint32_t *queue = ARENA_NEW(scratch, uint32_t, 2 * regex->count + 2, NULL);
    bool *is_seen = ARENA_NEW(scratch, bool, regex->count + 1, NULL);
    size_t head = 0, tail = 1; /* the first step is in it */
    regex->has_first = queue != NULL && is_seen != NULL;
    while (regex->has_first && head < tail) {
        uint32_t at = queue[head++];
        const struct step *step = &regex->steps[at];
        if (is_seen[at]) {
            continue;
        }
        is_seen[at] = true;
        if (step->op == OP_SET) {
            for (size_t i = 0; i < 4; i++) {
                regex->first.bits[i] |= step->set.bits[i];
            }
        } else if (step->op == OP_JUMP || step->op == OP_SPLIT) {
            queue[tail++] = step->to;
            if (step->op == OP_SPLIT) {
                queue[tail++] = step->also;
            }
        } else {
            regex->has_first = false;
        }
    }
}

struct regex *regex_compile(struct str pattern, struct regex_flags flags, struct arena *arena, struct err *err)
{
    struct parser parser = {.pattern = pattern, .flags = flags, .err = err};
    struct regex *regex = ARENA_NEW(arena, struct regex, 1, err);
    struct arena scratch;
    arena_init(&scratch, 0);
    parser.steps = regex == NULL ? NULL : ARENA_NEW(&scratch, struct step, REGEX_STEPS_MAX, err);
    int rc = parser.steps == NULL ? -1 : read_alternatives(&parser);
    if (rc == 0 && parser.at < pattern.len) {
        rc = fail(&parser, "a ) without its (");
    }
    rc = rc == 0 ? add_step(&parser, (struct step){.op = OP_MATCH}) : rc;
    if (rc == 0 && (regex->steps = ARENA_NEW(arena, struct step, parser.count, err)) == NULL) {
        rc = -1;
    }
    if (rc == 0) {
        memcpy(regex->steps, parser.steps, parser.count * sizeof *regex->steps);
        regex->count = parser.count;
        regex->shortest = shortest_match(regex, &scratch);
        set_first(regex, &scratch);
    }
    arena_clear(&scratch);
    return rc == 0 ? regex : NULL;
}

/* ---- running ---- */

/* Steps that are alive: a sparse set, so that clearing costs nothing. */
struct alive {
    uint16_t dense[REGEX_STEPS_MAX + 1], sparse[REGEX_STEPS_MAX + 1];
    size_t count;
};

static bool is_word(struct str text, size_t at)
{
    struct set word = {{0}};
    return at < text.len && set_of_class('w', &word) && set_has(&word, (unsigned char)text.data[at]);
}

static bool holds(enum op op, struct str text, size_t at)
{
    bool is_edge = (at > 0 && is_word(text, at - 1)) != is_word(text, at);
    switch (op) {
    case OP_BEGIN:
        return at == 0;
    case OP_END:
        return at == text.len;
    case OP_LINE_BEGIN:
        return at == 0 || text.data[at - 1] == '\n';
    case OP_LINE_END:
        return at == text.len || text.data[at] == '\n';
    case OP_WORD:
        return is_edge;
    case OP_NOT_WORD:
        return !is_edge;
    case OP_SET:
    case OP_SPLIT:
    case OP_JUMP:
    case OP_MATCH:
        break;
    }
    return false;
}

static void push(struct alive *alive, uint32_t step)
{
    uint16_t at = alive->sparse[step];
    if (at < alive->count && alive->dense[at] == step) {
        return;
    }
    alive->sparse[step] = (uint16_t)alive->count;
    alive->dense[alive->count++] = (uint16_t)step;
}

/* Follows steps that take no byte, in place: what is pushed behind is met later in the same walk. True: it matches. */
static bool close_over(const struct regex *regex, struct alive *alive, struct str text, size_t at)
{
    for (size_t i = 0; i < alive->count; i++) {
        const struct step *step = &regex->steps[alive->dense[i]];
        switch (step->op) {
        case OP_MATCH:
            return true;
        case OP_SET:
            break;
        case OP_JUMP:
            push(alive, step->to);
            break;
        case OP_SPLIT:
            push(alive, step->to);
            push(alive, step->also);
            break;
        case OP_BEGIN:
        case OP_END:
        case OP_LINE_BEGIN:
        case OP_LINE_END:
        case OP_WORD:
        case OP_NOT_WORD:
            if (holds(step->op, text, at)) {
                push(alive, (uint32_t)alive->dense[i] + 1);
            }
            break;
        }
    }
    return false;
}

bool regex_finds(const struct regex *regex, struct str text)
{
    struct alive sets[2], *now = &sets[0], *next = &sets[1];
    if (text.len < regex->shortest) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        sets[i].count = 0;
        memset(sets[i].sparse, 0, regex->count * sizeof *sets[i].sparse);
    }
    text = str_slice(text, 0, REGEX_TEXT_MAX);
    for (size_t at = 0;; at++) {
        while (regex->has_first && now->count == 0 && at < text.len &&
               !set_has(&regex->first, (unsigned char)text.data[at])) {
            at++;
        }
        push(now, 0);
        if (close_over(regex, now, text, at)) {
            return true;
        }
        if (at == text.len) {
            return false;
        }
        next->count = 0;
        for (size_t i = 0; i < now->count; i++) {
            const struct step *step = &regex->steps[now->dense[i]];
            if (step->op == OP_SET && set_has(&step->set, (unsigned char)text.data[at])) {
                push(next, (uint32_t)now->dense[i] + 1);
            }
        }
        struct alive *swap = now;
        now = next;
        next = swap;
    }
}

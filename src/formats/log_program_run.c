/* Reading a line by its program.
 *
 * A field ends at the literal behind it. Where that literal may stand in the field's own text (a user's name with " [" in it)
 * and the rest of the line does not fit, the field is made longer, up to the literal's next place: a bounded
 * search, from the back. Between quotes an escaped quote ends nothing. What cannot be matched is classed by the field where
 * matching came furthest; a line that ends inside a text behind everything that counts has its tail cut. */
#include "base/str.h"
#include "formats/log_json.h"
#include "formats/log_program.h"

#include "base/banned.h"

enum {
    SHORT_LINE = 512, /* bytes; such a line may use all of LONGER_MAX */
    LONGER_MAX = 256, /* times a line's fields are made longer */
    LONGER_PARTS = 8, /* ... and how often its bytes may be looked through for that */
    LONGER_WORD = 64  /* bytes of a word with its literal in it */
};

static const uint32_t NOT_THERE = UINT32_MAX;

struct match {
    const struct program *program;
    const char *text;
    uint32_t len;
    struct web_clock clock;
    uint32_t from[PROGRAM_STEPS], to[PROGRAM_STEPS];
    size_t furthest; /* where matching stopped, the first time it came so far, and whether for want of text */
    bool is_stopped, ran_out;
    uint32_t best_from[PROGRAM_STEPS], best_to[PROGRAM_STEPS];
};

static bool is_escaped(const char *text, uint32_t from, uint32_t at)
{
    uint32_t slashes = 0;
    while (at - slashes > from && text[at - 1 - slashes] == '\\') {
        slashes++;
    }
    return slashes % 2 == 1;
}

/* Is the space at `at` one between elements of a list? */
static bool is_between(const char *text, uint32_t len, uint32_t from, uint32_t at)
{
    bool is_behind =
        at > from && (text[at - 1] == ',' || (text[at - 1] == ':' && at - from > 1 && text[at - 2] == ' '));
    return text[at] == ' ' && (is_behind || (len - at > 2 && text[at + 1] == ':' && text[at + 2] == ' '));
}

/* The first place of the step's literal at or behind `at`; the line's end where it has none. */
static uint32_t find_literal(const struct match *match, const struct program_step *step, uint32_t from, uint32_t at)
{
    struct str literal = step->literal;
    if (literal.len == 0) {
        return at <= match->len ? match->len : NOT_THERE;
    }
    bool is_quote = literal.data[0] == '"' && match->program->escape != ESCAPE_NONE;
    while (at < match->len) {
        const char *hit = memchr(match->text + at, literal.data[0], match->len - at);
        if (hit == NULL || (size_t)(match->text + match->len - hit) < literal.len) {
            return NOT_THERE;
        }
        at = (uint32_t)(hit - match->text);
        bool is_inside = (is_quote && is_escaped(match->text, from, at)) ||
                         (step->is_list && is_between(match->text, match->len, from, at));
        if (!is_inside && memcmp(hit, literal.data, literal.len) == 0) {
            return at;
        }
        at++;
    }
    return NOT_THERE;
}

static bool is_literal_at(const struct match *match, struct str literal, uint32_t at)
{
    return match->len - at >= literal.len &&
           (literal.len == 0 || memcmp(match->text + at, literal.data, literal.len) == 0);
}

/* Digits with a fraction, "+" or "-" before them (HAProxy); "-" alone. */
static uint32_t number_end(const struct match *match, const struct program_step *step, uint32_t from)
{
    while (step->is_padded && from < match->len && match->text[from] == ' ') {
        from++;
    }
    uint32_t at = from;
    bool has_sign = at < match->len && (match->text[at] == '-' || match->text[at] == '+');
    at += has_sign;
    uint32_t digits = at;
    while (at < match->len && (str_is_digit(match->text[at]) || (match->text[at] == '.' && at > digits))) {
        at++;
    }
    return at > digits || match->program->may_be_empty || (has_sign && match->text[from] == '-') ? at : NOT_THERE;
}

static bool is_word(const struct match *match, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        if ((unsigned char)match->text[i] <= ' ') {
            return false;
        }
    }
    return to > from;
}

static struct str client_text(const struct program *program, struct str text)
{
    if (program->at[PROGRAM_CLIENT] < 0 || !program->steps[program->at[PROGRAM_CLIENT]].has_port) {
        return text;
    }
    size_t colon = text.len;
    while (colon > 0 && str_is_digit(text.data[colon - 1])) {
        colon--;
    }
    bool is_port = program->steps[program->at[PROGRAM_CLIENT]].is_port && colon > 1 && text.data[colon - 1] == ':';
    return is_port && text.data[0] != '[' ? str_slice(text, 0, colon - 1) : web_without_port(text);
}

static bool is_client(const struct program *program, struct str text)
{
    return web_is_client(client_text(program, text)) || (program->is_dash_client && str_eq(text, STR("-")));
}

static bool does_number_fit(const struct program_step *step, struct str text)
{
    uint16_t status;
    uint64_t count;
    switch (step->field) {
    case PROGRAM_STATUS:
        return web_status(text, &status);
    case PROGRAM_BYTES:
    case PROGRAM_BYTES_IN:
        return web_count(text.len > 0 && text.data[0] == '+' ? str_slice(text, 1, text.len) : text, &count);
    default:
        return true;
    }
}

static uint32_t number_at(const struct match *match, const struct program_step *step, uint32_t from)
{
    uint32_t end = number_end(match, step, from);
    bool is_one = end != NOT_THERE && does_number_fit(step, (struct str){match->text + from, end - from});
    return is_one && is_literal_at(match, step->literal, end) ? end : NOT_THERE;
}

static uint32_t time_at(struct match *match, const struct program_step *step, uint32_t from)
{
    struct web_clock ignored = {0};
    struct web_clock *clock = step->field == PROGRAM_TIME ? &match->clock : &ignored;
    size_t took = web_clock_read(clock, step->pattern, (struct str){match->text + from, match->len - from});
    bool is_one = took != SIZE_MAX && is_literal_at(match, step->literal, from + (uint32_t)took);
    return is_one ? from + (uint32_t)took : NOT_THERE;
}

static bool does_text_fit(const struct match *match, const struct program_step *step, uint32_t from, uint32_t to)
{
    struct str text = {match->text + from, to - from};
    if (step->shape == SHAPE_WORD && !is_word(match, from, to)) {
        return false;
    }
    if (step->field == PROGRAM_CLIENT) {
        return is_client(match->program, text);
    }
    return step->field != PROGRAM_METHOD || step->shape != SHAPE_WORD || web_is_method(text) || str_eq(text, STR("-"));
}

static uint32_t text_at(const struct match *match, const struct program_step *step, uint32_t from, uint32_t search)
{
    uint32_t end = find_literal(match, step, from, search);
    while (end != NOT_THERE && !does_text_fit(match, step, from, end)) {
        /* longer does not make it better, but for an address with the literal in it ("::1:443") */
        bool may_fit = step->literal.len > 0 && step->literal.data[0] != ' ' && end - from < LONGER_WORD;
        end = may_fit ? find_literal(match, step, from, end + 1) : NOT_THERE;
    }
    return end;
}

/* Where the field of step i ends, if it begins at from[i] and ends at or behind `search`: only texts can be made longer. */
static uint32_t field_end(struct match *match, size_t i, uint32_t search)
{
    const struct program_step *step = &match->program->steps[i];
    uint32_t from = match->from[i];
    if (step->shape == SHAPE_TEXT || step->shape == SHAPE_WORD) {
        return text_at(match, step, from, search);
    }
    if (search != from) {
        return NOT_THERE;
    }
    return step->shape == SHAPE_TIME ? time_at(match, step, from) : number_at(match, step, from);
}

/* Is what is left at step i too short for what should stand there? */
static bool is_short(const struct match *match, size_t i)
{
    const struct program_step *step = &match->program->steps[i];
    if (step->shape == SHAPE_TEXT || step->shape == SHAPE_WORD) {
        return find_literal(match, step, match->from[i], match->from[i]) == NOT_THERE;
    }
    uint32_t end = match->from[i];
    while (end < match->len && (unsigned char)match->text[end] > ' ') {
        end++;
    }
    return end == match->len;
}

static void note_stop(struct match *match, size_t i)
{
    if (match->is_stopped && i <= match->furthest) {
        return;
    }
    match->is_stopped = true;
    match->furthest = i;
    match->ran_out = i < match->program->count && is_short(match, i);
    memcpy(match->best_from, match->from, sizeof *match->from * (i + (i < PROGRAM_STEPS)));
    memcpy(match->best_to, match->to, sizeof *match->to * i);
}

static bool can_be_longer(const struct program_step *step)
{
    return (step->shape == SHAPE_TEXT ||
            (step->shape == SHAPE_WORD && step->literal.len > 0 && step->literal.data[0] != ' ')) &&
           step->literal.len > 0;
}

static bool match_line(struct match *match)
{
    const struct program *program = match->program;
    if (!is_literal_at(match, program->opening, 0)) {
        match->is_stopped = true;
        return false;
    }
    unsigned longer = 0;
    uint64_t spent = 0;
    size_t i = 0;
    uint32_t search = match->from[0] = (uint32_t)program->opening.len;
    for (;;) {
        uint32_t end = i < program->count ? field_end(match, i, search) : NOT_THERE;
        if (end != NOT_THERE) {
            match->to[i] = end;
            search = end + (uint32_t)program->steps[i].literal.len;
            i++;
            if (i == program->count && (search == match->len || program->has_loose_tail)) {
                return true;
            }
            if (i < program->count) {
                match->from[i] = search;
            }
            continue;
        }
        note_stop(match, i);
        do {
            if (i == 0) {
                return false;
            }
            i--;
        } while (!can_be_longer(&program->steps[i]));
        spent += match->len - match->to[i];
        if (++longer > LONGER_MAX || spent > (uint64_t)match->len * LONGER_PARTS + SHORT_LINE * LONGER_MAX) {
            return false;
        }
        search = match->to[i] + 1;
    }
}

/* The class of a line that came as far as step `furthest`: by the first field that counts and was not reached. */
static enum log_class class_of(const struct match *match)
{
    static const enum log_class classes[PROGRAM_FIELDS] = {
        [PROGRAM_CLIENT] = LOG_NO_CLIENT,  [PROGRAM_TIME] = LOG_NO_TIME,    [PROGRAM_REQUEST] = LOG_NO_REQUEST,
        [PROGRAM_TARGET] = LOG_NO_REQUEST, [PROGRAM_PATH] = LOG_NO_REQUEST, [PROGRAM_METHOD] = LOG_NO_REQUEST,
        [PROGRAM_STATUS] = LOG_NO_STATUS,  [PROGRAM_BYTES] = LOG_NO_SIZE};
    for (size_t i = match->furthest; i < match->program->count; i++) {
        enum log_class class_id = classes[match->program->steps[i].field];
        if (class_id != LOG_PARSED) {
            return class_id;
        }
    }
    return LOG_NOT_SO;
}

/* ---- fields ---- */

/* A field's text, and where it lies. */
struct piece {
    struct log_span span;
    struct str text;
};

struct reading {
    const struct program *program;
    struct log_line *line;
    struct buf *scratch;
    const uint32_t *from, *to;
    size_t count; /* steps that were reached */
};

static struct str raw_of(const struct reading *reading, enum program_field field)
{
    int at = reading->program->at[field];
    if (at < 0 || (size_t)at >= reading->count) {
        return (struct str){"", 0};
    }
    return (struct str){reading->line->text + reading->from[at], reading->to[at] - reading->from[at]};
}

static void put_raw(const struct reading *reading, struct str raw)
{
    if (reading->program->escape == ESCAPE_JSON) {
        json_line_unescape(raw, reading->scratch);
    } else {
        buf_put(reading->scratch, raw);
    }
}

static struct piece piece_of(const struct reading *reading, enum program_field field)
{
    struct str raw = web_unless_dash(raw_of(reading, field));
    if (reading->program->escape != ESCAPE_JSON || raw.len == 0 || memchr(raw.data, '\\', raw.len) == NULL) {
        return (struct piece){log_part(reading->line, raw), raw};
    }
    size_t at = reading->scratch->len;
    put_raw(reading, raw);
    if (reading->scratch->failed) {
        return (struct piece){{0, 0}, {"", 0}};
    }
    struct str text = {reading->scratch->data + at, reading->scratch->len - at};
    return (struct piece){{(uint32_t)at | LOG_IN_SCRATCH, (uint32_t)text.len}, text};
}

static struct log_span part_of(struct piece piece, struct str part)
{
    return part.len == 0
               ? (struct log_span){0, 0}
               : (struct log_span){piece.span.at + (uint32_t)(part.data - piece.text.data), (uint32_t)part.len};
}

/* A target from path and query without anything between: "/a-" is "/a" without a query. */
static struct str without_dash(const struct reading *reading, const struct program_step *step, struct str text)
{
    bool is_dash = step->is_dashed && reading->program->escape == ESCAPE_BACKSLASH && str_ends(text, STR("-")) &&
                   memchr(text.data, '?', text.len) == NULL;
    return is_dash ? str_slice(text, 0, text.len - 1) : text;
}

static struct str without_origin(const struct program_step *step, struct str text)
{
    if (!step->has_origin) {
        return text;
    }
    text = web_without_origin(text);
    size_t slash = text.len > 0 && text.data[0] != '/' ? str_find(text, STR("/"), 0) : SIZE_MAX;
    return slash != SIZE_MAX ? str_slice(text, slash, text.len) : text;
}

/* Path and query from their own fields: "/a" and "b=c", "?b=c" or "-". */
static struct log_span join_query(const struct reading *reading, struct str path, struct str query)
{
    size_t at = reading->scratch->len;
    put_raw(reading, path);
    if (query.data[0] != '?') {
        buf_putc(reading->scratch, '?');
    }
    put_raw(reading, query);
    return reading->scratch->failed
               ? (struct log_span){0, 0}
               : (struct log_span){(uint32_t)at | LOG_IN_SCRATCH, (uint32_t)(reading->scratch->len - at)};
}

static void read_target(const struct reading *reading)
{
    struct log_line *line = reading->line;
    const struct program *program = reading->program;
    struct piece request = piece_of(reading, PROGRAM_REQUEST);
    if (request.text.len > 0) {
        struct web_request cut = web_request(request.text);
        int at = program->at[PROGRAM_REQUEST];
        line->method = part_of(request, cut.method);
        line->target = part_of(request, program->steps[at].has_origin ? web_without_origin(cut.target) : cut.target);
        return;
    }
    enum program_field field = program->at[PROGRAM_TARGET] >= 0 ? PROGRAM_TARGET : PROGRAM_PATH;
    int at = program->at[field];
    if (at < 0 || program->at[PROGRAM_REQUEST] >= 0) {
        return;
    }
    struct str query = web_unless_dash(raw_of(reading, PROGRAM_QUERY));
    struct piece target = piece_of(reading, field);
    line->target = field == PROGRAM_PATH && query.len > 0 && target.text.len > 0
                       ? join_query(reading, without_origin(&program->steps[at], raw_of(reading, field)), query)
                       : part_of(target, without_dash(reading, &program->steps[at],
                                                      without_origin(&program->steps[at], target.text)));
    struct piece method = piece_of(reading, PROGRAM_METHOD);
    if (web_is_method(method.text) && line->target.len > 0) {
        line->method = method.span;
    } else if (program->at[PROGRAM_METHOD] >= 0) {
        line->target = (struct log_span){0, 0};
    }
}

/* Without the address of the connection the nearest proxy's word is the best there is. */
static bool read_client(const struct reading *reading)
{
    struct log_line *line = reading->line;
    struct piece forwarded = piece_of(reading, PROGRAM_FORWARDED);
    line->forwarded = forwarded.span;
    if (reading->program->at[PROGRAM_CLIENT] >= 0) {
        struct str client = raw_of(reading, PROGRAM_CLIENT);
        line->client = log_part(line, client_text(reading->program, client));
        return line->client.len > 0;
    }
    struct str last = web_last_forwarded(forwarded.text);
    line->client = web_is_client(last) ? part_of(forwarded, last) : log_scratch(reading->scratch, STR("-"));
    return line->client.len > 0;
}

static void read_numbers(const struct reading *reading)
{
    struct log_line *line = reading->line;
    const struct program *program = reading->program;
    struct str bytes = raw_of(reading, PROGRAM_BYTES);
    bytes = bytes.len > 1 && bytes.data[0] == '+' ? str_slice(bytes, 1, bytes.len) : bytes;
    int duration = program->at[PROGRAM_DURATION];
    uint64_t scale = duration >= 0 && program->steps[duration].scale > 0 ? program->steps[duration].scale : 1;
    (void)web_status(raw_of(reading, PROGRAM_STATUS), &line->status);
    if (!web_count(bytes, &line->bytes)) {
        line->bytes = LOG_NO_BYTES;
    }
    if (!web_count(raw_of(reading, PROGRAM_BYTES_IN), &line->bytes_in)) {
        line->bytes_in = LOG_NO_BYTES;
    }
    if (!web_scaled(str_trim(raw_of(reading, PROGRAM_DURATION)), scale, &line->duration_us)) {
        line->duration_us = LOG_NO_BYTES;
    }
}

static enum log_class read_fields(const struct reading *reading, const struct web_clock *clock)
{
    struct log_line *line = reading->line;
    if (!web_clock_finish(clock, &reading->program->calendar, line)) {
        return LOG_NO_TIME;
    }
    if (!read_client(reading)) {
        return LOG_NO_CLIENT;
    }
    read_target(reading);
    read_numbers(reading);
    line->user = piece_of(reading, PROGRAM_USER).span;
    line->vhost = piece_of(reading, PROGRAM_VHOST).span;
    line->referer = piece_of(reading, PROGRAM_REFERER).span;
    line->agent = piece_of(reading, PROGRAM_AGENT).span;
    return reading->scratch->failed ? LOG_TOO_LONG : LOG_PARSED;
}

enum log_class program_read(const struct program *program, struct log_line *line, struct buf *scratch)
{
    struct match match = {.program = program, .text = line->text, .len = line->len};
    struct reading reading = {.program = program, .line = line, .scratch = scratch};
    if (match_line(&match)) {
        reading.from = match.from;
        reading.to = match.to;
        reading.count = program->count;
        return read_fields(&reading, &match.clock);
    }
    if (match.furthest <= program->last_essential || !match.ran_out) {
        return class_of(&match);
    }
    match.best_to[match.furthest] = match.len;
    reading.from = match.best_from;
    reading.to = match.best_to;
    bool is_text = program->steps[match.furthest].shape == SHAPE_TEXT;
    reading.count = match.furthest + is_text; /* a number that was cut is none */
    enum log_class class_id = read_fields(&reading, &match.clock);
    return class_id == LOG_PARSED ? LOG_TAIL_CUT : class_id;
}

static enum log_class read_record(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    return program_read(setup, line, scratch);
}

size_t program_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                     struct log_batch *batch)
{
    static const struct log_shape shape = {.read = read_record};
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

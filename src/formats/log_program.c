/* Building a program, and what follows from its fields: what its lines have, and what they cannot show. */
#include "formats/log_program.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

void program_start(struct program *program, enum program_escape escape)
{
    *program = (struct program){.escape = escape};
    memset(program->at, -1, sizeof program->at);
}

static bool keep(struct program *program, struct str text, struct str *ret_kept)
{
    if (text.len > PROGRAM_TEXT - program->text_len) {
        return false;
    }
    char *at = program->text + program->text_len;
    if (text.len > 0) {
        memcpy(at, text.data, text.len);
    }
    program->text_len += text.len;
    *ret_kept = (struct str){at, text.len};
    return true;
}

/* Literals that follow each other are one: their texts lie side by side, as no pattern comes between. */
bool program_literal(struct program *program, struct str text)
{
    struct str *literal = program->count == 0 ? &program->opening : &program->steps[program->count - 1].literal;
    struct str kept;
    if (!keep(program, text, &kept)) {
        return false;
    }
    if (literal->len == 0) {
        literal->data = kept.data;
    }
    literal->len += kept.len;
    return true;
}

static bool is_text(const struct program_step *step)
{
    return step->shape == SHAPE_TEXT || step->shape == SHAPE_WORD;
}

static bool is_path(const struct program_step *step)
{
    return step->field == PROGRAM_PATH || step->field == PROGRAM_TARGET;
}

/* Two texts with nothing between them cannot be told apart, unless one is known to begin in a way: a query with "?", a path
 * with "/". Then they are one field; otherwise they are one that is passed over. */
static bool joins(struct program_step *last, const struct program_step *step)
{
    if (!is_text(last) || last->literal.len > 0) {
        return false;
    }
    if (is_path(last) && step->field == PROGRAM_QUERY) {
        last->field = PROGRAM_TARGET;
        last->is_dashed |= step->is_dashed;
    } else if (is_path(step) && (last->field == PROGRAM_VHOST || last->field == PROGRAM_SKIP)) {
        last->field = step->field;
        last->has_origin = true;
    } else {
        last->field = PROGRAM_SKIP;
    }
    last->shape = SHAPE_TEXT;
    last->rank = step->rank > last->rank ? step->rank : last->rank;
    return true;
}

bool program_step(struct program *program, struct program_step step)
{
    struct str pattern = step.pattern;
    if (program->count > 0 && joins(&program->steps[program->count - 1], &step)) {
        return true;
    }
    if (program->count == PROGRAM_STEPS || !keep(program, pattern, &step.pattern)) {
        return false;
    }
    step.literal = (struct str){"", 0};
    program->steps[program->count++] = step;
    return true;
}

/* Of several steps of one field the best stays; the others are passed over. Parts of a time stay together. */
static void choose(struct program *program)
{
    uint8_t best[PROGRAM_FIELDS];
    memset(best, UINT8_MAX, sizeof best);
    for (size_t i = 0; i < program->count; i++) {
        const struct program_step *step = &program->steps[i];
        best[step->field] = step->rank < best[step->field] ? step->rank : best[step->field];
    }
    for (size_t i = 0; i < program->count; i++) {
        struct program_step *step = &program->steps[i];
        if (step->field == PROGRAM_SKIP) {
            continue;
        }
        bool is_taken =
            step->rank == best[step->field] && (step->field == PROGRAM_TIME || program->at[step->field] < 0);
        if (!is_taken) {
            step->field = PROGRAM_SKIP;
        } else if (program->at[step->field] < 0) {
            program->at[step->field] = (int16_t)i;
        }
    }
}

static bool has(const struct program *program, enum program_field field)
{
    return program->at[field] >= 0;
}

static bool has_target(const struct program *program)
{
    return has(program, PROGRAM_REQUEST) || has(program, PROGRAM_TARGET) || has(program, PROGRAM_PATH);
}

static void find_essential(struct program *program)
{
    for (size_t i = 0; i < program->count; i++) {
        switch (program->steps[i].field) {
        case PROGRAM_CLIENT:
        case PROGRAM_REQUEST:
        case PROGRAM_TARGET:
        case PROGRAM_PATH:
        case PROGRAM_METHOD:
        case PROGRAM_STATUS:
        case PROGRAM_BYTES:
        case PROGRAM_TIME:
            program->last_essential = i;
            break;
        default:
            break;
        }
    }
}

static void tell_has(struct program *program)
{
    static const struct {
        enum program_field field;
        unsigned bits;
    } rows[] = {{PROGRAM_BYTES, LOG_HAS_BYTES},
                {PROGRAM_BYTES_IN, LOG_HAS_BYTES_IN},
                {PROGRAM_AGENT, LOG_HAS_AGENT},
                {PROGRAM_FORWARDED, LOG_HAS_FORWARDED},
                {PROGRAM_DURATION, LOG_HAS_DURATION}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        program->has |= has(program, rows[i].field) ? rows[i].bits : 0U;
    }
    if (has(program, PROGRAM_BYTES) && program->steps[program->at[PROGRAM_BYTES]].is_wire) {
        program->has |= LOG_HAS_WIRE;
    }
    program->has |= program->is_client_proxy ? (unsigned)LOG_HAS_UPSTREAM : 0U;
    for (size_t i = 0; i < program->count; i++) {
        if (program->steps[i].field == PROGRAM_TIME) {
            program->has |= web_time_has_zone(program->steps[i].pattern) ? (unsigned)LOG_HAS_ZONE : 0U;
            program->has |= web_time_has_year(program->steps[i].pattern) ? (unsigned)LOG_HAS_YEAR : 0U;
        }
    }
}

void program_tell_blind(char out[static PROGRAM_BLIND], const bool has_field[static PROGRAM_FIELDS],
                        bool is_client_proxy)
{
    bool has_line = has_field[PROGRAM_REQUEST];
    bool has_query = has_line || has_field[PROGRAM_TARGET] || has_field[PROGRAM_QUERY];
    const struct {
        bool is_missing;
        const char *what;
    } rows[] = {
        {!has_field[PROGRAM_BYTES], ", how much was sent"},
        {!has_field[PROGRAM_STATUS], ", how the request was answered"},
        {!has_line && !has_field[PROGRAM_METHOD], ", the method"},
        {!has_query, ", queries"},
        {!has_field[PROGRAM_CLIENT] && !has_field[PROGRAM_FORWARDED], ", who asked"},
        {!has_field[PROGRAM_CLIENT] && has_field[PROGRAM_FORWARDED], ", the address of the connection itself"},
        {is_client_proxy, ", who asked: the client is the server that passed the request on"},
        {!has_field[PROGRAM_USER], ", signed-in users"},
        {!has_field[PROGRAM_AGENT], ", agents"},
        {!has_field[PROGRAM_REFERER], ", referers"},
    };
    int len = snprintf(out, PROGRAM_BLIND, "request bodies (what a POST carried), response bodies");
    for (size_t i = 0; i < sizeof rows / sizeof *rows && len > 0 && len < PROGRAM_BLIND; i++) {
        if (rows[i].is_missing) {
            len += snprintf(out + len, (size_t)(PROGRAM_BLIND - len), "%s", rows[i].what);
        }
    }
}

static void tell_blind(struct program *program)
{
    bool has_field[PROGRAM_FIELDS];
    for (size_t i = 0; i < PROGRAM_FIELDS; i++) {
        has_field[i] = program->at[i] >= 0;
    }
    program_tell_blind(program->blind, has_field, program->is_client_proxy);
}

bool program_end(struct program *program, const struct web_calendar *calendar)
{
    program->calendar = *calendar;
    choose(program);
    if (!has(program, PROGRAM_TIME) || !has_target(program)) {
        return false;
    }
    find_essential(program);
    tell_has(program);
    tell_blind(program);
    return true;
}

const char *program_blind(const void *setup)
{
    const struct program *program = setup;
    return program->blind;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool program_template(struct program *program, struct str text, const struct program_name *names, size_t name_count)
{
    size_t at = 0;
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && text.data[end] != '$') {
            end++;
        }
        if (end > at && !program_literal(program, str_slice(text, at, end))) {
            return false;
        }
        if (end == text.len) {
            break;
        }
        at = ++end;
        bool is_braced = end < text.len && text.data[end] == '{';
        at = end += is_braced;
        while (end < text.len && is_name_byte(text.data[end])) {
            end++;
        }
        struct program_step step = {.field = PROGRAM_SKIP, .shape = SHAPE_TEXT};
        for (size_t i = 0; i < name_count; i++) {
            step = str_eq(str_slice(text, at, end), str_of(names[i].name)) ? names[i].step : step;
        }
        if (!program_step(program, step)) {
            return false;
        }
        at = end + is_braced;
    }
    return true;
}

/* The last line of a head is often cut by the head's end: it is not held against the format. */
struct program_claim program_claim(const struct program *program, struct str head)
{
    struct program_claim claim = {0};
    OWN(own_mem) struct log_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return claim;
    }
    struct log_state state = {0};
    size_t done = 0, took = 1;
    while (done < head.len && took > 0) {
        took = program_parse(program, &state, str_slice(head, done, head.len), true, batch);
        done += took;
        for (size_t i = 0; i < batch->count; i++) {
            const struct log_line *line = &batch->lines[i];
            claim.parsed += log_is_parsed(line);
            claim.tried += log_is_parsed(line) || (line->class_id > LOG_NUL && line->is_ended);
        }
    }
    log_batch_clear(batch);
    return claim;
}

bool program_probe(const struct log_spec *spec, struct str head, const char *const *templates, size_t template_count,
                   bool (*compile)(struct program *program, const char *template), void **ret_setup, unsigned *ret_has)
{
    const struct web_calendar calendar = {.written = spec->written, .zone_minutes = spec->zone_minutes};
    OWN(own_mem) struct program *best = NULL;
    size_t best_parsed = 0;
    for (size_t i = 0; i < template_count; i++) {
        OWN(own_mem) struct program *program = calloc(1, sizeof *program);
        if (program == NULL || !compile(program, templates[i]) || !program_end(program, &calendar)) {
            continue;
        }
        struct program_claim claim = program_claim(program, head);
        if (claim.parsed > best_parsed && claim.parsed * 2 >= claim.tried) {
            struct program *worse = best;
            best_parsed = claim.parsed;
            best = program;
            program = worse;
        }
    }
    if (best == NULL) {
        return false;
    }
    *ret_setup = best;
    *ret_has = best->has;
    best = NULL;
    return true;
}

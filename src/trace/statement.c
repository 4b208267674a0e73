/* Tokens into what a statement is. Not a parser of SQL: it follows SELECT, FROM, WHERE and LIMIT, COPY and a few more
 * words, through parentheses that hold tables, and leaves alone what it does not know. What a statement sends is told by
 * its text alone, so "whole" means: nothing in the text kept a row back.
 *
 *   SELECT <list> FROM t JOIN u WHERE ... UNION SELECT ...
 *   '------------ one arm ------------'       '-- another; one whole arm is enough
 *
 * Of a long statement the first STATEMENT_HEAD and the last STATEMENT_TAIL bytes are read. */
#include "trace/statement_inside.h"

#include "base/banned.h"

/* ---- parentheses ---- */

static void open_parenthesis(struct reading *r)
{
    bool is_from = *clause(r) == IN_FROM && r->wants_table;
    bool is_listed = *clause(r) == IN_LIST || *clause(r) == IN_ARGUMENTS; /* group_concat(email) */
    bool is_copied = r->out.verb == VERB_COPY && r->depth == 0 && r->count == 2;
    bool is_start = r->out.verb == VERB_NONE;
    bool is_with = r->is_with && r->depth == 0 && r->before == WORD_AS;
    bool holds = rows_here(r) && (is_from || is_copied || is_start || is_with || r->before == WORD_UNION);
    if (r->depth + 1 >= STATEMENT_DEPTH) {
        r->lost++;
        return;
    }
    r->depth++;
    r->holds_rows[r->depth] = holds;
    *clause(r) = is_from ? IN_FROM : is_listed ? IN_ARGUMENTS : IN_OTHER;
}

static void close_parenthesis(struct reading *r)
{
    if (r->lost > 0) {
        r->lost--;
    } else if (r->depth > 0) {
        r->depth--;
    }
    r->wants_table = false;
}

/* ---- values ---- */

static uint64_t limit_of(const struct token *token)
{
    uint64_t value;
    return token->kind == TOKEN_NUMBER && str_u64(token->text, &value) && value < LIMIT_NOT_LOGGED ? value
                                                                                                   : LIMIT_NOT_LOGGED;
}

static void take_limit(struct reading *r)
{
    if (*clause(r) == IN_OFFSET) {
        r->out.offset = limit_of(&r->now);
    } else if (r->out.limit == NO_LIMIT) {
        r->out.limit = limit_of(&r->now);
    } else {
        r->out.offset = r->out.limit; /* LIMIT offset, count */
        r->out.limit = limit_of(&r->now);
    }
}

static void take_set_value(struct reading *r)
{
    if (word_is(r->variable, "time_zone") && str_eq(r->now.text, STR("+00:00"))) {
        r->out.looks |= LOOK_ZONE_UTC;
    } else if (word_is(r->variable, "sql_mode") && r->now.text.len == 0) {
        r->out.looks |= LOOK_NO_MODE;
    } else if (word_is(r->variable, "application_name")) {
        r->out.application = r->now.text;
    }
}

static void take_value(struct reading *r)
{
    if (r->wants_file && (r->now.kind == TOKEN_STRING || r->now.kind == TOKEN_DOUBLE)) {
        r->out.file = r->now.text;
        r->wants_file = false;
        if (r->out.verb == VERB_COPY && (r->out.looks & LOOK_PROGRAM) == 0) {
            r->out.looks |= r->has_from_word ? LOOK_READS_FILE : LOOK_TO_FILE;
        }
    }
    if (*clause(r) == IN_LIMIT || *clause(r) == IN_OFFSET) {
        take_limit(r);
    }
    if (r->out.verb == VERB_FETCH && r->out.limit == NO_LIMIT) {
        r->out.limit = limit_of(&r->now);
    }
    r->has_hex |= r->now.kind == TOKEN_HEX && r->has_union;
    if (r->out.verb == VERB_SET) {
        take_set_value(r);
    }
}

static void take_name(struct reading *r)
{
    if (r->wants_table) {
        r->wants_table = false;
        table_add(r, table_read(r));
    } else if (*clause(r) == IN_LIST || *clause(r) == IN_ARGUMENTS) {
        r->arm.has_column = true;
    }
}

static void take_sign(struct reading *r)
{
    switch (r->now.text.data[0]) {
    case '(':
        open_parenthesis(r);
        break;
    case ')':
        close_parenthesis(r);
        break;
    case ',':
        r->wants_table |= *clause(r) == IN_FROM;
        r->variable = (struct str){0};
        break;
    case '*':
        r->arm.has_star |= *clause(r) == IN_LIST && rows_here(r);
        break;
    default:
        break;
    }
}

static void note_where(struct reading *r)
{
    struct arm *arm = &r->arm;
    if (*clause(r) == IN_WHERE && rows_here(r) && arm->has_where) {
        if (arm->where_count < 3) {
            arm->where[arm->where_count] = r->now;
        }
        arm->where_count++;
    }
}

static void take(struct reading *r)
{
    r->word = r->now.kind == TOKEN_WORD ? word_of(r->now.text) : WORD_OTHER;
    r->count++;
    shape_add(r);
    if (r->out.verb == VERB_NONE && !is_sign(&r->now, '(')) {
        steer_begin(r);
        r->count = 1;
        r->before = r->word;
        return;
    }
    enum clause before = *clause(r);
    switch ((unsigned)r->now.kind) {
    case TOKEN_WORD:
        steer(r);
        break;
    case TOKEN_NAME:
        take_name(r);
        break;
    case TOKEN_DOUBLE:
        if (r->wants_table) {
            take_name(r);
        } else {
            take_value(r);
        }
        break;
    case TOKEN_SIGN:
        take_sign(r);
        break;
    default:
        take_value(r);
        break;
    }
    if (before == IN_WHERE && !is_sign(&r->now, ')')) {
        note_where(r);
    }
    if (r->now.kind == TOKEN_WORD) {
        r->before = r->word;
        bool is_scope =
            word_is(r->now.text, "session") || word_is(r->now.text, "global") || word_is(r->now.text, "local");
        if (r->out.verb == VERB_SET && r->word == WORD_OTHER && r->variable.len == 0 && !is_scope) {
            r->variable = r->now.text;
        }
    }
    if (is_name(&r->now) && r->word != WORD_AS) {
        r->last_name = r->now.text;
    }
}

/* ---- one statement, and those before it on the same line ---- */

/* "use shop;" and "SET timestamp=...;" stand before each statement of a slow log. */
static bool is_prefix(const struct statement *statement)
{
    return statement->verb == VERB_USE || statement->verb == VERB_SET || statement->verb == VERB_NONE;
}

static void finish(struct reading *r)
{
    struct statement *out = &r->out;
    bool is_copy = out->verb == VERB_COPY;
    bool had_where = r->arm.has_where, had_column = r->arm.has_column || r->arm.has_star;
    r->arm.has_column |= is_copy && !r->arm.has_star;
    arm_end(r);
    if ((out->verb != VERB_SELECT && !is_copy) || (is_copy && r->has_from_word)) {
        out->looks &= ~(unsigned)(LOOK_WHOLE | LOOK_PAGE);
    }
    bool is_clearing = out->verb == VERB_DELETE && !had_where && out->table_count > 0 && out->limit == NO_LIMIT;
    out->looks |= is_clearing || out->verb == VERB_TRUNCATE ? LOOK_DROP : 0U;
    for (size_t i = 0; out->verb == VERB_CREATE && i < out->table_count; i++) {
        out->looks |= table_is_note(out->tables[i].name) ? LOOK_NOTE : 0U;
    }
    out->looks |= r->has_catalog ? LOOK_CATALOG : 0U;
    out->looks |= r->has_secret && had_column && out->verb == VERB_SELECT ? LOOK_SECRETS : 0U;
    out->looks |= r->has_catalog && r->has_logfiles ? LOOK_LOGFILES : 0U;
    out->looks |= r->has_union && r->has_hex ? LOOK_INJECTED : 0U;
}

static struct reading start(struct lex lex)
{
    struct reading r = {.lex = lex, .out = {.limit = NO_LIMIT}};
    r.holds_rows[0] = true;
    return r;
}

/* Reads up to ';' or the end. */
static void read_one(struct reading *r)
{
    for (step(r); r->now.kind != TOKEN_END; step(r)) {
        if (is_sign(&r->now, ';') && r->depth == 0) {
            break;
        }
        take(r);
    }
}

/* Goes on with the end of a long statement, from a blank: where it is cut is mostly inside a list of names. What stands
 * between is not read. */
static void read_tail(struct reading *r, struct str text)
{
    size_t from = text.len > STATEMENT_HEAD + STATEMENT_TAIL ? text.len - STATEMENT_TAIL : STATEMENT_HEAD;
    while (from < text.len && text.data[from] != ' ') {
        from++;
    }
    r->lex = (struct lex){.text = str_slice(text, from, text.len), .dialect = r->lex.dialect};
    r->next = lex_next(&r->lex);
    read_one(r);
}

/* Somebody ended a query and wrote another behind it: no program reads and then destroys in one breath. */
static bool is_stacked(const struct statement *first, const struct statement *then)
{
    bool changes = then->verb == VERB_DROP || then->verb == VERB_DELETE || then->verb == VERB_UPDATE ||
                   then->verb == VERB_CREATE || (then->looks & (LOOK_PROGRAM | LOOK_TO_FILE)) != 0;
    return first->verb == VERB_SELECT && changes;
}

/* Several statements told as one: the looks of all, the tables of all. */
static void append(struct statement *all, const struct statement *then)
{
    all->looks |= then->looks | (is_stacked(all, then) ? LOOK_INJECTED : 0U);
    for (size_t i = 0; i < then->table_count; i++) {
        if (all->table_count < STATEMENT_TABLES) {
            all->tables[all->table_count++] = then->tables[i];
        } else {
            all->has_more_tables = true;
        }
    }
    if (is_prefix(all)) {
        all->verb = then->verb;
    }
    all->has_more_tables |= then->has_more_tables;
    all->limit = then->limit != NO_LIMIT ? then->limit : all->limit;
    all->offset = then->offset != 0 ? then->offset : all->offset;
    all->file = then->file.len > 0 ? then->file : all->file;
    all->application = then->application.len > 0 ? then->application : all->application;
    if (!is_prefix(then)) {
        shape_mix(&all->shape, then->shape);
    }
}

struct statement statement_read(struct str text, enum dialect dialect)
{
    struct reading r = start((struct lex){.text = str_slice(text, 0, STATEMENT_HEAD), .dialect = dialect});
    struct statement all = {.limit = NO_LIMIT};
    r.next = lex_next(&r.lex);
    for (;;) {
        read_one(&r);
        if (r.now.kind == TOKEN_END && text.len > STATEMENT_HEAD && !r.lex.is_open && !all.is_cut) {
            all.is_cut = true;
            read_tail(&r, text);
        }
        finish(&r);
        append(&all, &r.out);
        if (r.now.kind == TOKEN_END || r.next.kind == TOKEN_END) {
            break;
        }
        struct token next = r.next;
        r = start(r.lex);
        r.next = next;
    }
    all.is_cut = text.len > STATEMENT_HEAD;
    return all;
}

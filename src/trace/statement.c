/* Tokens into what a statement is. Not a parser of SQL: it follows SELECT, FROM, WHERE and LIMIT, COPY and a few more
 * words, through parentheses that hold tables, and leaves alone what it does not know. What a statement sends is told by
 * its text alone, so "whole" means: nothing in the text kept a row back.
 *
 *   SELECT <list> FROM t JOIN u WHERE ... UNION SELECT ...
 *   '------------ one arm ------------'       '-- another; one whole arm is enough
 *
 * Of a long statement the first STATEMENT_HEAD and the last STATEMENT_TAIL bytes are read. */
#include "trace/statement.h"

#include "base/str.h"
#include "trace/statement_words.h"

#include "base/banned.h"

enum { WITH_NAMES = 8 };

static bool is(struct str text, const char *word)
{
    return str_eq_nocase(text, str_of(word));
}

/* ---- the state ---- */

enum clause { IN_OTHER, IN_LIST, IN_ARGUMENTS, IN_FROM, IN_WHERE, IN_LIMIT, IN_OFFSET };

/* One SELECT of several joined by UNION. */
struct arm {
    unsigned tables; /* other than the server's own */
    bool has_from, has_column, has_star, is_summed;
    bool has_where;
    /* a condition that holds for every row: 1, TRUE, 1 = 1 */
    unsigned where_count;
    struct token where[3];
};

struct reading {
    struct statement out;
    struct lex lex;
    struct token now, next;
    enum word_id word, second; /* of `now`; of the statement's second word */
    unsigned count;            /* tokens of this statement so far */
    unsigned depth, lost;      /* lost: parentheses beyond STATEMENT_DEPTH */
    enum clause clause[STATEMENT_DEPTH];
    bool holds_rows[STATEMENT_DEPTH]; /* what this parenthesis holds is sent as rows, or is where they come from */
    bool wants_table;
    bool is_set_prefix; /* SET STATEMENT ... FOR */
    bool wants_file;
    struct arm arm;
    struct str with[WITH_NAMES], last_name; /* names that WITH gives */
    size_t with_count;
    struct str variable; /* that a SET is about */
    unsigned nulls;      /* in a row, in a list */
    bool is_with, has_union, has_catalog, has_secret, has_into, has_logfiles, has_hex, has_from_word;
    enum word_id before; /* the word before */
    bool after_value;    /* for the shape: a value came last, a comma since */
    bool comma_waits;
};

static bool rows_here(const struct reading *r)
{
    return r->lost == 0 && r->holds_rows[r->depth];
}

static enum clause *clause(struct reading *r)
{
    return &r->clause[r->depth];
}

static void step(struct reading *r)
{
    r->now = r->next;
    r->next = lex_next(&r->lex);
}

static bool is_sign(const struct token *token, char c)
{
    return token->kind == TOKEN_SIGN && token->text.data[0] == c;
}

static bool is_name(const struct token *token)
{
    return token->kind == TOKEN_WORD || token->kind == TOKEN_NAME || token->kind == TOKEN_DOUBLE;
}

/* ---- shape ---- */

static void mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *hash ^= *hash >> 29;
}

/* Values are one another's equal, and a list of them is as good as one. */
static void add_to_shape(struct reading *r)
{
    enum token_kind kind = r->now.kind;
    bool is_value = kind == TOKEN_STRING || kind == TOKEN_NUMBER || kind == TOKEN_HEX || kind == TOKEN_BLANK;
    if (is_value && r->after_value && r->comma_waits) {
        r->comma_waits = false;
        return;
    }
    if (r->comma_waits) {
        mix(&r->out.shape, ',');
        r->comma_waits = false;
    }
    if (r->after_value && is_sign(&r->now, ',')) {
        r->comma_waits = true;
        return;
    }
    r->after_value = is_value;
    if (is_value) {
        mix(&r->out.shape, '?');
        return;
    }
    uint64_t token = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < r->now.text.len; i++) {
        char c = r->now.text.data[i];
        token = (token ^ (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c)) * UINT64_C(0x100000001b3);
    }
    mix(&r->out.shape, token);
}

/* ---- tables ---- */

static bool is_catalog(const struct reading *r, struct table_name table)
{
    static const char *const schemas[] = {"information_schema", "pg_catalog", "performance_schema", "sys"};
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        if (is(table.schema, schemas[i])) {
            return true;
        }
    }
    bool is_pg = r->lex.dialect == DIALECT_POSTGRES && table.schema.len == 0 && table.name.len > 3 &&
                 str_eq_nocase(str_slice(table.name, 0, 3), STR("pg_"));
    return is_pg || is(table.schema, "mysql");
}

static bool is_secret(struct table_name table)
{
    static const char *const mysql[] = {"user", "global_priv", "db", "password_history"};
    static const char *const postgres[] = {"pg_shadow", "pg_authid", "pg_user_mapping", "pg_user_mappings"};
    for (size_t i = 0; i < 4; i++) {
        if ((is(table.schema, "mysql") && is(table.name, mysql[i])) || is(table.name, postgres[i])) {
            return true;
        }
    }
    return false;
}

/* WITH x AS (...) SELECT * FROM x: no table of that name is meant. */
static bool is_with_name(const struct reading *r, struct table_name table)
{
    for (size_t i = 0; i < r->with_count && table.schema.len == 0; i++) {
        if (str_eq_nocase(r->with[i], table.name)) {
            return true;
        }
    }
    return false;
}

static void add_table(struct reading *r, struct table_name table)
{
    struct statement *out = &r->out;
    r->arm.has_from = true;
    if (is_with_name(r, table)) {
        return;
    }
    if (is_secret(table)) {
        r->has_secret = true;
    }
    if (is_catalog(r, table)) {
        r->has_catalog = true;
        return;
    }
    r->arm.tables++;
    for (size_t i = 0; i < out->table_count; i++) {
        if (str_eq(out->tables[i].name, table.name) && str_eq(out->tables[i].schema, table.schema)) {
            return;
        }
    }
    if (out->table_count < STATEMENT_TABLES) {
        out->tables[out->table_count++] = table;
    } else {
        out->has_more_tables = true;
    }
}

/* `now` begins a name; the tokens of it are consumed but for the last. */
static struct table_name read_name(struct reading *r)
{
    struct table_name table = {.name = r->now.text};
    while (is_sign(&r->next, '.')) {
        step(r);
        add_to_shape(r);
        if (!is_name(&r->next)) {
            break;
        }
        step(r);
        add_to_shape(r);
        table.schema = table.name;
        table.name = r->now.text;
    }
    return table;
}

static bool is_note(struct str name)
{
    static const char *const marks[] = {"readme",      "warning",    "ransom", "recover",
                                        "please_read", "pleaseread", "how_to", "hacked"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_find_nocase(name, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* ---- arms ---- */

static bool is_always_true(const struct arm *arm)
{
    const struct token *t = arm->where;
    if (arm->where_count == 1) {
        return (t[0].kind == TOKEN_NUMBER && !str_eq(t[0].text, STR("0"))) ||
               (t[0].kind == TOKEN_WORD && is(t[0].text, "true"));
    }
    bool are_values = t[0].kind == t[2].kind && (t[0].kind == TOKEN_NUMBER || t[0].kind == TOKEN_STRING);
    return arm->where_count == 3 && are_values && is_sign(&t[1], '=') && str_eq(t[0].text, t[2].text);
}

static void end_arm(struct reading *r)
{
    const struct arm *arm = &r->arm;
    bool is_whole = arm->has_from && (arm->has_column || arm->has_star) && !arm->is_summed && !r->has_into &&
                    (!arm->has_where || is_always_true(arm)) && arm->tables > 0;
    if (is_whole) {
        bool is_limited = r->out.limit != NO_LIMIT && (r->out.limit < PAGE_LARGE || r->out.limit >= LIMIT_NOT_LOGGED);
        r->out.looks |= r->out.limit != NO_LIMIT || r->out.offset > 0 ? LOOK_PAGE : 0U;
        r->out.looks |= is_limited ? 0U : LOOK_WHOLE;
        r->out.looks |= arm->has_star ? LOOK_STAR : 0U;
    }
    r->arm = (struct arm){0};
}

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

/* ---- the first word ---- */

static enum verb verb_of(enum word_id word)
{
    static const struct {
        enum word_id word;
        enum verb verb;
    } verbs[] = {{WORD_SELECT, VERB_SELECT},
                 {WORD_COPY, VERB_COPY},
                 {WORD_FETCH, VERB_FETCH},
                 {WORD_SHOW, VERB_SHOW},
                 {WORD_SET, VERB_SET},
                 {WORD_LOCK, VERB_LOCK},
                 {WORD_SAVEPOINT, VERB_SAVEPOINT},
                 {WORD_INSERT, VERB_INSERT},
                 {WORD_REPLACE, VERB_INSERT},
                 {WORD_UPDATE, VERB_UPDATE},
                 {WORD_DELETE, VERB_DELETE},
                 {WORD_TRUNCATE, VERB_TRUNCATE},
                 {WORD_DROP, VERB_DROP},
                 {WORD_CREATE, VERB_CREATE},
                 {WORD_LOAD, VERB_LOAD},
                 {WORD_USE, VERB_USE},
                 {WORD_EXPLAIN, VERB_EXPLAIN},
                 {WORD_TABLE, VERB_SELECT},
                 {WORD_WITH, VERB_SELECT},
                 {WORD_DECLARE, VERB_SELECT}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (verbs[i].word == word) {
            return verbs[i].verb;
        }
    }
    return VERB_OTHER;
}

static void begin(struct reading *r)
{
    enum verb verb = r->now.kind == TOKEN_WORD ? verb_of(r->word) : VERB_OTHER;
    r->out.verb = verb;
    switch ((unsigned)r->word) {
    case WORD_SELECT:
        *clause(r) = IN_LIST;
        break;
    case WORD_TABLE:
        *clause(r) = IN_FROM;
        r->wants_table = r->arm.has_star = true;
        break;
    case WORD_COPY:
    case WORD_UPDATE:
    case WORD_TRUNCATE:
        *clause(r) = IN_FROM;
        r->wants_table = true;
        break;
    case WORD_WITH:
        r->is_with = true;
        break;
    case WORD_BASE_BACKUP:
    case WORD_START_REPLICATION:
        r->out.looks |= LOOK_REPLICA;
        break;
    default:
        break;
    }
}

/* ---- further words ---- */

/* Aggregates keep rows back; those that put rows into one text do not. */
static bool sums_up(enum word_id word)
{
    return word == WORD_COUNT || word == WORD_SUM || word == WORD_MIN || word == WORD_MAX || word == WORD_AVG;
}

static void function_word(struct reading *r)
{
    switch ((unsigned)r->word) {
    case WORD_LOAD_FILE:
    case WORD_PG_READ_FILE:
    case WORD_PG_READ_BINARY_FILE:
    case WORD_PG_LS_DIR:
    case WORD_LO_IMPORT:
        r->out.looks |= LOOK_READS_FILE;
        r->wants_file = true;
        break;
    case WORD_LO_EXPORT:
        r->out.looks |= LOOK_TO_FILE;
        r->wants_file = true;
        break;
    case WORD_SYS_EXEC:
    case WORD_SYS_EVAL:
        r->out.looks |= LOOK_PROGRAM;
        r->wants_file = true;
        break;
    case WORD_SLEEP:
    case WORD_PG_SLEEP:
    case WORD_BENCHMARK:
    case WORD_EXTRACTVALUE:
    case WORD_UPDATEXML:
        r->out.looks |= LOOK_INJECTED;
        break;
    default:
        break;
    }
}

static void copy_word(struct reading *r)
{
    if (r->depth > 0) {
        return;
    }
    switch ((unsigned)r->word) {
    case WORD_TO:
    case WORD_FROM:
        r->has_from_word = r->word == WORD_FROM;
        r->wants_file = true;
        break;
    case WORD_STDOUT:
        r->out.looks |= LOOK_TO_CLIENT;
        r->wants_file = false;
        break;
    case WORD_STDIN:
        r->wants_file = false;
        break;
    case WORD_PROGRAM:
        r->out.looks |= LOOK_PROGRAM;
        break;
    default:
        break;
    }
}

static void set_word(struct reading *r)
{
    struct str text = r->now.text;
    if (r->word == WORD_STATEMENT && r->count == 2) {
        r->is_set_prefix = true;
    } else if (r->word == WORD_FOR && r->is_set_prefix) {
        /* SET STATEMENT max_statement_time=2 FOR SELECT ...: what matters comes now */
        r->out.verb = VERB_NONE;
    } else if (is(text, "row_security")) {
        r->out.looks |= LOOK_ROW_SECURITY;
    } else if (is(text, "synchronize_seqscans")) {
        r->out.looks |= LOOK_SEQSCANS;
    } else if (is(text, "sql_quote_show_create")) {
        r->out.looks |= LOOK_QUOTE_CREATE;
    } else if (is(text, "autocommit")) {
        r->out.looks |= (r->out.looks & LOOK_QUOTE_CREATE) != 0 ? LOOK_ADMINER : 0U;
    } else if (is(text, "collation_connection")) {
        r->out.looks |= LOOK_COLLATION;
    } else if (is(text, "lc_messages")) {
        r->out.looks |= LOOK_LC_MESSAGES;
    }
}

static void lock_word(struct reading *r)
{
    if (is(r->now.text, "read")) {
        r->out.looks |= LOOK_LOCK_READ;
    } else if (is(r->now.text, "share") && r->lex.dialect == DIALECT_POSTGRES) {
        r->out.looks |= LOOK_LOCK_SHARE;
    }
}

/* Words that belong to single verbs. */
static void verb_word(struct reading *r)
{
    switch ((unsigned)r->out.verb) {
    case VERB_COPY:
        copy_word(r);
        break;
    case VERB_SET:
        set_word(r);
        break;
    case VERB_LOCK:
        lock_word(r);
        break;
    case VERB_SHOW:
        r->out.looks |= r->word == WORD_CREATE && r->count == 2 ? LOOK_SHOW_CREATE : 0U;
        r->has_catalog |= r->word == WORD_TABLES || r->word == WORD_DATABASES || is(r->now.text, "columns");
        break;
    case VERB_SAVEPOINT:
        r->out.looks |= is(r->now.text, "sp") && r->count == 2 ? LOOK_SAVEPOINT_SP : 0U;
        break;
    case VERB_DROP:
    case VERB_CREATE:
        if (r->count <= 4 && (r->word == WORD_TABLE || r->word == WORD_DATABASE || is(r->now.text, "schema"))) {
            r->out.looks |= r->out.verb == VERB_DROP ? LOOK_DROP : 0U;
            *clause(r) = IN_FROM;
            r->wants_table = true;
        }
        break;
    default:
        r->out.looks |= r->word == WORD_SNAPSHOT ? LOOK_SNAPSHOT : 0U;
        r->out.looks |= is(r->now.text, "_pg_dump_cursor") ? LOOK_DUMP_CURSOR : 0U;
        break;
    }
}

static void select_word(struct reading *r)
{
    *clause(r) = IN_LIST;
    r->wants_table = false;
    if (r->has_union && rows_here(r)) {
        r->nulls = 0;
    }
}

static void from_word(struct reading *r)
{
    bool has_list = *clause(r) == IN_LIST;
    bool is_delete = r->out.verb == VERB_DELETE && r->depth == 0;
    if (has_list || is_delete) {
        *clause(r) = IN_FROM;
        r->wants_table = true;
    }
}

static void union_word(struct reading *r)
{
    if (rows_here(r)) {
        end_arm(r);
        r->out.limit = NO_LIMIT;
        r->has_union = true;
    }
    *clause(r) = IN_OTHER;
}

/* A table or variable takes the rows instead of the client; a file is as good as the client. */
static void into_word(struct reading *r)
{
    enum word_id target = r->next.kind == TOKEN_WORD ? word_of(r->next.text) : WORD_OTHER;
    if (r->out.verb == VERB_INSERT) {
        *clause(r) = IN_FROM;
        r->wants_table = true;
    } else {
        r->has_into |= target != WORD_OUTFILE && target != WORD_DUMPFILE;
    }
}

/* Words that steer a select, at the depth where they stand. */
static void clause_word(struct reading *r)
{
    bool counts = rows_here(r);
    switch ((unsigned)r->word) {
    case WORD_SELECT:
        select_word(r);
        break;
    case WORD_FROM:
        from_word(r);
        break;
    case WORD_JOIN:
        *clause(r) = IN_FROM;
        r->wants_table = true;
        break;
    case WORD_WHERE:
    case WORD_HAVING:
        *clause(r) = IN_WHERE;
        r->arm.has_where |= counts;
        r->arm.where_count += r->arm.where_count > 0 && counts ? 4 : 0;
        break;
    case WORD_GROUP:
        r->arm.is_summed |= counts;
        *clause(r) = IN_OTHER;
        break;
    case WORD_ORDER:
    case WORD_ON:
    case WORD_USING:
        *clause(r) = IN_OTHER;
        break;
    case WORD_LIMIT:
    case WORD_FETCH:
        *clause(r) = counts ? IN_LIMIT : IN_OTHER;
        break;
    case WORD_OFFSET:
        *clause(r) = counts ? IN_OFFSET : IN_OTHER;
        break;
    case WORD_UNION:
    case WORD_EXCEPT:
    case WORD_INTERSECT:
        union_word(r);
        break;
    case WORD_INTO:
        into_word(r);
        break;
    case WORD_AS:
        if (r->is_with && r->depth == 0 && is_sign(&r->next, '(') && r->with_count < WITH_NAMES) {
            r->with[r->with_count++] = r->last_name;
        }
        break;
    case WORD_OUTFILE:
    case WORD_DUMPFILE:
        r->out.looks |= LOOK_TO_FILE;
        r->wants_file = true;
        break;
    default:
        break;
    }
}

static bool takes_no_table(enum word_id word)
{
    return word == WORD_ONLY || word == WORD_LATERAL || word == WORD_TABLE || word == WORD_TABLES;
}

static void list_word(struct reading *r, bool is_call)
{
    r->nulls = r->word == WORD_NULL ? r->nulls + 1 : 0;
    if (r->word == WORD_NULL) {
        r->out.looks |= r->has_union && r->nulls >= 3 ? LOOK_INJECTED : 0U;
    } else if (is_call && rows_here(r) && sums_up(r->word)) {
        r->arm.is_summed = true;
    } else if (!is_call && r->word == WORD_OTHER && r->before != WORD_AS) {
        /* a sequence's one row, as pg_dump asks for it, is no table's */
        r->arm.is_summed |= is(r->now.text, "last_value") && r->lex.dialect == DIALECT_POSTGRES;
        r->arm.has_column = true;
    }
}

/* A condition that somebody added: OR 1=1, OR 'a'='a'. `now` is OR. */
static void look_behind_or(struct reading *r)
{
    struct lex ahead = r->lex;
    struct token left = r->next, sign = lex_next(&ahead), right = lex_next(&ahead);
    bool are_values = left.kind == right.kind && (left.kind == TOKEN_NUMBER || left.kind == TOKEN_STRING);
    if (are_values && is_sign(&sign, '=') && str_eq(left.text, right.text)) {
        r->out.looks |= LOOK_INJECTED;
    }
}

static void take_word(struct reading *r)
{
    bool is_call = is_sign(&r->next, '(');
    if (r->wants_table && !takes_no_table(r->word) && r->word != WORD_SELECT) {
        bool is_if = is(r->now.text, "if") || is(r->now.text, "exists") || is(r->now.text, "not");
        if (is_if) {
            return;
        }
        r->wants_table = false;
        if (!is_call || r->out.verb == VERB_INSERT || r->out.verb == VERB_CREATE || r->out.verb == VERB_COPY) {
            add_table(r, read_name(r));
        }
        return;
    }
    if (is_call) {
        function_word(r);
    }
    if (*clause(r) == IN_LIST) {
        list_word(r, is_call);
    }
    r->arm.has_column |= *clause(r) == IN_ARGUMENTS && r->word == WORD_OTHER && !is_call;
    if (r->word == WORD_OR) {
        look_behind_or(r);
    }
    if (r->word == WORD_SQL_NO_CACHE && r->now.version == 40001) {
        r->out.looks |= LOOK_NO_CACHE;
    }
    r->has_logfiles |= r->word == WORD_LOGFILE_GROUP_NAME;
    verb_word(r);
    clause_word(r);
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
    if (is(r->variable, "time_zone") && str_eq(r->now.text, STR("+00:00"))) {
        r->out.looks |= LOOK_ZONE_UTC;
    } else if (is(r->variable, "sql_mode") && r->now.text.len == 0) {
        r->out.looks |= LOOK_NO_MODE;
    } else if (is(r->variable, "application_name")) {
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
        add_table(r, read_name(r));
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
    add_to_shape(r);
    if (r->out.verb == VERB_NONE && !is_sign(&r->now, '(')) {
        begin(r);
        r->count = 1;
        r->before = r->word;
        return;
    }
    enum clause before = *clause(r);
    switch ((unsigned)r->now.kind) {
    case TOKEN_WORD:
        take_word(r);
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
        bool is_scope = is(r->now.text, "session") || is(r->now.text, "global") || is(r->now.text, "local");
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
    end_arm(r);
    if ((out->verb != VERB_SELECT && !is_copy) || (is_copy && r->has_from_word)) {
        out->looks &= ~(unsigned)(LOOK_WHOLE | LOOK_PAGE);
    }
    bool is_clearing = out->verb == VERB_DELETE && !had_where && out->table_count > 0 && out->limit == NO_LIMIT;
    out->looks |= is_clearing || out->verb == VERB_TRUNCATE ? LOOK_DROP : 0U;
    for (size_t i = 0; out->verb == VERB_CREATE && i < out->table_count; i++) {
        out->looks |= is_note(out->tables[i].name) ? LOOK_NOTE : 0U;
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
        mix(&all->shape, then->shape);
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

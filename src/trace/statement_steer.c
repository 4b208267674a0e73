/* Words that steer: the first of a statement, those of single verbs, and the clauses of a SELECT. */
#include "trace/statement_inside.h"

#include "base/banned.h"

/* ---- arms ---- */

static bool is_always_true(const struct arm *arm)
{
    const struct token *t = arm->where;
    if (arm->where_count == 1) {
        return (t[0].kind == TOKEN_NUMBER && !str_eq(t[0].text, STR("0"))) ||
               (t[0].kind == TOKEN_WORD && word_is(t[0].text, "true"));
    }
    bool are_values = t[0].kind == t[2].kind && (t[0].kind == TOKEN_NUMBER || t[0].kind == TOKEN_STRING);
    return arm->where_count == 3 && are_values && is_sign(&t[1], '=') && str_eq(t[0].text, t[2].text);
}

void arm_end(struct reading *r)
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

void steer_begin(struct reading *r)
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
    } else if (word_is(text, "row_security")) {
        r->out.looks |= LOOK_ROW_SECURITY;
    } else if (word_is(text, "synchronize_seqscans")) {
        r->out.looks |= LOOK_SEQSCANS;
    } else if (word_is(text, "sql_quote_show_create")) {
        r->out.looks |= LOOK_QUOTE_CREATE;
    } else if (word_is(text, "autocommit")) {
        r->out.looks |= (r->out.looks & LOOK_QUOTE_CREATE) != 0 ? LOOK_ADMINER : 0U;
    } else if (word_is(text, "collation_connection")) {
        r->out.looks |= LOOK_COLLATION;
    } else if (word_is(text, "lc_messages")) {
        r->out.looks |= LOOK_LC_MESSAGES;
    }
}

static void lock_word(struct reading *r)
{
    if (word_is(r->now.text, "read")) {
        r->out.looks |= LOOK_LOCK_READ;
    } else if (word_is(r->now.text, "share") && r->lex.dialect == DIALECT_POSTGRES) {
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
        r->has_catalog |= r->word == WORD_TABLES || r->word == WORD_DATABASES || word_is(r->now.text, "columns");
        break;
    case VERB_SAVEPOINT:
        r->out.looks |= word_is(r->now.text, "sp") && r->count == 2 ? LOOK_SAVEPOINT_SP : 0U;
        break;
    case VERB_DROP:
    case VERB_CREATE:
        if (r->count <= 4 && (r->word == WORD_TABLE || r->word == WORD_DATABASE || word_is(r->now.text, "schema"))) {
            r->out.looks |= r->out.verb == VERB_DROP ? LOOK_DROP : 0U;
            *clause(r) = IN_FROM;
            r->wants_table = true;
        }
        break;
    default:
        r->out.looks |= r->word == WORD_SNAPSHOT ? LOOK_SNAPSHOT : 0U;
        r->out.looks |= word_is(r->now.text, "_pg_dump_cursor") ? LOOK_DUMP_CURSOR : 0U;
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
        arm_end(r);
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
        r->arm.is_summed |= word_is(r->now.text, "last_value") && r->lex.dialect == DIALECT_POSTGRES;
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

void steer(struct reading *r)
{
    bool is_call = is_sign(&r->next, '(');
    if (r->wants_table && !takes_no_table(r->word) && r->word != WORD_SELECT) {
        bool is_if = word_is(r->now.text, "if") || word_is(r->now.text, "exists") || word_is(r->now.text, "not");
        if (is_if) {
            return;
        }
        r->wants_table = false;
        if (!is_call || r->out.verb == VERB_INSERT || r->out.verb == VERB_CREATE || r->out.verb == VERB_COPY) {
            table_add(r, table_read(r));
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

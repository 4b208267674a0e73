/* Lines of database logs into sessions, reads, signs and activity. A line is looked at once; what it leaves is one of
 * the few rows that can matter at the end, or a count. */
#include "trace/database.h"

#include <stdlib.h>

#include "base/str.h"
#include "trace/keep.h"
#include "trace/tell_database.h"

#include "base/banned.h"

enum {
    DAY_SECONDS = 86400,
    SESSION_SILENCE = 600, /* without connection numbers: so long a silence is another session */
    OPEN_BEFORE = 300      /* seconds of a stretch of log in which a connection may be one from before it */
};

/* ---- activity ---- */

static void drop_oldest_half(struct db_activity *activity)
{
    size_t half = activity->count / 2;
    memmove(activity->all, activity->all + half, (activity->count - half) * sizeof *activity->all);
    activity->count -= half;
    activity->dropped += half;
}

int db_activity_add(struct db_activity *activity, int64_t second, uint32_t units, struct err *err)
{
    int64_t minute = second / 60 - (second % 60 < 0);
    size_t at = activity->count;
    /* logs are nearly in order: the minute is one of the last few */
    for (size_t back = 0; back < 4 && at > 0; back++, at--) {
        if (activity->all[at - 1].minute == minute) {
            break;
        }
    }
    bool is_found = at > 0 && activity->all[at - 1].minute == minute;
    if (!is_found) {
        if (activity->count == DB_MINUTES) {
            drop_oldest_half(activity);
        }
        if (activity->count == activity->cap) {
            size_t cap = activity->cap == 0 ? 64 : activity->cap * 2;
            struct db_minute *all = reallocarray(activity->all, cap, sizeof *all);
            if (all == NULL) {
                return err_set(err, ERR_LIMIT, "no memory for %zu minutes", cap);
            }
            activity->all = all;
            activity->cap = cap;
        }
        activity->all[activity->count++] = (struct db_minute){.minute = minute};
        at = activity->count;
    }
    uint8_t *slot = &activity->all[at - 1].seconds[second - minute * 60];
    *slot = units > 255U - *slot ? 255 : (uint8_t)(*slot + units);
    activity->units += units;
    return 0;
}

static int by_minute(const void *a, const void *b)
{
    int64_t x = ((const struct db_minute *)a)->minute, y = ((const struct db_minute *)b)->minute;
    return x < y ? -1 : x > y;
}

/* In order of time, each minute once. */
void db_activity_sort(struct db_activity *activity)
{
    size_t kept = 0;
    if (activity->count == 0) {
        return;
    }
    qsort(activity->all, activity->count, sizeof *activity->all, by_minute);
    for (size_t i = 1; i < activity->count; i++) {
        struct db_minute *into = &activity->all[kept], *from = &activity->all[i];
        if (into->minute != from->minute) {
            activity->all[++kept] = *from;
            continue;
        }
        for (size_t s = 0; s < 60; s++) {
            unsigned sum = into->seconds[s] + (unsigned)from->seconds[s];
            into->seconds[s] = (uint8_t)(sum > 255 ? 255 : sum);
        }
    }
    activity->count = kept + 1;
}

/* NULL: there is no more room for sets, and this one is not followed. */
static struct db_activity *activity_of(struct database *database, uint32_t set)
{
    for (size_t i = 0; i < database->activity_count; i++) {
        if (database->activity[i].set == set) {
            return &database->activity[i];
        }
    }
    if (database->activity_count == DB_SETS) {
        return NULL;
    }
    struct db_activity *activity = &database->activity[database->activity_count++];
    *activity = database->begun[activity - database->activity] = (struct db_activity){.set = set};
    return activity;
}

/* ---- accounts ---- */

struct db_account *db_account_get(struct db_accounts *accounts, uint32_t set, struct str account, struct str host,
                                  const struct hit *hit, struct err *err)
{
    char kept_account[DB_NAME], kept_host[DB_NAME];
    db_name_keep(kept_account, sizeof kept_account, account);
    db_name_keep(kept_host, sizeof kept_host, host);
    for (size_t i = 0; i < accounts->count; i++) {
        struct db_account *row = &accounts->rows[i];
        if (row->set == set && strcmp(row->account, kept_account) == 0 && strcmp(row->host, kept_host) == 0) {
            return row;
        }
    }
    if (accounts->count == DB_ACCOUNTS) {
        return NULL;
    }
    if (accounts->count == accounts->cap) {
        size_t cap = accounts->cap == 0 ? 16 : accounts->cap * 2;
        struct db_account *rows = reallocarray(accounts->rows, cap, sizeof *rows);
        if (rows == NULL) {
            err_set(err, ERR_LIMIT, "no memory for %zu accounts", cap);
            return NULL;
        }
        accounts->rows = rows;
        accounts->cap = cap;
    }
    struct db_account *row = &accounts->rows[accounts->count++];
    *row = (struct db_account){.set = set, .first = *hit, .last = *hit};
    memcpy(row->account, kept_account, sizeof row->account);
    memcpy(row->host, kept_host, sizeof row->host);
    return row;
}

static void span_account(struct db_account *row, const struct hit *first, const struct hit *last)
{
    row->first = hit_before(first, &row->first) ? *first : row->first;
    row->last = hit_before(&row->last, last) ? *last : row->last;
}

/* Once a session, when it is known whose it is. */
static int count_session(struct database *part, struct db_session *session, const struct hit *hit, struct err *err)
{
    struct err why = {0};
    struct db_account *row =
        db_account_get(&part->accounts, session->set, str_of(session->account), str_of(session->host), hit, &why);
    session->is_counted = true;
    session->account_at = row == NULL ? UINT32_MAX : (uint32_t)(row - part->accounts.rows);
    if (row == NULL) {
        part->accounts.dropped += why.kind == ERR_NONE;
        return why.kind == ERR_NONE ? 0 : err_set(err, ERR_LIMIT, "no memory for accounts");
    }
    row->sessions++;
    return 0;
}

static void count_statement(struct database *part, struct db_session *session, const struct hit *hit)
{
    if (!session->is_counted || session->account_at == UINT32_MAX) {
        return;
    }
    struct db_account *row = &part->accounts.rows[session->account_at];
    span_account(row, hit, hit);
    row->statements++;
    bool is_tool = marks_are_tools(&session->marks, str_of(session->application));
    row->tools += is_tool && !session->is_tool;
    row->tool_statements += !is_tool ? 0 : session->is_tool ? 1 : session->statements;
    session->is_tool |= is_tool;
}

static int merge_accounts(struct db_accounts *into, const struct db_accounts *from, uint64_t lines_before,
                          struct err *err)
{
    into->dropped += from->dropped;
    for (size_t i = 0; i < from->count; i++) {
        struct db_account b = from->rows[i];
        struct err why = {0};
        b.first.line += lines_before;
        b.last.line += lines_before;
        struct db_account *a = db_account_get(into, b.set, str_of(b.account), str_of(b.host), &b.first, &why);
        if (a == NULL && why.kind != ERR_NONE) {
            return err_set(err, ERR_LIMIT, "no memory for accounts");
        }
        if (a == NULL) {
            into->dropped += b.sessions;
            continue;
        }
        span_account(a, &b.first, &b.last);
        a->sessions += b.sessions;
        a->statements += b.statements;
        a->tools += b.tools;
        a->tool_statements += b.tool_statements;
    }
    return 0;
}

/* ---- signs ---- */

static struct db_sign *sign_of(struct db_signs *signs, enum db_sign_kind kind, const char *account, const char *host,
                               struct err *err)
{
    for (size_t i = 0; i < signs->count; i++) {
        struct db_sign *row = &signs->rows[i];
        if (row->kind == kind && strcmp(row->account, account) == 0 && strcmp(row->host, host) == 0) {
            return row;
        }
    }
    if (signs->count == DB_SIGNS) {
        signs->dropped++;
        return NULL;
    }
    if (signs->count == signs->cap) {
        size_t cap = signs->cap == 0 ? 8 : signs->cap * 2;
        struct db_sign *rows = reallocarray(signs->rows, cap, sizeof *rows);
        if (rows == NULL) {
            err_set(err, ERR_LIMIT, "no memory for %zu signs", cap);
            return NULL;
        }
        signs->rows = rows;
        signs->cap = cap;
    }
    struct db_sign *row = &signs->rows[signs->count++];
    *row = (struct db_sign){.kind = kind};
    memcpy(row->account, account, DB_NAME);
    memcpy(row->host, host, DB_NAME);
    return row;
}

static int note_signs(struct database *part, const struct db_session *session, const struct statement *statement,
                      struct str text, const struct hit *hit, struct err *err)
{
    static const unsigned looks[SIGN_KINDS] = {[SIGN_FILE] = LOOK_READS_FILE,
                                               [SIGN_PROGRAM] = LOOK_PROGRAM,
                                               [SIGN_SECRETS] = LOOK_SECRETS,
                                               [SIGN_INJECTED] = LOOK_INJECTED,
                                               [SIGN_NOTE] = LOOK_NOTE};
    bool is_dump = (session->marks.looks & (LOOK_ROW_SECURITY | LOOK_SEQSCANS | LOOK_NO_CACHE)) != 0;
    for (unsigned kind = 0; kind < SIGN_KINDS && !is_dump; kind++) {
        if ((statement->looks & looks[kind]) == 0) {
            continue;
        }
        struct err why = {0};
        struct db_sign *sign = sign_of(&part->signs, (enum db_sign_kind)kind, session->account, session->host, &why);
        if (sign == NULL && why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        if (sign != NULL) {
            if (sign->count++ == 0) {
                sign->first = *hit;
                db_name_keep(sign->text, sizeof sign->text, text);
            }
            sign->last = *hit;
        }
    }
    return 0;
}

/* ---- a statement ---- */

static void count_day(uint64_t *days, int64_t *last_day, int64_t second)
{
    int64_t day = second / DAY_SECONDS;
    *days += day != *last_day;
    *last_day = day;
}

/* "shop.customers", or several with commas; the session's database stands in for a schema that is not written. */
static struct str names_of(char out[static DB_TABLE_NAME], const struct statement *statement, const char *database,
                           bool is_postgres)
{
    size_t at = 0;
    for (size_t i = 0; i < statement->table_count; i++) {
        const struct table_name *table = &statement->tables[i];
        struct str schema = table->schema.len > 0 || is_postgres ? table->schema : str_of(database);
        size_t room = DB_TABLE_NAME - 1 - at;
        if (room < schema.len + table->name.len + 3) {
            break;
        }
        const struct str parts[] = {at > 0 ? STR(", ") : STR(""), schema, schema.len > 0 ? STR(".") : STR(""),
                                    table->name};
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            if (parts[p].len > 0) {
                memcpy(out + at, parts[p].data, parts[p].len);
            }
            at += parts[p].len;
        }
    }
    out[at] = '\0';
    return (struct str){out, at};
}

static void note_page(struct db_read *row, const struct statement *statement)
{
    bool is_known = statement->limit < LIMIT_NOT_LOGGED && statement->offset < LIMIT_NOT_LOGGED &&
                    statement->limit <= UINT64_MAX / 4 && statement->offset <= UINT64_MAX / 4;
    if (!is_known) {
        return;
    }
    row->pages += statement->offset >= row->to_row;
    row->limit = statement->limit > row->limit ? statement->limit : row->limit;
    row->from_row = statement->offset < row->from_row ? statement->offset : row->from_row;
    uint64_t end = statement->offset + statement->limit;
    row->to_row = end > row->to_row ? end : row->to_row;
}

static void sum_read(struct db_read *row, uint64_t rows, uint64_t bytes)
{
    if (rows != LOG_NO_BYTES) {
        row->rows_told++;
        row->rows += rows;
        row->most_rows = rows > row->most_rows ? rows : row->most_rows;
    }
    if (bytes != LOG_NO_BYTES) {
        row->bytes_told++;
        row->bytes += bytes;
        row->most_bytes = bytes > row->most_bytes ? bytes : row->most_bytes;
    }
}

static int note_read(struct database *part, const struct db_session *session, const struct statement *statement,
                     const struct db_seen *seen, struct str names, struct err *err)
{
    const uint64_t parts[] = {statement->shape, str_hash(str_of(session->account)), str_hash(str_of(session->host)),
                              session->set};
    struct err why = {0};
    struct db_read *row = db_read_get(&part->reads, str_hash((struct str){(const char *)parts, sizeof parts}), &why);
    if (row == NULL) {
        part->reads.dropped += why.kind == ERR_NONE;
        return why.kind == ERR_NONE ? 0 : err_set(err, ERR_LIMIT, "no memory for statements");
    }
    if (row->count == 0) {
        row->shape = statement->shape;
        memcpy(row->account, session->account, sizeof row->account);
        memcpy(row->host, session->host, sizeof row->host);
        db_name_keep(row->tables, sizeof row->tables, names);
        row->first = seen->hit;
        row->is_star = (statement->looks & LOOK_STAR) != 0;
        row->is_page = (statement->looks & LOOK_PAGE) != 0;
    }
    row->sessions += row->count == 0 || row->last_number != seen->number;
    row->last_number = seen->number;
    count_day(&row->days, &row->last_day, seen->hit.second);
    row->seen[row->count % DB_SEEN] = *seen;
    row->last = seen->hit;
    row->count++;
    sum_read(row, seen->rows, seen->bytes);
    if ((statement->looks & LOOK_PAGE) != 0) {
        note_page(row, statement);
    }
    return 0;
}

static int take_statement(struct database *part, struct db_session *session, const struct log_line *line,
                          const struct hit *hit, struct err *err)
{
    enum { FOR_THE_SESSION = LOOK_NO_CACHE | LOOK_TO_FILE | LOOK_TO_CLIENT | LOOK_DUMP_CURSOR };
    struct str text = log_field(line, line->statement);
    struct statement statement = statement_read(text, part->is_postgres ? DIALECT_POSTGRES : DIALECT_MYSQL);
    char names[DB_TABLE_NAME];
    part->statements++;
    session->statements++;
    marks_take(&session->marks, &statement);
    if (statement.application.len > 0) {
        db_name_keep(session->application, sizeof session->application, statement.application);
    }
    if (statement.file.len > 0 && (statement.looks & LOOK_TO_FILE) != 0 && session->file[0] == '\0') {
        db_name_keep(session->file, sizeof session->file, statement.file);
    }
    count_statement(part, session, hit);
    bool is_bounded = statement.limit < PAGE_LARGE * 1000;
    session->fetched += statement.verb == VERB_FETCH && is_bounded ? statement.limit : 0;
    session->fetches_unknown += statement.verb == VERB_FETCH && !is_bounded;
    TRY(note_signs(part, session, &statement, text, hit, err));
    bool reads = (statement.looks & (LOOK_WHOLE | LOOK_PAGE)) != 0;
    if (!reads && (statement.looks & LOOK_TO_FILE) == 0) {
        return 0;
    }
    const struct db_seen seen = {.hit = *hit,
                                 .number = session->number,
                                 .set = session->set,
                                 .rows = (part->has & LOG_HAS_ROWS) != 0 ? line->rows : LOG_NO_BYTES,
                                 .bytes = (part->has & LOG_HAS_BYTES) != 0 ? line->bytes : LOG_NO_BYTES};
    struct str tables = names_of(names, &statement, session->database, part->is_postgres);
    if ((statement.looks & (LOOK_WHOLE | LOOK_TO_FILE)) != 0) {
        session->first_read = hit_is(&session->first_read) ? session->first_read : *hit;
        session->last_read = *hit;
        session->cursors += (statement.looks & LOOK_DUMP_CURSOR) != 0;
        TRY(db_tables_add(&session->tables, tables, seen.rows, seen.bytes, err));
    }
    return (statement.looks & FOR_THE_SESSION) == 0 ? note_read(part, session, &statement, &seen, tables, err) : 0;
}

/* ---- a record ---- */

static bool is_sql(struct str command)
{
    return str_eq(command, STR("Query")) || str_eq(command, STR("Execute"));
}

static bool is_replica(struct str command)
{
    return str_starts(command, STR("Binlog Dump")) || str_eq(command, STR("Register Slave"));
}

/* Without numbers, who it is stands in for the connection. */
static uint64_t number_of(const struct database *part, const struct log_line *line)
{
    if ((part->has & LOG_HAS_SESSION) != 0) {
        return line->session;
    }
    return str_hash(log_field(line, line->user)) * 31 + str_hash(log_field(line, line->client));
}

/* Does this record begin another session than the open one of its number? */
static bool begins_anew(const struct database *part, const struct db_session *session, const struct log_line *line,
                        struct str command)
{
    if ((part->has & LOG_HAS_SESSION) == 0) {
        return line->second > session->last.second + SESSION_SILENCE;
    }
    bool is_connect = str_eq(command, STR("Connect"));
    return is_connect && (line->user.len == 0 || session->statements > 0);
}

static void take_names(struct db_session *session, const struct log_line *line, bool is_statement)
{
    const struct {
        char *into;
        struct str text;
    } names[] = {{session->account, log_field(line, line->user)},
                 {session->host, log_field(line, line->client)},
                 {session->database, log_field(line, line->database)},
                 {session->application, log_field(line, line->application)}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].text.len > 0) {
            db_name_keep(names[i].into, DB_NAME, names[i].text);
        }
    }
    if (!is_statement && str_eq(log_field(line, line->command), STR("Init DB")) && line->statement.len > 0) {
        db_name_keep(session->database, DB_NAME, log_field(line, line->statement));
    }
}

static struct db_session *session_of(struct database *part, const struct log_line *line, struct str command,
                                     const struct hit *hit, struct err *err)
{
    uint64_t number = number_of(part, line);
    struct db_session *session = db_session_find(&part->sessions, part->set, number);
    if (session != NULL && begins_anew(part, session, line, command)) {
        db_session_close(&part->sessions, session);
        session = NULL;
    }
    if (session == NULL) {
        session = db_session_get(&part->sessions, part->set, number, hit, err);
        if (session != NULL) {
            session->is_begun = str_eq(command, STR("Connect"));
            session->has_number = (part->has & LOG_HAS_SESSION) != 0;
            session->is_postgres = part->is_postgres;
        }
    }
    return session;
}

static int note_activity(struct database *part, const struct db_session *session, const struct hit *hit, bool is_new,
                         struct err *err)
{
    struct db_activity *activity = activity_of(part, part->set);
    bool is_unit = is_new || session->last.second != hit->second;
    bool begins = is_new && (session->is_begun || hit->second > part->opening + OPEN_BEFORE);
    if (activity != NULL && begins) {
        TRY(db_activity_add(&part->begun[activity - part->activity], hit->second, 1, err));
    }
    return activity != NULL && is_unit ? db_activity_add(activity, hit->second, 1, err) : 0;
}

int database_take(void *self, const struct log_line *line, const struct hit *hit, struct err *err)
{
    struct database *part = self;
    struct str command = log_field(line, line->command);
    bool is_statement = is_sql(command), is_connect = str_eq(command, STR("Connect"));
    part->records++;
    part->opening = part->opening == INT64_MIN ? hit->second : part->opening;
    part->first = hit->second < part->first ? hit->second : part->first;
    part->last = hit->second > part->last ? hit->second : part->last;
    if (str_eq(command, STR("Quit"))) {
        struct db_session *session = db_session_find(&part->sessions, part->set, number_of(part, line));
        if (session != NULL) {
            session->last = *hit;
            db_session_close(&part->sessions, session);
        }
        return 0;
    }
    bool is_of_session = is_statement || is_connect || is_replica(command) || str_eq(command, STR("Init DB")) ||
                         str_eq(command, STR("Change user"));
    if (!is_of_session) {
        return 0;
    }
    struct db_session *session = session_of(part, line, command, hit, err);
    if (session == NULL) {
        return -1;
    }
    TRY(note_activity(part, session, hit, session->statements == 0 && hit_same(&session->first, hit), err));
    session->last = *hit;
    take_names(session, line, is_statement);
    if (!session->is_counted && session->account[0] != '\0') {
        TRY(count_session(part, session, hit, err));
    }
    session->marks.looks |= is_replica(command) ? LOOK_REPLICA : 0U;
    return is_statement ? take_statement(part, session, line, hit, err) : 0;
}

/* ---- parts ---- */

void *database_start(uint32_t set, unsigned has, bool is_postgres, struct err *err)
{
    struct database *part = calloc(1, sizeof *part);
    if (part == NULL) {
        err_set(err, ERR_LIMIT, "no memory for a stretch of log");
        return NULL;
    }
    part->set = set;
    part->has = has;
    part->is_postgres = is_postgres;
    part->first = INT64_MAX;
    part->last = part->opening = INT64_MIN;
    return part;
}

void database_free(void *self)
{
    struct database *database = self;
    if (database == NULL) {
        return;
    }
    takings_free(database->takings);
    db_sessions_free(&database->sessions);
    db_reads_free(&database->reads);
    free(database->accounts.rows);
    free(database->signs.rows);
    for (size_t i = 0; i < database->activity_count; i++) {
        free(database->activity[i].all);
        free(database->begun[i].all);
    }
    free(database);
}

static int merge_signs(struct db_signs *into, const struct db_signs *from, uint64_t lines_before, struct err *err)
{
    into->dropped += from->dropped;
    for (size_t i = 0; i < from->count; i++) {
        struct err why = {0};
        const struct db_sign *b = &from->rows[i];
        struct db_sign *a = sign_of(into, b->kind, b->account, b->host, &why);
        if (a == NULL && why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        if (a != NULL) {
            uint64_t count = a->count;
            struct hit first = a->first;
            char text[DB_TEXT];
            memcpy(text, a->text, sizeof text);
            *a = *b;
            a->first.line += lines_before;
            a->last.line += lines_before;
            if (count > 0) {
                a->count += count;
                a->first = first;
                memcpy(a->text, text, sizeof text);
            }
        }
    }
    return 0;
}

static int add_seconds(struct db_activity *into, const struct db_activity *from, struct err *err)
{
    for (size_t m = 0; m < from->count; m++) {
        for (int64_t s = 0; s < 60; s++) {
            uint32_t units = from->all[m].seconds[s];
            if (units > 0) {
                TRY(db_activity_add(into, from->all[m].minute * 60 + s, units, err));
            }
        }
    }
    into->dropped += from->dropped;
    return 0;
}

static int merge_activity(struct database *into, const struct database *part, struct err *err)
{
    for (size_t i = 0; i < part->activity_count; i++) {
        struct db_activity *activity = activity_of(into, part->activity[i].set);
        if (activity != NULL) {
            TRY(add_seconds(activity, &part->activity[i], err));
            TRY(add_seconds(&into->begun[activity - into->activity], &part->begun[i], err));
        }
    }
    return 0;
}

static int merge_into(struct database *into, struct database *part, uint64_t lines_before, struct err *err)
{
    into->records += part->records;
    into->statements += part->statements;
    into->first = part->first < into->first ? part->first : into->first;
    into->last = part->last > into->last ? part->last : into->last;
    TRY(db_sessions_merge(&into->sessions, &part->sessions, lines_before, err));
    TRY(db_reads_merge(&into->reads, &part->reads, lines_before, err));
    TRY(merge_signs(&into->signs, &part->signs, lines_before, err));
    TRY(merge_accounts(&into->accounts, &part->accounts, lines_before, err));
    return merge_activity(into, part, err);
}

int database_merge(struct database **into, struct database *part, uint64_t lines_before, struct err *err)
{
    if (*into == NULL) {
        *into = database_start(part->set, part->has, part->is_postgres, err);
    }
    int rc = *into == NULL ? -1 : merge_into(*into, part, lines_before, err);
    database_free(part);
    return rc;
}

/* ---- the kind's work ---- */

static void *start(const struct run *run, uint32_t source_at, struct err *err)
{
    const struct source *source = &run->sources.all[source_at];
    bool is_postgres = str_starts(str_of(source->reader.format->name), STR("PostgreSQL"));
    return database_start(source->set, source->reader.has, is_postgres, err);
}

static int merge(struct run *run, void *part, uint64_t lines_before, struct err *err)
{
    struct database *database = run->kinds[LOG_DATABASE];
    int rc = database_merge(&database, part, lines_before, err);
    run->kinds[LOG_DATABASE] = database;
    return rc;
}

KEEP_KNOWS(struct db_activity, 48);
static void keep_activity(struct keep *keep, struct db_activity *activity)
{
    KEEP(keep, activity->set);
    KEEP(keep, activity->dropped);
    KEEP(keep, activity->units);
    keep_rows(keep, &activity->all, &activity->count, sizeof *activity->all, DB_MINUTES);
    activity->cap = keep_reads(keep) ? activity->count : activity->cap;
}

KEEP_KNOWS(struct database, 616);
static void keep_all(struct keep *keep, struct database *database)
{
    KEEP(keep, database->records);
    KEEP(keep, database->statements);
    KEEP(keep, database->opening);
    KEEP(keep, database->first);
    KEEP(keep, database->last);
    db_sessions_keep(keep, &database->sessions);
    db_reads_keep(keep, &database->reads);
    keep_rows(keep, &database->accounts.rows, &database->accounts.count, sizeof *database->accounts.rows, DB_ACCOUNTS);
    database->accounts.cap = keep_reads(keep) ? database->accounts.count : database->accounts.cap;
    KEEP(keep, database->accounts.dropped);
    keep_rows(keep, &database->signs.rows, &database->signs.count, sizeof *database->signs.rows, DB_SIGNS);
    database->signs.cap = keep_reads(keep) ? database->signs.count : database->signs.cap;
    KEEP(keep, database->signs.dropped);
    database->activity_count = keep_count(keep, database->activity_count, DB_SETS);
    for (size_t i = 0; i < database->activity_count; i++) {
        keep_activity(keep, &database->activity[i]);
        keep_activity(keep, &database->begun[i]);
    }
}

static void database_keep(struct keep *keep, struct run *run)
{
    struct err why = {0};
    struct database *database = run->kinds[LOG_DATABASE];
    bool is_there = database != NULL, is_postgres = is_there && database->is_postgres;
    uint32_t set = is_there ? database->set : 0;
    unsigned has = is_there ? database->has : 0;
    KEEP(keep, is_there);
    KEEP(keep, is_postgres);
    KEEP(keep, set);
    KEEP(keep, has);
    if (keep_reads(keep) && is_there) {
        run->kinds[LOG_DATABASE] = database = database_start(set, has, is_postgres, &why);
        if (database == NULL) {
            keep_fail(keep, &why);
        }
    }
    if (database != NULL) {
        keep_all(keep, database);
    }
}

const struct kind_work database_work = {.start = start,
                                        .take = database_take,
                                        .merge = merge,
                                        .drop = database_free,
                                        .free = database_free,
                                        .keep = database_keep,
                                        .events = tell_database_events,
                                        .tell = tell_database};

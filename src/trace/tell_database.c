/* What a database's logs say of a taking, as records: one finding a session or unusual read, and an event where it
 * began; usual ones together and as a measure, for nobody is accused of a backup; the offset between the clocks as
 * another, and signs of something else than a taking. */
#include "trace/tell_database.h"

#include "base/str.h"
#include "base/time.h"
#include "trace/database.h"
#include "trace/tell.h"

#include "base/banned.h"

static struct database *database_of(const struct telling *telling)
{
    return telling->run->kinds[LOG_DATABASE];
}

json_t *database_offset(const struct telling *telling)
{
    const struct database *database = database_of(telling);
    int64_t seconds;
    bool is_known = database != NULL && database->takings != NULL && takings_offset(database->takings, &seconds);
    return is_known ? json_integer(seconds) : json_null();
}

static void set_amount(struct record *record, const char *key, uint64_t value)
{
    record_set(record, key, value == LOG_NO_BYTES ? json_null() : json_integer((json_int_t)value));
}

static const char *account_of(const struct taken *taken)
{
    return taken->session != NULL ? taken->session->account : taken->read->account;
}

static const char *host_of(const struct taken *taken)
{
    return taken->session != NULL ? taken->session->host : taken->read->host;
}

/* "shop.customers, shop.orders": for a line of text. */
static struct str table_names(const struct taken *taken, char out[static TEXT_CUT])
{
    size_t at = 0;
    for (uint32_t i = 0; i < taken->tables.count; i++) {
        const char *name = taken->tables.all[i].name;
        size_t len = strnlen(name, DB_TABLE_NAME);
        if (at + len + 3 > TEXT_CUT) {
            break;
        }
        if (at > 0) {
            memcpy(out + at, ", ", 2);
            at += 2;
        }
        memcpy(out + at, name, len);
        at += len;
    }
    return (struct str){out, at};
}

static json_t *tables_of(const struct taken *taken, struct record *record)
{
    json_t *tables = json_array();
    for (uint32_t i = 0; i < taken->tables.count; i++) {
        const struct db_table *table = &taken->tables.all[i];
        struct record one = record_new();
        record_text(&one, "name", str_of(table->name));
        record_count(&one, "reads", table->reads);
        set_amount(&one, "rows", table->rows_told > 0 ? table->rows : LOG_NO_BYTES);
        bool has_bytes = table->bytes_told > 0 && taken->tool != TOOL_FILE;
        set_amount(&one, "bytes", has_bytes ? table->bytes : LOG_NO_BYTES);
        record->is_failed |= one.is_failed || json_array_append_new(tables, one.body) != 0;
    }
    return tables;
}

/* ---- reasons ---- */

static void tool_reasons(struct record *record, json_t *reasons, const struct taken *taken)
{
    const struct db_session *session = taken->session;
    if (session == NULL) {
        const struct db_read *read = taken->read;
        record_reason(record, reasons, "%llu statements of one shape without a condition, in %llu sessions",
                      (unsigned long long)read->count, (unsigned long long)read->sessions);
        if (read->is_page) {
            record_reason(record, reasons, "its LIMIT is %llu at most, and moved on %llu times over rows %llu to %llu",
                          (unsigned long long)read->limit, (unsigned long long)read->pages,
                          (unsigned long long)read->from_row, (unsigned long long)read->to_row);
        }
        return;
    }
    record_reason(record, reasons, "the session's statements are those of %s: %s", tool_name(taken->tool),
                  tool_marks(taken->tool));
    if (session->application[0] != '\0') {
        record_reason(record, reasons, "it called itself \"%s\"; a program may call itself anything",
                      session->application);
    }
    if (taken->tool == TOOL_FILE) {
        record_reason(record, reasons,
                      "the rows went to \"%s\" on the database's own disk; that they left it is not in this log",
                      session->file);
    }
    if (session->fetched > 0) {
        record_reason(record, reasons, "it fetched through a cursor, and asked for %llu rows at most",
                      (unsigned long long)session->fetched);
    }
    if (taken->tables.dropped > 0) {
        record_reason(record, reasons, "%llu reads of further tables are not named",
                      (unsigned long long)taken->tables.dropped);
    }
}

static void amount_reasons(struct record *record, json_t *reasons, const struct taken *taken)
{
    const struct amount *rows = &taken->rows;
    if (rows->told == 0) {
        record_reason(record, reasons, "rows and bytes sent are not recorded by this log");
    } else if (rows->told < rows->reads) {
        record_reason(record, reasons, "rows are recorded for %llu of %llu reads only", (unsigned long long)rows->told,
                      (unsigned long long)rows->reads);
    }
    if (rows->told > 0 && taken->bytes.told == 0 && taken->tool != TOOL_FILE) {
        record_reason(record, reasons, "bytes sent are not recorded by this log");
    }
    if (rows->recorded != LOG_NO_BYTES && rows->recorded != rows->minimum) {
        record_reason(record, reasons, "a table read several times counts once in minimum_rows and minimum_bytes");
    }
}

static void usual_reasons(struct record *record, json_t *reasons, const struct taken *taken)
{
    const struct db_company *company = &taken->company;
    if (taken->is_usual) {
        record_reason(record, reasons,
                      "the same tool, account and host at about this hour on %llu other days: a backup, it seems",
                      (unsigned long long)taken->usual_days);
        return;
    }
    if (taken->session == NULL) {
        record_reason(record, reasons, "its account sends this statement %llu times in this log, on %llu days",
                      (unsigned long long)taken->read->count, (unsigned long long)taken->read->days);
        return;
    }
    if (company->other_days >= USUAL_DAYS && company->is_host_new && !company->is_local) {
        record_reason(record, reasons, "its host is seen for the first time, after %llu days of log",
                      (unsigned long long)company->other_days);
    } else if (company->others > 0) {
        record_reason(record, reasons,
                      "its account and host are seen with %llu other sessions that no tool began, of %llu statements",
                      (unsigned long long)company->others, (unsigned long long)company->other_statements);
    } else {
        record_reason(
            record, reasons,
            "its account and host do nothing else here; the log has %llu days before it to tell what is usual",
            (unsigned long long)company->other_days);
    }
}

static void join_reasons(struct record *record, json_t *reasons, const struct telling *telling,
                         const struct taken *taken)
{
    const struct takings *takings = database_of(telling)->takings;
    const struct offset *offset = taken->offset;
    if (!takings->has_web) {
        record_reason(record, reasons, "no web log was given: through which page it was asked for is not known");
    } else if (offset == NULL || !offset->is_known) {
        record_reason(record, reasons, "not joined to the web log: the offset between their clocks is not known (%s)",
                      offset == NULL ? "there were more database logs than are compared" : offset->why);
    } else if (taken->moment == NULL) {
        record_reason(record, reasons, "no followed client's request lies within its seconds");
    } else {
        const struct moment *moment = taken->moment;
        const struct source *source = &telling->run->sources.all[moment->hit.source];
        char size[64] = "";
        if ((source->reader.has & LOG_HAS_BYTES) != 0) {
            snprintf(size, sizeof size, ", answered with %llu bytes,", (unsigned long long)moment->hit.bytes);
        }
        record_reason(record, reasons, "K%u's %.*s request%s lies within its seconds; %llu requests of anybody do",
                      moment->suspect + 1, STR_FMT(moment->method), size, (unsigned long long)taken->web_requests);
        record_reason(record, reasons, "clocks joined at an offset of %lld s (%lld to %lld), which is estimated",
                      (long long)offset->seconds, (long long)offset->lo, (long long)offset->hi);
    }
}

/* ---- the finding ---- */

static void set_join(struct record *record, const struct telling *telling, const struct taken *taken)
{
    const struct moment *moment = taken->moment;
    if (moment == NULL) {
        record_set(record, "path", json_null());
        record_set(record, "client", json_null());
        return;
    }
    const struct run *run = telling->run;
    record_target(record, moment->target);
    record_set(record, "client", client_name(telling->story, moment->suspect));
    record_text(record, "address", str_of(telling->story->suspects[moment->suspect].address));
    struct record web = record_new();
    record_time(&web, "time", moment->hit.second);
    record_sent(&web, "bytes", run, &moment->hit, moment->hit.bytes);
    record_count(&web, "requests_then", taken->web_requests);
    record_hit(&web, run, &moment->hit);
    record->is_failed |= web.is_failed;
    record_set(record, "web", web.body);
}

static void set_who(struct record *record, const struct taken *taken)
{
    const struct db_session *session = taken->session;
    record_text_or_null(record, "account", str_of(account_of(taken)));
    record_text_or_null(record, "host", str_of(host_of(taken)));
    record_text_or_null(record, "database", str_of(session != NULL ? session->database : ""));
    record_text_or_null(record, "application", str_of(session != NULL ? session->application : ""));
    record_count(record, "sessions", taken->sessions);
    record_count(record, "statements", session != NULL ? session->statements : taken->read->count);
}

static int tell_taken(struct telling *telling, const struct taken *taken)
{
    struct record record = record_new();
    json_t *reasons = json_array();
    record_set(&record, "class", json_string(taken->is_usual ? "usual-dump" : "taking-database"));
    record_set(&record, "through", json_string("database"));
    record_set(&record, "tool", json_string(tool_name(taken->tool)));
    set_join(&record, telling, taken);
    set_who(&record, taken);
    record_time(&record, "first", taken->first.second);
    record_time(&record, "last", taken->last.second);
    record_set(&record, "tables", tables_of(taken, &record));
    set_amount(&record, "minimum_rows", taken->rows.minimum);
    set_amount(&record, "recorded_rows", taken->rows.recorded);
    set_amount(&record, "upper_rows", taken->rows.upper);
    set_amount(&record, "minimum_bytes", taken->bytes.minimum);
    set_amount(&record, "recorded_bytes", taken->bytes.recorded);
    set_amount(&record, "upper_bytes", taken->bytes.upper);
    record_set(&record, "usual", json_boolean(taken->is_usual));
    record_set(&record, "confidence", json_string(taken->confidence));
    record_hit(&record, telling->run, &taken->first);
    tool_reasons(&record, reasons, taken);
    usual_reasons(&record, reasons, taken);
    amount_reasons(&record, reasons, taken);
    join_reasons(&record, reasons, telling, taken);
    record_reason(&record, reasons,
                  "the log has what was asked for, not who asked: whoever knows an account's password can use it");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, taken->is_usual ? ASSAY_MEASURE : ASSAY_FINDING, &record);
}

/* ---- signs ---- */

static int tell_sign(struct telling *telling, const struct db_sign *sign)
{
    static const struct {
        const char *name, *reason;
    } kinds[SIGN_KINDS] = {
        [SIGN_FILE] = {"file", "a statement reads a file of the server"},
        [SIGN_PROGRAM] = {"program", "a statement runs a program on the server"},
        [SIGN_SECRETS] = {"passwords",
                          "a statement reads the server's own table of accounts and passwords; so does whoever "
                          "looks after accounts"},
        [SIGN_INJECTED] = {"injected",
                           "a statement looks as if somebody had written an end of their own to it: a UNION of "
                           "blanks or numbers, a condition that always holds, a pause, a second statement"},
        [SIGN_NOTE] = {"note", "a table is made whose name is a message, as those who ask for a ransom leave"}};
    struct record record = record_new();
    json_t *reasons = json_array();
    record_set(&record, "class", json_string("database-sign"));
    record_set(&record, "through", json_string("database"));
    record_set(&record, "sign", json_string(kinds[sign->kind].name));
    record_set(&record, "path", json_null());
    record_set(&record, "client", json_null());
    record_text_or_null(&record, "account", str_of(sign->account));
    record_text_or_null(&record, "host", str_of(sign->host));
    record_count(&record, "statements", sign->count);
    record_text(&record, "statement", str_of(sign->text));
    record_time(&record, "first", sign->first.second);
    record_time(&record, "last", sign->last.second);
    record_set(&record, "confidence", json_string("low"));
    record_hit(&record, telling->run, &sign->first);
    record_reason(&record, reasons, "%s", kinds[sign->kind].reason);
    record_reason(&record, reasons, "whether it succeeded, and what it gave, is not said here");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

/* ---- measures ---- */

static json_t *rounded(double value)
{
    return json_real((double)(int64_t)(value * 1000 + (value < 0 ? -.5 : .5)) / 1000);
}

static int tell_offset(struct telling *telling, size_t at)
{
    const struct database *database = database_of(telling);
    const struct offset *offset = &database->takings->offsets[at];
    const char *set = telling->run->sources.sets[database->activity[at].set];
    struct record record = record_new();
    json_t *between = json_array();
    json_array_append_new(between, json_string("web"));
    json_array_append_new(between, assay_text(str_of(set), TEXT_CUT));
    record_set(&record, "class", json_string("clock-offset"));
    record_set(&record, "between", between);
    record_set(&record, "clear", json_boolean(offset->is_known));
    record_set(&record, "seconds", offset->is_known ? json_integer(offset->seconds) : json_null());
    record_set(&record, "lo", offset->is_known ? json_integer(offset->lo) : json_null());
    record_set(&record, "hi", offset->is_known ? json_integer(offset->hi) : json_null());
    record_set(&record, "score", rounded(offset->score));
    record_set(&record, "next_best", rounded(offset->second_best));
    record_set(&record, "chance", rounded(offset->chance));
    record_count(&record, "matched_s", offset->matched);
    record_set(
        &record, "basis",
        json_string("web time = database time + seconds; seconds in which connections did something against seconds "
                    "in which pages were asked for"));
    record_set(&record, "why", offset->is_known ? json_null() : json_string(offset->why));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

static int tell_totals(struct telling *telling)
{
    const struct database *database = database_of(telling);
    const struct takings *takings = database->takings;
    struct record record = record_new();
    record_set(&record, "class", json_string("database"));
    record_count(&record, "records", database->records);
    record_count(&record, "statements", database->statements);
    record_count(&record, "accounts", database->accounts.count);
    record_time(&record, "first", database->first);
    record_time(&record, "last", database->last);
    record_count(&record, "usual_reads", takings->usual_reads);
    record_count(&record, "left_out", takings->left_out);
    record_count(&record, "sessions_evicted", database->sessions.evicted);
    record_count(&record, "reads_dropped", database->reads.dropped);
    record_count(&record, "signs_dropped", database->signs.dropped);
    record_count(&record, "accounts_dropped", database->accounts.dropped);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

/* ---- events ---- */

/* Where it began, in the web log's time if the offset is known. */
static int tell_event(struct telling *telling, const struct taken *taken)
{
    struct hit hit = taken->first;
    bool is_joined = taken->offset != NULL && taken->offset->is_known;
    hit.second += is_joined ? taken->offset->seconds : 0;
    char names[TEXT_CUT];
    struct record record = record_new();
    json_t *reasons = json_array();
    record_time(&record, "time", hit.second);
    record_time(&record, "time_logged", taken->first.second);
    record_set(&record, "role", json_string("database-dump"));
    record_set(&record, "through", json_string("database"));
    size_t suspect = taken->moment != NULL ? taken->moment->suspect : telling->story->suspect_count;
    record_set(&record, "client", client_name(telling->story, suspect));
    record_text_or_null(&record, "address", str_of(host_of(taken)));
    record_text_or_null(&record, "account", str_of(account_of(taken)));
    record_set(&record, "tool", json_string(tool_name(taken->tool)));
    record_text(&record, "tables", table_names(taken, names));
    set_amount(&record, "rows", taken->rows.recorded);
    set_amount(&record, "bytes", taken->bytes.recorded);
    record_hit(&record, telling->run, &taken->first);
    record_reason(&record, reasons, "the first of its reads; the last was at %+llds",
                  (long long)(taken->last.second - taken->first.second));
    record_set(&record, "reasons", reasons);
    return record_event(telling, &hit, &record);
}

int tell_database_events(struct telling *telling)
{
    struct database *database = database_of(telling);
    TRY(takings_find(database, telling->run, telling->story, telling->err));
    for (size_t i = 0; i < database->takings->count; i++) {
        if (!database->takings->all[i].is_usual) {
            TRY(tell_event(telling, &database->takings->all[i]));
        }
    }
    return 0;
}

int tell_database(struct telling *telling)
{
    const struct database *database = database_of(telling);
    const struct takings *takings = database->takings;
    for (size_t i = 0; i < takings->count; i++) {
        TRY(tell_taken(telling, &takings->all[i]));
    }
    for (size_t i = 0; i < database->signs.count; i++) {
        TRY(tell_sign(telling, &database->signs.rows[i]));
    }
    for (size_t i = 0; takings->has_web && i < database->activity_count; i++) {
        TRY(tell_offset(telling, i));
    }
    return tell_totals(telling);
}

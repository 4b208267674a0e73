/* In English and the languages of postgresql_words.c. A connection's account and database are told apart there by their place.
 *
 * Sources: PostgreSQL 8.0 to 18, src/backend/tcop/postgres.c (exec_simple_query, exec_parse_message, exec_bind_message,
 * exec_execute_message, log_disconnections), utils/init/postinit.c (PerformAuthentication), libpq/auth.c. */
#include "formats/postgresql_message.h"

#include "base/str.h"
#include "formats/postgresql_words.h"

#include "base/banned.h"

static struct str from(struct str text, size_t at)
{
    return str_slice(text, at, text.len);
}

/* A statement's word at the front of text, and what is handed out for it. A name and a colon may stand between. */
static bool take_verb(const struct pg_language *language, struct str *text, struct str *ret_command)
{
    const struct {
        struct str word, command;
        bool has_name;
    } verbs[] = {
        {language->statement, STR_INIT("Query"), false},
        {language->fetch, STR_INIT("Fetch"), true},
        {language->execute, STR_INIT("Execute"), true},
        {language->parse, STR_INIT("Prepare"), true},
        {language->bind, STR_INIT("Bind"), true},
        {STR_INIT("fastpath function call: "), STR_INIT("Call"), false},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        struct str rest = *text;
        if (verbs[i].word.len == 0 || !db_take(&rest, verbs[i].word)) {
            continue;
        }
        size_t colon = verbs[i].has_name ? str_find(db_first_line(rest), STR(": "), 0) : 0;
        if (colon == SIZE_MAX) {
            return false;
        }
        *text = verbs[i].has_name ? from(rest, colon + 2) : rest;
        *ret_command = verbs[i].command;
        return true;
    }
    return false;
}

/* "duration: 1.234 ms", and what parts it from the rest, off the front. */
static bool take_duration(const struct pg_language *language, struct str *text, uint64_t *ret_us)
{
    struct str rest = *text;
    uint64_t us;
    if (!db_take(&rest, language->duration) || !db_seconds(&rest, &us) || !db_take(&rest, language->unit)) {
        return false;
    }
    (void)db_take(&rest, STR(","));
    (void)db_blanks(&rest);
    *ret_us = us / 1000;
    *text = rest;
    return true;
}

/* "statement: SELECT 1", "duration: 0.5 ms  execute <unnamed>: SELECT 1", in any language; text keeps what is behind a duration. */
static bool read_verb(struct log_line *line, const struct db_text *message, struct str *text, struct buf *scratch)
{
    for (size_t i = 0; i < pg_language_count; i++) {
        bool has_duration = take_duration(&pg_languages[i], text, &line->duration_us);
        struct str command;
        if (take_verb(&pg_languages[i], text, &command)) {
            line->command = log_scratch(scratch, command);
            line->statement = db_span(message, *text);
            return true;
        }
        if (has_duration) {
            return false;
        }
    }
    return false;
}

/* The value behind name, up to the first of `ends` (separated by '|') or the end of the line. */
static struct str value_of(struct str text, struct str name, struct str ends)
{
    size_t at = str_find(text, name, 0);
    if (at == SIZE_MAX) {
        return (struct str){text.data, 0};
    }
    struct str value = from(text, at + name.len);
    size_t end = value.len;
    while (ends.len > 0) {
        struct str_cut cut = str_cut(ends, '|');
        size_t hit = str_find(value, cut.head, 0);
        end = hit < end ? hit : end;
        ends = cut.tail;
    }
    return str_slice(value, 0, end);
}

static void set_if_empty(struct log_span *span, const struct db_text *message, struct str value)
{
    if (span->len == 0) {
        *span = db_span(message, value);
    }
}

static void read_english(struct log_line *line, const struct db_text *message, struct str text)
{
    static const struct str ends = STR_INIT(" database=| application_name=| SSL | GSS | host=");
    if (str_starts(text, pg_languages[0].received)) {
        set_if_empty(&line->client, message, value_of(text, STR(" host="), STR(" port=")));
        return;
    }
    set_if_empty(&line->user, message, value_of(text, STR(" user="), ends));
    set_if_empty(&line->database, message, value_of(text, STR(" database="), ends));
    set_if_empty(&line->application, message, value_of(text, STR(" application_name="), ends));
    set_if_empty(&line->client, message, value_of(text, STR(" host="), STR(" port=")));
}

/* In other languages the values come in the same order: a word behind each '='. */
static void read_foreign(struct log_line *line, const struct db_text *message, struct str text, bool is_received)
{
    struct log_span *const known[] = {&line->user, &line->database};
    for (size_t i = 0; i < 2; i++) {
        struct str_cut cut = str_cut(text, '=');
        struct str value = str_cut(cut.tail, ' ').head;
        set_if_empty(is_received ? &line->client : known[i], message, value);
        if (is_received || !cut.found) {
            return;
        }
        text = cut.tail;
    }
}

static bool read_connection(struct log_line *line, const struct db_text *message, struct buf *scratch)
{
    struct str text = db_first_line(message->text), plain = text;
    (void)db_take(&plain, STR("replication "));
    for (size_t i = 0; i < pg_language_count; i++) {
        const struct pg_language *language = &pg_languages[i];
        bool is_received = str_starts(text, language->received);
        bool is_gone = str_starts(text, language->gone);
        if (!is_received && !is_gone && (language->authorized.len == 0 || !str_starts(plain, language->authorized))) {
            continue;
        }
        if (i == 0) {
            read_english(line, message, text);
        } else {
            read_foreign(line, message, message->text, is_received);
        }
        line->command = log_scratch(scratch, is_gone ? STR("Quit") : STR("Connect"));
        line->statement = db_span(message, message->text);
        return true;
    }
    return false;
}

bool pg_message(struct log_line *line, struct log_span level, const struct db_text *message, struct buf *scratch)
{
    struct str text = message->text;
    if (read_verb(line, message, &text, scratch) || read_connection(line, message, scratch)) {
        return true;
    }
    struct str word = log_field(&(struct log_line){.text = line->text, .scratch = scratch->data}, level);
    struct str english = pg_english_level(word);
    line->command = english.data == word.data ? level : log_scratch(scratch, english);
    line->statement = db_span(message, text);
    return false;
}

void pg_query_beside(struct log_line *line, const struct db_text *query, struct buf *scratch)
{
    if (query->text.len > 0) {
        line->command = log_scratch(scratch, STR("STATEMENT"));
        line->statement = db_span(query, query->text);
    }
}

struct str pg_peer_host(struct str peer)
{
    size_t colon = peer.len;
    while (colon > 0 && peer.data[colon - 1] != ':') {
        colon--;
    }
    return colon > 1 ? str_slice(peer, 0, colon - 1) : peer;
}

/* A survey as text, one line a thing, for tests to look into; the same in a process that is confined as the engine is. */
#ifndef ASSAY_TESTS_SURVEY_TEXT_H
#define ASSAY_TESTS_SURVEY_TEXT_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/confine.h"
#include "base/str.h"
#include "sources/survey.h"

struct survey_text {
    struct source *source;
    struct buf out;
    uint64_t sample; /* rows of each table */
    bool counts;
};

static inline void survey_put(struct buf *out, struct str text)
{
    char shown[512];
    str_escape(shown, sizeof shown, text, sizeof shown - 1);
    buf_puts(out, shown);
}

static inline int survey_on_rows(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct buf *out = self;
    (void)err;
    for (size_t i = 0; i < rows * columns; i++) {
        buf_puts(out, i % columns == 0 ? "  row " : "|");
        survey_put(out, cells[i].data == NULL ? STR("(null)") : cells[i]);
        buf_puts(out, i % columns == columns - 1 ? "\n" : "");
    }
    return 0;
}

static inline int survey_on_server(void *self, const struct survey_server *server, struct err *err)
{
    struct buf *out = &((struct survey_text *)self)->out;
    (void)err;
    buf_printf(out, "server %.*s %.*s account=%.*s reading=%s super=%d\n", STR_FMT(server->product),
               STR_FMT(server->version), STR_FMT(server->account), server->reading, server->is_super);
    buf_printf(out, "hidden: %s\n", server->hidden == NULL ? "nothing" : server->hidden);
    return 0;
}

static inline int survey_on_power(void *self, const struct survey_power *power, struct err *err)
{
    struct buf *out = &((struct survey_text *)self)->out;
    (void)err;
    buf_printf(out, "power %.*s: %s; %.*s\n", STR_FMT(power->name), power->means, STR_FMT(power->from));
    return 0;
}

static inline int survey_on_database(void *self, const struct survey_database *database, struct err *err)
{
    struct buf *out = &((struct survey_text *)self)->out;
    static const char *const scopes[] = {"unknown", "whole", "closed"};
    (void)err;
    buf_puts(out, "database ");
    survey_put(out, database->name);
    buf_printf(out, " %s%s: ", scopes[database->scope], database->is_system ? " system" : "");
    survey_put(out, database->why);
    buf_putc(out, '\n');
    return 0;
}

static inline int survey_on_table(void *self, const struct survey_table *table, struct err *err)
{
    struct survey_text *text = self;
    struct buf *out = &text->out;
    static const char *const kinds[] = {"unknown", "estimated", "exact"};
    buf_puts(out, "table ");
    survey_put(out, table->database);
    buf_putc(out, '.');
    survey_put(out, table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        buf_puts(out, i == 0 ? " (" : ", ");
        survey_put(out, table->columns[i].name);
        buf_puts(out, table->columns[i].is_readable ? " " : " NOT ");
        survey_put(out, table->columns[i].type);
    }
    buf_printf(out, "%s rows=%llu %s bytes=%s%s", table->column_count == 0 ? "" : ")", (unsigned long long)table->rows,
               kinds[table->rows_kind], table->bytes_known ? "known" : "unknown", table->is_view ? " view" : "");
    buf_printf(out, " unreadable=%.*s partial=%.*s\n", STR_FMT(table->unreadable), STR_FMT(table->partial));
    if (text->sample != 0 && table->unreadable.len == 0) {
        struct err why = {0};
        struct source_sink rows = {out, survey_on_rows};
        const char *how = "?";
        int result = source_sample(text->source, table, text->sample, &rows, &how, &why);
        buf_printf(out, "  sampled %s\n", result == 0 ? how : why.text);
    }
    if (text->counts && table->unreadable.len == 0) {
        uint64_t count = 0;
        TRY(source_count(text->source, table, &count, err));
        buf_printf(out, "  counted %llu\n", (unsigned long long)count);
    }
    return 0;
}

/* All of it into text->out; free it with buf_free. */
static inline int survey_as_text(const char *uri, const char *password, struct survey_text *text, struct err *err)
{
    struct source_login login = {.password = password, .connect_seconds = 5, .statement_seconds = 60};
    struct survey_sink sink = {text, survey_on_server, survey_on_power, survey_on_database, survey_on_table};
    TRY(source_open_as(uri, &login, &text->source, err));
    int result = source_survey(text->source, &sink, err);
    source_close(text->source);
    return result;
}

/* The same in a child that has given up what the engine's gives up. The error's text comes as a line "error ...". */
static inline int survey_confined(const char *uri, const char *password, struct survey_text *text)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct confine_spec spec = {.network = true};
        struct confine_state state;
        struct err err = {0};
        close(ends[0]);
        (void)signal(SIGSEGV, SIG_DFL); /* cmocka would go on with its tests in the child */
        (void)signal(SIGBUS, SIG_DFL);
        (void)signal(SIGABRT, SIG_DFL);
        if (confine_self(&spec, &state, &err) != 0 || survey_as_text(uri, password, text, &err) != 0) {
            buf_printf(&text->out, "error %s\n", err.text);
        }
        buf_printf(&text->out, "confined %s\n", state.words);
        size_t done = 0;
        while (done < text->out.len) {
            ssize_t wrote = write(ends[1], text->out.data + done, text->out.len - done);
            if (wrote <= 0) {
                _exit(1);
            }
            done += (size_t)wrote;
        }
        _exit(0);
    }
    close(ends[1]);
    for (;;) {
        char *room = buf_room(&text->out, 65536);
        ssize_t got = room == NULL ? -1 : read(ends[0], room, 65536);
        if (got <= 0) {
            break;
        }
        text->out.len += (size_t)got;
    }
    buf_putc(&text->out, '\0');
    close(ends[0]);
    int status = 1;
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Does the text that was gathered hold this? */
static inline void has(const struct buf *out, const char *wanted)
{
    if (out->data == NULL || strstr(out->data, wanted) == NULL) {
        fail_msg("no \"%s\" in:\n%s", wanted, out->data == NULL ? "(nothing)" : out->data);
    }
}

static inline void lacks(const struct buf *out, const char *unwanted)
{
    if (out->data != NULL && strstr(out->data, unwanted) != NULL) {
        fail_msg("\"%s\" in:\n%s", unwanted, out->data);
    }
}

#endif

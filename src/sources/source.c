/* Which driver a URI is for. */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "sources/survey.h"

#include "base/banned.h"

#define SOURCE(id) extern const struct source_driver id##_driver;
#include "sources/source_list.h"
#undef SOURCE

#define SOURCE(id) &id##_driver,
static const struct source_driver *const drivers[] = {
#include "sources/source_list.h"
};
#undef SOURCE

struct source {
    const struct source_driver *driver;
    void *state;
};

static const struct source_driver *driver_for(const char *uri)
{
    for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++) {
        if (str_starts(str_of(uri), str_of(drivers[i]->scheme))) {
            return drivers[i];
        }
    }
    return NULL;
}

bool source_is_uri(const char *text)
{
    return driver_for(text) != NULL;
}

bool source_is_remote(const char *text)
{
    const struct source_driver *driver = driver_for(text);
    return driver != NULL && str_ends(str_of(driver->scheme), STR("//"));
}

/* Where the options begin whose names are percent-encoded: a client library decodes them, so %70assword would carry a password
 * past whoever looks for one. SIZE_MAX: there is none. */
static size_t find_coded_option(struct str uri)
{
    size_t from = str_find(uri, STR("?"), 0);
    struct str options = str_cut(uri, '?').tail;
    while (options.len != 0) {
        struct str_cut option = str_cut(options, '&');
        if (str_find(str_cut(option.head, '=').head, STR("%"), 0) != SIZE_MAX) {
            return from;
        }
        options = option.tail;
    }
    return SIZE_MAX;
}

void source_display(const char *uri, char *out, size_t out_bytes)
{
    struct str text = str_of(uri);
    static const struct str words[] = {STR_INIT("password="), STR_INIT("passwd="), STR_INIT("pwd="), STR_INIT("pass=")};
    size_t secret = find_coded_option(text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t at = str_find_nocase(text, words[i], 0);
        secret = at < secret ? at : secret;
    }
    if (secret != SIZE_MAX) {
        text.len = secret;
        (void)snprintf(out, out_bytes, "%.*s...", STR_FMT(text));
        return;
    }
    size_t host = str_find(text, STR("://"), 0);
    size_t at = host == SIZE_MAX ? SIZE_MAX : str_find(text, STR("@"), host + 3);
    size_t colon = host == SIZE_MAX ? SIZE_MAX : str_find(text, STR(":"), host + 3);
    if (at != SIZE_MAX && colon != SIZE_MAX && colon < at) {
        for (size_t i = at; i < text.len;
             i++) { /* a password may hold '@' and '/': nothing before the last '@' is shown */
            at = text.data[i] == '@' ? i : at;
        }
        (void)snprintf(out, out_bytes, "%.*s%s", (int)(colon > 2048 ? 2048 : colon), uri, uri + at);
    } else {
        (void)snprintf(out, out_bytes, "%s", uri);
    }
}

int source_open(const char *uri, struct source **ret_source, struct err *err)
{
    return source_open_as(uri, NULL, ret_source, err);
}

int source_open_as(const char *uri, const struct source_login *login, struct source **ret_source, struct err *err)
{
    const struct source_driver *driver = driver_for(uri);
    if (driver == NULL) {
        return err_set(err, ERR_USAGE, "%s: no database of this kind is known", uri);
    }
    struct source *source = calloc(1, sizeof(*source));
    if (source == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    source->driver = driver;
    if (driver->open(uri, login, &source->state, err) != 0) {
        free(source);
        return -1;
    }
    *ret_source = source;
    return 0;
}

int source_tables(struct source *source, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    return source->driver->tables(source->state, ret_tables, ret_count, err);
}

int source_read(struct source *source, const struct source_table *table, const struct source_sink *sink,
                struct err *err)
{
    return source->driver->read(source->state, table, sink, err);
}

int source_read_columns(struct source *source, const struct source_table *table, const bool *wanted,
                        const struct source_sink *sink, struct err *err)
{
    return wanted == NULL || source->driver->read_columns == NULL
               ? source_read(source, table, sink, err)
               : source->driver->read_columns(source->state, table, wanted, sink, err);
}

static int cannot(const struct source *source, const char *what, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s: %s is not possible with this kind of database", source->driver->scheme, what);
}

int source_survey(struct source *source, const struct survey_sink *sink, struct err *err)
{
    return source->driver->survey != NULL ? source->driver->survey(source->state, sink, err)
                                          : cannot(source, "a survey", err);
}

int source_sample(struct source *source, const struct survey_table *table, uint64_t max_rows,
                  const struct source_sink *sink, const char **ret_how, struct err *err)
{
    return source->driver->sample != NULL ? source->driver->sample(source->state, table, max_rows, sink, ret_how, err)
                                          : cannot(source, "a sample", err);
}

int source_count(struct source *source, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    return source->driver->count != NULL ? source->driver->count(source->state, table, ret_rows, err)
                                         : cannot(source, "counting", err);
}

void source_close(struct source *source)
{
    if (source != NULL) {
        source->driver->close(source->state);
        free(source);
    }
}

void own_source(struct source **source)
{
    source_close(*source);
}

/* What a run of reach says about access: how many of the credentials that lay in the tree opened a database, of those that gave an
 * answer. A server that could not be reached gave none; a credential that was refused did (docs/verdict.md, "Items"). */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "judge/inside.h"

#include "base/banned.h"

static bool wants_entire(const json_t *claim)
{
    return strcmp(json_text(claim, "extent", "part"), "entire") == 0;
}

const char *opened_rate(const json_t *claim)
{
    return wants_entire(claim) ? "entire" : "readable";
}

/* How far the login reads the database that its credential names; where it names none, all databases of the server. */
static const char *scope_of(const json_t *account)
{
    const struct str uri = str_cut(str_of(json_text(account, "uri", "")), '?').head;
    const size_t host = str_find(uri, STR("://"), 0);
    const size_t slash = host == SIZE_MAX ? SIZE_MAX : str_find(uri, STR("/"), host + 3);
    const bool is_named = slash != SIZE_MAX && slash + 1 < uri.len;
    size_t i;
    const json_t *database;

    json_array_foreach(json_object_get(account, "databases"), i, database)
    {
        if (is_named && str_eq(str_of(json_text(database, "name", "")), str_slice(uri, slash + 1, uri.len))) {
            return json_text(database, "scope", "unknown");
        }
    }
    /* others are not the one that was named */
    return is_named ? "unknown" : json_text(account, "scope", "unknown");
}

enum answer { ANSWER_NONE, ANSWER_CLOSED, ANSWER_OPEN };

/* Of one login. Only a login with a credential of the tree says what an intruder found there. */
static enum answer answer_of(const json_t *account, bool entire)
{
    const char *status = json_text(account, "status", "");
    const char *scope = scope_of(account);

    if (strcmp(status, "refused") == 0) {
        return ANSWER_CLOSED;
    }
    if (strcmp(status, "connected") != 0) {
        return ANSWER_NONE;
    }
    if (!entire) {
        return json_bool(account, "counted", false) ? ANSWER_OPEN : ANSWER_CLOSED;
    }
    if (strcmp(scope, "entire") == 0) {
        return ANSWER_OPEN;
    }
    return strcmp(scope, "unknown") == 0 ? ANSWER_NONE : ANSWER_CLOSED;
}

bool opened_count(const json_t *exam, const json_t *claim, struct item *item)
{
    const bool entire = wants_entire(claim);
    uint64_t opened = 0;
    size_t i;
    const json_t *row;

    item->n = item->of = 0;
    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = json_object_get(row, "record");

        if (strcmp(json_text(record, "class", ""), "account") != 0 || json_object_get(record, "credential") == NULL ||
            strcmp(json_text(row, "type", ""), "measure") != 0) {
            continue;
        }
        const enum answer answer = answer_of(record, entire);

        item->of++;
        item->n += answer != ANSWER_NONE;
        opened += answer == ANSWER_OPEN;
        if (answer == ANSWER_OPEN && item->record_count < RECORD_MAX) {
            item->records[item->record_count++] = json_text(row, "id", "");
        }
    }
    item->units[0].found = (double)opened;
    item->coverage = item->of == 0 ? 0 : (double)item->n / (double)item->of;
    if (item->n > 0 && item->n < item->of) {
        snprintf(item->note, sizeof item->note, "%llu of %llu credentials could not be tried or gave no clear answer",
                 (unsigned long long)(item->of - item->n), (unsigned long long)item->of);
    }
    return item->n > 0;
}

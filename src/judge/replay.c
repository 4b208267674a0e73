/* A recorded verdict computed again: from the ledger as it stood when it was given, the rates archived then, and nothing else.
 *
 *   verdict ─ ledger: n ──▶ assay_judge_model(n) ───┐
 *           └ rates: sha ─▶ documents/<sha> ────────┴─▶ assay_judge ─▶ the same bytes, or the members that differ
 *
 * A verdict must weigh all that was recorded before it: between the state it names and its own place only verdicts given
 * together with it may stand. */
#include "assay/judge.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { SHOWN_BYTES = 96 };

int assay_judge_entries(const json_t *model, uint64_t size, const json_t *rates, const char *rates_sha256,
                        json_t **ret_verdicts, struct err *err)
{
    OWN(own_json) json_t *verdicts = NULL;
    size_t i;
    json_t *verdict;

    TRY(assay_judge(model, rates, &verdicts, err));
    json_array_foreach(verdicts, i, verdict)
    {
        const json_t *old = json_find(json_object_get(model, "verdicts"), "claim", json_text(verdict, "claim", "?"));
        int failed = json_object_set_new(verdict, "ledger", json_integer((json_int_t)size));

        if (rates_sha256 != NULL) {
            failed |= json_object_set_new(verdict, "rates", json_string(rates_sha256));
        }
        if (old != NULL) {
            failed |= json_object_set_new(verdict, "supersedes", json_string(json_text(old, "id", "")));
        }
        if (failed != 0) {
            return err_no_memory(err);
        }
    }
    *ret_verdicts = json_incref(verdicts);
    return 0;
}

/* ---- one verdict against another ---- */

static bool is_envelope(const char *key)
{
    static const char *const keys[] = {"v", "n", "time", "id", "by", "archived"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *shown(const struct buf *bytes)
{
    char text[4 * SHOWN_BYTES + 8];

    if (bytes->len == 0) {
        return json_null();
    }
    str_escape(text, sizeof text, buf_str(bytes), SHOWN_BYTES);
    return json_string(text);
}

static int compare_member(const char *name, const json_t *recorded, const json_t *recomputed, json_t *members,
                          struct err *err)
{
    OWN(own_buf) struct buf was = {0}, is = {0};

    if (recorded != NULL) {
        TRY(json_canonical(&was, recorded, err));
    }
    if (recomputed != NULL) {
        TRY(json_canonical(&is, recomputed, err));
    }
    if ((recorded == NULL) == (recomputed == NULL) && str_eq(buf_str(&was), buf_str(&is))) {
        return 0;
    }
    json_t *row = json_pack("{s:s, s:o, s:o}", "name", name, "recorded", shown(&was), "recomputed", shown(&is));
    return json_array_append_new(members, row) == 0 ? 0 : err_no_memory(err);
}

static int compare(json_t *recorded, json_t *recomputed, json_t *members, struct err *err)
{
    const char *key;
    json_t *value;

    json_object_foreach(recorded, key, value)
    {
        if (!is_envelope(key)) {
            TRY(compare_member(key, value, json_object_get(recomputed, key), members, err));
        }
    }
    json_object_foreach(recomputed, key, value)
    {
        if (json_object_get(recorded, key) == NULL) {
            TRY(compare_member(key, NULL, value, members, err));
        }
    }
    return 0;
}

/* ---- one verdict of the case ---- */

struct replay {
    struct assay_case *kase;
    const json_t *verdicts; /* all that the ledger holds, in its order */
    int64_t size;           /* what `again` was computed from */
    const char *rates;
    json_t *again;
    struct err why; /* kind set: it could not be computed from that */
};

static void own_replay(struct replay *replay)
{
    json_decref(replay->again);
}

/* Verdicts given together share their state, so the last one computed is kept. */
static void recompute(struct replay *replay, int64_t size, const char *sha256)
{
    OWN(own_json) json_t *rates = NULL;
    OWN(own_json) json_t *model = NULL;
    const bool is_same =
        replay->rates != NULL && sha256 != NULL ? strcmp(replay->rates, sha256) == 0 : replay->rates == sha256;

    if (replay->size == size && is_same) {
        return;
    }
    json_decref(replay->again);
    replay->again = NULL;
    replay->why = (struct err){0};
    replay->size = size;
    replay->rates = sha256;
    if (sha256 != NULL && (rates = assay_case_document(replay->kase, sha256, &replay->why)) == NULL) {
        return;
    }
    model = assay_judge_model(replay->kase, (uint64_t)size, &replay->why);
    if (model == NULL || assay_judge_entries(model, (uint64_t)size, rates, sha256, &replay->again, &replay->why) != 0) {
        replay->again = NULL;
    }
}

/* How many entries stand between the state that a verdict names and its own place and are not verdicts from the same state. */
static int64_t passed_over(const struct replay *replay, int64_t size, int64_t n)
{
    int64_t together = 0;
    size_t i;
    const json_t *verdict;

    json_array_foreach(replay->verdicts, i, verdict)
    {
        const int64_t place = json_int(verdict, "n", -1);
        together += place >= size && place < n && json_int(verdict, "ledger", -1) == size;
    }
    return n - size - together;
}

static int put_row(const json_t *verdict, const char *status, const char *says, json_t *members, json_t *rows,
                   struct err *err)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:O}", "verdict", json_text(verdict, "id", "?"), "claim",
                            json_text(verdict, "claim", "?"), "status", status, "says", says, "members", members);
    return json_array_append_new(rows, row) == 0 ? 0 : err_no_memory(err);
}

/* What cannot be computed again and why; NULL: it can. */
static const char *not_computable(const json_t *verdict, char text[static 160])
{
    const int64_t calculus = json_int(verdict, "calculus", 0);

    if (calculus == 0) {
        return "given before verdicts said by which calculus and from which entries";
    }
    if (calculus != ASSAY_CALCULUS) {
        (void)snprintf(text, 160, "given by calculus %lld; this program has %d", (long long)calculus, ASSAY_CALCULUS);
        return text;
    }
    return NULL;
}

static json_t *verdict_on(const json_t *verdicts, const char *claim)
{
    size_t i;
    json_t *verdict;

    json_array_foreach(verdicts, i, verdict)
    {
        if (strcmp(json_text(verdict, "claim", ""), claim) == 0) {
            return verdict;
        }
    }
    return NULL;
}

static int replay_one(struct replay *replay, json_t *verdict, json_t *rows, struct err *err)
{
    const int64_t n = json_int(verdict, "n", -1), size = json_int(verdict, "ledger", -1);
    char text[ERR_TEXT_BYTES];
    OWN(own_json) json_t *members = json_array();
    const char *why = not_computable(verdict, text);

    if (why != NULL) {
        return put_row(verdict, "unknown", why, members, rows, err);
    }
    if (size < 1 || size > n) {
        return put_row(verdict, "differs", "it names no state of the ledger before it (ledger)", members, rows, err);
    }
    const int64_t between = passed_over(replay, size, n);
    recompute(replay, size, json_text(verdict, "rates", NULL));
    if (replay->again == NULL) {
        const bool is_altered = replay->why.kind == ERR_TAMPERED;
        return put_row(verdict, is_altered ? "differs" : "unknown", replay->why.text, members, rows, err);
    }
    json_t *again = verdict_on(replay->again, json_text(verdict, "claim", "?"));
    if (again == NULL) {
        return put_row(verdict, "differs", "the ledger held no such claim then", members, rows, err);
    }
    TRY(compare(verdict, again, members, err));
    if (between != 0) {
        (void)snprintf(text, sizeof text, "%lld entries recorded before it were not weighed (ledger)",
                       (long long)between);
        return put_row(verdict, "differs", text, members, rows, err);
    }
    if (json_array_size(members) > 0) {
        (void)snprintf(text, sizeof text, "%zu member%s differ%s", json_array_size(members),
                       json_array_size(members) == 1 ? "" : "s", json_array_size(members) == 1 ? "s" : "");
        return put_row(verdict, "differs", text, members, rows, err);
    }
    return put_row(verdict, "agrees", "the same bytes", members, rows, err);
}

static bool is_named(const json_t *ids, const char *id)
{
    size_t i;
    const json_t *each;

    json_array_foreach(ids, i, each)
    {
        if (strcmp(json_string_value(each), id) == 0) {
            return true;
        }
    }
    return ids == NULL;
}

static int check_ids(const json_t *ids, const json_t *verdicts, struct err *err)
{
    size_t i;
    const json_t *id;

    json_array_foreach(ids, i, id)
    {
        if (json_find(verdicts, "id", json_string_value(id)) == NULL) {
            err_set(err, ERR_NOT_FOUND, "no verdict \"%s\" in this case", json_string_value(id));
            return err_remedy(err, "without a name, all of them are computed again");
        }
    }
    return 0;
}

int assay_judge_replay(struct assay_case *kase, const json_t *ids, json_t **ret_rows, struct err *err)
{
    OWN(own_json) json_t *verdicts = assay_case_entries(kase, "verdict", err);
    OWN(own_json) json_t *rows = json_array();
    OWN(own_replay) struct replay replay = {.kase = kase, .verdicts = verdicts, .size = -1};
    size_t i;
    json_t *verdict;

    if (verdicts == NULL || rows == NULL) {
        return verdicts == NULL ? -1 : err_no_memory(err);
    }
    TRY(check_ids(ids, verdicts, err));
    json_array_foreach(verdicts, i, verdict)
    {
        if (is_named(ids, json_text(verdict, "id", "?"))) {
            TRY(replay_one(&replay, verdict, rows, err));
        }
    }
    *ret_rows = json_incref(rows);
    return 0;
}

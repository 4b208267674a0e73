/* Custody: an exhibit changed hands. The chain begins with who keeps it by its own entry; whoever hands it on without having had it
 * by the chain leaves a gap, which is recorded and not argued away. */
#include "base/hash.h"
#include "base/json.h"
#include "base/mask.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"

#include "base/banned.h"

static int check_party(const json_t *model, const char *option, const char *id, struct err *err)
{
    if (id != NULL && json_find(json_object_get(model, "parties"), "id", id) != NULL) {
        return 0;
    }
    err_set(err, ERR_USAGE, "--%s: no party \"%s\" in this case", option, id != NULL ? id : "");
    return err_remedy(err, "record it first with assay state, or give the id of one of its parties");
}

const char *assay_custody_holder(const json_t *model, const json_t *exhibit)
{
    const json_t *list = json_object_get(model, "custody");
    const char *id = json_text(exhibit, "id", "");
    const char *holder = json_text(exhibit, "keeper", json_text(exhibit, "owner", NULL));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (strcmp(json_text(one, "evidence", ""), id) == 0 && strcmp(json_text(one, "act", ""), "hand-in") == 0) {
            holder = json_text(one, "to", holder);
        }
    }
    return holder;
}

static int put_digest(json_t *entry, const json_t *exhibit, const struct assay_custody *custody)
{
    const char *recorded = json_text(exhibit, "sha256", "");
    if (custody->digest == NULL || custody->digest[0] == '\0') {
        return 0;
    }
    int failed = json_object_set_new(entry, "digest", json_string(custody->digest));
    bool is_same = strcmp(recorded, custody->digest) == 0;
    bool tells = is_same || json_int(exhibit, "unread", 0) == 0; /* what was unread then may be what differs */
    if (failed == 0 && recorded[0] != '\0' && tells) {
        failed = json_object_set_new(entry, "same", json_boolean(is_same));
    }
    return failed;
}

static json_t *make_entry(const json_t *model, const json_t *exhibit, const struct assay_custody *custody, int64_t at,
                          struct str how)
{
    char when[TIME_TEXT];
    const char *holder = assay_custody_holder(model, exhibit);
    bool has_gap = holder != NULL && strcmp(holder, custody->from) != 0;
    time_rfc3339(when, at);
    json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s*}", "type", "custody", "act", "hand-in",
                              "evidence", custody->exhibit, "from", custody->from, "to", custody->to, "at", when, "how",
                              json_stringn(how.len != 0 ? how.data : "", how.len), "gap", has_gap ? holder : NULL);
    if (entry != NULL && put_digest(entry, exhibit, custody) != 0) {
        json_decref(entry);
        return NULL;
    }
    return entry;
}

int assay_case_custody(struct assay_case *kase, const struct assay_custody *custody, json_t **ret_entry,
                       struct err *err)
{
    OWN(own_buf) struct buf how = {.max = 4096};
    TRY(case_may_write(kase, err));
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    if (model == NULL) {
        return -1;
    }
    const json_t *exhibit = json_find(json_object_get(model, "evidence"), "id", custody->exhibit);
    if (exhibit == NULL) {
        err_set(err, ERR_USAGE, "no exhibit \"%s\" in this case", custody->exhibit);
        return err_remedy(err, "exhibits are named by the examinations that read them, as E01; the report lists them");
    }
    TRY(check_party(model, "from", custody->from, err));
    TRY(check_party(model, "to", custody->to, err));
    int64_t at = custody->at != NULL ? time_parse(str_of(custody->at)) : TIME_NONE;
    if (at == TIME_NONE) {
        err_set(err, ERR_USAGE, "--at: \"%s\" is no time", custody->at != NULL ? custody->at : "");
        return err_remedy(err, "as 2026-03-14T21:47:09Z, or a date");
    }
    mask_text(&how, str_of(custody->how != NULL ? custody->how : ""));
    TRY(buf_check(&how, err));
    OWN(own_json) json_t *entry = make_entry(model, exhibit, custody, at, buf_str(&how));
    OWN(own_json) json_t *batch = entry != NULL ? json_pack("[O]", entry) : NULL;
    if (batch == NULL) {
        return err_set(err, ERR_FORMAT, "--how is not UTF-8");
    }
    TRY(assay_case_append(kase, batch, err));
    *ret_entry = json_incref(entry);
    return 0;
}

/* Whose word a statement is: its party's, unless the account or the channel was in other hands when it was made. */
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"

#include "base/banned.h"

static int64_t time_of(const json_t *object, const char *key)
{
    return time_parse(str_of(json_text(object, key, "")));
}

/* A statement without a time cannot be told from one within the span. */
static bool lies_within(const json_t *span, int64_t said)
{
    int64_t from = time_of(span, "from"), to = time_of(span, "to");
    return said == TIME_NONE || ((from == TIME_NONE || said >= from) && (to == TIME_NONE || said <= to));
}

bool assay_case_is_hijacked(const json_t *model, const json_t *statement, int64_t *ret_since)
{
    const json_t *party = json_find(json_object_get(model, "parties"), "id", json_text(statement, "party", ""));
    const json_t *whole = json_object_get(party, "compromised"),
                 *channels = json_object_get(party, "compromised_channels");
    int64_t said = time_of(statement, "said");
    if (json_is_object(whole) && lies_within(whole, said)) {
        if (ret_since != NULL) {
            *ret_since = time_of(whole, "from");
        }
        return true;
    }
    for (size_t i = 0; i < json_array_size(channels); i++) {
        const json_t *span = json_array_get(channels, i);
        struct str channel = str_of(json_text(span, "channel", ""));
        bool is_through = channel.len > 0 && str_eq_nocase(channel, str_of(json_text(statement, "channel", "")));
        if (is_through && lies_within(span, said)) {
            if (ret_since != NULL) {
                *ret_since = time_of(span, "from");
            }
            return true;
        }
    }
    return false;
}

enum assay_voice assay_case_voice(const json_t *model, const json_t *statement)
{
    const char *act = json_text(statement, "act", "");
    if (assay_case_is_hijacked(model, statement, NULL)) {
        return ASSAY_VOICE_UNKNOWN;
    }
    if (strcmp(act, "asserts") == 0) {
        return ASSAY_VOICE_ASSERTS;
    }
    if (strcmp(act, "denies") == 0 || strcmp(act, "retracts") == 0 ||
        json_is_object(json_object_get(statement, "notice"))) {
        return ASSAY_VOICE_DENIES;
    }
    return ASSAY_VOICE_REPORTS;
}

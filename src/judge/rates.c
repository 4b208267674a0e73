/* The error-rate document (docs/error-rates.md) as the calculus reads it. Counts that are missing, absurd or of
 * nothing are no measurement: then there is no ratio. */
#include "base/json.h"
#include "judge/inside.h"

#include "base/banned.h"

const json_t *rates_entry(const json_t *rates, const char *engine, const char *name)
{
    return json_object_get(json_object_get(json_object_get(rates, engine), "classes"), name);
}

bool rates_counts(const json_t *value, struct rate *ret)
{
    const json_t *k = json_array_get(value, 0), *n = json_array_get(value, 1);

    if (!json_is_integer(k) || !json_is_integer(n) || json_array_size(value) != 2) {
        return false;
    }
    if (json_integer_value(k) < 0 || json_integer_value(n) < 1 || json_integer_value(k) > json_integer_value(n)) {
        return false;
    }
    *ret = (struct rate){(uint64_t)json_integer_value(k), (uint64_t)json_integer_value(n)};
    return true;
}

bool rates_read(const json_t *entry, const char *each, const char *whole, struct item *item)
{
    item->unit_count = 2;
    return rates_counts(json_object_get(entry, "recall"), &item->recall) &&
           rates_counts(json_object_get(entry, each), &item->units[0].false_alarms) &&
           rates_counts(json_object_get(entry, whole), &item->units[1].false_alarms);
}

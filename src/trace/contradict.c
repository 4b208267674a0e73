/* How a sign is told, and blocks of lines that occur twice. */
#include "trace/contradict.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

json_t *place_json(const struct run *run, const struct place *place)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(run->sources.all[place->source].path));
    record_count(&record, "line", place->line);
    record_count(&record, "offset", place->offset);
    if (record.is_failed) {
        json_decref(record.body);
        record.body = NULL;
    }
    return record.body;
}

int doubt_add(struct telling *telling, const char *what, const char *detail, const char *source, enum log_kind of,
              int64_t from, int64_t to)
{
    json_t *doubt = json_pack("{s:s, s:s*, s:s*, s:i}", "what", what, "kind", detail, "source", source, "of", (int)of);
    if (doubt != NULL && from != INT64_MIN) {
        json_object_set_new(doubt, "from_s", json_integer(from));
    }
    if (doubt != NULL && to != INT64_MAX) {
        json_object_set_new(doubt, "to_s", json_integer(to));
    }
    return doubt == NULL || json_array_append_new(telling->doubts, doubt) != 0
               ? err_set(telling->err, ERR_LIMIT, "no memory for a doubt")
               : 0;
}

int sign_tell(struct telling *telling, const struct sign *sign)
{
    struct record record = record_new();
    record_set(&record, "class", json_string("contradiction"));
    record_set(&record, "what", json_string(sign->kind));
    record_text_or_null(&record, "source", str_of(sign->source));
    record_count(&record, "count", sign->count);
    record_set(&record, "base_rate",
               sign->base < 0 ? json_null() : json_real((double)(int64_t)(sign->base * 1e4 + .5) / 1e4));
    record_set(&record, "base_of", sign->base_of == NULL ? json_null() : json_string(sign->base_of));
    record_time(&record, "from", sign->from);
    record_time(&record, "to", sign->to);
    record_set(&record, "examples", sign->examples == NULL ? json_array() : sign->examples);
    record_text(&record, "says", str_of(sign->says));
    record_text(&record, "innocent", str_of(sign->innocent));
    telling->contradictions++;
    TRY(doubt_add(telling, "contradiction", sign->kind, sign->source, sign->of, sign->from, sign->to));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

/* ---- duplicates ---- */

static int tell_repeat(struct telling *telling, const struct repeat *repeat)
{
    const struct run *run = telling->run;
    const struct source *first = &run->sources.all[repeat->first.source],
                        *again = &run->sources.all[repeat->again.source];
    struct record record = record_new();
    record_set(&record, "class", json_string("duplicate"));
    record_set(&record, "what",
               json_string(first == again             ? "in one file"
                           : first->set == again->set ? "in one set"
                                                      : "in two logs"));
    record_text(&record, "source", str_of(again->path));
    record_count(&record, "line", repeat->again.line);
    record_count(&record, "offset", repeat->again.offset);
    record_count(&record, "lines", repeat->lines);
    record_count(&record, "bytes", repeat->bytes);
    record_time(&record, "from", repeat->from);
    record_time(&record, "to", repeat->to);
    record_set(&record, "of", place_json(run, &repeat->first));
    record_count(&record, "sampled_one_in", run->watched->sampled);
    record_set(&record, "innocent",
               json_string(first->set == again->set
                               ? "a log that was shipped or put together twice; both copies are counted in all totals"
                               : "a server that writes the same requests to two logs; both are counted in all totals"));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

int tell_duplicates(struct telling *telling)
{
    const struct watched *watched = telling->run->watched;
    for (size_t i = 0; i < watched->repeat_count; i++) {
        TRY(tell_repeat(telling, &watched->repeats[i]));
    }
    return 0;
}

int tell_contradictions(struct telling *telling)
{
    TRY(tell_referers(telling));
    TRY(tell_complaints(telling));
    TRY(tell_silence(telling));
    TRY(tell_sessions(telling));
    TRY(tell_order(telling));
    TRY(tell_visits(telling));
    TRY(tell_tools(telling));
    TRY(tell_written(telling));
    TRY(tell_file_times(telling));
    return tell_work(telling);
}

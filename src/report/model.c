/* The case as the page reads it. Every member may be absent or of another type: then it reads as nothing. */
#include "report/model.h"

#include <math.h>
#include <stdlib.h>

#include "assay/case.h"
#include "base/str.h"
#include "report/events.h"
#include "report/sieve.h"

#include "base/banned.h"

enum { ENTRIES_MAX = 20000 };

struct str model_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)}
                                 : (struct str){"", 0};
}

struct str model_text_at(const json_t *array, size_t index)
{
    const json_t *value = json_array_get(array, index);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)}
                                 : (struct str){"", 0};
}

const json_t *model_array(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

const json_t *model_object(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_object(value) ? value : NULL;
}

int64_t model_time(const json_t *object, const char *key)
{
    return time_parse(model_text(object, key));
}

bool model_has_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) && isfinite(json_number_value(value));
}

uint64_t model_count(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) && json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
}

int64_t model_span(const json_t *object, const char *key)
{
    uint64_t seconds = model_count(object, key), most = INT64_MAX / 2 / NS_PER_S;
    return (int64_t)(seconds < most ? seconds : most) * NS_PER_S;
}

struct str model_uri(struct str uri, struct str *ret_user, struct str *ret_address)
{
    size_t scheme = str_find(uri, STR("://"), 0), begin = scheme == SIZE_MAX ? 0 : scheme + 3, end = begin, at = 0;
    *ret_user = (struct str){"", 0};
    while (scheme != SIZE_MAX && end < uri.len && uri.data[end] != '/' && uri.data[end] != '?') {
        at = uri.data[end] == '@' ? end : at;
        end++;
    }
    if (at >= begin && at > 0) {
        *ret_user = str_cut(str_slice(uri, begin, at), ':').head;
    }
    *ret_address = str_slice(uri, at > 0 ? at + 1 : begin, uri.len);
    return str_slice(uri, 0, begin);
}

const json_t *model_find(const json_t *array, struct str id)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *entry = json_array_get(array, i);
        if (id.len > 0 && str_eq(model_text(entry, "id"), id)) {
            return entry;
        }
    }
    return NULL;
}

struct str model_party(const struct model *model, struct str id)
{
    struct str name = model_text(model_find(model->parties, id), "name");
    return name.len > 0 ? name : id;
}

enum direction model_direction(const json_t *verdict)
{
    struct str word = model_text(verdict, "direction");
    if (verdict == NULL) {
        return NOT_JUDGED;
    }
    if (str_eq(word, STR("supported"))) {
        return SUPPORTED;
    }
    return str_eq(word, STR("refuted")) ? REFUTED : UNDETERMINED;
}

double model_standard(const json_t *claim)
{
    const json_t *value = json_object_get(claim, "standard");
    double standard = json_is_number(value) ? json_number_value(value) : 100;
    return isfinite(standard) && standard > 1 ? fmin(log10(standard), 6) : 2;
}

const json_t *model_verdict(const struct model *model, struct str claim_id)
{
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        if (str_eq(model_text(json_array_get(model->claims, i), "id"), claim_id)) {
            return model->verdicts[i];
        }
    }
    return NULL;
}

bool model_is_hijacked(const struct model *model, const json_t *statement, int64_t *ret_since)
{
    return assay_case_is_hijacked(model->root, statement, ret_since);
}

enum voice model_voice(const struct model *model, const json_t *statement)
{
    static const enum voice voices[] = {[ASSAY_VOICE_ASSERTS] = VOICE_ASSERTS,
                                        [ASSAY_VOICE_DENIES] = VOICE_DENIES,
                                        [ASSAY_VOICE_UNKNOWN] = VOICE_UNKNOWN,
                                        [ASSAY_VOICE_REPORTS] = VOICE_REPORTS};
    return voices[assay_case_voice(model->root, statement)];
}

bool model_is_notice(const json_t *statement)
{
    return model_object(statement, "notice") != NULL;
}

static struct str last_part(struct str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.data[i - 1] == '/') {
            return str_slice(path, i, path.len);
        }
    }
    return path;
}

/* "logs" and "logs.zip" hold "logs/access.log" and "logs.zip!access.log". */
static bool lies_in(struct str source, struct str name)
{
    return name.len > 0 && source.len > name.len && str_starts(source, name) &&
           (source.data[name.len] == '/' || source.data[name.len] == '!' || name.data[name.len - 1] == '/');
}

static bool names_same(struct str name, struct str source, int rule)
{
    switch (rule) {
    case 0:
        return str_eq(name, source);
    case 1:
        return lies_in(source, name);
    default:
        return name.len > 0 && str_eq(last_part(name), last_part(source));
    }
}

struct str model_exhibit(const struct model *model, const json_t *exam, struct str source)
{
    const json_t *ids = model_array(exam, "evidence");
    const struct places *places = model->places;
    size_t exams = json_array_size(model->exams), at = 0;
    while (at < exams && places[at].exam != exam) {
        at++;
    }
    for (int rule = 0; at < exams && source.len > 0 && rule < 3; rule++) {
        for (size_t i = 0; i < places[at].count; i++) {
            if (names_same(places[at].names[i], source, rule)) {
                return places[at].ids[i];
            }
        }
    }
    return source.len == 0 || json_array_size(ids) == 1 ? model_text_at(ids, 0) : (struct str){"", 0};
}

bool model_is_engine(const json_t *exam, const char *engine)
{
    return str_eq(model_text(exam, "engine"), str_of(engine));
}

const json_t *model_record(const json_t *wrapped, const char *type)
{
    return str_eq(model_text(wrapped, "type"), str_of(type)) ? model_object(wrapped, "record") : NULL;
}

const json_t *model_summary(const json_t *exam)
{
    const json_t *records = model_array(exam, "records");
    for (size_t i = json_array_size(records); i > 0; i--) {
        const json_t *record = model_record(json_array_get(records, i - 1), "summary");
        if (record != NULL) {
            return record;
        }
    }
    return NULL;
}

const json_t *model_checkpoint(const struct model *model)
{
    const json_t *list = model_array(model->ledger, "checkpoints");
    return json_array_get(list, json_array_size(list) - 1);
}

const json_t *model_item_exhibits(const struct model *model, const json_t *item)
{
    const json_t *own = model_array(item, "evidence");
    if (own != NULL) {
        return own;
    }
    struct str exam_id = json_is_string(item) ? (struct str){json_string_value(item), json_string_length(item)}
                                              : model_text(item, "examination");
    return model_array(model_find(model->exams, exam_id), "evidence");
}

/* Records are numbered as they came ("X02/37"): the place is guessed first. */
static const json_t *record_of(const json_t *exam, struct str id)
{
    const json_t *records = model_array(exam, "records");
    uint64_t number = 0;
    if (str_u64(str_cut(id, '/').tail, &number) && number > 0) {
        const json_t *guess = json_array_get(records, (size_t)number - 1);
        if (str_eq(model_text(guess, "id"), id)) {
            return model_object(guess, "record");
        }
    }
    return model_object(model_find(records, id), "record");
}

bool model_item_rests_on(const struct model *model, const json_t *item, struct str exhibit)
{
    const json_t *ids = model_item_exhibits(model, item), *records = model_array(item, "records");
    const json_t *exam = model_find(model->exams, model_text(item, "examination"));
    bool is_of = false, is_placed = false;
    for (size_t i = 0; !is_of && i < json_array_size(ids); i++) {
        is_of = str_eq(model_text_at(ids, i), exhibit);
    }
    for (size_t i = 0; is_of && json_array_size(ids) > 1 && i < json_array_size(records); i++) {
        struct str source = model_text(record_of(exam, model_text_at(records, i)), "source");
        struct str lies_in_exhibit = source.len > 0 ? model_exhibit(model, exam, source) : source;
        if (str_eq(lies_in_exhibit, exhibit) && exhibit.len > 0) {
            return true;
        }
        is_placed = is_placed || lies_in_exhibit.len > 0;
    }
    return is_of && !is_placed; /* no record says where it comes from: all are meant */
}

/* ---- reading ---- */

static size_t count_records(const json_t *exams)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(exams); i++) {
        count += json_array_size(model_array(json_array_get(exams, i), "records"));
    }
    return count;
}

static int read_places(struct model *model, struct err *err)
{
    size_t exams = json_array_size(model->exams);
    model->places = ARENA_NEW(&model->arena, struct places, exams + 1, err);
    for (size_t i = 0; model->places != NULL && i < exams; i++) {
        struct places *places = &model->places[i];
        const json_t *ids;
        places->exam = json_array_get(model->exams, i);
        ids = model_array(places->exam, "evidence");
        places->ids = ARENA_NEW(&model->arena, struct str, json_array_size(ids) + 1, err);
        places->names = ARENA_NEW(&model->arena, struct str, json_array_size(ids) + 1, err);
        if (places->ids == NULL || places->names == NULL) {
            return -1;
        }
        for (; places->count < json_array_size(ids) && places->count < ENTRIES_MAX; places->count++) {
            places->ids[places->count] = model_text_at(ids, places->count);
            places->names[places->count] = model_text(model_find(model->evidence, places->ids[places->count]), "name");
        }
    }
    return model->places == NULL ? -1 : 0;
}

static int read_told(struct model *model, struct err *err)
{
    model->told = ARENA_NEW(&model->arena, struct told, count_records(model->exams) + 1, err);
    for (size_t i = 0; model->told != NULL && i < json_array_size(model->exams); i++) {
        const json_t *exam = json_array_get(model->exams, i);
        const json_t *records = model_is_engine(exam, "trace") ? model_array(exam, "records") : NULL;
        for (size_t r = 0; r < json_array_size(records); r++) {
            const json_t *wrapped = json_array_get(records, r), *record = model_record(wrapped, "coverage");
            struct str source = model_text(record, "source");
            if (!str_eq(model_text(wrapped, "type"), STR("event"))) {
                model->told[model->told_count++] = (struct told){
                    wrapped, exam, source.len > 0 ? model_exhibit(model, exam, source) : (struct str){"", 0}};
            }
        }
    }
    return model->told == NULL ? -1 : 0;
}

static int read_verdicts(struct model *model, const json_t *verdicts, struct err *err)
{
    size_t claims = json_array_size(model->claims);
    model->verdicts = ARENA_NEW(&model->arena, const json_t *, claims + 1, err);
    if (model->verdicts == NULL) {
        return -1;
    }
    for (size_t c = 0; c < claims; c++) {
        struct str id = model_text(json_array_get(model->claims, c), "id");
        for (size_t v = 0; id.len > 0 && v < json_array_size(verdicts); v++) {
            const json_t *verdict = json_array_get(verdicts, v);
            if (str_eq(model_text(verdict, "claim"), id)) {
                model->verdicts[c] = verdict;
            }
        }
    }
    return 0;
}

static int by_said(const void *left, const void *right)
{
    const json_t *const *a = left, *const *b = right;
    int64_t time_a = model_time(*a, "said"), time_b = model_time(*b, "said");
    if (time_a != time_b) {
        return time_a < time_b ? -1 : 1;
    }
    uint64_t n_a = model_count(*a, "n"), n_b = model_count(*b, "n");
    return n_a < n_b ? -1 : n_a > n_b;
}

static int read_statements(struct model *model, struct err *err)
{
    size_t count = json_array_size(model->statements);
    model->said = ARENA_NEW(&model->arena, const json_t *, count + 1, err);
    if (model->said == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        model->said[model->said_count++] = json_array_get(model->statements, i);
    }
    qsort(model->said, model->said_count, sizeof(model->said[0]), by_said);
    return 0;
}

/* What the statements come to, counted where they are read. */
static int read_said(struct model *model, struct err *err)
{
    json_t *roots = assay_case_roots(model->root, err);
    json_t *clocks =
        roots != NULL ? assay_case_clocks(model->root, model_object(model->root, "duties"), model->now, err) : NULL;
    model->roots = roots;
    model->clocks = clocks;
    return clocks != NULL ? 0 : -1;
}

static int check_shape(const json_t *root, struct err *err)
{
    static const char *const lists[] = {"parties",      "statements", "claims", "evidence",
                                        "examinations", "verdicts",   "custody"};
    if (!json_is_object(root) || !json_is_object(json_object_get(root, "case"))) {
        return err_set(err, ERR_FORMAT, "report: the model has no case");
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const json_t *list = json_object_get(root, lists[i]);
        if (list != NULL && !json_is_array(list)) {
            return err_set(err, ERR_FORMAT, "report: %s is not a list", lists[i]);
        }
        if (json_array_size(list) > ENTRIES_MAX) {
            return err_set(err, ERR_LIMIT, "report: more than %d %s", (int)ENTRIES_MAX, lists[i]);
        }
    }
    return 0;
}

static int read_all(struct model *model, json_t *root, struct assay_records *records, struct err *err)
{
    TRY(read_verdicts(model, model_array(root, "verdicts"), err));
    TRY(read_statements(model, err));
    TRY(events_read(model, records, err));
    TRY(records != NULL ? report_sift(model, root, records, err) : 0);
    TRY(read_places(model, err));
    TRY(read_told(model, err));
    return read_said(model, err);
}

int model_read(json_t *root, struct assay_records *records, int64_t now, struct model *ret_model, struct err *err)
{
    TRY(check_shape(root, err));
    *ret_model = (struct model){
        .root = root,
        .kase = json_object_get(root, "case"),
        .parties = model_array(root, "parties"),
        .statements = model_array(root, "statements"),
        .claims = model_array(root, "claims"),
        .evidence = model_array(root, "evidence"),
        .exams = model_array(root, "examinations"),
        .custody = model_array(root, "custody"),
        .confirmations = model_array(root, "confirmations"),
        .ledger = model_object(root, "ledger"),
        .rates = model_object(root, "rates"),
        .now = now,
    };
    arena_init(&ret_model->arena, 0);
    if (read_all(ret_model, root, records, err) != 0) {
        model_clear(ret_model);
        return -1;
    }
    return 0;
}

void model_clear(struct model *model)
{
    events_clear(model);
    arena_clear(&model->arena);
    json_decref(model->roots);
    json_decref(model->clocks);
}

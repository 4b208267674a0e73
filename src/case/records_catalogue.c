/* The catalogue of records, made in the one pass over a ledger that reads everything else into a model. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/records.h"

#include "base/banned.h"

void *records_room(void *array, size_t count, size_t bytes)
{
    return (count & (count - 1)) == 0 ? reallocarray(array, count != 0 ? 2 * count : 1, bytes) : array;
}

/* A pass over one ledger. */
struct scan {
    struct assay_records *records;
    uint32_t source;
    size_t last; /* the examination of the line before */
    char last_id[ID_MAX_BYTES + 1];
};

/* The rows of an examination, made if there are none yet. */
static struct rows *rows_of(struct scan *scan, struct str examination, struct err *err)
{
    struct assay_records *records = scan->records;
    char id[RECORD_NAME];
    if (records->exam_count != 0 && str_eq(str_of(scan->last_id), examination)) {
        return &records->exams[scan->last];
    }
    records_full_id(id, records_alias(records, scan->source), examination);
    const json_t *number = json_object_get(records->numbers, id);
    scan->last = number != NULL ? (size_t)json_integer_value(number) : records->exam_count;
    if (number == NULL) {
        struct rows *exams = records_room(records->exams, records->exam_count, sizeof *exams);
        records->exams = exams != NULL ? exams : records->exams;
        if (exams == NULL ||
            json_object_set_new(records->numbers, id, json_integer((json_int_t)records->exam_count)) != 0) {
            err_no_memory(err);
            return NULL;
        }
        records->exams[records->exam_count++] = (struct rows){.count = 0};
    }
    (void)snprintf(scan->last_id, sizeof scan->last_id, "%.*s", STR_FMT(examination));
    return &records->exams[scan->last];
}

static int add_row(struct scan *scan, const struct line *line, const struct envelope *envelope, unsigned kind,
                   struct err *err)
{
    struct rows *rows = rows_of(scan, envelope->examination, err);
    if (rows == NULL) {
        return -1;
    }
    if (rows->count == rows->room) {
        size_t room = rows->room + rows->room / 2 + 64;
        struct row *grown = reallocarray(rows->of, room, sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        rows->of = grown;
        rows->room = room;
    }
    rows->of[rows->count++] = (struct row){
        .id_hash = str_hash(envelope->id),
        .at = (line->offset + (uint64_t)(envelope->id.data - line->text.data)) & UINT64_C(0xfffffffffffff),
        .id_bytes = envelope->id.len & 0x1ff,
        .kind = kind & 7,
        .source = scan->source,
        .gap = (uint16_t)(envelope->record.data - envelope->id.data - (ptrdiff_t)envelope->id.len),
        .bytes = (uint16_t)envelope->record.len,
    };
    return 0;
}

static int add_turn(struct scan *scan, const struct envelope *envelope, struct err *err)
{
    struct assay_records *records = scan->records;
    struct turn *turns = records_room(records->turns, records->turn_count, sizeof *turns);
    if (turns == NULL) {
        return err_no_memory(err);
    }
    records->turns = turns;
    struct turn *turn = &turns[records->turn_count++];
    *turn =
        (struct turn){.id_hash = str_hash(envelope->supersedes), .is_same = str_eq(envelope->supersedes, envelope->id)};
    (void)snprintf(turn->id, sizeof turn->id, "%.*s", STR_FMT(envelope->supersedes));
    return 0;
}

/* 1: a record, which the catalogue has now; 0: something that the model has, too; -1: err. */
static int catalogue_line(struct scan *scan, const struct line *line, struct err *err)
{
    struct envelope envelope;
    char type[16];
    if (canon_read(&envelope, line->text) != NULL) {
        return 0; /* whoever reads it as an entry says what is wrong */
    }
    if (envelope.supersedes.len != 0) {
        TRY(add_turn(scan, &envelope, err));
    }
    (void)snprintf(type, sizeof type, "%.*s", STR_FMT(envelope.type));
    int kind = envelope.examination.len != 0 && envelope.record.len != 0 ? assay_kind_of(type) : -1;
    if (kind < 0) {
        return 0;
    }
    TRY(add_row(scan, line, &envelope, (unsigned)kind, err));
    return kind == ASSAY_SUMMARY ? 0 : 1;
}

static int begin_source(struct scan *scan, struct assay_records *records, const json_t *entry, struct err *err)
{
    struct source *sources = records_room(records->sources, records->source_count, sizeof *sources);
    if (sources == NULL) {
        return err_no_memory(err);
    }
    records->sources = sources;
    records->sources[records->source_count] = (struct source){json_incref((json_t *)(uintptr_t)entry)};
    *scan = (struct scan){.records = records, .source = (uint32_t)records->source_count++};
    return 0;
}

/* ---- the lean model ---- */

/* A ledger that is read: of the case itself, or a merged one. */
struct ledger {
    struct scan scan;
    struct assay_case *kase;
    const struct merged *merged; /* NULL: its own */
    uint64_t size;
    case_visit *visit;
    void *self;
};

static int take_line(void *self, const struct line *line, struct err *err)
{
    struct ledger *ledger = self;
    int is_record = catalogue_line(&ledger->scan, line, err);
    if (is_record != 0) {
        return is_record < 0 ? -1 : 0;
    }
    OWN(own_json) json_t *entry = json_read(line->text, err);
    return entry != NULL ? ledger->visit(ledger->self, entry, err) : -1;
}

static int each_own(struct ledger *ledger, struct err *err)
{
    struct assay_case *kase = ledger->kase;
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, kase->ledger, 0, err));
    for (uint64_t n = 0; n < ledger->size; n++) {
        struct line line;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "%s: ledger.jsonl: shrank while it was read", kase->path);
        }
        if (take_line(ledger, &line, err) != 0) {
            return err_where(err, "ledger.jsonl:%llu", (unsigned long long)n + 1);
        }
    }
    return 0;
}

/* As case_source, but that records go into the catalogue. */
static int each_entry(const void *from, const char *const *types, case_visit *visit, void *self, struct err *err)
{
    struct ledger *ledger = *(struct ledger *const *)from;
    (void)types;
    ledger->visit = visit;
    ledger->self = self;
    return ledger->merged != NULL ? merged_lines(ledger->merged, take_line, ledger, err) : each_own(ledger, err);
}

static json_t *add_ledger(struct assay_records *records, struct ledger *ledger, const json_t *entry, struct err *err)
{
    size_t exam = records->exam_count;
    if (begin_source(&ledger->scan, records, entry, err) != 0) {
        return NULL;
    }
    OWN(own_json) json_t *model = case_model_from(each_entry, &ledger, NULL, err);
    return model != NULL && records_settle(records, exam, err) == 0 ? json_incref(model) : NULL;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;
    return (*a > *b) - (*a < *b);
}

/* What the records of the examinations from `exam` on are called. */
static int name_rows(const struct assay_records *records, size_t exam, struct record_names *ret_names, struct err *err)
{
    size_t count = 0;
    for (size_t e = exam; e < records->exam_count; e++) {
        count += records->exams[e].count;
    }
    ret_names->of = calloc(count + 1, sizeof *ret_names->of);
    if (ret_names->of == NULL) {
        return err_no_memory(err);
    }
    for (size_t e = exam; e < records->exam_count; e++) {
        for (size_t i = 0; i < records->exams[e].count; i++) {
            const struct row *row = &records->exams[e].of[i];
            ret_names->of[ret_names->count] = row->id_hash;
            ret_names->count += row->kind != GONE;
        }
    }
    qsort(ret_names->of, ret_names->count, sizeof *ret_names->of, by_number);
    return 0;
}

void own_record_names(struct record_names *names)
{
    free(names->of);
}

bool record_names_have(const struct record_names *names, struct str id)
{
    uint64_t hash = str_hash(id);
    return names->count != 0 && bsearch(&hash, names->of, names->count, sizeof hash, by_number) != NULL;
}

json_t *records_of_merged(struct assay_records *records, const struct merged *merged, const json_t *entry,
                          struct record_names *ret_names, struct err *err)
{
    struct ledger ledger = {.merged = merged};
    size_t exam = records->exam_count;
    OWN(own_json) json_t *model = add_ledger(records, &ledger, entry, err);
    return model != NULL && name_rows(records, exam, ret_names, err) == 0 ? json_incref(model) : NULL;
}

int assay_case_lean(struct assay_case *kase, uint64_t size, json_t **ret_model, struct assay_records **ret_records,
                    struct err *err)
{
    struct err unheard;
    struct ledger ledger = {.kase = kase, .size = size};
    OWN(own_assay_records) struct assay_records *records = calloc(1, sizeof *records);
    err = err != NULL ? err : &unheard;
    TRY(case_has_state(kase, size, err));
    if (records == NULL) {
        return err_no_memory(err);
    }
    records->kase = kase;
    records->fd = -1;
    records->numbers = json_object();
    if (records->numbers == NULL) {
        return err_no_memory(err);
    }
    OWN(own_json) json_t *model = add_ledger(records, &ledger, NULL, err);
    if (model == NULL || case_put_around(kase, model, NULL, records, err) != 0) {
        return err_where(err, "%s", kase->path);
    }
    *ret_model = json_incref(model);
    *ret_records = records;
    records = NULL;
    return 0;
}

uint64_t assay_case_size(const struct assay_case *kase)
{
    return kase->tree.size;
}

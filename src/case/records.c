/* Records where they lie: a catalogue of where each begins, made in the one pass that reads everything else.
 *
 * A whole model takes 3.5 kB of memory a record; a row of the catalogue takes 24 bytes. The order is that of a whole model: examinations as the
 * model has them, and in each its records as they were first named. Corrections of records are rare, so they are sorted out at the end. */
#include "assay/case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/merge.h"

#include "base/banned.h"

enum { WINDOW_BYTES = 256 << 10, GONE = 7 }; /* GONE: the kind of a row that no longer stands */

_Static_assert((int)WINDOW_BYTES > (int)ENTRY_MAX_BYTES, "a line fits the window whole");

/* Where an id and the record behind it stand in the file of the source; in canonical JSON an id comes first. */
struct row {
    uint64_t id_hash;
    uint64_t at : 52, id_bytes : 9, kind : 3;
    uint32_t source;
    uint16_t gap, bytes; /* between id and record; of the record */
};

struct rows {
    struct row *of;
    size_t count, room;
};

/* The ledger of the case itself (NULL), or the entry that merged another. Their bundles are opened one at a time. */
struct source {
    json_t *entry;
};

/* An entry that takes the place of an earlier one of its ledger. */
struct turn {
    uint64_t id_hash; /* of what it supersedes */
    char id[ID_MAX_BYTES + 1];
    bool is_same; /* a correction under the same id; else that id no longer stands */
};

struct assay_records {
    struct assay_case *kase;
    struct source *sources;
    size_t source_count;
    json_t *numbers; /* examination -> index of exams */
    struct rows *exams;
    size_t exam_count;
    struct turn *turns;
    size_t turn_count;
    int fd;      /* of the merged ledger that was read last, or -1 */
    size_t open; /* which source that is */
    struct {     /* what was read last of a source */
        char *data;
        size_t source;
        uint64_t from;
        size_t len;
    } window;
};

void assay_records_free(struct assay_records *records)
{
    if (records == NULL) {
        return;
    }
    for (size_t i = 0; i < records->source_count; i++) {
        json_decref(records->sources[i].entry);
    }
    own_fd(&records->fd);
    for (size_t i = 0; i < records->exam_count; i++) {
        free(records->exams[i].of);
    }
    json_decref(records->numbers);
    free(records->sources);
    free(records->exams);
    free(records->turns);
    free(records->window.data);
    free(records);
}

void own_assay_records(struct assay_records **records)
{
    assay_records_free(*records);
}

/* Room for one more of an array that doubles at powers of two. */
static void *room_for(void *array, size_t count, size_t bytes)
{
    return (count & (count - 1)) == 0 ? reallocarray(array, count != 0 ? 2 * count : 1, bytes) : array;
}

/* ---- making the catalogue ---- */

/* A pass over one ledger. */
struct scan {
    struct assay_records *records;
    uint32_t source;
    size_t last; /* the examination of the line before */
    char last_id[ID_MAX_BYTES + 1];
};

static const char *alias_of(const struct assay_records *records, size_t source)
{
    return json_text(records->sources[source].entry, "alias", NULL);
}

static void full_id(char out[static 2 * ID_MAX_BYTES + 2], const char *alias, struct str id)
{
    (void)snprintf(out, 2 * ID_MAX_BYTES + 2, "%s%s%.*s", alias != NULL ? alias : "", alias != NULL ? "/" : "",
                   STR_FMT(id));
}

/* The rows of an examination, made if there are none yet. */
static struct rows *rows_of(struct scan *scan, struct str examination, struct err *err)
{
    struct assay_records *records = scan->records;
    char id[2 * ID_MAX_BYTES + 2];
    if (records->exam_count != 0 && str_eq(str_of(scan->last_id), examination)) {
        return &records->exams[scan->last];
    }
    full_id(id, alias_of(records, scan->source), examination);
    const json_t *number = json_object_get(records->numbers, id);
    scan->last = number != NULL ? (size_t)json_integer_value(number) : records->exam_count;
    if (number == NULL) {
        struct rows *exams = room_for(records->exams, records->exam_count, sizeof *exams);
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
    struct turn *turns = room_for(records->turns, records->turn_count, sizeof *turns);
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
    struct source *sources = room_for(records->sources, records->source_count, sizeof *sources);
    if (sources == NULL) {
        return err_no_memory(err);
    }
    records->sources = sources;
    records->sources[records->source_count] = (struct source){json_incref((json_t *)(uintptr_t)entry)};
    *scan = (struct scan){.records = records, .source = (uint32_t)records->source_count++};
    return 0;
}

/* ---- reading rows ---- */

/* The file that a source lies in; -1 with err. */
static int open_source(struct assay_records *records, size_t source, struct err *err)
{
    const json_t *entry = records->sources[source].entry;
    struct merged merged;
    if (entry == NULL) {
        return records->kase->ledger;
    }
    if (records->fd < 0 || records->open != source) {
        own_fd(&records->fd);
        records->fd = -1;
        TRY(merged_open(&merged, records->kase->dir, entry, err));
        records->fd = merged.fd;
        records->open = source;
    }
    return records->fd;
}

/* Makes sure that the window holds a row. */
static int fill_window(struct assay_records *records, const struct row *row, size_t bytes, struct err *err)
{
    int fd = open_source(records, row->source, err);
    ssize_t got;
    if (fd < 0) {
        return -1;
    }
    records->window.len = 0;
    if (records->window.data == NULL && (records->window.data = malloc(WINDOW_BYTES)) == NULL) {
        return err_no_memory(err);
    }
    do {
        got = pread(fd, records->window.data, WINDOW_BYTES, (off_t)row->at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return err_set(err, ERR_IO, "ledger.jsonl: %s", strerror(errno));
    }
    if ((size_t)got < bytes) {
        return err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
    }
    records->window.source = row->source;
    records->window.from = row->at;
    records->window.len = (size_t)got;
    return 0;
}

/* Id and record of a row; good until the next call. */
static int read_row(struct assay_records *records, const struct row *row, struct str *ret_id, struct str *ret_record,
                    struct err *err)
{
    size_t bytes = (size_t)row->id_bytes + row->gap + row->bytes;
    bool is_there = records->window.len != 0 && records->window.source == row->source &&
                    row->at >= records->window.from && row->at + bytes <= records->window.from + records->window.len;
    TRY(is_there ? 0 : fill_window(records, row, bytes, err));
    const char *data = records->window.data + (row->at - records->window.from);
    *ret_id = (struct str){data, row->id_bytes};
    *ret_record = (struct str){data + row->id_bytes + row->gap, row->bytes};
    return 0;
}

/* {"id","type","record"} as a whole model has it. */
static json_t *wrapped_of(struct assay_records *records, const struct row *row, struct err *err)
{
    struct str id, record;
    char name[2 * ID_MAX_BYTES + 2];
    if (read_row(records, row, &id, &record, err) != 0) {
        return NULL;
    }
    json_t *value = json_read_canonical(record, err);
    if (value == NULL) {
        return NULL;
    }
    full_id(name, alias_of(records, row->source), id);
    json_t *wrapped =
        json_pack("{s:s, s:s, s:o}", "id", name, "type", assay_kind_name((enum assay_kind)row->kind), "record", value);
    if (wrapped == NULL) {
        err_no_memory(err);
    }
    return wrapped;
}

/* ---- corrections ---- */

/* A row whose id some turn is about. */
struct hit {
    uint64_t id_hash;
    size_t row;
};

struct hits {
    struct hit *of;
    size_t count;
};

static void own_hits(struct hits *hits)
{
    free(hits->of);
}

static int by_row(const void *left, const void *right)
{
    const struct hit *a = left;
    const struct hit *b = right;
    return a->id_hash != b->id_hash ? (a->id_hash > b->id_hash) - (a->id_hash < b->id_hash)
                                    : (a->row > b->row) - (a->row < b->row);
}

static int by_id(const void *left, const void *right)
{
    const struct turn *a = left;
    const struct turn *b = right;
    if (a->id_hash != b->id_hash) {
        return (a->id_hash > b->id_hash) - (a->id_hash < b->id_hash);
    }
    int order = strcmp(a->id, b->id);
    return order != 0 ? order : (int)a->is_same - (int)b->is_same;
}

static int by_hash(const void *left, const void *right)
{
    const struct turn *a = left;
    const struct turn *b = right;
    return (a->id_hash > b->id_hash) - (a->id_hash < b->id_hash);
}

/* The first turn about ids of this hash, NULL if there is none. */
static const struct turn *first_turn(const struct assay_records *records, uint64_t id_hash)
{
    const struct turn wanted = {.id_hash = id_hash};
    const struct turn *found = bsearch(&wanted, records->turns, records->turn_count, sizeof wanted, by_hash);
    while (found != NULL && found > records->turns && found[-1].id_hash == id_hash) {
        found--;
    }
    return found;
}

/* 1: the row has the id of this turn; 0: another; -1: err. */
static int is_about(struct assay_records *records, const struct turn *turn, const struct row *row, struct err *err)
{
    struct str id, record;
    if (row->kind == GONE) {
        return 0;
    }
    TRY(read_row(records, row, &id, &record, err));
    return str_eq(id, str_of(turn->id));
}

/* What is corrected lies where its name was first given; what no longer stands is passed over. hits: of one hash, in order. */
static int apply(struct assay_records *records, struct rows *rows, const struct turn *turn, const struct hit *hits,
                 size_t count, struct err *err)
{
    struct row *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct row *row = &rows->of[hits[i].row];
        int is_its = is_about(records, turn, row, err);
        if (is_its < 0) {
            return -1;
        }
        if (is_its == 1 && turn->is_same && first == NULL) {
            first = row;
        } else if (is_its == 1) {
            if (turn->is_same) {
                *first = *row;
            }
            row->kind = GONE;
        }
    }
    return 0;
}

static int settle_rows(struct assay_records *records, struct rows *rows, struct err *err)
{
    OWN(own_hits) struct hits hits = {.count = 0};
    for (size_t i = 0; i < rows->count; i++) {
        if (first_turn(records, rows->of[i].id_hash) == NULL) {
            continue;
        }
        struct hit *grown = room_for(hits.of, hits.count, sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        hits.of = grown;
        hits.of[hits.count++] = (struct hit){rows->of[i].id_hash, i};
    }
    if (hits.count != 0) {
        qsort(hits.of, hits.count, sizeof *hits.of, by_row);
    }
    const struct turn *end = records->turns + records->turn_count;
    for (size_t from = 0, to; from < hits.count; from = to) {
        for (to = from; to < hits.count && hits.of[to].id_hash == hits.of[from].id_hash; to++) {
        }
        const struct turn *turn = first_turn(records, hits.of[from].id_hash);
        for (; turn < end && turn->id_hash == hits.of[from].id_hash; turn++) {
            if (turn == records->turns || by_id(turn - 1, turn) != 0) {
                TRY(apply(records, rows, turn, hits.of + from, to - from, err));
            }
        }
    }
    return 0;
}

/* Sorts out what entries of one ledger superseded, among the examinations from `exam` on, which are that ledger's. */
static int settle(struct assay_records *records, size_t exam, struct err *err)
{
    if (records->turn_count != 0) {
        qsort(records->turns, records->turn_count, sizeof *records->turns, by_id);
    }
    for (; records->turn_count != 0 && exam < records->exam_count; exam++) {
        TRY(settle_rows(records, &records->exams[exam], err));
    }
    records->turn_count = 0;
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
    return model != NULL && settle(records, exam, err) == 0 ? json_incref(model) : NULL;
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

/* ---- reading them ---- */

static struct rows *rows_by_id(const struct assay_records *records, const json_t *examination)
{
    const json_t *number = json_object_get(records->numbers, json_text(examination, "id", ""));
    return number != NULL ? &records->exams[json_integer_value(number)] : NULL;
}

/* Of a model that holds its records itself. */
static int each_within(const json_t *examination, unsigned kinds, assay_record_visit *visit, void *self,
                       struct err *err)
{
    const json_t *list = json_object_get(examination, "records");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct assay_record record = {.wrapped = json_array_get(list, i), .place = i};
        int kind = assay_kind_of(json_text(record.wrapped, "type", ""));
        if (kinds == ASSAY_EVERY_KIND || (kind >= 0 && (kinds & 1U << kind) != 0)) {
            TRY(visit(self, &record, err));
        }
    }
    return 0;
}

int assay_records_each(struct assay_records *records, const json_t *examination, unsigned kinds,
                       assay_record_visit *visit, void *self, struct err *err)
{
    if (records == NULL) {
        return each_within(examination, kinds, visit, self, err);
    }
    const struct rows *rows = rows_by_id(records, examination);
    for (size_t i = 0; rows != NULL && i < rows->count; i++) {
        const struct row *row = &rows->of[i];
        if (row->kind == GONE || (kinds & 1U << row->kind) == 0) {
            continue;
        }
        OWN(own_json) json_t *wrapped = wrapped_of(records, row, err);
        if (wrapped == NULL || visit(self, &(struct assay_record){wrapped, i}, err) != 0) {
            return -1;
        }
    }
    return 0;
}

json_t *assay_records_get(struct assay_records *records, const json_t *examination, uint64_t place, struct err *err)
{
    if (records == NULL) {
        return json_incref(json_array_get(json_object_get(examination, "records"), (size_t)place));
    }
    const struct rows *rows = rows_by_id(records, examination);
    if (rows == NULL || place >= rows->count) {
        err_set(err, ERR_BUG, "no record %llu of an examination", (unsigned long long)place);
        return NULL;
    }
    return wrapped_of(records, &rows->of[place], err);
}

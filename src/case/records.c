/* Records where they lie: a catalogue of where each begins, made in the one pass that reads everything else.
 *
 * A whole model takes 3.5 kB of memory a record; a row of the catalogue takes 24 bytes. The order is that of a whole model: examinations as the
 * model has them, and in each its records as they were first named. Corrections of records are rare, so they are sorted out at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/records.h"

#include "base/banned.h"

enum { WINDOW_BYTES = 256 << 10 };

_Static_assert((int)WINDOW_BYTES > (int)ENTRY_MAX_BYTES, "a line fits the window whole");

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

const char *records_alias(const struct assay_records *records, size_t source)
{
    return json_text(records->sources[source].entry, "alias", NULL);
}

void records_full_id(char out[static RECORD_NAME], const char *alias, struct str id)
{
    (void)snprintf(out, RECORD_NAME, "%s%s%.*s", alias != NULL ? alias : "", alias != NULL ? "/" : "", STR_FMT(id));
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

int records_read_row(struct assay_records *records, const struct row *row, struct str *ret_id, struct str *ret_record,
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
    char name[RECORD_NAME];
    if (records_read_row(records, row, &id, &record, err) != 0) {
        return NULL;
    }
    json_t *value = json_read_canonical(record, err);
    if (value == NULL) {
        return NULL;
    }
    records_full_id(name, records_alias(records, row->source), id);
    json_t *wrapped =
        json_pack("{s:s, s:s, s:o}", "id", name, "type", assay_kind_name((enum assay_kind)row->kind), "record", value);
    if (wrapped == NULL) {
        err_no_memory(err);
    }
    return wrapped;
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

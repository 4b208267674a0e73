/* What the files of the catalogue share: where the records of examinations lie. */
#ifndef ASSAY_CASE_RECORDS_H
#define ASSAY_CASE_RECORDS_H

#include "case/merge.h"

enum { GONE = 7 }; /* the kind of a row that no longer stands */

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

enum { RECORD_NAME = 2 * ID_MAX_BYTES + 2 };
/* records.c: the alias that a source was merged under, NULL: our own; an id as it is known here. */
const char *records_alias(const struct assay_records *records, size_t source);
void records_full_id(char out[static RECORD_NAME], const char *alias, struct str id);
/* records.c: id and record of a row; good until the next call. err: IO, TAMPERED, LIMIT. */
MUST_USE int records_read_row(struct assay_records *records, const struct row *row, struct str *ret_id,
                              struct str *ret_record, struct err *err);
/* Room for one more of an array that doubles at powers of two. */
void *records_room(void *array, size_t count, size_t bytes);
/* records_turns.c: sorts out what entries of one ledger superseded, among the examinations from `exam` on, which are that ledger's. */
MUST_USE int records_settle(struct assay_records *records, size_t exam, struct err *err);

#endif

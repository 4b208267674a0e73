/* Rows to keys: which columns, in which spelling, and what became of every row.
 *
 *   key = u8 fields || per field (u8 kind || u16 length || bytes), kinds ascending, at most 1024 bytes
 * Spelled by src/normal, the code that match compares with. A row without a field is rejected and counted with its reason. */
#ifndef ASSAY_PRIVATE_KEYS_H
#define ASSAY_PRIVATE_KEYS_H

#include "normal/normal.h"
#include "private/suite.h"

enum key_kind {
    KEY_EMAIL = 1,
    KEY_PHONE,
    KEY_SECONDS,
    KEY_MICROSECONDS,
    KEY_HASH,
    KEY_INTEGER,
    KEY_UUID,
    KEY_TEXT,
    KEY_OPAQUE,
    KEY_KINDS
};

enum key_reject {
    KEY_MISSING,    /* null or empty */
    KEY_MALFORMED,  /* not of this kind: no e-mail address, no instant ... */
    KEY_NO_COUNTRY, /* a phone number that does not say its country */
    KEY_UNASSIGNED, /* code points that Unicode 15.0 does not assign, or bytes that are not UTF-8 */
    KEY_TOO_LONG,
    KEY_UNREADABLE, /* the reader could not give the row */
    KEY_REJECTS
};
const char *key_reject_name(enum key_reject reason);
/* "email", "created_at" ... */
const char *key_kind_name(uint8_t kind);

/* One type of key: what --key says. */
struct key_type {
    uint8_t kinds[SUITE_TYPES_MAX]; /* ascending, zero-filled */
    size_t count;
    struct str columns[SUITE_TYPES_MAX]; /* of each kind; empty: found by its name. Borrowed from the text */
    uint16_t country; /* calling code of phone numbers that do not say theirs; 0: those are rejected */
};
/* "email=EMAIL,created_at=CREATED", "email", or "phone+49=TEL". err: USAGE with what is possible; a type made only of instants and numbers. */
MUST_USE int key_type_read(struct key_type *type, struct str text, struct err *err);

/* Per type. rows = keys + the sum of rejected, checked. */
struct key_count {
    uint64_t rows, keys, rejected[KEY_REJECTS];
};

/* Takes the keys of one batch of rows. key: borrowed for the call. */
struct key_sink {
    void *self;
    int (*key)(void *self, size_t type, struct str key, uint64_t row, struct err *err);
};

struct key_reading {
    const char *const *sources; /* files, folders, database URIs; NULL-terminated */
    const char *table;          /* only this one; NULL: the one that has the columns */
    const struct key_type *types;
    size_t type_count;
};

/* Reads all sources; rows are numbered through them from 0, the same on every reading of the same data. counts[type_count]. err: IO,
 * FORMAT, USAGE (no table has the columns, or more than one: both named), or what the sink said. Threads: the caller's only. */
MUST_USE int keys_read(const struct key_reading *reading, const struct key_sink *sink, struct key_count *counts,
                       struct err *err);

/* A key as somebody else opened it has just these fields, each in a form that key_field() could have given. */
bool key_is_of(struct str key, const uint8_t kinds[static SUITE_TYPES_MAX]);

/* The same, of some rows: wants is asked of each row in their order, and no key is made of the others, which count as rows alone. */
typedef bool (*key_wants)(void *self, size_t type, uint64_t row);
MUST_USE int keys_read_some(const struct key_reading *reading, const struct key_sink *sink, key_wants wants,
                            struct key_count *counts, struct err *err);

/* One field, spelled into out (appended). False: *ret_reason. cell is not empty. */
struct key_spelling {
    uint8_t kind;
    uint16_t country; /* phone: as key_type's */
};
MUST_USE bool key_field(struct normalizer *normalizer, struct key_spelling spelling, struct str cell, struct buf *out,
                        enum key_reject *ret_reason);

#endif

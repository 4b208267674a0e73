/* What the files of the MongoDB driver share. */
#ifndef ASSAY_SOURCES_MONGODB_H
#define ASSAY_SOURCES_MONGODB_H

#include <mongoc/mongoc.h>

#include "base/arena.h"
#include "sources/mongodb_guard.h"
#include "sources/rows.h"
#include "sources/survey.h"

enum {
    MONGODB_FIELDS_MAX = 256,      /* of a collection; what documents hold beyond is in the column "*" */
    MONGODB_DEPTH_MAX = 3,         /* of documents in documents that become columns; deeper ones are JSON in one */
    MONGODB_FIELD_DOCUMENTS = 100, /* looked at for the fields of a collection */
    MONGODB_PATH_BYTES = 256,
    MONGODB_COLLECTIONS_MAX = 200000
};

struct mongodb {
    mongoc_client_t *client;
    struct mongodb_guard guard;
    struct arena arena;
    char where[512]; /* the URI without a password */
    char account[256], database[128];
    unsigned seconds;
    bool has_password;
    bool is_in;    /* from now on what the server says of an error is not repeated */
    uint32_t code; /* of the last failure, the server's */
    struct source_table *tables;
    struct str *databases; /* of each table */
    struct str *names;
    struct mongodb_fields *fields;
    size_t table_count;
};

enum { MONGODB_UNAUTHORIZED = 13, MONGODB_AUTHENTICATION_FAILED = 18, MONGODB_MAX_TIME_EXPIRED = 50 };

/* err from what the driver says; sets code. */
int mongodb_fail(struct mongodb *mongodb, const bson_error_t *error, struct err *err);
/* One command that reads; reply is the caller's to destroy, also after a failure. */
MUST_USE int mongodb_ask(struct mongodb *mongodb, const char *database, const bson_t *command, bson_t *ret_reply,
                         struct err *err);

/* ---- documents as rows (mongodb_fields.c) ---- */

/* A field may be named by a person's address or name: it becomes a column if its path is made of plain words and two documents
 * have it (_id always does). All others go into one column "*", as an object. */
struct mongodb_field {
    struct str path;          /* "address.city"; "*": what has no column of its own */
    uint32_t types;           /* bit t: seen with BSON type t */
    uint64_t documents, last; /* that have it; the number of the last of them */
};

struct mongodb_fields {
    struct mongodb_field list[MONGODB_FIELDS_MAX + 1];
    size_t count;
    uint64_t documents;
    bool has_rest; /* then "*" is the last of the list */
};

/* Takes in the fields of one document; paths live in keep. err: LIMIT (memory). */
MUST_USE int mongodb_fields_add(struct mongodb_fields *fields, const bson_t *document, struct arena *keep,
                                struct err *err);
/* After the last document: which are columns. */
void mongodb_fields_settle(struct mongodb_fields *fields);
/* One document as a row of the fields. */
MUST_USE int mongodb_put_row(const struct mongodb_fields *fields, const bson_t *document, struct rows *rows,
                             struct err *err);
/* "string", "string or null": lives in keep. */
struct str mongodb_types(uint32_t types, struct arena *keep, struct err *err);

/* ---- collections (mongodb.c) ---- */

struct mongodb_collection {
    struct str name;
    bool is_view; /* rows of a view or a time series are made when they are asked for */
};
/* In the order of their names. *ret_scope: whether those that cannot be read are listed, too. */
MUST_USE int mongodb_collections(struct mongodb *mongodb, const char *database, struct arena *keep,
                                 struct mongodb_collection **ret_list, size_t *ret_count, enum survey_scope *ret_scope,
                                 struct err *err);
/* Documents of a collection, each handed to take(): at most max (0: all), at random where `is_random`. */
MUST_USE int mongodb_documents(struct mongodb *mongodb, const char *database, const char *collection, uint64_t max,
                               bool is_random, int (*take)(void *self, const bson_t *document, struct err *err),
                               void *self, struct err *err);

int mongodb_survey(void *state, const struct survey_sink *sink, struct err *err);
int mongodb_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                   const char **ret_how, struct err *err);
int mongodb_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);

#endif

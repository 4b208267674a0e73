/* What the examinations of the engine "reach" recorded (docs/json-lines.md), gathered from their records: who could log in, which
 * tables there are, each once, and what kind of personal data they hold. Everything is borrowed from the model or its arena. */
#ifndef ASSAY_REPORT_REACHED_H
#define ASSAY_REPORT_REACHED_H

#include "report/model.h"
#include "report/say.h"

enum reach_scope { SCOPE_ENTIRE, SCOPE_PART, SCOPE_UNKNOWN, SCOPE_NONE, SCOPE_NOT_TRIED };
enum reach_status { LOGIN_CONNECTED, LOGIN_FROM_DUMP, LOGIN_REFUSED, LOGIN_UNREACHABLE, LOGIN_NOT_TRIED };
enum reach_rows { ROWS_UNKNOWN, ROWS_EXACT, ROWS_ESTIMATED };

/* What a kind of personal data is good for to a stranger: the colours of the map. */
enum reach_group {
    GROUP_KEYS,     /* opens an account or pays: password hash, card, bank account, token */
    GROUP_IDENTITY, /* says who somebody is for good: national number, birth, health       */
    GROUP_CONTACT,  /* finds somebody: name, address, e-mail, telephone, network address   */
    GROUP_NONE,     /* rows were looked at and none of the known kinds was seen           */
    GROUP_UNSEEN    /* no row was looked at                                                */
};
enum { GROUPS = 5 };

/* A login that was tried or given: a measure of class "account". */
struct reach_login {
    const json_t *record, *exam;
    const json_t *credential; /* the finding it came from; NULL for a URI that was given */
};

/* A credential that was found: a finding of class "credential". */
struct reach_credential {
    const json_t *record, *exam;
    const json_t *login; /* what came of it; NULL: nothing was tried */
};

/* A table, once, however many accounts read it: as the account that reads most of it does. */
struct reach_table {
    struct str database, name;
    struct str server; /* "mysql://db.internal:3306" */
    const json_t *record, *exam;
    const json_t *kinds; /* array, NULL if none */
    uint64_t rows, bytes, sampled;
    enum reach_rows rows_kind;
    bool bytes_known, is_readable, is_partial, is_view;
    enum reach_group group;
};

/* Of a record of class people: the kind of personal data, a member `data` (`kind` is what every line of JSON Lines begins with). */
struct str reach_people_kind(const json_t *record);

/* A kind of personal data over all accounts of one examination: a measure of class "people". */
struct reach_people {
    const json_t *record, *exam;
    uint64_t by_values, by_name; /* columns of its examination's tables */
};

/* One class of what was not looked at. */
struct reach_hole {
    struct str class_name;
    uint64_t named, totals; /* members named one by one, and totals: the larger is how many there are */
    bool is_open;           /* of some of it the number is not known */
    size_t example_count;
    const json_t *examples[3];
};

enum { REACH_HOLES_MAX = 24 };

struct reached {
    const json_t **exams;
    struct reach_login *logins;
    struct reach_credential *credentials;
    struct reach_table *tables; /* by server, database, name */
    struct reach_people *people;
    struct reach_hole holes[REACH_HOLES_MAX];
    size_t exam_count, login_count, credential_count, table_count, people_count, hole_count;
    uint64_t holes_left_out; /* records of further classes */
};

/* NULL in *ret_reached when no examination is one of reach. err: LIMIT (memory). */
MUST_USE int reached_read(struct model *model, struct reached **ret_reached, struct err *err);

/* "mysql://shop@db.internal:3306/shop" -> "mysql://db.internal:3306"; a file as it is. Lives in the arena. */
struct str reach_server(struct arena *arena, struct str uri);
/* Of an examination: logins that were made, and what there was to log in with (credentials and addresses that were given). */
void reach_logins(const json_t *exam, uint64_t *ret_made, uint64_t *ret_of);
enum reach_status reach_status_of(const json_t *login); /* NULL: not tried */
/* Its rights are known: somebody logged in, or they stand in a dump. */
bool reach_is_open(const json_t *login);
enum reach_scope reach_scope_of(const json_t *object); /* by its member "scope" */
enum reach_rows reach_rows_of(const json_t *object, uint64_t *ret_rows);
/* "1,204", "about 1,204", "an unknown number of" */
void reach_rows_text(struct buf *out, enum reach_rows kind, uint64_t rows);
/* The reader's word for a kind of personal data; its id where there is none. */
struct str reach_kind_text(struct str kind);
enum reach_group reach_kind_group(struct str kind);
/* A number of rows, which may have a fraction; 0 when it is none. */
uint64_t reach_whole(const json_t *number);
/* a + b, at most UINT64_MAX */
uint64_t reach_sum(uint64_t a, uint64_t b);

#endif

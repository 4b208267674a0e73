/* A STIX 2.1 bundle while it is made. One object a ledger entry, its id from the entry's (and its index, for a corrected entry is another
 * object); references go by what stands in the bundle already, so parties come first and verdicts last. An object is written as soon as it is
 * made: of a million records the bundle keeps the ids alone. */
#ifndef ASSAY_EXPORT_STIX_H
#define ASSAY_EXPORT_STIX_H

#include "export/inside.h"

enum { STIX_ID = 80 };

/* ---- stix_ids.c: the ids of all objects of a bundle, in its order, some 30 bytes each ---- */

enum { STIX_TYPES = 24, STIX_UUID = 16 };
struct stix_known {
    uint8_t type, uuid[STIX_UUID];
};
struct stix_ids {
    struct stix_known *all;
    size_t count, room;
    uint32_t *slots; /* 1 + the place in all, 0: free; open addressing */
    size_t slot_count;
    char types[STIX_TYPES][STIX_ID - UUID_TEXT];
};
enum stix_added { STIX_NEW, STIX_THERE, STIX_NO_MEMORY };
/* id: type "--" uuid. */
enum stix_added stix_ids_add(struct stix_ids *ids, const char *id);
/* The place-th of them as text. */
void stix_ids_get(const struct stix_ids *ids, size_t place, char out[static STIX_ID]);
void stix_ids_free(struct stix_ids *ids);

struct stix {
    const struct export *from;
    struct buf *out;
    struct stix_ids known; /* of every object written so far */
    json_t *ids;           /* of every entry that has an object and may be cited: id of the entry -> id of the object */
    json_t *cited;         /* what confirmations name: of records only these may be cited */
    bool lacks_memory;     /* an object could not be made: said at the end */
    char author[STIX_ID];  /* identity of the case itself */
    char verdict[STIX_ID]; /* extension-definition for what STIX has no word for */
    char incident[STIX_ID];
};

/* type "--" uuid, of an entry. */
void stix_id(const struct stix *stix, char out[static STIX_ID], const char *type, const json_t *entry);
/* An SDO or SRO with its common members: created and modified are when the entry was recorded. by: id of an identity. */
json_t *stix_object(const struct stix *stix, const char *type, const json_t *entry, const char *by);
/* Writes the object into the bundle, once; entry_id (may be NULL) then leads to it. Takes the reference; NULL is a lack of memory that
 * shows at the end. */
void stix_add(struct stix *stix, const char *entry_id, json_t *object);
/* The id of a record if something in the case names it, else NULL: what stix_add() is to remember it by. */
const char *stix_cited(const struct stix *stix, const json_t *wrapped);
/* The object of an entry, NULL if the bundle holds none. */
const char *stix_ref(const struct stix *stix, const char *entry_id);
/* The references of a list of entries' ids, the incident when none of them is there: object_refs may not be empty. */
json_t *stix_refs(const struct stix *stix, const json_t *entry_ids);
/* The identity of a party; the case's own when it is unknown. */
const char *stix_party(const struct stix *stix, const char *party);
/* Sets the property extension of ours: what there is no STIX word for. Takes the reference. */
void stix_extend(const struct stix *stix, json_t *object, json_t *members);
/* "published" and the like: a time with a zone. Sets otherwise's time when text is none. */
void stix_time(json_t *object, const char *member, const char *text, const char *otherwise);

/* stix_objects.c: parties; statements and claims; verdicts, confirmations. */
void stix_parties(struct stix *stix);
void stix_claims(struct stix *stix);
void stix_statements(struct stix *stix);
void stix_verdicts(struct stix *stix);
/* stix_case.c: exhibits; examinations with what they found. */
void stix_evidence(struct stix *stix);
MUST_USE int stix_examinations(struct stix *stix, struct err *err);
/* stix_dispute.c: who was asked and answered; who had an exhibit; what started clocks, and when they end. */
void stix_replies(struct stix *stix);
void stix_custody(struct stix *stix);
MUST_USE int stix_clocks(struct stix *stix, struct err *err);

#endif

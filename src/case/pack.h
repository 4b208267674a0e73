/* What the files of packing share. A bundle is made in two passes over the same members: first what each is (size and
 * digest), then, behind the list of them, their bytes; a member that came out otherwise the second time ends it. */
#ifndef ASSAY_CASE_PACK_H
#define ASSAY_CASE_PACK_H

#include "case/inside.h"
#include "case/tar.h"

/* The names of what every bundle has; the verifier asks for them. */
#define BUNDLE_HEAD "bundle"
#define BUNDLE_LIST "SHA256SUMS"
#define BUNDLE_WITHHELD "WITHHELD"
#define BUNDLE_LEAVES "leaves"
#define BUNDLE_FORMAT "assay-bundle/v1"
/* A line of the ledger that was left out: this and 64 hex digits. */
#define BUNDLE_REDACTED "sha256:"

/* Is a line of a bundle's ledger one that was left out? Then *ret_leaf is set. */
bool bundle_is_left_out(struct str line, struct sha256 *ret_leaf);

enum { BUNDLE_REDACTED_BYTES = 7 + SHA256_HEX, BUNDLE_MEMBERS_MAX = 1 << 20, BUNDLE_LIST_MAX = 128 << 20 };

/* Where bytes go: hashed and counted, and written to fd unless that is negative. */
struct out {
    int fd;
    struct hasher *hasher;
    uint64_t bytes;
    struct buf window;
};
MUST_USE int out_put(struct out *out, struct str bytes, struct err *err);
MUST_USE int out_flush(struct out *out, struct err *err);

struct pack;

struct member {
    struct tar_member head;
    char hex[SHA256_HEX + 1];
    /* Puts the member's bytes, the same ones each time. */
    int (*put)(struct pack *pack, const struct member *member, struct out *out, struct err *err);
    struct str bytes;     /* of one that is in memory; owned by the member */
    uint64_t from, count; /* of entries, or of hashes at `level` */
    unsigned level;
};

struct pack {
    struct assay_case *kase;
    const struct assay_pack_options *options;
    uint64_t size;         /* entries */
    struct sha256 *leaves; /* of every entry */
    uint64_t *offsets;     /* of every entry in ledger.jsonl, and its end */
    bool *is_redacted;     /* per entry */
    uint64_t redacted;     /* entries */
    uint64_t time_s;       /* of the newest entry that is shown */
    json_t *named;         /* digest -> [ids of entries that name it] */
    json_t *exhibits;      /* id -> index of the newest entry of what has a proof of its own: evidence, verdicts */
    json_t *withheld;      /* digest -> true */
    bool withholds_all, hides_key;
    uint64_t documents, proofs, stamps; /* members of these kinds */
    struct member *members;
    size_t count, room;
};

/* pack_read.c: what the ledger says, in one pass; which entries and documents are left out. */
MUST_USE int pack_read(struct pack *pack, struct err *err);
/* Is an entry of that id left out? */
bool pack_hides(const struct pack *pack, const char *id);
/* pack_members.c: every member but the head and the list, in their order; what each is, is not known yet. */
MUST_USE int pack_members(struct pack *pack, struct err *err);
/* A new member at the end; NULL with err. Takes bytes (may be NULL) over. Valid until the next one is added. */
MUST_USE struct member *pack_add(struct pack *pack, const char *name, struct buf *bytes, struct err *err);
/* pack_tiles.c: tiles/... */
MUST_USE int pack_tiles(struct pack *pack, struct err *err);
/* pack_readme.c: the words for the stranger who got the bundle. */
MUST_USE int pack_readme(struct pack *pack, struct buf *out, struct err *err);

#endif

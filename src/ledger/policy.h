/* Whose signatures make a checkpoint good: a trust file (C2SP tlog-policy), lines of words apart by spaces or tabs.
 *
 *   log VKEY [URL]                      any listed log may have signed; none listed: the log is known otherwise
 *   witness NAME VKEY [URL]             a cosigner (key of type 4); NAME is for this file alone
 *   group NAME all|any|K MEMBER...      counts as cosigned when so many members did; a name is a member once
 *   quorum NAME|none                    exactly one line: the witness or group that has to have cosigned
 *   # comment
 *
 * Names refer to lines above them, so that no group holds itself. No key is listed twice: nobody counts twice. */
#ifndef ASSAY_LEDGER_POLICY_H
#define ASSAY_LEDGER_POLICY_H

#include "ledger/cosign.h"

enum { POLICY_MAX_BYTES = 256 << 10, POLICY_MAX_LOGS = 64, POLICY_MAX_NAMES = 256 };

struct policy;

/* err: FORMAT with the line's number, LIMIT. Borrows nothing. */
MUST_USE int policy_read(struct policy **ret_policy, struct str bytes, struct err *err);
void policy_free(struct policy *policy);
void own_policy(struct policy **policy);

/* How a checkpoint stands under a policy; for saying it. */
struct policy_answer {
    const struct note_key *log; /* who signed it; NULL: no log is listed */
    size_t witnesses;           /* of the file */
    size_t cosigned;            /* of those, whose cosignature counts */
    bool is_met;
};

/* A witness whose line does not hold makes the whole checkpoint bad; one whose key signed it as the log, under whatever name, does not count. counts may be NULL; otherwise it says whether a cosignature of
 * that key at that time counts (a revoked key's does not). err: FORMAT, LIMIT, TAMPERED (no listed log signed it, or a line does not
 * hold). Returns 0 also when the quorum is not met: look at is_met. */
MUST_USE int policy_check(const struct policy *policy, struct str checkpoint, struct policy_answer *ret_answer,
                          bool (*counts)(const void *self, const struct note_key *key, uint64_t time), const void *self,
                          struct err *err);
/* The i-th witness in the file's order, and the name it has there; NULL behind the last. */
const struct note_key *policy_witness(const struct policy *policy, size_t i, const char **ret_name);

#endif

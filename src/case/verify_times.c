/* Timestamps beside the kept checkpoints: each is about the checkpoint it is named for, signed, and, where authorities are trusted,
 * under one of them as of its own time. */
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/stamps.h"
#include "case/verify.h"

#include "base/banned.h"

enum { TRUSTED_MAX_BYTES = 4 << 20, NAME_BYTES = 300 };

static int read_trusted(struct verify *verify, struct buf *out)
{
    const char *path = verify->trust->tsa_ca;
    if (path == NULL) {
        return 0;
    }
    TRY(file_read(path, TRUSTED_MAX_BYTES, out, verify->err));
    return out->len != 0 ? 0 : err_set(verify->err, ERR_USAGE, "%s: is empty", path);
}

/* 1: in *ret_stages; 0: there is no sound checkpoint of that size, which is a problem of the stamp, too. */
static int read_stages(struct verify *verify, uint64_t size, struct stages *ret_stages)
{
    OWN(own_buf) struct buf bytes = {0};
    char name[CHECKPOINT_NAME];
    const char *says = "";
    case_checkpoint_name(name, size);
    int got = verify_small(verify, name, &bytes, &says);
    return got < 0 ? -1 : got == 1 && stages_of(ret_stages, buf_str(&bytes), NULL) == 0;
}

/* Lists that were kept and say nothing are told, lest somebody think that they were asked. */
static void say_lists(char out[static 160], const struct stamp *stamp)
{
    out[0] = '\0';
    if (stamp->is_chained && stamp->lists != 0) {
        (void)snprintf(out, 160, "; %zu of %zu revocation lists kept with it count: signed by an issuer in that chain",
                       stamp->lists_used, stamp->lists);
    }
}

static int say(struct verify *verify, const char *where, const struct stages *stages, const struct stamp *stamp)
{
    char time[TIME_TEXT];
    char part[96] = "";
    char lists[160];
    say_lists(lists, stamp);
    time_rfc3339(time, stamp->time);
    if (stamp->which + 1 != stages->count) {
        (void)snprintf(part, sizeof part, ", with the first %zu of its %zu signatures", stamp->which + 1,
                       stages->count);
    }
    return verify_topic(verify, "time", "%s: the checkpoint%s was there at %s, says %s; %s%s", where, part, time,
                        stamp->authority,
                        stamp->is_chained ? "its chain to a given authority holds as of then"
                                          : "whether to trust that authority was not looked at (--tsa-ca FILE)",
                        lists);
}

static void name_beside(const char *stamp_name, const char *end, char out[static NAME_BYTES])
{
    struct str stem = str_of(stamp_name);
    (void)snprintf(out, NAME_BYTES, "%.*s.%s", (int)(stem.len - 4), stem.data, end);
}

/* What may lie beside "5.1.tsr": "5.1.crl", "5.1.pem". 1: read; 0: it is not there, or was told as a problem. */
static int read_beside(struct verify *verify, const char *stamp_name, const char *end, char name[static NAME_BYTES],
                       struct buf *out)
{
    const char *says;
    name_beside(stamp_name, end, name);
    int got = verify->place->read(verify, name, TRUSTED_MAX_BYTES, out, &says);
    if (got != 0 || strcmp(says, "is missing") == 0) {
        return got;
    }
    return verify_problem(verify, VERIFY_ALTERED, name, says, "");
}

static int read_lists(struct verify *verify, const char *stamp_name, struct buf *out)
{
    char name[NAME_BYTES];
    struct err why = {.text = ""};
    int got = read_beside(verify, stamp_name, "crl", name, out);
    if (got != 1 || stamp_lists(buf_str(out), &why) == 0) {
        return got < 0 ? -1 : 0;
    }
    buf_reset(out);
    return verify_problem(verify, VERIFY_ALTERED, name, why.text, "");
}

/* The certificates that are printed for other tools are those of the response. */
static int check_certificates(struct verify *verify, const char *stamp_name, struct str response)
{
    OWN(own_buf) struct buf there = {0};
    OWN(own_buf) struct buf chain = {0};
    char name[NAME_BYTES];
    int got = read_beside(verify, stamp_name, "pem", name, &there);
    if (got != 1 || stamp_chain(&chain, response, NULL) != 0 || str_eq(buf_str(&there), buf_str(&chain))) {
        return got < 0 ? -1 : 0;
    }
    return verify_problem(verify, VERIFY_ALTERED, name, "is not the certificates in the timestamp beside it", "");
}

static int check_stamp(struct verify *verify, const char *where, uint64_t size, struct str roots)
{
    OWN(own_buf) struct buf crls = {0};
    OWN(own_buf) struct buf response = {0};
    struct stages stages;
    struct stamp stamp;
    struct err why = {.text = ""};
    const char *says = NULL;
    int got = read_stages(verify, size, &stages);
    int read = verify->place->read(verify, where, STAMP_MAX_BYTES, &response, &says);
    if (got < 0 || read < 0 || read_lists(verify, where, &crls) != 0) {
        return -1;
    }
    struct stamp_trust trust = {.roots = roots, .crls = buf_str(&crls)};
    if (got == 0) {
        says = "stamps a checkpoint that is not kept";
    } else if (read == 1 && stamp_check(&stamp, buf_str(&response), stages.of, stages.count, NULL, &trust, &why) == 0) {
        says = NULL;
    } else if (read == 1) {
        if (why.kind == ERR_USAGE || why.kind == ERR_LIMIT) {
            return err_set(verify->err, why.kind, "%s: %s",
                           verify->trust->tsa_ca != NULL ? verify->trust->tsa_ca : where, why.text);
        }
        says = why.text;
    }
    if (says != NULL) {
        TRY(verify_problem(verify, VERIFY_ALTERED, where, says, why.remedy));
        return verify_topic(verify, "time", "%s shows nothing", where);
    }
    TRY(check_certificates(verify, where, buf_str(&response)));
    if (stamp.lists_forged != 0) {
        char name[NAME_BYTES];
        name_beside(where, "crl", name);
        TRY(verify_problem(verify, VERIFY_ALTERED, name,
                           "names an issuer of the authority's chain, who did not sign it", ""));
    }
    return say(verify, where, &stages, &stamp);
}

static int visit_stamp(struct verify *verify, const char *where, uint64_t *count)
{
    OWN(own_buf) struct buf trusted = {0};
    uint64_t size;
    uint64_t number;
    if (!stamp_is_name(strrchr(where, '/') + 1, STR("tsr"), &size, &number)) {
        return 0;
    }
    *count += 1;
    TRY(read_trusted(verify, &trusted));
    return check_stamp(verify, where, size, buf_str(&trusted));
}

int verify_times(struct verify *verify)
{
    uint64_t count = 0;
    TRY(verify->place->each(verify, "checkpoints", visit_stamp, &count));
    if (count == 0 && verify->trust->tsa_ca != NULL) {
        return verify_topic(verify, "time", "no timestamp is kept: nothing says when this case was what it is");
    }
    return 0;
}

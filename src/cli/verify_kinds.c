/* The kinds of things that the case checks itself: here they only tell themselves. */
#include "assay/case.h"
#include "base/str.h"
#include "cli/verify_kind.h"

#include "base/banned.h"

static struct assay_trust trust_of(const struct verify_question *question)
{
    return (struct assay_trust){question->vkeys, question->policy, question->since, question->tsa_ca};
}

static bool is_case(const struct stat *about, struct str head)
{
    (void)head;
    return S_ISDIR(about->st_mode);
}

static int check_case(const struct verify_question *question, json_t **ret_report, struct err *err)
{
    struct assay_trust trust = trust_of(question);
    return assay_case_verify_with(question->path, &trust, ret_report, err);
}

const struct verify_kind verify_case = {.is_one = is_case, .check = check_case};

static bool is_proof(const struct stat *about, struct str head)
{
    (void)about;
    return str_starts(head, STR("c2sp.org/tlog-proof@"));
}

static int check_proof(const struct verify_question *question, json_t **ret_report, struct err *err)
{
    struct assay_trust trust = trust_of(question);
    if (question->entry == NULL) {
        err_set(err, ERR_USAGE, "%s: the entry that it is about is not beside it", question->path);
        return err_remedy(err, "--entry FILE: the ledger's line, as assay prove wrote it");
    }
    return assay_case_verify_proof(question->path, question->entry, question->against, &trust, ret_report, err);
}

const struct verify_kind verify_proof = {.is_one = is_proof, .check = check_proof};

/* Three lines at least, an empty one, and a signature; whatever is wrong with it is said by who reads it. */
static bool is_checkpoint(const struct stat *about, struct str head)
{
    (void)about;
    return str_find(head, STR("\n\n\xe2\x80\x94 "), 0) != SIZE_MAX;
}

static int check_checkpoint(const struct verify_question *question, json_t **ret_report, struct err *err)
{
    struct assay_trust trust = trust_of(question);
    return assay_case_verify_checkpoint(question->path, question->against, &trust, ret_report, err);
}

const struct verify_kind verify_checkpoint = {.is_one = is_checkpoint, .check = check_checkpoint};

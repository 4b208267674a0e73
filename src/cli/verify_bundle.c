/* A bundle of assay pack: an archive whose first member is called "bundle". One of the two signs may be damaged. */
#include "assay/case.h"
#include "base/str.h"
#include "cli/verify_kind.h"

#include "base/banned.h"

static bool is_bundle(const struct stat *about, struct str head)
{
    return S_ISREG(about->st_mode) &&
           (str_starts(head, STR("bundle\0")) || str_eq(str_slice(head, 257, 262), STR("ustar")));
}

static int check_bundle(const struct verify_question *question, json_t **ret_report, struct err *err)
{
    struct assay_trust trust = {question->vkeys, question->policy, question->since, question->tsa_ca};
    return assay_bundle_verify(question->path, &trust, question->opened, ret_report, err);
}

const struct verify_kind verify_bundle = {.is_one = is_bundle, .check = check_bundle};

/* The kinds of things that the case checks itself: here they only tell themselves. */
#include "assay/case.h"
#include "cli/verify_kind.h"

#include "base/banned.h"

static bool is_case(const struct stat *about, struct str head)
{
    (void)head;
    return S_ISDIR(about->st_mode);
}

static int check_case(const struct verify_question *question, json_t **ret_report, struct err *err)
{
    return assay_case_verify(question->path, ret_report, err);
}

const struct verify_kind verify_case = {.is_one = is_case, .check = check_case};

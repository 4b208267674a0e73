/* Free text as an entry may hold it. */
#include "base/mask.h"

#include "assay/case.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

json_t *assay_case_masked(const char *text)
{
    OWN(own_buf) struct buf out = {0};
    mask_text(&out, str_trim(str_of(text)));
    return out.failed ? NULL : json_stringn(out.data != NULL ? out.data : "", out.len);
}

/* Where code begins in a file that a web server runs: the tags of PHP, ASP and JSP. */
#ifndef ASSAY_FORMATS_TAG_H
#define ASSAY_FORMATS_TAG_H

#include "assay/words.h"

/* Offset of the first tag that opens script code at or after `from`, SIZE_MAX if none; ret_mark is '?' or '%' or 's' or 'j'. */
size_t tag_find(struct str bytes, size_t from, bool is_binary, char *ret_mark);

#endif

/* The last layer of a stream: UTF-16 becomes UTF-8, and a byte-order mark goes. Logs of Windows come like that (PowerShell's
 * redirection writes UTF-16, its Out-File and many editors a mark). Every other byte passes unchanged: what a log in
 * another encoding holds is its reader's to say. */
#ifndef ASSAY_FORMATS_TEXT_H
#define ASSAY_FORMATS_TEXT_H

#include "formats/stream.h"

struct text;

/* input is copied. NULL with err: LIMIT. */
MUST_USE struct text *text_new(const struct stream_input *input, struct err *err);
/* As stream_read(). */
MUST_USE int text_read(struct text *text, char *into, size_t room, size_t *ret_got, struct err *err);
/* What was there before; NULL until the first read, or if nothing was changed. */
const char *text_encoding(const struct text *text);
void text_free(struct text *text); /* takes NULL */

#endif

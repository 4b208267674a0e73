/* PHP's own archive format: a script, its end mark, a list, the files. formats/container.h is its door. */
#ifndef ASSAY_FORMATS_PHAR_H
#define ASSAY_FORMATS_PHAR_H

#include "formats/container.h"

struct phar;

/* Whether a script carries one: cheap, no memory. */
bool phar_is(struct str script);

/* script is borrowed. NULL with err: FORMAT, LIMIT. */
MUST_USE struct phar *phar_open(struct str script, struct err *err);
void phar_close(struct phar *phar); /* takes NULL */
MUST_USE int phar_next(struct phar *phar, struct container_item *ret_item, bool *ret_any, struct err *err);
MUST_USE int phar_read(struct phar *phar, char *into, size_t room, size_t *ret_got, struct err *err);

#endif

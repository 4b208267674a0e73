/* What the files of the wire share. */
#ifndef ASSAY_PRIVATE_WIRE_INSIDE_H
#define ASSAY_PRIVATE_WIRE_INSIDE_H

#include "private/wire.h"

/* Takes file->head apart by file->kind. err: FORMAT without the file's name. */
MUST_USE int wire_parse_body(struct wire_file *file, struct err *err);
/* Not empty, kinds 1 to 9 ascending, zeros behind. */
bool wire_kinds_rise(const uint8_t kinds[static SUITE_TYPES_MAX]);

#endif

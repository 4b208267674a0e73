/* What lies in one archive, and in archives in it: each entry lands in exactly one class, and those that may run are examined like files. */
#ifndef ASSAY_SWEEP_INSIDE_H
#define ASSAY_SWEEP_INSIDE_H

#include <jansson.h>

#include "base/buf.h"
#include "sweep/examine.h"

enum { INSIDE_CLASSES_MAX = 16, INSIDE_WHY_BYTES = 160 };

struct inside {
    struct inside_row {
        const char *class; /* static */
        uint64_t count, bytes;
    } rows[INSIDE_CLASSES_MAX];
    size_t row_count;
    json_t *findings;           /* each with "path" behind that of the file: "!/wp-content/a.php" */
    json_t *unseen;             /* {class, entry, bytes} of entries that hide something */
    bool is_opened, is_whole;   /* every byte of every entry was read */
    bool failed;                /* out of memory */
    char why[INSIDE_WHY_BYTES]; /* it was not wholly read */
};

/* fd: the file, read from its beginning. room: where entries are read into; what was in it is gone. */
void inside_look(struct examiner *examiner, int fd, const struct subject *file, struct buf *room,
                 struct inside *ret_inside);
/* The same for a script that carries a phar; its bytes must not lie in room. */
void inside_look_phar(struct examiner *examiner, const struct subject *file, struct buf *room,
                      struct inside *ret_inside);
void inside_clear(struct inside *inside);

#endif

/* A JSON document (or one a line) as records: for exports whose numbers lie in arrays, all in one line or one in many.
 *
 *   {"interfaces":[{"name":"eth0","traffic":{"hour":[{"timestamp":1584219600,"rx":5,"tx":7},{"timestamp": ...
 *   |---------------------- record 1 -----------------------------------------------------||--- record 2 ---
 *
 * A record ends where the format says that it has what it needs; its bytes are all since the one before it. Nothing is built: what
 * a format must remember (the name of the interface, the time of a sample) is in its state, and so a document of any size takes no
 * memory. A file is read from its start, by one thread (is_whole). Where the text is no JSON, everything to the line's end
 * is rejected, and a document may begin anew. */
#ifndef ASSAY_FORMATS_LOG_JSONDOC_H
#define ASSAY_FORMATS_LOG_JSONDOC_H

#include "formats/log.h"

enum { JSONDOC_DEPTH = 16, JSONDOC_OWN = LOG_STATE_BYTES - 24 };

/* Where in the document: keys[d] is the number (from 1) of the member's name by which level d was entered, 0 for another
 * name or an array's element. Level 1 is the outermost object or array. */
struct jsondoc {
    uint8_t depth;
    uint8_t key; /* of the value that comes */
    uint8_t keys[JSONDOC_DEPTH];
    uint8_t unused[6];
    _Alignas(8) uint8_t own[JSONDOC_OWN]; /* the format's, zero at the start of a document */
};
_Static_assert(sizeof(struct jsondoc) <= LOG_STATE_BYTES, "a reader's state");

struct jsondoc_shape {
    const char *const *names; /* members that matter */
    size_t name_count;
    /* A string (between its quotes, escapes left as they are) or another value. True: a record ends here. */
    bool (*value)(struct jsondoc *doc, struct str text, bool is_string);
    /* doc->depth is that of an object or array that begins, or ends. True: a record ends here. Either may be NULL. */
    void (*opened)(struct jsondoc *doc);
    bool (*closed)(struct jsondoc *doc);
    /* The fields of the record that ended. */
    enum log_class (*read)(const void *setup, struct jsondoc *doc, struct log_line *line, struct buf *scratch);
};

size_t jsondoc_parse(const struct jsondoc_shape *shape, const void *setup, struct log_state *state, struct str block,
                     bool is_last, struct log_batch *batch);

/* Text into a field of the state, cut to its size; and a whole number that may be in a string or have a fraction. */
void jsondoc_keep(char *field, size_t size, struct str text);
bool jsondoc_number(struct str text, uint64_t *ret_number);

#endif

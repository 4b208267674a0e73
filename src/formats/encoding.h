/* Any of five encodings in, UTF-8 out. */
#ifndef ASSAY_FORMATS_ENCODING_H
#define ASSAY_FORMATS_ENCODING_H

#include "formats/table.h"

enum encoding { ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE, ENCODING_LATIN1, ENCODING_CP1252 };

const char *encoding_name(enum encoding encoding);

/* From the first bytes of a file: a byte-order mark, or zeros in every second byte, or valid UTF-8 (a last character may
 * be cut), or bytes 80-9F (CP1252, as Latin-1 has only controls there), else Latin-1. *ret_mark: length of the mark. */
enum encoding encoding_detect(struct str head, size_t *ret_mark);

/* A stream of UTF-8 over another stream. UTF-8 passes unchanged; lone surrogates become U+FFFD. */
struct encoding_reader {
    const struct table_bytes *source;
    enum encoding encoding;
    char raw[16384];
    size_t from, to;
    bool is_ended;
    const char *head; /* bytes read before the encoding was known, given first */
    size_t head_left;
    uint64_t passed; /* raw bytes taken from the source, the head among them */
};

/* head is borrowed while the reader lives. */
void encoding_open(struct encoding_reader *reader, enum encoding encoding, struct str head,
                   const struct table_bytes *source);
struct table_bytes encoding_bytes(struct encoding_reader *reader);

/* One code point as UTF-8; out holds 4. Returns its length. */
size_t encoding_put(char *out, uint32_t point);
/* What a byte of CP1252 means. */
uint32_t encoding_cp1252(unsigned char byte);

#endif

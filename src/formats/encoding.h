/* Encodings of text: which one it is, and UTF-8 out of it. */
#ifndef ASSAY_FORMATS_ENCODING_H
#define ASSAY_FORMATS_ENCODING_H

#include <iconv.h>

#include "formats/table.h"

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_LATIN1,
    ENCODING_CP1252,
    ENCODING_UTF32LE,
    ENCODING_UTF32BE,
    ENCODING_LATIN9, /* ISO-8859-15 */
    ENCODING_CP1251,
    ENCODING_KOI8R,
    ENCODING_SHIFT_JIS, /* from here on by iconv */
    ENCODING_EUC_JP,
    ENCODING_GB18030, /* and GBK and GB2312, which are parts of it */
    ENCODING_BIG5,
    ENCODING_EUC_KR,
    ENCODINGS
};

const char *encoding_name(enum encoding encoding);
/* By a name a person gives: "cp1251", "windows-1251", "latin1". False: not known here. */
bool encoding_named(struct str name, enum encoding *ret_encoding);

/* What the choice rests on, the surest first. */
enum encoding_by {
    ENCODING_BY_ORDER,     /* somebody said so */
    ENCODING_BY_MARK,      /* a byte-order mark */
    ENCODING_BY_ITSELF,    /* the text names its own: SET NAMES of a dump */
    ENCODING_BY_VALIDITY,  /* it is UTF-8, or has the zeros of UTF-16 or UTF-32: other text hardly ever is */
    ENCODING_BY_FREQUENCY, /* a guess: the bytes are spread as they are in texts of this encoding */
    ENCODING_BY_DEFAULT    /* a guess: no UTF-8, and nothing speaks for another one */
};
const char *encoding_by_name(enum encoding_by by);

struct encoding_guess {
    enum encoding encoding;
    enum encoding_by by;
    size_t mark;   /* length of the byte-order mark */
    bool is_ascii; /* called UTF-8, but nothing in it says so: what comes behind it decides (encoding_reader does) */
};
/* From the first bytes of a file; a last character may be cut.
 *
 * UTF-16, UTF-32: a mark, or zeros in the same places of every unit. UTF-8: a mark, or valid. Then the encodings of Chinese, Japanese and
 * Korean: every character must be valid, most must be among the common ones of the encoding and stand beside another. Then the Cyrillic
 * ones: words of high bytes in which the commonest letters of Russian are common, and capitals begin words. What is left is CP1252 (80-9F
 * are letters and quotes there, controls in Latin-1), ISO-8859-15 (A4 by a number is a euro) or Latin-1. */
struct encoding_guess encoding_guess(struct str head);
/* The same for those who ask for nothing but the encoding and its mark. */
enum encoding encoding_detect(struct str head, size_t *ret_mark);
static inline bool encoding_is_wide(enum encoding encoding)
{
    return encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE || encoding == ENCODING_UTF32LE ||
           encoding == ENCODING_UTF32BE;
}

/* Bytes that are no UTF-8, counted over pieces that cut characters anywhere. */
struct utf8_watch {
    char cut[4]; /* the beginning of a character */
    size_t cut_len;
    uint64_t wrong;
};
void utf8_watch(struct utf8_watch *watch, struct str piece);
/* What was cut when nothing comes any more is wrong too. */
void utf8_watch_end(struct utf8_watch *watch);

/* A stream of UTF-8 over another stream. UTF-8 passes unchanged and is watched. What is no character of another encoding becomes
 * U+FFFD and is counted. A reader that was opened undecided decides at the first byte that is not ASCII, from 64 KiB on from there. */
struct encoding_reader {
    const struct table_bytes *source;
    enum encoding encoding;
    enum encoding_by by;
    char raw[16384];
    size_t from, to;
    bool is_ended;
    const char *head; /* bytes read before the encoding was known, given first */
    size_t head_left;
    uint64_t passed; /* raw bytes taken from the source, the head among them */
    bool is_undecided;
    bool is_binary; /* passed on and not watched */
    char *held;     /* bytes that the decision was made from */
    iconv_t iconv;
    bool has_iconv;
    struct utf8_watch watch;
    uint64_t wrong; /* of other encodings: bytes that mean nothing */
};

/* head is borrowed while the reader lives. err (of encoding_bytes' read): also LIMIT, if there is no iconv for the encoding. */
void encoding_open(struct encoding_reader *reader, enum encoding encoding, struct str head,
                   const struct table_bytes *source);
void encoding_close(struct encoding_reader *reader);
void own_encoding(struct encoding_reader *reader);
struct table_bytes encoding_bytes(struct encoding_reader *reader);
/* Bytes so far that meant nothing in the encoding. */
uint64_t encoding_wrong(const struct encoding_reader *reader);

/* iconv reads its tables from files when it first needs them. A process that will not be able to open files calls this before. */
void encoding_prepare(void);

/* One code point as UTF-8; out holds 4. Returns its length. */
size_t encoding_put(char *out, uint32_t point);
/* What a byte of CP1252 means. */
uint32_t encoding_cp1252(unsigned char byte);

#endif

/* The two words every room speaks: struct str (bytes that somebody else owns) and
 * struct err (what went wrong, told once, by the layer that knows). */
#ifndef ASSAY_WORDS_H
#define ASSAY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ASSAY_VERSION "0.1.0"

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* Releases at the end of the scope: OWN(own_file) FILE *in = fopen(path, "re"); */
#define OWN(release) __attribute__((cleanup(release)))

/* Borrowed bytes, any bytes, NUL included. len is in bytes. data may be NULL only if len is 0. */
struct str {
    const char *data;
    size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* The same where an initializer is wanted, as in static tables. */
#define STR_INIT(literal)               \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }
#define STR_FMT(s) (int)((s).len > 4096 ? 4096 : (s).len), ((s).data ? (s).data : "")

static inline struct str str_of(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

/* Why a call failed. A caller may act on the kind; a person reads the text. */
enum err_kind {
    ERR_NONE,
    ERR_USAGE,     /* the person asked for something that cannot be meant   */
    ERR_IO,        /* the system refused: open, read, write, connect        */
    ERR_FORMAT,    /* bytes that are not what they should be                */
    ERR_LIMIT,     /* a bound was reached: memory, depth, size, time        */
    ERR_TAMPERED,  /* evidence or ledger differs from what was signed       */
    ERR_NOT_FOUND, /* named thing is not there                              */
    ERR_BUSY,      /* another writer holds it                               */
    ERR_BUG        /* our mistake; should never be seen                     */
};

enum { ERR_TEXT_BYTES = 768, ERR_REMEDY_BYTES = 384 };

/* text is "WHERE: WHAT" in lower case without a full stop; remedy may be empty.
 * Neither holds raw evidence bytes: they were escaped when they were put in. */
struct err {
    enum err_kind kind;
    char text[ERR_TEXT_BYTES];
    char remedy[ERR_REMEDY_BYTES];
};

/* Sets kind and text (formatted, then escaped for a terminal, cut to fit). Returns -1, always,
 * so that a failure reads `return err_set(err, ERR_IO, "...")`. err may be NULL. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...) PRINTF(3, 4);

/* ERR_LIMIT, "out of memory"; returns -1. */
int err_no_memory(struct err *err);

/* Puts "WHERE: " before the text; returns -1. For callers that know where they were. */
int err_where(struct err *err, const char *format, ...) PRINTF(2, 3);

/* Sets the second line that tells a person what to do; returns -1. */
int err_remedy(struct err *err, const char *format, ...) PRINTF(2, 3);

/* The only macro that hides a return. */
#define TRY(call)        \
    do {                 \
        if ((call) != 0) \
            return -1;   \
    } while (0)

#endif

/* Errors are values: one line that says where and what, one that says what to do. */
#include <stdarg.h>
#include <stdio.h>

#include "assay/words.h"
#include "base/str.h"

#include "base/banned.h"

/* Formats into raw and escapes into out, so that no byte of evidence reaches a terminal through an error. */
PRINTF(3, 0)
static void put_escaped(char *out, size_t out_bytes, const char *format, va_list args)
{
    char raw[ERR_TEXT_BYTES];
    int length = vsnprintf(raw, sizeof raw, format, args);
    if (length < 0) {
        length = 0;
    }
    size_t kept = (size_t)length < sizeof raw ? (size_t)length : sizeof raw - 1;
    str_escape(out, out_bytes, (struct str){raw, kept}, out_bytes - 1);
}

int err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    va_list args;
    va_start(args, format);
    put_escaped(err->text, sizeof err->text, format, args);
    va_end(args);
    err->kind = kind;
    err->remedy[0] = '\0';
    return -1;
}

int err_no_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "out of memory");
}

int err_where(struct err *err, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    char where[ERR_TEXT_BYTES / 2];
    va_list args;
    va_start(args, format);
    put_escaped(where, sizeof where, format, args);
    va_end(args);
    char what[ERR_TEXT_BYTES];
    memcpy(what, err->text, sizeof what);
    size_t at = strlen(where);
    memcpy(err->text, where, at);
    size_t room = sizeof err->text - 1 - at;
    if (room > 2) {
        err->text[at++] = ':';
        err->text[at++] = ' ';
        room -= 2;
    }
    size_t rest = strlen(what) < room ? strlen(what) : room;
    memcpy(err->text + at, what, rest);
    err->text[at + rest] = '\0';
    return -1;
}

int err_remedy(struct err *err, const char *format, ...)
{
    if (err == NULL) {
        return -1;
    }
    va_list args;
    va_start(args, format);
    put_escaped(err->remedy, sizeof err->remedy, format, args);
    va_end(args);
    return -1;
}

/* A mail (RFC 5322, RFC 2045-2047, RFC 2183) to its heads and the text of its parts.
 *
 *   message ─ multipart/mixed ─┬─ multipart/alternative ─┬─ 1 text/plain   read
 *                              │                         └─ 2 text/html    the same as part 1
 *                              └─ 3 application/pdf                        not read, and why
 * Parts are numbered as they come, the leaves only. */
#ifndef ASSAY_FORMATS_MAIL_H
#define ASSAY_FORMATS_MAIL_H

#include "base/arena.h"

enum { MAIL_PARTS_MAX = 200, MAIL_NESTING_MAX = 8, MAIL_HEAD_BYTES = 256 << 10 };

struct mail_part {
    unsigned number;    /* from 1 */
    struct str type;    /* "text/plain", lower case */
    struct str name;    /* of an attachment; may be empty */
    struct str charset; /* as it says; may be empty */
    struct str bytes;   /* decoded; empty if it is not read */
    uint64_t size;      /* encoded, as it lies in the file */
    uint32_t line;      /* of the file, where its body begins */
    const char *unread; /* why it is not read; NULL: it is */
};

struct mail {
    struct str from, to, subject, date, sender, reply_to; /* unfolded, encoded words decoded; empty where absent */
    struct mail_part *parts;
    size_t count;
    bool is_cut; /* more parts or deeper ones than are looked at */
};

/* Does it begin as a mail does: two or more of the usual heads, nothing before them? */
bool mail_is(struct str bytes);
/* All strings live in keep or in bytes. err: LIMIT. */
MUST_USE int mail_read(struct mail *mail, struct arena *keep, struct str bytes, struct err *err);
/* "Wed, 04 Mar 2026 09:12:00 +0530" (RFC 5322, 3.3; comments and the obsolete zone names of 4.3) as ns UTC, and the minutes east that it
 * says; false if it is none. */
bool mail_date(struct str text, int64_t *ret_instant, int16_t *ret_zone_minutes);

#endif

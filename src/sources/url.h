/* URIs of database servers: scheme://[account@]host[:port][/database][?option=value&...], parts percent-encoded (RFC 3986).
 * A password in one is refused: it would stand in the process list. */
#ifndef ASSAY_SOURCES_URL_H
#define ASSAY_SOURCES_URL_H

#include "assay/words.h"

enum { URL_PART_BYTES = 256, URL_OPTIONS_MAX = 8 };

struct url {
    char account[URL_PART_BYTES];  /* "" if there is none */
    char host[URL_PART_BYTES];     /* without the brackets of an IPv6 address; "" if there is none */
    char database[URL_PART_BYTES]; /* "" if there is none */
    unsigned port;                 /* 0: not said */
    struct {
        char name[32], value[URL_PART_BYTES];
    } options[URL_OPTIONS_MAX];
    size_t option_count;
};

/* known: names of the options the driver takes, NULL at the end. err: USAGE. */
MUST_USE int url_read(const char *uri, const char *const *known, struct url *ret_url, struct err *err);
/* NULL if it is not there. */
const char *url_option(const struct url *url, const char *name);

#endif

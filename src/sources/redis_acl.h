/* What the rules of a Redis account let it do: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl */
#ifndef ASSAY_SOURCES_REDIS_ACL_H
#define ASSAY_SOURCES_REDIS_ACL_H

#include "assay/words.h"

/* A command that goes further than reading. */
struct redis_right {
    const char *name;       /* "CONFIG SET" */
    const char *command;    /* "config" */
    const char *part;       /* "set", or NULL */
    const char *categories; /* " admin slow dangerous ", a space around each */
    const char *means;
};

extern const struct redis_right redis_rights[];
extern const size_t redis_right_count;

/* Do the rules ("-@all +@read +config|get", in their order) allow it? */
bool redis_acl_allows(struct str rules, const struct redis_right *right);
/* Do the patterns ("~*", "~sess:* %R~x", with or without ~) cover every key, for reading? */
bool redis_acl_all_keys(struct str patterns);

#endif

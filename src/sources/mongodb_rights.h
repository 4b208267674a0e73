/* What connectionStatus says of an account: its roles and its privileges. */
#ifndef ASSAY_SOURCES_MONGODB_RIGHTS_H
#define ASSAY_SOURCES_MONGODB_RIGHTS_H

#include "sources/mongodb.h"

enum { MONGODB_PRIVILEGES_MAX = 4096, MONGODB_ROLES_MAX = 256 };

struct mongodb_privilege {
    struct str database, collection; /* "": any */
    bool is_any;                     /* anyResource */
    bool is_cluster;
    struct str actions; /* " find listCollections ": a space around each */
};

struct mongodb_rights {
    bool is_known;   /* the server said them */
    bool is_unasked; /* nobody logged in: the server asks for no account, or gives none anything */
    struct mongodb_privilege *privileges;
    size_t privilege_count;
    struct str roles[MONGODB_ROLES_MAX]; /* "readWrite@shop" */
    size_t role_count;
};

MUST_USE int mongodb_rights_learn(struct mongodb *mongodb, struct mongodb_rights *rights, struct arena *keep,
                                  struct err *err);
bool mongodb_rights_may(const struct mongodb_rights *rights, struct str action, struct str database,
                        struct str collection);
/* An action on the whole server, such as listDatabases. */
bool mongodb_rights_may_all(const struct mongodb_rights *rights, struct str action);
bool mongodb_rights_are_all(const struct mongodb_rights *rights);
/* Roles and actions that go further than reading. */
MUST_USE int mongodb_rights_tell(const struct mongodb_rights *rights, const struct survey_sink *sink, struct err *err);

#endif

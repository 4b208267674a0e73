/* Roles and privileges of MongoDB: https://www.mongodb.com/docs/manual/reference/built-in-roles and .../privilege-actions. */
#include "sources/mongodb_rights.h"
#include "base/buf.h"
#include "base/str.h"

#include "base/banned.h"

struct meaning {
    const char *name, *means;
};

static const struct meaning roles[] = {
    {"root", "no right is withheld"},
    {"__system", "no right is withheld"},
    {"readAnyDatabase", "reads all databases"},
    {"readWriteAnyDatabase", "reads and changes all databases"},
    {"userAdminAnyDatabase", "gives itself any right in any database"},
    {"userAdmin", "gives itself any right in this database"},
    {"dbAdminAnyDatabase", "administers all databases"},
    {"dbOwner", "does anything in this database"},
    {"clusterAdmin", "administers the whole cluster"},
    {"clusterManager", "administers the cluster"},
    {"hostManager", "administers the servers"},
    {"backup", "copies everything, accounts and password hashes too"},
    {"restore", "replaces everything, accounts too"},
    {"readWrite", "changes and deletes documents"},
};

static const struct meaning actions[] = {
    {"anyAction", "no right is withheld on it"},
    {"grantRole", "gives itself roles"},
    {"createUser", "makes accounts"},
    {"changePassword", "changes the passwords of others"},
    {"impersonate", "acts as another account"},
    {"insert", "adds documents"},
    {"update", "changes documents"},
    {"remove", "deletes documents"},
    {"dropDatabase", "removes databases"},
    {"dropCollection", "removes collections"},
    {"applyOps", "writes whatever the log of operations may hold"},
    {"inprog", "sees what other accounts do"},
    {"killop", "ends what other accounts do"},
    {"getLog", "reads the server's log"},
    {"getParameter", "reads the server's settings"},
    {"setParameter", "changes the server's settings"},
    {"shutdown", "stops the server"},
    {"fsync", "holds up writing"},
    {"logRotate", "changes the server's logs"},
    {"replSetConfigure", "adds servers of its choosing to the replica set, which then hold a copy"},
    {"addShard", "adds servers of its choosing to the cluster"},
};

/* ---- reading the answer ---- */

static struct str text_at(const bson_t *document, const char *key, struct arena *keep, struct err *err)
{
    bson_iter_t at;
    bool has = bson_iter_init_find(&at, document, key) && BSON_ITER_HOLDS_UTF8(&at);
    return arena_str(keep, has ? str_of(bson_iter_utf8(&at, NULL)) : STR(""), err);
}

static bool sub_document(const bson_iter_t *at, bson_t *ret_document)
{
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    if (BSON_ITER_HOLDS_DOCUMENT(at)) {
        bson_iter_document(at, &len, &bytes);
    } else if (BSON_ITER_HOLDS_ARRAY(at)) {
        bson_iter_array(at, &len, &bytes);
    }
    return bytes != NULL && bson_init_static(ret_document, bytes, len);
}

static int join_actions(const bson_t *privilege, struct arena *keep, struct str *ret_actions, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    bson_iter_t at, each;
    buf_putc(&text, ' ');
    if (bson_iter_init_find(&at, privilege, "actions") && BSON_ITER_HOLDS_ARRAY(&at) && bson_iter_recurse(&at, &each)) {
        while (bson_iter_next(&each)) {
            buf_puts(&text, BSON_ITER_HOLDS_UTF8(&each) ? bson_iter_utf8(&each, NULL) : "");
            buf_putc(&text, ' ');
        }
    }
    TRY(buf_check(&text, err));
    *ret_actions = arena_str(keep, buf_str(&text), err);
    return ret_actions->data == NULL ? -1 : 0;
}

static int add_privilege(struct mongodb_rights *rights, const bson_t *privilege, struct arena *keep, struct err *err)
{
    bson_iter_t at;
    bson_t resource;
    if (rights->privilege_count == MONGODB_PRIVILEGES_MAX || !bson_iter_init_find(&at, privilege, "resource") ||
        !sub_document(&at, &resource)) {
        rights->is_known = false; /* more than is understood here */
        return 0;
    }
    struct mongodb_privilege *one = &rights->privileges[rights->privilege_count++];
    one->database = text_at(&resource, "db", keep, err);
    one->collection = text_at(&resource, "collection", keep, err);
    one->is_any = bson_has_field(&resource, "anyResource");
    one->is_cluster = bson_has_field(&resource, "cluster");
    TRY(one->database.data == NULL || one->collection.data == NULL ? -1 : 0);
    return join_actions(privilege, keep, &one->actions, err);
}

static int add_role(struct mongodb_rights *rights, const bson_t *role, struct arena *keep, struct err *err)
{
    struct str name = text_at(role, "role", keep, err);
    struct str database = text_at(role, "db", keep, err);
    OWN(own_buf) struct buf text = {0};
    TRY(name.data == NULL || database.data == NULL ? -1 : 0);
    buf_printf(&text, "%.*s@%.*s", STR_FMT(name), STR_FMT(database));
    TRY(buf_check(&text, err));
    if (rights->role_count < MONGODB_ROLES_MAX) {
        rights->roles[rights->role_count] = arena_str(keep, buf_str(&text), err);
        TRY(rights->roles[rights->role_count++].data == NULL ? -1 : 0);
    }
    return 0;
}

static int each_of(struct mongodb_rights *rights, const bson_t *info, const char *key, size_t *ret_count,
                   int (*add)(struct mongodb_rights *, const bson_t *, struct arena *, struct err *),
                   struct arena *keep, struct err *err)
{
    bson_iter_t at, each;
    bson_t one;
    *ret_count = 0;
    if (!bson_iter_init_find(&at, info, key) || !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &each)) {
        return 0;
    }
    for (; bson_iter_next(&each); ++*ret_count) {
        if (add != NULL && sub_document(&each, &one)) {
            TRY(add(rights, &one, keep, err));
        }
    }
    return 0;
}

static int take_status(struct mongodb_rights *rights, const bson_t *reply, struct arena *keep, struct err *err)
{
    bson_iter_t at;
    bson_t info;
    size_t accounts = 0, ignored = 0;
    if (!bson_iter_init_find(&at, reply, "authInfo") || !sub_document(&at, &info)) {
        return 0;
    }
    rights->is_known = true;
    TRY(each_of(rights, &info, "authenticatedUsers", &accounts, NULL, keep, err));
    rights->is_unasked = accounts == 0;
    TRY(each_of(rights, &info, "authenticatedUserRoles", &ignored, add_role, keep, err));
    return each_of(rights, &info, "authenticatedUserPrivileges", &ignored, add_privilege, keep, err);
}

int mongodb_rights_learn(struct mongodb *mongodb, struct mongodb_rights *rights, struct arena *keep, struct err *err)
{
    bson_t command = BSON_INITIALIZER;
    bson_t reply;
    rights->privileges = ARENA_NEW(keep, struct mongodb_privilege, MONGODB_PRIVILEGES_MAX, err);
    TRY(rights->privileges == NULL ? -1 : 0);
    BSON_APPEND_INT32(&command, "connectionStatus", 1);
    BSON_APPEND_BOOL(&command, "showPrivileges", true);
    int result = mongodb_ask(mongodb, "admin", &command, &reply, err);
    if (result == 0) {
        result = take_status(rights, &reply, keep, err);
    } else if (mongodb->code != 0) {
        result = 0; /* one that does not know the command: rights are unknown */
    }
    bson_destroy(&reply);
    bson_destroy(&command);
    return result;
}

/* ---- what follows ---- */

static bool has_action(const struct mongodb_privilege *privilege, struct str action)
{
    size_t at = str_find(privilege->actions, action, 0);
    while (at != SIZE_MAX) { /* as a whole word */
        bool begins = at > 0 && privilege->actions.data[at - 1] == ' ';
        size_t end = at + action.len;
        if (begins && end < privilege->actions.len && privilege->actions.data[end] == ' ') {
            return true;
        }
        at = str_find(privilege->actions, action, at + 1);
    }
    return false;
}

bool mongodb_rights_may(const struct mongodb_rights *rights, struct str action, struct str database,
                        struct str collection)
{
    for (size_t i = 0; i < rights->privilege_count; i++) {
        const struct mongodb_privilege *p = &rights->privileges[i];
        bool fits = p->is_any || (!p->is_cluster && (p->database.len == 0 || str_eq(p->database, database)) &&
                                  (p->collection.len == 0 || str_eq(p->collection, collection)));
        if (fits && (has_action(p, action) || has_action(p, STR("anyAction")))) {
            return true;
        }
    }
    return false;
}

bool mongodb_rights_may_all(const struct mongodb_rights *rights, struct str action)
{
    for (size_t i = 0; i < rights->privilege_count; i++) {
        const struct mongodb_privilege *p = &rights->privileges[i];
        if ((p->is_any || p->is_cluster) && (has_action(p, action) || has_action(p, STR("anyAction")))) {
            return true;
        }
    }
    return false;
}

static bool has_role(const struct mongodb_rights *rights, const char *name)
{
    for (size_t i = 0; i < rights->role_count; i++) {
        if (str_eq(str_cut(rights->roles[i], '@').head, str_of(name))) {
            return true;
        }
    }
    return false;
}

bool mongodb_rights_are_all(const struct mongodb_rights *rights)
{
    return has_role(rights, "root") || has_role(rights, "__system");
}

static int tell_roles(const struct mongodb_rights *rights, const struct survey_sink *sink, struct err *err)
{
    for (size_t i = 0; i < rights->role_count; i++) {
        for (size_t m = 0; m < sizeof roles / sizeof *roles; m++) {
            if (str_eq(str_cut(rights->roles[i], '@').head, str_of(roles[m].name))) {
                struct survey_power power = {rights->roles[i], roles[m].means, STR("a role of the account")};
                TRY(sink->power(sink->self, &power, err));
            }
        }
    }
    return 0;
}

/* Each action once, with the first thing it may be done to. */
static int tell_actions(const struct mongodb_rights *rights, const struct survey_sink *sink, struct err *err)
{
    for (size_t m = 0; m < sizeof actions / sizeof *actions; m++) {
        for (size_t i = 0; i < rights->privilege_count; i++) {
            const struct mongodb_privilege *p = &rights->privileges[i];
            if (!has_action(p, str_of(actions[m].name))) {
                continue;
            }
            OWN(own_buf) struct buf from = {0};
            if (p->is_any || p->is_cluster) {
                buf_puts(&from, p->is_any ? "a privilege on everything" : "a privilege on the cluster");
            } else {
                buf_printf(&from, "a privilege on %.*s.%.*s", STR_FMT(p->database.len == 0 ? STR("*") : p->database),
                           STR_FMT(p->collection.len == 0 ? STR("*") : p->collection));
            }
            TRY(buf_check(&from, err));
            struct survey_power power = {str_of(actions[m].name), actions[m].means, buf_str(&from)};
            TRY(sink->power(sink->self, &power, err));
            break;
        }
    }
    return 0;
}

int mongodb_rights_tell(const struct mongodb_rights *rights, const struct survey_sink *sink, struct err *err)
{
    if (rights->is_unasked) {
        struct survey_power power = {STR("no account needed"),
                                     "whoever reaches the server's port reads and changes what this login can",
                                     STR("the server answered without a login")};
        TRY(sink->power(sink->self, &power, err));
    }
    if (!rights->is_known) {
        struct survey_power power = {STR("rights not shown"), "what the account may do besides reading is not known",
                                     STR("connectionStatus did not tell")};
        TRY(sink->power(sink->self, &power, err));
    }
    TRY(tell_roles(rights, sink, err));
    TRY(tell_actions(rights, sink, err));
    if (mongodb_rights_may(rights, STR("find"), STR("admin"), STR("system.users"))) {
        struct survey_power power = {STR("admin.system.users"), "reads the password hashes of all accounts",
                                     STR("a privilege to find in it")};
        TRY(sink->power(sink->self, &power, err));
    }
    return 0;
}

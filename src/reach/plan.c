/* Which logins follow from what the tree says and what the person allowed: each server and account once. */
#include <sys/stat.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "reach/inside.h"
#include "reach/uri.h"

#include "base/banned.h"

enum { TARGETS_MAX = 2000 }; /* each is compared with those before it */

void own_login_plan(struct plan *plan)
{
    arena_clear(&plan->keep);
}

static bool is_given(const char *const *list, size_t count, struct str host)
{
    for (size_t i = 0; i < count; i++) {
        if (uri_same_host(str_of(list[i]), host)) {
            return true;
        }
    }
    return count == 0;
}

/* Socket paths name this machine, and are of no use for another. */
static struct str without_socket(struct str query)
{
    bool is_socket = str_starts(query, STR("socket=")) || str_starts(query, STR("host="));
    return is_socket ? str_cut(query, '&').tail : query;
}

/* Where the person says that the server is found: the last --at that fits. */
static int place_server(const struct assay_reach_options *options, struct plan *plan, struct target *target,
                        struct uri *uri, struct err *err)
{
    target->to = target->uri;
    for (size_t i = 0; i < options->at_count; i++) {
        struct uri_at at;
        TRY(uri_at_read(options->at[i], &at, err));
        if (!uri_at_fits(&at, uri)) {
            continue;
        }
        OWN(own_buf) struct buf moved = {0};
        struct uri there = *uri;
        there.host = at.host;
        there.port = at.port.len != 0 ? at.port : uri->port;
        there.query = without_socket(uri->query);
        uri_put(&moved, &there);
        TRY(buf_check(&moved, err));
        target->to = arena_str(&plan->keep, buf_str(&moved), err);
        if (target->to.data == NULL) {
            return -1;
        }
    }
    return 0;
}

/* "mysql 127.0.0.1:3306": one spelling of a server, so that a table of it is known again. */
static int name_server(struct plan *plan, struct target *target, struct err *err)
{
    struct uri uri;
    OWN(own_buf) struct buf name = {0};
    if (uri_cut(target->to, &uri)) {
        bool is_local = uri_same_host(uri.host, STR("localhost"));
        buf_put(&name, uri_family(uri.scheme));
        buf_putc(&name, ' ');
        buf_put(&name, is_local ? STR("localhost") : uri.host);
        buf_putc(&name, ':');
        buf_put(&name, uri_port(&uri));
    } else {
        buf_put(&name, target->to);
    }
    TRY(buf_check(&name, err));
    target->server = arena_str(&plan->keep, buf_str(&name), err);
    return target->server.data == NULL ? -1 : 0;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same account with the same password on the same server; which database it enters by does not matter. */
static bool is_same_login(const struct target *a, const struct target *b)
{
    struct uri one, two;
    bool asks_nobody = !source_is_remote(a->to.data); /* a file has no accounts */
    if (!str_eq(a->server, b->server) || (!asks_nobody && !same_text(a->password, b->password))) {
        return false;
    }
    return !uri_cut(a->to, &one) || !uri_cut(b->to, &two) || str_eq(one.account, two.account);
}

static int add(const struct assay_reach_options *options, struct plan *plan, struct target target, struct err *err)
{
    struct uri uri = {0};
    bool has_host = uri_cut(target.uri, &uri);
    if (plan->count == TARGETS_MAX) {
        plan->left_out++;
        return 0;
    }
    target.to = target.uri;
    if (has_host) {
        TRY(place_server(options, plan, &target, &uri, err));
    }
    if (target.skip == NULL && target.finding != NULL && has_host &&
        !is_given(options->only, options->only_count, uri.host)) {
        target.skip = "its host is not one of --only";
    }
    TRY(name_server(plan, &target, err));
    target.same = plan->count;
    for (size_t i = 0; i < plan->count && target.skip == NULL; i++) {
        if (plan->targets[i].skip == NULL && is_same_login(&plan->targets[i], &target)) {
            target.same = plan->targets[i].same;
            break;
        }
    }
    plan->targets[plan->count++] = target;
    return 0;
}

/* Why nobody can log in with a credential; NULL: somebody can. */
static const char *hindrance(const json_t *finding, const char *uri, const char *password)
{
    const char *state = json_text(finding, "password", "");
    if (uri == NULL) {
        bool is_file = strcmp(json_text(finding, "service", ""), "sqlite") == 0;
        return is_file ? "its file is not in the tree; where it is, name it as sqlite:FILE"
                       : "what the tree says of it is not enough to connect";
    }
    if (!source_is_uri(uri)) {
        return "this program does not speak to this kind of server";
    }
    if (strcmp(state, "elsewhere") == 0) {
        return "its password is not in the tree";
    }
    if (strcmp(state, "set") == 0) {
        return password == NULL ? "its password was not handed over" : NULL;
    }
    bool asks_nobody = !source_is_remote(uri);
    bool is_known = strcmp(state, "none") == 0 || strcmp(state, "empty") == 0;
    return asks_nobody || is_known ? NULL : "its password could not be followed through the code";
}

/* The sqlite:FILE that a person gave and that is the very file this credential means; NULL: none is. */
static const char *given_file(const struct assay_reach_options *options, const json_t *finding)
{
    const struct str scheme = STR("sqlite:");
    const char *meant = json_text(finding, "database", NULL);
    struct stat here, there;
    if (meant == NULL || strcmp(json_text(finding, "service", ""), "sqlite") != 0 || stat(meant, &here) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < options->uri_count; i++) {
        const char *uri = options->uris[i];
        if (str_starts(str_of(uri), scheme) && stat(uri + scheme.len, &there) == 0 && here.st_dev == there.st_dev &&
            here.st_ino == there.st_ino) {
            return uri;
        }
    }
    return NULL;
}

static int add_credential(const struct assay_reach_options *options, struct plan *plan, const json_t *finding,
                          struct err *err)
{
    const char *opens = json_text(finding, "opens", "");
    if (strcmp(opens, "database") != 0 && strcmp(opens, "cache") != 0) {
        return 0;
    }
    const char *said = json_text(finding, "uri", NULL);
    const char *uri = said != NULL ? said : given_file(options, finding);
    const char *password = json_text(json_object_get(finding, "secret"), "password", NULL);
    struct target target = {
        .credential = json_text(finding, "id", "?"),
        .finding = finding,
        .uri = str_of(uri != NULL ? uri : ""),
        .skip = options->connect ? hindrance(finding, uri, password) : "nobody said --connect",
        .password = password != NULL ? password : "", /* never the examiner's own */
    };
    return add(options, plan, target, err);
}

static int check_uri(const char *uri, struct err *err)
{
    char shown[1024];
    source_display(uri, shown, sizeof shown);
    if (!source_is_uri(uri)) {
        err_set(err, ERR_USAGE, "%s: no database of this kind is known", shown);
        return err_remedy(err,
                          "mysql://, postgresql://, clickhouse://, redis://, mongodb:// or sqlite:FILE; or a folder");
    }
    if (!str_eq(str_of(shown), str_slice(str_of(uri), 0, sizeof shown - 1))) {
        err_set(err, ERR_USAGE, "%s: a password does not belong in a URI", shown);
        return err_remedy(err, "leave it out, and put it into the environment: MYSQL_PWD, PGPASSWORD or ~/.pgpass");
    }
    return 0;
}

int plan_logins(const struct assay_reach_options *options, struct plan *ret_plan, struct err *err)
{
    *ret_plan = (struct plan){0};
    arena_init(&ret_plan->keep, 0);
    ret_plan->targets = ARENA_NEW(&ret_plan->keep, struct target, TARGETS_MAX, err);
    if (ret_plan->targets == NULL) {
        return -1;
    }
    size_t i;
    const json_t *said;
    for (i = 0; i < options->uri_count; i++) {
        TRY(check_uri(options->uris[i], err));
    }
    json_array_foreach(options->heard, i, said)
    {
        const json_t *record = json_object_get(said, "record");
        if (strcmp(json_text(said, "kind", ""), "finding") == 0 &&
            strcmp(json_text(record, "class", ""), "credential") == 0) {
            TRY(add_credential(options, ret_plan, record, err));
        }
    }
    /* what the tree holds comes first: a login that is both is the tree's */
    for (i = 0; i < options->uri_count; i++) {
        TRY(add(options, ret_plan, (struct target){.uri = str_of(options->uris[i])}, err));
    }
    return 0;
}

json_t *assay_reach_plan(const struct assay_reach_options *options, struct err *err)
{
    OWN(own_login_plan) struct plan plan = {0};
    OWN(own_json) json_t *logins = json_array();
    if (logins == NULL || plan_logins(options, &plan, err) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < plan.count; i++) {
        const struct target *target = &plan.targets[i];
        if (target->skip != NULL || target->same != i) {
            continue;
        }
        json_t *login = json_pack(
            "{s:s*,s:o,s:o,s:s*,s:I,s:b}", "credential", target->credential, "uri", assay_text(target->uri, 1024), "to",
            assay_text(target->to, 1024), "path", json_text(target->finding, "path", NULL), "line",
            (json_int_t)json_int(target->finding, "line", 0), "remote", source_is_remote(target->to.data));
        if (login == NULL || json_array_append_new(logins, login) != 0) {
            err_no_memory(err);
            return NULL;
        }
    }
    return json_incref(logins);
}

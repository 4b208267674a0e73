/* Rules of Redis accounts. They hold in their order, the last that fits wins; a category stands for its commands. Which categories
 * a command is in is Redis 7's (ACL CAT). */
#include <stdio.h>

#include "base/str.h"
#include "sources/redis_acl.h"

#include "base/banned.h"

const struct redis_right redis_rights[] = {
    {"CONFIG SET", "config", "set", " admin slow dangerous ",
     "changes the server's settings; with dir and dbfilename it writes files on its host"},
    {"MODULE LOAD", "module", "load", " admin slow dangerous ", "loads native code into the server"},
    {"EVAL", "eval", NULL, " slow scripting ", "runs Lua in the server"},
    {"FUNCTION LOAD", "function", "load", " write slow scripting ", "leaves Lua in the server for others to run"},
    {"REPLICAOF", "replicaof", NULL, " admin slow dangerous ",
     "makes the server a copy of another, whose data it then takes"},
    {"SLAVEOF", "slaveof", NULL, " admin slow dangerous ",
     "makes the server a copy of another, whose data it then takes"},
    {"SYNC", "sync", NULL, " admin slow dangerous ", "streams the whole data set out, as a replica does"},
    {"PSYNC", "psync", NULL, " admin slow dangerous ", "streams the whole data set out, as a replica does"},
    {"MIGRATE", "migrate", NULL, " keyspace write slow dangerous ", "sends keys to another server"},
    {"MONITOR", "monitor", NULL, " admin slow dangerous ", "sees the commands of all clients, and what stands in them"},
    {"ACL SETUSER", "acl", "setuser", " admin slow dangerous ", "makes accounts and changes passwords"},
    {"DEBUG", "debug", NULL, " admin slow dangerous ", "looks into the server's memory and can stop it"},
    {"FLUSHALL", "flushall", NULL, " keyspace write slow dangerous ", "deletes everything"},
    {"SET", "set", NULL, " write string slow ", "writes and replaces keys"},
    {"SHUTDOWN", "shutdown", NULL, " admin slow dangerous ", "stops the server"},
};
const size_t redis_right_count = sizeof redis_rights / sizeof *redis_rights;

static bool in_category(const struct redis_right *right, struct str category)
{
    char padded[64];
    int len = snprintf(padded, sizeof padded, " %.*s ", STR_FMT(category));
    return str_eq_nocase(category, STR("all")) ||
           (len > 2 && len < (int)sizeof padded &&
            str_find_nocase(str_of(right->categories), (struct str){padded, (size_t)len}, 0) != SIZE_MAX);
}

/* Is the rule, without its sign, about this command? */
static bool fits(struct str rule, const struct redis_right *right)
{
    if (rule.len > 0 && rule.data[0] == '@') {
        return in_category(right, str_slice(rule, 1, rule.len));
    }
    struct str_cut bar = str_cut(rule, '|');
    if (!str_eq_nocase(bar.head, str_of(right->command))) {
        return false;
    }
    return !bar.found || (right->part != NULL && str_eq_nocase(bar.tail, str_of(right->part)));
}

bool redis_acl_allows(struct str rules, const struct redis_right *right)
{
    bool is_allowed = false;
    while (rules.len > 0) {
        struct str_cut cut = str_cut(rules, ' ');
        struct str rule = cut.head;
        rules = cut.tail;
        if (str_eq_nocase(rule, STR("allcommands")) || str_eq_nocase(rule, STR("nocommands"))) {
            is_allowed = str_eq_nocase(rule, STR("allcommands"));
        } else if (rule.len > 1 && (rule.data[0] == '+' || rule.data[0] == '-') &&
                   fits(str_slice(rule, 1, rule.len), right)) {
            is_allowed = rule.data[0] == '+';
        }
    }
    return is_allowed;
}

bool redis_acl_all_keys(struct str patterns)
{
    while (patterns.len > 0) {
        struct str_cut cut = str_cut(patterns, ' ');
        patterns = cut.tail;
        if (str_eq_nocase(cut.head, STR("allkeys")) || str_eq(cut.head, STR("~*")) || str_eq(cut.head, STR("*")) ||
            str_eq_nocase(cut.head, STR("%R~*")) || str_eq_nocase(cut.head, STR("%RW~*"))) {
            return true;
        }
    }
    return false;
}

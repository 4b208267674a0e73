/* One Sigma rule from YAML. What a single line cannot answer (counts over time, correlations, other events near by) is
 * refused, with its place: a rule that was half understood would say "nothing found" of what it never looked for. */
#include "base/own.h"
#include "base/str.h"
#include "base/yaml.h"
#include "trace/sigma.h"

#include "base/banned.h"

enum { CONDITION_DEPTH = 32, NODES_MAX = 4096, GROUP_DEPTH = 8 };

struct reading {
    struct arena *keep;
    struct err *err;
    const struct yaml *detection;
    size_t nodes, values;
    unsigned depth;
    unsigned line, column; /* of what is read now */
};

static int fail_at(struct reading *reading, const struct yaml *node, const char *what)
{
    return err_set(reading->err, ERR_FORMAT, "%u:%u: %s", node->line, node->column, what);
}

/* An error of a deeper layer, with the place. */
static int place_error(struct reading *reading, const struct yaml *node, const struct err *why)
{
    return err_set(reading->err, why->kind, "%u:%u: %s", node->line, node->column, why->text);
}

static const struct yaml *member(const struct yaml *map, const char *key)
{
    const struct yaml *child = map != NULL && map->kind == YAML_MAP ? map->first : NULL;
    while (child != NULL && !str_eq(child->key->text, str_of(key))) {
        child = child->next;
    }
    return child;
}

static struct sigma_node *new_node(struct reading *reading, enum sigma_node_kind kind)
{
    if (++reading->nodes > NODES_MAX) {
        err_set(reading->err, ERR_FORMAT, "%u:%u: more than %d conditions", reading->line, reading->column, NODES_MAX);
        return NULL;
    }
    struct sigma_node *node = ARENA_NEW(reading->keep, struct sigma_node, 1, reading->err);
    if (node != NULL) {
        node->kind = kind;
    }
    return node;
}

static void adopt(struct sigma_node *parent, struct sigma_node *child)
{
    struct sigma_node **end = &parent->first;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = child;
}

/* ---- fields ---- */

static const struct {
    const char *name;
    enum sigma_field field;
} fields[] = {{"cs-method", SIGMA_METHOD},
              {"c-uri", SIGMA_URL},
              {"cs-uri", SIGMA_URL},
              {"cs-url", SIGMA_URL},
              {"c-url", SIGMA_URL},
              {"cs-uri-query", SIGMA_QUERY},
              {"c-uri-query", SIGMA_QUERY},
              {"cs-uri-stem", SIGMA_STEM},
              {"c-uri-stem", SIGMA_STEM},
              {"c-uri-path", SIGMA_STEM},
              {"cs-uri-path", SIGMA_STEM},
              {"c-uri-extension", SIGMA_EXTENSION},
              {"cs-uri-extension", SIGMA_EXTENSION},
              {"sc-status", SIGMA_STATUS},
              {"cs-user-agent", SIGMA_AGENT},
              {"c-useragent", SIGMA_AGENT},
              {"cs(User-Agent)", SIGMA_AGENT},
              {"cs-useragent", SIGMA_AGENT},
              {"cs-referer", SIGMA_REFERER},
              {"cs-referrer", SIGMA_REFERER},
              {"c-referer", SIGMA_REFERER},
              {"cs(Referer)", SIGMA_REFERER},
              {"cs-username", SIGMA_USER},
              {"c-username", SIGMA_USER},
              {"cs-host", SIGMA_HOST},
              {"r-dns", SIGMA_HOST},
              {"c-ip", SIGMA_CLIENT},
              {"src_ip", SIGMA_CLIENT},
              {"sc-bytes", SIGMA_BYTES},
              {"cs-bytes", SIGMA_BYTES_IN},
              {"time-taken", SIGMA_DURATION}};

static enum sigma_field field_of(struct str name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (str_eq_nocase(name, str_of(fields[i].name))) {
            return fields[i].field;
        }
    }
    return SIGMA_ABSENT;
}

/* ---- items: one field or the keywords, and their values ---- */

static int read_one_value(struct reading *reading, const struct yaml *value, const struct sigma_modifiers *modifiers,
                          struct sigma_node *node, struct sigma_value *room)
{
    struct err why = {0};
    reading->line = value->line;
    reading->column = value->column;
    if (value->kind != YAML_TEXT) {
        return fail_at(reading, value, "a value has to be text or a number");
    }
    if (sigma_values_of(value->text, value->is_null, modifiers, reading->keep, room, SIGMA_VALUES_MAX,
                        &node->value_count, &why) != 0) {
        return place_error(reading, value, &why);
    }
    return 0;
}

static int read_values(struct reading *reading, const struct yaml *values, const struct sigma_modifiers *modifiers,
                       struct sigma_node *node)
{
    struct arena scratch;
    arena_init(&scratch, 0);
    struct sigma_value *room = ARENA_NEW(&scratch, struct sigma_value, SIGMA_VALUES_MAX, reading->err);
    int rc = room == NULL ? -1 : 0;
    if (rc == 0 && values->kind == YAML_LIST) {
        for (const struct yaml *value = values->first; rc == 0 && value != NULL; value = value->next) {
            rc = read_one_value(reading, value, modifiers, node, room);
        }
    } else if (rc == 0) {
        rc = read_one_value(reading, values, modifiers, node, room);
    }
    reading->values += node->value_count;
    if (rc == 0 && (node->value_count == 0 || reading->values > SIGMA_VALUES_MAX)) {
        rc = fail_at(reading, values, node->value_count == 0 ? "no values" : "too many values in one rule");
    }
    if (rc == 0 &&
        (node->values = ARENA_NEW(reading->keep, struct sigma_value, node->value_count, reading->err)) == NULL) {
        rc = -1;
    }
    if (rc == 0) {
        memcpy(node->values, room, node->value_count * sizeof *room);
    }
    arena_clear(&scratch);
    return rc;
}

/* "cs-uri-query|contains|all": values, or for keywords "|all" or nothing. */
static struct sigma_node *read_item(struct reading *reading, const struct yaml *key, const struct yaml *values)
{
    struct sigma_modifiers modifiers;
    struct err why = {0};
    struct str_cut cut = str_cut(key == NULL ? (struct str){"", 0} : key->text, '|');
    struct sigma_node *node = new_node(reading, SIGMA_ITEM);
    if (node == NULL) {
        return NULL;
    }
    if (sigma_modifiers_read(cut.tail, &modifiers, &why) != 0) {
        place_error(reading, key, &why);
        return NULL;
    }
    node->field = cut.head.len == 0 ? SIGMA_WHOLE : field_of(cut.head);
    struct str name = arena_str(reading->keep, cut.head, reading->err);
    modifiers.is_contains |= cut.head.len == 0 && !modifiers.is_regex;
    node->name = name.data;
    node->is_all = modifiers.is_all;
    node->is_not = modifiers.is_not;
    return name.data == NULL || read_values(reading, values, &modifiers, node) != 0 ? NULL : node;
}

static bool is_list_of_maps(const struct yaml *node)
{
    return node->kind == YAML_LIST && node->first != NULL && node->first->kind == YAML_MAP;
}

/* A search: a map (all of its fields), a list of maps (one of them), or words (one of them). */
static struct sigma_node *read_search(struct reading *reading, const struct yaml *search)
{
    bool is_map = search->kind == YAML_MAP;
    if (!is_map && !is_list_of_maps(search)) {
        return read_item(reading, NULL, search);
    }
    if (reading->depth == GROUP_DEPTH) {
        fail_at(reading, search, "nested too deep");
        return NULL;
    }
    struct sigma_node *group = new_node(reading, is_map ? SIGMA_AND : SIGMA_OR);
    reading->depth++;
    for (const struct yaml *child = search->first; group != NULL && child != NULL; child = child->next) {
        struct sigma_node *node = is_map ? read_item(reading, child->key, child) : read_search(reading, child);
        if (node == NULL) {
            return NULL;
        }
        adopt(group, node);
    }
    reading->depth--;
    if (group != NULL && group->first == NULL) {
        fail_at(reading, search, "nothing to search for");
        return NULL;
    }
    return group;
}

/* ---- the condition ---- */

struct condition {
    struct reading *reading;
    const struct yaml *at;
    struct str rest;
    unsigned depth;
};

static struct str next_token(struct condition *condition)
{
    struct str rest = str_trim(condition->rest);
    size_t len = 0;
    if (rest.len > 0 && memchr("()|", rest.data[0], 3) != NULL) {
        len = 1;
    } else {
        while (len < rest.len && memchr(" \t\r\n()|", rest.data[len], 7) == NULL) {
            len++;
        }
    }
    condition->rest = str_slice(rest, len, rest.len);
    return str_slice(rest, 0, len);
}

static struct str peek_token(struct condition *condition)
{
    struct condition copy = *condition;
    return next_token(&copy);
}

static bool name_fits(struct str name, struct str pattern)
{
    struct str_cut cut = str_cut(pattern, '*');
    if (!cut.found) {
        return str_eq(name, pattern);
    }
    bool is_long_enough = name.len >= cut.head.len + cut.tail.len;
    return is_long_enough && str_starts(name, cut.head) && str_ends(name, cut.tail);
}

/* "1 of x_*", "all of them", "2 of y*". */
static struct sigma_node *read_quantity(struct condition *condition, struct str quantity)
{
    struct reading *reading = condition->reading;
    uint64_t least = 1;
    bool is_all = str_eq_nocase(quantity, STR("all"));
    if (!is_all && !str_eq_nocase(quantity, STR("any")) && (!str_u64(quantity, &least) || least == 0)) {
        fail_at(reading, condition->at, "condition: a number, any or all is missing before 'of'");
        return NULL;
    }
    (void)next_token(condition); /* of */
    struct str pattern = next_token(condition);
    bool is_them = str_eq_nocase(pattern, STR("them"));
    struct sigma_node *group = new_node(reading, is_all ? SIGMA_AND : least == 1 ? SIGMA_OR : SIGMA_COUNT);
    for (const struct yaml *child = reading->detection->first; group != NULL && child != NULL; child = child->next) {
        struct str name = child->key->text;
        bool is_search = !str_eq(name, STR("condition")) && !str_eq(name, STR("timeframe"));
        bool fits = is_them ? name.data[0] != '_' : name_fits(name, pattern);
        if (!is_search || !fits) {
            continue;
        }
        struct sigma_node *node = read_search(reading, child);
        if (node == NULL) {
            return NULL;
        }
        adopt(group, node);
    }
    if (group != NULL && group->first == NULL) {
        fail_at(reading, condition->at, "condition: no search has such a name");
        return NULL;
    }
    if (group != NULL) {
        group->least = (unsigned)least;
    }
    return group;
}

static struct sigma_node *read_or(struct condition *condition);

static struct sigma_node *read_primary(struct condition *condition)
{
    struct reading *reading = condition->reading;
    struct str token = next_token(condition);
    if (condition->depth > CONDITION_DEPTH) {
        fail_at(reading, condition->at, "condition: nested too deep");
        return NULL;
    }
    if (str_eq_nocase(token, STR("not"))) {
        condition->depth++;
        struct sigma_node *node = new_node(reading, SIGMA_NOT);
        struct sigma_node *child = node == NULL ? NULL : read_primary(condition);
        condition->depth--;
        if (child != NULL) {
            adopt(node, child);
        }
        return child == NULL ? NULL : node;
    }
    if (str_eq(token, STR("("))) {
        condition->depth++;
        struct sigma_node *node = read_or(condition);
        condition->depth--;
        if (node != NULL && !str_eq(next_token(condition), STR(")"))) {
            fail_at(reading, condition->at, "condition: a ( without its )");
            return NULL;
        }
        return node;
    }
    if (str_eq_nocase(peek_token(condition), STR("of"))) {
        return read_quantity(condition, token);
    }
    char name[128];
    snprintf(name, sizeof name, "%.*s", STR_FMT(str_slice(token, 0, sizeof name - 1)));
    const struct yaml *search = token.len == 0 ? NULL : member(reading->detection, name);
    if (search == NULL || str_eq(token, STR("condition"))) {
        fail_at(reading, condition->at, "condition: it names a search that is not there");
        return NULL;
    }
    return read_search(reading, search);
}

/* primary { and primary } */
static struct sigma_node *read_and(struct condition *condition)
{
    struct sigma_node *first = read_primary(condition);
    if (first == NULL || !str_eq_nocase(peek_token(condition), STR("and"))) {
        return first;
    }
    struct sigma_node *group = new_node(condition->reading, SIGMA_AND);
    for (struct sigma_node *node = first; group != NULL && node != NULL;) {
        adopt(group, node);
        if (!str_eq_nocase(peek_token(condition), STR("and"))) {
            return group;
        }
        (void)next_token(condition);
        node = read_primary(condition);
    }
    return NULL;
}

static struct sigma_node *read_or(struct condition *condition)
{
    struct sigma_node *first = read_and(condition);
    if (first == NULL || !str_eq_nocase(peek_token(condition), STR("or"))) {
        return first;
    }
    struct sigma_node *group = new_node(condition->reading, SIGMA_OR);
    for (struct sigma_node *node = first; group != NULL && node != NULL;) {
        adopt(group, node);
        if (!str_eq_nocase(peek_token(condition), STR("or"))) {
            return group;
        }
        (void)next_token(condition);
        node = read_and(condition);
    }
    return NULL;
}

static struct sigma_node *read_condition(struct reading *reading, const struct yaml *text)
{
    struct condition condition = {.reading = reading, .at = text, .rest = text->text};
    if (text->kind != YAML_TEXT) {
        fail_at(reading, text, "condition: has to be text");
        return NULL;
    }
    struct sigma_node *node = read_or(&condition);
    struct str behind = node == NULL ? (struct str){"", 0} : next_token(&condition);
    if (behind.len > 0 && behind.data[0] == '|') {
        fail_at(reading, text,
                "condition: it counts or relates lines ('|'), which is not done here; "
                "leave out the rule, or what stands behind the '|'");
        return NULL;
    }
    if (behind.len > 0) {
        fail_at(reading, text, "condition: and or or is missing");
        return NULL;
    }
    return node;
}

/* One condition, or a list of them: one has to hold. */
static struct sigma_node *read_conditions(struct reading *reading, const struct yaml *conditions)
{
    if (conditions->kind != YAML_LIST) {
        return read_condition(reading, conditions);
    }
    struct sigma_node *group = new_node(reading, SIGMA_OR);
    for (const struct yaml *text = conditions->first; group != NULL && text != NULL; text = text->next) {
        struct sigma_node *node = read_condition(reading, text);
        if (node == NULL) {
            return NULL;
        }
        adopt(group, node);
    }
    if (group != NULL && group->first == NULL) {
        fail_at(reading, conditions, "condition: there is none");
        return NULL;
    }
    return group;
}

/* ---- the rule ---- */

static int keep_member(struct reading *reading, const struct yaml *root, const char *key, const char **ret_text)
{
    const struct yaml *node = member(root, key);
    struct str text = node != NULL && node->kind == YAML_TEXT ? node->text : (struct str){"", 0};
    struct str kept = arena_str(reading->keep, text, reading->err);
    *ret_text = kept.data;
    return kept.data == NULL ? -1 : 0;
}

static int keep_tags(struct reading *reading, const struct yaml *root, struct sigma_rule *rule)
{
    const struct yaml *tags = member(root, "tags");
    const struct yaml *tag = tags != NULL && tags->kind == YAML_LIST ? tags->first : NULL;
    for (; tag != NULL && rule->tag_count < SIGMA_TAGS; tag = tag->next) {
        struct str kept = tag->kind == YAML_TEXT ? arena_str(reading->keep, tag->text, reading->err) : STR("");
        if (kept.data == NULL) {
            return -1;
        }
        rule->tags[rule->tag_count++] = kept.data;
    }
    return 0;
}

static enum sigma_category category_of(const struct yaml *root)
{
    static const char *const names[] = {"webserver", "proxy", "database"};
    const struct yaml *category = member(member(root, "logsource"), "category");
    for (size_t i = 0; category != NULL && category->kind == YAML_TEXT && i < 3; i++) {
        if (str_eq_nocase(category->text, str_of(names[i]))) {
            return (enum sigma_category)i;
        }
    }
    return SIGMA_OTHER;
}

static int read_root(struct reading *reading, const struct yaml *root, struct sigma_rule **ret_rule)
{
    if (root == NULL || root->kind != YAML_MAP) {
        return err_set(reading->err, ERR_FORMAT, "1:1: not a Sigma rule");
    }
    const struct yaml *detection = member(root, "detection");
    if (member(root, "correlation") != NULL) {
        return fail_at(reading, member(root, "correlation"),
                       "a correlation of rules, which is not done here; leave it out");
    }
    if (member(root, "logsource") == NULL || detection == NULL || detection->kind != YAML_MAP) {
        return fail_at(reading, root, "no logsource or no detection: not a Sigma rule");
    }
    enum sigma_category category = category_of(root);
    if (category == SIGMA_OTHER) {
        return 0;
    }
    const struct yaml *condition = member(detection, "condition");
    if (condition == NULL) {
        return fail_at(reading, detection, "no condition");
    }
    struct sigma_rule *rule = ARENA_NEW(reading->keep, struct sigma_rule, 1, reading->err);
    if (rule == NULL) {
        return -1;
    }
    rule->category = category;
    TRY(keep_member(reading, root, "id", &rule->id));
    TRY(keep_member(reading, root, "title", &rule->title));
    TRY(keep_member(reading, root, "level", &rule->level));
    TRY(keep_member(reading, root, "status", &rule->status));
    TRY(keep_tags(reading, root, rule));
    reading->detection = detection;
    rule->root = read_conditions(reading, condition);
    if (rule->root == NULL) {
        return -1;
    }
    *ret_rule = rule;
    return 0;
}

int sigma_read(struct str bytes, struct arena *keep, struct sigma_rule **ret_rule, struct err *err)
{
    struct arena tree;
    struct yaml *root = NULL;
    struct reading reading = {.keep = keep, .err = err};
    *ret_rule = NULL;
    arena_init(&tree, 64 << 20);
    int rc = yaml_read(&tree, "rule", bytes, &root, err);
    if (rc != 0 && err != NULL && str_starts(str_of(err->text), STR("rule:"))) {
        struct err why = *err; /* the caller names the file */
        err_set(err, why.kind, "%s", why.text + 5);
    }
    rc = rc == 0 ? read_root(&reading, root, ret_rule) : rc;
    arena_clear(&tree);
    return rc;
}

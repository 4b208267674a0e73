/* A line against a rule. A field may have several texts (as logged, decoded once, decoded twice; the query with its path and
 * alone): a value matches if it matches one of them. Decoded, because a server acts on what a request says and not on
 * how it is written; as logged, because many rules name the escapes themselves. */
#include "base/str.h"
#include "trace/decode.h"
#include "trace/proxy.h"
#include "trace/regex.h"
#include "trace/sigma.h"

#include "base/banned.h"

enum { TEXTS_MAX = 10 };

struct texts {
    struct str all[TEXTS_MAX];
    size_t count;
};

static void add(struct texts *texts, struct str text)
{
    if (texts->count < TEXTS_MAX) {
        texts->all[texts->count++] = text;
    }
}

/* ---- what a line has ---- */

static struct str cut_text(struct str text)
{
    return str_slice(text, 0, SIGMA_TEXT_MAX);
}

static bool has_escapes(struct str text)
{
    return text.len > 0 && (memchr(text.data, '%', text.len) != NULL || memchr(text.data, '+', text.len) != NULL ||
                            memchr(text.data, '\\', text.len) != NULL);
}

/* host and target, unless the target already has its host */
static struct str url_of(struct sigma_view *view, struct str host, struct str target)
{
    size_t at = view->room.len;
    if (host.len == 0 || target.len == 0 || target.data[0] != '/') {
        return target;
    }
    buf_put(&view->room, host);
    buf_put(&view->room, target);
    return str_slice(buf_str(&view->room), at, view->room.len);
}

void sigma_view_of(struct sigma_view *view, const struct log_line *line, enum log_kind kind, unsigned has,
                   struct str client)
{
    struct buf room = view->room;
    buf_reset(&room);
    *view = (struct sigma_view){.line = line, .kind = kind, .has = has, .client = client, .room = room};
    if (kind != LOG_WEB) {
        return;
    }
    view->target = cut_text(log_field(line, line->target));
    struct str host = cut_text(log_field(line, line->vhost));
    char *first = buf_room(&view->room, 2 * view->target.len + 2 * (view->target.len + host.len) + 1);
    if (first == NULL) {
        return;
    }
    if (has_escapes(view->target)) {
        view->decoded = (struct str){first, decode_percent(first, view->target, true)};
        view->room.len += view->decoded.len;
    }
    if (view->decoded.len > 0 && memchr(view->decoded.data, '%', view->decoded.len) != NULL) {
        char *second = first + view->decoded.len;
        view->twice = (struct str){second, decode_percent(second, view->decoded, true)};
        view->room.len += view->twice.len;
    }
    view->url = url_of(view, host, view->target);
    view->url_decoded = view->decoded.len > 0 ? url_of(view, host, view->decoded) : view->url;
}

/* The host of "http://host/path" or "host:443" (CONNECT). */
static struct str host_of(const struct sigma_view *view)
{
    struct str host = log_field(view->line, view->line->vhost);
    size_t scheme = host.len > 0 ? SIZE_MAX : str_find(str_slice(view->target, 0, 16), STR("://"), 0);
    if (host.len == 0 && scheme != SIZE_MAX) {
        host = str_cut(str_slice(view->target, scheme + 3, view->target.len), '/').head;
    } else if (host.len == 0 && str_eq(log_field(view->line, view->line->method), STR("CONNECT"))) {
        host = view->target;
    }
    return str_cut(host, ':').head;
}

static struct str path_of(struct str target)
{
    return str_cut(target, '?').head;
}

static void add_forms(struct texts *texts, const struct sigma_view *view, struct str (*part)(struct str))
{
    const struct str forms[] = {view->target, view->decoded, view->twice};
    for (size_t i = 0; i < 3; i++) {
        if (i == 0 || forms[i].len > 0) {
            struct str text = part(forms[i]);
            if (text.len > 0 || i == 0) {
                add(texts, text);
            }
        }
    }
}

static struct str whole_of(struct str target)
{
    return target;
}

static struct str query_of(struct str target)
{
    return path_query(target);
}

static struct str extension_of(struct str target)
{
    struct str path = path_of(target);
    size_t at = path.len;
    while (at > 0 && path.data[at - 1] != '.' && path.data[at - 1] != '/') {
        at--;
    }
    return at > 0 && path.data[at - 1] == '.' ? str_slice(path, at, path.len) : (struct str){"", 0};
}

static void web_texts(const struct sigma_view *view, enum sigma_field field, struct texts *texts)
{
    const struct log_line *line = view->line;
    switch (field) {
    case SIGMA_METHOD:
        add(texts, log_field(line, line->method));
        break;
    case SIGMA_URL:
        add_forms(texts, view, whole_of);
        add(texts, view->url);
        add(texts, view->url_decoded);
        break;
    case SIGMA_QUERY:
        add_forms(texts, view, whole_of);
        add_forms(texts, view, query_of);
        break;
    case SIGMA_STEM:
        add_forms(texts, view, path_of);
        break;
    case SIGMA_EXTENSION:
        add_forms(texts, view, extension_of);
        break;
    case SIGMA_AGENT:
        add(texts, cut_text(log_field(line, line->agent)));
        break;
    case SIGMA_REFERER:
        add(texts, cut_text(log_field(line, line->referer)));
        break;
    case SIGMA_USER:
        add(texts, log_field(line, line->user));
        break;
    case SIGMA_HOST:
        add(texts, host_of(view));
        break;
    case SIGMA_WHOLE:
        add(texts, cut_text((struct str){line->text, line->len}));
        add_forms(texts, view, whole_of);
        break;
    case SIGMA_CLIENT:
    case SIGMA_STATUS:
    case SIGMA_BYTES:
    case SIGMA_BYTES_IN:
    case SIGMA_DURATION:
    case SIGMA_STATEMENT:
    case SIGMA_ABSENT:
        break;
    }
}

static void texts_of(const struct sigma_view *view, enum sigma_field field, struct texts *texts)
{
    const struct log_line *line = view->line;
    if (field == SIGMA_CLIENT) {
        add(texts, view->client);
    } else if (view->kind == LOG_WEB) {
        web_texts(view, field, texts);
    } else if (field == SIGMA_WHOLE || field == SIGMA_STATEMENT) {
        add(texts, cut_text(log_field(line, line->statement)));
    } else if (field == SIGMA_USER) {
        add(texts, log_field(line, line->user));
    }
}

static bool number_of(const struct sigma_view *view, enum sigma_field field, uint64_t *ret_number)
{
    const struct log_line *line = view->line;
    *ret_number = field == SIGMA_STATUS     ? line->status
                  : field == SIGMA_BYTES    ? line->bytes
                  : field == SIGMA_BYTES_IN ? line->bytes_in
                  : field == SIGMA_DURATION ? line->duration_us / 1000
                                            : 0;
    return (field == SIGMA_STATUS && line->status > 0) || (field == SIGMA_BYTES && line->bytes != LOG_NO_BYTES) ||
           (field == SIGMA_BYTES_IN && (view->has & LOG_HAS_BYTES_IN) != 0) ||
           (field == SIGMA_DURATION && (view->has & LOG_HAS_DURATION) != 0);
}

static bool is_number_field(enum sigma_field field)
{
    return field == SIGMA_STATUS || field == SIGMA_BYTES || field == SIGMA_BYTES_IN || field == SIGMA_DURATION;
}

/* ---- values ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* "?" is one byte here. One star is remembered: what it took may grow, and the last star is the only one that matters. */
static bool glob_fits(const struct sigma_value *value, struct str text)
{
    size_t g = 0, t = 0, star = SIZE_MAX, taken = 0;
    while (t < text.len) {
        char c = value->is_cased ? text.data[t] : lower(text.data[t]);
        uint16_t glob = g < value->glob_count ? value->globs[g] : SIGMA_ANY + 1;
        if (glob == SIGMA_ANY) {
            star = g++;
            taken = t;
        } else if (glob == SIGMA_ONE || glob == (unsigned char)c) {
            g++;
            t++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (g < value->glob_count && value->globs[g] == SIGMA_ANY) {
        g++;
    }
    return g == value->glob_count;
}

static bool letters_fit(const struct sigma_value *value, struct str text)
{
    bool (*eq)(struct str, struct str) = value->is_cased ? str_eq : str_eq_nocase;
    struct str letters = value->text;
    if (text.len < letters.len) {
        return false;
    }
    if (value->may_begin_anywhere && value->may_end_anywhere) {
        return letters.len == 0 ||
               (value->is_cased ? str_find(text, letters, 0) : str_find_nocase(text, letters, 0)) != SIZE_MAX;
    }
    if (value->may_begin_anywhere) {
        return eq(str_slice(text, text.len - letters.len, text.len), letters);
    }
    return eq(value->may_end_anywhere ? str_slice(text, 0, letters.len) : text, letters);
}

static bool value_fits(const struct sigma_value *value, struct str text)
{
    const struct network network = {value->network, value->bits};
    switch (value->how) {
    case SIGMA_IS:
        return letters_fit(value, text);
    case SIGMA_GLOB:
        return glob_fits(value, text);
    case SIGMA_REGEX:
        return regex_finds(value->regex, text);
    case SIGMA_NETWORK:
        return text.len > 0 && network_holds(&network, client_key_of(text));
    case SIGMA_NULL:
        return text.len == 0 || str_eq(text, STR("-"));
    case SIGMA_EXISTS:
        return (text.len > 0 && !str_eq(text, STR("-"))) == (value->number != 0);
    case SIGMA_LESS:
    case SIGMA_AT_MOST:
    case SIGMA_MORE:
    case SIGMA_AT_LEAST:
        break;
    }
    return false;
}

static bool number_fits(const struct sigma_value *value, uint64_t number, bool is_there)
{
    char text[24];
    switch (value->how) {
    case SIGMA_LESS:
        return is_there && number < value->number;
    case SIGMA_AT_MOST:
        return is_there && number <= value->number;
    case SIGMA_MORE:
        return is_there && number > value->number;
    case SIGMA_AT_LEAST:
        return is_there && number >= value->number;
    case SIGMA_IS:
    case SIGMA_GLOB:
    case SIGMA_REGEX:
    case SIGMA_NETWORK:
    case SIGMA_NULL:
    case SIGMA_EXISTS:
        break;
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return value_fits(value, is_there ? str_of(text) : (struct str){"", 0});
}

static bool value_holds(const struct sigma_node *item, const struct sigma_value *value, const struct sigma_view *view,
                        const struct texts *texts)
{
    if (is_number_field(item->field)) {
        uint64_t number;
        bool is_there = number_of(view, item->field, &number);
        return number_fits(value, number, is_there);
    }
    if (texts->count == 0) { /* no such field in this log */
        return value->how == SIGMA_NULL || (value->how == SIGMA_EXISTS && value->number == 0);
    }
    for (size_t i = 0; i < texts->count; i++) {
        if (value_fits(value, texts->all[i])) {
            return true;
        }
    }
    return false;
}

static bool item_holds(const struct sigma_node *item, const struct sigma_view *view)
{
    struct texts texts = {.count = 0};
    texts_of(view, item->field, &texts);
    bool is_held = item->is_all;
    for (size_t i = 0; i < item->value_count; i++) {
        bool fits = value_holds(item, &item->values[i], view, &texts);
        if (fits != item->is_all) {
            is_held = fits;
            break;
        }
    }
    return is_held != item->is_not;
}

static bool is_dear(const struct sigma_node *node)
{
    return node->kind != SIGMA_ITEM || (node->value_count > 0 && node->values[0].how == SIGMA_REGEX);
}

static bool node_holds(const struct sigma_node *node, const struct sigma_view *view);

/* All children: first those that cost little. */
static bool all_hold(const struct sigma_node *node, const struct sigma_view *view)
{
    for (int is_second = 0; is_second < 2; is_second++) {
        for (const struct sigma_node *child = node->first; child != NULL; child = child->next) {
            if (is_dear(child) == (is_second == 1) && !node_holds(child, view)) {
                return false;
            }
        }
    }
    return true;
}

static bool node_holds(const struct sigma_node *node, const struct sigma_view *view)
{
    unsigned held = 0;
    if (node->kind == SIGMA_ITEM) {
        return item_holds(node, view);
    }
    if (node->kind == SIGMA_AND) {
        return all_hold(node, view);
    }
    unsigned least = node->kind == SIGMA_COUNT ? node->least : 1;
    for (const struct sigma_node *child = node->first; child != NULL && held < least; child = child->next) {
        held += node_holds(child, view);
    }
    return (held >= least) != (node->kind == SIGMA_NOT);
}

bool sigma_matches(const struct sigma_rule *rule, const struct sigma_view *view)
{
    return node_holds(rule->root, view);
}

/* ---- could it match? ---- */

static bool is_recorded(enum sigma_field field, enum log_kind kind, unsigned has)
{
    if (kind != LOG_WEB) {
        return field == SIGMA_WHOLE || field == SIGMA_STATEMENT || field == SIGMA_USER || field == SIGMA_CLIENT;
    }
    static const struct {
        enum sigma_field field;
        unsigned has;
    } needs[] = {{SIGMA_AGENT, LOG_HAS_AGENT},       {SIGMA_REFERER, LOG_HAS_AGENT},     {SIGMA_BYTES, LOG_HAS_BYTES},
                 {SIGMA_BYTES_IN, LOG_HAS_BYTES_IN}, {SIGMA_DURATION, LOG_HAS_DURATION}, {SIGMA_HOST, SIGMA_HAS_HOST}};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (needs[i].field == field && (has & needs[i].has) == 0) {
            return false;
        }
    }
    return field != SIGMA_ABSENT && field != SIGMA_STATEMENT;
}

static bool node_can_match(const struct sigma_node *node, enum log_kind kind, unsigned has, const char **ret_missing)
{
    if (node->kind == SIGMA_ITEM) {
        bool may_be_missing = node->is_not;
        for (size_t i = 0; i < node->value_count; i++) {
            const struct sigma_value *value = &node->values[i];
            may_be_missing |= value->how == SIGMA_NULL || (value->how == SIGMA_EXISTS && value->number == 0);
        }
        if (may_be_missing || is_recorded(node->field, kind, has)) {
            return true;
        }
        *ret_missing = node->name;
        return false;
    }
    unsigned can = 0, count = 0;
    for (const struct sigma_node *child = node->first; child != NULL; child = child->next) {
        can += node->kind == SIGMA_NOT || node_can_match(child, kind, has, ret_missing);
        count++;
    }
    return node->kind == SIGMA_AND ? can == count : node->kind == SIGMA_COUNT ? can >= node->least : can > 0;
}

bool sigma_can_match(const struct sigma_rule *rule, enum log_kind kind, unsigned has, const char **ret_missing)
{
    return node_can_match(rule->root, kind, has, ret_missing);
}

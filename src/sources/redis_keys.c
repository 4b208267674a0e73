/* Groups of keys. A name of a key may hold a person's: only what is no value stays, all else becomes a '*'. What stays is a first
 * part that looks like a program's word, without its numbers and random words, and behind it parts made of a few words that
 * programs use. When many groups lie below one prefix all the same, the rest of their names is taken as one. */
#include <stdio.h>

#include "base/str.h"
#include "sources/redis_keys.h"

#include "base/banned.h"

enum {
    SLOTS = 16384,
    PARENTS_MAX = 8192,
    KEPT_BYTES_MAX = 64 << 20,
    ARENA_BYTES = 128 << 20,
    NAME_KEPT_BYTES = 4096,
    PART_BYTES_MAX = 24
};

static const char *const types[] = {"string", "hash", "list", "set", "zset", "stream", "other"};

const char *redis_type_name(enum redis_type type)
{
    return types[type];
}

enum redis_type redis_type_of(struct str name)
{
    for (int i = 0; i < REDIS_OTHER; i++) {
        if (str_eq(name, str_of(types[i]))) {
            return (enum redis_type)i;
        }
    }
    return REDIS_OTHER;
}

/* ---- patterns ---- */

/* 8-4-4-4-12 hex digits */
static size_t uuid_len(struct str s)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (s.len < sizeof shape - 1) {
        return 0;
    }
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        if (shape[i] == '-' ? s.data[i] != '-' : str_hex_digit(s.data[i]) < 0) {
            return 0;
        }
    }
    return sizeof shape - 1;
}

/* Does a run of letters and digits look like one of many? */
static bool varies(struct str word)
{
    size_t digits = 0, hex = 0, upper = 0, lower = 0;
    for (size_t i = 0; i < word.len; i++) {
        digits += str_is_digit(word.data[i]) ? 1 : 0;
        hex += str_hex_digit(word.data[i]) >= 0 ? 1 : 0;
        upper += word.data[i] >= 'A' && word.data[i] <= 'Z' ? 1 : 0;
        lower += word.data[i] >= 'a' && word.data[i] <= 'z' ? 1 : 0;
    }
    if (digits == word.len || (hex == word.len && word.len >= 8 && digits > 0)) {
        return true;
    }
    return word.len >= 16 && (digits >= 2 || (upper >= 3 && lower >= 3));
}

struct pattern {
    char *out;
    size_t len;
    bool is_cut;
};

static void put(struct pattern *pattern, struct str text)
{
    bool is_star = text.len == 1 && text.data[0] == '*';
    if (is_star && pattern->len > 0 && pattern->out[pattern->len - 1] == '*') {
        return;
    }
    if (pattern->is_cut || pattern->len + text.len + 2 > REDIS_PATTERN_BYTES) {
        pattern->is_cut = true;
        return;
    }
    memcpy(pattern->out + pattern->len, text.data, text.len);
    pattern->len += text.len;
}

static bool separates(char c)
{
    return c == ':' || c == '/' || c == '|';
}

/* Is the part made of words that programs name things by ("user_sessions", "by-mail")? */
static bool is_known(struct str part)
{
    static const char known[] =
        " access account accounts acl active activity address addresses admin all api app archive article articles asset assets "
        "at attempts auth avatar backup ban banned basket batch bin block blog by cache cached cart carts catalog category "
        "categories chat client clients code codes comment comments config configs content cookie core count counter "
        "counters coupon cron csrf current customer customers daily dashboard data date day db default delayed details device "
        "devices done draft email emails entity error errors event events expire expires export failed feed field fields file "
        "files filter flag flags form forum full global group groups hash health help history hits home hour html http id ids "
        "illuminate image images import inbox index info input invoice invoices ip ips item items job jobs json key keys "
        "lang laravel last layout limit link links list lists live locale lock locks log login logins logs magento "
        "mail mails main map media member members menu message messages meta metrics minute mobile month monthly name names "
        "nav new news next node nonce note notes notification notifications notify object offer offers online option options "
        "order orders otp output page pages parent password path pay payment payments pending permission permissions php "
        "phone phpredis ping plan plugin plugins pool post posts price prices private processed processing product products "
        "profile profiles progress public push query queue queued queues quota random rate ratelimit ratings read recent "
        "record redirect redis ref refresh region register registry remember report reports request requests reserved reset "
        "response restart result results retry review reviews role roles room root route routes row rule rules run sale "
        "sales schedule schema score scores search secret secrets seen sent server service services sess session sessions "
        "set setting settings shipping shop short site size sku sms socket sort source stat state static stats status step "
        "stock store stores stream string sub subscriber subscribers summary symfony sync system tab table tag tags task tasks "
        "team temp template templates term test text theme thumb ticket tickets time timeout timeline timer tmp to today "
        "token tokens top topic topics total totals track transaction transactions transient translation tree type types unread "
        "update updated upload uploads url urls user users v version view views visit visitor visitors visits vote votes "
        "wait waiting wallet web webhook week weekly widget wishlist wordpress worker workers wp year zset ";
    for (size_t from = 0; from <= part.len;) {
        size_t to = from;
        while (to < part.len && part.data[to] != '_' && part.data[to] != '-') {
            to++;
        }
        char word[PART_BYTES_MAX + 3];
        if (to == from || part.len > PART_BYTES_MAX) {
            return false;
        }
        (void)snprintf(word, sizeof word, " %.*s ", STR_FMT(str_slice(part, from, to)));
        for (char *c = word; *c != '\0'; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
        }
        if (strstr(known, word) == NULL || strlen(word) != to - from + 2) {
            return false;
        }
        from = to + 1;
    }
    return true;
}

/* [a-z][a-z0-9_-]*, and not long: no name as people write it, no address, no sentence. */
static bool is_plain(struct str part)
{
    bool is = part.len > 0 && part.len <= PART_BYTES_MAX && part.data[0] >= 'a' && part.data[0] <= 'z';
    for (size_t i = 0; is && i < part.len; i++) {
        char c = part.data[i];
        is = (c >= 'a' && c <= 'z') || str_is_digit(c) || c == '_' || c == '-';
    }
    return is;
}

/* One part between separators. */
static void put_part(struct pattern *pattern, struct str part, bool is_first)
{
    if (part.len == 0 || is_known(part)) {
        put(pattern, part);
        return;
    }
    if (!is_first || !is_plain(part) || uuid_len(part) != 0) {
        put(pattern, STR("*"));
        return;
    }
    for (size_t i = 0; i < part.len;) {
        size_t to = i;
        while (to < part.len && (str_is_digit(part.data[to]) || str_is_letter(part.data[to]))) {
            to++;
        }
        struct str word = str_slice(part, i, to);
        if (word.len > 0 && varies(word)) {
            put(pattern, STR("*"));
            i += word.len;
            continue;
        }
        to = to == i ? i + 1 : to;
        put(pattern, str_slice(part, i, to));
        i = to;
    }
}

size_t redis_pattern(char out[static REDIS_PATTERN_BYTES], struct str name)
{
    struct pattern pattern = {.out = out};
    if (!str_is_utf8(name)) {
        return (size_t)snprintf(out, REDIS_PATTERN_BYTES, "(binary)");
    }
    for (size_t from = 0; from < name.len;) {
        size_t to = from;
        while (to < name.len && !separates(name.data[to])) {
            to++;
        }
        put_part(&pattern, str_slice(name, from, to), from == 0);
        if (to < name.len) {
            put(&pattern, str_slice(name, to, to + 1));
        }
        from = to + 1;
    }
    if (pattern.is_cut && out[pattern.len - 1] != '*') {
        out[pattern.len++] = '*';
    }
    out[pattern.len] = '\0';
    return pattern.len;
}

/* "user:" of "user:alice": what lies before its last part; empty if there is one part only. */
static struct str parent_of(struct str pattern)
{
    size_t at = pattern.len;
    while (at > 0 && !separates(pattern.data[at - 1])) {
        at--;
    }
    return str_slice(pattern, 0, at);
}

/* ---- the table ---- */

int redis_keys_open(struct redis_keys *keys, struct err *err)
{
    *keys = (struct redis_keys){0};
    arena_init(&keys->arena, ARENA_BYTES);
    keys->groups = ARENA_NEW(&keys->arena, struct redis_group, REDIS_GROUPS_MAX + 8, err);
    keys->slots = ARENA_NEW(&keys->arena, uint32_t, SLOTS, err);
    keys->crowds = ARENA_NEW(&keys->arena, uint32_t, SLOTS, err);
    keys->parents = ARENA_NEW(&keys->arena, struct str, PARENTS_MAX, err);
    keys->parent_counts = ARENA_NEW(&keys->arena, uint32_t, PARENTS_MAX, err);
    bool failed = keys->groups == NULL || keys->slots == NULL || keys->crowds == NULL || keys->parents == NULL ||
                  keys->parent_counts == NULL;
    return failed ? -1 : 0;
}

void redis_keys_close(struct redis_keys *keys)
{
    arena_clear(&keys->arena);
}

/* Slots hold a number + 1; 0 is empty. There are always empty ones. */
static uint32_t *group_slot(const struct redis_keys *keys, struct str pattern, enum redis_type type)
{
    for (uint64_t at = str_hash(pattern) + (uint64_t)type;; at++) {
        uint32_t *slot = &keys->slots[at % SLOTS];
        const struct redis_group *group = *slot == 0 ? NULL : &keys->groups[*slot - 1];
        if (group == NULL || (group->type == type && str_eq(group->pattern, pattern))) {
            return slot;
        }
    }
}

static uint32_t *parent_slot(const struct redis_keys *keys, struct str parent)
{
    for (uint64_t at = str_hash(parent);; at++) {
        uint32_t *slot = &keys->crowds[at % SLOTS];
        if (*slot == 0 || str_eq(keys->parents[*slot - 1], parent)) {
            return slot;
        }
    }
}

static bool is_crowded(const struct redis_keys *keys, struct str parent)
{
    uint32_t slot = *parent_slot(keys, parent);
    return slot != 0 && keys->parent_counts[slot - 1] >= REDIS_SIBLINGS_MAX;
}

/* The pattern under which a key counts at this moment. */
static struct str current_pattern(const struct redis_keys *keys, char out[static REDIS_PATTERN_BYTES], struct str name)
{
    size_t len = redis_pattern(out, name);
    struct str parent = parent_of((struct str){out, len});
    if (is_crowded(keys, parent) && len > 0 && str_is_utf8(name)) {
        out[parent.len] = '*';
        out[parent.len + 1] = '\0';
        len = parent.len + 1;
    }
    return (struct str){out, len};
}

const struct redis_group *redis_keys_find(const struct redis_keys *keys, struct str name, enum redis_type type)
{
    char text[REDIS_PATTERN_BYTES];
    uint32_t slot = *group_slot(keys, current_pattern(keys, text, name), type);
    if (slot == 0) {
        slot = *group_slot(keys, STR("(other keys)"), type);
    }
    return slot == 0 ? NULL : &keys->groups[slot - 1];
}

/* The group of a pattern, made if it is not there; when there are too many, that of all other keys. */
static struct redis_group *group_for(struct redis_keys *keys, struct str pattern, enum redis_type type, struct err *err)
{
    uint32_t *slot = group_slot(keys, pattern, type);
    if (*slot == 0 && keys->group_count >= REDIS_GROUPS_MAX) {
        pattern = STR("(other keys)");
        slot = group_slot(keys, pattern, type);
    }
    if (*slot == 0) {
        struct redis_group *group = &keys->groups[keys->group_count];
        *group = (struct redis_group){.pattern = arena_str(&keys->arena, pattern, err), .type = type};
        if (group->pattern.data == NULL) {
            return NULL;
        }
        *slot = (uint32_t)++keys->group_count;
    }
    return &keys->groups[*slot - 1];
}

/* A key's name is kept for a sample while there is room. */
static int keep_key(struct redis_keys *keys, struct redis_group *group, struct str name, struct err *err)
{
    group->seen++;
    bool has_room = group->kept_count < REDIS_KEPT_KEYS && name.len <= NAME_KEPT_BYTES &&
                    (keys->kept_bytes < KEPT_BYTES_MAX || group->kept_count < 4) &&
                    keys->kept_bytes < KEPT_BYTES_MAX + KEPT_BYTES_MAX / 4;
    if (!has_room) {
        return 0;
    }
    struct redis_key *key = ARENA_NEW(&keys->arena, struct redis_key, 1, err);
    TRY(key == NULL ? -1 : 0);
    key->name = arena_str(&keys->arena, name, err);
    TRY(key->name.data == NULL ? -1 : 0);
    keys->kept_bytes += name.len + 96;
    if (group->last == NULL) {
        group->kept = key;
    } else {
        group->last->next = key;
    }
    group->last = key;
    group->kept_count++;
    return 0;
}

/* All groups below a parent that has become crowded go into "parent*". */
static int merge_below(struct redis_keys *keys, struct str parent, struct err *err)
{
    char text[REDIS_PATTERN_BYTES];
    struct str star = {text, (size_t)snprintf(text, sizeof text, "%.*s*", STR_FMT(parent))};
    size_t count = keys->group_count;
    for (size_t i = 0; i < count; i++) {
        struct redis_group *from = &keys->groups[i];
        if (from->is_merged || str_eq(from->pattern, star) || !str_eq(parent_of(from->pattern), parent) ||
            from->pattern.data[0] == '(') {
            continue;
        }
        struct redis_group *to = group_for(keys, star, from->type, err);
        TRY(to == NULL ? -1 : 0);
        to->seen += from->seen;
        if (from->kept != NULL) {
            if (to->last == NULL) {
                to->kept = from->kept;
            } else {
                to->last->next = from->kept;
            }
            to->last = from->last;
            to->kept_count += from->kept_count;
        }
        from->is_merged = true;
    }
    return 0;
}

/* One more name below its parent; *ret_crowded: this one made a crowd of them. */
static int count_sibling(struct redis_keys *keys, struct str parent, bool *ret_crowded, struct err *err)
{
    uint32_t *slot = parent_slot(keys, parent);
    if (*slot == 0) {
        if (keys->parent_count == PARENTS_MAX) {
            return 0;
        }
        struct str kept = arena_str(&keys->arena, parent, err);
        TRY(kept.data == NULL ? -1 : 0);
        keys->parents[keys->parent_count] = kept;
        *slot = (uint32_t)++keys->parent_count;
    }
    *ret_crowded = ++keys->parent_counts[*slot - 1] == REDIS_SIBLINGS_MAX;
    return 0;
}

int redis_keys_add(struct redis_keys *keys, struct str name, enum redis_type type, struct err *err)
{
    char text[REDIS_PATTERN_BYTES];
    struct str pattern = current_pattern(keys, text, name);
    size_t before = keys->group_count;
    struct redis_group *group = group_for(keys, pattern, type, err);
    TRY(group == NULL ? -1 : 0);
    keys->seen++;
    TRY(keep_key(keys, group, name, err));
    bool is_crowd = false;
    if (keys->group_count > before && group->pattern.data[0] != '(') {
        TRY(count_sibling(keys, parent_of(group->pattern), &is_crowd, err));
    }
    return is_crowd ? merge_below(keys, parent_of(group->pattern), err) : 0;
}

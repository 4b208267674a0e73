/* YAML as settings are written in it, read line by line: mappings by indentation, "- " items, quoted and plain scalars, blocks
 * (| and >), one-line {a: b}, anchors and merges (<<: *default). Templates that are no YAML at all (ERB, Helm) pass too.
 *
 *   production:            a container "production" ...
 *     <<: *default         ... which also holds what "default: &default" holds
 *     password: s3
 *   environment:
 *     - DB_PASSWORD=s3     Compose: pairs of the container "environment"
 *   kind: Secret           Kubernetes: values below data: are base64 */
#include "base/hash.h"
#include "reach/find.h"

#include "base/banned.h"

enum { DEPTH_MAX = 32, ANCHORS_MAX = 64, LINE_MAX_BYTES = 16384, KEPT_MAX = 8192, MERGES_MAX = 2048 };

struct level {
    size_t indent; /* of the names in it */
    uint32_t group;
};

struct anchor {
    struct str name;
    uint32_t group;
};

struct kept {
    uint32_t group;
    struct str name;
    struct val value;
};

struct yaml {
    struct arena *arena;
    const struct find_file *file;
    struct pairs *pairs;
    struct level levels[DEPTH_MAX];
    unsigned depth;
    bool was_too_deep;
    struct anchor anchors[ANCHORS_MAX];
    size_t anchor_count;
    struct kept *kept; /* for merges */
    size_t kept_count, merged;
    uint32_t line;
    bool is_secret; /* of Kubernetes */
    struct str path[DEPTH_MAX];
    /* a block that is being passed over */
    bool in_block;
    size_t block_indent;
};

static void add(struct yaml *yaml, uint32_t group, struct str name, const struct val *value)
{
    pairs_add(yaml->pairs, group, name, value);
    if (yaml->kept_count < KEPT_MAX) {
        yaml->kept[yaml->kept_count++] = (struct kept){group, name, *value};
    }
}

/* "v" # c, 'v', v # c, with !tag and &anchor before it. */
static struct str scalar(struct yaml *yaml, struct str text, bool *ret_is_quoted)
{
    *ret_is_quoted = false;
    while (text.len > 1 && (text.data[0] == '!' || text.data[0] == '&')) {
        text = str_trim(str_cut(text, ' ').tail);
    }
    if (text.len == 0 || (text.data[0] != '"' && text.data[0] != '\'')) {
        size_t comment = str_find(text, STR(" #"), 0);
        return str_trim(comment != SIZE_MAX ? str_slice(text, 0, comment) : text);
    }
    char quote = text.data[0];
    OWN(own_buf) struct buf out = {.max = LINE_MAX_BYTES};
    *ret_is_quoted = true;
    for (size_t i = 1; i < text.len; i++) {
        char byte = text.data[i], follows = i + 1 < text.len ? text.data[i + 1] : '\0';
        if (byte == quote && !(quote == '\'' && follows == '\'')) {
            break;
        }
        i += (byte == '\\' && quote == '"' && follows != '\0') || byte == quote;
        buf_putc(&out, text.data[i]);
    }
    return arena_str(yaml->arena, buf_str(&out), NULL);
}

/* ${NAME}, ${NAME:-x}, ${NAME:x}, %env(NAME)%, <%= ENV['NAME'] %>, <%= ENV.fetch("NAME") { "x" } %>: the environment. */
static bool environment(struct yaml *yaml, struct str text, struct val *ret_value)
{
    struct str name = {NULL, 0}, otherwise = {NULL, 0};
    bool has_default = false;
    if (str_starts(text, STR("${")) && str_ends(text, STR("}"))) {
        struct str_cut cut = str_cut(str_slice(text, 2, text.len - 1), ':');
        name = cut.head;
        has_default = cut.found;
        otherwise = str_starts(cut.tail, STR("-")) ? str_slice(cut.tail, 1, cut.tail.len) : cut.tail;
        has_default = has_default && !str_starts(cut.tail, STR("?"));
    } else if (str_starts(text, STR("%env(")) && str_ends(text, STR(")%"))) {
        const char *colon = memrchr(text.data, ':', text.len);
        name = str_slice(text, colon != NULL ? (size_t)(colon - text.data) + 1 : 5, text.len - 2);
    } else if (str_starts(text, STR("<%=")) && str_find(text, STR("ENV"), 0) != SIZE_MAX) {
        struct str rest = str_slice(text, str_find(text, STR("ENV"), 0), text.len);
        struct str pieces[2] = {{NULL, 0}, {NULL, 0}};
        for (size_t n = 0, at = 0; n < 2 && at < rest.len; at++) {
            char quote = rest.data[at];
            const char *end =
                quote == '"' || quote == '\'' ? memchr(rest.data + at + 1, quote, rest.len - at - 1) : NULL;
            if (end != NULL) {
                size_t stop = (size_t)(end - rest.data);
                pieces[n++] = str_slice(rest, at + 1, stop);
                at = stop;
            }
        }
        name = pieces[0];
        otherwise = pieces[1];
        has_default = otherwise.data != NULL;
    }
    if (name.len == 0) {
        return false;
    }
    *ret_value = val_text(yaml->file->path, yaml->line, has_default ? otherwise : name);
    ret_value->kind = has_default ? VAL_TEXT : VAL_ENV;
    ret_value->is_default = has_default;
    if (has_default) {
        ret_value->trail = find_step(yaml->arena, NULL, "environment", yaml->file->path, yaml->line,
                                     "the default of %.*s", STR_FMT(name));
    }
    return true;
}

/* Kubernetes keeps a secret in base64, which hides nothing. */
static struct str decoded(struct yaml *yaml, struct str text)
{
    uint8_t *out = text.len <= FIND_TEXT_MAX_BYTES ? arena_take(yaml->arena, text.len + 1, NULL) : NULL;
    size_t len = out != NULL ? base64_decode(out, text.len + 1, text) : SIZE_MAX;
    return len != SIZE_MAX ? str_trim((struct str){(const char *)out, len}) : text;
}

static struct val value_of(struct yaml *yaml, struct str text)
{
    bool is_quoted;
    struct str plain = scalar(yaml, text, &is_quoted);
    struct val value;
    if (environment(yaml, plain, &value)) {
        return value;
    }
    value = val_text(yaml->file->path, yaml->line, plain);
    if (!is_quoted && (plain.len == 0 || str_eq(plain, STR("~")) || str_eq(plain, STR("null")))) {
        value.kind = VAL_NULL;
    }
    bool is_data = yaml->is_secret && yaml->depth >= 1 && str_eq(yaml->path[yaml->depth], STR("data"));
    if (is_data && value.kind == VAL_TEXT) {
        value.text = decoded(yaml, plain);
        value.trail = find_step(yaml->arena, NULL, "base64", yaml->file->path, yaml->line, "kept in base64");
    }
    return value;
}

/* <<: *default copies what the anchor's container holds by now. */
static void merge(struct yaml *yaml, struct str name, uint32_t into)
{
    for (size_t i = yaml->anchor_count; i-- > 0;) {
        if (!str_eq(yaml->anchors[i].name, name)) {
            continue;
        }
        size_t count = yaml->kept_count;
        for (size_t k = 0; k < count && yaml->merged < MERGES_MAX; k++) {
            if (yaml->kept[k].group == yaml->anchors[i].group && yaml->kept[k].group != into) {
                struct val value = yaml->kept[k].value;
                value.trail = find_step(yaml->arena, value.trail, "merge", yaml->file->path, yaml->line,
                                        "taken over from %.*s", STR_FMT(name));
                yaml->merged++;
                add(yaml, into, yaml->kept[k].name, &value);
            }
        }
        return;
    }
}

/* {a: b, c: d} on one line */
static void flow(struct yaml *yaml, struct str text, uint32_t group)
{
    struct str rest = str_slice(text, 1, text.len - (str_ends(text, STR("}")) ? 1 : 0));
    for (unsigned n = 0; n < 64 && rest.len != 0; n++) {
        struct str_cut name = str_cut(rest, ':');
        struct str tail = str_trim(name.tail);
        char quote = tail.len != 0 && (tail.data[0] == '"' || tail.data[0] == '\'') ? tail.data[0] : '\0';
        const char *close = quote != '\0' ? memchr(tail.data + 1, quote, tail.len - 1) : NULL;
        size_t end = close != NULL ? (size_t)(close - tail.data) + 1 : 0;
        size_t comma = str_find(tail, STR(","), end);
        if (!name.found) {
            return;
        }
        struct val value = value_of(yaml, str_trim(str_slice(tail, 0, comma)));
        bool is_quoted;
        add(yaml, group, scalar(yaml, str_trim(name.head), &is_quoted), &value);
        rest = comma == SIZE_MAX ? STR("") : str_slice(tail, comma + 1, tail.len);
    }
}

/* The colon that ends a name: outside of quotes, before a space or the end. */
static size_t colon_of(struct str line)
{
    char quote = '\0';
    for (size_t i = 0; i < line.len && i < 256; i++) {
        char byte = line.data[i];
        if (quote != '\0') {
            quote = byte == quote ? '\0' : quote;
        } else if ((byte == '"' || byte == '\'') && i == 0) {
            quote = byte;
        } else if (byte == ':' && (i + 1 == line.len || line.data[i + 1] == ' ' || line.data[i + 1] == '\t')) {
            return i;
        }
    }
    return SIZE_MAX;
}

static uint32_t open_level(struct yaml *yaml, size_t indent, struct str name)
{
    bool is_flat = str_eq(name, STR("environment")) || str_eq(name, STR("env")) || str_eq(name, STR("parameters")) ||
                   str_eq(name, STR("data")) || str_eq(name, STR("stringData"));
    uint32_t group = pairs_group(yaml->pairs, yaml->levels[yaml->depth].group, name, is_flat);
    if (yaml->depth + 1 < DEPTH_MAX) {
        yaml->depth++;
    } else {
        yaml->was_too_deep = true;
    }
    yaml->levels[yaml->depth] = (struct level){indent + 1, group}; /* its names stand deeper than its own */
    yaml->path[yaml->depth] = name;
    return group;
}

static void named(struct yaml *yaml, size_t indent, struct str name, struct str rest)
{
    uint32_t group = yaml->levels[yaml->depth].group;
    struct str anchor = str_starts(rest, STR("&")) ? str_cut(str_slice(rest, 1, rest.len), ' ').head : STR("");
    struct str after = anchor.len != 0 ? str_trim(str_slice(rest, anchor.len + 1, rest.len)) : rest;
    if (str_eq(name, STR("<<"))) {
        merge(yaml, str_starts(rest, STR("*")) ? str_trim(str_slice(rest, 1, rest.len)) : rest, group);
        return;
    }
    if (after.len != 0 && (after.data[0] == '|' || after.data[0] == '>') && after.len <= 3) {
        yaml->in_block = true;
        yaml->block_indent = indent;
        return;
    }
    if (after.len == 0 || after.data[0] == '#') {
        uint32_t made = open_level(yaml, indent, name);
        if (anchor.len != 0 && yaml->anchor_count < ANCHORS_MAX) {
            yaml->anchors[yaml->anchor_count++] = (struct anchor){anchor, made};
        }
        struct val nothing = {.kind = VAL_NULL, .path = yaml->file->path, .line = yaml->line};
        pairs_add(yaml->pairs, group, name, &nothing);
        return;
    }
    if (after.data[0] == '{' && !str_starts(after, STR("{{"))) {
        flow(yaml, after, pairs_group(yaml->pairs, group, name, false));
        return;
    }
    struct val value = value_of(yaml, after);
    yaml->is_secret =
        yaml->is_secret || (indent == 0 && str_eq(name, STR("kind")) && str_eq(value.text, STR("Secret")));
    add(yaml, group, name, &value);
}

/* "- A=b" of Compose, "- name: X" whose next line is "value: y", "- {..}" */
static void item(struct yaml *yaml, size_t indent, struct str text)
{
    size_t colon = colon_of(text), equals = str_find(text, STR("="), 0);
    bool is_quoted = text.len != 0 && (text.data[0] == '"' || text.data[0] == '\'');
    if (equals != SIZE_MAX && (colon == SIZE_MAX || is_quoted)) {
        bool unused;
        struct str_cut cut = str_cut(scalar(yaml, text, &unused), '=');
        struct val value = value_of(yaml, cut.tail);
        add(yaml, yaml->levels[yaml->depth].group, cut.head, &value);
    } else if (colon != SIZE_MAX) {
        (void)open_level(yaml, indent, yaml->path[yaml->depth]);
        yaml->levels[yaml->depth].indent = indent + 2; /* the next item begins before that */
        named(yaml, indent + 2, str_trim(str_slice(text, 0, colon)), str_trim(str_slice(text, colon + 1, text.len)));
    }
}

static void one_line(struct yaml *yaml, struct str line)
{
    size_t indent = 0;
    while (indent < line.len && line.data[indent] == ' ') {
        indent++;
    }
    struct str text = str_trim(line);
    if (text.len == 0 || text.len > LINE_MAX_BYTES) {
        return;
    }
    if (yaml->in_block && indent > yaml->block_indent) {
        return;
    }
    yaml->in_block = false;
    if (text.data[0] == '#' || str_starts(text, STR("<%")) || str_starts(text, STR("{{"))) {
        return;
    }
    if (str_starts(text, STR("---"))) {
        yaml->depth = 0;
        yaml->is_secret = false;
        yaml->levels[0].group = pairs_group(yaml->pairs, 0, STR(""), true);
        return;
    }
    bool is_item = str_starts(text, STR("- "));
    while (yaml->depth != 0 && indent + (is_item ? 1 : 0) < yaml->levels[yaml->depth].indent) {
        yaml->depth--;
    }
    if (is_item) {
        item(yaml, indent, str_trim(str_slice(text, 2, text.len)));
        return;
    }
    size_t colon = colon_of(text);
    if (colon != SIZE_MAX) {
        bool unused;
        struct str name = scalar(yaml, str_trim(str_slice(text, 0, colon)), &unused);
        named(yaml, indent, name, str_trim(str_slice(text, colon + 1, text.len)));
    }
}

/* env: of Kubernetes' pods: {name: DB_PASSWORD, value: s3} becomes DB_PASSWORD: s3. */
static void join_names(struct yaml *yaml)
{
    size_t count = yaml->kept_count;
    for (size_t i = 0; i + 1 < count; i++) {
        const struct kept *name = &yaml->kept[i], *value = &yaml->kept[i + 1];
        if (str_eq(name->name, STR("name")) && str_eq(value->name, STR("value")) && name->group == value->group &&
            name->value.kind == VAL_TEXT) {
            pairs_add(yaml->pairs, 0, name->value.text, &value->value);
        }
    }
}

int read_yaml(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
              struct err *err)
{
    struct yaml *yaml = ARENA_NEW(arena, struct yaml, 1, err);
    if (yaml == NULL) {
        return -1;
    }
    *yaml = (struct yaml){.arena = arena, .file = file, .pairs = pairs_new(arena, file), .line = 1};
    yaml->kept = ARENA_NEW(arena, struct kept, KEPT_MAX, err);
    if (yaml->kept == NULL || yaml->pairs == NULL) {
        return err_no_memory(err);
    }
    struct str_cut cut = str_cut(file->bytes, '\n');
    for (;; cut = str_cut(cut.tail, '\n')) {
        one_line(yaml, cut.head);
        yaml->line++;
        if (!cut.found) {
            break;
        }
    }
    join_names(yaml);
    if (yaml->was_too_deep) {
        find_cut_short(find);
    }
    return pairs_judge(find, yaml->pairs, reader->product, reader->service, err);
}

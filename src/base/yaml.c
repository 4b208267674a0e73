/* Events of libfyaml into a small tree of our own. */
#include <libfyaml.h>

#include "base/own.h"
#include "base/str.h"
#include "base/yaml.h"

#include "base/banned.h"

struct reader {
    struct arena *arena;
    const char *name;
    struct fy_diag *diag;
    struct fy_parser *parser;
    size_t nodes;
    size_t depth;
    struct yaml *open[YAML_MAX_DEPTH]; /* lists and maps that are not closed yet */
    struct yaml *last[YAML_MAX_DEPTH]; /* the newest member of each */
    struct yaml *key;                  /* read, its value is next */
    struct yaml *root;
    struct err *err;
};

static void own_reader(struct reader *reader)
{
    fy_parser_destroy(reader->parser);
    fy_diag_destroy(reader->diag);
}

static int fail_at(struct reader *reader, unsigned line, unsigned column, const char *what)
{
    return err_set(reader->err, ERR_FORMAT, "%s:%u:%u: %s", reader->name, line, column, what);
}

/* The first thing that libfyaml found wrong. */
static int fail_parse(struct reader *reader)
{
    void *at = NULL;
    struct fy_diag_error *first = fy_diag_errors_iterate(reader->diag, &at);
    if (first == NULL) {
        return err_set(reader->err, ERR_FORMAT, "%s: not YAML", reader->name);
    }
    struct str message = str_trim(str_of(first->msg));
    return err_set(reader->err, ERR_FORMAT, "%s:%d:%d: %.*s", reader->name, first->line < 1 ? 1 : first->line,
                   first->column < 1 ? 1 : first->column, STR_FMT(message));
}

static int begin(struct reader *reader, struct str bytes)
{
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    quiet.colorize = false;
    reader->diag = fy_diag_create(&quiet);
    if (reader->diag == NULL) {
        return err_no_memory(reader->err);
    }
    fy_diag_set_collect_errors(reader->diag, true);
    struct fy_parse_cfg cfg = {
        .flags =
            (enum fy_parse_cfg_flags)(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE),
        .diag = reader->diag,
    };
    reader->parser = fy_parser_create(&cfg);
    if (reader->parser == NULL || fy_parser_set_string(reader->parser, bytes.data, bytes.len) != 0) {
        return err_no_memory(reader->err);
    }
    return 0;
}

static bool is_null_word(struct str text)
{
    return text.len == 0 || str_eq(text, STR("~")) || str_eq(text, STR("null"));
}

static struct yaml *new_node(struct reader *reader, enum yaml_kind kind, struct fy_event *event)
{
    if (++reader->nodes > YAML_MAX_NODES) {
        err_set(reader->err, ERR_LIMIT, "%s: more than %d things", reader->name, YAML_MAX_NODES);
        return NULL;
    }
    struct yaml *node = ARENA_NEW(reader->arena, struct yaml, 1, reader->err);
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (node != NULL) {
        node->kind = kind;
        node->line = mark != NULL ? (unsigned)mark->line + 1 : 1;
        node->column = mark != NULL ? (unsigned)mark->column + 1 : 1;
    }
    return node;
}

static bool has_key(const struct yaml *map, struct str key)
{
    for (const struct yaml *member = map->first; member != NULL; member = member->next) {
        if (str_eq(member->key->text, key)) {
            return true;
        }
    }
    return false;
}

/* Hangs a finished or just opened node where it belongs: as a key, as a member, or as the root. */
static int attach(struct reader *reader, struct yaml *node)
{
    if (reader->depth == 0) {
        reader->root = node;
        return 0;
    }
    struct yaml *parent = reader->open[reader->depth - 1];
    if (parent->kind == YAML_MAP && reader->key == NULL) {
        if (node->kind != YAML_TEXT || node->is_null) {
            return fail_at(reader, node->line, node->column, "a key has to be a word");
        }
        if (has_key(parent, node->text)) {
            return fail_at(reader, node->line, node->column, "this key stands here twice");
        }
        reader->key = node;
        return 0;
    }
    node->key = reader->key;
    reader->key = NULL;
    struct yaml **last = &reader->last[reader->depth - 1];
    if (*last == NULL) {
        parent->first = node;
    } else {
        (*last)->next = node;
    }
    *last = node;
    return 0;
}

static int push(struct reader *reader, enum yaml_kind kind, struct fy_event *event, bool has_properties)
{
    struct yaml *node = new_node(reader, kind, event);
    if (node == NULL) {
        return -1;
    }
    if (has_properties) {
        return fail_at(reader, node->line, node->column, "anchors and tags are not used here");
    }
    if (reader->depth == YAML_MAX_DEPTH) {
        return fail_at(reader, node->line, node->column, "nested too deep");
    }
    TRY(attach(reader, node));
    reader->open[reader->depth] = node;
    reader->last[reader->depth] = NULL;
    reader->depth++;
    return 0;
}

/* Escapes of YAML can write what the file itself may not hold. */
static bool has_foreign_bytes(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return !str_is_utf8(text);
}

static int scalar(struct reader *reader, struct fy_event *event)
{
    struct yaml *node = new_node(reader, YAML_TEXT, event);
    if (node == NULL) {
        return -1;
    }
    if (event->scalar.anchor != NULL || event->scalar.tag != NULL) {
        return fail_at(reader, node->line, node->column, "anchors and tags are not used here");
    }
    enum fy_scalar_style style = event->scalar.value != NULL ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;
    bool is_quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    node->column -= is_quoted && node->column > 1; /* the mark stands behind the quote */
    size_t length = 0;
    const char *text = event->scalar.value != NULL ? fy_token_get_text(event->scalar.value, &length) : NULL;
    if (has_foreign_bytes((struct str){text, text != NULL ? length : 0})) {
        return fail_at(reader, node->line, node->column, "a character that is no text");
    }
    node->text = arena_str(reader->arena, (struct str){text, text != NULL ? length : 0}, reader->err);
    if (node->text.data == NULL) {
        return -1;
    }
    node->is_null = style == FYSS_PLAIN && is_null_word(node->text);
    return attach(reader, node);
}

static int take_event(struct reader *reader, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    unsigned line = mark != NULL ? (unsigned)mark->line + 1 : 1;
    unsigned column = mark != NULL ? (unsigned)mark->column + 1 : 1;
    switch (event->type) {
    case FYET_SCALAR:
        return scalar(reader, event);
    case FYET_SEQUENCE_START:
        return push(reader, YAML_LIST, event,
                    event->sequence_start.anchor != NULL || event->sequence_start.tag != NULL);
    case FYET_MAPPING_START:
        return push(reader, YAML_MAP, event, event->mapping_start.anchor != NULL || event->mapping_start.tag != NULL);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        reader->depth -= reader->depth != 0;
        return 0;
    case FYET_ALIAS:
        return fail_at(reader, line, column, "aliases are not used here");
    case FYET_DOCUMENT_START:
        return reader->root == NULL ? 0 : fail_at(reader, line, column, "a second document in one file");
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        return 0;
    }
    return 0;
}

/* libfyaml 0.7.12 keeps memory of a parser that is put away in the middle of a text. */
static void drain(struct reader *reader)
{
    for (struct fy_event *event = fy_parser_parse(reader->parser); event != NULL;
         event = fy_parser_parse(reader->parser)) {
        fy_parser_event_free(reader->parser, event);
    }
}

int yaml_read(struct arena *arena, const char *name, struct str bytes, struct yaml **ret_root, struct err *err)
{
    OWN(own_reader) struct reader reader = {.arena = arena, .name = name, .err = err};
    if (bytes.len == 0) {
        *ret_root = NULL;
        return 0;
    }
    if (!str_is_utf8(bytes) || memchr(bytes.data, '\0', bytes.len) != NULL) {
        return err_set(err, ERR_FORMAT, "%s: not UTF-8 text", name);
    }
    TRY(begin(&reader, bytes));
    for (;;) {
        struct fy_event *event = fy_parser_parse(reader.parser);
        if (event == NULL) {
            break;
        }
        bool is_end = event->type == FYET_STREAM_END;
        int failed = take_event(&reader, event);
        fy_parser_event_free(reader.parser, event);
        if (failed != 0) {
            drain(&reader);
            return -1;
        }
        if (is_end) {
            *ret_root = reader.root;
            return 0;
        }
    }
    return fail_parse(&reader);
}

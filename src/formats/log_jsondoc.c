/* The document is read token by token. The state is kept as it was at the end of the last record, since what was not a
 * whole record comes again with the next block. */
#include "formats/log_jsondoc.h"

#include "base/str.h"

#include "base/banned.h"

enum { NOTE_BYTES = 32 << 10 }; /* so much without a record is handed out as what it is */

struct reading {
    const struct jsondoc_shape *shape;
    struct str block;
    size_t start, at; /* of the record; of the next token */
    bool is_last;
    struct jsondoc doc;
};

enum token { TOKEN_NONE, TOKEN_BAD, TOKEN_OK, TOKEN_RECORD };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

static uint8_t number_of(const struct jsondoc_shape *shape, struct str name)
{
    for (size_t i = 0; i < shape->name_count; i++) {
        if (str_eq(name, str_of(shape->names[i]))) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}

/* Behind the string that begins at `at`; SIZE_MAX if its end is not there. No line end lies in a string. */
static size_t string_end(const struct reading *reading, size_t at, bool *ret_bad)
{
    const char *data = reading->block.data;
    for (size_t i = at + 1; i < reading->block.len; i++) {
        if (data[i] == '"') {
            return i + 1;
        }
        if (data[i] == '\n') {
            *ret_bad = true;
            return SIZE_MAX;
        }
        i += data[i] == '\\';
    }
    return SIZE_MAX;
}

static enum token take_string(struct reading *reading)
{
    bool is_bad = false;
    size_t end = string_end(reading, reading->at, &is_bad);
    if (end == SIZE_MAX) {
        return is_bad ? TOKEN_BAD : TOKEN_NONE;
    }
    struct str text = str_slice(reading->block, reading->at + 1, end - 1);
    size_t next = end;
    while (next < reading->block.len && is_space(reading->block.data[next])) {
        next++;
    }
    if (next == reading->block.len && !reading->is_last) {
        return TOKEN_NONE; /* a name or a value: the next byte tells */
    }
    if (next < reading->block.len && reading->block.data[next] == ':') {
        reading->doc.key = number_of(reading->shape, text);
        reading->at = next + 1;
        return TOKEN_OK;
    }
    reading->at = end;
    bool is_record = reading->doc.depth > 0 && reading->shape->value(&reading->doc, text, true);
    reading->doc.key = 0;
    return is_record ? TOKEN_RECORD : reading->doc.depth > 0 ? TOKEN_OK : TOKEN_BAD;
}

static enum token take_open(struct reading *reading)
{
    struct jsondoc *doc = &reading->doc;
    if (doc->depth + 1 >= JSONDOC_DEPTH) {
        return TOKEN_BAD;
    }
    if (doc->depth == 0) {
        memset(doc->own, 0, sizeof doc->own);
    }
    doc->depth++;
    doc->keys[doc->depth] = doc->key;
    doc->key = 0;
    reading->at++;
    if (reading->shape->opened != NULL) {
        reading->shape->opened(doc);
    }
    return TOKEN_OK;
}

static enum token take_close(struct reading *reading)
{
    struct jsondoc *doc = &reading->doc;
    if (doc->depth == 0) {
        return TOKEN_BAD;
    }
    bool is_record = reading->shape->closed != NULL && reading->shape->closed(doc);
    doc->depth--;
    doc->key = 0;
    reading->at++;
    return is_record ? TOKEN_RECORD : TOKEN_OK;
}

/* A number, true, false, null */
static enum token take_word(struct reading *reading)
{
    size_t end = reading->at;
    while (end < reading->block.len &&
           ((reading->block.data[end] >= '0' && reading->block.data[end] <= '9') ||
            (reading->block.data[end] >= 'a' && reading->block.data[end] <= 'z') || reading->block.data[end] == '-' ||
            reading->block.data[end] == '+' || reading->block.data[end] == '.' || reading->block.data[end] == 'E')) {
        end++;
    }
    if (end == reading->block.len && !reading->is_last) {
        return TOKEN_NONE;
    }
    if (end == reading->at || reading->doc.depth == 0) {
        return TOKEN_BAD;
    }
    struct str text = str_slice(reading->block, reading->at, end);
    reading->at = end;
    bool is_record = reading->shape->value(&reading->doc, text, false);
    reading->doc.key = 0;
    return is_record ? TOKEN_RECORD : TOKEN_OK;
}

static enum token take_token(struct reading *reading)
{
    while (reading->at < reading->block.len &&
           (is_space(reading->block.data[reading->at]) || reading->block.data[reading->at] == ',')) {
        reading->at++;
    }
    if (reading->at == reading->block.len) {
        return TOKEN_NONE;
    }
    switch (reading->block.data[reading->at]) {
    case '"':
        return take_string(reading);
    case '{':
    case '[':
        return take_open(reading);
    case '}':
    case ']':
        return take_close(reading);
    default:
        return take_word(reading);
    }
}

/* The bytes since the last record as a line; NULs before its text are none of it. */
static void frame(const struct reading *reading, size_t end, struct log_line *line)
{
    size_t nuls = 0, from = reading->start;
    while (from + nuls < end && reading->block.data[from + nuls] == '\0') {
        nuls++;
    }
    *line = (struct log_line){.text = reading->block.data + from + nuls,
                              .len = (uint32_t)(end - from - nuls),
                              .size = (uint32_t)(end - from - nuls),
                              .skipped = (uint32_t)nuls,
                              .is_ended = true,
                              .zone_minutes = LOG_NO_ZONE,
                              .bytes = LOG_NO_BYTES,
                              .rows = LOG_NO_BYTES,
                              .bytes_in = LOG_NO_BYTES,
                              .duration_us = LOG_NO_BYTES};
}

static bool is_blank(const struct log_line *line)
{
    uint32_t i = 0;
    while (i < line->len && is_space(line->text[i])) {
        i++;
    }
    return i == line->len;
}

static void emit(struct reading *reading, size_t end, enum log_class class_id, struct log_batch *batch)
{
    struct log_line *line = &batch->lines[batch->count++];
    frame(reading, end, line);
    if (line->len == 0) {
        class_id = LOG_NUL;
    } else if (is_blank(line)) {
        class_id = LOG_BLANK;
    }
    line->class_id = (uint8_t)class_id;
    line->is_ended = class_id != LOG_CUT_OFF;
    reading->start = reading->at = end;
}

/* Not JSON: to the end of the line, and a document may begin behind it. False: the line's end is not here yet. */
static bool give_up_line(struct reading *reading, struct log_batch *batch)
{
    size_t at = reading->at > reading->start ? reading->at : reading->start;
    const char *end = memchr(reading->block.data + at, '\n', reading->block.len - at);
    if (end == NULL && !reading->is_last && reading->block.len - reading->start < NOTE_BYTES) {
        return false;
    }
    emit(reading, end != NULL ? (size_t)(end - reading->block.data) + 1 : reading->block.len, LOG_NOT_SO, batch);
    reading->doc = (struct jsondoc){0};
    return true;
}

static void emit_record(struct reading *reading, const void *setup, struct log_batch *batch)
{
    size_t end = reading->at;
    emit(reading, end, LOG_NOTE, batch);
    struct log_line *line = &batch->lines[batch->count - 1];
    line->class_id = (uint8_t)reading->shape->read(setup, &reading->doc, line, &batch->scratch);
}

/* No further token in this block: what is left comes again, unless there will be no more. */
static bool finish(struct reading *reading, struct log_batch *batch)
{
    if (reading->is_last) {
        if (reading->start < reading->block.len) {
            bool is_cut = reading->doc.depth > 0 || reading->at < reading->block.len;
            emit(reading, reading->block.len, is_cut ? LOG_CUT_OFF : LOG_NOTE, batch);
        }
        return true;
    }
    if (reading->at - reading->start > NOTE_BYTES) {
        emit(reading, reading->at, LOG_NOTE, batch);
        return true;
    }
    if (reading->block.len - reading->start > 2 * NOTE_BYTES) { /* one token as long as that is no number */
        return give_up_line(reading, batch);
    }
    return false;
}

size_t jsondoc_parse(const struct jsondoc_shape *shape, const void *setup, struct log_state *state, struct str block,
                     bool is_last, struct log_batch *batch)
{
    struct reading reading = {.shape = shape, .block = block, .is_last = is_last};
    batch->count = 0;
    buf_reset(&batch->scratch);
    memcpy(&reading.doc, state->bytes, sizeof reading.doc);
    while (batch->count < LOG_BATCH) {
        enum token token = take_token(&reading);
        bool is_out = token == TOKEN_RECORD;
        if (token == TOKEN_NONE) {
            if (finish(&reading, batch)) {
                memcpy(state->bytes, &reading.doc, sizeof reading.doc);
            }
            break;
        }
        if (token == TOKEN_RECORD) {
            emit_record(&reading, setup, batch);
        } else if (token == TOKEN_BAD) {
            is_out = give_up_line(&reading, batch);
            if (!is_out) {
                break;
            }
        } else if (reading.at - reading.start > NOTE_BYTES) {
            emit(&reading, reading.at, LOG_NOTE, batch);
            is_out = true;
        }
        if (is_out) {
            memcpy(state->bytes, &reading.doc, sizeof reading.doc);
        }
    }
    for (size_t i = 0; i < batch->count; i++) {
        batch->lines[i].scratch = batch->scratch.data;
    }
    return reading.start;
}

void jsondoc_keep(char *field, size_t size, struct str text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;
    memcpy(field, text.data, len);
    field[len] = '\0';
}

bool jsondoc_number(struct str text, uint64_t *ret_number)
{
    struct str whole = str_cut(text, '.').head;
    return str_u64(whole, ret_number);
}

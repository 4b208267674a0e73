/* Arrays, objects and texts of PHP that is run on values. Arrays are shared when they are assigned: a copy that is changed
 * later changes the first too, which makes no difference to settings. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "reach/find_php.h"

#include "base/banned.h"

struct val php_array(struct php_run *run)
{
    struct val_array *array = ARENA_NEW(run->arena, struct val_array, 1, NULL);
    return array != NULL ? (struct val){.kind = VAL_ARRAY, .array = array} : (struct val){0};
}

static struct val *add_slot(struct php_run *run, struct val_array *array, struct str key)
{
    if (array->count == array->cap) {
        size_t cap = array->cap == 0 ? 8 : (size_t)array->cap * 2;
        struct val_slot *slots = array->cap < PHP_SLOTS_MAX ? ARENA_NEW(run->arena, struct val_slot, cap, NULL) : NULL;
        if (slots == NULL) {
            return NULL;
        }
        if (array->count != 0) {
            memcpy(slots, array->slots, array->count * sizeof *slots);
        }
        array->slots = slots;
        array->cap = (uint32_t)cap;
    }
    array->slots[array->count].key = key;
    return &array->slots[array->count++].value;
}

struct val *php_slot(struct php_run *run, struct val_array *array, struct str key, bool make)
{
    for (uint32_t i = 0; i < array->count; i++) {
        if (str_eq(array->slots[i].key, key)) {
            return &array->slots[i].value;
        }
    }
    run->steps -= run->steps < array->count / 8 ? run->steps : array->count / 8; /* a long search is paid for */
    if (!make) {
        return NULL;
    }
    uint64_t number;
    if (str_u64(key, &number) && number < INT32_MAX && (int64_t)number >= array->next) {
        array->next = (int64_t)number + 1;
    }
    return add_slot(run, array, key);
}

void php_append(struct php_run *run, struct val_array *array, const struct val *value)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, array->next++);
    struct val *slot = add_slot(run, array, arena_str(run->arena, (struct str){text, (size_t)length}, NULL));
    if (slot != NULL) {
        *slot = *value;
    }
}

struct val php_text_at(const struct php_at *at, uint32_t token, struct str text)
{
    return val_text(at->source->path, php_line(&at->source->tokens, token), text);
}

struct val php_number(const struct php_at *at, int64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, number);
    return php_text_at(at, at->at, arena_str(at->run->arena, (struct str){text, (size_t)length}, NULL));
}

static void put_piece(struct buf *out, const struct val *value)
{
    if (value->kind == VAL_TEXT) {
        buf_put(out, value->text);
    } else if (value->kind != VAL_NULL) {
        buf_putc(out, FIND_HOLE);
    }
}

/* What is unknown becomes a hole; the place is that of the first piece that has one. */
struct val php_run_concat(struct php_run *run, const struct val *a, const struct val *b)
{
    OWN(own_buf) struct buf out = {.max = FIND_TEXT_MAX_BYTES * 2};
    put_piece(&out, a);
    put_piece(&out, b);
    if (out.failed) {
        return (struct val){0};
    }
    bool is_a = a->kind == VAL_TEXT && a->text.len != 0 && a->path.len != 0;
    struct val value = is_a ? *a : *b;
    value.kind = a->kind == VAL_INPUT || b->kind == VAL_INPUT ? VAL_INPUT : VAL_TEXT;
    value.array = NULL;
    value.object = NULL;
    value.text = arena_str(run->arena, buf_str(&out), NULL);
    value.is_default = a->is_default || b->is_default;
    value.trail = a->trail != NULL ? a->trail : b->trail;
    return value;
}

/* One escape of a "..." behind its backslash; returns how many bytes it took. */
static size_t put_escape(struct buf *out, struct str rest)
{
    static const char names[] = "nrtvef\\$\"";
    static const char meant[] = "\n\r\t\v\x1b\f\\$\"";
    const char *found = rest.data[0] != '\0' ? strchr(names, rest.data[0]) : NULL;
    if (found != NULL) {
        buf_putc(out, meant[found - names]);
        return 1;
    }
    int high = rest.data[0] == 'x' && rest.len > 1 ? str_hex_digit(rest.data[1]) : -1;
    int low = high >= 0 && rest.len > 2 ? str_hex_digit(rest.data[2]) : -1;
    if (high >= 0) {
        buf_putc(out, (char)(unsigned char)(low >= 0 ? high << 4 | low : high));
        return low >= 0 ? 3 : 2;
    }
    buf_putc(out, '\\');
    return 0;
}

struct str php_unescaped(struct php_run *run, struct str text, bool is_double)
{
    if (text.len == 0 || text.len > (1 << 16) || memchr(text.data, '\\', text.len) == NULL) {
        return text;
    }
    OWN(own_buf) struct buf out = {.max = 1 << 17};
    for (size_t i = 0; i < text.len; i++) {
        bool is_escape = text.data[i] == '\\' && i + 1 < text.len;
        if (!is_escape) {
            buf_putc(&out, text.data[i]);
        } else if (is_double) {
            i += put_escape(&out, str_slice(text, i + 1, text.len));
        } else {
            i += text.data[i + 1] == '\\' || text.data[i + 1] == '\'';
            buf_putc(&out, text.data[i]);
        }
    }
    return arena_str(run->arena, buf_str(&out), NULL);
}

int php_truth(const struct val *value)
{
    switch ((enum val_kind)value->kind) {
    case VAL_NULL:
        return 0;
    case VAL_TEXT:
        return !val_is_text(value) ? -1 : value->text.len != 0 && !str_eq(value->text, STR("0"));
    case VAL_ARRAY:
        return value->array->count != 0 ? 1 : -1;
    case VAL_OBJECT:
    case VAL_RUN:
        return 1;
    case VAL_UNKNOWN:
    case VAL_ENV:
    case VAL_INPUT:
        break;
    }
    return -1;
}

/* A step of the trail, with the place where the value stands. */
void php_says(struct php_run *run, struct val *value, const char *kind, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (value->kind == VAL_TEXT || value->kind == VAL_ENV) {
        value->trail = find_step(run->arena, value->trail, kind, value->path, value->line, "%s", text);
    }
}

struct str php_lower(struct php_run *run, struct str text)
{
    char *out = arena_take(run->arena, text.len + 1, NULL);
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        out[i] = text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] + 32) : text.data[i];
    }
    return out != NULL ? (struct str){out, text.len} : text;
}

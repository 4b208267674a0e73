/* Constants, taint and the memory they live in. */
#include <math.h>
#include <stdio.h>

#include "base/str.h"
#include "sweep/php_value.h"

#include "base/banned.h"

enum { TEXT_BLOCK = 64 << 10, INDEX_FROM = 16, TAINT_DEPTH = 4, TAINT_ELEMENTS = 256 };

void php_heap_init(struct php_heap *heap)
{
    *heap = (struct php_heap){.changes = 1};
    arena_init(&heap->arena, PHP_HEAP_BYTES);
}

void php_heap_clear(struct php_heap *heap)
{
    arena_reset(&heap->arena);
    *heap = (struct php_heap){.arena = heap->arena, .changes = 1};
}

bool php_heap_read(struct php_heap *heap, struct str text)
{
    enum { BYTES_PER_STEP = 64 };
    return php_heap_work(heap, text.len / BYTES_PER_STEP + 1);
}

/* Memory is work too, whether it is new or used again: it bounds itself where loops are bounded. */
static void charge(struct php_heap *heap, size_t bytes)
{
    enum { BYTES_PER_STEP = 32 };
    uint64_t cost = bytes / BYTES_PER_STEP;
    heap->steps -= cost < heap->steps ? cost : heap->steps;
}

static void *take(struct php_heap *heap, size_t bytes)
{
    void *memory = arena_take(&heap->arena, bytes, NULL);
    if (memory == NULL) {
        heap->is_spent = true;
        heap->steps = 0;
    }
    return memory;
}

void *php_heap_take(struct php_heap *heap, size_t bytes)
{
    charge(heap, bytes);
    return take(heap, bytes);
}

char *php_heap_room(struct php_heap *heap, size_t bytes)
{
    if (bytes > PHP_TEXT_MAX) {
        heap->is_spent = true;
        return NULL;
    }
    if (heap->room < bytes) {
        size_t block = bytes > TEXT_BLOCK / 4 ? bytes * 2 : TEXT_BLOCK;
        heap->tip = php_heap_take(heap, block);
        heap->room = heap->tip != NULL ? block : 0;
    }
    return heap->tip;
}

struct str php_heap_text(struct php_heap *heap, size_t used)
{
    struct str text = {heap->tip, used};
    heap->tip += used;
    heap->room -= used;
    return text;
}

static bool is_whole(double number)
{
    return number > -1e15 && number < 1e15 && floor(number) == number;
}

bool php_to_text(struct php_heap *heap, const struct php_value *value, struct str *ret_text)
{
    enum { NUMBER_BYTES = 40 };
    if (value->type == PV_TEXT) {
        *ret_text = value->text;
        return true;
    }
    if (value->type == PV_NULL || (value->type == PV_BOOL && value->number == 0)) {
        *ret_text = STR("");
        return true;
    }
    if (value->type == PV_ARRAY) {
        *ret_text = STR("Array");
        return true;
    }
    if (value->type != PV_NUMBER && value->type != PV_BOOL) {
        return false;
    }
    char *room = php_heap_room(heap, NUMBER_BYTES);
    if (room == NULL) {
        return false;
    }
    int length = is_whole(value->number) ? snprintf(room, NUMBER_BYTES, "%lld", (long long)value->number)
                                         : snprintf(room, NUMBER_BYTES, "%.14G", value->number);
    *ret_text = php_heap_text(heap, length > 0 ? (size_t)length : 0);
    return true;
}

/* The number that a text begins with, as PHP reads it; 0 if there is none. */
static double leading_number(struct str text)
{
    size_t end = 0;
    text = str_trim(text);
    while (end < text.len && ((text.data[end] >= '0' && text.data[end] <= '9') || (end == 0 && text.data[end] == '-') ||
                              text.data[end] == '.')) {
        end++;
    }
    double number = 0;
    while (end > 0 && !str_double(str_slice(text, 0, end), &number)) {
        end = end > 20 ? 20 : end - 1;
    }
    return end == 0 ? 0 : number;
}

bool php_to_number(const struct php_value *value, double *ret_number)
{
    switch (value->type) {
    case PV_NUMBER:
    case PV_BOOL:
        *ret_number = value->number;
        return true;
    case PV_NULL:
        *ret_number = 0;
        return true;
    case PV_TEXT:
        *ret_number = leading_number(value->text);
        return true;
    case PV_ARRAY:
        *ret_number = value->array->count != 0;
        return true;
    default:
        return false;
    }
}

int php_to_bool(const struct php_value *value)
{
    switch ((value->taint & TA_BARE) != 0 ? PV_UNKNOWN : value->type) {
    case PV_TEXT:
        return value->text.len > 1 || (value->text.len == 1 && value->text.data[0] != '0');
    case PV_NUMBER:
    case PV_BOOL:
        return value->number != 0;
    case PV_NULL:
        return 0;
    case PV_ARRAY:
        return value->array->count != 0;
    default:
        return -1;
    }
}

/* Both texts in one. If left ends at the tip of the heap, only right is copied. */
static bool join_texts(struct php_heap *heap, struct str left, struct str right, struct str *ret_text)
{
    bool is_at_tip = left.len != 0 && heap->tip != NULL && left.data + left.len == heap->tip && heap->room >= right.len;
    if (left.len + right.len > PHP_TEXT_MAX) {
        heap->is_spent = true;
        return false;
    }
    if (left.len + right.len == 0) { /* a heap that nothing was taken from has no room even for this */
        *ret_text = STR("");
        return true;
    }
    if (is_at_tip) {
        memcpy(heap->tip, right.data != NULL ? right.data : "", right.len);
        (void)php_heap_text(heap, right.len);
        *ret_text = (struct str){left.data, left.len + right.len};
        return php_heap_work(heap, right.len / 256);
    }
    char *room = php_heap_room(heap, left.len + right.len);
    if (room == NULL || !php_heap_work(heap, (left.len + right.len) / 256)) {
        return false;
    }
    memcpy(room, left.data != NULL ? left.data : "", left.len);
    memcpy(room + left.len, right.data != NULL ? right.data : "", right.len);
    *ret_text = php_heap_text(heap, left.len + right.len);
    return true;
}

static uint32_t scalar_taint(const struct php_value *value)
{
    return php_taint_of(value) &
           ~(uint32_t)(TA_FILES | TA_SERVER | TA_HANDLE | TA_ALL_INPUT | TA_COM | TA_REFLECT | TA_ENV);
}

/* A constant before the visitor's text that leaves the command to the visitor: nothing, "cmd /c ", "cd x; ", a quote. */
static bool leads_to_shell(struct str text)
{
    static const char *const shells[] = {"cmd",   "sh -c", "bash", "powershell", "exec ",   "start ", "su ",
                                         "sudo ", "nohup", "cd ",  "chdir",      "/bin/sh", "eval"};
    text = str_trim(text);
    if (text.len < 3) {
        return true;
    }
    char last = text.data[text.len - 1];
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (str_find_nocase(text, str_of(shells[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return last == ';' || last == '|' || last == '&' || last == '`';
}

/* Behind a directory that the visitor names, a slash takes nothing from the visitor. */
static bool is_slash(struct str text)
{
    return text.len != 0 && text.len <= 2 && (text.data[0] == '/' || text.data[0] == '\\') &&
           (text.len == 1 || text.data[1] == text.data[0] || text.data[1] == '*');
}

/* Ways around what functions of files and connections are meant for. */
static bool is_detour(struct str before)
{
    static const char *const schemes[] = {
        "compress.zlib://", "compress.bzip2://", "zip://", "phar://", "expect://", "udp://", "zlib:",
        "http://",          "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (str_ends(before, str_of(schemes[i]))) {
            return true;
        }
    }
    return str_starts(before, STR("data:")) || str_starts(before, STR("php://filter/"));
}

struct php_value php_concat(struct php_heap *heap, const struct php_value *left, const struct php_value *right)
{
    struct php_value out = {.taint = (scalar_taint(left) | scalar_taint(right)) & ~(uint32_t)TA_BARE};
    struct str a = STR(""), b = STR("");
    bool is_left = (php_is_constant(left) || left->type == PV_ARRAY) && php_to_text(heap, left, &a);
    bool is_right = (php_is_constant(right) || right->type == PV_ARRAY) && php_to_text(heap, right, &b);
    is_left = is_left && (left->type != PV_ARRAY || (php_taint_of(left) & TA_FLOW) == 0);
    is_right = is_right && (right->type != PV_ARRAY || (php_taint_of(right) & TA_FLOW) == 0);
    unsigned pieces = (unsigned)left->pieces + right->pieces;
    out.pieces = (uint16_t)(pieces > 60000 ? 60000 : pieces);
    out.decoders = left->decoders > right->decoders ? left->decoders : right->decoders;
    out.steps = left->taint & TA_FLOW    ? left->steps
                : right->taint & TA_FLOW ? right->steps
                : left->steps != NULL    ? left->steps
                                         : right->steps;
    if (is_left && is_right && join_texts(heap, a, b, &out.text)) {
        out.type = PV_TEXT;
        out.taint |= a.len != 0 && b.len != 0 ? TA_BUILT : 0;
        return out;
    }
    if ((php_taint_of(right) & TA_IN) != 0 && (left->taint & TA_IN) == 0 && !(is_left && leads_to_shell(a))) {
        out.taint |= TA_BEHIND;
    } else if ((left->taint & TA_IN) != 0) {
        bool begins = (right->taint & TA_IN) != 0 && str_trim(left->suffix).len > 2 && leads_to_shell(left->suffix);
        out.taint = (out.taint & ~(uint32_t)TA_BEHIND) | (begins ? 0 : left->taint & TA_BEHIND);
    }
    bool is_separator = is_right && (left->taint & TA_IN) != 0 && is_slash(b);
    bool opens = is_left && (str_ends(str_trim(a), STR("<?php")) || str_ends(str_trim(a), STR("?>")));
    if (opens) { /* what comes is code */
        out.taint &= ~(uint32_t)TA_BEHIND;
    } else if (((is_left && a.len != 0) || (is_right && b.len != 0)) && !is_separator) {
        out.taint |= TA_AFFIX;
    }
    struct str before = is_left ? a : left->suffix;
    if ((right->taint & TA_IN) != 0 && before.len >= 4 && str_ends_nocase(str_trim(before), STR("from"))) {
        out.taint |= TA_TABLE;
    }
    if (is_left && is_detour(a)) {
        out.taint |= TA_DETOUR;
    }
    out.suffix = is_right ? (b.len != 0 ? b : left->suffix) : right->suffix;
    return out;
}

struct php_value php_join(const struct php_value *left, const struct php_value *right)
{
    bool left_knows = left->type != PV_UNKNOWN, right_knows = right->type != PV_UNKNOWN;
    struct php_value out = left_knows || !right_knows ? *left : *right;
    const struct php_value *other = left_knows || !right_knows ? right : left;
    out.taint = left->taint | right->taint;
    if (out.type != PV_UNKNOWN && other->type == PV_UNKNOWN && (php_taint_of(other) & TA_FLOW) != 0) {
        out.type = PV_UNKNOWN;
        out.taint = php_taint_of(&out) | other->taint;
        out.array = NULL;
    }
    if ((other->taint & TA_FLOW) != 0 && other->steps != NULL) {
        out.steps = other->steps;
    }
    return out;
}

static uint32_t taint_within(const struct php_array *array, unsigned depth)
{
    uint32_t taint = 0;
    for (uint32_t i = 0; i < array->count && i < TAINT_ELEMENTS; i++) {
        const struct php_value *value = &array->list[i].value;
        unsigned below = depth + 1 + (i > 16);
        taint |= value->taint;
        if (value->type == PV_ARRAY && below < TAINT_DEPTH) {
            taint |= taint_within(value->array, below);
        }
    }
    return taint;
}

uint32_t php_taint_of_array(const struct php_value *value)
{
    struct php_array *array = value->array;
    if (array->taint_at != *array->changes) { /* asked of the same table at each of its uses */
        array->taint = taint_within(array, 0);
        array->taint_at = *array->changes;
    }
    return value->taint | array->taint;
}

/* ---- arrays ---- */

struct php_array *php_array_new(struct php_heap *heap)
{
    struct php_array *array = php_heap_take(heap, sizeof *array);
    if (array != NULL) {
        array->changes = &heap->changes;
    }
    return array;
}

struct php_key php_key_of(struct php_heap *heap, const struct php_value *value)
{
    struct php_key key = {.is_text = false};
    int64_t number;
    struct str text;
    if (value->type == PV_NUMBER || value->type == PV_BOOL) {
        key.number = value->number > -9e15 && value->number < 9e15 ? (int64_t)value->number : 0;
        return key;
    }
    if (!php_to_text(heap, value, &text)) {
        text = STR("");
    }
    if (text.len != 0 && text.len < 18 && str_i64(text, &number) &&
        (text.len == 1 || (text.data[0] != '0' && text.data[0] != '+'))) {
        key.number = number;
        return key;
    }
    key.is_text = true;
    key.text = text;
    return key;
}

static bool key_eq(const struct php_key *a, const struct php_key *b)
{
    return a->is_text == b->is_text && (a->is_text ? str_eq(a->text, b->text) : a->number == b->number);
}

static uint64_t key_hash(const struct php_key *key)
{
    return key->is_text ? str_hash(key->text) : (uint64_t)key->number * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

static void index_put(struct php_array *array, uint32_t element)
{
    uint32_t mask = array->index_size - 1, at = (uint32_t)key_hash(&array->list[element].key) & mask;
    while (array->index[at] != 0) {
        at = (at + 1) & mask;
    }
    array->index[at] = element + 1;
}

/* Keeps the index at most half full. */
static bool index_grow(struct php_heap *heap, struct php_array *array)
{
    if (array->count < INDEX_FROM || array->count * 2 < array->index_size) {
        return true;
    }
    uint32_t size = array->index_size == 0 ? INDEX_FROM * 8 : array->index_size * 4;
    array->index = php_heap_take(heap, size * sizeof *array->index);
    if (array->index == NULL) {
        array->index_size = 0;
        return false;
    }
    array->index_size = size;
    for (uint32_t i = 0; i < array->count; i++) {
        index_put(array, i);
    }
    return true;
}

struct php_value *php_array_find(const struct php_array *array, const struct php_key *key)
{
    if (!key->is_text && key->number >= 0 && key->number < array->count && key_eq(&array->list[key->number].key, key)) {
        return &array->list[key->number].value;
    }
    if (array->index_size == 0) {
        for (uint32_t i = 0; i < array->count; i++) {
            if (key_eq(&array->list[i].key, key)) {
                return &array->list[i].value;
            }
        }
        return NULL;
    }
    uint32_t mask = array->index_size - 1;
    for (uint32_t at = (uint32_t)key_hash(key) & mask; array->index[at] != 0; at = (at + 1) & mask) {
        if (key_eq(&array->list[array->index[at] - 1].key, key)) {
            return &array->list[array->index[at] - 1].value;
        }
    }
    return NULL;
}

/* Most have few elements: room for CHARGED is paid for at the first and not before it is needed. */
static bool array_grow(struct php_heap *heap, struct php_array *array)
{
    enum { FIRST = 2, CHARGED = 8 };
    if (array->count < array->cap) {
        return true;
    }
    uint32_t cap = array->cap == 0 ? FIRST : array->cap * 2, charged = array->cap == 0 ? CHARGED : cap;
    struct php_element *list = NULL;
    if (array->count < PHP_ARRAY_MAX) {
        charge(heap, array->cap == 0 || cap > CHARGED ? charged * sizeof *list : 0);
        list = take(heap, cap * sizeof *list);
    }
    if (list == NULL) { /* longer tables keep their taint, not their elements */
        return false;
    }
    if (array->count != 0) {
        memcpy(list, array->list, array->count * sizeof *list);
    }
    array->list = list;
    array->cap = cap;
    return true;
}

struct php_value *php_array_at(struct php_heap *heap, struct php_array *array, const struct php_key *key)
{
    struct php_key next = {.number = array->next};
    heap->changes++;
    if (key == NULL) {
        key = &next;
    } else {
        struct php_value *found = php_array_find(array, key);
        if (found != NULL) {
            return found;
        }
    }
    if (!array_grow(heap, array)) {
        return NULL;
    }
    array->list[array->count++] = (struct php_element){.key = *key, .value = {.type = PV_NULL}};
    if (!key->is_text && key->number >= array->next && key->number < INT64_MAX) {
        array->next = key->number + 1;
    }
    if (array->index_size != 0) {
        index_put(array, array->count - 1);
    }
    return index_grow(heap, array) ? &array->list[array->count - 1].value : NULL;
}

struct php_array *php_array_own(struct php_heap *heap, struct php_value *value)
{
    if (!value->array->is_shared) {
        return value->array;
    }
    struct php_array *copy = php_array_new(heap);
    if (copy == NULL || !php_heap_work(heap, value->array->count)) {
        return NULL;
    }
    for (uint32_t i = 0; i < value->array->count; i++) {
        struct php_value *to = php_array_at(heap, copy, &value->array->list[i].key);
        if (to == NULL) {
            return NULL;
        }
        *to = value->array->list[i].value;
        if (to->type == PV_ARRAY) {
            to->array->is_shared = true;
        }
    }
    value->array = copy;
    return copy;
}

/* ---- names ---- */

static struct php_entry *map_entry(const struct php_map *map, struct str name)
{
    uint32_t mask = map->size - 1, at = (uint32_t)str_hash(name) & mask;
    while (map->table[at].slot != NULL && !str_eq(map->table[at].name, name)) {
        at = (at + 1) & mask;
    }
    return &map->table[at];
}

struct php_slot *php_map_find(const struct php_map *map, struct str name)
{
    return map->size == 0 ? NULL : map_entry(map, name)->slot;
}

/* What a map that ended leaves: its first bytes lead to the next of its size. */
struct php_spare {
    struct php_spare *next;
};

static void spare(struct php_spare **list, void *memory)
{
    struct php_spare *first = memory;
    first->next = *list;
    *list = first;
}

/* Zeroed, from the list if there is one. */
static void *take_spare(struct php_heap *heap, struct php_spare **list, size_t bytes)
{
    struct php_spare *first = list != NULL ? *list : NULL;
    charge(heap, bytes);
    if (first == NULL) {
        return take(heap, bytes);
    }
    *list = first->next;
    memset(first, 0, bytes);
    return first;
}

enum { MAP_FIRST = 16, MAP_FACTOR = 4 };

/* The list for tables of that size; NULL: so large ones are not kept. */
static struct php_spare **tables_of(struct php_heap *heap, uint32_t size)
{
    uint32_t of_list = MAP_FIRST;
    for (unsigned i = 0; i < PHP_SPARE_SIZES; i++, of_list *= MAP_FACTOR) {
        if (size == of_list) {
            return &heap->tables[i];
        }
    }
    return NULL;
}

static void table_end(struct php_heap *heap, const struct php_map *map)
{
    struct php_spare **list = tables_of(heap, map->size);
    if (list != NULL) {
        spare(list, map->table);
    }
}

static bool map_grow(struct php_heap *heap, struct php_map *map)
{
    if (map->count * 2 < map->size) {
        return true;
    }
    struct php_map larger = {.size = map->size == 0 ? MAP_FIRST : map->size * MAP_FACTOR, .count = map->count};
    larger.table = take_spare(heap, tables_of(heap, larger.size), larger.size * sizeof *larger.table);
    if (larger.table == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < map->size; i++) {
        if (map->table[i].slot != NULL) {
            *map_entry(&larger, map->table[i].name) = map->table[i];
        }
    }
    table_end(heap, map);
    *map = larger;
    return true;
}

bool php_map_bind(struct php_heap *heap, struct php_map *map, struct str name, struct php_slot *slot)
{
    if (!map_grow(heap, map)) {
        return false;
    }
    struct php_entry *entry = map_entry(map, name);
    map->count += entry->slot == NULL;
    *entry = (struct php_entry){name, slot};
    return true;
}

void php_map_end(struct php_heap *heap, struct php_map *map)
{
    for (uint32_t i = 0; i < map->size; i++) {
        struct php_slot *slot = map->table[i].slot;
        if (slot != NULL && slot->home == map) {
            slot->home = NULL;
            spare(&heap->slots, slot);
        }
    }
    table_end(heap, map);
    *map = (struct php_map){.table = NULL};
}

struct php_slot *php_map_at(struct php_heap *heap, struct php_map *map, struct str name)
{
    struct php_slot *slot = php_map_find(map, name);
    if (slot != NULL) {
        return slot;
    }
    slot = take_spare(heap, &heap->slots, sizeof *slot);
    if (slot == NULL) {
        return NULL;
    }
    slot->home = map;
    return php_map_bind(heap, map, name, slot) ? slot : NULL;
}
